"""How much of every candidate: budgets as limits, the policy's sizing method, what is held, and the temper.

What the book holds of exactly a candidate's contract is part of the size, so that a hedged book asks for nothing more.
"""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import InfeasibleError
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy
from seawall.hedge.held import HEDGES, held_already, income_of, is_hedge, units_held, vix_reach
from seawall.hedge.methods import method_of, with_shocks
from seawall.hedge.plan import Complement
from seawall.hedge.scenario_pnl import scenario_pnl, unit_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing import (
    Fit,
    Instruments,
    Limit,
    Limits,
    Measure,
    Problem,
    Sizer,
    complementarity,
    fit,
    remeasured,
)
from seawall.hedge.sizing_cvar import PROVEN, MinCvar
from seawall.hedge.sizing_problem import excess, use
from seawall.hedge.sizing_scale import within
from seawall.hedge.stack.base import Note, Situation
from seawall.hedge.tickets import Budget
from seawall.instruments.perp_hedge import band_half_width

Array = NDArray[np.float64]

MOST: Final = 10_000.0
"""Units of one contract nobody trades more of: stands where no liquidity is known."""


class Amounts(NamedTuple):
    """Candidates with the units to trade, below 0 to sell what is held; what bound them; the budgets after it."""

    units: tuple[tuple[Candidate, float], ...]
    binding: str
    budgets: tuple[Budget, ...]
    fit: Fit | None
    notes: tuple[Note, ...]
    complement: Complement | None = None


class _Row(NamedTuple):
    """One budget: use of a unit of every hedge, what is allowed in all, None where it does not apply."""

    name: str
    use: Array
    allowed: float | None
    unit: str


def amounts(
    policy: Policy, at: Situation, hedges: list[Candidate], scenarios: ScenarioSet | None
) -> Amounts:  # fmt: skip
    """Units of every hedge by the policy's method and temper. ``at`` is the book with its new financing in it."""
    if not hedges:
        return Amounts((), "no layer proposes a hedge", (), None, ())
    held = np.array([units_held(one, at.ledger.book) for one in hedges])
    if policy.temper == "hold" and any(map(is_hedge, at.ledger.book.positions)):
        waits = Note("hold", "hold: nothing is traded until what is held expires")
        return Amounts((), "hold", (), None, (waits,))
    rows = _limits(policy, at, hedges, held)
    problem = with_shocks(policy, at, hedges, _problem(policy, at, hedges, rows, scenarios))
    method, told = method_of(policy, at, hedges, problem)
    found, short_of = _fitted(policy, hedges, problem, method, rows)
    best = problem.instruments.array("held") if _settled(policy, problem, found) else found.units
    trades, calm = _tempered(policy, at, hedges, problem, best)
    units = held + trades
    used = remeasured(problem, found, units)
    budgets = tuple(Budget(row.name, row.allowed, float(row.use @ np.abs(units)), row.unit) for row in rows)
    binding = found.binding[0].name if found.binding else "no limit binds"
    notes = (*(Note("sizing", words) for words in (*told, *short_of, *found.notes)), *calm)
    pairs = tuple(zip(hedges, trades.tolist(), strict=True))
    return Amounts(pairs, binding, budgets, used, notes, _complement(policy, hedges, problem, scenarios))


def _fitted(
    policy: Policy, hedges: list[Candidate], problem: Problem, method: Sizer, rows: list[_Row]
) -> tuple[Fit, tuple[str, ...]]:
    """The sizes, with the coverage the policy asks for where the budgets leave room for it, and why they do not."""
    vega = next(row for row in rows if row.name == "short vega")
    asked = policy.budgets.coverage * (vega.allowed or 0.0) / max(policy.budgets.vega, 1e-12)
    if policy.sizing not in ("min_cvar", "stress") or asked <= 0.0 or not np.any(vega.use > 0.0):
        return fit(problem, method, policy.confidence), ()
    least = Limit("coverage", -vega.use, -asked, vega.unit)
    limits = replace(problem.limits, further=(*problem.limits.further, least))
    try:
        return fit(replace(problem, limits=limits), method, policy.confidence), ()
    except InfeasibleError as fault:
        words = f"coverage of {policy.budgets.coverage:.0%} of the short vega is out of reach: {fault}"
        return fit(problem, method, policy.confidence), (words,)


