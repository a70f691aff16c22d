"""What a cascade is asked about: the forced flows of one market, its depth, its venue and its volatility.

One case is one liquidation book. A market whose positions are not public has three, from three medians of leverage
(METHOD 4), and every answer is then a band.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from seawall.core.errors import DomainError
from seawall.core.units import PERCENT
from seawall.instruments.forced_flow import ForcedFlow, Hedging, Recentring, forced_flow
from seawall.instruments.liquidations import LiquidationBook
from seawall.kernels.cascade_path import Terms
from seawall.kernels.impact import LINEAR, Impact, linear, price_after
from seawall.kernels.margin import flat, maintenance
from seawall.sim.waterfall_state import Accounts, Array, Feedback, Venue

NARROW: Final = 1e-9
"""Share of price over which the waterfall spreads what a pool trades at one price."""
RECENTRING: Final = "re-centring of "
"""Begins the name of a pool's component."""
VOL_RESPONSE: Final = 3.0
"""Volatility points gained per 1 % of price, where none is stated: an assumption."""
WITHDRAWAL: Final = 1.0
"""Power at which depth thins as volatility rises, where none is stated: depth halves when volatility doubles."""


@dataclass(frozen=True, slots=True)
class VolTerms:
    """Volatility ``level`` (per square root of a year) and what follows it; see ``kernels.cascade_path.Terms``.

    ``flow``: units traded with the move per 1.00 of volatility, None when unknown.
    """

    level: float
    response: float = VOL_RESPONSE
    flow: float | None = None
    withdrawal: float = WITHDRAWAL
    margin_power: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CascadeCase:
    """One liquidation book at price ``start`` with everything else that is forced to trade.

    ``accounts``: the positions behind the book, each isolated. ``hedges`` and ``pools``: other flows by name.
    """

    start: float
    book: LiquidationBook
    accounts: Accounts
    venue: Venue
    vol: VolTerms
    hedges: Mapping[str, Hedging] = field(default_factory=dict)
    pools: Mapping[str, Recentring] = field(default_factory=dict)

    @property
    def linear(self) -> bool:
        """Whether impact is linear, and the kernel's path integral therefore exact."""
        return self.venue.impact.law == LINEAR

    def slope(self) -> float:
        """Price units per unit traded: of linear impact, else over the first 1 % of sales."""
        impact = self.venue.impact
        if impact.law == LINEAR:
            return float(impact.numbers[0])
        units = units_to_move(impact, self.start)
        return PERCENT * self.start / units

    def terms(self) -> Terms:
        """For the kernels."""
        vol = self.vol
        return Terms(self.slope(), vol.level, vol.flow or 0.0, vol.response, vol.withdrawal)

    def flows(self) -> ForcedFlow:
        """Every component on one price axis; hedgers may damp."""
        return forced_flow(self.book, self.hedges, self.pools, damping=True)

    def feedback(self) -> Feedback:
        """The same for the waterfall: what a pool trades at one price is a very narrow density there."""
        vol = self.vol
        hedges = dict(self.hedges) | {name: _narrow(pool) for name, pool in self.pools.items()}
        return Feedback(vol.level, vol.response, vol.flow or 0.0, vol.withdrawal, vol.margin_power, hedges)


@dataclass(frozen=True, slots=True, eq=False)
class CascadeMarket:
    """The cases of one asset by name, the ``chosen`` one read first, and what is assumed, one line each."""

    name: str
    asset: str
    cases: Mapping[str, CascadeCase]
    chosen: str
    assumptions: tuple[str, ...]

    @property
    def case(self) -> CascadeCase:
        """The chosen one."""
        return self.cases[self.chosen]

    @property
    def modelled(self) -> bool:
        """Whether the liquidation book is a model."""
        return self.case.book.assumption


def depth(usd_per_pct: float, price: float) -> Impact:
    """Linear impact of a market that ``usd_per_pct`` dollars move by 1 %. Raises ``DomainError``."""
    if not (np.isfinite(usd_per_pct) and usd_per_pct > 0.0):
        raise DomainError(f"dollars that move the price 1 % must be a positive number, were {usd_per_pct}")
    return linear(PERCENT * price * price / usd_per_pct)


def units_to_move(impact: Impact, start: float, share: float = PERCENT) -> float:
    """Units whose sale lowers the price by ``share``, by bisection; inf when nothing does."""
    goal, low, high = start * (1.0 - share), 0.0, 1.0
    while price_after(impact, start, high, -1.0) > goal:
        high *= 2.0
        if high > 1e18:
            return float(np.inf)
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if price_after(impact, start, middle, -1.0) > goal else (low, middle)
    return high


def accounts_of(book: LiquidationBook, venue: Venue) -> Accounts:
    """Isolated accounts that stand exactly at their maintenance at the book's liquidation prices.

    Entries are not in a book: all are put at its spot, which decides who is a winner and in what order.
    """
    parts = []
    for side, rows in ((1.0, book.sells), (-1.0, book.buys)):
        need = required(venue, rows.units * rows.at) - side * rows.units * (rows.at - book.spot)
        parts.append((side * rows.units, np.full(rows.at.size, book.spot), need))
    position, entry, collateral = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Accounts(position, entry, collateral)


def required(venue: Venue, notional: Array) -> Array:
    """Maintenance of notionals in quiet times."""
    return maintenance(notional, venue.tiers or flat(venue.maintenance))


def _narrow(pool: Recentring) -> Hedging:
    """Price cells just beyond each end, in which its units are traded on the way out."""
    low, high = pool.at
    sold, bought = pool.units
    below, above = low * NARROW, high * NARROW
    return Hedging(np.array([low - below, low, high, high + above]), np.array([sold / below, 0.0, bought / above]))
