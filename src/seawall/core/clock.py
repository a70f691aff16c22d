"""When a session is, when a contract ends, and how long that is in years.

Sessions are those of the New York Stock Exchange, 1990 to 2030: every weekday that ``holidays.csv`` does
not name (``scripts/derive_sessions.py`` writes that table, a test compares it with its source). Dates are
New York dates, instants are UTC and timezone-aware. A date outside the table raises ``DomainError``: no
holiday is guessed.
"""

import datetime as dt
import functools
from importlib import resources
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import ConventionError, DomainError, SettlementUnknownError
from seawall.core.units import MINUTES_PER_YEAR

FIRST_DAY: Final = dt.date(1990, 1, 1)
LAST_DAY: Final = dt.date(2030, 12, 31)
NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN: Final = dt.time(9, 30)
CLOSE: Final = dt.time(16, 0)
PUBLISHED_AFTER_CLOSE: Final = dt.timedelta(minutes=15)
"""A close is taken as known this long after the session ends (METHOD 6)."""

VIX_TENOR: Final = dt.timedelta(days=30)
FRIDAY: Final = 4

SettlementRoot = Literal["SPX", "SPXW", "VIX", "VIXW", "VX"]
OPENING_ROOTS: Final = frozenset({"SPX", "VIX", "VIXW", "VX"})
CLOSING_ROOTS: Final = frozenset({"SPXW"})


class _Table(NamedTuple):
    calendar: np.busdaycalendar
    early: dict[dt.date, dt.time]


@functools.cache
def _table() -> _Table:
    text = resources.files("seawall.core").joinpath("holidays.csv").read_text(encoding="ascii")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    early = {dt.date.fromisoformat(day): dt.time.fromisoformat(close) for day, close in rows if close}
    closed = np.array([day for day, close in rows if not close], dtype="datetime64[D]")
    return _Table(np.busdaycalendar(holidays=closed), early)


def _covered(day: dt.date) -> dt.date:
    day = day.date() if isinstance(day, dt.datetime) else day
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DomainError(f"{day} is outside the session table {FIRST_DAY} .. {LAST_DAY}: use one inside")
    return day


def is_session(day: dt.date) -> bool:
    """True if the exchange is open on ``day``. Raises ``DomainError`` outside 1990-2030."""
    return bool(np.is_busday(np.datetime64(_covered(day), "D"), busdaycal=_table().calendar))


def sessions(start: dt.date, end: dt.date) -> NDArray[np.datetime64]:
    """Sessions from ``start`` to ``end``, both included, as datetime64[D].

    Raises ``DomainError`` outside the table.
    """
    days = np.arange(np.datetime64(_covered(start), "D"), np.datetime64(_covered(end), "D") + 1)
    open_days: NDArray[np.datetime64] = days[np.is_busday(days, busdaycal=_table().calendar)]
    return open_days


def _step(day: dt.date, days: int) -> dt.date:
    step = dt.timedelta(days=days)
    day = _covered(day) + step
    while not is_session(day):
        day += step
    return day


def next_session(day: dt.date) -> dt.date:
    """First session after ``day``. Raises ``DomainError`` outside the table."""
    return _step(day, 1)


def previous_session(day: dt.date) -> dt.date:
    """Last session before ``day``. Raises ``DomainError`` outside the table."""
    return _step(day, -1)


def _session(day: dt.date) -> dt.date:
    day = _covered(day)
    if not is_session(day):
        raise DomainError(f"{day} is not a session: the one before is {previous_session(day)}")
    return day


def _instant(day: dt.date, clock: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, clock, NEW_YORK).astimezone(dt.UTC)


def open_instant(day: dt.date) -> dt.datetime:
    """09:30 New York of a session, in UTC. Raises ``DomainError`` if ``day`` is not a session."""
    return _instant(_session(day), OPEN)


def close_instant(day: dt.date) -> dt.datetime:
    """Close of a session (16:00 New York, or its early close), in UTC.

    Raises ``DomainError`` if ``day`` is not a session.
    """
    day = _session(day)
    return _instant(day, _table().early.get(day, CLOSE))


def known_after_close(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Instant from which closes of the sessions ``days`` are known: the close plus 15 minutes.

    Returns UTC datetime64[s], one a day. Raises ``DomainError`` for a day that is not a session.
    """
    instants = [close_instant(day) + PUBLISHED_AFTER_CLOSE for day in days.astype("datetime64[D]").tolist()]
    return np.array([instant.replace(tzinfo=None) for instant in instants], dtype="datetime64[s]")


def third_friday(year: int, month: int) -> dt.date:
    """Third Friday of a month, session or not."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def spx_monthly_expiry(year: int, month: int) -> dt.date:
    """Date of the AM-settled monthly SPX option: the third Friday, or the session before it."""
    friday = third_friday(year, month)
    return friday if is_session(friday) else previous_session(friday)


def vix_expiry(year: int, month: int) -> dt.date:
    """Final settlement date of the monthly VIX future and option named after ``month``.

    The Wednesday 30 days before the third Friday of the following month; the session before that Wednesday if
    either day is a holiday. Source: Cboe VX contract specification. Raises ``DomainError`` outside the table.
    """
    friday = third_friday(year + month // 12, month % 12 + 1)
    wednesday = friday - VIX_TENOR
    if is_session(friday) and is_session(wednesday):
        return wednesday
    return previous_session(wednesday)


def vix_expiries(after: dt.date, count: int) -> list[dt.date]:
    """Next ``count`` monthly VIX expiries strictly after the date ``after``, in order."""
    after = _covered(after)
    month = after.year * 12 + after.month - 1
    found: list[dt.date] = []
    while len(found) < count:
        expiry = vix_expiry(month // 12, month % 12 + 1)
        if expiry > after:
            found.append(expiry)
        month += 1
    return found


def settlement_instant(root: SettlementRoot, expiry: dt.date) -> dt.datetime:
    """Instant (UTC) of the print a contract settles on.

    SPX (monthly), VIX and VX settle on the opening of ``expiry`` (09:30 New York), SPXW on its close (16:00
    or the early close). ``expiry`` is the settlement date, not the last trade date. Raises
    ``SettlementUnknownError`` for a missing or unknown root and ``DomainError`` if ``expiry`` is not a
    session. Source: Cboe specifications.
    """
    if root in OPENING_ROOTS:
        return open_instant(expiry)
    if root in CLOSING_ROOTS:
        return close_instant(expiry)
    known = ", ".join(sorted(OPENING_ROOTS | CLOSING_ROOTS))
    raise SettlementUnknownError(f"root {root!r} does not say on which print it settles: use one of {known}")


def years_between(start: dt.datetime, end: dt.datetime) -> float:
    """Years from ``start`` to ``end``, ACT/365 counted in minutes; negative if ``end`` is earlier.

    Raises ``ConventionError`` for an instant without a time zone.
    """
    for instant in (start, end):
        if instant.utcoffset() is None:
            raise ConventionError(f"{instant} has no time zone: pass an aware instant, for example in UTC")
    return (end - start) / dt.timedelta(minutes=1) / MINUTES_PER_YEAR
