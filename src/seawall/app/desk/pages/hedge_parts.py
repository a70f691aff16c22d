"""Tiles and tables of the hedge's page."""

from typing import TYPE_CHECKING, Final, Protocol

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.pane import Content, Face, nothing
from seawall.app.desk.parts.panel import sheet
from seawall.app.desk.parts.states import empty
from seawall.app.desk.parts.traced import Trace, of_term
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, usd

if TYPE_CHECKING:
    from seawall.hedge.endurance import Endurance
    from seawall.hedge.plan import HedgePlan
    from seawall.ledger.exposure import Row

SIDES: Final = (
    ("value_usd", "value"), ("delta_usd", "delta"), ("gamma", "gamma/1%"), ("vega", "vega/pt"),
    ("carry", "carry/yr"), ("worst", "worst case"),
)  # fmt: skip


class Shown(Protocol):
    """What the tables read."""

    seen: Viewed
    plan: "HedgePlan"


def trace(held: Shown, name: str, plain: str, unit: str = "USD", formula: str = "") -> Trace:
    """What stands behind a number of the page."""
    when = f"{held.seen.state.now:%Y-%m-%d %H:%M} UTC"
    return Trace(
        name, plain, unit, formula, "own rules, docs/hedge.md", when, "modelled: VIX options of the curve's rule"
    )


def tiles(held: Shown) -> list[Face]:
    """What the tickets cost and what they change."""
    plan = held.plan
    cost = sum(one.cost_usd for one in plan.tickets)
    before, after = plan.before.total.worst, plan.after.total.worst
    units = sum(one.contracts for one in plan.tickets)
    carried = trace(held, "carry", "If the market stands still; the protecting tickets.", "USD a year")
    shown = [
        Face("units", f"{units:,g}", trace(held, "units", "Of every ticket.", "contracts or coins"), _bound(plan)),
        Face("cost", usd(cost), trace(held, "cost", "Premium and fees at the limits."), "USD now"),
        Face("carry", usd(-plan.carry_usd_per_year), carried, "USD a year"),
        Face("worst before", usd(before.usd), trace(held, "worst case", "Worst of the named shocks."), before.shock),
        Face("worst after", usd(after.usd), trace(held, "worst case", "Worst of the named shocks."), after.shock),
    ]
    if plan.risk is not None:
        reach = plan.risk.reach.vix
        said = trace(held, "within reach of VIX", "Share of the loss over the scenario set, 90 % interval.",
                      "share of the loss", "R2 of the loss on what VIX instruments pay")  # fmt: skip
        between = f"{percent(reach.low, 0)} to {percent(reach.high, 0)} of the loss"
        shown.append(Face("VIX can reach", percent(reach.value, 0), said, between))
    return shown if plan.endurance is None else [*shown, *_lasting(held, plan.endurance)]


def _lasting(held: Shown, one: "Endurance") -> tuple[Face, Face]:
    """How long the book can wait, and how fast it can leave with the tickets in it."""
    buffer, escape = one.buffer, one.after
    time = trace(held, "time buffer", "Days the equity lasts at twice the break-even volatility.", "days",
                  "365 equity / (bleed a year at twice the BE vol - carry a year)")  # fmt: skip
    waits = "unknown" if buffer.days is None else f"{buffer.days:,.0f}"
    speed = trace(held, "escape velocity", "Days to flatten at a tenth of daily volume, the slowest leg.", "days",
                   "max of size / (a tenth of daily volume)")  # fmt: skip
    leaves = "unknown" if escape.days is None else f"{escape.days:,.1f}"
    note = f"volume unknown for {len(escape.unknown)}" if escape.days is None else f"slowest {escape.slowest}"
    return (
        Face("time buffer", waits, time, str(buffer.status) if buffer.days is None else "days at twice the BE vol"),
        Face("days to flatten", leaves, speed, note),
    )


def _bound(plan: "HedgePlan") -> str:
    return plan.binding if plan.binding.startswith("no ") else f"bound by {plan.binding}"


