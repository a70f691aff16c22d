"""The page of a cascade: the answer, its split, where liquidations stand, the waterfall, who pays, the reader's own."""

from collections.abc import Sequence
from typing import Final

from seawall.report.cascade_charts import density_figure, frames_figure, path_figure, split_figure
from seawall.report.cascade_tables import (
    PARTIES,
    frame_cells,
    frame_names,
    shapley_cells,
    shown_frames,
    split_cells,
)
from seawall.report.cascade_words import (
    QUESTION,
    answer,
    band,
    beyond,
    bounds,
    capped,
    direction,
    jumped,
    millions,
    notes,
    under_rules,
    verdict,
)
from seawall.report.format import fixed, usd
from seawall.report.loop_tables import map_section
from seawall.report.markup import Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.cascade_event import Event
from seawall.sim.runaway_map import RunawayMap

LINKS: Final = {
    "answer": "Answer",
    "split": "Gamma or vega",
    "book": "Where liquidations stand",
    "waterfall": "The waterfall",
    "payers": "Who pays",
    "own": "Your positions",
    "map": "Where shocks run away",
}


def cascade_page(market: CascadeMarket, events: Sequence[Event], runaway: RunawayMap | None = None) -> str:
    """One HTML document on a market after several shocks, with the map of runaways where one was made."""
    body = (
        _answer(market, events),
        _split(market, events),
        _book(market),
        _waterfall(market, events),
        _payers(market, events),
        _own(events),
        map_section(runaway) if runaway is not None else "",
        section("assumed", "What is assumed", listing(notes(market))),
    )
    standfirst = f"{market.asset} at {fixed(market.case.start)} · {len(events)} shocks"
    return document(market.name, standfirst, tuple(one for one in body if one), LINKS)


def deepest(events: Sequence[Event]) -> Event:
    """The largest fall, or the largest rise where no fall was asked about."""
    return min(events, key=lambda event: event.share) if events[0].share < 0.0 else events[-1]


