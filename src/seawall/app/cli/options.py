"""Options that several verbs share, and how they are read."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.data.books import LoadedBook
    from seawall.market.chain import Chain
    from seawall.market.state import State

BookPath = Annotated[str, typer.Argument(metavar="BOOK", help="Book file (YAML or JSON), or the word `demo`.")]
MarketPath = Annotated[
    Path | None, typer.Option("--market", metavar="FILE", help="Market file; else the one the book names.")
]
AsOf = Annotated[str | None, typer.Option("--asof", metavar="DATE", help="Market of a session (store, else embedded).")]
Embedded = Annotated[bool, typer.Option("--embedded", help="Run on the embedded data, whatever the store holds.")]
Synthetic = Annotated[
    int | None, typer.Option("--synthetic", metavar="SEED", min=0, help="Run on a synthetic market, labelled so.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
HtmlPath = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a self-contained page.")]


def day_of(text: str) -> dt.date:
    """A date such as 2018-02-02; raises ``InputError``."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a date: write it as 2018-02-02") from None


def book_and_market(book: str, market: Path | None, asof: str | None) -> tuple["LoadedBook", "State"]:
    """The book a user named, and the market: `--market`, else `--asof`, else the one in the book."""
    from seawall.data.books import loaded_state

    state = market_named(market, asof)
    loaded = book_only(book)
    return loaded, loaded_state(loaded, state)


def market_named(market: Path | None, asof: str | None) -> "State | None":
    """The market of `--market` or `--asof`; None when neither is given, ``InputError`` when both are."""
    if market is not None and asof is not None:
        raise InputError("--market and --asof both name a market: give one of them")
    if market is not None:
        from seawall.data.markets import load_market

        return load_market(market)
    if asof is None:
        return None
    from seawall.data.days import known_history, market_of

    return market_of(known_history(), day_of(asof))


def book_only(book: str) -> "LoadedBook":
    """The book a user named, or the example."""
    from seawall.data.books import load_book

    return load_book(demo_book() if book == "demo" else Path(book))


def chains_named(name: str) -> "list[Chain]":
    """Chains of a file, or, where no such file exists, of an underlying in the store; raises ``InputError``."""
    from seawall.data.chains import load_chains

    path = Path(name)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return load_chains(path)
    from seawall.data.store import Store
    from seawall.data.store_file import store_path

    if store_path().is_file():
        with Store.open(read_only=True) as store:
            return store.chains(name.upper())
    raise InputError(f"{name} does not exist, and there is no store to look for it in: `seawall data import` a chain")


def demo_book() -> Path:
    """The example book that ships with the package."""
    from importlib.resources import files

    return Path(str(files("seawall.data"))) / "examples" / "eve.book.yaml"


def say_if_first_run(log: bool = False) -> None:
    """One line on a terminal, with ``log`` in a log too, when the kernels have yet to be compiled on this machine."""
    from seawall.kernels.compiled import FIRST_RUN

    if FIRST_RUN and (log or sys.stderr.isatty()):
        sys.stderr.write("compiling the kernels, once: a minute or two\n")
        sys.stderr.flush()


def print_json(content: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_page(path: Path, page: str) -> None:
    """Write a page whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        draft.write_text(page, encoding="utf-8")
        draft.replace(path)
    except OSError as fault:
        raise InputError(f"{path} cannot be written ({fault.strerror}): choose another place") from None
