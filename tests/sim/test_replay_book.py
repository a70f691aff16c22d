"""Replays in small made worlds whose answers are known: one option, planted twins, a shift of nothing, expiries."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import NOW, datum, method_smile, state

from seawall.core.clock import close_instant, known_after_close, next_session, sessions, settlement_instant
from seawall.core.errors import DomainError, InputError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.structures import condor, option_on, vertical
from seawall.instruments.vix import VixFuture, VixOption
from seawall.kernels.black import black
from seawall.ledger.attribution import attribute, joined
from seawall.ledger.book import Book
from seawall.ledger.requirement import option_margin, requirement
from seawall.market.curve import shock_beta
from seawall.market.event_path import EventPath, Leg, session_of, states_along
from seawall.market.history import History, Series
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves
from seawall.signals.regime import Regime
from seawall.sim.analog import mahalanobis, twins
from seawall.sim.replay_book import replay_book
from seawall.sim.replay_log import Seen
from seawall.sim.tenor import tenor_table

WORLD = state(FlatSmile(0.2, "test"), rate=0.03, income=0.015)
FIRST = dt.date(2018, 2, 2)
VIX_NEAR = settlement_instant("VIX", dt.date(2021, 3, 17))
VIX_NEXT = settlement_instant("VIX", dt.date(2021, 4, 21))


def event(
    spx: list[float], vix: list[float] | None = None, eth: list[float] | None = None, **more: object
) -> EventPath:
    days = [FIRST]
    while len(days) < len(spx):
        days.append(next_session(days[-1]))
    still = [1.0] * len(spx)
    prices = {"SPX": Leg(np.array(spx), "test"), "ETH": Leg(np.array(eth or still), "test")}
    vix_leg = Leg(np.array(vix or still), "test")
    path = EventPath("made", tuple(days), tuple(range(len(spx))), prices, vix_leg, None, {}, {}, None)
    return replace(path, **more) if more else path


def option(strike: float = 5800.0, days: int = 40, right: str = "put") -> EuropeanOption:
    return EuropeanOption("SPX", right, strike, NOW + dt.timedelta(days=days))  # type: ignore[arg-type]


def test_a_book_of_one_option_is_its_reprice_at_the_end() -> None:
    """Black by hand: flat 20 %, VIX 18 to 27 adds nine points at 30 days, faded by the square root of tenor."""
    held = option()
    found = replay_book(
        Book("one", (Position("put", held, -3.0, "options"),)), WORLD, event([1.0, 0.97, 0.92], [1.0, 1.2, 1.5])
    )
    end = close_instant(dt.date(2021, 3, 3)) + dt.timedelta(minutes=15)
    years = (held.expires - end) / dt.timedelta(days=365)
    spot = 6000.0 * 0.92
    vol = 0.2 + 0.09 * np.sqrt(30.0 / (365.0 * years))
    after = black(spot * np.exp(0.015 * years), held.strike, years, vol, 0.03, -1.0).price
    before = black(6000.0 * np.exp(0.015 * 40 / 365), held.strike, 40 / 365, 0.2, 0.03, -1.0).price
    assert found.whole.total.full_usd == pytest.approx(-300.0 * float(after - before), rel=1e-9)
    assert [day.today for day in found.days] == [dt.date(2021, 3, 2), dt.date(2021, 3, 3)]
    assert (found.offset, found.layers) == (0.0, ())
    rise = replay_book(found.book, WORLD, event([1.0, 1.05]))
    assert rise.offset is None


def test_vix_legs_move_as_in_a_shock_of_one_step() -> None:
    """Prices and VIX of one session without time: the named shock's rule for futures and options, on the fine grid."""
    book = Book("vix", (Position("c", VixOption("call", 22.0, VIX_NEXT), 5.0, "hedges"),
                        Position("f", VixFuture(VIX_NEXT, 19.0), 1.0, "hedges")))  # fmt: skip
    path = event([1.0, 0.95], [1.0, 1.5])
    after = states_along(WORLD, path)[1]
    days = (after.now - WORLD.now) / dt.timedelta(days=1)
    shocked = attribute(book, WORLD, WORLD.view(Moves({"SPX": np.array([-0.05])}, {"SPX": np.array([9.0])}, days)), "s")
    found = replay_book(book, WORLD, path)
    assert found.whole.total.full_usd == pytest.approx(shocked.total.full_usd, rel=2e-3)


