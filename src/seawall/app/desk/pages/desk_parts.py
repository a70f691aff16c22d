"""What of the Desk page is shown anew in place: heading, totals, ledger, what to look at first, and the regime."""

import html
import json
from typing import TYPE_CHECKING, Final

from nicegui import ui

from seawall.app.desk.parts.live import Badge
from seawall.app.desk.parts.states import age_badge, empty
from seawall.app.desk.parts.table import Column, records, table
from seawall.app.desk.parts.traced import Tile, Trace, of_term, tile
from seawall.app.desk.view import View
from seawall.app.service.alerts import Alert
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.app.service.observing import Band, BandSpell
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


def row_of(row: "Row") -> Record:
    """A row of the ledger as an object."""
    from seawall.report.records import row_record

    return row_record(row)


def _of(seen: Viewed, label: str) -> Trace:
    modelled = any(origin is not Origin.OBSERVED for *_, origin in seen.state.provenance())
    origin = "computed from observed and modelled inputs" if modelled else "computed from observed inputs"
    return of_term(label, as_of=f"{seen.state.now:%Y-%m-%d %H:%M:%S} UTC", origin=origin)


def _text(key: str, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if key == "break_even_vol":
        return points(100.0 * value)
    return percent(value, 0) if key == "vix_hedgeable_share" else usd(value)


class Head:
    """Name, age and equity of the book."""

    def __init__(self, view: View, place: ui.element, seen: Viewed) -> None:
        self._view = view
        place.clear()
        with place:
            self._name = ui.html("", tag="h1", sanitize=False)
            self.badge = Badge(view) if view.watched else None
            if self.badge is None:
                age_badge(seen.state.now, view.desk.clock())
            self._equity = ui.label("").classes("sw-badge")
        self.put(seen)

    def put(self, seen: Viewed) -> None:
        """Another state."""
        book = seen.loaded.book
        self._name.set_content(html.escape(book.name))
        self._equity.set_text("no equity stated" if book.nav_usd is None else f"equity {usd(book.nav_usd)} USD")
        if self.badge is not None:
            self.badge.put(seen)


class Totals:
    """The tiles of the whole book."""

    def __init__(self, seen: Viewed, found: "Ledger") -> None:
        self._tiles: dict[str, Tile] = {}
        with ui.element("div").classes("sw-tiles"):
            for key, label in TILES:
                self._tiles[key] = tile(label, UNKNOWN, Trace())
        self.put(seen, found)

    def put(self, seen: Viewed, found: "Ledger") -> None:
        """Another state."""
        record = row_of(found.total)
        for key, label in TILES:
            note = found.total.worst.shock if key == "worst_case_usd" else ""
            self._tiles[key].put(_text(key, record[key]), _of(seen, label), note)


def _cells(row: "Row", rank: int) -> Record:
    record = row_of(row)
    more = {"row": row.label}
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


def _columns(seen: Viewed) -> list[Column]:
    numbers = [Column(key, label, _of(seen, label)) for key, label in (*MONEY, *OTHERS)]
    return [Column("label", "position"), Column("kind", "kind"), *numbers]


def lines_of(found: "Ledger") -> list[Record]:
    """The ledger as rows of a table, totals first; not quick for a long one: beside the event loop."""
    totals = [_cells(found.total, 1), *(_cells(row, 2) for row in found.by_factor)]
    return totals + [_cells(row, 0) for row in found.rows]


def _positions(found: "Ledger") -> str:
    return f"{len(found.rows):,} position{'' if len(found.rows) == 1 else 's'}"


class Rows:
    """The ledger by position, totals first."""

    def __init__(self, seen: Viewed, found: "Ledger", lines: list[Record]) -> None:
        self._table = table(_columns(seen), lines, f"ledger of {_positions(found)}, totals first")
        self._count = ui.label(_positions(found)).classes("sw-foot")

    def put(self, seen: Viewed, found: "Ledger", lines: list[Record]) -> None:
        """Another state; rows keep their place."""
        self._table.columns = records(_columns(seen))
        self._table.rows = lines
        self._count.set_text(_positions(found))


class Line:
    """One thing to look at."""

    def __init__(self) -> None:
        self.element = ui.element("li")
        with self.element:
            self._level = ui.label("")
            with ui.element("div"):
                self._fact = ui.link("", "/")
                self._remedy = ui.html("", tag="small", sanitize=False)

    def put(self, one: Alert, address: str) -> None:
        """Say something else."""
        self._level.set_text(str(one.level))
        self._level.classes(replace=f"sw-level sw-level-{one.level}")
        self._fact.set_text(one.fact)
        if self._fact._props.get("href") != address:
            self._fact._props["href"] = address
        self._remedy.set_content(html.escape(one.remedy))


class First:
    """What to look at first."""

    def __init__(self, view: View, found: tuple[Alert, ...]) -> None:
        self._view, self._lines = view, list[Line]()
        self._list = ui.element("ul").classes("sw-alerts")
        self._none = ui.element("div")
        with self._none:
            empty("Nothing to look at first.", "No rule fires for this book in this market.")
        self.put(found)

    def put(self, found: tuple[Alert, ...]) -> None:
        """Another state; lines are reused."""
        self._none.set_visibility(not found)
        self._list.set_visibility(bool(found))
        for line in self._lines[len(found) :]:
            line.element.delete()
        del self._lines[len(found) :]
        with self._list:
            while len(self._lines) < len(found):
                self._lines.append(Line())
        for line, one in zip(self._lines, found, strict=True):
            line.put(one, self._view.href(one.page))


class Regime:
    """The regime by session; drawn anew when it is another one."""

    def __init__(self, found: Band) -> None:
        self._shown: Band | None = None
        self._place = ui.element("div")
        self.put(found)

    def put(self, found: Band) -> None:
        """Another state."""
        if found == self._shown:
            return
        self._shown = found
        self._place.clear()
        with self._place:
            _band(found)


def _sessions(one: BandSpell) -> str:
    return f"{one.sessions:,} session{'' if one.sessions == 1 else 's'}"


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
        tile("state", last.state, trace, f"since {last.start}, {_sessions(last)}")
    with ui.element("ol").classes("sw-band").props('aria-label="regime by session, oldest first"'):
        for one in found.spells:
            said = f"{one.state}, {one.start} to {one.end}, {_sessions(one)}"
            ui.element("li").classes(f"sw-{one.state}").style(f"flex:{one.sessions}").props(
                f'title="{said}" aria-label="{said}"'
            )
    with ui.element("div").classes("sw-keys"):
        for name in ("CALM", "ONSET", "SPIKE", "EXHAUST"):
            ui.html(f'<i class="sw-{name}"></i>{name}', tag="span", sanitize=False)
        ui.label(f"{found.spells[0].start} to {last.end}")
