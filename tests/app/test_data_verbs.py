"""`seawall data` and what the other verbs make of a filled store, as a user runs them."""

import csv
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.published import DATA, existing

from seawall.core.clock import sessions
from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError
from seawall.data.days import known_history, market_of
from seawall.data.store import Store

DAYS: list[dt.date] = sessions(dt.date(2021, 1, 4), dt.date(2021, 4, 30)).tolist()


BOOK = """
seawall_book: 1
name: small
nav: 100000
positions:
  - {label: condor, kind: condor, side: short, quantity: 1, root: SPXW, expiry: 2021-05-28,
     strikes: [3000, 3100, 4600, 4700]}
  - {label: pool, kind: v2_pool, asset: ETH, deposit_usd: 10000, entry_price: 1000.0, fee_apr: 0.2}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setenv("SEAWALL_HOME", str(place))
    return place


def seawall(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("seawall")), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=dict(os.environ))


def written(folder: Path) -> Path:
    """A folder of downloads: SPX and VIX bars, VX by month, funds rate, hourly ETH and its funding, and rubbish."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    spx = 3700.0 * np.exp(np.cumsum(rng.normal(0, 0.01, len(DAYS))))
    vix = 22.0 + np.cumsum(rng.normal(0, 0.3, len(DAYS)))

    def table(name: str, head: str, rows: list[list[object]]) -> None:
        with (folder / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head.split(","))
            writer.writerows(rows)

    table(
        "SPX.csv",
        "Date,High,Low,Close",
        [[d, f"{x + 9:.2f}", f"{x - 9:.2f}", f"{x:.2f}"] for d, x in zip(DAYS, spx, strict=True)],
    )
    table(
        "VIX_History.csv",
        "DATE,OPEN,HIGH,LOW,CLOSE",
        [
            [f"{d:%m/%d/%Y}", f"{x:.2f}", f"{x + 1:.2f}", f"{x - 1:.2f}", f"{x + 0.1:.2f}"]
            for d, x in zip(DAYS, vix, strict=True)
        ],
    )
    table(
        "curve.csv",
        "DATE,VX1,VX2,VX3",
        [[d, f"{x + 1:.3f}", f"{x + 2:.3f}", f"{x + 3:.3f}"] for d, x in zip(DAYS, vix, strict=True)],
    )
    table("DFF.csv", "date,value", [[d, "0.08"] for d in DAYS])
    hours = np.datetime64("2021-01-01T00:00") + np.arange(24 * 121) * np.timedelta64(1, "h")
    eth = 1000.0 * np.exp(np.cumsum(rng.normal(0, 0.005, hours.size)))
    table(
        "ETHUSDT_1h.csv",
        "timestamp,open,high,low,close,volume",
        [[str(h).replace("T", " ") + ":00", x, x * 1.01, x * 0.99, x, 5] for h, x in zip(hours, eth, strict=True)],
    )
    table("ETH_daily.csv", "Date,Adj_Close", [[str(h)[:10], x] for h, x in zip(hours[::24], eth[23::24], strict=True)])
    table("ETH_funding.csv", "utc,funding_rate", [[str(h).replace("T", " ") + ":00", 0.0002] for h in hours[::8]])
    (folder / "notes.md").write_text("| a | b |\n|---|---|\n| c | d |\n")
    return folder


def test_import_status_and_check_in_json(home: Path, tmp_path: Path) -> None:
    downloads = written(tmp_path / "downloads")
    first = seawall("data", "import", downloads, "--json")
    assert (first.returncode, first.stderr) == (0, "")
    told = json.loads(first.stdout)
    assert {row["file"] for row in told["imported"]} == {path.name for path in downloads.glob("*.csv")}
    assert [row["file"] for row in told["left"]] == ["notes.md"]
    again = json.loads(seawall("data", "import", downloads, "--json").stdout)
    assert all((row["added"], row["revised"]) == (0, 0) for row in again["imported"])
    status = json.loads(seawall("data", "status", "--json").stdout)
    series = {row["series"]: row for row in status["series"]}
    assert series["VIX"]["rows"] == len(DAYS)
    assert (series["VIX"]["first"], series["VIX"]["last"]) == ("2021-01-04", "2021-04-30")
    assert (series["VIX"]["missing"], series["VIX"]["stale"], series["VIX"]["source"]) == (0, True, "Cboe")
    assert len(status["imports"]) == len(told["imported"])
    assert json.loads(seawall("data", "check", "--json").stdout) == {"findings": []}
    shown = seawall("data", "status")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "2021-04-30" in shown.stdout
    assert str(home) in json.dumps(status)


def test_a_file_named_and_not_placed_is_an_error_and_harms_nothing(home: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "VVIX_History.csv", tmp_path / "x.csv"
    good.write_text("DATE,VVIX\n02/05/2018,177.34\n02/14/2018,101.2\n")
    bad.write_text("Date,Close\n2018-02-05,=cmd|' /C calc'!A0\n2018-02-06,1\n")
    done = seawall("data", "import", good, bad, tmp_path / "absent.csv", "--json")
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert [row["series"] for row in told["imported"]] == [["VVIX"]]
    assert {row["file"].rpartition("/")[2] for row in told["left"]} == {"x.csv", "absent.csv"}
    named = seawall("data", "import", bad, "--as", "MINE")
    assert named.returncode == 0
    listed = seawall("data", "check")
    assert "column 2 is not a number" in listed.stdout
    assert "=cmd" in listed.stdout
    assert home.is_dir()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [("status",), ("check",), ("status", "--json")])
