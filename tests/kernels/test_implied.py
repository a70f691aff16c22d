"""Implied volatility: round trips against mpmath, the number of steps, every status, and laws."""

import csv
import math

import mpmath as mp
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.published import REFERENCE

from seawall.core.errors import BoundsError, DomainError
from seawall.core.status import Status
from seawall.kernels import implied
from seawall.kernels.black import greeks_one, value_one
from seawall.kernels.implied import (
    IMPLIED_STATUS,
    implied_vol,
    implied_vol_one,
    normalised_implied,
    normalised_implied_array,
)


def exact_beta(x: float, s: float) -> mp.mpf:
    """b(x, s) = e^(x/2) N(x/s + s/2) - e^(-x/2) N(x/s - s/2), x <= 0, with digits to spare for the cancellation."""
    x, s = mp.mpf(x), mp.mpf(s)
    return mp.exp(x / 2) * mp.ncdf(x / s + s / 2) - mp.exp(-x / 2) * mp.ncdf(x / s - s / 2)


def pairs():
    """400 (x, s): |x| from 1e-6 to 10, s from 3e-3 or 35.5 deviations to 8, both on logarithmic grids."""
    found = []
    for x in np.geomspace(1e-6, 10.0, 20):
        found += [(-float(x), float(s)) for s in np.geomspace(max(3e-3, x / 35.5), 8.0, 20)]
    return found


@pytest.fixture(scope="module")
def solved():
    """Columns x, s and beta as doubles."""
    with mp.workdps(40):
        table = [(x, s, float(exact_beta(x, s))) for x, s in pairs()]
    return np.array(table).T


def test_round_trip_of_400_pairs_at_40_digits(solved):
    x, s, beta = solved
    assert beta.min() < 1e-270
    found = normalised_implied_array(x, beta)
    assert np.max(np.abs(found / s - 1.0)) < 1e-12


def after(steps, x, s, beta):
    """Largest relative error after some steps."""
    worst = 0.0
    for wide, true, c in zip(-x, s, beta * np.exp(-x / 2.0), strict=True):
        guess, on_price = implied._start(wide, c)
        inverse = 1.0 / (c if on_price else 1.0 - c)
        for _ in range(steps):
            guess = implied._step(guess, wide, on_price, inverse)
        worst = max(worst, abs(guess / true - 1.0))
    return worst


def test_steps_that_are_needed(solved):
    errors = [after(steps, *solved) for steps in (0, 1, 2, implied.STEPS - 1, implied.STEPS)]
    assert errors[1] > 1e-3
    assert errors[2] > 1e-8  # two are not enough
    assert errors[3] < 1e-12  # the last step is a reserve outside the grid
    assert errors[4] < 1e-12


def textbook_start(wide, c):
    """The first guess of METHOD 1.1 below the inflection; it misses short-dated options near the money."""
    bend = math.sqrt(2.0 * wide)
    _, difference = implied.mills_pair(0.0, bend)
    d = 0.25 * wide + max(math.log(implied.INV_SQRT_2PI * difference / c), 0.0)
    first = min(wide / math.sqrt(2.0 * d), bend)
    d += 3.0 * math.log(first / bend) - 0.125 * (first * first - bend * bend)
    return min(wide / math.sqrt(2.0 * max(d, 0.25 * wide)), bend)


@pytest.mark.parametrize(("x", "s"), [(-0.01765, 0.00524), (-0.002, 0.0006), (-1e-4, 3e-5)])
def test_short_dated_options_near_the_money(x, s):
    with mp.workdps(40):
        beta = float(exact_beta(x, s))
    assert normalised_implied(x, beta) == pytest.approx(s, rel=1e-12)
    # why the first guess is not the one of METHOD: four steps from that one do not arrive
    c = beta * math.exp(-x / 2.0)
    guess = textbook_start(-x, c)
    for _ in range(4):
        guess = implied._step(guess, -x, True, 1.0 / c)
    assert abs(guess / s - 1.0) > 1e-11


