import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels import filters

Array = NDArray[np.float64]

# Wilder's worked example as reproduced in the usual tables (METHOD 1.9)
WILDER = np.array(
    [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.00]
)
RAMP = np.arange(1.0, 41.0)


def walk(rows: int, seed: int = 3) -> Array:
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, rows)))


def test_vectors_of_macd() -> None:
    line, signal = filters.macd(RAMP)
    assert line[-1] == pytest.approx(6.386727317590, abs=1e-11)
    assert signal[-1] == pytest.approx(6.114555740619, abs=1e-11)
    assert np.flatnonzero(~np.isnan(line))[0] == 25
    assert np.flatnonzero(~np.isnan(signal))[0] == 33


def test_macd_of_a_ramp_tends_to_the_difference_of_the_lags() -> None:
    # an EMA of a ramp lags by (n - 1)/2 rows: (26 - 1)/2 - (12 - 1)/2 = 7
    line, signal = filters.macd(np.arange(1000.0))
    assert line[-1] == pytest.approx(7.0, abs=1e-9)
    assert signal[-1] == pytest.approx(7.0, abs=1e-9)


def test_vectors_of_rsi() -> None:
    values = filters.rsi(WILDER)
    assert values[14] == pytest.approx(70.464135, abs=5e-7)
    assert values[15] == pytest.approx(66.249619, abs=5e-7)
    assert np.isnan(values[:14]).all()


def test_rsi_without_losses_is_100_and_at_rest_50() -> None:
    assert filters.rsi(RAMP)[-1] == 100.0
    assert filters.rsi(-RAMP)[-1] == 0.0
    assert filters.rsi(np.full(20, 7.0))[-1] == 50.0
    assert filters.flat(np.full(20, 7.0), 15)[-1]


def test_ema_by_hand() -> None:
    # window 3 has weight 1/2: 2; 2 + (4 - 2)/2 = 3; 3 + (8 - 3)/2 = 5.5
    np.testing.assert_array_equal(filters.ema(np.array([2.0, 4.0, 8.0]), 3), [np.nan, np.nan, 5.5])


@pytest.mark.parametrize("name", ["ema", "macd", "rsi"])
def test_talib_after_its_seed_is_forgotten(name: str) -> None:
    talib = pytest.importorskip("talib")
    x = walk(1000)
    if name == "ema":
        pairs = [(filters.ema(x, 12), talib.EMA(x, 12))]
    elif name == "rsi":
        pairs = [(filters.rsi(x), talib.RSI(x, 14))]
    else:
        theirs = talib.MACD(x, 12, 26, 9)
        pairs = list(zip(filters.macd(x), theirs[:2], strict=True))
    for ours, reference in pairs:
        np.testing.assert_allclose(ours[250:], reference[250:], rtol=0.0, atol=2e-6)


def test_windows_against_brute_force() -> None:
    x = walk(300)
    returns = np.diff(np.log(x))
    for window in (2, 5, 60):
        z, rank = filters.zscore(x, window), filters.percentile_rank(x, window)
        vol = filters.realised_vol(returns, window, 252.0)
        assert np.isnan(z[: window - 1]).all()
        assert np.isnan(rank[: window - 1]).all()
        assert np.isnan(vol[: window - 1]).all()
        for t in range(window - 1, returns.size):
            part = x[t - window + 1 : t + 1]
            assert z[t] == pytest.approx((x[t] - np.mean(part)) / np.std(part, ddof=1), rel=1e-10)
            assert rank[t] == sum(value <= x[t] for value in part) / window
            squares = [r * r for r in returns[t - window + 1 : t + 1]]
            assert vol[t] == pytest.approx(math.sqrt(252.0 / window * math.fsum(squares)), rel=1e-12)


def test_realised_vol_takes_its_year_from_the_caller() -> None:
    moves = np.array([0.01, -0.01, 0.01, -0.01])
    assert filters.realised_vol(moves, 4, 252.0)[-1] == pytest.approx(0.01 * math.sqrt(252.0), rel=1e-14)
    assert filters.realised_vol(moves, 4, 365.0)[-1] == pytest.approx(0.01 * math.sqrt(365.0), rel=1e-14)


def test_a_window_at_rest_is_zero_and_flat() -> None:
    x = np.array([1.0, 0.1, 0.1, 0.1, 0.2])
    np.testing.assert_array_equal(filters.zscore(x, 3)[3], 0.0)
    np.testing.assert_array_equal(filters.flat(x, 3), [False, False, False, True, False])
    assert filters.percentile_rank(x, 3)[3] == 1.0


