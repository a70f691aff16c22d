"""`seawall gex`: dealers' gamma out of a chain's open interest."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.app.cli.vix import ChainDay, ChainPath
from seawall.core.errors import InputError

EXAMPLES = (
    "Examples: seawall gex chain.csv | seawall gex chains.parquet --asof 2026-06-16 --json | "
    "seawall gex chain.csv --convention all_short --html out/gex.html"
)
Side = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Sign read first: naive or all_short. All are always shown."),
]
Size = Annotated[float, typer.Option("--multiplier", metavar="UNITS", help="Units of the underlying a contract.")]


def run(
    chain: ChainPath,
    asof: ChainDay = None,
    convention: Side = "naive",
    multiplier: Size = 100.0,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> None:
    """Show dealers' gamma by strike, expiry and spot, zero levels, vanna and charm, under every sign convention."""
    if not 0.0 < multiplier < 1e6:
        raise InputError(f"--multiplier must be from 0 to 1,000,000, was {multiplier}: SPX and VIX options have 100")
    say_if_first_run()
    from seawall.app.dealers import dealers_of
    from seawall.report.dealer_tables import dealer_record, print_dealers

    one = dealers_of(chains_named(chain), day_of(asof) if asof else None, convention, multiplier)
    if html is not None:
        from seawall.report.dealer_page import dealer_page

        write_page(html, dealer_page(one.found, one.notes, one.repeat))
    if as_json:
        print_json(dealer_record(one.found, one.notes, one.repeat))
    else:
        print_dealers(one.found, one.notes, one.repeat)
