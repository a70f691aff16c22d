"""One claim on one screen: its verdict, the chart that decides it, its numbers, what limits it, how to repeat it."""

import asyncio
import datetime as dt
import html
import math
from functools import partial
from typing import TYPE_CHECKING, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart
from seawall.app.desk.parts.jobs import JobList, tone
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, empty, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.boards import claim, stale
from seawall.app.service.jobs import Job
from seawall.app.service.runs import evidence
from seawall.core.errors import SeawallError
from seawall.evidence.hypotheses import HYPOTHESES
from seawall.evidence.interval import REPS
from seawall.report.evidence_charts import figure_of
from seawall.report.evidence_tables import number

if TYPE_CHECKING:
    from seawall.evidence.world import Picture

FULL: Final = REPS
"""Draws of a result; a quick look has fewer."""


async def build(view: View) -> None:
    """The screen of the claim that the address names."""
    identity = view.query["claim"].upper()
    known = HYPOTHESES.get(identity)
    with kit.page(html.escape(identity if known is None else f"{identity}: {known.claim}")) as head:
        _neighbours(view, identity)
        body = ui.element("div").classes("sw-stack")
        jobs = _again(view, identity, body, head) if known is not None else None
    await _show(view, identity, body, head)
    if jobs is not None:
        jobs.follow()


def _neighbours(view: View, identity: str) -> None:
    names = list(HYPOTHESES)
    at = names.index(identity) if identity in names else -1
    with ui.element("nav").classes("sw-controls").props('aria-label="claims"'):
        ui.link("The board", view.href("/evidence"))
        if at > 0:
            ui.link(f"← {names[at - 1]}", view.href("/evidence", claim=names[at - 1]))
        if 0 <= at < len(names) - 1:
            ui.link(f"{names[at + 1]} →", view.href("/evidence", claim=names[at + 1]))


def _again(view: View, identity: str, body: ui.element, head: ui.element) -> JobList:
    with panel(
        "Run it again", "This claim alone on what the store holds now; it is corrected as strictly as the board."
    ):
        said = ui.element("div")
        button = ui.button(f"Run {identity}", icon="play_arrow").props("unelevated no-caps")
        words = f"No claim has been run since the desk started. Press Run {identity}."

        async def ended(job: Job) -> None:
            if job.result is not None:
                await _show(view, identity, body, head)

        jobs = JobList(view, "evidence", ui.element("div"), words, ended)

    def run() -> None:
        said.clear()
        try:
            evidence(view.desk, (identity,))
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
        jobs.refresh()

    button.on_click(run)
    return jobs


async def _show(view: View, identity: str, body: ui.element, head: ui.element) -> None:
    found: list[Record] = []

    def shown(row: Record) -> None:
        found.append(row)
        _claim(view, row)

    if not await fill(body, lambda: claim(view.desk, identity, check=False), shown, "Reading the claim", 200):
        return
    row = found[0]
    for old in [one for one in head if one._props.get("data-claim")]:
        old.delete()
    with head, ui.element("span").props("data-claim=1"):
        kit.badge(row["verdict"] or "not run", row["reason"], tone(str(row["verdict"])))
        if row["mark"] is not None:
            age_badge(dt.datetime.fromisoformat(row["mark"]["kept_at"]), view.desk.clock(), "result")
            if row["mark"]["draws"] < FULL:
                kit.badge(f"quick look, {row['mark']['draws']:,} draws", "", "sw-stale")
    try:
        told = (await asyncio.to_thread(stale, view.desk)).get(identity) if row["mark"] else None
    except SeawallError as fault:
        told = str(fault)
    if told and not head.is_deleted:
        with head, ui.element("span").props("data-claim=1"):
            kit.badge("stale", told, "sw-stale")


