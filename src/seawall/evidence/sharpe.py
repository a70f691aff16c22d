"""What a Sharpe ratio is worth: given its length, its skew and tails, and the number of tries it was picked from.

All ratios are per observation, not annualised; kurtosis is raw (3 for a normal law).
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError, TooFewEventsError
from seawall.core.status import Status

Array = NDArray[np.float64]

EULER_GAMMA: Final = 0.5772156649015329
LEAST_RETURNS: Final = 30
"""Below so many returns a probability of a Sharpe ratio stays undecided (METHOD 9.2)."""


class Probability(NamedTuple):
    """A probability; ``status`` THIN from fewer than 30 returns."""

    value: float
    status: Status


class SharpeRecord(NamedTuple):
    """Sharpe ratio per observation, the number of returns, their skew and raw kurtosis (biased moments)."""

    ratio: float
    n: int
    skew: float = 0.0
    kurtosis: float = 3.0


def sharpe_record(returns: Array, free: float = 0.0) -> SharpeRecord:
    """Sharpe ratio and moments of returns above ``free`` (per observation), (n,); standard deviation with ddof 1.

    Raises ``MissingDataError`` (below two returns) or ``DomainError`` (not finite, or returns that do not vary).
    """
    excess = np.asarray(returns, dtype=np.float64) - free
    if excess.size < 2:
        raise MissingDataError(f"{excess.size} returns: a Sharpe ratio needs at least two")
    if not np.isfinite(excess).all():
        raise DomainError("returns must be finite: drop the sessions that are not")
    if np.ptp(excess) == 0.0:
        raise DomainError("the returns do not vary: they have no Sharpe ratio")
    centred = excess - excess.mean()
    variance = float(np.mean(centred**2))
    ratio = float(excess.mean() / np.std(excess, ddof=1))
    skew, kurtosis = float(np.mean(centred**3)) / variance**1.5, float(np.mean(centred**4)) / variance**2
    return SharpeRecord(ratio, excess.size, skew, kurtosis)


def _spread(record: SharpeRecord) -> float:
    """Variance factor 1 - g3 SR + (g4 - 1)/4 SR^2 of an estimated Sharpe ratio."""
    if record.kurtosis < 1.0 + record.skew**2 - 1e-9:
        raise DomainError(
            f"kurtosis {record.kurtosis:g} with skew {record.skew:g} cannot be: pass the raw one (normal 3)"
        )
    return max(1.0 - record.skew * record.ratio + (record.kurtosis - 1.0) / 4.0 * record.ratio**2, 0.0)


def psr(record: SharpeRecord, target: float = 0.0, forced: bool = False) -> Probability:
    """Probabilistic Sharpe ratio: chance that the true ratio exceeds ``target``.

    Source: Bailey and Lopez de Prado 2012. Raises ``DomainError`` (impossible moments), or ``TooFewEventsError`` if
    ``forced`` with fewer than 30 returns.
    """
    from scipy.special import ndtr

    if record.n < 2:
        raise MissingDataError(f"{record.n} returns: a Sharpe ratio needs at least two")
    if forced and record.n < LEAST_RETURNS:
        raise TooFewEventsError(f"{record.n} returns carry no verdict: leave it undecided below {LEAST_RETURNS}")
    status = Status.THIN if record.n < LEAST_RETURNS else Status.FOUND
    spread, gap = math.sqrt(_spread(record)), record.ratio - target
    score = gap * math.sqrt(record.n - 1.0) / spread if spread > 0.0 else math.copysign(math.inf, gap)
    return Probability(float(ndtr(score)), status)


def minimum_track_record(record: SharpeRecord, target: float = 0.0, size: float = 0.05) -> tuple[float, Status]:
    """Observations after which PSR(``target``) reaches 1 - ``size``; infinite, ENDLESS if it never does.

    Source: Bailey and Lopez de Prado 2012. Raises ``DomainError`` (impossible moments, size outside (0, 1/2)).
    """
    from scipy.special import ndtri

    if not 0.0 < size < 0.5:
        raise DomainError(f"size {size} is outside (0, 0.5): use 0.05")
    gap = record.ratio - target
    if gap <= 0.0:
        return math.inf, Status.ENDLESS
    return 1.0 + _spread(record) * (float(ndtri(1.0 - size)) / gap) ** 2, Status.FOUND


def luckiest(variance: float, trials: int) -> float:
    """SR0: the best Sharpe ratio to be expected from ``trials`` tries without any skill.

    ``variance``: of the Sharpe ratios over all tries, per observation. One try has no luck to take off: 0. Source:
    Bailey and Lopez de Prado 2014. Raises ``DomainError`` for a negative variance or fewer than one try.
    """
    from scipy.special import ndtri

    if not (math.isfinite(variance) and variance >= 0.0) or trials < 1:
        raise DomainError(f"variance {variance} over {trials} tries: pass one >= 0 and at least one try")
    if trials == 1:
        return 0.0
    first, second = float(ndtri(1.0 - 1.0 / trials)), float(ndtri(1.0 - 1.0 / (trials * math.e)))
    return math.sqrt(variance) * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second)


def dsr(record: SharpeRecord, variance: float, trials: int, forced: bool = False) -> Probability:
    """Deflated Sharpe ratio: PSR against ``luckiest``. ``trials``: every configuration ever run. Raises like both."""
    return psr(record, luckiest(variance, trials), forced)
