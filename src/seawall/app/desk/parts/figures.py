"""Plotly figures in the colours of the theme, drawn by the script that ships with NiceGUI."""

from typing import Any, Final

import numpy as np
from nicegui import ui

from seawall.report.palette import DARK, Figure

CONFIG: Final = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "sendDataToCloud"],
    "responsive": True,
}


def themed(content: Any, dark: bool) -> Any:
    """A figure as plain objects; on a dark screen each colour gives way to its partner."""
    if isinstance(content, dict):
        return {key: themed(value, dark) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [themed(value, dark) for value in content]
    if isinstance(content, np.ndarray | np.generic):
        return themed(content.tolist(), dark)
    if isinstance(content, float) and content != content:  # noqa: PLR0124  (nan)
        return None
    return DARK.get(content, content) if dark and isinstance(content, str) else content


def drawn(figure: Figure, dark: bool) -> dict[str, Any]:
    """What the browser draws."""
    made: dict[str, Any] = themed(figure.to_dict(), dark)
    # A drag scrolls a phone's page and moves lines that can be moved; the bar above a chart still zooms.
    made["layout"].setdefault("dragmode", False)
    made["config"] = CONFIG
    return made


def chart(figure: Figure, dark: bool, said: str) -> ui.plotly:
    """A figure, or one that was ``drawn`` beside the event loop, with a sentence for a reader who cannot see it."""
    made = figure if isinstance(figure, dict) else drawn(figure, dark)
    plot = ui.plotly(made).classes("sw-chart")
    plot.props('role="img"')
    plot._props["aria-label"] = said
    plot.style(f"height:{made['layout'].get('height') or 400}px")
    return plot
