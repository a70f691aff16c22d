"""How much: laws of the sizes a policy chooses, its tempers, its methods, quotes of the day, and what they return."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.hedge.made_situation import POOL, WORLD, book, made_scenarios, reading, score, situation
from tests.worlds import NOW

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, InfeasibleError
from seawall.hedge.actions import actions, informed
from seawall.hedge.amounts import amounts
from seawall.hedge.budgets import Budgets
from seawall.hedge.charter import LONG, NEAR, PRESETS, RESERVE, Policy, preset
from seawall.hedge.decide import decide
from seawall.hedge.plan import HedgePlan
from seawall.hedge.returns import internal_rate, pool_yield
from seawall.hedge.sizing_recipes import vxth_weight
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import MacroLadder
from seawall.hedge.stack.vix import VixCalendar
from seawall.hedge.ticketing import turned
from seawall.hedge.wrappers import Hysteresis
from seawall.instruments.base import Position
from seawall.instruments.perp_hedge import band_half_width
from seawall.ledger.capital import xirr
from seawall.market.chain import CALL, Chain
from seawall.market.expiry import modelled_expiry
from seawall.signals.regime import Regime

SEED = preset("seed")
SCENARIOS = made_scenarios()
LEAST = replace(SEED, name="least", sizing="min_cvar")


def front(at: Situation) -> Situation:
    return replace(at, front=modelled_expiry(WORLD, None, 7.0))


def plan(policy: Policy, at: Situation | None = None) -> HedgePlan:
    return decide(policy, at or situation(), SCENARIOS)


def cvar(made: HedgePlan) -> float:
    assert made.risk is not None
    assert made.risk.fit is not None
    return made.risk.fit.cvar_divisible


def test_more_budget_never_raises_the_least_cvar() -> None:
    found = [
        cvar(plan(replace(LEAST, budgets=Budgets(carry=carry, income=1e3)))) for carry in (0.0, 0.002, 0.01, 0.05, 0.5)
    ]
    assert all(after <= before + 1e-6 * abs(before) for before, after in pairwise(found))
    assert found[-1] < found[0]


def test_removing_an_instrument_never_helps() -> None:
    layers = (NEAR, LONG, RESERVE, CryptoNative())
    held = situation(book(60.0, 5e6, POOL))
    whole = cvar(plan(LEAST.with_layers(*layers), held))
    for left_out in range(len(layers)):
        rest = layers[:left_out] + layers[left_out + 1 :]
        assert cvar(plan(LEAST.with_layers(*rest), held)) >= whole - 1e-6 * abs(whole)


@pytest.mark.parametrize(
    ("name", "regime"),
    [
        *((one.name, Regime.CALM) for one in PRESETS),
        ("alvh", Regime.ONSET),
        ("steward", Regime.ONSET),
        ("steward", Regime.EXHAUST),
    ],
)
def test_hedging_twice_does_nothing(name: str, regime: Regime) -> None:
    held = book(60.0, 5e7, POOL)
    at = front(situation(held, reading(regime), {"M11": score(1.5)}))
    first = decide(preset(name), at, SCENARIOS)
    again = decide(preset(name), front(situation(first.after.book, reading(regime), {"M11": score(1.5)})), SCENARIOS)
    assert [(one.contract, one.contracts) for one in again.tickets] == []


@pytest.mark.parametrize(
    ("signals", "regime", "policy", "rule"),
    [
        ({"M11": score(1.5)}, Regime.CALM, SEED.with_layers(MacroLadder()), "L3.arm"),
        ({"M11": score(1.5, NOW.date() - dt.timedelta(days=40))}, Regime.CALM, SEED.with_layers(NEAR, MacroLadder()),
         "L3.expire"),
        ({"M37": score(0.7)}, Regime.CALM, SEED.with_layers(NEAR, FinancingCondor()), "L0.cap"),
        ({}, Regime.ONSET, SEED.with_layers(NEAR, VixCalendar()), "CAL.add"),
        ({}, Regime.SPIKE, SEED.with_layers(NEAR, FinancingCondor()), "L0.stop"),
    ],
)  # fmt: skip
def test_rules_of_layers_are_reached(signals: dict[str, object], regime: Regime, policy: Policy, rule: str) -> None:
    at = front(situation(book(10.0, 5e7), reading(regime), signals))  # type: ignore[arg-type]
    assert rule in {one.rule for one in decide(policy, at).advice}
    quiet = front(situation(book(10.0, 5e7), reading(Regime.CALM)))
    if rule != "L3.arm":
        assert rule not in {one.rule for one in decide(policy, quiet).advice}


def held_calls(times: float) -> tuple[HedgePlan, Situation]:
    """A plan, and the same day with its purchases held ``times`` over."""
    first = plan(SEED)
    bought = tuple(
        replace(p, quantity=float(round(p.quantity * times))) for p in first.after.book.positions if p.group == "hedges"
    )
    return first, situation(book().with_positions(bought))


@pytest.mark.parametrize(
    ("temper", "share", "sides"),
    [("band", 0.15, {"buy"}), ("band", 0.6, set()), ("chase", 0.15, {"buy"}), ("static", 0.15, {"buy"}),
     ("hold", 0.15, set())],
)  # fmt: skip
def test_half_of_a_hedge_is_completed_unless_the_temper_waits(temper: str, share: float, sides: set[str]) -> None:
    _, at = held_calls(0.5)
    made = plan(replace(SEED, temper=temper, hysteresis=Hysteresis(share)), at)  # type: ignore[arg-type]
    assert {one.side for one in made.tickets} == sides
    if temper == "hold":
        assert {one.rule for one in made.advice} == {"hold", "none"}


@pytest.mark.parametrize(
    ("temper", "share", "sells"),
    [("chase", 0.15, True), ("band", 0.15, True), ("band", 0.6, False), ("static", 0.15, False)],
)
def test_too_much_of_a_hedge_is_sold_only_by_those_who_rebalance(temper: str, share: float, sells: bool) -> None:
    """Fixed weights: 4, 4 and 2 are wanted and 6, 6 and 3 are held."""
    policy = replace(SEED, temper=temper, sizing="fixed", hysteresis=Hysteresis(share))  # type: ignore[arg-type]
    first = plan(replace(policy, budgets=Budgets(carry=1.0, income=100.0)))
    assert [one.contracts for one in first.tickets] == [4.0, 4.0, 2.0]
    bought = tuple(replace(p, quantity=1.5 * p.quantity) for p in first.after.book.positions if p.group == "hedges")
    made = plan(replace(policy, budgets=Budgets(carry=1.0, income=100.0)), situation(book().with_positions(bought)))
    assert bool(made.tickets) is sells
    for one in made.tickets:
        assert (one.side, one.closes) == ("sell", True)
        assert one.legs[0].price == one.legs[0].bid
        assert one.cost_usd < 0.0
    if sells:
        assert [one.contracts for one in made.tickets] == [2.0, 2.0, 1.0]
        left = [p.quantity for p in made.after.book.positions if p.label.startswith("L")]
        assert sum(left) == pytest.approx(10.0)


def test_turning_a_candidate_twice_is_the_candidate() -> None:
    one = NEAR.propose(situation()).candidates[0]
    assert turned(turned(one)) == one
    assert turned(one).legs[0].ratio == -1.0


def test_a_perp_is_traded_to_the_edge_of_its_band() -> None:
    """Whalley and Wilmott: nothing inside, the edge outside; the band is that of ``band_half_width`` for the pool."""
    at = situation(Book_of(POOL), None)
    policy = replace(LEAST, name="coin", layers=(CryptoNative(("perp_delta",)),), budgets=Budgets(1.0, 1.0, 1.0))
    gamma = at.ledger.total.exposure.gamma_usd
    width = band_half_width(gamma, 0.0005, 1.0 / 1e7)
    traded = {temper: plan(replace(policy, temper=temper), at).tickets for temper in ("band", "chase")}  # type: ignore[arg-type]
    wanted = traded["chase"][0].contracts
    assert traded["chase"][0].side == "sell"
    edge = np.floor(wanted - width / 2000.0)
    assert sum(one.contracts for one in traded["band"]) == pytest.approx(max(edge, 0.0), abs=1.0)
    assert width / 2000.0 > 1.0


def Book_of(*positions: Position) -> object:
    from seawall.ledger.book import Book

    return Book("made", positions, 1e7)


def test_readings_of_the_recipe() -> None:
    """Contracts 4:4:2; notional 40:40:20 in future times 100; 4, 4 and 2 % of equity on premium."""
    free = replace(SEED, budgets=Budgets(carry=1.0, income=1e3, premium=1.0, vega=10.0))
    rich = situation(book(6000.0, 1e9))
    view = WORLD.view()

    def sizes(reading_of: str) -> dict[str, tuple[float, float, float]]:
        made = plan(replace(free, recipe=reading_of), rich)  # type: ignore[arg-type]
        candidates = {one.name: one.propose(informed(rich, free)).candidates[0] for one in (NEAR, LONG, RESERVE)}
        out = {}
        for one in made.tickets:
            of = candidates[one.layer]
            level = float(view.vix_future(of.instrument.expires)[0])  # type: ignore[attr-defined]
            out[one.layer] = (one.contracts, one.contracts * level * 100.0, one.cost_usd)
        return out

    by_count = sizes("contracts")
    assert by_count["L1"][0] == pytest.approx(2.0 * by_count["L3"][0], abs=2.0)
    by_notional = sizes("notional_40_40_20")
    assert by_notional["L1"][1] == pytest.approx(2.0 * by_notional["L3"][1], rel=0.01)
    assert by_notional["L1"][1] == pytest.approx(by_notional["L2"][1], rel=0.01)
    by_premium = sizes("portfolio_4_4_2pct")
    assert by_premium["L1"][2] == pytest.approx(by_premium["L2"][2], rel=0.01)
    assert by_premium["L1"][2] == pytest.approx(2.0 * by_premium["L3"][2], rel=0.01)
    assert by_premium["L1"][2] <= 0.04 * 1e9 + 1.0


def test_vxth_spends_its_share_of_equity() -> None:
    policy = preset("vxth")
    made = plan(policy, situation(book(6000.0, 1e6)))
    one = made.tickets[0]
    level = float(WORLD.view().vix_future(NEAR.propose(situation()).candidates[0].instrument.expires)[0])  # type: ignore[attr-defined]
    unit = one.cost_usd / one.contracts
    assert 15.0 < level <= 30.0
    assert vxth_weight(level) == 0.01
    assert one.contracts == np.floor(0.01 * 1e6 / unit)


def test_stress_caps_hold_and_impossible_ones_are_named() -> None:
    free = replace(LEAST, sizing="stress", budgets=Budgets(carry=1.0, income=1e3, premium=1.0, vega=10.0))
    at = situation(book(60.0, 5e6))
    bare = at.ledger.total.pnl_by_shock["jump -20%"]
    allowed = -0.8 * bare / 5e6
    made = plan(replace(free, stress=(("jump -20%", allowed),)), at)
    assert made.tickets
    assert -made.after.total.pnl_by_shock["jump -20%"] <= allowed * 5e6 * (1.0 + 1e-6)
    with pytest.raises(InfeasibleError, match="jump -20%"):
        plan(replace(free, stress=(("jump -20%", 0.0),), budgets=Budgets()), at)
    with pytest.raises(DomainError, match="no stress 'meteor'"):
        plan(replace(free, stress=(("meteor", 0.1),)), at)
    with pytest.raises(DomainError, match="losses allowed"):
        plan(free, at)


@pytest.mark.parametrize("sizing", ["min_cvar", "greek", "regression", "risk_parity", "fixed", "recipe", "vxth"])
def test_every_method_keeps_the_budgets(sizing: str) -> None:
    made = plan(replace(SEED, sizing=sizing), situation(book(60.0, 5e6)))  # type: ignore[arg-type]
    assert made.risk is not None
    assert made.budgets
    for one in made.budgets:
        assert one.allowed is None or one.used <= one.allowed * (1.0 + 1e-6) + 1e-6, one


def test_greek_match_lowers_the_vega_of_the_book() -> None:
    free = replace(SEED, sizing="greek", budgets=Budgets(carry=1.0, income=1e3, premium=1.0, vega=10.0))
    made = plan(free, situation(book(60.0, 5e6)))
    before, after = (one.total.exposure.vega_usd_per_point for one in (made.before, made.after))
    assert abs(after) < 0.2 * abs(before)


def test_coverage_is_met_or_said_to_be_out_of_reach() -> None:
    wanted = Budgets(carry=0.5, income=10.0, premium=0.5, coverage=0.3)
    at = situation(book(60.0, 5e6))
    bare, covered = (plan(replace(LEAST, budgets=one), at) for one in (replace(wanted, coverage=0.0), wanted))
    vega = {made: sum(t.vega_usd_per_point for t in made.tickets) for made in (bare, covered)}
    short = next(one.allowed for one in covered.budgets if one.name == "short vega")
    assert short is not None
    assert vega[covered] >= 0.3 * short * (1.0 - 1e-6)
    starved = plan(replace(LEAST, budgets=Budgets(carry=1e-6, coverage=0.3)), at)
    assert any("out of reach" in one.text for one in starved.advice)


def test_promoter_sells_in_proportion_to_the_yield_and_ignores_the_state() -> None:
    promoter = preset("promoter")
    sold = {}
    for apr in (0.0, 0.1, 0.2, 0.4):
        pool = replace(POOL, instrument=replace(POOL.instrument, fee_apr=apr))
        at = front(situation(book(0.0001, 5e6, replace(pool, quantity=60.0)), reading(Regime.SPIKE)))
        sold[apr] = sum(one.contracts for one in plan(promoter, at).tickets)
    assert list(sold.values()) == sorted(sold.values())
    assert sold[0.0] <= 1.0 < sold[0.4]
    assert not any(one.protects for one in plan(promoter, front(situation())).tickets)


def test_financing_is_sold_only_beside_protection() -> None:
    at = front(situation(book(10.0, 5e7)))
    policy = SEED.with_layers(FinancingCondor(), NEAR)
    assert {one.layer for one in decide(policy, at).tickets} == {"L0", "L1"}
    starved = decide(replace(policy, budgets=Budgets(carry=0.0, income=0.0)), at)
    assert starved.tickets == ()
    assert any("nothing to finance" in one.text for one in starved.advice)


def vix_chain(at: Situation, width: float) -> Chain:
    """A quote at half the modelled price of the near call's strikes, so that it cannot be mistaken for the model."""
    leg = NEAR.propose(at).candidates[0].legs[0]
    strikes = np.array([leg.strike - 1.0, leg.strike, leg.strike + 5.0])  # type: ignore[operator]
    nothing = np.full(3, np.nan)
    return Chain(
        "VIX", NOW, NOW, 18.0, "made", Origin.OBSERVED, np.full(3, np.datetime64(leg.expiry)), np.full(3, "VIX"),
        strikes, np.full(3, CALL), np.full(3, 0.5), np.full(3, 0.5 + width), nothing, nothing, nothing, nothing,
        nothing,
    )  # fmt: skip


