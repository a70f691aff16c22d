"""The hedge's part of the page: the regime and its triggers, the tickets, and the replay with and without them."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from seawall.core.status import Status
from seawall.evidence.comparison import Path, Replay
from seawall.evidence.returns import TailLoss
from seawall.hedge.plan import HedgePlan
from seawall.ledger.exposure import Row
from seawall.report.charts import shock_bars
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, usd
from seawall.report.hedge_tables import cost_line, endurance_lines, risk_lines, share_lines, worst_lines
from seawall.report.markup import Cell, Column, Line, chart, listing, paragraph, section, table
from seawall.report.timeline import VOLMAGEDDON, marked_row, replay_chart
from seawall.signals.regime import ONSET_SLOPE, SLOPE_LAG, Regime, RegimeHistory, RegimeReading

TRIGGERS: Final = {
    "t1": f"VIX over VIX3M above {ONSET_SLOPE:g}, and higher than {SLOPE_LAG} sessions ago",
    "t2": "dealers short gamma",
    "t3": "funding of perpetuals more than two deviations from usual",
    "t4": "realised volatility of 5 sessions above VIX",
    "t5": "breadth of the market parts from the index",
    "t6": "an inflation print surprised, or is due",
}
INPUTS: Final = {
    "vix": ("VIX", "points"),
    "slope": ("VIX over VIX3M", "ratio"),
    "rsi": ("RSI", "0 to 100"),
    "rv5": ("Realised volatility, 5 sessions", "points"),
    "t2": ("Dealers short gamma (t2)", "0 or 1"),
    "t3": ("Funding beyond two deviations (t3)", "-1, 0 or 1"),
    "t5": ("Breadth parts from the index (t5)", "0 or 1"),
    "t6": ("Inflation prints (t6)", "0 or 1"),
}
_ABSENT: Final = re.compile(r"^(.+) unavailable: counted as 0$")


def absent_triggers(notes: Sequence[str]) -> frozenset[str]:
    """Triggers for which there was no data, as the notes of a regime name them."""
    found = [match[1].split(", ") for note in notes if (match := _ABSENT.match(note))]
    return frozenset(name for names in found for name in names)


def _trigger_lines(reading: RegimeReading, names: Sequence[str]) -> list[Line]:
    absent = absent_triggers(reading.notes)
    lines = []
    for name in names:
        fired = Cell("fired") if name in reading.fired else Cell("not fired")
        if name in absent:
            fired = Cell(UNKNOWN, "no data: counted as not fired")
        lines.append(Line([Cell(TRIGGERS.get(name, name), name), fired]))
    return lines


def _input_lines(reading: RegimeReading) -> list[Line]:
    lines = []
    for name, one in reading.inputs.items():
        what, unit = INPUTS.get(name, (name, ""))
        scale = 100.0 if name == "rv5" else 1.0
        value = UNKNOWN if one.value is None else fixed(scale * one.value, 3 if unit == "ratio" else 2)
        lines.append(Line([Cell(what, unit), value, Cell(str(one.origin), one.note)]))
    return lines


def regime_section(reading: RegimeReading | None, regimes: RegimeHistory) -> str:
    """The state on the hedge's session, what moved it there, and how common each state has been."""
    shares = [f"{state.name} {percent(float(np.mean(regimes.states == state)), 0)}" for state in Regime]
    common = f"Of {regimes.dates.size:,} sessions since {regimes.dates[0]}: {', '.join(shares)}."
    if reading is None:
        words = "unknown: no market history reaches this date; the layers are sized as in CALM."
        return section("regime", "The regime", paragraph(words, "lead"), paragraph(common))
    count = f"{reading.count} trigger{'' if reading.count == 1 else 's'} fired"
    lead = f"{reading.state.name} on {reading.day}. {count}; rule: {reading.rule.replace('>', ' → ').strip()}."
    fired = table(
        (Column("Trigger", number=False), Column("That day", number=False)),
        _trigger_lines(reading, tuple(regimes.triggers)),
        "triggers",
    )
    inputs = table(
        (Column("Input", number=False), Column("Value"), Column("Origin", number=False)),
        _input_lines(reading),
        "inputs of the regime",
    )
    return section(
        "regime",
        "The regime",
        paragraph(lead, "lead"),
        paragraph(f"{common} Known at {reading.known_at:%Y-%m-%d %H:%M} UTC.", "note"),
        f'<div class="pair">{fired}{inputs}</div>',
        resolved_part(reading),
    )


