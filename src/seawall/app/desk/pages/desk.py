"""The desk: ledger with totals, regime band, alerts, and where the convexity of the whole book sits."""

import asyncio
from typing import TYPE_CHECKING, Any

from nicegui import ui

from seawall.app.desk.pages.desk_live import Following, Shown
from seawall.app.desk.pages.desk_parts import First, Head, Regime, Rows, Totals, lines_of, row_of
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.live import live
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, fill
from seawall.app.desk.view import View
from seawall.app.service import views
from seawall.app.service.alerts import Alert, alerts_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed, ledger_of
from seawall.app.service.observing import Band, band_of
from seawall.core.errors import SeawallError
from seawall.report.format import usd

if TYPE_CHECKING:
    from seawall.ledger.exposure import Ledger, Row


async def build(view: View) -> None:
    """Heading and panels; each fills by itself, and follows a monitor where one watches the book."""
    shown = Shown(charts=[])
    with ui.element("div").classes("sw-page"):
        head = ui.element("div").classes("sw-title")
        with head:
            ui.html("Desk", tag="h1", sanitize=False)
        live(view)
        with ui.element("section").classes("sw-panel").props('aria-label="totals"'):
            totals = ui.element("div")
        below = ui.element("div").classes("sw-stack")
    with below:
        with ui.element("div").classes("sw-half"):
            alerts = panel(
                "Look at first", "Rules over this book in its market, most urgent first.", lambda: _alert_rows(view)
            )
            regime = panel(
                "Regime", "Sessions up to the market of this book; known after each close.", lambda: _spell_rows(view)
            )
        rows = panel(
            "Ledger", "Dollars to the holder. Hover a number, or move with the arrow keys.", lambda: _rows(view)
        )
        density = ui.element("div").classes("sw-half")
        assumed = panel(
            "Not observed",
            "Every input that is modelled or assumed.",
            lambda: [{"note": line} for line in _inputs(view)],
        )

    def tiles(found: "tuple[Viewed, Ledger]") -> None:
        shown.totals = Totals(*found)
        shown.head = Head(view, head, found[0])

    def ledger(found: "tuple[Viewed, Ledger, list[Record]]") -> None:
        shown.rows = Rows(*found)

    def first(found: tuple[Alert, ...]) -> None:
        shown.first = First(view, found)

    def band(found: Band) -> None:
        shown.regime = Regime(found)

    if not await fill(totals, lambda: _seen(view), tiles, "Adding up the book", 150, ui.navigate.reload):
        below.set_visibility(False)
        return
    shown.inputs = lambda: fill(assumed, lambda: _inputs(view), _assumed, "")
    places = {factor: _density_panel(view, density, factor) for factor in views.factors(view.seen())}
    await asyncio.gather(
        fill(rows, lambda: _laid(view), ledger, "Laying out the ledger", 240),
        fill(alerts, lambda: alerts_of(view.desk, view.seen()), first),
        fill(regime, lambda: band_of(view.desk, view.seen()), band),
        fill(assumed, lambda: _inputs(view), _assumed),
        *(_fill_density(view, factor, place, shown) for factor, place in places.items()),
    )
    with below:
        Following(view, shown)


def _density_panel(view: View, density: ui.element, factor: str) -> ui.element:
    with density:
        about = "Below zero the book is long convexity there. Above: today; below: at each position's horizon."
        return panel(f"Convexity density, {factor}", about, lambda: _density_rows(view, factor))


async def _fill_density(view: View, factor: str, place: ui.element, shown: Shown) -> None:
    made: list[tuple[ui.plotly, ui.label]] = []

    def show(picture: tuple[str, dict[str, Any]]) -> None:
        said, drawing = picture
        made.append((chart(drawing, view.dark, said), ui.label(said).classes("sw-foot")))

    async def anew() -> None:
        try:
            said, drawing = await asyncio.to_thread(_picture, view, factor)
        except SeawallError:
            return
        plot, words = made[0]
        plot._props["aria-label"] = said
        plot.update_figure(drawing)
        words.set_text(said)

    if await fill(place, lambda: _picture(view, factor), show, height=430) and shown.charts is not None:
        shown.charts.append(anew)


def _seen(view: View) -> "tuple[Viewed, Ledger]":
    seen = view.seen()
    return seen, ledger_of(view.desk, seen)


def _laid(view: View) -> "tuple[Viewed, Ledger, list[Record]]":
    seen, found = _seen(view)
    return seen, found, lines_of(found)


def _rows(view: View) -> list[Record]:
    found = _seen(view)[1]
    return [_flat(row) for row in (*found.rows, *found.by_factor, found.total)]


def _flat(row: "Row") -> Record:
    return {key: value for key, value in row_of(row).items() if not isinstance(value, dict | list)}


def _alert_rows(view: View) -> list[Record]:
    return [
        {"rule": one.rule, "level": str(one.level), "fact": one.fact, "remedy": one.remedy}
        for one in alerts_of(view.desk, view.seen())
    ]


def _spell_rows(view: View) -> list[Record]:
    return [
        {"state": one.state, "start": str(one.start), "end": str(one.end), "sessions": one.sessions, "rule": one.rule}
        for one in band_of(view.desk, view.seen()).spells
    ]


def _inputs(view: View) -> list[str]:
    return view.seen().state.assumptions()


def _assumed(found: list[str]) -> None:
    if not found:
        empty("Everything is observed.", "No input of this market is modelled or assumed.")
        return
    kit.listing(found)


def _curves(view: View, factor: str) -> Any:
    from seawall.report.desk_charts import book_curves

    seen, found = _seen(view)
    return view.desk.memo.get(("curves", seen.key, factor), lambda: book_curves(found, factor))


def _picture(view: View, factor: str) -> tuple[str, dict[str, Any]]:
    from seawall.report.desk_charts import density_figure

    curves = _curves(view, factor)
    return _said(curves), drawn(density_figure(curves), view.dark)


def _said(curves: Any) -> str:
    total = sum(curves.today.values())
    here = float(total[abs(curves.price - curves.spot).argmin()]) if len(curves.today) else 0.0
    side = "short" if here > 0.0 else "long"
    return f"At today's price of {curves.factor} the book is {side} convexity, {usd(abs(here))} USD per 1 %."


def _density_rows(view: View, factor: str) -> list[Record]:
    curves = _curves(view, factor)
    return [
        {"price": float(price), "group": group, "today_usd_per_pct": float(value)}
        for group, values in curves.today.items()
        for price, value in zip(curves.price, values, strict=True)
    ]
