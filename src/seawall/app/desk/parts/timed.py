"""Charts over time: one crosshair through all of them, and days that everybody remembers."""

import datetime as dt
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.parts.figures import chart
from seawall.report.palette import MUTED, Figure

CROSSHAIR: Final = """
setTimeout(() => {
  const charts = () => [...document.querySelectorAll('[data-time]')].filter((one) => one._fullLayout);
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
  for (const one of charts()) {
    if (one.dataset.crossed) continue;
    one.dataset.crossed = '1';
    one.on('plotly_hover', (event) => charts().forEach((other) => line(other, event.points[0].x)));
    one.on('plotly_unhover', () => document.querySelectorAll('.sw-cross').forEach((mark) => {
      mark.style.display = 'none';
    }));
  }
}, 700);
"""


def marked(figure: Figure, days: list[tuple[dt.date, str]], first: dt.date, last: dt.date) -> Figure:
    """A dotted line with its name at each day between ``first`` and ``last``; of many, the names of the last twelve."""
    inside = [(day, name) for day, name in days if first <= day <= last]
    line = {"color": MUTED, "width": 1, "dash": "dot"}
    shapes = [
        {"type": "line", "x0": str(day), "x1": str(day), "y0": 0.0, "y1": 1.0, "yref": "paper", "line": line}
        for day, _ in inside
    ]
    words = [
        {"x": str(day), "y": 1.0, "yref": "paper", "text": name, "showarrow": False, "yanchor": "top",
         "xanchor": "left", "textangle": 90, "font": {"size": 10, "color": MUTED}}
        for day, name in inside[-12:]
    ]  # fmt: skip
    figure.update_layout(
        shapes=[*(figure.layout.shapes or ()), *shapes], annotations=[*figure.layout.annotations, *words]
    )
    return figure


def time_chart(figure: Figure, dark: bool, said: str) -> ui.plotly:
    """A chart whose horizontal axis is time: it shares the crosshair of the page."""
    made = chart(figure, dark, said)
    made._props["data-time"] = "1"
    ui.run_javascript(CROSSHAIR)
    return made


def span(dates: list[Any]) -> tuple[dt.date, dt.date]:
    """First and last day of a chart."""
    return dt.date.fromisoformat(str(dates[0])[:10]), dt.date.fromisoformat(str(dates[-1])[:10])
