"""ALVH for a book: layers propose, the policy sizes them under its budgets, and a person gets tickets with reasons.

The same book, market and policy give the same tickets: nothing here draws a number or reads a clock.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.hedge.actions import MANAGING, informed, moves, next_states, told
from seawall.hedge.amounts import Amounts, amounts
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy, protects
from seawall.hedge.duration import duration_notes
from seawall.hedge.effects import Ground, with_effects
from seawall.hedge.endurance import endurance
from seawall.hedge.held import is_hedge
from seawall.hedge.moves import Move, Trade, applied
from seawall.hedge.outlook import Outlook, along, outlook
from seawall.hedge.plan import HedgePlan, Risk
from seawall.hedge.reach import Recommendation
from seawall.hedge.returns import returns_of
from seawall.hedge.ruin import wrong_way
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing_problem import tail_mean
from seawall.hedge.stack.base import Note, Situation
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.vix import VixCalendar
from seawall.hedge.synthetic import Trim, trim_of, trim_words
from seawall.hedge.ticketing import named, netted, positions_of, tickets_of, trades_of
from seawall.hedge.tickets import Advice
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger, ledger

Array = NDArray[np.float64]

BEYOND_VIX: Final = CryptoNative(tools=())
"""Says where VIX does not reach, for policies without a crypto-native layer."""
SHOWN_CALENDAR: Final = VixCalendar()
"""Says in ONSET what a VIX call calendar would do, both ways, for policies without that layer."""

ITS_RULE: Final = "its rule"
"""What bounds the size of an order that a rule asks for on what is held."""


class Prepared(NamedTuple):
    """What the layers offer and say, what VIX reaches, and what the rules do: nothing that a budget changes.

    ``at``: with the orders of ``moves`` done; ``before``: the ledger without them.
    """

    at: Situation
    before: Ledger
    scenarios: ScenarioSet | None
    offered: tuple[Candidate, ...]
    said: tuple[Note, ...]
    told: Outlook | None
    moves: tuple[Move, ...]
    actions: tuple[Advice, ...]


def decide(policy: Policy, at: Situation, scenarios: ScenarioSet | None = None) -> HedgePlan:
    """Tickets of a policy for a book. A book that is not short convexity gets none; zero is a valid answer.

    ``scenarios``: needed by every sizing but `recipe`, `vxth` and `fixed`. Raises ``MissingDataError`` (no VIX),
    ``MissingExpiryError``, and ``InfeasibleError`` naming limits that contradict each other.
    """
    return decide_prepared(policy, prepare(policy, at, scenarios))


def prepare(policy: Policy, at: Situation, scenarios: ScenarioSet | None = None) -> Prepared:
    """Everything that policies of the same layers share, whatever their budgets and sizing; raises as ``decide``."""
    before, at = at.ledger, informed(at, policy)
    done = moves(at, policy)
    advice = told(at, policy, done)
    at = _with_book(at, applied(before.book, done), any(one.trades for one in done))
    if at.ledger.total.exposure.gamma_usd >= 0.0:
        return Prepared(at, before, scenarios, (), (), None, done, advice)
    offered, said = _proposed(policy, at)
    risks = outlook(at.ledger, offered, scenarios, at)
    return Prepared(at, before, scenarios, tuple(offered), tuple(said), risks, done, advice)


def decide_prepared(policy: Policy, given: Prepared) -> HedgePlan:
    """Tickets of a policy that has the layers, temper and rules which were prepared; raises as ``decide``."""
    at, before, scenarios, risks = given.at, given.before, given.scenarios, given.told
    offered, said = list(given.offered), list(given.said)
    own = tuple(trade for one in given.moves for trade in one.trades)
    if at.ledger.total.exposure.gamma_usd >= 0.0:
        return _unhedged(policy, at, before, own, given.actions)
    hedges = [one for one in offered if one.protects]
    if risks is not None and _beyond_reach(policy, risks.recommendation):
        hedges = [one for one in hedges if one.factor != "VIX"]
        said.append(Note("LX.trim", "no more VIX is bought: the shares above say why"))
    sold, chosen, financed = _sized(policy, at, offered, hedges, scenarios, said)
    every = netted(named([*own, *trades_of([*sold, *chosen.units])], at, policy))
    orders = [one for one in every if one.units > 0.0]
    said += [Note("net", f"{one.id} and {', '.join(one.netted)} cancel") for one in every if one.units == 0.0]
    tickets = tickets_of(orders, at, policy, [_bound(one, own, chosen) for one in orders])
    bought = tuple(positions_of(chosen.units, financed))
    after = _ledger_of(at, financed.with_positions(bought)) if tickets else before
    if not tickets:
        said.append(Note("none", f"zero contracts: {chosen.binding}"))
    risk, ground = None, None
    if risks is not None and scenarios is not None:
        risk, held = _risk(at, (before, after), risks, scenarios, chosen, own)
        risk = risk._replace(returns=returns_of(tickets, chosen.units, at, scenarios))
        ground = Ground(scenarios, held, risks.pnl, policy.confidence)
    tickets = with_effects(tickets, orders, at, chosen.budgets, ground)
    trim = trim_of(policy, after, at)
    return HedgePlan(
        before.book, policy, at.regime, tickets,
        (*_advice([*said, *chosen.notes]), *given.actions, *_trimmed(trim)), chosen.budgets,
        chosen.binding, before, after, risk, (*next_states(at), *_worth(chosen)),
        endurance=endurance(before, after, at), trim=trim,
    )  # fmt: skip


def _trimmed(trim: Trim | None) -> tuple[Advice, ...]:
    return () if trim is None else (Advice("SYN.trim", trim_words(trim)),)


def _unhedged(
    policy: Policy, at: Situation, before: Ledger, orders: Sequence[Trade], advice: Sequence[Advice]
) -> HedgePlan:
    """The plan of a book that is not short convexity, as it is or once its orders are done."""
    notes = _advice((Note("none", _nothing(at.ledger)),))
    orders = named(orders, at, policy)
    tickets = tickets_of(orders, at, policy, [ITS_RULE] * len(orders))
    tickets = with_effects(tickets, orders, at, (), None)
    after = at.ledger if tickets else before
    trim = trim_of(policy, after, at)
    return HedgePlan(
        before.book, policy, at.regime, tickets, (*notes, *advice, *_trimmed(trim)), (), "not short convexity", before,
        after, endurance=endurance(before, after, at), trim=trim,
    )  # fmt: skip


def _bound(one: Trade, own: Sequence[Trade], chosen: Amounts) -> str:
    """What decided the size of an order."""
    if any(one.candidate is trade.candidate for trade in own):
        return ITS_RULE
    if one.candidate.protects:
        return chosen.binding
    return "condor risk" if one.candidate.layer == "L0" else "its own cap"


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
    """What every layer offers and says; what VIX does not reach, and a calendar, are shown without a layer too."""
    offered: list[Candidate] = []
    said: list[Note] = []
    for layer in policy.layers:
        proposal = layer.propose(at)
        offered += proposal.candidates
        said += proposal.notes
        said += duration_notes(at, layer) if isinstance(layer, FinancingCondor) else ()
    if not any(isinstance(layer, CryptoNative) for layer in policy.layers):
        said += BEYOND_VIX.propose(at).notes
    if (
        policy.temper in MANAGING
        and protects(policy)
        and not any(isinstance(one, VixCalendar) for one in policy.layers)
    ):
        said += SHOWN_CALENDAR.propose(at).notes
    return offered, said


def _with_book(at: Situation, book: Book, changed: bool) -> Situation:
    return replace(at, ledger=_ledger_of(at, book)) if changed else at


def _ledger_of(at: Situation, book: Book) -> Ledger:
    """The ledger of a book; budgets often lead to the same whole lots."""
    return at.known.get(at.state, ("ledger", book), lambda: ledger(book, at.state))


def _beyond_reach(policy: Policy, told: Recommendation) -> bool:
    """Whether no more VIX is sold to the book: clearly a book of coins; or nothing in reach, where sizes are chosen.

    A `static` policy buys its recipe whatever is in reach: it is a benchmark.
    """
    if policy.temper == "static":
        return False
    return told.mostly_crypto or (policy.sizing not in ("recipe", "vxth", "fixed") and not told.more_vix)


def _advice(notes: Sequence[Note]) -> tuple[Advice, ...]:
    return tuple(Advice(*note) for note in dict.fromkeys(notes))


def _risk(
    at: Situation, books: tuple[Ledger, Ledger], risks: Outlook, scenarios: ScenarioSet, chosen: Amounts,
    own: Sequence[Trade],
) -> tuple[Risk, Array]:  # fmt: skip
    """``own``: orders on what is held; their trading cost counts, and CVaR is that of the book before them.

    Also the P&L to the horizon of the book as it is, (N,).
    """
    before, after = (along(at, one.book, scenarios) for one in books)
    fit = chosen.fit
    if fit is not None and own:
        lost = sum(one.units * one.candidate.spread_usd for one in own)
        start = tail_mean(-before.total, scenarios.weight, fit.level)[0]
        fit = replace(fit, cvar_before=start, cvar_after=fit.cvar_after + lost)
    return Risk(
        scenarios, risks.reach, risks.recommendation, before.ruin, after.ruin,
        wrong_way(risks.pnl, after.hedges, scenarios.weight), fit,
        chosen.complement,
    ), before.total  # fmt: skip


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
