"""Pool files as a stream: both formats, their integers, every contradiction named by file and line, and real files."""

import csv
import gzip
import itertools
import math
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.made_swaps import LIQUIDITY, MINUTE, Chain, bar, chain, minutes
from tests.published import DATA, existing

from seawall.core.errors import InputError
from seawall.data import swap_rows
from seawall.data.swaps import SwapReader
from seawall.kernels.uniswap3 import swap_step
from seawall.kernels.uniswap3_ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE
from seawall.market.flow import INVERSE, ROOT, Flow, PoolTerms

TERMS = PoolTerms("USDC", 6, "WETH", 18, 0.0005, 0)


def read(*paths: Path, terms: PoolTerms = TERMS, expected: float | None = None) -> list[Flow]:
    return list(SwapReader(paths, terms, expected))


def test_minutes_become_prices_and_whole_tokens(tmp_path: Path) -> None:
    (flow,) = read(minutes(tmp_path, [bar(0), bar(1, 201103), bar(5, 201090, 201103)]))
    assert flow.model == "pro_rata"
    exact = [float(Decimal("1.0001") ** -tick * 10**12) for tick in (201100, 201100, 201103, 201090)]
    np.testing.assert_allclose(flow.start**2, exact[:3], rtol=1e-12)
    np.testing.assert_allclose(flow.end**2, exact[1:], rtol=1e-12)
    np.testing.assert_allclose(flow.quote_in, 1000.0, rtol=1e-15)
    np.testing.assert_allclose(flow.base_out, 1e9 * 1.0001**201100 / 1e18, rtol=1e-9)
    assert not flow.base_in.any()
    np.testing.assert_allclose(flow.liquidity, LIQUIDITY / 1e12, rtol=1e-15)
    # ticks touched, from the last close on: 1, then 201100 .. 201103, then 201090 .. 201103
    np.testing.assert_allclose((flow.high - flow.low) / math.log(1.0001), [1, 4, 14], rtol=1e-9)
    assert (flow.gaps, flow.until) == (3, int(flow.at[-1]) + 60_000_000)


def test_the_other_quote_token_gives_the_inverse_price_and_the_same_liquidity(tmp_path: Path) -> None:
    path = minutes(tmp_path, [bar(0), bar(1, 201103)])
    (one,), (other,) = read(path), read(path, terms=PoolTerms("USDC", 6, "WETH", 18, 0.0005, 1))
    np.testing.assert_allclose(one.end * other.end, 1.0, rtol=1e-12)
    np.testing.assert_array_equal(one.liquidity, other.liquidity)
    np.testing.assert_allclose(other.high, -one.low, rtol=1e-12)
    np.testing.assert_array_equal(one.quote_in, other.base_in)


@pytest.mark.parametrize("name", ["ticks.csv", "ticks.csv.gz"])
def test_swaps_start_from_the_event_before(tmp_path: Path, name: str) -> None:
    made = chain()
    (flow,) = read(made.write(tmp_path, name))
    prices = [int(row.split(",")[13]) for row in made.rows]
    exact = [float(Decimal(2**192) / Decimal(p) ** 2 * 10**12) for p in prices]
    np.testing.assert_allclose(flow.start**2, exact[:-1], rtol=1e-14)
    np.testing.assert_allclose(flow.end**2, exact[1:], rtol=1e-14)
    assert set(flow.coordinate) == {ROOT, INVERSE}
    np.testing.assert_array_equal(flow.coordinate == ROOT, flow.end > flow.start)
    assert (flow.model, flow.other, flow.crossed) == ("swap_by_swap", 1, 0)
    # what comes in, after the fee, is liquidity times the interval: constant product in both coordinates
    into = np.where(flow.coordinate == ROOT, flow.quote_in, flow.base_in) * (1.0 - 0.0005)
    np.testing.assert_allclose(into, flow.liquidity * (flow.high - flow.low), rtol=1e-6)


