"""What a ticket changes and keeps: bumps of forward variance, payoffs, CVaR, budgets, netting, look-ahead."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.hedge.made_situation import POOL, STRUCTURE, WORLD, book, made_scenarios, reading, situation
from tests.made_chains import black, flat_chain
from tests.worlds import NOW

from seawall.core.clock import settlement_instant, vix_expiries, years_between
from seawall.core.errors import LookaheadError
from seawall.core.status import Status
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy, preset
from seawall.hedge.decide import decide
from seawall.hedge.effects import BUCKETS, EDGES, vega_buckets, vix_break_even
from seawall.hedge.moves import Trade
from seawall.hedge.plan import HedgePlan
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.crypto import CryptoNative, rounded_strike
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import HedgeRatio
from seawall.hedge.stack.vix import VixCalls
from seawall.hedge.stack.vix_quotes import calls
from seawall.hedge.ticketing import inputs_of, named, netted, tickets_of, turned
from seawall.hedge.tickets import Input, Ticket
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.expiry import modelled_expiry
from seawall.signals.regime import Regime

SEED = preset("seed")
ONE = SEED.with_layers(VixCalls())
EXPIRY = vix_expiries(NOW.date(), 2)[1]


def plan(policy: Policy = SEED, scenarios: bool = True, regime: Regime = Regime.CALM, **more: object) -> HedgePlan:
    return decide(policy, situation(book(), reading(regime), **more), made_scenarios() if scenarios else None)


# Vega by bucket


def test_vega_of_an_option_is_that_of_bumped_forward_variance() -> None:
    """45 days at 18 %: one point of volatility between two days moves total variance by the square's difference."""
    option = EuropeanOption("SPX", "put", 5700.0, NOW + dt.timedelta(days=45))
    years, bump = 45.0 / 365.0, 1e-4
    base = black(6000.0, 5700.0, 0.18 * years**0.5, 1.0, -1.0)
    found = vega_buckets(option, WORLD)
    for place, (low, high) in enumerate(pairwise(EDGES)):
        inside = max(min(high, 45.0) - low, 0.0) / 365.0
        deviation = (0.18**2 * years + ((0.18 + bump) ** 2 - 0.18**2) * inside) ** 0.5
        expected = 100.0 * (black(6000.0, 5700.0, deviation, 1.0, -1.0) - base) / bump * 0.01
        assert found[place] == pytest.approx(expected, rel=2e-3, abs=1e-9)
    assert found[-1] == 0.0


@pytest.mark.parametrize(
    "instrument",
    [
        EuropeanOption("SPX", "call", 6100.0, NOW + dt.timedelta(days=400)),
        VixOption("call", 20.0, settlement_instant("VIX", EXPIRY)),
        VixFuture(settlement_instant("VX", EXPIRY), 20.0),
        STRUCTURE,
    ],
)
def test_buckets_sum_to_the_vega(instrument: EuropeanOption | VixOption | VixFuture) -> None:
    found = vega_buckets(instrument, WORLD)
    assert found.sum() == pytest.approx(instrument.exposure(WORLD).vega_usd_per_point)


def test_a_vix_contract_lives_on_the_thirty_days_after_it_settles() -> None:
    """METHOD 3.3: VX(T) on xi[T, T + 30 d]; what has no settlement has no bucket."""
    settles = settlement_instant("VX", EXPIRY)
    start = years_between(NOW, settles) * 365.0
    held = [name for name, usd in zip(BUCKETS, vega_buckets(VixFuture(settles, 20.0), WORLD), strict=True) if usd]
    assert 30.0 < start < 60.0
    assert held == ["30-60", "60-90"]
    assert not vega_buckets(LinearPerp("ETH", 1.0, 2000.0, 3.0, 0.01), WORLD).any()


# The sixth break-even


@pytest.mark.parametrize("strike", [16.0, 20.0, 30.0])
def test_a_call_breaks_even_where_its_payoff_is_its_premium(strike: float) -> None:
    one = calls(situation(), "L1", "L1.base", EXPIRY, ((strike, 1.0),), 1.0)
    levels, status = vix_break_even(one, WORLD)
    assert status is Status.FOUND
    assert levels == pytest.approx([strike + one.premium_usd / 100.0], rel=1e-6)


def test_a_ladder_a_future_and_what_vix_does_not_settle() -> None:
    at = situation()
    ladder = calls(at, "L3", "L3.arm", EXPIRY, ((20.0, 2.0), (30.0, 1.0)), 1.0)
    (level,), _ = vix_break_even(ladder, WORLD)
    assert 100.0 * (2.0 * max(level - 20.0, 0.0) + max(level - 30.0, 0.0)) == pytest.approx(ladder.premium_usd)
    future = HedgeRatio().propose(at).candidates[0]
    assert isinstance(future.instrument, VixFuture)
    (level,), _ = vix_break_even(future, WORLD)
    assert level == pytest.approx(future.instrument.entry + future.fees_usd / 1000.0)
    coin = CryptoNative().propose(situation(book(60.0, 5e6, POOL))).candidates[0]
    assert vix_break_even(coin, WORLD) == ((), Status.UNKNOWN)


