"""`seawall serve`: the desk in a browser, and its REST API."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.app.service.desk import Desk

EXAMPLES = (
    "Examples: seawall serve | seawall serve --book my.book.yaml --port 9000 --no-open | "
    "SEAWALL_TOKEN=... seawall serve --host 0.0.0.0 --name desk.example.org"
)

Books = Annotated[
    list[Path] | None, typer.Option("--book", metavar="FILE", help="Open this book too; saved in place. Repeatable.")
]
Port = Annotated[int, typer.Option(metavar="N", help="Port; 0 takes a free one.")]
Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on; beyond loopback SEAWALL_TOKEN.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="HOST", help="Host name a browser may use, of a proxy. Repeatable."),
]
Place = Annotated[
    Path | None, typer.Option("--workspace", metavar="DIR", help="Folder of saved books; else the user's state folder.")
]
Watched = Annotated[
    Path | None, typer.Option("--monitor", metavar="CONFIG", help="Run this monitor too, on its books and beside them.")
]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")]


def run(
    book: Books = None,
    port: Port = 8765,
    host: Host = "127.0.0.1",
    name: Names = None,
    workspace: Place = None,
    open_browser: Open = False,
    monitor: Watched = None,
) -> None:
    """Open the desk: books, ledger, scenarios and signals in a browser, and a REST API under /api/v1."""
    if importlib.util.find_spec("nicegui") is None:
        raise InputError("the desk needs the extra `app`: pip install 'seawall[app]'")
    from seawall.app.server.run import default_workspace, serve
    from seawall.app.server.settings import Settings, token_of
    from seawall.app.service.books import DEMO

    folder = (workspace or default_workspace()).expanduser()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give --workspace a folder")
    settings = Settings(host, port, tuple(name or ()), token_of(), folder)
    if monitor is not None:
        from seawall.app.monitor.config import check_config

        check_config(monitor)

    def opened() -> "tuple[Desk, str]":
        made = _desk(folder, tuple(book or ()), monitor)
        return made, next((one.id for one in made.workspace.list() if one.kind == "file"), DEMO)

    serve(opened, settings, open_browser)


def _desk(folder: Path, books: tuple[Path, ...], monitor: Path | None) -> "Desk":
    """A desk with its books and, where one is asked for, its monitor; raises a ``SeawallError``."""
    from seawall.app.service.books import Workspace
    from seawall.app.service.desk import Desk

    if monitor is None:
        return Desk(Workspace(folder, books))
    from seawall.app.monitor.config import load_config
    from seawall.app.monitor.engine import Monitor

    config = load_config(monitor)
    named = [one for one in config.books if one is not None]
    named += [one for one in books if one.resolve() not in named]
    return Desk(Workspace(folder, tuple(named)), monitor=Monitor(config))
