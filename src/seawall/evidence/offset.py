"""OffsetRatio@b: the share of a pool's loss in months of stress that a hedge paid back, at a stated yearly cost.

Any share can be bought with size. The ratio therefore does not exist without the cost b at which it holds, nor without
the interval that a handful of crises leaves.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, EvidenceError, MissingDataError, SignError
from seawall.core.status import Status
from seawall.core.units import DAYS_PER_YEAR
from seawall.evidence.episodes import LEAST_EPISODES, WINDOW_DAYS, episode_draws
from seawall.evidence.interval import Interval, Plan, interval_of, proportion
from seawall.kernels.resampled import resampled_counts

Array = NDArray[np.float64]

BUDGETS: Final = (0.01, 0.02, 0.03)
WORST_SHARE: Final = 0.05
NOTHING: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Windows of a pool and of one unit of a hedge, as shares of the pool's value at each window's start, (n,).

    ``loss``: positive is lost: -IL, LVR, or -(IL + fees). ``hedge``: P&L of one unit, net of its costs. ``episode``:
    number of the crisis each window lies in, -1 in calm. ``days``: length of a window; ``step``: days from one opening
    to the next. ``move``: return of the pool's price, None if unknown. Raises ``DomainError``.
    """

    loss: Array
    hedge: Array
    episode: NDArray[np.int64]
    days: int = WINDOW_DAYS
    step: int = WINDOW_DAYS
    move: Array | None = None

    def __post_init__(self) -> None:
        columns = [self.loss, self.hedge, self.episode, *([] if self.move is None else [self.move])]
        if len({np.shape(one) for one in columns}) > 1 or np.ndim(self.loss) != 1:
            raise DomainError(f"windows of shapes {[np.shape(one) for one in columns]}: pass one row per window")
        if not all(np.isfinite(one).all() for one in columns):
            raise DomainError("windows must be finite: leave out those without a mark at both ends")
        if self.days < 1 or self.step < 1:
            raise DomainError(f"windows of {self.days} days each {self.step} days: use 1 or more")

    @property
    def stressed(self) -> NDArray[np.bool_]:
        """Windows in a crisis."""
        return np.asarray(self.episode) >= 0


class Part(NamedTuple):
    """Windows of one kind: how many, their share of all loss, and what the scaled hedge made per unit of their loss.

    ``offset`` is NaN with FLAT where they lost nothing.
    """

    windows: int
    loss_share: float
    offset: float
    status: Status


@dataclass(frozen=True, slots=True)
class OffsetRatio:
    """OffsetRatio@``budget``. ``budget``: cost in calm windows, share of pool value per year (0.02 = 2 %).

    ``interval``: estimate and episode-bootstrap interval, THIN below eight episodes; ``scale``: units of the hedge;
    ``windows``, ``stressed``, ``episodes``: counts; ``path_r2``: squared correlation of hedge and loss over all windows
    (NaN if one does not move); ``covered``: share of the worst 5 % windows in which the hedge gained; ``up``, ``down``:
    windows in which the price rose or fell, None without moves. Raises ``EvidenceError`` without budget or interval.
    """

    budget: float
    interval: Interval
    scale: float
    windows: int
    stressed: int
    episodes: int
    path_r2: float
    covered: Interval
    up: Part | None
    down: Part | None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.budget) and self.budget > 0.0):
            raise EvidenceError(f"an offset ratio at a cost of {self.budget} says nothing: state b, for example 0.02")
        if math.isnan(self.interval.low) or math.isnan(self.interval.high) or self.interval.reps < 1:
            raise EvidenceError("an offset ratio without an interval says nothing: resample its episodes")

    def says(self) -> str:
        """One line with everything without which the ratio is not to be read."""
        return (
            f"OffsetRatio@{self.budget:.0%}/yr {self.interval.says()}; {self.stressed} of {self.windows} windows in "
            f"{self.episodes} distinct episodes; path R2 {self.path_r2:.2f}; worst 5 % windows covered "
            f"{self.covered.says()}"
        )


def impermanent_loss(il: Array) -> Array:
    """Loss (positive) of IL (<= 0). Raises ``SignError`` where IL is positive: without fees it is never a gain."""
    values = np.asarray(il, dtype=np.float64)
    if (values > NOTHING).any():
        row = int(np.argmax(values > NOTHING))
        raise SignError(f"IL of window {row} is {values[row]:g}, a gain: pass value less holding without fees, <= 0")
    return -values


def paid_back(loss: Array, hedge: Array) -> float:
    """Hedge P&L over loss, both summed: the bare ratio, of a hedge of the size it has.

    Raises ``EvidenceError`` if nothing was lost.
    """
    lost = float(np.sum(loss))
    if lost <= 0.0:
        raise EvidenceError("nothing was lost in these windows: there is no share to pay back")
    return float(np.sum(hedge)) / lost


