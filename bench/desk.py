"""The desk as a reader waits for it: a server and Chromium of this machine, the example and a book of 1,000 positions.

Needs `pip install 'seawall[app,test]'` and a Chromium on the path. Figures are of this machine under its load of the
day; nothing is gated on them.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.app.browser import Running, Tab, chromium, running
from tests.app.serving import MARKET

from bench import REPEATS, Row, Section
from seawall.app.desk.pages import PAGES

POSITIONS = 1000
CLIENTS = 20
TICKS = 15
UPDATES = 12
SWITCH = """async (path) => {
  const start = performance.now(), frame = () => new Promise((done) => requestAnimationFrame(done));
  const before = document.querySelector('h1');
  document.querySelector(`.sw-nav a[href^="${path}"]`).click();
  while (document.querySelector('h1') === before || !document.querySelector('h1')) await frame();
  const head = performance.now() - start;
  while (document.querySelector('.sw-loading')) await frame();
  return [head, performance.now() - start];
}"""
"""Milliseconds from a click on the navigation to the heading, and to the last panel."""
UPDATE = """async ([name, value, place]) => {
  const at = () => document.querySelector(place)?.innerText, slider = document.querySelector(`[data-slider=${name}]`);
  const start = performance.now(), before = at();
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  while (at() === before && performance.now() - start < 20000) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - start;
}"""
"""Milliseconds from moving a slider until the numbers beside it have changed."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
MOVE = """value => {
  const slider = document.querySelector('[data-slider=days]');
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def wide_book() -> str:
    """A book of many short puts."""
    head = ["seawall_book: 1", "name: a thousand puts", "nav: 10000000", "market: small.market.yaml", "positions:"]
    lines = [
        f"  - {{label: put {n}, kind: option, side: short, quantity: 1, right: put, root: SPXW, strike: {1800 + n}, "
        "expiry: 2018-03-16}"
        for n in range(POSITIONS)
    ]
    return "\n".join([*head, *lines])


def cpu_seconds(process: int) -> float:
    """What a process has used, in all of its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def middle(work: Callable[[], float], repeats: int = REPEATS) -> float:
    """Median of what ``work`` measures."""
    return statistics.median(work() for _ in range(repeats))


def ms(value: float) -> str:
    """Milliseconds."""
    return f"{value:,.0f} ms"


def first_paint(browser: Any, desk: Running) -> float:
    """A browser that has seen nothing yet."""
    tab = Tab(browser, desk)
    tab.page.goto(desk.address)
    tab.page.wait_for_selector("h1")
    found = float(tab.page.evaluate(PAINT))
    tab.context.close()
    return found


def loaded(browser: Any, desk: Running, path: str) -> float:
    """From the address to the last panel, milliseconds."""
    tab = Tab(browser, desk)
    start = time.perf_counter()
    tab.open(path)
    found = 1000.0 * (time.perf_counter() - start)
    tab.context.close()
    return found


def switches(tab: Tab) -> list[Row]:
    """Every page from another one, after it was seen once."""
    tab.open("/")
    rows = []
    order = [page for page in PAGES if page.path != "/"]
    for page in order:
        tab.page.evaluate(SWITCH, page.path)
        tab.settled()
    heads, whole = [], []
    for page in order:
        head, all_of_it = tab.page.evaluate(SWITCH, page.path)
        heads.append(head)
        whole.append(all_of_it)
        rows.append(Row("switch to a page seen before", page.name, (ms(head), ms(all_of_it))))
    rows.append(
        Row("switch to a page seen before", "median", (ms(statistics.median(heads)), ms(statistics.median(whole))))
    )
    return rows


