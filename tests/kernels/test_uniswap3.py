"""Uniswap v3 integers: METHOD 1.4 and the contract's own vectors, mpmath and brute force as oracles, and laws."""

import math
from bisect import bisect_right
from fractions import Fraction

import mpmath as mp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.published import reference

from seawall.core.errors import BoundsError, DomainError, SeawallError
from seawall.kernels.uniswap3 import (
    amount0_between,
    amount1_between,
    liquidity_after,
    mul_div,
    next_price_from_input,
    next_price_from_output,
    swap_step,
)
from seawall.kernels.uniswap3_ticks import (
    LADDER,
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q96,
    U128,
    U256,
    Stop,
    largest_tick,
    max_liquidity_per_tick,
    next_stop,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
)

TICKS = st.integers(MIN_TICK, MAX_TICK - 1)
PRICES = st.one_of(TICKS.map(sqrt_price_at_tick), st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1))
LIQUIDITY = st.integers(1, 10**30)
FEES = st.sampled_from((0, 1, 100, 500, 3000, 10000, 999_999))


def exact_sqrt_price(tick: int) -> mp.mpf:
    """Oracle: 2^96 1.0001^(tick/2) to 80 digits."""
    with mp.workdps(80):
        return mp.mpf(2) ** 96 * mp.power(mp.mpf("1.0001"), mp.mpf(tick) / 2)


def numbers(row: dict[str, str], *names: str) -> list[int]:
    return [int(row[name]) for name in names]


@pytest.mark.parametrize(
    ("tick", "sqrt_price"),
    [(-50, 79030349367926598376800521322), (500000, 5697689776495288729098254600827762987878), (-887272, 4295128739)],
)
def test_prices_of_method(tick: int, sqrt_price: int) -> None:
    assert sqrt_price_at_tick(tick) == sqrt_price


def test_the_tick_of_method_rounds_down_not_to_zero() -> None:
    with mp.workdps(60):
        sqrt_price = int(mp.floor(exact_sqrt_price(-10) * mp.sqrt(mp.mpf("1.00002"))))
    assert tick_at_sqrt_price(sqrt_price) == -10


def test_the_swap_step_of_method() -> None:
    step = swap_step(Q96, 79623317895830914510639640423, 2 * 10**18, 10**18, 600)
    assert step == (79623317895830914510639640423, 9975124224178055, 9925619580021728, 5988667735148)


@pytest.mark.shared
def test_every_row_of_the_contracts_tick_tests() -> None:
    functions = {"getSqrtRatioAtTick": sqrt_price_at_tick, "getTickAtSqrtRatio": tick_at_sqrt_price}
    for row in reference("v3core_tickmath.csv"):
        assert functions[row["function"]](int(row["input"])) == int(row["expected"]), row


@pytest.mark.shared
def test_every_row_of_the_contracts_price_tests() -> None:
    functions = {
        "getNextSqrtPriceFromInput": next_price_from_input,
        "getNextSqrtPriceFromOutput": next_price_from_output,
        "getAmount0Delta": amount0_between,
        "getAmount1Delta": amount1_between,
    }
    for row in reference("v3core_sqrtpricemath.csv"):
        first, second, third = numbers(row, "arg1_sqrtP_or_A", "arg2_liquidity_or_B", "arg3_amount_or_liquidity")
        called, flag = functions[row["function"]], row["flag_zeroForOne_or_roundUp"] == "true"
        if row["expected"] == "revert":
            with pytest.raises(SeawallError):
                called(first, second, third, flag)
        else:
            assert called(first, second, third, flag) == int(row["expected"]), row


@pytest.mark.shared
def test_every_row_of_the_contracts_step_tests() -> None:
    for row in reference("v3core_swapmath.csv"):
        price, target, liquidity, amount, fee = numbers(
            row, "sqrtRatioCurrentX96", "sqrtRatioTargetX96", "liquidity", "amountRemaining", "feePips"
        )
        expected = numbers(
            row, "expected_sqrtRatioNextX96", "expected_amountIn", "expected_amountOut", "expected_feeAmount"
        )
        assert list(swap_step(price, target, liquidity, amount, fee)) == expected, row


def test_each_rung_is_the_exact_power_to_its_last_digits() -> None:
    with mp.workdps(80):
        for bit, rung in enumerate(LADDER):
            power = mp.mpf(2) ** 128 * mp.power(mp.mpf("1.0001"), -(mp.mpf(2) ** (bit - 1)))
            # each rung is the square of the one before, so the error of the first is carried, not enlarged
            assert abs(rung - power) < 2, bit


