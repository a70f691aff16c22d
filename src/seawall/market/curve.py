"""VIX levels by tenor: the futures curve, and the anchor that modelled curves revert to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, StrikesOutOfOrderError
from seawall.core.status import Status
from seawall.kernels.vx_rule import future_from_family

Array = NDArray[np.float64]

LONG_RUN_VIX: Final = 20.2
"""Mean of the daily VIX closes 1990-01-02 .. 2013-12-31 (Cboe index history); known before any embedded session."""

ANCHOR_SESSIONS: Final = 252

SHOCK_BETA_DAYS: Final = (0.0, 15.0, 45.0, 106.0, 197.0)
SHOCK_BETAS: Final = (1.0, 0.65, 0.45, 0.25, 0.18)
"""Points of a VIX future per point of VIX: VX1, VX2, VX4, VX7 at their mean days to expiry (METHOD 3.4, daily
2016-2021, exploratory); VIX itself at 0."""


FAMILY_RULE: Final = "modelled from {}: forward volatilities shrunk to a mean-reverting curve"


def vix_anchor(vix: Array) -> Array:
    """Level that modelled VIX curves revert to: halfway between the last year's mean and the long-run mean.

    ``vix``: closes in points, shape (n,), oldest first. Returns shape (n,); element t uses closes up to t only, and
    fewer than 252 of them at the start. Raises ``DomainError`` for a close that is not finite and positive.
    """
    if not np.all(np.isfinite(vix)) or np.any(vix <= 0.0):
        bad = int(np.argmax(~(np.isfinite(vix) & (vix > 0.0))))
        raise DomainError(f"VIX close {vix[bad]} at row {bad} is not a positive number: repair or drop that row")
    total = np.concatenate([[0.0], np.cumsum(vix)])
    end = np.arange(1, vix.size + 1)
    start = np.maximum(end - ANCHOR_SESSIONS, 0)
    trailing: Array = (total[end] - total[start]) / (end - start)
    return 0.5 * trailing + 0.5 * LONG_RUN_VIX


def shock_beta(years: float) -> float:
    """Points that the VIX future of a tenor moves for one point of VIX, linear between the measured tenors."""
    return float(np.interp(years * 365.0, SHOCK_BETA_DAYS, SHOCK_BETAS))


def shock_tenor(years: float) -> Array:
    """Weights of a tenor on those of ``SHOCK_BETA_DAYS``, (5,): linear between two, all on the last beyond it."""
    return np.array([np.interp(years * 365.0, SHOCK_BETA_DAYS, unit) for unit in np.eye(len(SHOCK_BETA_DAYS))])


@dataclass(frozen=True, slots=True)
class VixCurve:
    """VIX futures by tenor: quoted settlements, or the rule of ``kernels.vx_rule`` where there are none.

    ``years`` and ``levels`` (points) are the quoted futures in order of expiry, or empty for the modelled curve.
    ``vix`` is the index; ``anchor`` the level the modelled curve reverts to. ``vix3m`` and ``vix6m`` shape the modelled
    curve where they are known (points; NaN: unknown). See :func:`modelled_curve`.
    """

    vix: float
    anchor: float
    years: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    source: str = FAMILY_RULE.format("VIX")
    origin: Origin = Origin.MODELLED
    vix3m: float = math.nan
    vix6m: float = math.nan

    def __post_init__(self) -> None:
        if len(self.years) != len(self.levels):
            raise DomainError(
                f"{len(self.years)} expiries but {len(self.levels)} VIX futures: give one level per expiry"
            )
        if any(later <= earlier for earlier, later in pairwise(self.years)):
            raise StrikesOutOfOrderError("expiries of the VIX futures must rise")
        if not all(np.isfinite(x) and x > 0.0 for x in (self.vix, self.anchor, *self.levels)):
            raise DomainError(f"VIX and its futures must be positive points (20.0), were {(self.vix, *self.levels)}")
        if not all(math.isnan(x) or (x > 0.0 and math.isfinite(x)) for x in (self.vix3m, self.vix6m)):
            raise DomainError(f"VIX3M and VIX6M must be positive points or NaN, were {self.vix3m} and {self.vix6m}")

    def future(self, years: float) -> tuple[float, Status]:
        """Level of the future with ``years`` to its expiry, and whether it lies beyond the last quoted one.

        Between quotes the square is linear in time; the index itself is the point at zero (METHOD 3.4).
        """
        if not self.years:
            family = np.array([np.nan, self.vix, self.vix3m, self.vix6m])
            return float(future_from_family(family, self.anchor, max(years, 0.0))), Status.FOUND
        if years > self.years[-1]:
            return self.levels[-1], Status.EXTRAPOLATED
        knots, squares = (0.0, *self.years), (self.vix**2, *(level**2 for level in self.levels))
        if self.years[0] <= 0.0:
            knots, squares = self.years, tuple(level**2 for level in self.levels)
        return float(np.sqrt(np.interp(max(years, 0.0), knots, squares))), Status.FOUND


def modelled_curve(vix: float, anchor: float, seen: Mapping[str, float]) -> VixCurve:
    """The curve of a day without futures. ``seen``: those of VIX3M and VIX6M that were known, in points."""
    names = ["VIX", *(name for name in ("VIX3M", "VIX6M") if name in seen)]
    source = FAMILY_RULE.format(", ".join(names))
    return VixCurve(vix, anchor, source=source, vix3m=seen.get("VIX3M", math.nan), vix6m=seen.get("VIX6M", math.nan))
