"""What a desk should look at first: rules over a book in its market, each one line with its reason."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, ledger_of, viewed
from seawall.app.service.hedging import regime_of
from seawall.core.status import Status

if TYPE_CHECKING:
    from seawall.ledger.exposure import Ledger, Row

NEAR_DAYS: Final = 7.0
OLD: Final = dt.timedelta(days=4)
MOST: Final = 8
"""Lines of one rule; the rest are counted."""


class Level(StrEnum):
    """How soon someone should look."""

    ACT = "act"
    WATCH = "watch"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Alert:
    """One line: the rule that made it, the fact, what to do, and the page that shows it."""

    rule: str
    level: Level
    fact: str
    remedy: str
    page: str = "/"


def _regime(desk: Desk, seen: Viewed) -> list[Alert]:
    reading = regime_of(desk, seen)
    if reading is None:
        fact = "the regime is unknown: no history reaches the market of this book"
        return [Alert("regime", Level.NOTE, fact, "sync or import SPX and VIX", "/data")]
    level = {"CALM": Level.NOTE, "EXHAUST": Level.WATCH}.get(reading.state.name, Level.ACT)
    if level is Level.NOTE:
        return []
    return [Alert("regime", level, f"the regime of {reading.day} is {reading.state.name}", "see the tickets", "/hedge")]


def _age(desk: Desk, seen: Viewed) -> list[Alert]:
    age = desk.clock() - seen.state.now
    if age <= OLD:
        return []
    fact = f"the market is of {seen.state.now:%Y-%m-%d %H:%M} UTC, {age.days:,} days old"
    return [Alert("age", Level.WATCH, fact, "name a newer market, or read the page as history", "/data")]


def _bleeding(row: "Row") -> bool:
    rent, carry = row.rent_usd_per_year, row.exposure.carry_usd_per_year
    return rent is not None and carry is not None and row.exposure.gamma_usd < 0.0 and rent > carry


def _rows(table: "Ledger") -> list[Alert]:
    found = []
    for row in table.rows:
        if _bleeding(row):
            rent, carry = row.rent_usd_per_year, row.exposure.carry_usd_per_year
            fact = f"{row.label}: rent {rent:,.0f} is above carry {carry:,.0f} USD a year"
            found.append(Alert("rent", Level.WATCH, fact, "it is paid less than its convexity costs", "/scenarios"))
        for status in row.exposure.status:
            if status in (Status.BREACHED, Status.OUT_OF_RANGE):
                level = Level.ACT if status is Status.BREACHED else Level.WATCH
                found.append(Alert("status", level, f"{row.label}: {status}", "look at the position", "/scenarios"))
        if row.exposure.carry_usd_per_year is None:
            fact = f"{row.label}: its carry is unknown"
            found.append(Alert("unknown", Level.NOTE, fact, "state fees or funding in the book or the market", "/data"))
    return found


def _expiries(seen: Viewed) -> list[Alert]:
    found = []
    for position in seen.loaded.book.positions:
        left = [(instant - seen.state.now).total_seconds() / 86400.0 for instant in position.instrument.settles]
        soon = [days for days in left if 0.0 < days <= NEAR_DAYS]
        if soon:
            fact = f"{position.label} settles in {min(soon):.1f} days"
            found.append(Alert("expiry", Level.WATCH, fact, "roll it, close it, or know its settlement", "/scenarios"))
    return found


def _capital(table: "Ledger") -> list[Alert]:
    nav, worst = table.book.nav_usd, table.total.worst
    if nav is None:
        return [Alert("equity", Level.NOTE, "the book states no equity", "write `nav:`, shares of it are unknown", "/")]
    if worst.usd < -0.1 * nav:
        fact = f"{worst.shock} costs {-worst.usd:,.0f} USD, {-worst.usd / nav:.0%} of equity"
        return [Alert("worst", Level.ACT, fact, "hedge it or hold less", "/hedge")]
    return []


def alerts_of(desk: Desk, seen: Viewed) -> tuple[Alert, ...]:
    """Every alert of a book, most urgent first; one rule shows eight lines and counts the rest."""
    table = ledger_of(desk, seen)
    found = [*_capital(table), *_regime(desk, seen), *_expiries(seen), *_rows(table), *_age(desk, seen)]
    kept: list[Alert] = []
    for rule in dict.fromkeys(one.rule for one in found):
        lines = [one for one in found if one.rule == rule]
        kept += lines[:MOST]
        if len(lines) > MOST:
            more = Alert(rule, lines[0].level, f"{len(lines) - MOST} more of the rule {rule!r}", lines[0].remedy)
            kept.append(more)
    return tuple(sorted(kept, key=lambda one: list(Level).index(one.level)))


def alerts(desk: Desk, book: str, asof: dt.date | None) -> Record:
    """The alerts of a book as an object."""
    found = alerts_of(desk, viewed(desk, book, asof))
    return {
        "alerts": [{"rule": one.rule, "level": str(one.level), "fact": one.fact, "remedy": one.remedy} for one in found]
    }
