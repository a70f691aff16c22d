"""Dates as people write them: numeric in any order, with words in several languages, as epochs; all vectorised.

Instants come out as UTC without a zone (an offset in the text is applied). What cannot be one is null.
"""

import re
from typing import Final, Literal

import polars as pl

from seawall.core.errors import InputError

Order = Literal["ymd", "dmy", "mdy", "compact", "epoch", "words", "month"]
MOMENT: Final = pl.Datetime("us")

_NUMERIC: Final = (
    r"^(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})\.?(?:(?:T|,?\s+)(?P<h>\d{1,2}):(?P<m>\d{2})"
    r"(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*(?P<p>AM|PM|am|pm)?$"
)
_SHAPES: Final[tuple[tuple[Order, str], ...]] = (
    ("compact", r"^(19|20)\d{6}$"),
    ("epoch", r"^\d{9,10}(\.\d+)?$|^\d{12,13}$|^\d{15,16}$|^\d{18,19}$"),
    ("month", r"^\d{4}[-/M](0?[1-9]|1[0-2])$|^(0?[1-9]|1[0-2])[-/.]\d{4}$"),
    ("words", r"[^\W\d_]{3,}"),
)
_MONTHS: Final = {
    1: "jan янв ene gen sty led 1月", 2: "feb fév fev фев lut úno 2月", 3: "mar mär mrz мар bře 3月",
    4: "apr avr abr апр kwi dub 4月", 5: "may mai maj mag мая май kvě 5月", 6: "jun juin giu июн cze čvn 6月",
    7: "jul juil lug июл lip čvc 7月", 8: "aug aoû aou ago авг sie srp 8月", 9: "sep set сен wrz zář 9月",
    10: "oct okt out ott окт paź říj 10月", 11: "nov ноя lis 11月", 12: "dec dez déc dic дек gru pro 12月",
}  # fmt: skip
_MONTH_OF: Final = {word: number for number, words in _MONTHS.items() for word in words.split()}
_DAY_FIRST: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-.\s]*(?:de\s+)?([^\W\d_]{3,})[-.,\s]*(?:de\s+)?(\d{4}|\d{2})\b"
)
_MONTH_FIRST: Final = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH_ONLY: Final = re.compile(r"^([^\W\d_]{3,})[-.\s]+(\d{4})$")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?")
FIRST_YEAR: Final = 1800
END_YEAR: Final = 2200
ENOUGH: Final = 0.6
"""Share of a column's cells that must be dates for it to be called one."""


def _words(text: str) -> str | None:
    """ISO form of a date with a month in words, or None."""
    if found := _MONTH_FIRST.search(text):
        month, day, year = found[1], found[2], found[3]
    elif found := _DAY_FIRST.search(text):
        day, month, year = found[1], found[2], found[3]
    elif found := _MONTH_ONLY.search(text):
        month, day, year = found[1], "1", found[2]
    else:
        return None
    word = month.lower()
    number = _MONTH_OF.get(word[:4]) or _MONTH_OF.get(word[:3])
    if number is None:
        return None
    clock = _CLOCK.search(text)
    hour = 0
    if clock:
        hour = int(clock[1]) % 12 + (12 if (clock[4] or "").lower() == "pm" else 0) if clock[4] else int(clock[1])
    stamp = f" {hour:02d}:{clock[2]}:{clock[3] or '00'}" if clock else " 00:00:00"
    century = "" if len(year) == 4 else ("20" if int(year) < 70 else "19")
    return f"{century}{year}-{number:02d}-{int(day):02d}{stamp}"


def _fields(cells: pl.Series) -> pl.DataFrame:
    groups = cells.str.strip_chars().str.extract_groups(_NUMERIC).struct.unnest()
    return groups.with_columns(
        pl.col("a", "b", "c", "h", "m", "s").cast(pl.Int32, strict=False),
        wide_a=pl.col("a").str.len_chars(),
        wide_c=pl.col("c").str.len_chars(),
    )


def _numeric(cells: pl.Series, order: Order) -> pl.Series:
    year, month, day = {"ymd": ("a", "b", "c"), "dmy": ("c", "b", "a"), "mdy": ("c", "a", "b")}[order]
    fields = _fields(cells).with_columns(y=pl.col(year), mo=pl.col(month), d=pl.col(day))
    width = pl.col("wide_a" if year == "a" else "wide_c")
    other = pl.col("wide_c" if year == "a" else "wide_a")
    full = pl.when(width == 4).then(pl.col("y")).when(pl.col("y") < 70).then(pl.col("y") + 2000)
    fields = fields.with_columns(y=full.otherwise(pl.col("y") + 1900))
    hour = pl.col("h").fill_null(0)
    noon = pl.col("p").str.to_lowercase()
    hour = pl.when(noon.is_null()).then(hour).otherwise(hour % 12 + pl.when(noon == "pm").then(12).otherwise(0))
    good = (
        width.is_in([2, 4]) & (other <= 2) & pl.col("y").is_between(FIRST_YEAR, END_YEAR)
        & pl.col("mo").is_between(1, 12)
        & pl.col("d").is_between(1, 31) & hour.is_between(0, 23) & pl.col("m").fill_null(0).is_between(0, 59)
        & pl.col("s").fill_null(0).is_between(0, 59)
    )  # fmt: skip
    safe = fields.with_columns(ok=good.fill_null(False), hour=hour)
    first = pl.date(pl.when("ok").then(pl.col("y")).otherwise(2000), pl.when("ok").then(pl.col("mo")).otherwise(1), 1)
    date = first + pl.duration(days=pl.when("ok").then(pl.col("d")).otherwise(1) - 1)
    right = pl.col("ok") & (date.dt.month() == pl.col("mo"))
    zone = pl.col("z").str.extract_groups(r"^([+-])(\d{2}):?(\d{2})$").struct
    sign = pl.when(zone.field("1") == "-").then(-1).otherwise(1)
    offset = sign * (zone.field("2").cast(pl.Int32) * 60 + zone.field("3").cast(pl.Int32))
    micros = pl.col("f").fill_null("0").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    moment = date.cast(MOMENT) + pl.duration(
        hours="hour", minutes=pl.col("m").fill_null(0) - offset.fill_null(0), seconds=pl.col("s").fill_null(0),
        microseconds=micros,
    )  # fmt: skip
    return safe.select(pl.when(right).then(moment).otherwise(None).cast(MOMENT).alias("at")).to_series()


