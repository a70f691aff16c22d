"""Full revaluation along paths: each P&L against the instrument's own value, payoff, funding or fees by hand."""

import datetime as dt

import numpy as np
import pytest
from tests.hedge.made_history import history, path_set
from tests.worlds import EXPIRES, NOW, method_condor, method_smile, state

from seawall.core.errors import MissingDataError
from seawall.hedge.scenario_paths import ScenarioRules
from seawall.hedge.scenario_pnl import instrument_pnl, scenario_pnl, unit_pnl
from seawall.hedge.scenarios import scenarios
from seawall.instruments.base import Position
from seawall.instruments.margin_terms import flat_terms
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_account import AccountCash, AccountLeg, CrossPerp, PerpAccount
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct, concentrated
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.book import Book
from seawall.market.state import Moves

WORLD = state(method_smile())
FAR = NOW + dt.timedelta(days=80)
UP_DOWN = path_set(
    {
        "SPX": np.array([[-0.02, -0.05, -0.10], [0.01, 0.03, 0.02], [0.0, 0.0, 0.0]]),
        "ETH": np.array([[-0.10, -0.30, -0.05], [0.10, 0.20, 0.40], [0.0, 0.0, 0.0]]),
    },
    np.array([[3.0, 10.0, 20.0], [-1.0, -2.0, -1.0], [0.0, 0.0, 0.0]]),
)


def test_options_and_vix_are_revalued_at_the_horizon() -> None:
    for one in (method_condor(100.0), EuropeanOption("SPX", "put", 5700.0, EXPIRES), VixOption("call", 25.0, FAR)):
        moves = Moves({"SPX": np.array([-0.10, 0.02, 0.0])}, {"SPX": np.array([20.0, -1.0, 0.0])}, days=3.0)
        expected = one.value(WORLD.view(moves)) - one.value(WORLD.view())[0]
        assert instrument_pnl(one, WORLD, UP_DOWN).pnl[:, -1] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_settles_on_the_way_is_worth_its_payoff_then() -> None:
    """A put that expires at the second close pays on that close, not on the horizon's."""
    put = EuropeanOption("SPX", "put", 5900.0, NOW + dt.timedelta(days=2), 1.0)
    now = float(put.value(WORLD.view())[0])
    found = instrument_pnl(put, WORLD, UP_DOWN, (0, 1, 2)).pnl
    assert found[:, 1] == pytest.approx(np.array([5900.0 - 5700.0, 0.0, 0.0]) - now, abs=1e-9)
    assert found[:, 2] == pytest.approx(found[:, 1], abs=0.0)
    future = VixFuture(NOW + dt.timedelta(days=2), 18.0)
    settled = instrument_pnl(future, WORLD, UP_DOWN).pnl[:, -1]
    assert settled[0] - settled[2] == pytest.approx(1000.0 * 10.0, rel=1e-9)


def test_a_liquidated_perp_does_not_come_back() -> None:
    """Long 10 ETH at 2000 with 5x: 4000 of collateral gone at -30 %, though the price ends at -5 %."""
    perp = LinearPerp("ETH", 10.0, 2000.0, 5.0, 0.01)
    found = instrument_pnl(perp, WORLD, UP_DOWN, (0, 1, 2)).pnl
    rate, dt_year = 0.1095, 1.0 / 365.0
    assert found[0, 0] == pytest.approx(-2000.0 - 20000.0 * rate * dt_year)
    assert found[0, 1] == found[0, 2] == pytest.approx(-4000.0 - 20000.0 * rate * dt_year)
    assert found[1, 2] == pytest.approx(8000.0 - 3.0 * 20000.0 * rate * dt_year)
    assert found[2, 2] == pytest.approx(-3.0 * 20000.0 * rate * dt_year)


def test_a_cross_account_dies_as_a_whole() -> None:
    leg = AccountLeg("long", "ETH", 10.0, 2000.0, flat_terms(0.01))
    account = PerpAccount("a", None, 4000.0, (leg,))
    pair = CrossPerp(account, 0), AccountCash(account)
    found = np.sum([instrument_pnl(one, WORLD, UP_DOWN, (1, 2)).pnl for one in pair], axis=0)
    day = 20000.0 * 0.1095 / 365.0
    assert found[0] == pytest.approx([-4000.0 - day, -4000.0 - day])
    assert found[1, 1] == pytest.approx(8000.0 - 3.0 * day)


def test_funding_follows_its_scenario() -> None:
    still = np.zeros((2, 3))
    dearer = path_set({"ETH": still}, funding={"ETH": np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])})
    found = instrument_pnl(LinearPerp("ETH", -3.0, 2000.0, 2.0, 0.01), WORLD, dearer).pnl[:, -1]
    assert found == pytest.approx(6000.0 * np.array([0.1095, 0.6095]) * 3.0 / 365.0)


def test_fees_are_earned_only_where_the_pool_trades() -> None:
    pool = LiquidityPosition("ETH", concentrated(50.0, 1500.0, 2300.0), fee_apr=0.4, fees_usd=100.0)
    found = instrument_pnl(pool, WORLD, UP_DOWN, (0, 1, 2)).pnl
    here = float(pool.value(WORLD.view())[0])
    assert found[2] == pytest.approx((here - 100.0) * 0.4 * np.arange(1.0, 4.0) / 365.0)
    values = pool.value(WORLD.view(Moves({"ETH": np.array([0.10, 0.20, 0.40])})))
    # 2200 trades, 2400 and 2800 are above the range
    assert found[1] == pytest.approx(values - here + (values[0] - 100.0) * 0.4 / 365.0)


def test_unknown_income_is_named_and_counts_as_none() -> None:
    book = Book("lp", (Position("pool", LiquidityPosition("ETH", ConstantProduct(900.0)), 2.0, "pools"),))
    made = scenario_pnl(book, WORLD, UP_DOWN)
    assert made.unknown == ("pool",)
    assert made.total[2] == pytest.approx(0.0, abs=1e-9)
    assert made.total[0] == pytest.approx(2.0 * 2.0 * 900.0 * np.sqrt(2000.0) * (np.sqrt(0.95) - 1.0))


def test_pools_need_scenarios_that_rise() -> None:
    book = Book("lp", (Position("pool", LiquidityPosition("ETH", ConstantProduct(900.0)), 1.0, "pools"),))
    with pytest.raises(MissingDataError, match="add up-moves"):
        scenario_pnl(book, WORLD, path_set({"ETH": np.full((4, 2), -0.1)}))


def test_book_is_the_sum_of_its_positions_and_linear_in_size() -> None:
    condor, perp = method_condor(100.0), LinearPerp("ETH", 1.0, 2000.0, 2.0, 0.01)
    book = Book("b", (Position("c", condor, -3.0, "options"), Position("p", perp, 7.0, "perps")))
    made = scenarios(history(), WORLD, ScenarioRules(replays=30, blocks=20))
    columns = unit_pnl((condor, perp), WORLD, made)
    assert scenario_pnl(book, WORLD, made).total == pytest.approx(columns @ np.array([-3.0, 7.0]), rel=1e-10)
    path = scenario_pnl(book, WORLD, made, tuple(range(made.steps)))
    assert path.path[:, -1] == pytest.approx(path.total)
    assert scenario_pnl(book.scaled(2.0), WORLD, made).total == pytest.approx(2.0 * path.total, rel=1e-10)
    assert path.value_now == pytest.approx([p.exposure(WORLD).value_usd for p in book.positions])
