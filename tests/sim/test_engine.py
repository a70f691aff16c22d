"""The monthly condor with and without the hedge on the embedded closes: accounting oracles, look-ahead, and a replay
of single lives by independent code."""

import datetime as dt
import functools
import math
from dataclasses import replace

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from scipy.optimize import brentq
from scipy.stats import norm

from seawall.core.clock import close_instant
from seawall.core.errors import (
    DomainError,
    LookaheadError,
    MissingDataError,
    MissingExpiryError,
    SelfFinancingError,
    SettlementError,
)
from seawall.data.embedded import embedded_history
from seawall.hedge.policy import AlvhPolicy, Layer
from seawall.kernels import slots as at
from seawall.kernels.index_smile import CRASH_WEIGHT, WING_WEIGHT, density_at
from seawall.market.history import Series
from seawall.signals.regime import Regime, classify
from seawall.sim.costs import FREE, Costs
from seawall.sim.engine import compare, prepare, run, states_before
from seawall.sim.listing import calendar
from seawall.sim.plan import CondorProgram, Plan
from seawall.sim.result import check_account

CRASH = dt.date(2018, 2, 5)
HEDGED = Plan(name="with", hedge=AlvhPolicy())
ALONE = Plan(name="alone")
LAYERS = ("L1", "L2", "L3")
STATED = Costs(spx_half_spread=0.10, vix_half_spread_fraction=0.075, vix_half_spread_floor=0.05)


@functools.cache
def done(plan):
    return run(plan, embedded_history())


def known_on(day):
    """Everything known 15 minutes after the close of ``day``."""
    return embedded_history().upto(close_instant(day) + dt.timedelta(minutes=15))


def changed(history, name, values):
    old = history.get(name)
    return history.with_series(Series(name, old.dates, values, old.known_at, old.unit, "test", old.origin))


@pytest.mark.parametrize("plan", [ALONE, HEDGED, HEDGED.at_costs(2.0)], ids=["alone", "hedged", "twice the costs"])
def test_cash_and_positions_are_conserved_every_session(plan):
    """The identities of METHOD 8.3, written out again from columns and fills."""
    result = done(plan)
    nav, total = result.nav, result.program.sum(axis=1)
    allowed = 1e-9 * nav
    assert (np.abs(result.cash + total[:, at.RUN_MARK] - nav) <= allowed).all()
    costs = total[:, at.RUN_COST]
    gained = total[:, at.RUN_PNL] + result.interest - costs
    assert (np.abs(np.diff(nav) - gained[1:]) <= allowed[1:]).all()
    cash = np.full(nav.size, plan.capital)
    for fill in result.fills():
        cash[result.dates >= np.datetime64(fill.date)] -= fill.quantity * fill.mid * 100.0 + fill.cost
    assert (np.abs(cash + np.cumsum(result.interest) - result.cash) <= allowed).all()
    assert costs.sum() > 0.0
    assert result.pnl.sum() == pytest.approx(nav[-1] - plan.capital)


def test_positions_follow_from_the_fills():
    """Nothing is held that was not bought, and nothing disappears without a fill (METHOD 8.7)."""
    result = done(HEDGED)
    for name in LAYERS:
        held = np.zeros(result.nav.size)
        for fill in result.fills():
            if fill.rule.startswith(name):
                held[result.dates >= np.datetime64(fill.date)] += fill.quantity
        assert np.array_equal(held, result.of(name, at.RUN_HELD))
    assert result.counts().opened - result.counts().settled == 1
    assert result.of("L0", at.RUN_HELD)[-1] > 0.0


def test_doubling_the_book_doubles_every_dollar_column():
    """Twice the capital traded in lots of two is the same book twice: exact, because 2 x is exact in binary."""
    one, two = done(HEDGED), done(replace(HEDGED, capital=2 * HEDGED.capital, lot=2))
    for name, column in one.columns().items():
        assert np.array_equal(2.0 * column, two.columns()[name]), name
    assert one.columns()["L1_premium"].sum() > 0.0


