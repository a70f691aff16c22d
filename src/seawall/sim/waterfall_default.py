"""Who pays when an account cannot: backstop vault, insurance fund, winners, and then nobody (METHOD 1.7)."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.sim.waterfall_state import Array, Books, Deleverage, Mask, Standing, Venue, take_over

ROUNDING: Final = 1e-9


class Taken(NamedTuple):
    """Notional in dollars at the mark taken over by the vault and by the fund, and closed against winners."""

    backstop: float
    insured: float
    deleveraged: float


def resolve_defaults(books: Books, venue: Venue, mark: float, stretch: float) -> Taken:
    """Backstop, insurance, deleveraging, in this order, at a mark; maintenance is ``stretch`` times the rule's.

    The fund pays the smallest deficits first, so that it saves the most accounts. Debts of closed accounts come before
    open positions, because nothing else can pay them.
    """
    backstop = 0.0
    if venue.backstop > 0.0:
        equity = books.equity(mark)
        need = venue.backstop * venue.required(np.abs(books.units) * mark, stretch)
        rows = np.flatnonzero((books.units != 0.0) & (equity >= 0.0) & (equity < need))
        backstop = float(np.abs(books.units[rows]).sum()) * mark
        books.reached[rows] = True
        take_over(books, rows, books.vault)
    _settle_closed(books, mark)
    equity = books.equity(mark)
    broke = np.flatnonzero((books.units != 0.0) & (equity < 0.0))
    books.reached[broke] = True
    broke = broke[np.argsort(-equity[broke], kind="stable")]
    paid = np.cumsum(-equity[broke]) <= books.insurance.worth(mark)
    insured = float(np.abs(books.units[broke[paid]]).sum()) * mark
    take_over(books, broke[paid], books.insurance)
    closed = 0.0
    for side in (1.0, -1.0):
        rows = broke[~paid]
        closed += _deleverage(books, rows[side * books.units[rows] > 0.0], side, mark, venue.deleverage)
    return Taken(backstop, insured, closed)


def _settle_closed(books: Books, mark: float) -> None:
    """Debts of accounts without a position: the fund as far as it reaches, the rest is the venue's bad debt."""
    rows = np.flatnonzero((books.units == 0.0) & (books.cash < 0.0))
    debt = -float(books.cash[rows].sum())
    if debt <= 0.0:
        return
    paid = min(debt, max(books.insurance.worth(mark), 0.0))
    books.insurance.cash -= paid
    books.venue.cash -= debt - paid
    books.cash[rows] = 0.0


def _deleverage(books: Books, rows: NDArray[np.intp], side: float, mark: float, rule: Deleverage) -> float:
    """Close bankrupt positions of one side at their bankruptcy prices against winners; what is left is the venue's."""
    if rows.size == 0:
        return 0.0
    winners = _winners(books, side, mark)
    wanted = float(np.abs(books.units[rows]).sum())
    taken = np.zeros(winners.size)
    if winners.size:
        equity = books.equity(mark)[winners]
        taken = rule(Standing(mark, books.units[winners], books.entry[winners], equity), wanted)
        _check(taken, np.abs(books.units[winners]), wanted)
    total = min(float(taken.sum()), wanted)
    share = total / wanted
    # Cash of a bankrupt account is minus its position at its bankruptcy price: sold there, nothing remains.
    price = -float(books.cash[rows].sum()) / (side * wanted)
    books.units[winners] += side * taken
    books.cash[winners] -= side * taken * price
    books.deleveraged[winners[taken > 0.0]] = True
    books.units[rows] -= side * np.abs(books.units[rows]) * share
    books.cash[rows] -= books.cash[rows] * share
    # The sum over winners and the sum over the bankrupt round differently.
    gap = side * (float(taken.sum()) - total)
    books.venue.units -= gap
    books.venue.cash += gap * price
    take_over(books, rows, books.venue)
    return total * mark


def _winners(books: Books, side: float, mark: float) -> NDArray[np.intp]:
    """Solvent accounts on the other side whose position is in profit."""
    against: Mask = side * books.units < 0.0
    profit = books.units * (mark - books.entry)
    return np.flatnonzero(against & (profit > 0.0) & (books.equity(mark) > 0.0))


def _check(taken: Array, size: Array, wanted: float) -> None:
    if taken.shape != size.shape or not ((taken >= 0.0) & (taken <= size * (1.0 + ROUNDING))).all():
        raise DomainError("a deleveraging rule must take from each winner between nothing and its position")
    if float(taken.sum()) > wanted * (1.0 + ROUNDING):
        raise DomainError(f"a deleveraging rule took {taken.sum():g} units, {wanted:g} were needed: take no more")
