"""Tickets: what to trade, how much of it, at what limit, and the rule that asked for it."""

from dataclasses import dataclass
from datetime import date, datetime

from seawall.core.datum import Origin
from seawall.core.errors import LookaheadError
from seawall.hedge.candidates import OrderLeg


@dataclass(frozen=True, slots=True)
class Ticket:
    """One order a person can place; it is never sent. Dollars are for the whole ticket.

    ``contracts``: units of the legs as they are written. ``limit``: points a unit, paid > 0, received < 0; ``mid`` the
    same at the middle. ``cost_usd``: premium and fees, below 0 for a credit. ``carry_usd_per_year``: its cost per year
    if the market stands still, below 0 if it earns. ``margin_usd``: blocked besides the premium. ``binding``: the limit
    that decided the size. ``closes``: it sells what the book holds. ``pays``: (VIX points, dollars on the next day).
    ``known_at``: newest input used; a ticket with an input later than its decision, or without a rule, raises
    ``LookaheadError``.
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

    def __post_init__(self) -> None:
        if not self.rule:
            raise LookaheadError(f"ticket {self.id} has no rule: nothing is traded without one")
        if self.known_at > self.decided_at:
            raise LookaheadError(
                f"ticket {self.id} used an input known at {self.known_at:%Y-%m-%d %H:%M}, after it was decided at "
                f"{self.decided_at:%Y-%m-%d %H:%M}: move the decision or drop the input"
            )

    @property
    def side(self) -> str:
        """Buy or sell, by the first leg of a single one and by the premium of several."""
        if len(self.legs) == 1:
            return "buy" if self.legs[0].ratio > 0.0 else "sell"
        return "buy" if self.mid >= 0.0 else "sell"


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
