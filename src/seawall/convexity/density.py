"""The convexity density ``g(q) = -V''(q)``: one type for a condor, a liquidity position and a variance swap.

Positive density is short convexity. A density is a sum of power laws on segments plus masses at strikes, and
says for which horizon it holds: the payoff at a date (``Terminal``), today's value (``Instantaneous``), or
both (``AnyHorizon``: a spot position that can be redeemed at any time). METHOD 2.1 and 2.2.
"""

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.pieces import (
    NO_PAYOFF,
    AnyHorizon,
    FlowDensity,
    Horizon,
    Instantaneous,
    Mass,
    Segment,
    Terminal,
    canonical_masses,
    canonical_segments,
    common_horizon,
)
from seawall.core.errors import ConventionError, DomainError, RangeError, StrikesOutOfOrderError
from seawall.kernels.segments import table_moment, table_payoff

__all__ = [
    "AnyHorizon",
    "ConvexityDensity",
    "FlowDensity",
    "Horizon",
    "Instantaneous",
    "Mass",
    "Moments",
    "Segment",
    "Terminal",
    "of_condor",
    "of_inverse_perp",
    "of_power_perp",
    "of_short_option",
    "of_short_variance",
    "of_v2",
    "of_v3",
    "of_weighted",
]

Floats = NDArray[np.float64]


class Moments(NamedTuple):
    """``plain`` = integral of g, ``first`` = integral of q g."""

    plain: float
    first: float


