"""Make docs/pictures/desk-*.png from a running desk, as a reader's browser draws it: `make screenshots`."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pictures import ARGUMENTS, FOLDER, browser_path
from playwright.sync_api import Browser, sync_playwright

PAGES = {
    "desk": "/", "scenarios": "/scenarios", "hedge": "/hedge", "condor": "/condor",
    "lp": "/lp?position=ETH/USD v3 range", "waterfall": "/waterfall", "signals": "/signals",
    "replay": "/replay?event=2018-12&day=14",
}  # fmt: skip
PHONE = {"condor": "/condor"}
MOST_BYTES = 150_000
WAIT_S = 60.0
DRAWN = "() => [...document.querySelectorAll('.sw-chart')].every((one) => one.querySelector('.main-svg'))"
CALM_MS = 800


def address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the desk is, once it says so."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    sys.exit(f"the desk did not start: {log.read_text()[-500:]}")


def shoot(browser: Browser, where: str, name: str, size: tuple[int, int], theme: str) -> None:
    """One page at the sharpest scale whose file is small enough."""
    for scale in (1.25, 1.0, 0.75):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, device_scale_factor=scale
        )
        page = context.new_page()
        page.goto(where)
        page.wait_for_selector("h1")
        page.wait_for_function("!document.querySelector('.sw-loading')", timeout=WAIT_S * 1000)
        page.wait_for_timeout(CALM_MS)
        page.wait_for_function(DRAWN, timeout=WAIT_S * 1000)
        page.wait_for_timeout(CALM_MS)
        picture = page.screenshot()
        context.close()
        if len(picture) <= MOST_BYTES:
            (FOLDER / f"desk-{name}.png").write_bytes(picture)
            print(f"desk-{name}.png: {len(picture) / 1000:.0f} kB at scale {scale:g}")
            return
    sys.exit(f"{name} is larger than {MOST_BYTES:,} bytes at every scale")


def main() -> None:
    """Serve the example, open each page, write its picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        log = Path(temporary) / "log"
        command = [sys.executable, "-m", "seawall.app", "serve", "--port", "0", "--no-open", "--workspace", temporary]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            base = address(log, process)
            browser = playwright.chromium.launch(executable_path=browser_path(), args=list(ARGUMENTS))
            for name, path in PAGES.items():
                shoot(browser, base + path, name, (1280, 860), "light")
            for name, path in PHONE.items():
                shoot(browser, base + path, f"{name}-phone", (390, 844), "dark")
            browser.close()
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
