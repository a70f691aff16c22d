"""Hedge policies as programs: the recipe written out by hand, what shuts a hedge, and what each session may know."""

import datetime as dt
import functools
from dataclasses import replace

import numpy as np
import pytest
from tests.sim import lanes

from seawall.core.clock import close_instant
from seawall.core.errors import DomainError
from seawall.data.embedded import embedded_history
from seawall.evidence.fingerprint import plan_hash
from seawall.hedge.budgets import Budgets
from seawall.hedge.charter import PRESETS, Policy, preset
from seawall.hedge.policy import AlvhPolicy
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import DeepLayers, HedgeRatio, MacroLadder, OnchainBuffer
from seawall.hedge.stack.vix import VixCalendar, VixCalls, VixMonths
from seawall.hedge.wrappers import Gate
from seawall.kernels import slots as at
from seawall.market.history import Series
from seawall.signals.regime import Regime, classify
from seawall.sim.engine import prepare, run, simulate, states_before
from seawall.sim.listing import calendar
from seawall.sim.plan import Plan
from seawall.sim.plan_rows import plan_rows
from seawall.sim.policy_days import ByDay, Seen, policy_days, vxth_weights
from seawall.sim.policy_futures import hedge_ratio, restruck, target_of
from seawall.sim.policy_programs import policy_programs, without_hedges
from seawall.sim.programs import Entry, Exits, Leg, Program
from seawall.sim.programs_made import alvh_programs, vix_call, vix_future
from seawall.sim.tables import Prints, listing

BOOK = Plan(name="book")
SHUT = Gate(0.0, 0.0, 0.0, 0.0)
LADDER = Policy("ladder", (MacroLadder(),))
START, END = BOOK.start, BOOK.end


@functools.cache
def done(plan, prints_shift=None):
    return run(plan, embedded_history() if prints_shift is None else with_prints(prints_shift))


@functools.cache
def with_prints(shift_days=0):
    """The embedded closes with made-up monthly surprises, published on the 12th of the month after, or later."""
    months = np.arange("2008-01", "2018-11", dtype="datetime64[M]")
    random = np.random.default_rng(7).normal(0.0, 0.1, months.size)
    published = (months + 1).astype("datetime64[D]") + np.timedelta64(11 + shift_days, "D")
    known = published.astype("datetime64[s]") + np.timedelta64(13, "h") + np.timedelta64(30, "m")
    dates, size = months.astype("datetime64[D]"), months.size
    return (
        embedded_history()
        .with_series(Series("CPI_MOM", dates, 0.2 + random, known, "percent", "made up"))
        .with_series(Series("CPI_CONSENSUS_MOM", dates, np.full(size, 0.2), known, "percent", "made up"))
    )


def rows_of(history):
    return plan_rows(BOOK, history, calendar(START, END).dates).found.rows


def seen(history):
    when = calendar(START, END)
    return Seen(history, when, rows_of(history), None)


def opened(result, name):
    """Rows of the sessions on which a program opened."""
    records = result.records[result.records[:, at.FILL_RULE] == at.ENTER]
    own = records[:, at.FILL_PROGRAM] == result.program_names.index(name)
    return np.unique(records[own, at.FILL_ROW]).astype(int)


def test_the_seed_policy_is_the_hedge_there_was_before_it():
    for one, other in zip(policy_programs(preset("seed")).programs, alvh_programs(AlvhPolicy()), strict=True):
        tranches = other.states.monetise_in if other.exits.multiples else one.states.monetise_in
        assert one == replace(other, states=replace(other.states, monetise_in=tranches))
    assert Plan(hedge=preset("seed")).limits == Plan(hedge=AlvhPolicy()).limits
    first, second = done(replace(BOOK, hedge=preset("seed"))), done(replace(BOOK, hedge=AlvhPolicy()))
    np.testing.assert_array_equal(first.nav, second.nav)


