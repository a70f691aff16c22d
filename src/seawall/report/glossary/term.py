"""One entry of the glossary, the families, and the words that recur in every table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

NOT_BUILT: Final = "not built yet"
UNTESTED: Final = "not tested yet"
DEFINITION: Final = "a definition: nothing to test"


class Family(StrEnum):
    """Groups of terms, in the order in which they are listed; the text is the heading."""

    IDEA = "The idea: short convexity"
    COLUMN = "Columns and greeks"
    KIND = "Kinds of position"
    POOL = "Liquidity pools"
    PERP = "Perps and forced selling"
    CHAIN = "Option chains and dealers"
    VIX = "VIX and what it reaches"
    REGIME = "Regimes and triggers"
    SIGNAL = "Signals and cards"
    HEDGE = "The layered hedge"
    FINANCE = "Break-evens and finance analogs"
    STATISTIC = "Statistics"
    BENCHMARK = "Benchmarks"
    CLAIM = "Claims"
    PRESET = "Presets"
    STATUS = "Statuses"
    VERB = "Verbs"
    CONTRADICTION = "Where the sources disagree"


@dataclass(frozen=True, slots=True)
class Term:
    """One term. ``plain``: a sentence for anyone. ``formula``: as the program computes it, in plain characters.

    ``unit`` with its sign; ``source``: paper, rule or "own definition"; ``enters``: verbs and modules between back
    quotes, or ``NOT_BUILT``; ``evidence``: what is known, ``DEFINITION`` where there is nothing to test. ``ids``:
    ideas (E, A, M), and contradictions (C) of the specification; ``see_also``: names of other terms; ``would_do``: what
    a rule would do with it; ``group``: heading inside the family; ``variant_of``: name of the term whose sentence it
    shares.
    """

    name: str
    family: Family
    plain: str
    formula: str
    unit: str
    source: str
    enters: str = NOT_BUILT
    evidence: str = DEFINITION
    aliases: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    would_do: str = ""
    group: str = ""
    variant_of: str = ""

    @property
    def built(self) -> bool:
        """Whether the program has it."""
        return self.enters != NOT_BUILT

    @property
    def hover(self) -> str:
        """One line for a tooltip: the sentence and the unit."""
        return f"{self.plain} Unit: {self.unit}."


HEADINGS: Final[Mapping[Family, str]] = MappingProxyType(
    {Family.STATUS: "printed as", Family.VERB: "usage", Family.CONTRADICTION: "resolution"}
)


def formula_heading(term: Term) -> str:
    """What a formula is called: planned where the program does not compute it yet; a verb has its usage instead."""
    return HEADINGS.get(term.family, "formula" if term.built else "formula (planned)")
