"""A book whose every name is markup, on every page in a real browser: names are shown, never obeyed."""

import json
from typing import Any

import pytest
from tests.app.browser import Running, Tab

from seawall.app.desk.pages import PAGES

pytestmark = pytest.mark.browser
TAG = "<img src=x onerror=window.obeyed=1>"
QUOTE = 'a" innerHTML="<b class=hostile>b</b>'
MARKET = f"""seawall_market: 1
now: 2018-02-02T21:30:00Z
source: '{TAG}'
rate: 0.0142
assets:
  SPX: {{spot: {{value: 2762.13, as_of: 2018-02-02}}, smile: {{flat: 0.17}}}}
  '{TAG}': {{spot: {{value: 1000, as_of: 2018-02-02}}, smile: {{flat: 0.8}}}}
  '{QUOTE}': {{spot: {{value: 1000, as_of: 2018-02-02}}, smile: {{flat: 0.8}}}}
vix: {{value: 17.31, as_of: 2018-02-02, source: '{TAG}', vvix: {{value: 125.51, as_of: 2018-02-02}}}}
"""
POOL = (
    "kind: v3_pool, deposit_usd: 150000, entry_price: 1036.79, low: 700, high: 1400, opened: 2018-01-20, "
    "fee_apr: 0.60, fee: 0.003, block_seconds: 15"
)
BOOK = f"""seawall_book: 1
name: '{QUOTE}'
nav: 300000
market: hostile.market.yaml
positions:
  - {{label: '{TAG}', group: '{QUOTE}', kind: option, side: short, quantity: 1, right: put, root: SPXW, strike: 2600,
     expiry: 2018-03-16}}
  - {{label: '{QUOTE}', group: '{TAG}', asset: '{TAG}', {POOL}}}
  - {{label: third, asset: '{QUOTE}', {POOL}}}
"""
INJECTED = "document.querySelectorAll('main img, img[src=x], b.hostile').length"


def keep(tab: Tab) -> None:
    body = json.dumps({"text": BOOK, "files": {"hostile.market.yaml": MARKET}})
    reply = tab.page.request.put(
        f"{tab.desk.address}/api/v1/books/hostile", data=body, headers={"Content-Type": "application/json"}
    )
    assert reply.ok, reply.text()


@pytest.fixture(scope="module")
def hostile(browser: Any, desk: Running) -> Running:
    tab = Tab(browser, desk)
    keep(tab)
    tab.close()
    return desk


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_names_are_shown_and_never_obeyed(browser: Any, hostile: Running, path: str) -> None:
    tab = Tab(browser, hostile)
    tab.open(f"{path}?book=hostile")
    for factor in (TAG, QUOTE) if path == "/scenarios" else ():
        tab.page.goto(f"{hostile.address}{path}?book=hostile&factor={factor}")
        tab.settled()
        assert factor in tab.text()
    assert tab.page.evaluate("window.obeyed") is None
    assert tab.page.evaluate(INJECTED) == 0
    tab.close()


def test_the_desk_names_them_as_they_are_written(browser: Any, hostile: Running) -> None:
    tab = Tab(browser, hostile)
    tab.open("/?book=hostile")
    assert tab.page.inner_text("h1") == QUOTE
    assert tab.page.locator("h2", has_text=f"Convexity density, {TAG}").count() == 1
    assert tab.page.get_by_role("button", name=f"export Convexity density, {QUOTE} as CSV").count() == 1
    tab.close()
