"""A cross-margin account: several perps on one collateral, which live and die together (METHOD 1.6).

Each leg is a position of its own, and so is the collateral; all of them look at the whole account in every move, so
that their values add up to what the account is worth.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.errors import DomainError, MarginError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.margin_terms import MarginTerms
from seawall.instruments.option import positive
from seawall.instruments.perp import PAID_ONLY, FundingTerms, checked_size
from seawall.kernels.margin import BACKSTOP, Liquidation, cross_liquidation_prices, maintenance
from seawall.kernels.perp import bankruptcy_price
from seawall.market.state import State, View

Array = NDArray[np.float64]

CASH: Final = "USD"
"""Factor of collateral: it has no price of its own."""


@dataclass(frozen=True, slots=True)
class AccountLeg:
    """``size`` coins of ``factor`` (negative when short). ``entry`` None: unknown, its P&L counts from today's mark."""

    label: str
    factor: str
    size: float
    entry: float | None
    terms: MarginTerms
    funding: FundingTerms = PAID_ONLY
    leverage: float | None = None

    def __post_init__(self) -> None:
        checked_size(self.size)
        if self.entry is not None:
            positive(self.entry, "entry price")
            self.terms.check_opening(abs(self.size) * self.entry, self.leverage)


@dataclass(frozen=True, slots=True)
class PerpAccount:
    """``collateral`` dollars and the legs it carries; a leg whose entry is unknown counts from the mark, so that then
    ``collateral`` is what the account was worth without it at that mark.

    ``keeps_remainder``: closed in the book while more than the backstop's share of maintenance is left, the account
    keeps what is left; False (the default) counts it as lost. Beyond the backstop nothing is left either way.
    ``interest``: paid on the collateral, per year. Raises ``MarginError`` for two legs on one market, or none.
    """

    name: str
    venue: str | None
    collateral: float
    legs: tuple[AccountLeg, ...]
    keeps_remainder: bool = False
    interest: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.collateral) and self.collateral >= 0.0):
            raise DomainError(f"collateral of account {self.name} must not be negative, was {self.collateral}")
        if not self.legs:
            raise MarginError(f"account {self.name} carries no position: add one with `account: {self.name}`")
        factors = [leg.factor for leg in self.legs]
        twice = sorted({factor for factor in factors if factors.count(factor) > 1})
        if twice:
            raise MarginError(f"account {self.name} has two positions in {twice[0]}: a venue nets them, state the net")

    @property
    def factors(self) -> tuple[str, ...]:
        """Assets of its legs, in order."""
        return tuple(leg.factor for leg in self.legs)

    def pnl(self, index: int, view: View) -> Array:
        """Unrealised P&L of one leg as if nothing were ever closed, shape (n,)."""
        leg = self.legs[index]
        opened = view.state.asset(leg.factor).spot.value if leg.entry is None else leg.entry
        return leg.size * (view.spot(leg.factor) - opened)

    def equity(self, view: View) -> Array:
        """Collateral plus all unrealised P&L as if nothing were ever closed, shape (n,)."""
        worth = np.full(view.moves.size, self.collateral)
        for index in range(len(self.legs)):
            worth += self.pnl(index, view)
        return worth

    def maintenance_margin(self, view: View) -> Array:
        """Dollars that must be left, shape (n,)."""
        required = np.zeros(view.moves.size)
        for leg in self.legs:
            required += maintenance(abs(leg.size) * view.spot(leg.factor), leg.terms.schedule())
        return required

    def alive(self, view: View) -> NDArray[np.bool_]:
        """Where the account has not been liquidated in that move, shape (n,)."""
        return self.equity(view) > self.maintenance_margin(view)

    def remainder(self, view: View) -> Array:
        """What a liquidated account is left with, shape (n,); 0 where it lives."""
        equity, required = self.equity(view), self.maintenance_margin(view)
        kept = self.keeps_remainder & (equity <= required) & (equity >= BACKSTOP * required)
        return np.where(kept, equity, 0.0)

    def liquidations(self, state: State, fraction: float = 1.0) -> tuple[Liquidation, ...]:
        """Price of each leg, other marks unchanged, at which equity is ``fraction`` of maintenance."""
        marks = [state.asset(leg.factor).spot.value for leg in self.legs]
        equity = float(self.equity(state.view())[0])
        tiers = [leg.terms.schedule() for leg in self.legs]
        return cross_liquidation_prices([leg.size for leg in self.legs], marks, equity, tiers, fraction)

    def bankruptcies(self, state: State) -> tuple[float, ...]:
        """Price of each leg, other marks unchanged, at which the account is worth nothing."""
        equity = float(self.equity(state.view())[0])
        marks = [state.asset(leg.factor).spot.value for leg in self.legs]
        return tuple(float(bankruptcy_price(leg.size, p, equity)) for leg, p in zip(self.legs, marks, strict=True))


@dataclass(frozen=True, slots=True)
class CrossPerp:
    """One leg of a cross account: its unrealised P&L while the account lives, nothing once it is liquidated."""

    account: PerpAccount
    index: int

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "linear_perp"

    @property
    def leg(self) -> AccountLeg:
        """Its terms."""
        return self.account.legs[self.index]

    @property
    def factor(self) -> str:
        """Its own asset; the account's other assets can end it too."""
        return self.leg.factor

    @property
    def factors(self) -> tuple[str, ...]:
        """Every asset its value depends on."""
        return self.account.factors

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    def value(self, view: View) -> Array:
        """Unrealised P&L in each move, shape (n,)."""
        return np.where(self.account.alive(view), self.account.pnl(self.index, view), 0.0)

    def dollar_gamma(self, view: View) -> Array:
        """Zero: the short gamma of perps sits in the aggregate liquidation book."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Delta and funding; carry is unknown when the funding rate is."""
        view = state.view()
        alive = bool(self.account.alive(view)[0])
        delta = self.leg.size * state.asset(self.factor).spot.value if alive else 0.0
        rate = self.leg.funding.rate(state, self.factor)
        return Exposure(
            value_usd=float(self.value(view)[0]),
            delta_usd=delta,
            carry_usd_per_year=None if rate is None else -delta * rate.value,
            status=() if alive else (Status.BREACHED,),
        )

    def density(self, state: State) -> ConvexityDensity | None:
        """None: linear until the account is liquidated."""
        return None


@dataclass(frozen=True, slots=True)
class AccountCash:
    """The collateral of a cross account: itself while the account lives, then what a liquidation leaves."""

    account: PerpAccount

    @property
    def kind(self) -> str:
        """Name shown in the ledger."""
        return "cash"

    @property
    def factor(self) -> str:
        """Dollars; the account's assets can end it."""
        return CASH

    @property
    def factors(self) -> tuple[str, ...]:
        """Every asset its value depends on."""
        return self.account.factors

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    def value(self, view: View) -> Array:
        """Dollars in each move, shape (n,)."""
        alive = self.account.alive(view)
        return np.where(alive, self.account.collateral, self.account.remainder(view))

    def dollar_gamma(self, view: View) -> Array:
        """Zero."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Its value, and the interest it earns."""
        value = float(self.value(state.view())[0])
        alive = bool(self.account.alive(state.view())[0])
        status = () if alive else (Status.BREACHED,)
        return Exposure(value_usd=value, carry_usd_per_year=value * self.account.interest, status=status)

    def density(self, state: State) -> ConvexityDensity | None:
        """None."""
        return None
