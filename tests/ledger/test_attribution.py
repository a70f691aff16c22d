"""Attribution: the condor of the METHOD, laws of addition, liquidations, and steps through time."""

import csv
import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.published import DATA, existing
from tests.worlds import EXPIRES, NOW, method_condor, method_smile, state

from seawall.core.clock import settlement_instant
from seawall.core.datum import Datum
from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.data.books import load_book
from seawall.data.days import market_of
from seawall.data.embedded import embedded_history
from seawall.instruments.base import Position
from seawall.instruments.coin_perp import InversePerp, PowerPerp
from seawall.instruments.margin_terms import flat_terms
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_account import AccountCash, AccountLeg, CrossPerp, PerpAccount
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import concentrated
from seawall.instruments.structures import calendar, option_on
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.attribution import Attribution, attribute, attribute_path, attribute_position
from seawall.ledger.book import Book
from seawall.market.history import Series
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves, State

WORLD = state(FlatSmile(0.2, "test"), rate=0.03, income=0.015)
VIX_EXPIRES = settlement_instant("VIX", (NOW + timedelta(days=51)).date())


def moved(world: State, days: float = 0.0, power: float = 0.5, **moves: float) -> object:
    returns = {k.upper(): np.array([v]) for k, v in moves.items() if k != "vol"}
    return world.view(Moves(returns, {"SPX": np.array([moves.get("vol", 0.0)])}, days, power))


def account(collateral: float = 3000.0, *, keeps: bool = False) -> PerpAccount:
    legs = (
        AccountLeg("eth", "ETH", 5.0, 1900.0, flat_terms(0.02)),
        AccountLeg("spx", "SPX", -0.5, 6100.0, flat_terms(0.01)),
    )
    return PerpAccount("main", None, collateral, legs, keeps)


def account_rows(held: PerpAccount) -> tuple[Position, ...]:
    legs = tuple(Position(leg.label, CrossPerp(held, i), 1.0, "perps") for i, leg in enumerate(held.legs))
    return (*legs, Position("cash", AccountCash(held), 1.0, "perps"))


def one_of_each() -> tuple[Position, ...]:
    spx = option_on("SPX")
    return (
        Position("put", EuropeanOption("SPX", "put", 5800.0, EXPIRES), -2.0, "options"),
        Position("calendar", calendar(spx, "put", 5900.0, EXPIRES, EXPIRES + timedelta(days=30)), 1.0, "options"),
        Position("vx", VixFuture(VIX_EXPIRES, 17.0), -1.0, "vix"),
        Position("vixcall", VixOption("call", 25.0, VIX_EXPIRES), 5.0, "vix"),
        Position("pool", LiquidityPosition("ETH", concentrated(900.0, 1500.0, 2500.0), 0.4), 1.0, "pools"),
        Position("perp", LinearPerp("ETH", 12.0, 2100.0, 5.0, 0.01), 1.0, "perps"),
        Position("inverse", InversePerp("ETH", -8000.0, 2050.0, 3.0, 0.01), 1.0, "perps"),
        Position("square", PowerPerp("ETH", -0.002, 2.0, paid=0.5), 1.0, "perps"),
        *account_rows(account()),
    )


def test_the_condor_of_the_method() -> None:
    """METHOD 4: shock -4 %, +8 points, 1 day; vectors recomputed there with independent code."""
    world = state(method_smile())
    held = Position("condor", method_condor(), -1.0, "options")
    found = attribute_position(held, world, moved(world, 1.0, 0.0, spx=-0.04, vol=8.0))
    t = found.terms
    got = (found.full_usd, t.theta, t.delta, t.gamma, t.vega, t.vanna, t.volga, found.residual_usd)
    assert got == pytest.approx((-44.111, 0.977, 1.733, -22.867, -44.666, 9.425, 2.563, 8.724), abs=5.01e-4)
    assert found.status is Status.TAYLOR_WEAK
    shares = found.shares
    assert shares.gamma_usd == pytest.approx(-22.867 + 0.977 + 9.425 / 2, abs=2e-3)
    assert shares.vega_usd == pytest.approx(-44.666 + 2.563 + 9.425 / 2, abs=2e-3)
    assert (shares.gamma or 0.0) + (shares.vega or 0.0) == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(-0.2, 0.2), st.floats(-5.0, 30.0), st.floats(0.0, 20.0))
def test_rows_add_to_the_book_and_terms_to_the_full_revaluation(
    eth: float, spx: float, vol: float, days: float
) -> None:
    book = Book("all", one_of_each())
    end = moved(WORLD, days, 0.5, eth=eth, spx=spx, vol=vol)
    found = attribute(book, WORLD, end, "made")
    direct = sum(float((p.value(end) - p.value(WORLD.view()))[0]) for p in book.positions)
    assert found.total.full_usd == pytest.approx(direct + found.total.terms.paid, abs=1e-6)
    assert found.total.terms.total + found.total.residual_usd == pytest.approx(found.total.full_usd, abs=1e-6)
    for parts in (found.rows, found.groups):
        assert sum(r.full_usd for r in parts) == pytest.approx(found.total.full_usd, abs=1e-6)
        assert sum(r.residual_usd for r in parts) == pytest.approx(found.total.residual_usd, abs=1e-6)


