"""The march of a cascade along its path, compiled: see ``cascade`` for what it solves.

Between two knots the density is constant and everything else smooth, so x(p) is a sum of 8-node panels; a panel is cut
where the branching ratio passes the cap, or 1, and x is monotone on each piece.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

CAP: Final = 0.95
PANEL: Final = 0.02
"""Longest step of the quadrature, as a share of price: the error of 8 nodes is then below rounding."""
FLOOR: Final = 1e-9
CEILING: Final = 1e6
"""Shares of the start at which a march ends without having met the shock."""
HALVINGS: Final = 100


_legendre = np.polynomial.legendre.leggauss(8)
NODES: Array = _legendre[0]
WEIGHTS: Array = _legendre[1]


class Terms(NamedTuple):
    """Market terms: ``impact`` lam0 (price per unit), ``vol`` sig0, ``vol_flow`` W (units per 1.00 of volatility).

    ``vol_response`` kap: volatility gained per unit of log move. ``withdrawal`` eta: power at which depth thins as
    volatility rises. ``cap``: largest branching ratio, inf for none.
    """

    impact: float
    vol: float = 1.0
    vol_flow: float = 0.0
    vol_response: float = 0.0
    withdrawal: float = 0.0
    cap: float = CAP


class Path(NamedTuple):
    """What is met: ``knots`` (k,) from the start on, ``density`` (c, k) beyond each and ``push`` (c, k) at it."""

    side: float
    shock: float
    knots: Array
    density: Array
    push: Array


@compiled
def branching_at(terms: Terms, start: float, price: float, density: float) -> float:
    """n_G + n_v at a price, before any cap."""
    level = 1.0 + terms.vol_response / terms.vol * abs(math.log(price / start))
    slope = terms.impact if terms.withdrawal == 0.0 else terms.impact * math.pow(level, terms.withdrawal)
    return slope * (density + terms.vol_flow * terms.vol_response / price)


@compiled
def integrals(
    terms: Terms, start: float, low: float, high: float, density: float, capped: bool
) -> tuple[float, float, float]:
    """Between two prices: distance that counts for flows, units of vol flow, and the thinning of depth in units."""
    width = high - low
    if not capped and terms.withdrawal == 0.0:
        return width, terms.vol_flow * terms.vol_response * math.log1p(width / low), 0.0
    half, centre = 0.5 * width, 0.5 * (high + low)
    reach, units, depth = 0.0, 0.0, 0.0
    for node in range(NODES.size):
        price = centre + half * NODES[node]
        share = half * WEIGHTS[node]
        level = 1.0 + terms.vol_response / terms.vol * abs(math.log(price / start))
        thinning = 1.0 if terms.withdrawal == 0.0 else math.pow(level, terms.withdrawal)
        vol_density = terms.vol_flow * terms.vol_response / price
        if capped:
            share *= terms.cap / (terms.impact * thinning * (density + vol_density))
        reach += share
        units += share * vol_density
        depth += share * (thinning - 1.0) * (density + vol_density)
    return reach, units, depth


@compiled
def crossing(terms: Terms, start: float, ends: tuple[float, float], density: float, level: float) -> float:
    """Price between two ends where the branching ratio passes ``level``; the far end when it does not."""
    near, far = ends
    above = branching_at(terms, start, near, density) > level
    if (branching_at(terms, start, far, density) > level) == above:
        return far
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        if middle in (near, far):
            break
        if (branching_at(terms, start, middle, density) > level) == above:
            near = middle
        else:
            far = middle
    return far


@compiled
def shock_used(terms: Terms, start: float, ends: tuple[float, float], density: float, capped: bool) -> float:
    """x between two prices."""
    low, high = min(ends), max(ends)
    reach, units, depth = integrals(terms, start, low, high, density, capped)
    return (high - low) - terms.impact * (density * reach + units + depth)


@compiled
def stop(terms: Terms, start: float, ends: tuple[float, float], density: float, capped: bool, left: float) -> float:
    """Price between two ends at which x has grown by ``left``: Newton, kept inside its bracket."""
    near, far = ends
    side = 1.0 if far > near else -1.0
    price = near + (far - near) * 0.5
    for _ in range(HALVINGS):
        miss = shock_used(terms, start, (ends[0], price), density, capped) - left
        if miss == 0.0:
            break
        if miss > 0.0:
            far = price
        else:
            near = price
        rate = 1.0 - (terms.cap if capped else branching_at(terms, start, price, density))
        step = price - side * miss / rate
        if not (min(near, far) < step < max(near, far)):
            step = 0.5 * (near + far)
        if step == price or abs(step - price) <= 1e-16 * start:
            break
        price = step
    return price


@compiled
def march(terms: Terms, path: Path) -> tuple[float, Array, tuple[float, float], tuple[float, float], float]:
    """Final price, units by component, (vol units, thinning in units), ends of the capped interval, shock unmet."""
    start, side, knots = path.knots[0], path.side, path.knots
    count = path.density.shape[0]
    units, vol_units, depth = np.zeros(count), 0.0, 0.0
    first, last = math.nan, math.nan
    level = min(terms.cap, 1.0)
    used, price = 0.0, start
    for k in range(knots.size):
        thinning = 1.0
        if terms.withdrawal != 0.0:
            stretch = 1.0 + terms.vol_response / terms.vol * abs(math.log(price / start))
            thinning = math.pow(stretch, terms.withdrawal)
        for c in range(count):
            pushed = path.push[c, k]
            units[c] += pushed
            depth += (thinning - 1.0) * pushed
            used -= terms.impact * thinning * pushed
        if used >= path.shock:
            break
        density = path.density[:, k].sum()
        end = start * (FLOOR if side < 0.0 else CEILING)
        if k + 1 < knots.size:
            end = knots[k + 1]
        while side * (end - price) > 0.0:
            far = price * (1.0 + side * PANEL)
            if side * (far - end) > 0.0:
                far = end
            far = crossing(terms, start, (price, far), density, level)
            over = branching_at(terms, start, 0.5 * (price + far), density) > level
            capped = over and terms.cap < math.inf
            gained = shock_used(terms, start, (price, far), density, capped)
            met = used + gained > path.shock
            if met:
                far = stop(terms, start, (price, far), density, capped, path.shock - used)
            reach, sold, thin = integrals(terms, start, min(price, far), max(price, far), density, capped)
            for c in range(count):
                units[c] += path.density[c, k] * reach
            vol_units += sold
            depth += thin
            if over:
                if math.isnan(first):
                    first = price
                last = far
            price = far
            if met:
                return price, units, (vol_units, depth), (first, last), 0.0
            used += gained
    return price, units, (vol_units, depth), (first, last), max(path.shock - used, 0.0)
