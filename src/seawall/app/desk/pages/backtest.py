"""Backtest: a plan as a job with progress; runs side by side."""

from dataclasses import dataclass, field
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, failed
from seawall.app.desk.parts.timed import marked, span, time_chart
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days
from seawall.app.service.jobs import Job, Stage
from seawall.app.service.runs import MAX_PLAN, backtest
from seawall.core.errors import SeawallError

POLL_S: Final = 0.5
KIND: Final = "backtest"


@dataclass(slots=True, eq=False)
class Held:
    """What the page last drew."""

    view: View
    jobs: ui.element
    runs: ui.element
    drawn: tuple[Any, ...] = ()
    shown: tuple[str, ...] = field(default_factory=tuple)


async def build(view: View) -> None:
    """Heading, a plan, the jobs, the runs."""
    about = (
        "The program alone, with its hedge, and held smaller: which was worth its cost? Modelled prices, real closes."
    )
    with kit.page("Backtest", about):
        with panel(
            "Run a plan", "Without a text the default plan runs. It works beside the desk; leave the page if you like."
        ):
            text = (
                ui.textarea("Plan (YAML), optional")
                .props(f'outlined maxlength={MAX_PLAN} spellcheck="false" rows=4')
                .classes("full-width")
            )
            said = kit.note("").props('role="status" aria-live="polite"')

            def start() -> None:
                try:
                    job = backtest(view.desk, text.value.strip() or None if text.value else None)
                except SeawallError as fault:
                    said.set_text(str(fault))
                    said.classes(replace="sw-failed")
                    return
                said.classes(replace="sw-foot")
                said.set_text(f"{job.title} is queued")
                refresh()

            ui.button("Run", icon="play_arrow", on_click=start).props("unelevated no-caps")
        jobs = panel("Jobs", "", lambda: [_plain(one) for one in _jobs(view)])
        runs = panel("Runs side by side", "After costs.", lambda: _metrics(_done(view)))
    held = Held(view, jobs, runs)

    def refresh() -> None:
        _refresh(held)

    refresh()
    ui.timer(POLL_S, refresh)


def _jobs(view: View) -> list[Job]:
    return [job for job in view.desk.jobs.list() if job.kind == KIND]


def _done(view: View) -> list[Job]:
    return [job for job in _jobs(view) if job.stage is Stage.DONE]


def _plain(job: Job) -> Record:
    return {"id": job.id, "title": job.title, "stage": str(job.stage), "progress": job.progress, "message": job.message,
            "asked_at": f"{job.asked_at:%Y-%m-%d %H:%M:%S}", "error": job.error}  # fmt: skip


def _refresh(held: Held) -> None:
    jobs = _jobs(held.view)
    now = tuple((job.id, job.stage, job.progress, job.message) for job in jobs)
    if now == held.drawn and held.drawn:
        return
    first, held.drawn = not held.drawn, now or (None,)
    held.jobs.clear()
    with held.jobs:
        if not jobs:
            empty("No backtest has been run on this desk yet.", "Press Run: the default plan takes a few seconds.")
        for job in jobs:
            _job(held, job)
    done = tuple(job.id for job in jobs if job.stage is Stage.DONE)
    if done != held.shown or first:
        held.shown = done
        held.runs.clear()
        with held.runs:
            _compare(held.view, [job for job in jobs if job.stage is Stage.DONE])


def _job(held: Held, job: Job) -> None:
    with ui.element("div").classes("sw-controls").style("padding:.3rem 0"):
        ui.label(f"{job.title}, asked {job.asked_at:%H:%M:%S}: {job.stage}")
        if not job.ended:
            bar = ui.linear_progress(job.progress, show_value=False).style("max-width:16rem")
            bar.props(f'aria-label="progress of {job.id}"')
            ui.label(f"{100.0 * job.progress:.0f} %, {job.message}").props('role="status"')
            ui.button("Cancel", on_click=lambda: held.view.desk.jobs.cancel(job.id)).props("flat dense no-caps")
        if job.error:
            failed(job.error)


def _metrics(jobs: list[Job]) -> list[Record]:
    rows: list[Record] = []
    for job in jobs:
        for path in job.result["paths"]:
            row = {key: value for key, value in path.items() if isinstance(value, int | float | str)}
            for key, value in path.items():
                if isinstance(value, dict):
                    row |= {f"{key} {k}": v for k, v in value.items() if isinstance(v, int | float)}
            rows.append({"run": f"{job.title} {job.asked_at:%H:%M:%S}", **row})
    return rows


def _compare(view: View, jobs: list[Job]) -> None:
    if not jobs:
        empty("There is nothing to compare yet.", "Finished runs stand here, up to fifty.")
        return
    time_chart(_figure(view, jobs[:3]), view.dark, "Equity of every path, start 100.")
    rows = _metrics(jobs[:6])
    keys = [key for key, value in rows[0].items() if key not in ("run", "name") and isinstance(value, int | float)]
    trace = Trace(
        "backtest", "After costs, daily marks.", "", "", "docs/backtest.md", "", "modelled prices on observed closes"
    )
    columns = [
        kit.words("run", "run"),
        kit.words("name", "path"),
        *(kit.number(key, key.replace("_", " "), trace) for key in keys),
    ]
    shown = [
        kit.record(str(i), {"run": one["run"], "name": str(one.get("name", ""))},
                   {key: (one.get(key), "" if one.get(key) is None else f"{one[key]:,.4g}") for key in keys})
        for i, one in enumerate(rows)
    ]  # fmt: skip
    kit.table(columns, shown, "runs side by side")


def _figure(view: View, jobs: list[Job]) -> Any:
    from plotly import graph_objects as go

    from seawall.report.palette import BASELINE, SERIES, axis, frame, plain

    traces = []
    for i, job in enumerate(jobs):
        for n, (name, nav) in enumerate(job.result["nav_usd"].items()):
            colour = BASELINE if n == 0 else SERIES[(n + 2 * i) % len(SERIES)]
            label = name if len(jobs) == 1 else f"{name}, {job.asked_at:%H:%M:%S}"
            traces.append(
                {"type": "scatter", "mode": "lines", "x": job.result["dates"],
                 "y": [100.0 * one / nav[0] for one in nav], "name": plain(label),
                 "line": {"color": colour, "width": 1.6}, "hovertemplate": "%{x}: %{y:.1f}"}
            )  # fmt: skip
    layout = frame(420, margin={"l": 56, "r": 12, "t": 48, "b": 40}, xaxis=axis("", type="date", showgrid=False),
                   yaxis=axis("equity (start = 100)", nticks=6))  # fmt: skip
    dates = jobs[0].result["dates"]
    return marked(go.Figure({"data": traces, "layout": layout}), marked_days(view.desk), *span(dates))
