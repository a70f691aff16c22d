"""`seawall parity`: what put-call parity says of a chain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.app.cli.vix import ChainDay, ChainPath
from seawall.core.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    from seawall.market.chain import Chain

EXAMPLES = (
    "Examples: seawall parity chain.csv | seawall parity chains.parquet --asof 2026-06-16 --json | "
    "seawall parity vix_chain.csv --futures settlements.csv --fee 1.10"
)
Fee = Annotated[float, typer.Option("--fee", metavar="USD", help="Commission and fees per option contract and leg.")]
ForwardCost = Annotated[
    float, typer.Option("--forward-cost", metavar="POINTS", help="Half the spread of the forward or future.")
]
Futures = Annotated[
    Path | None, typer.Option("--futures", metavar="FILE", help="CSV of futures: the columns expiry and settle.")
]


def run(
    chain: ChainPath,
    asof: ChainDay = None,
    futures: Futures = None,
    fee: Fee = 0.65,
    forward_cost: ForwardCost = 0.05,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> None:
    """Forward, discount and rate of every expiry, and conversions, reversals and boxes beyond bid, ask and costs."""
    if not (0.0 <= fee < 1000.0 and 0.0 <= forward_cost < 1000.0):
        raise InputError(f"costs must be from 0 to 1,000, were --fee {fee} and --forward-cost {forward_cost}")
    say_if_first_run()
    from seawall.data.chains import pick
    from seawall.data.levels import read_levels
    from seawall.market.repeats import repeats
    from seawall.market.scan import Costs, scan
    from seawall.report.chain_tables import parity_record, print_parity

    wanted = day_of(asof) if asof else None
    chains = chains_named(chain)
    picked = pick(chains, wanted)
    repeat = next((one.reason for one in repeats(chains) if one.session == picked.session), "")
    settlements = read_levels(futures) if futures else _stored_futures(picked)
    found = scan(picked, Costs(option_usd=fee, forward_points=forward_cost), settlements)
    if html is not None:
        from seawall.report.chain_pages import parity_page

        write_page(html, parity_page(found, repeat))
    if as_json:
        print_json(parity_record(found, repeat))
    else:
        print_parity(found, repeat)


def _stored_futures(chain: "Chain") -> "dict[dt.date, float] | None":
    """Settlements of VIX futures on the chain's session, where the store has them."""
    if chain.underlying != "VIX":
        return None
    from seawall.core.clock import is_session
    from seawall.data.days import futures_of, known_history, market_time

    if not is_session(chain.session):
        return None
    return futures_of(known_history(), chain.session, market_time(chain.session))[0] or None
