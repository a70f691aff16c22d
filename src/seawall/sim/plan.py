"""What is to be run: the program, the hedge on it, the costs, the dates and the capital."""

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from seawall.core.errors import DomainError, RangeError
from seawall.hedge.policy import AlvhPolicy
from seawall.sim.costs import Costs

Fill = Literal["next", "close"]


@dataclass(frozen=True, slots=True)
class CondorProgram:
    """A short SPX iron condor, one at a time, from one monthly expiry to the next.

    Short options at ``short_delta``, wings at ``wing_delta``, on strikes ``strike_step`` points apart. Contracts =
    floor(``risk_fraction`` of equity / largest loss of one contract, the wider side less the credit after costs); 0
    contracts is an answer: the month is skipped. Raises ``DomainError``.
    """

    short_delta: float = 0.20
    wing_delta: float = 0.05
    risk_fraction: float = 0.10
    strike_step: float = 5.0

    def __post_init__(self) -> None:
        if not 0.0 < self.wing_delta < self.short_delta < 0.5:
            raise DomainError(
                f"need 0 < wing_delta < short_delta < 0.5, were {self.wing_delta} and {self.short_delta}: "
                "wings lie outside the short strikes"
            )
        if not 0.0 <= self.risk_fraction <= 1.0:
            raise DomainError(f"risk_fraction must be in 0 .. 1 (0.10 = 10 % of equity), was {self.risk_fraction}")
        if not (math.isfinite(self.strike_step) and self.strike_step > 0.0):
            raise DomainError(f"strike_step must be > 0 points, was {self.strike_step}")


DEFAULT_CONDOR: Final = CondorProgram()
DEFAULT_COSTS: Final = Costs()


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: ``capital`` dollars at the close of the first session from ``start``, to the close of ``end``.

    ``hedge`` None runs the condor alone. ``dividend_yield``: SPX, continuous, per year. ``fill`` says when a multiple
    of the entry premium is acted on: "next" at the close after the one that showed it (METHOD 8.1), "close" at that
    close. Market states always act at the next close. ``lot``: contracts are traded in multiples of it. Raises
    ``RangeError`` for dates out of order and ``DomainError`` for numbers.
    """

    name: str = "condor"
    start: dt.date = dt.date(2014, 1, 3)
    end: dt.date = dt.date(2018, 12, 31)
    capital: float = 1_000_000.0
    condor: CondorProgram = DEFAULT_CONDOR
    hedge: AlvhPolicy | None = None
    costs: Costs = DEFAULT_COSTS
    dividend_yield: float = 0.02
    fill: Fill = "next"
    lot: int = 1

    def __post_init__(self) -> None:
        if not self.name:
            raise DomainError("a plan needs a name: reports and the trial registry print it")
        if not self.start < self.end:
            raise RangeError(f"start {self.start} is not before end {self.end}: swap them")
        if not (math.isfinite(self.capital) and self.capital > 0.0):
            raise DomainError(f"capital must be > 0 dollars, was {self.capital}")
        if not -0.5 < self.dividend_yield < 0.5:
            raise DomainError(f"dividend_yield is per 1.00 a year (0.02 = 2 %), was {self.dividend_yield}")
        if self.fill not in get_args(Fill):
            raise DomainError(f"fill must be one of {', '.join(get_args(Fill))}, was {self.fill!r}")
        if self.lot < 1 or self.lot != int(self.lot):
            raise DomainError(f"lot must be a whole number of contracts >= 1, was {self.lot}")

    def without_hedge(self) -> "Plan":
        """Return the same plan with the condor alone."""
        return replace(self, hedge=None)

    def at_costs(self, multiple: float) -> "Plan":
        """Return the same plan at ``multiple`` times its costs."""
        return replace(self, costs=self.costs.times(multiple))
