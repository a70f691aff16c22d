"""Liquidity positions of a book: the reading of each with its results since entry."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seawall.app.service.desk import Desk, Viewed
from seawall.core.errors import MissingDataError

if TYPE_CHECKING:
    from seawall.ledger.lp_reading import LpReading
    from seawall.ledger.lp_results import LpResults


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """One position; ``results`` is None where the book states no entry price."""

    reading: "LpReading"
    results: "LpResults | None"


def pools(desk: Desk, seen: Viewed) -> tuple[Pool, ...]:
    """Every liquidity position, in the order of the book; none is an empty tuple."""

    def compute() -> tuple[Pool, ...]:
        from seawall.instruments.pool import LiquidityPosition
        from seawall.ledger.lp_reading import read_position
        from seawall.ledger.lp_results import results_of

        found = []
        for position in seen.loaded.book.positions:
            if not isinstance(position.instrument, LiquidityPosition):
                continue
            results = None
            with suppress(MissingDataError):  # without an entry price there are no results
                results = results_of(position, seen.state)
            found.append(Pool(read_position(position, seen.state), results))
        return tuple(found)

    return desk.memo.get(("pools", seen.key), compute)
