"""The monitor behind the desk: state, stream, test button, acknowledgement, metrics; and clients that are slow."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.app.monitor.watching import World
from tests.app.serving import ORIGIN, SECRET, made
from tests.conftest import ROOT

from seawall.app.monitor.bus import MOST_READERS, Bus
from seawall.app.monitor.health import application, listen_settings
from seawall.app.monitor.metrics import PREFIX
from seawall.app.server.build import build, guarded
from seawall.app.server.settings import Settings
from seawall.app.service.books import Workspace
from seawall.app.service.desk import Desk
from seawall.app.service.refusal import RefusedError
from seawall.core.errors import InputError

LOW = 850.0
STREAM = "ws://127.0.0.1:8765/api/v1/monitor/events"
EVERY_RULE = """seawall_monitor: 1
books: [demo]
every: 1
venue: {url: "http://127.0.0.1:9", allow_private: true}
state: s.sqlite
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    yield one
    one.monitor.close()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with desk_of(world) as one:
        yield one


@contextmanager
def desk_of(world: World) -> Iterator[TestClient]:
    """A desk whose monitor is polled by the test alone."""
    desk = Desk(Workspace(None), monitor=world.monitor)
    yield TestClient(guarded(build(desk, Settings())), base_url=ORIGIN, raise_server_exceptions=False)
    desk.close()


def test_the_state_is_that_of_the_command_line(world: World, client: TestClient) -> None:
    world.ticks(2)
    said = client.get("/api/v1/monitor").json()
    own = world.monitor.record(world.clock.now)
    assert said["books"] == json.loads(json.dumps(own["books"]))
    assert {one["source"]: one["state"] for one in said["sources"]}["venue"] == "live"


def test_an_alert_is_acknowledged_once_and_shown_until_it_is_over(world: World, client: TestClient) -> None:
    world.answer = world.eth(LOW)
    world.ticks(2)
    shown = client.get("/api/v1/monitor").json()["alerts"]
    assert [(one["rule"], one["acknowledged"]) for one in shown] == [("liquidation", None)]
    done = client.post(f"/api/v1/monitor/alerts/{shown[0]['id']}/ack")
    assert done.status_code == 200
    assert done.json()["acknowledged"].startswith("2018-02-03T01:00:02")
    assert client.post("/api/v1/monitor/alerts/none/ack").status_code == 404
    world.answer = world.eth(915.0)
    world.ticks(2)
    after = client.get("/api/v1/monitor").json()
    assert after["alerts"] == []
    assert [one["id"] for one in after["ended"]] == [shown[0]["id"]]


def test_the_test_button_tells_which_channel_is_down(world: World, client: TestClient) -> None:
    world.channel.down = True
    said = client.post("/api/v1/monitor/test")
    assert said.json() == {"channels": [{"channel": "collected", "arrived": False, "error": "it is down: wait"}]}
    again = client.post("/api/v1/monitor/test")
    assert again.status_code == 429
    assert set(again.json()) == {"error", "remedy"}


def test_another_site_can_neither_test_nor_acknowledge_nor_follow(client: TestClient) -> None:
    foreign = {"origin": "https://evil.example.org"}
    for path in ("test", "alerts/x/ack"):
        assert client.post(f"/api/v1/monitor/{path}", headers=foreign).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM, headers=foreign):
        pass


def test_without_a_monitor_every_route_says_how_to_have_one() -> None:
    with made() as client:
        for answer in (client.get("/api/v1/monitor"), client.post("/api/v1/monitor/test")):
            assert answer.status_code == 404
            assert "--monitor" in answer.json()["remedy"] + answer.json()["error"]
        with client.websocket_connect(STREAM) as socket:
            assert "error" in socket.receive_json()


def test_the_stream_sends_the_last_state_at_once_and_then_each_new_one(world: World, client: TestClient) -> None:
    world.ticks(1)
    with client.websocket_connect(STREAM) as socket:
        assert socket.receive_json()["observation"] == 1
        world.ticks(1)
        assert socket.receive_json()["observation"] == 2


def test_a_reader_that_never_reads_delays_nobody_and_holds_one_state() -> None:
    async def run() -> None:
        bus = Bus()
        slow, fast = bus.join(), bus.join()
        for number in range(10_000):
            bus.publish({"number": number})
            if number % 1000 == 0:
                assert (await fast.get())["number"] == number
        assert (await slow.get())["number"] == 9_999
        assert slow.skipped == 9_999
        bus.leave(slow)
        assert bus.readers == 1

    asyncio.run(run())


def test_readers_are_bounded() -> None:
    async def run() -> None:
        bus = Bus()
        held = [bus.join() for _ in range(MOST_READERS)]
        with pytest.raises(RefusedError, match="200 readers"):
            bus.join()
        bus.leave(held[0])
        bus.join()

    asyncio.run(run())


def test_health_and_metrics_of_a_monitor_alone_stand_behind_the_guards(world: World) -> None:
    client = TestClient(application(world.monitor, Settings(token=SECRET), lambda: None), base_url=ORIGIN)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 401
    known = {"authorization": f"Bearer {SECRET}"}
    assert client.get("/readyz", headers=known).status_code == 503
    world.ticks(1)
    assert client.get("/readyz", headers=known).status_code == 200
    assert client.get("/metrics", headers=known | {"host": "evil.example.org"}).status_code == 421
    assert "seawall_monitor_book_value_usd" in client.get("/metrics", headers=known).text


