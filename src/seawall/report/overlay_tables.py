"""A rebuilt strategy index beside the published one: table and JSON."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from rich.markup import escape

from seawall.kernels.tails import max_drawdown
from seawall.market.history import History
from seawall.report.format import UNKNOWN, fixed, percent
from seawall.report.records import Record
from seawall.report.tables import DISCLAIMER, console, table_of
from seawall.sim.overlays import Days, Floats, Match, Rebuilt, match, published

RECENT: Final = dt.date(2007, 1, 1)
"""METHOD 8.4 asks for the years from 2007 apart."""


class Summary(NamedTuple):
    """Of month-end returns, per year: growth, deviation; the worst month; the deepest month-end drawdown (a share)."""

    growth: float
    deviation: float
    worst: float
    drawdown: float


class Compared(NamedTuple):
    """The index, its months, the published months where there are any, and both comparisons."""

    rebuilt: Rebuilt
    months: tuple[Days, Floats]
    theirs: tuple[Days, Floats] | None
    whole: Match | None
    recent: Match | None


def compared(index: Rebuilt, history: History) -> Compared:
    """Put a rebuilt index beside the published series of its name."""
    months, theirs = index.months(), published(history, index.name)
    if theirs is None:
        return Compared(index, months, None, None, None)
    return Compared(index, months, theirs, match(months, theirs), match(months, theirs, RECENT))


def summary(returns: Floats) -> Summary | None:
    """None with fewer than twelve months."""
    if returns.size < 12:
        return None
    path = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    growth = float(path[-1] ** (12.0 / returns.size) - 1.0)
    deviation = float(np.std(returns, ddof=1) * np.sqrt(12.0))
    return Summary(growth, deviation, float(returns.min()), max_drawdown(path).depth)


def facts(found: Compared) -> list[tuple[str, str]]:
    """Name and value of every figure, in order."""
    index, returns = found.rebuilt, found.months[1]
    rows = [("months", str(returns.size)), ("rolls", str(index.rolls.size)), ("level", fixed(float(index.level[-1])))]
    one = summary(returns)
    if one is not None:
        rows.append(("growth a year", percent(one.growth, 2)))
        rows.append(("deviation a year", percent(one.deviation, 2)))
        rows.append(("worst month", percent(one.worst, 2)))
        rows.append(("deepest drawdown, month ends", percent(one.drawdown, 2)))
    rows += [(f"points from {name}", fixed(value, 1, signed=True)) for name, value in index.profit.items()]
    rows.append(("option prices that are modelled", percent(index.modelled_share, 0)))
    return rows


def match_rows(found: Compared) -> list[tuple[str, ...]]:
    """Range, months, correlation, beta, bias and tracking error of each comparison."""
    return [
        (f"{m.first} to {m.last}", str(m.months), fixed(m.correlation, 3), fixed(m.beta, 3),
         percent(m.bias, 2, signed=True), percent(m.tracking_error, 2))
        for m in (found.whole, found.recent) if m is not None
    ]  # fmt: skip


MATCH_HEADS: Final = ("against the published index", "months", "correlation", "beta", "bias a year", "tracking error")
WORST_HEADS: Final = ("largest differences", "rebuilt", "published")


def worst_rows(found: Compared) -> list[tuple[str, ...]]:
    """The ten months that differ most."""
    if found.whole is None:
        return []
    return [(month, percent(ours, 2), percent(theirs, 2)) for month, ours, theirs in found.whole.worst]


def no_match(found: Compared) -> str:
    """Why there is no comparison; empty when there is one."""
    if found.whole is not None:
        return ""
    name = found.rebuilt.name
    if found.theirs is None:
        return f"the store has no published {name}: `seawall data import` a table of its levels to compare"
    return f"fewer than 24 months in common with the published {name}: correlation {UNKNOWN}"


def print_overlay(found: Compared) -> None:
    """Tables in the terminal."""
    out, index = console(), found.rebuilt
    title = f"{index.name} rebuilt, {index.dates[0]} to {index.dates[-1]}, 100 at its first roll"
    table = table_of(title, (("", "left"), (index.name, "right")))
    for row in facts(found):
        table.add_row(*row)
    out.print(table)
    for heads, rows in ((MATCH_HEADS, match_rows(found)), (WORST_HEADS, worst_rows(found))):
        if rows:
            more = table_of("", ((heads[0], "left"), *((name, "right") for name in heads[1:])))
            for cells in rows:
                more.add_row(*cells)
            out.print(more)
    if words := no_match(found):
        out.print(escape(words))
    for line in index.notes:
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print(DISCLAIMER)
    out.print()


def _match_record(m: Match | None) -> Record | None:
    if m is None:
        return None
    worst = [{"month": month, "rebuilt": ours, "published": theirs} for month, ours, theirs in m.worst]
    return m._asdict() | {"worst": worst}


def overlay_json(found: Compared) -> Record:
    """One object: monthly returns by month end, the comparison, profit by part, notes. Fractions, points, ISO dates."""
    index, (ends, returns) = found.rebuilt, found.months
    theirs = {}
    if found.theirs is not None:
        theirs = dict(zip(found.theirs[0].astype("datetime64[M]").tolist(), found.theirs[1].tolist(), strict=True))
    one = summary(returns)
    return {
        "index": index.name,
        "from": str(index.dates[0]),
        "to": str(index.dates[-1]),
        "level": float(index.level[-1]),
        "months": [
            {"month_end": str(day), "return": float(value), "published": theirs.get(day.astype("datetime64[M]").item())}
            for day, value in zip(ends, returns, strict=True)
        ],
        "summary": None if one is None else one._asdict(),
        "against_published": _match_record(found.whole),
        "since_2007": _match_record(found.recent),
        "profit_points": index.profit,
        "rolls": [str(day) for day in index.rolls],
        "modelled_share_of_option_prices": index.modelled_share,
        "notes": list(index.notes),
    }
