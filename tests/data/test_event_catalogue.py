"""Closes of the catalogue against the series of exchanges and vendors, where those reach."""

import csv
import datetime as dt

import pytest
from tests.published import DATA, existing

from seawall.data.event_catalogue import EVENTS

FILES = {
    "SPX": ("equity/SPX_hlc.csv", 3),
    "VIX": ("vol/VIX_History.csv", 4),
    "ETH": ("crypto/ETH_daily.csv", 1),
    "BTC": ("crypto/BTC_daily.csv", 1),
}
LAST = dt.date(2022, 12, 30)
FIRST = dt.date(1990, 1, 2)


def closes(factor: str) -> dict[dt.date, float]:
    path, column = FILES[factor]
    with existing(DATA / path).open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {day(row[0]): float(row[column]) for row in rows if row[column]}


def day(text: str) -> dt.date:
    """2020-03-16, or 03/16/2020 as the exchange writes it."""
    if "/" in text:
        month, of_month, year = text.split("/")
        return dt.date(int(year), int(month), int(of_month))
    return dt.date.fromisoformat(text[:10])


@pytest.mark.parametrize("factor", list(FILES))
def test_every_close_that_the_series_reach_is_theirs(factor: str) -> None:
    series = closes(factor)
    typed = {
        (event.name, knot.day): knot.levels[factor]
        for event in EVENTS
        for knot in event.knots
        if factor in knot.levels and FIRST <= knot.day <= LAST
    }
    assert len(typed) > 20
    for (name, day), level in typed.items():
        assert level == pytest.approx(series[day], rel=6e-5), (name, day)


def test_what_no_series_reaches_says_what_is_unverified() -> None:
    beyond = [one for one in EVENTS if one.knots[-1].day > LAST or one.knots[0].day < FIRST]
    assert {one.name for one in beyond} == {"1987", "2024-08-05", "2025-04", "2025-10-10", "2023-grind"}
    assert {one.name for one in beyond if "unverified" not in one.source} == {"2025-04"}  # each found in print
