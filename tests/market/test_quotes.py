"""The table of observed quotes: every cleaned quote is found, nothing else is."""

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
from tests.published import DATA, existing

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.data.chains import load_chains
from seawall.kernels.quotes import QuoteTable, find_quote
from seawall.market.chain import Chain
from seawall.market.cleaning import clean
from seawall.market.quotes import CODES, SPX_OPENING, day_number, quote_table
from seawall.market.repeats import repeats

EXPIRY = dt.date(2018, 3, 16)


def chain(day: dt.date, rows: list[tuple[str, float, float, float, float]], underlying: str = "SPX") -> Chain:
    """Rows of root, strike, right, bid, ask, all of one expiry."""
    at = dt.datetime.combine(day, dt.time(20), dt.UTC)
    roots, strike, right, bid, ask = zip(*rows, strict=True)
    none = np.full(len(rows), np.nan)
    return Chain(
        underlying, at, at, 100.0, "made", Origin.OBSERVED,
        np.full(len(rows), np.datetime64(EXPIRY, "D")), np.array(roots, dtype=np.str_), np.array(strike),
        np.array(right), np.array(bid), np.array(ask), none, none, none, none, none,
    )  # fmt: skip


def pairs(root: str, off: float = 0.0) -> list[tuple[str, float, float, float, float]]:
    """Calls and puts at three strikes around 100, each with its own bid."""
    rows = []
    for strike in (97.5, 100.0, 102.5):
        rows.append((root, strike, 1.0, max(100.0 - strike, 0.0) + 3.0 + off, max(100.0 - strike, 0.0) + 3.4 + off))
        rows.append((root, strike, -1.0, max(strike - 100.0, 0.0) + 3.0 + off, max(strike - 100.0, 0.0) + 3.4 + off))
    return rows


DAYS = np.array(["2018-02-01", "2018-02-02", "2018-02-05"], dtype="datetime64[D]")


def test_a_quote_is_found_on_its_own_session_expiry_strike_and_side_only() -> None:
    table = quote_table([chain(dt.date(2018, 2, 2), pairs("SPXW"))], DAYS)
    when = day_number(EXPIRY)
    assert when == (EXPIRY - dt.date(1970, 1, 1)).days
    assert find_quote(table, 1, 0, when, 97.5, 1.0) == (5.5, 5.9)
    assert find_quote(table, 1, 0, when, 97.5, -1.0) == (3.0, 3.4)
    misses = [(0, 0, when, 97.5), (2, 0, when, 97.5), (1, 1, when, 97.5), (1, 0, when + 1, 97.5), (1, 0, when, 98.0)]
    assert all(math.isnan(value) for miss in misses for value in find_quote(table, *miss, 1.0))


def test_an_empty_table_finds_nothing() -> None:
    table = quote_table([], DAYS)
    assert table.bid.size == 0
    assert math.isnan(find_quote(table, 0, 0, 17000, 100.0, 1.0)[0])


def test_two_settlements_on_one_day_are_two_options() -> None:
    table = quote_table([chain(dt.date(2018, 2, 2), pairs("SPXW") + pairs("SPX", 1.0))], DAYS)
    assert table.bid.size == 12
    assert [find_quote(table, 1, code, day_number(EXPIRY), 100.0, 1.0)[0] for code in (0, SPX_OPENING)] == [3.0, 4.0]


def test_the_last_chain_of_a_session_counts_and_other_underlyings_are_passed_over() -> None:
    early = chain(dt.date(2018, 2, 2), pairs("SPXW", 1.0))
    late = dataclasses.replace(chain(dt.date(2018, 2, 2), pairs("SPXW")), as_of=early.as_of + dt.timedelta(minutes=1))
    other = chain(dt.date(2018, 2, 2), pairs("SPY"), "SPY")
    table = quote_table([late, early, other], DAYS)
    assert table.bid.size == 6
    assert find_quote(table, 1, 0, day_number(EXPIRY), 100.0, 1.0) == (3.0, 3.4)


def test_what_cannot_be_a_table_is_refused() -> None:
    with pytest.raises(DomainError, match="must rise"):
        quote_table([], DAYS[::-1])
    with pytest.raises(DomainError, match="two roots"):
        quote_table([chain(dt.date(2018, 2, 2), pairs("SPXW") + pairs(""))], DAYS)


@pytest.mark.shared
def test_every_cleaned_quote_of_the_real_chains_is_found_and_nothing_else() -> None:
    """SPX: two days. The expectation is a dictionary of the cleaned rows."""
    days = np.array(["2026-06-29", "2026-06-30"], dtype="datetime64[D]")
    chains = [
        one
        for name in ("VIX_chains_202606.parquet", "SPX_chains_202606.parquet")
        for one in load_chains(existing(DATA / "options" / name))
        if np.datetime64(one.session) in days
    ]
    each = [[one for one in chains if one.underlying == name] for name in CODES]
    assert [repeats(mine) for mine in each] == [[], []]
    table = quote_table(chains, days)
    wanted = {}
    for one in chains:
        kept = clean(one)[0]
        row = days.tolist().index(one.session)
        code = {"": 1, "SPXW": 0, "SPX": 2}
        columns = (
            kept.root.tolist(),
            kept.expiry.tolist(),
            kept.strike.tolist(),
            kept.right.tolist(),
            kept.bid.tolist(),
            kept.ask.tolist(),
        )
        for root, expiry, strike, right, bid, ask in zip(*columns, strict=True):
            wanted[row, code[root], day_number(expiry), strike, right] = (bid, ask)
    assert table.bid.size == len(wanted) > 20_000
    assert {key: find_quote(table, *key) for key in wanted} == wanted
    between = [(r, c, e, k + 0.3, s) for r, c, e, k, s in list(wanted)[::50]]
    beside = [
        (r, (c + 1) % 3, e, k, s) for r, c, e, k, s in list(wanted)[::50] if (r, (c + 1) % 3, e, k, s) not in wanted
    ]
    assert between
    assert beside
    assert all(math.isnan(find_quote(table, *key)[0]) for key in between + beside)


def test_every_row_of_a_random_table_is_found() -> None:
    rng = np.random.default_rng(3)
    keys = np.unique(rng.integers(0, 4, size=(400, 5)), axis=0)
    keys[:, 4] = np.where(keys[:, 4] > 1, 1, -1)
    keys = np.unique(keys, axis=0)
    table = QuoteTable(np.ascontiguousarray(keys), np.arange(len(keys)) * 1.0, np.arange(len(keys)) + 0.5)
    for at, (row, code, expiry, strike, side) in enumerate(keys.tolist()):
        assert find_quote(table, row, code, expiry, strike / 1000.0, float(side)) == (at, at + 0.5)
