"""A monitor for tests: the example book of 2018, an injected clock, a venue of bytes, a channel that collects."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fake_venue import marks

from seawall.app.monitor.config import Config, load_config
from seawall.app.monitor.engine import Monitor, Parts
from seawall.app.monitor.feeds import HistoryFeed
from seawall.app.monitor.memory import Letter
from seawall.core.errors import DataError
from seawall.data.embedded import embedded_history

START = dt.datetime(2018, 2, 3, 1, 0, tzinfo=dt.UTC)
"""Half an hour after the market of the example."""
ETH = 915.78
WATCHED_BOOK = """seawall_book: 1
name: perp
nav: 20000
market: perp.market.yaml
positions:
  - {label: ETH perp, kind: linear_perp, side: long, quantity: 20, asset: ETH, entry: 2500, leverage: 5,
     maintenance: 0.01}
"""
WATCHED_MARKET = """seawall_market: 1
now: {now}
source: test
rate: 0.04
assets:
  ETH: {{spot: {{value: 2500, as_of: {now}}}, smile: {{flat: 0.6}}, realised_vol: 0.6, funding: 0.05}}
"""
PLAIN = """seawall_monitor: 1
books: [demo]
every: 1
venue: {url: "http://127.0.0.1:9", allow_private: true, stale_after: 10}
tickets: null
rules:
  - {rule: liquidation, at: 0.7, clear: 0.6}
  - {rule: stale, sources: [venue]}
  - {rule: refused, at: 5}
  - {rule: trouble}
cool_down: 0
state: state.sqlite
"""


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: dt.datetime = START) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@dataclass
class Collected:
    """A channel that keeps what it is sent; ``down`` makes it fail."""

    name: str = "collected"
    got: list[Letter] = field(default_factory=list)
    down: bool = False

    def send(self, letter: Letter) -> None:
        if self.down:
            raise DataError("it is down: wait")
        self.got.append(letter)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one.body["rule"], one.kind) for one in self.got]


class World:
    """A monitor, its clock, its venue and its channel, step by step."""

    def __init__(self, folder: Path, text: str = PLAIN, name: str = "test.monitor.yaml") -> None:
        self.folder, self.text, self.name = folder, text, name
        self.clock, self.channel = Clock(), Collected()
        self.answer: Callable[[], bytes] = self.eth(ETH)
        self.monitor = self.open()

    def config(self) -> Config:
        place = self.folder / self.name
        place.write_text(self.text)
        return load_config(place, {})

    def open(self) -> Monitor:
        history = HistoryFeed(embedded_history, look_s=1e9)
        parts = Parts(self.clock, history, self.ask, (self.channel,), environ={})
        return Monitor(self.config(), parts)

    def ask(self) -> bytes:
        return self.answer()

    def eth(self, price: float, **more: Any) -> Callable[[], bytes]:
        return lambda: marks({"ETH": price}, self.clock.now, **more)

    def tick(self, seconds: float = 1.0) -> None:
        self.clock.on(seconds)
        self.monitor.tick()
        while self.monitor.courier.one(self.channel):
            pass

    def ticks(self, count: int, seconds: float = 1.0) -> None:
        for _ in range(count):
            self.tick(seconds)