def test_prices_follow_the_power_over_the_whole_range_and_the_ends_are_the_contracts() -> None:
    assert sqrt_price_at_tick(MIN_TICK) == MIN_SQRT_PRICE
    assert sqrt_price_at_tick(MAX_TICK) == MAX_SQRT_PRICE
    for tick in (*range(MIN_TICK, MAX_TICK, 4441), -1, 0, 1, MAX_TICK):
        exact = exact_sqrt_price(tick)
        # Q128 carried through 20 products and rounded up to Q96
        assert abs(sqrt_price_at_tick(tick) - exact) <= 1 + exact * mp.mpf(2) ** -60, tick


@given(TICKS)
@example(MIN_TICK)
@example(MAX_TICK - 1)
@example(-1)
@example(0)
def test_tick_of_the_price_of_a_tick_is_that_tick(tick: int) -> None:
    price = sqrt_price_at_tick(tick)
    assert tick_at_sqrt_price(price) == tick
    assert price < sqrt_price_at_tick(tick + 1)
    assert tick_at_sqrt_price(sqrt_price_at_tick(tick + 1) - 1) == tick


def test_every_97th_tick_comes_back_from_its_price() -> None:
    for tick in range(MIN_TICK, MAX_TICK, 97):
        assert tick_at_sqrt_price(sqrt_price_at_tick(tick)) == tick


@given(PRICES)
def test_a_price_lies_between_its_tick_and_the_next(sqrt_price: int) -> None:
    tick = tick_at_sqrt_price(sqrt_price)
    assert sqrt_price_at_tick(tick) <= sqrt_price < sqrt_price_at_tick(tick + 1)


@pytest.mark.parametrize("tick", [MIN_TICK - 1, MAX_TICK + 1])
def test_ticks_outside_are_refused(tick: int) -> None:
    with pytest.raises(BoundsError, match="revert T"):
        sqrt_price_at_tick(tick)


@pytest.mark.parametrize("sqrt_price", [MIN_SQRT_PRICE - 1, MAX_SQRT_PRICE, 0, -1])
def test_prices_outside_are_refused(sqrt_price: int) -> None:
    with pytest.raises(BoundsError, match="revert R"):
        tick_at_sqrt_price(sqrt_price)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (sqrt_price_at_tick, (1.0,)),
        (sqrt_price_at_tick, (True,)),
        (tick_at_sqrt_price, (float(Q96),)),
        (amount0_between, (Q96, 2 * Q96, 1e18, True)),
        (amount0_between, (0, Q96, 1, True)),
        (amount1_between, (Q96, 2 * Q96, -1, True)),
        (amount1_between, (Q96, 1 << 160, 1, True)),
        (amount1_between, (Q96, 2 * Q96, 1 << 128, True)),
        (next_price_from_input, (Q96, 1, U256 + 1, True)),
        (next_price_from_input, (Q96, 1, U256, False)),
        (next_price_from_input, (1, 1, U256, True)),
        (next_price_from_output, (Q96, 10**18, 10**18, True)),
        (next_price_from_output, (Q96, 10**18, 10**18, False)),
        (swap_step, (Q96, 2 * Q96, 1, 1, 1_000_000)),
        (swap_step, (Q96, 2 * Q96, 1, 1, 0.003)),
        (swap_step, (Q96, 2 * Q96, 1, 1 << 255, 3000)),
        (mul_div, (1, 1, 0)),
        (mul_div, (U256, U256, 1)),
        (largest_tick, (0,)),
        (largest_tick, (16384,)),
    ],
)
def test_numbers_the_contract_cannot_hold_are_refused(function, arguments) -> None:
    with pytest.raises(DomainError):
        function(*arguments)


