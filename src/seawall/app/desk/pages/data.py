"""Data: what the store holds and how old it is, a sync as a job, what was withheld, and what is always there."""

import datetime as dt
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.pages import data_sync
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, empty, fill
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View
from seawall.app.service.answers import Record, clean
from seawall.app.service.facts import data_status, embedded
from seawall.app.service.holdings import quarantine
from seawall.core.errors import BusyError

AGAIN_S: Final = 3.0
"""Between two looks at a store that another process uses."""
MOST: Final = 2000
"""Rows of a table of findings or imports that are shown; an export has all."""


async def build(view: View) -> None:
    """Heading, the sync, coverage, quarantine, imports, embedded series."""
    with kit.page("Data", "What is observed, since when, how old it is, and what was not believed.") as head:

        async def again() -> None:
            timer.active = await _show(view, badges, body)

        with head:
            badges = ui.element("span").style("display:contents")
        jobs = data_sync.build(view, again)
        body = ui.element("div").classes("sw-stack")
    timer = ui.timer(AGAIN_S, again, active=False, immediate=False)
    await again()
    jobs.follow()


def _status() -> Record:
    """What the store holds, or that another process uses it."""
    try:
        return data_status()
    except BusyError as fault:
        return {"busy": str(fault), "store": None, "series": [], "imports": [], "embedded": embedded()}


async def _show(view: View, badges: ui.element, body: ui.element) -> bool:
    """Read the store and show it; whether another process uses it, so that one has to look again."""
    found: list[Record] = []
    said = "" if list(body) else "Reading the store"
    if not await fill(body, _status, found.append, said, 300, ui.navigate.reload):
        return False
    status = found[0]
    badges.clear()
    with badges:
        _badges(view, status)
    with body:
        if status.get("busy"):
            _locked(str(status["busy"]))
        else:
            _coverage(view, status)
            about = "Findings of the checks; withheld from every history, never repaired."
            withheld = panel("Quarantine", about, quarantine)
            with panel("Imports", "Every file and sync with its hash.", lambda: status["imports"]):
                _imports(status["imports"])
        with panel("Embedded series", "Always there, used where the store has none.", lambda: status["embedded"]):
            _embedded(view, status["embedded"])
    if not status.get("busy"):
        await fill(withheld, quarantine, _quarantine, "Reading the findings")
    return bool(status.get("busy"))


def _badges(view: View, status: Record) -> None:
    if status.get("busy"):
        kit.badge("store in use", str(status["busy"]), "sw-stale")
        return
    kit.badge("no store: embedded data" if status["store"] is None else f"store {status['store']}")
    today = str(view.desk.clock().date())
    days = [day for one in status["series"] or status["embedded"] if (day := str(one["last"])[:10]) <= today]
    if days:  # a calendar of meetings reaches beyond today
        newest = dt.datetime.fromisoformat(max(days)).replace(tzinfo=dt.UTC)
        age_badge(newest, view.desk.clock(), "newest value")


def _locked(message: str) -> None:
    """The store is in somebody else's hands: say whose, that nothing is lost, and look again by itself."""
    with panel("Coverage and staleness"), ui.element("div").classes("sw-state sw-empty").props('role="status"'):
        ui.icon("lock_clock").props('aria-hidden="true"')
        fact, _, remedy = message.rpartition(": ")
        ui.label(f"{fact[:1].upper()}{fact[1:]}.").classes("sw-fact")
        ui.label(
            "Nothing is lost: what it stores is whole or not there at all. This page looks again every few seconds, "
            f"and a sync can start then. Or {remedy}."
        )


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
            empty(f"{fact[:1].upper()}{fact[1:]}.", f"{remedy}, or sync some sources above.")
            return
        stale = sum(bool(one.get("stale")) for one in status["series"])
        withheld = sum(int(one.get("withheld") or 0) for one in status["series"])
        kit.note(f"{len(status['series']):,} series, {stale:,} stale, {withheld:,} values withheld.")
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
        cells = {"rows": (one["rows"], f"{one['rows']:,}"), "age": (age, f"{age:,.0f}")}
        shown.append(kit.record(str(one["series"]), words, cells))
    kit.table(columns, shown, "embedded series", "none")


def _quarantine(rows: list[Record]) -> None:
    if not rows:
        remedy = "The checks run after every import and sync; `seawall data check` runs them anew."
        empty("Nothing is in quarantine.", remedy)
        return
    kit.note(f"{len(rows):,} findings")
    _plain(rows, "findings in quarantine")


def _imports(rows: list[Record]) -> None:
    if not rows:
        empty("Nothing was imported.", "`seawall data import FILE` fills the store, or a sync.")
        return
    kit.note(f"{len(rows):,} files and answers, the newest first")
    _plain(rows[::-1], "imports")


def _plain(rows: list[Record], said: str) -> None:
    names = list(rows[0])
    columns = [kit.words(name, name.replace("_", " ")) for name in names]
    shown: list[dict[str, Any]] = [
        {
            "id": str(i),
            "rank": 0,
            **{name: _short(name, one[name]) for name in names},
        }
        for i, one in enumerate(rows[:MOST])
    ]
    kit.table(columns, shown, said)


def _short(name: str, value: object) -> str:
    """What a cell shows: a digest by its first letters, a day without its midnight."""
    if value is None:
        return ""
    text = str(clean(value)).removesuffix("T00:00:00")
    return text[:12] if name == "sha256" else text[:80]
