"""Tickets: what to trade, how much of it, at what limit, and the rule that asked for it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from seawall.core.clock import NEW_YORK, next_session
from seawall.core.datum import Origin
from seawall.core.errors import LookaheadError
from seawall.core.status import Status
from seawall.hedge.candidates import OrderLeg


class Input(NamedTuple):
    """One datum a decision rests on: what it describes, and when anyone could know it; None where that is not kept."""

    name: str
    as_of: date | datetime | None
    known_at: datetime | None


class Spent(NamedTuple):
    """One budget before and after a ticket, in the order of the tickets; ``allowed`` None where it does not apply."""

    name: str
    allowed: float | None
    before: float
    after: float
    unit: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What one ticket changes, alone (METHOD 7.6). Dollars for the whole ticket; None and ``UNKNOWN``: not known.

    ``cvar_usd``: CVaR of the book with it and nothing else, less that without it, trading cost counted. ``gamma_usd``:
    dollar gamma of ``factor``. ``vega_usd_per_point``: by days of forward volatility ("30-60"), summing to the ticket's
    vega. ``rates``: internal rate a year if VIX is that many points higher on the next day. ``break_even_vix``: VIX
    levels on its first settlement that return its premium. ``tail_correlation``: with the book in its tail; above 0 is
    ``wrong_way``.
    """

    factor: str
    gamma_usd: float
    vega_usd_per_point: tuple[tuple[str, float], ...]
    budgets: tuple[Spent, ...]
    break_even_vix: tuple[float, ...]
    break_even_status: Status
    cvar_usd: float | None = None
    rates: tuple[tuple[float, float | None], ...] = ()
    tail_correlation: float | None = None
    wrong_way: bool | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One order a person can place; it is never sent. Dollars are for the whole ticket.

    ``contracts``: units of the legs as they are written. ``limit``: points a unit, paid > 0, received < 0; ``mid`` the
    same at the middle. ``cost_usd``: premium and fees, below 0 for a credit. ``carry_usd_per_year``: its cost per year
    if the market stands still, below 0 if it earns. ``margin_usd``: blocked besides the premium. ``binding``: the limit
    that decided the size. ``closes``: it sells what the book holds. ``pays``: (VIX points, dollars on the next day).
    ``known_at``: newest of ``inputs``; a ticket with an input later than its decision, of a later session or known only
    in the next one, in which it is placed, or without a rule, raises ``LookaheadError``. ``count``: triggers that were
    on, None where the state is unknown. ``netted``: ids of the orders against it on its contract that were taken off
    its size. ``note``: what to check.
    """

    id: str
    session: date
    rule: str
    state: str
    layer: str
    contract: str
    legs: tuple[OrderLeg, ...]
    contracts: float
    mid: float
    limit: float
    cost_usd: float
    margin_usd: float
    carry_usd_per_year: float
    vega_usd_per_point: float
    binding: str
    policy: str
    decided_at: datetime
    known_at: datetime
    protects: bool
    origin: Origin
    closes: bool = False
    pays: tuple[tuple[float, float], ...] = ()
    counterfactual: str = "do nothing"
    count: int | None = None
    inputs: tuple[Input, ...] = ()
    netted: tuple[str, ...] = ()
    note: str = ""
    effects: Effects | None = None

    def __post_init__(self) -> None:
        if not self.rule:
            raise LookaheadError(f"ticket {self.id} has no rule: nothing is traded without one")
        if self.known_at > self.decided_at:
            raise LookaheadError(
                f"ticket {self.id} used an input known at {self.known_at:%Y-%m-%d %H:%M}, after it was decided at "
                f"{self.decided_at:%Y-%m-%d %H:%M}: move the decision or drop the input"
            )
        for one in self.inputs:
            late = one.known_at is not None and one.known_at > self.decided_at
            if late or _day(one.as_of) > self.session or _day(one.known_at) >= next_session(self.session):
                raise LookaheadError(
                    f"ticket {self.id}: {one.name} is newer than its session {self.session}: move the decision or drop "
                    "the input"
                )

    @property
    def side(self) -> str:
        """Buy or sell, by the first leg of a single one and by the premium of several."""
        if len(self.legs) == 1:
            return "buy" if self.legs[0].ratio > 0.0 else "sell"
        return "buy" if self.mid >= 0.0 else "sell"


def _day(seen: date | datetime | None) -> date:
    """Calendar day in New York; the first of all days where it is not kept."""
    if seen is None:
        return date.min
    return seen.astimezone(NEW_YORK).date() if isinstance(seen, datetime) else seen


@dataclass(frozen=True, slots=True)
class Advice:
    """A rule that fired and asks for judgement rather than an order."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit: how much it allows, how much the tickets use of it; ``allowed`` None when it does not apply."""

    name: str
    allowed: float | None
    used: float
    unit: str
