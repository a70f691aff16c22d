"""What a trade costs: half-spreads where no quote was observed, commission, and a multiple of both."""

import math
from dataclasses import dataclass, replace

from seawall.core.errors import DomainError
from seawall.hedge.layers import COMMISSION_USD, HALF_SPREAD_FLOOR, HALF_SPREAD_FRACTION


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one fill (METHOD 8.2, where no quote was observed).

    ``spx_half_spread``: points per SPX option leg. ``vix_half_spread_fraction`` of the mid and at least
    ``vix_half_spread_floor`` points per VIX option. ``commission_per_contract``: dollars. ``multiple`` scales all of
    them. A sale never fetches less than nothing, so it may cost less than a multiple of itself when an option is
    nearly worthless. Settlement costs nothing. Raises ``DomainError`` for a number that is not finite and >= 0.
    """

    spx_half_spread: float = 0.10
    vix_half_spread_fraction: float = HALF_SPREAD_FRACTION
    vix_half_spread_floor: float = HALF_SPREAD_FLOOR
    commission_per_contract: float = COMMISSION_USD
    multiple: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise DomainError(f"{name} must be a finite number >= 0, was {value}")

    def times(self, multiple: float) -> "Costs":
        """Return the same costs, ``multiple`` times."""
        return replace(self, multiple=self.multiple * multiple)


FREE = Costs(multiple=0.0)
"""Fills at mid: for checks of the accounting, never for a report."""
