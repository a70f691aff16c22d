"""The hedgeable share and the static hedge: METHOD 2.5 and 2.6, quadrature, laws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from seawall.convexity.density import (
    AnyHorizon,
    ConvexityDensity,
    FlowDensity,
    Instantaneous,
    Mass,
    Segment,
    of_condor,
    of_short_option,
    of_short_variance,
    of_v2,
    of_v3,
    of_weighted,
)
from seawall.convexity.price import parity_terms, price_quotes
from seawall.convexity.project import (
    residual,
    residual_bound,
    shape_share,
    shape_share_of_profile,
    tent_weights,
)
from seawall.core.errors import ConventionError, DomainError, StrikesOutOfOrderError

MONTH = 30.0 / 365.0
LP = of_v3(100.0, 1500.0, 2500.0)
TERM = 45 / 365
WINGS = (5480.0, 5685.0, 6355.0, 6590.0)
CONDOR = of_condor(WINGS, 1.0, TERM)
HUNDREDS = np.arange(1500.0, 2501.0, 100.0)


def otm(forward, strikes, s):
    side = np.where(np.asarray(strikes) >= forward, 1.0, -1.0)
    d = np.log(forward / strikes) / s + 0.5 * s
    return side * (forward * norm.cdf(side * d) - strikes * norm.cdf(side * (d - s)))


def test_projection_of_method():
    # METHOD 2.6 table: a*, N*, shape share.
    found = shape_share(LP, 2000.0, 0.8, MONTH)
    assert found.a_star == pytest.approx(1957.31659, abs=5e-6)
    assert found.variance_notional == pytest.approx(80.437668, abs=5e-7)
    assert found.vega_notional == pytest.approx(1.6 * 80.437668, abs=1e-6)
    assert found.share == pytest.approx(0.878696, abs=5e-7)


@pytest.mark.parametrize(
    ("g", "share"),
    [
        (of_v2(100.0), 0.993450),
        (of_v3(100.0, 1800.0, 2222.22), 0.545858),
        (of_v3(100.0, 1900.0, 2105.26), 0.309036),
        (of_weighted(1.0, 0.2), 0.998948),
        (of_weighted(1.0, 0.8), 0.983283),
    ],
)
def test_shape_shares_of_method(g, share):
    assert shape_share(g, 2000.0, 0.8, MONTH).share == pytest.approx(share, abs=1e-6)


def test_share_is_a_ratio_of_two_means():
    # Straight from METHOD 2.5 by quadrature in ln K under the strip measure.
    g = of_v3(100.0, 1500.0, 2500.0) + of_v3(40.0, 1800.0, 3000.0)
    s = 0.8 * math.sqrt(MONTH)

    def mean(f):
        def integrand(y):
            k = 2000.0 * math.exp(y)
            return f(k) * float(otm(2000.0, k, s)) / k

        ends = [-2.5, *np.log(np.array([1500.0, 1800.0, 2000.0, 2500.0, 3000.0]) / 2000.0), 2.5]
        return sum(quad(integrand, a, b, epsabs=1e-15, epsrel=1e-11)[0] for a, b in itertools.pairwise(ends))

    whole = mean(lambda k: 1.0)
    first = mean(lambda k: float(g.dollar_gamma_bar(k))) / whole
    second = mean(lambda k: float(g.dollar_gamma_bar(k)) ** 2) / whole
    found = shape_share(g, 2000.0, 0.8, MONTH)
    assert found.a_star == pytest.approx(first, rel=1e-9)
    assert found.share == pytest.approx(first**2 / second, rel=1e-9)


def test_a_mass_beside_a_pool_is_averaged_over_its_cell():
    # The cell of ln K centred on the forward that holds 2040 gets a constant 2040^2 m/(width in K) on top of the LP.
    g = LP + of_short_option(2040.0, 0.2, MONTH)
    s, cell = 0.8 * math.sqrt(MONTH), 0.01
    low, high = 2000.0 * math.exp(0.015), 2000.0 * math.exp(0.025)
    bar = 2040.0**2 * 0.2 / (high - low)

    def mean(power):
        def integrand(y):
            k = 2000.0 * math.exp(y)
            gamma = float(LP.dollar_gamma_bar(k)) + (bar if low < k < high else 0.0)
            return gamma**power * float(otm(2000.0, k, s)) / k

        ends = [-2.5, *np.log(np.array([1500.0, 2000.0, low, high, 2500.0]) / 2000.0), 2.5]
        return sum(quad(integrand, a, b, epsabs=1e-15, epsrel=1e-11)[0] for a, b in itertools.pairwise(ends))

    expected = mean(1) ** 2 / (mean(0) * mean(2))
    assert shape_share(g, 2000.0, 0.8, MONTH, cell).share == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("cell", "share"), [(0.005, 0.0144), (0.01, 0.0264), (0.02, 0.0548)])
def test_condor_shares_of_method(cell, share):
    found = shape_share(CONDOR, 6000.0, 0.16, TERM, cell)
    assert found.share == pytest.approx(share, abs=5e-5)
    assert found.variance_notional == pytest.approx(1676.60, abs=5e-3)
    assert found.cell == cell


@pytest.mark.parametrize(("days", "share"), [(7, 0.980), (28, 0.712), (40, 0.215)])
def test_instantaneous_condor_shares_of_method(days, share):
    # The profile of the condor that many days ahead, seen from today: VIX fits it early, not at the end.
    s = 0.16 * math.sqrt((45 - days) / 365)

    def gamma(prices):
        total = np.zeros_like(prices)
        for strike, size in zip(WINGS, (-1.0, 1.0, 1.0, -1.0), strict=True):
            d = np.log(prices / strike) / s + 0.5 * s
            total += size * prices * norm.pdf(d) / s
        return total

    found = shape_share_of_profile(gamma, 6000.0, 0.16, sessions=days * 252 / 365)
    assert found == pytest.approx(share, abs=5e-4)


def test_constant_dollar_gamma_is_all_hedgeable():
    assert shape_share(of_short_variance(3.0, MONTH), 2000.0, 0.8, MONTH).share == pytest.approx(1.0, abs=1e-13)
    assert shape_share(of_short_variance(3.0, MONTH), 2000.0, 0.8, MONTH).variance_notional == pytest.approx(
        3.0, rel=1e-12
    )
    assert shape_share_of_profile(lambda s: np.full_like(s, -7.0), 100.0, 0.2) == pytest.approx(1.0, abs=1e-12)


@given(
    low=st.floats(800.0, 2500.0), width=st.floats(1.05, 3.0), strike=st.floats(1200.0, 3000.0),
    size=st.floats(-0.2, 0.2), vol=st.floats(0.3, 1.2), factor=st.sampled_from([-2.0, 0.5, 10.0]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_share_lies_in_the_unit_interval_and_ignores_size(low, width, strike, size, vol, factor):
    g = ConvexityDensity(of_v3(10.0, low, low * width).segments, (Mass(strike, size),), AnyHorizon())
    found = shape_share(g, 2000.0, vol, MONTH)
    assert 0.0 <= found.share <= 1.0 + 1e-9
    other = shape_share(g.scaled(factor), 2000.0, vol, MONTH)
    assert other.share == pytest.approx(found.share, rel=1e-8)
    assert other.variance_notional == pytest.approx(factor * found.variance_notional, rel=1e-9, abs=1e-12)


def test_profile_share_of_a_known_law():
    # Gamma proportional to S^a: E[S^a]^2/E[S^2a] = exp(-a^2 sigma^2 T).
    share = shape_share_of_profile(lambda s: s**3.0, 100.0, 0.4, sessions=10.0)
    assert share == pytest.approx(math.exp(-9.0 * 0.16 * 10.0 / 252.0), rel=1e-10)


def test_tent_weights_of_method():
    hedge = tent_weights(LP, HUNDREDS, 2000.0)
    puts = [0.04165582, 0.07822056, 0.07141128, 0.06553610, 0.06042490, 0.02867225]
    calls = [0.02727318, 0.05199350, 0.04848603, 0.04535602, 0.04254896, 0.02041029]
    np.testing.assert_allclose(hedge.puts, puts + [0.0] * 5, atol=5e-9)
    np.testing.assert_allclose(hedge.calls, [0.0] * 5 + calls, atol=5e-9)
    assert (hedge.forward, hedge.cash) == (0.0, 0.0)
    assert hedge.uncovered == ConvexityDensity((), (), AnyHorizon())


def test_residual_of_method():
    hedge = tent_weights(LP, HUNDREDS, 2000.0)
    over = residual(LP, hedge, np.linspace(1000.0, 4000.0, 60_001))
    assert float(over.min()) == pytest.approx(0.0, abs=1e-10)
    assert float(over.max()) == pytest.approx(1.024594, abs=1e-6)
    assert residual_bound(LP, HUNDREDS) == pytest.approx(1.075829, abs=5e-7)


@pytest.mark.parametrize("pivot", [1600.0, 2000.0, 2030.0, 2499.0])
def test_hedge_costs_the_quoted_price_exactly(pivot):
    # METHOD 2.6: at mids the tents cost the piecewise-linear price of 2.3, parity terms for another pivot.
    s = 0.8 * math.sqrt(MONTH)
    forward = 2000.0
    hedge = tent_weights(LP, HUNDREDS, pivot)
    quotes = otm(forward, HUNDREDS, s)
    calls = np.where(forward <= HUNDREDS, quotes, quotes + forward - HUNDREDS)
    puts = calls - forward + HUNDREDS
    cost = hedge.puts @ puts + hedge.calls @ calls + hedge.forward * (forward - pivot) + hedge.cash
    # The forward is a listed strike, where tents are exact: the line between the two pivots is the parity terms.
    parity = parity_terms(LP, pivot, forward)
    assert cost == pytest.approx(price_quotes(LP, HUNDREDS, quotes).price + parity, rel=1e-12)


def grids():
    return st.lists(st.floats(0.01, 0.2), min_size=2, max_size=12).map(lambda w: 1400.0 * np.exp(np.cumsum([0.0, *w])))


@given(grids(), st.floats(0.0, 1.0), st.floats(1.05, 2.0))
@settings(max_examples=80, deadline=None)
def test_hedge_pays_at_least_the_loss_and_at_most_the_bound(strikes, where, width):
    # 0 <= residual <= max g dK^2/8, for any strikes and any pivot among or between them.
    pivot = float(strikes[0] + where * (strikes[-1] - strikes[0]))
    g = of_v3(100.0, 1450.0, 1450.0 * width).restricted(float(strikes[0]), float(strikes[-1]))
    hedge = tent_weights(g, strikes, pivot)
    over = residual(g, hedge, np.concatenate([np.geomspace(300.0, 20_000.0, 400), strikes]))
    assert float(over.min()) >= -1e-8
    assert float(over.max()) <= residual_bound(g, strikes) + 1e-8


@given(grids(), st.floats(0.0, 1.0))
@settings(max_examples=40, deadline=None)
def test_hedge_is_exact_at_listed_strikes(strikes, where):
    pivot = float(strikes[0] + where * (strikes[-1] - strikes[0]))
    g = of_v3(100.0, float(strikes[0]), float(strikes[-1]))
    np.testing.assert_allclose(residual(g, tent_weights(g, strikes, pivot), strikes), 0.0, atol=1e-8)


@pytest.mark.parametrize("pivot", [5500.0, 5685.0, 6000.0, 6400.0])
def test_a_condor_projects_on_itself(pivot):
    # The hedge is long what the position is short: the long condor of the same strikes.
    hedge = tent_weights(CONDOR, WINGS, pivot)
    np.testing.assert_allclose(hedge.puts + hedge.calls, [-1.0, 1.0, 1.0, -1.0], atol=1e-12)
    assert all(hedge.puts[i] == 0.0 for i in range(4) if WINGS[i] >= pivot)
    assert all(hedge.calls[i] == 0.0 for i in range(4) if WINGS[i] < pivot)
    assert (hedge.forward, hedge.cash) == (0.0, 0.0)
    spots = np.linspace(4000.0, 8000.0, 801)
    np.testing.assert_allclose(residual(CONDOR, hedge, spots), 0.0, atol=1e-9)


def test_a_condor_stays_itself_among_other_strikes():
    strikes = np.unique(np.concatenate([np.arange(5000.0, 7001.0, 25.0), WINGS]))
    hedge = tent_weights(CONDOR, strikes, 6000.0)
    total = hedge.puts + hedge.calls
    found = {float(k): round(float(n), 9) for k, n in zip(strikes, total, strict=True) if abs(n) > 1e-12}
    assert found == dict(zip(WINGS, (-1.0, 1.0, 1.0, -1.0), strict=True))


def test_a_mass_between_strikes_is_split_by_its_lever():
    hedge = tent_weights(of_short_option(130.0, 8.0, MONTH), [100.0, 140.0, 180.0], 170.0)
    np.testing.assert_allclose(hedge.puts, [2.0, 6.0, 0.0])
    spots = np.linspace(50.0, 250.0, 201)
    over = residual(of_short_option(130.0, 8.0, MONTH), hedge, spots)
    assert float(over.min()) >= -1e-12


@pytest.mark.parametrize("pivot", [105.0, 125.0, 130.0, 135.0, 139.0])
def test_a_mass_beside_a_pivot_inside_its_cell(pivot):
    g = of_short_option(130.0, 8.0, MONTH)
    hedge = tent_weights(g, [100.0, 140.0], pivot)
    over = residual(g, hedge, np.linspace(50.0, 250.0, 201))
    assert float(over.min()) >= -1e-9
    # The largest chord above a kink of 8 units at 130 on [100, 140]: 8 * 30 * 10/40.
    assert float(over.max()) == pytest.approx(60.0, abs=1e-9)


def test_what_the_strikes_do_not_reach_is_said():
    hedge = tent_weights(of_v2(100.0) + of_short_option(3000.0, 1.0, MONTH), HUNDREDS, 2000.0)
    assert [s[:2] for s in hedge.uncovered.segments] == [(0.0, 1500.0), (2500.0, math.inf)]
    assert hedge.uncovered.masses == (Mass(3000.0, 1.0),)
    assert float(residual(of_v2(100.0), hedge, 1000.0)) < 0.0


FLOW = FlowDensity((Mass(1800.0, 5.0),), ())
PROFILE = ConvexityDensity((Segment(1500.0, 2500.0, 50.0, 1.5),), (), Instantaneous())


@pytest.mark.parametrize("g", [FLOW, PROFILE])
@pytest.mark.parametrize(
    "use",
    [
        lambda g: tent_weights(g, HUNDREDS, 2000.0),
        lambda g: residual(g, tent_weights(LP, HUNDREDS, 2000.0), 2000.0),
        lambda g: residual_bound(g, HUNDREDS),
        lambda g: shape_share(g, 2000.0, 0.8, MONTH),
    ],
)
def test_only_payoffs_have_a_static_hedge(g, use):
    with pytest.raises(ConventionError):
        use(g)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: shape_share(CONDOR, 6000.0, 0.16, 0.5), ConventionError),
        (lambda: shape_share(LP, 2000.0, 0.0, MONTH), DomainError),
        (lambda: shape_share(LP, 2000.0, 0.8, MONTH, 0.0), DomainError),
        (lambda: shape_share(ConvexityDensity((), (), AnyHorizon()), 2000.0, 0.8, MONTH), DomainError),
        (lambda: shape_share_of_profile(lambda s: 0.0 * s, 100.0, 0.2), DomainError),
        (lambda: shape_share_of_profile(lambda s: s, 100.0, -0.2), DomainError),
        (lambda: tent_weights(LP, [2000.0], 2000.0), DomainError),
        (lambda: tent_weights(LP, HUNDREDS, 2600.0), DomainError),
        (lambda: tent_weights(LP, HUNDREDS[::-1], 2000.0), StrikesOutOfOrderError),
        (lambda: residual_bound(CONDOR, HUNDREDS), ConventionError),
    ],
)
def test_bad_input_is_named(call, error):
    with pytest.raises(error):
        call()