def test_an_absent_observation_is_unknown_and_forgotten_by_recursions() -> None:
    x = walk(60)
    holed = np.insert(x, 30, np.nan)
    for run in (lambda v: filters.ema(v, 5), filters.rsi, lambda v: filters.macd(v)[1]):
        out = run(holed)
        assert np.isnan(out[30])
        np.testing.assert_array_equal(np.delete(out, 30), run(x))
    z = filters.zscore(holed, 5)
    assert np.isnan(z[30:35]).all()
    assert np.isfinite(z[35])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(1.0, 1e4), min_size=40, max_size=80),
    st.integers(0, 79),
    st.lists(st.floats(1.0, 1e4), min_size=1, max_size=5),
)
def test_the_future_moves_nothing_and_live_steps_equal_history(
    values: list[float], cut: int, other: list[float]
) -> None:
    x = np.array(values)
    t = min(cut, x.size - 1)
    scrambled = np.concatenate([x[: t + 1], np.array(other)])
    runs = (
        lambda v: filters.ema(v, 4),
        lambda v: filters.macd(v, 3, 6, 4)[1],
        lambda v: filters.rsi(v, 5),
        lambda v: filters.zscore(v, 6),
        lambda v: filters.percentile_rank(v, 6),
        lambda v: filters.realised_vol(v, 6, 252.0),
    )
    for run in runs:
        np.testing.assert_array_equal(run(x)[: t + 1], run(x[: t + 1]))
        np.testing.assert_array_equal(run(x)[: t + 1], run(scrambled)[: t + 1])
    ema, macd, rsi = filters.ema_init(), filters.macd_init(), filters.rsi_init()
    for value in x:
        ema = filters.ema_update(ema, value, 4)
        macd = filters.macd_update(macd, value, 3, 6, 4)
        rsi = filters.rsi_update(rsi, value, 5)
    assert ema.value == filters.ema(x, 4)[-1]
    assert macd.signal.value == filters.macd(x, 3, 6, 4)[1][-1]
    assert filters.rsi_value(rsi) == filters.rsi(x, 5)[-1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1.0, 1e4), min_size=20, max_size=60))
def test_bounds_and_mirror(values: list[float]) -> None:
    x = np.array(values)
    up, down = filters.rsi(x, 5)[5:], filters.rsi(-x, 5)[5:]
    assert ((up >= 0.0) & (up <= 100.0)).all()
    np.testing.assert_allclose(up + down, 100.0, atol=1e-9)
    average = filters.ema(x, 5)[4:]
    assert (average >= x.min() * (1.0 - 1e-12)).all()
    assert (average <= x.max() * (1.0 + 1e-12)).all()


def test_half_life_of_a_known_decay() -> None:
    # x_t = phi x_{t-1} exactly, halves every 34 rows
    x = 0.5 ** (np.arange(200) / 34.0)
    value, status = filters.half_life(x)
    assert status is Status.FOUND
    assert value == pytest.approx(34.0, rel=1e-9)
    assert filters.half_life(np.full(9, 2.0))[1] is Status.FLAT
    assert filters.half_life(np.array([1.0, 2.0]))[1] is Status.THIN
    assert filters.half_life(1.1 ** np.arange(50.0))[1] is Status.NONFINITE
    assert filters.half_life((-1.0) ** np.arange(50.0))[1] is Status.NONFINITE


def test_errors() -> None:
    with pytest.raises(DomainError, match="row 2"):
        filters.ema(np.array([1.0, 2.0, np.inf]), 2)
    with pytest.raises(DomainError, match="too short"):
        filters.zscore(RAMP, 1)
    with pytest.raises(DomainError, match="too short"):
        filters.rsi(RAMP, 0)
    with pytest.raises(DomainError, match="shorter than slow"):
        filters.macd(RAMP, 26, 12)
    with pytest.raises(DomainError, match="one column"):
        filters.ema(np.ones((2, 2)), 2)
    with pytest.raises(DomainError, match="252"):
        filters.realised_vol(RAMP, 5, 0.0)
    with pytest.raises(DomainError, match="absent"):
        filters.half_life(np.array([1.0, np.nan, 2.0]))
    assert np.isnan(filters.ema(np.array([]), 3)).all()
