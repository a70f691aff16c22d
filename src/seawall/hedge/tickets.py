"""Tickets: what to trade, how much of it, at what limit, and the rule that asked for it."""

from dataclasses import dataclass
from datetime import date, datetime

from seawall.core.errors import LookaheadError


@dataclass(frozen=True, slots=True)
class Ticket:
    """One order a person can place. Dollars are for the whole ticket.

    ``rule``: id of the rule in METHOD 7.2. ``limit``: points per contract. ``carry_usd_per_year``: its cost
    per year if the market stands still. ``binding``: the budget that limited the size. ``known_at``: newest
    input used; a ticket with an input later than its session raises ``LookaheadError``.
    """

    id: str
    session: date
    rule: str
    state: str
    layer: str
    contract: str
    expiry: date
    contracts: int
    mid: float
    limit: float
    cost_usd: float
    carry_usd_per_year: float
    vega_usd_per_point: float
    binding: str
    policy: str
    decided_at: datetime
    known_at: datetime
    counterfactual: str = "do nothing"

    def __post_init__(self) -> None:
        if self.known_at > self.decided_at:
            raise LookaheadError(
                f"ticket {self.id} used an input known at {self.known_at:%Y-%m-%d %H:%M}, after it was decided at "
                f"{self.decided_at:%Y-%m-%d %H:%M}: move the decision or drop the input"
            )


@dataclass(frozen=True, slots=True)
class Advice:
    """A rule that fired and asks for judgement rather than an order."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit on the hedge: how much it allows, how much one unit of the package uses; None when it does not
    apply."""

    name: str
    allowed: float | None
    per_unit: float
    unit: str

    @property
    def units(self) -> float:
        """Units of the package it allows."""
        if self.allowed is None:
            return float("inf")
        return max(self.allowed, 0.0) / self.per_unit if self.per_unit > 0.0 else float("inf")
