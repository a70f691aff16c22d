"""`seawall lp`: one page on a liquidity position, or its replay on real swaps."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.lp_swaps import SwapWords, check_no_swap_words, ranges_of, replay_swaps, show
from seawall.app.cli.options import (
    AsJson,
    AsOf,
    HtmlPath,
    MarketPath,
    book_and_market,
    chains_named,
    day_of,
    print_json,
    say_if_first_run,
    write_page,
)
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.instruments.base import Position
    from seawall.ledger.lp_hedge import HedgeWishes
    from seawall.market.state import State
    from seawall.report.lp_parts import LpPart, LpSection

EXAMPLES = (
    "Examples: seawall lp demo | seawall lp my.book.yaml --only 'ETH/USD v3 range' --json | "
    "seawall lp demo --html out/lp.html | "
    "seawall lp my.book.yaml --swaps 2023-08-1*.minute.csv --pool USDC:6/WETH:18 --fee 0.0005 --quote USDC"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a user says: each field is an argument or an option."""

    position: Annotated[
        str,
        typer.Argument(metavar="POSITION", help="Book file whose pools are read, `demo`; with --swaps also a CSV."),
    ]
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", hidden=True)] = None
    only: Annotated[str | None, typer.Option("--only", metavar="LABEL", help="One position; else every pool.")] = None
    market: MarketPath = None
    asof: AsOf = None
    chain: Annotated[
        str | None, typer.Option("--chain", metavar="CHAIN", help="Hedge in the options of this chain; else modelled.")
    ] = None
    expiry: Annotated[
        str | None, typer.Option("--expiry", metavar="DATE", help="Expiry of the hedge; else the nearest to 30 days.")
    ] = None
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="USD", help="Most premium: least shortfall for it.")
    ] = None
    lot: Annotated[
        float | None, typer.Option("--lot", metavar="UNITS", help="Whole contracts of so many of the asset.")
    ] = None
    swaps: Annotated[
        list[Path] | None, typer.Option("--swaps", metavar="FILE...", help="Replay on minute or tick files of a pool.")
    ] = None
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="POOL", help="Its tokens and decimals: USDC:6/WETH:18.")
    ] = None
    fee: Annotated[
        float | None, typer.Option("--fee", metavar="SHARE", help="Its swap fee, 0.0005; else the book's.")
    ] = None
    quote: Annotated[str | None, typer.Option("--quote", metavar="TOKEN", help="Its dollar-like token.")] = None
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="Re-centre: hold, exit, time:24h or band:0.5.")
    ] = "hold"
    gas: Annotated[
        float, typer.Option("--gas", metavar="USD", help="Gas of a mint, of a burn; twice to re-centre.")
    ] = 0.0
    swap_rate: Annotated[
        float, typer.Option("--swap-rate", metavar="SHARE", help="Fee and impact of the swap when re-centring.")
    ] = 0.0
    hedge_every: Annotated[
        int, typer.Option("--hedge-every", metavar="MARKS", help="Delta hedge by a perp every so many marks.")
    ] = 0
    hedge_cost_bps: Annotated[float, typer.Option("--hedge-cost-bps", help="Cost of what the hedge trades.")] = 0.0
    funding: Annotated[float, typer.Option("--funding", metavar="RATE", help="Funding a year, 0.10 = 10 %.")] = 0.0
    mark_seconds: Annotated[int, typer.Option("--mark-seconds", min=0, help="Seconds between marks.")] = 60
    block_seconds: Annotated[float, typer.Option("--block-seconds", help="Block time of the chain.")] = 12.0
    vol: Annotated[float | None, typer.Option("--vol", help="For the model LVR, 0.8; else the realised one.")] = None
    as_json: AsJson = False
    html: HtmlPath = None


@gathered(Words)
def run(words: Words) -> None:
    """Read a liquidity position: range, rent against fees, break-even vol, hedges; with --swaps replay real swaps."""
    if words.more and not words.swaps:
        raise InputError(f"{words.more[0]} stands alone: name one position file; files of swaps follow --swaps")
    say_if_first_run()
    if words.swaps:
        _replay(words)
    else:
        _read(words)


