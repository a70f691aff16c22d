"""From inputs to one observation: base market, marks on top, figures, regime; tickets beside the loop."""

import concurrent.futures
import datetime as dt
import math
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, final

from seawall.app.decide import prepared, quotes_on, surroundings
from seawall.app.monitor.config import Config
from seawall.app.monitor.feeds import BookFeed, HistoryFeed, VenueFeed
from seawall.app.monitor.figures import (
    Drift,
    Figures,
    Good,
    Observation,
    RegimeView,
    drift_of,
    figures_of,
    last_reading,
)
from seawall.app.monitor.market import overlaid, prices, store_market
from seawall.app.monitor.marks import Mark
from seawall.app.monitor.rules import SourceState, Trouble
from seawall.app.monitor.schema import TicketsFile
from seawall.core.errors import InputError, SeawallError
from seawall.data.books import LoadedBook, loaded_state
from seawall.data.store_chains import session_chains
from seawall.hedge.charter import Policy
from seawall.hedge.decide import decide_prepared
from seawall.market.history import History
from seawall.market.state import MAX_AGE, State
from seawall.signals.regime import RegimeReading

NO_MARKS: Final[Mapping[str, Mark]] = {}
NOTHING: Final = RegimeView(None, None, "nothing has been observed yet")


def drift_at(
    loaded: LoadedBook, state: State, history: History, policy: Policy, reading: RegimeReading | None
) -> Drift:
    """What the policy would trade, with the regime of the last session that is known. Raises a ``SeawallError``."""
    quotes = quotes_on(state, policy, session_chains("SPX", state.now), session_chains("VIX", state.now))
    around = surroundings(loaded.book, state, history)
    return drift_of(decide_prepared(policy, prepared(around, policy, quotes, lambda *_: reading)))


@dataclass(frozen=True, slots=True)
class Basis:
    """What tickets were decided on."""

    at: dt.datetime
    prices: Mapping[str, float]
    regime: str | None
    loaded: LoadedBook
    version: int


def moved(one: Basis, other: Basis, given: TicketsFile) -> bool:
    """Whether the inputs differ by more than the tolerance, or the decision is old."""
    if one.loaded is not other.loaded or one.regime != other.regime or one.version != other.version:
        return True
    if (other.at - one.at).total_seconds() >= given.every or set(one.prices) != set(other.prices):
        return True
    for name, price in other.prices.items():
        before = one.prices[name]
        far = abs(price - before) >= given.vix_points if name == "VIX" else abs(math.log(price / before)) >= given.move
        if far:
            return True
    return False


@final
class Watched:
    """One book with its last good figures and the tickets decided for it."""

    def __init__(self, feed: BookFeed) -> None:
        self.feed = feed
        self.state: State | None = None
        self.figures: Figures | None = None
        self.good: Good | None = None
        self.trouble: Trouble | None = None
        self.drift: Drift | None = None
        self.ticket_trouble: Trouble | None = None
        self.basis: Basis | None = None
        self.going: Future[Drift] | None = None

    def value(self, base: State | None, marks: Mapping[str, Mark], days: float, now: dt.datetime) -> bool:
        """Compute the figures anew; what cannot be valued leaves the last good ones and a trouble."""
        try:
            state = overlaid(self.base(base), marks)
            loaded_state(self.feed.loaded, state)
            found = figures_of(self.feed.id, self.feed.loaded.book, state, days)
        except SeawallError as fault:
            since = now if self.trouble is None else self.trouble.since
            self.trouble = Trouble(f"value of {self.feed.id}", str(fault), since)
            return False
        self.trouble, self.state, self.figures = None, state, replace(found, drift=self.drift)
        return True

    def keep(self, number: int, history: History) -> None:
        """Hold together what the figures of an observation were made of, for readers in other threads."""
        if self.state is not None and self.trouble is None:
            self.good = Good(number, self.feed.loaded, self.state, history, self.feed.stamp)

    def base(self, store: State | None) -> State:
        """The market under the marks; raises ``InputError`` without one."""
        if store is not None:
            return store
        if self.feed.loaded.market is None:
            raise InputError(f"book {self.feed.id} names no market: add `market:` to it, or set `market: store`")
        return self.feed.loaded.market

    def used(self) -> frozenset[str]:
        """Prices the book depends on."""
        return frozenset(position.instrument.factor for position in self.feed.loaded.book.positions)


