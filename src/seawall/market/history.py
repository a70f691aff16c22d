"""History: the world by date. Named daily series, each value with the instant from which it was known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Datum, Origin
from seawall.core.errors import (
    ConventionError,
    DomainError,
    LookaheadError,
    MissingDataError,
    ProvenanceError,
)

if TYPE_CHECKING:
    import polars as pl


Column = TypeVar("Column", bound=np.generic)


def pick(
    dates: NDArray[np.datetime64], column: NDArray[Column], wanted: NDArray[np.datetime64], absent: Any
) -> NDArray[Column]:
    """Return the rows of ``column`` on exactly the ``wanted`` dates, shape (m,); ``absent`` where there is none.

    ``dates``: strictly rising, one a row of ``column``.
    """
    days = np.asarray(wanted, dtype="datetime64[D]")
    if not dates.size:
        return np.full(days.shape, absent, dtype=column.dtype)
    row = np.minimum(np.searchsorted(dates, days), dates.size - 1)
    return np.where(dates[row] == days, column[row], absent)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One named daily series: values, the dates they describe and the instants they became known.

    ``dates``: datetime64[D], strictly rising. ``values``: float64, finite; a day without a value has no
    row. ``known_at``: datetime64[s], UTC. All of shape (n,), kept as read-only copies. ``unit`` is a word
    ("points", "usd", "per_year"); ``source`` names the publisher, or the rule where the origin is not
    observed. Raises ``DomainError`` (length, value), ``LookaheadError`` (order) or ``ProvenanceError`` (no
    known_at, no source).
    """

    name: str
    dates: NDArray[np.datetime64]
    values: NDArray[np.float64]
    known_at: NDArray[np.datetime64]
    unit: str
    source: str
    origin: Origin = Origin.OBSERVED

    def __post_init__(self) -> None:
        for field, kind in (("dates", "datetime64[D]"), ("values", "float64"), ("known_at", "datetime64[s]")):
            array = np.array(getattr(self, field), dtype=kind)
            array.setflags(write=False)
            object.__setattr__(self, field, array)
        _check_shape(self)
        _check_rows(self)

    def __len__(self) -> int:
        return self.dates.size

    def upto(self, now: dt.datetime) -> Series:
        """Return the rows known at ``now`` (aware instant)."""
        return self.where(self.known_at <= instant64(now))

    def where(self, rows: NDArray[np.bool_]) -> Series:
        """Return the rows for which ``rows``, shape (n,), is true."""
        kept = self.dates[rows], self.values[rows], self.known_at[rows]
        return Series(self.name, *kept, self.unit, self.source, self.origin)

    def on(self, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return values on exactly ``dates``, shape (m,): NaN where there is none, never filled forward."""
        return pick(self.dates, self.values, dates, np.nan)

    def known_on(self, dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Return ``known_at`` of exactly ``dates``, shape (m,): NaT where there is no row."""
        return pick(self.dates, self.known_at, dates, np.datetime64("NaT", "s"))


def _check_shape(series: Series) -> None:
    if not series.name or not series.source:
        raise ProvenanceError(f"series {series.name!r} has source {series.source!r}: give it a name and its publisher")
    sizes = {field: getattr(series, field).shape for field in ("dates", "values", "known_at")}
    if series.dates.ndim != 1 or len(set(sizes.values())) != 1:
        stated = ", ".join(f"{field} {shape}" for field, shape in sizes.items())
        raise DomainError(f"series {series.name}: {stated}: pass one-dimensional arrays of one length")


def _first(mask: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(mask)) if mask.any() else None


def _check_rows(series: Series) -> None:
    row = _first(np.isnat(series.dates))
    if row is not None:
        raise DomainError(f"series {series.name}: row {row} has no date: drop it")
    row = _first(np.diff(series.dates) <= np.timedelta64(0, "D"))
    if row is not None:
        before, after = series.dates[row], series.dates[row + 1]
        remedy = "drop the duplicate" if before == after else "sort by date"
        raise LookaheadError(f"series {series.name}: row {row + 1} ({after}) follows {before}: {remedy}")
    row = _first(~np.isfinite(series.values))
    if row is not None:
        day, value = series.dates[row], series.values[row]
        raise DomainError(f"series {series.name}: row {row} ({day}) is {value}: drop it, an absent value has no row")
    row = _first(np.isnat(series.known_at))
    if row is not None:
        day = series.dates[row]
        raise ProvenanceError(f"series {series.name}: row {row} ({day}) has no known_at: say when it was published")


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Several series by name; frozen, so a change returns a new history.

    Raises ``DomainError`` if a series is stored under another name than its own; ``History.of`` cannot get
    it wrong.
    """

    series: Mapping[str, Series]

    def __post_init__(self) -> None:
        for name, series in self.series.items():
            if name != series.name:
                raise DomainError(f"series {series.name} is stored as {name}: build the history with History.of")
        object.__setattr__(self, "series", MappingProxyType(dict(self.series)))

    @staticmethod
    def of(*series: Series) -> History:
        """Build a history; of two series with one name the later one stays."""
        return History({one.name: one for one in series})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all series, sorted."""
        return tuple(sorted(self.series))

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series.values())

    def has(self, name: str) -> bool:
        """True if there is a series called ``name``, even an empty one."""
        return name in self.series

    def get(self, name: str) -> Series:
        """Return a series. Raises ``MissingDataError`` naming it and what exists."""
        if name not in self.series:
            there = ", ".join(self.names) or "none"
            raise MissingDataError(f"no series {name}: there are {there}; add it with with_series")
        return self.series[name]

    @property
    def synthetic(self) -> tuple[str, ...]:
        """One sentence for every generator that made series of this history; empty if none did. Reports print it."""
        made = [one for one in self if one.origin is Origin.SYNTHETIC]
        said = []
        for source in sorted({one.source for one in made}):
            names = sorted(one.name for one in made if one.source == source)
            which = "every series" if len(names) == len(self.series) else ", ".join(names)
            said.append(f"{which}: synthetic ({source}), not observed")
        return tuple(said)

    def upto(self, now: dt.datetime) -> History:
        """Return what was known at ``now``; every later datum is gone.

        Raises ``ConventionError`` if it is naive.
        """
        return History({name: series.upto(now) for name, series in self.series.items()})

    def values_on(self, name: str, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return values on exactly ``dates``, NaN where absent.

        Raises ``MissingDataError`` for an unknown name.
        """
        return self.get(name).on(dates)

    def last(self, name: str, now: dt.datetime) -> Datum[float]:
        """Return the latest value known at ``now``; ``as_of`` is its date at 00:00 UTC.

        Raises ``MissingDataError`` for an unknown name, or if nothing of it was known yet.
        """
        series = self.get(name)
        known = np.flatnonzero(series.known_at <= instant64(now))
        if not known.size:
            raise MissingDataError(f"nothing of series {name} was known at {now}: ask later, or load earlier data")
        row = known[-1]
        as_of = dt.datetime.combine(series.dates[row].item(), dt.time(), dt.UTC)
        known_at = series.known_at[row].item().replace(tzinfo=dt.UTC)
        return Datum(float(series.values[row]), as_of, known_at, series.source, series.origin)

    def with_series(self, series: Series) -> History:
        """Return this history with ``series`` added, or in place of the one of that name."""
        return History({**self.series, series.name: series})

    def frame(self) -> pl.DataFrame:
        """Return all rows as one long frame: name, date, value, known_at (UTC), unit, source, origin."""
        import polars as pl

        parts = [
            pl.DataFrame({"date": one.dates, "value": one.values, "known_at": one.known_at.astype("datetime64[ms]")})
            .with_columns(pl.col("known_at").dt.replace_time_zone("UTC"))
            .select(
                pl.lit(one.name).alias("name"),
                "date",
                "value",
                "known_at",
                pl.lit(one.unit).alias("unit"),
                pl.lit(one.source).alias("source"),
                pl.lit(one.origin.value).alias("origin"),
            )
            for one in self
        ]
        return pl.concat(parts) if parts else pl.DataFrame()


def instant64(now: dt.datetime) -> np.datetime64:
    """Return an aware instant as UTC datetime64[s], as ``known_at`` is kept.

    Raises ``ConventionError`` for an instant without a time zone.
    """
    if now.utcoffset() is None:
        raise ConventionError(f"{now} has no time zone: pass an aware instant, for example in UTC")
    return np.datetime64(now.astimezone(dt.UTC).replace(tzinfo=None), "s")
