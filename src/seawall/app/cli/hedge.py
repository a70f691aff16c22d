"""`seawall hedge`: the state and why, what VIX reaches, tickets a person can place, and the book before and after."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import (
    AsJson,
    AsOf,
    BookPath,
    HtmlPath,
    MarketPath,
    book_and_market,
    chains_named,
    print_json,
    say_if_first_run,
    write_page,
)

EXAMPLES = (
    "Examples: seawall hedge demo | seawall hedge my.book.yaml --policy alvh --json | "
    "seawall hedge my.book.yaml --policy my.policy.yaml --export ibkr --out basket.csv"
)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the verb takes."""

    book: BookPath
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY", help="A shipped policy (`seawall policy list`) or a file.")
    ] = "seed"
    market: MarketPath = None
    asof: AsOf = None
    chain: Annotated[
        str | None,
        typer.Option("--chain", metavar="CHAIN", help="SPX chain to sell condors on; else the store's, or modelled."),
    ] = None
    vix_chain: Annotated[
        str | None,
        typer.Option("--vix-chain", metavar="CHAIN", help="VIX chain to buy calls on; else the store's, or modelled."),
    ] = None
    export: Annotated[
        str | None, typer.Option("--export", metavar="FORMAT", help="tastytrade, ibkr, deribit or ccxt; with --out.")
    ] = None
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the export goes.")] = None
    as_json: AsJson = False
    html: HtmlPath = None
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Also every input, note of a source, and how scenarios were made.")
    ] = False


@gathered(Options)
def run(given: Options) -> None:
    """Let a policy decide on a book: layers, sizes under budgets, reasons. It never sends an order."""
    say_if_first_run()
    from seawall.app.decide import decide, quotes_on
    from seawall.data.days import known_history
    from seawall.data.orders import checked_export, exported
    from seawall.data.policies import policy_named
    from seawall.data.store_chains import session_chains

    target = checked_export(given.export, given.out)
    policy = policy_named(given.policy)
    loaded, state = book_and_market(given.book, given.market, given.asof)
    history = known_history()
    spx = chains_named(given.chain) if given.chain is not None else session_chains("SPX", state.now)
    vix = chains_named(given.vix_chain) if given.vix_chain is not None else session_chains("VIX", state.now)
    plan = decide(loaded.book, state, history, policy, quotes_on(state, policy, spx, vix))
    if target is not None:
        write_page(target.path, exported(plan.tickets, target.form))
    if given.html is not None:
        from seawall.report.page import hedge_page

        write_page(given.html, hedge_page(plan))
    if given.as_json:
        from seawall.report.hedge_records import hedge_record

        print_json(hedge_record(plan))
    else:
        from seawall.report.hedge_tables import print_hedge

        print_hedge(plan, given.verbose)
