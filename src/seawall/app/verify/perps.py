"""Published funding rates, liquidation prices, maintenance deductions and a deleveraging queue against the kernels."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from seawall.app.verify.arithmetic import LONGEST, all_finite, arithmetic
from seawall.app.verify.checks import ROUNDING, Case, Check, Printed, Remark, judged, printed, remarks_in_one
from seawall.app.verify.files import Line, Outcome, Row, Table, Topic, joined_place, number, read_table, source_of
from seawall.core.errors import InputError, SeawallError
from seawall.kernels.adl import queue_fill, queue_share
from seawall.kernels.funding import CLAMP, INTEREST, funding_rate, paid_rate, payment, premium_index
from seawall.kernels.margin import (
    BACKSTOP,
    binance_liquidation_price,
    leverage_schedule,
    liquidation_price,
    maintenance,
    schedule,
)

EXACT: Final = 1e-12
CENT: Final = 0.01
HYPERLIQUID_RELATIVE: Final = 1e-6
RATE_DIGITS: Final = 5e-10
CASH_DIGITS: Final = 5e-7
"""A rate printed to nine digits or more, cash to six or more, is rounded; anything shorter is exact."""
HOURLY_CAP: Final = 0.04

_NUMBER: Final = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
HOURLY: Final = re.compile(r"(?<!\d)(?<!\d[ -])\bhourly\b|\b(?:per|1) ?-?hour\b", re.IGNORECASE)
WORKED_PAYMENT: Final = re.compile(
    rf"\b(long|short)\s*{_NUMBER}\s*@\s*{_NUMBER}\s*,?\s*rate\s*=?\s*{_NUMBER}(\s*%)?", re.IGNORECASE
)
DAILY_COST: Final = re.compile(rf"\brate\s*=?\s*{_NUMBER}(\s*%)?\s*[x*]\s*{_NUMBER}\s*[x*]\s*{_NUMBER}", re.IGNORECASE)
WORKED_PREMIUM: Final = re.compile(rf"\bpremium\s*[=:]?\s*{_NUMBER}\s*(%)?(?![\w.])", re.IGNORECASE)
WORKED_PRICES: Final = re.compile(rf"\b(bid|ask|oracle|index)\s*[=:@]?\s*{_NUMBER}", re.IGNORECASE)
NOT_UNDERSTOOD: Final = "not covered: neither a premium, impact prices nor a payment"


def _inputs(text: str) -> dict[str, float] | None:
    """Numbers by name, lower case, from a JSON object; empty for a blank cell, None for anything else."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    numbers = all_finite(list(found.values())) if isinstance(found, dict) else None
    return None if numbers is None else {name.strip().lower(): x for name, x in zip(found, numbers, strict=True)}


def _first(at: Mapping[str, float], *names: str) -> float | None:
    return next((at[name] for name in names if name in at), None)


def _close(found: float, expected: Printed, coarsest: float, where: str) -> Outcome:
    allowed = expected.half_unit * (1.0 + ROUNDING) if expected.half_unit <= coarsest else EXACT
    return Outcome((Case(abs(found - expected.value), max(allowed, EXACT), where),))


def _compare_funding(row: Row) -> Outcome:
    at, case, expected = _inputs(row.words["inputs"]), row.words["case"], row.published["expected"]
    if at is None or len(case) > LONGEST:
        return Outcome((), "unusable: inputs is no JSON object of numbers, or case is no short text")
    quoted = at or {name.lower(): float(price) for name, price in WORKED_PRICES.findall(case)}
    bid, ask = _first(quoted, "impact_bid", "bid"), _first(quoted, "impact_ask", "ask")
    index = _first(quoted, "oracle", "index", "oracle_px")
    if bid is not None and ask is not None and index is not None:
        return _close(float(premium_index(bid, ask, index)), expected, RATE_DIGITS, "premium index")
    if "szi" in at and "rate" in at:
        return _compare_payment(at, expected)
    worked = _worked_payment(case)
    if worked is not None:
        return _close(worked, expected, CASH_DIGITS, "payment")
    premium = _first(at, "premium", "p")
    stated = WORKED_PREMIUM.search(case)
    if premium is None and stated is not None and not at:
        premium = float(stated[1]) / (100.0 if stated[2] else 1.0)
    if premium is None:
        return Outcome((), NOT_UNDERSTOOD)
    rate = float(funding_rate(premium, at.get("interest", INTEREST), at.get("clamp", CLAMP)))
    if HOURLY.search(case):
        rate = float(paid_rate(rate, 1.0, at.get("cap", HOURLY_CAP)))
    return _close(rate, expected, RATE_DIGITS, "rate")


