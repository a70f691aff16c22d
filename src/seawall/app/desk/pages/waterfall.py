"""Waterfall: where liquidations stand, the cascade round by round, and how much of it is gamma or vega."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.pages import margin_parts
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import noted, panel
from seawall.app.desk.parts.states import age_badge, aside, fill
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.margins import margins_of
from seawall.app.service.markets import cascade_of
from seawall.report.format import fixed, percent, usd

if TYPE_CHECKING:
    from seawall.sim.cascade_case import CascadeMarket
    from seawall.sim.cascade_event import Event
    from seawall.sim.waterfall import Waterfall

SHOCKS: Final = ("3%", "5%", "10%", "20%")
SECOND_S: Final = 0.45
LAST: Final = 40
"""Steps drawn; later rounds are in the export."""


@dataclass(slots=True, eq=False)
class Held:
    """What the page shows; shock and step stand in its address."""

    view: View
    market: "CascadeMarket"
    events: "list[Event]"
    event: "Event"
    step: int
    plot: ui.plotly | None = None
    tiles: ui.element | None = None
    slider: kit.Slider | None = None
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def fall(self) -> "Waterfall":
        """The rounds of the chosen shock."""
        return self.event.readings[self.market.chosen].waterfall

    @property
    def last(self) -> int:
        """The last step drawn."""
        return min(len(self.fall.frames) + 1, LAST)


async def build(view: View) -> None:
    """Heading, choices, map with its play slider, split, rounds."""
    about = "Liquidations are short gamma that others hold: a move forces orders, which move the price."
    with kit.page("Waterfall", about) as head:
        body = ui.element("div").style("display:contents")
    found: list[Held] = []
    if await fill(body, lambda: first(view), found.append, "Running the cascade", 300, ui.navigate.reload):
        held = found[0]
        with head:
            kit.badge(f"{held.market.asset} at {fixed(held.market.case.start)}")
            kit.badge("modelled books" if held.market.case.book.assumption else "known positions")
        with body:
            margins = _layout(held)
        seen = await aside(view.seen)
        with head:
            age_badge(seen.state.now, view.desk.clock())
        await fill(margins, lambda: margins_of(view.desk, seen), lambda one: margin_parts.show(seen, one), "Margins")


def first(view: View) -> Held:
    """The cascade and its pictures, drawn beside the event loop."""
    from seawall.report.cascade_charts import frames_figure, path_figure, split_figure

    shock = view.query.get("shock", "10%")
    shock = shock if shock in SHOCKS else "10%"
    market, events = cascade_of(view.desk, view.book, shock)
    wanted = max if view.query.get("side") == "up" else min
    event = wanted(events, key=lambda one: one.share)
    held = Held(view, market, events, event, 0)
    held.step = int(view.number("step", float(held.last), 0.0, float(held.last)))
    figures = {
        "map": _figure(held), "split": split_figure(market, events), "path": path_figure(market, events),
        "frames": frames_figure(held.fall),
    }  # fmt: skip
    held.pictures = {name: drawn(figure, view.dark) for name, figure in figures.items()}
    return held


def _layout(held: Held) -> ui.element:
    """Everything but the reader's margin, whose place it returns."""
    from seawall.report.cascade_words import answer, notes

    market, view = held.market, held.view
    with ui.element("section").classes("sw-panel").props('aria-label="the cascade"'):
        _choices(held)
        held.tiles = ui.element("div").style("margin-top:.8rem;min-height:6.5rem")
        ui.label(answer(market, held.event)).classes("sw-fact").props('role="status"').style("margin-top:.6rem")
    with panel(
        "Liquidation map",
        "Dollars forced per 1 % of price; orange: what the price has passed.",
        lambda: _map_rows(held),
    ):
        held.plot = chart(
            held.pictures["map"], view.dark, "Forced dollars by price, with the part the cascade has swept."
        )
        _player(held)
    with kit.half():
        with panel("Gamma or vega", "Move beyond the shock by cause, percent of price.", lambda: _split_rows(held)):
            chart(held.pictures["split"], view.dark, "Parts of the move beyond each shock.")
        with panel("Branching along the way", "Above one it sustains itself.", lambda: _path_rows(held)):
            chart(held.pictures["path"], view.dark, "Branching ratios by price.")
    with panel("Round by round", "Price, forced units, who takes over, what is left.", lambda: _frame_rows(held)):
        chart(held.pictures["frames"], view.dark, "The rounds of the cascade.")
    _own(held)
    margins = ui.element("div").style("display:contents")
    noted("Not observed", notes(market), "nothing: every input is observed")
    _say(held)
    return margins


def _choices(held: Held) -> None:
    side = "up" if held.event.share > 0.0 else "down"
    size = f"{abs(100.0 * held.event.share):g}%"

    def again(**changes: str) -> None:
        go(held.view.href("/waterfall", **({"shock": size, "side": side} | changes)))

    with ui.element("div").classes("sw-controls"):
        shock = ui.select(list(SHOCKS), value=size, label="Shock").props("dense outlined options-dense")
        shock.on_value_change(lambda event: again(shock=str(event.value)))
        way = ui.select({"down": "fall", "up": "rise"}, value=side, label="Way").props("dense outlined options-dense")
        way.on_value_change(lambda event: again(side=str(event.value)))


def _words(held: Held, step: float) -> str:
    number = int(step)
    return "before the shock" if number == 0 else "after the shock" if number == 1 else f"round {number - 1}"


