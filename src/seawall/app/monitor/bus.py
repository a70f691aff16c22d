"""The newest state for any number of readers: each has one place, which the next state overwrites.

Publishing never waits: a reader that is slow gets fewer states, each of them whole and the newest when it looks.
"""

import asyncio
import threading
from typing import Final, final

from seawall.app.service.answers import Record
from seawall.app.service.refusal import TOO_MANY, RefusedError

MOST_READERS: Final = 200


@final
class Reader:
    """One reader inside an event loop. ``skipped``: states it was too slow for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.skipped = 0
        self._loop, self._news = loop, asyncio.Event()
        self._lock = threading.Lock()
        self._newest: Record | None = None

    def put(self, state: Record) -> None:
        """Called by the publisher, from any thread."""
        with self._lock:
            waiting = self._newest is not None
            self.skipped += waiting
            self._newest = state
        if not waiting:
            try:
                self._loop.call_soon_threadsafe(self._news.set)
            except RuntimeError:
                return  # its loop has ended; whoever reads closes the reader

    async def get(self) -> Record:
        """The newest state that was not read yet; waits for one."""
        while True:
            await self._news.wait()
            self._news.clear()
            with self._lock:
                found, self._newest = self._newest, None
            if found is not None:
                return found


@final
class Bus:
    """Readers and the last state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self.last: Record = {}

    def join(self) -> Reader:
        """A new reader in the running event loop, which gets the last state at once. Raises ``RefusedError``."""
        reader = Reader(asyncio.get_running_loop())
        with self._lock:
            if len(self._readers) >= MOST_READERS:
                raise RefusedError(TOO_MANY, f"{MOST_READERS} readers follow already: close one")
            self._readers.add(reader)
            last = self.last
        if last:
            reader.put(last)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        with self._lock:
            self._readers.discard(reader)

    def publish(self, state: Record) -> None:
        """Give every reader the newest state."""
        with self._lock:
            self.last = state
            readers = tuple(self._readers)
        for reader in readers:
            reader.put(state)

    @property
    def readers(self) -> int:
        """How many follow."""
        return len(self._readers)
