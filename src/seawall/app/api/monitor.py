"""Routes of the monitor: its state, its stream, a test of its channels, and acknowledging an alert."""

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Request, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from seawall.app.api.answers import ERRORS
from seawall.app.api.books import desk_of
from seawall.app.service.answers import Record, clean
from seawall.app.service.desk import Desk
from seawall.app.service.refusal import NOT_FOUND, RefusedError, error_record

if TYPE_CHECKING:
    from seawall.app.monitor.engine import Monitor

ROUTES = APIRouter(prefix="/monitor", tags=["monitor"], responses=ERRORS)
SEND_S: Final = 10.0
"""Longest time a client may take for one state; it is let go then."""


class SourceLine(BaseModel):
    """One source with the age of what is in use."""

    source: str
    state: str = Field(description="live, stale or source down")
    as_of: dt.datetime | None
    age_s: float | None
    limit_s: float
    refused_since: dt.datetime | None
    failing_since: dt.datetime | None
    why: str


class AlertLine(BaseModel):
    """One alert; `told` counts its notices."""

    id: str
    key: str
    rule: str
    level: str
    fact: str
    remedy: str
    value: float | None
    threshold: float | None
    told: int
    since: dt.datetime
    acknowledged: dt.datetime | None
    closed: dt.datetime | None


class ChannelLine(BaseModel):
    """One channel: notices that arrived, attempts that failed, notices given up, and what waits."""

    channel: str
    ok: int
    failed: int
    abandoned: int
    waiting: int
    error: str


class TroubleLine(BaseModel):
    """Something of the monitor's own that is wrong; the last good state is kept."""

    what: str
    reason: str
    since: dt.datetime


class MonitorAnswer(BaseModel):
    """The monitor as it stands. `books`: the last good figures, as `seawall monitor --once --json` prints them."""

    at: dt.datetime
    started_at: dt.datetime
    every_s: float
    status: str = Field(description="starting, live, stale or source down")
    observation: int = Field(description="number of the last good observation, 0 before the first")
    last_good_at: dt.datetime | None
    regime: dict[str, Any]
    books: list[dict[str, Any]]
    sources: list[SourceLine]
    troubles: list[TroubleLine]
    alerts: list[AlertLine]
    ended: list[AlertLine] = Field(description="alerts that are over, newest first, at most fifty")
    deliveries: list[ChannelLine]
    polls: dict[str, int]
    refused: dict[str, int] = Field(description="data that was refused, by kind")


class ArrivalLine(BaseModel):
    """Whether a test arrived on a channel."""

    channel: str
    arrived: bool
    error: str


class ArrivalsAnswer(BaseModel):
    """A test of every channel."""

    channels: list[ArrivalLine]


def monitor_of(desk: Desk) -> "Monitor":
    """The desk's monitor; raises ``RefusedError`` without one."""
    if desk.monitor is None:
        raise RefusedError(NOT_FOUND, "no monitor runs here: start the desk with `seawall serve --monitor CONFIG`")
    return desk.monitor


@ROUTES.get("", summary="The last good state, staleness by source, alerts", response_model=MonitorAnswer)
def state(request: Request) -> Record:
    """What the monitor knows now, whether its sources answer or not."""
    monitor = monitor_of(desk_of(request))
    return monitor.record() | {"ended": monitor.ended()}


@ROUTES.post("/test", summary="Send a test through every channel", response_model=ArrivalsAnswer)
def send_test(request: Request) -> Record:
    """Says which arrived; at most one in ten seconds."""
    return {"channels": monitor_of(desk_of(request)).test()}


@ROUTES.post("/alerts/{alert}/ack", summary="Acknowledge an alert", response_model=AlertLine)
def acknowledge(request: Request, alert: Annotated[str, Path(max_length=64)]) -> Record:
    """It is not repeated any more; its end is still told."""
    return monitor_of(desk_of(request)).acknowledge(alert)


@ROUTES.websocket("/events")
async def events(socket: WebSocket) -> None:
    """Send each state; a client that is slow gets only the newest, one that takes nothing for long is let go."""
    desk: Desk = socket.app.state.desk
    await socket.accept()
    try:
        reader = monitor_of(desk).bus.join()
    except RefusedError as fault:
        await socket.send_json(error_record(str(fault)))
        await socket.close()
        return
    gone = asyncio.ensure_future(_until_gone(socket))
    try:
        while True:
            news = asyncio.ensure_future(reader.get())
            done, _ = await asyncio.wait({news, gone}, return_when=asyncio.FIRST_COMPLETED)
            if news not in done:
                news.cancel()
                break
            await asyncio.wait_for(socket.send_json(clean(news.result())), SEND_S)
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        return
    finally:
        gone.cancel()
        if desk.monitor is not None:
            desk.monitor.bus.leave(reader)


async def _until_gone(socket: WebSocket) -> None:
    """Read and forget what a client sends, until it leaves."""
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    except (WebSocketDisconnect, RuntimeError):
        return
