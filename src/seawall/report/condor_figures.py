"""Pictures of a condor whose strikes move: payoff with odds, value by date and by volatility, break-evens by day."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.condor import payoff
from seawall.hedge.condor_maps import CondorMaps, Struck, crossings
from seawall.hedge.odds import Outcomes
from seawall.market.expiry import Expiry
from seawall.report.palette import ACCENT, DIVERGING, INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain, tint

Floats = NDArray[np.float64]
NAMES: Final = ("put wing", "short put", "short call", "call wing")


def payoff_figure(of: Expiry, found: Struck, maps: CondorMaps, odds: Outcomes, before: Struck | None) -> Figure:
    """Payoff over the market's odds with one expected move either way; the first four shapes are the strikes.

    ``before``: the signal's own condor, drawn thin behind the one that was moved.
    """
    traces: list[dict[str, object]] = []
    top = _add_odds(traces, maps, odds)
    _add_payoffs(traces, found, maps, before)
    return _figure(
        traces,
        frame(
            380,
            margin={"l": 56, "r": 12, "t": 40, "b": 44},
            xaxis=axis(f"{plain(of.underlying)} at expiry", nticks=8),
            yaxis=axis("USD a condor", tickformat="~s", zeroline=True),
            yaxis2={"overlaying": "y", "side": "right", "visible": False, "range": [0.0, top]},
            shapes=[*_strikes(found), *_marks(of, found)],
        ),
    )


def _add_odds(traces: list[dict[str, object]], maps: CondorMaps, odds: Outcomes) -> float:
    """The market's odds as a grey shape; returns the top of its own axis."""
    inside = (odds.price > maps.price[0]) & (odds.price < maps.price[-1])
    density = (odds.weight / np.gradient(odds.price))[inside]
    step = max(inside.sum() // 200, 1)
    _line(
        traces,
        x=odds.price[inside][::step],
        y=density[::step],
        yaxis="y2",
        mode="lines",
        line={"width": 0},
        fill="tozeroy",
        fillcolor=tint(MUTED),
        name="the market's odds",
        hoverinfo="skip",
    )
    return 3.0 * float(density.max()) if density.size else 1.0


def _add_payoffs(traces: list[dict[str, object]], found: Struck, maps: CondorMaps, before: Struck | None) -> None:
    price = maps.price
    if before is not None:
        _line(
            traces,
            x=price,
            y=SPX_OPTION_MULTIPLIER * payoff(before.legs, before.credit, price),
            mode="lines",
            name="the signal's strikes",
            line={"color": MUTED, "width": 1.2, "dash": "dash"},
            hoverinfo="skip",
        )
    hover = "%{x:,.0f}: %{y:,.0f} USD<extra>%{fullData.name}</extra>"
    _line(
        traces,
        x=price,
        y=maps.by_day[0],
        mode="lines",
        name="today",
        line={"color": SERIES[2], "width": 1.6, "dash": "dot"},
        hovertemplate=hover,
    )
    _line(
        traces,
        x=price,
        y=maps.by_day[-1],
        mode="lines",
        name="at expiry",
        line={"color": SERIES[0], "width": 2.5},
        hovertemplate=hover,
    )


def _line(traces: list[dict[str, object]], **more: object) -> None:
    traces.append({"type": "scatter", **more})


def _figure(traces: list[dict[str, object]], layout: dict[str, object]) -> Figure:
    """Unchecked by Plotly: its checks take longer than everything a drag recomputes."""
    from plotly import graph_objects as go

    return go.Figure({"data": traces, "layout": layout}, _validate=False)


def _spot(of: Expiry) -> dict[str, object]:
    line = {"color": INK, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": of.spot, "x1": of.spot, "y0": 0.0, "y1": 1.0, "yref": "paper", "line": line}


def _strikes(found: Struck) -> list[dict[str, object]]:
    """Vertical lines at the strikes, the shorts thick; a reader drags them."""
    return [
        {
            "type": "line",
            "x0": leg.strike,
            "x1": leg.strike,
            "y0": 0.0,
            "y1": 1.0,
            "yref": "paper",
            "line": {"color": LOSS if leg.units < 0.0 else SERIES[4], "width": 4 if leg.units < 0.0 else 3},
        }
        for leg in found.legs
    ]


def _marks(of: Expiry, found: Struck) -> list[dict[str, object]]:
    across = {"y0": 0.0, "y1": 1.0, "yref": "paper"}
    move = of.expected_move
    marks: list[dict[str, object]] = [
        {
            "type": "rect",
            "x0": of.spot - move,
            "x1": of.spot + move,
            "fillcolor": tint(ACCENT),
            "layer": "below",
            "line": {"width": 0},
            **across,
        },
        _spot(of),
    ]
    for even in (found.low, found.high):
        if math.isfinite(even):
            line = {"color": INK, "width": 1, "dash": "dot"}
            marks.append({"type": "line", "x0": even, "x1": even, "line": line, **across})
    return marks


def map_figure(of: Expiry, maps: CondorMaps, by: str, mark: tuple[float, float]) -> Figure:
    """Dollars a contract over price and ``by`` ("day" or "vol"); the bold line is the break-even contour."""
    up, z = (maps.days, maps.by_day) if by == "day" else (maps.points, maps.by_vol)
    every = slice(None, None, max(maps.price.size // 80, 1))
    x, values = maps.price[every], np.round(z[:, every], 1)
    bound = float(np.abs(maps.by_day).max()) or 1.0
    what = "day %{y:.1f}" if by == "day" else "vol %{y:+.0f} points"
    bar = {"thickness": 10, "outlinewidth": 0, "tickformat": "~s", "tickfont": {"size": 11, "color": MUTED}}
    traces: list[dict[str, object]] = [
        {
            "type": "heatmap",
            "x": x,
            "y": up,
            "z": values,
            "zmin": -bound,
            "zmax": bound,
            "zmid": 0.0,
            "colorscale": [list(stop) for stop in DIVERGING],
            "hovertemplate": f"%{{x:,.0f}}, {what}<br>%{{z:,.0f}} USD<extra></extra>",
            "colorbar": bar,
        }
    ]
    line = {"start": 0.0, "end": 0.0, "size": 1.0, "coloring": "none"}
    traces.append(
        {
            "type": "contour",
            "x": x,
            "y": up,
            "z": values,
            "showscale": False,
            "hoverinfo": "skip",
            "name": "break-even",
            "contours": line,
            "line": {"color": INK, "width": 3},
        }
    )
    _line(
        traces,
        x=[mark[0]],
        y=[mark[1]],
        mode="markers",
        showlegend=False,
        hovertemplate="the chosen cell<extra></extra>",
        marker={"symbol": "circle-open", "size": 13, "color": INK, "line": {"color": INK, "width": 2.5}},
    )
    title = "days passed" if by == "day" else "change of 30-day volatility (points)"
    return _figure(
        traces,
        frame(
            340,
            showlegend=False,
            shapes=[_spot(of)],
            margin={"l": 56, "r": 12, "t": 12, "b": 44},
            xaxis=axis(f"price of {plain(of.underlying)}", showgrid=False, nticks=7),
            yaxis=axis(title, showgrid=False),
        ),
    )


def through_time_figure(of: Expiry, maps: CondorMaps) -> Figure:
    """Break-even prices by day: the sale repays itself between the two lines."""
    rows = [(day, crossings(maps.price, row)) for day, row in zip(maps.days, maps.by_day, strict=True)]
    traces: list[dict[str, object]] = []
    for name, side, colour in (("lower", 0, SERIES[1]), ("upper", -1, SERIES[0])):
        shown = [(day, found[side]) for day, found in rows if len(found) >= 2]
        _line(
            traces,
            x=[day for day, _ in shown],
            y=[value for _, value in shown],
            mode="lines+markers",
            name=f"{name} end",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            hovertemplate="day %{x:.1f}: %{y:,.1f}<extra>%{fullData.name}</extra>",
        )
    left = 365.0 * of.years
    for sign in (-1.0, 1.0):
        days = np.linspace(0.0, left, 40)
        _line(
            traces,
            x=days,
            y=of.spot + sign * of.expected_move * np.sqrt(days / left),
            mode="lines",
            hoverinfo="skip",
            name="one expected move",
            showlegend=sign > 0.0,
            line={"color": MUTED, "width": 1, "dash": "dot"},
        )
    here = {
        "type": "line",
        "xref": "paper",
        "x0": 0.0,
        "x1": 1.0,
        "y0": of.spot,
        "y1": of.spot,
        "line": {"color": INK, "width": 1},
    }
    return _figure(
        traces, frame(320, xaxis=axis("days passed"), yaxis=axis("break-even price", nticks=7), shapes=[here])
    )