def _settled(policy: Policy, problem: Problem, found: Fit) -> bool:
    """Whether what is held is as good as the best that a search in whole lots can tell from it."""
    held = problem.instruments.array("held")
    if policy.sizing != "min_cvar" or not held.any() or excess(problem, held):
        return False
    return found.cvar_before - found.cvar_after <= PROVEN * abs(found.cvar_before)


def _limits(policy: Policy, at: Situation, hedges: list[Candidate], held: Array) -> list[_Row]:
    """The budgets of METHOD 7.4; hedges that no candidate trades count against them, the others are part of the size.

    What is held is never too much: a budget that it exceeds allows no more, and forces no sale.
    """
    book, budgets, nav = at.ledger.book, policy.budgets, at.nav_usd
    same = [one.instrument for one, units in zip(hedges, held, strict=True) if units != 0.0]
    every, others = (
        at.known.get(at.state, ("held", book, tuple(but)), lambda but=but: held_already(book, at.state, but))  # type: ignore[misc]
        for but in ((), same)
    )
    carry = np.array([max(one.carry_usd_per_year, 0.0) for one in hedges])
    tied = np.array([max(one.premium_usd, 0.0) + one.margin_usd for one in hedges])
    vega = np.array([max(one.vega_usd_per_point, 0.0) if one.factor == "VIX" else 0.0 for one in hedges])
    net = sum(row.exposure.vega_usd_per_point for row in at.ledger.rows if row.factor in ("SPX", "VIX"))
    short = vix_reach(at.ledger) * (every.vega_usd_per_point - net)
    income = budgets.income * income_of(at.ledger)
    size = np.abs(held)

    def row(name: str, per: Array, whole: float | None, taken: float, unit: str) -> _Row:
        return _Row(name, per, None if whole is None else max(whole - taken, float(per @ size), 0.0), unit)

    return [
        row("carry", carry, None if nav is None else budgets.carry * nav, others.carry_usd_per_year, "USD per year"),
        row("income share", carry, income, others.carry_usd_per_year, "USD per year"),
        row("premium", tied, None if nav is None else budgets.premium * nav, others.premium_usd, "USD"),
        row("short vega", vega, budgets.vega * short, others.vega_usd_per_point, "USD per point"),
    ]


def _problem(
    policy: Policy, at: Situation, hedges: list[Candidate], rows: list[_Row], scenarios: ScenarioSet | None
) -> Problem:  # fmt: skip
    """Book and units in the scenarios; without a set, one row of nothing: the recipes do not read it."""
    held = np.array([units_held(one, at.ledger.book) for one in hedges])
    sign = np.array([one.sign for one in hedges])
    if scenarios is None:
        book, unit, weight = np.zeros(1), np.zeros((1, len(hedges))), None
    else:
        unit = sign * unit_pnl(tuple(one.instrument for one in hedges), at.state, scenarios)
        whole = at.ledger.book
        pnl = at.known.get(scenarios, ("horizon", whole), lambda: scenario_pnl(whole, at.state, scenarios).total)
        book = pnl - unit @ held
        weight = scenarios.weight
    sells = policy.temper in ("band", "chase")
    own = Instruments(
        tuple(one.label for one in hedges),
        most=np.maximum(held, np.array([min(one.cap, MOST) for one in hedges])),
        least=np.minimum(held, 0.0) if sells else held,
        lot=np.array([one.lot for one in hedges]),
        cost=np.array([one.spread_usd for one in hedges]),
        carry=-np.array([one.carry_usd_per_year for one in hedges]),
        margin=np.array([one.margin_usd for one in hedges]),
        price=np.array([one.premium_usd for one in hedges]),
        held=held,
    )
    further = tuple(
        Limit(row.name, row.use, row.allowed, row.unit, Measure.GROSS)
        for row in rows
        if row.allowed is not None and np.any(row.use > 0.0)
    )
    return Problem(book, unit, own, Limits(further=further), weight)