def test_without_a_store_one_line_says_how_to_get_one(words: tuple[str, ...]) -> None:
    done = seawall("data", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("seawall: there is no store at ")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("home")
def test_control_signs_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "VVIX.csv"
    path.write_text("DATE,VVIX\n02/05/2018,177.34\n02/14/2018,\x1b[31mred\x07[/bold]\n02/15/2018,100\n")
    assert seawall("data", "import", path).returncode == 0
    shown = seawall("data", "check").stdout
    assert "red" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_the_market_of_a_day_comes_from_the_store(home: Path, tmp_path: Path) -> None:
    assert seawall("data", "import", written(tmp_path / "downloads")).returncode == 0
    state = market_of(known_history(), DAYS[60])
    vix = state.vix_market()
    assert set(state.assets) == {"SPX", "ETH"}
    assert vix.curve.origin is Origin.OBSERVED
    assert len(vix.curve.levels) == 3
    assert state.rate.value == pytest.approx(0.0008)
    assert "federal funds" in state.rate.source
    assert vix.vvix.origin is Origin.MODELLED  # none was imported
    eth = state.asset("ETH")
    assert eth.funding is not None
    assert eth.funding.value == pytest.approx(0.0002 * 3 * 365)
    assert eth.spot.source.startswith("ETHUSDT_1H")
    assert eth.realised_vol is not None
    assert all(datum.known_at <= state.now for _, datum in state.data())
    told = " ".join(state.assumptions())
    assert "VVIX: modelled" in told
    assert "VIX futures" not in told
    book = tmp_path / "b.book.yaml"
    book.write_text(BOOK)
    done = seawall("ledger", book, "--asof", DAYS[60].isoformat(), "--json")
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    assert table["as_of"].startswith(DAYS[60].isoformat())
    pool = next(row for row in table["rows"] if row["factor"] == "ETH")
    assert pool["rent_usd_per_year"] > 0.0
    early = market_of(known_history(), dt.date(2016, 5, 5))  # before the store begins the embedded closes serve
    assert early.vix_market().curve.origin is Origin.MODELLED
    assert home.is_dir()


def test_a_day_sees_only_what_was_known(home: Path, tmp_path: Path) -> None:
    assert seawall("data", "import", written(tmp_path / "downloads")).returncode == 0
    history = known_history()
    for day in (DAYS[30], DAYS[61]):
        whole = market_of(history, day)
        cut = market_of(history.upto(whole.now), day)
        assert whole == cut
    assert home.is_dir()


@pytest.mark.shared
def test_every_session_with_a_vix_since_1990_has_a_market(home: Path) -> None:
    existing(DATA)
    wanted = ("VIX_History", "VVIX_History", "SPX_hlc", "vx_curve", "fed_funds", "ETH_daily", "BTC_daily", "ETHUSDT",
              "BTC_funding_daily")  # fmt: skip
    files = [path for path in DATA.rglob("*.csv") if path.name.startswith(wanted)]
    assert seawall("data", "import", *files).returncode == 0
    with Store.open(read_only=True) as store:
        history = store.history()
    days = sessions(dt.date(1990, 1, 2), dt.date(2022, 12, 30))
    there = days[np.isfinite(history.values_on("VIX", days)) & np.isfinite(history.values_on("SPX", days))]
    assert there.size >= days.size - 5  # the vendor's file itself misses some sessions
    states = [market_of(history, day) for day in there[::23].tolist()]
    assert all(datum.known_at <= state.now for state in states for _, datum in state.data())
    monday = market_of(history, dt.date(2018, 2, 5))
    curve = monday.vix_market().curve
    assert (curve.origin, curve.levels[:2]) == (Origin.OBSERVED, (33.225, 27.975))
    assert monday.vix_market().vvix.origin is Origin.OBSERVED
    assert monday.rate.value == pytest.approx(0.0142, abs=1e-4)
    panic = market_of(history, dt.date(2020, 3, 16))
    assert panic.vix_market().curve.levels[:2] == (72.625, 59.15)
    assert panic.asset("BTC").funding is not None
    with pytest.raises(MissingDataError, match="no close on 2023"):
        market_of(history, dt.date(2023, 1, 4))
    assert home.is_dir()


def test_a_nan_is_refused_with_its_line_and_an_empty_cell_is_absent(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "VVIX_History.csv"
    path.write_text("DATE,CLOSE\n01/30/2020,95.5\n01/31/2020,NaN\n02/03/2020,\n02/04/2020,91.0\n")
    told = json.loads(seawall("data", "import", path, "--json").stdout)["imported"][0]
    assert (told["added"], told["refused"], told["absent"]) == (2, 1, 1)
    listed = seawall("data", "check").stdout
    assert "line 3" in listed
    assert "not a number" in listed


def test_one_file_that_cannot_be_placed_is_one_line_on_stderr(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("colour,taste\nred,sweet\nblue,sour\n")
    done = seawall("data", "import", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "odd.csv" in done.stderr
