"""A plan on any history: official and estimated prints, resampled lanes, names of data, and late signals."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.lanes import FREE, nav, rows, run, terms

from seawall.app.run_history import Source, run_history, where_from
from seawall.core.clock import close_instant
from seawall.core.errors import InputError, MissingDataError, SettlementError
from seawall.data.embedded import embedded_history
from seawall.evidence.fingerprint import data_hash
from seawall.hedge.policy import AlvhPolicy, Layer
from seawall.kernels import slots as at
from seawall.kernels.impact import size_impact
from seawall.kernels.lane import run_lane
from seawall.kernels.modelled import vix_option_vol
from seawall.market.history import Series
from seawall.sim.costs import Costs
from seawall.sim.engine import prepare, run_lanes, simulate
from seawall.sim.listing import calendar
from seawall.sim.plan import Plan
from seawall.sim.plan_rows import settled_anyhow
from seawall.sim.plan_series import plan_series, read_by
from seawall.sim.programs import Entry, Exits, Program
from seawall.sim.programs_coins import PerpProgram, PoolFees, PoolProgram
from seawall.sim.programs_made import condor_legs, vix_future
from seawall.sim.rows import lane_of, resampled

START, END = dt.date(2017, 6, 1), dt.date(2018, 4, 30)
HELD = Plan("held", START, END, hedge=AlvhPolicy(layers=(Layer("L1", 1.0, 30, 0),)))
POOL = PoolProgram("LP", size="usd", amount=1e5, width=1.5)
PERP = PerpProgram("H", follows="LP")


def dated(name, values, dates):
    known = np.array([close_instant(day).replace(tzinfo=None) for day in dates.tolist()], dtype="datetime64[s]")
    return Series(name, dates, np.asarray(values, float) * np.ones(dates.size), known, "points", "test")


def daily(name, values, days):
    return Series(name, days, values, (days + 1).astype("datetime64[s]") + np.timedelta64(300, "s"), "usd", "test")


def with_eth(history, funding=True):
    days = np.arange(np.datetime64(START) - 5, np.datetime64(END) + 1)
    price = 300.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.05, days.size)))
    history = history.with_series(daily("ETH", price, days))
    return history.with_series(daily("ETH_FUNDING", np.full(days.size, 1e-4), days)) if funding else history


def test_vix_options_settle_on_the_opening_only_if_the_plan_says_so():
    history, dates = embedded_history(), calendar(START, END).dates
    closes = history.values_on("VIX", dates)
    for name, factor in (("VIX_OPEN", 1.02), ("VIX_HIGH", 1.1), ("VIX_LOW", 0.9)):
        history = history.with_series(dated(name, factor * closes, dates))
    with pytest.raises(SettlementError, match="VRO"):
        prepare(HELD, history)
    result = simulate(prepare(replace(HELD, vix_print="opening"), history))
    settled = [one for one in result.fills() if one.rule == "L1.settle"]
    assert len(settled) > 5
    for one in settled:
        opened = 1.02 * history.values_on("VIX", np.array([one.date], "datetime64[D]"))[0]
        assert one.price == pytest.approx(max(opened - one.strike, 0.0), abs=1e-9)
    assert any("estimated by VIX's opening on 11" in line for line in result.modelled)


def test_am_options_settle_on_the_official_print():
    dates = calendar(START, END).dates
    history = embedded_history().with_series(dated("SET", 2000.0, dates))
    one = Program("A", condor_legs(0.2, 0.05), "units", 1.0, Entry("expiry", settle="am"))
    result = simulate(prepare(Plan("am", START, END, condor=None, programs=(one,)), history))
    settled = [fill for fill in result.fills() if fill.rule == "A.settle"]
    assert {fill.instrument for fill in settled} == {"SPX"}
    for fill in settled:
        side = 1.0 if fill.right == "call" else -1.0
        assert fill.price == pytest.approx(max(side * (2000.0 - fill.strike), 0.0), abs=1e-9)
    assert any("opening print" in line for line in result.modelled)


def test_a_resampled_lane_settles_on_the_row_it_reads():
    """Without official prints no plain lane could hold to settlement; a resampled one does, on its row's VIX."""
    inputs = prepare(HELD, embedded_history(), resampled=True)
    source = resampled(inputs.rows, 5, 20.0, inputs.when.dates.size)
    lane = lane_of(inputs.rows, 2500.0, [], source)
    (lean,) = run_lanes(inputs, [lane])
    book = run_lane(settled_anyhow(inputs.rows), lane, inputs.tables, inputs.terms, inputs.quotes, inputs.plan.capital)
    assert np.array_equal(lean.nav, nav(book))
    made = book.fills[: book.filled[0]]
    settled = made[(made[:, at.FILL_RULE] == at.SETTLE) & (made[:, at.FILL_WHAT] == at.VOL)]
    assert len(settled) > 3
    vix = inputs.rows.levels[source[settled[:, at.FILL_ROW].astype(int)], 1]
    assert settled[:, at.FILL_PRICE] == pytest.approx(np.maximum(vix - settled[:, at.FILL_STRIKE], 0.0), abs=1e-9)


def test_pools_and_perps_run_in_one_account_with_a_condor_and_its_hedge():
    plan = Plan("all", START, END, hedge=AlvhPolicy(), programs=(POOL, replace(PERP, band=0.02)))
    result = simulate(prepare(plan, with_eth(embedded_history())))
    assert {fill.instrument for fill in result.fills()} == {"SPXW", "VIX", "LP ETH", "ETH perp"}
    assert result.session[:, at.DAY_FEES].sum() > 0.0
    assert result.counts().rebalanced > 10
    assert any("utc" in line.lower() for line in result.modelled)


