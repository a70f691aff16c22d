"""Ticks of Uniswap v3 in exact integers: price of a tick, tick of a price, the next stop of a swap (METHOD 1.4).

Plain Python integers, one value at a time: the contract works in 256 bits and numba holds 64, so nothing here is
compiled. Square-root prices are Q64.96: token1 per token0 is ``(sqrt_price / 2**96)**2``. Where the contract reverts, a
named error is raised whose message ends in ``(revert CODE)``, CODE being the contract's own word where it has one.

Source: Adams, Zinsmeister, Salem, Keefer and Robinson, Uniswap v3 Core (2021), section 6; constants of the deployed
contract.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from seawall.core.errors import BoundsError, DomainError

Q96: Final = 1 << 96
Q128: Final = 1 << 128
U128: Final = (1 << 128) - 1
U160: Final = (1 << 160) - 1
U256: Final = (1 << 256) - 1

MIN_TICK: Final = -887272
MAX_TICK: Final = 887272
MIN_SQRT_PRICE: Final = 4295128739
"""Square-root price of the lowest tick: the lowest there is."""
MAX_SQRT_PRICE: Final = 1461446703485210103287273052203988822378723970342
"""Square-root price of the highest tick: every price is below it."""
SPACING_END: Final = 16384
"""Tick spacings end below this (the factory's rule)."""

LADDER: Final = (
    0xFFFCB933BD6FAD37AA2D162D1A594001,
    0xFFF97272373D413259A46990580E213A,
    0xFFF2E50F5F656932EF12357CF3C7FDCC,
    0xFFE5CACA7E10E4E61C3624EAA0941CD0,
    0xFFCB9843D60F6159C9DB58835C926644,
    0xFF973B41FA98C081472E6896DFB254C0,
    0xFF2EA16466C96A3843EC78B326B52861,
    0xFE5DEE046A99A2A811C461F1969C3053,
    0xFCBE86C7900A88AEDCFFC83B479AA3A4,
    0xF987A7253AC413176F2B074CF7815E54,
    0xF3392B0822B70005940C7A398E4B70F3,
    0xE7159475A2C29B7443B29C7FA6E889D9,
    0xD097F3BDFD2022B8845AD8F792AA5825,
    0xA9F746462D870FDF8A65DC1F90E061E5,
    0x70D869A156D2A1B890BB3DF62BAF32F7,
    0x31BE135F97D08FD981231505542FCFA6,
    0x9AA508B5B7A84E1C677DE54F3E99BC9,
    0x5D6AF8DEDB81196699C329225EE604,
    0x2216E584F5FA1EA926041BEDFE98,
    0x48A170391F7DC42444E8FA2,
)
"""1.0001^(-2^i / 2) as Q128.128, as the contract rounds it: entry i stands for bit i of the distance from tick 0."""
_TICKS_PER_LOG: Final = 2.0 / math.log(1.0001)
_WORD: Final = 256
"""Ticks (in units of the spacing) one word of the contract's bitmap holds: a swap pauses at the end of each."""


class Stop(NamedTuple):
    """Where the next step of a swap ends at the latest, and whether liquidity may change there."""

    tick: int
    initialised: bool


def unsigned(value: int, bits: int, name: str) -> int:
    """``value`` if it is an integer of 0 to ``bits`` bits. Raises DomainError otherwise; floats are not rounded."""
    if type(value) is not int:
        raise DomainError(f"{name} must be an int, was {value!r}: pass raw token units, not decimals")
    if value < 0 or value >> bits:
        raise DomainError(f"{name} must fit in {bits} unsigned bits, was {value}: check sign and units (revert)")
    return value


def signed(value: int, bits: int, name: str) -> int:
    """``value`` if it is an integer of ``bits`` bits with sign. Raises DomainError otherwise."""
    if type(value) is not int or not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise DomainError(f"{name} must be an int of {bits} signed bits, was {value!r}: pass raw token units (revert)")
    return value


def sqrt_price_at_tick(tick: int) -> int:
    """Q64.96 square-root price of a tick, rounded up as the contract does. Raises BoundsError outside the ticks.

    The product of the ladder entries of the bits set, each product cut to 128 bits, is what the contract defines as
    1.0001^(tick/2): away from tick 0 it differs from the exact power in its last digits.
    """
    if type(tick) is not int:
        raise DomainError(f"a tick must be an int, was {tick!r}: round the price to a tick first")
    if not MIN_TICK <= tick <= MAX_TICK:
        raise BoundsError(f"ticks go from {MIN_TICK} to {MAX_TICK}, was {tick}: check token order (revert T)")
    distance = abs(tick)
    ratio = Q128
    for bit, rung in enumerate(LADDER):
        if distance >> bit & 1:
            ratio = ratio * rung >> 128
    if tick > 0:
        ratio = U256 // ratio
    return -(-ratio >> 32)


def tick_at_sqrt_price(sqrt_price: int) -> int:
    """The highest tick whose square-root price does not exceed ``sqrt_price``, so negative ticks round down too.

    Raises BoundsError outside ``[MIN_SQRT_PRICE, MAX_SQRT_PRICE)``.
    """
    if type(sqrt_price) is not int:
        raise DomainError(f"a square-root price must be an int, was {sqrt_price!r}: pass the raw Q64.96 value")
    if not MIN_SQRT_PRICE <= sqrt_price < MAX_SQRT_PRICE:
        raise BoundsError(
            f"square-root prices go from {MIN_SQRT_PRICE} to below {MAX_SQRT_PRICE}, was {sqrt_price}: "
            "check the Q64.96 scale and token order (revert R)"
        )
    # a double is right to far better than one tick; the ladder decides the rest
    guess = math.floor((math.log(sqrt_price) - 96.0 * math.log(2.0)) * _TICKS_PER_LOG)
    tick = min(max(guess, MIN_TICK), MAX_TICK - 1)
    while sqrt_price_at_tick(tick) > sqrt_price:
        tick -= 1
    while sqrt_price_at_tick(tick + 1) <= sqrt_price:
        tick += 1
    return tick


def largest_tick(spacing: int) -> int:
    """The highest usable tick of a spacing; the lowest is its negative. Raises DomainError for no spacing."""
    if type(spacing) is not int or not 0 < spacing < SPACING_END:
        raise DomainError(f"the tick spacing must be an int from 1 to {SPACING_END - 1}, was {spacing!r} (revert)")
    return MAX_TICK // spacing * spacing


def max_liquidity_per_tick(spacing: int) -> int:
    """Most liquidity that may start or end at one tick: all ticks together stay within 128 bits."""
    return U128 // (2 * (largest_tick(spacing) // spacing) + 1)


def next_stop(initialised: Sequence[int], tick: int, spacing: int, falling: bool) -> Stop:
    """The next initialised tick in the direction of a swap, or the end of the word of 256 spacings it is in.

    ``initialised`` are ticks in rising order. Falling, a stop at ``tick`` itself counts; rising, it does not. The ends
    of words are no choice of ours: amounts and fees are rounded at each, so leaving them out changes the last digits.
    """
    unit = tick // spacing
    if falling:
        edge = max((unit - unit % _WORD) * spacing, MIN_TICK)
        place = bisect_right(initialised, tick) - 1
        if place >= 0 and initialised[place] >= edge:
            return Stop(initialised[place], True)
    else:
        edge = min((unit + _WORD - (unit + 1) % _WORD) * spacing, MAX_TICK)
        place = bisect_left(initialised, (unit + 1) * spacing)
        if place < len(initialised) and initialised[place] <= edge:
            return Stop(initialised[place], True)
    return Stop(edge, False)
