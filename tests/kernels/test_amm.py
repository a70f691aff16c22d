"""Pools against METHOD 1.4, against the constant-product invariant, and against quadrature of their payoff."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from tests.published import reference

from seawall.core.errors import DomainError, RangeError
from seawall.kernels import amm

MONTH = 30.0 / 365.0


def test_v3_values_of_method():
    values = amm.v3([1000.0, 1600.0, 2000.0, 2400.0, 3500.0], 100.0, 1500.0, 2500.0).value
    np.testing.assert_allclose(values, [581.9889, 927.0167, 1071.2886, 1124.9756, 1127.0167], atol=5e-5)


def test_v3_at_2000_of_method():
    pool = amm.v3(2000.0, 100.0, 1500.0, 2500.0)
    assert pool.delta == pytest.approx(0.2360679775, abs=5e-11)
    assert -pool.density == pytest.approx(-5.590170e-4, abs=5e-11)
    assert pool.leverage == pytest.approx(8.349078, abs=5e-7)
    assert amm.lvr_rate(2000.0, pool.density, 0.8) == pytest.approx(715.5418, abs=5e-5)
    assert amm.lvr_share(pool.leverage, 0.8) * pool.value == pytest.approx(715.5418, abs=5e-5)


def test_v3_loss_of_method():
    losses = amm.v3_loss([1000.0, 1600.0, 1800.0, 2400.0, 3500.0], 2000.0, 100.0, 1500.0, 2500.0)
    np.testing.assert_allclose(losses, [-253.231689, -49.844719, -11.776940, -40.740130, -298.373876], atol=5e-7)


@pytest.mark.parametrize(("factor", "leverage"), [(1.05, 41.494), (1.1, 21.488), (1.25, 9.472), (2.0, 3.414)])
def test_leverage_at_the_geometric_middle(factor, leverage):
    # METHOD 1.4; also 1/(1 - (pa/pb)^(1/4)).
    found = amm.v3(100.0, 1.0, 100.0 / factor, 100.0 * factor).leverage
    assert found == pytest.approx(leverage, abs=5e-4)
    assert found == pytest.approx(1.0 / (1.0 - factor**-0.5), rel=1e-12)


def test_expected_losses_of_method():
    assert amm.v2_expected_loss_share(0.8, MONTH) == pytest.approx(0.00655377, abs=5e-9)
    share = amm.v3_expected_il(2000.0, 1500.0, 2500.0, 2000.0, 0.8, MONTH)
    value = amm.v3(2000.0, 100.0, 1500.0, 2500.0).value
    assert share * value == pytest.approx(51.4801076, abs=5e-8)
    assert share == pytest.approx(0.048054, abs=5e-7)


@pytest.mark.shared
def test_expected_il_reference_rows():
    rows = reference("il_bsm_reference.csv")
    column = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "source"}
    found = amm.v3_expected_il(
        column["p0"], column["pa"], column["pb"], column["forward"], column["sigma"], column["T_years"]
    )
    np.testing.assert_allclose(found, column["EIL_over_V0_closed_form"], atol=1e-13, rtol=0)


@pytest.mark.shared
def test_weighted_loss_reference_rows():
    for row in reference("weighted_pool_il.csv"):
        weight, ratio = float(row["weight_risky"]), float(row["price_ratio"])
        assert amm.weighted_loss_share(ratio, weight) == pytest.approx(float(row["IL"]), abs=1e-12)
        leverage = amm.weighted(1.0, 1.0, weight).leverage
        assert amm.lvr_share(leverage, 1.0) == pytest.approx(float(row["LVR_coeff_times_sigma2"]), abs=1e-12)


# The table repeated by impermanent-loss calculators since Pintail 2019, in percent.
@pytest.mark.parametrize(
    ("ratio", "percent"),
    [(1.25, -0.6), (1.5, -2.0), (1.75, -3.8), (2.0, -5.7), (3.0, -13.4), (4.0, -20.0), (5.0, -25.5)],
)
def test_v2_loss_table(ratio, percent):
    assert 100.0 * amm.v2_loss_share(ratio) == pytest.approx(percent, abs=0.05)
    assert amm.v2_loss_share(1.0 / ratio) == pytest.approx(amm.v2_loss_share(ratio), rel=1e-12)
    assert amm.weighted_loss_share(ratio, 0.5) == pytest.approx(amm.v2_loss_share(ratio), rel=1e-12)


def payoff_loss(spot, entry, low, high):
    """Loss against holding from the token amounts of the v3 white paper (section 6.2), not from our formula."""

    def amounts(p):
        p = min(max(p, low), high)
        return 1.0 / math.sqrt(p) - 1.0 / math.sqrt(high), math.sqrt(p) - math.sqrt(low)

    base, quote = amounts(spot)
    base0, quote0 = amounts(entry)
    return base * spot + quote - base0 * spot - quote0


prices = st.floats(100.0, 10_000.0)


@given(spot=prices, entry=prices, low=st.floats(200.0, 3000.0), width=st.floats(1.01, 4.0))
@settings(max_examples=100, deadline=None)
def test_v3_loss_is_pool_minus_holding(spot, entry, low, width):
    found = amm.v3_loss(spot, entry, 7.0, low, low * width)
    assert found == pytest.approx(7.0 * payoff_loss(spot, entry, low, low * width), abs=1e-10 * spot)
    assert found <= 1e-12


@given(spot=prices, low=st.floats(200.0, 3000.0), width=st.floats(1.01, 4.0))
@settings(max_examples=100, deadline=None)
def test_v3_holds_the_shifted_invariant(spot, low, width):
    # (x + L/sqrt(pb)) (y + L sqrt(pa)) = L^2 in range: v3 white paper, equation 2.2.
    high = low * width
    pool = amm.v3(spot, 10.0, low, high)
    assert pool.value == pytest.approx(pool.base * spot + pool.quote, rel=1e-12)
    assert (pool.base + 10.0 / math.sqrt(high)) * (pool.quote + 10.0 * math.sqrt(low)) == pytest.approx(100.0, rel=1e-9)
    assert (pool.density > 0.0) == (low <= spot <= high) == (pool.leverage > 0.0)
    if low < spot < high:
        rent = amm.lvr_rate(spot, pool.density, 0.5)
        assert amm.lvr_share(pool.leverage, 0.5) * pool.value == pytest.approx(rent, rel=1e-9)


@pytest.mark.parametrize("pool", [lambda p: amm.v2(p, 3.0), lambda p: amm.weighted(p, 2.0, 0.3)])
def test_delta_and_density_are_derivatives(pool):
    price, step = 50.0, 1e-3
    up, here, down = pool(price + step), pool(price), pool(price - step)
    assert here.delta == pytest.approx((up.value - down.value) / (2.0 * step), rel=1e-8)
    assert here.density == pytest.approx(-(up.delta - down.delta) / (2.0 * step), rel=1e-8)
    assert here.value == pytest.approx(here.base * price + here.quote, rel=1e-14)
    assert here.leverage * here.value / (4.0 * price**2) == pytest.approx(here.density, rel=1e-13)


def test_v2_keeps_its_product():
    pool = amm.v2([10.0, 2000.0], 5.0)
    np.testing.assert_allclose(pool.base * pool.quote, 25.0, rtol=1e-14)
    np.testing.assert_allclose(pool.quote / pool.base, [10.0, 2000.0], rtol=1e-14)


def test_a_wide_range_is_v2():
    wide, whole = amm.v3(2000.0, 100.0, 1e-9, 1e15), amm.v2(2000.0, 100.0)
    assert wide.value == pytest.approx(whole.value, rel=1e-5)
    assert wide.density == pytest.approx(float(whole.density), rel=1e-14)
    far = amm.v3_expected_il(2000.0, 1e-9, 1e15, 2000.0, 0.8, MONTH)
    assert far == pytest.approx(float(amm.v2_expected_loss_share(0.8, MONTH)), rel=1e-5)


def test_edges_carry_their_range_value():
    pool = amm.v3([1500.0, 2000.0, 2500.0], 100.0, 1500.0, 2500.0)
    np.testing.assert_array_equal(pool.on_edge, [True, False, True])
    np.testing.assert_allclose(pool.density, [50.0 * p**-1.5 for p in (1500.0, 2000.0, 2500.0)], rtol=1e-14)


@given(
    forward=st.floats(1200.0, 3500.0),
    entry=st.floats(1200.0, 3500.0),
    vol=st.floats(0.1, 1.5),
    years=st.floats(0.01, 1.0),
)
@settings(max_examples=40, deadline=None)
def test_expected_il_is_the_mean_loss(forward, entry, vol, years):
    s, low, high = vol * math.sqrt(years), 1500.0, 2500.0

    def integrand(z):
        spot = forward * math.exp(s * z - 0.5 * s * s)
        return -payoff_loss(spot, entry, low, high) * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

    kinks = [(math.log(k / forward) + 0.5 * s * s) / s for k in (low, high)]
    ends = [-12.0, *(k for k in kinks if abs(k) < 12.0), 12.0]
    mean = sum(quad(integrand, a, b, epsrel=1e-11, limit=200)[0] for a, b in itertools.pairwise(ends))
    value = amm.v3(entry, 1.0, low, high).value
    assert amm.v3_expected_il(entry, low, high, forward, vol, years) * value == pytest.approx(mean, rel=1e-8, abs=1e-10)


def test_fee_implied_vol_pays_exactly_the_rent():
    # sigma^2 L sqrt(P)/4 = fee volume, METHOD 1.4.
    vol = amm.fee_implied_vol(0.003, 1e6, 500.0, 2000.0)
    assert amm.lvr_rate(2000.0, amm.v2(2000.0, 500.0).density, vol) == pytest.approx(3000.0, rel=1e-13)


def test_quote_depth_is_the_quote_that_leaves():
    # The same price fall inside a v3 range, by its token amounts.
    before, after = amm.v3(2000.0, 100.0, 1500.0, 2500.0), amm.v3(1960.0, 100.0, 1500.0, 2500.0)
    assert amm.quote_depth(100.0, 2000.0, 0.02) == pytest.approx(before.quote - after.quote, rel=1e-11)


def test_shapes_broadcast():
    pool = amm.v3(np.array([[1600.0], [1800.0]]), np.array([1.0, 2.0, 3.0]), 1500.0, 2500.0)
    assert {field.shape for field in pool} == {(2, 3)}
    assert amm.v3_loss(np.ones((4, 1)), 1.0, np.ones(2), 0.5, 2.0).shape == (4, 2)
    assert amm.v2(1.0, 1.0).value.shape == ()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: amm.v3(2000.0, 1.0, 2500.0, 1500.0), RangeError),
        (lambda: amm.v3(2000.0, 1.0, 1500.0, 1500.0), RangeError),
        (lambda: amm.v3_loss(2000.0, 2000.0, 1.0, [1.0, 9.0], 5.0), RangeError),
        (lambda: amm.v3_expected_il(2000.0, 2500.0, 1500.0, 2000.0, 0.8, 0.1), RangeError),
        (lambda: amm.v3(2000.0, -1.0, 1500.0, 2500.0), DomainError),
        (lambda: amm.v3(0.0, 1.0, 1500.0, 2500.0), DomainError),
        (lambda: amm.v3(2000.0, 1.0, 0.0, 2500.0), DomainError),
        (lambda: amm.v2(math.nan, 1.0), DomainError),
        (lambda: amm.v2([1.0, -2.0], 1.0), DomainError),
        (lambda: amm.weighted(1.0, 1.0, 1.0), DomainError),
        (lambda: amm.weighted(1.0, 1.0, 80.0), DomainError),
        (lambda: amm.weighted_loss_share(1.0, 0.0), DomainError),
        (lambda: amm.v2_loss_share(0.0), DomainError),
        (lambda: amm.quote_depth(1.0, 1.0, 1.0), DomainError),
        (lambda: amm.fee_implied_vol(0.003, 1.0, 0.0, 1.0), DomainError),
        (lambda: amm.lvr_rate(1.0, math.inf, 0.2), DomainError),
        (lambda: amm.v2_expected_loss_share(-0.1, 1.0), DomainError),
    ],
)
def test_bad_input_is_named(call, error):
    with pytest.raises(error):
        call()
