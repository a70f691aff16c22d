"""The second opinion on a tail: against a t-test, on noise with and without memory, its power, its refusals."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.evidence.worlds import garch

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.evidence.equal_mean import equal_mean, shares
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.jackknife import Jackknife, guarded, jackknife
from seawall.evidence.resample import Measure, Statistic, difference, estimate

Array = NDArray[np.float64]
TAIL = Statistic(Measure.CVAR, 21)
YEARS = 2100
"""The shortest sample on which a CVaR95 of 21 sessions is not called THIN."""
SEEDS = 200
NOMINAL = 18
"""At a true rate of 5 % more than 18 of 200 rejections happen less than once in a hundred times (binomial)."""
PLAN = Plan(reps=199, seed=1)


def tail(returns: Array) -> float:
    return TAIL.value(np.ascontiguousarray(returns))


def gap(table: Array) -> float:
    return tail(table[:, 0]) - tail(table[:, 1])


def gap_at_equal_mean(table: Array) -> float:
    first, second = shares(*table.mean(axis=0))
    return tail(first * table[:, 0]) - tail(second * table[:, 1])


def test_of_a_mean_it_is_the_t_test_of_the_means_of_the_stretches() -> None:
    values = np.random.default_rng(3).standard_normal((800, 1)) - 0.05
    found = jackknife(values, lambda rows: float(rows.mean()))
    means = values.reshape(8, 100).mean(axis=1)
    assert found.error == pytest.approx(means.std(ddof=1) / np.sqrt(8.0), rel=1e-12)
    assert found.p_lower() == pytest.approx(stats.ttest_1samp(means, 0.0, alternative="less").pvalue, rel=1e-9)
    ends = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert found.estimate - found.reach(0.95) == pytest.approx(ends.low, rel=1e-9)
    assert found.estimate + found.reach(0.95) == pytest.approx(ends.high, rel=1e-9)


def test_of_a_ratio_by_hand() -> None:
    """Four stretches of one row: leave-one-out ratios 9/7, 8/6, 7/7, 6/4 of (1, 2, 3, 4) to (1, 2, 1, 4)."""
    table = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 1.0], [4.0, 4.0]])
    found = jackknife(table, lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()), 4)
    left = np.array([9.0 / 7.0, 8.0 / 6.0, 7.0 / 7.0, 6.0 / 4.0])
    assert found.estimate == pytest.approx(10.0 / 8.0)
    assert found.error == pytest.approx(np.sqrt(3.0 / 4.0 * ((left - left.mean()) ** 2).sum()))


def test_without_an_error_the_sign_decides() -> None:
    assert Jackknife(-1.0, 0.0, 8).p_lower() == 0.0
    assert Jackknife(1.0, 0.0, 8).p_lower() == 1.0
    assert Jackknife(0.0, 0.0, 8).p_lower() == 1.0
    assert Jackknife(-1e-3, 1e-18, 8).p_lower() == 0.0


def test_the_guard_takes_the_wider_interval_and_the_larger_p() -> None:
    narrow = Interval(-1.0, -1.1, -0.9, 0.95, "bootstrap, percentile", 800, 20, 199, 1, Status.FOUND)
    found = guarded(narrow, (0.005, 1.0), Jackknife(-1.0, 0.6, 8))
    reach = float(stats.t.ppf(0.975, 7)) * 0.6
    assert (found.interval.low, found.interval.high) == (pytest.approx(-1.0 - reach), pytest.approx(-1.0 + reach))
    assert found.p_lower == pytest.approx(float(stats.t.cdf(-1.0 / 0.6, 7)))
    assert found.p_higher == 1.0
    assert found.p_two_sided == pytest.approx(2.0 * found.p_lower)
    assert "jackknife of 8 stretches" in found.interval.method
    wide = guarded(narrow, (0.5, 0.6), Jackknife(-1.0, 1e-9, 8))
    assert (wide.interval.low, wide.interval.high, wide.p_lower, wide.p_higher) == (-1.1, -0.9, 0.5, 1.0)


def iid(rng: np.random.Generator) -> Array:
    return 0.01 * rng.standard_t(5, YEARS)


def clustered(rng: np.random.Generator) -> Array:
    return garch(rng, YEARS)


@pytest.mark.parametrize("made", [iid, clustered])
def test_noise_is_told_apart_no_more_often_than_stated(made: Callable[[np.random.Generator], Array]) -> None:
    """200 pairs of one law. The p is the larger of two, so the draws are needed only where the jackknife rejects."""
    assert stats.binom.sf(NOMINAL, SEEDS, 0.05) < 0.01
    called, equalised, suspected = 0, 0, 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        pair = np.column_stack([made(rng), made(rng)]) + 0.0005
        one, other = pair.T.copy()
        if jackknife(pair, gap).p_lower() < 0.05:
            suspected += 1
            called += difference(one, other, TAIL, PLAN).p_lower < 0.05
        if jackknife(pair, gap_at_equal_mean).p_lower() < 0.05:
            equalised += equal_mean(one, other, np.zeros(YEARS), TAIL, PLAN).p_lower < 0.05
    assert 0 < suspected <= NOMINAL  # a guard that never fires would show nothing
    assert called <= NOMINAL
    assert equalised <= NOMINAL


def test_half_a_book_is_still_found() -> None:
    """In 20 worlds with clustered risk, half of a book with noise of its own loses less: never missed."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        book = garch(rng, YEARS)
        found = difference(0.5 * book + 0.001 * rng.standard_normal(YEARS), book, TAIL, PLAN)
        assert found.p_lower < 0.05
        assert found.interval.low < -0.5 * tail(book) < found.interval.high


def test_too_short_a_sample_keeps_its_draws_and_is_thin() -> None:
    returns = 0.01 * np.random.default_rng(1).standard_normal(24)
    found = estimate(returns, TAIL, PLAN)
    assert found.status is Status.THIN
    assert "jackknife" not in found.method


def test_refusals() -> None:
    with pytest.raises(DomainError, match="at least 2 stretches"):
        jackknife(np.zeros((5, 1)), lambda rows: 0.0, 8)
    with pytest.raises(DomainError, match="no value without one of the stretches"):
        jackknife(np.arange(8.0)[:, None], lambda rows: float("nan") if rows[0, 0] > 0.0 else 1.0)
