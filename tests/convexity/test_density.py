"""Laws of the density: it adds, cuts, mirrors, and gives back the value of the position it came from."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.convexity.density import (
    AnyHorizon,
    ConvexityDensity,
    FlowDensity,
    Instantaneous,
    Mass,
    Segment,
    Terminal,
    of_condor,
    of_inverse_perp,
    of_power_perp,
    of_short_option,
    of_short_variance,
    of_v2,
    of_v3,
    of_weighted,
)
from seawall.core.errors import ConventionError, DomainError, RangeError, StrikesOutOfOrderError
from seawall.kernels import amm

CONDOR = of_condor((5480.0, 5685.0, 6355.0, 6590.0), 100.0, 45 / 365)

# Whole numbers add without rounding, so equality of densities can be exact.
whole = st.integers(-5, 5).map(float)
ends = st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0]), min_size=2, max_size=2, unique=True).map(sorted)
segments = st.builds(lambda e, c, p: Segment(e[0], e[1], c, p), ends, whole, st.sampled_from([0.0, 1.0, 1.5, 2.0]))
masses = st.builds(Mass, st.sampled_from([1.0, 2.5, 4.0]), whole)
densities = st.builds(
    lambda s, m: ConvexityDensity(tuple(s), tuple(m), AnyHorizon()),
    st.lists(segments, max_size=5),
    st.lists(masses, max_size=4),
)
spots = st.floats(0.5, 10.0)


@given(densities, densities, densities)
@settings(max_examples=60, deadline=None)
def test_densities_form_a_group(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + a.scaled(-1.0) == ConvexityDensity((), (), AnyHorizon())
    assert a + a == a.scaled(2.0)


@given(densities, st.floats(1.1, 7.9))
@settings(max_examples=60, deadline=None)
def test_cutting_and_joining_changes_nothing(g, at):
    left, right = g.restricted(1e-9, at), g.restricted(at, math.inf)
    smooth = ConvexityDensity(g.segments, (), g.horizon)
    assert ConvexityDensity(left.segments + right.segments, (), g.horizon) == smooth


@given(densities, densities, spots, spots)
@settings(max_examples=60, deadline=None)
def test_value_and_delta_add(a, b, spot, pivot):
    both = a + b
    assert both.loss(spot, pivot) == pytest.approx(a.loss(spot, pivot) + b.loss(spot, pivot), abs=1e-10)
    assert both.delta(spot, pivot) == pytest.approx(a.delta(spot, pivot) + b.delta(spot, pivot), abs=1e-10)
    q = np.linspace(1.05, 7.95, 30)
    np.testing.assert_allclose(both.at(q), a.at(q) + b.at(q), atol=1e-12)


@given(densities, spots, spots, spots)
@settings(max_examples=60, deadline=None)
def test_the_pivot_only_adds_a_line(g, spot, first, second):
    # Carr-Madan: value with pivot k1 = value with pivot k0, given level and slope of the latter at k1.
    level, slope = float(g.value(second, first)), float(g.delta(second, first))
    at_mass = any(m.strike in (first, second) for m in g.masses)
    if not at_mass:  # the slope of a payoff is two-sided at a strike
        assert g.value(spot, second, level, slope) == pytest.approx(float(g.value(spot, first)), abs=1e-9)


@given(densities, st.floats(0.6, 9.5))
@settings(max_examples=60, deadline=None)
def test_delta_is_the_slope_of_value(g, spot):
    step = 1e-6
    if all(abs(spot - knot) > 1e-4 for knot in g.knots()):
        slope = float(g.value(spot + step, 3.3) - g.value(spot - step, 3.3)) / (2.0 * step)
        assert g.delta(spot, 3.3) == pytest.approx(slope, abs=1e-6)


@given(densities, spots)
@settings(max_examples=60, deadline=None)
def test_mirroring_twice_is_nothing(g, forward):
    back = g.mirrored(forward).mirrored(forward)
    q = np.array([1.3, 2.7, 4.4, 6.1])
    np.testing.assert_allclose(back.at(q), g.at(q), rtol=1e-9, atol=1e-10)
    assert len(back.masses) == len(g.masses)
    for ours, theirs in zip(back.masses, g.masses, strict=True):
        assert tuple(ours) == pytest.approx(tuple(theirs), rel=1e-12)


@given(
    low=st.floats(200.0, 3000.0),
    width=st.floats(1.01, 4.0),
    entry=st.floats(100.0, 9000.0),
    spot=st.floats(100.0, 9000.0),
)
@settings(max_examples=100, deadline=None)
def test_a_v3_density_gives_back_the_pool(low, width, entry, spot):
    high = low * width
    there, here = amm.v3(entry, 10.0, low, high), amm.v3(spot, 10.0, low, high)
    g = of_v3(10.0, low, high)
    assert g.value(spot, entry, float(there.value), float(there.delta)) == pytest.approx(float(here.value), rel=1e-9)
    assert g.delta(spot, entry, float(there.delta)) == pytest.approx(float(here.delta), abs=1e-12)
    assert g.at(spot) == pytest.approx(float(here.density), rel=1e-13)
    # With the entry as pivot and no line, the value is the impermanent loss (METHOD 2.2).
    assert g.value(spot, entry) == pytest.approx(float(amm.v3_loss(spot, entry, 10.0, low, high)), abs=1e-10 * spot)


@pytest.mark.parametrize("pool", ["v2", "weighted"])
def test_other_pools_give_back_themselves(pool):
    g, f = {
        "v2": (of_v2(3.0), lambda p: amm.v2(p, 3.0)),
        "weighted": (of_weighted(3.0, 0.2), lambda p: amm.weighted(p, 3.0, 0.2)),
    }[pool]
    there = f(50.0)
    prices = np.array([0.01, 20.0, 50.0, 51.0, 4000.0])
    np.testing.assert_allclose(
        g.value(prices, 50.0, float(there.value), float(there.delta)), f(prices).value, rtol=1e-12
    )
    np.testing.assert_allclose(g.at(prices), f(prices).density, rtol=1e-13)


def test_power_and_inverse_perps():
    # Long S^2: V'' = 2. Long inverse perp in coin: V = N (1/e - 1/q), V'' = -2 N/q^3 (METHOD 2.1).
    squared = of_power_perp(2.0, 3.0)
    np.testing.assert_allclose(squared.at([1.0, 50.0]), -6.0)
    assert squared.value(60.0, 50.0, 3.0 * 50.0**2, 6.0 * 50.0) == pytest.approx(3.0 * 60.0**2, rel=1e-13)
    coin = of_inverse_perp(1000.0)
    assert coin.value(60.0, 50.0, 0.0, 1000.0 / 50.0**2) == pytest.approx(1000.0 * (1 / 50 - 1 / 60), rel=1e-12)


def test_a_short_condor_pays_its_wings():
    width_put, width_call = 5685.0 - 5480.0, 6590.0 - 6355.0
    values = CONDOR.value([4000.0, 5480.0, 5700.0, 6000.0, 6355.0, 6590.0, 9000.0], 6000.0)
    np.testing.assert_allclose(
        values, -100.0 * np.array([width_put, width_put, 0.0, 0.0, 0.0, width_call, width_call]), atol=1e-9
    )
    np.testing.assert_allclose(CONDOR.delta([5000.0, 5600.0, 6000.0, 6400.0, 7000.0], 6000.0), [0, 100, 0, -100, 0])


def test_variance_has_constant_dollar_gamma():
    np.testing.assert_allclose(of_short_variance(3.0, 0.25).dollar_gamma_bar([1.0, 77.0, 4e4]), 24.0)


def test_canonical_form():
    assert of_v3(1.0, 1.0, 2.0) + of_v3(1.0, 2.0, 3.0) == of_v3(1.0, 1.0, 3.0)
    overlap = of_v3(1.0, 1.0, 3.0) + of_v3(1.0, 2.0, 4.0)
    assert [tuple(s[:3]) for s in overlap.segments] == [(1.0, 2.0, 0.5), (2.0, 3.0, 1.0), (3.0, 4.0, 0.5)]
    doubled = of_short_option(5.0, 1.0, 0.1) + of_short_option(5.0, 2.0, 0.1)
    assert doubled.masses == (Mass(5.0, 3.0),)
    assert hash(doubled) == hash(of_short_option(5.0, 3.0, 0.1))
    assert of_v3(0.0, 1.0, 2.0).segments == ()


def test_edges_have_their_range_value():
    g = of_v3(2.0, 1.0, 4.0) + of_v3(2.0, 4.0, 9.0).scaled(3.0)
    np.testing.assert_allclose(g.at([1.0, 4.0, 9.0]), [1.0, 3.0 / 8.0, 3.0 / 27.0])
    np.testing.assert_allclose(g.knots(), [1.0, 4.0, 9.0])


def test_moments_count_masses_once():
    g = of_v3(2.0, 1.0, 4.0) + of_short_option(2.0, 5.0, 0.1)
    parts = [g.integral(a, b) for a, b in itertools.pairwise([0.5, 2.0, 3.0, 5.0])]
    total = g.integral(0.5, 5.0)
    assert sum(p.plain for p in parts) == pytest.approx(total.plain, rel=1e-14)
    assert sum(p.first for p in parts) == pytest.approx(total.first, rel=1e-14)
    assert total.plain == pytest.approx(5.0 + 2.0 * (1.0 - 0.5))
    assert total.first == pytest.approx(10.0 + 2.0 * (2.0 - 1.0))
    assert g.integral(0.5, 5.0, masses=False).plain == pytest.approx(1.0)


def test_horizons_adapt_or_refuse():
    lp, option = of_v3(1.0, 1.0, 2.0), of_short_option(1.5, 1.0, 0.25)
    assert (lp + option).horizon == (option + lp).horizon == Terminal(0.25)
    assert (lp + lp).horizon == AnyHorizon()
    profile = ConvexityDensity((Segment(1.0, 2.0, 1.0, 2.0),), (), Instantaneous())
    assert (lp + profile).horizon == Instantaneous()
    with pytest.raises(ConventionError):
        _ = option + of_short_option(1.5, 1.0, 0.5)
    with pytest.raises(ConventionError):
        _ = option + profile


def test_forced_flow_stays_apart():
    flow = FlowDensity((Mass(90.0, 5.0), Mass(80.0, 7.0)), (Mass(110.0, 2.0),))
    for add in (lambda: flow + CONDOR, lambda: CONDOR + flow):
        with pytest.raises(ConventionError):
            add()
    assert not hasattr(flow, "value")
    assert flow + flow == flow.scaled(2.0)
    # Price falls through 90 only, then through both; nothing comes back when it recovers.
    assert flow.triggered(100.0, 85.0) == -5.0
    assert flow.triggered(100.0, 70.0) == -12.0
    assert flow.triggered(70.0, 100.0) == 0.0
    assert flow.triggered(100.0, 120.0) == 2.0


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: of_v3(1.0, 2.0, 1.0), RangeError),
        (lambda: of_v3(1.0, 1.0, 1.0), RangeError),
        (lambda: of_v3(1.0, 0.0, 1.0), DomainError),
        (lambda: of_v3(math.nan, 1.0, 2.0), DomainError),
        (lambda: of_weighted(1.0, 1.0), DomainError),
        (lambda: of_short_option(-5.0, 1.0, 0.1), DomainError),
        (lambda: of_short_option(5.0, math.inf, 0.1), DomainError),
        (lambda: of_short_option(5.0, 1.0, -0.1), DomainError),
        (lambda: of_short_variance(1.0, 0.0), DomainError),
        (lambda: of_condor((1.0, 3.0, 2.0, 4.0), 1.0, 0.1), StrikesOutOfOrderError),
        (lambda: of_v2(1.0).restricted(2.0, 2.0), RangeError),
        (lambda: of_v2(1.0).value(0.0, 1.0), DomainError),
        (lambda: of_v2(1.0).delta(1.0, -1.0), DomainError),
        (lambda: FlowDensity((Mass(1.0, -1.0),), ()), DomainError),
    ],
)
def test_bad_input_is_named(build, error):
    with pytest.raises(error):
        build()


def test_only_densities_add():
    with pytest.raises(TypeError):
        _ = CONDOR + 1.0
