"""Servers of this machine for the monitor's tests: a venue that can fail in every way, and receivers that count."""

import datetime as dt
import json
import math
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]
SLOW_S = 2.0
GARBAGE = ("nan", "zero", "negative", "page", "future", "backwards", "jumps", "format", "vol", "torn")


def instant() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def marks(prices: dict[str, float], at: dt.datetime, **more: Any) -> bytes:
    """The documented format; ``more`` goes to every mark."""
    told = {name: {"price": price, **more} for name, price in prices.items()}
    return json.dumps({"seawall_marks": 1, "as_of": at.isoformat(), "marks": told}).encode()


def garbage(kind: str, prices: dict[str, float], at: dt.datetime, count: int) -> bytes:
    """An answer that must not be taken, whatever came before it; ``count`` alternates the jumps."""
    right, hour = marks(prices, at), dt.timedelta(hours=1)
    made = {
        "nan": marks(dict.fromkeys(prices, math.nan), at),
        "zero": marks(dict.fromkeys(prices, 0.0), at),
        "negative": marks({name: -price for name, price in prices.items()}, at),
        "page": b"<!doctype html><title>maintenance</title>",
        "future": marks(prices, at + hour),
        "backwards": marks({name: price * 0.97 for name, price in prices.items()}, at - hour),
        "jumps": marks({name: price * (0.5, 2.0)[count % 2] for name, price in prices.items()}, at),
        "format": right.replace(b"marks", b"prices"),
        "vol": marks(prices, at, implied_vol=65.0),
        "torn": right[:-7],
    }
    return made[kind]


class Served:
    """A server on a free port of loopback, in a thread; use it with ``with``."""

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def venue(answer: Callable[[int], Answer | None]) -> Served:
    """A venue whose answer to its n-th request is ``answer(n)``; None closes the connection without a word."""
    count = iter(range(10**9))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = answer(next(count))
            if found is None:
                self.close_connection = True
                return
            status, body = found
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", body.decode())
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Served(Handler)


class Inbox:
    """What a receiver got: (path, headers, body), in order; ``status``: what it answers."""

    def __init__(self, status: Callable[[int], int] = lambda _: 204) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.tries = 0
        self._status, self._lock = status, threading.Lock()

    def bodies(self) -> list[dict[str, Any]]:
        with self._lock:
            return [json.loads(body) for _, body in self.got]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            status = self._status(self.tries)
            self.tries += 1
            if 200 <= status < 300:
                self.got.append((headers, body))
            return status


def receiver(inbox: Inbox) -> Served:
    """A webhook's other end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status = inbox.take({key.lower(): value for key, value in self.headers.items()}, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Served(Handler)


class MailServer:
    """SMTP enough to take mail, in the clear or after STARTTLS, with AUTH PLAIN; use it with ``with``."""

    def __init__(self, context: Any = None, login: tuple[str, str] | None = None) -> None:
        self.mails: list[tuple[list[str], str]] = []
        self.logins: list[str] = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    _converse(outer, self, context, login)
                except OSError:
                    return  # the client hung up
                finally:
                    self.connection.close()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

            def handle_error(self, *_: object) -> None:
                """A client that hangs up is no fault of the server."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _converse(
    server: MailServer, it: socketserver.StreamRequestHandler, context: Any, login: tuple[str, str] | None
) -> None:
    import base64

    stream: Any = it.connection.makefile("rwb")

    def say(text: str) -> None:
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    say("220 fake")
    receivers: list[str] = []
    safe = context is None
    while line := stream.readline():
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        verb = verb.upper()
        if verb == "EHLO":
            say("250-fake" + ("" if safe else "\r\n250-STARTTLS") + ("\r\n250 AUTH PLAIN" if login else "\r\n250 HELP"))
        elif verb == "STARTTLS" and not safe:
            say("220 go on")
            stream.close()
            it.connection = context.wrap_socket(it.connection, server_side=True)
            stream, safe = it.connection.makefile("rwb"), True
        elif verb == "AUTH":
            server.logins.append(rest)
            given = base64.b64decode(rest.split(" ")[-1]).decode().split("\0")
            say("235 ok" if login is not None and tuple(given[1:]) == login else "535 no")
        elif verb == "MAIL":
            receivers = []
            say("250 ok")
        elif verb == "RCPT":
            receivers.append(rest.partition(":")[2].strip("<>"))
            say("250 ok")
        elif verb == "DATA":
            say("354 go on")
            found = []
            while (row := stream.readline()) not in (b".\r\n", b""):
                found.append(row)
            server.mails.append((receivers, b"".join(found).decode()))
            say("250 ok")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")


def wait_for(what: Callable[[], bool], longest_s: float = 20.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return what()