def typical(events: Sequence[Event]) -> Event:
    """The fall in the middle: neither the mildest nor the one that may have run away."""
    falls = sorted((event for event in events if event.share < 0.0), key=lambda event: -event.share)
    return falls[len(falls) // 2] if falls else events[len(events) // 2]


def both_ways(events: Sequence[Event]) -> list[Event]:
    """The typical shock and its mirror image."""
    one = typical(events)
    return [one, *(other for other in events if other.share == -one.share)]


def _answer(market: CascadeMarket, events: Sequence[Event]) -> str:
    event = typical(events)
    reading = event.readings[market.chosen]
    split, start = reading.split, market.case.start
    shown = tiles(
        (
            Tile("It acts like", verdict(split), direction(event.share)),
            Tile("Beyond the shock", beyond(split.endogenous / start), "of price, every order in the market"),
            Tile("Branching, gamma", fixed(split.n_gamma), "mean along the path"),
            Tile("Branching, vega", fixed(split.n_vega), "flow and depth"),
            Tile("Distance to runaway", fixed(split.distance), "1 less both"),
            Tile("Under the venue's rules", beyond(reading.ruled.endogenous / start), "beyond the shock"),
        )
    )
    others = [answer(market, one) for one in events if one is not event]
    said = [paragraph(QUESTION, "note"), paragraph(answer(market, event), "lead"), shown]
    said += [paragraph(words) for words in (under_rules(market, event), band(market, event), jumped(reading)) if words]
    return section("answer", "The answer", *said, listing(others))


def _split(market: CascadeMarket, events: Sequence[Event]) -> str:
    figure = chart(
        "split-bars", split_figure(market, events), "Beyond the shock",
        "Parts of the move beyond each shock, with every liquidated position sold whole in the market, and under the "
        "venue's rules, which keep orders out of it.", modelled=market.modelled,
    )  # fmt: skip
    ratio = chart(
        "path",
        path_figure(market, both_ways(events)),
        "Branching along the way",
        "Forced price move of one unit of price move, by price, with liquidations spread over cells of 1 %.",
        modelled=market.modelled,
    )
    names = ["Beyond", "Gamma", "Vega flow", "Depth", "n gamma", "n vega", "Distance"]
    columns = [Column("Shock", number=False), *(Column(name) for name in names)]
    stated = market.case.vol.flow is not None
    lines, values = [], []
    for event in events:
        for name, reading in event.readings.items():
            label = direction(event.share) + (f", {name}" if len(event.readings) > 1 else "")
            kind = "subtotal" if name == market.chosen and len(event.readings) > 1 else ""
            lines.append(Line([label, *split_cells(reading, reading.split, stated)], kind))
        values.append(Line([direction(event.share), *shapley_cells(event.readings[market.chosen])]))
    two = [Column("Gamma", "% of price"), Column("Vega", "% of price"), Column("Interaction", "% of price")]
    three = [Column(name, "of the whole") for name in ("Gamma", "Vega flow", "Depth")]
    remarks = [
        f"{direction(event.share)}: {one}" for event in events if (one := capped(event.readings[market.chosen].split))
    ]
    return section(
        "split", "Negative gamma or vega expansion",
        f'<div class="pair">{figure}{ratio}</div>',
        listing([bounds(one.readings[market.chosen]) + f", {direction(one.share)}" for one in both_ways(events)]),
        *(paragraph(one, "note") for one in remarks),
        table(columns, lines, "split along the path"),
        paragraph("The path split says what each loop traded on the way; Shapley values say who needed whom.", "note"),
        table([Column("Shock", number=False), *two, *three], values, "Shapley values"),
    )  # fmt: skip


def _book(market: CascadeMarket) -> str:
    book = market.case.book
    words = (
        "Modelled books: three medians of leverage, none of them observed." if book.assumption else "Known positions."
    )
    figure = chart(
        "density", density_figure(market), "Liquidations by price",
        "Dollars that must be sold below and bought above the price of now, per 1 % of price.",
        modelled=book.assumption,
    )  # fmt: skip
    columns = [Column("Units", number=False), Column("ahead"), Column("never"), Column("unknown"), Column("together")]
    cells = (book.known_units, book.never_units, book.unknown_units, book.total_units)
    return section(
        "book", "Where liquidations stand", paragraph(words, "note"), figure,
        table(columns, [Line([market.asset, *(fixed(one, 0) for one in cells)])], "units of the book"),
    )  # fmt: skip


def _waterfall(market: CascadeMarket, events: Sequence[Event]) -> str:
    event = typical(events)
    reading = event.readings[market.chosen]
    fall = reading.waterfall
    figure = chart(
        "frames", frames_figure(fall), f"After a {direction(event.share)}, round by round",
        "Price, units forced (sold below zero), positions taken over at the mark, and what is left of the fund.",
        modelled=market.modelled,
    )  # fmt: skip
    names = frame_names(fall)
    columns = [Column("Round", number=False), *(Column(one[:1].upper() + one[1:]) for one in names)]
    lines = [Line([str(i + 1), *frame_cells(fall.frames[i], fall)]) for i in shown_frames(fall)]
    hidden = len(fall.frames) - len(lines)
    more = paragraph(f"{hidden} rounds between are not shown.", "note") if hidden else ""
    return section(
        "waterfall", "The waterfall", figure,
        paragraph("Units for flows, millions of USD for what is taken over, for the fund and for bad debt.", "note"),
        table(columns, lines, "the waterfall"), more,
    )  # fmt: skip


def _payers(market: CascadeMarket, events: Sequence[Event]) -> str:
    columns = [Column("USD since before the shock", number=False), *(Column(direction(e.share)) for e in events)]
    lasts = [event.readings[market.chosen].waterfall.frames[-1] for event in events]
    lines = [
        Line([words, *(usd(getattr(last.changes, name), signed=True) for last in lasts)])
        for name, words in PARTIES.items()
    ]
    lines.append(Line(["together", *(usd(float(sum(last.changes)), signed=True) for last in lasts)], "total"))
    taken = [
        Line([words, *(millions(sum(one.taken[i] for one in event.readings[market.chosen].waterfall.frames))
                       for event in events)])
        for i, words in enumerate(("taken by the backstop", "taken by insurance", "deleveraged"))
    ]  # fmt: skip
    heads = [Column("Million USD of notional", number=False), *columns[1:]]
    return section("payers", "Who pays", table(columns, lines, "who pays"), table(heads, taken, "taken over"))


def _own(events: Sequence[Event]) -> str:
    if not any(event.own for event in events):
        return ""
    columns = [Column("Position", number=False), Column("Now", "USD")]
    for event in events:
        columns += [Column(direction(event.share), "P&L of the shock"), Column("", "and the cascade")]
    lines = []
    for i, one in enumerate(events[0].own):
        cells = [
            usd(value - event.own[i].now, signed=True)
            for event in events
            for value in (event.own[i].after_shock, event.own[i].after_cascade)
        ]
        lines.append(Line([one.label, usd(one.now), *cells]))
    said = "Each position revalued in full, after the shock alone and where the waterfall ends."
    return section("own", "Your positions", paragraph(said, "note"), table(columns, lines, "your positions"))