@pytest.mark.parametrize("day", [dt.date(2014, 8, 15), CRASH, dt.date(2018, 10, 11)])
def test_the_past_does_not_change_when_the_future_is_removed(day):
    full, cut = done(HEDGED), run(replace(HEDGED, end=day), known_on(day))
    rows = cut.nav.size
    assert cut.dates[-1] == np.datetime64(day)
    for name, column in full.columns().items():
        assert np.array_equal(column[:rows], cut.columns()[name]), name
    assert cut.fills() == tuple(fill for fill in full.fills() if fill.date <= day)


@pytest.mark.parametrize("day", [dt.date(2015, 8, 21), CRASH])
def test_the_past_does_not_change_when_the_future_is_scrambled(day):
    history, draw = embedded_history(), np.random.default_rng(5)
    for name in ("SPX", "VIX"):
        series = history.get(name)
        later = series.dates > np.datetime64(day)
        values = series.values.copy()
        values[later] = draw.permutation(values[later])
        history = changed(history, name, values)
    full, other = done(HEDGED), run(HEDGED, history)
    rows = full.row(day) + 1
    for name, column in full.columns().items():
        assert np.array_equal(column[:rows], other.columns()[name][:rows]), name
    assert not np.array_equal(full.nav, other.nav)


def test_a_state_acts_on_the_session_after_its_own():
    regimes = classify(embedded_history())
    when = calendar(HEDGED.start, HEDGED.end)
    states = states_before(regimes, when)
    assert states[0] == Regime.CALM
    by_date = dict(zip(regimes.dates.tolist(), regimes.states.tolist(), strict=True))
    expected = [by_date[day] for day in when.dates[:-1].tolist()]
    assert states[1:].tolist() == expected
    assert regimes.on(CRASH).state == Regime.SPIKE
    sold = [fill for fill in done(HEDGED).fills() if fill.rule == "L1.monetise" and fill.date.year == 2018]
    assert sold[0].date == dt.date(2018, 2, 6)


def test_a_state_published_late_is_refused():
    regimes = classify(embedded_history())
    late = replace(regimes, known_at=regimes.known_at + np.timedelta64(3, "D"))
    with pytest.raises(LookaheadError, match="not known by the close"):
        states_before(late, calendar(HEDGED.start, HEDGED.end))


def test_a_missing_state_is_refused():
    regimes = classify(embedded_history())
    kept = np.ones(regimes.dates.size, dtype=bool)
    kept[100] = False
    holed = replace(regimes, dates=regimes.dates[kept], states=regimes.states[kept], known_at=regimes.known_at[kept])
    with pytest.raises(MissingDataError, match=str(regimes.dates[100])):
        states_before(holed, calendar(HEDGED.start, HEDGED.end))


class Seen:
    """One expiry at one close: QuantLib prices on the mixture of three lognormals, deltas at implied volatility."""

    def __init__(self, inputs, row, end):
        rows, time = inputs.rows, inputs.when.time
        self.years, rate = end - time[row], rows.rate[row]
        self.forward = inputs.lane.spot[row] * math.exp((rate - 0.02) * self.years)
        self.discount = math.exp(-rate * self.years)
        of = density_at(rows.levels[row], rows.skew[row], self.years)
        weights = (1.0 - WING_WEIGHT - CRASH_WEIGHT, WING_WEIGHT, CRASH_WEIGHT)
        self.parts = list(zip(weights, of[:3], of[3:], strict=True))

    def price(self, kind, strike):
        each = (w * ql.blackFormula(kind, strike, f * self.forward, s, self.discount) for w, f, s in self.parts)
        return math.fsum(each)

    def delta(self, kind, strike):
        price = self.price(kind, strike)
        stdev = ql.blackFormulaImpliedStdDev(kind, strike, self.forward, price, self.discount, 0.0, 0.02, 1e-13, 1000)
        d1 = math.log(self.forward / strike) / stdev + 0.5 * stdev
        return self.discount * norm.cdf(d1 if kind == ql.Option.Call else -d1)

    def strike(self, kind, target, step):
        side = 1.0 if kind == ql.Option.Call else -1.0
        far = self.forward * math.exp(side * 0.3)
        exact = brentq(lambda k: self.delta(kind, k) - target, self.forward, far, xtol=1e-9)
        return step * math.floor(exact / step + 0.5)


