"""What the screens of a pool position are made of: facts in groups, and sections that are there only when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from seawall.ledger.lp_reading import LpReading
from seawall.report.format import fixed, percent, points

SMALL: Final = 1e-4
"""Chances below this, or above 1 less this, are shown as such: a model is not that sure."""
LARGE: Final = 1e9


class Fact(NamedTuple):
    """One line: what, how much, and what is to be known about it."""

    name: str
    value: str
    note: str = ""


class Group(NamedTuple):
    """Facts under a heading."""

    name: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class LpSection:
    """A part that is there only when its input was given: results since entry, replayed swaps, a hedge.

    ``record`` is its entry in the JSON object, under ``key``.
    """

    key: str
    group: Group
    record: Mapping[str, object]
    note: str = ""


@dataclass(frozen=True, slots=True)
class LpPart:
    """A reading and the optional sections of the same position, in the order they are shown."""

    reading: LpReading
    sections: tuple[LpSection, ...] = ()


def price(value: float) -> str:
    """A price with the digits it needs."""
    return fixed(value, 2) if 10.0 <= value < LARGE else f"{value:.6g}"


def amount(value: float) -> str:
    """A token amount."""
    return fixed(value, 4)


def chance(share: float) -> str:
    """A probability; one that a model cannot tell from 0 or 1 is said to be beyond a bound."""
    if share < SMALL:
        return f"< {percent(SMALL, 2)}"
    if share > 1.0 - SMALL:
        return f"> {percent(1.0 - SMALL, 2)}"
    return percent(share, 1)


def vol(level: float | None) -> str:
    """A volatility in points."""
    return points(None if level is None else 100.0 * level)


def duration(days: float) -> str:
    """Hours below two days, years from two years on."""
    if days < 2.0:
        return f"{fixed(24.0 * days, 1)} hours"
    return f"{fixed(days, 1)} days" if days < 730.0 else f"{fixed(days / 365.0, 1)} years"
