"""A replayed event as one page: the answer, the days, the causes, margin, hedge layers, the log, what is assumed."""

from typing import Final

from seawall.core.datum import Origin
from seawall.report.attribution_page import waterfall
from seawall.report.attribution_tables import warnings
from seawall.report.format import UNKNOWN, percent, usd
from seawall.report.markup import Cell, Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document
from seawall.report.replay_charts import days_figure, margin_figure, market_figure
from seawall.report.replay_tables import (
    ONE_EVENT,
    causes,
    coins_of,
    day_cells,
    day_heads,
    layer_cells,
    log_lines,
    margin_words,
    offset_word,
    shown_days,
    worst_day,
)
from seawall.sim.replay_book import BookReplay

LINKS: Final = {
    "answer": "Answer",
    "by-day": "Day by day",
    "margin-path": "Margin",
    "layers": "Hedge layers",
    "log": "Action log",
}
DAYS_READING: Final = (
    "As if: the session of today's calendar that the day of the event stands for. Gamma holds theta, vega its second "
    "order, vanna is split half to each; other is income, closing of positions, and the residual. Sum and hedges count "
    "from the eve; margin and excess are those of the close."
)
LOG_READING: Final = (
    "Text only: nothing was traded. The state is read from the event's own VIX and VIX3M as known at each close; rules "
    "about positions look at today's book. A rule is told when it first fires."
)


def event_page(found: BookReplay) -> str:
    """A book through an event as one HTML document."""
    path = found.path
    span = f"{path.days[0]} to {path.days[-1]}, {len(found.days)} steps from {path.how}"
    body = (
        _answer(found),
        _days(found),
        _causes(found),
        _margin(found),
        _layers(found),
        _log(found),
        section("assumed", "What is assumed", listing(found.notes)),
    )
    return document(f"{found.book.name} in {path.name}", span, body, LINKS)


def _answer(found: BookReplay) -> str:
    last, worst = found.days[-1], worst_day(found)
    equity = found.start.equity_usd
    whole = found.whole.total.full_usd
    share = "" if equity is None else f", {percent(whole / equity, 1, signed=True)} of equity"
    least = [day.need.excess_usd for day in found.days if day.need.excess_usd is not None]
    facts = (
        Tile("The event", usd(whole, signed=True), f"USD{share}"),
        Tile("Worst day", usd(worst.attribution.total.full_usd, signed=True), f"USD on {worst.event}"),
        Tile("Hedges", usd(last.hedges_usd, signed=True), "USD"),
        Tile("Offset", offset_word(found.offset), "of the rest's loss, this event"),
        Tile("Least excess margin", usd(min(least)) if least else UNKNOWN, "USD over what is required"),
    )
    return section("answer", "The answer", tiles(facts), paragraph(causes(found)), paragraph(ONE_EVENT, "note"))


def _synthetic(found: BookReplay) -> bool:
    return any(leg.origin is not Origin.OBSERVED for leg in found.path.legs.values())


def _days(found: BookReplay) -> str:
    coins, shown = coins_of(found), shown_days(found)
    words = {"event day", "as if", "state"}
    columns = [Column(head if head in ("P&L", *coins, "SPX", "VIX") else head.capitalize(), "", head not in words)
               for head in day_heads(coins)]  # fmt: skip
    lines = [Line([Cell(cell) for cell in day_cells(day, coins)]) for day in shown]
    quiet = len(found.days) - len(shown)
    return section(
        "by-day",
        "Day by day",
        chart("waterfall-days", days_figure(found), "Profit and loss by day",
              "Every step of the event from zero, the whole of it at the end.", modelled=True),
        chart("sums", market_figure(found, coins), "The book and its market",
              "Sums since the eve, and today's levels moved by the event; drawn over the event's own dates.",
              modelled=_synthetic(found)),
        table(columns, lines, "days of the event"),
        paragraph(f"{quiet} quiet days are not in the table." if quiet else "", "note") if quiet else "",
        paragraph(DAYS_READING, "note"),
    )  # fmt: skip


def _causes(found: BookReplay) -> str:
    picture = chart(
        "causes", waterfall(found.whole), "What moved it", "Every cause over all days, and what none explains.",
        modelled=True,
    )  # fmt: skip
    rows = sorted(found.whole.rows, key=lambda row: row.full_usd)
    columns = [Column("Position", "", number=False), Column("Eve", "USD"), Column("End", "USD"), Column("P&L", "USD")]
    lines = [
        Line([Cell(row.label, row.group), usd(row.start_usd), usd(row.end_usd), usd(row.full_usd, signed=True)])
        for row in rows
    ]
    total = found.whole.total
    lines.append(Line(["total", usd(total.start_usd), usd(total.end_usd), usd(total.full_usd, signed=True)], "total"))
    return section(
        "attribution",
        "Cause by cause",
        picture,
        table(columns, lines, "P&L by position"),
        listing(warnings(found.whole)),
    )


def _margin(found: BookReplay) -> str:
    accounts = [(one.name, i) for i, one in enumerate(found.start.accounts)]
    rows = []
    for name, i in accounts:
        path = [found.start.accounts[i], *(day.need.accounts[i] for day in found.days)]
        gone = [row for row, one in enumerate(path) if one.equity_usd <= one.maintenance_usd]
        when = "never" if not gone else str(found.path.days[gone[0]])
        rows.append(Line([name, usd(path[0].equity_usd), usd(path[0].maintenance_usd), when]))
    columns = [Column("Account", "", number=False), Column("Equity", "USD, eve"), Column("Maintenance", "USD, eve"),
               Column("Liquidated", "", number=False)]  # fmt: skip
    return section(
        "margin-path",
        "Margin",
        chart("margin-days", margin_figure(found), "Equity and what it must cover",
              "Margin at each close by the rules of the book's options and venues; nothing is closed to meet it.",
              modelled=True),
        listing(margin_words(found)),
        table(columns, rows, "perp accounts") if rows else "",
    )  # fmt: skip


def _layers(found: BookReplay) -> str:
    if not found.layers:
        return section("layers", "Hedge layers", paragraph("No hedge in the book."))
    columns = [Column("Layer", "", number=False), Column("Worth on the eve", "USD"), Column("Gained", "USD"),
               Column("Carry", "USD a year"), Column("Of the loss"), Column("Positions", "", number=False)]  # fmt: skip
    lines = [Line(layer_cells(found, one.layer)) for one in found.layers]
    return section("layers", "What each hedge layer paid", table(columns, lines, "hedge layers"))


def _log(found: BookReplay) -> str:
    columns = [Column(name, "", number=False) for name in ("Day", "Rule", "Action")]
    lines = [Line(list(one)) for one in log_lines(found)]
    made = table(columns, lines, "action log") if lines else paragraph("No rule fired.")
    return section("log", "Action log", made, paragraph(LOG_READING, "note"))
