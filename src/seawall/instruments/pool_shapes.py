"""Shapes of liquidity: what a pool position holds and is worth at each price of its base token (METHOD 1.4).

A new kind of pool is one kernel, one shape here, and one line in ``SHAPES``: the laws of the tests run on that table.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, of_v2, of_v3
from seawall.core.errors import BoundsError, RangeError
from seawall.instruments.option import positive
from seawall.instruments.pool_curves import CoveredCall, Stable, Weighted
from seawall.kernels.amm import Pool, v2, v3

Array = NDArray[np.float64]
Span = tuple[float, float]

EVERYWHERE: Final[Span] = (0.0, math.inf)
LEAST_PRICE: Final = 1e-18 / 1.0001**887272
"""Price of v3's lowest tick, 1.0001^-887272, with 18 decimals more in one token than in the other."""


class PoolShape(Protocol):
    """Value, holdings and convexity of a position as a function of price, in quote tokens; immutable."""

    @property
    def kind(self) -> str:
        """Name used in book files, the key in ``SHAPES``."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """Price intervals, rising, in which it trades and earns fees."""

    def pool(self, price: Array) -> Pool:
        """Value, delta, density and amounts at each price, shape of ``price``."""

    def density(self) -> ConvexityDensity:
        """``-V''`` as a density, for any horizon."""

    def scaled(self, factor: float) -> Self:
        """``factor`` (> 0) times the position."""

    @classmethod
    def typical(cls, price: float) -> Self:
        """An ordinary position of this kind around a price."""


@dataclass(frozen=True, slots=True)
class ConstantProduct:
    """A v2 share: ``x y = L^2`` over the whole price axis. Raises ``DomainError`` for L <= 0."""

    liquidity: float

    def __post_init__(self) -> None:
        positive(self.liquidity, "liquidity")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "v2_pool"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everywhere."""
        return (EVERYWHERE,)

    def pool(self, price: Array) -> Pool:
        """``2 L sqrt P``."""
        return v2(price, self.liquidity)

    def density(self) -> ConvexityDensity:
        """``(L/2) q^-1.5``."""
        return of_v2(self.liquidity)

    def scaled(self, factor: float) -> "ConstantProduct":
        """``factor`` times the liquidity."""
        return replace(self, liquidity=factor * self.liquidity)

    @classmethod
    def typical(cls, price: float) -> "ConstantProduct":
        """One base token and its worth in quote."""
        return cls(math.sqrt(price))


@dataclass(frozen=True, slots=True)
class PriceRange:
    """``liquidity`` L between two prices.

    Raises ``DomainError`` for a number that is not positive, ``BoundsError`` outside v3's ticks, ``RangeError`` when
    low >= high.
    """

    low: float
    high: float
    liquidity: float

    def __post_init__(self) -> None:
        positive(self.liquidity, "liquidity")
        positive(self.low, "low end of the range")
        positive(self.high, "high end of the range")
        if self.low < LEAST_PRICE or self.high > 1.0 / LEAST_PRICE:
            raise BoundsError(
                f"the range [{self.low:g}, {self.high:g}] lies outside v3's ticks for any tokens of up to 18 decimals: "
                "give prices in dollars per base token, or a v2_pool for the whole axis"
            )
        if self.low >= self.high:
            raise RangeError(
                f"the range must have low < high, was [{self.low:g}, {self.high:g}]: "
                f"did you mean [{self.high:g}, {self.low:g}]?"
            )


@dataclass(frozen=True, slots=True)
class Concentrated:
    """A v3 position of one or several ranges, which may overlap. Raises ``RangeError`` without any."""

    ranges: tuple[PriceRange, ...]

    def __post_init__(self) -> None:
        if not self.ranges:
            raise RangeError("a concentrated position needs at least one range: give low and high")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "v3_pool"

    @property
    def spans(self) -> tuple[Span, ...]:
        """The ranges, those that meet joined."""
        joined: list[Span] = []
        for low, high in sorted((r.low, r.high) for r in self.ranges):
            if joined and low <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
            else:
                joined.append((low, high))
        return tuple(joined)

    def pool(self, price: Array) -> Pool:
        """Sum over the ranges; its leverage is the convexity per value in units of the v2 pool's."""
        parts = [v3(price, r.liquidity, r.low, r.high) for r in self.ranges]
        if len(parts) == 1:
            return parts[0]
        value, delta, density, base, quote = (
            np.asarray(sum(getattr(part, name) for part in parts)) for name in Pool._fields[:5]
        )
        edge = np.asarray(np.any([part.on_edge for part in parts], axis=0))
        return Pool(value, delta, density, base, quote, 4.0 * density * np.asarray(price) ** 2 / value, edge)

    def density(self) -> ConvexityDensity:
        """``(L/2) q^-1.5`` on each range."""
        whole = [of_v3(r.liquidity, r.low, r.high) for r in self.ranges]
        return sum(whole[1:], start=whole[0])

    def scaled(self, factor: float) -> "Concentrated":
        """``factor`` times the liquidity of every range."""
        return Concentrated(tuple(replace(r, liquidity=factor * r.liquidity) for r in self.ranges))

    @classmethod
    def typical(cls, price: float) -> "Concentrated":
        """A range of a quarter to either side within a wider, thinner one."""
        wide = PriceRange(price / 2.0, price * 2.0, math.sqrt(price))
        return cls((PriceRange(price / 1.25, price * 1.25, 3.0 * math.sqrt(price)), wide))


def concentrated(liquidity: float, low: float, high: float) -> Concentrated:
    """A v3 position of one range."""
    return Concentrated((PriceRange(low, high, liquidity),))


SHAPES: Final[Mapping[str, type[PoolShape]]] = {
    "v2_pool": ConstantProduct,
    "v3_pool": Concentrated,
    "weighted_pool": Weighted,
    "stable_pool": Stable,
    "covered_call_pool": CoveredCall,
}
"""Every kind of pool there is, by the name it has in book files."""
