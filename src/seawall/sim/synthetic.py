"""A market out of a generator, for when there is no data. Every series says so: its origin is ``synthetic``.

The model, what it was set to match and how well it does stand in docs/synthetic.md. It is a place to try a plan, not
evidence: nothing it shows is a fact about the past, and it knows no crash that its few numbers do not hold.
"""

import datetime as dt
import functools
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from seawall.core import clock
from seawall.core.clock import (
    LAST_DAY,
    PUBLISHED_AFTER_CLOSE,
    known_after_close,
    open_instant,
    vix_expiry,
)
from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.market.history import History, Series, instant64
from seawall.sim import synthetic_paths as paths

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

START: Final = dt.date(1999, 1, 4)
SESSIONS: Final = 5031
"""Default: the sessions of 1999-2018, those of the embedded index."""

LARGEST_SEED: Final = 2**64 - 1
SPX_START: Final = 1200.0
COIN_START: Final = {"ETH": 2000.0, "BTC": 30_000.0}
MONTHS: Final = 8
DAY_END: Final = np.timedelta64(24 * 60 + 5, "m")
POINT, TICK, CENT, RATE, MILLION = 0.01, 0.025, 0.01, 1e-9, 1e6
"""Values are rounded as publishers print them; that also makes the last bit of an exponential no matter."""


class _When(NamedTuple):
    """Dates of a run and the instants at which its values are known."""

    dates: Days
    closed: Days
    opened: Days
    days: Days
    expiries: Days


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise DomainError(f"seed {seed!r} is not a whole number in 0 .. {LARGEST_SEED}: use one, for example 7")
    return seed


@functools.lru_cache(maxsize=8)
def _when(start: dt.date, count: int) -> _When:
    if count < 1:
        raise DomainError(f"{count} sessions are no market: use at least 1")
    every = clock.sessions(start, LAST_DAY)
    if every.size <= count:
        raise DomainError(
            f"{count} sessions from {start} run past the session table, which ends on {LAST_DAY}: "
            f"use at most {max(every.size - 1, 0)}, or start earlier"
        )
    dates = every[:count]
    opened = np.array([instant64(open_instant(day)) for day in every[: count + 1].tolist()])
    days = np.arange(dates[0], dates[-1] + 1)
    return _When(dates, known_after_close(dates), opened, days, _expiries(dates))


