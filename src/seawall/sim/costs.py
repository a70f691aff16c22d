"""What a trade costs: half-spreads where no quote was observed, commissions, impact of size, and a multiple of all."""

import math
from dataclasses import dataclass, replace
from typing import Final

from seawall.core.errors import DomainError
from seawall.hedge.layers import COMMISSION_USD
from seawall.kernels.spread import FUTURE_HALF_SPREAD

FUTURE_COMMISSION_USD: Final = 2.50
"""A VIX future: exchange, clearing and regulatory fees of about 1.80 and a broker's share; an assumption."""
PERP_TAKER_BP: Final = 5.0
"""The published taker fee of the largest venue for a small account."""
SPX_VOLUME: Final = 2500.0
"""Contracts a day of one series: the volume-weighted mean at 20 to 60 days of three Cboe downloads is 2200 to 3100."""
VIX_VOLUME: Final = 5000.0
FUTURE_VOLUME: Final = 50_000.0
PERP_VOLUME_USD: Final = 1e9
"""Assumptions: no volume of these is in the data."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one fill where no quote was observed (METHOD 8.2); ``multiple`` scales all of them.

    Half-spreads of options are those of ``kernels.spread.option_half``, or a number instead: ``spx_half_spread``
    points a leg; ``vix_half_spread_fraction`` of the mid and at least ``vix_half_spread_floor`` points.
    ``future_half_spread``: points of a VIX future. Commissions: dollars per option contract and per VIX future.
    ``perp_taker_bp``: basis points of the notional. ``spx_volume``, ``vix_volume``, ``future_volume`` (contracts) and
    ``perp_volume_usd`` are usual volumes a day of what is traded; an order above a tenth of one pays ``impact_factor``
    Y times ``kernels.impact.size_impact``.

    A sale never fetches less than nothing, so it may cost less than a multiple of itself when an option is nearly
    worthless. Settlement costs nothing. Raises ``DomainError`` for a number that is not finite and >= 0, or a volume
    that is not above 0.
    """

    spx_half_spread: float | None = None
    vix_half_spread_fraction: float | None = None
    vix_half_spread_floor: float | None = None
    commission_per_contract: float = COMMISSION_USD
    multiple: float = 1.0
    future_half_spread: float = FUTURE_HALF_SPREAD
    commission_per_future: float = FUTURE_COMMISSION_USD
    perp_taker_bp: float = PERP_TAKER_BP
    spx_volume: float = SPX_VOLUME
    vix_volume: float = VIX_VOLUME
    future_volume: float = FUTURE_VOLUME
    perp_volume_usd: float = PERP_VOLUME_USD
    impact_factor: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0.0):
                raise DomainError(f"{name} must be a finite number >= 0, was {value}")
            if "volume" in name and value == 0.0:
                raise DomainError(f"{name} must be above 0: give the usual volume of a day")

        if self.vix_half_spread_fraction is None and self.vix_half_spread_floor is not None:
            raise DomainError("vix_half_spread_floor needs vix_half_spread_fraction: state both, or leave both out")

    def times(self, multiple: float) -> "Costs":
        """Return the same costs, ``multiple`` times."""
        return replace(self, multiple=self.multiple * multiple)


FREE = Costs(multiple=0.0)
"""Fills at mid: for checks of the accounting, never for a report."""
