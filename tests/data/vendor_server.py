"""Every vendor on one loopback port: real files from SEAWALL_SHARED when they are there, small made ones otherwise.

Faults are queued by path and used up one a request, so that a test can say "500, then the file".
"""

import datetime as dt
import functools
import gzip
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.conftest import ROOT

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
SHARED = Path(os.environ.get("SEAWALL_SHARED", ROOT.parent / "shared")) / "data"
KEY = "abcdef0123456789abcdef0123456789"
NOW = dt.datetime(2022, 12, 31, 21, 30, tzinfo=dt.UTC)
"""The time at which the vendors below serve what they do: a Saturday, after the last session of the real files."""


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What goes over the wire. ``cut``: close the connection after so many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang_s: float = 0.0


Fault = Callable[[Answer], Answer]


def status(code: int, **headers: str) -> Fault:
    return lambda answer: Answer(b"busy", code, {name.replace("_", "-"): text for name, text in headers.items()})


def hang(seconds: float) -> Fault:
    return lambda answer: Answer(answer.body, hang_s=seconds)


def truncated(size: int, **headers: str) -> Fault:
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda answer: Answer(answer.body, headers={**answer.headers, **told}, cut=size)


def page() -> Fault:
    body = b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"
    return lambda answer: Answer(body, headers={"Content-Type": "text/html"})


def moved(location: str, code: int = 302) -> Fault:
    return lambda answer: Answer(b"", code, {"Location": location})


def renamed(old: bytes, new: bytes) -> Fault:
    return lambda answer: Answer(answer.body.replace(old, new, 1))


def body(content: bytes) -> Fault:
    return lambda answer: Answer(content)


def zipped() -> Fault:
    return lambda answer: Answer(gzip.compress(answer.body), headers={"Content-Encoding": "gzip"})


def half_zipped() -> Fault:
    """Gzip that ends too early in an answer whose length is right."""
    return lambda answer: Answer(gzip.compress(answer.body)[:-20], headers={"Content-Encoding": "gzip"})


