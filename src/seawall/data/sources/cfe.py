"""VIX futures of the Cboe Futures Exchange: one CSV a monthly contract, `Trade Date,Futures,...,Settle,...`.

Contracts that expire from 2013 on lie under their settlement date, older ones under month letter and year. A contract
that was asked for after its last day is complete, or was never listed, and is not asked for again.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from seawall.core.clock import LAST_DAY, vix_expiry
from seawall.core.errors import DomainError, InputError
from seawall.data.files import recognise
from seawall.data.files.futures import CODES
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer
from seawall.data.sources.columns import header_of, one_series

PATH: Final = "/data/us/futures/market_statistics/historical_data/VX/VX_{}.csv"
OLD_PATH: Final = "/resources/futures/archive/volume-and-price/CFE_{}{:02d}_VX.csv"
FIRST_YEAR: Final = 2004
FIRST_NEW_YEAR: Final = 2013
MONTHS_AHEAD: Final = 10
"""Monthly contracts are listed for nine months (Cboe VX specification); one more costs a request a day."""

SETTLED_AFTER: Final = dt.timedelta(days=2)
NOT_THERE: Final = (403, 404)
NEEDED: Final = ("Trade Date", "Futures", "Open", "High", "Low", "Close", "Settle")


def _contracts(until: dt.date) -> Iterator[tuple[int, int, dt.date]]:
    for month in range(FIRST_YEAR * 12 + 4, until.year * 12 + until.month + MONTHS_AHEAD):
        year, number = divmod(month, 12)
        try:
            yield year, number + 1, vix_expiry(year, number + 1)
        except DomainError:  # beyond the session table
            return


def _item(year: int, month: int, expiry: dt.date) -> Item:
    key = f"VX_{year}_{month:02d}"
    if year < FIRST_NEW_YEAR:
        return Item(key, OLD_PATH.format(CODES[month - 1], year % 100), gone=NOT_THERE)
    # Files lie under the date in the exchange's own calendar, a day off when a holiday was added after listing.
    later = Item(key, PATH.format(expiry + dt.timedelta(days=1)), gone=NOT_THERE)
    earlier = Item(key, PATH.format(expiry - dt.timedelta(days=1)), gone=NOT_THERE, instead=later)
    return Item(key, PATH.format(expiry), gone=NOT_THERE, instead=earlier)


def items(ask: Ask) -> Iterator[Item]:
    """One file a contract that is not complete yet; picks are contracts such as VX_2018_02, or years."""
    picks = {pick.upper() for pick in ask.picks}
    today = min(ask.now.date(), LAST_DAY)
    offered: set[str] = set()
    for year, month, expiry in _contracts(today):
        item = _item(year, month, expiry)
        offered |= {item.key, str(year)}
        if picks and not picks & {item.key, str(year)}:
            continue
        mark = ask.marks.get(item.key)
        if mark is None or mark.fetched_at is None or mark.fetched_at.date() <= expiry + SETTLED_AFTER:
            yield item
    if unknown := picks - offered:
        raise InputError(f"{min(unknown)!r} is not offered: pick contracts such as VX_2018_02, or years")


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """The past of one contract."""
    lines = content.split(b"\n", 2)
    header = header_of(content)
    # Files of 2013 carry a line of disclaimer above the header.
    if header and header[0].startswith("CFE data") and len(lines) > 1:
        header = header_of(lines[1])
    if missing := [name for name in NEEDED if name not in header]:
        raise bad_answer(item, f"has no column {', '.join(missing)} ({', '.join(header)[:80]})")
    try:
        batch = recognise(item.path.rsplit("/", 1)[-1], content)
    except InputError as fault:
        raise bad_answer(item, f"cannot be read ({fault})") from None
    if not batch.bars:
        return Page(None, note=f"{item.key} has no settlement yet")
    return Page(one_series(item, batch, item.key))


SOURCE: Final = Source(
    "cfe", "VIX futures, settlement of every monthly contract since 2004", "https://cdn.cboe.com",
    "Cboe Futures Exchange: free to download for personal use, not to be redistributed", items, read, pause_s=0.3,
)  # fmt: skip
