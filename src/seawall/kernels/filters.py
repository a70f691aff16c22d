"""Causal filters: what a series says about itself up to now.

Recursions come as a state, an ``update`` and a reading (``ema_update``, ``macd_update``, ``rsi_update``);
window measures as a function of one trailing window. The array forms run exactly these over the rows, so a
live step and a history give the same bits. In arrays NaN means *unknown*: a row before the window is full
is unknown, never a partial value. A NaN input is an absent observation: recursions pass over it (unknown on
that row), a window that contains one is unknown.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]


class Ema(NamedTuple):
    """Exponential average so far and the number of observations in it."""

    value: float
    seen: int


class Macd(NamedTuple):
    """The three averages of a MACD."""

    fast: Ema
    slow: Ema
    signal: Ema


class Rsi(NamedTuple):
    """Last observation, Wilder averages, number of changes, and whether anything ever moved."""

    last: float
    gain: float
    loss: float
    seen: int
    moved: bool


@compiled
def ema_init() -> Ema:
    """Average of nothing."""
    return Ema(0.0, 0)


@compiled
def ema_update(state: Ema, x: float, window: int) -> Ema:
    """Add ``x``: weight 2/(window + 1), seeded with the first value."""
    if state.seen == 0:
        return Ema(x, 1)
    return Ema(state.value + 2.0 / (window + 1.0) * (x - state.value), state.seen + 1)


@compiled
def macd_init() -> Macd:
    """MACD of nothing."""
    return Macd(Ema(0.0, 0), Ema(0.0, 0), Ema(0.0, 0))


@compiled
def macd_update(state: Macd, x: float, fast: int, slow: int, smooth: int) -> Macd:
    """Add ``x`` to EMA_fast and EMA_slow and their difference to the signal line."""
    quick = ema_update(state.fast, x, fast)
    calm = ema_update(state.slow, x, slow)
    return Macd(quick, calm, ema_update(state.signal, quick.value - calm.value, smooth))


@compiled
def rsi_init() -> Rsi:
    """RSI of nothing."""
    return Rsi(0.0, 0.0, 0.0, -1, False)


@compiled
def rsi_update(state: Rsi, x: float, window: int) -> Rsi:
    """Add ``x``: means of the first ``window`` changes, then ((window - 1) average + new)/window."""
    if state.seen < 0:
        return Rsi(x, 0.0, 0.0, 0, False)
    up, down = max(x - state.last, 0.0), max(state.last - x, 0.0)
    seen = state.seen + 1
    n = float(min(seen, window))
    gain = state.gain + (up - state.gain) / n
    loss = state.loss + (down - state.loss) / n
    return Rsi(x, gain, loss, seen, state.moved or up + down > 0.0)


@compiled
def rsi_value(state: Rsi) -> float:
    """RSI in 0..100: no losses is 100, nothing moved is 50."""
    total = state.gain + state.loss
    return 100.0 * state.gain / total if total > 0.0 else 50.0


@compiled
def _ema_rows(x: Array, window: int) -> Array:
    out = np.full(x.size, np.nan)
    state = ema_init()
    for t in range(x.size):
        if not math.isnan(x[t]):
            state = ema_update(state, x[t], window)
            if state.seen >= window:
                out[t] = state.value
    return out


@compiled
def _macd_rows(x: Array, fast: int, slow: int, smooth: int) -> Array:
    out = np.full((2, x.size), np.nan)
    state = macd_init()
    for t in range(x.size):
        if not math.isnan(x[t]):
            state = macd_update(state, x[t], fast, slow, smooth)
            if state.slow.seen >= slow:
                out[0, t] = state.fast.value - state.slow.value
            if state.slow.seen >= slow + smooth - 1:
                out[1, t] = state.signal.value
    return out


@compiled
def _rsi_rows(x: Array, window: int) -> Array:
    out = np.full(x.size, np.nan)
    state = rsi_init()
    for t in range(x.size):
        if not math.isnan(x[t]):
            state = rsi_update(state, x[t], window)
            if state.seen >= window:
                out[t] = rsi_value(state)
    return out


@compiled
def zscore_of(window: Array) -> float:
    """Last value of a window in standard deviations (ddof 1) from the window's mean; 0 if it never moves."""
    mean = window.sum() / window.size
    spread = math.sqrt(((window - mean) ** 2).sum() / (window.size - 1))
    # equal values leave only rounding behind: ask whether they are equal, not whether the spread is zero
    return (window[-1] - mean) / spread if window.max() > window.min() else 0.0


@compiled
def percentile_rank_of(window: Array) -> float:
    """Share of a window that is at or below its last value, in (0, 1]."""
    return float((window <= window[-1]).sum()) / window.size


@compiled
def realised_vol_of(window: Array, annual: float) -> float:
    """Root of the mean squared return of a window, times root ``annual``; no mean is taken out."""
    return math.sqrt(annual / window.size * (window * window).sum())


@compiled
def _zscore_rows(x: Array, window: int) -> Array:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        part = x[t + 1 - window : t + 1]
        if not np.isnan(part).any():
            out[t] = zscore_of(part)
    return out


