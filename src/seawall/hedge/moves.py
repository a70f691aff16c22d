"""What a rule does to one held position: words for a person, orders, and what the book holds afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Final, NamedTuple

from seawall.hedge.candidates import Candidate
from seawall.instruments.base import Position
from seawall.ledger.book import Book

NOTHING_LEFT: Final = 1e-9
"""Scale of a book whose every position is closed: its ledger shows nothing."""


class Trade(NamedTuple):
    """One order: ``units`` > 0 of a candidate as its legs are written. ``closes``: it ends what the book holds.

    ``id`` as its ticket's; ``netted``: ids of the orders against it on its contract that were taken off it.
    """

    candidate: Candidate
    units: float
    closes: bool
    id: str = ""
    netted: tuple[str, ...] = ()


class Move(NamedTuple):
    """A rule that fired. Without ``trades`` it only tells. ``label``: the position that ``left`` replaces, None removes
    it; ``added`` positions come new.
    """

    rule: str
    text: str
    label: str = ""
    trades: tuple[Trade, ...] = ()
    left: Position | None = None
    added: tuple[Position, ...] = ()


def applied(book: Book, moves: Sequence[Move]) -> Book:
    """The book after the orders; one whose every position is closed is left at a billionth of itself."""
    done = {one.label: one for one in moves if one.trades}
    kept: list[Position] = []
    for position in book.positions:
        move = done.get(position.label)
        left = position if move is None else move.left
        kept += [] if left is None else [left]
    taken = {position.label for position in kept}
    for one in done.values():
        for new in one.added:
            kept.append(replace(new, label=fresh_label(new.label, taken)))
            taken.add(kept[-1].label)
    return replace(book, positions=tuple(kept)) if kept else replace(book.scaled(NOTHING_LEFT), nav_usd=book.nav_usd)


def fresh_label(label: str, taken: set[str]) -> str:
    """A label that is not taken yet."""
    return next(name for name in chain([label], (f"{label} #{n}" for n in count(2))) if name not in taken)
