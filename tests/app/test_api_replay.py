"""Events over REST: the catalogue is listed whole, and a path is that of the library on the same book and market."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.app.serving import BOOK, book, made

from seawall.app.cli.options import demo_book
from seawall.app.replays import path_of, replayed
from seawall.app.service.desk import viewed
from seawall.app.service.replays import course_of, lived
from seawall.core.clock import next_session
from seawall.data.books import load_book, loaded_state
from seawall.data.embedded import embedded_history
from seawall.data.event_catalogue import EVENTS
from seawall.report.replay_tables import replay_record

DEMO = "/api/v1/books/demo"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with made() as one:
        yield one


def replay(client: TestClient, event: str, **more: str) -> dict[str, Any]:
    answer = client.get(f"{DEMO}/replay", params={"event": event, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("event", ["2020-03", "2015-08", "1987"])
def test_a_path_is_that_of_the_library(client: TestClient, event: str) -> None:
    history, loaded = embedded_history(), load_book(demo_book())
    found = replayed(loaded.book, loaded_state(loaded, None), history, path_of(history, event, None))
    assert replay(client, event) == json.loads(json.dumps(replay_record(found)))


def test_every_event_of_the_catalogue_is_listed(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    from seawall.app.cli import replay as verb

    verb.run(catalogue=True, as_json=True)
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)["events"]}
    listed = client.get(f"{DEMO}/events").json()["events"]
    paths = {one["name"]: one for one in listed if one["kind"] == "path"}
    assert list(paths) == [one.name for one in EVENTS]
    for name, one in paths.items():
        same = {"title": "title", "direction": "kind", "start": "eve", "end": "last", "source": "source",
                "covered_by": "covered_by"}  # fmt: skip
        assert {key: one[key] for key in same} == {key: told[name][other] for key, other in same.items()}, name
        assert (one["origin"] == "observed") == all(one["origins"][leg] == "observed" for leg in ("SPX", "VIX", "ETH"))
        for factor, by in one["covered_by"].items():
            if by != "typed facts":
                assert one["origins"][factor] == ("observed" if by == "store" else "synthetic"), name
    shocks = [one for one in listed if one["kind"] == "shock"]
    assert {"2018-02-05", "jump -10%"} <= {one["name"] for one in shocks}
    assert all({"name", "returns", "vix_points", "source", "origin"} <= set(one) for one in shocks)


def test_each_listed_length_is_that_of_its_replay(client: TestClient) -> None:
    for one in client.get(f"{DEMO}/events").json()["events"]:
        if one["kind"] == "path" and one["sessions"] < 60:
            found = replay(client, one["name"], mode="path")
            assert [found["mode"], len(found["steps"]), len(found["days"])] == ["path", one["steps"], one["steps"] + 1]
            assert [found["days"][0], found["days"][-1]] == [one["start"], one["end"]]


def test_a_week_without_a_holiday_has_five_steps_and_its_sums_hold(client: TestClient) -> None:
    found = replay(client, "2018-02-05", mode="path")
    assert len(found["steps"]) == np.busday_count("2018-02-02", "2018-02-09")
    made = np.cumsum([step["pnl_usd"] for step in found["steps"]])
    parts = [step["book_since_eve_usd"] + step["hedges_since_eve_usd"] for step in found["steps"]]
    assert parts == pytest.approx(made, abs=1e-6)
    nav = found["start"]["equity_usd"]
    assert [step["equity_usd"] - nav for step in found["steps"]] == pytest.approx(made, abs=1e-6)
    for step in found["steps"]:
        assert step["excess_usd"] == pytest.approx(step["equity_usd"] - step["margin_usd"])
    assert found["whole"]["total"]["full_usd"] == pytest.approx(made[-1])


def test_a_shock_that_is_an_event_too_keeps_its_one_step(client: TestClient) -> None:
    found = replay(client, "2018-02-05")
    assert "mode" not in found
    assert found == replay(client, "2018-02-05", mode="causes")


def test_the_market_of_a_session_is_moved_by_the_ratios_of_the_event(client: TestClient) -> None:
    asof, days = dt.date(2018, 1, 16), [dt.date(2015, 8, day) for day in (17, 18, 19, 20, 21, 24, 25)]
    found = replay(client, "2015-08-17..2015-08-25", mode="path", asof=str(asof))
    history = embedded_history()
    was, then = (
        np.array([history.values_on(name, np.array([day], dtype="datetime64[D]"))[0] for day in rows])
        for name, rows in (("SPX", days), ("SPX", [asof]))
    )
    assert found["days"] == [str(day) for day in days]
    assert [step["levels"]["SPX"] for step in found["steps"]] == pytest.approx(then[0] * was[1:] / was[0])
    assert found["steps"][0]["as_if"] == str(next_session(asof))


def test_a_replay_is_computed_once_for_page_and_route(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = client.app_state.desk  # type: ignore[attr-defined]
    seen = viewed(desk, "demo")
    first = lived(desk, seen, "2022-05")

    def again(*_: object) -> None:
        raise AssertionError("computed twice")

    monkeypatch.setattr("seawall.app.replays.replayed", again)
    assert course_of(desk, seen, "2022-05").lived is first
    assert len(replay(client, "2022-05")["steps"]) == len(first.days)


def test_an_edited_book_is_replayed_anew() -> None:
    with made() as client:
        client.put("/api/v1/books/mine", json=book() | {"save": False})
        one = client.get("/api/v1/books/mine/replay", params={"event": "2015-08"}).json()
        twice = BOOK.format(name="two puts").replace("quantity: 1", "quantity: 2")
        client.put("/api/v1/books/mine", json=book() | {"text": twice, "save": False})
        two = client.get("/api/v1/books/mine/replay", params={"event": "2015-08"}).json()
    assert two["book"] == "two puts"
    assert two["whole"]["total"]["full_usd"] == pytest.approx(2.0 * one["whole"]["total"]["full_usd"])
    assert set(one["steps"][0]["levels"]) == {"SPX"}  # its market has no VIX


def test_a_course_counts_its_steps_once(client: TestClient) -> None:
    desk = client.app_state.desk  # type: ignore[attr-defined]
    course = course_of(desk, viewed(desk, "demo"), "2015-08")
    part = course.upto(3)
    assert [note for note in part.notes if " steps, " in note] == [course.upto(3).notes[0]]
    assert part.notes[0].startswith("3 steps, ")
    assert course.lived is not None
    whole = course.upto(len(course.days) - 1)
    assert whole.total.full_usd == pytest.approx(course.lived.whole.total.full_usd)
    assert set(whole.notes) == set(course.lived.notes)
    assert {name: len(values) for name, values in course.levels.items()} == {"SPX": 7, "VIX": 7, "ETH": 7}
