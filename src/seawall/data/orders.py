"""Tickets as files that brokers and exchanges read. Nothing here connects anywhere: a person uploads them, or not.

* tastytrade: one row a leg with the field names of its order API, symbols in OCC form.
* ibkr: rows of a TWS basket; a combination is written leg by leg under one BasketTag: a basket row is one contract.
* deribit: JSON-RPC requests ``private/buy`` and ``private/sell`` on its USDC-settled contracts, priced in dollars.
* ccxt: arguments of ``create_order`` in ccxt's unified symbols.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from seawall.core.clock import sessions
from seawall.core.errors import InputError
from seawall.hedge.candidates import OrderLeg
from seawall.hedge.tickets import Ticket

Row = dict[str, str]

OPENING_ROOTS: Final = ("SPX", "VIX")
"""Options that settle on an opening print: their last trading day is the session before."""
MONTH_CODES: Final = "FGHJKMNQUVXZ"


class Target(NamedTuple):
    """Where an export goes, and in which form."""

    form: str
    path: Path


def checked_export(form: str | None, path: Path | None) -> Target | None:
    """Both or neither of format and file; raises ``InputError`` naming the formats."""
    if form is None and path is None:
        return None
    if form is None or path is None:
        raise InputError("--export names a format and --out a file: give both, or neither")
    if form not in FORMS:
        raise InputError(f"no export format {form!r}: there are {', '.join(FORMS)}")
    return Target(form, path)


def exported(tickets: Sequence[Ticket], form: str) -> str:
    """The file's text. Raises ``InputError`` when there is no ticket, or none that the place trades."""
    if not tickets:
        raise InputError("there is no ticket to export: the policy trades nothing today")
    text = FORMS[form](tickets)
    if not text:
        layers = ", ".join(sorted({one.layer for one in tickets}))
        raise InputError(f"no ticket of {layers} trades on {form}: try another of {', '.join(FORMS)}")
    return text


def occ_symbol(leg: OrderLeg) -> str:
    """An option's symbol in the form of the Options Clearing Corporation: root in six, date, side, strike x 1000."""
    if leg.expiry is None or leg.strike is None or leg.right is None:
        raise InputError(f"{leg.name} is no listed option: it has no such symbol")
    return f"{leg.root:<6}{leg.expiry:%y%m%d}{'C' if leg.right == 'call' else 'P'}{round(1000 * leg.strike):08d}"


def last_trading_day(leg: OrderLeg) -> dt.date:
    """Last day an option or future trades: the session before an opening print, else the day itself."""
    if leg.expiry is None:
        raise InputError(f"{leg.name} has no expiry")
    if leg.kind == "option" and leg.root in OPENING_ROOTS:
        before: dt.date = sessions(leg.expiry - dt.timedelta(days=10), leg.expiry - dt.timedelta(days=1))[-1].item()
        return before
    return leg.expiry


def _listed(leg: OrderLeg) -> bool:
    """Whether US brokers list it."""
    return leg.root in ("SPX", "SPXW", "VIX", "VX") and leg.kind in ("option", "future")


