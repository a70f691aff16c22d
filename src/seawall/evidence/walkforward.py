"""Fit on the past, test on what came after: splits in which no test label shares a session with a train label."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError

Days = NDArray[np.datetime64]
RowNumbers = NDArray[np.int64]

TRAIN_YEARS: Final = 5
TEST_YEARS: Final = 1
EMBARGO: Final = 21


class Split(NamedTuple):
    """Rows to fit on and rows to test on."""

    train: RowNumbers
    test: RowNumbers


def _later(day: dt.date, years: int) -> dt.date:
    """The same day ``years`` later; of 29 February the next day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def walk_forward(
    dates: Days,
    horizon: int = 1,
    train_years: int = TRAIN_YEARS,
    test_years: int = TEST_YEARS,
    embargo: int = EMBARGO,
) -> tuple[Split, ...]:
    """Rolling splits: ``train_years`` to fit, the next ``test_years`` to test, then on by ``test_years``.

    ``dates``: rising, one a row, (n,). The label of row t covers the rows t to t + ``horizon``. Train rows whose label
    would reach into the ``embargo`` rows before the first test row are purged. The last test may be shorter. Raises
    ``LookaheadError`` (order), ``DomainError`` (parameters) or ``MissingDataError`` (shorter than one split).
    """
    days = np.asarray(dates, dtype="datetime64[D]")
    if (np.diff(days) <= np.timedelta64(0, "D")).any():
        raise LookaheadError("dates do not rise: sort them, drop duplicates")
    if min(horizon, embargo) < 0 or min(train_years, test_years) < 1:
        raise DomainError(
            f"horizon {horizon} and embargo {embargo} must be 0 or more, {train_years} and {test_years} years 1 or more"
        )
    splits: list[Split] = []
    start: dt.date | None = days[0].item() if days.size else None
    while start is not None and np.datetime64(opens := _later(start, train_years), "D") <= days[-1]:
        ends = [np.datetime64(day, "D") for day in (start, opens, _later(opens, test_years))]
        oldest, first, last = (int(row) for row in np.searchsorted(days, ends))
        train = np.arange(oldest, max(first - embargo - horizon, oldest), dtype=np.int64)
        if train.size and last > first:
            splits.append(Split(train, np.arange(first, last, dtype=np.int64)))
        start = _later(start, test_years)
    if not splits:
        raise MissingDataError(f"{days.size} rows hold no {train_years} years to fit and a day to test: pass more")
    return tuple(splits)
