"""Pictures of a cascade: the split, the density of liquidations, the branching ratio along the path, the frames."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.report.cascade_tables import groups
from seawall.report.cascade_words import direction
from seawall.report.palette import INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain, tint
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.cascade_event import Event
from seawall.sim.waterfall import Waterfall
from seawall.sim.waterfall_state import Array

CELL: Final = 0.01
COARSE: Final = 0.025
"""Widths of the cells of observed and of modelled books: a model has a hundred leverages, not every price."""
REACH: Final = 0.5
"""Share of price shown on both sides of the start."""
FRAMES: Final = 40
"""Rounds drawn; the end is in the table."""
CALM: Final = 1e-3
BELOW: Final = {"orientation": "h", "x": 0.0, "y": 0.0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}}
PARTS: Final = (("negative gamma", SERIES[0]), ("vega flow", SERIES[1]), ("liquidity withdrawal", SERIES[4]))
LONG: Final = 3.0
"""Bars are cut at this many times the median: a runaway would flatten all others."""


def split_figure(market: CascadeMarket, events: Sequence[Event]) -> Figure:
    """Move beyond each shock by cause, percent of price: all orders in the market, and under the venue's rules."""
    from plotly import graph_objects as go

    figure = go.Figure()
    start = market.case.start
    rows = [(event, reading, rules) for event in events[::-1] for rules in (True, False)
            for reading in (event.readings[market.chosen],)]  # fmt: skip
    labels = [[direction(e.share) for e, _, _ in rows], ["venue's rules" if r else "every order" for _, _, r in rows]]
    splits = [reading.ruled if rules else reading.split for _, reading, rules in rows]
    whole = np.array([100.0 * split.endogenous / start for split in splits])
    most = LONG * float(np.median(np.abs(whole))) if whole.size else 1.0
    for i, (name, colour) in enumerate(PARTS):
        parts = [(float(one.gamma.sum()), one.vega_flow, one.vega_depth)[i] for one in splits]
        values = 100.0 * np.array(parts) / start
        shown = values * np.minimum(1.0, most / np.maximum(np.abs(whole), 1e-12))
        figure.add_bar(
            x=shown, y=labels, orientation="h", name=name, marker={"color": colour}, customdata=values,
            hovertemplate="%{customdata:.2f} % of price<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    for k in np.flatnonzero(np.abs(whole) > most):
        figure.add_annotation(
            x=most, y=int(k), text=f"cut: {whole[k]:.0f} %", showarrow=False, xanchor="right", xshift=-6,
            font={"size": 11, "color": "#fdfdfb"},
        )  # fmt: skip
    figure.update_layout(
        frame(
            80 + 34 * len(rows), barmode="relative", bargap=0.25, legend=BELOW,
            margin={"l": 56, "r": 12, "t": 8, "b": 84},
            xaxis=axis("move beyond the shock, % of price", nticks=7), yaxis=axis("", showgrid=False),
        )
    )  # fmt: skip
    return figure


def density_figure(market: CascadeMarket) -> Figure:
    """Dollars forced per 1 % of price, sales below spot and purchases above it; a line a book."""
    from plotly import graph_objects as go

    figure, start = go.Figure(), market.case.start
    for i, (name, case) in enumerate(market.cases.items()):
        width = COARSE if case.book.assumption else CELL
        at, usd = per_cent(case.book.sells.at, case.book.sells.units, start, width)
        up, bought = per_cent(case.book.buys.at, case.book.buys.units, start, width)
        chosen = name == market.chosen
        label = name if len(market.cases) == 1 else f"{name} leverage"
        figure.add_scatter(
            x=np.concatenate([at, up]), y=np.concatenate([usd, bought]), name=label, mode="lines",
            line={"color": SERIES[i], "width": 2.5 if chosen else 1.5, "shape": "hvh",
                  "dash": "solid" if chosen else "dot"},
            fill="tozeroy" if chosen else None, fillcolor=tint(SERIES[i]),
            hovertemplate="around %{x:,.6g}: %{y:,.3s} USD per 1 %<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.add_shape(
        type="line", x0=start, x1=start, y0=0.0, y1=1.0, yref="paper", line={"color": INK, "width": 1, "dash": "dot"}
    )
    figure.add_annotation(
        x=start, y=1.0, yref="paper", text=f"now {start:,.6g}", showarrow=False, xanchor="center", yanchor="bottom",
        font={"size": 11, "color": INK},
    )  # fmt: skip
    figure.update_layout(
        frame(
            400, legend=BELOW, margin={"l": 56, "r": 12, "t": 28, "b": 84},
            xaxis=axis(f"price of {plain(market.asset)}", showgrid=False, nticks=7,
                       range=[start * (1.0 - REACH), start * (1.0 + REACH)]),
            yaxis=axis("USD forced per 1 % of price", tickformat="~s", rangemode="tozero", nticks=6),
        )
    )  # fmt: skip
    return figure


def per_cent(at: Array, units: Array, start: float, width: float = CELL) -> tuple[Array, Array]:
    """Middles of cells of ``width`` around ``start`` and dollars per 1 % in each, arrays (n,) without empty ends."""
    if at.size == 0:
        return np.empty(0), np.empty(0)
    step = float(np.log1p(width))
    cell = np.floor(np.log(at / start) / step).astype(np.int64)
    near = np.abs(cell) <= int(np.log(20.0) / step)
    low = int(cell[near].min()) if near.any() else 0
    usd = np.bincount(cell[near] - low, at[near] * units[near]) * (CELL / width)
    middles = start * np.exp(step * (low + np.arange(usd.size) + 0.5))
    return np.asarray(middles), np.asarray(usd)


def path_figure(market: CascadeMarket, events: Sequence[Event]) -> Figure:
    """Branching ratio against price on the way of each of ``events``."""
    from plotly import graph_objects as go

    figure = go.Figure()
    for i, event in enumerate(events):
        reading = event.readings[market.chosen]
        for part, values, dash in (
            ("gamma", reading.ratios.gamma.sum(axis=0), "solid"), ("vega", reading.ratios.vega, "dot")
        ):  # fmt: skip
            figure.add_scatter(
                x=reading.prices, y=values, name=f"{part}, {direction(event.share)}", mode="lines",
                line={"color": SERIES[i], "width": 2, "dash": dash},
                hovertemplate="at %{x:,.6g}: %{y:.2f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.add_hline(y=1.0, line={"color": LOSS, "width": 1, "dash": "dash"})
    figure.add_annotation(
        x=0.0, xref="paper", y=1.0, text="sustains itself", showarrow=False, xanchor="left", yanchor="bottom",
        font={"size": 11, "color": LOSS},
    )  # fmt: skip
    figure.update_layout(
        frame(
            400, legend=BELOW, margin={"l": 56, "r": 12, "t": 12, "b": 100},
            xaxis=axis(f"price of {plain(market.asset)}", showgrid=False, nticks=7),
            yaxis=axis("branching ratio", nticks=6),
        )
    )  # fmt: skip
    return figure


def frames_figure(fall: Waterfall) -> Figure:
    """Four rows over the rounds: price, forced units by kind, who takes over, what is left of the fund."""
    from plotly import graph_objects as go

    figure = go.Figure()
    shown = fall.frames[: min(_rest(fall), FRAMES)]
    rounds = np.arange(1, len(shown) + 1)
    prices = [fall.start, shown[0].mark, *(one.price for one in shown)]
    figure.add_scatter(
        x=[-1, 0, *rounds], y=prices, name="price", mode="lines+markers", line={"color": INK, "width": 2},
        marker={"size": 5}, showlegend=False, hovertemplate="round %{x}: %{y:,.6g}<extra>price</extra>",
    )  # fmt: skip
    for i, (name, rows) in enumerate(groups(fall).items()):
        forced = [float(one.forced[rows].sum()) for one in shown]
        if any(forced):
            figure.add_bar(
                x=rounds, y=forced, name=plain(name), yaxis="y2", marker={"color": SERIES[i % len(SERIES)]},
                legend="legend", hovertemplate="round %{x}: %{y:,.3s} units<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    for i, name in enumerate(("backstop", "insured", "deleveraged")):
        figure.add_bar(
            x=rounds, y=[one.taken[i] for one in shown], name=name, yaxis="y3", marker={"color": SERIES[3 + i]},
            legend="legend2", hovertemplate="round %{x}: %{y:,.3s} USD<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    for label, values, colour in (
        ("insurance fund", [one.insurance for one in shown], SERIES[2]),
        ("bad debt", [one.bad_debt for one in shown], LOSS),
    ):
        figure.add_scatter(
            x=rounds, y=values, name=label, yaxis="y4", mode="lines", line={"color": colour, "width": 2, "shape": "hv"},
            legend="legend3", hovertemplate="round %{x}: %{y:,.3s} USD<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(_rows())
    return figure


def _rest(fall: Waterfall) -> int:
    """Rounds until nobody is taken over any more and all but a thousandth of the move is done."""
    still = CALM * abs(fall.price - fall.start)
    last = max(
        i for i, one in enumerate(fall.frames) if i == 0 or any(one.taken) or abs(one.price - fall.price) > still
    )
    return min(last + 2, len(fall.frames))


def _rows() -> dict[str, object]:
    def legend(y: float) -> dict[str, object]:
        return {"orientation": "h", "x": 0.0, "y": y, "xanchor": "left", "yanchor": "bottom",
                "font": {"size": 11, "color": MUTED}}  # fmt: skip

    money = {"tickformat": "~s", "nticks": 4, "anchor": "x"}
    return frame(
        760, barmode="relative", bargap=0.2, margin={"l": 56, "r": 12, "t": 12, "b": 44},
        legend=legend(0.735), legend2=legend(0.465), legend3=legend(0.195),
        xaxis=axis("round; 0 is the price after the shock", anchor="y4", showgrid=False, zeroline=False),
        yaxis=axis("price", domain=[0.81, 1.0], nticks=4), yaxis2=axis("units", domain=[0.54, 0.73], **money),
        yaxis3=axis("USD taken", domain=[0.27, 0.46], **money), yaxis4=axis("USD", domain=[0.0, 0.19], **money),
    )  # fmt: skip
