"""Tables and tiles of the condor's page."""

import json
import math
from typing import TYPE_CHECKING, Final

import numpy as np
from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import noted, panel, sheet
from seawall.app.desk.parts.states import empty
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.service.answers import Record
from seawall.app.service.condors import Moved
from seawall.report.format import fixed, percent, usd

if TYPE_CHECKING:
    from seawall.app.condor import CondorReport

Cell = tuple[float, float, float]
NAMES: Final = ("put wing", "short put", "short call", "call wing")
SAID: Final = {
    "payoff": "Profit of one condor over the price at expiry, with the market's odds behind it.",
    "day": "Map of profit over price and days passed, with the break-even contour.",
    "vol": "Map of profit over price and change of volatility, with the break-even contour.",
    "time": "Break-even prices by day until expiry.",
}
ON: Final = {True: "on", False: "off", None: "unknown"}


def _trace(report: "CondorReport", name: str, plain: str, unit: str, formula: str = "") -> Trace:
    of = report.signal.expiry
    return Trace(name, plain, unit, formula, of.source, f"{of.as_of:%Y-%m-%d %H:%M} UTC", str(of.origin))


def verdict(report: "CondorReport") -> None:
    """The line that says whether to stand aside."""
    from seawall.report.condor_tables import headline
    from seawall.report.condor_tables import verdict as said

    words = said(report.reasons)
    ui.label(words[:1].upper() + words[1:]).classes("sw-fact").props('role="status"').style("margin-top:.7rem")
    kit.note(headline(report.signal))


def tiles(report: "CondorReport", now: Moved) -> None:
    """What it pays, where it breaks even, what it can lose, and its odds with the tail beside."""
    found, last = now.found, now.found.odds[-1]
    evens = " / ".join(f"{one:,.0f}" for one in (found.low, found.high) if math.isfinite(one)) or "never"

    def of(name: str, plain: str, unit: str, formula: str = "") -> Trace:
        return _trace(report, name, plain, unit, formula)

    with ui.element("div").classes("sw-tiles"):
        credit = of("credit", "Sold at the bid, bought at the ask, less commissions.", "points",
                    "sum bid(short) - sum ask(long) - fees")  # fmt: skip
        tile("credit", fixed(found.credit), credit, f"{fixed(found.credit_mid)} at mid")
        tile("breaks even", evens, of("break-evens", "Prices at expiry without gain or loss.", "price",
                                      "short put - credit; short call + credit"), "price at expiry")  # fmt: skip
        loss = of("largest loss", "If the price ends beyond a wing.", "USD a condor", "100 (width - credit)")
        tile("largest loss", usd(found.max_loss_usd), loss, "USD a condor")
        risk = percent(report.signal.rule.risk)
        size = of("size", "Condors whose largest loss fits the risk.", "contracts", "floor(risk x equity / loss)")
        tile("size", str(now.contracts), size, f"at {risk} of equity")
        chance = of("win rate", f"Share of outcomes with a gain, by {last.witness}.", "share of outcomes")
        tile("win rate", percent(last.profit, 0), chance, f"skew {fixed(found.skews[-1])}")
        tail = of("CVaR95", "Mean loss of the worst twentieth of outcomes.", "USD a condor")
        tile("CVaR95", usd(last.cvar95_usd), tail, f"mean {usd(last.mean_usd, signed=True)}")


