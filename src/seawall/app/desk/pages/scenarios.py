"""Scenarios: the book over price, volatility and time, with its break-even; a cell opens as its waterfall by leg."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from nicegui import events, ui

from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, failed, fill
from seawall.app.desk.parts.traced import Trace, of_term, tile
from seawall.app.desk.view import View, go
from seawall.app.service import views
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.app.service.hedging import plan_of
from seawall.core.errors import SeawallError
from seawall.report.format import usd

if TYPE_CHECKING:
    from seawall.ledger.scenarios import Axes, Bar, Scenarios

LEAST_DAYS: Final = 30.0
MOST_DAYS: Final = 365.0
FORMULA: Final = (
    "full revaluation of every position at (S (1 + r), sigma + dv, t + d) less today's value, plus paid carry"
)


@dataclass(slots=True, eq=False)
class Chosen:
    """What the controls of the page say; all of it stands in its address."""

    view: View
    seen: Viewed
    factor: str
    last: float
    days: float
    move: float
    points: float
    contours: bool
    break_even: bool
    tickets: bool
    plot: ui.plotly | None = None
    said: ui.label | None = None
    cell: ui.element | None = None
    stops: tuple[float, ...] = field(default_factory=tuple)

    @property
    def where(self) -> tuple[float, float, float]:
        """The chosen cell: return, points, days."""
        return self.move, self.points, self.days

    def axes(self) -> "Axes":
        """The grid of the chosen day."""
        return views.axes_of(self.seen, self.factor, (self.days,))

    def keep(self) -> None:
        """Write the choice into the address."""
        self.view.keep(
            factor=self.factor, days=f"{self.days:g}", move=f"{self.move:g}", points=f"{self.points:g}",
            contours="" if self.contours else "0", line="" if self.break_even else "0",
            tickets="1" if self.tickets else "",
        )  # fmt: skip


async def build(view: View) -> None:
    """Heading, controls, map and waterfall."""
    with ui.element("div").classes("sw-page"):
        head = ui.element("div").classes("sw-title")
        with head:
            ui.html("Scenarios", tag="h1", sanitize=False)
        body = ui.element("div").style("display:contents")
    found: list[Chosen] = []
    if await fill(body, lambda: _chosen(view), found.append, "Reading the book", 300):
        with head:
            age_badge(found[0].seen.state.now, view.desk.clock())
        with body:
            await _layout(found[0])


def _chosen(view: View) -> Chosen:
    from seawall.ledger.scenarios import first_factor, live_days

    seen = view.seen()
    factors = views.factors(seen)
    asked = view.query.get("factor")
    factor = first_factor(seen.loaded.book, factors, asked if asked in factors else None)
    stops = live_days(seen.loaded.book, seen.state, factor)
    last = float(np.ceil(min(max([LEAST_DAYS, *stops]), MOST_DAYS)))
    days = view.number("days", 0.0, 0.0, last)
    move = view.number("move", 0.0, -0.95, 10.0)
    points = view.number("points", 0.0, -100.0, 500.0)
    flags = (view.flag("contours", True), view.flag("line", True), view.flag("tickets", False))
    return Chosen(view, seen, factor, last, days, move, points, *flags, stops=stops)


async def _layout(chosen: Chosen) -> None:
    about = f"P&L of the whole book against today. Other prices stand still. {FORMULA[0].upper()}{FORMULA[1:]}."
    with ui.element("div").classes("sw-two"):
        place = panel(f"Price and volatility, {chosen.factor}", about, lambda: _grid_rows(chosen))
        with ui.element("div"):
            chosen.cell = panel(
                "The chosen cell, by position", "Click the map, or type a cell.", lambda: _cell_rows(chosen)
            )
    with place:
        _controls(chosen)
        chart_place = ui.element("div")
        chosen.said = ui.label("").classes("sw-foot").props('role="status" aria-live="polite"')
    await fill(chart_place, lambda: _computed(chosen), lambda found: _first(chosen, *found), "Revaluing the book", 460)
    await _show_cell(chosen)


def _controls(chosen: Chosen) -> None:
    factors = list(views.factors(chosen.seen))
    with ui.element("div").classes("sw-controls"):
        pick = ui.select(factors, value=chosen.factor, label="Underlying").props("dense outlined options-dense")
        pick.on_value_change(lambda event: go(chosen.view.href("/scenarios", factor=str(event.value))))
        with ui.element("div").classes("sw-slider"):
            told = ui.label(_day_words(chosen)).props('id="sw-days"')
            # As plain HTML its value stays the reader's: a bound one would jump back while it is dragged.
            bounds = f'min="0" max="{chosen.last:g}" value="{chosen.days:g}" step="1"'
            slider = ui.html(
                f'<input type="range" class="sw-range" aria-labelledby="sw-days" {bounds}>', sanitize=False
            )

            async def moved(event: events.GenericEventArguments) -> None:
                chosen.days = min(max(float(event.args), 0.0), chosen.last)
                told.set_text(_day_words(chosen))
                await _redraw(chosen)
                await _show_cell(chosen, "")

            slider.on("input", moved, throttle=0.15, js_handler="(event) => emit(event.target.value)")
        _switches(chosen)


def _switches(chosen: Chosen) -> None:
    async def switched(name: str, value: bool) -> None:
        setattr(chosen, name, value)
        await _redraw(chosen)

    for name, words in (("contours", "lines"), ("break_even", "break-even"), ("tickets", "with the tickets")):
        box = ui.checkbox(words, value=getattr(chosen, name))
        box.on_value_change(lambda event, name=name: switched(name, bool(event.value)))


def _day_words(chosen: Chosen) -> str:
    gone = sum(stop < chosen.days for stop in chosen.stops)
    after = f", {gone} of {len(chosen.stops)} settlements behind" if chosen.stops else ""
    return f"after {chosen.days:g} days{after}"


def _computed(chosen: Chosen) -> "tuple[Scenarios, float, Any]":
    """The grid of the day, the bound of the colours (that of day 0), and the book with its tickets."""
    from seawall.ledger.scenarios import scenarios

    axes, desk = chosen.axes(), chosen.view.desk
    found = views.scenario_grid(desk, chosen.seen, axes)
    today = views.scenario_grid(desk, chosen.seen, views.axes_of(chosen.seen, chosen.factor, (0.0,)))
    bound = float(np.max(np.abs(today.pnl_usd))) or 1.0
    other = None
    if chosen.tickets:
        plan = plan_of(desk, chosen.seen)
        key = ("grid-after", chosen.seen.key, axes)
        other = desk.memo.get(key, lambda: scenarios(plan.after.book, chosen.seen.state, axes)).pnl_usd[0]
    return found, bound, other


def _figure(chosen: Chosen, found: "Scenarios", bound: float, other: Any) -> Any:
    from seawall.report.desk_charts import Layers, scenario_figure

    layers = Layers(chosen.contours, chosen.break_even, other, (chosen.move, chosen.points))
    return scenario_figure(found, 0, bound, layers)


def _words(chosen: Chosen, found: "Scenarios") -> str:
    worst = np.unravel_index(int(found.pnl_usd[0].argmin()), found.pnl_usd[0].shape)
    move, points = found.axes.returns[worst[1]], found.axes.vol_points[worst[0]]
    gone = found.settled[0]
    settled = f" Settled by then: {', '.join(gone[:4])}{' and others' if len(gone) > 4 else ''}." if gone else ""
    least = usd(float(found.pnl_usd[0].min()), signed=True)
    return f"Worst on this map: {least} USD at {move:+.0%}, {points:+.0f} points.{settled}"


def _first(chosen: Chosen, found: "Scenarios", bound: float, other: Any) -> None:
    said = f"Map of P&L over the price of {chosen.factor} and its volatility, after {chosen.days:g} days."
    chosen.plot = chart(_figure(chosen, found, bound, other), chosen.view.dark, said)
    if chosen.said is not None:
        chosen.said.set_text(_words(chosen, found))

    async def clicked(event: events.GenericEventArguments) -> None:
        point = next((one for one in event.args.get("points", []) if "x" in one and "y" in one), None)
        if point is not None:
            chosen.move, chosen.points = float(point["x"]) / 100.0, float(point["y"])
            await _redraw(chosen)
            await _show_cell(chosen, "")

    chosen.plot.on("plotly_click", clicked)


async def _redraw(chosen: Chosen) -> None:
    chosen.keep()
    days = chosen.days
    try:
        found, bound, other = await asyncio.to_thread(lambda: _computed(chosen))
    except SeawallError as fault:
        if chosen.said is not None:
            chosen.said.set_text(str(fault))
        return
    if days != chosen.days or chosen.plot is None or chosen.plot.is_deleted:
        return
    chosen.plot.update_figure(drawn(_figure(chosen, found, bound, other), chosen.view.dark))
    if chosen.said is not None:
        chosen.said.set_text(_words(chosen, found))


def _bars(chosen: Chosen, where: tuple[float, float, float]) -> "tuple[Bar, ...]":
    move, points, days = where
    return views.cell_bars(chosen.seen, views.axes_of(chosen.seen, chosen.factor, (days,), ((move,), (points,))))


async def _show_cell(chosen: Chosen, said: str = "Opening the cell") -> None:
    place, where = chosen.cell, chosen.where
    if place is None or place.is_deleted:
        return

    def wanted() -> bool:
        return chosen.where == where

    await fill(place, lambda: _bars(chosen, where), lambda found: _cell(chosen, found), said, 260, None, wanted)


def _cell(chosen: Chosen, bars: "tuple[Bar, ...]") -> None:
    from seawall.report.desk_charts import cell_figure

    async def typed(name: str, value: float | None, scale: float) -> None:
        if value is not None:
            setattr(chosen, name, float(value) / scale)
            await _redraw(chosen)
            await _show_cell(chosen, "")

    with ui.element("div").classes("sw-controls"):
        move = ui.number("Move, %", value=round(100.0 * chosen.move, 2), min=-95.0, max=1000.0, step=1.0)
        points = ui.number("Volatility, points", value=chosen.points, min=-100.0, max=500.0, step=1.0)
        for box, name, scale in ((move, "move", 100.0), (points, "points", 1.0)):
            box.props("dense outlined debounce=600")
            box.on("change", lambda box=box, name=name, scale=scale: typed(name, box.value, scale))
    whole = sum(bar.pnl_usd for bar in bars)
    term = of_term("value")
    trace = Trace(
        "P&L of the cell",
        FORMULA,
        term.unit,
        "sum over positions",
        "own definition",
        f"{chosen.seen.state.now:%Y-%m-%d %H:%M} UTC",
        "modelled: a hypothetical move",
    )
    with ui.element("div").classes("sw-tiles"):
        price = chosen.seen.state.asset(chosen.factor).spot.value * (1.0 + chosen.move)
        tile(f"{chosen.factor} at {price:,.6g}", usd(whole, signed=True), trace, f"USD, after {chosen.days:g} days")
    if not bars:
        failed("the book has no positions: add one")
        return
    said = f"The book gains {usd(whole, signed=True)} USD in this cell; bars by position, the largest first."
    chart(cell_figure(bars), chosen.view.dark, said)


def _grid_rows(chosen: Chosen) -> list[Record]:
    found = views.scenario_grid(chosen.view.desk, chosen.seen, chosen.axes())
    return [
        {
            "factor": chosen.factor, "days": chosen.days, "return": move, "price": found.spot * (1.0 + move),
            "vol_points": points, "pnl_usd": float(found.pnl_usd[0, i, j]),
        }
        for i, points in enumerate(found.axes.vol_points)
        for j, move in enumerate(found.axes.returns)
    ]  # fmt: skip


def _cell_rows(chosen: Chosen) -> list[Record]:
    return [
        {"label": bar.label, "group": bar.group, "pnl_usd": bar.pnl_usd, "settled_legs": bar.settled}
        for bar in _bars(chosen, chosen.where)
    ]
