"""A book over price and date: the map whose rows are days, with the line where it breaks even against today."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.ledger.scenarios import Scenarios
from seawall.report.desk_charts import Layers, heat, mark, thin_lines, zero_line
from seawall.report.palette import ACCENT, INK, Figure, axis, frame, plain

HEIGHT: Final = 380


def date_figure(found: Scenarios, bound: float, layers: Layers, stops: Sequence[float]) -> Figure:
    """Days up, price across, at one move of volatility (the only one of ``found``).

    ``layers.other``: P&L with the tickets, (days, returns); ``layers.mark``: (return, days) of the chosen cell.
    ``stops``: days on which something settles, drawn as dotted lines.
    """
    from plotly import graph_objects as go

    across, up = 100.0 * np.asarray(found.axes.returns), np.asarray(found.axes.days)
    pnl, factor = found.pnl_usd[:, 0, :], plain(found.axes.factor)
    prices = np.broadcast_to(found.spot * (1.0 + across / 100.0), pnl.shape)
    hover = f"{factor} %{{customdata:,.6~g}} (%{{x:+.0f}} %), after %{{y:.1f}} days<br>%{{z:,.0f}} USD<extra></extra>"
    traces = [heat(across, up, pnl, prices, bound, hover)]
    shared = {"x": across, "y": up, "showscale": False, "hoverinfo": "skip"}
    if layers.contours:
        thin_lines(traces, shared | {"z": pnl}, bound)
    if layers.break_even:
        zero_line(traces, shared | {"z": pnl}, "break-even", {"color": INK, "width": 3})
    if layers.other is not None:
        dashed = {"color": ACCENT, "width": 3, "dash": "dash"}
        zero_line(traces, shared | {"z": layers.other}, "with the tickets", dashed)
    if layers.mark is not None:
        traces.append(mark(100.0 * layers.mark[0], layers.mark[1], "circle-open", "the chosen cell"))
    line = {"color": INK, "width": 1, "dash": "dot"}
    layout = frame(
        HEIGHT,
        margin={"l": 60, "r": 12, "t": 16, "b": 48},
        xaxis=axis(f"move of {factor} (%)", showgrid=False, zeroline=False, dtick=10),
        yaxis=axis("days from now", showgrid=False, zeroline=False),
        showlegend=False,
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0.0, "x1": 1.0, "y0": day, "y1": day, "line": line}
            for day in sorted(set(stops))
            if 0.0 < day < float(up[-1])
        ],
    )
    return go.Figure({"data": traces, "layout": layout}, _validate=False)
