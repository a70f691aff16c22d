import math
from itertools import combinations

import numpy as np
import pytest
from arch.bootstrap import MCS, SPA, StationaryBootstrap, StepM
from numpy.typing import NDArray
from scipy import stats

from seawall.core.errors import DomainError, MissingDataError, TooFewEventsError
from seawall.core.status import Status
from seawall.evidence.interval import Plan
from seawall.evidence.selection import confidence_set, long_run_deviation, pbo, spa
from seawall.evidence.sharpe import SharpeRecord, dsr, luckiest, minimum_track_record, psr, sharpe_record

Array = NDArray[np.float64]
RATIO = 2.5 / math.sqrt(250.0)
VARIANCE = 0.5 / 250.0
NOMINAL = 18


# Sharpe ratios: vectors of METHOD 9.2


@pytest.mark.parametrize(
    ("record", "trials", "expected"),
    [
        (SharpeRecord(RATIO, 1250, -3.0, 10.0), 100, 0.900397),
        (SharpeRecord(RATIO, 1250, -3.0, 10.0), 46, 0.950502),
        (SharpeRecord(RATIO, 1250), 88, 0.950491),
    ],
)
def test_deflated_sharpe_vectors(record: SharpeRecord, trials: int, expected: float) -> None:
    assert dsr(record, VARIANCE, trials).value == pytest.approx(expected, abs=5e-7)


def test_luck_vector_and_what_luck_does() -> None:
    assert luckiest(VARIANCE, 100) == pytest.approx(0.113172, abs=5e-7)
    assert luckiest(VARIANCE, 1) == 0.0
    best = np.random.default_rng(4).normal(size=(20_000, 100)).max(axis=1).mean()
    assert luckiest(1.0, 100) == pytest.approx(best, rel=0.01)  # its definition, by simulation


@pytest.mark.parametrize(
    ("skew", "kurtosis", "chance", "length"), [(0.0, 3.0, 0.861736, 272.9), (-2.0, 10.0, 0.838085, 331.8)]
)
def test_probabilistic_sharpe_vectors(skew: float, kurtosis: float, chance: float, length: float) -> None:
    record = SharpeRecord(0.1, 120, skew, kurtosis)
    assert psr(record).value == pytest.approx(chance, abs=5e-7)
    found, status = minimum_track_record(record)
    assert found == pytest.approx(length, abs=0.05)
    assert status is Status.FOUND
    # the two formulas are one: at that length the probability is 95 %
    assert psr(record._replace(n=round(found))).value == pytest.approx(0.95, abs=5e-4)


def test_record_of_returns_against_scipy() -> None:
    x = np.random.default_rng(1).standard_t(5, 500) * 0.01 + 0.001
    found = sharpe_record(x, 0.0002)
    assert found.ratio == pytest.approx((x.mean() - 0.0002) / x.std(ddof=1))
    assert found.skew == pytest.approx(stats.skew(x))
    assert found.kurtosis == pytest.approx(stats.kurtosis(x, fisher=False))


def test_chance_is_calibrated_on_noise() -> None:
    rng = np.random.default_rng(9)
    chances = [psr(sharpe_record(rng.standard_t(8, 250))).value for _ in range(400)]
    assert stats.kstest(chances, "uniform").pvalue > 0.01  # the true ratio is 0: PSR(0) is uniform


def test_sharpe_answers_and_errors() -> None:
    short = SharpeRecord(0.3, 29)
    assert psr(short).status is Status.THIN
    with pytest.raises(TooFewEventsError, match="29 returns"):
        psr(short, forced=True)
    with pytest.raises(TooFewEventsError):
        dsr(short, VARIANCE, 10, forced=True)
    assert minimum_track_record(SharpeRecord(0.1, 100), 0.1) == (math.inf, Status.ENDLESS)
    with pytest.raises(DomainError, match="pass the raw one"):
        psr(SharpeRecord(0.1, 120, 0.0, 0.0))  # an excess kurtosis
    with pytest.raises(DomainError, match="at least one try"):
        luckiest(VARIANCE, 0)
    with pytest.raises(DomainError, match="do not vary"):
        sharpe_record(np.full(40, 0.01))
    with pytest.raises(MissingDataError):
        sharpe_record(np.array([0.1]))


