"""First passage: both series against mpmath, one barrier against the reflection principle, times against survival."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.barrier import (
    SWITCH,
    TERMS,
    exit_by_images,
    exit_by_modes,
    exit_probability,
    expected_exit_years,
    lower_exit_share,
)
from seawall.kernels.survival import barrier_probability


def precise(below: float, width: float, variance: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Exit probability at 40 digits, drift -1/2 per unit of variance: transition density by images, and by modes.

    Borodin and Salminen, Handbook of Brownian Motion (exit time with drift); Kunitomo and Ikeda 1992, flat barriers.
    """
    with mpmath.workdps(40):
        x, w, u = (mpmath.mpf(v) for v in (below, width, variance))
        m, root = mpmath.mpf(-1) / 2, mpmath.sqrt(u)

        def mass(shift: mpmath.mpf) -> mpmath.mpf:
            return mpmath.ncdf((w - shift - m * u) / root) - mpmath.ncdf((-shift - m * u) / root)

        images = mpmath.mpf(0)
        for k in range(-40, 41):
            images += mpmath.exp(-2 * m * k * w) * mass(x - 2 * k * w)
            images -= mpmath.exp(-2 * m * (x + k * w)) * mass(-x - 2 * k * w)
        modes = mpmath.mpf(0)
        for n in range(1, 81):
            a = n * mpmath.pi / w
            tilted = mpmath.mpc(m, a)  # int_0^w e^{m y} sin(a y) dy is the imaginary part of int_0^w e^{tilted y} dy
            modes += mpmath.sin(a * x) * mpmath.im(mpmath.expm1(tilted * w) / tilted) * mpmath.exp(-(a**2) * u / 2)
        modes *= 2 / w * mpmath.exp(-m * x - m**2 * u / 2)
        return 1 - images, 1 - modes


@pytest.mark.parametrize("width", [0.03, 0.69, 4.0])
@pytest.mark.parametrize("scaled", [0.08, SWITCH, 0.31, 2.0])
@pytest.mark.parametrize("place", [0.07, 0.5, 0.9])
def test_probability_is_that_of_both_series_at_40_digits(width: float, scaled: float, place: float) -> None:
    variance = scaled * width**2
    images, modes = precise(place * width, width, variance)
    assert abs(images - modes) < mpmath.mpf(10) ** -25
    found = float(exit_probability(math.exp(place * width), 1.0, math.exp(width), math.sqrt(variance), 1.0))
    assert found == pytest.approx(float(images), rel=1e-12, abs=2e-14)


def test_a_rare_exit_keeps_its_digits() -> None:
    below, width = math.log(2000.0 / 1500.0), math.log(2500.0 / 1500.0)
    images, _ = precise(below, width, 0.64 / 365.0)
    assert images < 1e-7
    found = float(exit_probability(2000.0, 1500.0, 2500.0, 0.8, 1.0 / 365.0))
    assert found == pytest.approx(float(images), rel=1e-9)


@pytest.mark.parametrize("width", [0.02, 1.0, 20.0, 170.0])
@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_the_series_agree_where_they_are_switched(width: float, place: float) -> None:
    variance = SWITCH * width**2
    by_images = exit_by_images(place * width, width, variance, TERMS)
    assert by_images == pytest.approx(exit_by_modes(place * width, width, variance, TERMS), abs=1e-13)


@pytest.mark.parametrize("days", [0.5, 7.0, 30.0, 365.0])
def test_one_barrier_is_the_reflection_principle(days: float) -> None:
    """P(min ln S <= -x) = N((-x + u/2)/s) + e^x N((-x - u/2)/s), and its mirror."""
    u = 0.64 * days / 365.0
    s = math.sqrt(u)
    down = norm.cdf((-math.log(1.25) + u / 2) / s) + 1.25 * norm.cdf((-math.log(1.25) - u / 2) / s)
    up = norm.cdf((-math.log(1.25) - u / 2) / s) + 0.8 * norm.cdf((-math.log(1.25) + u / 2) / s)
    for far in (math.inf, 1e12):
        assert float(exit_probability(2000.0, 1600.0, far, 0.8, days / 365.0)) == pytest.approx(down, rel=1e-10)
    for near in (0.0, 1e-9):
        assert float(exit_probability(2000.0, near, 2500.0, 0.8, days / 365.0)) == pytest.approx(up, rel=1e-10)


def test_a_price_that_never_falls_back_is_reached_less_than_surely() -> None:
    """Driftless: it reaches 2500 from 2000 with probability 0.8 in the end, and 1600 surely."""
    assert float(exit_probability(2000.0, 0.0, 2500.0, 0.8, 1e4)) == pytest.approx(0.8, abs=1e-12)
    assert float(exit_probability(2000.0, 1600.0, math.inf, 0.8, 1e4)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("low", "high"), [(1500.0, 2500.0), (1990.0, 2600.0), (100.0, 2100.0)])
def test_expected_time_is_the_integral_of_survival(low: float, high: float) -> None:
    expected, error = quad(
        lambda v: 2.0 * v * (1.0 - float(exit_probability(2000.0, low, high, 0.8, v * v))), 0.0, 8.0, limit=400
    )
    assert float(expected_exit_years(2000.0, low, high, 0.8)) == pytest.approx(expected, rel=1e-7, abs=10.0 * error)


