"""`seawall replay`: what an event did, or would do, to a book, cause by cause."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seawall.app.cli.events import is_range, moves_of, sessions_of
from seawall.app.cli.gather import gathered
from seawall.app.cli.options import (
    AsJson,
    AsOf,
    HtmlPath,
    MarketPath,
    book_and_market,
    book_only,
    print_json,
    say_if_first_run,
    write_page,
)
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    import datetime as dt

    from seawall.data.books import LoadedBook
    from seawall.ledger.attribution import BookAttribution
    from seawall.market.event_path import EventPath
    from seawall.market.history import History
    from seawall.market.state import State

EXAMPLES = (
    "Examples: seawall replay demo 2018-02-05 | "
    'seawall replay demo "spx=-0.05,eth=-0.3,vol=+20,days=1" --json | '
    "seawall replay demo 2018-02-02..2018-02-06 --html out/replay.html | "
    "seawall replay demo 2020-03 --html out/2020-03.html | seawall replay demo 2018-02-05 --mode path | "
    "seawall replay demo --mode analog --horizon 10 | seawall replay demo 2008-10 --mode tenor | seawall replay --list"
)
MODES: Final = ("path", "analog", "tenor")
K: Final = 10
HORIZON: Final = 21


def _option(name: str, words: str, metavar: str = "NUMBER") -> Any:
    return typer.Option(name, metavar=metavar, help=words)


@dataclass(frozen=True)
class Asked:
    """The command line of the verb."""

    book: Annotated[str | None, typer.Argument(metavar="[BOOK]", help="Book file, or the word `demo`.")] = None
    event: Annotated[
        str | None,
        typer.Argument(
            metavar="[EVENT]", help="An event or shock by name, moves such as spx=-0.05,vol=+20, or FROM..TO sessions."
        ),
    ] = None
    mode: Annotated[
        str | None,
        _option(
            "--mode", "path: the event's moves on today's book; analog: days like it; tenor: hedges moved.", "NAME"
        ),
    ] = None
    horizon: Annotated[int | None, _option("--horizon", "analog: sessions that follow (21).")] = None
    k: Annotated[int | None, _option("--k", "analog: how many days (10).")] = None
    catalogue: Annotated[bool, typer.Option("--list", help="Events of the catalogue, and what covers them.")] = False
    market: MarketPath = None
    asof: AsOf = None
    days: Annotated[float | None, _option("--days", "Calendar days a named shock or moves take (1).")] = None
    as_json: AsJson = False
    html: HtmlPath = None


@gathered(Asked)
def run(asked: Asked) -> None:
    """Split the P&L of a book in an event into its causes, day by day, with margin, actions and each hedge layer."""
    _check(asked)
    if asked.catalogue:
        _catalogue(asked)
        return
    if asked.book is None:
        raise InputError("name a book file or `demo`, then an event: see `seawall replay --list`")
    say_if_first_run()
    mode = asked.mode or _mode_of(asked.event)
    if mode == "analog":
        _analog(asked, asked.book)
    elif asked.event is None:
        raise InputError("name an event after the book: `seawall replay --list` shows them")
    elif mode is None:
        _causes(asked, asked.book, asked.event)
    elif mode == "path":
        _path(asked, asked.book, asked.event)
    else:
        _tenor(asked, asked.book, asked.event)


def _check(asked: Asked) -> None:
    if asked.mode is not None and asked.mode not in MODES:
        raise UnknownParameterError(f"no mode {asked.mode!r}: there are {', '.join(MODES)}")
    if asked.mode != "analog" and (asked.horizon is not None or asked.k is not None):
        raise InputError("--horizon and --k belong to --mode analog: add it, or leave them out")
    if asked.days is not None and asked.days < 0.0:
        raise InputError(f"--days must not be negative, was {asked.days:g}: time runs forward")
    if asked.event is not None and asked.mode is not None:
        if "=" in asked.event:
            raise InputError("moves are one step: leave out --mode, or name an event or FROM..TO sessions")
        if asked.days is not None:
            raise InputError("--days is for a shock in one step: an event takes its own sessions")


def _mode_of(event: str | None) -> str | None:
    """`path` for an event of the catalogue that is no shock of one step; None for what is split in causes at once."""
    from seawall.app.replays import goes_by_days

    return "path" if event is not None and goes_by_days(event) else None


def _catalogue(asked: Asked) -> None:
    from seawall.data.days import known_history
    from seawall.data.event_catalogue import EVENTS
    from seawall.data.event_paths import covered
    from seawall.report.event_list import catalogue_page, catalogue_record, print_catalogue

    history = known_history(["SPX", "VIX", "ETH", "BTC", "ETH_US_CLOSE", "BTC_US_CLOSE"])
    rows = [(event, covered(history, event)) for event in EVENTS]
    if asked.html is not None:
        write_page(asked.html, catalogue_page(rows))
    if asked.as_json:
        print_json(catalogue_record(rows))
    else:
        print_catalogue(rows)


def _causes(asked: Asked, book: str, event: str) -> None:
    found = _range(asked, book, event) if is_range(event) else _shock(asked, book, event)
    if asked.html is not None:
        from seawall.report.attribution_page import attribution_page

        write_page(asked.html, attribution_page(found))
    if asked.as_json:
        from seawall.report.attribution_tables import attribution_record

        print_json(attribution_record(found))
    else:
        from seawall.report.attribution_tables import print_attribution

        print_attribution(found)


def _shock(asked: Asked, book: str, event: str) -> "BookAttribution":
    from dataclasses import replace

    from seawall.data.event_catalogue import BY_NAME
    from seawall.ledger.attribution import attribute

    loaded, state = book_and_market(book, asked.market, asked.asof)
    name, moves = moves_of(event, state, 1.0 if asked.days is None else asked.days)
    found = attribute(loaded.book, state, state.view(moves), name)
    more = (f"one step; --mode path takes {event} session by session",) if event in BY_NAME else ()
    return replace(found, notes=(*more, *state.assumptions()))


def _range(asked: Asked, book: str, event: str) -> "BookAttribution":
    from dataclasses import replace

    from seawall.data.days import known_history, market_of
    from seawall.ledger.attribution import attribute_path

    if asked.market is not None or asked.asof is not None:
        raise InputError("a range of sessions takes its markets from the history: leave out --market and --asof")
    loaded = book_only(book)
    history = known_history()
    states = [market_of(history, day) for day in sessions_of(event)]
    found = attribute_path(loaded.book, states, event)
    return replace(found, notes=(*found.notes, *states[0].assumptions()))


def _given(asked: Asked, book: str, event: str) -> "tuple[LoadedBook, State, History, EventPath]":
    from seawall.app.replays import path_of
    from seawall.data.days import known_history

    days = _sessions(event)
    loaded, state = book_and_market(book, asked.market, asked.asof)
    history = known_history()
    return loaded, state, history, path_of(history, event, days)


def _sessions(event: str) -> "tuple[dt.date, ...] | None":
    return tuple(sessions_of(event)) if is_range(event) else None


def _path(asked: Asked, book: str, event: str) -> None:
    from seawall.app.replays import replayed
    from seawall.report.replay_page import event_page
    from seawall.report.replay_tables import print_replay, replay_record

    loaded, state, history, path = _given(asked, book, event)
    found = replayed(loaded.book, state, history, path)
    if asked.html is not None:
        write_page(asked.html, event_page(found))
    if asked.as_json:
        print_json(replay_record(found))
    else:
        print_replay(found)


def _tenor(asked: Asked, book: str, event: str) -> None:
    from seawall.report.replay_variants import tenor_page
    from seawall.report.variant_tables import print_tenor, tenor_record
    from seawall.sim.tenor import tenor_table

    loaded, state, _, path = _given(asked, book, event)
    rows = tenor_table(loaded.book, state, path)
    if asked.html is not None:
        write_page(asked.html, tenor_page(loaded.book.name, path, rows))
    if asked.as_json:
        print_json(tenor_record(loaded.book.name, path, rows))
    else:
        print_tenor(loaded.book.name, path, rows)


def _analog(asked: Asked, book: str) -> None:
    from seawall.app.replays import analog, eve_of
    from seawall.data.days import known_history
    from seawall.report.replay_variants import analog_page
    from seawall.report.variant_tables import analog_record, print_analog

    eve = eve_of(asked.event, None if asked.event is None else _sessions(asked.event))
    loaded, state = book_and_market(book, asked.market, asked.asof)
    size = (K if asked.k is None else asked.k, HORIZON if asked.horizon is None else asked.horizon)
    found = analog(loaded.book, state, known_history(), eve, size)
    if asked.html is not None:
        write_page(asked.html, analog_page(found))
    if asked.as_json:
        print_json(analog_record(found))
    else:
        print_analog(found)
