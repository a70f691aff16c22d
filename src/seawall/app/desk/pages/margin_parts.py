"""The reader's own accounts on the waterfall's page: liquidation price, distance, and the time buffer of the book."""

import json
from typing import TYPE_CHECKING, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.app.service.margins import Margins
from seawall.core.status import Status
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, usd

if TYPE_CHECKING:
    from seawall.ledger.margin import AccountMargin, LegMargin

BUFFER: Final = "365 C / (1/2 |Gamma$| sigma_s^2 - carry), sigma_s twice the break-even volatility"
COLUMNS: Final = (
    ("mark", "mark", "price", "Price the venue marks at."),
    ("liquidation", "liquidation", "price", "Price at which the venue closes it, the other markets standing still."),
    ("distance", "distance", "share of the mark", "How far the mark must move until then."),
    ("deviations", "sd", "daily standard deviations", "The same move in days' worth of its volatility."),
    ("ratio", "margin ratio", "maintenance over equity", "At 1 it is liquidated."),
    ("equity", "equity", "USD", "Collateral and what is gained or lost since entry."),
)


def rows(found: Margins) -> list[Record]:
    """Every leg for export."""
    return [
        {"account": account.name, "venue": account.venue, "mode": account.mode, "equity_usd": account.equity_usd,
         "maintenance_usd": account.maintenance_usd, "margin_ratio": account.ratio, "leg": leg.label,
         "mark": leg.mark, "liquidation": _price(leg), "status": leg.liquidation.status.name,
         "distance": leg.distance, "daily_deviations": leg.deviations,
         "time_buffer_days_of_the_book": found.buffer.days}
        for account in found.accounts
        for leg in account.legs
    ]  # fmt: skip


def _price(leg: "LegMargin") -> float | None:
    return leg.liquidation.price if leg.liquidation.status is Status.FOUND else None


def show(seen: Viewed, found: Margins) -> None:
    """A panel with the buffer, the nearest liquidation, and a row for every leg."""
    about = "What closes a position of yours, how far that is, and how long the equity of the book lasts."
    with panel("Your margin", about, lambda: rows(found)):
        _tiles(seen, found)
        if not found.accounts:
            kit.note("No account or isolated perp in this book: nothing can be liquidated.")
            return
        _table(seen, found)
        for line in found.notes:
            kit.note(line)


def _trace(seen: Viewed, name: str, plain: str, unit: str, formula: str = "", source: str = "docs/perps.md") -> Trace:
    return Trace(name, plain, unit, formula, source, f"{seen.state.now:%Y-%m-%d %H:%M} UTC", "modelled")


def _tiles(seen: Viewed, found: Margins) -> None:
    days, reached = found.buffer.days, [one for one in found.accounts if one.nearest is not None]
    with ui.element("div").classes("sw-tiles"):
        plain = "Days the equity lasts at twice the break-even volatility; below 5 it is an alarm."
        told = UNKNOWN if days is None else f"{days:,.0f} days" if days < 1e6 else "no end"
        note = str(found.buffer.status) if days is None else "below 5: act" if found.buffer.alarm else "whole book"
        tile("time buffer", told, _trace(seen, "time buffer", plain, "days", BUFFER, "docs/hedge.md"), note)
        if not reached:
            return
        first = min(reached, key=_nearness)
        leg = first.nearest
        if leg is None or leg.distance is None or leg.deviations is None:
            return
        nearest = _trace(seen, "nearest liquidation", "Of all accounts, in daily deviations.", "price")
        tile("nearest liquidation", fixed(leg.liquidation.price, 2), nearest, leg.label)
        away = _trace(seen, "distance", "How far the mark must move.", "share of the mark", "liquidation / mark - 1")
        tile("distance", percent(leg.distance, 1, signed=True), away, f"{leg.deviations:.1f} daily deviations")


def _nearness(account: "AccountMargin") -> float:
    leg = account.nearest
    return float("inf") if leg is None or leg.deviations is None else leg.deviations


def _table(seen: Viewed, found: Margins) -> None:
    columns = [kit.words("leg", "position"), kit.words("mode", "margin")]
    columns += [kit.number(key, label, _trace(seen, label, plain, unit)) for key, label, unit, plain in COLUMNS]
    shown = []
    for account in found.accounts:
        for leg in account.legs:
            price, ratio = _price(leg), account.ratio
            numbers = {
                "mark": (leg.mark, fixed(leg.mark, 2)),
                "liquidation": (price, str(leg.liquidation.status) if price is None else fixed(price, 2)),
                "distance": (leg.distance, NOT_DEFINED if leg.distance is None else percent(leg.distance, 1)),
                "deviations": (leg.deviations, NOT_DEFINED if leg.deviations is None else fixed(leg.deviations, 1)),
                "ratio": (ratio, "breached" if ratio is None else percent(ratio, 1)),
                "equity": (account.equity_usd, usd(account.equity_usd)),
            }
            more = json.dumps({"row": leg.label, "source": account.terms})
            shown.append(
                kit.record(f"{account.name}-{leg.label}", {"leg": leg.label, "mode": account.mode}, numbers, more)
            )
    kit.table(columns, shown, "margin of your accounts", "none")
