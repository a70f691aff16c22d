"""`seawall data sync`: bring the store up to date from its sources over the network."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Final, final

import typer

from seawall.app.cli.options import AsJson, print_json

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from seawall.data.sources.engine import Outcome, Wish

EXAMPLES = (
    "Examples: seawall data sync | seawall data sync cboe-index fred | seawall data sync --list | "
    "seawall data sync cboe-index:VIX,CNDR fred:UNRATE"
)
QUIET_S: Final = 2.0
"""A sync shorter than this says nothing on stderr but its failures, unless a person is watching."""

Sources = Annotated[
    list[str] | None, typer.Argument(metavar="[SOURCE[:ITEM,...]]...", help="Which sources; all without one.")
]
Listed = Annotated[bool, typer.Option("--list", help="Name the sources, and leave.")]


def run(sources: Sources = None, listed: Listed = False, as_json: AsJson = False) -> None:
    """Fetch what is new from exchanges, FRED and the Federal Reserve; what was fetched once is not fetched again."""
    from seawall.data.sources.registry import SOURCES, wishes

    if listed:
        rows = [{"source": s.name, "title": s.title, "licence": s.licence, "address": s.address} for s in SOURCES]
        _list(rows, as_json)
        return
    fetch(wishes(sources or []), as_json)


def fetch(wanted: "list[Wish]", as_json: bool, environ: dict[str, str] | None = None) -> None:
    """Run a sync, show what it did, and leave with 2 when a source failed."""
    import os

    from seawall.data.sources.engine import Sync
    from seawall.data.sources.memory import Memory

    with Bars(len(wanted)) as bars:
        outcomes = Sync(Memory(), listener=bars, environ={**os.environ, **(environ or {})}).run(wanted)
    if as_json:
        print_json({"sources": [record(outcome) for outcome in outcomes]})
    else:
        _show(outcomes)
    for outcome in outcomes:
        for line in outcome.failed:
            sys.stderr.write(f"seawall: {line}\n")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(2)


def record(outcome: "Outcome") -> dict[str, Any]:
    """One source of a sync as JSON."""
    return {
        "source": outcome.source, "state": outcome.state, "added": outcome.added, "revised": outcome.revised,
        "unchanged": outcome.unchanged, "refused": outcome.refused, "answers": outcome.new,
        "not_modified": outcome.same, "not_there": outcome.gone, "failed": outcome.failed,
        "skipped": outcome.skipped, "notes": outcome.notes,
    }  # fmt: skip


def _show(outcomes: "list[Outcome]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from seawall.report.tables import console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("source", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("added", "revised", "unchanged", "answers", "same", "absent"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in outcomes:
        counts = (one.added, one.revised, one.unchanged, one.new, one.same, one.gone)
        # A figure of nothing is left out, so that what happened stands out.
        table.add_row(one.source, one.state, *(f"{count:,}" if count else "-" for count in counts), escape(one.why))
    console().print(table)


def _list(rows: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        print_json({"sources": rows})
        return
    from seawall.report.tables import print_text

    for row in rows:
        print_text(f"{row['source']:<12}  {row['title']}")
        print_text(f"{'':<12}  {row['licence']}")


@final
class Bars:
    """Progress on stderr: bars for a person, and one line a source in a log once the sync takes longer."""

    def __init__(self, sources: int) -> None:
        self._watched, self._start = sys.stderr.isatty(), time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._sources = sources

    def __enter__(self) -> "Bars":
        if self._watched:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}"),
                TimeElapsedColumn(),
            )  # fmt: skip
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def started(self, source: str, items: int) -> None:
        """A bar of its own for the source."""
        if self._progress is not None:
            self._task = self._progress.add_task(source, total=items, item="")

    def advanced(self, source: str, item: str) -> None:
        """One step further."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, item=item)

    def finished(self, outcome: "Outcome") -> None:
        """A line for the log of whoever is not watching."""
        if not self._watched and self._sources > 1 and time.monotonic() - self._start > QUIET_S:
            sys.stderr.write(f"{outcome.source}: {outcome.state}, {outcome.added:,} rows added\n")
            sys.stderr.flush()
