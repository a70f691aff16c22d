"""What every instrument can state about itself, and a position: so many of one instrument, held for a reason."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.errors import ConventionError, DomainError
from seawall.core.status import Status
from seawall.market.state import State, View

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Value and sensitivities to the holder, in dollars (METHOD 0.1).

    ``delta_usd``: Delta S, dollars per 100 %. ``gamma_usd``: Gamma S^2, so that a return r earns half gamma_usd r^2;
    negative when short convexity. ``vega_usd_per_point``: one point of SPX implied volatility at the position's tenor
    (for a VIX future or option: one point of its own future; for another asset, one point of that asset's volatility).
    ``vol_of_vol_usd_per_point``: one point of a VIX option's own volatility. ``theta_usd_per_year`` with the forward
    held, ``carry_usd_per_year``: everything received per year while the market stands still (theta, fees, funding,
    roll); None when unknown. ``horizon_vega_usd_per_point``: a pool's vega for a stated horizon; never added to option
    vegas.
    """

    value_usd: float
    delta_usd: float = 0.0
    gamma_usd: float = 0.0
    vega_usd_per_point: float = 0.0
    vol_of_vol_usd_per_point: float = 0.0
    vanna_usd_per_point: float = 0.0
    volga_usd_per_point2: float = 0.0
    theta_usd_per_year: float = 0.0
    carry_usd_per_year: float | None = 0.0
    horizon_vega_usd_per_point: float | None = None
    status: tuple[Status, ...] = ()

    def scaled(self, quantity: float) -> "Exposure":
        """The exposure of ``quantity`` units; negative when sold."""
        numbers = {
            f.name: getattr(self, f.name) * quantity
            for f in fields(self)
            if f.name != "status" and getattr(self, f.name) is not None
        }
        return replace(self, **numbers)


def total(exposures: Iterable[Exposure]) -> Exposure:
    """Sum of exposures; a carry that is unknown anywhere makes the sum unknown; horizon vegas are not option vegas."""
    held = list(exposures)

    def add(name: str) -> float:
        return float(sum(getattr(e, name) for e in held))

    carries = [e.carry_usd_per_year for e in held]
    horizons = [e.horizon_vega_usd_per_point for e in held if e.horizon_vega_usd_per_point is not None]
    known = [c for c in carries if c is not None]
    return Exposure(
        value_usd=add("value_usd"),
        delta_usd=add("delta_usd"),
        gamma_usd=add("gamma_usd"),
        vega_usd_per_point=add("vega_usd_per_point"),
        vol_of_vol_usd_per_point=add("vol_of_vol_usd_per_point"),
        vanna_usd_per_point=add("vanna_usd_per_point"),
        volga_usd_per_point2=add("volga_usd_per_point2"),
        theta_usd_per_year=add("theta_usd_per_year"),
        carry_usd_per_year=float(sum(known)) if len(known) == len(carries) else None,
        horizon_vega_usd_per_point=float(sum(horizons)) if horizons else None,
        status=tuple(dict.fromkeys(s for e in held for s in e.status)),
    )


class Instrument(Protocol):
    """A noun with terms. Dollars per one unit (contract, pool position, perp position), multiplier included."""

    @property
    def kind(self) -> str:
        """Name used in book files."""

    @property
    def factor(self) -> str:
        """The price it depends on: an asset, or ``"VIX"``."""

    @property
    def settles(self) -> tuple[datetime, ...]:
        """Instants at which parts of it settle, rising; empty when it has no expiry."""

    def value(self, view: View) -> Array:
        """Dollars in each move of the view, shape (n,)."""

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2 in dollars in each move of the view, shape (n,)."""

    def exposure(self, state: State) -> Exposure:
        """Value and sensitivities now."""

    def density(self, state: State) -> ConvexityDensity | None:
        """Convexity density of one unit held; None for an instrument whose factor is not an asset with a density."""


@dataclass(frozen=True, slots=True)
class Position:
    """``quantity`` units of an instrument; negative when sold.

    ``entry``: dollars per unit paid (positive) or received (negative) when it was opened, None when not stated: P&L and
    break-evens then count from today's value. ``group``: where it stands in the ledger (condors, pools, perps, hedges).
    What rules remember: ``bought``, units when it was opened, of which tranches are shares (None: nothing was sold);
    ``moved_by``, the rule that struck it last. ``daily_volume``: units its market trades a day, None unknown.
    """

    label: str
    instrument: Instrument
    quantity: float
    group: str
    entry: float | None = None
    bought: float | None = None
    moved_by: str = ""
    daily_volume: float | None = None

    def __post_init__(self) -> None:
        if self.bought is not None and not self.bought >= self.quantity > 0.0:
            raise DomainError(f"{self.label}: bought is the long quantity before any sale, at least {self.quantity:g}")
        if self.daily_volume is not None and not self.daily_volume > 0.0:
            raise DomainError(f"{self.label}: daily_volume must be above 0, was {self.daily_volume}")
        if not np.isfinite(self.quantity) or self.quantity == 0.0:
            raise DomainError(f"{self.label}: quantity must be a number other than zero, was {self.quantity}")

    def value(self, view: View) -> Array:
        """Dollars in each move, shape (n,)."""
        return self.quantity * self.instrument.value(view)

    def exposure(self, state: State) -> Exposure:
        """Value and sensitivities now."""
        return self.instrument.exposure(state).scaled(self.quantity)

    def density(self, state: State) -> ConvexityDensity | None:
        """Convexity density to the holder; positive where short."""
        unit = self.instrument.density(state)
        return None if unit is None else unit.scaled(self.quantity)


def common_factor(instruments: Iterable[Instrument], structure: str) -> str:
    """The one factor that the legs of a structure share; raises ``ConventionError`` when they differ."""
    factors = {instrument.factor for instrument in instruments}
    if len(factors) != 1:
        raise ConventionError(f"legs of a {structure} must share one underlying, had {sorted(factors)}")
    return factors.pop()
