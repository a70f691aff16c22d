"""The desk: ledger with totals, regime band, alerts, and where the convexity of the whole book sits."""

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.parts.figures import chart
from seawall.app.desk.parts.live import live
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, empty, fill
from seawall.app.desk.parts.table import Column, table
from seawall.app.desk.parts.traced import Trace, of_term, tile
from seawall.app.desk.view import View
from seawall.app.service import views
from seawall.app.service.alerts import Alert, alerts_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed, ledger_of
from seawall.app.service.observing import Band, band_of
from seawall.core.datum import Origin
from seawall.report.format import UNKNOWN, percent, points, usd

if TYPE_CHECKING:
    from seawall.ledger.exposure import Ledger, Row

MONEY: Final = (
    ("value_usd", "value"),
    ("delta_usd", "delta"),
    ("gamma_usd_per_pct", "gamma/1%"),
    ("vega_usd_per_point", "vega/pt"),
    ("theta_usd_per_day", "theta/day"),
    ("carry_usd_per_year", "carry/yr"),
    ("rent_usd_per_year", "rent/yr"),
)
OTHERS: Final = (("break_even_vol", "BE vol"), ("vix_hedgeable_share", "VIX share"), ("worst_case_usd", "worst case"))
TILES: Final = (*MONEY, OTHERS[0], OTHERS[2])


async def build(view: View) -> None:
    """Heading and panels; each fills by itself."""
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
        assumed = panel("Not observed", "Every input that is modelled or assumed.")

    def tiles(found: "tuple[Viewed, Ledger]") -> None:
        _tiles(view, head, *found)

    if not await fill(totals, lambda: _seen(view), tiles, "Adding up the book", 150, ui.navigate.reload):
        below.set_visibility(False)
        return
    places = {factor: _density_panel(view, density, factor) for factor in views.factors(view.seen())}
    await asyncio.gather(
        fill(rows, lambda: _seen(view), lambda found: _ledger(*found), "Laying out the ledger", 240),
        fill(alerts, lambda: alerts_of(view.desk, view.seen()), lambda found: _alerts(view, found)),
        fill(regime, lambda: band_of(view.desk, view.seen()), _band),
        fill(assumed, lambda: _inputs(view), _assumed),
        *(_fill_density(view, factor, place) for factor, place in places.items()),
    )


def _density_panel(view: View, density: ui.element, factor: str) -> ui.element:
    with density:
        about = "Below zero the book is long convexity there. Above: today; below: at each position's horizon."
        return panel(f"Convexity density, {factor}", about, lambda: _density_rows(view, factor))


async def _fill_density(view: View, factor: str, place: ui.element) -> None:
    await fill(place, lambda: _curves(view, factor), lambda found: _density(view, found), height=430)


def _seen(view: View) -> "tuple[Viewed, Ledger]":
    seen = view.seen()
    return seen, ledger_of(view.desk, seen)


def _instant(seen: Viewed) -> str:
    return f"{seen.state.now:%Y-%m-%d %H:%M} UTC"


def _origin(seen: Viewed) -> str:
    modelled = any(origin is not Origin.OBSERVED for *_, origin in seen.state.provenance())
    return "computed from observed and modelled inputs" if modelled else "computed from observed inputs"


def _tiles(view: View, head: ui.element, seen: Viewed, found: "Ledger") -> None:
    head.clear()
    with head:
        ui.html(_escaped(found.book.name), tag="h1", sanitize=False)
        age_badge(seen.state.now, view.desk.clock())
        nav = found.book.nav_usd
        ui.label("no equity stated" if nav is None else f"equity {usd(nav)} USD").classes("sw-badge")
    record = _record(found.total)
    with ui.element("div").classes("sw-tiles"):
        for key, label in TILES:
            trace = of_term(label, as_of=_instant(seen), origin=_origin(seen))
            note = found.total.worst.shock if key == "worst_case_usd" else ""
            tile(label, _text(key, record[key]), trace, note)


def _escaped(text: str) -> str:
    import html

    return html.escape(text)


def _record(row: "Row") -> Record:
    from seawall.report.records import row_record

    return row_record(row)


