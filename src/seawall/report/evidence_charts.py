"""A claim's picture as a Plotly figure for the page, and as plain SVG for the documents: estimates, lines or points."""

import html
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from seawall.evidence.world import Look, Picture, Trace
from seawall.report.format import typeset
from seawall.report.palette import GRID, INK, LOSS, MUTED, PAPER, SERIES, Figure, axis, frame, plain

ROW: Final = 30
WIDE: Final = 720
LEFT: Final = 250
FONT: Final = "sans-serif"
LEGEND: Final = 400
TICKS: Final = 5


def label(words: float | str) -> str:
    """A category of an axis."""
    return plain(words) if isinstance(words, str) else f"{words:g}"


def figure_of(picture: Picture) -> Figure:
    """The figure of a picture; estimates lie on their side, so that their names can be read on a narrow screen."""
    from plotly import graph_objects as go

    made = go.Figure()
    if picture.look is Look.INTERVALS:
        _intervals(made, picture)
    else:
        _curves(made, picture)
    return made


def _intervals(made: Figure, picture: Picture) -> None:
    names = list(dict.fromkeys(label(x) for one in picture.traces for x in one.x))
    for i, one in enumerate(picture.traces):
        bars = {
            "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": SERIES[i],
            "array": [_reach(h, y) for h, y in zip(one.high, one.y, strict=True)],
            "arrayminus": [_reach(y, low) for low, y in zip(one.low, one.y, strict=True)],
        }  # fmt: skip
        made.add_scatter(
            x=list(one.y), y=[label(x) for x in one.x], name=plain(one.name), mode="markers", error_x=bars,
            marker={"color": SERIES[i], "size": 9, "symbol": ("circle", "diamond")[i % 2]},
            hovertemplate="%{y}: %{x:.4g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    _mark(made, picture.mark, "x")
    made.update_layout(
        frame(
            96 + ROW * max(len(names), 2),
            margin={"l": 8, "r": 16, "t": 28 if len(picture.traces) > 1 else 12, "b": 48},
            xaxis=axis(picture.up, zeroline=False),
            yaxis=axis("", type="category", autorange="reversed", showgrid=False, categoryarray=names),
            showlegend=len(picture.traces) > 1,
            scattermode="group",
        )
    )


def _reach(high: float, low: float) -> float:
    gap = high - low
    return gap if math.isfinite(gap) else 0.0


def _curves(made: Figure, picture: Picture) -> None:
    lines = picture.look is Look.LINES
    for i, one in enumerate(picture.traces):
        made.add_scatter(
            x=list(one.x), y=list(one.y), name=plain(one.name), mode="lines+markers" if lines else "markers",
            marker={"color": SERIES[i], "size": 8 if lines else 6, "opacity": 1.0 if lines else 0.7},
            line={"color": SERIES[i], "width": 2},
            hovertemplate="%{x:.4g}, %{y:.4g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    _mark(made, picture.mark, "y")
    made.update_layout(
        frame(340, xaxis=axis(picture.across, zeroline=False), yaxis=axis(picture.up, zeroline=False),
              margin={"l": 56, "r": 16, "t": 30, "b": 48}, showlegend=len(picture.traces) > 1)
    )  # fmt: skip


def _mark(made: Figure, level: float | None, along: str) -> None:
    if level is None:
        return
    line = {"color": LOSS, "width": 1.5, "dash": "dash"}
    if along == "x":
        made.add_vline(x=level, line=line)
    else:
        made.add_hline(y=level, line=line)


class _Scale(NamedTuple):
    low: float
    high: float
    start: float
    length: float

    def at(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * self.length


def _scale(values: Sequence[float], start: float, length: float) -> _Scale:
    known = [v for v in values if math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = 0.06 * (high - low) or max(abs(high), 1.0) * 0.1
    return _Scale(low - room, high + room, start, length)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers inside the ends, about five of them."""
    raw = (high - low) / TICKS
    power = math.pow(10.0, math.floor(math.log10(raw)))
    step = next(size * power for size in (1.0, 2.0, 5.0, 10.0) if size * power >= raw)
    first = math.ceil(low / step)
    return [round(step * i, 12) for i in range(first, math.floor(high / step) + 1)]


def _text(x: float, y: float, words: str, **more: Any) -> str:
    style = {"font-size": 12, "font-family": FONT, "fill": INK, **{k.replace("_", "-"): v for k, v in more.items()}}
    told = " ".join(f'{k}="{v}"' for k, v in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" {told}>{html.escape(typeset(words))}</text>'


def _line(a: tuple[float, float], b: tuple[float, float], colour: str, width: float = 1.0, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def svg_of(picture: Picture) -> str:
    """The picture as an SVG document that needs nothing else."""
    parts, height = (_svg_intervals if picture.look is Look.INTERVALS else _svg_curves)(picture)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height:.0f}" role="img" '
        f'aria-label="{html.escape(picture.heading)}"><rect width="100%" height="100%" fill="{PAPER}"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _svg_intervals(picture: Picture) -> tuple[list[str], float]:
    top, rows = 34.0, [(i, one, j) for i, one in enumerate(picture.traces) for j in range(len(one.x))]
    names = list(dict.fromkeys(str(label(one.x[j])) for _, one, j in rows))
    ends = [v for one in picture.traces for v in (*one.low, *one.high, *one.y)]
    scale = _scale([*ends, *([] if picture.mark is None else [picture.mark])], LEFT, WIDE - LEFT - 24)
    bottom = top + ROW * len(names)
    parts = _grid(scale, (top - 8, bottom), picture.mark, upright=False)
    count = len(picture.traces)
    for i, one, j in rows:
        name = str(label(one.x[j]))
        y = top + ROW * (names.index(name) + (i + 1) / (count + 1))
        if i == 0 or name not in [str(label(x)) for x in picture.traces[0].x]:
            parts.append(
                _text(LEFT - 10, top + ROW * (names.index(name) + 0.5) + 4, html.unescape(name), text_anchor="end")
            )
        parts.append(_line((scale.at(one.low[j]), y), (scale.at(one.high[j]), y), SERIES[i], 2))
        parts.append(f'<circle cx="{scale.at(one.y[j]):.1f}" cy="{y:.1f}" r="4.5" fill="{SERIES[i]}"/>')
    parts.append(_text((LEFT + WIDE - 24) / 2, bottom + 36, picture.up, text_anchor="middle", fill=MUTED))
    parts += _legend(picture.traces)
    return parts, bottom + 48


def _svg_curves(picture: Picture) -> tuple[list[str], float]:
    top, bottom, left = 34.0, 300.0, 64.0
    xs = [float(x) for one in picture.traces for x in one.x]
    ys = [y for one in picture.traces for y in one.y]
    across = _scale(xs, left, WIDE - left - 24)
    up = _scale([*ys, *([] if picture.mark is None else [picture.mark])], bottom, top - bottom)
    parts = _grid(up, (left, WIDE - 24), picture.mark, upright=True)
    for tick in ticks(across.low, across.high):
        parts.append(_text(across.at(tick), bottom + 18, f"{tick:g}", text_anchor="middle", fill=MUTED))
    for i, one in enumerate(picture.traces):
        points = [(across.at(float(x)), up.at(y)) for x, y in zip(one.x, one.y, strict=True)]
        if picture.look is Look.LINES:
            parts += [_line(a, b, SERIES[i], 2) for a, b in pairwise(points)]
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{SERIES[i]}" fill-opacity=".7"/>' for x, y in points]
    parts.append(_text((left + WIDE) / 2, bottom + 38, picture.across, text_anchor="middle", fill=MUTED))
    parts.append(_text(left, 14, picture.up, fill=MUTED))
    parts += _legend(picture.traces)
    return parts, bottom + 50


def _grid(scale: _Scale, span: tuple[float, float], mark: float | None, *, upright: bool) -> list[str]:
    place: Callable[[float, float], tuple[float, float]] = (lambda a, b: (b, a)) if upright else (lambda a, b: (a, b))
    parts = []
    for tick in ticks(scale.low, scale.high):
        at = scale.at(tick)
        parts.append(_line(place(at, span[0]), place(at, span[1]), GRID))
        x, y = (span[0] - 8, at + 4) if upright else (at, span[1] + 16)
        parts.append(_text(x, y, f"{tick:g}", text_anchor="end" if upright else "middle", fill=MUTED))
    if mark is not None:
        at = scale.at(mark)
        parts.append(_line(place(at, span[0]), place(at, span[1]), LOSS, 1.5, "5 4"))
    return parts


def _legend(traces: Sequence[Trace]) -> list[str]:
    if len(traces) < 2:
        return []
    parts, x = [], float(LEGEND)
    for i, one in enumerate(traces):
        parts.append(f'<circle cx="{x:.1f}" cy="12" r="4.5" fill="{SERIES[i]}"/>')
        parts.append(_text(x + 9, 16, one.name))
        x += 30 + 7.0 * len(one.name)
    return parts
