"""What every door of a running desk shares: its books, jobs and settings, and a memory of what was computed."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from seawall.app.service.books import Workspace
from seawall.app.service.jobs import JobBoard

if TYPE_CHECKING:
    from seawall.app.monitor.engine import Monitor
    from seawall.data.books import LoadedBook
    from seawall.ledger.exposure import Ledger
    from seawall.market.state import State

KEPT: Final = 64
Answer = TypeVar("Answer")


class Memo:
    """The last answers by what they answer; each is computed once, by whoever asks first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._busy: dict[Hashable, threading.Lock] = {}
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def clear(self) -> None:
        """Forget everything: what the answers were computed from has changed."""
        with self._lock:
            self._found.clear()

    def get(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer of ``key``; an error is not kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return cast(Answer, self._found[key])
            mine = self._busy.setdefault(key, threading.Lock())
        try:
            with mine:
                with self._lock:
                    if key in self._found:
                        return cast(Answer, self._found[key])
                answer = compute()
                with self._lock:
                    self._found[key] = answer
                    while len(self._found) > self._kept:
                        self._found.popitem(last=False)
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
    """A book in its market. ``key``: the same for the same text in the same market."""

    key: tuple[str, str, str]
    loaded: "LoadedBook"
    state: "State"


def viewed(desk: Desk, book: str, asof: dt.date | None = None) -> Viewed:
    """The book of an id in its own market, or in that of a session; raises a ``SeawallError``."""
    entry = desk.workspace.get(book)
    digest = sha256(
        "\0".join((entry.text, *(part for pair in sorted(entry.files.items()) for part in pair))).encode(
            "utf-8", "replace"
        )
    )
    key = (book, digest.hexdigest()[:16], asof.isoformat() if asof else "")

    def compute() -> Viewed:
        from seawall.data.books import loaded_state
        from seawall.data.days import known_history, market_of

        state = None if asof is None else market_of(known_history(), asof)
        loaded = desk.workspace.load(entry)
        return Viewed(key, loaded, loaded_state(loaded, state))

    return desk.memo.get(("viewed", key), compute)


def ledger_of(desk: Desk, seen: Viewed) -> "Ledger":
    """The exposure table."""
    from seawall.ledger.exposure import ledger

    return desk.memo.get(("ledger", seen.key), lambda: ledger(seen.loaded.book, seen.state))
