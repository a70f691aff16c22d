"""Attribution in a terminal and for `--json`: the waterfall line by line, the answer, and what is not in it."""

from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from seawall.core.status import Status
from seawall.ledger.attribution import Attribution, BookAttribution
from seawall.ledger.terms import NAMES
from seawall.report.format import percent, usd
from seawall.report.records import finite
from seawall.report.tables import console

WORDS: Final = {
    "carry": "interest",
    "vol_of_vol": "own vol",
    "liquidation": "closing",
}


def word(name: str) -> str:
    """Heading of a term."""
    return WORDS.get(name, name)


def used_terms(found: BookAttribution) -> list[str]:
    """Terms that any line has, in order; the rest are zero everywhere."""
    return [name for name in NAMES if any(getattr(row.terms, name) != 0.0 for row in found.rows)]


def answer(found: Attribution) -> str:
    """Gamma or vega, in one line with what neither explains."""
    shares = found.shares
    left = f"residual {usd(found.residual_usd, signed=True)} USD"
    if found.status is Status.TAYLOR_WEAK:
        left += f", {found.status.name}: {found.status}, so trust the full revaluation"
    if shares.gamma is None:
        return f"neither gamma nor vega: nothing here is convex or moved with volatility; {left}"
    return (
        f"gamma {percent(shares.gamma, 0)} ({usd(shares.gamma_usd, signed=True)} USD with theta), "
        f"vega {percent(shares.vega, 0)} ({usd(shares.vega_usd, signed=True)} USD), vanna split half to each; {left}"
    )


def span(found: BookAttribution) -> str:
    """How long it took."""
    return f"{found.days:g} day{'' if found.days == 1.0 else 's'}"


def warnings(found: BookAttribution) -> list[str]:
    """What is in no figure."""
    lines = [f"left out, {reason}" for reason in found.left_out]
    return lines + [f"not known, in no figure: {income}" for income in found.total.unknown]


def print_attribution(found: BookAttribution) -> None:
    """One row a position, a group and the book; full revaluation first, then its causes."""
    out = console()
    shown = used_terms(found)
    title = f"{found.book.name}: {found.name}, {span(found)}, P&L in USD by cause"
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for i, head in enumerate(("", "full", *map(word, shown), "residual")):
        table.add_column(head, justify="left" if i == 0 else "right", no_wrap=True)
    groups = [(line, "dim") for line in found.groups] if len(found.groups) > 1 else []
    for line, style in [*((row, "") for row in found.rows), *groups, (found.total, "bold")]:
        label = f"all {line.label}" if style == "dim" else "total" if style else line.label
        weak = " weak" if line.status is Status.TAYLOR_WEAK else ""
        cells = [
            usd(line.full_usd),
            *(usd(getattr(line.terms, name)) for name in shown),
            f"{usd(line.residual_usd)}{weak}",
        ]
        table.add_row(escape(label), *cells, style=style or None)
    out.print(table)
    out.print(escape(answer(found.total)), style="bold")
    for warning in warnings(found):
        out.print(escape(warning))
    for note in found.notes:
        out.print(f"[dim]{escape(note)}[/dim]")
    out.print()


def _line(found: Attribution) -> dict[str, Any]:
    shares = found.shares
    return {
        "label": found.label,
        "group": found.group,
        "start_usd": finite(found.start_usd),
        "end_usd": finite(found.end_usd),
        "full_usd": finite(found.full_usd),
        "terms_usd": {name: finite(getattr(found.terms, name)) for name in NAMES},
        "residual_usd": finite(found.residual_usd),
        "gross_usd": finite(found.terms.gross),
        "status": found.status.name,
        "gamma_usd": finite(shares.gamma_usd),
        "vega_usd": finite(shares.vega_usd),
        "gamma_share": finite(shares.gamma),
        "vega_share": finite(shares.vega),
        "unknown": list(found.unknown),
    }


def attribution_record(found: BookAttribution) -> dict[str, Any]:
    """The whole attribution in dollars; shares are of the sizes of the gamma and the vega part."""
    return {
        "book": found.book.name,
        "event": found.name,
        "days": found.days,
        "rows": [_line(row) for row in found.rows],
        "groups": [_line(row) for row in found.groups],
        "total": _line(found.total),
        "answer": answer(found.total),
        "left_out": list(found.left_out),
        "assumptions": list(found.notes),
    }