def test_listed_vix_calls_trade_at_their_quotes() -> None:
    at = situation()
    chain = vix_chain(at, 0.1)
    seen = NEAR.propose(replace(at, vix_chain=chain)).candidates[0]
    assert (seen.legs[0].bid, seen.legs[0].ask, seen.origin) == (0.5, 0.6, Origin.OBSERVED)
    assert seen.legs[0].strike in chain.strike
    far = LONG.propose(replace(at, vix_chain=chain)).candidates[0]
    assert far.origin is Origin.MODELLED
    crossed = NEAR.propose(replace(at, vix_chain=vix_chain(at, -0.1))).candidates[0]
    assert crossed.origin is Origin.MODELLED


def test_gamma_and_vega_together_are_never_worse_than_apart() -> None:
    made = plan(LEAST.with_layers(NEAR, LONG, CryptoNative()), situation(book(60.0, 5e6, POOL)))
    assert made.risk is not None
    found = made.risk.complement
    assert found is not None
    assert found.joint_usd <= min(found.gamma_usd, found.vega_usd) * (1.0 + 1e-9)


@pytest.mark.parametrize(("paid", "gain", "days"), [(1000.0, 100.0, 365), (1000.0, -300.0, 30), (500.0, 40.0, 31)])
def test_the_rate_of_two_flows_is_the_internal_one(paid: float, gain: float, days: int) -> None:
    """Oracle: ``ledger.capital.xirr``, a search for roots; METHOD 5.7: -1000, +1100 after 365 days is 10 %."""
    known = xirr([(NOW.date(), -paid), (NOW.date() + dt.timedelta(days=days), paid + gain)])
    assert internal_rate(paid, gain, days).rates == pytest.approx(known.rates, rel=1e-9)
    assert internal_rate(paid, -2.0 * paid, days).rates == ()


def test_the_hurdle_is_one_and_a_half_times_the_pools_yield() -> None:
    made = plan(replace(SEED, budgets=Budgets(carry=0.1, income=5.0)), situation(book(60.0, 5e6, POOL)))
    assert made.risk is not None
    found = made.risk.returns
    assert found is not None
    assert found.test is not None
    assert found.test.hurdle == pytest.approx(1.5 * 0.4)
    assert pool_yield(book(1.0), WORLD) is None


def test_a_hold_is_silent_and_a_policy_without_hedges_sizes_nothing() -> None:
    assert amounts(SEED, situation(), [], None).units == ()
    assert actions(situation(regime=reading(Regime.SPIKE)), SEED)