@final
class Watch:
    """All books, their inputs, and the last observation."""

    def __init__(
        self, config: Config, books: tuple[BookFeed, ...], history: HistoryFeed, venue: VenueFeed | None
    ) -> None:
        self.config, self.history, self.venue = config, history, venue
        self.books = tuple(Watched(one) for one in books)
        self.now: Observation | None = None
        self.before: Observation | None = None
        self.regime = NOTHING
        self.used = frozenset[str]()
        self._readings: dict[tuple[int, dt.datetime], tuple[RegimeReading | None, RegimeView]] = {}
        self._base: State | None = None
        self._base_trouble: Trouble | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="seawall-slow")

    def close(self) -> None:
        """Start nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def refresh(self, now: dt.datetime) -> bool:
        """Look at books and store; whether anything is other than at the last observation."""
        changed = [one.feed.refresh(now) for one in self.books]
        renewed = self.history.refresh(now, self._pool)
        if self.config.file.market == "store" and (renewed or self._base is None):
            try:
                self._base, self._base_trouble = store_market(self.history.history), None
            except SeawallError as fault:
                self._base_trouble = self._base_trouble or Trouble("market", str(fault), now)
        self.used = frozenset().union(*(one.used() for one in self.books)) | {"VIX"}
        return any(changed) or renewed or self.now is None

    def baseline(self) -> dict[str, float]:
        """Prices that a first mark is compared with: those of the markets of the books."""
        found: dict[str, float] = {}
        for one in self.books:
            base = self._base or one.feed.loaded.market
            if base is not None and self.config.file.venue is not None:
                found = prices(base) | found
        return found

    def observe(self, now: dt.datetime) -> bool:
        """Value every book; whether there is a new observation. It fails only when no book can be valued."""
        marks = self.venue.gate.accepted if self.venue is not None else NO_MARKS
        if self.config.file.market == "store" and self._base is None:
            return False
        valued = [one.value(self._base, marks, self.config.file.horizon_days, now) for one in self.books]
        if not any(valued):
            return False
        newest = max(one.state.now for one in self.books if one.state is not None)
        self.regime = self.reading(newest)[1]
        figures = tuple(one.figures for one in self.books if one.figures is not None)
        number = 1 if self.now is None else self.now.number + 1
        for one in self.books:
            one.keep(number, self.history.history)
        self.before, self.now = self.now, Observation(number, now, figures, self.regime)
        return True

    def reading(self, now: dt.datetime) -> tuple[RegimeReading | None, RegimeView]:
        """The regime known at an instant, remembered by the minute: closes are known on one."""
        key = (self.history.version, now.replace(second=0, microsecond=0))
        if key not in self._readings:
            self._readings = {key: last_reading(self.history.history, now, self.config.policy.triggers)}
        return self._readings[key]

    def take_tickets(self, now: dt.datetime) -> bool:
        """Take tickets that are ready; whether a book's drift is new."""
        return sum(self._taken(one, now) for one in self.books) > 0

    def ask_tickets(self, now: dt.datetime) -> None:
        """Ask for tickets where an input moved beyond the tolerance, or the last are old."""
        given = self.config.file.tickets
        if given is None:
            return
        for one in self.books:
            if one.going is not None or one.state is None:
                continue
            reading, view = self.reading(one.state.now)
            basis = Basis(now, prices(one.state), view.state, one.feed.loaded, self.history.version)
            early = one.basis is not None and (now - one.basis.at).total_seconds() < given.at_most_every
            if early or (one.basis is not None and not moved(one.basis, basis, given)):
                continue
            one.basis = basis
            one.going = self._pool.submit(
                drift_at, one.feed.loaded, one.state, self.history.history, self.config.policy, reading
            )

    def wait(self, wait_s: float) -> None:
        """Until tickets that are being decided are ready, or the time is over."""
        going = [one.going for one in self.books if one.going is not None]
        concurrent.futures.wait(going, timeout=wait_s)

    @staticmethod
    def _taken(one: Watched, now: dt.datetime) -> bool:
        if one.going is None or not one.going.done():
            return False
        done, one.going = one.going, None
        fault = done.exception()
        if fault is None:
            one.drift, one.ticket_trouble = done.result(), None
            return True
        told = str(fault) if isinstance(fault, SeawallError) else f"a defect ({type(fault).__name__})"
        since = now if one.ticket_trouble is None else one.ticket_trouble.since
        one.ticket_trouble = Trouble(f"tickets of {one.feed.id}", told, since)
        return False

    def sources(self) -> tuple[SourceState, ...]:
        """Age of what no venue covers, of the regime, and of the venue."""
        found = []
        covered = frozenset(self.venue.gate.accepted) if self.venue is not None else frozenset[str]()
        times = [when for one in self.books if one.state is not None for when in _times(one, one.state, covered)]
        if times:
            found.append(SourceState("market", min(times), MAX_AGE.total_seconds()))
        if self.now is not None:
            why = "" if self.regime.state is not None else self.regime.rule
            found.append(SourceState("regime", self.regime.known_at, 1.25 * MAX_AGE.total_seconds(), why=why))
        return (*found, *((self.venue.state,) if self.venue is not None else ()))

    def troubles(self) -> tuple[Trouble, ...]:
        """Everything of the monitor's own that is wrong."""
        found = [self.history.trouble, self._base_trouble]
        for one in self.books:
            found += [one.feed.trouble, one.trouble, one.ticket_trouble]
        return tuple(one for one in found if one is not None)


def _times(one: Watched, state: State, covered: frozenset[str]) -> list[dt.datetime]:
    """Instants of the prices a book uses that no venue gives."""
    found = [state.assets[name].spot.as_of for name in one.used() if name in state.assets and name not in covered]
    if state.vix is not None and "VIX" in one.used() and "VIX" not in covered:
        found.append(state.vix.vix.as_of)
    return found