@final
@dataclass(frozen=True, slots=True)
class ConvexityDensity:
    """Sum of power-law segments and masses, in canonical form: two equal densities compare equal.

    Canonical: segments of one power do not overlap, neighbours with one coefficient are joined, zero pieces
    are gone, masses at one strike are one. Raises DomainError, RangeError (a segment with low >= high).
    """

    segments: tuple[Segment, ...]
    masses: tuple[Mass, ...]
    horizon: Horizon

    def __post_init__(self) -> None:
        if isinstance(self.horizon, Terminal) and not 0.0 <= self.horizon.years < math.inf:
            raise DomainError(f"years to the horizon must be finite and >= 0, were {self.horizon.years}")
        object.__setattr__(self, "segments", canonical_segments(self.segments))
        object.__setattr__(self, "masses", canonical_masses(self.masses))

    def __add__(self, other: object) -> "ConvexityDensity":
        if isinstance(other, FlowDensity):
            raise ConventionError(NO_PAYOFF)
        if not isinstance(other, ConvexityDensity):
            return NotImplemented
        horizon = common_horizon(self.horizon, other.horizon)
        return ConvexityDensity(self.segments + other.segments, self.masses + other.masses, horizon)

    def scaled(self, factor: float) -> "ConvexityDensity":
        """The density of ``factor`` such positions (negative: the other side of the trade)."""
        return ConvexityDensity(
            tuple(s._replace(coefficient=factor * s.coefficient) for s in self.segments),
            tuple(Mass(m.strike, factor * m.size) for m in self.masses),
            self.horizon,
        )

    def restricted(self, low: float, high: float) -> "ConvexityDensity":
        """The part on ``[low, high]``, masses on both ends included. Raises RangeError."""
        if not low < high:
            raise RangeError(f"low must be below high, were {low} and {high}: swap or widen the range")
        cut = (s._replace(low=max(s.low, low), high=min(s.high, high)) for s in self.segments)
        return ConvexityDensity(
            tuple(s for s in cut if s.low < s.high),
            tuple(m for m in self.masses if low <= m.strike <= high),
            self.horizon,
        )

    def mirrored(self, forward: float) -> "ConvexityDensity":
        """The image under ``K -> F^2/K``: same price off any smile symmetric in ln(K/F), when r = 0.

        ``(F/q)^3 g(F^2/q)`` for the smooth part, ``size K/F`` at ``F^2/K`` for a mass, because a put is K/F
        calls at the mirrored strike (put-call symmetry; Bates 1988, Carr 1994).
        """
        square = forward**2
        return ConvexityDensity(
            tuple(
                Segment(
                    square / s.high,
                    math.inf if s.low == 0.0 else square / s.low,
                    s.coefficient * forward ** (3.0 - 2.0 * s.power),
                    3.0 - s.power,
                )
                for s in self.segments
            ),
            tuple(Mass(square / m.strike, m.size * m.strike / forward) for m in self.masses),
            self.horizon,
        )

    def table(self) -> Floats:
        """Segments as an (n, 4) array: low, high, coefficient, power."""
        return np.array(self.segments, dtype=np.float64).reshape(-1, 4)

    def mass_arrays(self) -> tuple[Floats, Floats]:
        """Strikes and sizes of the masses."""
        pairs = np.array(self.masses, dtype=np.float64).reshape(-1, 2)
        return pairs[:, 0].copy(), pairs[:, 1].copy()

    def at(self, price: ArrayLike) -> Floats:
        """Smooth part at each price, shape of ``price``; on an end of a range its in-range value."""
        q = np.asarray(price, dtype=np.float64)
        left, right = np.zeros(q.shape), np.zeros(q.shape)
        for low, high, coefficient, power in self.segments:
            inside = (q >= low) & (q <= high)  # outside, a steep power may leave the range of the numbers
            term = np.zeros(q.shape)
            term[inside] = coefficient * q[inside] ** -power
            left += np.where((q > low) & (q <= high), term, 0.0)
            right += np.where((q >= low) & (q < high), term, 0.0)
        return np.where(np.abs(left) > np.abs(right), left, right)

    def dollar_gamma_bar(self, price: ArrayLike) -> Floats:
        """Dollar-gamma density ``K^2 g(K)`` of the smooth part, USD; constant for a variance swap."""
        q = np.asarray(price, dtype=np.float64)
        return np.asarray(q**2 * self.at(q))

    def knots(self) -> Floats:
        """Rising finite positive prices where the density changes its formula or has a mass."""
        ends = {end for s in self.segments for end in (s.low, s.high) if 0.0 < end < math.inf}
        return np.array(sorted(ends | {m.strike for m in self.masses}), dtype=np.float64)

    def integral(self, low: float, high: float, *, masses: bool = True) -> Moments:
        """Integrals of g and q g over ``[low, high)``; inf where they diverge. ``masses=False``: smooth part."""
        table = self.table()
        inside = [m for m in self.masses if masses and low <= m.strike < high]
        return Moments(
            table_moment(table, low, high, 0.0) + math.fsum(m.size for m in inside),
            table_moment(table, low, high, 1.0) + math.fsum(m.size * m.strike for m in inside),
        )

    def loss(self, spot: ArrayLike, pivot: float) -> Floats:
        """``int g(K) OTM_pivot(S; K) dK``, the payoff a static hedge must deliver; shape of ``spot``.

        OTM_pivot is the payoff of the option out of the money at ``pivot``; for an LP entered there it is
        ``-IL``. Raises DomainError for prices <= 0.
        """
        s = np.asarray(spot, dtype=np.float64)
        if not (np.all(np.isfinite(s)) and np.all(s > 0.0) and math.isfinite(pivot) and pivot > 0.0):
            raise DomainError("spot and pivot must be finite and > 0: check their units")
        total = table_payoff(self.table(), np.array(s.ravel()), float(pivot)).reshape(s.shape)
        for strike, size in self.masses:
            payoff = np.maximum(strike - s, 0.0) if strike < pivot else np.maximum(s - strike, 0.0)
            total = total + size * payoff
        return np.asarray(total)

    def value(self, spot: ArrayLike, pivot: float, level: float = 0.0, slope: float = 0.0) -> Floats:
        """Carr-Madan: ``V(k0) + V'(k0)(S - k0) - int g OTM``, given ``level`` and ``slope`` at the pivot k0."""
        s = np.asarray(spot, dtype=np.float64)
        return np.asarray(level + slope * (s - pivot) - self.loss(s, pivot))

    def delta(self, spot: ArrayLike, pivot: float, slope: float = 0.0) -> Floats:
        """``V'(S)``, given ``slope`` at the pivot; a mass exactly at S counts half. Raises DomainError."""
        s = np.asarray(spot, dtype=np.float64)
        if not (np.all(np.isfinite(s)) and np.all(s > 0.0) and math.isfinite(pivot) and pivot > 0.0):
            raise DomainError("spot and pivot must be finite and > 0: check their units")
        table = self.table()
        flat = np.empty(s.size)
        for i, x in enumerate(s.ravel()):
            smooth = table_moment(table, min(x, pivot), max(x, pivot), 0.0)
            flat[i] = slope - smooth if x >= pivot else slope + smooth
            for strike, size in self.masses:
                # Below the pivot the option is a put, from it on a call, as in ``loss``.
                flat[i] += size * (np.heaviside(strike - x, 0.5) if strike < pivot else -np.heaviside(x - strike, 0.5))
        return flat.reshape(s.shape)


