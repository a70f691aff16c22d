"""What every door does alike: read the regime known at the market's time, and plan the hedge on it."""

from dataclasses import replace
from typing import Final

from seawall.core.errors import MissingDataError
from seawall.hedge.alvh import HedgePlan, plan_hedge
from seawall.hedge.layers import session_date
from seawall.hedge.policy import AlvhPolicy
from seawall.ledger.book import Book
from seawall.market.history import History
from seawall.market.state import State
from seawall.signals.base import read
from seawall.signals.regime import RegimeReading, classify
from seawall.signals.registry import signal

SHOWN: Final = ("M05", "M01")
"""RSI(14) on VIX/VIX3M and MACD on VVIX, or on VIX where those are absent: the reading says which."""


def regime_at(state: State, history: History) -> RegimeReading | None:
    """The regime of the market's session from what was known by then; None when the history does not reach it."""
    known = history.upto(state.now)
    try:
        return classify(known).on(session_date(state.now))
    except MissingDataError:
        return None


def decide(book: Book, state: State, history: History, policy: AlvhPolicy | None = None) -> HedgePlan:
    """Tickets for a book in a market, with the regime and the signals of its day."""
    plan = plan_hedge(book, state, regime_at(state, history), policy or AlvhPolicy())
    if plan.regime is None:
        return plan
    context = tuple((signal(name).name, read(signal(name), history, state.now)) for name in SHOWN)
    return replace(plan, context=context)
