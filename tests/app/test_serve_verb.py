"""`seawall serve`: what it refuses before anything listens, in one line."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.app.serving import BOOK, MARKET


def serve(*words: str, token: str = "") -> subprocess.CompletedProcess[str]:
    import os

    environment = {**os.environ, "SEAWALL_TOKEN": token}
    command = [sys.executable, "-m", "seawall.app", "serve", "--no-open", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--host", "0.0.0.0"), "set SEAWALL_TOKEN"),  # noqa: S104
        (("--port", "99999"), "--port"),
        (("--book", "nowhere.book.yaml"), "does not exist"),
        (("--workspace", __file__), "is not a folder"),
        (("--monitor", "nowhere.monitor.yaml"), "does not exist"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_code_2(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = serve("--workspace", str(tmp_path), *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve("--workspace", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot listen" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_book_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "small.market.yaml").write_text(MARKET)
    place = tmp_path / "wrong.book.yaml"
    place.write_text(BOOK.format(name="x").replace("strike: 2600", "strike: -1"))
    done = serve("--workspace", str(tmp_path / "books"), "--book", str(place))
    assert done.returncode == 2
    assert "wrong.book.yaml:6: " in done.stderr
