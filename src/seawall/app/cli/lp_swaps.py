"""What `seawall lp POSITION --swaps FILE...` calls: a replay of the positions on real swaps, shown as the user asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seawall.market.flow import Flow, PoolTerms
    from seawall.sim.lp_result import LpReplay
    from seawall.sim.lp_rules import LpPlan, Range


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the verb's flags say; numbers are checked where they are used.

    ``hedge_every``: marks between adjustments of the perp, 0 for no hedge. ``vol``: per root of a year, None for the
    realised one. ``progress``: a bar on a terminal.
    """

    mint_usd: float = 0.0
    burn_usd: float = 0.0
    recentre_usd: float = 0.0
    swap_rate: float = 0.0
    hedge_every: int = 0
    hedge_cost_bps: float = 0.0
    funding_year: float = 0.0
    mark_seconds: int = 60
    vol: float | None = None
    block_seconds: float = 12.0
    markout_seconds: int = 300
    progress: bool = True


def terms_of(pool: str, fee: float, quote: str) -> "PoolTerms":
    """Terms of a pool written TOKEN0:DECIMALS/TOKEN1:DECIMALS in the contract's order, such as USDC:6/WETH:18.

    ``fee`` is a fraction, ``quote`` the symbol of the dollar-like token. Raises InputError, DomainError.
    """
    import re

    from seawall.core.errors import InputError
    from seawall.market.flow import PoolTerms

    found = re.fullmatch(r"([^:/]{1,24}):(\d{1,2})/([^:/]{1,24}):(\d{1,2})", pool.strip())
    if not found:
        raise InputError(f"{pool[:60]!r} is no pool: write token0:decimals/token1:decimals, such as USDC:6/WETH:18")
    if quote not in (found[1], found[3]):
        raise InputError(f"{quote[:24]!r} is no token of {pool}: the quote is {found[1]} or {found[3]}")
    return PoolTerms(found[1], int(found[2]), found[3], int(found[4]), fee, 0 if quote == found[1] else 1)


def plan_of(positions: "Sequence[Range]", options: ReplayOptions) -> "LpPlan":
    """The plan that flags and positions describe. Raises InputError, DomainError."""
    from seawall.sim.lp_rules import LpCosts, LpPlan, PerpHedge

    hedge = (
        PerpHedge(options.hedge_every, options.hedge_cost_bps, options.funding_year) if options.hedge_every else None
    )
    return LpPlan(
        ranges=tuple(positions),
        costs=LpCosts(options.mint_usd, options.burn_usd, options.recentre_usd, options.swap_rate),
        hedge=hedge,
        mark_seconds=options.mark_seconds,
        vol=options.vol,
        block_seconds=options.block_seconds,
        markout_seconds=options.markout_seconds,
    )


def expected_price(positions: "Sequence[Range]") -> float | None:
    """A price the positions are around: the middle one of the geometric middles of their ranges; None for v2 only."""
    middles = sorted(one.low * one.high for one in positions if one.low is not None and one.high is not None)
    return float(middles[len(middles) // 2] ** 0.5) if middles else None


def replay_swaps(
    positions: "Sequence[Range] | Path",
    swaps: Sequence[Path],
    terms: "PoolTerms",
    options: ReplayOptions | None = None,
) -> "LpReplay":
    """Replay positions, or a CSV of them, on files of one pool in order of time, each given once.

    Raises a SeawallError in one line for anything in the files or the terms that cannot be.
    """
    from seawall.data.lp_positions import load_ranges
    from seawall.data.swaps import SwapReader
    from seawall.sim.lp import replay_positions

    chosen = options or ReplayOptions()
    ranges = load_ranges(positions) if isinstance(positions, Path) else tuple(positions)
    plan = plan_of(ranges, chosen)
    flow: Iterator[Flow] = iter(SwapReader(swaps, terms, expected_price(ranges)))
    return replay_positions(plan, _shown(flow) if chosen.progress else flow, terms)


def _shown(flow: "Iterator[Flow]") -> "Iterator[Flow]":
    """The same batches with a count of rows on a terminal's stderr, from two seconds on."""
    import sys
    import time

    if not sys.stderr.isatty():
        yield from flow
        return
    start, rows, told = time.monotonic(), 0, False
    for batch in flow:
        yield batch
        rows += batch.at.size
        if time.monotonic() - start > 2.0:
            sys.stderr.write(f"\r{rows:,} rows")
            told = True
    if told:
        sys.stderr.write("\r" + " " * 30 + "\r")


def show(replay: "LpReplay", *, as_json: bool = False, html: Path | None = None) -> None:
    """The page if asked for, then one JSON object or the tables."""
    from seawall.app.cli.options import print_json, write_page
    from seawall.report.lp_replay import print_replay, replay_record

    if html is not None:
        from seawall.report.lp_replay_page import replay_page

        write_page(html, replay_page(replay))
    if as_json:
        print_json(replay_record(replay))
    else:
        print_replay(replay)
