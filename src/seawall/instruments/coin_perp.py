"""Inverse perps, margined in coin, and power perps: payoffs that are no line in coin, or none in dollars."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, of_inverse_perp, of_power_perp
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.margin_terms import MarginTerms, flat_terms
from seawall.instruments.option import positive
from seawall.instruments.perp import PAID_ONLY, FundingTerms, checked_size
from seawall.kernels.margin import BACKSTOP, Liquidation, inverse_liquidation_price, maintenance
from seawall.kernels.perp import (
    inverse_bankruptcy_price,
    inverse_gamma_coin,
    inverse_pnl,
    inverse_value_usd,
    power_break_even_vol,
    power_delta,
    power_fair_funding,
    power_gamma,
    power_value,
)
from seawall.market.state import State, View

Array = NDArray[np.float64]

FAIR_YEARS = 30.0 / 365.0
"""Tenor of the volatility that the fair funding of a power perp is stated for."""


@dataclass(frozen=True, slots=True)
class InversePerp:
    """``contracts`` dollars of notional (negative when short) on ``coins`` of collateral, opened at ``entry``.

    Earns N (1/P0 - 1/P) coins: short convexity in coin when long, and no gamma in dollars, where the collateral moves
    with the price. Maintenance is a share of the notional in coin, or tiers in coin. Worth nothing once liquidated.
    """

    factor: str
    contracts: float
    entry: float
    coins: float
    maintenance: float | MarginTerms
    funding: FundingTerms = PAID_ONLY

    def __post_init__(self) -> None:
        checked_size(self.contracts)
        positive(self.entry, "entry price")
        positive(self.coins, "coin collateral")
        notional = abs(self.contracts) / self.entry
        self.terms.check_opening(notional, max(notional / self.coins, 1.0))

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "inverse_perp"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    @property
    def terms(self) -> MarginTerms:
        """Maintenance tiers, in coin."""
        return self.maintenance if isinstance(self.maintenance, MarginTerms) else flat_terms(self.maintenance)

    def coin_equity(self, view: View) -> Array:
        """Coins of collateral plus unrealised P&L as if it were never closed, shape (n,)."""
        return self.coins + inverse_pnl(self.contracts, self.entry, view.spot(self.factor))

    def coin_maintenance(self, view: View) -> Array:
        """Coins that must be left, shape (n,)."""
        return maintenance(abs(self.contracts) / view.spot(self.factor), self.terms.schedule())

    def liquidation_price(self, mark: float, fraction: float = 1.0) -> Liquidation:
        """Price at which the coins fall to ``fraction`` of maintenance; infinite, NEVER, for a covered short."""
        coins = self.coins + float(inverse_pnl(self.contracts, self.entry, mark))
        return inverse_liquidation_price(self.contracts, mark, coins, self.terms.schedule(), fraction=fraction)

    def backstop_price(self, mark: float) -> Liquidation:
        """Price at which two thirds of maintenance are left."""
        return self.liquidation_price(mark, BACKSTOP)

    def bankruptcy_price(self, mark: float) -> float:
        """Price at which the coins are gone; infinite for a covered short."""
        coins = self.coins + float(inverse_pnl(self.contracts, self.entry, mark))
        return float(inverse_bankruptcy_price(self.contracts, mark, coins))

    def alive(self, view: View) -> NDArray[np.bool_]:
        """Where it has not been liquidated, shape (n,)."""
        return self.coin_equity(view) > self.coin_maintenance(view)

    def coin_value(self, view: View) -> Array:
        """Coins it is worth, shape (n,)."""
        return np.where(self.alive(view), self.coin_equity(view), 0.0)

    def coin_gamma(self, view: View) -> Array:
        """Coins per dollar squared, ``-2N/P^3`` while it lives, shape (n,)."""
        return np.where(self.alive(view), inverse_gamma_coin(self.contracts, view.spot(self.factor)), 0.0)

    def equity(self, view: View) -> Array:
        """Dollars as if it were never closed, shape (n,)."""
        return inverse_value_usd(self.coins, self.contracts, self.entry, view.spot(self.factor))

    def maintenance_margin(self, view: View) -> Array:
        """Dollars that must be left, shape (n,)."""
        return self.coin_maintenance(view) * view.spot(self.factor)

    def value(self, view: View) -> Array:
        """Dollars: the coins at the price of each move."""
        return np.where(self.alive(view), self.equity(view), 0.0)

    def dollar_gamma(self, view: View) -> Array:
        """Zero in dollars."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Delta in dollars, that of C + N/P0 coins, and funding on N dollars."""
        view = state.view()
        alive = bool(self.alive(view)[0])
        units = self.coins + self.contracts / self.entry if alive else 0.0
        rate = self.funding.rate(state, self.factor)
        return Exposure(
            value_usd=float(self.value(view)[0]),
            delta_usd=units * state.asset(self.factor).spot.value,
            carry_usd_per_year=0.0 if not alive else None if rate is None else -self.contracts * rate.value,
            status=() if alive else (Status.BREACHED,),
        )

    def coin_density(self) -> ConvexityDensity:
        """``+2N/q^3`` of its value in coin: short convexity when long (METHOD 2.1)."""
        return of_inverse_perp(self.contracts)

    def density(self, state: State) -> ConvexityDensity | None:
        """None: in dollars it is linear."""
        return None