def offset_ratio(stretch: Stretch, budget: float, plan: Plan | None = None) -> OffsetRatio:
    """OffsetRatio@``budget``: the hedge scaled so that it costs ``budget`` a year over all windows in calm.

    -sum of hedge P&L over sum of IL in crisis windows (METHOD 9.1). Every bootstrap draw takes whole episodes and
    blocks of calm windows and scales anew; a draw in which the calm costs nothing counts as infinite. Raises
    ``EvidenceError`` if there is no calm, no crisis, no loss or no cost to scale by, or the budget is not positive.
    """
    plan = plan or Plan()
    if not (math.isfinite(budget) and budget > 0.0):
        raise EvidenceError(f"an offset ratio at a cost of {budget} says nothing: state b, for example 0.02")
    stressed = stretch.stressed
    if not stressed.any() or stressed.all():
        raise EvidenceError("an offset ratio needs windows in stress and in calm: lengthen the history")
    loss, hedge = np.asarray(stretch.loss, dtype=np.float64), np.asarray(stretch.hedge, dtype=np.float64)
    years = stretch.days / DAYS_PER_YEAR
    cost = -float(hedge[~stressed].mean()) / years
    if cost <= 0.0:
        raise EvidenceError(
            f"one unit of the hedge earned {-cost:.2%} a year in calm: no size of it costs {budget:.0%}"
        )
    scale = budget / cost
    bare = scale * paid_back(loss[stressed], hedge[stressed])
    table = np.column_stack([hedge * stressed, loss * stressed, -hedge * ~stressed / years, ~stressed])
    block = plan.block or math.ceil(stretch.days / stretch.step)
    sums = episode_draws(
        np.asarray(stretch.episode, dtype=np.int64),
        block,
        plan,
        lambda rows, lengths: resampled_counts(rows, lengths, len(table)) @ table,
    )
    episodes = int(np.unique(stretch.episode[stressed]).size)
    what = (f"episode bootstrap, percentile, {stretch.days}-day windows", episodes, block)
    interval = interval_of(bare, _scaled(sums, budget), plan, what, episodes < LEAST_EPISODES)
    return OffsetRatio(
        budget=budget,
        interval=interval,
        scale=scale,
        windows=loss.size,
        stressed=int(np.count_nonzero(stressed)),
        episodes=episodes,
        path_r2=path_r2(hedge, loss),
        covered=worst_covered(loss, hedge),
        up=None if stretch.move is None else _part(loss, scale * hedge, stretch.move > 0.0),
        down=None if stretch.move is None else _part(loss, scale * hedge, stretch.move <= 0.0),
    )


def _scaled(sums: Array, budget: float) -> Array:
    """Ratio of each draw from its sums: hedge and loss in stress, cost and number of windows in calm."""
    gained, lost, cost, calm = sums.T
    sound = (cost > 0.0) & (lost > 0.0)
    scale = np.divide(budget * calm, cost, out=np.full(cost.size, np.inf), where=cost > 0.0)
    ratio = np.divide(gained, lost, out=np.copysign(np.inf, gained), where=lost > 0.0)
    return np.where(sound, np.where(sound, scale, 1.0) * np.where(sound, ratio, 1.0), np.copysign(np.inf, gained))


def path_r2(hedge: Array, loss: Array) -> float:
    """Squared correlation of hedge P&L and loss over windows; NaN if one of them does not move."""
    if np.size(loss) < 2 or np.ptp(hedge) == 0.0 or np.ptp(loss) == 0.0:
        return math.nan
    return float(np.corrcoef(hedge, loss)[0, 1] ** 2)


def worst_covered(loss: Array, hedge: Array, share: float = WORST_SHARE) -> Interval:
    """Share of the worst ``share`` of windows, at least one, in which the hedge gained; exact interval.

    Raises ``MissingDataError`` (no windows) or ``DomainError`` (share outside (0, 1]).
    """
    if not np.size(loss):
        raise MissingDataError("no windows: coverage needs at least one")
    if not 0.0 < share <= 1.0:
        raise DomainError(f"share {share} is outside (0, 1]: use {WORST_SHARE}")
    worst = np.argsort(-np.asarray(loss), kind="stable")[: math.ceil(share * np.size(loss) - NOTHING)]
    return proportion(int(np.count_nonzero(np.asarray(hedge)[worst] > 0.0)), worst.size)


def _part(loss: Array, hedge: Array, kept: NDArray[np.bool_]) -> Part:
    lost, total = float(loss[kept].sum()), float(loss.sum())
    share = lost / total if total > 0.0 else math.nan
    if lost <= 0.0:
        return Part(int(np.count_nonzero(kept)), share, math.nan, Status.FLAT)
    return Part(int(np.count_nonzero(kept)), share, float(hedge[kept].sum()) / lost, Status.FOUND)
