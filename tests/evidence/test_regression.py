import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from seawall.core.errors import DomainError, LookaheadError, MissingDataError, NotConvergedError
from seawall.core.status import Status
from seawall.evidence.interval import Plan
from seawall.evidence.regression import (
    added_out_of_sample,
    auc,
    brier,
    hazard_ratio,
    logit,
    newey_west_lag,
    ols,
    with_interaction,
)
from seawall.evidence.walkforward import walk_forward

Array = NDArray[np.float64]
DAYS = np.arange("2000-01-01", "2014-01-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def sandwich(scores: Array, bread: Array, lag: int) -> Array:
    """Newey and West 1987, written out: errors from scores (n, k) and the inverse Hessian."""
    meat = scores.T @ scores
    for i in range(1, lag + 1):
        cross = scores[i:].T @ scores[:-i]
        meat += (1.0 - i / (lag + 1.0)) * (cross + cross.T)
    return np.sqrt(np.diag(bread @ meat @ bread))


@pytest.mark.parametrize(
    ("n", "horizon", "lag"), [(100, 1, 4), (7560, 1, 10), (7560, 21, 20), (250, 1, 4), (3, 1, 1), (30, 63, 29)]
)
def test_lag_rule(n: int, horizon: int, lag: int) -> None:
    assert newey_west_lag(n, horizon) == lag  # max(h - 1, floor(4 (n/100)^(2/9))), at most n - 1


def test_least_squares_against_closed_forms() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 2))
    e = np.convolve(rng.normal(size=320), np.ones(5), mode="valid")[:300]
    y = 1.0 + x @ np.array([2.0, -1.0]) + e
    found = ols(y, {"a": x[:, 0], "b": x[:, 1]}, horizon=5)
    design = np.column_stack([np.ones(300), x])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ y
    residual = y - design @ beta
    errors = sandwich(design * residual[:, None], bread, found.lag)
    assert found.lag == 5
    for i, name in enumerate(("constant", "a", "b")):
        one = found.of(name)
        assert one.interval.estimate == pytest.approx(beta[i], rel=1e-10)
        assert one.error == pytest.approx(errors[i], rel=1e-9)
        assert one.interval.low == pytest.approx(beta[i] - 1.959964 * errors[i], rel=1e-6)
        assert one.p == pytest.approx(math.erfc(abs(beta[i] / errors[i]) / math.sqrt(2.0)), rel=1e-6, abs=1e-300)
    assert found.r2 == pytest.approx(1.0 - residual @ residual / np.sum((y - y.mean()) ** 2))
    assert "Newey-West errors, lag 5, n = 300" in found.of("a").interval.says()


def test_logit_against_a_numerical_maximum() -> None:
    rng = np.random.default_rng(2)
    gex, funding = rng.normal(size=(2, 800))
    index = -1.0 + 0.5 * gex + 0.3 * funding + 0.8 * gex * funding
    event = (rng.random(800) < 1.0 / (1.0 + np.exp(-index))).astype(float)
    columns = with_interaction({"gex": gex, "funding": funding}, "gex", "funding")
    found = logit(event, columns, horizon=5)
    design = np.column_stack([np.ones(800), gex, funding, gex * funding])
    best = minimize(
        lambda b: np.sum(np.logaddexp(0.0, design @ b) - event * (design @ b)), np.zeros(4), method="BFGS", tol=1e-9
    ).x
    chance = 1.0 / (1.0 + np.exp(-design @ best))
    bread = np.linalg.inv((design * (chance * (1.0 - chance))[:, None]).T @ design)
    errors = sandwich(design * (event - chance)[:, None], bread, found.lag)
    names = ("constant", "gex", "funding", "gex x funding")
    np.testing.assert_allclose([found.of(name).interval.estimate for name in names], best, atol=1e-5)
    np.testing.assert_allclose([found.of(name).error for name in names], errors, rtol=1e-4)
    assert found.of("gex x funding").p < 1e-6  # the planted interaction
    assert found.auc == pytest.approx(auc(event, chance), abs=1e-4)
    assert found.brier == pytest.approx(np.mean((event - chance) ** 2), abs=1e-6)
    assert found.brier_base == pytest.approx(event.mean() * (1.0 - event.mean()))


