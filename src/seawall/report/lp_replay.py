"""A replay of liquidity on a terminal and as JSON: every position or a summary of many, and what is assumed."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.markup import escape
from rich.table import Table

from seawall.kernels import lp_replay as kernel
from seawall.kernels.lp_replay import EVENT
from seawall.report.format import NOT_DEFINED, fixed, percent, usd
from seawall.report.records import Record, finite
from seawall.report.tables import console
from seawall.sim.lp_result import LpReplay

Array = NDArray[np.float64]
MANY: Final = 20
"""Positions shown one by one; more are summarised."""
EVENTS_TOLD: Final = 1000


class Fact(NamedTuple):
    """One number of every position: its name in tables, its key in JSON, its unit, and its standard error if known."""

    name: str
    key: str
    unit: str
    values: Array
    error: Array | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A fact over many positions, as a share of the value at entry."""

    name: str
    worst: float
    median: float
    best: float


def facts(x: LpReplay) -> tuple[Fact, ...]:
    """Everything told of a position, in the order of the tables."""
    base, quote = x.terms.symbols
    tokens = x.tokens
    rows = [
        Fact("Value at entry", "entry_value_usd", "USD", x.entry_value),
        Fact("Value at the end", "value_usd", "USD", x.value),
        Fact(f"{base} at the end", "base_tokens", base, tokens[0]),
        Fact(f"{quote} at the end", "quote_tokens", quote, tokens[1]),
        Fact(f"Fees in {base}", "fees_base_tokens", base, x.column(kernel.FEE_BASE)),
        Fact(f"Fees in {quote}", "fees_quote_tokens", quote, x.column(kernel.FEE_QUOTE)),
        Fact("Fees", "fees_usd", "USD", x.fees),
        Fact("Fees when earned", "fees_when_earned_usd", "USD", x.fees_when_earned),
        Fact("Against cash", "vs_cash_usd", "USD", x.vs_cash()),
        Fact("… without fees", "vs_cash_without_fees_usd", "USD", x.vs_cash(fees=False)),
        Fact("Against holding", "vs_hold_usd", "USD", x.vs_hold()),
        Fact("… without fees", "vs_hold_without_fees_usd", "USD", x.vs_hold(fees=False)),
        Fact("Against rebalancing", "vs_rebalancing_usd", "USD", x.vs_rebalancing()),
        Fact("… without fees", "vs_rebalancing_without_fees_usd", "USD", x.vs_rebalancing(fees=False)),
        Fact("Link: drift of the tokens", "link_drift_usd", "USD", x.drift),
        Fact("LVR, realised", "lvr_realised_usd", "USD", x.lvr, x.lvr_error),
        Fact("LVR, model", "lvr_model_usd", "USD", x.model_lvr, x.model_lvr_error),
        Fact("Break-even volatility", "break_even_vol", "points", 100.0 * x.break_even_vol),
        Fact("Time in range", "time_in_range", "share", x.time_in_range),
        Fact("Re-centrings", "recentres", "", x.recentres),
        Fact("Gas", "gas_usd", "USD", x.gas),
        Fact("Swaps of re-centring", "swap_cost_usd", "USD", x.column(kernel.SWAP_COST)),
    ]
    if (found := x.arbitrage()) is not None:
        rows.append(Fact("Arbitrage in the fees, modelled", "arbitrage_share_of_fees_modelled", "share", found.volume))
    if x.hedge is not None and x.hedged is not None:
        rows += [
            Fact("Hedge", "hedge_usd", "USD", x.hedge),
            Fact("… its funding", "hedge_funding_usd", "USD", x.column(kernel.FUNDING)),
            Fact("… its costs", "hedge_cost_usd", "USD", x.column(kernel.HEDGE_COST)),
            Fact("Hedged, against cash", "hedged_usd", "USD", x.hedged),
        ]
    return tuple(rows)


