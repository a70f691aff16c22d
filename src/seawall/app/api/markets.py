"""Routes that need no book: signals, regime, condor, dealers' gamma, evidence, data, glossary, version."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request

from seawall.app.api.answers import ERRORS
from seawall.app.api.books import desk_of
from seawall.app.service import boards, chains, compared, dealers, facts, markets, observing, runs

ROUTES = APIRouter(responses=ERRORS)
Record = dict[str, Any]

Session = Annotated[dt.date | None, Query(description="a session; else the last there is data for")]
Preset = Annotated[Literal["seed", "measured"], Query(description="weights and triggers")]
Side = Annotated[Literal["naive", "all_short"], Query(description="sign of dealers read first; both are always shown")]
Underlying = Annotated[str, Query(pattern="^[A-Za-z0-9]{1,12}$", description="chain of the store, such as SPX")]


@ROUTES.get("/signals", tags=["market"], summary="Every signal at a close, under the regime")
def signals(
    request: Request,
    asof: Session = None,
    preset: Preset = "seed",
    family: Annotated[str | None, Query(max_length=40)] = None,
) -> Record:
    """As `seawall signals --json`."""
    return observing.signals(desk_of(request), asof, preset, family)


@ROUTES.get("/signals/{name}", tags=["market"], summary="One signal explained")
def signal(request: Request, name: str, asof: Session = None) -> Record:
    """As `seawall signals explain --json`."""
    return observing.explained(desk_of(request), name, asof)


@ROUTES.get("/regime", tags=["market"], summary="The regime and its spells")
def regime(request: Request, asof: Session = None, preset: Preset = "seed") -> Record:
    """CALM, ONSET, SPIKE or EXHAUST, why, and since when."""
    return observing.regime(desk_of(request), asof, preset)


@ROUTES.get("/condor", tags=["market"], summary="Today's iron condor")
def condor(
    request: Request,
    underlying: Underlying | None = None,
    asof: Session = None,
    expiry: dt.date | None = None,
    days: Annotated[float, Query(ge=0.0, le=730.0)] = 7.0,
    by: Literal["range", "delta"] = "range",
    short: Annotated[float | None, Query(gt=0.0, le=20.0)] = None,
) -> Record:
    """As `seawall condor --json`, with its default size and wings."""
    return markets.condor(desk_of(request), markets.CondorAsked(underlying, asof, expiry, days, by, short))


@ROUTES.get("/gex", tags=["market"], summary="Dealers' gamma of a stored chain")
def gex(underlying: Underlying = "SPX", asof: Session = None, convention: Side = "naive") -> Record:
    """As `seawall gex --json`; without `asof` the newest session."""
    return dealers.gex(chains.stored_chains(underlying, asof), asof, convention)


@ROUTES.post("/gex", tags=["market"], summary="Dealers' gamma of a chain that is sent")
def gex_sent(
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="CSV or Parquet, up to 16 MB")],
    asof: Session = None,
    convention: Side = "naive",
    multiplier: Annotated[float, Query(gt=0.0, lt=1e6)] = 100.0,
) -> Record:
    """The bytes of a chain file are the body."""
    return dealers.gex(chains.sent_chains(content, "the chain"), asof, convention, multiplier)


@ROUTES.get("/evidence", tags=["evidence"], summary="The board of claims, as last run")
def evidence(request: Request) -> Record:
    """Verdict, effect, interval, n, data, modelled share and trials of each; `stale` names those of other data."""
    return boards.board(desk_of(request))


@ROUTES.get("/evidence/{claim}", tags=["evidence"], summary="One claim with its numbers and charts")
def claim(request: Request, claim: str) -> Record:
    """As one claim of `seawall evidence --json`, with what it was made from."""
    return boards.claim(desk_of(request), claim)


RunIds = Annotated[
    list[Annotated[str, Query(pattern="^[0-9a-f]{4,20}$")]],
    Query(alias="run", min_length=1, max_length=compared.MOST, description="first digits of ids, as `runs` lists them"),
]


@ROUTES.get("/runs", tags=["evidence"], summary="Kept runs, newest first")
def kept_runs() -> Record:
    """The trial registry of this store: backtests, lanes of sweeps, simulations of the board."""
    return {"runs": compared.kept_runs()}


@ROUTES.get("/runs/compared", tags=["evidence"], summary="Runs side by side")
def runs_compared(run: RunIds) -> Record:
    """Growth (start 100) and drawdown by session, and what each run measured, costs included."""
    return compared.compared_record(run)


@ROUTES.get("/data/sources", tags=["data"], summary="What can be synced")
def sources() -> Record:
    """Names, titles and licences of the sources, and what each lacks here."""
    return {"sources": runs.sources()}


@ROUTES.get("/data/status", tags=["data"], summary="What the store holds")
def data_status() -> Record:
    """Coverage, gaps and age of every series, and the embedded ones."""
    return facts.data_status()


@ROUTES.get("/glossary", tags=["words"], summary="Every term")
def glossary(search: Annotated[str | None, Query(max_length=100)] = None) -> Record:
    """All of them, or those that mention a word."""
    return facts.glossary(search)


@ROUTES.get("/glossary/{term}", tags=["words"], summary="One term")
def term(term: str) -> Record:
    """By its name, an alias or an id."""
    return facts.term(term)


@ROUTES.get("/version", tags=["words"], summary="Name and version")
def version() -> Record:
    """Of the program and of this API."""
    return facts.version()
