"""Four pictures of a book: where its convexity sits, what a move costs, what the hedge changes, how it went.

Each function returns a Plotly figure in light colours; the page swaps them on a dark screen.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.instruments.base import Position
from seawall.ledger.breakeven import book_value
from seawall.ledger.exposure import Ledger
from seawall.market.state import STILL, Moves
from seawall.report.format import typeset, usd
from seawall.report.palette import (
    ACCENT,
    DIVERGING,
    GRID,
    INK,
    LOSS,
    MUTED,
    SERIES,
    Figure,
    axis,
    frame,
    plain,
    tint,
)

Array = NDArray[np.float64]

DENSITY_POINTS: Final = 241
HEAT_RETURNS: Final = np.linspace(-0.20, 0.20, 81)
HEAT_POINTS: Final = np.linspace(-5.0, 40.0, 46)
PER_PCT: Final = 0.01


def short_positions(ledger: Ledger, factor: str) -> tuple[Position, ...]:
    """Positions of a factor that are short convexity now."""
    short = {row.label for row in ledger.rows if row.factor == factor and row.exposure.gamma_usd < 0.0}
    return tuple(p for p in ledger.book.positions if p.label in short)


def _knots(ledger: Ledger, positions: tuple[Position, ...]) -> list[float]:
    densities = [p.density(ledger.state) for p in positions]
    return [float(k) for d in densities if d is not None for k in d.knots()]


def _moneyness(ledger: Ledger, factor: str, positions: tuple[Position, ...]) -> Array:
    """Prices over spot that show every strike and range end with a margin, those ends as nodes from both sides."""
    spot = ledger.state.asset(factor).spot.value
    ends = [knot / spot for knot in _knots(ledger, positions)]
    low, high = min([*ends, 0.9]), max([*ends, 1.1])
    margin = 0.15 * (high - low)
    grid = np.linspace(max(low - margin, 0.05), high + margin, DENSITY_POINTS)
    edges = [end * (1.0 + side) for end in ends for side in (-1e-9, 1e-9)]
    return np.unique(np.concatenate([grid, edges]))


def density_chart(ledger: Ledger, factor: str) -> Figure:
    """Delta that each short-convexity position of a factor gives up per 1 % of price: today, and at its horizon.

    Above: minus its dollar gamma over 100, revalued along the price axis. Below: ``K^2 g(K)`` over 100 for a pool, and
    for an option the whole mass times its strike as a stem, which fills the one per cent that holds the strike.
    Both are dollars per 1 %, over price relative to spot (METHOD 2.1).
    """
    from plotly import graph_objects as go

    positions = short_positions(ledger, factor)
    x = _moneyness(ledger, factor, positions)
    view = ledger.state.view(Moves({factor: x - 1.0}))
    figure = go.Figure()
    for i, position in enumerate(positions):
        colour, name = SERIES[i % len(SERIES)], plain(position.label)
        today = -position.quantity * position.instrument.dollar_gamma(view) * PER_PCT
        figure.add_scatter(
            x=x,
            y=today,
            name=name,
            legendgroup=str(i),
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate="%{y:,.0f} USD per 1 %<extra>%{fullData.name}</extra>",
        )
        density = position.density(ledger.state)
        if density is not None:
            _add_terminal(figure, ledger.state.asset(factor).spot.value, x, density, (colour, name, str(i)))
    figure.update_layout(_two_rows(f"{plain(factor)} price over spot"))
    for row, text in (("y", "<b>today</b>"), ("y2", "<b>at the horizon</b>")):
        figure.add_shape(
            type="line",
            x0=1.0,
            x1=1.0,
            y0=0.0,
            y1=1.0,
            yref=f"{row} domain",
            line={"color": INK, "width": 1, "dash": "dot"},
        )
        figure.add_annotation(
            x=0.0,
            y=1.02,
            xref="paper",
            yref=f"{row} domain",
            text=text,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 12, "color": MUTED},
        )
    return figure


def _add_terminal(
    figure: Figure, spot: float, x: Array, density: ConvexityDensity, style: tuple[str, str, str]
) -> None:
    colour, name, group = style
    shared = {"name": name, "legendgroup": group, "showlegend": False, "yaxis": "y2"}
    if density.segments:
        figure.add_scatter(
            **shared,
            x=x,
            y=density.dollar_gamma_bar(x * spot) * PER_PCT,
            mode="lines",
            line={"color": colour, "width": 2},
            fill="tozeroy",
            fillcolor=tint(colour),
            hovertemplate="%{y:,.0f} USD per 1 %<extra>%{fullData.name}</extra>",
        )
    if density.masses:
        strikes, sizes = density.mass_arrays()
        figure.add_scatter(
            **shared,
            x=strikes / spot,
            y=sizes * strikes,
            mode="markers",
            customdata=strikes,
            marker={"color": colour, "size": 8},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": np.maximum(-sizes * strikes, 0.0),
                "arrayminus": np.maximum(sizes * strikes, 0.0),
                "width": 0,
                "thickness": 2,
                "color": colour,
            },
            hovertemplate="strike %{customdata:,.0f}: %{y:,.0f} USD<extra>%{fullData.name}</extra>",
        )


def _two_rows(x_title: str) -> dict[str, object]:
    money = {"tickformat": "~s", "zeroline": True, "nticks": 6}
    return frame(
        500,
        margin={"l": 56, "r": 12, "t": 26, "b": 100},
        legend={"orientation": "h", "x": 0.0, "y": 0.0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}},
        xaxis=axis(x_title, tickformat=".2f", showgrid=False, anchor="y2", hoverformat=".3f"),
        yaxis=axis("USD per 1 %", domain=[0.56, 1.0], **money),
        yaxis2=axis("USD per 1 %", domain=[0.0, 0.44], anchor="x", **money),
        hovermode="closest",
    )


def heat_values(ledger: Ledger, factor: str) -> Array:
    """P&L of the whole book in dollars, full revaluation, shape (vol points, returns); other assets stand still."""
    returns, points = np.meshgrid(HEAT_RETURNS, HEAT_POINTS)
    moves = Moves({factor: returns.ravel()}, {factor: points.ravel()})
    worth = book_value(ledger.book.positions, ledger.state)
    return (worth(moves) - worth(STILL)).reshape(points.shape)


def _round_step(size: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above ``size`` (> 0)."""
    power = 10.0 ** np.floor(np.log10(size))
    return float(max(step for step in (1.0, 2.0, 5.0) if step * power <= size) * power)


