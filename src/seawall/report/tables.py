"""Results as tables in a terminal: numbers aligned, unknown said in words, every assumption below."""

import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seawall.core.status import Status
from seawall.evidence.comparison import Path, Replay
from seawall.ledger.breakeven import BreakEvens, Roots
from seawall.ledger.exposure import Ledger, Row
from seawall.ledger.margin import account_margins, power_notes
from seawall.report.format import percent, points, usd
from seawall.report.margin_blocks import print_margins
from seawall.signals.regime import RegimeReading

NARROWEST = 128
"""Columns a ledger needs; narrower terminals wrap rather than lose a figure."""
VOLMAGEDDON: Final = dt.date(2018, 2, 5)
DISCLAIMER = "Not financial advice. Modelled inputs are listed above; a claim that fails is published as failed."


def console(needed: int = NARROWEST) -> Console:
    """A console on stdout, wide enough for the ledger; a reader that has seen enough (`| head`) is no fault."""
    probe = Console(file=sys.stdout)
    made = Console(file=sys.stdout, width=max(probe.width, needed), highlight=False)
    setattr(made, "on_broken_pipe", _left)  # noqa: B010 (rich asks for a subclass; it would leave with 1, a defect)
    return made


def _left() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nowhere to go
    raise SystemExit(0)


def print_text(text: str) -> None:
    """One plain line."""
    console().print(escape(text))


def table_of(title: str, columns: Sequence[tuple[str, str]], wrapped: Sequence[str] = ()) -> Table:
    """An empty table of columns (name, side); only the ``wrapped`` ones may break a line."""
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=name not in wrapped)  # type: ignore[arg-type]
    return table


def _share(row: Row) -> str:
    if row.share is None:
        return "-"
    if row.share.product is None:
        return f"<= {percent(row.share.at_most, 0)}"
    return percent(row.share.product, 0)


def _break_even(row: Row) -> str:
    if row.break_even_vol is not None:
        return points(100.0 * row.break_even_vol)
    return "unknown" if row.break_even_status is Status.UNKNOWN else "-"


def ledger_cells(row: Row) -> list[str]:
    """Figures of one row of a ledger, in the order of ``LEDGER_COLUMNS``."""
    e = row.exposure
    return [
        usd(e.value_usd),
        usd(e.delta_usd),
        usd(row.gamma_usd_per_pct),
        usd(e.vega_usd_per_point),
        usd(row.theta_usd_per_day),
        usd(e.carry_usd_per_year),
        usd(row.rent_usd_per_year),
        percent(row.convexity_yield, 2) if row.convexity_yield is not None else "-",
        _break_even(row),
        _share(row),
        usd(row.worst.usd),
    ]


LEDGER_COLUMNS = (
    ("", "left"),
    ("value", "right"),
    ("delta", "right"),
    ("gamma/1%", "right"),
    ("vega/pt", "right"),
    ("theta/day", "right"),
    ("carry/yr", "right"),
    ("rent/yr", "right"),
    ("yield", "right"),
    ("BE vol", "right"),
    ("VIX share", "right"),
    ("worst case", "right"),
)


def print_ledger(ledger: Ledger) -> None:
    """The exposure table in dollars, subtotals by factor, the total, and what is modelled."""
    out = console()
    nav = "" if ledger.book.nav_usd is None else f", equity {usd(ledger.book.nav_usd)} USD"
    table = table_of(f"{ledger.book.name}: one ledger, USD, {ledger.state.now:%Y-%m-%d %H:%M} UTC{nav}", LEDGER_COLUMNS)
    for row in ledger.rows:
        table.add_row(escape(row.label), *ledger_cells(row))
    table.add_section()
    for row in ledger.by_factor:
        table.add_row(escape(row.label), *ledger_cells(row), style="dim")
    table.add_row(
        "total", *ledger_cells(ledger.total)[:-2], _total_share(ledger), usd(ledger.total.worst.usd), style="bold"
    )
    out.print(table)
    worst = ledger.total.worst
    out.print(
        f"worst case of the book: {usd(worst.usd)} USD in {escape(worst.shock)}; each row shows its own worst shock"
    )
    horizon = ledger.total.exposure.horizon_vega_usd_per_point
    if horizon is not None:
        out.print(f"pools: vega to a 30-day horizon {usd(horizon)} USD a point, never added to option vega")
    out.print()
    print_margins(account_margins(ledger.book, ledger.state), out)
    for line in ledger.state.assumptions():
        out.print(f"[dim]not observed: {escape(line)}[/dim]")
    for line in power_notes(ledger.book, ledger.state):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print()


def _total_share(ledger: Ledger) -> str:
    low, high = percent(ledger.share_at_least, 0), percent(ledger.share_at_most, 0)
    return low if low == high else f"{low}..{high}"


def _roots(roots: Roots, unit: str = "") -> str:
    if not roots.values:
        return str(roots.status)
    return " / ".join(f"{value:,.2f}{unit}" for value in roots.values)


