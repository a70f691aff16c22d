"""Hedges at later expiries and days like a given one: in a terminal and for `--json`."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape

from seawall.market.event_path import EventPath
from seawall.report.format import NOT_DEFINED, fixed, percent, usd
from seawall.report.records import Record, finite
from seawall.report.replay_tables import path_record
from seawall.report.tables import console, table_of
from seawall.sim.analog import LEVELS, Analog
from seawall.sim.tenor import Shifted

BAND: Final = ("least", "10 %", "median", "90 %", "most")


def tenor_cells(row: Shifted) -> list[str]:
    """One layer at one shift."""
    moved = "as held" if row.days == 0 else f"+{row.days} d"
    expiries = ", ".join(f"{day:%Y-%m-%d}" for day in dict.fromkeys(row.expiries))
    return [
        row.layer, moved, expiries, usd(row.start_usd), usd(row.pnl_usd, signed=True),
        usd(row.carry_usd_per_year, signed=True), NOT_DEFINED if row.offset is None else percent(row.offset),
    ]  # fmt: skip


TENOR_HEADS: Final = ("layer", "moved", "expiry", "worth on the eve", "gained", "carry a year", "of the loss")


def print_tenor(name: str, path: EventPath, rows: Sequence[Shifted]) -> None:
    """Layers by shift."""
    out = console()
    shown = table_of(
        f"{name}: VIX hedges at later expiries in {path.name} ({path.how}), USD",
        [(head, "left" if i < 3 else "right") for i, head in enumerate(TENOR_HEADS)],
    )
    for row in rows:
        shown.add_row(*map(escape, tenor_cells(row)))
    out.print(shown)
    out.print(f"[dim]{escape(TENOR_NOTE)}[/dim]")


TENOR_NOTE: Final = (
    "same strikes and sizes at the monthly expiry nearest to the shift, so the premium differs; a moved future is "
    "entered at today's level"
)


def tenor_record(name: str, path: EventPath, rows: Sequence[Shifted]) -> Record:
    """Every layer at every shift."""
    made = [
        {**row._asdict(), "labels": list(row.labels), "expiries": [str(day) for day in row.expiries]} for row in rows
    ]
    return {"mode": "tenor", "book": name, **path_record(path), "rows": made, "assumptions": [TENOR_NOTE]}


def twin_cells(found: Analog, place: int) -> list[str]:
    """Day, distance, P&L at the horizon and at its lowest."""
    twin, path = found.twins.found[place], found.band.paths[place]
    return [str(twin.day), fixed(twin.distance), usd(float(path[-1]), signed=True), usd(float(path.min()), signed=True)]


def print_analog(found: Analog) -> None:
    """The band, the twins, and what was compared."""
    out = console()
    band = table_of(
        f"{found.book.name}: {found.horizon} sessions after days like {found.day}, P&L in USD",
        [(head, "right") for head in BAND],
    )
    band.add_row(*(usd(float(one), signed=True) for one in found.band.final))
    out.print(band)
    days = table_of("The days", [("day", "left"), ("distance", "right"), ("P&L", "right"), ("lowest", "right")])
    for place in range(len(found.twins.found)):
        days.add_row(*twin_cells(found, place))
    out.print(days)
    for note in found.notes:
        out.print(f"[dim]{escape(note)}[/dim]")


def analog_record(found: Analog) -> Record:
    """Band by session, twins with their paths, and the features."""
    return {
        "mode": "analog",
        "book": found.book.name,
        "day": found.day,
        "horizon": found.horizon,
        "levels": list(LEVELS),
        "band_usd": [[finite(float(one)) for one in row] for row in found.band.percentiles],
        "twins": [
            {"day": str(twin.day), "distance": finite(twin.distance), "path_usd": [finite(float(x)) for x in path]}
            for twin, path in zip(found.twins.found, found.band.paths, strict=True)
        ],
        "features": {name: finite(value) for name, value in found.twins.used.items()},
        "not_compared": list(found.twins.unused),
        "candidates": found.twins.candidates,
        "assumptions": list(found.notes),
    }
