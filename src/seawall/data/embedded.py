"""The data that is always there: S&P 500 and VIX by session, and the policy rate as dated facts.

The two tables ship inside the installed ``arch`` package (its own example data). They are read as files:
importing ``arch`` takes seconds and is not needed for them. What was found in them, checked by
``tests/data/test_embedded.py``:

* ``sp500.csv.gz``: 5031 rows, 1999-01-04 .. 2018-12-31, one for every session, no duplicate, no row whose
high and low
  do not bracket open and close. **The opening price is not one on 2004 of 5030 rows**: it repeats the
  previous close, nearly always until mid-2006 and again on about a quarter of the sessions of 2012-2013.
  ``spx_open_is_stale`` marks those rows; whoever settles on an opening print must look at it.
* ``vix.csv.gz``: 1305 weekdays, 2014-01-03 .. 2019-01-03; the 46 rows marked "." are exactly the weekdays
without a
  session, and are left out. All 1259 others are sessions, none is missing.
"""

import csv
import datetime as dt
import functools
import gzip
import importlib.util
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import NEW_YORK, known_after_close, open_instant, sessions
from seawall.core.errors import MissingDataError
from seawall.market.history import History, Series, instant64

SPX_FILE: Final = "sp500/sp500.csv.gz"
VIX_FILE: Final = "vix/vix.csv.gz"
SPX_SOURCE: Final = "S&P 500 index, table sp500 of the arch package"
VIX_SOURCE: Final = "Cboe VIX close, table vix of the arch package"
POLICY_SOURCE: Final = "Federal Reserve, FOMC target range, midpoint"
ABSENT: Final = frozenset({"", "."})
SPX_COLUMNS: Final = {"SPX": "Close", "SPX_OPEN": "Open", "SPX_HIGH": "High", "SPX_LOW": "Low"}


class Decision(NamedTuple):
    """One FOMC target range: in force from ``effective``, announced at ``announced``, in percent a year."""

    effective: dt.date
    announced: dt.datetime
    low: float
    high: float


def _decision(effective: str, announced: str, low: float, high: float) -> Decision:
    instant = dt.datetime.fromisoformat(announced).replace(tzinfo=NEW_YORK)
    return Decision(dt.date.fromisoformat(effective), instant, low, high)


DECISIONS: Final = (
    _decision("2008-12-16", "2008-12-16T14:15", 0.00, 0.25),
    _decision("2015-12-17", "2015-12-16T14:00", 0.25, 0.50),
    _decision("2016-12-15", "2016-12-14T14:00", 0.50, 0.75),
    _decision("2017-03-16", "2017-03-15T14:00", 0.75, 1.00),
    _decision("2017-06-15", "2017-06-14T14:00", 1.00, 1.25),
    _decision("2017-12-14", "2017-12-13T14:00", 1.25, 1.50),
    _decision("2018-03-22", "2018-03-21T14:00", 1.50, 1.75),
    _decision("2018-06-14", "2018-06-13T14:00", 1.75, 2.00),
    _decision("2018-09-27", "2018-09-26T14:00", 2.00, 2.25),
    _decision("2018-12-20", "2018-12-19T14:00", 2.25, 2.50),
)
"""Every change of the target range from its introduction to the end of the embedded data.

Source: Federal Reserve, "Open Market Operations" archive and the statements. Nothing changed between two
rows.
"""

POLICY_LAST: Final = dt.date(2019, 1, 3)


def _folder() -> Path:
    spec = importlib.util.find_spec("arch")
    if spec is None or not spec.submodule_search_locations:
        raise MissingDataError("the embedded data lies in the package arch, which is absent: pip install arch")
    return Path(spec.submodule_search_locations[0]) / "data"


def _rows(name: str) -> list[dict[str, str]]:
    path = _folder() / name
    if not path.is_file():
        raise MissingDataError(f"arch has no {name} here: reinstall it, pip install --force-reinstall arch")
    with gzip.open(path, "rt", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> str:
    month, day, year = text.split("/")
    return f"{year}-{month:0>2}-{day:0>2}"


def _spx() -> list[Series]:
    rows = _rows(SPX_FILE)
    dates = np.array([_day(row["Date"]) for row in rows], dtype="datetime64[D]")
    known = known_after_close(dates)
    return [
        Series(name, dates, np.array([float(row[column]) for row in rows]), known, "points", SPX_SOURCE)
        for name, column in SPX_COLUMNS.items()
    ]


def _vix() -> Series:
    rows = [row for row in _rows(VIX_FILE) if row["vix"] not in ABSENT]
    dates = np.array([_day(row["Date"]) for row in rows], dtype="datetime64[D]")
    values = np.array([float(row["vix"]) for row in rows])
    return Series("VIX", dates, values, known_after_close(dates), "points", VIX_SOURCE)


def policy_rate() -> Series:
    """Midpoint of the FOMC target range in force on each session, 2008-12-16 .. 2019-01-03, decimal per year.

    Known at the open of the session; on the day of an announcement that takes effect at once, at the
    announcement. Before 2008-12-16 there was one target instead of a range: no row.
    """
    dates = sessions(DECISIONS[0].effective, POLICY_LAST)
    effective = np.array([one.effective for one in DECISIONS], dtype="datetime64[D]")
    middle = np.array([(one.low + one.high) / 200.0 for one in DECISIONS])
    row = np.searchsorted(effective, dates, side="right") - 1
    announced = np.array([instant64(one.announced) for one in DECISIONS])[row]
    opened = np.array([instant64(open_instant(day)) for day in dates.tolist()])
    return Series("POLICY_RATE", dates, middle[row], np.maximum(opened, announced), "per_year", POLICY_SOURCE)


@functools.cache
def embedded_history() -> History:
    """Return the embedded series: SPX, SPX_OPEN, SPX_HIGH, SPX_LOW (1999-2018), VIX (2014-2018), POLICY_RATE.

    Index levels in points, closes known 15 minutes after the close of their session; the open, high and low
    are kept as known with the close. All observed. Raises ``MissingDataError`` if ``arch`` or one of its
    files is absent.
    """
    return History.of(*_spx(), _vix(), policy_rate())


def spx_open_is_stale(history: History) -> NDArray[np.bool_]:
    """True where SPX_OPEN only repeats the previous SPX close, one a row (the first is False).

    Raises ``MissingDataError`` if the history has no SPX or SPX_OPEN.
    """
    opens, closes = history.get("SPX_OPEN"), history.get("SPX")
    stale = np.zeros(len(opens), dtype=np.bool_)
    stale[1:] = opens.values[1:] == closes.on(opens.dates)[:-1]
    return stale
