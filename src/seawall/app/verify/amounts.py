"""Positions minted on chain against `kernels.uniswap3_amounts`: liquidity of two amounts, and what the mint took."""

import re
from decimal import Decimal
from typing import Final

from seawall.app.verify.checks import Case
from seawall.app.verify.exact import Compared, ExactTopic, Unusable
from seawall.app.verify.files import Line
from seawall.kernels.uniswap3_amounts import Amounts, amounts_for_liquidity, liquidity_for_amounts
from seawall.kernels.uniswap3_ticks import sqrt_price_at_tick

NEAR: Final = 1e-13
"""Relative: the table gives token1 to 16 digits, of which the chain's liquidity follows."""
NUMBER: Final = re.compile(r"\d{1,40}(\.\d{1,40})?")
TICK: Final = re.compile(r"-?\d{1,6}")
AMOUNTS: Final = ("token0_in_usdc", "token1_in_eth")
TICKS: Final = ("tick_lower", "tick_upper")
EXPECTED: Final = ("expected_token0", "expected_token1", "expected_liquidity")
DECIMALS: Final = (6, 18)
WHOLE: Final = ("sqrtPriceX96", "expected_liquidity")


def _raw(text: str, decimals: int) -> int:
    """A whole-token amount in raw units, to the nearest."""
    return round(Decimal(text).scaleb(decimals))


def _relative(found: int, expected: int, where: str) -> Case:
    return Case(abs(found - expected) / max(expected, 1), NEAR, where)


def _compare_position(line: Line) -> Compared:
    cells = line.cells
    for name in (*AMOUNTS, *WHOLE, *EXPECTED):
        if not NUMBER.fullmatch(cells[name]) or (name in WHOLE and "." in cells[name]):
            return Unusable(f"unusable: {name} {cells[name][:40]!r} is not a number")
    for name in TICKS:
        if not TICK.fullmatch(cells[name]):
            return Unusable(f"unusable: {name} {cells[name][:40]!r} is not a tick")
    low, high = (sqrt_price_at_tick(int(cells[name])) for name in TICKS)
    price, expected = (int(cells[name]) for name in WHOLE)
    given = Amounts(*(_raw(cells[name], places) for name, places in zip(AMOUNTS, DECIMALS, strict=True)))
    liquidity = liquidity_for_amounts(price, low, high, given)
    taken = amounts_for_liquidity(price, low, high, liquidity, round_up=True)
    wanted0, wanted1 = (_raw(cells[name], places) for name, places in zip(EXPECTED[:2], DECIMALS, strict=True))
    return (
        Case(float(abs(taken.amount0 - wanted0)), 0.0, EXPECTED[0]),
        _relative(taken.amount1, wanted1, EXPECTED[1]),
        _relative(liquidity, expected, EXPECTED[2]),
    )


AMOUNT_TOPICS: Final = (
    ExactTopic("demeter_v3_positions", (*AMOUNTS, *TICKS, "sqrtPriceX96", *EXPECTED), _compare_position),
)
