"""Pictures of a replay: the waterfall by day, sums with the market, margin, a band, layers at later expiries."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.report.format import typeset, usd
from seawall.report.palette import ACCENT, BASELINE, INK, LOSS, MUTED, SERIES, Figure, axis, frame, plain, tint
from seawall.sim.analog import Analog
from seawall.sim.replay_book import BookReplay
from seawall.sim.tenor import Shifted

LABELLED: Final = 14
"""Bars that have room for their number."""


def days_figure(found: BookReplay) -> Figure:
    """Profit and loss by day from zero to the whole event."""
    from plotly import graph_objects as go

    steps = [day.attribution.total.full_usd for day in found.days]
    days = [str(day.event) for day in found.days]
    labels = [typeset(usd(one, signed=True)) for one in (*steps, sum(steps))] if len(steps) <= LABELLED else None
    figure = go.Figure(
        go.Waterfall(
            x=[*days, "all"], y=[*steps, sum(steps)], measure=["relative"] * len(steps) + ["total"],
            text=labels, textposition="outside", textfont={"size": 11, "color": INK}, cliponaxis=False,
            increasing={"marker": {"color": ACCENT}}, decreasing={"marker": {"color": LOSS}},
            totals={"marker": {"color": MUTED}}, connector={"line": {"color": BASELINE, "width": 1}},
            hovertemplate="%{x}: %{delta:,.0f} USD, sum %{final:,.0f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        frame(
            380,
            margin={"l": 56, "r": 12, "t": 28, "b": 44},
            xaxis=axis("day of the event", type="category", showgrid=False, nticks=12),
            yaxis=axis("P&L of the book (USD)", tickformat="~s"),
            showlegend=False,
        )
    )
    return figure


def market_figure(found: BookReplay, coins: Sequence[str]) -> Figure:
    """Sums since the eve above; SPX, coins and VIX of today's market, moved, below."""
    from plotly import graph_objects as go

    figure = go.Figure()
    days = [str(day) for day in found.path.days]
    sums = (
        ("the rest of the book", [0.0, *(day.book_usd for day in found.days)], LOSS, "dash"),
        ("hedges", [0.0, *(day.hedges_usd for day in found.days)], SERIES[2], "dash"),
        ("together", [0.0, *(day.book_usd + day.hedges_usd for day in found.days)], INK, "solid"),
    )
    for name, values, colour, dash in sums:
        figure.add_scatter(
            x=days, y=np.round(values, 2), name=name, mode="lines", line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    for i, name in enumerate(("SPX", *coins)):
        leg = found.path.prices.get(name)
        if leg is not None and name in found.days[0].levels:
            figure.add_scatter(
                x=days, y=np.round(100.0 * leg.values, 3), name=plain(name), yaxis="y2", mode="lines",
                line={"color": SERIES[i % len(SERIES)], "width": 1.5}, hovertemplate="%{y:.1f}",
            )  # fmt: skip
    if "VIX" in found.days[0].levels:
        level = found.days[-1].levels["VIX"] / float(found.path.vix.values[-1])
        figure.add_scatter(
            x=days, y=np.round(level * found.path.vix.values, 3), name="VIX", yaxis="y3", mode="lines",
            line={"color": SERIES[3], "width": 1.5}, hovertemplate="%{y:.1f} points",
        )  # fmt: skip
    figure.update_layout(
        frame(
            560,
            hovermode="x unified",
            xaxis=axis("", type="date", anchor="y3", showgrid=False),
            yaxis=axis("since the eve (USD)", domain=[0.52, 1.0], tickformat="~s"),
            yaxis2=axis("price (eve = 100)", domain=[0.24, 0.46], nticks=4),
            yaxis3=axis("VIX", domain=[0.0, 0.18], nticks=4),
        )
    )
    return figure


def margin_figure(found: BookReplay) -> Figure:
    """Equity and what is required, by day."""
    from plotly import graph_objects as go

    figure = go.Figure()
    needs = [found.start, *(day.need for day in found.days)]
    days = [str(day) for day in found.path.days]
    parts = [("margin of options", [one.options_usd for one in needs], SERIES[4])]
    if any(one.accounts for one in needs):
        parts.append(("maintenance of perps", [one.perps_usd for one in needs], SERIES[3]))
    for name, values, colour in parts:
        figure.add_scatter(
            x=days, y=np.round(values, 2), name=name, mode="lines", stackgroup="need",
            line={"color": colour, "width": 1, "shape": "hv"}, fillcolor=tint(colour), hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    equity = [one.equity_usd for one in needs]
    if all(one is not None for one in equity):
        figure.add_scatter(
            x=days, y=np.round(np.array(equity, dtype=float), 2), name="equity", mode="lines",
            line={"color": INK, "width": 2}, hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    return _by_day(figure, "USD", rangemode="tozero")


def _by_day(figure: Figure, title: str, **more: bool | str) -> Figure:
    """The same over dates, with dollars up; ``more``: of the dollars' axis."""
    across = axis("", type="date", showgrid=False)
    figure.update_layout(frame(320, hovermode="x unified", xaxis=across, yaxis=axis(title, tickformat="~s", **more)))
    return figure


def layer_sums(found: BookReplay) -> dict[str, list[float]]:
    """Dollars since the eve by day, the eve's zero first: each hedge layer, the rest of the book, and all together."""
    made: dict[str, list[float]] = {}
    for layer in found.layers:
        labels, total = set(layer.labels), 0.0
        made[layer.layer] = [0.0]
        for day in found.days:
            total += sum(row.full_usd for row in day.attribution.rows if row.label in labels)
            made[layer.layer].append(total)
    made["the rest of the book"] = [0.0, *(day.book_usd for day in found.days)]
    made["together"] = [0.0, *(day.book_usd + day.hedges_usd for day in found.days)]
    return made


def layers_figure(found: BookReplay) -> Figure:
    """What each hedge layer and the rest have made since the eve, by day."""
    from plotly import graph_objects as go

    figure = go.Figure()
    days = [str(day) for day in found.path.days]
    sums = layer_sums(found)
    rest, together = list(sums)[-2:]
    drawn: dict[str, dict[str, object]] = {
        rest: {"color": LOSS, "width": 2, "dash": "dash"},
        together: {"color": INK, "width": 2},
    }
    for i, (name, values) in enumerate(sums.items()):
        line = drawn.get(name, {"color": SERIES[(i + 2) % len(SERIES)], "width": 2})
        figure.add_scatter(
            x=days, y=np.round(values, 2), name=plain(name), mode="lines", line=line, hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    return _by_day(figure, "since the eve (USD)", zeroline=True)


def band_figure(found: Analog) -> Figure:
    """P&L since the eve by session: the band, its median, every twin."""
    from plotly import graph_objects as go

    figure = go.Figure()
    sessions = list(range(found.band.percentiles.shape[0]))
    for twin, path in zip(found.twins.found, found.band.paths, strict=True):
        figure.add_scatter(
            x=sessions, y=np.round(path, 2), mode="lines", line={"color": BASELINE, "width": 1}, showlegend=False,
            name=str(twin.day), hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    low, high, middle = (np.round(found.band.percentiles[:, i], 2) for i in (1, 3, 2))
    figure.add_scatter(x=sessions, y=low, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=sessions, y=high, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=tint(ACCENT),
        name="10 to 90 %", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=sessions, y=middle, mode="lines", line={"color": ACCENT, "width": 2}, name="median",
        hovertemplate="%{y:,.0f} USD",
    )  # fmt: skip
    figure.update_layout(
        frame(
            420,
            xaxis=axis("sessions after", showgrid=False),
            yaxis=axis("P&L of the book (USD)", tickformat="~s"),
        )
    )
    return figure


def tenor_figure(rows: Sequence[Shifted]) -> Figure:
    """Gain of every layer at every shift."""
    from plotly import graph_objects as go

    figure = go.Figure()
    shifts = sorted({row.days for row in rows})
    for i, days in enumerate(shifts):
        ones = [row for row in rows if row.days == days]
        figure.add_bar(
            x=[row.layer for row in ones], y=[round(row.pnl_usd, 2) for row in ones],
            name="as held" if days == 0 else f"+{days} days", marker={"color": SERIES[i % len(SERIES)]},
            hovertemplate="%{y:,.0f} USD",
        )  # fmt: skip
    figure.update_layout(
        frame(
            320,
            barmode="group",
            xaxis=axis("", type="category", showgrid=False),
            yaxis=axis("gained in the event (USD)", tickformat="~s"),
        )
    )
    return figure
