"""An event session by session: P&L and its two causes, the market below, one crosshair through all of them."""

import datetime as dt
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.timed import marked, time_chart
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days

if TYPE_CHECKING:
    from seawall.app.service.replays import Followed

CAUSES: Final = {
    "full_usd": "full revaluation", "gamma_usd": "gamma, with theta", "vega_usd": "vega, with volga",
    "rest_usd": "delta and the rest",
}  # fmt: skip
FEW: Final = 7
"""Days that each have a tick."""
DAY_MS: Final = 86_400_000.0
DOTTED: Final = 60
"""Sessions that each have a dot."""
MOVED: Final = "Today's level times the event's ratio, over the event's own dates."


def pictures(view: View, path: "Followed", row: int) -> dict[str, dict[str, Any]]:
    """What the browser draws, by the name of its panel."""
    made = {"course": _pnl(view, path, row)}
    made |= {name: _market(view, path, name, row) for name in path.levels}
    return {name: drawn(figure, view.dark) for name, figure in made.items()}


def charts(view: View, path: "Followed", made: dict[str, dict[str, Any]]) -> dict[str, ui.plotly]:
    """Panels of the course; returns its charts, which mark the chosen session."""
    about = "Dollars since the first close, every position at full revaluation; vanna half to gamma, half to vega."
    with panel("Session by session", about, lambda: rows(path)):
        found = {"course": time_chart(made["course"], view.dark, "P&L of the book since the first close, by session.")}
    what, about = ("closes", "") if path.lived is None else ("as moved", MOVED)
    columns = "grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))"
    with kit.half().style(columns if len(path.levels) > 2 else ""):
        for name, values in path.levels.items():
            with panel(f"{name} {what}", about, partial(_levels, path.days, name, values)):
                found[name] = time_chart(made[name], view.dark, f"{name} {what} by session.")
    return found


def chosen(path: "Followed", row: int) -> dict[str, Any]:
    """The line through the chosen session."""
    from seawall.report.palette import ACCENT

    day = str(path.days[row])
    return {"type": "line", "x0": day, "x1": day, "y0": 0.0, "y1": 1.0, "yref": "paper",
            "line": {"color": ACCENT, "width": 2}}  # fmt: skip


def dated(path: "Followed") -> dict[str, Any]:
    """Ticks of the horizontal axis: of a few days each day, so that no hour is named."""
    days = (path.days[-1] - path.days[0]).days
    return {"dtick": DAY_MS, "tickformat": "%b %-d\n%Y"} if days <= FEW else {}


def rows(path: "Followed") -> list[Record]:
    """One row a session: what the book has made by its close, in all and by cause."""
    shares = [one.total.shares for one in path.steps]
    full = [0.0, *accumulate(one.total.full_usd for one in path.steps)]
    gamma = [0.0, *accumulate(one.gamma_usd for one in shares)]
    vega = [0.0, *accumulate(one.vega_usd for one in shares)]
    return [
        {"date": str(day), "full_usd": f, "gamma_usd": g, "vega_usd": v, "rest_usd": f - g - v}
        for day, f, g, v in zip(path.days, full, gamma, vega, strict=True)
    ]


def _levels(days: tuple[dt.date, ...], name: str, values: tuple[float, ...]) -> list[Record]:
    return [{"date": str(day), name: value} for day, value in zip(days, values, strict=True)]


def _pnl(view: View, path: "Followed", row: int) -> Any:
    from plotly import graph_objects as go

    from seawall.report.palette import BASELINE, INK, SERIES, axis, frame

    told = rows(path)
    mode = "lines+markers" if len(told) <= DOTTED else "lines"
    colours = dict(zip(CAUSES, (INK, SERIES[0], SERIES[1], BASELINE), strict=True))
    traces = [
        {"type": "scatter", "mode": mode, "x": [one["date"] for one in told],
         "y": [one[key] for one in told], "name": name, "marker": {"size": 5},
         "line": {"color": colours[key], "width": 2.4 if key == "full_usd" else 1.6,
                  "dash": "dot" if key == "rest_usd" else "solid"},
         "hovertemplate": "%{y:,.0f} USD<extra>" + name + "</extra>"}
        for key, name in CAUSES.items()
    ]  # fmt: skip
    layout = frame(
        330, margin={"l": 64, "r": 14, "t": 36, "b": 36}, hovermode="x unified", shapes=[chosen(path, row)],
        xaxis=axis("", type="date", showgrid=False, **dated(path)),
        yaxis=axis("USD", nticks=6, tickformat="~s", zeroline=True),
    )  # fmt: skip
    return marked(go.Figure({"data": traces, "layout": layout}), marked_days(view.desk), path.days[0], path.days[-1])


def _market(view: View, path: "Followed", name: str, row: int) -> Any:
    from plotly import graph_objects as go

    from seawall.report.palette import ACCENT, axis, frame

    mode = "lines+markers" if len(path.days) <= DOTTED else "lines"
    line = {"type": "scatter", "mode": mode, "x": [str(day) for day in path.days],
            "y": list(path.levels[name]), "name": name, "line": {"color": ACCENT, "width": 1.8}, "marker": {"size": 5},
            "hovertemplate": "%{x}: %{y:,.2f}<extra></extra>"}  # fmt: skip
    layout = frame(
        220, showlegend=False, margin={"l": 56, "r": 14, "t": 12, "b": 36},
        xaxis=axis("", type="date", showgrid=False, **dated(path)),
        yaxis=axis("close", nticks=5), shapes=[chosen(path, row)],
    )  # fmt: skip
    figure = go.Figure({"data": [line], "layout": layout})
    return marked(figure, marked_days(view.desk), path.days[0], path.days[-1], names=False)
