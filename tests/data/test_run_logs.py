"""Kept runs: read back as they were, bounded in size, and a registry that stays whole whatever stops a save."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.conftest import ROOT

from seawall.core.errors import DataError, MissingDataError, UnregisteredTrialError
from seawall.data.run_logs import RunLogs
from seawall.data.trials import FILE, Registry
from seawall.evidence.fingerprint import Fingerprint, digest
from seawall.evidence.trials import Kind, Trial
from seawall.sim.run_log import ACCOUNT, LAYER, MARKET, Acted, LoggedFill, RunLog

DAYS = np.array(["2018-01-02", "2018-01-03", "2018-01-04"], "datetime64[D]")
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def trial(at: int) -> Trial:
    return Trial(Fingerprint(digest(at), "d", "c"), Kind.BACKTEST, "x", {}, None, "none", NOW, "0")


def log(seed: int = 1, layers: tuple[str, ...] = ("L0", "a.b")) -> RunLog:
    random = np.random.default_rng(seed)
    fill = LoggedFill(DAYS[1].item(), "L0", 0, "VX Mar18", 2.0, 15.05, 15.0, 54.0, "L0.open", False, 1000.0, -54.0)
    account = {name: random.normal(size=3) for name in (*ACCOUNT, *MARKET)}
    account["vix"][1] = np.nan
    return RunLog(
        "naïve run", 1e6, DAYS, account, {name: random.normal(size=(3, len(layers))) for name in LAYER}, layers,
        (False, True), Acted(("", "CALM", "ONSET"), ("", "stay", "x"), ("", "", "t1, t4")), (fill,), ("modelled",),
    )  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> RunLogs:
    registry = Registry(tmp_path / FILE, wait_s=20.0)
    registry.record([trial(at) for at in range(4)])
    return RunLogs(registry)


@pytest.mark.parametrize("fills", [True, False])
def test_a_run_is_read_back_to_the_bit(logs: RunLogs, fills: bool) -> None:
    made = log() if fills else replace(log(), fills=())
    assert logs.save(trial(0).run_id, made)
    run_id, back = logs.load(trial(0).run_id[:6])
    assert run_id == trial(0).run_id
    assert (back.name, back.capital, back.layers, back.hedges) == (made.name, made.capital, made.layers, made.hedges)
    assert (back.fills, back.acted, back.modelled) == (made.fills, made.acted, made.modelled)
    assert np.array_equal(back.dates, made.dates)
    for mine, theirs in ((made.account, back.account), (made.layer, back.layer)):
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine)


def test_what_was_not_kept_says_so(logs: RunLogs) -> None:
    with pytest.raises(UnregisteredTrialError, match="no trial begins with"):
        logs.load("ffffff")
    with pytest.raises(MissingDataError, match="has no fill log"):
        logs.load(trial(0).run_id)
    logs.save(trial(0).run_id, log())
    logs.registry.remove([trial(0).run_id], "a test")
    with pytest.raises(UnregisteredTrialError):
        logs.load(trial(0).run_id)
    with duckdb.connect(logs.registry.path, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM run_log").fetchone() == (0,)


def test_a_registry_from_before_there_were_logs_is_read(logs: RunLogs) -> None:
    with duckdb.connect(logs.registry.path) as connection:
        connection.execute("DROP TABLE run_log")
    with pytest.raises(MissingDataError, match="has no fill log"):
        logs.load(trial(1).run_id)
    assert logs.save(trial(1).run_id, log())
    assert logs.load(trial(1).run_id).log.capital == 1e6


def test_the_newest_runs_stay_within_the_size(logs: RunLogs) -> None:
    assert logs.save(trial(0).run_id, log())
    with duckdb.connect(logs.registry.path, read_only=True) as connection:
        (size,) = connection.execute("SELECT bytes FROM run_log").fetchone() or (0,)
    small = RunLogs(logs.registry, most=2 * size + size // 2)
    for at in (1, 2):
        assert small.save(trial(at).run_id, log())
    with pytest.raises(MissingDataError):
        small.load(trial(0).run_id)
    assert [small.load(trial(at).run_id).run_id for at in (1, 2)] == [trial(1).run_id, trial(2).run_id]
    assert not RunLogs(logs.registry, most=size // 2).save(trial(3).run_id, log())
    assert small.load(trial(1).run_id).log.name == "naïve run"


def test_a_damaged_log_is_one_line(logs: RunLogs) -> None:
    logs.save(trial(0).run_id, log())
    for wrong in (b"", b"PAR1 nothing"):
        with duckdb.connect(logs.registry.path) as connection:
            connection.execute("UPDATE run_log SET fills = ?", [wrong])
        with pytest.raises(DataError, match="is damaged") as fault:
            logs.load(trial(0).run_id)
        assert len(str(fault.value).splitlines()) == 1


SAVER = """
import sys
from pathlib import Path
from seawall.data.run_logs import RunLogs
from seawall.data.trials import Registry
from tests.data.test_run_logs import log, trial
logs = RunLogs(Registry(Path(sys.argv[1]), wait_s=20.0))
print("ready", flush=True)
for at in range(100000):
    logs.save(trial(at % 4).run_id, log(at))
"""


def test_killed_while_saving_the_registry_is_whole(logs: RunLogs) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    for pause in (0.05, 0.21):
        command = [sys.executable, "-c", SAVER, str(logs.registry.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
    assert len(logs.registry.trials()) == 4
    assert logs.save(trial(0).run_id, log())
    for at in range(4):
        try:
            found = logs.load(trial(at).run_id).log
        except MissingDataError:
            continue
        assert found.fills == log().fills
