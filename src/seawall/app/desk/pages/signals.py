"""Signals: every family, the history of one, and what stands behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, empty, fill
from seawall.app.desk.parts.timed import marked, span, time_chart
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days
from seawall.app.service.observing import observed
from seawall.report.format import UNKNOWN, fixed, percent

if TYPE_CHECKING:
    from seawall.app.observe import Observed
    from seawall.report.signal_explain import Explained
    from seawall.signals.board import Row

SHOWN = 750
"""Rows of a history that are drawn: three years of sessions."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What the page shows; family and signal stand in its address. ``picture``: None without a history."""

    all: "Observed"
    families: tuple[str, ...]
    family: str
    rows: "list[Row]"
    chosen: "Row | None"
    told: "Explained | None"
    picture: dict[str, Any] | None


async def build(view: View) -> None:
    """Heading, family picker, board, and the chosen signal."""
    about = "Readings known at one instant. None weighs in a decision before its evidence has passed."
    with kit.page("Signals", about) as head:
        body = ui.element("div").style("display:contents")
    found: list[Held] = []
    if await fill(body, lambda: first(view), found.append, "Reading every signal", 300, ui.navigate.reload):
        held = found[0].all
        with head:
            age_badge(held.board.now, view.desk.clock(), "board")
            kit.badge(held.why_now)
            if held.reading is not None:
                kit.badge(f"{held.reading.state.name}: {held.reading.rule}")
        with body:
            _layout(view, found[0])


def first(view: View) -> Held:
    """The board, and the chosen signal explained and drawn beside the event loop."""
    from seawall.report.signal_explain import explain

    found = observed(view.desk, view.asof)
    families = tuple(sorted({str(row.family) for row in found.board.rows}))
    family = view.query.get("family", "")
    rows = [row for row in found.board.rows if family not in families or str(row.family) == family]
    chosen = next((row for row in found.board.rows if row.id == view.query.get("signal")), None)
    chosen = chosen or next((row for row in rows if row.history is not None), rows[0] if rows else None)
    told = None if chosen is None else explain(chosen, found.history)
    drawable = chosen is not None and chosen.history is not None and len(chosen.history.dates) > 0
    picture = drawn(_figure(view, chosen), view.dark) if chosen is not None and drawable else None
    return Held(found, families, family, rows, chosen, told, picture)


def _layout(view: View, held: Held) -> None:
    families, family, rows, chosen = held.families, held.family, held.rows, held.chosen
    with (
        ui.element("section").classes("sw-panel").props('aria-label="choices"'),
        ui.element("div").classes("sw-controls"),
    ):
        options = {"": "every family", **{one: one for one in families}}
        pick = ui.select(options, value=family if family in families else "", label="Family").props(
            "dense outlined options-dense"
        )
        pick.on_value_change(lambda event: go(view.href("/signals", family=str(event.value or ""))))
        names = {row.id: f"{row.id} {row.name}" for row in rows}
        one = ui.select(names, value=chosen.id if chosen and chosen.id in names else None, label="Explain").props(
            "dense outlined options-dense"
        )
        one.on_value_change(lambda event: go(view.href("/signals", family=family, signal=str(event.value or ""))))
        known = sum(row.reading.value is not None for row in rows)
        kit.note(f"{known} of {len(rows)} have a value at this instant")
    if chosen is not None and held.told is not None:
        _chosen(view, held.told, chosen, held.picture)
    place = panel("Board", "Rank: share of past values at or below this one.", lambda: [_flat(row) for row in rows])
    with place:
        _board(held.all, rows)
    if held.all.cards:
        cards = [{"id": card.id, "name": card.name, "needs": card.needs} for card in held.all.cards]
        with panel("Of a book", "Cards that need more than market series.", lambda: cards):
            kit.listing([f"{card.id} {card.name}: needs {card.needs}" for card in held.all.cards])


