"""Dates and times as people and pages write them: eleven languages, either order of day and month, any zone or none."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from seawall.core.clock import NEW_YORK

_LANGUAGES: Final = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
)
_ZONES: Final = {
    **dict.fromkeys(("EDT", "EST", "ET"), "America/New_York"),
    **dict.fromkeys(("CDT", "CST", "CT"), "America/Chicago"),
    **dict.fromkeys(("PDT", "PST", "PT"), "America/Los_Angeles"),
    **dict.fromkeys(("MDT", "MST"), "America/Denver"),
    **dict.fromkeys(("CET", "CEST"), "Europe/Berlin"),
    **dict.fromkeys(("BST",), "Europe/London"),
    **dict.fromkeys(("MSK",), "Europe/Moscow"),
    **dict.fromkeys(("GMT", "UTC", "Z"), "UTC"),
}
LONGEST: Final = 120
_CLOCK: Final = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?\s?(?:[Mm]\b\.?)?")
_OFFSET: Final = re.compile(r"(?:GMT|UTC)?\s?([+\-\u2212])(\d{1,2}):?(\d{2})?\s*$")
_EASTERN: Final = re.compile(r"(\d{4})[年년]\s*(\d{1,2})[月월]\s*(\d{1,2})[日일]")
_NUMERIC: Final = re.compile(r"(?<!\d)(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})(?!\d)")
_COMPACT: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a text can mean: days in order of likelihood, and its clock time and zone if it has them."""

    days: tuple[dt.date, ...]
    clock: dt.time | None = None
    zone: dt.tzinfo | None = None

    def instant(self, day: dt.date) -> dt.datetime | None:
        """The UTC instant on ``day``; None without a clock time. A time without a zone is New York time."""
        if self.clock is None:
            return None
        return dt.datetime.combine(day, self.clock, self.zone or NEW_YORK).astimezone(dt.UTC)


def _plain(text: str) -> str:
    # The dotless i of Turkish has no decomposition, so it is folded by hand.
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i")
    return "".join(c for c in folded if not unicodedata.combining(c))


_MONTHS: Final = {_plain(word): i % 12 + 1 for line in _LANGUAGES for i, word in enumerate(line.split())}
_WORD: Final = re.compile(r"[^\W\d_]+")


def _month(word: str) -> int | None:
    if word in _MONTHS:
        return _MONTHS[word]
    if len(word) < 3:
        return None
    found = {month for name, month in _MONTHS.items() if name.startswith(word)}
    return found.pop() if len(found) == 1 else None


def _day(year: int, month: int, day: int) -> tuple[dt.date, ...]:
    year += 2000 if year < 100 else 0
    try:
        return (dt.date(year, month, day),) if 1980 <= year <= 2100 else ()
    except ValueError:
        return ()


def _numeric(first: str, separator: str, second: str, third: str) -> tuple[dt.date, ...]:
    a, b, c = int(first), int(second), int(third)
    if len(first) == 4:
        return _day(a, b, c)
    if len(third) not in (2, 4):
        return ()
    month_first, day_first = _day(c, a, b), _day(c, b, a)
    both = month_first + day_first if separator == "/" else day_first + month_first
    return tuple(dict.fromkeys(both))


def _named(text: str) -> tuple[dt.date, ...]:
    months = [month for word in _WORD.findall(text) if (month := _month(word))]
    numbers = [int(n) for n in re.findall(r"\d+", text) if len(n) <= 4]
    years = [n for n in numbers if 1980 <= n <= 2100]
    days = [n for n in numbers if 1 <= n <= 31]
    if not months or not days:
        return ()
    if years:
        return _day(years[0], months[0], days[0])
    return _day(days[1], months[0], days[0]) if len(days) > 1 else ()


def read_stamp(text: str) -> Stamp | None:
    """The date and time a short text states, or None. Both readings of 05/06/2023 are kept, the likelier first."""
    text = text.strip()[:LONGEST]
    clock, zone, rest = None, None, text
    found = _CLOCK.search(text)
    if found:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        half = (found[4] or "").lower()
        hour = hour % 12 + (12 if half == "p" else 0) if half and 1 <= hour <= 12 else hour
        if hour < 24 and minute < 60 and second < 60:
            tail = text[found.end() :]
            zone = _zone(tail)
            # A time in a zone nobody knows says nothing: only its date is kept.
            stated = re.search(r"[A-Z]{2,5}\b", tail) is not None
            clock = None if stated and zone is None else dt.time(hour, minute, second)
        rest = text[: found.start()]
        if not re.search(r"\d", rest):
            rest = text[found.end() :]
    rest = rest.replace("T ", " ")
    if eastern := _EASTERN.search(rest):
        days = _day(int(eastern[1]), int(eastern[2]), int(eastern[3]))
    elif numeric := _NUMERIC.search(rest):
        days = _numeric(numeric[1], numeric[2], numeric[3], numeric[4])
    elif compact := _COMPACT.search(rest):
        days = _day(int(compact[1]), int(compact[2]), int(compact[3]))
    else:
        days = _named(_plain(rest))
    return Stamp(days, clock, zone) if days else None


def _zone(text: str) -> dt.tzinfo | None:
    text = text.strip()
    if offset := _OFFSET.match(text):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes < 24 * 60:
            return dt.timezone(dt.timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    word = re.match(r"[A-Z]{1,4}\b", text)
    return ZoneInfo(_ZONES[word[0]]) if word and word[0] in _ZONES else None
