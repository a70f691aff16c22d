import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.published import SHARED, existing

from seawall.core.errors import DomainError, EvidenceError, MissingDataError, TooFewEventsError, UnknownParameterError
from seawall.core.status import Status
from seawall.evidence.hypotheses import HYPOTHESES, hypothesis
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.placebo import Placebo, late, shuffled, timing_test, variants
from seawall.evidence.resample import Measure, Statistic, paired_draws
from seawall.evidence.verdict import Direction, Found, Kind, Rule, Verdict, decide, earns_weight, holm, romano_wolf
from seawall.report.glossary.registry import BY_KEY, normal

Array = NDArray[np.float64]
SIZE = Rule(Kind.SIZE, Direction.HIGHER, 0.5)
LOWER = Rule(Kind.SIZE, Direction.LOWER, -0.5)
BOUND = Rule(Kind.BOUND)
TEST = Rule(Kind.TEST, Direction.LOWER)
EITHER = Rule(Kind.TEST, Direction.EITHER)


def between(low: float, high: float, status: Status = Status.FOUND) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95, "test", 100, 5, 999, 1, status)


@pytest.mark.parametrize(
    ("rule", "found", "verdict"),
    [
        (SIZE, Found(0.6, between(0.2, 1.0), (0.01,), 0.4), Verdict.SUPPORTED),
        (SIZE, Found(0.6, between(0.2, 1.0), (0.06,), 0.4), Verdict.UNDECIDED),
        (SIZE, Found(0.4, between(0.2, 0.6), (0.01,), 0.3), Verdict.UNDECIDED),  # there, but below the stated size
        (SIZE, Found(0.6, between(0.2, 1.0), (0.01,), -0.1), Verdict.UNDECIDED),  # costs turn it round
        (SIZE, Found(0.6, between(0.2, 1.0), (0.01,), None), Verdict.UNDECIDED),  # never run at doubled cost
        (SIZE, Found(0.3, between(0.1, 0.49), (0.01,), 0.3), Verdict.REFUTED),  # real, and too small
        (LOWER, Found(-0.6, between(-1.0, -0.2), (0.01,), -0.6), Verdict.SUPPORTED),
        (LOWER, Found(-0.1, between(-0.4, 0.2), (0.3,), -0.1), Verdict.REFUTED),
        (BOUND, Found(0.1, between(0.01, 0.2)), Verdict.SUPPORTED),
        (BOUND, Found(0.1, between(0.0, 0.2)), Verdict.UNDECIDED),
        (BOUND, Found(-0.1, between(-0.2, -0.01)), Verdict.REFUTED),
        (TEST, Found(-0.1, between(-0.2, -0.01), (0.01, 0.04)), Verdict.SUPPORTED),
        (TEST, Found(-0.1, between(-0.2, 0.01), (0.01, 0.06)), Verdict.NOT_SUPPORTED),  # both, or none
        (TEST, Found(-0.1, between(-0.2, -0.01), (0.01,), holds=(False,)), Verdict.NOT_SUPPORTED),
        (TEST, Found(-0.1, between(-0.2, -0.01), (0.01,), doubled=0.1), Verdict.NOT_SUPPORTED),
        (TEST, Found(0.1, between(0.01, 0.2), (0.99,)), Verdict.REFUTED),
        (EITHER, Found(-0.1, between(-0.2, -0.01), (0.02,)), Verdict.SUPPORTED),
        (EITHER, Found(0.1, between(-0.2, 0.3), (0.4,)), Verdict.NOT_SUPPORTED),
        (Rule(Kind.TEST), Found(2.9, None, (0.01,)), Verdict.SUPPORTED),  # SPA has a p and no interval
        (Rule(Kind.TEST), Found(0.9, None, (0.5,)), Verdict.NOT_SUPPORTED),
        (Rule(Kind.WITHIN, size=0.95, upper=1.05), Found(1.04), Verdict.SUPPORTED),
        (Rule(Kind.WITHIN, size=0.95, upper=1.05), Found(1.06), Verdict.REFUTED),
        (Rule(Kind.ALL), Found(0.0, holds=(True, True)), Verdict.SUPPORTED),
        (Rule(Kind.ALL), Found(0.0, holds=(True, False)), Verdict.REFUTED),
        (BOUND, Found(0.1, between(0.01, 0.2, Status.THIN)), Verdict.UNDECIDED),
        (BOUND, Found(math.nan, missing="VIX option chains"), Verdict.NOT_TESTABLE),
    ],
)
def test_rules(rule: Rule, found: Found, verdict: Verdict) -> None:
    decision = decide(rule, found)
    assert decision.verdict is verdict
    assert decision.reason


