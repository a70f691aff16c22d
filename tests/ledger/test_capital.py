"""Cost and return of capital: METHOD 5.7 vectors, brute force and hand sums."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from tests.worlds import method_condor, method_smile, state

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.ledger import capital
from seawall.ledger.capital import Funding, rolling_xirr, wacc, xirr

START = dt.date(2024, 1, 1)


def after(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


def test_the_vector_of_the_internal_rate() -> None:
    found = xirr([(START, -1000.0), (after(365), 1100.0)])
    assert found.status is Status.FOUND
    assert found.rates == pytest.approx((0.10,), abs=1e-9)


def test_irregular_flows_against_a_bracketing_solver() -> None:
    flows = [(START, -1000.0), (after(40), -250.0), (after(200), 400.0), (after(500), 1030.0)]

    def worth(rate: float) -> float:
        return math.fsum(cash / (1.0 + rate) ** ((day - START).days / 365.0) for day, cash in flows)

    assert xirr(flows).rates == pytest.approx((brentq(worth, -0.5, 2.0),), abs=1e-8)
    assert xirr(flows[::-1]).rates == pytest.approx(xirr(flows).rates, rel=1e-12)  # order does not matter


def test_several_sign_changes_return_all_roots() -> None:
    # -100 + 230/x - 132/x^2 has the roots x = 1.1 and 1.2
    found = xirr([(START, -100.0), (after(365), 230.0), (after(730), -132.0)])
    assert found.status is Status.AMBIGUOUS
    assert found.rates == pytest.approx((0.1, 0.2), abs=1e-7)


def test_no_rate_is_an_answer() -> None:
    assert xirr([(START, 100.0), (after(365), 100.0)]) == ((), Status.ONE_SIDED)
    with pytest.raises(MissingDataError, match="1 flows"):
        xirr([(START, -100.0)])
    with pytest.raises(DomainError, match="pass a number"):
        xirr([(START, -100.0), (after(3), math.nan)])


@given(rate=st.floats(-0.9, 5.0), days=st.integers(20, 4000), outlay=st.floats(1.0, 1e6), part=st.floats(0.0, 0.9))
def test_the_rate_that_made_the_flows_is_found(rate: float, days: int, outlay: float, part: float) -> None:
    middle = days // 2
    back = part * outlay * (1.0 + rate) ** (middle / 365.0)
    last = (1.0 - part) * outlay * (1.0 + rate) ** (days / 365.0)
    found = xirr([(START, -outlay), (after(middle), back), (after(days), last)])
    assert found.status is Status.FOUND
    assert found.rates[0] == pytest.approx(rate, abs=1e-5)


def test_rolling_rate_of_an_account_with_money_paid_in() -> None:
    dates = np.arange("2024-01-01", "2024-04-10", dtype="datetime64[D]")
    growth = 1.25 ** (np.arange(100) / 365.0)
    paid = np.zeros(100)
    paid[50] = 40.0
    value = 100.0 * growth
    value[50:] += 40.0 * growth[50:] / growth[50]
    found = rolling_xirr(dates, value, paid, 60)
    assert np.isnan(found[:60]).all()
    np.testing.assert_allclose(found[60:], 0.25, atol=1e-7)
    with pytest.raises(DomainError, match="one row a date"):
        rolling_xirr(dates, value[1:], paid, 60)


def test_cost_of_capital_and_value_added() -> None:
    equity = capital.equity_cost(0.05)
    assert equity == pytest.approx(0.09)
    perp = capital.perp_cost(1e-4, -1.0)
    assert perp == pytest.approx(-0.1095)  # .01 % of 8 hours is 10.95 % a year, received by the short
    cost = wacc([Funding(600.0, equity), Funding(300.0, perp), Funding(100.0, 0.08)])
    assert cost == pytest.approx(0.6 * 0.09 - 0.3 * 0.1095 + 0.1 * 0.08)
    assert capital.economic_value_added(0.10, cost, 1000.0) == pytest.approx((0.10 - cost) * 1000.0)
    for wrong in ([], [Funding(-1.0, 0.1)], [Funding(0.0, 0.1)], [Funding(1.0, math.nan)]):
        with pytest.raises(DomainError, match="capital is"):
            wacc(wrong)


def test_discounted_carry_and_emissions() -> None:
    years = np.arange(1, 4000)
    series = np.sum(0.12 * 1.02 ** (years - 1) / 1.08**years)
    assert capital.discounted_carry(0.12, 0.08, 0.02) == pytest.approx(series, rel=1e-9)
    assert capital.short_vol_value(20.0, 18.0, 0.5, 0.10, 0.0) == pytest.approx(12 * 2 / 20 * 0.5 / 0.10)
    for growth in (0.08, 0.09):
        with pytest.raises(DomainError, match="not below the rate"):
            capital.discounted_carry(0.12, 0.08, growth)
    tokens, prices, times = np.array([100.0, 50.0]), np.array([2.0, 2.0]), np.array([0.0, 1.0])
    assert capital.emissions_value(tokens, prices, times, 0.05, 0.2) == pytest.approx(200.0 + 100.0 * math.exp(-0.25))
    assert capital.promoter_yield(60.0, 40.0) == (0.6, True)
    assert capital.promoter_yield(50.0, 50.0) == (0.5, False)
    with pytest.raises(DomainError, match="no shares"):
        capital.promoter_yield(0.0, 0.0)


def test_price_to_cash_flow_and_budget() -> None:
    assert capital.price_to_cash_flow(1000.0, 80.0) == 12.5
    assert capital.hedge_budget(80.0) == pytest.approx(16.0)
    with pytest.raises(DomainError, match="no P/CF"):
        capital.price_to_cash_flow(1000.0, 0.0)


def test_the_vector_of_the_temporal_buffer() -> None:
    # METHOD 5.7: 10,000 dollars and one condor of 100; its gamma and theta are those of METHOD 4
    gamma, theta = -28_583.84 * 100.0, 0.976511 * 100.0 * 365.0
    assert capital.temporal_buffer(10_000.0, gamma, theta) == pytest.approx(34.1, abs=0.05)
    exposure = method_condor(100.0).exposure(state(method_smile())).scaled(-1.0)
    assert exposure.carry_usd_per_year is not None
    own = capital.temporal_buffer(10_000.0, exposure.gamma_usd, exposure.carry_usd_per_year)
    assert own == pytest.approx(34.1, abs=0.05)
    with pytest.raises(DomainError, match="short convexity"):
        capital.temporal_buffer(10_000.0, 5.0, 1.0)


def test_escape_and_ruin() -> None:
    assert capital.days_to_flatten(np.array([-50.0, 10.0]), np.array([100.0, 1000.0])) == pytest.approx(5.0)
    gains, enough = capital.escape_layers(np.array([[1.0, 2.0, -1.0], [1.0, -2.0, -1.0]]))
    assert gains.tolist() == [2, 1]
    assert not enough
    equity = np.array([[10.0, 4.0, 9.0], [10.0, 4.0, 9.0], [10.0, 9.0, 9.0]])
    sleeve = np.array([[8.0, 2.0, 8.0], [8.0, 2.1, 1.0], [8.0, 0.0, 0.0]])
    assert capital.joint_ruin(equity, np.full((3, 3), 5.0), sleeve) == pytest.approx(1.0 / 3.0)
    with pytest.raises(DomainError, match="daily volume"):
        capital.days_to_flatten(np.array([1.0]), np.array([0.0]))
    with pytest.raises(DomainError, match="one shape"):
        capital.joint_ruin(equity, equity, sleeve[:2])
