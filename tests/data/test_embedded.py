import csv
import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.published import DATA

from seawall.core.clock import close_instant, sessions
from seawall.core.datum import Origin
from seawall.data import embedded
from seawall.market.history import Series


def series(name: str) -> Series:
    return embedded.embedded_history().get(name)


# Cboe and S&P closes that the press of the day printed
@pytest.mark.parametrize(
    ("name", "day", "close"),
    [
        ("VIX", "2018-02-05", 37.32),
        ("VIX", "2015-08-24", 40.74),
        ("VIX", "2017-11-03", 9.14),
        ("SPX", "2000-03-24", 1527.46),
        ("SPX", "2007-10-09", 1565.15),
        ("SPX", "2009-03-09", 676.53),
        ("SPX", "2018-09-20", 2930.75),
    ],
)
def test_known_closes(name: str, day: str, close: float) -> None:
    assert series(name).on(np.array([day], dtype="datetime64[D]"))[0] == pytest.approx(close, abs=0.006)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("SPX", dt.date(1999, 1, 4), dt.date(2018, 12, 31)),
        ("SPX_OPEN", dt.date(1999, 1, 4), dt.date(2018, 12, 31)),
        ("VIX", dt.date(2014, 1, 3), dt.date(2019, 1, 3)),
        ("POLICY_RATE", dt.date(2008, 12, 16), dt.date(2019, 1, 3)),
    ],
)
def test_every_session_once_and_nothing_else(name: str, start: dt.date, end: dt.date) -> None:
    np.testing.assert_array_equal(series(name).dates, sessions(start, end))
    assert series(name).origin is Origin.OBSERVED


def test_closes_are_known_fifteen_minutes_after_the_session() -> None:
    for day in (dt.date(2018, 2, 5), dt.date(2018, 7, 3), dt.date(2018, 7, 5)):
        known = series("VIX").known_on(np.array([day], dtype="datetime64[D]"))[0].item()
        assert known.replace(tzinfo=dt.UTC) == close_instant(day) + dt.timedelta(minutes=15)


def test_high_and_low_bracket_open_and_close() -> None:
    high, low = series("SPX_HIGH").values, series("SPX_LOW").values
    for name in ("SPX", "SPX_OPEN"):
        assert (series(name).values <= high).all()
        assert (series(name).values >= low).all()


def test_the_stale_opens_the_docstring_warns_of() -> None:
    stale = embedded.spx_open_is_stale(embedded.embedded_history())
    years = series("SPX_OPEN").dates.astype("datetime64[Y]")
    share = {year: float(stale[years == np.datetime64(str(year))].mean()) for year in range(1999, 2019)}
    assert stale.sum() == 2004
    assert min(share[year] for year in range(1999, 2006)) > 0.9
    assert all(0.2 < share[year] < 0.3 for year in (2012, 2013))
    assert max(share[year] for year in range(2014, 2019)) < 0.01


def test_policy_rate_is_the_middle_of_the_range_in_force() -> None:
    rate = series("POLICY_RATE")
    days = np.array(["2008-12-16", "2015-12-16", "2015-12-17", "2018-12-19", "2018-12-20"], dtype="datetime64[D]")
    np.testing.assert_allclose(rate.on(days), [0.00125, 0.00125, 0.00375, 0.02125, 0.02375], rtol=1e-14)
    assert rate.unit == "per_year"
    assert rate.known_on(days)[0] == np.datetime64("2008-12-16T19:15:00")  # 14:15 in New York
    assert rate.known_on(days)[2] == np.datetime64("2015-12-17T14:30:00")  # 09:30, announced the day before


def test_arch_is_not_imported() -> None:
    load = "from seawall.data.embedded import embedded_history; embedded_history()"
    code = f"import sys; {load}; print('arch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}: set SEAWALL_SHARED")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_policy_rate_against_the_effective_rate() -> None:
    rows = [row for row in _rows(DATA / "macro" / "fed_funds_daily_DFF.csv") if row["value"]]
    effective = {row["date"]: float(row["value"]) for row in rows}
    rate = series("POLICY_RATE")
    far = {
        str(day): effective[str(day)]
        for day, value in zip(rate.dates, rate.values, strict=True)
        if abs(effective[str(day)] - 100.0 * value) > 0.15
    }
    # window dressing at the first year end after lift-off: the effective rate fell below the range for a day
    assert far == {"2015-12-31": 0.20}


@pytest.mark.shared
def test_closes_against_the_index_files() -> None:
    vix_rows = _rows(DATA / "vol" / "VIX_History.csv")
    spx_rows = _rows(DATA / "equity" / "SPX_hlc.csv")
    theirs = {
        "VIX": {_iso(row["DATE"]): float(row["CLOSE"]) for row in vix_rows},
        "SPX": {row["Date"]: float(row["Close"]) for row in spx_rows},
    }
    for name, closes in theirs.items():
        ours = series(name)
        reference = np.array([closes[str(day)] for day in ours.dates])
        np.testing.assert_allclose(ours.values, reference, rtol=0.0, atol=0.011)


def _iso(text: str) -> str:
    month, day, year = text.split("/")
    return f"{year}-{month}-{day}"
