"""`seawall ledger`: every position in the same columns."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from seawall.data.books import LoadedBook
    from seawall.market.state import State
    from seawall.sim.cascade_case import CascadeMarket
    from seawall.sim.market_flows import FlowRow

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
    flows = _flows(loaded, state)
    if html is not None:
        from seawall.ledger.breakeven import break_evens, price_factors
        from seawall.report.flow_tables import flows_section
        from seawall.report.page import ledger_page

        found = tuple(break_evens(loaded.book, state, factor) for factor in price_factors(loaded.book))
        write_page(html, ledger_page(table, found, "" if flows is None else flows_section(*flows)))
    if as_json:
        from seawall.report.records import ledger_record

        record = ledger_record(table)
        if flows is not None:
            from seawall.report.flow_tables import flows_record

            record["market_flows"] = flows_record(*flows)
        print_json(record)
    else:
        from seawall.report.tables import print_ledger

        print_ledger(table)
        if flows is not None:
            from seawall.report.flow_tables import print_flows

            print_flows(*flows)


def _flows(loaded: "LoadedBook", state: "State") -> "tuple[CascadeMarket, tuple[FlowRow, ...]] | None":
    """The market-level block of a book that names a cascade file."""
    if loaded.flows is None:
        return None
    from seawall.data.cascade_market import Held, cascade_market
    from seawall.data.cascades import load_cascade
    from seawall.sim.market_flows import market_flows

    market = cascade_market(load_cascade(loaded.flows, {}), Held(loaded, state))
    return market, market_flows(market)
