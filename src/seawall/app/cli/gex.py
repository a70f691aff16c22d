"""`seawall gex`: dealers' gamma out of a chain's open interest."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.app.cli.vix import ChainDay, ChainPath
from seawall.core.errors import InputError, UnknownParameterError

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
    from seawall.data.chains import pick
    from seawall.instruments.dealer import Convention, dealer_book
    from seawall.instruments.dealer_gamma import dealer_gamma
    from seawall.market.cleaning import distinct
    from seawall.market.parity import parity
    from seawall.market.repeats import repeats
    from seawall.report.dealer_tables import dealer_record, print_dealers

    if convention not in (Convention.NAIVE, Convention.ALL_SHORT):
        raise UnknownParameterError(
            f"--convention {convention!r} cannot come first: choose naive or all_short (a file has no signed volume)"
        )
    chains = chains_named(chain)
    picked = pick(chains, day_of(asof) if asof else None)
    repeat = next((one.reason for one in repeats(chains) if one.session == picked.session), "")
    once = picked.take(distinct(picked))
    found = dealer_gamma(dealer_book(once, parity(once), multiplier), Convention(convention))
    notes = [
        *picked.assumptions(),
        *([f"{picked.size - once.size:,} duplicate rows dropped"] * (once.size < picked.size)),
    ]
    if html is not None:
        from seawall.report.dealer_page import dealer_page

        write_page(html, dealer_page(found, notes, repeat))
    if as_json:
        print_json(dealer_record(found, notes, repeat))
    else:
        print_dealers(found, notes, repeat)
