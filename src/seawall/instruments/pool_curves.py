"""Shapes of liquidity that are not constant product: weighted, stable and covered call (METHOD 1.4 and 2.1)."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import AnyHorizon, ConvexityDensity, of_weighted
from seawall.convexity.fitted import power_laws, steepest_power
from seawall.convexity.pieces import Segment
from seawall.core.errors import DomainError
from seawall.instruments.option import positive
from seawall.kernels.amm import Pool, weighted
from seawall.kernels.rmm import EXPIRED, covered_call
from seawall.kernels.stableswap import invariant_of, other_amount, stable

Array = NDArray[np.float64]
Span = tuple[float, float]

EVERYWHERE: Final[Span] = (0.0, math.inf)
TAIL_SHARE: Final = 1e-4
"""A stable pool follows its asymptotic power law where the scarce coin's share of D is of this order."""
TAIL_DEVIATIONS: Final = 6.0
"""Standard deviations around the strike that a covered call's density resolves: 2e-9 of it lies beyond."""


def _price_level(value: float, what: str) -> None:
    """Raise ``DomainError`` unless ``value`` can be a price."""
    if not 1e-12 <= value <= 1e12:
        raise DomainError(f"{what} must be a price of 1e-12 to 1e12, was {value:g}: give dollars per base token")


@dataclass(frozen=True, slots=True)
class Weighted:
    """A weighted pool share ``V = c P^w``, ``weight`` w the value share of the base token, ``coefficient`` c.

    Raises ``DomainError`` for a weight outside (0, 1) and c <= 0.
    """

    coefficient: float
    weight: float

    def __post_init__(self) -> None:
        positive(self.coefficient, "size of the pool")
        if not 0.0 < self.weight < 1.0:
            raise DomainError(f"weight must be inside (0, 1), was {self.weight:g}: give a share, 0.2 for 20 %")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "weighted_pool"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everywhere."""
        return (EVERYWHERE,)

    def pool(self, price: Array) -> Pool:
        """``c P^w``."""
        return weighted(price, self.coefficient, self.weight)

    def density(self) -> ConvexityDensity:
        """``w (1-w) c q^(w-2)``."""
        return of_weighted(self.coefficient, self.weight)

    def scaled(self, factor: float) -> "Weighted":
        """``factor`` times the pool share."""
        return replace(self, coefficient=factor * self.coefficient)

    @classmethod
    def typical(cls, price: float) -> "Weighted":
        """One base token at 80 % of value, and its 20 % of quote."""
        return weighted_of(1.0, 0.25 * price, 0.8)


def weighted_of(base: float, quote: float, weight: float) -> Weighted:
    """The pool share that holds these amounts: ``c = (x/w)^w (y/(1-w))^(1-w)``. Raises ``DomainError``."""
    positive(base, "base_amount")
    positive(quote, "quote_amount")
    unit = Weighted(1.0, weight)
    return unit.scaled((base / weight) ** weight * (quote / (1.0 - weight)) ** (1.0 - weight))


@dataclass(frozen=True, slots=True)
class Stable:
    """A share of a two-coin stableswap pool: ``amplification`` A as the contract has it, and ``invariant`` D.

    ``rate``: quote tokens that the pool counts a base token as, around which liquidity is. Raises ``DomainError`` for a
    number that is not positive, or A outside 1 to 1e6, the contracts' bounds.
    """

    amplification: float
    invariant: float
    rate: float = 1.0

    def __post_init__(self) -> None:
        positive(self.invariant, "invariant")
        _price_level(self.rate, "rate")
        if not 1.0 <= self.amplification <= 1e6:
            raise DomainError(f"amplification must be 1 to 1e6, was {self.amplification:g}: give the contract's A")

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "stable_pool"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everywhere."""
        return (EVERYWHERE,)

    def pool(self, price: Array) -> Pool:
        """The cheapest amounts on the invariant."""
        return stable(price, self.amplification, self.invariant, self.rate)

    def density(self) -> ConvexityDensity:
        """``-dx/dP`` as power laws, right within 5e-4 at every price, with exact value and delta at their ends.

        The shoulders of a pool of A above 200 (less for a ``rate`` far from 1) are steeper than a power law may be:
        there within 3 %, which prices of a horizon wider than 1/A average out.
        Both tails are the pool's own: ``q^-4/3`` below and ``q^-5/3`` above.
        """
        scale, rate = self.invariant, self.rate
        return ConvexityDensity(
            tuple(
                Segment(low * rate, high * rate, c * scale * rate ** (p - 2.0), p)
                for low, high, c, p in _stable_laws(self.amplification, steepest_power(rate))
            ),
            (),
            AnyHorizon(),
        )

    def scaled(self, factor: float) -> "Stable":
        """``factor`` times the pool share."""
        return replace(self, invariant=factor * self.invariant)

    @classmethod
    def typical(cls, price: float) -> "Stable":
        """A pool that counts a base token as two per cent less than the price."""
        return cls(20.0, 2.0 * price, 0.98 * price)


