"""What stands before every request: host, origin, token, size and rate; and the headers of every answer.

Refusals are one line of JSON. A page of another site cannot read the desk (host check, no CORS) nor change it (origin
check on every method that changes and on every WebSocket; the session cookie is SameSite=Strict).
"""

import asyncio
import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seawall.app.server.settings import Limits, Settings, host_name
from seawall.app.service.refusal import error_record

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = frozenset({"/healthz", "/login", "/logout"})
COOKIE: Final = "seawall_session"
LONGEST_URL: Final = 8_000
SESSIONS: Final = 200
SESSION_S: Final = 12 * 3600.0
CLIENTS: Final = 1_000
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""NiceGUI mounts its page by an inline module and Vue compiles templates in the browser: both unsafe words are needed
for scripts. Nothing is loaded from elsewhere, and nothing a user wrote is put into a template or a script."""
HEADERS: Final = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
)


class Buckets:
    """A token bucket a client; the least recent clients are forgotten."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """0 when the client may go on, else the seconds until it may."""
        now = self._clock()
        left, at = self._held.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        wait = 0.0 if left >= 1.0 else (1.0 - left) / self._rate
        self._held[client] = (left - 1.0 if wait == 0.0 else left, now)
        while len(self._held) > CLIENTS:
            self._held.popitem(last=False)
        return wait


class Sessions:
    """Browsers that showed the token: random ids, kept in memory only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def open(self) -> str:
        """A new id."""
        made = secrets.token_urlsafe(32)
        self._until[made] = self._clock() + SESSION_S
        while len(self._until) > SESSIONS:
            self._until.popitem(last=False)
        return made

    def known(self, identity: str) -> bool:
        """Whether an id is open."""
        until = self._until.get(identity)
        return until is not None and self._clock() < until

    def close(self, identity: str) -> None:
        """Forget an id."""
        self._until.pop(identity, None)


def cookie_of(headers: Headers) -> str:
    """The session id a browser sent, or an empty text."""
    try:
        jar: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def same_secret(given: str, secret: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _foreign(scope: Scope, headers: Headers) -> bool:
    """Whether a page of another site sent the request: told by its origin, or by the browser where it may change."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        return True
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE
    return changes and headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


class Guard:
    """The ASGI application that lets a request pass, or says in one line why not."""

    def __init__(self, app: ASGIApp, settings: Settings, sessions: Sessions) -> None:
        self._app, self._settings, self._sessions = app, settings, sessions
        limits: Limits = settings.limits
        self._calls = Buckets(limits.rate, limits.burst)
        self._logins = Buckets(limits.logins / 60.0, limits.logins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        meter = _Meter(receive, self._settings.limits.body_bytes)
        answer = _Answer(send, scope, meter)
        bodiless = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        patient = _Patient(meter.receive, answer.begun, bodiless)
        try:
            await self._app(scope, patient.receive, answer.send)
        except _TooLargeError:
            pass
        except RuntimeError:
            if not patient.cut:  # the client left in the middle of its request: nobody waits for an answer
                raise
        if meter.exceeded and not answer.started:
            await _refuse(scope, receive, send, 413, _too_large(self._settings.limits.body_bytes))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        return self._malformed(scope, headers) or self._hurried(scope) or self._stranger(scope, headers)

    def _malformed(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        limit = self._settings.limits.body_bytes
        if host_name(headers.get("host", "")) not in self._settings.hosts:
            return 421, "this host name is not served here: start with --name NAME if it is yours"
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > LONGEST_URL:
            return 414, f"the address is longer than {LONGEST_URL:,} characters: send less"
        if _foreign(scope, headers):
            return 403, "the request comes from another site: open the desk itself"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            return 413, _too_large(limit)
        return None

    def _hurried(self, scope: Scope) -> tuple[int, str] | None:
        path, client = str(scope["path"]), str((scope.get("client") or ("?",))[0])
        if path == "/login" and scope.get("method") == "POST" and self._logins.take(client) > 0.0:
            return 429, "too many attempts: wait a minute"
        if path.startswith(("/api/", "/metrics")) and (wait := self._calls.take(client)) > 0.0:
            return 429, f"too many requests: wait {wait:.1f} seconds"
        return None

    def _stranger(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if str(scope["path"]) not in OPEN and not self._trusted(headers):
            return 401, "a token is needed: send it as `Authorization: Bearer`, or log in at /login"
        return None

    def _trusted(self, headers: Headers) -> bool:
        token = self._settings.token
        if token is None:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and same_secret(given.strip(), token):
            return True
        return self._sessions.known(cookie_of(headers))


class _TooLargeError(Exception):
    """More bytes came than are taken."""


class _Meter:
    """Counts the bytes of a body whose length was not told."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left, self.exceeded = receive, limit, False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.exceeded = True
            raise _TooLargeError
        return message


class _Patient:
    """Tells that a client has left only when its answer has begun; who still reads the request hears of it at once.

    A response that streams stops when it hears of it; before its first message the middleware above it, which the
    dashboard brings, would take that for a defect. What is sent to a client that has left goes nowhere.
    ``cut``: the client left before its request was whole.
    """

    def __init__(self, receive: Receive, begun: asyncio.Event, whole: bool) -> None:
        self._receive, self._begun, self._whole, self._left, self.cut = receive, begun, whole, False, False

    async def receive(self) -> Message:
        message: Message = {"type": "http.disconnect"} if self._left else await self._receive()
        if message["type"] == "http.disconnect":
            self._left = True
            self.cut |= not self._whole
            if self._whole:
                await self._begun.wait()
        elif not message.get("more_body", False):
            self._whole = True
        return message


class _Answer:
    """Adds the headers of every answer; holds back one that was made of a body cut off for its size."""

    def __init__(self, send: Send, scope: Scope, meter: _Meter | None = None) -> None:
        self._send, self._path, self._meter, self.begun = send, str(scope["path"]), meter, asyncio.Event()

    @property
    def started(self) -> bool:
        """Whether anything of it was sent."""
        return self.begun.is_set()

    async def send(self, message: Message) -> None:
        if self._meter is not None and self._meter.exceeded and not self.started:
            return
        if message["type"] == "http.response.start":
            self.begun.set()
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS:
                headers[name] = value
            if not self._path.startswith("/_nicegui") and "cache-control" not in headers:
                headers["cache-control"] = "no-store"
            if "server" in headers:
                del headers["server"]
        await self._send(message)


def _too_large(limit: int) -> str:
    return f"the body is larger than {limit:,} bytes: send less, or import it on the command line"


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, message: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": message[:120]})
        return
    if status == 401 and "text/html" in Headers(scope=scope).get("accept", ""):
        start = {"type": "http.response.start", "status": 303, "headers": [(b"location", b"/login")]}
        await _Answer(send, scope).send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    body = json.dumps(error_record(message)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 429:
        headers.append((b"retry-after", b"60" if "attempts" in message else b"1"))
    await _Answer(send, scope).send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
