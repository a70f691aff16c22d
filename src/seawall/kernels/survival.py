"""Whether an account lives through a horizon: first passage in closed form, on given paths, and on past windows.

The margin distance of an account, equity less maintenance, is ``base + sum q_j S_j - sum (|q_j| S_j m_k - D_k)``; it is
liquidated when that falls to zero. Random numbers are the caller's.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError
from seawall.kernels.compiled import compiled
from seawall.kernels.normal import norm_cdf

Array = NDArray[np.float64]


class Distance(NamedTuple):
    """Margin distance of one account over k assets: ``base`` dollars; spot, size, yearly volatility, shape (k,).

    ``correlation``: of log-returns, shape (k, k). ``tiers``: lower bound, rate and deduction of each tier, shape
    (k, 3, t); unused tiers start at infinity.
    """

    base: float
    spots: Array
    sizes: Array
    vols: Array
    correlation: Array
    tiers: Array


class VolDynamics(NamedTuple):
    """Log-volatility reverts to its start: ``dy = -reversion y dt + vol_of_vol dW``, per year, sigma = sigma_0 e^y.

    One factor for all assets; its shock correlates ``leverage`` with that of the first asset. Zeros: constant.
    """

    reversion: float
    vol_of_vol: float
    leverage: float


CONSTANT = VolDynamics(0.0, 0.0, 0.0)


@compiled
def _passage(barrier: float, drift: float, vol: float) -> float:
    """Chance that a Brownian motion with this drift and deviation over the horizon reaches ``barrier`` < 0."""
    first = norm_cdf((barrier - drift) / vol)
    weight = 2.0 * drift * barrier / (vol * vol)
    return min(first + math.exp(weight) * norm_cdf((barrier + drift) / vol), 1.0)


@compiled
def _passages(barrier: Array, drift: Array, vol: Array, out: Array) -> None:
    for i in range(out.size):
        side = -1.0 if barrier[i] > 0.0 else 1.0
        out[i] = 1.0 if barrier[i] == 0.0 else _passage(side * barrier[i], side * drift[i], vol[i])


def barrier_probability(log_distance: ArrayLike, vol: ArrayLike, years: ArrayLike, drift: ArrayLike = 0.0) -> Array:
    """Chance that a geometric Brownian motion touches a price within ``years``; broadcast shape.

    ``log_distance``: ln(barrier / spot), negative below; ``drift`` of the price per year, ``vol`` per root year.
    ``N((b - mT)/s) + exp(2 m b / sigma^2) N((b + mT)/s)``, m = drift - sigma^2/2, s = sigma sqrt(T), for b < 0;
    mirrored above (reflection principle; Harrison 1985). Raises ``DomainError`` for vol or years not positive.
    """
    b, s, t, mu = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (log_distance, vol, years, drift)))
    if not (np.all(np.isfinite(b)) and np.all(s > 0.0) and np.all(t > 0.0)):
        raise DomainError("volatility and years must be positive and the distance finite: check their units")
    out = np.empty(b.size)
    log_drift = (mu - 0.5 * s**2) * t
    _passages(b.ravel(), np.ascontiguousarray(log_drift.ravel()), np.ascontiguousarray((s * np.sqrt(t)).ravel()), out)
    return out.reshape(b.shape)


@compiled
def _tier(tiers: Array, notional: float) -> int:
    k = 0
    while k + 1 < tiers.shape[1] and tiers[0, k + 1] <= notional:
        k += 1
    return k


@compiled
def _margin(base: float, spots: Array, sizes: Array, tiers: Array, slope: Array) -> float:
    """Margin distance, and its change per unit of each price in ``slope``."""
    left = base
    for j in range(spots.size):
        notional = abs(sizes[j]) * spots[j]
        k = _tier(tiers[j], notional)
        left += sizes[j] * spots[j] - notional * tiers[j, 1, k] + tiers[j, 2, k]
        slope[j] = sizes[j] - abs(sizes[j]) * tiers[j, 1, k]
    return left


@compiled
def _path(distance: Distance, root: Array, rule: VolDynamics, step: float, shocks: Array, own: Array) -> float:
    """Chance of surviving one path: at each step alive, times the chance that the bridge between stayed alive."""
    k = distance.spots.size
    spot, slope, mixed = distance.spots.copy(), np.empty(k), np.empty(k)
    y, lives = 0.0, 1.0
    decay = math.exp(-rule.reversion * step)
    spread = math.sqrt(step)
    if rule.reversion > 0.0:
        spread = math.sqrt((1.0 - decay * decay) / (2.0 * rule.reversion))
    before = _margin(distance.base, spot, distance.sizes, distance.tiers, slope)
    if before <= 0.0:
        return 0.0
    for t in range(own.size):
        level, variance = math.exp(y), 0.0
        for i in range(k):
            mixed[i] = 0.0
            for j in range(i + 1):
                mixed[i] += root[i, j] * shocks[t, j]
        for i in range(k):
            for j in range(k):
                weight = slope[i] * spot[i] * distance.vols[i] * slope[j] * spot[j] * distance.vols[j]
                variance += weight * distance.correlation[i, j] * level * level * step
        for i in range(k):
            sigma = distance.vols[i] * level
            spot[i] *= math.exp(-0.5 * sigma * sigma * step + sigma * math.sqrt(step) * mixed[i])
        shock = rule.leverage * mixed[0] + math.sqrt(1.0 - rule.leverage**2) * own[t]
        y = decay * y + rule.vol_of_vol * spread * shock
        after = _margin(distance.base, spot, distance.sizes, distance.tiers, slope)
        if after <= 0.0:
            return 0.0
        if variance > 0.0:
            lives *= 1.0 - math.exp(-2.0 * before * after / variance)
        before = after
    return lives


@compiled
def _paths(
    distance: Distance, root: Array, rule: VolDynamics, step: float, shocks: Array, own: Array, out: Array
) -> None:
    for i in range(out.size):
        out[i] = _path(distance, root, rule, step, shocks[i], own[i])


def survival(distance: Distance, rule: VolDynamics, years: float, shocks: Array, own: Array) -> Array:
    """Chance of each path that the account is never liquidated within ``years``, shape (n,).

    ``shocks``: independent standard normals of the assets, shape (n, steps, k); ``own``: of the volatility, (n, steps).
    Prices have no drift. Between steps a Brownian bridge of the margin distance is used, so that few steps do. Raises
    ``DomainError`` for shapes that do not fit, years not positive, or a correlation that is none.
    """
    k = distance.spots.size
    if shocks.ndim != 3 or shocks.shape[2] != k or own.shape != shocks.shape[:2] or own.size == 0:
        raise DomainError(f"shocks of shape {shocks.shape} and {own.shape} do not fit {k} assets: give (n, steps, k)")
    if not years > 0.0 or not abs(rule.leverage) <= 1.0 or rule.reversion < 0.0:
        raise DomainError(f"years must be positive, |leverage| <= 1 and reversion >= 0, were {years}, {rule}")
    try:
        root = np.asarray(np.linalg.cholesky(distance.correlation), np.float64)
    except np.linalg.LinAlgError:
        raise DomainError("the correlation of the assets is not positive definite: check its rows") from None
    out = np.empty(own.shape[0])
    _paths(distance, root, rule, years / own.shape[1], shocks, own, out)
    return out


@compiled
def _windows(distance: Distance, prices: Array, length: int, hit: NDArray[np.bool_]) -> None:
    k = distance.spots.size
    spot, slope = np.empty(k), np.empty(k)
    for i in range(hit.size):
        hit[i] = False
        for t in range(1, length + 1):
            for j in range(k):
                spot[j] = distance.spots[j] * prices[i + t, j] / prices[i, j]
            if _margin(distance.base, spot, distance.sizes, distance.tiers, slope) <= 0.0:
                hit[i] = True
                break


def window_hits(distance: Distance, prices: Array, length: int) -> NDArray[np.bool_]:
    """For every window of ``length`` rows of past ``prices``, shape (n, k): would its returns have ended the account?

    Shape (n - length,). A close beyond the price counts, what happened between closes does not. Raises ``DomainError``
    for fewer rows than a window needs, or a price that is not positive.
    """
    past = np.ascontiguousarray(prices, np.float64)
    if past.ndim != 2 or past.shape[1] != distance.spots.size or not 1 <= length < past.shape[0]:
        raise DomainError(f"{past.shape} prices cannot hold a window of {length} rows: give more history")
    if not np.all(np.isfinite(past) & (past > 0.0)):
        raise DomainError("past prices must be positive: drop the rows that are not")
    hit = np.empty(past.shape[0] - length, np.bool_)
    _windows(distance, past, length, hit)
    return hit


def margin_distance(distance: Distance) -> float:
    """Dollars between equity and maintenance now."""
    slope = np.empty(distance.spots.size)
    return float(_margin(distance.base, distance.spots, distance.sizes, distance.tiers, slope))
