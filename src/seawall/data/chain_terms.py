"""The published VIX examples: two expiries called near and next, whose minutes stand in a table beside the chain."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

from seawall.core.clock import close_instant, open_instant, third_friday
from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.data.chain_rows import Reading, chains_of, numbers, usable
from seawall.market.chain import Chain

QUOTES: Final = ("strike", "call_bid", "call_ask", "put_bid", "put_ask")
DEFAULT_YEAR: Final = 2014
MAX_BYTES: Final = 100_000


def is_terms(names: Sequence[str]) -> bool:
    """True for the columns of a published example."""
    return {"term", *QUOTES} <= {name.lower() for name in names}


def read_terms(raw: pl.DataFrame, names: Sequence[str], reading: Reading) -> list[Chain]:
    """The chain of an example. The near expiry is set on an October third Friday, at the opening; the next on a close.

    The minutes come from the row of a file ``*_params.csv`` beside it whose ``example`` is in the name of the chain.
    Dates are ours and say so; only the minutes enter the index. Raises ``InputError`` without that file.
    """
    example, near, following = _minutes(reading)
    year = int(example) if example.isdigit() and 1990 <= int(example) <= 2030 else DEFAULT_YEAR
    first = third_friday(year, 10)
    as_of = open_instant(first) - dt.timedelta(minutes=near)
    second = (as_of + dt.timedelta(minutes=following)).date()
    try:
        exact = as_of + dt.timedelta(minutes=following) == close_instant(second)
    except DomainError:
        exact = False
    if not exact:
        raise reading.error(f"{near} and {following} minutes are not an opening and a close of two sessions: add dates")
    reading.notes.append(f"dates are ours ({first}, {second}): the example states minutes to settlement only")
    reading.origin = Origin.SYNTHETIC
    frame = raw.rename(dict(zip(raw.columns, [name.lower() for name in names], strict=False)))
    term = pl.col("term").str.strip_chars().str.to_lowercase()
    expiry = pl.when(term == "near").then(pl.lit(first)).when(term == "next").then(pl.lit(second))
    root = pl.when(term == "near").then(pl.lit("SPX")).otherwise(pl.lit("SPXW"))
    sides = [
        frame.select(
            expiry.alias("expiry"), root.alias("root"), pl.lit(right).alias("right"), "strike",
            pl.col(f"{side}_bid").alias("bid"), pl.col(f"{side}_ask").alias("ask"),
            pl.lit(as_of).dt.convert_time_zone("UTC").alias("as_of"), pl.lit("SPX").alias("underlying"),
        )
        for side, right in (("call", 1.0), ("put", -1.0))
    ]  # fmt: skip
    return chains_of(usable(numbers(pl.concat(sides), reading), reading), reading)


def _minutes(reading: Reading) -> tuple[str, int, int]:
    for path in sorted(reading.path.parent.glob("*_params.csv"))[:20]:
        if path.stat().st_size > MAX_BYTES:
            continue
        table = pl.read_csv(path, infer_schema=False)
        if not {"example", "near_minutes", "next_minutes"} <= set(table.columns):
            continue
        for row in table.iter_rows(named=True):
            example, near, following = (str(row[n]) for n in ("example", "near_minutes", "next_minutes"))
            if example in reading.path.stem.split("_") and near.isdigit() and following.isdigit():
                return example, int(near), int(following)
    raise reading.error("expiries are called near and next without dates: give a column `expiry` and one `date`")
