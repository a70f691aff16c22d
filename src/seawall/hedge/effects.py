"""What each ticket changes by itself: gamma, vega by forward bucket, CVaR, budgets, rates, VIX break-even (7.6)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import years_between
from seawall.core.status import Status
from seawall.hedge.candidates import Candidate
from seawall.hedge.moves import Trade
from seawall.hedge.returns import internal_rate
from seawall.hedge.ruin import WrongWay, wrong_way
from seawall.hedge.scenario_pnl import unit_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing_problem import tail_mean
from seawall.hedge.stack.base import Situation
from seawall.hedge.ticketing import turned
from seawall.hedge.tickets import Budget, Effects, Spent, Ticket
from seawall.instruments.base import Instrument
from seawall.instruments.structures import Structure
from seawall.kernels.roots import all_roots
from seawall.market.state import Moves, State

Array = NDArray[np.float64]

EDGES: Final = (0.0, 1.0, 7.0, 14.0, 30.0, 60.0, 90.0, 120.0, 180.0, 270.0, 365.0)
"""Days between which forward variance is one bucket (METHOD 3.3); what is later is one more."""
BUCKETS: Final = (*(f"{low:g}-{high:g}" for low, high in pairwise(EDGES)), f"{EDGES[-1]:g}+")
VIX_DAYS: Final = 30.0
VIX_LEVELS: Final = (5.0, 200.0, 400)
"""Lowest and highest VIX looked at for a break-even, and how many between them."""


class Ground(NamedTuple):
    """What tail figures stand on: P&L to the horizon of the book as it is, and without its hedges, (N,)."""

    scenarios: ScenarioSet
    book: Array
    unhedged: Array
    confidence: float


def with_effects(
    tickets: Sequence[Ticket], orders: Sequence[Trade], at: Situation, budgets: Sequence[Budget], ground: Ground | None
) -> tuple[Ticket, ...]:
    """The tickets with what each changes; ``orders`` in their order. Without ``ground`` tail figures are unknown."""
    spent = budgets_spent(orders, budgets)
    gains = None if ground is None else _gains(orders, at.state, ground.scenarios)
    made = []
    start = 0.0 if ground is None else tail_mean(-ground.book, ground.scenarios.weight, ground.confidence)[0]
    for place, (ticket, order) in enumerate(zip(tickets, orders, strict=True)):
        found = _still(order, at, spent[place])
        if ground is not None and gains is not None:
            found = _in_the_tail(found, ticket, (order, gains[:, place]), start, ground)
        made.append(replace(ticket, effects=found))
    return tuple(made)


def _still(order: Trade, at: Situation, spent: tuple[Spent, ...]) -> Effects:
    """What needs no scenario."""
    one, units = order.candidate, order.candidate.sign * order.units
    levels, status = at.known.get(at.state, ("break-even", one), lambda: vix_break_even(one, at.state))
    gamma, buckets = at.known.get(at.state, ("greeks", one.instrument), lambda: _greeks(one.instrument, at.state))
    vega = units * buckets + 0.0
    return Effects(
        factor=one.instrument.factor,
        gamma_usd=units * gamma + 0.0,
        vega_usd_per_point=tuple(zip(BUCKETS, vega.tolist(), strict=True)),
        budgets=spent,
        break_even_vix=levels,
        break_even_status=status,
    )


def _greeks(instrument: Instrument, state: State) -> tuple[float, Array]:
    """Dollar gamma of one unit, and its vega by bucket."""
    return instrument.exposure(state).gamma_usd, vega_buckets(instrument, state)


def _in_the_tail(
    found: Effects, ticket: Ticket, traded: tuple[Trade, Array], start: float, ground: Ground
) -> Effects:  # fmt: skip
    """``traded``: the order and its P&L (N,); ``start``: CVaR of the book as it is."""
    order, gain = traded
    weight, lost = ground.scenarios.weight, order.units * order.candidate.spread_usd
    end, _ = tail_mean(lost - ground.book - gain, weight, ground.confidence)
    way: WrongWay = wrong_way(ground.unhedged, {ticket.id: gain}, weight, ground.confidence)[0]
    return replace(
        found, cvar_usd=end - start, rates=_rates(ticket, order, lost, round(float(ground.scenarios.days[-1]))),
        tail_correlation=None if way.wrong is None else way.correlation, wrong_way=way.wrong,
    )  # fmt: skip


def _gains(orders: Sequence[Trade], state: State, scenarios: ScenarioSet) -> Array:
    """P&L to the horizon of every order, (N, orders)."""
    units = np.array([one.candidate.sign * one.units for one in orders])
    gains: Array = unit_pnl(tuple(one.candidate.instrument for one in orders), state, scenarios) * units
    return gains


def _rates(ticket: Ticket, order: Trade, lost: float, days: int) -> tuple[tuple[float, float | None], ...]:
    """Internal rate of what is tied up to the horizon, by VIX points on the next day; None for what ties up nothing."""
    paid = order.units * (max(order.candidate.premium_usd, 0.0) + order.candidate.margin_usd)
    if order.closes or paid <= 0.0:
        return tuple((points, None) for points, _ in ticket.pays)
    rates = [(points, internal_rate(paid, usd - lost, days).rates) for points, usd in ticket.pays]
    return tuple((points, found[0] if len(found) == 1 else None) for points, found in rates)


def vega_buckets(instrument: Instrument, state: State) -> Array:
    """Dollars per point of forward volatility of one unit by ``BUCKETS``, (11,), summing to its vega.

    With forward variance flat, an option to T has the share tau_i / T in each bucket before T, and a VIX contract its
    overlap with the thirty days from T (METHOD 3.3). What has no settlement has no bucket: zeros.
    """
    if isinstance(instrument, Structure):
        legs = [leg.units * vega_buckets(leg.option, state) for leg in instrument.legs]
        return np.asarray(np.sum(legs, axis=0))
    ends = [years_between(state.now, settles) * 365.0 for settles in instrument.settles]
    if not ends or ends[0] <= 0.0:
        return np.zeros(len(BUCKETS))
    low, high = (ends[0], ends[0] + VIX_DAYS) if instrument.factor == "VIX" else (0.0, ends[0])
    edges = np.array([*EDGES, np.inf])
    inside = np.maximum(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0.0)
    shares: Array = instrument.exposure(state).vega_usd_per_point * inside / (high - low)
    return shares


def vix_break_even(one: Candidate, state: State) -> tuple[tuple[float, ...], Status]:
    """VIX levels on the first settlement at which a unit is worth its premium (METHOD 5.3, the sixth).

    ``Status.UNKNOWN`` for what VIX does not settle, ``ONE_SIDED`` where no level from 5 to 200 returns it.
    """
    if one.instrument.factor != "VIX" or not one.instrument.settles or state.vix is None:
        return (), Status.UNKNOWN
    days, now = years_between(state.now, one.instrument.settles[0]) * 365.0, state.vix.vix.value

    def left(levels: Array) -> Array:
        view = state.view(Moves(vol_points={"SPX": levels - now}, days=days))
        return one.sign * one.instrument.value(view) - one.premium_usd

    found, status = all_roots(left, np.linspace(*VIX_LEVELS))
    return tuple(found.tolist()), status


def budgets_spent(orders: Sequence[Trade], budgets: Sequence[Budget]) -> list[tuple[Spent, ...]]:
    """Every budget before and after each order, so that the last leaves what the plan says is used."""
    made: list[tuple[Spent, ...]] = []
    after = {one.name: one.used for one in budgets}
    for order in reversed(orders):
        taken = _uses(order)
        before = {name: used - taken.get(name, 0.0) for name, used in after.items()}
        made.append(tuple(Spent(one.name, one.allowed, before[one.name], after[one.name], one.unit) for one in budgets))
        after = before
    return made[::-1]


def _uses(order: Trade) -> dict[str, float]:
    """What an order takes of the budgets; one that sells what is held gives it back; financing takes none."""
    one = turned(order.candidate) if order.closes else order.candidate
    if not one.protects:
        return {}
    units = -order.units if order.closes else order.units
    carry = units * max(one.carry_usd_per_year, 0.0)
    return {
        "carry": carry,
        "income share": carry,
        "premium": units * (max(one.premium_usd, 0.0) + one.margin_usd),
        "short vega": units * max(one.vega_usd_per_point, 0.0) if one.factor == "VIX" else 0.0,
    }
