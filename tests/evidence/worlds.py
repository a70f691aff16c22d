"""Small worlds with a truth planted in them, or none."""

import datetime as dt
import functools

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.evidence.interval import Plan
from seawall.evidence.simulated import SimulatedRuns
from seawall.evidence.world import World
from seawall.market.history import History, Series

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

START = dt.date(2010, 1, 4)
LIGHT = Plan(reps=200, seed=7)


@functools.cache
def _every() -> tuple[Days, Days]:
    dates = sessions(START, dt.date(2030, 12, 31))
    return dates, known_after_close(dates)


def days(count: int) -> Days:
    return _every()[0][:count]


def series(name: str, dates: Days, values: Array, delay: int = 0) -> Series:
    """Known at the close of its session, or ``delay`` days later."""
    every, closes = _every()
    known = closes[np.searchsorted(every, dates)] + np.timedelta64(delay, "D")
    kept = np.isfinite(values)
    return Series(name, dates[kept], values[kept], known[kept], "points", "a test", Origin.OBSERVED)


def world(*parts: Series, plan: Plan = LIGHT, tries: int = 20, runs: SimulatedRuns | None = None) -> World:
    return World(History.of(*parts), runs=runs, plan=plan, tries=tries)


def dealer_world(seed: int, strength: float, *, leaked: bool = False, count: int = 1900) -> World:
    """VIX, ranges of SPX, and GEX whose sign moves the next range by ``strength`` in logs (0: noise).

    Honest: the sign lasts for weeks and is published next morning. Leaked: it is drawn anew each day, and what is
    published as known before a session is the sign of that very session.
    """
    rng = np.random.default_rng(seed)
    dates = days(count)
    vix = 18.0 * np.exp(0.25 * np.cumsum(rng.standard_normal(count)) / np.sqrt(count))
    if leaked:
        sign = rng.random(count) < 0.3
        acted = sign
        shown = np.append(sign[1:], False)
    else:
        sign = np.repeat(rng.random(count // 15 + 1) < 0.3, 15)[:count]
        acted = np.concatenate([[False, False], sign[:-2]])
        shown = sign
    spread = vix / 100.0 / np.sqrt(252.0) * np.exp(0.4 * rng.standard_normal(count) + strength * acted)
    spot = 1500.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(count)))
    return world(
        series("VIX", dates, vix),
        series("SPX_HIGH", dates, spot * np.exp(spread)),
        series("SPX_LOW", dates, spot * np.exp(-spread)),
        series("GEX", dates, np.where(shown, -1e9, 1e9), delay=0 if leaked else 1),
    )


def front_world(seed: int, drift: float, count: int = 1600) -> World:
    """VVIX that wanders, and a fund VIXY that earns ``drift`` in the 21 sessions after the close after a cross."""
    from seawall.evidence.runners.vvix import crosses, holding
    from seawall.kernels.filters import macd

    rng = np.random.default_rng(seed)
    dates = days(count)
    level = np.zeros(count)
    for t in range(1, count):
        level[t] = 0.97 * level[t - 1] + 0.05 * rng.standard_normal()
    vvix = 90.0 * np.exp(level)
    line, signal = macd(np.log(vvix))
    up, _ = crosses(line - signal)
    step = 0.02 * rng.standard_normal(count) + drift / 21.0 * holding(up, 21)
    return world(
        series("VVIX", dates, vvix),
        series("VIX", dates, np.full(count, 18.0) + 0.1 * rng.standard_normal(count)),
        series("VIXY", dates, 100.0 * np.cumprod(1.0 + step)),
    )


def garch(rng: np.random.Generator, count: int) -> Array:
    """Returns of 1 % a session whose risk clusters: GARCH(1,1) with weights .09 and .90, t of six degrees."""
    shocks = rng.standard_t(6, count) / np.sqrt(6.0 / 4.0)
    out, variance = np.empty(count), 1.0
    for t in range(count):
        out[t] = np.sqrt(variance) * shocks[t]
        variance = 0.01 + 0.09 * out[t] ** 2 + 0.90 * variance
    return 0.01 * out


