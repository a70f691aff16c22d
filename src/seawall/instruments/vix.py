"""VIX futures, and options whose underlying is the future of the same expiry, never the index."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.clock import years_between
from seawall.core.status import Status
from seawall.core.units import VIX_FUTURE_MULTIPLIER, VIX_OPTION_MULTIPLIER
from seawall.instruments.base import Exposure
from seawall.instruments.option import Right, positive, side_of
from seawall.kernels.black import Greeks, black
from seawall.kernels.modelled import vix_option_vol
from seawall.market.state import Moves, State, View

Array = NDArray[np.float64]


def roll_down_per_year(state: State, expires: datetime) -> float:
    """Points per year that the future of an expiry moves while VIX and its curve stand still (one day, times 365)."""
    tomorrow = state.view(Moves(days=1.0)).vix_future(expires)
    return float((tomorrow - state.view().vix_future(expires))[0]) * 365.0


def curve_status(state: State, expires: datetime) -> tuple[Status, ...]:
    """What to know about the level of the future of this expiry."""
    years = years_between(state.now, expires)
    if years <= 0.0:
        return (Status.EXPIRED,)
    _, status = state.vix_market().curve.future(years)
    return () if status is Status.FOUND else (status,)


@dataclass(frozen=True, slots=True)
class VixFuture:
    """One VX contract: 1000 dollars a point, marked against ``entry`` (points), so its value is the unsettled P&L."""

    expires: datetime
    entry: float
    multiplier: float = VIX_FUTURE_MULTIPLIER

    def __post_init__(self) -> None:
        positive(self.entry, "entry level of a VIX future")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "vix_future"

    @property
    def factor(self) -> str:
        """VIX."""
        return "VIX"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """Its one expiry."""
        return (self.expires,)

    def value(self, view: View) -> Array:
        """Dollars gained since entry."""
        return self.multiplier * (view.vix_future(self.expires) - self.entry)

    def dollar_gamma(self, view: View) -> Array:
        """Zero: linear in its own price."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Delta to its own level; one point of the future is one point of 30-day forward SPX volatility."""
        level = float(state.view().vix_future(self.expires)[0])
        return Exposure(
            value_usd=self.multiplier * (level - self.entry),
            delta_usd=self.multiplier * level,
            vega_usd_per_point=self.multiplier,
            carry_usd_per_year=self.multiplier * roll_down_per_year(state, self.expires),
            status=curve_status(state, self.expires),
        )

    def density(self, state: State) -> ConvexityDensity | None:
        """None: its factor is not an asset with a price density."""
        return None


@dataclass(frozen=True, slots=True)
class VixOption:
    """One VIX option contract, Black-76 on the future of the SAME expiry (METHOD 4)."""

    right: Right
    strike: float
    expires: datetime
    multiplier: float = VIX_OPTION_MULTIPLIER

    def __post_init__(self) -> None:
        positive(self.strike, "strike")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "vix_option"

    @property
    def factor(self) -> str:
        """VIX."""
        return "VIX"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """Its one expiry."""
        return (self.expires,)

    def greeks(self, view: View) -> tuple[Greeks, Array]:
        """Forward-form greeks of an option on one point, and its future; shape (n,) each."""
        future = view.vix_future(self.expires)
        vol = view.vix_option_vol(self.strike, self.expires)
        return black(future, self.strike, view.years(self.expires), vol, view.rate(), side_of(self.right)), future

    def value(self, view: View) -> Array:
        """Dollars per contract."""
        return self.multiplier * self.greeks(view)[0].price

    def dollar_gamma(self, view: View) -> Array:
        """Gamma F^2 per contract, F the future."""
        greeks, future = self.greeks(view)
        return self.multiplier * greeks.gamma * future**2

    def exposure(self, state: State) -> Exposure:
        """Value and greeks; carry is what a day of a market that stands still brings, times 365.

        It differs from theta: as days pass the future rolls down its curve and its volatility rises by the tenor rule.
        """
        greeks, future = self.greeks(state.view())
        delta = float(greeks.delta[0])
        return Exposure(
            value_usd=self.multiplier * float(greeks.price[0]),
            delta_usd=self.multiplier * delta * float(future[0]),
            gamma_usd=self.multiplier * float((greeks.gamma * future**2)[0]),
            vega_usd_per_point=self.multiplier * delta,
            vol_of_vol_usd_per_point=self.multiplier * float(greeks.vega[0]) / 100.0,
            theta_usd_per_year=self.multiplier * float(greeks.theta[0]),
            carry_usd_per_year=-365.0 * standstill_cost(self, state, 1.0),
            status=curve_status(state, self.expires),
        )

    def density(self, state: State) -> ConvexityDensity | None:
        """None: its factor is not an asset with a price density."""
        return None


def standstill_cost(option: VixOption, state: State, days: float) -> float:
    """Dollars one contract loses in ``days`` while VIX, its curve and its volatility rule stand still."""
    held = min(days, max((option.expires - state.now) / timedelta(days=1), 0.0))
    later = option.value(state.view(Moves(days=held)))
    return float((option.value(state.view()) - later)[0])


def still_future_cost(option: VixOption, state: State, days: float) -> float:
    """Dollars one contract loses in ``days`` while its own future stands still and only time and its volatility
    pass."""
    view = state.view()
    left = max(view.years(option.expires) - days / 365.0, 0.0)
    future = float(view.vix_future(option.expires)[0])
    vol = vix_option_vol(option.strike, future, max(left, 1e-6), state.vix_market().vvix.value)
    later = black(future, option.strike, left, vol, view.rate(), side_of(option.right)).price
    return float(option.value(view)[0]) - option.multiplier * float(later)
