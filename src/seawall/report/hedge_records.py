"""A hedge decision as one record: state, shares, tickets, budgets, the book before and after."""

from datetime import date, datetime
from typing import Any

from seawall.hedge.candidates import OrderLeg
from seawall.hedge.endurance import REQUIRED, Endurance, Escape
from seawall.hedge.plan import HedgePlan, Returns, Risk
from seawall.hedge.reach import Share
from seawall.hedge.synthetic import Trim
from seawall.hedge.tickets import Effects, Ticket
from seawall.report.records import Record, finite, regime_record, row_record

SHARES = ("systemic", "vix", "crypto", "residual")


def leg_record(leg: OrderLeg) -> Record:
    """One leg of one unit."""
    return {
        "kind": leg.kind,
        "root": leg.root,
        "expiry": None if leg.expiry is None else leg.expiry.isoformat(),
        "strike": leg.strike,
        "right": leg.right,
        "ratio": leg.ratio,
        "bid": finite(leg.bid),
        "ask": finite(leg.ask),
        "multiplier": leg.multiplier,
    }


def ticket_record(ticket: Ticket) -> Record:
    """One ticket."""
    return {
        "id": ticket.id,
        "session": ticket.session.isoformat(),
        "rule": ticket.rule,
        "state": ticket.state,
        "layer": ticket.layer,
        "protects": ticket.protects,
        "closes": ticket.closes,
        "side": ticket.side,
        "contract": ticket.contract,
        "contracts": ticket.contracts,
        "legs": [leg_record(leg) for leg in ticket.legs],
        "mid_points": ticket.mid,
        "limit_points": ticket.limit,
        "cost_usd": ticket.cost_usd,
        "margin_usd": ticket.margin_usd,
        "carry_usd_per_year": ticket.carry_usd_per_year,
        "vega_usd_per_point": ticket.vega_usd_per_point,
        "pays_usd_by_vix_points": {f"{points:g}": finite(gain) for points, gain in ticket.pays},
        "binding": ticket.binding,
        "origin": str(ticket.origin),
        "policy": ticket.policy,
        "decided_at": ticket.decided_at.isoformat(),
        "known_at": ticket.known_at.isoformat(),
        "counterfactual": ticket.counterfactual,
        "count": ticket.count,
        "inputs": [
            {"name": one.name, "as_of": _instant(one.as_of), "known_at": _instant(one.known_at)}
            for one in ticket.inputs
        ],
        "netted": list(ticket.netted),
        "note": ticket.note,
        "effects": None if ticket.effects is None else effects_record(ticket.effects),
    }


def _instant(seen: date | datetime | None) -> str | None:
    return None if seen is None else seen.isoformat()


def effects_record(one: Effects) -> Record:
    """What a ticket changes by itself; null is unknown."""
    return {
        "factor": one.factor,
        "cvar_usd": finite(one.cvar_usd),
        "gamma_usd": finite(one.gamma_usd),
        "vega_usd_per_point_by_days": {name: finite(usd) for name, usd in one.vega_usd_per_point},
        "budgets": [
            {"name": b.name, "allowed": finite(b.allowed), "before": b.before, "after": b.after, "unit": b.unit}
            for b in one.budgets
        ],
        "rate_per_year_by_vix_points": {f"{points:g}": finite(rate) for points, rate in one.rates} or None,
        "break_even_vix": {"levels": list(one.break_even_vix), "status": one.break_even_status.name.lower()},
        "tail_correlation": finite(one.tail_correlation),
        "wrong_way": one.wrong_way,
    }


def _share_record(one: Share) -> Record:
    return {"value": finite(one.value), "low": finite(one.low), "high": finite(one.high)}


