"""Will the hedge be there when it is needed: wrong-way layers and joint ruin."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.hedge.scenario_paths import Kind
from seawall.hedge.scenario_pnl import Mortal, ScenarioPnl, mortal_of
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing_problem import LEVEL
from seawall.ledger.book import Book
from seawall.ledger.capital import joint_ruin
from seawall.market.state import State

Array = NDArray[np.float64]

LEAST_ROWS: Final = 10
"""Fewer tail scenarios than this make a correlation thin."""
HEDGES: Final = "hedges"
SLEEVE_LEFT: Final = 0.25


class WrongWay(NamedTuple):
    """How a layer moves with the book in the book's tail: ``correlation`` above 0 is the wrong way; NaN if flat."""

    name: str
    correlation: float
    wrong: bool | None
    status: Status


def wrong_way(
    book: Array, layers: Mapping[str, Array], probability: Array, level: float = LEVEL
) -> tuple[WrongWay, ...]:
    """Each layer's correlation with the book over the scenarios of the book's worst 1 - ``level``.

    ``book`` and each layer: P&L (N,). ``wrong`` is None where either does not move (``Status.FLAT``); fewer than ten
    scenarios in the tail are ``THIN``. Raises ``DomainError`` for shapes that do not fit.
    """
    if any(layer.shape != book.shape for layer in layers.values()) or probability.shape != book.shape:
        raise DomainError("the book and every layer need a P&L for each scenario")
    order = np.argsort(book, kind="stable")
    mass = np.cumsum(probability[order])
    count = int(np.searchsorted(mass, 1.0 - level - 1e-12)) + 1
    tail = order[:count]
    weight = probability[tail] / probability[tail].sum()
    found = []
    for name, layer in layers.items():
        correlation = _correlation(book[tail], layer[tail], weight)
        if not np.isfinite(correlation):
            found.append(WrongWay(name, correlation, None, Status.FLAT))
        else:
            status = Status.THIN if count < LEAST_ROWS else Status.FOUND
            found.append(WrongWay(name, correlation, correlation > 0.0, status))
    return tuple(found)


def _correlation(left: Array, right: Array, weight: Array) -> float:
    a, b = left - weight @ left, right - weight @ right
    spread = float(weight @ (a * a)) * float(weight @ (b * b))
    scale = float(np.max(np.abs(left)) * np.max(np.abs(right)))
    return float(weight @ (a * b)) / float(np.sqrt(spread)) if spread > (1e-12 * scale) ** 2 else float("nan")


class JointRuin(NamedTuple):
    """Probability that a leveraged position falls below maintenance while little of the hedge sleeve is left.

    ``any_ruin``: that it falls below at all. ``by_kind``: the joint one within each kind of scenario. ``Status.NEVER``
    when nothing in the book can be liquidated.
    """

    joint: float
    any_ruin: float
    by_kind: dict[Kind, float]
    status: Status


class Room(NamedTuple):
    """Equity above maintenance of the nearest to liquidation, now and at every session, (N, steps + 1).

    ``ruined``: probability that it falls below 0. ``kinds``: rows of each kind of scenario.
    """

    usd: Array
    ruined: float
    kinds: dict[Kind, NDArray[np.int64]]


def mortals_of(book: Book) -> tuple[Mortal, ...]:
    """What can be liquidated in a book, an account once."""
    found = [mortal_of(position.instrument) for position in book.positions]
    return tuple({id(one): one for one in found if one is not None}.values())


def room_of(mortals: Sequence[Mortal], state: State, scenarios: ScenarioSet) -> Room | None:
    """The room along the paths; None when nothing can be liquidated."""
    if not mortals:
        return None
    room = np.empty((scenarios.count, scenarios.steps + 1))
    views = [state.view(), *(state.view(scenarios.moves(step)) for step in range(scenarios.steps))]
    for column, view in enumerate(views):
        left = [one.equity(view) - one.maintenance_margin(view) for one in mortals]
        room[:, column] = np.min(np.stack([np.broadcast_to(one, scenarios.count) for one in left]), axis=0)
    zero = np.zeros_like(room)
    alone = joint_ruin(room, zero, zero, SLEEVE_LEFT, scenarios.weight)
    return Room(room, alone, {kind: scenarios.rows(kind) for kind in dict.fromkeys(scenarios.kinds)})


def ruin_of(
    book: Book, state: State, scenarios: ScenarioSet, pnl: ScenarioPnl, room: Room | None = None
) -> JointRuin:  # fmt: skip
    """Joint ruin along the paths (METHOD 5.7): positions of group ``hedges`` are the sleeve.

    ``pnl``: of this book at every session, ``steps`` 0 .. H - 1. ``room``: of its ``mortals_of``, None to work it out.
    Without a sleeve every ruin is a joint one. Raises ``DomainError`` when the P&L is not at every session.
    """
    if pnl.by_position.shape[1:] != (scenarios.count, scenarios.steps):
        raise DomainError(f"joint ruin needs the P&L at all {scenarios.steps} sessions: revalue the book at each")
    room = room_of(mortals_of(book), state, scenarios) if room is None else room
    if room is None:
        return JointRuin(0.0, 0.0, {}, Status.NEVER)
    place = [index for index, position in enumerate(book.positions) if position.group == HEDGES]
    start = float(pnl.value_now[place].sum())
    sleeve = np.hstack([np.full((scenarios.count, 1), start), start + pnl.by_position[place].sum(axis=0)])
    zero = np.zeros_like(room.usd)
    joint = joint_ruin(room.usd, zero, sleeve, SLEEVE_LEFT, scenarios.weight)
    by_kind = {
        kind: joint_ruin(room.usd[at], zero[at], sleeve[at], SLEEVE_LEFT) for kind, at in room.kinds.items()
    }  # fmt: skip
    return JointRuin(joint, room.ruined, by_kind, Status.FOUND)
