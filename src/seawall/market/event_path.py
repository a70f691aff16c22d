"""An event as relative moves by session, and today's market taken along it (METHOD 8.5, mode `path`).

Prices and VIX move by the event's ratios, VIX futures by its ratios at constant tenors, funding by its changes; levels
are today's. Sessions of the event are counted off on today's calendar, so expiries pass on their real dates.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import NEW_YORK, PUBLISHED_AFTER_CLOSE, close_instant, is_session, next_session
from seawall.core.datum import Datum, Origin
from seawall.core.errors import DomainError
from seawall.kernels.modelled import VVIX_PER_VIX
from seawall.market.curve import VixCurve, shock_beta
from seawall.market.smile import Smile, VixSmile, tenor_factor
from seawall.market.state import Asset, State, VixMarket

Array = NDArray[np.float64]

TENOR_DAYS: Final = (30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 210.0)
"""Constant tenors at which the futures of an event are compared."""
CURVE_STEP_DAYS: Final = 5.0
CURVE_LAST_DAYS: Final = 365.0
MONTH: Final = 30.0 / 365.0
LEAST_VVIX: Final = 40.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One factor of an event by session, shape (n,), relative to the first: a ratio, or a change of funding a year."""

    values: Array
    source: str
    origin: Origin = Origin.OBSERVED


@dataclass(frozen=True, slots=True)
class EventPath:
    """An event: ``days`` (n,), the first its eve; ``sessions``: how many sessions after the eve each one is.

    ``prices``: ratio of price by asset. ``vix``, ``vvix``: ratio of level. ``vols``: ratio of volatility by coin.
    ``funding``: change per year by coin. ``futures``: ratio at ``TENOR_DAYS``, shape (n, tenors); None: by the betas
    of METHOD 3.4. Raises ``DomainError`` for fewer than two days or shapes that do not fit.
    """

    name: str
    days: tuple[dt.date, ...]
    sessions: tuple[int, ...]
    prices: Mapping[str, Leg]
    vix: Leg
    vvix: Leg | None
    vols: Mapping[str, Leg]
    funding: Mapping[str, Leg]
    futures: Leg | None
    how: str = "store"
    vix_eve: float | None = None
    """VIX of the eve in points, None where it is not known."""

    def __post_init__(self) -> None:
        n = len(self.days)
        if n < 2 or len(self.sessions) != n:
            raise DomainError(f"an event needs at least two days, {self.name} has {n}: widen it")
        for leg in self.legs.values():
            if leg.values.shape[0] != n or not np.all(np.isfinite(leg.values)):
                raise DomainError(f"a leg of {self.name} does not have one number a day: repair the series")

    @property
    def legs(self) -> dict[str, Leg]:
        """Every leg by the name a reader sees."""
        found = {**self.prices, "VIX": self.vix}
        if self.vvix is not None:
            found["VVIX"] = self.vvix
        if self.futures is not None:
            found["VIX futures"] = self.futures
        found |= {f"volatility of {name}": leg for name, leg in self.vols.items()}
        return found | {f"funding of {name}": leg for name, leg in self.funding.items()}


@dataclass(frozen=True, slots=True)
class MovedSmile:
    """A smile whose shape has moved with its price and risen by points that fade with tenor (METHOD 3.5).

    ``ratio``: price over the price the smile was made at; volatility is read at the same moneyness. ``points``: change
    of the 30-day volatility.
    """

    base: Smile
    ratio: float
    points: float

    @property
    def origin(self) -> Origin:
        """Modelled."""
        return Origin.MODELLED

    @property
    def source(self) -> str:
        """The rule and the smile below it."""
        return f"{self.points:+.2f} points at 30 days, same moneyness, on: {self.base.source}"

    @property
    def knots(self) -> tuple[float, ...]:
        """Those of the smile below, moved."""
        return tuple(self.ratio * knot for knot in self.base.knots)

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Volatility per square root of a year, broadcast over ``strike`` and ``forward``."""
        level = self.base.vol(np.asarray(strike) / self.ratio, np.asarray(forward) / self.ratio, years)
        moved: Array = np.maximum(level + self.points / 100.0 * tenor_factor(years), 0.01)
        return moved


def session_of(now: dt.datetime) -> dt.date:
    """Last session that has closed by ``now``; raises ``DomainError`` outside the table."""
    day = now.astimezone(NEW_YORK).date()
    while not is_session(day) or close_instant(day) > now:
        day -= dt.timedelta(days=1)
    return day


def states_along(state: State, path: EventPath) -> list[State]:
    """Today's market and the same after each session of the event, n states.

    An asset the event does not name stands still. Raises ``DomainError`` beyond the table of sessions.
    """
    day, passed, states = session_of(state.now), 0, [state]
    for row in range(1, len(path.days)):
        while passed < path.sessions[row]:
            day, passed = next_session(day), passed + 1
        states.append(moved_state(state, path, row, close_instant(day) + PUBLISHED_AFTER_CLOSE))
    return states


def moved_state(state: State, path: EventPath, row: int, now: dt.datetime) -> State:
    """Today's market after the first ``row`` rows of an event, at ``now``."""
    was = f"{path.name}, {path.days[row]}"
    points = 0.0 if state.vix is None else state.vix.vix.value * (float(path.vix.values[row]) - 1.0)
    assets = {name: _asset(state, path, name, row, (now, was, points)) for name in state.assets}
    vix = None if state.vix is None else _vix(state.vix, path, row, now, was)
    return State(now, assets, state.rate, vix)


