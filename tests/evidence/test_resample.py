import math
import subprocess
import sys

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from numpy.typing import NDArray
from scipy import stats
from tests.conftest import ROOT

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.evidence.interval import Plan, interval_of, p_values, proportion
from seawall.evidence.resample import (
    Measure,
    Statistic,
    block_length,
    difference,
    estimate,
    estimate_any,
    paired_draws,
    sharpe_of,
    table_of,
)
from seawall.kernels import tails

Array = NDArray[np.float64]
SMALL = Plan(reps=199, seed=3)
NOMINAL = 18
"""At a true rate of 5 % more than 18 of 200 rejections happen less than once in a hundred times (binomial)."""


def noise(rows: int, seed: int) -> Array:
    return np.random.default_rng(seed).standard_t(5, rows) * 0.01


def test_the_bound_on_rejections_is_the_binomial_one() -> None:
    assert stats.binom.sf(NOMINAL, 200, 0.05) < 0.01


def test_no_module_of_evidence_imports_a_statistics_package() -> None:
    names = sorted(
        path.stem for path in (ROOT / "src" / "seawall" / "evidence").glob("*.py") if path.stem != "__init__"
    )
    heavy = ("arch", "statsmodels", "pandas", "scipy.stats", "scipy.special")
    code = (
        f"import importlib, sys; [importlib.import_module('seawall.evidence.' + n) for n in {names!r}];"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert len(names) >= 14
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("block", [1, 7, 40])
def test_interval_of_a_mean_is_that_of_arch(block: int) -> None:
    x = noise(300, 1)
    found = estimate(x, Statistic(Measure.MEAN), Plan(reps=999, seed=11, block=block))
    draws = StationaryBootstrap(block, x, seed=11).apply(np.mean, reps=999)[:, 0]
    low, high = np.quantile(draws, (0.025, 0.975), method="inverted_cdf")
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))
    assert found.estimate == pytest.approx(x.mean())
    assert (found.n, found.block, found.reps, found.seed) == (300, block, 999, 11)


@pytest.mark.parametrize(
    ("statistic", "by_hand"),
    [
        (Statistic(Measure.MEAN), lambda x: x.mean()),
        (Statistic(Measure.VOLATILITY), lambda x: x.std(ddof=1)),
        (Statistic(Measure.SHARPE), lambda x: x.mean() / x.std(ddof=1)),
        (Statistic(Measure.CVAR, 21), lambda x: tails.cvar(-tails.window_returns(levels(x), 21), 0.95)[0]),
        (Statistic(Measure.CVAR, 5, 0.99), lambda x: tails.cvar(-tails.window_returns(levels(x), 5), 0.99)[0]),
        (Statistic(Measure.MAX_DRAWDOWN), lambda x: tails.max_drawdown(levels(x)).depth),
        (Statistic(Measure.CDAR), lambda x: tails.cdar(levels(x), 0.95)[0]),
        (Statistic(Measure.ULCER), lambda x: tails.ulcer(levels(x))),
    ],
    ids=lambda one: one.measure.name if isinstance(one, Statistic) else "",
)
def test_every_statistic_of_the_observed_path(statistic: Statistic, by_hand) -> None:
    x, y = noise(400, 5), noise(400, 6)
    found = difference(x, y, statistic, SMALL)
    assert found.first == pytest.approx(by_hand(x), rel=1e-9)
    assert found.second == pytest.approx(by_hand(y), rel=1e-9)
    assert found.interval.low <= found.interval.high
    assert estimate(x, statistic, SMALL).estimate == pytest.approx(by_hand(x), rel=1e-9)


def levels(x: Array) -> Array:
    return np.concatenate([[1.0], np.cumprod(1.0 + x)])


