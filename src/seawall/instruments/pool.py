"""Liquidity positions: constant-product pools over the whole price axis (v2) or a range (v3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, of_v2, of_v3
from seawall.convexity.price import horizon_vega
from seawall.core.errors import DomainError, RangeError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.option import positive
from seawall.kernels.amm import Pool, v2, v3
from seawall.market.state import State, View

Array = NDArray[np.float64]

HORIZON_DAYS: Final = 30.0
"""Horizon for which a pool's vega is stated (METHOD 2.4): marked as spot it has none."""


@dataclass(frozen=True, slots=True)
class LiquidityPosition:
    """``liquidity`` L of a constant-product pool in ``factor``, between prices ``low`` and ``high`` (METHOD 1.4).

    Without a range it is a v2 share. ``fee_apr``: fee income per year over value, earned only inside the range; None
    when unknown. ``fees_usd``: accrued and unclaimed. Raises ``RangeError`` when low >= high, ``DomainError`` for a
    liquidity or price that is not positive.
    """

    factor: str
    liquidity: float
    low: float | None = None
    high: float | None = None
    fee_apr: float | None = None
    fees_usd: float = 0.0

    def __post_init__(self) -> None:
        positive(self.liquidity, "liquidity")
        if (self.low is None) != (self.high is None):
            raise RangeError("a range needs both ends: give low and high, or neither for a v2 pool")
        if self.low is not None and self.high is not None:
            positive(self.low, "low end of the range")
            positive(self.high, "high end of the range")
            if self.low >= self.high:
                raise RangeError(
                    f"the range must have low < high, was [{self.low:g}, {self.high:g}]: "
                    f"did you mean [{self.high:g}, {self.low:g}]?"
                )
        if self.fee_apr is not None and not (np.isfinite(self.fee_apr) and self.fee_apr >= 0.0):
            raise DomainError(
                f"fee_apr must be a number >= 0 (0.20 = 20 % a year), or left out when unknown, was {self.fee_apr}"
            )

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "v2_pool" if self.low is None else "v3_pool"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    def pool(self, spot: Array) -> Pool:
        """Value, delta, density and amounts at each price."""
        if self.low is None or self.high is None:
            return v2(spot, self.liquidity)
        return v3(spot, self.liquidity, self.low, self.high)

    def value(self, view: View) -> Array:
        """Dollars of both tokens plus accrued fees."""
        return self.pool(view.spot(self.factor)).value + self.fees_usd

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2; zero outside the range."""
        spot = view.spot(self.factor)
        return -self.pool(spot).density * spot**2

    def exposure(self, state: State) -> Exposure:
        """Value and sensitivities; carry is the fee income while in range."""
        spot = state.asset(self.factor).spot.value
        pool = self.pool(np.array([spot]))
        tokens, convexity = float(pool.value[0]), float(pool.density[0])
        status: tuple[Status, ...] = () if convexity > 0.0 else (Status.OUT_OF_RANGE,)
        if bool(pool.on_edge[0]):
            status = (Status.ON_EDGE,)
        earned = 0.0 if convexity == 0.0 else None if self.fee_apr is None else self.fee_apr * tokens
        return Exposure(
            value_usd=tokens + self.fees_usd,
            delta_usd=float(pool.delta[0]) * spot,
            gamma_usd=-convexity * spot**2,
            carry_usd_per_year=earned,
            horizon_vega_usd_per_point=self._horizon_vega(state, spot),
            status=status,
        )

    def _horizon_vega(self, state: State, spot: float) -> float:
        years = HORIZON_DAYS / 365.0
        level = float(state.view().vol(self.factor, spot, years)[0])
        return horizon_vega(self.density(state), spot, level, years) / 100.0

    def density(self, state: State) -> ConvexityDensity:
        """(L/2) q^-1.5, over the range or the whole axis."""
        if self.low is None or self.high is None:
            return of_v2(self.liquidity)
        return of_v3(self.liquidity, self.low, self.high)
