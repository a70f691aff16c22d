"""The pages of the desk, in the order of the navigation. A new page is one module and one line here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from seawall.app.desk.pages import (
    backtest,
    condor,
    data,
    desk,
    evidence,
    gamma,
    glossary,
    hedge,
    lp,
    replay,
    scenarios,
    signals,
    waterfall,
)
from seawall.app.desk.view import View

Builder = Callable[[View], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its address, its name, a Material icon, what builds it; ``verb``: the same on the command line.

    ``first``: computes what the page shows first, for whoever warms it up before somebody waits.
    """

    path: str
    name: str
    icon: str
    verb: str
    build: Builder
    first: Callable[[View], object] | None = None


PAGES: Final = (
    Page("/", "Desk", "dashboard", "ledger", desk.build),
    Page("/scenarios", "Scenarios", "grid_on", "breakeven", scenarios.build, scenarios.first),
    Page("/hedge", "Hedge", "shield", "hedge", hedge.build, hedge.first),
    Page("/condor", "Condor", "show_chart", "condor", condor.build, condor.first),
    Page("/lp", "LP", "water_drop", "lp", lp.build, lp.first),
    Page("/waterfall", "Waterfall", "waterfall_chart", "cascade", waterfall.build, waterfall.first),
    Page("/gamma", "Dealer gamma", "balance", "gex", gamma.build),
    Page("/signals", "Signals", "sensors", "signals", signals.build, signals.first),
    Page("/replay", "Replay", "history", "replay", replay.build, replay.first),
    Page("/backtest", "Backtest", "science", "backtest", backtest.build),
    Page("/evidence", "Evidence", "fact_check", "evidence", evidence.build),
    Page("/data", "Data", "storage", "data status", data.build),
    Page("/glossary", "Glossary", "menu_book", "glossary", glossary.build),
)