def test_unknown_funding_is_refused_unless_assumed():
    plan = Plan("perp", START, END, condor=None, programs=(POOL, PERP))
    with pytest.raises(MissingDataError, match=r"funding of ETH is unknown on 2017-06-02.*assumed_funding"):
        prepare(plan, with_eth(embedded_history(), funding=False))
    inputs = prepare(replace(plan, assumed_funding=2e-4), with_eth(embedded_history(), funding=False))
    assert np.allclose(inputs.rows.funding[1:, 0], 6e-4 * np.diff(inputs.when.dates).astype(float))
    assert any("0.0002 per 8 h assumed" in line for line in inputs.modelled)


def test_fair_fees_pay_more_to_a_narrower_range():
    """Liquidity per value of a range over v2's at its centre is 1 / (1 - w^-1/2)."""
    wide, full = (
        prepare(
            Plan("p", START, END, condor=None, programs=(replace(POOL, width=w, fees=PoolFees("fair", 1.0)),)),
            with_eth(embedded_history()),
        ).rows.fees[:, 0]
        for w in (1.5, None)
    )
    assert wide[1:] == pytest.approx(full[1:] / (1.0 - 1.5**-0.5), rel=1e-9)


def test_only_series_that_a_plan_reads_name_its_data():
    plan, history = Plan("alone", START, END), embedded_history()
    mark = data_hash(read_by(plan, history), plan.end)
    other = history.with_series(dated("GOLD", 1300.0, calendar(START, END).dates))
    assert data_hash(read_by(plan, other), plan.end) == mark
    assert data_hash(read_by(plan, history.with_series(dated("SKEW", 130.0, calendar(START, END).dates)))) != mark
    assert "SKEW" in plan_series(plan)
    assert "VX_2018_02" in plan_series(HELD)
    assert {"ETH_USD_LOW", "ETH_US_CLOSE", "ETH_FUNDING"} <= set(plan_series(replace(plan, programs=(POOL,))))
    assert not {"VX1", "ETH"} & set(plan_series(plan))


def test_one_history_is_named():
    with pytest.raises(InputError, match="name one"):
        run_history(Source(True, 3), HELD)
    made = run_history(Source(synthetic=3), Plan("s", dt.date(2017, 1, 3), dt.date(2017, 6, 30)))
    assert made.synthetic
    said = prepare(Plan("s", dt.date(2017, 1, 3), dt.date(2017, 6, 30)), made).modelled
    assert "synthetic" in said[0]
    assert not any("observed on 12" in line for line in said)
    assert "synthetic" in where_from(Source(synthetic=3))
    assert run_history(Source(embedded=True), HELD) is embedded_history()


@given(st.lists(st.tuples(st.booleans(), st.floats(0.0, 2.0)), min_size=3, max_size=24))
@settings(deadline=None)
def test_a_signal_that_comes_a_day_late_never_does_better(days):
    """VIX rises on the day after a signal and falls on the others: who holds its future then misses nothing."""
    signal = np.array([one for one, _ in days])
    move = np.array([size for _, size in days])
    vix = 60.0 + np.concatenate([[0.0], np.cumsum(np.where(signal, move, -move))[:-1]])
    late = np.concatenate([[False], signal[:-1]])
    seen, count = rows(np.arange(vix.size), vix=vix), np.arange(vix.size)
    future = Program("F", vix_future(1.0), "units", 1.0, Entry("daily", 60), Exits(days=7))
    ends = [nav(run(seen, count, [future], terms(**FREE), opens=one, leave=~one))[-1] for one in (signal, late)]
    assert ends[0] >= ends[1] - 1e-6


def test_costs_are_linear_in_size_below_a_tenth_of_the_volume_and_grow_above():
    """Futures: half-spread and commission a contract, and Y F vol sqrt(1/252) sqrt(Q / V) points above."""
    given_terms = terms(future_volume=1000.0, impact=1.0)

    def cost(units):
        one = Program("F", vix_future(1.0), "units", units, Entry("daily", 60))
        return run(rows([0], vix=20.0), [0], [one], given_terms).program[0, 0, at.RUN_COST]

    assert cost(100.0) == pytest.approx(100.0 * cost(1.0), rel=1e-12)
    point = 20.0 * vix_option_vol(20.0, 20.0, 60.0 / 365.0, 91.0) / np.sqrt(252.0)
    extra = 400.0 * 1000.0 * size_impact(400.0, 1000.0, point, 1.0)
    assert cost(400.0) == pytest.approx(400.0 * cost(1.0) + extra, rel=1e-9)


def test_twice_the_costs_cost_twice_to_the_last_digit():
    one = Program("F", vix_future(1.0), "units", 2.0, Entry("daily", 60, 7), Exits(days=7, on_days="roll"))
    plan = Plan("f", START, END, condor=None, programs=(one,), costs=Costs(future_volume=10.0))
    spent = [simulate(prepare(plan.at_costs(k), embedded_history())).of("F", at.RUN_COST) for k in (1.0, 2.0)]
    assert spent[0].sum() > 0.0
    assert np.allclose(spent[1], 2.0 * spent[0], rtol=1e-12)