def test_the_static_policy_is_4_4_2_at_30_110_and_220_days():
    """METHOD 7.1, B3: contracts 4:4:2, delta .30; L1 rolled at 7 days, the others at half their tenor."""
    wanted = tuple(
        Program(name, vix_call(0.30), "budget", weight, Entry("daily", days, left), Exits(days=left, on_days="roll"),
                hedge=True)
        for name, weight, days, left in (("L1", 4.0, 30, 7), ("L2", 4.0, 110, 55), ("L3", 2.0, 220, 110))
    )  # fmt: skip
    assert policy_programs(preset("static-4-4-2")).programs == wanted


NOTHING = {
    "never armed, no print": LADDER,
    "gate shut": Policy("shut", tuple(replace(one, gate=SHUT) for one in preset("static-4-4-2").layers)),
    "no budget": replace(preset("seed"), budgets=Budgets(carry=0.0)),
    "no share of income": replace(preset("seed"), budgets=Budgets(income=0.0)),
    "no vega": replace(preset("seed"), budgets=Budgets(vega=0.0)),
    "no premium": replace(preset("seed"), budgets=Budgets(premium=0.0)),
    "no weight": Policy("light", (VixCalls(weight=0.0),)),
    "not below that VIX": Policy("low", (VixCalls(refresh_below=1.0),)),
    "not a program": Policy("coins", (CryptoNative(), OnchainBuffer(), VixCalendar())),
}


@pytest.mark.parametrize("policy", NOTHING.values(), ids=NOTHING)
def test_a_policy_that_buys_nothing_is_no_hedge(policy):
    np.testing.assert_array_equal(done(replace(BOOK, hedge=policy)).nav, done(BOOK).nav)


def test_a_ladder_without_a_budget_buys_nothing_though_armed():
    plan = replace(BOOK, hedge=replace(LADDER, budgets=Budgets(carry=0.0)))
    np.testing.assert_array_equal(done(plan, 0).nav, done(BOOK).nav)
    assert not np.array_equal(done(replace(BOOK, hedge=LADDER), 0).nav, done(BOOK).nav)


def test_the_policy_is_part_of_what_names_a_run():
    plan = replace(BOOK, hedge=preset("seed"))
    assert plan_hash(plan) == plan_hash(replace(BOOK, hedge=preset("seed")))
    other = [replace(preset("seed"), widen=0.15), preset("measured"), replace(preset("seed"), temper="hold")]
    assert len({plan_hash(plan), *(plan_hash(replace(BOOK, hedge=one)) for one in other)}) == 4


@pytest.mark.parametrize("policy", [LADDER, Policy("deep", (DeepLayers(),)), preset("alvh")], ids=lambda one: one.name)
def test_a_session_is_decided_on_what_was_known_at_the_close_before_it(policy):
    """Cutting the history at the close before a session leaves everything up to that session as it was."""
    when, whole = calendar(START, END), seen(with_prints())
    columns = policy_days(policy, whole).columns
    assert columns
    for row in (300, 611, 940, 1200):
        known = with_prints().upto(close_instant(when.dates[row - 1].item()) + dt.timedelta(minutes=20))
        cut = policy_days(policy, whole._replace(history=known)).columns
        for name, one in columns.items():
            np.testing.assert_array_equal(cut[name].scale[: row + 1], one.scale[: row + 1])


def armed_rows(shift):
    return policy_days(LADDER, seen(with_prints(shift))).columns["L3.1.1"].scale > 0.0


def test_a_ladder_is_armed_for_twenty_sessions_from_the_close_after_its_print():
    dates, history = calendar(START, END).dates, with_prints()
    surprise = history.get("CPI_MOM").values - 0.2
    stamps = history.get("CPI_MOM").known_at.astype("datetime64[D]")
    wanted = np.zeros(dates.size, bool)
    for row, day in enumerate(dates):
        print_row = int(np.searchsorted(stamps, dates[row - 1] if row else day - 1, side="right")) - 1
        before = surprise[print_row - 60 : print_row]
        age = int(np.count_nonzero((dates > stamps[print_row]) & (dates <= day)))
        wanted[row] = abs(surprise[print_row]) >= before.std(ddof=1) and age <= 20
    inside = dates > np.datetime64("2014-03-01")
    np.testing.assert_array_equal(armed_rows(0)[inside], wanted[inside])
    assert 0.1 < wanted.mean() < 0.9


