"""A sync as a job: sources to choose, each with its progress and its outcome in one line."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.jobs import JobList
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import failed
from seawall.app.desk.view import View
from seawall.app.service.jobs import Job
from seawall.app.service.runs import sources, sync
from seawall.core.errors import SeawallError


def build(view: View, again: Callable[[], Awaitable[object]]) -> JobList:
    """Sources, the button, the jobs; ``again`` reads the store anew when one has ended."""
    with panel(
        "Sync",
        "Asks each vendor's own site for what is new and keeps it; what was fetched once is not fetched again. "
        "A failure of one source leaves the others alone.",
        sources,
    ):
        chosen = _sources()
        with ui.element("div").classes("sw-controls").style("margin-top:.5rem"):
            start = ui.button("Sync the chosen", icon="sync").props("unelevated no-caps")
            every = ui.button("All that can be").props("flat dense no-caps")
            none = ui.button("None").props("flat dense no-caps")
        said = ui.element("div")

        async def ended(_: Job) -> None:
            await again()

        words = "No sync has been run since the desk started. Choose sources and press Sync the chosen."
        jobs = JobList(view, "sync", ui.element("div"), words, ended)

    def put(value: bool) -> None:
        for box in chosen.values():
            box.set_value(value and box.enabled)

    def run() -> None:
        said.clear()
        names = [name for name, box in chosen.items() if box.value]
        try:
            if names:
                sync(view.desk, names)
        except SeawallError as fault:
            with said:
                failed(str(fault))
        if not names:
            with said:
                kit.note("No source is chosen.").props('role="status"')
        jobs.refresh()

    every.on_click(lambda: put(True))
    none.on_click(lambda: put(False))
    start.on_click(run)
    return jobs


def _sources() -> dict[str, ui.checkbox]:
    boxes: dict[str, ui.checkbox] = {}
    with ui.element("div").classes("sw-sources"):
        for one in sources():
            with ui.element("div").classes("sw-source"):
                box = ui.checkbox(one["source"]).props("dense")
                box.set_enabled(not one["lacks"])
                kit.note(one["lacks"] or one["title"])
                box.props(f'aria-label="sync {one["source"]}"')
                boxes[one["source"]] = box
    return boxes
