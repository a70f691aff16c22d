"""H-05: the sign of dealer gamma and the size of the next session's move, beyond what VIX says. H-04: unwinds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import sessions
from seawall.core.errors import DomainError, MissingDataError, NotConvergedError
from seawall.core.status import Status
from seawall.evidence.ablation import ablations
from seawall.evidence.contrast import Flags, at_closes, signal_at_closes, spells
from seawall.evidence.episodes import LEAST_EPISODES
from seawall.evidence.interval import Interval
from seawall.evidence.regression import added_out_of_sample, logit, ols, with_interaction
from seawall.evidence.walkforward import Split, walk_forward
from seawall.evidence.world import (
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
from seawall.signals.carry import FUNDING_Z
from seawall.signals.composite import FUNDING_EXTREME, unwind_outcome
from seawall.signals.dealer import GEX_RANK, LOW_RANK

PARKINSON: Final = 4.0 * np.log(2.0)
YEAR: Final = 252.0
HORIZONS: Final = (1, 2, 3, 5, 10, 21)
UNWIND_ROWS: Final = 5
SHORT_TRAIN: Final = 1
LEAST_SESSIONS: Final = 100
GEX: Final = "GEX below 0"
LOW: Final = "GEX below P10"
HIGH: Final = "funding z above 2"


def range_vol(high: Array, low: Array) -> Array:
    """Volatility of one session from its range, per root year (Parkinson 1980); NaN where high and low are equal."""
    spread = np.log(high / low)
    return np.where(spread > 0.0, np.sqrt(YEAR * spread**2 / PARKINSON), np.nan)


def _days(world: World, *names: str) -> Days:
    ends = [world.history.get(name).dates[[0, -1]] for name in names]
    first, last = max(one[0] for one in ends), min(one[1] for one in ends)
    if first > last:
        raise MissingDataError(f"{' and '.join(names)} have no day in common: lengthen one")
    return sessions(first.item(), last.item())


def run_sign(world: World) -> Outcome:
    """Gain of out-of-sample R2 when the sign of dealer gamma joins ln VIX in forecasting ln range volatility."""
    dates = _days(world, "GEX", "SPX_HIGH", "SPX_LOW", "VIX")
    history = world.history
    gamma, vix = at_closes(history, "GEX", dates), at_closes(history, "VIX", dates, 0)
    vol = range_vol(*(history.values_on(name, dates) for name in ("SPX_HIGH", "SPX_LOW")))
    following = np.append(np.log(vol[1:]), np.nan)
    kept = np.isfinite(gamma) & np.isfinite(vix) & np.isfinite(following)
    y, base, flag, days = following[kept], {"ln VIX": np.log(vix[kept])}, gamma[kept] < 0.0, dates[kept]
    if not flag.any() or flag.all():
        raise MissingDataError("dealer gamma has one sign only here: lengthen GEX")
    splits = walk_forward(days, horizon=1)
    found = added_out_of_sample(y, base, {GEX: flag.astype(float)}, splits, world.plan)
    today = {**base, "today's ln range": np.log(vol[kept])} if np.isfinite(vol[kept]).all() else None
    rank = signal_at_closes(GEX_RANK, history, days)
    rows = {"sign of GEX, over VIX": found}
    if today is not None:
        rows["sign of GEX, over VIX and today's range"] = added_out_of_sample(
            y, today, {GEX: flag.astype(float)}, splits, world.plan
        )
    if np.isfinite(rank).sum() > 6 * YEAR:
        rows["percentile of GEX, over VIX"] = added_out_of_sample(y, base, {"rank": rank}, splits, world.plan)
    fit = ols(y, {**base, GEX: flag.astype(float)}).of(GEX)
    tested = np.concatenate([split.test for split in splits])
    broken = ablations(_gain(y, base, splits), flag, world)
    return Outcome(
        effect=found.estimate,
        unit="gain of R2 out of sample",
        interval=found,
        n=found.n,
        counted=f"sessions tested, {int(np.count_nonzero(flag[tested])):,} of them with gamma below zero",
        first=span(days)[0],
        last=span(days)[1],
        trials=len(rows),
        pictures=(
            Picture(
                Look.INTERVALS,
                "What dealer gamma adds to the forecast of the next session's range",
                "Gain of R2 out of sample, walk-forward: five years to fit, one to test.",
                "",
                "gain of R2",
                (estimates("gain", rows),),
                0.0,
            ),
            _by_sign(flag, vol, dates, kept),
        ),
        facts=(
            *(Fact(name, one.says()) for name, one in rows.items()),
            Fact("in sample, ln range where gamma is below zero", f"{fit.interval.says()}, two-sided p {fit.p:.2g}"),
        ),
        ablations=broken.rows,
        suspect=broken.suspect,
        notes=(
            "the move is measured by the session's high and low (Parkinson): the store holds no intraday bars of SPX",
            "the second half of the claim, autocorrelation within the day, is not testable here: it needs intraday SPX",
            "GEX in the vendor's own sign convention, published the next morning: the value of the session before",
        ),
    )


def _gain(y: Array, base: dict[str, Array], splits: tuple[Split, ...]) -> Callable[[Flags], float]:
    """Out-of-sample R2 gain of a flag, without an interval: least squares by hand, for many shuffles."""
    plain = np.column_stack([np.ones(y.size), *base.values()])

    def effect(flag: Flags) -> float:
        more = np.column_stack([plain, flag])
        gain, total = 0.0, 0.0
        for train, test in splits:
            less, both = (x[test] @ np.linalg.lstsq(x[train], y[train], rcond=None)[0] for x in (plain, more))
            gain += float(((y[test] - less) ** 2 - (y[test] - both) ** 2).sum())
            total += float(((y[test] - y[train].mean()) ** 2).sum())
        return gain / total

    return effect


def _by_sign(flag: Flags, vol: Array, dates: Days, kept: Flags) -> Picture:
    """Local projections: how much larger the range is h sessions later where gamma is below zero now."""
    del dates
    rows: dict[str, Interval] = {}
    ln = np.log(vol)
    index = np.flatnonzero(kept)
    for horizon in HORIZONS:
        inside = index + horizon < vol.size
        later = ln[np.minimum(index + horizon, vol.size - 1)]
        good = inside & np.isfinite(later) & np.isfinite(ln[index])
        fit = ols(later[good], {"now": ln[index][good], GEX: flag[good].astype(float)}, horizon)
        rows[f"{horizon} ahead"] = fit.of(GEX).interval
    return Picture(
        Look.INTERVALS,
        "How long it lasts",
        "Difference of ln range volatility h sessions ahead where gamma is below zero now, given today's range "
        "(local projections, Newey-West).",
        "sessions ahead",
        "ln range",
        (estimates("difference", rows),),
        0.0,
    )


class _Meeting(NamedTuple):
    """Sessions on which both flags and the outcome are known: outcome, flags, and how often both were set."""

    days: Days
    event: Array
    low: Flags
    high: Flags
    both: int
    occasions: int
    struck: int


def _meeting(world: World) -> _Meeting:
    """Raises ``MissingDataError`` where the flags never meet, or the sample is short."""
    history, dates = world.history, _days(world, "GEX", "SPX", "VIX")
    spx, vix = (history.values_on(name, dates) for name in ("SPX", "VIX"))
    rank, funding = (signal_at_closes(one, history, dates) for one in (GEX_RANK, FUNDING_Z))
    event = unwind_outcome(spx, vix)
    kept = np.isfinite(rank) & np.isfinite(funding) & np.isfinite(event)
    low, high = rank[kept] < LOW_RANK, funding[kept] > FUNDING_EXTREME
    meets = low & high
    both = int(np.count_nonzero(meets))
    if kept.sum() < LEAST_SESSIONS or not both:
        raise MissingDataError(
            f"GEX below its 10th percentile and funding z above 2 together on {both} of {int(kept.sum())} sessions: "
            "lengthen GEX and funding"
        )
    struck = int(event[kept][meets].sum())
    return _Meeting(dates[kept], event[kept], low, high, both, spells(meets, UNWIND_ROWS), struck)


def run_unwind(world: World) -> Outcome:
    """Interaction of low dealer gamma with high funding in a logit of an unwind within five sessions."""
    met = _meeting(world)
    days, y, name = met.days, met.event, f"{LOW} x {HIGH}"
    columns = {LOW: met.low.astype(float), HIGH: met.high.astype(float)}
    try:
        fit = logit(y, with_interaction(columns, LOW, HIGH), UNWIND_ROWS)
    except (NotConvergedError, DomainError) as fault:
        raise MissingDataError(
            f"both flags are set on {met.both} sessions ({met.occasions} occasions), {met.struck} of them followed by "
            f"an unwind: too few to fit an interaction over {days.size} sessions"
        ) from fault
    found = fit.of(name)
    interval = found.interval if met.occasions >= LEAST_EPISODES else replace(found.interval, status=Status.THIN)
    splits = walk_forward(days, UNWIND_ROWS, train_years=SHORT_TRAIN)
    brier = added_out_of_sample(y, columns, {name: columns[LOW] * columns[HIGH]}, splits, world.plan, event=True)
    one_sided = found.p / 2.0 if found.interval.estimate > 0.0 else 1.0 - found.p / 2.0
    rows = {one.name: one.interval for one in fit.coefficients[1:]}
    broken = ablations(_share_gap(y), met.low & met.high, world)
    return Outcome(
        effect=found.interval.estimate,
        unit="log odds of the interaction",
        interval=interval,
        n=days.size,
        counted=f"sessions, {met.both} with both flags on {met.occasions} occasions",
        first=span(days)[0],
        last=span(days)[1],
        p=(float(one_sided),),
        holds=(brier.estimate > 0.0,),
        pictures=(
            Picture(
                Look.INTERVALS, "What raises the odds of an unwind",
                "Log odds of a week with RV5 above twice VIX or a move of 3 sd; logit, Newey-West errors.",
                "", "log odds", (estimates("coefficient", rows),), 0.0,
            ),
        ),
        facts=(
            *(Fact(key, one.says()) for key, one in rows.items()),
            Fact("gain of the Brier score from the interaction, walk-forward", brier.says()),
            Fact("in sample", f"AUC {fit.auc:.3f}, Brier {fit.brier:.4f} against {fit.brier_base:.4f} of its mean"),
            Fact("unwinds", f"{int(y.sum())} of {days.size} sessions, {met.struck} after both flags"),
        ),
        ablations=broken.rows,
        suspect=broken.suspect,
        notes=(f"funding begins late: the walk-forward fits {SHORT_TRAIN} year here instead of five",
               "funding is that of BTC, the longest there is"),
    )  # fmt: skip


def _share_gap(event: Array) -> Callable[[Flags], float]:
    """Share of events where both flags are set less that elsewhere."""

    def effect(flag: Flags) -> float:
        return float(event[flag].mean() - event[~flag].mean()) if flag.any() and not flag.all() else 0.0

    return effect


SIGN: Final = Runner("H-05", run_sign, ("GEX", "VIX", "SPX_HIGH", "SPX_LOW"))
UNWIND: Final = Runner("H-04", run_unwind, ("GEX", "SPX", "VIX", "BTC_FUNDING"))
