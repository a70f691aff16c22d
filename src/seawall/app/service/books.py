"""The books of a desk: several at once, in memory and in a folder, edited with the checks of a book file.

An id is letters, digits and hyphens, and a file beside a book a plain name: neither can leave the folder. A save is
whole or not at all. Texts are checked where they would stand, so a message names the line a user sees.
"""

import os
import re
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seawall.app.service.refusal import CONFLICT, NOT_FOUND, TOO_LARGE, TOO_MANY, UNUSABLE, RefusedError
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from seawall.data.books import LoadedBook

ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
COMPANION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(?:yaml|yml|json|csv)")
SUFFIX: Final = ".book.yaml"
DEMO: Final = "demo"
MAX_TEXT: Final = 1_000_000
MAX_FILES: Final = 8
MAX_BYTES: Final = 4_000_000
"""Of a book with the files beside it."""
MAX_BOOKS: Final = 200
NO_FILES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One book of the desk. ``home``: where its text stands or would stand. ``revision`` rises with every change.

    ``kind``: example (cannot be changed), file (named on the command line, saved in place) or workspace.
    """

    id: str
    kind: str
    home: Path
    text: str
    files: Mapping[str, str] = field(default_factory=lambda: NO_FILES)
    revision: int = 1
    saved: bool = True


def book_id(name: str) -> str:
    """An id made of any name: lower case, everything else hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(\.book)?(\.(yaml|yml|json))?$", "", name.lower()))
    return plain.strip("-")[:60] or "book"


def check_id(identity: str) -> str:
    """The id, if it is one; raises ``RefusedError``."""
    if not ID.fullmatch(identity):
        raise RefusedError(
            NOT_FOUND, "there is no such book: an id is letters, digits and hyphens, GET /api/v1/books lists them"
        )
    return identity


def _check_content(text: str, files: Mapping[str, str]) -> None:
    for name in files:
        if not COMPANION.fullmatch(name) or name.endswith(SUFFIX):
            raise RefusedError(
                UNUSABLE, f"{name[:60]!r} cannot stand beside a book: use a plain name such as my.market.yaml"
            )
    sizes = [len(one.encode("utf-8", "replace")) for one in (text, *files.values())]
    if sizes[0] > MAX_TEXT or sum(sizes) > MAX_BYTES or len(files) > MAX_FILES:
        raise RefusedError(
            TOO_LARGE,
            f"a book has at most {MAX_TEXT:,} bytes, with {MAX_FILES} files beside it {MAX_BYTES:,}: split it",
        )


def _write(place: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="strict") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(place)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except (OSError, UnicodeEncodeError) as fault:
        reason = getattr(fault, "strerror", None) or "not text"
        raise RefusedError(
            UNUSABLE, f"{place.name} cannot be written ({reason}): check the folder of the workspace"
        ) from None


