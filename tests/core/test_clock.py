import csv
import datetime as dt
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.published import SHARED

from seawall.core import clock
from seawall.core.errors import ConventionError, DomainError, SettlementUnknownError

ROOT = Path(__file__).parents[2]
CONTRACTS = SHARED / "data" / "vol" / "cfe_contracts"
MONTH_LETTERS = "FGHJKMNQUVXZ"

# METHOD 0.2; the later ones from the Cboe VX settlement calendar
VIX_EXPIRIES = [
    (2018, 2, dt.date(2018, 2, 14)),
    (2020, 3, dt.date(2020, 3, 18)),
    (2014, 3, dt.date(2014, 3, 18)),
    (2019, 3, dt.date(2019, 3, 19)),
    (2017, 12, dt.date(2017, 12, 20)),
    (2024, 6, dt.date(2024, 6, 18)),
]


@pytest.mark.parametrize(("year", "month", "expiry"), VIX_EXPIRIES)
def test_vix_expiry_of_the_contract_specification(year: int, month: int, expiry: dt.date) -> None:
    assert clock.vix_expiry(year, month) == expiry


@pytest.mark.parametrize(
    ("year", "month", "friday", "expiry"),
    [
        (2018, 2, dt.date(2018, 2, 16), dt.date(2018, 2, 16)),
        (2014, 4, dt.date(2014, 4, 18), dt.date(2014, 4, 17)),  # Good Friday
        (2019, 4, dt.date(2019, 4, 19), dt.date(2019, 4, 18)),  # Good Friday
        (2026, 6, dt.date(2026, 6, 19), dt.date(2026, 6, 18)),  # Juneteenth
    ],
)
def test_monthly_spx_expiry(year: int, month: int, friday: dt.date, expiry: dt.date) -> None:
    assert clock.third_friday(year, month) == friday
    assert clock.spx_monthly_expiry(year, month) == expiry


def test_third_friday_is_the_third_of_its_month() -> None:
    for year in range(1990, 2031):
        for month in range(1, 13):
            fridays = [dt.date(year, month, day) for day in range(1, 29) if dt.date(year, month, day).weekday() == 4]
            assert clock.third_friday(year, month) == fridays[2]


def test_next_vix_expiries_are_strictly_after() -> None:
    on_an_expiry = clock.vix_expiries(dt.date(2018, 2, 14), 3)
    assert on_an_expiry == [dt.date(2018, 3, 21), dt.date(2018, 4, 18), dt.date(2018, 5, 16)]
    assert clock.vix_expiries(dt.date(2018, 2, 13), 1) == [dt.date(2018, 2, 14)]
    assert clock.vix_expiries(dt.date(2018, 12, 31), 1) == [dt.date(2019, 1, 16)]


def test_every_session_and_close_equals_exchange_calendars() -> None:
    exchange_calendars = pytest.importorskip("exchange_calendars")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # raised by pandas on the library's own call
        calendar = exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2030-12-31")
    theirs = calendar.sessions.to_numpy().astype("datetime64[D]")
    ours = clock.sessions(clock.FIRST_DAY, clock.LAST_DAY)
    np.testing.assert_array_equal(ours, theirs)
    closes = calendar.closes.dt.tz_convert(None).to_numpy().astype("datetime64[s]")
    np.testing.assert_array_equal(clock.known_after_close(ours), closes + np.timedelta64(15, "m"))


