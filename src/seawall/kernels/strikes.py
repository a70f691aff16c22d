"""The plain grid of VIX strikes, and the strike on it nearest to a delta.

A VIX call is priced with Black 1976 on the future of its own expiry (``kernels.modelled.vix_option_vol``). The grid is
an assumption: every 0.5 from 5 to 15, 1 to 30, 5 above.
"""

import math
from typing import Final, NamedTuple

from seawall.kernels.black import delta_one
from seawall.kernels.compiled import borrowing
from seawall.kernels.modelled import vix_at_money, vix_smile

CALL: Final = 1.0
VIX_LOWEST: Final = 5.0
VIX_HALF_POINTS: Final = 20
VIX_POINTS: Final = 15
VIX_GRID_END: Final = 400


class VolView(NamedTuple):
    """Everything a VIX option of one expiry is priced on: points, years, points, per year."""

    future: float
    years: float
    vvix: float
    rate: float


@borrowing
def vol_delta(future: float, years: float, at: float, discount: float, strike: float) -> float:
    """Discounted delta of a VIX call to its own future; ``years`` > 0, ``at``: volatility at the money."""
    return delta_one(future, strike, years, vix_smile(strike, future, years, at), discount, CALL)


@borrowing
def vol_grid(place: int) -> float:
    """VIX strike number ``place`` of the grid, counted from 0."""
    halves = min(place, VIX_HALF_POINTS)
    ones = min(max(place - VIX_HALF_POINTS, 0), VIX_POINTS)
    fives = max(place - VIX_HALF_POINTS - VIX_POINTS, 0)
    return VIX_LOWEST + 0.5 * halves + ones + 5.0 * fives


@borrowing
def vol_place(strike: float) -> int:
    """Place of the highest grid strike at or below ``strike``; 0 below the grid."""
    low, high = 0, VIX_GRID_END
    while high - low > 1:
        middle = (low + high) // 2
        if vol_grid(middle) <= strike:
            low = middle
        else:
            high = middle
    return low


@borrowing
def vol_strike(view: VolView, target: float) -> float:
    """VIX strike whose call delta is nearest to ``target``; the lower one if two are."""
    at, discount = vix_at_money(view.years, view.vvix), math.exp(-view.rate * view.years)
    return strike_near(view.future, view.years, at, discount, target)


@borrowing
def strike_near(future: float, years: float, at: float, discount: float, target: float) -> float:
    """:func:`vol_strike` where the volatility ``at`` the money and the discount factor are known."""
    low, high = 0, VIX_GRID_END
    while high - low > 1:
        middle = (low + high) // 2
        if vol_delta(future, years, at, discount, vol_grid(middle)) > target:
            low = middle
        else:
            high = middle
    above = vol_delta(future, years, at, discount, vol_grid(low)) - target
    below = target - vol_delta(future, years, at, discount, vol_grid(high))
    return vol_grid(low) if above <= below else vol_grid(high)