def _asset(state: State, path: EventPath, name: str, row: int, when: tuple[dt.datetime, str, float]) -> Asset:
    now, was, vix_points = when
    asset, leg = state.assets[name], path.prices.get(name)
    ratio = 1.0 if leg is None else float(leg.values[row])
    origin = Origin.MODELLED if leg is None or leg.origin is Origin.OBSERVED else leg.origin
    points = vix_points if name == "SPX" else 0.0
    if name in path.vols:
        spot = np.array([asset.spot.value])
        points = 100.0 * float(asset.smile.vol(spot, spot, MONTH)[0]) * (float(path.vols[name].values[row]) - 1.0)
    funding = asset.funding
    if funding is not None and name in path.funding:
        paid = funding.value + float(path.funding[name].values[row])
        funding = Datum(paid, now, now, f"today's with the change of {was}", Origin.MODELLED)
    return replace(
        asset,
        spot=Datum(asset.spot.value * ratio, now, now, f"today's times the ratio of {was}", origin),
        smile=_smile(asset.smile, ratio, points),
        funding=funding,
        smile_as_of=None,
    )


def _smile(smile: Smile, ratio: float, points: float) -> Smile:
    """One made from VIX is made again from the new VIX; any other keeps its shape."""
    if isinstance(smile, VixSmile):
        return replace(smile, vix=smile.vix + points)
    return smile if ratio == 1.0 and points == 0.0 else MovedSmile(smile, ratio, points)


def _vix(market: VixMarket, path: EventPath, row: int, now: dt.datetime, was: str) -> VixMarket:
    ratio = float(path.vix.values[row])
    level = market.vix.value * ratio
    source = f"today's times the ratio of {was}"
    vvix = max(market.vvix.value + VVIX_PER_VIX * (level - market.vix.value), LEAST_VVIX)
    if path.vvix is not None:
        vvix = market.vvix.value * float(path.vvix.values[row])
    return replace(
        market,
        vix=Datum(level, now, now, source, Origin.MODELLED),
        curve=_curve(market.curve, path, row, level),
        vvix=Datum(vvix, now, now, source if path.vvix else f"{VVIX_PER_VIX:g} points per point of VIX",
                   Origin.MODELLED),
        curve_as_of=None,
    )  # fmt: skip


def _curve(base: VixCurve, path: EventPath, row: int, vix: float) -> VixCurve:
    """Today's futures at constant tenors, times the event's ratios there, or moved by the betas."""
    last = base.years[-1] * 365.0 if base.years else CURVE_LAST_DAYS
    days = np.append(np.arange(CURVE_STEP_DAYS, last, CURVE_STEP_DAYS), last)
    today = np.array([base.future(one / 365.0)[0] for one in days])
    if path.futures is None:
        levels = today + np.array([shock_beta(one / 365.0) for one in days]) * (vix - base.vix)
        source = "today's curve moved by the shock betas"
    else:
        ratios = np.concatenate([[vix / base.vix], path.futures.values[row]])
        levels = today * np.interp(days, np.concatenate([[0.0], TENOR_DAYS]), ratios)
        source = "today's curve times the event's ratios at constant tenors"
    years, points = tuple((days / 365.0).tolist()), tuple(np.maximum(levels, 1.0).tolist())
    return VixCurve(vix, base.anchor, years, points, source, Origin.MODELLED)
