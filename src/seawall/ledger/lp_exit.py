"""Where the price is in a pool's ranges, and when it may leave them: first passage of a driftless lognormal."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.status import Status
from seawall.instruments.pool_shapes import EVERYWHERE, Span
from seawall.kernels.barrier import exit_probability, expected_exit_years, lower_exit_share
from seawall.kernels.normal import norm_cdf
from seawall.market.state import State

EXIT_DAYS: Final = (1.0, 7.0, 30.0)
MODEL: Final = "driftless lognormal price at the at-the-money implied volatility of each horizon, watched continuously"


@dataclass(frozen=True, slots=True)
class Distance:
    """From the price to an end: its ``price``, the simple ``move`` there, and ln of it in daily standard deviations."""

    price: float
    move: float
    daily_deviations: float


@dataclass(frozen=True, slots=True)
class Horizon:
    """Chances within ``days`` at the implied ``vol``.

    ``cross``: the price reaches an end of its range, or, from outside, comes back to one. ``outside``: it is outside
    every range at the horizon itself.
    """

    days: float
    vol: float
    cross: float
    outside: float


@dataclass(frozen=True, slots=True)
class Exits:
    """The ranges of a position and the price among them; prices in quote units.

    ``spans``: the ranges; ``nearest``: the one that holds the price, else the nearest in log price. ``inside``: whether
    it trades now. ``room``: the interval whose ends the price has yet to reach, the range itself or the gap beside it.
    ``low``, ``high``: distances to the ends of ``nearest``, None where it has none. ``expected_days``: until an end of
    ``room`` is reached, None with ``status`` ENDLESS where that may never come. ``low_first``: probability that the
    low end of ``room`` is reached first, None unless it has both ends.
    """

    spans: tuple[Span, ...]
    nearest: Span
    inside: bool
    room: Span
    low: Distance | None
    high: Distance | None
    horizons: tuple[Horizon, ...]
    expected_days: float | None
    status: Status
    low_first: float | None

    @property
    def everywhere(self) -> bool:
        """Whether there is no price at which it stops trading."""
        return self.spans == (EVERYWHERE,)


def holds(span: Span, price: float) -> bool:
    """Whether a price is in a range; both ends belong to it."""
    return span[0] <= price <= span[1]


def _gap(span: Span, price: float) -> float:
    if holds(span, price):
        return 0.0
    return math.log(span[0] / price) if price < span[0] else math.log(price / span[1])


def _room(spans: tuple[Span, ...], price: float) -> Span:
    """The range that holds the price, else the gap between the ranges below and above it."""
    held = next((span for span in spans if holds(span, price)), None)
    if held is not None:
        return held
    low = max((high for _, high in spans if high < price), default=0.0)
    high = min((low for low, _ in spans if low > price), default=math.inf)
    return low, high


def _distance(end: float, price: float, daily: float) -> Distance | None:
    if end == 0.0 or math.isinf(end):
        return None
    return Distance(end, end / price - 1.0, math.log(end / price) / daily)


def _held_at(spans: tuple[Span, ...], price: float, deviation: float) -> float:
    """Probability that ``price`` times a driftless lognormal of this standard deviation is in a range."""

    def below(end: float) -> float:
        if end == 0.0 or math.isinf(end):
            return 0.0 if end == 0.0 else 1.0
        return float(norm_cdf(math.log(end / price) / deviation + 0.5 * deviation))

    return sum(below(high) - below(low) for low, high in spans)


def exits(spans: tuple[Span, ...], factor: str, state: State, vol: float) -> Exits:
    """Read the ranges ``spans`` of a pool in ``factor``; ``vol`` is the volatility of distances and expected times."""
    price = state.asset(factor).spot.value
    nearest = min(spans, key=lambda span: _gap(span, price))
    inside = holds(nearest, price)
    room, daily = _room(spans, price), vol / math.sqrt(365.0)
    horizons = []
    for days in EXIT_DAYS if spans != (EVERYWHERE,) else ():
        level = float(state.view().vol(factor, price, days / 365.0)[0])
        cross = float(exit_probability(price, *room, level, days / 365.0))
        kept = _held_at(spans, price, level * math.sqrt(days / 365.0))
        horizons.append(Horizon(days, level, cross, min(max(1.0 - kept, 0.0), 1.0)))
    expected = 365.0 * float(expected_exit_years(price, *room, vol))
    finite = bool(np.isfinite(expected))
    bounded = room[0] > 0.0 and math.isfinite(room[1])
    return Exits(
        spans=spans,
        nearest=nearest,
        inside=inside,
        room=room,
        low=_distance(nearest[0], price, daily),
        high=_distance(nearest[1], price, daily),
        horizons=tuple(horizons),
        expected_days=expected if finite else None,
        status=Status.FOUND if finite else Status.ENDLESS,
        low_first=float(lower_exit_share(price, *room)) if bounded else None,
    )