@pytest.mark.parametrize("x", [-30.0, -3.0, -0.1, -1e-3, -1e-7, -1e-12, 0.0])
@pytest.mark.parametrize("deviations", [0.05, 0.4, 1.0, 3.0, 9.0, 25.0])
def test_far_outside_the_grid(x, deviations):
    s = -x / deviations if x else deviations * 1e-5
    if s > 12.0:
        return
    with mp.workdps(60):
        beta = float(exact_beta(x, s))
    # beta carries 16 digits: what s can keep of them is beta / (s b'(s))
    assert normalised_implied(x, beta) == pytest.approx(s, rel=1e-11)


def test_ends_of_the_normalised_price():
    assert normalised_implied(-1.0, 0.0) == 0.0
    assert normalised_implied(-1.0, math.exp(-0.5)) == math.inf
    assert normalised_implied(0.0, 1e-30) == pytest.approx(math.sqrt(2.0 * math.pi) * 1e-30, rel=1e-14)
    assert normalised_implied(2.0, 0.1) == normalised_implied(-2.0, 0.1)
    with pytest.raises(DomainError, match=r"beta must be finite, was nan at index \(1,\)"):
        normalised_implied_array(-1.0, [0.1, math.nan])


@settings(deadline=None)
@given(
    st.floats(10.0, 10_000.0),
    st.floats(-4.0, 4.0),
    st.floats(1.0 / 525_600.0, 3.0),
    st.floats(0.03, 3.0),
    st.floats(-0.02, 0.1),
)
def test_round_trip_out_of_the_money(forward, deviations, years, vol, rate):
    strike = forward * math.exp(deviations * vol * math.sqrt(years))
    side = 1.0 if strike >= forward else -1.0
    price = value_one(forward, strike, years, vol, math.exp(-rate * years), side)
    assert implied_vol_one(price, forward, strike, years, rate, side) == pytest.approx(vol, rel=1e-11)


@settings(deadline=None)
@given(st.floats(0.7, 1.4), st.floats(0.05, 2.0), st.floats(0.1, 1.0))
def test_both_sides_imply_one_volatility(moneyness, years, vol):
    strike = 100.0 * moneyness
    vega = greeks_one(100.0, strike, years, vol, 0.0, 1.0)[3]
    assume(vega * vol > 1e-3)
    call, put = (
        implied_vol_one(value_one(100.0, strike, years, vol, 1.0, side), 100.0, strike, years, 0.0, side)
        for side in (1.0, -1.0)
    )
    # an in-the-money price keeps its time value to an ulp of the price only
    assert call == pytest.approx(put, abs=1e-13 * vol + 5e-14 / vega)


def test_against_quantlib():
    for strike, years, vol, side in [(5500.0, 0.12, 0.21, -1.0), (6300.0, 0.5, 0.14, 1.0), (6000.0, 0.02, 0.1, 1.0)]:
        kind = ql.Option.Call if side > 0 else ql.Option.Put
        price = ql.blackFormula(kind, strike, 6000.0, vol * math.sqrt(years), math.exp(-0.04 * years))
        assert implied_vol_one(price, 6000.0, strike, years, 0.04, side) == pytest.approx(vol, rel=1e-11)


def test_published_vix_option():
    # METHOD 1.1: F 20, K 35, T .25, sigma 1.10, r .04, call
    assert implied_vol_one(1.13323451841, 20.0, 35.0, 0.25, 0.04, 1) == pytest.approx(1.10, rel=1e-10)


