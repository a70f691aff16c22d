"""A table of ranges to replay: label, low, high, deposit_usd or liquidity, and the rule of re-centring, one a line."""

import csv
from pathlib import Path
from typing import Final

from seawall.core.errors import InputError, SeawallError
from seawall.sim.lp_rules import Range, rule_of

COLUMNS: Final = ("label", "low", "high", "deposit_usd", "liquidity", "rule")
MOST: Final = 200_000
LONGEST: Final = 60


def load_ranges(path: Path) -> tuple[Range, ...]:
    """Every position of a CSV; empty low and high are a full range, an empty rule holds.

    Raises InputError with the line of the first row that cannot be used.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            _header(path, names)
            reader.fieldnames = names
            ranges = [_range(path, reader.line_num, row) for row in reader if any((v or "") for v in row.values())]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError(f"{path.name} cannot be read ({fault}): give a CSV of positions") from None
    if not ranges:
        raise InputError(f"{path.name} holds no position under its header")
    if len(ranges) > MOST:
        raise InputError(f"{path.name} holds {len(ranges)} positions, more than {MOST}: split it")
    return tuple(ranges)


def _header(path: Path, names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InputError(f"{path.name} has the column {unknown[0][:30]!r}: columns are {', '.join(COLUMNS)}")
    if len(set(names)) < len(names) or "label" not in names or not {"deposit_usd", "liquidity"} & set(names):
        raise InputError(f"{path.name} needs the columns label, and deposit_usd or liquidity, each once")


def _range(path: Path, line: int, row: dict[str, str | None]) -> Range:
    where = f"{path.name} line {line}"

    def number(name: str) -> float | None:
        text = (row.get(name) or "").strip()
        try:
            return float(text) if text else None
        except ValueError:
            raise InputError(f"{where}: {name} {text[:30]!r} is not a number") from None

    label = (row["label"] or "").strip()
    if not 0 < len(label) <= LONGEST or not label.isprintable():
        raise InputError(f"{where}: a label has 1 to {LONGEST} printable signs")
    try:
        rule = rule_of(row.get("rule") or "hold")
        return Range(label, number("low"), number("high"), number("liquidity"), number("deposit_usd"), rule)
    except SeawallError as fault:
        told = str(fault)
        raise type(fault)(told if told.startswith(where) else f"{where}: {told}") from None