def _contours(figure: Figure, pnl: Array, bound: float) -> None:
    """Thin lines of equal P&L, and the bold one where the book breaks even."""
    step = _round_step(bound / 5.0)
    shared = {"x": 100.0 * HEAT_RETURNS, "y": HEAT_POINTS, "z": pnl, "showscale": False, "hoverinfo": "skip"}
    for side in (-1.0, 1.0):
        ends = sorted((side * step, side * 5.0 * step))
        figure.add_contour(
            **shared,
            contours={
                "start": ends[0],
                "end": ends[1],
                "size": step,
                "coloring": "none",
                "showlabels": True,
                "labelformat": "~s",
                "labelfont": {"size": 11, "color": INK},
            },
            line={"color": INK, "width": 0.5},
        )
    figure.add_contour(
        **shared,
        name="break-even",
        contours={"start": 0.0, "end": 0.0, "size": step, "coloring": "none"},
        line={"color": INK, "width": 2.5},
    )


def heat_map(ledger: Ledger, factor: str) -> Figure:
    """P&L of the book if price and volatility jump now; the line is where it breaks even."""
    from plotly import graph_objects as go

    pnl = heat_values(ledger, factor)
    bound = float(np.max(np.abs(pnl))) or 1.0
    across, up = 100.0 * HEAT_RETURNS, HEAT_POINTS
    bar = {
        "thickness": 10,
        "len": 0.9,
        "outlinewidth": 0,
        "tickformat": "~s",
        "tickfont": {"size": 11, "color": MUTED},
        "title": {"text": "USD", "font": {"size": 11, "color": MUTED}},
    }
    figure = go.Figure(
        go.Heatmap(
            x=across,
            y=up,
            z=pnl,
            zmin=-bound,
            zmax=bound,
            zmid=0.0,
            zsmooth="best",
            colorscale=[list(stop) for stop in DIVERGING],
            colorbar=bar,
            hovertemplate=f"{plain(factor)} %{{x:+.0f}} %, vol %{{y:+.1f}} points: %{{z:,.0f}} USD<extra></extra>",
        )
    )
    _contours(figure, pnl, bound)
    figure.add_scatter(
        x=[0.0],
        y=[0.0],
        mode="markers",
        marker={"symbol": "cross-thin", "size": 12, "line": {"color": INK, "width": 2}},
        hovertemplate="the market now<extra></extra>",
    )
    volatility = "VIX" if factor == "SPX" else f"30-day volatility of {factor}"
    figure.update_layout(
        frame(
            420,
            xaxis=axis(f"move of {plain(factor)} (%)", ticksuffix=" ", showgrid=False, zeroline=False, dtick=5),
            yaxis=axis(f"change of {plain(volatility)} (points)", showgrid=False, zeroline=False, dtick=5),
            showlegend=False,
        )
    )
    return figure


def shock_bars(before: Ledger, after: Ledger | None = None) -> Figure:
    """P&L of the book in each named shock, in dollars; with ``after``, beside it the book that holds the tickets."""
    from plotly import graph_objects as go

    names = list(before.total.pnl_by_shock)[::-1]
    labels = [plain(name) for name in names]
    old = [before.total.pnl_by_shock[name] for name in names]
    figure = go.Figure()
    bars: dict[str, object] = {"orientation": "h", "y": labels, "hovertemplate": "%{y}: %{x:,.0f} USD"}
    now = {"name": "as it stands", "marker": {"color": GRID if after else ACCENT, "line": {"color": MUTED, "width": 1}}}
    if after is not None:
        new = [after.total.pnl_by_shock[name] for name in names]
        gained = [typeset(usd(b - a, signed=True)) for a, b in zip(old, new, strict=True)]
        figure.add_bar(
            **bars,
            x=new,
            name="with the tickets",
            marker={"color": ACCENT},
            text=gained,
            textposition="outside",
            textfont={"color": [ACCENT if b >= a else LOSS for a, b in zip(old, new, strict=True)], "size": 11},
            cliponaxis=False,
        )
    figure.add_bar(**bars, **now, x=old)
    span = max(1.0, *(abs(v) for v in old))
    figure.update_layout(
        frame(
            60 + 40 * len(names),
            barmode="group",
            bargap=0.35,
            xaxis=axis(
                "P&L of the book (USD)", tickformat="~s", range=[-1.15 * span, max(0.15 * span, 1.3 * max(old))]
            ),
            yaxis=axis("", type="category", showgrid=False),
            showlegend=after is not None,
        )
    )
    figure.update_layout(legend={"traceorder": "reversed"})
    return figure
