"""Attacks on a desk: each is refused in one clear line, and changes nothing."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.app.serving import BOOK, MARKET, ORIGIN, SECRET, book, made

from seawall.app.server.guard import Buckets, Guard, Sessions
from seawall.app.server.outbound import outbound
from seawall.app.server.settings import Limits, Settings, token_of
from seawall.app.service.books import Workspace
from seawall.core.errors import InputError, SeawallError

API = "/api/v1"
EVERYWHERE = "0.0.0.0"  # noqa: S104  (what is refused without a token)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with made(folder=tmp_path / "books") as one:
        yield one


@pytest.fixture
def locked() -> Iterator[TestClient]:
    with made(Settings(host=EVERYWHERE, names=("desk.example.org",), token=SECRET)) as one:
        yield one


def refusal(answer: object, status: int) -> str:
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    said = answer.json()  # type: ignore[attr-defined]
    assert set(said) == {"error", "remedy"}
    assert all(said.values())
    assert "\n" not in said["error"]
    return f"{said['error']}: {said['remedy']}"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8765", "", "[::2]"])
def test_another_host_name_is_not_answered(client: TestClient, host: str) -> None:
    assert "host name" in refusal(client.get(f"{API}/books", headers={"host": host}), 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:8765", "[::1]:8765"])
def test_the_names_of_this_machine_are(client: TestClient, host: str) -> None:
    assert client.get(f"{API}/books", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_change_a_book(client: TestClient, headers: dict[str, str]) -> None:
    assert "another site" in refusal(client.put(f"{API}/books/mine", json=book(), headers=headers), 403)
    assert client.get(f"{API}/books/mine").status_code == 404


def test_the_desk_itself_can(client: TestClient) -> None:
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    assert client.put(f"{API}/books/mine", json=book(), headers=headers).status_code == 200


def test_another_site_reads_neither_answers_nor_sockets(client: TestClient) -> None:
    foreign = {"origin": "https://evil.example"}
    refusal(client.get(f"{API}/books/demo", headers=foreign), 403)
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"ws://127.0.0.1:8765{API}/jobs/x/events", headers=foreign),
    ):
        pass
    assert "access-control-allow-origin" not in client.get(f"{API}/books").headers


@pytest.mark.parametrize(
    "identity",
    ["..%2F..%2Fetc%2Fpasswd", "%2e%2e", "a%2Fb", "a%00b", "A", "-x", "x" * 70, "con.yaml", "~root", "%C3%A9", " x"],
)
def test_an_id_cannot_leave_the_workspace(client: TestClient, tmp_path: Path, identity: str) -> None:
    for answer in (client.get(f"{API}/books/{identity}"), client.put(f"{API}/books/{identity}", json=book())):
        assert answer.status_code in (404, 405, 422)
        assert set(answer.json()) == {"error", "remedy"}
    assert not (tmp_path / "books").exists()


@pytest.mark.parametrize(
    "name", ["../x.yaml", "/etc/x.yaml", "a/b.yaml", ".hidden.yaml", "x.py", "x.yaml\0", "", "x.book.yaml", "é.yaml"]
)
def test_a_file_beside_a_book_has_a_plain_name(client: TestClient, tmp_path: Path, name: str) -> None:
    sent = book() | {"files": {"small.market.yaml": MARKET, name: "x: 1"}}
    assert "plain name" in refusal(client.put(f"{API}/books/mine", json=sent), 422)
    assert not (tmp_path / "books").exists()


@pytest.mark.parametrize("place", ["../../../../etc/passwd", "/etc/passwd", "../demo/x.yaml", "http://127.0.0.1/x"])
def test_a_book_cannot_name_a_file_elsewhere(client: TestClient, place: str) -> None:
    text = BOOK.format(name="x").replace("small.market.yaml", place)
    said = refusal(client.put(f"{API}/books/mine", json={"text": text}), 422)
    assert "mine.book.yaml:4" in said or "does not exist" in said
    assert "root:" not in said


def test_links_in_a_workspace_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: x")
    folder = tmp_path / "books"
    for name in ("linked", "beside"):
        (folder / name).mkdir(parents=True)
    (folder / "linked" / "linked.book.yaml").symlink_to(secret)
    (folder / "beside" / "beside.book.yaml").write_text(BOOK.format(name="x"))
    (folder / "beside" / "small.market.yaml").symlink_to(secret)
    desk = Workspace(folder)
    assert [one.id for one in desk.list()] == ["demo", "beside"]
    assert desk.get("beside").files == {}
    desk.close()


def test_a_body_has_a_size_told_or_not(tmp_path: Path) -> None:
    with made(Settings(limits=Limits(body_bytes=2000)), tmp_path) as client:
        assert "2,000 bytes" in refusal(client.post(f"{API}/gex", content=b"x" * 3000), 413)
        streamed = client.post(f"{API}/gex", content=(b"x" * 500 for _ in range(20)))
        assert "2,000 bytes" in refusal(streamed, 413)
        refusal(client.get("/" + "x" * 9000), 414)


def test_a_book_has_a_size(client: TestClient) -> None:
    assert client.put(f"{API}/books/mine", json={"text": "x" * 1_000_001}).status_code == 422
    wide = book() | {"files": {f"f{n}.yaml": "x" * 600_000 for n in range(8)}}
    refusal(client.put(f"{API}/books/mine", json=wide), 413)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "!!python/object/apply:os.system ['true']",
        "[" * 200,
        "a: " + "{" * 100,
        "\0",
        "- 1",
        "x: .nan",
    ],
)
def test_hostile_yaml_is_one_line(client: TestClient, text: str) -> None:
    refusal(client.put(f"{API}/books/mine", json={"text": text}), 422)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"text": NaN}', b"[1]", b'{"text": 1}', b"\xff\xfe", b'{"text":"\\ud800"}']
)
def test_broken_json_is_one_line(client: TestClient, body: bytes) -> None:
    refusal(client.put(f"{API}/books/mine", content=body, headers={"content-type": "application/json"}), 422)


def test_one_client_cannot_ask_without_end() -> None:
    with made(Settings(limits=Limits(rate=0.01, burst=3))) as client:
        answers = [client.get(f"{API}/version") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        refusal(answers[-1], 429)
        assert answers[-1].headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200


def test_a_bucket_fills_again_and_clients_are_apart() -> None:
    now = [0.0]
    bucket = Buckets(2.0, 2.0, lambda: now[0])
    assert [bucket.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert bucket.take("b") == 0.0
    now[0] = 0.5
    assert [bucket.take("a"), bucket.take("a")] == [0.0, 0.5]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"host": EVERYWHERE}, "SEAWALL_TOKEN"),
        ({"host": "192.168.1.5"}, "SEAWALL_TOKEN"),
        ({"host": "::"}, "SEAWALL_TOKEN"),
        ({"host": EVERYWHERE, "token": "short"}, "fewer than 16"),
        ({"port": 70000}, "--port"),
    ],
)
def test_beyond_loopback_a_token_is_needed(given: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word) as told:
        Settings(**given)  # type: ignore[arg-type]
    assert "short" not in str(told.value)


def test_without_the_token_nothing_is_answered_but_health(locked: TestClient) -> None:
    for path in (f"{API}/books", f"{API}/openapi.json", "/metrics", "/readyz", "/", "/assets/desk.js", "/_nicegui/x"):
        assert "token" in refusal(locked.get(path), 401)
    assert locked.get("/healthz").status_code == 200
    to_login = locked.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (to_login.status_code, to_login.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"Basic {SECRET}", f"Bearer {SECRET}x", "Bearer \u00e9"])
def test_a_wrong_token_is_none(locked: TestClient, given: str) -> None:
    refusal(locked.get(f"{API}/books", headers={"authorization": given.encode()}), 401)


def test_the_token_and_a_session_open_the_desk(locked: TestClient) -> None:
    assert locked.get(f"{API}/books", headers={"authorization": f"Bearer {SECRET}"}).status_code == 200
    wrong = locked.post("/login", data={"token": "x" * 20})
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    done = locked.post("/login", data={"token": SECRET}, follow_redirects=False)
    cookie = done.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/"))
    assert SECRET not in cookie
    assert locked.get(f"{API}/books").status_code == 200
    locked.post("/logout", follow_redirects=False)
    locked.cookies.set("seawall_session", cookie.split("=", 1)[1].split(";")[0])
    assert locked.get(f"{API}/books").status_code == 401


def test_a_token_is_not_guessed_by_trying() -> None:
    with made(Settings(host=EVERYWHERE, token=SECRET, limits=Limits(logins=3))) as client:
        tries = [client.post("/login", data={"token": "x" * 20}).status_code for _ in range(4)]
        assert tries == [401, 401, 401, 429]
        assert client.post("/login", data={"token": SECRET}).status_code == 429


def test_a_session_ends() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    identity = sessions.open()
    assert sessions.known(identity)
    now[0] = 13 * 3600.0
    assert not sessions.known(identity)


def test_the_token_is_in_no_answer_and_no_log(locked: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"authorization": f"Bearer {SECRET}"}
    answers = [locked.get(path, headers=headers) for path in (f"{API}/books/none", f"{API}/version", "/metrics")]
    answers += [locked.post("/login", data={"token": SECRET + "x"}), locked.put(f"{API}/books/x", headers=headers)]
    assert all(SECRET not in one.text + str(one.headers) for one in answers)
    assert SECRET not in caplog.text
    assert SECRET not in repr(Settings(token=SECRET))
    assert token_of({"SEAWALL_TOKEN": f" {SECRET} "}) == SECRET
    assert token_of({}) is None


@pytest.mark.parametrize("path", ["/healthz", "/login", f"{API}/books", f"{API}/nothing"])
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "https://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "https://user:pw@8.8.8.8/",
        "https:///x",
        "https://8.8.8.8:99999/",
        "",
    ],
)
def test_nothing_is_sent_to_a_private_or_strange_address(url: str) -> None:
    with pytest.raises(InputError) as told:
        outbound(url)
    assert "pw" not in str(told.value)


def test_a_public_address_is_allowed_and_a_private_one_when_meant() -> None:
    assert outbound("https://8.8.8.8/hook")
    assert outbound("http://10.0.0.1/hook", allow_private=True)


def test_a_chain_that_is_sent_cannot_name_a_file(client: TestClient) -> None:
    for content in (b"/etc/passwd", b"PAR1/etc/passwd", b"\x00" * 40, b"strike,expiry\n1,2\n"):
        said = refusal(client.post(f"{API}/gex", content=content), 422)
        assert "seawall-chain" not in said


def test_an_export_does_not_run_in_a_spreadsheet() -> None:
    from seawall.app.desk.parts.panel import encoded

    rows = [{"label": "=cmd()", "x": -1.5}, {"label": "plain", "x": float("nan")}]
    assert encoded(rows, "csv").decode().splitlines() == ["label,x", "'=cmd(),-1.5", "plain,"]
    assert b"NaN" not in encoded(rows, "json")


def test_a_broken_workspace_does_not_stop_the_desk(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "broken.book.yaml").write_text("not: [a book")
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "bytes.book.yaml").write_bytes(b"\xff\xfe\x00")
    desk = Workspace(tmp_path)
    with pytest.raises(SeawallError, match=r"broken\.book\.yaml:1"):
        desk.load(desk.get("broken"))
    assert [one.id for one in desk.list()] == ["demo", "broken"]
    desk.close()


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
@pytest.mark.parametrize(
    ("headers", "messages"),
    [
        ([], []),
        ([(b"content-length", b"2")], [{"type": "http.request", "body": b"{}", "more_body": False}]),
        ([(b"content-length", b"2")], [{"type": "http.request", "body": b"{", "more_body": True}]),
    ],
    ids=["no body", "whole body", "half a body"],
)
def test_a_client_that_leaves_early_is_no_defect(
    headers: list[tuple[bytes, bytes]], messages: list[dict[str, object]], spec: str
) -> None:
    """As the dashboard stands behind the guard: middleware over middleware, over an answer that streams."""

    async def passed(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await call_next(request)

    async def page(request: Request) -> Response:
        if request.method == "POST":
            with contextlib.suppress(ClientDisconnect):
                await request.body()
        return StreamingResponse(iter([b"a" * 999, b"b" * 999]))

    inner = Starlette(routes=[Route("/", page, methods=["GET", "POST"])])
    inner.add_middleware(GZipMiddleware, minimum_size=1)
    inner.add_middleware(BaseHTTPMiddleware, dispatch=passed)
    inner.add_middleware(BaseHTTPMiddleware, dispatch=passed)
    coming, sent = iter(messages), []

    async def receive() -> dict[str, object]:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": spec}, "method": "POST" if headers else "GET",
        "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip"), *headers],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    app = Guard(inner, Settings(), Sessions())
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 60.0))  # type: ignore[arg-type]
    if not messages or not messages[-1]["more_body"]:
        assert [one["status"] for one in sent if one["type"] == "http.response.start"] == [200]
