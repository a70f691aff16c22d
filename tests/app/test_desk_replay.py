"""An event of the catalogue on the Replay page in a real browser: chosen, stepped through, linked to, exported."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.access import faults
from tests.app.browser import Running, Tab, drag, shown

pytestmark = pytest.mark.browser


def tile(tab: Tab, name: str) -> str:
    """The number under a name in `Day by day`."""
    panel = tab.page.locator("section[aria-labelledby=p-day-by-day]")
    found = panel.locator(".sw-tile").filter(has=tab.page.get_by_text(name, exact=True))
    return str(found.locator(".sw-tile-value").inner_text())


def choose(tab: Tab, label: str, option: str) -> None:
    """Take an option of a list, as a reader does."""
    tab.page.get_by_role("combobox", name=label, exact=True).click()
    tab.page.get_by_role("option", name=option).click()


def told(tab: Tab, event: str) -> dict[str, Any]:
    """The same event over REST."""
    found: dict[str, Any] = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/replay?{event}").json()
    return found


def test_an_event_is_chosen_and_stepped_through(tab: Tab) -> None:
    tab.open("/replay")
    choose(tab, "Replay", "event, session by session")
    tab.page.wait_for_function("() => location.search.includes('event=2018-02-05&mode=path')")
    shown(tab, "session 5 of 5")
    choose(tab, "Event", "2020-03: Covid crash, 23 sessions in 6 steps")
    tab.page.wait_for_function("() => location.search === '?event=2020-03'")
    shown(tab, "session 23 of 23, step 6 of 6")
    steps = told(tab, "event=2020-03")["steps"]
    assert tile(tab, "margin") == f"{steps[-1]['margin_usd']:,.0f}"
    tab.page.get_by_role("button", name="one session back").click()
    shown(tab, f"as if it were {steps[-2]['as_if']}")
    shown(tab, f"State of the market on {steps[-2]['event_day']}: SPIKE")
    assert tile(tab, "margin") == f"{steps[-2]['margin_usd']:,.0f}"
    assert tile(tab, "excess") == f"{steps[-2]['excess_usd']:,.0f}"
    tab.page.wait_for_function("() => location.search.includes('day=5')")
    tab.page.wait_for_function("() => document.querySelector('tr.selected')?.innerText.includes('2020-03-16')")


def test_a_link_to_a_day_shows_that_day(tab: Tab) -> None:
    tab.open("/replay?event=2020-03&day=1")
    text = tab.text()
    for words in (
        "session 5 of 23, step 1 of 6",
        "ETH perp long: liquidated",
        "stylised: SPX, ETH, VIX",
        "Hedge layers",
    ):
        assert words in text
    first = told(tab, "event=2020-03")["steps"][0]
    assert tile(tab, "margin") == f"{first['margin_usd']:,.0f}"
    assert tab.page.locator("[data-time]").count() == 6  # P&L, three levels, margin, layers
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="export Day by day as JSON").click()
    rows = json.loads(Path(waiting.value.path()).read_text())
    steps = told(tab, "event=2020-03")["steps"]
    assert [row["event_day"] for row in rows] == [step["event_day"] for step in steps]
    for key in ("pnl_usd", "margin_usd", "equity_usd", "excess_usd", "hedges_since_eve_usd"):
        assert [row[key] for row in rows] == pytest.approx([step[key] for step in steps]), key
    assert [row["actions"] for row in rows] == [
        "; ".join(f"{one['rule']}: {one['text']}" for one in step["actions"]) for step in steps
    ]


def test_what_is_observed_is_said(tab: Tab) -> None:
    tab.open("/replay?event=2015-08")
    assert "observed: SPX, VIX" in tab.text()
    assert "stylised: ETH" in tab.text()
    tab.open("/replay?event=2018-02-01..2018-02-08&mode=path")
    assert "as if it were 2018-02-09" in tab.text()
    assert "Margin and equity" in tab.text()


@pytest.mark.parametrize(
    ("query", "fact", "remedy"),
    [
        ("event=2020-3", "Unknown event '2020-3'", "Did you mean '2020-03'?"),
        ("event=nosuch&mode=path", "No event 'nosuch' in the catalogue", "Known are 1987"),
        ("event=2020-03&mode=sideways", "No mode 'sideways'", "Leave it out"),
        ("event=2018-02-03..2018-02-04&mode=path", "An event needs at least two days", "Widen it"),
    ],
)
def test_what_cannot_be_replayed_says_what_to_do(tab: Tab, query: str, fact: str, remedy: str) -> None:
    tab.open(f"/replay?{query}")
    failed = tab.page.locator(".sw-failed").inner_text()
    assert fact in failed
    assert remedy in failed


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (390, "dark")])
def test_an_event_fits_every_screen_and_is_read_by_everybody(
    browser: Any, desk: Running, width: int, theme: str
) -> None:
    tab = Tab(browser, desk, width, theme).open("/replay?event=2018-12")
    tab.page.wait_for_function("() => document.querySelectorAll('[data-time] .main-svg').length >= 6")
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    drag(tab, "day", 3)
    shown(tab, "session 3 of 15")
    shown(tab, "State of the market on 2018-12-06: ONSET")
    tab.page.wait_for_function("() => location.search.includes('day=3')")
    assert faults(tab.page) == []
    tab.close()
