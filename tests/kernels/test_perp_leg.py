"""The perp leg against the perp and margin kernels, and the laws of its accounting."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MarginError
from seawall.kernels import perp_leg as k
from seawall.kernels import pool_leg
from seawall.kernels.funding import payment
from seawall.kernels.margin import flat, flat_liquidation_price, liquidation_price
from seawall.kernels.perp import bad_debt, bankruptcy_price, isolated_liquidation_price, linear_pnl

Array = NDArray[np.float64]
TERMS = k.PerpTerms(-1.0, 5.0, 0.01, 0.0005, 0.05)


def market(seed: int, steps: int = 80, size: float = 0.03) -> tuple[Array, Array, Array, Array]:
    """Closes, lowest and highest since the close before, and funding."""
    random = np.random.default_rng(seed)
    prices = 2000.0 * np.exp(np.cumsum(random.normal(0.0, size, steps)))
    before = np.concatenate([[prices[0]], prices[:-1]])
    low = np.minimum(prices, before) * np.exp(-np.abs(random.normal(0.0, size, steps)))
    high = np.maximum(prices, before) * np.exp(np.abs(random.normal(0.0, size, steps)))
    return prices, low, high, random.normal(1e-4, 5e-4, steps)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize(("leverage", "maintenance"), [(10.0, 0.005), (3.0, 0.0), (1.0, 0.05), (40.0, 0.0125)])
def test_liquidation_price_is_that_of_the_perp_kernels(side: float, leverage: float, maintenance: float) -> None:
    """METHOD 1.6: 90.452261 and 109.452736 for 10 times and .005."""
    terms = k.PerpTerms(side, leverage, maintenance, 0.0)
    state, _, _ = k.perp_open(terms, 100.0, 3.0 * side)
    found = k.perp_liquidation_price(terms, state, 100.0)
    assert found == pytest.approx(isolated_liquidation_price(100.0, leverage, maintenance, side), rel=1e-12)
    if (leverage, maintenance) == (10.0, 0.005):
        assert found == pytest.approx(90.452261 if side > 0.0 else 109.452736, abs=1e-6)


@settings(deadline=None)
@given(
    st.floats(0.01, 100.0), st.sampled_from([1.0, -1.0]), st.floats(10.0, 1e5), st.floats(0.02, 1.5),
    st.floats(0.0, 0.019),
)  # fmt: skip
def test_one_tier_is_the_tiered_price(size: float, side: float, mark: float, share: float, rate: float) -> None:
    value = share * size * mark
    expected = liquidation_price(side * size, mark, value, flat(rate)).price
    assert flat_liquidation_price(side * size, mark, value, rate) == pytest.approx(expected, rel=1e-9, abs=1e-9 * mark)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(1.0, 20.0), st.floats(0.0, 0.3), st.sampled_from([-1.0, 1.0, -0.4]))
def test_every_dollar_of_margin_is_accounted_for(seed: int, leverage: float, band: float, target: float) -> None:
    """Margin = deposits + P&L + funding - fees, whatever is traded or liquidated on the way."""
    terms = k.PerpTerms(target, leverage, 0.01, 0.0005, band)
    prices, low, high, funding = market(seed)
    state, fee, cash = k.perp_open(terms, prices[0], k.delta_target(terms, 2.0))
    fees, pnl, paid = fee, 0.0, 0.0
    for t in range(1, prices.size):
        state, made, received, _ = k.perp_step(
            terms, state, prices[t - 1], (low[t], high[t]), prices[t], float(funding[t])
        )
        pnl, paid = pnl + made, paid + received
        wanted = k.delta_target(terms, 2.0 + math.sin(t))
        if k.perp_due(terms, state, wanted):
            state, fee, deposit = k.perp_trade(terms, state, prices[t], wanted)
            fees, cash = fees + fee, cash + deposit
            assert state.size == wanted
            assert state.margin == pytest.approx(abs(wanted) * prices[t] / leverage, rel=1e-12)
        assert abs(wanted - state.size) <= band * max(abs(wanted), abs(state.size))
        assert state.margin == pytest.approx(cash + pnl + paid - fees, abs=1e-9 * (1.0 + fees + abs(cash) + abs(pnl)))
    assert (state.pnl_usd, state.funding_usd, state.fees_usd) == pytest.approx((pnl, paid, fees), rel=1e-9, abs=1e-9)
    closed, fee, deposit = k.perp_trade(terms, state, prices[-1], 0.0)
    assert (closed.size, closed.margin) == (0.0, 0.0)
    assert deposit == pytest.approx(fee - state.margin, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_long_and_a_short_sum_to_nothing_but_fees(seed: int) -> None:
    """Enough margin for both: P&L and funding of one are those of the other with the other sign."""
    terms = k.PerpTerms(1.0, 1.0, 0.0, 0.0005)
    prices, _, _, funding = market(seed, 60, 0.01)
    long, fee, _ = k.perp_open(terms, prices[0], 3.0)
    short, other, _ = k.perp_open(terms, prices[0], -3.0)
    for t in range(1, prices.size):
        ends = (min(prices[t - 1], prices[t]), max(prices[t - 1], prices[t]))
        long, made, paid, dead = k.perp_step(terms, long, prices[t - 1], ends, prices[t], float(funding[t]))
        short, lost, got, gone = k.perp_step(terms, short, prices[t - 1], ends, prices[t], float(funding[t]))
        assert not dead
        assert not gone
        assert made + lost == pytest.approx(0.0, abs=1e-9)
        assert paid + got == pytest.approx(0.0, abs=1e-9)
        assert made == pytest.approx(float(linear_pnl(3.0, prices[t - 1], prices[t])), abs=1e-9)
        assert paid == pytest.approx(float(payment(3.0, prices[t - 1], funding[t])), rel=1e-12)
    assert fee == other == pytest.approx(0.0005 * 3.0 * prices[0], rel=1e-12)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("funding", [0.0, 0.002, -0.002])
def test_liquidation_is_by_the_adverse_extreme(side: float, funding: float) -> None:
    """Just short of the price nothing happens; at it the margin is lost; beyond bankruptcy the rest is the venue's."""
    terms = k.PerpTerms(side, 10.0, 0.005, 0.0)
    state, _, _ = k.perp_open(terms, 100.0, side)
    paid = float(payment(side, 100.0, funding))
    edge = liquidation_price(side, 100.0, state.margin + min(paid, 0.0), flat(0.005)).price

    def step(worst: float, close: float) -> tuple[k.PerpState, float, float, bool]:
        ends = (worst, 100.0) if side > 0.0 else (100.0, worst)
        return k.perp_step(terms, state, 100.0, ends, close, funding)

    safe, made, received, dead = step(edge * (1.0 + 1e-9 * side), 100.0)
    assert (safe.size, made, dead) == (side, 0.0, False)
    assert safe.margin == pytest.approx(10.0 + paid, rel=1e-12)
    gone, made, received, dead = step(edge * (1.0 - 1e-9 * side), 100.0)
    assert dead
    assert (gone.size, gone.margin, gone.liquidations, gone.shortfall_usd) == (0.0, 0.0, 1.0, 0.0)
    assert (made + received, received) == pytest.approx((-10.0, paid), rel=1e-12)
    worst = 100.0 * (1.0 - 0.25 * side)
    beyond, made, received, dead = step(worst, 100.0)
    last = float(bankruptcy_price(side, 100.0, 10.0 + min(paid, 0.0)))
    assert dead
    assert made + received == pytest.approx(-10.0, rel=1e-12)
    assert beyond.shortfall_usd == pytest.approx(float(bad_debt(side, last, worst)), rel=1e-12)
    assert k.perp_step(terms, beyond, 100.0, (1.0, 1e6), 50.0, funding) == (beyond, 0.0, 0.0, False)
    assert step(100.0, worst)[3], "a close beyond the price liquidates, whatever the extremes say"


