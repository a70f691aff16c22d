"""Rules as tables: threshold, hysteresis, and what is unknown changes nothing."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from seawall.app.monitor.figures import BreakEven, Chance, Drift, Figures, Observation, RegimeView
from seawall.app.monitor.rules import RULES, Finding, Scene, SourceState, Trouble, evaluated
from seawall.app.monitor.schema import RuleFile

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
CALM = RegimeView("CALM", NOW.date(), "stay", NOW)
BOOK = Figures("b", "book", NOW, 1.0, 50.0, -1.0, -1.0, 100.0, 0.5, {}, None, "unknown", {})


def scene(book: Figures = BOOK, regime: RegimeView = CALM, **more: Any) -> Scene:
    seen = Observation(2, NOW, (book,), regime)
    given: dict[str, Any] = {"now": seen, "before": None, "sources": (), "troubles": (), "clock": NOW}
    return Scene(**(given | more))


def said(at: Scene, rule: RuleFile, *active: str) -> dict[str, bool | None]:
    named = rule.model_copy(update={"name": rule.rule})
    return {one.key: one.breached for one in RULES[rule.rule](at, named, active)}


@pytest.mark.parametrize(
    ("level", "realised", "active", "breached"),
    [
        (0.50, 0.49, False, False),
        (0.50, 0.50, False, True),
        (0.50, 0.49, True, True),  # trembles on the threshold
        (0.50, 0.47, True, False),  # below 95 % of it
        (None, 0.49, True, None),
        (0.50, None, False, None),
    ],
)
def test_break_even_against_realised(
    level: float | None, realised: float | None, active: bool, breached: bool | None
) -> None:
    at = scene(replace(BOOK, break_evens={"ETH": BreakEven(level, "unknown: an input is missing", realised, 0.9)}))
    key = "break_even/b/ETH"
    assert said(at, RuleFile(rule="break_even"), *([key] if active else [])) == {key: breached}


def test_a_book_that_is_no_longer_short_ends_its_alert() -> None:
    at = scene(replace(BOOK, break_evens={"ETH": BreakEven(None, "not short convexity with positive carry", 0.5, 0.9)}))
    assert said(at, RuleFile(rule="break_even"), "break_even/b/ETH") == {"break_even/b/ETH": False}


def test_break_even_against_implied_is_the_other_number() -> None:
    at = scene(replace(BOOK, break_evens={"ETH": BreakEven(0.6, "found", 0.5, 0.9)}))
    assert said(at, RuleFile(rule="break_even", against="implied")) == {"break_even/b/ETH": True}
    assert said(at, RuleFile(rule="break_even", against="realised")) == {"break_even/b/ETH": False}


@pytest.mark.parametrize(
    ("days", "active", "breached"),
    [(5.0, False, False), (4.9, False, True), (5.2, True, True), (5.6, True, False), (None, True, None)],
)
def test_time_buffer_falls_below(days: float | None, active: bool, breached: bool | None) -> None:
    keys = ["time_buffer/b"] if active else []
    assert said(scene(replace(BOOK, buffer_days=days)), RuleFile(rule="time_buffer"), *keys) == {
        "time_buffer/b": breached
    }


@pytest.mark.parametrize(
    ("share", "active", "breached"),
    [(0.049, False, False), (0.05, False, True), (0.041, True, True), (0.039, True, False)],
)
def test_liquidation_by_account(share: float, active: bool, breached: bool) -> None:
    at = scene(replace(BOOK, chances={"perp": Chance(share, "closed form")}))
    keys = ["liquidation/b/perp"] if active else []
    assert said(at, RuleFile(rule="liquidation"), *keys) == {"liquidation/b/perp": breached}


def test_hedge_and_delta_drift() -> None:
    at = scene(replace(BOOK, drift=Drift(0.3, (), NOW), net_delta=0.49))
    assert said(at, RuleFile(rule="hedge_drift")) == {"hedge_drift/b": True}
    assert said(at, RuleFile(rule="delta_drift")) == {"delta_drift/b": False}
    assert said(scene(), RuleFile(rule="hedge_drift")) == {"hedge_drift/b": None}
    assert said(scene(replace(BOOK, net_delta=None)), RuleFile(rule="delta_drift")) == {"delta_drift/b": None}


@pytest.mark.parametrize(
    ("state", "breached"),
    [
        ("CALM", [False, False, False]),
        ("ONSET", [True, False, False]),
        ("SPIKE", [False, True, False]),
        (None, [None, None, None]),
    ],
)
def test_regime_is_one_alert_a_state(state: str | None, breached: list[bool | None]) -> None:
    found = said(scene(regime=replace(CALM, state=state)), RuleFile(rule="regime"))
    assert list(found) == ["regime/ONSET", "regime/SPIKE", "regime/EXHAUST"]
    assert list(found.values()) == breached


def test_a_change_of_state_names_where_it_came_from() -> None:
    at = scene(regime=replace(CALM, state="SPIKE"), before=Observation(1, NOW, (), replace(CALM, state="ONSET")))
    found = [one for one in RULES["regime"](at, RuleFile(rule="regime", name="regime"), ()) if one.breached]
    assert [one.fact for one in found] == ["the regime of 2026-03-02 is SPIKE (from ONSET): stay"]


@pytest.mark.parametrize(
    ("as_of", "failing", "breached"),
    [(59, None, False), (60, None, False), (61, None, True), (None, 61, True), (None, 3, False), (None, None, None)],
)
def test_stale_by_age_or_by_never_having_answered(
    as_of: float | None, failing: float | None, breached: bool | None
) -> None:
    def ago(seconds: float | None) -> dt.datetime | None:
        return None if seconds is None else NOW - dt.timedelta(seconds=seconds)

    at = scene(sources=(SourceState("venue", ago(as_of), 60.0, ago(failing)),))
    assert said(at, RuleFile(rule="stale")) == {"stale/venue": breached}
    assert said(at, RuleFile(rule="stale", sources=["other"])) == {}


@pytest.mark.parametrize(("since", "breached"), [(None, False), (59, False), (60, True)])
def test_refused_when_it_lasts(since: float | None, breached: bool) -> None:
    when = None if since is None else NOW - dt.timedelta(seconds=since)
    at = scene(sources=(SourceState("venue", NOW, 60.0, None, when, "a jump"),))
    assert said(at, RuleFile(rule="refused")) == {"refused/venue": breached}


RULE = (RuleFile(rule="liquidation", name="liquidation"), RuleFile(rule="trouble", name="trouble"))


def findings(at: Scene, *active: str, fresh: bool = True) -> dict[str, Finding]:
    return {one.key: one for one in evaluated(at, RULE, active, fresh)}


def test_what_is_gone_from_the_book_ends_and_only_when_there_is_news() -> None:
    assert findings(scene(), "liquidation/b/sold")["liquidation/b/sold"].breached is False
    assert findings(scene(), "liquidation/b/sold", fresh=False) == {}


def test_troubles_begin_and_end() -> None:
    at = scene(troubles=(Trouble("book b", "line 3 is wrong: correct it", NOW),))
    assert findings(at)["trouble/book b"].breached is True
    assert findings(scene(), "trouble/book b")["trouble/book b"].breached is False


def test_without_an_observation_no_rule_of_the_market_speaks() -> None:
    assert findings(scene(now=None), "liquidation/b/perp") == {}
