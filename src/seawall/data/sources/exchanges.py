"""Any exchange that ccxt knows: daily bars, funding, open interest and contract terms of its linear perpetuals.

ccxt is an extra, imported when this source is used and not before. It does its own requests; what it returns is read
like any other answer.
"""

import datetime as dt
import importlib
import json
from collections.abc import Iterator
from typing import Any, Final, final

import numpy as np

from seawall.core.errors import DataError, InputError
from seawall.data.files import Bars, Batch, Funding, Observations
from seawall.data.files.batch import Floats
from seawall.data.sources.base import Ask, Item, Mark, Page, Reply, Source, bad_answer, json_of, milliseconds
from seawall.data.sources.columns import picked
from seawall.data.sources.windows import DAY_MS, instants, moment, number, start_of, table, today

PACKAGE: Final = "ccxt"
EXTRA: Final = "exchanges"
CHOICE: Final = "SEAWALL_CCXT_EXCHANGE"
DEFAULT_EXCHANGE: Final = "binanceusdm"
COINS: Final = ("BTC", "ETH", "SOL")
FIRST: Final = dt.date(2019, 9, 10)
LIMIT: Final = 500
OPEN_INTEREST_DAYS: Final = 29
"""Exchanges serve a month of open interest at most (Binance: 30 days)."""

UNIFIED: Final = {
    "bars": "fetch_ohlcv", "funding": "fetch_funding_rate_history", "open-interest": "fetch_open_interest_history",
    "terms": "market",
}  # fmt: skip


def symbol_of(coin: str) -> str:
    """ccxt's unified symbol of the linear perpetual."""
    return f"{coin}/USDT:USDT"


@final
class Library:
    """ccxt as a carrier: the path is a method, the body its arguments; the answer is what it returns, as JSON."""

    def __init__(self, exchange: Any, name: str) -> None:
        self._exchange, self._name = exchange, name

    def fetch(self, item: Item, mark: Mark | None) -> Reply:
        """Call the method; raises ``DataError`` in one line when ccxt does."""
        arguments = json.loads(item.body or "[]")
        try:
            if item.path == "market":
                self._exchange.load_markets()
            told = getattr(self._exchange, item.path)(*arguments)
        except Exception as fault:
            # ccxt's own tree is not importable here; its messages can hold whole answers, so only the class is told.
            if not type(fault).__module__.startswith(PACKAGE):
                raise
            raise DataError(f"{item.label} of {self._name} failed ({type(fault).__name__}): try again later") from None
        where = f"{PACKAGE}:{self._name}/{item.path}({', '.join(map(str, arguments[:1]))})"
        return Reply("new", where, json.dumps(told, default=str).encode())


def exchange_name(ask: Ask) -> str:
    """The exchange a user chose, as ccxt writes it."""
    return ask.environ.get(CHOICE, DEFAULT_EXCHANGE)


def open_library(ask: Ask) -> Library:
    """ccxt's exchange; raises ``InputError`` when ccxt or the exchange is not there."""
    name = exchange_name(ask)
    try:
        ccxt = importlib.import_module(PACKAGE)
    except ImportError:
        raise InputError(f"needs the package {PACKAGE}: pip install 'seawall[{EXTRA}]'") from None
    if name not in ccxt.exchanges:
        raise InputError(f"{CHOICE}={name!r} is no exchange of ccxt: choose one such as {DEFAULT_EXCHANGE}")
    return Library(getattr(ccxt, name)({"enableRateLimit": True}), name)


def _item(key: str, since: int) -> Item:
    kind, coin = key.split(" ")
    symbol = symbol_of(coin)
    arguments: dict[str, list[Any]] = {
        "bars": [symbol, "1d", since, LIMIT], "funding": [symbol, since, LIMIT],
        "open-interest": [symbol, "1d", since, LIMIT], "terms": [symbol],
    }  # fmt: skip
    return Item(key, UNIFIED[kind], body=json.dumps(arguments[kind]), kind="json", whole=False)


