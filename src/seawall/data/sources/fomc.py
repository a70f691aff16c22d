"""The FOMC calendar: the Federal Reserve's page of this and the last years, and of the meetings to come."""

import datetime as dt
import html
import re
from typing import Final

import numpy as np

from seawall.data.files import Batch, Observations
from seawall.data.sources.answer import PORTAL
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer

PATH: Final = "/monetarypolicy/fomccalendars.htm"
_YEAR: Final = re.compile(r"(\d{4}) FOMC Meetings")
_MEETING: Final = re.compile(
    r"fomc-meeting__month[^>]*>(?P<month>.*?)</div>.*?fomc-meeting__date[^>]*>(?P<days>.*?)</div>", re.DOTALL
)
_TAG: Final = re.compile(r"<[^>]*>")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NO_DECISION: Final = ("notation vote", "cancel")


def items(ask: Ask) -> list[Item]:
    """The page."""
    return [Item("calendar", PATH, kind="html")]


def _words(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def decision_day(year: int, month: str, days: str) -> dt.date | None:
    """The last day of a meeting, when it is announced; None where the words are no date.

    "Oct/Nov", "31-1" is 1 November; a meeting that starts in December and ends in January ends in the next year.
    """
    months = [_MONTHS.index(word[:3].lower()) + 1 for word in month.split("/") if word[:3].lower() in _MONTHS]
    numbers = [int(number) for number in re.findall(r"\d{1,2}", days)]
    if not months or not numbers:
        return None
    later = months[-1]
    if len(months) == 1 and len(numbers) > 1 and numbers[-1] < numbers[0]:
        later = later % 12 + 1
    try:
        return dt.date(year + (later < months[0]), later, numbers[-1])
    except ValueError:
        return None


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """Days on which a decision is announced, unscheduled ones too; without notation votes and cancelled meetings."""
    text = content.decode("utf-8", "replace")
    years = list(_YEAR.finditer(text))
    if not years:
        raise bad_answer(item, f"has no list of FOMC meetings ({PORTAL}, or the page has changed)")
    found: set[dt.date] = set()
    for number, heading in enumerate(years):
        end = years[number + 1].start() if number + 1 < len(years) else len(text)
        for meeting in _MEETING.finditer(text, heading.end(), end):
            days = _words(meeting["days"])
            if any(word in days.lower() for word in NO_DECISION):
                continue
            day = decision_day(int(heading[1]), _words(meeting["month"]), days)
            if day is None:
                raise bad_answer(item, f"has a meeting on {_words(meeting['month'])} {days[:30]!r}, which is no date")
            found.add(day)
    if not found:
        raise bad_answer(item, "lists no meeting")
    at = np.array(sorted(found), dtype="datetime64[us]")
    announced = Observations("FOMC", at, np.ones(at.size))
    return Page(Batch("Federal Reserve", "FOMC calendar", observations=(announced,), rows=at.size))


SOURCE: Final = Source(
    "fomc", "FOMC announcement days of the last years and the next", "https://www.federalreserve.gov",
    "Federal Reserve Board: public domain", items, read, pause_s=1.0,
)  # fmt: skip
