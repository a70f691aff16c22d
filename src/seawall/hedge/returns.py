"""What the protecting tickets return a year: on average over the scenarios, in a spike, and beside a pool's yield."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.core.status import Status
from seawall.hedge.candidates import Candidate
from seawall.hedge.plan import Returns
from seawall.hedge.scenario_pnl import unit_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing_budget import irr_test
from seawall.hedge.stack.base import Situation
from seawall.hedge.tickets import Ticket
from seawall.instruments.pool import LiquidityPosition
from seawall.ledger.book import Book
from seawall.ledger.capital import InternalRate
from seawall.market.state import State

DAYS_PER_YEAR: Final = 365.0
LARGEST: Final = 700.0
"""Logarithm of the largest growth a year that is a number."""


def pool_yield(book: Book, state: State) -> float | None:
    """Fees a year over the value of the book's pools; None without a pool, or while the fees of one are unknown."""
    pools = [one for one in book.positions if isinstance(one.instrument, LiquidityPosition)]
    worth = [one.quantity * float(one.instrument.value(state.view())[0]) for one in pools]
    rates = [one.instrument.fee_apr for one in pools if isinstance(one.instrument, LiquidityPosition)]
    known = [rate for rate in rates if rate is not None]
    if not pools or len(known) < len(rates) or sum(worth) <= 0.0:
        return None
    return float(np.dot(worth, known) / sum(worth))


def returns_of(
    tickets: Sequence[Ticket], package: Sequence[tuple[Candidate, float]], at: Situation, scenarios: ScenarioSet | None
) -> Returns | None:
    """Internal rates of premium and margin paid today and what is left at the horizon; None when nothing protects.

    ``by_points``: the same if VIX is 5, 10 or 20 points higher on the next day and nothing else moves (METHOD 5.7).
    """
    bought = [(one, units) for one, units in package if units > 0.0]
    paid = sum(units * (max(one.premium_usd, 0.0) + one.margin_usd) for one, units in bought)
    if not bought or paid <= 0.0 or scenarios is None:
        return None
    made = unit_pnl(tuple(one.instrument for one, _ in bought), at.state, scenarios)
    gain = made @ np.array([one.sign * units for one, units in bought])
    lost = sum(units * one.spread_usd for one, units in bought)
    mean = float(scenarios.weight @ gain) - lost
    days = round(float(scenarios.days[-1]))
    average = internal_rate(paid, mean, days)
    points: dict[float, float] = {}
    for ticket in tickets:
        if ticket.protects and not ticket.closes:
            for size, usd in ticket.pays:
                points[size] = points.get(size, 0.0) + usd
    by_points = tuple((size, _first(internal_rate(paid, usd - lost, days))) for size, usd in points.items())
    earned = pool_yield(at.ledger.book, at.state)
    return Returns(_first(average), by_points, None if earned is None else irr_test(average, earned))


def internal_rate(paid: float, gain: float, days: int) -> InternalRate:
    """Internal rate of ``paid`` today and ``paid + gain`` some days later: two flows have it in closed form."""
    if paid + gain <= 0.0:
        return InternalRate((), Status.ONE_SIDED)
    growth = math.log1p(gain / paid) * DAYS_PER_YEAR / days
    return InternalRate((math.expm1(growth) if growth < LARGEST else math.inf,), Status.FOUND)


def _first(found: InternalRate) -> float | None:
    return found.rates[0] if len(found.rates) == 1 else None