def test_a_print_published_later_arms_later_and_never_before_it_is_known():
    dates = calendar(START, END).dates
    for shift in (3, 9):
        late, early = armed_rows(shift), armed_rows(0)
        starts = [np.flatnonzero(~one[:-1] & one[1:]) + 1 for one in (early, late)]
        assert (dates[starts[1][0]] - dates[starts[0][0]]).astype(int) >= shift - 3
        stamps = with_prints(shift).get("CPI_MOM").known_at.astype("datetime64[D]")
        for row in starts[1]:
            assert (dates[row - 1] - stamps[stamps <= dates[row - 1]][-1]).astype(int) <= 4


def test_a_ladder_is_sold_when_it_is_no_longer_armed():
    result = done(replace(BOOK, hedge=LADDER), 0)
    held = result.program[:, [result.program_names.index(f"L3.{m:g}") for m in (1.1, 1.3, 1.6, 2.0)], at.RUN_HELD]
    armed = armed_rows(0)
    assert (held[~armed] == 0.0).all()
    assert (held[armed].sum(axis=1) > 0.0).mean() > 0.9


PUTS = Program("put", (Leg("put", aim=0.30),), "premium", 0.01, Entry("daily", 7, listed="weekly"), Exits(days=3),
               hedge=True)  # fmt: skip


def with_column(column):
    """A run in which the puts have a column by session."""
    plan = Plan(name="puts", condor=None, programs=(PUTS,))
    made = prepare(plan, embedded_history())
    none = np.zeros(0, np.int64)
    states = np.zeros(made.when.dates.size, np.int8)
    tables, _ = listing(made.when, plan, states, Prints(none, none), {"put": column})
    return simulate(made._replace(tables=tables))


def test_a_factor_of_zero_opens_nothing_that_day_and_half_buys_half():
    size = calendar(START, END).dates.size
    open_days = np.random.default_rng(3).random(size) < 0.3
    result = with_column(ByDay(open_days.astype(float)))
    assert open_days[opened(result, "put")].all()
    assert opened(result, "put").size > 20
    whole, half = with_column(ByDay(np.ones(size))), with_column(ByDay(np.full(size, 0.5)))
    assert half.records[0, at.FILL_QUANTITY] == pytest.approx(whole.records[0, at.FILL_QUANTITY] / 2.0, abs=1.0)


def test_a_session_to_leave_closes_everything():
    size = calendar(START, END).dates.size
    leave = np.arange(size) % 4 == 3
    result = with_column(ByDay((~leave).astype(float), leave))
    assert (result.program[leave, 0, at.RUN_HELD] == 0.0).all()


@pytest.mark.parametrize("scale", [np.ones(3), np.full(1257, -1.0), np.full(1257, np.nan)], ids=["size", "sign", "nan"])
def test_a_column_that_is_none_is_refused(scale):
    with pytest.raises(DomainError, match="factors by session must be numbers"):
        with_column(ByDay(scale))


def test_condors_stand_wider_in_onset_by_the_share_of_the_policy():
    """METHOD 7.2, `L0.widen`: distances times 1.175; both runs open on one Friday, strikes are 5 points apart."""
    condors = Policy("w", (FinancingCondor(),), Budgets(carry=0.0, income=0.0))
    plans = [Plan(name="w", condor=None, hedge=replace(condors, widen=share)) for share in (0.175, 0.0)]
    wide, same = (done(plan) for plan in plans)
    states = states_before(classify(embedded_history()), calendar(START, END))
    rows = opened(wide, "L0.widen")
    assert rows.size > 10
    assert (states[rows] == Regime.ONSET).all()
    assert "L0.widen" not in same.program_names
    compared = 0
    for row in rows:
        sold = [
            sorted(one.records[(one.records[:, at.FILL_ROW] == row) & (one.records[:, at.FILL_RULE] == at.ENTER)
                               & (one.records[:, at.FILL_QUANTITY] < 0.0)][:, at.FILL_STRIKE])
            for one in (wide, same)
        ]  # fmt: skip
        if [len(strikes) for strikes in sold] == [2, 2]:
            compared += 1
            gaps = [high - low for low, high in sold]
            assert abs(gaps[0] - 1.175 * gaps[1]) <= 11.0
    assert compared > 10


