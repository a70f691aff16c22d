"""An implied-volatility surface without static arbitrage: one slice an expiry, joined so that time only adds variance.

Every slice prices calls that are convex in strike. At expiry i the surface is the largest of slices 1..i, in total
variance at the same k = ln(K/F): a maximum of convex prices is convex, and it cannot fall with time. Between expiries
prices, not volatilities, are mixed (Gatheral and Jacquier 2014, lemma 5.1), which keeps both properties.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.kernels.black import black
from seawall.kernels.mixture import Mixture, mixture_density, mixture_durrleman, mixture_variance, variance_of_price
from seawall.kernels.smile import Svi, durrleman, svi_shape, svi_variance

Array = NDArray[np.float64]

REACH: Final = 4.0
"""Beyond |ln(K/F)| = 4 total variance is flat."""


class Form(StrEnum):
    """How a slice states its total variance."""

    SVI = "svi"
    MIXTURE = "mixture"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One expiry: its forward, discount and total variance; exactly one of ``svi``, ``mixture``, ``linear`` is set.

    ``reach``: the k between which a mixture still has prices above 1e-200; ``linear``: rising k and their variances,
    joined by lines, flat outside. ``below``: positions of earlier slices that are higher somewhere.
    """

    expiry: dt.date
    root: str
    years: float
    forward: float
    discount: float
    svi: Svi | None = None
    mixture: Mixture | None = None
    reach: tuple[float, float] = (-REACH, REACH)
    linear: tuple[Array, Array] | None = None
    below: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if sum(form is not None for form in (self.svi, self.mixture, self.linear)) != 1:
            raise DomainError(f"a slice has one form, the one of {self.expiry} has another number: give one of three")

    @property
    def form(self) -> Form:
        """Which of the three forms it is."""
        if self.svi is not None:
            return Form.SVI
        return Form.MIXTURE if self.mixture is not None else Form.LINEAR

    def variance(self, k: Array) -> Array:
        """Total variance of this slice alone, shape of ``k``."""
        if self.svi is not None:
            return svi_variance(k, self.svi)
        if self.mixture is not None:
            return mixture_variance(k, self.mixture, self.reach)
        assert self.linear is not None  # noqa: S101
        return np.interp(k, *self.linear)

    def durrleman(self, k: Array) -> Array:
        """Durrleman's h of this slice alone; NaN for a linear one, whose density has masses."""
        if self.svi is not None:
            return durrleman(k, svi_shape(k, self.svi))
        if self.mixture is not None:
            return mixture_durrleman(k, self.mixture, self.variance(k))
        return np.full(np.shape(k), np.nan)

    def density(self, k: Array) -> Array:
        """Risk-neutral density of ln(S/F), from the form itself; NaN for a linear slice."""
        if self.mixture is not None:
            return mixture_density(k, self.mixture)
        w = self.variance(k)
        root = np.sqrt(w)
        d2 = -k / root - 0.5 * root
        return np.asarray(self.durrleman(k) * np.exp(-0.5 * d2 * d2) / np.sqrt(2.0 * np.pi * w))


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Slices in order of settlement. ``joined``: whether they are of one underlying, so that time adds variance.

    Without it (VIX, where every expiry has its own future) a slice stands alone and ``vol`` takes the nearest one.
    Implements :class:`seawall.market.smile.Smile`: sticky in moneyness.
    """

    slices: tuple[Slice, ...]
    source: str
    origin: Origin = Origin.OBSERVED
    joined: bool = True

    def __post_init__(self) -> None:
        years = [one.years for one in self.slices]
        if not years or years[0] <= 0.0 or any(b < a for a, b in pairwise(years)):
            raise DomainError(f"a surface needs slices of rising, positive years, had {years}: sort them")

    @property
    def knots(self) -> tuple[float, ...]:
        """None: where one slice takes over from another the kink depends on the forward, and is convex."""
        return ()

    def variance_at(self, index: int, k: Array) -> Array:
        """Total variance at expiry ``index``: the largest of the slices that count; shape of ``k``."""
        at = np.clip(np.asarray(k, dtype=np.float64), -REACH, REACH)
        w = self.slices[index].variance(at)
        if self.joined:
            for earlier in self.slices[index].below:
                w = np.maximum(w, self.slices[earlier].variance(at))
        return w

    def variance(self, k: Array, years: float) -> Array:
        """Total variance at log-moneyness ``k`` for any time > 0.

        Between expiries prices are mixed in the share that makes the variance at the money linear in time. Before the
        first and after the last expiry volatility is constant at each k: earlier that adds no arbitrage, since h of
        ``c w`` for c < 1 is at least min(h, 0) of w; beyond the last it is an extrapolation.
        """
        ends = np.array([one.years for one in self.slices])
        if years <= ends[0] or years >= ends[-1] or not self.joined:
            nearest = int(np.argmin(np.abs(ends - years)))
            return self.variance_at(nearest, k) * (years / float(ends[nearest]))
        after = int(np.searchsorted(ends, years))
        if ends[after] == years:
            return self.variance_at(after, k)
        share = (years - ends[after - 1]) / (ends[after] - ends[after - 1])
        at = np.append(np.clip(np.asarray(k, dtype=np.float64).ravel(), -REACH, REACH), 0.0)
        near, far = self.variance_at(after - 1, at), self.variance_at(after, at)
        if far[-1] <= near[-1]:
            return near[:-1].reshape(np.shape(k))
        money = near[-1] + share * (far[-1] - near[-1])
        low, high, goal = (money_price(w) for w in (near[-1], far[-1], money))
        mix = (goal - low) / (high - low)
        price = (1.0 - mix) * otm_price(at, near) + mix * otm_price(at, far)
        w = np.clip(variance_of_price(at, price), near, np.maximum(near, far))
        return w[:-1].reshape(np.shape(k))

    def vol(self, strike: Array, forward: Array, years: float) -> Array:
        """Volatility per square root of a year, broadcast over ``strike`` and ``forward``; years > 0."""
        k = np.log(np.asarray(strike, dtype=np.float64) / np.asarray(forward, dtype=np.float64))
        t = max(years, 1e-9)
        return np.asarray(np.sqrt(self.variance(k, t) / t))


def otm_price(k: Array, w: Array) -> Array:
    """Out-of-the-money price over F of total variance ``w`` at ``k``: call for k >= 0, put below."""
    side = np.where(np.asarray(k) >= 0.0, 1.0, -1.0)
    return black(1.0, np.exp(k), 1.0, np.sqrt(w), 0.0, side).price


def money_price(w: float) -> float:
    """Price over F at the money."""
    return float(otm_price(np.zeros(1), np.array([w]))[0])
