"""Scenarios: the book over price, volatility and time, with its break-even; a cell opens as its waterfall by leg."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from nicegui import events, ui

from seawall.app.desk.pages import scenario_dates as dates
from seawall.app.desk.pages.scenario_choice import Chosen, chosen_of
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, aside, failed, fill
from seawall.app.desk.parts.traced import Trace, of_term, tile
from seawall.app.desk.view import View, go
from seawall.app.service import views
from seawall.app.service.answers import Record
from seawall.app.service.hedging import plan_of
from seawall.core.errors import SeawallError
from seawall.report.format import usd

if TYPE_CHECKING:
    from seawall.ledger.scenarios import Bar, Scenarios

FORMULA: Final = (
    "full revaluation of every position at (S (1 + r), sigma + dv, t + d) less today's value, plus paid carry"
)


class Drawn(NamedTuple):
    """The map as the browser draws it, and what is said below it."""

    picture: dict[str, Any]
    words: str


async def build(view: View) -> None:
    """Heading, controls, map and waterfall."""
    with ui.element("div").classes("sw-page"):
        head = ui.element("div").classes("sw-title")
        with head:
            ui.html("Scenarios", tag="h1", sanitize=False)
        body = ui.element("div").style("display:contents")
    found: list[Chosen] = []
    if await fill(body, lambda: chosen_of(view), found.append, "Reading the book", 300):
        with head:
            age_badge(found[0].seen.state.now, view.desk.clock())
        with body:
            await _layout(found[0])


async def _layout(chosen: Chosen) -> None:
    about = f"P&L of the whole book against today. Other prices stand still. {FORMULA[0].upper()}{FORMULA[1:]}."
    with ui.element("div").classes("sw-two"):
        place = panel(f"Price and volatility, {chosen.factor}", about, lambda: _grid_rows(chosen))
        with ui.element("div"):
            chosen.cell = panel(
                "The chosen cell, by position", "Click the map, or type a cell.", lambda: _cell_rows(chosen)
            )
    by_date = panel(
        f"Price and date, {chosen.factor}",
        "At the volatility of the chosen cell. Bold: break-even against today; dotted: something settles. Click it.",
        lambda: dates.rows(chosen),
    )
    with place:
        _controls(chosen)
        chart_place = ui.element("div")
        chosen.said = ui.label("").classes("sw-foot").props('role="status" aria-live="polite"')
    await asyncio.gather(
        fill(chart_place, lambda: _drawn(chosen), lambda made: _first(chosen, made), "Revaluing the book", 460),
        _show_cell(chosen),
        dates.show(chosen, by_date, lambda: _of_date(chosen)),
    )


def first(view: View) -> None:
    """Everything that the page shows first."""
    from seawall.report.desk_charts import cell_figure

    chosen = chosen_of(view)
    _drawn(chosen)
    drawn(cell_figure(_bars(chosen, chosen.where)), view.dark)
    dates.picture(chosen)


def _controls(chosen: Chosen) -> None:
    factors = list(views.factors(chosen.seen))
    with ui.element("div").classes("sw-controls"):
        pick = ui.select(factors, value=chosen.factor, label="Underlying").props("dense outlined options-dense")
        pick.on_value_change(lambda event: go(chosen.view.href("/scenarios", factor=str(event.value))))

        async def moved(value: float) -> None:
            chosen.days = value
            await _again(chosen)

        bounds = (0.0, chosen.last, 1.0)
        chosen.slider = kit.Slider("days", bounds, chosen.days, lambda day: _day_words(chosen, day), moved)
        _switches(chosen)


def _switches(chosen: Chosen) -> None:
    async def switched(name: str, value: bool) -> None:
        setattr(chosen, name, value)
        await _redraw(chosen)
        await dates.redraw(chosen)

    for name, words in (("contours", "lines"), ("break_even", "break-even"), ("tickets", "with the tickets")):
        box = ui.checkbox(words, value=getattr(chosen, name))
        box.on_value_change(lambda event, name=name: switched(name, bool(event.value)))


def _day_words(chosen: Chosen, day: float) -> str:
    gone = sum(stop < day for stop in chosen.stops)
    after = f", {gone} of {len(chosen.stops)} settlements behind" if chosen.stops else ""
    return f"after {day:g} days{after}"


async def _again(chosen: Chosen) -> None:
    """Everything that follows from the chosen cell."""
    await _redraw(chosen)
    await _show_cell(chosen, "")
    await dates.redraw(chosen)


async def _of_date(chosen: Chosen) -> None:
    if chosen.slider is not None:
        chosen.slider.put(chosen.days)
    await _again(chosen)


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


def _drawn(chosen: Chosen) -> Drawn:
    found, bound, other = _computed(chosen)
    return Drawn(drawn(_figure(chosen, found, bound, other), chosen.view.dark), _words(found))


def _words(found: "Scenarios") -> str:
    worst = np.unravel_index(int(found.pnl_usd[0].argmin()), found.pnl_usd[0].shape)
    move, points = found.axes.returns[worst[1]], found.axes.vol_points[worst[0]]
    gone = found.settled[0]
    settled = f" Settled by then: {', '.join(gone[:4])}{' and others' if len(gone) > 4 else ''}." if gone else ""
    least = usd(float(found.pnl_usd[0].min()), signed=True)
    return f"Worst on this map: {least} USD at {move:+.0%}, {points:+.0f} points.{settled}"


def _first(chosen: Chosen, made: Drawn) -> None:
    said = f"Map of P&L over the price of {chosen.factor} and its volatility, after {chosen.days:g} days."
    chosen.plot = chart(made.picture, chosen.view.dark, said)
    if chosen.said is not None:
        chosen.said.set_text(made.words)

    async def clicked(event: events.GenericEventArguments) -> None:
        point = next((one for one in event.args.get("points", []) if "x" in one and "y" in one), None)
        if point is not None:
            chosen.move, chosen.points = float(point["x"]) / 100.0, float(point["y"])
            await _again(chosen)

    chosen.plot.on("plotly_click", clicked)


async def _redraw(chosen: Chosen) -> None:
    chosen.keep()
    days = chosen.days
    try:
        made = await aside(lambda: _drawn(chosen))
    except SeawallError as fault:
        if chosen.said is not None:
            chosen.said.set_text(str(fault))
        return
    if days != chosen.days or chosen.plot is None or chosen.plot.is_deleted:
        return
    chosen.plot.update_figure(made.picture)
    if chosen.said is not None:
        chosen.said.set_text(made.words)


def _bars(chosen: Chosen, where: tuple[float, float, float]) -> "tuple[Bar, ...]":
    move, points, days = where
    return views.cell_bars(chosen.seen, views.axes_of(chosen.seen, chosen.factor, (days,), ((move,), (points,))))


async def _show_cell(chosen: Chosen, said: str = "Opening the cell") -> None:
    place, where = chosen.cell, chosen.where
    if place is None or place.is_deleted:
        return

    def wanted() -> bool:
        return chosen.where == where

    def compute() -> "tuple[tuple[Bar, ...], dict[str, Any]]":
        from seawall.report.desk_charts import cell_figure

        bars = _bars(chosen, where)
        return bars, drawn(cell_figure(bars), chosen.view.dark) if bars else {}

    await fill(place, compute, lambda found: _cell(chosen, *found), said, 260, None, wanted)


def _cell(chosen: Chosen, bars: "tuple[Bar, ...]", picture: dict[str, Any]) -> None:
    async def typed(name: str, value: float | None, scale: float) -> None:
        if value is not None:
            setattr(chosen, name, float(value) / scale)
            await _again(chosen)

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
    chart(picture, chosen.view.dark, said)


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
