"""A v3 pool of several ticks: the contract's own swaps, exact fractions as oracle, and the laws of the accounts."""

import json
import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.published import reference

from seawall.core.errors import BookError, BoundsError, DomainError, RangeError, SeawallError
from seawall.instruments.pool_state import (
    Moved,
    PoolState,
    Range,
    Tokens,
    burn,
    collect,
    growth_inside,
    mint,
    open_pool,
    swap,
)
from seawall.kernels.uniswap3_ticks import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    Q96,
    Q128,
    U128,
    U256,
    max_liquidity_per_tick,
    sqrt_price_at_tick,
)

E18 = 10**18
FULL = Range("lp", -887220, 887220)


def opened(*positions: tuple[int, int, int], fee: int = 3000, spacing: int = 60, sqrt_price: int = Q96) -> Moved:
    """A pool with positions of one owner, and what they put in."""
    found = Moved(open_pool(fee, spacing, sqrt_price), 0, 0)
    for lower, upper, liquidity in positions:
        found = added(found, mint(found.pool, Range("lp", lower, upper), liquidity))
    return found


def added(before: Moved, step: Moved) -> Moved:
    """Balances of the pool after a step."""
    return Moved(step.pool, before.amount0 + step.amount0, before.amount1 + step.amount1)


def emptied(held: Moved) -> Moved:
    """Every position burnt and collected: the balances that remain. Burning pays nothing, collecting does."""
    for at, share in held.pool.shares.items():
        if share.liquidity:
            held = held._replace(pool=burn(held.pool, at, share.liquidity).pool)
        held = added(held, collect(held.pool, at))
    return held


@pytest.mark.shared
def test_every_swap_of_the_contracts_tests_and_all_positions_can_leave() -> None:
    for row in reference("v3core_pool_swaps.csv"):
        positions = [tuple(cells) for cells in json.loads(row["positions_json"])]
        fee, spacing, price = (int(row[name]) for name in ("feePips", "tickSpacing", "startSqrtPriceX96"))
        held = opened(*positions, fee=fee, spacing=spacing, sqrt_price=price)
        assert (held.amount0, held.amount1) == (int(row["amount0Before"]), int(row["amount1Before"])), row
        assert held.pool.tick == int(row["tickBefore"])
        limit = int(row["sqrtPriceLimitX96"]) if row["sqrtPriceLimitX96"] else None
        arguments = (row["zeroForOne"] == "True", int(row["amountSpecified"]), limit)
        if row["error"]:
            with pytest.raises(SeawallError, match=rf"\(revert {row['error']}\)"):
                swap(held.pool, *arguments)
        else:
            moved = swap(held.pool, *arguments)
            found = (moved.amount0, moved.amount1, *moved.pool.growth, moved.pool.tick)
            names = (
                "amount0Delta", "amount1Delta", "feeGrowthGlobal0X128Delta", "feeGrowthGlobal1X128Delta", "tickAfter",
            )  # fmt: skip
            assert found == tuple(int(row[name]) for name in names), row
            held = added(held, moved)
        left = emptied(held)
        # as the suite does after each case, everyone leaves: the pool is never short, and keeps at most some units for
        # each of 120 words and what one unit of price is worth, because the last price is rounded towards the pool
        unit0 = sum(p[2] for p in positions) * Q96 // (held.pool.sqrt_price - 1) ** 2
        unit1 = sum(p[2] for p in positions) // Q96
        assert 0 <= left.amount0 <= 500 + unit0, row
        assert 0 <= left.amount1 <= 500 + unit1, row
        assert (left.pool.liquidity, left.pool.ticks, left.pool.initialised) == (0, {}, ())


# ---- an oracle in fractions: no rounding, no words, one interval after another


def bare_swap(positions: list[tuple[int, int, int]], start: int, end: int) -> tuple[Fraction, Fraction]:
    """Tokens a trader must put in (positive) to move the price between two prices, without fee."""
    low, high = sorted((start, end))
    amount0 = amount1 = Fraction(0)
    for lower, upper, liquidity in positions:
        a, b = max(low, sqrt_price_at_tick(lower)), min(high, sqrt_price_at_tick(upper))
        if a < b:
            amount0 += Fraction(liquidity * Q96 * (b - a), a * b)
            amount1 += Fraction(liquidity * (b - a), Q96)
    return (amount0, -amount1) if end < start else (-amount0, amount1)


UNITS = st.integers(-400, 400)
POSITIONS = st.lists(
    st.tuples(UNITS, UNITS, st.integers(10**12, 10**22))
    .filter(lambda p: p[0] != p[1])
    .map(lambda p: (min(p[:2]) * 60, max(p[:2]) * 60, p[2])),
    min_size=1,
    max_size=5,
)
AMOUNTS = st.integers(1, 10**22).flatmap(lambda size: st.sampled_from((size, -size)))
SWAPS = st.lists(st.tuples(st.booleans(), AMOUNTS), min_size=1, max_size=5)