def items(ask: Ask) -> Iterator[Item]:
    """Everything kept of each coin, from where it was read to; picks are coins and kinds."""
    chosen = picked(ask.picks, (*COINS, *UNIFIED))
    for coin in [coin for coin in COINS if coin in chosen] or COINS:
        for kind in [kind for kind in UNIFIED if kind.upper() in chosen] or UNIFIED:
            key = f"{kind} {coin}"
            if kind == "terms" and ask.cursor(key) == ask.now.date().isoformat():
                continue
            earliest = ask.now.date() - dt.timedelta(days=OPEN_INTEREST_DAYS)
            first = earliest if kind == "open-interest" else FIRST
            yield _item(key, start_of(ask, key, first))


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """Rows of one answer, and the span that follows."""
    told = json_of(item, content)
    kind, coin = item.key.split(" ")
    name = exchange_name(ask)
    if kind == "terms":
        return _terms(item, told, coin, ask)
    if not isinstance(told, list):
        raise bad_answer(item, f"answered with {str(told)[:60]!r}")
    if not told:
        return Page(None)
    since, now = int(json.loads(item.body or "[]")[-2]), milliseconds(ask.now)
    if kind == "bars":
        rows = table(item, told, range(6))
        rows = rows[rows[:, 0] + DAY_MS <= now]
        step, batch = DAY_MS, _bars(rows, coin, name)
    elif kind == "funding":
        rows = table(item, told, ("timestamp", "fundingRate"))
        step, batch = 1, _funding(rows, coin, name)
    else:
        rows = table(item, told, ("timestamp", "openInterestValue"))
        rows = rows[rows[:, 0] + DAY_MS <= now]
        step, batch = DAY_MS, _open_interest(rows, coin, name)
    if not rows.size:
        return Page(None)
    following = int(rows[-1, 0]) + step
    return Page(batch, str(following), _item(item.key, following) if since < following < now - step else None)


def _bars(rows: Floats, coin: str, name: str) -> Batch:
    bars = Bars(f"{coin}_USDT", instants(rows[:, 0]), rows[:, 4], rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 5])
    return Batch(name, "ccxt bars", bars=(bars,) if rows.size else (), rows=len(rows))


def _funding(rows: Floats, coin: str, name: str) -> Batch:
    paid = instants(rows[:, 0]).astype("datetime64[s]").astype("datetime64[us]")
    # The usual distance of two payments: exchanges moved some contracts from 8 to 4 hours.
    hours = float(np.median(np.diff(rows[:, 0]))) / 3_600_000 if len(rows) > 1 else 8.0
    return Batch(name, "ccxt funding", funding=(Funding(coin, paid, rows[:, 1], round(hours)),), rows=len(rows))


def _open_interest(rows: Floats, coin: str, name: str) -> Batch:
    held = Observations(f"OI_{coin}", instants(rows[:, 0]), rows[:, 1])
    return Batch(name, "ccxt open interest", observations=(held,) if rows.size else (), rows=len(rows))


def _terms(item: Item, told: Any, coin: str, ask: Ask) -> Page:
    """Fees, contract size, tick and lot of the unified market structure."""
    if not isinstance(told, dict) or told.get("symbol") != symbol_of(coin):
        raise bad_answer(item, f"is not about {symbol_of(coin)}")
    precision = told.get("precision") or {}
    cells = {
        "CONTRACT_SIZE": told.get("contractSize"), "MAKER_COMMISSION": told.get("maker"),
        "TAKER_COMMISSION": told.get("taker"), "TICK_SIZE": precision.get("price"), "LOT_SIZE": precision.get("amount"),
    }  # fmt: skip
    terms = tuple(
        Observations(f"TERMS_{coin}_{key}", today(ask.now), np.array([number(item, cell)]), moment(ask.now))
        for key, cell in cells.items()
        if cell is not None
    )
    batch = Batch(exchange_name(ask), "ccxt contract terms", observations=terms, rows=len(terms))
    return Page(batch, ask.now.date().isoformat())


SOURCE: Final = Source(
    "ccxt", "Bars, funding, open interest and terms of perpetuals on any exchange ccxt knows", "https://api.ccxt.com",
    "the exchange's own terms", items, read, extra=PACKAGE, carrier=open_library,
)  # fmt: skip