# price, forward, strike, years, rate, side
STATUSES = [
    (Status.FOUND, (700.0, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.FOUND, (1e-250, 6000.0, 7000.0, 0.1, 0.0, 1)),
    (Status.AT_BOUND, (600.0, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.AT_BOUND, (600.0 - 5e-9, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.AT_BOUND, (600.0 * math.exp(-0.004), 6000.0, 5400.0, 0.1, 0.04, 1)),
    (Status.AT_BOUND, (0.0, 6000.0, 5400.0, 0.1, 0.0, -1)),
    (Status.AT_BOUND, (0.0, 6000.0, 6000.0, 0.1, 0.0, 1)),
    (Status.BELOW_INTRINSIC, (599.9, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.BELOW_INTRINSIC, (-0.01, 6000.0, 6600.0, 0.1, 0.0, 1)),
    (Status.ABOVE_MAXIMUM, (6000.0, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.ABOVE_MAXIMUM, (6001.0, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.ABOVE_MAXIMUM, (5401.0, 6000.0, 5400.0, 0.1, 0.0, -1)),
    (Status.INVALID, (math.nan, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.INVALID, (math.inf, 6000.0, 5400.0, 0.1, 0.0, 1)),
    (Status.INVALID, (700.0, 0.0, 5400.0, 0.1, 0.0, 1)),
    (Status.INVALID, (700.0, math.inf, 5400.0, 0.1, 0.0, 1)),
    (Status.INVALID, (700.0, 6000.0, -5.0, 0.1, 0.0, 1)),
    (Status.INVALID, (700.0, 6000.0, 5400.0, 0.0, 0.0, 1)),
    (Status.INVALID, (700.0, 6000.0, 5400.0, 0.1, math.nan, 1)),
    (Status.INVALID, (700.0, 6000.0, 5400.0, 0.1, 0.0, 0)),
]


def test_status_of_each_element():
    columns = np.array([row for _, row in STATUSES]).T
    vol, status = implied_vol(*columns)
    assert status.dtype == np.int8
    assert [IMPLIED_STATUS[code] for code in status] == [expected for expected, _ in STATUSES]
    for volatility, (expected, _) in zip(vol, STATUSES, strict=True):
        if expected is Status.FOUND:
            assert 0.0 < volatility < 10.0
        elif expected is Status.AT_BOUND:
            assert volatility == 0.0
        else:
            assert math.isnan(volatility)


@pytest.mark.parametrize(("expected", "row"), STATUSES)
def test_strict_form(expected, row):
    if expected is Status.INVALID:
        with pytest.raises(DomainError, match="a number is missing"):
            implied_vol_one(*row)
    elif expected in (Status.BELOW_INTRINSIC, Status.ABOVE_MAXIMUM):
        with pytest.raises(BoundsError, match=str(expected).partition(":")[0]):
            implied_vol_one(*row)
    else:
        assert (implied_vol_one(*row) > 0.0) == (expected is Status.FOUND)


def test_one_bad_quote_does_not_touch_the_others():
    strikes = np.linspace(4000.0, 8000.0, 1337)
    side = np.where(strikes >= 6000.0, 1.0, -1.0)
    price = np.array([value_one(6000.0, k, 0.25, 0.2, 1.0, cp) for k, cp in zip(strikes, side, strict=True)])
    price[[5, 700, 1336]] = (math.nan, -1.0, 1e9)
    vol, status = implied_vol(price, 6000.0, strikes, 0.25, 0.0, side)
    good = status == 0
    assert np.flatnonzero(~good).tolist() == [5, 700, 1336]
    np.testing.assert_allclose(vol[good], 0.2, rtol=1e-12)


def test_results_have_the_common_shape():
    vol, status = implied_vol([[1.0], [2.0]], 100.0, [110.0, 120.0, 130.0], 0.5, 0.0, 1)
    assert vol.shape == status.shape == (2, 3)


@pytest.mark.shared
def test_reference_at_60_digits():
    path = REFERENCE / "iv_highprec_mpmath.csv"
    if not path.exists():
        pytest.skip(f"no {path.name} in {REFERENCE}: set SEAWALL_SHARED")
    with path.open(newline="") as rows:
        table = [
            (float(row["x_logFK(<=0)"]), float(row["total_stdev_s"]), float(row["normalised_otm_price_beta"]))
            for row in csv.DictReader(rows)
        ]
    x, s, beta = np.array(table).T
    assert np.max(np.abs(normalised_implied_array(x, beta) / s - 1.0)) < 1e-12
    vol, status = implied_vol(beta, np.exp(x / 2), np.exp(-x / 2), 1.0, 0.0, 1)
    assert not status.any()
    assert np.max(np.abs(vol / s - 1.0)) < 1e-12


def test_one_price_against_numbers_is_like_many():
    # An array of one element, spread against plain numbers, must not reach the compiled loop as a read-only view.
    one, status = implied_vol(np.array([5.0]), 100.0, 100.0, 1.0, 0.0, 1.0)
    many, _ = implied_vol(np.array([5.0, 6.0]), 100.0, 100.0, 1.0, 0.0, 1.0)
    assert (one.shape, status.tolist()) == ((1,), [0])
    assert one[0] == many[0]
