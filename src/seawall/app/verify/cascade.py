"""Identities of a liquidation cascade, read from the words of a case, against `kernels.cascade`."""

import math
import re
from typing import Final

from seawall.app.verify.checks import Case
from seawall.app.verify.files import Outcome, Row, Topic
from seawall.kernels.cascade import cascade, flow
from seawall.kernels.cascade_path import Terms
from seawall.kernels.cascade_split import branching

ABSOLUTE: Final = 1e-9
START: Final = 100.0
SHOCK: Final = 2.0
"""Of the cases of constant density: all of them state the drop of this shock."""
ROOM: Final = 2.0
"""Starts are at least this many drops high."""
IMPACT: Final = 1e-3
SMALL_SHOCK: Final = 1e-3
"""Of the cases of a small shock: their drop is the linear one, shock/(1 - n) with n at the start."""
LOOP: Final = Terms(IMPACT, vol_flow=1e5, vol_response=0.3)
DENSITY: Final = 300.0
"""Volatility flow of n_v = .3 at the start and a density of n_G = .3: the market of METHOD 1.7."""

_NUMBER: Final = r"(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
CONSTANT: Final = re.compile(rf"constant density n\s*=\s*{_NUMBER}", re.IGNORECASE)
VEGA_ONLY: Final = re.compile(r"vega only, small shock", re.IGNORECASE)
BOTH: Final = re.compile(r"both, small shock", re.IGNORECASE)


def _constant(ratio: float) -> float | None:
    """Drop of the shock under a constant branching ratio, from a start high enough; none when it sustains itself."""
    if not ratio < 1.0:
        return None
    start = max(START, ROOM * SHOCK / (1.0 - ratio))
    book = flow([start * 1e-9, start], [ratio / IMPACT])
    return cascade(start, SHOCK, -1.0, book, Terms(IMPACT, cap=math.inf)).move


def _small(density: float) -> float:
    book = flow([START * 1e-9, START], [density])
    return SMALL_SHOCK / float(branching(START, START, book, LOOP).distance[0])


def identity(case: str) -> float | None:
    """The number a case states, from its text; None for one without a formula here."""
    if constant := CONSTANT.fullmatch(case):
        return _constant(float(constant[1]))
    if VEGA_ONLY.fullmatch(case):
        return _small(0.0)
    if BOTH.fullmatch(case):
        return _small(DENSITY)
    return None


def _compare(row: Row) -> Outcome:
    found = identity(row.words["case"])
    if found is None:
        return Outcome((), "not covered: a case without a formula here")
    return Outcome((Case(abs(found - row.published["expected"].value), ABSOLUTE, row.words["case"]),))


CASCADE_TOPICS: Final = (Topic("cascade_identities", (), ("case",), ("expected",), _compare),)
