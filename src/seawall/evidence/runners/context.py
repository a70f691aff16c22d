"""H-13: signals expected to say nothing, against VIX, its slope and realised volatility: SPA over all of them."""

from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import sessions
from seawall.core.errors import MissingDataError, SeawallError
from seawall.evidence.contrast import ahead, at_closes, signal_at_closes
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.regression import added_out_of_sample
from seawall.evidence.resample import block_length
from seawall.evidence.selection import Superiority, spa
from seawall.evidence.walkforward import Split, walk_forward
from seawall.evidence.world import (
    Ablation,
    Array,
    Days,
    Fact,
    Look,
    Outcome,
    Picture,
    Runner,
    World,
    estimates,
    span,
)
from seawall.market.history import History
from seawall.signals.board import lacking
from seawall.signals.contract import Prior, Signal
from seawall.signals.registry import SIGNALS
from seawall.signals.vol import SLOPE

HORIZON: Final = 21
AGE_DAYS: Final = 190
"""Oldest value of a slow series that counts: two quarters and their delay."""
LEAST_YEARS: Final = 7
YEAR: Final = 252
SHOWN: Final = 12
COVERED: Final = 0.95
"""Share of the base's sessions a signal must be known on, so that none shortens the sample of the others."""
CLAIMED: Final = ("M09", "M14", "M15", "M16", "M19", "M21", "M22", "M29", "M30", "M31")
"""Breadth, exchange and interest rates, cash flow, quick ratio, P/E, rotation, listings."""


class Table(NamedTuple):
    """Outcomes and columns on one set of sessions: ``base``, and by id the ``extra`` of each signal."""

    dates: Days
    outcomes: dict[str, Array]
    base: dict[str, Array]
    extra: dict[str, Array]


def candidates(history: History) -> tuple[list[Signal], list[str]]:
    """Signals of the claim whose prior is a null and whose series are here; and what the others lack, in words."""
    null = [one for one in SIGNALS.values() if one.prior is Prior.NULL and one.id.startswith(CLAIMED)]
    absent = {one.id: lacking(one, history) for one in null}
    lacks: dict[str, list[str]] = {}
    for identity, names in absent.items():
        if names:
            lacks.setdefault(", ".join(names), []).append(identity)
    return [one for one in null if not absent[one.id]], [
        f"{', '.join(ids)}: no {names}" for names, ids in lacks.items()
    ]


def realised_ahead(spx: Array, horizon: int = HORIZON) -> Array:
    """ln of realised volatility over the next ``horizon`` sessions, (n,); NaN while not over."""
    squared = np.concatenate([[0.0], np.cumsum(np.diff(np.log(spx), prepend=np.log(spx[:1])) ** 2)])
    out = np.full(spx.size, np.nan)
    if spx.size > horizon:
        total = squared[1 + horizon :] - squared[1:-horizon]
        out[:-horizon] = 0.5 * np.log(np.maximum(total, 1e-12) * YEAR / horizon)
    return out


def _table(world: World, asked: list[Signal]) -> tuple[Table, list[str]]:
    """Everything on the sessions of the base; a signal with too few rows there is left out and named."""
    history = world.history
    ends = [history.get(name).dates[[0, -1]] for name in ("SPX", "VIX", "VIX3M")]
    dates = sessions(max(one[0] for one in ends).item(), min(one[1] for one in ends).item())
    spx = history.values_on("SPX", dates)
    vix = at_closes(history, "VIX", dates, 0)
    behind = np.full(spx.size, np.nan)
    later = realised_ahead(spx)
    behind[HORIZON:] = later[:-HORIZON] if spx.size > HORIZON else np.nan
    base = {"ln VIX": np.log(vix), "slope": signal_at_closes(SLOPE, history, dates, 0, observed=True), "ln RV": behind}
    step = np.concatenate([[np.nan], spx[1:] / spx[:-1] - 1.0])
    outcomes = {"RV": later, "return": ahead(step, HORIZON, 0)}
    extra, left = {}, []
    there = np.all([np.isfinite(b) for b in base.values()], axis=0)
    for one in asked:
        try:
            column = signal_at_closes(one, history, dates, AGE_DAYS)
        except SeawallError as fault:
            left.append(f"{one.id}: {fault}")
            continue
        usable = np.isfinite(column) & there
        if usable.sum() < COVERED * there.sum() or np.ptp(column[usable]) == 0.0:
            left.append(f"{one.id}: known on {int(usable.sum()):,} of {int(there.sum()):,} sessions")
        else:
            extra[one.id] = column
    kept = np.all([np.isfinite(c) for c in (*base.values(), *extra.values())], axis=0)
    if not extra or kept.sum() < LEAST_YEARS * YEAR:
        raise MissingDataError(
            f"{int(kept.sum())} sessions on which {len(extra)} signals and VIX, its slope and RV are known: "
            f"it needs {LEAST_YEARS} years and one signal"
        )
    cut = {name: column[kept] for name, column in outcomes.items()}
    columns = ({name: c[kept] for name, c in group.items()} for group in (base, extra))
    return Table(dates[kept], cut, *columns), left


