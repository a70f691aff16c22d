"""What a layer sees and answers: the market's day in, candidates and reasons out. A layer knows no other layer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from seawall.hedge.candidates import Candidate
from seawall.hedge.known import Known
from seawall.hedge.layers import session_date
from seawall.instruments.option import Right
from seawall.instruments.vix import VixOption
from seawall.ledger.exposure import Ledger
from seawall.market.chain import Chain
from seawall.market.expiry import Expiry
from seawall.market.state import State
from seawall.signals.base import Reading
from seawall.signals.regime import Regime, RegimeReading

CALL: Final[Right] = "call"


class Note(NamedTuple):
    """Why a layer proposes nothing, or what it asks a person to judge."""

    rule: str
    text: str


class Proposal(NamedTuple):
    """Candidates of one layer, and what it has to say."""

    candidates: tuple[Candidate, ...]
    notes: tuple[Note, ...] = ()


NOTHING: Final = Proposal(())


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What is known at the market's time. ``signals``: readings by id; ``front``: SPX options to sell, if asked for.
    ``crisis_correlation``: of REITs with SPX on its worst 5 % of days, None unknown. ``vix_chain``: VIX options quoted
    that day, None to model them.
    ``spx_chain``: the same for SPX. ``shift_days``: the front layer is bought further away than this.
    ``widen``, ``narrow``: shares of the break-even distance that the policy moves condors by, by state. ``known``: what
    was worked out about this market before, for other policies too.

    ``regime`` None is an unknown state, treated as CALM and said so.
    """

    state: State
    ledger: Ledger
    regime: RegimeReading | None
    signals: Mapping[str, Reading]
    front: Expiry | None = None
    crisis_correlation: float | None = None
    vix_chain: Chain | None = None
    widen: float = 0.175
    narrow: float = 0.10
    spx_chain: Chain | None = None
    shift_days: int = 0
    known: Known = field(default_factory=Known, repr=False)

    @property
    def regime_state(self) -> Regime:
        """The market state; CALM when unknown."""
        return Regime.CALM if self.regime is None else self.regime.state

    @property
    def today(self) -> dt.date:
        """The session."""
        return session_date(self.state.now)

    def value(self, signal: str) -> float | None:
        """Value of a signal; None when it is unknown or was not read."""
        found = self.signals.get(signal)
        return None if found is None else found.value

    @property
    def nav_usd(self) -> float | None:
        """Equity of the book, None when it is not stated."""
        return self.ledger.book.nav_usd


class Layer(Protocol):
    """One layer of the stack; ``name`` is what tickets print."""

    @property
    def name(self) -> str:
        """L0 to L3, LX."""

    def propose(self, at: Situation) -> Proposal:
        """What it would trade now; nothing, with the reason, is an answer."""


def vix_option_held(at: Situation, option: VixOption) -> float:
    """Contracts of exactly this option the book already owns."""
    return sum(p.quantity for p in at.ledger.book.positions if p.instrument == option)