def residual(position: Position, scale: float) -> float:
    end = moved(WORLD, scale, 0.5, eth=0.05 * scale, spx=0.02 * scale, vol=2.0 * scale)
    return abs(attribute_position(position, WORLD, end).residual_usd)


@pytest.mark.parametrize("position", one_of_each(), ids=lambda p: p.label)
def test_the_residual_is_of_higher_order(position: Position) -> None:
    """A tenth of the move leaves far less than a tenth of the residual: every greek is the derivative it says it is."""
    whole, tenth = residual(position, 0.4), residual(position, 0.04)
    assert tenth <= 0.04 * whole + 1e-7


@pytest.mark.parametrize(("jump", "closed"), [(-0.1, False), (-0.5, True), (0.5, False)])
def test_liquidation_is_what_the_line_did_not_lose(jump: float, closed: bool) -> None:
    perp = LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01)
    found = attribute_position(Position("p", perp, 1.0, "perps"), WORLD, moved(WORLD, 0.0, 0.5, eth=jump))
    straight = 3.0 * 2000.0 * jump
    start = 3.0 * 1900.0 / 5.0 + 3.0 * 100.0
    assert found.terms.delta == pytest.approx(straight)
    assert found.terms.liquidation == pytest.approx(-(start + straight) if closed else 0.0)
    assert found.residual_usd == pytest.approx(0.0, abs=1e-9)


def test_a_cross_account_ends_as_a_whole() -> None:
    held = account(900.0)
    found = attribute(Book("a", account_rows(held)), WORLD, moved(WORLD, 0.0, 0.5, eth=-0.3), "crash")
    assert found.total.end_usd == 0.0
    assert found.total.full_usd == pytest.approx(-(900.0 + 5.0 * 100.0 + 0.5 * 100.0))
    assert found.total.terms.delta == pytest.approx(-3000.0)
    assert found.total.residual_usd == pytest.approx(0.0, abs=1e-9)


def test_funding_fees_and_interest_are_paid_beside_the_marks() -> None:
    book = Book("carry", one_of_each()[4:])
    found = attribute(book, WORLD, moved(WORLD, 10.0), "still")
    rows = {row.label: row for row in found.rows}
    year = 10.0 / 365.0
    assert rows["perp"].terms.funding == pytest.approx(-12.0 * 2000.0 * 0.1095 * year)
    assert rows["inverse"].terms.funding == pytest.approx(8000.0 * 0.1095 * year)
    assert rows["square"].terms.funding == pytest.approx(0.002 * 2000.0**2 * 0.5 * year)
    pool = book.positions[0].exposure(WORLD)
    assert rows["pool"].terms.fees == pytest.approx(0.4 * pool.value_usd * year)
    unknown = Position("dark", LiquidityPosition("ETH", concentrated(900.0, 1500.0, 2500.0)), 1.0, "pools")
    assert attribute_position(unknown, WORLD, moved(WORLD, 10.0)).unknown == ("fees of dark",)


def at(world: State, days: float, spx: float, eth: float) -> State:
    now = world.now + timedelta(days=days)

    def seen(value: float) -> Datum[float]:
        return Datum(value, now, now, "test")

    assets = {
        "SPX": replace(world.assets["SPX"], spot=seen(spx)),
        "ETH": replace(world.assets["ETH"], spot=seen(eth)),
    }
    assert world.vix is not None
    return State(now, assets, world.rate, replace(world.vix, vix=seen(18.0)))


def test_two_states_are_the_same_as_one_move() -> None:
    book = Book("all", one_of_each())
    later = at(WORLD, 3.0, 6000.0 * 0.97, 2000.0 * 1.05)
    one = attribute(book, WORLD, later.view(), "state").total
    two = attribute(book, WORLD, moved(WORLD, 3.0, 0.5, spx=-0.03, eth=0.05), "move").total
    assert one.full_usd == pytest.approx(two.full_usd, rel=1e-9)
    for name in ("theta", "delta", "gamma", "vega", "funding", "fees"):
        assert getattr(one.terms, name) == pytest.approx(getattr(two.terms, name), rel=1e-9, abs=1e-6)


def test_steps_add_up_and_renewed_greeks_leave_less_unexplained() -> None:
    held = Position("put", EuropeanOption("SPX", "put", 5800.0, EXPIRES), -2.0, "options")
    path = [at(WORLD, d, 6000.0 - 60.0 * d, 2000.0) for d in range(6)]
    stepped = attribute_path(Book("b", (held,)), path, "slide").total
    whole = attribute(Book("b", (held,)), path[0], path[-1].view(), "jump").total
    assert stepped.full_usd == pytest.approx(whole.full_usd, rel=1e-12)
    assert abs(stepped.residual_usd) < 0.5 * abs(whole.residual_usd)


