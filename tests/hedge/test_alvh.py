"""The policy: budgets hold, rules name themselves, nothing is sized up, and the same inputs give the same tickets."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import EXPIRES, NOW, state

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, LookaheadError, MissingExpiryError
from seawall.core.status import Status
from seawall.hedge.alvh import HedgePlan, plan_hedge, widened
from seawall.hedge.layers import nearest_expiry, quote_layer
from seawall.hedge.policy import AlvhPolicy, Layer, compile_policy
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct
from seawall.instruments.structures import condor, option_on
from seawall.ledger.book import Book
from seawall.market.smile import FlatSmile
from seawall.signals.base import Reading
from seawall.signals.regime import Regime, RegimeReading

WORLD = state(FlatSmile(0.18, "test"))
STRUCTURE = condor(option_on("SPX"), (5400.0, 5600.0, 6350.0, 6550.0), EXPIRES)


def book(contracts: float = 60.0, nav: float | None = 5e6) -> Book:
    return Book("sold", (Position("condor", STRUCTURE, -contracts, "options"),), nav)


def reading(regime: Regime, known_at: dt.datetime = NOW) -> RegimeReading:
    value = Reading(1.0, Status.FOUND, NOW.date(), Origin.OBSERVED, "")
    return RegimeReading(NOW.date(), regime, "test", 2, ("t1", "t4"), {"SLOPE": value}, known_at, ())


def plan(regime: Regime = Regime.CALM, policy: AlvhPolicy | None = None, **kind: float) -> HedgePlan:
    return plan_hedge(book(**kind), WORLD, reading(regime), policy or AlvhPolicy())


@settings(max_examples=12, deadline=None)
@given(st.floats(5.0, 400.0), st.floats(2e5, 5e7), st.floats(0.0, 0.1), st.floats(0.0, 1.0))
def test_no_budget_is_exceeded_and_the_binding_one_is_named(
    contracts: float, nav: float, carry: float, share: float
) -> None:
    policy = AlvhPolicy(carry_budget=carry, income_share=share)
    made = plan_hedge(book(contracts, nav), WORLD, reading(Regime.CALM), policy)
    allowed = {budget.name: budget.allowed for budget in made.budgets}
    spent = sum(t.carry_usd_per_year for t in made.tickets)
    assert spent <= (allowed["carry"] or 0.0) + 1e-6
    assert spent <= (allowed["income share"] or 0.0) + 1e-6
    assert sum(t.cost_usd for t in made.tickets) <= (allowed["premium"] or 0.0) + 1e-6
    assert sum(t.vega_usd_per_point for t in made.tickets) <= (allowed["short vega"] or 0.0) + 1e-6
    assert made.binding == min(made.budgets, key=lambda b: b.units).name


def test_more_budget_never_means_fewer_contracts() -> None:
    sizes = [
        sum(t.contracts for t in plan(policy=AlvhPolicy(carry_budget=b, income_share=b * 20)).tickets)
        for b in (0.0, 0.002, 0.01, 0.02, 0.05)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] == 0
    assert sizes[-1] > 0


def test_ratio_is_four_four_two_up_to_rounding_down() -> None:
    tickets = {t.layer: t.contracts for t in plan(contracts=4000.0, nav=1e9).tickets}
    units = tickets["L3"] / 2.0
    assert 4.0 * units <= tickets["L1"] < 4.0 * (units + 0.5) + 1.0
    assert abs(tickets["L1"] - tickets["L2"]) <= 1


def test_after_is_before_plus_the_tickets() -> None:
    made = plan()
    assert made.tickets
    gained = made.after.total.exposure.vega_usd_per_point - made.before.total.exposure.vega_usd_per_point
    assert gained == pytest.approx(sum(t.vega_usd_per_point for t in made.tickets), rel=1e-9)
    assert made.after.total.worst.usd > made.before.total.worst.usd


def test_states_change_the_first_layer_and_name_the_rule() -> None:
    by_state = {regime: plan(regime) for regime in Regime}
    first = {r: {t.layer: t.rule for t in p.tickets}.get("L1") for r, p in by_state.items()}
    assert first[Regime.CALM] == "L1.base"
    assert first[Regime.ONSET] == "L1.boost"
    assert first[Regime.SPIKE] is None
    assert first[Regime.EXHAUST] is None
    rules = {r: {a.rule for a in p.advice} for r, p in by_state.items()}
    assert "L0.widen" in rules[Regime.ONSET]
    assert {"L0.stop", "L1.monetise"} <= rules[Regime.SPIKE]
    assert "L1.exit" in rules[Regime.EXHAUST]


def test_a_book_that_is_long_convexity_gets_no_hedge() -> None:
    held = Book("long", (Position("calls", EuropeanOption("SPX", "call", 6100.0, EXPIRES), 5.0, "options"),), 1e6)
    made = plan_hedge(held, WORLD, reading(Regime.CALM), AlvhPolicy())
    assert made.tickets == ()
    assert made.after is made.before


def test_hedging_twice_buys_nothing() -> None:
    """What the first plan bought counts against every budget at the price the plan itself put on it."""
    first = plan()
    assert first.tickets
    bought = tuple(p for p in first.after.book.positions if p.group == "hedges")
    assert plan_hedge(book().with_positions(bought), WORLD, reading(Regime.CALM), AlvhPolicy()).tickets == ()


def test_zero_contracts_is_an_answer_with_its_reason() -> None:
    made = plan(contracts=0.01, nav=1e4)
    assert made.tickets == ()
    assert any("zero contracts" in one.text for one in made.advice)


def test_the_same_inputs_give_the_same_tickets() -> None:
    assert plan().tickets == plan().tickets


def test_a_pool_on_an_asset_vix_may_not_reach_is_told_so() -> None:
    pool = Book(
        "lp", (Position("pool", LiquidityPosition("ETH", ConstantProduct(900.0), fee_apr=0.4), 1.0, "pools"),), 1e6
    )
    made = plan_hedge(pool, WORLD, reading(Regime.CALM), AlvhPolicy())
    assert made.tickets == ()  # no short SPX vega: VIX is not sold to it
    assert any(one.rule == "LX.trim" and "unknown" in one.text for one in made.advice)


def test_a_reading_from_later_is_refused() -> None:
    with pytest.raises(LookaheadError, match="after it was decided"):
        plan_hedge(book(), WORLD, reading(Regime.CALM, NOW + dt.timedelta(hours=1)), AlvhPolicy())


@pytest.mark.parametrize(
    ("share", "low", "high"), [(0.15, 5588.41, 6457.59), (0.175, 5579.46, 6467.54), (0.20, 5570.51, 6477.49)]
)
def test_widening_vectors(share: float, low: float, high: float) -> None:
    """METHOD 7.2: the condor with break-evens 5642.095 / 6397.905 at spot 6000."""
    assert widened(5642.095, 6397.905, 6000.0, share) == pytest.approx((low, high), abs=6e-3)


def test_layer_quotes_are_on_listed_terms() -> None:
    for layer in AlvhPolicy().layers:
        quote = quote_layer(layer, WORLD)
        assert abs((quote.expiry - NOW.date()).days - layer.target_days) <= 30
        assert quote.delta == pytest.approx(layer.delta, abs=0.08)
        assert quote.ask > quote.mid
        assert quote.carry_usd_per_year >= 0.0


def test_no_expiry_near_the_target_is_named() -> None:
    with pytest.raises(MissingExpiryError, match="change target_days"):
        nearest_expiry(Layer("far", 1.0, 500, 10), NOW.date())


def test_policy_columns_by_state_and_digest() -> None:
    states = np.array([Regime.CALM, Regime.ONSET, Regime.SPIKE, Regime.EXHAUST], dtype=np.int8)
    columns = compile_policy(AlvhPolicy(), states)
    assert columns.weight.tolist() == [[4, 4, 2], [6, 4, 2], [0, 4, 2], [0, 4, 2]]
    assert columns.monetise.tolist() == [False, False, True, False]
    assert columns.exit_first.tolist() == [False, False, False, True]
    assert AlvhPolicy().digest == AlvhPolicy().digest
    assert AlvhPolicy().digest != replace(AlvhPolicy(), carry_budget=0.03).digest
    with pytest.raises(DomainError, match="at least one layer"):
        AlvhPolicy(layers=())
    with pytest.raises(DomainError, match="roll_days < target_days"):
        AlvhPolicy(layers=(Layer("x", 1.0, 30, 30),))
