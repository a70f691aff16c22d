"""A watched book in a real browser: numbers follow the venue in place, and what is lost or wrong is said."""

import datetime as dt
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.app.access import faults
from tests.app.browser import WAIT_S, Running, Tab, running
from tests.app.monitor.watching import WATCHED_BOOK, WATCHED_MARKET
from tests.fake_venue import Answer, garbage, instant, marks, venue

pytestmark = pytest.mark.browser
SIZE, ENTRY, PRICE = 20.0, 2500.0, 2500.0
CONFIG = """seawall_monitor: 1
books: [perp.book.yaml]
every: 0.2
tickets: null
venue: {{url: "{url}", allow_private: true, timeout: 2, jump: 0.5, confirm: 5}}
rules:
  - {{rule: delta_drift, at: 0.1, level: act}}
  - {{rule: refused, at: 3600}}
channels: [{{channel: console}}]
state: state.sqlite
"""
NUMBER = "(name) => document.querySelector(`[data-live='${name}']`)?.innerText || ''"
TILE = """(name) => [...document.querySelectorAll('.sw-tile')].filter((one) => one.querySelector('.sw-num')
  && one.querySelector('.sw-tile-name').innerText === name).map((one) => one.querySelector('.sw-num').innerText)[0]"""
CELL = """(column) => { const cells = [...document.querySelectorAll('.sw-table tbody tr')]
  .filter((row) => row.innerText.startsWith('ETH perp'))[0]?.children; return cells?.[column].innerText; }"""


@dataclass
class Market:
    """What the venue answers: a price, garbage of a kind, or nothing."""

    price: float = PRICE
    wrong: str = ""
    down: bool = False
    asked: int = 0
    told: list[float] = field(default_factory=list)

    def answer(self, count: int) -> Answer | None:
        self.asked = count
        if self.down:
            return 503, b""
        prices = {"ETH": self.price}
        return 200, garbage(self.wrong, prices, instant(), count) if self.wrong else marks(prices, instant())


@pytest.fixture(scope="module")
def market() -> Market:
    return Market()


