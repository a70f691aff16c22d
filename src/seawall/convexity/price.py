"""The price of a density: ``Pi(g) = int g(K) Q(K) dK``, Q the out-of-the-money option prices of one expiry.

For a liquidity position it is the market price of its expected impermanent loss; for ``2/(T K^2)`` it is
VIX^2. Positive for short convexity: what the holder would have to pay to be rid of it. Here at one
volatility, and what a position earns and owes; off a smile and off quotes from the neighbours. METHOD 2.2 to
2.4.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity, Terminal
from seawall.convexity.pieces import NO_PAYOFF
from seawall.convexity.quote_price import QuotedPrice, Wings, convex_minorant, price_quotes
from seawall.convexity.smile_price import Smile, checked_market, price_smile, terminal
from seawall.core.errors import ConventionError, DomainError
from seawall.core.status import Status
from seawall.kernels.segments import otm_prices, table_price, table_vega

__all__ = [
    "Answer",
    "QuotedPrice",
    "Smile",
    "Wings",
    "break_even_vol",
    "convex_minorant",
    "convexity_yield",
    "dollar_gamma",
    "horizon_vega",
    "implied_il_vol",
    "parity_terms",
    "price_flat",
    "price_quotes",
    "price_smile",
    "rent_rate",
]

Floats = NDArray[np.float64]

LOWEST_VOL = 1e-4
HIGHEST_VOL = 50.0
VOL_GRID = 128
VOL_STEP = 1e-13


class Answer(NamedTuple):
    """A number and what is to be known about it; nan whenever the status is not FOUND or AT_BOUND."""

    value: float
    status: Status


def price_flat(
    density: ConvexityDensity | FlowDensity, forward: float, vol: float, years: float, discount: float = 1.0
) -> float:
    """Price at one volatility, closed form: truncated power moments and Black. Raises ConventionError, DomainError."""
    density = terminal(density, years)
    checked_market(forward, vol, years, discount)
    strikes, sizes = density.mass_arrays()
    options = otm_prices(forward, strikes, years, np.full(strikes.size, float(vol)))
    return discount * (table_price(density.table(), forward, vol * math.sqrt(years)) + float(sizes @ options))


def horizon_vega(
    density: ConvexityDensity | FlowDensity, forward: float, vol: float, years: float, discount: float = 1.0
) -> float:
    """Vega to a stated horizon, ``-int g vega(K, T) dK`` per 1.00 of vol, closed form; < 0 for short convexity.

    A spot LP has this vega only for the horizon named here (METHOD 2.4). Raises ConventionError, DomainError.
    """
    density = terminal(density, years)
    checked_market(forward, vol, years, discount)
    root = math.sqrt(years)
    if vol * root == 0.0:
        return 0.0
    smooth = table_vega(density.table(), forward, vol * root)
    strikes, sizes = density.mass_arrays()
    d1 = np.log(forward / strikes) / (vol * root) + 0.5 * vol * root
    options = forward * np.exp(-0.5 * d1**2) / math.sqrt(2.0 * math.pi)
    return -discount * root * (smooth + float(sizes @ options))


def dollar_gamma(
    density: ConvexityDensity | FlowDensity, forward: float, vol: float, years: float, discount: float = 1.0
) -> float:
    """``Gamma$ = -D E[K^2 g(K)]`` before expiry, by the martingale of METHOD 2.1; < 0 for short convexity.

    Equal to ``horizon_vega/(sigma T)``. Raises ConventionError, DomainError (vol or years 0: no smoothing).
    """
    if not (vol > 0.0 and years > 0.0):
        raise DomainError("vol and years must be > 0: at expiry dollar gamma is the density itself")
    return horizon_vega(density, forward, vol, years, discount) / (vol * years)


def parity_terms(density: ConvexityDensity, pivot: float, forward: float, discount: float = 1.0) -> float:
    """What a price with pivot p0 exceeds the price with pivot F by: ``D int g OTM_p0(F; K) dK`` (METHOD 2.3)."""
    return discount * float(density.loss(forward, pivot))


def _pure(density: ConvexityDensity) -> bool:
    """Whether the density is short (or long) convexity everywhere: then its price is monotone in vol."""
    signs = {math.copysign(1.0, s.coefficient) for s in density.segments}
    signs |= {math.copysign(1.0, m.size) for m in density.masses}
    return len(signs) == 1


def implied_il_vol(
    density: ConvexityDensity | FlowDensity, price: float, forward: float, years: float, discount: float = 1.0
) -> Answer:
    """The flat vol at which the density has this price: for an LP, its IL-implied vol (METHOD 2.3).

    Unique where the density has one sign. Otherwise 0.0001 to 50 is searched on 128 points: two crossings
    give AMBIGUOUS (a call spread's price can have two vols), none NONFINITE. For one sign: AT_BOUND (price 0,
    vol 0), BELOW_INTRINSIC, ABOVE_MAXIMUM. Raises ConventionError, DomainError (years 0, price not finite).
    """
    density = terminal(density, years)
    checked_market(forward, 0.0, years, discount)
    if not (math.isfinite(price) and years > 0.0):
        raise DomainError(f"price must be finite and years > 0, were {price} and {years}: check the quote")
    pure = _pure(density)
    if pure and min([s.coefficient for s in density.segments] + [m.size for m in density.masses]) < 0.0:
        density, price = density.scaled(-1.0), -price
    if pure and price <= 0.0:
        return Answer(0.0, Status.AT_BOUND) if price == 0.0 else Answer(math.nan, Status.BELOW_INTRINSIC)
    grid = np.geomspace(LOWEST_VOL, HIGHEST_VOL, 2 if pure else VOL_GRID)
    errors = np.array([price_flat(density, forward, float(v), years, discount) - price for v in grid])
    crossings = np.flatnonzero(np.signbit(errors[:-1]) != np.signbit(errors[1:]))
    if crossings.size > 1:
        return Answer(math.nan, Status.AMBIGUOUS)
    if crossings.size == 0:
        above = pure and errors[-1] < 0.0
        return Answer(math.nan, Status.ABOVE_MAXIMUM if above else Status.NONFINITE)
    at = int(crossings[0])
    low, high = float(grid[at]), float(grid[at + 1])
    rising = errors[at + 1] > errors[at]
    vol = math.sqrt(low * high)
    for _ in range(100):
        error = price_flat(density, forward, vol, years, discount) - price
        low, high = (low, vol) if (error > 0.0) == rising else (vol, high)
        slope = -horizon_vega(density, forward, vol, years, discount)
        step = vol - error / slope if slope != 0.0 else low
        following = step if low < step < high else math.sqrt(low * high)
        moved, vol = abs(following - vol), following
        if moved <= VOL_STEP * vol:
            break
    return Answer(vol, Status.FOUND)


def rent_rate(density: ConvexityDensity | FlowDensity, spot: ArrayLike, vol: float) -> Floats:
    """Rent owed to volatility, ``sigma^2 S^2 g(S)/2`` USD per year at each spot; for an AMM its LVR.

    Needs the profile of today's value: a terminal density or masses raise ConventionError.
    """
    if not isinstance(density, ConvexityDensity):
        raise ConventionError(NO_PAYOFF)
    if isinstance(density.horizon, Terminal) or density.masses:
        raise ConventionError("rent is owed on today's gamma: use the instantaneous profile, or dollar_gamma")
    checked_market(1.0, vol, 0.0, 1.0)
    return np.asarray(0.5 * vol**2 * density.dollar_gamma_bar(spot))


def convexity_yield(carry_per_year: float, dollar_density: float) -> Answer:
    """Carry per unit of dollar gamma, ``Y = carry/(S^2 g) = sigma_BE^2/2``; one ranking for condor, LP, power perp.

    ``dollar_density`` is ``S^2 g`` (= -Gamma$). NOT_SHORT unless both are positive. Raises DomainError.
    """
    if not (math.isfinite(carry_per_year) and math.isfinite(dollar_density)):
        raise DomainError(f"carry and dollar density must be finite, were {carry_per_year} and {dollar_density}")
    if carry_per_year <= 0.0 or dollar_density <= 0.0:
        return Answer(math.nan, Status.NOT_SHORT)
    return Answer(carry_per_year / dollar_density, Status.FOUND)


def break_even_vol(carry_per_year: float, dollar_density: float) -> Answer:
    """Realised vol up to which the carry pays the rent: ``sqrt(2 carry/(S^2 g))`` (METHOD 2.2). As convexity_yield."""
    ratio, status = convexity_yield(carry_per_year, dollar_density)
    return Answer(math.sqrt(2.0 * ratio) if status is Status.FOUND else math.nan, status)
