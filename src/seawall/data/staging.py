"""Batches on their way into the store: written to Parquet files beside it, part by part, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, final

import numpy as np
import polars as pl

from seawall.core.errors import DataError
from seawall.data.catalog import entry
from seawall.data.files.batch import BAR_FIELDS, Bars, Batch, Funding, Observations, PoolRows, Rejected, Releases
from seawall.data.publication import known_at
from seawall.data.store_schema import MOMENT, POOL_COLUMNS, TABLES

FLUSH_ROWS: Final = 250_000
REJECTED_KEPT: Final = 1_000
"""Refused rows whose text is kept, a file; the rest is counted."""


class Subject(NamedTuple):
    """A series, instrument, pool or underlying of one source in one table."""

    table: str
    name: str
    source: str


def _column(values: object, size: int) -> pl.Series:
    if values is None:
        return pl.Series([None] * size, dtype=pl.Float64) if size else pl.Series([], dtype=pl.Float64)
    return pl.Series(np.asarray(values, dtype=np.float64)).fill_nan(None)


def _moments(values: object) -> pl.Series:
    return pl.Series(np.asarray(values, dtype="datetime64[us]"))


def _dated(name: str, source: str, at: object, given: object, subject: str) -> pl.DataFrame:
    moments = np.asarray(at, dtype="datetime64[us]")
    known = known_at(entry(name).known, moments) if given is None else given
    frame = pl.DataFrame({"moment": _moments(moments), "known_at": _moments(known)})
    return frame.with_columns(pl.lit(name).alias(subject), pl.lit(source).alias("source"))


def _observations(one: Observations, source: str) -> pl.DataFrame:
    frame = _dated(one.series, source, one.at, one.known_at, "series")
    return frame.with_columns(_column(one.value, frame.height).alias("value"))


def _bars(one: Bars, source: str) -> pl.DataFrame:
    frame = _dated(one.series, source, one.at, one.known_at, "series")
    return frame.with_columns(_column(getattr(one, name), frame.height).alias(name) for name in BAR_FIELDS)


def _releases(one: Releases, source: str) -> pl.DataFrame:
    frame = _dated(one.series, source, one.reference, one.known_at, "series").rename({"moment": "reference"})
    stated = one.vintage
    vintage = pl.lit(stated) if isinstance(stated, str) else pl.Series(list(stated), dtype=pl.String)
    return frame.with_columns(_column(one.value, frame.height).alias("value"), vintage.alias("vintage"))


def _funding(one: Funding, source: str) -> pl.DataFrame:
    paid = one.at if one.known_at is None else one.known_at
    frame = _dated(one.instrument, source, one.at, paid, "instrument")
    rate = _column(one.rate, frame.height).alias("rate")
    return frame.with_columns(rate, pl.lit(float(one.hours)).alias("hours"))


def _pool(one: PoolRows, source: str) -> pl.DataFrame:
    names = POOL_COLUMNS[one.kind]
    unknown = set(one.columns) - set(names)
    if unknown:
        raise DataError(f"pool columns {sorted(unknown)} are not stored: use {', '.join(names)}")
    size = len(one.at)
    given = {name: pl.Series(name, one.columns.get(name, [None] * size), dtype=pl.String) for name in names}
    frame = pl.DataFrame({"moment": _moments(one.at), **given})
    return frame.with_columns(pl.lit(one.pool).alias("pool"), pl.lit(source).alias("source"))


def _chains(batch: Batch) -> Iterator[pl.DataFrame]:
    for chain in batch.chains:
        numbers = ("strike", "right", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma")
        columns = {name: _column(getattr(chain, name), chain.size) for name in numbers}
        frame = pl.DataFrame({
            **columns,
            "expiry": pl.Series(chain.expiry.astype("datetime64[D]")),
            "root": pl.Series(chain.root.tolist(), dtype=pl.String),
        })  # fmt: skip
        as_of, known = (moment.replace(tzinfo=None) for moment in (chain.as_of, chain.known_at))
        yield frame.with_columns(
            pl.lit(chain.underlying).alias("underlying"),
            pl.lit(chain.source).alias("source"),
            pl.lit(as_of).cast(MOMENT).alias("as_of"),
            pl.lit(known).cast(MOMENT).alias("known_at"),
            pl.lit(chain.origin.value).alias("origin"),
            pl.lit(float(chain.spot)).alias("spot"),
            # A source that lost the root lists one strike twice: both rows are kept, numbered in order.
            pl.int_range(pl.len(), dtype=pl.Int64).over("expiry", "root", "strike", "right").alias("copy"),
        )


def frames(batch: Batch) -> Iterator[tuple[str, pl.DataFrame]]:
    """(table, rows) of everything in a batch, columns in the order of the table."""
    source = batch.source
    found: list[tuple[str, pl.DataFrame]] = [("observation", _observations(one, source)) for one in batch.observations]
    found += [("bar", _bars(one, source)) for one in batch.bars]
    found += [("release", _releases(one, source)) for one in batch.releases]
    found += [("funding", _funding(one, source)) for one in batch.funding]
    found += [(f"pool_{one.kind}", _pool(one, source)) for one in batch.pools]
    found += [("chain", frame) for frame in _chains(batch)]
    for table, frame in found:
        yield table, frame.select(pl.col(name).cast(kind) for name, kind in TABLES[table].columns.items())


@final
class Staging:
    """Collects the parts of one file under ``folder``; ``files(table)`` are its Parquet files in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[pl.DataFrame]] = {}
        self._files: dict[str, list[Path]] = {}
        self._last: dict[Subject, object] = {}
        self.subjects: set[Subject] = set()
        self.rising: dict[str, bool] = {}
        self.rejected: list[Rejected] = []
        self.refused = 0
        self.rows = 0
        self.absent = 0
        self.source = ""
        self.format = ""
        self.notes: dict[str, None] = {}

    def add(self, batch: Batch) -> None:
        """Take one part."""
        self.source, self.format = batch.source, batch.format
        self.rows += batch.rows
        self.absent += batch.absent
        self.notes.update(dict.fromkeys(batch.notes))
        self.refused += len(batch.rejected)
        self.rejected += batch.rejected[: max(REJECTED_KEPT - len(self.rejected), 0)]
        for table, frame in frames(batch):
            if frame.height:
                self._note(table, frame)
                self._waiting.setdefault(table, []).append(frame)
                if sum(part.height for part in self._waiting[table]) >= FLUSH_ROWS:
                    self._flush(table)

    def _note(self, table: str, frame: pl.DataFrame) -> None:
        """Remember whose rows these are, and whether they rise in time: then none can be a duplicate."""
        shape = TABLES[table]
        names = frame.select(shape.subject, "source").unique()
        for name, source in names.iter_rows():
            self.subjects.add(Subject(table, name, source))
        column = frame[shape.time]
        one = names.height == 1 and table in ("observation", "bar", "funding", "pool_minute")
        subject = Subject(table, *names.row(0))
        last = self._last.get(subject)
        in_order = (
            one and column.is_sorted() and column.n_unique() == frame.height and (last is None or column[0] > last)
        )
        self._last[subject] = column[-1]
        self.rising[table] = self.rising.get(table, True) and in_order

    def _flush(self, table: str) -> None:
        waiting = self._waiting.pop(table, [])
        if waiting:
            files = self._files.setdefault(table, [])
            path = self._folder / f"{table}-{len(files):05d}.parquet"
            pl.concat(waiting).write_parquet(path, compression="zstd", row_group_size=100_000)
            files.append(path)

    def files(self) -> dict[str, list[Path]]:
        """Everything taken so far, by table."""
        for table in list(self._waiting):
            self._flush(table)
        return self._files
