"""The coupled loop of a leveraged market with each link off in turn: what it does to volatility, tails and drawdowns.

The same random numbers run through every row of the table, so that its differences are the links' and not chance.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError, SignError
from seawall.kernels.loop import LINKS, Array, LoopPaths, LoopTerms, run_loop

DAYS: Final = 365
NAMES: Final = ("funding to crowding", "crowding to liquidation", "liquidation to volatility", "volatility to dealers")
STYLISED: Final = LoopTerms(
    vol=0.03, reaction=0.06, memory=0.85, chase=8.0, cost=400.0, premium=0.0005, rebuild=0.1, trend_memory=0.9,
    push=0.10, withdrawal=0.5, median=8.0, log_sd=0.8, maintenance=0.01, dealer=0.05,
)  # fmt: skip
"""Round numbers of no particular market: a stylised model, calibrated to nothing."""


class LoopRow(NamedTuple):
    """One setting of the links: realised vol and runaway days a year, excess kurtosis of daily log moves.

    ``drawdown``: mean over paths of the largest; ``worst``: largest of all. ``forced``: forced part of
    absolute moves.
    """

    name: str
    links: tuple[bool, ...]
    vol: float
    kurtosis: float
    drawdown: float
    worst: float
    runaway_days: float
    forced: float


@dataclass(frozen=True, slots=True, eq=False)
class LoopTable:
    """All links on, each off, none on; ``first``: paths of the first row."""

    terms: LoopTerms
    seed: int
    paths: int
    days: int
    rows: tuple[LoopRow, ...]
    first: LoopPaths


def simulate(terms: LoopTerms, links: tuple[bool, ...], normal: Array) -> LoopPaths:
    """Paths for standard normal numbers (paths, days).

    Raises ``DomainError`` for terms outside their domain, ``SignError`` for a push, withdrawal or hedging below zero.
    """
    _check(terms)
    if len(links) != LINKS or normal.ndim != 2:
        raise DomainError(f"the loop has {LINKS} links and wants numbers by path and day: check the arguments")
    shape = normal.shape
    out = LoopPaths(
        np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape),
        np.zeros(shape, dtype=np.bool_),
    )  # fmt: skip
    run_loop(terms, np.array(links, dtype=np.bool_), np.ascontiguousarray(normal, dtype=np.float64), out)
    return out


def loop_table(terms: LoopTerms, seed: int, paths: int = 200, days: int = DAYS) -> LoopTable:
    """The table for ``paths`` times ``days``; ``seed`` makes it again. Raises as :func:`simulate`."""
    if paths < 1 or days < 2:
        raise DomainError(f"a loop needs a path of two days at least, had {paths} of {days}")
    normal = np.random.default_rng(seed).standard_normal((paths, days))
    on: tuple[bool, ...] = (True,) * LINKS
    settings = [("every link on", on)]
    settings += [(f"without {name}", tuple(i != k for i in range(LINKS))) for k, name in enumerate(NAMES)]
    settings.append(("no link", (False,) * LINKS))
    runs = [(name, links, simulate(terms, links, normal)) for name, links in settings]
    return LoopTable(terms, seed, paths, days, tuple(row(*run) for run in runs), runs[0][2])


def row(name: str, links: tuple[bool, ...], paths: LoopPaths) -> LoopRow:
    """Statistics of the moves, all paths together; drawdowns path by path."""
    moves = paths.move
    middle = moves - moves.mean()
    variance = float((middle**2).mean())
    level = np.concatenate([np.zeros((moves.shape[0], 1)), np.cumsum(moves, axis=1)], axis=1)
    falls = 1.0 - np.exp((level - np.maximum.accumulate(level, axis=1)).min(axis=1))
    forced = np.abs(moves) - np.abs(paths.outside)
    return LoopRow(
        name, links, float(np.sqrt(DAYS * variance)), float((middle**4).mean()) / variance**2 - 3.0,
        float(falls.mean()), float(falls.max()), DAYS * float(paths.runaway.mean()),
        float(forced.sum() / np.abs(moves).sum()),
    )  # fmt: skip


def _check(terms: LoopTerms) -> None:
    if not np.isfinite(terms).all():
        raise DomainError("terms of the loop must be finite numbers: check them")
    if not (terms.vol > 0.0 and terms.median > 0.0 and terms.log_sd > 0.0 and 0.0 < terms.maintenance < 1.0):
        raise DomainError("volatility, median leverage and its spread must be > 0, maintenance inside (0, 1)")
    if not (terms.reaction >= 0.0 and terms.memory >= 0.0 and terms.reaction + terms.memory < 1.0):
        raise DomainError("reaction and memory of volatility must be >= 0 and together below 1: it must revert")
    if not (0.0 <= terms.rebuild <= 1.0 and 0.0 <= terms.trend_memory < 1.0):
        raise DomainError("rebuild must be a share in [0, 1] and the memory of the trend in [0, 1)")
    if min(terms.push, terms.withdrawal, terms.dealer, terms.chase, terms.cost, terms.premium) < 0.0:
        raise SignError("push, withdrawal, dealer, chase, cost and premium must be >= 0: the links only add to a move")
