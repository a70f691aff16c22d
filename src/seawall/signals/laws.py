"""The causality law on made series: what a signal must pass before anyone looks at it (METHOD 6)."""

import datetime as dt
import hashlib
from typing import Final

import numpy as np

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.market.history import History, Series
from seawall.signals.base import evaluate
from seawall.signals.contract import Array, Dates, Signal

START: Final = dt.date(2006, 1, 3)
SPARE: Final = 120
"""Rows beyond the lookback of the signal under test."""
CUTS: Final = 6


def _made(name: str, dates: Dates, known: Dates, kind: str) -> Series:
    """A random series: ``positive`` (a walk around 20), ``signed``, or ``holed`` (a walk that misses days)."""
    seed = int.from_bytes(hashlib.sha256(f"{name} {kind}".encode()).digest()[:8], "big")
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.03, dates.size)
    values = steps * 10.0 if kind == "signed" else 20.0 * np.exp(np.cumsum(steps - steps.mean()))
    kept = rng.random(dates.size) >= (0.05 if kind == "holed" else 0.0)
    return Series(name, dates[kept], values[kept], known[kept], "made", "random walk", Origin.SYNTHETIC)


def _names(signal: Signal) -> set[str]:
    parts = [_names(part.signal) if part.signal else {part.name} for part in signal.carried]
    return {*signal.inputs, *signal.optional}.union(*parts)


def made_history(signal: Signal, kind: str) -> History:
    """Random series for all that a signal reads, some rows longer than its lookback."""
    rows = int(1.1 * signal.lookback) + SPARE
    dates = sessions(START, START + dt.timedelta(days=int(rows * 1.6)))[:rows]
    known = known_after_close(dates)
    return History.of(*(_made(name, dates, known, kind) for name in sorted(_names(signal))))


def scrambled(history: History, instant: np.datetime64) -> History:
    """Same dates, but every value that was not known at ``instant`` is another one."""
    rng = np.random.default_rng(7)
    parts = []
    for one in history:
        later = one.known_at > instant
        noise: Array = np.where(later, np.exp(rng.normal(0.0, 0.5, len(one))), 1.0)
        parts.append(Series(one.name, one.dates, one.values * noise, one.known_at, one.unit, one.source, one.origin))
    return History.of(*parts)


def _moved(signal: Signal, history: History) -> str:
    """Why a cut or a changed future moves the past, empty if it does not."""
    whole = evaluate(signal, history)
    if whole.values.shape != whole.dates.shape or whole.values.dtype != np.float64:
        return f"it returns {whole.values.dtype} {whole.values.shape} for {whole.dates.size} rows: one float each"
    if np.isinf(whole.values).any():
        return "it is infinite somewhere: return NaN where there is no value"
    for row in np.linspace(whole.dates.size // 4, whole.dates.size - 2, CUTS).astype(int):
        known = whole.known_at[row]
        cut = evaluate(signal, history.upto(known.item().replace(tzinfo=dt.UTC)))
        if not np.array_equal(cut.values[: row + 1], whole.values[: row + 1], equal_nan=True):
            return f"not causal: without the rows after number {row} its value there differs: use the past only"
        other = evaluate(signal, scrambled(history, known))
        if not np.array_equal(other.values[: row + 1], whole.values[: row + 1], equal_nan=True):
            return f"not causal: other values after row {row} move its past: use the past only"
    return ""


def broken_law(signal: Signal) -> str:
    """The first law a signal breaks on random series, positive, signed and with holes; empty if it keeps them."""
    if signal.lookback < 1 or not signal.inputs:
        return f"lookback {signal.lookback}, inputs {signal.inputs}: name an input and 1 row or more"
    for kind in ("positive", "signed", "holed"):
        with np.errstate(all="ignore"):  # a negative value has no logarithm: the law asks only whether it is causal
            if said := _moved(signal, made_history(signal, kind)):
                return said
    return ""
