"""The desk as a reader waits for it: a server and Chromium of this machine, the example and a book of 1,000 positions.

Needs `pip install 'seawall[app,test]'` and a Chromium on the path. Figures are of this machine under its load of the
day; nothing is gated on them. Rows are printed as they come; no part is begun after two and a half minutes.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.app.browser import Running, Tab, chromium, running
from tests.app.serving import MARKET

from bench import Row, Section
from bench.desk_clients import load
from bench.desk_live import followed
from seawall.app.desk.pages import PAGES
from seawall.app.service.policies import shipped

POSITIONS = 1000
CLIENTS = 20
TICKS = 8
UPDATES = 8
FOLLOWED_S = 20.0
READ_MS = 400
"""What a reader takes before leaving a page: its pictures are drawn by then."""
REPEATS = 3
BUDGET_S = 150.0
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
  const slider = document.querySelector(`[data-slider=${name}]`);
  const watched = document.querySelector(place).closest('.sw-panel');
  let seen = 0;
  const observer = new MutationObserver(() => { seen = seen || performance.now(); });
  observer.observe(watched, { childList: true, subtree: true });
  const start = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  while (!seen && performance.now() - start < 5000) await new Promise((done) => requestAnimationFrame(done));
  observer.disconnect();
  return (seen || performance.now()) - start;
}"""
"""Milliseconds from moving a slider until the numbers of the panel are laid anew, whether they differ or not."""
POLICY = """async (name) => {
  const item = [...document.querySelectorAll('.q-menu .q-item')].filter((one) => one.innerText.trim() === name)[0];
  const start = performance.now(), frame = () => new Promise((done) => requestAnimationFrame(done));
  item.click();
  while (!document.body.innerText.includes(`by policy ${name} `) && performance.now() - start < 5000) await frame();
  return performance.now() - start;
}"""
"""Milliseconds from a click on a policy in the open list until the page says that its tickets are that policy's."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def wide_book() -> str:
    """A book of many short puts."""
    head = ["seawall_book: 1", "name: a thousand puts", "nav: 10000000", "market: small.market.yaml", "positions:"]
    lines = [
        f"  - {{label: put {n}, kind: option, side: short, quantity: 1, right: put, root: SPXW, strike: {1800 + n}, "
        "expiry: 2018-03-16}"
        for n in range(POSITIONS)
    ]
    return "\n".join([*head, *lines])


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
        tab.page.wait_for_timeout(READ_MS)
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
    taken = policies(tab)
    rows.append(
        Row("a control until its numbers", "Hedge: a policy, asked the first time",
            (ms(statistics.median(taken)), ms(max(taken))))
    )  # fmt: skip
    return rows


def policies(tab: Tab) -> list[float]:
    """Every shipped policy but the one that is shown, each for the first time on this desk."""
    tab.open("/hedge")
    taken = []
    for name in list(shipped())[1:]:
        tab.page.get_by_role("combobox", name="Policy").click()
        tab.page.locator(".q-menu .q-item").first.wait_for()
        taken.append(float(tab.page.evaluate(POLICY, name)))
        tab.page.wait_for_timeout(READ_MS)
    return taken


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


def dates(browser: Any, desk: Running) -> list[Row]:
    """The scenarios of the wide book with its map of dates, in a browser that has seen the desk."""
    tab = Tab(browser, desk).open("/scenarios?book=many")
    rows = []
    for words, path in (("first", "/scenarios?book=many&points=6"), ("a day", "/scenarios?book=many&points=8")):
        start = time.perf_counter()
        tab.open(path)
        tab.page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 3")
        rows.append(
            Row(f"{POSITIONS:,} positions", f"scenarios and map of dates, {words}",
                (ms(1000.0 * (time.perf_counter() - start)), ""))
        )  # fmt: skip
    tab.context.close()
    return rows


def many_clients(desk: Running) -> Iterator[Row]:
    """Cores that the server uses while readers without browsers ask for one update a second each."""
    name = f"{CLIENTS} sockets, one update a second each"
    asked: dict[str, tuple[tuple[str, str], Callable[[int, int], float]]] = {
        "Scenarios: the same days": (("/scenarios", "days"), lambda n, tick: 2 + tick),
        "Scenarios: days of their own": (("/scenarios", "days"), lambda n, tick: 10 + tick + n / CLIENTS),
        "Hedge: the same budgets": (("/hedge", "carry"), lambda n, tick: 0.0025 * (1 + tick)),
        "Hedge: budgets of their own": (("/hedge", "carry"), lambda n, tick: 0.0025 * (1 + tick + n / CLIENTS)),
    }
    for words, (page, value) in asked.items():
        found = load(desk.address, desk.process, CLIENTS, TICKS, page, value)
        yield Row(name, f"{words}: cores; pictures drawn", (f"{found.cores:.2f}", f"{found.drawn} + {found.late} late"))
        if words == "Scenarios: the same days":
            yield Row(name, "the same clients idle", (f"{found.idle_cores:.2f}", ""))


def rows_of(browser: Any, desk: Running) -> Iterator[Row]:
    """Every measurement, one after the other."""
    begun = time.monotonic()
    loaded(browser, desk, "/")
    yield Row("first paint, empty cache", "Desk", (ms(middle(lambda: first_paint(browser, desk))), ""))
    yield Row("opened, empty cache, all panels", "Desk", (ms(middle(lambda: loaded(browser, desk, "/"))), ""))
    tab = Tab(browser, desk)
    parts: tuple[Callable[[], Iterable[Row]], ...] = (
        lambda: switches(tab), lambda: updates(tab), lambda: many_positions(browser, desk),
        lambda: dates(browser, desk), lambda: many_clients(desk), lambda: followed(CLIENTS, FOLLOWED_S),
    )  # fmt: skip
    for part in parts:
        if time.monotonic() - begun > BUDGET_S:
            yield Row("not measured", "the machine is too busy: run it again", ("", ""))
            return
        yield from part()


def run() -> Section:
    """Serve, look, measure; every row is also written to standard error as soon as it is there."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        folder = Path(temporary) / "books"
        (folder / "many").mkdir(parents=True)
        (folder / "many" / "many.book.yaml").write_text(wide_book())
        (folder / "many" / "small.market.yaml").write_text(MARKET)
        with running(folder) as desk:
            for row in rows_of(browser, desk):
                sys.stderr.write(f"{row.work}: {row.who}: {', '.join(one for one in row.figures if one)}\n")
                sys.stderr.flush()
                rows.append(row)
    busy = os.getloadavg()[0]
    notes = (
        "first column: heading, or median; second: all panels, or the slowest",
        f"load of the machine at the end: {busy:.1f} on {os.cpu_count()} cores, Chromium and its drawing included",
        "sockets: clients of the pages' own protocol without a browser; three pictures an update of Scenarios, one of "
        "Hedge; late: up to two seconds after the last was asked; a picture that was overtaken is not drawn",
        "wanted: first paint 1,500 ms, switch 300 ms, a budget 300 ms, 20 clients below one core",
    )
    return Section("desk: what a reader waits for", ("first", "whole"), rows, notes)
