"""What needs no book: today's condor, dealers' gamma, a cascade, events."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from seawall.app.service.answers import Record
from seawall.app.service.chains import stored_chains
from seawall.app.service.desk import Desk, viewed
from seawall.app.service.refusal import NOT_FOUND, RefusedError
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.app.condor import CondorReport
    from seawall.data.cascade_market import Held
    from seawall.sim.cascade_case import CascadeMarket
    from seawall.sim.cascade_event import Event

SHOCKS: Final = "5%,10%,20%"
MOST_SHOCKS: Final = 8


@dataclass(frozen=True, slots=True)
class CondorAsked:
    """What the condor of the day is asked for; ``underlying``: a chain of the store, None: modelled from VIX."""

    underlying: str | None = None
    asof: dt.date | None = None
    expiry: dt.date | None = None
    days: float = 7.0
    by: Literal["range", "delta"] = "range"
    short: float | None = None
    wing: float | None = None
    nav: float = 1_000_000.0
    risk: float = 0.015
    preset: str = "measured"


def condor_of(desk: Desk, asked: CondorAsked) -> "CondorReport":
    """Today's condor and the reasons to stand aside, remembered for the day of the clock."""
    from seawall.app.condor import PRESETS, Asked, from_chain, modelled
    from seawall.data.chains import pick
    from seawall.hedge.condor import CondorRule

    if asked.preset not in PRESETS:
        raise UnknownParameterError(f"no preset {asked.preset[:40]!r}: there are {' and '.join(PRESETS)}")

    def compute() -> "CondorReport":
        rule = CondorRule(asked.by, asked.short, asked.wing, asked.risk)
        want = Asked(rule, asked.nav, asked.expiry, asked.days, asked.preset)
        if asked.underlying is None:
            return modelled(want, asked.asof)
        chains = stored_chains(asked.underlying, asked.asof)
        return from_chain(want, pick(chains, chains[-1].session), chains)

    return desk.memo.get(("condor", asked, desk.clock().date()), compute)


def condor(desk: Desk, asked: CondorAsked) -> Record:
    """The signal, as `seawall condor --json` prints it."""
    from seawall.report.condor_tables import condor_record

    found = condor_of(desk, asked)
    return condor_record(found.signal, found.reasons, found.tiers, found.daily_range)


def _cascade_market(desk: Desk, book: str) -> "tuple[CascadeMarket, Held]":
    from seawall.data.cascade_market import Held, cascade_market, demo_cascade
    from seawall.data.cascades import load_cascade

    if book == "demo":
        loaded = load_cascade(demo_cascade(), {})
        if loaded.file.book is None:
            return cascade_market(loaded, Held()), Held()
        seen = viewed(desk, "demo")
        held = Held(seen.loaded, seen.state)
        return cascade_market(loaded, held), held
    seen = viewed(desk, book)
    if seen.loaded.flows is None:
        raise RefusedError(
            NOT_FOUND, f"{book} names no cascade file: put `market_flows: FILE` into it, see docs/cascade.md"
        )
    held = Held(seen.loaded, seen.state)
    return cascade_market(load_cascade(seen.loaded.flows, {}), held), held


def cascade_of(desk: Desk, book: str, shock: str = SHOCKS) -> "tuple[CascadeMarket, list[Event]]":
    """The market of a book's cascade file (the example's for the example) and its events, falls and rises."""
    from seawall.app.cli.cascade import shocks_of
    from seawall.sim.cascade_event import read_event

    sizes = shocks_of(shock)
    if len(sizes) > MOST_SHOCKS:
        raise InputError(f"{len(sizes)} shocks are too many: ask for at most {MOST_SHOCKS}")

    def compute() -> "tuple[CascadeMarket, list[Event]]":
        market, held = _cascade_market(desk, book)
        positions = held.book.book.positions if held.book is not None else ()
        signed = [side * size for side in (-1.0, 1.0) for size in sizes]
        return market, [read_event(market, share, positions, held.state) for share in signed]

    revision = desk.workspace.get(book).revision
    return desk.memo.get(("cascade", viewed(desk, book).key, revision, tuple(sizes)), compute)


def cascade(desk: Desk, book: str, shock: str) -> Record:
    """A cascade, as `seawall cascade --json` prints it."""
    from seawall.report.cascade_tables import cascade_record

    return cascade_record(*cascade_of(desk, book, shock))