def test_clustered_errors_written_out() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(40), 10)
    x = np.repeat(rng.normal(size=40), 10)
    event = (np.repeat(rng.normal(size=40), 10) + x + rng.normal(size=400) > 0).astype(float)
    found = logit(event, {"x": x}, clusters=groups)
    design = np.column_stack([np.ones(400), x])
    beta = np.array([found.of(name).interval.estimate for name in ("constant", "x")])
    chance = 1.0 / (1.0 + np.exp(-design @ beta))
    bread = np.linalg.inv((design * (chance * (1.0 - chance))[:, None]).T @ design)
    scores = design * (event - chance)[:, None]
    sums = np.array([scores[groups == g].sum(axis=0) for g in range(40)])
    plain = np.sqrt(np.diag(bread @ sums.T @ sums @ bread))
    correction = math.sqrt(40 / 39 * 399 / 398)  # statsmodels' small-sample factor of clusters
    assert found.of("x").error == pytest.approx(plain[1] * correction, rel=1e-3)
    assert "clustered errors" in found.of("x").interval.says()
    assert found.lag == -1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9])), min_size=2, max_size=40))
def test_auc_against_all_pairs(rows: list[tuple[bool, float]]) -> None:
    event, chance = np.array([float(a) for a, _ in rows]), np.array([b for _, b in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in chance[event > 0] for b in chance[event == 0]]
    found = auc(event, chance)
    assert math.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs))


def test_brier_by_hand() -> None:
    assert brier(np.array([1.0, 0.0]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2.0)


def test_planted_r2_is_found_out_of_sample_and_noise_is_not() -> None:
    rng = np.random.default_rng(4)
    n = DAYS.size
    vix, gex, useless = rng.normal(size=(3, n))
    y = vix + 0.5 * gex + rng.normal(size=n)  # adds .25 of a variance of 2.25
    splits = walk_forward(DAYS, 1)
    plan = Plan(reps=299)
    real = added_out_of_sample(y, {"vix": vix}, {"gex": gex}, splits, plan)
    assert real.estimate == pytest.approx(0.25 / 2.25, abs=0.02)
    assert 0.0 < real.low < 0.25 / 2.25 < real.high
    none = added_out_of_sample(y, {"vix": vix}, {"useless": useless}, splits, plan)
    assert none.estimate == pytest.approx(0.0, abs=0.003)
    assert none.low < 0.0
    assert f"walk-forward, {len(splits)} splits" in none.says()


def test_added_r2_against_a_loop_over_splits() -> None:
    rng = np.random.default_rng(14)
    n = DAYS.size
    a, b = rng.normal(size=(2, n))
    y = 0.3 * a + 0.1 * b + rng.normal(size=n)
    y[[100, 2000]] = np.nan
    splits = walk_forward(DAYS, 5)
    less, more, total = 0.0, 0.0, 0.0
    for train, test in splits:
        fit, ask = train[np.isfinite(y[train])], test[np.isfinite(y[test])]
        for names in ((a,), (a, b)):
            x = np.column_stack([np.ones(n), *names])
            beta = np.linalg.solve(x[fit].T @ x[fit], x[fit].T @ y[fit])
            sse = float(np.sum((y[ask] - x[ask] @ beta) ** 2))
            less, more = (less + sse, more) if len(names) == 1 else (less, more + sse)
        total += float(np.sum((y[ask] - y[fit].mean()) ** 2))
    found = added_out_of_sample(y, {"a": a}, {"b": b}, splits, Plan(reps=20))
    assert found.estimate == pytest.approx((less - more) / total, rel=1e-9)


def test_brier_gain_of_a_planted_trigger() -> None:
    rng = np.random.default_rng(5)
    n = DAYS.size
    base, flag = rng.normal(size=n), (rng.random(n) < 0.2).astype(float)
    chance = np.where(flag > 0, 0.5, 0.1)
    event = (rng.random(n) < chance).astype(float)
    splits = walk_forward(DAYS, 1)
    found = added_out_of_sample(event, {"base": base}, {"flag": flag}, splits, Plan(reps=199), event=True)
    # a forecast of the mean .18 scores .1476, one of the two chances .2 x .25 + .8 x .09 = .122
    assert found.estimate == pytest.approx(0.18 * 0.82 - 0.122, abs=0.006)
    assert found.low > 0.0


def test_hazard_ratio_of_planted_hazards() -> None:
    rng = np.random.default_rng(6)
    flag = np.repeat(rng.random(600) < 0.3, 10).astype(float)
    hazard = np.where(flag > 0, 0.6, 0.2)
    event = (rng.random(6000) < 1.0 - np.exp(-hazard)).astype(float)
    found = hazard_ratio(flag, event, 21, Plan(reps=499))
    p1, p0 = event[flag > 0].mean(), event[flag == 0].mean()
    assert found.estimate == pytest.approx(math.log(1.0 - p1) / math.log(1.0 - p0), rel=1e-12)
    assert found.estimate == pytest.approx(3.0, rel=0.12)
    assert found.low > 1.0
    assert found.block >= 21


def test_hazard_ratio_without_an_event_on_one_side() -> None:
    flag, event = np.zeros(200), np.zeros(200)
    flag[50:100] = 1.0
    event[60:70] = 1.0
    found = hazard_ratio(flag, event, 1, Plan(reps=99, block=2))
    assert math.isinf(found.estimate)
    assert found.status is Status.UNBOUNDED
    assert hazard_ratio(flag, np.zeros(200), 1, Plan(reps=9, block=2)).status is Status.FLAT


def test_hazard_of_an_idle_flag_is_seldom_called_a_danger() -> None:
    wrong = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        flag = np.repeat(rng.random(60) < 0.4, 10).astype(float)
        event = (rng.random(600) < 0.15).astype(float)
        wrong += hazard_ratio(flag, event, 5, Plan(reps=99, seed=seed)).low > 1.0
    assert wrong <= 11  # 2.5 % of 200 are 5; more than 11 happen less than once in a hundred times


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(0, 40), st.integers(1, 6), st.integers(1, 3), st.integers(0, 400))
def test_no_test_label_overlaps_a_train_label(horizon: int, embargo: int, fit: int, test: int, cut: int) -> None:
    days = DAYS[cut:]
    for split in walk_forward(days, horizon, fit, test, embargo):
        train_labels = set(range(split.train.min(), split.train.max() + horizon + 1))
        test_labels = set(range(split.test.min(), split.test.max() + horizon + 1))
        assert not train_labels & test_labels
        assert split.train.max() + horizon + embargo < split.test.min()
        assert days[split.test.min()] - days[split.train.min()] >= np.timedelta64(365 * fit - 4, "D")