@pytest.mark.parametrize(("text", "host", "port"), [("9464", "127.0.0.1", 9464), ("[::1]:80", "::1", 80)])
def test_where_it_listens(text: str, host: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAWALL_TOKEN", raising=False)
    found = listen_settings(text)
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize("text", ["", "x", "1.2.3.4", "127.0.0.1:x", "127.0.0.1:99999999", "70000", "0.0.0.0:9464"])
def test_where_it_does_not(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAWALL_TOKEN", raising=False)
    with pytest.raises(InputError) as told:
        listen_settings(text)
    assert len(str(told.value).splitlines()) == 1


LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.e+-]+)')


def test_metrics_are_the_numbers_of_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.app.monitor.watching import START

    from seawall.app.monitor import watch
    from seawall.app.monitor.figures import Drift

    monkeypatch.setattr(watch, "drift_at", lambda *_: Drift(0.25, (), START))
    world = World(tmp_path, EVERY_RULE)
    world.ticks(1)
    world.monitor.watch.wait(10.0)
    world.ticks(1)
    with desk_of(world) as client:
        text = client.get("/metrics").text
        _check_metrics(text, world)


def _check_metrics(text: str, world: World) -> None:
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(row) for row in rows), [row for row in rows if not LINE.fullmatch(row)]
    found = {row.rpartition(" ")[0]: float(row.rpartition(" ")[2]) for row in rows}
    book = world.monitor.record()["books"][0]
    for metric, key in (
        ("book_value_usd", "value_usd"), ("book_delta_usd", "delta_usd"), ("time_buffer_days", "time_buffer_days"),
        ("book_gamma_usd_per_pct", "gamma_usd_per_pct"), ("book_vega_usd_per_point", "vega_usd_per_point"),
        ("hedge_drift", "hedge_drift"),
    ):  # fmt: skip
        assert found[f'{PREFIX}{metric}{{book="demo"}}'] == pytest.approx(book[key], rel=1e-9)
    assert found[f'{PREFIX}break_even_vol{{book="demo",factor="ETH"}}'] == pytest.approx(
        book["break_evens"]["ETH"]["level"]
    )
    states = {name: found[f'{PREFIX}regime{{state="{name}"}}'] for name in ("CALM", "ONSET", "SPIKE", "EXHAUST")}
    assert states == {"CALM": 0.0, "ONSET": 1.0, "SPIKE": 0.0, "EXHAUST": 0.0}
    assert found[f'{PREFIX}alerts_active{{rule="regime",level="act"}}'] == 1.0
    assert found[f'{PREFIX}deliveries_total{{channel="collected",result="ok"}}'] == len(world.channel.got)
    assert found[f'{PREFIX}poll_seconds_bucket{{le="+Inf"}}'] == found[f"{PREFIX}poll_seconds_count"] == 2.0
    named = {row.split("{")[0].split(" ")[0] for row in rows}
    assert wanted() <= named | {f"{PREFIX}refused_total"}
    world.answer = lambda: b"<html>"
    world.ticks(1)
    assert f'{PREFIX}refused_total{{kind="format"}} 1' in world.monitor.metrics()


def wanted() -> set[str]:
    """Every metric that a panel or a variable of the Grafana file names."""
    text = (ROOT / "docs" / "grafana" / "seawall.json").read_text()
    return set(re.findall(r"seawall_[a-z_]+", " ".join(expressions(json.loads(text)))))


def expressions(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [str(node[key]) for key in ("expr", "query", "definition") if isinstance(node.get(key), str)]
        return own + [text for value in node.values() for text in expressions(value)]
    return [text for value in node for text in expressions(value)] if isinstance(node, list) else []


def test_the_grafana_file_is_a_dashboard_over_exported_metrics_only() -> None:
    board = json.loads((ROOT / "docs" / "grafana" / "seawall.json").read_text())
    assert board["schemaVersion"] >= 36
    assert board["title"]
    assert board["uid"]
    panels = board["panels"]
    assert len({one["id"] for one in panels}) == len(panels) > 8
    for one in panels:
        place = one["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert one["type"] == "row" or all(target["expr"] for target in one["targets"])
    assert len(wanted()) > 12


def test_a_client_that_takes_nothing_gets_only_the_newest_and_delays_no_poll(world: World) -> None:
    async def run() -> None:
        desk = Desk(Workspace(None), monitor=world.monitor)
        app, sent = guarded(build(desk, Settings())), []
        stuck, first, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        came = iter([{"type": "websocket.connect"}])

        async def receive() -> dict[str, object]:
            for message in came:
                return message
            await gone.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)
            if message["type"] == "websocket.send":
                first.set()
                await stuck.wait()

        scope = {
            "type": "websocket", "path": "/api/v1/monitor/events", "raw_path": b"", "query_string": b"",
            "root_path": "", "headers": [(b"host", b"127.0.0.1:8765")], "scheme": "ws", "client": ("127.0.0.1", 1),
            "subprotocols": [],
        }  # fmt: skip
        world.ticks(1)
        serving = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
        await first.wait()
        world.ticks(50)
        assert world.monitor.watch.now is not None
        assert world.monitor.watch.now.number == 51
        stuck.set()
        while len(sent) < 3:
            await asyncio.sleep(0.01)
        gone.set()
        await serving
        desk.close()
        told = [json.loads(str(one["text"]))["observation"] for one in sent if one["type"] == "websocket.send"]
        assert told == [1, 51]
        assert world.monitor.bus.readers == 0

    asyncio.run(run())
