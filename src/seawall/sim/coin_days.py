"""Coins on the sessions of New York, on one of two clocks, and what happened since the session before.

By UTC days, a session reads the bar of the day before its date, the last that had ended, and a Monday compounds Friday,
Saturday and Sunday (METHOD 8.1). Its prices are about twenty hours older than those of SPX: a move common to both falls
on the session after. By New York closes, from hourly bars, both are of one instant. Nothing later is read.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import close_instant
from seawall.core.errors import DomainError, MissingDataError
from seawall.market.history import History
from seawall.sim.daily_inputs import Codes, Days, Floats, How

QUOTES: Final = ("", "_USD", "_USDT", "_USDC")
"""Names a coin's daily series go by; closes are those of the first that covers the range."""
PAYMENTS_A_DAY: Final = 3.0
"""Funding is kept as the mean of a UTC day, a rate per 8 hours."""


class CoinClock(StrEnum):
    """When a coin's price of a session is taken: the last UTC day that had ended, or New York's close itself."""

    UTC_DAY = "utc_day"
    US_CLOSE = "us_close"


class CoinDays(NamedTuple):
    """One coin by session, shape (n,): close; its move, lowest and highest over the close before; funding since then.

    Row 0 has no close before: 1, 1, 1 and 0. ``extremes`` and ``funded`` say how low and high, and funding, came to be.
    """

    close: Floats
    move: Floats
    low: Floats
    high: Floats
    funding: Floats
    extremes: Codes
    funded: Codes
    notes: tuple[str, ...]


class _Bars(NamedTuple):
    """Closes (n,); lowest and highest price since the row before, and whether no bar is missing, (n - 1,); source."""

    price: Floats
    low: Floats
    high: Floats
    complete: NDArray[np.bool_]
    source: str


class _Span(NamedTuple):
    """The UTC days after the first row's up to the last row's: which row each belongs to, and when it must be known."""

    days: Days
    starts: NDArray[np.int64]
    closes: Days


def _span(read: Days, closes: Days) -> _Span:
    days = np.arange(read[0] + 1, read[-1] + 1)
    starts = (read[:-1] - read[0]).astype(np.int64)
    return _Span(days, starts, np.repeat(closes[1:], np.diff(read).astype(np.int64)))


def _known(history: History, name: str, days: Days, closes: Days) -> Floats:
    """Positive or negative values of exactly ``days`` that were known by ``closes``; NaN elsewhere."""
    if not history.has(name):
        return np.full(days.size, np.nan)
    series = history.get(name)
    return np.where(series.known_on(days) <= closes, series.on(days), np.nan)


def _closes(history: History, coin: str, read: Days, closes: Days) -> tuple[Floats, str]:
    """Closes of the days that the sessions read, of the first name without a gap, and that name."""
    gaps = []
    for name in (coin + quote for quote in QUOTES if history.has(coin + quote)):
        values = _known(history, name, read, closes)
        absent = ~(values > 0.0)
        if not absent.any():
            return values, name
        gaps.append(f"{name} lacks {read[np.argmax(absent)]}")
    if not gaps:
        raise MissingDataError(f"no daily closes of {coin}: import some, for example {coin}_daily.csv")
    raise MissingDataError(
        f"daily closes of {coin} have a gap ({', '.join(gaps)}): complete the series, or change the range"
    )


def _extreme(history: History, names: tuple[str, ...], side: str, span: _Span) -> Floats:
    """Lows or highs by UTC day, of the first of ``names`` that has one."""
    values = np.full(span.days.size, np.nan)
    for name in names:
        values = np.where(np.isnan(values), _known(history, name + side, span.days, span.closes), values)
    return np.where(values > 0.0, values, np.nan)


def summed_days(history: History, name: str, dates: Days) -> Floats:
    """Sum of a daily series, such as a volume, over the UTC days since the session before, shape (n,).

    NaN where a day is unknown, 0 on row 0. Same clock as :func:`coin_days`.
    """
    if dates.size < 2:
        return np.zeros(dates.size)
    span = _span(*_clock(dates))
    values = _known(history, name, span.days, span.closes)
    return np.concatenate([[0.0], np.add.reduceat(values, span.starts)])


