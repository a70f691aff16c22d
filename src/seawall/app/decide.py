"""What every door does alike: read what is known at the market's time, and let a policy decide on it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import MissingDataError, MissingExpiryError
from seawall.hedge.charter import Policy, preset
from seawall.hedge.decide import Prepared, decide_prepared, prepare
from seawall.hedge.layers import session_date
from seawall.hedge.plan import HedgePlan
from seawall.hedge.scenarios import ScenarioSet, scenarios
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.financing import FinancingCondor
from seawall.ledger.book import Book
from seawall.ledger.exposure import ledger
from seawall.market.chain import Chain
from seawall.market.expiry import Expiry, modelled_expiry, quoted_expiry
from seawall.market.history import History
from seawall.market.state import State
from seawall.signals.base import read
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


def situation(
    book: Book, state: State, history: History, policy: Policy, quotes: Quotes = MODELLED, told: Told = regime_at
) -> Situation:
    """Everything a policy may look at, as of the market's time; SPX quotes are modelled where a layer needs them."""
    front = quotes.front
    if front is None and sells_condors(policy):
        front = _front(state)
    return Situation(
        state,
        ledger(book, state),
        told(state, history, policy.triggers),
        {name: read(signal(name), history, state.now) for name in READ},
        front,
        crisis_correlation(history.upto(state.now)),
        quotes.vix,
        policy.widen,
        policy.narrow,
        quotes.spx,
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
    book: Book, state: State, history: History, policy: Policy | None = None, quotes: Quotes = MODELLED,
    told: Told = regime_at,
) -> Prepared:  # fmt: skip
    """What the layers of a policy offer to a book in a market; its budgets are not looked at yet."""
    chosen = policy or preset("seed")
    at = situation(book, state, history, chosen, quotes, told)
    short = at.ledger.total.exposure.gamma_usd < 0.0
    return prepare(chosen, at, scenario_set(state, history) if short and state.vix is not None else None)


def decide(
    book: Book, state: State, history: History, policy: Policy | None = None, quotes: Quotes = MODELLED
) -> HedgePlan:
    """Tickets for a book in a market, with what the scenario set says of it and the signals of its day."""
    chosen = policy or preset("seed")
    return with_context(decide_prepared(chosen, prepared(book, state, history, chosen, quotes)), history, state.now)


def with_context(plan: HedgePlan, history: History, now: dt.datetime) -> HedgePlan:
    """The plan with the signals shown beside it, where the market's state is known."""
    if plan.regime is None:
        return plan
    return replace(plan, context=tuple((signal(name).name, read(signal(name), history, now)) for name in SHOWN))
