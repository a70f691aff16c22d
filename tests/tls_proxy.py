"""What stands before a desk that others reach: TLS ends here, and the headers a proxy is asked to set are set."""

import contextlib
import socket
import socketserver
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from tests.fake_venue import Served


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Key and certificate of a host; skips where there is no openssl."""
    key, made = folder / "key.pem", folder / "cert.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made)]
    words += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate: install it")
    return key, made


def tls_proxy(to: tuple[str, int], key: Path, made: Path) -> Served:
    """A server that hands on what it is sent. One request a connection, or one WebSocket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # A browser opens connections that it never uses, and leaves in the middle of others.
            with contextlib.suppress(OSError), context.wrap_socket(self.request, server_side=True) as inside:
                _hand_on(inside, to)

    return Served(Handler)


def _hand_on(inside: ssl.SSLSocket, to: tuple[str, int]) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        part = inside.recv(65536)
        if not part:
            return
        head += part
    first, _, rest = head.partition(b"\r\n")
    more = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n"
    if b"upgrade: websocket" not in head.lower():
        rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
    with socket.create_connection(to) as outside:
        outside.sendall(first + b"\r\n" + more + rest)
        back = threading.Thread(target=_pump, args=(outside, inside), daemon=True)
        back.start()
        _pump(inside, outside)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