@pytest.mark.parametrize("opened", [dt.date(2014, 1, 17), dt.date(2015, 7, 17), dt.date(2018, 1, 19)])
def test_one_condor_agrees_with_a_replay_by_hand(opened):
    """QuantLib prices, strikes by root search, a cash account kept line by line; to 1e-9 of equity every session."""
    plan = Plan(name="one life", start=opened, end=opened + dt.timedelta(days=35), costs=STATED)
    result = run(plan, embedded_history())
    inputs = prepare(plan, embedded_history())
    rate, time = inputs.rows.rate, inputs.when.time
    expiry = np.datetime64(result.fills()[0].expiry)
    last = int(np.flatnonzero(result.dates == expiry)[0])
    first = Seen(inputs, 0, time[last])
    put, call = ql.Option.Put, ql.Option.Call
    legs = [(put, first.strike(put, 0.05, 5.0), 1), (put, first.strike(put, 0.2, 5.0), -1)]
    legs += [(call, first.strike(call, 0.2, 5.0), -1), (call, first.strike(call, 0.05, 5.0), 1)]
    entry = [first.price(kind, strike) for kind, strike, _ in legs]
    credit = -sum(sign * mid for (_, _, sign), mid in zip(legs, entry, strict=True)) - 4 * 0.10 - 4 * 0.01
    width = max(legs[1][1] - legs[0][1], legs[3][1] - legs[2][1])
    contracts = math.floor(0.10 * plan.capital / ((width - credit) * 100))
    assert [fill.strike for fill in result.fills()[:4]] == [strike for _, strike, _ in legs]
    assert result.of("L0", at.RUN_HELD)[0] == contracts

    cash = plan.capital + contracts * credit * 100
    for row in range(last):
        if row:
            cash *= math.exp(rate[row - 1] * (time[row] - time[row - 1]))
        seen = Seen(inputs, row, time[last])
        marks = [sign * seen.price(kind, strike) for kind, strike, sign in legs]
        assert result.nav[row] == pytest.approx(cash + contracts * 100 * sum(marks), rel=1e-9)
    cash *= math.exp(rate[last - 1] * (time[last] - time[last - 1]))
    for kind, strike, sign in legs:
        over = (inputs.lane.spot[last] - strike) if kind == call else (strike - inputs.lane.spot[last])
        cash += contracts * 100 * sign * max(over, 0.0)
    reopened = result.of("L0", at.RUN_COST)[last]
    assert result.nav[last] + reopened == pytest.approx(cash, rel=1e-9)


def test_the_crash_of_february_2018_is_visible_and_paid():
    alone, hedged = done(ALONE), done(HEDGED)
    row = alone.row(CRASH)
    change = alone.pnl[1:] / alone.nav[:-1]
    assert row - 1 in np.argsort(change)[:3]
    assert hedged.hedge_net[row] > 0.0
    assert hedged.pnl[row] > alone.pnl[row]


def test_condors_run_from_one_monthly_expiry_to_the_next():
    fills = done(ALONE).fills()
    opened = {fill.date: fill.expiry for fill in fills if fill.rule == "L0.open"}
    assert len(opened) == 60
    assert opened[dt.date(2014, 3, 21)] == dt.date(2014, 4, 17)  # Good Friday 2014-04-18
    assert list(opened)[1:] == list(opened.values())[:-1]
    assert all(fill.instrument == "SPXW" for fill in fills)


