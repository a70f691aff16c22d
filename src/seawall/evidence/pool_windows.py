"""What a pool lost in each window: a fresh position at every opening, left alone to the close.

Price is scaled to 1 at the opening, so that everything is a share of the pool's value there. v2 reaches over all
prices; v3 over the opening price over and times ``RANGE``, centred anew at every opening and not in between. Losses are
positive. IL: holding what was put in, less the pool. LVR: the rebalancing portfolio at each row less the pool (Milionis
et al. 2022), exact on the rows there are. Fees by rule: ``FEE_SHARE`` of the loss that the volatility of the 30 days
before would bring (fees 199.3 m, impermanent loss 260.1 m USD in 17 v3 pools: Loesch et al. 2021).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.units import DAYS_PER_YEAR
from seawall.evidence.episodes import Windows
from seawall.kernels.amm import Pool, v2, v3

Array = NDArray[np.float64]

RANGE: Final = 1.5
FEE_SHARE: Final = 199.3 / 260.1
BEHIND: Final = 30
FEE_RULE: Final = f"fees: {FEE_SHARE:.3f} of the loss expected at the volatility of the {BEHIND} days before"
PERP_COST: Final = 0.0005
"""Share paid a side to trade the perp: a taker's fee, an assumption."""


class PoolKind(StrEnum):
    """Which pool."""

    V2 = "v2"
    V3 = "v3"


@dataclass(frozen=True, slots=True, eq=False)
class PoolWindows:
    """Losses, fees and the price move by window, (n,), shares of the value at its opening.

    ``perp``: P&L of a perp that undoes the pool's trades day by day, net of its cost and funding; ``perp_doubled`` at
    twice the cost.
    """

    kind: PoolKind
    il: Array
    lvr: Array
    fees: Array
    move: Array
    perp: Array
    perp_doubled: Array


def variance_behind(price: Array, rows: int = BEHIND) -> Array:
    """Variance a year of the ``rows`` changes up to each row, (n,); the first ones from as many as there are."""
    squared = np.concatenate([[0.0], np.cumsum(np.diff(np.log(price)) ** 2)])
    row = np.arange(price.size)
    first = np.maximum(row - rows, 0)
    count = np.maximum(row - first, 1)
    found = (squared[row] - squared[first]) / count * DAYS_PER_YEAR
    found[0] = found[1] if found.size > 1 else 0.0
    return np.asarray(found)


def position(kind: PoolKind, scaled: Array) -> Pool:
    """The pool at prices relative to its opening, worth 1 there."""
    if kind is PoolKind.V2:
        return v2(scaled, 0.5)
    unit = float(v3(np.array([1.0]), 1.0, 1.0 / RANGE, RANGE).value[0])
    return v3(scaled, 1.0 / unit, 1.0 / RANGE, RANGE)


def pool_windows(kind: PoolKind, price: Array, windows: Windows, funding: Array | None = None) -> PoolWindows:
    """Everything by window. ``price``: by row of the dates of ``windows``; ``funding``: what a long perp pays a day, a
    share of notional, (n,), NaN as 0. Raises ``DomainError`` for prices that are not positive.
    """
    values = np.asarray(price, dtype=np.float64)
    if not (np.isfinite(values).all() and (values > 0.0).all()):
        raise DomainError("prices must be positive numbers: leave out the days without one")
    paid = np.zeros(values.size) if funding is None else np.nan_to_num(funding)
    variance = variance_behind(values)
    out = np.array(
        [_window(kind, values[a : b + 1], variance[a:b], paid[a + 1 : b + 1])
         for a, b in zip(windows.opens, windows.closes, strict=True)]
    )  # fmt: skip
    return PoolWindows(kind, *(np.ascontiguousarray(column) for column in out.T))


def _window(kind: PoolKind, price: Array, variance: Array, funding: Array) -> tuple[float, ...]:
    scaled = price / price[0]
    pool = position(kind, scaled)
    moved, base = np.diff(scaled), pool.base
    held = base[0] * scaled[-1] + pool.quote[0]
    lvr = float((base[:-1] * moved - np.diff(pool.value)).sum())
    day = 1.0 / DAYS_PER_YEAR
    fees = FEE_SHARE * float((pool.leverage[:-1] * variance / 8.0 * pool.value[:-1]).sum()) * day
    short = base[:-1] - base[0]
    traded = float(np.abs(np.diff(short, append=0.0) * scaled[1:]).sum())
    earned = float((-short * moved + short * scaled[:-1] * funding).sum())
    perp, doubled = (earned - times * PERP_COST * traded for times in (1.0, 2.0))
    return float(max(held - pool.value[-1], 0.0)), lvr, fees, float(scaled[-1] - 1.0), perp, doubled