def test_expected_time_solves_its_equation() -> None:
    """``sigma^2 S^2 u''/2 = -1`` inside, 0 on the ends."""
    spot, step = np.linspace(1510.0, 2490.0, 50), 1.0
    below, at, above = (expected_exit_years(spot + h, 1500.0, 2500.0, 0.8) for h in (-step, 0.0, step))
    assert 0.32 * spot**2 * (above - 2.0 * at + below) / step**2 == pytest.approx(-1.0, rel=1e-5)
    assert expected_exit_years([1500.0, 2500.0], 1500.0, 2500.0, 0.8).tolist() == [0.0, 0.0]


def test_time_and_share_of_one_barrier() -> None:
    assert float(expected_exit_years(2000.0, 1600.0, math.inf, 0.8)) == pytest.approx(2.0 / 0.64 * math.log(1.25))
    assert math.isinf(float(expected_exit_years(2000.0, 0.0, 2500.0, 0.8)))
    assert lower_exit_share([1500.0, 1750.0, 2500.0], 1500.0, 2500.0).tolist() == [1.0, 0.75, 0.0]
    assert float(lower_exit_share(2000.0, 1500.0, math.inf)) == 1.0


@pytest.mark.parametrize(
    ("spot", "low", "high", "vol", "years", "expected"),
    [
        (1500.0, 1500.0, 2500.0, 0.8, 0.0, 1.0),
        (2500.0, 1500.0, 2500.0, 0.8, 0.0, 1.0),
        (3000.0, 1500.0, 2500.0, 0.8, 0.1, 1.0),
        (2000.0, 1500.0, 2500.0, 0.8, 0.0, 0.0),
        (2000.0, 1500.0, 2500.0, 0.0, 1.0, 0.0),
        (2000.0, 0.0, math.inf, 5.0, 9.0, 0.0),
        (2000.0, 1500.0, 2500.0, 5.0, 90.0, 1.0),
    ],
)
def test_ends_and_limits(spot: float, low: float, high: float, vol: float, years: float, expected: float) -> None:
    assert float(exit_probability(spot, low, high, vol, years)) == pytest.approx(expected, abs=1e-15)


PLACES = st.floats(0.02, 0.98)
WIDTHS = st.floats(0.01, 6.0)
VARIANCES = st.floats(1e-6, 20.0)


@given(place=PLACES, width=WIDTHS, variance=VARIANCES, more=st.floats(1.0, 3.0))
def test_longer_and_narrower_leave_sooner(place: float, width: float, variance: float, more: float) -> None:
    spot, high = math.exp(place * width), math.exp(width)
    one = float(exit_probability(spot, 1.0, high, math.sqrt(variance), 1.0))
    assert 0.0 <= one <= 1.0
    assert float(exit_probability(spot, 1.0, high, math.sqrt(variance), more)) >= one - 1e-13
    assert float(exit_probability(spot, 1.0 / more, high * more, math.sqrt(variance), 1.0)) <= one + 1e-13


@given(place=PLACES, width=WIDTHS, variance=VARIANCES, unit=st.floats(1e-6, 1e6))
def test_the_unit_of_price_does_not_matter(place: float, width: float, variance: float, unit: float) -> None:
    spot, high = math.exp(place * width), math.exp(width)
    one, other = (float(exit_probability(u * spot, u, u * high, math.sqrt(4.0 * variance), 0.25)) for u in (1.0, unit))
    assert one == pytest.approx(other, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        ((0.0, 1.0, 2.0, 0.5, 1.0), DomainError),
        ((1.5, -1.0, 2.0, 0.5, 1.0), DomainError),
        ((1.5, 1.0, math.nan, 0.5, 1.0), DomainError),
        ((1.5, 1.0, 2.0, -0.5, 1.0), DomainError),
        ((1.5, 1.0, 2.0, 0.5, math.inf), DomainError),
        ((1.5, 2.0, 1.0, 0.5, 1.0), RangeError),
    ],
)
def test_bad_input_is_refused(given_: tuple[float, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        exit_probability(*given_)


def test_a_flat_volatility_has_no_expected_time() -> None:
    with pytest.raises(DomainError):
        expected_exit_years(1.5, 1.0, 2.0, 0.0)


def test_arrays_broadcast() -> None:
    found = exit_probability(np.array([[1600.0], [2000.0]]), 1500.0, 2500.0, 0.8, np.array([1.0, 7.0, 30.0]) / 365.0)
    assert found.shape == (2, 3)
    assert found[1, 2] == exit_probability(2000.0, 1500.0, 2500.0, 0.8, 30.0 / 365.0)


@pytest.mark.parametrize("vol", [0.2, 0.9, 2.0])
@pytest.mark.parametrize("barrier", [0.5, 0.9, 1.1, 3.0])
def test_one_end_far_away_is_the_first_passage_of_an_account(barrier: float, vol: float) -> None:
    """Two formulas, written apart, for one event: a range without one end, and a liquidation price."""
    low, high = (barrier, math.inf) if barrier < 1.0 else (0.0, barrier)
    found = exit_probability(1.0, low, high, vol, 0.1)
    assert found == pytest.approx(barrier_probability(math.log(barrier), vol, 0.1), rel=1e-9, abs=1e-14)
