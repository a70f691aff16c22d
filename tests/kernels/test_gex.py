"""`kernels.gex`: the published example, and the profile against one greek at a time from other code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from seawall.kernels.gex import gamma_profile, gamma_usd_per_pct


def slow_gamma(spot: float, strike: float, years: float, vol: float, rate: float, income: float) -> float:
    """Gamma of Merton 1973, written with scipy's density."""
    stdev = vol * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate - income) * years) / stdev + 0.5 * stdev
    return float(np.exp(-income * years) * norm.pdf(d1) / (spot * stdev))


def test_published_example() -> None:
    # METHOD 4: gamma .0005, open interest 1000, spot 6000 -> 18.0 m USD per 1 %
    assert float(gamma_usd_per_pct(0.0005, 1000.0, 6000.0, 100.0)) == pytest.approx(18.0e6, rel=1e-14)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 30))
def test_profile_is_the_sum_of_gammas_repriced_at_each_spot(seed: int, options: int, spots: int) -> None:
    rng = np.random.default_rng(seed)
    spot, rate, income = 6000.0, 0.04, 0.013
    strike = rng.uniform(4000.0, 8000.0, options)
    years, vol = rng.uniform(0.002, 3.0, options), rng.uniform(0.05, 0.9, options)
    contracts = rng.uniform(-5000.0, 5000.0, (2, options))
    at = np.sort(rng.uniform(0.7, 1.3, spots)) * spot
    forward = spot * np.exp((rate - income) * years)
    size = contracts * 100.0 * np.exp(-rate * years) * forward * 0.01
    found = gamma_profile(np.log(forward / strike), vol * np.sqrt(years), size, np.log(at / spot))
    rows = list(zip(strike, years, vol, strict=True))
    gamma = np.array([[slow_gamma(s, *row, rate, income) for row in rows] for s in at])
    expected = np.stack([gamma_usd_per_pct(gamma, side, at[:, None], 100.0).sum(axis=1) for side in contracts])
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * float(np.abs(size).sum()))


def test_nothing_held_is_zero_everywhere() -> None:
    found = gamma_profile(np.zeros(0), np.zeros(0), np.zeros((3, 0)), np.linspace(-0.1, 0.1, 7))
    assert found.shape == (3, 7)
    assert not found.any()


def test_far_from_every_strike_it_vanishes_without_a_fault() -> None:
    found = gamma_profile(np.array([0.0]), np.array([1e-3]), np.ones((1, 1)), np.log(np.array([0.5, 1.0, 2.0])))
    assert found[0, 0] == 0.0
    assert found[0, 2] == 0.0
    assert found[0, 1] == pytest.approx(norm.pdf(0.5e-3) / 1e-3, rel=1e-12)
