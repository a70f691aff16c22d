"""Events for a book: the shocks there are, and what one does, cause by cause."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seawall.app.cli.events import is_range, moves_of, sessions_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, viewed
from seawall.core.errors import InputError
from seawall.data.event_catalogue import BY_NAME

if TYPE_CHECKING:
    from seawall.ledger.attribution import BookAttribution

LONGEST_TEXT: Final = 300


def events(seen: Viewed) -> list[Record]:
    """Named shocks for a book's market."""
    from seawall.market.shock import named_shocks

    return [
        {
            "name": shock.name,
            "returns": dict(shock.returns),
            "vix_points": shock.vix_points,
            "source": shock.source,
            "origin": str(shock.origin),
        }
        for shock in named_shocks(seen.state)
    ]


def replay_of(desk: Desk, book: str, asof: dt.date | None, event: str, days: float) -> "BookAttribution":
    """The attribution of an event; raises ``InputError`` for one that cannot be read."""
    from seawall.ledger.attribution import attribute

    if len(event) > LONGEST_TEXT:
        raise InputError(f"an event has at most {LONGEST_TEXT} characters: name a shock, moves, or FROM..TO")
    if not is_range(event):
        seen = viewed(desk, book, asof)
        if event in BY_NAME and event not in {one["name"] for one in events(seen)}:
            raise InputError(
                f"{event} is a path of days, and the desk replays shocks, moves and FROM..TO: "
                f"`seawall replay BOOK {event}` follows it, or give its sessions"
            )
        name, moves = moves_of(event, seen.state, days)
        found = attribute(seen.loaded.book, seen.state, seen.state.view(moves), name)
        return replace(found, notes=tuple(seen.state.assumptions()))
    if asof is not None:
        raise InputError("a range of sessions takes its markets from the history: leave out asof")
    path = followed(desk, book, event)
    return replace(path.upto(len(path.days) - 1), name=event)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A book through a range of sessions. ``days``: sessions; ``steps``: one attribution from each to the next.

    ``spx``, ``vix``: closes of ``days``; ``assumed``: what the first market assumes.
    """

    days: tuple[dt.date, ...]
    steps: "tuple[BookAttribution, ...]"
    spx: tuple[float, ...]
    vix: tuple[float, ...]
    assumed: tuple[str, ...]

    def upto(self, row: int) -> "BookAttribution":
        """The attribution from the first session to that of ``row``, from 1 on."""
        from seawall.ledger.attribution import joined

        found = joined(self.steps[:row], f"{self.days[0]}..{self.days[row]}")
        return replace(found, notes=(*found.notes, *self.assumed))


def followed(desk: Desk, book: str, event: str) -> Followed:
    """A book through ``FROM..TO``, kept for the next who asks; raises a ``SeawallError``."""

    def compute() -> Followed:
        from seawall.data.days import known_history, market_of
        from seawall.ledger.attribution import attribute_days

        loaded = desk.workspace.load(entry)
        history, days = known_history(), tuple(sessions_of(event))
        states = [market_of(history, day) for day in days]
        steps = attribute_days(loaded.book, states, event)
        spx = tuple(state.asset("SPX").spot.value for state in states)
        vix = tuple(state.vix.vix.value for state in states if state.vix is not None)
        return Followed(days, steps, spx, vix, tuple(states[0].assumptions()))

    entry = desk.workspace.get(book)
    return desk.memo.get(("followed", book, entry.revision, event), compute)
