"""A kept run in words: its fills as a table, and one of its days told layer by layer."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from seawall.report.data_tables import printable, show
from seawall.report.format import fixed, usd
from seawall.report.tables import console, table_of
from seawall.sim.explained import Explained, LayerDay, Position
from seawall.sim.run_log import SHIFT, LoggedFill

Record = dict[str, Any]

SHOWN: Final = 60
REASONS: Final = {
    "open": "it was its day to open",
    "base": "it was flat and the market state gave it a weight",
    "boost": "the market state asked for more of it",
    "monetise": "a multiple of the price paid was reached",
    "exit": "the market state closes it, or a leg had settled",
    "roll": "few days were left",
    "take": "its profit target was reached",
    "stop": "its loss limit was reached",
    "delta": "a short option's delta was reached",
    "gamma": "its gamma had grown punitive for the credit left",
    "settle": "it expired",
    "margin call": "equity was below the margin",
    "liquidation": "the venue closed it",
    SHIFT: "few days were left: on to the next expiry",
}
BUDGETS: Final = {
    "carry_budget": "the yearly cost allowed on equity", "income_share": "the share of the condor's credit",
    "premium_cap": "the cap on premium", "vega_cap": "the cap on VIX points",
}  # fmt: skip
CALLS: Final = {1: "margin call: positions were closed", 2: "ruin: nothing is traded any more"}


def reason(rule: str) -> str:
    """Why a rule acts, in words; the rule itself if it has none."""
    return REASONS.get(rule) or REASONS.get(rule.rpartition(".")[2], rule)


def fill_record(fill: LoggedFill) -> Record:
    """A fill as plain objects."""
    return fill._asdict() | {"day": fill.day.isoformat()}


def print_fills(title: str, fills: Sequence[LoggedFill]) -> None:
    """The latest fills as a table, oldest first, and what they cost."""
    names = ("day", "layer", "instrument", "quantity", "price", "mid", "cost, USD", "rule", "quote")
    right = ("quantity", "price", "mid", "cost, USD")
    table = table_of(title, [(name, "right" if name in right else "left") for name in names])
    for one in fills[-SHOWN:]:
        table.add_row(
            one.day.isoformat(), printable(one.layer), printable(one.instrument, 40),
            fixed(one.quantity, 0 if one.quantity.is_integer() else 4, signed=True), fixed(one.price), fixed(one.mid),
            usd(one.cost, 2), printable(one.rule), _seen(one.observed),
        )  # fmt: skip
    if fills:
        show(table)
    more = f", {len(fills) - SHOWN:,} earlier ones: --from, --to, --csv FILE" if len(fills) > SHOWN else ""
    console().print(f"{len(fills):,} fills, costs {usd(sum(one.cost for one in fills))} USD{more}", soft_wrap=True)


def _seen(observed: bool) -> str:
    return "observed" if observed else "modelled"


def explained_record(found: Explained) -> Record:
    """A day as plain objects; a level that is not known is null."""
    return {
        "name": found.run,
        "day": found.day.isoformat(),
        "before": None if found.before is None else found.before.isoformat(),
        "market": {
            "spx": _known(found.spx),
            "vix": _known(found.vix),
            "state_before": found.state or None,
            "rule": found.rule or None,
            "triggers": found.fired,
        },
        "account": {
            name: getattr(found, name)
            for name in ("cash", "equity", "margin", "interest", "variation", "made", "total", "call", "gap")
        },
        "layers": [_layer_record(one) for one in found.layers],
        "fills": [fill_record(one) | {"why": reason(one.rule)} for one in found.fills],
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _layer_record(layer: LayerDay) -> Record:
    held = [one._asdict() | {"opened": one.opened.isoformat(), "why": reason(one.rule)} for one in layer.positions]
    return layer._asdict() | {"positions": held}


def explained_words(found: Explained) -> list[str]:
    """A day as lines: the market, each layer, what was traded, the account."""
    lines = [f"{found.run} on {found.day}: SPX {fixed(found.spx)}, VIX {fixed(found.vix)}", _acted(found)]
    for layer in found.layers:
        lines += _layer(layer)
    if found.fills:
        lines.append("traded:")
        lines += [f"  {_traded(one)}" for one in found.fills]
    else:
        lines.append("traded: nothing")
    lines.append(
        f"account: equity {usd(found.equity)} USD, made {usd(found.made, signed=True)} "
        f"(interest {usd(found.interest, signed=True)}), {usd(found.total, signed=True)} since the run began"
    )
    lines.append(f"cash {usd(found.cash)}, margin {usd(found.margin)}, free {usd(found.equity - found.margin)}")
    if found.call:
        lines.append(CALLS[found.call])
    lines.append("the account of the day adds up: cash, positions, P&L, interest, costs and fills")
    return lines


def _acted(found: Explained) -> str:
    if not found.state:
        return "no market state was known before the session"
    fired = f"triggers {found.fired}" if found.fired else "no trigger"
    rule = "as before" if found.rule == "stay" else found.rule
    return f"it acted on the state of {found.before or 'the session before'}: {found.state} ({rule}; {fired})"


def _layer(layer: LayerDay) -> list[str]:
    net = f"made {usd(layer.pnl - layer.cost, signed=True)} (costs {usd(layer.cost)})"
    head = (
        f"{layer.layer}{' (hedge)' if layer.hedge else ''}: {net}, {usd(layer.total, signed=True)} since the run began"
    )
    if not layer.positions:
        starved = "; it wanted to open and no whole lot fitted" if layer.starved else ""
        return [f"{head}; held nothing at the close{starved}"]
    entry = sum(one.entry_cost for one in layer.positions)
    since = (layer.since_entry or 0.0) - entry
    lines = [f"{head}; held, worth {usd(layer.mark)}, {usd(since, signed=True)} since entry, costs of entry taken off:"]
    for (opened, rule, state), group in groupby(layer.positions, lambda one: (one.opened, one.rule, one.state)):
        legs = "; ".join(_position(one) for one in group)
        lines.append(f"  {legs} - since {opened} by {rule}{f' in {state}' if state else ''}: {reason(rule)}")
    if layer.budget:
        lines.append(f"  its size was bound by {layer.budget}: {BUDGETS.get(layer.budget, layer.budget)}")
    return lines


def _count(quantity: float) -> str:
    return fixed(abs(quantity), 0 if quantity.is_integer() else 4)


def _position(one: Position) -> str:
    side = "long" if one.quantity > 0.0 else "short"
    return f"{side} {_count(one.quantity)} {one.instrument} from {fixed(one.mid)}"


def _traded(one: LoggedFill) -> str:
    verb = "settled" if one.rule == "settle" else "bought" if one.quantity > 0.0 else "sold"
    return (
        f"{one.layer}: {verb} {_count(one.quantity)} {one.instrument} at {fixed(one.price)} (mid {fixed(one.mid)}, "
        f"{_seen(one.observed)}; cost {usd(one.cost)}) by {one.rule}: {reason(one.rule)}"
    )
