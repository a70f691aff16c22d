"""Daily open interest of perpetuals, one row a symbol and day (`coin_symbol,symbol,date,oi_open,...,oi_close`)."""

import numpy as np
import polars as pl

from seawall.data.files.batch import Bars, Batch
from seawall.data.files.reading import SYMBOL, Hints, Reader, checked_name, read_columns, rejected
from seawall.data.files.tabular import Table, date_column

PRICES = ("oi_close", "oi_open", "oi_high", "oi_low")


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for open interest by symbol, or None."""
    places = [table.column(name) for name in PRICES]
    coin = table.column("coin_symbol", "coin", "symbol")
    dates = date_column(table, hints.dates, ("date",))
    if places[0] is None or coin is None or dates is None:
        return None
    known = [place for place in places if place is not None]
    roles = [name.removeprefix("oi_") for name, place in zip(PRICES, places, strict=True) if place is not None]

    def read(frame: pl.DataFrame) -> Batch:
        got = read_columns(frame, dates, known, table.style, daily=True)
        coins = got.frame[str(coin)].fill_null("").str.strip_chars()
        bad = ~coins.str.contains(SYMBOL.pattern)
        columns = dict(zip(roles, got.values, strict=True))
        bars = []
        for name in coins.filter(~bad).unique(maintain_order=True).to_list():
            rows = (coins == name).to_numpy() & np.isfinite(columns["close"])
            if rows.any():
                taken = {role: column[rows] for role, column in columns.items()}
                bars.append(Bars(f"OI_{checked_name(name)}", got.at[rows], taken.pop("close"), **taken))
        refused = (*got.rejected, *rejected(got.frame, bad, "the symbol is no name"))
        return Batch(
            source="exchange", format="open interest", bars=tuple(bars), rejected=refused, rows=frame.height,
            absent=got.absent,
        )  # fmt: skip

    return read