def updates(tab: Tab) -> list[Row]:
    """Controls that recompute: the time until the numbers have changed, and the slowest of them."""
    rows = []
    for name, path, slider, place, values in (
        ("Hedge: a budget", "/hedge", "carry", ".sw-tiles", [0.01 + 0.0025 * n for n in range(UPDATES)]),
        ("Condor: a strike", "/condor", "k1", ".sw-tiles", [2360 + 5 * n for n in range(UPDATES)]),
        ("Scenarios: a day", "/scenarios", "days", ".sw-tiles", [2 + n for n in range(UPDATES)]),
    ):
        tab.open(path)
        taken = [float(tab.page.evaluate(UPDATE, [slider, value, place])) for value in values]
        rows.append(Row("a control until its numbers", name, (ms(statistics.median(taken)), ms(max(taken)))))
    return rows


def many_positions(browser: Any, desk: Running) -> list[Row]:
    """Opening the book, and its last row after a jump to the end of the ledger."""
    whole = loaded(browser, desk, "/?book=many")
    again = middle(lambda: loaded(browser, desk, "/?book=many"), 3)
    tab = Tab(browser, desk).open("/?book=many")
    tab.page.wait_for_selector(f"text={POSITIONS:,} positions")
    start = time.perf_counter()
    tab.page.locator(".sw-table .q-table__middle").first.evaluate("e => { e.scrollTop = e.scrollHeight; }")
    tab.page.wait_for_selector(f".sw-table td:has-text('put {POSITIONS - 1}')")
    jump = 1000.0 * (time.perf_counter() - start)
    rows = tab.page.locator(".sw-table tbody tr").count()
    tab.context.close()
    name = f"{POSITIONS:,} positions"
    return [
        Row(name, "opened first", (ms(whole), "")),
        Row(name, "opened again", (ms(again), "")),
        Row(name, f"jump to the last row ({rows} rows in the page)", (ms(jump), "")),
    ]


def many_clients(browser: Any, desk: Running) -> list[Row]:
    """Cores that the server uses while clients ask for one update a second each."""
    tabs = [Tab(browser, desk).open("/scenarios") for _ in range(CLIENTS)]
    time.sleep(2.0)
    used, start = cpu_seconds(desk.process), time.perf_counter()
    for tick in range(TICKS):
        for tab in tabs:
            tab.page.evaluate(MOVE, 2 + tick)
        time.sleep(max(0.0, start + tick + 1.0 - time.perf_counter()))
    wall = time.perf_counter() - start
    share = (cpu_seconds(desk.process) - used) / wall
    idle_from, idle_start = cpu_seconds(desk.process), time.perf_counter()
    time.sleep(5.0)
    idle = (cpu_seconds(desk.process) - idle_from) / (time.perf_counter() - idle_start)
    for tab in tabs:
        tab.context.close()
    name = f"{CLIENTS} clients, {TICKS * CLIENTS / wall:.1f} updates a second"
    return [
        Row(name, "cores of the server", (f"{share:.2f}", "")),
        Row(name, "the same clients idle", (f"{idle:.2f}", "")),
    ]


def run() -> Section:
    """Serve, look, measure."""
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        folder = Path(temporary) / "books"
        (folder / "many").mkdir(parents=True)
        (folder / "many" / "many.book.yaml").write_text(wide_book())
        (folder / "many" / "small.market.yaml").write_text(MARKET)
        with running(folder) as desk:
            loaded(browser, desk, "/")
            rows = [
                Row("first paint, empty cache", "Desk", (ms(middle(lambda: first_paint(browser, desk))), "")),
                Row("opened, empty cache, all panels", "Desk", (ms(middle(lambda: loaded(browser, desk, "/"))), "")),
            ]
            tab = Tab(browser, desk)
            rows += switches(tab) + updates(tab)
            tab.context.close()
            rows += many_positions(browser, desk)
            rows += many_clients(browser, desk)
    load = os.getloadavg()[0]
    notes = (
        "first column: heading, or median; second: all panels, or the slowest",
        f"load of the machine at the end: {load:.1f} on {os.cpu_count()} cores, Chromium and its drawing included",
        "wanted: first paint 1,500 ms, switch 300 ms, a budget 300 ms, 20 clients below one core",
    )
    return Section("desk: what a reader waits for", ("first", "whole"), rows, notes)
