"""`seawall hedge`: the regime, the tickets, and the ledger before and after."""

from seawall.app.cli.options import AsJson, AsOf, BookPath, MarketPath, book_and_market, print_json, say_if_first_run

EXAMPLES = "Examples: seawall hedge demo | seawall hedge my.book.yaml --market today.market.yaml --json"


def run(book: BookPath, market: MarketPath = None, asof: AsOf = None, as_json: AsJson = False) -> None:
    """Size the baseline ALVH (4:4:2 VIX calls at 30, 110, 220 days) for a book, and say which rule asked for what."""
    say_if_first_run()
    loaded, state = book_and_market(book, market, asof)
    from seawall.app.decide import decide
    from seawall.data.days import known_history

    plan = decide(loaded.book, state, known_history())
    if as_json:
        from seawall.report.records import hedge_record

        print_json(hedge_record(plan))
    else:
        from seawall.report.tables import print_hedge

        print_hedge(plan)
