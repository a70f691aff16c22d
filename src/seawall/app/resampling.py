"""A sweep over drawn histories: every lane of a grid on each of them, every run a registered trial with its seed."""

from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple

from seawall.app.recording import new_trial
from seawall.app.sweeping import Planned, Recorder, Where, answers_of, planned_lanes
from seawall.core.errors import InputError
from seawall.data.trials import Registry
from seawall.evidence.fingerprint import Fingerprint, digest
from seawall.evidence.histories import Outcomes, outcomes
from seawall.evidence.trials import LOW_IS_GOOD, Counts, Kind, Metrics
from seawall.market.history import History
from seawall.sim.drawn import Drawn
from seawall.sim.grid import LANES_MAX, Bootstrap, Grid, GridLane
from seawall.sim.plan import Plan
from seawall.sim.sweep import Job, run_threads


class Shot(NamedTuple):
    """One lane on one drawn history."""

    planned: Planned
    mark: Fingerprint


class Resampled(NamedTuple):
    """What a sweep over histories did. ``sets``: outcomes of each lane over the histories there are, the best first.

    ``lanes``: different runs asked for; ``failed`` of those that ended gave no number, ``defects`` no fault of a user.
    ``reasons``: of the failed, with how many.
    """

    name: str
    lanes: int
    found: int
    ran: int
    failed: int
    defects: int
    sets: tuple[tuple[GridLane, Outcomes], ...]
    reasons: dict[str, int]
    counts: Counts
    bootstrap: Bootstrap


def planned_shots(every: tuple[Planned, ...], drawn: Bootstrap) -> dict[str, Shot]:
    """Every run by its id, lane by lane; a lane that is no plan is one run."""
    if len(every) * drawn.lanes > LANES_MAX:
        raise InputError(
            f"{len(every):,} lanes on {drawn.lanes:,} histories are {len(every) * drawn.lanes:,} runs, more than "
            f"{LANES_MAX:,}: draw fewer"
        )
    shots: dict[str, Shot] = {}
    for one in every:
        named = digest(["drawn", one.fingerprint.plan, drawn.mean_block])
        for k in range(drawn.lanes if one.plan is not None else 1):
            mark = Fingerprint(named, one.fingerprint.data, one.fingerprint.code, drawn.seed + k)
            shots[mark.run_id] = Shot(one, mark)
    return shots


def run_resampled(
    plan: Plan,
    grid: Grid,
    history: History,
    where: Where,
    limit: int | None,
    metric: str,
    watch: Callable[[int, int], None] | None = None,
) -> Resampled:
    """Run the lanes of a grid on drawn histories, those that are not registered yet, at most ``limit``.

    Histories of one lane follow each other; history k is the same for every lane. Only metrics are held in memory.
    Raises what ``run_sweep`` raises, ``InputError`` also for too many runs.
    """
    drawn = grid.bootstrap or Bootstrap(1)
    registry = Registry()
    shots = planned_shots(planned_lanes(plan, grid, history), drawn)
    known = registry.measures(list(shots))
    found, defects = len(known), 0
    todo = [name for name in shots if name not in known][:limit]
    jobs = [
        Job(name, Drawn(chosen, shots[name].mark.seed, drawn.mean_block))
        for name in todo
        if (chosen := shots[name].planned.plan) is not None
    ]
    faults = [(name, shots[name].planned.fault) for name in todo if shots[name].planned.plan is None]
    done = 0
    with (
        closing(Recorder(registry)) as recorder,
        closing(answers_of(jobs, faults, history, where, run_threads)) as answers,
    ):
        for answer in answers:
            shot = shots[answer.run_id]
            lane = {**dict(shot.planned.lane.parameters), "bootstrap.mean_block": drawn.mean_block}
            recorder.add(new_trial(shot.mark, Kind.SWEEP, plan.name, (answer.outcome, answer.fault), lane))
            known[answer.run_id] = (answer.outcome and answer.outcome.metrics, answer.fault)
            defects += answer.defect
            done += 1
            if watch is not None:
                watch(done, len(todo))
    reasons: dict[str, int] = {}
    for metrics, reason in known.values():
        if metrics is None:
            reasons[reason] = reasons.get(reason, 0) + 1
    sets = _sets(shots, known, metric)
    failed = sum(reasons.values())
    return Resampled(plan.name, len(shots), found, done, failed, defects, sets, reasons, registry.count(), drawn)


def _sets(
    shots: dict[str, Shot], known: dict[str, tuple[Metrics | None, str]], metric: str
) -> tuple[tuple[GridLane, Outcomes], ...]:
    """Outcomes by lane, histories in the order of their seeds, lanes by the median of a metric."""
    held: dict[GridLane, list[Metrics | None]] = {}
    for name, shot in shots.items():
        told = held.setdefault(shot.planned.lane, [])
        if name in known:
            told.append(known[name][0])
    sign = 1.0 if metric in LOW_IS_GOOD else -1.0
    sets = [(lane, outcomes(told, metric)) for lane, told in held.items() if told]

    def key(one: tuple[GridLane, Outcomes]) -> tuple[bool, float]:
        return (one[1].order is None, 0.0 if one[1].order is None else sign * one[1].order.p50)

    return tuple(sorted(sets, key=key))
