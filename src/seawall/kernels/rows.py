"""The market of a run as the engine reads it: one row a session, and a lane that says which row each day is.

Rows hold what was seen at a close (or since the close before). A lane over the sessions themselves reads row t on
day t; a resampled lane reads other rows and compounds their moves. Levels of volatility are taken as they stand on the
row read; prices are compounded, so that they never jump with a block.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class Rows(NamedTuple):
    """Shape (n,) unless said; A crypto assets, M listed VIX futures. NaN where a value is unknown.

    ``move``: SPX close over the close before (1 on row 0). ``opening``: opening settlement print over the close of the
    same day. ``levels`` (n, 4): VIX9D, VIX, VIX3M, VIX6M in points, without gaps. ``skew``, ``vvix``: points. ``rate``:
    bills, continuous per year; ``dividend``: yield of SPX, continuous per year. ``curve_days`` (n, M): calendar days to
    the final settlement of each listed VIX future, rising; ``curve`` (n, M): their settlements in points. ``vro``:
    final settlement value of VIX on its expiry days. ``coin_move`` (n, A): close over the close before;
    ``coin_low``, ``coin_high`` (n, A): extremes since the close before over that earlier close. ``funding`` (n, A): sum
    of the funding rates since the close before (a long pays a positive one). ``fees`` (n, P): what pool program p
    earned since the close before, in units of its value while its price was in range.
    """

    move: Floats
    opening: Floats
    levels: Floats
    skew: Floats
    vvix: Floats
    rate: Floats
    dividend: Floats
    curve_days: Floats
    curve: Floats
    vro: Floats
    coin_move: Floats
    coin_low: Floats
    coin_high: Floats
    funding: Floats
    fees: Floats


class Lane(NamedTuple):
    """One path: ``source`` (days,) is the row each day reads; ``spot`` (days,) and ``coin`` (days, A) are prices."""

    source: Longs
    spot: Floats
    coin: Floats
