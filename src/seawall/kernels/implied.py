"""Implied volatility: a good start and always four Householder steps of order three, without a branch.

The price is brought to the out-of-the-money side and divided by its maximum, c = V / (D min(F, K)) in (0, 1). With
x = -|ln(F/K)|, e1 = x/s + s/2, e2 = e1 - s and Y the Mills ratio,

    c = n(e1) [Y(-e1) - Y(-e2)],    1 - c = n(e1) [Y(e1) + Y(-e2)],

so the logarithm of either needs no exponential. Below the inflection s^2 = 2|x| the steps solve ln c(s) = ln c, above
it ln(1 - c(s)) = ln(1 - c). METHOD 1.1; the idea of the two objectives is Jaeckel's, "Let's Be Rational" (2015).
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import BoundsError, DomainError
from seawall.core.status import Status
from seawall.kernels.compiled import compiled, compiled_inline
from seawall.kernels.normal import (
    INV_SQRT_2PI,
    LN_SQRT_2PI,
    REACH,
    SQRT_2PI,
    exp_fast,
    log_fast,
    log_ratio,
    mills_pair,
)

Floats = NDArray[np.float64]

IMPLIED_STATUS: tuple[Status, ...] = (
    Status.FOUND,
    Status.AT_BOUND,
    Status.BELOW_INTRINSIC,
    Status.ABOVE_MAXIMUM,
    Status.INVALID,
)
"""Meaning of the status codes: `IMPLIED_STATUS[code]`."""
_FOUND, _AT_BOUND, _BELOW, _ABOVE, _INVALID = 0, 1, 2, 3, 4

NORMAL_START = (0.9847237388534152, 0.11774461093419575, 0.8904633165418143)
"""z^2 = y^2 / (y + 4) times this polynomial in y / (y + 4), y = ln(1 + 0.8 z / (n(z) - z N(-z)))."""
STEPS = 4
"""Householder steps; three reach rounding wherever s <= 10, the fourth is a reserve."""
_NORMAL_SCALE = 0.8
_NORMAL_BEND = 4.0
_NEAR = 1e-6  # below it n(z) - z N(-z) is a line
BOUND_TOLERANCE = 1e-12
"""A price may miss its bounds by this part of the forward (rounding of a quote)."""
_ROUNDING = 4.0 * 2.0**-52
_MILLS_0 = 1.2533141373155003
_SMALL = 0.05
_BLOCK = 256


@compiled_inline
def _start(wide: float, c: float) -> tuple[float, bool]:
    """First guess of s from |x| and c, and whether to solve for ln c rather than ln(1 - c).

    Low prices: for small s the value is normal, c e^(-|x|/2) = s [n(z) - z N(-z)] with z = |x|/s, so |x| e^(|x|/2) / c
    gives z alone; its inverse is fitted to 0.5 % (`scripts/derive_mills.py`). The factor after it is the next order in
    s, s^2/24 at the money and s^2/8 over z^2 far from it. High prices: METHOD 1.1, exponential beyond the inflection.
    """
    bend = math.sqrt(2.0 * wide)
    _, difference = mills_pair(0.0, bend)
    total = 2.0 * _MILLS_0 - difference
    on_price = c < max(INV_SQRT_2PI * difference, _SMALL)
    gap_ratio = INV_SQRT_2PI * total / (1.0 - c)
    scarcity = _NORMAL_SCALE * wide * exp_fast(0.5 * wide) / c
    y = log_fast(1.0 + scarcity if on_price else gap_ratio)
    above = bend + total * y
    w = y / (y + _NORMAL_BEND)
    z_squared = y * w * (NORMAL_START[0] + w * (NORMAL_START[1] + w * NORMAL_START[2]))
    s = wide / math.sqrt(z_squared) if scarcity > _NEAR else SQRT_2PI * (c + 0.5 * wide)
    s = s + s * s * s / (24.0 + 8.0 * z_squared)
    return s if on_price else above, on_price


@compiled_inline
def _step(s: float, wide: float, on_price: bool, inverse: float) -> float:
    """One Householder step of order three on ln(c(s) / target), target = c or 1 - c, `inverse` = 1 / target."""
    per_s = 1.0 / s
    ratio = wide * per_s
    e1 = 0.5 * s - ratio
    near = max(-e1 if on_price else e1, -REACH)
    mills_1, difference = mills_pair(near, s if on_price else 2.0 * ratio)
    total = difference if on_price else 2.0 * mills_1 - difference
    slope = (1.0 if on_price else -1.0) / total
    f = log_fast(total * inverse) - LN_SQRT_2PI - 0.5 * e1 * e1
    newton = -f / slope
    h2 = ratio * ratio * per_s - 0.25 * s
    h2_slope = -3.0 * ratio * ratio * per_s * per_s - 0.25
    second = h2 - slope
    third = h2 * h2 + h2_slope + slope * (2.0 * slope - 3.0 * h2)
    factor = (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + third * newton / 6.0))
    moved = s + newton * min(max(factor, 0.1), 4.0)
    return min(max(moved, 0.25 * s), 4.0 * s)


@compiled_inline
def _solve(wide: float, c: float) -> float:
    """s = sigma sqrt(T) from |ln(F/K)| and c = V / (D min(F, K)) inside (0, 1)."""
    s, on_price = _start(wide, c)
    inverse = 1.0 / (c if on_price else 1.0 - c)
    for _ in range(STEPS):
        s = _step(s, wide, on_price, inverse)
    return s


@compiled
def normalised_implied(x: float, beta: float) -> float:
    """s = sigma sqrt(T) from log-moneyness x (its sign does not matter) and beta = out-of-the-money V / (D sqrt(FK)).

    0 at beta <= 0, infinite from the maximum e^(-|x|/2) on. Relative error 2e-12 for |x| <= 10, s <= 8, beta >= 1e-280.
    Source: METHOD 1.1.
    """
    wide = abs(x)
    c = beta * math.exp(0.5 * wide)
    if c <= 0.0:
        return 0.0
    if c >= 1.0:
        return math.inf
    return _solve(wide, c)


@compiled
def _normalised_into(x: Floats, beta: Floats, out: Floats) -> None:
    for i in range(x.size):
        out[i] = normalised_implied(x[i], beta[i])


def normalised_implied_array(x: ArrayLike, beta: ArrayLike) -> Floats:
    """:func:`normalised_implied` over arrays that broadcast.

    Raises:
        DomainError: a number is not finite.
    """
    wide, price = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(beta, dtype=np.float64))
    for name, values in (("x", wide), ("beta", price)):
        if not np.isfinite(values).all():
            index = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
            raise DomainError(f"{name} must be finite, was {values[index]} at index {index}: remove that element")
    out = np.empty(wide.size)
    _normalised_into(np.ascontiguousarray(wide).ravel(), np.ascontiguousarray(price).ravel(), out)
    return out.reshape(wide.shape)


@compiled_inline
def _outside(price: float, forward: float, strike: float, years: float, rate: float, side: float) -> int:
    """Status code of one price; FOUND when it has a volatility."""
    sound = abs(price) < math.inf and 0.0 < forward < math.inf and 0.0 < strike < math.inf
    if not (sound and 0.0 < years < math.inf and abs(rate) < math.inf and abs(side) == 1.0):
        return _INVALID
    undiscounted = price * exp_fast(rate * years)
    intrinsic = max(side * (forward - strike), 0.0)
    lower = min(forward, strike)
    value = undiscounted - intrinsic
    if value < -BOUND_TOLERANCE * forward:
        return _BELOW
    if value >= lower:
        return _ABOVE
    return _AT_BOUND if value <= _ROUNDING * intrinsic else _FOUND


@compiled
def _normalise(
    price: Floats, forward: Floats, strike: Floats, years: Floats, rate: Floats, side: Floats, block: Floats
) -> None:
    """Rows of block: s, |x|, 1/target, 1.0 where the objective is ln c, else 0.0."""
    for i in range(price.size):
        value = price[i] * exp_fast(rate[i] * years[i]) - max(side[i] * (forward[i] - strike[i]), 0.0)
        wide = abs(log_ratio(forward[i], strike[i]))
        c = value / min(forward[i], strike[i])
        s, on_price = _start(wide, c)
        block[0, i] = s
        block[1, i] = wide
        block[2, i] = 1.0 / (c if on_price else 1.0 - c)
        block[3, i] = 1.0 if on_price else 0.0


@compiled
def implied_into(
    price: Floats, forward: Floats, strike: Floats, years: Floats, rate: Floats, side: Floats, out: Floats
) -> None:
    """Fill out with the volatility of n options; garbage where :func:`status_into` does not say FOUND.

    All arrays are float64, contiguous, of one length. Loops are vector code; a step goes over a block before the next
    step does, so that many independent options hide the latency of each.
    """
    block = np.empty((4, _BLOCK))
    for first in range(0, price.size, _BLOCK):
        last = min(first + _BLOCK, price.size)
        part = slice(first, last)
        _normalise(price[part], forward[part], strike[part], years[part], rate[part], side[part], block)
        for _ in range(STEPS):
            for i in range(last - first):
                block[0, i] = _step(block[0, i], block[1, i], block[3, i] > 0.5, block[2, i])
        for i in range(last - first):
            out[first + i] = block[0, i] / math.sqrt(years[first + i])


@compiled
def status_into(
    price: Floats, forward: Floats, strike: Floats, years: Floats, rate: Floats, side: Floats, out: NDArray[np.int8]
) -> None:
    """Fill out with the status code of each price (see :data:`IMPLIED_STATUS`)."""
    for i in range(price.size):
        out[i] = _outside(price[i], forward[i], strike[i], years[i], rate[i], side[i])


def implied_vol(
    price: ArrayLike, forward: ArrayLike, strike: ArrayLike, years: ArrayLike, rate: ArrayLike, side: ArrayLike
) -> tuple[Floats, NDArray[np.int8]]:
    """Black implied volatility, with a status code for each option (see :data:`IMPLIED_STATUS`).

    Arguments broadcast; both results have their common shape. A bad element never raises and never stops the others:
    volatility is NaN with BELOW_INTRINSIC, ABOVE_MAXIMUM or INVALID, and 0 with AT_BOUND. A price at its maximum has no
    finite volatility and counts as above. An in-the-money price within 4 ulp of intrinsic counts as at the bound.
    years = 0 is INVALID: an expired option has no volatility.

    Source: METHOD 1.1.
    """
    given = [np.asarray(argument, dtype=np.float64) for argument in (price, forward, strike, years, rate, side)]
    shape = np.broadcast_shapes(*(array.shape for array in given))
    # An array that is spread out is copied: the compiled loop wants its own memory.
    v, f, k, t, r, cp = (
        (np.ascontiguousarray(array) if array.shape == shape else np.array(np.broadcast_to(array, shape))).ravel()
        for array in given
    )
    vol = np.empty(v.size)
    status = np.empty(v.size, dtype=np.int8)
    implied_into(v, f, k, t, r, cp, vol)
    status_into(v, f, k, t, r, cp, status)
    if status.any():
        vol[status == _AT_BOUND] = 0.0
        vol[status > _AT_BOUND] = math.nan
    return vol.reshape(shape), status.reshape(shape)


def implied_vol_one(price: float, forward: float, strike: float, years: float, rate: float, side: float) -> float:
    """Black implied volatility of one option; 0 when the price equals intrinsic.

    Raises:
        DomainError: a number is not finite, forward, strike or years <= 0, side not +1 or -1.
        BoundsError: the price is below intrinsic or above D F (call), D K (put).
    """
    vol, status = implied_vol(price, forward, strike, years, rate, side)
    found = IMPLIED_STATUS[int(status)]
    where = f"price {price}, forward {forward}, strike {strike}, years {years}, rate {rate}, side {side}"
    if found is Status.INVALID:
        raise DomainError(f"{found}: {where}; forward, strike and years must be > 0, side +1 or -1")
    if found in (Status.BELOW_INTRINSIC, Status.ABOVE_MAXIMUM):
        raise BoundsError(f"{found}: {where}")
    return float(vol)
