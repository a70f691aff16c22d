"""Number formats shared by the page and the terminal tables: what is not known is the word "unknown", never 0."""

import math
import re
from typing import Final

UNKNOWN: Final = "unknown"
NOT_DEFINED: Final = "–"
"""Stands where a quantity has no meaning for a row; the line below the table says why."""

_MINUS: Final = re.compile(r"(?<![\w-])-(?=\d)")


def typeset(shown: str) -> str:
    """The same words set for a page: minus signs as wide as a digit (dates and ids keep hyphens), no break before %."""
    return _MINUS.sub("\N{MINUS SIGN}", shown).replace(" %", "\N{NO-BREAK SPACE}%")


def fixed(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """A number with thousands separators; ``unknown`` for None, nan and the infinities; zero has no sign."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = round(value, digits) + 0.0
    sign = "+" if signed and rounded != 0.0 else ""
    return f"{rounded:{sign},.{digits}f}"


def usd(value: float | None, digits: int = 0, *, signed: bool = False) -> str:
    """Dollars to the holder, without a currency sign: ``-21,180``."""
    return fixed(value, digits, signed=signed)


def percent(share: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """A share as percent: 0.0385 is ``3.9 %``."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return f"{fixed(100.0 * share, digits, signed=signed)} %"


def points(value: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """Volatility in points: 17.31 is ``17.3``. A volatility per square root of a year is multiplied by 100 first."""
    return fixed(value, digits, signed=signed)
