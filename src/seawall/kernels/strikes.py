"""Quotes of options that were not observed, and the listed strike nearest to a delta.

An SPX option is priced on the modelled SPX smile, a VIX call on the modelled future of its own expiry
(``kernels.modelled``); both with Black 1976. Whatever uses these prices is ``modelled``.

Strike grids (assumptions): SPX every ``step`` points; VIX every 0.5 from 5 to 15, 1 to 30, 5 above.
"""

import math
from typing import Final, NamedTuple

from seawall.kernels.black import delta_one, value_one
from seawall.kernels.compiled import compiled
from seawall.kernels.modelled import future_level, spx_vol, vix_option_vol

CALL: Final = 1.0
PUT: Final = -1.0
VIX_LOWEST: Final = 5.0
VIX_HALF_POINTS: Final = 20
VIX_POINTS: Final = 15
VIX_GRID_END: Final = 400


class IndexView(NamedTuple):
    """Everything an SPX option of one expiry is priced on: points, years, points, per year."""

    forward: float
    years: float
    vix: float
    anchor: float
    rate: float


class VolView(NamedTuple):
    """Everything a VIX option of one expiry is priced on: points, years, points, per year."""

    future: float
    years: float
    vvix: float
    rate: float


@compiled
def index_price(view: IndexView, strike: float, side: float) -> float:
    """Mid of an SPX option in points; intrinsic at ``years`` = 0."""
    if view.years <= 0.0:
        return max(side * (view.forward - strike), 0.0)
    vol = spx_vol(strike, view.forward, view.years, view.vix, view.anchor)
    return value_one(view.forward, strike, view.years, vol, math.exp(-view.rate * view.years), side)


@compiled
def index_delta(view: IndexView, strike: float, side: float) -> float:
    """Size of the discounted forward delta of an SPX option, in 0 .. 1; ``years`` > 0."""
    vol = spx_vol(strike, view.forward, view.years, view.vix, view.anchor)
    return abs(delta_one(view.forward, strike, view.years, vol, math.exp(-view.rate * view.years), side))


@compiled
def vol_price(view: VolView, strike: float) -> float:
    """Mid of a VIX call in points; intrinsic at ``years`` = 0."""
    if view.years <= 0.0:
        return max(view.future - strike, 0.0)
    vol = vix_option_vol(strike, view.future, view.years, view.vvix)
    return value_one(view.future, strike, view.years, vol, math.exp(-view.rate * view.years), CALL)


@compiled
def vol_delta(view: VolView, strike: float) -> float:
    """Discounted delta of a VIX call to its own future; ``years`` > 0."""
    vol = vix_option_vol(strike, view.future, view.years, view.vvix)
    return delta_one(view.future, strike, view.years, vol, math.exp(-view.rate * view.years), CALL)


@compiled
def vol_view(vix: float, anchor: float, vvix: float, years: float, rate: float) -> VolView:
    """VIX option view ``years`` before its expiry, on the modelled future."""
    return VolView(future_level(vix, anchor, max(years, 0.0)), years, vvix, rate)


@compiled
def index_strike(view: IndexView, side: float, target: float, step: float) -> float:
    """Out-of-the-money SPX strike whose delta is nearest to ``target``; the one nearer to the money if two are.

    ``step``: distance of listed strikes in points. Doubling finds a bracket, bisection the neighbours. A put goes no
    lower than one step.
    """
    first = math.ceil(view.forward / step) if side > 0.0 else math.floor(view.forward / step)
    last = first - 1.0 if side < 0.0 else 1e9
    low, high = 0.0, 1.0
    while high < last and index_delta(view, step * (first + side * high), side) > target:
        low, high = high, 2.0 * high
    high = min(high, last)
    while high - low > 1.0:
        middle = math.floor(0.5 * (low + high))
        if index_delta(view, step * (first + side * middle), side) > target:
            low = middle
        else:
            high = middle
    near, far = step * (first + side * low), step * (first + side * high)
    above = index_delta(view, near, side) - target
    below = target - index_delta(view, far, side)
    return near if above <= below else far


@compiled
def vol_grid(place: int) -> float:
    """VIX strike number ``place`` of the grid, counted from 0."""
    halves = min(place, VIX_HALF_POINTS)
    ones = min(max(place - VIX_HALF_POINTS, 0), VIX_POINTS)
    fives = max(place - VIX_HALF_POINTS - VIX_POINTS, 0)
    return VIX_LOWEST + 0.5 * halves + ones + 5.0 * fives


@compiled
def vol_strike(view: VolView, target: float) -> float:
    """VIX strike whose call delta is nearest to ``target``; the lower one if two are."""
    low, high = 0, VIX_GRID_END
    while high - low > 1:
        middle = (low + high) // 2
        if vol_delta(view, vol_grid(middle)) > target:
            low = middle
        else:
            high = middle
    above = vol_delta(view, vol_grid(low)) - target
    below = target - vol_delta(view, vol_grid(high))
    return vol_grid(low) if above <= below else vol_grid(high)
