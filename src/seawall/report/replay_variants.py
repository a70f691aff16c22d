"""Pages of the two other modes: days like a given one, and hedges at later expiries."""

from collections.abc import Sequence
from typing import Final

from seawall.market.event_path import EventPath
from seawall.report.format import fixed, usd
from seawall.report.markup import Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document
from seawall.report.replay_charts import band_figure, tenor_figure
from seawall.report.variant_tables import BAND, TENOR_HEADS, TENOR_NOTE, tenor_cells, twin_cells
from seawall.sim.analog import Analog
from seawall.sim.tenor import Shifted

LINKS: Final = {"answer": "Answer", "twins": "The days", "tenors": "Later expiries"}


def analog_page(found: Analog) -> str:
    """The band of what followed days like a given one, as one HTML document."""
    facts = tuple(
        Tile(name.capitalize(), usd(float(one), signed=True), "USD")
        for name, one in zip(BAND, found.band.final, strict=True)
    )
    caption = f"P&L of the book over the {found.horizon} sessions that followed each day; grey: every day."
    columns = [Column("Day", "", number=False), Column("Distance", "sd"), Column("P&L", "USD"), Column("Lowest", "USD")]
    lines = [Line(twin_cells(found, place)) for place in range(len(found.twins.found))]
    told = [f"{name} {fixed(value)}" for name, value in found.twins.used.items()]
    body = (
        section(
            "answer",
            "What followed",
            tiles(facts),
            chart("band", band_figure(found), "The band", caption, modelled=True),
        ),
        section(
            "twins", "The days", paragraph(f"Like {found.day}: {', '.join(told)}."), table(columns, lines, "twins")
        ),
        section("assumed", "What is assumed", listing(found.notes)),
    )
    return document(
        f"{found.book.name}: days like {found.day.split(',')[0]}",
        f"{found.day} · {len(found.twins.found)} days, {found.horizon} sessions after each",
        body,
        LINKS,
    )


def tenor_page(name: str, path: EventPath, rows: Sequence[Shifted]) -> str:
    """VIX hedges at later expiries in one event, as one HTML document."""
    columns = [Column(head.capitalize(), "USD" if i in (3, 4, 5) else "", i >= 3) for i, head in enumerate(TENOR_HEADS)]
    made = table(columns, [Line(tenor_cells(row)) for row in rows], "layers at later expiries")
    picture = chart("tenors-bars", tenor_figure(rows), "What each layer gains", "By layer and shift.", modelled=True)
    notes = [TENOR_NOTE, *(f"{leg}: {one.origin}, {one.source}" for leg, one in path.legs.items())]
    body = (
        section("tenors", "Later expiries", picture, made),
        section("assumed", "What is assumed", listing(notes)),
    )
    return document(
        f"{name}: hedges moved in {path.name}", f"{path.days[0]} to {path.days[-1]}, {path.how}", body, LINKS
    )
