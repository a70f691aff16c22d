"""Implied volatility by strike and tenor: quoted, flat, or modelled from VIX; and the same after a shock."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, StrikesOutOfOrderError
from seawall.kernels.modelled import spx_vols

Array = NDArray[np.float64]

SHOCK_POWER: Final = 0.5
"""Square-root rule of METHOD 3.5: a 30-day move of one point is (30/T)^0.5 points at T days."""
SHOCK_FLOOR_DAYS: Final = 7.0
SHOCK_FACTOR_RANGE: Final = (0.25, 2.1)


class Smile(Protocol):
    """Whatever can state an implied volatility."""

    @property
    def origin(self) -> Origin:
        """Observed, modelled or synthetic."""

    @property
    def source(self) -> str:
        """Publisher, or the rule when it is modelled."""

    @property
    def knots(self) -> tuple[float, ...]:
        """Strikes where the smile has a kink; empty when it is smooth."""

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Volatility per square root of a year, broadcast over ``strike`` and ``forward``."""


@dataclass(frozen=True, slots=True)
class FlatSmile:
    """One volatility for every strike and tenor."""

    level: float
    source: str
    origin: Origin = Origin.MODELLED

    def __post_init__(self) -> None:
        if not (np.isfinite(self.level) and self.level > 0.0):
            raise DomainError(f"volatility must be a positive number (0.20 = 20 %), was {self.level}")

    @property
    def knots(self) -> tuple[float, ...]:
        """No kink."""
        return ()

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """The level, everywhere."""
        return np.full(np.broadcast(strike, forward).shape, self.level)


@dataclass(frozen=True, slots=True)
class QuotedSmile:
    """Piecewise linear in strike between quoted volatilities, flat outside; the same for every tenor.

    ``strikes`` rise; ``vols`` are per square root of a year.
    """

    strikes: tuple[float, ...]
    vols: tuple[float, ...]
    source: str
    origin: Origin = Origin.OBSERVED

    def __post_init__(self) -> None:
        if len(self.strikes) != len(self.vols) or len(self.strikes) < 2:
            raise DomainError(
                f"a quoted smile needs a vol a strike and at least two, had {len(self.strikes)} and {len(self.vols)}"
            )
        if any(high <= low for low, high in pairwise(self.strikes)):
            raise StrikesOutOfOrderError(f"strikes of a smile must rise, were {self.strikes}")
        if not all(np.isfinite(vol) and vol > 0.0 for vol in self.vols):
            raise DomainError(f"vols of a smile must be positive numbers (0.20 = 20 %), were {self.vols}")

    @property
    def knots(self) -> tuple[float, ...]:
        """The quoted strikes."""
        return self.strikes

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Interpolated volatility at each strike (sticky strike: the forward does not matter)."""
        level: Array = np.interp(strike, self.strikes, self.vols)
        return np.broadcast_to(level, np.broadcast(strike, forward).shape)


@dataclass(frozen=True, slots=True)
class VixSmile:
    """SPX smile when only VIX was observed: the shape and tenor rule of ``kernels.modelled``."""

    vix: float
    anchor: float
    source: str = "modelled from VIX: fixed shape in standardised log-strike, 30-day strip within 3 % of VIX"
    origin: Origin = Origin.MODELLED

    @property
    def knots(self) -> tuple[float, ...]:
        """Smooth but for the money itself."""
        return ()

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Volatility at each strike; ``years`` > 0."""
        shape = np.broadcast(strike, forward).shape
        strikes, forwards = (np.broadcast_to(given, shape).astype(float).ravel() for given in (strike, forward))
        return spx_vols(strikes, forwards, max(years, 1e-6), self.vix, self.anchor).reshape(shape)


def tenor_factor(years: float, power: float = SHOCK_POWER) -> float:
    """Points of volatility at a tenor for one point at 30 days (METHOD 3.5), clipped to [0.25, 2.1]."""
    days = max(years * 365.0, SHOCK_FLOOR_DAYS)
    return float(np.clip((30.0 / days) ** power, *SHOCK_FACTOR_RANGE))
