"""What is to be run: the programs, the hedge on them, the costs, the dates and the capital."""

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from seawall.core.errors import DomainError, RangeError
from seawall.hedge.policy import AlvhPolicy
from seawall.sim.costs import Costs
from seawall.sim.programs import Entry, Program
from seawall.sim.programs_made import alvh_programs, condor_legs

Fill = Literal["next", "close"]
Margin = Literal["regt", "stress", "none"]
CONDOR_NAME: Final = "L0"


@dataclass(frozen=True, slots=True)
class CondorProgram:
    """A short SPX iron condor, one at a time, from one monthly expiry to the next.

    Short options at ``short_delta``, wings at ``wing_delta``. Contracts = floor(``risk_fraction`` of equity /
    largest loss of one contract, the wider side less the credit after costs); 0 contracts is an answer: the month
    is skipped. Short for :meth:`program`. Raises ``DomainError``.
    """

    short_delta: float = 0.20
    wing_delta: float = 0.05
    risk_fraction: float = 0.10

    def __post_init__(self) -> None:
        if not 0.0 < self.wing_delta < self.short_delta < 0.5:
            raise DomainError(
                f"need 0 < wing_delta < short_delta < 0.5, were {self.wing_delta} and {self.short_delta}: "
                "wings lie outside the short strikes"
            )
        if not 0.0 <= self.risk_fraction <= 1.0:
            raise DomainError(f"risk_fraction must be in 0 .. 1 (0.10 = 10 % of equity), was {self.risk_fraction}")

    def program(self) -> Program:
        """Return it as a program of the engine."""
        legs = condor_legs(self.short_delta, self.wing_delta)
        return Program(CONDOR_NAME, legs, "risk", self.risk_fraction, Entry("expiry"))


@dataclass(frozen=True, slots=True)
class Budget:
    """What programs sized by budget may cost; see ``AlvhPolicy``. Raises ``DomainError``."""

    carry_budget: float = 0.02
    income_share: float = 0.20
    premium_cap: float = 0.10
    vega_cap: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) < math.inf:
                raise DomainError(f"{name} must be a number >= 0, was {getattr(self, name)}")


DEFAULT_CONDOR: Final = CondorProgram()
DEFAULT_COSTS: Final = Costs()
DEFAULT_BUDGET: Final = Budget()


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: ``capital`` dollars at the close of the first session from ``start``, to the close of ``end``.

    Programs run in the order condor, ``programs``, layers of ``hedge``; ``condor`` and ``hedge`` may be None.
    Programs sized by budget share the budget of ``hedge``, or ``budget`` without one. ``dividend_yield``: SPX,
    continuous, per year. ``strike_step``: SPX points between strikes. ``fill`` says when a path rule (a multiple of
    the price, a loss, a delta) is acted on: "next" at the close after the one that showed it (METHOD 8.1), "close"
    at that close. Market states always act at the next close. ``lot``: units are multiples of it. ``margin``: by
    structure, by stress, or none; ``future_margin``: share of the notional of a VIX future. Raises ``RangeError``
    for dates out of order and ``DomainError`` for numbers.
    """

    name: str = "condor"
    start: dt.date = dt.date(2014, 1, 3)
    end: dt.date = dt.date(2018, 12, 31)
    capital: float = 1_000_000.0
    condor: CondorProgram | None = DEFAULT_CONDOR
    hedge: AlvhPolicy | None = None
    programs: tuple[Program, ...] = ()
    budget: Budget = DEFAULT_BUDGET
    costs: Costs = DEFAULT_COSTS
    dividend_yield: float = 0.02
    strike_step: float = 5.0
    fill: Fill = "next"
    lot: int = 1
    margin: Margin = "regt"
    future_margin: float = 0.35

    def __post_init__(self) -> None:
        if not self.name:
            raise DomainError("a plan needs a name: reports and the trial registry print it")
        if not self.start < self.end:
            raise RangeError(f"start {self.start} is not before end {self.end}: swap them")
        if not (math.isfinite(self.capital) and self.capital > 0.0):
            raise DomainError(f"capital must be > 0 dollars, was {self.capital}")
        if not -0.5 < self.dividend_yield < 0.5:
            raise DomainError(f"dividend_yield is per 1.00 a year (0.02 = 2 %), was {self.dividend_yield}")
        for word, given, known in (("fill", self.fill, Fill), ("margin", self.margin, Margin)):
            if given not in get_args(known):
                raise DomainError(f"{word} must be one of {', '.join(get_args(known))}, was {given!r}")
        if not 0.0 < self.future_margin <= 1.0:
            raise DomainError(f"future_margin is a share of notional in 0 .. 1, was {self.future_margin}")
        if not (math.isfinite(self.strike_step) and self.strike_step > 0.0):
            raise DomainError(f"strike_step must be > 0 points, was {self.strike_step}")
        if self.lot < 1 or self.lot != int(self.lot):
            raise DomainError(f"lot must be a whole number of contracts >= 1, was {self.lot}")

        names = [one.name for one in self.every_program()]
        if not names:
            raise DomainError(f"plan {self.name} has no program: give it a condor, programs or a hedge")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DomainError(f"plan {self.name} has two programs named {twice}: rename one")

    def every_program(self) -> tuple[Program, ...]:
        """Return all programs in the order they run."""
        first = () if self.condor is None else (self.condor.program(),)
        last = () if self.hedge is None else alvh_programs(self.hedge)
        return (*first, *self.programs, *last)

    @property
    def limits(self) -> Budget:
        """The budget that programs sized by it share."""
        one = self.hedge
        return self.budget if one is None else Budget(one.carry_budget, one.income_share, one.premium_cap, one.vega_cap)

    @property
    def hedged(self) -> bool:
        """True if any program is a hedge."""
        return any(one.hedge for one in self.every_program())

    def without_hedge(self) -> "Plan":
        """Return the same plan without its hedges."""
        return replace(self, hedge=None, programs=tuple(one for one in self.programs if not one.hedge))

    def at_costs(self, multiple: float) -> "Plan":
        """Return the same plan at ``multiple`` times its costs."""
        return replace(self, costs=self.costs.times(multiple))