def test_every_shipped_policy_runs_and_says_what_of_it_does_not():
    for policy in PRESETS:
        result = done(replace(BOOK, hedge=policy))
        told = " ".join(result.modelled)
        assert policy.digest in told or policy.temper == "static"
        for layer in policy.layers:
            if isinstance(layer, CryptoNative | VixCalendar):
                assert layer.name in told
        assert ("min_cvar" in told) == (policy.sizing == "min_cvar")


def test_the_book_without_the_hedge_keeps_its_financing():
    kept = without_hedges(preset("alvh"))
    assert [type(one) for one in kept.layers] == [FinancingCondor, VixCalendar]
    assert without_hedges(preset("seed")) is None
    assert without_hedges(preset("promoter")) is None
    plan = replace(BOOK, hedge=preset("alvh")).without_hedge()
    assert [one.name for one in plan.every_program()] == ["L0", "L0.open", "L0.widen", "L0.narrow"]


def test_layers_of_one_name_become_programs_of_different_names():
    policy = Policy("two", (MacroLadder(), MacroLadder(clock="pre_print"), VixCalls("L3", 220, 0.3, 2.0, 110)))
    names = [one.name for one in policy_programs(policy).programs]
    assert names == ["L3.1.1", "L3.1.3", "L3.1.6", "L3.2", "L3.1.1 (2)", "L3.1.3 (2)", "L3.1.6 (2)", "L3.2 (2)", "L3"]
    assert policy_programs(policy).package == pytest.approx(2.0 / 6.0)


def test_vxth_spends_by_the_future_of_the_close_before():
    """METHOD 8.4: F 15, 15.05, 30, 30.05, 50, 50.05 -> 0, 1, 1, .5, .5, 0 %."""
    levels = np.array([15.0, 15.05, 30.0, 30.05, 50.0, 50.05, 20.0])
    rows = lanes.rows(np.arange(levels.size), vix=levels)
    dates = np.arange("2018-01-01", "2018-01-08", dtype="datetime64[D]")
    np.testing.assert_array_equal(vxth_weights(rows, dates), [0.0, 0.0, 0.01, 0.01, 0.005, 0.005, 0.0])


def test_futures_fill_the_carry_budget_with_their_roll_and_their_trades():
    """100 days of futures 2 points up the curve every 30 days: the roll down to 30 days, and two half-spreads."""
    days = np.arange(0, 90)
    future = Program("F", vix_future(1.0), "budget", 1.0, Entry("daily", 120, 60), Exits(days=60), hedge=True)
    terms = lanes.terms(carry_budget=0.5, income_share=1e9, vega_cap=1e15)
    book = lanes.run(lanes.rows(days, slope=2.0), days, (lanes.condor(), future), terms)
    bought = lanes.fills(book, program=1, rule=at.ENTER)[0]
    left = 120.0
    yearly = ((left - 60.0) / 30.0 * 2.0 * 1000.0 + 2.0 * (0.05 * 1000.0 + 1.0)) * 365.0 / (left - 60.0)
    equity = book.session[0, at.DAY_EQUITY]
    assert bought[at.FILL_QUANTITY] == np.floor(0.5 * equity / yearly)


def test_months_of_futures_are_three_programs():
    made = policy_programs(Policy("months", (VixMonths(),))).programs
    assert [(one.entry.days, one.exits.days) for one in made] == [(90, 60), (120, 90), (150, 120)]
    assert done(replace(BOOK, hedge=Policy("months", (VixMonths(weight=0.05),)))).program_names[1:] == tuple(
        one.name for one in made
    )


