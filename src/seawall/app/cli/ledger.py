"""`seawall ledger`: every position in the same columns."""

from seawall.app.cli.options import (
    AsJson,
    AsOf,
    BookPath,
    HtmlPath,
    MarketPath,
    book_and_market,
    print_json,
    say_if_first_run,
    write_page,
)

EXAMPLES = (
    "Examples: seawall ledger demo | seawall ledger my.book.yaml --json | seawall ledger demo --html out/ledger.html"
)


def run(
    book: BookPath, market: MarketPath = None, asof: AsOf = None, as_json: AsJson = False, html: HtmlPath = None
) -> None:
    """Show one ledger for condors, pools, perps and VIX hedges: greeks, carry, rent, break-even vol, worst case."""
    say_if_first_run()
    loaded, state = book_and_market(book, market, asof)
    from seawall.ledger.exposure import ledger

    table = ledger(loaded.book, state)
    if html is not None:
        from seawall.ledger.breakeven import break_evens, price_factors
        from seawall.report.page import ledger_page

        found = tuple(break_evens(loaded.book, state, factor) for factor in price_factors(loaded.book))
        write_page(html, ledger_page(table, found))
    if as_json:
        from seawall.report.records import ledger_record

        print_json(ledger_record(table))
    else:
        from seawall.report.tables import print_ledger

        print_ledger(table)