def test_a_statistic_of_ones_own_is_resampled_like_the_built_in_ones() -> None:
    x, y = noise(300, 1), noise(300, 2)
    plan = Plan(reps=99, seed=8, block=6)
    own = estimate_any(np.column_stack([x, y]), lambda t: t[:, 0].std(ddof=1) - t[:, 1].std(ddof=1), "spread", plan)
    built = difference(x, y, Statistic(Measure.VOLATILITY), plan).interval
    assert (own.low, own.high) == (pytest.approx(built.low, rel=1e-9), pytest.approx(built.high, rel=1e-9))
    assert own.estimate == pytest.approx(built.estimate, rel=1e-9)
    assert "spread, n = 300" in own.says()


def test_block_length_is_the_longest_of_the_columns() -> None:
    rng = np.random.default_rng(2)
    slow = np.zeros(1000)
    for t in range(1, 1000):
        slow[t] = 0.9 * slow[t - 1] + rng.normal()
    table = np.column_stack([rng.normal(size=1000), slow])
    assert block_length(table) == math.ceil(optimal_block_length(table)["stationary"].max())
    assert block_length(table, 200) == 200
    assert block_length(table, 900) == 500  # never more than half of the sample
    assert block_length(np.column_stack([slow, np.ones(1000)])) == block_length(slow[:, None])
    assert block_length(np.ones((50, 1))) == 1


def test_memory_widens_the_interval_as_theory_says() -> None:
    rng = np.random.default_rng(8)
    x = np.zeros(4000)
    for t in range(1, 4000):
        x[t] = 0.7 * x[t - 1] + rng.normal()
    found = estimate(x, Statistic(Measure.MEAN), Plan(reps=999))
    # long-run standard deviation of an AR(1): 1/(1 - .7), against 1/sqrt(1 - .49) without memory
    expected = 2 * 1.96 / (1.0 - 0.7) / math.sqrt(x.size)
    assert found.high - found.low == pytest.approx(expected, rel=0.25)


def test_planted_difference_is_found_at_its_size() -> None:
    x = noise(1500, 21)
    half = difference(0.5 * x, x, Statistic(Measure.CVAR, 21), Plan(reps=499))
    assert half.interval.estimate == pytest.approx(half.first - half.second)
    assert half.p_lower == pytest.approx(1 / 500)  # not one draw on the other side
    assert half.p_higher == 1.0
    ratio = half.first / half.second
    assert ratio == pytest.approx(0.5, abs=0.03)  # simple returns compound: not exactly one half
    lifted = difference(x + 0.0005, x, Statistic(Measure.MEAN), Plan(reps=199))
    assert lifted.interval.low == pytest.approx(0.0005, rel=1e-9)  # paired: the common noise is gone
    assert lifted.interval.high == pytest.approx(0.0005, rel=1e-9)


@pytest.mark.parametrize(
    "statistic",
    [Statistic(Measure.MEAN), Statistic(Measure.CVAR, 5), Statistic(Measure.MAX_DRAWDOWN)],
    ids=["mean", "CVaR", "drawdown"],
)
def test_pure_noise_is_rejected_at_most_at_the_nominal_rate(statistic: Statistic) -> None:
    lower, either = 0, 0
    for seed in range(200):
        found = difference(noise(300, 1000 + seed), noise(300, 5000 + seed), statistic, Plan(reps=99, seed=seed))
        lower += found.p_lower < 0.05
        either += found.p_two_sided < 0.05
    assert lower <= NOMINAL
    assert either <= NOMINAL


def test_a_path_against_itself_and_a_flat_one() -> None:
    x = noise(200, 3)
    same = difference(x, x, Statistic(Measure.MAX_DRAWDOWN), SMALL)
    assert (same.p_lower, same.p_higher, same.p_two_sided) == (1.0, 1.0, 1.0)
    assert same.interval.status is Status.FLAT
    flat = estimate(np.zeros(50), Statistic(Measure.SHARPE), SMALL)
    assert (flat.estimate, flat.low, flat.high) == (0.0, 0.0, 0.0)
    assert sharpe_of(np.array([0.01, -0.01]), np.zeros(2)).tolist() == [math.inf, -math.inf]


