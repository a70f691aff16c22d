"""Tail measures: how bad the bad outcomes are. A loss is positive, a drawdown is a share of the highest level so far.

Measures that can be undefined or thin return ``(value, Status)``; an undefined value is NaN and its status
says why.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]
ROUNDING = 1e-9


class Trough(NamedTuple):
    """Deepest drawdown (share of the peak) and the rows of its peak and its trough."""

    depth: float
    peak: int
    trough: int


class Windows(NamedTuple):
    """Worst windows, worst first: first row of each and its return (0.05 = +5 %)."""

    starts: NDArray[np.int64]
    returns: Array


@compiled
def _mean_of_worst(ranked: Array, weight: float) -> float:
    """Mean of the first ``weight`` entries of ``ranked`` (largest first); the last one counts fractionally."""
    whole = min(int(weight), ranked.size)
    total = ranked[:whole].sum()
    if whole < ranked.size:
        total += (weight - whole) * ranked[whole]
    return float(total / weight)


@compiled
def _drawdown_rows(nav: Array) -> Array:
    out = np.empty(nav.size)
    peak = nav[0]
    for t in range(nav.size):
        peak = max(peak, nav[t])
        out[t] = 1.0 - nav[t] / peak
    return out


@compiled
def _worst_rows(window_returns: Array, horizon: int, most: int) -> NDArray[np.int64]:
    """Greedy: take the worst window, strike out all that overlap it, repeat; ties go to the earlier window."""
    free = np.ones(window_returns.size, dtype=np.bool_)
    found = np.empty(most, dtype=np.int64)
    taken = 0
    for start in np.argsort(window_returns, kind="mergesort"):
        if taken < most and free[start]:
            found[taken] = start
            taken += 1
            free[max(0, start - horizon + 1) : start + horizon] = False
    return found[:taken]


def _checked(x: Array, what: str) -> Array:
    values = np.ascontiguousarray(x, dtype=np.float64)
    if values.ndim != 1:
        raise DomainError(f"{what} have shape {values.shape}: pass one series")
    if not values.size:
        raise MissingDataError(f"no {what}: a tail measure needs at least one")
    if not np.isfinite(values).all():
        row = int(np.argmax(~np.isfinite(values)))
        raise DomainError(f"{what}: row {row} is {values[row]}: repair or drop it before measuring a tail")
    return values


def cvar(losses: Array, level: float) -> tuple[float, Status]:
    """Mean of the worst (1 - level) N losses, the boundary loss weighted fractionally, in the unit of ``losses``.

    ``losses``: shape (n,), positive is bad, any order. If (1 - level) N < 1 the value is the largest loss
    with ``Status.THIN``. Raises ``MissingDataError`` (empty) or ``DomainError`` (not finite, level outside
    [0, 1)). Source: Rockafellar and Uryasev 2000; fractional weight as in their 2002 paper, proposition 8.
    """
    ranked = np.sort(_checked(losses, "losses"))[::-1].copy()
    if not 0.0 <= level < 1.0:
        raise DomainError(f"level {level} is outside [0, 1): use 0.95 for the worst 5 %")
    weight = ranked.size * (1.0 - level)
    if weight < 1.0 - ROUNDING:
        return float(ranked[0]), Status.THIN
    return _mean_of_worst(ranked, weight), Status.FOUND


def drawdown(nav: Array) -> Array:
    """Drawdown 1 - NAV/highest NAV so far, shape (n,), >= 0; above 1 where NAV is negative.

    Raises ``MissingDataError`` (empty) or ``DomainError`` (not finite, or the first NAV is not positive).
    """
    values = _checked(nav, "NAV values")
    if values[0] <= 0.0:
        raise DomainError(f"the first NAV is {values[0]}: a drawdown needs a positive start")
    return _drawdown_rows(values)


def max_drawdown(nav: Array) -> Trough:
    """Deepest drawdown with its rows: the trough is the first row that deep, the peak the last highest row before it.

    Without any fall depth is 0 and both rows are 0. Raises like ``drawdown``.
    """
    depths = drawdown(nav)
    trough = int(np.argmax(depths))
    before = np.asarray(nav)[: trough + 1]
    peak = trough - int(np.argmax(before[::-1]))
    return Trough(float(depths[trough]), peak, trough)


def cdar(nav: Array, level: float) -> tuple[float, Status]:
    """Conditional drawdown at risk: ``cvar`` of the drawdowns, as a share. Raises like ``drawdown`` and ``cvar``.

    Source: Chekhlov, Uryasev and Zabarankin 2005.
    """
    return cvar(drawdown(nav), level)


def ulcer(nav: Array) -> float:
    """Ulcer index: root mean square of the drawdowns, as a share (Martin 1987). Raises like ``drawdown``."""
    depths = drawdown(nav)
    return math.sqrt(float(np.mean(depths * depths)))


def tail_ratio(returns: Array) -> tuple[float, Status]:
    """|95 % quantile|/|5 % quantile| of returns (linear quantiles): above 1 the good tail is the longer one.

    ``Status.FLAT`` (value NaN) if the 5 % quantile is zero; ``Status.THIN`` below 20 returns, where the
    quantiles lie between the two outermost. Raises ``MissingDataError`` (empty) or ``DomainError`` (not
    finite).
    """
    low, high = np.quantile(_checked(returns, "returns"), (0.05, 0.95))
    if low == 0.0:
        return math.nan, Status.FLAT
    return float(abs(high) / abs(low)), Status.THIN if np.size(returns) < 20 else Status.FOUND


def window_returns(nav: Array, horizon: int) -> Array:
    """Simple returns NAV[t + horizon]/NAV[t] - 1 of all overlapping windows, shape (n - horizon,); may be empty.

    Raises ``DomainError`` for horizon < 1, a NAV that is not finite, or one <= 0 before the last row.
    """
    values = _checked(nav, "NAV values")
    if horizon < 1:
        raise DomainError(f"a window of {horizon} sessions holds no return: use 1 or more")
    if (values[:-1] <= 0.0).any():
        row = int(np.argmax(values <= 0.0))
        raise DomainError(f"NAV is {values[row]} at row {row}: a path ends at ruin, cut it after that row")
    return np.asarray(values[horizon:] / values[: max(values.size - horizon, 0)] - 1.0)


def worst_windows(nav: Array, horizon: int, most: int) -> Windows:
    """Worst windows of ``horizon`` sessions, at most ``most``, no two of which overlap, worst first.

    A window from row s has return NAV[s + horizon]/NAV[s] - 1. Raises like ``window_returns``.
    """
    returns = window_returns(nav, horizon)
    starts = _worst_rows(returns, horizon, max(most, 0))
    return Windows(starts, returns[starts])


def effective_sample(observations: int, horizon: int) -> float:
    """Independent windows hidden in ``observations`` one-session returns: N/horizon.

    Printed with every overlap.
    """
    return observations / horizon


def months_of_carry(monthly: Array) -> tuple[float, Status]:
    """|worst month|/mean carry month: how many ordinary good months the worst one costs.

    ``monthly``: results of the months, any unit. A carry month is one with a gain. 0 if no month lost.
    Without any gain there is no carry: the value is NaN with ``Status.INVALID``. Raises
    ``MissingDataError`` (empty) or ``DomainError`` (not finite).
    """
    results = _checked(monthly, "months")
    gains = results[results > 0.0]
    if not gains.size:
        return math.nan, Status.INVALID
    return max(0.0, -float(results.min())) / float(gains.mean()), Status.FOUND
