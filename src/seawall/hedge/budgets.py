"""How much hedge a book may carry: every budget must hold, the tightest is named (METHOD 7.4)."""

import math
from dataclasses import asdict, dataclass

from seawall.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Budgets:
    """Shares a year: of equity (``carry``), of the book's own income (``income``). Shares of equity in all: premium and
    margin of hedges (``premium``), largest loss of one condor and of all (``condor``, ``condors``).

    ``vega``: hedge vega over the book's short vega. ``turnover``: weight of trading cost in the sizing's objective.
    ``coverage``: hedge vega wanted at least over the book's short vega within reach of VIX, for sizes that are chosen.
    """

    carry: float = 0.02
    income: float = 0.20
    premium: float = 0.10
    vega: float = 1.0
    condor: float = 0.015
    condors: float = 0.10
    turnover: float = 0.0
    coverage: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0.0 <= value < math.inf:
                raise DomainError(f"budget {name} must be a number >= 0, was {value}")
        if self.coverage > self.vega:
            raise DomainError(f"coverage {self.coverage:g} is above the vega budget {self.vega:g}: lower the first")
        if self.condor > self.condors:
            raise DomainError(f"one condor may risk {self.condor:g} and all of them {self.condors:g}: raise the second")
