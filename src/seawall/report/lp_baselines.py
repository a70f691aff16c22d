"""A liquidity position against both of its baselines: the tokens held at entry, and the tokens held now."""

import numpy as np

from seawall.instruments.pool import LiquidityPosition
from seawall.ledger.lp_reading import LpReading
from seawall.report.lp_charts import prices
from seawall.report.palette import INK, MUTED, SERIES, Figure, axis, frame, plain


def entry_price(reading: LpReading) -> float | None:
    """Price at which the position was opened, None where the book does not say."""
    held = reading.position.instrument
    return held.record.entry_price if isinstance(held, LiquidityPosition) else None


def held_at_entry(reading: LpReading, at: np.ndarray) -> np.ndarray | None:
    """Dollars of the tokens that were put in, at each price of ``at`` (n,)."""
    held, entry = reading.position.instrument, entry_price(reading)
    if entry is None or not isinstance(held, LiquidityPosition):
        return None
    pool = held.shape.scaled(reading.position.quantity).pool(np.array([entry]))
    return np.asarray(float(pool.base[0]) * at + float(pool.quote[0]))


def baselines_figure(reading: LpReading) -> Figure:
    """Position, tokens of the entry and tokens of now over the price; spot and entry as lines."""
    from plotly import graph_objects as go

    x = prices(reading)
    rows = [("the position", reading.value(x), SERIES[0], "solid"), ("hold now", reading.held(x), SERIES[2], "dash")]
    entry = held_at_entry(reading, x)
    if entry is not None:
        rows.append(("hold at entry", entry, SERIES[1], "dot"))
    traces = [
        {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name,
         "line": {"color": colour, "width": 2.2, "dash": dash},
         "hovertemplate": "at %{x:,.6g}: %{y:,.0f} USD<extra>%{fullData.name}</extra>"}
        for name, y, colour, dash in rows
    ]  # fmt: skip
    marks = [(reading.spot, "now", INK), (entry_price(reading), "entry", MUTED)]
    across = {"y0": 0.0, "y1": 1.0, "yref": "paper"}
    shapes = [{"type": "line", "x0": at, "x1": at, "line": {"color": colour, "width": 1, "dash": "dot"}, **across}
              for at, _, colour in marks if at is not None]  # fmt: skip
    words = [
        {"x": at, "y": 0.02, "yref": "paper", "text": name, "showarrow": False, "xanchor": "left", "xshift": 4,
         "font": {"size": 11, "color": colour}}
        for at, name, colour in marks if at is not None
    ]  # fmt: skip
    layout = frame(
        400, margin={"l": 56, "r": 12, "t": 36, "b": 44}, shapes=shapes, annotations=words,
        xaxis=axis(f"price of {plain(reading.factor)}", nticks=7, range=[float(x[0]), float(x[-1])]),
        yaxis=axis("USD", tickformat="~s", nticks=6),
    )  # fmt: skip
    return go.Figure({"data": traces, "layout": layout}, _validate=False)
