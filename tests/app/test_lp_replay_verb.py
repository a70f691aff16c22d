"""`seawall lp POSITION --swaps FILE...` and the sections of its reading that need more than a shape."""

import datetime as dt
import json
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.made_chains import flat_chain
from tests.made_swaps import bar, minutes

from seawall.app import cli
from seawall.data.chains import chain_frame

EXAMPLES = ROOT / "src" / "seawall" / "data" / "examples"
SPX_POOL = """\
seawall_book: 1
name: a range on the index
market: eve.market.yaml
positions:
  - {label: range, kind: v3_pool, asset: SPX, low: 2500, high: 3000, deposit_usd: 25000000, entry_price: 2762}
"""

BOOK = """\
seawall_book: 1
name: pools
positions:
  - {label: tight, kind: v3_pool, asset: ETH, low: 1750, high: 1950, liquidity: 1000, quantity: 2}
  - {label: whole, kind: v2_pool, asset: ETH, liquidity: 100}
"""
POOL = ("--pool", "USDC:6/WETH:18", "--fee", "0.0005", "--quote", "USDC")


@pytest.fixture
def seawall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seawall", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "pools.book.yaml"
    path.write_text(BOOK)
    return path


def test_files_may_follow_one_option_and_positions_are_replayed(seawall, book: Path, tmp_path: Path) -> None:
    """Twice a position earns twice, up to the dilution by its own liquidity; a split stream is the whole one."""
    first = minutes(tmp_path, [bar(n) for n in range(30)], "a.minute.csv")
    second = minutes(tmp_path, [bar(n) for n in range(30, 60)], "b.minute.csv")
    both = minutes(tmp_path, [bar(n) for n in range(60)], "c.minute.csv")
    code, out, err = seawall("lp", book, "--swaps", first, second, *POOL, "--json")
    assert (code, err) == (0, "")
    split = json.loads(out)
    whole = json.loads(seawall("lp", book, "--swaps", both, *POOL, "--json")[1])
    assert [one["label"] for one in split["positions"]] == ["tight", "whole"]
    for a, b in zip(split["positions"], whole["positions"], strict=True):
        assert {k: v for k, v in a.items() if isinstance(v, float)} == pytest.approx(
            {k: v for k, v in b.items() if isinstance(v, float)}
        )


def test_a_page_and_a_table_of_many_positions(seawall, tmp_path: Path) -> None:
    rows = "\n".join(f"p{n},{1500 + n},{2000 + n},1000,hold" for n in range(30))
    table = tmp_path / "many.csv"
    table.write_text("label,low,high,deposit_usd,rule\n" + rows + "\n")
    swaps = minutes(tmp_path, [bar(n) for n in range(60)])
    page = tmp_path / "out" / "lp.html"
    code, out, _ = seawall("lp", table, "--swaps", swaps, *POOL, "--html", page)
    assert code == 0
    assert "30 positions" in out
    assert "<section" in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fee", "0.0005"), "--pool is missing"),
        (("--pool", "USDC:6/WETH:18", "--quote", "USDC"), "--fee is missing"),
        (("--pool", "WETH:18/USDC:6", "--fee", "0.0005", "--quote", "USDC"), "check which token is the quote"),
        (("--pool", "USDC:18/WETH:18", "--fee", "0.0005", "--quote", "USDC"), "off by 10^"),
        (("--pool", "USDC:6/WETH:18", "--fee", "0.0005", "--quote", "WETH"), "swapped round"),
        ((*POOL, "--rule", "weekly"), "no rule of re-centring"),
        ((*POOL, "--gas", "-1"), "must be a finite number >= 0"),
        ((*POOL, "--lot", "1"), "are for the reading"),
        ((*POOL, "--only", "tihgt"), "tight"),
    ],
)
def test_terms_that_cannot_be_are_one_line(
    seawall, book: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    swaps = minutes(tmp_path, [bar(n) for n in range(5)])
    code, out, err = seawall("lp", book, "--swaps", swaps, *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_what_belongs_to_a_replay_is_refused_without_one(seawall, book: Path, tmp_path: Path) -> None:
    for words in (("--pool", "USDC:6/WETH:18"), ("--rule", "exit"), ("--hedge-every", "1")):
        code, _, err = seawall("lp", book, *words)
        assert code == 2
        assert "add --swaps" in err
    code, _, err = seawall("lp", book, tmp_path / "stray.csv")
    assert code == 2
    assert "stands alone" in err


def test_reading_has_results_rent_and_hedges(seawall) -> None:
    """Between the parts: unknown fees stay unknown, both splits add up to the rent, the perp undoes the delta."""
    record = json.loads(seawall("lp", "demo", "--json")[1])
    for one in record["positions"]:
        results, split, hedge = one["results"], one["rent_split"], one["hedge"]
        assert results["fees_usd"] is None
        assert results["cash_with_fees_usd"] is None
        assert results["rebalancing_origin"] == "modelled"
        assert results["hold_usd"] < 0.0 > results["rebalancing_usd"]
        assert sum(split["equal_blocks"].values()) == pytest.approx(split["rent"])
        assert sum(split["poisson_blocks"].values()) == pytest.approx(split["rent"], rel=1e-3)
        assert split["rent"] == pytest.approx(365.0 * one["at_realised"]["rent_usd_per_day"])
        assert hedge["perp"]["notional_usd"] == pytest.approx(-one["delta_usd"])
        static = hedge["static"]
        assert static["origin"] == "modelled"
        assert static["worst_usd"] >= -hedge["allowed_usd"] * (1.0 + 1e-6)
        # what protects against the loss costs about what options say the loss is worth, half a spread more, less eps
        assert 0.5 < static["cost_usd"] / one["impermanent_loss"]["price_usd"] < 1.1


def test_a_chain_hedges_its_own_underlying_in_whole_contracts(seawall, tmp_path: Path) -> None:
    """Contracts are whole numbers at listed strikes, quotes are observed, and another underlying is refused."""
    (tmp_path / "eve.market.yaml").write_text((EXAMPLES / "eve.market.yaml").read_text())
    book = tmp_path / "spx.book.yaml"
    book.write_text(SPX_POOL)
    path = tmp_path / "chain.parquet"
    chain_frame(flat_chain([(dt.date(2025, 9, 26), "SPXW")], 2762.0, 0.02, 0.16)).write_parquet(path)
    code, out, err = seawall("lp", book, "--chain", path, "--lot", 100, "--json")
    assert (code, err) == (0, "")
    (one,) = json.loads(out)["positions"]
    for name in ("static", "rounded"):
        hedge = one["hedge"][name]
        assert hedge["origin"] == "observed"
        assert hedge["legs"]
        assert all(leg["contracts"] == round(leg["contracts"]) for leg in hedge["legs"])
        paid = sum(100.0 * leg["contracts"] * leg["price"] for leg in hedge["legs"])
        assert hedge["cost_usd"] == pytest.approx(paid)
    code, _, err = seawall("lp", "demo", "--chain", path)
    assert code == 2
    assert "the pool is in ETH" in err
    code, _, err = seawall("lp", book, "--chain", path, "--expiry", "2025-10-01")
    assert code == 2
    assert "the nearest is 2025-09-26" in err