def _replay(words: Words) -> None:
    given = SwapWords(
        (*(words.swaps or ()), *(words.more or ())), words.pool, words.fee, words.quote, words.rule, words.gas,
        words.swap_rate, words.hedge_every, words.hedge_cost_bps, words.funding, words.mark_seconds,
        words.block_seconds, words.vol,
    )  # fmt: skip
    if words.chain or words.budget or words.lot or words.expiry:
        raise InputError("--chain, --expiry, --budget and --lot are for the reading: leave --swaps out, or them")
    path = Path(words.position)
    if path.suffix.lower() == ".csv":
        if words.only:
            raise InputError("--only picks a position of a book: a CSV is replayed whole")
        show(replay_swaps(path, given), as_json=words.as_json, html=words.html)
        return
    from seawall.data.books import load_book
    from seawall.ledger.lp_reading import pool_positions

    if words.position == "demo":
        raise InputError(
            "the demo book has no pool on a chain: give your own book, or a CSV of label,low,high,deposit_usd"
        )
    positions = pool_positions(load_book(path).book.positions, words.only)
    show(replay_swaps(ranges_of(positions, words.rule), given), as_json=words.as_json, html=words.html)


def _read(words: Words) -> None:
    check_no_swap_words(words.pool, words.rule, words.hedge_every)
    loaded, state = book_and_market(words.position, words.market, words.asof)
    from seawall.ledger.lp_reading import pool_positions
    from seawall.report.lp_tables import lp_record, print_lp

    name = loaded.book.name
    held = pool_positions(loaded.book.positions, words.only)
    wishes = _wishes(words, held)
    parts = tuple(_part(one, state, wishes) for one in held)
    if words.html is not None:
        from seawall.report.lp_page import lp_page

        write_page(words.html, lp_page(name, parts, state))
    if words.as_json:
        print_json(lp_record(name, parts, state))
    else:
        print_lp(name, parts)


def _wishes(words: Words, held: "tuple[Position, ...]") -> "HedgeWishes":
    """The quotes and terms of the hedge; quotes of one asset cannot hedge another."""
    from seawall.ledger.lp_hedge import HedgeWishes
    from seawall.market.listed import expiry_near, listed_quotes

    if words.chain is None:
        if words.expiry is not None:
            raise InputError("--expiry is one of a chain: give --chain")
        return HedgeWishes(None, words.lot or 1.0, words.lot is not None, words.budget)
    chain = chains_named(words.chain)[-1]
    if other := next((one.instrument.factor for one in held if one.instrument.factor != chain.underlying), None):
        raise InputError(f"{words.chain} has options on {chain.underlying}, the pool is in {other}: pick with --only")
    expiry, root = expiry_near(chain, None if words.expiry is None else day_of(words.expiry))
    return HedgeWishes(listed_quotes(chain, expiry, root), words.lot or 1.0, words.lot is not None, words.budget)


def _part(held: "Position", state: "State", wishes: "HedgeWishes") -> "LpPart":
    """A reading with the sections whose input was given."""
    from seawall.core.errors import MissingDataError
    from seawall.ledger.lp_hedge import lp_hedge
    from seawall.ledger.lp_reading import read_position
    from seawall.ledger.lp_results import results_of
    from seawall.ledger.rent_split import rent_split_of
    from seawall.report.lp_parts import LpPart
    from seawall.report.lp_sections import hedge_section, rent_section, results_section

    reading = read_position(held, state)
    sections: list[LpSection] = []
    if reading.exposure.gamma_usd != 0.0 and (split := rent_split_of(held, state)) is not None:
        sections.append(rent_section(split))
    with suppress(MissingDataError):  # without an entry price there are no results, and nothing is shown
        sections.append(results_section(results_of(held, state)))
    sections.append(hedge_section(lp_hedge(held, state, wishes)))
    return LpPart(reading, tuple(sections))
