import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.kernels import tails

HUNDRED = np.arange(1.0, 101.0)
NAV = np.array([100.0, 120.0, 90.0, 110.0, 80.0, 130.0])  # METHOD 1.8


@pytest.mark.parametrize(
    ("losses", "level", "value", "status"),
    [
        (HUNDRED, 0.95, 98.0, Status.FOUND),
        (HUNDRED, 0.97, 99.0, Status.FOUND),
        (np.arange(1.0, 11.0), 0.95, 10.0, Status.THIN),
        (np.arange(1.0, 11.0), 0.90, 10.0, Status.FOUND),
        (np.arange(1.0, 11.0), 0.85, (10.0 + 0.5 * 9.0) / 1.5, Status.FOUND),  # half of the boundary loss
        (HUNDRED, 0.0, 50.5, Status.FOUND),
        (np.array([-3.0]), 0.5, -3.0, Status.THIN),
    ],
)
def test_cvar_vectors(losses: np.ndarray, level: float, value: float, status: Status) -> None:
    found, said = tails.cvar(np.random.default_rng(0).permutation(losses), level)
    assert found == pytest.approx(value, rel=1e-12)
    assert said is status


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=30, max_size=90), st.floats(0.0, 0.96))
def test_cvar_is_the_minimum_of_rockafellar_and_uryasev(values: list[float], level: float) -> None:
    losses = np.array(values)
    # min over z of z + mean(max(L - z, 0))/(1 - a) is piecewise linear: its minimum lies at one of the losses
    excess = np.maximum(losses[:, None] - losses[None, :], 0.0).mean(axis=0)
    expected = float(np.min(losses + excess / (1.0 - level)))
    value, status = tails.cvar(losses, level)
    assert status is Status.FOUND
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_cvar_against_a_numerical_minimum() -> None:
    losses = np.random.default_rng(1).standard_t(4, 777)
    found = minimize_scalar(
        lambda z: z + np.maximum(losses - z, 0.0).mean() / 0.05,
        bounds=(-5, 9),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert tails.cvar(losses, 0.95)[0] == pytest.approx(found.fun, rel=1e-6)


def test_drawdown_vectors() -> None:
    deepest = tails.max_drawdown(NAV)
    assert deepest.depth == pytest.approx(1.0 / 3.0, rel=1e-15)
    assert (deepest.peak, deepest.trough) == (1, 4)
    assert tails.cdar(NAV, 0.5)[0] == pytest.approx(0.2222222, abs=5e-8)
    assert tails.ulcer(NAV) == pytest.approx(0.1734722, abs=5e-8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=60))
def test_drawdown_against_brute_force(values: list[float]) -> None:
    nav = np.array(values)
    expected = [1.0 - nav[t] / max(nav[: t + 1]) for t in range(nav.size)]
    np.testing.assert_allclose(tails.drawdown(nav), expected, rtol=0.0, atol=1e-15)
    pairs = [1.0 - nav[j] / nav[i] for i in range(nav.size) for j in range(i, nav.size)]
    deepest = tails.max_drawdown(nav)
    assert deepest.depth == pytest.approx(max(pairs), abs=1e-15)
    assert deepest.depth == pytest.approx(1.0 - nav[deepest.trough] / nav[deepest.peak], abs=1e-15)
    assert deepest.peak <= deepest.trough
    assert tails.ulcer(nav) <= deepest.depth + 1e-15
    assert tails.cdar(nav, 0.95)[0] <= deepest.depth + 1e-15


def test_a_path_that_only_rises_has_no_drawdown_and_ruin_counts_in_full() -> None:
    assert tails.max_drawdown(np.array([1.0, 2.0, 3.0])) == (0.0, 0, 0)
    assert tails.max_drawdown(np.array([2.0, 4.0, -1.0])) == (1.25, 1, 2)


def test_tail_ratio() -> None:
    spread = np.concatenate([np.linspace(-1.0, 0.0, 50, endpoint=False), np.linspace(0.0, 2.0, 51)])
    assert tails.tail_ratio(spread) == (pytest.approx(1.8 / 0.9), Status.FOUND)
    assert tails.tail_ratio(-spread)[0] == pytest.approx(0.5)
    assert tails.tail_ratio(np.array([-1.0, 1.0]))[1] is Status.THIN
    value, status = tails.tail_ratio(np.zeros(30))
    assert math.isnan(value)
    assert status is Status.FLAT


def test_worst_windows_by_hand() -> None:
    # two-session returns: -10 %, -8.3 %, -11.1 %, +18.2 %; the second and third overlap the worst or the first
    found = tails.worst_windows(NAV, 2, 5)
    assert found.starts.tolist() == [2, 0]
    np.testing.assert_allclose(found.returns, [80.0 / 90.0 - 1.0, -0.10], rtol=1e-14)
    assert tails.worst_windows(NAV, 2, 1).starts.tolist() == [2]
    assert tails.worst_windows(NAV, 6, 3).starts.size == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1.0, 1e3), min_size=3, max_size=40), st.integers(1, 6), st.integers(1, 6))
def test_worst_windows_do_not_overlap_and_the_first_is_the_worst(values: list[float], horizon: int, most: int) -> None:
    nav = np.array(values)
    found = tails.worst_windows(nav, horizon, most)
    every = [nav[s + horizon] / nav[s] - 1.0 for s in range(nav.size - horizon)]
    assert found.starts.size <= most
    if every:
        assert found.returns[0] == pytest.approx(min(every), rel=1e-12, abs=1e-15)
    assert (np.diff(np.sort(found.starts)) >= horizon).all()
    assert (np.diff(found.returns) >= 0.0).all()
    np.testing.assert_allclose(found.returns, [every[s] for s in found.starts], rtol=1e-12, atol=1e-15)


def test_effective_sample_and_months_of_carry() -> None:
    assert tails.effective_sample(252, 21) == 12.0
    # carry months 1, 2, 3 have mean 2; the worst month costs 8
    assert tails.months_of_carry(np.array([1.0, 2.0, -8.0, 3.0, 0.0])) == (4.0, Status.FOUND)
    assert tails.months_of_carry(np.array([1.0, 2.0])) == (0.0, Status.FOUND)
    value, status = tails.months_of_carry(np.array([-1.0]))
    assert math.isnan(value)
    assert status is Status.INVALID


def test_errors() -> None:
    with pytest.raises(MissingDataError, match="no losses"):
        tails.cvar(np.array([]), 0.95)
    with pytest.raises(DomainError, match="row 1 is nan"):
        tails.cvar(np.array([1.0, np.nan]), 0.95)
    with pytest.raises(DomainError, match=r"0\.95"):
        tails.cvar(HUNDRED, 95.0)
    with pytest.raises(DomainError, match="positive start"):
        tails.drawdown(np.array([0.0, 1.0]))
    with pytest.raises(DomainError, match="ends at ruin"):
        tails.window_returns(np.array([1.0, 0.0, 1.0]), 1)
    with pytest.raises(DomainError, match="1 or more"):
        tails.window_returns(NAV, 0)
    with pytest.raises(DomainError, match="one series"):
        tails.drawdown(np.ones((2, 2)))