def _clock(dates: Days) -> tuple[Days, Days]:
    """The last UTC day that had ended by each close, and the closes."""
    closes = np.array([close_instant(day).replace(tzinfo=None) for day in dates.tolist()], dtype="datetime64[s]")
    return (closes.astype("datetime64[D]").astype(np.int64) - 1).astype("datetime64[D]"), closes


def _by_utc_day(history: History, coin: str, read: Days, closes: Days) -> _Bars:
    """Of the days that had ended."""
    price, name = _closes(history, coin, read, closes)
    span = _span(read, closes)
    names = (name, *(coin + quote for quote in QUOTES if coin + quote != name))
    low, high = (_extreme(history, names, side, span) for side in ("_LOW", "_HIGH"))
    every = _known(history, name, span.days, span.closes)
    return _Bars(
        price,
        np.fmin.reduceat(np.fmin(low, every), span.starts),
        np.fmax.reduceat(np.fmax(high, every), span.starts),
        np.logical_and.reduceat(np.isfinite(low) & np.isfinite(high), span.starts),
        f"{name} at 24:00 UTC of the day before each session",
    )


def _by_us_close(history: History, coin: str, dates: Days, closes: Days) -> _Bars:
    """At the closes of New York."""
    name = f"{coin}_US_CLOSE"
    price = _known(history, name, dates, closes)
    absent = ~(price > 0.0)
    if absent.any():
        raise MissingDataError(
            f"{name} has no value on {dates[np.argmax(absent)]}: import hourly bars, or use UTC days"
        )
    low, high = (_known(history, f"{coin}_US_{side}", dates, closes)[1:] for side in ("LOW", "HIGH"))
    return _Bars(price, low, high, np.isfinite(low) & np.isfinite(high), f"{name}, of intraday bars")


def coin_days(history: History, coin: str, dates: Days, clock: CoinClock = CoinClock.UTC_DAY) -> CoinDays:
    """A coin by session, from daily or hourly bars and from the funding of UTC days that had ended.

    ``low`` and ``high`` bracket both closes; where a bar is missing, closes stand in for it (estimated, too narrow).
    ``funding`` is the sum of the 8-hourly rates of the days since the row before, NaN where one of them is unknown.
    Raises ``MissingDataError`` for a session without a close, ``DomainError`` for a single session.
    """
    if dates.size < 2:
        raise DomainError("a coin moves between two sessions at least: give a longer range")
    read, closes = _clock(dates)
    by_day = clock is CoinClock.UTC_DAY
    found = _by_utc_day(history, coin, read, closes) if by_day else _by_us_close(history, coin, dates, closes)
    before, after = found.price[:-1], found.price[1:]
    bars = np.where(found.complete, How.OBSERVED, How.ESTIMATED).astype(np.int8)
    rates = PAYMENTS_A_DAY * summed_days(history, f"{coin}_FUNDING", dates)[1:]
    paid = np.where(np.isfinite(rates), How.OBSERVED, How.UNKNOWN).astype(np.int8)
    none, one = np.full(1, How.NONE, np.int8), np.ones(1)
    notes = (
        f"{coin}: {found.source}; lows and highs of bars on {int((bars == How.OBSERVED).sum())} of {bars.size} "
        "sessions, elsewhere of closes, hence too narrow",
        f"{coin} funding: as paid on {int((paid == How.OBSERVED).sum())} of {paid.size} sessions, elsewhere unknown",
    )
    return CoinDays(
        found.price,
        np.concatenate([one, after / before]),
        np.concatenate([one, np.fmin(found.low, np.minimum(before, after)) / before]),
        np.concatenate([one, np.fmax(found.high, np.maximum(before, after)) / before]),
        np.concatenate([[0.0], rates]),
        np.concatenate([none, bars]),
        np.concatenate([none, paid]),
        notes,
    )
