"""Tables of published values: strictly read, compared row by row, every row accounted for."""

import csv
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, final

import numpy as np

from seawall.app.verify.checks import Case, Check, Printed, Remark, joined, judged, not_covered, printed, remarks_in_one
from seawall.core.errors import InputError, SeawallError

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
ABSENT: Final = frozenset({"", "nan", "na", "n/a", "none", "null", "-"})
SOURCES: Final = ("source", "note")


class Line(NamedTuple):
    """A row as it stands in a file."""

    line: int
    cells: dict[str, str]


@final
@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a file, and remarks on those that are none (blank, or of another width than the header)."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    remarks: tuple[Remark, ...]

    def require(self, names: tuple[str, ...]) -> None:
        """Raise InputError for the first column that is not there."""
        for name in names:
            if name not in self.columns:
                needed = ", ".join(names)
                raise InputError(
                    f"{self.path}: column {name!r} is missing: add it (needed: {needed}) or remove the file"
                )


class Row(NamedTuple):
    """A row in numbers: inputs, words, and the published values that are present."""

    line: int
    inputs: Mapping[str, float]
    words: Mapping[str, str]
    published: Mapping[str, Printed]


class Outcome(NamedTuple):
    """Comparisons of one row; without any, ``remark`` says why."""

    cases: tuple[Case, ...]
    remark: str = ""


@final
@dataclass(frozen=True, slots=True)
class Topic:
    """How a file is read and compared.

    ``inputs`` (numbers) and ``words`` are needed, and at least one column of ``published``. With ``by_column`` the
    last digit of a published number is the finest of its column, because CSV writers drop trailing zeros.
    """

    name: str
    inputs: tuple[str, ...]
    words: tuple[str, ...]
    published: tuple[str, ...]
    compare: Callable[[Row], Outcome]
    by_column: bool = False
    uncomputed: str = ""
    """What other columns hold, when they are to be counted as not computed."""
    optional_words: tuple[str, ...] = ()
    """Words that may be blank, and whose column may be absent."""


def read_table(path: Path) -> Table:
    """Read a CSV with a header; cells are stripped text. Raises InputError for a file that is no such table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise InputError(f"{path} cannot be read ({reason}): give a CSV file in UTF-8 with a header") from None
    remarks = []
    while lines and not any(lines[0][1]):
        remarks.append(Remark(lines.pop(0)[0], "blank"))
    if not lines:
        return Table(path, (), (), tuple(remarks))
    columns = tuple(lines[0][1])
    for name in columns:
        if name and columns.count(name) > 1:
            raise InputError(f"{path}: column {name!r} stands {columns.count(name)} times in the header: keep one")
    rows = []
    for line, cells in lines[1:]:
        if not any(cells):
            remarks.append(Remark(line, "blank"))
        elif len(cells) != len(columns):
            remarks.append(Remark(line, f"unusable: {len(cells)} cells under a header of {len(columns)}"))
        else:
            rows.append(Line(line, dict(zip(columns, cells, strict=True))))
    return Table(path, columns, tuple(rows), tuple(remarks))


def number(text: str) -> Printed | str | None:
    """The number in a cell, None if it is blank or nan, or what is wrong with it."""
    if text.lower() in ABSENT:
        return None
    if not NUMBER.fullmatch(text):
        return f"{text!r} is not a number"
    found = printed(text)
    return found if math.isfinite(found.value) else f"{text!r} is too large"


def check_file(topic: Topic, path: Path) -> Check:
    """Compare every row of a file. Raises InputError when the file cannot be used at all."""
    table = read_table(path)
    if not table.rows:
        return not_covered(topic.name, joined(f"{path.name} has no rows", remarks_in_one(path.name, table.remarks)))
    table.require((*topic.inputs, *topic.words))
    if not any(name in table.columns for name in topic.published):
        raise InputError(f"{path}: none of the columns {', '.join(topic.published)} is there: add one to compare with")
    finest = {name: _finest(table, name) for name in topic.published} if topic.by_column else {}
    cases: list[Case] = []
    remarks = list(table.remarks)
    compared = 0
    for line in table.rows:
        outcome = _compare_line(topic, line, finest)
        cases += [case._replace(where=joined_place(line.line, case.where)) for case in outcome.cases]
        compared += bool(outcome.cases)
        if outcome.remark:
            remarks.append(Remark(line.line, outcome.remark))
    note = joined(_uncomputed(topic, table), remarks_in_one(path.name, remarks))
    return judged(topic.name, compared, cases, source_of(table), note)


def joined_place(line: int, where: str) -> str:
    """Place of a comparison in a file."""
    return f"line {line} {where}".rstrip()


def source_of(table: Table) -> str:
    """Source the file names first, or the file."""
    for name in SOURCES:
        for line in table.rows:
            if line.cells.get(name):
                return line.cells[name]
    return table.path.name


def _compare_line(topic: Topic, line: Line, finest: Mapping[str, float]) -> Outcome:
    row = _in_numbers(topic, line, finest)
    if isinstance(row, str):
        return Outcome((), row)
    if not row.published:
        return Outcome((), "without a published number")
    try:
        # a refusal or an overflow is our answer to a published case, so it fails it rather than stops the run
        with np.errstate(all="ignore"):
            return topic.compare(row)
    except (SeawallError, ArithmeticError) as fault:
        return Outcome((Case(math.inf, math.nan),), f"refused: {fault}")


def _in_numbers(topic: Topic, line: Line, finest: Mapping[str, float]) -> Row | str:
    inputs: dict[str, float] = {}
    for name in topic.inputs:
        found = number(line.cells[name])
        if not isinstance(found, Printed):
            return f"unusable: {name} is blank" if found is None else f"unusable: {name} {found}"
        inputs[name] = found.value
    words = {name: line.cells[name] for name in topic.words}
    for name, word in words.items():
        if not word:
            return f"unusable: {name} is blank"
    words |= {name: line.cells.get(name, "") for name in topic.optional_words}
    published: dict[str, Printed] = {}
    for name in topic.published:
        found = number(line.cells.get(name, ""))
        if isinstance(found, str):
            return f"without a published number: {name} {found}"
        if found is not None:
            published[name] = Printed(found.value, finest.get(name, found.half_unit))
    return Row(line.line, inputs, words, published)


def _finest(table: Table, name: str) -> float:
    found = (number(line.cells.get(name, "")) for line in table.rows)
    return min((cell.half_unit for cell in found if isinstance(cell, Printed)), default=math.nan)


def _uncomputed(topic: Topic, table: Table) -> str:
    """Columns nothing is compared with, counted, where the topic says that they hold something."""
    known = {*topic.inputs, *topic.words, *topic.optional_words, *topic.published, *SOURCES}
    others = [name for name in table.columns if name not in known] if topic.uncomputed else []
    values = sum(isinstance(number(line.cells[name]), Printed) for line in table.rows for name in others)
    if not values:
        return ""
    return f"{values} values in {len(others)} columns of {topic.uncomputed} skipped: {', '.join(others)}"
