"""The calendar of a run: sessions on a time axis, the expiries its programs use, and which one each would open.

Assumptions a reader can dispute: SPX options end on third Fridays, on every Friday or on every session as a program
says, whenever the run is, and settle on the close (SPXW) unless a program says the opening print. VIX options and
futures are the monthly ones, listed nine months out.
"""

import datetime as dt
import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import (
    LAST_DAY,
    close_instant,
    is_session,
    open_instant,
    previous_session,
    sessions,
    spx_monthly_expiry,
    vix_expiries,
    years_between,
)
from seawall.core.errors import MissingExpiryError, SettlementError
from seawall.hedge.layers import FARTHEST_DAYS, MONTHS_LISTED
from seawall.kernels import slots as at
from seawall.sim.programs import Entry, Listed, Program, Settle

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FRIDAY = 4
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class Calendar(NamedTuple):
    """Dates (datetime64[D]), closes (UTC, datetime64[s]), instants as years after the first close, VIX expiries."""

    dates: Days
    close: Days
    time: Floats
    vol_expiries: Days
    vol_time: Floats


class Family(NamedTuple):
    """One kind of expiry: its days (rising), the time of its settlement, and what it settles on."""

    days: Longs
    time: Floats
    root: int


@functools.lru_cache(maxsize=64)
def calendar(start: dt.date, end: dt.date) -> Calendar:
    """Sessions from ``start`` to ``end`` and every VIX expiry a position of theirs can have.

    Raises ``DomainError`` outside the session table and ``MissingExpiryError`` if there is no session in between.
    """
    dates = sessions(start, end)
    if not dates.size:
        raise MissingExpiryError(f"there is no session from {start} to {end}: widen the dates")
    closes = [close_instant(day) for day in dates.tolist()]
    months = end.year * 12 + end.month - (start.year * 12 + start.month) + 3
    vol = vix_expiries(start, months + MONTHS_LISTED)
    return Calendar(
        dates,
        np.array([close.replace(tzinfo=None) for close in closes], dtype="datetime64[s]"),
        np.array([years_between(closes[0], close) for close in closes]),
        np.array(vol, dtype="datetime64[D]"),
        np.array([years_between(closes[0], open_instant(day)) for day in vol]),
    )


def day_number(dates: Days) -> Longs:
    """Calendar days since 1970-01-01."""
    return dates.astype("datetime64[D]").astype(np.int64)


def _index_days(first: dt.date, last: dt.date, listed: Listed) -> list[dt.date]:
    if listed == "daily":
        return [day for day in sessions(first, last).tolist() if day > first]
    if listed == "weekly":
        fridays = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
        fridays = [day for day in fridays if day.weekday() == FRIDAY]
        return [day if is_session(day) else previous_session(day) for day in fridays]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ends = [spx_monthly_expiry(month // 12, month % 12 + 1) for month in months]
    return [day for day in ends if day >= first]


def vix_family(when: Calendar) -> Family:
    """Monthly VIX expiries."""
    return Family(day_number(when.vol_expiries), when.vol_time, at.VRO)


def index_family(when: Calendar, listed: Listed, settle: Settle, ahead: int) -> Family:
    """SPX expiries from the first session to ``ahead`` days after the last."""
    first, end = when.dates[0].item(), when.dates[-1].item()
    last = min(end + dt.timedelta(days=ahead), LAST_DAY)
    days = _index_days(first, last, listed)
    begin = close_instant(first)
    ends_at = close_instant if settle == "pm" else open_instant
    time = np.array([years_between(begin, ends_at(day)) for day in days])
    root = at.PM if settle == "pm" else at.AM
    return Family(day_number(np.array(days, dtype="datetime64[D]")), time, root)


def following_expiry(days: Longs, family: Family) -> Longs:
    """Number of the first expiry after each day."""
    return np.searchsorted(family.days, days, side="right").astype(np.int64)


def target_expiry(days: Longs, family: Family, target: int, least: int, name: str) -> Longs:
    """Return the number of the listed expiry nearest to ``target`` days ahead on each day, the earlier of two.

    Only expiries more than ``least`` days ahead qualify. Raises ``MissingExpiryError`` if none is within 30 days.
    """
    ends = family.days
    guess = np.searchsorted(ends, days + target)
    first = np.searchsorted(ends, days + max(least, 0), side="right")
    listed = first + ends.size
    if family.root == at.VRO:
        listed = np.searchsorted(ends, days, side="right") + MONTHS_LISTED
    best, distance = np.zeros(days.size, np.int64), np.full(days.size, np.iinfo(np.int64).max)
    for place in (guess - 1, guess):
        held = np.minimum(np.maximum(place, first), np.minimum(listed, ends.size) - 1)
        off = np.where(held >= first, np.abs(ends[held] - days - target), np.iinfo(np.int64).max)
        best, distance = np.where(off < distance, held, best), np.minimum(off, distance)
    far = distance > FARTHEST_DAYS
    if far.any():
        day = np.datetime64(int(days[np.argmax(far)]), "D")
        raise MissingExpiryError(
            f"program {name}: no listed expiry within {FARTHEST_DAYS} days of {target} days on {day}: change the "
            f"target ({MONTHS_LISTED} monthly VIX expiries are listed, SPX ones until {LAST_DAY.year})"
        )
    return best


def enters_on(when: Calendar, entry: Entry, family: Family) -> NDArray[np.bool_]:
    """Sessions on which a program may open, shape (sessions,).

    A weekday means its session or the first one after it in the same week.
    """
    days = day_number(when.dates)
    if entry.on == "daily":
        return np.ones(days.size, np.bool_)
    if entry.on == "expiry":
        return np.isin(days, family.days)
    wanted = WEEKDAYS.index(entry.on)
    weekday, week = (days + 3) % 7, (days + 3) // 7
    late = weekday >= wanted
    first = np.zeros(days.size, np.bool_)
    _, places = np.unique(week[late], return_index=True)
    first[np.flatnonzero(late)[places]] = True
    return first


def check_settlement(when: Calendar, program: Program, ends: Days, known: NDArray[np.bool_]) -> None:
    """Raise ``SettlementError`` if a program can be held into a settlement whose official print is unknown.

    ``ends``: expiries it may open, ``known``: whether their print is. A program that leaves at least the longest gap
    between two sessions ahead is never held so long.
    """
    gap = int(np.max(np.diff(day_number(when.dates)), initial=1))
    leaves = program.exits.days
    unknown = ~known & (ends <= when.dates[-1])
    if (leaves is None or leaves < gap) and unknown.any():
        day, series = ends[np.argmax(unknown)], "VRO" if program.underlying == "VIX" else "SPX_OPEN"
        raise SettlementError(
            f"program {program.name} can be held into the {program.underlying} settlement of {day}, whose opening "
            f"print is missing (series {series}): leave with {gap} or more days left, or add the series"
        )
