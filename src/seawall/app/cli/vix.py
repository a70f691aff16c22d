"""`seawall vix`: the index out of an option chain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError, SeawallError

if TYPE_CHECKING:
    import datetime as dt

    from seawall.market.chain import Chain
    from seawall.report.chain_tables import IndexDay

EXAMPLES = (
    "Examples: seawall vix chain.csv | seawall vix chains.parquet --asof 2026-06-16 --json | "
    "seawall vix chains.parquet --published VIX_History.csv"
)
ChainPath = Annotated[
    str, typer.Argument(metavar="CHAIN", help="Cboe quotes (CSV), a table as CSV or Parquet, or SPX from the store.")
]
ChainDay = Annotated[str | None, typer.Option("--asof", metavar="DATE", help="Day of a file that holds several.")]
Published = Annotated[
    Path | None,
    typer.Option("--published", metavar="FILE", help="Published closes to compare with: a CSV, or a chain of VIX."),
]
Rates = Annotated[
    str | None,
    typer.Option("--rates", metavar="NEAR[,NEXT]", help="Continuous interest rates, 0.04 = 4 %; else those of parity."),
]


def run(
    chain: ChainPath,
    asof: ChainDay = None,
    published: Published = None,
    rates: Rates = None,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> None:
    """Compute VIX from a chain by the exchange's rules: two Friday expiries around thirty days, the strip of each."""
    say_if_first_run()
    from seawall.data.chains import pick
    from seawall.market.repeats import repeats
    from seawall.report.chain_tables import index_record, print_index

    given = _rates(rates)
    wanted = day_of(asof) if asof else None
    closes = _closes(published) if published else {}
    chains = chains_named(chain)
    copies = {one.session: one.reason for one in repeats(chains)}
    if wanted is not None or len(chains) == 1:
        chains = [pick(chains, wanted)]
    days = [_day(one, given, closes, copies) for one in chains]
    read = [day for day in days if day.reading is not None]
    if not read:
        raise InputError(days[0].fault)
    day = ([one for one in read if not one.repeat] or read)[-1]
    if html is not None:
        from seawall.report.chain_pages import index_page

        write_page(html, index_page(day, days))
    if as_json:
        print_json(index_record(day, days))
    else:
        print_index(day, days)


def _day(
    chain: "Chain", rates: tuple[float, float] | None, closes: "dict[dt.date, float]", copies: "dict[dt.date, str]"
) -> "IndexDay":
    from seawall.market.index import vix_of
    from seawall.report.chain_tables import IndexDay

    session = chain.session
    try:
        reading, fault = vix_of(chain, rates), ""
    except SeawallError as failed:
        reading, fault = None, f"{chain.source}: {failed}"
    return IndexDay(session, reading, fault, closes.get(session), copies.get(session, ""))


def _closes(path: Path) -> "dict[dt.date, float]":
    """Published closes: a table of them, or the spot of VIX in a chain of its options."""
    from seawall.data.chains import is_parquet, load_chains
    from seawall.data.levels import read_levels

    if not is_parquet(path):
        return read_levels(path)
    chains = load_chains(path)
    if other := next((one.underlying for one in chains if one.underlying != "VIX"), None):
        raise InputError(f"{path.name} is a chain of {other}: published closes are in a CSV, or a chain of VIX")
    return {one.session: one.spot for one in chains}


def _rates(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(-0.5 < number < 0.5 for number in numbers):
        raise InputError(f"--rates {text!r} is not one or two rates between -0.5 and 0.5: write 0.04 or 0.040,0.041")
    return numbers[0], numbers[-1]