def _tempered(
    policy: Policy, at: Situation, hedges: list[Candidate], problem: Problem, wanted: Array
) -> tuple[Array, tuple[Note, ...]]:
    """Units to trade now. `static` and `hold` only add; `band` leaves alone what is near enough; all keep the limits.

    A perp has the band of Whalley and Wilmott around a delta of nothing, as wide as the book without its hedges asks,
    and is traded to its edge.
    """
    held = problem.instruments.array("held")
    trades, notes = wanted - held, []
    if policy.temper in ("static", "hold"):
        trades = np.maximum(trades, 0.0)
    for place, one in enumerate(hedges if policy.temper == "band" else ()):
        if one.legs[0].kind == "perp":
            width = _half_width(one, at) / max(abs(one.legs[0].mid), 1e-12)
            lots = max(abs(trades[place]) - width, 0.0) // one.lot * one.lot
            if lots != abs(trades[place]) and trades[place] != 0.0:
                words = f"{one.label}: to the edge of a no-trade band of {width * one.legs[0].mid:,.0f} USD of delta"
                notes.append(Note("band", f"{words} (Whalley-Wilmott, risk aversion 1/equity)"))
            trades[place] = np.sign(trades[place]) * lots
        elif held[place] > 0.0 and trades[place] != 0.0 and policy.hysteresis.keeps(held[place], wanted[place]):
            words = f"{one.label}: {held[place]:g} held, {wanted[place]:g} wanted, within {policy.hysteresis.share:.0%}"
            notes.append(Note("band", f"{words}: left alone"))
            trades[place] = 0.0
    if excess(problem, held + trades):
        trades = _scaled(problem, trades)
    return trades, tuple(notes)


def _scaled(problem: Problem, trades: Array) -> Array:
    """The part of the purchases that the limits leave room for beside what is held; sales are kept as they are."""
    held = problem.instruments.array("held")
    kept = held + np.minimum(trades, 0.0)
    rows = [
        Limit(one.name, one.per_unit, one.at_most - use(one, kept, held), one.unit, Measure.GROSS)
        for one in problem.every_limit()
    ]
    free = Instruments(problem.instruments.names, MOST, lot=problem.instruments.array("lot"))
    room = Problem(problem.book, problem.unit, free, Limits(further=tuple(rows)), problem.weight)
    return np.minimum(trades, 0.0) + within(room, np.maximum(trades, 0.0)).units


def _half_width(one: Candidate, at: Situation) -> float:
    """Dollars of delta within which a perp is not traded; 0 where the gamma or the equity is unknown."""
    own = [row for row in at.ledger.rows if row.factor == one.factor and row.group != HEDGES]
    gamma = sum(row.exposure.gamma_usd for row in own)
    if at.nav_usd is None or gamma == 0.0:
        return 0.0
    leg = one.legs[0]
    return band_half_width(gamma, 0.5 * (leg.ask - leg.bid) / leg.mid, 1.0 / at.nav_usd)


def _complement(
    policy: Policy, hedges: list[Candidate], problem: Problem, scenarios: ScenarioSet | None
) -> Complement | None:
    """Gamma alone, vega alone and both for the same budgets, in fractions of a lot (METHOD 7.4, E23)."""
    groups = {
        "gamma": [place for place, one in enumerate(hedges) if one.factor != "VIX"],
        "vega": [place for place, one in enumerate(hedges) if one.factor == "VIX"],
    }
    if scenarios is None or policy.sizing != "min_cvar" or not all(groups.values()):
        return None
    found = complementarity(problem, groups, MinCvar(policy.confidence, whole=False))
    return Complement(*(found[name].cvar_after for name in ("gamma", "vega", "joint")))