def print_break_evens(found: BreakEvens) -> None:
    """Break-evens of one factor, every root found."""
    out = console()
    table = table_of(
        f"{found.factor} at {found.spot:,.2f}: break-evens against {found.reference} ({usd(found.reference_usd)} USD)",
        (("", "left"), ("where", "left")),
    )
    when = "nothing expires" if found.expiry_days is None else f"price at first expiry ({found.expiry_days:.1f} days)"
    table.add_row(when, _roots(found.at_expiry))
    table.add_row("price today", _roots(found.today))
    realised = Roots(tuple(100.0 * v for v in found.realised_vol.values), found.realised_vol.status)
    table.add_row("realised vol that eats the carry", _roots(realised, " points"))
    for days, roots in found.vol_points:
        table.add_row(f"vol move that eats {days:.0f} day{'s' if days != 1 else ''} of carry", _roots(roots, " points"))
    for shock, roots in found.days_to_repay:
        table.add_row(f"days of carry to repay {escape(shock)}", _roots(roots))
    out.print(table)
    out.print()
    _print_surface(found, out)


def _print_surface(found: BreakEvens, out: Console) -> None:
    moves = sorted({point.vol_points for point in found.surface})
    table = table_of(
        "break-even prices by days passed (down) and vol move in points (across)",
        (("days", "right"), *((f"{move:+.0f}", "left") for move in moves)),
    )
    for days in sorted({point.days for point in found.surface}):
        cells = {point.vol_points: point.roots for point in found.surface if point.days == days}
        shown = [
            " / ".join(f"{v:,.0f}" for v in cells[m].values) if cells[m].values else cells[m].status.name.lower()
            for m in moves
        ]
        table.add_row(f"{days:.0f}", *shown)
    out.print(table)
    out.print()


def regime_lines(regime: RegimeReading | None) -> list[str]:
    """State, triggers, inputs with what stood in for them, and contradictions of the sources, a line each."""
    if regime is None:
        return ["regime: unknown (no market history reaches this date)"]
    fired = ", ".join(regime.fired) if regime.fired else "none"
    lines = [
        f"regime {regime.day}: {regime.state.name} by rule {regime.rule}; triggers on: {fired} (count {regime.count})"
    ]
    for name, reading in regime.inputs.items():
        value = "unknown" if reading.value is None else f"{reading.value:,.3f}"
        note = f"  ({reading.note})" if reading.note else ""
        lines.append(f"  {name:<16} {value:>10}  {reading.origin}{note}")
    return [*lines, *(f"  {note}" for note in regime.notes), *(f"  sources: {one}" for one in regime.resolved)]


def _path_rows(replay: Replay, marked: dt.date) -> list[tuple[str, list[str]]]:
    facts: list[tuple[str, Callable[[Path], str]]] = [
        ("growth a year", lambda p: percent(p.record.growth, 2)),
        ("volatility", lambda p: percent(p.record.volatility, 2)),
        ("max drawdown", lambda p: percent(p.record.max_drawdown.size, 2)),
        ("CVaR95, 1 day", lambda p: percent(p.record.cvar(1).value, 2)),
        ("CVaR95, 21 days", lambda p: percent(p.record.cvar(21).value, 2)),
        ("worst month", lambda p: percent(p.record.worst_month.size, 2)),
        ("skew of days", lambda p: f"{p.record.skew:.2f}"),
        ("final equity, USD", lambda p: usd(float(p.nav[-1]))),
    ]
    found = np.flatnonzero(replay.dates == np.datetime64(marked, "D"))
    if found.size:
        facts.append((f"move on {marked}", lambda p: percent(p.move(int(found[0])), 2)))
    return [(name, [of(path) for path in replay.paths]) for name, of in facts]


def print_replay(name: str, replay: Replay, marked: dt.date = VOLMAGEDDON) -> None:
    """The program alone, with its hedge, and held smaller; ``marked`` is a session whose move is shown."""
    out = console()
    table = table_of(
        f"{name}, {replay.dates[0]} to {replay.dates[-1]}, daily marks, after costs",
        (("", "left"), *((path.name, "right") for path in replay.paths)),
    )
    for label, cells in _path_rows(replay, marked):
        table.add_row(label, *cells)
    out.print(table)
    out.print(escape(verdict(replay)))
    for line in replay.hedge_result.modelled:
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print(DISCLAIMER)
    out.print()


def verdict(replay: Replay) -> str:
    """What the paths say in words; one sample, so a description and not a claim."""
    if replay.hedged is None or replay.delevered is None:
        share = percent(replay.hedge_result.modelled_share, 0)
        return f"the plan has no hedge to compare; {share} of what its positions moved rests on modelled prices"
    alone, hedged = replay.alone.record, replay.hedged.record
    cost = percent(alone.growth - hedged.growth, 2)
    cut = percent(alone.max_drawdown.size - hedged.max_drawdown.size, 2)
    text = f"in this sample the hedge cost {cost} a year of growth and changed the deepest drawdown by {cut}"
    if replay.smaller is None:
        return f"{text}; no smaller book earns the same mean: {replay.delevered.reason}"
    return f"{text}; {_against_smaller(replay.hedged, replay.smaller)}"


def _against_smaller(hedged: Path, smaller: Path) -> str:
    better = hedged.record.max_drawdown.size < smaller.record.max_drawdown.size
    depth = percent(smaller.record.max_drawdown.size, 2)
    word = "the hedge beat" if better else "the hedge did not beat"
    return f"{word} simply holding less ({smaller.name}: same mean daily return, drawdown {depth})"
