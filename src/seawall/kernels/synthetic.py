"""Loops of the synthetic market: draws in, paths out. What the numbers mean and how they were set: docs/synthetic.md.

ln VIX is the sum of three mean-reverting factors (days, weeks, most of a year) hit by one shock a session. The same
shock moves SPX the other way; the volatility of SPX follows VIX and a short-lived factor of its own that large moves
feed, as in Glosten, Jagannathan and Runkle 1993; the volatility of the VIX shock follows VVIX.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

SATURATION: Final = 0.35
"""ln VVIX from its mean beyond which a higher VVIX hardly raises the VIX shock; without it VIX reaches 300."""

FACTOR_NOISE: Final = (0.02, 0.015, 0.005)
"""Own shocks of the fast, middle and slow factor, per sqrt(session): they keep the curve from a single dimension."""

MEAN_ABSOLUTE: Final = math.sqrt(2.0 / math.pi)


class EquityTerms(NamedTuple):
    """SPX, ln VIX and ln VVIX by session; shares and sizes per session, volatilities per sqrt(session)."""

    drift: float
    realised_ratio: float
    realised_power: float
    short_decay: float
    short_feed: float
    short_noise: float
    day_noise: float
    leverage: float
    asymmetry: float
    jump_rate: float
    jump_mean: float
    vix_shock: float
    vix_level: float
    own_shock: float
    share: tuple[float, float, float]
    decay: tuple[float, float, float]
    vvix_decay: float
    vvix_feed: float
    vvix_noise: float
    vvix_feedback: float


class CryptoTerms(NamedTuple):
    """ETH and BTC by calendar day; the tuples are by VIX of the session before: below 15, 15-20, 20-30, above 30.

    ``beta``: of ETH to SPX; ``jump_rate``: a day; ``stress``: return for one unit of VIX's own shock, in SPX
    volatilities. ``evening``: share of a day's variance after the New York close. ``pull``: share of the distance to
    the trend that a day takes back.
    """

    beta: tuple[float, float, float, float]
    jump_rate: tuple[float, float, float, float]
    jump_mean: float
    jump_spread: float
    stress: float
    own_vol: float
    vol_decay: float
    vol_noise: float
    evening: float
    pull: float
    btc_beta: float
    btc_shared: float
    btc_own: float


@compiled
def decaying(shocks: Array, decay: float) -> Array:
    """First-order autoregression from 0: out[t] = decay out[t-1] + shocks[t], shape (n,)."""
    out = np.empty(shocks.size)
    level = 0.0
    for t in range(shocks.size):
        level = decay * level + shocks[t]
        out[t] = level
    return out


@compiled
def equity_path(terms: EquityTerms, normals: Array, uniforms: Array) -> Array:
    """Return shape (n, 8), a row a session: log return of SPX, its volatility, the fast, middle and slow factor of ln
    VIX, the factor of ln VVIX, the short factor of SPX volatility, and VIX's own shock.

    ``normals``: shape (n, 8); ``uniforms``: shape (n, 2), in (0, 1). All factors start at 0, near their means: the
    first rows are not yet typical of the long run.
    """
    n = normals.shape[0]
    out = np.empty((n, 8))
    fast, middle, slow, vvix, short = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(n):
        level = fast + middle + slow
        vol = terms.realised_ratio * math.exp((1.0 + terms.realised_power) * level + short)
        scale = math.exp(terms.day_noise * normals[t, 7] - terms.day_noise**2)
        z = scale * normals[t, 0]
        if uniforms[t, 0] < terms.jump_rate:
            z += terms.jump_mean * math.log(uniforms[t, 1])
        move = z + terms.jump_rate * terms.jump_mean
        swing = abs(move) - MEAN_ABSOLUTE
        own = scale * normals[t, 1]
        shock = -terms.leverage * move + terms.asymmetry * swing + terms.own_shock * own
        shock *= terms.vix_shock * math.exp(
            terms.vvix_feedback * math.tanh(vvix / SATURATION) + terms.vix_level * math.tanh(level)
        )
        fast = terms.decay[0] * fast + terms.share[0] * shock + FACTOR_NOISE[0] * normals[t, 2]
        middle = terms.decay[1] * middle + terms.share[1] * shock + FACTOR_NOISE[1] * normals[t, 3]
        slow = terms.decay[2] * slow + terms.share[2] * shock + FACTOR_NOISE[2] * normals[t, 4]
        vvix = terms.vvix_decay * vvix + terms.vvix_feed * shock + terms.vvix_noise * normals[t, 5]
        short = terms.short_decay * short + terms.short_feed * swing + terms.short_noise * normals[t, 6]
        out[t, 0] = terms.drift - 0.5 * vol * vol + vol * move
        out[t, 1] = vol
        out[t, 2], out[t, 3], out[t, 4] = fast, middle, slow
        out[t, 5], out[t, 6], out[t, 7] = vvix, short, own
    return out


@compiled
def _band(vix: float) -> int:
    return int(vix > 15.0) + int(vix > 20.0) + int(vix > 30.0)


@compiled
def crypto_path(terms: CryptoTerms, market: Array, normals: Array, uniforms: Array) -> Array:
    """Return shape (m, 8), a row a calendar day: ln ETH over its trend at the New York close and at 24:00 UTC, the same
    of BTC, then the volatilities of those four steps.

    ``market``: shape (m, 4): log return of SPX (0 on a day without a session), its volatility, VIX's own shock, and VIX
    of the session before. ``normals``: shape (m, 5); ``uniforms``: shape (m, 2), in (0, 1). Both start on their trend.
    """
    m = market.shape[0]
    out = np.empty((m, 8))
    eth, btc, heat = 0.0, 0.0, 0.0
    for t in range(m):
        band = _band(market[t, 3])
        heat = terms.vol_decay * heat + terms.vol_noise * normals[t, 0]
        vol = terms.own_vol * math.exp(heat)
        jump = 0.0
        if uniforms[t, 0] < terms.jump_rate[band]:
            # a logistic size: mean, and a spread whose tails are exponential
            jump = terms.jump_mean + terms.jump_spread * math.log(uniforms[t, 1] / (1.0 - uniforms[t, 1]))
        beta = terms.beta[band]
        shared = beta * market[t, 0] - terms.stress * market[t, 1] * market[t, 2]
        common = market[t, 1] * math.sqrt(beta * beta + terms.stress * terms.stress)
        for step in range(2):
            part = math.sqrt(terms.evening if step else 1.0 - terms.evening) * vol
            own = part * normals[t, 1 + step] + (0.0 if step else jump)
            alone = terms.btc_own * part * normals[t, 3 + step]
            eth += own - (0.0 if step else terms.pull * eth - shared)
            btc += terms.btc_shared * own + alone - (0.0 if step else terms.pull * btc - terms.btc_beta * shared)
            extra = 0.0 if step else common
            out[t, step], out[t, 2 + step] = eth, btc
            out[t, 4 + step] = math.sqrt(part * part + extra * extra)
            both = part * part * (terms.btc_shared**2 + terms.btc_own**2)
            out[t, 6 + step] = math.sqrt(both + (terms.btc_beta * extra) ** 2)
    return out
