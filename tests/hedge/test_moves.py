"""What the rules do to what a book holds: closing tickets, new strikes, rolls; every rule reached from a history."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.hedge.made_history import series
from tests.hedge.made_situation import POOL, STRUCTURE, WORLD, book, made_scenarios, reading, score, situation
from tests.worlds import NOW

from seawall.core.clock import sessions, settlement_instant, vix_expiries
from seawall.core.errors import DomainError
from seawall.hedge.budgets import Budgets
from seawall.hedge.charter import LONG, NEAR, PRESETS, Policy, preset
from seawall.hedge.decide import decide
from seawall.hedge.plan import HedgePlan
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import MacroLadder
from seawall.hedge.stack.vix import VixCalendar
from seawall.instruments.base import Position
from seawall.instruments.structures import Structure, condor, option_on
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.breakeven import expiry_break_evens
from seawall.ledger.exposure import Ledger
from seawall.market.expiry import modelled_expiry
from seawall.market.history import History
from seawall.signals.regime import Regime, RegimeReading, classify

SEED = preset("seed")
FIRST = settlement_instant("VIX", vix_expiries(NOW.date(), 1)[0])
CALL = VixOption("call", 20.0, FIRST)
WORTH = float(CALL.value(WORLD.view())[0])


def near(times: float, quantity: float = 6.0, bought: float | None = 6.0) -> Position:
    """The near call, worth ``times`` what was paid for it."""
    return Position("L1 near", CALL, quantity, "hedges", WORTH / times, bought)


def plan(regime: Regime, held: Book, policy: Policy = SEED, **more: object) -> HedgePlan:
    return decide(policy, situation(held, reading(regime), **more))  # type: ignore[arg-type]


# What is left of VIX calls


@pytest.mark.parametrize(
    ("times", "quantity", "sold"),
    [(1.5, 6.0, 0.0), (2.5, 6.0, 2.0), (5.0, 6.0, 4.0), (2.5, 4.0, 0.0), (5.0, 4.0, 2.0), (5.0, 2.0, 0.0), (5, 1.0, 0)],
)
def test_a_third_at_twice_and_a_third_at_four_times_of_what_was_bought(
    times: float, quantity: float, sold: float
) -> None:
    """METHOD 7.2, `L1.monetise`: shares of the six that were bought, whatever was sold since."""
    made = plan(Regime.SPIKE, book(60.0, 5e6, near(times, quantity)))
    tickets = [one for one in made.tickets if one.rule == "L1.monetise"]
    assert sum(one.contracts for one in tickets) == sold
    assert all(one.closes and one.side == "sell" and one.cost_usd < 0.0 for one in tickets)
    left = [p.quantity for p in made.after.book.positions if p.instrument == CALL]
    assert left == [quantity - sold]


def test_what_is_left_is_sold_when_the_spike_is_exhausted() -> None:
    made = plan(Regime.EXHAUST, book(60.0, 5e6, near(0.8, 2.0)))
    assert [(t.contracts, t.side, t.closes) for t in made.tickets if t.rule == "L1.exit"] == [(2.0, "sell", True)]
    assert all(p.instrument != CALL for p in made.after.book.positions)


def test_half_of_the_front_layer_moves_to_the_next_month_before_its_end() -> None:
    """`SHIFT.roll`: 16 days are left of 21; half is sold, as many are bought a month later, once."""
    made = plan(Regime.CALM, book(60.0, 5e6, near(1.0)))
    sold, bought = (t for t in made.tickets if t.rule == "SHIFT.roll")
    assert (sold.contracts, sold.side, sold.closes) == (3.0, "sell", True)
    assert (bought.contracts, bought.side, bought.closes) == (3.0, "buy", False)
    assert bought.legs[0].expiry == vix_expiries(NOW.date(), 2)[1]
    again = plan(Regime.CALM, made.after.book)
    assert [t for t in again.tickets if t.rule == "SHIFT.roll"] == []


# Condors


def edges(structure: Structure) -> tuple[float, float]:
    found = expiry_break_evens(Book("c", (Position("c", structure, -1.0, "options"),)), WORLD, "SPX").values
    return found[0], found[-1]


@pytest.mark.parametrize(
    ("regime", "rule", "share"), [(Regime.ONSET, "L0.widen", 0.175), (Regime.EXHAUST, "L0.narrow", -0.10)]
)
def test_break_evens_move_by_their_share_of_the_distance(regime: Regime, rule: str, share: float) -> None:
    """METHOD 7.2: the condor is bought back and sold again, as many, break-evens d (1 + w) away; strikes by five."""
    made = plan(regime, book())
    back, again = (t for t in made.tickets if t.rule == rule)
    assert (back.side, back.closes, back.contracts) == ("buy", True, 60.0)
    assert (again.side, again.closes, again.contracts) == ("sell", False, 60.0)
    new = next(p.instrument for p in made.after.book.positions if p.label == "condor")
    assert isinstance(new, Structure)
    for before, after in zip(edges(STRUCTURE), edges(new), strict=True):
        assert abs(after - 6000.0) == pytest.approx(abs(before - 6000.0) * (1.0 + share), abs=6.0)
    assert np.diff(new.strikes())[[0, 2]] == pytest.approx(np.diff(STRUCTURE.strikes())[[0, 2]])
    assert again.mid < 0.0 < back.mid
    assert (again.mid + back.mid > 0.0) == (share > 0.0)  # wider takes in less than it costs to buy back


def test_the_danger_of_a_calendar_stands_beside_wider_condors() -> None:
    told = [one.text for one in plan(Regime.ONSET, book()).advice if one.rule == "CAL.add"]
    assert len(told) == 1
    assert "selling the near call" in told[0]
    assert "buying it" in told[0]
    assert "never counts as protection" in told[0]
    assert not [one for one in plan(Regime.CALM, book()).advice if one.rule == "CAL.add"]


NEAR_END = condor(option_on("SPX"), (5700.0, 5990.0, 6010.0, 6300.0), NOW + dt.timedelta(hours=6))
LATE = Book("late", (Position("condor", NEAR_END, -3.0, "options"), near(1.0)), 5e6)


@pytest.mark.parametrize("regime", [Regime.CALM, Regime.SPIKE])
def test_a_condor_is_rolled_before_gamma_is_punitive(regime: Regime) -> None:
    """`L0.roll` with k = .05: six hours left, the price between the shorts. In SPIKE nothing new is sold."""
    made = plan(regime, LATE, replace(SEED, roll_gamma=0.05))
    tickets = [t for t in made.tickets if t.rule == "L0.roll"]
    assert (tickets[0].side, tickets[0].closes, tickets[0].contracts) == ("buy", True, 3.0)
    held = [p for p in made.after.book.positions if p.instrument.kind == "condor"]
    if regime is Regime.SPIKE or len(tickets) == 1:
        assert held == []
    else:
        assert held[0].quantity == -tickets[1].contracts
        assert -3.0 <= held[0].quantity < 0.0
        assert held[0].instrument.settles[-1] > NEAR_END.settles[-1]
    calm = plan(regime, LATE, replace(SEED, roll_gamma=1e6))
    assert not [t for t in calm.tickets if t.rule == "L0.roll"]


def test_shorts_come_back_to_one_expected_move_once() -> None:
    at = situation(book(), reading(Regime.CALM, rule="ONSET>CALM: x"), {"M40.Z.BTC": score(0.2)})
    made = decide(SEED, at)
    _, again = (t for t in made.tickets if t.rule == "L0.recentre")
    move = 6000.0 * 0.18 * np.sqrt(45.0 / 365.0)
    assert again.legs[1].strike == pytest.approx(6000.0 - move, abs=5.0)
    assert again.legs[2].strike == pytest.approx(6000.0 + move, abs=5.0)
    more = situation(made.after.book, reading(Regime.CALM, rule="ONSET>CALM: x"), {"M40.Z.BTC": score(0.2)})
    assert not [t for t in decide(SEED, more).tickets if t.rule == "L0.recentre"]


# Laws


def totals(of: Ledger) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in of.book.positions:
        found[repr(one.instrument)] += one.quantity  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("policy", PRESETS, ids=lambda one: one.name)
def test_hedging_twice_gives_no_more_tickets_and_closes_no_more_than_is_held(policy: Policy, regime: Regime) -> None:
    """Every shipped policy in every state; the book has a condor, a pool and near calls at five times their price."""
    scenarios = made_scenarios(60) if policy.sizing == "min_cvar" else None
    front = modelled_expiry(WORLD, None, 7.0)

    def on(held: Book) -> HedgePlan:
        signals = {"M11": score(2.0), "M40.Z.BTC": score(0.2)}
        return decide(policy, situation(held, reading(regime), signals, front=front), scenarios)

    first = on(book(60.0, 5e6, POOL, near(5.0)))
    assert [(t.rule, t.contract, t.contracts) for t in on(first.after.book).tickets] == []
    before, after = totals(first.before), totals(first.after)
    for name, units in before.items():
        assert units * after[name] >= 0.0
        if not any(not t.closes for t in first.tickets):
            assert abs(after[name]) <= abs(units)
    sold = sum(t.contracts for t in first.tickets if t.closes and t.legs[0].root == "VIX")
    assert sold <= 6.0
    assert len({t.id for t in first.tickets}) == len(first.tickets)


@pytest.mark.parametrize(("more", "says"), [({"bought": 2.0}, "before any sale"), ({"daily_volume": 0.0}, "above 0")])
def test_a_position_that_cannot_be(more: dict[str, float], says: str) -> None:
    with pytest.raises(DomainError, match=says):
        replace(near(1.0), **more)  # type: ignore[arg-type]


# A history that goes through every state


WALK = ((40, 14.0, 0.82, 0), (2, 18.0, 0.97, 1), (6, 33.0, 1.15, 1), (4, 26.0, 0.9, 0), (9, 17.0, 0.85, 0),
        (2, 18.0, 0.9, 1), (6, 16.0, 0.85, 0))  # fmt: skip
"""Sessions, VIX, VIX/VIX3M, and whether triggers t3 and t6 are on."""


@cache
def walked() -> tuple[RegimeReading, ...]:
    """The market state of every session of a made history: CALM, ONSET, SPIKE, EXHAUST, CALM, ONSET, CALM."""
    rows = np.repeat(np.array([row[1:] for row in WALK]), [row[0] for row in WALK], axis=0)
    days = sessions(dt.date(2020, 1, 2), dt.date(2021, 2, 26))[-len(rows) :]
    place = np.arange(len(rows))
    vix, slope = rows[:, 0], rows[:, 1] + 0.002 * (place % 2) + 0.001 * (place % 3)
    history = History.of(
        series("SPX", days, 6000.0 + 0.5 * (place % 2)),
        series("VIX", days, vix),
        series("VIX3M", days, vix / slope),
        *(series(name, days, rows[:, 2]) for name in ("T3", "T6")),
    )
    found = classify(history)
    return tuple(found.on(day.astype(object)) for day in days)


def test_the_history_goes_through_every_state() -> None:
    path = [one.state for one in walked()]
    order = [state for n, state in enumerate(path) if n == 0 or state is not path[n - 1]]
    calm, onset, spike, exhaust = Regime
    assert order == [calm, onset, spike, exhaust, calm, onset, calm]


TRADED = {
    Regime.CALM: {"L0.open", "L1.base", "L23.refresh", "SHIFT.roll", "L0.recentre", "L3.arm"},
    Regime.ONSET: {"L0.widen", "L1.boost", "CAL.add"},
    Regime.SPIKE: {"L1.monetise"},
    Regime.EXHAUST: {"L1.exit", "L0.narrow"},
}
"""METHOD 7.2: the rules that trade, by the state that asks for them."""
WHOLE = replace(
    SEED.with_layers(
        FinancingCondor(), NEAR, LONG, MacroLadder(), CryptoNative(), VixCalendar(traded="short_near")
    ),
    budgets=Budgets(carry=0.2, income=50.0, premium=0.5, vega=50.0),
)  # fmt: skip


def test_every_action_of_the_state_machine_is_reached_from_a_history() -> None:
    held = book(6.0, 5e7, POOL, near(5.0))
    front = modelled_expiry(WORLD, None, 7.0)
    seen: dict[Regime, set[str]] = {state: set() for state in Regime}
    told: set[str] = set()
    done: set[tuple[Regime, str]] = set()
    for regime in walked():
        if (regime.state, regime.rule) in done:
            continue
        done.add((regime.state, regime.rule))
        signals = {"M11": score(2.0), "M40.Z.BTC": score(0.2)}
        made = decide(WHOLE, situation(held, regime, signals, front=front))
        seen[regime.state] |= {one.rule for one in made.tickets}
        told |= {one.rule for one in made.advice}
    assert {state: TRADED[state] - seen[state] for state in Regime} == {state: set() for state in Regime}
    assert {"L0.stop", "LX.trim"} <= told
    assert not {one for one in seen[Regime.SPIKE] if one.startswith("L0") and one != "L0.roll"}
    top = decide(
        WHOLE, situation(held, front=front, signals={"M37": score(0.7), "M11": score(2.0, dt.date(2020, 6, 1))})
    )
    assert {"L0.cap", "L3.expire"} <= {one.rule for one in top.advice}
