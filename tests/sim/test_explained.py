"""A kept run: its fills alone rebuild the cash and the positions of every day, and a day told adds up."""

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from seawall.core.errors import MissingDataError, RangeError, SelfFinancingError
from seawall.data.embedded import embedded_history
from seawall.hedge.policy import AlvhPolicy
from seawall.kernels import slots as at
from seawall.sim.engine import run
from seawall.sim.explained import account_gap, explain, replayed
from seawall.sim.plan import Plan
from seawall.sim.programs import Entry, Exits, Leg, Program
from seawall.sim.programs_coins import PerpProgram, PoolProgram
from seawall.sim.programs_made import vix_future
from seawall.sim.result import Result
from seawall.sim.run_log import LoggedFill, RunLog, run_log
from seawall.sim.synthetic import synthetic_history

START, END = dt.date(2017, 11, 1), dt.date(2018, 4, 30)
FUTURE = Program(
    "VX", vix_future(1.0), "notional", 0.05, Entry("monday", 30, 10), Exits(days=10), tranches=3, hedge=True
)
NAKED = Program("puts", (Leg("put", ratio=-1.0, aim=0.3),), "notional", 25.0, Entry("expiry"))
PLANS = {
    "ruin": Plan("four", START, END, condor=None, programs=(NAKED,), margin="none"),
    "condor and hedge": Plan("one", START, END, hedge=AlvhPolicy()),
    "futures in tranches": Plan("two", START, END, condor=None, programs=(FUTURE,)),
    "all": Plan("three", START, END, hedge=AlvhPolicy(), programs=(FUTURE,)),
}


@cache
def kept(name: str) -> tuple[Result, RunLog]:
    plan, history = PLANS[name], embedded_history()
    result = run(plan, history)
    market = {"spx": history.values_on("SPX", result.dates)}
    return result, run_log(result, plan.capital, market)


@pytest.mark.parametrize("name", PLANS)
def test_fills_rebuild_cash_and_positions_of_every_day(name: str) -> None:
    result, log = kept(name)
    days = result.dates.tolist()
    cash = log.capital
    for row, day in enumerate(days):
        today = [one for one in log.fills if one.day == day]
        cash += log.account["interest"][row] + log.account["variation"][row]
        for one in today:
            paid = 0.0 if one.instrument.startswith("VX ") else one.quantity * one.mid * one.multiplier
            cash -= paid + one.cost
        assert cash == pytest.approx(result.cash[row], abs=1e-6)
        held = replayed(one for one in log.fills if one.day <= day)
        for place, layer in enumerate(log.layers):
            own = [one for one in held.positions if one.layer == layer]
            units = result.of(layer, at.RUN_HELD)[row]
            sold = -sum(one.quantity for one in own if one.quantity < 0.0)
            bought = sum(one.quantity for one in own if one.quantity > 0.0)
            legs = {"L0": (2 * units, 2 * units), "puts": (0.0, units)}.get(layer, (units, 0.0))
            assert (bought, sold) == pytest.approx(legs, abs=1e-6)
            if layer != "VX":  # what options are worth is what was paid for them and what they made since
                paid = sum(one.quantity * one.mid * one.multiplier for one in own)
                made = result.of(layer, at.RUN_PNL)[: row + 1].sum() - held.realised.get(layer, 0.0)
                assert paid + made == pytest.approx(log.layer["mark"][row, place], abs=1e-6)


@pytest.mark.parametrize("name", PLANS)
def test_a_day_told_has_the_numbers_of_the_log(name: str) -> None:
    result, log = kept(name)
    for row, day in enumerate(result.dates.tolist()):
        told = explain(log, day)
        assert told.equity == result.nav[row]
        assert told.made == pytest.approx(result.pnl[row], abs=1e-6)
        layers = sum(one.pnl - one.cost for one in told.layers)
        assert layers + told.interest == pytest.approx(told.made, abs=1e-6)
        assert sum(one.cost for one in told.fills) == pytest.approx(sum(one.cost for one in told.layers), abs=1e-9)
        assert told.cash + sum(one.mark for one in told.layers) == pytest.approx(told.equity, abs=1e-6)
        assert all((one.since_entry is None) == (not one.positions) for one in told.layers)


def test_ruin_is_told_and_nothing_is_held_after_it() -> None:
    result, log = kept("ruin")
    day = result.ruined_on
    assert day is not None
    told, after = explain(log, day), explain(log, END)
    assert (told.call, after.call) == (2, 2)
    assert {one.rule for one in told.fills} == {"margin call"}
    assert not any(layer.positions for layer in (*told.layers, *after.layers))
    assert after.made == 0.0 >= after.equity


