"""The REST API against the same functions the command line uses, and what it answers to what cannot be served."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.app.serving import BOOK, MARKET, book, made

from seawall.app.service.books import Workspace

API = "/api/v1"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with made() as one:
        yield one


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[TestClient]:
    with made(folder=tmp_path) as one:
        yield one


def test_the_ledger_is_that_of_the_command_line(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    from seawall.app.cli import ledger

    ledger.run("demo", as_json=True)
    assert client.get(f"{API}/books/demo/ledger").json() == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("books/demo/market", "assumptions"),
        ("books/demo/breakeven", "factors"),
        ("books/demo/breakeven?factor=ETH", "factors"),
        ("books/demo/scenarios?days=0&days=5", "pnl_usd"),
        ("books/demo/scenarios/cell?return=-0.05&vol_points=10&days=5", "legs"),
        ("books/demo/hedge", "tickets"),
        ("books/demo/alerts", "alerts"),
        ("books/demo/events", "events"),
        ("books/demo/replay?event=2018-02-05", "total"),
        ("books/demo/cascade?shock=5%25", "events"),
        ("signals/M05", "id"),
        ("regime", "spells"),
        ("condor?asof=2018-02-02", "expiry"),
        ("evidence", "reason"),
        ("data/status", "embedded"),
        ("glossary?search=gamma", "terms"),
        ("glossary/LVR", "terms"),
        ("version", "notice"),
    ],
)
def test_every_view_answers(client: TestClient, path: str, key: str) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    assert key in answer.json()
    assert "NaN" not in answer.text


def test_a_cell_is_the_cell_of_the_grid(client: TestClient) -> None:
    grid = client.get(f"{API}/books/demo/scenarios", params={"days": 5.0, "factor": "SPX"}).json()
    row, column = grid["vol_points"].index(10.0), grid["returns"].index(-0.05)
    asked = {"return": -0.05, "vol_points": 10.0, "days": 5.0, "factor": "SPX"}
    cell = client.get(f"{API}/books/demo/scenarios/cell", params=asked).json()
    assert cell["total_usd"] == pytest.approx(grid["pnl_usd"][0][row][column], rel=1e-9)
    assert sum(leg["pnl_usd"] for leg in cell["legs"]) == pytest.approx(cell["total_usd"], rel=1e-12)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"text": ', "the body is not JSON, expecting value at character 9"),
        ("not json", "the body is not JSON, expecting value at character 0"),
        ('{"text": "a", }', "the body is not JSON"),
        ("[]", "the body cannot be used"),
        ('{"text": 5}', "text cannot be used"),
        ("{}", "text cannot be used, field required"),
    ],
)
def test_a_broken_body_is_said_in_words_and_keeps_nothing(client: TestClient, body: str, words: str) -> None:
    known = client.get(f"{API}/books").json()
    reply = client.put(f"{API}/books/broken", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(words)
    assert reply.json()["remedy"]
    assert client.get(f"{API}/books").json() == known


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("books/none", 404, "no book"),
        ("books/none/ledger", 404, "no book"),
        ("books/demo/breakeven?factor=GOLD", 404, "SPX"),
        ("books/demo/ledger?asof=1990-01-02", 404, "choose a session"),
        ("books/demo/ledger?asof=soon", 422, "asof"),
        ("books/demo/scenarios?days=-1", 422, "days"),
        ("books/demo/scenarios?days=NaN", 422, "days"),
        ("books/demo/scenarios/cell?return=-1", 422, "return"),
        ("books/demo/replay?event=spx%3D-2", 422, "no price"),
        ("books/demo/replay?event=nosuch", 422, "unknown event"),
        ("books/demo/replay?event=2020-3", 422, "did you mean '2020-03'"),
        ("books/demo/replay?event=nosuch&mode=path", 422, "in the catalogue"),
        ("books/demo/replay?event=2020-03&mode=tenor", 422, "'causes' or 'path'"),
        ("books/demo/replay?event=2020-03&mode=causes", 422, "no shock of one step"),
        ("books/demo/replay?event=2020-03&days=2", 422, "its own sessions"),
        ("books/demo/replay?event=spx%3D-0.1&mode=path", 422, "moves are one step"),
        ("books/demo/replay?event=2018-02-03..2018-02-04&mode=path", 422, "at least two days"),
        ("books/demo/replay?event=2018-02-01..2018-02-08&asof=2018-01-16", 422, "mode path"),
        ("books/demo/cascade?shock=200%25", 422, "between 0 and 100"),
        ("signals/X99", 404, "no signal"),
        ("signals?family=none", 422, "no family"),
        ("gex", 404, "holds no chain of SPX"),
        ("gex?underlying=..%2Fetc", 422, "underlying"),
        ("glossary/zzzz", 404, "glossary"),
        ("jobs/none", 404, "no such job"),
        ("nothing", 404, "no such route"),
    ],
)
def test_what_cannot_be_served_is_one_fact_and_one_remedy(
    client: TestClient, path: str, status: int, word: str
) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert set(said) == {"error", "remedy"}
    assert all(said.values())
    assert word in f"{said['error']} {said['remedy']}"
    assert "\n" not in said["error"] + said["remedy"]


def test_a_wrong_method_names_the_right_ones(client: TestClient) -> None:
    answer = client.post(f"{API}/books/demo/ledger", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_a_book_is_kept_read_changed_and_deleted(kept: TestClient, tmp_path: Path) -> None:
    put = kept.put(f"{API}/books/mine", json=book())
    assert put.status_code == 200, put.text
    assert put.json()["saved"]
    assert (tmp_path / "mine" / "mine.book.yaml").read_text() == BOOK.format(name="one put")
    assert kept.get(f"{API}/books/mine/ledger").json()["book"] == "one put"
    again = kept.put(f"{API}/books/mine", json=book("renamed") | {"files": {}, "revision": 1})
    assert again.json()["revision"] == 2
    assert kept.get(f"{API}/books/mine/ledger").json()["book"] == "renamed"
    assert {one["id"] for one in kept.get(f"{API}/books").json()} == {"demo", "mine"}
    with closing(Workspace(tmp_path)) as later:
        assert later.get("mine").text == BOOK.format(name="renamed")
    assert kept.delete(f"{API}/books/mine").status_code == 200
    assert not (tmp_path / "mine").exists()
    assert kept.get(f"{API}/books/mine").status_code == 404


def test_a_book_that_fails_its_checks_changes_nothing(kept: TestClient, tmp_path: Path) -> None:
    kept.put(f"{API}/books/mine", json=book())
    bad = book()
    bad["text"] = str(bad["text"]).replace("strike: 2600", "strike: -5")
    refused = kept.put(f"{API}/books/mine", json=bad)
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("mine.book.yaml:6: ")
    said = kept.post(f"{API}/books/validate", params={"id": "mine"}, json=bad).json()
    assert not said["valid"]
    assert said["error"].startswith("mine.book.yaml:6: ")
    assert kept.get(f"{API}/books/mine").json()["revision"] == 1
    assert [one.name for one in sorted((tmp_path / "mine").iterdir())] == ["mine.book.yaml", "small.market.yaml"]


def test_two_edits_of_one_revision_do_not_overwrite_each_other(kept: TestClient) -> None:
    kept.put(f"{API}/books/mine", json=book())
    first = kept.put(f"{API}/books/mine", json=book("first") | {"revision": 1})
    second = kept.put(f"{API}/books/mine", json=book("second") | {"revision": 1})
    assert (first.status_code, second.status_code) == (200, 409)
    assert "load it again" in second.json()["remedy"]
    assert "first" in kept.get(f"{API}/books/mine").json()["text"]


def test_a_book_of_the_command_line_is_saved_in_place(tmp_path: Path) -> None:
    (tmp_path / "small.market.yaml").write_text(MARKET)
    place = tmp_path / "My Book.book.yaml"
    place.write_text(BOOK.format(name="before"))
    with made(named=(place,)) as client:
        assert [one["id"] for one in client.get(f"{API}/books").json()] == ["demo", "my-book"]
        done = client.put(f"{API}/books/my-book", json={"text": BOOK.format(name="after")})
        assert done.status_code == 200, done.text
    assert place.read_text() == BOOK.format(name="after")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["My Book.book.yaml", "small.market.yaml"]


def test_the_example_stays_as_it_is(client: TestClient) -> None:
    assert client.put(f"{API}/books/demo", json=book()).status_code == 409
    assert client.delete(f"{API}/books/demo").status_code == 409


def test_a_backtest_runs_as_a_job_and_is_followed_over_a_websocket(client: TestClient) -> None:
    job = client.post(f"{API}/jobs/backtest", json={})
    assert job.status_code == 202
    identity = job.json()["id"]
    seen = []
    with client.websocket_connect(f"ws://127.0.0.1:8765{API}/jobs/{identity}/events") as socket:
        while not seen or seen[-1]["stage"] not in ("done", "failed"):
            seen.append(socket.receive_json())
    assert seen[-1]["stage"] == "done", seen[-1]
    shares = [one["progress"] for one in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    result = client.get(f"{API}/jobs/{identity}").json()["result"]
    assert len(result["paths"]) == 3


def test_a_bad_plan_is_refused_before_it_is_queued(client: TestClient) -> None:
    before = len(client.get(f"{API}/jobs").json())
    refused = client.post(f"{API}/jobs/backtest", json={"plan": "seawall_plan: 1\nname: x\nnonsense: 2\n"})
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("plan.yaml:3")
    assert len(client.get(f"{API}/jobs").json()) == before


def test_a_waiting_job_is_cancelled_and_the_queue_has_an_end() -> None:
    hold = threading.Event()
    with made() as client:
        jobs = client.app_state.desk.jobs  # type: ignore[attr-defined]
        first = jobs.submit("test", "holds the queue", lambda report: hold.wait(120) and None)
        waiting = jobs.submit("test", "waits", lambda report: None)
        assert client.delete(f"{API}/jobs/{waiting.id}").status_code == 200
        for _ in range(7):  # the cancelled one waits no more
            jobs.submit("test", "fills the queue", lambda report: None)
        full = client.post(f"{API}/jobs/backtest", json={})
        assert full.status_code == 429
        hold.set()
        until = time.monotonic() + 120.0
        while not all(one.ended for one in jobs.list()) and time.monotonic() < until:
            time.sleep(0.01)
        assert jobs.get(waiting.id).stage == "cancelled"
        assert jobs.get(first.id).stage == "done"


def test_health_readiness_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.app_state.desk.ready  # type: ignore[attr-defined]
    ready.clear()
    assert client.get("/readyz").status_code == 503
    ready.set()
    assert client.get("/readyz").status_code == 200
    client.get(f"{API}/books/some-id-nobody-has/ledger")
    text = client.get("/metrics").text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0.0 for line in lines)
    assert 'route="/api/v1/books/{book}/ledger",status="404"' in text
    assert "some-id-nobody-has" not in text