def shown(fact: Fact, n: int) -> str:
    """One number as printed, with its standard error."""
    value = float(fact.values[n])
    if not np.isfinite(value):
        return NOT_DEFINED
    if fact.unit == "share":
        return percent(value)
    if fact.unit == "points":
        return fixed(value, 1)
    if fact.unit == "USD":
        error = "" if fact.error is None else f" ± {usd(float(fact.error[n]), 2)}"
        return usd(value, 2) + error
    return fixed(value, 6 if fact.unit else 0)


def spreads(x: LpReplay) -> tuple[Spread, ...]:
    """Worst, median and best of many positions, each over its own value at entry."""
    told: list[tuple[str, Array]] = [
        ("Fees", x.fees),
        ("Against cash", x.vs_cash()),
        ("Against holding", x.vs_hold()),
        ("Against rebalancing", x.vs_rebalancing()),
        ("LVR, realised", -x.lvr),
    ]
    if x.hedged is not None:
        told.append(("Hedged, against cash", x.hedged))
    out = []
    for name, values in told:
        share = values / x.entry_value
        out.append(Spread(name, float(np.min(share)), float(np.median(share)), float(np.max(share))))
    return tuple(out)


def beaten(x: LpReplay) -> tuple[int, int, int]:
    """How many positions ended ahead of cash, of holding, and of rebalancing, fees and costs in."""
    return tuple(int(np.sum(f() > 0.0)) for f in (x.vs_cash, x.vs_hold, x.vs_rebalancing))  # type: ignore[return-value]


