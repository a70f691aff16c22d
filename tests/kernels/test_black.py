"""Black and Black-Scholes-Merton: published values, QuantLib, mpmath, and the laws a price obeys."""

import math

import mpmath as mp
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import reference

from seawall.core.errors import DomainError
from seawall.kernels.black import (
    Greeks,
    black,
    bsm,
    delta_one,
    greeks_one,
    price_and_greeks_into,
    value_one,
)
from seawall.kernels.normal import norm_pdf

# METHOD 1.1, recomputed there from the formulas with independent code
VIX_LIKE = {
    "price": 1.13323451841,
    "delta": 0.226619731884,
    "gamma": 0.027256193621,
    "vega": 2.99818129831,
    "vanna": 0.352281737354,
    "volga": 2.61563289545,
    "theta": -6.55066947554,
    "charm": -0.765955032904,
}
SPX_LIKE = {
    "price": 17.1991661359,
    "delta": -0.0900662089581,
    "vega": 341.86785918,
    "volga": 3058.76237962,
    "theta": -262.740211511,
}
SPOT_FORM = {
    "price": 9.22700550815,
    "delta": 0.586851146135,
    "gamma": 0.018950578755,
    "vega": 37.9011575100,  # METHOD prints ...5002; 50-digit reference 37.90115751001743
    "theta": -5.08931891399,
    "vanna": -0.0947528937750,
    "charm": -0.0356394239648,
}

# Haug, The Complete Guide to Option Pricing Formulas (1998), chapter 1, as printed: side, S, K, q, r, T, vol, value
HAUG = [
    (1, 60.0, 65.0, 0.00, 0.08, 0.25, 0.30, 2.1334),
    (-1, 100.0, 95.0, 0.05, 0.10, 0.50, 0.20, 2.4648),
    (-1, 19.0, 19.0, 0.10, 0.10, 0.75, 0.28, 1.7011),
    (1, 42.0, 40.0, 0.08, 0.04, 0.75, 0.35, 5.0975),
]

options = st.tuples(
    st.floats(1.0, 10_000.0),  # forward
    st.floats(-2.0, 2.0),  # log-moneyness
    st.floats(1e-4, 5.0),  # years
    st.floats(0.02, 3.0),  # vol
    st.floats(-0.05, 0.15),  # rate
    st.sampled_from([1.0, -1.0]),
)


def unpacked(option):
    forward, x, years, vol, rate, side = option
    return forward, forward * math.exp(-x), years, vol, rate, side


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Greeks(*greeks_one(20.0, 35.0, 0.25, 1.10, 0.04, 1.0)), VIX_LIKE),
        (Greeks(*greeks_one(6000.0, 5500.0, 45 / 365, 0.19, 0.04, -1.0)), SPX_LIKE),
        (black(20.0, 35.0, 0.25, 1.10, 0.04, 1), VIX_LIKE),
        (black(6000.0, 5500.0, 45 / 365, 0.19, 0.04, -1), SPX_LIKE),
        (bsm(100, 100, 1, 0.20, 0.05, 0.02, 1), SPOT_FORM),
    ],
    ids=["VIX one", "SPX one", "VIX", "SPX", "spot form"],
)
def test_method_vectors(found, expected):
    for name, value in expected.items():
        assert float(getattr(found, name)) == pytest.approx(value, rel=2e-11), name


@pytest.mark.parametrize(("side", "spot", "strike", "q", "r", "years", "vol", "value"), HAUG)
def test_haug_1998(side, spot, strike, q, r, years, vol, value):
    assert float(bsm(spot, strike, years, vol, r, q, side).price) == pytest.approx(value, abs=1e-4)


