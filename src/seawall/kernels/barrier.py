"""First passage of a driftless lognormal price out of an interval: probability, side, and expected time.

The price is ``dS = sigma S dW``, so ``ln S`` drifts by ``-sigma^2/2``. In units of variance ``u = sigma^2 T`` and log
distance the two-barrier law has two series: images, which converge for small u, and sine modes, which converge for
large u (Borodin and Salminen, Handbook of Brownian Motion; Kunitomo and Ikeda 1992, with flat barriers). Each is used
where it needs few terms. ``low`` may be 0 and ``high`` infinite: then there is one barrier, or none.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.compiled import compiled
from seawall.kernels.normal import norm_cdf

Floats = NDArray[np.float64]

SWITCH: Final = 0.3
"""Variance over squared log width above which the modes are summed: there the sixth of either series is below 1e-17."""
TERMS: Final = 8


@compiled
def _between(low: float, high: float) -> float:
    """Normal probability of (low, high), from the tail that keeps its digits."""
    if low > 0.0:
        return norm_cdf(-low) - norm_cdf(-high)
    return norm_cdf(high) - norm_cdf(low)


@compiled
def exit_by_images(below: float, width: float, variance: float, terms: int) -> float:
    """Probability of leaving ``(0, width)`` from ``below``, by ``terms`` images to either side (finite width)."""
    root = math.sqrt(variance)
    shift = 0.5 * variance
    inside = 0.0
    for k in range(-terms, terms + 1):
        if k != 0:
            start = 2.0 * k * width - below + shift
            direct = _between(start / root, (start + width) / root)
            if direct > 0.0:
                inside += math.exp(k * width) * direct
        start = 2.0 * k * width + below + shift
        mirrored = _between(start / root, (start + width) / root)
        if mirrored > 0.0:
            inside -= math.exp(below + k * width) * mirrored
    outside = norm_cdf((shift - below) / root) + norm_cdf((below - width - shift) / root)
    return outside - inside


@compiled
def exit_by_modes(below: float, width: float, variance: float, terms: int) -> float:
    """Probability of leaving ``(0, width)`` from ``below``, by ``terms`` sine modes (finite width)."""
    far = math.exp(-0.5 * width)
    inside = 0.0
    for n in range(1, terms + 1):
        wave = n * math.pi / width
        sign = -1.0 if n % 2 == 0 else 1.0
        weight = wave * (1.0 + sign * far) / (0.25 + wave * wave)
        inside += math.sin(wave * below) * weight * math.exp(-0.5 * wave * wave * variance)
    return 1.0 - 2.0 / width * math.exp(0.5 * below - 0.125 * variance) * inside


@compiled
def _one_barrier(distance: float, variance: float, drift: float) -> float:
    """Reach a level at log ``distance`` > 0; ``drift`` towards it per unit of variance, -1/2 or +1/2."""
    root = math.sqrt(variance)
    mirrored = norm_cdf((-distance - drift * variance) / root)
    return norm_cdf((drift * variance - distance) / root) + (
        math.exp(2.0 * drift * distance) * mirrored if mirrored > 0.0 else 0.0
    )


@compiled
def exit_one(spot: float, low: float, high: float, variance: float) -> float:
    """Probability that the price has touched ``low`` or ``high``; 1 on an end."""
    if spot <= low or spot >= high:
        return 1.0
    if variance == 0.0 or (low == 0.0 and high == math.inf):
        return 0.0
    if high == math.inf:
        found = _one_barrier(math.log(spot / low), variance, 0.5)
    elif low == 0.0:
        found = _one_barrier(math.log(high / spot), variance, -0.5)
    else:
        below, width = math.log(spot / low), math.log(high / low)
        if variance <= SWITCH * width * width:
            found = exit_by_images(below, width, variance, TERMS)
        else:
            found = exit_by_modes(below, width, variance, TERMS)
    return min(max(found, 0.0), 1.0)


@compiled
def exit_years_one(spot: float, low: float, high: float, vol: float) -> float:
    """Expected years until the price touches an end; infinite where it may never do so."""
    if spot <= low or spot >= high:
        return 0.0
    if low == 0.0:
        return math.inf
    above = 0.0 if high == math.inf else (spot - low) / (high - low) * math.log(high / low)
    return 2.0 / (vol * vol) * (math.log(spot / low) - above)


@compiled
def _exits(table: Floats) -> Floats:
    found = np.empty(table.shape[1])
    for i in range(found.size):
        found[i] = exit_one(table[0, i], table[1, i], table[2, i], table[3, i] ** 2 * table[4, i])
    return found


@compiled
def _times(table: Floats) -> Floats:
    found = np.empty(table.shape[1])
    for i in range(found.size):
        found[i] = exit_years_one(table[0, i], table[1, i], table[2, i], table[3, i])
    return found


def _interval(spot: ArrayLike, low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats, Floats]:
    s, a, b = (np.asarray(x, dtype=np.float64) for x in (spot, low, high))
    if not (np.all(np.isfinite(s)) and np.all(s > 0.0)):
        raise DomainError("spot must be finite and > 0: check its units")
    if not (np.all(np.isfinite(a)) and np.all(a >= 0.0)) or np.any(np.isnan(b)):
        raise DomainError("low must be finite and >= 0, high a number or infinite: check their units")
    if np.any(a >= b):
        raise RangeError("low must be below high: swap or widen the range")
    return s, a, b


def _at_least_zero(name: str, values: ArrayLike, *, zero: bool) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.all(np.isfinite(array) & ((array >= 0.0) if zero else (array > 0.0))):
        raise DomainError(f"{name} must be finite and {'>= 0' if zero else '> 0'}: check its units")
    return array


def _table(*columns: Floats) -> tuple[Floats, tuple[int, ...]]:
    full = np.broadcast_arrays(*columns)
    return np.array([column.ravel() for column in full]), full[0].shape


def exit_probability(spot: ArrayLike, low: ArrayLike, high: ArrayLike, vol: ArrayLike, years: ArrayLike) -> Floats:
    """Probability that a driftless lognormal price leaves ``(low, high)`` within ``years``; 1 on an end or outside.

    Arrays broadcast. Raises DomainError, RangeError (low >= high).
    """
    columns = (
        *_interval(spot, low, high),
        _at_least_zero("vol", vol, zero=True),
        _at_least_zero("years", years, zero=True),
    )
    table, shape = _table(*columns)
    return _exits(table).reshape(shape)


def expected_exit_years(spot: ArrayLike, low: ArrayLike, high: ArrayLike, vol: ArrayLike) -> Floats:
    """Expected years until a driftless lognormal price leaves ``(low, high)``; inf where it may never (low 0).

    ``(2/sigma^2) (ln S - E ln S_exit)``, because ``ln S + sigma^2 t/2`` is a martingale.
    Raises DomainError, RangeError.
    """
    table, shape = _table(*_interval(spot, low, high), _at_least_zero("vol", vol, zero=False))
    return _times(table).reshape(shape)


def lower_exit_share(spot: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Probability that the price leaves a bounded range by its low end, ``(high - S)/(high - low)``: a martingale.

    1 below and 0 above the range; 1 where ``high`` is infinite. Raises DomainError, RangeError.
    """
    s, a, b = np.broadcast_arrays(*_interval(spot, low, high))
    bounded = np.isfinite(b)
    share = np.divide(b - s, b - a, out=np.ones(s.shape), where=bounded)
    return np.asarray(np.clip(share, 0.0, 1.0))
