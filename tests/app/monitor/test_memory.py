"""The state file: what is written stays, whoever is killed, and an outbox that keeps its order."""

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.app.monitor.lifecycle import Alert, Notice, Step
from seawall.app.monitor.memory import KEPT, Memory
from seawall.app.service.alerts import Level
from seawall.app.service.refusal import RefusedError
from seawall.core.errors import InputError

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=8)


def alert(number: int = 1, **more: object) -> Alert:
    given = {"told": 1, "told_at": NOW} | more
    return Alert(f"id{number}", f"rule/{number}", "rule", Level.WATCH, "fact", "remedy", 1.0, 0.5, NOW, **given)  # type: ignore[arg-type]


def notice(one: Alert, kind: str = "alert", at: dt.datetime = NOW, not_before: dt.datetime | None = None) -> Notice:
    return Notice(f"{one.id}-{kind}", kind, one, at, not_before or at)


def wrote(memory: Memory, *notices: Notice) -> None:
    memory.write(Step(tuple(one.alert for one in notices), notices), ["a", "b"])


def test_alerts_and_notices_are_as_they_were_after_opening_again(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    one = alert()
    wrote(memory, notice(one))
    memory.remember("marks", {"ETH": 1.5})
    memory.close()
    memory = Memory(tmp_path / "s.sqlite")
    assert memory.active() == {"rule/1": one}
    assert memory.sent() == {"rule/1": NOW}
    assert memory.recall("marks") == {"ETH": 1.5}
    assert [memory.due(name, NOW).id for name in ("a", "b")] == ["id1-alert", "id1-alert"]  # type: ignore[union-attr]


def test_a_killed_process_loses_nothing_that_was_written(tmp_path: Path) -> None:
    code = f"""
import datetime as dt, sys, time
from pathlib import Path
from tests.app.monitor.test_memory import alert, notice, wrote
from seawall.app.monitor.memory import Memory
memory = Memory(Path({str(tmp_path / "s.sqlite")!r}))
for number in range(20):
    wrote(memory, notice(alert(number)))
memory.delivered(memory.due("a", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)), dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
print("written", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    memory = Memory(tmp_path / "s.sqlite")
    assert len(memory.active()) == 20
    assert {name: count for name, (count, _) in memory.waiting().items()} == {"a": 19, "b": 20}


def test_an_end_does_not_overtake_its_beginning(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    one, at = alert(), NOW + dt.timedelta(seconds=5)
    wrote(memory, notice(one))
    first = memory.due("a", NOW)
    assert first is not None
    memory.failed(first, "it is down", NOW + dt.timedelta(hours=1), NOW)
    wrote(memory, notice(one, "cleared", at))
    assert memory.due("a", at) is None
    again = memory.due("a", LATER)
    assert again is not None
    assert (again.id, again.attempts) == ("id1-alert", 1)
    memory.delivered(again, LATER)
    end = memory.due("a", LATER)
    assert end is not None
    assert end.kind == "cleared"


def test_what_comes_and_goes_in_quiet_hours_is_one_notice(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    one, end = alert(), NOW + dt.timedelta(hours=1)
    wrote(memory, notice(one, not_before=LATER))
    wrote(memory, notice(one, "cleared", end, LATER))
    assert memory.due("a", end) is None
    letter = memory.due("a", LATER)
    assert letter is not None
    assert "over since 2026-03-02 13:00 UTC" in letter.body["fact"]
    memory.delivered(letter, LATER)
    assert memory.due("a", LATER) is None


def test_an_acknowledgement_between_two_writings_is_kept(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    one = alert()
    wrote(memory, notice(one))
    assert memory.acknowledge("id1", LATER).acknowledged == LATER
    wrote(memory, notice(one, "again"))
    assert memory.active()["rule/1"].acknowledged == LATER
    with pytest.raises(RefusedError, match="no such alert"):
        memory.acknowledge("id2", LATER)


def test_what_has_ended_is_kept_within_bounds(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    ended = tuple(alert(n, closed=NOW + dt.timedelta(seconds=n)) for n in range(KEPT + 20))
    memory.write(Step(ended, ()), ["a"])
    assert [one.id for one in memory.ended(2)] == [f"id{KEPT + 19}", f"id{KEPT + 18}"]
    assert len(memory.ended(10 * KEPT)) == KEPT


def test_a_step_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "s.sqlite")
    wrong = Notice("x", "alert", alert(2), NOW, None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        wrote(memory, notice(alert(1)), wrong)
    assert memory.active() == {}
    assert memory.due("a", LATER) is None


@pytest.mark.parametrize("content", [b"this is no database at all, and longer than a header" * 40])
def test_what_is_no_state_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.sqlite").write_bytes(content)
    with pytest.raises(InputError, match="damaged") as told:
        Memory(tmp_path / "s.sqlite")
    assert len(str(told.value).splitlines()) == 1
    assert (tmp_path / "s.sqlite").read_bytes() == content


def test_a_state_file_of_another_layout_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "s.sqlite"
    with sqlite3.connect(place) as other:
        other.execute("PRAGMA user_version=7")
    other.close()
    with pytest.raises(InputError, match="layout 7"):
        Memory(place)
