"""H-02: OffsetRatio at 2 % a year of a constant front VX position against impermanent loss, while VIX is above 30."""

from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.evidence.episodes import LEAST_EPISODES
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.lp_answer import CALLS, IL, LVR, PERP, SMALLER, VX, VXTH, Answer, LpQuestion, sentence
from seawall.evidence.lp_question import DailyHedge, lp_question
from seawall.evidence.offset import BUDGETS
from seawall.evidence.pool_windows import PoolKind
from seawall.evidence.world import Array, Fact, Grid, Look, Outcome, Picture, Runner, Trace, World, estimates, trace

LATER: Final = "2020-01-01"
SHOWN: Final = (VX, CALLS, VXTH, PERP, SMALLER)
POLICIES: Final = {"hedged": "ALVH of the condor account", "static": "static 4:4:2 of the condor account"}
"""Simulated runs whose hedges are asked the same question."""


def run(world: World) -> Outcome:
    """The ratio at 2 % for v2 and IL decides; everything else stands beside it."""
    extra = policies(world)
    question = lp_question(world.history, world.plan, extra)
    main = question.of(PoolKind.V2, IL, VX)
    if main.ratio is None:
        raise MissingDataError(f"no ratio: {main.reason}")
    found = main.ratio
    shown = [question.of(pool, loss, name) for loss in (IL, LVR) for pool in PoolKind for name in (*SHOWN, *extra)
             if not (loss == LVR and name == PERP)]  # fmt: skip
    return Outcome(
        effect=found.interval.estimate,
        unit="of IL at 2 % a year",
        interval=found.interval,
        n=question.stressed,
        counted=f"windows of 30 days with VIX above 30 of {question.windows:,}, opened every day "
        f"({question.stressed_apart} of {question.apart} that do not overlap)",
        first=question.first,
        last=question.last,
        episodes=found.episodes,
        doubled=main.doubled,
        modelled=None,
        trials=len(question.answers),
        pictures=(_budgets(question), *(_everything(shown, loss) for loss in (IL, LVR)), _scatter(question)),
        facts=_facts(world, question, main),
        grids=(_table(shown), _where(question)),
        notes=(
            *question.notes,
            "the interval resamples ten or so crises: percentile intervals of so few are too narrow",
            "ETH closes at 00:00 UTC, three to four hours after VIX futures settle",
            "v3: the opening price over and times 1.5, centred anew at every opening, not in between",
        ),
        said=sentence(question),
    )  # fmt: skip


def policies(world: World) -> dict[str, DailyHedge]:
    """What a policy's hedges added to the condor account each session, shares of it; nothing without simulations."""
    runs = world.runs
    if runs is None or "alone" not in runs.returns:
        return {}
    return {
        words: DailyHedge(
            runs.dates,
            runs.returns[name] - runs.returns["alone"],
            runs.doubled[name] - runs.doubled["alone"],
            runs.modelled,
        )
        for name, words in POLICIES.items()
        if name in runs.returns and name in runs.doubled
    }


def _facts(world: World, question: LpQuestion, main: Answer) -> tuple[Fact, ...]:
    """How much the verdict depends on choices that are nobody's claim: seed, opening day, what one crisis is."""
    uppers = [
        question.again(main, Plan(world.plan.reps, world.plan.seed + i, world.plan.level)).high for i in (1, 2, 3)
    ]
    phases = "unknown" if main.phases is None else f"{main.phases[0]:.2f} to {main.phases[1]:.2f}"
    line = f"{question.episodes} joined over gaps up to 21 sessions, {question.episodes_wide} up to 63"
    if question.episodes >= LEAST_EPISODES > question.episodes_wide:
        line += f": counted the second way there are fewer than {LEAST_EPISODES}, and the claim would be undecided"
    return (
        Fact("distinct episodes", line),
        Fact("upper end with three other seeds", ", ".join(f"{one:.3f}" for one in uppers)),
        Fact(f"from {LATER} on", _later(world)),
        Fact("another opening day", f"back-to-back windows opened on another day of the month: {phases}"),
    )


