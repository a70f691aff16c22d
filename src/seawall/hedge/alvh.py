"""The baseline ALVH for a book: from ledger, market and regime to tickets, advice, and the ledger after them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from math import floor, isfinite
from typing import NamedTuple

import numpy as np

from seawall.core.clock import years_between
from seawall.core.datum import Origin
from seawall.hedge.layers import LayerQuote, carry_to_roll, quote_layer, session_date
from seawall.hedge.policy import AlvhPolicy, compile_policy
from seawall.hedge.tickets import Advice, Budget, Ticket
from seawall.instruments.base import Position
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.breakeven import break_evens
from seawall.ledger.exposure import Ledger, ledger
from seawall.market.state import State
from seawall.signals.base import Reading
from seawall.signals.regime import Regime, RegimeReading

RULES = {0: "L1.base", 1: "L23.refresh", 2: "L23.refresh"}


@dataclass(frozen=True, slots=True)
class HedgePlan:
    """Everything the policy decided for one book on one session, and the ledger before and after."""

    book: Book
    policy: AlvhPolicy
    regime: RegimeReading | None
    tickets: tuple[Ticket, ...]
    advice: tuple[Advice, ...]
    budgets: tuple[Budget, ...]
    binding: str
    before: Ledger
    after: Ledger
    context: tuple[tuple[str, Reading], ...] = ()
    """Signals shown beside the decision; they carry no weight in it."""


def _income(before: Ledger) -> float:
    """Carry per year that the book itself earns: rows with a known positive carry, the hedges apart."""
    carries = [row.exposure.carry_usd_per_year for row in before.rows if row.factor != "VIX"]
    return sum(carry for carry in carries if carry is not None and carry > 0.0)


class Held(NamedTuple):
    """Long VIX options the book already owns: yearly carry cost, premium and vega, measured as a new ticket's are."""

    carry_usd_per_year: float
    premium_usd: float
    vega_usd_per_point: float


def held_already(book: Book, state: State, policy: AlvhPolicy) -> Held:
    """Sum over the long VIX options of a book; each is held to the roll of the layer nearest to its tenor."""
    carry = premium = vega = 0.0
    for position in book.positions:
        option = position.instrument
        if not isinstance(option, VixOption) or position.quantity <= 0.0:
            continue
        days = years_between(state.now, option.expires) * 365.0
        layer = min(policy.layers, key=lambda one: abs(one.target_days - days))
        carry += position.quantity * carry_to_roll(option, state, days - layer.roll_days)
        exposure = position.exposure(state)
        premium, vega = premium + exposure.value_usd, vega + exposure.vega_usd_per_point
    return Held(carry, premium, vega)


def _vix_reach(before: Ledger) -> float:
    """VIX-hedgeable share of the book's short SPX vega; the recommendation stops there (METHOD 2.5)."""
    rows = [row for row in before.rows if row.share is not None and row.exposure.vega_usd_per_point < 0.0]
    short = [(-row.exposure.vega_usd_per_point, row.share.product or 0.0) for row in rows if row.share is not None]
    whole = sum(vega for vega, _ in short)
    return sum(vega * share for vega, share in short) / whole if whole > 0.0 else 1.0


def budgets_for(
    book: Book, before: Ledger, policy: AlvhPolicy, package: list[tuple[LayerQuote, float]]
) -> list[Budget]:
    """The limits of METHOD 7.4 on the package; what the book already holds of it counts against them."""
    carry, premium, vega = (
        sum(weight * one for one, weight in column)
        for column in (
            [(quote.carry_usd_per_year, weight) for quote, weight in package],
            [(quote.cost_usd, weight) for quote, weight in package],
            [(quote.vega_usd_per_point, weight) for quote, weight in package],
        )
    )
    held = held_already(book, before.state, policy)
    nav, held_carry = book.nav_usd, held.carry_usd_per_year
    reach = _vix_reach(before)
    net_vega = sum(row.exposure.vega_usd_per_point for row in before.rows if row.factor in ("SPX", "VIX"))
    short_vega = held.vega_usd_per_point - net_vega
    return [
        Budget("carry", None if nav is None else policy.carry_budget * nav - held_carry, carry, "USD per year"),
        Budget("income share", policy.income_share * _income(before) - held_carry, carry, "USD per year"),
        Budget("premium", None if nav is None else policy.premium_cap * nav - held.premium_usd, premium, "USD"),
        Budget("short vega", policy.vega_cap * reach * short_vega - held.vega_usd_per_point, vega, "USD per point"),
    ]