def _player(held: Held) -> None:
    async def moved(value: float) -> None:
        held.step = int(value)
        await _show(held)
        held.view.keep(step=str(held.step))

    with ui.element("div").classes("sw-controls"):
        play = ui.button("Play", icon="play_arrow").props("outline no-caps dense")
        held.slider = kit.Slider(
            "step", (0.0, float(held.last), 1.0), float(held.step), lambda v: _words(held, v), moved
        )

    async def tick() -> None:
        if held.step >= held.last:
            timer.deactivate()
            play.set_text("Play")
            held.view.keep(step=str(held.step))
            return
        held.step += 1
        if held.slider is not None:
            held.slider.put(float(held.step))
        await _show(held)

    def toggle() -> None:
        if timer.active:
            timer.deactivate()
            play.set_text("Play")
            return
        held.step = 0 if held.step >= held.last else held.step
        play.set_text("Pause")
        timer.activate()

    timer = ui.timer(SECOND_S, tick, active=False)
    play.on_click(toggle)


def _figure(held: Held) -> Any:
    from seawall.report.cascade_frame import frame_figure

    return frame_figure(held.market, held.fall, held.step)


async def _show(held: Held) -> None:
    """The numbers at once, then the map; one that was overtaken is not drawn."""
    _say(held)
    step = held.step
    made = await aside(lambda: drawn(_figure(held), held.view.dark))
    if held.plot is not None and step == held.step and not held.plot.is_deleted:
        held.plot.update_figure(made)


def _say(held: Held) -> None:
    if held.tiles is None or held.tiles.is_deleted:
        return
    held.tiles.clear()
    with held.tiles:
        _tiles(held)


def _tiles(held: Held) -> None:
    from seawall.report.cascade_frame import frame_price
    from seawall.report.cascade_words import verdict

    fall, split = held.fall, held.event.readings[held.market.chosen].split
    price, frames = frame_price(fall, held.step), fall.frames[: max(held.step - 1, 0)]

    def trace(name: str, plain: str, unit: str, formula: str = "") -> Trace:
        return Trace(name, plain, unit, formula, "docs/cascade.md", "", "modelled")

    with ui.element("div").classes("sw-tiles"):
        tile(
            _words(held, held.step),
            f"{price:,.6g}",
            trace("price", "At this step.", "price"),
            percent(price / fall.start - 1.0, 1, signed=True),
        )
        forced = sum(abs(float(one.forced.sum())) for one in frames)
        tile("forced so far", fixed(forced, 0), trace("forced", "Units that had to be traded.", "units"), "units")
        liquidated = sum(one.liquidated for one in frames)
        tile(
            "accounts",
            fixed(liquidated, 0),
            trace("accounts", "Reached for the first time.", "accounts"),
            "liquidated so far",
        )
        fund = trace("insurance fund", "What is left of it.", "USD")
        tile("fund left", usd(frames[-1].insurance) if frames else usd(fall.frames[0].insurance), fund, "USD")
        tile("acts like", verdict(split), trace("gamma or vega", "Which loop moved the price.", "share"), "whole path")
        tile(
            "distance",
            fixed(split.distance),
            trace("distance to runaway", "One less both ratios.", "", "1 - n_gamma - n_vega"),
            "to runaway",
        )


def _own(held: Held) -> None:
    rows: list[Record] = [
        {
            "position": one.label,
            "now_usd": one.now,
            "after_shock_usd": one.after_shock - one.now,
            "after_cascade_usd": one.after_cascade - one.now,
        }
        for one in held.event.own
    ]
    if not rows:
        return
    with panel("Your positions", "Revalued in full, after the shock alone and where it ends.", lambda: rows):
        names = {"now_usd": "now", "after_shock_usd": "after the shock", "after_cascade_usd": "after the cascade"}
        trace = Trace("P&L", "Full revaluation.", "USD", "", "docs/cascade.md", "", "modelled")
        columns = [kit.words("position", "position"), *(kit.number(key, name, trace) for key, name in names.items())]
        shown = [
            kit.record(
                one["position"], {"position": one["position"]}, {key: (one[key], usd(one[key])) for key in names}
            )
            for one in rows
        ]
        kit.table(columns, shown, "your positions in the cascade", "none")


def _map_rows(held: Held) -> list[Record]:
    book = held.market.case.book
    return [
        {"side": name, "price": float(at), "units": float(units)}
        for name, side in (("sells", book.sells), ("buys", book.buys))
        for at, units in zip(side.at, side.units, strict=True)
    ]


def _split_rows(held: Held) -> list[Record]:
    rows: list[Record] = []
    for event in held.events:
        split = event.readings[held.market.chosen].split
        rows.append({"shock": event.share, "gamma": float(split.gamma.sum()), "vega_flow": split.vega_flow,
                     "vega_depth": split.vega_depth, "move": split.move, "distance": split.distance})  # fmt: skip
    return rows


def _path_rows(held: Held) -> list[Record]:
    reading = held.event.readings[held.market.chosen]
    gamma = reading.ratios.gamma.sum(axis=0)
    return [
        {"price": float(x), "gamma": float(a), "vega": float(b)}
        for x, a, b in zip(reading.prices, gamma, reading.ratios.vega, strict=True)
    ]


def _frame_rows(held: Held) -> list[Record]:
    return [
        {"round": i + 1, "mark": one.mark, "price": one.price, "forced_units": float(one.forced.sum()),
         "liquidated": one.liquidated, "insurance_usd": one.insurance, "bad_debt_usd": one.bad_debt}
        for i, one in enumerate(held.fall.frames)
    ]  # fmt: skip
