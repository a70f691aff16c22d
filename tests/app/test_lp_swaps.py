"""The function behind `seawall lp POSITION --swaps FILE...`: files in, one result out, bad input in one line."""

import json
from pathlib import Path

import pytest
from tests.made_swaps import bar, minutes

from seawall.app.cli.lp_swaps import SwapWords, replay_swaps, show, terms_of
from seawall.app.verify import run_checks
from seawall.app.verify.checks import Check
from seawall.core.errors import DomainError, InputError, RangeError, SeawallError
from seawall.data.lp_positions import load_ranges
from seawall.market.flow import PoolTerms
from seawall.sim.lp_rules import Range

TERMS = PoolTerms("USDC", 6, "WETH", 18, 0.0005, 0)


def words(path: Path, quote: str = "USDC") -> SwapWords:
    return SwapWords((path,), "USDC:6/WETH:18", 0.0005, quote, hedge_every=2)


ONE = Range("one", 1700.0, 2000.0, deposit_usd=1000.0)


def file(folder: Path) -> Path:
    ticks = [201100 + (7 * n) % 40 for n in range(90)]
    return minutes(folder, [bar(n, tick, ticks[max(n - 1, 0)]) for n, tick in enumerate(ticks)])


def test_one_object_on_stdout_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = replay_swaps([ONE], words(file(tmp_path)))
    show(found, as_json=True, html=tmp_path / "page.html")
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 90
    assert told["positions"][0]["hedge_usd"] is not None
    assert "<h1>Liquidity in WETH/USDC, replayed</h1>" in (tmp_path / "page.html").read_text()
    show(found)
    assert "pro_rata" in capsys.readouterr().out


def test_a_pool_is_written_in_the_contract_s_order() -> None:
    assert terms_of("USDC:6/WETH:18", 0.0005, "USDC") == TERMS
    assert terms_of("WETH:18/USDT:6", 0.0005, "USDT").quote == 1
    for pool, quote in (("USDC/WETH", "USDC"), ("USDC:6/WETH:18", "DAI"), ("USDC:6/WETH:181", "USDC")):
        with pytest.raises(InputError):
            terms_of(pool, 0.0005, quote)
    with pytest.raises(DomainError, match="fee is a fraction"):
        terms_of("USDC:6/WETH:18", 5.0, "USDC")


def test_positions_come_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "positions.csv"
    table.write_text(
        "label,low,high,deposit_usd,liquidity,rule\na,1700,2000,100,,hold\nb,,,,5,\nc,1840,1860,100,,exit\n"
    )
    found = replay_swaps(table, words(file(tmp_path)))
    assert found.labels == ("a", "b", "c")
    assert [str(one.rule) for one in found.plan.ranges] == ["hold", "hold", "exit"]
    assert found.plan.ranges[1].low is None
    assert found.entry_value[0] == pytest.approx(100.0)


@pytest.mark.parametrize(("text", "kind", "said"), [
    ("label,low,high,deposit_usd\na,2000,1700,100\n", RangeError, "line 2: a: low must be below high"),
    ("label,low,high,deposit_usd\na,1700,2000,100\nb,x,1,1\n", InputError, "line 3: low 'x' is not a number"),
    ("label,low,high,deposit_usd,rule\na,1,2,100,weekly\n", InputError, "line 2: 'weekly' is no rule"),
    ("label,low,high,deposit_usd\na,1700,2000,nan\n", DomainError, "line 2: a: deposit_usd must be a finite number"),
    ("label,low,high\na,1,2\n", InputError, "needs the columns label, and deposit_usd or liquidity"),
    ("label,lo,high,liquidity\na,1,2,1\n", InputError, "has the column 'lo'"),
    ("label,low,high,liquidity\n,1,2,1\n", InputError, "line 2: a label has 1 to 60"),
    ("label,low,high,liquidity\n", InputError, "holds no position"),
    ("label,low,high,liquidity\na,1,2,1\na,1,2,1\n", InputError, "two positions are called a"),
    ("", InputError, "needs the columns"),
])  # fmt: skip
def test_a_bad_table_is_named_by_its_line(tmp_path: Path, text: str, kind: type[SeawallError], said: str) -> None:
    table = tmp_path / "positions.csv"
    table.write_text(text)
    with pytest.raises(kind, match=said) as told:
        replay_swaps(table, words(file(tmp_path)))
    assert "\n" not in str(told.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_ranges(tmp_path / "none.csv")


def test_tokens_swapped_round_are_told_by_the_ranges(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the tokens are swapped round"):
        replay_swaps([ONE], words(file(tmp_path), "WETH"))


def positions(folder: Path, **changes: str) -> Check:
    """One mint of 10 units of token0 per tick range around tick 0, worked out by hand below."""
    row = {
        "token0_in_usdc": "0.000100", "token1_in_eth": "0.000000000000000200", "tick_lower": "-1000",
        "tick_upper": "1000", "sqrtPriceX96": str(2**96), "expected_token0": "0.0001",
        "expected_token1": "0.0000000000000001", "expected_liquidity": "2050",
    } | changes  # fmt: skip
    (folder / "demeter_v3_positions.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    return next(check for check in run_checks(folder) if check.topic == "demeter_v3_positions")


def test_a_mint_is_checked_in_both_directions(tmp_path: Path) -> None:
    # price 1, range 1.0001^+-500 in square roots: token0 binds, L = floor(100/(1 - 1.0001^-500)) = 2050, and the mint
    # takes ceil(2050 x 0.048770) = 100 of each
    assert pytest.approx(2050.52, abs=0.01) == 100 / (1 - 1.0001**-500)
    assert positions(tmp_path).verdict == "pass"
    assert positions(tmp_path, expected_liquidity="2049").verdict == "fail"
    assert positions(tmp_path, expected_token0="0.000099").verdict == "fail"
    assert positions(tmp_path, expected_token1="0.000000000000000101").verdict == "fail"
    assert positions(tmp_path, tick_lower="x").verdict == "not covered"
    assert positions(tmp_path, tick_upper="-1000").verdict == "fail"
