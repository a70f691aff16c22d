"""The page of a replay of liquidity: price and range, three results over time, LVR against fees, assumptions."""

from typing import Final

import numpy as np

from seawall.report.format import percent
from seawall.report.lp_replay import MANY, arbitrage_lines, beaten, extremes, facts, lead, shown, spreads
from seawall.report.markup import Cell, Column, Line, chart, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.palette import ACCENT, INK, LOSS, SERIES, Figure, axis, frame, plain, tint
from seawall.sim.lp_path import LpPath
from seawall.sim.lp_result import LpReplay

DRAWN: Final = 3
"""Positions drawn, the first ones."""


def replay_page(x: LpReplay) -> str:
    """A replay as one HTML document."""
    base, quote = x.terms.symbols
    title = f"Liquidity in {base}/{quote}, replayed"
    results = _positions(x) if len(x.labels) <= MANY else _summary(x)
    drawn = tuple(zip(x.labels, x.paths, strict=False))[:DRAWN]
    note = paragraph(f"Drawn: the first {len(drawn)} of {len(x.labels):,} positions.", "note")
    pictures = [part for n, (label, path) in enumerate(drawn) for part in _pictures(x, n, label, path)]
    parts = (
        section("results", "What it earned", *(paragraph(line) for line in lead(x)[1:]), results),
        section("paths", "How it went", note if len(x.labels) > len(drawn) else "", *pictures) if pictures else "",
        section("spread", "Every position", _spread(x)) if len(x.labels) > DRAWN else "",
        section("assumed", "What the files say, and what is assumed", listing([*arbitrage_lines(x), *x.assumptions()])),
    )
    return document(title, lead(x)[0], parts)


def _positions(x: LpReplay) -> str:
    columns = [Column("Fees in and costs off", number=False)]
    columns += [Column(label, str(one.rule)) for label, one in zip(x.labels, x.plan.ranges, strict=True)]
    units = {"USD": "USD", "points": "points"}
    lines = [
        Line([Cell(fact.name, units.get(fact.unit, "")), *(shown(fact, n) for n in range(len(x.labels)))])
        for fact in facts(x)
    ]
    return table(columns, lines, "results by position")


def _summary(x: LpReplay) -> str:
    columns = [Column("Share of the value at entry", number=False), Column("Worst"), Column("Median"), Column("Best")]
    lines = [Line([s.name, *(percent(v, 2, signed=True) for v in (s.worst, s.median, s.best))]) for s in spreads(x)]
    cash, hold, rebalancing = beaten(x)
    told = (
        f"Of {len(x.labels):,} positions {cash:,} ended ahead of cash, {hold:,} of holding and {rebalancing:,} of "
        "rebalancing, fees and costs in."
    )
    words = ", ".join(f"{which} {label}" for which, label in extremes(x).items())
    return paragraph(told, "lead") + table(columns, lines, "summary") + paragraph(f"Against holding: {words}.", "note")


def _pictures(x: LpReplay, n: int, label: str, path: LpPath) -> list[str]:
    gas = float(x.plan.costs.mint_usd)
    return [
        chart(f"price-{n}", _price_chart(x, path), f"{label}: price and range", "Price at the marks, and the range "
              "the liquidity stood in.", modelled=False),
        chart(f"three-{n}", _three_chart(x, n, path, gas), f"{label}: three results",
              "Fees in, swaps and gas off (but for the burn at the end): against the cash put in, "
              "against holding its tokens, and against holding "
              "the position's own tokens from mark to mark (fees less LVR).", modelled=True),
        chart(f"lvr-{n}", _lvr_chart(path), f"{label}: fees and LVR", "Fees at the price of each moment, and LVR "
              "realised from mark to mark, both since entry.", modelled=True),
    ]  # fmt: skip


def _times(path: LpPath) -> list[str]:
    return [str(at) for at in np.round(path.column("at") * 1000.0).astype("datetime64[ms]")]


