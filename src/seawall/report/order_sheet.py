"""Orders as a broker's desk types them: one row a leg, with the contract's standard symbol, side, units and limit.

Symbols are those of the Options Clearing Corporation (Options Symbology Initiative, 2010): root in six places, expiry
as yymmdd, C or P, strike in thousandths in eight digits. Nothing is sent anywhere.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.candidates import OrderLeg
from seawall.hedge.condor_maps import Struck
from seawall.hedge.tickets import Ticket

ROOT_PLACES: Final = 6
LONGEST_STRIKE: Final = 100_000.0
KINDS: Final = {"option": "OPT", "future": "FUT", "perp": "PERP", "power_perp": "PERP", "cash": "CASH"}


def occ_symbol(root: str, expiry: dt.date, right: str, strike: float) -> str:
    """The 21 characters of a listed option; empty where the root or the strike does not fit."""
    if not 0 < len(root) <= ROOT_PLACES or not 0.0 < strike < LONGEST_STRIKE:
        return ""
    return f"{root:<{ROOT_PLACES}}{expiry:%y%m%d}{right[:1].upper()}{round(1000.0 * strike):08d}"


def _row(order: str, leg: OrderLeg, units: float, limit: float, note: str) -> dict[str, Any]:
    listed = leg.kind == "option" and leg.expiry is not None and leg.strike is not None and leg.right is not None
    symbol = occ_symbol(leg.root, leg.expiry, leg.right, leg.strike) if listed else ""  # type: ignore[arg-type]
    return {
        "order": order,
        "action": "BUY" if leg.ratio > 0.0 else "SELL",
        "quantity": abs(leg.ratio) * units,
        "symbol": symbol or leg.root,
        "security_type": KINDS[leg.kind],
        "root": leg.root,
        "expiry": None if leg.expiry is None else leg.expiry.isoformat(),
        "strike": leg.strike,
        "right": leg.right,
        "multiplier": leg.multiplier,
        "order_type": "LIMIT",
        "net_limit": abs(limit),
        "debit_or_credit": "DEBIT" if limit >= 0.0 else "CREDIT",
        "time_in_force": "DAY",
        "note": note,
    }


def ticket_orders(tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Legs of every ticket. ``net_limit`` is that of all legs of one ``order``, points a unit."""
    return [
        _row(one.id, leg, one.contracts, one.limit, f"{one.layer} {one.rule}; quotes {one.origin}")
        for one in tickets
        for leg in one.legs
    ]


def condor_orders(found: Struck, root: str, expiry: dt.date, contracts: int, origin: str) -> list[dict[str, Any]]:
    """The four legs of a condor, sold at bid and bought at ask; the limit is the net credit before fees, points."""
    names = ("put", "put", "call", "call")
    legs = [
        OrderLeg("option", root, leg.units, leg.bid, leg.ask, SPX_OPTION_MULTIPLIER, expiry, leg.strike, right)  # type: ignore[arg-type]
        for leg, right in zip(found.legs, names, strict=True)
    ]
    limit = sum(leg.ratio * leg.price for leg in legs)
    order = f"condor-{root}-{expiry:%Y%m%d}"
    return [_row(order, leg, float(contracts), limit, f"quotes {origin}") for leg in legs]