@settings(max_examples=60, deadline=None)
@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 7))
def test_too_few_episodes_decide_nothing(low: float, width: float, p: float, count: int) -> None:
    rule = Rule(Kind.SIZE, Direction.HIGHER, 0.5, episodic=True)
    found = Found(low, between(low, low + width), (p,), low, episodes=count)
    assert decide(rule, found).verdict is Verdict.UNDECIDED
    assert f"{count} distinct episodes" in decide(rule, found).reason
    with pytest.raises(TooFewEventsError):
        decide(rule, found, forced=True)


def test_rules_refuse_what_was_not_measured() -> None:
    with pytest.raises(EvidenceError, match="number of distinct episodes"):
        decide(Rule(Kind.BOUND, episodic=True), Found(0.1, between(0.0, 0.2)))
    for rule in (BOUND, SIZE):
        with pytest.raises(EvidenceError, match="without an interval"):
            decide(rule, Found(0.1))
    for rule in (SIZE, TEST):
        with pytest.raises(EvidenceError, match="p"):
            decide(rule, Found(0.1, between(-0.1, 0.9)))
    with pytest.raises(EvidenceError, match="none was checked"):
        decide(Rule(Kind.ALL), Found(0.1))


def test_the_five_words() -> None:
    assert [str(one) for one in Verdict] == ["supported", "not supported", "refuted", "undecided", "not testable here"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_rejects_as_its_steps_do(p: list[float]) -> None:
    adjusted = holm(np.array(p))
    for level in (0.01, 0.05, 0.3, 0.9):
        rejected = set()
        for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
            if p[i] * (len(p) - step) > level:
                break
            rejected.add(i)
        assert {i for i in range(len(p)) if adjusted[i] <= level} == rejected


def test_romano_wolf_against_steps_written_out() -> None:
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(300, 6)) * np.array([1, 2, 3, 1, 2, 3]) + np.array([3, 0, 1, 0, 5, 0.5])
    effects = draws.mean(axis=0)
    score, centred = effects / draws.std(axis=0, ddof=1), (draws - effects) / draws.std(axis=0, ddof=1)
    expected, left, worst = np.empty(6), list(range(6)), 0.0
    while left:
        best = max(left, key=lambda j: score[j])
        worst = max(worst, (1 + np.sum(centred[:, left].max(axis=1) >= score[best])) / 301)
        expected[best] = worst
        left.remove(best)
    np.testing.assert_allclose(romano_wolf(effects, draws), expected)
    with pytest.raises(DomainError, match="same in every draw"):
        romano_wolf(np.ones(2), np.ones((10, 2)))
    with pytest.raises(DomainError, match="joint draws"):
        romano_wolf(np.ones(2), np.ones((10, 3)))
    with pytest.raises(DomainError, match="lie in"):
        holm(np.array([1.2]))


def test_a_board_of_noise_supports_at_most_the_nominal_share_of_boards() -> None:
    false = [0, 0]
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=(120, 5))
        observed, draws, _ = paired_draws(x, Statistic(Measure.MEAN), Plan(reps=149, seed=seed, block=1))
        raw = (1 + np.sum(draws <= 0.0, axis=0)) / 150
        false[0] += holm(raw).min() < 0.05
        false[1] += romano_wolf(observed, draws).min() < 0.05
    assert max(false) <= 18  # more happen less than once in a hundred times at 5 %


@pytest.mark.parametrize(
    ("p", "dsr", "pbo", "earned"),
    [(0.04, 0.96, 0.19, True), (0.05, 0.96, 0.1, False), (0.01, 0.95, 0.1, False), (0.01, 0.99, 0.2, False)],
)
def test_weight_is_earned_by_all_three(p: float, dsr: float, pbo: float, earned: bool) -> None:
    assert earns_weight(p, dsr, pbo) is earned


# The claims


