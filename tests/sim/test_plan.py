"""Plans refuse what cannot be run, each with one line that says what to change."""

import datetime as dt

import numpy as np
import pytest

from seawall.core.clock import is_session, third_friday
from seawall.core.errors import DomainError, MissingExpiryError, RangeError, SettlementError
from seawall.kernels import slots as at
from seawall.sim.listing import (
    Family,
    calendar,
    check_settlement,
    day_number,
    enters_on,
    index_family,
    target_expiry,
    vix_family,
)
from seawall.sim.plan import CondorProgram, Plan
from seawall.sim.programs import ByState, Entry, Exits, Leg, Program
from seawall.sim.programs_made import vix_calendar, vix_call
from seawall.sim.tables import Prints, listing

NAN = float("nan")


def call(name="L", amount=1.0, size="units", legs=None, **rest):
    return Program(name, vix_call(0.3) if legs is None else legs, size, amount, **rest)


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
        (lambda: Plan(strike_step=0.0), DomainError, "strike_step"),
        (lambda: Plan(margin="span"), DomainError, "regt, stress, none"),
        (lambda: Plan(condor=None), DomainError, "no program"),
        (lambda: Plan(programs=(call("L0"),)), DomainError, "two programs named L0"),
        (lambda: call(amount=-1.0), DomainError, "size"),
        (lambda: call(tranches=0), DomainError, "tranches"),
        (lambda: call(size="risky"), DomainError, "size must be one of"),
        (lambda: call(size="budget"), DomainError, "set hedge"),
        (lambda: call(entry=Entry("sunday")), DomainError, "daily, monday"),
        (lambda: call(entry=Entry(listed="weekly")), DomainError, "monthly ones"),
        (lambda: call(exits=Exits(take=-0.5)), DomainError, "take must be > 0"),
        (lambda: call(legs=(Leg("call", "VIX", ratio=0.0),)), DomainError, "leave it out"),
        (lambda: call(legs=(Leg("call", "VIX"), Leg("put", "SPX"))), DomainError, "one underlying"),
        (lambda: call(legs=(Leg("future", "SPX"),)), DomainError, "VIX futures"),
        (lambda: call(legs=(Leg("future", "VIX"),), exits=Exits(stop=1.0)), DomainError, "no price paid"),
        (lambda: call(legs=(Leg("call", "VIX", strike="from_leg"),)), DomainError, "beyond"),
        (lambda: call(legs=vix_calendar(True)), DomainError, "later_days"),
        (lambda: call(legs=(Leg("call", "VIX", ratio=-1.0),), size="risk", amount=0.1), DomainError, "no bound"),
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
    ends = index_family(when, "monthly", "pm", 60).days
    assert [str(np.datetime64(int(day), "D")) for day in ends[:3]] == ["2018-01-19", "2018-02-16", "2018-03-16"]
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


def vix_ends(days):
    return Family(np.asarray(days), np.asarray(days) / 365.0, at.VRO)


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
    chosen = target_expiry(np.array([0]), vix_ends(days), target, roll, "L")
    assert chosen.tolist() == [number]


def test_an_expiry_is_listed_nine_months_ahead_and_no_more():
    ends = np.arange(20, 400, 30)
    assert target_expiry(np.array([0]), vix_ends(ends), 280, 7, "L").tolist() == [8]
    with pytest.raises(MissingExpiryError, match="on 1970-01-01"):
        target_expiry(np.array([0]), vix_ends(ends), 291, 7, "L")


def test_every_choice_of_a_brute_force_scan():
    when = calendar(dt.date(2016, 1, 4), dt.date(2017, 1, 3))
    chosen = target_expiry(day_number(when.dates), vix_family(when), 110, 55, "L2")
    for day, number in zip(when.dates.tolist(), chosen.tolist(), strict=True):
        later = [end for end in when.vol_expiries.tolist() if end > day][:9]
        best = min((end for end in later if (end - day).days > 55), key=lambda end: abs((end - day).days - 110))
        assert when.vol_expiries[number].item() == best


def test_a_settlement_is_needed_only_by_a_layer_that_can_meet_it():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 3, 29))
    ends, unknown = when.vol_expiries, np.zeros(when.vol_expiries.size, bool)
    check_settlement(when, call(exits=Exits(days=4)), ends, unknown)
    for days in (3, None):
        with pytest.raises(SettlementError, match=r"2018-01-17.*VRO.*leave with 4 or more"):
            check_settlement(when, call(exits=Exits(days=days)), ends, unknown)
    check_settlement(when, call(), ends, ~unknown)


