"""Raw SVI through quoted total variances: least squares from eight starts, then a polish that keeps h >= 0.

For fixed (m, s) the parameters a, b rho s and b s enter linearly, so the search is in two dimensions (Zeliade Systems,
"Quasi-explicit calibration of Gatheral's SVI model", 2009). The polish moves all five parameters with a penalty on
negative Durrleman h (METHOD 1.2). Both searches are Nelder and Mead's simplex (1965).
"""

import math

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled
from seawall.kernels.smile import CHECK_POINTS, CHECK_REACH, LEE_BOUND, Svi, durrleman_one

Floats = NDArray[np.float64]

STARTS = 8
_STEPS_2, _STEPS_5 = 90, 400
_PENALTY = 1.0
_FAR, _FAR_STEP = 20, 1.15  # points a side beyond the check grid, out to |k| = 24
_MARGIN = 1e-3  # h is kept above this
_EDGE = 0.999  # |rho| and the Lee slope stay below this part of their bound
_ROOM, _LEAST_S = 0.5, 0.002  # in spans of the quotes: how far m may leave them, how small s may be
_FLOOR = 1e-3  # least total variance, as part of the mean of the quotes


@compiled
def _linear(k: Floats, w: Floats, weight: Floats, m: float, s: float, out: Floats) -> float:
    """Best (a, b, rho) for fixed m, s into out; returns the weighted sum of squares."""
    n00 = n01 = n02 = n11 = n12 = n22 = r0 = r1 = r2 = 0.0
    for i in range(k.size):
        y = (k[i] - m) / s
        z = math.sqrt(y * y + 1.0)
        u = weight[i] * weight[i]
        n00 += u
        n01 += u * y
        n02 += u * z
        n11 += u * y * y
        n12 += u * y * z
        n22 += u * z * z
        r0 += u * w[i]
        r1 += u * w[i] * y
        r2 += u * w[i] * z
    c11, c12, c22 = n11 - n01 * n01 / n00, n12 - n01 * n02 / n00, n22 - n02 * n02 / n00
    q1, q2 = r1 - n01 * r0 / n00, r2 - n02 * r0 / n00
    det = c11 * c22 - c12 * c12
    d, c = 0.0, 0.0
    if det > 1e-14 * c11 * c22:
        d, c = (q1 * c22 - q2 * c12) / det, (q2 * c11 - q1 * c12) / det
    if c <= 0.0 or abs(d) > _EDGE * c:  # on the edge d = +-c, which is a line in one unknown
        sign = 1.0 if d > 0.0 or q1 > 0.0 else -1.0
        edge = sign * _EDGE
        along = c11 * edge * edge + 2.0 * c12 * edge + c22
        c = max((q1 * edge + q2) / along, 1e-12) if along > 0.0 else 1e-12
        d = edge * c
    steep = (c + abs(d)) / (_EDGE * LEE_BOUND * s)
    if steep > 1.0:
        c, d = c / steep, d / steep
    a = (r0 - n01 * d - n02 * c) / n00
    a = max(a, _FLOOR * r0 / n00 - math.sqrt(max(c * c - d * d, 0.0)))
    out[0], out[1], out[2] = a, c / s, d / c
    cost = 0.0
    for i in range(k.size):
        y = (k[i] - m) / s
        gap = (a + d * y + c * math.sqrt(y * y + 1.0) - w[i]) * weight[i]
        cost += gap * gap
    return cost