def odds(report: "CondorReport", now: Moved) -> None:
    """Every witness: win rate with mean, skew, CVaR and chance of the largest loss."""
    columns = [
        kit.words("label", "by"),
        kit.number("profit", "win rate", _trace(report, "win rate", "Share of outcomes with a gain.", "share")),
        kit.number("skew", "skew", _trace(report, "skew", "Third standardised moment of the payoff; negative: small "
                                          "gains, large losses.", "", "E (x - m)^3 / s^3")),
        kit.number("cvar", "CVaR95", _trace(report, "CVaR95", "Mean loss of the worst 5 %.", "USD a condor")),
        kit.number("mean", "mean", _trace(report, "mean", "Mean payoff, not discounted.", "USD a condor")),
        kit.number("worst", "full loss", _trace(report, "full loss", "Chance of the largest loss.", "share")),
    ]  # fmt: skip
    rows = [
        kit.record(
            str(i), {"label": one.witness.split(",")[0].split(" over ")[0]},
            {"profit": (one.profit, percent(one.profit)), "skew": (_known(skew), fixed(skew)),
             "cvar": (one.cvar95_usd, usd(one.cvar95_usd)), "mean": (one.mean_usd, usd(one.mean_usd, signed=True)),
             "worst": (one.worst, percent(one.worst))},
            more=json.dumps({"row": one.witness, "origin": str(one.origin)}),
        )
        for i, (one, skew) in enumerate(zip(now.found.odds, now.found.skews, strict=True))
    ]  # fmt: skip
    kit.table(columns, rows, "odds of the condor by witness", "none")


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def odds_rows(now: Moved) -> list[Record]:
    """The same for export."""
    return [
        {**one._asdict(), "origin": str(one.origin), "skew": _known(skew)}
        for one, skew in zip(now.found.odds, now.found.skews, strict=True)
    ]


def leg_rows(report: "CondorReport", now: Moved, cell: Cell) -> list[Record]:
    """Each leg with its quotes, and what it gains at a price, a day and a move of volatility."""
    from seawall.hedge.condor_maps import leg_profits

    of, legs = report.signal.expiry, now.found.legs
    gained = leg_profits(of, legs, np.array([cell[0]]), cell[1], np.array([cell[2]]))[:, 0]
    rows: list[Record] = [
        {
            "leg": name, "strike": leg.strike, "trade": "sell" if leg.units < 0.0 else "buy", "bid": leg.bid,
            "ask": leg.ask, "delta": leg.delta, "vol_points": 100.0 * leg.vol, "pnl_usd": float(profit),
            "price": cell[0], "day": cell[1], "moved_points": cell[2],
        }
        for name, leg, profit in zip(NAMES, legs, gained, strict=True)
    ]  # fmt: skip
    return rows


def legs(report: "CondorReport", now: Moved, cell: Cell) -> None:
    """The breakdown per leg."""
    rows = leg_rows(report, now, cell)
    fees = len(rows) * report.signal.rule.commission_usd
    whole = sum(row["pnl_usd"] for row in rows) - fees
    kit.note(
        f"At {cell[0]:,.0f} after {cell[1]:.1f} days, volatility {cell[2]:+.0f} points: {usd(whole, signed=True)} USD"
    )
    columns = [
        kit.words("leg", "leg"), kit.words("trade", "trade"),
        kit.number("strike", "strike", _trace(report, "strike", "Listed strike.", "points")),
        kit.number("bid", "bid", _trace(report, "bid", "What a seller gets.", "points")),
        kit.number("ask", "ask", _trace(report, "ask", "What a buyer pays.", "points")),
        kit.number("delta", "delta", _trace(report, "delta", "Size of the Black delta to the forward.", "0 to 1")),
        kit.number("vol_points", "vol", _trace(report, "volatility", "Of the smile at the strike.", "points")),
        kit.number("pnl_usd", "gain", _trace(report, "gain in the cell", "Value in the cell less the trade price.",
                                             "USD a condor")),
    ]  # fmt: skip
    digits = {"strike": 0, "bid": 2, "ask": 2, "delta": 3, "vol_points": 1, "pnl_usd": 0}
    shown = [
        kit.record(row["leg"], {"leg": row["leg"], "trade": row["trade"]},
                   {key: (row[key], fixed(row[key], n)) for key, n in digits.items()})
        for row in rows
    ]  # fmt: skip
    total = {"pnl_usd": (whole, usd(whole))} | {key: (None, "") for key in digits if key != "pnl_usd"}
    shown.append(kit.record("all", {"leg": "together, after fees", "trade": ""}, total, rank=1))
    kit.table(columns, shown, "legs of the condor in the chosen cell", "none")
    sheet("Orders for a broker (CSV)", "condor-orders.csv", lambda: order_rows(report, now))


