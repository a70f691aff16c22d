"""How sure a number is: bootstrap intervals and paired differences of any statistic of a path.

Stationary bootstrap (Politis and Romano 1994; draws by ``arch``): blocks of geometric length from a circle of the
observed rows. The mean length is the largest that Patton, Politis and White 2009 give for the series, and for a
statistic of risk also for their absolute values, because risk clusters where returns do not; never shorter than the
statistic's window. A CVaR has a second opinion beside its draws: ``jackknife``."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.evidence.interval import Interval, Plan, interval_of, p_values
from seawall.evidence.jackknife import GROUPS, Guarded, guarded, jackknife
from seawall.kernels import resampled
from seawall.kernels.regress import SINGULAR
from seawall.kernels.tails import ROUNDING

Array = NDArray[np.float64]
Rows = NDArray[np.int32]

CHUNK_CELLS: Final = 4_000_000
"""Row numbers held at once: draws are made and measured in chunks of about 16 MB."""
LEAST_BLOCKS: Final = 8.0
"""Below so many blocks in the sample an interval is THIN."""
LEAST_TAIL: Final = 5.0
"""Below so many independent windows in its tail a CVaR is THIN: 2,100 sessions for CVaR95 of 21 of them."""


class Measure(StrEnum):
    """What is measured on a path of simple session returns; losses and drawdowns are positive."""

    MEAN = "mean return per session"
    VOLATILITY = "standard deviation of session returns"
    SHARPE = "mean over standard deviation, per session"
    CVAR = "CVaR"
    MAX_DRAWDOWN = "max drawdown"
    CDAR = "CDaR"
    ULCER = "Ulcer index"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A measure with its parameters. ``horizon``: sessions of a CVaR; ``level``: of CVaR and CDaR.

    Everything is measured on paths rebuilt from the drawn returns.
    """

    measure: Measure
    horizon: int = 1
    level: float = 0.95

    def value(self, returns: Array) -> float:
        """The statistic of the path as observed."""
        rows = np.arange(returns.size, dtype=np.int32)[None, :]
        return float(self.draws(returns, rows, np.array([returns.size], dtype=np.int32))[0])

    def draws(self, returns: Array, rows: Rows, lengths: Rows) -> Array:
        """The statistic of every draw, shape (draws,)."""
        if self.measure is Measure.CVAR:
            return resampled.resampled_cvar(returns, rows, lengths, self.horizon, self.level)
        if self.measure is Measure.MAX_DRAWDOWN:
            return resampled.resampled_max_drawdown(returns, rows, lengths)
        if self.measure is Measure.CDAR:
            return resampled.resampled_cdar(returns, rows, lengths, self.level)
        if self.measure is Measure.ULCER:
            return resampled.resampled_ulcer(returns, rows, lengths)
        moments = resampled.resampled_moments(returns, rows, lengths)
        if self.measure is Measure.SHARPE:
            return sharpe_of(moments[:, 0], moments[:, 1])
        return np.asarray(moments[:, 1 if self.measure is Measure.VOLATILITY else 0])


class Difference(NamedTuple):
    """First less second, paired. ``p_lower``: one-sided, that the first is lower; ``p_higher``: that it is higher."""

    statistic: Statistic
    first: float
    second: float
    interval: Interval
    p_lower: float
    p_higher: float
    p_two_sided: float


def sharpe_of(mean: Array, spread: Array) -> Array:
    """Mean over standard deviation; 0 where neither moves, infinite where only the mean is not zero."""
    ratio = np.divide(mean, spread, out=np.zeros_like(mean), where=spread > SINGULAR)
    return np.where((spread <= SINGULAR) & (np.abs(mean) > SINGULAR), np.copysign(math.inf, mean), ratio)


