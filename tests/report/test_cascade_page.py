"""The pages of the cascade: figures of the record, pictures in a browser without a network, labels never markup."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.report.test_page import HOSTILE, Reader, chromium, opened  # noqa: F401 (a fixture is used by its name)

from seawall.data.books import load_book, loaded_state
from seawall.data.cascade_market import Held, cascade_market, demo_cascade
from seawall.data.cascades import load_cascade
from seawall.data.events import ASSUMED, event_facts
from seawall.report.cascade_charts import density_figure, frames_figure, per_cent, split_figure
from seawall.report.cascade_page import cascade_page, typical
from seawall.report.format import percent, typeset, usd
from seawall.report.loop_tables import event_page, loop_page, map_figure
from seawall.report.palette import DARK, INK
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.cascade_event import Event, Own, read_event
from seawall.sim.event_replay import replay_event
from seawall.sim.loop import STYLISED, loop_table
from seawall.sim.runaway_map import runaway_map


@pytest.fixture(scope="module")
def market() -> CascadeMarket:
    loaded = load_cascade(demo_cascade(), {})
    book = load_book(loaded.path("eve.book.yaml"))
    return cascade_market(loaded, Held(book, loaded_state(book, None)))


@pytest.fixture(scope="module")
def events(market: CascadeMarket) -> list[Event]:
    own = (Own("a perp", 100.0, 60.0, 0.0),)
    return [replace(read_event(market, share), own=own) for share in (-0.05, -0.1, -0.2, 0.05, 0.1, 0.2)]


@pytest.fixture(scope="module")
def page(market: CascadeMarket, events: list[Event]) -> str:
    return cascade_page(market, events, runaway_map(market.case))


def test_the_tables_show_the_readings(market: CascadeMarket, events: list[Event], page: str) -> None:
    reader = Reader(page)
    for event in events[:2]:
        split = event.readings["mid"].split
        label = f"{percent(abs(event.share), 0)} fall, mid"
        cells = reader.row("split along the path", label)
        assert cells[1] == typeset(percent(split.endogenous / market.case.start))
        assert cells[2] == typeset(percent(float(split.gamma.sum()) / split.endogenous, 0))
    lasts = [event.readings["mid"].waterfall.frames[-1] for event in events]
    funds = [typeset(usd(last.changes.insurance, signed=True)) for last in lasts]
    assert reader.row("who pays", "insurance fund")[1:] == funds
    assert reader.row("who pays", "together")[1:] == ["0"] * len(events)
    assert reader.row("your positions", "a perp")[2:4] == [typeset("-40"), typeset("-100")]
    assert typical(events).share == -0.1
    assert "synthetic" in page
    assert "none of them observed" in page


def test_bars_are_the_split(market: CascadeMarket, events: list[Event]) -> None:
    figure = split_figure(market, events[:2])
    whole = sum(np.array(bar.customdata, dtype=float) for bar in figure.data)
    want = []
    for event in events[:2][::-1]:
        reading = event.readings["mid"]
        want += [100.0 * one.endogenous / market.case.start for one in (reading.ruled, reading.split)]
    assert whole.tolist() == pytest.approx(want)


def test_densities_hold_all_dollars() -> None:
    at, units = np.array([90.0, 95.0, 99.5, 101.0]), np.array([1.0, 2.0, 3.0, 4.0])
    for width in (0.01, 0.025):
        _, dollars = per_cent(at, units, 100.0, width)
        assert dollars.sum() * width / 0.01 == pytest.approx(float(at @ units))
    assert per_cent(np.empty(0), np.empty(0), 100.0)[0].size == 0


def test_the_density_has_a_line_a_book(market: CascadeMarket) -> None:
    assert [one.name for one in density_figure(market).data] == ["low leverage", "mid leverage", "high leverage"]


def test_frames_end_where_the_waterfall_does(events: list[Event]) -> None:
    fall = events[1].readings["mid"].waterfall
    price = frames_figure(fall).data[0]
    assert price.y[0] == fall.start
    assert price.y[-1] == pytest.approx(fall.price, rel=2e-3)


def test_the_map_is_nine_pictures(market: CascadeMarket) -> None:
    figure = map_figure(runaway_map(market.case))
    assert len(figure.data) == 9
    assert {one.type for one in figure.data} == {"heatmap"}


def test_a_label_is_never_markup(market: CascadeMarket, events: list[Event], page: str) -> None:
    own = tuple(Own(words, 1.0, 1.0, 1.0) for words in HOSTILE)
    hostile = replace(market, name=HOSTILE[0], asset=HOSTILE[2])
    reader = Reader(cascade_page(hostile, [replace(one, own=own) for one in events], runaway_map(market.case)))
    assert [row[0] for row in reader.tables["your positions"][1:]] == list(HOSTILE)
    assert not [one for one in reader.attributes if one[1].startswith("on")]
    assert reader.tags.count("script") == Reader(page).tags.count("script")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme", "ink"), [(1280, "light", INK), (400, "dark", DARK[INK])])
def test_a_browser_draws_it_offline(chromium, page: str, tmp_path: Path, width: int, scheme: str, ink: str) -> None:  # noqa: F811
    file = tmp_path / "cascade.html"
    file.write_text(page, encoding="utf-8")
    seen = opened(chromium, file, width, scheme)
    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert seen.drawn == 5
    assert seen.overflow <= 0
    assert seen.grid == ink


@pytest.mark.browser
def test_a_browser_draws_the_loop_and_the_replay(chromium, tmp_path: Path) -> None:  # noqa: F811
    replay = replay_event(event_facts("2025-10-10", None), ASSUMED)
    pages = {
        "loop": loop_page(loop_table(STYLISED, 1, paths=5, days=60)),
        "event": event_page("2025-10-10", replay, frames_figure(replay.waterfall)),
    }
    for name, made in pages.items():
        file = tmp_path / f"{name}.html"
        file.write_text(made, encoding="utf-8")
        seen = opened(chromium, file, 400, "light")
        assert (seen.said, seen.asked, seen.drawn) == ([], [file.as_uri()], 1)
        assert seen.overflow <= 0
