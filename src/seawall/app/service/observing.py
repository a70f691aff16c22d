"""Signals and regime as a door shows them."""

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, history_of
from seawall.app.service.refusal import NOT_FOUND, RefusedError
from seawall.core.errors import SeawallError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.app.observe import Observed

SESSIONS: Final = 250
"""Sessions of a band: a year."""


def observed(desk: Desk, asof: dt.date | None, preset: str = "seed", family: str | None = None) -> "Observed":
    """The board and the regime at a session, remembered for the day of the clock."""
    from seawall.app.observe import family_named, observe

    key = ("board", asof, preset, family, desk.clock().date())
    return desk.memo.get(key, lambda: observe(asof, preset, family_named(family), clock=desk.clock))


def signals(desk: Desk, asof: dt.date | None, preset: str, family: str | None) -> Record:
    """The board, as `seawall signals --json` prints it."""
    from seawall.report.signal_tables import board_record, regime_record

    found = observed(desk, asof, preset, family)
    return board_record(
        found.board, regime_record(found.reading, found.spell, found.no_regime), found.why_now, found.cards
    )


def regime(desk: Desk, asof: dt.date | None, preset: str) -> Record:
    """The regime, its open spell, and every spell before it."""
    from seawall.report.signal_tables import regime_record, spell_record

    found = observed(desk, asof, preset)
    record = regime_record(found.reading, found.spell, found.no_regime)
    return {"regime": record, "spells": [spell_record(one) for one in found.spells], "why_now": found.why_now}


def explained(desk: Desk, name: str, asof: dt.date | None) -> Record:
    """One signal or card, as `seawall signals explain --json` prints it."""
    from seawall.report.signal_explain import card_facts, explain, explained_record
    from seawall.signals.registry import CARDS

    if name in CARDS:
        return {"id": name, "definition": dict(card_facts(CARDS[name]))}
    from seawall.app.observe import observe

    try:
        found = desk.memo.get(("signal", name, asof, desk.clock().date()), lambda: observe(asof, only=name))
    except UnknownParameterError:
        raise RefusedError(NOT_FOUND, f"there is no signal {name[:40]!r}: GET /api/v1/signals lists them") from None
    return explained_record(explain(found.board.rows[0], found.history))


class BandSpell(NamedTuple):
    """Sessions in one state without a break."""

    state: str
    start: dt.date
    end: dt.date
    sessions: int
    rule: str


class Band(NamedTuple):
    """The last spells up to a market, oldest first; none with the reason."""

    spells: tuple[BandSpell, ...]
    reason: str
    origin: str


def band_of(desk: Desk, seen: Viewed, length: int = SESSIONS) -> Band:
    """The regime of the sessions up to a book's market."""

    def compute() -> Band:
        from seawall.signals.regime import classify, spells

        try:
            regimes = classify(history_of(seen).upto(seen.state.now))
        except SeawallError as fault:
            return Band((), str(fault), "")
        if not regimes.dates.size:
            return Band((), "no session has both SPX and VIX by then: sync or import them", "")
        first = regimes.dates[-min(length, regimes.dates.size)].item()
        days = regimes.dates.tolist()
        found = []
        for one in spells(regimes):
            if one.end >= first:
                start = max(one.start, first)
                inside = sum(start <= day <= one.end for day in days[-length:])
                found.append(BandSpell(one.state.name, start, one.end, inside, one.rule))
        return Band(tuple(found), "", f"{regimes.vix_origin} VIX")

    return desk.memo.get(("band", seen.key, length), compute)
