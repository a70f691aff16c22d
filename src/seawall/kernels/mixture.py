"""A smile as a mixture of lognormals: a density that cannot be negative, linear in its weights (METHOD 1.2).

With F = 1 the price at time T is ``sum weight_j L_j``, L_j lognormal with mean ``mean_j`` and deviation ``stdev_j`` of
its logarithm; weights are >= 0, sum to 1, and ``sum weight_j mean_j = 1``. Prices are then convex in strike for all
strikes whatever the weights, so fitting them to quotes is least squares under signs. Undiscounted prices over F.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.black import _parts
from seawall.kernels.compiled import compiled
from seawall.kernels.implied import implied_vol
from seawall.kernels.normal import INV_SQRT_2PI, SQRT_2PI

Floats = NDArray[np.float64]

TINY_PRICE = 1e-200
"""Below this an out-of-the-money price has no volatility worth having: the wing goes on flat."""


class Mixture(NamedTuple):
    """Weights, means and deviations of the components, arrays of one length."""

    weight: Floats
    mean: Floats
    stdev: Floats


class Basis(NamedTuple):
    """Components before their weights are known."""

    mean: Floats
    stdev: Floats


def basis(stdev: float, low: float, high: float, count: int, overlap: float = 1.1) -> Basis:
    """Components from ``low`` to ``high`` (in deviations ``stdev`` at the money), dense in the middle.

    Positions are even in arcsinh(z/2); each is as wide as ``overlap`` times the gap to its neighbours.
    """
    z = 2.0 * np.sinh(np.linspace(math.asinh(0.5 * low), math.asinh(0.5 * high), count))
    width = overlap * stdev * np.gradient(z)
    return Basis(np.exp(stdev * z), width)


@compiled
def prices_into(k: Floats, mean: Floats, stdev: Floats, out: Floats) -> None:
    """Fill out, shape (k.size, mean.size), with the price of each component: call for k >= 0, put below."""
    for i in range(k.size):
        side = 1.0 if k[i] >= 0.0 else -1.0
        strike = math.exp(k[i])
        for j in range(mean.size):
            _, _, value, _, _ = _parts(mean[j], strike, stdev[j])
            out[i, j] = value + max(side * (mean[j] - strike), 0.0)


@compiled
def _price_into(k: Floats, weight: Floats, mean: Floats, stdev: Floats, out: Floats) -> None:
    strike, side = np.exp(k), np.where(k >= 0.0, 1.0, -1.0)
    out[:] = 0.0
    for j in range(mean.size):
        for i in range(k.size):
            _, _, value, _, _ = _parts(mean[j], strike[i], stdev[j])
            out[i] += weight[j] * (value + max(side[i] * (mean[j] - strike[i]), 0.0))


def component_prices(k: Floats, mean: Floats, stdev: Floats) -> Floats:
    """Out-of-the-money price of every component at every k (at F = 1), shape (k.size, components)."""
    out = np.empty((k.size, mean.size))
    prices_into(np.ascontiguousarray(k), mean, stdev, out)
    return out


def normalised(weight: Floats, of: Basis) -> Mixture:
    """The mixture whose weights sum to 1 and whose mean is exactly 1; ``weight`` >= 0 with a positive sum."""
    share = weight / weight.sum()
    kept = share > 0.0
    share, mean, stdev = share[kept], of.mean[kept], of.stdev[kept]
    return Mixture(share, mean / float(share @ mean), stdev)


def mixture_price(k: Floats, of: Mixture) -> Floats:
    """Out-of-the-money price over F, shape of ``k``: call for k >= 0, put below."""
    flat = np.ascontiguousarray(k, dtype=np.float64).ravel()
    out = np.empty(flat.size)
    _price_into(flat, of.weight, of.mean, of.stdev, out)
    return out.reshape(np.shape(k))


@compiled
def _density_into(k: Floats, weight: Floats, mean: Floats, stdev: Floats, lift: Floats, out: Floats) -> None:
    """Density times e^lift, the exponents added before either can overflow."""
    for i in range(k.size):
        total = 0.0
        for j in range(weight.size):
            z = (k[i] - math.log(mean[j])) / stdev[j] + 0.5 * stdev[j]
            total += weight[j] * math.exp(lift[i] - 0.5 * z * z) / stdev[j]
        out[i] = INV_SQRT_2PI * total


def _density(k: Floats, of: Mixture, lift: Floats) -> Floats:
    flat = np.ascontiguousarray(k, dtype=np.float64).ravel()
    out = np.empty(flat.size)
    _density_into(flat, of.weight, of.mean, of.stdev, np.ascontiguousarray(lift).ravel(), out)
    return out.reshape(np.shape(k))


def mixture_density(k: Floats, of: Mixture) -> Floats:
    """Risk-neutral density of ln(S/F), shape of ``k``; never negative."""
    return _density(k, of, np.zeros(np.shape(k)))


def variance_of_price(k: Floats, price: Floats) -> Floats:
    """Total variance of out-of-the-money prices over F; 0 where the price is 0."""
    side = np.where(np.asarray(k) >= 0.0, 1.0, -1.0)
    vol, _ = implied_vol(price, 1.0, np.exp(k), 1.0, 0.0, side)
    return np.asarray(vol * vol)


def mixture_variance(k: Floats, of: Mixture, reach: tuple[float, float]) -> Floats:
    """Total variance, shape of ``k``; flat beyond ``reach``, where prices are below 1e-200."""
    inside = np.clip(k, *reach)
    return variance_of_price(inside, mixture_price(inside, of))


def mixture_reach(of: Mixture) -> tuple[float, float]:
    """Lowest and highest k at which an out-of-the-money price is still above 1e-200."""
    ends = []
    for side in (-1.0, 1.0):
        grid = side * np.geomspace(1e-3, 60.0, 200)
        alive = mixture_price(grid, of) > TINY_PRICE
        last = int(np.argmin(alive)) - 1 if not alive.all() else grid.size - 1
        ends.append(float(grid[max(last, 0)]))
    return ends[0], ends[1]


def mixture_durrleman(k: Floats, of: Mixture, w: Floats) -> Floats:
    """Durrleman's h from the density itself: h = density sqrt(2 pi w) e^(d2^2/2), with the total variance ``w``."""
    root = np.sqrt(w)
    d2 = -np.asarray(k) / root - 0.5 * root
    return np.asarray(_density(k, of, 0.5 * d2 * d2) * SQRT_2PI * root)
