"""When listed coin options expire: the calendar of the venue that lists them, by its rules alone.

Source: Deribit, Contract Introduction Policy (BTC and ETH): 1, 2, 3 dailies, 1, 2, 3 weeklies (Fridays), 1, 2, 3
monthlies (last Friday) and 3, 6, 9, 12-month quarterlies (last Friday of the quarter), all at 08:00 UTC. An expiry that
is of two kinds is listed once. Before February 2020 there were no dailies, so near dates of old sessions are assumed.
"""

import datetime as dt
from typing import Final

from seawall.core.errors import DomainError

SETTLES: Final = dt.time(8, 0, tzinfo=dt.UTC)
DAILIES: Final = 3
WEEKLIES: Final = 3
MONTHLIES: Final = 3
QUARTERLIES: Final = 4
FRIDAY: Final = 4
WEEK: Final = 7


def last_friday(year: int, month: int) -> dt.date:
    """Last Friday of a month."""
    end = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return end - dt.timedelta(days=(end.weekday() - FRIDAY) % WEEK)


def coin_expiries(now: dt.datetime) -> tuple[dt.datetime, ...]:
    """Listed expiries of coin options after ``now``, rising, UTC. Raises ``DomainError`` for one without a zone."""
    if now.tzinfo is None:
        raise DomainError(f"{now} has no time zone: pass an aware instant, for example in UTC")
    utc = now.astimezone(dt.UTC)
    first = utc.date() if utc.timetz() < SETTLES else utc.date() + dt.timedelta(days=1)
    friday = first + dt.timedelta(days=(FRIDAY - first.weekday()) % WEEK)
    months = [last_friday(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1) for n in range(16)]
    alive = [day for day in months if day >= first]
    days = {first + dt.timedelta(days=n) for n in range(DAILIES)}
    days |= {friday + dt.timedelta(days=WEEK * n) for n in range(WEEKLIES)}
    days |= set(alive[:MONTHLIES]) | set([day for day in alive if day.month % 3 == 0][:QUARTERLIES])
    return tuple(dt.datetime.combine(day, SETTLES) for day in sorted(days))


def coin_expiry_near(now: dt.datetime, days: float) -> dt.datetime:
    """Listed expiry nearest to ``days`` from ``now``, the earlier of two; raises as ``coin_expiries``."""
    wanted = now + dt.timedelta(days=days)
    return min(coin_expiries(now), key=lambda one: (abs(one - wanted), one))
