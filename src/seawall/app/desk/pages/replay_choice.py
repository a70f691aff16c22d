"""What the replay's page is asked for: an event on today's book, a stretch of sessions as it was, or one shock."""

from dataclasses import dataclass
from typing import Final

from nicegui import ui

from seawall.app.cli.events import is_range
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.replays import CAUSES, PATH, mode_of
from seawall.core.errors import SeawallError

SPANS: Final = {
    "2018-01-26..2018-02-16": "Volmageddon 2018, 15 sessions",
    "2018-10-03..2018-10-29": "October 2018",
    "2018-12-03..2018-12-24": "December 2018",
    "2015-08-17..2015-09-01": "yuan devaluation 2015",
    "2011-07-29..2011-08-19": "US downgrade 2011",
    "2008-09-12..2008-10-15": "Lehman 2008",
}
"""Stretches of sessions that the embedded history reaches."""
KINDS: Final = {
    PATH: "event, session by session",
    "span": "sessions as they were",
    "shock": "one shock, one step",
}
FIRST: Final = {PATH: "2018-02-05", "span": next(iter(SPANS)), "shock": "2018-02-05"}
"""What a kind shows until something is chosen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An event and how it is taken: ``mode`` of the service, ``kind`` one of ``KINDS``."""

    event: str
    mode: str

    @property
    def kind(self) -> str:
        """Of an event in one step, or over sessions."""
        return PATH if self.mode == PATH else "span" if is_range(self.event) else "shock"


def chosen(view: View) -> Choice:
    """What the address asks for; raises a ``SeawallError``."""
    event = view.query.get("event", "") or FIRST["span"]
    return Choice(event, mode_of(event, view.query.get("mode") or None))


def address(view: View, event: str, kind: str) -> str:
    """Where an event is replayed; its mode is said only where the event alone would mean another."""
    from seawall.data.event_catalogue import BY_NAME

    stepped = kind == PATH and (event in BY_NAME or is_range(event))
    usual = mode_of(event[:200], None) == PATH
    return view.href("/replay", event=event, mode=PATH if stepped and not usual else "")


def controls(view: View, known: list[Record]) -> None:
    """Which kind, which of it, and a line for what is in no list."""
    try:
        now = chosen(view)
    except SeawallError:  # the page says what is wrong with it
        now = Choice(view.query.get("event", ""), CAUSES)
    options = _options(known, now)
    with ui.element("div").classes("sw-controls"):
        kinds = ui.select(KINDS, value=now.kind, label="Replay").props("dense outlined options-dense")
        kinds.style("flex:1 1 14rem;max-width:15rem")
        kinds.on_value_change(lambda change: go(address(view, FIRST[str(change.value)], str(change.value))))
        pick = ui.select(options, value=now.event, label="Event").props("dense outlined options-dense")
        pick.style("flex:4 1 19rem;max-width:36rem")
        pick.on_value_change(lambda change: go(address(view, str(change.value), now.kind)))
        said = "Or FROM..TO, on today's book" if now.kind == PATH else "Or FROM..TO, or moves: spx=-0.05,vol=+20"
        own = ui.input(said, value="").props("dense outlined").style("flex:1 1 13rem;max-width:19rem")

        def named() -> None:
            if own.value:
                go(address(view, str(own.value).strip(), now.kind))

        own.on("keydown.enter", named)
        ui.button("Replay", on_click=named).props("outline no-caps")


def _options(known: list[Record], now: Choice) -> dict[str, str]:
    """Events of the kind that is chosen, by name."""
    if now.kind == PATH:
        options = {str(one["name"]): _event(one) for one in known if one["kind"] == PATH}
    elif now.kind == "span":
        options = dict(SPANS)
    else:
        options = {str(one["name"]): f"one shock: {one['name']}" for one in known if one["kind"] == "shock"}
    options.setdefault(now.event, now.event[:40])
    return options


def _event(one: Record) -> str:
    """Name, words and length of an event of the catalogue."""
    count = int(one["steps"])
    if count == int(one["sessions"]):
        length = f"{count} session{'' if count == 1 else 's'}"
    else:
        length = f"{one['sessions']} sessions in {count} step{'' if count == 1 else 's'}"
    return f"{one['name']}: {one['title']}, {length}"