class Vendors:
    """The server: ``faults[path]`` are used up in order, ``always[path]`` never; ``files`` replaces what is served."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.files: dict[str, bytes] = {}
        self.etags = True
        self.url = ""

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path.startswith(path)]

    def answer(self, request: Request) -> Answer:
        content = self.files.get(request.path)
        try:
            content = serve(request) if content is None else content
        except KeyError:  # a question without its parameters
            content = None
        answer = Answer(status=403) if content is None else self._conditional(request, content)
        queue = self.faults.get(request.path)
        if queue:
            return queue.pop(0)(answer)
        return self.always[request.path](answer) if request.path in self.always else answer

    def _conditional(self, request: Request, content: bytes) -> Answer:
        if not self.etags or request.method == "POST":
            return Answer(content)
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"',
            "Last-Modified": "Fri, 30 Dec 2022 22:00:00 GMT",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Answer(b"", 304, headers)
        asked = request.headers.get("range", "")
        if asked.startswith("bytes=") and request.headers.get("if-range") == headers["ETag"]:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return Answer(content[start:], 206, headers)
        return Answer(content, headers=headers)


@contextmanager
def vendors() -> Iterator[Vendors]:
    """Vendors on a free loopback port."""
    world = Vendors()
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): text for name, text in self.headers.items()}
            request = Request(self.command, parts.path, query, headers, self.rfile.read(size))
            world.requests.append(request)
            answer = world.answer(request)
            if answer.hang_s:
                released.wait(answer.hang_s)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut] if answer.cut is not None else answer.body)
            self.wfile.flush()
            if answer.cut is not None:
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815  (names the library calls)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield world
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def serve(request: Request) -> bytes | None:
    """What the vendor of a path sends."""
    name = request.path.rsplit("/", 1)[1]
    routes: dict[str, Callable[[], bytes | None]] = {
        "/api/global/us_indices/daily_prices/": lambda: index_file(name.removesuffix("_History.csv")),
        "/resources/futures/archive/volume-and-price/": lambda: old_contract(name),
        "/data/us/futures/market_statistics/historical_data/VX/": lambda: new_contract(name),
        "/graph/fredgraph.csv": lambda: fred_file(request.query.get("id", "")),
        "/fred/series/observations": lambda: vintages(request),
        "/monetarypolicy/fomccalendars.htm": FOMC_PAGE.encode,
        "/api/global/delayed_quotes/options/": lambda: chain_file(name.removesuffix(".json")),
        "/api/v2/public/": lambda: json.dumps(deribit(name, request.query)).encode(),
        "/info": lambda: json.dumps(hyperliquid(json.loads(request.body))).encode(),
    }
    return next((route() for start, route in routes.items() if request.path.startswith(start)), None)


@functools.cache
def index_file(name: str) -> bytes | None:
    real = SHARED / "vol" / f"{name}_History.csv"
    if real.is_file():
        return real.read_bytes()
    if name in ("CNDR", "PUT", "VVIX", "SKEW"):
        return f"DATE,{name}\n12/28/2022,100.10\n12/29/2022,101.20\n12/30/2022,102.30\n".encode()
    if name in ("VIX", "VIX9D", "VIX3M", "VIX6M"):
        rows = "12/28/2022,21.8,22.4,21.2,22.14\n12/29/2022,22.2,22.3,21.1,21.44\n12/30/2022,21.8,22.4,21.6,21.67\n"
        return f"DATE,OPEN,HIGH,LOW,CLOSE\n{rows}".encode()
    return None


@functools.cache
def old_contract(name: str) -> bytes | None:
    real = SHARED / "vol" / "cfe_contracts" / name
    if real.is_file():
        return real.read_bytes()
    if name != "CFE_F08_VX.csv":
        return None
    return (
        b"Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
        b"07/20/2007,F (Jan 08),0.00,0.00,0.00,0.00,0.00,0.00,0,0,0\n"
        b"01/15/2008,F (Jan 08),24.20,24.58,23.60,23.95,24.04,0.68,3086,0,11428\n"
        b"01/16/2008,F (Jan 08),0.00,0.00,0.00,0.00,24.18,0.14,0,0,10165\n"
    )


NEW_CONTRACTS = {"VX_2023-01-18.csv": "F (Jan 2023)", "VX_2023-02-15.csv": "G (Feb 2023)"}


def new_contract(name: str) -> bytes | None:
    """The form since 2013: ISO dates, a year of four digits, more decimals."""
    if name not in NEW_CONTRACTS:
        return None
    cell = NEW_CONTRACTS[name]
    return (
        "Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
        f"2022-12-29,{cell},23.6000,23.7500,22.7000,22.9000,22.9286,-0.62,61234,120,98765\n"
        f"2022-12-30,{cell},22.9500,23.4000,22.9000,23.0500,23.0693,0.14,48765,0,97654\n"
    ).encode()


def fred_file(name: str) -> bytes | None:
    """FRED's own header over the values of the real file, or over three made rows with a holiday."""
    real = SHARED / "macro" / f"FRED_{name}.csv"
    if real.is_file():
        lines = real.read_text().splitlines()[1:]
        return ("\n".join([f"observation_date,{name}", *lines]) + "\n").encode()
    if not name or name == "NOSUCH":
        return None
    monthly = name in ("CPIAUCSL", "CPILFESL", "PPIFIS", "FEDFUNDS", "RBUSBIS")
    days = ("2022-10-01", "2022-11-01", "2022-12-01") if monthly else ("2022-12-28", "2022-12-29", "2022-12-30")
    return f"observation_date,{name}\n{days[0]},4.10\n{days[1]},\n{days[2]},4.33\n".encode()


VINTAGES = (
    ("2022-05-01", "2022-06-10", "291.474"), ("2022-05-01", "2023-02-10", "291.359"),
    ("2022-06-01", "2022-07-13", "295.328"), ("2022-07-01", "2022-08-10", "."),
)  # fmt: skip


