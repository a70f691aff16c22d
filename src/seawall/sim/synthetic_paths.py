"""The numbers of the synthetic market and its paths as arrays; docs/synthetic.md says what each was set to match."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.synthetic import CryptoTerms, EquityTerms, crypto_path, decaying, equity_path

Floats = NDArray[np.float64]

SESSIONS_PER_YEAR: Final = 252.0
SETTLING: Final = 1008
"""Sessions run before the first one kept: the slow factor of VIX has forgotten its start."""

INDEX_DAYS: Final = 30.0


def _kept(half_life: float) -> float:
    """Share of a shock that is left after a period, from the periods until half of it is."""
    return math.exp(math.log(0.5) / half_life)


LN_VIX: Final = 2.884
EQUITY: Final = EquityTerms(
    drift=0.08 / SESSIONS_PER_YEAR,
    realised_ratio=0.00846,
    realised_power=0.109,
    short_decay=_kept(5.15),
    short_feed=0.0387,
    short_noise=0.0424,
    day_noise=0.18,
    leverage=0.736,
    asymmetry=0.356,
    jump_rate=0.028,
    jump_mean=1.46,
    vix_shock=0.0612,
    vix_level=0.04,
    own_shock=0.463,
    share=(0.111, 0.546, 0.343),
    decay=(_kept(2.87), _kept(20.4), _kept(171.0)),
    vvix_decay=0.946,
    vvix_feed=0.687,
    vvix_noise=0.0275,
    vvix_feedback=0.473,
)

CRYPTO: Final = CryptoTerms(
    beta=(1.3, 1.9, 2.15, 2.0),
    jump_rate=(0.005, 0.008, 0.015, 0.03),
    jump_mean=-0.03,
    jump_spread=0.075,
    stress=0.42,
    own_vol=0.0335,
    vol_decay=_kept(15.0),
    vol_noise=0.1,
    evening=0.146,
    pull=math.log(2.0) / (4.0 * 365.0),
    btc_beta=0.75,
    btc_shared=0.62,
    btc_own=0.55,
)

LN_VVIX: Final = math.log(91.0)
INDEX_PREMIUM: Final = {"VIX9D": (9.0, -0.035), "VIX3M": (93.0, 0.118), "VIX6M": (184.0, 0.185)}
"""Days of each index and what ln of it lies above the expected average of ln VIX, at the mean of all factors."""

INDEX_NOISE: Final = {"VIX9D": (0.80, 0.012), "VIX3M": (0.95, 0.003), "VIX6M": (0.97, 0.004)}
CURVE_PREMIUM: Final = (0.259, 71.7)
CURVE_NOISE: Final = ((0.90, 0.009, 10.0), (0.98, 0.006, 60.0))
"""Share kept a session, size, and the sessions to expiry over which it fades in: a future becomes VIX at its end."""

SKEW_TERMS: Final = (2.94, 0.947, 0.135, -0.25)
GEX_USD: Final = 2.6e9
GEX_TERMS: Final = (1.0, 1.1, 3.0, 0.81)
GEX_SPREAD: Final = (0.35, 0.4, 4.0, 0.25)

OVERNIGHT: Final = 0.2
PRINT_SHARE: Final = 0.4
PRINT_NOISE: Final = 0.03

INTEREST: Final = 1e-4
CLAMP: Final = 5e-4
PREMIUM: Final = (1.4e-4, 1.2e-3, _kept(20.0), _kept(3.0), 2.4e-4, 2.5e-4)
"""Of a perpetual over spot, per 8 h: mean, for a log return (decayed sum), its decay, decay and size of its own part,
size of the part of one payment."""

MEETING: Final = 31
RATE_STEP, RATE_FLOOR, RATE_START, RATE_MOST = 0.0025, 0.00125, 8, 24

UNIFORMS_PER_SESSION: Final = 22
UNIFORMS_PER_DAY: Final = 21


class EquityPaths(NamedTuple):
    """By session, shape (n,) unless said. ``spx``: (n, 4) logs of open, high, low, close over the level at the start.

    ``move``, ``vol``: log return of SPX and its volatility; ``own``: VIX's own shock; ``factors`` (n, 3): of ln VIX;
    ``indices``: levels in points by name; ``gex``: USD per 1 %; ``rate``: per year; ``curve_noise`` (n, 2): logs;
    ``opening``: VIX opening print, points.
    """

    spx: Floats
    move: Floats
    vol: Floats
    own: Floats
    factors: Floats
    indices: dict[str, Floats]
    gex: Floats
    rate: Floats
    curve_noise: Floats
    opening: Floats


def _loading(days: float) -> Floats:
    """What the expected average of each factor over ``days`` is to that over 30 days."""
    speed = -np.log(np.array(EQUITY.decay)) * SESSIONS_PER_YEAR / 365.0
    average = np.expm1(-speed * days) / np.expm1(-speed * INDEX_DAYS) * INDEX_DAYS / days
    return np.asarray(average)


def _bridge_extreme(start: Floats, end: Floats, vol: Floats, uniform: Floats, side: float) -> Floats:
    """Highest (side 1) or lowest (side -1) point of a Brownian bridge, by inversion of its distribution."""
    reach = np.sqrt((end - start) ** 2 - 2.0 * vol**2 * np.log(uniform))
    return np.asarray(0.5 * (start + end + side * reach))


def equity_paths(uniforms: Floats, normals: Floats) -> EquityPaths:
    """Paths of the session market; both inputs of shape (n, 22), the same draws as uniforms in (0, 1) and as normals.

    The first ``SETTLING`` rows are run and dropped.
    """
    path = equity_path(EQUITY, np.ascontiguousarray(normals[:, :8]), np.ascontiguousarray(uniforms[:, 8:10]))
    move, vol, factors, ln_vvix, short = path[:, 0], path[:, 1], path[:, 2:5], path[:, 5], path[:, 6]
    level = factors.sum(axis=1)
    ln_vix = LN_VIX + level
    indices = {"VIX": np.exp(ln_vix), "VVIX": np.exp(LN_VVIX + ln_vvix)}
    for column, (name, (days, premium)) in enumerate(INDEX_PREMIUM.items(), start=10):
        kept, size = INDEX_NOISE[name]
        noise = decaying(size * normals[:, column], kept)
        indices[name] = np.exp(LN_VIX + premium + factors @ _loading(days) + noise)
    centre, kept, size, on_vix = SKEW_TERMS
    indices["SKEW"] = 100.0 + np.exp(centre + decaying(size * normals[:, 15], kept) + on_vix * level)
    curve = np.stack(
        [decaying(size * normals[:, 13 + place], kept) for place, (kept, size, _) in enumerate(CURVE_NOISE)], axis=1
    )
    before = np.concatenate([[ln_vix[0]], ln_vix[:-1]])
    opening = np.exp(before + PRINT_SHARE * (ln_vix - before) + PRINT_NOISE * normals[:, 17])
    kept_rows = slice(SETTLING, None)
    return EquityPaths(
        spx=_bars(move[kept_rows], vol[kept_rows], normals[kept_rows, 18], uniforms[kept_rows, 19:21]),
        move=move[kept_rows],
        vol=vol[kept_rows],
        own=path[kept_rows, 7],
        factors=factors[kept_rows],
        indices={name: column[kept_rows] for name, column in indices.items()},
        gex=_gex(level, short, normals[:, 16])[kept_rows],
        rate=_rate(indices["VIX"], uniforms[:, 21])[kept_rows],
        curve_noise=curve[kept_rows],
        opening=opening[kept_rows],
    )


def _bars(move: Floats, vol: Floats, normal: Floats, uniforms: Floats) -> Floats:
    close = np.cumsum(move)
    before = close - move
    opened = before + OVERNIGHT * move + math.sqrt(OVERNIGHT * (1.0 - OVERNIGHT)) * vol * normal
    day = math.sqrt(1.0 - OVERNIGHT) * vol
    high = _bridge_extreme(opened, close, day, uniforms[:, 0], 1.0)
    low = _bridge_extreme(opened, close, day, uniforms[:, 1], -1.0)
    return np.stack([opened, high, low, close], axis=1)


def _gex(level: Floats, short: Floats, normal: Floats) -> Floats:
    """Dealer gamma: falls with VIX and the short factor of volatility; the higher VIX, the wider it spreads."""
    mean, on_level, on_short, kept = GEX_TERMS
    calm, more, steep, centre = GEX_SPREAD
    noise = decaying(math.sqrt(1.0 - kept * kept) * normal, kept)
    spread = calm + more * (1.0 + np.tanh(steep * (level - centre)))
    return np.asarray(GEX_USD * (mean - on_level * level - on_short * short + spread * noise))


def _rate(vix: Floats, uniform: Floats) -> Floats:
    """Policy rate in force: at every meeting up, down or unchanged by a quarter; half a point down in a spike."""
    steps = np.full(vix.size, RATE_START)
    level = RATE_START
    for row in range(MEETING, vix.size, MEETING):
        if vix[row - 1] > 30.0:
            level -= 2 if uniform[row] < 0.6 else 0
        else:
            up = 0.22 + 0.015 * (RATE_START - level)
            level += int(uniform[row] < up) - int(uniform[row] > 0.84)
        level = min(max(level, 0), RATE_MOST)
        steps[row:] = level
    return np.asarray(RATE_FLOOR + RATE_STEP * steps)


def future_levels(paths: EquityPaths, sessions_left: Floats) -> Floats:
    """VIX future, points: the expected ln VIX of its expiry, a premium, and noise that fades towards it; shape (n,)."""
    kept = np.array(EQUITY.decay)[None, :] ** sessions_left[:, None]
    premium, reach = CURVE_PREMIUM
    noise = sum(
        paths.curve_noise[:, place] * -np.expm1(-sessions_left / fade) for place, (_, _, fade) in enumerate(CURVE_NOISE)
    )
    expected = LN_VIX + (kept * paths.factors).sum(axis=1)
    return np.asarray(np.exp(expected - premium * np.expm1(-sessions_left / reach) + noise))


class CryptoPaths(NamedTuple):
    """By calendar day, shape (m,): ``bars`` (m, 4) logs of open, high, low, close over the trend; ``at_close`` log at
    the New York close; ``funding``: mean of the day per 8 h."""

    bars: Floats
    at_close: Floats
    funding: Floats


def crypto_paths(market: Floats, uniforms: Floats, normals: Floats) -> dict[str, CryptoPaths]:
    """Paths of ETH and BTC; ``market``: shape (m, 4) as ``kernels.synthetic.crypto_path`` takes it; draws (m, 21)."""
    path = crypto_path(CRYPTO, market, np.ascontiguousarray(normals[:, :5]), np.ascontiguousarray(uniforms[:, 5:7]))
    found = {}
    for place, coin in enumerate(("ETH", "BTC")):
        noon, close = path[:, 2 * place], path[:, 2 * place + 1]
        opened = np.concatenate([[0.0], close[:-1]])
        draws = uniforms[:, 7 + 4 * place : 11 + 4 * place]
        first, second = path[:, 4 + 2 * place], path[:, 5 + 2 * place]
        high, low = (
            pick(
                _bridge_extreme(opened, noon, first, draws[:, column], side),
                _bridge_extreme(noon, close, second, draws[:, column + 1], side),
            )
            for pick, column, side in ((np.maximum, 0, 1.0), (np.minimum, 2, -1.0))
        )
        paid = _funding(close - opened, normals[:, 15], normals[:, 16 + place], normals[:, 18:21])
        found[coin] = CryptoPaths(np.stack([opened, high, low, close], axis=1), noon, paid)
    return found


def _funding(move: Floats, shared: Floats, own: Floats, payments: Floats) -> Floats:
    """Mean of three payments a day: the venue's formula on a premium that follows past returns.

    Rate = P + clamp(I - P, -0.05 %, 0.05 %), I = 0.01 % per 8 h (Binance, funding rate of perpetual contracts).
    """
    mean, on_past, past_kept, kept, size, payment = PREMIUM
    mixed = size * (0.8 * shared + 0.6 * own)
    premium = mean + on_past * decaying(move, past_kept) + decaying(mixed, kept)
    each = premium[:, None] + payment * payments
    return np.asarray((each + np.clip(INTEREST - each, -CLAMP, CLAMP)).mean(axis=1))
