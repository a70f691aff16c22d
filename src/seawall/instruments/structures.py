"""Structures: verticals, condors, calendars and call ladders, as checked sums of option legs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity
from seawall.core.errors import ConventionError, DomainError, StrikesOutOfOrderError
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.instruments.base import Exposure, common_factor, total
from seawall.instruments.option import EuropeanOption, Group, Right, Strikes, grouped
from seawall.instruments.vix import VixOption
from seawall.market.state import State, View

Array = NDArray[np.float64]
OptionLeg: TypeAlias = EuropeanOption | VixOption


@dataclass(frozen=True, slots=True)
class Leg:
    """``units`` of one option in one unit of the structure; negative when sold."""

    option: OptionLeg
    units: float


@dataclass(frozen=True, slots=True)
class Structure:
    """A named combination of options on one underlying. Make one with the functions below: they check its shape."""

    kind: str
    legs: tuple[Leg, ...]

    @property
    def factor(self) -> str:
        """The underlying of every leg."""
        return self.legs[0].option.factor

    @property
    def settles(self) -> tuple[datetime, ...]:
        """Expiries of its legs, rising."""
        return tuple(sorted({leg.option.expires for leg in self.legs}))

    def value(self, view: View) -> Array:
        """Dollars per structure."""
        return self._sum(view, Strikes.values, VixOption.value)

    def dollar_gamma(self, view: View) -> Array:
        """Gamma S^2 per structure."""
        return self._sum(view, Strikes.dollar_gammas, VixOption.dollar_gamma)

    def exposure(self, state: State) -> Exposure:
        """Sum over the legs."""
        vix = [leg.option.exposure(state).scaled(leg.units) for leg in self.legs if isinstance(leg.option, VixOption)]
        return total([exposure for group in self._groups() for _, exposure in group.exposures(state)] + vix)

    def _groups(self) -> tuple[Group, ...]:
        legs = enumerate(self.legs)
        return grouped((i, leg.units, leg.option) for i, leg in legs if isinstance(leg.option, EuropeanOption))

    def _sum(self, view: View, of: Callable[[Strikes, View], Array], vix: Callable[[VixOption, View], Array]) -> Array:
        out = np.zeros(view.moves.size)
        for group in self._groups():
            out += (group.units * of(group.strikes, view)).sum(axis=0)
        for leg in self.legs:
            if isinstance(leg.option, VixOption):
                out += leg.units * vix(leg.option, view)
        return out

    def density(self, state: State) -> ConvexityDensity | None:
        """Sum of the legs' masses when all settle together; None for a calendar, whose legs live at two horizons."""
        if len(self.settles) != 1:
            return None
        out: ConvexityDensity | None = None
        for leg in self.legs:
            unit = leg.option.density(state)
            if unit is None:
                return None
            out = unit.scaled(leg.units) if out is None else out + unit.scaled(leg.units)
        return out

    def strikes(self) -> tuple[float, ...]:
        """Strikes of the legs, in the order given."""
        return tuple(leg.option.strike for leg in self.legs)


OptionMaker: TypeAlias = Callable[[Right, float, datetime], OptionLeg]


def option_on(factor: str, multiplier: float = SPX_OPTION_MULTIPLIER) -> OptionMaker:
    """Maker of options on an asset."""
    return lambda right, strike, expires: EuropeanOption(factor, right, strike, expires, multiplier)


def option_on_vix() -> OptionMaker:
    """Maker of VIX options."""
    return VixOption


def _rising(strikes: Sequence[float], count: int, structure: str) -> None:
    if len(strikes) != count:
        raise DomainError(f"a {structure} has {count} strikes, had {len(strikes)}: {tuple(strikes)}")
    if any(high <= low for low, high in pairwise(strikes)):
        meant = ", ".join(f"{k:g}" for k in sorted(strikes))
        had = ", ".join(f"{k:g}" for k in strikes)
        raise StrikesOutOfOrderError(f"strikes of a {structure} must rise, were ({had}): did you mean ({meant})?")


def condor(make: OptionMaker, strikes: Sequence[float], expires: datetime) -> Structure:
    """A LONG iron condor: long the inner put and call, short the outer ones. Selling it is the short-convexity trade.

    ``strikes`` rise: put wing, short put, short call, call wing as its seller names them.
    """
    _rising(strikes, 4, "condor")
    low, put, call, high = strikes
    legs = (("put", low, -1.0), ("put", put, 1.0), ("call", call, 1.0), ("call", high, -1.0))
    return Structure("condor", tuple(Leg(make(right, strike, expires), u) for right, strike, u in legs))  # type: ignore[arg-type]


def vertical(make: OptionMaker, right: Right, strikes: Sequence[float], expires: datetime) -> Structure:
    """A long vertical: long the strike nearer the money's expensive side (lower call, higher put), short the other."""
    _rising(strikes, 2, "vertical")
    low, high = strikes
    bought, sold = (low, high) if right == "call" else (high, low)
    return Structure("vertical", (Leg(make(right, bought, expires), 1.0), Leg(make(right, sold, expires), -1.0)))


def calendar(make: OptionMaker, right: Right, strike: float, near: datetime, far: datetime) -> Structure:
    """A long calendar: short the near expiry, long the far one, same strike.

    On VIX the two legs have two underlyings, and the loss is not bounded by the premium (METHOD 7.5).
    """
    if near >= far:
        raise ConventionError(
            f"a calendar sells the nearer expiry: {near:%Y-%m-%d} is not before {far:%Y-%m-%d}, swap them"
        )
    return Structure("calendar", (Leg(make(right, strike, near), -1.0), Leg(make(right, strike, far), 1.0)))


def call_ladder(make: OptionMaker, strikes: Sequence[float], weights: Sequence[float], expires: datetime) -> Structure:
    """Long calls at rising strikes, ``weights`` contracts of each (the Second Engine's rungs, METHOD 7.1)."""
    _rising(strikes, len(strikes), "call ladder")
    if len(strikes) < 2 or len(weights) != len(strikes):
        raise DomainError(
            f"a call ladder has two or more strikes and a weight for each, had {len(strikes)} and {len(weights)}"
        )
    if any(weight <= 0.0 for weight in weights):
        raise DomainError(f"weights of a call ladder must be positive, were {tuple(weights)}: every rung is owned")
    legs = tuple(Leg(make("call", k, expires), w) for k, w in zip(strikes, weights, strict=True))
    common_factor((leg.option for leg in legs), "call ladder")
    return Structure("call_ladder", legs)
