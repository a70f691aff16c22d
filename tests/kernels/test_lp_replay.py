"""The compiled replay against the library's path estimators, the pool formulas, and the laws of its accounting."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.kernels import lp_replay as k
from seawall.kernels.amm import v3
from seawall.kernels.lvr import model_lvr, realised_lvr

Array = NDArray[np.float64]
FREE = k.Costs(0.0, 0, 0.0, 0.0)


def rows_of(prices: Array, seconds: float = 60.0) -> k.Rows:
    """Marks at every price, without trade; the first price is the entry."""
    roots, none = np.sqrt(prices[1:]), np.zeros(prices.size - 1)
    at = seconds * np.arange(1, prices.size)
    return k.Rows(at, roots, np.ones(roots.size, np.int64), roots, roots, none, none, none + 1.0)


def opened(prices: Array, ends: list[tuple[float, float]], liquidity: float, costs: k.Costs) -> Array:
    states = np.zeros((len(ends), k.WIDTH))
    states[:, k.LIQUIDITY] = liquidity
    states[:, k.LOW], states[:, k.HIGH] = np.sqrt(np.array(ends)).T
    k.open_positions(states, float(np.sqrt(prices[0])), 0.0, costs)
    return states


def run(prices: Array, ends: list[tuple[float, float]], rule: tuple[int, float] = (k.HOLD, 0.0),
        costs: k.Costs = FREE) -> tuple[Array, Array, Array]:  # fmt: skip
    """States, track and re-centrings of every position."""
    states, count = opened(prices, ends, 50.0, costs), len(ends)
    tracks, events = np.zeros((count, prices.size - 1, len(k.TRACK))), np.zeros((count, prices.size, len(k.EVENT)))
    rules, values = np.full(count, rule[0], np.int64), np.full(count, rule[1])
    written = k.replay(states, rules, values, rows_of(prices), costs, tracks, events)
    return states, tracks, events[0][: written[0]]


def walk(seed: int, steps: int = 400, size: float = 0.01) -> Array:
    return 2000.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, size, steps)))


@pytest.mark.parametrize("ends", [(1800.0, 2200.0), (1000.0, 1500.0), (2500.0, 4000.0), (1.0, 1e7)])
def test_a_held_range_has_the_lvr_of_the_path_estimators(ends: tuple[float, float]) -> None:
    prices = walk(1)
    states, tracks, _ = run(prices, [ends])
    pool = v3(prices, 50.0, *ends)
    expected = realised_lvr(prices, pool.delta, pool.value)
    assert states[0, k.LVR] == pytest.approx(expected.total, rel=1e-9, abs=1e-9)
    assert math.sqrt(2.0 / 3.0 * states[0, k.LVR_SQUARED]) == pytest.approx(expected.standard_error, rel=1e-9, abs=1e-9)
    model = model_lvr(prices, pool.density, 60.0 * np.arange(prices.size), 0.001, 0.0001)
    assert 1e-6 * states[0, k.VARIANCE_WEIGHT] == pytest.approx(model.total, rel=1e-12, abs=1e-12)
    assert 2e-7 * states[0, k.VARIANCE_WEIGHT] == pytest.approx(model.standard_error, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(tracks[0, :, k.TRACK.index("value")], pool.value[1:], rtol=1e-12)
    inside = (prices[:-1] >= ends[0]) & (prices[:-1] < ends[1])
    assert states[0, k.TIME_IN] == 60.0 * np.sum(inside)


def test_a_full_range_is_the_limit_of_a_wide_one() -> None:
    prices = walk(2)
    states, _, _ = run(prices, [(0.0, math.inf), (1e-12, 1e18)])
    for column in (k.LVR, k.REBALANCED, k.VARIANCE_WEIGHT, k.BASE0, k.QUOTE0, k.TIME_IN):
        assert states[0, column] == pytest.approx(states[1, column], rel=1e-6)


RULES = st.sampled_from([(k.EXIT, 0.0), (k.TIME, 600.0), (k.TIME, 3.0), (k.BAND, 0.3), (k.BAND, 1.5)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), RULES, st.floats(0.0, 0.02), st.floats(1.005, 1.5), st.floats(0.8, 1.25))
def test_every_recentring_closes_tokens_in_and_out(
    seed: int, rule: tuple[int, float], swap: float, width: float, off: float
) -> None:
    prices = walk(seed, 120)
    ends = (2000.0 * off / width, 2000.0 * off * width)
    states, tracks, events = run(prices, [ends], rule, k.Costs(swap, 0, 0.0, 0.0))
    assert len(events) == states[0, k.RECENTRES]
    for event in events:
        _, price, base_before, quote_before, sold, cost, base, quote, low, high, liquidity = event
        scale = base_before * price + quote_before
        assert base == pytest.approx(base_before - sold, rel=1e-12)
        assert quote == pytest.approx(quote_before + sold * price - cost, rel=1e-12)
        assert cost == pytest.approx(
            swap * max(sold * price, -sold * price / (1.0 - swap)), rel=1e-9, abs=1e-12 * scale
        )
        placed = v3(price, liquidity, low, high)
        assert float(placed.base) == pytest.approx(base, rel=1e-9)
        assert float(placed.quote) == pytest.approx(quote, rel=1e-9)
        assert math.sqrt(low * high) == pytest.approx(price, rel=1e-12)
        assert math.log(high / low) == pytest.approx(2.0 * math.log(width), rel=1e-9)
    s = states[0]
    start = s[k.BASE0] * s[k.ROOT0] ** 2 + s[k.QUOTE0]
    end = tracks[0, -1, k.TRACK.index("value")]
    assert end - start == pytest.approx(s[k.REBALANCED] - s[k.LVR] - s[k.SWAP_COST], abs=1e-9 * start)


def test_rules_fire_when_they_say() -> None:
    prices = np.array([2000.0, 2049.0, 2100.5, 2101.0, 1999.0, 1950.0])
    ends = [(2000.0 / 1.05, 2100.0)]
    fired = {name: [e[0] for e in run(prices, ends, rule)[2]] for name, rule in {
        "hold": (k.HOLD, 0.0), "exit": (k.EXIT, 0.0), "time": (k.TIME, 120.0), "band": (k.BAND, 0.5),
    }.items()}  # fmt: skip
    # 2100.5 is beyond the first range, 1999 below the second; 2049 and 1950 are within and beyond half a half-width
    assert fired == {"hold": [], "exit": [120.0, 240.0], "time": [120.0, 240.0], "band": [120.0, 240.0, 300.0]}


def test_fees_are_shared_by_liquidity_and_by_the_stretch_inside() -> None:
    one = np.array([2.0])
    stretch = {0: (math.log(2.0), math.log(8.0)), 1: (math.sqrt(2.0), math.sqrt(8.0)),
               2: (-1.0 / math.sqrt(2.0), -1.0 / math.sqrt(8.0))}  # fmt: skip
    expected = {0: 0.5, 1: (2.0 - math.sqrt(2.0)) / math.sqrt(2.0), 2: (math.sqrt(0.5) - 0.5) / (math.sqrt(0.5) / 2.0)}
    for kind, (low, high) in stretch.items():
        states = opened(np.array([2.0]), [(1.0, 4.0)], 25.0, FREE)
        rows = k.Rows(np.array([-1.0]), np.sqrt(one), np.array([kind]), np.array([low]), np.array([high]),
                      np.array([3.0]), np.array([5.0]), np.array([75.0]))  # fmt: skip
        k.replay(states, np.zeros(1, np.int64), np.zeros(1), rows, FREE, np.zeros((0, 0, 12)), np.zeros((0, 1, 11)))
        share = 25.0 / 100.0 * expected[kind]
        assert states[0, k.FEE_BASE] == pytest.approx(3.0 * share, rel=1e-12)
        assert states[0, k.FEE_QUOTE] == pytest.approx(5.0 * share, rel=1e-12)
        assert states[0, k.FEE_EARNED] == pytest.approx((3.0 * 2.0 + 5.0) * share, rel=1e-12)


@pytest.mark.parametrize(("price", "paid"), [(1.0, True), (3.999, True), (4.0, False), (0.999, False)])
def test_a_trade_that_moves_nothing_pays_the_range_it_stands_in(price: float, paid: bool) -> None:
    states, root = opened(np.array([2.0]), [(1.0, 4.0)], 25.0, FREE), np.array([math.sqrt(price)])
    rows = k.Rows(np.array([-1.0]), root, np.array([1]), root, root, np.array([3.0]), np.array([0.0]), np.array([75.0]))
    k.replay(states, np.zeros(1, np.int64), np.zeros(1), rows, FREE, np.zeros((0, 0, 12)), np.zeros((0, 1, 11)))
    assert (states[0, k.FEE_BASE] > 0.0) == paid


def test_the_hedge_pays_minus_what_rebalancing_earns_and_costs_what_it_says() -> None:
    prices = walk(3)
    states, _, _ = run(prices, [(1500.0, 2600.0)], costs=k.Costs(0.0, 1, 0.001, 1e-7))
    pool = v3(prices, 50.0, 1500.0, 2600.0)
    s = states[0]
    assert s[k.HEDGE_PNL] == pytest.approx(-float(np.sum(pool.delta[:-1] * np.diff(prices))), rel=1e-10)
    assert s[k.FUNDING] == pytest.approx(float(np.sum(pool.delta[:-1] * prices[:-1])) * 60.0 * 1e-7, rel=1e-10)
    traded = pool.delta[0] * prices[0] + float(np.sum(np.abs(np.diff(pool.delta)) * prices[1:]))
    assert s[k.HEDGE_COST] == pytest.approx(0.001 * traded, rel=1e-10)


def test_a_hedge_adjusted_every_third_mark_holds_its_size_between() -> None:
    prices = walk(4, 31)
    states, _, _ = run(prices, [(1500.0, 2600.0)], costs=k.Costs(0.0, 3, 0.0, 0.0))
    held = v3(prices[:-1], 50.0, 1500.0, 2600.0).delta[np.arange(30) // 3 * 3]
    assert states[0, k.HEDGE_PNL] == pytest.approx(-float(np.sum(held * np.diff(prices))), rel=1e-10)
