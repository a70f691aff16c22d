"""Policies and benchmarks run on one history: the accounts that the claims about policies are tested on (METHOD 8.4).

``alone`` B0: the book, a monthly condor. ``hedged``: with the policy `seed`, whose temper is a band (``band`` is that
run too); ``measured``, ``hold``, ``chase`` differ from it by triggers and temper. ``smaller`` B1: alone at the hedged
mean, the rest in cash. ``vxth`` B2, ``static`` B3, ``put overlay`` B4 and ``crypto native`` B5: the book with another
hedge; B5 is a strip of listed strikes, and a perp against the delta of every pool of the book. ``cash stop`` B6: alone,
in cash for a quarter after a loss. ``widened``, ``not widened``: weekly condors without a hedge that differ
by `L0.widen` only. ``steward``, ``promoter``: those policies as whole books.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.evidence.benchmarks import cash_stop
from seawall.evidence.equal_mean import shares
from seawall.evidence.simulated import SimulatedRuns
from seawall.hedge.charter import Policy, preset
from seawall.hedge.stack.financing import FinancingCondor
from seawall.kernels import slots as at
from seawall.market.history import History
from seawall.sim.engine import Inputs, prepare, simulate
from seawall.sim.plan import Plan
from seawall.sim.programs import Entry, Leg, Program
from seawall.sim.programs_coins import PerpProgram
from seawall.sim.result import Result

Array = NDArray[np.float64]
Prepare = Callable[[Plan], Inputs]

DOUBLE: Final = 2.0
PUT_STRIKE: Final = 0.95
PUT_PREMIUM: Final = 0.02 / 12.0
"""Of equity a month: the carry budget of the policies, so that the overlays cost the same."""
STRIP: Final = tuple(Leg(right, strike="move", aim=aim) for right in ("put", "call") for aim in (1.5, 2.0))
"""B5: puts and calls one and a half and two expected moves out of the money, to the next monthly expiry: so far out
that the account buys whole strips within the budget.
"""
STOP: Final = 0.10
QUARTER: Final = 63
WIDENED: Final = "L0.widen"
FIRST: Final = "hedged"


class PolicyRuns(NamedTuple):
    """``runs`` for the claims. ``plans`` and ``results`` by name, once and at twice the costs; ``notes``: one a line.

    Every plan of both maps is a configuration that was run: whoever shows ``runs`` registers them.
    """

    runs: SimulatedRuns
    plans: Mapping[str, Plan]
    results: Mapping[str, Result]
    doubled_plans: Mapping[str, Plan]
    doubled_results: Mapping[str, Result]
    notes: tuple[str, ...]


def plans_to_run(base: Plan) -> dict[str, Plan]:
    """Every different plan by name; ``base``: book, dates, costs and capital. Its own hedges are left out."""
    book = replace(base, hedge=None).without_hedge()
    seed = preset("seed")
    shut = {"carry": 0.0, "income": 0.0}
    condors = Policy("widened", (FinancingCondor(),), replace(seed.budgets, **shut), narrow=0.0)
    put = Program(
        "put", (Leg("put", strike="forward", aim=PUT_STRIKE),), "premium", PUT_PREMIUM, Entry("expiry"), hedge=True
    )
    strip = Program("strip", STRIP, "premium", PUT_PREMIUM, Entry("expiry"), hedge=True)
    perps = tuple(PerpProgram(f"perp of {one.name}", one.asset, one.name, hedge=True) for one in book.pools)
    policies = {
        FIRST: seed,
        "measured": preset("measured"),
        "hold": replace(seed, name="hold", temper="hold"),
        "chase": replace(seed, name="chase", temper="chase"),
        "static": preset("static-4-4-2"),
        "vxth": preset("vxth"),
    }
    alone = {
        "widened": condors,
        "not widened": replace(condors, name="not widened", widen=0.0),
        "steward": preset("steward"),
        "promoter": preset("promoter"),
    }
    return {
        "alone": replace(book, name="alone"),
        **{name: replace(book, name=name, hedge=one) for name, one in policies.items()},
        "put overlay": replace(book, name="put overlay", programs=(*book.programs, put)),
        "crypto native": replace(book, name="crypto native", programs=(*book.programs, strip, *perps)),
        **{name: replace(book, name=name, condor=None, programs=(), hedge=one) for name, one in alone.items()},
    }


def policy_runs(
    history: History, base: Plan, with_inputs: Prepare | None = None, pool_yield: float | None = None
) -> PolicyRuns:
    """Run every plan of :func:`plans_to_run` twice. ``with_inputs``: how to prepare one, else ``sim.engine.prepare``.

    ``pool_yield``: of a liquidity position, per year, for the claim that needs one. Raises what preparing and
    ``simulate`` raise.
    """
    make: Prepare = partial(prepare, history=history) if with_inputs is None else with_inputs
    plans = plans_to_run(base)
    doubled = {name: plan.at_costs(DOUBLE) for name, plan in plans.items()}
    inputs = {name: make(plan) for name, plan in plans.items()}
    results = {name: simulate(one) for name, one in inputs.items()}
    twice = {name: simulate(make(plan)) for name, plan in doubled.items()}
    cash = cash_returns(inputs["alone"])
    once, notes = _named(results, cash)
    again, _ = _named(twice, cash)
    dates, hedged = results[FIRST].dates, results[FIRST]
    capital = base.capital
    runs = SimulatedRuns(
        dates[1:],
        once,
        {name: again[name] for name in again if name in once},
        cash,
        history.values_on("VIX", dates)[1:],
        hedge_flows(hedged)[1:] / capital,
        hedge_flows(twice[FIRST])[1:] / capital,
        hedged.program[1:, hedged.hedges, at.RUN_MARK].sum(axis=1) / capital,
        pool_yield,
        opened_by(results["widened"], WIDENED)[1:],
        hedged.modelled_share,
        len(plans) + len(doubled),
    )
    said = [f"{name}: {line}" for name, one in results.items() for line in one.modelled if line.startswith("policy")]
    return PolicyRuns(replace(runs, notes=tuple(notes)), plans, results, doubled, twice, (*notes, *said))


def session_returns(result: Result) -> Array:
    """Simple returns of equity, (sessions - 1,); 0 after ruin, whose own loss stays."""
    before = result.nav[:-1]
    return np.divide(np.diff(result.nav), before, out=np.zeros(before.size), where=before > 0.0)


def cash_returns(inputs: Inputs) -> Array:
    """What cash earned over each session after the first, as the account accrues it."""
    years = np.diff(inputs.when.time)
    return np.asarray(np.expm1(inputs.rows.rate[:-1] * years))


def hedge_flows(result: Result) -> Array:
    """Dollars paid for hedges (> 0) or received from them by session, costs and settlements included, (sessions,).

    What their marks rose by less what they gained: an option moves money when it is traded or settles, a future every
    day.
    """
    marks = result.program[:, result.hedges, at.RUN_MARK].sum(axis=1)
    return np.asarray(np.diff(marks, prepend=0.0) - result.hedge_net)


def opened_by(result: Result, program: str) -> NDArray[np.bool_]:
    """Sessions on which a program opened something, (sessions,); none if it is not there."""
    found = np.zeros(result.dates.size, np.bool_)
    if program in result.program_names:
        own = result.records[:, at.FILL_PROGRAM] == result.program_names.index(program)
        opens = own & (result.records[:, at.FILL_RULE] == at.ENTER)
        found[result.records[opens, at.FILL_ROW].astype(np.int64)] = True
    return found


def _named(results: Mapping[str, Result], cash: Array) -> tuple[dict[str, Array], list[str]]:
    """Returns by name with the benchmarks made of them, and why one is not there."""
    returns = {name: session_returns(one) for name, one in results.items()}
    returns["band"] = returns[FIRST]
    alone = returns["alone"]
    _, scale = shares(float(np.mean(returns[FIRST] - cash)), float(np.mean(alone - cash)))
    returns["smaller"] = scale * alone + (1.0 - scale) * cash
    notes = [f"smaller: {scale:.1%} of the book, the rest in cash{_why(returns, cash, scale)}"]
    stopped = cash_stop(alone, STOP, cash, QUARTER)
    returns["cash stop"] = stopped.returns
    notes.append(f"cash stop: {STOP:.0%}, {QUARTER} sessions in cash, {int(stopped.in_cash.sum())} in all")
    return returns, notes


def _why(returns: Mapping[str, Array], cash: Array, scale: float) -> str:
    """Why the book is held whole, or not at all, at equal mean."""
    if scale == 0.0:
        return ": the hedged book earns no more than cash"
    if scale < 1.0:
        return ""
    poor = float(np.mean(returns["alone"] - cash)) <= 0.0
    return ": the book earns no more than cash" if poor else ": the hedged book earns as much as the book"
