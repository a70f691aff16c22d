"""Prices, amounts and the swap step of Uniswap v3 in exact integers (METHOD 1.4).

Plain Python integers, one value at a time: the contract works in 256 bits and numba holds 64, so nothing here is
compiled. Amounts are raw token units, square-root prices Q64.96, liquidity 128 bits, fees in millionths of the input.
What is owed to the pool rounds up, what it pays rounds down. Where the contract reverts, a named error is raised.

Source: Adams, Zinsmeister, Salem, Keefer and Robinson, Uniswap v3 Core (2021), equations 6.7, 6.13 to 6.16.
"""

from typing import Final, NamedTuple

from seawall.core.errors import DomainError
from seawall.kernels.uniswap3_ticks import Q96, U128, U160, U256, signed, unsigned

MILLION: Final = 1_000_000


class SwapStep(NamedTuple):
    """One step of a swap: the price reached, input without fee, output, and fee in input units."""

    sqrt_price: int
    amount_in: int
    amount_out: int
    fee: int


def valid_fee(fee_pips: int) -> int:
    """A fee in millionths of the input, below all of it. Raises DomainError otherwise."""
    if type(fee_pips) is not int or not 0 <= fee_pips < MILLION:
        raise DomainError(f"a fee is an int from 0 to 999999 millionths, was {fee_pips!r}: 0.3 % is 3000 (revert)")
    return fee_pips


