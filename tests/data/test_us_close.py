"""Intraday bars at the closes of New York: the last price and the extremes since the close before."""

import datetime as dt
from pathlib import Path

import numpy as np

from seawall.core.clock import close_instant, sessions
from seawall.data.files import Bars, Batch
from seawall.data.store import Provenance, Store
from seawall.market.history import History

HOUR = np.timedelta64(1, "h")


def stored(place: Path, at: np.ndarray, bars: np.ndarray) -> History:
    """A history of hourly bars; ``bars``: open, high, low, close by row."""
    opened, high, low, close = bars.T
    table = Bars("ETHUSDT_1H", at.astype("datetime64[us]"), close, opened, high, low)
    with Store.open(place / "s.duckdb") as store:
        store.put(Batch(source="exchange bars", format="bars", bars=(table,)), Provenance("made", "made"))
        return store.history()


def test_extremes_are_those_of_the_hours_between_two_closes(tmp_path: Path) -> None:
    """Across the change of clocks (2020-03-08) and an early close (2019-11-29), against a loop; a gap has none."""
    days = sessions(dt.date(2019, 11, 25), dt.date(2020, 3, 20))
    at = np.arange(np.datetime64("2019-11-25T00", "h"), np.datetime64("2020-03-21T00", "h"))
    random = np.random.default_rng(2)
    close = 150.0 * np.exp(np.cumsum(random.normal(0.0, 0.005, at.size)))
    opened = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(opened, close) * np.exp(random.uniform(0.0, 0.01, at.size))
    low = np.minimum(opened, close) / np.exp(random.uniform(0.0, 0.01, at.size))
    bars = np.column_stack([opened, high, low, close])
    lost = np.datetime64("2020-01-15T09", "h")
    history = stored(tmp_path, at[at != lost], bars[at != lost])
    ends = [np.datetime64(close_instant(day).replace(tzinfo=None), "h") for day in days.tolist()]
    for t in range(1, days.size):
        since = (at >= ends[t - 1]) & (at < ends[t])
        day = days[t : t + 1]
        assert history.values_on("ETH_US_CLOSE", day)[0] == close[at == ends[t] - HOUR][0]
        found = [history.values_on(f"ETH_US_{side}", day)[0] for side in ("LOW", "HIGH")]
        if day[0] == np.datetime64("2020-01-15"):
            assert np.isnan(found).all()
        else:
            assert found == [low[since].min(), high[since].max()]
    assert history.get("ETH_US_LOW").dates[0] == days[1]
