"""Tables of open positions from users: side, size, entry, and leverage, collateral or liquidation price."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from seawall.core.errors import InputError
from seawall.data.files.numbers import is_absent, read_numbers
from seawall.data.files.tabular import LINE, Table, rows_of, sniff
from seawall.sim.crowd import Rows
from seawall.sim.waterfall_state import Array

COLUMNS: Final = {
    "size": ("size", "quantity", "units", "coins", "position", "szi"),
    "entry": ("entry", "entry_price", "entrypx", "average_entry"),
    "leverage": ("leverage",),
    "collateral": ("collateral", "collateral_usd", "margin", "isolated_margin"),
    "liquidation": ("liquidation_price", "liquidation", "liq_price", "liquidationpx"),
}
SIDE: Final = ("side", "direction")
ACCOUNT: Final = ("account", "account_id", "user", "address", "id")
LONG: Final = ("long", "buy", "bid", "b", "1", "+1", "l")
SHORT: Final = ("short", "sell", "ask", "a", "-1", "s")
MOST_ROWS: Final = 5_000_000


def read_crowd(path: Path) -> Rows:
    """Positions of a CSV file; cells that are empty or say they hold nothing are unknown.

    Without a ``side`` column a negative size is short. Raises ``InputError`` with file and line for a cell that is no
    number or no side, and for a file without a size column.
    """
    try:
        table = sniff(path.name, path)
        frame = pl.concat(list(rows_of(table, path)))
    except OSError as fault:
        raise InputError(f"{path} cannot be read ({fault.strerror}): give a CSV file of positions") from None
    if frame.height > MOST_ROWS:
        raise InputError(f"{path.name} has {frame.height:,} rows, more than {MOST_ROWS:,}: sum them by price first")
    found = {name: _numbers(table, frame, names, path.name) for name, names in COLUMNS.items()}
    if table.column(*COLUMNS["size"]) is None:
        raise InputError(f"{path.name} has no `size` column (it has: {', '.join(table.keys)}): name it in the header")
    size, side = found["size"], _sides(table, frame, path.name)
    if side is None:
        side = np.where(size == 0.0, np.nan, np.sign(size))
        size = np.abs(size)
    line = frame[LINE].to_numpy().astype(np.int64)
    return Rows(
        side, size, found["entry"], found["leverage"], found["collateral"], found["liquidation"],
        _accounts(table, frame), line, path.name,
    )  # fmt: skip


def _numbers(table: Table, frame: pl.DataFrame, names: tuple[str, ...], name: str) -> Array:
    place = table.column(*names)
    if place is None:
        return np.full(frame.height, np.nan)
    cells = frame[str(place)]
    values = read_numbers(cells, table.style)
    wrong = values.is_null() & ~is_absent(cells) & cells.is_not_null() & (cells.str.strip_chars() != "")
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise InputError(
            f"{name}:{frame[LINE][row]}: `{names[0]}` {cells[row]!r} is not a number: leave out what is unknown"
        )
    return values.fill_null(float("nan")).to_numpy().astype(np.float64)


def _sides(table: Table, frame: pl.DataFrame, name: str) -> Array | None:
    place = table.column(*SIDE)
    if place is None:
        return None
    cells = frame[str(place)]
    words = cells.str.strip_chars().str.to_lowercase()
    side = np.full(frame.height, np.nan)
    side[words.is_in(LONG).fill_null(False).to_numpy()] = 1.0
    side[words.is_in(SHORT).fill_null(False).to_numpy()] = -1.0
    absent = (is_absent(cells) | cells.is_null() | (words == "").fill_null(False)).to_numpy()
    wrong = np.isnan(side) & ~absent
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{name}:{frame[LINE][row]}: `side` {cells[row]!r} is neither long nor short: write one of them"
        )
    return side


def _accounts(table: Table, frame: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    place = table.column(*ACCOUNT)
    if place is None:
        return np.arange(frame.height, dtype=np.int64)
    return frame[str(place)].fill_null("").rank("dense").to_numpy().astype(np.int64)
