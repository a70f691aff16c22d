"""The page of dealers' gamma: its profile over the spot, and where it sits by strike and by expiry."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.instruments.dealer import Convention
from seawall.instruments.dealer_gamma import DealerGamma, DealerView
from seawall.report.dealer_tables import HEDGE, millions, notes_of, zero_words
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed
from seawall.report.markup import Cell, Column, Line, chart, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.palette import ACCENT, INK, LOSS, SERIES, Figure, axis, frame, plain

STRIKE_REACH: Final = 0.15


def dealer_page(found: DealerGamma, notes: Sequence[str], repeat: str = "") -> str:
    """Dealers' gamma under every convention as one HTML document."""
    book, view = found.book, found.view
    if view is None:
        raise AssertionError("the chosen convention was computed")
    name = str(found.chosen)
    profile = chart(
        "profile", profile_chart(found), "Over the spot",
        "Dollars of delta dealers gain per 1 %, every option repriced at each spot, its volatility held by strike. "
        f"Zero under {name}: {zero_words(view)}.", modelled=True,
    )  # fmt: skip
    strikes = chart(
        "strikes", strike_chart(view, book.spot), "By strike",
        f"Today's dollars of delta per 1 % by strike within 15 % of spot, under {name}.", modelled=True,
    )  # fmt: skip
    expiries = chart(
        "expiries", expiry_chart(view), "By expiry",
        f"Today's dollars of delta per 1 % by expiry, under {name}.", modelled=True,
    )  # fmt: skip
    parts = [
        section("profile", "Dealers' gamma", _conventions(found), paragraph(HEDGE), profile),
        section("where", "Where it sits", strikes, expiries, _buckets(found)),
        section("assumed", "What is assumed", listing(notes_of(found, notes))),
    ]
    if repeat:
        parts.append(paragraph(f"Not its own day: {repeat}"))
    standfirst = f"{book.as_of:%Y-%m-%d %H:%M} UTC · spot {fixed(book.spot)} · {book.size:,} rows"
    return document(f"Dealer gamma of {book.underlying}", standfirst, tuple(parts))


def _conventions(found: DealerGamma) -> str:
    columns = [Column("Convention", number=False), Column("Gamma", "million USD per 1 %"), Column("Zero at", "spot"),
               Column("Vanna", "million USD per point"), Column("Charm", "million USD per day")]  # fmt: skip
    lines = []
    for one in Convention:
        view = found.views[one]
        head = Cell(str(one), one.assumption)
        if view is None:
            lines.append(Line([head, *([Cell(UNKNOWN, title="the chain has no signed volume")] * 4)]))
            continue
        cells = [millions(view.usd_per_pct), zero_words(view), millions(view.vanna_usd_per_point)]
        lines.append(Line([head, *cells, millions(view.charm_usd_per_day)], "total" if one is found.chosen else ""))
    return table(columns, lines, "Dealers' gamma by convention")


def _buckets(found: DealerGamma) -> str:
    shown = [view for view in found.views.values() if view is not None]
    columns = [Column("Days to expiry", number=False), Column("Contracts"),
               *(Column(str(view.convention), "million USD per 1 %") for view in shown)]  # fmt: skip
    lines = [
        Line(
            [bucket.name, fixed(bucket.contracts, 0),
             *(millions(v.buckets[i].usd_per_pct) if bucket.contracts else NOT_DEFINED for v in shown)]
        )
        for i, bucket in enumerate(shown[0].buckets)
    ]  # fmt: skip
    return table(columns, lines, "Dealers' gamma by days to expiry")


def profile_chart(found: DealerGamma) -> Figure:
    """Gamma over the spot under every convention."""
    from plotly import graph_objects as go

    figure = go.Figure()
    for i, view in enumerate(one for one in found.views.values() if one is not None):
        figure.add_scatter(
            x=view.spots,
            y=view.profile,
            name=str(view.convention),
            mode="lines",
            line={"color": SERIES[i], "width": 2},
            hovertemplate="%{x:,.0f}: %{y:,.3s} USD per 1 %<extra>%{fullData.name}</extra>",
        )
        figure.add_scatter(
            x=list(view.zero_gamma),
            y=[0.0] * len(view.zero_gamma),
            mode="markers",
            showlegend=False,
            marker={"color": SERIES[i], "size": 9},
            hovertemplate="zero gamma %{x:,.1f}<extra></extra>",
        )
    figure.add_shape(
        type="line", x0=found.book.spot, x1=found.book.spot, y0=0.0, y1=1.0, yref="paper",
        line={"color": INK, "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.update_layout(
        frame(400, xaxis=axis("spot", tickformat=",.0f"), yaxis=axis("USD per 1 %", tickformat="~s", zeroline=True))
    )
    return figure


def _bars(x: list[object], y: list[float], title: str, words: str) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    colours = [ACCENT if value >= 0.0 else LOSS for value in y]
    figure.add_bar(x=x, y=y, marker={"color": colours}, hovertemplate=words)
    figure.update_layout(
        frame(320, showlegend=False, xaxis=axis(title, showgrid=False), yaxis=axis("USD per 1 %", tickformat="~s"))
    )
    return figure


def strike_chart(view: DealerView, spot: float) -> Figure:
    """Today's gamma by strike, near the spot."""
    near = np.abs(view.strikes / spot - 1.0) <= STRIKE_REACH
    strikes: list[object] = [float(strike) for strike in view.strikes[near]]
    return _bars(strikes, view.by_strike[near].tolist(), "strike", "%{x:,.0f}: %{y:,.3s} USD<extra></extra>")


def expiry_chart(view: DealerView) -> Figure:
    """Today's gamma by expiry."""
    labels: list[object] = [plain(f"{one.expiry} {one.root}".strip()) for one in view.by_expiry]
    figure = _bars(labels, [one.usd_per_pct for one in view.by_expiry], "expiry", "%{x}: %{y:,.3s} USD<extra></extra>")
    figure.update_xaxes(type="category", nticks=12)
    return figure
