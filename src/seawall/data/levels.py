"""A small table of dated numbers beside a chain: published index closes, or futures by expiry."""

import datetime as dt
import math
from pathlib import Path
from typing import Final

import polars as pl

from seawall.core.errors import InputError
from seawall.data.chain_dialects import days_of
from seawall.data.chain_rows import Reading

MAX_BYTES: Final = 16 * 1024 * 1024
DAYS: Final = ("date", "expiry", "expiration", "day", "session", "settlement_date")
LEVELS: Final = ("close", "settle", "settlement", "vix", "price", "value", "level", "spot")


def read_levels(path: Path) -> dict[dt.date, float]:
    """Dates and numbers of a CSV with a column of dates and one of closes or settlements, under their usual names.

    Raises ``InputError`` naming the file, the line where there is one, and what is expected.
    """
    reading = Reading(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise reading.error(f"more than {MAX_BYTES:,} bytes: cut it to the days needed")
        table = pl.read_csv(path.read_bytes(), infer_schema=False, truncate_ragged_lines=True)
    except (OSError, ValueError) as fault:
        raise InputError(f"{path} cannot be read ({type(fault).__name__}): check the path") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise reading.error("not a table: give a CSV with the columns date and close") from None
    names = {name.strip().lower(): name for name in table.columns}
    day = next((names[name] for name in DAYS if name in names), None)
    level = next((names[name] for name in LEVELS if name in names), None)
    if day is None or level is None:
        raise reading.error(
            f"no column of dates or none of levels (found: {', '.join(names)}): name them date and close"
        )
    told = days_of(table[day], reading)
    found = {}
    for line, (text, shown) in enumerate(zip(table[day].to_list(), table[level].to_list(), strict=True), start=2):
        if text not in told:
            raise reading.error(f"{text!r} is not a date: write it as 2018-02-02", line)
        try:
            value = float(shown or "")
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value > 0.0:
            found[told[text]] = value
    return found