def vintages(request: Request) -> bytes:
    """Three rows a page whatever limit is asked for, as a server with a smaller limit would do."""
    if request.query.get("api_key") != KEY:
        return b'{"error_code":400,"error_message":"Bad Request. The value for variable api_key is not registered."}'
    start = int(request.query["offset"])
    rows = [
        {"realtime_start": out, "realtime_end": "9999-12-31", "date": day, "value": value}
        for day, out, value in VINTAGES[start : start + 3]
    ]
    return json.dumps({"count": len(VINTAGES), "offset": start, "limit": 3, "observations": rows}).encode()


def _meeting(month: str, days: str) -> str:
    return (
        '<div class="row fomc-meeting" ><div class="fomc-meeting__month col-xs-5 col-sm-3 col-md-2">'
        f'<strong>{month}</strong></div><div class="fomc-meeting__date col-xs-4 col-sm-9 col-md-10">{days}</div>'
        '<div class="fomc-meeting__minutes"><strong>Minutes:</strong> (Released February 19, 2020)</div></div>'
    )


FOMC_PAGE = (
    "<!DOCTYPE html><html><body>"
    '<div class="panel panel-default"><div class="panel-heading"><h4><a id="42">2023 FOMC Meetings</a></h4></div>'
    + _meeting("Jan/Feb", "31-1") + _meeting("March", "21-22*") + _meeting("Oct/Nov", "31-1") + "</div>"
    '<div class="panel panel-default"><div class="panel-heading"><h4>2020 FOMC Meetings</h4></div>'
    + _meeting("January", "28-29") + _meeting("March", "3 (unscheduled)") + _meeting("March", "15 (unscheduled)")
    + _meeting("March", "17-18 (cancelled)") + _meeting("August", "27 (notation vote)") + "</div></body></html>"
)  # fmt: skip
FOMC_DAYS = ("2020-01-29", "2020-03-03", "2020-03-15", "2023-02-01", "2023-03-22", "2023-11-01")


def chain_file(name: str, stamp: str = "2022-12-30 21:45:10", dearer: float = 0.0) -> bytes | None:
    """Two options and a row that is none, in the form of Cboe's delayed quotes."""
    if name not in ("_SPX", "_VIX", "SPY"):
        return None
    plain = name.lstrip("_")
    root = {"SPX": "SPXW", "VIX": "VIX", "SPY": "SPY"}[plain]
    spot = {"SPX": 3839.5, "VIX": 21.67, "SPY": 382.43}[plain]
    options = [
        {
            "option": f"{root}230120{right}{round(spot) * 1000:08d}", "bid": bid, "bid_size": 12.0, "ask": bid + 0.5,
            "ask_size": 9.0, "iv": iv, "open_interest": 1520.0, "volume": 873.0, "delta": 0.48, "gamma": 0.0021,
            "vega": 3.9, "theta": -8.7, "rho": 0.29, "theo": bid + 0.2, "last_trade_time": "2022-12-30T15:59:01",
        }
        for right, bid, iv in (("C", 4.15 + dearer, 0.1432), ("P", 6.31 + dearer, 0.0))
    ]  # fmt: skip
    options.append({"option": "NOT-A-SYMBOL", "bid": 1.0, "ask": 2.0})
    data = {
        "options": options, "symbol": f"^{plain}", "security_type": "index", "current_price": spot + dearer,
        "bid": spot - 1,
        "ask": spot + 1, "close": spot,
        "last_trade_time": "2022-12-30T16:14:59",
    }  # fmt: skip
    return json.dumps({"timestamp": stamp, "data": data, "symbol": name}).encode()


