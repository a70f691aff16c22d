"""A linear perpetual with isolated margin: no gamma of its own, funding as carry, and a price where it ends."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.instruments.base import Exposure
from seawall.instruments.option import positive
from seawall.kernels.perp import isolated_liquidation_price
from seawall.market.state import State, View

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearPerp:
    """``size`` coins (negative when short) opened at ``entry`` with ``leverage``, isolated collateral.

    The collateral is |size| entry / leverage. At its liquidation price (METHOD 1.6, isolated shortcut) the venue closes
    it; from there on it is worth nothing here, which counts the remaining maintenance margin as lost.
    """

    factor: str
    size: float
    entry: float
    leverage: float
    maintenance: float

    def __post_init__(self) -> None:
        positive(self.entry, "entry price")
        if not np.isfinite(self.size) or self.size == 0.0:
            raise DomainError(f"size of a perp must be a number other than zero (negative when short), was {self.size}")
        self.liquidation_price()

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "linear_perp"

    @property
    def settles(self) -> tuple[datetime, ...]:
        """No expiry."""
        return ()

    @property
    def collateral(self) -> float:
        """Dollars posted."""
        return abs(self.size) * self.entry / self.leverage

    def liquidation_price(self) -> tuple[float, Status]:
        """Price at which the venue closes it; ``Status.NEVER`` for an unlevered long."""
        price = isolated_liquidation_price(self.entry, self.leverage, self.maintenance, float(np.sign(self.size)))
        return (price, Status.FOUND) if price > 0.0 else (0.0, Status.NEVER)

    def alive(self, spot: Array) -> NDArray[np.bool_]:
        """Where it has not been liquidated, shape of ``spot``."""
        price, _ = self.liquidation_price()
        return spot > price if self.size > 0.0 else spot < price

    def value(self, view: View) -> Array:
        """Collateral plus unrealised P&L; nothing beyond the liquidation price."""
        spot = view.spot(self.factor)
        held = self.alive(spot)
        return np.where(held, self.collateral + self.size * (spot - self.entry), 0.0)

    def dollar_gamma(self, view: View) -> Array:
        """Zero: the short gamma of perps sits in the aggregate liquidation book."""
        return np.zeros(view.moves.size)

    def exposure(self, state: State) -> Exposure:
        """Delta and funding; carry is unknown when the funding rate is."""
        asset = state.asset(self.factor)
        spot = asset.spot.value
        alive = bool(self.alive(np.array([spot]))[0])
        delta = self.size * spot if alive else 0.0
        carry = None if asset.funding is None else -delta * asset.funding.value
        return Exposure(
            value_usd=float(self.value(state.view())[0]),
            delta_usd=delta,
            carry_usd_per_year=carry,
            status=() if alive else (Status.EXPIRED,),
        )

    def density(self, state: State) -> ConvexityDensity | None:
        """None: linear until it is liquidated."""
        return None
