"""The registry: nothing twice, nothing lost, several writers at once, and no removal without a reason."""

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.conftest import ROOT

from seawall.core.errors import DataError, DomainError, InputError, UnregisteredTrialError
from seawall.data.trials import FILE, Registry, registry_path
from seawall.evidence.fingerprint import Fingerprint, digest
from seawall.evidence.trials import Counts, Kind, Metrics, Record, Trial

METRICS = Metrics(3, 0.01, 0.1, 1 / 3, None, 3.0, 0.2, 0.01, 0.02, 0.03, 0.1, 0.05, -0.04, 1.0, False)
FIRST, LAST = dt.date(2018, 1, 2), dt.date(2018, 1, 5)
RETURNS = np.array([0.01, -0.02, 0.005])
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)


def trial(at: int, kind: Kind = Kind.SWEEP, reason: str = "", plan: str = "") -> Trial:
    mark = Fingerprint(plan or digest(at), "d" * 20, "c" * 20, at)
    record = None if reason else Record(METRICS, FIRST, LAST, RETURNS * at)
    lane = {"condor.short_delta": 0.1 + at, "start": FIRST, "fill": "next", "lot": 2}
    return Trial(mark, kind, f"plan {at}", lane, record, reason, NOW + dt.timedelta(seconds=at), "0.1.0")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / FILE, wait_s=20.0)


def test_it_lies_beside_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "new"))
    assert registry_path() == tmp_path / "new" / FILE
    assert Registry().count() == Counts(0, 0, 0, 0)
    assert Registry().trials() == []
    assert not (tmp_path / "new").exists()


def test_what_is_recorded_is_found_as_it_was(registry: Registry) -> None:
    one, failed = trial(1), trial(2, reason="lot is 1: take 2")
    assert registry.record([one, failed]) == 2
    found = registry.find([one.run_id, failed.run_id, "absent"])
    assert set(found) == {one.run_id, failed.run_id}
    back = found[one.run_id]
    assert (back.fingerprint, back.kind, back.name, back.created_at) == (
        one.fingerprint,
        one.kind,
        one.name,
        one.created_at,
    )
    assert back.lane == {**one.lane, "start": "2018-01-02"}
    assert back.record is not None
    assert back.record[:3] == (METRICS, FIRST, LAST)
    assert back.record.returns == pytest.approx(RETURNS, rel=1e-7)
    assert (found[failed.run_id].record, found[failed.run_id].reason) == (None, "lot is 1: take 2")
    assert registry.get(one.run_id[:6]).run_id == one.run_id
    frame = registry.frame()
    assert frame.height == 2
    assert frame["sharpe"].to_list() == [1 / 3, None]


def test_a_repeated_run_is_found_and_not_counted_again(registry: Registry) -> None:
    assert registry.record([trial(1), trial(1)]) == 1
    assert registry.record([replace(trial(1), kind=Kind.BACKTEST, name="renamed"), trial(2)]) == 1
    assert registry.count() == Counts(2, 0, 0, 2)
    assert registry.get(trial(1).run_id).name == "plan 1"


def test_counts_by_kind_plan_and_data(registry: Registry) -> None:
    same = "p" * 20
    registry.record(
        [trial(1), trial(2, Kind.BACKTEST), trial(3, reason="no"), trial(4, plan=same), trial(5, plan=same)]
    )
    assert registry.count() == Counts(4, 0, 1, 3)
    assert registry.count(Kind.BACKTEST) == Counts(1, 0, 0, 1)
    assert registry.count(plan=same) == Counts(2, 0, 0, 1)
    assert registry.count(data="other") == Counts(0, 0, 0, 0)
    assert [one.name for one in registry.trials(Kind.BACKTEST)] == ["plan 2"]


