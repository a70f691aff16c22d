"""Sizing: one question, one answer, many methods. Each answer is measured again on the sizes that can be traded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seawall.core.status import Status
from seawall.hedge.sizing_cvar import MinCvar, StressLoss, with_stress
from seawall.hedge.sizing_greeks import GreekMatch
from seawall.hedge.sizing_problem import (
    LEVEL,
    Array,
    Binding,
    Instruments,
    Limit,
    Limits,
    Measure,
    Problem,
    Sized,
    Sizer,
    tail_mean,
    trading_cost,
    use,
)
from seawall.hedge.sizing_ratios import Fitted, Regression
from seawall.hedge.sizing_recipes import Fixed, Proportions, Reading, Recipe, RiskParity, Vxth

__all__ = [
    "Binding",
    "Fit",
    "Fitted",
    "Fixed",
    "GreekMatch",
    "Instruments",
    "Limit",
    "Limits",
    "Measure",
    "MinCvar",
    "Problem",
    "Proportions",
    "Reading",
    "Recipe",
    "Regression",
    "RiskParity",
    "Sizer",
    "StressLoss",
    "Used",
    "Vxth",
    "complementarity",
    "fit",
    "remeasured",
    "with_stress",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Used:
    """A limit after sizing: how much of it the traded sizes use, in its unit."""

    name: str
    used: float
    at_most: float
    unit: str

    @property
    def left(self) -> float:
        """What is left of it; negative when it is exceeded."""
        return self.at_most - self.used


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Sizes and what they do; ``units`` are whole lots and everything but ``divisible`` is measured on them.

    ``cvar_before``: of the book with what is held now; ``cvar_after``: with ``units``, trading cost included;
    ``cvar_divisible``: the same before rounding. Dollars lost, mean of the worst 1 - ``level``. ``binding``: limits
    without room before rounding and what a unit more of each is worth; ``gap``: share by which the objective can be
    above the best one in whole lots, None for a method without objective. ``premium_usd``: price of what is held.
    """

    method: str
    names: tuple[str, ...]
    units: Array
    divisible: Array
    level: float
    cvar_before: float
    cvar_after: float
    cvar_divisible: float
    cost_usd: float
    carry_usd_per_year: float
    margin_usd: float
    premium_usd: float
    turnover_usd: float
    binding: tuple[Binding, ...]
    limits: tuple[Used, ...]
    gap: float | None
    status: Status
    tail_status: Status
    notes: tuple[str, ...]

    @property
    def change(self) -> float:
        """Dollars by which CVaR changes; negative when the hedge helps."""
        return self.cvar_after - self.cvar_before


def fit(problem: Problem, method: Sizer, level: float = LEVEL) -> Fit:
    """Size the instruments by a method, and measure the book before and after it at one ``level`` of CVaR.

    Raises ``InfeasibleError`` naming the limits that contradict each other and by how much.
    """
    return _measured(problem, method.name, method.size(problem), level)


def remeasured(problem: Problem, found: Fit, units: Array) -> Fit:
    """The same fit with other ``units`` traded, (m,), measured on them; what bound the size stays what it was."""
    sized = Sized(units, found.divisible, found.binding, found.gap, found.status, found.notes)
    return _measured(problem, found.method, sized, found.level)


def _measured(problem: Problem, name: str, found: Sized, level: float) -> Fit:
    own = problem.instruments
    held, units = own.array("held"), found.units
    before, thin = tail_mean(-problem.pnl(held), problem.probability, level)
    after, divisible = (
        tail_mean(trading_cost(problem, one) - problem.pnl(one), problem.probability, level)[0]
        for one in (units, found.divisible)
    )
    return Fit(
        method=name,
        names=own.names,
        units=units,
        divisible=found.divisible,
        level=level,
        cvar_before=before,
        cvar_after=after,
        cvar_divisible=divisible,
        cost_usd=trading_cost(problem, units),
        carry_usd_per_year=float(own.array("carry") @ units),
        margin_usd=float(own.array("margin") @ np.abs(units)),
        premium_usd=float(own.array("price") @ units),
        turnover_usd=float(np.abs(own.array("price")) @ np.abs(units - held)),
        binding=found.binding,
        limits=tuple(Used(one.name, use(one, units, held), one.at_most, one.unit) for one in problem.every_limit()),
        gap=found.gap,
        status=found.status,
        tail_status=thin,
        notes=found.notes,
    )


def complementarity(problem: Problem, groups: Mapping[str, Sequence[int]], method: Sizer) -> dict[str, Fit]:
    """The same method and budget for each group of instruments alone and for all of them together (METHOD 7.4, E23).

    ``groups``: columns by name, for example gamma and vega instruments; the last entry, ``joint``, has every column.
    """
    every = sorted({column for columns in groups.values() for column in columns})
    chosen = {**groups, "joint": every}
    return {name: fit(problem.only(columns), method) for name, columns in chosen.items()}
