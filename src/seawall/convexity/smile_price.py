"""Pricing a density off a smile: Gauss nodes between its knots, halved until they agree (METHOD 2.2).

Also says which densities may be priced at all: a payoff at a date, never forced flow or an instantaneous
profile.
"""

import itertools
import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity, Instantaneous, Terminal
from seawall.convexity.pieces import NO_PAYOFF
from seawall.core.errors import ConventionError, DomainError, NotConvergedError
from seawall.kernels.segments import NODES, WEIGHTS, otm_prices

Floats = NDArray[np.float64]

# Two halves of a panel may differ from the whole by this fraction of the integral.
AGREEMENT = 1e-14
HALVINGS = 50
# Strikes are followed outward until a block of panels adds less than this fraction.
NEGLIGIBLE = 1e-17
FURTHEST = 200.0
PANELS_A_BLOCK = 8
MOST_PANELS = 100_000


class Smile(Protocol):
    """Implied volatility of one expiry; an attribute ``knots`` (strikes), if any, says where it bends."""

    def vol(self, strike: Floats, forward: Floats, years: float) -> Floats:
        """Volatility per sqrt(year), broadcast over ``strike`` and ``forward``."""
        ...


def static(density: ConvexityDensity | FlowDensity) -> ConvexityDensity:
    """The density, if a payoff at a date. Raises ConventionError (forced flow, instantaneous profile)."""
    if not isinstance(density, ConvexityDensity):
        raise ConventionError(NO_PAYOFF)
    if isinstance(density.horizon, Instantaneous):
        raise ConventionError("an instantaneous profile has no payoff at a date: give the terminal density")
    return density


def terminal(density: ConvexityDensity | FlowDensity, years: float) -> ConvexityDensity:
    """The density, if it holds ``years`` from now. Raises ConventionError (flow, profile, another date)."""
    density = static(density)
    horizon = density.horizon
    if isinstance(horizon, Terminal) and not math.isclose(horizon.years, years, rel_tol=1e-9):
        raise ConventionError(f"the density is for {horizon.years} years, the market for {years}: use one expiry")
    return density


def checked_market(forward: float, vol: float, years: float, discount: float) -> None:
    """Raise DomainError unless forward and discount are > 0, vol and years >= 0, all finite."""
    numbers = (forward, vol, years, discount)
    if not all(math.isfinite(x) for x in numbers) or forward <= 0.0 or discount <= 0.0 or min(vol, years) < 0.0:
        raise DomainError(f"forward and discount must be > 0, vol and years >= 0, were {numbers}: vol 0.20 is 20 %")


def _adaptive(integrand: Callable[[Floats], Floats], edges: Floats, scale: float) -> tuple[float, float]:
    """Integral over the panels between rising edges, and the integral of its size; panels halved to agreement."""
    low, high = edges[:-1], edges[1:]
    total, size = 0.0, 0.0

    def gauss(a: Floats, b: Floats) -> Floats:
        half = 0.5 * (b - a)
        nodes = (0.5 * (a + b))[:, None] + half[:, None] * NODES
        return np.asarray((integrand(nodes.ravel()).reshape(nodes.shape) @ WEIGHTS) * half)

    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        left, right = gauss(low, middle), gauss(middle, high)
        fine = left + right
        bound = AGREEMENT * (scale + size + float(np.sum(np.abs(fine))))
        good = np.abs(gauss(low, high) - fine) <= bound
        total += math.fsum(fine[good])
        size += math.fsum(np.abs(fine[good]))
        if np.all(good):
            return total, size
        bad = ~good
        low, high = np.concatenate([low[bad], middle[bad]]), np.concatenate([middle[bad], high[bad]])
    raise NotConvergedError("the smile is not smooth between its knots: give the strikes where it bends as knots")


def _panels(edges: Floats, width: float) -> Floats:
    if (edges[-1] - edges[0]) > MOST_PANELS * width:
        raise DomainError(f"the vol at the money is {width:.3g} over the whole term: check its units")
    pieces = [np.linspace(a, b, max(2, 1 + math.ceil((b - a) / width)))[:-1] for a, b in itertools.pairwise(edges)]
    return np.concatenate([*pieces, edges[-1:]])


def price_smile(
    density: ConvexityDensity | FlowDensity,
    smile: Smile,
    forward: float,
    years: float,
    discount: float = 1.0,
) -> float:
    """Price off any smile, to about 1e-12 where it is smooth between its knots and those of the density.

    ``smile.vol(strikes, forward, years)`` gives vols; ``smile.knots``, if there, the strikes where it bends.
    Raises ConventionError, DomainError, NotConvergedError (kinks not named as knots, or wings so fat that the
    density has no price).
    """
    density = terminal(density, years)
    checked_market(forward, 0.0, years, discount)
    at, sizes = density.mass_arrays()
    level = np.asarray(forward, dtype=np.float64)

    def quote(strikes: Floats) -> Floats:
        vols = np.array(smile.vol(strikes, level, years), dtype=np.float64)
        if not (np.all(np.isfinite(vols)) and np.all(vols >= 0.0)):
            raise DomainError("the smile has a vol that is not finite or below 0: refit it")
        return otm_prices(forward, strikes, years, vols)

    def integrand(logs: Floats) -> Floats:
        strikes = forward * np.exp(logs)
        return np.asarray(strikes * density.at(strikes) * quote(strikes))

    options = float(sizes @ quote(at)) if at.size else 0.0
    width = float(smile.vol(np.array([forward]), level, years)[0]) * math.sqrt(years)
    if not density.segments or width == 0.0:
        return discount * options
    low = min(s.low for s in density.segments)
    high = max(s.high for s in density.segments)
    bends = np.asarray(getattr(smile, "knots", ()), dtype=np.float64)
    knots = np.concatenate([density.knots(), bends[bends > 0.0], [forward]])
    edges = np.unique(np.log(knots[(knots >= low) & (knots <= high)] / forward))
    total, size = 0.0, 0.0
    if edges.size > 1:
        total, size = _adaptive(integrand, _panels(edges, width), 0.0)
    for infinite, start, step in ((low == 0.0, edges[0], -width), (high == math.inf, edges[-1], width)):
        position = float(start)
        while infinite:
            block = np.sort(position + step * np.arange(PANELS_A_BLOCK + 1))
            added, weight = _adaptive(integrand, block, size)
            total, size, position = total + added, size + weight, position + step * PANELS_A_BLOCK
            if weight <= NEGLIGIBLE * size:
                break
            if abs(position) > FURTHEST + PANELS_A_BLOCK * width:
                raise NotConvergedError("the wings are too fat for this density: it has no price, cap its range")
    return discount * (options + total)
