"""Liquidity for amounts and amounts for liquidity as the position manager has them, in exact integers (METHOD 1.4).

Every division rounds down, so a deposit never asks for more than it was given, and the amounts of a liquidity are what
a burn pays. What a mint takes rounds up: ``kernels.uniswap3.amount0_between`` with ``round_up``.

Source: Uniswap v3-periphery, ``LiquidityAmounts`` (getLiquidityForAmounts, getAmountsForLiquidity).
"""

from typing import NamedTuple

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.uniswap3 import amount0_between, amount1_between, mul_div
from seawall.kernels.uniswap3_ticks import Q96, U128, unsigned


class Amounts(NamedTuple):
    """Raw units of both tokens."""

    amount0: int
    amount1: int


def _range(sqrt_low: int, sqrt_high: int) -> None:
    for value in (sqrt_low, sqrt_high):
        unsigned(value, 160, "a square-root price")
    if not 0 < sqrt_low < sqrt_high:
        raise RangeError(f"square-root prices of a range must rise from above 0, were {sqrt_low} and {sqrt_high}")


def _fits(liquidity: int) -> int:
    if liquidity > U128:
        raise DomainError(f"liquidity {liquidity} exceeds 128 bits: the range is too narrow for the amount (revert)")
    return liquidity


def liquidity_for_amount0(sqrt_low: int, sqrt_high: int, amount0: int) -> int:
    """Liquidity that ``amount0`` gives between two prices: amount0 sqrt_low sqrt_high/(sqrt_high - sqrt_low).

    Raises RangeError, and DomainError beyond 128 bits.
    """
    _range(sqrt_low, sqrt_high)
    unsigned(amount0, 256, "an amount")
    return _fits(mul_div(amount0, mul_div(sqrt_low, sqrt_high, Q96), sqrt_high - sqrt_low))


def liquidity_for_amount1(sqrt_low: int, sqrt_high: int, amount1: int) -> int:
    """Liquidity that ``amount1`` gives between two prices: amount1/(sqrt_high - sqrt_low).

    Raises RangeError, and DomainError beyond 128 bits.
    """
    _range(sqrt_low, sqrt_high)
    unsigned(amount1, 256, "an amount")
    return _fits(mul_div(amount1, Q96, sqrt_high - sqrt_low))


def liquidity_for_amounts(sqrt_price: int, sqrt_low: int, sqrt_high: int, amounts: Amounts) -> int:
    """The largest liquidity that both amounts can pay for at a price.

    Raises RangeError, and DomainError beyond 128 bits.
    """
    _range(sqrt_low, sqrt_high)
    unsigned(sqrt_price, 160, "a square-root price")
    if sqrt_price <= sqrt_low:
        return liquidity_for_amount0(sqrt_low, sqrt_high, amounts.amount0)
    if sqrt_price >= sqrt_high:
        return liquidity_for_amount1(sqrt_low, sqrt_high, amounts.amount1)
    return min(
        liquidity_for_amount0(sqrt_price, sqrt_high, amounts.amount0),
        liquidity_for_amount1(sqrt_low, sqrt_price, amounts.amount1),
    )


def amounts_for_liquidity(
    sqrt_price: int, sqrt_low: int, sqrt_high: int, liquidity: int, round_up: bool = False
) -> Amounts:
    """Tokens in a range at a price, rounded down as a burn pays them, or up as a mint takes them. Raises RangeError."""
    _range(sqrt_low, sqrt_high)
    unsigned(sqrt_price, 160, "a square-root price")
    inside = min(max(sqrt_price, sqrt_low), sqrt_high)
    return Amounts(
        amount0_between(inside, sqrt_high, liquidity, round_up), amount1_between(sqrt_low, inside, liquidity, round_up)
    )
