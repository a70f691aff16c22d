"""A number that says where it comes from: hover or focus shows unit, formula, source, instant and origin."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from nicegui import ui

from seawall.report.format import typeset


@dataclass(frozen=True, slots=True)
class Trace:
    """What stands behind a number; an empty text is not shown."""

    name: str = ""
    plain: str = ""
    unit: str = ""
    formula: str = ""
    source: str = ""
    as_of: str = ""
    origin: str = ""

    def record(self) -> dict[str, str]:
        """What the page's script shows."""
        return {key: value for key, value in asdict(self).items() if value}


def of_term(key: str, **more: str) -> Trace:
    """The trace of a term of the glossary; ``more`` sets or replaces parts."""
    from seawall.report.glossary.registry import BY_KEY, normal

    term = BY_KEY.get(normal(key))
    if term is None:
        return Trace(name=key, **more)
    known = {"name": term.name, "plain": term.plain, "unit": term.unit, "formula": term.formula, "source": term.source}
    return Trace(**(known | more))


class Traced:
    """A number as text, reachable by keyboard, with its trace; shown anew in place."""

    def __init__(self, shown: str, trace: Trace, tag: str = "span") -> None:
        self.element = ui.element(tag).classes("sw-num")
        self.element._props["tabindex"] = "0"
        with self.element:
            self._text = ui.html("", tag="span", sanitize=False)
        self.put(shown, trace)

    def put(self, shown: str, trace: Trace) -> None:
        """Another value; what is the same is not sent."""
        self._text.set_content(content_of(shown))
        told = json.dumps(trace.record())
        if self.element._props.get("data-trace") != told:
            self.element._props["data-trace"] = told


def traced(shown: str, trace: Trace, tag: str = "span") -> ui.element:
    """A number as text, reachable by keyboard, with its trace."""
    return Traced(shown, trace, tag).element


def content_of(shown: str) -> str:
    """Text of a number, escaped and set for a page."""
    import html

    return html.escape(typeset(shown))


class Tile:
    """A number with its name above and a word below; shown anew in place."""

    def __init__(self, title: str, shown: str, trace: Trace, note: str = "") -> None:
        self._place = ui.element("div").classes("sw-tile")
        with self._place:
            ui.label(title).classes("sw-tile-name")
            self._number = Traced(shown, trace)
            self._number.element.classes("sw-tile-value")
        self._note: ui.label | None = None
        self._say(note)

    def put(self, shown: str, trace: Trace, note: str = "") -> None:
        """Another value."""
        self._number.put(shown, trace)
        self._say(note)

    def _say(self, note: str) -> None:
        if self._note is not None:
            self._note.set_text(note)
        elif note:
            with self._place:
                self._note = ui.label(note).classes("sw-tile-note")


def tile(title: str, shown: str, trace: Trace, note: str = "") -> Tile:
    """A number with its name above and a word below."""
    return Tile(title, shown, trace, note)


def of_market(rows: Mapping[str, tuple[str, str, str]], name: str) -> Trace:
    """Trace of a number of the market: ``rows`` holds instant, source and origin by name."""
    as_of, source, origin = rows.get(name, ("", "", ""))
    return of_term(name, as_of=as_of, source=source, origin=origin)