def test_layers_roll_when_their_days_are_left():
    policy = HEDGED.hedge
    days = {layer.name: layer.roll_days for layer in policy.layers}
    rolled = [fill for fill in done(HEDGED).fills() if fill.rule.endswith(".roll")]
    assert len(rolled) == done(HEDGED).counts().rolled > 50
    for fill in rolled:
        left = (fill.expiry - fill.date).days
        assert days[fill.rule[:2]] - 4 < left <= days[fill.rule[:2]]
    held = [(fill.expiry - fill.date).days for fill in done(HEDGED).fills() if fill.rule == "L1.base"]
    assert min(held) > 7


def test_multiples_are_judged_on_the_close_before():
    """Each tranche: bought at p, the mark of the session before at least 2 p or 4 p, and the state SPIKE by then."""
    result = done(HEDGED)
    entry, tranche = 0.0, 0
    checked = 0
    for fill in result.fills():
        if fill.rule == "L1.base":
            entry, tranche = fill.price, 0
        if fill.rule == "L1.monetise":
            before = result.row(fill.date) - 1
            mark = result.of("L1", at.RUN_MARK)[before] / result.of("L1", at.RUN_HELD)[before] / 100.0
            assert mark >= (2.0, 4.0)[tranche] * entry * 0.999
            assert classify(embedded_history()).on(result.dates[before].item()).state == Regime.SPIKE
            tranche, checked = tranche + 1, checked + 1
    assert checked == result.counts().monetised > 0


def test_equity_moves_between_trades():
    """METHOD 8.7: a realised-only curve hides drawdown. Without a fill, cash earns interest and nothing else."""
    result = done(ALONE)
    quiet = np.ones(result.nav.size, dtype=bool)
    quiet[[result.row(fill.date) for fill in result.fills()]] = False
    quiet[0] = False
    assert np.allclose(np.diff(result.cash)[quiet[1:]], result.interest[quiet], rtol=0.0, atol=1e-6)
    moved = np.abs(np.diff(result.nav)[quiet[1:]]) > 10.0
    assert moved.mean() > 0.9


def test_free_fills_cost_nothing_and_trading_changes_no_equity():
    result = done(replace(HEDGED, costs=FREE))
    total = result.program.sum(axis=1)
    assert total[:, at.RUN_COST].sum() == 0.0
    gained = total[:, at.RUN_PNL] + result.interest
    assert np.allclose(np.diff(result.nav), gained[1:], rtol=0.0, atol=1e-9 * result.nav[0])


def test_twice_the_costs_doubles_the_cost_column_when_quantities_are_held():
    plan = replace(ALONE, lot=8)
    once, twice = done(plan), done(plan.at_costs(2.0))
    assert np.array_equal(once.of("L0", at.RUN_HELD), twice.of("L0", at.RUN_HELD))
    assert np.allclose(2.0 * once.of("L0", at.RUN_COST), twice.of("L0", at.RUN_COST), rtol=1e-12)
    assert once.of("L0", at.RUN_COST).sum() > 0.0


@pytest.mark.parametrize("multiple", [1.0, 2.0])
def test_every_fill_costs_its_half_spread_and_commission(multiple):
    for fill in done(replace(HEDGED, costs=STATED).at_costs(multiple)).fills():
        half = 0.10 if fill.instrument == "SPXW" else max(0.075 * fill.mid, 0.05)
        paid = 0.0 if fill.rule.endswith("settle") else multiple * half
        fee = 0.0 if fill.rule.endswith("settle") else multiple * 1.0
        price = fill.mid + paid if fill.quantity > 0 else max(fill.mid - paid, 0.0)
        assert fill.price == pytest.approx(price, abs=1e-12)
        assert fill.cost == pytest.approx(abs(fill.quantity) * (abs(price - fill.mid) * 100 + fee), abs=1e-7)