@dataclass(frozen=True, slots=True)
class PowerPerp:
    """``size`` units of ``scale S^power``, negative when short, valued at its mark as an option is.

    ``paid``: funding a long pays per year as a share of value, as it was paid; None when unknown, and carry is then
    unknown too: the fair rate is never put in its place. The margin of a short is not modelled. Raises ``DomainError``
    for a power without convexity of one sign, 0 <= p <= 1.
    """

    factor: str
    size: float
    power: float
    scale: float = 1.0
    paid: float | None = None

    def __post_init__(self) -> None:
        checked_size(self.size)
        positive(self.scale, "scale of a power perp")
        power_break_even_vol(0.0, self.power)

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "power_perp"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    @property
    def units(self) -> float:
        """Units of S^p."""
        return self.size * self.scale

    def value(self, view: View) -> Array:
        """Dollars, negative when short."""
        return power_value(self.units, view.spot(self.factor), self.power)

    def dollar_gamma(self, view: View) -> Array:
        """``p (p-1) q S^p``."""
        return power_gamma(self.units, view.spot(self.factor), self.power)

    def fair_funding(self, state: State) -> float:
        """Modelled: ``1/2 p (p-1) sigma^2`` a year at the market's 30-day volatility, share of value."""
        spot = state.asset(self.factor).spot.value
        level = float(state.view().vol(self.factor, spot, FAIR_YEARS)[0])
        return float(power_fair_funding(level, self.power))

    def exposure(self, state: State) -> Exposure:
        """Value, delta and gamma; carry is the funding as paid."""
        spot = state.asset(self.factor).spot.value
        value = float(power_value(self.units, spot, self.power))
        return Exposure(
            value_usd=value,
            delta_usd=float(power_delta(self.units, spot, self.power)),
            gamma_usd=float(power_gamma(self.units, spot, self.power)),
            carry_usd_per_year=None if self.paid is None else -value * self.paid,
        )

    def density(self, state: State) -> ConvexityDensity:
        """``-p (p-1) q^(p-2)``: long convexity when held."""
        return of_power_perp(self.power, self.units)


def checked_coins(contracts: float, entry: float, leverage: float) -> float:
    """Coins that ``leverage`` posts for N dollars at ``entry``. Raises ``DomainError`` for a leverage below 1."""
    if not leverage >= 1.0:
        raise DomainError(f"leverage must be at least 1, was {leverage}")
    return abs(contracts) / entry / leverage
