"""The page of a rebuilt strategy index: its level, its figures, and the published index beside it."""

import numpy as np

from seawall.report.markup import Column, Line, chart, listing, paragraph, section, table
from seawall.report.overlay_tables import (
    MATCH_HEADS,
    WORST_HEADS,
    Compared,
    facts,
    match_rows,
    no_match,
    worst_rows,
)
from seawall.report.page import document
from seawall.report.palette import SERIES, Figure, axis, frame


def overlay_page(found: Compared) -> str:
    """A rebuilt index as one HTML document."""
    index = found.rebuilt
    level = chart(
        "level", _level_chart(found), "Level at month ends",
        "Rebuilt, and published where the store has it, both 100 at the first month end they share.", modelled=True,
    )  # fmt: skip
    figures = table([Column("", number=False), Column(index.name)], [Line(row) for row in facts(found)], "Figures")
    parts = [
        section("level-section", "The index", level, figures),
        section("published", "Against the published index", *_comparison(found)),
        section("assumed", "What is observed, estimated and modelled", listing(index.notes)),
    ]
    standfirst = f"{index.dates[0]} to {index.dates[-1]} · {index.rolls.size} rolls"
    return document(f"{index.name} rebuilt", standfirst, tuple(parts))


def _comparison(found: Compared) -> list[str]:
    if words := no_match(found):
        return [paragraph(words)]
    made = []
    for heads, rows in ((MATCH_HEADS, match_rows(found)), (WORST_HEADS, worst_rows(found))):
        columns = [Column(name, number=i > 0) for i, name in enumerate(heads)]
        made.append(table(columns, [Line(row) for row in rows], heads[0]))
    return made


def _level_chart(found: Compared) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    ends, returns = found.months
    lines = [("rebuilt", ends, returns)]
    if found.theirs is not None:
        shared = np.isin(found.theirs[0].astype("datetime64[M]"), ends.astype("datetime64[M]"))
        lines.append(("published", found.theirs[0][shared], found.theirs[1][shared]))
    for i, (name, days, values) in enumerate(lines):
        figure.add_scatter(
            x=days.astype(str).tolist(),
            y=(100.0 * np.cumprod(1.0 + values)).tolist(),
            name=name,
            mode="lines",
            line={"color": SERIES[i], "width": 2},
            hovertemplate="%{x}: %{y:.1f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(frame(380, yaxis=axis("level", type="log")))
    return figure
