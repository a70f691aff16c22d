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


def traced(shown: str, trace: Trace, tag: str = "span") -> ui.element:
    """A number as text, reachable by keyboard, with its trace."""
    made = ui.element(tag).classes("sw-num")
    made._props["data-trace"] = json.dumps(trace.record())
    made._props["tabindex"] = "0"
    with made:
        ui.html(content_of(shown), tag="span", sanitize=False)
    return made


def content_of(shown: str) -> str:
    """Text of a number, escaped and set for a page."""
    import html

    return html.escape(typeset(shown))


def tile(title: str, shown: str, trace: Trace, note: str = "") -> None:
    """A number with its name above and a word below."""
    with ui.element("div").classes("sw-tile"):
        ui.label(title).classes("sw-tile-name")
        traced(shown, trace).classes("sw-tile-value")
        if note:
            ui.label(note).classes("sw-tile-note")


def of_market(rows: Mapping[str, tuple[str, str, str]], name: str) -> Trace:
    """Trace of a number of the market: ``rows`` holds instant, source and origin by name."""
    as_of, source, origin = rows.get(name, ("", "", ""))
    return of_term(name, as_of=as_of, source=source, origin=origin)
