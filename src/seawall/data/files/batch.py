"""What one file or one response holds, before it is stored: plain columns, each with what it describes and when.

Prices that have more than a close are ``Bars``, everything else dated is ``Observations``; numbers that are revised
or published late are ``Releases``. Arrays of one table have one length; instants are UTC without a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DataError

if TYPE_CHECKING:
    from seawall.market.chain import Chain

Instants = NDArray[np.datetime64]
Floats = NDArray[np.float64]
INSTANT: Final = "datetime64[us]"
BAR_FIELDS: Final = ("open", "high", "low", "close", "volume", "open_interest")


def _same_length(name: str, **columns: NDArray[np.generic] | None) -> None:
    sizes = {key: len(column) for key, column in columns.items() if column is not None}
    if len(set(sizes.values())) > 1:
        raise DataError(f"{name}: columns of different lengths {sizes}: give one value a row")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """One number a date or instant. ``known_at`` None: by the rule of the catalogue for this series."""

    series: str
    at: Instants
    value: Floats
    known_at: Instants | None = None

    def __post_init__(self) -> None:
        _same_length(self.series, at=self.at, value=self.value, known_at=self.known_at)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Open, high, low, close, volume and open interest; NaN where unknown (a future's close is its settlement)."""

    series: str
    at: Instants
    close: Floats
    open: Floats | None = None
    high: Floats | None = None
    low: Floats | None = None
    volume: Floats | None = None
    open_interest: Floats | None = None
    known_at: Instants | None = None

    def __post_init__(self) -> None:
        columns = {name: getattr(self, name) for name in ("at", *BAR_FIELDS, "known_at")}
        _same_length(self.series, **columns)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Releases:
    """A published statistic: the day it refers to, when it came out, and its vintage.

    ``vintage``: the ISO date of the print ("2022-06-10"), or a word ("current") when the file holds whatever stood
    on the day of the download. ``known_at`` None: by the catalogue, or the stored calendar of releases.
    """

    series: str
    reference: Instants
    value: Floats
    vintage: str | tuple[str, ...] = "current"
    known_at: Instants | None = None

    def __post_init__(self) -> None:
        _same_length(self.series, reference=self.reference, value=self.value, known_at=self.known_at)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Funding:
    """Funding a perpetual paid: simple rate over ``hours``, as paid at ``at`` (0.0001 = 0.01 %)."""

    instrument: str
    at: Instants
    rate: Floats
    hours: float = 8.0
    known_at: Instants | None = None

    def __post_init__(self) -> None:
        _same_length(self.instrument, at=self.at, rate=self.rate, known_at=self.known_at)


@final
@dataclass(frozen=True, slots=True, eq=False)
class PoolRows:
    """Minutes or log events of one pool; every chain integer is kept as its decimal digits.

    ``kind``: "minute" or "tick". ``columns``: name -> list of str or None, all of one length; the names of each kind
    are those of ``store_schema.POOL_COLUMNS``.
    """

    pool: str
    kind: str
    at: Instants
    columns: Mapping[str, list[str | None]]


@final
@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read: its line (1 is the first of the file), why, and its text, cut to 200 signs."""

    line: int
    reason: str
    text: str


@final
@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Everything one file or response holds, or one part of a long one.

    ``source``: the publisher, stable from file to file ("Cboe", "FRED"): with the series and the instant it is the
    key of a row, so that a second import of the same facts changes nothing. ``format``: the recogniser that read it.
    ``rows`` counts the data rows read, ``absent`` those that say themselves that they have no value.
    """

    source: str
    format: str
    observations: tuple[Observations, ...] = ()
    bars: tuple[Bars, ...] = ()
    releases: tuple[Releases, ...] = ()
    funding: tuple[Funding, ...] = ()
    pools: tuple[PoolRows, ...] = ()
    chains: "tuple[Chain, ...]" = ()
    rejected: tuple[Rejected, ...] = ()
    rows: int = 0
    absent: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """True when nothing in it can be stored."""
        return not (self.observations or self.bars or self.releases or self.funding or self.pools or self.chains)
