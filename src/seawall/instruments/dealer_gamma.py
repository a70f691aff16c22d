"""What dealers' gamma looks like under every sign convention side by side: totals, buckets, profile, zero levels."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import ConventionError, MissingDataError
from seawall.core.status import Status
from seawall.instruments.dealer import (
    Array,
    Convention,
    DealerBook,
    Mask,
    Unknown,
    charm_usd_per_day,
    gamma_usd,
    vanna_usd_per_point,
)
from seawall.kernels.roots import all_roots

REACH: Final = 0.15
POINTS: Final = 200
"""Spots of a profile: 200 over 15 % on both sides of today's."""
ROUNDING: Final = 1e-12
"""A profile below this part of the gross gamma is zero everywhere: its signs are rounding."""
BUCKETS: Final = (
    ("0DTE", 0, 0),
    ("1 to 7 days", 1, 7),
    ("8 to 30 days", 8, 30),
    ("31 to 90 days", 31, 90),
    ("beyond 90 days", 91, 1_000_000),
)
"""Name, first and last calendar day to expiry."""


class ByExpiry(NamedTuple):
    """Dollars of delta per 1 % of one expiry."""

    expiry: dt.date
    root: str
    usd_per_pct: float


class Bucket(NamedTuple):
    """Dollars of delta per 1 % of a range of tenors; ``contracts`` are those counted, 0 when there are none."""

    name: str
    contracts: float
    usd_per_pct: float


@dataclass(frozen=True, slots=True, eq=False)
class DealerView:
    """A dealer book under one convention; dollars, to the dealers.

    ``strikes`` with ``by_strike``, and ``spots`` with ``profile``, are arrays of one length. ``zero_gamma``: every spot
    on the grid where the profile changes sign, rising; ``zero_status`` is ``ONE_SIDED`` when it never does. Hedging is
    the other way round: dealers who gain delta sell the underlying.
    """

    convention: Convention
    usd_per_pct: float
    vanna_usd_per_point: float
    charm_usd_per_day: float
    by_expiry: tuple[ByExpiry, ...]
    buckets: tuple[Bucket, ...]
    strikes: Array
    by_strike: Array
    spots: Array
    profile: Array
    zero_gamma: tuple[float, ...]
    zero_status: Status


@dataclass(frozen=True, slots=True)
class DealerGamma:
    """Every convention; ``None`` where it cannot be computed, which is not zero."""

    book: DealerBook
    views: dict[Convention, DealerView | None]
    chosen: Convention

    @property
    def view(self) -> DealerView | None:
        """The chosen convention."""
        return self.views[self.chosen]

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """Rows in no number, by reason."""
        return self.book.unknown


def dealer_gamma(book: DealerBook, chosen: Convention | None) -> DealerGamma:
    """All conventions; ``flow_signed`` is None without signed volume. ``chosen`` is the one to read first.

    Raises ``ConventionError`` when none is chosen, ``MissingDataError`` when no open contract can be valued.
    """
    if chosen is None:
        names = ", ".join(str(one) for one in Convention)
        raise ConventionError(f"dealers' side is not stated: choose a convention ({names}), there is no default")
    if not book.size:
        why = "; ".join(f"{u.rows:,} rows: {u.reason}" for u in book.unknown) or "open interest is zero in every row"
        raise MissingDataError(f"no open contract of the chain can be valued ({why}): give a chain with open interest")
    known = [one for one in Convention if one is not Convention.FLOW_SIGNED or book.flow is not None]
    spots = book.spot * np.linspace(1.0 - REACH, 1.0 + REACH, POINTS)
    profiles = book.profile(known, spots)
    views: dict[Convention, DealerView | None] = dict.fromkeys(Convention)
    for convention, profile in zip(known, profiles, strict=True):
        views[convention] = _view(book, convention, spots, profile)
    return DealerGamma(book, views, chosen)


def zero_levels(book: DealerBook, convention: Convention | None, spots: Array) -> tuple[Array, Status]:
    """Every spot where dealers' gamma changes sign on a rising grid, and what was found. Raises as the sign does."""
    return all_roots(lambda at: book.profile([convention], at)[0], spots, tolerance=1e-8)


def _view(book: DealerBook, convention: Convention, spots: Array, profile: Array) -> DealerView:
    greeks = book.greeks()
    gamma = gamma_usd(book, greeks, convention)
    balanced = float(np.abs(profile).max(initial=0.0)) <= ROUNDING * float(np.abs(gamma).sum())
    levels, status = ((), Status.ONE_SIDED) if balanced else _zero_gamma(book, convention, spots, profile)
    strikes, at = np.unique(book.strike, return_inverse=True)
    return DealerView(
        convention, float(gamma.sum()), float(vanna_usd_per_point(book, greeks, convention).sum()),
        float(charm_usd_per_day(book, greeks, convention).sum()), _by_expiry(book, gamma), _buckets(book, gamma),
        strikes, np.bincount(at, gamma, strikes.size).astype(np.float64), spots, profile, levels, status,
    )  # fmt: skip


def _zero_gamma(
    book: DealerBook, convention: Convention, spots: Array, profile: Array
) -> tuple[tuple[float, ...], Status]:
    """Roots refined only between the grid points whose sign differs: most of the grid need not be priced again."""
    if not np.isfinite(profile).all():
        return (), Status.NONFINITE
    cross = np.flatnonzero(profile[:-1] * profile[1:] <= 0.0)
    if not cross.size:
        return (), Status.ONE_SIDED
    levels: set[float] = set()
    for i in cross:
        found, _ = zero_levels(book, convention, spots[i : i + 2])
        levels.update(float(level) for level in found)
    return tuple(sorted(levels)), Status.FOUND if levels else Status.ONE_SIDED


def _by_expiry(book: DealerBook, gamma: Array) -> tuple[ByExpiry, ...]:
    _, first, at = np.unique(book.group, return_index=True, return_inverse=True)
    sums = np.bincount(at, gamma, first.size)
    rows = [
        (float(book.years[i]), ByExpiry(book.expiry[i].astype("datetime64[D]").item(), str(book.root[i]), float(s)))
        for i, s in zip(first, sums, strict=True)
    ]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0]))


def _buckets(book: DealerBook, gamma: Array) -> tuple[Bucket, ...]:
    days = (book.expiry - np.datetime64(book.session, "D")).astype(np.int64)

    def one(name: str, low: int, high: int) -> Bucket:
        rows: Mask = (days >= low) & (days <= high)
        return Bucket(name, float(book.contracts[rows].sum()), float(gamma[rows].sum()))

    return tuple(one(*bucket) for bucket in BUCKETS)


def spread(of: DealerGamma) -> Sequence[tuple[Convention, float | None]]:
    """Dollars of delta per 1 % by convention: how far they lie apart is how little is known."""
    return [(one, None if view is None else view.usd_per_pct) for one, view in of.views.items()]