def _epoch(cells: pl.Series) -> pl.Series:
    digits = cells.str.strip_chars().str.extract(r"^(\d+)(?:\.\d+)?$", 1)
    size = digits.str.len_chars()
    frame = pl.DataFrame({"n": digits.cast(pl.Int64, strict=False), "size": size})
    n = pl.col("n")
    micros = (
        pl.when(pl.col("size").is_in([9, 10])).then(n * 1_000_000)
        .when(pl.col("size").is_in([12, 13])).then(n * 1_000)
        .when(pl.col("size").is_in([15, 16])).then(n)
        .when(pl.col("size").is_in([18, 19])).then(n // 1_000)
        .otherwise(None)
    )  # fmt: skip
    return frame.select(micros.cast(MOMENT).alias("at")).to_series()


def _month(cells: pl.Series) -> pl.Series:
    year = cells.str.extract(r"((?:18|19|20)\d{2})", 1)
    month = cells.str.extract(r"(?:^\d{4}[-/M](\d{1,2})$)", 1)
    month = pl.select(pl.coalesce(pl.lit(month), pl.lit(cells.str.extract(r"^(\d{1,2})[-/.]\d{4}$", 1)))).to_series()
    return _numeric(pl.select(pl.concat_str(pl.lit(year), pl.lit("-"), pl.lit(month), pl.lit("-1"))).to_series(), "ymd")


def read_dates(cells: pl.Series, order: Order) -> pl.Series:
    """Instants of a column of text in one dialect, shape (n,), null where a cell is none or outside 1800 .. 2199."""
    moments = _read(cells, order)
    return moments.set((moments.dt.year() < FIRST_YEAR) | (moments.dt.year() >= END_YEAR), None)


def _read(cells: pl.Series, order: Order) -> pl.Series:
    if order in ("ymd", "dmy", "mdy"):
        return _numeric(cells, order)
    if order == "epoch":
        return _epoch(cells)
    if order == "compact":
        day = cells.str.strip_chars().str.to_datetime("%Y%m%d", strict=False, time_unit="us")
        return day.cast(MOMENT)
    if order == "month":
        return _month(cells.str.strip_chars())
    unique = cells.unique().drop_nulls()
    told = pl.Series([_words(text) for text in unique.to_list()], dtype=pl.String)
    moments = told.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return cells.replace_strict(unique, moments, default=None, return_dtype=MOMENT)


def order_of(cells: pl.Series) -> Order | None:
    """The dialect of a column, or None when it holds no dates.

    Raises ``InputError`` when day and month cannot be told apart: every cell reads either way, and in both the dates
    are in order.
    """
    told = cells.drop_nulls().str.strip_chars()
    told = told.filter(told != "")
    if not told.len():
        return None
    enough = ENOUGH * told.len()
    fields = _fields(told)
    if fields["a"].drop_nulls().len() >= enough:
        return _numeric_order(told, fields)
    for name, pattern in _SHAPES:
        if told.str.contains(pattern).sum() >= enough:
            return name if read_dates(told, name).drop_nulls().len() >= enough else None
    return None


def _numeric_order(told: pl.Series, fields: pl.DataFrame) -> Order | None:
    enough = ENOUGH * told.len()
    if (fields["wide_a"].fill_null(0) == 4).sum() >= enough:
        return "ymd"
    read: dict[Order, pl.Series] = {"mdy": _numeric(told, "mdy"), "dmy": _numeric(told, "dmy")}
    good = {order: moments.drop_nulls().len() for order, moments in read.items()}
    best = max(good.values())
    if best < enough:
        return None
    left: list[Order] = [order for order in read if good[order] >= 0.98 * best]
    if len(left) == 1:
        return left[0]
    if told.str.contains(r"^\d{1,2}\.\d{1,2}\.").all():
        return "dmy"  # dots are never month-first
    rising = [order for order in left if _in_order(read[order])]
    if len(rising) == 1 and told.len() > 2:
        return rising[0]
    raise InputError(f"dates like {told[0]!r} can be read in two ways: say --dates dmy or --dates mdy")


def _in_order(moments: pl.Series) -> bool:
    steps = moments.drop_nulls().diff().drop_nulls().dt.total_microseconds()
    return bool((steps >= 0).all()) or bool((steps <= 0).all())
