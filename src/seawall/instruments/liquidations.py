"""The liquidation book: units that a market is forced to sell into falls and to buy into rises (METHOD 2.1, 4).

From real positions it is an observation. From open interest it is a model (``liquidations_model``) and says so. What is
not known is counted beside it and never guessed: known, never liquidated and unknown units add up to the total. It is a
flow of the whole market and no part of a holder's P&L (METHOD 2.6, 5.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.pieces import FlowDensity, Mass
from seawall.core.errors import BookError, DomainError, MarginError, MissingDataError
from seawall.core.status import Status
from seawall.core.units import PERCENT
from seawall.instruments.option import positive
from seawall.kernels.cascade import Flow, masses
from seawall.kernels.cascade_book import Rungs, rungs
from seawall.kernels.margin import flat, liquidation_prices

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NO_SIZE: Final = "size or side unknown"
NO_ENTRY: Final = "neither liquidation price nor entry with leverage known"
PASSED: Final = "liquidation price already passed: the row contradicts the price"
SCALED_AWAY: Final = "left over when scaled to liquidation prints"
CLOSES: Final = 1e-9


class Positions(NamedTuple):
    """A table of perpetual positions, arrays (n,); nan where a number is unknown.

    ``side`` +1 long, -1 short; ``size`` in units >= 0; ``liquidation`` the venue's price where it is public (0: never),
    else it follows from ``entry`` and ``leverage`` of an isolated position. ``account``: numbers, rows if None.
    """

    side: Array
    size: Array
    entry: Array
    leverage: Array
    liquidation: Array
    account: NDArray[np.int64] | None = None


class Unknown(NamedTuple):
    """Positions in no number, and their units; units of unknown size are in no total."""

    reason: str
    positions: int
    units: float


class Ladder(NamedTuple):
    """One side of a book, rising prices: ``at``, ``units`` and ``account``, arrays (n,)."""

    at: Array
    units: Array
    account: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LiquidationBook:
    """Forced orders by price: ``sells`` of longs below ``spot``, ``buys`` of shorts above it.

    ``assumption``: it is modelled, never to be shown as observed; ``basis`` says from what it is made. Units are of the
    asset, both sides counted. Raises ``BookError`` when known, never and unknown do not add up to ``total_units``.
    """

    factor: str
    spot: float
    basis: str
    assumption: bool
    sells: Ladder
    buys: Ladder
    never_units: float
    total_units: float
    unknown: tuple[Unknown, ...]

    def __post_init__(self) -> None:
        positive(self.spot, "spot")
        gap = self.known_units + self.never_units + self.unknown_units - self.total_units
        if not abs(gap) <= CLOSES * max(self.total_units, 1.0):
            raise BookError(f"{self.factor}: known, never and unknown units miss the total by {gap:g}: count every row")

    @property
    def known_units(self) -> float:
        """Units with a liquidation price ahead."""
        return float(self.sells.units.sum() + self.buys.units.sum())

    @property
    def unknown_units(self) -> float:
        """Units of positions that are open, and in no number."""
        return float(sum(one.units for one in self.unknown))

    def density(self) -> FlowDensity:
        """Flow masses on both sides, one a price."""
        sides = (self.sells, self.buys)
        sells, buys = (tuple(map(Mass, side.at.tolist(), side.units.tolist())) for side in sides)
        return FlowDensity(sells, buys)

    def flow(self) -> Flow:
        """Masses of both sides as one component, for ``kernels.cascade``."""
        at = np.concatenate([self.sells.at, self.buys.at])
        return masses(at, np.concatenate([self.sells.units, self.buys.units]))

    def rungs(self, side: float) -> Rungs:
        """The waterfall of one direction, -1 falls, +1 rises, for ``kernels.cascade_book``."""
        ladder = self.sells if side < 0.0 else self.buys
        return rungs(ladder.at, ladder.units, side, ladder.account)

    def triggered(self, start: float, stop: float) -> float:
        """Net units forced as price goes from ``start`` to ``stop``: sold < 0, bought > 0; as ``FlowDensity``."""
        if stop < start:
            return -float(_between(self.sells, np.array([stop]), np.array([start]), "left")[0])
        return float(_between(self.buys, np.array([start]), np.array([stop]), "right")[0])

    def market_gamma(self, prices: ArrayLike) -> Array:
        """Dollars of delta per 1 % at each price, (n,), in the sign of a dealer book: negative amplifies.

        Minus the dollars forced in a move of 1 % centred on the price. Raises ``DomainError`` for prices <= 0.
        """
        at = np.atleast_1d(np.asarray(prices, dtype=np.float64))
        if not (np.isfinite(at).all() and (at > 0.0).all()):
            raise DomainError("prices of a profile must be positive numbers: check the grid")
        low, high = at * (1.0 - 0.5 * PERCENT), at * (1.0 + 0.5 * PERCENT)
        forced = _between(self.sells, low, high, "left") + _between(self.buys, low, high, "left")
        return np.asarray(-at * forced)

    def scaled(self, factor: float) -> "LiquidationBook":
        """The book with ``factor`` times the forced units; the difference to the same total is unknown.

        Raises ``DomainError`` for a factor that is negative or asks for more units than are open.
        """
        rest = self.known_units * (1.0 - factor)
        if not factor >= 0.0 or rest + self.unknown_units < -CLOSES * self.total_units:
            raise DomainError(
                f"a book of {self.known_units:,.6g} known of {self.total_units:,.6g} units cannot be scaled by "
                f"{factor:g}: more would be forced than is open, check prints and open interest"
            )
        sells, buys = (side._replace(units=factor * side.units) for side in (self.sells, self.buys))
        unknown = (*self.unknown, Unknown(SCALED_AWAY, 0, rest)) if rest else self.unknown
        return replace(self, sells=sells, buys=buys, unknown=unknown)


class Print(NamedTuple):
    """Liquidations reported while price went from ``start`` to ``stop``, in units >= 0."""

    start: float
    stop: float
    units: float


class Calibration(NamedTuple):
    """``factor`` = printed over modelled units; nan with ``Status.UNKNOWN`` when the book has nothing there."""

    factor: float
    printed: float
    modelled: float
    status: Status


def calibrate(book: LiquidationBook, prints: Sequence[Print]) -> Calibration:
    """How many times the book's forced units were seen in later ``prints`` (METHOD 4); ``book.scaled`` applies it.

    Raises ``MissingDataError`` without prints, ``DomainError`` for one with a negative size or a price that is none.
    """
    if not prints:
        raise MissingDataError("no liquidation print to calibrate to: keep the book as it is, labelled as modelled")
    for one in prints:
        positive(one.start, "price of a print")
        positive(one.stop, "price of a print")
        if not (np.isfinite(one.units) and one.units >= 0.0):
            raise DomainError(f"units of a print must be a size >= 0, were {one.units}")
    printed = sum(one.units for one in prints)
    modelled = sum(abs(book.triggered(one.start, one.stop)) for one in prints)
    if modelled == 0.0:
        return Calibration(np.nan, printed, modelled, Status.UNKNOWN)
    return Calibration(printed / modelled, printed, modelled, Status.FOUND)


def isolated_prices(entry: Array, leverage: Array, maintenance: float, side: Array) -> Array:
    """Liquidation prices of isolated linear positions (METHOD 1.6), arrays (n,); 0 for a long without leverage.

    Raises ``DomainError`` and ``MarginError`` as ``kernels.perp.isolated_liquidation_price``, for the first such row.
    """
    if not 0.0 <= maintenance < 1.0:
        raise DomainError(f"maintenance margin must be in [0, 1), was {maintenance}: write 0.5 % as 0.005")
    for wrong, says in ((~(leverage >= 1.0), "leverage must be at least 1"), (~(entry > 0.0), "entry must be > 0")):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DomainError(f"{says}, had leverage {leverage[row]} and entry {entry[row]} in row {row}")
    if (maintenance * leverage >= 1.0).any():
        raise MarginError(
            f"leverage {leverage.max():g} leaves less than the maintenance margin {maintenance:g}: "
            f"at most {1.0 / maintenance:.4g} can be opened"
        )
    return liquidation_prices(side, entry, entry / leverage, 0.0, flat(maintenance)).price


def book_of_positions(factor: str, spot: float, table: Positions, maintenance: float, source: str) -> LiquidationBook:
    """The book of public positions; ``maintenance`` of an isolated position serves rows without a venue's price.

    Raises ``DomainError`` for columns of different length, sides other than +1 and -1, and negative sizes or prices.
    """
    side, size = table.side, table.size
    if any(column is not None and column.shape != size.shape for column in table) or size.ndim != 1:
        raise DomainError("columns of a table of positions must be of one length: complete the rows with nan")
    if not (np.isnan(side) | (np.abs(side) == 1.0)).all():
        raise DomainError("side must be +1 (long) or -1 (short), nan where unknown")
    if (size < 0.0).any() or (table.liquidation < 0.0).any():
        raise DomainError("sizes and liquidation prices are >= 0: the side says whether long or short")
    sized = np.isfinite(size) & np.isfinite(side)
    price = table.liquidation.copy()
    derived = sized & np.isnan(price) & np.isfinite(table.entry) & np.isfinite(table.leverage)
    price[derived] = isolated_prices(table.entry[derived], table.leverage[derived], maintenance, side[derived])
    priced = sized & ~np.isnan(price)
    never = priced & np.where(side > 0.0, price == 0.0, np.isinf(price))
    passed = priced & ~never & (side * (spot - price) <= 0.0)
    known = priced & ~never & ~passed
    account = np.arange(size.size) if table.account is None else table.account
    open_units = np.where(np.isfinite(size), size, 0.0)
    reasons = ((NO_SIZE, ~sized), (NO_ENTRY, sized & ~priced), (PASSED, passed))
    unknown = tuple(Unknown(why, int(rows.sum()), float(open_units[rows].sum())) for why, rows in reasons if rows.any())
    return LiquidationBook(
        factor, spot, source, False,
        ladder(price, size, account, known & (side > 0.0)), ladder(price, size, account, known & (side < 0.0)),
        float(open_units[never].sum()), float(open_units.sum()), unknown,
    )  # fmt: skip


def ladder(price: Array, units: Array, account: NDArray[np.int64], rows: Mask) -> Ladder:
    """The rows chosen, sorted by price; empty positions are left out."""
    use = np.flatnonzero(rows & (units > 0.0))
    order = use[np.argsort(price[use], kind="stable")]
    return Ladder(price[order], units[order], account[order].astype(np.int64))


def _between(side: Ladder, low: Array, high: Array, closed: Literal["left", "right"]) -> Array:
    """Units at prices between, the end named closed."""
    cumulated = np.concatenate([[0.0], np.cumsum(side.units)])
    first, last = np.searchsorted(side.at, low, closed), np.searchsorted(side.at, high, closed)
    return np.asarray(cumulated[last] - cumulated[first])