@pytest.fixture(scope="module")
def desk(browser: Any, market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("live")
    now = (instant() - dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / "perp.book.yaml").write_text(WATCHED_BOOK)
    (folder / "perp.market.yaml").write_text(WATCHED_MARKET.format(now=now))
    with venue(market.answer) as source:
        (folder / "x.yaml").write_text(CONFIG.format(url=source.url))
        with running(folder / "books", "--monitor", str(folder / "x.yaml")) as one:
            yield one
    log = (folder / "serve.log").read_text()
    assert "Traceback" not in log, log


@pytest.fixture
def tab(browser: Any, desk: Running, market: Market) -> Iterator[Tab]:
    market.price, market.wrong, market.down = PRICE, "", False
    one = Tab(browser, desk).open("/")
    badge(one, "live")
    moved(one, market, PRICE)
    yield one
    one.close()


def badge(tab: Tab, word: str) -> None:
    """Wait until the badge beside the name begins with a word."""
    tab.page.wait_for_function(f"word => ({NUMBER})('badge').startsWith(word + ', ')", arg=word)


def shown(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def moved(tab: Tab, market: Market, price: float) -> None:
    """Set a price and wait until tile, ledger and live panel say its delta: units times price."""
    market.price = price
    said = f"{SIZE * price:,.0f}"
    tab.page.wait_for_function(f"said => ({TILE})('delta') === said", arg=said)
    tab.page.wait_for_function(f"said => ({CELL})(3) === said", arg=said)
    tab.page.wait_for_function(f"said => ({NUMBER})('delta_usd') === said", arg=said)


def monitor(tab: Tab) -> dict[str, Any]:
    return dict(tab.page.request.get(f"{tab.desk.address}/api/v1/monitor").json())


def test_a_price_moves_every_number_in_place(tab: Tab, market: Market) -> None:
    page = tab.page
    page.evaluate("window.same = true; document.querySelector('.sw-table').dataset.same = '1'")
    page.locator(".sw-table thead th").filter(has_text="delta").click()
    page.locator(".sw-table .sw-name:text-is('ETH perp')").focus()
    page.evaluate("scrollTo(0, 300)")
    before = shown(page.evaluate(TILE, "value"))
    for price in (2510.0, 2483.5):
        moved(tab, market, price)
        assert shown(page.evaluate(TILE, "value")) - before == pytest.approx(SIZE * (price - PRICE), abs=1.0)
    assert page.evaluate("window.same && document.querySelector('.sw-table').dataset.same") == "1"
    assert page.evaluate("document.activeElement.innerText") == "ETH perp"
    assert page.evaluate("scrollY") == 300
    assert page.locator(".sw-table th.sorted").inner_text().endswith("delta")
    page.locator(".sw-tile .sw-num").first.hover()
    assert f"{instant():%Y-%m-%d %H:}" in page.locator("#sw-tip").inner_text()
    ledger = page.request.get(f"{tab.desk.address}/api/v1/books/perp/ledger").json()
    assert ledger["rows"][0]["delta_usd"] == pytest.approx(SIZE * 2483.5)
    assert faults(page) == []


def test_what_is_live_is_exported_with_its_instant(tab: Tab, market: Market) -> None:
    moved(tab, market, 2510.0)
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="export Live as JSON").click()
    (row,) = json.loads(Path(waiting.value.path()).read_text())
    assert (row["book"], row["status"]) == ("perp", monitor(tab)["status"])
    assert row["delta_usd"] == pytest.approx(SIZE * 2510.0)
    assert abs((instant() - dt.datetime.fromisoformat(row["at"])).total_seconds()) < 60.0
    assert row["gamma_usd_per_pct"] == 0.0
    assert row["vega_usd_per_point"] == 0.0


def test_a_source_that_is_down_is_said_and_the_last_good_number_stays(tab: Tab, market: Market) -> None:
    moved(tab, market, 2520.0)
    market.down = True
    badge(tab, "source down")
    at = market.asked
    tab.page.wait_for_function("() => /venue: source down, \\d+ s old/.test(document.body.innerText)")
    while market.asked < at + 5:
        tab.page.wait_for_timeout(50)
    assert tab.page.evaluate(TILE, "delta") == f"{SIZE * 2520.0:,.0f}"
    assert re.fullmatch(r"source down, \d+ s old", tab.page.evaluate(NUMBER, "badge"))
    market.down = False
    badge(tab, "live")


def test_garbage_moves_nothing_and_is_counted(tab: Tab, market: Market) -> None:
    moved(tab, market, 2530.0)
    before = sum(monitor(tab)["refused"].values())
    for wrong in ("nan", "jumps", "page"):
        market.wrong = wrong
        at = market.asked
        while market.asked < at + 3:
            tab.page.wait_for_timeout(50)
    assert sum(monitor(tab)["refused"].values()) >= before + 6
    assert tab.page.evaluate(TILE, "delta") == f"{SIZE * 2530.0:,.0f}"
    assert tab.page.evaluate(CELL, 3) == f"{SIZE * 2530.0:,.0f}"
    market.wrong = ""
    moved(tab, market, 2531.0)


def test_an_alert_is_acknowledged_and_a_test_is_sent(tab: Tab, market: Market) -> None:
    page = tab.page
    alert = page.locator("ul[aria-label=alerts] li").filter(has_text="delta")
    alert.first.wait_for()
    assert [one["acknowledged"] for one in monitor(tab)["alerts"]] == [None]
    button = alert.get_by_role("button", name="Acknowledge")
    button.focus()
    moved(tab, market, 2540.0)
    assert button.evaluate("e => e === document.activeElement"), "an alert whose fact changes keeps the focus"
    button.click()
    alert.get_by_text("acknowledged").wait_for()
    assert monitor(tab)["alerts"][0]["acknowledged"] is not None
    page.get_by_role("button", name="send a test through every channel").click()
    page.get_by_text("console: arrived").wait_for()


def test_another_page_keeps_to_its_state_until_it_is_told(browser: Any, desk: Running, market: Market) -> None:
    """On a phone: the badge of newer data overlays nothing else, and a click brings the newest state."""
    market.price, market.wrong, market.down = PRICE, "", False
    tab = Tab(browser, desk, 390, "dark").open("/")
    moved(tab, market, PRICE)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(tab.page) == []
    tab.turn("/scenarios?move=-0.1", "Scenarios")
    newer = tab.page.get_by_role("button", name="newer data")
    newer.wait_for()
    before = tab.page.locator(".sw-tile-value").first.inner_text()
    market.price = 2600.0
    until = time.monotonic() + WAIT_S
    while monitor(tab)["books"][0]["delta_usd"] != SIZE * 2600.0 and time.monotonic() < until:
        tab.page.wait_for_timeout(200)
    assert tab.page.locator(".sw-tile-value").first.inner_text() == before
    newer.click()
    cell = SIZE * 2600.0 * -0.1
    tab.page.wait_for_function(
        "said => document.querySelector('.sw-tile-value')?.innerText.replace(/\\D/g, '') === said", arg=f"{-cell:.0f}"
    )
    assert "move=-0.1" in tab.page.url
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.close()
