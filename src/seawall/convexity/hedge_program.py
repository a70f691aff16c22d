"""The linear program of a static hedge: cheapest options that pay what a density owes at every price (METHOD 2.6).

Solved by HiGHS (Huangfu and Hall 2018) through scipy, in units of the largest amount owed so that its tolerances mean
the same for a small and a large position.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import InfeasibleError, NotConvergedError, SeawallError, UnboundedError

Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-10
"""Constraints and reduced costs are kept to this share of the largest amount owed."""
NODES_SEARCHED: Final = 500
"""Most branches of the whole-contract search: a bound in work, so that one input has one answer."""
INTEGER_GAP: Final = 1e-3
"""A whole-contract hedge this share of its cost above the least is good enough."""
SEARCHED_TIMES: Final = 4.0
"""Whole contracts are searched up to this many times the largest position of the divisible hedge."""
UNMET: Final = 1e-7
BINDING: Final = 1e-9
NAMED: Final = 4
_OPTIMAL, _INFEASIBLE = 0, 2  # scipy's codes; a search cut off has another one and a point


class Program(NamedTuple):
    """``payoffs`` (m, n) of one contract at ``prices`` (m,), which must reach ``owed`` (m,).

    ``slope`` (n,) of a contract above every price must reach ``slope_owed``; None when only a span is protected.
    ``ask``, ``bid``, ``cap`` (n,) and ``fee`` are per contract. ``whole``: contracts are whole numbers.
    """

    prices: Floats
    payoffs: Floats
    owed: Floats
    slope: Floats | None
    slope_owed: float
    ask: Floats
    bid: Floats
    cap: Floats
    fee: float
    whole: bool


class Shortfall(NamedTuple):
    """The least shortfall found, money at expiry; ``gap`` and ``stopped`` as in Solution."""

    amount: float
    gap: float
    stopped: bool


class Solution(NamedTuple):
    """Contracts (bought > 0), the price of one more dollar owed at each price and of one more unit of slope.

    Duals are None for whole contracts. ``gap``: how far the cost can be from the best, a share; 0 for a linear program.
    """

    contracts: Floats
    duals: Floats | None
    slope_dual: float | None
    gap: float
    stopped: bool


class _Rows(NamedTuple):
    """``matrix @ x >= target`` with costs, all scaled; the slope is the last row if there is one."""

    matrix: Floats
    target: Floats
    cost: Floats
    cap: Floats
    money: float
    unit: float


def _rows(program: Program, allowed: float) -> _Rows:
    money = float(np.max(np.abs(program.owed), initial=0.0)) or float(np.max(program.ask))
    if program.whole:
        # Contracts cannot be scaled, so what one of them pays at most is the unit of money.
        money = float(np.max(program.payoffs, initial=0.0)) or money
    reach = float(np.max(program.prices, initial=1.0))
    unit = 1.0 if program.whole else money / reach
    matrix, target = program.payoffs * (unit / money), (program.owed - allowed) / money
    if program.slope is not None:
        matrix = np.vstack([matrix, program.slope * (unit * reach / money)])
        target = np.append(target, program.slope_owed * reach / money)
    cost = np.concatenate([program.ask + program.fee, program.fee - program.bid]) * (unit / money)
    cap = np.concatenate([program.cap, program.cap]) / unit
    return _Rows(np.hstack([matrix, -matrix]), target, cost, cap, money, unit)


class _Answer(NamedTuple):
    """``code`` of scipy, the point if there is one, the marginals of the rows if there are, the gap."""

    code: int
    x: Floats | None
    marginals: Floats | None
    gap: float


def _whole(cost: Floats, matrix: Floats, target: Floats, cap: Floats, whole: NDArray[np.bool_]) -> _Answer:
    """The program with some variables whole numbers; without an answer if it has none even when they are not."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    divisible = _divisible(cost, matrix, target, cap)
    if divisible.x is None:
        return divisible
    most = SEARCHED_TIMES * np.ceil(1.0 + np.max(divisible.x[whole], initial=0.0))
    done = milp(
        cost,
        integrality=whole.astype(np.int64),
        bounds=Bounds(0.0, np.where(whole, np.minimum(np.floor(cap), most), cap)),
        constraints=LinearConstraint(matrix, target, np.inf),
        # With presolve HiGHS writes to the standard output when a rounded point has to be repaired.
        options={"node_limit": NODES_SEARCHED, "mip_rel_gap": INTEGER_GAP, "presolve": False},
    )
    return _Answer(int(done.status), done.x, None, float(done.mip_gap or 0.0) if done.x is not None else 0.0)


