"""The pool leg against the closed forms, the path estimators, brute force, and the laws of its accounting."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.errors import DomainError, RangeError
from seawall.kernels import pool_leg as k
from seawall.kernels.amm import v2, v3, v3_loss
from seawall.kernels.lvr import realised_lvr

Array = NDArray[np.float64]
V2 = k.PoolTerms(0.0, math.inf)
DAY = 1.0 / 365.0


def walk(seed: int, steps: int = 200, size: float = 0.03) -> Array:
    return 2000.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, size, steps)))


def carried(
    terms: k.PoolTerms, prices: Array, fee_rate: float = 0.0, years: float = DAY, usd: float = 1e4
) -> tuple[list[k.PoolState], Array, Array]:
    """States at every price, and the cash flows of every step."""
    states, fees, costs = [k.pool_open(terms, prices[0], usd)], [0.0], [0.0]
    for before, price in pairwise(prices):
        state, fee, cost = k.pool_step(terms, states[-1], before, price, fee_rate, years)
        states.append(state)
        fees.append(fee)
        costs.append(cost)
    return states, np.array(fees), np.array(costs)


@pytest.mark.parametrize(
    ("price", "value", "loss"),
    [
        (1000.0, 581.9889, -253.231689), (1600.0, 927.0167, -49.844719), (2000.0, 1071.2886, 0.0),
        (2400.0, 1124.9756, -40.740130), (3500.0, 1127.0167, -298.373876),
    ],
)  # fmt: skip
def test_published_values_of_a_range(price: float, value: float, loss: float) -> None:
    """METHOD 1.4: liquidity 100 on [1500, 2500], entered at 2000."""
    terms = k.PoolTerms(1500.0, 2500.0)
    unit = k.pool_value(k.pool_open(terms, 2000.0, 1.0), 2000.0) / k.pool_open(terms, 2000.0, 1.0).liquidity
    state = k.pool_open(terms, 2000.0, 100.0 * unit)
    assert state.liquidity == pytest.approx(100.0, rel=1e-12)
    assert k.pool_value(state, price) == pytest.approx(value, abs=5e-5)
    assert k.pool_loss(state, price) == pytest.approx(loss, abs=5e-7)
    assert k.pool_delta(state, 2000.0) == pytest.approx(0.2360679775, abs=1e-10)


@settings(deadline=None)
@given(st.floats(100.0, 1e5), st.floats(100.0, 1e5), st.floats(1.01, 5.0), st.floats(0.2, 5.0))
def test_value_delta_and_loss_are_those_of_the_pools(start: float, price: float, width: float, off: float) -> None:
    wide = k.pool_open(V2, start, 1e4)
    expected = v2(price, wide.liquidity)
    assert k.pool_value(wide, start) == pytest.approx(1e4, rel=1e-12)
    assert k.pool_value(wide, price) == pytest.approx(float(expected.value), rel=1e-12)
    assert k.pool_delta(wide, price) == pytest.approx(float(expected.delta), rel=1e-12)
    assert k.pool_loss(wide, price) <= 1e-8
    low, high = start * off / width, start * off * width
    narrow = k.pool_open(k.PoolTerms(low, high), start, 1e4)
    there = v3(price, narrow.liquidity, low, high)
    assert k.pool_value(narrow, price) == pytest.approx(float(there.value), rel=1e-12)
    assert k.pool_delta(narrow, price) == pytest.approx(float(there.delta), rel=1e-9, abs=1e-12)
    lost = float(v3_loss(price, start, narrow.liquidity, low, high))
    assert k.pool_loss(narrow, price) == pytest.approx(lost, abs=1e-8 * (1.0 + price / start))


TERMS = st.builds(
    lambda off, width, rule, fee, gas: k.PoolTerms(
        2000.0 * off / width, 2000.0 * off * width, 0.9, gas, rule, width, fee, 3.0
    ),
    st.floats(0.8, 1.25), st.floats(1.01, 1.6), st.sampled_from([k.NEVER, k.OUT_OF_RANGE, k.EVERY]),
    st.floats(0.0, 0.01), st.floats(0.0, 50.0),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), TERMS, st.floats(0.0, 0.01))
def test_value_fees_and_costs_add_up(seed: int, terms: k.PoolTerms, rate: float) -> None:
    prices = walk(seed, 120)
    states, fees, costs = carried(terms, prices, rate)
    coins = np.array([k.pool_delta(s, p) for s, p in zip(states, prices, strict=True)])
    value = np.array([k.pool_value(s, p) for s, p in zip(states, prices, strict=True)])
    lvr = np.array([s.lvr_usd for s in states])
    np.testing.assert_allclose(np.diff(value), coins[:-1] * np.diff(prices) - np.diff(lvr), atol=1e-8)
    assert np.all(np.diff(lvr) >= -1e-9)
    assert states[-1].fees_usd == pytest.approx(fees.sum(), rel=1e-12)
    assert states[-1].gas_usd + states[-1].swap_usd == pytest.approx(costs.sum(), rel=1e-12)
    assert states[-1].gas_usd == pytest.approx(terms.gas_usd * states[-1].recentres, rel=1e-12)
    hodl = states[0].hodl_coins * prices + states[0].hodl_usd
    # METHOD 5.4: (vs HODL) = (vs rebalancing) + sum (x_i - x_0)(P_(i+1) - P_i)
    drift = np.concatenate([[0.0], np.cumsum((coins[:-1] - states[0].hodl_coins) * np.diff(prices))])
    np.testing.assert_allclose(value - hodl, drift - lvr, atol=1e-7)
    if terms.recentre == k.NEVER:
        assert np.all(value - hodl <= 1e-8)


@pytest.mark.parametrize("terms", [V2, k.PoolTerms(1500.0, 2500.0), k.PoolTerms(2500.0, 4000.0)])
def test_lvr_is_that_of_the_path_estimator(terms: k.PoolTerms) -> None:
    prices = walk(3)
    states, _, _ = carried(terms, prices)
    size = states[0].liquidity
    pool = v2(prices, size) if math.isinf(terms.high) else v3(prices, size, terms.low, terms.high)
    assert states[-1].lvr_usd == pytest.approx(realised_lvr(prices, pool.delta, pool.value).total, rel=1e-9, abs=1e-9)


def test_lvr_of_fine_steps_is_an_eighth_of_variance() -> None:
    """v2: the sum over fine steps is 1/8 sigma^2 of the value, within three standard errors, sqrt(2/n)."""
    steps, vol, years = 20_000, 0.8, 1.0 / 12.0
    moves = np.random.default_rng(7).normal(0.0, vol * math.sqrt(years / steps), steps)
    prices = 2000.0 * np.exp(np.concatenate([[0.0], np.cumsum(moves)]))
    states, _, _ = carried(V2, prices)
    value = np.array([k.pool_value(s, p) for s, p in zip(states, prices, strict=True)])
    expected = vol**2 / 8.0 * years / steps * value[:-1].sum()
    assert states[-1].lvr_usd == pytest.approx(expected, rel=3.0 * math.sqrt(2.0 / steps))


@settings(deadline=None)
@given(st.floats(500.0, 5000.0), st.floats(500.0, 5000.0))
def test_the_share_in_range_is_that_of_the_way_in_log_price(before: float, price: float) -> None:
    state = k.pool_open(k.PoolTerms(1500.0, 2500.0), 2000.0, 1.0)
    way = np.exp(np.linspace(math.log(before), math.log(price), 4_001))
    assert k.pool_in_range(state, before, price) == pytest.approx(np.mean((way >= 1500.0) & (way < 2500.0)), abs=2e-3)
    assert k.pool_in_range(k.pool_open(V2, 2000.0, 1.0), before, price) == 1.0


def test_fees_are_rate_times_value_times_share() -> None:
    """From the middle of [1500, 2400] to 2880: ln 1.2 of ln 1.44 is inside, half of the way."""
    terms = k.PoolTerms(1500.0, 2400.0, fee_share=0.8)
    state = k.pool_open(terms, 2000.0, 1e4)
    after, fees, cost = k.pool_step(terms, state, 2000.0, 2880.0, 0.01, DAY)
    assert fees == pytest.approx(0.8 * 0.01 * 1e4 * 0.5, rel=1e-12)
    assert (after.fees_usd, cost) == (fees, 0.0)
    assert k.pool_step(terms, after, 2880.0, 3000.0, math.nan, DAY)[1] == 0.0, "out of range no rate is read"
    assert math.isnan(k.pool_step(terms, after, 2880.0, 2000.0, math.nan, DAY)[1]), "an unknown rate is not zero"


def test_recentring_keeps_the_value_and_charges_the_swap() -> None:
    """All quote token above the range; half of it, nearly, is swapped for coins of a range around the price."""
    terms = k.PoolTerms(1500.0, 2500.0, gas_usd=7.0, recentre=k.OUT_OF_RANGE, width=1.25, pool_fee=0.003)
    state = k.pool_open(terms, 2000.0, 1e4)
    after, _, cost = k.pool_step(terms, state, 2000.0, 3000.0, 0.0, DAY)
    assert (after.low, after.high) == (3000.0 / 1.25, 3000.0 * 1.25)
    assert k.pool_value(after, 3000.0) == pytest.approx(k.pool_value(state, 3000.0), rel=1e-12)
    assert k.pool_delta(state, 3000.0) == 0.0
    assert cost == pytest.approx(7.0 + 0.003 * 3000.0 * k.pool_delta(after, 3000.0), rel=1e-12)
    held = k.pool_step(terms, state, 2000.0, 2499.0, 0.0, DAY)[0]
    assert held.recentres == 0.0


def test_recentring_every_week_happens_every_week() -> None:
    terms = k.PoolTerms(100.0, 1e5, recentre=k.EVERY, width=1.5, every=7.0)
    states, _, _ = carried(terms, walk(5, 71))
    moved = np.flatnonzero(np.diff([s.recentres for s in states])) + 1
    assert moved.tolist() == [7, 14, 21, 28, 35, 42, 49, 56, 63, 70]


def test_turning_into_cash_pays_the_fee_on_the_coins() -> None:
    terms = k.PoolTerms(0.0, math.inf, gas_usd=3.0, pool_fee=0.003)
    state = k.pool_open(terms, 2000.0, 1e4)
    assert k.pool_turn_cost(terms, state, 2000.0) == pytest.approx(3.0 + 0.003 * 5000.0, rel=1e-12)
    around = k.pool_around(k.PoolTerms(1.0, 2.0, width=1.1), 50.0)
    assert (around.low, around.high, around.width) == (50.0 / 1.1, 50.0 * 1.1, 1.1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"low": 2500.0, "high": 1500.0}, RangeError), ({"low": -1.0}, RangeError), ({"low": 0.0}, RangeError),
        ({"high": math.inf}, RangeError), ({"low": math.nan}, RangeError), ({"fee_share": 1.5}, DomainError),
        ({"pool_fee": 1.0}, DomainError), ({"gas_usd": -1.0}, DomainError), ({"recentre": 3}, DomainError),
        ({"recentre": 1, "width": 1.0}, DomainError), ({"recentre": 2, "width": 1.2, "every": 0.0}, DomainError),
        ({"low": 0.0, "high": math.inf, "recentre": 1, "width": 1.2}, DomainError),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(change: dict[str, float], error: type[Exception]) -> None:
    good = k.PoolTerms(1500.0, 2500.0)
    assert k.checked_pool(good) == good
    with pytest.raises(error):
        k.checked_pool(good._replace(**change))