def resolved_part(reading: RegimeReading) -> str:
    """Where the sources contradict each other, and how it stands that day."""
    if not reading.resolved:
        return ""
    return paragraph("Where the sources contradict each other:", "note") + listing(reading.resolved)


TICKET_COLUMNS: Final = (
    Column("Ticket", number=False),
    Column("Contract", number=False),
    Column("Units", "as written"),
    Column("Mid", "points"),
    Column("Limit", "points"),
    Column("Cost", "USD"),
    Column("Carry", "USD per year"),
    Column("Vega", "USD per point"),
    Column("Bound by", number=False),
)


def _tickets(plan: HedgePlan) -> str:
    if not plan.tickets:
        return paragraph("No tickets.", "lead")
    lines = [
        Line(
            [
                Cell(t.rule, t.id),
                t.contract,
                f"{t.contracts:g}",
                fixed(t.mid),
                fixed(t.limit),
                usd(t.cost_usd),
                usd(-t.carry_usd_per_year),
                usd(t.vega_usd_per_point),
                t.binding,
            ]
        )
        for t in plan.tickets
    ]
    cost, carry = sum(t.cost_usd for t in plan.tickets), sum(t.carry_usd_per_year for t in plan.tickets)
    vega = sum(t.vega_usd_per_point for t in plan.tickets)
    lines.append(Line(["all tickets", "", "", "", "", usd(cost), usd(-carry), usd(vega), ""], "total"))
    return table(TICKET_COLUMNS, lines, "tickets")


def _budgets(plan: HedgePlan) -> str:
    columns = (Column("Budget", number=False), Column("Allows"), Column("Used"))
    lines = [
        Line([Cell(b.name, b.unit), NOT_DEFINED if b.allowed is None else usd(b.allowed), usd(b.used)])
        for b in plan.budgets
    ]
    return table(columns, lines, "budgets") if lines else ""


def _before_after(plan: HedgePlan) -> str:
    facts: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
        ("Value", "USD", lambda r: usd(r.exposure.value_usd)),
        ("Delta", "USD per 100 %", lambda r: usd(r.exposure.delta_usd)),
        ("Gamma", "USD per 1 %", lambda r: usd(r.gamma_usd_per_pct)),
        ("Vega", "USD per point", lambda r: usd(r.exposure.vega_usd_per_point)),
        ("Carry", "USD per year", lambda r: usd(r.exposure.carry_usd_per_year)),
        ("Worst shock", "USD", lambda r: usd(r.worst.usd)),
    )
    before, after = plan.before.total, plan.after.total
    lines = [Line([Cell(what, unit), of(before), of(after)]) for what, unit, of in facts]
    return table((Column("Whole book", number=False), Column("Before"), Column("After")), lines, "before and after")


def _shocks(plan: HedgePlan) -> str:
    before, after = plan.before.total.pnl_by_shock, plan.after.total.pnl_by_shock
    change = {name: after[name] - before[name] for name in before}
    best, least = max(change, key=lambda n: change[n]), min(change, key=lambda n: change[n])
    told = (
        f"The tickets add at most {usd(change[best], signed=True)} USD ({best}) and at least "
        f"{usd(change[least], signed=True)} USD ({least}) to the book's P&L; that change stands beside each bar."
    )
    one = "P&L of the whole book in each named shock; jumps are parametric, dated shocks are closes of that day."
    hedged = bool(plan.tickets)
    figure = shock_bars(plan.before, plan.after if hedged else None)
    return chart("shocks", figure, "What the hedge changes", told if hedged else one, modelled=True)


def hedge_section(plan: HedgePlan) -> str:
    """Tickets, advice, the budgets that bound them, and the book before and after."""
    layers = ", ".join(layer.name for layer in plan.policy.layers)
    lead = f"Policy {plan.policy.name} ({plan.policy.digest}): layers {layers}, bound by {plan.binding}."
    advice = [f"{one.rule}: {one.text}" for one in plan.advice]
    told = [
        *share_lines(plan.risk),
        *worst_lines(plan),
        *risk_lines(plan.risk),
        *endurance_lines(plan.endurance),
        cost_line(plan),
    ]
    told += [f"would change it: {line}" for line in plan.would_change]
    return section(
        "hedge",
        "Tickets and advice",
        paragraph(lead, "lead"),
        _tickets(plan),
        f'<div class="advice">{listing(advice)}</div>' if advice else "",
        listing(told),
        f'<div class="pair">{_budgets(plan)}{_before_after(plan)}</div>',
        _shocks(plan),
    )


