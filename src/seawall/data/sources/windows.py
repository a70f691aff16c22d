"""Series that are asked for span by span: where the next span starts, and rows of numbers out of an answer."""

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seawall.data.sources.base import Ask, Item, bad_answer

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
LAST_MS: Final = 4_102_444_800_000
"""2100-01-01: a later time is a mistake of unit."""


def start_of(ask: Ask, key: str, first: dt.date) -> int:
    """Unix milliseconds from which an item is asked for: after what was read, or from its first day."""
    cursor = ask.cursor(key)
    if cursor is not None and cursor.isdigit():
        return int(cursor)
    return int(dt.datetime.combine(first, dt.time(), dt.UTC).timestamp() * 1000)


def number(item: Item, cell: Any) -> float:
    """A number, written as one or as text; raises ``DataError`` for anything else."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise bad_answer(item, f"has {str(cell)[:20]!r} where a number should be")
    try:
        found = float(cell)
    except ValueError:
        raise bad_answer(item, f"has {cell[:20]!r} where a number should be") from None  # type: ignore[index]
    if not math.isfinite(found):
        raise bad_answer(item, f"has {found} where a number should be")
    return found


def table(item: Item, rows: Sequence[Any], columns: Sequence[int] | Sequence[str]) -> NDArray[np.float64]:
    """Numbers of the named columns, shape (rows, columns), in order of the first, each value of it once."""
    try:
        cells = [[number(item, row[column]) for column in columns] for row in rows]
    except (KeyError, IndexError, TypeError):
        raise bad_answer(item, f"has a row without {', '.join(map(str, columns))}") from None
    found = np.array(cells, dtype=np.float64).reshape(len(cells), len(columns))
    if found.size and not (found[:, 0].min() >= 0.0 and found[:, 0].max() < LAST_MS):
        raise bad_answer(item, "has a time that is none")
    _, first = np.unique(found[:, 0], return_index=True)
    return found[first]


def instants(milliseconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """UTC instants as datetime64[us]."""
    return milliseconds.astype(np.int64).astype("datetime64[ms]").astype("datetime64[us]")


def today(now: dt.datetime) -> NDArray[np.datetime64]:
    """The UTC day of an instant as a column of one row."""
    return np.array([now.astimezone(dt.UTC).date()], dtype="datetime64[us]")


def moment(now: dt.datetime) -> NDArray[np.datetime64]:
    """An instant as a column of one row."""
    return np.array([now.astimezone(dt.UTC).replace(tzinfo=None)], dtype="datetime64[us]")
