"""ALVH for a book: layers propose, the policy sizes them under its budgets, and a person gets tickets with reasons.

The same book, market and policy give the same tickets: nothing here draws a number or reads a clock.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.hedge.actions import actions, next_states
from seawall.hedge.amounts import Amounts, amounts
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy, protects
from seawall.hedge.held import HEDGES, is_hedge
from seawall.hedge.plan import HedgePlan, Risk
from seawall.hedge.reach import Reach, Recommendation, reach, recommend
from seawall.hedge.returns import returns_of
from seawall.hedge.ruin import ruin_of, time_buffer, wrong_way
from seawall.hedge.scenario_pnl import scenario_pnl, unit_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.stack.base import Note, Situation
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.ticketing import positions_of, tickets_of
from seawall.hedge.tickets import Advice
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger, ledger

Array = NDArray[np.float64]

BEYOND_VIX: Final = CryptoNative(tools=())
"""Says where VIX does not reach, for policies without a crypto-native layer."""


class _Told(NamedTuple):
    """What VIX reaches of the book's loss, what follows, and the book's P&L to the horizon without its hedges, (N,)."""

    reach: Reach
    recommendation: Recommendation
    pnl: Array


class Prepared(NamedTuple):
    """What the layers offer and say, what VIX reaches, and the actions of the state: nothing that a budget changes."""

    at: Situation
    scenarios: ScenarioSet | None
    offered: tuple[Candidate, ...]
    said: tuple[Note, ...]
    told: _Told | None
    actions: tuple[Advice, ...]


def decide(policy: Policy, at: Situation, scenarios: ScenarioSet | None = None) -> HedgePlan:
    """Tickets of a policy for a book. A book that is not short convexity gets none; zero is a valid answer.

    ``scenarios``: needed by every sizing but `recipe`, `vxth` and `fixed`. Raises ``MissingDataError`` (no VIX),
    ``MissingExpiryError``, and ``InfeasibleError`` naming limits that contradict each other.
    """
    return decide_prepared(policy, prepare(policy, at, scenarios))


def prepare(policy: Policy, at: Situation, scenarios: ScenarioSet | None = None) -> Prepared:
    """Everything that policies of the same layers share, whatever their budgets and sizing; raises as ``decide``."""
    told = () if policy.temper == "hold" else tuple(actions(at, policy))
    if at.ledger.total.exposure.gamma_usd >= 0.0:
        return Prepared(at, scenarios, (), (), None, told)
    offered, said = _proposed(policy, at)
    return Prepared(at, scenarios, tuple(offered), tuple(said), _told(at.ledger, offered, scenarios, at), told)


def decide_prepared(policy: Policy, given: Prepared) -> HedgePlan:
    """Tickets of a policy that has the layers, temper and actions which were prepared; raises as ``decide``."""
    at, scenarios, told = given.at, given.scenarios, given.told
    before, offered, said = at.ledger, list(given.offered), list(given.said)
    if before.total.exposure.gamma_usd >= 0.0:
        notes = (Advice("none", _nothing(before)), *given.actions)
        return HedgePlan(before.book, policy, at.regime, (), notes, (), "not short convexity", before, before)
    hedges = [one for one in offered if one.protects]
    if told is not None and _beyond_reach(policy, told.recommendation):
        hedges = [one for one in hedges if one.factor != "VIX"]
        said.append(Note("LX.trim", "no more VIX is bought: the shares above say why"))
    sold, chosen, financed = _sized(policy, at, offered, hedges, scenarios, said)
    tickets = tickets_of([*sold, *chosen.units], at, policy, chosen.binding)
    after = (
        ledger(financed.with_positions(tuple(positions_of(chosen.units, financed))), at.state) if tickets else before
    )
    if not tickets:
        said.append(Note("none", f"zero contracts: {chosen.binding}"))
    risk = None if told is None or scenarios is None else _risk(before, after, told, scenarios, chosen)
    if risk is not None:
        risk = risk._replace(returns=returns_of(tickets, chosen.units, at, scenarios))
    return HedgePlan(
        before.book, policy, at.regime, tickets, _advice([*said, *chosen.notes], given.actions), chosen.budgets,
        chosen.binding, before, after, risk, (*next_states(at), *_worth(chosen)),
    )  # fmt: skip


def _nothing(before: Ledger) -> str:
    if before.total.exposure.gamma_usd == 0.0:
        return "the book has no convexity: nothing to hedge here; its delta and margin are what it risks"
    return "the book is not short convexity: nothing to hedge"


def _sized(
    policy: Policy, at: Situation, offered: list[Candidate], hedges: list[Candidate], scenarios: ScenarioSet | None,
    said: list[Note],
) -> tuple[list[tuple[Candidate, float]], Amounts, Book]:  # fmt: skip
    """Financing and hedges with their units, and the book with the financing in it.

    Hedges are sized on the book that has the financing. Financing pays for protection: where a policy has layers that
    protect and none is bought or held, none is sold.
    """
    book = at.ledger.book
    sold = [(one, one.cap) for one in offered if not one.protects and math.isfinite(one.cap) and one.cap > 0.0]
    financed = book.with_positions(tuple(positions_of(sold, book)))
    chosen = amounts(policy, _with_book(at, financed, bool(sold)), hedges, scenarios)
    protected = any(units > 0.0 for _, units in chosen.units) or any(map(is_hedge, book.positions))
    if not sold or protected or not protects(policy):
        return sold, chosen, financed
    said.append(Note("L0.open", "no hedge is bought or held: there is nothing to finance, no condor is sold"))
    return [], chosen, book


def _proposed(policy: Policy, at: Situation) -> tuple[list[Candidate], list[Note]]:
    """What every layer offers and says; where VIX does not reach is said without a crypto-native layer too."""
    offered: list[Candidate] = []
    said: list[Note] = []
    for layer in policy.layers:
        proposal = layer.propose(at)
        offered += proposal.candidates
        said += proposal.notes
    if not any(isinstance(layer, CryptoNative) for layer in policy.layers):
        said += BEYOND_VIX.propose(at).notes
    return offered, said


def _with_book(at: Situation, book: Book, changed: bool) -> Situation:
    return replace(at, ledger=ledger(book, at.state)) if changed else at


def _beyond_reach(policy: Policy, told: Recommendation) -> bool:
    """Whether no more VIX is sold to the book: clearly a book of coins; or nothing in reach, where sizes are chosen.

    A `static` policy buys its recipe whatever is in reach: it is a benchmark.
    """
    if policy.temper == "static":
        return False
    return told.mostly_crypto or (policy.sizing not in ("recipe", "vxth", "fixed") and not told.more_vix)


def _advice(notes: Sequence[Note], of_state: tuple[Advice, ...]) -> tuple[Advice, ...]:
    return (*(Advice(*note) for note in dict.fromkeys(notes)), *of_state)


def _told(before: Ledger, offered: list[Candidate], scenarios: ScenarioSet | None, at: Situation) -> _Told | None:
    """Shares of the loss of the book without its hedges, so that a hedged book is told the same."""
    if scenarios is None:
        return None
    found = scenario_pnl(before.book, at.state, scenarios)
    own = [position.group != HEDGES for position in before.book.positions]
    pnl = np.asarray(found.by_position[own, :, -1].sum(axis=0))
    vix = tuple(one.instrument for one in offered if one.factor == "VIX" and one.protects)
    shares = reach(pnl, unit_pnl(vix, at.state, scenarios), scenarios, before)
    return _Told(shares, recommend(shares), pnl)


def _risk(before: Ledger, after: Ledger, told: _Told, scenarios: ScenarioSet, chosen: Amounts) -> Risk:
    steps = tuple(range(scenarios.steps))
    paths = [scenario_pnl(one.book, one.state, scenarios, steps) for one in (before, after)]
    ruins = [ruin_of(one.book, one.state, scenarios, pnl) for one, pnl in zip((before, after), paths, strict=True)]
    layers: dict[str, Array] = {
        position.label: pnl
        for position, pnl in zip(after.book.positions, paths[1].by_position[:, :, -1], strict=True)
        if position.group == HEDGES
    }
    nav = before.book.nav_usd
    return Risk(
        scenarios, told.reach, told.recommendation, ruins[0], ruins[1],
        time_buffer(before, 0.0 if nav is None else nav), wrong_way(told.pnl, layers, scenarios.weight), chosen.fit,
        chosen.complement,
    )  # fmt: skip


def _worth(chosen: Amounts) -> tuple[str, ...]:
    """What one more unit of each binding limit is worth."""
    if chosen.fit is None:
        return ()
    told = []
    for one in chosen.fit.binding:
        unit = f"dollar{' per point' if 'point' in one.unit else ''}" if one.unit.startswith("USD") else one.unit
        more, what = ("less", "the coverage asked for") if one.name == "coverage" else ("more", f"the limit {one.name}")
        worth = "" if one.worth is None else f": one {unit} {more} takes {one.worth:.3g} off CVaR"
        told.append(f"{what} binds{worth}")
    return tuple(told)