def _tail(one: TailLoss) -> Cell:
    thin = "few independent windows" if one.status is Status.THIN else ""
    return Cell(percent(one.value, 2), thin)


def _worst_window(path: Path) -> Cell:
    span = path.record.worst_window
    return Cell(UNKNOWN) if span is None else Cell(percent(span.size, 2), f"{span.start} to {span.end}")


def with_without(replay: Replay, day: dt.date = VOLMAGEDDON) -> str:
    """The record of every path side by side."""
    facts: list[tuple[str, str, Callable[[Path], Cell | str]]] = [
        ("Growth", "per year", lambda p: percent(p.record.growth, 2)),
        ("Volatility", "per year", lambda p: percent(p.record.volatility, 2)),
        ("Deepest drawdown", "peak to trough", _deepest),
        ("CVaR 95, 1 session", "mean of the worst 5 %", lambda p: _tail(p.record.cvar(1))),
        ("CVaR 95, 5 sessions", "overlapping", lambda p: _tail(p.record.cvar(5))),
        ("CVaR 95, 21 sessions", "overlapping", lambda p: _tail(p.record.cvar(21))),
        ("Worst month", "calendar", lambda p: Cell(percent(p.record.worst_month.size, 2), _month(p))),
        ("Worst 21 sessions", "", _worst_window),
        ("Ulcer index", "", lambda p: percent(p.record.ulcer, 2)),
        ("Skew", "of sessions", lambda p: fixed(p.record.skew, 2)),
        ("Last equity", "USD", lambda p: usd(float(p.nav[-1]))),
    ]
    row = marked_row(replay, day)
    if row is not None:
        facts.insert(2, ("Move of one session", str(day), lambda p: percent(p.move(row), 2, signed=True)))
    lines = [Line([Cell(what, unit), *(of(path) for path in replay.paths)]) for what, unit, of in facts]
    columns = [Column("After costs", number=False), *(Column(path.name) for path in replay.paths)]
    return table(columns, lines, "with and without the hedge" if replay.hedged is not None else "the plan")


def _deepest(path: Path) -> Cell:
    span = path.record.max_drawdown
    return Cell(percent(span.size, 2), f"{span.start} to {span.end}")


def _month(path: Path) -> str:
    return f"{path.record.worst_month.start:%Y-%m}"


def _counted(replay: Replay) -> str:
    one = replay.hedge_result.counts()
    bound: dict[str, int] = {}
    for year in one.binding.values():
        for name, times in year.items():
            bound[name] = bound.get(name, 0) + times
    most = max(bound, key=lambda name: bound[name]) if bound else ""
    binding = f" The budget that bound most often was the {most.replace('_', ' ')}." if bound.get(most) else ""
    coins = (
        f" Pools were re-centred {one.recentred} times; perps traded {one.rebalanced} times and were liquidated "
        f"{one.liquidated} times."
        if any(replay.hedge_result.assets)
        else ""
    )
    hedges = (
        f" Hedge layers: {one.bought} purchases, {one.rolled} rolls, {one.boosted} boosts, {one.monetised} sales at a "
        f"multiple, {one.exited} exits; on {one.starved} sessions a layer wanted options and no whole lot fitted its "
        f"budgets.{binding}"
    )
    return f"{one.opened} positions opened, {one.settled} settled.{hedges if replay.hedged is not None else ''}{coins}"


def replay_section(replay: Replay, regimes: RegimeHistory, name: str) -> str:
    """The picture, the table, and what both say in words."""
    from seawall.report.tables import verdict

    said = verdict(replay)
    caption = "Equity and drawdown of every path, daily marks after costs; the band below is the market regime."
    row = marked_row(replay)
    if row is not None and replay.hedged is not None:
        alone, hedged = (percent(path.move(row), 2, signed=True) for path in (replay.alone, replay.hedged))
        caption = (
            f"On {VOLMAGEDDON} the program moved {alone} alone and {hedged} with its hedge; "
            "the band below is the market regime."
        )
    titled = f"{name}, {replay.dates[0]} to {replay.dates[-1]}" if name else f"{replay.dates[0]} to {replay.dates[-1]}"
    return section(
        "replay",
        "Was the hedge worth its cost?" if replay.hedged is not None else "What the plan did",
        paragraph(f"{said[0].upper()}{said[1:]}.", "lead"),
        chart("equity", replay_chart(replay, regimes), titled, caption, modelled=True),
        with_without(replay),
        paragraph(_counted(replay), "note"),
    )
