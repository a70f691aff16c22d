"""What three readers come for, each from the first page to the file they leave with; and what bad input meets."""

import csv
import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.app.access import faults, stops
from tests.app.browser import Tab, drag, shown, tile
from tests.app.serving import BOOK, MARKET

pytestmark = pytest.mark.browser
LINE = """([from, to]) => {
  const plot = document.querySelector('.js-plotly-plot');
  plot.scrollIntoView({ block: 'center' });
  const box = plot.getBoundingClientRect(), axis = plot._fullLayout.xaxis;
  return [box.left + axis._offset + axis.d2p(from), box.top + 200, box.left + axis._offset + axis.d2p(to)];
}"""
"""Where on the screen a strike of the first picture stands, and where another would."""
POOL = """seawall_book: 1
name: one pool
nav: 300000
market: pool.market.yaml
positions:
  - {label: my range, kind: v3_pool, asset: ETH, deposit_usd: 150000, entry_price: 1036.79, low: 700, high: 1400,
     opened: 2018-01-20, fee_apr: 0.60, fee: 0.003, block_seconds: 15}
"""


def downloaded(tab: Tab, button: Any) -> Path:
    with tab.page.expect_download() as coming:
        button.click()
    return Path(coming.value.path())


def sheet(tab: Tab) -> list[dict[str, str]]:
    lines = downloaded(tab, tab.page.get_by_role("button", name="Orders for a broker")).read_text().splitlines()
    return list(csv.DictReader(lines))


def test_a_seller_of_condors_sees_the_regime_drags_a_strike_reads_tickets_and_takes_orders(tab: Tab) -> None:
    tab.open("/")
    regime = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/hedge").json()["regime"]
    assert tile(tab, "state") == regime["state"] == "ONSET"
    tab.turn("/condor", "Condor")
    before = tile(tab, "credit")
    drag(tab, "k1", 2400)
    shown(tab, "short put 2,400")
    tab.page.wait_for_function("() => location.search.includes('k=2370%2C2400')")
    assert float(tile(tab, "credit")) < float(before), "a short put further away is paid less"
    line = tab.page.evaluate(LINE, [2600, 2620])
    tab.page.mouse.move(line[0], line[1])
    tab.page.mouse.down()
    tab.page.mouse.move(line[2], line[1], steps=6)
    tab.page.mouse.up()
    tab.page.wait_for_function("() => /k=2370%2C2400%2C26(15|20|25)/.test(location.search)")
    shown(tab, "short call 2,6")
    strikes = [float(one) for one in parse_qs(urlsplit(tab.page.url).query)["k"][0].split(",")]
    orders = sheet(tab)
    assert [one["action"] for one in orders] == ["BUY", "SELL", "SELL", "BUY"]
    assert [float(one["strike"]) for one in orders] == strikes
    assert orders[1]["symbol"].endswith("P02400000")
    assert {one["quantity"] for one in orders} == {f"{float(tile(tab, 'size')):.1f}"}
    tab.turn("/hedge", "Hedge")
    record = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/hedge").json()
    orders = sheet(tab)
    legs = [(ticket["contracts"], leg["strike"]) for ticket in record["tickets"] for leg in ticket["legs"]]
    assert [(float(one["quantity"]), float(one["strike"])) for one in orders] == legs
    roots = [leg["root"] for ticket in record["tickets"] for leg in ticket["legs"]]
    assert [one["root"] for one in orders] == roots
    assert {"SPXW", "VIX"} == set(roots)
    assert {one["order_type"] for one in orders} == {"LIMIT"}


def test_a_slider_stays_where_it_was_put(tab: Tab) -> None:
    tab.open("/hedge")
    slider = tab.page.locator("[data-slider=carry]")
    slider.focus()
    for _ in range(4):
        tab.page.keyboard.press("ArrowLeft")
    tab.page.wait_for_function(
        "() => location.search.includes('carry=0.01&') || location.search.endsWith('carry=0.01')"
    )
    tab.settled()
    assert slider.input_value() == "0.01"


