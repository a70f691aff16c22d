# ruff: noqa: S608  (names put into statements are constants of store_schema; values are parameters)
"""Checks of stored series: what fails goes to quarantine with its reason and is left out of every history.

A lone value is one that stands off its neighbourhood before, around and after it, in the same direction: the day a
market breaks does not, because what follows stays near it. Nothing is repaired. A check of a day may look at later
days; it can only withhold a value, never change one.
"""

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.data.catalog import Entry, entry
from seawall.data.publication import session_days
from seawall.data.staging import Subject
from seawall.data.store_schema import TABLES, Kind

if TYPE_CHECKING:
    import duckdb

Moments = NDArray[np.datetime64]
Floats = NDArray[np.float64]

AROUND: Final = 20
ENOUGH: Final = 5
LAST_ROWS_JUMP: Final = 2.0
"""Log distance from which a value near the end of a series is doubted: what follows it is not known yet."""

SCALES: Final = 10.0
"""A lone value must also be this many robust standard deviations of the daily log change away."""

BLOCK: Final = 200_000
FUNDING_BOUND: Final = 0.05
STALE_SHARE: Final = 0.95
MONTHLY: Final = np.timedelta64(20, "D")
LONGEST_PAD: Final = dt.timedelta(days=3650)
EPSILON: Final = 1e-9
COLUMNS: Final[dict[str, Kind]] = {
    "moment": pl.Datetime("us"), "field": pl.String, "check": pl.String, "reason": pl.String, "value": pl.Float64,
}  # fmt: skip
NOTHING: Final = pl.DataFrame(schema=COLUMNS)


