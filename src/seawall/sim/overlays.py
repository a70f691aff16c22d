"""The published option-strategy indices by their rules, on modelled SPX options: CNDR, PUT, BXM.

Rules: cboe.com product pages (CNDR, PUT, BXM). Monthly, rolled on the day the AM-settled SPX option expires: the old
options pay their intrinsic value at the opening print, the new ones are sold at about 11:00 New York, everything is
marked at the close. The opening print and the 11:00 level are estimated (:func:`opening_estimate`) unless the history
has a series ``SET``; every option price is modelled from the VIX family (``kernels.index_smile``).
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels.written import COVERED, MONEY, STRIKE, WIDTH, Rule, run_written
from seawall.market.history import History
from seawall.sim.overlay_inputs import Settle, Surface, overlay_inputs

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

STEP: Final = 5.0
"""Points between listed strikes."""
BASE: Final = 100.0
COLLATERAL: Final = 10.0
"""Bills over the largest loss of one condor. Cboe's dashboard says ten; its worst published month, -9.9 %, agrees."""


class Strategy(StrEnum):
    """Which index."""

    CNDR = "cndr"
    PUT = "put"
    BXM = "bxm"


@dataclass(frozen=True, slots=True)
class Program:
    """How an index is rebuilt. ``collateral``: bills over the wider wing (CNDR) or the strike (PUT); not for BXM.

    ``costs``: times the modelled half-spread. Raises ``DomainError`` for numbers that are not positive (costs: < 0).
    """

    strategy: Strategy
    collateral: float | None = None
    costs: float = 1.0
    settle: Settle = Settle.ESTIMATE
    surface: Surface = Surface.FAMILY

    def __post_init__(self) -> None:
        if self.collateral is not None and not (np.isfinite(self.collateral) and self.collateral > 0.0):
            raise DomainError(f"the collateral multiple must be a positive number (10), was {self.collateral}")
        if self.collateral is not None and self.strategy is Strategy.BXM:
            raise DomainError("BXM is covered by shares: it has no collateral multiple, leave it out")
        if not (np.isfinite(self.costs) and self.costs >= 0.0):
            raise DomainError(f"costs must be a multiple >= 0 of the modelled half-spread, was {self.costs}")

    def rule(self) -> Rule:
        """The rule as the kernel reads it."""
        bent = 0.0 if self.surface is Surface.FLAT else 1.0
        last = (STEP, self.costs, bent)
        if self.strategy is Strategy.CNDR:
            target, held = np.array([-0.20, -0.05, 0.20, 0.05]), np.array([-1.0, 1.0, -1.0, 1.0])
            return Rule(target, held, WIDTH, self.collateral or COLLATERAL, *last)
        if self.strategy is Strategy.PUT:
            return Rule(np.array([-MONEY]), np.array([-1.0]), STRIKE, self.collateral or 1.0, *last)
        return Rule(np.array([MONEY]), np.array([-1.0]), COVERED, 1.0, *last)


class Rebuilt(NamedTuple):
    """An index rebuilt: sessions and closing levels, 100 at its first roll.

    ``profit``: points that each part added since then; they sum to the last level less 100. ``rolls``: sessions on
    which options changed. ``modelled_share``: share of the option prices that are modelled. ``notes``: what is
    observed, estimated and modelled, one line each.
    """

    name: str
    dates: Days
    level: Floats
    profit: dict[str, float]
    rolls: Days
    modelled_share: float
    notes: tuple[str, ...]

    def months(self) -> tuple[Days, Floats]:
        """Last sessions of months and simple returns between them; complete months only."""
        return monthly(self.dates, self.level)


def monthly(dates: Days, level: Floats) -> tuple[Days, Floats]:
    """Last session of each month and the return since that of the month before; ``dates`` are sessions in order."""
    month = dates.astype("datetime64[M]")
    ends = np.flatnonzero(month[1:] != month[:-1])
    if _month_is_over(dates[-1].item()):
        ends = np.append(ends, dates.size - 1)
    return dates[ends[1:]], level[ends[1:]] / level[ends[:-1]] - 1.0