def test_a_liquidity_provider_uploads_reads_rent_and_baselines_and_hedges(tab: Tab, tmp_path: Path) -> None:
    market = files("seawall.data") / "examples" / "eve.market.yaml"
    (tmp_path / "pool.market.yaml").write_text(market.read_text())
    (tmp_path / "pool.book.yaml").write_text(POOL)
    tab.open("/")
    tab.page.get_by_label("edit, upload or delete books").click()
    for name in ("pool.market.yaml", "pool.book.yaml"):
        tab.page.locator("input[type=file]").set_input_files(tmp_path / name)
        tab.page.wait_for_selector(f"text={name} ")
    assert faults(tab.page) == []
    tab.page.get_by_role("button", name="Save", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('one pool')")
    tab.settled().turn("/lp?book=pool", "LP")
    assert float(tile(tab, "rent")) > float(tile(tab, "fees")) > 0.0
    for words in ("against holding (IL)", "against holding now", "against rebalancing (LVR)"):
        assert words in tab.text()
    tab.page.get_by_role("link", name="Hedge this book").click()
    tab.page.wait_for_selector("h1:has-text('Hedge')")
    tab.settled()
    assert "book=pool" in tab.page.url
    assert "LX.trim" in tab.text()


def test_a_risk_manager_of_perps_plays_the_cascade_and_reads_the_time_buffer(tab: Tab) -> None:
    tab.open("/waterfall?step=0")
    assert "Liquidation map" in tab.text()
    tab.page.get_by_role("button", name="Play").click()
    shown(tab, "round 2")
    tab.page.get_by_role("button", name="Pause").click()
    tab.page.wait_for_selector(".sw-tile-name:text-is('time buffer')")
    hedge = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/hedge").json()
    assert tile(tab, "time buffer") == f"{hedge['endurance']['time_buffer']['days']:,.0f} days"
    size, entry, posted, maintenance = 60.0, 980.0, 60.0 * 980.0 / 5.0, 0.01  # the perp of the example
    price = (size * entry - posted) / (size * (1.0 - maintenance))
    assert tile(tab, "nearest liquidation") == f"{price:,.2f}"


def test_a_day_of_the_map_of_dates_is_the_cell_of_the_api_and_with_it_legs_settle(tab: Tab) -> None:
    tab.open("/scenarios?factor=SPX&move=-0.1&points=5")
    rows = json.loads(downloaded(tab, tab.page.get_by_label("export Price and date, SPX as JSON")).read_text())
    days = sorted({row["days"] for row in rows})
    for day in (days[0], days[8], days[-1]):
        mine = next(row for row in rows if row["days"] == day and row["return"] == -0.1)
        asked = {"factor": "SPX", "return": -0.1, "vol_points": 5, "days": day}
        cell = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/scenarios/cell", params=asked).json()
        assert mine["pnl_usd"] == pytest.approx(cell["total_usd"], abs=0.01)
    tab.page.get_by_role("checkbox", name="with the tickets").click()
    tab.page.wait_for_function("() => location.search.includes('tickets=1')")
    drawn = (
        "() => [...document.querySelectorAll('.js-plotly-plot')]"
        ".filter((e) => (e.data || []).some((one) => one.name === 'with the tickets')).length === 2"
    )
    tab.page.wait_for_function(drawn)


BAD = {
    "broken.book.yaml": "seawall_book: 1\npositions: [",
    "broken.json": '{"seawall_book": 1, "positions": [}',
    "other.book.yaml": BOOK.format(name="x").replace("kind: option", "kind: nothing"),
    "empty.book.yaml": "",
    "binary.book.yaml": "\x00\x01\x02",
}


def test_a_bad_file_is_one_line_and_nothing_is_kept(tab: Tab, tmp_path: Path) -> None:
    tab.open("/?edit=1")
    fault = tab.page.locator(".sw-dialog .sw-failed[role=status]")
    for name, content in BAD.items():
        (tmp_path / name).write_text(content)
        tab.page.locator("input[type=file]").set_input_files(tmp_path / name)
        tab.page.wait_for_selector(f"text={name} is read")
        tab.page.get_by_role("button", name="Save", exact=True).click()
        fault.wait_for()
        assert fault.inner_text().startswith(name.split(".")[0] + ".book.yaml"), name
        assert "\n" not in fault.inner_text()
    known = tab.page.request.get(f"{tab.desk.address}/api/v1/books").json()
    assert {one["id"] for one in known}.isdisjoint({name.split(".")[0] for name in BAD})


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(tab: Tab, tmp_path: Path) -> None:
    (tmp_path / "huge.book.yaml").write_text("# x\n" * 300_000)
    tab.open("/?edit=1")
    tab.page.locator("input[type=file]").set_input_files(tmp_path / "huge.book.yaml")
    shown(tab, "larger than 1,000,000 bytes: split it")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/hedge?book=none", "There is no book 'none'"),
        ("/lp?book=none", "There is no book 'none'"),
        ("/scenarios?factor=XXX&days=nan&move=1e9&points=-inf", "Price and volatility, SPX"),
        ("/condor?k=1,2,3,x&expiry=-5&nav=nan", "Payoff"),
        ("/hedge?policy=nothing&off=99,x&carry=inf", "Tickets"),
        ("/waterfall?shock=900%25&step=-3", "Liquidation map"),
        ("/lp?position=nothing", "Against both baselines"),
    ],
)
def test_an_address_that_names_nothing_is_answered(tab: Tab, address: str, words: str) -> None:
    tab.open(address)
    shown(tab, words)


