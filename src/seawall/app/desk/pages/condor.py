"""Condor: today's signal on its payoff; strikes are dragged and everything is recomputed at once."""

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from nicegui import events, ui

from seawall.app.desk.pages import condor_choice as choice
from seawall.app.desk.pages import condor_parts as parts
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, aside, failed, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.chains import chain_days
from seawall.app.service.condors import Moved, Quoted, moved, quoted
from seawall.app.service.markets import CondorAsked
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from seawall.hedge.condor_maps import Strikes

DAYS: Final = (1, 7, 14, 30, 45)
NAMES: Final = ("put wing", "short put", "short call", "call wing")


@dataclass(slots=True, eq=False)
class Held:
    """What the page shows now; strikes, day, price and volatility stand in its address."""

    view: View
    asked: CondorAsked
    have: Quoted
    now: Moved
    strikes: "Strikes"
    day: float
    price: float
    points: float
    plots: dict[str, ui.plotly]
    places: dict[str, ui.element]
    sliders: list[kit.Slider]
    days: tuple[dt.date, ...] = ()
    serial: int = 0
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self) -> None:
        """Write the choice into the address."""
        own = self.strikes == self.have.own.strikes
        self.view.keep(
            k="" if own else ",".join(f"{one:g}" for one in self.strikes), day=f"{self.day:g}",
            price=f"{self.price:g}", points=f"{self.points:g}",
        )  # fmt: skip


async def build(view: View) -> None:
    """Heading and panels."""
    about = "One condor, sold once at bid and ask. Drag a strike, on the picture or below it."
    with kit.page("Condor", about) as head:
        body = ui.element("div").style("display:contents")
    found: list[Held] = []
    if await fill(body, lambda: first(view), found.append, "Pricing the expiry", 300, ui.navigate.reload):
        of = found[0].have.report.signal.expiry
        with head:
            age_badge(of.as_of, view.desk.clock(), "quotes")
            kit.badge(f"{of.underlying} {of.day}, quotes {of.origin}", of.source)
        with body:
            _layout(found[0])


def first(view: View) -> Held:
    """What the page shows first, with its pictures, made beside the event loop; raises a ``SeawallError``."""
    asked = choice.asked(view)
    have = quoted(view.desk, asked)
    of = have.report.signal.expiry
    try:
        now = moved(view.desk, asked, choice.strikes(view, have))
    except SeawallError:
        now = moved(view.desk, asked, None)
    a, b, c, d = now.found.strikes
    day = view.number("day", 0.0, 0.0, 365.0 * of.years)
    price = view.number("price", round(of.spot, 2), 1.0, 10.0 * of.spot)
    points = view.number("points", 0.0, -10.0, 30.0)
    held = Held(view, asked, have, now, (a, b, c, d), day, price, points, {}, {}, [], chain_days(choice.QUOTED))
    held.pictures = {name: _drawn(held, name) for name in ("payoff", "day", "vol", "time")}
    return held


def _layout(held: Held) -> None:
    report = held.have.report
    with ui.element("section").classes("sw-panel").props('aria-label="the signal"'):
        held.places["tiles"] = ui.element("div")
        parts.verdict(report)
    about = "Grey: the market's own odds. Band: one expected move. Dotted: break-evens. Thick lines: the strikes."
    place = panel("Payoff", about, lambda: parts.payoff_rows(held.now))
    with kit.half():
        odds = "A win rate says nothing without skew and tail beside it. Dollars of one condor held to expiry."
        held.places["odds"] = panel("Odds beside the loss", odds, lambda: parts.odds_rows(held.now))
        held.places["legs"] = panel("Legs in the chosen cell", "", lambda: _leg_rows(held))
    with kit.half():
        by_day = panel("Price and date", "Dollars a condor; bold: break-even.", lambda: parts.map_rows(held.now, "day"))
        by_vol = panel("Price and volatility", "Today, volatility moved.", lambda: parts.map_rows(held.now, "vol"))
    time = panel(
        "Break-evens through time", "The sale repays itself between the lines.", lambda: parts.even_rows(held.now)
    )
    parts.reasons(report)
    parts.rest(report)
    with place:
        _choices(held)
        _draw(held, "payoff")
        _strike_sliders(held)
    for name, where in (("day", by_day), ("vol", by_vol), ("time", time)):
        with where:
            _draw(held, name)
    with by_day:
        _cell_controls(held)
    _show(held)