def exact(forward, strike, years, vol, rate, side):
    """Value and greeks at 50 digits, by differentiating the price formula numerically where it is not written out."""
    f, k, t, v, r = (mp.mpf(x) for x in (forward, strike, years, vol, rate))

    def price(f=f, t=t, v=v):
        s = v * mp.sqrt(t)
        d1 = mp.log(f / k) / s + s / 2
        return mp.exp(-r * t) * side * (f * mp.ncdf(side * d1) - k * mp.ncdf(side * (d1 - s)))

    return {
        "price": price(),
        "delta": mp.diff(lambda y: price(f=y), f),
        "gamma": mp.diff(lambda y: price(f=y), f, 2),
        "vega": mp.diff(lambda y: price(v=y), v),
        "theta": -mp.diff(lambda y: price(t=y), t),
        "rho": -t * price(),
        "vanna": mp.diff(lambda y, z: price(f=y, v=z), (f, v), (1, 1)),
        "volga": mp.diff(lambda y: price(v=y), v, 2),
        "charm": -mp.diff(lambda y, z: price(f=y, t=z), (f, t), (1, 1)),
    }


@pytest.mark.parametrize(
    "option",
    [
        (6000.0, 4000.0, 30 / 365, 0.25, 0.04, -1),
        (6000.0, 6050.0, 1 / 365, 0.12, 0.045, 1),
        (6000.0, 5999.0, 1 / 52560, 0.10, 0.045, 1),
        (6000.0, 5000.0, 2.0, 0.22, 0.03, 1),
        (18.0, 80.0, 0.1, 1.4, 0.0, 1),
        (18.0, 12.0, 0.5, 0.9, 0.05, 1),
        (2500.0, 2500.0, 0.25, 0.8, 0.0, -1),
        (1.0, 3.0, 4.0, 2.5, 0.01, -1),
    ],
)
def test_against_derivatives_at_50_digits(option):
    found = Greeks(*greeks_one(*(float(x) for x in option)))
    with mp.workdps(50):
        for name, value in exact(*option).items():
            assert getattr(found, name) == pytest.approx(float(value), rel=2e-11, abs=1e-13), name


@settings(deadline=None)
@given(options)
def test_against_quantlib(option):
    forward, strike, years, vol, rate, side = unpacked(option)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if side > 0 else ql.Option.Put, strike)
    oracle = ql.BlackCalculator(payoff, forward, vol * math.sqrt(years), math.exp(-rate * years))
    found = Greeks(*greeks_one(forward, strike, years, vol, rate, side))
    size = max(forward, strike)
    assert found.price == pytest.approx(oracle.value(), rel=1e-9, abs=1e-13 * size)
    assert found.delta == pytest.approx(oracle.deltaForward(), rel=1e-9, abs=1e-13)
    assert found.gamma == pytest.approx(oracle.gammaForward(), rel=1e-9, abs=1e-15)
    assert found.vega == pytest.approx(oracle.vega(years), rel=1e-9, abs=1e-13 * size)
    assert found.theta == pytest.approx(oracle.theta(forward, years), rel=1e-9, abs=1e-12 * size)


@settings(deadline=None)
@given(options)
def test_parity_and_identities(option):
    forward, strike, years, vol, rate, _ = unpacked(option)
    discount = math.exp(-rate * years)
    call = Greeks(*greeks_one(forward, strike, years, vol, rate, 1.0))
    put = Greeks(*greeks_one(forward, strike, years, vol, rate, -1.0))
    assert call.price - put.price == pytest.approx(discount * (forward - strike), abs=1e-13 * max(forward, strike))
    assert call.delta - put.delta == pytest.approx(discount, rel=1e-14)
    for name in ("gamma", "vega", "vanna", "volga"):
        assert getattr(call, name) == getattr(put, name)
    s = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / s + 0.5 * s
    density = discount * norm_pdf(d1)
    assert call.vega == pytest.approx(forward * density * math.sqrt(years), rel=1e-9, abs=1e-290)
    assert forward * norm_pdf(d1) == pytest.approx(strike * norm_pdf(d1 - s), rel=1e-9, abs=1e-290)
    hedged = call.theta - rate * call.price
    assert hedged == pytest.approx(-0.5 * call.gamma * forward**2 * vol**2, rel=1e-11, abs=1e-14 * forward)