def test_caps_hold_at_every_purchase():
    greedy = replace(HEDGED, hedge=AlvhPolicy(carry_budget=2.0, income_share=50.0, vega_cap=100.0))
    result = done(greedy)
    bought = result.program[:, result.hedges, at.RUN_PREMIUM].sum(axis=1) > 0.0
    worth = result.program[:, result.hedges, at.RUN_MARK].sum(axis=1)[bought]
    assert (worth <= 0.10 * result.nav[bought] * 1.02).all()
    assert sum(year["premium_cap"] for year in result.counts().binding.values()) > 50
    assert sum(sum(year.values()) for year in done(HEDGED).counts().binding.values()) == (
        done(HEDGED).counts().bought + done(HEDGED).counts().boosted
    )


def test_zero_contracts_is_an_answer():
    small = replace(HEDGED, capital=20_000.0, condor=CondorProgram(risk_fraction=0.015))
    result = done(small)
    assert result.counts().opened == 0
    assert result.counts().skipped == 60
    assert result.fills() == ()
    assert result.counts().starved > 1000
    assert np.array_equal(result.nav, result.cash)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_one_condor_never_loses_more_than_its_share_of_equity(share):
    """Costs included; interest only helps, because the rate is positive and so is the cash."""
    result = done(replace(ALONE, condor=CondorProgram(risk_fraction=share)))
    opened = np.unique([result.row(fill.date) for fill in result.fills() if fill.rule == "L0.open"])
    before = result.nav + result.of("L0", at.RUN_COST)
    change = before[opened[1:]] / before[opened[:-1]] - 1.0
    assert (change >= -share - 1e-12).all()
    assert change.min() < -0.5 * share
    assert result.ruined_on is None


def test_ruin_is_dated():
    gone = done(ALONE).session.copy()
    gone[700:, at.DAY_EQUITY] -= 2e6
    assert replace(done(ALONE), session=gone).ruined_on == done(ALONE).dates[700].item()


def test_cash_earns_the_policy_rate_by_the_calendar():
    idle = done(replace(ALONE, condor=CondorProgram(risk_fraction=0.0)))
    rate = embedded_history().values_on("POLICY_RATE", idle.dates)
    grown = 1e6
    instants = [close_instant(day) for day in idle.dates.tolist()]
    for row in range(1, idle.nav.size):
        grown *= (1.0 + rate[row - 1]) ** ((instants[row] - instants[row - 1]).total_seconds() / (365 * 86400))
    assert idle.nav[-1] == pytest.approx(grown, rel=1e-12)


def test_the_comparison_shares_its_data_and_its_program():
    both = compare(HEDGED, embedded_history())
    assert np.array_equal(both.with_hedge.nav, done(HEDGED).nav)
    assert np.array_equal(both.without_hedge.nav, done(ALONE).nav)
    assert both.without_hedge.program_names == ("L0",)
    with pytest.raises(DomainError, match="no hedge to compare"):
        compare(ALONE, embedded_history())


def test_what_is_modelled_is_said():
    said = " ".join(done(HEDGED).modelled)
    for word in (
        "SPX option prices are modelled",
        "SKEW is not observed",
        "all modelled on 1257 sessions (forward volatilities of the VIX family",
        "VVIX 0;",
    ):
        assert word in said
    assert "VIX futures" not in " ".join(done(ALONE).modelled)


def test_an_observed_vvix_is_used_and_counted():
    vix = embedded_history().get("VIX")
    rows = vix.dates < np.datetime64("2016-01-01")
    vvix = Series("VVIX", vix.dates[rows], np.full(rows.sum(), 200.0), vix.known_at[rows], "points", "test", vix.origin)
    history = embedded_history().with_series(vvix)
    inputs = prepare(HEDGED, history)
    early = inputs.when.dates < np.datetime64("2016-01-01")
    assert (inputs.rows.vvix[early] == 200.0).all()
    assert np.allclose(inputs.rows.vvix[~early], 80.0 + 0.75 * inputs.rows.levels[~early, 1])
    assert any(f"VVIX {early.sum()};" in line for line in inputs.modelled)


