"""Events for a book: what there is to replay, and what one does, in one step, as it was, or on today's market."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seawall.app.cli.events import is_range, moves_of, sessions_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, viewed
from seawall.core.datum import Origin
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.ledger.attribution import BookAttribution
    from seawall.market.event_path import EventPath
    from seawall.market.history import History
    from seawall.market.known_event import KnownEvent
    from seawall.market.state import State
    from seawall.sim.replay_book import BookReplay

LONGEST_TEXT: Final = 300
CAUSES: Final = "causes"
PATH: Final = "path"
FACTORS: Final = ("SPX", "VIX", "ETH", "BTC", "ETH_US_CLOSE", "BTC_US_CLOSE")
"""Series that decide what covers an event."""


def mode_of(event: str, mode: str | None) -> str:
    """``causes`` (one step, or sessions as they were) or ``path`` (today's market moved along the event).

    Without one: that of the verb, so `path` for an event of the catalogue that is no shock too. Raises ``InputError``.
    """
    from seawall.app.replays import goes_by_days

    if len(event) > LONGEST_TEXT:
        raise InputError(f"an event has at most {LONGEST_TEXT} characters: name one, moves, or FROM..TO")
    if mode not in (None, CAUSES, PATH):
        raise UnknownParameterError(f"no mode {mode[:40]!r}: leave it out, or ask {CAUSES} or {PATH}")
    if mode == PATH and "=" in event:
        raise InputError("moves are one step: leave out the mode, or name an event or FROM..TO")
    if mode == CAUSES and goes_by_days(event):
        raise InputError(f"{event} is a path of days and no shock of one step: leave out the mode, or ask mode {PATH}")
    return mode or (PATH if goes_by_days(event) else CAUSES)


def events(desk: Desk, seen: Viewed) -> list[Record]:
    """What a book's market can be taken through: named shocks, then the events of the catalogue; by ``kind``."""

    def compute() -> list[Record]:
        from seawall.data.days import known_history
        from seawall.data.event_catalogue import EVENTS

        history = known_history(list(FACTORS))
        return [*_shocks(seen.state), *(_event(history, one, seen.state) for one in EVENTS)]

    return desk.memo.get(("events", seen.key), compute)


def _shocks(state: "State") -> list[Record]:
    from seawall.market.shock import named_shocks

    return [
        {
            "kind": "shock",
            "name": shock.name,
            "returns": dict(shock.returns),
            "vix_points": shock.vix_points,
            "source": shock.source,
            "origin": str(shock.origin),
        }
        for shock in named_shocks(state)
    ]


def _event(history: "History", event: "KnownEvent", state: "State") -> Record:
    """One event of the catalogue; its ``origin`` is that of the legs this market has, the least of them."""
    from seawall.data.event_paths import covered, event_path

    path = event_path(history, event)
    origins = {name: leg.origin for name, leg in path.legs.items() if name in ("SPX", "VIX", "ETH", "BTC")}
    return {
        "kind": PATH,
        "name": event.name,
        "title": event.title,
        "direction": event.direction,
        "start": str(event.start),
        "end": str(event.end),
        "sessions": path.sessions[-1],
        "steps": len(path.days) - 1,
        "covered_by": covered(history, event),
        "origins": {name: str(origin) for name, origin in origins.items()},
        "origin": str(Origin.SYNTHETIC if stylised(path, state) else Origin.OBSERVED),
        "source": event.source,
    }


def legs_in(path: "EventPath", state: "State") -> list[str]:
    """Price and VIX legs of an event that a market has."""
    return [name for name in (*path.prices, "VIX") if name in state.assets or (name == "VIX" and state.vix is not None)]


def stylised(path: "EventPath", state: "State") -> list[str]:
    """Of these, the legs that a rule draws, through typed closes or without any."""
    return [name for name in legs_in(path, state) if path.legs[name].origin is not Origin.OBSERVED]


def replay_of(desk: Desk, book: str, asof: dt.date | None, event: str, days: float) -> "BookAttribution":
    """The attribution of a shock, of moves, or of sessions as they were; raises ``InputError`` for any other event."""
    from seawall.ledger.attribution import attribute

    if not is_range(event):
        seen = viewed(desk, book, asof)
        name, moves = moves_of(event, seen.state, days)
        found = attribute(seen.loaded.book, seen.state, seen.state.view(moves), name)
        return replace(found, notes=tuple(seen.state.assumptions()))
    if asof is not None:
        raise InputError("a range of sessions takes its markets from the history: leave out asof, or ask mode path")
    path = followed(desk, book, event)
    return replace(path.upto(len(path.days) - 1), name=event)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A book through sessions. ``days``: sessions, the eve first; ``steps``: one attribution from each to the next.

    ``levels``: by name the level at each of ``days``; ``assumed``: what the markets assume. ``lived``: the event on
    today's book, with its margin, layers and log; None for sessions as they were.
    """

    days: tuple[dt.date, ...]
    steps: "tuple[BookAttribution, ...]"
    levels: dict[str, tuple[float, ...]]
    assumed: tuple[str, ...]
    lived: "BookReplay | None" = None

    def upto(self, row: int) -> "BookAttribution":
        """The attribution from the first session to that of ``row``, from 1 on."""
        from seawall.ledger.attribution import joined

        found = joined(self.steps[:row], f"{self.days[0]}..{self.days[row]}")
        return replace(found, notes=(*found.notes, *self.assumed))


def followed(desk: Desk, book: str, event: str) -> Followed:
    """A book through ``FROM..TO`` as it was, kept for the next who asks; raises a ``SeawallError``."""

    def compute() -> Followed:
        from seawall.data.days import known_history, market_of
        from seawall.ledger.attribution import attribute_days

        loaded = desk.workspace.load(entry)
        history, days = known_history(), tuple(sessions_of(event))
        states = [market_of(history, day) for day in days]
        steps = attribute_days(loaded.book, states, event)
        levels = {"SPX": tuple(state.asset("SPX").spot.value for state in states)}
        vix = tuple(state.vix.vix.value for state in states if state.vix is not None)
        if len(vix) == len(days):
            levels["VIX"] = vix
        return Followed(days, steps, levels, tuple(states[0].assumptions()))

    entry = desk.workspace.get(book)
    return desk.memo.get(("followed", book, entry.revision, event), compute)


def lived(desk: Desk, seen: Viewed, event: str) -> "BookReplay":
    """A book and its market through an event of the catalogue or ``FROM..TO``, day by day, kept for the next who asks.

    Raises a ``SeawallError``.
    """

    def compute() -> "BookReplay":
        from seawall.app.replays import path_of, replayed
        from seawall.data.days import known_history

        days = tuple(sessions_of(event)) if is_range(event) else None
        history = known_history()
        return replayed(seen.loaded.book, seen.state, history, path_of(history, event, days))

    return desk.memo.get(("lived", seen.key, event), compute)


def course_of(desk: Desk, seen: Viewed, event: str) -> Followed:
    """The same as what a page steps through."""
    from seawall.ledger.attribution import joined
    from seawall.report.replay_tables import coins_of

    found = lived(desk, seen, event)
    steps = tuple(day.attribution for day in found.days)
    eve = {name: asset.spot.value for name, asset in seen.state.assets.items()}
    eve |= {} if seen.state.vix is None else {"VIX": seen.state.vix.vix.value}
    levels = {
        name: (eve[name], *(day.levels[name] for day in found.days))
        for name in ("SPX", "VIX", *coins_of(found))
        if name in eve
    }
    counted = joined(steps, event).notes  # says how many steps: each day says it of its own
    return Followed(found.path.days, steps, levels, tuple(one for one in found.notes if one not in counted), found)


@dataclass(frozen=True, slots=True)
class Asked:
    """An event as a route is asked for it. ``days``: calendar days of one step, None: one."""

    event: str
    mode: str | None = None
    days: float | None = None


def replay(desk: Desk, book: str, asof: dt.date | None, asked: Asked) -> Record:
    """What an event did, or would do, as `seawall replay --json` prints it; raises a ``SeawallError``."""
    if mode_of(asked.event, asked.mode) == PATH:
        from seawall.report.replay_tables import replay_record

        if asked.days is not None:
            raise InputError("days is for a shock in one step: leave it out, an event takes its own sessions")
        return replay_record(lived(desk, viewed(desk, book, asof), asked.event))
    from seawall.report.attribution_tables import attribution_record

    return attribution_record(replay_of(desk, book, asof, asked.event, 1.0 if asked.days is None else asked.days))
