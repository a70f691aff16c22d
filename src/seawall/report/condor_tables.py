"""Today's condor in a terminal and as one record: strikes, credit, odds, size, exits, and reasons to stand aside."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from seawall.hedge.condor import CondorSignal
from seawall.hedge.condor_tiers import Tier
from seawall.hedge.odds import Odds
from seawall.hedge.stand_aside import DailyRange, Reason, stands_aside
from seawall.ledger.breakeven import Roots
from seawall.report.format import fixed, percent, usd
from seawall.report.tables import DISCLAIMER, console, table_of

ON = {True: "on", False: "off", None: "unknown"}
NAMES = ("put wing", "short put", "short call", "call wing")


def verdict(reasons: Sequence[Reason]) -> str:
    """One line: stand aside, with the reasons that say so, or none of them does."""
    hard = [one.rule for one in reasons if one.on and one.hard]
    soft = [one.rule for one in reasons if one.on and not one.hard]
    unknown = [one.rule for one in reasons if one.on is None]
    told = f"stand aside: {', '.join(hard)}" if hard else "no hard reason to stand aside"
    care = f"; care: {', '.join(dict.fromkeys(soft))}" if soft else ""
    blind = f"; unknown: {', '.join(unknown)}" if unknown else ""
    return f"{told}{care}{blind}"


def headline(found: CondorSignal) -> str:
    """Underlying, time, expiry, expected range, and whether the quotes are real."""
    of = found.expiry
    move = of.expected_move
    straddle = "" if of.straddle is None else f", straddle {of.straddle:,.1f}"
    return (
        f"{of.underlying} {of.spot:,.2f} at {of.as_of:%Y-%m-%d %H:%M} UTC, {of.day} {of.root} "
        f"({365.0 * of.years:.1f} days), quotes {of.origin}; expected range {of.spot - move:,.0f} to "
        f"{of.spot + move:,.0f} (vol {100.0 * of.money_vol:.1f}, {move:,.1f} points{straddle})"
    )


def size_line(found: CondorSignal) -> str:
    """Contracts, and what they are in dollars."""
    one, two = found.sizes
    return (
        f"size: {found.contracts} at {percent(found.rule.risk)} of {usd(found.nav_usd)} USD (1 %: {one}, 2 %: {two}); "
        f"one can lose {usd(found.max_loss_usd)} USD and earn {usd(100.0 * found.credit)}"
    )


def range_line(found: DailyRange) -> str:
    """The glossary's expected daily range, as printed and scaled."""
    return (
        f"expected daily range of the public glossary: {found.as_printed:.1f} as printed (no unit), "
        f"{found.percent_of_spot:.2f} % of spot scaled (preset, unverified)"
    )


def _roots(roots: Roots) -> str:
    return " / ".join(f"{value:,.2f}" for value in roots.values) if roots.values else str(roots.status)


def print_condor(found: CondorSignal, reasons: Sequence[Reason], tiers: Sequence[Tier], edr: DailyRange | None) -> None:
    """The signal on one screen."""
    out = console()
    out.print(escape(headline(found)))
    out.print(f"[bold]{escape(verdict(reasons))}[/bold]\n")
    _print_legs(found)
    out.print(
        f"credit {found.credit:.2f} at bid and ask after fees, {found.credit_mid:.2f} at mid; breaks even at expiry at "
        f"{_roots(found.break_evens.at_expiry)}"
    )
    vols = [f"day {days:.0f}: {_roots(roots)}" for days, roots in found.break_evens.vol_points]
    out.print(escape(f"vol move in points that eats the decay: {', '.join(vols) if vols else 'expires within a day'}"))
    out.print(escape(size_line(found)))
    out.print()
    _print_odds(found.odds)
    if edr is not None:
        out.print(escape(range_line(edr)))
    if tiers:
        _print_tiers(tiers)
    out.print()
    columns = (("rule", "left"), ("now", "left"), ("why", "left"))
    table = table_of("reasons to stand aside", columns, wrapped=("why",))
    for one in reasons:
        word = f"{ON[one.on]}{' (hard)' if one.hard else ''}"
        table.add_row(one.rule, word, escape(one.text), style="bold" if one.on else "")
    out.print(table)
    out.print()
    for way in found.exits:
        out.print(escape(f"{way.rule}: {way.text}"))
    for line in (*found.expiry.notes, f"quotes: {found.expiry.source}"):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print(DISCLAIMER)


