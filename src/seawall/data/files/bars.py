"""Bars: a date, a close and at least two of open, high and low; daily or intraday, one symbol or several."""

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.core.errors import InputError
from seawall.data.catalog import entry
from seawall.data.files.batch import Bars, Batch
from seawall.data.files.numbers import read_numbers
from seawall.data.files.reading import (
    DATE_NAMES,
    MINUTES_PER_DAY,
    SYMBOL,
    SYMBOL_NAMES,
    Columns,
    Hints,
    Reader,
    checked_name,
    interval_minutes,
    read_columns,
    rejected,
    series_of,
    words_of,
)
from seawall.data.files.tabular import DateColumn, Table, date_column

NAMES: Final = {
    "open": ("open", "o", "opening", "eroffnung", "eröffnung", "apertura", "ouverture", "откр", "открытие", "abertura"),
    "high": ("high", "h", "max", "hoch", "máximo", "maximo", "massimo", "plus_haut", "макс", "максимум", "tageshoch"),
    "low": ("low", "l", "min", "tief", "mínimo", "minimo", "plus_bas", "мин", "минимум", "tagestief"),
    "close": ("close", "c", "last", "price", "schluss", "schlusskurs", "cierre", "último", "chiusura", "ultimo",
              "clôture", "dernier", "цена", "закрытие", "close_last", "settle", "adj_close"),
    "volume": ("volume", "vol", "volumen", "объём", "объем", "volume_usd", "v"),
}  # fmt: skip
WORKED: Final = ("open", "high", "low", "close", "volume")
QUOTES: Final = ("USDT", "USDC", "BUSD", "USD")
DAILY_MINUTES: Final = 1200


class _Layout(NamedTuple):
    dates: DateColumn
    places: dict[str, int]
    symbol: int | None
    minutes: float


def claim(table: Table, hints: Hints) -> Reader | None:
    """A reader for tables of bars, or None."""
    layout = _layout(table, hints)
    if layout is None:
        return None
    daily = layout.minutes >= DAILY_MINUTES
    notes: tuple[str, ...] = ()
    name = None
    if layout.symbol is None:
        head = read_columns(table.frame, layout.dates, [layout.places["close"]], table.style, daily)
        pair = _pair(table.name) if not hints.series else None
        if pair:
            name, notes = pair, (f"taken as {pair} from the file's name",)
        else:
            name, notes = series_of(table, "", head, hints)
        name = _with_interval(name, layout.minutes)

    def read(frame: pl.DataFrame) -> Batch:
        return _read(frame, table, layout, name, notes)

    return read


def _layout(table: Table, hints: Hints) -> _Layout | None:
    places = {role: at for role in WORKED if (at := table.column(*NAMES[role])) is not None}
    dates = date_column(table, hints.dates, DATE_NAMES)
    if dates is None:
        return None
    if not table.titled:
        places = _untitled(table, dates)
    if "close" not in places or sum(role in places for role in ("open", "high", "low")) < 2:
        return None
    minutes = interval_minutes(dates.read(table.frame))
    return _Layout(dates, places, table.column(*SYMBOL_NAMES) if table.titled else None, minutes)


def _untitled(table: Table, dates: DateColumn) -> dict[str, int]:
    """Open, high, low, close after the date, when the numbers hold to it on nearly every row."""
    start = dates.column + 1
    if table.width < start + 4:
        return {}
    four = [read_numbers(table.cells(at).fill_null("?"), table.style) for at in range(start, start + 4)]
    frame = pl.DataFrame(dict(zip(("o", "h", "l", "c"), four, strict=True))).drop_nulls()
    inside = (pl.col("h") >= pl.max_horizontal("o", "c", "l")) & (pl.col("l") <= pl.min_horizontal("o", "c"))
    if frame.height < 0.9 * table.frame.height or not frame.height:
        return {}
    if float(frame.select(inside.mean()).item()) < 0.95:
        return {}
    found = dict(zip(("open", "high", "low", "close"), range(start, start + 4), strict=True))
    return {**found, "volume": start + 4} if table.width > start + 4 else found


def _pair(name: str) -> str | None:
    """A currency pair written in a file name, as a series name."""
    for word in words_of(name):
        quote = next((one for one in QUOTES if word.endswith(one) and 2 <= len(word) - len(one) <= 6), None)
        if quote:
            return f"{word.removesuffix(quote)}_{quote}"
    return None


def _with_interval(name: str, minutes: float) -> str:
    if minutes >= DAILY_MINUTES:
        return name
    if minutes < 1:
        raise InputError("bars of less than a minute are not stored: resample them first")
    whole = int(minutes)
    suffix = f"{whole // 60}H" if whole % 60 == 0 else f"{whole}M"
    base = name.replace("_", "") if entry(name).frequency != "intraday" and "_USD" in name else name
    return base if base.endswith(f"_{suffix}") else f"{base}_{suffix}"


def _read(frame: pl.DataFrame, table: Table, layout: _Layout, name: str | None, notes: tuple[str, ...]) -> Batch:
    roles = list(layout.places)
    daily = layout.minutes >= DAILY_MINUTES
    read = read_columns(frame, layout.dates, [layout.places[role] for role in roles], table.style, daily)
    columns = dict(zip(roles, read.values, strict=True))
    refused = list(read.rejected)
    tables: list[Bars] = []
    if layout.symbol is None:
        assert name is not None  # noqa: S101  (claim names every table without a symbol column)
        tables = _bars(name, read, columns, None)
        source = entry(name).source
    else:
        symbols = read.frame[str(layout.symbol)].fill_null("").str.strip_chars()
        bad = ~symbols.str.contains(SYMBOL.pattern)
        refused += rejected(read.frame, bad, "the symbol is no name")
        for symbol in symbols.filter(~bad).unique(maintain_order=True).to_list():
            rows = (symbols == symbol).to_numpy()
            tables += _bars(_with_interval(checked_name(symbol), layout.minutes), read, columns, rows)
        source = "exchange bars"
    if not daily and layout.minutes > MINUTES_PER_DAY:
        notes = (*notes, f"bars of {layout.minutes:g} minutes")
    return Batch(
        source=source, format="bars", bars=tuple(tables), rejected=tuple(refused), rows=frame.height,
        absent=read.absent, notes=notes,
    )  # fmt: skip


def _bars(
    name: str, read: Columns, columns: dict[str, NDArray[np.float64]], rows: NDArray[np.bool_] | None
) -> list[Bars]:
    kept = np.isfinite(columns["close"]) if rows is None else rows & np.isfinite(columns["close"])
    if not kept.any():
        return []
    taken: dict[str, Any] = {role: column[kept] for role, column in columns.items()}
    return [Bars(name, read.at[kept], **taken)]
