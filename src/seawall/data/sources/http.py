"""The one HTTP client: retries with back-off, rate limits, conditional requests, redirects and sizes under control.

Times are injected, so that tests wait for nothing. A secret exists only inside the transport: it is in no address that
is printed, logged, stored or raised.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, final
from urllib.parse import urljoin

import httpx2
import tenacity

from seawall.core.errors import DataError, InputError
from seawall.data.sources.address import base_address, check_public, origin_of, printable
from seawall.data.sources.answer import (
    AgainError,
    Partial,
    check_kind,
    conditions,
    remedy,
    retry_after,
    too_large,
    unpacked,
)
from seawall.data.sources.base import Item, Mark, Reply, Source

REDIRECTS: Final = 5
RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
AGENT: Final = "seawall (open-source research tool)"


@final
@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client tries. Seconds; ``longest_wait_s`` is the longest Retry-After that is waited for."""

    attempts: int = 5
    connect_s: float = 10.0
    read_s: float = 30.0
    whole_s: float = 300.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


@final
@dataclass(slots=True)
class Pace:
    """Least time between two requests to one host, whichever source asks."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict)

    def wait(self, host: str, pause_s: float) -> None:
        """Return when ``host`` may be asked again."""
        now = self.clock()
        due = self._next.get(host, now)
        if due > now:
            self.sleep(due - now)
        self._next[host] = max(due, now) + pause_s


@final
class _Keyed(httpx2.BaseTransport):
    """Adds a secret to requests for one origin on their way out, below everything that logs or raises."""

    def __init__(self, inner: httpx2.BaseTransport, origin: tuple[str, str, int], secret: tuple[str, str]) -> None:
        self._inner, self._origin, self._secret = inner, origin, secret

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request, with the secret where it belongs."""
        if origin_of(str(request.url)) == self._origin:
            url = request.url.copy_add_param(*self._secret)
            request = httpx2.Request(
                request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


@final
class Client:
    """Fetches the items of one source; use it with ``with``. Raises ``DataError`` in one line that names the path."""

    def __init__(
        self,
        source: Source,
        stated: str | None = None,
        patience: Patience = Patience(),
        pace: Pace | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._source = source
        self._base = base_address(source.name, source.address, stated, environ)
        self._patience, self._environ = patience, environ
        self._pace = pace or Pace()
        self._http = self._open()

    def _open(self) -> httpx2.Client:
        timeout = httpx2.Timeout(self._patience.read_s, connect=self._patience.connect_s)
        headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip"}
        # A server the user names on a private network is spoken to directly, never through a proxy.
        direct = self._base.named and self._base.origin[1] in ("127.0.0.1", "::1", "localhost")
        secret = self._source.secret
        told = self._environ.get(secret.variable) if secret else None
        if secret is None or not told:
            return httpx2.Client(headers=headers, timeout=timeout, follow_redirects=False, trust_env=not direct)
        if not told.isalnum():
            raise InputError(f"{secret.variable} is not a key: it has letters and digits only, see {secret.where}")
        keyed = _Keyed(httpx2.HTTPTransport(trust_env=not direct), self._base.origin, (secret.parameter, told))
        return httpx2.Client(headers=headers, timeout=timeout, follow_redirects=False, transport=keyed)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def fetch(self, item: Item, mark: Mark | None) -> Reply:
        """The answer to an item, conditionally on what is remembered of it.

        Raises ``DataError`` when it cannot be had: path, fact and remedy in one line.
        """
        partial = Partial()
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._patience.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(AgainError),
            sleep=self._pace.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, item, mark, partial)
        except AgainError as fault:
            tried = f"after {self._patience.attempts} attempts" if self._patience.attempts > 1 else "at once"
            raise DataError(f"{item.label} {fault} {tried}: try again later, nothing was stored") from None

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, AgainError) and fault.after is not None:
            return fault.after
        longest, first = self._patience.longest_wait_s, self._patience.first_wait_s
        return tenacity.wait_exponential_jitter(multiplier=first, max=longest, jitter=first)(state)

    def _once(self, item: Item, mark: Mark | None, partial: Partial) -> Reply:
        until = self._pace.clock() + self._patience.whole_s
        url = self._url(item)
        headers = conditions(item, mark, partial)
        seen = {url}
        try:
            while True:
                self._check(item, url)
                self._pace.wait(origin_of(url)[1], self._source.pause_s)
                with self._send(item, url, headers) as answer:
                    if not answer.has_redirect_location:
                        return self._read(item, mark, answer, partial, until)
                    url = self._moved(item, url, answer.headers["location"], seen)
        except httpx2.TimeoutException:
            raise AgainError("did not answer in time") from None
        except httpx2.ProxyError:
            raise DataError(f"{item.label} the proxy refused: check HTTPS_PROXY") from None
        except (httpx2.RemoteProtocolError, httpx2.ReadError):
            raise AgainError("broke off in the middle") from None
        except httpx2.ConnectError:
            raise AgainError("its server cannot be reached") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as fault:
            raise DataError(f"{item.label} cannot be fetched ({type(fault).__name__}): check the address") from None

    def _url(self, item: Item) -> str:
        """The address of an item, without the secret: that is added below."""
        plain = self._base.url + item.path
        return str(httpx2.URL(plain, params=dict(item.query))) if item.query else plain

    def _send(self, item: Item, url: str, headers: dict[str, str]) -> AbstractContextManager[httpx2.Response]:
        if item.body is None:
            return self._http.stream("GET", url, headers=headers)
        return self._http.stream("POST", url, headers={"Content-Type": "application/json"}, content=item.body)

    def _asked(self, answer: httpx2.Response, item: Item) -> float | None:
        return retry_after(answer.headers.get("retry-after"), self._patience.longest_wait_s, item)

    def _check(self, item: Item, url: str) -> None:
        try:
            check_public(url, self._base, self._environ)
        except DataError as fault:
            raise DataError(f"{item.label} {fault}") from None

    def _moved(self, item: Item, url: str, location: str, seen: set[str]) -> str:
        """Where a redirect leads; raises for loops, more than five steps, and https turning into http."""
        target = urljoin(url, location)
        told = printable(target)[:120]
        if item.body is not None:
            raise DataError(f"{item.label} was moved to {told}: update seawall")
        if origin_of(target)[0] not in ("http", "https"):
            raise DataError(f"{item.label} leads to {told}, which is no http(s) address: update seawall")
        if origin_of(url)[0] == "https" and origin_of(target)[0] == "http":
            raise DataError(f"{item.label} leads from https to http ({told}): it was not followed, update seawall")
        if target in seen:
            raise DataError(f"{item.label} leads back to itself: try again later, or set another address")
        if len(seen) > REDIRECTS:
            raise DataError(f"{item.label} leads through more than {REDIRECTS} redirects: set another address")
        seen.add(target)
        return target

    def _read(self, item: Item, mark: Mark | None, answer: httpx2.Response, partial: Partial, until: float) -> Reply:
        code, shown = answer.status_code, printable(self._url(item))
        if code == 304 and mark is not None:
            return Reply("same", shown, etag=mark.etag, modified=mark.modified)
        if code in item.gone:
            return Reply("gone", shown)
        if code in RETRIED:
            raise AgainError(f"answered {code}", self._asked(answer, item))
        if code == 416:
            partial.raw.clear()
            raise AgainError("refused to send the rest")
        if code not in (200, 206):
            raise DataError(f"{item.label} answered {code}: {remedy(code, self._source)}")
        self._take(item, answer, partial, until)
        content = unpacked(item, partial)
        check_kind(item, content)
        return Reply("new", shown, content, answer.headers.get("etag"), answer.headers.get("last-modified"))

    def _take(self, item: Item, answer: httpx2.Response, partial: Partial, until: float) -> None:
        """Read the body into ``partial``, after what is already there when the server sends the rest of it."""
        start = answer.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        if answer.status_code == 206 and start != str(len(partial.raw)):
            partial.raw.clear()
            raise AgainError("sent another part than the one asked for")
        if answer.status_code == 200:
            partial.raw.clear()
        stated = answer.headers.get("content-length", "")
        if stated.isdigit() and int(stated) + len(partial.raw) > item.largest:
            raise too_large(item)
        partial.encoding = answer.headers.get("content-encoding", "").strip().lower()
        etag = answer.headers.get("etag", "")
        partial.validator = etag if etag and not etag.startswith("W/") else answer.headers.get("last-modified")
        for block in answer.iter_raw():
            partial.raw += block
            if len(partial.raw) > item.largest:
                raise too_large(item)
            if self._pace.clock() > until:
                raise AgainError("is still sending after minutes")
