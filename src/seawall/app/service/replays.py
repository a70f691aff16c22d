"""Events for a book: the shocks there are, and what one does, cause by cause."""

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seawall.app.cli.events import is_range, moves_of, sessions_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, viewed
from seawall.core.errors import InputError

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
    from seawall.ledger.attribution import attribute, attribute_path

    if len(event) > LONGEST_TEXT:
        raise InputError(f"an event has at most {LONGEST_TEXT} characters: name a shock, moves, or FROM..TO")
    if not is_range(event):
        seen = viewed(desk, book, asof)
        name, moves = moves_of(event, seen.state, days)
        found = attribute(seen.loaded.book, seen.state, seen.state.view(moves), name)
        return replace(found, notes=tuple(seen.state.assumptions()))
    from seawall.data.days import known_history, market_of

    if asof is not None:
        raise InputError("a range of sessions takes its markets from the history: leave out asof")
    loaded = desk.workspace.load(desk.workspace.get(book))
    history = known_history()
    states = [market_of(history, day) for day in sessions_of(event)]
    found = attribute_path(loaded.book, states, event)
    return replace(found, notes=(*found.notes, *states[0].assumptions()))
