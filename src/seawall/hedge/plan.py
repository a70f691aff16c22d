"""What a policy decided for one book on one session, and what the scenario set says of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from seawall.hedge.charter import Policy
from seawall.hedge.endurance import Endurance
from seawall.hedge.reach import Reach, Recommendation
from seawall.hedge.ruin import JointRuin, WrongWay
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.sizing import Fit
from seawall.hedge.sizing_budget import Hurdle
from seawall.hedge.synthetic import Trim
from seawall.hedge.tickets import Advice, Budget, Ticket
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger
from seawall.signals.base import Reading
from seawall.signals.regime import RegimeReading


class Complement(NamedTuple):
    """CVaR of the book hedged by gamma instruments alone, by VIX instruments alone, and by both, for one budget."""

    gamma_usd: float
    vega_usd: float
    joint_usd: float


class Returns(NamedTuple):
    """What the protecting tickets return a year over the horizon, on average and if VIX rises at once by some points.

    ``test``: the average beside 1.5 times the yield of the book's pools; None for a book without one.
    """

    average: float | None
    by_points: tuple[tuple[float, float | None], ...]
    test: Hurdle | None


class Risk(NamedTuple):
    """What the scenario set says of the book with and without the tickets."""

    scenarios: ScenarioSet
    reach: Reach
    recommendation: Recommendation
    ruin_before: JointRuin
    ruin_after: JointRuin
    wrong_way: tuple[WrongWay, ...]
    fit: Fit | None
    complement: Complement | None = None
    returns: Returns | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HedgePlan:
    """Everything the policy decided for one book on one session, and the ledger before and after.

    ``risk`` None without a scenario set. ``would_change``: what would make it decide otherwise.
    """

    book: Book
    policy: Policy
    regime: RegimeReading | None
    tickets: tuple[Ticket, ...]
    advice: tuple[Advice, ...]
    budgets: tuple[Budget, ...]
    binding: str
    before: Ledger
    after: Ledger
    risk: Risk | None = None
    would_change: tuple[str, ...] = ()
    context: tuple[tuple[str, Reading], ...] = field(default=())
    """Signals shown beside the decision; they carry no weight in it."""
    endurance: Endurance | None = None
    """Time buffer and escape velocities; None where nothing was decided."""
    trim: Trim | None = None
    """SPX delta beyond the policy's band and what takes it off; None inside it or without one."""

    @property
    def carry_usd_per_year(self) -> float:
        """What the protecting tickets cost a year if the market stands still."""
        return sum(one.carry_usd_per_year for one in self.tickets if one.protects)
