"""`seawall replay` in its modes, as a user runs them: catalogue, pages, refusals, and real sessions where shared."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.published import DATA, existing
from tests.report.test_page import HOSTILE, Reader, chromium, opened  # noqa: F401 (a fixture is used by its name)

from seawall.app.cli import main
from seawall.app.cli.options import demo_book
from seawall.app.replays import analog, path_of, replayed
from seawall.core.clock import known_after_close
from seawall.core.datum import Origin
from seawall.data.books import load_book, loaded_state
from seawall.data.embedded import embedded_history
from seawall.data.event_catalogue import EVENTS, known_event
from seawall.data.event_paths import covered, event_path
from seawall.market.history import History, Series
from seawall.report.palette import INK
from seawall.report.replay_charts import layer_sums
from seawall.report.replay_page import event_page
from seawall.sim.replay_book import replay_book


@pytest.fixture
def seawall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seawall", "replay", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return call


def test_the_catalogue_holds_what_the_method_names_and_ups(seawall: Any, tmp_path: Path) -> None:
    page = tmp_path / "l.html"
    code, out, err = seawall("--list", "--json", "--html", page)
    assert (code, err) == (0, "")
    events = {one["name"]: one for one in json.loads(out)["events"]}
    named = "1987 1998 2008-10 2010-05 2011-08 2015-08 2018-02-05 2018-12 2020-03 2021-05-19 2022-05 2022-06 2022-11 "
    named += "2022-grind 2024-08-05 2025-04 2025-10-10"
    assert set(named.split()) <= set(events)
    assert {"up", "grind up", "grind down", "crypto"} <= {one["kind"] for one in events.values()}
    levels = {"2008-10": 80.86, "2018-02-05": 37.32, "2020-03": 82.69, "2024-08-05": 38.57, "2025-04": 52.33}
    for name, vix in levels.items():  # METHOD 8.5
        assert max(fact["VIX"] for fact in events[name]["facts"]) == vix
    assert events["2018-02-05"]["covered_by"] == {
        "SPX": "store",
        "VIX": "store",
        "ETH": "typed facts",
        "BTC": "typed facts",
    }
    assert events["2025-04"]["covered_by"]["ETH"] == "rule"
    assert all(one["source"] for one in events.values())
    assert "Black Monday" in page.read_text()
    code, out, _ = seawall("--list")
    assert code == 0
    assert "2017-grind" in out


def test_typed_closes_are_those_of_the_embedded_data() -> None:
    history = embedded_history()
    checked = 0
    for event in EVENTS:
        for knot in event.knots:
            for factor in ("SPX", "VIX"):
                close = history.values_on(factor, np.array([knot.day], dtype="datetime64[D]"))[0]
                if np.isfinite(close):
                    assert knot.levels[factor] == pytest.approx(close, abs=0.006), (event.name, knot.day, factor)
                    checked += 1
    assert checked > 25


@pytest.mark.shared
def test_typed_closes_are_those_of_the_published_files() -> None:
    vix = pl.read_csv(existing(DATA / "vol/VIX_History.csv"), infer_schema=False)
    days = vix["DATE"].str.to_date("%m/%d/%Y").to_list()
    levels: dict[str, dict[dt.date, float]] = {"VIX": dict(zip(days, map(float, vix["CLOSE"]), strict=True))}
    files = {"SPX": ("equity/SPX_hlc.csv", "Close"), "ETH": ("crypto/ETH_daily.csv", "Adj_Close"),
             "BTC": ("crypto/BTC_daily.csv", "Adj_Close")}  # fmt: skip
    for factor, (name, column) in files.items():
        frame = pl.read_csv(existing(DATA / name), infer_schema=False)
        frame = frame.rename({frame.columns[0]: "day"})
        values = frame[column if column in frame.columns else frame.columns[-1]]
        levels[factor] = {
            dt.date.fromisoformat(day): float(x) for day, x in zip(frame["day"], values, strict=True) if x
        }
    checked = 0
    for event in EVENTS:
        for knot in event.knots:
            for factor, level in knot.levels.items():
                close = levels[factor].get(knot.day)
                if close is not None:
                    assert level == pytest.approx(close, rel=2e-5, abs=0.006), (event.name, knot.day, factor)
                    checked += 1
    assert checked > 120


def test_every_event_makes_a_path_through_its_facts() -> None:
    history = embedded_history()
    for event in EVENTS:
        path = event_path(history, event)
        rows = {day: i for i, day in enumerate(path.days)}
        for knot in event.knots:
            for factor, level in knot.levels.items():
                if factor in event.factors and covered(history, event)[factor] == "typed facts":
                    leg = path.vix if factor == "VIX" else path.prices[factor]
                    assert leg.values[rows[knot.day]] == pytest.approx(level / event.knots[0].levels[factor])
        for name, leg in path.legs.items():
            assert np.all(leg.values > 0.0), (event.name, name)
    filled = event_path(history, known_event("2025-04")).prices["ETH"]
    assert filled.origin is Origin.SYNTHETIC
    assert filled.values[-1] == pytest.approx((4982.77 / 5670.97) ** 2.5)


def test_path_in_json_and_on_a_page(seawall: Any, tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    code, out, err = seawall("demo", "2018-02-05", "--mode", "path", "--json", "--html", page)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["days"] == [f"2018-02-0{day}" for day in (2, 5, 6, 7, 8, 9)]
    assert [step["as_if"] for step in found["steps"]] == found["days"][1:]
    assert found["steps"][0]["levels"]["VIX"] == pytest.approx(37.32)
    assert found["steps"][0]["levels"]["SPX"] == pytest.approx(2762.13 * 2648.94 / 2762.13, rel=1e-5)
    assert sum(step["pnl_usd"] for step in found["steps"]) == pytest.approx(found["whole"]["total"]["full_usd"])
    assert found["steps"][0]["state"] == "SPIKE"
    assert found["margin_unknown"] == ["VX Mar future"]
    assert any("synthetic" in line for line in found["assumptions"])
    text = page.read_text()
    for anchor in ("by-day", "margin-path", "layers", "log", "assumed"):
        assert f'<section id="{anchor}"' in text
    code, out, _ = seawall("demo", "2018-02-05", "--mode", "path")
    assert code == 0
    assert "L0.stop" in out
    assert json.loads(seawall("demo", "2018-02-05", "--json")[1])["event"] == "2018-02-05"


def test_an_event_that_is_no_shock_is_followed_without_a_mode(seawall: Any) -> None:
    code, out, err = seawall("demo", "2023-grind", "--json")
    found = json.loads(out)
    assert (code, err, found["mode"]) == (0, "", "path")
    assert found["offset"] is None or found["offset"] < 0.0
    assert any(one["rule"] == "settled" for step in found["steps"] for one in step["actions"])


def test_any_sessions_move_today(seawall: Any) -> None:
    found = json.loads(seawall("demo", "2015-08-17..2015-08-25", "--mode", "path", "--json")[1])
    assert found["steps"][-1]["levels"]["VIX"] == pytest.approx(17.31 * 36.02 / 13.02)
    assert found["steps"][0]["as_if"] == "2018-02-05"


def test_layers_and_the_rest_sum_to_the_whole_each_day() -> None:
    history = embedded_history()
    loaded = load_book(demo_book())
    found = replayed(loaded.book, loaded_state(loaded, None), history, path_of(history, "2018-12", None))
    sums = layer_sums(found)
    assert {one.layer: sums[one.layer][-1] for one in found.layers} == pytest.approx(
        {one.layer: one.pnl_usd for one in found.layers}
    )
    made = np.cumsum([0.0, *(day.attribution.total.full_usd for day in found.days)])
    parts = np.sum([values for name, values in sums.items() if name != "together"], axis=0)
    assert sums["together"] == pytest.approx(made, abs=1e-6)
    assert parts == pytest.approx(made, abs=1e-6)


def test_tenor_and_analog(seawall: Any, tmp_path: Path) -> None:
    page = tmp_path / "t.html"
    rows = json.loads(seawall("demo", "2015-08", "--mode", "tenor", "--json", "--html", page)[1])["rows"]
    assert [row["days"] for row in rows] == [0, 30, 60]
    assert "Later expiries" in page.read_text()
    words = ("demo", "--mode", "analog", "--k", "5", "--horizon", "5")
    found = json.loads(seawall(*words, "--json", "--html", page)[1])
    assert [len(found["band_usd"]), len(found["twins"])] == [6, 5]
    assert all(dt.date.fromisoformat(twin["day"]) < dt.date(2017, 12, 5) for twin in found["twins"])
    assert found["not_compared"] == ["slope", "VVIX", "funding z", "GEX percentile"]
    finals = sorted(twin["path_usd"][-1] for twin in found["twins"])
    assert [found["band_usd"][-1][i] for i in (0, 2, 4)] == pytest.approx([finals[0], finals[2], finals[4]])
    assert "forecast" in page.read_text()
    assert seawall(*words)[0] == 0


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("demo",), "name an event"),
        ((), "name a book"),
        (("demo", "2018-02-05", "--mode", "paths"), "no mode 'paths'"),
        (("demo", "2009-10", "--mode", "path"), "did you mean '2008-10'"),
        (("demo", "zzz", "--mode", "path"), "known are 1987"),
        (("demo", "spx=-0.1", "--mode", "path"), "leave out --mode"),
        (("demo", "2008-10", "--k", "5"), "belong to --mode analog"),
        (("demo", "--mode", "analog", "--k", "0"), "--k must be from 1"),
        (("demo", "--mode", "analog", "--horizon", "99"), "--horizon must be from 1"),
        (("demo", "2020-03", "--mode", "analog"), "no session 2020-02-19"),
        (("demo", "2008-10", "--mode", "path", "--days", "3"), "takes its own sessions"),
        (("demo", "2018-02-05", "--days", "-1"), "time runs forward"),
        (("demo", "2021-02-01..2021-02-05", "--mode", "path"), "SPX lacks a close"),
        (("demo", "2018-02-03..2018-02-04", "--mode", "path"), "at least two days"),
    ],
)
def test_mistakes_are_one_line(seawall: Any, words: tuple[str, ...], fact: str) -> None:
    code, out, err = seawall(*words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert fact in err


def shared_history() -> History:
    """SPX, VIX, VIX3M, VVIX, ETH and the futures by month, as files beside the checkout have them."""
    made = []
    for name in ("VIX", "VIX3M", "VVIX"):
        frame = pl.read_csv(existing(DATA / f"vol/{name}_History.csv"), infer_schema=False)
        days = frame["DATE"].str.to_date("%m/%d/%Y").to_numpy().astype("datetime64[D]")
        made.append((name, days, frame[frame.columns[-1]].cast(pl.Float64).to_numpy()))
    spx = pl.read_csv(existing(DATA / "equity/SPX_hlc.csv"), try_parse_dates=True)
    sessions_ = spx["Date"].to_numpy().astype("datetime64[D]")
    made.append(("SPX", sessions_, spx["Close"].to_numpy()))
    curve = pl.read_csv(existing(DATA / "vol/vx_curve_VX1_VX8.csv"), try_parse_dates=True)
    days = curve["DATE"].to_numpy().astype("datetime64[D]")
    made += [(f"VX{i}", days, curve[f"VX{i}"].cast(pl.Float64).to_numpy()) for i in range(1, 9)]
    series = []
    for name, dates, values in made:
        kept = np.isin(dates, sessions_) & np.isfinite(values)
        _, first = np.unique(dates[kept], return_index=True)
        days, levels = dates[kept][first], values[kept][first]
        series.append(Series(name, days, levels, known_after_close(days), "points", "shared"))
    return History.of(*series)


@pytest.mark.shared
def test_march_2020_on_the_demo_book() -> None:
    """Futures, VVIX and the regime from the files; VX1 and VX2 of 2020-03-16 stand in the data's README."""
    history = shared_history()
    loaded = load_book(demo_book())
    state = loaded_state(loaded, None)
    path = path_of(history, "2020-03", None)
    assert (path.how, len(path.days)) == ("store", 24)
    found = replayed(loaded.book, state, history, path)
    day = next(day for day in found.days if day.event == dt.date(2020, 3, 16))
    assert day.levels["VIX"] == pytest.approx(17.31 * 82.69 / 14.38)
    assert day.levels["SPX"] == pytest.approx(2762.13 * 2386.13 / 3386.15, rel=1e-5)
    assert day.regime is not None
    assert day.regime.state.name == "SPIKE"
    assert path.futures is not None
    assert path.vvix is not None
    row = path.days.index(dt.date(2020, 3, 16))
    ends = np.array([path.days[0], path.days[row]], dtype="datetime64[D]")
    first, second = (history.values_on(name, ends) for name in ("VX1", "VX2"))
    assert (first[1], second[1]) == (72.625, 59.15)
    # Thirty days lie between the two months, and so does the ratio there.
    assert second[1] / second[0] < path.futures.values[row, 0] < first[1] / first[0]
    betas = replay_book(loaded.book, state, event_path(embedded_history(), known_event("2020-03")))
    assert found.layers[0].pnl_usd > 0.0
    assert betas.layers[0].pnl_usd > 0.0
    told = analog(loaded.book, state, history, dt.date(2020, 2, 19), (5, 10))
    assert {"VIX", "slope", "VVIX", "RV"} == set(told.twins.used)
    assert max(twin.day for twin in told.twins.found) < dt.date(2018, 1, 20)


@pytest.mark.browser
def test_a_browser_draws_the_page_offline_and_labels_are_inert(chromium, tmp_path: Path) -> None:  # noqa: F811
    loaded = load_book(demo_book())
    positions = tuple(
        type(one)(words, one.instrument, one.quantity, one.group, one.entry)
        for words, one in zip(HOSTILE, loaded.book.positions, strict=False)
    )
    book = type(loaded.book)("hostile", positions, 1e6)
    found = replay_book(book, loaded_state(loaded, None), event_path(embedded_history(), known_event("2018-02-05")))
    page = event_page(found)
    reader = Reader(page)
    shown = [row[0] for row in reader.tables["P&L by position"][1:]]
    assert all(any(cell.startswith(words) for cell in shown) for words in HOSTILE)
    assert not [one for one in reader.attributes if one[1].startswith("on")]
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    seen = opened(chromium, file, 1200, "light")
    assert (seen.said, seen.asked, seen.drawn) == ([], [file.as_uri()], 4)
    assert seen.overflow <= 0
    assert seen.grid == INK