def test_a_swap_across_ticks_takes_the_mean_over_its_path(tmp_path: Path) -> None:
    made = chain()
    cells = made.rows[-1].split(",")
    cells[11] = str(LIQUIDITY // 2)
    made.rows[-1] = ",".join(cells)
    (flow,) = read(made.write(tmp_path))
    assert flow.crossed == 1
    # the price moved as LIQUIDITY allows, so that is the mean over the path whatever stands at its end
    assert flow.liquidity[-1] == pytest.approx(LIQUIDITY / 1e12, rel=1e-6)


def test_the_liquidity_of_a_collection_is_not_believed(tmp_path: Path) -> None:
    # real files repeat an older row's total on COLLECT: it must not look as if the next swap crossed a tick
    made = chain()
    made.row("COLLECT", 5, 7, LIQUIDITY // 3)
    made.swap(10**9, True)
    (flow,) = read(made.write(tmp_path))
    assert flow.crossed == 0
    assert flow.liquidity[-1] == flow.liquidity[0]


def test_blocks_and_files_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain()
    whole = read(made.write(tmp_path))[0]
    rows = made.rows
    made.rows = rows[:11]
    first = made.write(tmp_path, "a.csv")
    made.rows = rows[11:]
    second = made.write(tmp_path, "b.csv.gz")
    monkeypatch.setattr(swap_rows, "BLOCK_BYTES", 700)
    parts = read(first, second)
    assert len(parts) > 5
    for name in ("at", "start", "end", "low", "high", "base_in", "quote_in", "liquidity"):
        np.testing.assert_array_equal(np.concatenate([getattr(p, name) for p in parts]), getattr(whole, name))


def test_integers_of_any_length_keep_their_order(tmp_path: Path) -> None:
    prices = [MIN_SQRT_PRICE, 2**64 + 1, 2**97 + 12345, 2**140 + 7, 2**159 + 3, MAX_SQRT_PRICE - 1]
    made = Chain()
    for price in prices:
        made.row("MINT", 2**127 - 2**80, 0, 2**128 - 2**80, price)
    found = np.concatenate([b.columns["sqrt_price_x96"] for b in swap_rows.blocks_of(made.write(tmp_path))])
    assert [float(price) for price in prices] == found.tolist()
    assert np.all(np.diff(found) > 0.0)


def changed(row: str, column: int, value: object) -> str:
    cells = row.split(",")
    cells[column] = str(value)
    return ",".join(cells)


BARS = [bar(n) for n in range(25)]
BAD_MINUTES: dict[str, tuple[Callable[[], list[str]], str]] = {
    "back": (lambda: [bar(0), bar(2), bar(1)], "line 4: goes back in time"),
    "repeated": (lambda: [bar(0), bar(1), bar(1)], "line 4: this minute was there before"),
    "no date": (lambda: [bar(0), changed(bar(1), 0, "yesterday")], "line 3: the time stamp cannot be read"),
    "no number": (lambda: [bar(0), changed(bar(1), 7, "1e9")], "line 3: in_amount0 is not an integer"),
    "half": (lambda: [bar(0), changed(bar(1), 3, "201100.5")], "line 3: close_tick is not an integer"),
    "empty": (lambda: [bar(0), changed(bar(1), 9, "")], "line 3: liquidity is not an integer"),
    "tick": (lambda: [changed(bar(0), 6, 887273)], "line 2: highest_tick is outside"),
    "negative in": (lambda: [changed(bar(0), 7, -5)], "line 2: in_amount0 is negative"),
    "negative pool": (lambda: [changed(bar(0), 9, -5)], "line 2: liquidity is negative"),
    "overflow": (lambda: [changed(bar(0), 1, -(2**127))], "line 2: net_amount0 exceeds 127 bits"),
    "overflowing pool": (lambda: [changed(bar(0), 9, 2**128)], "line 2: liquidity exceeds 128 bits"),
    "no pool": (lambda: [bar(0), changed(bar(1), 9, 0)], "line 3: traded with zero liquidity"),
    "net above in": (lambda: [changed(bar(0), 1, 2 * 10**9)], "line 2: net_amount0 exceeds in_amount0"),
    "low above high": (lambda: [changed(bar(0), 5, 201101)], "line 2: the lowest tick is above the highest"),
    "cells": (lambda: [bar(0), bar(1) + ",7"], "line 3 has 11 cells, the header 10"),
    "cut": (lambda: [bar(0), bar(1)[:60]], "line 3: lowest_tick is not an integer"),
    "swapped": (
        lambda: [",".join([(c := r.split(","))[0], c[2], c[1], *c[3:7], c[8], c[7], c[9]]) for r in BARS],
        "token0 and token1 are swapped round",
    ),
    "nothing": (list, "has no rows under its header"),
}


@pytest.mark.parametrize("case", BAD_MINUTES)
def test_a_bad_minute_is_named_by_its_line(tmp_path: Path, case: str) -> None:
    rows, words = BAD_MINUTES[case]
    text = rows()
    if case == "swapped":  # a minute's net amounts may not exceed what came in, so the flows are turned too
        text = [changed(changed(r, 8, 10**9), 7, 0) for r in text]
    with pytest.raises(InputError, match=words) as told:
        read(minutes(tmp_path, text))
    assert "pool.minute.csv" in str(told.value)
    assert "\n" not in str(told.value)


BAD_TICKS: dict[str, tuple[int, int, object, str]] = {
    "repeated": (9, 0, "same", "line 11: repeats an event"),
    "block back": (9, 0, 18937380, "line 11: block or log index goes back"),
    "price": (9, 13, 4295128738, "line 11: sqrtPriceX96 is outside"),
    "no price": (9, 13, "", "line 11: sqrt_price_x96 is not an integer"),
    "tick": (9, 14, 199999.0, "line 11: sqrtPriceX96 and current_tick contradict"),
    "same sign": (9, 10, 10**9, "line 11: both amounts of a swap have one sign"),
    "kind": (9, 2, "swap?", "line 11: the kind of event is no word"),
    "amount": (9, 10, 2**127, "line 11: amount1 exceeds 127 bits"),
}


@pytest.mark.parametrize("case", BAD_TICKS)
def test_a_bad_event_is_named_by_its_line(tmp_path: Path, case: str) -> None:
    place, column, value, words = BAD_TICKS[case]
    made = chain()
    if value == "same":
        before = made.rows[place - 1].split(",")
        made.rows[place] = changed(changed(changed(made.rows[place], 0, before[0]), 5, before[5]), 1, before[1])
    else:
        made.rows[place] = changed(made.rows[place], column, value)
    with pytest.raises(InputError, match=words):
        read(made.write(tmp_path))


def test_a_swap_without_any_liquidity_is_refused(tmp_path: Path) -> None:
    made = chain()
    made.rows[9:11] = [changed(row, 11, 0) for row in made.rows[9:11]]
    with pytest.raises(InputError, match="line 12: a swap met no liquidity"):
        read(made.write(tmp_path))


def test_a_missing_swap_shows_where_the_price_moves_against_the_amounts(tmp_path: Path) -> None:
    made = chain()
    del made.rows[22]
    with pytest.raises(InputError, match="line 24: the price moves against the amounts"):
        read(made.write(tmp_path))


def test_files_out_of_order_twice_or_of_two_kinds(tmp_path: Path) -> None:
    first = minutes(tmp_path, [bar(0), bar(1)], "a.minute.csv")
    second = minutes(tmp_path, [bar(2)], "b.minute.csv")
    with pytest.raises(InputError, match=r"a.minute.csv line 2: goes back in time \(after b.minute.csv line 2\)"):
        read(second, first)
    with pytest.raises(
        InputError, match=r"b.minute.csv line 2: this minute was there before \(after b.minute.csv line 2"
    ):
        read(first, second, second)
    with pytest.raises(InputError, match=r"holds ticks, a.minute.csv minutes"):
        read(first, chain().write(tmp_path))


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for text, words in (("", "is empty"), ("a,b\n1,2\n", "neither demeter's minutes nor"),
                        (MINUTE.replace("closeTick", "closeTick,closeTick") + "\n", "names a column twice"),
                        (MINUTE.replace(",inAmount1", "") + "\n", "lacks the column in_amount1")):  # fmt: skip
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            read(path)
    path.write_bytes(gzip.compress(f"{MINUTE}\n{bar(0)}\n".encode())[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        read(path)
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(("terms", "words"), [
    (PoolTerms("USDC", 6, "WETH", 18, 0.0005, 1), "the tokens are swapped round"),
    (PoolTerms("WETH", 6, "USDC", 18, 0.0005, 1), "the tokens are swapped round"),
    (PoolTerms("USDC", 18, "WETH", 18, 0.0005, 0), r"off by 10\^-12: check the decimals"),
    (PoolTerms("USDC", 6, "WETH", 8, 0.0005, 0), r"off by 10\^-10: check the decimals"),
    (PoolTerms("USDC", 18, "WETH", 6, 0.0005, 1), "check which token is the quote, and the decimals"),
])  # fmt: skip
def test_terms_that_contradict_the_range_are_told_apart(tmp_path: Path, terms: PoolTerms, words: str) -> None:
    path = minutes(tmp_path, [bar(0), bar(1)])
    assert read(path, expected=1850.0)
    with pytest.raises(InputError, match=words):
        read(path, terms=terms, expected=1850.0)


def real_swaps() -> list[dict[str, str]]:
    path = existing(DATA / "uniswap" / "eth_mainnet_USDC_WETH_005_ticks_2024-01-05.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_every_real_swap_inside_one_liquidity_is_reproduced_to_the_last_digit() -> None:
    found: Counter[str] = Counter()
    rows = real_swaps()
    told = [row for row in rows if row["tx_type"] != "COLLECT"]  # whose total_liquidity is that of an older row
    for before, row in itertools.pairwise(told):
        if row["tx_type"] != "SWAP":
            continue
        if before["total_liquidity"] != row["total_liquidity"]:
            found["crossed"] += 1
            continue
        start, end, liquidity = int(before["sqrtPriceX96"]), int(row["sqrtPriceX96"]), int(row["total_liquidity"])
        amounts = int(row["amount0"]), int(row["amount1"])
        paid, got = max(amounts), -min(amounts)
        far = MIN_SQRT_PRICE if amounts[0] > 0 else MAX_SQRT_PRICE - 1
        by_input = swap_step(start, far, liquidity, paid, 500)
        by_output = swap_step(start, far, liquidity, -got, 500)
        to_limit = swap_step(start, end, liquidity, 2**120, 500)
        if (by_input.sqrt_price, by_input.amount_out) == (end, got):
            found["exact input"] += 1
        elif (by_output.sqrt_price, by_output.amount_in + by_output.fee) == (end, paid):
            found["exact output"] += 1
        elif (to_limit.amount_in + to_limit.fee, to_limit.amount_out) == (paid, got):
            found["price limit"] += 1
        else:
            found["missed"] += 1
    assert found["missed"] == 0
    assert found["exact input"] + found["exact output"] + found["price limit"] + found["crossed"] == 6045  # all swaps
    assert found["exact input"] > 4000
    assert found["crossed"] < 700


@pytest.mark.shared
def test_real_swaps_pay_in_what_their_interval_takes() -> None:
    path = existing(DATA / "uniswap" / "eth_mainnet_USDC_WETH_005_ticks_2024-01-05.csv.gz")
    (flow,) = read(path, expected=2250.0)
    assert flow.at.size == 6045  # the file starts with a swap, which only sets the state
    paid = np.where(flow.coordinate == ROOT, flow.quote_in, flow.base_in) * (1.0 - 0.0005)
    moved = flow.high - flow.low
    big = moved > 1e-9 * np.abs(flow.high)
    np.testing.assert_allclose(paid[big], (flow.liquidity * moved)[big], rtol=1e-5)
