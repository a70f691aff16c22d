"""Replay: what an event does to the book, cause by cause, a session at a time."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.pages import replay_path
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, aside, fill
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.replays import Followed, events, followed, replay_of
from seawall.core.errors import SeawallError
from seawall.report.format import percent, usd

if TYPE_CHECKING:
    from seawall.ledger.attribution import Attribution, BookAttribution

SPANS: Final = {
    "2018-01-26..2018-02-16": "Volmageddon 2018, 15 sessions",
    "2018-10-03..2018-10-29": "October 2018",
    "2018-12-03..2018-12-24": "December 2018",
    "2015-08-17..2015-09-01": "yuan devaluation 2015",
    "2011-07-29..2011-08-19": "US downgrade 2011",
    "2008-09-12..2008-10-15": "Lehman 2008",
}
"""Stretches of sessions that the embedded history reaches."""


@dataclass(slots=True, eq=False)
class Held:
    """What the page shows; event and day stand in its address."""

    view: View
    event: str
    days: tuple[dt.date, ...]
    row: int
    found: "BookAttribution"
    places: dict[str, ui.element]
    plot: ui.plotly | None = None
    course: ui.plotly | None = None
    serial: int = 0
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def upto(self) -> str:
        """The event as far as the chosen day."""
        return f"{self.days[0]}..{self.days[self.row]}" if self.days else self.event

    @property
    def path(self) -> Followed:
        """The whole event, session by session; only of a range."""
        return followed(self.view.desk, self.view.book, self.event)


async def build(view: View) -> None:
    """Heading, choices, answer, causes."""
    about = "Full revaluation day by day, then its causes: gamma, vega, vanna, time. The residual is shown, not spread."
    with kit.page("Replay", about) as head:
        with ui.element("section").classes("sw-panel").props('aria-label="event"'):
            place = ui.element("div")
        body = ui.element("div").style("display:contents")
    named: list[list[Record]] = []
    if not await fill(place, lambda: events(view.seen()), named.append, "Reading the shocks", 80):
        return
    shocks = [str(one["name"]) for one in named[0]]
    with place:
        _choices(view, shocks)
    found: list[Held] = []
    if await fill(body, lambda: first(view), found.append, "Revaluing the book day by day", 300):
        held = found[0]
        with body:
            _layout(held)
        with head:
            _badges(held)


def _badges(held: Held) -> None:
    """How old the market of the last session is, and of a shock that of the book."""
    from seawall.data.days import market_time

    view = held.view
    age_badge(market_time(held.days[-1]) if held.days else view.seen().state.now, view.desk.clock())
    kit.badge("closes observed, smile by rule" if held.days else "one step from the book's market")


def _event(view: View) -> str:
    return view.query.get("event", "") or next(iter(SPANS))


def _choices(view: View, shocks: list[str]) -> None:
    event = _event(view)
    options = {**SPANS, **{one: f"one shock: {one}" for one in shocks}}
    options.setdefault(event, event[:40])
    with ui.element("div").classes("sw-controls"):
        pick = ui.select(options, value=event, label="Event").props("dense outlined options-dense")
        pick.on_value_change(lambda change: go(view.href("/replay", event=str(change.value))))
        own = (
            ui.input("Or FROM..TO, or moves: spx=-0.05,vol=+20", value="")
            .props("dense outlined")
            .style("min-width:18rem")
        )

        def named() -> None:
            if own.value:
                go(view.href("/replay", event=str(own.value)))

        own.on("keydown.enter", named)
        ui.button("Replay", on_click=named).props("outline no-caps")


def first(view: View) -> Held:
    """What the page shows first, with its pictures; raises a ``SeawallError``."""
    from seawall.app.cli.events import is_range, sessions_of

    event = _event(view)
    days = tuple(sessions_of(event)) if is_range(event) else ()
    last = max(len(days) - 1, 0)
    row = int(view.number("day", float(last), float(min(1, last)), float(last)))
    held = Held(view, event, days, row, _none(), {})
    held.found = _compute(held)
    held.pictures = replay_path.pictures(view, held.path, row) if days else {}
    held.pictures["causes"] = drawn(_figure(held), view.dark)
    return held


def _none() -> Any:
    return None


def _compute(held: Held) -> "BookAttribution":
    if held.days:
        return held.path.upto(held.row)
    view = held.view
    key = ("replay", view.newest().key, held.event)
    return view.desk.memo.get(key, lambda: replay_of(view.desk, view.book, view.asof, held.event, 1.0))


def _layout(held: Held) -> None:
    with ui.element("section").classes("sw-panel").props('aria-label="the answer"'):
        if len(held.days) > 2:
            _stepper(held)
        held.places["tiles"] = ui.element("div").style("margin-top:.6rem")
        held.places["said"] = ui.label("").classes("sw-fact").props('role="status" aria-live="polite"')
    with panel("By cause, whole book", "Dollars; the last bar is the full revaluation.", lambda: _rows(held)[-1:]):
        held.plot = chart(held.pictures["causes"], held.view.dark, "P&L of the whole book by cause.")
    if held.days:
        held.course = replay_path.charts(held.view, held.path, held.pictures)
    held.places["table"] = panel("Position by position", "Full first, then its causes.", lambda: _rows(held))
    held.places["notes"] = panel("In no figure, and assumed", "", lambda: [{"note": one} for one in _notes(held.found)])
    _show(held)


def _stepper(held: Held) -> None:
    async def moved(value: float) -> None:
        held.row, held.serial = int(value), held.serial + 1
        mine = held.serial
        try:
            found = await aside(lambda: _compute(held))
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
            return
        if mine == held.serial and held.plot is not None and not held.plot.is_deleted:
            held.found = found
            held.plot.update_figure(drawn(_figure(held), held.view.dark))
            if held.course is not None:
                replay_path.move(held.course, held.view, held.path, held.row)
            _show(held)
            held.view.keep(event=held.event, day=str(held.row))

    def words(value: float) -> str:
        row, last = int(value), len(held.days) - 1
        return f"from the close of {held.days[0]} to that of {held.days[row]} (session {row} of {last})"

    async def step(by: int) -> None:
        row = min(max(held.row + by, 1), len(held.days) - 1)
        slider.put(float(row))
        await moved(float(row))

    with ui.element("div").classes("sw-controls"):
        ui.button(icon="chevron_left", on_click=lambda: step(-1)).props('flat dense aria-label="one session back"')
        slider = kit.Slider("day", (1.0, float(len(held.days) - 1), 1.0), float(held.row), words, moved)
        ui.button(icon="chevron_right", on_click=lambda: step(1)).props('flat dense aria-label="one session on"')


def _causes(one: "Attribution", names: list[str]) -> dict[str, float]:
    from seawall.report.attribution_tables import word

    return {word(name): float(getattr(one.terms, name)) for name in names} | {"residual": one.residual_usd}


def _rows(held: Held) -> list[Record]:
    from seawall.report.attribution_tables import used_terms

    names = used_terms(held.found)
    return [
        {"position": one.label, "full_usd": one.full_usd, **_causes(one, names), "status": one.status.name}
        for one in (*held.found.rows, held.found.total)
    ]


def _figure(held: Held) -> Any:
    from plotly import graph_objects as go

    from seawall.report.attribution_tables import used_terms
    from seawall.report.palette import ACCENT, INK, LOSS, axis, frame

    total = held.found.total
    causes = _causes(total, used_terms(held.found))
    names, values = [*causes, "full"], [*causes.values(), total.full_usd]
    colours = [*(ACCENT if value >= 0.0 else LOSS for value in causes.values()), INK]
    bar = {"type": "bar", "x": names, "y": values, "marker": {"color": colours},
           "hovertemplate": "%{x}: %{y:,.0f} USD<extra></extra>"}  # fmt: skip
    layout = frame(
        320,
        showlegend=False,
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("USD", tickformat="~s", zeroline=True),
    )
    return go.Figure({"data": [bar], "layout": layout}, _validate=False)


def _show(held: Held) -> None:
    from seawall.report.attribution_tables import answer

    found = held.found
    said = held.places["said"]
    if isinstance(said, ui.label):
        said.set_text(answer(found.total))
    for name in ("tiles", "table", "notes"):
        held.places[name].clear()
    with held.places["tiles"]:
        _tiles(found)
    with held.places["table"]:
        _table(held)
    with held.places["notes"]:
        kit.listing(_notes(found) or ["nothing: everything is observed and in the figures"])


def _notes(found: "BookAttribution") -> list[str]:
    from seawall.report.attribution_tables import warnings

    return [*warnings(found), *found.notes]


def _tiles(found: "BookAttribution") -> None:
    total, shares = found.total, found.total.shares

    def trace(name: str, plain: str, unit: str = "USD", formula: str = "") -> Trace:
        return Trace(name, plain, unit, formula, "docs/hedge.md", found.name, "computed")

    with ui.element("div").classes("sw-tiles"):
        tile(
            "full revaluation",
            usd(total.full_usd, signed=True),
            trace("P&L", "End less start, every position."),
            f"{found.days:g} days",
        )
        gamma = trace("gamma share", "With theta; vanna half to each.", "share", "Gamma dS^2 / 2 + theta dt")
        tile(
            "gamma",
            "none" if shares.gamma is None else percent(shares.gamma, 0),
            gamma,
            usd(shares.gamma_usd, signed=True),
        )
        vega = trace("vega share", "With volga; vanna half to each.", "share", "nu dv + volga dv^2 / 2")
        tile(
            "vega", "none" if shares.vega is None else percent(shares.vega, 0), vega, usd(shares.vega_usd, signed=True)
        )
        tile(
            "residual",
            usd(total.residual_usd, signed=True),
            trace("residual", "What no cause explains."),
            total.status.name.lower(),
        )


def _table(held: Held) -> None:
    rows = _rows(held)
    keys = [key for key in rows[0] if key not in ("position", "status")]
    trace = Trace(
        "P&L by cause", "Taylor terms along the path.", "USD", "", "docs/replay.md", held.found.name, "computed"
    )
    columns = [kit.words("position", "position"), *(kit.number(key, key.replace("_usd", ""), trace) for key in keys)]
    shown = [
        kit.record(f"{i}-{one['position']}", {"position": one["position"]},
                   {key: (one[key], usd(one[key])) for key in keys}, rank=1 if i == len(rows) - 1 else 0)
        for i, one in enumerate(rows)
    ]  # fmt: skip
    kit.table(columns, shown, "P&L by position and cause")
