"""The linear and mixed-integer program behind the sizing methods: CVaR and costs over units, under limits.

Rockafellar and Uryasev 2000: CVaR is the least of zeta + E[(loss - zeta)+]/(1 - level). Only scenarios in the tail
matter, so they enter as they are found to (row generation): every round is a lower bound, and when no scenario is left
out that should be in, the answer is that of the whole program. Solved by HiGHS (Huangfu and Hall 2018) through scipy.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from seawall.core.errors import InfeasibleError, NotConvergedError
from seawall.hedge.sizing_entries import Entries, Rows
from seawall.hedge.sizing_problem import KEPT, Array, Binding, Limit, Measure, Problem

ROUNDS: Final = 60
TOLERANCE: Final = 1e-9
"""Of constraints and reduced costs, in scaled units."""
NODES: Final = 400
"""Most branches of one whole-lot search: a bound in work, so that one input has one answer."""
SECONDS: Final = 0.5
"""And a guard in time for the whole search; one that it ends says so, and how far from the best it can be."""
MIP_GAP: Final = 1e-4
NAMED: Final = 4
_OPTIMAL, _STOPPED, _INFEASIBLE = 0, 1, 2  # scipy's codes


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """Minimise tail x CVaR + linear @ units + cost @ abs(units - held); ``level`` of the tail."""

    tail: float
    level: float
    linear: Array
    cost: Array


class Solved(NamedTuple):
    """Units (m,), a lower bound on the objective, what binds, the scenarios used, whether the search was cut off."""

    units: Array
    bound: float
    binding: tuple[Binding, ...]
    rows: Rows
    stopped: bool


class _Layout(NamedTuple):
    """Scales and places of the variables: m units, their absolute sizes, their trades, zeta, the tail rows."""

    step: Array
    money: float
    m: int
    rows: Rows

    @property
    def size(self) -> int:
        return 3 * self.m + 1 + self.rows.size


class _Raw(NamedTuple):
    """HiGHS's answer in scaled variables; marginals are those of the limits and of the upper and lower bounds."""

    code: int
    x: Array | None
    bound: float
    limits: Array
    upper: Array
    lower: Array


def _layout(problem: Problem, rows: Rows, whole: bool) -> _Layout:
    money = float(np.max(np.abs(problem.book), initial=0.0)) or float(np.max(np.abs(problem.unit), initial=0.0)) or 1.0
    largest = np.max(np.abs(problem.unit), axis=0, initial=0.0)
    step = np.where(largest > 0.0, money / np.where(largest > 0.0, largest, 1.0), 1.0)
    if whole:
        lot = problem.instruments.array("lot")
        step = np.where(lot > 0.0, lot, step)
    return _Layout(step, money, problem.instruments.count, rows)


def _add_limits(made: Entries, limits: tuple[Limit, ...], at: _Layout) -> None:
    """Scaled rows of the limits."""
    place = {Measure.UNITS: 0, Measure.GROSS: at.m, Measure.TRADED: 2 * at.m}
    for limit in limits:
        scaled = (limit.per_unit * at.step / limit.scale)[None, :]
        made.add(np.array([limit.at_most / limit.scale]), (place[limit.measure], scaled))


def _add_definitions(made: Entries, problem: Problem, at: _Layout) -> None:
    """Rows of size >= abs(units), trade >= abs(units - held), and u >= loss - zeta."""
    one, m = np.ones(at.m), at.m
    held = problem.instruments.array("held") / at.step
    made.add(np.zeros(m), (0, one), (m, -one))
    made.add(np.zeros(m), (0, -one), (m, -one))
    made.add(held, (0, one), (2 * m, -one))
    made.add(-held, (0, -one), (2 * m, -one))
    if at.rows.size:
        gain = -problem.unit[at.rows] * at.step / at.money
        ones = -np.ones(at.rows.size)
        made.add(problem.book[at.rows] / at.money, (0, gain), (3 * m, ones[:, None]), (3 * m + 1, ones))


def _cost(problem: Problem, objective: Objective, at: _Layout) -> Array:
    share = objective.tail * problem.probability[at.rows] / (1.0 - objective.level)
    linear = objective.linear * at.step / at.money
    trades = objective.cost * at.step / at.money
    return np.concatenate([linear, np.zeros(at.m), trades, [objective.tail], share])


