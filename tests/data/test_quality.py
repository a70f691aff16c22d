"""Checks: the known defects are found, the days on which markets broke are not touched."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import DATA, existing

from seawall.core.clock import sessions
from seawall.data.catalog import entries, entry
from seawall.data.coverage import coverage, findings
from seawall.data.files import Bars, Batch, Observations, parts
from seawall.data.files.archive import members
from seawall.data.publication import Known, known_at
from seawall.data.quality import brackets, check_values, lone, repeated
from seawall.data.store import Provenance, Store

START = sessions(dt.date(2018, 1, 2), dt.date(2018, 6, 29))


def quiet(size: int = 60, level: float = 15.0) -> np.ndarray:
    return level * np.exp(0.03 * np.sin(np.arange(size)))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("VVIX", {30: 15.71, 31: 27.94, 32: 28.6}),  # as on 2006-03-15: some days far too low among levels of 70-120
        ("VIX", {30: 2.58}),  # the opening print of 2004-11-08
        ("VIX", {30: 150.0}),
        ("SPX", {30: 15.0 * 100}),
        ("ETH", {30: 15.0 / 100}),
    ],
)
def test_a_lone_value_is_found(name: str, changes: dict[int, float]) -> None:
    jump = entry(name).jump
    assert jump is not None
    values = quiet(level=90.0 if name == "VVIX" else 15.0)
    for row, value in changes.items():
        values[row] = value
    assert np.flatnonzero(lone(values, jump)).tolist() == sorted(changes)


# Closes as published (Cboe), ten sessions before to ten after the day.
CRASHES = {
    "2018-02-05": [11.1, 11.03, 11.08, 11.58, 13.84, 14.79, 13.54, 13.47, 17.31, 37.32, 29.98, 27.73, 33.46, 29.06,
                   25.61, 24.97, 19.26, 19.13, 19.46, 20.6],
    "2020-03-16": [27.56, 27.85, 39.16, 40.11, 33.42, 36.82, 31.99, 39.62, 41.94, 54.46, 47.3, 53.9, 75.47, 57.83,
                   82.69, 75.91, 76.45, 72.0, 66.04, 61.59, 61.67, 63.95, 61.0, 65.54],
    "2008-10": [31.7, 32.07, 36.27, 33.85, 32.82, 34.74, 46.72, 39.39, 39.81, 45.26, 45.14, 52.05, 53.68, 57.53, 63.92,
                69.95, 54.99, 55.13, 69.25, 67.61, 70.33, 52.97, 53.11, 69.65, 67.8, 79.13, 80.06, 66.96],
}  # fmt: skip


@pytest.mark.parametrize("day", CRASHES)
def test_a_crash_is_no_error_however_the_data_arrive(day: str) -> None:
    jump = entry("VIX").jump
    assert jump is not None
    closes = np.concatenate([np.full(20, CRASHES[day][0]), CRASHES[day]])
    for end in range(15, closes.size + 1):  # also on the day itself, when nothing after it is known
        assert not lone(closes[:end], jump).any()


@given(st.lists(st.floats(-0.1, 0.1), min_size=30, max_size=120), st.floats(0.3, 1.5))
@settings(max_examples=60, deadline=None)
def test_a_step_to_a_new_level_is_never_withheld(moves: list[float], step: float) -> None:
    logs = np.cumsum(0.1 * np.array(moves))
    logs[len(moves) // 2 :] += step
    assert not lone(np.exp(logs), (0.9, 0.9)).any()


def test_stale_repeats_begin_after_the_first_value() -> None:
    values = np.array([1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 4.0])
    assert np.flatnonzero(repeated(values, 3)).tolist() == [2, 3]
    assert not repeated(values, 4).any()
    assert not repeated(values, 0).any()


def test_brackets() -> None:
    columns = {
        "open": np.array([10.0, 10.0, np.nan, np.nan, 2.58]),
        "high": np.array([11.0, 10.5, 11.0, np.nan, 14.0]),
        "low": np.array([9.0, 9.0, 9.0, np.nan, 13.0]),
        "close": np.array([10.5, 10.6, 10.0, 12.0, 13.5]),
    }
    assert brackets(columns, close_inside=True).tolist() == [False, True, False, False, True]
    assert brackets(columns, close_inside=False).tolist() == [False, False, False, False, True]


def test_days_without_a_session_and_units() -> None:
    at = np.array(["2022-05-27", "2022-05-30", "2022-05-31"], dtype="datetime64[us]")
    told = check_values(entry("VIX"), at, np.array([25.72, 26.54, 26.19]), "value")
    assert told.select("check", "field").rows() == [("calendar", "row")]
    ten_times = check_values(entry("VX_2007_05"), at, np.array([150.0, 15.0, 151.0]), "high")
    assert ten_times["check"].to_list() == ["bounds", "bounds"]
    assert "ten times VIX" in ten_times["reason"][0]


def test_what_is_withheld_stays_stored_and_out_of_history(tmp_path: Path) -> None:
    closes = quiet(START.size)
    closes[70] = 2.0
    bars = Bars("VIX", START.astype("datetime64[us]"), closes, closes, closes + 1.0, closes - 1.0)
    assert bars.high is not None
    bars.high[5] = closes[5] - 0.5
    with Store.open(tmp_path / "s.duckdb") as store:
        receipt = store.put(Batch("Cboe", "bars", bars=(bars,), rows=START.size), Provenance("x", "1" * 64))
        history, kept = store.history(), store.count("bar")
        told = findings(store)
        assert store.check() == receipt.quarantined
        assert findings(store).equals(told)
        row = coverage(store, dt.datetime(2018, 7, 2, tzinfo=dt.UTC)).row(0, named=True)
    assert kept == START.size
    assert np.isnan(history.values_on("VIX", START[[70]])[0])
    assert history.values_on("VIX", START[[5]])[0] == closes[5]
    assert np.isnan(history.values_on("VIX_HIGH", START[[5]])[0])
    assert set(told["check"]) == {"jump", "bracket"}
    assert (row["rows"], row["missing"], row["age"], row["stale"]) == (START.size, 0, 3, False)


def test_a_corrected_value_leaves_quarantine(tmp_path: Path) -> None:
    def batch(value: float) -> Batch:
        closes = quiet(START.size)
        closes[70] = value
        return Batch("Cboe", "m", observations=(Observations("VIX", START.astype("datetime64[us]"), closes),), rows=1)

    with Store.open(tmp_path / "s.duckdb") as store:
        assert store.put(batch(2.0), Provenance("x", "1" * 64)).quarantined == 1
        assert store.put(batch(15.2), Provenance("x", "2" * 64)).quarantined == 0
        assert findings(store).height == 0
        assert store.history().values_on("VIX", START[[70]])[0] == 15.2


def test_missing_days_and_age_are_counted(tmp_path: Path) -> None:
    days = np.delete(START, [10, 11, 40]).astype("datetime64[us]")
    one = Observations("VVIX", days, quiet(days.size, 95.0))
    with Store.open(tmp_path / "s.duckdb") as store:
        store.put(Batch("Cboe", "m", observations=(one,), rows=1), Provenance("x", "1" * 64))
        row = coverage(store, dt.datetime(2018, 8, 1, tzinfo=dt.UTC)).row(0, named=True)
    assert (row["missing"], row["first"], row["last"]) == (3, START[0].item(), START[-1].item())
    assert (row["age"], row["stale"], row["source"], row["frequency"]) == (33, True, "Cboe", "daily")


@pytest.mark.parametrize(
    ("rule", "at", "known"),
    [
        (Known("close"), "2018-02-05", "2018-02-05T21:15"),
        (Known("close"), "2018-07-03", "2018-07-03T17:15"),  # early close at 13:00
        (Known("close"), "2018-07-04", "2018-07-04T20:15"),
        (Known("day_end", minutes=5), "2018-02-05", "2018-02-06T00:05"),
        (Known("stamp", minutes=60), "2018-02-05T20:00", "2018-02-05T21:00"),
        (Known("next_session", clock=dt.time(9)), "2018-02-02", "2018-02-05T14:00"),
        (Known("month_after", 20), "2018-01-01", "2018-02-20T13:30"),
        (Known("days_after", 7, dt.time(16, 15)), "2018-07-02", "2018-07-09T20:15"),
    ],
)
def test_when_a_value_is_known(rule: Known, at: str, known: str) -> None:
    assert known_at(rule, np.array([at], dtype="datetime64[us]"))[0] == np.datetime64(known)


def test_nothing_in_the_catalogue_is_known_before_what_it_describes() -> None:
    at = np.array(["2018-01-01", "2018-02-05", "2018-11-23"], dtype="datetime64[us]")
    for one in entries():
        assert (known_at(one.known, at) >= at).all(), one.name
        assert one.bounds[0] < one.bounds[1], one.name
        for fact in one.facts:
            assert one.bounds[0] <= fact.value <= one.bounds[1], one.name


# the shared files: what each becomes, and every known defect


STORED_CONTRACTS = ("G08", "K08", "F09", "X14", "Z15")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every shared file but the large chains."""
    existing(DATA)
    place = tmp_path_factory.mktemp("store") / "s.duckdb"
    files = [path for path in sorted(DATA.rglob("*")) if path.is_file() and path.suffix != ".parquet"]
    with Store.open(place) as store:
        for path in files:
            contract = "cfe_contracts" in path.parts
            if path.name != "README.md" and (not contract or path.name[4:7] in STORED_CONTRACTS):
                with members(path) as inside:
                    for one in inside:
                        store.put(parts(one.name, one.path), Provenance(path.name, one.sha256))
    return place


