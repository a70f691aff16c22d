"""Numbers as people write them: decimal point or comma, thousands, percent, currency, brackets for a minus."""

import re
from typing import Final, Literal

import polars as pl

Style = Literal["point", "comma"]
ABSENT: Final = ("", ".", "-", "--", "–", "—", "na", "n/a", "#n/a", "none", "null", "nd", "n.d.", "..", "*")
_PLAIN: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_POINT_THOUSANDS: Final = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"
_COMMA: Final = r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d{1,3})?$"
_COMMA_EVIDENCE: Final = re.compile(r"^[+-]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))\s*%?$")
_POINT_EVIDENCE: Final = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+\.\d+|\d*\.(\d{1,2}|\d{4,}))([eE][+-]?\d+)?\s*%?$")
_MAYBE: Final = re.compile(r"^[+-]?\d{1,3}(,\d{3})+$")
_SUFFIXES: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def style_of(cells: list[str], separator: str) -> Style:
    """Decimal point or comma, from cells that are numbers; a file cut by semicolons leans to the comma."""
    comma = sum(bool(_COMMA_EVIDENCE.match(cell.strip())) for cell in cells)
    point = sum(bool(_POINT_EVIDENCE.match(cell.strip())) for cell in cells)
    if comma == point == 0:
        return "comma" if separator == ";" and any(_MAYBE.match(cell.strip()) for cell in cells) else "point"
    return "comma" if comma > point else "point"


def is_absent(cells: pl.Series) -> pl.Series:
    """True for cells that say they hold nothing; a cell that is missing (null) says nothing."""
    return cells.str.strip_chars().str.to_lowercase().is_in(list(ABSENT)).fill_null(False)


def read_numbers(cells: pl.Series, style: Style) -> pl.Series:
    """Floats of a column of text, shape (n,): null where a cell is not a number (or says it is absent)."""
    text = cells.str.strip_chars().str.replace_all(r"[\s\u00a0\u2009\u202f'’]", "")
    text = text.str.replace(r"^([+-]?)[$€£¥]", "$1").str.replace(r"^\((.+)\)$", "-$1").str.replace("\u2212", "-")
    text = text.str.strip_suffix("%")
    suffix = text.str.extract(r"\d([KMBT])$", 1)
    text = text.str.replace(r"(\d)[KMBT]$", "$1")
    frame = pl.DataFrame({"t": text, "suffix": suffix})
    t = pl.col("t")
    if style == "comma":
        swapped = t.str.replace_all(r"\.", "").str.replace(",", ".")
        exponent = t.str.contains(r"^[+-]?\d+\.\d+[eE][+-]?\d+$")
        plain = pl.when(t.str.contains(_COMMA)).then(swapped).when(exponent).then(t)
    else:
        thousands = t.str.contains(_POINT_THOUSANDS)
        plain = pl.when(t.str.contains(_PLAIN)).then(t).when(thousands).then(t.str.replace_all(",", ""))
    value = plain.otherwise(None).cast(pl.Float64, strict=False)
    scale = pl.col("suffix").replace_strict(_SUFFIXES, default=1.0, return_dtype=pl.Float64).fill_null(1.0)
    told = frame.select((value * scale).alias("value")).to_series()
    return told.set(told.is_infinite().fill_null(False), None)
