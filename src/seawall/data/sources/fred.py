"""FRED: one CSV a series, as it stands today; and ALFRED: every value a series ever had, with the day it came out."""

import dataclasses
import datetime as dt
import math
import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from seawall.core.errors import InputError
from seawall.data.catalog import entry
from seawall.data.files import Batch, Releases, recognise
from seawall.data.files.reading import Hints
from seawall.data.publication import new_york
from seawall.data.sources.base import Ask, Item, Page, Secret, Source, bad_answer, json_of
from seawall.data.sources.columns import header_of, one_series

PATH: Final = "/graph/fredgraph.csv"
DATES: Final = ("observation_date", "DATE")
"""The first column is `observation_date` since December 2024, `DATE` before."""

SERIES: Final = {
    "CPIAUCSL": "CPIAUCSL", "CPILFESL": "CPILFESL", "PPIFIS": "PPIFIS", "FEDFUNDS": "FEDFUNDS", "DFF": "DFF",
    "SOFR": "SOFR", "DGS3MO": "DGS3MO", "DGS2": "DGS2", "DGS10": "DGS10", "T10YIE": "T10YIE",
    "BAMLH0A0HYM2": "BAMLH0A0HYM2", "DTWEXBGS": "DTWEXBGS", "RBUSBIS": "US_REER_BROAD_BIS",
}  # fmt: skip
"""FRED's name of a series -> ours."""

REVISED: Final = ("CPIAUCSL", "CPILFESL", "PPIFIS", "RBUSBIS")
"""Series that are published late and revised: their vintages matter."""

VINTAGES: Final = "/fred/series/observations"
FROM_THE_START: Final = (("realtime_start", "1776-07-04"), ("realtime_end", "9999-12-31"))
EARLIEST, LATEST = 1776, 2100
PAGE_ROWS: Final = 100_000
"""Largest `limit` of the API."""

_NAME: Final = re.compile(r"[A-Z0-9_]{2,40}")


def _names(ask: Ask, default: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(pick.upper() for pick in ask.picks))
    if wrong := [pick for pick in chosen if not _NAME.fullmatch(pick)]:
        raise InputError(f"{wrong[0]!r} is no FRED series: write it as in its address, such as DGS10")
    return chosen or default


def items(ask: Ask) -> Iterator[Item]:
    """One file a series; a pick may be any series of FRED."""
    for name in _names(ask, tuple(SERIES)):
        yield Item(name, PATH, (("id", name),))


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """A series as it stands today."""
    name, header = item.key, header_of(content)
    if len(header) != 2 or header[0] not in DATES or header[1] != name:
        raise bad_answer(item, f"has the columns {', '.join(header)[:80]} for {name}, not observation_date, {name}")
    ours = SERIES.get(name, name)
    try:
        batch = recognise(f"{name}.csv", content, Hints(ours, "ymd"))
    except InputError as fault:
        raise bad_answer(item, f"cannot be read for {name} ({fault})") from None
    notes = tuple(note for note in batch.notes if not note.startswith("called "))
    return Page(dataclasses.replace(one_series(item, batch, ours, "FRED"), notes=notes))


def vintage_items(ask: Ask) -> Iterator[Item]:
    """All vintages of each series that is revised."""
    for name in _names(ask, REVISED):
        yield _vintages(name, 0)


def _vintages(name: str, offset: int) -> Item:
    query = (("series_id", name), ("file_type", "json"), *FROM_THE_START, ("limit", str(PAGE_ROWS)))
    return Item(name, VINTAGES, (*query, ("offset", str(offset))), kind="json", whole=offset == 0)


def read_vintages(item: Item, content: bytes, ask: Ask) -> Page:
    """Every value and the day it came out: known from the hour at which its series is published, New York."""
    told = json_of(item, content)
    rows = told.get("observations") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        raise bad_answer(item, "has no `observations`")
    parsed = [found for row in rows if (found := _row(item, row)) is not None]
    offset = int(dict(item.query)["offset"])
    total = told.get("count", 0)
    following = offset + len(rows)
    more = _vintages(item.key, following) if rows and isinstance(total, int) and following < total else None
    if not parsed:
        return Page(None, more=more)
    name = SERIES.get(item.key, item.key)
    days, published, values = zip(*parsed, strict=True)
    known = new_york(np.array(published, dtype="datetime64[D]"), entry(name).known.clock)
    release = Releases(
        name,
        np.array(days, dtype="datetime64[us]"),
        np.array(values),
        tuple(day.isoformat() for day in published),
        known,
    )
    batch = Batch("FRED", "ALFRED vintages", releases=(release,), rows=len(rows), absent=len(rows) - len(parsed))
    return Page(batch, more=more)


def _row(item: Item, row: Any) -> tuple[dt.date, dt.date, float] | None:
    """(reference, day of publication, value); None for a value that is absent (".")."""
    try:
        if row["value"] == ".":
            return None
        day, published = (dt.date.fromisoformat(row[name]) for name in ("date", "realtime_start"))
        value = float(row["value"])
    except (KeyError, TypeError, ValueError):
        raise bad_answer(item, f"has a row without date, realtime_start or value ({str(row)[:60]})") from None
    if not math.isfinite(value) or not EARLIEST <= published.year <= LATEST:
        raise bad_answer(item, f"has a row that cannot be ({str(row)[:60]})")
    return day, published, value


SOURCE: Final = Source(
    "fred", "Rates, prices and spreads from FRED, as they stand today", "https://fred.stlouisfed.org",
    "FRED terms of use; some series belong to others (ICE BofA, BIS) and may not be redistributed", items, read,
    pause_s=1.0,
)  # fmt: skip
VINTAGE_SOURCE: Final = Source(
    "alfred", "Every vintage of CPI, PPI and REER, with the day each came out", "https://api.stlouisfed.org",
    "FRED API terms of use; a key is free", vintage_items, read_vintages, pause_s=0.6,
    secret=Secret("FRED_API_KEY", "api_key", "https://fredaccount.stlouisfed.org/apikeys"),
)  # fmt: skip
