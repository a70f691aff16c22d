"""Calls and puts of one strike side by side, and the line their difference lies on: ``C - P = D F - D K``.

Arrays only. Source: put-call parity of European options; Huber 1964 for the weights (METHOD 3.2).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.status import Status

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

NEAR_MONEY: Final = 0.05
FEWEST_PAIRS: Final = 4
DISCOUNT_RANGE: Final = (0.9, 1.01)
"""Discount of one year or less; the lower end is taken to the power of the years beyond one."""
HUBER: Final = 1.345
NARROWEST_SPREAD: Final = 0.01
STEPS: Final = 50


class Line(NamedTuple):
    """Forward and discount of one expiry, the standard error of the discount, and the pairs they were read from."""

    forward: float
    discount: float
    discount_error: float
    pairs: int
    status: Status


def match(group: Places, strike: Floats, right: Floats) -> tuple[Places, Places]:
    """Rows of calls and of the puts with the same group and strike, ordered by group and strike.

    Of equal rows the first counts. All shapes (n,); returns two arrays of one length.
    """
    order = np.lexsort((right, strike, group))
    g, k, side = group[order], strike[order], right[order]
    same = (g[1:] == g[:-1]) & (k[1:] == k[:-1])
    first = np.concatenate([[True], ~(same & (side[1:] == side[:-1]))]) if order.size else np.zeros(0, bool)
    order, g, k, side = order[first], g[first], k[first], side[first]
    # Puts (-1) sort before calls (+1), so a pair is two neighbours.
    at = np.flatnonzero((g[1:] == g[:-1]) & (k[1:] == k[:-1]))
    return order[at + 1], order[at]


class Given(NamedTuple):
    """Discount of a rate curve, for an expiry with too few pairs, and its standard error."""

    discount: float
    error: float


class Gaps(NamedTuple):
    """Pairs of one expiry: rising strikes, call mid minus put mid, and the sum of both bid-ask widths, shapes (n,)."""

    strike: Floats
    gap: Floats
    spread: Floats


def fit_line(pairs: Gaps, years: float, given: Given | None = None, window: float = NEAR_MONEY) -> Line:
    """Forward and discount of one expiry from pairs.

    The line is fitted over strikes within ``window`` (a share) of the one with the least ``|gap|``, weights
    ``1/spread^2`` times Huber's. A discount outside its range is held at the end it passed (``HELD``). Fewer than
    four pairs: the discount is ``given`` and the forward that of the single best strike (``SPARSE``); without pairs or
    without a discount the status is ``UNKNOWN`` and the numbers are nan.
    """
    strike, gap, spread = pairs
    if strike.size == 0:
        return Line(np.nan, np.nan, np.nan, 0, Status.UNKNOWN)
    best = int(np.argmin(np.abs(gap)))
    near = np.abs(strike / strike[best] - 1.0) <= window
    count = int(np.count_nonzero(near))
    if count < FEWEST_PAIRS:
        if given is None:
            return Line(np.nan, np.nan, np.nan, count, Status.UNKNOWN)
        forward = float(strike[best] + gap[best] / given.discount)
        return Line(forward, given.discount, given.error, count, Status.SPARSE)
    x, y = strike[near] - strike[best], gap[near]
    weight = 1.0 / np.maximum(spread[near], NARROWEST_SPREAD) ** 2
    slope, level, error = _robust(x, y, weight)
    low, high = DISCOUNT_RANGE[0] ** max(years, 1.0), DISCOUNT_RANGE[1]
    held = float(np.clip(-slope, low, high))
    status = Status.FOUND
    if held != -slope:
        status = Status.HELD
        _, level, _ = _robust(x, y + held * x, weight, flat=True)
    return Line(float(strike[best] + level / held), held, error, count, status)


def _robust(x: Floats, y: Floats, weight: Floats, *, flat: bool = False) -> tuple[float, float, float]:
    """Slope, value at zero and standard error of the slope by iteratively reweighted least squares."""
    slope = level = 0.0
    keep = np.ones_like(x)
    error = np.nan
    for _ in range(STEPS):
        w = weight * keep
        total = w.sum()
        centre, mean = float(w @ x) / total, float(w @ y) / total
        spread = float(w @ (x - centre) ** 2)
        before = (slope, level)
        slope = 0.0 if flat or spread <= 0.0 else float(w @ ((x - centre) * (y - mean))) / spread
        level = mean - slope * centre
        residual = (y - level - slope * x) * np.sqrt(weight)
        scale = 1.4826 * float(np.median(np.abs(residual)))
        if spread > 0.0:
            error = float(np.sqrt(np.mean(keep * residual**2) / spread))
        if scale <= 0.0 or np.allclose(before, (slope, level), rtol=1e-13, atol=1e-13):
            break
        keep = np.minimum(1.0, HUBER * scale / np.maximum(np.abs(residual), 1e-300))
    return slope, level, error
