"""What every door that shows signals does alike: load the history, choose the instant, read board and regime."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError, SeawallError, UnknownParameterError
from seawall.data.days import known_history, market_time
from seawall.data.signal_plugins import installed, plugin_signals
from seawall.data.user_signals import Own, declared_signals, own_inputs
from seawall.market.history import History
from seawall.signals.base import sessions_old
from seawall.signals.board import Board, Row, board, refused, series_of
from seawall.signals.cards import Card
from seawall.signals.contract import Family
from seawall.signals.regime import PRESETS, RegimeHistory, RegimeReading, Spell, classify, spells
from seawall.signals.registry import CARDS, SIGNALS

FRESH: Final = 1
"""Sessions the data may be old for the clock's own time to be taken as now."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """The board, the regime by session (None with the reason in ``no_regime``), and the history both were read from.

    ``why_now``: what the instant of the board is. ``cards``: what a book would add.
    """

    board: Board
    history: History
    regimes: RegimeHistory | None
    reading: RegimeReading | None
    no_regime: str
    why_now: str
    cards: tuple[Card, ...]

    @property
    def spells(self) -> tuple[Spell, ...]:
        """Every spell of the regime, oldest first; empty without one."""
        return () if self.regimes is None else spells(self.regimes)

    @property
    def spell(self) -> Spell | None:
        """The open spell of the regime."""
        return self.spells[-1] if self.spells else None


def family_named(name: str | None) -> Family | None:
    """A family by its name; raises ``UnknownParameterError`` naming those that exist."""
    if name is None:
        return None
    if name not in list(Family):
        raise UnknownParameterError(f"no family {name!r}: there are {', '.join(Family)}")
    return Family(name)


def _needed(files: list[Own]) -> list[str]:
    names = {name for one in SIGNALS.values() for name in series_of(one)} | own_inputs(files)
    return sorted(names | {"SPX", "VIX"} | {name.upper() for triggers in PRESETS.values() for name in triggers})


def instant(history: History, day: dt.date | None, clock: dt.datetime) -> tuple[dt.datetime, str]:
    """The instant of the board, and what it is: the session ``day`` or before it, else the clock, else the last close.

    Raises ``MissingDataError`` for a day the history does not reach.
    """
    days = history.get("SPX").dates
    if not days.size:
        raise MissingDataError("SPX has no row: `seawall data sync`, or import its closes")
    if day is None:
        last: dt.date = days[-1].item()
        if sessions_old(last, clock) <= FRESH:
            return clock, "now"
        return market_time(last), "after the close of the last session there is data for"
    row = int(np.searchsorted(days, np.datetime64(day, "D"), side="right")) - 1
    if row < 0 or day > days[-1].item():
        raise MissingDataError(f"no market history reaches {day}: choose a day between {days[0]} and {days[-1]}")
    session: dt.date = days[row].item()
    return market_time(session), "after the close" if session == day else f"after the last close before {day}"


def _regime(known: History, preset: str) -> tuple[RegimeHistory | None, RegimeReading | None, str]:
    try:
        regimes = classify(known, preset)
        if not regimes.dates.size:
            raise MissingDataError("no session has both SPX and VIX by then")
        return regimes, regimes.on(regimes.dates[-1].item()), ""
    except SeawallError as fault:
        return None, None, str(fault)


def observe(
    day: dt.date | None = None,
    preset: str = "seed",
    family: Family | None = None,
    only: str | None = None,
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> Observed:
    """Read every signal, or those of one family or one id, at a day's close, and the regime.

    Raises ``UnknownParameterError`` for a preset or an id, ``MissingDataError`` for a day out of reach.
    """
    if preset not in PRESETS:
        raise UnknownParameterError(f"no preset {preset!r}: there are {', '.join(PRESETS)}")
    files = declared_signals(SIGNALS)
    packages = family in (None, Family.USER) and (only is None or only not in SIGNALS) and installed()
    history = known_history(None if packages else _needed(files))  # what a package reads is not known beforehand
    now, why = instant(history, day, clock())
    known = history.upto(now)
    own = list(files)
    if packages:
        own += plugin_signals({*SIGNALS, *(one.id for one in files)}, known)
    found = [*SIGNALS.values(), *(one.signal for one in own if one.signal is not None)]
    rows: tuple[Row, ...] = tuple(refused(one.id, one.name, one.reason) for one in own if one.signal is None)
    if only is not None:
        named = [one for one in found if one.id == only]
        rows = tuple(one for one in rows if one.id == only)
        if not named and not rows:
            raise UnknownParameterError(f"no signal {only!r}: `seawall signals --all` lists them")
        found = named
    if family is not None:
        found = [one for one in found if one.family is family]
        rows = rows if family is Family.USER else ()
    made = board(found, known, now, preset)
    regimes, reading, missing = _regime(known, preset)
    cards = tuple(CARDS.values()) if only is None and family in (None, Family.BOOK) else ()
    return Observed(replace(made, rows=(*made.rows, *rows)), known, regimes, reading, missing, why, cards)
