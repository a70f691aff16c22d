"""What the desk keeps and compares: boards beside the store, runs of the registry, jobs in processes of their own."""

import datetime as dt
import json
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.app.serving import made
from tests.evidence.worlds import dealer_world, front_world, runs_of, world

from seawall.app import evidence_kept
from seawall.app.desk.pages.evidence_claim import picture
from seawall.app.recording import record_backtest
from seawall.app.service import boards, compared, runs
from seawall.app.service.books import Workspace
from seawall.app.service.calendar import marked_days
from seawall.app.service.child import WorkError, in_child
from seawall.app.service.desk import Desk
from seawall.app.service.jobs import Job, Part, Stage
from seawall.core.datum import Origin
from seawall.core.errors import BusyError, DataError, InputError, SeawallError, UnknownParameterError
from seawall.data.embedded import embedded_history
from seawall.data.plans import default_plan
from seawall.data.store import Store
from seawall.evidence.board import Board, run_board
from seawall.market.history import History, Series
from seawall.report.evidence_tables import row_record
from seawall.sim.engine import run

HOLDER = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def board(reps: int = 200) -> Board:
    dealers, front = dealer_world(1, 0.5), front_world(1, 0.0, 600)
    history = dealers.history
    for name in ("VVIX", "VIXY"):
        history = history.with_series(front.history.get(name))
    made_world = replace(world(*history, runs=runs_of(1, effect=1.0), tries=5), event=None)
    made_world = replace(made_world, plan=replace(made_world.plan, reps=reps))
    return run_board(made_world, ["H-02", "H-05"])


def wait(desk: Desk, job: Job) -> Job:
    until = time.monotonic() + 120.0
    while not desk.jobs.get(job.id).ended and time.monotonic() < until:
        time.sleep(0.02)
    return desk.jobs.get(job.id)


def test_a_board_is_kept_as_it_was_shown_and_its_charts_come_back() -> None:
    found = board()
    evidence_kept.keep(found)
    kept = evidence_kept.kept()
    assert set(kept) == {"H-02", "H-05"}
    for row in found.rows:
        record = kept[row.hypothesis.id]
        plain = json.loads(json.dumps(row_record(row)))
        assert {name: record[name] for name in plain} == plain
        if row.outcome is not None:
            again = [picture(one) for one in record["found"]["pictures"]]
            assert again == list(row.outcome.pictures)
    assert any(kept[one]["found"] is not None for one in kept)


def test_a_look_with_fewer_draws_replaces_no_result_but_new_data_do() -> None:
    evidence_kept.keep(board(200))
    evidence_kept.keep(board(50))
    assert {one["mark"]["draws"] for one in evidence_kept.kept().values()} == {200}
    other = board(50)
    history = other.world.history
    vix = history.get("VIX")
    moved = replace(
        other, world=replace(other.world, history=history.with_series(replace(vix, values=vix.values + 1.0)))
    )
    evidence_kept.keep(moved)
    assert {one["mark"]["draws"] for one in evidence_kept.kept().values()} == {50}


def test_results_of_other_data_are_stale_and_claims_never_run_say_so() -> None:
    desk = Desk(Workspace(None))
    assert boards.board(desk)["reason"].startswith("no claim has been tested on this store yet")
    evidence_kept.keep(board())
    said = boards.board(desk)
    assert said["reason"] == ""
    assert said["stale"] == ["H-02", "H-05"]  # made from a drawn world, not from what is embedded
    assert "data changed since" in boards.claim(desk, "h-05")["stale"]
    assert len(said["untested"]) == len(said["claims"]) - 2
    desk.close()


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"layout": 9, "claims": {}}', '{"layout": 1, "claims": {"H-01": {}}}']
)
def test_a_damaged_board_is_one_line_and_can_be_made_anew(home: Path, text: str) -> None:
    home.mkdir(parents=True)
    (home / evidence_kept.FILE).write_text(text)
    with pytest.raises(DataError, match="run the board again"):
        evidence_kept.kept()
    with made() as client:
        answer = client.get("/api/v1/evidence")
        assert answer.status_code == 503
        assert "\n" not in answer.json()["error"]
    evidence_kept.keep(board())
    assert evidence_kept.kept()


