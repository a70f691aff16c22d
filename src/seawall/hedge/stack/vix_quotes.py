"""VIX options and futures as a layer finds them listed: strikes, quotes or their model, what they cost to hold."""

import datetime as dt
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import settlement_instant, vix_expiries
from seawall.core.datum import Origin
from seawall.core.errors import MissingExpiryError
from seawall.core.units import VIX_FUTURE_MULTIPLIER, VIX_OPTION_MULTIPLIER
from seawall.hedge.candidates import Candidate, OrderLeg
from seawall.hedge.layers import FARTHEST_DAYS, MONTHS_LISTED, carry_to_roll, modelled_half, session_date
from seawall.hedge.stack.base import CALL, Situation
from seawall.instruments.structures import Leg, Structure
from seawall.instruments.vix import VixFuture, VixOption, roll_down_per_year
from seawall.kernels.strikes import VIX_GRID_END, vol_grid
from seawall.market.chain import CALL as CALLS
from seawall.market.chain import Chain, volume_at

FUTURE_HALF_SPREAD: Final = 0.05
"""Points (METHOD 8.2)."""
FUTURE_TICK: Final = 0.05
"""Points, the exchange's smallest step; quotes are rounded away from the settlement."""
FUTURE_MARGIN: Final = 0.30
"""Initial margin as a share of notional: an assumption, the exchange's dated table is not in the tree."""


def months(today: dt.date, low: int, high: int) -> list[dt.date]:
    """Monthly VIX expiries between ``low`` and ``high`` calendar days away."""
    return [day for day in vix_expiries(today, MONTHS_LISTED) if low <= (day - today).days <= high]


def month_near(today: dt.date, days: int, roll_days: int, name: str) -> dt.date:
    """Expiry nearest to ``days`` away and beyond ``roll_days``; raises ``MissingExpiryError`` if 30 days off."""
    alive = [day for day in vix_expiries(today, MONTHS_LISTED) if (day - today).days > roll_days]
    best = min(alive, key=lambda day: abs((day - today).days - days), default=None)
    if best is None or abs((best - today).days - days) > FARTHEST_DAYS:
        raise MissingExpiryError(
            f"layer {name}: no listed VIX expiry within {FARTHEST_DAYS} days of {days} days on {today}: change its days"
        )
    return best


def future_level(at: Situation, expiry: dt.date) -> float:
    """VIX future of an expiry, points."""
    return float(at.state.view().vix_future(settlement_instant("VIX", expiry))[0])


def strike_near(wanted: float) -> float:
    """Listed VIX strike nearest to a level, the lower of two."""
    return min((vol_grid(place) for place in range(VIX_GRID_END)), key=lambda strike: (abs(strike - wanted), strike))


class Quoted(NamedTuple):
    """An order leg, the option it trades, and whether its quotes were observed or modelled."""

    leg: OrderLeg
    option: VixOption
    origin: Origin


def call_leg(at: Situation, expiry: dt.date, strike: float, ratio: float = 1.0) -> Quoted:
    """A VIX call at the day's quotes where it is listed; else modelled, rounded away from mid to the cent."""
    option = VixOption(CALL, strike, settlement_instant("VIX", expiry))
    listed = _listed(at.vix_chain, expiry)
    if listed is not None and (listed.strike == strike).any():
        row = int(np.flatnonzero(listed.strike == strike)[0])
        bid, ask, origin = float(listed.bid[row]), float(listed.ask[row]), listed.origin
    else:
        mid = float(option.value(at.state.view())[0]) / option.multiplier
        half = modelled_half(option, at.state)
        bid, ask, origin = max(round(mid - half, 2), 0.0), round(mid + half, 2), Origin.MODELLED
    leg = OrderLeg("option", "VIX", ratio, bid, ask, float(VIX_OPTION_MULTIPLIER), expiry, strike, CALL)
    return Quoted(leg, option, origin)


def _listed(chain: Chain | None, expiry: dt.date) -> Chain | None:
    """VIX calls of an expiry that can be bought: an ask above the bid; None when the day has none."""
    if chain is None:
        return None
    rows = (chain.expiry == np.datetime64(expiry, "D")) & (chain.right == CALLS) & (chain.ask > chain.bid)
    rows &= chain.bid >= 0.0
    return chain.take(rows) if rows.any() else None


def call_volume(at: Situation, option: VixOption) -> float | None:
    """Contracts of a VIX call traded that day; None where it is not quoted, or its volume is not known."""
    listed = _listed(at.vix_chain, session_date(option.expires)) if option.right == CALL else None
    return None if listed is None else volume_at(listed, option.strike)


def tradable_strike(at: Situation, expiry: dt.date, wanted: float) -> float:
    """Strike nearest to ``wanted`` among those quoted that day, else among those usually listed; the lower of two."""
    listed = _listed(at.vix_chain, expiry)
    if listed is None:
        return strike_near(wanted)
    return float(min(listed.strike, key=lambda strike: (abs(strike - wanted), strike)))


def calls(at: Situation, layer: str, rule: str, expiry: dt.date, rungs: Sequence[tuple[float, float]], weight: float,
          roll_days: int = 0) -> Candidate:  # fmt: skip
    """Long calls of one expiry, ``rungs`` of (strike, contracts), as one candidate fully paid."""
    legs, parts, carry, vega, origins = [], [], 0.0, 0.0, set()
    held = (expiry - at.today).days - roll_days
    for strike, count in rungs:
        leg, option, origin = call_leg(at, expiry, strike, count)
        legs.append(leg)
        origins.add(origin)
        parts.append(Leg(option, count))
        carry += count * carry_to_roll(option, at.state, held)
        vega += count * option.exposure(at.state).vega_usd_per_point
    single = len(parts) == 1 and parts[0].units == 1.0
    instrument = parts[0].option if single else Structure("call_ladder", tuple(parts))
    strikes = "/".join(f"{strike:g}" for strike, _ in rungs)
    label = f"{layer} VIX {expiry:%b %y} {strikes} call{'s' if len(rungs) > 1 else ''}"
    seen = origins.pop() if len(origins) == 1 else Origin.MODELLED
    return Candidate(layer, rule, label, tuple(legs), instrument, carry, 0.0, vega, weight, "VIX", origin=seen)


def future(at: Situation, layer: str, rule: str, expiry: dt.date, weight: float, ratio: float = 1.0) -> Candidate:
    """A VIX future, bought or sold; carry is its roll down the curve while VIX stands still."""
    level = future_level(at, expiry)
    expires = settlement_instant("VX", expiry)
    bid = FUTURE_TICK * math.floor((level - FUTURE_HALF_SPREAD) / FUTURE_TICK + 1e-9)
    ask = FUTURE_TICK * math.ceil((level + FUTURE_HALF_SPREAD) / FUTURE_TICK - 1e-9)
    leg = OrderLeg("future", "VX", ratio, round(bid, 2), round(ask, 2), float(VIX_FUTURE_MULTIPLIER), expiry)
    instrument = VixFuture(expires, level)
    roll = -VIX_FUTURE_MULTIPLIER * roll_down_per_year(at.state, expires)
    margin = FUTURE_MARGIN * level * VIX_FUTURE_MULTIPLIER
    return Candidate(
        layer, rule, f"{layer} VX {expiry:%b %y}", (leg,), instrument, max(ratio * roll, 0.0), margin,
        ratio * VIX_FUTURE_MULTIPLIER, weight, "VIX", origin=_curve_origin(at),
    )  # fmt: skip


def _curve_origin(at: Situation) -> Origin:
    return at.state.vix_market().curve.origin
