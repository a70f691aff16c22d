"""Delayed-quote downloads of Cboe: calls and puts side by side, under any of their headers or none."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from seawall.core.clock import FIRST_DAY, LAST_DAY, NEW_YORK, PUBLISHED_AFTER_CLOSE
from seawall.core.datum import Origin
from seawall.data.chain_rows import Reading, chains_of, close_of, numbers, session_of, usable
from seawall.data.stamps import Stamp, read_stamp
from seawall.market.chain import Chain

PREAMBLE_LINES: Final = 12
ONE_SIDE: Final = ("last", "net", "bid", "ask", "volume", "iv", "delta", "gamma", "open_interest")
WIDTH: Final = 22
LAYOUT: Final = (
    "listed", "calls", *(f"c_{n}" for n in ONE_SIDE), "strike", "puts", *(f"p_{n}" for n in ONE_SIDE)
)  # fmt: skip
_SYMBOL: Final = r"^([A-Z]{1,6})(\d{6})([CP])(\d{8})$"
_OLD_SYMBOL: Final = r"\(([A-Z]+)\d{4}[A-Z]"
_ANY_SYMBOL: Final = re.compile(r"^\s*\"?[A-Z]{1,6}\d{6}[CP]\d{8}\"?\s*$|\([A-Z]+\d{4}[A-Z][\d.]+-E\)")
_NUMBER: Final = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$|^[+-]?\d+(?:\.\d+)?$")
_HEADINGS: Final = {
    "last sale": "last", "last": "last", "net": "net", "bid": "bid", "ask": "ask", "vol": "volume", "volume": "volume",
    "iv": "iv", "delta": "delta", "gamma": "gamma", "open int": "open_interest", "open interest": "open_interest",
}  # fmt: skip
FARTHEST_SAVE: Final = dt.timedelta(days=10)


def find_quotedata(lines: Sequence[str]) -> tuple[int, tuple[str, ...]] | None:
    """Number of lines before the rows and the columns of them, or None if this is no such file.

    ``lines``: the first lines of a file.
    """
    for at, line in enumerate(lines[:PREAMBLE_LINES]):
        cells = split(line)
        names = [cell.strip().lower() for cell in cells]
        if "calls" in names and "puts" in names and "strike" in names:
            return at + 1, _layout(names)
        if len(cells) >= WIDTH and _ANY_SYMBOL.search(cells[1]) and _ANY_SYMBOL.search(cells[12]):
            return at, LAYOUT
    return None


def _layout(names: Sequence[str]) -> tuple[str, ...]:
    """Columns by their headings, in whatever order; what stands after `puts` belongs to the puts."""
    side, found, seen = "c", [], set()
    for i, name in enumerate(names):
        if name in ("calls", "puts"):
            side, column = name[0], name
        elif name == "strike":
            column = name
        elif name.startswith("expir"):
            column = "listed"
        else:
            column = f"{side}_{_HEADINGS[name]}" if name in _HEADINGS else f"other_{i}"
        found.append(f"other_{i}" if column in seen else column)
        seen.add(column)
    return tuple(found)


def split(line: str) -> list[str]:
    """Cells of one line, quotes removed."""
    return [quoted or plain for quoted, plain in re.findall(r'(?:^|,)(?:"([^"]*)"|([^,]*))', line)]


def read_quotedata(raw: pl.DataFrame, columns: tuple[str, ...], head: Sequence[str], reading: Reading) -> list[Chain]:
    """The chain of one download. ``raw``: its rows as text; ``head``: the lines before them."""
    wanted = (*LAYOUT[1:2], "puts", "strike", *(f"{s}_{n}" for s in "cp" for n in ("bid", "ask")))
    if missing := [name for name in wanted if name not in columns or columns.index(name) >= raw.width]:
        raise reading.error(f"no column {', '.join(missing)}: the header lists {', '.join(columns)}")
    raw = raw.rename(dict(zip(raw.columns, columns, strict=False)))
    halves = [_half(raw, side, symbol) for side, symbol in (("c", "calls"), ("p", "puts"))]
    frame = pl.concat([pl.DataFrame(half) for half in halves])
    mixed = frame["strike"].cast(pl.Float64, strict=False) != frame["symbol_strike"]
    if clash := int(mixed.sum() or 0):
        reading.notes.append(f"strike disagrees with the symbol in {clash:,} rows: left out")
        frame = frame.filter(~mixed.fill_null(False))
    frame = numbers(frame.drop("symbol_strike"), reading)
    frame = frame.with_columns(_expiries(frame, reading))
    as_of, known_at = _when(head, frame["expiry"].drop_nulls(), reading)
    moment = pl.lit(as_of).dt.convert_time_zone("UTC")
    frame = frame.with_columns(moment.alias("as_of"), pl.lit(_spot(head)).alias("spot"))
    return chains_of(usable(frame, reading), reading, known_at)


def _half(raw: pl.DataFrame, side: str, symbol: str) -> pl.DataFrame:
    name = pl.col(symbol).str.strip_chars()
    present = [
        n for n in ("bid", "ask", "volume", "iv", "delta", "gamma", "open_interest") if f"{side}_{n}" in raw.columns
    ]
    listed = pl.col("listed") if "listed" in raw.columns else pl.lit(None, pl.String)
    return raw.select(
        pl.coalesce(name.str.extract(_SYMBOL, 1), name.str.extract(_OLD_SYMBOL, 1)).alias("root"),
        name.str.extract(_SYMBOL, 2).alias("stated"),
        (name.str.extract(_SYMBOL, 4).cast(pl.Float64, strict=False) / 1000.0).alias("symbol_strike"),
        listed.alias("listed"),
        pl.lit(1.0 if side == "c" else -1.0).alias("right"),
        pl.col("strike").str.strip_chars(),
        *(pl.col(f"{side}_{n}").alias(n) for n in present),
    )


def _expiries(frame: pl.DataFrame, reading: Reading) -> pl.Series:
    """Expiry of each row: the date in its symbol, else the first column in whatever form."""
    stated = frame["stated"].str.to_date("%y%m%d", strict=False)
    told = days_of(frame["listed"].filter(stated.is_null()), reading)
    listed = frame["listed"].replace_strict(told, default=None, return_dtype=pl.Date)
    return pl.DataFrame({"a": stated, "b": listed}).select(pl.coalesce("a", "b").alias("expiry"))["expiry"]


MOST_DATES: Final = 20_000


def days_of(column: pl.Series, reading: Reading) -> dict[str, dt.date]:
    """The day each distinct text of a column means, one order of day and month for the whole column."""
    texts = column.drop_nulls().unique().to_list()
    if len(texts) > MOST_DATES:
        raise reading.error(f"{len(texts):,} different dates in one column: is it the date column?")
    stamps = {text: stamp for text in texts if (stamp := read_stamp(text))}
    # One date that can be read in one way only settles the order for all.
    day_first = any(s.days[0].day > 12 and _leads(text, s.days[0].day) for text, s in stamps.items())
    found = {}
    for text, stamp in stamps.items():
        days = stamp.days
        found[text] = next((d for d in days if len(days) > 1 and day_first and _leads(text, d.day)), days[0])
    return found


def _leads(text: str, day: int) -> bool:
    match = re.match(r"\s*(\d{1,2})[-./]\d{1,2}[-./]\d{2,4}", text)
    return match is not None and int(match[1]) == day


def _spot(head: Sequence[str]) -> float:
    cells = [cell.strip() for line in head for cell in split(line)]
    for cell in cells:
        if cell.lower().startswith("last:") and _NUMBER.match(value := cell[5:].strip()):
            return float(value.replace(",", ""))
    first = next((row for line in head if len(row := split(line)) > 1 and row[0].strip()), [])
    if len(first) > 1 and _NUMBER.match(first[1].strip()):
        return float(first[1].strip().replace(",", ""))
    return float("nan")


def _when(head: Sequence[str], expiries: pl.Series, reading: Reading) -> tuple[dt.datetime, dt.datetime]:
    """Instant the quotes describe and when they were known, from the date line, the file name or the first expiry."""
    if expiries.is_empty():
        raise reading.error("no row has an expiry: check the symbols in the column `Calls`")
    first = expiries.min()
    assert isinstance(first, dt.date)  # noqa: S101 - narrows the type of an aggregate
    cells = [cell.strip() for line in head for cell in split(line)]
    stamps = [s for cell in cells if (s := read_stamp(re.sub(r"^date:", "", cell, flags=re.I)))]
    if not stamps and (stamp := read_stamp(reading.path.stem)):
        reading.notes.append("no date line: the date is that of the file name")
        stamps = [stamp]
    if not stamps:
        reading.notes.append("no date anywhere: taken as the day of the first expiry")
        reading.origin = Origin.MODELLED
        stamps = [Stamp((first,))]
    stamp = stamps[0]
    # 05/06 can be two days: quotes are saved near the first listed expiry.
    day = min(stamp.days, key=lambda d: abs((d - first).days))
    if not FIRST_DAY < day <= LAST_DAY:
        raise reading.error(f"the quotes are of {day}, outside the session table {FIRST_DAY} .. {LAST_DAY}")
    saved = stamp.instant(day)
    as_of = session_of(saved or close_of(day))
    known_at = saved or as_of + PUBLISHED_AFTER_CLOSE
    if as_of.astimezone(NEW_YORK).date() > first + FARTHEST_SAVE:
        reading.notes.append(f"saved long after the first expiry {first}: most of it is settled")
    return as_of, max(known_at, as_of)
