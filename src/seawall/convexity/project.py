"""How much of a density VIX can hedge, and the options that hedge the rest: METHOD 2.5 and 2.6.

A hedge is long what the position is short: weights are options to buy, so the tents of a short condor are the
long condor of the same strikes, and position plus hedge is flat.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity
from seawall.convexity.price import price_flat
from seawall.convexity.smile_price import checked_market, static, terminal
from seawall.core.errors import ConventionError, DomainError, StrikesOutOfOrderError
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.segments import NODES, WEIGHTS, segment_price, table_moment, table_price

Floats = NDArray[np.float64]

CELL = 0.01
"""Width in ln K over which a mass is averaged; the share scales with it, so it is printed beside it."""
HORIZON_SESSIONS = 5.0


class ShapeShare(NamedTuple):
    """Projection on the VIX density: ``a_star`` = mean dollar-gamma density, USD, under the strip's own weights.

    ``variance_notional`` = a* T/2 is USD per 1.00 of annual variance to buy, ``vega_notional`` = 2 sigma N*
    USD per 1.00 of vol; the matched variance swap costs what the density costs. ``share`` in [0, 1] is 1 only
    for constant dollar gamma. ``cell`` is the width in ln K used for masses.
    """

    a_star: float
    variance_notional: float
    vega_notional: float
    share: float
    cell: float


class TentHedge(NamedTuple):
    """Units to buy at each strike, plus ``forward`` units struck at the pivot and ``cash`` at expiry.

    ``forward`` and ``cash`` are 0 unless the pivot lies inside a cell. ``uncovered`` is the part of the
    density beyond the strikes, which these weights do not hedge.
    """

    strikes: Floats
    puts: Floats
    calls: Floats
    forward: float
    cash: float
    pivot: float
    uncovered: ConvexityDensity

    def payoff(self, spot: ArrayLike) -> Floats:
        """What the hedge pays at expiry, shape of ``spot``."""
        s = np.asarray(spot, dtype=np.float64)
        below = np.maximum(self.strikes - s[..., None], 0.0) @ self.puts
        above = np.maximum(s[..., None] - self.strikes, 0.0) @ self.calls
        return np.asarray(below + above + self.forward * (s - self.pivot) + self.cash)


def _products(table: Floats) -> Floats:
    """Segments of ``K^2 g(K)^2``: every pair of power laws where they overlap."""
    rows = []
    for a in table:
        for b in table:
            low, high = max(a[0], b[0]), min(a[1], b[1])
            if low < high:
                rows.append((low, high, a[2] * b[2], a[3] + b[3] - 2.0))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _cells(density: ConvexityDensity, forward: float, width: float) -> list[tuple[float, float, float]]:
    """(low, high, dollar gamma) of the cells of ln(K/F), centred on the forward, that hold masses.

    Each mass m at K counts as a constant ``K^2 m/(high - low)`` on its cell.
    """
    gammas: dict[int, float] = {}
    for strike, size in density.masses:
        index = math.floor(math.log(strike / forward) / width + 0.5)
        low, high = forward * math.exp((index - 0.5) * width), forward * math.exp((index + 0.5) * width)
        gammas[index] = gammas.get(index, 0.0) + strike**2 * size / (high - low)
    return [
        (forward * math.exp((i - 0.5) * width), forward * math.exp((i + 0.5) * width), gamma)
        for i, gamma in sorted(gammas.items())
    ]


def shape_share(
    density: ConvexityDensity | FlowDensity, forward: float, vol: float, years: float, cell: float = CELL
) -> ShapeShare:
    """Shape share of a terminal density at flat vol, ``(E gammabar)^2/E[gammabar^2]`` under the strip's weights.

    a* and the notionals use the exact price; masses enter the share as averages over cells of ``cell`` in ln
    K. Raises ConventionError (flow, profile, another expiry), DomainError (vol, years or cell not > 0, no
    density).
    """
    density = terminal(density, years)
    checked_market(forward, vol, years, 1.0)
    if not (vol > 0.0 and years > 0.0 and 0.0 < cell < math.inf):
        raise DomainError(f"vol, years and cell must be > 0, were {vol}, {years} and {cell}")
    deviation = vol * math.sqrt(years)
    weight = 0.5 * deviation**2  # the integral of Q/K^2 at flat vol
    table = density.table()
    mean = table_price(table, forward, deviation)
    square = table_price(_products(table), forward, deviation)
    for low, high, gamma in _cells(density, forward, cell):
        inside = segment_price(low, high, 2.0, forward, deviation)
        cut = density.restricted(low, high).table()
        mean += gamma * inside
        square += gamma**2 * inside + 2.0 * gamma * table_price(cut, forward, deviation)
    if not square > 0.0:
        raise DomainError("the density is empty where options have value: there is nothing to project")
    a_star = price_flat(density, forward, vol, years) / weight
    notional = 0.5 * a_star * years
    return ShapeShare(a_star, notional, 2.0 * vol * notional, mean**2 / (weight * square), cell)


def shape_share_of_profile(
    dollar_gamma: Callable[[Floats], Floats], spot: float, vol: float, sessions: float = HORIZON_SESSIONS
) -> float:
    """Shape share of an instantaneous profile under the lognormal law of S after ``sessions`` trading days.

    ``dollar_gamma(prices)`` is ``S^2 V''(S)`` of today's value, or its negative (the share has no sign).
    Raises DomainError.
    """
    return float(
        shape_shares_of_profiles(lambda prices: np.asarray(dollar_gamma(prices))[None], spot, vol, sessions)[0]
    )


def shape_shares_of_profiles(
    dollar_gammas: Callable[[Floats], Floats], spot: float, vol: float, sessions: float = HORIZON_SESSIONS
) -> Floats:
    """As ``shape_share_of_profile`` for m profiles at once, given as (m, prices); shape (m,). Raises DomainError."""
    if not (spot > 0.0 and vol > 0.0 and sessions > 0.0 and math.isfinite(spot + vol + sessions)):
        raise DomainError(f"spot, vol and sessions must be finite and > 0, were {spot}, {vol} and {sessions}")
    deviation = vol * math.sqrt(sessions / SESSIONS_PER_YEAR)
    centres = np.arange(-8.75, 9.0, 0.5)
    z = (centres[:, None] + 0.25 * NODES).ravel()
    mass = np.tile(0.25 * WEIGHTS, centres.size) * np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    gammas = np.asarray(dollar_gammas(spot * np.exp(deviation * z - 0.5 * deviation**2)), dtype=np.float64)
    squares: Floats = gammas**2 @ mass
    if not (squares > 0.0).all():
        raise DomainError("the profile has no gamma over the horizon: there is nothing to project")
    shares: Floats = (gammas @ mass) ** 2 / squares
    return shares


def _strikes(strikes: ArrayLike) -> Floats:
    k = np.ascontiguousarray(strikes, dtype=np.float64)
    if k.ndim != 1 or k.size < 2 or not (np.all(np.isfinite(k)) and np.all(k > 0.0)):
        raise DomainError("give at least 2 finite strikes > 0 in one dimension")
    if np.any(np.diff(k) <= 0.0):
        raise StrikesOutOfOrderError("strikes must rise and be distinct: sort them and drop duplicates")
    return k


def _tent(density: ConvexityDensity, table: Floats, low: float, high: float) -> tuple[float, float]:
    """Weights at both ends of a cell whose tents carry the density inside it, masses in its open interior too."""
    plain, first = table_moment(table, low, high, 0.0), table_moment(table, low, high, 1.0)
    for strike, size in density.masses:
        if low < strike < high:
            plain, first = plain + size, first + size * strike
    return (high * plain - first) / (high - low), (first - low * plain) / (high - low)


def tent_weights(density: ConvexityDensity | FlowDensity, strikes: ArrayLike, pivot: float) -> TentHedge:
    """Options that replicate the density at listed strikes: puts below the pivot, calls above (METHOD 2.6).

    Exact for payoffs linear between strikes: the hedge pays at least ``density.loss(S, pivot)`` at every S
    within the strikes if the density is positive. A pivot on a strike gets half a tent of each; a pivot
    inside a cell uses the put below and the call above it, with a forward and cash by parity. Raises
    ConventionError (flow, profile), DomainError (pivot outside the strikes), StrikesOutOfOrderError.
    """
    density = static(density)
    k = _strikes(strikes)
    if not k[0] <= pivot <= k[-1]:
        raise DomainError(f"the pivot {pivot} must lie within the strikes {k[0]:g} to {k[-1]:g}: list more strikes")
    table = density.table()
    puts, calls = np.zeros(k.size), np.zeros(k.size)
    forward = cash = 0.0
    for i in range(k.size - 1):
        low, high = float(k[i]), float(k[i + 1])
        at_low, at_high = _tent(density, table, low, high)
        if high <= pivot:
            puts[i] += at_low
            puts[i + 1] += at_high
        elif low >= pivot:
            calls[i] += at_low
            calls[i + 1] += at_high
        else:
            puts[i] += at_low
            calls[i + 1] += at_high
            above = density.restricted(pivot, high).integral(pivot, high)
            forward = above.plain - at_high
            cash = forward * pivot + high * at_high - above.first
    for strike, size in density.masses:
        at = int(np.searchsorted(k, strike))
        if at < k.size and k[at] == strike:
            (puts if strike < pivot else calls)[at] += size
    return TentHedge(k, puts, calls, forward, cash, float(pivot), _beyond(density, float(k[0]), float(k[-1])))


def _beyond(density: ConvexityDensity, first: float, last: float) -> ConvexityDensity:
    outside = density.restricted(0.0, first).segments + density.restricted(last, math.inf).segments
    masses = tuple(m for m in density.masses if not first <= m.strike <= last)
    return ConvexityDensity(outside, masses, density.horizon)


def residual(density: ConvexityDensity | FlowDensity, hedge: TentHedge, spot: ArrayLike) -> Floats:
    """Hedge payoff minus what the density needs at each price, USD at expiry; >= 0 is over-hedged.

    Includes what lies beyond the strikes. Raises ConventionError, DomainError.
    """
    return np.asarray(hedge.payoff(spot) - static(density).loss(spot, hedge.pivot))


def residual_bound(density: ConvexityDensity | FlowDensity, strikes: ArrayLike) -> float:
    """Most a tent hedge over-pays anywhere: the largest ``max g dK^2/8`` of a cell, for a smooth density >= 0.

    Raises ConventionError, DomainError, StrikesOutOfOrderError.
    """
    density = static(density)
    if density.masses:
        raise ConventionError("the bound is for smooth densities: list the strikes of the masses, they hedge exactly")
    k = _strikes(strikes)
    worst = 0.0
    for low, high in itertools.pairwise(k):
        inside = density.restricted(float(low), float(high))
        corners = np.concatenate([inside.knots(), [low, high]])
        # A sum of power laws with positive coefficients is largest where a segment begins or ends.
        worst = max(worst, float(np.max(np.abs(inside.at(corners)), initial=0.0)) * (high - low) ** 2 / 8.0)
    return worst
