"""Pictures of the desk: convexity of a whole book by price, its map over price and volatility, and one cell by leg."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.instruments.base import Position
from seawall.instruments.together import together
from seawall.ledger.exposure import Ledger
from seawall.ledger.scenarios import Bar, Scenarios
from seawall.market.state import Moves
from seawall.report.palette import ACCENT, DIVERGING, INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain

Array = NDArray[np.float64]
Trace = dict[str, object]

POINTS: Final = 161
MOST_EDGES: Final = 120
PER_PCT: Final = 0.01
SHOWN_LEGS: Final = 14
ROOM: Final = 0.34
"""Share of the widest bar kept free at both ends, for the numbers that stand beside short bars."""
NEAREST: Final = 0.05
"""Prices of the picture stay above this share of spot."""


class Curves(NamedTuple):
    """Minus dollar gamma per 1 % by group over price; ``masses``: what sits at strikes at the horizon, by group.

    ``price`` (n,) in quote units; ``today`` and ``horizon`` dollars per 1 % (n,), by group; ``masses``: (strikes, sizes
    times strike in dollars).
    """

    factor: str
    spot: float
    price: Array
    today: dict[str, Array]
    horizon: dict[str, Array]
    masses: dict[str, tuple[Array, Array]]


def _grid(spot: float, knots: Sequence[float]) -> Array:
    ends = np.unique(np.array([k for k in knots if NEAREST * spot < k < 4.0 * spot]))
    if ends.size > MOST_EDGES:
        ends = ends[np.linspace(0, ends.size - 1, MOST_EDGES).astype(int)]
    low, high = min([*ends, 0.85 * spot]), max([*ends, 1.15 * spot])
    margin = 0.1 * (high - low)
    nodes = [end * (1.0 + side) for end in ends for side in (-1e-9, 1e-9)]
    return np.unique(np.concatenate([np.linspace(max(low - margin, NEAREST * spot), high + margin, POINTS), nodes]))


def book_curves(ledger: Ledger, factor: str) -> Curves:
    """Convexity density of every position of a factor, added up by group: today, and at each one's own horizon."""
    held = [p for p in ledger.book.positions if p.instrument.factor == factor]
    spot = ledger.state.asset(factor).spot.value
    densities = [(p, p.density(ledger.state)) for p in held]
    price = _grid(spot, [float(k) for _, d in densities if d is not None for k in d.knots()])
    view = ledger.state.view(Moves({factor: price / spot - 1.0}))
    groups: dict[str, list[Position]] = {}
    for position in held:
        groups.setdefault(position.group, []).append(position)
    today = {group: -PER_PCT * together(ones).total_dollar_gamma(view) for group, ones in groups.items()}
    horizon: dict[str, Array] = {}
    sizes: dict[str, dict[float, float]] = {}
    for position, density in densities:
        if density is None:
            continue
        if density.segments:
            before = horizon.get(position.group, np.zeros(price.size))
            horizon[position.group] = before + density.dollar_gamma_bar(price) * PER_PCT
        for strike, size in zip(*density.mass_arrays(), strict=True):
            kept = sizes.setdefault(position.group, {})
            kept[float(strike)] = kept.get(float(strike), 0.0) + float(size * strike)
    masses = {g: (np.array(sorted(m)), np.array([m[k] for k in sorted(m)])) for g, m in sizes.items()}
    return Curves(factor, spot, price, today, horizon, masses)