def _worked_payment(case: str) -> float | None:
    """What the holder pays in a case of words: ``long 2 @100 rate .001``, or ``rate .01% x notional x times``."""
    worked = WORKED_PAYMENT.search(case)
    if worked is not None:
        size = float(worked[2]) * (1.0 if worked[1].lower() == "long" else -1.0)
        return -float(payment(size, float(worked[3]), float(worked[4]) / (100.0 if worked[5] else 1.0)))
    cost = DAILY_COST.search(case)
    if cost is not None:
        return -float(payment(float(cost[3]), 1.0, float(cost[1]) / (100.0 if cost[2] else 1.0))) * float(cost[4])
    return None


def _compare_payment(at: Mapping[str, float], expected: Printed) -> Outcome:
    """What the holder pays. Without an oracle price, cash and rate imply one, and only signs are tested."""
    size, rate, oracle, cash = at["szi"], at["rate"], _first(at, "oracle", "oracle_px", "index"), _first(at, "usdc")
    if oracle is not None:
        return _close(-float(payment(size, oracle, rate)), expected, CASH_DIGITS, "payment")
    if cash is None or size == 0.0 or rate == 0.0:
        return Outcome((), NOT_UNDERSTOOD)
    found = _close(-float(payment(size, abs(cash / (size * rate)), rate)), expected, CASH_DIGITS, "payment")
    return found._replace(remark="whose oracle price is implied by the cash itself: only signs are tested")


OTHERS: Final = "other_positions(sym,entry,size,mark,mmr,cum)"


def _others(text: str) -> list[list[float]] | None:
    """Entry, size, mark, rate and amount of every other position; None when the cell is no such list."""
    try:
        found: Any = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(each, list) and len(each) == 6 for each in found):
        return None
    rows = [row for row in (all_finite(each[1:]) for each in found) if row is not None]
    return rows if len(rows) == len(found) else None


def _compare_binance(row: Row) -> Outcome:
    at, mode = row.inputs, row.words["mode"].lower()
    others = _others(row.words[OTHERS])
    if others is None or mode not in ("isolated", "cross"):
        return Outcome((), "unusable: mode is neither isolated nor cross, or the other positions are no list of six")
    side = -1.0 if row.words["side"].lower() in ("short", "sell", "-1") else 1.0
    held = others if mode == "cross" else []
    required = math.fsum(abs(size) * mark * rate - amount for _, size, mark, rate, amount in held)
    unrealised = math.fsum(size * (mark - entry) for entry, size, mark, _, _ in held)
    found = binance_liquidation_price(
        side * at["size"],
        at["entry"],
        at["mmr"],
        at["cum_maintenance_amount"],
        at["wallet_balance"],
        required,
        unrealised,
    )
    return Outcome(
        (Case(abs(found - row.published["expected"].value), CENT * (1.0 + ROUNDING), row.words["contract"]),)
    )


def _compare_hyperliquid(row: Row) -> Outcome:
    at, expected = row.inputs, row.published["expected"].value
    tiers = leverage_schedule((0.0,), (at["max_leverage"],))
    fraction = BACKSTOP if "backstop" in row.words["case"].lower() else 1.0
    found = liquidation_price(
        at["signed_size"], at["mark"], at["account_or_isolated_value"], tiers,
        other=at["other_maintenance"], fraction=fraction,
    )  # fmt: skip
    return Outcome(
        (Case(abs(found.price - expected), HYPERLIQUID_RELATIVE * max(1.0, abs(expected)), row.words["case"]),)
    )


DEDUCTION: Final = re.compile(r"\s*([^()]+?)\s*\*\s*\(\s*([^()-]+?)\s*-\s*([^()-]+?)\s*\)\s*(?:\+\s*([^()]+?))?\s*")
LEVERAGES: Final = re.compile(r"(\d+)\s*x?\s*(?:->|=>|to)\s*(\d+)\s*x?\s*$", re.IGNORECASE)


def _rate(text: str, leverage: str | None) -> float | None:
    """The rate in ``text``; half the inverse of a stated leverage where the text is that, rounded."""
    stated = arithmetic(text)
    if stated is None or leverage is None or float(leverage) < 1.0:
        return stated
    exact, digits = 0.5 / float(leverage), text.strip().rstrip("%").strip()
    half = printed(digits).half_unit / (100.0 if "%" in text else 1.0) if number(digits) else 0.0
    return exact if abs(exact - stated) <= half * (1.0 + ROUNDING) else stated


