"""Accounts, the venue and everyone who trades with them during a waterfall: what each step moves from whom to whom.

Every trade has two sides, so units add up to zero and cash is only passed on. Positions are linear perps: a party is
worth its cash plus its position at the mark.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, SignError
from seawall.instruments.forced_flow import Hedging
from seawall.kernels.adl import pro_rata as same_share
from seawall.kernels.adl import queue_fill
from seawall.kernels.impact import Impact, traded_in_turn
from seawall.kernels.margin import Schedule
from seawall.kernels.margin import maintenance as tiered_maintenance

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

DUST: Final = 1e-12
"""Share of its first size below which a position is closed."""


class Accounts(NamedTuple):
    """Arrays (n,): signed ``position`` in units, ``entry`` price, ``collateral`` in dollars."""

    position: Array
    entry: Array
    collateral: Array


class Standing(NamedTuple):
    """Winners in the way of a deleveraging, arrays (m,); all solvent, in profit, on the other side of the bankrupt."""

    mark: float
    position: Array
    entry: Array
    equity: Array


Deleverage = Callable[[Standing, float], Array]
"""Units (>= 0) to take from each winner, together at most the number given; what is missing becomes bad debt."""


def leveraged_profit(standing: Standing) -> Array:
    """Rank: profit share of entry times effective leverage (the common part of the venues' rules, METHOD 1.6)."""
    profit = np.sign(standing.position) * (standing.mark / standing.entry - 1.0)
    return np.asarray(profit * np.abs(standing.position) * standing.mark / standing.equity)


def queue(rank: Callable[[Standing], Array]) -> Deleverage:
    """Highest rank first, each in full until the need is met."""
    return lambda standing, units: queue_fill(rank(standing), np.abs(standing.position), units)


def pro_rata(standing: Standing, units: float) -> Array:
    """The same share of everyone: ``h = D/U`` of METHOD 1.6."""
    return same_share(np.abs(standing.position), units)


BY_LEVERAGED_PROFIT: Final[Deleverage] = queue(leveraged_profit)


@dataclass(frozen=True, slots=True)
class Venue:
    """Rules of a venue. Shares are of 1, money in dollars.

    ``maintenance`` of notional, at or below which an account is liquidated; ``tiers``, where given, are in force in its
    place. A position worth more than ``part_above`` sells ``first_part`` at its first breach, and all at the next.
    ``backstop``: share of maintenance below which a vault takes solvent accounts over, 0 for none. ``fee`` of the
    liquidated notional goes to the insurance fund, at most what the account has left. ``deleverage``: whom bankrupt
    positions are closed against, at their bankruptcy prices, once ``insurance`` cannot pay. Solvent accounts sell in
    the market, the worst covered first.
    """

    maintenance: float
    impact: Impact
    first_part: float = 1.0
    part_above: float = 0.0
    backstop: float = 0.0
    fee: float = 0.0
    insurance: float = 0.0
    deleverage: Deleverage = BY_LEVERAGED_PROFIT
    tiers: Schedule | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.maintenance < 1.0:
            raise DomainError(f"maintenance margin must be in [0, 1), was {self.maintenance}: write 0.5 % as 0.005")
        if not (0.0 < self.first_part <= 1.0 and 0.0 <= self.backstop < 1.0 and 0.0 <= self.fee < 1.0):
            raise DomainError("first part must be in (0, 1], backstop and fee in [0, 1): write 20 % as 0.2")
        if not (self.insurance >= 0.0 and self.part_above >= 0.0):
            raise SignError("insurance and the size for partial liquidation must be >= 0")

    def required(self, notional: Array, stretch: float) -> Array:
        """Maintenance in dollars of notionals (n,), ``stretch`` times what the rule says in quiet times."""
        if self.tiers is None:
            return np.asarray(stretch * self.maintenance * notional)
        return np.asarray(stretch * tiered_maintenance(notional, self.tiers))


@dataclass(frozen=True, slots=True)
class Feedback:
    """What else moves with price: ``vol`` sig0 gains ``vol_response`` per log move; see ``kernels.cascade_path.Terms``.

    ``vol_flow``: units traded with the move per 1.00 of volatility. ``withdrawal``: power at which depth thins,
    ``margin_power``: power at which maintenance widens, both of sig/sig0. ``hedges``: flows by price, by name.
    """

    vol: float = 1.0
    vol_response: float = 0.0
    vol_flow: float = 0.0
    withdrawal: float = 0.0
    margin_power: float = 0.0
    hedges: Mapping[str, Hedging] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.vol_response, self.vol_flow, self.withdrawal, self.margin_power)
        if not (np.isfinite(numbers).all() and np.isfinite(self.vol) and self.vol > 0.0):
            raise DomainError("terms of the feedback must be finite numbers, and volatility > 0")
        if min(numbers) < 0.0:
            raise SignError("vol response, vol flow, withdrawal and margin power must be >= 0: they add to a move")


