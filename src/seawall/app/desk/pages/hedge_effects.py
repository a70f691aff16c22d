"""What each ticket does alone: tail, gamma, spikes of VIX, with or against the book, and what to check."""

from typing import TYPE_CHECKING

from seawall.app.desk.pages.hedge_parts import Shown, trace
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.pane import Content, nothing
from seawall.app.service.answers import Record
from seawall.report.format import NOT_DEFINED, UNKNOWN, usd

if TYPE_CHECKING:
    from seawall.hedge.plan import HedgePlan
    from seawall.hedge.tickets import Ticket


def effect_rows(plan: "HedgePlan") -> list[Record]:
    """Effects of every ticket, for export; null where unknown."""
    return [_row(one) for one in plan.tickets]


def _row(one: "Ticket") -> Record:
    found = one.effects
    row: Record = {"id": one.id, "contract": one.contract, "closes": one.closes}
    row |= {"cvar_usd": None, "factor": None, "gamma_usd_per_pct": None, "break_even_vix": None,
            "tail_correlation": None, "wrong_way": None}  # fmt: skip
    if found is not None:
        row |= {
            "cvar_usd": found.cvar_usd,
            "factor": found.factor,
            "gamma_usd_per_pct": found.gamma_usd / 100.0,
            "break_even_vix": ", ".join(f"{level:.1f}" for level in found.break_even_vix) or None,
            "tail_correlation": found.tail_correlation,
            "wrong_way": found.wrong_way,
        }
    row |= {f"vix_up_{points:g}_usd": paid for points, paid in one.pays}
    return row | {"known_at": one.known_at.isoformat(), "netted": ", ".join(one.netted), "note": one.note}


def _way(row: Record) -> str:
    if row["wrong_way"] is None:
        return UNKNOWN
    return f"{'loses with it' if row['wrong_way'] else 'pays against it'} ({row['tail_correlation']:+.2f})"


def _check(row: Record) -> str:
    said = ["closes what is held"] if row["closes"] else []
    said += [f"netted against {row['netted']}"] if row["netted"] else []
    return "; ".join([*said, *([row["note"]] if row["note"] else [])])


def effects(held: Shown) -> Content:
    """What each ticket does alone."""
    rows = effect_rows(held.plan)
    if not rows:
        return nothing("No tickets.", "Nothing is changed, so there is nothing to check.")
    spikes = sorted({key for row in rows for key in row if key.startswith("vix_up_")}, key=lambda k: float(k[7:-4]))
    numbers = {
        "saved": ("CVaR95 saved", "CVaR95 of the book less that with it and nothing else; costs counted."),
        "gamma_usd_per_pct": ("gamma/1%", "Change of delta dollars of its underlying for a 1 % move."),
    } | {key: (f"VIX +{key[7:-4]}", "What it pays if VIX is that much higher on the next day.") for key in spikes}
    columns = [kit.words("contract", "contract")]
    columns += [kit.number(key, name, trace(held, name, told)) for key, (name, told) in numbers.items()]
    names = {"break_even_vix": "VIX to break even", "way": "in the book's tail", "check": "to check"}
    columns += [kit.words(key, name) for key, name in names.items()]
    shown = []
    for row in rows:
        row["saved"] = None if row["cvar_usd"] is None else -row["cvar_usd"]
        cells = {key: (row.get(key), UNKNOWN if row.get(key) is None else usd(row[key])) for key in numbers}
        texts = {"contract": row["contract"], "break_even_vix": row["break_even_vix"] or NOT_DEFINED,
                 "way": _way(row), "check": _check(row)}  # fmt: skip
        shown.append(kit.record(row["id"], texts, cells))
    return Content(list(numbers), shown, lambda: kit.table(columns, shown, "what each ticket does alone", "none"))
