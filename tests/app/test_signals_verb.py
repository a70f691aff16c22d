"""`seawall signals`: what it shows on the embedded data against plain arithmetic, its pages, and its refusals."""

import datetime as dt
import itertools
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.published import DATA, existing
from tests.report.test_page import Reader, opened
from tests.report.test_page import chromium as chromium  # noqa: PLC0414  (the same browser)

from seawall.app import cli
from seawall.app.observe import observe
from seawall.data.embedded import embedded_history
from seawall.report.signal_explain import BARS, sparkline
from seawall.report.signal_tables import number
from seawall.signals.contract import Family
from seawall.signals.regime import Regime, classify, spells
from seawall.signals.registry import CARDS, SIGNALS

DAY = dt.date(2018, 2, 5)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("SEAWALL_SIGNALS", str(tmp_path / "own"))


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seawall", "signals", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def test_json_has_a_row_for_every_signal_and_its_numbers_are_those_of_the_closes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "--asof", str(DAY), "--json", "--history")
    record = json.loads(out)
    rows = {row["id"]: row for row in record["signals"]}
    assert (code, err) == (0, "")
    assert set(rows) == set(SIGNALS)
    assert {one["id"] for one in record["cards"]} == set(CARDS)
    history = embedded_history()
    spx, vix = history.get("SPX"), history.get("VIX")
    upto = spx.dates <= np.datetime64(DAY)
    returns = np.diff(np.log(spx.values[upto]))
    squared = np.convolve(returns**2, np.ones(5), "valid")
    realised = np.sqrt(252.0 / 5.0 * squared)
    assert rows["RV5"]["value"] == pytest.approx(realised[-1], rel=1e-12)
    assert rows["RV5"]["rank"] == pytest.approx(np.mean(realised <= realised[-1] * (1 + 1e-12)))
    assert rows["RV5_OVER_VIX"]["value"] == pytest.approx(realised[-1] - 0.3732, rel=1e-12)
    assert rows["M10"]["value"] == 3.0  # VIX 37.32
    assert rows["M10.SPIKE"]["state"] == "fired"
    assert rows["M10"]["age_sessions"] == 0
    assert (rows["M01"]["prior"], rows["M01"]["weight"]) == ("-", 1.0)
    assert rows["GEX"]["value"] is None
    assert rows["GEX"]["lacks"] == ["GEX"]
    assert all(row["evidence"] == "not tested yet" for row in rows.values())
    assert record["regime"]["state"] == "SPIKE"
    assert any(line.startswith("C03") for line in record["regime"]["resolved"])
    assert float(vix.on(np.array([DAY], dtype="datetime64[D]"))[0]) == record["regime"]["inputs"]["vix"]["value"]
    assert record["spells"][-1]["state"] == "SPIKE"
    assert record["spells"][-1]["end"] == str(DAY)


def test_nothing_later_than_the_day_reaches_the_board() -> None:
    early = observe(DAY)
    assert max(str(series.dates[-1]) for series in early.history if series.name != "FOMC") <= str(DAY)
    assert all(
        np.all(series.known_at <= np.datetime64(early.board.now.replace(tzinfo=None))) for series in early.history
    )


def test_measured_weighs_only_what_has_support(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    for preset in ("seed", "measured"):
        _, out, _ = run(capsys, monkeypatch, "--asof", str(DAY), "--preset", preset, "--json")
        seen[preset] = {row["id"]: row["weight"] for row in json.loads(out)["signals"]}
    assert seen["measured"] == {name: one.weight("measured") for name, one in SIGNALS.items()}
    assert sum(seen["measured"].values()) < sum(seen["seed"].values())


@pytest.mark.parametrize("family", [str(family) for family in Family if family is not Family.BOOK])
def test_a_family_shows_its_own_rows_only(
    family: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, monkeypatch, "--asof", str(DAY), "--family", family, "--json")
    assert {row["id"] for row in json.loads(out)["signals"]} == {
        name for name, one in SIGNALS.items() if one.family == family
    }


def test_the_table_says_what_is_missing_once_and_with_all_for_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "--asof", str(DAY))
    flat = " ".join(out.split())
    assert code == 0
    assert "SPIKE since 2018-02-05, 1 sessions; moved there by: >SPIKE: VIX above 30" in flat
    assert "unknown for want of ADVANCERS, DECLINERS, SP_BREADTH" in flat
    assert out.count("Weight 0 until") == 1
    for name in (*SIGNALS, *CARDS):
        assert re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", out), name
    _, everything, _ = run(capsys, monkeypatch, "--asof", str(DAY), "--all")
    assert "unknown for want of" not in everything
    for name in SIGNALS:
        assert re.search(rf"^{re.escape(name)}\s", everything, re.MULTILINE), name


