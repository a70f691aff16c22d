"""The parts of a pool's page that need more than its shape: results since entry, who gets the rent, hedges."""

from typing import Final

import numpy as np

from seawall.convexity.option_quotes import CALL, PUT
from seawall.convexity.static_hedge import StaticHedge
from seawall.core.status import Status
from seawall.ledger.lp_hedge import REHEDGE_COST, REHEDGE_DAYS, LpHedge
from seawall.ledger.lp_results import LpResults
from seawall.ledger.rent_split import RentSplit, Shares
from seawall.report.format import UNKNOWN, percent, usd
from seawall.report.lp_parts import Fact, Group, LpSection, price
from seawall.report.records import Record, finite

NOTHING: Final = 1e-9


def money(value: float | None, per: str = "") -> str:
    """Dollars with their unit, or ``unknown`` alone."""
    return UNKNOWN if value is None else f"{usd(value, 2)} USD{per}"


def results_section(results: LpResults) -> LpSection:
    """The three results since entry, each without and with fees; emissions apart (METHOD 5.4)."""

    def line(name: str, bare: float | None, fees: float | None, note: str) -> Fact:
        with_fees = "fees unknown" if results.fees is None else f"{usd(fees, 2)} with fees"
        return Fact(name, money(bare), f"{with_fees}; {note}")

    error = f", standard error {usd(results.rebalancing_error, 2)}" if results.rebalancing_error is not None else ""
    facts = [
        line("against cash", results.cash, results.cash_with_fees, "the dollars put in"),
        line("against holding", results.hold, results.hold_with_fees, "the tokens put in: impermanent loss"),
        line(
            "against rebalancing",
            results.rebalancing,
            results.rebalancing_with_fees,
            f"loss-versus-rebalancing {results.rebalancing_origin}, {results.rebalancing_source}{error}",
        ),
        Fact("fees since entry", money(results.fees), f"fee model: {results.fee_model}"),
    ]
    if results.emissions is not None:
        facts.append(Fact("emissions", money(results.emissions), "at their sale price, no part of fees"))
    record: Record = {
        "cash_usd": finite(results.cash),
        "hold_usd": finite(results.hold),
        "rebalancing_usd": finite(results.rebalancing),
        "rebalancing_origin": str(results.rebalancing_origin),
        "rebalancing_source": results.rebalancing_source,
        "rebalancing_standard_error": finite(results.rebalancing_error),
        "fees_usd": finite(results.fees),
        "fee_model": str(results.fee_model),
        "cash_with_fees_usd": finite(results.cash_with_fees),
        "hold_with_fees_usd": finite(results.hold_with_fees),
        "rebalancing_with_fees_usd": finite(results.rebalancing_with_fees),
        "emissions_usd": finite(results.emissions),
    }
    return LpSection("results", Group("results since entry, never added", tuple(facts)), record)


def rent_section(split: RentSplit) -> LpSection:
    """Who gets the rent, by both laws of block times (METHOD 5.5)."""

    def line(name: str, shares: Shares) -> Fact:
        parts = (("arbitrage", shares.arbitrage), ("gas", shares.gas), ("back as fee", shares.recaptured))
        said = ", ".join(f"{what} {percent(part / split.rent)}" for what, part in parts if part > 0.0)
        return Fact(name, money(shares.arbitrage / 365.0, " a day"), said)

    facts = [line("lost to arbitrage, Poisson", split.poisson)]
    if split.equal_blocks is not None:
        facts.append(line("lost to arbitrage, equal", split.equal_blocks))

    def shares(of: Shares | None) -> Record | None:
        return None if of is None else {"arbitrage": of.arbitrage, "gas": of.gas, "recaptured": of.recaptured}

    record: Record = {
        "unit": "USD a year at realised volatility",
        "rent": split.rent,
        "poisson_blocks": shares(split.poisson),
        "equal_blocks": shares(split.equal_blocks),
    }
    note = "equal blocks (proof of stake) to leading order in fee and block time; Poisson blocks exactly"
    return LpSection("rent_split", Group("who gets the rent", tuple(facts)), record, note)


