"""Pages of the signals: the board by family under the regime, its spells, and one signal with its chart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.report.format import NOT_DEFINED, percent
from seawall.report.hedge_sections import regime_section
from seawall.report.markup import Cell, Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document
from seawall.report.palette import ACCENT, INK, LOSS, Figure, axis, frame, plain
from seawall.report.signal_explain import Explained
from seawall.report.signal_tables import (
    LEGEND,
    WEIGHTLESS,
    evidence_words,
    number,
    state_words,
    weight_words,
    why_unknown,
)
from seawall.report.timeline import regime_chart
from seawall.signals.base import SignalHistory
from seawall.signals.board import Board, Row
from seawall.signals.cards import Card
from seawall.signals.regime import RegimeHistory, RegimeReading, Spell

COLUMNS = (
    Column("Signal", number=False), Column("Value"), Column("Rank", "of its past"), Column("State", number=False),
    Column("Age", "sessions"), Column("Prior", number=False), Column("Weight"), Column("Would do", number=False),
)  # fmt: skip
POINTS = 4000
"""Rows of a chart: a longer past is drawn from here on."""


def board_page(
    board: Board,
    regime: tuple[RegimeReading | None, Spell | None, str, RegimeHistory | None],
    why_now: str,
    cards: Sequence[Card],
    band: tuple[NDArray[np.float64], Sequence[Spell]] | None = None,
) -> str:
    """The board as one HTML document; with ``band`` (SPX on its sessions, spells) its history too."""
    groups = board.by_family()
    body = [_regime(*regime)]
    if band is not None and regime[3] is not None:
        body.append(_spells(regime[3], *band))
    body += [_family(str(family), rows) for family, rows in groups.items()]
    if cards:
        told = [f"{one.id} {one.name}: needs {one.needs}" for one in cards]
        body.append(section("book", "Cards of a book", paragraph("Not read here.", "note"), listing(told)))
    body.append(section("legend", "How to read it", listing([WEIGHTLESS, LEGEND])))
    known = sum(row.reading.value is not None for row in board.rows)
    standfirst = (
        f"{board.now:%Y-%m-%d %H:%M} UTC, {why_now} · preset {board.preset} · "
        f"{known} of {len(board.rows)} signals have a value"
    )
    links = {"regime": "Regime", "spells": "Spells"} | {
        f"family-{family}": str(family).capitalize() for family in groups
    }
    return document("Signals", standfirst, tuple(body), links | {"book": "Book"})


def _regime(reading: RegimeReading | None, spell: Spell | None, missing: str, regimes: RegimeHistory | None) -> str:
    if reading is None or spell is None or regimes is None:
        return section("regime", "The regime", paragraph(f"unknown: {missing}.", "lead"))
    top = tiles(
        (
            Tile("Regime", reading.state.name, f"on {reading.day}"),
            Tile("Since", str(spell.start), f"{spell.sessions} sessions; moved by {arrows(spell.rule)}"),
            Tile("Triggers", str(reading.count), ", ".join(reading.fired) or "none fired"),
            Tile("VIX", number(reading.inputs["vix"].value), "points"),
        )
    )
    stood = paragraph("What stood in over the whole history, or was not there:", "note") if reading.notes else ""
    return top + regime_section(reading, regimes) + stood + listing(reading.notes)


def arrows(rule: str) -> str:
    """A rule with its states joined by an arrow."""
    return rule.replace(">", " → ").strip()


def _spells(regimes: RegimeHistory, spx: NDArray[np.float64], spells: Sequence[Spell]) -> str:
    columns = (Column("Start", number=False), Column("End", number=False), Column("Sessions"),
               Column("State", number=False), Column("Rule", number=False))  # fmt: skip
    lines = [
        Line([str(one.start), str(one.end), f"{one.sessions:,}", one.state.name, arrows(one.rule)]) for one in spells
    ]
    modelled = regimes.slope.substituted.any() or regimes.vix_origin is not Origin.OBSERVED
    picture = chart(
        "band", regime_chart(regimes, spx), f"{regimes.dates[0]} to {regimes.dates[-1]}",
        "SPX and VIX closes above the band of the market regime.", modelled=bool(modelled),
    )  # fmt: skip
    told = paragraph("The last spell is still open; the first is how the history begins.", "note")
    return section("spells", "Spells of the regime", picture, table(columns, lines[::-1], "spells"), told)


def _family(name: str, rows: Sequence[Row]) -> str:
    known = [row for row in rows if row.reading.value is not None]
    notes = dict.fromkeys(f"* {row.reading.note}" for row in known if row.reading.note)
    return section(
        f"family-{name}",
        name.capitalize(),
        table(COLUMNS, [_line(row) for row in known], name) if known else "",
        listing([*why_unknown([row for row in rows if row.reading.value is None]), *notes]),
    )


def _line(row: Row) -> Line:
    signal = row.signal
    unit, prior, would = ("", "", "") if signal is None else (signal.unit, str(signal.prior), signal.would_do)
    return Line(
        [
            Cell(row.id, row.name),
            Cell(number(row.reading.value), unit),
            NOT_DEFINED if row.rank is None else percent(row.rank, 0),
            state_words(row),
            NOT_DEFINED if row.age is None else str(row.age),
            prior,
            weight_words(row),
            Cell(would, evidence_words(row)),
        ]
    )


def signal_chart(history: SignalHistory) -> Figure:
    """A signal by date, its last value marked, and the line at which it fires."""
    from plotly import graph_objects as go

    signal = history.signal
    dates = [str(day) for day in history.dates[-POINTS:]]
    values = [None if np.isnan(value) else float(value) for value in history.values[-POINTS:]]
    figure = go.Figure()
    figure.add_scatter(
        x=dates, y=values, mode="lines", name=plain(signal.id), line={"color": ACCENT, "width": 1.4},
        hovertemplate="%{x}: %{y:,.4g}<extra></extra>",
    )  # fmt: skip
    known = [k for k, value in enumerate(values) if value is not None]
    if known:
        last = known[-1]
        figure.add_scatter(
            x=[dates[last]], y=[values[last]], mode="markers", marker={"color": INK, "size": 7}, name="last",
            hovertemplate="%{x}: %{y:,.4g}<extra>last</extra>",
        )  # fmt: skip
    if signal.fires is not None:
        figure.add_hline(y=signal.fires[1], line={"color": LOSS, "width": 1, "dash": "dot"})
    figure.update_layout(
        frame(380, showlegend=False, xaxis=axis("", type="date", showgrid=False), yaxis=axis(plain(signal.unit)))
    )
    return figure


def explained_page(found: Explained, standfirst: str) -> str:
    """One signal as one HTML document."""
    row = found.row
    facts = table(
        (Column("What", number=False), Column("Words", number=False)), [Line(list(fact)) for fact in found.facts],
        "definition",
    )  # fmt: skip
    body = [section("definition", "Definition", facts)]
    if found.inputs:
        columns = (Column("Series", number=False), Column("As of", number=False), Column("Value"),
                   Column("Source", number=False))  # fmt: skip
        lines = [
            Line([one.name, "absent" if one.as_of is None else str(one.as_of), number(one.value), one.source])
            for one in found.inputs
        ]
        body.append(section("inputs", "Inputs", table(columns, lines, "inputs")))
    if found.last:
        lines = [Line([str(day), number(value)]) for day, value in found.last[::-1]]
        last = table((Column("Date", number=False), Column("Value")), lines, "last values")
        body.append(section("last", "Last values", paragraph(_now(row), "lead"), last))
    if row.history is not None and np.isfinite(row.history.values).any():
        observed = row.history.origin is Origin.OBSERVED and not row.history.substituted.any()
        picture = chart(
            "signal", signal_chart(row.history), row.name, "The signal by date, its last value marked.",
            modelled=not observed,
        )  # fmt: skip
        body.append(section("past", "Its past", picture))
    links = {"definition": "Definition", "inputs": "Inputs", "last": "Last values", "past": "Its past"}
    return document(f"{row.id}: {row.name}", standfirst, tuple(body), links)


def _now(row: Row) -> str:
    if row.reading.value is None:
        return row.reading.note
    return f"{number(row.reading.value)}, {state_words(row)}, as of {row.reading.as_of}."
