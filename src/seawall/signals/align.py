"""Bringing series of different rhythms to the rows of a signal, each row seeing only what was known at its instant."""

import datetime as dt
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, LAST_DAY, sessions

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]
Rows = NDArray[np.intp]

WEEK_START: Final = 3
"""1970-01-01 was a Thursday: day number plus three, over seven, counts Mondays."""


class Bars(StrEnum):
    """Length of the bars a formula runs over; weeks and months count only when closed."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def _period(dates: Dates, bars: Bars) -> NDArray[np.int64]:
    days = dates.astype("datetime64[D]")
    if bars is Bars.MONTH:
        return days.astype("datetime64[M]").astype(np.int64)
    return (days.astype(np.int64) + WEEK_START) // 7


def _calendar(first: dt.date, last: dt.date) -> Dates:
    return sessions(max(first, FIRST_DAY), min(last, LAST_DAY))


def closed_bars(dates: Dates, bars: Bars) -> tuple[Rows, Rows]:
    """Row that closes each bar, shape (m,), and for every row the last closed bar, shape (n,), -1 where none.

    A bar closes with the last session of its week or month, which the exchange's calendar tells on the day. If that
    session has no row, the bar takes the last row it has and counts from the first row of the next bar.
    """
    if not dates.size:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    ahead = _calendar(dates[0].item(), dates[-1].item() + dt.timedelta(days=14))
    place = np.minimum(np.searchsorted(ahead, dates, side="right"), ahead.size - 1)
    own = _period(dates, bars)
    closes = _period(ahead[place], bars) > own
    starts = np.flatnonzero(np.r_[True, np.diff(own) > 0])
    ends = np.r_[starts[1:], dates.size] - 1
    rows, counts_from = [], []
    for start, end in zip(starts, ends, strict=True):
        closing = np.flatnonzero(closes[start : end + 1])
        row = start + int(closing[0]) if closing.size else end
        since = row if closing.size else end + 1
        if since < dates.size:
            rows.append(row)
            counts_from.append(since)
    marks = np.zeros(dates.size, dtype=np.intp)
    marks[counts_from] = 1
    return np.array(rows, dtype=np.intp), np.cumsum(marks) - 1


def known_row(dates: Dates, known_at: Dates, instants: Dates) -> Rows:
    """Row of the latest date known at each instant, shape (m,), -1 where none.

    ``dates`` rise; ``known_at`` need not: of the rows known at an instant the one with the latest date counts.
    """
    order = np.argsort(known_at, kind="stable")
    best = np.maximum.accumulate(order) if order.size else order
    place = np.searchsorted(known_at[order], instants, side="right") - 1
    if not best.size:
        return np.full(instants.size, -1, dtype=np.intp)
    return np.where(place >= 0, best[np.maximum(place, 0)], -1)


def held(dates: Dates, values: Array, known_at: Dates, at: tuple[Dates, Dates], days: int) -> Array:
    """Latest finite value known at each row, shape (m,); NaN where there is none or it is over ``days`` old.

    ``at``: dates and instants of the rows.
    """
    kept = np.isfinite(values)
    dates, values, known_at = dates[kept], values[kept], known_at[kept]
    row = known_row(dates, known_at, at[1])
    if not dates.size:
        return np.full(row.size, np.nan)
    old = (at[0] - dates[row]).astype("timedelta64[D]").astype(np.int64) > days
    return np.where((row < 0) | old, np.nan, values[row])


def _session_gap(start: Dates, end: Dates) -> Array:
    """Sessions from ``start`` to ``end`` (both shape (n,), ``start`` not later), the start not counted."""
    calendar = _calendar(start.min().item(), end.max().item())
    return (np.searchsorted(calendar, end, side="right") - np.searchsorted(calendar, start, side="right")).astype(float)


def sessions_since(at: tuple[Dates, Dates], dates: Dates, known_at: Dates, days: int) -> Array:
    """Sessions since the latest row was published (UTC day of ``known_at``), shape (m,); NaN beyond ``days``."""
    out = np.full(at[0].size, np.nan)
    row = known_row(dates, known_at, at[1])
    seen = row >= 0
    if seen.any():
        published = known_at[row[seen]].astype("datetime64[D]")
        fresh = (at[0][seen] - published).astype("timedelta64[D]").astype(np.int64) <= days
        out[seen] = np.where(fresh, _session_gap(np.minimum(published, at[0][seen]), at[0][seen]), np.nan)
    return out


def sessions_until(at: tuple[Dates, Dates], dates: Dates, known_at: Dates, days: int) -> Array:
    """Sessions to the next date of a schedule known by then, 0 on the day itself, shape (m,); NaN beyond ``days``."""
    out = np.full(at[0].size, np.nan)
    if not dates.size:
        return out
    ahead = (dates[None, :] >= at[0][:, None]) & (known_at[None, :] <= at[1][:, None])
    some = ahead.any(axis=1)
    if some.any():
        following = dates[np.argmax(ahead[some], axis=1)]
        near = (following - at[0][some]).astype("timedelta64[D]").astype(np.int64) <= days
        out[some] = np.where(near, _session_gap(at[0][some], following), np.nan)
    return out
