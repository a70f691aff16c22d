"""Routes of the replay: what a book can be taken through, and what an event does to it."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from seawall.app.api.answers import ERRORS
from seawall.app.api.books import AsOf, Id, desk_of
from seawall.app.service import replays
from seawall.app.service.desk import viewed

ROUTES = APIRouter(prefix="/books/{book}", tags=["one book"], responses=ERRORS)
Record = dict[str, Any]
Usd = float | None
Origin = Literal["observed", "modelled", "synthetic"]


class Exact(BaseModel):
    """An object with these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class ShockLine(Exact):
    """A shock of one step."""

    kind: Literal["shock"]
    name: str
    returns: dict[str, float] = Field(description="simple return by asset")
    vix_points: float
    source: str
    origin: Origin


class EventLine(Exact):
    """An event of the catalogue, followed day by day: `mode=path`."""

    kind: Literal["path"]
    name: str
    title: str
    direction: str = Field(description="down, up, grind down, grind up or crypto")
    start: dt.date = Field(description="the eve")
    end: dt.date = Field(description="last session")
    sessions: int = Field(description="from the eve to the last session")
    steps: int = Field(description="of the replay: one a session, fewer where only typed closes are known")
    covered_by: dict[str, Literal["store", "typed facts", "rule"]] = Field(description="by factor")
    origins: dict[str, Origin] = Field(description="by factor; synthetic: a rule draws it")
    origin: Origin = Field(description="observed if every leg that the book's market has is; else synthetic")
    source: str


class EventsAnswer(Exact):
    """What `event` of the replay may be."""

    events: list[Annotated[ShockLine | EventLine, Field(discriminator="kind")]]


class CauseLine(Exact):
    """A position, a group or the whole book: full revaluation and its causes, dollars."""

    label: str
    group: str
    start_usd: Usd
    end_usd: Usd
    full_usd: Usd
    terms_usd: dict[str, Usd]
    residual_usd: Usd
    gross_usd: Usd
    status: str
    gamma_usd: Usd
    vega_usd: Usd
    gamma_share: float | None
    vega_share: float | None
    unknown: list[str]


class CausesAnswer(Exact):
    """`mode=causes`: one step, or sessions as they were, cause by cause."""

    book: str
    event: str
    days: float = Field(description="calendar days")
    rows: list[CauseLine]
    groups: list[CauseLine]
    total: CauseLine
    answer: str
    left_out: list[str]
    assumptions: list[str]


class LegLine(Exact):
    """Where one leg of an event comes from."""

    origin: Origin
    source: str


class ActionLine(Exact):
    """A rule that fired, and what it asks for; nothing is traded."""

    rule: str
    text: str


class AccountLine(Exact):
    """One margin account at a close."""

    name: str
    equity_usd: Usd
    maintenance_usd: Usd


class StartLine(Exact):
    """The eve."""

    margin_usd: Usd
    equity_usd: Usd
    actions: list[ActionLine]


class StepLine(Exact):
    """One step of an event: the P&L of the step, sums since the eve, margin at its close."""

    event_day: dt.date
    as_if: dt.date = Field(description="the session of the book's own calendar that it stands for")
    levels: dict[str, float | None] = Field(description="of the book's market, moved so far")
    state: str | None = Field(description="the regime, null where unknown")
    pnl_usd: Usd
    terms_usd: dict[str, Usd]
    residual_usd: Usd
    book_since_eve_usd: Usd = Field(description="without the hedges")
    hedges_since_eve_usd: Usd
    margin_usd: Usd
    equity_usd: Usd = Field(description="null when the book states no nav")
    excess_usd: Usd
    accounts: list[AccountLine]
    actions: list[ActionLine]


class LayerLine(Exact):
    """What one hedge layer paid."""

    layer: str
    labels: list[str]
    start_usd: Usd
    pnl_usd: Usd
    carry_usd_per_year: Usd


class PathAnswer(Exact):
    """`mode=path`: the book's market moved along the event, day by day."""

    mode: Literal["path"]
    book: str
    event: str
    covered_by: str
    days: list[dt.date] = Field(description="the eve first")
    legs: dict[str, LegLine]
    whole: CausesAnswer
    start: StartLine
    steps: list[StepLine]
    layers: list[LayerLine]
    offset: float | None = Field(description="share of the rest's loss that hedges paid, null without a loss")
    margin_unknown: list[str]
    assumptions: list[str]


@ROUTES.get("/events", summary="Shocks and events for the book's market", response_model=EventsAnswer)
def events(request: Request, book: Id, asof: AsOf = None) -> Record:
    """What `event` of the replay may be: shocks of one step, then the catalogue, followed with `mode=path`."""
    desk = desk_of(request)
    return {"events": replays.events(desk, viewed(desk, book, asof))}


@ROUTES.get("/replay", summary="What an event does to the book", response_model=PathAnswer | CausesAnswer)
def replay(
    request: Request,
    book: Id,
    event: Annotated[
        str, Query(max_length=replays.LONGEST_TEXT, description="a name, spx=-0.05,vol=+20, or FROM..TO sessions")
    ],
    mode: Annotated[
        Literal["causes", "path"] | None,
        Query(
            description="path: the book's market, day by day; causes: one step, or FROM..TO as it was. Without one: "
            "path for a name that is no shock of one step, causes for the rest"
        ),
    ] = None,
    days: Annotated[
        float | None, Query(ge=0.0, le=3650.0, description="calendar days of one step, else 1; not with a path")
    ] = None,
    asof: AsOf = None,
) -> Record:
    """As `seawall replay --json`, with `mode=path` as with `--mode path`."""
    return replays.replay(desk_of(request), book, asof, replays.Asked(event, mode, days))