def accounts(seed: int, count: int, effect: float = 0.0, clustered: bool = False) -> tuple[dict[str, Array], Array]:
    """Session returns of every account by name, (count,), and the crash days; see ``runs_of``."""
    rng = np.random.default_rng(seed)
    book = 0.0004 + (0.8 * garch(rng, count) if clustered else 0.008 * rng.standard_normal(count))
    crash = rng.random(count) < 0.02
    book = np.where(crash, book - 0.04, book) + 0.0008

    def noisy() -> Array:
        return book + (0.3 * garch(rng, count) if clustered else 0.002 * rng.standard_normal(count))

    shield = effect * 0.034 * crash
    wide = noisy()
    returns = {
        "alone": noisy(), "hedged": noisy() + shield - effect * 0.0003, "steward": noisy() + shield - effect * 0.0005,
        "promoter": noisy(), "band": noisy() + effect * 0.0010, "hold": noisy(), "chase": noisy(),
        "widened": wide + shield - effect * 0.0001, "not widened": noisy(),
    }  # fmt: skip
    return returns, crash


def runs_of(seed: int, count: int = 5200, effect: float = 0.0, clustered: bool = False) -> SimulatedRuns:
    """Accounts that differ by noise only, or (``effect`` 1) as the claims say; costs are a basis point a session.

    ``clustered``: the risk of the book and of the noise comes in spells.
    """
    returns, crash = accounts(seed, count, effect, clustered)
    vix = np.where(crash, 35.0, 16.0)
    flows = np.zeros(count)
    flows[::21] = 0.001
    worth = 0.001 * (1.0 - (np.arange(count) % 21) / 21.0 * (1.0 - effect * 1.2))
    return SimulatedRuns(
        dates=days(count), returns=returns, doubled={name: one - 0.00001 for name, one in returns.items()},
        cash=np.zeros(count), vix=vix, hedge_flows=np.where(np.arange(count) % 21 == 0, 0.001 - np.roll(worth, 1), 0.0),
        hedge_flows_doubled=np.where(np.arange(count) % 21 == 0, 0.00101 - np.roll(worth, 1), 0.0), hedge_value=worth,
        pool_yield=0.10, triggered=np.arange(count) % 250 < 5, modelled=1.0, trials=9,
    )  # fmt: skip


def top_world(seed: int, *, planted: bool, count: int = 5200) -> tuple[World, Flags, Array]:
    """Quiet tops of 12 sessions on which five of the eight flags of Big Top are up, the mask of them, and SPX.

    Falls of 14 % over ten sessions begin 15 to 40 sessions after four in five tops, or (not ``planted``) anywhere.
    """
    rng = np.random.default_rng(seed)
    dates = days(count)
    starts = np.arange(900, count - 150, 170) + rng.integers(0, 25, len(range(900, count - 150, 170)))
    tops = np.zeros(count, dtype=np.bool_)
    for one in starts:
        tops[one : one + 12] = True
    followed = starts[rng.random(starts.size) < 0.8]
    if planted:
        falls = followed + 12 + rng.integers(15, 40, followed.size)
    else:
        falls = rng.choice(count - 60, followed.size, replace=False)
    move = np.where(tops, 0.002, 0.008) * rng.standard_normal(count) + 0.0008
    quiet = np.zeros(count, dtype=np.bool_)
    for one in starts:
        quiet[one - 12 : one + 12] = True
    move = np.where(quiet, 0.001 * rng.standard_normal(count), move)
    for one in falls:
        move[one : one + 10] = -0.015
    spx = 1500.0 * np.exp(np.cumsum(move))
    vix = np.where(tops, 10.0, 18.0 + rng.standard_normal(count))
    calendar = np.arange(dates[0], dates[-1] + 1)
    paid = 1e-4 + 2e-5 * rng.standard_normal(calendar.size)
    paid += 1.5e-4 * tops[np.minimum(np.searchsorted(dates, calendar), count - 1)]
    funding = Series("BTC_FUNDING", calendar, paid, calendar.astype("datetime64[s]") + np.timedelta64(20, "h"),
                     "per_8h", "a test")  # fmt: skip
    made = world(
        series("SPX", dates, spx), series("VIX", dates, vix),
        series("VIX3M", dates, np.where(tops, 14.0, vix * 1.03)),
        series("GEX", dates, np.where(tops, 6e9, 2e9) + 3e8 * rng.standard_normal(count)), funding,
    )  # fmt: skip
    return made, tops, spx
