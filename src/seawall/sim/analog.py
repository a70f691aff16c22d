"""Days like a given one, by Mahalanobis distance, and what followed them as a band (METHOD 8.5, mode `analog`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import InputError, MissingDataError
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.filters import realised_vol
from seawall.ledger.book import Book
from seawall.market.history import History, instant64
from seawall.signals.align import held
from seawall.signals.base import evaluate
from seawall.signals.carry import FUNDING_Z
from seawall.signals.dealer import GEX_RANK
from seawall.signals.formulas import log_returns
from seawall.signals.vol import SLOPE

Array = NDArray[np.float64]

RV_SESSIONS: Final = 21
CARRIED_DAYS: Final = 5
EXCLUDED_DAYS: Final = 60
LONGEST: Final = 40
"""Sessions of a horizon: with 60 days between dates the outcomes do not overlap."""
MOST: Final = 50
LEAST_ROWS: Final = 252
LEVELS: Final = (0.0, 10.0, 50.0, 90.0, 100.0)
"""Percentiles of the band: least, 10, 50, 90, most."""
FEATURES: Final = ("VIX", "slope", "VVIX", "RV", "funding z", "GEX percentile")


class Twin(NamedTuple):
    """A day like the one asked for, and its distance in standard deviations."""

    day: dt.date
    distance: float


@dataclass(frozen=True, slots=True)
class Twins:
    """Nearest days, nearest first. ``used``: features and their value on the day; ``unused``: those that are unknown.

    ``candidates``: days that could have been chosen.
    """

    used: Mapping[str, float]
    unused: tuple[str, ...]
    found: tuple[Twin, ...]
    candidates: int


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """P&L since the eve by session, percentiles ``LEVELS`` over the twins: shape (sessions + 1, 5), and each twin's."""

    percentiles: Array
    paths: Array

    @property
    def final(self) -> Array:
        """The band at the horizon, shape (5,)."""
        last: Array = self.percentiles[-1]
        return last


class Analog(NamedTuple):
    """Twins of a day, the band of what their following sessions do to a book, and what is assumed."""

    book: Book
    day: str
    horizon: int
    twins: Twins
    band: Band
    notes: tuple[str, ...]


def features(history: History) -> tuple[NDArray[np.datetime64], dict[str, Array], NDArray[np.datetime64]]:
    """Sessions with SPX and VIX, the features on each (NaN unknown), and when VIX and SPX were known.

    A slope whose VIX3M is modelled from VIX says nothing beyond VIX and is unknown here. Funding and dealer gamma are
    those known at the close. RV: 21 sessions, per root year.
    """
    spx, vix = history.get("SPX"), history.get("VIX")
    dates = np.intersect1d(spx.dates, vix.dates)
    known = np.fmax(spx.known_on(dates), vix.known_on(dates))
    rv = realised_vol(log_returns(spx.values), RV_SESSIONS, SESSIONS_PER_YEAR)
    slope = evaluate(SLOPE, history).on(dates)
    found = {
        "VIX": vix.on(dates),
        "slope": np.where(slope.substituted, np.nan, slope.values),
        "VVIX": history.values_on("VVIX", dates) if history.has("VVIX") else np.full(dates.size, np.nan),
        "RV": rv[np.searchsorted(spx.dates, dates)],
    }
    for name, signal in (("funding z", FUNDING_Z), ("GEX percentile", GEX_RANK)):
        there = all(history.has(one) and len(history.get(one)) for one in signal.inputs)
        column = np.full(dates.size, np.nan)
        if there:
            one = evaluate(signal, history)
            column = held(one.dates, one.values, one.known_at, (dates, known), CARRIED_DAYS)
        found[name] = column
    return dates, found, known


def twins(history: History, now: dt.datetime, asked: Mapping[str, float], k: int, horizon: int, day: dt.date) -> Twins:
    """The ``k`` days most like features ``asked`` of ``day``, by name; NaN is unknown.

    Only days whose following ``horizon`` sessions were known at ``now`` compete, 60 days from one another and from
    ``day``. Raises ``InputError`` for k or horizon out of range, ``MissingDataError`` without VIX or for fewer than 252
    candidates.
    """
    if not 1 <= k <= MOST:
        raise InputError(f"--k must be from 1 to {MOST}, was {k}: 10 is usual")
    if not 1 <= horizon <= LONGEST:
        raise InputError(f"--horizon must be from 1 to {LONGEST} sessions, was {horizon}: twins lie 60 days apart")
    dates, columns, known = features(history)
    wanted = {name: value for name, value in asked.items() if np.isfinite(value)}
    if "VIX" not in wanted:
        raise MissingDataError("the day has no VIX: give a market with it, or a session of the history")
    over = np.arange(dates.size) + horizon < dates.size
    over[over] &= known[np.flatnonzero(over) + horizon] <= instant64(now)
    rows = over & np.isfinite(columns["VIX"])
    used = {}
    for name, value in wanted.items():
        both = rows & np.isfinite(columns[name])
        if both.sum() >= LEAST_ROWS and float(np.std(columns[name][both])) > 0.0:
            used[name], rows = value, both
    rows &= np.abs(dates - np.datetime64(day, "D")) >= np.timedelta64(EXCLUDED_DAYS, "D")
    if rows.sum() < LEAST_ROWS:
        raise MissingDataError(
            f"{int(rows.sum())} days before {now:%Y-%m-%d} can be compared, fewer than {LEAST_ROWS}: import VIX and SPX"
        )
    table = np.stack([columns[name][rows] for name in used], axis=1)
    distance = mahalanobis(table, np.array(list(used.values())))
    return Twins(
        used, tuple(name for name in FEATURES if name not in used), _apart(dates[rows], distance, k), int(rows.sum())
    )


def mahalanobis(table: Array, at: Array) -> Array:
    """Distance of every row of ``table`` (n, m) from ``at`` (m,), by the covariance of the rows; shape (n,)."""
    covariance = np.atleast_2d(np.cov(table, rowvar=False))
    away = table - at
    squared = np.einsum("ij,jk,ik->i", away, np.linalg.pinv(covariance), away)
    distance: Array = np.sqrt(np.maximum(squared, 0.0))
    return distance


def _apart(dates: NDArray[np.datetime64], distance: Array, k: int) -> tuple[Twin, ...]:
    """Nearest first, each at least 60 days from those before it."""
    chosen: list[int] = []
    for row in np.argsort(distance, kind="stable"):
        gaps = [abs(int((dates[row] - dates[other]).astype(int))) for other in chosen]
        if all(gap >= EXCLUDED_DAYS for gap in gaps):
            chosen.append(int(row))
        if len(chosen) == k:
            break
    return tuple(Twin(dates[row].item(), float(distance[row])) for row in chosen)


def band_of(paths: Sequence[Array]) -> Band:
    """The band of cumulated P&L, each path of shape (sessions + 1,)."""
    table = np.stack(paths)
    return Band(np.percentile(table, LEVELS, axis=0).T, table)
