"""Long work in a real browser: backtests compared, a claim run, a sync from vendors on this machine, a store in use."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.app.browser import Running, Tab, running, shown
from tests.data.vendor_server import Vendors, page, vendors

from seawall.data.store import Store

pytestmark = pytest.mark.browser

HOLDER = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
PLAN = "seawall_plan: 1\nname: one winter\nstart: 2017-11-01\nend: 2018-03-15\n"
LONG_MS = 90_000
RUN = "Run H-06"


class Place(NamedTuple):
    """A desk, its home, and the vendors it syncs from."""

    desk: Running
    home: Path
    world: Vendors


@pytest.fixture(scope="module")
def place(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("long")
    with pytest.MonkeyPatch.context() as patch, vendors() as world:
        patch.setenv("SEAWALL_HOME", str(folder / "home"))
        patch.delenv("FRED_API_KEY", raising=False)
        for name in ("CBOE_INDEX", "CBOE_CHAIN", "CFE", "FRED", "ALFRED", "FOMC", "DERIBIT", "HYPERLIQUID"):
            patch.setenv(f"SEAWALL_{name}_URL", world.url)
        with running(folder / "books") as desk:
            yield Place(desk, folder / "home", world)


@pytest.fixture
def tab(browser: Any, place: Place) -> Iterator[Tab]:
    one = Tab(browser, place.desk)
    yield one
    one.close()


def ended(tab: Tab, stage: str) -> None:
    """Wait until the newest job has ended so."""
    tab.page.wait_for_selector(f"[data-job]:first-child[data-job={stage}]", timeout=LONG_MS)


def export(tab: Tab, panel: str) -> Any:
    """Content of a panel's JSON."""
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name=f"export {panel} as JSON").click()
    return json.loads(Path(waiting.value.path()).read_text())


def test_two_plans_are_run_and_stand_side_by_side(tab: Tab) -> None:
    tab.open("/backtest")
    plan = tab.page.get_by_label("Plan (YAML), optional")
    plan.fill("seawall_plan: 1\nname: x\nnonsense: 2\n")
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.page.wait_for_selector(".sw-failed")
    assert "yaml:3: unknown key" in tab.page.inner_text(".sw-failed")
    plan.fill(PLAN)
    tab.page.get_by_role("button", name="Run", exact=True).click()
    ended(tab, "done")
    tab.page.wait_for_function("() => document.querySelectorAll('[data-time]').length === 2")
    assert tab.page.locator(".sw-failed").count() == 0
    tab.page.get_by_label("Hedge policy").click()
    tab.page.get_by_role("option", name="static-4-4-2", exact=False).first.click()
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.page.wait_for_function("() => document.querySelectorAll('[data-job=done]').length === 2", timeout=LONG_MS)
    tab.page.wait_for_function("() => location.search.split('-').length >= 3", timeout=LONG_MS)
    tab.settled()
    address = tab.page.url.removeprefix(tab.desk.address)
    tab.open(address)
    shown(tab, "margin peak")
    said = tab.text()
    for words in (
        "max drawdown",
        "CVaR95 1 d",
        "CVaR95 5 d",
        "CVaR95 21 d",
        "skew",
        "win rate",
        "costs a year",
        "modelled",
    ):
        assert words in said
    rows = export(tab, "Runs side by side")
    runs = [one for one in rows if one["id"] != "smaller"]
    assert len(runs) == 3  # the policy's run without its hedge is that of the plan
    ids = "&".join(f"run={one['id']}" for one in runs)
    told = tab.page.request.get(f"{tab.desk.address}/api/v1/runs/compared?{ids}").json()["runs"]
    assert [one["measures"]["growth"] for one in told] == [one["growth"] for one in runs]
    tab.page.wait_for_function("() => [...document.querySelectorAll('[data-time]')].every((c) => c.dataset.crossed)")
    box = tab.page.locator("[data-time] .nsewdrag").first.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lines = "() => [...document.querySelectorAll('.sw-cross')].filter((m) => m.style.display === 'block').length"
    tab.page.wait_for_function(f"() => ({lines})() === 2")


