"""`seawall lp`: the demo's pools and odd ones, as tables, JSON and a page; one-line refusals."""

import json
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT

from seawall.app import cli
from seawall.data.books import load_book, loaded_state
from seawall.ledger.exposure import ledger

EXAMPLES = ROOT / "src" / "seawall" / "data" / "examples"
ODD = """\
seawall_book: 1
name: odd ones
market: eve.market.yaml
positions:
  - {label: "[bold]narrow", kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 915, low: 900, high: 930}
  - {label: below, kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 1100, low: 1000, high: 1300, fee_apr: 1}
  - {label: above, kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 400, low: 300, high: 500}
  - {label: on end, kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 999, low: 915.78, high: 1300}
  - {label: full, kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 9, low: 1.0e-36, high: 1.0e+36, fee_apr: 1}
  - {label: put, kind: option, side: short, right: put, root: SPXW, strike: 2600, expiry: 2018-03-16}
"""


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seawall", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    (tmp_path / "eve.market.yaml").write_text((EXAMPLES / "eve.market.yaml").read_text())
    (tmp_path / "odd.book.yaml").write_text(ODD)
    return tmp_path / "odd.book.yaml"


def test_json_of_the_demo_is_the_ledgers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What both verbs say, they say alike."""
    code, out, err = run(capsys, monkeypatch, "lp", "demo", "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    loaded = load_book(EXAMPLES / "eve.book.yaml")
    rows = {row.label: row for row in ledger(loaded.book, loaded_state(loaded, None)).rows}
    assert [one["label"] for one in record["positions"]] == ["ETH/USD v2 share", "ETH/USD v3 range"]
    for one in record["positions"]:
        row = rows[one["label"]]
        assert one["value_usd"] == pytest.approx(row.exposure.value_usd)
        assert one["gamma_usd_per_pct"] == pytest.approx(row.gamma_usd_per_pct)
        assert 365.0 * one["at_realised"]["rent_usd_per_day"] == pytest.approx(row.rent_usd_per_year)
        assert 365.0 * one["fee_usd_per_day"] == pytest.approx(row.exposure.carry_usd_per_year)
        assert one["break_even_vol"] == pytest.approx(row.break_even_vol)
        assert one["vix_hedgeable_share"] is None
        assert one["vix_hedgeable_parts"]["shape"] == pytest.approx(row.share.shape)
    v2, v3 = record["positions"]
    assert v2["range"]["whole_axis"]
    assert v2["range"]["spans"] == [{"low": None, "high": None}]
    assert v3["range"]["half_width"] == pytest.approx(2.0**0.5)
    assert [one["days"] for one in v3["range"]["exits"]] == [1.0, 7.0, 30.0]
    assert any("synthetic" in line for line in record["assumptions"])
    assert "driftless lognormal" in record["exit_model"]


def test_one_position_by_its_label(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "lp", "demo", "--only", "ETH/USD v3 range", "--json")
    assert code == 0
    assert [one["label"] for one in json.loads(out)["positions"]] == ["ETH/USD v3 range"]


def test_tables_say_the_model_and_the_whole_axis(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "lp", "demo")
    said = " ".join(out.split())
    assert code == 0
    for words in ("whole axis", "driftless lognormal", "watched continuously", "smile of ETH: synthetic",
                  "between the short strikes", "equivalent short strangle", "asset unknown", "orthogonal"):  # fmt: skip
        assert words in said
    assert "nan" not in said.lower().split()


def column(line: str, value: str) -> int:
    return line.index(value) + len(value)


def test_values_stand_under_each_other(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(capsys, monkeypatch, "lp", "demo", "--only", "ETH/USD v3 range")
    lines = out.splitlines()
    found = {name: next(line for line in lines if line.startswith(f"  {name}")) for name in ("low end", "high end")}
    assert column(found["low end"], "700.00") == column(found["high end"], "1,400.00")


def test_odd_positions_read_sensibly(
    odd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "lp", str(odd))
    assert code == 0
    for words in ("[bold]narrow", "out of range, below it", "out of range, above it", "on the end of its range",
                  "through the short put", "through the short call", "rises 9.2 % to 1,000.00",
                  "falls 45.4 % to 500.00", "may never come", "fee rate unknown", "fee income is unknown"):  # fmt: skip
        assert words in out
    assert max(len(line) for line in out.splitlines()) <= 160


def test_odd_positions_as_json(odd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(capsys, monkeypatch, "lp", str(odd), "--json")
    found = {one["label"]: one for one in json.loads(out)["positions"]}
    assert set(found) == {"[bold]narrow", "below", "above", "on end", "full"}
    assert found["[bold]narrow"]["fee_usd_per_day"] is None
    assert found["[bold]narrow"]["break_even_vol"] is None
    assert found["below"]["at_realised"]["rent_usd_per_day"] == 0.0
    assert found["below"]["strangle"] is None
    assert found["below"]["range"]["expected_days"] is None
    assert "comes_back" in found["below"]["range"]["exits"][0]
    assert found["on end"]["range"]["exits"][0]["leaves"] == 1.0
    assert found["full"]["leverage"] == pytest.approx(1.0, abs=1e-9)


def test_the_page_is_written_whole(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "out" / "lp.html"
    code, out, _ = run(capsys, monkeypatch, "lp", str(odd), "--html", str(page), "--json")
    assert code == 0
    json.loads(out)
    text = page.read_text(encoding="utf-8")
    assert all(f'id="position-{i}-density"' in text for i in range(5))
    assert not list(page.parent.glob(".*"))


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("demo", "--only", "SPX Mar condor"), "is a condor, not a pool position"),
        (("demo", "--only", "nobody"), "no position is labelled"),
        (("nowhere.yaml",), "does not exist"),
        (("demo", "--asof", "yesterday"), "is not a date"),
        ((), "missing argument"),
    ],
)
def test_a_refusal_is_one_line(
    words: tuple[str, ...], fact: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "lp.html"
    code, out, err = run(capsys, monkeypatch, "lp", *words, "--html", str(page))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert fact in err.lower()
    assert not page.exists()


def test_a_book_without_pools(odd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    odd.write_text("\n".join(line for line in ODD.splitlines() if "v3_pool" not in line))
    code, out, err = run(capsys, monkeypatch, "lp", str(odd))
    assert (code, out) == (2, "")
    assert err == "seawall: the book has no pool position: add one, such as `kind: v3_pool`\n"


def test_help_has_an_example(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "lp", "--help")
    assert code == 0
    assert "seawall lp demo" in " ".join(out.split())
