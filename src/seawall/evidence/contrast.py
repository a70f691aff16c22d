"""Columns as known at each close, what came after, and its mean where a flag is set against elsewhere."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import known_after_close
from seawall.core.errors import DomainError, MissingDataError
from seawall.evidence.interval import Interval, Plan, interval_of, p_values
from seawall.evidence.resample import LEAST_BLOCKS, block_length, stationary_draws
from seawall.kernels.resampled import resampled_counts
from seawall.market.history import History
from seawall.signals.align import held
from seawall.signals.base import evaluate
from seawall.signals.contract import Signal

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

SESSION_DAYS: Final = 5
"""Days a value published by session may be old: a weekend with holidays."""


class Contrast(NamedTuple):
    """Mean where the flag is set less mean elsewhere, with its interval; p-values as ``interval.p_values``."""

    interval: Interval
    flagged: float
    elsewhere: float
    rows: int
    spells: int
    p_lower: float
    p_higher: float
    p_two_sided: float


@lru_cache(maxsize=16)
def _closes(dates: bytes) -> Days:
    """When the closes of sessions (the bytes of their dates) are known; asked for several columns in a row."""
    return known_after_close(np.frombuffer(dates, dtype="datetime64[D]"))


def at_closes(history: History, name: str, dates: Days, days: int = SESSION_DAYS) -> Array:
    """Latest value of a series known at the close of each session, at most ``days`` old, (n,); NaN where none."""
    series = history.get(name)
    return held(
        series.dates,
        series.values,
        series.known_at,
        (dates, _closes(np.asarray(dates, dtype="datetime64[D]").tobytes())),
        days,
    )


def signal_at_closes(
    signal: Signal, history: History, dates: Days, days: int = SESSION_DAYS, observed: bool = False
) -> Array:
    """Latest value of a signal known at the close of each session, at most ``days`` old, (n,); NaN where none.

    ``observed``: rows on which a rule stood in for a missing input count as none.
    """
    found = evaluate(signal, history)
    values = np.where(found.substituted, np.nan, found.values) if observed else found.values
    return held(
        found.dates, values, found.known_at, (dates, _closes(np.asarray(dates, dtype="datetime64[D]").tobytes())), days
    )


def ahead(returns: Array, horizon: int, delay: int = 1) -> Array:
    """Compounded return of the ``horizon`` rows that begin ``delay`` rows after each row's own close, (n,).

    ``returns``: simple, row t from t - 1 to t. ``delay`` 0 starts at the row's close, 1 at the next one (what a rule
    can trade that decides at a close). NaN where they are not all there. Raises ``DomainError``.
    """
    if horizon < 1 or delay < 0:
        raise DomainError(f"{horizon} rows from {delay} rows on: use at least 1 and 0")
    out = np.full(returns.size, np.nan)
    if returns.size > horizon + delay:
        level = np.concatenate([[1.0], np.cumprod(1.0 + np.nan_to_num(returns))])
        unknown = np.concatenate([[0], np.cumsum(np.isnan(returns))])
        start = np.arange(returns.size - horizon - delay) + 1 + delay
        whole = unknown[start + horizon] == unknown[start]
        out[: start.size] = np.where(whole, level[start + horizon] / level[start] - 1.0, np.nan)
    return out


def spells(flag: Flags, gap: int) -> int:
    """Runs of set rows, joined where fewer than ``gap`` rows lie between: how many separate occasions there were."""
    rows = np.flatnonzero(flag)
    return int(rows.size > 0) + int(np.count_nonzero(np.diff(rows) > gap))


def mean_contrast(flag: Flags, outcome: Array, horizon: int, plan: Plan, cost: float = 0.0) -> Contrast:
    """Mean ``outcome`` of flagged rows, less ``cost`` each, less that of the others; block bootstrap.

    ``outcome`` stretches over ``horizon`` rows, so blocks are at least so long; rows where it is NaN are left out.
    Draws without a flagged or without another row are drawn as no difference. THIN with fewer than eight occasions
    that are ``horizon`` apart. Raises ``MissingDataError`` where the flag is never or always set.
    """
    known = np.isfinite(outcome)
    marked, value = np.asarray(flag, dtype=np.float64)[known], np.asarray(outcome)[known]
    if marked.size < 2 or marked.min() == marked.max():
        raise MissingDataError("the flag is never or always set: there is nothing to compare")
    table = np.column_stack([marked, marked * (value - cost), 1.0 - marked, (1.0 - marked) * value])
    n = len(table)
    block = plan.block or block_length(np.column_stack([marked, value]), horizon)
    sums = stationary_draws(n, block, plan, lambda rows, lengths: resampled_counts(rows, lengths, n) @ table)
    count = spells(marked > 0.0, horizon)
    observed = table.sum(axis=0)
    flagged, elsewhere = observed[1] / observed[0], observed[3] / observed[2]
    draws = _gaps(sums)
    thin = n / block < LEAST_BLOCKS or count < LEAST_BLOCKS
    what = (f"difference of means over {horizon} rows, stationary bootstrap", n, block)
    interval = interval_of(float(flagged - elsewhere), draws, plan, what, thin)
    return Contrast(interval, float(flagged), float(elsewhere), int(observed[0]), count, *p_values(draws))


def _gaps(sums: Array) -> Array:
    both = (sums[:, 0] > 0.0) & (sums[:, 2] > 0.0)
    first = np.divide(sums[:, 1], sums[:, 0], out=np.zeros(len(sums)), where=both)
    second = np.divide(sums[:, 3], sums[:, 2], out=np.zeros(len(sums)), where=both)
    return np.asarray(first - second)
