"""A European option on an asset with a price, settled in cash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

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
        greeks, forward = strikes_of((self,)).greeks(view)
        return Greeks(*(rows[0] for rows in greeks)), forward

    def value(self, view: View) -> Array:
        """Dollars per contract; intrinsic once it has expired."""
        value: Array = strikes_of((self,)).values(view)[0]
        return value

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2 per contract (spot gamma S^2 = forward gamma F^2)."""
        gamma: Array = strikes_of((self,)).dollar_gammas(view)[0]
        return gamma

    def exposure(self, state: State) -> Exposure:
        """Value and greeks now; theta with spot held, in the spot form of METHOD 1.1."""
        return strikes_of((self,)).exposures(state)[0]

    def density(self, state: State) -> ConvexityDensity:
        """A Dirac mass at the strike, negative because a long option is long convexity."""
        years = max(years_between(state.now, self.expires), 0.0)
        return of_short_option(self.strike, -self.multiplier, years)


class Strikes(NamedTuple):
    """Options that share underlying and expiry, column by column: ``strike``, ``side``, ``multiplier`` (m, 1)."""

    factor: str
    expires: datetime
    strike: Array
    side: Array
    multiplier: Array

    def part(self, which: slice) -> "Strikes":
        """Some of them."""
        return self._replace(strike=self.strike[which], side=self.side[which], multiplier=self.multiplier[which])

    def greeks(self, view: View) -> tuple[Greeks, Array]:
        """Forward-form greeks of each option on one unit, shape (m, n), and their forward, shape (n,)."""
        years = view.years(self.expires)
        forward = view.forward(self.factor, years)
        vol = view.vol(self.factor, self.strike, years)
        return black(forward, self.strike, years, vol, view.rate(), self.side), forward

    def values(self, view: View) -> Array:
        """Dollars per contract, shape (m, n)."""
        return self.multiplier * self.greeks(view)[0].price

    def dollar_gammas(self, view: View) -> Array:
        """Gamma S^2 per contract, shape (m, n)."""
        greeks, forward = self.greeks(view)
        return self.multiplier * greeks.gamma * forward**2

    def exposures(self, state: State) -> tuple[Exposure, ...]:
        """Value and greeks of each contract now."""
        view = state.view()
        g, forward = self.greeks(view)
        carry = view.rate() - state.asset(self.factor).income_yield
        status = (Status.EXPIRED,) if years_between(state.now, self.expires) <= 0.0 else ()
        theta = g.theta - carry * forward * g.delta
        unit = (g.price, g.delta * forward, g.gamma * forward**2, g.vega / 100.0, g.vanna * forward / 100.0,
                g.volga / 1e4, theta)  # fmt: skip
        return tuple(
            Exposure(
                value_usd=value,
                delta_usd=delta,
                gamma_usd=gamma,
                vega_usd_per_point=vega,
                vanna_usd_per_point=vanna,
                volga_usd_per_point2=volga,
                theta_usd_per_year=decay,
                carry_usd_per_year=decay,
                status=status,
            )
            for value, delta, gamma, vega, vanna, volga, decay in (np.hstack(unit) * self.multiplier).tolist()
        )


def strikes_of(options: Sequence[EuropeanOption]) -> Strikes:
    """Options, at least one, that share underlying and expiry."""
    terms = np.array([(option.strike, side_of(option.right), option.multiplier) for option in options])
    return Strikes(options[0].factor, options[0].expires, terms[:, :1], terms[:, 1:2], terms[:, 2:])


class Group(NamedTuple):
    """Options of one underlying and expiry: ``owners`` (m,), whose parts they are; ``units`` (m, 1) of each held."""

    owners: NDArray[np.intp]
    units: Array
    strikes: Strikes

    def exposures(self, state: State) -> list[tuple[int, Exposure]]:
        """Owner, and value and greeks of all units, of each option."""
        held = zip(self.owners.tolist(), self.units[:, 0].tolist(), self.strikes.exposures(state), strict=True)
        return [(owner, unit.scaled(units)) for owner, units, unit in held]


def grouped(held: Iterable[tuple[int, float, EuropeanOption]]) -> tuple[Group, ...]:
    """Owner, units and option of any number, by underlying and expiry."""
    found: dict[tuple[str, datetime], list[tuple[int, float, EuropeanOption]]] = {}
    for one in held:
        found.setdefault((one[2].factor, one[2].expires), []).append(one)
    return tuple(
        Group(
            np.array([owner for owner, _, _ in ones]),
            np.array([[units] for _, units, _ in ones]),
            strikes_of([option for _, _, option in ones]),
        )
        for ones in found.values()
    )
