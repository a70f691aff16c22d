"""A sweep from plan and grid to registered trials."""

import datetime as dt
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from seawall.app.recording import new_trial
from seawall.core.clock import sessions
from seawall.core.errors import InputError, SeawallError
from seawall.data.trials import Registry
from seawall.evidence.fingerprint import Fingerprint, code_hash, data_hash, digest, plan_hash
from seawall.evidence.luck import Luck, luck
from seawall.evidence.trials import (
    LOW_IS_GOOD,
    Counts,
    Kind,
    Outcome,
    Record,
    Trial,
    cash_returns,
    run_lane_job,
)
from seawall.market.history import History
from seawall.sim.cluster import Cluster, run_cluster
from seawall.sim.grid import Grid, GridLane, grid_lanes, lane_plan
from seawall.sim.plan import Plan
from seawall.sim.plan_series import plan_series, read_by
from seawall.sim.sweep import Answer, Job, Work, one_line, run_local

FLUSH_S: Final = 1.0
FLUSH_ROWS: Final = 200

Local = Callable[[Work[Record], Sequence[Job], History, int | None], Iterator[Answer[Record]]]


class Planned(NamedTuple):
    """A lane with the plan it stands for, or why there is no such plan."""

    lane: GridLane
    plan: Plan | None
    fault: str
    fingerprint: Fingerprint


class Where(NamedTuple):
    """Where lanes run: on a cluster, or in ``workers`` processes here (None: as many as are worth it).

    Drawn histories run on as many threads instead.
    """

    cluster: str | None = None
    workers: int | None = None


class Swept(NamedTuple):
    """What a sweep did. ``trials``: every lane that is registered now, in the order of the grid.

    ``lanes``: different runs the grid asks for. ``found`` were there before, ``ran`` are new, ``defects`` of them no
    fault of a user.
    """

    name: str
    lanes: int
    found: int
    ran: int
    defects: int
    trials: tuple[Trial, ...]
    counts: Counts

    @property
    def failed(self) -> int:
        """Lanes that gave no number."""
        return sum(one.outcome is Outcome.FAILED for one in self.trials)


def planned_lanes(plan: Plan, grid: Grid, history: History) -> tuple[Planned, ...]:
    """Every different run of a grid. Raises ``InputError`` if none of its lanes is a plan."""
    known: dict[tuple[dt.date, tuple[str, ...]], str] = {}
    made: dict[str, Planned] = {}
    for lane in grid_lanes(grid):
        try:
            chosen, fault = lane_plan(plan, lane), ""
            named = plan_hash(chosen)
        except SeawallError as wrong:
            chosen, fault = None, one_line(wrong)
            named = digest([plan_hash(plan), dict(lane.parameters)])
        one = chosen or plan
        key = one.end, plan_series(one)
        data = known.get(key) or known.setdefault(key, data_hash(read_by(one, history), one.end))
        mark = Fingerprint(named, data, code_hash())
        made.setdefault(mark.run_id, Planned(lane, chosen, fault, mark))
    every = tuple(made.values())
    if all(one.plan is None for one in every):
        raise InputError(f"no lane of the grid is a plan ({every[0].fault}): change its axes")
    return every


class Recorder:
    """Writes trials to the registry in small batches, and what is left when it is closed, also by an error."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting: list[Trial] = []
        self._last = time.monotonic()

    def add(self, trial: Trial) -> None:
        """Keep a trial; write when enough wait or a second has passed."""
        self._waiting.append(trial)
        if len(self._waiting) >= FLUSH_ROWS or time.monotonic() - self._last > FLUSH_S:
            self.close()

    def close(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        self._registry.record(waiting)
        self._last = time.monotonic()


def run_sweep(
    plan: Plan,
    grid: Grid,
    history: History,
    where: Where = Where(),  # noqa: B008 (a NamedTuple)
    limit: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Swept:
    """Run the lanes of a grid that are not registered yet, at most ``limit``, and register each.

    ``watch`` is told lanes done and lanes to do. Whatever stops it, finished lanes are kept. Raises what
    ``run_local`` and ``run_cluster`` raise, and what the registry raises.
    """
    registry = Registry()
    every = planned_lanes(plan, grid, history)
    by_id = {one.fingerprint.run_id: one for one in every}
    found = registry.find(list(by_id))
    todo = [one for name, one in by_id.items() if name not in found][:limit]
    new: dict[str, Trial] = {}
    defects = 0
    jobs = [Job(one.fingerprint.run_id, one.plan) for one in todo if one.plan is not None]
    faults = [(one.fingerprint.run_id, one.fault) for one in todo if one.plan is None]
    with closing(Recorder(registry)) as recorder, closing(answers_of(jobs, faults, history, where)) as answers:
        for answer in answers:
            lane = by_id[answer.run_id]
            defects += answer.defect
            trial = new_trial(
                lane.fingerprint, Kind.SWEEP, plan.name, (answer.outcome, answer.fault), dict(lane.lane.parameters)
            )
            new[answer.run_id] = trial
            recorder.add(trial)
            if watch is not None:
                watch(len(new), len(todo))
    trials = tuple(found.get(name) or new[name] for name in by_id if name in found or name in new)
    return Swept(plan.name, len(every), len(found), len(new), defects, trials, registry.count())


def answers_of(
    jobs: Sequence[Job], faults: Sequence[tuple[str, str]], history: History, where: Where, local: Local = run_local
) -> Generator[Answer[Record]]:
    """Answers of all jobs where they are to run, ``local`` if here; then those that are no plan, with their fault."""
    if jobs and where.cluster is not None:
        yield from run_cluster(run_lane_job, jobs, history, Cluster(where.cluster, code_hash))
    elif jobs:
        yield from local(run_lane_job, jobs, history, where.workers)
    yield from (Answer(run_id, None, fault) for run_id, fault in faults)


def sweep_luck(swept: Swept, metric: str, history: History) -> Luck:
    """What the best lane by a metric is worth after the search."""
    ordered = in_order(swept.trials, metric)
    record = next((one.record for one in ordered if one.record is not None), None)
    cash = None if record is None else cash_returns(history, sessions(record.first, record.last))
    return luck(ordered[0] if ordered else None, ordered, swept.counts.ever, cash)


def in_order(trials: tuple[Trial, ...], metric: str) -> list[Trial]:
    """Trials by a metric, the best first; those without it come last."""
    sign = 1.0 if metric in LOW_IS_GOOD else -1.0

    def key(trial: Trial) -> tuple[bool, float]:
        value = None if trial.record is None else getattr(trial.record.metrics, metric)
        return (value is None, 0.0 if value is None else sign * value)

    return sorted(trials, key=key)