def _price_chart(x: LpReplay, path: LpPath) -> Figure:
    from plotly import graph_objects as go

    at, figure = _times(path), go.Figure()
    price, low, high = (path.column(name) for name in ("price", "low", "high"))
    if np.all(np.isfinite(high)):
        shared = {
            "x": at,
            "mode": "lines",
            "line": {"color": SERIES[2], "width": 1, "shape": "hv"},
            "hoverinfo": "skip",
        }
        figure.add_scatter(**shared, y=low, name="range", legendgroup="range")
        figure.add_scatter(
            **shared,
            y=high,
            name="range",
            legendgroup="range",
            showlegend=False,
            fill="tonexty",
            fillcolor=tint(SERIES[2]),
        )
    figure.add_scatter(
        x=at, y=price, mode="lines", name="price", line={"color": INK, "width": 1.4}, hovertemplate="%{y:,.2f}"
    )
    base, quote = x.terms.symbols
    figure.update_layout(
        frame(
            320,
            hovermode="x unified",
            xaxis=axis("", type="date", showgrid=False),
            yaxis=axis(f"{plain(quote)} per {plain(base)}", nticks=6),
        )
    )
    return figure


def _three_chart(x: LpReplay, n: int, path: LpPath, gas: float) -> Figure:
    from plotly import graph_objects as go

    fees, value, swaps = (path.column(name) for name in ("fees", "value", "swap_cost"))
    paid = gas + x.plan.costs.recentre_usd * path.column("recentres")
    lines = [
        ("against cash", value - float(x.entry_value[n]) + fees - paid, SERIES[0]),
        ("against holding", value - path.column("holding") + fees - paid, SERIES[1]),
        ("against rebalancing", fees - path.column("lvr") - swaps - paid, SERIES[2]),
    ]
    if x.plan.hedge is not None:
        lines.append(("hedged, against cash", lines[0][1] + path.column("hedge"), SERIES[3]))
    at, figure = _times(path), go.Figure()
    for name, y, colour in lines:
        figure.add_scatter(
            x=at,
            y=np.round(y, 6),
            mode="lines",
            name=name,
            line={"color": colour, "width": 1.6},
            hovertemplate="%{y:,.2f} USD",
        )
    figure.update_layout(_money(340))
    return figure


def _lvr_chart(path: LpPath) -> Figure:
    from plotly import graph_objects as go

    at, figure = _times(path), go.Figure()
    for name, column, colour in (("fees", "fees", ACCENT), ("LVR", "lvr", LOSS)):
        figure.add_scatter(
            x=at,
            y=np.round(path.column(column), 6),
            mode="lines",
            name=name,
            line={"color": colour, "width": 1.6},
            hovertemplate="%{y:,.2f} USD",
        )
    figure.update_layout(_money(280))
    return figure


def _money(height: int) -> dict[str, object]:
    return frame(
        height,
        hovermode="x unified",
        xaxis=axis("", type="date", showgrid=False),
        yaxis=axis("USD", nticks=6, zeroline=True),
    )


def _spread(x: LpReplay) -> str:
    """Fees against LVR, a dot a position: above the line fees paid for the convexity."""
    from plotly import graph_objects as go

    lvr, fees = 100.0 * x.lvr / x.entry_value, 100.0 * x.fees / x.entry_value
    end = float(max(np.max(lvr), np.max(fees), 1e-9))
    figure = go.Figure()
    figure.add_scatter(
        x=[0.0, end],
        y=[0.0, end],
        mode="lines",
        name="fees pay the LVR",
        line={"color": INK, "width": 1, "dash": "dot"},
    )
    figure.add_scatter(
        x=np.round(lvr, 6),
        y=np.round(fees, 6),
        text=[plain(label) for label in x.labels],
        mode="markers",
        name="positions",
        marker={"color": SERIES[0], "size": 5, "opacity": 0.6},
        hovertemplate="%{text}: LVR %{x:.3f} %, fees %{y:.3f} %<extra></extra>",
    )
    figure.update_layout(
        frame(
            400,
            hovermode="closest",
            xaxis=axis("LVR realised (% of the value at entry)"),
            yaxis=axis("fees (% of the value at entry)"),
        )
    )
    return chart(
        "fees-lvr", figure, "Fees against LVR", "Above the line fees exceeded the LVR, before costs.", modelled=True
    )
