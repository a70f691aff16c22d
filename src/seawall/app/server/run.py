"""Run a desk: bind first, import what is heavy after the port is open, say the address, stop cleanly."""

import logging
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seawall.app.server.settings import Settings
from seawall.core.errors import InputError

if TYPE_CHECKING:
    import uvicorn

    from seawall.app.service.desk import Desk

LOG: Final = logging.getLogger("seawall")
MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""Largest message of a WebSocket."""
STOP_S: Final = 5


def listening(settings: Settings) -> socket.socket:
    """A socket on the address; raises ``InputError`` when it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except (OSError, OverflowError) as fault:
        reason = getattr(fault, "strerror", None) or "no such address"
        where = f"{settings.host}:{settings.port}"
        raise InputError(f"cannot listen on {where} ({reason}): choose another --port or --host") from None


def address(settings: Settings, bound: socket.socket) -> str:
    """What to type into a browser."""
    port = bound.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{host}:{port}"


def warm(desk: "Desk", book: str) -> None:
    """Compute the first answers once, so that kernels are compiled and libraries imported before somebody waits."""
    from seawall.app.service import alerts, views
    from seawall.app.service.desk import viewed
    from seawall.core.errors import SeawallError

    try:
        seen = viewed(desk, book)
        views.ledger(desk, book, None)
        alerts.alerts_of(desk, seen)
        axes = views.axes_of(seen, None, (0.0,))
        views.scenario_grid(desk, seen, axes)
    except SeawallError as fault:
        LOG.warning("%s", fault)
    except Exception:
        LOG.exception("warming up failed by a defect")
    finally:
        desk.ready.set()


def _begin(desk: "Desk", book: str) -> None:
    from seawall.app.desk.warming import warm_pages

    warm(desk, book)
    warm_pages(desk, book)


def _announce(server: "uvicorn.Server", where: str, browser: bool, begin: Callable[[], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.02)
    sys.stdout.write(f"seawall is at {where}   (stop with Ctrl-C)\n")
    sys.stdout.flush()
    if browser:
        webbrowser.open(where)
    begin()


def serve(opened: "Callable[[], tuple[Desk, str]]", settings: Settings, browser: bool) -> None:
    """Serve until interrupted; ``opened``: the desk and the book to look at first, asked for once the port is held.

    Raises ``InputError`` when the address is taken, and what ``opened`` raises.
    """
    with listening(settings) as bound:
        desk, book = opened()
        import uvicorn

        from seawall.app.desk import mount
        from seawall.app.server.build import build, guarded

        app = build(desk, settings)
        mount(app)
        config = uvicorn.Config(
            guarded(app),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=MESSAGE_BYTES,
            timeout_graceful_shutdown=STOP_S,
            lifespan="on",
        )
        server = uvicorn.Server(config)
        known = (server, address(settings, bound), browser, lambda: _begin(desk, book))
        told = threading.Thread(target=_announce, args=known, daemon=True)
        told.start()
        server.run([bound])


def default_workspace() -> Path:
    """Folder of saved books in the user's state."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("seawall")) / "books"
