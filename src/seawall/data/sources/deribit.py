"""Deribit's public data: DVOL, funding, daily bars, open interest and contract terms of the coin's own perpetual."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from seawall.data.files import Bars, Batch, Funding, Observations
from seawall.data.files.batch import Floats
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer, json_of, milliseconds
from seawall.data.sources.columns import picked
from seawall.data.sources.windows import DAY_MS, HOUR_MS, instants, moment, number, start_of, table, today

COINS: Final = ("BTC", "ETH")
ROOT: Final = "/api/v2/public/"
DVOL_FROM: Final = dt.date(2021, 3, 24)
"""First day of the history the exchange serves; the index was published on 2021-03-31."""

PERPETUAL_FROM: Final = dt.date(2019, 4, 30)
"""Assumed start of the hourly funding history; earlier spans answer with no rows."""

DAYS_A_PAGE: Final = 500
HOURS_A_PAGE: Final = 700
"""Rows asked for at once, below the exchange's own limits."""

TERMS: Final = (
    "contract_size",
    "tick_size",
    "min_trade_amount",
    "maker_commission",
    "taker_commission",
    "max_leverage",
)


class _Kind(NamedTuple):
    """One of the things kept of a coin: its question, the span of one answer, and its reader."""

    method: str
    query: Callable[[str], tuple[tuple[str, str], ...]]
    span_ms: int
    first: dt.date
    read: Callable[[Item, Any, Ask], Page]


def items(ask: Ask) -> Iterator[Item]:
    """Everything kept of each coin; a span that was read is not asked for again. Picks are coins and kinds."""
    chosen = picked(ask.picks, (*COINS, *KINDS))
    for coin in [coin for coin in COINS if coin in chosen] or COINS:
        for name in [name for name in KINDS if name.upper() in chosen] or KINDS:
            kind = KINDS[name]
            key = f"{name} {coin}"
            if kind.span_ms:
                item = _span(key, start_of(ask, key, kind.first), ask)
            else:
                item = Item(key, ROOT + kind.method, kind.query(coin), kind="json", whole=False)
                if ask.cursor(key) == ask.now.date().isoformat():
                    continue
            if item is not None:
                yield item


def _span(key: str, start: int, ask: Ask, end: int | None = None) -> Item | None:
    """The question for the span from ``start``; None when it lies in the future."""
    name, coin = key.split(" ")
    kind, now = KINDS[name], milliseconds(ask.now)
    if start >= now:
        return None
    last = min(start + kind.span_ms, now) if end is None else end
    query = (*kind.query(coin), ("start_timestamp", str(start)), ("end_timestamp", str(last)))
    return Item(key, ROOT + kind.method, query, kind="json", whole=False)


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """Rows of one answer, and the span that follows."""
    told = json_of(item, content)
    if not isinstance(told, dict) or "result" not in told:
        fault = told.get("error", {}) if isinstance(told, dict) else {}
        said = fault.get("message", "no result") if isinstance(fault, dict) else "no result"
        raise bad_answer(item, f"answered with {str(said)[:80]!r}")
    return KINDS[item.key.split(" ")[0]].read(item, told["result"], ask)


def _following(item: Item, ask: Ask, last: float | None, step: int) -> tuple[str, Item | None]:
    """Where the next sync starts (behind the last row that is complete), and the next span of this one."""
    query = dict(item.query)
    start, end = int(query["start_timestamp"]), int(query["end_timestamp"])
    cursor = str(start if last is None else int(last) + step)
    if end >= milliseconds(ask.now):
        return cursor, None
    return str(max(int(cursor), end)), _span(item.key, end, ask)


def _complete(item: Item, rows: Floats, ask: Ask, step: int) -> Floats:
    """Rows whose span has ended, none of them before the question."""
    start = int(dict(item.query)["start_timestamp"])
    kept: Floats = rows[(rows[:, 0] + step <= milliseconds(ask.now)) & (rows[:, 0] >= start)]
    return kept


def _dvol(item: Item, result: Any, ask: Ask) -> Page:
    if not isinstance(result, dict) or not isinstance(result.get("data"), list):
        raise bad_answer(item, "has no `data`")
    rows = _complete(item, table(item, result["data"], range(5)), ask, DAY_MS)
    batch = _bars(f"{item.key.split(' ')[1]}_DVOL", rows, "Deribit volatility index")
    query, held = dict(item.query), result.get("continuation")
    if isinstance(held, int) and int(query["start_timestamp"]) < held < int(query["end_timestamp"]):
        # The answer holds the end of the span only: ask for its start before going on.
        return Page(batch, more=_span(item.key, int(query["start_timestamp"]), ask, held))
    cursor, more = _following(item, ask, rows[-1, 0] if rows.size else None, DAY_MS)
    return Page(batch, cursor, more)


