"""What every sizing method is asked and what it answers: scenarios, instruments, limits; sizes and what bound them.

Money is dollars over the horizon of the scenarios, P&L positive when gained, a loss is -P&L (METHOD 0.1, 7.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status

Array = NDArray[np.float64]

LEVEL: Final = 0.95
"""Tail of CVaR: the worst 5 % (METHOD 7.4)."""
KEPT: Final = 1e-7
"""A limit exceeded by this share of its size is kept: the tolerance of the solver."""


class Measure(StrEnum):
    """What a limit counts of each instrument."""

    UNITS = "units held, sold ones negative"
    GROSS = "units held, bought or sold"
    TRADED = "units traded, bought or sold"


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """``per_unit @ x <= at_most`` with x the measure of the instruments, (m,). ``unit``: of what is limited.

    Raises ``DomainError`` for a negative ``per_unit`` of a gross or traded measure: such a limit is not convex.
    """

    name: str
    per_unit: Array
    at_most: float
    unit: str
    measure: Measure = Measure.UNITS

    def __post_init__(self) -> None:
        if not (np.isfinite(self.per_unit).all() and np.isfinite(self.at_most)):
            raise DomainError(f"limit {self.name!r} has a number that is not finite: leave the limit out instead")
        if self.measure is not Measure.UNITS and (self.per_unit < 0.0).any():
            raise DomainError(f"limit {self.name!r} counts {self.measure}: its units must weigh 0 or more")

    @property
    def scale(self) -> float:
        """What one size of it is: the limit itself, or the largest use by one unit."""
        return max(abs(self.at_most), float(np.max(np.abs(self.per_unit), initial=0.0)), 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Instruments:
    """m hedge instruments, every array (m,), per unit; a plain number holds for all.

    ``most`` and ``least``: units that can be held (liquidity; ``least`` below 0 where it may be sold short).
    ``lot``: step of the size, 0 where it is divisible. ``cost``: dollars lost per unit traded (half spread, fee).
    ``carry``: dollars per year of one unit held while the market stands still, negative when it costs. ``margin``:
    dollars tied up per unit, premium included. ``price``: dollars per unit, for premium and turnover. ``held``: now.
    """

    names: tuple[str, ...]
    most: Array | float
    least: Array | float = 0.0
    lot: Array | float = 1.0
    cost: Array | float = 0.0
    carry: Array | float = 0.0
    margin: Array | float = 0.0
    price: Array | float = 0.0
    held: Array | float = 0.0

    def __post_init__(self) -> None:
        for name in ("most", "least", "lot", "cost", "carry", "margin", "price", "held"):
            given = np.asarray(getattr(self, name), dtype=np.float64)
            if given.shape not in ((), (self.count,)):
                raise DomainError(f"{name} has shape {given.shape} for {self.count} instruments: give one number each")
            if not np.isfinite(given).all():
                raise DomainError(f"{name} of an instrument is not finite: state the liquidity and the costs of each")
            object.__setattr__(self, name, np.array(np.broadcast_to(given, (self.count,))))
        if len(set(self.names)) != self.count:
            raise DomainError(f"instruments must have different names, were {self.names}")
        for name in ("lot", "cost", "margin"):
            if (getattr(self, name) < 0.0).any():
                raise DomainError(f"{name} of an instrument is negative: give 0 or more")
        if (np.asarray(self.least) > np.asarray(self.most)).any():
            raise DomainError("least units of an instrument are above its most: swap them")

    @property
    def count(self) -> int:
        """Number of instruments, m."""
        return len(self.names)

    def array(self, name: str) -> Array:
        """One of the columns, (m,)."""
        column: Array = getattr(self, name)
        return column

    def only(self, columns: Sequence[int]) -> "Instruments":
        """Some of the instruments."""
        chosen = {name: self.array(name)[list(columns)] for name in self.__slots__ if name != "names"}
        return Instruments(tuple(self.names[column] for column in columns), **chosen)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits every package meets, None where there is none; ``further`` are limits of another kind.

    ``carry_usd_per_year``: what the units held may cost a year; ``margin_usd``: premium and margin tied up;
    ``turnover_usd``: price times units traded.
    """

    carry_usd_per_year: float | None = None
    margin_usd: float | None = None
    turnover_usd: float | None = None
    further: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A book and what may hedge it, in N scenarios.

    ``book``: its P&L without the instruments, (N,). ``unit``: P&L of one unit of each, (N, m). ``weight``: probability
    of each scenario, (N,), None for equal ones. Raises ``DomainError`` for shapes that do not fit, numbers that are
    not finite, or weights that are no probabilities.
    """

    book: Array
    unit: Array
    instruments: Instruments
    limits: Limits = field(default_factory=Limits)
    weight: Array | None = None

    def __post_init__(self) -> None:
        rows = self.book.size
        if self.book.shape != (rows,) or self.unit.shape != (rows, self.instruments.count) or not rows:
            raise DomainError(
                f"book {self.book.shape}, units {self.unit.shape} and {self.instruments.count} instruments do not fit: "
                "pass (N,) and (N, m)"
            )
        if not (np.isfinite(self.book).all() and np.isfinite(self.unit).all()):
            raise DomainError("a scenario has a P&L that is not finite: repair or drop that row")
        if self.weight is not None:
            good = self.weight.shape == (rows,) and bool((self.weight >= 0.0).all())
            if not good or abs(float(self.weight.sum()) - 1.0) > 1e-9:
                raise DomainError("weights of the scenarios must be probabilities of the same length that add up to 1")
        for limit in self.limits.further:
            if limit.per_unit.shape != (self.instruments.count,):
                raise DomainError(f"limit {limit.name!r} has {limit.per_unit.shape} weights: give one an instrument")

    @property
    def probability(self) -> Array:
        """Of each scenario, (N,)."""
        return np.full(self.book.size, 1.0 / self.book.size) if self.weight is None else self.weight

    def pnl(self, units: Array) -> Array:
        """Of the book with ``units`` (m,) held, before trading costs, (N,)."""
        return np.asarray(self.book + self.unit @ units)

    def every_limit(self) -> tuple[Limit, ...]:
        """The budget as limits."""
        own, limits = self.instruments, self.limits
        rows = []
        if limits.carry_usd_per_year is not None:
            rows.append(Limit("carry", -own.array("carry"), limits.carry_usd_per_year, "USD per year"))
        if limits.margin_usd is not None:
            rows.append(Limit("margin", own.array("margin"), limits.margin_usd, "USD", Measure.GROSS))
        if limits.turnover_usd is not None:
            rows.append(Limit("turnover", np.abs(own.array("price")), limits.turnover_usd, "USD", Measure.TRADED))
        return (*rows, *limits.further)

    def only(self, columns: Sequence[int]) -> "Problem":
        """The same book with some of the instruments."""
        chosen = list(columns)
        further = tuple(replace(limit, per_unit=limit.per_unit[chosen]) for limit in self.limits.further)
        limits = replace(self.limits, further=further)
        return replace(self, unit=self.unit[:, chosen], instruments=self.instruments.only(chosen), limits=limits)


class Binding(NamedTuple):
    """A limit without room: ``worth`` is what one more ``unit`` of it would take off the objective, None unknown."""

    name: str
    worth: float | None
    unit: str


class Sized(NamedTuple):
    """What a method found: units to hold (m,), the same before rounding, and how sure it is.

    ``gap``: how far the objective can be from the best one, as a share of it; None when the method has no objective.
    """

    units: Array
    divisible: Array
    binding: tuple[Binding, ...] = ()
    gap: float | None = None
    status: Status = Status.FOUND
    notes: tuple[str, ...] = ()


class Sizer(Protocol):
    """A sizing method with its parameters."""

    @property
    def name(self) -> str:
        """Printed beside the sizes."""

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument. Raises ``InfeasibleError`` when the limits contradict each other."""