# Overfitting


def planted(seed: int, rows: int, rules: int, gain: float) -> Array:
    x = np.random.default_rng(seed).normal(size=(rows, rules))
    x[:, 4] += gain
    return x


def test_overfitting_vector() -> None:
    found = pbo(planted(3, 400, 30, 0.25), 8)  # METHOD 9.2
    assert found.value == pytest.approx(0.1143, abs=5e-5)
    assert (found.splits, found.configurations, found.rows) == (70, 30, 400)


def test_overfitting_against_brute_force() -> None:
    x = planted(5, 131, 7, 0.1)
    kept = x[131 - 126 :].reshape(6, 21, 7)  # the oldest five rows do not fill a block
    worse = 0
    for chosen in combinations(range(6), 3):
        inside = np.concatenate([kept[i] for i in chosen])
        outside = np.concatenate([kept[i] for i in range(6) if i not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1)))
        ratios = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        rank = stats.rankdata(ratios)[best] / 8.0
        worse += math.log(rank / (1.0 - rank)) <= 0.0  # the logit of Bailey et al.
    found = pbo(x, 6)
    assert found.value == pytest.approx(worse / 20)
    assert found.rows == 126


def test_overfitting_of_noise_is_about_one_half_and_of_skill_small() -> None:
    noise = [pbo(np.random.default_rng(seed).normal(size=(320, 20)), 8).value for seed in range(60)]
    assert np.mean(noise) == pytest.approx(0.5, abs=0.07)
    assert pbo(planted(1, 1000, 20, 0.4), 10).value == 0.0


def test_overfitting_errors() -> None:
    x = np.zeros((100, 3)) + np.arange(3)
    for blocks in (7, 12, 0):
        with pytest.raises(DomainError, match="even number up to 10"):
            pbo(x, blocks)
    with pytest.raises(DomainError, match="one configuration"):
        pbo(x[:, :1], 4)
    with pytest.raises(DomainError, match="row 2 of column 1"):
        pbo(np.where(np.arange(300).reshape(100, 3) == 7, np.nan, 1.0), 4)


# Superior predictive ability


def hansen(d: Array, block: int, reps: int, seed: int) -> tuple[float, float]:
    """T and its consistent p-value written out from Hansen 2005, with loops."""
    n, k = d.shape
    omega = np.empty(k)
    for j in range(k):
        e = d[:, j] - d[:, j].mean()
        total = (e @ e) / n
        for i in range(1, n):
            weight = (n - i) / n * (1 - 1 / block) ** i + i / n * (1 - 1 / block) ** (n - i)
            total += 2.0 * weight * (e[: n - i] @ e[i:]) / n
        omega[j] = math.sqrt(total)
    t = max(0.0, *(math.sqrt(n) * d[:, j].mean() / omega[j] for j in range(k)))
    bound = [-omega[j] * math.sqrt(2.0 * math.log(math.log(n)) / n) for j in range(k)]
    source = StationaryBootstrap(block, np.arange(n), seed=seed)
    at_least = 0
    for _ in range(reps):
        rows = source.update_indices()
        centred = [d[rows, j].mean() - (d[:, j].mean() if d[:, j].mean() >= bound[j] else 0.0) for j in range(k)]
        at_least += max(0.0, *(math.sqrt(n) * centred[j] / omega[j] for j in range(k))) >= t
    return t, (1 + at_least) / (1 + reps)


