"""Attribution as one page: the waterfall of the book, the table by position, and what is assumed."""

from seawall.core.status import Status
from seawall.ledger.attribution import Attribution, BookAttribution
from seawall.report.attribution_tables import answer, span, used_terms, warnings, word
from seawall.report.format import typeset, usd
from seawall.report.markup import Cell, Column, Line, chart, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.palette import ACCENT, BASELINE, INK, LOSS, MUTED, Figure, axis, frame

READING = (
    "Greeks are those at the start of each step. Full is the complete revaluation plus what was paid; residual is what "
    "the second-order expansion does not explain, and is never hidden in another column. Interest, funding and fees "
    "are paid beside the marks. Closing is what a position lost beyond its straight line because it was closed. A "
    "move of a VIX future is a move of SPX volatility, so it stands under vega and volga; own vol is what the "
    "volatility of a VIX option itself did."
)


def waterfall(found: BookAttribution) -> Figure:
    """From zero to the full revaluation, one bar a cause, the residual before the end."""
    from plotly import graph_objects as go

    shown = used_terms(found)
    total = found.total
    steps = [getattr(total.terms, name) for name in shown] + [total.residual_usd]
    figure = go.Figure(
        go.Waterfall(
            x=[*(word(name) for name in shown), "residual", "full"],
            y=[*steps, total.full_usd],
            measure=["relative"] * len(steps) + ["total"],
            text=[typeset(usd(v, signed=True)) for v in [*steps, total.full_usd]],
            textposition="outside",
            textfont={"size": 11, "color": INK},
            cliponaxis=False,
            increasing={"marker": {"color": ACCENT}},
            decreasing={"marker": {"color": LOSS}},
            totals={"marker": {"color": MUTED}},
            connector={"line": {"color": BASELINE, "width": 1}},
            hovertemplate="%{x}: %{y:,.0f} USD<extra></extra>",
        )
    )
    figure.update_layout(
        frame(
            380,
            xaxis=axis("", type="category", showgrid=False),
            yaxis=axis("P&L of the book (USD)", tickformat="~s"),
            showlegend=False,
        )
    )
    return figure


def _cells(line: Attribution, shown: list[str]) -> list[Cell | str]:
    weak = line.status is Status.TAYLOR_WEAK
    residual = Cell(usd(line.residual_usd), "weak" if weak else "", str(line.status) if weak else "")
    return [usd(line.full_usd), *(usd(getattr(line.terms, name)) for name in shown), residual]


def attribution_page(found: BookAttribution) -> str:
    """The attribution of a book as one HTML document."""
    shown = used_terms(found)
    columns = [Column("Position", "", number=False), Column("Full", "USD")]
    columns += [Column(word(name).capitalize(), "USD") for name in shown] + [Column("Residual", "USD")]
    lines = [Line([Cell(row.label, row.group), *_cells(row, shown)]) for row in found.rows]
    if len(found.groups) > 1:
        lines += [Line([f"all {row.label}", *_cells(row, shown)], "subtotal") for row in found.groups]
    lines.append(Line(["total", *_cells(found.total, shown)], "total"))
    picture = chart(
        "waterfall",
        waterfall(found),
        f"What moved {found.book.name}",
        f"{found.name}, {span(found)}: every cause in turn, and what none of them explains.",
        modelled=bool(found.notes),
    )
    body = (
        section("attribution", "Cause by cause", paragraph(answer(found.total)), picture),
        section(
            "by-position",
            "By position",
            table(columns, lines, "P&L by position and cause"),
            paragraph(READING, "note"),
            listing(warnings(found)),
        ),
        section("assumed", "What is assumed", listing(found.notes)),
    )
    return document(found.book.name, f"{found.name} · {span(found)} · {len(found.rows)} positions", body)
