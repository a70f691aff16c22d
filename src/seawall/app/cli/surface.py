"""`seawall surface`: a chain's implied volatilities without arbitrage."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.app.cli.vix import ChainDay, ChainPath

EXAMPLES = (
    "Examples: seawall surface chain.csv | seawall surface chains.parquet --asof 2026-06-16 --json | "
    "seawall surface chain.csv --strict --html out/surface.html"
)
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a surface that keeps arbitrage, rather than mark it.")]


def run(
    chain: ChainPath, asof: ChainDay = None, strict: Strict = False, as_json: AsJson = False, html: HtmlPath = None
) -> None:
    """Fit every expiry without butterfly or calendar arbitrage, and say which share of the quotes is met."""
    say_if_first_run()
    from seawall.data.chains import pick
    from seawall.market.cleaning import clean
    from seawall.market.parity import parity
    from seawall.market.repeats import repeats
    from seawall.market.surface_fit import fit_surface
    from seawall.report.surface_tables import Cleaned, print_surface, surface_record

    chains = chains_named(chain)
    picked = pick(chains, day_of(asof) if asof else None)
    repeat = next((one.reason for one in repeats(chains) if one.session == picked.session), "")
    kept, report = clean(picked)
    found = fit_surface(kept, parity(kept), strict=strict)
    about = Cleaned(picked.underlying, picked.as_of, picked.spot, dict(report.dropped), picked.assumptions(), repeat)
    if html is not None:
        from seawall.report.surface_page import surface_page

        write_page(html, surface_page(found, about))
    if as_json:
        print_json(surface_record(found, about))
    else:
        print_surface(found, about)
