"""Tables of the Uniswap v3-core test-suite against `kernels.uniswap3` and `instruments.pool_state`, unit by unit.

Numbers reach 256 bits, so they are read as Python integers, never as floats, and nothing but equality passes: an
expected revert must raise, and where the table names the revert, the message must name the same.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Final

from seawall.app.verify.checks import Case
from seawall.app.verify.exact import Compared, ExactTopic, NotWholeError, Unusable, equal, whole
from seawall.app.verify.files import Line
from seawall.core.errors import SeawallError
from seawall.instruments.pool_state import Moved, PoolState, Range, mint, open_pool, swap
from seawall.kernels.uniswap3 import (
    amount0_between,
    amount1_between,
    next_price_from_input,
    next_price_from_output,
    swap_step,
)
from seawall.kernels.uniswap3_ticks import sqrt_price_at_tick, tick_at_sqrt_price

FLAGS: Final = {"true": True, "false": False}
REVERT: Final = "revert"
OWNER: Final = "provider"


def _flag(line: Line, name: str) -> bool:
    found = FLAGS.get(line.cells[name].lower())
    if found is None:
        raise NotWholeError(f"{name} {line.cells[name]!r} is neither true nor false")
    return found


def _all_equal(found: Sequence[int], expected: Sequence[int], names: Sequence[str]) -> list[Case]:
    return [equal(ours, theirs, name) for ours, theirs, name in zip(found, expected, names, strict=True)]


def _missed(where: str) -> Case:
    return Case(math.inf, 0.0, where)


def _against(line: Line, function: Callable[[], int]) -> Compared:
    """One number, or a revert, in the column ``expected``."""
    if line.cells["expected"].lower() == REVERT:
        try:
            function()
        except SeawallError:
            return (Case(0.0, 0.0),)
        return (_missed("did not revert"),)
    return (equal(function(), whole(line, "expected"), "expected"),)


def _compare_tick(line: Line) -> Compared:
    functions = {"getSqrtRatioAtTick": sqrt_price_at_tick, "getTickAtSqrtRatio": tick_at_sqrt_price}
    called = functions.get(line.cells["function"])
    if called is None:
        return Unusable(f"not covered: function {line.cells['function']!r}")
    value = whole(line, "input")
    return _against(line, lambda: called(value))


SQRT_PRICE: Final = {
    "getNextSqrtPriceFromInput": next_price_from_input,
    "getNextSqrtPriceFromOutput": next_price_from_output,
    "getAmount0Delta": amount0_between,
    "getAmount1Delta": amount1_between,
}
SQRT_PRICE_COLUMNS: Final = ("arg1_sqrtP_or_A", "arg2_liquidity_or_B", "arg3_amount_or_liquidity")
FLAG_COLUMN: Final = "flag_zeroForOne_or_roundUp"


def _compare_sqrt_price(line: Line) -> Compared:
    called = SQRT_PRICE.get(line.cells["function"])
    if called is None:
        return Unusable(f"not covered: function {line.cells['function']!r}")
    first, second, third = (whole(line, name) for name in SQRT_PRICE_COLUMNS)
    flag = _flag(line, FLAG_COLUMN)
    return _against(line, lambda: called(first, second, third, flag))


STEP_INPUTS: Final = ("sqrtRatioCurrentX96", "sqrtRatioTargetX96", "liquidity", "amountRemaining", "feePips")
STEP_EXPECTED: Final = (
    "expected_sqrtRatioNextX96", "expected_amountIn", "expected_amountOut", "expected_feeAmount",
)  # fmt: skip


def _compare_step(line: Line) -> Compared:
    price, target, liquidity, amount, fee = (whole(line, name) for name in STEP_INPUTS)
    expected = [whole(line, name) for name in STEP_EXPECTED]
    found = swap_step(price, target, liquidity, amount, fee)
    return tuple(_all_equal(found, expected, STEP_EXPECTED))


POOL: Final = ("feePips", "tickSpacing", "startSqrtPriceX96")
BEFORE: Final = ("amount0Before", "amount1Before", "tickBefore")
AFTER: Final = (
    "amount0Delta", "amount1Delta", "feeGrowthGlobal0X128Delta", "feeGrowthGlobal1X128Delta", "tickAfter",
)  # fmt: skip
SWAP: Final = ("positions_json", "zeroForOne", "amountSpecified", "sqrtPriceLimitX96", "error")


def _positions(line: Line) -> list[tuple[int, int, int]]:
    """Lower tick, upper tick and liquidity of every position of the pool."""
    text = line.cells["positions_json"]
    try:
        # a number of thousands of digits is refused by Python itself, as a ValueError
        rows = json.loads(text)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == 3 and all(type(cell) is int for cell in row) for row in rows
    ):
        raise NotWholeError(f"positions_json {text[:40]!r} is no list of [lower, upper, liquidity]")
    return [(lower, upper, liquidity) for lower, upper, liquidity in rows]


def _filled(line: Line) -> Moved:
    """The pool of a row with its positions, and what they put in."""
    positions = _positions(line)
    pool, total0, total1 = open_pool(*(whole(line, name) for name in POOL)), 0, 0
    for lower, upper, liquidity in positions:
        pool, amount0, amount1 = mint(pool, Range(OWNER, lower, upper), liquidity)
        total0, total1 = total0 + amount0, total1 + amount1
    return Moved(pool, total0, total1)


def _compare_swap(line: Line) -> Compared:
    """Amounts minted, the tick, then the swap's amounts, fee growth and tick, or its revert by name."""
    limit = whole(line, "sqrtPriceLimitX96") if line.cells["sqrtPriceLimitX96"] else None
    zero_for_one, amount, reverts = _flag(line, "zeroForOne"), whole(line, "amountSpecified"), line.cells["error"]
    before = [whole(line, name) for name in BEFORE]
    after = [] if reverts else [whole(line, name) for name in AFTER]
    pool, amount0, amount1 = _filled(line)
    cases = _all_equal((amount0, amount1, pool.tick), before, BEFORE)
    try:
        moved = swap(pool, zero_for_one, amount, limit)
    except SeawallError as fault:
        named = bool(reverts) and f"(revert {reverts})" in str(fault)
        return (*cases, Case(0.0, 0.0) if named else _missed(f"refused: {type(fault).__name__}"))
    if reverts:
        return (*cases, _missed(f"did not revert with {reverts}"))
    return (*cases, *_all_equal(_changes(pool, moved), after, AFTER))


def _changes(pool: PoolState, moved: Moved) -> Sequence[int]:
    """What a swap changed, in the order of the columns ``AFTER``."""
    grown = [now - was for now, was in zip(moved.pool.growth, pool.growth, strict=True)]
    return (moved.amount0, moved.amount1, *grown, moved.pool.tick)


EXACT_TOPICS: Final = (
    ExactTopic("v3core_tickmath", ("function", "input", "expected"), _compare_tick),
    ExactTopic("v3core_sqrtpricemath", ("function", *SQRT_PRICE_COLUMNS, FLAG_COLUMN, "expected"), _compare_sqrt_price),
    ExactTopic("v3core_swapmath", (*STEP_INPUTS, *STEP_EXPECTED), _compare_step),
    ExactTopic("v3core_pool_swaps", (*POOL, *SWAP, *BEFORE, *AFTER), _compare_swap),
)
