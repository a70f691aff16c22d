"""The catalogue of events: what each was, and whether the store, typed facts or a rule covers its factors."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.markup import escape

from seawall.market.known_event import KnownEvent
from seawall.report.format import UNKNOWN, fixed, percent
from seawall.report.markup import Column, Line, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.records import Record, finite
from seawall.report.tables import console, table_of

Rows = Sequence[tuple[KnownEvent, Mapping[str, str]]]
HEADS: Final = ("event", "what", "kind", "eve", "last day", "SPX", "VIX", "ETH")
READING: Final = (
    "SPX and ETH: move from the eve to the last day by the typed closes; VIX: level on the eve and its highest typed "
    "close. `store`: every session is read from the store or the embedded data. `typed facts`: from one typed close to "
    "the next, and by rule in between. `rule`: VIX and coins follow SPX by stated betas."
)
SHORT: Final = {"typed facts": "typed"}


def move(event: KnownEvent, factor: str) -> float | None:
    """From the eve to the last typed close of a factor, as a share; None without facts."""
    if factor not in event.factors:
        return None
    last = [knot.levels[factor] for knot in event.knots if factor in knot.levels][-1]
    return last / event.knots[0].levels[factor] - 1.0


def peak(event: KnownEvent, factor: str) -> float:
    """The highest typed level."""
    return max(knot.levels[factor] for knot in event.knots if factor in knot.levels)


def _cells(event: KnownEvent) -> list[str]:
    spx, eth = (move(event, factor) for factor in ("SPX", "ETH"))
    vix = f"{fixed(event.knots[0].levels['VIX'])} > {fixed(peak(event, 'VIX'))}"
    shown = UNKNOWN if eth is None else percent(eth, 1, signed=True)
    ends = str(event.start), str(event.end)
    return [event.name, event.title, event.direction, *ends, percent(spx, 1, signed=True), vix, shown]


def print_catalogue(rows: Rows) -> None:
    """One row an event."""
    out = console(190)
    factors = list(rows[0][1])
    shown = table_of(
        f"{len(rows)} events", [(name, "left" if i < 5 else "right") for i, name in enumerate(HEADS)]
        + [(f"{factor} from", "left") for factor in factors],
    )  # fmt: skip
    for event, covered in rows:
        shown.add_row(*map(escape, _cells(event)), *(SHORT.get(word, word) for word in covered.values()))
    out.print(shown)
    out.print(f"[dim]{escape(READING)}[/dim]")


def catalogue_record(rows: Rows) -> Record:
    """Every event with its facts and their source."""
    return {
        "events": [
            {
                "name": event.name,
                "title": event.title,
                "kind": event.direction,
                "eve": str(event.start),
                "last": str(event.end),
                "moves": {factor: finite(move(event, factor)) for factor in event.factors if factor != "VIX"},
                "facts": [{"day": str(knot.day), **knot.levels} for knot in event.knots],
                "source": event.source,
                "covered_by": dict(covered),
            }
            for event, covered in rows
        ]
    }


def catalogue_page(rows: Rows) -> str:
    """The catalogue as one HTML document."""
    factors = list(rows[0][1])
    columns = [Column(name.capitalize() if name.islower() else name, "", i >= 5) for i, name in enumerate(HEADS)]
    columns += [Column(f"{factor} from", "", False) for factor in factors]
    lines = [Line([*_cells(event), *covered.values()]) for event, covered in rows]
    sources = [f"{event.name}: {event.source}" for event, _ in rows]
    body = (
        section("events", "Events", table(columns, lines, "events"), paragraph(READING, "note")),
        section("sources", "Sources of the typed facts", listing(sources)),
    )
    return document("Events", f"{len(rows)} events", body, {"events": "Events", "sources": "Sources"})