class Workspace:
    """Books by id, safe to use from several threads. ``folder``: where saved ones lie, None for memory only."""

    def __init__(self, folder: Path | None, named: tuple[Path, ...] = ()) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._scratch = tempfile.TemporaryDirectory(prefix="seawall-desk-")
        self._entries: dict[str, Entry] = {}
        self._add_example()
        for place in named:
            self._add_file(place)
        if folder is not None and folder.is_dir():
            for found in sorted(folder.glob(f"*/*{SUFFIX}"))[:MAX_BOOKS]:
                self._add_saved(found)

    def _add_example(self) -> None:
        from importlib.resources import files

        home = Path(str(files("seawall.data"))) / "examples" / "eve.book.yaml"
        self._entries[DEMO] = Entry(DEMO, "example", home, home.read_text(encoding="utf-8"), self._beside(home))

    def _add_file(self, place: Path) -> None:
        from seawall.data.books import load_book

        load_book(place)
        base = book_id(place.name)
        taken = (f"{base}-{n}" for n in range(2, MAX_BOOKS))
        name = next(one for one in (base, *taken) if one not in self._entries)
        self._entries[name] = Entry(name, "file", place.resolve(), place.read_text(encoding="utf-8"))

    def _add_saved(self, found: Path) -> None:
        identity = found.parent.name
        if not ID.fullmatch(identity) or found.name != identity + SUFFIX or identity in self._entries:
            return
        if found.is_symlink() or found.parent.is_symlink() or found.stat().st_size > MAX_TEXT:
            return
        try:
            text = found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return
        self._entries[identity] = Entry(identity, "workspace", found, text, self._beside(found))

    @staticmethod
    def _beside(home: Path) -> Mapping[str, str]:
        found = {}
        for one in sorted(home.parent.iterdir()):
            if COMPANION.fullmatch(one.name) and not one.name.endswith(SUFFIX) and not one.is_symlink():
                found[one.name] = one.read_text(encoding="utf-8", errors="replace")
            if len(found) == MAX_FILES:
                break
        return MappingProxyType(found)

    def close(self) -> None:
        """Remove what was kept for unsaved books."""
        self._scratch.cleanup()

    def list(self) -> tuple[Entry, ...]:
        """Every book, the example first, then those named on the command line, then by id."""
        with self._lock:
            return tuple(self._entries.values())

    def get(self, identity: str) -> Entry:
        """One book; raises ``RefusedError``."""
        with self._lock:
            found = self._entries.get(check_id(identity))
        if found is None:
            raise RefusedError(NOT_FOUND, f"there is no book {identity!r}: GET /api/v1/books lists them")
        return found

    def load(self, entry: Entry) -> "LoadedBook":
        """The book behind an entry; raises a ``SeawallError`` that starts with file and line."""
        from seawall.data.books import load_book

        return load_book(entry.home, entry.text)

    def draft(self, identity: str, text: str, files: Mapping[str, str] = NO_FILES) -> tuple[Entry, "LoadedBook"]:
        """What ``put`` would keep, checked and not kept. Raises a ``SeawallError`` that starts with file and line."""
        check_id(identity)
        _check_content(text, files)
        with self._lock:
            old = self._entries.get(identity)
            if old is None and len(self._entries) >= MAX_BOOKS:
                raise RefusedError(TOO_MANY, f"a desk holds {MAX_BOOKS} books: delete one first")
        if old is not None and old.kind == "file":
            if files:
                raise RefusedError(CONFLICT, f"{identity} is a file of yours: edit the files beside it there")
            made = replace(old, text=text, revision=old.revision + 1, saved=False)
        else:
            kept = {**(old.files if old else {}), **files}
            _check_content(text, kept)
            home = self._place(identity, (old.revision if old else 0) + 1, kept)
            made = Entry(
                identity, "workspace", home, text, MappingProxyType(kept), (old.revision if old else 0) + 1, False
            )
        return made, self.load(made)

    def _place(self, identity: str, revision: int, files: Mapping[str, str]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self._scratch.name, prefix=f"{identity}-{revision}-"))
        for name, text in files.items():
            _write(folder / name, text)
        return folder / f"{identity}{SUFFIX}"

    def put(
        self,
        identity: str,
        text: str,
        files: Mapping[str, str] = NO_FILES,
        *,
        save: bool = True,
        over: int | None = None,
    ) -> Entry:
        """Keep a text that passes the checks; with ``save`` on disk too. Nothing changes when it is refused.

        ``over``: the revision the edit began from; another one there by now is refused, so no work is lost.
        """
        if identity == DEMO:
            raise RefusedError(CONFLICT, "the example cannot be changed: save it under another id")
        made, _ = self.draft(identity, text, files)
        with self._lock:
            old = self._entries.get(identity)
            now = old.revision if old else 0
            if (over is not None and over != now) or made.revision != now + 1:
                raise RefusedError(
                    CONFLICT, f"{identity} was changed meanwhile (revision {now}): load it again and repeat the edit"
                )
            if save:
                made = self._save(made)
            self._entries[identity] = made
            return made

    def _save(self, entry: Entry) -> Entry:
        if entry.kind == "file":
            _write(entry.home, entry.text)
            return replace(entry, saved=True)
        if self.folder is None:
            return entry
        place = self.folder / entry.id / f"{entry.id}{SUFFIX}"
        for name, text in entry.files.items():
            _write(place.parent / name, text)
        _write(place, entry.text)
        return replace(entry, home=place, saved=True)

    def delete(self, identity: str) -> Entry:
        """Take a book off the desk and out of the workspace's folder; a file of the command line stays on disk."""
        with self._lock:
            found = self.get(identity)
            if found.kind == "example":
                raise RefusedError(CONFLICT, "the example cannot be deleted: leave it")
            if found.kind == "workspace" and self.folder is not None:
                place = self.folder / found.id
                for name in (f"{found.id}{SUFFIX}", *found.files):
                    (place / name).unlink(missing_ok=True)
                if place.is_dir() and not any(place.iterdir()):
                    place.rmdir()
            del self._entries[identity]
            return found


def fault_of(workspace: Workspace, entry: Entry) -> str:
    """Why a book cannot be used, or an empty text."""
    try:
        workspace.load(entry)
    except SeawallError as fault:
        return str(fault)
    return ""