def test_futures_of_the_event_move_the_curve_at_constant_tenors() -> None:
    ratios = np.array([[1.0] * 7, [1.4, 1.3, 1.25, 1.2, 1.15, 1.1, 1.05]])
    path = event([1.0, 0.95], [1.0, 2.0], futures=Leg(ratios, "test"))
    before, after = states_along(WORLD, path)
    for tenor, want in ((30.0, 1.4), (60.0, 1.3), (45.0, 1.35), (15.0, 1.7)):
        today, moved = (one.vix_market().curve.future(tenor / 365.0)[0] for one in (before, after))
        assert moved / today == pytest.approx(want, rel=1e-3)
    by_rule = states_along(WORLD, replace(path, futures=None))[1].vix_market().curve.future(100.0 / 365.0)[0]
    today = before.vix_market().curve.future(100.0 / 365.0)[0]
    assert by_rule - today == pytest.approx(18.0 * shock_beta(100.0 / 365.0), rel=1e-6)


def test_a_quoted_smile_keeps_its_shape_at_the_same_moneyness() -> None:
    world = state(method_smile())
    after = states_along(world, event([1.0, 0.9], [1.0, 1.0]))[1]
    for strike in (5480.0, 5685.0, 6355.0):
        same = world.view().vol("SPX", strike, 0.1)[0]
        assert after.view().vol("SPX", 0.9 * strike, 0.1)[0] == pytest.approx(same)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(-0.08, 0.08), st.floats(-0.3, 0.5), st.floats(-0.2, 0.2)), min_size=1, max_size=6))
def test_days_add_up_to_the_event(moves: list[tuple[float, float, float]]) -> None:
    table = np.vstack([np.ones(3), np.cumprod(1.0 + np.array(moves), axis=0)])
    sold = condor(option_on("SPX"), (5480, 5685, 6355, 6590), NOW + dt.timedelta(days=4))
    book = Book("b", (Position("c", sold, -2.0, "o"),
                      Position("v", VixOption("call", 22.0, VIX_NEXT), 4.0, "o")), 1e6)  # fmt: skip
    found = replay_book(book, WORLD, event(*(table[:, i].tolist() for i in range(3))))
    last = found.days[-1]
    assert sum(day.attribution.total.full_usd for day in found.days) == pytest.approx(found.whole.total.full_usd)
    assert last.book_usd + last.hedges_usd == pytest.approx(found.whole.total.full_usd)
    assert last.need.equity_usd == pytest.approx(1e6 + found.whole.total.full_usd)
    total = found.whole.total
    assert total.terms.total + total.residual_usd == pytest.approx(total.full_usd)
    assert joined([day.attribution for day in found.days], "again").total.full_usd == pytest.approx(total.full_usd)


def test_an_expired_leg_stops_counting() -> None:
    """Settles at the close of the first session; the crash after it costs nothing and needs no margin."""
    gone = EuropeanOption("SPX", "put", 5900.0, settlement_instant("SPXW", dt.date(2021, 3, 2)))
    book = Book("b", (Position("p", gone, -1.0, "o"),), 1e6)
    found = replay_book(book, WORLD, event([1.0, 0.99, 0.5], [1.0, 1.0, 4.0]))
    first, second = found.days
    assert first.attribution.total.end_usd == 0.0
    assert (second.attribution.total.full_usd, second.need.margin_usd) == (0.0, 0.0)
    assert first.need.margin_usd == 0.0
    assert found.start.margin_usd > 0.0
    assert [one.rule for one in first.actions] == ["settled"]