def _lines(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _tastytrade(tickets: Sequence[Ticket]) -> str:
    rows = []
    for number, ticket in enumerate(tickets, start=1):
        if not all(_listed(leg) for leg in ticket.legs):
            continue
        for leg in ticket.legs:
            future = leg.kind == "future"
            assert leg.expiry is not None  # noqa: S101 (listed)
            code = f"/VX{MONTH_CODES[leg.expiry.month - 1]}{leg.expiry.year % 10}" if future else occ_symbol(leg)
            rows.append(
                {
                    "order": str(number),
                    "symbol": code,
                    "instrument-type": "Future" if future else "Equity Option",
                    "action": f"{'Buy' if leg.ratio > 0.0 else 'Sell'} to {'Close' if ticket.closes else 'Open'}",
                    "quantity": f"{abs(leg.ratio) * ticket.contracts:g}",
                    "order-type": "Limit",
                    "price": f"{abs(ticket.limit):.2f}",
                    "price-effect": "Debit" if ticket.limit >= 0.0 else "Credit",
                    "time-in-force": "Day",
                }
            )
    return _lines(rows)


def _ibkr(tickets: Sequence[Ticket]) -> str:
    rows = []
    for ticket in tickets:
        if not all(_listed(leg) for leg in ticket.legs):
            continue
        for leg in ticket.legs:
            option = leg.kind == "option"
            rows.append(
                {
                    "Action": "BUY" if leg.ratio > 0.0 else "SELL",
                    "Quantity": f"{abs(leg.ratio) * ticket.contracts:g}",
                    "Symbol": "VIX" if leg.root == "VX" else leg.root.removesuffix("W"),
                    "SecType": "OPT" if option else "FUT",
                    "LastTradingDayOrContractMonth": f"{last_trading_day(leg):%Y%m%d}",
                    "Strike": f"{leg.strike:g}" if leg.strike is not None else "",
                    "Right": {"call": "C", "put": "P", None: ""}[leg.right],
                    "Exchange": "CBOE" if option else "CFE",
                    "Currency": "USD",
                    "Multiplier": f"{leg.multiplier:g}",
                    "TradingClass": leg.root,
                    "OrderType": "LMT",
                    "LmtPrice": f"{leg.price:.2f}",
                    "TimeInForce": "DAY",
                    "BasketTag": ticket.id,
                }
            )
    return _lines(rows)


def _deribit(tickets: Sequence[Ticket]) -> str:
    found: list[dict[str, Any]] = []
    for ticket in tickets:
        coin = ticket.legs[0].root.split("-")[0]
        if len(ticket.legs) != 1 or coin not in ("ETH", "BTC") or ticket.legs[0].kind == "power_perp":
            continue
        leg = ticket.legs[0]
        if leg.kind == "perp":
            name, price = f"{coin}_USDC-PERPETUAL", round(leg.price, 2)
        else:
            assert leg.expiry is not None and leg.strike is not None  # noqa: S101, PT018 (an option)
            day = f"{leg.expiry.day}{leg.expiry:%b%y}".upper()
            name = f"{coin}_USDC-{day}-{leg.strike:g}-{'C' if leg.right == 'call' else 'P'}"
            price = round(leg.price, 2)
        found.append(
            {
                "jsonrpc": "2.0",
                "id": len(found) + 1,
                "method": "private/buy" if leg.ratio > 0.0 else "private/sell",
                "params": {
                    "instrument_name": name,
                    "amount": round(abs(leg.ratio) * ticket.contracts, 4),
                    "type": "limit",
                    "price": price,
                    "label": ticket.id,
                },
            }
        )
    return json.dumps(found, indent=2) + "\n" if found else ""


def _ccxt(tickets: Sequence[Ticket]) -> str:
    found: list[dict[str, Any]] = []
    for ticket in tickets:
        leg = ticket.legs[0]
        coin = leg.root.split("-")[0]
        if len(ticket.legs) != 1 or coin not in ("ETH", "BTC") or leg.kind == "power_perp":
            continue
        symbol = f"{coin}/USDC:USDC"
        if leg.expiry is not None and leg.strike is not None:
            symbol += f"-{leg.expiry:%y%m%d}-{leg.strike:g}-{'C' if leg.right == 'call' else 'P'}"
        found.append(
            {
                "symbol": symbol,
                "type": "limit",
                "side": "buy" if leg.ratio > 0.0 else "sell",
                "amount": round(abs(leg.ratio) * ticket.contracts, 4),
                "price": round(leg.price, 2),
                "params": {"clientOrderId": ticket.id},
            }
        )
    return json.dumps(found, indent=2) + "\n" if found else ""


FORMS: Final[Mapping[str, Callable[[Sequence[Ticket]], str]]] = MappingProxyType(
    {"tastytrade": _tastytrade, "ibkr": _ibkr, "deribit": _deribit, "ccxt": _ccxt}
)
"""Formats by the name a user types."""
