"""A desk for tests: its API without a network, and books that are good and bad."""

from pathlib import Path

from starlette.testclient import TestClient

from seawall.app.server.build import build, guarded
from seawall.app.server.settings import Settings
from seawall.app.service.books import Workspace
from seawall.app.service.desk import Desk

ORIGIN = "http://127.0.0.1:8765"
SECRET = "a-secret-of-the-tests-0123456789"  # noqa: S105  (of the tests)
BOOK = """seawall_book: 1
name: {name}
nav: 100000
market: small.market.yaml
positions:
  - {{label: put, kind: option, side: short, quantity: 1, right: put, root: SPXW, strike: 2600, expiry: 2018-03-16}}
"""
MARKET = """seawall_market: 1
now: 2018-02-02T21:30:00Z
source: closes of 2018-02-02
rate: 0.0142
assets:
  SPX: {spot: {value: 2762.13, as_of: 2018-02-02}, smile: {flat: 0.17}}
"""


def book(name: str = "one put") -> dict[str, object]:
    """A small book with its market, as the API takes it."""
    return {"text": BOOK.format(name=name), "files": {"small.market.yaml": MARKET}}


def made(settings: Settings | None = None, folder: Path | None = None, named: tuple[Path, ...] = ()) -> TestClient:
    """A client of the guarded application; faults become answers, as they do for a browser."""
    app = build(Desk(Workspace(folder, named)), settings or Settings())
    client = TestClient(guarded(app), base_url=ORIGIN, raise_server_exceptions=False)
    client.app_state = app.state  # type: ignore[attr-defined]
    return client
