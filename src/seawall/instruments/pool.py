"""A liquidity position as an instrument: a shape of liquidity in the price of an asset, and the fees it earns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.convexity.price import horizon_vega
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.pool_record import NO_RECORD, PoolRecord
from seawall.instruments.pool_shapes import PoolShape
from seawall.market.state import State, View

Array = NDArray[np.float64]

HORIZON_DAYS: Final = 30.0
"""Horizon for which a pool's vega is stated (METHOD 2.4): marked as spot it has none."""


@dataclass(frozen=True, slots=True)
class LiquidityPosition:
    """Liquidity of a ``shape`` in ``factor``, whose price is in dollars per base token.

    ``fee_apr``: fee income per year over value, earned only where the shape trades; None when unknown. ``fees_usd``:
    accrued and unclaimed. ``record``: what else is known of it. Raises ``DomainError`` for a negative fee.
    """

    factor: str
    shape: PoolShape
    fee_apr: float | None = None
    fees_usd: float = 0.0
    record: PoolRecord = NO_RECORD

    def __post_init__(self) -> None:
        if self.fee_apr is not None and not (np.isfinite(self.fee_apr) and self.fee_apr >= 0.0):
            raise DomainError(
                f"fee_apr must be a number >= 0 (0.20 = 20 % a year), or left out when unknown, was {self.fee_apr}"
            )

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return self.shape.kind

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    def value(self, view: View) -> Array:
        """Dollars of both tokens plus accrued fees."""
        return self.shape.pool(view.spot(self.factor)).value + self.fees_usd

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2; zero outside the range."""
        spot = view.spot(self.factor)
        return -self.shape.pool(spot).density * spot**2

    def exposure(self, state: State) -> Exposure:
        """Value and sensitivities; carry is the fee income while in range."""
        spot = state.asset(self.factor).spot.value
        pool = self.shape.pool(np.array([spot]))
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
        """Of its shape."""
        return self.shape.density()
