"""Shares of a book's loss by three nested regressions; what does not depend on the VIX instruments is done first."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

DRAWS: Final = 200
SEED: Final = 1
SINGULAR: Final = 1e-9


class Sample(NamedTuple):
    """Rows of history: the book's loss (n,), P&L of VIX instruments (n, m), systemic and coin factors, weights.

    ``windows``: how many of the rows are independent.
    """

    loss: Array
    vix: Array
    systemic: Array
    coins: Array
    weight: Array
    windows: float


class _Side(NamedTuple):
    """A loss without what some factors explain of it (n,), and an orthonormal base of those factors, (n, r)."""

    left: Array
    base: Array


class Freed(NamedTuple):
    """One sample's loss before any VIX instrument: ``rows`` into the windows, ``root`` of their weights, (n,).

    ``total``: its sum of squares. ``sides``: without factors, with the systemic ones taken out, with the coins' too.
    """

    rows: Rows
    weight: Array
    root: Array
    total: float
    sides: tuple[_Side, _Side, _Side]
    windows: float


def shares(sample: Sample) -> tuple[float, float, float, float]:
    """Share of the weighted variance of the loss that VIX reaches, and the systemic, crypto and residual ones.

    Three nested regressions: on the VIX instruments with coefficients not below 0, because a hedge is bought; with SPX
    and VIX moves added; with coin moves added. So the first is at most the second, and the last three add up to 1. What
    a regression explains is adjusted for its coefficients at the number of independent windows.
    """
    factors = (sample.systemic, sample.coins)
    every = np.arange(sample.loss.size)
    return shares_of(freed(every, sample.loss, factors, sample.weight, sample.windows), sample.vix)


def shares_of(one: Freed, every_vix: Array) -> tuple[float, float, float, float]:
    """The shares of one sample (see :func:`shares`); ``every_vix``: of all windows, (windows, m)."""
    vix = every_vix[one.rows]
    bought = _scaled(one.root[:, None] * (vix - one.weight @ vix))
    alone, systemic, both = (_explained(one, side, bought) for side in one.sides)
    systemic = max(systemic, alone)
    both = max(both, systemic)
    return alone, systemic, both - systemic, 1.0 - both


def freed(rows: Rows, loss: Array, factors: tuple[Array, Array], weight: Array, windows: float) -> Freed:
    """A sample's loss with the free factors taken out; ``loss`` (n,) and ``factors`` are those of its rows."""
    root = np.sqrt(weight)
    target = root * (loss - weight @ loss)
    frees = (np.empty((loss.size, 0)), factors[0], np.hstack(factors))
    sides = tuple(_side(target, _scaled(root[:, None] * (free - weight @ free))) for free in frees)
    return Freed(rows, weight, root, float(target @ target), (sides[0], sides[1], sides[2]), windows)


def _side(target: Array, factors: Array) -> _Side:
    if not factors.shape[1]:
        return _Side(target, factors)
    base, size, _ = np.linalg.svd(factors, full_matrices=False)
    base = base[:, size > SINGULAR * size[0]]
    return _Side(target - base @ (base.T @ target), base)


def _explained(one: Freed, side: _Side, bought: Array) -> float:
    """What a regression on the VIX instruments, bought, and free factors explains of the loss.

    The free factors are taken out of both sides first (Frisch and Waugh 1933); what is left has only signs to keep.
    """
    from scipy.optimize import nnls

    if one.total <= 0.0:
        return 0.0
    used, left = side.base.shape[1], side.left
    if used:
        bought = bought - side.base @ (side.base.T @ bought)
    if bought.shape[1]:
        x, _ = nnls(bought, side.left)
        left, used = side.left - bought @ x, used + int(np.count_nonzero(x))
    freedom = max(one.windows - used - 1.0, 1.0) / max(one.windows - 1.0, 1.0)
    return float(np.clip(1.0 - (left @ left) / one.total / freedom, 0.0, 1.0))


def _scaled(matrix: Array) -> Array:
    """Columns that move, each of length one."""
    size = np.linalg.norm(matrix, axis=0)
    kept = size > SINGULAR * max(float(size.max(initial=0.0)), 1e-300)
    return np.asarray(matrix[:, kept] / size[kept])


def bootstrap(whole: Freed, loss: Array, factors: tuple[Array, Array], size: int) -> tuple[Freed, ...]:
    """Samples of ``size`` windows drawn with their probabilities; those without a loss are left out."""
    rng = np.random.default_rng(SEED)
    equal = np.full(size, 1.0 / size)
    out = []
    for _ in range(DRAWS):
        rows = rng.choice(loss.size, size, p=whole.weight)
        if float(np.ptp(loss[rows])) > 0.0:
            out.append(freed(rows, loss[rows], (factors[0][rows], factors[1][rows]), equal, float(size)))
    return tuple(out)
