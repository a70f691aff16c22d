"""Tables of stableswap contract calls against `kernels.stableswap`: D, the amount paid out and its fee unit by unit.

Balances and amounts are whole token units of one precision. The contract's fee rate has no column of its own: it is the
whole number of 1e-10 that the two spot prices state, or that the fee itself does. A blank cell is not compared.
"""

import json
from typing import Final

from seawall.app.verify.checks import Case, printed
from seawall.app.verify.exact import Compared, ExactTopic, NotWholeError, Unusable, equal, whole
from seawall.app.verify.files import ABSENT, NUMBER, Line
from seawall.kernels.stableswap import FEE_UNIT, exchange, get_d, spot_price

BALANCES: Final = "balances_18dec"
SPOT: Final = "spot_dydx_nofee"
SPOT_AFTER_FEE: Final = "spot_dydx_fee"
SPOT_ERROR: Final = 4e-16
"""Relative: a spot price is a number of 53 bits."""
MOST_COINS: Final = 32


def _balances(line: Line) -> list[int]:
    try:
        # a number of thousands of digits is refused by Python itself, as a ValueError
        found = json.loads(line.cells[BALANCES])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(type(cell) is int and abs(cell) < 2**256 for cell in found):
        raise NotWholeError(f"{BALANCES} {line.cells[BALANCES][:40]!r} is no list of integers of 256 bits")
    if len(found) != whole(line, "n") or not 2 <= len(found) <= MOST_COINS:
        raise NotWholeError(f"{BALANCES} has {len(found)} coins, n is {line.cells['n']}")
    return found


def _present(line: Line, name: str) -> bool:
    return line.cells.get(name, "").lower() not in ABSENT


def _spot(line: Line, name: str) -> float:
    if not NUMBER.fullmatch(line.cells[name]):
        raise NotWholeError(f"{name} {line.cells[name]!r} is not a number")
    return printed(line.cells[name]).value


def _rate(line: Line) -> int:
    """The contract's fee in units of 1e-10, as the row states it."""
    if _present(line, SPOT) and _present(line, SPOT_AFTER_FEE):
        before = _spot(line, SPOT)
        share = 1.0 - _spot(line, SPOT_AFTER_FEE) / before if before else 0.0
    else:
        paid, kept = whole(line, "dy_coin_last"), whole(line, "fee")
        share = kept / (paid + kept) if paid + kept else 0.0
    rate = round(share * FEE_UNIT) if abs(share) <= 1.0 else -1
    if not 0 <= rate <= FEE_UNIT:
        raise NotWholeError(f"the fee is {share:g} of the amount")
    return rate


def _compare(line: Line) -> Compared:
    balances, amplification = _balances(line), whole(line, "A")
    last = len(balances) - 1
    cases: list[Case] = []
    if _present(line, "D"):
        cases.append(equal(get_d(amplification, balances), whole(line, "D"), "D"))
    if _present(line, "dx_coin0") and _present(line, "dy_coin_last"):
        amount, paid = whole(line, "dx_coin0"), whole(line, "dy_coin_last")
        if _present(line, "fee"):
            found = exchange(amplification, balances, 0, last, amount, _rate(line))
            cases += [equal(found[0], paid, "dy_coin_last"), equal(found[1], whole(line, "fee"), "fee")]
        elif _present(line, SPOT) and _present(line, SPOT_AFTER_FEE):
            cases.append(
                equal(exchange(amplification, balances, 0, last, amount, _rate(line))[0], paid, "dy_coin_last")
            )
    if _present(line, SPOT):
        published = _spot(line, SPOT)
        error = abs(spot_price(amplification, balances, 0, last) - published)
        cases.append(Case(error, SPOT_ERROR * abs(published), SPOT))
    return tuple(cases) or Unusable("without a published number")


STABLESWAP_TOPICS: Final = (ExactTopic("curve_stableswap_vectors", ("n", "A", BALANCES), _compare),)
