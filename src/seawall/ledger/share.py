"""How much of a position's risk a VIX hedge can reach: shape, asset and tenor shares (METHOD 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.project import shape_shares_of_profiles
from seawall.core.clock import years_between
from seawall.instruments.base import Exposure, Position
from seawall.instruments.together import together
from seawall.market.smile import tenor_factor
from seawall.market.state import Moves, State

Array = NDArray[np.float64]

HEDGE_SESSIONS: Final = 5
HEDGE_TENOR_DAYS: Final = (30.0, 110.0, 220.0)
HEDGE_WEIGHTS: Final = (4.0, 4.0, 2.0)
POOL_VEGA_DAYS: Final = 30.0
NO_GAMMA: Final = 1e-12
"""Dollar gamma over value below which there is no convexity to hedge: a covered call far from its strike."""
BUCKET_EDGE_DAYS: Final = np.array([0.0, 1.0, 7.0, 14.0, 30.0, 60.0, 90.0, 120.0, 180.0, 270.0, 365.0])
TENOR_CORRELATION_DECAY: Final = 0.05
"""Correlation of daily changes at tenors a and b is exp(-0.05 |ln a/b|): VIX9D against VIX3M correlate 0.89
(daily, 2011-2022, exploratory), |ln 9/93| = 2.34."""


@dataclass(frozen=True, slots=True)
class HedgeableShare:
    """Shares in [0, 1]; None is unknown. ``product`` is the VIX-hedgeable share, known when all three are.

    The product is exact when each residual is orthogonal to the next factor, otherwise an approximation.
    """

    shape: float
    asset: float | None
    tenor: float

    @property
    def product(self) -> float | None:
        """Shape times asset times tenor."""
        return None if self.asset is None else self.shape * self.asset * self.tenor

    @property
    def at_most(self) -> float:
        """Upper bound whatever the asset share is."""
        return self.shape * (1.0 if self.asset is None else self.asset) * self.tenor


def _overlap(start: float, end: float) -> Array:
    low, high = BUCKET_EDGE_DAYS[:-1], BUCKET_EDGE_DAYS[1:]
    inside: Array = np.clip(np.minimum(high, end) - np.maximum(low, start), 0.0, None)
    return inside / max(end - start, 1e-9)


@cache
def _bucket_covariance() -> Array:
    middle = 0.5 * (BUCKET_EDGE_DAYS[:-1] + BUCKET_EDGE_DAYS[1:])
    size = np.array([tenor_factor(days / 365.0) for days in middle])
    distance = np.abs(np.log(middle[:, None] / middle[None, :]))
    covariance: Array = size[:, None] * size[None, :] * np.exp(-TENOR_CORRELATION_DECAY * distance)
    return covariance


def tenor_share(days: float) -> float:
    """R2 between vega spread over [0, days] and the 4:4:2 hedge, whose futures live on [T, T + 30 days]."""
    covariance = _bucket_covariance()
    held = _overlap(0.0, max(days, 0.5))
    hedge = np.zeros_like(held)
    for weight, tenor in zip(HEDGE_WEIGHTS, HEDGE_TENOR_DAYS, strict=True):
        hedge += weight * _overlap(tenor, tenor + 30.0)
    own, other, cross = held @ covariance @ held, hedge @ covariance @ hedge, held @ covariance @ hedge
    return float(cross**2 / (own * other))


def hedgeable_share(position: Position, state: State) -> HedgeableShare | None:
    """The three shares of a position; None where the question is void: no asset, or not short convexity nearby.

    Shape: projection of its instantaneous dollar gamma on a constant one, over the lognormal distribution of the price
    five sessions ahead. Asset: 1 for SPX, else R2 of realised variance on SPX variance, unknown when the market does
    not state it. Tenor: vega buckets against the 4:4:2 hedge.
    """
    return hedgeable_shares((position,), (position.exposure(state),), state)[0]


def hedgeable_shares(
    positions: Sequence[Position], known: Sequence[Exposure], state: State
) -> tuple[HedgeableShare | None, ...]:
    """``hedgeable_share`` of each position, given the exposures of all; those that end together in one array."""
    alike: dict[tuple[str, float], list[int]] = {}
    for index, (position, exposure) in enumerate(zip(positions, known, strict=True)):
        name = position.instrument.factor
        if name in state.assets and exposure.gamma_usd < -NO_GAMMA * abs(exposure.value_usd):
            alike.setdefault((name, _days(position, state)), []).append(index)
    found: dict[int, HedgeableShare] = {}
    for (name, days), group in alike.items():
        found |= zip(group, _shares([positions[index] for index in group], name, days, state), strict=True)
    return tuple(found.get(index) for index in range(len(positions)))


def _days(position: Position, state: State) -> float:
    settles = position.instrument.settles
    return years_between(state.now, settles[-1]) * 365.0 if settles else POOL_VEGA_DAYS


def _shares(positions: Sequence[Position], name: str, days: float, state: State) -> list[HedgeableShare]:
    asset = state.asset(name)
    held, spot = together(positions), asset.spot.value

    def convexity(prices: Array) -> Array:
        return -held.dollar_gammas(state.view(Moves({name: prices / spot - 1.0})))

    level = float(state.view().vol(name, spot, max(days, 1.0) / 365.0)[0])
    shapes = shape_shares_of_profiles(convexity, spot, level, HEDGE_SESSIONS)
    reach = 1.0 if name == "SPX" else (None if asset.spx_share is None else asset.spx_share.value)
    tenor = tenor_share(days)
    return [HedgeableShare(float(shape), reach, tenor) for shape in shapes]