def _bounds(problem: Problem, at: _Layout) -> tuple[Array, Array]:
    least, most = (problem.instruments.array(name) / at.step for name in ("least", "most"))
    wide = np.full(2 * at.m, np.inf)
    low = np.concatenate([least, np.zeros(2 * at.m), [-np.inf], np.zeros(at.rows.size)])
    high = np.concatenate([most, wide, [np.inf], np.full(at.rows.size, np.inf)])
    return low, high


def _linear(cost: Array, matrix: sparse.csc_array, right: Array, low: Array, high: Array) -> _Raw:
    from scipy.optimize import linprog

    done = linprog(
        cost,
        A_ub=matrix,
        b_ub=right,
        bounds=np.stack([low, high], axis=1),
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if done.status != _OPTIMAL:
        return _Raw(int(done.status), None, -np.inf, right, high, low)
    marginals = (done.ineqlin.marginals, done.upper.marginals, done.lower.marginals)
    return _Raw(_OPTIMAL, done.x, float(done.fun), *(np.asarray(one) for one in marginals))


def _whole(
    cost: Array,
    matrix: sparse.csc_array,
    right: Array,
    box: tuple[Array, Array],
    integral: NDArray[np.bool_],
    seconds: float = SECONDS,
) -> _Raw:
    from scipy.optimize import Bounds, LinearConstraint, milp

    low, high = box
    low, high = np.where(integral, np.ceil(low - KEPT), low), np.where(integral, np.floor(high + KEPT), high)
    done = milp(
        cost,
        integrality=integral.astype(np.int64),
        bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, -np.inf, right),
        # With presolve HiGHS writes to the standard output when a rounded point has to be repaired.
        options={"node_limit": NODES, "time_limit": seconds, "mip_rel_gap": MIP_GAP, "presolve": False},
    )
    bound = -np.inf if done.mip_dual_bound is None else float(done.mip_dual_bound)
    return _Raw(int(done.status), done.x, bound, right, high, low)


def solve(
    problem: Problem, objective: Objective, limits: tuple[Limit, ...], whole: bool = False, rows: Rows | None = None
) -> Solved:
    """The least objective under the limits. ``whole``: in lots; without an answer from the search units are NaN.

    ``rows``: scenarios to start from, those of a solution nearby. A search for lots that is cut off returns the point
    it has, and the bound. Raises ``InfeasibleError`` naming the limits and by how much they would be exceeded,
    ``NotConvergedError``.
    """
    inside = _first_rows(problem, objective) if rows is None else rows
    until, bound = perf_counter() + SECONDS, -np.inf
    for _ in range(ROUNDS):
        at = _layout(problem, inside, whole)
        raw = _once(problem, objective, limits, at, max(until - perf_counter(), 0.01) if whole else None)
        bound = max(bound, raw.bound * at.money)
        if raw.x is None and raw.code == _STOPPED:
            return Solved(np.full(at.m, np.nan), bound, (), inside, stopped=True)
        if raw.x is None:
            raise _reason(problem, limits, at, whole)
        units = raw.x[: at.m] * at.step
        if whole:
            lot = problem.instruments.array("lot")
            units = np.where(lot > 0.0, np.round(raw.x[: at.m]) * lot, units)
        missing = _left_out(problem, objective, units, float(raw.x[3 * at.m]) * at.money, at)
        if raw.code == _STOPPED or not missing.size:
            binding = () if whole else _binding(problem, limits, raw, at)
            return Solved(units, bound, binding, inside, raw.code == _STOPPED)
        inside = np.sort(np.concatenate([inside, missing]))
    raise NotConvergedError(f"the tail was not settled in {ROUNDS} rounds: give fewer scenarios or instruments")


def _once(
    problem: Problem, objective: Objective, limits: tuple[Limit, ...], at: _Layout, seconds: float | None
) -> _Raw:
    made = Entries(at.size)
    _add_limits(made, limits, at)
    _add_definitions(made, problem, at)
    matrix, goal = made.built()
    low, high = _bounds(problem, at)
    cost = _cost(problem, objective, at)
    if seconds is None:
        return _linear(cost, matrix, goal, low, high)
    integral = np.zeros(at.size, dtype=np.bool_)
    integral[: at.m] = problem.instruments.array("lot") > 0.0
    return _whole(cost, matrix, goal, (low, high), integral, seconds)