def _text(key: str, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if key == "break_even_vol":
        return points(100.0 * value)
    return percent(value, 0) if key == "vix_hedgeable_share" else usd(value)


def _cells(row: "Row", rank: int, seen: Viewed) -> Record:
    record = _record(row)
    more = {"row": row.label, "as_of": _instant(seen), "origin": _origin(seen)}
    if row.break_even_vol is None:
        more["plain"] = f"{row.label}: break-even volatility, {row.break_even_status}."
    cells: Record = {
        "id": f"{rank}-{row.label}",
        "label": row.label,
        "kind": row.kind,
        "rank": rank,
        "more": json.dumps(more),
    }
    for key, _ in (*MONEY, *OTHERS):
        cells[key], cells[f"{key}_s"] = record[key], _text(key, record[key])
    if row.break_even_vol is None and str(row.break_even_status.name) != "UNKNOWN":
        cells["break_even_vol_s"] = "–"
    if row.share is None:
        cells["vix_hedgeable_share_s"] = "–"
    return cells


def _ledger(seen: Viewed, found: "Ledger") -> None:
    columns = [Column("label", "position"), Column("kind", "kind")]
    columns += [Column(key, label, of_term(label)) for key, label in (*MONEY, *OTHERS)]
    rows = [_cells(found.total, 1, seen), *(_cells(row, 2, seen) for row in found.by_factor)]
    rows += [_cells(row, 0, seen) for row in found.rows]
    table(columns, rows, f"ledger of {len(found.rows)} positions, totals first")
    ui.label(f"{len(found.rows):,} positions").classes("sw-foot")


def _rows(view: View) -> list[Record]:
    found = _seen(view)[1]
    return [_flat(row) for row in (*found.rows, *found.by_factor, found.total)]


def _flat(row: "Row") -> Record:
    return {key: value for key, value in _record(row).items() if not isinstance(value, dict | list)}


def _alerts(view: View, found: tuple[Alert, ...]) -> None:
    if not found:
        empty("Nothing to look at first.", "No rule fires for this book in this market.")
        return
    with ui.element("ul").classes("sw-alerts"):
        for one in found:
            with ui.element("li"):
                ui.label(str(one.level)).classes(f"sw-level sw-level-{one.level}")
                with ui.element("div"):
                    ui.link(one.fact, view.href(one.page))
                    ui.html(_escaped(one.remedy), tag="small", sanitize=False)


def _alert_rows(view: View) -> list[Record]:
    return [
        {"rule": one.rule, "level": str(one.level), "fact": one.fact, "remedy": one.remedy}
        for one in alerts_of(view.desk, view.seen())
    ]


def _band(found: Band) -> None:
    if not found.spells:
        empty("The regime is unknown.", found.reason)
        return
    last = found.spells[-1]
    trace = Trace(
        "regime",
        "State of the market by rules on VIX and its curve.",
        as_of=str(last.end),
        source="own rules, docs/signals.md",
        formula=last.rule,
        origin=found.origin,
    )
    with ui.element("div").classes("sw-tiles sw-tiles-wide"):
        tile("state", last.state, trace, f"since {last.start}, {last.sessions} sessions")
    with ui.element("ol").classes("sw-band").props('aria-label="regime by session, oldest first"'):
        for one in found.spells:
            said = f"{one.state}, {one.start} to {one.end}, {one.sessions} sessions"
            ui.element("li").classes(f"sw-{one.state}").style(f"flex:{one.sessions}").props(
                f'title="{said}" aria-label="{said}"'
            )
    with ui.element("div").classes("sw-keys"):
        for name in ("CALM", "ONSET", "SPIKE", "EXHAUST"):
            ui.html(f'<i class="sw-{name}"></i>{name}', tag="span", sanitize=False)
        ui.label(f"{found.spells[0].start} to {last.end}")


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
    with ui.element("ul"):
        for line in found:
            ui.html(_escaped(line), tag="li", sanitize=False)


def _curves(view: View, factor: str) -> Any:
    from seawall.report.desk_charts import book_curves

    seen, found = _seen(view)
    return view.desk.memo.get(("curves", seen.key, factor), lambda: book_curves(found, factor))


def _density(view: View, curves: Any) -> None:
    from seawall.report.desk_charts import density_figure

    total = sum(curves.today.values())
    here = float(total[abs(curves.price - curves.spot).argmin()]) if len(curves.today) else 0.0
    side = "short" if here > 0.0 else "long"
    said = f"At today's price of {curves.factor} the book is {side} convexity, {usd(abs(here))} USD per 1 %."
    chart(density_figure(curves), view.dark, said)
    ui.label(said).classes("sw-foot")


def _density_rows(view: View, factor: str) -> list[Record]:
    curves = _curves(view, factor)
    return [
        {"price": float(price), "group": group, "today_usd_per_pct": float(value)}
        for group, values in curves.today.items()
        for price, value in zip(curves.price, values, strict=True)
    ]
