"""The action log of a replay: rules of METHOD 7.2 that fire at each close on what was known then. Text, no trades."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import years_between
from seawall.core.status import Status
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.hedge.actions import widened
from seawall.hedge.charter import Policy, vix_layers
from seawall.hedge.stack.vix import FRONT
from seawall.instruments.base import Position
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.breakeven import break_evens
from seawall.market.state import State
from seawall.signals.regime import Regime
from seawall.sim.hedge_rows import is_hedge, layer_of

LOW_VIX: Final = 15.0
SETTLED: Final = "settled"
CLOSED: Final = "closed"
STATE: Final = "state"


class Action(NamedTuple):
    """One line of the log: the rule's id, and what it asks for."""

    rule: str
    text: str


class Seen(NamedTuple):
    """The regime of a day of the event, and the rule or triggers behind it."""

    state: Regime
    why: str


@dataclass(slots=True)
class _Memory:
    """What has been said already, so that a rule speaks when it first fires."""

    said: set[tuple[str, str]] = field(default_factory=set)
    state: Regime | None = None

    def first(self, rule: str, label: str) -> bool:
        fresh = (rule, label) not in self.said
        self.said.add((rule, label))
        return fresh


def actions_of(
    held: Sequence[Position], states: Sequence[State], seen: Sequence[Seen | None], policy: Policy
) -> list[tuple[Action, ...]]:
    """The log by state, the eve first; ``seen`` is the regime of each, None where unknown."""
    memory = _Memory()
    entries = {
        one.label: one.entry if one.entry is not None else float(one.instrument.value(states[0].view())[0])
        for one in held
    }
    layers = {one.label: layer_of(one, states[0], policy) for one in held}
    out = []
    for state, regime in zip(states, seen, strict=True):
        alive = [one for one in held if not one.instrument.settles or max(one.instrument.settles) > state.now]
        near = [one for one in alive if _long_call(one) and layers[one.label] == FRONT]
        found = [*_ended(held, state, memory)]
        if regime is not None:
            if regime.state is not memory.state:
                found += _entered(regime, memory.state, (alive, near), state, policy)
                memory.state = regime.state
            if regime.state is Regime.SPIKE:
                found += _monetise(near, entries, state, policy, memory)
        found += _rolls(alive, state, policy, memory)
        out.append(tuple(found))
    return out


def _long_call(position: Position) -> bool:
    held = position.instrument
    return isinstance(held, VixOption) and held.right == "call" and position.quantity > 0.0


def _short_condor(position: Position) -> bool:
    return position.instrument.kind == "condor" and position.quantity < 0.0 and position.instrument.factor == "SPX"


def _ended(held: Sequence[Position], state: State, memory: _Memory) -> Iterator[Action]:
    for one in held:
        settles = one.instrument.settles
        if settles and max(settles) <= state.now:
            if memory.first(SETTLED, one.label):
                yield Action(SETTLED, f"{one.label}: expired")
        elif not settles and Status.BREACHED in one.exposure(state).status and memory.first(CLOSED, one.label):
            yield Action(CLOSED, f"{one.label}: liquidated, equity at or below maintenance")


def _entered(
    regime: Seen, before: Regime | None, held: tuple[list[Position], list[Position]], state: State, policy: Policy
) -> Iterator[Action]:
    """What a state asks for on the day it is entered."""
    alive, near = held
    start = "" if before is None else f"{before.name} > "
    yield Action(STATE, f"{start}{regime.state.name} ({regime.why})")
    names = ", ".join(one.label for one in near)
    condors = [one for one in alive if _short_condor(one)]
    if regime.state is Regime.CALM:
        yield Action("L1.base", "near VIX calls at their minimum")
        if state.vix is not None and state.vix.vix.value < LOW_VIX:
            yield Action("L23.refresh", f"VIX below {LOW_VIX:g}: renew the far layers")
        if before is Regime.ONSET and condors:
            yield Action("L0.recentre", "shorts back to one expected move if funding z is below 0.5 (not known here)")
    elif regime.state is Regime.ONSET:
        yield from _widen(condors, state, policy)
        if near:
            yield Action("L1.boost", f"{vix_layers(policy)[0].gate.onset:g} times {names}, within budget")
    elif regime.state is Regime.SPIKE:
        yield Action("L0.stop", "open no new short condor")
    else:
        if near:
            yield Action("L1.exit", f"sell the rest of {names}")
        if condors:
            yield Action("L0.narrow", f"the next condor with break-evens {policy.narrow:.0%} nearer")


def _widen(condors: Sequence[Position], state: State, policy: Policy) -> Iterator[Action]:
    for one in condors:
        spot = state.asset("SPX").spot.value
        edges = break_evens(Book(one.label, (one,)), state, "SPX").at_expiry.values
        below, above = [e for e in edges if e < spot], [e for e in edges if e > spot]
        if below and above:
            low, high = widened(below[-1], above[0], spot, policy.widen)
            yield Action(
                "L0.widen",
                f"{one.label}: break-evens {below[-1]:,.0f} / {above[0]:,.0f}, the next condor at "
                f"{low:,.0f} / {high:,.0f}",
            )
        else:
            yield Action("L0.widen", f"{one.label}: spot {spot:,.0f} is beyond a break-even; the next condor wider")


def _monetise(
    near: Sequence[Position], entries: dict[str, float], state: State, policy: Policy, memory: _Memory
) -> Iterator[Action]:
    for one in near:
        paid = entries[one.label]
        worth = float(one.instrument.value(state.view())[0])
        for multiple, share in policy.monetise.steps:
            rule = f"L1.monetise {multiple:g}"
            if paid > 0.0 and worth >= multiple * paid and memory.first(rule, one.label):
                since = "entry" if one.entry is not None else "eve"
                text = (
                    f"{one.label}: {worth / paid:.1f} times its {since} value, sell {share:.0%} at {multiple:g} times"
                )
                yield Action("L1.monetise", text)


def _rolls(alive: Sequence[Position], state: State, policy: Policy, memory: _Memory) -> Iterator[Action]:
    for one in alive:
        if is_hedge(one) and one.instrument.settles:
            days = years_between(state.now, one.instrument.settles[0]) * 365.0
            if days <= policy.shift[0] and memory.first("SHIFT.roll", one.label):
                yield Action("SHIFT.roll", f"{one.label}: {days:.0f} days left, roll half to the next tenor")
        elif _short_condor(one):
            risk, credit = _gamma_day(one, state)
            if risk > policy.roll_gamma * credit and memory.first("L0.roll", one.label):
                text = f"{one.label}: a day's expected move costs {risk:,.0f} USD of gamma, {credit:,.0f} left to earn"
                yield Action("L0.roll", text)


def _gamma_day(position: Position, state: State) -> tuple[float, float]:
    """Half gamma times a day's expected move squared, and what the condor is still worth to its buyer, dollars."""
    exposure = position.exposure(state)
    years = max(years_between(state.now, position.instrument.settles[-1]), 1.0 / 365.0)
    level = float(state.view().vol("SPX", state.asset("SPX").spot.value, years)[0])
    move = level / np.sqrt(SESSIONS_PER_YEAR)
    return 0.5 * abs(min(exposure.gamma_usd, 0.0)) * float(move) ** 2, max(-exposure.value_usd, 0.0)
