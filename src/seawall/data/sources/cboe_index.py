"""Cboe index histories: one CSV an index with its whole past, `DATE,OPEN,HIGH,LOW,CLOSE` or `DATE,<index>`."""

from collections.abc import Iterator
from typing import Final

from seawall.core.errors import InputError
from seawall.data.files import recognise
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer
from seawall.data.sources.columns import header_of, one_series, picked

PATH: Final = "/api/global/us_indices/daily_prices/{}_History.csv"
INDICES: Final = (
    "VIX", "VIX9D", "VIX3M", "VIX6M", "VIX1Y", "VIX1D", "VVIX", "SKEW", "VXN", "RVX", "OVX", "GVZ", "SPX",
    "CNDR", "PUT", "WPUT", "PPUT", "BXM", "BXMD", "BXY", "CLL", "CLLZ", "BFLY", "CMBO", "VXTH", "LOVOL",
)  # fmt: skip
NOT_THERE: Final = (403, 404)
"""Cboe's file server answers 403 for a file it does not have."""


def items(ask: Ask) -> Iterator[Item]:
    """One file an index."""
    for name in picked(ask.picks, INDICES):
        yield Item(name, PATH.format(name), gone=() if ask.picks else NOT_THERE)


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """The history of one index. A header other than the two known ones is refused."""
    header = [cell.upper() for cell in header_of(content)]
    if header[:1] != ["DATE"] or (header[1:] != ["OPEN", "HIGH", "LOW", "CLOSE"] and header[1:] != [item.key]):
        raise bad_answer(item, f"has the columns {', '.join(header)[:80]}, not DATE, OPEN, HIGH, LOW, CLOSE")
    try:
        batch = recognise(f"{item.key}_History.csv", content)
    except InputError as fault:
        raise bad_answer(item, f"cannot be read ({fault})") from None
    return Page(one_series(item, batch, item.key))


SOURCE: Final = Source(
    "cboe-index", "Cboe index histories (VIX family, SKEW, strategy indices, SPX)", "https://cdn.cboe.com",
    "Cboe: free to download for personal use, not to be redistributed", items, read,
)  # fmt: skip
