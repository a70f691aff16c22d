"""Dollar gamma of many options over many spots at once: what a book's delta gains when the price moves 1 % (METHOD 4).

An option's ``S^2 gamma = D F n(d1) / s``, s its deviation. When the spot moves to S e^u its forward moves with it, and
its volatility stays with the strike: d1 becomes (x + u) / s + s / 2. So one exponential an option and spot is all.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.kernels.compiled import compiled
from seawall.kernels.normal import INV_SQRT_2PI, exp_fast

Floats = NDArray[np.float64]

PER_PCT = 0.01


def gamma_usd_per_pct(gamma: ArrayLike, contracts: ArrayLike, spot: ArrayLike, multiplier: float) -> Floats:
    """Dollars of delta per 1 % move: ``gamma * contracts * multiplier * spot^2 * 0.01``; arguments broadcast.

    ``gamma``: d2V/dS2 of one unit. ``contracts``: signed, to the holder.
    """
    price = np.asarray(spot, dtype=np.float64)
    return np.asarray(np.asarray(gamma) * np.asarray(contracts) * multiplier * price * price * PER_PCT)


@compiled
def profile_into(x: Floats, stdev: Floats, size: Floats, shift: Floats, out: Floats) -> None:
    """Fill out, shape (rows, m) and zero on entry, with the dollar gamma of n options at m spots.

    ``x`` = ln(F/K) and ``stdev`` > 0 have length n; ``size``, shape (rows, n), is contracts times multiplier times
    discount times forward times 0.01, signed, one row a way of counting; ``shift`` = ln(spot / spot now), length m.
    The inner loops run over spots and are vector code.
    """
    spots = shift.size
    density = np.empty(spots)
    for i in range(x.size):
        per_stdev = 1.0 / stdev[i]
        base = x[i] * per_stdev + 0.5 * stdev[i]
        for j in range(spots):
            d1 = base + shift[j] * per_stdev
            density[j] = exp_fast(-0.5 * d1 * d1)
        for row in range(size.shape[0]):
            scale = size[row, i] * per_stdev * INV_SQRT_2PI
            for j in range(spots):
                out[row, j] += scale * density[j]
    for row in range(size.shape[0]):
        for j in range(spots):
            out[row, j] *= exp_fast(shift[j])


def gamma_profile(x: Floats, stdev: Floats, size: Floats, shift: Floats) -> Floats:
    """Dollars of delta per 1 % at each spot, shape (rows, m); see :func:`profile_into` for the arguments."""
    out = np.zeros((size.shape[0], shift.size))
    given = [np.ascontiguousarray(a, dtype=np.float64) for a in (x, stdev, size, shift)]
    profile_into(given[0], given[1], given[2], given[3], out)
    return out
