"""A book over the scenarios: what VIX reaches of its loss, its P&L and ruin along the paths; each worked out once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.hedge.candidates import Candidate
from seawall.hedge.held import HEDGES
from seawall.hedge.reach import Reach, Recommendation, Windows, reach, recommend, windows_of
from seawall.hedge.ruin import JointRuin, mortals_of, room_of, ruin_of
from seawall.hedge.scenario_pnl import scenario_pnl, unit_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.stack.base import Situation
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger

Array = NDArray[np.float64]


class Outlook(NamedTuple):
    """What VIX reaches of the book's loss, what follows, and the book's P&L to the horizon without its hedges, (N,)."""

    reach: Reach
    recommendation: Recommendation
    pnl: Array


def outlook(before: Ledger, offered: list[Candidate], scenarios: ScenarioSet | None, at: Situation) -> Outlook | None:
    """Shares of the loss of the book without its hedges, so that a hedged book is told the same."""
    if scenarios is None:
        return None
    book, state, known = before.book, at.state, at.known

    def unhedged() -> tuple[Array, Windows]:
        found = scenario_pnl(book, state, scenarios)
        own = [position.group != HEDGES for position in book.positions]
        pnl = np.asarray(found.by_position[own, :, -1].sum(axis=0))
        return pnl, windows_of(pnl, scenarios, before)

    pnl, read_on = known.get(scenarios, ("windows", book), unhedged)
    vix = tuple(one.instrument for one in offered if one.factor == "VIX" and one.protects)
    asked = ("reach", book, vix)
    shares = known.get(
        scenarios, asked, lambda: reach(pnl, unit_pnl(vix, state, scenarios), scenarios, before, read_on)
    )
    return Outlook(shares, recommend(shares), pnl)


class Along(NamedTuple):
    """A book along the paths: P&L to the horizon (N,), that of each of its hedges by label, and its ruin."""

    total: Array
    hedges: dict[str, Array]
    ruin: JointRuin


def along(at: Situation, book: Book, scenarios: ScenarioSet) -> Along:
    """Full revaluation of a book along the paths, remembered."""
    known, state = at.known, at.state

    def compute() -> Along:
        pnl = scenario_pnl(book, state, scenarios, tuple(range(scenarios.steps)))
        mortals = mortals_of(book)
        room = known.get(scenarios, ("room", mortals), lambda: room_of(mortals, state, scenarios))
        pairs = zip(book.positions, pnl.by_position, strict=True)
        layers = {position.label: own[:, -1].copy() for position, own in pairs if position.group == HEDGES}
        return Along(pnl.total, layers, ruin_of(book, state, scenarios, pnl, room))

    return known.get(scenarios, ("along", book), compute)
