"""All forced flow of a market on one price grid, each kind a component: liquidations, dealers, re-centring pools.

METHOD 1.7: g is the sum, the parts of a cascade stay apart. Units of the asset per unit of price.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, RangeError
from seawall.core.units import PERCENT
from seawall.instruments.liquidations import LiquidationBook
from seawall.instruments.option import positive
from seawall.kernels.cascade import Flow, flow

Array = NDArray[np.float64]

LIQUIDATIONS: Final = "liquidations"


class Hedging(NamedTuple):
    """A flow by price between ``edges`` (n + 1,): ``density`` (n,) units per unit of price, < 0 where it damps."""

    edges: Array
    density: Array


class Recentring(NamedTuple):
    """Orders of range positions that re-centre when price leaves them: prices (m,) and units (m,)."""

    at: Array
    units: Array


class ForcedFlow(NamedTuple):
    """Names of the components, in the order of the kernel's rows, and their flow."""

    names: tuple[str, ...]
    flow: Flow


def hedging(usd_per_pct: ArrayLike, prices: ArrayLike) -> Hedging:
    """Delta hedging of a gamma profile: ``g = -usd_per_pct / (.01 S^2)``, ``prices`` (n,) in the middle of n cells.

    ``usd_per_pct``: dollars of delta gained per 1 %, as ``DealerBook.profile``; who is short gamma sells falls, so it
    amplifies (> 0). Edges lie half-way between prices. Raises ``RangeError`` unless prices rise.
    """
    at, gamma = np.asarray(prices, dtype=np.float64), np.asarray(usd_per_pct, dtype=np.float64)
    if at.ndim != 1 or at.size < 2 or at.shape != gamma.shape:
        raise DomainError(f"a profile needs a number at each of two prices or more, had {gamma.size} and {at.size}")
    if not (np.isfinite(at).all() and np.isfinite(gamma).all() and at[0] > 0.0):
        raise DomainError("a profile must be of finite numbers at positive prices: check the grid")
    if not (np.diff(at) > 0.0).all():
        raise RangeError("prices of a profile must rise: sort them")
    middle = 0.5 * (at[:-1] + at[1:])
    edges = np.concatenate([[at[0] - (middle[0] - at[0])], middle, [at[-1] + (at[-1] - middle[-1])]])
    return Hedging(edges, -gamma / (PERCENT * at**2))


def recentring(liquidity: float, low: float, high: float) -> Recentring:
    """What a range position trades to stand in the middle of a range of the same ratio again.

    Below ``low`` it holds only the asset, ``L (1/sqrt(low) - 1/sqrt(high))``, above ``high`` only cash,
    ``L (sqrt(high) - sqrt(low))``; centred it holds half of its value in each. Raises ``RangeError``, ``DomainError``.
    """
    positive(liquidity, "liquidity")
    positive(low, "low end of a range")
    if not low < high < np.inf:
        raise RangeError(f"low must be below high, were {low} and {high}: swap or widen the range")
    sold = 0.5 * liquidity * (1.0 / np.sqrt(low) - 1.0 / np.sqrt(high))
    bought = 0.5 * liquidity * (np.sqrt(high) - np.sqrt(low)) / high
    return Recentring(np.array([low, high]), np.array([sold, bought]))


def forced_flow(
    book: LiquidationBook | None,
    hedges: Mapping[str, Hedging] | None = None,
    pools: Mapping[str, Recentring] | None = None,
    *,
    damping: bool = False,
) -> ForcedFlow:
    """One flow with a component for the liquidations, each hedging profile and each group of pools, in this order.

    Raises ``SignError`` for a profile that damps anywhere, unless ``damping`` lets it: dealers long gamma then soften
    the move. A name may stand once: ``DomainError``.
    """
    profiles, groups = dict(hedges or {}), dict(pools or {})
    names = ((LIQUIDATIONS,) if book is not None else ()) + tuple(profiles) + tuple(groups)
    if len(set(names)) != len(names) or not names:
        raise DomainError(f"components need a name each, given once, had {list(names)}")
    edges = np.unique(np.concatenate([np.empty(0), *(one.edges for one in profiles.values())]))
    density = np.zeros((len(names), max(edges.size - 1, 0)))
    at, units, component = [np.empty(0)], [np.empty(0)], [np.empty(0, dtype=np.int64)]
    if book is not None:
        masses = book.flow()
        at, units, component = [masses.at], [masses.units], [masses.component]
    middle = 0.5 * (edges[:-1] + edges[1:])
    for name, one in profiles.items():
        cell = np.searchsorted(one.edges, middle) - 1
        inside = (cell >= 0) & (cell < one.density.size)
        density[names.index(name), inside] = one.density[cell[inside]]
    for name, group in groups.items():
        at.append(group.at)
        units.append(group.units)
        component.append(np.full(group.at.size, names.index(name), dtype=np.int64))
    made = flow(edges, density, np.concatenate(at), np.concatenate(units), np.concatenate(component), damping=damping)
    return ForcedFlow(names, made)
