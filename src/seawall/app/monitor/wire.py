"""Requests to addresses somebody typed: the number that was checked is the number that is spoken to.

A name is resolved once, every number of it is checked, and the connection goes to one of those numbers with the name in
the Host header and in TLS; so a name that changes between check and connection reaches nothing private. No redirect is
followed, no proxy of the environment is used.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final, final

import httpx2

from seawall.app.server.outbound import outbound
from seawall.core.errors import DataError

AGENT: Final = "seawall monitor"
CONNECT_S: Final = 5.0
Number = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], list[str]]


def resolved(host: str) -> list[str]:
    """Numbers of a name, as text, in the order the system prefers."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def private(number: str) -> bool:
    """Whether a number leads to this machine, a private network, or nowhere one would send to."""
    parsed: Number = ipaddress.ip_address(number)
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return any(not one.is_global or one.is_multicast for one in (parsed, inner) if one is not None)


@final
class Pinned(httpx2.BaseTransport):
    """Connects to a number that was checked; raises ``DataError`` for a private one unless that is allowed."""

    def __init__(self, inner: httpx2.BaseTransport, allow_private: bool, resolve: Resolve = resolved) -> None:
        self._inner, self._allow, self._resolve = inner, allow_private, resolve

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the first number of its host that takes the connection."""
        host = request.url.host
        numbers = self._resolve(host)
        if not numbers:
            raise httpx2.ConnectError("its name is unknown", request=request)
        if not self._allow and any(private(number) for number in numbers):
            raise DataError("the address lies in a private network: set `allow_private: true` if that is meant")
        for number in numbers[:-1]:
            try:
                return self._inner.handle_request(self._to(request, host, number))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return self._inner.handle_request(self._to(request, host, numbers[-1]))

    @staticmethod
    def _to(request: httpx2.Request, host: str, number: str) -> httpx2.Request:
        return httpx2.Request(
            request.method,
            request.url.copy_with(host=number),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


@final
class Line:
    """One address that is spoken to again and again. Raises ``InputError`` for one nothing may be sent to."""

    def __init__(self, url: str, allow_private: bool, timeout_s: float, resolve: Resolve = resolved) -> None:
        self._url, self._timeout_s = outbound(url, allow_private), timeout_s
        self._http = httpx2.Client(
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            follow_redirects=False,
            transport=Pinned(httpx2.HTTPTransport(trust_env=False, retries=0), allow_private, resolve),
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def get(self, most: int) -> bytes:
        """The body of a GET, at most ``most`` bytes; raises ``DataError`` without the address in it."""
        return self._exchange("GET", most, None, {})

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a body; raises ``DataError`` when it was not taken with a status of 2xx."""
        self._exchange("POST", 0, body, headers)

    def _exchange(self, method: str, most: int, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        until = time.monotonic() + self._timeout_s
        try:
            with self._http.stream(method, self._url, content=body, headers=dict(headers)) as answer:
                if not answer.is_success:
                    moved = " and redirects are not followed" if answer.is_redirect else ""
                    raise DataError(f"it answered {answer.status_code}{moved}: check the address")
                return self._read(answer, most, until) if most else b""
        except httpx2.TimeoutException:
            raise DataError("it did not answer in time: check the server") from None
        except httpx2.ConnectError:
            raise DataError("it cannot be reached: check the server") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as fault:
            raise DataError(f"it broke off ({type(fault).__name__}): check the server") from None

    @staticmethod
    def _read(answer: httpx2.Response, most: int, until: float) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise DataError("it packed what was to be plain: serve it without compression")
        found = bytearray()
        for block in answer.iter_raw():
            found += block
            if len(found) > most:
                raise DataError(f"its answer is larger than {most:,} bytes: nothing was taken")
            if time.monotonic() > until:
                raise DataError("it did not answer in time: check the server")
        return bytes(found)
