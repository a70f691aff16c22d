"""Health and metrics of a monitor without the dashboard, behind the same guards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from seawall.app.server.settings import Settings, token_of
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from seawall.app.monitor.engine import Monitor

TEXT: Final = "text/plain; version=0.0.4"


def listen_settings(text: str) -> Settings:
    """Settings of `--listen`: a port on loopback, or HOST:PORT; raises ``InputError``."""
    import importlib.util

    if importlib.util.find_spec("nicegui") is None:
        raise InputError("--listen needs the extra `app`: pip install 'seawall[app]'")
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or len(port) > 5:
        raise InputError(f"--listen {text[:60]!r} has no port: write it as 9464 or 127.0.0.1:9464")
    return Settings((host or "127.0.0.1").removeprefix("[").removesuffix("]"), int(port), token=token_of())


def application(monitor: "Monitor", settings: Settings, begin: Callable[[], None]) -> "ASGIApp":
    """The three routes, guarded; the monitor begins and ends with the server."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    from seawall.app.server.guard import Guard, Sessions
    from seawall.app.service.refusal import error_record

    def healthz(_: Request) -> Response:
        if monitor.stalled:
            return JSONResponse(error_record("the monitor's loop has stalled: restart it"), 503)
        return JSONResponse({"status": "ok"})

    def readyz(_: Request) -> Response:
        if monitor.ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse(error_record("there is no good observation yet: see the log, or ask again"), 503)

    def metrics(_: Request) -> Response:
        return PlainTextResponse("\n".join(monitor.metrics()) + "\n", media_type=TEXT)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        begin()
        yield
        monitor.close()

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Guard(Starlette(routes=routes, lifespan=life), settings, Sessions())


def serve(monitor: "Monitor", settings: Settings, begin: Callable[[], None]) -> None:
    """Serve until interrupted; raises ``InputError`` when the address is taken."""
    from seawall.app.server.run import STOP_S, address, listening

    with listening(settings) as bound:
        import sys

        import uvicorn

        sys.stderr.write(f"seawall monitor is at {address(settings, bound)}/metrics\n")
        sys.stderr.flush()
        config = uvicorn.Config(
            application(monitor, settings, begin), log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=STOP_S, lifespan="on",
        )  # fmt: skip
        uvicorn.Server(config).run([bound])
