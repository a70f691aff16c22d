"""A table of open positions as a liquidation book and the accounts behind it; what is unknown is counted.

A stated liquidation price leads; without one it follows from entry and collateral, or entry and leverage (METHOD 1.6).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MarginError, SignError
from seawall.instruments.liquidations import LiquidationBook, Positions, book_of_positions
from seawall.kernels.margin import Schedule, flat, liquidation_prices
from seawall.sim.cascade_case import required
from seawall.sim.waterfall_state import Accounts, Array, Venue

ROUNDING: Final = 1e-9


class Rows(NamedTuple):
    """Positions as written down, arrays (n,), nan where unknown; ``line`` (n,): where each stands in ``source``."""

    side: Array
    size: Array
    entry: Array
    leverage: Array
    collateral: Array
    liquidation: Array
    account: NDArray[np.int64]
    line: NDArray[np.int64]
    source: str


class Limits(NamedTuple):
    """Largest leverage from each lower bound of notional on, arrays (t,)."""

    lower_bounds: Array
    leverages: Array


class Crowd(NamedTuple):
    """``entry_unknown``: accounts with a stated liquidation price only, taken as opened at spot."""

    book: LiquidationBook
    accounts: Accounts
    entry_unknown: int


def crowd(asset: str, spot: float, rows: Rows, venue: Venue, limits: Limits | None = None) -> Crowd:
    """Book and accounts of a table.

    Raises ``SignError`` for negative sizes or collateral, ``DomainError`` for prices or leverage that cannot be,
    ``MarginError`` for leverage above the tier's or one that leaves no maintenance; each names its line.
    """
    _check(rows)
    _check_leverage(rows, venue, limits)
    collateral = np.where(np.isnan(rows.collateral), rows.size * rows.entry / rows.leverage, rows.collateral)
    price = rows.liquidation.copy()
    position = rows.side * rows.size
    derived = np.isnan(price) & np.isfinite(collateral * rows.entry * position) & (rows.size > 0.0)
    tiers: Schedule = venue.tiers or flat(venue.maintenance)
    if derived.any():
        found = liquidation_prices(position[derived], rows.entry[derived], collateral[derived], 0.0, tiers)
        price[derived] = found.price
    table = Positions(rows.side, rows.size, rows.entry, np.full(rows.size.size, np.nan), price, rows.account)
    book = book_of_positions(asset, spot, table, venue.maintenance, rows.source)
    ahead = rows.side * (spot - price) > 0.0
    live = np.isfinite(price) & np.isfinite(position) & (rows.size > 0.0) & ahead
    entry = np.where(np.isnan(rows.entry), spot, rows.entry)
    implied = required(venue, np.where(live, rows.size * price, 0.0)) - position * (price - entry)
    stated = np.isnan(rows.liquidation)
    held = np.where(stated, collateral, implied)
    return Crowd(book, Accounts(position[live], entry[live], held[live]), int(np.isnan(rows.entry[live]).sum()))


def _at(rows: Rows, wrong: NDArray[np.bool_]) -> tuple[int, str]:
    row = int(np.argmax(wrong))
    return row, f"{rows.source}:{int(rows.line[row])}"


def _check(rows: Rows) -> None:
    for name, column in (("size", rows.size), ("collateral", rows.collateral)):
        if (column < 0.0).any():
            row, where = _at(rows, column < 0.0)
            raise SignError(f"{where}: {name} must be >= 0, was {column[row]:g}: the side says whether long or short")
    for name, column in (("entry", rows.entry), ("liquidation price", rows.liquidation)):
        wrong = (column < 0.0) | np.isinf(column) | ((column == 0.0) & (name == "entry"))
        if wrong.any():
            row, where = _at(rows, wrong)
            raise DomainError(
                f"{where}: {name} must be a positive number, was {column[row]:g}: leave out what is unknown"
            )
    if (rows.leverage < 1.0).any():
        row, where = _at(rows, rows.leverage < 1.0)
        raise DomainError(f"{where}: leverage must be at least 1, was {rows.leverage[row]:g}: check the column")


def _check_leverage(rows: Rows, venue: Venue, limits: Limits | None) -> None:
    notional = rows.size * rows.entry
    used = np.isfinite(notional) & np.isfinite(rows.leverage) & np.isnan(rows.collateral) & np.isnan(rows.liquidation)
    share = np.zeros(rows.size.size)
    share[used] = required(venue, notional[used])
    none_left = used & (share * rows.leverage >= notional) & (notional > 0.0)
    if limits is not None:
        tier = np.searchsorted(limits.lower_bounds, np.where(used, notional, 0.0), side="right") - 1
        most = limits.leverages[tier]
        above = used & (rows.leverage > most * (1.0 + ROUNDING))
        if above.any():
            row, where = _at(rows, above)
            raise MarginError(
                f"{where}: leverage {rows.leverage[row]:g} is above the {most[row]:g} that the venue's tier allows for "
                f"{notional[row]:,.0f} of notional: check leverage and venue"
            )
    if none_left.any():
        row, where = _at(rows, none_left)
        raise MarginError(
            f"{where}: leverage {rows.leverage[row]:g} leaves less than the maintenance margin: check it and the venue"
        )
