"""Hyperliquid's public `info`: hourly funding, daily bars, open interest and terms of its perpetuals."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from seawall.data.files import Bars, Batch, Funding, Observations
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer, json_of, milliseconds
from seawall.data.sources.columns import picked
from seawall.data.sources.windows import DAY_MS, instants, moment, number, start_of, table, today

PATH: Final = "/info"
COINS: Final = ("BTC", "ETH", "SOL")
FIRST: Final = dt.date(2022, 11, 1)
"""Assumed to lie before the first row there is; asking from an earlier day costs nothing."""

BAR: Final = ("t", "o", "h", "l", "c", "v")
TERMS: Final = {"szDecimals": "SIZE_DECIMALS", "maxLeverage": "MAX_LEVERAGE"}
CONTEXTS: Final = "contexts"
KINDS: Final = ("funding", "bars", CONTEXTS)


def _funding_item(key: str, start: int) -> Item:
    """Answers hold 500 rows at most (documented): the next one starts behind the last row."""
    coin = key.split(" ")[1]
    body = json.dumps({"type": "fundingHistory", "coin": coin, "startTime": start})
    return Item(key, PATH, body=body, kind="json", whole=False)


def _bars_item(key: str, start: int, end: int) -> Item:
    """The last 5000 candles can be had (documented)."""
    coin = key.split(" ")[1]
    request = {"coin": coin, "interval": "1d", "startTime": start, "endTime": end}
    return Item(key, PATH, body=json.dumps({"type": "candleSnapshot", "req": request}), kind="json", whole=False)


def items(ask: Ask) -> Iterator[Item]:
    """Funding and bars of each coin from where they were read to, and one snapshot a day; picks are coins and kinds."""
    now = milliseconds(ask.now)
    chosen = picked(ask.picks, (*COINS, *KINDS))
    coins = [coin for coin in COINS if coin in chosen] or list(COINS)
    kinds = [kind for kind in KINDS if kind.upper() in chosen] or list(KINDS)
    for coin in coins:
        if "funding" in kinds:
            yield _funding_item(f"funding {coin}", start_of(ask, f"funding {coin}", FIRST))
        start = start_of(ask, f"bars {coin}", FIRST)
        if "bars" in kinds and start + DAY_MS <= now:
            yield _bars_item(f"bars {coin}", start, now)
    key = f"{CONTEXTS} {'+'.join(coins)}"
    if CONTEXTS in kinds and ask.cursor(key) != ask.now.date().isoformat():
        yield Item(key, PATH, body=json.dumps({"type": "metaAndAssetCtxs"}), kind="json", whole=False)


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """Rows of one answer."""
    told = json_of(item, content)
    if not isinstance(told, list):
        raise bad_answer(item, f"answered with {str(told)[:60]!r}")
    kind, words = item.key.split(" ")
    if kind == CONTEXTS:
        return _contexts(item, told, words.split("+"), ask)
    return _funding(item, told, words) if kind == "funding" else _bars(item, told, words, ask)


def _funding(item: Item, told: list[Any], coin: str) -> Page:
    if not told:
        return Page(None)
    if any(not isinstance(row, dict) or row.get("coin", coin) != coin for row in told):
        raise bad_answer(item, f"holds another coin than {coin}")
    rows = table(item, told, ("time", "fundingRate"))
    start = json.loads(item.body or "{}")["startTime"]
    following = int(rows[-1, 0]) + 1
    # The stamps are some milliseconds past the hour they pay for.
    paid = instants(rows[:, 0]).astype("datetime64[s]").astype("datetime64[us]")
    funding = Funding(coin, paid, rows[:, 1], hours=1.0)
    more = _funding_item(item.key, following) if following > start else None
    return Page(Batch("Hyperliquid", "Hyperliquid funding", funding=(funding,), rows=len(rows)), str(following), more)


def _bars(item: Item, told: list[Any], coin: str, ask: Ask) -> Page:
    now = milliseconds(ask.now)
    rows = table(item, told, BAR)
    rows = rows[rows[:, 0] + DAY_MS <= now]
    if not rows.size:
        return Page(None)
    start = json.loads(item.body or "{}")["req"]["startTime"]
    following = int(rows[-1, 0]) + DAY_MS
    bars = Bars(f"{coin}_USD", instants(rows[:, 0]), rows[:, 4], rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 5])
    more = _bars_item(item.key, following, now) if start < following and following + DAY_MS <= now else None
    return Page(Batch("Hyperliquid", "Hyperliquid bars", bars=(bars,), rows=len(rows)), str(following), more)


def _contexts(item: Item, told: list[Any], coins: list[str], ask: Ask) -> Page:
    """Open interest in dollars (coins times mark price) and terms, as of today."""
    try:
        pairs = list(zip(told[0]["universe"], told[1], strict=True))
        found = {str(meta["name"]): (meta, context) for meta, context in pairs if meta["name"] in coins}
        day, known = today(ask.now), moment(ask.now)
        held: list[Observations] = []
        for coin in coins:
            meta, context = found[coin]
            dollars = number(item, context["openInterest"]) * number(item, context["markPx"])
            held.append(Observations(f"OI_{coin}", day, np.array([dollars]), known))
            held += [
                Observations(f"TERMS_{coin}_{name}", day, np.array([number(item, meta[field])]), known)
                for field, name in TERMS.items()
            ]
    except (KeyError, IndexError, TypeError, ValueError):
        raise bad_answer(item, f"does not hold the perpetuals {', '.join(coins)} with their contexts") from None
    batch = Batch("Hyperliquid", "Hyperliquid contexts", observations=tuple(held), rows=len(held))
    return Page(batch, ask.now.date().isoformat())


SOURCE: Final = Source(
    "hyperliquid", "Hyperliquid: funding, bars, open interest and terms of BTC, ETH and SOL",
    "https://api.hyperliquid.xyz", "Hyperliquid API; public market data", items, read, pause_s=0.5,
)  # fmt: skip