def mul_div(a: int, b: int, divisor: int, round_up: bool = False) -> int:
    """``a b / divisor`` rounded down or up. Raises DomainError when it exceeds 256 bits or the divisor is 0."""
    if divisor <= 0:
        raise DomainError(f"cannot divide by {divisor}: liquidity and price must be positive (revert)")
    found = -(-a * b // divisor) if round_up else a * b // divisor
    if found > U256:
        raise DomainError(f"{a} x {b} / {divisor} exceeds 256 bits: check the units of the amounts (revert)")
    return found


def liquidity_after(liquidity: int, delta: int) -> int:
    """Liquidity plus a signed change. Raises DomainError below 0 (revert LS) and above 128 bits (revert LA)."""
    found = liquidity + delta
    if found < 0:
        raise DomainError(f"cannot take {-delta} out of a liquidity of {liquidity}: take at most that (revert LS)")
    if found > U128:
        raise DomainError(f"liquidity {liquidity} plus {delta} exceeds 128 bits: check its units (revert LA)")
    return found


def _ordered(sqrt_a: int, sqrt_b: int, liquidity: int) -> tuple[int, int]:
    unsigned(sqrt_a, 160, "a square-root price")
    unsigned(sqrt_b, 160, "a square-root price")
    unsigned(liquidity, 128, "liquidity")
    return (sqrt_a, sqrt_b) if sqrt_a <= sqrt_b else (sqrt_b, sqrt_a)


def amount0_between(sqrt_a: int, sqrt_b: int, liquidity: int, round_up: bool) -> int:
    """Token0 that ``liquidity`` holds between two prices given in any order: L (1/sqrt low - 1/sqrt high).

    Raises DomainError for a price of zero.
    """
    low, high = _ordered(sqrt_a, sqrt_b, liquidity)
    if low == 0:
        raise DomainError("a square-root price must be positive, was 0: pass the raw Q64.96 value (revert)")
    # rounded twice in the same direction, as the contract does, which equals rounding once
    over_high = mul_div(liquidity << 96, high - low, high, round_up)
    return mul_div(over_high, 1, low, round_up)


def amount1_between(sqrt_a: int, sqrt_b: int, liquidity: int, round_up: bool) -> int:
    """Token1 that ``liquidity`` holds between two prices given in any order: L (sqrt high - sqrt low)."""
    low, high = _ordered(sqrt_a, sqrt_b, liquidity)
    return mul_div(liquidity, high - low, Q96, round_up)


def next_price_from_input(sqrt_price: int, liquidity: int, amount: int, zero_for_one: bool) -> int:
    """Square-root price after ``amount`` of the input token, fee already taken; rounded so the trader gains nothing.

    Raises DomainError for a price or liquidity of zero and for a price beyond 160 bits.
    """
    _check_price(sqrt_price, liquidity, amount)
    if zero_for_one:
        return _after_token0_in(sqrt_price, liquidity, amount)
    return _within_160_bits(sqrt_price + mul_div(amount, Q96, liquidity))


def next_price_from_output(sqrt_price: int, liquidity: int, amount: int, zero_for_one: bool) -> int:
    """Square-root price after paying ``amount`` of the output token; rounded so the trader gains nothing.

    Raises DomainError for a price or liquidity of zero, and when the liquidity cannot pay the amount at any price.
    """
    _check_price(sqrt_price, liquidity, amount)
    if zero_for_one:
        fall = mul_div(amount, Q96, liquidity, True)
        if sqrt_price <= fall:
            raise _cannot_pay(amount, liquidity)
        return sqrt_price - fall
    return _after_token0_out(sqrt_price, liquidity, amount)


def _check_price(sqrt_price: int, liquidity: int, amount: int) -> None:
    unsigned(sqrt_price, 160, "a square-root price")
    unsigned(liquidity, 128, "liquidity")
    unsigned(amount, 256, "an amount")
    if sqrt_price == 0 or liquidity == 0:
        raise DomainError(
            f"square-root price and liquidity must be positive, were {sqrt_price} and {liquidity}: "
            "there is nothing to trade against (revert)"
        )


def _after_token0_in(sqrt_price: int, liquidity: int, amount: int) -> int:
    if amount == 0:
        return sqrt_price
    scaled = liquidity << 96
    product = amount * sqrt_price
    if product + scaled <= U256:
        return mul_div(scaled, sqrt_price, scaled + product, True)
    # beyond 256 bits the contract falls back on a coarser form of the same price
    divisor = scaled // sqrt_price + amount
    if divisor > U256:
        raise DomainError(f"an input of {amount} exceeds 256 bits with the liquidity: check its units (revert)")
    return mul_div(scaled, 1, divisor, True)


def _after_token0_out(sqrt_price: int, liquidity: int, amount: int) -> int:
    if amount == 0:
        return sqrt_price
    scaled = liquidity << 96
    product = amount * sqrt_price
    if product > U256 or product >= scaled:
        raise _cannot_pay(amount, liquidity)
    return _within_160_bits(mul_div(scaled, sqrt_price, scaled - product, True))


def _cannot_pay(amount: int, liquidity: int) -> DomainError:
    return DomainError(f"a liquidity of {liquidity} cannot pay {amount} at this price: ask for less (revert)")


def _within_160_bits(sqrt_price: int) -> int:
    if sqrt_price > U160:
        raise DomainError(f"square-root price {sqrt_price} exceeds 160 bits: trade a smaller amount (revert)")
    return sqrt_price


def swap_step(sqrt_price: int, sqrt_target: int, liquidity: int, amount: int, fee_pips: int) -> SwapStep:
    """Trade towards a target price with constant liquidity until it is reached or the amount is used up.

    ``amount > 0`` is input to spend, fee included; ``amount < 0`` is minus the output wanted. The direction is that of
    the target. The fee is the rest of the input when the target is not reached on exact input, otherwise
    ceil(in fee/(1e6 - fee)). Raises DomainError for numbers outside their bits and a fee of 1e6 or more.
    """
    falling = sqrt_price >= sqrt_target
    reach, is_input = _reached(sqrt_price, sqrt_target, liquidity, amount, fee_pips), amount >= 0
    at_target = reach == sqrt_target
    if falling:
        paid_in = amount0_between(reach, sqrt_price, liquidity, True)
        paid_out = amount1_between(reach, sqrt_price, liquidity, False)
    else:
        paid_in = amount1_between(sqrt_price, reach, liquidity, True)
        paid_out = amount0_between(sqrt_price, reach, liquidity, False)
    if not is_input:
        paid_out = min(paid_out, -amount)
    if is_input and not at_target:
        return SwapStep(reach, paid_in, paid_out, amount - paid_in)
    return SwapStep(reach, paid_in, paid_out, mul_div(paid_in, fee_pips, MILLION - fee_pips, True))


def _reached(sqrt_price: int, sqrt_target: int, liquidity: int, amount: int, fee_pips: int) -> int:
    """The price at which a step ends."""
    valid_fee(fee_pips)
    signed(amount, 256, "an amount")
    falling = sqrt_price >= sqrt_target
    if amount >= 0:
        usable = mul_div(amount, MILLION - fee_pips, MILLION)
        needed = (amount0_between if falling else amount1_between)(sqrt_price, sqrt_target, liquidity, True)
        if usable >= needed:
            return sqrt_target
        return next_price_from_input(sqrt_price, liquidity, usable, falling)
    available = (amount1_between if falling else amount0_between)(sqrt_price, sqrt_target, liquidity, False)
    if -amount >= available:
        return sqrt_target
    return next_price_from_output(sqrt_price, liquidity, -amount, falling)