def ticket_rows(plan: "HedgePlan") -> list[Record]:
    """Tickets for export."""
    names = ("id", "rule", "state", "layer", "side", "contract", "contracts", "mid", "limit", "cost_usd", "margin_usd",
             "carry_usd_per_year", "vega_usd_per_point", "binding", "policy", "counterfactual", "closes")  # fmt: skip
    return [{name: getattr(one, name) for name in names} | {"origin": str(one.origin)} for one in plan.tickets]


def order_rows(plan: "HedgePlan") -> list[Record]:
    """Tickets leg by leg, as a broker's desk types them."""
    from seawall.report.order_sheet import ticket_orders

    return ticket_orders(plan.tickets)


def tickets(held: Shown) -> Content:
    """What to trade."""
    if not held.plan.tickets:
        said = next((one.text for one in held.plan.advice if one.rule == "none"), "no layer is on")
        return nothing(
            "No tickets.", f"{said[:1].upper()}{said[1:]}. Raise the budget that binds, or switch a layer on."
        )
    digits = {"contracts": None, "limit": 2, "cost_usd": 0, "margin_usd": 0, "carry_usd_per_year": 0,
              "vega_usd_per_point": 0}  # fmt: skip
    units = {"contracts": "contracts or coins", "limit": "points, a coin's in USD; a credit below 0", "cost_usd": "USD",
             "margin_usd": "USD", "carry_usd_per_year": "USD a year", "vega_usd_per_point": "USD a point"}  # fmt: skip
    heads = {"contracts": "units", "cost_usd": "cost", "margin_usd": "margin", "carry_usd_per_year": "carry/yr",
             "vega_usd_per_point": "vega/pt"}  # fmt: skip
    told = {
        key: kit.number(key, heads.get(key, key), trace(held, heads.get(key, key), "Of the ticket.", units[key]))
        for key in digits
    }
    told |= {name: kit.words(name, name) for name in ("side", "contract", "layer", "rule", "origin")}
    order = ("side", "contracts", "contract", "limit", "cost_usd", "margin_usd", "carry_usd_per_year",
             "vega_usd_per_point", "layer", "rule", "origin")  # fmt: skip
    columns = [told[name] for name in order]
    rows = []
    for one in ticket_rows(held.plan):
        one["carry_usd_per_year"] = -one["carry_usd_per_year"]
        texts = {key: one[key] for key in ("side", "contract", "layer", "rule", "origin")}
        texts["side"] += "*" if one["closes"] else ""
        cells = {key: (one[key], f"{one[key]:g}" if n is None else fixed(one[key], n)) for key, n in digits.items()}
        rows.append(kit.record(one["id"], texts, cells))

    def make() -> ui.table:
        made = kit.table(columns, rows, "tickets", "none")
        sheet("Orders for a broker (CSV)", "orders.csv", lambda: order_rows(held.plan))
        return made

    return Content("tickets", rows, make)


def budget_rows(plan: "HedgePlan") -> list[Record]:
    """Budgets for export."""
    return [
        {
            "budget": one.name,
            "allowed": one.allowed,
            "used": one.used,
            "unit": one.unit,
            "binds": one.name == plan.binding,
        }
        for one in plan.budgets
    ]


def budgets(held: Shown) -> Content:
    """Every budget, the one that binds marked."""
    if not held.plan.budgets:
        return nothing("No budget is needed.", f"{held.plan.binding[:1].upper()}{held.plan.binding[1:]}.")
    columns = [kit.words("budget", "budget"), kit.words("unit", "unit")]
    allowed = trace(held, "allows", "Whole budget, of the policy or of the slider.", "as the row says")
    used = trace(held, "used", "By tickets and by what is held.", "as the row says")
    columns += [kit.number("allowed", "allows", allowed), kit.number("used", "used", used)]
    rows = []
    for one in budget_rows(held.plan):
        name = f"{one['budget']}{', binds' if one['binds'] else ''}"
        numbers = {key: (one[key], NOT_DEFINED if one[key] is None else usd(one[key])) for key in ("allowed", "used")}
        texts = {"budget": name, "unit": one["unit"]}
        rows.append(kit.record(str(one["budget"]), texts, numbers, rank=2 if one["binds"] else 0))
    return Content("budgets", rows, lambda: kit.table(columns, rows, "budgets of the hedge", "none"))