def _expiries(dates: Days) -> Days:
    """Monthly VIX expiries from the first session on, as far as the session table knows them."""
    first, last = dates[0].item(), LAST_DAY.year * 12 + LAST_DAY.month - 1
    months = range(first.year * 12 + first.month - 1, last)
    found = np.array([vix_expiry(month // 12, month % 12 + 1) for month in months], dtype="datetime64[D]")
    ends = np.searchsorted(found, dates[-1], side="right") + MONTHS
    return found[:ends]


def _draws(seed: int, stream: int, rows: int, columns: int) -> Floats:
    """Uniforms in (0, 1), row by row, so that more rows only add to the end; shape (rows, columns).

    Philox counts in integers: the same on every machine (Salmon et al. 2011).
    """
    raw = np.random.Philox(key=seed + (stream << 64)).random_raw(rows * columns)
    return np.asarray(((raw >> np.uint64(11)) + 0.5) * 2.0**-53).reshape(rows, columns)


def synthetic_history(seed: int, start: dt.date = START, sessions: int = SESSIONS) -> History:
    """Generate a market of ``sessions`` sessions from the first one on or after ``start``.

    Sessions: SPX, SPX_OPEN, SPX_HIGH, SPX_LOW; VIX, VIX9D, VIX3M, VIX6M, VVIX, SKEW; VX1 .. VX8 (no row where the
    expiry lies beyond the session table), VRO on VIX expiries; GEX; POLICY_RATE. Calendar days: ETH, BTC with _OPEN,
    _HIGH, _LOW and _FUNDING (per 8 h); on sessions _US_CLOSE. Names, units and rules of ``known_at`` are those of the
    store; the origin of every series is synthetic. The same seed and start give the same rows, however many are asked
    for. Raises ``DomainError`` for a seed outside 0 .. 2^64 - 1 or dates outside the session table.
    """
    source = f"synthetic market, seed {_checked_seed(seed)}"
    when = _when(start, sessions)
    uniforms = _draws(seed, 0, paths.SETTLING + when.dates.size, paths.UNIFORMS_PER_SESSION)
    equity = paths.equity_paths(uniforms, ndtri(uniforms))
    series = [*_indices(equity, when, source), *_curve(equity, when, source), *_coins(seed, equity, when, source)]
    return History.of(*series)


def _made(name: str, rows: tuple[Days, Days], values: Floats, unit: str, source: str) -> Series:
    return Series(name, rows[0], values, rows[1], unit, source, Origin.SYNTHETIC)


def _rounded(values: Floats, step: float) -> Floats:
    """Multiples of ``step``, never below one: a price is positive."""
    return np.asarray(np.maximum(np.round(values / step), 1.0) * step)


def _indices(equity: paths.EquityPaths, when: _When, source: str) -> list[Series]:
    rows = (when.dates, when.closed)
    bars = SPX_START * np.exp(equity.spx)
    named = {"SPX_OPEN": bars[:, 0], "SPX_HIGH": bars[:, 1], "SPX_LOW": bars[:, 2], "SPX": bars[:, 3], **equity.indices}
    found = [_made(name, rows, _rounded(values, POINT), "points", source) for name, values in named.items()]
    gamma = np.round(equity.gex / MILLION) * MILLION
    found.append(_made("GEX", (when.dates, when.opened[1:]), gamma, "usd_per_pct", source))
    found.append(_made("POLICY_RATE", (when.dates, when.opened[:-1]), equity.rate, "per_year", source))
    return found


def _curve(equity: paths.EquityPaths, when: _When, source: str) -> list[Series]:
    found = []
    front = np.searchsorted(when.expiries, when.dates, side="right")
    for month in range(MONTHS):
        place = front + month
        there = place < when.expiries.size
        expiry = when.expiries[np.minimum(place, when.expiries.size - 1)]
        left = (expiry - when.dates).astype(np.float64) * paths.SESSIONS_PER_YEAR / 365.0
        values = _rounded(paths.future_levels(equity, left), TICK)
        rows = (when.dates[there], when.closed[there])
        found.append(_made(f"VX{month + 1}", rows, values[there], "points", source))
    final = np.isin(when.dates, when.expiries)
    rows = (when.dates[final], when.closed[final])
    found.append(_made("VRO", rows, _rounded(equity.opening[final], POINT), "points", source))
    return found


def _market_by_day(equity: paths.EquityPaths, when: _When) -> Floats:
    """SPX and VIX as the coins see them; shape (calendar days, 4)."""
    place = np.searchsorted(when.dates, when.days)
    out = np.zeros((when.days.size, 4))
    on = when.dates[np.minimum(place, when.dates.size - 1)] == when.days
    out[on, 0], out[on, 1], out[on, 2] = equity.move, equity.vol, equity.own
    out[:, 3] = equity.indices["VIX"][np.maximum(place - 1, 0)]
    return out


def _coins(seed: int, equity: paths.EquityPaths, when: _When, source: str) -> list[Series]:
    uniforms = _draws(seed, 1, when.days.size, paths.UNIFORMS_PER_DAY)
    made = paths.crypto_paths(_market_by_day(equity, when), uniforms, ndtri(uniforms))
    daily = (when.days, (when.days.astype("datetime64[m]") + DAY_END).astype("datetime64[s]"))
    at_close = (when.dates, when.closed - np.timedelta64(PUBLISHED_AFTER_CLOSE))
    session = np.isin(when.days, when.dates)
    found = []
    for coin, path in made.items():
        bars = COIN_START[coin] * np.exp(path.bars)
        for column, suffix in enumerate(("_OPEN", "_HIGH", "_LOW", "")):
            found.append(_made(f"{coin}{suffix}", daily, _rounded(bars[:, column], CENT), "usd", source))
        closes = COIN_START[coin] * np.exp(path.at_close[session])
        found.append(_made(f"{coin}_US_CLOSE", at_close, _rounded(closes, CENT), "usd", source))
        paid = np.round(path.funding / RATE) * RATE
        found.append(_made(f"{coin}_FUNDING", daily, paid, "per_8h", source))
    return found
