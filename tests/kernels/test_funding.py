"""`kernels.funding` against METHOD 1.6, a venue's captured numbers, and the arbitrage it must leave none of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import DomainError
from seawall.kernels import funding

RATES = st.floats(-0.05, 0.05)


@pytest.mark.parametrize(
    ("premium", "rate"), [(0.0, 0.0001), (0.0004, 0.0001), (0.003, 0.0025), (-0.003, -0.0025)]
)  # METHOD 1.6
def test_rate_of_method(premium: float, rate: float) -> None:
    assert float(funding.funding_rate(premium)) == pytest.approx(rate, abs=1e-16)


@pytest.mark.parametrize(
    ("prices", "premium"),
    [
        ((64706.0, 64707.0, 64716.0), -0.00013906917),  # METHOD 1.6, from a public capture of Hyperliquid, 2026-07-19
        ((10100.0, 10110.0, 10000.0), 0.01),  # Hyperliquid documentation, funding example: impact bid 10,100
        ((99.0, 101.0, 100.0), 0.0),  # the index inside the impact prices
    ],
)
def test_premium_index(prices: tuple[float, float, float], premium: float) -> None:
    assert float(funding.premium_index(*prices)) == pytest.approx(premium, abs=1e-11)


def test_hyperliquid_pays_an_eighth_each_hour_within_its_cap() -> None:
    # Hyperliquid documentation, Trading > Funding: 0.01 % per 8 h is 0.00125 % per hour; at most 4 % per hour
    assert float(funding.paid_rate(funding.funding_rate(0.0), 1.0, 0.04)) == pytest.approx(0.0000125, abs=1e-18)
    # its example: premium 1 % less the clamp of 0.05 % is 0.95 % per 8 hours
    assert float(funding.funding_rate(0.01)) == pytest.approx(0.0095, abs=1e-16)
    np.testing.assert_array_equal(funding.paid_rate([0.5, -0.5], 1.0, 0.04), [0.04, -0.04])
    assert float(funding.annual_rate(0.0001, 8.0)) == pytest.approx(0.1095, abs=1e-15)


@given(RATES, st.floats(0.0, 0.01))
def test_without_interest_the_damper_is_a_dead_band(premium: float, width: float) -> None:
    # Deribit, Funding Specifications: maximum(d, p) + minimum(-d, p)
    band = max(width, premium) + min(-width, premium)
    assert float(funding.funding_rate(premium, 0.0, width)) == pytest.approx(band, abs=1e-17)


@given(RATES, RATES, st.floats(0.0, 0.01))
def test_rate_lies_between_premium_and_interest_and_near_the_premium(p: float, i: float, d: float) -> None:
    rate = float(funding.funding_rate(p, i, d))
    assert min(p, i) - 1e-15 <= rate <= max(p, i) + 1e-15
    assert abs(rate - p) <= d + 1e-15
    if abs(i - p) <= d:
        assert rate == pytest.approx(i, abs=1e-15)


@given(st.floats(0.01, 1e5), st.floats(0.01, 1e5), RATES)
def test_what_longs_pay_shorts_receive(size: float, price: float, rate: float) -> None:
    paid = float(funding.payment(size, price, rate))
    assert paid == -float(funding.payment(-size, price, rate))
    assert paid * rate <= 0.0
    # an inverse perp of the same notional pays the same dollars
    coins = float(funding.inverse_payment(size * price, price, rate))
    assert coins * price == pytest.approx(paid * 1.0, rel=1e-12)


def test_published_payment() -> None:
    # hyperliquid-math, worked examples: long 2 at oracle 100, rate .001: pays 0.2
    assert float(funding.payment(2.0, 100.0, 0.001)) == pytest.approx(-0.2, abs=1e-15)


def test_averages() -> None:
    samples = [[0.001, 0.002, 0.003], [0.0, 0.0, 0.006]]
    np.testing.assert_allclose(funding.average_premium(samples), [0.002, 0.002], rtol=1e-14)
    # weights 1, 2, 3 of 6
    np.testing.assert_allclose(
        funding.average_premium(samples, rising=True), [(0.001 + 0.004 + 0.009) / 6, 0.003], rtol=1e-14
    )


@given(st.floats(10.0, 5000.0), st.floats(-0.5, 0.5), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_carry_of_spot_against_perp_is_nothing(kappa: float, iota: float, base: float, quote: float) -> None:
    """One coin financed in dollars, short 1/x perps at f = x S: funding kappa (f - S) + iota S is all that is left."""
    x = float(funding.no_arbitrage_ratio(kappa, iota, base, quote))
    carry = base - quote + (kappa * (x - 1.0) + iota) / x
    assert carry == pytest.approx(0.0, abs=1e-9 * kappa)


def test_no_arbitrage_of_method() -> None:
    found = funding.no_arbitrage_ratio(1095.0, 0.1095, 0.0, [0.0, 0.1095])
    np.testing.assert_allclose(found - 1.0, [-1e-4, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: funding.premium_index(0.0, 1.0, 1.0),
        lambda: funding.premium_index(1.0, 1.0, float("nan")),
        lambda: funding.funding_rate(0.0, 0.0001, -1.0),
        lambda: funding.paid_rate(0.0, 0.0),
        lambda: funding.paid_rate(0.0, 1.0, -0.1),
        lambda: funding.average_premium([]),
        lambda: funding.average_premium([0.1, float("nan")]),
        lambda: funding.payment(1.0, -1.0, 0.1),
        lambda: funding.no_arbitrage_ratio(0.1, 0.0, 0.0, 0.2),
    ],
)
def test_what_cannot_be_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(DomainError):
        call()
