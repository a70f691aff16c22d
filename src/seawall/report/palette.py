"""Colours and the common frame of every chart: light values in the figures, their dark partners for the page.

The series colours are those of Okabe and Ito (2008), which stay apart under the common colour blindnesses; the
diverging scale runs from orange (loss) to blue (gain) through the paper.
"""

import html
import re
from types import MappingProxyType
from typing import Any, Final

Figure = Any
"""A ``plotly.graph_objects.Figure``; plotly has no types, and is imported where a figure is made."""

PAPER: Final = "#fdfdfb"
INK: Final = "#1c232b"
MUTED: Final = "#5c6670"
GRID: Final = "#e4e7e8"
ACCENT: Final = "#0b6380"
LOSS: Final = "#b34700"
BASELINE: Final = "#8c969e"
SERIES: Final = ("#0072b2", "#d55e00", "#009e73", "#b5628f", "#8f6b00", "#5b5ea6")
STATES: Final = MappingProxyType({"CALM": "#dfe6e9", "ONSET": "#f0b429", "SPIKE": "#c2410c", "EXHAUST": "#6d5aa8"})
DIVERGING: Final = (
    (0.0, "#8a3800"),
    (0.2, "#cf6a1d"),
    (0.4, "#f3c79b"),
    (0.5, PAPER),
    (0.6, "#a9cfe0"),
    (0.8, "#3a87ad"),
    (1.0, "#084b6b"),
)

_DARK_HEX: Final = MappingProxyType(
    {
        PAPER: "#14191e",
        INK: "#e6e9eb",
        MUTED: "#9aa5ae",
        GRID: "#2a333a",
        ACCENT: "#58b6d6",
        LOSS: "#f0935a",
        BASELINE: "#7f8a93",
        "#0072b2": "#56b4e9",
        "#d55e00": "#f08a4b",
        "#009e73": "#2fbf95",
        "#b5628f": "#dd9cc2",
        "#8f6b00": "#d9b13b",
        "#5b5ea6": "#9a9de0",
        "#dfe6e9": "#37424a",
        "#f0b429": "#e0a526",
        "#c2410c": "#e8642c",
        "#6d5aa8": "#a393dc",
        "#8a3800": "#ffb27d",
        "#cf6a1d": "#d0702a",
        "#f3c79b": "#63391b",
        "#a9cfe0": "#1d465a",
        "#3a87ad": "#3b8db5",
        "#084b6b": "#a8dcf2",
    }
)
TINT: Final = 0.14


def tint(colour: str, share: float = TINT) -> str:
    """The colour as a wash for areas, a thin one unless ``share`` says otherwise."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


VEIL: Final = tint(PAPER, 0.8)
"""Behind words that stand on lines."""


DARK: Final = MappingProxyType(
    dict(_DARK_HEX)
    | {tint(light): tint(dark) for light, dark in _DARK_HEX.items()}
    | {VEIL: tint(_DARK_HEX[PAPER], 0.8)}
)
"""Every colour a chart may use, and what the page puts in its place on a dark screen."""

FONT: Final = '-apple-system, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif'
LONGEST: Final = 40
"""Characters of a label that a legend has room for."""
_TAG: Final = re.compile(r"</?[A-Za-z!][^>]*>?")


def plain(text: str) -> str:
    """A user's words for a chart label: no tags, not too long, the rest escaped, because Plotly reads a little HTML."""
    words = _TAG.sub("", text).strip() or "unnamed"
    short = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return html.escape(short, quote=False)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """A quiet axis with a titled unit."""
    quiet = {
        "title": {"text": title, "standoff": 8, "font": {"size": 12, "color": MUTED}},
        "gridcolor": GRID,
        "zerolinecolor": MUTED,
        "zerolinewidth": 1,
        "linecolor": MUTED,
        "tickfont": {"size": 11, "color": MUTED},
        "automargin": True,
    }
    return quiet | more


def frame(height: int, **more: Any) -> dict[str, Any]:
    """Layout that all charts share: no title (the page has headings), room for a legend above."""
    shared = {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": INK},
        "margin": {"l": 56, "r": 12, "t": 12, "b": 44},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": MUTED, "font": {"family": FONT, "size": 12, "color": INK}},
        "legend": {
            "orientation": "h",
            "x": 0.0,
            "y": 1.0,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 12, "color": INK},
        },
    }
    return shared | more