@given(POSITIONS, st.booleans(), AMOUNTS)
def test_amounts_are_those_of_the_curve_rounded_against_the_trader(
    positions: list[tuple[int, int, int]], zero_for_one: bool, amount: int
) -> None:
    held = opened(*positions, fee=0)
    # a limit some way off, so that prices stay where a step costs few units
    limit = sqrt_price_at_tick(-30000 if zero_for_one else 30000)
    moved = swap(held.pool, zero_for_one, amount, limit)
    exact = bare_swap(positions, held.pool.sqrt_price, moved.pool.sqrt_price)
    # at most two units a step, and no more steps than words and ticks; a price unit is worth up to L / 2^96
    slack = 2 * (2 + 30000 // (60 * 256) + 2 * len(positions)) + 10 * sum(p[2] for p in positions) // Q96 + 10
    for found, curve in zip((moved.amount0, moved.amount1), exact, strict=True):
        assert found >= math.floor(curve)
        assert found - curve <= slack


# ---- laws


@given(POSITIONS, SWAPS, st.sampled_from((0, 500, 3000)))
def test_the_pool_can_always_pay_everyone_and_keeps_dust(
    positions: list[tuple[int, int, int]], swaps: list[tuple[bool, int]], fee: int
) -> None:
    held = opened(*positions, fee=fee)
    for zero_for_one, amount in swaps:
        try:
            held = added(held, swap(held.pool, zero_for_one, amount))
        except RangeError:  # the price is at the end already
            continue
    assert list(held.pool.initialised) == sorted(held.pool.ticks)
    here = sum(t.net for tick, t in held.pool.ticks.items() if tick <= held.pool.tick)
    assert held.pool.liquidity == here
    left = emptied(held)
    assert left.amount0 >= 0
    assert left.amount1 >= 0
    assert left.pool.liquidity == 0
    assert not left.pool.ticks


@given(POSITIONS, st.booleans(), AMOUNTS, st.sampled_from((0, 500, 3000)))
def test_swapping_there_and_back_never_gains(
    positions: list[tuple[int, int, int]], zero_for_one: bool, amount: int, fee: int
) -> None:
    held = opened(*positions, fee=fee)
    there = swap(held.pool, zero_for_one, amount)
    got = -(there.amount1 if zero_for_one else there.amount0)
    assert got >= 0
    if got == 0:
        return
    back = swap(there.pool, not zero_for_one, got)
    assert there.amount0 + back.amount0 >= 0
    assert there.amount1 + back.amount1 >= 0


@given(POSITIONS)
def test_mint_then_burn_returns_at_most_what_was_put_in(positions: list[tuple[int, int, int]]) -> None:
    for lower, upper, liquidity in positions:
        at = Range("lp", lower, upper)
        put = mint(open_pool(3000, 60, Q96), at, liquidity)
        taken = burn(put.pool, at, liquidity)
        assert 0 <= put.amount0 + taken.amount0 <= 1
        assert 0 <= put.amount1 + taken.amount1 <= 1
        paid = collect(taken.pool, at)
        assert (paid.amount0, paid.amount1) == (taken.amount0, taken.amount1)


@given(st.booleans(), st.integers(1, 10**19), st.integers(10**12, 10**22), st.sampled_from((500, 3000, 10000)))
def test_growth_times_liquidity_is_the_fee(zero_for_one: bool, amount: int, liquidity: int, fee: int) -> None:
    held = opened((-887220, 887220, liquidity), fee=fee)
    # one step, so that the fee is known without the engine: ceil of its share of the input
    limit = sqrt_price_at_tick(-1 if zero_for_one else 1)
    moved = swap(held.pool, zero_for_one, amount, limit)
    spent = moved.amount0 if zero_for_one else moved.amount1
    growth = moved.pool.growth[0 if zero_for_one else 1]
    assert moved.pool.growth[1 if zero_for_one else 0] == 0
    earned = Fraction(growth * liquidity, Q128)
    # growth is cut at 2^-128 a unit of liquidity; input is rounded up, so the fee takes up to a price unit more
    slack = 2 + liquidity // Q96
    assert spent * Fraction(fee, 10**6) - slack <= earned <= spent * Fraction(fee, 10**6) + slack
    # what the position may collect is the same, rounded down
    share = burn(moved.pool, FULL, 0).pool.shares[FULL]
    assert share.owed[0 if zero_for_one else 1] == math.floor(earned)


@given(POSITIONS, SWAPS)
def test_growth_inside_adjacent_ranges_adds_up_to_all_of_it(
    positions: list[tuple[int, int, int]], swaps: list[tuple[bool, int]]
) -> None:
    edges = (-887220, -6000, 0, 1200, 887220)
    base = [(a, b, 10**15) for a, b in pairwise(edges)]
    pool = opened(*base, *positions).pool
    for zero_for_one, amount in swaps:
        try:
            pool = swap(pool, zero_for_one, amount, sqrt_price_at_tick(-880000 if zero_for_one else 880000)).pool
        except RangeError:
            continue
    parts = [growth_inside(pool, a, b) for a, b in pairwise(edges)]
    for token in range(2):
        assert sum(part[token] for part in parts) & U256 == pool.growth[token]


def test_fees_go_to_those_in_range_by_their_liquidity() -> None:
    held = opened((-887220, 887220, 3 * E18), (-60, 60, E18), (120, 240, 5 * E18))
    held = added(held, swap(held.pool, True, 10**14))  # stays in [-60, 60]
    assert -60 < held.pool.tick < 0
    owed = {at: burn(held.pool, at, 0).pool.shares[at].owed for at in held.pool.shares}
    assert owed[Range("lp", 120, 240)] == Tokens(0, 0)
    # 3e-3 of 1e14, three quarters and one quarter, each cut once by the growth and once by the division
    assert 3 * 10**11 * 3 // 4 - 2 <= owed[FULL].token0 <= 3 * 10**11 * 3 // 4
    assert 3 * 10**11 // 4 - 2 <= owed[Range("lp", -60, 60)].token0 <= 3 * 10**11 // 4


def test_a_fall_onto_a_tick_leaves_its_range() -> None:
    pool = opened((-60, 60, E18), (-120, -60, 2 * E18)).pool
    fallen = swap(pool, True, E18, sqrt_price_at_tick(-60)).pool
    assert (fallen.sqrt_price, fallen.tick, fallen.liquidity) == (sqrt_price_at_tick(-60), -61, 2 * E18)
    # the price is that of tick -60 and yet the position above is all token0: amounts go by tick
    taken = burn(fallen, Range("lp", -60, 60), E18)
    assert taken.amount0 < 0
    assert taken.amount1 == 0
    risen = swap(fallen, False, 1).pool
    assert (risen.tick, risen.liquidity) == (-60, E18)


def test_a_gap_without_liquidity_is_crossed_for_nothing() -> None:
    pool = opened((-887220, -60, 2 * E18), (60, 887220, 2 * E18)).pool
    assert pool.liquidity == 0
    moved = swap(pool, True, 1, sqrt_price_at_tick(-59))
    assert (moved.amount0, moved.amount1, moved.pool.growth) == (0, 0, Tokens(0, 0))


def test_growth_wraps_and_fees_are_still_right() -> None:
    plain = opened((-60, 60, E18)).pool
    before = Tokens(U256 - 7, U256)  # as after a very long life; a new tick takes the growth so far as outside
    wrapped = mint(replace(open_pool(3000, 60, Q96), growth=before), Range("lp", -60, 60), E18).pool
    owed = []
    for pool in (plain, wrapped):
        after = swap(swap(pool, True, 10**14).pool, False, 10**14).pool
        assert max(after.growth) <= U256
        owed.append(burn(after, Range("lp", -60, 60), 0).pool.shares[Range("lp", -60, 60)].owed)
    assert owed[0] == owed[1]
    assert owed[0].token0 > 0


def test_fees_are_booked_once_and_none_from_before_the_mint() -> None:
    pool = swap(opened((-887220, 887220, E18)).pool, True, 10**15).pool
    assert pool.growth.token0 > 0
    late = Range("late", -60, 60)
    pool = burn(mint(pool, late, E18).pool, late, 0).pool
    assert pool.shares[late].owed == Tokens(0, 0)
    once = burn(pool, FULL, 0).pool
    assert once.shares[FULL].owed.token0 > 0
    assert burn(once, FULL, 0).pool.shares[FULL] == once.shares[FULL]


def test_a_new_tick_takes_the_growth_so_far_as_outside_when_the_price_is_above_it() -> None:
    # white paper, equation 6.21
    pool = swap(opened((-887220, 887220, E18)).pool, True, 10**15).pool
    pool = mint(pool, Range("late", -60, 60), 1).pool
    assert -60 <= pool.tick < 60
    assert (pool.ticks[-60].outside, pool.ticks[60].outside) == (pool.growth, Tokens(0, 0))


def test_collecting_in_parts_and_what_was_never_owed() -> None:
    pool = burn(opened((-60, 60, E18)).pool, Range("lp", -60, 60), E18).pool
    owed = pool.shares[Range("lp", -60, 60)].owed
    part = collect(pool, Range("lp", -60, 60), 1, 0)
    assert (part.amount0, part.amount1) == (-1, 0)
    rest = collect(part.pool, Range("lp", -60, 60))
    assert (rest.amount0, rest.amount1) == (1 - owed.token0, -owed.token1)
    assert collect(rest.pool, Range("lp", -60, 60)) == Moved(rest.pool, 0, 0)
    assert collect(rest.pool, Range("stranger", -60, 60)) == Moved(rest.pool, 0, 0)


# ---- refusals


class Refused(NamedTuple):
    action: str
    arguments: tuple[object, ...]
    error: type[SeawallError]
    text: str


POOL = opened((-60, 60, E18)).pool
HERE = Range("lp", -60, 60)
REFUSED = (
    Refused("mint", (HERE, 0), DomainError, "liquidity of 0"),
    Refused("mint", (HERE, -1), DomainError, "unsigned"),
    Refused("mint", (HERE, 1e18), DomainError, "must be an int"),
    Refused("mint", (HERE, 1 << 127), DomainError, "127 unsigned bits"),
    Refused("mint", (Range("lp", 60, -60), 1), RangeError, "revert TLU"),
    Refused("mint", (Range("lp", 60, 60), 1), RangeError, "revert TLU"),
    Refused("mint", (Range("lp", -887273, 0), 1), BoundsError, "revert TLM"),
    Refused("mint", (Range("lp", 0, 887273), 1), BoundsError, "revert TUM"),
    Refused("mint", (Range("lp", -61, 60), 1), DomainError, "no multiple of 60"),
    Refused("mint", (Range("lp", -60.0, 60), 1), DomainError, "must be an int"),  # type: ignore[arg-type]
    Refused("mint", (HERE, max_liquidity_per_tick(60)), DomainError, "revert LO"),
    Refused("burn", (HERE, E18 + 1), DomainError, "revert LS"),
    Refused("burn", (Range("stranger", -60, 60), 1), DomainError, "revert LS"),
    Refused("burn", (Range("stranger", -60, 60), 0), BookError, "revert NP"),
    Refused("burn", (Range("lp", 60, -60), 0), RangeError, "revert TLU"),
    Refused("collect", (HERE, -1, 0), DomainError, "unsigned"),
    Refused("collect", (HERE, 0, U128 + 1), DomainError, "128 unsigned bits"),
    Refused("swap", (True, 0), DomainError, "revert AS"),
    Refused("swap", (True, 1.0), DomainError, "must be an int"),
    Refused("swap", (True, 1 << 255), DomainError, "256 signed bits"),
    Refused("swap", (True, 1, Q96), RangeError, "revert SPL"),
    Refused("swap", (False, 1, Q96), RangeError, "revert SPL"),
    Refused("swap", (True, 1, Q96 + 1), RangeError, "below the price"),
    Refused("swap", (False, 1, Q96 - 1), RangeError, "above the price"),
    Refused("swap", (True, 1, MIN_SQRT_PRICE), BoundsError, "revert SPL"),
    Refused("swap", (False, 1, MAX_SQRT_PRICE), BoundsError, "revert SPL"),
)
ACTIONS = {"mint": mint, "burn": burn, "collect": collect, "swap": swap}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.action}{case.arguments}")
def test_every_refusal_is_named_and_changes_nothing(case: Refused) -> None:
    before = (POOL, dict(POOL.ticks), dict(POOL.shares))
    with pytest.raises(case.error, match=case.text):
        ACTIONS[case.action](POOL, *case.arguments)  # type: ignore[operator]
    assert before == (POOL, dict(POOL.ticks), dict(POOL.shares))


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ((1_000_000, 60, Q96), DomainError),
        ((0.003, 60, Q96), DomainError),
        ((3000, 0, Q96), DomainError),
        ((3000, 16384, Q96), DomainError),
        ((3000, 60, MIN_SQRT_PRICE - 1), BoundsError),
        ((3000, 60, MAX_SQRT_PRICE), BoundsError),
        ((3000, 60, 1.0), DomainError),
    ],
)
def test_a_pool_that_cannot_be_is_refused(terms: tuple[int, int, int], error: type[SeawallError]) -> None:
    with pytest.raises(error):
        open_pool(*terms)


def test_an_operation_leaves_the_state_before_it_untouched() -> None:
    pool = opened((-60, 60, E18), (-600, 600, E18)).pool
    kept = PoolState(**{name: getattr(pool, name) for name in PoolState.__slots__})
    ticks = dict(pool.ticks)
    swap(pool, True, E18)
    burn(pool, Range("lp", -60, 60), E18)
    mint(pool, Range("lp", 0, 60), 1)
    assert pool == kept
    assert dict(pool.ticks) == ticks