def risk_record(risk: Risk) -> Record:
    """Shares, CVaR, ruin."""
    found = risk.fit
    return {
        "scenarios": risk.scenarios.count,
        "sessions": risk.scenarios.steps,
        "independent_windows": finite(risk.reach.windows),
        "shares": {name: _share_record(getattr(risk.reach, name)) for name in SHARES},
        "more_vix": risk.recommendation.more_vix,
        "reasons": list(risk.recommendation.reasons),
        "cvar": None
        if found is None
        else {
            "method": found.method,
            "level": found.level,
            "before_usd": finite(found.cvar_before),
            "after_usd": finite(found.cvar_after),
        },
        "complement": None if risk.complement is None else dict(risk.complement._asdict()),
        "returns": None if risk.returns is None else _returns_record(risk.returns),
        "joint_ruin": {"before": finite(risk.ruin_before.joint), "after": finite(risk.ruin_after.joint)},
        "wrong_way": [one.name for one in risk.wrong_way if one.wrong],
        "notes": list(risk.scenarios.notes),
    }


def endurance_record(one: Endurance) -> Record:
    """Time buffer and escape velocities; null is unknown or undefined, and ``status`` says which."""
    return {
        "time_buffer": {
            "days": finite(one.buffer.days),
            "status": one.buffer.status.name.lower(),
            "alarm": one.buffer.alarm,
        },
        "escape": {"required_layers": REQUIRED, "before": _escape(one.before), "after": _escape(one.after)},
    }


def _escape(one: Escape) -> Record:
    return {
        "days_to_flatten": finite(one.days),
        "slowest": one.slowest,
        "volume_unknown": list(one.unknown),
        "layers_gaining": one.gaining,
        "fewest_in": one.fewest,
        "enough": one.enough,
    }


def _returns_record(one: Returns) -> Record:
    """Internal rates a year, and the test against 1.5 times the yield of the pools."""
    test = one.test
    return {
        "average_per_year": finite(one.average),
        "per_year_by_vix_points": {f"{points:g}": finite(rate) for points, rate in one.by_points},
        "hurdle_per_year": None if test is None else finite(test.hurdle),
        "met": None if test is None else test.met,
    }


def trim_record(one: Trim) -> Record:
    """SPX delta beyond the band and both ways to take it off; null is unknown."""
    return {
        "delta_usd": one.delta_usd,
        "band_usd": finite(one.band_usd),
        "status": one.status.name.lower(),
        "why": one.why,
        "ways": [dict(way._asdict()) for way in one.ways],
        "cheaper": None if one.cheaper is None else one.cheaper.what,
        "parity_gap": None if one.gap is None else dict(one.gap._asdict()),
    }


def hedge_record(plan: HedgePlan) -> dict[str, Any]:
    """Everything the page shows, as one object."""
    return {
        "book": plan.book.name,
        "policy": {"name": plan.policy.name, "digest": plan.policy.digest, "unverified": plan.policy.unverified},
        "regime": regime_record(plan.regime),
        "context": [
            {"signal": name, "value": finite(r.value), "origin": str(r.origin), "note": r.note}
            for name, r in plan.context
        ],
        "risk": None if plan.risk is None else risk_record(plan.risk),
        "endurance": None if plan.endurance is None else endurance_record(plan.endurance),
        "tickets": [ticket_record(ticket) for ticket in plan.tickets],
        "advice": [{"rule": one.rule, "text": one.text} for one in plan.advice],
        "budgets": [
            {"name": b.name, "allowed": finite(b.allowed), "used": finite(b.used), "unit": b.unit} for b in plan.budgets
        ],
        "synthetic_trim": None if plan.trim is None else trim_record(plan.trim),
        "binding": plan.binding,
        "carry_usd_per_year": finite(plan.carry_usd_per_year),
        "would_change": list(plan.would_change),
        "before": row_record(plan.before.total),
        "after": row_record(plan.after.total),
        "worst": [
            {"shock": name, "before_usd": finite(before), "after_usd": finite(plan.after.total.pnl_by_shock[name])}
            for name, before in sorted(plan.before.total.pnl_by_shock.items(), key=lambda one: one[1])
        ],
        "assumptions": plan.before.state.assumptions(),
    }
