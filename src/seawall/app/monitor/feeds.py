"""What comes in: book files, the venue's marks, the store's history, and the sync. Each keeps its last good content."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

from seawall.app.monitor.figures import Stamp
from seawall.app.monitor.marks import MOST_BYTES, Gate, Mark, read_marks
from seawall.app.monitor.rules import SourceState, Trouble
from seawall.app.monitor.schema import SyncFile, VenueFile
from seawall.app.monitor.wire import Line
from seawall.app.service.books import DEMO, book_id
from seawall.core.errors import DataError, SeawallError
from seawall.data.books import LoadedBook, load_book
from seawall.data.days import known_history
from seawall.data.embedded import embedded_history
from seawall.data.store_file import store_path
from seawall.market.history import History

if TYPE_CHECKING:
    from seawall.data.sources.engine import Outcome

LOOK_S: Final = 30.0
"""Between two looks at the store's file."""
Clock = Callable[[], dt.datetime]


def _stamp(*paths: Path) -> Stamp:
    found = []
    for path in paths:
        try:
            seen = path.stat()
            found.append((str(path), seen.st_mtime_ns, seen.st_size))
        except OSError:
            found.append((str(path), 0, -1))
    return tuple(found)


def example_book() -> Path:
    """The example's file."""
    from importlib.resources import files

    return Path(str(files("seawall.data"))) / "examples" / "eve.book.yaml"


def book_ids(books: tuple[Path | None, ...]) -> tuple[str, ...]:
    """Ids as the desk gives them: the example is ``demo``, a file is called after its name."""
    found: list[str] = []
    for path in books:
        base = DEMO if path is None else book_id(path.name)
        more = (f"{base}-{n}" for n in range(2, 1000))
        found.append(next(one for one in (base, *more) if one not in found and (one != DEMO or path is None)))
    return tuple(found)


@final
class BookFeed:
    """One book file, read again when it or its market changed. Raises a ``SeawallError`` if it is wrong at first."""

    def __init__(self, identity: str, path: Path | None) -> None:
        self.id, self.path = identity, example_book() if path is None else path
        self.loaded: LoadedBook = load_book(self.path)
        self.trouble: Trouble | None = None
        self.stamp = self._now()

    @property
    def current(self) -> bool:
        """Whether the files on disk are those that were read."""
        return self._now() == self.stamp

    def _now(self) -> Stamp:
        market = self.loaded.document.content.get("market")
        beside = (self.path.parent / market,) if isinstance(market, str) else ()
        return _stamp(self.path, *beside)

    def refresh(self, now: dt.datetime) -> bool:
        """Whether the book is another one; a file that is wrong leaves the last good one and a trouble."""
        stamp = self._now()
        if stamp == self.stamp:
            return False
        self.stamp = stamp
        try:
            self.loaded = load_book(self.path)
        except SeawallError as fault:
            since = now if self.trouble is None else self.trouble.since
            self.trouble = Trouble(f"book {self.id}", str(fault), since)
            return False
        self.trouble = None
        self.stamp = self._now()
        return True


@final
class HistoryFeed:
    """The daily history, read again beside the loop when the store's file changed."""

    def __init__(self, load: Callable[[], History] = known_history, look_s: float = LOOK_S) -> None:
        self._load, self._look = load, dt.timedelta(seconds=look_s)
        self._stamp, self._seen = _stamp(store_path()), dt.datetime.min.replace(tzinfo=dt.UTC)
        self._reading: Future[History] | None = None
        self.trouble: Trouble | None = None
        self.version = 0
        try:
            self.history = load()
        except DataError as fault:
            self.history = embedded_history()
            self.trouble = Trouble("store", str(fault), dt.datetime.now(dt.UTC))
            self._stamp = ()

    def refresh(self, now: dt.datetime, pool: ThreadPoolExecutor) -> bool:
        """Whether the history is another one."""
        if self._reading is not None and self._reading.done():
            done, self._reading = self._reading, None
            return self._take(done, now)
        if self._reading is None and now - self._seen >= self._look:
            self._seen = now
            stamp = _stamp(store_path())
            if stamp != self._stamp:
                self._stamp = stamp
                self._reading = pool.submit(self._load)
        return False

    def _take(self, done: Future[History], now: dt.datetime) -> bool:
        try:
            self.history = done.result()
        except SeawallError as fault:
            since = now if self.trouble is None else self.trouble.since
            self.trouble, self._stamp = Trouble("store", str(fault), since), ()
            return False
        self.trouble = None
        self.version += 1
        return True


