"""What a VIX call costs to hold and to trade, and the session of an instant: what every layer counts with."""

from datetime import date, datetime
from typing import Final

from seawall.core.clock import NEW_YORK
from seawall.instruments.vix import VixOption, standstill_cost, still_future_cost
from seawall.kernels.spread import VIX_SPREAD, half_spread
from seawall.market.state import State

MONTHS_LISTED: Final = 9
FARTHEST_DAYS: Final = 30
"""An expiry farther than this from a layer's target is not a stand-in for it (METHOD 7.1)."""
COMMISSION_USD: Final = 1.0


def carry_to_roll(option: VixOption, state: State, days: float) -> float:
    """Dollars per year one contract costs, bought and held ``days`` (at least one) in a market that stands still; >= 0.

    The larger of two readings, VIX still (its future rolls along the curve) and the future still, so that an inverted
    curve does not make a hedge look free; the round trip through the spread and the commissions is part of it.
    """
    held = max(days, 1.0)
    round_trip = 2.0 * (option.multiplier * modelled_half(option, state) + COMMISSION_USD)
    decay = max(standstill_cost(option, state, held), still_future_cost(option, state, held), 0.0)
    return (decay + round_trip) * 365.0 / held


def modelled_half(option: VixOption, state: State) -> float:
    """Points between mid and ask of a VIX option without a quote (``kernels.spread``)."""
    view = state.view()
    greeks, future = option.greeks(view)
    delta, mid = abs(float(greeks.delta[0])), float(greeks.price[0])
    vol = float(view.vix_option_vol(option.strike, option.expires)[0])
    return half_spread(VIX_SPREAD, float(future[0]), delta, view.years(option.expires), vol, mid)


def session_date(now: datetime) -> date:
    """Calendar date in New York."""
    return now.astimezone(NEW_YORK).date()
