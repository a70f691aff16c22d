"""Option chains in a real browser, sent or of the store: a session is chosen, and figures are those of the API."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.app.browser import Tab, running, shown, tile
from tests.made_chains import AS_OF, two_sessions

pytestmark = pytest.mark.browser


def gamma(tab: Tab) -> float:
    return float(tile(tab, "gamma").replace(",", ""))


def answered(tab: Tab, place: Path, **query: str) -> Any:
    reply = tab.page.request.post(f"{tab.desk.address}/api/v1/gex", params=query, data=place.read_bytes())
    assert reply.ok, reply.text()
    return reply.json()


def choose(tab: Tab, label: str, option: str) -> None:
    tab.page.get_by_role("combobox", name=label).click()
    tab.page.get_by_role("option", name=option).click()


def test_the_newest_session_of_a_file_is_shown_and_another_can_be_chosen(tab: Tab, tmp_path: Path) -> None:
    place = two_sessions(tmp_path)
    tab.open("/gamma")
    tab.page.set_input_files("input[type=file]", place)
    shown(tab, "By strike")
    tab.settled()
    assert gamma(tab) > 0.0, "dealers are long the calls, and there are no puts"
    choose(tab, "Session", str(AS_OF.date()))
    tab.page.wait_for_function("day => location.search.includes('session=' + day)", arg=str(AS_OF.date()))
    tab.settled()
    told = answered(tab, place, asof=str(AS_OF.date()))
    assert gamma(tab) < 0.0, "three puts stand against a call"
    assert gamma(tab) == pytest.approx(told["gex_usd_per_pct"] / 1e6, abs=0.05)
    choose(tab, "Dealers' side", "all short")
    tab.page.wait_for_function("() => location.search.includes('convention=all_short')")
    tab.settled()
    assert gamma(tab) < told["gex_usd_per_pct"] / 1e6, "short of everything is short of more"
    tab.open(tab.page.url.removeprefix(tab.desk.address).replace(str(AS_OF.date()), "2020-01-02"))
    shown(tab, "The file holds no chain of 2020-01-02.")
    shown(tab, "It has 2025-09-02, 2025-09-03")


def test_a_condor_is_sold_on_the_quotes_of_the_store(browser: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    command = [sys.executable, "-m", "seawall.app", "data", "import", str(two_sessions(tmp_path))]
    subprocess.run(command, check=True, capture_output=True)
    with running(tmp_path / "books") as desk:
        tab = Tab(browser, desk)
        tab.open("/condor?expiry=14")
        shown(tab, "quotes modelled")
        choose(tab, "Quotes", f"chain of {AS_OF.date()}")
        tab.page.wait_for_function("day => location.search.includes('session=' + day)", arg=str(AS_OF.date()))
        shown(tab, "SPX 2025-09-19, quotes")
        told = tab.page.request.get(f"{desk.address}/api/v1/condor?underlying=SPX&asof={AS_OF.date()}&days=14").json()
        assert "quotes modelled" not in tab.text()
        assert tile(tab, "credit") == f"{told['credit']:.2f}"
        tab.close()
