"""The same program three ways: alone, with its hedge, and held smaller until it earns what the hedged one earns."""

import datetime as dt
from dataclasses import dataclass

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
    """Paths on the same sessions. ``smaller`` is None when there is no such benchmark; ``delevered`` says why."""

    dates: NDArray[np.datetime64]
    alone: Path
    hedged: Path
    smaller: Path | None
    delevered: Delevered
    hedge_result: Result

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths there are: alone, hedged, and smaller if it exists."""
        return (self.alone, self.hedged) if self.smaller is None else (self.alone, self.hedged, self.smaller)

    def row(self, day: dt.date) -> int:
        """Row of a session."""
        return self.hedge_result.row(day)


def replay_record(runs: Comparison) -> Replay:
    """Performance of both runs and of benchmark B1 (METHOD 8.4): the unhedged program scaled to the hedged mean.

    Cash earns what the account earns on it: the interest of the unhedged run over its cash.
    """
    alone, hedged = runs.without_hedge, runs.with_hedge
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
        alone=Path("condor alone", alone.nav, performance(alone.nav, alone.dates)),
        hedged=Path("with ALVH", hedged.nav, performance(hedged.nav, hedged.dates)),
        smaller=smaller,
        delevered=scaled,
        hedge_result=hedged,
    )
