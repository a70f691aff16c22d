"""Dealers' gamma on a terminal and as JSON: the conventions side by side, because their spread is what is not known."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from rich.markup import escape
from rich.table import Table

from seawall.instruments.dealer import Convention
from seawall.instruments.dealer_gamma import DealerGamma, DealerView
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed
from seawall.report.records import Record, finite
from seawall.report.tables import console

MILLION: Final = 1e6
STRIKES_SHOWN: Final = 12
EXPIRIES_SHOWN: Final = 12
HEDGE: Final = "Hedging goes the other way: dealers who gain delta sell the underlying."
STICKY: Final = "profile: each option repriced at each spot, its volatility held by strike, forwards moved with spot"
NEXT_MORNING: Final = "open interest of a session is known the next morning"


def millions(value: float | None) -> str:
    """Dollars in millions, with a sign."""
    return UNKNOWN if value is None else fixed(value / MILLION, 1, signed=True)


def zero_words(view: DealerView) -> str:
    """The zero-gamma levels, or why there is none."""
    return " / ".join(fixed(level, 1) for level in view.zero_gamma) or "none"


def notes_of(found: DealerGamma, notes: Sequence[str]) -> list[str]:
    """Everything a reader must know about the numbers: rules, and rows in no number."""
    book = found.book
    lines = [STICKY, NEXT_MORNING]
    if book.recomputed:
        lines.append(f"volatility of {book.recomputed:,} rows recomputed from their mid: the vendor has none")
    if book.borrowed:
        lines.append(f"volatility of {book.borrowed:,} rows taken from the other side of their strike")
    if book.underlying == "VIX":
        lines.append("VIX options are on futures: all are moved by the same percentage as the index")
    lines += [f"unknown: {u.rows:,} rows, {u.contracts:,.0f} contracts: {u.reason}" for u in found.unknown]
    return [*lines, *notes]


def _view_record(view: DealerView) -> Record:
    return {
        "assumption": view.convention.assumption,
        "gex_usd_per_pct": finite(view.usd_per_pct),
        "zero_gamma": list(view.zero_gamma),
        "zero_gamma_status": str(view.zero_status),
        "vanna_usd_per_point": finite(view.vanna_usd_per_point),
        "charm_usd_per_day": finite(view.charm_usd_per_day),
        "by_expiry": [
            {"expiry": str(one.expiry), "root": one.root, "gex_usd_per_pct": finite(one.usd_per_pct)}
            for one in view.by_expiry
        ],
        "by_strike": [
            {"strike": float(strike), "gex_usd_per_pct": finite(float(usd))}
            for strike, usd in zip(view.strikes, view.by_strike, strict=True)
        ],
        "buckets": [
            {
                "name": one.name,
                "contracts": one.contracts,
                "gex_usd_per_pct": finite(one.usd_per_pct) if one.contracts else None,
            }
            for one in view.buckets
        ],
        "profile": {"spot": view.spots.tolist(), "gex_usd_per_pct": view.profile.tolist()},
    }


def dealer_record(found: DealerGamma, notes: Sequence[str], repeat: str = "") -> Record:
    """The chosen convention at the top, all of them under ``conventions``; null where signed volume is missing."""
    book, view = found.book, found.view
    if view is None:
        raise AssertionError("the chosen convention was computed")
    everything: dict[str, Any] = {
        str(one): None if other is None else _view_record(other) for one, other in found.views.items()
    }
    return {
        "underlying": book.underlying,
        "as_of": book.as_of.isoformat(),
        "spot": book.spot,
        "convention": str(found.chosen),
        **_view_record(view),
        "conventions": everything,
        "rows": book.size,
        "recomputed_vols": book.recomputed,
        "borrowed_vols": book.borrowed,
        "unknown": [{"reason": u.reason, "rows": u.rows, "contracts": u.contracts} for u in found.unknown],
        "repeats": repeat or None,
        "notes": notes_of(found, notes),
    }


def _table(title: str, names: Sequence[str]) -> Table:
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for i, name in enumerate(names):
        table.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def print_dealers(found: DealerGamma, notes: Sequence[str], repeat: str = "") -> None:
    """Conventions, buckets, expiries and the largest strikes; then what is assumed and what is in no number."""
    out, book = console(), found.book
    out.print(_conventions(found))
    for one in Convention:
        suffix = "" if found.views[one] is not None else ": unknown, the chain has no signed volume"
        out.print(f"[dim]{one}: {escape(one.assumption)}{suffix}[/dim]")
    out.print(f"[dim]{HEDGE}[/dim]")
    shown = [view for view in found.views.values() if view is not None]
    table = _table(
        "By days to expiry, millions of USD per 1 %", ["days", "contracts", *(str(v.convention) for v in shown)]
    )
    for i, bucket in enumerate(shown[0].buckets):
        cells = (millions(v.buckets[i].usd_per_pct) if bucket.contracts else NOT_DEFINED for v in shown)
        table.add_row(bucket.name, fixed(bucket.contracts, 0), *cells)
    out.print(table)
    names = ["expiry", *(str(v.convention) for v in shown)]
    table = _table(f"By expiry, the first {EXPIRIES_SHOWN}, millions of USD per 1 %", names)
    for i, row in enumerate(shown[0].by_expiry[:EXPIRIES_SHOWN]):
        label = escape(f"{row.expiry} {row.root}".strip())
        table.add_row(label, *(millions(v.by_expiry[i].usd_per_pct) for v in shown))
    out.print(table)
    table = _table(f"By strike, the largest {STRIKES_SHOWN}, millions of USD per 1 %", ["strike", *names[1:]])
    gross = np.max(np.abs([v.by_strike for v in shown]), axis=0)
    for i in np.sort(np.argsort(gross)[::-1][:STRIKES_SHOWN]):
        table.add_row(fixed(float(shown[0].strikes[i])), *(millions(float(v.by_strike[i])) for v in shown))
    out.print(table)
    if repeat:
        out.print(f"not its own day: {escape(repeat)}")
    for line in notes_of(found, notes):
        out.print(f"[dim]assumed: {escape(line)}[/dim]" if not line.startswith("unknown") else escape(line))
    out.print(f"{book.size:,} rows counted")
    out.print()


def _conventions(found: DealerGamma) -> Table:
    book = found.book
    title = (
        f"{book.underlying}: dealer gamma, {book.as_of:%Y-%m-%d %H:%M} UTC, spot {fixed(book.spot)}, millions of USD"
    )
    names = ["convention", "gamma per 1 %", "zero gamma at", "vanna per point", "charm per day"]
    table = _table(title, names)
    for one, view in found.views.items():
        if view is None:
            table.add_row(str(one), *([UNKNOWN] * 4))
            continue
        table.add_row(
            str(one), millions(view.usd_per_pct), zero_words(view), millions(view.vanna_usd_per_point),
            millions(view.charm_usd_per_day), style="bold" if one is found.chosen else "",
        )  # fmt: skip
    return table