def _divisible(cost: Floats, matrix: Floats, target: Floats, cap: Floats) -> _Answer:
    from scipy.optimize import linprog

    done = linprog(
        cost,
        A_ub=-matrix,
        b_ub=-target,
        bounds=np.stack([np.zeros(cap.size), cap], axis=1),
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    found = int(done.status) == _OPTIMAL
    return _Answer(int(done.status), done.x if found else None, -done.ineqlin.marginals if found else None, 0.0)


def cheapest(program: Program, allowed: float) -> Solution:
    """Least cost that pays what is owed less ``allowed`` everywhere.

    Raises InfeasibleError (naming the prices that bind), UnboundedError (quotes that pay for nothing),
    NotConvergedError.
    """
    rows = _rows(program, allowed)
    if program.whole:
        answer = _whole(rows.cost, rows.matrix, rows.target, rows.cap, np.ones(rows.cost.size, dtype=np.bool_))
    else:
        answer = _divisible(rows.cost, rows.matrix, rows.target, rows.cap)
    if answer.x is None:
        raise _reason(program, rows, answer.code, allowed)
    n = program.ask.size
    contracts = (answer.x[:n] - answer.x[n:]) * rows.unit
    if answer.marginals is None:
        return Solution(np.round(contracts), None, None, answer.gap, answer.code != _OPTIMAL)
    duals = np.maximum(answer.marginals[: program.prices.size], 0.0)
    # The slope row is in money per top price: back to today's dollars per unit of slope.
    slope = None
    if program.slope is not None:
        slope = max(float(answer.marginals[-1]), 0.0) * float(np.max(program.prices, initial=1.0))
    return Solution(contracts, duals, slope, 0.0, stopped=False)


def least_shortfall(program: Program, budget: float) -> Shortfall:
    """The smallest shortfall, in money at expiry, that at most ``budget`` of cost can keep to everywhere.

    Raises InfeasibleError when the budget cannot bound the loss above the listed prices.
    """
    rows = _rows(program, 0.0)
    short = np.ones((rows.target.size, 1))
    if program.slope is not None:
        short[-1] = 0.0
    matrix = np.block([[rows.matrix, short], [-rows.cost[None, :], np.zeros((1, 1))]])
    target = np.append(rows.target, -budget / rows.money)
    cost, cap = np.append(np.zeros(rows.cost.size), 1.0), np.append(rows.cap, np.inf)
    if program.whole:
        answer = _whole(cost, matrix, target, cap, np.append(np.ones(rows.cost.size, dtype=np.bool_), False))
    else:
        answer = _divisible(cost, matrix, target, cap)
    if answer.x is not None:
        return Shortfall(float(answer.x[-1]) * rows.money, answer.gap, answer.code != _OPTIMAL)
    raise InfeasibleError(
        f"a budget of {budget:g} cannot bound the loss above {float(np.max(program.prices)):g}: "
        "raise it, list calls there, or give a span of prices to protect"
    )


def _reason(program: Program, rows: _Rows, code: int, allowed: float) -> SeawallError:
    """Why a program has no answer: how much is missing and at which prices, or that it has no end."""
    matrix = np.hstack([rows.matrix, np.ones((rows.target.size, 1))])
    cost, cap = np.append(np.zeros(rows.cost.size), 1.0), np.append(rows.cap, np.inf)
    relaxed = _divisible(cost, matrix, rows.target, cap)
    if relaxed.x is None:
        return NotConvergedError("the program of the hedge was not solved: give fewer strikes, or a span of prices")
    missing = float(relaxed.x[-1])
    if missing <= UNMET and program.whole:
        return InfeasibleError(
            f"no hedge in whole contracts was found that keeps the loss within {allowed:g}: "
            "use smaller contracts, more size or strikes, or allow a larger loss"
        )
    if missing <= UNMET and code != _INFEASIBLE:
        return UnboundedError(
            "the quotes pay without limit for a hedge that costs nothing: drop bids above their worth"
        )
    binding = matrix @ relaxed.x - rows.target <= BINDING
    prices = [f"{price:g}" for price, binds in zip(program.prices, binding, strict=False) if binds]
    if program.slope is not None and binding[-1]:
        prices.append(f"above {float(np.max(program.prices)):g}")
    named = ", ".join(prices[:NAMED]) + (f" and {len(prices) - NAMED} more" if len(prices) > NAMED else "")
    return InfeasibleError(
        f"no hedge keeps the loss within {allowed:g}: {missing * rows.money:.6g} is missing at {named}: "
        "list more strikes or size there, allow a larger loss, or give a span of prices"
    )
