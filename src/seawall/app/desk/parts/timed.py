"""Charts over time: one crosshair through all of them, and days that everybody remembers."""

import datetime as dt
from collections import Counter
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.parts.figures import chart
from seawall.report.palette import MUTED, Figure

MOST_NAMED: Final = 12
"""Announcements that are named; of more only their places are shown, as ticks on the axis."""
TICK: Final = 0.035
CROSSHAIR: Final = """
(() => {
  const charts = () => [...document.querySelectorAll('[data-time]')].filter((one) => one._fullLayout && one.on);
  const line = (one, x) => {
    let mark = one.querySelector(':scope > .sw-cross');
    if (!mark) {
      mark = document.createElement('div');
      mark.className = 'sw-cross';
      mark.style.cssText = 'position:absolute;width:1px;background:currentColor;opacity:.55;pointer-events:none';
      one.style.position = 'relative';
      one.append(mark);
    }
    const axis = one._fullLayout.xaxis, size = one._fullLayout._size;
    const at = axis.d2p(x);
    const seen = Number.isFinite(at) && at >= 0 && at <= axis._length;
    const place = {left: `${axis._offset + at}px`, top: `${size.t}px`, height: `${size.h}px`};
    Object.assign(mark.style, {display: seen ? 'block' : 'none', ...place});
  };
  const cross = (one) => {
    if (one.dataset.crossed) return;
    one.dataset.crossed = '1';
    one.on('plotly_hover', (event) => charts().forEach((other) => line(other, event.points[0].x)));
    one.on('plotly_unhover', () => document.querySelectorAll('.sw-cross').forEach((mark) => {
      mark.style.display = 'none';
    }));
  };
  let tries = 0;
  const look = () => {
    charts().forEach(cross);
    const waits = [...document.querySelectorAll('[data-time]')].some((one) => !one.dataset.crossed);
    if (waits && (tries += 1) < 60) setTimeout(look, 200);
  };
  look();
})();
"""
"""Joins every chart over time on the page as soon as Plotly has drawn it."""


def marked(
    figure: Figure, days: list[tuple[dt.date, str]], first: dt.date, last: dt.date, names: bool = True
) -> Figure:
    """The days between ``first`` and ``last``: a dotted line with its name each, without it unless ``names``.

    Of more than a dozen announcements (names that come again) only the places are shown, as ticks on the axis.
    """
    inside = [(day, name) for day, name in days if first <= day <= last]
    counted = Counter(name for _, name in inside)
    many = {name for name, count in counted.items() if count > 1} if len(inside) > MOST_NAMED else set()
    lines = [(day, name) for day, name in inside if name not in many]
    ticks = [(day, name) for day, name in inside if name in many]
    shapes = [_upright(day, 1.0, {"color": MUTED, "width": 1, "dash": "dot"}) for day, _ in lines]
    shapes += [_upright(day, TICK, {"color": MUTED, "width": 1}) for day, _ in ticks]
    words = [
        {"x": str(day), "y": 1.0, "yref": "paper", "text": name, "showarrow": False, "yanchor": "top",
         "xanchor": "left", "textangle": 90, "font": {"size": 10, "color": MUTED}}
        for day, name in (lines[-MOST_NAMED:] if names else [])
    ]  # fmt: skip
    if many and names:
        said = f"ticks: {', '.join(sorted(many))}"
        below = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top", "yshift": -20}
        font = {"size": 10, "color": MUTED}
        words.append({"x": 1.0, "y": 0.0, "text": said, "showarrow": False, "font": font, **below})
    figure.update_layout(
        shapes=[*(figure.layout.shapes or ()), *shapes], annotations=[*figure.layout.annotations, *words]
    )
    return figure


def _upright(day: dt.date, height: float, line: dict[str, Any]) -> dict[str, Any]:
    place = {"x0": str(day), "x1": str(day), "y0": 0.0, "y1": height, "yref": "paper"}
    return {"type": "line", **place, "line": line}


def time_chart(figure: Figure, dark: bool, said: str) -> ui.plotly:
    """A chart whose horizontal axis is time: it shares the crosshair of the page."""
    made = chart(figure, dark, said)
    made._props["data-time"] = "1"
    ui.run_javascript(CROSSHAIR)
    return made


def span(dates: list[Any]) -> tuple[dt.date, dt.date]:
    """First and last day of a chart."""
    return dt.date.fromisoformat(str(dates[0])[:10]), dt.date.fromisoformat(str(dates[-1])[:10])
