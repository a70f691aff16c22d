"""What one browser tab looks at: which page, which book, and everything else that its address restores."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from nicegui import ui

from seawall.app.service.books import DEMO, ID
from seawall.app.service.desk import Desk, Viewed, is_watched, newest_number, viewed

CARRIED = ("book", "asof")
"""Parts of an address that go with the reader to the next page."""


@dataclass(slots=True, eq=False)
class View:
    """One tab. ``query``: the address after its question mark; ``dark``: which colours figures are drawn in."""

    desk: Desk
    dark: bool
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    held: Viewed | None = None
    """A watched book as it was when the page asked: the page keeps to it."""

    def moved(self, path: str, query: Mapping[str, str]) -> None:
        """Take over another address."""
        self.held = None
        self.path, self.query = path, {key[:40]: value[:200] for key, value in query.items()}

    @property
    def book(self) -> str:
        """Id of the book looked at; the first file of the command line, else the example, where none is named."""
        named = self.query.get("book", "")
        if ID.fullmatch(named):
            return named
        return next((one.id for one in self.desk.workspace.list() if one.kind == "file"), DEMO)

    @property
    def asof(self) -> dt.date | None:
        """Session whose market is used, None for the book's own."""
        return self.date("asof")

    def seen(self) -> Viewed:
        """The book in its market, a watched one as it was when the page was opened; raises a ``SeawallError``."""
        held = self.held
        return held if held is not None and held.key.book == self.book else self.newest()

    def newest(self) -> Viewed:
        """The book in its market as it is now, which the page keeps to from here on; raises a ``SeawallError``."""
        found = viewed(self.desk, self.book, self.asof)
        self.held = found if self.watched else None
        return found

    @property
    def watched(self) -> bool:
        """Whether a monitor moves the market of what the page shows."""
        return self.asof is None and is_watched(self.desk, self.book)

    @property
    def newer(self) -> bool:
        """Whether a monitor has seen more of the book than the page shows."""
        held = self.held
        return held is not None and newest_number(self.desk, held.key.book) > held.key.number

    @property
    def address(self) -> str:
        """The whole view as an address."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number of the address inside bounds; the default where it is missing or none."""
        try:
            value = float(self.query.get(name, ""))
        except ValueError:
            return default
        return min(max(value, low), high) if value == value else default  # noqa: PLR0124  (nan)

    def date(self, name: str) -> dt.date | None:
        """A date of the address; what is no date is none."""
        try:
            return dt.date.fromisoformat(self.query.get(name, ""))
        except ValueError:
            return None

    def flag(self, name: str, default: bool) -> bool:
        """A switch of the address."""
        return {"0": False, "1": True}.get(self.query.get(name, ""), default)

    def href(self, path: str, **changes: str) -> str:
        """Address of a page with what is carried along."""
        kept = {key: self.query[key] for key in CARRIED if self.query.get(key)} | changes
        chosen = {key: value for key, value in kept.items() if value}
        return f"{path}?{urlencode(chosen)}" if chosen else path

    def keep(self, **changes: object) -> None:
        """Write the state of a control into the address, without loading anything."""
        self.query |= {key: str(value) for key, value in changes.items()}
        self.query = {key: value for key, value in self.query.items() if value}
        ui.navigate.history.replace(self.address)


def go(address: str) -> None:
    """Open a page of the desk in this tab, without loading the frame again."""
    ui.run_javascript(f"emitEvent('sub_pages_navigate', {json.dumps(address)})")
