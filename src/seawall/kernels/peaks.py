"""Divergences: a price that makes a higher high while another line does not."""

import math

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]


@compiled
def prominent_peaks(x: Array, least: float) -> NDArray[np.int64]:
    """Rows of the strict local maxima whose prominence within ``x`` is at least ``least``, rising.

    Prominence: height over the higher of the two lowest points passed on the way to a higher value, or to the end.
    Flat tops are no peaks.
    """
    found = np.empty(x.size, dtype=np.int64)
    count = 0
    for i in range(1, x.size - 1):
        if not (x[i] > x[i - 1] and x[i] > x[i + 1]):
            continue
        left, right = x[i], x[i]
        j = i - 1
        while j >= 0 and x[j] <= x[i]:
            left = min(left, x[j])
            j -= 1
        j = i + 1
        while j < x.size and x[j] <= x[i]:
            right = min(right, x[j])
            j += 1
        if x[i] - max(left, right) >= least:
            found[count] = i
            count += 1
    return found[:count]


@compiled
def _divergence_rows(price: Array, other: Array, window: int, apart: int) -> Array:
    out = np.full(price.size, np.nan)
    for t in range(window - 1, price.size):
        part, line = price[t + 1 - window : t + 1], other[t + 1 - window : t + 1]
        if np.isnan(part).any() or np.isnan(line).any():
            continue
        mean = part.sum() / window
        spread = math.sqrt(((part - mean) ** 2).sum() / (window - 1))
        peaks = prominent_peaks(part, spread)
        out[t] = 0.0
        if peaks.size >= 2 and spread > 0.0:
            last = peaks[-1]
            for earlier in peaks[:-1]:
                if last - earlier >= apart and part[last] > part[earlier] and line[last] < line[earlier]:
                    out[t] = 1.0
    return out


@compiled
def _age_of_high_rows(x: Array, window: int) -> Array:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        part = x[t + 1 - window : t + 1]
        if not np.isnan(part).any():
            age = 0
            for back in range(1, window):
                if part[window - 1 - back] > part[window - 1 - age]:
                    age = back
            out[t] = float(age)
    return out


def divergence(price: Array, other: Array, window: int, apart: int) -> Array:
    """1 where, within the trailing window, the last prominent peak of ``price`` is a higher high on a lower ``other``.

    Both (n,); result (n,), NaN while the window is not full or contains NaN. A peak counts if its prominence is at
    least one standard deviation (ddof 1) of the price in the window; the two peaks are at least ``apart`` rows apart.
    For lows pass both negated. Raises ``DomainError`` for shapes that do not fit or a window below 3.
    """
    first, second = np.ascontiguousarray(price, dtype=np.float64), np.ascontiguousarray(other, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise DomainError(f"price {first.shape} and other {second.shape} do not fit: pass two columns of one length")
    if window < 3:
        raise DomainError(f"window {window} has no room for a peak: use at least 3")
    return _divergence_rows(first, second, window, apart)


def age_of_high(x: Array, window: int) -> Array:
    """Rows since the highest value of the trailing window, 0 if it is the row itself, (n,); of equals the latest.

    NaN while the window is not full or contains NaN. Raises ``DomainError`` for a window below 1.
    """
    if window < 1:
        raise DomainError(f"window {window} is empty: use at least 1")
    return _age_of_high_rows(np.ascontiguousarray(x, dtype=np.float64), window)
