"""SPX smile from the VIX family and SKEW of one day: the modelled surface of a session without option quotes."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import CalendarArbitrageError, DomainError
from seawall.kernels.index_smile import PILLARS, TYPICAL_SKEW, family_vols, fill_levels, total_variance

Array = NDArray[np.float64]

NAMES: Final = ("VIX9D", "VIX", "VIX3M", "VIX6M")
FED: Final = ("VIX9D", "VIX3M", "VIX6M", "SKEW")
"""Series that shape the smile beside VIX."""
FAMILY_RULE: Final = "modelled from {}: three lognormals, strip equal to each index, skewed with tenor and SKEW"


@dataclass(frozen=True, slots=True)
class IndexSmile:
    """Implements :class:`seawall.market.smile.Smile`: sticky in moneyness, strip exact at the four index tenors.

    ``levels``: VIX9D, VIX, VIX3M, VIX6M in points, without gaps (see :func:`index_smile`); ``skew``: SKEW. Raises
    ``DomainError`` for a level that is not positive, ``CalendarArbitrageError`` where total variance would fall with
    time.
    """

    levels: tuple[float, float, float, float]
    skew: float
    source: str
    origin: Origin = Origin.MODELLED

    def __post_init__(self) -> None:
        if not all(np.isfinite(x) and x > 0.0 for x in (*self.levels, self.skew)):
            raise DomainError(f"VIX levels and SKEW must be positive points, were {(*self.levels, self.skew)}")
        total = [level**2 * years for level, years in zip(self.levels, PILLARS, strict=True)]
        for i, (near, far) in enumerate(pairwise(total)):
            if far <= near:
                raise CalendarArbitrageError(
                    f"{NAMES[i]} {self.levels[i]:g} and {NAMES[i + 1]} {self.levels[i + 1]:g} let total variance fall "
                    "with time: check the two closes"
                )

    @property
    def knots(self) -> tuple[float, ...]:
        """None: the smile is smooth."""
        return ()

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Volatility at each strike, broadcast over ``strike`` and ``forward``; ``years`` > 0."""
        shape = np.broadcast(strike, forward).shape
        strikes, forwards = (np.broadcast_to(given, shape).astype(float).ravel() for given in (strike, forward))
        return family_vols(np.array(self.levels), self.skew, max(years, 1e-6), strikes, forwards).reshape(shape)

    def index(self, years: float) -> float:
        """Strip of a tenor as an index in points; the input itself at 9, 30, 93 and 184 days."""
        return float(100.0 * np.sqrt(total_variance(np.array(self.levels), years) / years))


def index_smile(vix: float, anchor: float, seen: dict[str, float]) -> IndexSmile:
    """The smile of a day. ``seen``: those of VIX9D, VIX3M, VIX6M and SKEW that were known; the rest is modelled.

    A missing index follows the mean reversion of VIX to ``anchor``, tied to the nearest observed tenor; a missing SKEW
    is its mean of 1990-2013.
    """
    given = np.array([[seen.get("VIX9D", np.nan), vix, seen.get("VIX3M", np.nan), seen.get("VIX6M", np.nan)]])
    full = fill_levels(given, np.array([anchor]))[0]
    names = [name for name in (*NAMES, "SKEW") if name == "VIX" or name in seen]
    levels = (float(full[0]), float(full[1]), float(full[2]), float(full[3]))
    return IndexSmile(levels, seen.get("SKEW", TYPICAL_SKEW), FAMILY_RULE.format(", ".join(names)))