def extremes(x: LpReplay) -> dict[str, str]:
    """Labels of the worst, the median and the best position against holding, per dollar at entry."""
    order = np.argsort(x.vs_hold() / x.entry_value, kind="stable")
    labels = x.labels
    return {"worst": labels[order[0]], "median": labels[order[order.size // 2]], "best": labels[order[-1]]}


def lead(x: LpReplay) -> tuple[str, ...]:
    """What the files were, in words."""
    base, quote = x.terms.symbols
    t = x.traded
    start, end = (np.datetime64(at, "us").astype("datetime64[s]") for at in (x.started, x.ended))
    rows = "bars" if x.model == "pro_rata" else "swaps"
    met = [f"{t.gaps:,} missing bars"] if t.gaps else []
    met += [f"{t.odd:,} bars close outside their own low and high"] if t.odd else []
    met += [f"{t.crossed:,} swaps crossed ticks (mean liquidity)"] if t.crossed else []
    met += [f"{t.other:,} mints, burns and collections"] if t.other else []
    return (
        f"{start} to {end} UTC, {t.rows:,} {rows}, {usd(t.volume)} USD traded, {usd(t.fees)} USD of fees in the pool",
        f"{base} in {quote}: {x.entry_price:,.2f} to {x.price:,.2f}, realised volatility "
        f"{fixed(100.0 * x.returns.vol, 1)} ± {fixed(100.0 * x.returns.standard_error, 1)} points",
        *(["; ".join(met)] if met else []),
    )


def arbitrage_lines(x: LpReplay) -> tuple[str, ...]:
    """The arbitrageurs' share: the model's, and where every swap is known the markout's."""
    lines = []
    found = x.arbitrage()
    if found is not None:
        lines.append(
            f"arbitrageurs keep {percent(found.equal_blocks)} of the LVR (modelled, equal blocks; Poisson "
            f"{percent(found.poisson)}) at {x.plan.block_seconds:g} s blocks; the rest comes back as fee"
        )
        if not np.all(np.isnan(found.volume)):
            lines.append(
                f"that fee would be {percent(float(np.nanmedian(found.volume)))} of the fees earned (modelled, median "
                "position): the arbitrageurs' share of the volume; above 100 % the model does not hold"
            )
    if x.markout is not None:
        m = x.markout
        lines.append(
            f"markout after {m.seconds} s at the pool's own price (empirical): {percent(m.share)} of the volume left "
            f"its taker ahead, fee paid, gas not; takers together {usd(m.taker_usd, signed=True)} USD; "
            f"{usd(m.unjudged_usd)} USD too late to judge"
        )
    return tuple(lines)


def replay_record(x: LpReplay) -> Record:
    """The whole replay as one object; many positions are listed all the same."""
    told = facts(x)
    found = x.arbitrage()
    record: Record = {
        "from": str(np.datetime64(x.started, "us")),
        "to": str(np.datetime64(x.ended, "us")),
        "base": x.terms.symbols[0],
        "quote": x.terms.symbols[1],
        "fee": x.terms.fee,
        "fee_model": x.model,
        **x.traded._asdict(),
        "entry_price": x.entry_price,
        "price": x.price,
        "realised_vol": {
            "vol": x.returns.vol,
            "standard_error": x.returns.standard_error,
            "returns": x.returns.returns,
        },
        "arbitrage_modelled": None
        if found is None
        else {
            "share_equal_blocks": found.equal_blocks,
            "share_poisson": found.poisson,
            "block_vol": found.block_vol,
        },
        "markout_empirical": None if x.markout is None else x.markout._asdict(),
        "positions": [_position_record(x, told, n) for n in range(len(x.labels))],
        "assumptions": list(x.assumptions()),
    }
    if len(x.labels) > 1:
        cash, hold, rebalancing = beaten(x)
        record["summary"] = {
            "positions": len(x.labels),
            "ahead_of_cash": cash,
            "ahead_of_holding": hold,
            "ahead_of_rebalancing": rebalancing,
            "against_holding": extremes(x),
            "share_of_entry_value": {
                s.name: {"worst": s.worst, "median": s.median, "best": s.best} for s in spreads(x)
            },
        }
    return record


def _position_record(x: LpReplay, told: tuple[Fact, ...], n: int) -> Record:
    one = x.plan.ranges[n]
    record: Record = {"label": one.label, "low": one.low, "high": one.high, "rule": str(one.rule), "fee_model": x.model}
    for fact in told:
        record[fact.key] = finite(float(fact.values[n]) / (100.0 if fact.unit == "points" else 1.0))
        if fact.error is not None:
            record[f"{fact.key}_standard_error"] = finite(float(fact.error[n]))
    if n < len(x.paths):
        events = x.paths[n].events[:EVENTS_TOLD]
        record["recentrings"] = [dict(zip(EVENT, map(float, row), strict=True)) for row in events]
    return record


def print_replay(x: LpReplay) -> None:
    """The replay on the terminal: a table of positions, or the summary of many."""
    out = console()
    for line in lead(x):
        out.print(escape(line))
    if len(x.labels) <= MANY:
        _print_positions(x)
    else:
        _print_summary(x)
    for line in (*arbitrage_lines(x), *x.assumptions()):
        out.print(escape(line), style="dim", soft_wrap=True)


def _print_positions(x: LpReplay) -> None:
    told, out = facts(x), console()
    across = 4
    for start in range(0, len(x.labels), across):
        chosen = range(start, min(start + across, len(x.labels)))
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for n in chosen:
            table.add_column(f"{escape(x.labels[n])}\n{x.plan.ranges[n].rule}", justify="right")
        for fact in told:
            unit = f" ({fact.unit})" if fact.unit in ("USD", "points") else ""
            table.add_row(escape(fact.name + unit), *(shown(fact, n) for n in chosen))
        out.print(table)


def _print_summary(x: LpReplay) -> None:
    out, count = console(), len(x.labels)
    table = Table(box=None, pad_edge=False)
    for name in ("share of the value at entry", "worst", "median", "best"):
        table.add_column(name, justify="left" if name.startswith("share") else "right")
    for s in spreads(x):
        table.add_row(s.name, *(percent(v, 2, signed=True) for v in (s.worst, s.median, s.best)))
    out.print(table)
    cash, hold, rebalancing = beaten(x)
    out.print(
        f"{count:,} positions, fees and costs in: {cash:,} ended ahead of cash, {hold:,} of holding, "
        f"{rebalancing:,} of rebalancing",
        soft_wrap=True,
    )
    words = ", ".join(f"{which} {label}" for which, label in extremes(x).items())
    out.print(escape(f"against holding: {words}"), soft_wrap=True)
