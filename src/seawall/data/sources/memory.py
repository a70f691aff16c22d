"""What a sync remembers between runs, kept in the store itself: validators, hashes and how far each item was read.

The store is open only while something is read from it or written to it, never during a request, so that a sync that
waits for a slow vendor keeps nobody out. Rows are stored first and the mark second: a sync that is killed between the
two asks again for what it has, which changes nothing.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, final

from seawall.core.clock import NEW_YORK
from seawall.data.files.batch import Batch
from seawall.data.sources.base import Item, Mark, Page, Reply, Source
from seawall.data.store import Provenance, Receipt, Store

if TYPE_CHECKING:
    pass

TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS sync_mark (source VARCHAR, item VARCHAR, etag VARCHAR, modified VARCHAR, "
    "sha256 VARCHAR, position VARCHAR, fetched_at TIMESTAMP)"
)
_READ: Final = "SELECT item, etag, modified, sha256, position, fetched_at FROM sync_mark WHERE source = ?"
_DROP: Final = "DELETE FROM sync_mark WHERE source = ? AND item = ?"
_ADD: Final = "INSERT INTO sync_mark VALUES (?, ?, ?, ?, ?, ?, ?)"
_SNAPSHOT: Final = "SELECT 1 FROM chain WHERE underlying = ? AND source = ? AND as_of >= ? AND as_of < ? LIMIT 1"


class Kept(NamedTuple):
    """What changed in the store (None when there was nothing to store), and what is remembered."""

    receipt: Receipt | None
    mark: Mark


@final
class Memory:
    """The past of every source in one store. ``path`` None: the user's own store."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def _open(self) -> Store:
        store = Store.open(self._path)
        store.connection.execute(TABLE)
        return store

    def marks(self, source: Source) -> dict[str, Mark]:
        """What is remembered of each item of a source."""
        with self._open() as store:
            rows = store.connection.execute(_READ, [source.name]).fetchall()
        return {
            key: Mark(etag, modified, sha256, cursor, when and when.replace(tzinfo=dt.UTC))
            for key, etag, modified, sha256, cursor, when in rows
        }

    def keep(self, source: Source, item: Item, answer: tuple[Reply, Page], old: Mark, now: dt.datetime) -> Kept:
        """Store what an answer holds, then remember that it was read."""
        reply, page = answer
        if page.batch is None and page.more is not None:
            # Nothing to store and more to come: the mark is written with the page that follows.
            return Kept(None, replace(old, cursor=page.cursor or old.cursor))
        sha256 = hashlib.sha256(reply.content).hexdigest()
        with self._open() as store:
            receipt = None
            batch = page.batch and _without_stored_sessions(store, page.batch)
            if batch is not None and not batch.empty:
                receipt = store.put(batch, Provenance(f"{source.name}: {reply.url}", sha256, now))
            whole = item.whole and page.more is None
            mark = Mark(
                reply.etag if whole else None, reply.modified if whole else None, sha256 if whole else None,
                page.cursor or old.cursor, now,
            )  # fmt: skip
            self._remember(store, source, item, mark)
        return Kept(receipt, mark)

    def touch(self, source: Source, item: Item, mark: Mark, now: dt.datetime) -> Mark:
        """Remember that an item was asked for and has not changed, or is not there."""
        mark = replace(mark, fetched_at=now)
        with self._open() as store:
            self._remember(store, source, item, mark)
        return mark

    def _remember(self, store: Store, source: Source, item: Item, mark: Mark) -> None:
        when = mark.fetched_at and mark.fetched_at.astimezone(dt.UTC).replace(tzinfo=None)
        row = [source.name, item.key, mark.etag, mark.modified, mark.sha256, mark.cursor, when]
        db = store.connection
        db.execute("BEGIN TRANSACTION")
        try:
            db.execute(_DROP, row[:2])
            db.execute(_ADD, row)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def _without_stored_sessions(store: Store, batch: Batch) -> Batch:
    """The batch without chains of a session that is stored already: one snapshot a session, the first."""
    kept = []
    for chain in batch.chains:
        start = dt.datetime.combine(chain.session, dt.time(), NEW_YORK)
        bounds = [moment.astimezone(dt.UTC).replace(tzinfo=None) for moment in (start, start + dt.timedelta(days=1))]
        known = store.connection.execute(_SNAPSHOT, [chain.underlying, chain.source, *bounds]).fetchone()
        if known is None:
            kept.append(chain)
    return replace(batch, chains=tuple(kept)) if len(kept) < len(batch.chains) else batch
