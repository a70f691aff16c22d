"""A desk behind a proxy that ends TLS, as docs/desk.md says, by its own name in a real browser."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.app.browser import Running, Tab, chromium, drag, running, shown
from tests.app.serving import SECRET
from tests.tls_proxy import certificate, tls_proxy

pytestmark = pytest.mark.browser
NAME = "desk.example.org"


def test_login_pages_and_sockets_work_through_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, made = certificate(tmp_path, NAME)
    monkeypatch.setenv("SEAWALL_TOKEN", SECRET)
    with running(tmp_path / "books", "--name", NAME) as desk:
        port = urlsplit(desk.address).port
        assert port is not None
        with (
            tls_proxy(("127.0.0.1", port), key, made) as proxy,
            chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--ignore-certificate-errors") as browser,
        ):
            tab = Tab(browser, Running(f"https://{NAME}:{urlsplit(proxy.url).port}", desk.workspace))
            sockets: list[str] = []
            tab.page.on("websocket", lambda one: sockets.append(one.url))
            tab.page.goto(tab.desk.address)
            assert tab.page.url == f"{tab.desk.address}/login"
            tab.page.fill("#token", SECRET)
            tab.page.click("button")
            tab.settled()
            tab.turn("/hedge", "Hedge")
            drag(tab, "carry", 0)
            tab.page.wait_for_function("() => location.search.includes('carry=0')")
            shown(tab, "L0.widen")
            (cookie,) = [one for one in tab.context.cookies() if one["httpOnly"]]
            assert (cookie["secure"], cookie["sameSite"], cookie["domain"]) == (True, "Strict", NAME)
            assert all(one.startswith(f"wss://{NAME}:") for one in sockets)
            assert sockets
            tab.close()
