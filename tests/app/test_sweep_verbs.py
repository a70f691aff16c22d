"""`seawall sweep` and `seawall trials`: nothing lost, nothing counted twice, every mistake one line."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import ROOT

from seawall.app.cli import main

PLAN = "seawall_plan: 1\nname: short\nstart: 2018-01-03\nend: 2018-06-29\n"
GRID = "seawall_grid: 1\naxes:\n  condor.short_delta: [0.1, 0.2, 0.3]\n  hedge.carry_budget: [0, 0.02]\n"


class Done(NamedTuple):
    """What a verb left behind."""

    returncode: object
    stdout: str
    stderr: str


def seawall(*words: str, home: Path) -> Done:
    """The program in this process, in a folder and with a store of its own."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(home)
        patch.setenv("SEAWALL_HOME", str(home / "store"))
        patch.setattr(sys, "argv", ["seawall", *words])
        with pytest.raises(SystemExit) as left:
            main()
    told = "".join(line for line in err.getvalue().splitlines(True) if not line.startswith("compiling"))
    return Done(left.value.code, out.getvalue(), told)


def json_of(*words: str, home: Path, code: int = 0) -> dict[str, Any]:
    done = seawall(*words, "--json", home=home)
    assert done.returncode == code, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(PLAN)
    (tmp_path / "g.yaml").write_text(GRID)
    return tmp_path


def test_a_sweep_goes_on_where_it_stopped_and_every_lane_is_one_trial(home: Path) -> None:
    part = json_of("sweep", "p.yaml", "g.yaml", "--limit", "2", home=home)
    assert [part[name] for name in ("lanes", "found", "ran", "failed", "left")] == [6, 0, 2, 0, 4]
    whole = json_of("sweep", "p.yaml", "g.yaml", "--top", "max_drawdown", home=home)
    assert [whole[name] for name in ("lanes", "found", "ran", "failed", "left")] == [6, 2, 4, 0, 0]
    drawdowns = [row["metrics"]["max_drawdown"] for row in whole["rows"]]
    assert drawdowns == sorted(drawdowns)
    assert {(row["lane"]["condor.short_delta"], row["lane"]["hedge.carry_budget"]) for row in whole["rows"]} == {
        (delta, budget) for delta in (0.1, 0.2, 0.3) for budget in (0.0, 0.02)
    }
    kept = {row["run_id"]: row for row in whole["rows"]}
    assert all(kept[row["run_id"]] == row for row in part["rows"])
    assert "6 trials were ever run on this store" in whole["caveat"]

    again = seawall("sweep", "p.yaml", "g.yaml", home=home)
    assert "0 lanes ran, 6 were registered before" in again.stdout
    assert json_of("trials", home=home)["counts"] == {"ever": 6, "removed": 0, "failed": 0, "plans": 6}


def test_a_backtest_is_registered_before_it_is_shown_and_once(home: Path) -> None:
    for _ in range(2):
        assert seawall("backtest", "p.yaml", home=home).returncode == 0
    listed = json_of("trials", "list", "--kind", "backtest", home=home)
    assert listed["counts"]["ever"] == len(listed["trials"]) == 2
    assert len({row["plan_hash"] for row in listed["trials"]}) == 2
    (home / "one.yaml").write_text("seawall_grid: 1\naxes:\n  condor.short_delta: [0.2]\n")
    swept = json_of("sweep", "p.yaml", "one.yaml", home=home)
    assert (swept["found"], swept["ran"]) == (1, 0)


def test_a_trial_is_shown_and_removed_only_with_a_reason(home: Path) -> None:
    rows = json_of("sweep", "p.yaml", "g.yaml", "--limit", "2", home=home)["rows"]
    name = rows[0]["run_id"]
    shown = json_of("trials", "show", name[:9], home=home)["trials"][0]
    returns = shown.pop("returns")
    assert shown == rows[0]
    assert len(returns) == shown["metrics"]["sessions"]
    for words in (("trials", "remove", name), ("trials", "remove", name, "--reason", " ")):
        done = seawall(*words, home=home)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert "only with a reason" in done.stderr
    told = seawall("trials", "remove", name[:9], "--reason", "wrong dates", home=home)
    assert "1 of them removed" in told.stdout
    gone = json_of("trials", "--removed", home=home)
    assert [(row["run_id"], row["removal"]) for row in gone["trials"]] == [(name, "wrong dates")]
    assert gone["counts"] == {"ever": 2, "removed": 1, "failed": 0, "plans": 2}


