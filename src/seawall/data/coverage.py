# ruff: noqa: S608  (names put into statements are constants of store_schema)
"""What the store holds of each series: from when to when, what is missing, how old it is, what was withheld."""

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, LAST_DAY, sessions
from seawall.data.catalog import Entry, entry
from seawall.data.store_schema import TABLES

if TYPE_CHECKING:
    from seawall.data.store import Store

DAY: Final = np.timedelta64(1, "D")
SPARSE_DAYS: Final = 20.0
WEEKLY_DAYS: Final = 5.0
CONTRACT_PREFIX: Final = "VX_"


def coverage(store: "Store", now: dt.datetime | None = None) -> pl.DataFrame:
    """One row a series and source.

    Columns: table, series, source, title, unit, frequency, rows, first, last (dates), missing (days of its calendar
    between first and last without a row), longest_gap (calendar days between neighbours), age (days from last to
    ``now``), stale, withheld (findings of the checks), revised (values replaced), known (rule).
    """
    today = np.datetime64((now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None), "D")
    withheld = _counted(store, "quarantine WHERE scope = 'series'")
    revised = _counted(store, "revision")
    rows = []
    for table in TABLES.values():
        days = store.query(
            f'SELECT "{table.subject}" AS series, source, CAST("{table.time}" AS DATE) AS day, count(*) AS n '
            f"FROM {table.name} GROUP BY ALL ORDER BY series, source, day"
        )
        for part in days.partition_by("series", "source"):
            name, source = part.row(0)[:2]
            key = (table.name, name, source)
            counts = {"withheld": withheld.get(key, 0), "revised": revised.get(key, 0)}
            rows.append({"table": table.name, "series": name, "source": source, **_row(key, part, today), **counts})
    return pl.DataFrame(rows, schema=SCHEMA)


SCHEMA: Final = {
    "table": pl.String, "series": pl.String, "source": pl.String, "title": pl.String, "unit": pl.String,
    "frequency": pl.String, "rows": pl.Int64, "first": pl.Date, "last": pl.Date, "missing": pl.Int64,
    "longest_gap": pl.Int64, "age": pl.Int64, "stale": pl.Boolean, "withheld": pl.Int64, "revised": pl.Int64,
    "known": pl.String,
}  # fmt: skip


def _counted(store: "Store", relation: str) -> dict[tuple[str, str, str], int]:
    found = store.query(f'SELECT "table", subject, source, count(*) FROM {relation} GROUP BY ALL')
    return {(table, subject, source): count for table, subject, source, count in found.iter_rows()}


def _row(key: tuple[str, str, str], part: pl.DataFrame, today: np.datetime64) -> dict[str, object]:
    table, name, _ = key
    days = part["day"].to_numpy().astype("datetime64[D]")
    steps = np.diff(days) / DAY
    one = entry(name) if table in ("observation", "bar", "release") else Entry(name, name, "", "", "irregular", "none")
    usual = float(np.median(steps)) if steps.size else 1.0
    frequency = "monthly" if usual > SPARSE_DAYS and one.frequency == "daily" else one.frequency
    age = int((today - days[-1]) / DAY)
    expired = name.startswith(CONTRACT_PREFIX)
    allowed = one.max_age_days if frequency == one.frequency else 45
    return {
        "title": one.title, "unit": one.unit, "frequency": frequency, "rows": int(part["n"].sum()),
        "first": days[0].item(), "last": days[-1].item(), "missing": _missing(one, frequency, days),
        "longest_gap": int(steps.max()) if steps.size else 0, "age": age, "stale": age > allowed and not expired,
        "known": one.known.words() if one.title != name else "as the source states",
    }  # fmt: skip


def _missing(one: Entry, frequency: str, days: NDArray[np.datetime64]) -> int | None:
    """Days of the calendar without a row, between the first and the last; None where there is no calendar."""
    first, last = days[0], days[-1]
    if frequency == "monthly":
        return int((last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(int)) + 1 - days.size
    if frequency not in ("daily", "intraday"):
        return None
    if one.calendar == "XNYS":
        low, high = max(first.item(), FIRST_DAY), min(last.item(), LAST_DAY)
        return int(np.sum(~np.isin(sessions(low, high), days))) if low <= high else None
    everyday = np.arange(first, last + 1)
    if one.calendar == "weekdays":
        everyday = everyday[np.is_busday(everyday)]
    elif one.calendar != "every day":
        return None
    return int(np.sum(~np.isin(everyday, days)))


def findings(store: "Store", series: str | None = None) -> pl.DataFrame:
    """Everything in quarantine, oldest first within a series.

    Columns: scope ("series", or the SHA-256 of a file whose row was refused), table, subject, source, moment, field,
    check, reason, value, line, text.
    """
    where = "" if series is None else "WHERE upper(subject) = upper(?)"
    return store.query(
        f'SELECT * FROM quarantine {where} ORDER BY subject, source, "check", moment, line',
        [] if series is None else [series],
    )


def imports(store: "Store") -> pl.DataFrame:
    """Every import: source, format, file, hash, counts and when."""
    return store.query("SELECT * FROM provenance ORDER BY import_id")
