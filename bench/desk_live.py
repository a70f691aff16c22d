"""The live Desk: readers without browsers follow a book that a venue moves once a second."""

import asyncio
import datetime as dt
import math
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.app.browser import running
from tests.app.monitor.watching import WATCHED_BOOK, WATCHED_MARKET
from tests.fake_venue import Answer, instant, marks, venue

from bench import Row
from bench.desk_clients import Reader, cpu_seconds

PRICE = 2500.0
WARM_S = 120.0
POOL = """  - {label: ETH pool, kind: v3_pool, asset: ETH, deposit_usd: 50000, entry_price: 2500, low: 1500, high: 4000,
     fee_apr: 0.5, fee: 0.003, block_seconds: 12}
"""
CONFIG = """seawall_monitor: 1
books: [perp.book.yaml]
every: 1
venue: {{url: "{url}", allow_private: true}}
rules: [{{rule: liquidation, at: 0.9}}]
channels: [{{channel: console}}]
state: state.sqlite
"""


def _answer(count: int) -> Answer:
    return 200, marks({"ETH": PRICE * (1.0 + 0.004 * math.sin(count))}, instant())


async def _follow(address: str, process: int, count: int, seconds: float) -> tuple[float, list[int]]:
    """Cores of the server, and how many updates each reader took, in ``seconds``."""
    readers = [Reader(n) for n in range(count)]
    for one in readers:
        await one.open(address, "/", None)
    until = time.monotonic() + WARM_S
    while min(one.heard for one in readers) < 5 and time.monotonic() < until:
        await asyncio.sleep(0.2)
    before, used, start = [one.heard for one in readers], cpu_seconds(process), time.perf_counter()
    while (wall := time.perf_counter() - start) < seconds:
        await asyncio.gather(asyncio.sleep(1.0), *(one.acknowledge() for one in readers))
    cores = (cpu_seconds(process) - used) / wall
    took = [one.heard - had for one, had in zip(readers, before, strict=True)]
    for one in readers:
        await one.close()
    return cores, took


def followed(count: int, seconds: float) -> Iterator[Row]:
    """``count`` readers of one watched book for ``seconds``."""
    with tempfile.TemporaryDirectory() as temporary, venue(_answer) as market:
        folder = Path(temporary)
        now = (instant() - dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        (folder / "perp.book.yaml").write_text(WATCHED_BOOK + POOL)
        (folder / "perp.market.yaml").write_text(WATCHED_MARKET.format(now=now))
        (folder / "x.yaml").write_text(CONFIG.format(url=market.url))
        with running(folder / "books", "--monitor", str(folder / "x.yaml")) as desk, ThreadPoolExecutor(1) as own:
            cores, took = own.submit(asyncio.run, _follow(desk.address, desk.process, count, seconds)).result()
    said = f"{min(took)} to {max(took)} in {seconds:.0f} s"
    yield Row(f"{count} sockets on a live Desk, a mark a second", "cores; updates a reader", (f"{cores:.2f}", said))