def test_a_hedge_of_every_step_leaves_the_loss_to_rebalancing() -> None:
    """Pool and a short of its delta: the change of value and the perp's P&L sum to minus the step's LVR, exactly."""
    terms, pool = k.PerpTerms(-1.0, 1.0, 0.0, 0.0), pool_leg.PoolTerms(1500.0, 2600.0)
    prices, _, _, _ = market(11, 120)
    state = pool_leg.pool_open(pool, prices[0], 1e4)
    perp, _, _ = k.perp_open(terms, prices[0], k.delta_target(terms, pool_leg.pool_delta(state, prices[0])))
    for before, price in pairwise(prices):
        ends = (min(before, price), max(before, price))
        perp, made, _, dead = k.perp_step(terms, perp, before, ends, price, 0.0)
        after, _, _ = pool_leg.pool_step(pool, state, before, price, 0.0, 1.0 / 365.0)
        change = pool_leg.pool_value(after, price) - pool_leg.pool_value(state, before)
        assert not dead
        assert change + made == pytest.approx(state.lvr_usd - after.lvr_usd, abs=1e-8)
        state = after
        perp, _, _ = k.perp_trade(terms, perp, price, k.delta_target(terms, pool_leg.pool_delta(state, price)))


def test_targets_and_the_band() -> None:
    assert k.notional_target(TERMS._replace(target=0.5), 1000.0, 50.0) == 10.0
    assert k.notional_target(TERMS, -10.0, 50.0) == 0.0
    held = k.perp_open(TERMS, 100.0, -10.0)[0]
    assert [k.perp_due(TERMS, held, w) for w in (-10.0, -10.5, -10.6, -9.5, -9.4, 0.0, 10.0)] == [
        False, False, True, False, True, True, True,
    ]  # fmt: skip
    assert not k.perp_due(TERMS, k.perp_flat(), 0.0)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"leverage": 0.5}, DomainError), ({"maintenance": 1.0}, DomainError), ({"maintenance": 0.3}, MarginError),
        ({"fee": -0.1}, DomainError), ({"band": 1.0}, DomainError), ({"target": math.nan}, DomainError),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(change: dict[str, float], error: type[Exception]) -> None:
    assert k.checked_perp(TERMS) == TERMS
    with pytest.raises(error):
        k.checked_perp(TERMS._replace(**change))