def _of(row: "Row") -> dict[str, float | None]:
    held = row.exposure
    return {"value_usd": held.value_usd, "delta_usd": held.delta_usd, "gamma": row.gamma_usd_per_pct,
            "vega": held.vega_usd_per_point, "carry": held.carry_usd_per_year, "worst": row.worst.usd}  # fmt: skip


def side_rows(plan: "HedgePlan") -> list[Record]:
    """The whole book before and after, for export."""
    before, after = _of(plan.before.total), _of(plan.after.total)
    return [{"term": words, "before": before[key], "after": after[key]} for key, words in SIDES]


def sides(held: Shown) -> Content:
    """The whole book before and after."""
    columns = [kit.words("term", "whole book")]
    columns += [kit.number(key, key, trace(held, key, "Sum over positions.", "USD")) for key in ("before", "after")]
    rows = [
        kit.record(one["term"], {"term": one["term"]}, {key: (one[key], usd(one[key])) for key in ("before", "after")},
                   more=_json({"row": one["term"], "unit": of_term(one["term"]).unit or "USD"}))
        for one in side_rows(held.plan)
    ]  # fmt: skip
    return Content("sides", rows, lambda: kit.table(columns, rows, "the book before and after its tickets", "none"))


def _json(content: Record) -> str:
    import json

    return json.dumps(content)


def shock_rows(plan: "HedgePlan") -> list[Record]:
    """Named shocks for export."""
    old, new = plan.before.total.pnl_by_shock, plan.after.total.pnl_by_shock
    return [{"shock": name, "before_usd": old[name], "after_usd": new[name]} for name in old]


def share_rows(plan: "HedgePlan") -> list[Record]:
    """Shares of the loss for export."""
    if plan.risk is None:
        return []
    reach = plan.risk.reach
    return [
        {"share": words, "value": one.value, "low": one.low, "high": one.high}
        for words, one in (("systemic", reach.systemic), ("within reach of VIX", reach.vix),
                           ("crypto-native", reach.crypto), ("neither", reach.residual))
    ]  # fmt: skip


def shares(held: Shown) -> Content:
    """What VIX can and cannot do for this book, and what follows."""
    rows = share_rows(held.plan)
    if not rows or held.plan.risk is None:
        return nothing("No shares are read.", "The book is not short convexity, has no VIX, or too short a history.")
    columns = [kit.words("share", "of the loss")]
    says = {"value": ("share", "Of the book's loss over the scenario set."), "low": ("from", "90 % interval."),
            "high": ("to", "90 % interval.")}  # fmt: skip
    columns += [kit.number(key, name, trace(held, name, told, "share of 1")) for key, (name, told) in says.items()]
    shown = [
        kit.record(one["share"], {"share": one["share"]},
                   {key: (one[key], UNKNOWN if one[key] is None else percent(one[key], 0)) for key in says})
        for one in rows
    ]  # fmt: skip
    reasons = list(held.plan.risk.recommendation.reasons)

    def make() -> ui.table:
        made = kit.table(columns, shown, "what VIX can reach of the loss", "none")
        kit.listing(reasons)
        return made

    return Content(reasons, shown, make)


def advice_rows(plan: "HedgePlan") -> list[Record]:
    """Advice for export."""
    return [{"rule": one.rule, "text": one.text} for one in plan.advice]


def advice(held: Shown) -> Content:
    """State of the market and advice."""
    regime = held.plan.regime
    said = "unknown: sized as in CALM" if regime is None else f"{regime.state.name} on {regime.day} ({regime.rule})"
    told = [f"{one.rule}: {one.text}" for one in held.plan.advice]
    changes = [f"would change it: {line}" for line in held.plan.would_change]

    def make() -> None:
        kit.note(f"State of the market: {said}.")
        if told:
            kit.listing(told)
        else:
            empty("No advice.", "No rule asks for judgement today.")
        kit.listing(changes)

    return Content((said, told, changes), [], make)
