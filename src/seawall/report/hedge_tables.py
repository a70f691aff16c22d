"""A hedge decision in a terminal: state and why, shares, tickets, worst cases, cost, what would change it."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final

from rich.markup import escape

from seawall.core.status import Status
from seawall.hedge.endurance import REQUIRED, Endurance
from seawall.hedge.plan import HedgePlan, Returns, Risk
from seawall.hedge.reach import Share
from seawall.hedge.tickets import Ticket
from seawall.report.format import percent, usd
from seawall.report.tables import LEDGER_COLUMNS, console, ledger_cells, regime_lines, table_of
from seawall.signals.base import Reading
from seawall.signals.regime import RegimeReading

BUFFER_WORDS: Final = {
    Status.UNKNOWN: "unknown (equity or a carry is)",
    Status.NOT_SHORT: "none to read (not short convexity with a positive carry)",
}
LEGS: Final = 1
"""Positions of unknown volume named on one line."""
FEW_DAYS: Final = 1.0
WORST: Final = 3
"""Named shocks shown before and after."""
SHORT: Final = {"vix": "VIX", "slope": "VIX/VIX3M", "rsi": "RSI", "rv5": "RV5"}
MOST_SHOWN: Final = 10.0
"""Yearly rates above this, 1,000 %, are said to be above it."""


def print_hedge(plan: HedgePlan, verbose: bool = False) -> None:
    """One screen; ``verbose`` adds every input, what the sources say, and how the scenarios were made."""
    out = console()
    first = regime_lines(plan.regime) if verbose else state_lines(plan.regime)
    say([*first, *share_lines(plan.risk)])
    out.print()
    _print_tickets(plan)
    say([f"{one.rule}: {one.text}" for one in plan.advice])
    out.print()
    both = table_of("the whole book, USD", LEDGER_COLUMNS)
    both.add_row("before", *ledger_cells(plan.before.total))
    both.add_row("after", *ledger_cells(plan.after.total))
    out.print(both)
    say([*worst_lines(plan), *risk_lines(plan.risk), *endurance_lines(plan.endurance), cost_line(plan)])
    say([f"would change it: {line}" for line in plan.would_change])
    if verbose:
        for line in _background(plan):
            out.print(f"[dim]{escape(line)}[/dim]")


def say(lines: Iterable[str]) -> None:
    """Lines of words, broken at the width of the screen; what goes on is indented."""
    out = console()
    for line in lines:
        for part in wrap(line, out.width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False):
            out.print(escape(part))


def state_lines(regime: RegimeReading | None) -> list[str]:
    """The market state, the rule that made it so, and the figures it read; ``modelled`` where one was not observed."""
    if regime is None:
        return ["state unknown: no market history reaches this session; sized as in CALM"]
    fired = ", ".join(regime.fired) or "none"
    inputs = ", ".join(_input(name, one) for name, one in regime.inputs.items() if name in SHORT)
    missing = [note for note in regime.notes if "unavailable" in note]
    line = f"state {regime.state.name} on {regime.day} ({regime.rule}); triggers on: {fired}; {inputs}"
    return [line, *(f"  {note}" for note in missing)]


def _input(name: str, one: Reading) -> str:
    value = "unknown" if one.value is None else f"{100.0 * one.value if name == 'rv5' else one.value:,.2f}"
    return f"{SHORT[name]} {value}{'' if str(one.origin) == 'observed' else f' {one.origin}'}"


def _background(plan: HedgePlan) -> list[str]:
    lines = []
    for name, reading in plan.context:
        value = "unknown" if reading.value is None else f"{reading.value:,.3f}"
        note = f"  ({reading.note})" if reading.note else ""
        lines.append(f"context, no weight: {name} {value} {reading.origin}{note}")
    if plan.risk is not None:
        lines += [f"scenarios: {note}" for note in plan.risk.scenarios.notes]
    return lines


def _print_tickets(plan: HedgePlan) -> None:
    columns = (
        ("layer", "left"),
        ("trade", "left"),
        ("units", "right"),
        ("contract", "left"),
        ("limit", "right"),
        ("cost", "right"),
        ("margin", "right"),
        ("carry/yr", "right"),
        ("VIX +10", "right"),
        ("rule", "left"),
    )
    unverified = ", unverified" if plan.policy.unverified else ""
    named = f"policy {plan.policy.name} {plan.policy.digest}{unverified}"
    if not plan.tickets:
        say([f"no ticket, {named}"])
        return
    bound = plan.binding if plan.binding.startswith("no") else f"bound by {plan.binding}"
    table = table_of(f"tickets in USD, {named}, {bound}; nothing is sent", columns)
    for t in plan.tickets:
        table.add_row(
            t.layer, _trade(t), f"{t.contracts:g}", escape(t.contract.removeprefix(f"{t.layer} ")), limit_words(t),
            usd(t.cost_usd), usd(t.margin_usd), usd(-t.carry_usd_per_year), usd(dict(t.pays).get(10.0)), t.rule,
        )  # fmt: skip
    console().print(table)
    say([quotes_line(plan.tickets), *note_lines(plan.tickets)])


def _trade(ticket: Ticket) -> str:
    return f"{ticket.side}{'*' if ticket.closes else ''}"


def quotes_line(tickets: Sequence[Ticket]) -> str:
    """Where the quotes of the tickets come from, and which of them close."""
    seen: dict[str, list[str]] = {}
    for one in tickets:
        seen.setdefault(str(one.origin), []).append(one.layer)
    if len(seen) == 1:
        told = f"quotes {next(iter(seen))}"
    else:
        told = "quotes: " + "; ".join(f"{origin} {', '.join(dict.fromkeys(names))}" for origin, names in seen.items())
    return told + ("; * closes what the book holds" if any(one.closes for one in tickets) else "")


def note_lines(tickets: Sequence[Ticket]) -> list[str]:
    """What to check before some of the tickets are placed, each said once."""
    noted: dict[str, list[str]] = {}
    for one in tickets:
        if one.note:
            noted.setdefault(one.note, []).append(one.contract)
    return [f"{', '.join(names)}: {note}" for note, names in noted.items()]


def limit_words(ticket: Ticket) -> str:
    """Limit price of one unit: points for options and futures, dollars for coins; a credit says so."""
    unit = "USD" if ticket.legs[0].kind in ("perp", "power_perp") or ticket.legs[0].multiplier == 1.0 else "pt"
    if len(ticket.legs) > 1 and ticket.limit < 0.0:
        return f"{abs(ticket.limit):,.2f} credit"
    return f"{abs(ticket.limit):,.2f} {unit}"


def _share(one: Share) -> str:
    return f"{percent(one.value, 0)} ({percent(one.low, 0)} to {percent(one.high, 0)})"


def share_lines(risk: Risk | None) -> list[str]:
    """What VIX can and cannot do for this book, with 90 % intervals and the windows behind them."""
    if risk is None:
        return ["shares of the loss: none read (no short convexity, no VIX, or too short a history)"]
    r = risk.reach
    told = (
        f"shares of the loss: systemic {_share(r.systemic)}, within reach of VIX {_share(r.vix)}; crypto-native "
        f"{_share(r.crypto)}; neither {_share(r.residual)}; 90 % intervals, {r.windows:.0f} independent windows"
        f"{'' if r.status is Status.FOUND else f', {r.status.name.lower()}'}"
    )
    return [told, *(f"  {one}" for one in risk.recommendation.reasons[1:])]


def worst_lines(plan: HedgePlan) -> list[str]:
    """The worst named shocks of the book, before and after."""
    before, after = plan.before.total.pnl_by_shock, plan.after.total.pnl_by_shock
    worst = sorted(before, key=lambda name: before[name])[:WORST]
    return [f"worst cases, USD: {'; '.join(f'{n} {usd(before[n])} -> {usd(after[n])}' for n in worst)}"]


def risk_lines(risk: Risk | None) -> list[str]:
    """CVaR, what gamma and vega do apart and together, joint ruin and wrong-way layers, return."""
    if risk is None:
        return []
    lines = []
    if risk.fit is not None:
        thin = "" if risk.fit.tail_status is Status.FOUND else " (thin)"
        lines.append(
            f"CVaR{100 * risk.fit.level:.0f} over {risk.scenarios.steps} sessions, {risk.scenarios.count:,} scenarios: "
            f"{usd(risk.fit.cvar_before)} -> {usd(risk.fit.cvar_after)} USD{thin}, sized by {risk.fit.method}"
        )
    if risk.complement is not None:
        one = risk.complement
        lines.append(
            f"for the same budgets, CVaR in USD: gamma alone {usd(one.gamma_usd)}, VIX alone {usd(one.vega_usd)}, both "
            f"{usd(one.joint_usd)}"
        )
    wrong = [f"{one.name} (correlation {one.correlation:+.2f} in the tail)" for one in risk.wrong_way if one.wrong]
    told = [f"wrong-way layers: {', '.join(wrong) if wrong else 'none'}"]
    if risk.ruin_before.status is not Status.NEVER:
        ruin = f"{percent(risk.ruin_before.joint)} -> {percent(risk.ruin_after.joint)} of scenarios"
        told.append(f"joint ruin (liquidated with at most a quarter of the hedge left): {ruin}")
    return [*lines, "; ".join(told), *([] if risk.returns is None else [_returns(risk.returns)])]


def endurance_lines(one: Endurance | None) -> list[str]:
    """How long the book can wait and how fast it can leave: time buffer, days to flatten, layers that gain."""
    if one is None:
        return []
    days, gone = one.buffer.days, one.before
    words = BUFFER_WORDS.get(one.buffer.status, str(one.buffer.status))
    buffer = words if days is None else f"{days:,.0f} days at twice the break-even volatility"
    if gone.days is None:
        legs = ", ".join(gone.unknown[:LEGS]) + (f" and {len(gone.unknown) - LEGS} more" if gone.unknown[LEGS:] else "")
        leaving = f"unknown (no daily volume of {legs}): state `daily_volume:` in the book file"
    else:
        leaving = f"{_days(gone.days)} ({gone.slowest} is the slowest)"
    return [
        f"time buffer: {buffer}{', ALARM' if one.buffer.alarm else ''}; escape velocity at a tenth of daily volume: "
        f"{leaving}",
        _layers(one),
    ]


def _days(days: float) -> str:
    return f"{days:,.1f} days to flatten" if days >= FEW_DAYS else "within a day"


def _layers(one: Endurance) -> str:
    """Fewest layers that gain where the rest of the book loses, without and with the tickets."""
    if one.before.fewest is None or one.after.fewest is None:
        return "escape layers: the rest of the book loses in no named shock"
    old, new = (f"{each.gaining[each.fewest or '']} ({each.fewest})" for each in (one.before, one.after))
    met = f"{REQUIRED} asked for: {'met' if one.after.enough else 'not met'}"
    return f"escape layers: hedge layers that gain where the rest loses, fewest {old} -> {new}; {met}"


def _returns(one: Returns) -> str:
    points = ", ".join(f"+{size:g} {_rate(rate)}" for size, rate in one.by_points)
    line = f"internal rate of the tickets a year: {_rate(one.average)} on average; VIX on the next day {points}"
    if one.test is None:
        return line
    met = {True: "met", False: "not met", None: "unknown"}[one.test.met]
    return f"{line}; asked for 1.5 times the pools' yield, {_rate(one.test.hurdle)}: {met}"


def _rate(rate: float | None) -> str:
    if rate is None:
        return "unknown"
    return f"above {percent(MOST_SHOWN, 0)}" if rate > MOST_SHOWN else percent(rate, 0)


def cost_line(plan: HedgePlan) -> str:
    """Annual cost, what it is in equity and in the book's own income, and how many years of income the book costs."""
    cost = plan.carry_usd_per_year
    income = next((b.allowed for b in plan.budgets if b.name == "income share"), None)
    share = plan.policy.budgets.income
    whole = None if income is None or share == 0.0 else income / share
    nav = plan.book.nav_usd
    parts = [f"cost if the market stands still: {usd(cost)} USD a year"]
    if cost < 0.0:
        return f"the tickets earn {usd(-cost)} USD a year if the market stands still"
    if nav:
        parts.append(f"{percent(cost / nav, 2)} of equity")
    if whole and whole > 0.0:
        parts.append(f"{percent(cost / whole)} of the book's own income")
    return ", ".join(parts)
