"""A sweep from plan and grid to registered trials; and the runs of other verbs, registered before they are shown."""

import datetime as dt
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Final, NamedTuple

from seawall.core.errors import InputError, SeawallError
from seawall.data.trials import Registry
from seawall.evidence.fingerprint import Fingerprint, code_hash, data_hash, digest, plan_hash
from seawall.evidence.trials import (
    LOW_IS_GOOD,
    Counts,
    Kind,
    Outcome,
    Record,
    Trial,
    measured,
    run_lane_job,
)
from seawall.market.history import History
from seawall.sim.cluster import Cluster, run_cluster
from seawall.sim.grid import Grid, GridLane, grid_lanes, lane_plan
from seawall.sim.plan import Plan
from seawall.sim.result import Comparison
from seawall.sim.sweep import Answer, Job, one_line, run_local

FLUSH_S: Final = 1.0
FLUSH_ROWS: Final = 200


class Planned(NamedTuple):
    """A lane with the plan it stands for, or why there is no such plan."""

    lane: GridLane
    plan: Plan | None
    fault: str
    fingerprint: Fingerprint


class Where(NamedTuple):
    """Where lanes run: on a cluster, or in ``workers`` processes here (None: as many as are worth it)."""

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
    known: dict[dt.date, str] = {}
    made: dict[str, Planned] = {}
    for lane in grid_lanes(grid):
        try:
            chosen, fault = lane_plan(plan, lane), ""
            named = plan_hash(chosen)
        except SeawallError as wrong:
            chosen, fault = None, one_line(wrong)
            named = digest([plan_hash(plan), dict(lane.parameters)])
        end = (chosen or plan).end
        data = known.get(end) or known.setdefault(end, data_hash(history, end))
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
    with closing(Recorder(registry)) as recorder, closing(_answers(todo, history, where)) as answers:
        for answer in answers:
            lane = by_id[answer.run_id]
            defects += answer.defect
            trial = _trial(
                lane.fingerprint, Kind.SWEEP, plan.name, (answer.outcome, answer.fault), dict(lane.lane.parameters)
            )
            new[answer.run_id] = trial
            recorder.add(trial)
            if watch is not None:
                watch(len(new), len(todo))
    trials = tuple(found.get(name) or new[name] for name in by_id if name in found or name in new)
    return Swept(plan.name, len(every), len(found), len(new), defects, trials, registry.count())


def _answers(todo: list[Planned], history: History, where: Where) -> Generator[Answer[Record]]:
    jobs = [Job(one.fingerprint.run_id, one.plan) for one in todo if one.plan is not None]
    if jobs and where.cluster is not None:
        yield from run_cluster(run_lane_job, jobs, history, Cluster(where.cluster, code_hash))
    elif jobs:
        yield from run_local(run_lane_job, jobs, history, where.workers)
    yield from (Answer(one.fingerprint.run_id, None, one.fault) for one in todo if one.plan is None)


def _trial(
    mark: Fingerprint, kind: Kind, name: str, result: tuple[Record | None, str], lane: Mapping[str, object]
) -> Trial:
    from importlib.metadata import version

    return Trial(mark, kind, name, lane, *result, dt.datetime.now(dt.UTC), version("seawall"))


def record_backtest(plan: Plan, history: History, runs: Comparison) -> None:
    """Register both runs of a comparison, before they are shown. Raises what the registry raises."""
    data, code = data_hash(history, plan.end), code_hash()
    trials = []
    for one, result in ((plan, runs.with_hedge), (plan.without_hedge(), runs.without_hedge)):
        record = measured(result.nav, result.dates, history, result.modelled_share)
        trials.append(_trial(Fingerprint(plan_hash(one), data, code), Kind.BACKTEST, plan.name, (record, ""), {}))
    Registry().record(trials)


def in_order(trials: tuple[Trial, ...], metric: str) -> list[Trial]:
    """Trials by a metric, the best first; those without it come last."""
    sign = 1.0 if metric in LOW_IS_GOOD else -1.0

    def key(trial: Trial) -> tuple[bool, float]:
        value = None if trial.record is None else getattr(trial.record.metrics, metric)
        return (value is None, 0.0 if value is None else sign * value)

    return sorted(trials, key=key)