def test_hedges_by_layer_and_their_offset() -> None:
    far = VixOption("call", 22.0, settlement_instant("VIX", dt.date(2021, 6, 16)))
    book = Book("b", (Position("short", option(), -10.0, "options"),
                      Position("near", VixOption("call", 22.0, VIX_NEAR), 10.0, "options"),
                      Position("far", far, 5.0, "x"),
                      Position("tail", option(5000.0), 2.0, "hedges"),
                      Position("sold", VixFuture(VIX_NEXT, 19.0), -1.0, "options")))  # fmt: skip
    found = replay_book(book, WORLD, event([1.0, 0.9], [1.0, 2.0]))
    rows = {row.label: row.full_usd for row in found.whole.rows}
    assert {one.layer: one.labels for one in found.layers} == {"L1": ("near",), "L2": ("far",), "LX": ("tail",)}
    assert {one.layer: one.pnl_usd for one in found.layers} == pytest.approx(
        {"L1": rows["near"], "L2": rows["far"], "LX": rows["tail"]}
    )
    gained, lost = rows["near"] + rows["far"] + rows["tail"], rows["short"] + rows["sold"]
    assert found.offset == pytest.approx(-gained / lost)
    assert found.days[0].need.excess_usd is None
    assert found.start.unknown == ("sold",)


def test_rules_fire_when_they_should_and_once() -> None:
    """SPIKE with a call that goes past two and four times its entry; a condor in ONSET; no future in the log."""
    near = VixOption("call", 25.0, VIX_NEAR)
    paid = float(near.value(WORLD.view())[0])
    sold = condor(option_on("SPX"), (5480, 5685, 6355, 6590), NOW + dt.timedelta(days=45))
    book = Book("b", (Position("near", near, 9.0, "hedges", paid), Position("c", sold, -1.0, "options")))
    path = event([1.0, 0.99, 0.97, 0.95, 0.97], [1.0, 1.1, 1.25, 3.0, 2.9])
    states = (Regime.CALM, Regime.ONSET, Regime.SPIKE, Regime.SPIKE, Regime.EXHAUST)
    seen = {day: Seen(one, "made") for day, one in zip(path.days, states, strict=True)}
    found = replay_book(book, WORLD, path, seen)
    logs = [found.opening, *(day.actions for day in found.days)]
    rules = [[one.rule for one in log] for log in logs]
    assert rules[0] == ["state", "L1.base", "SHIFT.roll"]
    assert rules[1] == ["state", "L0.widen", "L1.boost"]
    assert rules[2][:2] == ["state", "L0.stop"]
    assert [rules[2].count("L1.monetise"), rules[3].count("L1.monetise")] in ([0, 2], [1, 1])
    assert rules[4] == ["state", "L1.exit", "L0.narrow"]
    cut = replay_book(book, WORLD, event([1.0, 0.99, 0.97], [1.0, 1.1, 1.25]), seen)
    assert [day.actions for day in cut.days] == [day.actions for day in found.days[:2]]


def test_margin_of_the_method() -> None:
    """METHOD 5.6: wings 205 and 235 need 44,000, equal ones of ten points 10,000 for ten."""
    at = NOW + dt.timedelta(days=45)
    make = option_on("SPX")
    vectors = (
        (condor(make, (5480, 5685, 6355, 6590), at), -1.0, 44_000.0),
        (condor(make, (5480, 5490, 6355, 6365), at), -10.0, 10_000.0),
        (vertical(make, "put", (5700, 5750), at), -2.0, 10_000.0),
        (condor(make, (5480, 5685, 6355, 6590), at), 1.0, 0.0),
    )
    for held, quantity, want in vectors:
        assert option_margin(Position("x", held, quantity, "o"), WORLD) == want
    naked = Position("n", option(5800.0), -1.0, "o")
    premium = float(naked.instrument.value(WORLD.view())[0])
    assert option_margin(naked, WORLD) == pytest.approx(premium + 100.0 * max(0.15 * 6000.0 - 200.0, 0.10 * 5800.0))
    need = requirement((naked,), WORLD, 1000.0)
    assert need.excess_usd == pytest.approx(1000.0 - need.margin_usd)


