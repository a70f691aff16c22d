"""The loop of a leveraged market day by day, compiled: trend and funding, crowding, liquidation, volatility, dealers.

A stylised model (METHOD 1.7 in daily steps, one side of the crowd hit at a time). An outside log move s = sigma z
becomes D = |s| + lam push c F(D) + n_D D, the least such D: c is the crowding of the side that loses, F the share of it
that a move of D liquidates, lam = (sigma/sigma_0)^eta the thinning of depth, n_D = dealer sigma/sigma_0 the hedging of
dealers short gamma. Each of four links can be switched off.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

FUNDING: Final = 0
LIQUIDATION: Final = 1
VOLATILITY: Final = 2
DEALERS: Final = 3
LINKS: Final = 4
ROUNDS: Final = 10_000
STILL: Final = 1e-11
FARTHEST: Final = 1.0
"""Log move at which a day ends whatever is still forced."""
STEEPEST: Final = 0.8
"""Largest branching ratio of dealers."""
HIGHEST: Final = 5.0
"""Largest volatility over sigma_0."""


class LoopTerms(NamedTuple):
    """Numbers of the model, per day and per 1.00 of log price.

    ``vol``: sigma_0. ``reaction``, ``memory``: weights of the last squared move and of the last variance, together < 1.
    ``chase``: crowding wanted per unit of trend, ``cost``: given up per unit of funding, ``premium``: funding per unit
    of crowding of longs over shorts, ``rebuild``: share of the gap closed, ``trend_memory``. ``push``: log move if a
    crowd of 1 sells it all, ``withdrawal``: eta. ``median``, ``log_sd``, ``maintenance``: of leverage. ``dealer``: n_D
    at sigma_0.
    """

    vol: float
    reaction: float
    memory: float
    chase: float
    cost: float
    premium: float
    rebuild: float
    trend_memory: float
    push: float
    withdrawal: float
    median: float
    log_sd: float
    maintenance: float
    dealer: float


class LoopPaths(NamedTuple):
    """Arrays (paths, days): log ``move``, daily ``vol`` before it, crowding of longs and shorts after it, ``funding``.

    ``outside``: the move without any forced order. ``runaway``: a forced round was as large as the one before.
    """

    move: Array
    outside: Array
    vol: Array
    longs: Array
    shorts: Array
    funding: Array
    runaway: NDArray[np.bool_]


@compiled
def liquidated_share(terms: LoopTerms, distance: float, side: float) -> float:
    """Share of the crowd liquidated by a log move of ``distance`` (>= 0); ``side`` -1 falls (longs), +1 rises (shorts).

    Isolated positions opened at the price of the morning, leverage lognormal; what could not be open is left out.
    """
    reach = -side * (1.0 - (1.0 + side * terms.maintenance) * math.exp(side * distance))
    scale = terms.log_sd * math.sqrt(2.0)
    above = 0.5 * math.erfc(-math.log(terms.median * reach) / scale)
    closed = 0.5 * math.erfc(-math.log(terms.median * terms.maintenance) / scale)
    return (above - closed) / (1.0 - closed)


@compiled
def forced_move(terms: LoopTerms, outside: float, side: float, push: float, hedging: float) -> tuple[float, bool]:
    """Least D with ``D = outside + push F(D) + hedging D``, and whether a round was as large as the one before it."""
    free = 1.0 / (1.0 - min(hedging, STEEPEST))
    move = outside * free
    last, grew = math.inf, False
    for _ in range(ROUNDS):
        if move >= FARTHEST:
            return max(FARTHEST, outside), True
        ahead = (outside + push * liquidated_share(terms, move, side)) * free
        step = ahead - move
        if step <= STILL:
            break
        grew = grew or step >= last
        last, move = step, ahead
    return move, grew or hedging >= STEEPEST


@compiled
def run_loop(terms: LoopTerms, links: NDArray[np.bool_], normal: Array, out: LoopPaths) -> None:
    """Fill ``out`` for standard normal numbers (paths, days); ``links`` (4,) says which are on."""
    for path in range(normal.shape[0]):
        variance, trend, longs, shorts = terms.vol**2, 0.0, 1.0, 1.0
        for day in range(normal.shape[1]):
            vol = min(math.sqrt(variance), HIGHEST * terms.vol)
            outside = vol * normal[path, day]
            side = 1.0 if outside > 0.0 else -1.0
            thin = math.pow(vol / terms.vol, terms.withdrawal)
            crowd = longs if side < 0.0 else shorts
            push = thin * terms.push * crowd if links[LIQUIDATION] else 0.0
            hedging = terms.dealer * vol / terms.vol if links[DEALERS] else 0.0
            size, grew = forced_move(terms, abs(outside), side, push, hedging)
            move = side * size
            if links[LIQUIDATION]:
                gone = liquidated_share(terms, size, side)
                if side < 0.0:
                    longs *= 1.0 - gone
                else:
                    shorts *= 1.0 - gone
            seen = move if links[VOLATILITY] else outside
            variance = (
                (1.0 - terms.reaction - terms.memory) * terms.vol**2 + terms.reaction * seen**2 + terms.memory * vol**2
            )
            trend = terms.trend_memory * trend + (1.0 - terms.trend_memory) * move
            funding = terms.premium * (longs - shorts)
            wish = terms.chase * trend - terms.cost * funding if links[FUNDING] else 0.0
            longs = max(longs + terms.rebuild * (1.0 + wish - longs), 0.0)
            shorts = max(shorts + terms.rebuild * (1.0 - wish - shorts), 0.0)
            out.move[path, day], out.outside[path, day], out.vol[path, day] = move, outside, vol
            out.longs[path, day], out.shorts[path, day], out.funding[path, day] = longs, shorts, funding
            out.runaway[path, day] = grew