def tables_of(when, *programs, prints=None):
    plan = Plan(condor=None, programs=programs)
    none = np.zeros(0, np.int64)
    return listing(when, plan, np.zeros(when.dates.size, np.int8), prints or Prints(none, none))


def test_an_opening_print_is_needed_by_what_settles_on_it():
    """AM-settled SPX: refused without the print, and no print of another day stands in for it."""
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 3, 29))
    put = Program("P", (Leg("put", aim=0.2),), "units", 1.0, Entry("expiry", settle="am"))
    with pytest.raises(SettlementError, match=r"SPX settlement of 2018-01-19.*SPX_OPEN"):
        tables_of(when, put)
    fridays = np.array(["2018-01-19", "2018-02-16", "2018-03-16"], dtype="datetime64[D]").astype(np.int64)
    found = tables_of(when, put, prints=Prints(np.zeros(0, np.int64), fridays))
    assert (found.tables.expiry[:, at.EXPIRY_ROOT] == at.AM).all()
    with pytest.raises(SettlementError, match="2018-02-16"):
        tables_of(when, put, prints=Prints(np.zeros(0, np.int64), fridays[[0, 2]]))


def test_a_condor_opens_on_expiry_sessions_only():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 4, 30))
    found = tables_of(when, CondorProgram().program())
    column = found.tables.column[:, 0]
    opens = column[:, at.COL_ENTER] > 0.0
    assert [str(day) for day in when.dates[opens]] == ["2018-01-19", "2018-02-16", "2018-03-16", "2018-04-20"]
    chosen = found.expiries[column[opens, at.COL_NEAR].astype(int)]
    assert [str(day) for day in chosen] == ["2018-02-16", "2018-03-16", "2018-04-20", "2018-05-18"]


def test_weekly_expiries_are_fridays_or_the_session_before():
    when = calendar(dt.date(2014, 4, 1), dt.date(2014, 7, 31))
    weekly = index_family(when, "weekly", "pm", 30).days.astype("datetime64[D]").tolist()
    assert dt.date(2014, 4, 17) in weekly  # Good Friday
    assert dt.date(2014, 7, 3) in weekly  # Independence Day
    assert all(is_session(day) for day in weekly)
    monthly = set(index_family(when, "monthly", "pm", 30).days.tolist())
    assert monthly - {np.datetime64(weekly[-1]).astype(int)} <= set(np.array(weekly, "M8[D]").astype(int).tolist())
    assert third_friday(2014, 5) in weekly


def test_an_early_close_ends_its_options_early():
    """2018-11-23 closed at 13:00 New York: three hours before the time of a plain session."""
    when = calendar(dt.date(2018, 11, 20), dt.date(2018, 11, 30))
    ends = index_family(when, "weekly", "pm", 10)
    short, full = (ends.time[ends.days == np.datetime64(day).astype(int)][0] for day in ("2018-11-23", "2018-11-30"))
    assert (full - short) * 365.0 == pytest.approx(7.0 + 3.0 / 24.0)


def test_a_weekday_entry_moves_to_the_next_session_of_its_week():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 2, 28))
    monthly = vix_family(when)
    mondays = when.dates[enters_on(when, Entry("monday"), monthly)]
    expected = ["2018-01-02", "2018-01-08", "2018-01-16", "2018-01-22", "2018-01-29"]  # 15th: Martin Luther King
    assert [str(day) for day in mondays[:5]] == expected
    assert enters_on(when, Entry("daily"), monthly).all()


def test_states_scale_close_and_monetise():
    when = calendar(dt.date(2018, 1, 2), dt.date(2018, 1, 8))
    rule = ByState((1.0, 1.5, 0.0, 0.0), ("exhaust",), ("spike",))
    states = np.array([0, 1, 2, 3, 0], dtype=np.int8)
    none = np.zeros(0, np.int64)
    one = call(states=rule, exits=Exits(days=7))
    column = listing(when, Plan(condor=None, programs=(one,)), states, Prints(none, none)).tables.column[:, 0]
    assert column[:, at.COL_SCALE].tolist() == [1.0, 1.5, 0.0, 0.0, 1.0]
    assert column[:, at.COL_EXIT].tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert column[:, at.COL_MONETISE].tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_a_plan_without_a_session_is_refused():
    with pytest.raises(MissingExpiryError, match="no session"):
        calendar(dt.date(2018, 1, 6), dt.date(2018, 1, 7))