def density_figure(curves: Curves) -> Figure:
    """Above: what a 1 % move adds to delta today, by group and in total. Below: where it sits at the horizon."""
    from plotly import graph_objects as go

    traces: list[Trace] = []
    groups = list(dict.fromkeys([*curves.today, *curves.horizon, *curves.masses]))
    hover = "%{x:,.6~g}: %{y:,.0f} USD per 1 %<extra>%{fullData.name}</extra>"
    for i, group in enumerate(groups):
        colour = SERIES[i % len(SERIES)]
        shared = {"name": plain(group), "legendgroup": group, "line": {"color": colour, "width": 1.6}, "mode": "lines",
                  "hovertemplate": hover}  # fmt: skip
        if group in curves.today:
            traces.append({"type": "scatter", **shared, "x": curves.price, "y": curves.today[group]})
        if group in curves.horizon:
            below = shared | {"fill": "tozeroy", "showlegend": False, "yaxis": "y2"}
            traces.append({"type": "scatter", **below, "x": curves.price, "y": curves.horizon[group]})
        if group in curves.masses:
            strikes, dollars = curves.masses[group]
            traces.append({
                "type": "bar", "x": strikes, "y": dollars, "yaxis": "y2", "width": 0.004 * curves.spot,
                "name": plain(group), "legendgroup": group, "showlegend": False,
                "marker": {"color": colour, "line": {"width": 0}},
                "hovertemplate": "strike %{x:,.6~g}: %{y:,.0f} USD<extra>%{fullData.name}</extra>",
            })  # fmt: skip
    if len(curves.today) > 1:
        traces.append({
            "type": "scatter", "x": curves.price, "y": sum(curves.today.values()), "name": "whole book",
            "mode": "lines", "line": {"color": INK, "width": 2.4}, "hovertemplate": hover,
        })  # fmt: skip
    money = {"tickformat": "~s", "nticks": 6, "zeroline": True}
    here = {"type": "line", "x0": curves.spot, "x1": curves.spot, "y0": 0.0, "y1": 1.0, "yref": "paper",
            "line": {"color": INK, "width": 1, "dash": "dot"}}  # fmt: skip
    layout = frame(
        430,
        margin={"l": 60, "r": 12, "t": 34, "b": 48},
        barmode="overlay",
        shapes=[here],
        xaxis=axis(f"price of {plain(curves.factor)}", anchor="y2", showgrid=False, zeroline=False),
        yaxis=axis("today", domain=[0.54, 1.0], **money),
        yaxis2=axis("at the horizon", domain=[0.0, 0.44], **money),
    )
    return go.Figure({"data": traces, "layout": layout}, _validate=False)


class Layers(NamedTuple):
    """What the map shows beside the colours; ``other``: P&L of the book with its tickets on the same grid."""

    contours: bool = True
    break_even: bool = True
    other: Array | None = None
    mark: tuple[float, float] | None = None


def scenario_figure(found: Scenarios, row: int, bound: float, layers: Layers) -> Figure:
    """One day of a grid as a map of price and volatility; the bold line is where the book breaks even against today.

    ``bound``: dollars of the ends of the colours, the same for every day of the slider.
    """
    from plotly import graph_objects as go

    across, up = 100.0 * np.asarray(found.axes.returns), np.asarray(found.axes.vol_points)
    pnl, factor = found.pnl_usd[row], plain(found.axes.factor)
    prices = np.broadcast_to(found.spot * (1.0 + across / 100.0), pnl.shape)
    hover = f"{factor} %{{customdata:,.6~g}} (%{{x:+.0f}} %), vol %{{y:+.0f}} points<br>%{{z:,.0f}} USD<extra></extra>"
    traces = [heat(across, up, pnl, prices, bound, hover)]
    shared = {"x": across, "y": up, "showscale": False, "hoverinfo": "skip"}
    if layers.contours:
        thin_lines(traces, shared | {"z": pnl}, bound)
    if layers.break_even:
        zero_line(traces, shared | {"z": pnl}, "break-even", {"color": INK, "width": 3})
    if layers.other is not None:
        dashed: Trace = {"color": ACCENT, "width": 3, "dash": "dash"}
        zero_line(traces, shared | {"z": layers.other}, "with the tickets", dashed)
    marks = [(0.0, 0.0, "cross-thin", "the market now")]
    if layers.mark is not None:
        marks.append((100.0 * layers.mark[0], layers.mark[1], "circle-open", "the chosen cell"))
    traces += [mark(*one) for one in marks]
    volatility = "VIX" if found.axes.factor == "SPX" else f"30-day volatility of {factor}"
    layout = frame(
        460,
        margin={"l": 60, "r": 12, "t": 30, "b": 48},
        xaxis=axis(f"move of {factor} (%)", showgrid=False, zeroline=False, dtick=5),
        yaxis=axis(f"change of {volatility} (points)", showgrid=False, zeroline=False, dtick=10),
        showlegend=False,
    )
    return go.Figure({"data": traces, "layout": layout}, _validate=False)


def heat(across: Array, up: Array, pnl: Array, prices: Array, bound: float, hover: str) -> Trace:
    """Dollars as colours; the map is redrawn while a slider moves, so Plotly's validation is left out."""
    return {
        "type": "heatmap", "x": across, "y": up, "z": np.round(pnl), "customdata": prices, "zmin": -bound,
        "zmax": bound, "zmid": 0.0, "colorscale": [list(stop) for stop in DIVERGING], "hovertemplate": hover,
        "colorbar": money_bar(),
    }  # fmt: skip


