"""Which addresses a sync may speak to: http(s), no passwords, and nothing private that the user did not name.

A base address comes from the source, the caller, or ``SEAWALL_<SOURCE>_URL``. What the user names is trusted, even a
server on this machine; where a vendor *sends* us is not: a redirect may leave neither https nor the public network.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from seawall.core.errors import DataError, InputError

ALLOW_PRIVATE: Final = "SEAWALL_ALLOW_PRIVATE"
_HIDDEN: Final = re.compile(r"(?i)((?:api_?key|token|secret|signature|password)=)[^&#\s]*")


class Address(NamedTuple):
    """A base address without a slash at its end; ``named``: by the user, so its host may be private."""

    url: str
    named: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return origin_of(self.url)


def variable(source: str) -> str:
    """Environment variable that moves a source: ``SEAWALL_CBOE_INDEX_URL``."""
    return f"SEAWALL_{source.upper().replace('-', '_')}_URL"


def base_address(
    source: str, default: str, stated: str | None = None, environ: Mapping[str, str] = os.environ
) -> Address:
    """The base address of a source. Raises ``InputError`` for one that is not plain http(s)."""
    told = stated or environ.get(variable(source), "").strip()
    url = (told or default).rstrip("/")
    parts = urlsplit(url)
    where = "its address" if stated or not told else variable(source)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{source}: {where} is no http(s) address: write it as https://host")
    if parts.username or parts.password:
        raise InputError(f"{source}: {where} holds a password: leave it out, an address is printed and stored")
    if parts.query or parts.fragment:
        raise InputError(f"{source}: {where} ends in ? or #: give the address of the server only")
    return Address(url, bool(told))


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def printable(url: str) -> str:
    """An address without its secrets, cut to a line."""
    return _HIDDEN.sub(r"\1***", url)[:400]


def _numbers(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return []  # unknown here: a proxy may know it, and connecting says so otherwise
    return [ipaddress.ip_address(number) for number in found]


def check_public(url: str, base: Address, environ: Mapping[str, str] = os.environ) -> None:
    """Raise ``DataError`` when an address lies in a private network and the user did not name it."""
    if environ.get(ALLOW_PRIVATE) == "1" or (base.named and origin_of(url) == base.origin):
        return
    host = origin_of(url)[1]
    if any(not number.is_global for number in _numbers(host)):
        raise DataError(f"{host} is a private address: set {ALLOW_PRIVATE}=1 if that is meant")
