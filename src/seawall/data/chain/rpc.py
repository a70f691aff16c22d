"""Questions to a node by JSON-RPC over HTTP, with the patience of the other sources.

The address of a node often holds a key. It exists only inside the transport: what is printed, logged or raised names
the host alone, and an answer that repeats a part of the address is masked. A node's answer is untrusted.
"""

import base64
import ipaddress
import itertools
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final, final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import httpx2
import tenacity

from seawall.core.errors import DataError, InputError, MissingDataError, RevertedError
from seawall.data.sources.address import origin_of
from seawall.data.sources.answer import AgainError, retry_after
from seawall.data.sources.base import Item
from seawall.data.sources.http import AGENT, RETRIED, Pace, Patience

VARIABLE: Final = "SEAWALL_RPC_URL"
LARGEST: Final = 1 << 20
"""Bytes of the largest answer that is read: a position takes some kilobytes."""
BRACKETS: Final = 2000
"""Most lists and mappings of an answer: deeper nesting could exhaust the parser's stack."""
PAUSE_S: Final = 0.05
BUSY: Final = re.compile(r"(?i)rate.?limit|too many requests|limit exceeded|capacity|try again|timed? ?out")
BUSY_CODES: Final = frozenset({429, -32005, -32097})
LOST: Final = re.compile(
    r"(?i)missing trie node|header not found|unknown block|block .{0,40}not found|state .{0,40}not available|pruned|"
    r"archive|history .{0,40}(unavailable|not available)|historical state"
)
REVERT: Final = re.compile(r"(?i)revert|invalid opcode|bad instruction|vm execution error|invalid jump")
PANICS: Final = {
    0x01: "an assertion failed", 0x11: "a number ran over", 0x12: "a division by zero", 0x21: "a wrong enum",
    0x31: "a pop of an empty array", 0x32: "an index outside its array", 0x41: "too much memory",
}  # fmt: skip
ERROR_TEXT: Final = "08c379a0"
"""Selector of Error(string)."""
PANIC: Final = "4e487b71"
"""Selector of Panic(uint256)."""


def node_address(told: str | None, insecure_ok: bool = False, environ: Mapping[str, str] = os.environ) -> str:
    """The address of the node: ``told``, else SEAWALL_RPC_URL. Raises ``InputError`` for one that may not be used."""
    url, where = (told, "--rpc") if told else (environ.get(VARIABLE, "").strip(), VARIABLE)
    if not url:
        raise InputError(f"no node is named: give --rpc URL, or set {VARIABLE}")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"{where} is no http(s) address: write it as https://host/path") from None
    if parts.scheme not in ("http", "https") or not host or any(unicodedata.category(s)[0] in "CZ" for s in url):
        raise InputError(f"{where} is no http(s) address: write it as https://host/path")
    if parts.scheme == "http" and not _loopback(host) and not insecure_ok:
        raise InputError(f"{where} speaks plain http to {host[:80]}: use https, or --insecure-ok if that is meant")
    return url


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets(parts: SplitResult) -> list[str]:
    """Pieces of an address that may be a key, the longest first."""
    words = [parts.username, parts.password, parts.query, *(value for _, value in parse_qsl(parts.query))]
    words += [parts.path, *parts.path.split("/")]
    found = {word for given in words if given for word in (given, unquote(given)) if len(word) > 3}
    return sorted(found, key=len, reverse=True)


