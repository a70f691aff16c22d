"""A plan as it ran: alone, and where it has hedges with them, and held smaller until it earns what they leave."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.status import Status
from seawall.evidence.returns import Delevered, Performance, delever, performance
from seawall.sim.result import Comparison, Result

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One equity path with its record. ``nav``: dollars by session."""

    name: str
    nav: Array
    record: Performance

    def move(self, row: int) -> float:
        """Return of one session, as a share of the equity before it."""
        return float(self.nav[row] / self.nav[row - 1] - 1.0) if row > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Paths on the same sessions. ``smaller`` is None when there is no such benchmark; ``delevered`` says why.

    A plan without hedges has ``alone`` only, and ``hedge_result`` is its run.
    """

    dates: NDArray[np.datetime64]
    alone: Path
    hedged: Path | None
    smaller: Path | None
    delevered: Delevered | None
    hedge_result: Result

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths there are: alone, hedged, and smaller if they exist."""
        return tuple(one for one in (self.alone, self.hedged, self.smaller) if one is not None)

    def row(self, day: dt.date) -> int:
        """Row of a session."""
        return self.hedge_result.row(day)


MOST_NAMED: Final = 3


def named(programs: tuple[str, ...]) -> str:
    """Programs in a few words: all of up to three, else the first, the last and their number."""
    if len(programs) <= MOST_NAMED:
        return ", ".join(programs)
    return f"{programs[0]} .. {programs[-1]} ({len(programs)})"


def single_record(result: Result) -> Replay:
    """Performance of one run, with nothing to compare it with."""
    path = Path(named(result.program_names), result.nav, performance(result.nav, result.dates))
    return Replay(result.dates, path, None, None, None, result)


def replay_record(runs: Comparison, hedge: str = "") -> Replay:
    """Performance of both runs and of benchmark B1 (METHOD 8.4): the unhedged program scaled to the hedged mean.

    Cash earns what the account earns on it: the interest of the unhedged run over its cash.
    """
    alone, hedged = runs.without_hedge, runs.with_hedge
    hedges = tuple(name for name, is_one in zip(hedged.program_names, hedged.hedges, strict=True) if is_one)
    returns = np.diff(alone.nav) / alone.nav[:-1]
    target = float(np.mean(np.diff(hedged.nav) / hedged.nav[:-1]))
    idle = alone.interest[1:] / alone.cash[:-1]
    scaled = delever(returns, target, idle)
    smaller = None
    if scaled.status is Status.FOUND:
        nav = alone.nav[0] * np.concatenate([[1.0], np.cumprod(1.0 + scaled.returns)])
        smaller = Path(f"held at {scaled.scale:.0%}, rest in cash", nav, performance(nav, alone.dates))
    return Replay(
        dates=alone.dates,
        alone=Path(f"{named(alone.program_names)} alone", alone.nav, performance(alone.nav, alone.dates)),
        hedged=Path(f"with {hedge or named(hedges)}", hedged.nav, performance(hedged.nav, hedged.dates)),
        smaller=smaller,
        delevered=scaled,
        hedge_result=hedged,
    )