def test_walk_forward_by_hand() -> None:
    splits = walk_forward(DAYS, horizon=21)
    assert len(splits) == 9  # tests 2005 to 2013
    assert DAYS[splits[0].train[0]] == np.datetime64("2000-01-03")
    first = splits[0].test
    assert (DAYS[first[0]], DAYS[first[-1]]) == (np.datetime64("2005-01-03"), np.datetime64("2006-01-02"))
    assert first[0] - splits[0].train[-1] == 21 + 21 + 1
    tested = np.concatenate([split.test for split in splits])
    assert np.unique(tested).size == tested.size
    leap = walk_forward(np.arange("2016-02-29", "2018-06-01", dtype="datetime64[D]"), 1, 1, 1, 0)
    assert [split.test.size for split in leap] == [365, 92]


def test_errors() -> None:
    y, x = np.arange(20.0), np.arange(20.0) ** 2
    with pytest.raises(DomainError, match="repeat each other"):
        ols(y, {"a": x, "b": 2.0 * x})
    with pytest.raises(DomainError, match="same rows"):
        ols(y, {"a": x[:5]})
    with pytest.raises(DomainError, match="finite"):
        ols(np.where(y > 3, np.nan, y), {"a": x})
    with pytest.raises(MissingDataError, match="2 rows for 2"):
        ols(y[:2], {"a": x[:2]})
    with pytest.raises(MissingDataError, match="there are constant, a"):
        ols(y, {"a": x}).of("b")
    with pytest.raises(DomainError, match="0 or 1"):
        logit(y, {"a": x})
    with pytest.raises(NotConvergedError, match="too few events"):
        logit((y > 9).astype(float), {"a": x})
    with pytest.raises(MissingDataError, match="never or always"):
        hazard_ratio(np.zeros(30), np.zeros(30), 5)
    with pytest.raises(DomainError, match="0 or 1"):
        hazard_ratio(y, y, 5)
    with pytest.raises(LookaheadError):
        walk_forward(DAYS[::-1])
    with pytest.raises(MissingDataError, match="hold no 5 years"):
        walk_forward(DAYS[:1000])
    with pytest.raises(DomainError, match="years 1 or more"):
        walk_forward(DAYS, train_years=0)
    with pytest.raises(MissingDataError, match="0 rows can be tested"):
        added_out_of_sample(np.full(DAYS.size, np.nan), {}, {"a": np.ones(DAYS.size)}, walk_forward(DAYS))
