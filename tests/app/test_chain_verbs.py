"""`seawall vix` and `seawall parity` end to end: made files, the published example, and the real days."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.made_chains import flat_chain
from tests.published import DATA, REFERENCE, existing

from seawall.app.cli import main
from seawall.data.chains import chain_frame, load_chains
from seawall.data.store_chains import session_chains
from seawall.market.scan import scan

FRIDAYS = [(dt.date(2025, 9, 26), "SPXW"), (dt.date(2025, 10, 3), "SPXW")]
GOOD_GAP = 0.12


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
def made(tmp_path: Path) -> Path:
    """Two days at 20 points of flat volatility, forward 6000, 4 %; the second day's spot repeats the first."""
    first = chain_frame(flat_chain(FRIDAYS, 6000.0, 0.04, 0.20)).with_columns(spot=5990.0)
    second = first.with_columns(pl.col("as_of") + pl.duration(days=1))
    path = tmp_path / "made.parquet"
    pl.concat([first, second]).write_parquet(path)
    return path


def test_vix_as_json(seawall: Any, made: Path) -> None:
    code, out, err = seawall("vix", made, "--asof", "2025-09-02", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["vix"] == pytest.approx(20.0, abs=0.06)
    assert (found["near"]["expiry"], found["next"]["expiry"]) == ("2025-09-26", "2025-10-03")
    assert found["near"]["forward"] == pytest.approx(6000.0, abs=0.05)
    assert found["near"]["days"] == 24.0
    assert found["repeats"] is None


def test_every_day_of_a_file_against_published_closes(seawall: Any, made: Path, tmp_path: Path) -> None:
    closes = tmp_path / "closes.csv"
    closes.write_text("DATE,CLOSE\n09/02/2025,19.5\n09/03/2025,19.0\n")
    code, out, _ = seawall("vix", made, "--published", closes, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(one["date"], one["published"]) for one in found["days"]] == [("2025-09-02", 19.5), ("2025-09-03", 19.0)]
    # The copy has another time to expiry, so the report leaves it out of the mean: one day remains.
    assert "repeat 2025-09-02" in found["days"][1]["repeats"]
    assert found["days_compared"] == 1
    assert found["mean_absolute_gap"] == pytest.approx(abs(found["days"][0]["vix"] - 19.5))
    code, out, _ = seawall("vix", made, "--published", closes)
    assert code == 0
    assert "1 days with a chain of their own" in out


def test_parity_as_json(seawall: Any, made: Path, tmp_path: Path) -> None:
    code, out, _ = seawall("parity", made, "--asof", "2025-09-02", "--json", "--html", tmp_path / "p.html")
    found = json.loads(out)
    assert code == 0
    assert [one["expiry"] for one in found["expiries"]] == ["2025-09-26", "2025-10-03"]
    for one in found["expiries"]:
        assert one["forward"] == pytest.approx(6000.0, abs=0.05)
        assert one["rate"] == pytest.approx(0.04, abs=1e-3)
    assert found["opportunities"] == []
    page = (tmp_path / "p.html").read_text()
    assert "Put-call parity" in page
    assert 'class="plot"' in page


def test_parity_in_a_terminal_with_futures_and_a_planted_gap(seawall: Any, tmp_path: Path) -> None:
    chain = flat_chain(FRIDAYS, 20.0, 0.04, 0.9, half=0.005)
    dear = (chain.strike == 22.0) & (chain.right == 1.0) & (chain.expiry == np.datetime64("2025-09-26"))
    quotes = (pl.Series("bid", chain.bid + dear), pl.Series("ask", chain.ask + dear))
    frame = chain_frame(chain).with_columns(*quotes)
    frame.write_csv(tmp_path / "v.csv")
    (tmp_path / "f.csv").write_text("expiry,settle\n2025-09-26,20.01\n")
    code, out, _ = seawall("parity", tmp_path / "v.csv", "--futures", tmp_path / "f.csv")
    assert code == 0
    assert "conversion" in out
    assert "box" in out
    assert "20.010" in out


def test_vix_page(seawall: Any, made: Path, tmp_path: Path) -> None:
    code, _, _ = seawall("vix", made, "--html", tmp_path / "v.html")
    page = (tmp_path / "v.html").read_text()
    assert code == 0
    assert page.count('class="plot"') == 1
    assert "Every day of the file" in page


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("vix", "{made}", "--asof", "2025-09-09"), "no chain of 2025-09-09: it has 2025-09-02, 2025-09-03"),
        (("vix", "{made}", "--asof", "soon"), "is not a date"),
        (("vix", "{made}", "--rates", "4%"), "--rates"),
        (("vix", "absent.csv"), "absent.csv is not a file"),
        (("parity", "{made}"), "choose one with --asof DATE"),
        (("parity", "{made}", "--asof", "2025-09-02", "--fee", "-1"), "costs must be from 0"),
        (("parity", "{made}", "--asof", "2025-09-02", "--futures", "{made}"), "made.parquet"),
        (("vix", "{made}", "--published", "{made}"), "a chain of SPX"),
    ],
)
def test_bad_input_is_one_line(seawall: Any, made: Path, words: tuple[str, ...], told: str) -> None:
    code, out, err = seawall(*(word.replace("{made}", str(made)) for word in words))
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_a_file_without_fridays_says_what_it_has(seawall: Any, tmp_path: Path) -> None:
    chain_frame(flat_chain(FRIDAYS[:1], 6000.0, 0.04, 0.2)).write_csv(tmp_path / "one.csv")
    code, _, err = seawall("vix", tmp_path / "one.csv")
    assert code == 2
    assert "2025-09-26 (24 d)" in err


