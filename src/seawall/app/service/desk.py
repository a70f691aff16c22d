"""What every door of a running desk shares: its books, jobs and settings, and a memory of what was computed."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from seawall.app.service.books import Entry, Workspace
from seawall.app.service.jobs import JobBoard
from seawall.app.service.refusal import RefusedError

if TYPE_CHECKING:
    from seawall.app.monitor.engine import Monitor
    from seawall.app.monitor.figures import Good
    from seawall.data.books import LoadedBook
    from seawall.ledger.exposure import Ledger
    from seawall.market.history import History
    from seawall.market.state import State

KEPT: Final = 64
Answer = TypeVar("Answer")


class Key(NamedTuple):
    """What a book was seen in: its id, a digest of its text, and its market: a session, an instant, or its own.

    ``number``: of the monitor's observation, 0 where no monitor gave the market. Equal keys have equal answers.
    """

    book: str
    text: str
    market: str
    number: int = 0


def _passing(key: Hashable) -> bool:
    return isinstance(key, tuple) and any(isinstance(part, Key) and part.number > 0 for part in key)


class Memo:
    """The last answers by what they answer; each is computed once, by whoever asks first.

    Those to a market that a monitor moves on have a room of their own, so that they push out nothing else.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._busy: dict[Hashable, threading.Lock] = {}
        self._rooms: tuple[OrderedDict[Hashable, Any], OrderedDict[Hashable, Any]] = OrderedDict(), OrderedDict()

    def clear(self) -> None:
        """Forget everything: what the answers were computed from has changed."""
        with self._lock:
            for room in self._rooms:
                room.clear()

    def __len__(self) -> int:
        """How many answers are kept."""
        return sum(map(len, self._rooms))

    def get(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer of ``key``; an error is not kept."""
        found = self._rooms[_passing(key)]
        with self._lock:
            if key in found:
                found.move_to_end(key)
                return cast(Answer, found[key])
            mine = self._busy.setdefault(key, threading.Lock())
        try:
            with mine:
                with self._lock:
                    if key in found:
                        return cast(Answer, found[key])
                answer = compute()
                with self._lock:
                    found[key] = answer
                    while len(found) > self._kept:
                        found.popitem(last=False)
                return answer
        finally:
            with self._lock:
                self._busy.pop(key, None)


def utc_now() -> dt.datetime:
    """The clock's time."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """One running desk."""

    workspace: Workspace
    jobs: JobBoard = field(default_factory=JobBoard)
    memo: Memo = field(default_factory=Memo)
    clock: Callable[[], dt.datetime] = utc_now
    ready: threading.Event = field(default_factory=threading.Event)
    monitor: "Monitor | None" = None

    def close(self) -> None:
        """Stop the jobs and the monitor, and remove what was kept for unsaved books."""
        if self.monitor is not None:
            self.monitor.close()
        self.jobs.close()
        self.workspace.close()


@dataclass(frozen=True, slots=True, eq=False)
class Viewed:
    """A book in its market. ``key``: the same for the same text in the same market. ``history``: the monitor's, where
    it gave the market; None is that of the store.
    """

    key: Key
    loaded: "LoadedBook"
    state: "State"
    history: "History | None" = None

    @property
    def live(self) -> bool:
        """Whether a monitor gave the market."""
        return self.key.number > 0


def history_of(seen: Viewed) -> "History":
    """The history beside a book's market; raises a ``SeawallError``."""
    from seawall.data.days import known_history

    return known_history() if seen.history is None else seen.history


def _good(desk: Desk, entry: Entry) -> "Good | None":
    if desk.monitor is None or not entry.saved:
        return None
    return desk.monitor.good(entry.home, edited=entry.revision > 1)


def is_watched(desk: Desk, book: str) -> bool:
    """Whether a monitor watches a book, even if it has not seen it yet."""
    try:
        return desk.monitor is not None and desk.monitor.watches(desk.workspace.get(book).home)
    except RefusedError:
        return False


def newest_number(desk: Desk, book: str) -> int:
    """Number of the observation that a look at a watched book would get now; 0 for one that is not watched."""
    try:
        found = _good(desk, desk.workspace.get(book))
    except RefusedError:
        return 0
    return 0 if found is None else found.number


def viewed(desk: Desk, book: str, asof: dt.date | None = None) -> Viewed:
    """The book of an id in the market of a session, else as a monitor saw it last, else in its own market.

    Raises a ``SeawallError``.
    """
    entry = desk.workspace.get(book)
    digest = sha256(
        "\0".join((entry.text, *(part for pair in sorted(entry.files.items()) for part in pair))).encode(
            "utf-8", "replace"
        )
    ).hexdigest()[:16]
    good = _good(desk, entry) if asof is None else None
    if good is not None:
        key = Key(book, digest, good.state.now.isoformat(), good.number)
        return desk.memo.get(("viewed", key), lambda: Viewed(key, good.loaded, good.state, good.history))
    own = Key(book, digest, asof.isoformat() if asof else "")

    def compute() -> Viewed:
        from seawall.data.books import loaded_state
        from seawall.data.days import known_history, market_of

        state = None if asof is None else market_of(known_history(), asof)
        loaded = desk.workspace.load(entry)
        return Viewed(own, loaded, loaded_state(loaded, state))

    return desk.memo.get(("viewed", own), compute)


def ledger_of(desk: Desk, seen: Viewed) -> "Ledger":
    """The exposure table."""
    from seawall.ledger.exposure import ledger

    return desk.memo.get(("ledger", seen.key), lambda: ledger(seen.loaded.book, seen.state))
