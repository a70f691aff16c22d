"""What the recognisers share: rows into numbers with every refused row named, and which series a column is."""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.core.errors import InputError
from seawall.data.catalog import entries, entry, known_names
from seawall.data.files.batch import Batch, Rejected
from seawall.data.files.dates import Order
from seawall.data.files.numbers import Style, is_absent, read_numbers
from seawall.data.files.tabular import LINE, DateColumn, Table

Reader = Callable[[pl.DataFrame], Batch]
"""Turns one part of the rows of a recognised table into a batch."""

DATE_NAMES: Final = (
    "date", "trade_date", "datetime", "timestamp", "time", "utc", "day", "open_time", "observation_date", "datum",
    "fecha", "data", "jour", "дата", "time_period", "quote_date", "日付",
)  # fmt: skip
SYMBOL_NAMES: Final = ("symbol", "ticker", "instrument", "pair", "sym", "market")
SYMBOL: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 ._/:^-]{0,47}$")
MINUTES_PER_DAY: Final = 1440
_TEXT_CUT: Final = 200
_WORD: Final = re.compile(r"[^A-Za-z0-9]+")


class Hints(NamedTuple):
    """What the user says about a file that does not say it itself: the series, the order of its dates."""

    series: str | None = None
    dates: Order | None = None


class Columns(NamedTuple):
    """Dates and numbers of one part, the rows where all dates are read, and what was refused."""

    at: NDArray[np.datetime64]
    values: tuple[NDArray[np.float64], ...]
    frame: pl.DataFrame
    rejected: tuple[Rejected, ...]
    absent: int


def rejected(frame: pl.DataFrame, rows: pl.Series, reason: str) -> list[Rejected]:
    """The refused rows with their line and text."""
    bad = frame.filter(rows)
    names = [name for name in bad.columns if name != LINE]
    return [
        Rejected(int(row[LINE]), reason, ",".join(str(row[name] or "") for name in names)[:_TEXT_CUT])
        for row in bad.select(LINE, *names).iter_rows(named=True)
    ]


def read_columns(
    frame: pl.DataFrame, dates: DateColumn, columns: Sequence[int], style: Style, daily: bool = False
) -> Columns:
    """Dates and the given columns as floats (NaN where absent); rows that cannot be read are refused.

    A row is refused when its date, or a cell that does not say it is absent, cannot be read.
    """
    moments = dates.read(frame)
    undated = moments.is_null()
    refused = rejected(frame, undated, "the date cannot be read")
    bad = undated
    values: list[pl.Series] = []
    for column in columns:
        cells = frame[str(column)]
        numbers = read_numbers(cells.fill_null("?"), style)
        wrong = numbers.is_null() & ~is_absent(cells) & ~bad
        reason = f"column {column + 1} is not a number"
        refused += rejected(frame, wrong, reason)
        bad = bad | wrong
        values.append(numbers)
    kept = ~bad
    at = moments.filter(kept)
    if daily:
        at = at.dt.truncate("1d")
    told = tuple(np.array(one.filter(kept).fill_null(float("nan")).to_numpy(), dtype=np.float64) for one in values)
    absent = int(np.sum(np.all(np.isnan(np.vstack(told)), axis=0))) if told and len(at) else 0
    return Columns(at.to_numpy().astype("datetime64[us]"), told, frame.filter(kept), tuple(refused), absent)


def interval_minutes(moments: pl.Series) -> float:
    """Usual distance of neighbouring instants in minutes; a day for fewer than two."""
    steps = moments.drop_nulls().unique().sort().diff().drop_nulls().dt.total_minutes()
    median = steps.median()
    return float(median) if isinstance(median, int | float) and median > 0 else float(MINUTES_PER_DAY)


def words_of(name: str) -> list[str]:
    """Words of a file name in capitals, without folder and extensions."""
    stem = re.split(r"[\\/]", name)[-1]
    stem = re.sub(r"(\.(csv|txt|tsv|gz|zip|tar|minute|parquet|dat|xls|part))+$", "", stem, flags=re.IGNORECASE)
    return [word for word in _WORD.split(stem.upper()) if word]


def named_in(name: str) -> str | None:
    """The catalogue series whose name or alias stands in a file name; of several the longest."""
    known = known_names()
    text = "_" + "_".join(words_of(name)) + "_"
    found = [word for word in known if f"_{_WORD.sub('_', word)}_" in text]
    return known[max(found, key=len)] if found else None


def by_header(header: str) -> str | None:
    """The catalogue series a column names."""
    known, word = known_names(), header.strip().upper()
    return known.get(word) or known.get(_WORD.sub("_", word).strip("_"))


def _fact_match(name: str, at: NDArray[np.datetime64], values: NDArray[np.float64]) -> bool | None:
    """True when the published facts of a series stand in the columns, False when they are contradicted, else None."""
    seen = []
    for fact in entry(name).facts:
        row = np.flatnonzero(at.astype("datetime64[D]") == np.datetime64(fact.day))
        if row.size:
            seen.append(bool(np.any(np.abs(values[row] / fact.value - 1.0) < 1e-3)))
    return all(seen) if seen else None


def by_facts(at: NDArray[np.datetime64], values: NDArray[np.float64]) -> str | None:
    """The series whose published closes are found in the columns."""
    found = [one.name for one in entries() if one.facts and _fact_match(one.name, at, values)]
    return found[0] if len(found) == 1 else None


def series_of(table: Table, header: str, read: Columns, hints: Hints) -> tuple[str, tuple[str, ...]]:
    """The series a lone value column holds, and notes on how that was told.

    In this order: what the user says, the column's name, published closes, the file's name. Raises ``InputError``
    when nothing tells, or when the name is contradicted by published closes.
    """
    if hints.series:
        return checked_name(hints.series), (f"called {hints.series} by the user",)
    if found := by_header(header):
        return found, ()
    values = read.values[0]
    if found := by_facts(read.at, values):
        return found, (f"told to be {found} by its published closes",)
    found = named_in(table.name)
    if found is None:
        raise InputError(
            f"{table.name} is a table of dates and values that does not say of what: name it with --as SERIES"
        )
    if _fact_match(found, read.at, values) is False:
        raise InputError(
            f"{table.name} is named {found} but contradicts its published closes: name it with --as SERIES"
        )
    return found, (f"taken as {found} from the file's name",)


def checked_name(name: str) -> str:
    """A series name in capitals; raises ``InputError`` when it is none."""
    word = re.sub(r"[ ./:^-]+", "_", name.strip()).upper().strip("_")
    if not SYMBOL.match(name.strip()) or not word:
        raise InputError(f"{name[:40]!r} is no name for a series: use letters, digits and _")
    return word
