"""Power-law integrals against mpmath at 40 digits, scipy quadrature and their own derivatives."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from seawall.kernels.segments import (
    log_power_moment,
    otm_prices,
    power_integral,
    power_moment,
    segment_on_quotes,
    segment_payoff,
    segment_price,
    segment_vega,
    table_moment,
    table_on_quotes,
    table_payoff,
    table_price,
    table_vega,
)


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def otm(forward, strike, s):
    """Out-of-the-money Black price at working precision."""
    d = mp.log(forward / strike) / s + s / 2
    if strike >= forward:
        return forward * normal(d) - strike * normal(d - s)
    return strike * normal(s - d) - forward * normal(-d)


def priced(low, high, power, forward, s):
    """The integral itself, by mpmath in ln K with panels of two deviations."""
    with mp.workdps(30):
        low, high, power, forward, s = map(mp.mpf, (low, high, power, forward, s))
        ends = sorted(
            {mp.log(low / forward), mp.log(high / forward)} | ({mp.mpf(0)} if low < forward < high else set())
        )
        points = [ends[0]]
        for a, b in itertools.pairwise(ends):
            n = int(mp.ceil((b - a) / (2 * s)))
            points += [a + (b - a) * (i + 1) / n for i in range(n)]
        return float(
            forward ** (1 - power)
            * mp.quad(lambda y: mp.exp((1 - power) * y) * otm(forward, forward * mp.exp(y), s), points)
        )


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 1.0, 1.0 + 1e-9, 1.5, 2.0, 3.0])
@pytest.mark.parametrize(("low", "high"), [(1.0, 2.0), (1500.0, 1500.001), (0.2, 900.0)])
def test_power_integral_is_the_integral(low, high, power):
    with mp.workdps(40):
        a, b, u = mp.mpf(low), mp.mpf(high), mp.mpf(power)
        exact = mp.log(b / a) if power == 1.0 else (b ** (1 - u) - a ** (1 - u)) / (1 - u)
    # The input 1500.001 itself is only known to 1e-16 of 1500, that is 2e-13 of the width.
    assert power_integral(low, high, power) == pytest.approx(float(exact), rel=1e-12)


def test_power_integral_says_where_it_diverges():
    assert power_integral(0.0, 4.0, 0.5) == 4.0
    assert power_integral(4.0, math.inf, 1.5) == 1.0
    assert power_integral(0.0, 1.0, 1.0) == math.inf
    assert power_integral(1.0, math.inf, 1.0) == math.inf
    assert power_integral(0.0, math.inf, 1.5) == math.inf
    assert power_integral(2.0, 2.0, 1.5) == 0.0


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("strike", [60.0, 100.0, 180.0])
def test_truncated_moments_are_expectations(exponent, strike):
    forward, s = 100.0, 0.4

    def density(x):
        z = (math.log(x / forward) + 0.5 * s * s) / s
        return math.exp(-0.5 * z * z) / (x * s * math.sqrt(2.0 * math.pi))

    top = forward * math.exp(10.0 * s)
    plain = quad(lambda x: x**exponent * density(x), strike, top, epsabs=0, epsrel=1e-12, limit=400)[0]
    logs = quad(lambda x: x**exponent * math.log(x) * density(x), strike, top, epsabs=0, epsrel=1e-12, limit=400)[0]
    assert power_moment(forward, strike, s, exponent) == pytest.approx(plain, rel=1e-10)
    assert log_power_moment(forward, strike, s, exponent) == pytest.approx(logs, rel=1e-10)


def test_whole_moments():
    assert power_moment(50.0, 0.0, 0.3, 1.0) == pytest.approx(50.0, rel=1e-15)
    assert log_power_moment(50.0, 0.0, 0.3, 0.0) == pytest.approx(math.log(50.0) - 0.045, rel=1e-15)
    assert power_moment(50.0, math.inf, 0.3, 2.0) == 0.0
    assert log_power_moment(50.0, math.inf, 0.3, 2.0) == 0.0


# Both logarithmic cases, their neighbourhoods, both sides, ranges from a hundredth to ten deviations.
CASES = [
    (low, high, power, s)
    for power in (0.0, 1.0, 1.04, 1.06, 1.5, 1.96, 2.0, 3.0)
    for low, high, s in (
        (1500.0, 2500.0, 0.2294), (2000.0, 2400.0, 0.05), (1000.0, 1900.0, 0.3), (2600.0, 2610.0, 0.08),
        (1700.0, 2300.0, 0.11), (200.0, 20000.0, 0.9), (1990.0, 2010.0, 0.004), (3500.0, 4200.0, 0.101),
    )
]  # fmt: skip


@pytest.mark.parametrize(("low", "high", "power", "s"), CASES)
def test_segment_price_is_the_integral_of_black_prices(low, high, power, s):
    assert segment_price(low, high, power, 2000.0, s) == pytest.approx(priced(low, high, power, 2000.0, s), rel=1e-11)


@pytest.mark.parametrize("s", [0.02, 0.2, 1.0])
def test_whole_line_prices(s):
    # E of twice the log, of the square root and of S ln S, all known: the three pools of METHOD 2.1.
    assert segment_price(0.0, math.inf, 2.0, 7.0, s) == pytest.approx(s * s / 2.0, rel=1e-12)
    assert segment_price(0.0, math.inf, 1.0, 7.0, s) == pytest.approx(7.0 * s * s / 2.0, rel=1e-12)
    root = 4.0 * math.sqrt(7.0) * -math.expm1(-s * s / 8.0)
    assert segment_price(0.0, math.inf, 1.5, 7.0, s) == pytest.approx(root, rel=1e-12)
    assert segment_price(0.0, math.inf, 0.0, 7.0, s) == pytest.approx(24.5 * math.expm1(s * s), rel=1e-12)


def test_nothing_to_price():
    assert segment_price(1500.0, 2500.0, 1.5, 2000.0, 0.0) == 0.0
    assert segment_price(2500.0, 2500.0, 1.5, 2000.0, 0.2) == 0.0
    assert segment_vega(1500.0, 2500.0, 1.5, 2000.0, 0.0) == 0.0
    assert segment_price(1e6, 2e6, 1.5, 2000.0, 0.01) == 0.0


powers = st.floats(-1.0, 4.0) | st.sampled_from([1.0, 1.5, 2.0])
deviations = st.floats(0.01, 1.5)
logs = st.floats(-1.5, 1.5)


@given(a=logs, b=logs, c=logs, power=powers, s=deviations)
@settings(max_examples=60, deadline=None)
def test_price_adds_over_neighbouring_segments(a, b, c, power, s):
    low, middle, high = np.exp(sorted((a, b, c)))
    parts = segment_price(low, middle, power, 1.0, s) + segment_price(middle, high, power, 1.0, s)
    assert segment_price(low, high, power, 1.0, s) == pytest.approx(parts, rel=1e-10, abs=1e-18)


@given(a=logs, width=st.floats(0.01, 2.0), power=powers, s=st.floats(0.05, 1.5), scale=st.floats(0.01, 1e4))
@settings(max_examples=60, deadline=None)
def test_price_is_homogeneous_in_the_unit_of_price(a, width, power, s, scale):
    low, high = math.exp(a), math.exp(a + width)
    plain = segment_price(low, high, power, 1.0, s)
    scaled = segment_price(scale * low, scale * high, power, scale, s)
    assert scaled == pytest.approx(scale ** (2.0 - power) * plain, rel=1e-9, abs=1e-300)


@given(a=st.floats(-0.8, 0.8), width=st.floats(0.05, 2.0), power=powers, s=st.floats(0.15, 1.0))
@settings(max_examples=60, deadline=None)
def test_price_is_the_integral_of_its_vega(a, width, power, s):
    low, high = math.exp(a), math.exp(a + width)
    rise = quad(lambda x: segment_vega(low, high, power, 1.0, x), 0.0, s, epsabs=1e-14, epsrel=1e-11, limit=200)[0]
    assert segment_price(low, high, power, 1.0, s) == pytest.approx(rise, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 0.3])
@pytest.mark.parametrize(("spot", "pivot"), [(1700.0, 2000.0), (2600.0, 2000.0), (900.0, 3000.0), (2000.0, 2000.0)])
def test_payoff_is_the_integral_of_option_payoffs(power, spot, pivot):
    def integrand(k):
        return k**-power * (max(k - spot, 0.0) if k < pivot else max(spot - k, 0.0))

    inside = sorted({1500.0, 2500.0} | {x for x in (spot, pivot) if 1500.0 < x < 2500.0})
    exact = sum(quad(integrand, a, b, epsrel=1e-13)[0] for a, b in itertools.pairwise(inside))
    assert segment_payoff(1500.0, 2500.0, power, spot, pivot) == pytest.approx(exact, rel=1e-11, abs=1e-12)


@given(ratio=st.floats(1.3, 1.7), power=powers)
@settings(max_examples=40, deadline=None)
def test_payoff_has_no_seam_between_its_two_forms(ratio, power):
    with mp.workdps(40):
        r, p = mp.mpf(ratio), mp.mpf(power)
        exact = mp.quad(lambda k: k**-p * (r - k), [1, r])
    assert segment_payoff(0.5, 9.0, power, ratio, 1.0) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("power", [0.7, 1.0, 1.5, 2.0])
def test_quotes_are_integrated_as_straight_lines(power):
    strikes = np.array([90.0, 95.0, 100.0, 110.0, 130.0])
    quotes = np.array([1.0, 2.5, 4.5, 1.9, 0.2])

    def integrand(k):
        return k**-power * np.interp(k, strikes, quotes)

    knots = [92.0, 95.0, 100.0, 110.0, 120.0]
    exact = sum(quad(integrand, a, b, epsrel=1e-13)[0] for a, b in itertools.pairwise(knots))
    assert segment_on_quotes(92.0, 120.0, power, strikes, quotes) == pytest.approx(exact, rel=1e-12)
    # Nothing beyond the listed strikes.
    inside = segment_on_quotes(90.0, 130.0, power, strikes, quotes)
    assert segment_on_quotes(1.0, 1e5, power, strikes, quotes) == inside


def test_tables_sum_their_rows():
    table = np.array([[1500.0, 2500.0, 50.0, 1.5], [0.0, math.inf, 3.0, 2.0]])
    strikes = np.arange(1000.0, 3001.0, 100.0)
    quotes = otm_prices(2000.0, strikes, 1.0, np.full(strikes.size, 0.2))
    spots = np.array([1200.0, 2000.0, 2700.0])

    def rows(f):
        return sum(c * f(a, b, p) for a, b, c, p in table)

    assert table_price(table, 2000.0, 0.2) == pytest.approx(rows(lambda *r: segment_price(*r, 2000.0, 0.2)))
    assert table_vega(table, 2000.0, 0.2) == pytest.approx(rows(lambda *r: segment_vega(*r, 2000.0, 0.2)))
    assert table_on_quotes(table, strikes, quotes) == pytest.approx(
        rows(lambda *r: segment_on_quotes(*r, strikes, quotes))
    )
    for spot, payoff in zip(spots, table_payoff(table, spots, 1900.0), strict=True):
        assert payoff == pytest.approx(rows(lambda *r, s=spot: segment_payoff(*r, s, 1900.0)))
    first = 50.0 * power_integral(1600.0, 1700.0, 0.5) + 3.0 * math.log(17.0 / 16.0)
    assert table_moment(table, 1600.0, 1700.0, 1.0) == pytest.approx(first, rel=1e-13)


def test_quotes_are_out_of_the_money():
    # Haug 1998-style check by parity: the two sides differ by the intrinsic, here by hand at zero time.
    prices = otm_prices(100.0, np.array([80.0, 100.0, 130.0]), 0.0, np.full(3, 0.2))
    np.testing.assert_array_equal(prices, 0.0)
    prices = otm_prices(100.0, np.array([80.0, 130.0]), 1.0, np.full(2, 0.3))
    assert prices[0] == pytest.approx(float(otm(mp.mpf(100), mp.mpf(80), mp.mpf("0.3"))), rel=1e-12)
    assert prices[1] == pytest.approx(float(otm(mp.mpf(100), mp.mpf(130), mp.mpf("0.3"))), rel=1e-12)
