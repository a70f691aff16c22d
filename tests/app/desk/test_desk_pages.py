"""The desk in a real browser: pages load clean, the flows of a reader work, on a wide screen and on a phone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.access import faults
from tests.app.browser import Running, Tab, running
from tests.app.serving import BOOK, MARKET

from seawall.app.desk.pages import PAGES

pytestmark = pytest.mark.browser
MANY = 1000
HOSTILE = "<img src=x onerror=hit()> {{$root.constructor}} {{7 * 7}}"


def wide_book() -> str:
    """A thousand positions, one with a hostile name."""
    lines = [
        f"  - {{label: put {n}, kind: option, side: short, quantity: 1, right: put, root: SPXW, "
        f"strike: {1800 + n}, expiry: 2018-03-16}}"
        for n in range(MANY - 1)
    ]
    hostile = (
        f'  - {{label: "{HOSTILE}", kind: option, side: short, quantity: 1, right: call, root: SPXW, '
        "strike: 2900, expiry: 2018-02-16}"
    )
    return "\n".join(
        ["seawall_book: 1", f'name: "{HOSTILE}"', "market: small.market.yaml", "positions:", *lines, hostile]
    )


@pytest.fixture(scope="module")
def desk(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("desk") / "books"
    for name, text in (("many", wide_book()), ("gone", BOOK.format(name="x").replace("2018-03-16", "2018-01-19"))):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.book.yaml").write_text(text)
        (folder / name / "small.market.yaml").write_text(MARKET)
    with running(folder) as one:
        yield one


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (390, "dark")])
def test_every_page_loads_clean(browser: Any, desk: Running, width: int, theme: str) -> None:
    tab = Tab(browser, desk, width, theme).open("/")
    for page in PAGES:
        tab.turn(page.path, page.name)
        assert tab.page.locator("h1").count() == 1
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.path} is too wide"
        dark = tab.page.evaluate("document.body.classList.contains('body--dark')")
        assert dark == (theme == "dark")
        assert faults(tab.page) == [], page.path
    tab.close()


def test_the_desk_shows_the_ledger_of_the_example(tab: Tab) -> None:
    tab.open("/")
    record = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/ledger").json()
    cells = tab.page.locator(".sw-table tbody tr.q-tr, .sw-table tbody tr").filter(has_text="SPX Mar condor")
    cells.first.wait_for()
    shown = cells.first.locator("td").all_inner_texts()
    row = next(one for one in record["rows"] if one["label"] == "SPX Mar condor")
    assert shown[2] == f"{row['value_usd']:,.0f}"
    assert shown[4] == f"{row['gamma_usd_per_pct']:,.0f}"
    assert record["assumptions"][0] in tab.text()
    assert tab.page.locator(".sw-alerts li").count() >= 3
    tab.page.wait_for_selector(".js-plotly-plot .main-svg")


def test_a_number_says_where_it_comes_from_by_mouse_and_by_keyboard(tab: Tab) -> None:
    tab.open("/")
    tab.page.locator(".sw-tile .sw-num").nth(2).hover()
    tip = tab.page.locator("#sw-tip").inner_text()
    assert "Gamma S^2 / 100" in tip
    assert "2018-02-03" in tip
    assert "modelled" in tip
    tab.page.keyboard.press("Escape")
    assert tab.page.locator("#sw-tip").count() == 0
    tab.page.locator(".sw-table .sw-name").first.focus()
    for _ in range(2):
        tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowDown")
    focused = tab.page.evaluate("document.activeElement.closest('tr').innerText")
    assert focused.startswith("all SPX")
    assert "all SPX" in tab.page.locator("#sw-tip").inner_text()
    described = tab.page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == "sw-tip"


def test_the_first_stop_of_the_keyboard_skips_to_the_content(tab: Tab) -> None:
    tab.open("/")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "sw-skip"


def test_scenarios_from_a_cell_to_its_waterfall_and_back_by_address(tab: Tab) -> None:
    tab.open("/scenarios?factor=SPX&move=0&points=0")
    tab.page.get_by_label("Move, %").fill("-10")
    tab.page.get_by_label("Move, %").press("Enter")
    tab.page.wait_for_function("location.search.includes('move=-0.1')")
    tab.settled()
    asked = {"factor": "SPX", "return": -0.1, "vol_points": 0, "days": 0}
    cell = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/scenarios/cell", params=asked).json()
    tile = tab.page.locator(".sw-tile-value")
    tab.page.wait_for_function("document.querySelector('.sw-tile-value')?.innerText.match(/\\d/)")
    assert tile.inner_text().replace("\N{MINUS SIGN}", "-") == f"{cell['total_usd']:+,.0f}"
    plot = tab.page.locator(".js-plotly-plot .nsewdrag").first
    plot.click(position={"x": 60, "y": 60})
    tab.page.wait_for_function("!location.search.includes('move=-0.1&')")
    tab.settled()
    slider = tab.page.get_by_role("slider")
    slider.focus()
    for _ in range(16):
        tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_function("location.search.includes('days=16')")
    tab.page.wait_for_function("document.body.innerText.includes('Settled by then: SPX Feb put spread')")
    tab.page.wait_for_function("document.querySelector('.sw-tile-note')?.innerText === 'USD, after 16 days'")
    address, seen = tab.page.url, tile.inner_text()
    other = tab.context.new_page()
    other.goto(address)
    other.wait_for_selector(".sw-tile-value")
    assert "after 16 days" in other.inner_text("body")
    assert other.get_by_role("slider").input_value() == "16"
    assert other.get_by_label("Move, %").input_value() == tab.page.get_by_label("Move, %").input_value()
    assert other.locator(".sw-tile-value").inner_text() == seen


def test_a_book_is_edited_checked_and_saved_in_place(tab: Tab) -> None:
    tab.open("/?book=demo")
    tab.page.get_by_label("edit, upload or delete books").click()
    text = tab.page.get_by_label("Text of the book")
    good = text.input_value()
    tab.page.get_by_label("Save as").fill("changed")
    text.fill(good.replace("quantity: 10", "quantity: -10"))
    tab.page.get_by_role("button", name="Check").click()
    tab.page.wait_for_selector("text=changed.book.yaml:")
    assert text.input_value() == good.replace("quantity: 10", "quantity: -10")
    text.fill(good.replace("name: Eve of 2018-02-05", "name: Changed in the browser"))
    tab.page.get_by_role("button", name="Save", exact=True).click()
    tab.page.wait_for_function("location.search.includes('book=changed')")
    tab.page.wait_for_selector("h1:has-text('Changed in the browser')")
    kept = tab.desk.workspace / "changed" / "changed.book.yaml"
    assert "Changed in the browser" in kept.read_text()
    tab.settled()


def test_a_book_is_uploaded_with_its_market(tab: Tab, tmp_path: Path) -> None:
    (tmp_path / "small.market.yaml").write_text(MARKET)
    (tmp_path / "sent.book.yaml").write_text(BOOK.format(name="sent from a disk"))
    tab.open("/")
    tab.page.get_by_label("edit, upload or delete books").click()
    for name in ("small.market.yaml", "sent.book.yaml"):
        tab.page.locator("input[type=file]").set_input_files(tmp_path / name)
        tab.page.wait_for_selector(f"text={name} ")
    tab.page.get_by_role("button", name="Save", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('sent from a disk')")
    tab.settled()


def test_a_thousand_positions_and_a_hostile_name(tab: Tab) -> None:
    tab.page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    tab.open("/?book=many")
    tab.page.wait_for_selector("text=1,000 positions")
    assert tab.page.locator(".sw-table tbody tr").count() < 200
    assert HOSTILE in tab.page.locator("h1").inner_text()
    tab.page.locator(".sw-table .q-table__middle").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    tab.page.wait_for_selector(".sw-table td:has-text('onerror')")
    tab.page.locator(".sw-table td:has-text('onerror') + td + td .sw-num").hover()
    assert HOSTILE in tab.page.locator("#sw-tip").inner_text()
    tab.open("/scenarios?book=many")
    assert tab.page.evaluate("window.hits") == 0
    assert tab.page.locator("img[src=x]").count() == 0


def test_what_cannot_be_shown_is_said(tab: Tab) -> None:
    for address, words in (
        ("/?book=none", "There is no book 'none'"),
        ("/?book=gone", "settled 2018-01-19"),
        ("/scenarios?book=gone", "settled 2018-01-19"),
        ("/?asof=1990-01-02", "Choose a session between"),
        ("/nowhere", "The desk has no page"),
    ):
        tab.open(address)
        assert words in tab.text(), address


def test_pages_change_without_loading_anew_and_the_book_goes_along(tab: Tab) -> None:
    tab.open("/?book=demo")
    tab.page.evaluate("window.sameFrame = true")
    tab.page.get_by_role("link", name="Scenarios").click()
    tab.page.wait_for_selector("h1:has-text('Scenarios')")
    tab.settled()
    assert tab.page.evaluate("window.sameFrame")
    assert tab.page.url.endswith("/scenarios?book=demo")
    assert tab.page.get_by_role("link", name="Scenarios").get_attribute("aria-current") == "page"
    tab.page.go_back()
    tab.page.wait_for_selector("h1:has-text('Eve of')")
    tab.settled()


def test_a_phone_opens_the_pages_from_a_button(browser: Any, desk: Running) -> None:
    tab = Tab(browser, desk, 390)
    tab.open("/")
    link = tab.page.get_by_role("link", name="Glossary")
    assert not link.is_visible()
    tab.page.get_by_label("show or hide the pages").click()
    link.wait_for(state="visible")
    link.click()
    tab.page.wait_for_selector("h1:has-text('Glossary')")
    tab.close()


def test_a_panel_is_exported(tab: Tab) -> None:
    tab.open("/")
    with tab.page.expect_download() as coming:
        tab.page.get_by_label("export Ledger as JSON").click()
    rows = json.loads(Path(coming.value.path()).read_text())
    record = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/ledger").json()
    assert {row["label"]: row["value_usd"] for row in rows}["total"] == record["total"]["value_usd"]
    assert coming.value.suggested_filename == "ledger.json"


def test_the_theme_is_kept(tab: Tab) -> None:
    tab.open("/")
    tab.page.get_by_label("use dark colours").click()
    tab.page.wait_for_selector("body.body--dark")
    tab.settled()
    tab.open("/scenarios")
    assert tab.page.evaluate("document.body.classList.contains('body--dark')")