def test_the_claims_are_those_of_the_specification() -> None:
    lines = re.findall(
        r"^\| (H-\d\d) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$",
        existing(SHARED / "design" / "METHOD.md").read_text(),
        re.M,
    )
    assert [line[0] for line in lines] == list(HYPOTHESES)
    for identity, claim, _, prior, rule in lines:
        one = hypothesis(identity)
        assert one.claim == claim.replace("**", "")
        assert one.prior == prior
        assert one.rule_text == rule


def test_every_claim_is_complete_and_explained() -> None:
    assert list(HYPOTHESES) == [f"H-{k:02d}" for k in range(1, 15)]
    for one in HYPOTHESES.values():
        assert all((one.claim, one.origin, one.test, one.data, one.prior, one.rule_text))
        assert normal(one.id) in BY_KEY
        assert one.direction is one.rule.direction
    assert [one.id for one in HYPOTHESES.values() if one.rule.episodic] == ["H-02"]
    with pytest.raises(UnknownParameterError, match="H-15"):
        hypothesis("H-15")


# Placebos


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(1, 30), st.integers(0, 99))
def test_shuffles_keep_the_share_and_are_seeded(flags: list[bool], block: int, seed: int) -> None:
    given_flags = np.array(flags)
    first = shuffled(given_flags, np.random.default_rng(seed), block)
    assert first.sum() == given_flags.sum()
    assert first.shape == given_flags.shape
    np.testing.assert_array_equal(first, shuffled(given_flags, np.random.default_rng(seed), block))


def test_variants_break_one_trigger_at_a_time() -> None:
    flags = {"a": np.arange(90) % 9 == 0, "b": np.arange(90) > 60}
    found = variants(flags)
    assert [(one.trigger, one.placebo) for one in found] == [
        *((name, how) for name in "ab" for how in (Placebo.OFF, Placebo.SHUFFLED, Placebo.ALWAYS)),
        ("", Placebo.NEVER),
    ]
    for one in found[:-1]:
        other = "b" if one.trigger == "a" else "a"
        np.testing.assert_array_equal(one.triggers[other], flags[other])
    assert not found[0].triggers["a"].any()
    assert found[2].triggers["a"].all()
    assert not any(flags.any() for flags in found[-1].triggers.values())
    with pytest.raises(MissingDataError, match="no triggers"):
        variants({})
    with pytest.raises(DomainError, match="same rows"):
        variants({"a": flags["a"], "b": flags["b"][:3]})


def tomorrow(returns: Array):
    """Mean return of the session after the trigger, against all sessions."""
    ahead = returns[1:]
    return lambda flags: float(ahead[flags[:-1]].mean() - ahead.mean()) if flags[:-1].any() else 0.0


def test_a_leaked_signal_is_caught_by_its_delay() -> None:
    returns = np.random.default_rng(3).normal(size=1500) * 0.01
    leaked = np.append(returns[1:] > 0.012, False)  # it has seen the session it trades
    found = timing_test(tomorrow(returns), leaked)
    assert found.p < 0.05 <= found.late_p
    assert found.vanishes


def test_an_honest_slow_signal_survives_its_delay() -> None:
    rng = np.random.default_rng(4)
    regime = np.repeat(rng.random(75) < 0.3, 20)
    returns = rng.normal(size=1500) * 0.01 + np.append(False, regime[:-1]) * 0.004
    found = timing_test(tomorrow(returns), regime)
    assert found.p < 0.05
    assert found.late_p < 0.05
    assert not found.vanishes


def test_noise_beats_its_placebo_at_most_at_the_nominal_rate() -> None:
    wins = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        returns, flags = rng.normal(size=300), np.repeat(rng.random(60) < 0.3, 5)
        wins += timing_test(tomorrow(returns), flags, tries=59, seed=seed, block=5).p < 0.05
    assert wins <= 18


def test_late_and_errors() -> None:
    assert late(np.array([True, False, True]), 1).tolist() == [False, True, False]
    assert late(np.array([True]), 5).tolist() == [False]
    with pytest.raises(DomainError, match="looks ahead"):
        late(np.array([True]), -1)
    with pytest.raises(DomainError, match="use 1 or more"):
        shuffled(np.array([True]), np.random.default_rng(0), 0)
    with pytest.raises(DomainError, match="say nothing"):
        timing_test(lambda flags: 0.0, np.array([True]), tries=0)
    with pytest.raises(DomainError, match="not finite"):
        timing_test(lambda flags: math.nan, np.array([True]))
