"""Two accounts compared at equal mean: the one that earns more is held smaller, the rest in cash, in every draw anew.

The share is an estimate like any other. A comparison that keeps the share of the sample fixed forgets how uncertain a
mean return is, and calls noise an effect: of two accounts that differ by noise only, far more than 5 % then pass.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.evidence.interval import Interval, Plan, interval_of
from seawall.evidence.resample import (
    Rows,
    Statistic,
    block_length,
    checked_tail,
    stationary_draws,
    table_of,
    thin,
)
from seawall.kernels.resampled import resampled_counts

Array = NDArray[np.float64]


class Equalised(NamedTuple):
    """A statistic of the first account less the second's at equal mean. ``scales``: share each is held at.

    ``p_lower``: one-sided, that the first is lower.
    """

    first: float
    second: float
    scales: tuple[float, float]
    interval: Interval
    p_lower: float


def shares(first: float, second: float) -> tuple[float, float]:
    """Share at which each account is held so that neither earns more; means above cash, per session.

    The one that earns more is held at the ratio of the means, nothing of it where the other earns nothing; the share is
    never above 1, so an account that earns less than cash is compared whole.
    """

    def share(own: float, wanted: float) -> float:
        return 1.0 if own <= 0.0 or wanted >= own else max(wanted / own, 0.0)

    return share(first, second), share(second, first)


def equal_mean(
    first: Array, second: Array, cash: Array, statistic: Statistic, plan: Plan, both: bool = True
) -> Equalised:
    """Compare simple session returns, (n,), net of costs. ``both``: either may be held smaller; else only the second.

    Stationary bootstrap of the rows of both and of cash together. Raises like ``resample.estimate``.
    """
    table = table_of(first, second, cash)
    n = len(table)
    risky = np.column_stack([table[:, :2], np.abs(table[:, :2])])
    block = plan.block or block_length(risky, statistic.horizon)
    one, other, idle = (np.ascontiguousarray(column) for column in table.T)
    above = np.column_stack([one - idle, other - idle])

    def held(scale: float, book: Array, rest: Array) -> Array:
        return book if scale == 1.0 else scale * book + (1.0 - scale) * rest

    def scales(means: Array) -> tuple[float, float]:
        a, b = shares(float(means[0]), float(means[1]))
        return (a, b) if both else (1.0, b)

    def measured(rows: Rows, lengths: Rows) -> Array:
        means = resampled_counts(rows, lengths, n) @ above / n
        out = np.empty(len(rows))
        for i in range(len(rows)):
            a, b = scales(means[i])
            mine, theirs = (
                statistic.draws(held(share, book, idle), rows[i : i + 1], lengths[i : i + 1])[0]
                for share, book in ((a, one), (b, other))
            )
            out[i] = mine - theirs
        return out

    def pair(part: Array) -> tuple[float, float, float, float]:
        a, b = scales((part[:, :2] - part[:, 2:]).mean(axis=0))
        mine, theirs = (
            statistic.value(held(share, np.ascontiguousarray(part[:, j]), part[:, 2])) for j, share in enumerate((a, b))
        )
        return mine, theirs, a, b

    mine, theirs, a, b = pair(table)
    draws = stationary_draws(n, block, plan, measured)
    what = (f"paired stationary bootstrap at equal mean, percentile, {statistic.measure}", n, block)
    interval = interval_of(mine - theirs, draws, plan, what, thin(n, block, statistic))
    told = checked_tail(interval, draws, table, statistic, lambda part: pair(part)[0] - pair(part)[1])
    return Equalised(mine, theirs, (a, b), told.interval, told.p_lower)
