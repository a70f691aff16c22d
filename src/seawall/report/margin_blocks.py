"""Margin of accounts and isolated perps: a terminal table, a section of the page, and records for `--json`."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seawall.core.status import Status
from seawall.kernels.margin import Liquidation
from seawall.ledger.exposure import Ledger
from seawall.ledger.margin import AccountMargin, LegMargin, account_margins, finite_price, margin_notes
from seawall.report.format import NOT_DEFINED, fixed, percent, usd
from seawall.report.markup import Cell, Column, Line, listing, paragraph, section, table

HEADS: Final = (
    ("account", ""),
    ("equity", "USD"),
    ("maintenance", "USD"),
    ("ratio", "maintenance over equity"),
    ("nearest", "market"),
    ("liquidation", "price"),
    ("distance", "of the mark"),
    ("sd", "daily standard deviations"),
    ("backstop", "price"),
    ("bankruptcy", "price"),
    ("P&L", "USD since entry"),
)
TEXT_COLUMNS: Final = (0, 4)
WORDS: Final = {Status.NEVER: "never", Status.BREACHED: "BREACHED"}


def price_words(found: Liquidation) -> str:
    """A price, or the word for there being none."""
    return WORDS.get(found.status) or fixed(found.price, 2)


def _since_entry(margin: AccountMargin) -> float | None:
    known = [leg.pnl_usd for leg in margin.legs if leg.pnl_usd is not None]
    return sum(known) if len(known) == len(margin.legs) else None


def _leg_cells(leg: LegMargin) -> list[str]:
    price = finite_price(leg.bankruptcy)
    return [
        leg.factor,
        price_words(leg.liquidation),
        NOT_DEFINED if leg.distance is None else percent(leg.distance, 1, signed=True),
        NOT_DEFINED if leg.deviations is None else fixed(leg.deviations, 1),
        price_words(leg.backstop),
        "never" if price is None else fixed(price, 2),
    ]


def _cells(margin: AccountMargin) -> list[str]:
    nearest = margin.nearest or margin.legs[0]
    ratio = "BREACHED" if margin.status is Status.BREACHED else percent(margin.ratio, 1)
    return [
        margin.name,
        usd(margin.equity_usd),
        usd(margin.maintenance_usd),
        ratio,
        *_leg_cells(nearest),
        usd(_since_entry(margin)),
    ]


def print_margins(margins: Sequence[AccountMargin], out: Console) -> None:
    """One row an account, and one a leg below a cross account; nothing without perps."""
    if not margins:
        return
    shown = Table(
        title="margin", title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for i, (name, _) in enumerate(HEADS):
        shown.add_column(name, justify="left" if i in TEXT_COLUMNS else "right", no_wrap=True)
    for margin in margins:
        shown.add_row(*(escape(cell) for cell in _cells(margin)))
        for leg in margin.legs if len(margin.legs) > 1 else ():
            cells = [f"  {leg.label}", "", "", "", *_leg_cells(leg), usd(leg.pnl_usd)]
            shown.add_row(*(escape(cell) for cell in cells), style="dim")
    out.print(shown)
    for note in margin_notes(margins):
        out.print(f"[dim]{escape(note)}[/dim]")
    out.print()


def margin_section(ledger: Ledger) -> str:
    """The accounts of a book on its page; empty without perps."""
    margins = account_margins(ledger.book, ledger.state)
    if not margins:
        return ""
    columns = [Column(n.capitalize(), unit, i not in TEXT_COLUMNS) for i, (n, unit) in enumerate(HEADS)]
    lines: list[Line] = []
    for margin in margins:
        head, *rest = _cells(margin)
        venue = f" · {margin.venue}" if margin.venue else ""
        lines.append(Line([Cell(head, f"{margin.mode}{venue}"), *rest]))
        for leg in margin.legs if len(margin.legs) > 1 else ():
            lines.append(Line([leg.label, "", "", "", *_leg_cells(leg), usd(leg.pnl_usd)], "subtotal"))
    lead = "How far each account stands from the price at which its venue closes it."
    notes = listing(margin_notes(margins))
    return section("margin", "Margin", paragraph(lead), table(columns, lines, "margin by account"), notes)


def _price(found: Liquidation) -> dict[str, Any]:
    return {"price": finite_price(found.price), "status": found.status.name, "meaning": str(found.status)}


def leg_record(leg: LegMargin) -> dict[str, Any]:
    """One leg; prices in quote units, null where there is none."""
    funding = leg.funding
    return {
        "label": leg.label,
        "factor": leg.factor,
        "size": leg.size,
        "mark": leg.mark,
        "liquidation": _price(leg.liquidation),
        "backstop": _price(leg.backstop),
        "bankruptcy_price": finite_price(leg.bankruptcy),
        "distance": leg.distance,
        "distance_daily_deviations": leg.deviations,
        "volatility": leg.volatility,
        "volatility_source": leg.volatility_source,
        "pnl_since_entry_usd": leg.pnl_usd,
        "funding_per_year": None
        if funding is None
        else {"value": funding.value, "origin": str(funding.origin), "source": funding.source},
    }


def margin_record(margin: AccountMargin) -> dict[str, Any]:
    """One account; ``margin_ratio`` null without equity."""
    return {
        "name": margin.name,
        "venue": margin.venue,
        "mode": margin.mode,
        "collateral_usd": margin.collateral_usd,
        "equity_usd": margin.equity_usd,
        "maintenance_usd": margin.maintenance_usd,
        "equity_coin": margin.equity_coin,
        "margin_ratio": margin.ratio,
        "status": margin.status.name,
        "pnl_since_entry_usd": _since_entry(margin),
        "nearest": None if margin.nearest is None else margin.nearest.label,
        "margin_rules": margin.terms,
        "legs": [leg_record(leg) for leg in margin.legs],
    }
