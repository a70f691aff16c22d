"""Dates of listed coin options: published instruments, and the rules on every day of ten years."""

import datetime as dt

import pytest

from seawall.core.coin_expiries import coin_expiries, coin_expiry_near, last_friday
from seawall.core.errors import DomainError

NOW = dt.datetime(2021, 3, 1, 21, 0, tzinfo=dt.UTC)


def test_the_list_of_one_evening() -> None:
    """Monday 2021-03-01, by the venue's rules: 2, 3, 4 March; Fridays; last Fridays; four quarters."""
    days = [one.date().isoformat() for one in coin_expiries(NOW)]
    assert days == [
        "2021-03-02", "2021-03-03", "2021-03-04", "2021-03-05", "2021-03-12", "2021-03-19", "2021-03-26",
        "2021-04-30", "2021-05-28", "2021-06-25", "2021-09-24", "2021-12-31",
    ]  # fmt: skip
    assert {(one.hour, one.minute, one.utcoffset()) for one in coin_expiries(NOW)} == {(8, 0, dt.timedelta(0))}


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2020, 3, 27), (2020, 6, 26), (2020, 12, 25), (2021, 12, 31), (2022, 9, 30), (2024, 2, 23)],
)
def test_last_fridays(year: int, month: int, day: int) -> None:
    """Quarterly and monthly expiries of those years, as instruments were named (27MAR20, 25DEC20, ...)."""
    assert last_friday(year, month) == dt.date(year, month, day)


@pytest.mark.parametrize("hour", [0, 7, 8, 23])
def test_on_every_day_the_list_is_rising_in_the_future_and_made_of_rules(hour: int) -> None:
    for n in range(0, 3650, 3):
        now = dt.datetime(2018, 1, 1, hour, tzinfo=dt.UTC) + dt.timedelta(days=n)
        found = coin_expiries(now)
        assert list(found) == sorted(set(found))
        assert all(one > now for one in found)
        assert found[0] - now <= dt.timedelta(days=1)
        assert all(one.weekday() == 4 for one in found if one - now > dt.timedelta(days=3))
        late = [one for one in found if one - now > dt.timedelta(days=22)]
        assert all((one + dt.timedelta(days=7)).month != one.month for one in late)
        assert 270 < (found[-1] - now).days <= 371
        assert abs((coin_expiry_near(now, 30.0) - now).days - 30) <= 18


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(DomainError, match="time zone"):
        coin_expiries(dt.datetime(2021, 3, 1))  # noqa: DTZ001