def _later(world: World) -> str:
    """The ratio on the part of the sample without the boom of 2017, when pools lost most in months without VIX."""
    history = world.history
    eth = history.get("ETH")
    late = history.with_series(eth.where(eth.dates >= np.datetime64(LATER)))
    try:
        part = lp_question(late, world.plan, pools=(PoolKind.V2,), losses=(IL,), hedges=(VX,))
    except MissingDataError as fault:
        return str(fault)
    one = part.of(PoolKind.V2, IL, VX)
    return one.reason if one.ratio is None else f"{one.ratio.interval.says()}; path R2 {one.path_r2:.2f}"


def _table(shown: list[Answer]) -> Grid:
    heads = ("Hedge", "Pool", "Loss", "Offset", "95 % interval", "Elsewhere", "Size", "Path R2", "Worst 5 % covered")
    return Grid("Offset while VIX was above 30, hedges that cost 2 % a year in calm", heads,
                tuple(_words(one) for one in shown))  # fmt: skip


def _where(question: LpQuestion) -> Grid:
    heads = ("Loss", "Pool", "A month, VIX above 30", "A month elsewhere", "Share in stress", "Share in rising months")
    rows = tuple(
        (one.loss, str(one.pool), f"{one.stressed_mean:.2%}", f"{one.calm_mean:.2%}", f"{one.in_stress:.0%}",
         f"{one.in_rises:.0%}")
        for one in question.shares
    )  # fmt: skip
    return Grid("Where the pool lost", heads, rows)


def _words(one: Answer) -> tuple[str, ...]:
    """One row; a hedge without a size at this cost says why in place of its numbers."""
    head = (one.hedge, str(one.pool), one.loss)
    interval = one.unscaled if one.ratio is None else one.ratio.interval
    if interval is None:
        return (*head, "–", one.reason, "–", "–", f"{one.path_r2:.2f}", "–")
    size, covered = "its own", "–"
    if one.ratio is not None:
        size = f"{one.ratio.scale:.1%} of the pool"
        covered = f"{one.ratio.covered.estimate:.0%} of {one.ratio.covered.n}"
    ends = f"{interval.low:.2f} to {interval.high:.2f}"
    return (*head, f"{interval.estimate:.2f}", ends, f"{one.calm:.2f}", size, f"{one.path_r2:.2f}", covered)


def _budgets(question: LpQuestion) -> Picture:
    rows: dict[str, Interval] = {}
    for pool in PoolKind:
        for budget in BUDGETS:
            found = question.of(pool, IL, VX).at(budget)
            if found is not None:
                rows[f"{pool}, {budget:.0%}"] = found
    return Picture(
        Look.INTERVALS,
        "Share of impermanent loss paid back while VIX was above 30",
        "Constant front VX position, by its cost a year in calm. The line is 60 %. Episodes are resampled, not days.",
        "pool and yearly cost", "share of IL", (estimates("offset", rows),), 0.60,
    )  # fmt: skip


def _everything(shown: list[Answer], loss: str) -> Picture:
    rows = {
        f"{one.hedge}, {one.pool}": interval
        for one in shown
        if one.loss == loss and (interval := one.unscaled if one.ratio is None else one.ratio.interval) is not None
    }
    long = "impermanent loss" if loss == IL else "loss-versus-rebalancing"
    return Picture(
        Look.INTERVALS, f"Every hedge against {long}, at 2 % a year",
        "A perp has the pool's own size, not a budget. Hedges whose calm windows earned have no size that costs 2 %.",
        "", f"share of {loss}", (estimates(loss, rows),), 0.60, modelled=True,
    )  # fmt: skip


def _scatter(question: LpQuestion) -> Picture:
    lost, hedge, stressed = question.scatter
    first: Array = 100.0 * lost
    second: Array = 100.0 * hedge
    rows: tuple[Trace, ...] = (
        trace("VIX above 30", first[stressed], second[stressed]),
        trace("elsewhere", first[~stressed], second[~stressed]),
    )  # fmt: skip
    return Picture(
        Look.POINTS, "Month by month",
        "Back-to-back windows of 30 days: what a v2 pool lost, and what one unit of the front VX future made.",
        "impermanent loss, % of the pool", "P&L of the hedge, % of its notional", rows, 0.0,
    )  # fmt: skip


RUNNER: Final = Runner("H-02", run, ("ETH", "VIX", "VX1|VIXY|VX_*"))