@pytest.mark.parametrize("lift", [-0.002, 0.0, 0.004])
def test_spa_against_hansen_written_out_and_against_arch(lift: float) -> None:
    rng = np.random.default_rng(6)
    d = rng.normal(size=(300, 8)) * np.geomspace(0.005, 0.1, 8) - 0.0015  # rules of very different size
    d[:, 2] += lift
    d[:, 0] -= 0.004  # hopeless: recentring must leave it where it is
    plan = Plan(reps=250, seed=13, block=5)
    found = spa(d, plan)
    t, p = hansen(d, 5, 250, 13)
    assert found.statistic == pytest.approx(t, rel=1e-9)
    assert found.p == (pytest.approx(p) if t > 0.0 else 1.0)
    # arch compares plain means: of differentials divided by omega it is the same test, with the same draws
    scaled = d / long_run_deviation(d, 5)
    peer = SPA(np.zeros(300), -scaled, block_size=5, reps=250, seed=13)
    peer.compute()
    if t > 0.0:
        ours = [(250 + 1) * one - 1 for one in (found.p_lower, found.p, found.p_upper)]
        np.testing.assert_allclose(ours, 250 * peer.pvalues.to_numpy(), atol=1e-9)
    steps = StepM(np.zeros(300), -scaled, size=0.05, block_size=5, reps=250, seed=13)
    steps.compute()
    assert list(found.superior) == steps.superior_models


def test_recentring_keeps_hopeless_rules_from_hiding_a_good_one() -> None:
    rng = np.random.default_rng(10)
    d = rng.normal(size=(400, 40)) * 0.01 - 0.01
    d[:, 7] = rng.normal(size=400) * 0.01 + 0.0012
    found = spa(d, Plan(reps=999))
    assert found.best == 7
    assert found.p < 0.05 < found.p_upper  # without recentring the reality check drowns it
    assert found.p_lower <= found.p <= found.p_upper


def test_planted_rules_are_found_and_only_they() -> None:
    d = np.random.default_rng(3).normal(size=(1000, 12)) * 0.01
    d[:, [2, 9]] += 0.0025
    found = spa(d, Plan(reps=499))
    assert found.superior == (2, 9)
    assert found.p < 0.01
    assert (found.n, found.rules, found.reps) == (1000, 12, 499)


def test_spa_on_noise_rejects_at_most_at_the_nominal_rate() -> None:
    small = [spa(np.random.default_rng(s).normal(size=(150, 6)), Plan(reps=149, seed=s)) for s in range(200)]
    assert sum(one.p < 0.05 for one in small) <= NOMINAL
    assert sum(bool(one.superior) for one in small) <= NOMINAL


def test_spa_of_nothing_and_of_a_rule_that_does_not_act() -> None:
    d = np.random.default_rng(3).normal(size=(60, 2)) * 0.01 - 0.02
    worse = spa(d, Plan(reps=50))
    assert (worse.best, worse.statistic, worse.p) == (None, 0.0, 1.0)
    idle = spa(np.column_stack([d[:, 0] + 0.04, np.zeros(60)]), Plan(reps=99))
    assert (idle.best, idle.superior) == (0, (0,))
    with pytest.raises(DomainError, match="constant"):
        spa(np.column_stack([d[:, 0], np.full(60, 0.1)]))
    with pytest.raises(MissingDataError, match="at least 16"):
        spa(d[:10])
    with pytest.raises(DomainError, match="size"):
        spa(d, size=1.0)


def test_confidence_set_keeps_the_good_and_drops_the_bad() -> None:
    x = np.random.default_rng(2).normal(size=(500, 5)) * 0.01
    x[:, [1, 3]] += 0.01
    plan = Plan(reps=200, block=4)
    assert confidence_set(x, plan) == (1, 3)
    peer = MCS(-x, 0.05, reps=200, block_size=4, seed=plan.seed)
    peer.compute()
    assert list(confidence_set(x, plan)) == sorted(peer.included)
    with pytest.raises(DomainError, match="at least two"):
        confidence_set(x[:, :1])
