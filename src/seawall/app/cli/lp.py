"""`seawall lp`: one page on a liquidity position."""

from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.options import (
    AsJson,
    AsOf,
    HtmlPath,
    MarketPath,
    book_and_market,
    print_json,
    say_if_first_run,
    write_page,
)

if TYPE_CHECKING:
    from seawall.ledger.lp_reading import LpReading
    from seawall.report.lp_parts import LpPart

EXAMPLES = (
    "Examples: seawall lp demo | seawall lp my.book.yaml --only 'ETH/USD v3 range' --json | "
    "seawall lp demo --html out/lp.html"
)
PositionPath = Annotated[
    str, typer.Argument(metavar="POSITION", help="Book file whose pools are read, or the word `demo`.")
]
Only = Annotated[str | None, typer.Option("--only", metavar="LABEL", help="One position of the book; else every pool.")]


def run(
    position: PositionPath,
    only: Only = None,
    market: MarketPath = None,
    asof: AsOf = None,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> None:
    """Read a liquidity position: range, rent against fees, break-even vol, price of its loss, what VIX can hedge."""
    say_if_first_run()
    loaded, state = book_and_market(position, market, asof)
    from seawall.ledger.lp_reading import pool_positions, read_position
    from seawall.report.lp_tables import lp_record, print_lp

    name = loaded.book.name
    parts = tuple(_part(read_position(held, state)) for held in pool_positions(loaded.book.positions, only))
    if html is not None:
        from seawall.report.lp_page import lp_page

        write_page(html, lp_page(name, parts, state))
    if as_json:
        print_json(lp_record(name, parts, state))
    else:
        print_lp(name, parts)


def _part(reading: "LpReading") -> "LpPart":
    """A reading with the optional sections whose input was given."""
    from seawall.report.lp_parts import LpPart

    return LpPart(reading)
