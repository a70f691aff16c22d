"""When something is told: tables of clock and findings, and laws over any sequence of them."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.app.monitor.lifecycle import Alert, Notice, Terms, alert_id, quiet_until, step
from seawall.app.monitor.rules import Finding
from seawall.app.monitor.schema import QuietFile
from seawall.app.service.alerts import Level

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
NIGHT = QuietFile.model_validate({"from": "22:00", "to": "07:00", "zone": "Europe/Zurich", "pierce": "act"})


def finding(breached: bool | None, level: Level = Level.WATCH) -> Finding:
    return Finding("rule/x", "rule", level, breached, "a fact", "a remedy", 1.0, 0.5)


class Told:
    """The lifecycle of one key, fed second by second."""

    def __init__(self, terms: Terms, quiet: QuietFile | None = None) -> None:
        self.terms, self.quiet = {"rule": terms}, quiet
        self.active: dict[str, Alert] = {}
        self.sent: dict[str, dt.datetime] = {}
        self.notices: list[Notice] = []

    def feed(self, breached: bool | None, second: float, level: Level = Level.WATCH) -> None:
        now = NOW + dt.timedelta(seconds=second)
        made = step(self.active, [finding(breached, level)], now, self.terms, self.sent, self.quiet)
        for alert in made.alerts:
            self.active[alert.key] = alert
            if alert.closed is not None:
                del self.active[alert.key]
        for notice in made.notices:
            self.notices.append(notice)
            if notice.kind != "cleared":
                self.sent[notice.alert.key] = now

    @property
    def said(self) -> list[tuple[float, str]]:
        return [((one.at - NOW).total_seconds(), one.kind) for one in self.notices]


@pytest.mark.parametrize(
    ("terms", "story", "told"),
    [
        (Terms(0, 0, True), "_##_#", [(1, "alert"), (3, "cleared"), (4, "alert")]),
        (Terms(0, 0, False), "_##_#", [(1, "alert"), (4, "alert")]),
        (Terms(0, 0, True), "#????_", [(0, "alert"), (5, "cleared")]),
        (Terms(0, 0, True), "????", []),
        (Terms(5, 0, True), "#_#_#_____", [(0, "alert"), (1, "cleared")]),
        (Terms(5, 0, True), "#_########", [(0, "alert"), (1, "cleared"), (5, "alert")]),
        (Terms(0, 3, True), "########", [(0, "alert"), (3, "again"), (6, "again")]),
    ],
)
def test_a_story_second_by_second(terms: Terms, story: str, told: list[tuple[int, str]]) -> None:
    one = Told(terms)
    for second, sign in enumerate(story):
        one.feed({"#": True, "_": False, "?": None}[sign], second)
    assert one.said == told


def test_an_acknowledged_alert_is_not_repeated_but_its_end_is_told() -> None:
    from dataclasses import replace

    one = Told(Terms(0, 2, True))
    one.feed(True, 0)
    one.active["rule/x"] = replace(one.active["rule/x"], acknowledged=NOW)
    for second in range(1, 8):
        one.feed(True, second)
    one.feed(False, 8)
    assert one.said == [(0, "alert"), (8, "cleared")]


@pytest.mark.parametrize(
    ("local", "level", "until"),
    [
        ("2026-03-02 23:30", Level.WATCH, "2026-03-03 07:00"),
        ("2026-03-03 06:59", Level.NOTE, "2026-03-03 07:00"),
        ("2026-03-03 07:00", Level.WATCH, None),
        ("2026-03-02 21:59", Level.WATCH, None),
        ("2026-03-02 23:30", Level.ACT, None),
        ("2026-03-28 23:00", Level.WATCH, "2026-03-29 07:00"),  # the clocks go forward that night
    ],
)
def test_quiet_hours_are_those_of_the_zone(local: str, level: Level, until: str | None) -> None:
    zone = ZoneInfo("Europe/Zurich")
    now = dt.datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(dt.UTC)
    expected = now if until is None else dt.datetime.fromisoformat(until).replace(tzinfo=zone).astimezone(dt.UTC)
    assert quiet_until(NIGHT, level, now) == expected


def test_hours_within_one_day() -> None:
    lunch = QuietFile.model_validate({"from": "12:00", "to": "13:00", "zone": "UTC"})
    assert quiet_until(lunch, Level.WATCH, NOW) == NOW + dt.timedelta(hours=1)
    assert quiet_until(lunch, Level.WATCH, NOW + dt.timedelta(hours=1)) == NOW + dt.timedelta(hours=1)


def test_an_id_is_that_of_key_and_beginning() -> None:
    assert alert_id("a", NOW) == alert_id("a", NOW)
    assert len({alert_id("a", NOW), alert_id("b", NOW), alert_id("a", NOW + dt.timedelta(seconds=1))}) == 3


@given(st.lists(st.sampled_from([True, False, None]), max_size=60), st.integers(0, 9), st.integers(0, 9))
def test_laws_of_telling(story: list[bool | None], cool: int, repeat: int) -> None:
    one = Told(Terms(cool, repeat, True))
    for second, breached in enumerate(story):
        one.feed(breached, second)
    begun = [at for at, kind in one.said if kind == "alert"]
    assert all(later - sooner >= cool for sooner, later in pairwise(begun))
    kinds = [kind for _, kind in one.said]
    state = False
    for kind in kinds:  # an end follows a beginning, and a reminder stands between them
        assert state == (kind != "alert")
        state = kind != "cleared"
    assert len({notice.id for notice in one.notices}) == len(one.notices)
    held = [s for s, b in enumerate(story) if b is not None]
    if len(held) > cool + 1 and all(story[s] for s in held[-cool - 2 :]) and held[-1] - held[-cool - 2] >= cool:
        assert state  # what lasts longer than a cool-down is told in the end