@settings(deadline=None)
@given(options, st.floats(0.01, 100.0))
def test_homogeneous_of_degree_one(option, factor):
    forward, strike, years, vol, rate, side = unpacked(option)
    discount = math.exp(-rate * years)
    one = value_one(forward, strike, years, vol, discount, side)
    many = value_one(factor * forward, factor * strike, years, vol, discount, side)
    assert many == pytest.approx(factor * one, rel=1e-9, abs=1e-290)


@settings(deadline=None)
@given(options, st.floats(1.001, 2.0))
def test_rises_with_volatility_and_stays_in_bounds(option, more):
    forward, strike, years, vol, _, side = unpacked(option)
    low = value_one(forward, strike, years, vol, 1.0, side)
    high = value_one(forward, strike, years, vol * more, 1.0, side)
    intrinsic = max(side * (forward - strike), 0.0)
    ceiling = forward if side > 0 else strike
    assert intrinsic <= low <= high <= ceiling


@settings(deadline=None)
@given(options)
def test_call_is_put_with_forward_and_strike_exchanged(option):
    forward, strike, years, vol, _, _ = unpacked(option)
    call = value_one(forward, strike, years, vol, 1.0, 1.0)
    assert call == pytest.approx(value_one(strike, forward, years, vol, 1.0, -1.0), rel=1e-14, abs=1e-300)


@settings(deadline=None)
@given(options)
def test_scalar_and_array_forms_agree(option):
    one = greeks_one(*unpacked(option))
    many = black(*([value] * 9 for value in unpacked(option)))
    forward, strike, years, vol, rate, side = unpacked(option)
    discount = math.exp(-rate * years)
    for first, row in zip(one, many, strict=True):
        np.testing.assert_allclose(row, first, rtol=1e-11, atol=1e-250)
    assert value_one(forward, strike, years, vol, discount, side) == pytest.approx(one[0], rel=1e-14, abs=1e-300)
    assert delta_one(forward, strike, years, vol, discount, side) == pytest.approx(one[1], rel=1e-14, abs=1e-300)


EDGES = [  # forward, strike, years, vol, side -> undiscounted value, delta
    (100.0, 90.0, 0.0, 0.2, 1.0, 10.0, 1.0),
    (100.0, 90.0, 0.0, 0.2, -1.0, 0.0, 0.0),
    (100.0, 110.0, 1.0, 0.0, -1.0, 10.0, -1.0),
    (100.0, 110.0, 1.0, 0.0, 1.0, 0.0, 0.0),
    (100.0, 100.0, 0.0, 0.2, 1.0, 0.0, 0.5),
    (100.0, 100.0, 1.0, 0.0, -1.0, 0.0, -0.5),
]


@pytest.mark.parametrize(("forward", "strike", "years", "vol", "side", "value", "delta"), EDGES)
def test_without_time_or_volatility(forward, strike, years, vol, side, value, delta):
    discount = math.exp(-0.05 * years)
    expected = {
        "price": discount * value,
        "delta": discount * delta,
        "gamma": 0.0,
        "vega": 0.0,
        "theta": 0.05 * discount * value,
        "rho": -years * discount * value,
        "vanna": 0.0,
        "volga": 0.0,
        "charm": 0.05 * discount * delta,
    }
    alone = Greeks(*greeks_one(forward, strike, years, vol, 0.05, side))
    among = black([forward, 50.0], [strike, 60.0], [years, 0.5], [vol, 0.3], 0.05, side)
    for name, number in expected.items():
        assert getattr(alone, name) == pytest.approx(number, rel=1e-15), name
        assert getattr(among, name)[0] == pytest.approx(number, rel=1e-15), name
        assert math.isfinite(getattr(among, name)[1])


def test_blocks_of_the_array_kernel_cover_every_option():
    n = 1337  # neither a multiple of the block nor of a vector
    forward = np.linspace(50.0, 150.0, n)
    fixed = [np.full(n, value) for value in (100.0, 0.5, 0.2, 0.03)]
    side = np.where(np.arange(n) % 3 == 0, -1.0, 1.0)
    fixed[1][700] = 0.0
    out = np.full((6, n), np.nan)
    price_and_greeks_into(forward, *fixed, side, out)
    for i in range(0, n, 7):
        one = greeks_one(forward[i], *(column[i] for column in fixed), side[i])
        np.testing.assert_allclose(out[:, i], one[:6], rtol=1e-12)
    assert out[2, 700] == 0.0