def test_a_coarser_form_takes_over_beyond_256_bits() -> None:
    # price 2^140, input 2^120: the product needs 261 bits, so liquidity / (liquidity / price + input) is used
    liquidity, price, amount = 10**30, 1 << 140, 1 << 120
    expected = Fraction(liquidity << 96) / ((liquidity << 96) // price + amount)
    assert next_price_from_input(price, liquidity, amount, True) == math.ceil(expected)


def test_liquidity_stays_within_128_bits() -> None:
    assert liquidity_after(5, -5) == 0
    with pytest.raises(DomainError, match="revert LS"):
        liquidity_after(5, -6)
    with pytest.raises(DomainError, match="revert LA"):
        liquidity_after(U128, 1)


@given(PRICES, PRICES, st.integers(0, U128))
def test_amounts_are_the_exact_ones_rounded(a: int, b: int, liquidity: int) -> None:
    low, high = min(a, b), max(a, b)
    exact0 = Fraction((liquidity << 96) * (high - low), low * high)
    exact1 = Fraction(liquidity * (high - low), Q96)
    assert (amount0_between(a, b, liquidity, False), amount0_between(a, b, liquidity, True)) == (
        math.floor(exact0),
        math.ceil(exact0),
    )
    assert (amount1_between(a, b, liquidity, False), amount1_between(a, b, liquidity, True)) == (
        math.floor(exact1),
        math.ceil(exact1),
    )


@given(PRICES, LIQUIDITY, st.integers(0, 10**40), st.booleans())
def test_a_price_never_moves_further_than_the_input_pays_for(
    price: int, liquidity: int, amount: int, zero_for_one: bool
) -> None:
    try:
        after = next_price_from_input(price, liquidity, amount, zero_for_one)
    except DomainError:
        assert not zero_for_one
        assert price + amount * Q96 // liquidity >= 1 << 160
        return
    moved = amount0_between if zero_for_one else amount1_between
    assert after <= price if zero_for_one else after >= price
    assert moved(after, price, liquidity, True) <= amount


@given(PRICES, LIQUIDITY, st.integers(0, 10**40), st.booleans())
def test_a_price_moves_at_least_as_far_as_the_output_costs(
    price: int, liquidity: int, amount: int, zero_for_one: bool
) -> None:
    try:
        after = next_price_from_output(price, liquidity, amount, zero_for_one)
    except DomainError:
        # exactly when the virtual reserve, or for token0 the price of 160 bits, does not reach
        if zero_for_one:
            assert Fraction(amount * Q96, liquidity) > price - 1
        else:
            reserve = Fraction(liquidity * Q96, price)
            assert amount >= reserve or Fraction(liquidity * Q96) / (reserve - amount) > (1 << 160) - 1
        return
    assert (amount1_between if zero_for_one else amount0_between)(after, price, liquidity, False) >= amount


@given(PRICES, PRICES, st.integers(0, U128), st.integers(-(10**40), 10**40), FEES)
def test_a_step_stays_between_price_and_target_and_in_its_amount(
    price: int, target: int, liquidity: int, amount: int, fee: int
) -> None:
    step = swap_step(price, target, liquidity, amount, fee)
    assert min(price, target) <= step.sqrt_price <= max(price, target)
    if amount >= 0:
        assert step.amount_in + step.fee <= amount
    else:
        assert step.amount_out <= -amount
    if step.sqrt_price != target:
        assert (step.amount_in + step.fee == amount) if amount >= 0 else (step.amount_out == -amount)
    assert step.fee * (1_000_000 - fee) >= step.amount_in * fee


@given(PRICES, PRICES, LIQUIDITY, st.integers(1, 10**40), FEES)
def test_there_and_back_never_gains(price: int, target: int, liquidity: int, amount: int, fee: int) -> None:
    there = swap_step(price, target, liquidity, amount, fee)
    # the way back: all that came out goes in, towards the price it came from
    back = swap_step(there.sqrt_price, price, liquidity, there.amount_out, fee)
    assert back.amount_out <= there.amount_in
    assert back.amount_in + back.fee <= there.amount_out


@pytest.mark.parametrize(
    ("spacing", "most"),
    [
        (10, 1917569901783203986719870431555990),  # v3-core test/Tick.spec.ts: low, medium and high fee
        (60, 11505743598341114571880798222544994),
        (200, 38350317471085141830651933667504588),
    ],
)
def test_most_liquidity_per_tick(spacing: int, most: int) -> None:
    assert max_liquidity_per_tick(spacing) == most


@given(
    st.lists(st.integers(-3000, 3000), max_size=8, unique=True),
    st.integers(-150_000, 150_000),
    st.sampled_from((1, 10, 60)),
    st.booleans(),
)
def test_the_next_stop_is_the_first_tick_or_the_end_of_the_word(
    units: list[int], tick: int, spacing: int, falling: bool
) -> None:
    ticks = sorted(unit * spacing for unit in units)
    at = tick // spacing
    # brute force: walk unit by unit until a tick is initialised or the word of 256 ends
    unit = at if falling else at + 1
    while unit * spacing not in ticks and unit % 256 != (0 if falling else 255):
        unit += -1 if falling else 1
    found = next_stop(ticks, tick, spacing, falling)
    assert found == Stop(unit * spacing, unit * spacing in ticks)
    assert bisect_right(ticks, found.tick) == sum(t <= found.tick for t in ticks)


def test_stops_do_not_pass_the_ends() -> None:
    assert next_stop((), MIN_TICK + 3, 10, True) == Stop(MIN_TICK, False)
    assert next_stop((), MAX_TICK - 3, 10, False) == Stop(MAX_TICK, False)