def use(limit: Limit, units: Array, held: Array) -> float:
    """How much of a limit some units use, in its unit."""
    if limit.measure is Measure.TRADED:
        return float(limit.per_unit @ np.abs(units - held))
    return float(limit.per_unit @ (np.abs(units) if limit.measure is Measure.GROSS else units))


def excess(problem: Problem, units: Array) -> dict[str, float]:
    """Limits that some units exceed, by how much."""
    held = problem.instruments.array("held")
    over = {limit.name: use(limit, units, held) - limit.at_most for limit in problem.every_limit()}
    scales = {limit.name: limit.scale for limit in problem.every_limit()}
    return {name: amount for name, amount in over.items() if amount > KEPT * scales[name]}


def trading_cost(problem: Problem, units: Array) -> float:
    """Dollars lost by trading from what is held to ``units``."""
    own = problem.instruments
    return float(own.array("cost") @ np.abs(units - own.array("held")))


def tail_mean(losses: Array, probability: Array, level: float) -> tuple[float, Status]:
    """CVaR of losses (N,) with probabilities: mean of the worst 1 - ``level``, the boundary one weighted in part.

    ``Status.THIN`` when less than one scenario lies in the tail. Equal to :func:`seawall.kernels.tails.cvar` for equal
    probabilities (Rockafellar and Uryasev 2002, proposition 8). Raises ``DomainError`` for a level outside [0, 1).
    """
    if not 0.0 <= level < 1.0:
        raise DomainError(f"level {level} is outside [0, 1): use 0.95 for the worst 5 %")
    order = np.argsort(-losses, kind="stable")
    ranked, mass = losses[order], probability[order]
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    taken = np.clip((1.0 - level) - before, 0.0, mass)
    thin = (1.0 - level) < float(mass[0]) * (1.0 - 1e-9)
    return float(taken @ ranked / taken.sum()), Status.THIN if thin else Status.FOUND
