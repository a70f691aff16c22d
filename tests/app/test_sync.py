"""`seawall data sync` and `collect` as a user runs them: exit codes, one line a failure, JSON alone on stdout."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.data import vendor_server as vendor
from tests.data.vendor_server import KEY, Vendors, vendors

INDEX = "/api/global/us_indices/daily_prices/{}_History.csv"
CHAIN = "/api/global/delayed_quotes/options/_SPX.json"


@pytest.fixture
def world() -> Iterator[Vendors]:
    with vendors() as served:
        yield served


def environ(world: Vendors, home: Path) -> dict[str, str]:
    names = ("CBOE_INDEX", "CBOE_CHAIN", "CFE", "FRED", "ALFRED", "FOMC", "DERIBIT", "HYPERLIQUID")
    urls = {f"SEAWALL_{name}_URL": world.url for name in names}
    return {**os.environ, **urls, "SEAWALL_HOME": str(home), "FRED_API_KEY": KEY}


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "seawall.app", "data", *words]


def seawall(world: Vendors, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), cwd=ROOT, env=environ(world, home), capture_output=True, text=True, check=False, timeout=120
    )


def failures(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What stands on stderr besides the log of a sync that takes long: one line a source."""
    log = re.compile(r"[a-z-]+: [a-z ]+, [\d,]+ rows added")
    return [line for line in done.stderr.splitlines() if not log.fullmatch(line)]


@pytest.mark.parametrize("verb", ["sync", "collect"])
def test_every_verb_has_help_with_an_example(verb: str, world: Vendors, tmp_path: Path) -> None:
    done = seawall(world, tmp_path, verb, "--help")
    assert done.returncode == 0
    assert f"seawall data {verb}" in " ".join(done.stdout.split())
    assert "--json" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_sources_are_listed_with_their_licences(world: Vendors, tmp_path: Path) -> None:
    done = seawall(world, tmp_path, "sync", "--list", "--json")
    rows = json.loads(done.stdout)["sources"]
    assert {"cboe-index", "fred", "cfe"} <= {row["source"] for row in rows}
    assert all(row["licence"] for row in rows)
    assert world.requests == []


def test_a_sync_says_what_it_did_and_a_second_one_that_nothing_changed(world: Vendors, tmp_path: Path) -> None:
    words = ("sync", "cboe-index:VIX6M", "fred:SOFR", "--json")
    first = seawall(world, tmp_path, *words)
    assert first.returncode == 0, first.stderr
    assert failures(first) == []
    index, fred = json.loads(first.stdout)["sources"]
    assert (index["state"], index["added"], index["answers"]) == ("updated", 3, 1)
    assert (fred["state"], fred["added"]) == ("updated", 2)
    index, fred = json.loads(seawall(world, tmp_path, *words).stdout)["sources"]
    assert (index["state"], index["not_modified"], fred["not_modified"]) == ("unchanged", 1, 1)


def test_a_failure_is_one_line_and_exit_code_2_and_the_others_are_synced(world: Vendors, tmp_path: Path) -> None:
    world.always["/fred/series/observations"] = vendor.page()
    done = seawall(world, tmp_path, "sync", "alfred:CPIAUCSL", "cboe-index:VIX6M")
    assert done.returncode == 2
    (line,) = failures(done)
    assert line.startswith("seawall: alfred: /fred/series/observations")
    assert "web page" in line
    rows = [row.split()[:3] for row in done.stdout.splitlines()]
    assert ["cboe-index", "updated", "3"] in rows
    assert ["alfred", "failed", "-"] in rows
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("sync", "frd"), "did you mean fred"),
        (("sync", "cboe-index:NOPE"), "choose from"),
        (("sync", "ccxt:DOGE"), "ccxt"),
        (("collect", "../x"), "no underlying"),
    ],
)
def test_bad_words_are_one_line_and_exit_code_2(
    words: tuple[str, ...], fact: str, world: Vendors, tmp_path: Path
) -> None:
    words = (*words, "--intraday") if words[0] == "collect" else words
    done = seawall(world, tmp_path, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert fact in line
    assert world.requests == []


def test_an_address_that_is_none_is_one_line(world: Vendors, tmp_path: Path) -> None:
    told = {**environ(world, tmp_path), "SEAWALL_FOMC_URL": "file:///etc/passwd"}
    done = subprocess.run(
        command("sync", "fomc"), cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert "SEAWALL_FOMC_URL is no http(s) address" in done.stderr


def test_collect_stores_a_session_once(world: Vendors, tmp_path: Path) -> None:
    first = json.loads(seawall(world, tmp_path, "collect", "SPX", "--intraday", "--json").stdout)["sources"][0]
    assert (first["state"], first["added"]) == ("updated", 2)
    world.etags = False
    world.files[CHAIN] = (vendor.chain_file("_SPX", "2022-12-30 22:30:00", 3.0)) or b""
    again = json.loads(seawall(world, tmp_path, "collect", "SPX", "--intraday", "--json").stdout)["sources"][0]
    assert (again["state"], again["added"], again["revised"]) == ("unchanged", 0, 0)
    assert "still serves the quotes of 2022-12-30" in again["notes"][0]


def test_a_sync_that_is_killed_leaves_whole_files_and_goes_on(world: Vendors, tmp_path: Path) -> None:
    words = ("sync", "cboe-index:VIX6M,CNDR,PUT", "--json")
    world.always[INDEX.format("CNDR")] = vendor.hang(60.0)
    running = subprocess.Popen(
        command(*words), cwd=ROOT, env=environ(world, tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not world.asked(INDEX.format("CNDR")):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    world.always.clear()
    done = seawall(world, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    (outcome,) = json.loads(done.stdout)["sources"]
    assert (outcome["not_modified"], outcome["answers"], outcome["added"]) == (1, 2, 6)
