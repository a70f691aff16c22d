"""Calendars: releases of consumer prices with their consensus, and days on which the FOMC announced."""

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from seawall.core.errors import InputError
from seawall.data.files.batch import Batch, Observations, Releases
from seawall.data.files.reading import Hints, Reader, checked_name, read_columns, rejected, words_of
from seawall.data.files.tabular import DateColumn, Table, date_column
from seawall.data.publication import new_york, shifted

RELEASE_CLOCK: Final = dt.time(8, 30)
CONSENSUS_CLOCK: Final = dt.time(16, 0)
COLUMNS: Final = {
    "CPI_CONSENSUS_MOM": ("consensus_mom_pct", "consensus"),
    "CPI_MOM": ("mom_current_vintage", "actual", "mom"),
    "CPI_SURPRISE_MOM": ("surprise_vintage_pp", "surprise"),
}
MIDWEEK: Final = (2, 3, 4)


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for a calendar, or None."""
    dates = date_column(table, hints.dates, ("date", "release_date"))
    if dates is None:
        return None
    reference = table.column("ref_month", "reference", "reference_month")
    if reference is not None and reference != dates.column:
        return _releases(table, dates, reference)
    return _days(table, dates, hints) if table.width == 1 else None


def _releases(table: Table, dates: DateColumn, reference: int) -> Reader | None:
    places = {name: at for name, keys in COLUMNS.items() if (at := table.column(*keys)) is not None}
    if not places:
        return None

    def read(frame: pl.DataFrame) -> Batch:
        got = read_columns(frame, dates, list(places.values()), table.style, daily=True)
        months = DateColumn(reference, "ymd").read(got.frame)
        undated = months.is_null()
        kept = (~undated).to_numpy()
        when = got.at.astype("datetime64[D]")
        found = []
        for name, values in zip(places, got.values, strict=True):
            rows = kept & np.isfinite(values)
            consensus = name == "CPI_CONSENSUS_MOM"
            day = shifted(when[rows], -1 if consensus else 0)
            clock = CONSENSUS_CLOCK if consensus else RELEASE_CLOCK
            refers = months.filter(pl.Series(rows)).to_numpy().astype("datetime64[us]")
            found.append(Releases(name, refers, values[rows], "current", new_york(day, clock)))
        refused = (*got.rejected, *rejected(got.frame, undated, "the reference month cannot be read"))
        return Batch(
            source="CPI release table", format="release calendar", releases=tuple(found), rejected=refused,
            rows=frame.height, absent=got.absent,
            notes=("actual and surprise are of the current vintage, off by up to 0.1 pp from the first print",),
        )  # fmt: skip

    return read


def _days(table: Table, dates: DateColumn, hints: Hints) -> Reader:
    moments = dates.read(table.frame).drop_nulls()
    midweek = moments.dt.weekday().is_in(list(MIDWEEK)).mean() or 0.0
    gap = moments.sort().diff().drop_nulls().dt.total_days().median()
    told = isinstance(midweek, float) and midweek > 0.8 and isinstance(gap, int | float) and 25 <= gap <= 60
    if hints.series:
        name = checked_name(hints.series)
    elif told or "FOMC" in words_of(table.name):
        name = "FOMC"
    else:
        raise InputError(f"{table.name} is a list of dates that does not say of what: name it with --as FOMC")

    def read(frame: pl.DataFrame) -> Batch:
        at = dates.read(frame)
        undated = at.is_null()
        days = at.filter(~undated).dt.truncate("1d").to_numpy().astype("datetime64[us]")
        table_of = (Observations(name, days, np.ones(days.shape)),) if days.size else ()
        return Batch(
            source="Federal Reserve" if name == "FOMC" else "file", format="calendar of days", observations=table_of,
            rejected=tuple(rejected(frame, undated, "the date cannot be read")), rows=frame.height,
        )  # fmt: skip

    return read
