"""How a server runs: where it listens, who may speak to it, and how much they may send."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seawall.core.errors import InputError

TOKEN: Final = "SEAWALL_TOKEN"  # noqa: S105  (the name of a variable)
LEAST_TOKEN: Final = 16
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a request: ``body_bytes``. Of a client: ``rate`` a second, ``burst`` at once, ``logins`` a minute."""

    body_bytes: int = 18 * 1024 * 1024
    rate: float = 20.0
    burst: int = 120
    logins: int = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """``token`` is needed beyond loopback. ``names``: host names a browser may use, beside loopback's and ``host``."""

    host: str = "127.0.0.1"
    port: int = 8765
    names: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    workspace: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise InputError(f"--port must be from 0 to 65535, was {self.port}: leave it out for 8765")
        if self.token is not None and len(self.token) < LEAST_TOKEN:
            raise InputError(f"{TOKEN} has fewer than {LEAST_TOKEN} characters: make a long random one")
        if not self.loopback and self.token is None:
            raise InputError(f"--host {self.host} is reachable by others: set {TOKEN} to a secret, see docs/desk.md")

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def hosts(self) -> frozenset[str]:
        """Host names that are answered, lower case; an address to listen on everywhere is no name."""
        own = {self.host.lower()} - {"0.0.0.0", "::"}  # noqa: S104
        return LOOPBACK_NAMES | own | {name.lower() for name in self.names}


def is_loopback(host: str) -> bool:
    """Whether an address or ``localhost`` names this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_of(environ: Mapping[str, str] = os.environ) -> str | None:
    """The secret of the environment, None without one."""
    return environ.get(TOKEN, "").strip() or None


def host_name(header: str) -> str:
    """Name in a Host header or an origin, lower case, without its port; empty when it is none."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]