def _flat(row: "Row") -> Record:
    return {
        "id": row.id, "name": row.name, "family": str(row.family), "value": row.reading.value,
        "unit": "" if row.signal is None else row.signal.unit, "rank": row.rank, "state": row.state,
        "as_of": str(row.reading.as_of or ""), "age_sessions": row.age, "weight": row.weight, "evidence": row.evidence,
        "note": row.reading.note, "lacks": ", ".join(row.lacks),
    }  # fmt: skip


def _board(held: "Observed", rows: "list[Row]") -> None:
    import json

    when = f"{held.board.now:%Y-%m-%d %H:%M} UTC"
    trace = Trace("signal", "", "", "", "", when, "computed")
    columns = [
        kit.words("code", "id"),
        kit.words("name", "signal"),
        kit.words("state", "state"),
        kit.words("seen", "as of"),
    ]
    columns += [
        kit.number("value", "value", trace),
        kit.number("share", "rank", trace),
        kit.number("weight", "weight", trace),
    ]
    shown: list[Record] = []
    for row in rows:
        signal = row.signal
        more = {"name": row.name, "as_of": str(row.reading.as_of or "never"), "plain": row.reading.note or row.evidence}
        if signal is not None:
            more |= {"unit": signal.unit, "formula": signal.formula, "source": signal.source}
        value = (row.reading.value, UNKNOWN if row.reading.value is None else f"{row.reading.value:,.4g}")
        rank = (row.rank, UNKNOWN if row.rank is None else percent(row.rank, 0))
        words = {"code": row.id, "name": row.name, "state": row.state, "seen": str(row.reading.as_of or "")}
        shown.append(
            kit.record(
                row.id,
                words,
                {"value": value, "share": rank, "weight": (row.weight, fixed(row.weight))},
                json.dumps(more),
            )
        )
    kit.table(columns, shown, f"{len(rows)} signals")


def _chosen(view: View, found: "Explained", row: "Row", picture: dict[str, Any] | None) -> None:
    with kit.half():
        with panel(f"History of {row.id}", row.name, lambda: _history_rows(row)):
            if picture is None:
                lacks = f"It lacks {', '.join(row.lacks)}." if row.lacks else row.reading.note
                empty(
                    "There is no history.",
                    lacks or "Sync or import its series.",
                    [("What the store holds", view.href("/data"))],
                )
            else:
                time_chart(picture, view.dark, f"Values of {row.name} by date.")
        with panel(f"What {row.id} is", "", lambda: [{"fact": name, "words": words} for name, words in found.facts]):
            with ui.element("dl").classes("sw-facts"):
                for name, words in found.facts:
                    ui.html(_escape(name), tag="dt", sanitize=False).style("color:var(--muted);font-size:.82rem")
                    ui.html(_escape(words), tag="dd", sanitize=False).style("margin:0 0 .35rem")
            inputs = [
                f"{one.name}: {'absent' if one.as_of is None else f'{one.value:,.6g} on {one.as_of}, {one.source}'}"
                for one in found.inputs
            ]
            if inputs:
                kit.listing(inputs)


def _escape(text: str) -> str:
    import html

    return html.escape(text)


def _history_rows(row: "Row") -> list[Record]:
    if row.history is None:
        return []
    pairs = zip(row.history.dates.tolist(), row.history.values.tolist(), strict=True)
    return [{"date": str(day), "value": value} for day, value in pairs]


def _figure(view: View, row: "Row") -> Any:
    from plotly import graph_objects as go

    from seawall.report.palette import ACCENT, axis, frame, plain

    if row.history is None:
        raise AssertionError("a history is drawn only where there is one")
    dates, values = [str(day) for day in row.history.dates[-SHOWN:]], row.history.values[-SHOWN:]
    unit = "" if row.signal is None else row.signal.unit
    line = {"type": "scatter", "mode": "lines", "x": dates, "y": values, "line": {"color": ACCENT, "width": 1.5},
            "hovertemplate": "%{x}: %{y:,.4g}<extra></extra>"}  # fmt: skip
    layout = frame(
        320, showlegend=False, xaxis=axis("", type="date", showgrid=False), yaxis=axis(plain(unit), nticks=6)
    )
    return marked(go.Figure({"data": [line], "layout": layout}), marked_days(view.desk), *span(dates))
