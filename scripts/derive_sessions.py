"""Write ``src/seawall/core/holidays.csv``: what New York adds to "a session every weekday until 16:00".

Source: ``exchange_calendars`` (calendar XNYS). One row a weekday that is no session (``close`` empty) and
one row a session that closes early (``close`` is New York time). Run again with a newer
``exchange_calendars`` when the exchange announces a closing.

    python scripts/derive_sessions.py
"""

import datetime as dt
import importlib.metadata
import sys
from pathlib import Path

import exchange_calendars

FIRST = dt.date(1990, 1, 1)
LAST = dt.date(2030, 12, 31)
REGULAR_CLOSE = dt.time(16, 0)
TARGET = Path(__file__).parents[1] / "src" / "seawall" / "core" / "holidays.csv"


def closures() -> list[tuple[dt.date, str]]:
    """Return (day, closing time or empty) for every weekday that is not an ordinary session."""
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    local = calendar.closes.dt.tz_convert("America/New_York")
    closes = {stamp.date(): close for stamp, close in local.items()}
    rows = []
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + dt.timedelta(days=offset)
        if day.weekday() >= 5:
            if day in closes:
                raise ValueError(f"{day} is a session on a weekend: the table cannot say so")
            continue
        if day not in closes:
            rows.append((day, ""))
        elif closes[day].time() != REGULAR_CLOSE:
            rows.append((day, closes[day].strftime("%H:%M")))
    return rows


def main() -> int:
    """Write the table and say how many rows it has."""
    rows = closures()
    lines = ["date,close", *(f"{day.isoformat()},{close}" for day, close in rows)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")
    version = importlib.metadata.version("exchange_calendars")
    print(f"{TARGET.name}: {len(rows)} rows, {FIRST} to {LAST}, from exchange_calendars {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
