"""What an answer's headers and bytes say: how long to wait, how to ask again, and whether it is what was asked for."""

import datetime as dt
import email.utils
import zlib
from dataclasses import dataclass, field
from typing import Final, final

from seawall.core.errors import DataError
from seawall.data.sources.base import Item, Mark, Source


class AgainError(Exception):
    """A failure that may pass; ``after`` is how long the server asks to wait, in seconds."""

    def __init__(self, fact: str, after: float | None = None) -> None:
        super().__init__(fact)
        self.after = after


@final
@dataclass(slots=True)
class Partial:
    """Bytes of an answer that broke off, and the validator under which the rest can be had."""

    raw: bytearray = field(default_factory=bytearray)
    validator: str | None = None
    encoding: str = ""


def conditions(item: Item, mark: Mark | None, partial: Partial) -> dict[str, str]:
    """Headers that ask only for what has changed, or only for the rest of an answer that broke off."""
    if partial.raw and partial.validator:
        return {"Range": f"bytes={len(partial.raw)}-", "If-Range": partial.validator}
    told: dict[str, str] = {}
    if item.whole and mark is not None and mark.sha256:
        told |= {"If-None-Match": mark.etag} if mark.etag else {}
        told |= {"If-Modified-Since": mark.modified} if mark.modified else {}
    return told


def retry_after(stated: str | None, longest: float, item: Item) -> float | None:
    """Seconds of a Retry-After header, None without one. Raises ``DataError`` when it asks for too much."""
    if stated is None:
        return None
    seconds: float | None = None
    if stated.strip().isdigit():
        seconds = float(stated.strip())
    else:
        try:
            moment = email.utils.parsedate_to_datetime(stated)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        seconds = max((moment - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)
    if seconds > longest:
        raise DataError(f"{item.label} asks to wait {seconds:,.0f} s: run this again after that time")
    return seconds


def remedy(code: int, source: Source) -> str:
    """What a user can do about a status code."""
    if source.secret is not None and code in (400, 401, 403):
        return f"check {source.secret.variable}, or get a key at {source.secret.where}"
    return {
        401: "it wants a login now: update seawall",
        403: "it refuses this program or this network: try from another network, or download the file and import it",
        404: "it is not there any more: update seawall",
        410: "it is not there any more: update seawall",
    }.get(code, "update seawall, or try again later")


def too_large(item: Item) -> DataError:
    """The error for an answer beyond the limit of its item."""
    size = f"{item.largest >> 20} MB" if item.largest >= 1 << 20 else f"{item.largest:,} bytes"
    return DataError(f"{item.label} is larger than {size}: nothing was stored, check the address")


def unpacked(item: Item, partial: Partial) -> bytes:
    """The bytes of an answer, without gzip; never more than the limit of its item."""
    if partial.encoding in ("", "identity"):
        return bytes(partial.raw)
    if partial.encoding not in ("gzip", "x-gzip"):
        raise DataError(f"{item.label} is packed with {partial.encoding[:20]!r}, not gzip: update seawall")
    packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = packed.decompress(bytes(partial.raw), item.largest + 1)
    except zlib.error:
        partial.raw.clear()
        raise AgainError("sent damaged gzip") from None
    if len(content) > item.largest:
        raise too_large(item)
    if not packed.eof:
        partial.raw.clear()
        raise AgainError("broke off in the middle")
    return content


PORTAL: Final = "a login page or a captive portal is in between: open it in a browser first"


def check_kind(item: Item, content: bytes) -> None:
    """Raise ``DataError`` for an empty answer, and for a web page where a table or JSON was asked for."""
    start = content[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise AgainError("sent an empty answer")
    if item.kind != "html" and start.startswith(b"<"):
        raise DataError(f"{item.label} sent a web page instead of {item.kind.upper()}: {PORTAL}")
    if item.kind == "json" and not start.startswith((b"{", b"[")):
        raise DataError(f"{item.label} sent what is no JSON: {PORTAL}")
