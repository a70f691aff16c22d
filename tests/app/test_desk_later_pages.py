"""The pages beyond desk and scenarios in a real browser: one flow each, clean console, both themes, a phone."""

import json
from pathlib import Path

import pytest
from tests.app.browser import Tab, drag, shown

pytestmark = pytest.mark.browser


def test_a_strike_is_dragged_and_its_address_restores_it(tab: Tab) -> None:
    tab.open("/condor")
    assert all(word in tab.text() for word in ("win rate", "skew", "CVaR95", "short put"))
    drag(tab, "k1", 2400)
    tab.page.wait_for_function("() => location.search.includes('k=2370%2C2400')")
    shown(tab, "short put 2,400")
    address = tab.page.url.removeprefix(tab.desk.address)
    tab.open(address)
    assert "short put 2,400" in tab.text()


def test_a_hedge_budget_of_nothing_buys_nothing(tab: Tab) -> None:
    tab.open("/hedge")
    shown(tab, "L23.refresh")
    drag(tab, "carry", 0)
    tab.page.wait_for_function("() => !document.body.innerText.includes('L23.refresh')")
    assert "L0.widen" in tab.text()  # what a rule does to a held condor has no such budget
    tab.page.wait_for_function("() => location.search.includes('carry=0')")


HEDGE_SHOWN = """() => JSON.stringify([
  document.querySelector('.sw-page').innerText,
  [...document.querySelectorAll('.sw-page [data-trace]')].map((e) => [e.innerText, e.dataset.trace, e.dataset.more]),
  document.querySelector('.js-plotly-plot').data.map((bars) => [bars.name, bars.x, bars.y]),
  document.querySelector('.js-plotly-plot').layout.annotations.map((one) => [one.y, one.text]),
])"""
"""Every text, number, trace and bar of the hedge's page."""


def test_a_moved_hedge_leaves_nothing_stale(tab: Tab) -> None:
    """Whatever was moved before, the page shows what its address shows when it is opened anew."""
    for asked in ("carry=0.04", "carry=0.01&policy=alvh", "carry=0.03&income=1&vega=0.5", "carry=0"):
        tab.open(f"/hedge?{asked}")
        tab.page.wait_for_function("() => document.querySelector('.js-plotly-plot')?.layout?.annotations")
        anew = tab.page.evaluate(HEDGE_SHOWN)
        tab.open("/hedge")
        tab.page.wait_for_function("() => document.querySelector('.js-plotly-plot')?.layout?.annotations")
        drag(tab, "premium", 0)
        shown(tab, "bound by premium")
        drag(tab, "premium", 0.10)
        wanted = dict(pair.split("=") for pair in asked.split("&"))
        if "policy" in wanted:
            tab.page.get_by_role("combobox", name="Policy").click()
            tab.page.get_by_role("option", name=wanted.pop("policy"), exact=True).click()
            tab.page.wait_for_function("() => location.search.includes('policy=')")
        for name, value in wanted.items():
            drag(tab, name, float(value))
        tab.page.wait_for_function(f"wanted => ({HEDGE_SHOWN})() === wanted", arg=anew)


def test_what_a_ticket_does_is_what_the_api_says_of_it(tab: Tab) -> None:
    tab.open("/hedge?policy=alvh")
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="export What each ticket does as JSON").click()
    rows = json.loads(Path(waiting.value.path()).read_text())
    told = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/hedge?policy=alvh").json()["tickets"]
    assert [one["id"] for one in rows] == [one["id"] for one in told]
    assert any(one["wrong_way"] is False for one in rows), "something pays against the book's tail"
    for row, ticket in zip(rows, told, strict=True):
        said = ticket["effects"]
        assert row["wrong_way"] is said["wrong_way"]
        assert row["note"] == ticket["note"]
        assert row["cvar_usd"] == (said["cvar_usd"] and pytest.approx(said["cvar_usd"], rel=1e-9))
        assert tab.page.locator("td", has_text=ticket["contract"]).count() >= 2
    shown(tab, "pays against it")


def test_a_position_shows_its_results_against_both_baselines(tab: Tab) -> None:
    tab.open("/lp?position=ETH%2FUSD%20v3%20range")
    for words in (
        "against cash",
        "against holding (IL)",
        "against rebalancing (LVR)",
        "against holding now",
        "ETH/USD v3 range",
    ):
        shown(tab, words)


def test_the_cascade_plays_to_its_end(tab: Tab) -> None:
    tab.open("/waterfall?step=0")
    shown(tab, "before the shock")
    tab.page.get_by_role("button", name="Play").click()
    tab.page.wait_for_function("() => Number(document.querySelector('[data-slider=step]').value) >= 4")


def test_without_a_chain_dealer_gamma_says_what_would_bring_one(tab: Tab) -> None:
    tab.open("/gamma")
    assert "The store holds no chain of SPX." in tab.text()
    assert tab.page.get_by_role("link", name="What the store holds").count() == 1


def test_a_signal_is_explained(tab: Tab) -> None:
    tab.open("/signals?signal=M03.SPX")
    assert "History of M03.SPX" in tab.text()
    assert tab.page.locator("[data-time]").count() == 1


def test_a_replay_steps_back_one_session(tab: Tab) -> None:
    tab.open("/replay?event=2018-02-01..2018-02-08")
    shown(tab, "session 5 of 5")
    tab.page.get_by_role("button", name="one session back").click()
    shown(tab, "session 4 of 5")
    tab.page.wait_for_function("() => location.search.includes('day=4')")


def test_a_term_is_found_while_typing(tab: Tab) -> None:
    tab.open("/glossary")
    tab.page.fill("input[type=search]", "flip")
    tab.page.wait_for_function("() => location.search.includes('q=flip')")
    assert tab.page.locator("article").count() >= 1


def test_a_replay_draws_every_session_under_one_crosshair(tab: Tab) -> None:
    tab.open("/replay?event=2018-02-01..2018-02-08")
    tab.page.wait_for_function("() => document.querySelectorAll('[data-time] .main-svg').length >= 3")
    assert tab.page.locator("[data-time]").count() == 3
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="export Session by session as JSON").click()
    rows = json.loads(Path(waiting.value.path()).read_text())
    told = tab.page.request.get(f"{tab.desk.address}/api/v1/books/demo/replay?event=2018-02-01..2018-02-08").json()
    assert len(rows) == 6
    assert rows[-1]["full_usd"] == pytest.approx(told["total"]["full_usd"], rel=1e-9)
    assert all(
        one["full_usd"] == pytest.approx(one["gamma_usd"] + one["vega_usd"] + one["rest_usd"], abs=1e-6) for one in rows
    )


def test_empty_states_name_what_fills_them(tab: Tab) -> None:
    tab.open("/evidence")
    assert "seawall evidence" in tab.text()
    tab.open("/backtest")
    assert "No runs are chosen." in tab.text()
    tab.open("/data")
    assert "seawall data sync" in tab.text()
    shown(tab, "SPX_OPEN")
