"""Routes of the jobs: ask, poll, follow over a WebSocket, cancel."""

import asyncio
import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from seawall.app.api.answers import ERRORS
from seawall.app.api.books import desk_of
from seawall.app.service import runs
from seawall.app.service.desk import Desk
from seawall.app.service.jobs import Job
from seawall.app.service.refusal import RefusedError, error_record

ROUTES = APIRouter(prefix="/jobs", tags=["jobs"], responses=ERRORS)
PACE_S: Final = 0.2
"""Between two looks at a job; what changed in between is sent once, so a slow reader delays nothing."""


class JobPart(BaseModel):
    """One part of a job, such as a source of a sync or a claim of the board."""

    name: str
    state: str
    progress: float
    said: str = Field(description="its outcome in one line")


class JobLine(BaseModel):
    """One job as it stands now."""

    id: str
    kind: str
    title: str
    stage: str = Field(description="queued, running, done, failed or cancelled")
    progress: float = Field(ge=0.0, le=1.0)
    message: str
    asked_at: dt.datetime
    ended_at: dt.datetime | None = None
    error: str = ""
    parts: list[JobPart] = []


class JobAnswer(JobLine):
    """One job with its result."""

    result: Any = None


Word = Annotated[str, Field(min_length=1, max_length=200)]


class BacktestSent(BaseModel):
    """A plan file's text; the default program without one."""

    model_config = ConfigDict(extra="forbid")

    plan: str | None = Field(None, max_length=runs.MAX_PLAN)
    policy: Word | None = Field(None, description="a shipped policy in place of the plan's hedge")


class EvidenceSent(BaseModel):
    """Claims to test, all without one; ``quick``: a tenth of the draws."""

    model_config = ConfigDict(extra="forbid")

    claims: list[Word] = Field([], max_length=runs.MAX_NAMES)
    quick: bool = False


class SyncSent(BaseModel):
    """Sources to bring up to date, as `seawall data sync` takes them."""

    model_config = ConfigDict(extra="forbid")

    sources: list[Word] = Field(min_length=1, max_length=runs.MAX_NAMES)


def _line(job: Job) -> dict[str, Any]:
    names = ("id", "kind", "title", "progress", "message", "asked_at", "ended_at", "error")
    parts = [part._asdict() for part in job.parts]
    return {name: getattr(job, name) for name in names} | {"stage": str(job.stage), "parts": parts}


@ROUTES.get("", summary="Every job kept, newest first", response_model=list[JobLine])
def jobs(request: Request) -> list[dict[str, Any]]:
    """Without results."""
    return [_line(job) for job in desk_of(request).jobs.list()]


@ROUTES.post("/backtest", summary="Queue a backtest", status_code=202, response_model=JobLine)
def backtest(request: Request, sent: BacktestSent) -> dict[str, Any]:
    """The program with its hedge, without it, and held smaller; the result is that of `seawall backtest --json`."""
    return _line(runs.backtest(desk_of(request), sent.plan, sent.policy))


@ROUTES.post("/evidence", summary="Queue the claims", status_code=202, response_model=JobLine)
def evidence(request: Request, sent: EvidenceSent) -> dict[str, Any]:
    """Every claim tested on the store; `GET evidence` has the board when it has ended."""
    return _line(runs.evidence(desk_of(request), sent.claims, sent.quick))


@ROUTES.post("/sync", summary="Queue a sync", status_code=202, response_model=JobLine)
def sync(request: Request, sent: SyncSent) -> dict[str, Any]:
    """Ask the named sources for what is new; each is a part of the job, with its outcome in one line."""
    return _line(runs.sync(desk_of(request), sent.sources))


@ROUTES.get("/{job}", summary="One job with its result", response_model=JobAnswer)
def job(request: Request, job: str) -> dict[str, Any]:
    """Poll this until it has ended."""
    found = desk_of(request).jobs.get(job)
    return _line(found) | {"result": found.result}


@ROUTES.delete("/{job}", summary="Cancel a job", response_model=JobLine)
def cancel(request: Request, job: str) -> dict[str, Any]:
    """At once when it waits, within a moment when it runs; what was stored by then stays."""
    return _line(desk_of(request).jobs.cancel(job))


@ROUTES.websocket("/{job}/events")
async def events(socket: WebSocket, job: str) -> None:
    """Send a job whenever it changed, until it has ended."""
    desk: Desk = socket.app.state.desk
    await socket.accept()
    last: dict[str, Any] = {}
    try:
        while True:
            try:
                found = desk.jobs.get(job)
            except RefusedError as fault:
                await socket.send_json(error_record(str(fault)))
                break
            now = JobLine(**_line(found)).model_dump(mode="json")
            if now != last:
                await asyncio.wait_for(socket.send_json(now), 5.0)
                last = now
            if found.ended:
                break
            await asyncio.sleep(PACE_S)
        await socket.close()
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        return
