"""What the later pages share: their frame, a slider that stays where it is dragged, and rows for a table."""

import html
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nicegui import events, ui

from seawall.app.desk.parts.table import Column, table
from seawall.app.desk.parts.traced import Trace
from seawall.app.service.answers import Record

THROTTLE_S = 0.12


@contextmanager
def page(name: str, about: str = "") -> Iterator[ui.element]:
    """A page with its heading; yields the heading's line, for badges."""
    with ui.element("div").classes("sw-page"):
        head = ui.element("div").classes("sw-title")
        with head:
            ui.html(html.escape(name), tag="h1", sanitize=False)
            if about:
                ui.html(html.escape(about), tag="p", sanitize=False).classes("sw-standfirst").style("order:9")
        yield head


def half() -> ui.element:
    """A row whose panels stand side by side where there is room."""
    return ui.element("div").classes("sw-half")


def badge(text: str, said: str = "", tone: str = "") -> None:
    """A word beside the heading; ``tone``: a class of the style sheet, such as sw-stale."""
    made = ui.label(text).classes(f"sw-badge {tone}")
    made._props["title"] = said or text


def note(text: str) -> ui.label:
    """A quiet line."""
    return ui.label(text).classes("sw-foot")


def listing(lines: Sequence[str]) -> None:
    """Lines of text as a list."""
    with ui.element("ul"):
        for line in lines:
            ui.html(html.escape(line), tag="li", sanitize=False)


class Slider:
    """A native range input: its value stays the reader's while it is dragged; ``told`` says it in words."""

    def __init__(
        self,
        name: str,
        bounds: tuple[float, float, float],
        value: float,
        words: Callable[[float], str],
        moved: Callable[[float], Awaitable[None]],
    ) -> None:
        low, high, step = bounds
        self._bounds, self._words = (low, high), words
        with ui.element("div").classes("sw-slider"):
            self._told = ui.label(words(value)).props(f'id="s-{name}"')
            limits = f'min="{low:g}" max="{high:g}" step="{step:g}" value="{value:g}"'
            # As plain HTML its value stays the reader's: a bound one jumps back whenever anything on the page changes.
            self._input = ui.html(
                f'<input type="range" class="sw-range" aria-labelledby="s-{name}" data-slider="{name}" {limits}>',
                sanitize=False,
            )

        async def told(event: events.GenericEventArguments) -> None:
            given = min(max(float(event.args), low), high)
            self._told.set_text(words(given))
            await moved(given)

        self._input.on("input", told, throttle=THROTTLE_S, js_handler="(event) => emit(event.target.value)")
        self._name = name

    def put(self, value: float) -> None:
        """Show another value, without asking what follows from it."""
        self._told.set_text(self._words(value))
        ui.run_javascript(
            f"const e = document.querySelector('[data-slider=\"{self._name}\"]'); if (e) e.value = {value!r};"
        )


Cells = dict[str, tuple[Any, str]]


def record(identity: str, words: dict[str, str], numbers: Cells, more: str = "", rank: int = 0) -> Record:
    """A row of a table: words as they are, numbers with their text."""
    row: Record = {"id": identity, "more": more, "rank": rank, **words}
    for key, (raw, text) in numbers.items():
        row[key], row[f"{key}_s"] = raw, text
    return row


def words(name: str, label: str) -> Column:
    """A column of words."""
    return Column(name, label)


def number(name: str, label: str, trace: Trace) -> Column:
    """A column of numbers with what stands behind them."""
    return Column(name, label, trace)


__all__ = ["Slider", "badge", "half", "listing", "note", "number", "page", "record", "table", "words"]
