"""Dates with one value or several named ones: index histories, FRED, curves, strategy indices, GEX, breadth."""

import re
from typing import Final

import numpy as np
import polars as pl

from seawall.core.errors import InputError
from seawall.data.catalog import entry
from seawall.data.files.batch import Batch, Observations, Releases
from seawall.data.files.reading import (
    DATE_NAMES,
    Columns,
    Hints,
    Reader,
    by_header,
    interval_minutes,
    read_columns,
    series_of,
)
from seawall.data.files.tabular import DateColumn, Table, date_column

TREASURY: Final = re.compile(r"^(\d+)_?(mo|month|m|yr|year|y)s?$")
SHILLER: Final = frozenset({"real_price", "real_dividend", "real_earnings"})
DAILY_MINUTES: Final = 1200


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for dated values, or None."""
    dates = date_column(table, hints.dates, DATE_NAMES)
    if dates is None:
        return None
    columns = [number for number in range(table.width) if number != dates.column and not _counts(table, number)]
    if not columns:
        return None
    daily = interval_minutes(dates.read(table.frame)) >= DAILY_MINUTES
    names = {number: name for number in columns if (name := _name(table, number)) is not None}
    notes: tuple[str, ...] = ()
    if len(columns) == 1 and not (names and hints.series is None):
        head = read_columns(table.frame, dates, columns, table.style, daily)
        name, notes = series_of(table, table.header[columns[0]], head, hints)
        names = {columns[0]: name}
    if not names:
        if len(columns) == 1:
            return None
        heads = ", ".join(name or "?" for name in table.header[:8])
        raise InputError(f"{table.name} has dates and the columns {heads}, none of which is known: keep one, use --as")
    left = [table.header[number] for number in columns if number not in names]
    if left:
        notes = (*notes, f"not stored: {', '.join(left)}")
    source = _source(table, names)

    def read(frame: pl.DataFrame) -> Batch:
        return _read(frame, table, dates, names, (source, notes, daily))

    return read


def _counts(table: Table, column: int) -> bool:
    """True for a column without a name in a file that has some: the row numbers a data frame writes."""
    return table.titled and not table.header[column]


def _name(table: Table, column: int) -> str | None:
    name = table.keys[column]
    if set(table.keys) >= SHILLER:
        return f"SHILLER_{name.upper()}"
    if (found := TREASURY.match(name)) is not None:
        return f"UST_{found[1]}{found[2][0].upper()}"
    if "inflation" in table.keys and name in ("index", "inflation"):
        return {"index": "US_CPI", "inflation": "US_CPI_CHANGE"}[name]
    if name == "price" and {"dix", "gex"} <= set(table.keys):
        return "SPX"
    return by_header(table.header[column])


def _source(table: Table, names: dict[int, str]) -> str:
    """The publisher of the only column, or a name for a table that somebody put together, from its columns."""
    told = list(names.values())
    sources = {entry(name).source for name in told}
    if len(told) == 1 or len(sources) == 1:
        alone = sources.pop()
        if not (len(told) > 1 and alone == "Cboe"):
            return alone
    if {"DIX", "GEX"} <= set(told):
        return "SqueezeMetrics"
    return f"table {told[0]}..{told[-1]}"


def _read(
    frame: pl.DataFrame, table: Table, dates: DateColumn, names: dict[int, str],
    how: tuple[str, tuple[str, ...], bool],
) -> Batch:  # fmt: skip
    source, notes, daily = how
    read = read_columns(frame, dates, list(names), table.style, daily)
    observed: list[Observations] = []
    released: list[Releases] = []
    for name, values in zip(names.values(), read.values, strict=True):
        kept = np.isfinite(values)
        for code in entry(name).absent:
            kept &= values != code
        if not kept.any():
            continue
        if entry(name).release:
            month = read.at[kept].astype("datetime64[M]").astype("datetime64[us]")
            released.append(Releases(name, month, values[kept]))
        else:
            observed.append(Observations(name, read.at[kept], values[kept]))
    if released:
        notes = (*notes, "release dates by rule; values of the vintage in the file, not first prints")
    return Batch(
        source=source, format="dated values", observations=tuple(observed), releases=tuple(released),
        rejected=read.rejected, rows=frame.height, absent=_absent(read, names), notes=notes,
    )  # fmt: skip


def _absent(read: Columns, names: dict[int, str]) -> int:
    """Rows in which no column has a value, a code for "none" counted as none."""
    held = np.zeros(read.at.shape, dtype=np.bool_)
    for name, values in zip(names.values(), read.values, strict=True):
        held |= np.isfinite(values) & ~np.isin(values, entry(name).absent)
    return int(np.sum(~held))