def found(at: Moments, rows: NDArray[np.bool_], values: Floats, what: tuple[str, str, str]) -> pl.DataFrame:
    """Findings for the marked rows; ``what``: field, check, reason."""
    if not rows.any():
        return NOTHING
    field, check, reason = what
    frame = pl.DataFrame({"moment": at[rows].astype("datetime64[us]"), "value": values[rows]})
    told = [pl.lit(field).alias("field"), pl.lit(check).alias("check"), pl.lit(reason).alias("reason")]
    return frame.with_columns(told).select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def lone(values: Floats, jump: tuple[float, float]) -> NDArray[np.bool_]:
    """Values that stand off all their neighbourhoods in one direction, shape (n,); ``values`` in order of time.

    The neighbourhoods are the medians of the 20 rows before, the 20 after and both together. ``jump``: least distance
    down and up in natural logs. Values that are not positive are left to the check of bounds.
    """
    good = np.isfinite(values) & (values > 0.0)
    marked = np.zeros(values.shape, dtype=np.bool_)
    if good.sum() < ENOUGH:
        return marked
    logs = pl.Series(np.log(values[good]))
    before = logs.shift(1).rolling_median(AROUND, min_samples=AROUND // 2)
    after = logs.reverse().shift(1).rolling_median(AROUND, min_samples=ENOUGH).reverse()
    around = logs.rolling_median(2 * AROUND + 1, center=True, min_samples=ENOUGH)
    steps = np.abs(np.diff(logs.to_numpy()))
    scale = 1.4826 * float(np.median(steps)) if steps.size else 0.0
    down, up = (max(least, SCALES * scale) for least in jump)
    away = pl.DataFrame({"before": logs - before, "around": logs - around, "after": logs - after})
    ends = pl.col("after").is_null()
    low = (pl.col("around") < -down) & (pl.col("before").fill_null(-np.inf) < -down) & (pl.col("after") < -down)
    high = (pl.col("around") > up) & (pl.col("before").fill_null(np.inf) > up) & (pl.col("after") > up)
    end = ends & (pl.col("before").abs() > max(LAST_ROWS_JUMP, down, up))
    marked[good] = away.select((low | high | end).fill_null(False).alias("x"))["x"].to_numpy()
    return marked


def repeated(values: Floats, least: int) -> NDArray[np.bool_]:
    """Rows after the first in a run of ``least`` or more equal values, shape (n,)."""
    marked = np.zeros(values.shape, dtype=np.bool_)
    if least < 2 or values.size < least:
        return marked
    starts = np.concatenate([[True], values[1:] != values[:-1]])
    run = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    length = np.bincount(run)
    marked[(length[run] >= least) & (np.arange(values.size) != first[run])] = True
    return marked


def check_values(one: Entry, at: Moments, values: Floats, field: str) -> pl.DataFrame:
    """Bounds, lone values, stale repeats and the calendar of one column, in order of time."""
    low, high = one.bounds
    outside = np.isfinite(values) & ((values < low) | (values > high))
    reason = f"outside {low:g} .. {high:g} {one.unit}: an error of unit or typing"
    if one.name.startswith("VX_"):
        reason += " (before 2007-03-26 the exchange quoted at ten times VIX)"
    told = [found(at, outside, values, (field, "bounds", reason))]
    if one.jump is not None:
        rows = lone(np.where(outside, np.nan, values), one.jump)
        told.append(found(at, rows, values, (field, "jump", "stands alone, far off the values before and after")))
    if one.repeats and field in ("value", "close"):
        rows = repeated(values, one.repeats + 1)
        told.append(found(at, rows, values, (field, "repeat", f"more than {one.repeats} equal values in a row")))
    if field in ("value", "close"):
        told.append(found(at, ~on_calendar(one, at), values, ("row", "calendar", f"no {one.calendar} day")))
    return pl.concat(told)


def on_calendar(one: Entry, at: Moments) -> NDArray[np.bool_]:
    """True where a value of this series can be dated, shape (n,)."""
    if at.size > 1 and np.median(np.diff(at)) > MONTHLY:
        return np.ones(at.shape, dtype=np.bool_)  # month-end levels may be dated by the calendar month
    if one.frequency == "daily" and one.calendar == "XNYS":
        return session_days(at)
    if one.frequency == "daily" and one.calendar == "weekdays":
        weekdays: NDArray[np.bool_] = np.is_busday(at.astype("datetime64[D]"))
        return weekdays
    return np.ones(at.shape, dtype=np.bool_)


def brackets(columns: dict[str, Floats], close_inside: bool) -> NDArray[np.bool_]:
    """Rows whose high and low do not bracket the other prices, shape (n,); absent prices are no contradiction."""
    inner = [columns["open"], columns["close"]] if close_inside else [columns["open"]]
    stack = np.vstack([*inner, columns["high"], columns["low"]])
    absent = np.all(np.isnan(stack), axis=0)
    top = np.nanmax(np.where(absent, 0.0, np.where(np.isnan(stack), -np.inf, stack)), axis=0)
    bottom = np.nanmin(np.where(absent, 0.0, np.where(np.isnan(stack), np.inf, stack)), axis=0)
    slack = EPSILON * np.abs(top)
    with np.errstate(invalid="ignore"):
        broken: NDArray[np.bool_] = (columns["high"] < top - slack) | (columns["low"] > bottom + slack)
    return broken


def check_bars(one: Entry, at: Moments, columns: dict[str, Floats]) -> pl.DataFrame:
    """All checks of a table of bars, in order of time."""
    told = [check_values(one, at, columns["close"], "close")]
    told += [check_values(one, at, columns[field], field) for field in ("open", "high", "low")]
    reason = "high and low do not bracket open and close: open, high and low are withheld, the close is not"
    rows = brackets(columns, close_inside=not one.name.startswith("VX_"))
    told.append(found(at, rows, columns["close"], ("open,high,low", "bracket", reason)))
    return pl.concat(told)


def _checked(subject: Subject, at: Moments, columns: dict[str, Floats]) -> pl.DataFrame:
    one = entry(subject.name)
    if subject.table == "bar":
        return check_bars(one, at, columns)
    if subject.table == "observation":
        return check_values(one, at, columns["value"], "value")
    values = columns["rate" if subject.table == "funding" else "value"]
    low, high = one.bounds if subject.table == "release" else (-FUNDING_BOUND, FUNDING_BOUND)
    rows = np.isfinite(values) & ((values < low) | (values > high))
    return found(at, rows, values, ("value", "bounds", f"outside {low:g} .. {high:g}"))


def _blocks(db: "duckdb.DuckDBPyConnection", subject: Subject) -> list[tuple[dt.datetime, dt.datetime, dt.timedelta]]:
    """Slices of time that hold at most about ``BLOCK`` rows each, and by how much to look beyond their ends."""
    table = TABLES[subject.table]
    where = f'FROM {table.name} WHERE "{table.subject}" = ? AND source = ?'
    row = db.execute(f'SELECT min("{table.time}"), max("{table.time}"), count(*) {where}', subject[1:]).fetchone()
    if not row or not row[2]:
        return []
    first, last, count = row
    parts = max(1, -(-int(count) // BLOCK))
    width = (last - first) / parts + dt.timedelta(microseconds=1)
    pad = min(4 * AROUND * (last - first) / max(int(count), 1) + dt.timedelta(days=1), LONGEST_PAD)
    return [(first + number * width, first + (number + 1) * width, pad) for number in range(parts)]


def judge(db: "duckdb.DuckDBPyConnection", subject: Subject) -> int:
    """Check the stored rows of a subject anew and rewrite its quarantine; returns how many findings there are."""
    if subject.table.startswith("pool"):
        return 0
    cleared = "DELETE FROM quarantine WHERE scope = 'series' AND \"table\" = ? AND subject = ? AND source = ?"
    db.execute(cleared, list(subject))
    findings = [_stale_chains(db, subject)] if subject.table == "chain" else _series_findings(db, subject)
    everything = pl.concat(findings) if findings else NOTHING
    if everything.height:
        columns = [everything.fill_nan(None)[name].to_list() for name in COLUMNS]
        db.execute(
            "INSERT INTO quarantine SELECT 'series', ?, ?, ?, unnest(?::TIMESTAMP[]), unnest(?::VARCHAR[]), "
            "unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::DOUBLE[]), NULL, NULL",
            [*subject, *columns],
        )
    return everything.height


def _series_findings(db: "duckdb.DuckDBPyConnection", subject: Subject) -> list[pl.DataFrame]:
    table = TABLES[subject.table]
    names = list(table.values)
    listed = ", ".join(f'"{name}"' for name in names)
    found_in = []
    for low, high, pad in _blocks(db, subject):
        statement = (
            f'SELECT "{table.time}" AS moment, {listed} FROM {table.name} WHERE "{table.subject}" = ? AND source = ? '
            f'AND "{table.time}" >= ? AND "{table.time}" < ? ORDER BY "{table.time}"'
        )
        got = db.execute(statement, [*subject[1:], low - pad, high + pad]).fetchnumpy()
        at = np.asarray(got["moment"], dtype="datetime64[us]")
        columns = {name: np.ma.filled(np.ma.asarray(got[name], dtype=np.float64), np.nan) for name in names}
        told = _checked(subject, at, columns)
        found_in.append(told.filter((pl.col("moment") >= low) & (pl.col("moment") < high)))
    return found_in


def _stale_chains(db: "duckdb.DuckDBPyConnection", subject: Subject) -> pl.DataFrame:
    """Chains dated on a day without a session, and those that repeat the chain before them."""
    moments = db.execute(
        "SELECT as_of, any_value(spot) FROM chain WHERE underlying = ? AND source = ? GROUP BY 1 ORDER BY 1",
        list(subject[1:]),
    ).fetchall()
    told = []
    before: dt.datetime | None = None
    stood: float | None = None
    for moment, spot in moments:
        at = np.array([moment], dtype="datetime64[us]")
        local = moment - dt.timedelta(hours=5)
        if not session_days(np.array([local], dtype="datetime64[us]"))[0]:
            told.append(found(at, np.ones(1, bool), np.full(1, spot), ("row", "calendar", "no XNYS day")))
        elif before is not None and spot == stood and moment - before > dt.timedelta(hours=12):
            reason = f"the underlying stands exactly where it stood on {before:%Y-%m-%d}: a copy of that day"
            told.append(found(at, np.ones(1, bool), np.full(1, spot), ("row", "stale", reason)))
        elif before is not None and _share_equal(db, subject, before, moment) > STALE_SHARE:
            reason = f"repeats the quotes of {before:%Y-%m-%d}"
            told.append(found(at, np.ones(1, bool), np.full(1, spot), ("row", "stale", reason)))
        before, stood = moment, spot
    return pl.concat(told) if told else NOTHING


def _share_equal(db: "duckdb.DuckDBPyConnection", subject: Subject, before: dt.datetime, moment: dt.datetime) -> float:
    same = (
        "SELECT avg((a.bid IS NOT DISTINCT FROM b.bid AND a.ask IS NOT DISTINCT FROM b.ask)::DOUBLE) FROM chain a "
        'JOIN chain b USING (underlying, source, expiry, root, strike, "right", copy) '
        "WHERE a.underlying = ? AND a.source = ? AND a.as_of = ? AND b.as_of = ? AND a.ask > 0.05"
    )
    found_share = db.execute(same, [*subject[1:], moment, before]).fetchone()
    return float(found_share[0]) if found_share and found_share[0] is not None else 0.0