def test_what_settles_stays_at_its_settlement() -> None:
    near = WORLD.now + timedelta(days=1.5)
    held = Position("short put", EuropeanOption("SPX", "put", 5900.0, near), -1.0, "options")
    path = [at(WORLD, 0.0, 6000.0, 2000.0), at(WORLD, 2.0, 5850.0, 2000.0), at(WORLD, 3.0, 5000.0, 2000.0)]
    found = attribute_path(Book("b", (held,)), path, "settles").total
    assert found.end_usd == pytest.approx(-100.0 * 50.0)


def test_a_liquidated_position_does_not_come_back() -> None:
    perp = Position("p", LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01), 1.0, "perps")
    path = [at(WORLD, float(d), 6000.0, price) for d, price in enumerate((2000.0, 1000.0, 3000.0))]
    found = attribute_path(Book("b", (perp,)), path, "dip").total
    assert (found.end_usd, found.full_usd - found.terms.paid) == (0.0, -found.start_usd)


def test_an_unknown_entry_counts_from_the_first_mark() -> None:
    perp = Position("p", LinearPerp("ETH", 3.0, None, None, 0.01, posted=2000.0), 1.0, "perps")
    path = [at(WORLD, float(d), 6000.0, price) for d, price in enumerate((2000.0, 2100.0, 1900.0))]
    found: Attribution = attribute_path(Book("b", (perp,)), path, "wave").total
    assert found.terms.delta == pytest.approx(-300.0)
    assert (found.start_usd, found.end_usd) == pytest.approx((2000.0, 1700.0))


def test_what_no_market_prices_is_left_out_by_name() -> None:
    bare = State(NOW, {"SPX": WORLD.assets["SPX"]}, WORLD.rate, WORLD.vix)
    later = at(WORLD, 1.0, 5900.0, 2000.0)
    later = State(later.now, {"SPX": later.assets["SPX"]}, later.rate, later.vix)
    book = Book("b", one_of_each()[:1] + one_of_each()[4:5])
    found = attribute_path(book, [bare, later], "week")
    assert [row.label for row in found.rows] == ["put"]
    assert found.left_out == (f"pool: no ETH in the market of {NOW:%Y-%m-%d}",)
    with pytest.raises(MissingDataError, match="no position can be followed"):
        attribute_path(Book("b", one_of_each()[4:5]), [bare, later], "week")
    with pytest.raises(DomainError, match="at least two sessions"):
        attribute_path(book, [bare], "day")
    with pytest.raises(DomainError, match="not before its start"):
        attribute(book, later, bare.view(), "backwards")


def test_the_answer_is_none_without_gamma_or_vega() -> None:
    perp = Position("p", LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01), 1.0, "perps")
    shares = attribute_position(perp, WORLD, moved(WORLD, 1.0, 0.5, eth=0.1)).shares
    assert (shares.gamma, shares.vega) == (None, None)


def test_the_demo_book_through_the_real_february_of_2018() -> None:
    """Real SPX, VIX and ETH closes: the perp of entry 980 and leverage 5 ends below 791.92, on 2018-02-05."""
    rows = csv.DictReader(existing(DATA / "crypto" / "ETH_daily.csv").read_text().splitlines())
    closes = {row["Date"]: float(row["Adj_Close"]) for row in rows if row["Date"] <= "2018-02-10"}
    dates = np.array(list(closes), dtype="datetime64[D]")
    known = dates.astype("datetime64[s]") + np.timedelta64(12, "h")  # the test wants the close of the day itself
    eth = Series("ETH", dates, np.array(list(closes.values())), known, "usd", "shared data")
    history = embedded_history().with_series(eth)
    days = [date(2018, 2, 2), date(2018, 2, 5), date(2018, 2, 6)]
    states = [market_of(history, day) for day in days]
    book = load_book(ROOT / "src" / "seawall" / "data" / "examples" / "eve.book.yaml").book
    found = attribute_path(book, states, "2018-02-02..2018-02-06")
    assert found.left_out == ()
    row = {line.label: line for line in found.rows}
    first, second, third = (closes[str(day)] for day in days)
    assert second < 791.92 < first
    perp = row["ETH perp long"]
    assert perp.start_usd == pytest.approx(60.0 * (first - 980.0) + 60.0 * 980.0 / 5.0)
    assert (perp.end_usd, perp.terms.delta) == (0.0, pytest.approx(60.0 * (second - first)))
    v2 = row["ETH/USD v2 share"]
    assert v2.end_usd / v2.start_usd == pytest.approx(math.sqrt(third / first))
    spot = [state.asset("SPX").spot.value for state in states]
    assert spot == pytest.approx([2762.13, 2648.94, 2695.14])
    assert abs(found.total.terms.total + found.total.residual_usd - found.total.full_usd) < 1e-6
    assert found.total.shares.vega_usd < 0.0
