"""Minimum CVaR and stress-loss sizing: the two methods that are linear programs (METHOD 7.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from seawall.core.errors import DomainError, InfeasibleError
from seawall.core.status import Status
from seawall.hedge.sizing_problem import LEVEL, Array, Limit, Problem, Sized, excess
from seawall.hedge.sizing_program import MIP_GAP, Objective, Solved, solve
from seawall.hedge.sizing_round import excesses, objectives, on_lots, repaired

PROVEN: Final = 10.0 * MIP_GAP
"""A size this share of its objective from the bound is as good as the best one."""


@dataclass(frozen=True, slots=True)
class MinCvar:
    """Least CVaR of the book's losses after trading costs, under every limit (Rockafellar and Uryasev 2000).

    ``cost_weight``: kappa_c of METHOD 7.4; 1 counts each dollar of trading cost as a dollar lost. ``whole``: in lots.
    ``stress``: the most that may be lost in scenarios given by row, dollars; ``stress_names`` what to call them.
    """

    level: float = LEVEL
    cost_weight: float = 1.0
    whole: bool = True
    stress: Mapping[int, float] = field(default_factory=dict)
    stress_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return f"least CVaR {self.level:.0%}"

    def objective(self, problem: Problem) -> Objective:
        """CVaR and the cost of trading."""
        if not 0.0 <= self.level < 1.0:
            raise DomainError(f"level {self.level} is outside [0, 1): use 0.95 for the worst 5 %")
        cost = self.cost_weight * problem.instruments.array("cost")
        return Objective(1.0, self.level, np.zeros(cost.size), cost)

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument; raises ``InfeasibleError`` naming the limits and by how much."""
        capped = with_stress(problem, self.stress, self.stress_names)
        return sized(capped, self.objective(capped), self.whole)


@dataclass(frozen=True, slots=True)
class StressLoss:
    """Least premium and trading cost such that no named stress loses more than stated (METHOD 7.4, stress LP).

    ``stress``: the most that may be lost in scenarios given by row, dollars; ``stress_names`` what to call them.
    """

    stress: Mapping[int, float]
    whole: bool = True
    stress_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return "least premium within the stress losses"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument; raises ``InfeasibleError`` naming the stresses and by how much."""
        if not self.stress:
            raise DomainError("no stress loss is stated: give the most that may be lost in at least one scenario")
        capped = with_stress(problem, self.stress, self.stress_names)
        own = problem.instruments
        return sized(capped, Objective(0.0, 0.0, own.array("price"), own.array("cost")), self.whole)


def with_stress(problem: Problem, stress: Mapping[int, float], names: Mapping[int, str] | None = None) -> Problem:
    """The same problem with a most loss, dollars, in some scenarios by row: ``-(P + H n) <= most``."""
    rows = []
    for row, most in stress.items():
        if not 0 <= row < problem.book.size:
            raise DomainError(f"there is no scenario {row}: rows are 0 to {problem.book.size - 1}")
        name = f"loss in {names[row]}" if names and row in names else f"loss in scenario {row}"
        rows.append(Limit(name, -problem.unit[row], most + float(problem.book[row]), "USD"))
    limits = replace(problem.limits, further=(*problem.limits.further, *rows))
    return replace(problem, limits=limits)


def sized(problem: Problem, objective: Objective, whole: bool) -> Sized:
    """Divisible sizes, then whole lots: searched by branch and bound, beside rounding with local repair.

    The better of the two is taken; ``notes`` say which, ``gap`` how far it can be from the best, ``Status.STOPPED``
    that the search was cut off.
    """
    relaxed = solve(problem, objective, problem.every_limit())
    if not whole or on_lots(problem, relaxed.units):
        return Sized(relaxed.units, relaxed.units, relaxed.binding, 0.0)
    near = repaired(problem, objective, relaxed.units)
    best, bound, note, stopped = near, relaxed.bound, "rounded and repaired lot by lot", False
    near_kept = bool(excesses(problem, near[None])[0] == 0.0)
    if not near_kept or _gap(problem, objective, near, bound) > PROVEN:
        found = solve(problem, objective, problem.every_limit(), whole=True, rows=relaxed.rows)
        bound, stopped = max(bound, found.bound if np.isfinite(found.bound) else bound), found.stopped
        if _better(problem, objective, found, near, near_kept):
            best, note = found.units, "whole lots by branch and bound"
        elif not near_kept:
            raise InfeasibleError(
                f"no sizes in whole lots were found within the limits: {_over(problem, near)}; "
                "loosen these or use smaller lots"
            )
    gap = _gap(problem, objective, best, bound)
    notes = (note, *(("the search for whole lots was cut off",) if stopped else ()))
    return Sized(best, relaxed.units, relaxed.binding, gap, Status.STOPPED if stopped else Status.FOUND, notes)


def _better(problem: Problem, objective: Objective, found: Solved, near: Array, near_kept: bool) -> bool:
    if not np.isfinite(found.units).all():
        return False
    values = objectives(problem, objective, np.stack([found.units, near]))
    return not near_kept or bool(values[0] < values[1])


def _gap(problem: Problem, objective: Objective, units: Array, bound: float) -> float:
    value = float(objectives(problem, objective, units[None])[0])
    return max(value - bound, 0.0) / max(abs(value), 1e-12)


def _over(problem: Problem, units: Array) -> str:
    over = excess(problem, units)
    return ", ".join(f"{name} over by {amount:,.6g}" for name, amount in over.items()) or "liquidity"
