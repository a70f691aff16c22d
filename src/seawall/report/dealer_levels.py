"""Dealers' levels drawn on the price: where their gamma changes sign, and the strikes that hold most of it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from seawall.instruments.dealer_gamma import DealerView
from seawall.report.palette import ACCENT, INK, LOSS, Figure, axis, frame, plain

WALLS: Final = 3


class Level(NamedTuple):
    """A price that dealers' gamma makes special."""

    name: str
    price: float


def levels(view: DealerView, spot: float) -> tuple[Level, ...]:
    """Every flip within 15 % of spot, then the strikes with most positive and most negative gamma."""
    flips = [Level("flip", at) for at in view.zero_gamma if abs(at / spot - 1.0) < 0.15]
    near = np.abs(view.strikes / spot - 1.0) < 0.15
    strikes, gamma = view.strikes[near], view.by_strike[near]
    order = np.argsort(gamma)
    long = [Level("long strike", float(strikes[i])) for i in order[::-1][:WALLS] if gamma[i] > 0.0]
    short = [Level("short strike", float(strikes[i])) for i in order[:WALLS] if gamma[i] < 0.0]
    return (*flips, *long, *short)


def level_figure(dates: Sequence[str], price: Sequence[float], found: Sequence[Level], name: str) -> Figure:
    """Closes with the levels of the last session as horizontal lines."""
    from plotly import graph_objects as go

    colours = {"flip": INK, "long strike": ACCENT, "short strike": LOSS}
    line = [{"type": "scatter", "mode": "lines", "x": list(dates), "y": list(price), "name": plain(name),
             "line": {"color": INK, "width": 1.6}, "hovertemplate": "%{x}: %{y:,.2f}<extra></extra>"}]  # fmt: skip
    shapes = [
        {"type": "line", "xref": "paper", "x0": 0.0, "x1": 1.0, "y0": one.price, "y1": one.price,
         "line": {"color": colours[one.name], "width": 1.4, "dash": "solid" if one.name == "flip" else "dot"}}
        for one in found
    ]  # fmt: skip
    sides = {"flip": (0.5, "center"), "long strike": (0.0, "left"), "short strike": (1.0, "right")}
    words = [
        {"xref": "paper", "x": sides[one.name][0], "y": one.price, "text": f"{one.name} {one.price:,.0f}",
         "showarrow": False, "xanchor": sides[one.name][1], "yanchor": "bottom",
         "font": {"size": 10, "color": colours[one.name]}}
        for one in found
    ]  # fmt: skip
    layout = frame(
        380, showlegend=False, shapes=shapes, annotations=words, margin={"l": 56, "r": 16, "t": 16, "b": 40},
        xaxis=axis("", type="date", showgrid=False, tickformat="%d %b %Y", nticks=6), yaxis=axis(plain(name), nticks=7),
    )  # fmt: skip
    return go.Figure({"data": line, "layout": layout}, _validate=False)
