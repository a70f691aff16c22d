"""What the board is run on: the store, else the embedded series; the event's facts; simulations, each a trial."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.app.recording import new_trial
from seawall.core.errors import SeawallError
from seawall.data.days import known_history
from seawall.data.events import ASSUMED, EVENTS, event_facts
from seawall.data.trials import Registry
from seawall.evidence.fingerprint import Fingerprint, code_hash, data_hash, plan_hash
from seawall.evidence.interval import LEVEL, REPS, SEED, Plan
from seawall.evidence.placebo import TRIES
from seawall.evidence.policy_runs import PolicyRuns, policy_runs
from seawall.evidence.runners import RUNNERS
from seawall.evidence.trials import Kind, measured_result
from seawall.evidence.world import QUICK_REPS, QUICK_TRIES, World
from seawall.market.history import History
from seawall.sim.engine import Inputs, prepare
from seawall.sim.event_replay import replay_event
from seawall.sim.plan import Plan as SimulatedPlan
from seawall.sim.plan_series import read_by

FUTURES: Final = "VX1"
OFFSETS: Final = "H-02"
"""Asks the simulated policies its question too, but can do without."""
POOL_SHARE: Final = 1.0 / 8.0
"""A constant-product pool loses an eighth of the variance a year; fees that just pay for it are the yield of H-09."""
DAYS_A_YEAR: Final = 365.0


def world_of_store(
    names: Sequence[str] = (),
    quick: bool = False,
    seed: int = SEED,
    began: Callable[[str], None] = lambda plan: None,
) -> World:
    """The world the claims are run on; ``quick`` draws less. ``names``: claims, all if empty.

    ``began`` is told the name of each simulation before it is prepared; at twice the costs it is told it once more.

    Claims about policies get their simulations, over the sessions with VIX futures where there are any; what stops
    them is said by those claims. Every run is a trial in the registry before its result is used.
    """
    wanted = [RUNNERS[one] for one in names] or list(RUNNERS.values())
    event = replay_event(event_facts(EVENTS[0], None), ASSUMED) if any(one.event for one in wanted) else None
    reps, tries = (QUICK_REPS, QUICK_TRIES) if quick else (REPS, TRIES)
    history = known_history()
    world = World(history, None, event, Plan(reps, seed, LEVEL), tries)
    if not any(one.simulated or one.id == OFFSETS for one in wanted):
        return world

    def made(plan: SimulatedPlan) -> Inputs:
        began(plan.name)
        return prepare(plan, history)

    try:
        plan, said = base_plan(history)
        found = policy_runs(history, plan, made, pool_yield(history))
    except SeawallError as fault:  # a hole in one series must not end the claims that do without it
        return replace(world, no_runs=str(fault))
    _register(found, history)
    return replace(world, runs=replace(found.runs, notes=(*said, *found.runs.notes)))


def registered() -> int:
    """Different runs the registry ever counted; 0 where there is none."""
    try:
        return int(Registry().count().ever)
    except SeawallError:
        return 0


def base_plan(history: History) -> tuple[SimulatedPlan, tuple[str, ...]]:
    """The condor program over the sessions of this history, and what it lacks, one a line.

    From the first session with VIX futures, SPX and VIX to the last one; without futures, which are modelled then, from
    the start of the program's own dates.
    """
    plan = SimulatedPlan("condor", vix_print="opening", to_settlement=True)
    names = [FUTURES, "SPX", "VIX"]
    said: tuple[str, ...] = ()
    if not history.has(FUTURES) or not len(history.get(FUTURES)):
        names = names[1:]
        plan = replace(plan, to_settlement=False)
        said = (f"no series {FUTURES}: VIX futures are modelled from VIX throughout",)
    dates = history.get(names[0]).dates
    for name in names[1:]:
        dates = np.intersect1d(dates, history.get(name).dates)
    if said:
        dates = dates[dates >= np.datetime64(plan.start)]
    if dates.size < 2:
        return plan, said
    start: dt.date = dates[0].item()
    end: dt.date = dates[-1].item()
    return replace(plan, start=start, end=end), said


def pool_yield(history: History, coin: str = "ETH") -> float | None:
    """Yearly fees that would just pay a constant-product pool for its loss against rebalancing; None without prices."""
    if not history.has(coin) or len(history.get(coin)) < DAYS_A_YEAR:
        return None
    moves = np.diff(np.log(history.get(coin).values))
    return float(POOL_SHARE * DAYS_A_YEAR * np.mean(moves**2))


def _register(found: PolicyRuns, history: History) -> None:
    code, trials = code_hash(), []
    both = ((found.plans, found.results), (found.doubled_plans, found.doubled_results))
    for plans, results in both:
        for name, plan in plans.items():
            mark = Fingerprint(plan_hash(plan), data_hash(read_by(plan, history), plan.end), code)
            record = measured_result(results[name], history)
            trials.append(new_trial(mark, Kind.EVIDENCE, f"claims: {name}", (record, ""), {}))
    Registry().record(trials)
