"""The sizing method a policy names, set up for today's candidates; and the stresses whose loss it caps."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy
from seawall.hedge.sizing import Fixed, GreekMatch, MinCvar, Problem, Proportions, Regression, RiskParity, Sizer
from seawall.hedge.sizing_cvar import StressLoss
from seawall.hedge.sizing_recipes import Vxth
from seawall.hedge.stack.base import Situation
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.shock import as_moves, named_shocks

Array = NDArray[np.float64]


def method_of(
    policy: Policy, at: Situation, hedges: list[Candidate], problem: Problem
) -> tuple[Sizer, tuple[str, ...]]:  # fmt: skip
    """The sizer, and what it could not read."""
    told: tuple[str, ...] = ()
    weights = np.array([one.weight for one in hedges])
    sizer: Sizer
    if policy.sizing == "recipe":
        sizer, told = _recipe(policy, at, hedges, weights)
    elif policy.sizing == "fixed":
        sizer = Fixed(weights)
    elif policy.sizing == "vxth":
        sizer, told = _vxth(at, hedges)
    elif policy.sizing == "stress":
        rows, names = _stress(policy, at, problem)
        sizer = StressLoss(rows, stress_names=names)
    elif policy.sizing == "greek":
        sizer = _greeks(at, hedges)
    elif policy.sizing == "regression":
        sizer = Regression(tilt=policy.income_tilt)
        if policy.income_tilt:
            told = ("cost of capital unknown: the tilt counts it as usual (z = 0)",)
    elif policy.sizing == "risk_parity":
        sizer = RiskParity()
    else:
        rows, names = _stress(policy, at, problem) if policy.stress else ({}, {})
        sizer = MinCvar(policy.confidence, 1.0 + policy.budgets.turnover, stress=rows, stress_names=names)
    return sizer, told


def _recipe(
    policy: Policy, at: Situation, hedges: list[Candidate], weights: Array
) -> tuple[Sizer, tuple[str, ...]]:  # fmt: skip
    """The three readings of 4:4:2; weights are those of the layers, after their gates."""
    if policy.recipe == "contracts":
        return Proportions(weights, "recipe"), ()
    if policy.recipe == "notional_40_40_20":
        dollars = np.array([_notional(one, at) for one in hedges])
        return Proportions(weights / dollars, "recipe, notional 40:40:20"), ()
    if at.nav_usd is None:
        raise DomainError("4:4:2 % of the portfolio needs its equity: add nav to the book, or use another recipe")
    price = np.array([one.premium_usd for one in hedges])
    priced = price > 0.0
    units = np.where(priced, weights / 100.0 * at.nav_usd / np.where(priced, price, 1.0), 0.0)
    return Fixed(units), ("4, 4 and 2 % of equity on premium, or the share of it that the budgets allow",)


def _notional(one: Candidate, at: Situation) -> float:
    """Dollars of one unit: future times multiplier for VIX, else price times size."""
    leg = one.legs[0]
    if isinstance(one.instrument, VixOption | VixFuture):
        return float(at.state.view().vix_future(one.instrument.expires)[0]) * leg.multiplier
    return at.state.asset(one.factor).spot.value * leg.multiplier if one.factor in at.state.assets else 1.0


def _vxth(at: Situation, hedges: list[Candidate]) -> tuple[Sizer, tuple[str, ...]]:
    option = hedges[0].instrument
    if at.nav_usd is None or not isinstance(option, VixOption):
        raise DomainError("vxth spends a share of equity on a VIX call: add nav to the book and an L1 layer of calls")
    level = float(at.state.view().vix_future(option.expires)[0])
    made = Vxth(level, at.nav_usd)
    return made, (f"VIX future of {option.expires:%b %Y} at {level:.2f}",)


def _greeks(at: Situation, hedges: list[Candidate]) -> GreekMatch:
    """Gamma of every market but VIX, delta of every coin, and vega of SPX and VIX together, each as a share of its own.

    A greek the book does not have is not matched.
    """
    rows = [row for row in at.ledger.by_factor if row.factor != "VIX"]
    held = [one.instrument.exposure(at.state) for one in hedges]
    book, unit = [], []
    for row in rows:
        mine = [one.factor == row.factor for one in hedges]
        book.append(row.exposure.gamma_usd)
        unit.append([each.gamma_usd if own else 0.0 for each, own in zip(held, mine, strict=True)])
        if row.factor != "SPX":
            book.append(row.exposure.delta_usd)
            unit.append([each.delta_usd if own else 0.0 for each, own in zip(held, mine, strict=True)])
    book.append(sum(r.exposure.vega_usd_per_point for r in at.ledger.by_factor if r.factor in ("SPX", "VIX")))
    vega = [
        each.vega_usd_per_point if one.factor in ("SPX", "VIX") else 0.0 for each, one in zip(held, hedges, strict=True)
    ]
    unit.append(vega)
    signs = np.array([one.sign for one in hedges])
    target, matrix = np.array(book), np.array(unit) * signs
    own = np.array([sum(p.quantity * s for p in at.ledger.book.positions if p.instrument == one.instrument)
                    for one, s in zip(hedges, signs, strict=True)])  # fmt: skip
    target = target - matrix @ own
    weight = np.where(target != 0.0, 1.0 / np.where(target != 0.0, np.abs(target), 1.0), 0.0)
    return GreekMatch(target, matrix, weight)


def with_shocks(policy: Policy, at: Situation, hedges: list[Candidate], problem: Problem) -> Problem:
    """The problem with a row of probability nothing for every named stress whose loss the policy caps."""
    if not policy.stress:
        return problem
    known = {one.name: one for one in named_shocks(at.state)}
    if unknown := [name for name, _ in policy.stress if name not in known]:
        raise DomainError(f"no stress {unknown[0]!r}: there are {', '.join(known)}")
    names = [name for name, _ in policy.stress]
    view = at.state.view(as_moves(tuple(known[name] for name in names), at.state))
    now = at.state.view()
    unit = np.column_stack([one.sign * (one.instrument.value(view) - one.instrument.value(now)) for one in hedges])
    book = np.array([at.ledger.total.pnl_by_shock[name] for name in names])
    book = book - unit @ problem.instruments.array("held")
    weight = np.concatenate([problem.probability, np.zeros(len(names))])
    return replace(problem, book=np.append(problem.book, book), unit=np.vstack([problem.unit, unit]), weight=weight)


def _stress(policy: Policy, at: Situation, problem: Problem) -> tuple[dict[int, float], dict[int, str]]:
    """Most dollars that may be lost and the stress's name, by the rows ``with_shocks`` added."""
    if not policy.stress:
        raise DomainError("sizing by stress needs the losses allowed: add `stress: {jump -20%: 0.10}` to the policy")
    if at.nav_usd is None:
        raise DomainError("losses allowed in a stress are shares of equity: add nav to the book")
    first = problem.book.size - len(policy.stress)
    named = dict(enumerate(policy.stress, start=first))
    return {row: most * at.nav_usd for row, (_, most) in named.items()}, {row: name for row, (name, _) in named.items()}
