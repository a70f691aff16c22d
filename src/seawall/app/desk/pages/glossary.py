"""Glossary: every term with unit, formula, source and evidence, found while one types."""

import html
from typing import Any

from nicegui import events, ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.facts import glossary

MOST = 60
"""Terms shown at once; the rest are found by searching."""


async def build(view: View) -> None:
    """Heading, search, terms."""
    with kit.page("Glossary", "Every word of the desk: unit, formula, source, and whether it was tested."):
        word = ui.input("Search", value=view.query.get("q", "")).props(
            'outlined dense clearable debounce=200 type="search"'
        )
        word.classes("full-width").style("max-width:32rem")
        place = panel("Terms", "", lambda: _found(word.value))

    async def again(event: events.ValueChangeEventArguments[Any]) -> None:
        view.keep(q=str(event.value or ""))
        await fill(place, lambda: _found(event.value), _terms, "")

    word.on_value_change(again)
    await fill(place, lambda: _found(word.value), _terms, "Reading the glossary")


def _found(word: str | None) -> list[Record]:
    terms: list[Record] = glossary(word.strip() if word and word.strip() else None)["terms"]
    return terms


def _terms(terms: list[Record]) -> None:
    if not terms:
        empty("No term mentions that.", "Try one word, such as vega, rent, LVR or flip.")
        return
    said = (
        f"{len(terms):,} terms"
        if len(terms) <= MOST
        else f"the first {MOST} of {len(terms):,} terms: search for the others"
    )
    kit.note(said).props('role="status" aria-live="polite"')
    for one in terms[:MOST]:
        article = ui.html(_article(one), tag="article", sanitize=False)
        article.style("border-top:1px solid var(--rule);padding:.7rem 0")


def _article(one: Record) -> str:
    """A term as one piece of text, escaped: sixty of them are many elements otherwise."""
    lines = [f'<h3 style="margin:0;font-size:1rem">{html.escape(str(one["name"]))}</h3>']
    lines.append(f"<div>{html.escape(str(one['plain']))}</div>")
    lines += [
        f'<div class="sw-foot"><b>{key.replace("_", " ")}</b> {html.escape(str(one[key]))}</div>'
        for key in ("formula", "unit", "source", "evidence", "would_do")
        if one.get(key)
    ]
    return "".join(lines)
