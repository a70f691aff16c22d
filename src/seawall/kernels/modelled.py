"""Modelled term structures and smiles: what stands in where only VIX was observed.

Every number that comes out of here must be labelled ``modelled``. The rules are stated so that a reader can dispute
them; ``docs/modelled.md`` prints their error against observed futures and indices.

* Mean reversion: a shock to ln VIX halves every 34 sessions (METHOD 8.6, daily VIX).
* Anchor: the level VIX reverts to, an input; see ``market.curve.vix_anchor``.
* SPX smile: one shape in standardised log-strike ``z = ln(K/F) / (sigma_atm sqrt(T))``, read off end-of-day SPX chains
  of June 2026 at 14-63 days (rounded to two figures), scaled so that its 30-day variance strip is VIX within 3 %.
* VIX smile: the same idea, read off VIX call chains of June 2026 at 40-250 days.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

HALF_LIFE_YEARS: Final = 34.0 / 252.0
REVERSION: Final = math.log(2.0) / HALF_LIFE_YEARS
INDEX_YEARS: Final = 30.0 / 365.0
FLOOR_RATIO: Final = 0.25

SPX_ATM_OVER_VIX: Final = 0.865
SPX_SLOPE: Final = -0.25
SPX_CALL_CURVATURE: Final = 0.07
SPX_CALL_FLAT: Final = -SPX_SLOPE / (2.0 * SPX_CALL_CURVATURE)
SPX_PUT_FLAT: Final = -8.0

VVIX_LEVEL: Final = 80.0
VVIX_PER_VIX: Final = 0.75
VIX_ATM_OVER_VVIX: Final = 0.9
VIX_SLOPE: Final = 0.42
VIX_CURVATURE: Final = -0.05
VIX_FLAT_LOW: Final = -1.5
VIX_FLAT_HIGH: Final = 4.0


@compiled
def future_level(vix: float, anchor: float, years: float) -> float:
    """VIX future that expires in ``years``: ln VIX decays towards ln anchor. Points in, points out."""
    return anchor * math.exp(math.log(vix / anchor) * math.exp(-REVERSION * years))


@compiled
def _average_decay(years: float) -> float:
    u = REVERSION * years
    return -math.expm1(-u) / u if u > 1e-8 else 1.0


@compiled
def index_level(vix: float, anchor: float, years: float) -> float:
    """VIX-like index of another tenor, in points: expected variance reverts to ``anchor`` squared; exact at 30 days."""
    variance = anchor**2 + (vix**2 - anchor**2) * _average_decay(years) / _average_decay(INDEX_YEARS)
    return math.sqrt(max(variance, (FLOOR_RATIO * vix) ** 2))


@compiled
def spx_vol(strike: float, forward: float, years: float, vix: float, anchor: float) -> float:
    """Implied volatility (0.20 = 20 %) of an SPX option when only VIX is known."""
    atm = SPX_ATM_OVER_VIX * index_level(vix, anchor, years) / 100.0
    z = max(math.log(strike / forward) / (atm * math.sqrt(years)), SPX_PUT_FLAT)
    if z < 0.0:
        return atm * (1.0 + SPX_SLOPE * z)
    z = min(z, SPX_CALL_FLAT)
    return atm * (1.0 + SPX_SLOPE * z + SPX_CALL_CURVATURE * z * z)


@compiled
def spx_vols(
    strike: NDArray[np.float64], forward: NDArray[np.float64], years: float, vix: float, anchor: float
) -> NDArray[np.float64]:
    """:func:`spx_vol` element by element; ``strike`` and ``forward`` of shape (n,)."""
    out = np.empty(strike.size)
    for i in range(strike.size):
        out[i] = spx_vol(strike[i], forward[i], years, vix, anchor)
    return out


@compiled
def vvix_level(vix: float) -> float:
    """VVIX, in points, when it was not observed: linear in VIX (least squares on 2006-2022, mean error 12 points)."""
    return VVIX_LEVEL + VVIX_PER_VIX * vix


@compiled
def vix_option_vol(strike: float, future: float, years: float, vvix: float) -> float:
    """Implied volatility (0.90 = 90 %) of an option on the VIX future of its own expiry.

    At the money it falls with tenor as the average volatility of a mean-reverting ln VIX does, and equals
    0.9 VVIX at 30 days.
    """
    shape = math.sqrt(_average_decay(2.0 * years) / _average_decay(2.0 * INDEX_YEARS))
    atm = VIX_ATM_OVER_VVIX * vvix / 100.0 * shape
    z = math.log(strike / future) / (atm * math.sqrt(years))
    z = min(max(z, VIX_FLAT_LOW), VIX_FLAT_HIGH)
    return atm * (1.0 + VIX_SLOPE * z + VIX_CURVATURE * z * z)
