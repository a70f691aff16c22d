"""The worked examples of Chitra, Autodeleveraging (arXiv:2512.01112): five accounts, their funding, losses and queue.

A row names its case; numbers it does not repeat are those of the paper's running example, typed here.
"""

import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from seawall.app.verify.arithmetic import LONGEST, all_finite, arithmetic
from seawall.app.verify.checks import ROUNDING, Case, Printed
from seawall.app.verify.files import Outcome, Row, Topic
from seawall.kernels.adl import pro_rata, queue_fill
from seawall.kernels.funding import payment
from seawall.kernels.margin import flat, liquidation_price
from seawall.kernels.perp import bad_debt, bankruptcy_price, closing_cost, execution_price, linear_pnl

PRINTED: Final = 5e-5
"""The paper prints four decimals; a file that drops trailing zeros shows fewer."""
THIRD: Final = 5e-4
FEWEST_BITS: Final = 1e-15
ROUNDED_RATE: Final = 5e-5
BASIS_POINT: Final = 1e-4


class Account(NamedTuple):
    """Signed size and collateral, opened at price 1."""

    size: float
    collateral: float


ACCOUNTS: Final = {
    "A": Account(1.0, 2.0),
    "B": Account(1.0, 2.0 / 3.0),
    "C": Account(-4.0, 8.0 / 3.0),
    "D": Account(1.0, 2.0 / 19.0),
    "E": Account(-1.0, 10.0 / 99.0),
}
MARKS: Final = (1.0, 1.4, 1.3)
RATES: Final = (
    0.0,
    float(Fraction(3, 5) - Fraction(14, 15)),
    float(Fraction(3, 5) - Fraction(26, 25)),
)
"""Its gamma: long over short open interest, 3/5, less mark over oracle (1.4/1.5, 1.3/1.25). Positive: shorts pay."""
WINNERS: Final = (8.0, 4.0, 0.5)
"""Equity of the winners of its deleveraging example; the accounts behind them have nothing to take."""

_NUMBER: Final = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"


class Found(NamedTuple):
    """A number, and by how much the printed one may differ beyond its own digits."""

    value: float
    slack: float = 0.0


Match = re.Match[str]


def _named(text: str, name: str) -> float | None:
    """The number behind ``name=`` in a text."""
    found = re.search(rf"(?<![a-z]){name}\s*=\s*{_NUMBER}", text, re.IGNORECASE)
    return float(found[1]) if found else None


def _account(case: Match, inputs: str) -> tuple[Account, float] | None:
    """Account and price of a row: a list [q, e, side] or [q, e, side, p] in its inputs, else the lettered one at 1."""
    named = (_named(inputs, "p"), _named(case.string, "p"), 1.0)
    price = next(each for each in named if each is not None)
    if not inputs.startswith("["):
        letter = case["letter"].upper()
        return (ACCOUNTS[letter], price) if letter in ACCOUNTS else None
    try:
        stated = json.loads(inputs)
    except (ValueError, RecursionError):
        return None
    known = all_finite(stated) if isinstance(stated, list) else None
    if known is None or len(known) not in (3, 4):
        return None
    return Account(known[0] * known[2], known[1]), known[3] if len(known) == 4 else price


def _bankruptcy(case: Match, inputs: str) -> Found | None:
    found = _account(case, inputs)
    return None if found is None else Found(float(bankruptcy_price(found[0].size, found[1], found[0].collateral)))


def _liquidation(case: Match, inputs: str) -> Found | None:
    found, rate = _account(case, inputs), _named(case.string, "mu")
    if found is None or rate is None:
        return None
    return Found(liquidation_price(found[0].size, found[1], found[0].collateral, flat(rate)).price)


def _funding_cash(size: float, mark: float, gamma: float) -> float:
    """Its gamma is what longs receive: the opposite sign of a funding rate."""
    return float(payment(size, mark, -gamma))


def _funding(case: Match, inputs: str) -> Found | None:
    step, account = int(case["t"]), ACCOUNTS[case["letter"].upper()]
    gamma, mark = _named(inputs, "gamma"), _named(inputs, "p")
    if step < len(MARKS):
        mark = MARKS[step] if mark is None else mark
        # the paper prints its rate rounded and goes on with the exact one
        gamma = RATES[step] if gamma is None or abs(gamma - RATES[step]) <= ROUNDED_RATE else gamma
    return None if gamma is None or mark is None else Found(_funding_cash(account.size, mark, gamma))


def _path_pnl(account: Account, start: int, end: int) -> float:
    cash = sum(_funding_cash(account.size, MARKS[t], RATES[t]) for t in range(start + 1, end + 1))
    return float(linear_pnl(account.size, MARKS[start], MARKS[end])) + cash


def _pnl(case: Match, inputs: str) -> Found | None:
    start, end = int(case["start"]), int(case["end"])
    if inputs or not 0 <= start < end < len(MARKS):
        return None
    return Found(_path_pnl(ACCOUNTS[case["letter"].upper()], start, end))


def _equity(case: Match, inputs: str) -> Found | None:
    """Collateral and P&L; the paper adds the rounded P&L, so one more half of a digit is allowed."""
    step, account = int(case["t"]), ACCOUNTS[case["letter"].upper()]
    if inputs or step >= len(MARKS):
        return None
    return Found(account.collateral + _path_pnl(account, 0, step), PRINTED)


def _leverage(case: Match, inputs: str) -> Found | None:
    step, account = int(case["t"]), ACCOUNTS[case["letter"].upper()]
    return None if inputs or step >= len(MARKS) else Found(abs(account.size) * MARKS[step] / account.collateral)


