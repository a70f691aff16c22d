"""A layer in today's market: the listed VIX call it would buy, its quotes, and what it costs to hold."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from seawall.core.clock import settlement_instant, vix_expiries
from seawall.core.errors import MissingExpiryError
from seawall.hedge.policy import Layer
from seawall.instruments.vix import VixOption, standstill_cost, still_future_cost
from seawall.kernels.spread import VIX_SPREAD, half_spread
from seawall.kernels.strikes import VolView, vol_strike
from seawall.market.state import State

MONTHS_LISTED: Final = 9
FARTHEST_DAYS: Final = 30
"""An expiry farther than this from a layer's target is not a stand-in for it (METHOD 7.1)."""
COMMISSION_USD: Final = 1.0


def nearest_expiry(layer: Layer, today: date) -> date:
    """Monthly VIX expiry nearest to the layer's target, the earlier of two; raises ``MissingExpiryError``."""
    listed = vix_expiries(today, MONTHS_LISTED)
    alive = [day for day in listed if (day - today).days > layer.roll_days]
    best = min(alive, key=lambda day: abs((day - today).days - layer.target_days), default=None)
    if best is None or abs((best - today).days - layer.target_days) > FARTHEST_DAYS:
        raise MissingExpiryError(
            f"layer {layer.name}: no listed VIX expiry within {FARTHEST_DAYS} days of {layer.target_days} days on "
            f"{today}: change target_days"
        )
    return best


@dataclass(frozen=True, slots=True)
class LayerQuote:
    """One contract of a layer: the option, its expiry date, and dollars per contract unless said otherwise.

    ``mid`` and ``ask`` are points. ``carry_usd_per_year``: what a contract loses per year, held from now to
    its roll, while VIX, its curve and its volatility rule stand still (>= 0). ``vega_usd_per_point``: per
    point of its future.
    """

    layer: Layer
    option: VixOption
    expiry: date
    mid: float
    ask: float
    future: float
    delta: float
    carry_usd_per_year: float
    vega_usd_per_point: float

    @property
    def cost_usd(self) -> float:
        """Dollars to buy one contract at the ask, commission included."""
        return self.ask * self.option.multiplier + COMMISSION_USD


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


def quote_layer(layer: Layer, state: State) -> LayerQuote:
    """The call a layer would buy now. Raises ``MissingExpiryError`` and ``MissingDataError`` (no VIX)."""
    today = session_date(state.now)
    expiry = nearest_expiry(layer, today)
    expires = settlement_instant("VIX", expiry)
    view = state.view()
    future = float(view.vix_future(expires)[0])
    strike = vol_strike(VolView(future, view.years(expires), state.vix_market().vvix.value, view.rate()), layer.delta)
    option = VixOption("call", strike, expires)
    greeks, _ = option.greeks(view)
    mid, delta = float(greeks.price[0]), float(greeks.delta[0])
    return LayerQuote(
        layer=layer,
        option=option,
        expiry=expiry,
        mid=mid,
        ask=round(mid + modelled_half(option, state), 2),
        future=future,
        delta=delta,
        carry_usd_per_year=carry_to_roll(option, state, (expiry - today).days - layer.roll_days),
        vega_usd_per_point=option.multiplier * delta,
    )


NEW_YORK: Final = ZoneInfo("America/New_York")


def session_date(now: datetime) -> date:
    """Calendar date in New York."""
    return now.astimezone(NEW_YORK).date()