@dataclass(slots=True)
class Party:
    """One who is not an account: cash and signed units; ``opening``: what it was worth before the shock."""

    cash: float = 0.0
    units: float = 0.0
    opening: float = 0.0

    def worth(self, mark: float) -> float:
        """Dollars at a mark."""
        return self.cash + self.units * mark


@dataclass(slots=True, eq=False)
class Books:
    """Everybody's cash and units while time passes; ``opening``: equity before the shock, arrays (n,).

    ``cut``: has been liquidated in part, ``reached``: at all, ``deleveraged``: as a winner.
    """

    cash: Array
    units: Array
    entry: Array
    first: Array
    opening: Array
    cut: Mask
    reached: Mask
    deleveraged: Mask
    insurance: Party
    vault: Party
    venue: Party
    hedgers: Party
    takers: Party

    def equity(self, mark: float) -> Array:
        """Account values at a mark, (n,)."""
        return self.cash + self.units * mark

    def parties(self) -> tuple[Party, ...]:
        """All who are no account."""
        return (self.insurance, self.vault, self.venue, self.hedgers, self.takers)

    def close_dust(self) -> None:
        """Hand what rounding leaves of a closed position to the takers, so that nobody is liquidated twice for it."""
        dust = (np.abs(self.units) <= DUST * np.abs(self.first)) & (self.units != 0.0)
        self.takers.units += float(self.units[dust].sum())
        self.units[dust] = 0.0


def open_books(accounts: Accounts, insurance: float, start: float) -> Books:
    """Accounts as they stand, the takers on the other side of all of them. Raises ``DomainError``."""
    position, entry, collateral = (np.array(column, dtype=np.float64) for column in accounts)
    if position.ndim != 1 or position.shape != entry.shape or position.shape != collateral.shape:
        raise DomainError("accounts need one position, entry and collateral each: complete the rows")
    if not all(np.isfinite(column).all() for column in (position, entry, collateral)) or (entry <= 0.0).any():
        raise DomainError("accounts must be of finite numbers and entries > 0: drop unknown rows, and count them")
    none = np.zeros(position.size, dtype=np.bool_)
    opening = collateral + position * (start - entry)
    net = float(position.sum())
    return Books(
        collateral - position * entry, position, entry, position.copy(), opening, none, none.copy(), none.copy(),
        Party(insurance, 0.0, insurance), Party(), Party(), Party(), Party(0.0, -net, -net * start),
    )  # fmt: skip


class Executed(NamedTuple):
    """Market orders of one kind: units, and the price after them."""

    units: float
    price: float


def sell_accounts(
    books: Books, orders: Array, rows: NDArray[np.intp], market: tuple[Impact, float, float], fee: float
) -> Executed:
    """Execute ``orders`` (units >= 0) of accounts ``rows`` in turn; ``market`` is impact, price, units before."""
    impact, price, before = market
    direction = -np.sign(books.units[rows])
    side = float(direction[0])
    cash, after = traded_in_turn(impact, price, before, orders, side)
    books.units[rows] += side * orders
    books.cash[rows] -= side * cash
    books.takers.units -= side * float(orders.sum())
    books.takers.cash += side * float(cash.sum())
    if fee > 0.0:
        left = np.maximum(books.cash[rows] + books.units[rows] * after, 0.0)
        paid = np.minimum(fee * cash, left)
        books.cash[rows] -= paid
        books.insurance.cash += float(paid.sum())
    return Executed(float(orders.sum()), after)


def trade_party(books: Books, party: Party, units: float, side: float, market: tuple[Impact, float, float]) -> Executed:
    """Execute one order of a party against the takers."""
    impact, price, before = market
    cash, after = traded_in_turn(impact, price, before, np.array([units]), side)
    party.units += side * units
    party.cash -= side * float(cash[0])
    books.takers.units -= side * units
    books.takers.cash += side * float(cash[0])
    return Executed(units, after)


def take_over(books: Books, rows: NDArray[np.intp], party: Party) -> None:
    """Move positions and all cash of accounts to a party: at the mark it gains their equity, or pays their deficit."""
    party.units += float(books.units[rows].sum())
    party.cash += float(books.cash[rows].sum())
    books.units[rows] = 0.0
    books.cash[rows] = 0.0
