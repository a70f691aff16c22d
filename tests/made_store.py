"""Small made batches for tests of the store."""

import datetime as dt
from collections.abc import Iterator

import numpy as np

from seawall.core.clock import sessions
from seawall.core.datum import Origin
from seawall.data.files import Bars, Batch, Observations
from seawall.data.store import Store
from seawall.data.store_schema import EVERYTHING
from seawall.market.chain import Chain

DAYS = sessions(dt.date(2018, 1, 2), dt.date(2018, 2, 28))


def vix_batch(close: dict[int, float] | None = None) -> Batch:
    """Two months of plausible VIX bars; ``close`` overrides rows."""
    closes = 13.0 + 0.1 * np.arange(DAYS.size)
    for row, value in (close or {}).items():
        closes[row] = value
    bars = Bars("VIX", DAYS.astype("datetime64[us]"), closes, closes - 0.05, closes + 0.5, closes - 0.5)
    return Batch(source="Cboe", format="bars", bars=(bars,), rows=DAYS.size)


def long_batches(parts: int = 30, rows: int = 8_000) -> Iterator[Batch]:
    """Many parts of one long file."""
    start = np.datetime64("2000-01-01T00:00", "us")
    for part in range(parts):
        moments = start + (part * rows + np.arange(rows)) * np.timedelta64(1, "m")
        one = Observations("LONG", moments, np.arange(rows, dtype=float), moments)
        yield Batch(source="made", format="made", observations=(one,), rows=rows)


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in an order that does not depend on how they were written."""
    return {name: store.query(f"SELECT * FROM {name} ORDER BY ALL").rows() for name in EVERYTHING}  # noqa: S608


def chain() -> Chain:
    """Four quotes, one of them listed twice because the root is lost."""
    expiry = np.array(["2018-03-16"] * 4, dtype="datetime64[D]")
    moment = dt.datetime(2018, 2, 5, 21, tzinfo=dt.UTC)
    numbers = {name: np.arange(4.0) for name in ("open_interest", "volume", "delta", "gamma")}
    return Chain(
        underlying="SPX",
        as_of=moment,
        known_at=moment + dt.timedelta(minutes=15),
        spot=2648.94,
        source="made",
        origin=Origin.OBSERVED,
        expiry=expiry,
        root=np.array(["", "", "SPXW", "SPXW"]),
        strike=np.array([2600.0, 2600.0, 2600.0, 2700.0]),
        right=np.array([1.0, 1.0, 1.0, -1.0]),
        bid=np.array([90.0, 91.0, 91.5, 80.0]),
        ask=np.array([92.0, 93.0, 93.5, 82.0]),
        iv=np.array([0.3, np.nan, 0.31, 0.32]),
        **numbers,
    )
