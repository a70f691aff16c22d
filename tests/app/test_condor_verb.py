"""`seawall condor` end to end: a modelled day, real chains, and what a user gets wrong."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.published import DATA, existing

from seawall.app.cli import main


@pytest.fixture
def seawall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs the command line here, without a store: exit code, stdout, stderr."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seawall", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return call


def test_a_modelled_day_says_so(seawall: Any, tmp_path: Path) -> None:
    page = tmp_path / "condor.html"
    code, out, err = seawall("condor", "--asof", "2018-02-02", "--json", "--html", page)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["origin"], found["expiry"], found["root"]) == ("modelled", "2018-02-09", "SPXW")
    assert found["spot"] == pytest.approx(2762.13, abs=0.01)
    strikes = [leg["strike"] for leg in found["legs"]]
    assert strikes == sorted(strikes)
    paid = sum(-leg["units"] * (leg["bid"] if leg["units"] < 0 else leg["ask"]) for leg in found["legs"]) - 0.04
    assert found["credit"] == pytest.approx(paid)
    width = max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    assert found["max_loss_usd"] == pytest.approx(100.0 * (width - paid))
    assert found["break_even_prices"] == pytest.approx([strikes[1] - paid, strikes[2] + paid], abs=1e-3)
    assert {one["rule"]: one["on"] for one in found["reasons"]}["events"] is None
    assert "modelled" in page.read_text(encoding="utf-8")


def test_a_spike_is_a_hard_reason(seawall: Any) -> None:
    _, out, _ = seawall("condor", "--asof", "2018-02-05", "--json")
    found = json.loads(out)
    assert found["stand_aside"] is True
    assert found["reasons"][0]["rule"] == "L0.stop"


def test_the_table_fits_and_repeats_the_record(seawall: Any) -> None:
    _, plain, _ = seawall("condor", "--asof", "2018-02-02")
    _, out, _ = seawall("condor", "--asof", "2018-02-02", "--json")
    assert f"credit {json.loads(out)['credit']:.2f} at bid and ask" in plain
    assert "Not financial advice" in plain


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nochain.csv",), "nochain.csv"),
        (("--asof", "2018-02-03"), "2018-02-03 is not a session"),
        (("--asof", "2018-02-02", "--by", "gamma"), "range or delta"),
        (("--asof", "2018-02-02", "--preset", "magic"), "no preset"),
        (("--asof", "2018-02-02", "--preset", "glossary"), "after the close"),
        (("--asof", "2018-02-02", "--nav", "-5"), "equity must be > 0"),
        (("--asof", "2018-02-02", "--expiry", "2018-02-10"), "no session"),
        (("--asof", "2018-02-02", "--risk", "1.5"), "share of equity"),
    ],
)
def test_a_mistake_is_one_line(seawall: Any, words: tuple[str, ...], says: str) -> None:
    code, out, err = seawall("condor", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


@pytest.mark.parametrize("by", ["range", "delta"])
def test_a_real_chain(seawall: Any, by: str) -> None:
    chains = existing(DATA / "options" / "SPX_chains_202606.parquet")
    code, out, _ = seawall("condor", chains, "--asof", "2026-06-16", "--by", by, "--json")
    found = json.loads(out)
    assert (code, found["origin"], found["root"]) == (0, "observed", "SPXW")
    market, past = found["odds"]
    assert market["mean_usd"] == pytest.approx(100.0 * (found["credit"] - found["credit_mid"]), abs=25.0)
    assert past["windows"] > 100
    assert 0.5 < past["profit"] < 1.0


def test_a_copied_day_is_said(seawall: Any) -> None:
    chains = existing(DATA / "options" / "SPX_chains_202606.parquet")
    _, out, _ = seawall("condor", chains, "--asof", "2026-06-23", "--json")
    assert {one["rule"]: one["on"] for one in json.loads(out)["reasons"]}["copy"] is True
