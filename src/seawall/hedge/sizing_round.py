"""Rounding to lots, and a local search that repairs what rounding broke: every candidate is evaluated again in full."""

from typing import Final

import numpy as np

from seawall.hedge.sizing_problem import KEPT, Array, Measure, Problem
from seawall.hedge.sizing_program import Objective

STEPS: Final = 30
"""Most moves of the local search."""
BETTER: Final = 1e-12
"""A move that gains less than this share is none."""


def objectives(problem: Problem, objective: Objective, units: Array) -> Array:
    """The objective of each row of ``units`` (k, m), re-evaluated over every scenario, (k,)."""
    trades = np.abs(units - problem.instruments.array("held"))
    value: Array = units @ objective.linear + trades @ objective.cost
    if objective.tail == 0.0:
        return value
    losses = -(problem.book[:, None] + problem.unit @ units.T)
    order = np.argsort(-losses, axis=0, kind="stable")
    ranked, mass = np.take_along_axis(losses, order, axis=0), problem.probability[order]
    room = (1.0 - objective.level) - (np.cumsum(mass, axis=0) - mass)
    taken = np.clip(room, 0.0, mass)
    return np.asarray(value + objective.tail * np.sum(taken * ranked, axis=0) / taken.sum(axis=0))


def excesses(problem: Problem, units: Array) -> Array:
    """Sum of relative excesses over limits and liquidity of each row of ``units`` (k, m), (k,); 0 if all are kept."""
    own = problem.instruments
    over = np.zeros(units.shape[0])
    measured = {
        Measure.UNITS: units,
        Measure.GROSS: np.abs(units),
        Measure.TRADED: np.abs(units - own.array("held")),
    }
    for limit in problem.every_limit():
        beyond = (measured[limit.measure] @ limit.per_unit - limit.at_most) / limit.scale
        over += np.where(beyond > KEPT, beyond, 0.0)
    for beyond in (units - own.array("most"), own.array("least") - units):
        over += np.where(beyond > KEPT * np.maximum(1.0, np.abs(units)), beyond, 0.0).sum(axis=1)
    return over


def to_lots(problem: Problem, units: Array) -> Array:
    """Units rounded towards zero to whole lots; divisible instruments stay as they are."""
    lot = problem.instruments.array("lot")
    size = np.where(lot > 0.0, lot, 1.0)
    whole = np.trunc(units / size + np.sign(units) * 1e-9) * size
    return np.where(lot > 0.0, whole, units)


def on_lots(problem: Problem, units: Array) -> bool:
    """Whether every size is a whole number of lots."""
    return bool(np.allclose(to_lots(problem, units), units, rtol=0.0, atol=1e-9))


def repaired(problem: Problem, objective: Objective, divisible: Array) -> Array:
    """Rounded units, moved lot by lot while limits are exceeded less or the objective falls; (m,).

    First the excess counts, then the objective. It ends where no single lot is better: near the best, not proven to be.
    """
    units = to_lots(problem, divisible)
    lot = problem.instruments.array("lot")
    moves = _moves(lot)
    if not moves.size:
        return units
    over, value = float(excesses(problem, units[None])[0]), float(objectives(problem, objective, units[None])[0])
    for _ in range(STEPS):
        tried = units + moves
        beyond = excesses(problem, tried)
        allowed = np.flatnonzero(beyond <= over)
        if not allowed.size:
            break
        values = objectives(problem, objective, tried[allowed])
        best = allowed[np.lexsort((values, beyond[allowed]))[0]]
        found = float(values[np.flatnonzero(allowed == best)[0]])
        if not (beyond[best] < over - KEPT or found < value - BETTER * max(abs(value), 1.0)):
            break
        units, over, value = tried[best], float(beyond[best]), found
    return units


def _moves(lot: Array) -> Array:
    """One lot more or less of each instrument in lots, (2 m, m)."""
    steps = np.diag(lot)[lot > 0.0]
    return np.concatenate([steps, -steps])
