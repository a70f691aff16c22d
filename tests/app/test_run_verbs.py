"""`seawall fills`, `seawall explain` and sweeps over drawn histories: from the registry, every mistake one line."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.app.test_sweep_verbs import Done, json_of, seawall
from tests.conftest import ROOT

PLAN = "seawall_plan: 1\nname: short\nstart: 2018-01-03\nend: 2018-03-29\n"
GRID = "seawall_grid: 1\naxes:\n  condor.short_delta: [0.1, 0.2]\nbootstrap: {lanes: 3, mean_block: 10, seed: 7}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("runs")
    (home / "p.yaml").write_text(PLAN)
    (home / "g.yaml").write_text(GRID)
    return home


@pytest.fixture(scope="module")
def run_id(home: Path) -> str:
    """A run of another process."""
    environment = {**os.environ, "SEAWALL_HOME": str(home / "store"), "PYTHONPATH": str(ROOT / "src")}
    words = [sys.executable, "-m", "seawall.app", "backtest", "p.yaml", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=home, env=environment, check=True)
    runs = json.loads(done.stdout)["runs"]
    assert runs["kept"]
    name: str = runs["run"]
    return name


def test_fills_of_another_process_by_day_layer_and_as_a_file(home: Path, run_id: str) -> None:
    every = json_of("fills", run_id[:8], home=home)["fills"]
    assert [one["day"] for one in every] == sorted(one["day"] for one in every)
    some = json_of("fills", run_id, "--from", "2018-02-01", "--to", "2018-02-28", "--layer", "L1", home=home)["fills"]
    assert some == [one for one in every if one["day"].startswith("2018-02") and one["layer"] == "L1"]
    assert some
    assert seawall("fills", run_id, "--csv", "out/f.csv", home=home).stdout == ""
    rows = list(csv.DictReader((home / "out" / "f.csv").read_text().splitlines()))
    assert [(row["instrument"], float(row["quantity"])) for row in rows] == [
        (one["instrument"], one["quantity"]) for one in every
    ]
    table = seawall("fills", run_id[:8], home=home).stdout
    assert f"{len(every)} fills, costs" in table
    assert "modelled" in table


def test_a_day_is_explained_with_the_numbers_of_the_fills(home: Path, run_id: str) -> None:
    every = json_of("fills", run_id, home=home)["fills"]
    day = next(one["day"] for one in every if one["rule"] == "L1.monetise")
    told: dict[str, Any] = json_of("explain", run_id, day, home=home)
    traded = [one for one in every if one["day"] == day]
    assert [{name: one[name] for name in traded[0]} for one in told["fills"]] == traded
    for layer in told["layers"]:
        for held in layer["positions"]:
            own = [
                one["quantity"]
                for one in every
                if one["day"] <= day
                and (one["layer"], one["slot"], one["instrument"]) == (held["layer"], held["slot"], held["instrument"])
            ]
            assert held["quantity"] == pytest.approx(sum(own))
    account = told["account"]
    assert account["cash"] + sum(one["mark"] for one in told["layers"]) == pytest.approx(account["equity"])
    words = seawall("explain", run_id[:8], day, home=home).stdout
    for piece in ("it acted on the state of", "L1.monetise: a multiple of the price paid", "margin", "adds up"):
        assert piece in words


MISTAKES = [
    (("fills",), "missing argument"),
    (("fills", "ffff"), "no trial begins with 'ffff'"),
    (("fills", "RUN", "--layer", "L9"), "it has L0, L1, L2, L3"),
    (("fills", "RUN", "--from", "2018-03-01", "--to", "2018-02-01"), "swap them"),
    (("explain", "RUN"), "missing argument"),
    (("explain", "RUN", "2018-02-04"), "is not a session"),
    (("explain", "RUN", "2017-02-03"), "from 2018-01-03 to 2018-03-29"),
    (("explain", "RUN", "yesterday"), "is not a date"),
    (("backtest", "cndr", "--no-save"), "--no-save is for a plan"),
]


@pytest.mark.parametrize(("words", "piece"), MISTAKES)
def test_mistakes_are_one_line(home: Path, run_id: str, words: tuple[str, ...], piece: str) -> None:
    done = seawall(*(run_id if word == "RUN" else word for word in words), home=home)
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, "")
    assert piece in done.stderr.lower() or piece in done.stderr


def test_no_save_is_still_a_trial(home: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAN)
    runs = json_of("backtest", "p.yaml", "--no-save", home=tmp_path)["runs"]
    assert runs["kept"] is False
    assert json_of("trials", home=tmp_path)["counts"]["ever"] == 2
    done = seawall("fills", runs["run"], home=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "no fill log" in done.stderr


def rows_of(home: Path) -> list[dict[str, Any]]:
    ids = sorted(one["run_id"] for one in json_of("trials", "--kind", "sweep", home=home)["trials"])
    rows = json_of("trials", "show", *ids, home=home)["trials"]
    return [{key: value for key, value in row.items() if key != "created_at"} for row in rows]


def drawn(folder: Path, *words: str) -> Done:
    folder.mkdir(exist_ok=True)
    (folder / "p.yaml").write_text(PLAN)
    (folder / "g.yaml").write_text(GRID)
    return seawall("sweep", "p.yaml", "g.yaml", *words, "--json", home=folder)


def test_drawn_histories_are_the_same_on_any_number_of_workers_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    part = json.loads(drawn(one, "--workers", "1", "--limit", "4").stdout)
    assert [part[name] for name in ("runs", "found", "ran", "left")] == [6, 0, 4, 2]
    whole = json.loads(drawn(one, "--workers", "1").stdout)
    assert [whole[name] for name in ("runs", "found", "ran", "left")] == [6, 4, 2, 0]
    many = json.loads(drawn(two, "--workers", "2").stdout)
    assert many["sets"] == whole["sets"]
    rows = rows_of(one)
    assert rows == rows_of(two)
    assert sorted(row["seed"] for row in rows) == [7, 7, 8, 8, 9, 9]
    assert len({row["plan_hash"] for row in rows}) == 2
    growth = sorted(row["metrics"]["growth"] for row in rows if row["lane"]["condor.short_delta"] == 0.1)
    told = next(one for one in whole["sets"] if one["lane"]["condor.short_delta"] == 0.1)
    assert told["growth"]["p50"] == pytest.approx(growth[1])
    assert told["growth"]["p5"] == pytest.approx(growth[0] + 0.1 * (growth[1] - growth[0]))
    assert told["ruin"] == sum(row["metrics"]["ruined"] for row in rows) / len(rows)
    table = seawall("sweep", "p.yaml", "g.yaml", home=one).stdout
    assert "0 runs ended, 6 were registered before" in table


def test_a_sweep_says_dsr_and_pbo(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAN)
    (tmp_path / "g.yaml").write_text("seawall_grid: 1\naxes:\n  condor.short_delta: [0.1, 0.2, 0.3]\n")
    swept = json_of("sweep", "p.yaml", "g.yaml", home=tmp_path)
    assert swept["luck"]["trials"] == 3
    assert 0.0 <= swept["luck"]["dsr"] <= 1.0
    assert (swept["luck"]["blocks"], swept["luck"]["lanes"]) == (4, 3)  # 59 returns: 4 blocks of ten or more
    assert "DSR of the best lane" in swept["caveat"]
    assert "in 4 blocks" in swept["caveat"]
    assert all(row["metrics"]["turnover"] > 0.0 < row["metrics"]["margin_peak"] for row in swept["rows"])
