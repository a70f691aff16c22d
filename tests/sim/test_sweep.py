"""Lanes here and on a cluster of real processes: each exactly once, with the same bytes, whoever dies on the way."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sim.lane_work import always_dies, dies_once, fails

from seawall.core.errors import DataError, InputError, MissingDataError, ProvenanceError
from seawall.data.embedded import embedded_history
from seawall.data.plans import default_plan
from seawall.evidence.fingerprint import code_hash
from seawall.evidence.trials import Record, run_lane_job
from seawall.market.history import History
from seawall.sim import sweep
from seawall.sim.cluster import Cluster, run_cluster
from seawall.sim.drawn import Drawn
from seawall.sim.grid import Grid, grid_lanes, lane_plan, steps
from seawall.sim.plan import Plan
from seawall.sim.sweep import Answer, Job, run_job, run_local, run_threads

HISTORY = embedded_history()
AXES = {"condor.short_delta": steps(0.1, 0.3, 9), "hedge.carry_budget": steps(0.0, 0.04, 5)}


def jobs() -> list[Job]:
    lanes = grid_lanes(Grid(AXES))
    return [Job(f"{at:03d}", lane_plan(default_plan(), lane)) for at, lane in enumerate(lanes)]


def drawn() -> list[Job]:
    """One plan on six drawn histories."""
    return [Job(f"d{seed}", Drawn(default_plan(), seed, 21.0)) for seed in range(6)]


def same(one: Answer[Record], other: Answer[Record]) -> bool:
    assert one.outcome is not None
    assert other.outcome is not None
    equal = one.outcome.returns.tobytes() == other.outcome.returns.tobytes()
    return equal and one.outcome[:3] == other.outcome[:3]


def test_a_fault_of_a_lane_is_an_answer_and_a_defect_is_told_from_it() -> None:
    answers = [run_job(fails, Job(str(lot), Plan(lot=lot)), HISTORY) for lot in (1, 2, 3)]
    assert answers[0] == Answer("1", None, "lot is 1: take 2")
    assert answers[1].defect
    assert answers[1].fault.startswith("ZeroDivisionError: ")
    assert answers[2] == Answer("3", 1)


def test_threads_answer_in_order_with_the_same_bytes_and_tell_faults() -> None:
    one, many = (list(run_threads(run_lane_job, drawn(), HISTORY, count)) for count in (1, 3))
    assert [answer.run_id for answer in many] == [job.run_id for job in drawn()]
    assert all(same(*both) for both in zip(one, many, strict=True))
    assert not same(one[0], one[1])
    told = list(run_threads(fails, [Job(str(lot), Plan(lot=lot)) for lot in (1, 3)], HISTORY, 2))
    assert told == [Answer("1", None, "lot is 1: take 2"), Answer("3", 1)]
    assert list(run_threads(run_lane_job, [], HISTORY)) == []


def test_lanes_of_a_killed_worker_process_come_once(tmp_path: Path) -> None:
    todo = [Job(str(lot), Plan(name=str(tmp_path / "mark"), lot=lot)) for lot in range(1, 13)]
    answers = list(run_local(dies_once, todo, History.of(), workers=2))
    assert (tmp_path / "mark").exists()
    assert sorted(answers) == sorted(Answer(str(lot), lot) for lot in range(1, 13))


def test_workers_that_always_die_end_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ROUNDS", 1)
    todo = [Job(str(lot), Plan(lot=lot)) for lot in (1, 2)]
    with pytest.raises(DataError, match="worker processes died 1 times, 2 lanes are left"):
        list(run_local(always_dies, todo, History.of(), workers=2))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A scheduler and two worker processes on the loopback, on ports the system chose."""
    pytest.importorskip("distributed", reason="needs the extra `cluster`: pip install 'seawall[cluster]'")
    local = ("--host", "127.0.0.1", "--no-dashboard")

    with contextlib.ExitStack() as ends:

        def begin(name: str, *words: str) -> Path:
            log = tmp_path / f"{len(list(tmp_path.glob('*.log')))}.log"
            with log.open("w") as out:
                command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words]
                process = subprocess.Popen(command, stdout=out, stderr=out, cwd=tmp_path)
            ends.callback(process.wait, timeout=30)
            ends.callback(process.kill)
            return log

        def said(log: Path, pattern: str) -> str:
            for _ in range(600):
                if found := re.search(pattern, log.read_text()):
                    return found[0]
                time.sleep(0.1)
            raise AssertionError(log.read_text())

        address = said(begin("scheduler", *local, "--port", "0"), r"tcp://127\.0\.0\.1:\d+")
        logs = [
            begin("worker", address, *local, "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / name))
            for name in ("one", "two")
        ]
        for log in logs:
            said(log, "Registered to")
        yield address


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(cluster: str) -> None:
    from distributed import Client

    todo = jobs() + drawn()
    local = {one.run_id: one for one in run_local(run_lane_job, todo, HISTORY, workers=1)}
    answers: list[Answer[Record]] = []
    with Client(cluster, set_as_default=False) as watcher:
        pids = watcher.run(os.getpid)
        for answer in run_cluster(run_lane_job, todo, HISTORY, Cluster(cluster, code_hash)):
            answers.append(answer)
            if len(answers) == 5:
                busy = {worker: len(tasks) for worker, tasks in watcher.processing().items()}
                worker = max(busy, key=lambda name: busy[name])
                assert busy[worker] > 0, "nothing was in flight: the middle was missed"
                os.kill(pids[worker], signal.SIGKILL)
    assert len(pids) == 2
    assert [one.run_id for one in sorted(answers)] == [one.run_id for one in todo]
    assert all(same(one, local[one.run_id]) for one in answers)

    with pytest.raises(ProvenanceError, match="another version"):
        list(run_cluster(run_lane_job, todo[:2], HISTORY, Cluster(cluster, lambda: str(os.getpid()))))


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://127.0.0.1:1", "tcp://127.0.0.1", "tcp://a b:1", ""])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(InputError, match="no address of a scheduler"):
        list(run_cluster(run_lane_job, jobs()[:1], HISTORY, Cluster(address, code_hash)))


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDataError, match=r"pip install 'seawall\[cluster\]'"):
        list(run_cluster(run_lane_job, jobs()[:1], HISTORY, Cluster("tcp://127.0.0.1:9", code_hash)))
