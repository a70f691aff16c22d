"""Liquidation events as facts typed in with their sources; a folder with the full tables may replace the numbers."""

import csv
from pathlib import Path
from typing import Final

from seawall.core.errors import InputError, UnknownParameterError
from seawall.sim.event_replay import Fact, Setting

TABLE: Final = "event_2025_10_10.csv"
_TIMING: Final = "HyperMultiAssetedADL, cascade timing analysis"
_AMBERDATA: Final = "Amberdata blog, October 2025"

OCTOBER_2025: Final = {
    "window volume": Fact(
        "liquidations in 40 minutes", 0.70 * 9.89e9, "USD", "all venues tracked: 70 % of 9.89 bn in 14 hours",
        _AMBERDATA,
    ),
    "peak minute": Fact("liquidations in the peak minute", 3.21e9, "USD", "all venues tracked, 21:15 UTC", _AMBERDATA),
    "depth fall": Fact("fall of order-book depth", 0.90, "share", "key exchanges, more than", "FTI Consulting, quoted"),
    "ADL share of events": Fact(
        "deleveragings among forced closes", 34983.0 / (34983.0 + 63637.0), "share of events",
        "Hyperliquid, 12 minutes", _TIMING,
    ),
    "ADL waves": Fact("waves of deleveraging", 16.0, "", "Hyperliquid", "pluriholonomic, bad-debt waves"),
    "ADL duration": Fact("first to last deleveraging", 12 * 60.0, "s", "Hyperliquid, 21:16 to 21:27 UTC", _TIMING),
    "lag to first ADL": Fact("first liquidation to first deleveraging", 61.704502, "s", "Hyperliquid", _TIMING),
    "open interest fall": Fact("fall of open interest", 0.186, "share", "BTC perpetuals", "Binance Square"),
    "long share": Fact("longs among liquidations", 0.839, "share", "all venues tracked", _AMBERDATA),
    "ADL notional": Fact("deleveraged notional", 2103111430.86, "USD", "Hyperliquid, 12 minutes", "HyperReplay"),
    "winner leverage": Fact("median leverage of winners", 0.1776, "x", "Hyperliquid, cross accounts", "HyperReplay"),
    "deficit": Fact("realised deficit", 100063386.69, "USD", "Hyperliquid, 16 waves", "pluriholonomic"),
    "headline": Fact("liquidations, headline", 19.1e9, "USD", "another definition: press, all venues", "press"),
}  # fmt: skip
"""Each with its own definition; none is a part of another unless it says so."""

ROWS: Final = {
    "lag to first ADL": ("lag first liquidation -> first ADL", 1.0),
    "peak minute": ("peak minute 21:15 UTC", 1.0),
    "depth fall": ("order-book depth collapse", 0.01),
    "open interest fall": ("BTC perp OI drop", 0.01),
    "ADL notional": ("ADL notional, 12 min (21:16-21:27 UTC), Hyperliquid", 1.0),
    "winner leverage": ("median leverage of ADLd winners", 1.0),
    "deficit": ("realised deficit, 16 waves", 1.0),
    "headline": ("headline CEX+DEX liquidations", 1.0),
}
"""Fact, its row in the table, and the factor from the table's unit."""
ASSUMED: Final = Setting(
    open_interest_usd=40e9, shock=0.10, vol=0.45, vol_response=3.0, max_leverage=40.0, maintenance=0.0125,
    insurance_usd=5e7,
)  # fmt: skip
"""No fact states these. Maintenance and leverage are Hyperliquid's first BTC tier, all others round numbers."""
EVENTS: Final = ("2025-10-10",)


def event_facts(name: str, folder: Path | None) -> dict[str, Fact]:
    """Facts of an event; numbers of a table in ``folder`` replace those typed in. Raises ``UnknownParameterError``."""
    if name not in EVENTS:
        raise UnknownParameterError(f"unknown event {name!r}: known are {', '.join(EVENTS)}")
    facts = dict(OCTOBER_2025)
    if folder is None:
        return facts
    table = _table(folder / TABLE)
    for key, (row, factor) in ROWS.items():
        if row in table:
            facts[key] = facts[key]._replace(value=factor * table[row])
    whole, part = table.get("all-venue liquidations 14 h"), table.get("40-minute share")
    if whole is not None and part is not None:
        facts["window volume"] = facts["window volume"]._replace(value=0.01 * part * whole)
    closed, liquidated = table.get("ADL events"), table.get("liquidation events in window")
    if closed is not None and liquidated is not None:
        facts["ADL share of events"] = facts["ADL share of events"]._replace(value=closed / (closed + liquidated))
    return facts


def _table(path: Path) -> dict[str, float]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) > 1]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError(
            f"{path} cannot be read ({type(fault).__name__}): --facts names a folder with {TABLE}"
        ) from None
    found = {}
    for number, row in enumerate(rows[1:], start=2):
        try:
            found[row[0]] = float(row[1])
        except ValueError:
            raise InputError(f"{path.name}:{number}: {row[1]!r} is not a number: repair the table") from None
    return found