def test_a_ladder_before_the_print_follows_trigger_t6_of_the_session_before():
    """``pre_print``: the trigger as it was given to the market states, a session later."""
    dates = embedded_history().get("SPX").dates
    days = dates[(dates >= np.datetime64("2014-06-02")) & (dates <= np.datetime64("2017-06-01"))]
    fired = (np.arange(days.size) // 30) % 2 == 0
    known = days.astype("datetime64[s]") + np.timedelta64(13, "h") + np.timedelta64(30, "m")
    history = embedded_history().with_series(Series("T6", days, fired.astype(float), known, "flag", "made up"))
    result = run(replace(BOOK, hedge=Policy("before", (MacroLadder(clock="pre_print"),))), history)
    held = result.program[:, result.program_names.index("L3.1.1"), at.RUN_HELD] > 0.0
    at_day = {day: bool(flag) for day, flag in zip(days.tolist(), fired.tolist(), strict=True)}
    before = [at_day.get(day, False) for day in calendar(START, END).dates.tolist()]
    np.testing.assert_array_equal(held[1:], before[:-1])
    assert any("armed on" in line for line in result.modelled)


def ratio_plan(**changes):
    policy = Policy("ratio", (HedgeRatio(**changes),), Budgets(carry=10.0, premium=10.0))
    return replace(BOOK, hedge=policy)


def test_a_hedge_ratio_is_the_slope_of_the_book_on_the_future():
    """A book that loses 0.2 of what the future gains is hedged with 0.2 of its equity in the future, after a year."""
    when = calendar(START, END)
    rows = rows_of(embedded_history())
    program = policy_programs(ratio_plan().hedge).programs[0]
    target = target_of(when, rows, program)
    days = (when.dates - np.datetime64("1970-01-01", "D")).astype(float)
    left = target.days[:-1] - np.diff(days)
    now = [np.interp(one, np.r_[0.0, rows.curve_days[i + 1]], np.r_[rows.levels[i + 1, 1], rows.curve[i + 1]])
           for i, one in enumerate(left)]  # fmt: skip
    book = 1e6 * np.cumprod(np.r_[1.0, 1.0 - 0.2 * (np.array(now) / target.future[:-1] - 1.0)])
    found = hedge_ratio(HedgeRatio(), Budgets(carry=10.0, premium=10.0), (when, rows), program, book)
    assert (found.share[:253] == 0.0).all()
    np.testing.assert_allclose(found.share[253:], 0.2, rtol=1e-9)
    assert not found.leave.any()
    none = hedge_ratio(HedgeRatio(), Budgets(carry=0.0), (when, rows), program, book)
    assert (none.share == 0.0).all()


def test_a_hedge_ratio_runs_on_its_own_book_and_sees_only_the_past():
    result = done(ratio_plan())
    assert (result.program[253:, 1, at.RUN_HELD] > 0.0).any()
    none = done(replace(BOOK, hedge=replace(ratio_plan().hedge, budgets=Budgets(premium=0.0))))
    np.testing.assert_array_equal(none.nav, done(BOOK).nav)
    short = done(replace(ratio_plan(), end=dt.date(2016, 6, 30)))
    np.testing.assert_array_equal(result.nav[: short.nav.size], short.nav)


def test_a_chaser_trades_when_what_it_would_buy_has_changed():
    """Its purchases are of the month wanted, out of the money; a session to leave never ends with the old calls."""
    when, rows = calendar(START, END), rows_of(embedded_history())
    program = policy_programs(replace(preset("seed"), temper="chase")).programs[1]
    target, leaves = target_of(when, rows, program), restruck(when, rows, program)
    result = done(replace(BOOK, hedge=replace(preset("seed"), temper="chase")))
    number = result.program_names.index("L2")
    records = result.records[result.records[:, at.FILL_PROGRAM] == number]
    bought = records[records[:, at.FILL_RULE] == at.ENTER]
    assert 0.1 < leaves.mean() < 0.95
    for row, strike, expiry in bought[:, [at.FILL_ROW, at.FILL_STRIKE, at.FILL_EXPIRY]]:
        assert result.expiries[int(expiry)] == target.expiry[int(row)].astype("datetime64[D]")
        assert strike > target.future[int(row)]
    held_through = np.setdiff1d(np.flatnonzero(leaves), records[:, at.FILL_ROW].astype(int))
    assert (result.program[held_through, number, at.RUN_HELD] == 0.0).all()
