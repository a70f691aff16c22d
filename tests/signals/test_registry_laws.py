"""The causality law on every registered signal, on real and on random data (METHOD 6)."""

import datetime as dt

import numpy as np
import pytest

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.core.errors import UnknownParameterError
from seawall.core.status import Status
from seawall.data.embedded import embedded_history
from seawall.market.history import History, Series
from seawall.signals.base import evaluate, read
from seawall.signals.registry import SIGNALS, signal

REGISTERED = sorted(SIGNALS)


def random_history(seed: int, rows: int = 150) -> History:
    """All series a signal may ask for, with holes in the optional ones."""
    rng = np.random.default_rng(seed)
    dates = sessions(dt.date(2017, 1, 3), dt.date(2018, 6, 29))[:rows]
    vix = 18.0 * np.exp(np.cumsum(rng.normal(0.0, 0.07, rows)) * 0.5)
    levels = {
        "SPX": 2500.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, rows))),
        "VIX": vix,
        "VIX3M": vix * np.exp(rng.normal(0.05, 0.05, rows)),
        "VVIX": 90.0 * np.exp(rng.normal(0.0, 0.1, rows)),
    }
    parts = []
    for name, values in levels.items():
        keep = np.ones(rows, dtype=bool) if name in ("SPX", "VIX") else rng.random(rows) > 0.03
        keep[: rows // 3] &= name in ("SPX", "VIX")
        days = dates[keep]
        parts.append(
            Series(name, days, values[keep], known_after_close(days), "points", "random walk", Origin.SYNTHETIC)
        )
    return History.of(*parts)


def histories() -> dict[str, History]:
    real = embedded_history()
    last_years = {one.name: one.where(one.dates >= np.datetime64("2017-06-01")) for one in real}
    return {"embedded": History(last_years), "random": random_history(1), "other": random_history(2)}


HISTORIES = histories()


def scrambled_after(history: History, instant: np.datetime64, seed: int) -> History:
    """Same dates, but every value that was not known at ``instant`` is drawn anew."""
    rng = np.random.default_rng(seed)
    parts = []
    for one in history:
        noise = np.where(one.known_at > instant, np.exp(rng.normal(0.0, 0.5, len(one))), 1.0)
        parts.append(Series(one.name, one.dates, one.values * noise, one.known_at, one.unit, one.source, one.origin))
    return History.of(*parts)


@pytest.mark.parametrize("data", HISTORIES)
@pytest.mark.parametrize("identity", REGISTERED)
def test_removing_or_scrambling_the_future_moves_nothing(identity: str, data: str) -> None:
    history = HISTORIES[data]
    batch = evaluate(SIGNALS[identity], history)
    assert np.isfinite(batch.values).sum() > 60
    rows = np.unique(np.linspace(0, batch.dates.size - 1, 25).astype(int))
    for row in rows:
        known = batch.known_at[row]
        cut = evaluate(SIGNALS[identity], history.upto(known.item().replace(tzinfo=dt.UTC)))
        assert cut.dates[-1] == batch.dates[row]
        np.testing.assert_array_equal(cut.values, batch.values[: row + 1])
        np.testing.assert_array_equal(cut.substituted, batch.substituted[: row + 1])
        other = evaluate(SIGNALS[identity], scrambled_after(history, known, int(row)))
        np.testing.assert_array_equal(other.values[: row + 1], batch.values[: row + 1])


@pytest.mark.parametrize("identity", REGISTERED)
def test_live_reading_equals_history(identity: str) -> None:
    history = HISTORIES["random"]
    batch = evaluate(SIGNALS[identity], history)
    for row in range(5, batch.dates.size, 11):
        now = batch.known_at[row].item().replace(tzinfo=dt.UTC)
        assert read(SIGNALS[identity], history, now) == batch.reading(row)
        before = read(SIGNALS[identity], history, now - dt.timedelta(seconds=1))
        assert before.as_of == batch.dates[row - 1].item()


@pytest.mark.parametrize("identity", REGISTERED)
def test_lookback_is_the_first_row_with_a_value(identity: str) -> None:
    one = SIGNALS[identity]
    full = random_history(5)
    start = full.get("VIX").dates[0]
    only = History.of(*[full.get(name) for name in one.inputs])
    batch = evaluate(one, only)
    assert batch.dates[0] == start
    assert int(np.argmax(np.isfinite(batch.values))) == one.lookback - 1
    assert np.isfinite(batch.values[one.lookback - 1 :]).all()


def test_a_missing_or_old_input_is_unavailable_and_says_so() -> None:
    spx_only = History.of(HISTORIES["random"].get("SPX"))
    now = dt.datetime(2017, 5, 1, 21, 15, tzinfo=dt.UTC)
    reading = read(signal("M05"), spx_only, now)
    assert (reading.value, reading.status, reading.note) == (None, Status.UNKNOWN, "unavailable: no VIX yet")
    vix = HISTORIES["random"].get("VIX")
    last = vix.known_at[-1].item().replace(tzinfo=dt.UTC)
    one_session_old = read(signal("M10"), HISTORIES["random"], last + dt.timedelta(days=1))
    assert one_session_old.status is Status.FOUND
    a_week_old = read(signal("M10"), HISTORIES["random"], last + dt.timedelta(days=7))
    assert a_week_old.value is None
    assert "unavailable: VIX ends" in a_week_old.note
    short = read(signal("M05"), HISTORIES["random"], vix.known_at[3].item().replace(tzinfo=dt.UTC))
    assert short.value is None
    assert "needs 15 observations" in short.note


def test_unknown_identity() -> None:
    assert signal("M05").name == "RSI(14) of VIX/VIX3M"
    with pytest.raises(UnknownParameterError, match="M01"):
        signal("M99")


def test_identities_are_their_keys_and_sources_are_named() -> None:
    for identity, one in SIGNALS.items():
        assert one.id == identity
        assert one.source
        assert bool(one.optional) == bool(one.substitute)
