"""Routes of one book: market, ledger, break-evens, scenarios, hedge, alerts, cascade."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from seawall.app.api.answers import ERRORS
from seawall.app.api.books import AsOf, Id, desk_of
from seawall.app.service import alerts as alerting
from seawall.app.service import hedging, markets, views

ROUTES = APIRouter(prefix="/books/{book}", tags=["one book"], responses=ERRORS)
Record = dict[str, Any]

Factor = Annotated[str | None, Query(max_length=40, description="one underlying; else the first, or all")]
Day = Annotated[float, Query(ge=0.0, le=3650.0, description="calendar days")]
PolicyName = Annotated[str, Query(max_length=40, description="a shipped policy, as `seawall policy list` names them")]
Days = Annotated[
    list[Annotated[float, Field(ge=0.0, le=3650.0)]],
    Query(min_length=1, max_length=12, description="calendar days from the market's time"),
]


@ROUTES.get("/market", summary="The market the book is valued in")
def market(request: Request, book: Id, asof: AsOf = None) -> Record:
    """Every dated number with source, instant, and whether it was observed or modelled."""
    return views.market(desk_of(request), book, asof)


@ROUTES.get("/ledger", summary="Every position in the same columns")
def ledger(request: Request, book: Id, asof: AsOf = None) -> Record:
    """As `seawall ledger --json`."""
    return views.ledger(desk_of(request), book, asof)


@ROUTES.get("/breakeven", summary="Where the book breaks even")
def breakeven(request: Request, book: Id, asof: AsOf = None, factor: Factor = None) -> Record:
    """As `seawall breakeven --json`."""
    return views.breakeven(desk_of(request), book, asof, factor)


@ROUTES.get("/scenarios", summary="The book over price, volatility and time")
def scenarios(request: Request, book: Id, days: Days = [0.0], asof: AsOf = None, factor: Factor = None) -> Record:  # noqa: B006
    """Full revaluation; P&L in dollars by day, then volatility, then return."""
    return views.scenarios(desk_of(request), book, asof, factor, tuple(days))


@ROUTES.get("/scenarios/cell", summary="One cell by position")
def cell(
    request: Request,
    book: Id,
    move: Annotated[float, Query(alias="return", gt=-1.0, le=10.0, description="simple return")] = 0.0,
    vol_points: Annotated[float, Query(ge=-100.0, le=500.0)] = 0.0,
    days: Day = 0.0,
    asof: AsOf = None,
    factor: Factor = None,
) -> Record:
    """What each position gains, largest effect first."""
    return views.scenario_cell(desk_of(request), book, asof, factor, (move, vol_points, days))


@ROUTES.get("/hedge", summary="The layered hedge of the book")
def hedge(request: Request, book: Id, asof: AsOf = None, policy: PolicyName = "seed") -> Record:
    """As `seawall hedge --json`."""
    return hedging.hedge(desk_of(request), book, asof, policy)


@ROUTES.get("/alerts", summary="What to look at first")
def alerts(request: Request, book: Id, asof: AsOf = None) -> Record:
    """One line a finding, most urgent first."""
    return alerting.alerts(desk_of(request), book, asof)


@ROUTES.get("/cascade", summary="What a fast move forces the market to trade")
def cascade(
    request: Request,
    book: Id,
    shock: Annotated[str, Query(max_length=100, description="sizes, read as falls and as rises")] = markets.SHOCKS,
) -> Record:
    """As `seawall cascade --json`, of the cascade file the book names."""
    return markets.cascade(desk_of(request), book, shock)
