"""The program as a user runs it: exit codes, one line for bad input, JSON and nothing else on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT

EXAMPLES = ROOT / "src" / "seawall" / "data" / "examples"


def seawall(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "seawall.app", *words]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300, env={**os.environ}
    )


def json_of(*words: str) -> dict[str, object]:
    done = seawall(*words, "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert isinstance(content, dict | list)
    return content  # type: ignore[return-value]


VERBS = ("ledger", "breakeven", "hedge", "replay", "account", "backtest", "sweep", "trials", "demo", "verify")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    done = seawall(verb, "--help")
    assert done.returncode == 0
    assert f"seawall {verb}" in " ".join(done.stdout.split())
    assert "Example" in done.stdout
    assert "--json" in done.stdout


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("ledgr",), "did you mean"),
        (("ledger",), "missing argument"),
        (("ledger", "nowhere.yaml"), "does not exist"),
        (("ledger", "demo", "--asof", "yesterday"), "is not a date"),
        (("ledger", "demo", "--asof", "1999-01-09"), "not a session"),
        (("ledger", "demo", "--asof", "2018-02-02", "--market", "x.yaml"), "give one of them"),
        (("breakeven", "demo", "--factor", "DOGE"), "choose one of"),
        (("backtest", "nowhere.yaml"), "does not exist"),
        (("verify", "--reference", "nowhere"), "nowhere"),
        (("demo", "--colour"), "no such option"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words: tuple[str, ...], fact: str, tmp_path: Path) -> None:
    done = seawall(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    said = [line for line in done.stderr.strip().splitlines() if not line.startswith("compiling")]
    assert len(said) == 1
    assert fact in said[0].lower()
    assert list(tmp_path.iterdir()) == []


def test_ledger_json_has_every_column_for_every_row_and_the_total() -> None:
    table = json_of("ledger", str(EXAMPLES / "eve.book.yaml"))
    columns = {
        "value_usd",
        "delta_usd",
        "gamma_usd_per_pct",
        "vega_usd_per_point",
        "theta_usd_per_day",
        "carry_usd_per_year",
        "rent_usd_per_year",
        "convexity_yield",
        "break_even_vol",
        "vix_hedgeable_share",
        "worst_case_usd",
    }
    for row in [*table["rows"], *table["by_factor"], table["total"]]:  # type: ignore[misc]
        assert columns <= set(row)
    assert sum(row["value_usd"] for row in table["rows"]) == pytest.approx(table["total"]["value_usd"])  # type: ignore[index,union-attr]
    assert any("modelled" in line for line in table["assumptions"])  # type: ignore[union-attr]


def test_hedge_and_breakeven_json() -> None:
    plan = json_of("hedge", "demo")
    assert plan["regime"]["state"] == "ONSET"  # type: ignore[index]
    for ticket in plan["tickets"]:  # type: ignore[union-attr]
        assert ticket["contracts"] > 0
        assert ticket["known_at"] <= ticket["decided_at"]
    found = json_of("breakeven", "demo", "--factor", "SPX")
    assert found["factors"][0]["price_at_expiry"]["status"] == "FOUND"  # type: ignore[index]


def test_backtest_json_shows_volmageddon() -> None:
    run = json_of("backtest")
    alone, hedged = run["paths"][0], run["paths"][1]  # type: ignore[index]
    assert alone["moves"]["2018-02-05"] < -0.02
    assert hedged["moves"]["2018-02-05"] > alone["moves"]["2018-02-05"]
    assert len(run["dates"]) == len(run["nav_usd"][alone["name"]])  # type: ignore[index,arg-type]
    assert any("modelled" in line for line in run["modelled"])  # type: ignore[union-attr]


def test_demo_writes_a_page_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "new" / "page.html"
    done = seawall("demo", "--out", str(out), "--save", str(tmp_path / "mine"))
    assert done.returncode == 0, done.stderr
    page = out.read_text()
    assert "Eve of 2018-02-05" in page
    assert [p.name for p in out.parent.iterdir()] == ["page.html"]
    assert seawall("ledger", str(tmp_path / "mine" / "eve.book.yaml")).returncode == 0
    (tmp_path / "file").write_text("")
    assert seawall("demo", "--out", str(tmp_path / "file" / "page.html")).returncode == 2


def test_ledger_of_a_past_session_is_modelled_and_says_so(tmp_path: Path) -> None:
    book = tmp_path / "b.yaml"
    book.write_text(
        "seawall_book: 1\nname: past\nnav: 500000\npositions:\n"
        "  - {label: c, kind: condor, side: short, quantity: 3, root: SPXW, expiry: 2015-09-18, "
        "strikes: [1850, 1950, 2150, 2200]}\n"
    )
    table = json_of("ledger", str(book), "--asof", "2015-08-21")
    assert table["as_of"].startswith("2015-08-21")  # type: ignore[union-attr]
    assert any("VIX futures: modelled" in line for line in table["assumptions"])  # type: ignore[union-attr]


def test_verify_passes_and_lists_what_is_not_covered() -> None:
    checks = json_of("verify")
    assert {check["verdict"] for check in checks} == {"pass", "not covered"}  # type: ignore[index]
    assert {"topic", "cases", "worst_error", "tolerance", "verdict"} <= set(checks[0])  # type: ignore[index]


@pytest.mark.parametrize("words", ["ledger demo", "ledger demo --json", "verify"])
def test_a_reader_that_has_seen_enough_is_no_fault(words: str) -> None:
    """``seawall ... | head -1`` leaves with 0 and says nothing."""
    line = f"{sys.executable} -m seawall.app {words} | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