@final
class _Hidden(httpx2.BaseTransport):
    """Sends each request to the whole address, of which everything above knows scheme, host and port only."""

    def __init__(self, inner: httpx2.BaseTransport, parts: SplitResult) -> None:
        self._inner, self._parts = inner, parts

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to where the key is."""
        parts, headers = self._parts, dict(request.headers)
        if parts.username or parts.password:
            pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
        sent = httpx2.Request("POST", bare, headers=headers, stream=request.stream, extensions=request.extensions)
        return self._inner.handle_request(sent)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


@final
class Node:
    """A node that answers questions; use it with ``with``. Raises ``DataError`` in one line that names the host."""

    def __init__(self, url: str, patience: Patience | None = None, pace: Pace | None = None) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.name = host[:80]
        self._origin = f"{parts.scheme}://{host}/"
        self._secrets = _secrets(parts)
        self._patience = patience = patience or Patience()
        self._pace, self._ids = pace or Pace(), itertools.count(1)
        inner = httpx2.HTTPTransport(trust_env=not _loopback(parts.hostname or ""))
        timeout = httpx2.Timeout(patience.read_s, connect=patience.connect_s)
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Content-Type": "application/json"}
        self._http = httpx2.Client(
            headers=headers, timeout=timeout, follow_redirects=False, transport=_Hidden(inner, parts)
        )

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, *params: object) -> Any:
        """The result of a method. Raises ``DataError``, ``MissingDataError`` for lost history, ``RevertedError``."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._patience.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(AgainError),
            sleep=self._pace.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, method, params)
        except AgainError as fault:
            tried = f"after {self._patience.attempts} attempts" if self._patience.attempts > 1 else "at once"
            raise DataError(f"{self.name} {fault} {tried}: try again later, or ask another node") from None

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, AgainError) and fault.after is not None:
            return fault.after
        longest, first = self._patience.longest_wait_s, self._patience.first_wait_s
        return tenacity.wait_exponential_jitter(multiplier=first, max=longest, jitter=first)(state)

    def _once(self, method: str, params: tuple[object, ...]) -> Any:
        number = next(self._ids)
        question = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)})
        until = self._pace.clock() + self._patience.whole_s
        self._pace.wait(origin_of(self._origin)[1], PAUSE_S)
        try:
            with self._http.stream("POST", self._origin, content=question.encode()) as answer:
                return self._result(self._content(answer, until), number)
        except httpx2.TimeoutException:
            raise AgainError("did not answer in time") from None
        except httpx2.ProxyError:
            raise DataError(f"{self.name} the proxy refused: check HTTPS_PROXY") from None
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            raise AgainError("broke off in the middle") from None
        except httpx2.ConnectError:
            raise AgainError("cannot be reached") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as fault:
            raise DataError(f"{self.name} cannot be asked ({type(fault).__name__}): check the address") from None

    def _content(self, answer: httpx2.Response, until: float) -> bytes:
        code = answer.status_code
        if 300 <= code < 400:
            raise DataError(f"{self.name} leads elsewhere ({code}), which is not followed: give the node's own address")
        if code in RETRIED:
            longest = self._patience.longest_wait_s
            raise AgainError(f"answered {code}", retry_after(answer.headers.get("retry-after"), longest, self._item))
        if code in (401, 403):
            raise DataError(f"{self.name} answered {code}: check the key in the address of the node")
        if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise DataError(f"{self.name} packed its answer unasked: ask another node")
        content = bytearray()
        for block in answer.iter_raw():
            content += block
            if len(content) > LARGEST:
                raise DataError(f"{self.name} sent more than {LARGEST >> 20} MB: check the address of the node")
            if self._pace.clock() > until:
                raise AgainError("is still sending after minutes")
        # some nodes say what is wrong with a question in an answer of status 400: it is read below
        if code not in (200, 400) or not content.strip():
            raise DataError(f"{self.name} answered {code} and {len(content)} bytes: check the address of the node")
        return bytes(content)

    @property
    def _item(self) -> Item:
        return Item("", self.name)

    def _result(self, content: bytes, number: int) -> Any:
        if content.count(b"[") + content.count(b"{") > BRACKETS:
            raise DataError(f"{self.name} sent no JSON that answers a question: check the address of the node")
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            kind = "a web page" if content.lstrip().startswith(b"<") else "no JSON"
            raise DataError(f"{self.name} sent {kind}: check the address of the node") from None
        if not isinstance(told, dict) or ("result" not in told) == (told.get("error") is None):
            raise DataError(f"{self.name} sent JSON that answers no question: check the address of the node")
        if told.get("error") is not None:
            self._fail(told["error"])
        if told.get("id") != number:
            raise DataError(f"{self.name} answered another question: ask another node")
        return told["result"]

    def _fail(self, error: object) -> None:
        """Raise what an error object says."""
        given = error if isinstance(error, dict) else {"message": error}
        code, message = given.get("code"), self._plain(given.get("message", "no reason"))
        if LOST.search(message):
            raise MissingDataError(
                f"{self.name} has no state for that block ({message}): use an archive node, or a later block"
            )
        if code == 3 or REVERT.search(message):
            raise RevertedError(self._plain(reason(given.get("data")) or message))
        if code in BUSY_CODES or BUSY.search(message):
            raise AgainError(f"is busy ({message})")
        raise DataError(f"{self.name} refused the question ({message}): check the node and its plan")

    def _plain(self, told: object) -> str:
        """A node's words in one short line, without the secrets of its address."""
        text = str(told)[:2000]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        plain = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text)
        return " ".join(plain.split())[:160]


def reason(data: object) -> str | None:
    """Why a call reverted, from the data of the error: a text, a panic, or the selector of the contract's own error."""
    words = next((word for word in _texts(data) if re.fullmatch(r"(?:Reverted )?0x([0-9a-fA-F]{2})*", word)), "")
    raw = words.rpartition("0x")[2].lower()
    if len(raw) < 8:
        return None
    body = bytes.fromhex(raw[8:])
    if raw[:8] == ERROR_TEXT and len(body) >= 64:
        size = int.from_bytes(body[32:64], "big")
        return f"it says {body[64 : 64 + size].decode(errors='replace')!r}" if size <= len(body) - 64 else None
    if raw[:8] == PANIC and len(body) == 32:
        code = int.from_bytes(body, "big")
        return f"panic {code:#x}: {PANICS.get(code, 'of a kind unknown')}"
    return f"its own error 0x{raw[:8]}"


def _texts(data: object) -> Iterator[str]:
    """Every text in the data of an error; nodes put the bytes in different places."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in itertools.islice(data.values(), 8):
            if isinstance(value, str):
                yield value
