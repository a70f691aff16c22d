"""`seawall sweep`: a plan over a grid of its fields; every lane is a trial, a second run goes on where one stopped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import AsJson, Embedded, Synthetic, print_json, say_if_first_run
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.app.resampling import Resampled

EXAMPLES = (
    "Examples: seawall sweep demo grid.yaml | seawall sweep my.plan.yaml grid.yaml --top max_drawdown --limit 100 | "
    "seawall sweep my.plan.yaml grid.yaml --cluster tcp://127.0.0.1:8786 --json"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a user says: each field is an argument or an option."""

    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or the word `demo`.")]
    grid: Annotated[Path, typer.Argument(metavar="GRID", help="Grid file (YAML or JSON): axes of the plan's fields.")]
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="Your own Dask scheduler: tcp://host:port.")
    ] = None
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes (or threads) here; else one a core.")
    ] = None
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Run at most so many new lanes.")] = None
    top: Annotated[str, typer.Option("--top", metavar="METRIC", help="Order of the table, the best first.")] = "sharpe"
    embedded: Embedded = False
    synthetic: Synthetic = None
    as_json: AsJson = False


@gathered(Words)
def run(words: Words) -> None:
    """Run a plan over a grid, on the cores of this machine or a Dask cluster, and register every lane as a trial."""
    if words.cluster is not None and words.workers is not None:
        raise InputError("--workers are of this machine: leave it out with --cluster")
    from seawall.app.run_history import Source, run_history
    from seawall.app.sweeping import Where, in_order, run_sweep, sweep_luck
    from seawall.data.grids import load_grid
    from seawall.data.plans import default_plan, load_plan
    from seawall.evidence.trials import ranked
    from seawall.report.trial_tables import print_sweep, sweep_record
    from seawall.sim.grid import grid_plans

    metric = ranked(words.top)
    plan = default_plan() if words.plan == "demo" else load_plan(Path(words.plan))
    grid = load_grid(words.grid, plan)
    say_if_first_run()
    history = run_history(Source(words.embedded, words.synthetic), *grid_plans(plan, grid))
    where = Where(words.cluster, words.workers)
    if grid.bootstrap is not None:
        from seawall.app.resampling import run_resampled

        with _bar() as watch:
            _tell(run_resampled(plan, grid, history, where, words.limit, metric, watch), metric, words.as_json)
        return
    with _bar() as watch:
        swept = run_sweep(plan, grid, history, where, words.limit, watch)
    found = sweep_luck(swept, metric, history)
    trials = in_order(swept.trials, metric)
    totals = {"lanes": swept.lanes, "found": swept.found, "ran": swept.ran, "failed": swept.failed}
    if words.as_json:
        print_json(sweep_record(swept.name, totals, trials, metric, swept.counts, found))
    else:
        print_sweep(swept.name, totals, trials, metric, swept.counts, found)
    if swept.trials and swept.failed == len(swept.trials) and not swept.defects:
        raise InputError(f"every lane failed ({trials[0].reason}): change the grid or the plan")
    if swept.failed:
        raise typer.Exit(1)


def _tell(done: "Resampled", metric: str, as_json: bool) -> None:
    """Show a sweep over drawn histories; its exit code is that of a plain one."""
    from seawall.report.history_tables import print_resampled, resampled_record

    totals = {"runs": done.lanes, "found": done.found, "ran": done.ran, "failed": done.failed}
    if as_json:
        print_json(resampled_record(done.name, totals, done.sets, metric, (done.bootstrap, done.counts)))
    else:
        print_resampled(done.name, totals, done.sets, metric, (done.bootstrap, done.counts), done.reasons)
    if done.failed and done.failed == done.found + done.ran and not done.defects:
        raise InputError(f"every lane failed ({next(iter(done.reasons))}): change the grid or the plan")
    if done.failed:
        raise typer.Exit(1)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing in a log. Ctrl-C is told what is kept."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = TextColumn("lanes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*parts, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("lanes", total=None)
        try:
            yield lambda done, total: progress.update(task, completed=done, total=total)
        except KeyboardInterrupt:
            sys.stderr.write("stopped: finished lanes are registered, the same command goes on with the others\n")
            raise
