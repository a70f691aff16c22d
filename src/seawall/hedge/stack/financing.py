"""L0: short condors that may pay for the rest. They are the book's own sign and never count as protection (C01)."""

import math
from dataclasses import dataclass, replace
from typing import Final

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.candidates import Candidate, OrderLeg
from seawall.hedge.condor import CondorRule, Offer, offer
from seawall.hedge.held import income_of
from seawall.hedge.stack.base import Note, Proposal, Situation
from seawall.hedge.wrappers import Gate
from seawall.instruments.structures import condor, option_on
from seawall.ledger.book import Book
from seawall.signals.regime import Regime

BIG_TOP: Final = 0.6
CAPPED: Final = 0.5
STOPPED: Final = Gate(spike=0.0)
BY_RANGE: Final = CondorRule()


@dataclass(frozen=True, slots=True)
class FinancingCondor:
    """Short SPX condors of the nearest expiry in reach (METHOD 7.1).

    ``each`` and ``total``: shares of equity at risk in one structure and in all of them. ``big_top_cap``: size under
    a Big Top. ``full_yield``: income of the book over its equity at which the whole size is sold, less in proportion
    (Promoter); None sells it whatever the income. Raises ``DomainError``.
    """

    rule: CondorRule = BY_RANGE
    each: float = 0.015
    total: float = 0.10
    gate: Gate = STOPPED
    big_top_cap: float = CAPPED
    full_yield: float | None = None
    name: str = "L0"

    def __post_init__(self) -> None:
        if not (0.0 < self.each <= self.total < math.inf and 0.0 <= self.big_top_cap <= 1.0):
            raise DomainError(
                f"layer L0: need 0 < each <= total and big_top_cap in 0 .. 1, were {self.each:g}, {self.total:g} and "
                f"{self.big_top_cap:g}"
            )
        if self.full_yield is not None and not 0.0 < self.full_yield < math.inf:
            raise DomainError(f"layer L0: full_yield is a yield above 0 a year, was {self.full_yield}")

    def propose(self, at: Situation) -> Proposal:
        """One condor of today's quotes, at most as many as both caps allow."""
        factor = self.gate.factor(at.regime_state)
        if factor == 0.0:
            return Proposal((), (Note("L0.stop", f"no new condor in {at.regime_state.name}"),))
        if at.front is None or at.nav_usd is None:
            lack = "SPX quotes" if at.front is None else "equity of the book"
            return Proposal((), (Note("L0.open", f"{lack} not given: no financing condor is proposed"),))
        notes: list[Note] = []
        top = at.value("M37")
        if top is not None and top >= BIG_TOP:
            factor *= self.big_top_cap
            notes.append(Note("L0.cap", f"Big Top score {top:.2f}: new short volatility at {self.big_top_cap:.0%}"))
        if self.full_yield is not None:
            earned = income_of(at.ledger, sold=False) / at.nav_usd
            factor *= min(earned / self.full_yield, 1.0)
            notes.append(
                Note("L0.open", f"size follows the book's yield: {earned:.1%} of {self.full_yield:.0%} a year")
            )
        try:
            found = offer(at.front, in_state(self.rule, at))
        except MissingDataError as fault:
            return Proposal((), (*notes, Note("L0.open", str(fault))))
        room = self.total * at.nav_usd - short_condor_risk(at.ledger.book)
        made = condor(option_on(found.expiry.underlying), found.strikes, found.expiry.settles)
        same = -sum(p.quantity for p in at.ledger.book.positions if p.instrument == made)
        alone = factor * self.each * at.nav_usd / found.max_loss_usd - max(same, 0.0)
        most = max(math.floor(min(alone, factor * max(room, 0.0) / found.max_loss_usd) + 1e-9), 0)
        if most == 0 or found.credit <= 0.0:
            words = (
                f"a condor pays {found.credit:.2f} points and can lose {found.max_loss_usd:,.0f} USD; the cap on one "
                f"structure is {factor * self.each * at.nav_usd:,.0f}, all may lose {max(room, 0.0):,.0f} more: "
                "none is sold"
            )
            return Proposal((), (*notes, Note("L0.open", words)))
        return Proposal((_candidate(found, self._rule_id(at), most),), tuple(notes))

    def _rule_id(self, at: Situation) -> str:
        return {Regime.ONSET: "L0.widen", Regime.EXHAUST: "L0.narrow"}.get(at.regime_state, "L0.open")


def in_state(rule: CondorRule, at: Situation) -> CondorRule:
    """The rule with its short strikes moved so that the distance widens in ONSET and narrows in EXHAUST."""
    move = {Regime.ONSET: at.widen, Regime.EXHAUST: -at.narrow}.get(at.regime_state, 0.0)
    if move == 0.0 or rule.by != "range":
        return rule
    short, wing = rule.distances
    return replace(rule, short=short * (1.0 + move), wing=wing)


def short_condor_risk(book: Book) -> float:
    """Largest loss at expiry of the short SPX condors of a book, dollars, entries not counted."""
    risk = 0.0
    for position in book.positions:
        instrument = position.instrument
        if instrument.kind == "condor" and position.quantity < 0.0 and instrument.factor == "SPX":
            low, put, call, high = instrument.strikes()  # type: ignore[attr-defined]
            risk += -position.quantity * SPX_OPTION_MULTIPLIER * max(put - low, high - call)
    return risk


def _candidate(found: Offer, rule: str, most: int) -> Candidate:
    of = found.expiry
    legs = tuple(
        OrderLeg("option", of.root or "SPXW", leg.units, leg.bid, leg.ask, float(SPX_OPTION_MULTIPLIER), of.day,
                 leg.strike, "call" if leg.side > 0.0 else "put")
        for leg in found.legs
    )  # fmt: skip
    made = condor(option_on(of.underlying), found.strikes, of.settles)
    income = SPX_OPTION_MULTIPLIER * found.credit * 365.0 / max(365.0 * of.years, 1.0)
    return Candidate(
        "L0", rule, f"L0 {of.underlying} {of.day:%b %d} {'/'.join(f'{k:g}' for k in found.strikes)} condor", legs,
        made, -income, found.max_loss_usd, 0.0, 1.0, of.underlying, sign=-1.0, protects=False, cap=float(most),
        origin=of.origin,
    )  # fmt: skip