def test_a_future_held_has_made_its_move_since_it_was_opened() -> None:
    _, log = kept("futures in tranches")
    sold = next(one for one in log.fills if one.quantity < 0.0)
    bought = next(one for one in log.fills if (one.slot, one.instrument) == (sold.slot, sold.instrument))
    day = sold.day
    before = replayed(one for one in log.fills if one.day < day)
    after = replayed(
        one for one in log.fills if (one.day, one.slot) <= (day, sold.slot) and (one.day < day or one == sold)
    )
    gain = after.realised.get("VX", 0.0) - before.realised.get("VX", 0.0)
    assert gain == pytest.approx((sold.mid - bought.mid) * 1000.0 * -sold.quantity)


def fill(quantity: float, mid: float, day: int, cost: float = 1.0) -> LoggedFill:
    cash = -quantity * mid * 100.0 - cost
    return LoggedFill(dt.date(2018, 1, day), "A", 0, "X", quantity, mid, mid, cost, "A.open", False, 100.0, cash)


@pytest.mark.parametrize(
    ("fills", "quantity", "mid", "realised", "cost"),
    [
        ([(10, 2.0), (5, 5.0)], 15, 3.0, 0.0, 2.0),
        ([(10, 2.0), (-4, 3.0)], 6, 2.0, 400.0, 0.6),
        ([(-10, 2.0), (4, 3.0)], -6, 2.0, -400.0, 0.6),
        ([(10, 2.0), (-10, 1.0)], 0, 0.0, -1000.0, 0.0),
        ([(10, 2.0), (-15, 3.0)], -5, 3.0, 1000.0, 1 / 3),
    ],
)
def test_replayed_by_hand(
    fills: list[tuple[float, float]], quantity: float, mid: float, realised: float, cost: float
) -> None:
    held = replayed(fill(count, price, 2 + n) for n, (count, price) in enumerate(fills))
    assert sum(one.quantity for one in held.positions) == quantity
    assert [one.mid for one in held.positions] == ([mid] if quantity else [])
    assert held.realised.get("A", 0.0) == pytest.approx(realised)
    assert sum(one.entry_cost for one in held.positions) == pytest.approx(cost)


def test_days_that_are_none_are_refused_by_name() -> None:
    _, log = kept("condor and hedge")
    with pytest.raises(RangeError, match="from 2017-11-01 to 2018-04-30"):
        explain(log, dt.date(2019, 1, 2))
    with pytest.raises(
        MissingDataError, match="2018-02-04 is not a session: the nearest are 2018-02-02 and 2018-02-05"
    ):
        explain(log, dt.date(2018, 2, 4))


def test_an_account_that_does_not_add_up_is_not_told() -> None:
    _, log = kept("condor and hedge")
    wrong = {name: values.copy() for name, values in log.account.items()}
    wrong["cash"][50] += 1.0
    with pytest.raises(SelfFinancingError, match="does not add up"):
        explain(replace(log, account=wrong), log.dates[50].item())
    lost = replace(log, fills=tuple(one for one in log.fills if one.day != log.fills[0].day))
    with pytest.raises(SelfFinancingError, match="does not add up"):
        explain(lost, log.fills[0].day)


def test_instruments_are_told_in_words() -> None:
    _, log = kept("all")
    told = {one.instrument for one in log.fills}
    assert {one.split()[0] for one in told} == {"SPX", "VIX", "VX"}
    assert "VX Feb18" in told
    assert any(one.startswith("SPX 2018-02-16 ") and one.endswith(" put") for one in told)
    assert any(one.startswith("VIX ") and one.endswith(" call") for one in told)
    rules = {one.rule for one in log.fills}
    assert {"L0.open", "settle", "L1.base", "SHIFT.roll", "L1.monetise"} <= rules
    assert np.isnan(log.account["vix"]).all()


def test_pools_and_perps_add_up_day_by_day() -> None:
    """Fees, margin sent to a venue and liquidations are in the sums of every kept session."""
    plan = Plan(
        "coins", dt.date(2015, 1, 5), dt.date(2016, 12, 30),
        programs=(PoolProgram("LP", width=1.3, recentre="out"), PerpProgram("H", follows="LP", leverage=8.0)),
    )  # fmt: skip
    result = run(plan, synthetic_history(11))
    log = run_log(result, plan.capital, {})
    assert {fill.instrument for fill in log.fills} >= {"LP ETH", "ETH perp"}
    assert np.abs(log.account["fees"]).sum() > 0.0
    assert np.abs(log.account["venue"]).sum() > 0.0
    for row, day in enumerate(log.dates.tolist()):
        today = [fill for fill in log.fills if fill.day == day]
        assert account_gap(log, row, today) <= 1e-9 * abs(log.account["equity"][row])