def test_removed_trials_keep_their_reason_and_still_count(registry: Registry) -> None:
    registry.record([trial(1), trial(2), trial(3)])
    assert registry.remove([trial(2).run_id], "  wrong\ndividend yield ") == 1
    assert registry.find([trial(2).run_id]) == {}
    ((gone, when, why),) = registry.removed()
    assert (gone.run_id, why) == (trial(2).run_id, "wrong dividend yield")
    assert abs((dt.datetime.now(dt.UTC) - when).total_seconds()) < 600
    assert registry.count() == Counts(3, 1, 0, 3)
    registry.record([trial(2)])
    assert registry.count() == Counts(3, 0, 0, 3)
    registry.remove([trial(2).run_id], "again")
    assert registry.count() == Counts(3, 1, 0, 3)
    assert len(registry.removed()) == 2


@pytest.mark.parametrize("reason", ["", "  \n\t ", "x" * 401])
def test_no_removal_without_a_reason(registry: Registry, reason: str) -> None:
    registry.record([trial(1)])
    with pytest.raises(InputError, match="only with a reason"):
        registry.remove([trial(1).run_id], reason)
    assert registry.count() == Counts(1, 0, 0, 1)


def test_the_file_itself_refuses_a_removal_without_a_reason(registry: Registry) -> None:
    registry.record([trial(1)])
    with duckdb.connect(registry.path) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO removed SELECT *, now(), ' ' FROM trial")


def test_a_removal_of_what_is_not_there_moves_nothing(registry: Registry) -> None:
    registry.record([trial(1)])
    with pytest.raises(UnregisteredTrialError, match="not registered"):
        registry.remove([trial(1).run_id, "absent"], "why")
    assert registry.count() == Counts(1, 0, 0, 1)
    for start in ("", "ab", "zzzzzz"):
        with pytest.raises(UnregisteredTrialError, match="no trial begins"):
            registry.get(start)


def test_returns_side_by_side(registry: Registry) -> None:
    longer = replace(trial(9), record=Record(METRICS, FIRST, dt.date(2018, 1, 8), np.zeros(4)))
    registry.record([trial(1), trial(2), trial(3, reason="no"), longer])
    ids = [trial(at).run_id for at in (2, 3, 1)]
    family = registry.family(ids)
    assert family.run_ids == (ids[0], ids[2])
    assert family.returns == pytest.approx(np.column_stack([2 * RETURNS, RETURNS]), rel=1e-7)
    with pytest.raises(DomainError, match="2 spans of sessions"):
        registry.family([*ids, longer.run_id])
    with pytest.raises(UnregisteredTrialError):
        registry.family(["absent"])


WRITER = """
import sys
from pathlib import Path
from seawall.data.trials import Registry
from tests.data.test_trials import trial
registry = Registry(Path(sys.argv[1]), wait_s=60.0)
for at in range(int(sys.argv[2]), int(sys.argv[3])):
    registry.record([trial(at)])
"""


def test_two_writers_at_once_lose_and_double_nothing(registry: Registry) -> None:
    spans = ((1, 11), (6, 16))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(registry.path), *map(str, span)], cwd=ROOT)
        for span in spans
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert registry.count() == Counts(15, 0, 0, 15)
    assert {one.run_id for one in registry.trials()} == {trial(at).run_id for at in range(1, 16)}


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_registry_that_stays_in_use_is_one_line(registry: Registry) -> None:
    registry.record([trial(1)])
    command = [sys.executable, "-c", HOLDER, str(registry.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataError, match=r"is using the store .* \(waited 0.2 s\)") as fault:
            Registry(registry.path, wait_s=0.2).record([trial(2)])
        assert "\n" not in str(fault.value)
        holder.communicate(timeout=30)
    assert registry.record([trial(2)]) == 1


def test_a_file_that_is_no_registry(registry: Registry, tmp_path: Path) -> None:
    registry.path.write_bytes(b"not a database" * 400)
    with pytest.raises(DataError):
        registry.record([trial(1)])
    other = Registry(tmp_path / "other.duckdb")
    with duckdb.connect(other.path) as connection:
        connection.execute("CREATE TABLE registry (layout INTEGER); INSERT INTO registry VALUES (99)")
    with pytest.raises(DataError, match="has layout 99, not 1"):
        other.trials()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="set SEAWALL_HOME"):
        Registry(tmp_path / "file" / FILE).record([trial(1)])
