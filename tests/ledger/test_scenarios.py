"""A book over price, volatility and time: cells against revaluation by hand, and legs that settle and cover no more."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import CONDOR_STRIKES, EXPIRES, NOW, state

from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct
from seawall.instruments.structures import calendar, condor, option_on
from seawall.instruments.vix import VixFuture
from seawall.ledger.book import Book
from seawall.ledger.breakeven import break_evens
from seawall.ledger.scenarios import Axes, cell, depends_on, first_factor, live_days, scenarios
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves

MARKET = state(FlatSmile(0.18, "test"))
SPOT = 6000.0
SOON, LATER = NOW + timedelta(days=10), NOW + timedelta(days=60)
MAKE = option_on("SPX", 100.0)


def book(*positions: Position) -> Book:
    return Book("test", positions)


SHORT_CONDOR = Position("condor", condor(MAKE, CONDOR_STRIKES, EXPIRES), -2.0, "options")
COVER = Position("cover", MAKE("put", 5800.0, SOON), 1.0, "options")
WRITTEN = Position("written", MAKE("put", 5800.0, LATER), -1.0, "options")


@settings(deadline=None)
@given(
    move=st.floats(-0.3, 0.3), points=st.floats(-5.0, 40.0), days=st.floats(0.0, 44.0), quantity=st.floats(-20.0, 20.0)
)
def test_a_cell_is_a_revaluation_and_bars_add_up(move: float, points: float, days: float, quantity: float) -> None:
    held = Position("condor", SHORT_CONDOR.instrument, quantity or 1.0, "options")
    axes = Axes("SPX", (move,), (points,), (days,))
    found = scenarios(book(held, WRITTEN), MARKET, axes)
    view = MARKET.view(Moves({"SPX": np.array([move])}, {"SPX": np.array([points])}, days))
    by_hand = sum(float(p.value(view)[0] - p.value(MARKET.view())[0]) for p in (held, WRITTEN))
    assert found.pnl_usd.shape == (1, 1, 1)
    assert float(found.pnl_usd[0, 0, 0]) == pytest.approx(by_hand, abs=1e-6)
    assert sum(bar.pnl_usd for bar in cell(book(held, WRITTEN), MARKET, axes)) == pytest.approx(by_hand, abs=1e-6)


def test_the_unmoved_market_gains_nothing_today() -> None:
    found = scenarios(book(SHORT_CONDOR, WRITTEN), MARKET, Axes("SPX", (0.0,), (0.0,), (0.0,)))
    assert float(found.pnl_usd[0, 0, 0]) == pytest.approx(0.0, abs=1e-9)


def test_a_leg_that_has_settled_covers_no_more() -> None:
    """A put of 10 days cannot pay for a fall that comes after it: from then on the written one stands alone."""
    crash = Axes("SPX", (-0.3,), (0.0,), (9.0, 10.0, 11.0))
    covered = scenarios(book(WRITTEN, COVER), MARKET, crash).pnl_usd.ravel()
    alone = scenarios(book(WRITTEN), MARKET, crash).pnl_usd.ravel()
    payoff = 100.0 * (5800.0 - 0.7 * SPOT)
    cost = float(COVER.value(MARKET.view())[0])
    assert covered[1] - alone[1] == pytest.approx(payoff - cost, abs=1e-6)
    assert covered[2] - alone[2] == pytest.approx(-cost, abs=1e-6)
    assert covered[0] - alone[0] > 0.9 * payoff


def test_a_leg_that_settled_in_the_money_is_cash_that_no_price_moves() -> None:
    deep = Position("deep", MAKE("call", 5000.0, SOON), 1.0, "options")
    axes = Axes("SPX", (-0.3, 0.0, 0.3), (0.0, 20.0), (20.0,))
    found = scenarios(book(deep), MARKET, axes)
    gained = 100.0 * (SPOT - 5000.0) - float(deep.value(MARKET.view())[0])
    assert found.pnl_usd == pytest.approx(np.full((1, 2, 3), gained), abs=1e-6)
    assert found.settled == (("deep",),)


def test_a_calendar_loses_only_its_near_leg() -> None:
    both = book(COVER, WRITTEN)
    assert live_days(both, MARKET, "SPX") == pytest.approx((10.0, 60.0))
    assert live_days(both, MARKET, "ETH") == ()
    bars = cell(both, MARKET, Axes("SPX", (0.0,), (0.0,), (30.0,)))
    assert [bar.settled for bar in bars] == [1, 0]


def test_a_factor_moves_only_what_depends_on_it() -> None:
    found = scenarios(book(WRITTEN), MARKET, Axes("ETH", (-0.5, 0.5), (0.0,), (0.0,)))
    assert found.pnl_usd == pytest.approx(np.zeros((1, 1, 2)), abs=1e-9)
    assert depends_on(WRITTEN, "SPX")
    assert not depends_on(WRITTEN, "ETH")


@pytest.mark.parametrize(
    ("returns", "points", "days"),
    [((), (0.0,), (0.0,)), ((-1.0,), (0.0,), (0.0,)), ((0.0,), (np.nan,), (0.0,)), ((0.0,), (0.0,), (-1.0,))],
)
def test_an_axis_that_cannot_be_is_refused(
    returns: tuple[float, ...], points: tuple[float, ...], days: tuple[float, ...]
) -> None:
    with pytest.raises(DomainError, match="scenario"):
        Axes("SPX", returns, points, days)


def test_one_cell_is_one_and_a_factor_must_be_held() -> None:
    with pytest.raises(DomainError, match="one of each"):
        cell(book(WRITTEN), MARKET, Axes("SPX", (0.0, 0.1), (0.0,), (0.0,)))
    with pytest.raises(MissingDataError, match="choose one of SPX"):
        first_factor(book(WRITTEN), ("SPX",), "ETH")
    assert first_factor(book(WRITTEN), ("SPX",), None) == "SPX"


CALENDAR = Position("calendar", calendar(MAKE, "put", 5900.0, SOON, LATER), 3.0, "options")
POOL = Position("pool", LiquidityPosition("ETH", ConstantProduct(400.0), fee_apr=0.3), 1.0, "pools")
MIXED = (SHORT_CONDOR, COVER, WRITTEN, CALENDAR, POOL, Position("future", VixFuture(LATER, 18.0), 2.0, "vix"))


@pytest.mark.parametrize("factor", ["SPX", "ETH"])
def test_a_book_gains_what_its_positions_gain_alone(factor: str) -> None:
    """On the grid and in the bars, before and after legs have settled."""
    axes = Axes(factor, (-0.3, -0.02, 0.2), (-5.0, 0.0, 30.0), (0.0, 9.0, 10.0, 30.0, 50.0))
    whole = scenarios(book(*MIXED), MARKET, axes)
    alone = [scenarios(book(one), MARKET, axes) for one in MIXED]
    gained = np.sum([one.pnl_usd for one in alone], axis=0)
    assert whole.pnl_usd == pytest.approx(gained, rel=1e-9, abs=1e-6)
    assert np.abs(gained).max() > 1000.0
    for i, day in enumerate(axes.days):
        assert whole.settled[i] == tuple(label for one in alone for label in one.settled[i])
        bars = cell(book(*MIXED), MARKET, Axes(factor, (0.2,), (30.0,), (day,)))
        assert [bar.label for bar in bars] == [one.label for one in MIXED]
        assert [bar.pnl_usd for bar in bars] == pytest.approx([float(one.pnl_usd[i, 2, 2]) for one in alone], abs=1e-6)


def test_a_calendar_after_its_near_leg_is_the_far_one_and_cash() -> None:
    """The near put, struck at 5,900 under a spot of 6,000, ends worthless; the far one has 40 days left."""
    found = scenarios(book(CALENDAR), MARKET, Axes("SPX", (-0.1,), (0.0,), (20.0,)))
    view = MARKET.view(Moves({"SPX": np.array([-0.1])}, {"SPX": np.array([0.0])}, 20.0))
    far = 3.0 * float(MAKE("put", 5900.0, LATER).value(view)[0])
    assert float(found.pnl_usd[0, 0, 0]) == pytest.approx(far - float(CALENDAR.value(MARKET.view())[0]), abs=1e-6)
    assert found.settled == (("calendar",),)


def test_break_evens_of_a_book_are_where_its_positions_one_by_one_break_even() -> None:
    """Each root, put back into the values of the positions, gives the value of today."""
    options = (SHORT_CONDOR, COVER, WRITTEN, CALENDAR)
    found = break_evens(book(*options, POOL), MARKET, "SPX")
    points = [point for point in found.surface if point.roots.values]
    assert {point.days for point in points} == {0.0, 1.0, 5.0}
    for point in points:
        returns = np.array(point.roots.values) / SPOT - 1.0
        moves = Moves({"SPX": returns}, {"SPX": np.full(returns.size, point.vol_points)}, point.days, 0.0)
        gained = sum(one.value(MARKET.view(moves)) - one.value(MARKET.view()) for one in options)
        assert gained == pytest.approx(np.zeros(returns.size), abs=0.01)


def test_break_evens_count_the_fees_of_the_days_that_passed() -> None:
    """A full-range pool is worth V sqrt(S / S0): with a fee of .3 a year it breaks even where that is V (1 - .3 t)."""
    found = {point.days: point.roots.values for point in break_evens(book(POOL), MARKET, "ETH").surface}
    for days in (1.0, 5.0, 20.0):
        expected = 2000.0 * (1.0 - 0.3 * days / 365.0) ** 2
        assert found[days] == pytest.approx((expected,), rel=1e-9)
