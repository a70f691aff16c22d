"""`kernels.mixture`: prices by quadrature of the density, and the laws that make it free of butterflies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import ndtr

from seawall.kernels.mixture import (
    Mixture,
    basis,
    component_prices,
    mixture_density,
    mixture_durrleman,
    mixture_price,
    mixture_reach,
    mixture_variance,
    normalised,
)
from seawall.kernels.smile import Shape, durrleman

WEIGHTS = st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12).filter(lambda w: sum(w) > 0.1)


def mixture(weights: list[float]) -> Mixture:
    return normalised(np.array(weights), basis(0.15, -6.0, 4.0, 12))


@settings(max_examples=20, deadline=None)
@given(WEIGHTS, st.floats(-0.5, 0.4))
def test_price_is_the_integral_of_the_payoff_over_the_density(weights: list[float], k: float) -> None:
    of = mixture(weights)
    strike, side = np.exp(k), 1.0 if k >= 0.0 else -1.0
    grid = np.linspace(-3.0, 3.0, 40_001)
    payoff = np.maximum(side * (np.exp(grid) - strike), 0.0) * mixture_density(grid, of)
    assert float(mixture_price(np.array([k]), of)[0]) == pytest.approx(integrate.simpson(payoff, x=grid), abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(WEIGHTS)
def test_density_has_mass_one_and_mean_one(weights: list[float]) -> None:
    grid = np.linspace(-4.0, 4.0, 40_001)
    density = mixture_density(grid, mixture(weights))
    assert np.all(density >= 0.0)
    assert integrate.simpson(density, x=grid) == pytest.approx(1.0, abs=1e-9)
    assert integrate.simpson(density * np.exp(grid), x=grid) == pytest.approx(1.0, abs=1e-9)


def test_one_component_is_black() -> None:
    k = np.linspace(-0.4, 0.4, 81)
    one = Mixture(np.ones(1), np.ones(1), np.full(1, 0.17))
    assert np.sqrt(mixture_variance(k, one, mixture_reach(one))) == pytest.approx(0.17, rel=1e-11)
    d1 = -k / 0.17 + 0.085
    call = ndtr(d1) - np.exp(k) * ndtr(d1 - 0.17)
    assert mixture_price(k, one) == pytest.approx(np.where(k >= 0.0, call, call - 1.0 + np.exp(k)), abs=1e-14)
    assert mixture_durrleman(k, one, np.full(k.size, 0.17**2)) == pytest.approx(1.0, rel=1e-9)


def test_component_prices_are_the_terms_of_the_sum() -> None:
    of = mixture([1.0, 0.0, 2.0, 3.0, 1.0, 5.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1])
    k = np.linspace(-0.8, 0.6, 15)
    assert component_prices(k, of.mean, of.stdev) @ of.weight == pytest.approx(mixture_price(k, of), rel=1e-13)


def test_h_of_the_density_is_h_of_the_variance() -> None:
    """The same function two ways: from the density, and from w and its derivatives by differences."""
    of = mixture([0.1, 0.2, 0.4, 0.5, 1.0, 2.0, 4.0, 3.0, 1.5, 0.5, 0.2, 0.1])
    reach, step = mixture_reach(of), 1e-3
    k = np.linspace(-0.35, 0.25, 25)
    low, mid, high = (mixture_variance(k + d, of, reach) for d in (-step, 0.0, step))
    shape = Shape(mid, (high - low) / (2.0 * step), (high - 2.0 * mid + low) / step**2)
    assert mixture_durrleman(k, of, mid) == pytest.approx(durrleman(k, shape), abs=2e-3)


def test_beyond_its_reach_the_variance_is_flat_and_finite() -> None:
    of = mixture([0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    low, high = mixture_reach(of)
    w = mixture_variance(np.array([low - 1.0, low, high, high + 1.0]), of, (low, high))
    assert np.all(np.isfinite(w))
    assert np.all(w > 0.0)
    assert w[0] == w[1]
    assert w[2] == w[3]
