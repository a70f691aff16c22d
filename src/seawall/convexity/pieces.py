"""What a density is made of: power laws on segments, masses at strikes, a horizon; and forced flow, which is none.

METHOD 2.1.
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, final

from seawall.core.errors import ConventionError, DomainError, RangeError

NO_PAYOFF = "forced flow is one-sided and no part of a holder's payoff: keep it in its own book"


class Segment(NamedTuple):
    """``coefficient * q**-power`` on ``[low, high]``; ``low`` may be 0 and ``high`` inf."""

    low: float
    high: float
    coefficient: float
    power: float


class Mass(NamedTuple):
    """``size`` units of a Dirac at ``strike``: that many options sold (bought, if negative)."""

    strike: float
    size: float


@final
@dataclass(frozen=True, slots=True)
class Terminal:
    """The second derivative of a payoff ``years`` from now."""

    years: float


@final
@dataclass(frozen=True, slots=True)
class Instantaneous:
    """The second derivative of today's value in today's price."""


@final
@dataclass(frozen=True, slots=True)
class AnyHorizon:
    """Payoff and today's value are the same function: a position redeemable at any time."""


Horizon = Terminal | Instantaneous | AnyHorizon


def common_horizon(first: Horizon, second: Horizon) -> Horizon:
    """The horizon both hold for. Raises ConventionError if there is none."""
    if isinstance(first, AnyHorizon):
        return second
    if isinstance(second, AnyHorizon) or first == second:
        return first
    raise ConventionError(
        f"a density for {first} and one for {second} do not add: state one horizon for both, or price them apart"
    )


def canonical_masses(masses: Iterable[Mass]) -> tuple[Mass, ...]:
    """Rising strikes, one mass each, none of size zero. Raises DomainError."""
    sizes: dict[float, list[float]] = {}
    for strike, size in masses:
        if not (math.isfinite(strike) and strike > 0.0 and math.isfinite(size)):
            raise DomainError(f"a mass needs a finite strike > 0 and a finite size, were {strike} and {size}")
        sizes.setdefault(float(strike), []).append(float(size))
    summed = ((strike, math.fsum(parts)) for strike, parts in sorted(sizes.items()))
    return tuple(Mass(strike, size) for strike, size in summed if size != 0.0)


def _check_segment(segment: Segment) -> None:
    low, high, coefficient, power = segment
    if math.isnan(low) or math.isnan(high) or low < 0.0 or not math.isfinite(coefficient + power):
        raise DomainError(f"a segment needs low >= 0 and finite coefficient and power, was {tuple(segment)}")
    if low >= high:
        raise RangeError(f"low must be below high, were {low} and {high}: swap or widen the segment")


def canonical_segments(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Per power no overlaps, equal neighbours joined, zero pieces gone. Raises DomainError, RangeError."""
    by_power: dict[float, list[Segment]] = {}
    for segment in segments:
        _check_segment(segment)
        by_power.setdefault(float(segment.power), []).append(segment)
    pieces: list[Segment] = []
    for power, group in by_power.items():
        knots = sorted({float(end) for segment in group for end in segment[:2]})
        open_piece: Segment | None = None
        for low, high in itertools.pairwise(knots):
            total = math.fsum(float(s.coefficient) for s in group if s.low <= low and high <= s.high)
            if open_piece is not None and open_piece.coefficient == total:
                open_piece = open_piece._replace(high=high)
                continue
            if open_piece is not None:
                pieces.append(open_piece)
            open_piece = Segment(low, high, total, power)
        if open_piece is not None:
            pieces.append(open_piece)
    return tuple(sorted(piece for piece in pieces if piece.coefficient != 0.0))


@final
@dataclass(frozen=True, slots=True)
class FlowDensity:
    """Units the market is forced to trade as price crosses q: liquidations. One-sided and irreversible.

    ``sells`` are units sold when price falls to a strike (longs liquidated), ``buys`` units bought when it
    rises to one; sizes >= 0. It adds to other flows for impact work; it has no value and no static hedge.
    """

    sells: tuple[Mass, ...]
    buys: tuple[Mass, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sells", canonical_masses(self.sells))
        object.__setattr__(self, "buys", canonical_masses(self.buys))
        if any(mass.size < 0.0 for mass in self.sells + self.buys):
            raise DomainError("forced units are sizes >= 0: the side says whether they are sold or bought")

    def __add__(self, other: object) -> "FlowDensity":
        if not isinstance(other, FlowDensity):
            raise ConventionError(NO_PAYOFF)
        return FlowDensity(self.sells + other.sells, self.buys + other.buys)

    def scaled(self, factor: float) -> "FlowDensity":
        """``factor`` (>= 0) times the units."""
        return FlowDensity(
            tuple(Mass(m.strike, factor * m.size) for m in self.sells),
            tuple(Mass(m.strike, factor * m.size) for m in self.buys),
        )

    def triggered(self, start: float, stop: float) -> float:
        """Net units the market must trade as price goes from ``start`` to ``stop``: sold < 0, bought > 0."""
        if stop < start:
            return -math.fsum(m.size for m in self.sells if stop <= m.strike < start)
        return math.fsum(m.size for m in self.buys if start < m.strike <= stop)
