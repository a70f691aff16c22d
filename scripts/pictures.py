"""Make docs/pictures from the demo page, as a reader's browser draws it: `make pictures`.

Writes ledger.png (the table) and replay.png (equity, drawdown and regime). Needs a Chromium on the path.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = {"ledger": "#ledger .scroll", "replay": "#equity"}
WIDTH = 1200
MARGIN = 20
MOST_BYTES = 250_000
SCALES = (2.0, 1.5, 1.0)
FOLDER = Path(__file__).parent.parent / "docs" / "pictures"


def browser_path() -> str:
    """The first Chromium on the path; leaves with one line when there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit(f"no browser: install one of {', '.join(BROWSERS)}")
    return found


def demo(folder: Path) -> Path:
    """The demo page, written by the program of this environment."""
    page = folder / "demo.html"
    program = Path(sys.executable).parent / "seawall"
    subprocess.run([program, "demo", "--out", page], check=True, stdout=subprocess.DEVNULL)
    return page


def shoot(page: Page, selector: str) -> bytes:
    """One element with a margin of paper."""
    box = page.locator(selector).bounding_box()
    if box is None:
        sys.exit(f"the page has no {selector}")
    clip = {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }
    return page.screenshot(clip=clip, full_page=True)


def main() -> None:
    """Take every picture at the sharpest scale whose file is small enough."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        source = demo(Path(temporary)).as_uri()
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(ARGUMENTS))
        wanted = dict(PICTURES)
        for scale in SCALES:
            page = browser.new_page(viewport={"width": WIDTH, "height": 900}, device_scale_factor=scale)
            page.goto(source)
            page.wait_for_selector("html[data-drawn]", state="attached")
            for name, selector in list(wanted.items()):
                picture = shoot(page, selector)
                if len(picture) <= MOST_BYTES:
                    (FOLDER / f"{name}.png").write_bytes(picture)
                    print(f"{name}.png: {len(picture) / 1000:.0f} kB at scale {scale:g}")
                    del wanted[name]
            page.close()
        browser.close()
    if wanted:
        sys.exit(f"too large at every scale: {', '.join(wanted)}")


if __name__ == "__main__":
    main()