def test_history_prints_every_spell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(capsys, monkeypatch, "--history", "--family", "trend")
    assert "2018-02-05  2018-" in out
    assert "CALM>ONSET: two triggers" in out


def test_spells_cover_every_session_once() -> None:
    regimes = classify(embedded_history())
    found = spells(regimes)
    states = [Regime(state) for state in regimes.states.tolist()]
    again = [one.state for one in found for _ in range(one.sessions)]
    assert again == states
    assert all(before.state is not after.state for before, after in itertools.pairwise(found))
    days = regimes.dates.tolist()
    assert [one.start for one in found] == [
        day for day, now, was in zip(days, states, [None, *states], strict=False) if now is not was
    ]
    assert found[-1].end == days[-1]
    assert all(one.rule != "stay" for one in found[1:])


@pytest.mark.parametrize(
    ("day", "session"),
    [("2018-02-04", "2018-02-02"), ("2018-02-05", "2018-02-05"), ("2018-12-25", "2018-12-24")],
)
def test_a_day_without_a_session_is_the_one_before(
    day: str, session: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, monkeypatch, "--asof", day, "--json", "--family", "volatility")
    record = json.loads(out)
    assert record["regime"]["session"] == session
    assert (record["now_is"] == "after the close") == (day == session)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--asof", "yesterday"), "is not a date"),
        (("--asof", "1980-01-02"), "choose a day between 1999-01-04"),
        (("--asof", "2030-01-02"), "choose a day between"),
        (("--family", "vols"), "no family 'vols'"),
        (("--preset", "mine"), "no preset 'mine'"),
        (("explain", "M99"), "no signal 'M99'"),
        (("explain",), "NAME"),
        (("--json", "explain", "M05"), "stand after it"),
        (("explain", "M20", "--html", "x.html"), "no past to draw"),
        (("explain", "M05", "--asof", "2018"), "is not a date"),
    ],
)
def test_bad_words_are_one_line_and_nothing_is_written(
    words: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, monkeypatch, *words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err
    assert not list(tmp_path.glob("*.html"))


def test_explain_says_all_of_the_definition(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, monkeypatch, "explain", "M05", "--asof", str(DAY), "--json")
    record = json.loads(out)
    one = SIGNALS["M05"]
    told = record["definition"]
    assert (told["Formula"], told["Source"], told["Would do"]) == (one.formula, one.source, one.would_do)
    assert told["Weight"].startswith("seed 1, measured 1")
    assert [part["series"] for part in record["inputs"]] == ["VIX", "VIX3M"]
    assert record["inputs"][0] == {"series": "VIX", "as_of": str(DAY), "value": 37.32, "source": "Cboe VIX close, table vix of the arch package"}  # fmt: skip  # noqa: E501
    assert record["inputs"][1]["as_of"] is None
    assert len(record["last"]) == 10
    assert record["last"][-1] == {"date": str(DAY), "value": record["value"]}
    _, text, _ = run(capsys, monkeypatch, "explain", "M01", "--asof", str(DAY))
    assert "tested on both sides" in text
    assert "last 96 rows: " in text
    _, text, _ = run(capsys, monkeypatch, "explain", "M24")
    assert "Needs             book history" in text


def test_every_signal_can_be_explained_without_its_data() -> None:
    from seawall.report.signal_explain import explain, explained_record

    found = observe(DAY)
    for row in found.board.rows:
        record = explained_record(explain(row, found.history))
        assert record["definition"]["Formula"]
        assert json.dumps(record, allow_nan=False)


BAD = "seawall_signal: 1\nid: MY.BAD\nname: bad\ninputs: [SPX]\nexpression: {}\nsource: me\n"


def test_a_users_signal_stands_in_the_table_and_a_bad_one_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    (own / "a.yaml").write_text(BAD.format("diff(log(SPX), 5)").replace("MY.BAD", "MY.WEEK"))
    (own / "b.yaml").write_text(BAD.format("lag(SPX, -1)"))
    (own / "c.yaml").write_text(BAD.format("SPX.__class__").replace("MY.BAD", "MY.WORSE"))
    (own / "d.yaml").write_text(BAD.format("NOWHERE").replace("SPX", "NOWHERE").replace("MY.BAD", "MY.NONE"))
    code, out, _ = run(capsys, monkeypatch, "--asof", str(DAY), "--json")
    rows = {row["id"]: row for row in json.loads(out)["signals"]}
    spx = embedded_history().get("SPX")
    at = int(np.searchsorted(spx.dates, np.datetime64(DAY)))
    assert code == 0
    assert len(rows) == len(SIGNALS) + 4
    assert rows["MY.WEEK"]["value"] == pytest.approx(math.log(spx.values[at] / spx.values[at - 5]))
    assert (rows["MY.WEEK"]["family"], rows["MY.WEEK"]["weight"]) == ("user", 0.0)
    assert rows["MY.BAD"]["note"].startswith("unavailable: b.yaml:5: lag: -1 rows would be the future")
    assert rows["MY.WORSE"]["note"].startswith("unavailable: c.yaml:5: the expression has a dot")
    assert rows["MY.NONE"]["note"] == "unavailable: no NOWHERE yet"
    assert rows["MY.NONE"]["lacks"] == ["NOWHERE"]
    _, text, _ = run(capsys, monkeypatch, "--asof", str(DAY), "--family", "user")
    assert "MY.BAD: unavailable: b.yaml:5: lag" in " ".join(text.split())
    code, text, _ = run(capsys, monkeypatch, "explain", "MY.BAD")
    assert (code, "Not admitted" in text) == (0, True)


@pytest.fixture
def page(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own" / "a.yaml").write_text(
        "seawall_signal: 1\nid: MY.ONE\nname: '<script>alert(1)</script>'\ninputs: [SPX]\nexpression: z(SPX, 20)\n"
        "unit: '<img src=x onerror=alert(1)>'\nsource: '\"><b>me</b>'\nthreshold: 1\n"
    )
    file = tmp_path / "signals.html"
    code, _, _ = run(capsys, monkeypatch, "--history", "--html", str(file), "--asof", str(DAY))
    assert code == 0
    return file


def test_the_page_shows_the_board_the_band_and_no_markup_of_a_user(page: Path) -> None:
    reader = Reader(page.read_text())
    assert reader.row("volatility", "M10")[1].startswith("3.00")
    assert reader.row("user", "MY.ONE")[6] == "0"
    assert reader.tables["spells"][1][3] == "SPIKE"
    figure = next(json.loads(s) for s in reader.scripts if s.startswith("{") and '"heatmap"' in s)
    regimes = classify(embedded_history().upto(dt.datetime(2018, 2, 5, 22, tzinfo=dt.UTC)))
    band = next(trace for trace in figure["data"] if trace["type"] == "heatmap")
    assert band["z"][0] == regimes.states.tolist()
    assert not [one for one in reader.attributes if one[1].startswith("on")]
    assert "img" not in reader.tags


@pytest.mark.browser
def test_a_browser_draws_the_pages_offline(
    chromium, page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tmp_path / "one.html"
    run(capsys, monkeypatch, "explain", "MY.ONE", "--html", str(one), "--asof", str(DAY))
    for file, width, scheme in ((page, 400, "dark"), (one, 1280, "light")):
        seen = opened(chromium, file, width, scheme)
        assert (seen.said, seen.drawn, seen.images) == ([], 1, 0)
        assert seen.asked == [file.as_uri()]
        assert seen.overflow <= 0


def test_sparkline_steps_are_eighths_of_the_span() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8]) == BARS + BARS[-1]
    assert sparkline([1.0, float("nan"), 2.0]) == "▁ █"
    assert sparkline([5.0, 5.0]) == BARS[4] * 2
    assert sparkline([float("nan")]) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "unknown"), (37.32, "37.32"), (3.0, "3.00"), (0.08921, "0.0892"), (-638_814_000.0, "-638.81 m"),
     (2.5e9, "2.50 bn"), (4766.18, "4,766.18"), (25_000.4, "25,000"), (0.0, "0.00")],
)  # fmt: skip
def test_numbers_of_any_size(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.shared
def test_a_store_of_real_files_feeds_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    files = (
        "vol/VIX_History.csv",
        "vol/VIX3M_History.csv",
        "vol/VVIX_History.csv",
        "equity/SPX_hlc.csv",
        "equity/DIX.csv",
    )
    paths = [str(existing(DATA / name)) for name in files]
    monkeypatch.setattr(sys, "argv", ["seawall", "data", "import", *paths])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert not left.value.code
    found = {row.id: row for row in observe(dt.date(2020, 3, 16)).board.rows}
    assert found["VVIX"].reading.value == 207.59  # Cboe
    assert found["SLOPE"].reading.note == ""
    assert found["GEX"].reading.as_of == dt.date(2020, 3, 13)  # published on the morning after its session
    assert found["GEX"].age == 1
    assert observe(dt.date(2020, 3, 16)).reading.state is Regime.SPIKE


def test_the_hedge_verb_says_how_the_sources_disagree(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["seawall", "hedge", "demo", "--verbose"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "sources: C03: widen the wings" in capsys.readouterr().out
