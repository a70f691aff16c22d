"""An estimate with its interval: every one says how it was made, from how many observations, and what limits it.

Bootstrap intervals are percentile intervals. A p-value is the share of draws on the wrong side of zero, ties included,
with one added to count and draws (Davison and Hinkley 1997, 4.2), so that it agrees with the interval.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status

Array = NDArray[np.float64]

REPS: Final = 5000
SEED: Final = 20260101
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, and how it was made.

    ``n``: observations (of an episode bootstrap: episodes); ``block``: mean block length in rows, 0 without
    blocks; ``reps``: draws, 0 for an exact interval; ``status``: FOUND, THIN (too few blocks or episodes), FLAT (the
    draws do not differ), UNBOUNDED (an end is infinite) or UNKNOWN. ``draws``: what a bootstrap drew, None for an
    exact interval; no part of comparisons.
    """

    estimate: float
    low: float
    high: float
    level: float
    method: str
    n: int
    block: int
    reps: int
    seed: int
    status: Status
    draws: Array | None = field(default=None, compare=False, repr=False)

    def p_above(self, bound: float) -> float | None:
        """One-sided p that the quantity exceeds ``bound``; None for an interval without draws."""
        return None if self.draws is None else p_values(self.draws - bound)[1]

    def says(self) -> str:
        """One line: the interval, its method and its n."""
        blocks = f", blocks of {self.block}" if self.block else ""
        draws = f", {self.reps} draws, seed {self.seed}" if self.reps else ""
        thin = "" if self.status is Status.FOUND else f"; {self.status}"
        return (
            f"{self.estimate:.4g}, {self.level:.0%} interval [{self.low:.4g}, {self.high:.4g}] "
            f"({self.method}, n = {self.n}{blocks}{draws}){thin}"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How to resample. ``block``: mean block length in rows, chosen from the data if None."""

    reps: int = REPS
    seed: int = SEED
    level: float = LEVEL
    block: int | None = None

    def __post_init__(self) -> None:
        if self.reps < 1:
            raise DomainError(f"{self.reps} draws say nothing: use at least 1, {REPS} for a result")
        if not 0.0 < self.level < 1.0:
            raise DomainError(f"level {self.level} is outside (0, 1): use {LEVEL}")
        if self.block is not None and self.block < 1:
            raise DomainError(f"a block of {self.block} rows is empty: use 1 or more")


def interval_of(estimate: float, draws: Array, plan: Plan, what: tuple[str, int, int], thin: bool) -> Interval:
    """Percentile interval of ``draws``; ``what``: method, n and block length. Raises ``DomainError`` for NaN draws."""
    if np.isnan(draws).any():
        raise DomainError(f"{int(np.isnan(draws).sum())} draws have no value: lengthen the sample")
    tail = (1.0 - plan.level) / 2.0
    low, high = (float(q) for q in np.quantile(draws, (tail, 1.0 - tail), method="inverted_cdf"))
    status = Status.FOUND
    if thin:
        status = Status.THIN
    elif math.isinf(low) or math.isinf(high):
        status = Status.UNBOUNDED
    elif draws.max() == draws.min():
        status = Status.FLAT
    method, n, block = what
    return Interval(estimate, low, high, plan.level, method, n, block, plan.reps, plan.seed, status, draws)


def p_values(draws: Array) -> tuple[float, float, float]:
    """p that the drawn quantity is below zero, above zero, and not zero (twice the smaller, at most 1)."""
    lower = (1.0 + np.count_nonzero(draws >= 0.0)) / (1.0 + draws.size)
    higher = (1.0 + np.count_nonzero(draws <= 0.0)) / (1.0 + draws.size)
    return float(lower), float(higher), float(min(1.0, 2.0 * min(lower, higher)))


def proportion(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Share of successes with its exact interval (Clopper and Pearson 1934).

    Raises ``MissingDataError`` (no trials) or ``DomainError`` (counts that are none, level outside (0, 1)).
    """
    if trials == 0:
        raise MissingDataError("no trials: a share needs at least one")
    if not 0 <= successes <= trials:
        raise DomainError(f"{successes} of {trials} is no share: pass 0 <= successes <= trials")
    if not 0.0 < level < 1.0:
        raise DomainError(f"level {level} is outside (0, 1): use {LEVEL}")
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2.0
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1.0 - tail)) if successes < trials else 1.0
    return Interval(successes / trials, low, high, level, "Clopper-Pearson", trials, 0, 0, 0, Status.FOUND)