def test_the_same_seed_gives_the_same_draws_in_any_chunks() -> None:
    x, y = noise(250, 1), noise(250, 2)
    first = paired_draws(np.column_stack([x, y]), Statistic(Measure.MEAN), Plan(reps=50, seed=4))[1]
    again = paired_draws(np.column_stack([x, y]), Statistic(Measure.MEAN), Plan(reps=80, seed=4))[1]
    np.testing.assert_array_equal(first, again[:50])


def test_an_interval_says_its_method_and_its_n() -> None:
    x = noise(2100, 1)
    told = estimate(x, Statistic(Measure.CVAR, 21), SMALL).says()
    for part in (
        "95% interval [",
        "stationary bootstrap, percentile and jackknife of 8 stretches, the wider, CVaR",
        "n = 2100",
        "blocks of",
        "199 draws, seed 3",
    ):
        assert part in told
    assert str(Status.THIN) not in told
    short = estimate(x[:2099], Statistic(Measure.CVAR, 21), SMALL)
    assert short.status is Status.THIN  # less than five independent windows in the worst twentieth
    assert estimate(x[:60], Statistic(Measure.MEAN), Plan(reps=9, block=8)).status is Status.THIN  # seven blocks
    assert str(Status.THIN) in short.says()


@pytest.mark.parametrize(("successes", "trials"), [(8, 12), (0, 9), (9, 9), (1, 1), (37, 200)])
def test_clopper_pearson_against_scipy(successes: int, trials: int) -> None:
    found, exact = proportion(successes, trials), stats.binomtest(successes, trials).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == (pytest.approx(exact.low, abs=1e-12), pytest.approx(exact.high, abs=1e-12))


def test_clopper_pearson_vector() -> None:
    found = proportion(8, 12)  # METHOD 9.2
    assert (round(found.low, 3), round(found.high, 3)) == (0.349, 0.901)
    assert "Clopper-Pearson, n = 12" in found.says()


def test_p_values_by_hand() -> None:
    # of nine draws two lie at or above zero and eight at or below
    draws = np.array([-3.0, -2.0, -2.0, -1.0, -1.0, -1.0, -0.5, 0.0, 0.4])
    assert p_values(draws) == (pytest.approx(0.3), pytest.approx(0.9), pytest.approx(0.6))


def test_infinite_draws_leave_an_unbounded_end_and_missing_ones_are_refused() -> None:
    draws = np.concatenate([np.zeros(90), np.full(10, np.inf)])
    found = interval_of(0.0, draws, Plan(reps=100), ("test", 100, 1), False)
    assert (found.high, found.status) == (math.inf, Status.UNBOUNDED)
    with pytest.raises(DomainError, match="1 draws have no value"):
        interval_of(0.0, np.array([0.0, np.nan]), SMALL, ("test", 2, 1), False)


def test_errors() -> None:
    with pytest.raises(MissingDataError, match="at least two"):
        estimate(np.array([0.1]), Statistic(Measure.MEAN))
    with pytest.raises(DomainError, match="row 1 is not finite"):
        table_of(np.array([0.1, np.nan]))
    with pytest.raises(DomainError, match="same rows"):
        table_of(np.ones(3), np.ones(4))
    with pytest.raises(MissingDataError, match="no two windows of 21"):
        estimate(np.zeros(21), Statistic(Measure.CVAR, 21))
    with pytest.raises(DomainError, match="only a CVaR"):
        estimate(np.zeros(30), Statistic(Measure.CDAR, 21))
    with pytest.raises(DomainError, match="use 1 or more and"):
        estimate(np.zeros(30), Statistic(Measure.CVAR, 0))
    for bad in ({"reps": 0}, {"level": 1.0}, {"block": 0}):
        with pytest.raises(DomainError):
            Plan(**bad)
    with pytest.raises(MissingDataError, match="no trials"):
        proportion(0, 0)
    with pytest.raises(DomainError, match="no share"):
        proportion(3, 2)
