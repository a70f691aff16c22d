import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.errors import DomainError, EvidenceError, MissingDataError, SignError, TooFewEventsError
from seawall.core.status import Status
from seawall.evidence.hypotheses import hypothesis
from seawall.evidence.interval import Plan
from seawall.evidence.offset import Stretch, impermanent_loss, offset_ratio, paid_back, path_r2, worst_covered
from seawall.evidence.verdict import Found, Verdict, decide

Array = NDArray[np.float64]
PLAN = Plan(reps=499, seed=5)


def world(seed: int, crises: int = 12, share: float = 0.6, noise: float = 0.0) -> Stretch:
    """Ten calm windows before each crisis of one to three; the hedge costs 2 % a year and pays ``share`` back."""
    rng = np.random.default_rng(seed)
    episode: list[int] = []
    for number in range(crises):
        episode += [-1] * 10 + [number] * int(rng.integers(1, 4))
    stressed = np.array(episode) >= 0
    loss = np.where(stressed, rng.uniform(0.02, 0.06, stressed.size), rng.uniform(0.0, 0.01, stressed.size))
    hedge = np.where(stressed, share * loss, -0.02 * 30.0 / 365.0) + noise * rng.normal(size=stressed.size) * stressed
    return Stretch(loss, hedge, np.array(episode))


def test_vector() -> None:
    il, hedge = np.array([-10.0, -4.0, -6.0]), np.array([8.0, 1.0, 3.0])
    assert paid_back(impermanent_loss(il), hedge) == pytest.approx(0.60)  # METHOD 9.1


def test_planted_ratio_is_found_at_its_cost() -> None:
    found = offset_ratio(world(1), 0.02, PLAN)
    assert found.interval.estimate == pytest.approx(0.60, rel=1e-9)
    assert found.scale == pytest.approx(1.0, rel=1e-9)
    assert (found.interval.low, found.interval.high) == (pytest.approx(0.60), pytest.approx(0.60))
    assert (found.episodes, found.interval.n) == (12, 12)
    noisy = offset_ratio(world(1, noise=0.02), 0.02, PLAN).interval
    assert noisy.low < noisy.estimate < noisy.high


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 40.0), st.sampled_from([0.01, 0.02, 0.03]))
def test_size_buys_nothing_at_a_stated_cost(units: float, budget: float) -> None:
    stretch = world(2, noise=0.01)
    larger = dataclasses.replace(stretch, hedge=units * stretch.hedge)
    first, second = (offset_ratio(one, budget, Plan(reps=50)) for one in (stretch, larger))
    assert second.interval.estimate == pytest.approx(first.interval.estimate, rel=1e-9)
    assert second.interval.low == pytest.approx(first.interval.low, rel=1e-9)
    assert second.scale == pytest.approx(first.scale / units, rel=1e-9)
    # and the ratio is proportional to the cost at which it is stated
    assert first.interval.estimate / budget == pytest.approx(
        offset_ratio(stretch, 0.01, Plan(reps=1)).interval.estimate / 0.01, rel=1e-9
    )


def test_the_interval_is_that_of_drawn_episodes() -> None:
    """Without calm noise a draw is a ratio of sums over drawn episodes: compared with a loop of its own draws."""
    stretch = world(3, crises=10, noise=0.02)
    sums = np.array(
        [(stretch.hedge[stretch.episode == k].sum(), stretch.loss[stretch.episode == k].sum()) for k in range(10)]
    )
    rng = np.random.default_rng(99)
    taken = [sums[rng.integers(10, size=10)].sum(axis=0) for _ in range(4000)]
    drawn = [paid / lost for paid, lost in taken]
    found = offset_ratio(stretch, 0.02, Plan(reps=4000)).interval
    spread = float(np.std(drawn))
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert found.low == pytest.approx(low, abs=0.15 * spread)
    assert found.high == pytest.approx(high, abs=0.15 * spread)


def test_true_ratio_is_covered_about_as_often_as_stated() -> None:
    inside = 0
    for seed in range(120):
        found = offset_ratio(world(seed, crises=15, noise=0.02), 0.02, Plan(reps=199, seed=seed)).interval
        inside += found.low <= 0.60 <= found.high
    assert 101 <= inside <= 119  # a percentile interval of 15 episodes runs at 90 to 95 %