def of_v2(liquidity: float) -> ConvexityDensity:
    """Constant-product pool: ``(L/2) q^-1.5`` everywhere."""
    return ConvexityDensity((Segment(0.0, math.inf, 0.5 * liquidity, 1.5),), (), AnyHorizon())


def of_v3(liquidity: float, low: float, high: float) -> ConvexityDensity:
    """Concentrated position: ``(L/2) q^-1.5`` on its range. Raises RangeError, DomainError."""
    if not low > 0.0:
        raise DomainError(f"the low end of a range must be > 0, was {low}: use of_v2 for a full range")
    return ConvexityDensity((Segment(low, high, 0.5 * liquidity, 1.5),), (), AnyHorizon())


def of_weighted(coefficient: float, weight: float) -> ConvexityDensity:
    """Weighted pool ``V = c q^w``: ``w (1-w) c q^(w-2)``. Raises DomainError (w outside (0, 1))."""
    if not 0.0 < weight < 1.0:
        raise DomainError(f"weight must be inside (0, 1), was {weight}: give a share, not percent")
    size = weight * (1.0 - weight) * coefficient
    return ConvexityDensity((Segment(0.0, math.inf, size, 2.0 - weight),), (), AnyHorizon())


def of_short_option(strike: float, units: float, years: float) -> ConvexityDensity:
    """``units`` (contracts times multiplier) of a put or a call sold, expiring in ``years``."""
    return ConvexityDensity((), (Mass(strike, units),), Terminal(years))


def of_condor(strikes: tuple[float, float, float, float], units: float, years: float) -> ConvexityDensity:
    """Short iron condor at (long put, short put, short call, long call). Raises StrikesOutOfOrderError."""
    if not all(a < b for a, b in itertools.pairwise(strikes)) or len(strikes) != 4:
        raise StrikesOutOfOrderError(f"a condor needs 4 rising strikes, were {strikes}: sort them")
    sizes = (-units, units, units, -units)
    return ConvexityDensity((), tuple(map(Mass, strikes, sizes)), Terminal(years))


def of_short_variance(notional: float, years: float) -> ConvexityDensity:
    """Short variance, ``notional`` USD per 1.00 of annual variance: ``2 N/(T q^2)``; VIX^2 prices one unit."""
    if not years > 0.0:
        raise DomainError(f"years must be > 0, were {years}: years = minutes/525600")
    return ConvexityDensity((Segment(0.0, math.inf, 2.0 * notional / years, 2.0),), (), Terminal(years))


def of_power_perp(power: float, units: float) -> ConvexityDensity:
    """``units`` of a long power perp ``S^p``: ``-p (p-1) q^(p-2)``, long convexity for p > 1."""
    size = -units * power * (power - 1.0)
    return ConvexityDensity((Segment(0.0, math.inf, size, 2.0 - power),), (), AnyHorizon())


def of_inverse_perp(notional: float) -> ConvexityDensity:
    """Long inverse perp of ``notional`` USD, in coin: ``+2 N/q^3``, short convexity in coin."""
    return ConvexityDensity((Segment(0.0, math.inf, 2.0 * notional, 3.0),), (), AnyHorizon())
