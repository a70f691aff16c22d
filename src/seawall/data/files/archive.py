"""What lies inside compressed files and archives, taken out with care: nothing is ever written under a name they state.

A member whose name leaves the archive, a link, an encrypted or nested archive is refused, and so is content that
swells beyond ``MAX_RATIO`` times its compressed size (past ``FREE_BYTES``) or beyond ``MAX_BYTES``.
"""

import gzip
import hashlib
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple

from seawall.core.errors import InputError

MAX_RATIO: Final = 200
FREE_BYTES: Final = 16 << 20
MAX_BYTES: Final = 8 << 30
MAX_MEMBERS: Final = 10_000
_BLOCK: Final = 1 << 20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
PARQUET: Final = b"PAR1"
_OTHERS: Final = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}


class Member(NamedTuple):
    """One file: the name it states, where its bytes lie, their SHA-256."""

    name: str
    path: Path
    sha256: str


def digest(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _safe(name: str, archive: str) -> str:
    plain = PurePosixPath(name.replace("\\", "/"))
    if plain.is_absolute() or ".." in plain.parts or ":" in name or "\x00" in name:
        raise InputError(f"{archive} names a file outside itself ({name[:80]!r}): nothing of it was read")
    return name


def _copy(source: IO[bytes], target: Path, packed: int, name: str) -> None:
    """Decompress into ``target``, stopping before it can fill a disk."""
    allowed = min(MAX_BYTES, max(FREE_BYTES, MAX_RATIO * packed))
    written = 0
    try:
        with target.open("wb") as out:
            while block := source.read(_BLOCK):
                written += len(block)
                if written > allowed:
                    raise InputError(f"{name} swells beyond {allowed >> 20} MB from {packed} bytes: refused as a bomb")
                out.write(block)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as fault:
        raise InputError(f"{name} is damaged ({str(fault)[:80]}): fetch it again") from None
    except (NotImplementedError, RuntimeError) as fault:
        raise InputError(f"{name} cannot be unpacked ({str(fault)[:80]}): unpack it yourself") from None


def _zip(path: Path, name: str, folder: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [info for info in archive.infolist() if not info.is_dir()]
            _check(len(inside), name, [info.filename for info in inside])
            for number, info in enumerate(inside):
                target = folder / f"{number}.part"
                with archive.open(info) as source:
                    _copy(source, target, max(info.compress_size, 1), f"{name}!{info.filename}")
                yield from _plain(target, info.filename, name, folder)
    except zipfile.BadZipFile as fault:
        raise InputError(f"{name} is no readable zip archive ({fault}): fetch it again") from None
    except (RuntimeError, NotImplementedError) as fault:
        raise InputError(f"{name} cannot be unpacked ({str(fault)[:80]}): unpack it yourself") from None


def _tar(path: Path, name: str, folder: Path) -> Iterator[Member]:
    try:
        with tarfile.open(path, "r:") as archive:
            members = archive.getmembers()
            _check(len(members), name, [member.name for member in members])
            for number, member in enumerate(members):
                if member.isdir():
                    continue
                source = archive.extractfile(member) if member.isreg() else None
                if source is None:
                    raise InputError(f"{name} holds {member.name[:80]!r}, which is no plain file: nothing was read")
                target = folder / f"{number}.part"
                _copy(source, target, max(member.size, 1), f"{name}!{member.name}")
                yield from _plain(target, member.name, name, folder)
    except tarfile.TarError as fault:
        raise InputError(f"{name} is no readable tar archive ({fault}): fetch it again") from None


def _check(count: int, name: str, stated: list[str]) -> None:
    if count > MAX_MEMBERS:
        raise InputError(f"{name} holds {count} files, more than {MAX_MEMBERS}: unpack it yourself")
    for one in stated:
        _safe(one, name)


def _plain(target: Path, stated: str, archive: str, folder: Path) -> Iterator[Member]:
    """A member as a file; one level of gzip inside is taken off, an archive inside an archive is refused."""
    head = _head(target)
    if head.startswith(GZIP):
        opened = folder / f"{target.name}.open"
        with gzip.open(target) as source:
            _copy(source, opened, target.stat().st_size, f"{archive}!{stated}")  # type: ignore[arg-type]
        target, head, stated = opened, _head(opened), stated.removesuffix(".gz")
    if head.startswith((GZIP, ZIP)) or _is_tar(head):
        raise InputError(f"{archive} holds another archive ({stated[:80]!r}): unpack it yourself")
    yield Member(stated, target, digest(target))


@contextmanager
def members(path: Path) -> Iterator[Iterator[Member]]:
    """Every file a path stands for: itself, what gzip wraps, or what a zip or tar archive holds.

    Raises ``InputError`` for anything unsafe, damaged or unknown. The files live until the context ends.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file: name one that exists")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} cannot be read: change its permissions")
    with tempfile.TemporaryDirectory(prefix="seawall-") as scratch:
        yield _members(path, Path(scratch))


def _members(path: Path, folder: Path) -> Iterator[Member]:
    name, head = path.name, _head(path)
    if head.startswith(GZIP):
        opened = folder / "opened"
        with gzip.open(path) as source:
            _copy(source, opened, path.stat().st_size, name)  # type: ignore[arg-type]
        inner = _head(opened)
        if _is_tar(inner):
            yield from _tar(opened, name, folder)
        elif inner.startswith((GZIP, ZIP)):
            raise InputError(f"{name} holds another archive: unpack it yourself")
        else:
            yield Member(name.removesuffix(".gz"), opened, digest(path))
    elif head.startswith(ZIP):
        yield from _zip(path, name, folder)
    elif _is_tar(head):
        yield from _tar(path, name, folder)
    else:
        packed = next((word for magic, word in _OTHERS.items() if head.startswith(magic)), None)
        if packed:
            raise InputError(f"{name} is packed with {packed}: unpack it first, or pack it with gzip")
        yield Member(name, path, digest(path))
