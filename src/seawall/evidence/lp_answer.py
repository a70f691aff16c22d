"""What is known of every hedge against every loss of a pool, and the answer to the claim, a sentence out of numbers."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.offset import OffsetRatio, Stretch, offset_ratio
from seawall.evidence.pool_windows import PoolKind

Array = NDArray[np.float64]

BUDGET: Final = 0.02
CLAIM: Final = (0.60, 0.75)
VX: Final = "constant front VX"
CALLS: Final = "VIX calls, fixed premium"
VXTH: Final = "VIX calls, weights of VXTH"
PERP: Final = "perp against the pool's delta"
SMALLER: Final = "a smaller pool"
IL: Final = "IL"
LVR: Final = "LVR"
NET: Final = "IL less fees"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One hedge against one loss of one pool. ``ratio``: at 2 % a year, None with the ``reason`` where there is none.

    ``unscaled``: the offset of a hedge that has its own size (a perp), with its interval. ``calm``: the scaled hedge's
    P&L over the loss in calm windows. ``doubled``: the estimate at twice the costs and the same budget. ``phases``:
    smallest and largest estimate when back-to-back windows open on another day. ``size``: units of the hedge at 2 %.
    """

    pool: PoolKind
    loss: str
    hedge: str
    ratio: OffsetRatio | None
    unscaled: Interval | None
    calm: float
    doubled: float | None
    phases: tuple[float, float] | None
    path_r2: float
    modelled: float | None
    reason: str = ""
    stretch: Stretch | None = None

    def at(self, budget: float) -> Interval | None:
        """The interval at another budget: an offset ratio is proportional to it. None where there is none."""
        if self.ratio is None:
            return None
        one, times = self.ratio.interval, budget / self.ratio.budget
        return replace(one, estimate=one.estimate * times, low=one.low * times, high=one.high * times)


class LossShare(NamedTuple):
    """Where a loss fell: mean in stress and in calm windows, the share of it all in stress, and in rising windows."""

    pool: PoolKind
    loss: str
    stressed_mean: float
    calm_mean: float
    in_stress: float
    in_rises: float


@dataclass(frozen=True, slots=True, eq=False)
class LpQuestion:
    """Every answer. ``windows``: opened every day; ``apart``: back to back; ``episodes``: joined at 21 sessions."""

    first: dt.date
    last: dt.date
    windows: int
    apart: int
    stressed: int
    stressed_apart: int
    episodes: int
    episodes_wide: int
    answers: tuple[Answer, ...]
    shares: tuple[LossShare, ...]
    scatter: tuple[Array, Array, NDArray[np.bool_]]
    notes: tuple[str, ...]

    def of(self, pool: PoolKind, loss: str, hedge: str) -> Answer:
        """One answer. Raises ``MissingDataError``."""
        for one in self.answers:
            if (one.pool, one.loss, one.hedge) == (pool, loss, hedge):
                return one
        raise MissingDataError(f"no answer for {hedge} against {loss} of {pool}: it was not run")

    def again(self, one: Answer, plan: Plan) -> Interval:
        """The interval of an answer with other draws. Raises ``MissingDataError`` for one without a ratio."""
        if one.stretch is None or one.ratio is None:
            raise MissingDataError(f"{one.hedge} has no ratio to draw again: {one.reason}")
        return offset_ratio(one.stretch, one.ratio.budget, plan).interval


def sentence(question: LpQuestion) -> str:
    """The answer to the claim that a hedge pays back 60 to 75 % of impermanent loss, out of the numbers."""
    one = question.of(PoolKind.V2, IL, VX)
    if one.ratio is None:
        return f"The claim of 60 to 75 % cannot be priced with the front VIX future: {one.reason}."
    low, high = CLAIM
    mid = one.ratio.interval
    bought = [BUDGET * share / mid.estimate for share in CLAIM] if mid.estimate > 0.0 else []
    price = (
        f"on average {low:.0%} costs {bought[0]:.1%} and {high:.0%} costs {bought[1]:.1%} of the pool a year"
        if bought
        else "no budget buys it on average"
    )
    verdict = "holds" if mid.low >= low else "fails" if mid.high < low else "is neither supported nor refuted"
    return (
        f"At 2 % a year a constant position in the front VIX future paid back {mid.estimate:.0%} of a v2 pool's "
        f"impermanent loss in windows with VIX above 30 ({mid.level:.0%} interval {mid.low:.0%} to {mid.high:.0%}, "
        f"{one.ratio.stressed} overlapping windows, but {one.ratio.episodes} distinct episodes): the claim of 60 to "
        f"75 % {verdict} at that cost, and {price}. It is a statement about size, not about fit: hedge and loss share "
        f"{one.path_r2:.1%} of their variance from month to month (path R2)."
    )
