"""Funding rates of perpetuals: one stamp every few hours, or a daily mean of them.

A file that quotes percent (0.01 for the zero-premium 0.01 % per 8 h) is told from one in decimals by its median.
"""

import re
from typing import Final

import numpy as np
import polars as pl

from seawall.core.errors import InputError
from seawall.data.files.batch import Batch, Funding
from seawall.data.files.reading import (
    DATE_NAMES,
    MINUTES_PER_DAY,
    Hints,
    Reader,
    checked_name,
    interval_minutes,
    read_columns,
    words_of,
)
from seawall.data.files.tabular import Table, date_column
from seawall.data.publication import Known, known_at

RATE_NAMES: Final = ("funding_rate", "fundingrate", "funding_mean", "funding", "rate", "last_funding_rate", "value")
INTERVALS: Final = (60.0, 240.0, 480.0)
COINS: Final = frozenset(
    (
        "BTC", "XBT", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "TRX", "LINK", "AVAX", "LTC", "BCH", "DOT", "MATIC",
        "POL", "ARB", "OP", "SUI", "HYPE", "NEAR", "ATOM", "UNI", "AAVE",
    )
)  # fmt: skip
"""Coins whose name in a file's name is taken as what the file is about."""

PERCENT_FROM: Final = 1e-3
"""Median of the non-zero rates above which a file is in percent: 8 h rates in decimals are about 1e-4."""


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for funding rates, or None."""
    dates = date_column(table, hints.dates, DATE_NAMES)
    if dates is None or not table.titled:
        return None
    said = any("funding" in name for name in table.keys)
    place = table.column(*RATE_NAMES)
    minutes = interval_minutes(dates.read(table.frame))
    if place is None or place == dates.column:
        return None
    stamps = dates.read(table.frame).drop_nulls()
    on_the_hour = stamps.len() > 2 and bool((stamps.dt.minute() == 0).mean() == 1.0)
    if not said and (minutes not in INTERVALS or table.width != 2 or not on_the_hour or table.keys[place] != "value"):
        return None
    head = read_columns(table.frame, dates, [place], table.style).values[0]
    moved = np.abs(head[np.isfinite(head) & (head != 0.0)])
    if not said and moved.size and float(np.median(moved)) > 1.0:
        return None
    percent = bool(moved.size) and float(np.median(moved)) > PERCENT_FROM
    instrument = _instrument(table, hints)
    daily = minutes >= MINUTES_PER_DAY
    scale = 0.01 if percent else 1.0
    notes = ("in percent: divided by 100",) if percent else ()

    def read(frame: pl.DataFrame) -> Batch:
        got = read_columns(frame, dates, [place], table.style)
        kept = np.isfinite(got.values[0])
        at = got.at[kept].astype("datetime64[s]").astype("datetime64[us]")
        known = known_at(Known("day_end", minutes=5), at) if daily else None
        hours = 8.0 if daily else minutes / 60.0
        tables = (Funding(instrument, at, scale * got.values[0][kept], hours, known),) if kept.any() else ()
        source = "exchange funding, daily mean" if daily else "exchange funding"
        return Batch(
            source=source, format="funding", funding=tables, rejected=got.rejected, rows=frame.height,
            absent=got.absent, notes=notes,
        )  # fmt: skip

    return read


def _instrument(table: Table, hints: Hints) -> str:
    if hints.series:
        return checked_name(hints.series)
    place = table.column("symbol", "instrument", "coin")
    if place is not None:
        names = table.cells(place).drop_nulls().unique().to_list()
        if len(names) == 1:
            return checked_name(names[0])
        raise InputError(f"{table.name} holds funding of several instruments: split it, one file each")
    words = [re.sub(r"(USDT|USDC|USD|PERP)$", "", word) for word in words_of(table.name)]
    words = [word for word in words if word in COINS]
    if not words:
        raise InputError(f"{table.name} is funding that does not say of what: name it with --as BTC")
    return checked_name(words[0])