def _compare_deduction(row: Row) -> Outcome:
    """``N (m - m') + D'``: the tier's deduction from its bound, the two rates, and the deduction before it."""
    case, expr = row.words["case"], row.words["expr"]
    form = DEDUCTION.fullmatch(expr) if max(len(case), len(expr)) <= LONGEST else None
    if form is None:
        return Outcome((), "not covered: expr is no bound * (rate - rate before) + deduction before")
    stated = LEVERAGES.search(case)
    bound, before = arithmetic(form[1]), arithmetic(form[4]) if form[4] else 0.0
    upper, lower = _rate(form[2], stated[2] if stated else None), _rate(form[3], stated[1] if stated else None)
    if bound is None or before is None or upper is None or lower is None:
        return Outcome((), "unusable: expr is not arithmetic")
    tiers = schedule((0.0, bound), (lower, upper))
    found, expected = before + float(tiers.deductions[1]), row.published["expected"].value
    # a rounded sum of decimal numbers is exact to the last bits of its largest term
    allowed = EXACT * max(1.0, abs(expected))
    jump = float(maintenance(bound, tiers)) - bound * lower
    return Outcome((Case(abs(found - expected), allowed, case), Case(abs(jump), allowed, "continuity")))


PERP_TOPICS: Final = (
    Topic("funding_vectors", (), ("case",), ("expected",), _compare_funding, optional_words=("inputs",)),
    Topic(
        "binance_liquidation_price", ("wallet_balance", "cum_maintenance_amount", "size", "entry", "mmr"),
        ("contract", "mode"), ("expected",), _compare_binance, optional_words=(OTHERS, "side"),
    ),
    Topic(
        "hyperliquid_liquidation_price",
        ("account_or_isolated_value", "signed_size", "mark", "other_maintenance", "max_leverage"), ("case",),
        ("expected",), _compare_hyperliquid,
    ),
    Topic("maintenance_deduction", (), ("case", "expr"), ("expected",), _compare_deduction),
)  # fmt: skip

BITMEX: Final = "bitmex_adl_example"
AFTER: Final = re.compile(r"qty_after_liq_(?:short|long)_(\d+(?:\.\d+)?)")


Queued = tuple[Line, float, float]
"""A row with its size and score."""


def check_bitmex(path: Path) -> Check:
    """Percentiles of a whole queue, and what a liquidation leaves of each position where the table says it.

    The queue is every usable row of the file. Raises InputError when a column is missing.
    """
    table = read_table(path)
    remarks = list(table.remarks)
    if table.rows:
        table.require(("account", "qty_before", "score"))
    rows: list[Queued] = []
    for line in table.rows:
        held, score = number(line.cells["qty_before"]), number(line.cells["score"])
        if isinstance(held, Printed) and isinstance(score, Printed):
            rows.append((line, held.value, score.value))
        else:
            remarks.append(Remark(line.line, "unusable: qty_before or score is not a number"))
    after = {name: float(found[1]) for name in table.columns if (found := AFTER.fullmatch(name))}
    if table.rows and not after and "percentile" not in table.columns:
        raise InputError(f"{path}: neither a percentile nor a qty_after_liq_<side>_<size> is there: add one")
    cases: list[Case] = []
    if rows:
        try:
            cases = _compare_queue(rows, after, remarks)
        except SeawallError as fault:
            cases, remarks = [Case(math.inf, math.nan)], [*remarks, Remark(rows[0][0].line, f"refused: {fault}")]
    return judged(BITMEX, len(rows) if cases else 0, cases, _source(table), remarks_in_one(path.name, remarks))


def _source(table: Table) -> str:
    return source_of(table) if table.rows else table.path.name


def _compare_queue(
    rows: list[tuple[Line, float, float]], after: Mapping[str, float], remarks: list[Remark]
) -> list[Case]:
    held, scores = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    share = queue_share(scores, held)
    left = {name: held - queue_fill(scores, held, need) for name, need in after.items()}
    cases = []
    for i, (line, _, _) in enumerate(rows):
        compared = []
        percentile = arithmetic(line.cells.get("percentile", ""))
        if percentile is not None:
            compared.append(Case(abs(float(share[i]) - percentile), EXACT, joined_place(line.line, "percentile")))
        for name, remaining in left.items():
            stated = number(line.cells[name])
            if isinstance(stated, Printed):
                compared.append(Case(abs(float(remaining[i]) - stated.value), EXACT, joined_place(line.line, name)))
        if not compared:
            remarks.append(Remark(line.line, "without a published number"))
        cases += compared
    return cases
