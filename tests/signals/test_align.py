"""What was known at an instant, by brute force over made series whose publication is out of order."""

import datetime as dt

import numpy as np
import pytest

from seawall.core.clock import is_session, known_after_close, sessions
from seawall.signals.align import Bars, closed_bars, held, known_row, sessions_since, sessions_until

DAYS = sessions(dt.date(2015, 1, 2), dt.date(2015, 12, 31))
KNOWN = known_after_close(DAYS)


def published(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    dates = np.sort(rng.choice(np.arange("2014-11-01", "2015-12-31", dtype="datetime64[D]"), 60, replace=False))
    delay = rng.integers(-20 * 24, 60 * 24, dates.size).astype("timedelta64[h]")
    values = np.where(rng.random(dates.size) < 0.1, np.nan, rng.normal(size=dates.size))
    return dates, values, dates.astype("datetime64[s]") + delay


@pytest.mark.parametrize("seed", range(8))
def test_last_known_value_by_brute_force(seed: int) -> None:
    dates, values, known = published(seed)
    found = held(dates, values, known, (DAYS, KNOWN), 30)
    for row in range(0, DAYS.size, 7):
        usable = [i for i in range(dates.size) if known[i] <= KNOWN[row] and np.isfinite(values[i])]
        expected = values[usable[-1]] if usable and (DAYS[row] - dates[usable[-1]]).astype(int) <= 30 else np.nan
        np.testing.assert_equal(found[row], expected)


@pytest.mark.parametrize("seed", range(8))
def test_sessions_since_and_until_by_brute_force(seed: int) -> None:
    dates, _, known = published(seed)
    since = sessions_since((DAYS, KNOWN), dates, known, 40)
    until = sessions_until((DAYS, KNOWN), dates, known, 40)
    for row in range(0, DAYS.size, 7):
        day = DAYS[row].item()
        seen = [i for i in range(dates.size) if known[i] <= KNOWN[row]]
        expected = np.nan
        if seen:
            out = known[seen[-1]].astype("datetime64[D]").item()
            if (day - out).days <= 40:
                expected = sum(is_session(out + dt.timedelta(days=k)) for k in range(1, (day - out).days + 1))
        np.testing.assert_equal(since[row], expected)
        ahead = [dates[i].item() for i in seen if dates[i].item() >= day]
        expected = np.nan
        if ahead and (ahead[0] - day).days <= 40:
            expected = sum(is_session(day + dt.timedelta(days=k)) for k in range(1, (ahead[0] - day).days + 1))
        np.testing.assert_equal(until[row], expected)


def test_nothing_known_is_unknown() -> None:
    none = np.empty(0, dtype="datetime64[D]")
    at = (DAYS[:3], KNOWN[:3])
    assert known_row(none, none.astype("datetime64[s]"), KNOWN[:3]).tolist() == [-1, -1, -1]
    assert np.isnan(held(none, np.empty(0), none.astype("datetime64[s]"), at, 5)).all()
    assert np.isnan(sessions_since(at, none, none.astype("datetime64[s]"), 5)).all()
    assert np.isnan(sessions_until(at, none, none.astype("datetime64[s]"), 5)).all()


@pytest.mark.parametrize("bars", [Bars.WEEK, Bars.MONTH])
def test_closed_bars_by_brute_force_with_missing_days(bars: Bars) -> None:
    kept = DAYS[np.random.default_rng(4).random(DAYS.size) > 0.2]

    def period(day: dt.date) -> tuple[int, int]:
        return (day.year, day.month) if bars is Bars.MONTH else day.isocalendar()[:2]

    def over(day: dt.date, at: dt.date) -> bool:
        """True if the bar of ``day`` is over at the close of ``at``."""
        rest = (at + dt.timedelta(days=k) for k in range(1, 32))
        return period(at) != period(day) or not any(period(d) == period(day) and is_session(d) for d in rest)

    rows, place = closed_bars(kept, bars)
    days = kept.tolist()
    for row in range(kept.size):
        closed = sorted({period(day) for day in days[: row + 1] if over(day, days[row])})
        assert place[row] + 1 == len(closed)
        if closed:
            last = max(i for i in range(row + 1) if period(days[i]) == closed[-1])
            assert rows[place[row]] == last