def _chart(item: Item, result: Any, ask: Ask) -> Page:
    names = ("ticks", "open", "high", "low", "close", "volume")
    if not isinstance(result, dict) or any(not isinstance(result.get(name), list) for name in names):
        if isinstance(result, dict) and result.get("status") == "no_data":
            cursor, more = _following(item, ask, None, DAY_MS)
            return Page(None, cursor, more)
        raise bad_answer(item, f"has no {', '.join(names)}")
    try:
        joined = list(zip(*(result[name] for name in names), strict=True))
    except ValueError:
        raise bad_answer(item, "has columns of different lengths") from None
    rows = _complete(item, table(item, joined, range(6)), ask, DAY_MS)
    batch = _bars(f"{item.key.split(' ')[1]}_USD", rows, "Deribit perpetual, daily bars")
    cursor, more = _following(item, ask, rows[-1, 0] if rows.size else None, DAY_MS)
    return Page(batch, cursor, more)


def _bars(series: str, rows: Floats, form: str) -> Batch | None:
    if not rows.size:
        return None
    volume = rows[:, 5] if rows.shape[1] > 5 else None
    bars = Bars(series, instants(rows[:, 0]), rows[:, 4], rows[:, 1], rows[:, 2], rows[:, 3], volume)
    return Batch("Deribit", form, bars=(bars,), rows=len(rows))


def _funding(item: Item, result: Any, ask: Ask) -> Page:
    if not isinstance(result, list):
        raise bad_answer(item, "has no list of rates")
    rows = _complete(item, table(item, result, ("timestamp", "interest_1h")), ask, 0)
    batch = None
    if rows.size:
        funding = Funding(item.key.split(" ")[1], instants(rows[:, 0]), rows[:, 1], hours=1.0)
        batch = Batch("Deribit", "Deribit funding", funding=(funding,), rows=len(rows))
    cursor, more = _following(item, ask, rows[-1, 0] if rows.size else None, 1)
    return Page(batch, cursor, more)


def _open_interest(item: Item, result: Any, ask: Ask) -> Page:
    """Dollars in the coin-settled futures and the perpetual; options are counted in coins and left out."""
    coin = item.key.split(" ")[1]
    if not isinstance(result, list) or not result:
        raise bad_answer(item, "lists no future")
    total = sum(number(item, row.get("open_interest")) for row in result if isinstance(row, dict))
    held = Observations(f"OI_{coin}", today(ask.now), np.array([total]), moment(ask.now))
    return Page(Batch("Deribit", "Deribit open interest", observations=(held,), rows=1), ask.now.date().isoformat())


def _terms(item: Item, result: Any, ask: Ask) -> Page:
    coin = item.key.split(" ")[1]
    if not isinstance(result, dict) or result.get("instrument_name") != f"{coin}-PERPETUAL":
        raise bad_answer(item, f"is not about {coin}-PERPETUAL")
    terms = tuple(
        Observations(
            f"TERMS_{coin}_{name.upper()}", today(ask.now), np.array([number(item, result[name])]), moment(ask.now)
        )
        for name in TERMS
        if result.get(name) is not None
    )
    batch = Batch("Deribit", "Deribit contract terms", observations=terms, rows=len(terms))
    return Page(batch, ask.now.date().isoformat())


def _perpetual(coin: str) -> tuple[tuple[str, str], ...]:
    return (("instrument_name", f"{coin}-PERPETUAL"),)


KINDS: Final = {
    "dvol": _Kind("get_volatility_index_data", lambda coin: (("currency", coin), ("resolution", "1D")),
                  DAYS_A_PAGE * DAY_MS, DVOL_FROM, _dvol),
    "funding": _Kind("get_funding_rate_history", _perpetual, HOURS_A_PAGE * HOUR_MS, PERPETUAL_FROM, _funding),
    "bars": _Kind("get_tradingview_chart_data", lambda coin: (*_perpetual(coin), ("resolution", "1D")),
                  DAYS_A_PAGE * DAY_MS, PERPETUAL_FROM, _chart),
    "open-interest": _Kind("get_book_summary_by_currency", lambda coin: (("currency", coin), ("kind", "future")),
                           0, PERPETUAL_FROM, _open_interest),
    "terms": _Kind("get_instrument", _perpetual, 0, PERPETUAL_FROM, _terms),
}  # fmt: skip

SOURCE: Final = Source(
    "deribit", "Deribit: DVOL, funding, bars, open interest and terms of BTC and ETH", "https://www.deribit.com",
    "Deribit API terms; public market data", items, read, pause_s=0.25,
)  # fmt: skip
