"""`seawall monitor` as a person runs it: bad files in one line, one poll, a test, a kill and a restart."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from tests.app.monitor.watching import WATCHED_BOOK, WATCHED_MARKET
from tests.fake_venue import Inbox, instant, marks, receiver, venue, wait_for

from seawall.app.monitor.config import example, load_config
from seawall.core.errors import SeawallError

HEAD = "seawall_monitor: 1\n"
CONFIG = """seawall_monitor: 1
books: [perp.book.yaml]
every: 0.2
tickets: null
venue: {{url: "{url}", allow_private: true, timeout: 2}}
rules:
  - {{rule: liquidation, at: 0.1, clear: 0.05}}
  - {{rule: stale, sources: [venue], at: 3600}}
channels:
  - {{channel: webhook, url_from: TEST_HOOK, secret_from: TEST_SECRET, allow_private: true}}
state: state.sqlite
"""


def words(*given: str) -> list[str]:
    return [sys.executable, "-m", "seawall.app", "monitor", *given]


def ran(folder: Path, *given: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), **more}
    return subprocess.run(
        words(*given), cwd=folder, capture_output=True, text=True, check=False, timeout=240, env=environ
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("books: [demo]\n", "not a monitor file"),
        (HEAD + "evry: 5\n", "x.yaml:2: unknown key `evry`"),
        (HEAD + "every: 0.01\n", "x.yaml:2: `every`"),
        (HEAD + "every: .nan\n", "x.yaml:2: `every`"),
        (HEAD + "books: [nowhere.book.yaml, nowhere.book.yaml]\n", "x.yaml:2: nowhere.book.yaml stands twice"),
        (HEAD + "policy: none\n", "x.yaml:2: "),
        (HEAD + "rules:\n  - {rule: stale}\n  - {rule: magic}\n", "x.yaml:4: `rule`"),
        (HEAD + "rules:\n  - {rule: stale, states: [SPIKE]}\n", "`states` is not for the rule stale"),
        (HEAD + "rules:\n  - {rule: liquidation, at: 0.1, clear: 0.2}\n", "safe side"),
        (HEAD + "rules:\n  - {rule: time_buffer, at: 5, clear: 4}\n", "safe side"),
        (HEAD + "rules:\n  - {rule: stale, name: a}\n  - {rule: refused, name: a}\n", "x.yaml:4: two rules are called"),
        (HEAD + "channels:\n  - {channel: pigeon}\n", "x.yaml:3: "),
        (HEAD + "channels:\n  - {channel: webhook, url: http://x}\n", "x.yaml:3: unknown key `url`"),
        (HEAD + "channels:\n  - {channel: webhook, url_from: NOT_SET_HERE}\n", "x.yaml:3: NOT_SET_HERE is not set"),
        (HEAD + "channels:\n  - {channel: console}\n  - {channel: console}\n", "x.yaml:4: two channels"),
        (HEAD + "channels:\n  - {channel: email, host: example.org, security: plain, sender: a@b.c, to: [a@b.c]}\n",
         "security: plain"),
        (HEAD + 'channels:\n  - {channel: email, host: localhost, sender: "a@b.c\\nX: y", to: [a@b.c]}\n', "sender"),
        (HEAD + "venue: {}\n", "exactly one of"),
        (HEAD + "sync: {sources: [nowhere]}\n", "x.yaml:2: 'nowhere' is no source"),
        (HEAD + 'quiet: {from: "22:00", to: "07:00", zone: Mars/Olympus}\n', "no such time zone"),
        (HEAD + 'quiet: {from: "25:00", to: "07:00", zone: UTC}\n', "x.yaml:2: "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    place = tmp_path / "x.yaml"
    place.write_text(text)
    with pytest.raises(SeawallError) as fault:
        load_config(place, {})
    assert told in str(fault.value)
    assert str(fault.value).startswith("x.yaml:")
    assert len(str(fault.value).splitlines()) == 1


def test_a_wrong_file_leaves_with_2_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(HEAD + "evry: 5\n")
    done = ran(tmp_path, "x.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("seawall: x.yaml:2: unknown key `evry`")
    assert len(done.stderr.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["x.yaml"]


def test_the_example_is_a_whole_file_and_so_is_every_line_that_is_commented_out(tmp_path: Path) -> None:
    place = tmp_path / "x.yaml"
    place.write_text(example())
    assert load_config(place, {}).file.books == ["demo"]
    lines = [line.replace("# -", "-").replace("  #    to", "     to") for line in example().splitlines()]
    lines = [line.removeprefix("# ") for line in lines]
    place.write_text("\n".join(lines))
    environ = dict.fromkeys(("SEAWALL_WEBHOOK_URL", "SEAWALL_WEBHOOK_SECRET", "SEAWALL_MAIL_PASSWORD"), "x")
    found = load_config(place, environ)
    assert len(found.channels) == 4
    assert found.file.venue is not None
    assert found.file.sync is not None
    assert set(yaml.safe_load(place.read_text())) == set(type(found.file).model_fields)


def test_one_poll_of_the_example_prints_one_object(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(HEAD + "tickets: null\nchannels: [{channel: console}]\nstate: s.sqlite\n")
    done = ran(tmp_path, "x.yaml", "--once", "--json")
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert said["books"][0]["book"] == "demo"
    assert {one["rule"] for one in said["alerts"]} >= {"stale", "regime", "break_even", "liquidation"}
    assert "[act] the regime of 2018-02-02 is ONSET" in done.stderr


def files(folder: Path, url: str) -> None:
    now = (instant() - dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / "perp.book.yaml").write_text(WATCHED_BOOK)
    (folder / "perp.market.yaml").write_text(WATCHED_MARKET.format(now=now))
    (folder / "x.yaml").write_text(CONFIG.format(url=url))


def test_a_test_leaves_with_1_when_a_channel_is_down(tmp_path: Path) -> None:
    files(tmp_path, "http://127.0.0.1:9")
    inbox = Inbox(lambda tries: 204 if tries == 0 else 503)
    with receiver(inbox) as target:
        told = [ran(tmp_path, "x.yaml", "--test", TEST_HOOK=target.url, TEST_SECRET="s") for _ in range(2)]  # noqa: S106
    assert [one.returncode for one in told] == [0, 1]
    assert told[0].stdout == "webhook: arrived\n"
    assert "503" in told[1].stdout
    assert inbox.bodies()[0]["kind"] == "test"


def test_a_killed_monitor_neither_loses_nor_repeats_an_alert(tmp_path: Path) -> None:
    """The receiver is down when the price falls; the monitor is killed, started again, and the receiver comes back."""
    price, up = [2500.0], [False]
    inbox = Inbox(lambda _: 204 if up[0] else 503)
    with venue(lambda _: (200, marks({"ETH": price[0]}, instant()))) as market, receiver(inbox) as target:
        files(tmp_path, market.url)
        environ = {**os.environ, "TEST_HOOK": target.url, "TEST_SECRET": "s"}
        first, url = started(tmp_path, environ)
        assert wait_for(lambda: status(url) == 200, 120.0)
        price[0] = 2300.0
        assert wait_for(lambda: inbox.tries > 0, 60.0)
        first.send_signal(signal.SIGKILL)
        first.wait()
        up[0] = True
        second, url = started(tmp_path, environ)
        try:
            assert wait_for(lambda: len(inbox.got) > 0, 120.0)
            assert wait_for(lambda: status(url) == 200, 120.0)
            third = ran(tmp_path, "x.yaml", "--once", TEST_HOOK=target.url, TEST_SECRET="s")  # noqa: S106
            assert third.returncode == 2
            assert "another monitor is using it" in third.stderr
        finally:
            second.send_signal(signal.SIGTERM)
            assert second.wait(60) in (0, -signal.SIGTERM)
    assert [(one["rule"], one["kind"]) for one in inbox.bodies()] == [("liquidation", "alert")]


def started(folder: Path, environ: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        words("x.yaml", "--listen", "0"), cwd=folder, env=environ, stderr=log, stdout=log, text=True
    )
    log.close()
    assert wait_for(lambda: "is at http" in (folder / "log").read_text(), 120.0), (folder / "log").read_text()
    return process, (folder / "log").read_text().split("is at ")[1].split("/metrics")[0]


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=5) as answer:  # noqa: S310  (loopback)
            return int(answer.status)
    except OSError as fault:
        found = int(getattr(fault, "code", 0))
        if hasattr(fault, "close"):
            fault.close()
        return found