@compiled
def _rank_rows(x: Array, window: int) -> Array:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        part = x[t + 1 - window : t + 1]
        if not np.isnan(part).any():
            out[t] = percentile_rank_of(part)
    return out


@compiled
def _vol_rows(x: Array, window: int, annual: float) -> Array:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        part = x[t + 1 - window : t + 1]
        if not np.isnan(part).any():
            out[t] = realised_vol_of(part, annual)
    return out


def _checked(x: Array, *windows: int, least: int = 1) -> Array:
    values = np.ascontiguousarray(x, dtype=np.float64)
    if values.ndim != 1:
        raise DomainError(f"a filter runs over one series, got shape {values.shape}: pass one column")
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise DomainError(f"row {row} is {values[row]}: pass NaN for an absent observation")
    if min(windows) < least:
        raise DomainError(f"window {min(windows)} is too short: use at least {least}")
    return values


def ema(x: Array, window: int) -> Array:
    """Exponential moving average, shape (n,); unknown before ``window`` observations.

    Weight 2/(window + 1), seeded with the first value. Raises ``DomainError`` for window < 1 or an infinite
    value.
    """
    return _ema_rows(_checked(x, window), window)


def macd(x: Array, fast: int = 12, slow: int = 26, smooth: int = 9) -> tuple[Array, Array]:
    """MACD line EMA_fast - EMA_slow and signal line EMA_smooth(MACD), both shape (n,) in units of ``x``.

    Every average is seeded with its first value (Appel's recursion). The line is unknown before ``slow``
    observations, the signal before ``slow + smooth - 1``. Raises ``DomainError`` like ``ema``, and if fast
    >= slow.
    """
    if fast >= slow:
        raise DomainError(f"fast window {fast} must be shorter than slow window {slow}")
    rows = _macd_rows(_checked(x, fast, slow, smooth), fast, slow, smooth)
    return rows[0], rows[1]


def rsi(x: Array, window: int = 14) -> Array:
    """Relative strength index in 0..100, shape (n,); unknown before ``window`` changes.

    100 without losses, 50 if nothing ever moved (``flat`` tells). Raises ``DomainError`` for window < 1 or
    an infinite value. Source: Wilder 1978, "New Concepts in Technical Trading Systems".
    """
    return _rsi_rows(_checked(x, window), window)


def zscore(x: Array, window: int) -> Array:
    """Distance from the trailing mean in standard deviations (ddof 1, window includes t), shape (n,).

    0 where the window does not move (``flat`` tells). Raises ``DomainError`` for window < 2 or an infinite
    value.
    """
    return _zscore_rows(_checked(x, window, least=2), window)


def percentile_rank(x: Array, window: int) -> Array:
    """Share of the trailing window (t included) at or below the value at t, in (0, 1], shape (n,).

    Raises ``DomainError`` for window < 1 or an infinite value.
    """
    return _rank_rows(_checked(x, window), window)


def realised_vol(returns: Array, window: int, annual: float) -> Array:
    """Realised volatility sqrt(annual/window sum r^2) over the trailing window, per sqrt(year), shape (n,).

    ``annual`` is the number of returns in a year: 252 for sessions, 365 for a market without a close. The
    first return of a price series is unknown (NaN). Raises ``DomainError`` for window < 1, annual <= 0 or
    an infinite value.
    """
    if not annual > 0.0:
        raise DomainError(f"{annual} returns in a year: use 252 for sessions, 365 for days")
    return _vol_rows(_checked(returns, window), window, annual)


def flat(x: Array, window: int) -> NDArray[np.bool_]:
    """True where the last ``window`` values are all equal, shape (n,): ``Status.FLAT`` applies there."""
    values = _checked(x, window)
    same = np.concatenate([[0], np.cumsum(np.diff(values) == 0.0)])
    out = np.zeros(values.size, dtype=np.bool_)
    if values.size >= window:
        out[window - 1 :] = same[window - 1 :] - same[: values.size - window + 1] == window - 1
        out &= ~np.isnan(values)
    return out


def half_life(x: Array) -> tuple[float, Status]:
    """Observations until a shock to ``x`` has halved: ln .5/ln phi, phi the least-squares AR(1) slope.

    ``Status.THIN`` (value NaN) below three observations, ``Status.FLAT`` if x does not move,
    ``Status.NONFINITE`` if phi is not in (0, 1): no reversion, or none that halves. Raises ``DomainError``
    for a value that is not finite.
    """
    values = _checked(x, 1)
    if np.isnan(values).any():
        raise DomainError(f"row {int(np.argmax(np.isnan(values)))} is absent: drop it before fitting an AR(1)")
    if values.size < 3:
        return math.nan, Status.THIN
    before, after = values[:-1] - values[:-1].mean(), values[1:] - values[1:].mean()
    if values[:-1].max() == values[:-1].min():
        return math.nan, Status.FLAT
    phi = float(before @ after) / float(before @ before)
    if not 0.0 < phi < 1.0:
        return math.nan, Status.NONFINITE
    return math.log(0.5) / math.log(phi), Status.FOUND
