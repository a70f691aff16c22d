"""The covered-call pool as a payoff of one price: a replicating market maker (Angeris, Evans and Chitra 2021).

"Replicating Market Makers", arXiv:2103.14769; the pool of RMM-01. Its value is Black-Scholes's covered call without
interest: ``V = S (1 - N(d1)) + K N(d2)``, ``d1 = ln(S/K)/s + s/2``, ``d2 = d1 - s``, ``s = vol sqrt(years)``.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError
from seawall.kernels.amm import Pool, positive
from seawall.kernels.compiled import compiled
from seawall.kernels.normal import norm_cdf, norm_pdf

Floats = NDArray[np.float64]

EXPIRED: Final = (
    "years must be > 0, was 0: at expiry a covered-call pool is all base token below the strike and all quote above, "
    "so enter it as that"
)


@compiled
def _rows(price: Floats, deviation: Floats) -> Floats:
    """Rows base, quote and density of one pool of strike 1."""
    rows = np.empty((3, price.size))
    for i in range(price.size):
        s = deviation[i]
        d1 = math.log(price[i]) / s + 0.5 * s
        rows[0, i] = norm_cdf(-d1)
        rows[1, i] = norm_cdf(d1 - s)
        rows[2, i] = norm_pdf(d1) / (price[i] * s)
    return rows


def covered_call(price: ArrayLike, strike: ArrayLike, vol: ArrayLike, years: ArrayLike) -> Pool:
    """One pool unit: base ``1 - N(d1)``, quote ``K N(d2)``, density ``n(d1)/(S s)``. Arguments broadcast.

    Its amounts are on RMM-01's invariant ``y = K N(N^-1(1 - x) - s)``. Raises DomainError, also for years = 0.
    """
    if np.any(np.asarray(years) == 0.0):
        raise DomainError(EXPIRED)
    p, k, vols, t = np.broadcast_arrays(
        positive("price", price), positive("strike", strike), positive("vol", vol), positive("years", years)
    )
    rows = _rows(np.array((p / k).ravel()), np.array((vols * np.sqrt(t)).ravel()))
    base, quote, density = (row.reshape(p.shape) for row in rows)
    base, quote, density = np.asarray(base), np.asarray(k * quote), np.asarray(density / k)
    value = np.asarray(base * p + quote)
    return Pool(
        value, base, density, base, quote, np.asarray(4.0 * density * p**2 / value), np.zeros(p.shape, np.bool_)
    )
