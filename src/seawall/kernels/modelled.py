"""Modelled term structures and smiles: what stands in where only VIX was observed.

Every number that comes out of here must be labelled ``modelled``. The rules are stated so that a reader can dispute
them; ``docs/modelled.md`` prints their error against observed futures and indices.

* Mean reversion: a shock to ln VIX halves every 34 sessions (METHOD 8.6, daily VIX).
* Anchor: the level VIX reverts to, an input; see ``market.curve.vix_anchor``.
* SPX smile: one shape in standardised log-strike ``z = ln(K/F) / (sigma_atm sqrt(T))``, read off end-of-day SPX chains
  of June 2026 at 14-63 days (rounded to two figures), scaled so that its 30-day variance strip is VIX within 3 %.
* VIX smile: nearly linear in the same ``z``; level from VVIX, shape read off VIX chains of June 2026 at 4-265 days.
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
VVIX_CENTRE: Final = 94.6
"""Root mean square of the VVIX closes 2006-2022, in points."""
VVIX_HALF_LIFE_YEARS: Final = 28.4 / 252.0
"""ln VVIX of those years: correlation 0.60 over 21 sessions."""
VVIX_REVERSION: Final = math.log(2.0) / VVIX_HALF_LIFE_YEARS
VIX_AT: Final = 0.928
"""At-the-money volatility over VVIX / 100 of a short tenor at the centre; 0.91 at 30 days."""
VIX_PER_VVIX: Final = 1.132
"""d ln(at-the-money volatility) / d ln VVIX at 30 days: above 1, since the smile is flatter when it is high."""
VIX_TENOR_YEARS: Final = 99.0 / 365.0
VIX_SLOPE: Final = 0.353
VIX_BEND: Final = 2.14
VIX_LOW: Final = 2.45
VIX_SHORT: Final = 0.269
"""The smile: see :func:`vix_option_vol`."""

_MONTH: Final = VVIX_REVERSION * INDEX_YEARS
_MONTH_LOST: Final = math.expm1(-_MONTH)


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
def vix_at_money(years: float, vvix: float) -> float:
    """Implied volatility (0.90 = 90 %) of a VIX option struck at its future; ``years`` > 0, ``vvix`` in points."""
    u = VVIX_REVERSION * years
    fade = math.expm1(-u) / u * _MONTH / _MONTH_LOST
    moved = math.exp(VIX_PER_VVIX * fade * math.log(vvix / VVIX_CENTRE))
    return VIX_AT * VVIX_CENTRE / 100.0 * moved / math.sqrt(math.sqrt(1.0 + (years / VIX_TENOR_YEARS) ** 2))


@compiled
def vix_option_vol(strike: float, future: float, years: float, vvix: float) -> float:
    """Implied volatility (0.90 = 90 %) of an option on the VIX future of its own expiry; ``years`` > 0.

    At the money, with h(T) what is left of a move of ln VVIX, averaged to T, over the same at 30 days:

        at = VIX_AT CENTRE (vvix / CENTRE)^(VIX_PER_VVIX h(T)) (1 + (T / VIX_TENOR)^2)^(-1/4)

    Away from it, with s = at sqrt(T), z = ln(strike / future) / s and low = VIX_LOW s^2 / (s^2 + VIX_SHORT^2):

        above the future:  at (1 + VIX_SLOPE z / (1 + z s^(3/2) / VIX_BEND))
        below:             at (1 + VIX_SLOPE z / sqrt(1 + (z / low)^2))

    The implied density is positive everywhere for VVIX 55-210 and 5-250 days, so no butterfly has a
    negative price. ``scripts/derive_vix_smile.py`` fits the constants to listed quotes of June 2026 under the condition
    that the 30-day strip is VVIX.
    """
    return vix_smile(strike, future, years, vix_at_money(years, vvix))


@compiled
def vix_smile(strike: float, future: float, years: float, at: float) -> float:
    """:func:`vix_option_vol` from the volatility ``at`` the money, which all strikes of an expiry share."""
    s = at * math.sqrt(years)
    z = math.log(strike / future) / s
    if z >= 0.0:
        return at * (1.0 + VIX_SLOPE * z / (1.0 + z * s * math.sqrt(s) / VIX_BEND))
    low = VIX_LOW * s * s / (s * s + VIX_SHORT * VIX_SHORT)
    return at * (1.0 + VIX_SLOPE * z / math.sqrt(1.0 + (z / low) ** 2))