def mark(x: float, y: float, symbol: str, said: str) -> Trace:
    """A point of a map."""
    return {
        "type": "scatter", "x": [x], "y": [y], "mode": "markers", "showlegend": False,
        "hovertemplate": f"{said}<extra></extra>",
        "marker": {"symbol": symbol, "size": 13, "color": INK, "line": {"color": INK, "width": 2.5}},
    }  # fmt: skip


def money_bar() -> dict[str, object]:
    """Colours of dollars, beside a map."""
    return {
        "thickness": 10, "len": 0.95, "outlinewidth": 0, "tickformat": "~s", "tickfont": {"size": 11, "color": MUTED},
        "title": {"text": "USD", "font": {"size": 11, "color": MUTED}},
    }  # fmt: skip


def zero_line(traces: list[Trace], shared: Trace, name: str, line: dict[str, object]) -> None:
    """The contour of no gain and no loss."""
    contours = {"start": 0.0, "end": 0.0, "size": 1.0, "coloring": "none"}
    traces.append({"type": "contour", **shared, "name": name, "contours": contours, "line": line})


def thin_lines(traces: list[Trace], shared: Trace, bound: float) -> None:
    """Thin labelled contours at round dollars."""
    power = 10.0 ** np.floor(np.log10(bound / 4.0))
    step = float(max(one for one in (1.0, 2.0, 5.0) if one * power <= bound / 4.0) * power)
    label = {"showlabels": True, "labelformat": "~s", "labelfont": {"size": 10, "color": INK}}
    for side in (-1.0, 1.0):
        first, last = sorted((side * step, side * 4.0 * step))
        contours = {"start": first, "end": last, "size": step, "coloring": "none", **label}
        traces.append({"type": "contour", **shared, "contours": contours, "line": {"color": INK, "width": 0.5}})


def shown_bars(bars: Sequence[Bar]) -> list[tuple[str, float]]:
    """The largest effects first, the rest as one bar, the total last."""
    ranked = sorted(bars, key=lambda bar: -abs(bar.pnl_usd))
    head, rest = ranked[:SHOWN_LEGS], ranked[SHOWN_LEGS:]
    shown = [(bar.label, bar.pnl_usd) for bar in head]
    if rest:
        shown.append((f"{len(rest)} others", sum(bar.pnl_usd for bar in rest)))
    return [*shown, ("total", sum(bar.pnl_usd for bar in bars))]


def cell_figure(bars: Sequence[Bar]) -> Figure:
    """What each position gains in one cell, standing on what came before; the last bar is the whole book."""
    from plotly import graph_objects as go

    shown = shown_bars(bars)
    steps = [value for _, value in shown[:-1]]
    starts = [0.0, *list(accumulate(steps))[:-1], 0.0] if steps else [0.0]
    names = [f"{plain(name)} " for name, _ in shown]
    rows = list(range(len(shown)))
    colours = [ACCENT if value >= 0.0 else LOSS for _, value in shown[:-1]] + [INK]
    trace: Trace = {
        "type": "bar", "orientation": "h", "y": rows, "x": [value for _, value in shown], "base": starts,
        "marker": {"color": colours}, "text": [f"{value:+,.0f}" for _, value in shown], "textposition": "auto",
        "insidetextanchor": "middle", "customdata": names, "hovertemplate": "%{customdata}: %{text} USD<extra></extra>",
        "cliponaxis": False,
    }  # fmt: skip
    ends = [0.0, *accumulate(steps), shown[-1][1]]
    room = ROOM * (max(ends) - min(ends) or 1.0)
    labels = {"tickvals": rows, "ticktext": names, "autorange": "reversed", "showgrid": False, "zeroline": False}
    span = [min(ends) - room, max(ends) + room]
    layout = frame(
        max(170, 70 + 26 * len(shown)),
        margin={"l": 60, "r": 40, "t": 8, "b": 44},
        xaxis=axis("USD against today", tickformat="~s", zeroline=True, nticks=6, range=span),
        yaxis=axis("", **labels),
        bargap=0.3,
        showlegend=False,
    )
    return go.Figure({"data": [trace], "layout": layout}, _validate=False)
