"""VIX futures as the exchange publishes them, one file a contract: `Trade Date,Futures,Open,...,Settle,...`.

The contract stands in every row ("F (Jan 08)"), so the file's name does not matter. Zero prices mean "no trade". The
close kept is the settlement.
"""

import re
from typing import Final

import numpy as np
import polars as pl

from seawall.data.files.batch import Bars, Batch
from seawall.data.files.reading import Hints, Reader, read_columns, rejected
from seawall.data.files.tabular import Table, date_column

CODES: Final = "FGHJKMNQUVXZ"
_CONTRACT: Final = re.compile(r"^([FGHJKMNQUVXZ])\s*\((\w{3})\s*'?(\d{2}|\d{4})\)$")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS: Final = ("settle", "open", "high", "low", "total_volume", "open_interest")
SOURCE: Final = "CFE"


def contract_series(cell: str) -> str | None:
    """Series of a contract cell: "F (Jan 08)" -> "VX_2008_01"; None when it is none, or code and month differ."""
    found = _CONTRACT.match(cell.strip())
    if not found or found[2].title() not in _MONTHS:
        return None
    month = _MONTHS.index(found[2].title()) + 1
    if CODES.index(found[1]) + 1 != month:
        return None
    year = int(found[3]) if len(found[3]) == 4 else 2000 + int(found[3])
    return f"VX_{year}_{month:02d}"


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for files of a VX contract, or None."""
    contract = table.column("futures")
    places = [table.column(name) for name in _NUMBERS]
    dates = date_column(table, hints.dates, ("trade_date",))
    if contract is None or dates is None or any(place is None for place in places[:4]):
        return None
    known = [place for place in places if place is not None]
    counts = [name for name, place in zip(_NUMBERS[4:], places[4:], strict=True) if place is not None]

    def read(frame: pl.DataFrame) -> Batch:
        got = read_columns(frame, dates, known, table.style, daily=True)
        cells = got.frame[str(contract)].fill_null("")
        unique = cells.unique().to_list()
        told = {cell: contract_series(cell) or "" for cell in unique}
        names = cells.replace_strict(told, return_dtype=pl.String)
        refused = list(got.rejected) + rejected(got.frame, names == "", "not a monthly VX contract")
        settle, *others = (np.where(column == 0.0, np.nan, column) for column in got.values[:4])
        more = dict(zip(counts, got.values[4:], strict=True))
        bars = []
        for name in sorted({name for name in told.values() if name}):
            rows = (names == name).to_numpy() & np.isfinite(settle)
            if rows.any():
                opened, high, low = (column[rows] for column in others)
                traded = more.get("total_volume")
                held = more.get("open_interest")
                bars.append(
                    Bars(
                        name, got.at[rows], settle[rows], opened, high, low,
                        None if traded is None else traded[rows], None if held is None else held[rows],
                    )
                )  # fmt: skip
        absent = int(np.sum(~np.isfinite(settle)))
        notes = ("rows without a settlement (zeros before the first trade) are absent",) if absent else ()
        return Batch(
            source=SOURCE, format="VX contract", bars=tuple(bars), rejected=tuple(refused), rows=frame.height,
            absent=absent, notes=notes,
        )  # fmt: skip

    return read
