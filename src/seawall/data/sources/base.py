"""What a source is: where it lies, what there is to ask for, and how an answer is read. One file a vendor.

A source says *what* to fetch and *what it means*; ``http`` fetches, ``memory`` remembers, ``engine`` drives. So a
source has no loop, no retry, no clock and no file of its own.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, final

from seawall.core.errors import DataError
from seawall.data.files.batch import Batch

Kind = Literal["csv", "json", "html"]
LARGEST: Final = 64 << 20
"""Bytes of one answer, unpacked, unless its item says otherwise: the largest one known (an SPX chain) is 14 MB."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """One request. ``key`` names it for good: what a sync remembers is kept under source and key.

    ``gone``: status codes by which the vendor says that there is no such file. ``instead``: what to ask for then.
    ``body``: sent as JSON with POST. ``whole``: the answer is one file with a past of its own, so it is asked for
    conditionally; an answer to a question about a span of time is not. ``as_before``: what to
    say when it has not changed.
    """

    key: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    kind: Kind = "csv"
    gone: tuple[int, ...] = ()
    instead: "Item | None" = None
    whole: bool = True
    largest: int = LARGEST
    as_before: str | None = None

    @property
    def label(self) -> str:
        """What is asked for, for messages: never more than a user may see."""
        if self.body is not None:
            return f"{self.path} ({self.key})"
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return (f"{self.path}?{query}" if query else self.path)[:160]


@final
@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of an item: validators and hash of the last answer, how far it was read, and when."""

    etag: str | None = None
    modified: str | None = None
    sha256: str | None = None
    cursor: str | None = None
    fetched_at: dt.datetime | None = None


@final
@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of a source: ``picks`` are the words after the colon in ``SOURCE:A,B``, empty for the default."""

    now: dt.datetime
    picks: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    def cursor(self, key: str) -> str | None:
        """How far an item was read."""
        mark = self.marks.get(key)
        return mark.cursor if mark else None


@final
@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``state``: "new" with content, "same" (304), or "gone". ``url`` is safe to print and to store."""

    state: Literal["new", "same", "gone"]
    url: str
    content: bytes = b""
    etag: str | None = None
    modified: str | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What an answer means: rows to store, how far that reads, what to ask next, and what is worth saying."""

    batch: Batch | None
    cursor: str | None = None
    more: Item | None = None
    note: str | None = None


class Carrier(Protocol):
    """Whatever fetches an item: the HTTP client, or a vendor's library."""

    def fetch(self, item: Item, mark: Mark | None) -> Reply:
        """The answer; raises ``SeawallError`` with one clear line."""
        ...  # pragma: no cover


@final
@dataclass(frozen=True, slots=True)
class Secret:
    """A key a vendor wants: read from the environment when it is sent, and kept nowhere."""

    variable: str
    parameter: str
    where: str
    """Page where a user gets one."""


@final
@dataclass(frozen=True, slots=True)
class Source:
    """One vendor's kind of data.

    ``items(ask)``: what to fetch, in order. ``read(item, content, ask)``: what an answer means; raises
    ``SeawallError`` for an answer that is not what was asked for. ``pause_s``: least time between two requests to its
    host. ``secret`` and ``extra``: what it needs beyond the network. ``by_name``: only fetched when it is named.
    """

    name: str
    title: str
    address: str
    licence: str
    items: Callable[[Ask], Iterable[Item]]
    read: Callable[[Item, bytes, Ask], Page]
    pause_s: float = 0.5
    secret: Secret | None = None
    extra: str | None = None
    carrier: Callable[[Ask], Carrier] | None = None
    by_name: bool = False


def bad_answer(item: Item, fact: str) -> DataError:
    """The error for an answer that is not what was asked for; ``engine`` puts the source before it."""
    return DataError(
        f"{item.label} {fact}: its format may have changed, update seawall or `seawall data import` a file"
    )


def json_of(item: Item, content: bytes) -> Any:
    """The JSON document of an answer."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise bad_answer(item, "sent what is no JSON") from None


def milliseconds(moment: dt.datetime) -> int:
    """Unix time of an instant in milliseconds."""
    return int(moment.timestamp() * 1000)
