"""Backtest: a plan as a job followed to its end, and kept runs side by side."""

from dataclasses import dataclass
from typing import Final

from nicegui import events, ui

from seawall.app.desk.pages import backtest_compare
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.jobs import JobList
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, failed, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.compared import MOST, Curve, compared, held_smaller, kept_runs
from seawall.app.service.jobs import Job, Stage
from seawall.app.service.policies import shipped
from seawall.app.service.runs import MAX_PLAN, backtest
from seawall.core.errors import SeawallError

ABOUT: Final = "A program with its hedge, without it, and held smaller: which was worth its cost? Every run is a trial."
OWN: Final = "the plan's own hedge"


@dataclass(slots=True, eq=False)
class Held:
    """Where things stand; the chosen runs are in the address."""

    view: View
    picker: ui.element
    place: ui.element
    select: ui.select | None = None

    @property
    def chosen(self) -> list[str]:
        """Ids of the runs that are compared."""
        return [one for one in self.view.query.get("runs", "").split("-") if one.isalnum()][:MOST]


async def build(view: View) -> None:
    """A plan and its jobs, then the comparison."""
    with kit.page("Backtest", ABOUT):
        jobs = _runner(view)
        about = f"Two runs or more, up to {MOST}: growth from the same 100, drawdown, tails and costs."
        with panel("Runs side by side", about, lambda: backtest_compare.table_rows(_curves(view, held.chosen))):
            picker, place = ui.element("div"), ui.element("div").classes("sw-stack").style("margin-top:.8rem")
    held = Held(view, picker, place)

    async def ended(job: Job) -> None:
        if job.stage is Stage.DONE and job.result is not None:
            fresh = [one[:12] for one in (job.result["runs"]["run"], job.result["runs"]["without_hedge"]) if one]
            kept = [one for one in held.chosen if one not in fresh]
            _choose(held, [*kept[len(fresh) - MOST :], *fresh] if kept else fresh)
            await _offer(held)

    jobs.ended = ended
    jobs.follow()
    await _offer(held)


def _runner(view: View) -> JobList:
    """A plan, a policy, and the jobs."""

    async def nothing(_: Job) -> None:
        return

    with panel(
        "Run a plan", "Without a text the default plan runs, in a process of its own: leave the page if you like."
    ):
        with ui.element("div").classes("sw-half"):
            text = ui.textarea("Plan (YAML), optional").classes("full-width")
            text.props(f'outlined maxlength={MAX_PLAN} spellcheck="false" rows=4')
            with ui.element("div").classes("sw-stack").style("gap:.7rem;align-items:flex-start"):
                names = {"": OWN, **{name: f"{name}: {', '.join(one.layers)}" for name, one in shipped().items()}}
                policy = ui.select(names, value="", label="Hedge policy").classes("full-width")
                policy.props("outlined dense options-dense")
                start = ui.button("Run", icon="play_arrow").props("unelevated no-caps")
        said = ui.element("div")
        words = "No backtest has been run since the desk started. Press Run: the default plan takes some seconds."
        jobs = JobList(view, "backtest", ui.element("div"), words, nothing)

    def run() -> None:
        said.clear()
        try:
            backtest(view.desk, (text.value or "").strip() or None, str(policy.value) or None)
        except SeawallError as fault:
            with said:
                failed(str(fault))
        jobs.refresh()

    start.on_click(run)
    return jobs


def _choose(held: Held, ids: list[str]) -> None:
    held.view.keep(runs="-".join(ids))


async def _offer(held: Held) -> None:
    """Every kept run to choose from, then those that are chosen."""
    found: list[list[Record]] = []
    if await fill(held.picker, kept_runs, found.append, "Reading the trial registry", 60):
        with held.picker:
            _picker(held, found[0])
        await _compare(held)


def _picker(held: Held, runs: list[Record]) -> None:
    if not runs:
        return
    names = {one["id"][:12]: f"{one['name']}: {one['first']} to {one['last']}, {one['kind']} of {one['made']}"
             for one in runs}  # fmt: skip
    for one in held.chosen:  # a run of an address may be older than those offered
        if not any(known.startswith(one) for known in names):
            names[one] = f"run {one}"
    chosen = [next((known for known in names if known.startswith(one)), one) for one in held.chosen]

    async def changed(event: events.ValueChangeEventArguments[list[str]]) -> None:
        if len(event.value) > MOST:
            ui.notify(f"{MOST} runs are the most that can be read at once: take one out first", type="warning")
            picked.set_value(event.value[:MOST])
            return
        _choose(held, list(event.value))
        await _compare(held)

    picked = ui.select(names, value=chosen, label="Runs", multiple=True, with_input=True, on_change=changed)
    picked.classes("full-width").props("outlined dense options-dense use-chips")


def _curves(view: View, ids: list[str]) -> list[Curve]:
    """The chosen runs, and beside a run of this desk the program held smaller."""
    found = compared(ids)
    jobs = [job for job in view.desk.jobs.list() if job.kind == "backtest" and job.stage is Stage.DONE]
    smaller = (held_smaller(job.result, ids) for job in jobs)
    return [*found, *[one for one in smaller if one is not None][:1]]


async def _compare(held: Held) -> None:
    ids = held.chosen
    if not ids:
        held.place.clear()
        with held.place:
            empty("No runs are chosen.", "Run a plan, or choose kept runs above: each is there with its path.")
        return
    await fill(
        held.place,
        lambda: _curves(held.view, ids),
        lambda curves: backtest_compare.show(held.view, curves),
        "Reading the runs",
        wanted=lambda: held.chosen == ids,
    )
