"""What is left of the best of many: overfitting of the choice, and tests that allow for the search.

Performance is a gain: larger is better, and a differential is the rule's less the benchmark's. (``arch`` takes losses
and the benchmark's less the rule's, which is the same number.) Hansen's statistic is studentised; the ``SPA`` of arch 8
computes the same variances but compares plain means, so that here only its draws and its confidence set are used.
"""

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.evidence.interval import Plan
from seawall.evidence.resample import Rows, block_length, sharpe_of, stationary_draws
from seawall.kernels.resampled import resampled_counts

Array = NDArray[np.float64]

BLOCKS: Final = 16
LEAST_BLOCK_ROWS: Final = 10
SPLITS_AT_ONCE: Final = 2048
NOISE: Final = 1e-14


class Overfitting(NamedTuple):
    """Probability of backtest overfitting over ``splits``; ``rows`` used (the oldest that do not fill a block are not).

    ``loss``: share of splits in which the chosen configuration has a negative Sharpe ratio out of sample.
    """

    value: float
    splits: int
    configurations: int
    rows: int
    loss: float


class Superiority(NamedTuple):
    """Test that the best rule beats its benchmark. ``best``: its column, None if none has a positive mean.

    ``p``: Hansen's consistent p-value, between ``p_lower`` and ``p_upper`` (White's reality check, studentised).
    ``superior``: columns that StepM accepts at ``size``, in order of their columns.
    """

    statistic: float
    best: int | None
    p: float
    p_lower: float
    p_upper: float
    superior: tuple[int, ...]
    size: float
    n: int
    rules: int
    block: int
    reps: int
    seed: int


def _table(values: Array, what: str) -> Array:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise MissingDataError(f"{what} of shape {table.shape}: pass rows of time by columns of rules")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise DomainError(f"{what}: row {row} of column {column} is not finite: keep the rows that every rule has")
    return table


