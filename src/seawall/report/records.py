"""Results as plain objects for `--json`: units in the names, unknown as null, nothing that is not a number."""

import math
from collections.abc import Mapping
from typing import Any

from seawall.evidence.comparison import Path, Replay
from seawall.ledger.breakeven import BreakEvens, Roots
from seawall.ledger.exposure import Ledger, Row
from seawall.ledger.margin import account_margins, power_notes
from seawall.report.margin_blocks import margin_record
from seawall.signals.regime import RegimeReading

Record = dict[str, Any]


def finite(value: float | None) -> float | None:
    """The number, or None when there is none."""
    return None if value is None or not math.isfinite(value) else float(value)


def row_record(row: Row) -> Record:
    """One line of the ledger in dollars; vols per square root of a year."""
    e, share = row.exposure, row.share
    return {
        "label": row.label,
        "group": row.group,
        "kind": row.kind,
        "factor": row.factor,
        "quantity": row.quantity,
        "value_usd": finite(e.value_usd),
        "delta_usd": finite(e.delta_usd),
        "gamma_usd_per_pct": finite(row.gamma_usd_per_pct),
        "vega_usd_per_point": finite(e.vega_usd_per_point),
        "vol_of_vol_usd_per_point": finite(e.vol_of_vol_usd_per_point),
        "horizon_vega_usd_per_point": finite(e.horizon_vega_usd_per_point),
        "theta_usd_per_day": finite(row.theta_usd_per_day),
        "carry_usd_per_year": finite(e.carry_usd_per_year),
        "rent_usd_per_year": finite(row.rent_usd_per_year),
        "convexity_yield": finite(row.convexity_yield),
        "break_even_vol": finite(row.break_even_vol),
        "break_even_status": str(row.break_even_status),
        "vix_hedgeable_share": None if share is None else finite(share.product),
        "vix_hedgeable_parts": None
        if share is None
        else {"shape": finite(share.shape), "asset": finite(share.asset), "tenor": finite(share.tenor)},
        "worst_case_usd": finite(row.worst.usd),
        "worst_case": row.worst.shock,
        "pnl_by_shock_usd": {name: finite(pnl) for name, pnl in row.pnl_by_shock.items()},
        "status": [str(status) for status in e.status],
    }


def ledger_record(ledger: Ledger) -> Record:
    """The whole table."""
    return {
        "book": ledger.book.name,
        "as_of": ledger.state.now.isoformat(),
        "nav_usd": ledger.book.nav_usd,
        "rows": [row_record(row) for row in ledger.rows],
        "by_factor": [row_record(row) for row in ledger.by_factor],
        "total": row_record(ledger.total),
        "accounts": [margin_record(margin) for margin in account_margins(ledger.book, ledger.state)],
        "vix_hedgeable_share": {"at_least": finite(ledger.share_at_least), "at_most": finite(ledger.share_at_most)},
        "market": [
            {"name": name, "value": finite(value), "as_of": seen.isoformat(), "source": source, "origin": str(origin)}
            for name, value, seen, source, origin in ledger.state.provenance()
        ],
        "assumptions": [*ledger.state.assumptions(), *power_notes(ledger.book, ledger.state)],
    }


def _roots(roots: Roots) -> Record:
    return {"values": list(roots.values), "status": roots.status.name, "meaning": str(roots.status)}


def break_even_record(found: BreakEvens) -> Record:
    """Break-evens along one factor: prices in quote units, vols in points, time in days."""
    return {
        "factor": found.factor,
        "spot": found.spot,
        "reference_usd": found.reference_usd,
        "reference": found.reference,
        "expiry_days": finite(found.expiry_days),
        "price_at_expiry": _roots(found.at_expiry),
        "price_today": _roots(found.today),
        "realised_vol": _roots(found.realised_vol),
        "vol_points": [{"days": days, **_roots(roots)} for days, roots in found.vol_points],
        "days_to_repay": [{"shock": name, **_roots(roots)} for name, roots in found.days_to_repay],
        "surface": [
            {"days": point.days, "vol_points": point.vol_points, **_roots(point.roots)} for point in found.surface
        ],
    }


def regime_record(regime: RegimeReading | None) -> Record | None:
    """The market state and why; None when it is unknown."""
    if regime is None:
        return None
    return {
        "session": regime.day.isoformat(),
        "state": regime.state.name,
        "rule": regime.rule,
        "count": regime.count,
        "fired": list(regime.fired),
        "inputs": {
            name: {"value": finite(r.value), "origin": str(r.origin), "note": r.note}
            for name, r in regime.inputs.items()
        },
        "known_at": regime.known_at.isoformat(),
        "notes": list(regime.notes),
        "resolved": list(regime.resolved),
    }


def _path(path: Path, moves: Mapping[str, int]) -> Record:
    record = path.record
    return {
        "name": path.name,
        "growth_per_year": finite(record.growth),
        "volatility": finite(record.volatility),
        "skew": finite(record.skew),
        "max_drawdown": finite(record.max_drawdown.size),
        "max_drawdown_from": record.max_drawdown.start.isoformat(),
        "max_drawdown_to": record.max_drawdown.end.isoformat(),
        "cvar95": {f"{tail.horizon}d": finite(tail.value) for tail in record.cvar95},
        "cdar95": finite(record.cdar95),
        "worst_month": finite(record.worst_month.size),
        "months_of_carry": finite(record.months_of_carry),
        "final_nav_usd": finite(float(path.nav[-1])),
        "moves": {day: finite(path.move(row)) for day, row in moves.items()},
    }


def replay_json(name: str, replay: Replay) -> Record:
    """The program three ways, with daily equity."""
    moves = {day: row for row, day in enumerate(map(str, replay.dates)) if day == "2018-02-05"}
    counts = replay.hedge_result.counts()
    return {
        "plan": name,
        "from": str(replay.dates[0]),
        "to": str(replay.dates[-1]),
        "paths": [_path(path, moves) for path in replay.paths],
        "held_smaller": None
        if replay.delevered is None
        else {"scale": finite(replay.delevered.scale), "reason": replay.delevered.reason},
        "modelled_share_of_pnl": finite(replay.hedge_result.modelled_share),
        "counts": {
            "condors_opened": counts.opened,
            "months_skipped": counts.skipped,
            "hedge_purchases": counts.bought,
            "rolls": counts.rolled,
            "boosts": counts.boosted,
            "monetisations": counts.monetised,
            "exits": counts.exited,
            "margin_calls": counts.called,
            "pools_recentred": counts.recentred,
            "perps_rebalanced": counts.rebalanced,
            "perps_liquidated": counts.liquidated,
        },
        "dates": [str(day) for day in replay.dates],
        "nav_usd": {path.name: [float(v) for v in path.nav] for path in replay.paths},
        "modelled": list(replay.hedge_result.modelled),
    }