# In a plan


def test_budgets_go_from_ticket_to_ticket_and_end_at_what_is_used() -> None:
    made = plan(scenarios=False)
    assert len(made.tickets) >= 2
    spent = [one.effects.budgets for one in made.tickets if one.effects is not None]
    assert [one.before for one in spent[0]] == pytest.approx([0.0] * 4, abs=1e-6)
    for first, second in pairwise(spent):
        assert [one.after for one in first] == pytest.approx([one.before for one in second])
    assert [one.after for one in spent[-1]] == pytest.approx([one.used for one in made.budgets])
    for ticket, rows in zip(made.tickets, spent, strict=True):
        taken = {one.name: one.after - one.before for one in rows}
        assert taken["carry"] == pytest.approx(ticket.carry_usd_per_year)
        assert taken["premium"] == pytest.approx(ticket.cost_usd + ticket.margin_usd)
        assert taken["short vega"] == pytest.approx(ticket.vega_usd_per_point)


def test_a_lone_ticket_changes_cvar_as_the_plan_says() -> None:
    made = plan(replace(ONE, sizing="min_cvar"))
    assert len(made.tickets) == 1
    effects = made.tickets[0].effects
    assert effects is not None
    assert made.risk is not None
    assert made.risk.fit is not None
    assert effects.cvar_usd == pytest.approx(made.risk.fit.cvar_after - made.risk.fit.cvar_before)
    assert effects.cvar_usd < 0.0
    assert (effects.tail_correlation, effects.wrong_way) == tuple(made.risk.wrong_way[0][1:3])


def test_rates_are_those_of_two_flows() -> None:
    made = plan(ONE)
    ticket, days = made.tickets[0], float(made_scenarios().days[-1])
    assert ticket.effects is not None
    lost = ticket.contracts * (100.0 * 0.5 * (ticket.legs[0].ask - ticket.legs[0].bid) + 1.0)
    for (points, rate), (_, usd) in zip(ticket.effects.rates, ticket.pays, strict=True):
        assert points in (5.0, 10.0, 20.0)
        assert rate == pytest.approx((1.0 + (usd - lost) / ticket.cost_usd) ** (365.0 / days) - 1.0, rel=1e-6)


def test_without_scenarios_the_tail_is_unknown_and_the_rest_is_not() -> None:
    for ticket in plan(scenarios=False).tickets:
        effects = ticket.effects
        assert effects is not None
        assert (effects.cvar_usd, effects.rates, effects.wrong_way) == (None, (), None)
        assert effects.break_even_status is Status.FOUND
        assert effects.gamma_usd > 0.0
        assert sum(usd for _, usd in effects.vega_usd_per_point) == pytest.approx(ticket.vega_usd_per_point)


def test_financing_is_the_wrong_way_and_takes_no_budget() -> None:
    at = situation(book(1.0, 5e7), reading(Regime.CALM), front=modelled_expiry(WORLD, None, 7.0))
    made = decide(replace(SEED.with_layers(FinancingCondor()), sizing="fixed"), at, made_scenarios())
    assert made.tickets
    for ticket in made.tickets:
        assert ticket.effects is not None
        assert ticket.effects.gamma_usd < 0.0
        assert ticket.effects.wrong_way is True
        assert all(one.before == one.after for one in ticket.effects.budgets)


# Inputs, ids, notes


def test_every_input_is_named_with_the_instant_it_was_known() -> None:
    ticket = plan(scenarios=False).tickets[0]
    names = {one.name for one in ticket.inputs}
    assert {"spot of SPX", "VIX", "rate", "market state"} <= names
    assert ticket.known_at == max(one.known_at for one in ticket.inputs if one.known_at is not None)
    assert ticket.count == 2
    assert ticket.state == "CALM"


@pytest.mark.parametrize(
    "late",
    [
        Input("signal M11", NOW.date() + dt.timedelta(days=1), None),
        Input("VIX chain", NOW, NOW + dt.timedelta(hours=1)),
        Input("SPX chain", NOW + dt.timedelta(days=1), None),
    ],
)
def test_a_ticket_refuses_an_input_newer_than_its_session(late: Input) -> None:
    ticket = plan(scenarios=False).tickets[0]
    with pytest.raises(LookaheadError, match=f"{late.name} is newer than its session"):
        replace(ticket, inputs=(*ticket.inputs, late))
    with pytest.raises(LookaheadError, match="has no rule"):
        replace(ticket, rule="")


