"""A server that goes away under an open page: it is said, and the page comes back with the edit when it does."""

import contextlib
import socket
from pathlib import Path

import pytest
from tests.app.browser import Tab, chromium, running

pytestmark = pytest.mark.browser
LATE = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    setTimeout(() => send.call(this, data), String(data).includes('javascript_response') ? 3000 : 0);
  };
})()"""
"""A browser that is slow to say what a script of the server found."""


def free_port() -> int:
    """A port nobody listens on."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as bound:
        return int(bound.getsockname()[1])


def test_a_lost_connection_is_said_and_an_edit_survives_the_restart(tmp_path: Path) -> None:
    words = ("--port", str(free_port()))
    with chromium() as browser:
        with running(tmp_path / "books", *words) as desk:
            tab = Tab(browser, desk).open("/?book=demo&edit=1")
            text = tab.page.get_by_label("Text of the book")
            text.fill("name: typed and not saved\n")
            assert tab.page.locator("#sw-lost").count() == 0
        tab.page.wait_for_selector("#sw-lost[role=alert]")
        assert "connection to the desk is lost" in tab.page.locator("#sw-lost").inner_text()
        assert tab.page.locator("#sw-main").evaluate("e => e.inert")
        text.fill("name: typed while it was away\n")
        with running(tmp_path / "books", *words):
            tab.page.wait_for_selector("text=an edit that was not saved is back")
            assert tab.page.get_by_label("Text of the book").input_value() == "name: typed while it was away\n"
            assert tab.page.locator("#sw-lost").count() == 0
            assert not tab.page.locator("#sw-main").evaluate("e => e.inert")
            assert tab.page.url.endswith("/?book=demo&edit=1")
            tab.context.close()


def test_a_slow_browser_is_waited_for_and_its_menu_opens_where_there_is_room(tmp_path: Path) -> None:
    shows = "() => document.querySelector('.sw-nav').getBoundingClientRect().left >= 0"
    with chromium() as browser, running(tmp_path / "books") as desk:
        for width, room in ((1400, True), (390, False)):
            tab = Tab(browser, desk, width)
            tab.page.add_init_script(LATE)
            tab.open("/glossary")
            tab.page.wait_for_function(f"() => ({shows})() === {str(room).lower()}")
            tab.page.get_by_role("button", name="show or hide the pages").click()
            tab.page.wait_for_function(f"() => ({shows})() !== {str(room).lower()}")
            tab.page.wait_for_timeout(2000)
            tab.close()
    assert "Traceback" not in (tmp_path / "serve.log").read_text()
