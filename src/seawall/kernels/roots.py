"""All roots of a function of one number: bracket every sign change on a grid, then refine all brackets together."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.status import Status

Array = NDArray[np.float64]

STEPS: Final = 60


def all_roots(function: Callable[[Array], Array], grid: Array, *, tolerance: float = 1e-10) -> tuple[Array, Status]:
    """Every root of ``function`` that a rising ``grid`` separates, rising; and what was found.

    A node where the function is exactly zero counts as a root. Brackets are refined by the Illinois rule until they
    are narrower than ``tolerance`` times the largest grid value. ``Status.ONE_SIDED`` when the function keeps one
    sign, ``Status.NONFINITE`` when a value on the grid is not a number: then nothing is returned.
    """
    values = np.asarray(function(grid), float)
    if not np.all(np.isfinite(values)):
        return np.empty(0), Status.NONFINITE
    on_node = grid[values == 0.0]
    cross = np.flatnonzero(values[:-1] * values[1:] < 0.0)
    roots = np.sort(np.concatenate([on_node, _refine(function, grid, values, cross, tolerance)]))
    return roots, Status.FOUND if roots.size else Status.ONE_SIDED


def _refine(
    function: Callable[[Array], Array], grid: Array, values: Array, cross: NDArray[np.intp], tolerance: float
) -> Array:
    """Illinois false position on all brackets at once; every step keeps the sign change inside."""
    if cross.size == 0:
        return np.empty(0)
    low, high = grid[cross].copy(), grid[cross + 1].copy()
    at_low, at_high = values[cross].copy(), values[cross + 1].copy()
    width = tolerance * float(np.max(np.abs(grid)))
    middle = low
    last = np.zeros(cross.size)
    for step in range(STEPS):
        middle = high - at_high * (high - low) / (at_high - at_low) if step % 4 != 3 else 0.5 * (low + high)
        at_middle = np.asarray(function(middle), float)
        same_as_low = at_middle * at_low > 0.0
        at_high = np.where(same_as_low & (last > 0.0), 0.5 * at_high, at_high)
        at_low = np.where(~same_as_low & (last < 0.0), 0.5 * at_low, at_low)
        low, at_low = np.where(same_as_low, middle, low), np.where(same_as_low, at_middle, at_low)
        high, at_high = np.where(same_as_low, high, middle), np.where(same_as_low, at_high, at_middle)
        last = np.where(same_as_low, 1.0, -1.0)
        if np.all((at_middle == 0.0) | (high - low < width)):
            break
    return middle