def test_arguments_broadcast():
    found = black([[90.0], [110.0]], [95.0, 100.0, 105.0], 0.5, 0.2, 0.0, 1)
    assert all(row.shape == (2, 3) for row in found)
    assert black(100.0, 100.0, 1.0, 0.2, 0.0, 1).price.shape == ()
    assert bsm(100.0, [90.0, 110.0], 1.0, 0.2, 0.0, 0.0, -1).vanna.shape == (2,)


@pytest.mark.parametrize(
    ("position", "bad", "message"),
    [
        (0, math.nan, r"forward must be finite > 0, was nan at index \(1,\)"),
        (0, 0.0, "forward must be finite > 0, was 0"),
        (1, -5.0, "strike must be finite > 0, was -5"),
        (1, math.inf, "strike must be finite > 0, was inf"),
        (2, -0.1, "years must be finite >= 0, was -0.1"),
        (3, -0.2, "vol must be finite >= 0, was -0.2"),
        (4, math.nan, "rate must be finite, was nan"),
        (5, 0.0, r"side must be \+1 \(call\) or -1 \(put\), was 0"),
    ],
)
def test_bad_numbers_are_named(position, bad, message):
    arguments = [[100.0, 100.0], [100.0, 100.0], [1.0, 1.0], [0.2, 0.2], [0.0, 0.0], [1.0, 1.0]]
    arguments[position][1] = bad
    with pytest.raises(DomainError, match=message):
        black(*arguments)


def test_bad_spot_and_yield_are_named():
    with pytest.raises(DomainError, match="spot must be finite > 0"):
        bsm(-1.0, 100.0, 1.0, 0.2, 0.0, 0.0, 1)
    with pytest.raises(DomainError, match="dividend_yield must be finite"):
        bsm(100.0, 100.0, 1.0, 0.2, 0.0, math.nan, 1)


COLUMNS = {
    "price": "price",
    "delta": "delta",
    "gamma": "gamma",
    "vega": "vega",
    "theta": "theta_dV_dt_per_year",
    "rho": "rho",
    "vanna": "vanna_d2V_dSdvol",
    "volga": "volga_d2V_dvol2",
    "charm": "charm_ddelta_dt_per_year",
}


@pytest.mark.shared
def test_reference_at_50_digits():
    for row in reference("bsm_highprec_mpmath.csv"):
        side = 1 if row["type"] == "call" else -1
        found = bsm(*(float(row[name]) for name in ("S", "K", "T", "vol", "r", "q")), side)
        for name, column in COLUMNS.items():
            assert float(getattr(found, name)) == pytest.approx(float(row[column]), rel=1e-10), (row, name)


@pytest.mark.shared
def test_reference_haug_values():
    for row in reference("haug_european_values.csv"):
        side = 1 if row["type"] == "call" else -1
        found = bsm(*(float(row[name]) for name in ("spot", "strike", "t", "vol", "r", "q")), side)
        assert float(found.price) == pytest.approx(float(row["value"]), abs=1e-4), row


@pytest.mark.shared
def test_reference_haug_greeks():
    for row in reference("haug_european_greeks.csv"):
        side = 1 if row["type"] == "call" else -1
        spot = float(row["spot"])
        found = bsm(*(float(row[name]) for name in ("spot", "strike", "t", "vol", "r", "q")), side)
        values = {
            "delta": found.delta,
            "gamma": found.gamma,
            "vega": found.vega,
            "theta_per_year": found.theta,
            "theta_per_day": found.theta / 365.0,
            "rho": found.rho,
            "dividend_rho": -float(row["t"]) * spot * found.delta,
            "elasticity": found.delta * spot / found.price,
        }
        assert float(values[row["greek"]]) == pytest.approx(float(row["value"]), abs=1e-4), row
