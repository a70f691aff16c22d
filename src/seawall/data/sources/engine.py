"""One sync: every item of every source fetched, read, stored and remembered, one after another.

A failure stays where it happened: the item is not stored, the other items and the other sources go on, and the reason
is in the outcome. Whatever was stored before a crash is remembered, so the next sync continues after it.
"""

import datetime as dt
import hashlib
import os
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final, Literal, Protocol, final

from seawall.core.errors import InputError, SeawallError
from seawall.data.sources.address import printable
from seawall.data.sources.base import Ask, Carrier, Item, Mark, Source
from seawall.data.sources.http import Client, Pace, Patience
from seawall.data.sources.memory import Memory

FAILURES_IN_A_ROW: Final = 3
"""After so many items failed one after another the rest of a source is left for the next sync."""

PAGES: Final = 10_000
"""Answers one item may be continued through; more is a server that sends us round in a circle."""

State = Literal["updated", "unchanged", "failed", "skipped"]


@final
@dataclass(slots=True)
class Outcome:
    """What a sync did with one source: rows added, revised and unchanged; answers new, not modified and not there."""

    source: str
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    refused: int = 0
    new: int = 0
    same: int = 0
    gone: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        """In one word."""
        if self.failed:
            return "failed"
        if self.skipped is not None:
            return "skipped"
        return "updated" if self.added or self.revised else "unchanged"

    @property
    def why(self) -> str:
        """One line: the first failure and how many more there are, else what is worth saying."""
        if self.failed:
            more = len(self.failed) - 1
            return self.failed[0] + (f" (and {more} more)" if more else "")
        return self.skipped or "; ".join(dict.fromkeys(self.notes))


class Listener(Protocol):
    """Whoever shows how far a sync is."""

    def started(self, source: str, items: int) -> None:
        """A source starts, with so many items to ask for."""
        ...  # pragma: no cover

    def advanced(self, source: str, item: str) -> None:
        """An item is finished."""
        ...  # pragma: no cover

    def finished(self, outcome: Outcome) -> None:
        """A source is finished."""
        ...  # pragma: no cover


@final
class Silent:
    """Shows nothing."""

    def started(self, source: str, items: int) -> None:
        """Nothing."""

    def advanced(self, source: str, item: str) -> None:
        """Nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Nothing."""


@final
@dataclass(frozen=True, slots=True)
class Wish:
    """A source that is wanted, and which of its items."""

    source: Source
    picks: tuple[str, ...] = ()
    named: bool = False


@final
@dataclass(frozen=True, slots=True)
class Sync:
    """The means of a sync. ``pace`` is shared by all sources; ``now`` is the time the sync is done at."""

    memory: Memory
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=Pace)
    listener: Listener = field(default_factory=Silent)
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def run(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Bring every wished source up to date; one outcome each, in order."""
        return [self._source(wish) for wish in wishes]

    def _way(self, source: Source, ask: Ask) -> AbstractContextManager[Carrier]:
        if source.carrier is not None:
            return nullcontext(source.carrier(ask))
        return Client(source, None, self.patience, self.pace, self.environ)

    def _source(self, wish: Wish) -> Outcome:
        source, outcome = wish.source, Outcome(wish.source.name)
        try:
            if lack := lacking(source, self.environ):
                if wish.named:
                    raise InputError(lack)
                outcome.skipped = lack
                self.listener.finished(outcome)
                return outcome
            ask = Ask(self.now, wish.picks, self.memory.marks(source), self.environ)
            with self._way(source, ask) as way:
                items = list(source.items(ask))
                self.listener.started(source.name, len(items))
                self._items(source, items, ask, way, outcome)
        except SeawallError as fault:
            outcome.failed.append(_line(source, fault))
        self.listener.finished(outcome)
        return outcome

    def _items(self, source: Source, items: list[Item], ask: Ask, way: Carrier, outcome: Outcome) -> None:
        row = 0
        gone: list[tuple[Item, Mark]] = []
        for number, item in enumerate(items):
            try:
                gone += self._item(source, item, ask, way, outcome)
                row = 0
            except SeawallError as fault:
                outcome.failed.append(_line(source, fault))
                row += 1
            self.listener.advanced(source.name, item.key)
            if row == FAILURES_IN_A_ROW and number + 1 < len(items):
                outcome.failed.append(f"{source.name}: {len(items) - number - 1} items were left for the next sync")
                break
        outcome.gone = len(gone)
        if gone and not outcome.new and not outcome.same and len(gone) == len(items):
            said = f"{source.name}: {gone[0][0].label} and all others are refused or not there"
            outcome.failed.append(f"{said}: this network may be shut out, try from another one")
            return
        for item, mark in gone:
            self.memory.touch(source, item, mark, ask.now)

    def _item(self, source: Source, item: Item, ask: Ask, way: Carrier, outcome: Outcome) -> list[tuple[Item, Mark]]:
        """Fetch, read, store and remember one item to its end; what the vendor does not have is returned."""
        mark = ask.marks.get(item.key, Mark())
        at: Item | None = item
        for _ in range(PAGES):
            if at is None:
                return []
            reply = way.fetch(at, mark)
            if reply.state == "gone":
                if at.instead is None:
                    return [(at, mark)]
                at = at.instead
                continue
            same = reply.state == "same" or (
                at.whole and mark.sha256 is not None and mark.sha256 == hashlib.sha256(reply.content).hexdigest()
            )
            if same:
                outcome.same += 1
                outcome.notes += [at.as_before] if at.as_before else []
                self.memory.touch(source, at, mark, ask.now)
                return []
            page = source.read(at, reply.content, ask)
            receipt, mark = self.memory.keep(source, at, (reply, page), mark, ask.now)
            outcome.new += 1
            if receipt is not None:
                outcome.added += receipt.added
                outcome.revised += receipt.revised
                outcome.unchanged += receipt.unchanged
                outcome.refused += receipt.refused
            if page.note:
                outcome.notes.append(page.note)
            at = page.more
        raise InputError(f"{item.label} goes on for more than {PAGES:,} answers: set another address")


def lacking(source: Source, environ: Mapping[str, str]) -> str | None:
    """What a source needs that is not here, and how to get it."""
    if source.extra is not None and source.carrier is not None and find_spec(source.extra) is None:
        return f"needs the package {source.extra}, the extra `exchanges`: pip install 'seawall[exchanges]'"
    if source.secret is not None and not environ.get(source.secret.variable):
        return f"needs a key: set {source.secret.variable}, see {source.secret.where}"
    return None


def _line(source: Source, fault: SeawallError) -> str:
    # Parts of an answer can stand in a message: no control sign of it may reach a terminal.
    plain = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in str(fault))
    text = printable(" ".join(plain.split()))
    return text if text.startswith(f"{source.name}: ") else f"{source.name}: {text}"
