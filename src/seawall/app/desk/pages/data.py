"""Data: what the store holds, how old it is, what was withheld, and what is read where there is none."""

import datetime as dt
from typing import Any

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, fill
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View
from seawall.app.service.answers import Record, clean
from seawall.app.service.facts import data_status
from seawall.app.service.holdings import quarantine


async def build(view: View) -> None:
    """Heading, coverage, quarantine, imports, embedded series."""
    with kit.page("Data", "What is observed, since when, how old it is, and what was not believed.") as head:
        body = ui.element("div").style("display:contents")
    found: list[Record] = []
    if not await fill(body, data_status, found.append, "Reading the store", 300, ui.navigate.reload):
        return
    status = found[0]
    with head:
        kit.badge("no store: embedded data" if status["store"] is None else f"store {status['store']}")
    with body:
        _coverage(view, status)
        withheld = panel(
            "Quarantine", "Findings of the checks; withheld from every history, never repaired.", quarantine
        )
        imports = panel("Imports", "Every file and sync with its hash.", lambda: status["imports"])
        embedded = panel("Embedded series", "Always there, used where the store has none.", lambda: status["embedded"])
    with imports:
        if status["imports"]:
            _plain(status["imports"], "imports")
        else:
            empty("Nothing was imported.", "`seawall data import FILE` or `seawall data sync` fills the store.")
    with embedded:
        _embedded(view, status["embedded"])
    await fill(withheld, quarantine, _quarantine, "Reading the findings")


def _days(view: View, last: str) -> float:
    try:
        return float((view.desk.clock().date() - dt.date.fromisoformat(str(last)[:10])).days)
    except ValueError:
        return float("nan")


def _coverage(view: View, status: Record) -> None:
    with panel("Coverage and staleness", "One row a series and source.", lambda: status["series"]):
        if not status["series"]:
            reason = status["reason"] or "the store is empty: `seawall data sync` fills it"
            fact, _, remedy = reason.partition(": ")
            empty(f"{fact[:1].upper()}{fact[1:]}.", remedy)
            return
        stale = sum(bool(one.get("stale")) for one in status["series"])
        kit.note(f"{len(status['series'])} series, {stale} stale.")
        trace = Trace("coverage", "Counted in the store.", "", "", "docs/data.md", "", "observed")
        numbers = {"rows": "rows", "missing": "missing", "longest_gap": "longest gap", "age": "age, days",
                   "withheld": "withheld", "revised": "revised"}  # fmt: skip
        columns = [kit.words(name, name) for name in ("series", "source", "first", "last", "state")]
        columns += [kit.number(key, name, trace) for key, name in numbers.items()]
        rows = []
        for i, one in enumerate(status["series"]):
            words = {name: str(one.get(name) or "") for name in ("series", "source", "first", "last")}
            words["state"] = "stale" if one.get("stale") else "fresh"
            cells = {key: (one.get(key), "" if one.get(key) is None else f"{one[key]:,}") for key in numbers}
            rows.append(kit.record(str(i), words, cells))
        kit.table(columns, rows, "coverage of the store")


def _embedded(view: View, rows: list[Record]) -> None:
    trace = Trace("embedded series", "Shipped with the package.", "", "", "", "", "observed")
    columns = [kit.words(name, name) for name in ("series", "source", "first", "last")]
    columns += [kit.number("rows", "rows", trace), kit.number("age", "age, days", trace)]
    shown = []
    for one in rows:
        age = _days(view, str(one["last"]))
        words = {name: str(one[name]) for name in ("series", "source", "first", "last")}
        shown.append(
            kit.record(
                str(one["series"]), words, {"rows": (one["rows"], f"{one['rows']:,}"), "age": (age, f"{age:,.0f}")}
            )
        )
    kit.table(columns, shown, "embedded series", "none")


def _quarantine(rows: list[Record]) -> None:
    if not rows:
        empty(
            "Nothing is in quarantine.",
            "The checks run after every import and sync; `seawall data check` runs them anew.",
        )
        return
    kit.note(f"{len(rows):,} findings")
    _plain(rows, "findings in quarantine")


def _plain(rows: list[Record], said: str) -> None:
    names = list(rows[0])
    columns = [kit.words(name, name.replace("_", " ")) for name in names]
    shown: list[dict[str, Any]] = [
        {
            "id": str(i),
            "rank": 0,
            **{name: str(clean(one[name]) if one[name] is not None else "")[:80] for name in names},
        }
        for i, one in enumerate(rows[:2000])
    ]
    kit.table(columns, shown, said)
