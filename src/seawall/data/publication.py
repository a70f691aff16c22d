"""When a value became known, by rule, for sources that do not say it themselves (METHOD 6).

Rules err on the late side: a value is never said to be known before its usual publication.
"""

import datetime as dt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, LAST_DAY, NEW_YORK, known_after_close, sessions

Instants = NDArray[np.datetime64]
MICROS = 60_000_000
Kind = Literal["close", "stamp", "day_end", "next_session", "days_after", "month_after"]


class Known(NamedTuple):
    """A rule and its numbers.

    ``close``: 15 minutes after the session's close; ``stamp``: the instant itself plus ``minutes``; ``day_end``: the
    end of the UTC day plus ``minutes``; ``next_session``: the next weekday at ``clock`` New York; ``days_after``:
    ``days`` later at ``clock``; ``month_after``: ``days`` after the end of the month at ``clock``.
    """

    kind: Kind
    days: int = 0
    clock: dt.time = dt.time(8, 30)
    minutes: int = 0

    def words(self) -> str:
        """The rule in words, for reports."""
        at = f"{self.clock:%H:%M} New York"
        return {
            "close": "15 minutes after the close of its session",
            "stamp": f"at its time stamp plus {self.minutes} minutes" if self.minutes else "at its time stamp",
            "day_end": f"at the end of its UTC day plus {self.minutes} minutes",
            "next_session": f"next weekday, {at}",
            "days_after": f"{self.days} days later, {at}",
            "month_after": f"{self.days} days after the end of its month, {at}",
        }[self.kind]


def new_york(days: Instants, clock: dt.time) -> Instants:
    """UTC instants of a New York clock time on each of ``days`` (datetime64[D]), as datetime64[us]."""
    unique, place = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    # The offset changes twice a year, so one look a month is not enough but one a distinct day is cheap.
    moments = [
        np.datetime64(dt.datetime.combine(day, clock, NEW_YORK).astimezone(dt.UTC).replace(tzinfo=None), "us")
        for day in unique.tolist()
    ]
    return np.array(moments, dtype="datetime64[us]")[place]


def session_days(days: Instants) -> NDArray[np.bool_]:
    """True for the days that are sessions of the New York exchange; days outside the table are weekdays."""
    whole = days.astype("datetime64[D]")
    inside = (whole >= np.datetime64(FIRST_DAY)) & (whole <= np.datetime64(LAST_DAY))
    found: NDArray[np.bool_] = np.where(inside, np.isin(whole, sessions(FIRST_DAY, LAST_DAY)), np.is_busday(whole))
    return found


def _after_close(days: Instants) -> Instants:
    known = new_york(days, dt.time(16, 15))
    inside = (days >= np.datetime64(FIRST_DAY)) & (days <= np.datetime64(LAST_DAY))
    regular = inside & session_days(days)
    if regular.any():
        known[regular] = known_after_close(days[regular]).astype("datetime64[us]")
    return known


def shifted(days: Instants, count: int) -> Instants:
    """Dates moved by a number of calendar days."""
    moved: Instants = days + np.timedelta64(count, "D")
    return moved


def known_at(rule: Known, at: Instants) -> Instants:
    """Instant from which each value was known, UTC datetime64[us]; ``at``: what the values describe."""
    at = at.astype("datetime64[us]")
    days = at.astype("datetime64[D]")
    if rule.kind == "close":
        return _after_close(days)
    if rule.kind in ("stamp", "day_end"):
        start = at if rule.kind == "stamp" else shifted(days, 1).astype("datetime64[us]")
        later: Instants = (start.astype(np.int64) + MICROS * rule.minutes).astype("datetime64[us]")
        return later
    if rule.kind == "next_session":
        return new_york(np.busday_offset(shifted(days, 1), 0, roll="forward"), rule.clock)
    if rule.kind == "days_after":
        return new_york(shifted(days, rule.days), rule.clock)
    month_end = shifted((at.astype("datetime64[M]") + 1).astype("datetime64[D]"), -1)
    return new_york(shifted(month_end, rule.days), rule.clock)
