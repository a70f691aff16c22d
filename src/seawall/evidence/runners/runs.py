"""Claims about policies on the accounts that a simulator hands over: H-03, H-08, H-10 and H-14."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.core.status import Status
from seawall.evidence.contrast import spells
from seawall.evidence.episodes import LEAST_EPISODES
from seawall.evidence.equal_mean import equal_mean
from seawall.evidence.interval import Interval, Plan, interval_of
from seawall.evidence.jackknife import Guarded
from seawall.evidence.resample import Measure, Statistic, block_length, checked_tail, difference, stationary_draws, thin
from seawall.evidence.simulated import SimulatedRuns
from seawall.evidence.world import Array, Fact, Grid, Look, Outcome, Picture, Runner, World, estimates, span

MONTH: Final = 21
TAIL: Final = Statistic(Measure.CVAR, MONTH)
DEPTH: Final = Statistic(Measure.MAX_DRAWDOWN)
WIDE: Final = ("widened", "not widened")
HEDGES: Final = MappingProxyType({
    "hedged": "the policy", "measured": "measured triggers", "hold": "HOLD", "chase": "CHASE", "vxth": "B2 vxth",
    "static": "B3 static 4:4:2", "put overlay": "B4 put overlay", "crypto native": "B5 strip",
    "cash stop": "B6 cash stop",
})  # fmt: skip
"""Every way tried to hedge the same book, by run."""


def runs_of(world: World) -> SimulatedRuns:
    """The runs. Raises ``MissingDataError`` without any."""
    if world.runs is None:
        raise MissingDataError("no simulation: run the policies first")
    return world.runs


def _outcome(runs: SimulatedRuns, interval: Interval, **more: object) -> Outcome:
    first, last = span(runs.dates)
    shared = {
        "effect": interval.estimate, "interval": interval, "n": interval.n, "counted": "sessions", "first": first,
        "last": last, "modelled": runs.modelled, "trials": runs.trials, "notes": runs.notes,
    }  # fmt: skip
    return Outcome(**{**shared, **more})  # type: ignore[arg-type]


def _picture(heading: str, caption: str, rows: Mapping[str, Interval], unit: str) -> Picture:
    return Picture(Look.INTERVALS, heading, caption, "", unit, (estimates("difference", rows),), 0.0)


def run_hedged(world: World) -> Outcome:
    """H-03: the hedged account against the same book held smaller at equal mean: CVaR of a month, and drawdown."""
    runs = runs_of(world)
    hedged, alone = runs.returns["hedged"], runs.returns["alone"]
    tail, deep = (equal_mean(hedged, alone, runs.cash, one, world.plan, both=False) for one in (TAIL, DEPTH))
    naked = difference(hedged, alone, TAIL, world.plan)
    rows = {"CVaR95, 21 sessions": tail.interval, "max drawdown": deep.interval}
    return _outcome(
        runs, tail.interval,
        unit="CVaR95 of 21 sessions, hedged less smaller",
        p=(tail.p_lower, deep.p_lower), doubled=_twice(runs, "hedged", "alone", both=False),
        pictures=(_picture("Hedged less held smaller at equal mean", "Below zero the hedge did better than less size.",
                           rows, "share of NAV"),),
        facts=(
            Fact("held smaller", f"{tail.scales[1]:.1%} of the book, the rest in cash"),
            Fact("CVaR95 of 21 sessions", f"hedged {tail.first:.2%}, smaller {tail.second:.2%}"),
            Fact("max drawdown", f"hedged {deep.first:.2%}, smaller {deep.second:.2%}, {deep.interval.says()}"),
            Fact("against the book alone", naked.interval.says()),
        ),
        grids=(_against_smaller(world),),
        notes=("a hedged account that earns more than the book is compared with the whole book", *runs.notes),
    )  # fmt: skip


def _against_smaller(world: World) -> Grid:
    """Every hedge tried against the same book held smaller at that hedge's own mean (B1)."""
    runs, rows = runs_of(world), []
    alone = runs.returns["alone"]
    for name, words in HEDGES.items():
        if name in runs.returns:
            found = equal_mean(runs.returns[name], alone, runs.cash, TAIL, world.plan, both=False)
            ends = f"{found.interval.low:+.2%} to {found.interval.high:+.2%}"
            rows.append((words, f"{found.scales[1]:.1%}", f"{found.first:.2%}", f"{found.second:.2%}",
                         f"{found.interval.estimate:+.2%}", ends, f"{found.p_lower:.3f}"))  # fmt: skip
    heads = (
        "Hedge",
        "Book held at",
        "CVaR95",
        "CVaR95, smaller",
        "Difference",
        f"{world.plan.level:.0%} interval",
        "p",
    )
    return Grid("CVaR95 of 21 sessions, hedge by hedge, against the same book held smaller at equal mean", heads,
                tuple(rows))  # fmt: skip


def _twice(runs: SimulatedRuns, name: str, other: str, both: bool) -> float:
    """The difference at twice the costs."""
    found = equal_mean(runs.doubled[name], runs.doubled[other], runs.cash, TAIL, Plan(reps=1, block=MONTH), both)
    return found.first - found.second


