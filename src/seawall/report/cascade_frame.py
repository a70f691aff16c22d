"""One frame of a cascade on the liquidation map: what the price has passed, and what still waits."""

import numpy as np

from seawall.report.cascade_charts import CELL, COARSE, REACH, per_cent
from seawall.report.palette import INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain, tint
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.waterfall import Waterfall


def frame_price(fall: Waterfall, step: int) -> float:
    """Price at a step: 0 before the shock, 1 after it, then round by round."""
    return fall.start if step == 0 else fall.frames[0].mark if step == 1 else fall.frames[step - 2].price


def frame_figure(market: CascadeMarket, fall: Waterfall, step: int) -> Figure:
    """Dollars forced per 1 % of price, the part already swept filled, with the price of the step."""
    from plotly import graph_objects as go

    case = market.case
    start, price = case.start, frame_price(fall, step)
    width = COARSE if case.book.assumption else CELL
    below, above = (per_cent(side.at, side.units, start, width) for side in (case.book.sells, case.book.buys))
    at, usd = np.concatenate([below[0], above[0]]), np.concatenate([below[1], above[1]])
    low, high = min(start, price), max(start, price)
    swept = np.where((at >= low) & (at <= high), usd, 0.0)
    shared = {
        "type": "bar",
        "x": at,
        "width": start * width * 0.95,
        "hovertemplate": "%{x:,.6g}: %{y:,.3s} USD per 1 %",
    }
    traces = [
        shared | {"y": usd - swept, "name": "waits", "marker": {"color": SERIES[0]}},
        shared | {"y": swept, "name": "swept", "marker": {"color": LOSS}},
    ]
    across = {"y0": 0.0, "y1": 1.0, "yref": "paper"}
    shapes = [
        {
            "type": "rect",
            "x0": low,
            "x1": high,
            "fillcolor": tint(LOSS),
            "line": {"width": 0},
            "layer": "below",
            **across,
        },
        {"type": "line", "x0": start, "x1": start, "line": {"color": MUTED, "width": 1, "dash": "dot"}, **across},
        {"type": "line", "x0": price, "x1": price, "line": {"color": INK, "width": 2.5}, **across},
    ]
    layout = frame(
        380, barmode="stack", bargap=0.0, shapes=shapes, margin={"l": 56, "r": 12, "t": 36, "b": 44},
        xaxis=axis(f"price of {plain(market.asset)}", nticks=7, showgrid=False,
                   range=[start * (1.0 - REACH), start * (1.0 + REACH)]),
        yaxis=axis("USD forced per 1 % of price", tickformat="~s", rangemode="tozero", nticks=6),
    )  # fmt: skip
    return go.Figure({"data": traces, "layout": layout}, _validate=False)
