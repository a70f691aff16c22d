"""A reading of pool positions on a terminal and as JSON."""

import math
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from seawall.core.datum import Origin
from seawall.instruments.pool import HORIZON_DAYS
from seawall.ledger.lp_exit import MODEL, Distance, Exits
from seawall.ledger.lp_reading import LossPrice, Rent, Strangle
from seawall.market.state import State
from seawall.report.lp_facts import groups, remarks, verdict
from seawall.report.lp_parts import Group, LpPart
from seawall.report.records import Record, finite
from seawall.report.tables import console


def print_lp(book: str, parts: Sequence[LpPart]) -> None:
    """One table a position, its verdict, and below them what is modelled."""
    out = console()
    for part in parts:
        reading = part.reading
        heading = f"{reading.label}: {reading.position.instrument.kind} in {reading.factor}"
        shown = (*groups(reading), *(section.group for section in part.sections))
        out.print(_table(f"{heading}, {book}, {reading.state.now:%Y-%m-%d %H:%M} UTC", shown))
        for section in part.sections:
            if section.note:
                out.print(f"[dim]{escape(section.note)}[/dim]")
        out.print(f"[bold]{escape(verdict(reading))}[/bold]")
        out.print()
    for line in dict.fromkeys(line for part in parts for line in remarks(part.reading)):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print()


def _table(title: str, shown: Sequence[Group]) -> Table:
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0),
        show_header=False,
    )  # fmt: skip
    table.add_column("what", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("note", style="dim")
    for group in shown:
        table.add_row(f"[bold]{escape(group.name)}[/bold]")
        for fact in group.facts:
            table.add_row(f"  {escape(fact.name)}", escape(fact.value), escape(fact.note))
    return table


def lp_record(book: str, parts: Sequence[LpPart], state: State) -> Record:
    """All readings as one object: dollars to the holder, vols per square root of a year, probabilities in [0, 1]."""
    return {
        "book": book,
        "as_of": state.now.isoformat(),
        "horizon_days": HORIZON_DAYS,
        "positions": [reading_record(part) for part in parts],
        "market": [
            {"name": name, "value": finite(value), "as_of": seen.isoformat(), "source": source, "origin": str(origin)}
            for name, value, seen, source, origin in state.provenance()
        ],
        "assumptions": [
            f"{name}: {origin}, {source}"
            for name, _, _, source, origin in state.provenance()
            if origin is not Origin.OBSERVED
        ],
        "exit_model": MODEL,
    }


def reading_record(part: LpPart) -> Record:
    """One position; null is unknown or without meaning, and the status beside it says which."""
    r = part.reading
    held, e, share, shape = r.holdings, r.exposure, r.share, r.horizon_shape
    return {
        "label": r.label,
        "kind": r.position.instrument.kind,
        "factor": r.factor,
        "spot": r.spot,
        "range": _range_record(r.exits),
        "value_usd": finite(e.value_usd),
        "tokens_usd": held.tokens_usd,
        "base_tokens": held.base,
        "quote_tokens": held.quote,
        "accrued_fees_usd": held.fees_usd,
        "leverage": finite(held.leverage),
        "delta_usd": finite(e.delta_usd),
        "gamma_usd_per_pct": finite(r.gamma_usd_per_pct),
        "horizon_vega_usd_per_point": finite(e.horizon_vega_usd_per_point),
        "implied_vol": r.implied_vol,
        "at_realised": _rent_record(r.at_realised),
        "at_implied": _rent_record(r.at_implied),
        "fee_apr": finite(r.fee_apr),
        "fee_usd_per_day": finite(r.fee_usd_per_day),
        "break_even_vol": finite(r.break_even),
        "break_even_status": str(r.break_even_status),
        "impermanent_loss": _loss_record(r.loss, held.tokens_usd),
        "strangle": None if r.strangle is None else _strangle_record(r.strangle),
        "vix_hedgeable_share": None if share is None else finite(share.product),
        "vix_hedgeable_parts": None
        if share is None
        else {"shape": finite(share.shape), "asset": finite(share.asset), "tenor": finite(share.tenor)},
        "crypto_native_share": None if share is None or share.product is None else finite(r.crypto_native_share),
        "crypto_native_share_at_least": finite(r.crypto_native_share),
        "horizon_shape_share": None if shape is None else shape.share,
        "horizon_vega_notional_usd_per_point": None if shape is None else shape.vega_notional / 100.0,
        "verdict": verdict(r),
        "status": [str(status) for status in e.status],
    } | {section.key: dict(section.record) for section in part.sections}


def _distance(found: Distance | None) -> Record | None:
    if found is None:
        return None
    return {"price": found.price, "move": found.move, "daily_deviations": found.daily_deviations}


def _range_record(found: Exits) -> Record:
    half = None
    if found.nearest[0] > 0.0 and math.isfinite(found.nearest[1]):
        half = math.sqrt(found.nearest[1] / found.nearest[0])
    return {
        "spans": [{"low": low or None, "high": finite(high)} for low, high in found.spans],
        "whole_axis": found.everywhere,
        "inside": found.inside,
        "half_width": half,
        "low": _distance(found.low),
        "high": _distance(found.high),
        "exits": [
            {"days": h.days, "vol": h.vol, "leaves" if found.inside else "comes_back": h.cross, "outside": h.outside}
            for h in found.horizons
        ],
        "expected_days": finite(found.expected_days),
        "expected_status": str(found.status),
        "low_first": finite(found.low_first),
    }


def _rent_record(rent: Rent) -> Record:
    return {
        "vol": finite(rent.vol),
        "rent_usd_per_day": finite(rent.usd_per_day),
        "fee_apr_needed": finite(rent.fee_apr_needed),
    }


def _loss_record(loss: LossPrice, value: float) -> Record:
    return {
        "price_usd": finite(loss.usd),
        "share_of_value": None if loss.usd is None else loss.usd / value,
        "implied_vol": finite(loss.vol),
        "status": str(loss.status),
    }


def _strangle_record(made: Strangle) -> Record:
    return {
        "put_strike": made.put.strike,
        "call_strike": made.call.strike,
        "strikes_at_range_ends": list(made.at_ends),
        "units": made.units,
        "premium_usd": made.premium_usd,
        "theta_usd_per_day": made.theta_usd_per_day,
        "vega_usd_per_point": made.vega_usd_per_point,
    }