def test_runs_are_compared_by_what_their_own_paths_say() -> None:
    history = embedded_history()
    plan = replace(default_plan(), start=dt.date(2017, 9, 1), end=dt.date(2018, 3, 29))
    results = (run(plan, history), run(plan.without_hedge(), history))
    ids = record_backtest(plan, history, results)
    curves = compared.compared([ids.run[:8], ids.without_hedge])
    assert [one.id for one in curves] == [ids.run, ids.without_hedge]
    for curve, result in zip(curves, results, strict=True):
        assert curve.dates == tuple(map(str, result.dates))
        assert curve.growth == pytest.approx(100.0 * result.nav / result.nav[0], rel=1e-5)
        peak, worst = 0.0, 0.0
        for value in result.nav.tolist():
            peak = max(peak, value)
            worst = min(worst, value / peak - 1.0)
        assert curve.drawdown.min() == pytest.approx(worst, abs=1e-6)
        years = (result.dates[-1] - result.dates[0]).astype(int) / 365.25
        paid = sum(abs(fill.cost) for fill in result.fills())
        assert curve.measures["costs_per_year"] == pytest.approx(paid / years / plan.capital, rel=1e-6)
        ends = {str(day)[:7]: value for day, value in zip(result.dates, result.nav.tolist(), strict=True)}
        levels = [result.nav[0], *ends.values()]
        gains = [after > before for before, after in pairwise(levels)]
        assert curve.measures["months_won"] == pytest.approx(np.mean(gains))
    with made() as client:
        told = client.get(f"/api/v1/runs/compared?run={ids.run}&run={ids.without_hedge}").json()["runs"]
    assert [one["growth"] for one in told] == [curve.growth.tolist() for curve in curves]
    names = [one["name"] for one in compared.kept_runs()]
    assert sum(", hedged: " in name for name in names) == sum(", no hedge: " in name for name in names) == 1


def test_what_cannot_be_compared_is_refused_in_one_line() -> None:
    assert compared.kept_runs() == []
    with made() as client:
        for address, status in (("run=abcd", 404), ("run=..%2Fx", 422), ("", 422), ("&".join(["run=abcd"] * 7), 422)):
            answer = client.get(f"/api/v1/runs/compared?{address}")
            assert answer.status_code == status, answer.text
            assert "\n" not in answer.json()["error"]


def test_bad_words_are_refused_before_anything_is_queued() -> None:
    desk = Desk(Workspace(None))
    for ask, fault in (
        (lambda: runs.backtest(desk, None, "no such policy"), SeawallError),
        (lambda: runs.backtest(desk, None, "../policy.yaml"), SeawallError),
        (lambda: runs.evidence(desk, ["H-99"]), UnknownParameterError),
        (lambda: runs.sync(desk, ["frd"]), InputError),
    ):
        with pytest.raises(fault):
            ask()
    assert desk.jobs.list() == ()
    desk.close()


def test_the_fault_of_a_child_is_one_line() -> None:
    told: list[float] = []

    def report(progress: float, message: str, parts: object = None, /) -> None:
        told.append(progress)

    with pytest.raises(WorkError, match="no claim 'H-99'"):
        in_child("evidence", {"claims": ["H-99"], "quick": True}, report)
    with pytest.raises(WorkError, match="a defect stopped the job"):
        in_child("no such work", {}, report)
    assert told


def test_a_running_board_is_cancelled_at_once_and_keeps_nothing() -> None:
    desk = Desk(Workspace(None))
    job = runs.evidence(desk, ["H-06"])
    with pytest.raises(SeawallError, match="running already"):
        runs.evidence(desk, ["H-06"])
    desk.jobs.cancel(job.id)
    assert wait(desk, job).stage is Stage.CANCELLED
    assert evidence_kept.kept() == {}
    desk.close()


def test_a_sync_of_a_store_in_use_asks_nobody_and_loses_nothing(home: Path) -> None:
    with Store.open() as store:
        place, before = store.path, store.count("observation")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"process {holder.pid} is using the store"):
            Store.open(wait_s=0.0)
        desk = Desk(Workspace(None))
        done = wait(desk, runs.sync(desk, ["fomc"]))
        desk.close()
        assert done.stage is Stage.FAILED
        assert f"process {holder.pid} is using the store" in done.error
        assert done.parts == (Part("fomc", "waiting"),)
    finally:
        holder.communicate("")
    with Store.open(read_only=True) as store:
        assert store.count("observation") == before


def test_a_reader_waits_for_a_writer_of_the_same_process() -> None:
    with Store.open(), pytest.raises(BusyError, match="is using the store"):
        Store.open(read_only=True, wait_s=0.2)
    with Store.open(read_only=True) as store:
        assert store.count("observation") == 0


def test_announcements_are_marked_on_the_day_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPI of October and November 2022 came on 2022-11-10 and 2022-12-13, the FOMC's words on 11-02 and 12-14."""
    released = np.array(["2022-11-10T13:30", "2022-12-13T13:30"], dtype="datetime64[us]")
    months, met = (
        np.array(days, dtype="datetime64[D]") for days in (["2022-10-01", "2022-11-01"], ["2022-11-02", "2022-12-14"])
    )
    values, rest = np.array([0.4, 0.1]), ("percent", "made", Origin.SYNTHETIC)
    known = {"CPI_MOM": (months, released), "FOMC": (met, met.astype("datetime64[us]"))}
    made_history = History({name: Series(name, days, values, at, *rest) for name, (days, at) in known.items()})
    monkeypatch.setattr("seawall.data.days.known_history", lambda names=None: made_history)
    desk = Desk(Workspace(None))
    found = {(str(day), name) for day, name in marked_days(desk) if name in ("CPI", "FOMC")}
    desk.close()
    assert found == {("2022-11-10", "CPI"), ("2022-12-13", "CPI"), ("2022-11-02", "FOMC"), ("2022-12-14", "FOMC")}
