"""`seawall gex` and `seawall surface` on files written here: JSON, tables, pages, and one-line refusals."""

import json
import sys
from pathlib import Path

import pytest
from tests.app.serving import made as serving
from tests.made_chains import AS_OF, two_sessions
from tests.market.test_surface import svi_chain

from seawall.app import cli
from seawall.data.chains import chain_frame
from seawall.market.chain import Chain


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seawall", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = svi_chain(0.05)
    columns = {name: getattr(made, name) for name in Chain.__slots__}
    columns["open_interest"] = 100.0 + (made.strike % 7.0) * (10.0 + 5.0 * made.right)
    path = tmp_path / "chain.parquet"
    chain_frame(Chain(**columns)).write_parquet(path)
    return path


def test_gex_says_everything_as_json(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "gex", str(file), "--json")
    record = json.loads(out)
    assert code == 0
    assert {"spot", "gex_usd_per_pct", "zero_gamma", "by_expiry", "by_strike", "convention"} <= set(record)
    assert record["convention"] == "naive"
    assert record["conventions"]["flow_signed"] is None
    assert record["conventions"]["naive"]["gex_usd_per_pct"] == record["gex_usd_per_pct"]
    assert record["conventions"]["all_short"]["gex_usd_per_pct"] < 0.0
    assert record["conventions"]["all_short"]["zero_gamma"] == []
    assert record["gex_usd_per_pct"] == pytest.approx(sum(one["gex_usd_per_pct"] for one in record["by_strike"]))
    assert record["gex_usd_per_pct"] == pytest.approx(sum(one["gex_usd_per_pct"] for one in record["by_expiry"]))
    assert len(record["profile"]["spot"]) == 200
    assert "dealers long every call" in record["assumption"]


def test_gex_prints_its_assumption_and_draws(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "gex.html"
    code, out, _ = run(capsys, monkeypatch, "gex", str(file), "--convention", "all_short", "--html", str(page))
    assert code == 0
    assert all(words in out for words in ("naive", "all_short", "flow_signed", "unknown", "dealers short every call"))
    text = page.read_text()
    assert all(f'<figure id="{name}"' in text for name in ("profile", "strikes", "expiries"))
    assert "dealers long every call" in text


@pytest.mark.parametrize("name", ["flow_signed", "both", ""])
def test_gex_refuses_a_sign_it_cannot_use(
    name: str, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "gex", str(file), "--convention", name)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "naive or all_short" in err


def test_the_api_takes_the_newest_session_unless_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    chains = two_sessions(tmp_path)
    assert run(capsys, monkeypatch, "data", "import", str(chains))[0] == 0
    with serving() as client:
        newest, first = (client.get("/api/v1/gex", params=asked).json() for asked in ({}, {"asof": AS_OF.date()}))
        sent = client.post("/api/v1/gex", content=chains.read_bytes()).json()
        missing = [client.get(f"/api/v1/{route}?underlying=VIX") for route in ("gex", "condor")]
    assert (newest["as_of"][:10], first["as_of"][:10]) == ("2025-09-03", "2025-09-02")
    assert newest["gex_usd_per_pct"] > 0.0 > first["gex_usd_per_pct"]
    assert sent["gex_usd_per_pct"] == pytest.approx(newest["gex_usd_per_pct"])
    assert [one.status_code for one in missing] == [404, 404]
    assert {one.json()["error"] for one in missing} == {"the store holds no chain of VIX"}


def test_surface_says_everything_as_json(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "surface", str(file), "--json", "--strict")
    record = json.loads(out)
    assert code == 0
    assert record["calendar_free"] is True
    assert len(record["expiries"]) == 4
    for one in record["expiries"]:
        assert one["butterfly_free"] is True
        assert one["inside_bid_ask"] >= 0.95
        assert one["expiry"].startswith("2018-")


def test_surface_prints_and_draws(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "surface.html"
    code, out, _ = run(capsys, monkeypatch, "surface", str(file), "--html", str(page))
    assert code == 0
    assert "inside bid and ask; calendar: free" in out
    assert "hold no butterfly" in out
    assert all(f'<figure id="{name}"' in page.read_text() for name in ("smiles", "money"))


def test_a_missing_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for verb in ("gex", "surface"):
        code, out, err = run(capsys, monkeypatch, verb, str(tmp_path / "none.csv"))
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
