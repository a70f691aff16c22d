"""`seawall replay`, `seawall account` and the margin block of `seawall ledger`, as a user runs them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from seawall.app.cli import main

MARKET = ROOT / "src" / "seawall" / "data" / "examples" / "eve.market.yaml"
BOOK = """\
seawall_book: 1
name: <b>two</b> venues
accounts:
  - {name: main, venue: hyperliquid, collateral_usd: 20000}
positions:
  - {label: ETH long, kind: linear_perp, side: long, asset: ETH, quantity: 50, entry: 980, margin: cross, account: main}
  - {label: index short, kind: linear_perp, side: short, asset: SPX, quantity: 4, margin: cross, account: main,
     maintenance: 0.01}
  - {label: bare, kind: linear_perp, side: long, asset: ETH, quantity: 5, collateral_usd: 1500, maintenance: 0.01}
  - {label: range, kind: v3_pool, asset: ETH, deposit_usd: 20000, entry_price: 915.78, low: 700, high: 1400}
"""


@pytest.fixture
def seawall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command line here: exit code, stdout, stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seawall", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return call


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "b.book.yaml"
    path.write_text(BOOK)
    return path


def test_the_ledger_shows_the_margin_of_every_account(seawall: Any, book: Path, tmp_path: Path) -> None:
    page = tmp_path / "l.html"
    code, out, err = seawall("ledger", book, "--market", MARKET, "--json", "--html", page)
    assert (code, err) == (0, "")
    main_account, bare = json.loads(out)["accounts"]
    equity = 20000.0 + 50.0 * (915.78 - 980.0)
    required = 0.02 * 50.0 * 915.78 + 0.01 * 4.0 * 2762.13
    assert main_account["equity_usd"] == pytest.approx(equity)
    assert main_account["maintenance_usd"] == pytest.approx(required)
    assert main_account["margin_ratio"] == pytest.approx(required / equity)
    price = (50.0 * 915.78 - equity + 0.01 * 4.0 * 2762.13) / (50.0 * 0.98)
    assert main_account["legs"][0]["liquidation"]["price"] == pytest.approx(price)
    assert main_account["legs"][1]["pnl_since_entry_usd"] is None
    assert main_account["pnl_since_entry_usd"] is None
    assert main_account["nearest"] == "ETH long"
    assert (bare["name"], bare["status"]) == ("bare", "FOUND")
    text = page.read_text()
    assert '<section id="margin"' in text
    assert "<b>two</b>" not in text.split("<script", 1)[0]
    code, out, _ = seawall("ledger", book, "--market", MARKET)
    assert code == 0
    assert f"{price:,.2f}" in out
    assert "unknown" in out


def test_replay_of_moves_adds_up_and_answers(seawall: Any, book: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    event = "eth=-0.05,spx=-0.02,vol=+6,days=2"
    code, out, err = seawall("replay", book, event, "--market", MARKET, "--json", "--html", page)
    found = json.loads(out)
    assert (code, err) == (0, "")
    total = found["total"]
    assert sum(total["terms_usd"].values()) + total["residual_usd"] == pytest.approx(total["full_usd"])
    assert sum(row["full_usd"] for row in found["rows"]) == pytest.approx(total["full_usd"])
    assert total["terms_usd"]["delta"] == pytest.approx(
        -0.05 * 915.78 * 55.0 + 0.02 * 4.0 * 2762.13 + found["rows"][3]["terms_usd"]["delta"]
    )
    assert found["days"] == 2.0
    assert total["unknown"] == ["funding of index short", "fees of range"]
    assert found["answer"].startswith("gamma 100 %")
    text = page.read_text()
    assert 'id="waterfall"' in text
    assert "not known, in no figure: fees of range" in text
    code, out, _ = seawall("replay", book, event, "--market", MARKET)
    assert code == 0
    assert "gamma 100 %" in out
    assert "residual" in out


def test_replay_of_a_crash_shows_what_closing_cost(seawall: Any, book: Path) -> None:
    """-42.35 % on 50 ETH, -9.51 % on the index short: equity ends below zero, so the account loses all it had."""
    code, out, _ = seawall("replay", book, "2020-03-12", "--market", MARKET, "--json")
    rows = {row["label"]: row for row in json.loads(out)["rows"]}
    assert code == 0
    account = [rows[name] for name in ("ETH long", "index short", "main collateral")]
    equity = 20000.0 + 50.0 * (915.78 - 980.0)
    line = -0.4235 * 50.0 * 915.78 + 0.0951 * 4.0 * 2762.13
    assert equity + line < 0.0
    assert sum(row["end_usd"] - row["start_usd"] for row in account) == pytest.approx(-equity)
    assert sum(row["terms_usd"]["liquidation"] for row in account) == pytest.approx(-(equity + line))
    assert rows["bare"]["end_usd"] == 0.0
    assert rows["bare"]["terms_usd"]["liquidation"] == pytest.approx(-(1500.0 - 5.0 * 915.78 * 0.4235))


def test_replay_of_sessions_follows_the_history(seawall: Any) -> None:
    code, out, err = seawall("replay", "demo", "2018-02-02..2018-02-06", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["days"] == pytest.approx(4.0)
    assert found["rows"][0]["label"] == "SPX Mar condor"
    assert len(found["left_out"]) == 3
    assert all("no ETH in the market of 2018-02-02" in reason for reason in found["left_out"])
    assert found["total"]["vega_usd"] < 0.0
    assert any("modelled from VIX" in line for line in found["assumptions"])


def test_account_by_name(seawall: Any, book: Path) -> None:
    words = ("account", book, "main", "--market", MARKET, "--days", 7, "--assume", "paths=500,seed=4")
    code, out, err = seawall(*words, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["horizon_days"], found["paths"], found["seed"]) == (7.0, 500, 4)
    assert 0.0 <= found["probability"]["simulated"] <= 1.0
    assert found["probability"]["closed_form"] is None
    assert found["adl_expected_usd"] is None
    assert len(found["alternatives"]) == 5
    assert any("correlate 0.6" in line for line in found["assumptions"])
    assert seawall(*words, "--json")[1] == out
    code, out, _ = seawall(*words)
    assert code == 0
    assert "liquidation within 7 days" in out
    assert "half the size" in out


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("replay", "demo", "2018-02-07"), "did you mean '2018-02-05'"),
        (("replay", "demo", "nothing at all"), "known are"),
        (("replay", "demo", "spx=x"), "is not a key and a number"),
        (("replay", "demo", "spx=nan"), "is not a key and a number"),
        (("replay", "demo", "spx=-0.1,spx=-0.2"), "stands twice"),
        (("replay", "demo", "eth=-1.5"), "leaves no price"),
        (("replay", "demo", "spx=-0.1,days=-1"), "time runs forward"),
        (("replay", "demo", "doge=-0.1"), "known are spx, eth, vol"),
        (("replay", "demo", "2018-02-06..2018-02-02"), "write the earlier session first"),
        (("replay", "demo", "2016-02-06..2018-02-02"), "a year at a time"),
        (("replay", "demo", "2018-02-03..2018-02-04"), "at least two sessions"),
        (("replay", "demo", "2018-02-02..soon"), "is not a date"),
        (("replay", "demo", "2018-02-02..2018-02-06", "--asof", "2018-02-02"), "leave out --market and --asof"),
        (("account", "demo", "mian"), "there are ETH perp long"),
        (("account", "demo", "--days", "0"), "need 0 < days"),
        (("account", "demo", "--assume", "luck=1"), "unknown assumption 'luck'"),
        (("account", "demo", "--assume", "seed=1.5"), "whole number"),
        (("account", "demo", "--assume", "leverage=-2"), "|leverage| <= 1"),
        (("account", "demo", "--assume", "adl_chance=0.1"), "needs all of"),
    ],
)
def test_bad_input_is_one_line(seawall: Any, words: tuple[str, ...], fact: str) -> None:
    code, out, err = seawall(*words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert fact in err
