"""What a simulator hands to the board: session returns by name at stated and doubled costs, and the hedge's flows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]

NAMES: Final = (
    "alone", "hedged", "band", "hold", "chase", "widened", "not widened", "steward", "promoter",
    "smaller", "measured", "static", "vxth", "put overlay", "crypto native", "cash stop",
)  # fmt: skip
"""Runs the claims read, by name; a simulator fills those it has."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedRuns:
    """Accounts on the same sessions, (n,) each.

    ``returns``, ``doubled``: simple session returns net of costs, once and at twice the costs, by the names of
    ``NAMES``. ``cash``: session return of cash. ``vix``: its closes, NaN where unknown. ``hedge_flows``: money the
    hedge paid out (> 0) or took in (< 0) that session, and ``hedge_value`` its mark at the close, both as shares of the
    account at the start, with ``hedge_flows_doubled`` at twice the costs; None without a hedge. ``pool_yield``: of the
    liquidity position, per year. ``triggered``: sessions on which condors were widened, None if unknown.
    ``modelled``: share of option quotes that are modelled. ``trials``: configurations run to get here. ``notes``: what
    limits all of them, one a line. Raises ``DomainError`` or ``LookaheadError``.
    """

    dates: Days
    returns: Mapping[str, Array]
    doubled: Mapping[str, Array]
    cash: Array
    vix: Array
    hedge_flows: Array | None = None
    hedge_flows_doubled: Array | None = None
    hedge_value: Array | None = None
    pool_yield: float | None = None
    triggered: NDArray[np.bool_] | None = None
    modelled: float = 1.0
    trials: int = 1
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        days = np.asarray(self.dates, dtype="datetime64[D]")
        if (np.diff(days) <= np.timedelta64(0, "D")).any():
            raise LookaheadError("simulated sessions do not rise: sort them, drop duplicates")
        rows = {**self.returns, **{f"{name} at doubled cost": one for name, one in self.doubled.items()}}
        rows |= {"cash": self.cash, "VIX": self.vix}
        for name, one in rows.items():
            if np.shape(one) != days.shape:
                raise DomainError(f"{name} has shape {np.shape(one)} on {days.size} sessions: pass one value a session")
            if name != "VIX" and not np.isfinite(one).all():
                raise DomainError(f"{name} has a return that is not finite: drop that session from every run")
        if unknown := sorted({*self.returns, *self.doubled} - set(NAMES)):
            raise DomainError(f"no claim reads the run {unknown[0]!r}: there are {', '.join(NAMES)}")
        if missing := sorted(set(self.returns) - set(self.doubled)):
            raise DomainError(f"{missing[0]} was not run at doubled cost: run it, a verdict needs both")