def _month_is_over(day: dt.date) -> bool:
    """Whether no session of the month of ``day`` comes after it."""
    following = sessions(day + dt.timedelta(days=1), day + dt.timedelta(days=8))
    return (following[0].item().year, following[0].item().month) != (day.year, day.month)


def rebuild(program: Program, history: History, start: dt.date | None = None, end: dt.date | None = None) -> Rebuilt:
    """An index over ``start`` .. ``end`` (default: every session of SPX and VIX), 100 at its first roll.

    It begins on the last roll on or before ``start``, so that returns cover every month from ``start`` on. Raises
    ``MissingDataError`` for a session without SPX and for ranges the series do not cover.
    """
    given = overlay_inputs(history, start, end, program.settle, program.surface)
    run = run_written(given.days, program.rule(), BASE)
    begun = np.isfinite(run.level)
    if not begun.any():
        raise MissingDataError(f"no monthly expiry between {given.dates[0]} and {given.dates[-1]}: take a longer range")
    profit = {"interest": run.interest, "shares": run.shares, "options": run.options, "costs": run.costs}
    last = {name: float(column[-1]) for name, column in profit.items()}
    dates, rolls = given.dates[begun], given.dates[np.isfinite(run.units)]
    return Rebuilt(program.strategy.name, dates, run.level[begun], last, rolls, 1.0, given.notes)


class Match(NamedTuple):
    """A rebuilt index against the published one, on ``months`` months; per year and in fractions (0.01 = 1 %).

    ``beta``: slope of the published on the rebuilt return. ``bias``: rebuilt less published mean, times 12.
    ``tracking_error``: deviation of the difference, times sqrt 12. ``worst``: month, rebuilt, published, by the size of
    the difference.
    """

    first: str
    last: str
    months: int
    correlation: float
    beta: float
    bias: float
    tracking_error: float
    worst: tuple[tuple[str, float, float], ...]


SHORTEST: Final = 24
"""Months below which a correlation is not stated."""
WORST: Final = 10


def published(history: History, name: str) -> tuple[Days, Floats] | None:
    """Last dates of months and returns of a published series, daily or monthly, whole months; None if there is none."""
    if not history.has(name):
        return None
    series = history.get(name)
    month = series.dates.astype("datetime64[M]")
    ends = np.flatnonzero(month[1:] != month[:-1])
    if _month_is_over(series.dates[-1].item()):
        ends = np.append(ends, month.size - 1)
    levels = series.values[ends]
    whole = np.diff(month[ends]) == np.timedelta64(1, "M")
    return series.dates[ends][1:][whole], (levels[1:] / levels[:-1] - 1.0)[whole]


def match(ours: tuple[Days, Floats], theirs: tuple[Days, Floats], since: dt.date | None = None) -> Match | None:
    """Compare monthly returns on the months both have, from ``since`` on; None with fewer than 24 of them."""
    mine, other = (dates.astype("datetime64[M]") for dates, _ in (ours, theirs))
    months, at, there = np.intersect1d(mine, other, return_indices=True)
    keep = months >= np.datetime64(since or dt.date(1, 1, 1), "M")
    months, a, b = months[keep], ours[1][at][keep], theirs[1][there][keep]
    if months.size < SHORTEST or not (np.std(a) > 0.0 and np.std(b) > 0.0):
        return None
    gap = a - b
    order = np.argsort(-np.abs(gap))[:WORST]
    return Match(
        str(months[0]),
        str(months[-1]),
        int(months.size),
        float(np.corrcoef(a, b)[0, 1]),
        float(np.cov(a, b)[0, 1] / np.var(a, ddof=1)),
        float(12.0 * gap.mean()),
        float(np.sqrt(12.0) * np.std(gap, ddof=1)),
        tuple((str(months[i]), float(a[i]), float(b[i])) for i in order),
    )
