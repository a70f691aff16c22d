"""`seawall backtest cndr|put|bxm|vxth`: on the embedded data, and against Cboe's published months on real files."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.published import DATA, existing

from seawall.app.cli import main

FILES = (
    "vol/VIX_History.csv", "vol/VIX9D_History.csv", "vol/VIX3M_History.csv", "vol/SKEW_History.csv",
    "vol/vix_cash_terms.csv", "equity/SPX_hlc.csv", "macro/treasury_curves.csv", "macro/fed_funds_daily_DFF.csv",
    "macro/sp500_shiller_monthly.csv", "benchmarks/cboe_strategy_indices_monthly.csv",
)  # fmt: skip


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
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without a store."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize("name", ["cndr", "put", "bxm", "vxth"])
def test_an_index_runs_on_the_embedded_data(seawall: Any, empty: Path, name: str) -> None:
    page = empty / "page.html"
    code, out, _ = seawall("backtest", name, "--json", "--html", page)
    found = json.loads(out)
    assert code == 0
    assert found["index"] == name.upper()
    assert found["modelled_share_of_option_prices"] == 1.0
    assert found["against_published"] is None
    months = [row["month_end"] for row in found["months"]]
    assert months == sorted(months)
    assert months[-1] == "2018-12-31"
    level = 1.0
    for row in found["months"]:
        level *= 1.0 + row["return"]
    assert level == pytest.approx((1.0 + found["summary"]["growth"]) ** (len(months) / 12.0))
    assert sum(found["profit_points"].values()) == pytest.approx(found["level"] - 100.0)
    assert "modelled" in page.read_text(encoding="utf-8")
    code, out, _ = seawall("backtest", name)
    assert code == 0
    assert f"no published {name.upper()}" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cndr", "--from", "yesterday"), "is not a date"),
        (("cndr", "--from", "1989-01-03"), "cover"),
        (("cndr", "--from", "2016-01-04", "--to", "2015-01-05"), "later end"),
        (("cndr", "--collateral", "-1"), "positive number"),
        (("bxm", "--collateral", "2"), "no collateral multiple"),
        (("vxth", "--collateral", "2"), "not for vxth"),
        (("put", "--costs", "-1"), "costs must be"),
        (("cndr", "--embedded"), "are for plans"),
        (("--embedded", "--synthetic", "1"), "name one"),
        (("--from", "2015-01-05", "--to", "2015-01-02"), "swap them"),
        (("--collateral", "2"), "is for an index"),
        (("--costs", "-1"), "costs must be"),
        (("condor",), "does not exist"),
    ],
)  # fmt: skip
def test_bad_words_are_one_line(seawall: Any, empty: Path, words: tuple[str, ...], said: str) -> None:
    code, out, err = seawall("backtest", *words)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_range_may_end_on_a_day_without_a_session(seawall: Any, empty: Path) -> None:
    """The embedded data ends on 2018-12-31; the next day is a holiday, the one after a session that is not there."""
    assert seawall("backtest", "cndr", "--to", "2019-01-01", "--json")[0] == 0
    code, _, err = seawall("backtest", "cndr", "--to", "2019-01-02", "--json")
    assert code == 2
    assert "to 2018-12-31, not 2019-01-02" in err


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store holds the real files."""
    paths = [existing(DATA / name) for name in FILES]
    home = tmp_path_factory.mktemp("indices")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEAWALL_HOME", str(home))
        patch.setattr(sys, "argv", ["seawall", "data", "import", *map(str, paths), "--json"])
        with pytest.raises(SystemExit) as left:
            main()
        assert not left.value.code
    return home


@pytest.mark.parametrize(
    ("name", "correlation", "tracking"), [("cndr", 0.92, 0.028), ("put", 0.97, 0.028), ("bxm", 0.97, 0.028)]
)
def test_rebuilt_months_follow_the_published_ones(
    seawall: Any, monkeypatch: pytest.MonkeyPatch, store: Path, name: str, correlation: float, tracking: float
) -> None:
    """METHOD 8.4: condor .92 and 2.8 % a year on 1990-2015; the surface was fitted to quotes of 2022-2026 only."""
    monkeypatch.setenv("SEAWALL_HOME", str(store))
    code, out, _ = seawall("backtest", name, "--to", "2015-12-31", "--json")
    assert code == 0
    found = json.loads(out)["against_published"]
    assert found["months"] >= 310
    assert found["correlation"] >= correlation
    assert found["tracking_error"] <= tracking
    assert len(found["worst"]) == 10


def test_twice_the_costs_earn_less(seawall: Any, monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(store))
    levels = []
    for costs in (0, 1, 2):
        _, out, _ = seawall(
            "backtest", "cndr", "--from", "2010-01-04", "--to", "2015-12-31", "--costs", costs, "--json"
        )
        levels.append(json.loads(out)["level"])
    assert levels[0] > levels[1] > levels[2]