def _choices(held: Held) -> None:
    of = held.have.report.signal.expiry
    options = {str(one): f"{one} days" for one in DAYS} | {f"{held.asked.days:g}": f"{held.asked.days:g} days"}
    sources, chosen = choice.quotes(held.asked, held.days)
    with ui.element("div").classes("sw-controls"):
        quotes = ui.select(sources, value=chosen, label="Quotes").props("dense outlined options-dense")
        quotes.on_value_change(lambda event: choice.reopen(held.view, session=str(event.value)))
        days = ui.select(options, value=f"{held.asked.days:g}", label="Expiry in").props("dense outlined options-dense")
        days.on_value_change(lambda event: choice.reopen(held.view, expiry=str(event.value)))
        rules = {"range": "expected moves", "delta": "delta"}
        by = ui.select(rules, value=held.asked.by, label="Strikes by").props("dense outlined options-dense")
        by.on_value_change(lambda event: choice.reopen(held.view, by=str(event.value)))
        nav = ui.number("Equity, USD", value=held.asked.nav, min=1_000.0, step=10_000.0).props("dense outlined")
        nav.on("change", lambda: choice.reopen(held.view, nav=f"{nav.value or choice.NAV:g}"))
        ui.button("The signal's strikes", on_click=lambda: _restrike(held, held.have.own.strikes)).props(
            "flat dense no-caps"
        )
    kit.note(f"{365.0 * of.years:.1f} days left, settles {of.settles:%Y-%m-%d %H:%M} UTC")


def _strike_sliders(held: Held) -> None:
    of = held.have.report.signal.expiry
    with ui.element("div").classes("sw-controls"):
        for i, name in enumerate(NAMES):
            listed = of.puts.strike if i < 2 else of.calls.strike
            bounds = (float(listed.min()), float(listed.max()), 5.0)

            async def take(value: float, i: int = i) -> None:
                await _move(held, i, value)

            held.sliders.append(
                kit.Slider(f"k{i}", bounds, held.strikes[i], lambda v, name=name: f"{name} {v:,.0f}", take)  # type: ignore[misc]
            )
    held.places["said"] = kit.note("").props('role="status" aria-live="polite"')


def _cell_controls(held: Held) -> None:
    last = 365.0 * held.have.report.signal.expiry.years

    async def day(value: float) -> None:
        held.day = value
        await _recell(held)

    async def points(value: float) -> None:
        held.points = value
        await _recell(held)

    async def price(value: float) -> None:
        held.price = value
        await _recell(held)

    low, high = float(held.now.maps.price[0]), float(held.now.maps.price[-1])
    with ui.element("div").classes("sw-controls"):
        kit.Slider("price", (low, high, 1.0), held.price, lambda v: f"price {v:,.0f}", price)
        kit.Slider("day", (0.0, last, 0.1), held.day, lambda v: f"after {v:.1f} days", day)
        kit.Slider("points", (-10.0, 30.0, 1.0), held.points, lambda v: f"volatility {v:+.0f} points", points)


def _figure(held: Held, name: str) -> Any:
    from seawall.report import condor_figures as figures

    of, now = held.have.report.signal.expiry, held.now
    if name == "payoff":
        before = None if now.found.strikes == held.have.own.strikes else held.have.own
        return figures.payoff_figure(of, now.found, now.maps, held.have.witnesses[0], before)
    if name == "time":
        return figures.through_time_figure(of, now.maps)
    return figures.map_figure(of, now.maps, name, (held.price, held.day if name == "day" else held.points))


