"""Claims about policies on the accounts that a simulator hands over: H-03, H-08, H-10 and H-14."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.evidence.contrast import spells
from seawall.evidence.episodes import LEAST_EPISODES
from seawall.evidence.equal_mean import equal_mean
from seawall.evidence.interval import Interval, Plan, interval_of, p_values
from seawall.evidence.resample import LEAST_BLOCKS, Measure, Statistic, difference, paired_draws
from seawall.evidence.simulated import SimulatedRuns
from seawall.evidence.world import Array, Fact, Look, Outcome, Picture, Runner, World, estimates, span

MONTH: Final = 21
TAIL: Final = Statistic(Measure.CVAR, MONTH)
DEPTH: Final = Statistic(Measure.MAX_DRAWDOWN)


def runs_of(world: World) -> SimulatedRuns:
    """The runs. Raises ``MissingDataError`` without any."""
    if world.runs is None:
        raise MissingDataError("no simulation: run the policies first")
    return world.runs


def _outcome(runs: SimulatedRuns, interval: Interval, **more: object) -> Outcome:
    first, last = span(runs.dates)
    shared = {
        "effect": interval.estimate, "interval": interval, "n": interval.n, "counted": "sessions", "first": first,
        "last": last, "modelled": runs.modelled, "trials": runs.trials,
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
        notes=("a hedged account that earns more than the book is compared with the whole book",),
    )  # fmt: skip


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
        names = ("band", other)
        observed, drawn, block = _adjusted(world, np.column_stack([runs.returns[one] for one in names]))
        gap = drawn[:, 0] - drawn[:, 1]
        n = runs.dates.size
        what = ("paired stationary bootstrap, percentile, mean over CVaR95 of 21 sessions", n, block)
        thin = n / block < LEAST_BLOCKS or n / MONTH * 0.05 < 10.0
        rows[f"band less {other}"] = interval_of(float(observed[0] - observed[1]), gap, world.plan, what, thin)
        p.append(p_values(gap)[1])
        twice = [_ratio(runs.doubled[one]) for one in names]
        doubled.append(twice[0] - twice[1])
    worst = min(rows.values(), key=lambda one: one.estimate)
    return _outcome(
        runs, worst,
        unit="mean over CVaR95, the smaller of the two gains", p=tuple(p), doubled=min(doubled),
        pictures=(_picture("Trading at a band", "Mean of 21 sessions over CVaR95 of 21 sessions, net of costs.", rows,
                           "gain of the ratio"),),
        facts=tuple(Fact(name, one.says()) for name, one in rows.items()),
    )  # fmt: skip


def _ratio(returns: Array) -> float:
    return MONTH * float(returns.mean()) / TAIL.value(returns)


def _adjusted(world: World, paths: Array) -> tuple[Array, Array, int]:
    """Mean over CVaR of each column, (k,), and of every draw, (reps, k): both on the same rows."""
    tail, tail_draws, block = paired_draws(paths, TAIL, world.plan)
    fixed = type(world.plan)(world.plan.reps, world.plan.seed, world.plan.level, block)
    mean, mean_draws, _ = paired_draws(paths, Statistic(Measure.MEAN), fixed)
    return MONTH * mean / tail, MONTH * mean_draws / tail_draws, block


def run_widened(world: World) -> Outcome:
    """H-08: CVaR95 of a month saved by widening, less the credit it gave up, per trigger; below zero it paid."""
    runs = runs_of(world)
    wide, plain = runs.returns["widened"], runs.returns["not widened"]
    paths = np.column_stack([wide, plain])
    tail, tail_draws, block = paired_draws(paths, TAIL, world.plan)
    fixed = type(world.plan)(world.plan.reps, world.plan.seed, world.plan.level, block)
    mean, mean_draws, _ = paired_draws(paths, Statistic(Measure.MEAN), fixed)
    value = float(tail[0] - tail[1] + MONTH * (mean[1] - mean[0]))
    draws = tail_draws[:, 0] - tail_draws[:, 1] + MONTH * (mean_draws[:, 1] - mean_draws[:, 0])
    occasions = 0 if runs.triggered is None else spells(runs.triggered, MONTH)
    n = runs.dates.size
    thin = occasions < LEAST_EPISODES or n / block < LEAST_BLOCKS or n / MONTH * 0.05 < 10.0
    what = ("paired stationary bootstrap, percentile, CVaR95 of 21 sessions and mean", n, block)
    interval = interval_of(value, draws, world.plan, what, thin)
    first, second = runs.doubled["widened"], runs.doubled["not widened"]
    doubled = TAIL.value(first) - TAIL.value(second) + MONTH * float(second.mean() - first.mean())
    return _outcome(
        runs, interval,
        unit="CVaR95 saved less credit lost, 21 sessions",
        p=(p_values(draws)[0],), doubled=doubled, counted=f"sessions, {occasions} occasions of widening",
        pictures=(_picture("Widened less not widened", "Change of CVaR95 plus credit lost: below zero it paid.",
                           {"21 sessions": interval}, "share of NAV"),),
        facts=(
            Fact("CVaR95 of 21 sessions", f"widened {tail[0]:.2%}, not widened {tail[1]:.2%}"),
            Fact("credit lost in 21 sessions", f"{MONTH * (mean[1] - mean[0]):.3%}"),
            Fact("occasions", f"{occasions}, a month apart"),
        ),
    )  # fmt: skip


HEDGED: Final = Runner("H-03", run_hedged, simulated=("hedged", "alone"))
WIDENED: Final = Runner("H-08", run_widened, simulated=("widened", "not widened"))
BAND: Final = Runner("H-10", run_band, simulated=("band", "hold", "chase"))
STEWARD: Final = Runner("H-14", run_steward, simulated=("steward", "promoter"))
