"""What hedging a liquidity position costs: its loss in listed options, its delta in a perp (METHOD 2.6)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.convexity.option_quotes import OptionQuotes, modelled_quotes
from seawall.convexity.static_hedge import StaticHedge, Terms, rounded_hedge, static_hedge
from seawall.core.errors import DomainError, SeawallError
from seawall.instruments.base import Position
from seawall.instruments.perp_hedge import PerpHedge, Rehedging, perp_hedge, rehedged_every
from seawall.instruments.pool import HORIZON_DAYS, LiquidityPosition
from seawall.market.state import State

ALLOWED: Final = 0.005
"""Largest shortfall a static hedge may leave, a share of value (METHOD 2.6)."""
HALF_SPREAD: Final = 0.03
"""Half the bid-ask spread of modelled quotes, a share of mid: an assumption, printed with every number it enters."""
STRIKES: Final = 41
DEVIATIONS: Final = 4.0
"""Modelled strikes reach so many standard deviations, or just past the ends of the range if those are nearer."""
MARGIN: Final = 1.05
REHEDGE_DAYS: Final = 1.0
REHEDGE_COST: Final = 0.0005
"""The perp is adjusted daily at 5 bp of what is traded: assumptions, printed."""


@dataclass(frozen=True, slots=True)
class HedgeWishes:
    """Quotes to use (modelled off the smile if None), the underlying of a contract, whole contracts, most premium."""

    quotes: OptionQuotes | None = None
    lot: float = 1.0
    whole: bool = False
    budget: float | None = None
    half_spread: float = HALF_SPREAD


@dataclass(frozen=True, slots=True, eq=False)
class LpHedge:
    """Both ways to hedge a position, all units.

    ``static`` is None when no such hedge exists; ``fault`` then says why. ``rounded``: the same in the nearest whole
    contracts, when they were asked for. ``rehedging`` is None where realised volatility is unknown. ``span``: prices
    whose convexity the static hedge answers for, None for all of it.
    """

    static: StaticHedge | None
    rounded: StaticHedge | None
    fault: str
    allowed: float
    span: tuple[float, float] | None
    perp: PerpHedge
    rehedging: Rehedging | None


NO_WISHES: Final = HedgeWishes()


def lp_hedge(position: Position, state: State, wishes: HedgeWishes = NO_WISHES) -> LpHedge:
    """Hedges of a pool position from here on, held to the expiry of the quotes (30 days when modelled).

    The static hedge pays, at every price of its span, what the position loses against its holdings of today, less the
    shortfall allowed (0.5 % of value). Raises ``DomainError`` for another instrument or bad terms.
    """
    held = position.instrument
    if not isinstance(held, LiquidityPosition):
        raise DomainError(f"{position.label} is a {held.kind}: only pools are read here")
    asset = state.asset(held.factor)
    exposure = position.exposure(state)
    rehedging = None
    if asset.realised_vol is not None:
        rehedging = rehedged_every(exposure.gamma_usd, asset.realised_vol.value, REHEDGE_COST, REHEDGE_DAYS / 365.0)
    allowed = ALLOWED * exposure.value_usd
    span = _span(held, state)
    static = rounded = None
    fault, answered = "", None
    try:
        quotes = wishes.quotes or _modelled(held, state, span, wishes.half_spread)
        density = held.shape.scaled(position.quantity).density()
        answered = span if any(low == 0.0 or math.isinf(high) for low, high in held.shape.spans) else None
        if answered is not None:  # beyond it the position is left as it is; selling there what it lacks would be free
            density = density.restricted(*answered)
        terms = Terms(allowed, wishes.lot, wishes.whole, budget=wishes.budget)
        static = static_hedge(density, asset.spot.value, quotes, terms)
        if wishes.whole:
            rounded = rounded_hedge(density, asset.spot.value, quotes, terms)
    except SeawallError as refused:
        fault = str(refused)
    return LpHedge(static, rounded, fault, allowed, answered, perp_hedge(exposure, asset), rehedging)


def _span(held: LiquidityPosition, state: State) -> tuple[float, float]:
    """Prices to protect: four standard deviations, or just past the ends of the ranges if those are nearer."""
    spot, years = state.asset(held.factor).spot.value, HORIZON_DAYS / 365.0
    reach = DEVIATIONS * float(state.view().vol(held.factor, spot, years)[0]) * math.sqrt(years)
    low, high = held.shape.spans[0][0] / MARGIN, held.shape.spans[-1][1] * MARGIN
    return max(low, spot * math.exp(-reach)), min(high, spot * math.exp(reach))


def _modelled(held: LiquidityPosition, state: State, span: tuple[float, float], half_spread: float) -> OptionQuotes:
    years = HORIZON_DAYS / 365.0
    asset, rate = state.asset(held.factor), state.rate.value
    forward = asset.spot.value * math.exp((rate - asset.income_yield) * years)
    strikes = np.geomspace(span[0], span[1], STRIKES)
    return modelled_quotes(asset.smile, forward, years, strikes, half_spread, math.exp(-rate * years))
