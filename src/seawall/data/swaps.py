"""Files of a pool's minutes or events as one stream of flows, with every contradiction named by file and line.

Minutes are demeter's, events demeter-fetch's: every swap, mint and burn. Files are given in order of time, each once.
Nothing is repaired: rows out of order, repeated, impossible or of other tokens stop the reading; gaps are counted.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import InputError
from seawall.data.swap_rows import AMOUNT_END, LIQUIDITY_END, Block, Floats, blocks_of
from seawall.kernels.uniswap3_ticks import MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK
from seawall.market.flow import INVERSE, LOG, ROOT, TICK, Flow, PoolTerms

MICRO: Final = 1_000_000
MINUTE: Final = 60 * MICRO
Q96: Final = 2.0**96
WRONG_BY: Final = 10.0
"""Price over the expected one from which something must be wrong with tokens or decimals."""
NEAR: Final = math.log(3.0)
"""How near a corrected price must come to the expected one, in ln P, for the remedy to be told."""
JUDGED: Final = 20
"""Rows with a trade needed to judge amounts against ticks."""


def expected_price(price: float, expected: float, terms: PoolTerms, where: str) -> None:
    """Raise InputError where a price is far from what the user's range says, naming what would explain it."""
    off = math.log(price / expected)
    if abs(off) < math.log(WRONG_BY):
        return
    base, quote = terms.symbols
    fact = f"{where}: the price is {price:.6g} {quote} per {base}, the range is around {expected:.6g}"
    if abs(math.log(price * expected)) < NEAR:
        raise InputError(f"{fact}: the tokens are swapped round, name the other one as quote or in the other order")
    digits = round(off / math.log(10.0))
    if abs(off - digits * math.log(10.0)) < NEAR / 2.0 and digits:
        raise InputError(f"{fact}, off by 10^{digits}: check the decimals of {terms.token0} and {terms.token1}")
    inverse = -math.log(price * expected) / math.log(10.0)
    if abs(inverse - round(inverse)) < NEAR / 2.0 / math.log(10.0):
        raise InputError(f"{fact}: check which token is the quote, and the decimals of both")
    raise InputError(f"{fact}: check the pool, the quote token and the range")