def _print_legs(found: CondorSignal) -> None:
    columns = (("", "left"), ("strike", "right"), ("trade", "left"), ("bid", "right"), ("ask", "right"),
               ("delta", "right"), ("vol", "right"), ("from spot", "right"))  # fmt: skip
    table = table_of("one condor, points", columns)
    for name, leg in zip(NAMES, found.legs, strict=True):
        away = leg.strike / found.expiry.spot - 1.0
        table.add_row(
            name, f"{leg.strike:,.0f}", "sell" if leg.units < 0.0 else "buy", f"{leg.bid:.2f}", f"{leg.ask:.2f}",
            f"{leg.delta:.3f}", f"{100.0 * leg.vol:.1f}", percent(away, 1, signed=True),
        )  # fmt: skip
    console().print(table)


def _print_odds(found: Sequence[Odds]) -> None:
    columns = (("odds at expiry, by", "left"), ("profit", "right"), ("mean USD", "right"), ("CVaR95 USD", "right"),
               ("largest loss", "right"), ("windows", "right"))  # fmt: skip
    table = table_of("one condor held to expiry: a win rate says nothing without the loss beside it", columns)
    for one in found:
        table.add_row(
            escape(f"{one.witness} ({one.origin})"), percent(one.profit), usd(one.mean_usd, signed=True),
            usd(one.cvar95_usd), percent(one.worst), fixed(one.windows, 0) if one.windows else "model",
        )  # fmt: skip
    console().print(table)


def _print_tiers(tiers: Sequence[Tier]) -> None:
    columns = (("tier", "left"), ("credit aimed at", "right"), ("strikes", "left"), ("credit", "right"),
               ("profit", "right"), ("mean USD", "right"), ("CVaR95 USD", "right"), ("claimed", "right"))  # fmt: skip
    table = table_of("tiers of the public glossary (preset, unverified)", columns)
    for one in tiers:
        aim = f"{one.low:.2f}-{one.high:.2f}"
        if one.signal is None:
            table.add_row(one.name, aim, "no distance pays it", *["-"] * 4)
            continue
        first = one.signal.odds[-1]
        strikes = " / ".join(f"{strike:,.0f}" for strike in one.signal.strikes)
        table.add_row(
            one.name, aim, strikes, f"{one.signal.credit:.2f}", percent(first.profit), usd(first.mean_usd, signed=True),
            usd(first.cvar95_usd), one.claimed,
        )  # fmt: skip
    console().print(table)


def condor_record(
    found: CondorSignal, reasons: Sequence[Reason], tiers: Sequence[Tier], edr: DailyRange | None
) -> dict[str, Any]:
    """The same as one JSON object; points, dollars a contract, shares of 1."""
    of = found.expiry
    return {
        "underlying": of.underlying,
        "as_of": of.as_of.isoformat(),
        "expiry": of.day.isoformat(),
        "root": of.root,
        "settles": of.settles.isoformat(),
        "origin": str(of.origin),
        "source": of.source,
        "spot": of.spot,
        "forward": of.forward,
        "vol": of.money_vol,
        "expected_move": of.expected_move,
        "straddle": of.straddle,
        "legs": [
            {"name": name, **leg._asdict(), "price": leg.price} for name, leg in zip(NAMES, found.legs, strict=True)
        ],
        "credit": found.credit,
        "credit_mid": found.credit_mid,
        "max_loss_usd": found.max_loss_usd,
        "break_even_prices": list(found.break_evens.at_expiry.values),
        "break_even_vol_points": {
            f"{days:g}": list(roots.values) or str(roots.status.name).lower()
            for days, roots in found.break_evens.vol_points
        },
        "odds": [{**one._asdict(), "origin": str(one.origin), "windows": one.windows or None} for one in found.odds],
        "nav_usd": found.nav_usd,
        "contracts": found.contracts,
        "contracts_at": {"0.01": found.sizes[0], "0.02": found.sizes[1]},
        "exits": [one._asdict() for one in found.exits],
        "stand_aside": stands_aside(tuple(reasons)),
        "reasons": [one._asdict() for one in reasons],
        "tiers": [
            {
                "name": one.name, "credit": [one.low, one.high], "claimed": one.claimed,
                "strikes": None if one.signal is None else list(one.signal.strikes),
                "found": None if one.signal is None else one.signal.credit,
            }
            for one in tiers
        ],
        "daily_range": None if edr is None else edr._asdict(),
        "notes": list(of.notes),
    }  # fmt: skip