def test_walking_the_sessions() -> None:
    assert not clock.is_session(dt.date(2018, 12, 5))  # day of mourning
    assert not clock.is_session(dt.date(2018, 12, 8))
    assert clock.is_session(dt.date(2018, 12, 6))
    assert clock.next_session(dt.date(2018, 12, 4)) == dt.date(2018, 12, 6)
    assert clock.previous_session(dt.date(2018, 12, 6)) == dt.date(2018, 12, 4)
    assert clock.previous_session(dt.date(2001, 9, 17)) == dt.date(2001, 9, 10)
    year = clock.sessions(dt.date(2018, 1, 1), dt.date(2018, 12, 31))
    assert year.dtype == np.dtype("datetime64[D]")
    assert year.size == 251
    for earlier, later in zip(year[:-1].tolist(), year[1:].tolist(), strict=True):
        assert clock.next_session(earlier) == later
        assert clock.previous_session(later) == earlier


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (dt.date(2018, 2, 5), "2018-02-05T21:00+00:00"),
        (dt.date(2018, 7, 2), "2018-07-02T20:00+00:00"),
        (dt.date(2018, 11, 23), "2018-11-23T18:00+00:00"),  # day after Thanksgiving, 13:00
        (dt.date(2018, 3, 12), "2018-03-12T20:00+00:00"),  # first session of summer time
    ],
)
def test_close_in_utc(day: dt.date, utc: str) -> None:
    assert clock.close_instant(day) == dt.datetime.fromisoformat(utc)
    assert clock.close_instant(day).utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    ("root", "day", "new_york"),
    [
        ("SPX", dt.date(2018, 2, 16), "2018-02-16T09:30-05:00"),
        ("SPXW", dt.date(2018, 2, 16), "2018-02-16T16:00-05:00"),
        ("SPXW", dt.date(2018, 11, 23), "2018-11-23T13:00-05:00"),
        ("VIX", dt.date(2018, 2, 14), "2018-02-14T09:30-05:00"),
        ("VX", dt.date(2018, 6, 20), "2018-06-20T09:30-04:00"),
    ],
)
def test_settlement_print(root: clock.SettlementRoot, day: dt.date, new_york: str) -> None:
    assert clock.settlement_instant(root, day) == dt.datetime.fromisoformat(new_york)


@pytest.mark.parametrize("root", ["", None, "SPY", "spx"])
def test_a_root_that_was_lost_is_not_guessed(root: str | None) -> None:
    with pytest.raises(SettlementUnknownError, match="SPX, SPXW"):
        clock.settlement_instant(root, dt.date(2018, 2, 16))  # type: ignore[arg-type]


def test_dates_that_are_no_sessions_are_refused() -> None:
    with pytest.raises(DomainError, match="2019-04-18"):
        clock.settlement_instant("SPX", dt.date(2019, 4, 19))
    with pytest.raises(DomainError, match="not a session"):
        clock.close_instant(dt.date(2018, 12, 25))
    with pytest.raises(DomainError, match="outside the session table"):
        clock.is_session(dt.date(2031, 1, 2))
    with pytest.raises(DomainError, match="outside the session table"):
        clock.previous_session(dt.date(1990, 1, 1))


def test_years_count_minutes_of_365_days() -> None:
    start = dt.datetime(2018, 2, 5, 21, tzinfo=dt.UTC)
    assert clock.years_between(start, start + dt.timedelta(days=365)) == 1.0
    assert clock.years_between(start, start + dt.timedelta(minutes=1)) == pytest.approx(1 / 525_600, rel=1e-15)
    assert clock.years_between(start, start - dt.timedelta(days=73)) == pytest.approx(-0.2, rel=1e-15)
    # 16:00 winter to 16:00 summer time in New York is an hour short of whole days
    summer = clock.close_instant(dt.date(2018, 3, 12))
    winter = clock.close_instant(dt.date(2018, 3, 9))
    assert clock.years_between(winter, summer) == pytest.approx((3 * 1440 - 60) / 525_600, rel=1e-15)
    with pytest.raises(ConventionError, match="time zone"):
        clock.years_between(start, dt.datetime(2018, 2, 6))  # noqa: DTZ001


def _last_row(path: Path) -> dt.date:
    with path.open(encoding="ascii", errors="replace") as file:
        rows = [row for row in csv.reader(file) if len(row) > 5 and row[0][:2].isdigit()]
    return dt.datetime.strptime(rows[-1][0], "%m/%d/%Y").date()  # noqa: DTZ007


@pytest.mark.shared
def test_last_trade_dates_of_the_exchange_files() -> None:
    if not CONTRACTS.is_dir():
        pytest.skip(f"no contract files in {CONTRACTS}: set SEAWALL_SHARED")
    last = {path.stem.split("_")[1]: _last_row(path) for path in CONTRACTS.glob("CFE_*_VX.csv")}
    collected = max(last.values())
    ended = {code: day for code, day in last.items() if day < collected}
    assert ended.pop("Q09") == dt.date(2008, 12, 31)  # the file stops months before the contract did
    rule = {code: clock.vix_expiry(2000 + int(code[1:]), MONTH_LETTERS.index(code[0]) + 1) for code in ended}
    assert rule == ended
    assert len(ended) == 86
