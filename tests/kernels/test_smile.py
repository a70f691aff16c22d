"""`kernels.smile` and `kernels.svi_fit`: published slices, derivatives at 40 digits, and laws of all slices."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import reference

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels.smile import (
    Svi,
    durrleman,
    jump_wings,
    lee_slope,
    ssvi_as_svi,
    ssvi_butterfly_free,
    ssvi_variance,
    svi_butterfly,
    svi_shape,
    svi_variance,
)
from seawall.kernels.svi_fit import fit_svi

VOGT = Svi(-0.041, 0.1331, 0.306, 0.3586, 0.4153)
SVI = st.builds(
    lambda least, b, rho, m, s: Svi(least - b * s * math.sqrt(1.0 - rho * rho), b, rho, m, s),
    st.floats(1e-3, 0.2), st.floats(0.01, 0.9), st.floats(-0.95, 0.95), st.floats(-0.3, 0.3), st.floats(0.02, 0.5),
)  # fmt: skip


def raw_variance(p: Svi, k: mpmath.mpf) -> mpmath.mpf:
    a, b, rho, m, s = (mpmath.mpf(x) for x in p)
    return a + b * (rho * (k - m) + mpmath.sqrt((k - m) ** 2 + s * s))


def call_price(p: Svi, k: mpmath.mpf) -> mpmath.mpf:
    """Black's undiscounted call on a forward of 1 at the slice's own volatility."""
    s = mpmath.sqrt(raw_variance(p, k))
    d1 = -k / s + s / 2
    return mpmath.ncdf(d1) - mpmath.exp(k) * mpmath.ncdf(d1 - s)


def test_vogt_slice_has_the_published_jump_wings() -> None:
    # METHOD 1.2; Gatheral and Jacquier 2014, section 5.1
    wings = jump_wings(VOGT, 1.0)
    assert wings == pytest.approx((0.0174263, -0.1752111, 0.6997381, 1.3167982, 0.0116249), abs=5e-8)
    assert lee_slope(VOGT) == pytest.approx(0.1738, abs=5e-5)


def test_vogt_slice_has_a_butterfly_exactly_where_published() -> None:
    found = svi_butterfly(VOGT)
    assert found.status is Status.BUTTERFLY
    assert found.intervals == (pytest.approx((0.64241, 1.25691), abs=5e-6),)
    assert found.least == pytest.approx(-0.0329, abs=5e-5)
    assert found.at == pytest.approx(0.879, abs=0.005)


def test_ssvi_example_is_free_of_butterflies() -> None:
    # METHOD 1.2: theta .04, phi 6, rho -.7: 2.448 <= 4, least h on [-2, 2] is .265
    k = np.linspace(-2.0, 2.0, 8001)
    slice_ = ssvi_as_svi(0.04, 6.0, -0.7)
    assert ssvi_butterfly_free(0.04, 6.0, -0.7)
    assert float(durrleman(k, svi_shape(k, slice_)).min()) == pytest.approx(0.265, abs=5e-4)
    assert svi_butterfly(slice_).status is Status.FOUND


def test_ssvi_is_its_own_formula() -> None:
    theta, phi, rho = 0.09, 2.5, -0.4
    k = np.linspace(-1.0, 1.0, 41)
    direct = 0.5 * theta * (1.0 + rho * phi * k + np.sqrt((phi * k + rho) ** 2 + 1.0 - rho * rho))
    assert ssvi_variance(k, theta, phi, rho) == pytest.approx(direct, rel=1e-14)
    assert float(ssvi_variance(0.0, theta, phi, rho)) == pytest.approx(theta, rel=1e-14)


@pytest.mark.parametrize("at", [-0.8, -0.05, 0.0, 0.3, 0.9, 1.2])
@pytest.mark.parametrize("p", [VOGT, Svi(0.04, 0.4, -0.4, 0.05, 0.1), Svi(0.002, 0.05, -0.6, -0.02, 0.05)])
def test_h_is_the_density_of_black_prices(p: Svi, at: float) -> None:
    """The second strike derivative of the call, taken at 40 digits, against h e^(-d2^2/2) / sqrt(2 pi w)."""
    with mpmath.workdps(40):
        strike = mpmath.exp(mpmath.mpf(at))
        bend = mpmath.diff(lambda x: call_price(p, mpmath.log(x)), strike, 2)
        w = raw_variance(p, mpmath.mpf(at))
        d2 = -at / mpmath.sqrt(w) - mpmath.sqrt(w) / 2
        expected = strike * bend / (mpmath.exp(-d2 * d2 / 2) / mpmath.sqrt(2 * mpmath.pi * w))
    assert float(durrleman(at, svi_shape(at, p))) == pytest.approx(float(expected), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("at", [-0.7, 0.0, 0.4])
def test_shape_holds_the_derivatives(at: float) -> None:
    with mpmath.workdps(40):
        slope, bend = (float(mpmath.diff(lambda x: raw_variance(VOGT, x), at, n)) for n in (1, 2))
    found = svi_shape(at, VOGT)
    assert float(found.slope) == pytest.approx(slope, rel=1e-12)
    assert float(found.bend) == pytest.approx(bend, rel=1e-12)


@given(st.floats(1e-3, 1.0), st.floats(0.05, 20.0), st.floats(-0.95, 0.95))
def test_sufficient_ssvi_conditions_suffice(theta: float, phi: float, rho: float) -> None:
    if ssvi_butterfly_free(theta, phi, rho):
        assert svi_butterfly(ssvi_as_svi(theta, phi, rho)).least >= -1e-12


@given(SVI)
def test_far_wings_decide_by_the_lee_bound(p: Svi) -> None:
    """h tends to 1/4 - slope^2/16 in each wing, so a steeper wing than 2 is a butterfly wherever else h is positive."""
    for side in (-1.0, 1.0):
        slope = p.b * (1.0 + side * p.rho)
        far = float(durrleman(side * 1e7, svi_shape(side * 1e7, p)))
        assert far == pytest.approx(0.25 - slope * slope / 16.0, abs=1e-4)
    if lee_slope(p) > 2.0:
        assert svi_butterfly(p).status is Status.BUTTERFLY


@settings(max_examples=40)
@given(SVI)
def test_intervals_are_where_h_is_negative(p: Svi) -> None:
    found = svi_butterfly(p)
    k = np.linspace(-3.0, 3.0, 1201)
    negative = durrleman(k, svi_shape(k, p)) < -1e-9
    inside = np.zeros(k.size, dtype=bool)
    for low, high in found.intervals:
        inside |= (k >= low - 1e-7) & (k <= high + 1e-7)
    assert not np.any(negative & ~inside)
    assert (found.status is Status.BUTTERFLY) >= bool(negative.any())


@pytest.mark.parametrize(
    "p",
    [
        Svi(0.04, -0.1, 0.0, 0.0, 0.1),
        Svi(0.04, 0.1, 1.0, 0.0, 0.1),
        Svi(0.04, 0.1, 0.0, 0.0, 0.0),
        Svi(-0.5, 0.1, 0.0, 0.0, 0.1),
        Svi(math.nan, 0.1, 0.0, 0.0, 0.1),
    ],
)
def test_what_is_no_total_variance_is_refused(p: Svi) -> None:
    with pytest.raises(DomainError):
        svi_variance(0.0, p)


def test_ssvi_and_jump_wings_refuse_what_they_cannot_mean() -> None:
    with pytest.raises(DomainError, match="theta"):
        ssvi_variance(0.0, 0.0, 1.0, 0.0)
    with pytest.raises(DomainError, match="years"):
        jump_wings(VOGT, 0.0)


def test_reference_slices() -> None:
    for row in reference("svi_reference.csv"):
        p = Svi(*(float(row[name]) for name in ("a", "b", "rho", "m", "sigma")))
        wings = jump_wings(p, float(row["t"]))
        stated = [float(row[name]) for name in ("vt_JW", "psi_JW", "p_JW", "c_JW", "vtilde_JW")]
        assert wings == pytest.approx(stated, abs=1e-7)
        assert (svi_butterfly(p).status is Status.FOUND) == (row["butterfly_free"] == "True")


# ---- the fit


@pytest.mark.parametrize(
    "p",
    [
        Svi(0.04, 0.4, -0.4, 0.05, 0.1),
        Svi(0.01, 0.1, -0.7, 0.0, 0.1),
        Svi(0.002, 0.05, -0.6, -0.02, 0.05),
        ssvi_as_svi(0.04, 6.0, -0.7),
    ],
)
def test_exact_quotes_give_their_parameters_back(p: Svi) -> None:
    k = np.linspace(-0.5, 0.4, 40)
    assert fit_svi(k, svi_variance(k, p), np.ones(40)) == pytest.approx(p, rel=1e-6, abs=1e-8)


def test_a_fit_to_arbitrageable_quotes_is_kept_from_following_them() -> None:
    """Quotes on Vogt's slice have a butterfly of -0.033; the penalty trades fit for a density barely negative."""
    k = np.linspace(-1.5, 1.5, 61)
    fitted = fit_svi(k, svi_variance(k, VOGT), np.ones(61))
    assert svi_butterfly(fitted).least > -0.005
    assert np.sqrt(np.mean((svi_variance(k, fitted) - svi_variance(k, VOGT)) ** 2)) < 0.01


@settings(max_examples=25, deadline=None)
@given(SVI, st.integers(0, 2**31))
def test_a_fit_is_always_a_total_variance_within_the_lee_bound(p: Svi, seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = np.sort(rng.uniform(-0.6, 0.5, 12)) + np.linspace(0.0, 1e-6, 12)
    w = svi_variance(k, p) * (1.0 + 0.05 * rng.standard_normal(12))
    fitted = fit_svi(k, np.abs(w), np.ones(12))
    assert np.all(svi_variance(np.linspace(-2.0, 2.0, 101), fitted) > 0.0)
    assert lee_slope(fitted) <= 2.0
