"""Dealer gamma in a real browser: a chain is sent, a session and a side are chosen, figures are those of the API."""

from pathlib import Path
from typing import Any

import pytest
from tests.app.browser import Tab, shown
from tests.made_chains import AS_OF, two_sessions

pytestmark = pytest.mark.browser


def gamma(tab: Tab) -> float:
    value = tab.page.locator(".sw-tile").filter(has_text="million USD per 1 %").locator(".sw-tile-value").inner_text()
    return float(value.replace("\N{MINUS SIGN}", "-").replace(",", ""))


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
    shown(tab, "There is no chain of SPX of 2020-01-02.")
    shown(tab, "Choose another session.")
