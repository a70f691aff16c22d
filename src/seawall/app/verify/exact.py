"""Tables of exact integers: read as Python integers, never as floats, and nothing but equality passes."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, final

from seawall.app.verify.checks import Case, Check, Remark, joined, judged, not_covered, remarks_in_one
from seawall.app.verify.files import Line, joined_place, read_table, source_of
from seawall.core.errors import SeawallError

WHOLE: Final = re.compile(r"[+-]?\d{1,90}")


class Unusable(NamedTuple):
    """Why a row cannot be compared."""

    reason: str


Compared = tuple[Case, ...] | Unusable


@final
@dataclass(frozen=True, slots=True)
class ExactTopic:
    """A table of integers: the columns it must have, and how a row is compared."""

    name: str
    columns: tuple[str, ...]
    compare: Callable[[Line], Compared]


class NotWholeError(ValueError):
    """A cell that is no integer, flag or list: the row is unusable."""


def whole(line: Line, name: str) -> int:
    """The integer in a cell."""
    if not WHOLE.fullmatch(line.cells[name]):
        raise NotWholeError(f"{name} {line.cells[name]!r} is not an integer")
    return int(line.cells[name])


def equal(found: int, expected: int, where: str) -> Case:
    """Exact equality; an error of 1 and more is in units of the last digit."""
    return Case(float(abs(found - expected)), 0.0, where)


def check_exact(topic: ExactTopic, path: Path) -> Check:
    """Compare every row of a file exactly. Raises InputError when the file cannot be used at all."""
    table = read_table(path)
    if not table.rows:
        return not_covered(topic.name, joined(f"{path.name} has no rows", remarks_in_one(path.name, table.remarks)))
    table.require(topic.columns)
    cases: list[Case] = []
    remarks = list(table.remarks)
    compared = 0
    for line in table.rows:
        found = _compare_line(topic, line)
        if isinstance(found, Unusable):
            remarks.append(Remark(line.line, found.reason))
        else:
            cases += [case._replace(where=joined_place(line.line, case.where)) for case in found]
            compared += 1
    return judged(topic.name, compared, cases, source_of(table), remarks_in_one(path.name, remarks))


def _compare_line(topic: ExactTopic, line: Line) -> Compared:
    try:
        return topic.compare(line)
    except NotWholeError as fault:
        return Unusable(f"unusable: {fault}")
    except SeawallError as fault:
        # a refusal where the table states a number is our answer, so it fails the row rather than stops the run
        return (Case(math.inf, 0.0, f"refused: {type(fault).__name__}"),)
