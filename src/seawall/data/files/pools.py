"""Uniswap v3 pools in demeter's formats: minutes with net flows, and every swap, mint and burn.

Integers of the chain (amounts, liquidity, square-root prices up to 2^160) are kept as their decimal digits. Which
pool it is stands in no row, so it comes from the file's name or the user.
"""

import re
from typing import Final

import numpy as np
import polars as pl

from seawall.core.errors import InputError
from seawall.data.files.batch import Batch, PoolRows
from seawall.data.files.reading import Hints, Reader, checked_name, rejected
from seawall.data.files.tabular import DateColumn, Table, date_column

MINUTE: Final = {
    "netamount0": "net_amount0", "netamount1": "net_amount1", "closetick": "close_tick", "opentick": "open_tick",
    "lowesttick": "lowest_tick", "highesttick": "highest_tick", "inamount0": "in_amount0", "inamount1": "in_amount1",
    "currentliquidity": "liquidity",
}  # fmt: skip
TICK: Final = {
    "block_number": "block_number", "pool_log_index": "log_index", "tx_type": "kind", "transaction_hash": "transaction",
    "sender": "sender", "amount0": "amount0", "amount1": "amount1", "total_liquidity": "total_liquidity",
    "total_liquidity_delta": "liquidity_delta", "sqrtpricex96": "sqrt_price_x96", "current_tick": "tick",
    "position_id": "position", "tick_lower": "tick_lower", "tick_upper": "tick_upper", "liquidity": "liquidity",
}  # fmt: skip
WORDS: Final = {"kind": r"^[A-Z]{3,12}$", "transaction": r"^0x[0-9a-f]{64}$", "sender": r"^0x[0-9a-f]{40}$"}
OPTIONAL: Final = frozenset(
    {"position", "tick_lower", "tick_upper", "liquidity", "sender", "tick", "sqrt_price_x96", "amount0", "amount1",
     "liquidity_delta", "total_liquidity"}
)  # fmt: skip
_INTEGER: Final = r"^-?\d{1,78}$"
_POOL: Final = re.compile(r"^(.*?)[_.-](?:ticks?[_.-])?\d{4}-\d{2}-\d{2}")
SOURCE: Final = "chain log"


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for minutes or events of a pool, or None."""
    keys = set(table.keys)
    minute = {"netamount0", "closetick", "currentliquidity"} <= keys
    tick = {"tx_type", "sqrtpricex96", "block_number"} <= keys
    if not minute and not tick:
        return None
    dates = date_column(table, hints.dates, ("timestamp", "block_timestamp"))
    if dates is None:
        raise InputError(f"{table.name} is a pool file without a readable time stamp: fetch it again")
    names = MINUTE if minute else TICK
    places = {ours: table.keys.index(theirs) for theirs, ours in names.items() if theirs in keys}
    pool = _pool(table, hints)

    def read(frame: pl.DataFrame) -> Batch:
        return _read(frame, dates, places, (pool, "minute" if minute else "tick"))

    return read


def _pool(table: Table, hints: Hints) -> str:
    if hints.series:
        return checked_name(hints.series)
    stem = re.split(r"[\\/]", table.name)[-1]
    found = _POOL.match(stem)
    if not found:
        raise InputError(f"{table.name} does not say which pool it is: name it with --as POLYGON_USDC_WETH_005")
    return checked_name(found[1])


def _read(frame: pl.DataFrame, dates: DateColumn, places: dict[str, int], what: tuple[str, str]) -> Batch:
    pool, kind = what
    at = dates.read(frame)
    bad = at.is_null()
    refused = rejected(frame, bad, "the date cannot be read")
    columns: dict[str, pl.Series] = {}
    for name, place in places.items():
        cells = frame[str(place)].fill_null("").str.strip_chars()
        if name not in WORDS:
            cells = cells.str.replace(r"^(-?\d+)\.0+$", "$1")  # pandas writes an integer column with gaps as 199045.0
        fine = cells.str.contains(WORDS.get(name, _INTEGER))
        if name in OPTIONAL:
            fine |= cells == ""
        wrong = ~fine & ~bad
        refused += rejected(frame, wrong, f"{name} is not " + ("a word known here" if name in WORDS else "an integer"))
        bad = bad | wrong
        columns[name] = cells
    kept = ~bad
    texts = {name: cells.filter(kept).replace({"": None}).to_list() for name, cells in columns.items()}
    moments = at.filter(kept).to_numpy().astype("datetime64[us]")
    rows = (PoolRows(pool, kind, np.asarray(moments), texts),) if len(moments) else ()
    return Batch(source=SOURCE, format=f"pool {kind}s", pools=rows, rejected=tuple(refused), rows=frame.height)
