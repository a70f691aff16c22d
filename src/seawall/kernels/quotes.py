"""Look up an observed option quote in a sorted table."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

STRIKE_UNITS: Final = 1000.0
"""Strikes are held as whole thousandths of a point, so that equal strikes are equal."""
KEYS: Final = 5


class QuoteTable(NamedTuple):
    """``keys`` (n, 5): row of the session, underlying, day number of the expiry, strike in thousandths, side (+1, -1).

    Rows rise lexicographically and are unique. ``bid``, ``ask`` (n,): points.
    """

    keys: Longs
    bid: Floats
    ask: Floats


@compiled
def _before(keys: Longs, at: int, wanted: tuple[int, int, int, int, int]) -> int:
    """-1 when row ``at`` stands before ``wanted``, 0 when it is it, 1 after."""
    for i in range(KEYS):
        if keys[at, i] != wanted[i]:
            return -1 if keys[at, i] < wanted[i] else 1
    return 0


@compiled
def find_quote(
    table: QuoteTable, row: int, underlying: int, expiry: int, strike: float, side: float
) -> tuple[float, float]:
    """Bid and ask of an option on a session, NaN and NaN where it was not quoted. Bisection.

    ``expiry``: days since 1970-01-01; ``side``: +1 call, -1 put.
    """
    wanted = (row, underlying, expiry, math.floor(strike * STRIKE_UNITS + 0.5), 1 if side > 0.0 else -1)
    low, high = 0, table.bid.size
    while low < high:
        middle = (low + high) // 2
        order = _before(table.keys, middle, wanted)
        if order == 0:
            return table.bid[middle], table.ask[middle]
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return math.nan, math.nan