def _execution(case: Match, inputs: str) -> Found | None:
    impact, price, closed = _named(case.string, "alpha"), _named(inputs, "p"), _named(inputs, "dq")
    if impact is None or price is None or closed is None:
        return None
    return Found(float(execution_price(closed if case["side"].lower() == "sell" else -closed, price, impact)))


def _cost(case: Match, inputs: str) -> Found | None:
    price, closed, fill = _named(inputs, "p"), _named(inputs, "dq"), _named(inputs, "exec")
    fees = {(kind or "mark").lower(): float(fee) * BASIS_POINT for fee, kind in COST_FEES.findall(case.string)}
    if price is None or closed is None or not fees or ("exec" in fees and fill is None):
        return None
    return Found(
        float(
            closing_cost(closed, price, price if fill is None else fill, fees.get("mark", 0.0), fees.get("exec", 0.0))
        )
    )


def _debt(case: Match, inputs: str) -> Found | None:
    """Bankruptcy price, execution price and quantity, each arithmetic."""
    terms = [arithmetic(part) for part in inputs.split(",")]
    if len(terms) != 3 or terms[0] is None or terms[1] is None or terms[2] is None:
        return None
    held = terms[2] if case["side"].lower() == "long" else -terms[2]
    return Found(float(bad_debt(held, terms[0], terms[1])))


def _winners(inputs: str) -> tuple[float, ...] | None:
    stated = re.search(r"w\s*=\s*\(([^)]*)\)", inputs, re.IGNORECASE)
    if stated is None:
        return WINNERS
    amounts = [arithmetic(part) for part in stated[1].split(",") if part.strip()]
    known = tuple(amount for amount in amounts if amount is not None)
    return known if known and len(known) == len(amounts) else None


def _seized(taken: np.ndarray[tuple[int], np.dtype[np.float64]], number: int) -> Found:
    """What is taken from an account; accounts behind the winners have lost and give nothing."""
    return Found(float(taken[number - 1]) if number <= taken.size else 0.0)


def _queue(case: Match, inputs: str) -> Found | None:
    held, deficit, share = _winners(inputs), _named(inputs, "D"), _named(case.string, "theta")
    order = re.search(r"order\s*([\d,\s]+)", case.string, re.IGNORECASE)
    if held is None or deficit is None or order is None:
        return None
    queue = [int(each) for each in re.findall(r"\d+", order[1])]
    if sorted(queue) != list(range(1, len(held) + 1)) or int(case["acct"]) < 1:
        return None
    ranks = np.empty(len(held))
    ranks[np.array(queue) - 1] = np.arange(len(held), 0, -1)
    return _seized(queue_fill(ranks, held, deficit * (1.0 if share is None else share)), int(case["acct"]))


def _pro_rata(case: Match, inputs: str) -> Found | None:
    held, share = _winners(inputs), _named(inputs, "h")
    if held is None or int(case["acct"]) < 1:
        return None
    if share is None:
        deficit, theta = _named(inputs, "D"), _named(case.string, "theta")
        if deficit is None:
            return None
        share = deficit * (1.0 if theta is None else theta) / sum(held)
    return _seized(pro_rata(held, share * sum(held)), int(case["acct"]))


COST_FEES: Final = re.compile(rf"{_NUMBER}\s*bps?\b\s*(mark|exec)?", re.IGNORECASE)
_LETTER: Final = r"(?P<letter>[A-E])\b"
KINDS: Final[tuple[tuple[str, Callable[[Match, str], Found | None]], ...]] = (
    (rf"bankruptcy price {_LETTER}.*", _bankruptcy),
    (rf"liquidation price {_LETTER}.*", _liquidation),
    (rf"funding cash t ?= ?(?P<t>\d) {_LETTER}", _funding),
    (rf"PNL (?P<start>\d) ?: ?(?P<end>\d) {_LETTER}", _pnl),
    (rf"equity t ?= ?(?P<t>\d) {_LETTER}", _equity),
    (rf"leverage t ?= ?(?P<t>\d) {_LETTER}", _leverage),
    (r"exec\w* price\b.*\b(?P<side>sell|buy)\b.*", _execution),
    (r"liq\w* costs?\b.*", _cost),
    (r"bad debt\b.*\b(?P<side>long|short)\b.*", _debt),
    (r"ADL queue seized acct ?(?P<acct>\d{1,3})\b.*", _queue),
    (r"ADL pro-?rata seized acct ?(?P<acct>\d{1,3})\b.*", _pro_rata),
)


def _compare_example(row: Row) -> Outcome:
    case, inputs = " ".join(row.words["case"].split()), row.words["inputs"]
    if max(len(case), len(inputs)) > LONGEST:
        return Outcome((), "unusable: case or inputs is no short text")
    for pattern, compute in KINDS:
        match = re.fullmatch(pattern, case, re.IGNORECASE)
        if match is None:
            continue
        found = compute(match, inputs)
        if found is None:
            return Outcome((), "not covered: its inputs are not those of the paper's example of this kind")
        expected = row.published["expected"]
        allowed = (_digits(expected) + found.slack) * (1.0 + ROUNDING)
        return Outcome((Case(abs(found.value - expected.value), allowed, case),))
    return Outcome((), "not covered: a case of no kind known here")


def _digits(expected: Printed) -> float:
    """Half a unit of the last digit, but of the paper's fourth decimal where fewer than three are written."""
    return max(expected.half_unit, FEWEST_BITS * abs(expected.value)) if expected.half_unit <= THIRD else PRINTED


CHITRA_TOPIC: Final = Topic(
    "chitra_worked_examples", (), ("case",), ("expected",), _compare_example, optional_words=("inputs",)
)
