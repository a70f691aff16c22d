"""A server that goes away under an open page: it is said, and the page comes back with the edit when it does."""

import contextlib
import socket
from pathlib import Path

import pytest
from tests.app.browser import Tab, chromium, running

pytestmark = pytest.mark.browser


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