def _first_rows(problem: Problem, objective: Objective) -> Rows:
    """Scenarios to start from: twice the tail of the book as it stands; none when the objective has no tail."""
    if objective.tail == 0.0:
        return np.empty(0, dtype=np.int64)
    order = np.argsort(problem.pnl(problem.instruments.array("held")), kind="stable")
    mass = np.cumsum(problem.probability[order])
    count = int(np.searchsorted(mass, min(2.0 * (1.0 - objective.level), 1.0) - 1e-12)) + 2
    return np.sort(order[:count])


def _left_out(problem: Problem, objective: Objective, units: Array, zeta: float, at: _Layout) -> Rows:
    """Scenarios that lose more than zeta and are not in the program yet, the worst first, at most half a tail."""
    if objective.tail == 0.0:
        return np.empty(0, dtype=np.int64)
    over = -problem.pnl(units) - zeta
    over[at.rows] = -np.inf
    found = np.flatnonzero(over > 1e-9 * at.money)
    most = max(int(problem.book.size * (1.0 - objective.level)), 50)
    return np.asarray(found[np.argsort(-over[found], kind="stable")][:most])


def _binding(problem: Problem, limits: tuple[Limit, ...], raw: _Raw, at: _Layout) -> tuple[Binding, ...]:
    """Limits and liquidity whose marginal is not zero, worth most first in scaled terms."""
    worth = [(-mark, Binding(one.name, float(-mark * at.money / one.scale), one.unit)) for one, mark in
             zip(limits, raw.limits, strict=False)]  # fmt: skip
    for name, step, up, down in zip(problem.instruments.names, at.step, raw.upper, raw.lower, strict=False):
        worth.append((-up, Binding(f"liquidity of {name}", float(-up * at.money / step), "unit")))
        if problem.instruments.array("least")[problem.instruments.names.index(name)] != 0.0:
            worth.append((down, Binding(f"least units of {name}", float(down * at.money / step), "unit")))
    kept = sorted((pair for pair in worth if pair[0] > TOLERANCE * 10.0), key=lambda pair: -pair[0])
    return tuple(binding for _, binding in kept)


def _reason(problem: Problem, limits: tuple[Limit, ...], at: _Layout, whole: bool) -> Exception:
    """Which limits cannot be kept together: the least relative excess, limit by limit (the elastic program)."""
    short = _shortfall(problem, limits, at, whole)
    if short is None:
        return NotConvergedError("the program was not solved: check the units of the scenarios and the limits")
    over = [(limit, amount) for limit, amount in zip(limits, short, strict=True) if amount > KEPT * limit.scale]
    if not over:
        return NotConvergedError("the solver found no answer though the limits can be kept: rescale the problem")
    texts = [f"{limit.name} by {amount:,.6g} {limit.unit}" for limit, amount in over]
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    lots = " in whole lots" if whole else ""
    return InfeasibleError(
        f"no sizes keep every limit{lots}; the nearest exceed {', '.join(texts[:NAMED])}{more}: "
        "loosen these, raise the liquidity, or add an instrument"
    )


def _shortfall(problem: Problem, limits: tuple[Limit, ...], at: _Layout, whole: bool) -> Array | None:
    """Least sum of scaled excesses; dollars or units of each limit, (limits,)."""
    bare = _Layout(at.step, at.money, at.m, np.empty(0, dtype=np.int64))
    count = len(limits)
    made = Entries(bare.size + count)
    _add_limits(made, limits, bare)
    made.loosen(bare.size)
    _add_definitions(made, problem, bare)
    matrix, goal = made.built()
    low, high = _bounds(problem, bare)
    cost = np.concatenate([np.zeros(bare.size), np.ones(count)])
    low, high = np.concatenate([low, np.zeros(count)]), np.concatenate([high, np.full(count, np.inf)])
    if whole:
        integral = np.zeros(bare.size + count, dtype=np.bool_)
        integral[: bare.m] = problem.instruments.array("lot") > 0.0
        raw = _whole(cost, matrix, goal, (low, high), integral)
    else:
        raw = _linear(cost, matrix, goal, low, high)
    if raw.x is None:
        return None
    return np.asarray(raw.x[bare.size :] * np.array([limit.scale for limit in limits]))
