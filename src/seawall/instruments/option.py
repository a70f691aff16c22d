"""A European option on an asset with a price, settled in cash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, of_short_option
from seawall.core.clock import years_between
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.instruments.base import Exposure
from seawall.kernels.black import Greeks, black
from seawall.market.state import State, View

Array = NDArray[np.float64]
Right = Literal["call", "put"]


def side_of(right: Right) -> float:
    """+1 for a call, -1 for a put."""
    return 1.0 if right == "call" else -1.0


def positive(value: float, what: str) -> None:
    """Raise ``DomainError`` unless ``value`` is finite and above zero."""
    if not (np.isfinite(value) and value > 0.0):
        raise DomainError(f"{what} must be a positive number, was {value}")


@dataclass(frozen=True, slots=True)
class EuropeanOption:
    """One contract on ``factor``; ``expires`` is the settlement instant, AM or PM already decided by the root.

    Priced by Black-76 on the forward of its own expiry (METHOD 1.1, 4). Raises ``DomainError`` for a strike that is
    not positive.
    """

    factor: str
    right: Right
    strike: float
    expires: datetime
    multiplier: float = SPX_OPTION_MULTIPLIER

    def __post_init__(self) -> None:
        positive(self.strike, "strike")
        positive(self.multiplier, "multiplier")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "option"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """Its one expiry."""
        return (self.expires,)

    def greeks(self, view: View) -> tuple[Greeks, Array]:
        """Forward-form greeks of one option on one unit, and the forward; shape (n,) each."""
        years = view.years(self.expires)
        forward = view.forward(self.factor, years)
        vol = view.vol(self.factor, self.strike, years)
        return black(forward, self.strike, years, vol, view.rate(), side_of(self.right)), forward

    def value(self, view: View) -> Array:
        """Dollars per contract; intrinsic once it has expired."""
        return self.multiplier * self.greeks(view)[0].price

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2 per contract (spot gamma S^2 = forward gamma F^2)."""
        greeks, forward = self.greeks(view)
        return self.multiplier * greeks.gamma * forward**2

    def exposure(self, state: State) -> Exposure:
        """Value and greeks now; theta with spot held, in the spot form of METHOD 1.1."""
        view = state.view()
        g, forward = self.greeks(view)
        carry = view.rate() - state.asset(self.factor).income_yield
        theta = float((g.theta - carry * forward * g.delta)[0]) * self.multiplier
        expired = years_between(state.now, self.expires) <= 0.0
        return Exposure(
            value_usd=self.multiplier * float(g.price[0]),
            delta_usd=self.multiplier * float((g.delta * forward)[0]),
            gamma_usd=self.multiplier * float((g.gamma * forward**2)[0]),
            vega_usd_per_point=self.multiplier * float(g.vega[0]) / 100.0,
            vanna_usd_per_point=self.multiplier * float((g.vanna * forward)[0]) / 100.0,
            volga_usd_per_point2=self.multiplier * float(g.volga[0]) / 1e4,
            theta_usd_per_year=theta,
            carry_usd_per_year=theta,
            status=(Status.EXPIRED,) if expired else (),
        )

    def density(self, state: State) -> ConvexityDensity:
        """A Dirac mass at the strike, negative because a long option is long convexity."""
        years = max(years_between(state.now, self.expires), 0.0)
        return of_short_option(self.strike, -self.multiplier, years)
