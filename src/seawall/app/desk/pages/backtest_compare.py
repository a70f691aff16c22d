"""Charts and table of runs side by side: growth, drawdown, tails, costs."""

import datetime as dt
import json
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.states import failed
from seawall.app.desk.parts.timed import marked, time_chart
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days
from seawall.app.service.compared import COLUMNS, Curve
from seawall.core.errors import SeawallError
from seawall.report.format import UNKNOWN, fixed, percent

PLAIN: Final = {
    "growth": (
        "growth a year",
        "Compound growth of equity, after costs.",
        "share a year",
        "(last/first)^(365/days) - 1",
    ),
    "volatility": ("volatility", "Of session returns.", "share a year", "sd x sqrt(252)"),
    "max_drawdown": ("max drawdown", "Deepest fall from a peak, at closes.", "share", "1 - low/peak"),
    "cvar95_1": ("CVaR95 1 d", "Mean loss of the worst twentieth of sessions.", "share", ""),
    "cvar95_5": ("CVaR95 5 d", "The same over five sessions.", "share", ""),
    "cvar95_21": ("CVaR95 21 d", "The same over 21 sessions.", "share", ""),
    "skew": ("skew", "Of session returns above cash; below zero the losses are the large ones.", "", "m3 / m2^1.5"),
    "months_won": ("win rate", "Share of calendar months that gained. Read it with skew and CVaR beside.", "share", ""),
    "worst_month": ("worst month", "Return of the worst calendar month.", "share", ""),
    "costs_per_year": ("costs a year", "Half spreads, impact, commissions, over capital.", "share a year", ""),
    "modelled_share": ("modelled", "Share of absolute P&L that rests on modelled quotes.", "share", ""),
    "turnover": ("turnover", "Dollars traded a year over mean equity.", "a year", ""),
    "margin_peak": ("margin peak", "Largest share of equity that margin asked for.", "share", ""),
}
TIMES: Final = ("skew", "turnover")
"""Measures that are no shares."""
SMALL: Final = 0.001
THIN: Final = {"width": 1.7}


def show(view: View, curves: list[Curve]) -> None:
    """Growth above, drawdown below, one crosshair through both; then the table."""
    days = _days(view)
    first, last = _ends(curves)
    growth, fall = (
        _figure(curves, "growth", "equity (start = 100)", 380),
        _figure(curves, "drawdown", "drawdown", 200),
    )
    time_chart(marked(growth, days, first, last), view.dark, "Growth of every run, start 100.")
    time_chart(marked(fall, days, first, last, names=False), view.dark, "Drawdown of every run from its last peak.")
    with ui.element("div").classes("sw-controls"):
        kit.badge(f"data to {_ends(curves)[1]}", "last session of these runs")
        kit.badge("modelled option quotes", "each run's share of P&L that rests on them stands in the table")
    _table(curves)
    for note in dict.fromkeys(one.note for one in curves if one.note):
        names = [one.name.partition(":")[0] for one in curves if one.note == note]
        kit.note(f"{'; '.join(names)}: {note}.")


def _days(view: View) -> list[tuple[dt.date, str]]:
    try:
        return marked_days(view.desk)
    except SeawallError as fault:
        failed(str(fault))
        return []


def _ends(curves: list[Curve]) -> tuple[dt.date, dt.date]:
    return (dt.date.fromisoformat(min(one.dates[0] for one in curves)),
            dt.date.fromisoformat(max(one.dates[-1] for one in curves)))  # fmt: skip


def _figure(curves: list[Curve], name: str, title: str, height: int) -> Any:
    from plotly import graph_objects as go

    from seawall.report.palette import BASELINE, SERIES, axis, frame, plain

    share = name == "drawdown"
    traces = []
    for i, one in enumerate(curves):
        smaller = one.id == "smaller"
        line = {
            **THIN,
            "color": BASELINE if smaller else SERIES[i % len(SERIES)],
            "dash": "dash" if smaller else "solid",
        }
        told = "%{y:.1%}" if share else "%{y:.1f}"
        traces.append({"type": "scatter", "mode": "lines", "x": list(one.dates), "y": getattr(one, name).tolist(),
                       "name": plain(one.name), "line": line, "showlegend": not share,
                       "hovertemplate": f"{told}<extra>{plain(one.name)}</extra>"})  # fmt: skip
    first, last = _ends(curves)
    layout = frame(
        height, margin={"l": 60, "r": 14, "t": 14 if share else 26 + 20 * len(curves), "b": 36}, hovermode="x unified",
        xaxis=axis("", type="date", showgrid=False, range=[str(first), str(last)]),
        yaxis=axis(title, nticks=6, tickformat=".0%" if share else ""),
    )  # fmt: skip
    layout["legend"] |= {"orientation": "v", "bgcolor": "rgba(0,0,0,0)"}
    return go.Figure({"data": traces, "layout": layout})


def table_rows(curves: list[Curve]) -> list[Record]:
    """One row a run, numbers as they are."""
    return [
        {"id": one.id, "run": one.name, "first": one.dates[0], "last": one.dates[-1],
         **{name: one.measures.get(name) for name in COLUMNS}}
        for one in curves
    ]  # fmt: skip


def _told(name: str, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if name in TIMES:
        return fixed(value)
    return percent(value, 2 if abs(value) < 10.0 * SMALL else 1)


def _table(curves: list[Curve]) -> None:
    """One row a measure, one column a run, so that a number stands beside that of the other."""
    trace = Trace(source="docs/sweeps.md", origin="modelled option prices on real closes")
    places = {f"r{i}": one for i, one in enumerate(curves)}
    columns = [kit.words("measure", "measure")]
    columns += [kit.number(key, one.name, trace) for key, one in places.items()]
    rows = []
    for name in COLUMNS:
        title, plain, unit, formula = PLAIN[name]
        cells = {key: (one.measures.get(name), _told(name, one.measures.get(name))) for key, one in places.items()}
        more = {"name": title, "plain": plain, "unit": unit, "formula": formula}
        rows.append(kit.record(name, {"measure": title}, cells, json.dumps(more)))
    kit.table(columns, rows, "runs side by side", "none").classes("sw-compared")
