"""`seawall breakeven`: where the book breaks even, every root with its status."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, AsOf, BookPath, MarketPath, book_and_market, print_json, say_if_first_run

EXAMPLES = (
    "Examples: seawall breakeven demo | seawall breakeven demo --factor ETH | seawall breakeven my.book.yaml --json"
)

Factor = Annotated[str | None, typer.Option("--factor", metavar="NAME", help="One underlying; else all of the book's.")]


def run(
    book: BookPath, market: MarketPath = None, asof: AsOf = None, factor: Factor = None, as_json: AsJson = False
) -> None:
    """Find break-evens in price at expiry and today, in implied vol, over time, and on the spot x vol x time grid."""
    say_if_first_run()
    loaded, state = book_and_market(book, market, asof)
    from seawall.ledger.breakeven import break_evens, price_factors

    factors = price_factors(loaded.book) if factor is None else (factor,)
    found = tuple(break_evens(loaded.book, state, name) for name in factors)
    if as_json:
        from seawall.report.records import break_even_record

        print_json(
            {"book": loaded.book.name, "as_of": state.now.isoformat(), "factors": [break_even_record(b) for b in found]}
        )
    else:
        from seawall.report.tables import print_break_evens

        for one in found:
            print_break_evens(one)