@compiled
def _negative(a: float, b: float, rho: float, m: float, s: float) -> float:
    """Sum of squares of what h misses to be positive, over the check grid and further out on both sides."""
    total = 0.0
    for i in range(CHECK_POINTS + 2 * _FAR):
        if i < CHECK_POINTS:
            at = CHECK_REACH * (2.0 * i / (CHECK_POINTS - 1) - 1.0)
        else:
            at = CHECK_REACH * _FAR_STEP ** ((i - CHECK_POINTS) // 2 + 1) * (1.0 if i % 2 == 0 else -1.0)
        y = at - m
        root = math.sqrt(y * y + s * s)
        h = durrleman_one(at, a + b * (rho * y + root), b * (rho + y / root), b * s * s / (root * root * root))
        total += min(h - _MARGIN, 0.0) ** 2
    return total


@compiled
def _raw(x: Floats, floor: float, out: Floats) -> None:
    """(a, b, rho, m, s) of x = (ln least w, ln b, artanh rho, m / s, ln s); w stays above `floor`."""
    rho, s = min(max(math.tanh(x[2]), -_EDGE), _EDGE), math.exp(x[4])
    b = min(math.exp(x[1]), _EDGE * LEE_BOUND / (1.0 + abs(rho)))
    out[0] = max(math.exp(x[0]), floor) - b * s * math.sqrt(1.0 - rho * rho)
    out[1], out[2], out[3], out[4] = b, rho, x[3] * s, s


@compiled
def _cost(x: Floats, k: Floats, w: Floats, weight: Floats, scale: float, out: Floats) -> float:
    """Weighted squares of two (m, ln s) or five parameters, plus `scale` times the penalty; out takes the raw ones.

    m and s are held near the quotes, else a line or a parabola runs off to infinity.
    """
    span = k[-1] - k[0]
    if x.size == 5:
        _raw(x, _FLOOR * w.mean(), out)
        if out[4] > span or out[3] < k[0] - _ROOM * span or out[3] > k[-1] + _ROOM * span:
            return math.inf
        cost = 0.0
        for i in range(k.size):
            y = k[i] - out[3]
            gap = out[0] + out[1] * (out[2] * y + math.sqrt(y * y + out[4] * out[4])) - w[i]
            cost += gap * gap * weight[i] * weight[i]
    else:
        m = min(max(x[0], k[0] - _ROOM * span), k[-1] + _ROOM * span)
        s = min(max(math.exp(x[1]), _LEAST_S * span), span)
        cost = _linear(k, w, weight, m, s, out)
        out[3], out[4] = m, s
    if scale > 0.0:
        cost += _PENALTY * scale * _negative(out[0], out[1], out[2], out[3], out[4])
    return cost


@compiled
def _simplex(x: Floats, step: float, steps: int, k: Floats, w: Floats, weight: Floats, scale: float) -> float:
    """Nelder-Mead from x, which is overwritten by the best point; returns its value."""
    n = x.size
    room = np.empty(5)
    points = np.empty((n + 1, n))
    values = np.empty(n + 1)
    for j in range(n + 1):
        points[j] = x
        if j > 0:
            points[j, j - 1] += step
        values[j] = _cost(points[j], k, w, weight, scale, room)
    for _ in range(steps):
        best, worst = np.argmin(values), np.argmax(values)
        if values[worst] - values[best] <= 1e-10 * abs(values[best]) + 1e-300:
            break
        second = values[best]
        centre = np.zeros(n)
        for j in range(n + 1):
            if j != worst:
                centre += points[j] / n
                second = max(second, values[j])
        trial = 2.0 * centre - points[worst]
        found = _cost(trial, k, w, weight, scale, room)
        if found < values[best]:
            further = 3.0 * centre - 2.0 * points[worst]
            beyond = _cost(further, k, w, weight, scale, room)
            if beyond < found:
                trial, found = further, beyond
        elif found >= second:
            inner = 0.5 * (centre + (trial if found < values[worst] else points[worst]))
            trial, found = inner, _cost(inner, k, w, weight, scale, room)
            if found >= values[worst]:
                for j in range(n + 1):
                    if j != best:
                        points[j] = 0.5 * (points[j] + points[best])
                        values[j] = _cost(points[j], k, w, weight, scale, room)
                continue
        points[worst], values[worst] = trial, found
    best = np.argmin(values)
    x[:] = points[best]
    return float(values[best])


@compiled
def _start(index: int, k: Floats, x: Floats) -> None:
    """One of eight starting points (m, ln s): four places along the quotes, two widths."""
    low, high = k[0], k[-1]
    span = high - low
    x[0] = low + span * (0.35 + 0.2 * (index // 2))
    x[1] = math.log(span * (0.05 if index % 2 == 0 else 0.25))


@compiled
def svi_into(k: Floats, w: Floats, weight: Floats, out: Floats) -> float:
    """Fill out with (a, b, rho, m, s) through at least five rising k; returns the weighted sum of squares.

    ``weight`` multiplies the errors of w. Inputs are trusted.
    """
    mean = 0.0
    size = 0.0
    for i in range(k.size):
        mean += w[i] / k.size
        size += (w[i] * weight[i]) ** 2
    span = k[-1] - k[0]
    least, x, kept = math.inf, np.empty(2), np.empty(2)
    for index in range(STARTS):
        _start(index, k, x)
        _simplex(x, 0.1 * span, _STEPS_2, k, w, weight, 0.0)
        cost = _cost(x, k, w, weight, size, out)
        if cost < least:
            least = cost
            kept[:] = x
    if _cost(kept, k, w, weight, 0.0, out) < least:  # the best start is not free of arbitrage
        least = _simplex(kept, 0.02 * span, _STEPS_2, k, w, weight, size)
        _cost(kept, k, w, weight, size, out)
        y = np.empty(5)
        low = out[0] + out[1] * out[4] * math.sqrt(1.0 - out[2] * out[2])
        y[0], y[1], y[2] = math.log(max(low, _FLOOR * mean)), math.log(out[1]), math.atanh(out[2])
        y[3], y[4] = out[3] / out[4], math.log(out[4])
        least = _simplex(y, 0.05, _STEPS_5, k, w, weight, size)
        _raw(y, _FLOOR * mean, out)
    return least


def fit_svi(k: Floats, w: Floats, weight: Floats) -> Svi:
    """Raw SVI of least weighted squares through (k, w), with a penalty on butterfly arbitrage.

    ``k`` rises; at least five points; ``weight`` > 0 multiplies the errors. The result may still have h < 0:
    ask :func:`seawall.kernels.smile.svi_butterfly`.
    """
    out = np.empty(5)
    at, variance, factor = (np.ascontiguousarray(column, dtype=np.float64) for column in (k, w, weight))
    svi_into(at, variance, factor, out)
    return Svi(*(float(value) for value in out))
