import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.kernels import resampled, tails

Array = NDArray[np.float64]


def draws_of(n: int, seed: int, draws: int = 6) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rng = np.random.default_rng(seed)
    rows = rng.integers(n, size=(draws, n + 5)).astype(np.int32)
    return rows, rng.integers(2, n + 6, size=draws).astype(np.int32)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-0.2, 0.3), min_size=3, max_size=40), st.integers(0, 99), st.sampled_from([0.5, 0.9, 0.95]))
def test_every_kernel_against_the_tail_of_the_path_written_out(values: list[float], seed: int, level: float) -> None:
    x = np.array(values)
    rows, lengths = draws_of(x.size, seed)
    paths = [x[row[:m]] for row, m in zip(rows, lengths, strict=True)]
    navs = [np.concatenate([[1.0], np.cumprod(1.0 + path)]) for path in paths]
    moments = resampled.resampled_moments(x, rows, lengths)
    np.testing.assert_allclose(moments[:, 0], [path.mean() for path in paths], rtol=0, atol=1e-13)
    np.testing.assert_allclose(moments[:, 1], [path.std(ddof=1) for path in paths], rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        resampled.resampled_cdar(x, rows, lengths, level), [tails.cdar(nav, level)[0] for nav in navs], atol=1e-12
    )
    for horizon in (1, 2, 7):
        wanted = [
            tails.cvar(-tails.window_returns(nav, horizon), level)[0] if nav.size > horizon else np.nan for nav in navs
        ]
        found = resampled.resampled_cvar(x, rows, lengths, horizon, level)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
    deepest = [tails.max_drawdown(nav).depth for nav in navs]
    np.testing.assert_allclose(resampled.resampled_max_drawdown(x, rows, lengths), deepest, rtol=0, atol=1e-12)
    ulcers = [tails.ulcer(nav) for nav in navs]
    np.testing.assert_allclose(resampled.resampled_ulcer(x, rows, lengths), ulcers, rtol=0, atol=1e-12)
    table = np.column_stack([x, x**2])
    sums = resampled.resampled_counts(rows, lengths, x.size) @ table
    np.testing.assert_allclose(sums, [table[row[:m]].sum(axis=0) for row, m in zip(rows, lengths, strict=True)])


def test_ruin_stays_ruin() -> None:
    rows, lengths = np.arange(4, dtype=np.int32)[None, :], np.array([4], dtype=np.int32)
    found = resampled.resampled_max_drawdown(np.array([0.0, -1.5, 9.0, 9.0]), rows, lengths)
    assert found[0] == pytest.approx(1.5)  # the debt is not earned back by returns on nothing
    # 100 -> 100 -> -50: one window each of two sessions and of one
    assert resampled.resampled_cvar(np.array([0.0, -1.5, 9.0, 9.0]), rows, lengths, 2, 0.0)[0] == pytest.approx(1.5)
    assert resampled.resampled_cvar(np.array([0.0, -1.5, 9.0, 9.0]), rows, lengths, 1, 0.0)[0] == pytest.approx(0.75)
