"""The page of a pool position: its figures are the reading's, its sections optional, its labels inert."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.report.test_page import HOSTILE, Reader, chromium, opened  # noqa: F401 (a fixture is used by its name)
from tests.worlds import state

from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import SHAPES, ConstantProduct, PoolShape, concentrated
from seawall.ledger.lp_reading import read_position
from seawall.market.smile import FlatSmile
from seawall.report.lp_charts import density_figure, loss_figure
from seawall.report.lp_facts import groups, verdict
from seawall.report.lp_page import lp_page, optional_section
from seawall.report.lp_parts import Fact, Group, LpPart, LpSection, chance, duration, price
from seawall.report.lp_tables import reading_record
from seawall.report.palette import DARK, INK

MARKET = state(FlatSmile(0.16, "test"))
METHOD = concentrated(100.0, 1500.0, 2500.0)


def part(shape: PoolShape, label: str = "held", fee_apr: float | None = 0.2) -> LpPart:
    return LpPart(read_position(Position(label, LiquidityPosition("ETH", shape, fee_apr), 1.0, "pools"), MARKET))


def facts(one: LpPart) -> dict[str, Fact]:
    return {fact.name: fact for group in groups(one.reading) for fact in group.facts}


def test_the_facts_are_the_methods_vectors() -> None:
    """METHOD 1.4, 2.4 to 2.6, as they are shown."""
    found = facts(part(METHOD))
    assert found["leverage over v2"].value == "8.35 x"
    assert found["rent at implied"].value == "1.96 USD a day"  # 715.5418 a year
    assert found["price of 30-day loss"] == ("price of 30-day loss", "51.48 USD", "4.81 % of value")
    assert found["vega to 30 days"].value == "-1.07 USD a point"
    assert found["break-even volatility"].value == "43.8 points"
    assert found["shape to 30 days"].value == "87.9 %"
    assert found["fees needed at implied"].value == "66.8 % a year"
    assert found["condor mirror: wing width"].value == "29.1 %"  # sqrt(2500/1500) - 1


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_no_fact_is_not_a_number(kind: str) -> None:
    for fee in (None, 0.0, 0.3):
        one = part(SHAPES[kind].typical(2000.0), fee_apr=fee)
        assert not re.search(r"\b(nan|inf|None)\b", repr(groups(one.reading)) + verdict(one.reading))


@pytest.mark.parametrize("spot_in", [True, False])
def test_density_figure_is_the_gamma_at_spot(spot_in: bool) -> None:
    reading = part(METHOD if spot_in else concentrated(100.0, 2100.0, 2500.0)).reading
    figure = density_figure(reading)
    at = [float(np.interp(2000.0, trace.x, trace.y)) for trace in figure.data]
    assert at == pytest.approx([-reading.gamma_usd_per_pct] * (2 if spot_in else 1), rel=1e-3, abs=1e-9)
    assert [a.text for a in figure.layout.annotations][-1] == "now 2,000.00"


def test_every_end_is_in_the_picture_and_far_ones_are_not() -> None:
    low, high = density_figure(part(METHOD).reading).data[0].x[[0, -1]]
    assert low < 1500.0
    assert high > 2500.0
    words = [a.text for a in density_figure(part(METHOD).reading).layout.annotations]
    assert words == ["1,500.00", "2,500.00", "now 2,000.00"]
    far = density_figure(part(concentrated(5.0, 1e-30, 1e30)).reading)
    assert far.data[0].x[-1] < 4000.0
    assert [a.text for a in far.layout.annotations] == ["now 2,000.00"]
    above = density_figure(part(concentrated(5.0, 9000.0, 9500.0)).reading)
    assert above.data[0].x[-1] > 9500.0


def test_loss_figure_is_value_less_holding() -> None:
    """METHOD 1.4: entry 2000, loss at 1600, 1800, 2400."""
    held, value, loss, fees = loss_figure(part(METHOD).reading).data
    assert np.allclose(np.asarray(value.y) - np.asarray(held.y), loss.y)
    for at, expected in ((1600.0, -49.844719), (1800.0, -11.776940), (2400.0, -40.740130)):
        assert float(np.interp(at, loss.x, loss.y)) == pytest.approx(expected, abs=5e-3)
    assert fees.y[0] == pytest.approx(-30.0 * 0.2 * 1071.28856 / 365.0, rel=1e-6)
    assert len(loss_figure(part(METHOD, fee_apr=None).reading).data) == 3


def made_page(*parts: LpPart) -> str:
    return lp_page("a book", parts, MARKET)


def test_a_page_of_one_has_no_overview_and_of_two_one() -> None:
    assert "pool positions" not in Reader(made_page(part(METHOD))).tables
    both = Reader(made_page(part(METHOD, "a"), part(ConstantProduct(100.0), "b", None)))
    row = both.row("pool positions", "b")
    assert row[3] == "unknown"
    assert row[-1] == "never"
    assert ("a", "href", "#position-1") in both.attributes


SECTION = LpSection(
    "results", Group("since entry", (Fact("against holding", "-3 USD", "<b>"),)), {"usd": -3.0}, "a note"
)


def test_an_optional_section_is_there_only_when_given() -> None:
    assert optional_section(None) == ""
    bare, full = part(METHOD), replace(part(METHOD), sections=(SECTION,))
    assert "since entry" not in Reader(made_page(bare)).tables
    assert Reader(made_page(full)).row("since entry", "against holding")[1:] == ["−3 USD", "<b>"]
    assert reading_record(full)["results"] == {"usd": -3.0}
    assert "results" not in reading_record(bare)


def test_a_label_is_never_markup() -> None:
    clean = Reader(made_page(*(part(METHOD, f"l{i}") for i in range(len(HOSTILE)))))
    dirty = Reader(made_page(*(part(METHOD, label) for label in HOSTILE)))
    assert sorted(dirty.tags) == sorted(clean.tags)
    assert not [a for a in dirty.attributes if a[1].startswith("on")]


def test_every_colour_has_a_dark_partner_and_every_caption_is_a_sentence() -> None:
    reader = Reader(made_page(part(METHOD), part(ConstantProduct(1.0)), part(concentrated(1.0, 2100.0, 2500.0))))
    figures = [s for s in reader.scripts if s.startswith("{") and '"layout"' in s]
    used = {colour for s in figures for colour in re.findall(r'"(#[0-9a-fA-F]{3,8}|rgba?\([^"]*\))"', s)}
    assert len(figures) == len(reader.captions) == 6
    assert used - {"rgba(0,0,0,0)"} <= set(DARK)
    for caption in reader.captions:
        sentence = caption.removesuffix("modelled").rstrip()
        assert sentence.endswith(".")
        assert ". " not in sentence


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (chance(0.0), "< 0.01 %"),
        (chance(1.0), "> 99.99 %"),
        (chance(0.534), "53.4 %"),
        (duration(0.5), "12.0 hours"),
        (duration(36.807), "36.8 days"),
        (duration(3650.0), "10.0 years"),
        (price(1e36), "1e+36"),
        (price(0.00012345678), "0.000123457"),
        (price(1400.0), "1,400.00"),
    ],
)
def test_formats(made: str, expected: str) -> None:
    assert made == expected


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme", "ink"), [(1280, "light", INK), (400, "dark", DARK[INK])])
def test_a_browser_draws_it_offline(chromium, tmp_path: Path, width: int, scheme: str, ink: str) -> None:  # noqa: F811
    file = tmp_path / "lp.html"
    file.write_text(made_page(*(part(METHOD, label) for label in HOSTILE)), encoding="utf-8")
    seen = opened(chromium, file, width, scheme)
    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert seen.drawn == 2 * len(HOSTILE)
    assert seen.overflow <= 0
    assert seen.grid == ink