def test_a_strike_that_no_list_gives_says_so() -> None:
    found = CryptoNative(("strip",)).propose(situation(book(60.0, 5e6, POOL))).candidates
    assert {one.note for one in found} == {"strike rounded to 10, listed strikes unknown"}
    assert [rounded_strike(wanted) for wanted in (61_234.0, 1_837.4, 621.3)] == [
        (61_200.0, 100.0),
        (1_840.0, 10.0),
        (621.0, 1.0),
    ]


@pytest.mark.parametrize(("hours", "refused"), [(0.25, False), (2.0, False), (12.0, True)])
def test_a_decision_waits_for_quotes_of_its_evening_and_refuses_those_of_the_next_day(
    hours: float, refused: bool
) -> None:
    """The market's time is 16:00 in New York; a chain published at 16:15 or 18:00 is of the session, at 04:00 not."""
    expiries = [(dt.date(2025, 9, 19), "SPX")]
    known = NOW + dt.timedelta(hours=hours)
    chain = replace(flat_chain(expiries, 6000.0, 0.0, 0.15), as_of=NOW, known_at=known)
    if refused:
        with pytest.raises(LookaheadError, match="SPX chain is newer than its session"):
            plan(scenarios=False, spx_chain=chain)
    else:
        assert {one.decided_at for one in plan(scenarios=False, spx_chain=chain).tickets} == {known}


def test_quotes_of_a_friday_may_be_read_on_the_weekend_but_not_on_monday() -> None:
    friday, close = dt.date(2021, 2, 26), NOW - dt.timedelta(days=3)
    ticket = plan(scenarios=False).tickets[0]
    for days, refused in ((2, False), (3, True)):
        known = close + dt.timedelta(days=days)
        given = {"session": friday, "decided_at": known, "known_at": known, "inputs": (Input("SPX", close, known),)}
        if refused:
            with pytest.raises(LookaheadError, match="newer than its session"):
                replace(ticket, **given)  # type: ignore[arg-type]
        else:
            assert replace(ticket, **given).session == friday  # type: ignore[arg-type]


# Netting


def contract(at: Situation) -> Candidate:
    return calls(at, "L1", "L1.base", EXPIRY, ((20.0, 1.0),), 1.0)


def orders(*units: float) -> tuple[list[Trade], tuple[Ticket, ...]]:
    """Opposite orders on one contract: above 0 buys, below sells. What is left, and its tickets."""
    at = situation()
    one = contract(at)
    made = [Trade(one if n > 0.0 else turned(one), abs(n), n < 0.0) for n in units]
    left = netted(named(made, at, SEED))
    placed = [order for order in left if order.units > 0.0]
    return left, tickets_of(placed, at, SEED, ["carry"] * len(placed))


@pytest.mark.parametrize(
    "units", [(-2.0, 5.0), (5.0, -2.0), (-5.0, 2.0), (2.0, -5.0), (3.0, -1.0, -1.0), (-1.0, -1.0, 3.0)]
)
def test_opposite_tickets_on_one_contract_are_netted_and_every_id_is_kept(units: tuple[float, ...]) -> None:
    _, tickets = orders(*units)
    assert len(tickets) == 1
    ticket = tickets[0]
    assert ticket.contracts == abs(sum(units))
    assert ticket.side == ("buy" if sum(units) > 0.0 else "sell")
    whole = [trade.id for trade in named([Trade(contract(situation()), 1.0, False)] * len(units), situation(), SEED)]
    assert sorted([ticket.id, *ticket.netted]) == sorted(whole)
    assert len(set(whole)) == len(units)


def test_equal_and_opposite_orders_leave_no_ticket_but_both_ids() -> None:
    left, tickets = orders(4.0, -4.0)
    assert tickets == ()
    assert [(one.units, len(one.netted)) for one in left] == [(0.0, 1)]
    assert left[0].id not in left[0].netted


def test_orders_on_the_same_side_or_on_other_contracts_are_left_alone() -> None:
    _, tickets = orders(2.0, 3.0)
    assert [(one.contracts, one.netted) for one in tickets] == [(2.0, ()), (3.0, ())]
    at = situation()
    other = calls(at, "L1", "L1.base", EXPIRY, ((25.0, 1.0),), 1.0)
    two = netted(named([Trade(contract(at), 2.0, False), Trade(turned(other), 3.0, True)], at, SEED))
    assert [(one.units, one.netted) for one in two] == [(2.0, ()), (3.0, ())]


def test_the_inputs_of_a_situation_leave_out_what_has_no_value() -> None:
    at = situation()
    assert len(inputs_of(at)) == len(at.state.data()) + 1
