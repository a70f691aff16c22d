"""SPX options as an order meets them: the quotes of the day where they are listed, else modelled around the smile."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from seawall.core.datum import Origin
from seawall.hedge.candidates import OrderLeg
from seawall.hedge.layers import session_date
from seawall.hedge.stack.base import Situation
from seawall.instruments.option import EuropeanOption, Right
from seawall.instruments.structures import Structure
from seawall.kernels.spread import SPX_SPREAD, TICK_CHANGE, half_spread
from seawall.market.chain import CALL, PUT, Chain, settlement, volume_at
from seawall.market.expiry import STEP, Expiry, modelled_expiry, quoted_expiry

SIDE: Final = {"call": CALL, "put": PUT}


class QuotedLegs(NamedTuple):
    """Legs of a structure as they are ordered, and whether every quote was observed."""

    legs: tuple[OrderLeg, ...]
    origin: Origin


def expiry_in(at: Situation, days: float) -> Expiry:
    """The SPX expiry nearest to ``days`` away, as quoted that day, else modelled; raises ``MissingExpiryError``."""
    chain = at.spx_chain
    if chain is not None:
        return at.known.get(chain, ("expiry", days), lambda: quoted_expiry(chain, None, days))
    return at.known.get(at.state, ("expiry", days), lambda: modelled_expiry(at.state, None, days))


def legs_of(at: Situation, structure: Structure, sign: float) -> QuotedLegs:
    """Order legs that buy (``sign`` +1) or sell (-1) a structure of SPX options."""
    legs, origins = [], set()
    for leg in structure.legs:
        option = leg.option
        assert isinstance(option, EuropeanOption)  # noqa: S101 (callers pass SPX structures)
        bid, ask, origin = _quote(at, option)
        day = session_date(option.expires)
        legs.append(
            OrderLeg("option", _root(option), sign * leg.units, bid, ask, option.multiplier, day, option.strike,
                     option.right)
        )  # fmt: skip
        origins.add(origin)
    return QuotedLegs(tuple(legs), origins.pop() if len(origins) == 1 else Origin.MODELLED)


def strike_listed(at: Situation, like: EuropeanOption, wanted: float) -> float:
    """Strike nearest to ``wanted`` quoted that day at the expiry and right of ``like``; unquoted, every five points."""
    listed = _listed(at.spx_chain, like, like.right)
    if listed is None:
        return STEP * round(wanted / STEP)
    return float(min(listed.strike, key=lambda strike: (abs(strike - wanted), strike)))


def volume_of(at: Situation, option: EuropeanOption) -> float | None:
    """Contracts of an SPX option traded that day; None where it is not quoted, or its volume is not known."""
    listed = _listed(at.spx_chain, option, option.right)
    return None if listed is None else volume_at(listed, option.strike)


def _quote(at: Situation, option: EuropeanOption) -> tuple[float, float, Origin]:
    """Bid, ask and their origin; modelled quotes are rounded away from mid to the tick."""
    listed = _listed(at.spx_chain, option, option.right)
    if listed is not None and (listed.strike == option.strike).any():
        row = int(np.flatnonzero(listed.strike == option.strike)[0])
        return float(listed.bid[row]), float(listed.ask[row]), listed.origin
    view = at.state.view()
    greeks, forward = option.greeks(view)
    mid, years = float(greeks.price[0]), view.years(option.expires)
    vol = float(view.vol(option.factor, option.strike, years)[0])
    half = half_spread(SPX_SPREAD, float(forward[0]), abs(float(greeks.delta[0])), years, vol, mid)
    return max(_ticks(mid - half, math.floor), 0.0), _ticks(mid + half, math.ceil), Origin.MODELLED


def _ticks(price: float, rounded: Callable[[float], int]) -> float:
    tick = SPX_SPREAD.tick_low if price < TICK_CHANGE else SPX_SPREAD.tick_high
    return round(tick * rounded(price / tick + (1e-9 if rounded is math.floor else -1e-9)), 2)


def _listed(chain: Chain | None, like: EuropeanOption, right: Right) -> Chain | None:
    """Quotes at the expiry of an option that can be traded; None when the day has none."""
    if chain is None or like.factor != chain.underlying:
        return None
    rows = (chain.expiry == np.datetime64(session_date(like.expires), "D")) & (chain.right == SIDE[right])
    rows &= ((chain.root == _root(like)) | (chain.root == "")) & (chain.ask > chain.bid) & (chain.bid >= 0.0)
    return chain.take(rows) if rows.any() else None


def _root(option: EuropeanOption) -> str:
    """SPX settles on the opening of its day, SPXW on the close."""
    return "SPX" if option.expires == settlement("SPX", "SPX", session_date(option.expires)) else "SPXW"