def test_few_episodes_leave_the_claim_undecided() -> None:
    found = offset_ratio(world(4, crises=7, share=0.9), 0.02, PLAN)
    assert found.interval.status is Status.THIN
    rule = hypothesis("H-02").rule
    result = Found(found.interval.estimate, found.interval, episodes=found.episodes)
    assert decide(rule, result).verdict is Verdict.UNDECIDED
    with pytest.raises(TooFewEventsError, match="7 distinct episodes"):
        decide(rule, result, forced=True)
    for share, verdict in ((0.9, Verdict.SUPPORTED), (0.2, Verdict.REFUTED)):
        more = offset_ratio(world(4, crises=9, share=share), 0.02, PLAN)
        assert decide(rule, Found(0.0, more.interval, episodes=more.episodes)).verdict is verdict


def test_path_r2_coverage_and_moves() -> None:
    rng = np.random.default_rng(7)
    stretch = world(5, noise=0.01)
    move = rng.choice([-0.2, 0.3], size=stretch.loss.size)
    found = offset_ratio(dataclasses.replace(stretch, move=move), 0.02, PLAN)
    r = np.corrcoef(stretch.hedge, stretch.loss)[0, 1]
    assert found.path_r2 == pytest.approx(r * r)
    worst = sorted(range(stretch.loss.size), key=lambda i: -stretch.loss[i])[: math.ceil(0.05 * stretch.loss.size)]
    assert found.covered.n == len(worst)
    assert found.covered.estimate == pytest.approx(np.mean([stretch.hedge[i] > 0 for i in worst]))
    assert found.up is not None
    assert found.down is not None
    assert found.up.windows + found.down.windows == stretch.loss.size
    assert found.up.loss_share + found.down.loss_share == pytest.approx(1.0)
    total = found.up.offset * found.up.loss_share + found.down.offset * found.down.loss_share
    assert total == pytest.approx(found.scale * stretch.hedge.sum() / stretch.loss.sum())
    assert math.isnan(path_r2(np.ones(5), np.arange(5.0)))
    assert offset_ratio(stretch, 0.02, PLAN).up is None


def test_a_ratio_says_everything_without_which_it_is_not_to_be_read() -> None:
    told = offset_ratio(world(6, noise=0.02), 0.02, PLAN).says()
    for part in (
        "OffsetRatio@2%/yr",
        "95% interval [",
        "episode bootstrap",
        "n = 12",
        "12 distinct episodes",
        "path R2",
    ):
        assert part in told


def test_no_ratio_without_cost_and_interval() -> None:
    good = offset_ratio(world(1), 0.02, PLAN)
    for budget in (math.nan, 0.0, -0.01):
        with pytest.raises(EvidenceError, match="state b"):
            offset_ratio(world(1), budget, PLAN)
        with pytest.raises(EvidenceError, match="state b"):
            dataclasses.replace(good, budget=budget)
    with pytest.raises(EvidenceError, match="without an interval"):
        dataclasses.replace(good, interval=dataclasses.replace(good.interval, low=math.nan))
    with pytest.raises(EvidenceError, match="without an interval"):
        dataclasses.replace(good, interval=dataclasses.replace(good.interval, reps=0))


def test_a_free_hedge_has_no_size() -> None:
    stretch = world(1)
    with pytest.raises(EvidenceError, match="no size of it costs 2%"):
        offset_ratio(dataclasses.replace(stretch, hedge=np.abs(stretch.hedge)), 0.02, PLAN)
    # a cost that some draws do not have leaves the upper end open
    calm = np.where(stretch.stressed, stretch.hedge, np.where(np.arange(stretch.loss.size) % 5 == 0, -0.02, 0.004))
    found = offset_ratio(dataclasses.replace(stretch, hedge=calm), 0.02, PLAN)
    assert found.interval.status is Status.UNBOUNDED
    assert math.isinf(found.interval.high)


def test_errors() -> None:
    loss, hedge, episode = np.ones(4), np.ones(4), np.array([-1, 0, 0, -1])
    with pytest.raises(DomainError, match="one row per window"):
        Stretch(loss, hedge[:2], episode)
    with pytest.raises(DomainError, match="finite"):
        Stretch(loss * np.nan, hedge, episode)
    with pytest.raises(DomainError, match="1 or more"):
        Stretch(loss, hedge, episode, days=0)
    with pytest.raises(EvidenceError, match="stress and in calm"):
        offset_ratio(Stretch(loss, hedge, np.zeros(4, dtype=int)), 0.02)
    with pytest.raises(EvidenceError, match="nothing was lost"):
        offset_ratio(Stretch(np.zeros(4), -hedge, episode), 0.02)
    with pytest.raises(SignError, match="window 1 is 3"):
        impermanent_loss(np.array([-1.0, 3.0]))
    with pytest.raises(MissingDataError, match="no windows"):
        worst_covered(np.array([]), np.array([]))
    with pytest.raises(DomainError, match="share"):
        worst_covered(loss, hedge, 0.0)
