"""What is put around a layer: a gate by market state, a staged entry, a dead band, and selling at multiples."""

import math
from dataclasses import dataclass
from typing import Final

from seawall.core.errors import DomainError
from seawall.signals.regime import Regime

QUARTERS: Final = 4


@dataclass(frozen=True, slots=True)
class Gate:
    """Factor on a layer's target in each market state; 0 shuts it. Raises ``DomainError`` for a factor below 0."""

    calm: float = 1.0
    onset: float = 1.0
    spike: float = 1.0
    exhaust: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) < math.inf:
                raise DomainError(f"gate {name} must be a number >= 0, was {getattr(self, name)}")

    def factor(self, state: Regime) -> float:
        """Factor in a state."""
        return (self.calm, self.onset, self.spike, self.exhaust)[int(state)]


OPEN: Final = Gate()


@dataclass(frozen=True, slots=True)
class Staged:
    """Progressive entry (METHOD 7.2): ``clip((z - start)/(full - start), 0, 1)`` in quarters; unknown enters nothing.

    Raises ``DomainError`` unless start is below full.
    """

    start: float = 1.0
    full: float = 3.0

    def __post_init__(self) -> None:
        if not self.start < self.full:
            raise DomainError(f"a staged entry starts below its end, were {self.start} and {self.full}: swap them")

    def factor(self, z: float | None) -> float:
        """Share of the target, 0, .25, .5, .75 or 1."""
        if z is None or not math.isfinite(z):
            return 0.0
        share = min(max((z - self.start) / (self.full - self.start), 0.0), 1.0)
        return math.floor(share * QUARTERS + 0.5) / QUARTERS


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """Dead band: what is held stays while it is within ``share`` of what is wanted (METHOD 7.3)."""

    share: float = 0.15

    def __post_init__(self) -> None:
        if not 0.0 <= self.share < 1.0:
            raise DomainError(f"hysteresis is a share in 0 .. 1 (0.15 = 15 %), was {self.share}")

    def keeps(self, held: float, wanted: float) -> bool:
        """Whether ``held`` is near enough to ``wanted`` to leave it alone."""
        return abs(held - wanted) <= self.share * abs(wanted)


@dataclass(frozen=True, slots=True)
class Monetise:
    """Sell ``share`` of what was bought when the mark reaches ``multiple`` of the entry premium, in SPIKE."""

    steps: tuple[tuple[float, float], ...] = ((2.0, 1.0 / 3.0), (4.0, 1.0 / 3.0))

    def __post_init__(self) -> None:
        multiples = [multiple for multiple, _ in self.steps]
        if multiples != sorted(multiples) or any(not multiple > 0.0 for multiple in multiples):
            raise DomainError(f"multiples of the entry premium must rise and be positive, were {multiples}")
        if not all(0.0 < share <= 1.0 for _, share in self.steps) or sum(share for _, share in self.steps) > 1.0 + 1e-9:
            raise DomainError("shares to sell must lie in 0 .. 1 and sum to at most 1: correct `monetise`")

    def sold(self, gain: float) -> float:
        """Share of the entry to have sold once the mark is ``gain`` times the entry premium."""
        return sum(share for multiple, share in self.steps if gain >= multiple)