def run_steward(world: World) -> Outcome:
    """H-14: the Steward's CVaR95 of a month less the Promoter's; the one that earns more is held smaller."""
    runs = runs_of(world)
    found = equal_mean(runs.returns["steward"], runs.returns["promoter"], runs.cash, TAIL, world.plan)
    return _outcome(
        runs, found.interval,
        unit="CVaR95 of 21 sessions, Steward less Promoter",
        p=(found.p_lower,), doubled=_twice(runs, "steward", "promoter", both=True),
        pictures=(_picture("Steward less Promoter at equal mean", "Below zero the Steward loses less in bad months.",
                           {"CVaR95, 21 sessions": found.interval}, "share of NAV"),),
        facts=(
            Fact("CVaR95 of 21 sessions", f"Steward {found.first:.2%}, Promoter {found.second:.2%}"),
            Fact("held at", f"Steward {found.scales[0]:.1%}, Promoter {found.scales[1]:.1%}, the rest in cash"),
        ),
    )  # fmt: skip


def run_band(world: World) -> Outcome:
    """H-10: mean over CVaR95, 21 sessions, of trading at a band less that of holding, and less that of chasing."""
    runs = runs_of(world)
    rows, p, doubled = {}, [], []
    for other in ("hold", "chase"):
        paths = np.column_stack([runs.returns[one] for one in ("band", other)])
        found = _of_both(world, paths, _ratio_gap, "mean over CVaR95 of 21 sessions")
        rows[f"band less {other}"] = found.interval
        p.append(found.p_higher)
        doubled.append(_ratio_gap(np.column_stack([runs.doubled[one] for one in ("band", other)])))
    worst = min(rows.values(), key=lambda one: one.estimate)
    return _outcome(
        runs, worst,
        unit="mean over CVaR95, the smaller of the two gains", p=tuple(p), doubled=min(doubled),
        pictures=(_picture("Trading at a band", "Mean of 21 sessions over CVaR95 of 21 sessions, net of costs.", rows,
                           "gain of the ratio"),),
        facts=tuple(Fact(name, one.says()) for name, one in rows.items()),
    )  # fmt: skip


def _ratio_gap(paths: Array) -> float:
    """Mean over CVaR of the first column less that of the second."""
    first, second = (MONTH * float(one.mean()) / TAIL.value(one.copy()) for one in paths.T)
    return first - second


def _cost_of_tail(paths: Array) -> float:
    """CVaR of the first column less that of the second, and the mean of a month that it gave up for it."""
    first, second = (TAIL.value(one.copy()) - MONTH * float(one.mean()) for one in paths.T)
    return first - second


def _of_both(world: World, paths: Array, value: Callable[[Array], float], name: str) -> Guarded:
    """A quantity of two accounts, (n, 2), with its interval: drawn together, and by the jackknife."""
    n = len(paths)
    block = world.plan.block or block_length(np.column_stack([paths, np.abs(paths)]), MONTH)
    draws = stationary_draws(n, block, world.plan, lambda rows, _: np.array([value(paths[row]) for row in rows]))
    what = (f"paired stationary bootstrap, percentile, {name}", n, block)
    return checked_tail(
        interval_of(value(paths), draws, world.plan, what, thin(n, block, TAIL)), draws, paths, TAIL, value
    )


def run_widened(world: World) -> Outcome:
    """H-08: CVaR95 of a month saved by widening, less the credit it gave up, per trigger; below zero it paid."""
    runs = runs_of(world)
    paths = np.column_stack([runs.returns[one] for one in WIDE])
    found = _of_both(world, paths, _cost_of_tail, "CVaR95 of 21 sessions and mean")
    occasions = 0 if runs.triggered is None else spells(runs.triggered, MONTH)
    interval = found.interval if occasions >= LEAST_EPISODES else replace(found.interval, status=Status.THIN)
    tail, mean = [TAIL.value(one.copy()) for one in paths.T], paths.mean(axis=0)
    return _outcome(
        runs, interval,
        unit="CVaR95 saved less credit lost, 21 sessions",
        p=(found.p_lower,), doubled=_cost_of_tail(np.column_stack([runs.doubled[one] for one in WIDE])),
        counted=f"sessions, {occasions} occasions of widening",
        pictures=(_picture("Widened less not widened", "Change of CVaR95 plus credit lost: below zero it paid.",
                           {"21 sessions": interval}, "share of NAV"),),
        facts=(
            Fact("CVaR95 of 21 sessions", f"widened {tail[0]:.2%}, not widened {tail[1]:.2%}"),
            Fact("credit lost in 21 sessions", f"{MONTH * (mean[1] - mean[0]):.3%}"),
            Fact("occasions", f"{occasions}, a month apart"),
        ),
    )  # fmt: skip


HEDGED: Final = Runner("H-03", run_hedged, simulated=("hedged", "alone"), lanes=(*HEDGES, "alone"))
WIDENED: Final = Runner("H-08", run_widened, simulated=WIDE)
BAND: Final = Runner("H-10", run_band, simulated=("band", "hold", "chase"))
STEWARD: Final = Runner("H-14", run_steward, simulated=("steward", "promoter"))
