"""Plans refuse what cannot be run, each with one line that says what to change."""

import datetime as dt

import numpy as np
import pytest

from seawall.core.errors import DomainError, MissingExpiryError, RangeError, SettlementError
from seawall.hedge.policy import Layer
from seawall.sim.listing import calendar, check_settlement, day_number, listing, target_expiry
from seawall.sim.plan import CondorProgram, Plan

NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Plan(name=""), DomainError, "needs a name"),
        (lambda: Plan(start=dt.date(2018, 1, 1), end=dt.date(2017, 1, 1)), RangeError, "swap"),
        (lambda: Plan(capital=0.0), DomainError, "capital"),
        (lambda: Plan(capital=NAN), DomainError, "capital"),
        (lambda: Plan(dividend_yield=2.0), DomainError, "0.02 = 2 %"),
        (lambda: Plan(fill="mid"), DomainError, "next, close"),
        (lambda: Plan(lot=0), DomainError, "lot"),
        (lambda: CondorProgram(short_delta=0.05, wing_delta=0.2), DomainError, "outside the short"),
        (lambda: CondorProgram(risk_fraction=10.0), DomainError, "10 %"),
        (lambda: CondorProgram(strike_step=0.0), DomainError, "strike_step"),
        (lambda: CondorProgram(risk_fraction=NAN), DomainError, "risk_fraction"),
    ],
)
def test_a_plan_that_cannot_run_is_refused(make, error, words):
    with pytest.raises(error, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_sessions_and_expiries_of_a_year():
    """Typed from the Cboe calendar: VIX expiries of 2018, and third Fridays."""
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 6, 29))
    assert [str(day) for day in when.vol_expiries[:6]] == [
        "2018-01-17",
        "2018-02-14",
        "2018-03-21",
        "2018-04-18",
        "2018-05-16",
        "2018-06-20",
    ]
    assert [str(day) for day in when.index_expiries[:3]] == ["2018-01-19", "2018-02-16", "2018-03-16"]
    assert when.time[0] == 0.0
    assert when.time[1] == pytest.approx(1.0 / 365.0)
    # VIX settles at the open: 6.5 hours before that session's close
    row = int(np.flatnonzero(when.dates == np.datetime64("2018-02-14"))[0])
    assert when.time[row] - when.vol_time[1] == pytest.approx(6.5 / 24.0 / 365.0)


def test_the_clock_of_a_run_does_not_depend_on_its_end():
    short, long = calendar(dt.date(2018, 1, 2), dt.date(2018, 3, 1)), calendar(dt.date(2018, 1, 2), dt.date(2018, 9, 3))
    size = short.dates.size
    assert np.array_equal(short.time, long.time[:size])
    assert np.array_equal(short.vol_time, long.vol_time[: short.vol_time.size])


@pytest.mark.parametrize(
    ("target", "roll", "days", "number"),
    [
        (30, 7, [10, 38, 66], 1),
        (30, 7, [20, 40, 66], 0),  # equally near: the earlier
        (30, 25, [20, 40, 66], 1),  # the first lies inside the roll
        (66, 7, [10, 38, 66], 2),
    ],
)
def test_a_layer_buys_the_nearest_listed_expiry(target, roll, days, number):
    chosen = target_expiry(np.array([0]), np.array(days), Layer("L", 1.0, target, roll))
    assert chosen.tolist() == [number]


def test_an_expiry_is_listed_nine_months_ahead_and_no_more():
    ends = np.arange(20, 400, 30)
    assert target_expiry(np.array([0]), ends, Layer("L", 1.0, 280, 7)).tolist() == [8]
    with pytest.raises(MissingExpiryError, match="on 1970-01-01"):
        target_expiry(np.array([0]), ends, Layer("L", 1.0, 291, 7))


def test_every_choice_of_a_brute_force_scan():
    when = calendar(dt.date(2016, 1, 4), dt.date(2017, 1, 3))
    layer = Layer("L2", 4.0, 110, 55)
    chosen = target_expiry(day_number(when.dates), day_number(when.vol_expiries), layer)
    for day, number in zip(when.dates.tolist(), chosen.tolist(), strict=True):
        later = [end for end in when.vol_expiries.tolist() if end > day][:9]
        best = min((end for end in later if (end - day).days > 55), key=lambda end: abs((end - day).days - 110))
        assert when.vol_expiries[number].item() == best


def test_a_settlement_is_needed_only_by_a_layer_that_can_meet_it():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 3, 29))
    unknown = np.full(when.vol_expiries.size, np.nan)
    check_settlement(when, (Layer("L1", 1.0, 30, 4),), unknown)
    with pytest.raises(SettlementError, match=r"2018-01-17.*roll_days >= 4"):
        check_settlement(when, (Layer("L1", 1.0, 30, 3),), unknown)
    check_settlement(when, (Layer("L1", 1.0, 30, 0),), np.full(unknown.size, 14.0))


def test_a_condor_opens_on_expiry_sessions_only():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 4, 30))
    table = listing(when, (), np.full(when.vol_expiries.size, np.nan))
    opening = [str(day) for day in when.dates[table.index_next >= 0]]
    assert opening == ["2018-01-19", "2018-02-16", "2018-03-16", "2018-04-20"]
    chosen = when.index_expiries[table.index_next[table.index_next >= 0]]
    assert [str(day) for day in chosen] == ["2018-02-16", "2018-03-16", "2018-04-20", "2018-05-18"]


def test_a_plan_without_a_session_is_refused():
    with pytest.raises(MissingExpiryError, match="no session"):
        calendar(dt.date(2018, 1, 6), dt.date(2018, 1, 7))
