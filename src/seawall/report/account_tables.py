"""The risk of one account in a terminal and for `--json`."""

from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from seawall.ledger.alternatives import AccountRisk, Alternative
from seawall.report.format import percent, usd
from seawall.report.margin_blocks import margin_record, price_words, print_margins
from seawall.report.records import finite
from seawall.report.tables import console

HEADS: Final = (
    ("", "left"),
    ("premium", "right"),
    ("cash to bring", "right"),
    ("funding/yr", "right"),
    ("P(liquidation)", "right"),
    ("lost then", "right"),
    ("how", "left"),
)


def _chance_lines(risk: AccountRisk) -> list[str]:
    c, run = risk.chances, risk.run
    lines = [
        f"simulated {percent(c.simulated, 2)} (standard error {percent(c.standard_error, 2)}; {run.paths:,} paths, "
        f"seed {run.seed})"
    ]
    if c.closed_form is not None:
        lines.append(f"constant volatility, closed form {percent(c.closed_form, 2)}")
    past = f"unknown: {c.history}"
    if c.historical is not None:
        past = f"{percent(c.historical, 2)} of {c.windows:,} windows, {c.independent:,} of them apart; {c.history}"
    return [*lines, f"past windows {past}"]


def _cost_lines(risk: AccountRisk) -> list[str]:
    f = risk.funding
    lines = [
        f"funding costs {usd(f.usd_per_year)} USD a year, {percent(f.perp_rate, 2)} of notional; cost of capital "
        f"{percent(f.wacc, 2)} (equity at {percent(f.equity_rate, 2)})"
    ]
    if risk.adl_usd is None:
        lines.append(
            "deleveraging: unknown: state --assume adl_chance, adl_closed, adl_rank and adl_gap, and the entries"
        )
    elif risk.adl is not None:
        a = risk.adl
        lines.append(
            f"deleveraging costs {usd(risk.adl_usd)} USD in expectation, assumed: chance {percent(a.probability)}, "
            f"{percent(a.closed)} of the winners closed, queue place {a.rank:g}, {percent(a.gap)} worse than the mark"
        )
    if risk.collateral_99 is not None:
        word = "add" if risk.collateral_99 > 0.0 else "to spare"
        lines.append(f"collateral for 99 % survival: {word} {usd(abs(risk.collateral_99))} USD")
    return lines


def run_notes(risk: AccountRisk) -> list[str]:
    """What was assumed, one line each."""
    d, legs = risk.run.dynamics, risk.margin.legs
    vols = "; ".join(dict.fromkeys(f"{leg.factor} {percent(leg.volatility)}, {leg.volatility_source}" for leg in legs))
    notes = [
        f"volatility: {vols}; prices without drift",
        f"assumed: log-volatility reverts at {d.reversion:.3g} a year, moves {percent(d.vol_of_vol, 0)} a root year, "
        f"correlates {d.leverage:+.2g} with the price; not calibrated",
        "lost then: the whole equity, less what a bought option is worth at that price at its expiry",
    ]
    if len(legs) > 1:
        notes.append(f"assumed: returns of the account's markets correlate {risk.run.correlation:g}")
    return notes


def print_account(risk: AccountRisk) -> None:
    """Margin, chance of liquidation three ways, what it costs, and the alternatives side by side."""
    out = console()
    margin = risk.margin
    end = "" if margin.nearest is None else f", nearest liquidation at {price_words(margin.nearest.liquidation)}"
    out.print(escape(f"{margin.name}: {margin.mode}{end}"), style="bold")
    print_margins((margin,), out)
    out.print(escape(f"liquidation within {risk.run.days:g} days"), style="bold")
    for line in [*_chance_lines(risk), *_cost_lines(risk)]:
        out.print(f"  {escape(line)}")
    out.print()
    table = Table(
        title="side by side, USD",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for name, side in HEADS:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=name != "how")
    for one in risk.alternatives:
        cells = (usd(one.cost_usd), usd(one.cash_usd), usd(one.funding_usd), percent(one.chance, 2))
        table.add_row(escape(one.name), *cells, usd(one.loss_usd), escape(one.note))
    if risk.alternatives:
        out.print(table)
    for note in run_notes(risk):
        out.print(f"[dim]{escape(note)}[/dim]")
    out.print()


def _alternative(one: Alternative) -> dict[str, Any]:
    return {
        "name": one.name,
        "premium_usd": finite(one.cost_usd),
        "cash_usd": finite(one.cash_usd),
        "funding_usd_per_year": finite(one.funding_usd),
        "probability": finite(one.chance),
        "loss_usd": finite(one.loss_usd),
        "note": one.note,
    }


def account_record(risk: AccountRisk) -> dict[str, Any]:
    """One account; probabilities as shares, dollars to the holder, unknown as null."""
    c, f, run = risk.chances, risk.funding, risk.run
    return {
        "account": margin_record(risk.margin),
        "horizon_days": run.days,
        "paths": run.paths,
        "seed": run.seed,
        "probability": {
            "simulated": finite(c.simulated),
            "standard_error": finite(c.standard_error),
            "closed_form": finite(c.closed_form),
            "historical": finite(c.historical),
            "windows": c.windows,
            "independent_windows": c.independent,
            "history": c.history,
        },
        "collateral_for_99_usd": finite(risk.collateral_99),
        "funding": {
            "usd_per_year": finite(f.usd_per_year),
            "per_notional": finite(f.perp_rate),
            "equity_rate": finite(f.equity_rate),
            "wacc": finite(f.wacc),
        },
        "adl_expected_usd": finite(risk.adl_usd),
        "alternatives": [_alternative(one) for one in risk.alternatives],
        "assumptions": run_notes(risk),
    }
