"""A linear perpetual with isolated margin: no gamma of its own, funding as carry, and a price where it ends."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.datum import Datum
from seawall.core.errors import ConventionError, DomainError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.margin_terms import MarginTerms, flat_terms
from seawall.instruments.option import positive
from seawall.instruments.venues import paid_or_modelled, venue
from seawall.kernels.funding import annual_rate
from seawall.kernels.margin import BACKSTOP, Liquidation, liquidation_price, maintenance
from seawall.kernels.perp import bankruptcy_price
from seawall.market.state import State, View

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FundingTerms:
    """Where funding comes from when the market states no paid rate: a venue's rule on an average premium (8 h)."""

    venue: str | None = None
    premium: float | None = None

    def rate(self, state: State, factor: str) -> Datum[float] | None:
        """What a long pays per year, share of notional; None when unknown.

        The rate the market says was paid always wins: it is never recomputed. Else the venue's formula on the stated
        premium, labelled modelled (METHOD 1.6).
        """
        paid = state.asset(factor).funding
        if paid is not None or self.venue is None or self.premium is None:
            return paid
        rule = venue(self.venue).funding
        stated = Datum(self.premium, state.now, state.now, f"premium stated in the book, {self.venue}")
        modelled = paid_or_modelled(rule, None, stated)
        return replace(modelled, value=float(annual_rate(modelled.value, rule.hours)))


PAID_ONLY: Final = FundingTerms()
"""Funding as the market says it was paid, unknown where it does not."""


def checked_size(size: float) -> None:
    """Raise ``DomainError`` for a size that is zero or no number."""
    if not np.isfinite(size) or size == 0.0:
        raise DomainError(f"size of a perp must be a number other than zero (negative when short), was {size}")


@dataclass(frozen=True, slots=True)
class LinearPerp:
    """``size`` coins (negative when short) opened at ``entry`` with ``leverage``, isolated collateral.

    ``maintenance``: a share of notional, or tiers. The collateral is |size| entry / leverage, or ``posted`` dollars.
    Without ``entry``, ``posted`` is what the position is worth at the market of the day it is valued on. Where equity
    falls to maintenance (METHOD 1.6) the venue closes it; from there on it is worth nothing here, which counts the
    remaining maintenance margin as lost. Raises ``MarginError`` for a leverage its tier does not allow.
    """

    factor: str
    size: float
    entry: float | None
    leverage: float | None
    maintenance: float | MarginTerms
    posted: float | None = None
    funding: FundingTerms = PAID_ONLY

    def __post_init__(self) -> None:
        checked_size(self.size)
        if self.posted is None and (self.entry is None or self.leverage is None):
            raise ConventionError("a perp needs its entry and leverage, or the collateral posted: state them")
        if self.posted is not None:
            positive(self.posted, "collateral of a perp")
        if self.entry is not None:
            positive(self.entry, "entry price")
            notional = abs(self.size) * self.entry
            leverage = self.leverage if self.posted is None else max(notional / self.posted, 1.0)
            self.terms.check_opening(notional, leverage)

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "linear_perp"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    @property
    def terms(self) -> MarginTerms:
        """Maintenance tiers."""
        return self.maintenance if isinstance(self.maintenance, MarginTerms) else flat_terms(self.maintenance)

    @property
    def collateral(self) -> float:
        """Dollars posted."""
        if self.posted is not None:
            return self.posted
        assert self.entry is not None and self.leverage is not None  # noqa: S101, PT018 (one of the two forms is there)
        return abs(self.size) * self.entry / self.leverage

    def opened(self, mark: float) -> float:
        """Price that P&L counts from: the entry, or the mark when it is unknown."""
        return mark if self.entry is None else self.entry

    def liquidation_price(self, mark: float | None = None, fraction: float = 1.0) -> Liquidation:
        """Price at which equity falls to ``fraction`` of maintenance, seen from ``mark`` (default: the entry).

        ``Status.NEVER`` where no price does that, ``Status.BREACHED`` where the mark is beyond it.
        """
        at = mark if mark is not None else self.entry
        if at is None:
            raise ConventionError("without an entry the liquidation price depends on the mark: give it")
        equity = self.collateral + self.size * (at - self.opened(at))
        return liquidation_price(self.size, at, equity, self.terms.schedule(), fraction=fraction)

    def backstop_price(self, mark: float) -> Liquidation:
        """Price at which equity is two thirds of maintenance: a backstop takes the position over (Hyperliquid)."""
        return self.liquidation_price(mark, BACKSTOP)

    def bankruptcy_price(self, mark: float) -> float:
        """Price at which the collateral is gone; 0 for a long that cannot lose it."""
        equity = self.collateral + self.size * (mark - self.opened(mark))
        return float(bankruptcy_price(self.size, mark, equity))

    def equity(self, view: View) -> Array:
        """Collateral plus unrealised P&L as if it were never closed, shape (n,)."""
        opened = self.opened(view.state.asset(self.factor).spot.value)
        return self.collateral + self.size * (view.spot(self.factor) - opened)

    def maintenance_margin(self, view: View) -> Array:
        """Dollars that must be left, shape (n,)."""
        return maintenance(abs(self.size) * view.spot(self.factor), self.terms.schedule())

    def alive(self, view: View) -> NDArray[np.bool_]:
        """Where it has not been liquidated, shape (n,)."""
        return self.equity(view) > self.maintenance_margin(view)

    def value(self, view: View) -> Array:
        """Collateral plus unrealised P&L; nothing beyond the liquidation price."""
        return np.where(self.alive(view), self.equity(view), 0.0)

    def dollar_gamma(self, view: View) -> Array:
        """Zero: the short gamma of perps sits in the aggregate liquidation book."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Delta and funding; carry is unknown when the funding rate is."""
        view = state.view()
        alive = bool(self.alive(view)[0])
        delta = self.size * state.asset(self.factor).spot.value if alive else 0.0
        rate = self.funding.rate(state, self.factor)
        return Exposure(
            value_usd=float(self.value(view)[0]),
            delta_usd=delta,
            carry_usd_per_year=None if rate is None else -delta * rate.value,
            status=() if alive else (Status.BREACHED,),
        )

    def density(self, state: State) -> ConvexityDensity | None:
        """None: linear until it is liquidated."""
        return None