@final
class VenueFeed:
    """Marks of an address. What is refused is counted by kind; an outage leaves the last good marks and their age.

    ``answered``: whether everything in use was taken once since the start; marks of a former run alone judge nothing.
    """

    def __init__(
        self, given: VenueFile, every: float, fetch: Callable[[], bytes] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:  # fmt: skip
        self.gate = Gate(given.jump, given.confirm, dt.timedelta(seconds=given.ahead))
        self.refused: Counter[str] = Counter()
        self.answered = False
        limit = given.stale_after or max(10.0 * every, 60.0)
        self.state = SourceState("venue", None, limit)
        self._line: Line | None = None
        if fetch is None:
            url = given.url or environ.get(given.url_from or "", "").strip()
            self._line = Line(url, given.allow_private, given.timeout)
            fetch = lambda: self._line.get(MOST_BYTES) if self._line else b""  # noqa: E731
        self._fetch = fetch

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take over the last good marks of a former run."""
        for name, one in kept.items():
            when = dt.datetime.fromisoformat(one["as_of"])
            self.gate.accepted[name] = Mark(
                name, one["price"], when, one["funding"], one["implied_vol"], one["realised_vol"]
            )

    def kept(self) -> dict[str, Any]:
        """The last good marks, to be taken over by a later run."""
        return {
            one.name: {"price": one.price, "as_of": one.as_of.isoformat(), "funding": one.funding,
                       "implied_vol": one.implied_vol, "realised_vol": one.realised_vol}
            for one in self.gate.accepted.values()
        }  # fmt: skip

    def poll(self, clock: Clock, baseline: Mapping[str, float], used: frozenset[str]) -> bool:
        """Ask once; whether a mark is news. ``used``: assets whose age counts."""
        try:
            content = self._fetch()
        except SeawallError as fault:
            now = clock()
            self.state = replace(self.state, failing=self.state.failing or now, why=str(fault))
            return False
        now = clock()
        try:
            marks = read_marks(content)
        except SeawallError as fault:
            self._refuse(now, "format", str(fault))
            return False
        taken, refused = self.gate.admit(marks, now, baseline)
        for one in refused:
            self.refused[one.kind] += 1
        counted = [one for one in refused if one.name in used] or ([] if taken else list(refused))
        since = (self.state.refusing or now) if counted else None
        self.state = SourceState(
            "venue", self._oldest(used), self.state.limit_s, None, since, counted[0].reason if counted else ""
        )
        self.answered |= not counted
        return bool(taken)

    def _refuse(self, now: dt.datetime, kind: str, why: str) -> None:
        self.refused[kind] += 1
        self.state = replace(self.state, failing=None, refusing=self.state.refusing or now, why=why)

    def _oldest(self, used: frozenset[str]) -> dt.datetime | None:
        held = self.gate.accepted
        times = [one.as_of for name, one in held.items() if name in used] or [one.as_of for one in held.values()]
        return min(times, default=None)


@final
class SyncFeed:
    """`seawall data sync` on a schedule, in a thread of its own."""

    def __init__(self, given: SyncFile, run: "Callable[[list[str]], list[Outcome]] | None" = None) -> None:
        self._given, self._run = given, run or _sync
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="seawall-sync")
        self._going: Future[list[Outcome]] | None = None
        self._next = dt.datetime.min.replace(tzinfo=dt.UTC)
        names = [word.partition(":")[0].lower() for word in given.sources]
        self.states = {name: SourceState(name, None, 3.0 * given.every) for name in dict.fromkeys(names)}

    def refresh(self, now: dt.datetime) -> None:
        """Start a sync when it is due, and take what a finished one says."""
        if self._going is not None and self._going.done():
            done, self._going = self._going, None
            self._take(done, now)
        if self._going is None and now >= self._next:
            self._next = now + dt.timedelta(seconds=self._given.every)
            self._going = self._pool.submit(self._run, self._given.sources)

    def _take(self, done: "Future[list[Outcome]]", now: dt.datetime) -> None:
        fault = done.exception()
        if fault is not None:
            told = str(fault) if isinstance(fault, SeawallError) else f"a defect ({type(fault).__name__})"
            for name, one in self.states.items():
                self.states[name] = replace(one, failing=one.failing or now, why=told)
            return
        for outcome in done.result():
            old = self.states.get(outcome.source, SourceState(outcome.source, None, 3.0 * self._given.every))
            if outcome.state in ("failed", "skipped"):
                self.states[outcome.source] = replace(old, failing=old.failing or now, why=outcome.why)
            else:
                self.states[outcome.source] = replace(old, as_of=now, failing=None, why="")

    def close(self) -> None:
        """Start nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _sync(words: list[str]) -> "list[Outcome]":
    from seawall.data.sources.engine import Sync
    from seawall.data.sources.memory import Memory
    from seawall.data.sources.registry import wishes

    return Sync(Memory()).run(wishes(words))
