"""What the monitor reads off a book in its market: plain numbers, None where one is unknown."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from seawall.core.errors import SeawallError
from seawall.core.status import Status
from seawall.data.books import LoadedBook
from seawall.hedge.endurance import time_buffer
from seawall.hedge.held import is_hedge
from seawall.hedge.plan import HedgePlan
from seawall.ledger.account_risk import Simulation, closed_form, liquidation_chance, margined, problem_of
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger
from seawall.ledger.exposure import ledger as ledger_of
from seawall.ledger.margin import VOL_YEARS, account_margins
from seawall.market.history import History
from seawall.market.state import State
from seawall.signals.regime import RegimeReading, classify

Stamp = tuple[tuple[str, int, int], ...]
PATHS: Final = 2048
"""Simulated paths for an account of several legs; one leg has a closed form."""
OLDEST: Final = dt.timedelta(days=5)
"""A regime of an older session says nothing of today."""


class BreakEven(NamedTuple):
    """Volatility that eats the carry of one factor, and the volatilities to compare it with, per root year."""

    level: float | None
    status: str
    realised: float | None
    implied: float | None


class Chance(NamedTuple):
    """Chance of liquidation within the horizon, as a share, and how it was found."""

    share: float
    method: str


class TicketLine(NamedTuple):
    """One ticket in short."""

    id: str
    contract: str
    side: str
    contracts: float
    limit: float
    rule: str


class Drift(NamedTuple):
    """Share of the wanted protection that is still to be traded, and the tickets that would trade it."""

    share: float
    tickets: tuple[TicketLine, ...]
    decided_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """One book at one instant. Dollars to the holder; ``net_delta``: absolute delta over equity."""

    book: str
    name: str
    as_of: dt.datetime
    value_usd: float
    delta_usd: float
    gamma_usd_per_pct: float
    vega_usd_per_point: float
    nav_usd: float | None
    net_delta: float | None
    break_evens: Mapping[str, BreakEven]
    buffer_days: float | None
    buffer_status: str
    chances: Mapping[str, Chance]
    modelled: tuple[str, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class RegimeView:
    """The regime of the last session that is known; ``state`` None with the reason in ``rule``."""

    state: str | None
    day: dt.date | None
    rule: str
    known_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One good reading of everything: number, instant of the clock, books and regime."""

    number: int
    at: dt.datetime
    books: tuple[Figures, ...]
    regime: RegimeView


@dataclass(frozen=True, slots=True, eq=False)
class Good:
    """What a book's last good figures were made of. ``number``: of the observation; ``stamp``: of the file read."""

    number: int
    loaded: LoadedBook
    state: State
    history: History
    stamp: Stamp


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _break_evens(table: Ledger, state: State) -> dict[str, BreakEven]:
    found = {}
    for row in table.by_factor:
        asset = state.assets.get(row.factor)
        if asset is None:
            continue
        implied = float(state.view().vol(row.factor, asset.spot.value, VOL_YEARS)[0])
        realised = None if asset.realised_vol is None else asset.realised_vol.value
        level = _finite(row.break_even_vol)
        found[row.factor] = BreakEven(level, str(row.break_even_status), _finite(realised), _finite(implied))
    return found


def chances_of(book: Book, state: State, days: float) -> dict[str, Chance]:
    """Chance of liquidation of every account and isolated perp within ``days``; volatility as the ledger has it."""
    found = {}
    for margin in account_margins(book, state):
        if margin.status is Status.BREACHED:
            found[margin.name] = Chance(1.0, "beyond its liquidation price")
        elif margin.status is Status.NEVER:
            found[margin.name] = Chance(0.0, "no price ends it")
        elif (exact := closed_form(margin, days)) is not None:
            found[margin.name] = Chance(exact, "closed form, constant volatility")
        else:
            owner, shown = margined(book, state, margin.name)
            run = Simulation(days=days, paths=PATHS)
            share, error = liquidation_chance(problem_of(owner, shown.name, state), state, run)
            found[margin.name] = Chance(share, f"simulated, standard error {error:.4f}")
    return found


def figures_of(identity: str, book: Book, state: State, days: float) -> Figures:
    """Every figure of a book; raises a ``SeawallError`` when it cannot be valued, or its value is no number."""
    table = ledger_of(book, state)
    total = table.total
    numbers = (total.exposure.value_usd, total.exposure.delta_usd, total.gamma_usd_per_pct,
               total.exposure.vega_usd_per_point)  # fmt: skip
    if not all(math.isfinite(one) for one in numbers):
        raise SeawallError(f"{book.name} has a value that is no number: look at the market's inputs")
    nav = book.nav_usd
    buffer = time_buffer(table, nav)
    return Figures(
        identity, book.name, state.now, *numbers, nav, None if nav is None else abs(numbers[1]) / nav,
        _break_evens(table, state), None if nav is None else _finite(buffer.days),
        str(buffer.status), chances_of(book, state, days),
        tuple(state.assumptions()),
    )  # fmt: skip


def drift_of(plan: HedgePlan) -> Drift:
    """How far the book is from what its policy wants: vega to be traded over the larger of vega held and vega wanted.

    0: nothing to trade; 1: all of the protection is missing, or all that is held is to be sold.
    """
    held = {position.label for position in plan.book.positions if is_hedge(position)}
    owned = sum(abs(row.exposure.vega_usd_per_point) for row in plan.before.rows if row.label in held)
    hedges = [one for one in plan.tickets if one.protects or one.closes]
    opened = sum(abs(one.vega_usd_per_point) for one in hedges if not one.closes)
    closed = sum(abs(one.vega_usd_per_point) for one in hedges if one.closes)
    most = max(owned, owned + opened - closed)
    lines = tuple(
        TicketLine(one.id, one.contract, one.side, one.contracts, one.limit, one.rule) for one in plan.tickets
    )
    return Drift(min((opened + closed) / most, 1.0) if most > 0.0 else 0.0, lines, plan.before.state.now)


def last_reading(history: History, now: dt.datetime, preset: str) -> tuple[RegimeReading | None, RegimeView]:
    """The regime of the last session known at ``now``, and how it is shown; None with a reason where it is unknown, or
    too old to say anything.
    """
    try:
        regimes = classify(history.upto(now), preset)
        if not regimes.dates.size:
            return None, RegimeView(None, None, "no session has both SPX and VIX by then: `seawall data sync`")
        reading = regimes.on(regimes.dates[-1].item())
    except SeawallError as fault:
        return None, RegimeView(None, None, str(fault))
    if now - reading.known_at > OLDEST:
        why = f"the last session with SPX and VIX is {reading.day}: `seawall data sync`"
        return None, RegimeView(None, reading.day, why, reading.known_at)
    return reading, RegimeView(reading.state.name, reading.day, reading.rule, reading.known_at)