def order_rows(report: "CondorReport", now: Moved) -> list[Record]:
    """The four legs as a broker's desk types them, for as many condors as the risk allows."""
    from seawall.report.order_sheet import condor_orders

    of = report.signal.expiry
    return condor_orders(now.found, of.root, of.day, now.contracts, str(of.origin))


def payoff_rows(now: Moved) -> list[Record]:
    """Payoff by price."""
    maps = now.maps
    return [
        {"price": float(x), "today_usd": float(a), "expiry_usd": float(b)}
        for x, a, b in zip(maps.price, maps.by_day[0], maps.by_day[-1], strict=True)
    ]


def map_rows(now: Moved, by: str) -> list[Record]:
    """A map, cell by cell."""
    maps = now.maps
    up, z = (maps.days, maps.by_day) if by == "day" else (maps.points, maps.by_vol)
    name = "day" if by == "day" else "vol_points"
    return [
        {"price": float(x), name: float(y), "pnl_usd": float(z[i, j])}
        for i, y in enumerate(up)
        for j, x in enumerate(maps.price)
    ]


def even_rows(now: Moved) -> list[Record]:
    """Break-even prices by day."""
    from seawall.hedge.condor_maps import crossings

    return [
        {"day": float(day), "break_even": value}
        for day, row in zip(now.maps.days, now.maps.by_day, strict=True)
        for value in crossings(now.maps.price, row)
    ]


def reasons(report: "CondorReport") -> None:
    """Every reason to stand aside, those that are on first."""
    rows = [
        {"rule": one.rule, "now": f"{ON[one.on]}{', hard' if one.hard else ''}", "why": one.text, "id": str(i)}
        for i, one in enumerate(report.reasons)
    ]
    place = panel("Reasons to stand aside", "Hard ones say do not sell.", lambda: rows)
    with place, ui.element("ul").classes("sw-alerts"):
        for one in rows:
            level = "act" if one["now"] == "on, hard" else "watch" if one["now"].startswith("on") else "note"
            with ui.element("li"):
                ui.label(str(one["now"]).split(",")[0]).classes(f"sw-level sw-level-{level}")
                with ui.element("div"):
                    ui.label(one["rule"])
                    kit.note(one["why"])


def rest(report: "CondorReport") -> None:
    """Ways out, tiers, and what is assumed."""
    from seawall.report.condor_tables import range_line

    with kit.half():
        exits = [{"rule": one.rule, "text": one.text} for one in report.signal.exits]
        with panel("Ways out", "", lambda: exits):
            if exits:
                kit.listing([f"{one['rule']}: {one['text']}" for one in exits])
            else:
                empty("There is nothing to leave.", "The signal takes no credit at bid and ask.")
        with panel("Tiers of the public glossary"):
            if report.tiers:
                kit.listing(
                    [f"{one.name}: {_tier(one.signal)} (claims {one.claimed}, unverified)" for one in report.tiers]
                )
            else:
                empty(
                    "The tiers enter after the close on quotes of that time.",
                    "Import a chain stamped after the close: `seawall condor CHAIN --preset glossary` shows them.",
                )
    edr = [] if report.daily_range is None else [range_line(report.daily_range)]
    noted("Not observed", [*report.signal.expiry.notes, *edr], "nothing: every price is a quote of the chain")


def _tier(signal: object) -> str:
    from seawall.hedge.condor import CondorSignal

    if not isinstance(signal, CondorSignal):
        return "no distance pays it"
    odd = signal.odds[-1]
    strikes = " / ".join(f"{strike:,.0f}" for strike in signal.strikes)
    return f"{strikes}, credit {signal.credit:.2f}, win rate {percent(odd.profit)}, CVaR95 {usd(odd.cvar95_usd)} USD"
