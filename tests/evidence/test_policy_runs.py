"""The accounts that claims about policies read: books that close, benchmarks that are what they say, distinct plans."""

import datetime as dt
import functools
from dataclasses import replace

import numpy as np
import pytest

from seawall.data.embedded import embedded_history
from seawall.evidence.fingerprint import plan_hash
from seawall.evidence.policy_runs import (
    _named,
    hedge_flows,
    opened_by,
    plans_to_run,
    policy_runs,
    session_returns,
)
from seawall.evidence.simulated import NAMES
from seawall.kernels import slots as at
from seawall.sim.engine import run
from seawall.sim.plan import Plan
from seawall.sim.programs import Exits, Program
from seawall.sim.programs_coins import PoolProgram
from seawall.sim.programs_made import vix_future

BOOK = Plan(name="book")


@functools.cache
def made():
    return policy_runs(embedded_history(), BOOK, pool_yield=0.05)


def test_every_run_that_a_claim_reads_is_there_at_both_costs():
    runs = made().runs
    assert set(NAMES) == set(runs.returns) == set(runs.doubled)
    assert all(one.shape == runs.dates.shape for one in (*runs.returns.values(), *runs.doubled.values()))
    assert (runs.dates == made().results["alone"].dates[1:]).all()


def test_every_plan_is_another_configuration_and_is_counted():
    plans = [*made().plans.values(), *made().doubled_plans.values()]
    assert len({plan_hash(one) for one in plans}) == len(plans) == made().runs.trials
    assert all(one.costs.multiple == 2.0 for one in made().doubled_plans.values())


def test_a_hedge_of_the_book_is_not_counted_twice():
    hedged = replace(BOOK, hedge=made().plans["hedged"].hedge)
    assert plans_to_run(hedged) == plans_to_run(BOOK)


def test_returns_compound_to_the_equity_of_the_run():
    for name, result in made().results.items():
        grown = BOOK.capital * np.cumprod(1.0 + made().runs.returns[name])
        start = result.nav[0] / BOOK.capital
        np.testing.assert_allclose(start * grown, result.nav[1:], rtol=1e-12)


def test_the_benchmark_held_smaller_earns_the_mean_of_the_hedged_book_between_book_and_cash():
    runs = made().runs
    smaller, alone, cash = runs.returns["smaller"], runs.returns["alone"], runs.cash
    assert smaller.mean() == pytest.approx(runs.returns["hedged"].mean(), abs=1e-15)
    share = float(np.median((smaller - cash) / (alone - cash)))
    np.testing.assert_allclose(smaller, share * alone + (1.0 - share) * cash, atol=1e-12)
    assert 0.0 < share <= 1.0


@pytest.mark.parametrize(("hedged", "scale"), [(0.0002, 0.5), (0.0009, 1.0), (-0.0001, 0.0)])
def test_the_book_held_smaller_is_always_there(hedged, scale):
    """Half of a book that earns .0004 earns .0002; no more than the whole, and nothing of it for less than cash."""
    wave = np.tile([0.01, -0.01], 50)
    results = {"alone": path(0.0004 + wave), "hedged": path(hedged + 0.5 * wave)}
    returns, notes = _named(results, np.zeros(100))
    np.testing.assert_allclose(returns["smaller"], scale * returns["alone"], atol=1e-9)
    assert notes[0].startswith(f"smaller: {scale:.1%} of the book")
    assert (": the hedged book earns" in notes[0]) == (scale != 0.5)


def path(returns):
    class Run:
        nav = np.concatenate([[1.0], np.cumprod(1.0 + returns)])

    return Run


def test_b5_buys_a_strip_around_the_price_and_sells_a_perp_against_every_pool():
    (strip,) = made().plans["crypto native"].programs
    result = made().results["crypto native"]
    spot = embedded_history().values_on("SPX", result.dates)
    fills = [one for one in result.fills() if one.rule == "strip.base"]
    spent: dict[dt.date, float] = {}
    for one in fills:
        assert (one.strike < spot[result.row(one.date)]) == (one.right == "put"), one
        spent[one.date] = spent.get(one.date, 0.0) + 100.0 * one.quantity * one.mid + one.cost
    assert len(fills) == 4 * len(spent)
    assert len(spent) > 50  # of 59 months; in the others a whole strip costs more than the budget
    assert all(paid <= strip.amount * result.nav[result.row(day)] * 1.001 for day, paid in spent.items())
    pool = PoolProgram("LP", "ETH")
    plans = plans_to_run(replace(BOOK, programs=(pool,)))
    (perp,) = plans["crypto native"].perps
    assert (perp.follows, perp.target, perp.hedge) == ("LP", -1.0, True)
    assert not plans["alone"].perps


def test_the_stop_is_the_book_or_cash():
    runs = made().runs
    stopped = runs.returns["cash stop"]
    assert ((stopped == runs.returns["alone"]) | (stopped == runs.cash)).all()


def test_cash_earns_what_the_account_earns():
    result = made().results["alone"]
    np.testing.assert_allclose(made().runs.cash, result.interest[1:] / result.cash[:-1], rtol=1e-12)


FUTURES = Program("F", vix_future(1.0), "notional", 0.1, exits=Exits(days=7, on_days="roll"), hedge=True)


def with_futures():
    return run(replace(BOOK, programs=(FUTURES,)), embedded_history())


@pytest.mark.parametrize("name", ["hedged", "vxth", "put overlay", "crypto native"])
def test_what_options_were_paid_is_what_the_fill_log_says(name):
    """Quantity times price in dollars, commissions and settlements, from the log of fills alone."""
    result = made().results[name]
    paid = np.zeros(result.dates.size)
    for fill in result.fills():
        if result.hedges[result.program_names.index(fill.rule.rsplit(".", 1)[0])]:
            paid[result.row(fill.date)] += 100.0 * fill.quantity * fill.mid + fill.cost
    np.testing.assert_allclose(hedge_flows(result), paid, atol=1e-6)
    assert (paid > 0.0).any()
    assert (paid < 0.0).any()


def test_flows_of_a_future_are_its_costs_and_its_gains():
    one = with_futures()
    at_costs = one.program[:, one.hedges, at.RUN_COST].sum(axis=1)
    paid = one.session[:, at.DAY_VARIATION]
    np.testing.assert_allclose(hedge_flows(one), at_costs - paid, atol=1e-6)


def test_widening_changes_nothing_before_its_first_occasion():
    runs = made().runs
    first = int(np.argmax(runs.triggered))
    wide, same = runs.returns["widened"], runs.returns["not widened"]
    np.testing.assert_array_equal(wide[:first], same[:first])
    assert not np.array_equal(wide[first:], same[first:])
    assert runs.triggered[first]
    assert not opened_by(made().results["alone"], "L0.widen").any()


def test_returns_after_ruin_are_none():
    class Ruined:
        nav = np.array([100.0, 50.0, -10.0, -10.0])

    np.testing.assert_array_equal(session_returns(Ruined), [-0.5, -1.2, 0.0])


def test_costs_only_take():
    """The same trades at twice the costs cannot end higher where costs change no size: one future a month."""
    once = run(replace(BOOK, condor=None, programs=(replace(FUTURES, size="units", amount=1.0),)), embedded_history())
    plan = replace(BOOK, condor=None, programs=(replace(FUTURES, size="units", amount=1.0),)).at_costs(2.0)
    assert run(plan, embedded_history()).nav[-1] < once.nav[-1]
