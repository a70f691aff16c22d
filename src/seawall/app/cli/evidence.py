"""`seawall evidence`: every claim tested on the data of the store, judged by the rule written down before the run."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.evidence.board import Board

EXAMPLES = (
    "Examples: seawall evidence | seawall evidence H-05 H-11 | seawall evidence --html out/evidence.html | "
    "seawall evidence --quick --json | seawall evidence --docs docs/evidence"
)

Claims = Annotated[list[str] | None, typer.Argument(metavar="[H-xx]...", help="Claims, else the whole board.")]
Quick = Annotated[bool, typer.Option("--quick", help="A tenth of the draws: a look, not a result.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", help="Of every draw; else the house's.")]
Docs = Annotated[
    Path | None, typer.Option("--docs", metavar="DIR", help="Also write the board as text and figures of statistics.")
]


def run(
    claims: Claims = None,
    quick: Quick = False,
    seed: Seed = None,
    as_json: AsJson = False,
    html: HtmlPath = None,
    docs: Docs = None,
) -> None:
    """Test the claims on what the store holds: verdict, effect with interval, episodes, modelled share, trials."""
    if seed is not None and not 0 <= seed < 2**32:
        raise InputError(f"--seed must lie in 0 .. {2**32 - 1}, was {seed}: give another")
    say_if_first_run()
    from seawall.app.evidence import registered, world_of_store
    from seawall.app.evidence_kept import keep
    from seawall.evidence.board import claims_named, run_board
    from seawall.evidence.interval import SEED

    names = claims_named(claims or [])
    with _progress(len(names), as_json) as began:
        began("", "reading the store, and simulating the policies")
        world = world_of_store(names, quick, SEED if seed is None else seed)
        board = run_board(world, names, began, registered())
    keep(board)
    _show(board, as_json, html, docs)


def _show(board: "Board", as_json: bool, html: Path | None, docs: Path | None) -> None:
    from seawall.report.evidence_tables import board_record, print_board

    if html is not None:
        from seawall.report.evidence_page import evidence_page

        write_page(html, evidence_page(board))
    if docs is not None:
        from seawall.report.evidence_docs import documents

        for name, text in documents(board).items():
            write_page(docs / name, text)
    if as_json:
        print_json(board_record(board))
    else:
        print_board(board)


@contextmanager
def _progress(count: int, as_json: bool) -> Iterator[Callable[[str, str], None]]:
    """A bar on the error stream while claims run; nothing where that is no terminal, or with ``--json``."""
    if as_json or not sys.stderr.isatty():
        yield lambda identity, claim: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)
        done = 0

        def began(identity: str, claim: str) -> None:
            nonlocal done
            bar.update(task, completed=max(done - 1, 0), description=f"{identity} {claim[:60]}".strip())
            done += 1

        yield began
