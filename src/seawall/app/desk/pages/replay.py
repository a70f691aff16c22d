"""Replay: what an event does to the book, cause by cause, a session at a time."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.pages import replay_causes, replay_choice, replay_cover, replay_days, replay_path
from seawall.app.desk.pages.replay_choice import Choice
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, aside, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.replays import Followed, course_of, events, followed, replay_of
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from seawall.ledger.attribution import BookAttribution

REST_S: Final = 0.25
AT_ONCE: Final = ("causes", "course")
"""Charts that follow the slider; the others, and the mark in the table of days, follow when it rests."""
Pictures = dict[str, dict[str, Any]]


@dataclass(slots=True, eq=False)
class Held:
    """What the page shows; event, mode and day stand in its address. ``path``: None for a shock of one step."""

    view: View
    event: str
    path: Followed | None
    row: int
    found: "BookAttribution"
    pictures: Pictures
    places: dict[str, ui.element] = field(default_factory=dict)
    plots: dict[str, ui.plotly] = field(default_factory=dict)
    days: replay_days.Panels | None = None
    serial: int = 0


async def build(view: View) -> None:
    """Heading, choices, answer, causes."""
    about = "Full revaluation day by day, then its causes: gamma, vega, vanna, time. The residual is shown, not spread."
    with kit.page("Replay", about) as head:
        with ui.element("section").classes("sw-panel").props('aria-label="event"'):
            place = ui.element("div")
        body = ui.element("div").style("display:contents")
    known: list[list[Record]] = []
    if not await fill(place, lambda: events(view.desk, view.seen()), known.append, "Reading the events", 80):
        return
    with place:
        replay_choice.controls(view, known[0])
    found: list[Held] = []
    if await fill(body, lambda: first(view), found.append, "Revaluing the book day by day", 300):
        held = found[0]
        with body:
            _layout(held)
        with head:
            _badges(held)


def _badges(held: Held) -> None:
    """How old the market is that the book stands in, and what of the event is observed."""
    from seawall.data.days import market_time

    view, path = held.view, held.path
    if path is not None and path.lived is None:
        age_badge(market_time(path.days[-1]), view.desk.clock())
        kit.badge("closes observed, smile by rule")
        return
    state = view.seen().state
    age_badge(state.now, view.desk.clock())
    if path is None or path.lived is None:
        kit.badge("one step from the book's market")
    else:
        replay_days.badges(state, path.lived)


def first(view: View) -> Held:
    """What the page shows first, with its pictures; raises a ``SeawallError``."""
    choice = replay_choice.chosen(view)
    path = _path(view, choice)
    last = 0 if path is None else len(path.days) - 1
    row = int(view.number("day", float(last), float(min(1, last)), float(last)))
    found = _causes(view, choice.event) if path is None else path.upto(row)
    return Held(view, choice.event, path, row, found, _pictures(view, path, row, found))


def _path(view: View, choice: Choice) -> Followed | None:
    if choice.kind == "span":
        return followed(view.desk, view.book, choice.event)
    return course_of(view.desk, view.seen(), choice.event) if choice.kind == "path" else None


def _causes(view: View, event: str) -> "BookAttribution":
    key = ("replay", view.newest().key, event)
    return view.desk.memo.get(key, lambda: replay_of(view.desk, view.book, view.asof, event, 1.0))


def _pictures(view: View, path: Followed | None, row: int, found: "BookAttribution") -> Pictures:
    """Every chart of the page, drawn beside the event loop."""
    made = {"causes": drawn(replay_causes.figure(found), view.dark)}
    if path is not None:
        made |= replay_path.pictures(view, path, row)
        made |= replay_cover.pictures(view, path, row)
    return made


def _layout(held: Held) -> None:
    view, path = held.view, held.path
    with ui.element("section").classes("sw-panel").props('aria-label="the answer"'):
        if path is not None and len(path.days) > 2:
            _stepper(held, path)
        held.places["tiles"] = ui.element("div").style("margin-top:.6rem")
        held.places["said"] = (
            ui.label("").classes("sw-fact").style("margin-top:.5rem").props('role="status" aria-live="polite"')
        )
    if path is not None and path.lived is not None:
        held.days = replay_days.day_by_day(path.lived)
    about = "Dollars; the last bar is the full revaluation."
    with panel("By cause, whole book", about, lambda: replay_causes.rows(held.found)[-1:]):
        held.plots["causes"] = chart(held.pictures["causes"], view.dark, "P&L of the whole book by cause.")
    if path is not None:
        held.plots |= replay_path.charts(view, path, held.pictures)
    if held.days is not None:
        held.plots |= replay_cover.charts(view, held.days.found, held.days.places, held.pictures)
    rows = panel("Position by position", "Full first, then its causes.", lambda: replay_causes.rows(held.found))
    held.places["table"] = rows
    noted = panel("In no figure, and assumed", "", lambda: [{"note": one} for one in replay_causes.notes(held.found)])
    held.places["notes"] = noted
    _show(held)
    if held.days is not None:
        replay_days.mark(held.days, held.row)


def _stepper(held: Held, path: Followed) -> None:
    async def moved(value: float) -> None:
        held.row, held.serial = int(value), held.serial + 1
        mine, row = held.serial, held.row

        def compute() -> "tuple[BookAttribution, Pictures]":
            found = path.upto(row)
            return found, _pictures(held.view, path, row, found)

        try:
            found, pictures = await aside(compute)
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
            return

        def newest() -> bool:
            return mine == held.serial and not held.plots["causes"].is_deleted

        if newest():
            held.found = found
            for name in AT_ONCE:
                held.plots[name].update_figure(pictures[name])
            _show(held)
            held.view.keep(event=held.event, day=str(row))
            await asyncio.sleep(REST_S)
        if newest():
            _rested(held, pictures)

    def words(value: float) -> str:
        return _words(path, int(value))

    async def step(by: int) -> None:
        row = min(max(held.row + by, 1), len(path.days) - 1)
        slider.put(float(row))
        await moved(float(row))

    with ui.element("div").classes("sw-controls"):
        ui.button(icon="chevron_left", on_click=lambda: step(-1)).props('flat dense aria-label="one session back"')
        slider = kit.Slider("day", (1.0, float(len(path.days) - 1), 1.0), float(held.row), words, moved)
        ui.button(icon="chevron_right", on_click=lambda: step(1)).props('flat dense aria-label="one session on"')


def _rested(held: Held, pictures: Pictures) -> None:
    """Let what is costly to draw follow the slider."""
    for name, plot in held.plots.items():
        if name not in AT_ONCE:
            plot.update_figure(pictures[name])
    if held.days is not None:
        replay_days.mark(held.days, held.row)


def _words(path: Followed, row: int) -> str:
    """Which session a step of the slider is."""
    told, last = f"from the close of {path.days[0]} to that of {path.days[row]}", len(path.days) - 1
    if path.lived is None:
        return f"{told} (session {row} of {last})"
    passed = path.lived.path.sessions
    where = f"session {passed[row]} of {passed[-1]}" + ("" if passed[-1] == last else f", step {row} of {last}")
    return f"{told} ({where}), as if it were {path.lived.days[row - 1].today}"


def _show(held: Held) -> None:
    found = held.found
    said = held.places["said"]
    if isinstance(said, ui.label):
        said.set_text(replay_causes.said(found))
    for name in ("tiles", "table", "notes"):
        held.places[name].clear()
    with held.places["tiles"]:
        replay_causes.tiles(found)
    with held.places["table"]:
        replay_causes.table(found)
    with held.places["notes"]:
        kit.listing(replay_causes.notes(found) or ["nothing: everything is observed and in the figures"])
    if held.days is not None:
        replay_days.show(held.days, held.row)
