"""Evidence: the board of claims as last run on this store, a job that runs it, and one screen a claim."""

import asyncio
import datetime as dt
from typing import Any, Final

from nicegui import events, ui

from seawall.app.desk.pages import evidence_claim
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.jobs import JobList, tone
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, empty, failed, fill
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.boards import board, stale
from seawall.app.service.jobs import Job
from seawall.app.service.runs import evidence
from seawall.core.errors import SeawallError

ABOUT: Final = (
    "Every claim, its test and its verdict rule were written down before any run. Undecided is a verdict; a claim that "
    "was not run proves nothing."
)
NUMBERS: Final = {
    "effect": ("effect", "The statistic of the claim, in its own unit.", "of the claim"),
    "interval": ("interval", "Ends of its interval by resampling.", "of the claim"),
    "n": ("n", "What was counted: sessions, trades or draws.", "count"),
    "episodes": ("episodes", "Distinct episodes of VIX above 30; fewer than eight decide nothing.", "count"),
    "modelled": ("modelled", "Share of the option quotes that are modelled.", "share"),
    "trials": ("trials", "Configurations run for this claim.", "count"),
}
PLACES: Final = {"n": "n", "episodes": "episodes", "modelled": "modelled_share", "trials": "trials"}


async def build(view: View) -> None:
    """The screen of a claim where the address names one, else the board."""
    if view.query.get("claim"):
        await evidence_claim.build(view)
        return
    with kit.page("Evidence", ABOUT) as head:
        place = panel("Board", "", lambda: [_flat(row) for row in board(view.desk, check=False)["claims"]])
        jobs = _runner(view, place, head)
    await _show(view, place, head)
    jobs.follow()


def _runner(view: View, place: ui.element, head: ui.element) -> JobList:
    """The button that runs the board, and its jobs."""
    with panel(
        "Run the board",
        "Every claim on what this store holds, in a process of its own: leave the page if you like. The embedded data "
        "takes a minute or less, a store with VIX futures several.",
    ):
        with ui.element("div").classes("sw-controls"):
            quick = ui.switch("Quick look: a tenth of the draws").props("dense")
            start = ui.button("Run the board", icon="play_arrow").props("unelevated no-caps")
        said = ui.element("div")
        words = "No board has been run since the desk started. Press Run the board."
        jobs = JobList(view, "evidence", ui.element("div"), words, lambda job: _ended(view, place, head, job))

    def run() -> None:
        said.clear()
        try:
            evidence(view.desk, (), bool(quick.value))
        except SeawallError as fault:
            with said:
                failed(str(fault))
        jobs.refresh()

    start.on_click(run)
    return jobs


async def _ended(view: View, place: ui.element, head: ui.element, job: Job) -> None:
    if job.result is not None:
        await _show(view, place, head)


async def _show(view: View, place: ui.element, head: ui.element) -> None:
    found: list[Record] = []

    def shown(record: Record) -> None:
        found.append(record)
        _board(view, record, {})

    if not await fill(place, lambda: board(view.desk, check=False), shown, "Reading the board") or found[0]["reason"]:
        return
    for old in [one for one in head if one._props.get("data-board")]:
        old.delete()
    with head, ui.element("span").props("data-board=1"):
        age_badge(dt.datetime.fromisoformat(found[0]["kept_at"]), view.desk.clock(), "last result")
    try:
        told = await asyncio.to_thread(stale, view.desk)
    except SeawallError as fault:
        told = {"": str(fault)}
    if told and not place.is_deleted:
        place.clear()
        with place:
            _board(view, found[0], told)


def _board(view: View, found: Record, old: dict[str, str]) -> None:
    if found["reason"]:
        fact, _, rest = str(found["reason"]).partition(": ")
        links = [("What is claimed, term by term", view.href("/glossary", q="not tested"))]
        empty(f"{fact[:1].upper()}{fact[1:]}.", f"{rest[:1].upper()}{rest[1:]}.", links)
    else:
        ui.label(found["summary"]).classes("sw-fact")
        kit.note(
            f"{found['trials']:,} configurations were ever run on this store; each counts against the best of them."
        )
    if old:
        names = ", ".join(sorted(old)) if "" not in old else old[""]
        with ui.element("div").classes("sw-controls").props('role="status"'):
            ui.label("stale").classes("sw-badge sw-stale")
            ui.label(f"Made from other data or code than are here now: {names}. Run the board again.")
    _chips(view, found["claims"])
    if not found["reason"]:
        _table(view, found["claims"], old)


def _chips(view: View, rows: list[Record]) -> None:
    with ui.element("nav").classes("sw-chips").props('aria-label="claims"'):
        for row in rows:
            link = ui.element("a").props(f'href="{view.href("/evidence", claim=row["id"])}"')
            link.classes(f"sw-badge {tone(str(row['verdict']))}")
            link._props["title"] = f"{row['claim']}: {row['verdict'] or 'not run'}"
            with link:
                ui.label(f"{row['id']} {row['verdict'] or 'not run'}")


def _table(view: View, rows: list[Record], old: dict[str, str]) -> None:
    columns = [kit.words(name, name) for name in ("claim", "verdict")]
    for key, (name, plain, unit) in NUMBERS.items():
        columns.append(kit.number(key, name, Trace(name, plain, unit, "", "docs/evidence.md")))
        if key == "interval":
            columns.append(kit.words("data", "data"))
    columns.append(kit.words("state", "state"))
    shown = [_row(row, old) for row in rows]
    made = kit.table(columns, shown, "the board", "none").props("wrap-cells").classes("sw-board")

    def opened(event: events.GenericEventArguments) -> None:
        go(view.href("/evidence", claim=str(event.args[1]["id"])))

    made.on("row-click", opened, args=[None, ["id"]])


def _row(row: Record, old: dict[str, str]) -> Record:
    import json

    found, cells = row["found"] or {}, row["cells"] or {}
    raw: dict[str, Any] = {name: found.get(place) for name, place in PLACES.items()}
    raw |= {"effect": found.get("effect"), "interval": (found.get("interval") or {}).get("low")}
    numbers = {name: (raw[name], cells.get(name, "–")) for name in NUMBERS}
    state = "not run" if row["mark"] is None else "stale" if row["id"] in old else "fresh"
    if row["mark"] is not None and row["mark"]["draws"] < evidence_claim.FULL:
        state += ", quick look"
    words = {"claim": f"{row['id']} {row['claim']}", "verdict": row["verdict"] or "not run",
             "data": cells.get("data", ""), "state": state}  # fmt: skip
    more = {"row": row["id"], "plain": row["reason"], "as_of": (row["mark"] or {}).get("kept_at", "")}
    return kit.record(row["id"], words, numbers, json.dumps(more))


def _flat(row: Record) -> Record:
    found, mark = row["found"] or {}, row["mark"] or {}
    interval = found.get("interval") or {}
    return {
        "id": row["id"], "claim": row["claim"], "verdict": row["verdict"], "reason": row["reason"],
        "effect": found.get("effect"), "unit": found.get("unit"), "low": interval.get("low"),
        "high": interval.get("high"), "n": found.get("n"), "episodes": found.get("episodes"),
        "first": found.get("first"), "last": found.get("last"), "modelled_share": found.get("modelled_share"),
        "trials": found.get("trials"), "kept_at": mark.get("kept_at"), "draws": mark.get("draws"),
        "data_hash": mark.get("data"), "code_hash": mark.get("code"),
    }  # fmt: skip
