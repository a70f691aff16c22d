"""How near a market is to feeding on itself, and who is to blame for a cascade: branching ratios and Shapley values.

The path split of ``cascade`` says what each loop traded on the way; it hides who needed whom. A Shapley value is the
mean over all orders of switching the loops on (Shapley 1953); the interaction is what neither does alone (METHOD 1.7).
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels.cascade import Cascade, Flow, cascade, check_terms
from seawall.kernels.cascade_path import Terms

Array = NDArray[np.float64]


class Branching(NamedTuple):
    """Forced price move of one unit of price move: ``gamma`` n_G by component (c, n), ``vega`` n_v (n,).

    ``total`` is their sum and ``distance`` what is missing to 1, where a move sustains itself; negative beyond it.
    """

    gamma: Array
    vega: Array
    total: Array
    distance: Array


class TwoLoops(NamedTuple):
    """Endogenous move by Shapley value: ``gamma + vega`` is the whole; alone values and their interaction beside it."""

    gamma: float
    vega: float
    gamma_alone: float
    vega_alone: float
    interaction: float
    status: Status


class ThreeLoops(NamedTuple):
    """The same over three: flows by price, flows by volatility, and the withdrawal of depth."""

    gamma: float
    vega_flow: float
    vega_depth: float
    status: Status


def branching(start: float, prices: ArrayLike, book: Flow, terms: Terms) -> Branching:
    """Branching ratios at ``prices`` (n,) on a path from ``start``, uncapped; masses have no density and are left out.

    At an edge of the density its cell below counts for falls (price <= start), the cell above for rises.
    """
    check_terms(terms)
    at = np.atleast_1d(np.asarray(prices, dtype=np.float64))
    if not (np.isfinite(at).all() and (at > 0.0).all()):
        raise DomainError("prices must be positive numbers: check the grid")
    cell = np.where(at <= start, np.searchsorted(book.edges, at, "left"), np.searchsorted(book.edges, at, "right")) - 1
    inside = (cell >= 0) & (cell < book.density.shape[1])
    density = np.zeros((book.density.shape[0], at.size))
    density[:, inside] = book.density[:, cell[inside]]
    level = 1.0 + terms.vol_response / terms.vol * np.abs(np.log(at / start))
    slope = terms.impact * level**terms.withdrawal
    gamma, vega = slope * density, slope * terms.vol_flow * terms.vol_response / at
    total = gamma.sum(axis=0) + vega
    return Branching(gamma, vega, total, 1.0 - total)


def amplification(ratio: ArrayLike) -> Array:
    """``1/(1 - n)``: move for a unit of shock; inf from n = 1 on. Times volatility it is the effective volatility."""
    n = np.asarray(ratio, dtype=np.float64)
    return np.where(n < 1.0, 1.0 / np.where(n < 1.0, 1.0 - n, 1.0), np.inf)


def effective_vol(vol: ArrayLike, ratio: ArrayLike) -> Array:
    """``sigma/(1 - n)``; realised variance grows by the square (METHOD 1.7)."""
    return np.asarray(np.asarray(vol, dtype=np.float64) * amplification(ratio))


def two_loops(start: float, shock: float, side: float, book: Flow, terms: Terms) -> TwoLoops:
    """Shapley split over {flows by price, volatility}; with volatility off it neither sells nor thins depth."""
    still = terms._replace(vol_response=0.0)
    nothing = _without(book)
    runs = [cascade(start, shock, side, b, t) for b, t in ((book, still), (nothing, terms), (book, terms))]
    gamma, vega, both = (_endogenous(run, shock) for run in runs)
    together = both - gamma - vega
    return TwoLoops(gamma + 0.5 * together, vega + 0.5 * together, gamma, vega, together, _worst(runs))


def three_loops(start: float, shock: float, side: float, book: Flow, terms: Terms) -> ThreeLoops:
    """Shapley split over {flows by price, flows by volatility, thinning of depth as volatility rises}."""
    nothing = _without(book)
    moves, runs = [], []
    for coalition in range(8):
        flow, sells, thins = (bool(coalition >> bit & 1) for bit in range(3))
        played = terms._replace(
            vol_flow=terms.vol_flow if sells else 0.0, withdrawal=terms.withdrawal if thins else 0.0
        )
        runs.append(cascade(start, shock, side, book if flow else nothing, played))
        moves.append(_endogenous(runs[-1], shock))
    gamma, vega_flow, vega_depth = shapley(moves)
    return ThreeLoops(float(gamma), float(vega_flow), float(vega_depth), _worst(runs))


def shapley(values: ArrayLike) -> Array:
    """Shapley values of a game given by its 2^n coalitions; bit i of an index says that player i is in.

    They add up to the last value less the first. Raises ``DomainError`` for another number of values.
    """
    game = np.asarray(values, dtype=np.float64)
    players = game.size.bit_length() - 1
    if game.ndim != 1 or game.size != 1 << players:
        raise DomainError(f"a game of n players has 2^n values, had {game.size}")
    found = np.zeros(players)
    for player in range(players):
        others = [one for one in range(players) if one != player]
        for size in range(players):
            weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            for group in combinations(others, size):
                index = sum(1 << one for one in group)
                found[player] += weight * (game[index | 1 << player] - game[index])
    return found


def _without(book: Flow) -> Flow:
    """The same components, nothing in them."""
    return book._replace(density=np.zeros_like(book.density), units=np.zeros_like(book.units))


def _endogenous(run: Cascade, shock: float) -> float:
    return run.move - shock + run.unmet


def _worst(runs: list[Cascade]) -> Status:
    found = {run.status for run in runs}
    return next((one for one in (Status.UNBOUNDED, Status.RUNAWAY) if one in found), Status.FOUND)