def _drawn(held: Held, name: str) -> dict[str, Any]:
    made = drawn(_figure(held, name), held.view.dark)
    if name == "payoff":
        made["config"] = made["config"] | {"edits": {"shapePosition": True}}
    return made


def _draw(held: Held, name: str) -> None:
    plot = chart(held.pictures[name], held.view.dark, parts.SAID[name])
    held.plots[name] = plot
    if name == "payoff":
        plot.on("plotly_relayout", lambda event: _dragged(held, event))
    elif name in ("day", "vol"):
        plot.on("plotly_click", lambda event, name=name: _clicked(held, name, event))


async def _dragged(held: Held, event: events.GenericEventArguments) -> None:
    for i in range(4):
        given = event.args.get(f"shapes[{i}].x0") if isinstance(event.args, dict) else None
        if isinstance(given, int | float) and math.isfinite(given):
            await _move(held, i, float(given))
            return
    if any(str(key).startswith("shapes[") for key in event.args):
        await _redraw(held, ("payoff",))


async def _clicked(held: Held, name: str, event: events.GenericEventArguments) -> None:
    point = next((one for one in event.args.get("points", []) if "x" in one and "y" in one), None)
    if point is not None:
        held.price = float(point["x"])
        setattr(held, "day" if name == "day" else "points", float(point["y"]))
        await _recell(held)


async def _move(held: Held, i: int, value: float) -> None:
    from seawall.hedge.condor_maps import nearest_listed

    wanted = [value if n == i else one for n, one in enumerate(held.strikes)]
    try:
        listed = nearest_listed(held.have.report.signal.expiry, (wanted[0], wanted[1], wanted[2], wanted[3]), i)
    except SeawallError as fault:
        _say(held, str(fault))
        return
    await _restrike(held, listed)


async def _restrike(held: Held, strikes: tuple[float, ...]) -> None:
    held.serial += 1
    mine = held.serial
    wanted = (strikes[0], strikes[1], strikes[2], strikes[3])
    try:
        now = await aside(lambda: moved(held.view.desk, held.asked, wanted))
    except SeawallError as fault:
        _say(held, str(fault))
        return
    if mine != held.serial or held.plots["payoff"].is_deleted:
        return
    held.now, held.strikes = now, wanted
    _say(held, f"{' / '.join(f'{k:,.0f}' for k in wanted)}: credit {now.found.credit:.2f} points")
    for slider, value in zip(held.sliders, wanted, strict=True):
        slider.put(value)
    _show(held)
    held.keep()
    await _redraw(held, ("payoff", "day", "vol", "time"))


async def _recell(held: Held) -> None:
    _show(held, ("legs",))
    held.keep()
    await _redraw(held, ("day", "vol"))


async def _redraw(held: Held, names: tuple[str, ...]) -> None:
    """The numbers are there already; a picture that was overtaken is not drawn."""
    mine = held.serial
    for name in names:
        made = await aside(partial(_drawn, held, name))
        if mine != held.serial or held.plots[name].is_deleted:
            return
        held.plots[name].update_figure(made)


def _say(held: Held, text: str) -> None:
    label = held.places.get("said")
    if isinstance(label, ui.label) and not label.is_deleted:
        label.set_text(text)


def _show(held: Held, names: tuple[str, ...] = ("tiles", "odds", "legs")) -> None:
    report = held.have.report
    makers = {
        "tiles": lambda: parts.tiles(report, held.now),
        "odds": lambda: parts.odds(report, held.now),
        "legs": lambda: parts.legs(report, held.now, (held.price, held.day, held.points)),
    }
    for name in names:
        held.places[name].clear()
        with held.places[name]:
            try:
                makers[name]()
            except SeawallError as fault:
                failed(str(fault))


def _leg_rows(held: Held) -> list[Record]:
    return parts.leg_rows(held.have.report, held.now, (held.price, held.day, held.points))