def table_of(*series: Array) -> Array:
    """Series of one length side by side, (n, k). Raises ``MissingDataError`` (below two rows) or ``DomainError``."""
    columns = [np.asarray(one, dtype=np.float64) for one in series]
    if any(one.ndim != 1 or one.shape != columns[0].shape for one in columns):
        raise DomainError(f"series of shapes {[one.shape for one in columns]}: pass series on the same rows")
    table = np.ascontiguousarray(np.column_stack(columns))
    if table.shape[0] < 2:
        raise MissingDataError(f"{table.shape[0]} rows: nothing to resample, pass at least two")
    if not np.isfinite(table).all():
        row = int(np.argmax(~np.isfinite(table).all(axis=1)))
        raise DomainError(f"row {row} is not finite: keep only the rows that every series has")
    return table


def block_length(table: Array, least: int = 1) -> int:
    """Mean block length in rows: the largest of Patton, Politis and White 2009 over the columns.

    Not below ``least``, not above n/2. Columns that do not move have no say; below 16 rows it is the cube root of n.
    """
    n = table.shape[0]
    moving = table[:, np.ptp(table, axis=0) > 0.0]
    if n < 16:
        best = n ** (1.0 / 3.0)
    elif not moving.shape[1]:
        best = 1.0
    else:
        from arch.bootstrap import optimal_block_length

        found = optimal_block_length(moving)["stationary"].to_numpy()
        best = float(np.max(found[np.isfinite(found)], initial=1.0))
    return int(np.clip(math.ceil(best), max(least, 1), max(n // 2, 1)))


def stationary_draws(n: int, block: int, plan: Plan, measure: Callable[[Rows, Rows], Array]) -> Array:
    """Call ``measure(rows, lengths)`` on chunks of stationary bootstrap rows of ``n``; its answers joined."""
    from arch.bootstrap import StationaryBootstrap

    source = StationaryBootstrap(block, np.arange(n), seed=plan.seed)
    most = max(1, CHUNK_CELLS // n)
    parts = []
    for first in range(0, plan.reps, most):
        count = min(most, plan.reps - first)
        rows = np.empty((count, n), dtype=np.int32)
        for i in range(count):
            rows[i] = source.update_indices()
        parts.append(measure(rows, np.full(count, n, dtype=np.int32)))
    return np.concatenate(parts)


def _block(series: Array, statistic: Statistic, plan: Plan) -> int:
    if plan.block is not None:
        return plan.block
    risky = statistic.measure not in (Measure.MEAN, Measure.SHARPE)
    return block_length(np.column_stack([series, np.abs(series)]) if risky else series, statistic.horizon)


def _checked(returns: Array, statistic: Statistic) -> Array:
    if statistic.horizon < 1 or not 0.0 <= statistic.level < 1.0:
        raise DomainError(f"horizon {statistic.horizon} and level {statistic.level}: use 1 or more and [0, 1)")
    if statistic.horizon > 1 and statistic.measure is not Measure.CVAR:
        raise DomainError(f"the {statistic.measure} has no horizon of {statistic.horizon}: only a CVaR has windows")
    if len(returns) <= statistic.horizon:
        raise MissingDataError(f"{len(returns)} rows have no two windows of {statistic.horizon}: pass more")
    return returns


def thin(n: int, block: int, statistic: Statistic) -> bool:
    """Whether there are too few blocks, or too few independent windows in the tail of a CVaR."""
    if statistic.measure is Measure.CVAR and n / statistic.horizon * (1.0 - statistic.level) < LEAST_TAIL - ROUNDING:
        return True
    return n / block < LEAST_BLOCKS


def _all_draws(series: Array, statistic: Statistic, block: int, plan: Plan) -> Array:
    columns = [series[:, j].copy() for j in range(series.shape[1])]
    return stationary_draws(
        series.shape[0],
        block,
        plan,
        lambda rows, lengths: np.column_stack([statistic.draws(one, rows, lengths) for one in columns]),
    )


def estimate(returns: Array, statistic: Statistic, plan: Plan | None = None) -> Interval:
    """A statistic of one path of simple session returns, (n,), with its interval.

    Raises ``MissingDataError`` (too short) or ``DomainError`` (not finite, parameters).
    """
    plan = plan or Plan()
    series = _checked(table_of(returns), statistic)
    block = _block(series, statistic, plan)
    draws = _all_draws(series, statistic, block, plan)[:, 0]
    n = series.shape[0]
    what = (f"stationary bootstrap, percentile, {statistic.measure}", n, block)
    interval = interval_of(statistic.value(series[:, 0].copy()), draws, plan, what, thin(n, block, statistic))
    return checked_tail(interval, draws, series, statistic, lambda rows: statistic.value(rows[:, 0].copy())).interval


def estimate_any(
    table: Array, statistic: Callable[[Array], float], name: str, plan: Plan | None = None, least: int = 1
) -> Interval:
    """A statistic of one's own of several series, (n, k), resampled together: a ratio, a difference, an adjusted mean.

    ``statistic``: from a table of rows, (n, k), to a number; called once a draw, so slower than ``estimate``.
    ``least``: shortest mean block, the window of the statistic if it has one. Raises like ``estimate``.
    """
    plan = plan or Plan()
    rows_of = table_of(*np.asarray(table, dtype=np.float64).T)
    n = rows_of.shape[0]
    block = block_length(rows_of, least) if plan.block is None else plan.block
    draws = stationary_draws(
        n, block, plan, lambda rows, _: np.array([statistic(rows_of[row]) for row in rows], dtype=np.float64)
    )
    what = (f"stationary bootstrap, percentile, {name}", n, block)
    return interval_of(float(statistic(rows_of)), draws, plan, what, n / block < LEAST_BLOCKS)


def paired_draws(paths: Array, statistic: Statistic, plan: Plan | None = None) -> tuple[Array, Array, int]:
    """Statistic of each column of returns, (k,), of every draw of the same rows, (reps, k), and the block length."""
    plan = plan or Plan()
    series = _checked(table_of(*np.asarray(paths, dtype=np.float64).T), statistic)
    block = _block(series, statistic, plan)
    observed = np.array([statistic.value(series[:, j].copy()) for j in range(series.shape[1])])
    return observed, _all_draws(series, statistic, block, plan), block


def difference(first: Array, second: Array, statistic: Statistic, plan: Plan | None = None) -> Difference:
    """First less second of a statistic of two paths on the same sessions, resampled together.

    ``first``, ``second``: simple session returns, (n,). Raises like ``estimate``.
    """
    plan = plan or Plan()
    observed, draws, block = paired_draws(np.column_stack([first, second]), statistic, plan)
    apart = _apart(draws[:, 0], draws[:, 1])
    n = np.size(first)
    what = (f"paired stationary bootstrap, percentile, {statistic.measure}", n, block)
    gap = float(_apart(observed[:1], observed[1:])[0])
    interval = interval_of(gap, apart, plan, what, thin(n, block, statistic))

    def both(rows: Array) -> float:
        return statistic.value(rows[:, 0].copy()) - statistic.value(rows[:, 1].copy())

    told = checked_tail(interval, apart, table_of(first, second), statistic, both)
    return Difference(statistic, float(observed[0]), float(observed[1]), *told)


def checked_tail(
    interval: Interval, draws: Array, table: Array, statistic: Statistic, value: Callable[[Array], float]
) -> Guarded:
    """Interval and p-values of ``draws``; where a CVaR is in them, the wider and larger of these and the jackknife's.

    ``value``: the quantity of the rows of ``table``, (n, k). Too short a sample keeps those of the draws; it is THIN.
    """
    lower, higher, either = p_values(draws)
    if statistic.measure is not Measure.CVAR or len(table) * (GROUPS - 1) // GROUPS <= statistic.horizon + 1:
        return Guarded(interval, lower, higher, either)
    return guarded(interval, (lower, higher), jackknife(table, value))


def _apart(first: Array, second: Array) -> Array:
    return np.subtract(first, second, out=np.zeros_like(first), where=first != second)