def _losses(y: Array, columns: list[Array], splits: tuple[Split, ...]) -> Array:
    """Squared error of a walk-forward regression on tested rows, over the variance of the outcome; NaN elsewhere."""
    x = np.column_stack([np.ones(y.size), *columns])
    out = np.full(y.size, np.nan)
    for train, test in splits:
        fit = train[np.isfinite(y[train])]
        beta = np.linalg.lstsq(x[fit], y[fit], rcond=None)[0]
        out[test] = (y[test] - x[test] @ beta) ** 2 / np.var(y[fit])
    return out


def differentials(table: Table, splits: tuple[Split, ...]) -> tuple[Array, list[str]]:
    """Fall of the squared error when a signal joins the base, (tested rows, signals x outcomes), and their names."""
    columns, names = [], []
    base = list(table.base.values())
    for outcome, y in table.outcomes.items():
        less = _losses(y, base, splits)
        for name, extra in table.extra.items():
            columns.append(less - _losses(y, [*base, extra], splits))
            names.append(f"{name} for {outcome}")
    made = np.column_stack(columns)
    return made[np.isfinite(made).all(axis=1)], names


def run(world: World) -> Outcome:
    """SPA over every signal here and both outcomes; the effect is the best gain of R2."""
    asked, absent = candidates(world.history)
    if not asked:
        raise MissingDataError(f"none of the signals of this claim has its series here ({'; '.join(absent)})")
    table, left = _table(world, asked)
    splits = walk_forward(table.dates, HORIZON)
    gains, names = differentials(table, splits)
    block = max(HORIZON, block_length(gains))
    plan = Plan(world.plan.reps, world.plan.seed, world.plan.level, block)
    picked = spa(gains, plan)
    best = picked.best if picked.best is not None else int(np.argmax(gains.mean(axis=0)))
    interval = _gain(table, names[best], splits, plan)
    order = np.argsort(-gains.mean(axis=0) / np.maximum(gains.std(axis=0), 1e-12), kind="stable")[:SHOWN]
    rows = {names[i]: _gain(table, names[i], splits, plan) for i in order.tolist()}
    found = ", ".join(names[i] for i in picked.superior) or "none"
    return Outcome(
        effect=interval.estimate,
        unit=f"gain of R2, best of {len(names)} ({names[best]})",
        interval=None,
        n=len(gains),
        counted="sessions tested",
        first=span(table.dates)[0],
        last=span(table.dates)[1],
        p=(picked.p,),
        trials=len(names),
        pictures=(
            Picture(Look.INTERVALS, "What a signal adds to VIX, its slope and realised volatility",
                    "Gain of R2 out of sample for the next 21 sessions, each signal alone; intervals are not "
                    "corrected for the search, the p-value of SPA is.", "", "gain of R2",
                    (estimates("gain", rows),), 0.0),
        ),
        facts=(
            Fact("SPA over all", f"p {picked.p:.3f} (between {picked.p_lower:.3f} and {picked.p_upper:.3f}), "
                 f"{picked.rules} rules, blocks of {picked.block}"),
            Fact("StepM accepts", found),
            Fact("the best alone, uncorrected", interval.says()),
            Fact("signals", ", ".join(table.extra)),
        ),
        ablations=_ablations(table, splits, plan, picked, world),
        notes=(
            *(f"not in it, {one}" for one in (*absent, *left)),
            f"each signal joins alone; outcomes: ln realised volatility and return of the next {HORIZON} sessions",
        ),
    )  # fmt: skip


def _gain(table: Table, name: str, splits: tuple[Split, ...], plan: Plan) -> Interval:
    identity, _, outcome = name.partition(" for ")
    extra = {identity: table.extra[identity]}
    return added_out_of_sample(table.outcomes[outcome], table.base, extra, splits, plan)


def _ablations(
    table: Table, splits: tuple[Split, ...], plan: Plan, picked: Superiority, world: World
) -> tuple[Ablation, ...]:
    """The whole search on signals moved in time by a random part of the sample: what noise of the same kind yields."""
    rng = np.random.default_rng(plan.seed)
    n = table.dates.size
    best = []
    for _ in range(min(world.tries, 20)):
        moved = {name: np.roll(c, int(rng.integers(YEAR, n - YEAR))) for name, c in table.extra.items()}
        gains, _ = differentials(table._replace(extra=moved), splits)
        best.append(float(gains.mean(axis=0).max()))
    observed, _ = differentials(table, splits)
    own = float(observed.mean(axis=0).max())
    p = (1.0 + sum(one >= own for one in best)) / (1.0 + len(best))
    return (
        Ablation("best fall of the squared error, as it is", own, picked.p),
        Ablation("the same signals at other times, mean of the best", float(np.mean(best)), float(p)),
    )


RUNNER: Final = Runner("H-13", run, ("SPX", "VIX", "VIX3M"))
