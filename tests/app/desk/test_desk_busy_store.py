"""A store that another process holds: whoever looks at a page waits two seconds for it, a command line ten."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.app.desk.parts.states import aside
from seawall.app.service.books import Workspace
from seawall.app.service.chains import chain_days
from seawall.app.service.desk import Desk, viewed
from seawall.app.service.hedging import prepared_of
from seawall.core.errors import BusyError
from seawall.data.store import Store
from seawall.data.store_file import PATIENCE_S, connect, patience
from seawall.hedge.charter import preset

HOLD = """
import sys
from seawall.data.store import Store
with Store.open():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty store that a process writes to until the test is over."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path))
    Store.open().close()
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield
    holder.communicate("")


def test_pages_wait_two_seconds_and_name_the_process(held: None) -> None:
    desk = Desk(Workspace(None, ()))
    seen = viewed(desk, "demo")
    for compute in (lambda: chain_days("SPX"), lambda: prepared_of(desk, seen, preset("seed"))):
        with pytest.raises(BusyError, match=r"^process \d+ is using the store .* \(waited 2 s\): try again"):
            asyncio.run(aside(compute))
    desk.close()


def test_patience_ends_with_its_block(held: None, tmp_path: Path) -> None:
    for wait in (0.0, 0.1):
        with patience(wait), pytest.raises(BusyError, match=rf"waited {wait:g} s"):
            Store.open(read_only=True)
    with patience(0.0), pytest.raises(BusyError, match=r"waited 0\.1 s"):
        connect(tmp_path / "seawall.duckdb", True, 0.1)
    assert PATIENCE_S == 10.0


def test_a_store_without_the_session_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path))
    Store.open().close()
    desk = Desk(Workspace(None, ()))
    with patience(0.0):  # nothing that is free is waited for, so no wait is needed
        assert prepared_of(desk, viewed(desk, "demo"), preset("seed")).offered
    desk.close()