def test_a_claim_is_run_and_its_screen_has_its_chart(tab: Tab) -> None:
    tab.open("/evidence")
    assert "Run the board" in tab.text()
    tab.open("/evidence?claim=H-06")
    tab.page.get_by_role("button", name=RUN).click()
    ended(tab, "done")
    tab.page.wait_for_selector(".sw-chart .main-svg", timeout=LONG_MS)
    kept = tab.page.request.get(f"{tab.desk.address}/api/v1/evidence/H-06").json()
    said = tab.text()
    assert kept["verdict"] in ("supported", "refuted")
    for words in (
        kept["words"]["lead"],
        *kept["words"]["caveats"],
        "seawall evidence H-06",
        kept["found"]["pictures"][0]["heading"],
    ):
        assert words in said
    numbers = {one["name"]: one["value"] for one in export(tab, "The numbers")}
    assert numbers["Claim"] == kept["claim"]
    tab.turn("/evidence", "Evidence")
    shown(tab, f"H-06 {kept['verdict']}")
    row = next(one for one in export(tab, "Board") if one["id"] == "H-06")
    assert (row["verdict"], row["effect"], row["n"]) == (kept["verdict"], kept["found"]["effect"], kept["found"]["n"])


def test_a_board_that_runs_is_cancelled(tab: Tab) -> None:
    tab.open("/evidence")
    tab.page.get_by_role("button", name="Run the board").click()
    tab.page.wait_for_selector("[data-job=running] .q-linear-progress")
    tab.page.get_by_role("button", name="cancel evidence").click()
    ended(tab, "cancelled")


def test_a_sync_tells_each_source_and_fills_the_store(tab: Tab, place: Place) -> None:
    tab.open("/data")
    tab.page.get_by_role("button", name="Sync the chosen").click()
    shown(tab, "No source is chosen.")
    tab.page.get_by_role("checkbox", name="sync fomc").click()
    tab.page.get_by_role("button", name="Sync the chosen").click()
    ended(tab, "done")
    outcome = tab.page.inner_text(".sw-parts")
    assert "fomc" in outcome
    assert "updated" in outcome or "unchanged" in outcome
    assert place.world.asked("/monetarypolicy/")
    shown(tab, "1 series, ")
    status = tab.page.request.get(f"{tab.desk.address}/api/v1/data/status").json()
    held = next(one for one in status["series"] if one["series"] == "FOMC")
    assert next(one for one in export(tab, "Coverage and staleness") if one["series"] == "FOMC")["rows"] == held["rows"]


def test_a_source_that_fails_says_so_in_one_line(tab: Tab, place: Place) -> None:
    place.world.always["/monetarypolicy/fomccalendars.htm"] = page()
    try:
        tab.open("/data")
        tab.page.get_by_role("checkbox", name="sync fomc").click()
        tab.page.get_by_role("button", name="Sync the chosen").click()
        ended(tab, "done")
        tab.page.wait_for_selector(".sw-parts .sw-bad")
        assert "no list of FOMC meetings" in tab.page.inner_text(".sw-parts")
    finally:
        place.world.always.clear()


def test_a_store_in_use_is_said_and_read_when_it_is_free(tab: Tab, place: Place) -> None:
    with Store.open(place.home / "seawall.duckdb") as store:
        path = store.path
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        tab.open("/data")
        shown(tab, f"Process {holder.pid} is using the store")
        assert "Nothing is lost" in tab.text()
    finally:
        holder.communicate("")
    tab.page.wait_for_function("() => !document.body.innerText.includes('is using the store')", timeout=LONG_MS)
    shown(tab, "Nothing is in quarantine.")


@pytest.mark.parametrize(("width", "theme"), [(1400, "dark"), (390, "light")])
def test_the_pages_fit_and_say_nothing_on_the_console(browser: Any, place: Place, width: int, theme: str) -> None:
    one = Tab(browser, place.desk, width, theme)
    pages = {"/evidence": "Evidence", "/evidence?claim=H-06": "Evidence", "/data": "Data", "/backtest": "Backtest",
             "/replay?event=2018-01-30..2018-02-09": "Replay", "/signals?signal=M05": "Signals"}  # fmt: skip
    one.open("/glossary?q=flip")
    for path, title in pages.items():
        one.turn(path, title)
        assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert one.page.locator(".sw-failed").count() == 0, path
        sections = one.page.locator(".sw-panel h2").count()
        assert sections > 0, path
    one.close()