def hedge_section(hedge: LpHedge) -> LpSection:
    """What hedging costs: a static hedge in options, or a perp against the delta."""
    facts = _static_facts("in options", hedge.static, hedge) if hedge.static is not None else []
    if hedge.rounded is not None:
        facts += _static_facts("rounded to whole", hedge.rounded, hedge)
    if hedge.fault:
        facts.append(Fact("in options", "none", hedge.fault))
    perp = hedge.perp
    side = "short" if perp.size < 0.0 else "long"
    day = None if perp.funding_usd_per_year is None else perp.funding_usd_per_year / 365.0
    facts.append(Fact(f"{side} a perp", f"{abs(perp.size):,.4f}", f"{usd(abs(perp.notional_usd))} USD: no delta now"))
    facts.append(Fact("its funding", money(day, " a day"), "received when positive; the rent stays"))
    if hedge.rehedging is not None:
        cost = hedge.rehedging.cost_usd_per_year / 365.0
        rule = f"every {REHEDGE_DAYS:g} day at {1e4 * REHEDGE_COST:g} bp, both assumed"
        facts.append(Fact("adjusting it", money(cost, " a day"), f"{rule}; expected at realised volatility"))
    notes = () if hedge.static is None else hedge.static.assumptions()
    return LpSection("hedge", Group("what a hedge costs", tuple(facts)), _record(hedge), "; ".join(notes))


def _static_facts(name: str, hedge: StaticHedge, whole: LpHedge) -> list[Fact]:
    days = 365.0 * hedge.quotes.years
    where = "at every price" if whole.span is None else f"for {price(whole.span[0])} to {price(whole.span[1])}"
    kept = "" if hedge.status is Status.FOUND else f"; {hedge.status}"
    worst = usd(hedge.worst, 2) if np.isfinite(hedge.worst) else "no floor"
    return [
        Fact(name, money(hedge.cost), f"{days:.1f} days, {_legs(hedge)}{kept}"),
        Fact("  worst that is left", f"{worst} USD", f"{_at(hedge.worst_at)}; held to expiry, {where}"),
    ]


def _at(where: float) -> str:
    return f"at {price(where)}" if np.isfinite(where) else "above every strike"


def _legs(hedge: StaticHedge) -> str:
    """Bought and sold contracts by right, such as "buys 12.3 puts at 7 strikes"."""
    said = []
    for verb, sign in (("buys", 1.0), ("sells", -1.0)):
        parts = []
        for right, name in ((PUT, "puts"), (CALL, "calls")):
            chosen = (hedge.quotes.right == right) & (sign * hedge.contracts > NOTHING)
            if np.any(chosen):
                count = float(np.sum(np.abs(hedge.contracts[chosen])))
                parts.append(f"{count:,.6g} {name} at {np.count_nonzero(chosen)} strikes")
        if parts:
            said.append(f"{verb} {' and '.join(parts)}")
    return ", ".join(said) or "nothing"


def _legs_record(hedge: StaticHedge) -> Record:
    traded = np.abs(hedge.contracts) > NOTHING
    columns = zip(
        hedge.quotes.strikes[traded], hedge.quotes.right[traded], hedge.contracts[traded], hedge.paid[traded],
        strict=True,
    )  # fmt: skip
    return {
        "cost_usd": hedge.cost,
        "premium_usd": hedge.premium,
        "years": hedge.quotes.years,
        "worst_usd": finite(hedge.worst),
        "worst_at": finite(hedge.worst_at),
        "status": str(hedge.status),
        "origin": str(hedge.quotes.origin),
        "source": hedge.quotes.source,
        "lot": hedge.lot,
        "residual": [{"price": float(p), "usd": float(r)} for p, r in zip(hedge.prices, hedge.residual, strict=True)],
        "density_left": {
            "masses": [{"strike": mass.strike, "units": mass.size} for mass in hedge.left.masses],
            "segments": [segment._asdict() for segment in hedge.left.segments],
        },
        "legs": [
            {
                "strike": float(k),
                "right": "call" if right == CALL else "put",
                "contracts": float(n),
                "price": float(p),
            }
            for k, right, n, p in columns
        ],
    }


def _record(hedge: LpHedge) -> Record:
    perp, again = hedge.perp, hedge.rehedging
    return {
        "allowed_usd": hedge.allowed,
        "span": None if hedge.span is None else list(hedge.span),
        "static": None if hedge.static is None else _legs_record(hedge.static),
        "rounded": None if hedge.rounded is None else _legs_record(hedge.rounded),
        "static_refused": hedge.fault or None,
        "perp": {
            "size": perp.size,
            "notional_usd": perp.notional_usd,
            "funding_usd_per_year": finite(perp.funding_usd_per_year),
            "rent_usd_per_year": finite(perp.rent_usd_per_year),
        },
        "rehedging": None
        if again is None
        else {
            "every_days": REHEDGE_DAYS,
            "cost_share": REHEDGE_COST,
            "cost_usd_per_year": again.cost_usd_per_year,
            "turnover_usd_per_year": again.turnover_usd_per_year,
            "error_usd": again.error_usd,
        },
    }
