"""How sizes that were chosen without limits are brought within them: scaled along one direction, then rounded."""

from typing import Final

import numpy as np

from seawall.core.errors import DomainError, InfeasibleError
from seawall.core.status import Status
from seawall.hedge.sizing_problem import (
    KEPT,
    Array,
    Binding,
    Limit,
    Measure,
    Problem,
    Sized,
    excess,
    use,
)
from seawall.hedge.sizing_round import to_lots

FULL: Final = 1.0


def within(problem: Problem, units: Array, status: Status = Status.FOUND, notes: tuple[str, ...] = ()) -> Sized:
    """``units`` where the limits allow, else the largest share of them that they allow; rounded towards zero.

    Raises ``InfeasibleError`` when no share of them keeps a limit.
    """
    share, binding = largest(problem, units, FULL)
    return _rounded(problem, share * units, binding if share < FULL else (), status, notes)


def along(problem: Problem, direction: Array, notes: tuple[str, ...] = ()) -> Sized:
    """The most units in proportions ``direction`` that the limits allow; rounded towards zero.

    Raises ``DomainError`` without a direction, ``InfeasibleError`` when no size keeps a limit.
    """
    if not np.isfinite(direction).all() or not np.any(direction):
        raise DomainError("proportions of the instruments must be finite, and one of them not 0")
    share, binding = largest(problem, direction, np.inf)
    return _rounded(problem, share * direction, binding, Status.FOUND, notes)


def _rounded(
    problem: Problem, units: Array, binding: tuple[Binding, ...], status: Status, notes: tuple[str, ...]
) -> Sized:
    whole = to_lots(problem, units)
    over = excess(problem, whole)
    if over:
        text = ", ".join(f"{name} by {amount:,.6g}" for name, amount in over.items())
        return Sized(
            whole, units, binding, None, Status.BELOW_FLOOR, (*notes, f"after rounding these are exceeded: {text}")
        )
    return Sized(whole, units, binding, None, status, notes)


def largest(problem: Problem, direction: Array, most: float) -> tuple[float, tuple[Binding, ...]]:
    """Largest share s <= ``most`` for which ``s x direction`` keeps limits and liquidity, and what stops it.

    Raises ``InfeasibleError`` naming the limits that no share keeps, or that no share keeps together.
    """
    own = problem.instruments
    found = [(s, Binding(f"liquidity of {name}", None, "unit")) for s, name in _liquidity(problem, direction)]
    missed = []
    for limit in problem.every_limit():
        share, least = _share(limit, direction, own.array("held"))
        if least > KEPT * limit.scale:
            missed.append(f"{limit.name} by {least:,.6g} {limit.unit}")
        found.append((share, Binding(limit.name, None, limit.unit)))
    if missed:
        raise InfeasibleError(f"no share of these sizes keeps {', '.join(missed)}: loosen it, or choose another method")
    share = min([most, *(s for s, _ in found)])
    over = excess(problem, share * direction)
    if over or share < 0.0:
        text = ", ".join(f"{name} by {amount:,.6g}" for name, amount in over.items()) or "liquidity"
        raise InfeasibleError(f"no share of these sizes keeps every limit together: {text} over; loosen it")
    return share, tuple(binding for s, binding in found if s <= share * (1.0 + KEPT))


def _liquidity(problem: Problem, direction: Array) -> list[tuple[float, str]]:
    own = problem.instruments
    edge = np.where(direction > 0.0, own.array("most"), own.array("least"))
    moving = np.flatnonzero(direction)
    return [(float(edge[j] / direction[j]), own.names[j]) for j in moving]


def _share(limit: Limit, direction: Array, held: Array) -> tuple[float, float]:
    """Largest share that keeps a limit (inf without one), and by how much the best share exceeds it (0 if kept).

    The use is convex and linear between its kinks: zero, and where a trade changes side.
    """
    kinks = [0.0]
    if limit.measure is Measure.TRADED:
        kinks += [float(h / d) for h, d in zip(held, direction, strict=True) if d != 0.0 and h / d > 0.0]
    at = np.array(sorted(kinks))
    over = np.array([use(limit, s * direction, held) - limit.at_most for s in at])
    slope = use(limit, (at[-1] + 1.0) * direction, held) - limit.at_most - over[-1]
    kept = np.flatnonzero(over <= KEPT * limit.scale)
    if not kept.size:
        if slope < 0.0:
            return np.inf, 0.0
        return 0.0, float(over.min())
    last = int(kept[-1])
    if last == at.size - 1:
        return (np.inf, 0.0) if slope <= 0.0 else (float(at[-1] + max(-over[-1], 0.0) / slope), 0.0)
    part = max(-over[last], 0.0) / (over[last + 1] - over[last])
    return float(at[last] + part * (at[last + 1] - at[last])), 0.0