@pytest.mark.shared
def test_every_shared_file_is_recognised_under_any_name(filled: Path) -> None:
    nameless = {"VIX_History.csv": "VIX", "SPX_hlc.csv": "SPX", "vx_curve_VX1_VX8.csv": "VX8", "DIX.csv": "GEX"}
    with Store.open(filled, read_only=True) as store:
        files = set(store.query("SELECT file FROM provenance")["file"])
        refused = store.query("SELECT * FROM quarantine WHERE scope <> 'series'")
    there = {p.name for p in DATA.rglob("*") if p.is_file()}
    left = {name for name in there - files if not name.endswith((".parquet", ".md")) and not name.startswith("CFE_")}
    assert left == set()
    assert refused.height == 0
    for path in DATA.rglob("*.csv"):
        if path.name in nameless or "cfe_contracts" in path.parts:
            batch = next(parts("download.csv", path))
            told = {one.series for one in (*batch.bars, *batch.observations)}
            wanted = nameless.get(path.name) or f"VX_20{path.name[5:7]}_{'FGHJKMNQUVXZ'.index(path.name[4]) + 1:02d}"
            assert wanted in told, path.name


@pytest.mark.shared
def test_the_known_defects_are_found_and_only_those(filled: Path) -> None:
    with Store.open(filled, read_only=True) as store:
        told = findings(store)
    vix = told.filter((told["subject"] == "VIX") & (told["source"] == "Cboe"))
    assert vix.filter(vix["check"] == "bracket").height == 47
    days = vix.filter(vix["check"] == "calendar")["moment"].dt.date().to_list()
    assert days == [
        dt.date(2004, 6, 11),
        *(dt.date(2022, m, d) for m, d in ((5, 30), (6, 20), (7, 4), (9, 5), (11, 24))),
    ]
    opens = vix.filter(vix["check"] == "jump").select("field", "value").rows()
    assert opens == [("open", 2.58), ("open", 41.6)]
    vvix = told.filter(told["subject"] == "VVIX")
    assert vvix["value"].to_list()[:2] == [15.71, 27.94]
    assert vvix["moment"].dt.year().unique().to_list() == [2006]
    ten = told.filter(told["subject"].str.starts_with("VX_") & (told["field"] == "close"))
    inverse = {row["moment"].date(): row["value"] for row in ten.iter_rows(named=True) if row["value"] > 100.0}
    assert len(inverse) > 200
    assert max(inverse) < dt.date(2007, 3, 26)
    left = set(told["subject"]) - {"VIX", "VVIX"}
    assert all(name.startswith("VX_") for name in left)


