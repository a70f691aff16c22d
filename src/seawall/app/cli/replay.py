"""`seawall replay`: what an event did, or would do, to a book, cause by cause."""

from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.events import is_range, moves_of, sessions_of
from seawall.app.cli.options import (
    AsJson,
    AsOf,
    BookPath,
    HtmlPath,
    MarketPath,
    book_and_market,
    book_only,
    print_json,
    say_if_first_run,
    write_page,
)
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from seawall.ledger.attribution import BookAttribution

EXAMPLES = (
    "Examples: seawall replay demo 2018-02-05 | "
    'seawall replay demo "spx=-0.05,eth=-0.3,vol=+20,days=1" --json | '
    "seawall replay demo 2018-02-02..2018-02-06 --html out/replay.html"
)

EventText = Annotated[
    str, typer.Argument(metavar="EVENT", help="A named shock, moves such as spx=-0.05,vol=+20, or FROM..TO sessions.")
]
Days = Annotated[float, typer.Option("--days", min=0.0, help="Calendar days a named shock or moves take.")]


def run(
    book: BookPath,
    event: EventText,
    market: MarketPath = None,
    asof: AsOf = None,
    days: Days = 1.0,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> None:
    """Split the P&L of a book in an event into carry, theta, delta, gamma, vega, funding, fees, and what is left."""
    say_if_first_run()
    found = _range(book, event, market, asof) if is_range(event) else _shock(book, event, market, asof, days)
    if html is not None:
        from seawall.report.attribution_page import attribution_page

        write_page(html, attribution_page(found))
    if as_json:
        from seawall.report.attribution_tables import attribution_record

        print_json(attribution_record(found))
    else:
        from seawall.report.attribution_tables import print_attribution

        print_attribution(found)


def _shock(book: str, event: str, market: "Path | None", asof: str | None, days: float) -> "BookAttribution":
    from dataclasses import replace

    from seawall.ledger.attribution import attribute

    loaded, state = book_and_market(book, market, asof)
    name, moves = moves_of(event, state, days)
    found = attribute(loaded.book, state, state.view(moves), name)
    return replace(found, notes=tuple(state.assumptions()))


def _range(book: str, event: str, market: "Path | None", asof: str | None) -> "BookAttribution":
    from dataclasses import replace

    from seawall.data.days import known_history, market_of
    from seawall.ledger.attribution import attribute_path

    if market is not None or asof is not None:
        raise InputError("a range of sessions takes its markets from the history: leave out --market and --asof")
    loaded = book_only(book)
    history = known_history()
    states = [market_of(history, day) for day in sessions_of(event)]
    found = attribute_path(loaded.book, states, event)
    return replace(found, notes=(*found.notes, *states[0].assumptions()))
