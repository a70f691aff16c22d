"""The condor example of METHOD 4, figure by figure (vectors recomputed there with independent code)."""

import numpy as np
import pytest
from tests.worlds import method_condor, method_smile, state

from seawall.instruments.base import Position
from seawall.ledger.book import Book
from seawall.ledger.breakeven import break_evens
from seawall.ledger.exposure import ledger
from seawall.market.state import Moves, State


@pytest.fixture(scope="module")
def world() -> State:
    return state(method_smile())


@pytest.fixture(scope="module")
def short() -> Position:
    return Position("condor", method_condor(), -1.0, "options", entry=42.904973)


def test_greeks(world: State, short: Position) -> None:
    e = short.exposure(world)
    assert e.value_usd == pytest.approx(-42.904973, abs=5e-7)
    assert e.delta_usd / 6000.0 == pytest.approx(-0.007219, abs=5e-7)
    assert e.gamma_usd == pytest.approx(-28583.84, abs=0.005)
    assert e.vega_usd_per_point == pytest.approx(-5.583256, abs=5e-7)
    assert e.theta_usd_per_year / 365.0 == pytest.approx(0.976511, abs=5e-7)
    assert e.vanna_usd_per_point / 6000.0 == pytest.approx(-0.004909, abs=5e-7)
    assert e.volga_usd_per_point2 * 1e4 == pytest.approx(800.9345, abs=5e-5)


@pytest.mark.parametrize(
    ("move", "points", "days", "pnl"),
    [(-0.04, 8.0, 1.0, -44.111), (0.0, 5.0, 0.0, -26.033), (0.0, 5.0, 1.0, -24.946)],
)
def test_full_revaluation(world: State, short: Position, move: float, points: float, days: float, pnl: float) -> None:
    moves = Moves({"SPX": np.array([move])}, {"SPX": np.array([points])}, days, tenor_power=0.0)
    change = short.value(world.view(moves)) - short.value(world.view())
    assert change[0] == pytest.approx(pnl, abs=5e-4)


def test_break_evens(world: State, short: Position) -> None:
    found = break_evens(Book("one", (short,)), world, "SPX")
    assert found.at_expiry.values == pytest.approx((5642.0950, 6397.9050), abs=5e-5)
    surface = {(p.days, p.vol_points): p.roots for p in found.surface}
    assert surface[10.0, 0.0].values == pytest.approx((5847.55, 6155.81), abs=5e-3)
    assert surface[10.0, 3.0].values == ()
    assert surface[10.0, 3.0].status.name == "ONE_SIDED"
    moves = {days: roots.values[0] for days, roots in found.vol_points}
    assert moves == pytest.approx({1.0: 0.178, 5.0: 0.956, 10.0: 2.112, 20.0: 5.400}, abs=5e-4)


def test_break_even_vol_and_yield(world: State, short: Position) -> None:
    row = ledger(Book("one", (short,)), world).rows[0]
    assert row.break_even_vol == pytest.approx(0.15792, abs=5e-6)
    assert row.convexity_yield == pytest.approx(0.0124695, abs=5e-8)


def test_largest_loss_is_the_wider_side_less_the_credit(world: State, short: Position) -> None:
    prices = np.linspace(3000.0, 9000.0, 6001)
    at_expiry = short.value(world.view(Moves({"SPX": prices / 6000.0 - 1.0}, {}, 45.0)))
    assert at_expiry.min() + 42.904973 == pytest.approx(-192.0950, abs=5e-5)
