"""Two pictures of a pool position: the strangle it is, and what it gives up against holding its tokens."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.instruments.pool import HORIZON_DAYS
from seawall.ledger.lp_reading import YEARS, LpReading
from seawall.report.lp_parts import price
from seawall.report.palette import GRID, INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain, tint

Array = NDArray[np.float64]

POINTS: Final = 321
FARTHEST: Final = 3.0
"""Standard deviations to the horizon beyond which no range end is drawn."""
MARGIN: Final = 0.35


def _ends(reading: LpReading) -> list[float]:
    """Range ends that have room in the picture."""
    widest = FARTHEST * reading.implied_vol * math.sqrt(YEARS)
    finite = [end for span in reading.exits.spans for end in span if 0.0 < end < math.inf]
    far = widest if reading.exits.inside else max(widest, *(abs(math.log(end / reading.spot)) for end in finite), 0.0)
    return [end for end in finite if abs(math.log(end / reading.spot)) <= far * (1.0 + 1e-12)]


def prices(reading: LpReading) -> Array:
    """Prices that show spot, the one-deviation band and the range ends with a margin; ends as nodes from both sides."""
    ends = _ends(reading)
    shown = np.log(np.array([*reading.band, *ends]) / reading.spot)
    low, high = float(np.min(shown)), float(np.max(shown))
    pad = MARGIN * (high - low) / 2.0
    grid = reading.spot * np.exp(np.linspace(low - pad, high + pad, POINTS))
    sides = [end * (1.0 + side) for end in ends for side in (-1e-9, 0.0, 1e-9)]
    return np.unique(np.concatenate([grid, sides, [reading.spot]]))


def _marks(figure: Figure, reading: LpReading) -> None:
    """Spot, range ends and the one-deviation band over the whole plot; the words stand above it in two rows."""
    low, high = reading.band
    across = {"y0": 0.0, "y1": 1.0, "yref": "paper", "layer": "below"}
    figure.add_shape(type="rect", x0=low, x1=high, fillcolor=GRID, opacity=0.55, line={"width": 0}, **across)
    lines = [(end, "dash", MUTED) for end in _ends(reading)]
    for x, dash, colour in (*lines, (reading.spot, "dot", INK)):
        line = {"color": colour, "width": 1, "dash": dash}
        figure.add_shape(type="line", x0=x, x1=x, line=line, **(across | {"layer": "above"}))
    near = [(end, side) for end, side in zip(reading.exits.nearest, ("right", "left"), strict=True)]
    words = [(end, price(end), side, 0, MUTED) for end, side in near if end in _ends(reading)]
    for x, said, side, up, colour in (*words, (reading.spot, f"now {price(reading.spot)}", "center", 13, INK)):
        figure.add_annotation(
            x=x,
            y=1.0,
            yref="paper",
            text=said,
            showarrow=False,
            xanchor=side,
            yanchor="bottom",
            yshift=up,
            font={"size": 11, "color": colour},
        )


def density_figure(reading: LpReading) -> Figure:
    """Delta given up per 1 % of price by the position, and today by the short strangle of the same gamma at spot."""
    from plotly import graph_objects as go

    x = prices(reading)
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=reading.gamma_bar(x),
        name=plain(reading.label),
        mode="lines",
        line={"color": SERIES[0], "width": 2.5},
        fill="tozeroy",
        fillcolor=tint(SERIES[0]),
        hovertemplate="at %{x:,.6g}: %{y:,.2f} USD per 1 %<extra>%{fullData.name}</extra>",
    )
    strangle = reading.strangle_gamma(x)
    if strangle is not None:
        figure.add_scatter(
            x=x,
            y=strangle,
            name=f"short strangle, {HORIZON_DAYS:g} days",
            mode="lines",
            line={"color": SERIES[1], "width": 2.5},
            hovertemplate="at %{x:,.6g}: %{y:,.2f} USD per 1 %<extra>%{fullData.name}</extra>",
        )
    _marks(figure, reading)
    figure.update_layout(
        frame(
            400,
            margin={"l": 56, "r": 12, "t": 36, "b": 84},
            legend=_legend(),
            xaxis=_price_axis(reading, x),
            yaxis=axis("USD of delta per 1 %", tickformat="~s", rangemode="tozero", nticks=6),
        )
    )
    return figure


def loss_figure(reading: LpReading) -> Figure:
    """Above, the position beside its tokens held; below, the difference, with thirty days of fees against it."""
    from plotly import graph_objects as go

    x = prices(reading)
    value, held = reading.value(x), reading.held(x)
    figure = go.Figure()
    for y, name, colour, dash in (
        (held, "holding today's tokens", MUTED, "dash"),
        (value, "the position", SERIES[0], "solid"),
    ):
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="at %{x:,.6g}: %{y:,.0f} USD<extra>%{fullData.name}</extra>",
        )
    figure.add_scatter(
        x=x,
        y=value - held,
        name="impermanent loss",
        yaxis="y2",
        mode="lines",
        line={"color": LOSS, "width": 2},
        fill="tozeroy",
        fillcolor=tint(LOSS),
        hovertemplate="at %{x:,.6g}: %{y:,.0f} USD<extra>%{fullData.name}</extra>",
    )
    fees = reading.horizon_fees_usd
    if fees:
        figure.add_scatter(
            x=[x[0], x[-1]],
            y=[-fees, -fees],
            name=f"{HORIZON_DAYS:g} days of today's fees",
            yaxis="y2",
            mode="lines",
            line={"color": SERIES[2], "width": 2, "dash": "dot"},
            hovertemplate="%{y:,.0f} USD<extra>%{fullData.name}</extra>",
        )
    _marks(figure, reading)
    money = {"tickformat": "~s", "nticks": 5}
    figure.update_layout(
        frame(
            440,
            margin={"l": 56, "r": 12, "t": 36, "b": 104},
            legend=_legend(),
            xaxis=_price_axis(reading, x, anchor="y2"),
            yaxis=axis("USD", domain=[0.5, 1.0], **money),
            yaxis2=axis("USD", domain=[0.0, 0.42], anchor="x", **money),
        )
    )
    return figure


def _legend() -> dict[str, object]:
    return {"orientation": "h", "x": 0.0, "y": 0.0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}}


def _price_axis(reading: LpReading, x: Array, **more: object) -> dict[str, object]:
    name = f"price of {plain(reading.factor)}"
    return axis(name, range=[float(x[0]), float(x[-1])], showgrid=False, nticks=7, **more)
