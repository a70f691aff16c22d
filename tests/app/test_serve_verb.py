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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seawall_monitor: 1\nevry: 5\n", "x.yaml:2: unknown key `evry`"),
        ("seawall_monitor: 1\nbooks: [nowhere.book.yaml]\n", "nowhere.book.yaml does not exist"),
        ("seawall_monitor: 1\npolicy: none\n", "x.yaml:2: "),
    ],
)
def test_a_wrong_monitor_file_is_one_line_and_code_2(tmp_path: Path, text: str, told: str) -> None:
    place = tmp_path / "x.yaml"
    place.write_text(text)
    done = serve("--workspace", str(tmp_path / "books"), "--port", "0", "--monitor", str(place))
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["x.yaml"]


def test_a_monitor_file_is_checked_before_the_port_and_without_what_computes(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("seawall_monitor: 1\nevry: 5\n")
    code = (
        "import sys; from pathlib import Path; from seawall.core.errors import SeawallError\n"
        "from seawall.app.monitor.config import check_config\n"
        f"try: check_config(Path({str(tmp_path / 'x.yaml')!r}))\n"
        "except SeawallError as fault: print(fault)\n"
        "heavy = {'nicegui', 'polars', 'duckdb', 'seawall.hedge', 'seawall.app.monitor.engine'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines()[0].startswith("x.yaml:2: unknown key `evry`")
    assert done.stdout.splitlines()[1] == "[]"


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
