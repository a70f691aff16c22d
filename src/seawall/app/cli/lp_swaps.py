"""`seawall lp POSITION --swaps FILE...`: a replay of the positions on real swaps, shown as the user asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.instruments.base import Position
    from seawall.market.flow import Flow, PoolTerms
    from seawall.sim.lp_result import LpReplay
    from seawall.sim.lp_rules import LpPlan, Range


@dataclass(frozen=True, slots=True)
class SwapWords:
    """What the verb's options say about a replay; numbers are checked where they are used.

    ``gas``: dollars of a mint and of a burn each. ``hedge_every``: marks between adjustments of the perp, 0 for no
    hedge. ``vol``: per root of a year, None for the realised one.
    """

    files: tuple[Path, ...]
    pool: str | None = None
    fee: float | None = None
    quote: str | None = None
    rule: str = "hold"
    gas: float = 0.0
    swap_rate: float = 0.0
    hedge_every: int = 0
    hedge_cost_bps: float = 0.0
    funding: float = 0.0
    mark_seconds: int = 60
    block_seconds: float = 12.0
    vol: float | None = None


def check_no_swap_words(pool: str | None, rule: str, hedge_every: int) -> None:
    """Raise InputError for options that mean nothing without swaps."""
    if pool is not None or rule != "hold" or hedge_every:
        raise InputError("--pool, --rule and --hedge-every are for a replay: add --swaps FILE")


def terms_of(pool: str, fee: float, quote: str) -> "PoolTerms":
    """Terms of a pool written TOKEN0:DECIMALS/TOKEN1:DECIMALS in the contract's order, such as USDC:6/WETH:18.

    ``fee`` is a fraction, ``quote`` the symbol of the dollar-like token. Raises InputError, DomainError.
    """
    import re

    from seawall.market.flow import PoolTerms

    found = re.fullmatch(r"([^:/]{1,24}):(\d{1,2})/([^:/]{1,24}):(\d{1,2})", pool.strip())
    if not found:
        raise InputError(f"{pool[:60]!r} is no pool: write token0:decimals/token1:decimals, such as USDC:6/WETH:18")
    if quote not in (found[1], found[3]):
        raise InputError(f"{quote[:24]!r} is no token of {pool}: the quote is {found[1]} or {found[3]}")
    return PoolTerms(found[1], int(found[2]), found[3], int(found[4]), fee, 0 if quote == found[1] else 1)


def ranges_of(positions: "Sequence[Position]", rule: str) -> "tuple[Range, ...]":
    """Ranges of the positions of a book, one for each price range. Raises InputError for pools without one."""
    from seawall.instruments.pool import LiquidityPosition
    from seawall.instruments.pool_shapes import Concentrated, ConstantProduct
    from seawall.sim.lp_rules import HOLD, Range, rule_of

    chosen, found = rule_of(rule), []
    for position in positions:
        held, n = position.instrument, position.quantity
        shape = held.shape if isinstance(held, LiquidityPosition) else None
        if isinstance(shape, ConstantProduct):
            found.append(Range(position.label, None, None, n * shape.liquidity, rule=HOLD))
        elif isinstance(shape, Concentrated):
            several = len(shape.ranges) > 1
            for number, one in enumerate(shape.ranges, 1):
                label = f"{position.label}, range {number}" if several else position.label
                found.append(Range(label, one.low, one.high, n * one.liquidity, rule=chosen))
        else:
            raise InputError(f"{position.label} is a {held.kind}: swaps are replayed on v2 and v3; pick with --only")
    return tuple(found)


def _terms(words: SwapWords) -> "PoolTerms":
    missing = [name for name, value in (("--pool", words.pool), ("--fee", words.fee), ("--quote", words.quote))
               if value is None]  # fmt: skip
    if words.pool is None or words.fee is None or words.quote is None:
        raise InputError(
            f"{missing[0]} is missing: files of swaps do not say which pool they are of, so give "
            "--pool USDC:6/WETH:18 --fee 0.0005 --quote USDC (tokens in the contract's order)"
        )
    return terms_of(words.pool, words.fee, words.quote)


def _plan(ranges: "Sequence[Range]", words: SwapWords) -> "LpPlan":
    from seawall.sim.lp_rules import LpCosts, LpPlan, PerpHedge

    hedge = PerpHedge(words.hedge_every, words.hedge_cost_bps, words.funding) if words.hedge_every else None
    return LpPlan(
        ranges=tuple(ranges),
        costs=LpCosts(words.gas, words.gas, 2.0 * words.gas, words.swap_rate),
        hedge=hedge,
        mark_seconds=words.mark_seconds,
        vol=words.vol,
        block_seconds=words.block_seconds,
    )


def expected_price(positions: "Sequence[Range]") -> float | None:
    """A price the positions are around: the middle one of the geometric middles of their ranges; None for v2 only."""
    middles = sorted(one.low * one.high for one in positions if one.low is not None and one.high is not None)
    return float(middles[len(middles) // 2] ** 0.5) if middles else None


def replay_swaps(ranges: "Sequence[Range] | Path", words: SwapWords) -> "LpReplay":
    """Replay ranges, or a CSV of them, on files of one pool in order of time.

    Raises a SeawallError in one line for anything in the files or the terms that cannot be.
    """
    from seawall.data.lp_positions import load_ranges
    from seawall.data.swaps import SwapReader
    from seawall.sim.lp import replay_positions

    terms = _terms(words)
    chosen = load_ranges(ranges) if isinstance(ranges, Path) else tuple(ranges)
    flow: Iterator[Flow] = iter(SwapReader(words.files, terms, expected_price(chosen)))
    return replay_positions(_plan(chosen, words), _shown(flow), terms)


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