@pytest.mark.shared
def test_the_published_example(seawall: Any) -> None:
    chain = existing(REFERENCE / "vix_whitepaper_2014_chain.csv")
    code, out, _ = seawall("vix", chain, "--rates", "0.000305,0.000286", "--json")
    found = json.loads(out)
    assert code == 0
    # Cboe white paper 2014: forwards 1962.89996 and 1962.40006, 146 and 122 strikes, index 13.69 (METHOD 1.3: 13.6858).
    assert found["vix"] == pytest.approx(13.6858, abs=5e-5)
    assert [found[term]["forward"] for term in ("near", "next")] == pytest.approx([1962.89996, 1962.40006], abs=1e-5)
    assert [found[term]["strikes"] for term in ("near", "next")] == [146, 122]
    assert [found[term]["days"] * 1440.0 for term in ("near", "next")] == pytest.approx([35924.0, 46394.0])


@pytest.mark.shared
def test_every_real_day_against_the_published_close(seawall: Any) -> None:
    folder = existing(DATA / "options")
    chains = folder / "SPX_chains_202606.parquet"
    code, out, _ = seawall("vix", chains, "--published", folder / "VIX_chains_202606.parquet", "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found["days"]) == 13
    assert {one["date"] for one in found["days"] if one["repeats"]} == {"2026-06-19", "2026-06-23"}
    assert all(abs(one["gap"]) < GOOD_GAP for one in found["days"])
    assert found["days_compared"] == 11
    assert found["mean_absolute_gap"] < 0.02


@pytest.mark.shared
@pytest.mark.parametrize(("name", "close"), [("2022-06-10", 27.75), ("2023-02-07", 18.66)])
def test_delayed_quotes_against_the_close_of_the_day(seawall: Any, name: str, close: float) -> None:
    code, out, _ = seawall("vix", existing(DATA / "options" / f"cboe_spx_quotedata_{name}.csv"), "--json")
    assert code == 0
    assert json.loads(out)["vix"] == pytest.approx(close, abs=GOOD_GAP)


@pytest.mark.shared
def test_vix_chains_agree_with_themselves() -> None:
    # Futures settlements of mid-2026 are not at hand. What can be checked: near the money the mids of an expiry lie on
    # one line (METHOD 3.2: mean gap .049), inside every spread, its slope the rate of the SPX options, 4.3-4.7 %.
    chains = load_chains(existing(DATA / "options" / "VIX_chains_202606.parquet"))
    found = [scan(chain) for chain in chains]
    gaps = [one.gap_mean for day in found for one in day.expiries if one.pairs > 1]
    assert float(np.mean(gaps)) < 0.06
    sure = [one.fitted.rate for day in found for one in day.expiries if one.fitted.rate_error < 0.01]
    assert len(sure) > 150
    assert all(0.04 < rate < 0.05 for rate in sure)
    assert all(one.outside == 0 for day in found for one in day.expiries)
    assert not any(day.opportunities for day in found)


def test_an_imported_chain_is_read_back_by_its_name(seawall: Any, made: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    assert seawall("data", "import", made)[0] == 0
    from_file = json.loads(seawall("vix", made, "--asof", "2025-09-02", "--json")[1])
    from_store = json.loads(seawall("vix", "SPX", "--asof", "2025-09-02", "--json")[1])
    assert from_store["vix"] == pytest.approx(from_file["vix"], abs=1e-9)
    code, out, err = seawall("gex", "NDX")
    assert (code, out) == (2, "")
    assert "the store has no NDX chain" in err


def test_a_session_of_which_the_store_has_no_chain_has_none(
    seawall: Any, made: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    """A book of another day is hedged on modelled quotes, whatever chains the store happens to hold."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "store"))
    assert seawall("data", "import", made)[0] == 0
    chain = load_chains(made)[0]
    assert [one.as_of for one in session_chains(chain.underlying, chain.known_at)] == [chain.as_of]
    assert session_chains(chain.underlying, chain.known_at - dt.timedelta(days=400)) == []
    assert session_chains("NDX", chain.known_at) == []


def test_vix_futures_of_the_store_are_compared_without_being_named(
    seawall: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """A chain of one expiry at forward 21, and a stored settlement 0.25 below it: the gap is the plant."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    chain = flat_chain([(dt.date(2025, 10, 22), "VIX")], 21.0, 0.04, 0.80)
    path = tmp_path / "vix.parquet"
    chain_frame(chain).with_columns(underlying=pl.lit("VIX")).write_parquet(path)
    months = [20.0, 20.75, 22.0, 22.5, 23.0, 23.2, 23.4, 23.5]
    rows = ["DATE," + ",".join(f"VX{i}" for i in range(1, 9))]
    rows += [f"2025-09-{day:02d}," + ",".join(map(str, months)) for day in (2, 3, 4, 5)]
    (tmp_path / "vx.csv").write_text("\n".join(rows) + "\n")
    assert seawall("data", "import", tmp_path / "vx.csv")[0] == 0
    code, out, _ = seawall("parity", path, "--json")
    assert code == 0
    found = json.loads(out)["expiries"][0]
    assert found["expiry"] == "2025-10-22"
    assert found["forward"] - found["settlement"] == pytest.approx(0.25, abs=0.02)
