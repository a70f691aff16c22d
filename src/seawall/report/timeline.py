"""The replay as a picture: equity, drawdown and the market regime on one time axis."""

import datetime as dt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.evidence.comparison import Path, Replay
from seawall.report.format import percent, typeset
from seawall.report.palette import ACCENT, BASELINE, INK, SERIES, STATES, VEIL, Figure, axis, frame, plain
from seawall.signals.regime import Regime, RegimeHistory

VOLMAGEDDON: Final = dt.date(2018, 2, 5)
"""VIX from 17.31 to 37.32 in one session."""
Days = NDArray[np.datetime64]
LEVELS: Final = [125, 250, 500, 1000, 2000, 4000, 8000, 16000]
"""Doublings: ticks of a logarithmic index axis."""

LINES: Final = ((BASELINE, "solid"), (ACCENT, "solid"), (SERIES[1], "dash"))


def marked_row(replay: Replay, day: dt.date = VOLMAGEDDON) -> int | None:
    """Row of a session, or None when the replay does not hold it."""
    found = np.flatnonzero(replay.dates == np.datetime64(day, "D"))
    return int(found[0]) if found.size else None


def _drawdown(nav: NDArray[np.float64]) -> NDArray[np.float64]:
    """Below the highest equity so far, as a share <= 0."""
    return nav / np.maximum.accumulate(nav) - 1.0


def replay_chart(replay: Replay, regimes: RegimeHistory, day: dt.date = VOLMAGEDDON) -> Figure:
    """Equity of every path (start = 100), its drawdown, and the regime by session; ``day`` is marked with the moves."""
    from plotly import graph_objects as go

    figure = go.Figure()
    dates = [str(date) for date in replay.dates]
    for i, path in enumerate(replay.paths):
        _add_path(figure, dates, path, LINES[i % len(LINES)])
    add_regimes(figure, regimes, replay.dates)
    figure.update_layout(
        frame(
            560,
            hovermode="x unified",
            xaxis=axis("", type="date", anchor="y3", showgrid=False, range=[dates[0], dates[-1]]),
            yaxis=axis("equity (start = 100)", domain=[0.44, 1.0], nticks=6),
            yaxis2=axis("drawdown (%)", domain=[0.10, 0.38], nticks=5, ticksuffix=" "),
            yaxis3=axis("", domain=[0.0, 0.045], showticklabels=False, ticks="", showgrid=False, fixedrange=True),
        )
    )
    _mark(figure, replay, day)
    return figure


def _add_path(figure: Figure, dates: list[str], path: Path, style: tuple[str, str]) -> None:
    colour, dash = style
    shared = {"x": dates, "mode": "lines", "name": plain(path.name), "legendgroup": path.name}
    line = {"color": colour, "width": 1.8, "dash": dash}
    equity = 100.0 * path.nav / path.nav[0]
    fall = 100.0 * _drawdown(path.nav)
    figure.add_scatter(**shared, y=np.round(equity, 3), line=line, hovertemplate="%{y:.2f}")
    figure.add_scatter(
        **shared,
        y=np.round(fall, 3),
        yaxis="y2",
        showlegend=False,
        line=line | {"width": 1.2},
        hovertemplate="drawdown %{y:.2f} %",
    )


def add_regimes(figure: Figure, regimes: RegimeHistory, days: Days) -> None:
    """The regime by session between the first and last of ``days``, as a band on the third vertical axis."""
    inside = (regimes.dates >= days[0]) & (regimes.dates <= days[-1])
    dates = [str(date) for date in regimes.dates[inside]]
    numbers = regimes.states[inside].astype(int)
    steps = len(STATES)
    scale = [[edge / steps, colour] for k, colour in enumerate(STATES.values()) for edge in (k, k + 1)]
    figure.add_heatmap(
        x=dates,
        y=["regime"],
        z=[numbers.tolist()],
        yaxis="y3",
        showscale=False,
        zmin=-0.5,
        zmax=steps - 0.5,
        colorscale=scale,
        name="regime",
        text=[[Regime(int(n)).name for n in numbers]],
        hovertemplate="%{text}<extra>regime</extra>",
    )
    for name, colour in STATES.items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            legend="legend2",
            hoverinfo="skip",
            marker={"symbol": "square", "size": 10, "color": colour},
        )
    below = {"orientation": "h", "x": 0.0, "y": -0.09, "xanchor": "left", "yanchor": "top", "itemclick": False}
    figure.update_layout(legend2=below | {"font": {"size": 12, "color": INK}, "itemdoubleclick": False})


def regime_chart(regimes: RegimeHistory, spx: NDArray[np.float64]) -> Figure:
    """SPX (n,) and VIX on the sessions of the regime, above its band. ``regimes``: at least one session."""
    from plotly import graph_objects as go

    figure = go.Figure()
    dates = [str(day) for day in regimes.dates]
    for name, values, row, colour in (("SPX", spx, "y", ACCENT), ("VIX", regimes.vix, "y2", SERIES[1])):
        figure.add_scatter(
            x=dates, y=np.round(values, 2), yaxis=row, name=name, mode="lines", line={"color": colour, "width": 1.2},
            hovertemplate="%{y:,.2f}",
        )  # fmt: skip
    add_regimes(figure, regimes, regimes.dates)
    figure.update_layout(
        frame(
            520,
            hovermode="x unified",
            xaxis=axis("", type="date", anchor="y3", showgrid=False, range=[dates[0], dates[-1]]),
            yaxis=axis("SPX (points, log)", domain=[0.52, 1.0], type="log", tickvals=LEVELS),
            yaxis2=axis("VIX (points)", domain=[0.10, 0.46], nticks=5),
            yaxis3=axis("", domain=[0.0, 0.045], showticklabels=False, ticks="", showgrid=False, fixedrange=True),
        )
    )
    return figure


def _mark(figure: Figure, replay: Replay, day: dt.date) -> None:
    row = marked_row(replay, day)
    if row is None:
        return
    moves = [f"{plain(path.name)}: {typeset(percent(path.move(row), 2, signed=True))}" for path in replay.paths]
    figure.add_vline(x=str(day), line={"color": INK, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=str(day),
        y=0.02,
        yref="y domain",
        text="<br>".join([f"<b>{day}</b>", *moves]),
        showarrow=False,
        align="right",
        xanchor="right",
        yanchor="bottom",
        xshift=-6,
        font={"size": 12, "color": INK},
        bgcolor=VEIL,
    )
