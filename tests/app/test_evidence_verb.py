"""`seawall evidence` on the embedded data: its table, its JSON, its page, its documents, and its refusals."""

import functools
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.evidence.worlds import dealer_world, front_world, runs_of, world
from tests.report.test_page import chromium as chromium  # noqa: PLC0414  (the same browser)
from tests.report.test_page import opened

from seawall.app import cli
from seawall.app.evidence import registered
from seawall.app.evidence_kept import kept
from seawall.evidence.board import Board, run_board
from seawall.evidence.hypotheses import HYPOTHESES
from seawall.evidence.verdict import Verdict
from seawall.evidence.world import Look, Picture, Trace
from seawall.report.evidence_charts import figure_of, svg_of, ticks
from seawall.report.evidence_docs import documents
from seawall.report.evidence_page import evidence_page
from seawall.report.evidence_tables import board_record, ends, number


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seawall", "evidence", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def test_the_embedded_board(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, docs = tmp_path / "page.html", tmp_path / "docs"
    code, out, err = run(capsys, monkeypatch, "--quick", "--json", "--html", str(page), "--docs", str(docs))
    record = json.loads(out)
    rows = {one["id"]: one for one in record["claims"]}
    assert (code, err) == (0, "")
    assert set(rows) == set(HYPOTHESES)
    assert rows["H-01"]["verdict"] == "supported"
    assert rows["H-02"]["verdict"] == "not testable here"
    assert "ETH" in rows["H-02"]["reason"]
    assert rows["H-05"]["reason"].startswith("needs GEX")
    found = rows["H-06"]["found"]
    assert rows["H-06"]["verdict"] == ("supported" if all(found["conditions"]) else "refuted")
    assert (record["draws"], record["placebo_shuffles"]) == (500, 40)
    accounts = {"H-03", "H-08", "H-10", "H-14"}
    besides = sum(one["found"]["trials"] for name, one in rows.items() if one["found"] and name not in accounts)
    assert record["trials"] == besides + registered()  # simulations are trials of the registry, and counted once
    assert registered() == 26  # thirteen plans at both costs
    for name, one in rows.items():
        assert bool(one["found"] and one["found"]["luck"]) == (name in accounts), name
    luck = rows["H-03"]["found"]["luck"]
    assert 0.0 <= luck["dsr"] <= 1.0
    assert 0.0 <= luck["pbo"] <= 1.0
    assert (luck["trials"], luck["lanes"]) == (record["trials"], 10)
    judged = [one["found"]["p_corrected"] for one in rows.values() if one["found"] and one["found"]["p_corrected"]]
    assert record["by_chance"]["claims"] == record["claims_corrected_for"] == len(judged)
    held = kept()
    assert {one: held[one]["verdict"] for one in held} == {one: row["verdict"] for one, row in rows.items()}
    text = page.read_text()
    for shown in (text, (docs / "index.md").read_text()):
        assert record["chance"] in shown
        assert "Holm p" in shown
        assert "PBO" in shown
    assert "Deflated Sharpe ratio" in (docs / "h-03.md").read_text()
    assert "B5 strip" in (docs / "h-03.md").read_text()
    assert text.index('id="board"') < text.index('id="h-01"') < text.index('id="h-14"')
    assert "seawall evidence H-06" in text
    assert {path.name for path in docs.glob("*.md")} == {"index.md", *(f"{one.lower()}.md" for one in HYPOTHESES)}
    for figure in docs.glob("*.svg"):
        assert figure.stat().st_size < 100_000
        assert f"]({figure.name})" in (docs / f"{figure.name[:4]}.md").read_text()


def test_one_claim_on_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run(capsys, monkeypatch, "h-06", "--quick")
    assert (code, err) == (0, "")
    assert "1 claims" in out
    assert "perp book, Shapley" in out
    assert "Not financial advice" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [(["H-99"], "no claim 'H-99'"), (["--seed", "-1"], "--seed must lie in"), (["--seed", "9999999999"], "--seed")],
)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


@functools.cache
def _board() -> Board:
    dealers, front = dealer_world(1, 0.5), front_world(1, 0.0, 1200)
    history = dealers.history
    for one in (front.history.get("VVIX"), front.history.get("VIXY")):
        history = history.with_series(one)
    made = world(*history, runs=runs_of(1, effect=1.0), tries=5)
    return run_board(replace(made, event=None), ["H-02", "H-05", "H-07", "H-03"])


def test_page_and_documents_say_what_the_board_says() -> None:
    board = _board()
    page, texts = evidence_page(board), documents(board)
    for row in board.rows:
        claim = texts[f"{row.hypothesis.id.lower()}.md"]
        assert str(row.decision.verdict).lower() in claim.lower()
        assert f'id="{row.hypothesis.id.lower()}"' in page
        if row.outcome is not None and row.outcome.interval is not None:
            for end in (row.outcome.interval.low, row.outcome.interval.high):
                assert number(end) in claim
                assert number(end).replace("-", "\N{MINUS SIGN}") in page
    assert board.row("H-02").decision.verdict is Verdict.NOT_TESTABLE
    assert not re.search(r"https?://", "".join(texts.values()).replace("http://www.w3.org/2000/svg", ""))
    record = json.dumps(board_record(board), allow_nan=False)
    assert "H-07" in record


def test_numbers() -> None:
    assert [number(x) for x in (0.00412, 0.0, -0.1234, 12.3456, float("nan"), float("inf"))] == [
        "0.0041", "0", "-0.123", "12.3", "–", "infinite",
    ]  # fmt: skip
    assert ends(None) == "–"
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-0.03, 0.11) == pytest.approx([0.0, 0.05, 0.1])


@pytest.mark.parametrize("look", list(Look))
def test_pictures_keep_the_numbers_and_escape_the_words(look: Look) -> None:
    labelled = look is Look.INTERVALS
    one = Trace("a <b>", ("x <&>", "y") if labelled else (1.0, 2.0), (0.1, 0.3), (0.0, 0.2), (0.2, float("inf")))
    picture = Picture(look, "h <i>", "c", "across", "up", (one, one._replace(name="other")), 0.15)
    figure = figure_of(picture)
    values = np.array(figure.data[0].x if labelled else figure.data[0].y, dtype=float)
    assert values == pytest.approx([0.1, 0.3])
    drawn = svg_of(picture)
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "nan" not in drawn
    assert "inf" not in drawn.replace("info", "")
    assert drawn.count("<circle") == 2 * len(picture.traces) + len(picture.traces)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1100, 400])
def test_the_page_draws_and_fits(chromium, tmp_path: Path, width: int) -> None:
    path = tmp_path / "evidence.html"
    board = _board()
    path.write_text(evidence_page(board), encoding="utf-8")
    found = opened(chromium, path, width, "light")
    assert (found.said, found.asked, found.overflow) == ([], [path.as_uri()], 0)
    assert found.drawn == sum(len(row.outcome.pictures) for row in board.rows if row.outcome is not None)