def stable_of(amplification: float, base: float, quote: float, rate: float = 1.0) -> Stable:
    """The pool share that holds these balances. Raises ``DomainError``, ``NotConvergedError``."""
    unit = Stable(amplification, 1.0, rate)
    return unit.scaled(invariant_of(amplification, base, quote, rate))


@lru_cache(maxsize=64)
def _stable_laws(amplification: float, steepest: float) -> tuple[Segment, ...]:
    """Of D = 1 and rate 1. The pool is the same seen from either coin, so its knots mirror in ln q around 1."""
    ann = 2.0 * amplification
    u = 1.0 / TAIL_SHARE
    v = other_amount(ann, u)
    low = (2.0 * ann * u * v + 0.5 / u) / (2.0 * ann * u * v + 0.5 / v)
    cells = power_laws(lambda q: stable(q, amplification, 1.0).density, np.array([low, 1.0, 1.0 / low]), steepest)
    ends = stable(np.array([low, 1.0 / low]), amplification, 1.0)
    below = Segment(0.0, low, float(ends.quote[0]) * 2.0 / 3.0 * low ** (-2.0 / 3.0), 4.0 / 3.0)
    above = Segment(1.0 / low, math.inf, float(ends.base[1]) * 2.0 / 3.0 * low ** (-2.0 / 3.0), 5.0 / 3.0)
    return (below, *cells, above)


@dataclass(frozen=True, slots=True)
class CoveredCall:
    """``size`` units of a covered-call pool; ``vol`` is what it prices at (1.0 = 100 %), ``years`` left, as stated.

    Raises ``DomainError`` for a number that is not positive; at expiry it has no density.
    """

    strike: float
    vol: float
    years: float
    size: float = 1.0

    def __post_init__(self) -> None:
        if self.years == 0.0:
            raise DomainError(EXPIRED)
        _price_level(self.strike, "strike")
        for value, name in ((self.vol, "vol"), (self.years, "years"), (self.size, "size")):
            positive(value, name)
        if not 1e-3 <= self.deviation <= 5.0:
            raise DomainError(
                f"vol times the square root of years must be 0.001 to 5, was {self.deviation:g}: vol 0.8 is 80 % a year"
            )

    @property
    def kind(self) -> str:
        """Name used in book files."""
        return "covered_call_pool"

    @property
    def deviation(self) -> float:
        """``vol sqrt(years)``."""
        return self.vol * math.sqrt(self.years)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everywhere."""
        return (EVERYWHERE,)

    def pool(self, price: Array) -> Pool:
        """``size`` times ``S (1 - N(d1)) + K N(d2)``."""
        unit = covered_call(price, self.strike, self.vol, self.years)
        value, delta, density, base, quote = (np.asarray(self.size * column) for column in unit[:5])
        return Pool(value, delta, density, base, quote, unit.leverage, unit.on_edge)

    def density(self) -> ConvexityDensity:
        """``n(d1)/(S s)`` as power laws, right within 5e-4 at every price, with exact value and delta at their ends.

        Beyond 6 deviations of the strike, where 2e-9 of it lies, it is left out. Days before expiry its flanks are
        steeper than a power law may be: there within 3 %.
        """
        scale, k = self.size, self.strike
        return ConvexityDensity(
            tuple(
                Segment(low * k, high * k, c * scale * math.pow(k, p - 1.0), p)
                for low, high, c, p in _covered_laws(self.deviation, steepest_power(k))
            ),
            (),
            AnyHorizon(),
        )

    def scaled(self, factor: float) -> "CoveredCall":
        """``factor`` times the size."""
        return replace(self, size=factor * self.size)

    @classmethod
    def typical(cls, price: float) -> "CoveredCall":
        """A month, a strike a tenth above the price, 80 %."""
        return cls(1.1 * price, 0.8, 30.0 / 365.0)


@lru_cache(maxsize=64)
def _covered_laws(deviation: float, steepest: float) -> tuple[Segment, ...]:
    """Of strike 1 and size 1, between where d1 and d2 are six deviations out."""
    reach = np.array([-TAIL_DEVIATIONS, 0.0, TAIL_DEVIATIONS + deviation])
    knots = np.exp(deviation * (reach - 0.5 * deviation))
    return tuple(power_laws(lambda q: covered_call(q, 1.0, deviation, 1.0).density, knots, steepest))