@pytest.mark.parametrize(
    ("plan", "error", "words"),
    [
        (replace(HEDGED, start=dt.date(2014, 1, 2)), MissingDataError, "VIX has no close on 2014-01-02"),
        (replace(HEDGED, end=dt.date(2019, 1, 3)), MissingDataError, "SPX has no close on 2019-01-02"),
        (replace(HEDGED, hedge=AlvhPolicy(layers=(Layer("L9", 1.0, 400, 7),))), MissingExpiryError, "program L9"),
        (replace(HEDGED, hedge=AlvhPolicy(layers=(Layer("L9", 1.0, 30, 2),))), SettlementError, "2014-01-22"),
    ],
)
def test_what_is_missing_is_named_before_the_run(plan, error, words):
    with pytest.raises(error, match=words):
        run(plan, embedded_history())


def test_a_settlement_print_lets_a_layer_be_held_to_expiry():
    """With opening prints in the history, calls held to expiry settle on them and pay no cost."""
    when = calendar(HEDGED.start, HEDGED.end)
    days = when.vol_expiries[when.vol_expiries <= np.datetime64("2018-12-31")]
    known = np.array([close_instant(day).replace(tzinfo=None) for day in days.tolist()], dtype="datetime64[s]")
    vro = Series("VRO", days, np.full(days.size, 60.0), known, "points", "test")
    plan = replace(HEDGED, hedge=AlvhPolicy(layers=(Layer("L1", 1.0, 30, 0),)))
    settled = [f for f in run(plan, embedded_history().with_series(vro)).fills() if f.rule == "L1.settle"]
    assert len(settled) > 40
    assert all(fill.price == 60.0 - fill.strike and fill.cost == 0.0 for fill in settled)


def test_a_gap_and_a_wrong_level_are_refused():
    history = embedded_history()
    vix = history.get("VIX")
    away = (vix.dates >= np.datetime64("2016-03-01")) & (vix.dates <= np.datetime64("2016-03-04"))
    gap = history.with_series(vix.where(~away))
    with pytest.raises(MissingDataError, match="VIX has no close on 2016-03-04"):  # three sessions are carried
        run(ALONE, gap)
    zero = vix.values.copy()
    zero[50] = 0.0
    with pytest.raises(DomainError, match="VIX is 0 on"):
        run(ALONE, changed(history, "VIX", zero))
    with pytest.raises(MissingDataError, match="POLICY_RATE"):
        run(ALONE, type(history).of(history.get("SPX"), vix))


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ("session", (700, at.DAY_CASH), "cash plus positions is not equity"),
        ("program", (700, 0, at.RUN_PNL), "are not the change of equity"),
        ("session", (700, at.DAY_INTEREST), "are not the change of equity"),
    ],
)
def test_money_from_nowhere_is_found(table, place, words):
    result = done(HEDGED)
    bent = getattr(result, table).copy()
    bent[place] += 0.01
    with pytest.raises(SelfFinancingError, match=words) as caught:
        check_account(replace(result, **{table: bent}), HEDGED.capital)
    assert str(result.dates[700]) in str(caught.value)
    check_account(result, HEDGED.capital)


def test_a_trade_that_moved_no_cash_is_found():
    """METHOD 8.7: an option that was held but never paid for."""
    result = done(HEDGED)
    dropped = result.records.copy()
    bought = np.flatnonzero((dropped[:, at.FILL_RULE] == at.ENTER) & (dropped[:, at.FILL_PROGRAM] == 1))
    dropped[bought[3], at.FILL_QUANTITY] = 0.0
    with pytest.raises(SelfFinancingError, match="fills and interest"):
        check_account(replace(result, records=dropped), HEDGED.capital)


def test_costs_may_be_anything_but_negative():
    with pytest.raises(DomainError, match="commission_per_contract"):
        Costs(commission_per_contract=-1.0)
    assert Costs(multiple=1.5).times(2.0).multiple == 3.0