def test_failing_lanes_are_registered_and_the_others_go_on(home: Path) -> None:
    (home / "g.yaml").write_text("seawall_grid: 1\naxes:\n  condor.short_delta: [0.04, 0.2]\n")
    swept = json_of("sweep", "p.yaml", "g.yaml", home=home, code=1)
    assert [swept[name] for name in ("ran", "failed")] == [2, 1]
    assert [row["outcome"] for row in swept["rows"]] == ["done", "failed"]
    assert "wings lie outside the short strikes" in swept["rows"][1]["reason"]
    assert json_of("trials", home=home)["counts"] == {"ever": 1, "removed": 0, "failed": 1, "plans": 1}


MISTAKES = [
    (("sweep",), "missing argument"),
    (("sweep", "p.yaml", "no.yaml"), "no.yaml does not exist"),
    (("sweep", "p.yaml", "p.yaml"), "unknown key"),
    (("sweep", "p.yaml", "g.yaml", "--top", "sharp"), "did you mean sharpe"),
    (("sweep", "p.yaml", "g.yaml", "--cluster", "localhost"), "no address of a scheduler"),
    (("sweep", "p.yaml", "g.yaml", "--cluster", "tcp://127.0.0.1:1", "--workers", "2"), "leave it out with --cluster"),
    (("sweep", "p.yaml", "g.yaml", "--workers", "0"), "--workers"),
    (("sweep", "p.yaml", "bad.yaml"), "no lane of the grid is a plan"),
    (("trials", "drop"), "take one of list, show, remove"),
    (("trials", "show"), "needs an id"),
    (("trials", "list", "abcd"), "takes no id"),
    (("trials", "show", "abcdef"), "no trial begins with 'abcdef'"),
    (("trials", "--kind", "luck"), "is none of backtest, sweep, evidence"),
    (("trials", "--reason", "x"), "belongs to `trials remove`"),
]


@pytest.mark.parametrize(("words", "fact"), MISTAKES)
def test_a_mistake_is_one_line_and_nothing_is_written(words: tuple[str, ...], fact: str, home: Path) -> None:
    (home / "bad.yaml").write_text("seawall_grid: 1\naxes:\n  condor.short_delta: [0.6, 0.7]\n")
    done = seawall(*words, home=home)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert fact in done.stderr.lower() or fact in done.stderr
    assert not (home / "store").exists()


KILLED = """
import json, multiprocessing, os, signal, sys
from pathlib import Path
from seawall.app import sweeping
from seawall.data.embedded import embedded_history
from seawall.data.grids import load_grid
from seawall.data.plans import load_plan

sweeping.FLUSH_ROWS, sweeping.FLUSH_S = 4, 1e9

def watch(done, total):
    if done == 13:
        print(json.dumps([one.pid for one in multiprocessing.active_children()]), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    plan = load_plan(Path("p.yaml"))
    sweeping.run_sweep(plan, load_grid(Path("g.yaml"), plan), embedded_history(), sweeping.Where(None, 2), watch=watch)
"""


def test_a_sweep_killed_in_the_middle_keeps_what_ended_and_leaves_no_process(home: Path) -> None:
    (home / "g.yaml").write_text("seawall_grid: 1\naxes:\n  condor.risk_fraction: {from: 0.01, to: 0.4, steps: 40}\n")
    (home / "killed.py").write_text(KILLED)
    env = {**os.environ, "SEAWALL_HOME": str(home / "store"), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "killed.py"], cwd=home, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    workers = json.loads(done.stdout)
    assert len(workers) == 2
    whole = json_of("sweep", "p.yaml", "g.yaml", "--workers", "1", home=home)
    assert (whole["lanes"], whole["found"], whole["ran"], whole["left"]) == (40, 12, 28, 0)
    assert whole["trials_ever"]["ever"] == 40
    for _ in range(300):
        if not any(alive(pid) for pid in workers):
            break
        time.sleep(0.1)
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet taken off the list does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
