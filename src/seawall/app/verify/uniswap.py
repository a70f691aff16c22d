"""Tables of the Uniswap v3-core test-suite against `kernels.uniswap3` and `instruments.pool_state`, unit by unit.

Numbers reach 256 bits, so they are read as Python integers, never as floats, and nothing but equality passes: an
expected revert must raise, and where the table names the revert, the message must name the same.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, final

from seawall.app.verify.checks import Case, Check, Remark, joined, judged, not_covered, remarks_in_one
from seawall.app.verify.files import Line, joined_place, read_table, source_of
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

WHOLE: Final = re.compile(r"[+-]?\d{1,90}")
FLAGS: Final = {"true": True, "false": False}
REVERT: Final = "revert"
OWNER: Final = "provider"


class Unusable(NamedTuple):
    """Why a row cannot be compared."""

    reason: str


Compared = tuple[Case, ...] | Unusable


@final
@dataclass(frozen=True, slots=True)
class ExactTopic:
    """A table of integers: the columns it must have, and how a row is compared."""

    name: str
    columns: tuple[str, ...]
    compare: Callable[[Line], Compared]


class _NotWholeError(ValueError):
    """A cell that is no integer, flag or list; stays in this module."""


def _whole(line: Line, name: str) -> int:
    if not WHOLE.fullmatch(line.cells[name]):
        raise _NotWholeError(f"{name} {line.cells[name]!r} is not an integer")
    return int(line.cells[name])


def _flag(line: Line, name: str) -> bool:
    found = FLAGS.get(line.cells[name].lower())
    if found is None:
        raise _NotWholeError(f"{name} {line.cells[name]!r} is neither true nor false")
    return found


def _equal(found: int, expected: int, where: str) -> Case:
    """Exact equality; an error of 1 and more is in units of the last digit."""
    return Case(float(abs(found - expected)), 0.0, where)


def _all_equal(found: Sequence[int], expected: Sequence[int], names: Sequence[str]) -> list[Case]:
    return [_equal(ours, theirs, name) for ours, theirs, name in zip(found, expected, names, strict=True)]


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
    return (_equal(function(), _whole(line, "expected"), "expected"),)


def _compare_tick(line: Line) -> Compared:
    functions = {"getSqrtRatioAtTick": sqrt_price_at_tick, "getTickAtSqrtRatio": tick_at_sqrt_price}
    called = functions.get(line.cells["function"])
    if called is None:
        return Unusable(f"not covered: function {line.cells['function']!r}")
    value = _whole(line, "input")
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
    first, second, third = (_whole(line, name) for name in SQRT_PRICE_COLUMNS)
    flag = _flag(line, FLAG_COLUMN)
    return _against(line, lambda: called(first, second, third, flag))


STEP_INPUTS: Final = ("sqrtRatioCurrentX96", "sqrtRatioTargetX96", "liquidity", "amountRemaining", "feePips")
STEP_EXPECTED: Final = (
    "expected_sqrtRatioNextX96", "expected_amountIn", "expected_amountOut", "expected_feeAmount",
)  # fmt: skip


def _compare_step(line: Line) -> Compared:
    price, target, liquidity, amount, fee = (_whole(line, name) for name in STEP_INPUTS)
    expected = [_whole(line, name) for name in STEP_EXPECTED]
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
        raise _NotWholeError(f"positions_json {text[:40]!r} is no list of [lower, upper, liquidity]")
    return [(lower, upper, liquidity) for lower, upper, liquidity in rows]


def _filled(line: Line) -> Moved:
    """The pool of a row with its positions, and what they put in."""
    positions = _positions(line)
    pool, total0, total1 = open_pool(*(_whole(line, name) for name in POOL)), 0, 0
    for lower, upper, liquidity in positions:
        pool, amount0, amount1 = mint(pool, Range(OWNER, lower, upper), liquidity)
        total0, total1 = total0 + amount0, total1 + amount1
    return Moved(pool, total0, total1)


def _compare_swap(line: Line) -> Compared:
    """Amounts minted, the tick, then the swap's amounts, fee growth and tick, or its revert by name."""
    limit = _whole(line, "sqrtPriceLimitX96") if line.cells["sqrtPriceLimitX96"] else None
    zero_for_one, amount, reverts = _flag(line, "zeroForOne"), _whole(line, "amountSpecified"), line.cells["error"]
    before = [_whole(line, name) for name in BEFORE]
    after = [] if reverts else [_whole(line, name) for name in AFTER]
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


def check_exact(topic: ExactTopic, path: Path) -> Check:
    """Compare every row of a file exactly. Raises InputError when the file cannot be used at all."""
    table = read_table(path)
    if not table.rows:
        return not_covered(topic.name, joined(f"{path.name} has no rows", remarks_in_one(path.name, table.remarks)))
    table.require(topic.columns)
    cases: list[Case] = []
    remarks = list(table.remarks)
    compared = 0
    for line in table.rows:
        found = _compare_line(topic, line)
        if isinstance(found, Unusable):
            remarks.append(Remark(line.line, found.reason))
        else:
            cases += [case._replace(where=joined_place(line.line, case.where)) for case in found]
            compared += 1
    return judged(topic.name, compared, cases, source_of(table), remarks_in_one(path.name, remarks))


def _compare_line(topic: ExactTopic, line: Line) -> Compared:
    try:
        return topic.compare(line)
    except _NotWholeError as fault:
        return Unusable(f"unusable: {fault}")
    except SeawallError as fault:
        # a refusal where the table states a number is our answer, so it fails the row rather than stops the run
        return (_missed(f"refused: {type(fault).__name__}"),)


EXACT_TOPICS: Final = (
    ExactTopic("v3core_tickmath", ("function", "input", "expected"), _compare_tick),
    ExactTopic("v3core_sqrtpricemath", ("function", *SQRT_PRICE_COLUMNS, FLAG_COLUMN, "expected"), _compare_sqrt_price),
    ExactTopic("v3core_swapmath", (*STEP_INPUTS, *STEP_EXPECTED), _compare_step),
    ExactTopic("v3core_pool_swaps", (*POOL, *SWAP, *BEFORE, *AFTER), _compare_swap),
)
