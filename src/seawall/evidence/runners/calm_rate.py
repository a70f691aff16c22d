"""H-09: the internal rate of the hedge's own cash flows in calm months against 1.5 times the pool's yield."""

from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.evidence.episodes import episodes
from seawall.evidence.interval import Interval, interval_of
from seawall.evidence.resample import LEAST_BLOCKS, stationary_draws
from seawall.evidence.runners.runs import runs_of
from seawall.evidence.simulated import SimulatedRuns
from seawall.evidence.world import Array, Fact, Look, Outcome, Picture, Runner, World, estimates, span
from seawall.kernels.resampled import resampled_counts

MONTH: Final = 21
MULTIPLE: Final = 1.5
LOG_RATES: Final = (-60.0, 60.0)
"""Log rates a year between which a rate is searched: a hedge that dies each week loses e^-52 a year."""
HALVINGS: Final = 60


def calm_months(runs: SimulatedRuns, flows: Array) -> Array:
    """Money of each calm month by session, (months, 22): in at the opening mark, the flows, out at the closing mark.

    Months of 21 sessions back to back that touch no episode of VIX above 30. Raises ``MissingDataError``.
    """
    if runs.hedge_value is None:
        raise MissingDataError("the simulation has no hedge: run one with it")
    crisis = np.zeros(runs.dates.size, dtype=np.bool_)
    for one in episodes(runs.dates, runs.vix):
        crisis[one.first : one.last + 1] = True
    rows = []
    for start in range(0, runs.dates.size - MONTH, MONTH):
        end = start + MONTH
        if not crisis[start : end + 1].any():
            month = -flows[start : end + 1].copy()
            month[0] = -runs.hedge_value[start]
            month[-1] += runs.hedge_value[end]
            rows.append(month)
    if len(rows) < 2:
        raise MissingDataError(f"{len(rows)} calm months of the hedge: lengthen the simulation")
    return np.array(rows)


def rates(money: Array) -> Array:
    """Internal rate a year of each row of money by session, (k, m) -> (k,): bisection on the log rate."""
    years = np.arange(money.shape[1]) / SESSIONS_PER_YEAR
    low, high = (np.full(len(money), end) for end in LOG_RATES)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        worth = (money * np.exp(-np.outer(middle, years))).sum(axis=1)
        low, high = np.where(worth > 0.0, middle, low), np.where(worth > 0.0, high, middle)
    return np.asarray(np.expm1(0.5 * (low + high)))


def run(world: World) -> Outcome:
    """Rate in calm less 1.5 times the yield, months drawn anew."""
    runs = runs_of(world)
    if runs.pool_yield is None:
        raise MissingDataError("no yield of a pool, which is read from a year of the series ETH: import it")
    if runs.hedge_flows is None:
        raise MissingDataError("the simulation states no flows of a hedge: run one with it")
    bar = MULTIPLE * runs.pool_yield
    interval = _rate_interval(calm_months(runs, runs.hedge_flows), bar, world)
    doubled = None
    if runs.hedge_flows_doubled is not None:
        doubled = float(rates(calm_months(runs, runs.hedge_flows_doubled).sum(axis=0)[None, :])[0]) - bar
    first, last = span(runs.dates)
    return Outcome(
        effect=interval.estimate,
        unit="internal rate less 1.5 times the pool's yield",
        interval=interval,
        n=interval.n,
        counted="calm months",
        first=first,
        last=last,
        doubled=doubled,
        modelled=runs.modelled,
        trials=runs.trials,
        pictures=(
            Picture(Look.INTERVALS, "Internal rate of the hedge in calm, less 1.5 times the pool's yield",
                    "Months of 21 sessions that touch no episode of VIX above 30, their flows pooled.", "", "per year",
                    (estimates("rate", {"hedge": interval}),), 0.0),
        ),
        facts=(Fact("rate of the hedge in calm", f"{interval.estimate + bar:+.1%} a year"),
               Fact("1.5 times the pool's yield", f"{bar:.1%} a year")),
        notes=("a year of months that repeat: a hedge that loses half of its value a month has a rate near -100 %",
               *runs.notes),
    )  # fmt: skip


def _rate_interval(months: Array, bar: float, world: World) -> Interval:
    n = len(months)
    drawn = stationary_draws(n, 1, world.plan, lambda rows, lengths: rates(resampled_counts(rows, lengths, n) @ months))
    what = ("bootstrap of calm months, percentile", n, 1)
    observed = float(rates(months.sum(axis=0)[None, :])[0])
    return interval_of(observed - bar, drawn - bar, world.plan, what, n < LEAST_BLOCKS)


RUNNER: Final = Runner("H-09", run, simulated=("hedged",))
