"""Liquidity for amounts, and back: exact fractions, the contract's rounding, and positions minted on chain."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.uniswap3_amounts import (
    Amounts,
    amounts_for_liquidity,
    liquidity_for_amount1,
    liquidity_for_amounts,
)
from seawall.kernels.uniswap3_ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE, Q96, sqrt_price_at_tick

ROOTS = st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1)
AMOUNT = st.integers(0, 2**100)


@settings(max_examples=200, deadline=None)
@given(ROOTS, ROOTS, ROOTS, AMOUNT, AMOUNT)
def test_the_liquidity_is_what_both_amounts_can_pay_and_hardly_less(
    price: int, a: int, b: int, amount0: int, amount1: int
) -> None:
    assume(a != b)
    low, high = min(a, b), max(a, b)
    try:
        found = liquidity_for_amounts(price, low, high, Amounts(amount0, amount1))
    except DomainError:
        assume(False)
    inside = min(max(price, low), high)
    limits = []
    if inside < high:
        limits.append(Fraction(amount0) * inside * high / (high - inside) / Q96)
    if inside > low:
        limits.append(Fraction(amount1) * Q96 / (inside - low))
    assert found <= min(limits)
    needed = amounts_for_liquidity(price, low, high, found)
    assert needed.amount0 <= amount0
    assert needed.amount1 <= amount1
    # two divisions round down; for token0 the first loses less than a unit of the product of the prices
    slack = Fraction(amount0, high - inside) + 1 if inside < high else Fraction(1)
    assert min(limits) - found <= slack


def test_one_sided_amounts_of_the_periphery() -> None:
    # v3-periphery test/LiquidityAmounts.spec.ts: price 1, range 100/110 .. 110/100, amounts 100 and 200
    def root(one: int, zero: int) -> int:
        from math import isqrt

        return isqrt((one << 192) // zero)

    low, high, amounts = root(100, 110), root(110, 100), Amounts(100, 200)
    assert liquidity_for_amounts(root(1, 1), low, high, amounts) == 2148
    assert liquidity_for_amounts(root(99, 110), low, high, amounts) == 1048
    assert liquidity_for_amounts(root(111, 100), low, high, amounts) == 2097
    assert liquidity_for_amounts(low, low, high, amounts) == 1048
    assert liquidity_for_amounts(high, low, high, amounts) == 2097
    assert amounts_for_liquidity(root(1, 1), low, high, 2148) == (99, 99)
    assert amounts_for_liquidity(root(99, 110), low, high, 1048) == (99, 0)
    assert amounts_for_liquidity(root(111, 100), low, high, 2097) == (0, 199)


def test_a_mint_takes_at_most_one_unit_more_than_a_burn_pays() -> None:
    low, high = sqrt_price_at_tick(193420), sqrt_price_at_tick(193460)
    down = amounts_for_liquidity(1257384995536224536278388621443072, low, high, 27273497828438404)
    up = amounts_for_liquidity(1257384995536224536278388621443072, low, high, 27273497828438404, round_up=True)
    assert (up.amount0 - down.amount0, up.amount1 - down.amount1) == (1, 1)


@pytest.mark.parametrize(("low", "high"), [(0, 5), (5, 5), (6, 5)])
def test_a_range_must_rise(low: int, high: int) -> None:
    with pytest.raises(RangeError, match="must rise"):
        amounts_for_liquidity(5, low, high, 1)


def test_too_much_for_128_bits_reverts() -> None:
    with pytest.raises(DomainError, match="128 bits"):
        liquidity_for_amount1(Q96, Q96 + 1, 2**64)
    with pytest.raises(DomainError, match="256 bits"):
        liquidity_for_amount1(1, 2, 2**161)