def pbo(returns: Array, blocks: int = BLOCKS) -> Overfitting:
    """Probability of backtest overfitting by combinatorially symmetric cross-validation, on Sharpe ratios.

    ``returns``: (n, configurations). In every split of ``blocks`` equal blocks into two halves the best configuration
    of one half is overfitted if in the other it lies at or below the median. Source: Bailey, Borwein, Lopez de Prado
    and Zhu 2015. Raises ``DomainError`` if ``blocks`` is odd, below 2 or above n/10, or for one configuration.
    """
    table = _table(returns, "returns")
    n, configurations = table.shape
    if blocks < 2 or blocks % 2 or blocks > n / LEAST_BLOCK_ROWS:
        raise DomainError(f"{blocks} blocks of {n} rows: use an even number up to {n // LEAST_BLOCK_ROWS // 2 * 2}")
    if configurations < 2:
        raise DomainError("one configuration was not chosen from any: pass all that were run")
    length = n // blocks
    parts = table[n - blocks * length :].reshape(blocks, length, configurations)
    sums, squares = parts.sum(axis=1), (parts**2).sum(axis=1)
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    below, losing = 0, 0
    for first in range(0, len(halves), SPLITS_AT_ONCE):
        chosen = np.zeros((len(halves[first : first + SPLITS_AT_ONCE]), blocks))
        np.put_along_axis(chosen, halves[first : first + SPLITS_AT_ONCE], 1.0, axis=1)
        inside = _sharpes(chosen @ sums, chosen @ squares, length * blocks // 2)
        outside = _sharpes((1.0 - chosen) @ sums, (1.0 - chosen) @ squares, length * blocks // 2)
        best = outside[np.arange(len(chosen)), np.argmax(inside, axis=1)]
        below += int(np.count_nonzero(best <= np.median(outside, axis=1)))
        losing += int(np.count_nonzero(best < 0.0))
    splits = len(halves)
    return Overfitting(below / splits, splits, configurations, length * blocks, losing / splits)


def _sharpes(sums: Array, squares: Array, n: int) -> Array:
    mean = sums / n
    variance = np.maximum(squares / n - mean**2, 0.0) * n / (n - 1)
    return sharpe_of(mean, np.sqrt(variance))


def long_run_deviation(differentials: Array, block: int) -> Array:
    """Omega: standard deviation of sqrt(n) times the mean under the stationary bootstrap, per column.

    Source: Politis and Romano 1994, equation 9; Hansen 2005, section 3.1.
    """
    n = differentials.shape[0]
    centred = differentials - differentials.mean(axis=0)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=0)
    covariances = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[:n] / n
    lags, p = np.arange(n), 1.0 / block
    weights = (n - lags) / n * (1.0 - p) ** lags + lags / n * (1.0 - p) ** (n - lags)
    weights[0] = 0.5
    return np.asarray(np.sqrt(np.maximum(2.0 * weights @ covariances, 0.0)))


def spa(differentials: Array, plan: Plan | None = None, size: float = 0.05) -> Superiority:
    """Superior predictive ability over all rules, and by StepM which of them.

    ``differentials``: performance of each rule less the benchmark's, (n, rules), positive is better. T = max_k
    max(sqrt(n) dbar_k/omega_k, 0); draws are recentred by dbar_k 1{sqrt(n) dbar_k/omega_k >= -sqrt(2 ln ln n)} (Hansen
    2005); steps as in Romano and Wolf 2005 with the same draws. A rule that never differs from the benchmark counts as
    0. Raises ``MissingDataError`` (below 16 rows) or ``DomainError`` (not finite, a constant difference, size).
    """
    plan = plan or Plan()
    table = _table(differentials, "differentials")
    n, rules = table.shape
    if n < 16:
        raise MissingDataError(f"{n} rows are too few to resample rules: pass at least 16")
    if not 0.0 < size < 1.0:
        raise DomainError(f"size {size} is outside (0, 1): use 0.05")
    block = block_length(table) if plan.block is None else plan.block
    omega = long_run_deviation(table, block)
    flat = np.ptp(table, axis=0) <= NOISE
    if (flat & (np.abs(table.mean(axis=0)) > NOISE)).any():
        raise DomainError(f"rule {int(np.argmax(flat))} differs by a constant: no test is needed, drop it")
    scaled = table / np.where(flat, 1.0, np.maximum(omega, NOISE))
    scaled[:, flat] = 0.0
    means = scaled.mean(axis=0)
    drawn = stationary_draws(n, block, plan, lambda rows, lengths: _means(scaled, rows, lengths))
    score, away = np.sqrt(n) * means, np.sqrt(n) * drawn
    relevant = score >= -np.sqrt(2.0 * np.log(np.log(n)))
    best = int(np.argmax(score)) if score.max() > 0.0 else None
    statistic = max(float(score.max()), 0.0)
    consistent = away - np.where(relevant, score, 0.0)
    centres = (np.maximum(score, 0.0), np.where(relevant, score, 0.0), score)
    lower, middle, upper = (_tail_share(away - centre, statistic) for centre in centres)
    superior = _step_down(score, consistent, size)
    return Superiority(statistic, best, middle, lower, upper, superior, size, n, rules, block, plan.reps, plan.seed)


def _means(scaled: Array, rows: Rows, lengths: Rows) -> Array:
    return np.asarray(resampled_counts(rows, lengths, scaled.shape[0]) @ scaled / scaled.shape[0])


def _tail_share(centred: Array, statistic: float) -> float:
    """p-value of the largest of the draws, 1 where no rule is better."""
    if statistic == 0.0:
        return 1.0
    highest = np.maximum(centred.max(axis=1), 0.0)
    return float((1.0 + np.count_nonzero(highest >= statistic)) / (1.0 + len(highest)))


def _step_down(score: Array, centred: Array, size: float) -> tuple[int, ...]:
    left = np.arange(score.size)
    found: list[int] = []
    while left.size:
        bound = float(np.quantile(np.maximum(centred[:, left].max(axis=1), 0.0), 1.0 - size, method="higher"))
        passed = left[score[left] > bound]
        if not passed.size:
            break
        found += passed.tolist()
        left = np.setdiff1d(left, passed)
    return tuple(sorted(found))


def confidence_set(performance: Array, plan: Plan | None = None, size: float = 0.05) -> tuple[int, ...]:
    """Model confidence set: columns among which is the best with 1 - ``size`` confidence (Hansen, Lunde, Nason 2011).

    ``performance``: gains per row, (n, rules), at least two rules; ``arch`` is given their negatives as losses. Raises
    ``MissingDataError`` or ``DomainError``.
    """
    from arch.bootstrap import MCS

    plan = plan or Plan()
    table = _table(performance, "performance")
    if table.shape[1] < 2:
        raise DomainError("one rule has nothing to be compared with: pass at least two")
    block = block_length(table) if plan.block is None else plan.block
    found = MCS(-table, size, reps=plan.reps, block_size=block, seed=plan.seed)
    found.compute()
    return tuple(sorted(np.asarray(found.included, dtype=np.int64).tolist()))
