"""Causal regressions, components and peaks against independent computations."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import find_peaks

from seawall.core.errors import DomainError
from seawall.kernels.components import component_score
from seawall.kernels.peaks import age_of_high, divergence, prominent_peaks
from seawall.kernels.regress import (
    expanding_forecast,
    expanding_logit,
    har_columns,
    har_forecast,
    logit_fit,
    rolling_fit,
    rolling_line,
    rolling_slope,
    solve_small,
)

Array = NDArray[np.float64]
RNG = np.random.default_rng(8)
ROWS = 300
X = np.stack([np.ones(ROWS), RNG.normal(size=ROWS), RNG.normal(size=ROWS) * 1e4], axis=1)
Y = X @ np.array([0.3, -2.0, 1e-3]) + RNG.normal(size=ROWS)


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_small_systems_against_lapack(k: int) -> None:
    a = RNG.normal(size=(k, k))
    matrix, right = a @ a.T + 0.1 * np.eye(k), RNG.normal(size=k)
    np.testing.assert_allclose(solve_small(matrix, right), np.linalg.solve(matrix, right), rtol=1e-9)
    assert np.isnan(solve_small(np.zeros((k, k)), right)).all()
    twice = np.ones((k + 1, k + 1))
    assert np.isnan(solve_small(twice, np.ones(k + 1))).all()


def test_rolling_fit_against_lstsq() -> None:
    found = rolling_fit(Y, X, 40)
    assert np.isnan(found[:39]).all()
    for t in range(39, ROWS, 37):
        expected = np.linalg.lstsq(X[t - 39 : t + 1], Y[t - 39 : t + 1], rcond=None)[0]
        np.testing.assert_allclose(found[t], expected, rtol=1e-8)


def test_rolling_line_and_slope_against_numpy() -> None:
    x = X[:, 1]
    beta, correlation = rolling_line(Y, x, 25)
    slope = rolling_slope(Y, 25)
    for t in range(24, ROWS, 31):
        part = slice(t - 24, t + 1)
        assert beta[t] == pytest.approx(np.polyfit(x[part], Y[part], 1)[0], rel=1e-10)
        assert correlation[t] == pytest.approx(np.corrcoef(x[part], Y[part])[0, 1], rel=1e-10)
        assert slope[t] == pytest.approx(np.polyfit(np.arange(25), Y[part], 1)[0], rel=1e-9)
    holed = Y.copy()
    holed[100] = np.nan
    assert np.isnan(rolling_line(holed, x, 25)[0][100:125]).all()
    assert np.isfinite(rolling_line(holed, x, 25)[0][125])
    at_rest = rolling_line(np.ones(30), x[:30], 25)
    assert at_rest[0][-1] == 0.0
    assert np.isnan(at_rest[1][-1])
    assert np.isnan(rolling_line(x[:30], np.ones(30), 25)[0][-1])


def test_expanding_forecast_uses_outcomes_that_are_over() -> None:
    gap, least = 5, 60
    outcome = Y.copy()
    outcome[80] = np.nan
    found = expanding_forecast(outcome, X, gap, least)
    assert np.isnan(found[: least + gap - 1]).all()
    for t in (64, 85, 86, 200, 299):
        rows = np.array([s for s in range(t - gap + 1) if s != 80])
        beta = np.linalg.lstsq(X[rows], outcome[rows], rcond=None)[0]
        assert found[t] == pytest.approx(X[t] @ beta, rel=1e-8)
    later = outcome.copy()
    later[200 - gap + 1 :] += 100.0
    assert expanding_forecast(later, X, gap, least)[200] == found[200]


def test_har_regressors_and_one_step_fit_against_arch() -> None:
    from arch.univariate import HARX

    variance = RNG.gamma(2.0, 1.0, 400)
    columns = har_columns(variance)
    t = 100
    expected = [1.0, variance[t], variance[t - 4 : t + 1].mean(), variance[t - 21 : t + 1].mean()]
    np.testing.assert_allclose(columns[t], expected, rtol=1e-14)
    fitted = HARX(variance, lags=[1, 5, 22], rescale=False).fit(disp="off").params.to_numpy()[:4]
    # the last forecast has seen every outcome, as the fit of the whole sample has
    assert har_forecast(variance, 1)[-1] == pytest.approx(columns[-1] @ fitted, rel=1e-7)


def test_har_of_a_month_against_lstsq() -> None:
    variance, horizon = RNG.gamma(2.0, 1.0, 500), 21
    x = np.array([har_columns(variance)[s] for s in range(500)])
    ahead = np.array([variance[s + 1 : s + 1 + horizon].mean() for s in range(500 - horizon)])
    found = har_forecast(variance, horizon, 252)
    first = 21 + 251 + horizon
    assert np.isnan(found[:first]).all()
    for t in (first, 400, 499):
        rows = np.arange(21, t - horizon + 1)
        beta = np.linalg.lstsq(x[rows], ahead[rows], rcond=None)[0]
        assert found[t] == pytest.approx(x[t] @ beta, rel=1e-8)


def _loss(beta: Array, y: Array, x: Array, ridge: float) -> float:
    z = x @ beta
    return float(np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * ridge * np.sum(beta[1:] ** 2))


@pytest.mark.parametrize("ridge", [0.1, 1.0, 10.0])
def test_logit_against_a_general_minimiser(ridge: float) -> None:
    x = np.stack([np.ones(200), RNG.normal(size=200), (RNG.random(200) < 0.1).astype(float)], axis=1)
    y = (RNG.random(200) < 1.0 / (1.0 + np.exp(1.5 - x[:, 1]))).astype(float)
    y[x[:, 2] == 1.0] = 1.0  # one side never fails: without the ridge its coefficient would run away
    expected = minimize(_loss, np.zeros(3), args=(y, x, ridge), method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose(logit_fit(y, x, ridge, np.zeros(3)), expected, atol=1e-5)


def test_walk_forward_logit_is_the_fit_of_what_was_over() -> None:
    x = np.stack([np.ones(ROWS), RNG.normal(size=ROWS)], axis=1)
    y = (RNG.random(ROWS) < 0.2).astype(float)
    y[-3:] = np.nan
    found = expanding_logit(y, x, 3, 100, 10)
    assert np.isnan(found[:102]).all()
    for t, fitted_at in ((102, 102), (111, 102), (112, 112), (250, 242)):
        beta = logit_fit(y[: fitted_at - 2], x[: fitted_at - 2], 1.0, np.zeros(2))
        assert found[t] == pytest.approx(1.0 / (1.0 + np.exp(-x[t] @ beta)), rel=1e-8)
    assert np.isnan(expanding_logit(np.zeros(ROWS), x, 3, 100, 10)).all()  # nothing ever happened: no fit


@pytest.mark.parametrize("order", [0, 1, 2])
def test_component_against_svd(order: int) -> None:
    panel = np.cumsum(RNG.normal(size=(120, 4)), axis=0) @ np.diag([1.0, 0.7, 0.5, 0.4])
    found = component_score(panel, 60, order)
    assert np.isnan(found[:59]).all()
    for t in (59, 90, 119):
        centred = panel[t - 59 : t + 1] - panel[t - 59 : t + 1].mean(axis=0)
        vector = np.linalg.svd(centred)[2][order]
        vector = vector if vector[-1] >= vector[0] else -vector
        assert found[t] == pytest.approx(vector @ centred[-1], rel=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_peaks_against_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(size=61))
    least = float(np.std(x, ddof=1)) * (0.2 if seed % 2 else 1.0)
    expected, _ = find_peaks(x, prominence=least)
    np.testing.assert_array_equal(prominent_peaks(x, least), expected)


def test_divergence_by_its_definition() -> None:
    rng = np.random.default_rng(3)
    price, other = np.cumsum(rng.normal(size=500)), rng.normal(size=500)
    found = divergence(price, other, 61, 20)
    assert np.isnan(found[:60]).all()
    for t in range(60, 500):
        part, line = price[t - 60 : t + 1], other[t - 60 : t + 1]
        peaks, _ = find_peaks(part, prominence=np.std(part, ddof=1))
        pairs = [(a, b) for a, b in itertools.combinations(peaks, 2) if b == peaks[-1] and b - a >= 20]
        assert found[t] == any(part[b] > part[a] and line[b] < line[a] for a, b in pairs)
    assert 0.0 < np.nanmean(found) < 0.5


def test_age_of_high() -> None:
    np.testing.assert_array_equal(
        age_of_high(np.array([1.0, 3.0, 2.0, 2.0, 3.0, 0.0, np.nan]), 3), [np.nan, np.nan, 1.0, 2.0, 0.0, 1.0, np.nan]
    )


def test_what_cannot_be_fitted() -> None:
    with pytest.raises(DomainError, match="do not fit"):
        rolling_fit(Y, X[:-1], 40)
    with pytest.raises(DomainError, match="cannot fit 3"):
        rolling_fit(Y, X, 2)
    with pytest.raises(DomainError, match="infinite"):
        rolling_line(np.array([np.inf, 1.0, 2.0]), np.ones(3), 2)
    with pytest.raises(DomainError, match="ridge"):
        expanding_logit(Y, X, 1, 50, 10, -1.0)
    with pytest.raises(DomainError, match="order < columns"):
        component_score(X, 60, 3)
    with pytest.raises(DomainError, match="one length"):
        divergence(Y, Y[1:], 61, 20)
    with pytest.raises(DomainError, match="at least 3"):
        divergence(Y, Y, 2, 1)
    with pytest.raises(DomainError, match="at least 1"):
        age_of_high(Y, 0)
