"""Jobs of one kind on a page: how far each is, part by part, a button to cancel it, and in one line why it failed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from nicegui import background_tasks, ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.states import failed
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.jobs import Job, Part, Stage
from seawall.core.errors import SeawallError

POLL_S: Final = 0.4
SHOWN: Final = 4
TONES: Final = {
    Stage.DONE: "sw-good", Stage.FAILED: "sw-bad", Stage.RUNNING: "sw-now", Stage.QUEUED: "", Stage.CANCELLED: "",
}  # fmt: skip
PART_TONES: Final = {
    "updated": "sw-good", "failed": "sw-bad", "running": "sw-now", "skipped": "sw-stale", "supported": "sw-good",
    "refuted": "sw-bad", "not supported": "sw-bad", "undecided": "sw-stale",
}  # fmt: skip

Ended = Callable[[Job], Awaitable[object]]


def tone(state: str) -> str:
    """Class of a badge that says how a part or a claim ended."""
    return PART_TONES.get(state, "")


@dataclass(slots=True, eq=False)
class _Moving:
    """What changes while a job runs."""

    bar: ui.linear_progress
    said: ui.label
    parts: ui.element
    drawn: tuple[Part, ...] = ()


@dataclass(slots=True, eq=False)
class JobList:
    """Jobs of ``kind``, newest first, in ``place``; ``ended`` is awaited once for each that ends while one looks."""

    view: View
    kind: str
    place: ui.element
    words: str
    ended: Ended
    _drawn: tuple[tuple[str, Stage], ...] | None = None
    _moving: dict[str, _Moving] = field(default_factory=dict)

    def follow(self) -> "JobList":
        """Draw, and look again twice a second."""
        self.refresh()
        ui.timer(POLL_S, self.refresh)
        return self

    def jobs(self) -> list[Job]:
        """The newest jobs of this kind."""
        return [job for job in self.view.desk.jobs.list() if job.kind == self.kind][:SHOWN]

    def rows(self) -> list[Record]:
        """The same for an export."""
        return [_plain(job) for job in self.jobs()]

    def refresh(self) -> None:
        """Show what changed."""
        jobs = self.jobs()
        now = tuple((job.id, job.stage) for job in jobs)
        if now != self._drawn:
            before, self._drawn = dict(self._drawn or ()), now
            self._redraw(jobs)
            for job in jobs:
                if job.ended and before.get(job.id) in (Stage.QUEUED, Stage.RUNNING):
                    background_tasks.create(self._told(job), name=f"job {job.id} ended")
        for job in jobs:
            if job.id in self._moving:
                _move(self._moving[job.id], job)

    async def _told(self, job: Job) -> None:
        with self.place:
            await self.ended(job)

    def _redraw(self, jobs: list[Job]) -> None:
        self._moving = {}
        self.place.clear()
        with self.place:
            if not jobs:
                kit.note(self.words)
            for job in jobs:
                self._job(job)

    def _job(self, job: Job) -> None:
        with ui.element("div").classes("sw-job").props(f'data-job="{job.stage}"'):
            with ui.element("div").classes("sw-controls"):
                ui.label(job.title).classes("sw-fact")
                ui.label(str(job.stage)).classes(f"sw-badge {TONES[job.stage]}")
                kit.note(f"asked {job.asked_at:%H:%M:%S} UTC{_took(job)}")
                if not job.ended:
                    cancel = ui.button("Cancel", on_click=lambda: self._cancel(job.id)).props("flat dense no-caps")
                    cancel.props(f'aria-label="cancel {self.kind}"')
            if not job.ended:
                bar = ui.linear_progress(job.progress, show_value=False, size="6px").props("rounded instant-feedback")
                bar.props('aria-label="progress"')
                said = kit.note("").props('role="status" aria-live="polite"')
                self._moving[job.id] = _Moving(bar, said, ui.element("div"))
            else:
                with ui.element("div"):
                    _parts(job.parts)
            if job.error:
                failed(job.error)

    def _cancel(self, identity: str) -> None:
        try:
            self.view.desk.jobs.cancel(identity)
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
        self.refresh()


def _took(job: Job) -> str:
    return "" if job.ended_at is None else f", took {(job.ended_at - job.asked_at).total_seconds():,.0f} s"


def _move(shown: _Moving, job: Job) -> None:
    shown.bar.set_value(round(job.progress, 3))
    shown.said.set_text(f"{100.0 * job.progress:.0f} %, {job.message}")
    if job.parts != shown.drawn:
        shown.drawn = job.parts
        shown.parts.clear()
        with shown.parts:
            _parts(job.parts)


def _parts(parts: tuple[Part, ...]) -> None:
    if any(one.said for one in parts):
        with ui.element("ul").classes("sw-parts"):
            for one in parts:
                with ui.element("li"):
                    ui.label(one.name)
                    share = f" {100.0 * one.progress:.0f} %" if one.state == "running" else ""
                    ui.label(f"{one.state}{share}").classes(f"sw-badge {tone(one.state)}")
                    ui.label(one.said).classes("sw-part-said")
        return
    with ui.element("div").classes("sw-keys").style("margin-top:.4rem"):
        for one in parts:
            ui.label(f"{one.name} {one.state}").classes(f"sw-badge {tone(one.state)}")


def _plain(job: Job) -> Record:
    told: dict[str, Any] = {
        "id": job.id, "title": job.title, "stage": str(job.stage), "progress": job.progress, "message": job.message,
        "asked_at": f"{job.asked_at:%Y-%m-%d %H:%M:%S}", "error": job.error,
    }  # fmt: skip
    return told | {f"{one.name}": f"{one.state} {one.said}".strip() for one in job.parts}