def plan_hedge(book: Book, state: State, regime: RegimeReading | None, policy: AlvhPolicy) -> HedgePlan:
    """Tickets of the baseline recipe for a book. A book that is not short convexity gets none.

    The size is the largest that every budget allows, rounded down to contracts; zero is a valid answer. A layer that
    the state switches off still counts in the unit, so that it frees no budget for the others.
    Raises ``MissingDataError`` (no VIX) and ``MissingExpiryError``.
    """
    before = ledger(book, state)
    advice = _advice(book, state, before, regime, policy)
    if before.total.exposure.gamma_usd >= 0.0:
        note = Advice("none", "the book is not short convexity: nothing to hedge")
        return HedgePlan(book, policy, regime, (), (note, *advice), (), "not short convexity", before, before)
    current = Regime.CALM if regime is None else regime.state
    wanted = compile_policy(policy, np.array([current], dtype=np.int8)).weight[0]
    quotes = [quote_layer(layer, state) for layer in policy.layers]
    package = [(quote, float(weight)) for quote, weight in zip(quotes, wanted, strict=True)]
    whole = [(quote, max(weight, quote.layer.weight)) for quote, weight in package]
    budgets = budgets_for(book, before, policy, whole)
    binding = min(budgets, key=lambda budget: budget.units)
    units = binding.units if isfinite(binding.units) else 0.0
    tickets, added = [], []
    for index, (quote, weight) in enumerate(package):
        contracts = floor(units * weight + 1e-9)
        if contracts > 0:
            rule = "L1.boost" if index == 0 and current is Regime.ONSET else RULES.get(index, "L23.refresh")
            tickets.append(_ticket(quote, contracts, rule, regime, state, policy, binding.name))
            label = _fresh(f"{quote.layer.name} VIX {quote.expiry:%b %y} {quote.option.strike:g} call", book)
            entry = quote.ask * quote.option.multiplier
            added.append(Position(label, quote.option, float(contracts), "hedges", entry))
    if not tickets:
        need = f"one unit of the package needs {binding.per_unit:,.0f} {binding.unit}"
        advice = (
            Advice("none", f"zero contracts: {binding.name} allows {max(binding.allowed or 0.0, 0.0):,.0f}, {need}"),
            *advice,
        )
    after = ledger(book.with_positions(tuple(added)), state) if added else before
    return HedgePlan(book, policy, regime, tuple(tickets), tuple(advice), tuple(budgets), binding.name, before, after)


def _fresh(label: str, book: Book) -> str:
    """A label the book does not have yet."""
    taken = {position.label for position in book.positions}
    return next(name for name in chain([label], (f"{label} #{n}" for n in count(2))) if name not in taken)


def _ticket(
    quote: LayerQuote,
    contracts: int,
    rule: str,
    regime: RegimeReading | None,
    state: State,
    policy: AlvhPolicy,
    binding: str,
) -> Ticket:
    session = session_date(state.now)
    known: list[datetime] = [datum.known_at for _, datum in state.data()]
    if regime is not None:
        known.append(regime.known_at)
    return Ticket(
        id=f"{session:%Y%m%d}-{quote.layer.name}-{policy.digest[:6]}",
        session=session,
        rule=rule,
        state="unknown" if regime is None else regime.state.name,
        layer=quote.layer.name,
        contract=f"VIX {quote.expiry:%Y-%m-%d} {quote.option.strike:g} call",
        expiry=quote.expiry,
        contracts=contracts,
        mid=round(quote.mid, 4),
        limit=quote.ask,
        cost_usd=contracts * quote.cost_usd,
        carry_usd_per_year=contracts * quote.carry_usd_per_year,
        vega_usd_per_point=contracts * quote.vega_usd_per_point,
        binding=binding,
        policy=policy.digest,
        decided_at=state.now,
        known_at=max(known),
    )


def widened(low: float, high: float, spot: float, share: float) -> tuple[float, float]:
    """Break-evens moved away from spot by ``share`` of their distance (`L0.widen`, METHOD 7.2)."""
    return spot - (spot - low) * (1.0 + share), spot + (high - spot) * (1.0 + share)


def _advice(
    book: Book, state: State, before: Ledger, regime: RegimeReading | None, policy: AlvhPolicy
) -> tuple[Advice, ...]:
    found: list[Advice] = []
    if regime is None:
        found.append(Advice("state", "no market history: state unknown, layers sized as in CALM"))
    elif regime.state is Regime.ONSET:
        found += _widen(book, state, policy)
    elif regime.state is Regime.SPIKE:
        steps = " and ".join(f"{share:.0%} at {multiple:g}x entry premium" for multiple, share in policy.monetise)
        found.append(Advice("L0.stop", "open no new short condor while the state is SPIKE"))
        found.append(Advice("L1.monetise", f"sell near VIX calls: {steps}"))
    elif regime.state is Regime.EXHAUST:
        found.append(Advice("L1.exit", "sell what is left of the near VIX calls; condors may be narrowed by 10 %"))
    return (*found, *_beyond_vix(before))


def _widen(book: Book, state: State, policy: AlvhPolicy) -> list[Advice]:
    found = []
    spot = state.asset("SPX").spot.value if "SPX" in state.assets else 0.0
    for position in book.positions:
        if position.instrument.kind != "condor" or position.quantity > 0.0 or position.instrument.factor != "SPX":
            continue
        edges = break_evens(Book(position.label, (position,)), state, "SPX").at_expiry.values
        below, above = [e for e in edges if e < spot], [e for e in edges if e > spot]
        if below and above:
            low, high = widened(below[-1], above[0], spot, policy.widen)
            text = (
                f"{position.label}: break-evens {below[-1]:,.1f} / {above[0]:,.1f}; the next condor at "
                f"{low:,.1f} / {high:,.1f} ({policy.widen:.1%} wider)"
            )
            found.append(Advice("L0.widen", text))
    return found


def _beyond_vix(before: Ledger) -> list[Advice]:
    """`LX.trim`: where the convexity sits on an asset that VIX is not known to reach."""
    found = []
    for row in before.by_factor:
        if row.factor in ("SPX", "VIX") or row.exposure.gamma_usd >= 0.0:
            continue
        share = before.state.asset(row.factor).spx_share
        if share is None or share.value < 0.5:
            known = "unknown" if share is None else f"{share.value:.0%}"
            modelled = "" if share is None or share.origin is Origin.OBSERVED else f" ({share.origin})"
            rent = "unknown" if row.rent_usd_per_year is None else f"{row.rent_usd_per_year:,.0f} USD a year"
            found.append(
                Advice(
                    "LX.trim",
                    f"{row.factor}: rent {rent}, delta {row.exposure.delta_usd:,.0f} USD; share that VIX can reach "
                    f"{known}{modelled}. Trim with a perp, listed strikes or size before buying more VIX",
                )
            )
    return found
