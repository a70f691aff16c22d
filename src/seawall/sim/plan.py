"""What is to be run: the programs, the hedge on them, the costs, the dates and the capital."""

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from seawall.core.errors import DomainError, RangeError
from seawall.hedge.charter import Policy
from seawall.hedge.policy import AlvhPolicy
from seawall.sim.costs import Costs
from seawall.sim.policy_programs import policy_programs, without_hedges
from seawall.sim.programs import Entry, Program
from seawall.sim.programs_coins import PerpProgram, PoolProgram, check_pairs
from seawall.sim.programs_made import alvh_programs, condor_legs

AnyProgram = Program | PoolProgram | PerpProgram
Fill = Literal["next", "close"]
Margin = Literal["regt", "stress", "none"]
VixPrint = Literal["official", "opening"]
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

    Programs run in the order condor, ``programs``, layers of ``hedge``; ``condor`` and ``hedge`` may be None. Programs
    sized by budget share the budget of ``hedge``, or ``budget`` without one. ``dividend_yield``: SPX, continuous, per
    year; None takes what the history knows. ``strike_step``: SPX points between strikes. ``fill`` says when a path rule
    (a multiple of the price, a loss, a delta) is acted on: "next" at the close after the one that showed it (METHOD
    8.1), "close" at that close. Market states always act at the next close. ``lot``: units are multiples of it.
    ``margin``: by structure, by stress, or none; ``future_margin``: share of the notional of a VIX future.
    ``vix_print``: VIX options settle on the official print only, or where it is unknown on VIX's own opening.
    ``to_settlement``: layers of ``hedge`` without a roll are held into VIX's settlement.
    ``assumed_funding``: rate per 8 hours taken where a coin's funding is unknown; None refuses such a run. Raises
    ``RangeError`` for dates out of order and ``DomainError`` for numbers.
    """

    name: str = "condor"
    start: dt.date = dt.date(2014, 1, 3)
    end: dt.date = dt.date(2018, 12, 31)
    capital: float = 1_000_000.0
    condor: CondorProgram | None = DEFAULT_CONDOR
    hedge: AlvhPolicy | Policy | None = None
    programs: tuple[AnyProgram, ...] = ()
    budget: Budget = DEFAULT_BUDGET
    costs: Costs = DEFAULT_COSTS
    dividend_yield: float | None = None
    strike_step: float = 5.0
    fill: Fill = "next"
    lot: int = 1
    margin: Margin = "regt"
    future_margin: float = 0.35
    vix_print: VixPrint = "official"
    to_settlement: bool = False
    assumed_funding: float | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise DomainError("a plan needs a name: reports and the trial registry print it")
        if not self.start < self.end:
            raise RangeError(f"start {self.start} is not before end {self.end}: swap them")
        if not (math.isfinite(self.capital) and self.capital > 0.0):
            raise DomainError(f"capital must be > 0 dollars, was {self.capital}")
        if self.dividend_yield is not None and not -0.5 < self.dividend_yield < 0.5:
            raise DomainError(f"dividend_yield is per 1.00 a year (0.02 = 2 %), was {self.dividend_yield}")
        for word, given, known in (
            ("fill", self.fill, Fill), ("margin", self.margin, Margin), ("vix_print", self.vix_print, VixPrint),
        ):  # fmt: skip
            if given not in get_args(known):
                raise DomainError(f"{word} must be one of {', '.join(get_args(known))}, was {given!r}")
        if self.assumed_funding is not None and not -0.01 < self.assumed_funding < 0.01:
            raise DomainError(f"assumed_funding is a rate per 8 hours (0.0001 = 0.01 %), was {self.assumed_funding}")
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
        check_pairs(self.pools, self.perps)

    def every_program(self) -> tuple[AnyProgram, ...]:
        """Return all programs in the order they run."""
        first = () if self.condor is None else (self.condor.program(),)
        return (*first, *self.programs, *self._layers())

    def _layers(self) -> tuple[Program, ...]:
        if self.hedge is None:
            return ()
        if isinstance(self.hedge, Policy):
            return policy_programs(self.hedge, self.to_settlement).programs
        return alvh_programs(self.hedge)

    @property
    def structures(self) -> tuple[Program, ...]:
        """Return the programs of options and futures."""
        return tuple(one for one in self.every_program() if isinstance(one, Program))

    @property
    def pools(self) -> tuple[PoolProgram, ...]:
        """Return the programs that give liquidity."""
        return tuple(one for one in self.every_program() if isinstance(one, PoolProgram))

    @property
    def perps(self) -> tuple[PerpProgram, ...]:
        """Return the programs of perpetual swaps."""
        return tuple(one for one in self.every_program() if isinstance(one, PerpProgram))

    @property
    def coins(self) -> tuple[str, ...]:
        """Return the coins of pools and perps, each once."""
        both = (*(one.asset for one in self.pools), *(one.asset for one in self.perps))
        return tuple(dict.fromkeys(both))

    @property
    def limits(self) -> Budget:
        """The budget that programs sized by it share."""
        one = self.hedge
        if isinstance(one, Policy):
            share, limits = policy_programs(one).package, one.budgets
            return Budget(share * limits.carry, share * limits.income, limits.premium, limits.vega)
        return self.budget if one is None else Budget(one.carry_budget, one.income_share, one.premium_cap, one.vega_cap)

    @property
    def hedged(self) -> bool:
        """True if any program is a hedge, or there is a policy to leave out."""
        return self.hedge is not None or any(one.hedge for one in self.every_program())

    @property
    def has_own(self) -> bool:
        """True if any program is not a hedge, so that there is something to hedge."""
        return any(not one.hedge for one in self.every_program())

    def without_hedge(self) -> "Plan":
        """Return the same plan without its hedges; condors of a policy that has hedges stay, they are income."""
        rest = without_hedges(self.hedge) if isinstance(self.hedge, Policy) else None
        return replace(self, hedge=rest, programs=tuple(one for one in self.programs if not one.hedge))

    def at_costs(self, multiple: float) -> "Plan":
        """Return the same plan at ``multiple`` times its costs."""
        return replace(self, costs=self.costs.times(multiple))