def test_a_shift_of_nothing_is_the_same_and_a_shift_is_a_listed_month() -> None:
    book = Book("b", (Position("short", option(), -10.0, "options"),
                      Position("c", VixOption("call", 22.0, VIX_NEXT), 5.0, "hedges", 100.0),
                      Position("f", VixFuture(VIX_NEXT, 12.0), 1.0, "hedges", 0.0)))  # fmt: skip
    path = event([1.0, 0.95, 0.93], [1.0, 1.6, 1.9])
    whole = replay_book(book, WORLD, path)
    rows = tenor_table(book, WORLD, path)
    assert [row.days for row in rows] == [0, 30, 60]
    assert rows[0].pnl_usd == pytest.approx(whole.layers[0].pnl_usd)
    assert rows[0].offset == pytest.approx(whole.offset)
    assert [row.expiries[0] for row in rows] == [dt.date(2021, 4, 21), dt.date(2021, 5, 19), dt.date(2021, 6, 16)]
    assert rows[1].pnl_usd > rows[2].pnl_usd
    with pytest.raises(MissingDataError, match="no VIX option"):
        tenor_table(Book("b", book.positions[:1]), WORLD, path)


def made_history(planted: tuple[int, ...] = ()) -> tuple[History, np.ndarray]:
    """Noise with days alike planted: VIX 44.4 after 21 sessions of an exact 3 % up and down."""
    days = sessions(dt.date(2014, 1, 2), dt.date(2017, 12, 29))
    rng = np.random.default_rng(7)
    returns, vix = rng.normal(0.0, 0.008, days.size), 15.0 + rng.uniform(0.0, 6.0, days.size)
    for row in planted:
        returns[row - 20 : row + 1] = 0.03 * (-1.0) ** np.arange(21)
        vix[row] = 44.4
    known = known_after_close(days)
    made = [Series("SPX", days, 2000.0 * np.exp(np.cumsum(returns)), known, "points", "made"),
            Series("VIX", days, vix, known, "points", "made")]  # fmt: skip
    return History.of(*made), days


def test_twins_are_the_planted_days() -> None:
    rows = (150, 300, 500, 700, 900)
    history, days = made_history(rows)
    day = days[rows[-1]].item()
    now = known_after_close(days[rows[-1] :][:1])[0].item().replace(tzinfo=dt.UTC)
    asked = {"VIX": 44.4, "RV": 0.03 * np.sqrt(252.0), "slope": np.nan}
    found = twins(history, now, asked, 4, 10, day)
    assert {one.day for one in found.found} == {days[row].item() for row in rows[:-1]}
    assert all(one.distance < 1e-6 for one in found.found)
    assert set(found.used) == {"VIX", "RV"}
    more = twins(history, now, asked, 10, 10, day)
    gaps = np.diff(np.sort([np.datetime64(one.day) for one in more.found])).astype(int)
    assert gaps.min() >= 60
    last = max(one.day for one in more.found)
    assert int(np.searchsorted(days, np.datetime64(last))) + 10 <= rows[-1]
    future, _ = made_history((*rows, 960))
    assert twins(future, now, asked, 4, 10, day).found == found.found


def test_mahalanobis_by_hand() -> None:
    table = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    want = np.sqrt([((row - 1.0) ** 2 / (4.0 / 3.0)).sum() for row in table])
    assert mahalanobis(table, np.ones(2)) == pytest.approx(want)


def test_refusals() -> None:
    history, days = made_history()
    now = NOW
    for words, k, horizon in (("--k", 0, 10), ("--horizon", 10, 41)):
        with pytest.raises(InputError, match=words):
            twins(history, now, {"VIX": 15.0}, k, horizon, days[-1].item())
    with pytest.raises(MissingDataError, match="no VIX"):
        twins(history, now, {"RV": 0.1}, 5, 10, days[-1].item())
    with pytest.raises(DomainError, match="two days"):
        event([1.0])
    with pytest.raises(DomainError, match="one number a day"):
        event([1.0, np.nan])


def test_the_session_of_an_instant() -> None:
    assert session_of(NOW) == dt.date(2021, 3, 1)
    assert session_of(NOW - dt.timedelta(hours=2)) == dt.date(2021, 2, 26)
    assert session_of(dt.datetime(2021, 3, 7, 12, tzinfo=dt.UTC)) == dt.date(2021, 3, 5)
    assert datum(1.0).value == 1.0
