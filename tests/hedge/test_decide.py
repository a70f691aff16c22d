"""The policy: budgets hold, rules name themselves, nothing is sized up, and the same inputs give the same tickets."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hedge.made_situation import POOL, WORLD, book, made_scenarios, reading, score, situation
from tests.worlds import EXPIRES, NOW

from seawall.core.clock import settlement_instant, vix_expiries
from seawall.core.errors import DomainError, LookaheadError
from seawall.hedge.actions import actions, widened
from seawall.hedge.budgets import Budgets
from seawall.hedge.charter import PRESETS, Policy, differences, preset
from seawall.hedge.decide import decide
from seawall.hedge.plan import HedgePlan
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor, short_condor_risk
from seawall.hedge.stack.second_engine import (
    SECOND_ENGINES,
    DeepLayers,
    HedgeRatio,
    LowCorrelation,
    MacroLadder,
    OnchainBuffer,
    second_engine,
)
from seawall.hedge.stack.vix import VixCalendar, VixCalls, VixMonths, calendar_candidate
from seawall.hedge.wrappers import Gate, Hysteresis, Monetise, Staged
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.structures import condor, option_on
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.book import Book
from seawall.market.expiry import modelled_expiry
from seawall.signals.regime import Regime, RegimeReading

SEED = preset("seed")


def plan(regime: Regime = Regime.CALM, policy: Policy = SEED, held: Book | None = None) -> HedgePlan:
    return decide(policy, situation(held, reading(regime)))


@settings(max_examples=12, deadline=None)
@given(st.floats(5.0, 400.0), st.floats(2e5, 5e7), st.floats(0.0, 0.1), st.floats(0.0, 1.0))
def test_no_budget_is_exceeded_and_one_that_binds_is_named(
    contracts: float, nav: float, carry: float, share: float
) -> None:
    policy = replace(SEED, budgets=Budgets(carry=carry, income=share))
    made = plan(policy=policy, held=book(contracts, nav))
    allowed = {budget.name: max(budget.allowed or 0.0, 0.0) for budget in made.budgets}
    spent = sum(t.carry_usd_per_year for t in made.tickets)
    assert spent <= allowed["carry"] + 1e-6
    assert spent <= allowed["income share"] + 1e-6
    assert sum(t.cost_usd + t.margin_usd for t in made.tickets) <= allowed["premium"] + 1e-6
    assert sum(t.vega_usd_per_point for t in made.tickets) <= allowed["short vega"] + 1e-6
    assert made.binding in allowed


def test_more_budget_never_means_fewer_contracts() -> None:
    sizes = [
        sum(t.contracts for t in plan(policy=replace(SEED, budgets=Budgets(carry=b, income=b * 20))).tickets)
        for b in (0.0, 0.002, 0.01, 0.02, 0.05)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] == 0
    assert sizes[-1] > 0


def test_ratio_is_four_four_two_up_to_rounding_down() -> None:
    tickets = {t.layer: t.contracts for t in plan(held=book(4000.0, 1e9)).tickets}
    units = tickets["L3"] / 2.0
    assert 4.0 * units <= tickets["L1"] < 4.0 * (units + 0.5) + 1.0
    assert abs(tickets["L1"] - tickets["L2"]) <= 1


def test_after_is_before_plus_the_tickets() -> None:
    made = plan()
    assert made.tickets
    gained = made.after.total.exposure.vega_usd_per_point - made.before.total.exposure.vega_usd_per_point
    assert gained == pytest.approx(sum(t.vega_usd_per_point for t in made.tickets), rel=1e-9)
    assert made.after.total.worst.usd > made.before.total.worst.usd
    assert made.carry_usd_per_year == pytest.approx(sum(t.carry_usd_per_year for t in made.tickets))


def test_states_change_the_first_layer_and_name_the_rule() -> None:
    by_state = {regime: plan(regime) for regime in Regime}
    first = {r: {t.layer: t.rule for t in p.tickets}.get("L1") for r, p in by_state.items()}
    assert first == {Regime.CALM: "L1.base", Regime.ONSET: "L1.boost", Regime.SPIKE: None, Regime.EXHAUST: None}


NEAR = VixOption("call", 20.0, settlement_instant("VIX", vix_expiries(NOW.date(), 1)[0]))
HELD = Position("near", NEAR, 3.0, "hedges", 40.0)


@pytest.mark.parametrize(
    ("regime", "held", "rule", "says"),
    [
        (reading(Regime.ONSET), book(), "L0.widen", "17.5% wider"),
        (reading(Regime.EXHAUST), book(), "L0.narrow", "10.0% narrower"),
        (reading(Regime.SPIKE), book(), "L0.stop", "no new short condor"),
        (reading(Regime.SPIKE), book(), "L1.monetise", "nothing to sell"),
        (reading(Regime.SPIKE), book(60, 5e6, HELD), "L1.monetise", "times its entry"),
        (reading(Regime.EXHAUST), book(60, 5e6, HELD), "L1.exit", "near: 3"),
        (reading(Regime.CALM), book(60, 5e6, HELD), "SHIFT.roll", "days left"),
        (reading(Regime.CALM, rule="ONSET>CALM: at most one trigger"), book(), "L0.recentre", "funding"),
    ],
)  # fmt: skip
def test_each_rule_of_the_state_machine_is_reached(regime: RegimeReading, held: Book, rule: str, says: str) -> None:
    found = [one.text for one in actions(situation(held, regime), SEED) if one.rule == rule]
    assert any(says in text for text in found), found


def test_gamma_that_eats_the_credit_asks_for_a_roll() -> None:
    """`L0.roll`: one day to go, the price on a short strike; the same condor at 45 days asks for nothing."""
    near = condor(option_on("SPX"), (5700.0, 5990.0, 6010.0, 6300.0), NOW + dt.timedelta(hours=6))
    close = Book("near", (Position("condor", near, -1.0, "options"),), 1e6)
    assert "L0.roll" in {one.rule for one in actions(situation(close), replace(SEED, roll_gamma=0.05))}
    assert "L0.roll" not in {one.rule for one in actions(situation(), SEED)}


@pytest.mark.parametrize("z", [None, 0.2, 0.8])
def test_shorts_come_back_only_when_funding_is_normal(z: float | None) -> None:
    at = situation(regime=reading(Regime.CALM, rule="ONSET>CALM: x"), signals={"M40.Z.BTC": score(z)})
    text = next(one.text for one in actions(at, SEED) if one.rule == "L0.recentre")
    assert ("back to one expected move" in text) == (z is not None and z < 0.5)


def test_a_book_that_is_long_convexity_gets_no_hedge() -> None:
    held = Book("long", (Position("calls", EuropeanOption("SPX", "call", 6100.0, EXPIRES), 5.0, "options"),), 1e6)
    for policy in PRESETS:
        made = decide(policy, situation(held), made_scenarios())
        assert made.tickets == ()
        assert made.after is made.before


@pytest.mark.parametrize("name", ["seed", "static-4-4-2"])
def test_hedging_twice_buys_nothing(name: str) -> None:
    """What the first plan bought counts against every budget at the price the plan itself put on it."""
    first = plan(policy=preset(name))
    assert first.tickets
    bought = tuple(p for p in first.after.book.positions if p.group == "hedges")
    assert plan(policy=preset(name), held=book().with_positions(bought)).tickets == ()


def test_least_cvar_lowers_cvar_and_scales_with_the_book() -> None:
    policy = replace(SEED, sizing="min_cvar")
    made = made_scenarios()
    sizes = []
    for times in (1.0, 10.0):
        found = decide(policy, situation(book(60.0 * times, 5e6 * times)), made)
        assert found.risk is not None
        assert found.risk.fit is not None
        assert found.risk.fit.cvar_after <= found.risk.fit.cvar_before + 1e-6
        sizes.append(found.risk.fit.cvar_after)
    assert 10.0 * sizes[0] == pytest.approx(
        sizes[1], rel=5e-3
    )  # in tenths of a lot the larger book fits a little better


def test_scaling_the_book_scales_the_tickets_within_lots() -> None:
    one, ten = (plan(held=book(60.0 * times, 5e6 * times)) for times in (1.0, 10.0))
    for small, large in zip(one.tickets, ten.tickets, strict=True):
        assert 10.0 * small.contracts <= large.contracts < 10.0 * (small.contracts + 1.0)


def test_zero_contracts_is_an_answer_with_its_reason() -> None:
    made = plan(held=book(0.01, 1e4))
    assert made.tickets == ()
    assert any("zero contracts" in one.text for one in made.advice)


@pytest.mark.parametrize("name", [one.name for one in PRESETS])
def test_the_same_inputs_give_the_same_tickets_byte_for_byte(name: str) -> None:
    held = book(60.0, 5e6, POOL)
    front = modelled_expiry(WORLD, None, 7.0)
    one, other = (
        decide(preset(name), situation(held, front=front, signals={"M11": score(2.0)}), made_scenarios())
        for _ in range(2)
    )
    assert repr(one.tickets) == repr(other.tickets)
    assert one.advice == other.advice


def test_a_pool_on_an_asset_vix_may_not_reach_is_told_so() -> None:
    pool = Book("lp", (POOL,), 1e6)
    made = plan(held=pool)
    assert made.tickets == ()  # no short SPX vega: VIX is not sold to it
    assert any(one.rule == "LX.trim" and "unknown" in one.text for one in made.advice)


def test_a_reading_from_later_is_refused() -> None:
    with pytest.raises(LookaheadError, match="after it was decided"):
        decide(SEED, situation(regime=reading(Regime.CALM, NOW + dt.timedelta(hours=1))))


@pytest.mark.parametrize(
    ("share", "low", "high"), [(0.15, 5588.41, 6457.59), (0.175, 5579.46, 6467.54), (0.20, 5570.51, 6477.49)]
)
def test_widening_vectors(share: float, low: float, high: float) -> None:
    """METHOD 7.2: the condor with break-evens 5642.095 / 6397.905 at spot 6000."""
    assert widened(5642.095, 6397.905, 6000.0, share) == pytest.approx((low, high), abs=6e-3)


def test_policies_are_named_by_what_they_say() -> None:
    assert len({one.digest for one in PRESETS}) == len(PRESETS)
    assert replace(SEED, name="another").digest == SEED.digest
    changed = replace(SEED, budgets=Budgets(carry=0.03))
    assert changed.digest != SEED.digest
    assert differences(SEED, changed) == [("budgets.carry", "0.02", "0.03")]
    assert preset("vixshield-glossary").unverified
    with pytest.raises(DomainError, match="there are seed"):
        preset("sed")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Policy("x", ()), "no layer"),
        (lambda: Policy(" "), "needs a name"),
        (lambda: replace(SEED, temper="wild"), "temper is one of"),
        (lambda: replace(SEED, widen=1.5), "shares in 0 .. 1"),
        (lambda: VixCalls(days=30, roll_days=30), "roll_days < days"),
        (lambda: VixMonths(low_days=60, high_days=50), "low_days < high_days"),
        (lambda: Budgets(carry=-0.1), "budget carry"),
        (lambda: Budgets(condor=0.2), "raise the second"),
        (lambda: Gate(onset=-1.0), "gate onset"),
        (lambda: Staged(3.0, 1.0), "swap them"),
        (lambda: Hysteresis(1.0), "hysteresis"),
        (lambda: Monetise(((4.0, 0.3), (2.0, 0.3))), "must rise"),
        (lambda: Monetise(((2.0, 0.8), (4.0, 0.8))), "sum to at most 1"),
        (lambda: MacroLadder(multiples=(1.3, 1.1)), "rising multiples"),
        (lambda: CryptoNative(tools=("swap",)), "no crypto tool"),  # type: ignore[arg-type]
        (lambda: SEED.with_layers(VixCalls(), VixCalls()), "same layer twice"),
        (lambda: second_engine("ladder"), "no Second Engine"),
    ],
)
def test_a_policy_that_cannot_be(make: object, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(("z", "share"), [(None, 0.0), (0.9, 0.0), (1.5, 0.25), (2.0, 0.5), (2.6, 0.75), (9.0, 1.0)])
def test_entry_is_staged_in_quarters(z: float | None, share: float) -> None:
    """METHOD 7.2: clip((z - 1)/2, 0, 1), rounded to quarters."""
    assert Staged().factor(z) == share


def test_sales_at_multiples() -> None:
    rule = Monetise()
    assert [round(rule.sold(gain), 4) for gain in (1.9, 2.0, 3.9, 4.0, 9.0)] == [0.0, 0.3333, 0.3333, 0.6667, 0.6667]


def test_the_ladder_arms_on_a_surprise_and_pays_equal_premium_a_rung() -> None:
    ladder = MacroLadder()
    assert not ladder.propose(situation()).candidates
    assert not ladder.propose(situation(signals={"M11": score(0.9)})).candidates
    stale = situation(signals={"M11": score(2.0, NOW.date() - dt.timedelta(days=60))})
    assert not ladder.propose(stale).candidates
    found = ladder.propose(situation(signals={"M11": score(-1.2)})).candidates[0]
    paid = [leg.ratio * leg.ask for leg in found.legs]
    assert paid == pytest.approx([paid[0]] * len(paid))
    assert found.margin_usd == 0.0
    assert 60 <= (found.legs[0].expiry - NOW.date()).days <= 120  # type: ignore[operator]
    early = replace(ladder, clock="pre_print")
    assert not early.propose(situation()).candidates
    assert early.propose(situation(regime=reading(Regime.CALM, fired=("t6",)))).candidates


@pytest.mark.parametrize("name", list(SECOND_ENGINES))
def test_every_second_engine_answers(name: str) -> None:
    found = second_engine(name).propose(situation(book(60.0, 5e6, POOL)))
    assert found.candidates or found.notes


def test_the_low_correlation_sleeve_has_a_gate() -> None:
    for value, word in ((0.25, "rejected"), (0.1, "allowed"), (None, "unknown")):
        at = replace(situation(), crisis_correlation=value)
        assert word in LowCorrelation().propose(at).notes[0].text


def test_the_buffer_is_a_share_of_the_pools() -> None:
    at = situation(book(60.0, 5e6, POOL))
    worth = next(row.exposure.value_usd for row in at.ledger.rows if row.label == "pool")
    assert f"{0.05 * worth:,.0f} USD" in OnchainBuffer().propose(at).notes[0].text


def test_deep_layers_scale_in() -> None:
    found = DeepLayers().propose(situation(signals={"M09": score(2.0)})).candidates
    assert [one.weight for one in found] == [2.0, 2.0]
    assert not DeepLayers().propose(situation(signals={"M09": score(0.5)})).candidates


def test_a_future_of_the_hedge_ratio_has_margin_and_no_premium() -> None:
    found = HedgeRatio().propose(situation()).candidates[0]
    assert isinstance(found.instrument, VixFuture)
    assert found.margin_usd > 0.0
    assert found.premium_usd == pytest.approx(found.fees_usd)


def test_the_calendar_loses_in_a_spike_and_is_not_protection() -> None:
    """METHOD 7.5: selling the near call is short the spike; the other direction gains what it loses."""
    dates = tuple(vix_expiries(NOW.date(), 2))
    pair = [calendar_candidate(situation(), 1.2, dates, word) for word in ("short_near", "long_near")]
    view = WORLD.view(_spike())
    moves = [one.sign * (one.instrument.value(view) - one.instrument.value(WORLD.view()))[0] for one in pair]
    assert moves[0] < 0.0 < moves[1]
    assert moves[0] == pytest.approx(-moves[1])
    assert -moves[0] > pair[0].premium_usd
    assert not any(one.protects for one in pair)
    policy = SEED.with_layers(*SEED.layers, VixCalendar(traded="short_near"))
    tickets = decide(policy, situation(regime=reading(Regime.ONSET))).tickets
    traded = next(t for t in tickets if t.layer == "CAL")
    assert -dict(traded.pays)[20.0] <= 0.0025 * 5e6
    assert not traded.protects
    shown = decide(SEED.with_layers(*SEED.layers, VixCalendar()), situation(regime=reading(Regime.ONSET)))
    assert all(t.layer != "CAL" for t in shown.tickets)
    assert any("never counts as protection" in one.text for one in shown.advice)


def _spike() -> object:
    from seawall.market.state import Moves

    return Moves(vol_points={"SPX": np.array([20.0])}, days=1.0)


def test_financing_is_capped_by_equity_state_and_big_top() -> None:
    front = modelled_expiry(WORLD, None, 7.0)
    small = book(1.0, 5e7)
    layer = FinancingCondor()

    def most(**more: object) -> float:
        found = layer.propose(situation(small, front=front, **more)).candidates  # type: ignore[arg-type]
        return found[0].cap if found else 0.0

    calm = most()
    one = layer.propose(situation(small, front=front)).candidates[0]
    assert calm * one.margin_usd <= 0.015 * 5e7
    assert (calm + 1) * one.margin_usd > 0.015 * 5e7
    assert most(signals={"M37": score(0.7)}) == pytest.approx(calm // 2, abs=1)
    assert most(regime=reading(Regime.SPIKE)) == 0.0
    assert not one.protects
    assert short_condor_risk(small) == pytest.approx(100.0 * 200.0)
    wide = layer.propose(situation(small, front=front, regime=reading(Regime.ONSET))).candidates[0]
    assert wide.rule == "L0.widen"
    assert wide.legs[1].strike < one.legs[1].strike  # type: ignore[operator]
    assert wide.legs[2].strike > one.legs[2].strike  # type: ignore[operator]


def test_crypto_native_hedges_oppose_the_book() -> None:
    at = situation(Book("lp", (POOL,), 1e6))
    found = {one.label: one for one in CryptoNative().propose(at).candidates}
    perp = found["LX ETH perp"]
    assert isinstance(perp.instrument, LinearPerp)
    assert perp.sign == -1.0
    assert perp.cap == pytest.approx(at.ledger.total.exposure.delta_usd / 2000.0)
    strips = [one for label, one in found.items() if label.endswith(("put", "call"))]
    assert len(strips) == 4
    assert all(one.instrument.exposure(WORLD).gamma_usd > 0.0 for one in strips)
    listed = dt.datetime(2021, 3, 26, 8, tzinfo=dt.UTC)  # the last Friday of March, 25 days away
    assert {one.instrument.expires for one in strips} == {listed}  # type: ignore[attr-defined]
    assert {one.legs[0].expiry for one in strips} == {listed.date()}