def _claim(view: View, row: Record) -> None:
    if row["mark"] is None:
        with panel("What it says"):
            empty("This claim has not been run on this store yet.", "Run it below, or the whole board.")
            _facts([("Origin", row["origin"]), ("Test", row["test"]), ("Rule", row["rule"]), ("Prior", row["prior"]),
                    ("Data", row["data"])])  # fmt: skip
        return
    found, words = row["found"], row["words"]
    with ui.element("section").classes("sw-panel").props('aria-label="the answer"'):
        ui.label(words["lead"]).classes("sw-lead")
    if found is not None:
        _pictures(view, found)
    numbers = [(name, text) for name, text in words["numbers"]]
    with kit.half():
        with panel("The numbers", "", lambda: [{"name": name, "value": text} for name, text in numbers]):
            _facts(numbers)
        if found is not None:
            _measured(found)
    if found is not None:
        for grid in found["tables"]:
            _grid(grid)
        _limits(row)
    with panel("Reproduce"):
        with ui.element("div").classes("sw-controls"):
            ui.html(html.escape(words["command"]), tag="code", sanitize=False).classes("sw-command")
            copy = ui.button("Copy", icon="content_copy").props("flat dense no-caps")
            copy.on_click(lambda: ui.clipboard.write(words["command"]))
        mark = row["mark"]
        kit.note(f"{mark['method']}. Data {mark['data'][:8]}, code {mark['code'][:8]}.")


def _pictures(view: View, found: Record) -> None:
    for one in found["pictures"]:
        shown = picture(one)
        with panel(one["heading"], one["caption"], partial(_points, one)):
            if one["modelled"] or found["modelled_share"]:
                kit.badge("rests on modelled option quotes")
            chart(figure_of(shown), view.dark, f"{one['heading']}. {one['caption']}")


def picture(record: Record) -> "Picture":
    """The chart as data again, from what was kept of it."""
    from seawall.evidence.world import Look, Picture, Trace

    def known(values: list[float | None]) -> tuple[float, ...]:
        return tuple(math.nan if one is None else one for one in values)

    traces = tuple(
        Trace(one["name"], tuple(one["x"]), known(one["y"]), known(one["low"]), known(one["high"]))
        for one in record["traces"]
    )
    words = (record["heading"], record["caption"], record["across"], record["up"])
    return Picture(Look(record["look"]), *words, traces, record["mark"], bool(record["modelled"]))


def _points(one: Record) -> list[Record]:
    rows = []
    for trace in one["traces"]:
        for i, x in enumerate(trace["x"]):
            ends = {name: trace[name][i] for name in ("low", "high") if len(trace[name]) > i}
            rows.append({"name": trace["name"], "x": str(x), "y": trace["y"][i], **ends})
    return rows


def _facts(rows: list[tuple[str, str]]) -> None:
    with ui.element("dl").classes("sw-facts"):
        for name, words in rows:
            ui.html(html.escape(name), tag="dt", sanitize=False)
            ui.html(html.escape(str(words)), tag="dd", sanitize=False)


def _measured(found: Record) -> None:
    rows = [(one["name"], one["text"]) for one in found["facts"]]
    broken = [
        (one["how"], number(math.nan if one["effect"] is None else one["effect"])
         + ("" if one["p"] is None else f", p {number(one['p'])}"))
        for one in found["ablations"]
    ]  # fmt: skip
    if not rows and not broken:
        return
    with panel("What else was measured", "", lambda: [{"name": name, "value": text} for name, text in rows + broken]):
        _facts(rows)
        if broken:
            kit.note("Its trigger, broken on purpose:")
            _facts(broken)


def _grid(grid: Record) -> None:
    heads, rows = grid["columns"], grid["rows"]
    names = [f"c{i}" for i in range(len(heads))]
    with panel(grid["heading"], "", lambda: [dict(zip(heads, row, strict=True)) for row in rows]):
        columns = [kit.words(name, head) for name, head in zip(names, heads, strict=True)]
        shown = [{"id": str(i), "rank": 0, **dict(zip(names, row, strict=True))} for i, row in enumerate(rows)]
        kit.table(columns, shown, grid["heading"]).props("wrap-cells")


def _limits(row: Record) -> None:
    lines = row["words"]["caveats"]
    with panel("What limits it", "", lambda: [{"caveat": one} for one in lines]):
        kit.listing(lines or ["no more than what the numbers say"])