@pytest.mark.shared
def test_no_crash_day_is_thrown_away_and_the_published_levels_stand(filled: Path) -> None:
    with Store.open(filled, read_only=True) as store:
        history = store.history()
        told = findings(store)
    autumn = sessions(dt.date(2008, 9, 15), dt.date(2008, 12, 31))
    spring = sessions(dt.date(2020, 2, 20), dt.date(2020, 4, 30))
    vol = sessions(dt.date(2018, 1, 30), dt.date(2018, 2, 28))
    days = np.concatenate([autumn, vol, spring])
    for name in ("SPX", "VIX", "VVIX", "VX1", "VX2", "DFF", "SKEW"):
        assert np.isfinite(history.values_on(name, days)).all(), name
    crash = told.filter(told["moment"].dt.date().is_in(days.tolist()))
    assert crash.height == 0
    levels = {
        ("VIX", "2018-02-05"): 37.32, ("VIX", "2020-03-16"): 82.69, ("SPX", "2020-03-23"): 2237.40,
        ("VX1", "2018-02-05"): 33.225, ("VX2", "2018-02-05"): 27.975, ("VX1", "2020-03-16"): 72.625,
        ("VX2", "2020-03-16"): 59.15,
    }  # fmt: skip
    for (name, day), value in levels.items():
        assert history.values_on(name, np.array([day], dtype="datetime64[D]"))[0] == pytest.approx(value, abs=0.005)


@pytest.mark.shared
def test_a_second_pass_over_every_shared_file_adds_nothing(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "s.duckdb"
    copy.write_bytes(filled.read_bytes())
    chosen = ["VIX_History.csv", "BTC_funding_8h.csv", "FRED_CPIAUCSL.csv", "CFE_K08_VX.csv", "vx_curve_VX1_VX8.csv",
              "cpi_release_dates_consensus.csv", "coinbase_daily_BTC_ETH_LINK.csv", "treasury_curves.csv"]  # fmt: skip
    with Store.open(copy) as store:
        for path in sorted(DATA.rglob("*")):
            if path.name in chosen or path.suffix == ".gz":
                with members(path) as inside:
                    for one in inside:
                        receipt = store.put(parts(one.name, one.path), Provenance(path.name, one.sha256))
                assert (receipt.added, receipt.revised) == (0, 0), path.name
                assert receipt.unchanged > 0
