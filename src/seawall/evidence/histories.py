"""What a plan did over many drawn histories: three points of each distribution, and how often it was ruined."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from seawall.evidence.trials import LOW_IS_GOOD, Metrics

LEVELS: Final = (0.05, 0.50, 0.95)
SPREAD: Final = ("growth", "max_drawdown", "cvar95_21")


class Spread(NamedTuple):
    """Quantiles over histories, linear between neighbours; of ``known`` histories in which the number is known."""

    p5: float
    p50: float
    p95: float
    known: int


class Outcomes(NamedTuple):
    """One plan over ``histories`` that gave a number; ``failed`` gave none. ``ruin``: share of paths without equity.

    Spreads are None where no history has the number.
    """

    histories: int
    failed: int
    ruin: float | None
    growth: Spread | None
    max_drawdown: Spread | None
    cvar95_21: Spread | None
    order: Spread | None


def outcomes(found: Sequence[Metrics | None], order: str) -> Outcomes:
    """Distribution over histories; None is one that failed. ``order``: a metric to compare plans by.

    Ruin stays in every number: a ruined path grew by -100 % a year, and a loss too short to be measured is all.
    """
    known = [one for one in found if one is not None]
    ruin = sum(one.ruined for one in known) / len(known) if known else None
    spreads = [_spread(known, name) for name in (*SPREAD, order)]
    return Outcomes(len(known), len(found) - len(known), ruin, *spreads)


def _spread(known: Sequence[Metrics], name: str) -> Spread | None:
    values = [_value(one, name) for one in known]
    told = np.array([one for one in values if one is not None])
    if not told.size:
        return None
    low, middle, high = np.quantile(told, LEVELS).tolist()
    return Spread(low, middle, high, told.size)


def _value(one: Metrics, name: str) -> float | None:
    value: float | None = getattr(one, name)
    if value is None and one.ruined and name in SPREAD:
        return 1.0 if name in LOW_IS_GOOD else -1.0
    return value
