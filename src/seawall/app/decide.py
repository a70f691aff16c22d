"""What every door does alike: read what is known at the market's time, and let a policy decide on it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import MissingDataError, MissingExpiryError
from seawall.hedge.charter import Policy, preset
from seawall.hedge.decide import Prepared, decide_prepared, prepare
from seawall.hedge.known import Known
from seawall.hedge.layers import session_date
from seawall.hedge.plan import HedgePlan
from seawall.hedge.scenarios import ScenarioSet, scenarios
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.financing import FinancingCondor
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger, ledger
from seawall.market.chain import Chain
from seawall.market.expiry import Expiry, modelled_expiry, quoted_expiry
from seawall.market.history import History
from seawall.market.state import State
from seawall.signals.base import Reading, read
from seawall.signals.regime import RegimeReading, classify
from seawall.signals.registry import signal

SHOWN: Final = ("M05", "M01")
"""RSI(14) on VIX/VIX3M and MACD on VVIX, or on VIX where those are absent: the reading says which."""
READ: Final = ("M09", "M11", "M37", "M40.Z.BTC")
"""What layers and rules look at beside the market state."""
FRONT_DAYS: Final = 7.0
CRISIS: Final = 0.05
FEWEST_CRISES: Final = 20


def regime_at(state: State, history: History, preset_of: str = "seed") -> RegimeReading | None:
    """The regime of the market's session from what was known by then; None when the history does not reach it."""
    known = history.upto(state.now)
    try:
        return classify(known, preset_of).on(session_date(state.now))
    except MissingDataError:
        return None


class Quotes(NamedTuple):
    """What was quoted that day: SPX options to sell, VIX options, and all SPX options; None is modelled."""

    front: Expiry | None = None
    vix: Chain | None = None
    spx: Chain | None = None


MODELLED: Final = Quotes()


Told = Callable[[State, History, str], RegimeReading | None]
"""What says the regime of a market, from the history and the name of a set of triggers."""


class Surroundings(NamedTuple):
    """What every policy meets alike in a book and its market: made once, then policies and budgets are moved over it.

    ``scenarios``: None for a book that is not short convexity, and where there is no VIX or too short a history.
    ``known``: what policies worked out that another one asks for too.
    """

    history: History
    ledger: Ledger
    signals: Mapping[str, Reading]
    crisis_correlation: float | None
    scenarios: ScenarioSet | None
    known: Known

    @property
    def state(self) -> State:
        """The market."""
        return self.ledger.state


def surroundings(book: Book, state: State, history: History) -> Surroundings:
    """A book in its market, before any policy."""
    before = ledger(book, state)
    short = before.total.exposure.gamma_usd < 0.0
    return Surroundings(
        history,
        before,
        {name: read(signal(name), history, state.now) for name in READ},
        crisis_correlation(history.upto(state.now)),
        scenario_set(state, history) if short and state.vix is not None else None,
        Known(),
    )


def situation(around: Surroundings, policy: Policy, quotes: Quotes = MODELLED, told: Told = regime_at) -> Situation:
    """Everything a policy may look at, as of the market's time; SPX quotes are modelled where a layer needs them."""
    front, state = quotes.front, around.state
    if front is None and sells_condors(policy):
        front = around.known.get(state, ("front",), lambda: _front(state))
    return Situation(
        state,
        around.ledger,
        told(state, around.history, policy.triggers),
        around.signals,
        front,
        around.crisis_correlation,
        quotes.vix,
        policy.widen,
        policy.narrow,
        quotes.spx,
        known=around.known,
    )


def sells_condors(policy: Policy) -> bool:
    """Whether a layer of it needs SPX quotes."""
    return any(isinstance(layer, FinancingCondor) for layer in policy.layers)


def quotes_on(state: State, policy: Policy, spx: Sequence[Chain], vix: Sequence[Chain]) -> Quotes:
    """The quotes of the market's session among these chains; raises ``MissingDataError`` where a given one has none."""
    day = session_date(state.now)
    quoted = _of(spx, day) if spx else None
    front = None if quoted is None or not sells_condors(policy) else quoted_expiry(quoted, None, FRONT_DAYS)
    return Quotes(front, _of(vix, day) if vix else None, quoted)


def _of(chains: Sequence[Chain], day: dt.date) -> Chain:
    found = [one for one in chains if one.session == day]
    if not found:
        days = ", ".join(str(one) for one in sorted({chain.session for chain in chains})[:12])
        raise MissingDataError(f"the market is of {day} and the chain of {days}: choose that session with --asof")
    return found[-1]


def _front(state: State) -> Expiry | None:
    try:
        return modelled_expiry(state, None, FRONT_DAYS) if "SPX" in state.assets else None
    except MissingExpiryError:
        return None


def crisis_correlation(known: History, name: str = "VNQ") -> float | None:
    """Correlation of REITs with SPX on its worst 5 % of days; None with fewer than 20 of them."""
    if not (known.has(name) and known.has("SPX")):
        return None
    spx, other = known.get("SPX"), known.get(name)
    both = np.intersect1d(spx.dates, other.dates)
    if both.size <= FEWEST_CRISES:
        return None
    moves = np.diff(np.log(np.column_stack([spx.on(both), other.on(both)])), axis=0)
    worst = moves[moves[:, 0] <= np.quantile(moves[:, 0], CRISIS)]
    return float(np.corrcoef(worst.T)[0, 1]) if worst.shape[0] >= FEWEST_CRISES else None


def scenario_set(state: State, history: History) -> ScenarioSet | None:
    """The scenarios of a market; None when the history is too short for them, or there is no VIX."""
    try:
        return scenarios(history, state)
    except MissingDataError:
        return None


def prepared(
    around: Surroundings, policy: Policy, quotes: Quotes = MODELLED, told: Told = regime_at
) -> Prepared:  # fmt: skip
    """What the layers of a policy offer to a book in a market; its budgets are not looked at yet."""
    return prepare(policy, situation(around, policy, quotes, told), around.scenarios)


def decide(
    book: Book, state: State, history: History, policy: Policy | None = None, quotes: Quotes = MODELLED
) -> HedgePlan:
    """Tickets for a book in a market, with what the scenario set says of it and the signals of its day."""
    chosen = policy or preset("seed")
    around = surroundings(book, state, history)
    return with_context(decide_prepared(chosen, prepared(around, chosen, quotes)), history, state.now)


def with_context(plan: HedgePlan, history: History, now: dt.datetime) -> HedgePlan:
    """The plan with the signals shown beside it, where the market's state is known."""
    if plan.regime is None:
        return plan
    return replace(plan, context=tuple((signal(name).name, read(signal(name), history, now)) for name in SHOWN))