def _days(query: dict[str, str], first: str, step: int) -> list[int]:
    start = int(dt.datetime.fromisoformat(first).replace(tzinfo=dt.UTC).timestamp() * 1000)
    low, high = int(query["start_timestamp"]), int(query["end_timestamp"])
    begin = max(start, -(-low // step) * step)
    return list(range(begin, high + 1, step))


def deribit(method: str, query: dict[str, str]) -> object:
    """The exchange from 2022-12-01 on; DVOL answers hold ten rows at most and continue backwards."""
    result: object
    if method == "get_volatility_index_data":
        days = _days(query, "2022-12-01", DAY_MS)
        rows = [[day, 50.0, 52.0, 49.0, 50.0 + day // DAY_MS % 7] for day in days]
        result = {"data": rows[-10:], "continuation": rows[-10][0] if len(rows) > 10 else None}
    elif method == "get_funding_rate_history":
        stamps = _days(query, "2022-12-29", HOUR_MS)
        # Newest first, to see that order does not matter.
        result = [
            {
                "timestamp": stamp,
                "index_price": 16500.0,
                "prev_index_price": 16499.0,
                "interest_8h": 8e-6,
                "interest_1h": 1e-6,
            }
            for stamp in reversed(stamps)
        ]
    elif method == "get_tradingview_chart_data":
        days = _days(query, "2022-12-20", DAY_MS)
        if not days:
            return {"jsonrpc": "2.0", "result": {"status": "no_data"}}
        prices = [16500.0 + number for number in range(len(days))]
        result = {
            "ticks": days, "open": prices, "high": [p + 9 for p in prices], "low": [p - 9 for p in prices],
            "close": prices, "volume": [1.0] * len(days), "cost": [1.0] * len(days), "status": "ok",
        }  # fmt: skip
    elif method == "get_book_summary_by_currency":
        coin = query["currency"]
        result = [
            {"instrument_name": f"{coin}-PERPETUAL", "open_interest": 300e6, "mark_price": 16500.0},
            {"instrument_name": f"{coin}-31MAR23", "open_interest": 200e6, "mark_price": 16550.0},
        ]
    elif method == "get_instrument":
        result = {
            "instrument_name": query["instrument_name"], "contract_size": 10, "tick_size": 0.5, "min_trade_amount": 10,
            "maker_commission": 0.0, "taker_commission": 0.0005, "max_leverage": 50,
        }  # fmt: skip
    else:
        return {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}}
    return {"jsonrpc": "2.0", "result": result, "usIn": 1, "usOut": 2, "testnet": False}


FUNDING_FROM = int(dt.datetime(2022, 12, 28, tzinfo=dt.UTC).timestamp() * 1000)


def hyperliquid(question: dict[str, object]) -> object:
    """Three coins; funding from 2022-12-28 on, 40 rows an answer, stamps some milliseconds late."""
    now = int(NOW.timestamp() * 1000)
    if question["type"] == "fundingHistory":
        stamps = [
            stamp for stamp in range(FUNDING_FROM, now, HOUR_MS) if stamp + 23 >= int(str(question["startTime"]))
        ][:40]
        return [
            {"coin": question["coin"], "fundingRate": "0.0000125", "premium": "-0.0003", "time": stamp + 23}
            for stamp in stamps
        ]
    if question["type"] == "candleSnapshot":
        ask = question["req"]
        assert isinstance(ask, dict)
        return [
            {"t": day, "T": day + DAY_MS - 1, "s": ask["coin"], "i": "1d", "o": "16500.0", "c": "16510.5",
             "h": "16600.0", "l": "16400.0", "v": "12.5", "n": 9}
            for day in range(FUNDING_FROM, min(now, ask["endTime"]) + 1, DAY_MS) if day >= ask["startTime"]
        ]  # fmt: skip
    names = ("BTC", "ETH", "ATOM", "SOL")
    universe = [{"name": name, "szDecimals": 5 - at, "maxLeverage": 50 - at} for at, name in enumerate(names)]
    contexts = [
        {"funding": "0.0000125", "openInterest": str(1000.0 * (at + 1)), "markPx": str(100.0 + at), "oraclePx": "1"}
        for at in range(len(names))
    ]
    return [{"universe": universe}, contexts]
