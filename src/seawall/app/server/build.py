"""The application: routes, health, metrics, errors, guards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp

from seawall.app.api import books, jobs, markets, monitor, replays, views
from seawall.app.api.answers import Answer, install, refused
from seawall.app.server import login
from seawall.app.server.guard import Guard, Sessions
from seawall.app.server.metrics import Counted, Metrics
from seawall.app.server.settings import Settings
from seawall.app.server.templates import template_of, templates
from seawall.app.service.desk import Desk

PREFIX: Final = "/api/v1"
ABOUT: Final = (
    "Books, market, ledger, scenarios, hedge and signals of one desk. Dollars to the holder, volatilities per square "
    "root of a year, points where the name says so; what is not known is null. Not financial advice."
)
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
HEALTH: Final = APIRouter(include_in_schema=False)


@HEALTH.get("/healthz", response_model=None)
def healthz(request: Request) -> Answer:
    """The process answers, and its monitor, where there is one, polls."""
    desk: Desk = request.app.state.desk
    if desk.monitor is not None and desk.monitor.stalled:
        return refused(503, "the monitor's loop has stalled: restart it")
    return Answer({"status": "ok"})


@HEALTH.get("/readyz", response_model=None)
def readyz(request: Request) -> Answer:
    """The first answers have been computed, so that the next come quickly."""
    desk: Desk = request.app.state.desk
    if desk.ready.is_set():
        return Answer({"status": "ready"})
    return refused(503, "the server is starting: ask again in a few seconds")


@HEALTH.get("/metrics")
def metrics(request: Request) -> PlainTextResponse:
    """Counts for Prometheus."""
    kept: Metrics = request.app.state.metrics
    return PlainTextResponse(kept.text(request.app.state.desk), media_type="text/plain; version=0.0.4")


def _unrouted(request: Request) -> Answer:
    """What no route of the API serves: the wrong method, or nothing at all."""
    found = template_of(request.app.state.templates, request.url.path)
    if found is not None:
        answer = refused(405, "this method is not served here: GET /api/v1/openapi.json lists the methods")
        answer.headers["allow"] = ", ".join(found.methods)
        return answer
    return refused(404, "the API has no such route: GET /api/v1/openapi.json lists them")


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    if app.state.desk.monitor is not None:
        app.state.desk.monitor.start()
    yield
    app.state.desk.close()


def build(desk: Desk, settings: Settings) -> FastAPI:
    """API, health and metrics of a desk; the dashboard mounts itself on it (``desk.mount``)."""
    app = FastAPI(
        title="seawall",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        default_response_class=Answer,
        lifespan=_life,
    )
    app.state.desk, app.state.settings, app.state.metrics, app.state.sessions = desk, settings, Metrics(), Sessions()
    install(app)
    for routes in (books.ROUTES, views.ROUTES, replays.ROUTES, markets.ROUTES, jobs.ROUTES, monitor.ROUTES):
        app.include_router(routes, prefix=PREFIX)
    app.state.templates = templates(app)
    app.add_api_route("/api/{rest:path}", _unrouted, methods=METHODS, include_in_schema=False)
    app.include_router(HEALTH)
    app.include_router(login.ROUTES)
    return app


def guarded(app: FastAPI) -> ASGIApp:
    """The application behind its guards: what a server serves."""
    return Counted(Guard(app, app.state.settings, app.state.sessions), app.state.metrics, app.state.templates)
