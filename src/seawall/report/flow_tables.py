"""The market-level block beside a ledger: dollars forced by moves of the price, never added to P&L (METHOD 5.1)."""

from collections.abc import Sequence

from rich.markup import escape

from seawall.report.cascade_tables import table
from seawall.report.cascade_words import MARKET_LEVEL
from seawall.report.format import percent, usd
from seawall.report.markup import Column, Line, paragraph, section
from seawall.report.markup import table as html_table
from seawall.report.records import Record
from seawall.report.tables import console
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.market_flows import MOVES, FlowRow


def _name(row: FlowRow) -> str:
    return f"{row.name}, {row.case}" if row.case else row.name


def print_flows(market: CascadeMarket, rows: Sequence[FlowRow]) -> None:
    """The block on a terminal."""
    out = console()
    heads = [percent(move, 0, signed=True) for move in MOVES]
    shown = table(f"Forced to trade in {market.asset}, USD on the way (sold < 0), before any impact", ["", *heads])
    for row in rows:
        shown.add_row(escape(_name(row)), *(usd(one) for one in row.usd))
    out.print(shown)
    for line in (MARKET_LEVEL, *market.assumptions):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print()


def flows_record(market: CascadeMarket, rows: Sequence[FlowRow]) -> Record:
    """The block as JSON."""
    return {
        "asset": market.asset,
        "moves": list(MOVES),
        "forced_usd": [{"component": row.name, "case": row.case or None, "usd": list(row.usd)} for row in rows],
        "assumptions": [MARKET_LEVEL, *market.assumptions],
    }


def flows_section(market: CascadeMarket, rows: Sequence[FlowRow]) -> str:
    """The block as a section of the ledger's page."""
    columns = [Column("USD on the way", number=False), *(Column(percent(move, 0, signed=True)) for move in MOVES)]
    lines = [Line([_name(row), *(usd(one) for one in row.usd)]) for row in rows]
    notes = [paragraph(line, "note") for line in (MARKET_LEVEL, *market.assumptions)]
    made = html_table(columns, lines, "forced to trade")
    return section("market-flows", f"Forced to trade in {market.asset}", made, *notes)
