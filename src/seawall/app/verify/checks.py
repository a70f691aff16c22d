"""What a check is: cases against published values, the worst of them, and a verdict."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, final

Verdict = Literal["pass", "fail", "not covered"]

ROUNDING: Final = 1e-6
"""Part of the last digit's half by which a rounded number may be off: halves are not binary numbers."""
LINES_SHOWN: Final = 6


class Printed(NamedTuple):
    """A number as printed: its value, and half a unit of its last digit."""

    value: float
    half_unit: float


class Case(NamedTuple):
    """One comparison: the error, what is allowed, and where it stands."""

    error: float
    allowed: float
    where: str = ""


class Remark(NamedTuple):
    """Something to say about a row of a file."""

    line: int
    text: str


@final
@dataclass(frozen=True, slots=True)
class Check:
    """Verdict on one topic.

    ``cases`` rows were compared; ``worst_error`` and ``tolerance`` belong to the case that used most of what it was
    allowed, so a topic passes exactly when the first does not exceed the second. Both are nan when nothing was
    compared, and an error is infinite when the program refused a case.
    """

    topic: str
    cases: int
    worst_error: float
    tolerance: float
    verdict: Verdict
    source: str = ""
    note: str = ""


def printed(text: str) -> Printed:
    """The number in ``text``, and half a unit of the last digit written. Raises ``decimal.InvalidOperation``."""
    exponent = Decimal(text).as_tuple().exponent
    return Printed(float(text), float(f"5e{exponent - 1}") if isinstance(exponent, int) else math.nan)


def to_digits(found: float, text: str, where: str = "") -> Case:
    """Compare with a number typed to the digits of its source: half a unit of the last one is allowed."""
    value, half_unit = printed(text)
    return Case(abs(found - value), half_unit * (1.0 + ROUNDING), where)


def used(case: Case) -> float:
    """Share of the allowed error that a case uses: above 1 it fails; infinite when the error is not a number."""
    if case.error == 0.0:
        return 0.0
    if not math.isfinite(case.error) or case.allowed <= 0.0:
        return math.inf
    return case.error / case.allowed


def judged(topic: str, rows: int, cases: Sequence[Case], source: str = "", note: str = "") -> Check:
    """Verdict over all comparisons of ``rows`` rows; ``not covered`` without any."""
    if not cases:
        return not_covered(topic, note, source)
    worst = max(cases, key=used)
    missed = [case for case in cases if not case.error <= case.allowed]
    error = worst.error if math.isfinite(worst.error) else math.inf
    if missed:
        places = ", ".join([case.where for case in missed if case.where][:LINES_SHOWN])
        note = joined(f"{len(missed)} of {len(cases)} values missed" + (f", first {places}" if places else ""), note)
    return Check(topic, rows, error, worst.allowed, "fail" if missed else "pass", source, note)


def not_covered(topic: str, note: str, source: str = "") -> Check:
    """A topic on which nothing was compared."""
    return Check(topic, 0, math.nan, math.nan, "not covered", source, note)


def joined(*notes: str) -> str:
    """Notes that are not empty, in one line."""
    return "; ".join(note for note in notes if note)


def remarks_in_one(file: str, remarks: Iterable[Remark]) -> str:
    """Remarks counted by their text, with the file and its first lines: nothing about a row is dropped in silence."""
    lines: dict[str, list[int]] = {}
    for remark in remarks:
        lines.setdefault(remark.text, []).append(remark.line)
    parts = []
    for text, at in lines.items():
        first = ", ".join(str(line) for line in at[:LINES_SHOWN]) + (", ..." if len(at) > LINES_SHOWN else "")
        rows = "1 row" if len(at) == 1 else f"{len(at)} rows"
        parts.append(f"{rows} {text} ({file} line {first})")
    return "; ".join(parts)


def as_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks as records; a number that is not finite is null."""
    return [
        {
            "topic": check.topic,
            "cases": check.cases,
            "worst_error": _finite(check.worst_error),
            "tolerance": _finite(check.tolerance),
            "verdict": check.verdict,
            "source": check.source,
            "note": check.note,
        }
        for check in checks
    ]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def failed(checks: Iterable[Check]) -> bool:
    """Whether any check missed its published value."""
    return any(check.verdict == "fail" for check in checks)