class SwapReader:
    """Iterates over the flows of files; carries from row to row and file to file what the next one starts from.

    ``expected``: a price the positions are around, to tell swapped tokens and wrong decimals; None skips that check.
    Raises InputError while iterating.
    """

    __slots__ = ("at", "bar", "expected", "key", "liquidity", "paths", "step", "terms", "value", "where")

    def __init__(self, paths: Sequence[Path], terms: PoolTerms, expected: float | None = None) -> None:
        if not paths:
            raise InputError("no file of swaps: name at least one")
        self.paths, self.terms, self.expected = tuple(paths), terms, expected
        self.at, self.where, self.step = -(1 << 62), "", MINUTE
        self.bar: int | None = None
        self.key = (-1.0, -1.0)
        self.value = self.liquidity = math.nan  # the last close tick, or raw square-root price, and liquidity

    def __iter__(self) -> Iterator[Flow]:
        kind, judged = "", 0
        for path in self.paths:
            for block in blocks_of(path):
                if kind and block.kind != kind:
                    raise InputError(f"{path.name} holds {block.kind}s, {self.paths[0].name} {kind}s: give one kind")
                kind = block.kind
                self._in_order(block)
                _possible(block)
                if not judged:
                    judged = _right_tokens(block)
                fresh = math.isnan(self.value)
                flow = self._minutes(block) if kind == "minute" else self._ticks(block)
                if fresh and self.expected is not None and flow.at.size:
                    expected_price(
                        float(flow.start[0] ** 2), self.expected, self.terms, f"{path.name} line {block.line}"
                    )
                yield flow
        if math.isnan(self.value):
            raise InputError(f"{self.paths[0].name} holds no row with a price: fetch it again")

    def _in_order(self, block: Block) -> None:
        """Instants, and for events block and log index, must rise across files."""
        before = np.concatenate([[self.at], block.at[:-1]])
        first = f" (after {self.where})" if self.where else ""
        block.refuse(block.at < before, f"goes back in time{first}: give rows and files in order of time, each once")
        if block.kind == "minute":
            block.refuse(block.at == before, f"this minute was there before{first}: give each file and row once")
        else:
            number, index = block.columns["block_number"], block.columns["log_index"]
            before_number = np.concatenate([[self.key[0]], number[:-1]])
            before_index = np.concatenate([[self.key[1]], index[:-1]])
            same = number == before_number
            block.refuse(same & (index == before_index), f"repeats an event{first}: give each file and row once")
            late = (number < before_number) | (same & (index < before_index))
            block.refuse(late, f"block or log index goes back{first}: give rows and files in order of the chain")
            self.key = (float(number[-1]), float(index[-1]))
        self.at = int(block.at[-1])
        self.where = f"{block.path.name} line {block.line + block.at.size - 1}"

    def _minutes(self, block: Block) -> Flow:
        terms, cells = self.terms, block.columns
        close = cells["close_tick"]
        before = np.concatenate([[cells["open_tick"][0] if math.isnan(self.value) else self.value], close[:-1]])
        lowest, highest = np.minimum(cells["lowest_tick"], before), np.maximum(cells["highest_tick"], before)
        # some files close a bar a tick or more outside its own low and high: the close counts as touched, and is told
        ends = [terms.log_at_tick(np.minimum(lowest, close)), terms.log_at_tick(np.maximum(highest, close) + 1.0)]
        into, out = (
            self._amounts([cells["in_amount0"], cells["in_amount1"]]),
            self._amounts([cells["in_amount0"] - cells["net_amount0"], cells["in_amount1"] - cells["net_amount1"]]),
        )
        self.value = float(close[-1])
        return Flow(
            model="pro_rata",
            at=block.at,
            start=np.exp(0.5 * terms.log_at_tick(before)),
            end=np.exp(0.5 * terms.log_at_tick(close)),
            coordinate=np.full(close.size, LOG, np.int64),
            low=np.minimum(*ends),
            high=np.maximum(*ends),
            base_in=into[0],
            quote_in=into[1],
            base_out=out[0],
            quote_out=out[1],
            liquidity=cells["liquidity"] * terms.unit,
            gaps=self._missing(block),
            odd=int(np.sum((close < cells["lowest_tick"]) | (close > cells["highest_tick"]))),
            until=int(block.at[-1]) + self.step,
        )

    def _missing(self, block: Block) -> int:
        """Bars missing inside a block and before it; the shortest step of the first block is the length of a bar."""
        steps = np.diff(block.at) if self.bar is None else np.diff(block.at, prepend=self.bar)
        if self.bar is None and steps.size:
            self.step = int(np.min(steps))
        self.bar = int(block.at[-1])
        return int(np.sum(np.maximum(steps // self.step - 1, 0)))

    def _amounts(self, raw: Sequence[Floats]) -> tuple[Floats, Floats]:
        """Base and quote in whole tokens from token0 and token1."""
        terms = self.terms
        whole = (raw[0] * 10.0**-terms.decimals0, raw[1] * 10.0**-terms.decimals1)
        return (whole[1], whole[0]) if terms.quote == 0 else whole

    def _ticks(self, block: Block) -> Flow:
        """Swaps of a block from the state each found; the very first priced event only sets that state."""
        cells = block.columns
        priced = ~np.isnan(cells["sqrt_price_x96"])
        price, liquidity = (_carried(cells[name], last) for name, last in
                            (("sqrt_price_x96", self.value), ("total_liquidity", self.liquidity)))  # fmt: skip
        before, depth = (np.concatenate([[last], column[:-1]]) for column, last in
                         ((price, self.value), (liquidity, self.liquidity)))  # fmt: skip
        rows = block.swap & ~np.isnan(before) & ~np.isnan(depth)
        self.value, self.liquidity = float(price[-1]), float(liquidity[-1])
        base, quote = self._amounts([cells["amount0"][rows], cells["amount1"][rows]])
        start, end = self.terms.root(before[rows] / Q96), self.terms.root(price[rows] / Q96)
        rising = end > start if not rows.any() else np.where(end == start, quote > 0.0, end > start)
        against = np.where(rising, quote <= 0.0, base <= 0.0) & (end != start)
        wrong = np.zeros(block.at.size, np.bool_)
        wrong[np.flatnonzero(rows)[against]] = True
        block.refuse(
            wrong, "the price moves against the amounts: a row is missing before it, or the tokens are swapped"
        )
        ends = np.where(rising, start, -1.0 / start), np.where(rising, end, -1.0 / end)
        pool, crossed = self._depth((depth[rows], liquidity[rows]), np.where(rising, quote, base), ends[1] - ends[0])
        block.refuse(_spread(rows, pool <= 0.0), "a swap met no liquidity: rows are missing, fetch the file again")
        return Flow(
            model="swap_by_swap",
            at=block.at[rows],
            start=start,
            end=end,
            coordinate=np.where(rising, ROOT, INVERSE).astype(np.int64),
            low=np.minimum(*ends),
            high=np.maximum(*ends),
            base_in=np.maximum(base, 0.0),
            quote_in=np.maximum(quote, 0.0),
            base_out=np.maximum(-base, 0.0),
            quote_out=np.maximum(-quote, 0.0),
            liquidity=pool,
            until=int(block.at[-1]),
            crossed=int(np.sum(crossed)),
            other=int(np.sum(priced & ~block.swap)),
        )

    def _depth(self, known: tuple[Floats, Floats], paid: Floats, moved: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Liquidity over each swap, and which crossed ticks: those take the mean over the path, input over interval."""
        unit = self.terms.unit
        before, after, moved = known[0] * unit, known[1] * unit, np.abs(moved)
        crossed = before != after
        with np.errstate(divide="ignore", invalid="ignore"):
            path = (1.0 - self.terms.fee) * paid / moved
        ends_mean = 0.5 * (before + after)
        # a price that hardly moved says nothing of the path
        told = np.isfinite(path) & (path > 0.01 * ends_mean) & (path < 100.0 * ends_mean)
        return np.where(crossed, np.where(told, path, ends_mean), before), crossed


def _spread(rows: NDArray[np.bool_], bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
    whole = np.zeros(rows.size, np.bool_)
    whole[np.flatnonzero(rows)[bad]] = True
    return whole


def _carried(column: Floats, last: float) -> Floats:
    """The column with its gaps filled by the value before."""
    known = ~np.isnan(column)
    place = np.maximum.accumulate(np.where(known, np.arange(column.size), -1))
    return np.where(place >= 0, column[np.maximum(place, 0)], last)


def _possible(block: Block) -> None:
    """Refuse numbers no pool can have."""
    cells = block.columns
    for name, column in cells.items():
        # a comparison with an empty cell is false
        if "amount" in name:
            block.refuse(np.abs(column) >= AMOUNT_END, f"{name} exceeds 127 bits: the column is shifted or broken")
        if "tick" in name:
            bad = (column < MIN_TICK) | (column > MAX_TICK)
            block.refuse(bad, f"{name} is outside {MIN_TICK} .. {MAX_TICK}: the column is shifted or broken")
        if "liquidity" in name:
            block.refuse(column < 0.0, f"{name} is negative: the column is shifted or broken")
            block.refuse(column >= LIQUIDITY_END, f"{name} exceeds 128 bits: the column is shifted or broken")
    if block.kind == "minute":
        _possible_minutes(block)
    else:
        _possible_swaps(block)


def _possible_minutes(block: Block) -> None:
    cells = block.columns
    for name in ("in_amount0", "in_amount1"):
        block.refuse(cells[name] < 0.0, f"{name} is negative: what came in cannot be")
    for token in "01":
        more = cells[f"net_amount{token}"] > cells[f"in_amount{token}"] * (1.0 + 1e-12)
        block.refuse(more, f"net_amount{token} exceeds in_amount{token}: the columns contradict each other")
    block.refuse(cells["lowest_tick"] > cells["highest_tick"], "the lowest tick is above the highest: swap the columns")
    traded = (cells["in_amount0"] > 0.0) | (cells["in_amount1"] > 0.0)
    block.refuse(
        traded & (cells["liquidity"] == 0.0), "traded with zero liquidity: the pool was empty, or the row broken"
    )


def _possible_swaps(block: Block) -> None:
    cells, swap = block.columns, block.swap
    price, first, second = (cells[name] for name in ("sqrt_price_x96", "amount0", "amount1"))
    outside = (price < float(MIN_SQRT_PRICE)) | (price >= float(MAX_SQRT_PRICE))
    block.refuse(outside, "sqrtPriceX96 is outside the contract's bounds: the column is shifted or broken")
    with np.errstate(invalid="ignore"):
        exact = 2.0 * np.log(price / Q96) / TICK
        off = (exact < cells["tick"] - 1e-6) | (exact > cells["tick"] + 1.0 + 1e-6)
        same_side = swap & ((first * second > 0.0) | ((first == 0.0) & (second == 0.0)))
    block.refuse(off, "sqrtPriceX96 and current_tick contradict each other: the columns are mixed up")
    block.refuse(same_side, "both amounts of a swap have one sign, or are zero: one token comes in, the other goes out")


def _right_tokens(block: Block) -> int:
    """Refuse amounts whose ratio is the inverse of the ticks' price; how many rows said so."""
    minute = block.kind == "minute"
    names = ("net_amount0", "net_amount1", "close_tick") if minute else ("amount0", "amount1", "tick")
    first, second, tick = (np.where(block.swap, block.columns[name], 0.0) for name in names)
    told = (first * second < 0.0) & (np.abs(first) > 1e3) & (np.abs(second) > 1e3)
    if np.sum(told) < JUDGED:
        return 0
    off = float(np.median(np.log(-second[told] / first[told]) - tick[told] * TICK))
    if abs(off) > 1.0:
        raise InputError(
            f"{block.path.name}: amounts trade at {math.exp(min(abs(off), 700.0)):.3g} times the price of the ticks: "
            "token0 and token1 are swapped round, or the columns mixed up"
        )
    return int(np.sum(told))
