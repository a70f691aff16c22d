"""Restatements, doubled days and UTC days on their way from the store to a signal."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from seawall.data.files import Funding, Observations, Releases
from seawall.data.files.batch import Batch
from seawall.data.store import Provenance, Store
from seawall.signals.base import evaluate, read
from seawall.signals.registry import signal

ONE = Provenance("made.csv", "1" * 64, dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def at(*moments: str) -> np.ndarray:
    return np.array(moments, dtype="datetime64[us]")


def test_a_restated_print_does_not_move_the_surprise(tmp_path: Path) -> None:
    months = np.arange("2014-01", "2020-01", dtype="datetime64[M]").astype("datetime64[us]")
    values = 0.2 + 0.1 * np.random.default_rng(1).integers(-2, 3, months.size)
    out = (months.astype("datetime64[M]") + 1).astype("datetime64[us]") + np.timedelta64(12 * 86_400 + 48_600, "s")
    first = Releases("CPI_MOM", months, values, "first", out)
    eve = Releases("CPI_CONSENSUS_MOM", months, np.full(months.size, 0.2), "first", out - np.timedelta64(17, "h"))
    restated = Releases("CPI_MOM", months, values + 0.5, "revised", out + np.timedelta64(45, "D"))
    with Store.open(tmp_path / "s.duckdb") as store:
        store.put(Batch(source="made", format="made", releases=(first, eve), rows=2), ONE)
        before = evaluate(signal("M11"), store.history())
        store.put(Batch(source="made", format="made", releases=(restated,), rows=1), ONE)
        after = evaluate(signal("M11"), store.history())
    np.testing.assert_array_equal(before.values, after.values)
    assert np.isfinite(before.values).sum() == months.size - 60


def test_two_rows_of_one_day_and_a_utc_day_reach_a_signal_once_and_late(tmp_path: Path) -> None:
    rows = np.arange("2018-01-01", "2020-01-01", dtype="datetime64[D]").astype("datetime64[us]")
    rate = np.random.default_rng(2).normal(1e-4, 1e-4, (rows.size, 3))
    moments = (rows[:, None] + np.array([0, 8, 16], dtype="timedelta64[h]")).ravel()
    vix = Observations("VIX", at("2019-12-30", "2019-12-31"), np.array([14.82, 13.78]))
    twice = Observations("VIX", at("2019-12-31"), np.array([13.78]))
    with Store.open(tmp_path / "s.duckdb") as store:
        paid = Batch(source="made", format="made", funding=(Funding("BTC", moments, rate.ravel()),), rows=1)
        store.put(paid, ONE)
        for source, table in (("Cboe", vix), ("other", twice)):
            store.put(Batch(source=source, format="made", observations=(table,), rows=2), ONE)
        history = store.history()
    assert len(history.get("VIX")) == 2  # two sources tell of one day: one row
    funding = evaluate(signal("M40.BTC"), history)
    assert funding.values[5] == pytest.approx(rate[5].mean() * 1095.0)
    # the day's last payment is at 16:00 UTC: before it, yesterday's is the latest
    assert read(signal("M40.BTC"), history, dt.datetime(2019, 12, 31, 15, tzinfo=dt.UTC)).as_of == dt.date(2019, 12, 30)
    assert read(signal("M40.BTC"), history, dt.datetime(2019, 12, 31, 16, tzinfo=dt.UTC)).as_of == dt.date(2019, 12, 31)