def test_the_keyboard_reaches_every_main_control_in_order(tab: Tab) -> None:
    tab.open("/scenarios")
    found = stops(tab.page, 45)
    named = [stop["words"] for stop in found]
    assert named[0] == "Skip to content"
    first = next(i for i, stop in enumerate(found) if stop["main"])
    assert {"show or hide the pages", "edit, upload or delete books"} <= set(named[:first])
    inside = [stop for stop in found[first:] if stop["main"]]
    assert all(stop["seen"] for stop in inside), inside
    kinds = [stop["kind"] for stop in inside]
    assert "range" in kinds
    assert kinds.count("checkbox") == 3
    assert kinds.index("range") < kinds.index("checkbox"), "the slider stands before the switches, on screen too"
    assert any(stop["kind"] == "number" for stop in inside)
    assert any(words.startswith("export ") for words in named)


def test_an_edit_is_brought_back_after_loading_anew_and_can_be_given_up(tab: Tab) -> None:
    tab.open("/?edit=1")
    text = tab.page.get_by_label("Text of the book")
    saved = text.input_value()
    text.fill(saved + "# typed\n")
    tab.page.reload()
    tab.page.wait_for_selector("text=an edit that was not saved is back")
    assert text.input_value() == saved + "# typed\n"
    tab.page.get_by_role("button", name="Take the saved text").click()
    tab.page.wait_for_function("old => document.querySelector('.sw-editor textarea').value === old", arg=saved)
    tab.page.get_by_role("button", name="Close").click()
    tab.page.wait_for_function("() => !location.search.includes('edit')")
    tab.settled()


def test_a_small_market_without_pools_or_perps_has_designed_empty_pages(tab: Tab) -> None:
    body = {"text": BOOK.format(name="only a put"), "files": {"small.market.yaml": MARKET}}
    answer = tab.page.request.put(f"{tab.desk.address}/api/v1/books/only-a-put", data=body)
    assert answer.ok, answer.text()
    tab.open("/lp?book=only-a-put")
    shown(tab, "This book holds no liquidity position.")
    tab.turn("/waterfall?book=only-a-put", "Waterfall")
    assert tab.page.locator(".sw-failed, .sw-empty").count() >= 1
    assert faults(tab.page) == []
