"""Long work as jobs: backtests, the board of claims, syncs. What is asked is checked before it is queued."""

from collections.abc import Sequence
from typing import Any, Final

from seawall.app.service.answers import Record
from seawall.app.service.child import in_child
from seawall.app.service.desk import Desk
from seawall.app.service.jobs import Job, Report
from seawall.app.service.refusal import CONFLICT, TOO_LARGE, RefusedError
from seawall.app.service.works import asked_plan

MAX_PLAN: Final = 100_000
MAX_NAMES: Final = 40
"""Claims or sources one job may be asked for."""


def backtest(desk: Desk, plan: str | None = None, policy: str | None = None) -> Job:
    """Queue a backtest of a plan file's text, or of the default plan; raises a ``SeawallError`` for a bad plan."""
    if plan is not None and len(plan) > MAX_PLAN:
        raise RefusedError(TOO_LARGE, f"a plan has at most {MAX_PLAN:,} characters: shorten it")
    title = asked_plan(plan, policy).name
    asked = {"plan": plan, "policy": policy}
    return desk.jobs.submit("backtest", f"{title} under {policy}" if policy else title, _work("backtest", asked))


def evidence(desk: Desk, claims: Sequence[str] = (), quick: bool = False) -> Job:
    """Queue the claims, all if none is named; raises ``UnknownParameterError`` for one that is none."""
    from seawall.evidence.board import claims_named

    names = claims_named(claims)
    title = names[0] if len(names) == 1 else f"{len(names)} claims"
    _alone(desk, "evidence", "the board is running already: let it end, or cancel it")
    asked = {"claims": list(names), "quick": quick}
    return desk.jobs.submit("evidence", f"{title}, a quick look" if quick else title, _work("evidence", asked))


def sync(desk: Desk, sources: Sequence[str]) -> Job:
    """Queue a sync of sources (``fred``, ``fred:SOFR``), all if none is named; raises ``InputError`` for no source."""
    from seawall.data.sources.registry import wishes

    wanted = wishes(list(sources))
    title = ", ".join(wish.source.name for wish in wanted) if len(wanted) <= 3 else f"{len(wanted)} sources"
    _alone(desk, "sync", "a sync is running already: let it end, or cancel it")
    follow = _work("sync", {"sources": list(sources)})

    def work(report: Report) -> Any:
        try:
            return follow(report)
        finally:
            desk.memo.clear()  # answers of before were computed from other data

    return desk.jobs.submit("sync", title, work)


def sources() -> list[Record]:
    """Every source of a sync: name, title, licence, whether only on request, and what it lacks here."""
    import os

    from seawall.data.sources.engine import lacking
    from seawall.data.sources.registry import SOURCES

    return [
        {"source": one.name, "title": one.title, "licence": one.licence, "by_name": one.by_name,
         "lacks": lacking(one, os.environ) or ""}
        for one in SOURCES
    ]  # fmt: skip


def _work(kind: str, asked: Record) -> Any:
    return lambda report: in_child(kind, asked, report)


def _alone(desk: Desk, kind: str, said: str) -> None:
    if any(job.kind == kind and not job.ended for job in desk.jobs.list()):
        raise RefusedError(CONFLICT, said)
