"""A condor whose strikes move: held to payoffs by hand, to the signal it starts from, and to its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hedge.test_condor import NAV, CondorRule, example

from seawall.core.datum import Origin
from seawall.core.errors import StrikesOutOfOrderError
from seawall.hedge.condor import condor_signal
from seawall.hedge.condor_maps import condor_maps, crossings, leg_profits, nearest_listed, skewness, struck
from seawall.hedge.odds import Outcomes, flat_outcomes

OF = example(0.25)
RULE = CondorRule("delta", 0.15, 0.05)
WITNESS = (flat_outcomes(0.16, 6000.0, 45 / 365, "flat", Origin.MODELLED),)
LISTED = sorted({float(k) for k in OF.puts.strike} & {float(k) for k in OF.calls.strike})


def by_hand(strikes: tuple[float, ...], credit: float, price: float) -> float:
    low, put, call, high = strikes
    return credit - max(put - price, 0.0) + max(low - price, 0.0) - max(price - call, 0.0) + max(price - high, 0.0)


def test_at_the_signals_strikes_it_is_the_signal() -> None:
    signal = condor_signal(OF, RULE, NAV, WITNESS)
    low, put, call, high = signal.strikes
    found = struck(OF, RULE, (low, put, call, high), WITNESS)
    assert found.credit == signal.credit
    assert found.max_loss_usd == pytest.approx(signal.max_loss_usd)
    assert (found.low, found.high) == (signal.low, signal.high)
    assert found.odds == signal.odds


def test_the_last_row_of_the_map_is_the_payoff_and_its_crossings_the_break_evens() -> None:
    signal = condor_signal(OF, RULE, NAV, WITNESS)
    low, put, call, high = signal.strikes
    found = struck(OF, RULE, (low, put, call, high), WITNESS)
    maps = condor_maps(OF, found, RULE.commission_usd)
    wanted = [100.0 * by_hand(found.strikes, found.credit, float(x)) for x in maps.price]
    assert maps.by_day[-1] == pytest.approx(wanted, abs=1e-6)
    assert crossings(maps.price, maps.by_day[-1] + 1e-9) == pytest.approx((found.low, found.high), abs=1e-6)


def test_legs_that_have_settled_are_cash_and_gain_no_more() -> None:
    signal = condor_signal(OF, RULE, NAV, WITNESS)
    price = np.array([4000.0, 6000.0, 8000.0])
    at = 365.0 * OF.years
    first, later = (leg_profits(OF, signal.legs, price, at + extra, np.full(3, 20.0)) for extra in (0.0, 30.0))
    assert np.array_equal(first, later)


def test_the_same_map_today_whether_by_date_or_by_volatility() -> None:
    signal = condor_signal(OF, RULE, NAV, WITNESS)
    low, put, call, high = signal.strikes
    maps = condor_maps(OF, struck(OF, RULE, (low, put, call, high), WITNESS), 1.0)
    assert maps.by_vol[maps.points.tolist().index(0.0)] == pytest.approx(maps.by_day[0], rel=1e-9)


def test_skewness_of_a_coin_and_of_a_lottery() -> None:
    fair = Outcomes("coin", Origin.SYNTHETIC, np.array([1.0, 2.0]), np.array([0.5, 0.5]))
    assert skewness(fair, np.array([-1.0, 1.0])) == pytest.approx(0.0, abs=1e-12)
    p = 0.1  # Bernoulli: (1 - 2p) / sqrt(p (1 - p))
    lottery = Outcomes("lottery", Origin.SYNTHETIC, np.array([1.0, 2.0]), np.array([1.0 - p, p]))
    assert skewness(lottery, np.array([0.0, 1.0])) == pytest.approx((1 - 2 * p) / np.sqrt(p * (1 - p)))
    assert np.isnan(skewness(fair, np.array([3.0, 3.0])))


@given(st.lists(st.floats(4500.0, 7500.0), min_size=4, max_size=4), st.integers(0, 3))
def test_moved_strikes_are_listed_and_rise(wanted: list[float], moved: int) -> None:
    try:
        found = nearest_listed(OF, (wanted[0], wanted[1], wanted[2], wanted[3]), moved)
    except StrikesOutOfOrderError:
        return
    assert found[0] < found[1] < found[2] < found[3]
    assert all(k in OF.puts.strike for k in found[:2])
    assert all(k in OF.calls.strike for k in found[2:])
