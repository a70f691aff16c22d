"""`kernels.margin` against METHOD 1.6, published liquidation prices, whole accounts marked by hand, and its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from seawall.core.errors import DomainError, MarginError
from seawall.core.status import Status
from seawall.kernels import margin
from seawall.kernels.perp import isolated_liquidation_price

BTC = margin.leverage_schedule((0.0, 150e6), (40.0, 20.0))
"""Hyperliquid documentation, Trading > Margin tiers, read 2026-07-19."""
STEEP = margin.schedule((0.0, 1000.0, 5000.0, 20000.0), (0.01, 0.05, 0.125, 0.5))


def required(notional: float, tiers: margin.Schedule) -> float:
    """Maintenance as an integral of the marginal rate, slice by slice: no deduction is used."""
    total = 0.0
    tops = [*tiers.lower_bounds[1:], math.inf]
    for low, top, rate in zip(tiers.lower_bounds, tops, tiers.rates, strict=True):
        total += max(0.0, min(notional, top) - low) * rate
    return total


def test_tiers_of_method() -> None:
    np.testing.assert_allclose(BTC.deductions, [0.0, 1_875_000.0], rtol=1e-14)
    assert float(margin.maintenance(200e6, BTC)) == pytest.approx(3_125_000.0, rel=1e-14)


@given(st.floats(0.0, 1e5))
def test_maintenance_is_the_integral_of_its_rate(notional: float) -> None:
    assert float(margin.maintenance(notional, STEEP)) == pytest.approx(required(notional, STEEP), abs=1e-9)


@pytest.mark.parametrize(
    ("account", "other", "fraction", "leverage", "price"),
    [
        ((1.0, 100.0, 20.0), 0.0, 1.0, 10.0, 84.210526),  # METHOD 1.6
        ((1.0, 100.0, 20.0), 0.0, margin.BACKSTOP, 10.0, 82.758621),
        ((-100480.9, 0.120830, 3001412.122254), 38190.91716153, 1.0, 50.0, 29.3180423),  # METHOD 1.6, published
        ((0.0335, 2985.9, 4.967826), 0.0, 1.0, 50.0, 2866.2693803),  # Hyperliquid documentation, schema example
    ],
)
def test_hyperliquid_prices(
    account: tuple[float, float, float], other: float, fraction: float, leverage: float, price: float
) -> None:
    tiers = margin.leverage_schedule((0.0,), (leverage,))
    found = margin.liquidation_price(*account, tiers, other=other, fraction=fraction)
    assert found.status is Status.FOUND
    assert found.price == pytest.approx(price, rel=2e-8)


@pytest.mark.parametrize(
    ("size", "equity", "price"),
    [(1.0, 2 / 3, 0.3704), (-4.0, 8 / 3, 1.5152), (1.0, 2 / 19, 0.9942), (-1.0, 10 / 99, 1.0009)],
)  # Chitra, arXiv:2512.01112, liquidation price example, mu = .1
def test_chitra_prices(size: float, equity: float, price: float) -> None:
    assert margin.liquidation_price(size, 1.0, equity, margin.flat(0.1)).price == pytest.approx(price, abs=5e-5)


def test_unlevered_long_is_never_liquidated() -> None:
    # account A of the same example: equity 2 on one unit at 1
    assert margin.liquidation_price(1.0, 1.0, 2.0, margin.flat(0.1)) == (0.0, Status.NEVER)


BINANCE = {
    "ETH": (3683.979, 1456.84, 0.1, 135365.0, 1335.18),
    "BTC": (109.488, 32481.98, 0.025, 16300.0, 31967.27),
}
"""Binance FAQ, how to calculate the liquidation price: size, entry, rate, amount, mark; wallet 1,535,443.01."""
WALLET = 1535443.01


@pytest.mark.parametrize(
    ("market", "mode", "price"),
    [("ETH", "isolated", 1114.78), ("BTC", "isolated", 18778.73), ("ETH", "cross", 1153.26),
     ("BTC", "cross", 26316.89)],
)  # fmt: skip
def test_binance_worked_examples(market: str, mode: str, price: float) -> None:
    size, entry, rate, amount, mark = BINANCE[market]
    q, e, m, d, p = BINANCE["BTC" if market == "ETH" else "ETH"]
    held = mode == "cross"
    other, pnl = (q * p * m - d, q * (p - e)) if held else (0.0, 0.0)
    found = margin.binance_liquidation_price(size, entry, rate, amount, WALLET, other, pnl)
    assert found == pytest.approx(price, abs=0.01)
    # the general form agrees: a tier that deducts the same amount
    tiers = margin.schedule((0.0, amount / rate), (0.0, rate))
    general = margin.liquidation_price(size, mark, WALLET + pnl + size * (mark - entry), tiers, other=other)
    assert general.price == pytest.approx(found, rel=1e-12)


def test_a_short_pays_its_losses_with_their_sign() -> None:
    # C29 of METHOD: WB 100, short 1 from 100 at 1 %: liquidated where 100 - (P - 100) = .01 P
    assert margin.binance_liquidation_price(-1.0, 100.0, 0.01, 0.0, 100.0) == pytest.approx(200.0 / 1.01, rel=1e-14)


@pytest.mark.parametrize(("side", "price"), [(1.0, 90.452261), (-1.0, 109.452736)])  # METHOD 1.6
def test_isolated_shortcut_is_the_general_form(side: float, price: float) -> None:
    assert isolated_liquidation_price(100.0, 10.0, 0.005, side) == pytest.approx(price, abs=5e-7)
    found = margin.liquidation_price(side, 100.0, 10.0, margin.flat(0.005))
    assert found.price == pytest.approx(isolated_liquidation_price(100.0, 10.0, 0.005, side), rel=1e-13)


SIZES = st.floats(0.01, 1000.0).flatmap(lambda q: st.sampled_from([q, -q]))


@given(SIZES, st.floats(1.0, 200.0), st.floats(-2e4, 1e5), st.floats(0.0, 1e4), st.sampled_from([1.0, 2 / 3]))
def test_price_is_where_the_whole_account_meets_maintenance(
    size: float, mark: float, value: float, other: float, fraction: float
) -> None:
    def spare(price: float) -> float:
        return value + size * (price - mark) - fraction * (other + required(abs(size) * price, STEEP))

    found = margin.liquidation_price(size, mark, value, STEEP, other=other, fraction=fraction)
    scale = 1e-9 * (abs(value) + abs(size) * mark + other)
    if found.status is Status.NEVER:
        assert size > 0.0
        assert all(spare(p) >= -scale for p in (1e-9, 0.5 * mark, mark, 10.0 * mark))
        return
    if found.status is Status.BREACHED:
        assert spare(mark) <= scale
    else:
        assert spare(mark) >= -scale
        assert (mark - found.price) * size > 0.0
    if found.price > 0.0:
        assert abs(spare(found.price)) <= scale + 1e-9 * abs(size) * found.price
    else:
        assert spare(1e-9) <= scale  # breached at every price


def test_price_against_a_root_finder_across_tiers() -> None:
    rng = np.random.default_rng(11)
    seen, mark = set(), 100.0
    for _ in range(60):
        size = float(rng.choice([-1.0, 1.0]) * rng.uniform(1.0, 300.0))
        value = abs(size) * mark * float(rng.uniform(0.52, 0.95))
        found = margin.liquidation_price(size, mark, value, STEEP)

        def spare(price: float, size: float = size, value: float = value) -> float:
            return value + size * (price - mark) - required(abs(size) * price, STEEP)

        root = brentq(spare, 1e-6, 1e4, xtol=1e-12, rtol=1e-14)
        assert found.price == pytest.approx(root, rel=1e-10)
        seen.add(int(np.searchsorted(STEEP.lower_bounds, abs(size) * root)))
    assert seen == {1, 2, 3, 4}  # every tier was met


def test_price_on_a_bound_of_two_tiers() -> None:
    # 10 units: notional 1000 at 100, maintenance 10 there on either side; equity 10 at 100 exactly
    found = margin.liquidation_price(10.0, 110.0, 110.0, STEEP)
    assert found.price == pytest.approx(100.0, rel=1e-14)


def test_price_that_has_jumped_beyond_is_said_so() -> None:
    before = margin.liquidation_price(1.0, 100.0, 20.0, margin.flat(0.05))
    after = margin.liquidation_price(1.0, 80.0, 0.0, margin.flat(0.05))
    assert after.status is Status.BREACHED
    assert after.price == pytest.approx(before.price, rel=1e-14)
    # other positions alone need more than the account would have at a price of zero
    assert margin.liquidation_price(-1.0, 100.0, 20.0, margin.flat(0.05), other=500.0) == (0.0, Status.BREACHED)


def test_cross_account_is_marked_whole() -> None:
    sizes, marks, value = np.array([3.0, -2.0, 10.0]), np.array([1000.0, 500.0, 90.0]), 900.0
    tiers = (STEEP, BTC, margin.flat(0.1))
    prices = margin.cross_liquidation_prices(sizes, marks, value, tiers)
    for j, found in enumerate(prices):
        moved = marks.copy()
        moved[j] = found.price
        equity = value + float(np.sum(sizes * (moved - marks)))
        needed = sum(required(abs(q) * p, each) for q, p, each in zip(sizes, moved, tiers, strict=True))
        assert equity == pytest.approx(needed, abs=1e-8)
        assert found.status is Status.FOUND
    own = [required(abs(q) * p, each) for q, p, each in zip(sizes, marks, tiers, strict=True)]
    others = margin.other_maintenance(np.array([0, 0, 0]), own)
    alone = margin.liquidation_price(3.0, 1000.0, value, STEEP, other=float(others[0]))
    assert alone.price == pytest.approx(prices[0].price, rel=1e-12)


def test_other_maintenance_keeps_accounts_apart() -> None:
    found = margin.other_maintenance(np.array([0, 1, 0, 1, 2]), [1.0, 10.0, 2.0, 20.0, 5.0])
    np.testing.assert_allclose(found, [2.0, 20.0, 1.0, 10.0, 0.0])


def test_many_accounts_at_once_in_every_tier() -> None:
    rng = np.random.default_rng(3)
    n = 200_000
    size = rng.uniform(0.01, 500.0, n) * rng.choice([-1.0, 1.0], n)
    mark, other = rng.uniform(50.0, 150.0, n), rng.uniform(0.0, 100.0, n)
    value = np.abs(size) * mark * rng.uniform(0.6, 1.5, n) + other
    price, code = margin.liquidation_prices(size, mark, value, other, STEEP)
    # METHOD 1.6: the root of each tier, kept where its notional lies in that tier
    units = np.abs(size)
    kept = np.full(n, np.nan)
    tops = np.append(STEEP.lower_bounds[1:], np.inf)
    for low, top, rate, deduction in zip(STEEP.lower_bounds, tops, STEEP.rates, STEEP.deductions, strict=True):
        root = (other - deduction - value + size * mark) / (size - units * rate)
        kept = np.where((root > 0.0) & (units * root >= low) & (units * root < top), root, kept)
    never = code == margin.CODES.index(Status.NEVER)
    assert 0 < never.sum() < n
    np.testing.assert_array_equal(never, np.isnan(kept))
    np.testing.assert_allclose(price[~never], kept[~never], rtol=1e-10)
    assert np.all(price[never] == 0.0)


@pytest.mark.parametrize("contracts", [5000.0, -5000.0])
def test_inverse_perp_meets_its_maintenance_in_coin(contracts: float) -> None:
    tiers = margin.schedule((0.0, 0.05, 0.2), (0.01, 0.025, 0.05))
    mark, coins = 50_000.0, 0.02
    found = margin.inverse_liquidation_price(contracts, mark, coins, tiers, other=0.001)
    assert found.status is Status.FOUND
    held = coins + contracts * (1.0 / mark - 1.0 / found.price)
    assert held == pytest.approx(0.001 + required(abs(contracts) / found.price, tiers), rel=1e-11)
    assert (mark - found.price) * contracts > 0.0


def test_inverse_short_that_is_covered_is_never_liquidated() -> None:
    assert margin.inverse_liquidation_price(-5000.0, 50_000.0, 0.2, margin.flat(0.01)) == (math.inf, Status.NEVER)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (((0.0, 10.0, 10.0), (0.01, 0.02, 0.03)), "tier 3 starts"),
        (((0.0, 10.0), (0.02, 0.01)), "tier 2: maintenance rate 0.01 is below 0.02"),
        (((5.0, 10.0), (0.01, 0.02)), "tier 1 starts at 5"),
        (((0.0,), (1.0,)), "tier 1: maintenance rate 1"),
        (((0.0, 1.0), (0.01,)), "2 lower bounds and 1 rates"),
        (((0.0, math.nan), (0.01, 0.02)), "tier 2 starts at nan"),
        (((), ()), "0 lower bounds"),
    ],
)
def test_contradictory_tiers_are_named(arguments: tuple[tuple[float, ...], tuple[float, ...]], said: str) -> None:
    with pytest.raises(MarginError, match=said):
        margin.schedule(*arguments)


def test_leverages_and_deductions_that_contradict_are_named() -> None:
    bounds, rates = (0.0, 100.0), (0.01, 0.05)
    with pytest.raises(MarginError, match="tier 2: leverage 25 leaves less than its maintenance margin"):
        margin.schedule(bounds, rates, max_leverages=(50.0, 25.0))
    with pytest.raises(MarginError, match="tier 2: leverage 20 is above 10"):
        margin.schedule(bounds, rates, max_leverages=(10.0, 20.0))
    with pytest.raises(MarginError, match=r"tier 1: maximum leverage 0\.5"):
        margin.leverage_schedule((0.0,), (0.5,))
    with pytest.raises(MarginError, match="tier 2: deduction 5 makes maintenance jump"):
        margin.schedule(bounds, rates, published_deductions=(0.0, 5.0))
    np.testing.assert_allclose(
        margin.schedule(bounds, rates, published_deductions=(0.0, 4.0)).deductions, [0.0, 4.0], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("account", "fraction"),
    [((0.0, 100.0, 1.0), 1.0), ((1.0, 0.0, 1.0), 1.0), ((1.0, 100.0, math.nan), 1.0), ((1.0, 100.0, 1.0), 1.5)],
)
def test_accounts_that_cannot_be_are_refused(account: tuple[float, float, float], fraction: float) -> None:
    with pytest.raises(DomainError):
        margin.liquidation_price(*account, BTC, fraction=fraction)
