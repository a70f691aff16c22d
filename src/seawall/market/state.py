"""The world at one instant, and the same world after a move: what every instrument is priced in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import years_between
from seawall.core.datum import Datum, Origin
from seawall.core.errors import DomainError, LookaheadError, MissingDataError, StaleDataError
from seawall.kernels.modelled import VVIX_PER_VIX, vix_option_vol
from seawall.market.curve import VixCurve, shock_beta, shock_tenor
from seawall.market.smile import SHOCK_POWER, Smile, tenor_factor

Array = NDArray[np.float64]

MAX_AGE: Final = timedelta(days=4)
"""Oldest price a state accepts: one session across a long weekend."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One underlying: its price, its carry, its smile, and what is known about its path.

    ``income_yield``: continuous dividend or staking yield per year. ``realised_vol``: per square root of a year.
    ``funding``: what a long perp pays, per year of notional (simple). ``spx_share``: R2 of its realised variance on
    that of SPX. The last three may be unknown (None). ``smile_as_of``: instant of the smile, that of the spot if None.
    """

    spot: Datum[float]
    smile: Smile
    income_yield: float = 0.0
    realised_vol: Datum[float] | None = None
    funding: Datum[float] | None = None
    spx_share: Datum[float] | None = None
    smile_as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class VixMarket:
    """VIX, its futures, the volatility of its options (``vvix``, points) and, if known, its own realised volatility."""

    vix: Datum[float]
    curve: VixCurve
    vvix: Datum[float]
    realised_vol: Datum[float] | None = None
    curve_as_of: datetime | None = None
    """Instant of the futures, that of VIX if None."""


@dataclass(frozen=True, slots=True)
class Moves:
    """n hypothetical moves away from a state, vectorised; what is not named stands still.

    ``returns``: simple return by asset, shape (n,). ``vol_points``: change of 30-day volatility by asset, shape (n,);
    ``"SPX"`` is also the change of VIX in points. ``days``: calendar days that pass, the same for all n.
    ``tenor_power``: p of METHOD 3.5, by which a 30-day move fades with tenor; 0 moves every tenor alike.
    ``curve_points``: change of the VIX futures at the tenors of ``SHOCK_BETA_DAYS``, (n, 5); None: by their betas.
    """

    returns: Mapping[str, Array] = field(default_factory=dict)
    vol_points: Mapping[str, Array] = field(default_factory=dict)
    days: float = 0.0
    tenor_power: float = SHOCK_POWER
    curve_points: Array | None = None

    @property
    def size(self) -> int:
        """Number of moves."""
        return max((a.size for a in (*self.returns.values(), *self.vol_points.values())), default=1)


STILL: Final = Moves()
VIX_OPTION_RULE: Final = "from VVIX: the 30-day strip within 2 points of it, shape of June 2026"
MINIMUM_VOL: Final = 0.01


@dataclass(frozen=True, slots=True)
class State:
    """Everything known at ``now``. Raises ``LookaheadError`` for data from later, ``StaleDataError`` for old prices."""

    now: datetime
    assets: Mapping[str, Asset]
    rate: Datum[float]
    vix: VixMarket | None = None

    def __post_init__(self) -> None:
        for name, datum in self.data():
            if datum.known_at > self.now:
                raise LookaheadError(
                    f"{name} is known at {datum.known_at:%Y-%m-%d %H:%M}, after the market's time "
                    f"{self.now:%Y-%m-%d %H:%M}: move `now` or take an earlier value"
                )
        prices = [(f"spot of {name}", asset.spot) for name, asset in self.assets.items()]
        for name, datum in prices + ([("VIX", self.vix.vix)] if self.vix else []):
            if self.now - datum.as_of > MAX_AGE:
                raise StaleDataError(
                    f"{name} is of {datum.as_of:%Y-%m-%d}, more than {MAX_AGE.days} days before the market's time "
                    f"{self.now:%Y-%m-%d}: give a later value"
                )
            if not (np.isfinite(datum.value) and datum.value > 0.0):
                raise DomainError(f"{name} must be a positive number, was {datum.value}")

    def data(self) -> list[tuple[str, Datum[float]]]:
        """Every dated number of this state with its name."""
        found: list[tuple[str, Datum[float]]] = [("rate", self.rate)]
        for name, asset in self.assets.items():
            found.append((f"spot of {name}", asset.spot))
            optional = (
                ("realised vol", asset.realised_vol),
                ("funding", asset.funding),
                ("SPX share", asset.spx_share),
            )
            found += [(f"{what} of {name}", datum) for what, datum in optional if datum is not None]
        if self.vix is not None:
            found += [("VIX", self.vix.vix), ("VVIX", self.vix.vvix)]
        return found

    def provenance(self) -> list[tuple[str, float | None, datetime, str, Origin]]:
        """Name, value (None for a smile or a curve), instant, source and origin of everything in this state."""
        rows: list[tuple[str, float | None, datetime, str, Origin]] = [
            (name, datum.value, datum.as_of, datum.source, datum.origin) for name, datum in self.data()
        ]
        for name, asset in self.assets.items():
            seen = asset.smile_as_of or asset.spot.as_of
            rows.append((f"smile of {name}", None, seen, asset.smile.source, asset.smile.origin))
        if self.vix is not None:
            seen, curve = self.vix.curve_as_of or self.vix.vix.as_of, self.vix.curve
            rows.append(("VIX futures", None, seen, curve.source, curve.origin))
            rows.append(("VIX option vols", None, self.vix.vvix.as_of, VIX_OPTION_RULE, Origin.MODELLED))
        return rows

    def asset(self, name: str) -> Asset:
        """One underlying; raises ``MissingDataError`` naming what there is."""
        if name not in self.assets:
            known = ", ".join(sorted(self.assets)) or "none"
            raise MissingDataError(
                f"the market has no {name} on {self.now:%Y-%m-%d} (it has: {known}): add it under `assets`"
            )
        return self.assets[name]

    def vix_market(self) -> VixMarket:
        """The VIX block; raises ``MissingDataError`` when there is none."""
        if self.vix is None:
            raise MissingDataError(f"the market has no VIX on {self.now:%Y-%m-%d}: add `vix` to the market file")
        return self.vix

    def assumptions(self) -> list[str]:
        """One line for everything that is not observed."""
        return [
            f"{name}: {origin}, {source}"
            for name, _, _, source, origin in self.provenance()
            if origin is not Origin.OBSERVED
        ]

    def view(self, moves: Moves = STILL) -> "View":
        """This state after ``moves``."""
        return View(self, moves)


@dataclass(frozen=True, slots=True)
class View:
    """A state after n moves; every method returns shape (n,) or a number that is the same for all n."""

    state: State
    moves: Moves

    def spot(self, name: str) -> Array:
        """Price of an asset."""
        base = self.state.asset(name).spot.value
        returns = self.moves.returns.get(name)
        return np.full(self.moves.size, base) if returns is None else base * (1.0 + np.asarray(returns, float))

    def years(self, instant: datetime) -> float:
        """Years from the moved time to ``instant``; zero when it has passed."""
        return max(years_between(self.state.now, instant) - self.moves.days / 365.0, 0.0)

    def rate(self) -> float:
        """Continuous interest rate per year."""
        return self.state.rate.value

    def forward(self, name: str, years: float) -> Array:
        """Forward price for a tenor."""
        carry = self.rate() - self.state.asset(name).income_yield
        grown: Array = self.spot(name) * np.exp(carry * years)
        return grown

    def vol(self, name: str, strike: float | Array, years: float) -> Array:
        """Implied volatility of a strike: sticky strike, plus the moved points at this tenor.

        ``strike``: one, or m of them with shape (m, 1) for an answer of shape (m, n). The smile is read once a strike.
        """
        asset = self.state.asset(name)
        carry = self.rate() - asset.income_yield
        unmoved = np.array([asset.spot.value * np.exp(carry * years)])
        level = asset.smile.vol(np.asarray(strike, float), unmoved, max(years, 1e-6))
        points = self.moves.vol_points.get(name)
        if points is not None:
            level = level + np.asarray(points, float) / 100.0 * tenor_factor(years, self.moves.tenor_power)
        return np.broadcast_to(np.maximum(level, MINIMUM_VOL), (*np.shape(strike)[:-1], self.moves.size))

    def vix_points(self) -> Array:
        """Change of VIX in points."""
        points = self.moves.vol_points.get("SPX")
        return np.zeros(self.moves.size) if points is None else np.asarray(points, float)

    def vix_future(self, instant: datetime) -> Array:
        """VIX future that expires at ``instant``; after it, the index. It rolls down the curve as days pass."""
        years = self.years(instant)
        level, _ = self.state.vix_market().curve.future(years)
        moved = self.moves.curve_points
        points = shock_beta(years) * self.vix_points() if moved is None else moved @ shock_tenor(years)
        return np.maximum(level + points, 1.0)

    def vix_option_vol(self, strike: float, instant: datetime) -> Array:
        """Volatility of an option on the VIX future of the same expiry."""
        years = max(self.years(instant), 1e-6)
        vvix = np.maximum(self.state.vix_market().vvix.value + VVIX_PER_VIX * self.vix_points(), 40.0)
        futures = self.vix_future(instant)
        return np.array([vix_option_vol(strike, f, years, v) for f, v in np.broadcast(futures, vvix)])
