"""A running desk and the system's Chromium, for the tests that look at it as a reader does."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_S = 120.0
"""Longest wait for a page or a server: it only passes where something is wrong, or the machine has no time."""


class Running(NamedTuple):
    """Address of a desk, its workspace, and the number of its process."""

    address: str
    workspace: Path
    process: int = 0


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Running]:
    """`seawall serve` in a process of its own, on a free port."""
    command = [
        sys.executable,
        "-m",
        "seawall.app",
        "serve",
        "--port",
        "0",
        "--no-open",
        "--workspace",
        str(folder),
        *words,
    ]
    log = (folder.parent / "serve.log").open("w+")
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        until = time.monotonic() + WAIT_S
        found = None
        while found is None and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
            log.seek(0)
            found = re.search(r"http://127\.0\.0\.1:\d+", log.read())
        assert found is not None, Path(log.name).read_text()
        yield Running(found[0], folder, process.pid)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@contextmanager
def chromium(*words: str) -> Iterator[Any]:
    """The system's Chromium, with words of its command line; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    place = next((found for found in map(shutil.which, NAMES) if found), None)
    if place is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(NAMES)}): install one")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=place, args=["--no-sandbox", *words])
        yield browser
        browser.close()


class Tab:
    """One tab, with everything its console complained about and every address it asked for."""

    def __init__(self, browser: Any, desk: Running, width: int = 1400, theme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, has_touch=width < 600, accept_downloads=True
        )
        self.context.set_default_timeout(WAIT_S * 1000)
        self.page = self.context.new_page()
        self.desk = desk
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def open(self, path: str) -> "Tab":
        """Load an address and wait until nothing loads any more."""
        self.page.goto(self.desk.address + path)
        return self.settled()

    def turn(self, path: str, title: str) -> "Tab":
        """Go to another page within the frame."""
        self.page.evaluate("path => emitEvent('sub_pages_navigate', path)", path)
        self.page.wait_for_function("title => document.title.startsWith(title + ' ')", arg=title)
        return self.settled()

    def settled(self) -> "Tab":
        """Wait until every panel has its content."""
        self.page.wait_for_selector("h1")
        self.page.wait_for_function("!document.querySelector('.sw-loading')")
        return self

    def text(self) -> str:
        """What a reader sees."""
        return str(self.page.inner_text("body"))

    def close(self) -> None:
        """Close it; nothing may have gone wrong, and nothing may have been asked of another server."""
        self.context.close()
        foreign = [one for one in self.asked if not one.startswith((self.desk.address, "data:", "blob:"))]
        assert not self.complaints, self.complaints
        assert not foreign, foreign


def drag(tab: Tab, name: str, value: float) -> None:
    """Move a slider as a reader's finger does: an input event."""
    script = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    tab.page.locator(f"[data-slider={name}]").evaluate(script, value)


def shown(tab: Tab, text: str) -> None:
    """Wait until the page says a text."""
    tab.page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def tile(tab: Tab, name: str) -> str:
    """The number of a tile, with an ASCII minus."""
    found = tab.page.locator(".sw-tile").filter(has=tab.page.locator(f".sw-tile-name:text-is('{name}')"))
    return str(found.first.locator(".sw-tile-value").inner_text()).replace("\N{MINUS SIGN}", "-")
