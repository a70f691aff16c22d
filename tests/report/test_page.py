"""The page: its figures are the ledger's, it asks no network, and a label is never markup or code."""

import base64
import datetime as dt
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from seawall.app.decide import decide
from seawall.core.status import Status
from seawall.data.books import load_book, loaded_state
from seawall.data.embedded import embedded_history
from seawall.data.plans import default_plan
from seawall.evidence.comparison import replay_record
from seawall.ledger.breakeven import break_evens, price_factors
from seawall.ledger.exposure import ledger
from seawall.market.state import Moves
from seawall.report.charts import density_chart, heat_map, shock_bars, short_positions
from seawall.report.format import fixed, percent, points, typeset, usd
from seawall.report.hedge_sections import INPUTS, absent_triggers
from seawall.report.page import PageParts, demo_page, ledger_page, replay_page
from seawall.report.palette import ACCENT, DARK, INK, LOSS, MUTED, PAPER, plain
from seawall.report.timeline import VOLMAGEDDON, replay_chart
from seawall.signals.regime import PRESETS, classify
from seawall.sim.engine import compare

EVE = dt.date(2018, 2, 2)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(2)</script>",
    '<a href="https://example.org/">b</a> & c',
    "<script src=//example.org/x.js",
    "%{x} \u2028 <!-- ",
)


@pytest.fixture(scope="module")
def parts() -> PageParts:
    loaded = load_book(Path(str(files("seawall.data"))) / "examples" / "eve.book.yaml")
    state, history, plan = loaded_state(loaded, None), embedded_history(), default_plan()
    regimes = classify(history)
    hedge = decide(loaded.book, state, history)
    found = tuple(break_evens(loaded.book, state, factor) for factor in price_factors(loaded.book))
    replay = replay_record(compare(plan, history))
    return PageParts(loaded.book.name, hedge.before, found, hedge, replay, regimes, plan.name)


@pytest.fixture(scope="module")
def page(parts: PageParts) -> str:
    return demo_page(parts)


class Reader(HTMLParser):
    """What a browser would find: tables as rows of text, scripts, and every attribute."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.captions: list[str] = []
        self._open: list[str] = []
        self._name = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open.append(tag)
        if tag == "div" and dict(attrs).get("class") == "scroll":
            self._name = dict(attrs)["aria-label"] or ""
            self.tables[self._name] = []
        if tag == "tr":
            self.tables[self._name].append([])
        if tag in ("td", "th"):
            self.tables[self._name][-1].append("")
        if tag == "script":
            self.scripts.append("")
        if tag == "figcaption":
            self.captions.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        if self._open[-1] in ("td", "th"):
            self.tables[self._name][-1][-1] += data
        if self._open[-1] == "script":
            self.scripts[-1] += data
        if "figcaption" in self._open:
            self.captions[-1] += data

    def row(self, table: str, label: str) -> list[str]:
        return next(row for row in self.tables[table] if row[0] == label)


def shown(values: list[float | None]) -> list[str]:
    return [typeset(usd(value)) for value in values]


def dollars(row) -> list[float | None]:
    e = row.exposure
    return [
        e.value_usd,
        e.delta_usd,
        row.gamma_usd_per_pct,
        e.vega_usd_per_point,
        row.theta_usd_per_day,
        e.carry_usd_per_year,
        row.rent_usd_per_year,
    ]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (usd(-21180.4), "-21,180"),
        (usd(None), "unknown"),
        (usd(float("nan")), "unknown"),
        (usd(float("-inf")), "unknown"),
        (usd(-0.3), "0"),
        (usd(14.0, signed=True), "+14"),
        (usd(0.2, signed=True), "0"),
        (percent(0.03853, 2), "3.85 %"),
        (percent(-0.0004, 2, signed=True), "-0.04 %"),
        (percent(None), "unknown"),
        (points(17.31), "17.3"),
        (points(None), "unknown"),
        (fixed(1234567.891, 2), "1,234,567.89"),
        (
            typeset("-3.1 % on 2018-02-05, jump -20%, id 20180202-L1"),
            "−3.1\u00a0% on 2018-02-05, jump −20%, id 20180202-L1",
        ),
    ],
)
def test_number_formats(made: str, expected: str) -> None:
    assert made == expected


def test_every_row_subtotal_and_total_shows_the_ledgers_figures(parts: PageParts, page: str) -> None:
    reader = Reader(page)
    for row in (*parts.ledger.rows, *parts.ledger.by_factor, parts.ledger.total):
        cells = reader.row("the ledger", row.label)
        assert cells[1:8] == shown(dollars(row))
        assert cells[10].startswith(typeset(usd(row.worst.usd)))
    total = reader.row("the ledger", "total")
    assert total[8] == points(100.0 * parts.ledger.total.break_even_vol)


def test_with_and_without_shows_the_records_figures(parts: PageParts, page: str) -> None:
    reader = Reader(page)
    table = "with and without the hedge"
    assert reader.tables[table][0][1:] == [path.name for path in parts.replay.paths]
    growth = [typeset(percent(path.record.growth, 2)) for path in parts.replay.paths]
    assert reader.row(table, "Growth")[1:] == growth
    row = parts.replay.row(VOLMAGEDDON)
    moves = [typeset(percent(path.nav[row] / path.nav[row - 1] - 1.0, 2, signed=True)) for path in parts.replay.paths]
    assert reader.row(table, "Move of one session")[1:] == moves


def test_tickets_add_up(parts: PageParts, page: str) -> None:
    assert parts.hedge.tickets
    reader = Reader(page)
    assert reader.row("tickets", "all tickets")[5] == usd(sum(ticket.cost_usd for ticket in parts.hedge.tickets))
    assert {row[1] for row in reader.tables["tickets"]} >= {ticket.contract for ticket in parts.hedge.tickets}


def test_every_assumption_is_listed(parts: PageParts, page: str) -> None:
    text = page[page.index('<section id="modelled"') :]
    told = Flat(text[: text.index("</section>")]).words
    for line in (*parts.ledger.state.assumptions(), *parts.replay.hedge_result.modelled, *parts.regimes.notes):
        assert typeset(line) in told
    assert "Not financial advice" in page


class Flat(HTMLParser):
    """All words of a piece of HTML."""

    def __init__(self, piece: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.feed(piece)

    def handle_data(self, data: str) -> None:
        self.words += data + "\n"


def test_what_is_not_known_is_the_word_unknown(parts: PageParts) -> None:
    state = parts.ledger.state
    eth = replace(state.assets["ETH"], realised_vol=None, funding=None)
    table = ledger(parts.ledger.book, replace(state, assets={**state.assets, "ETH": eth}))
    made = ledger_page(table, ())
    reader = Reader(made)
    assert reader.row("the ledger", "ETH/USD v3 range")[7] == "unknown"
    assert reader.row("the ledger", "ETH perp long")[6] == "unknown"
    assert reader.row("the ledger", "total")[6:9] == ["unknown", "unknown", "unknown"]
    cells = {cell.lower() for rows in reader.tables.values() for row in rows for cell in row}
    assert not cells & {"nan", "none", "inf", "-inf"}


def test_missing_regime_tickets_and_benchmark_are_said_in_words(parts: PageParts) -> None:
    hedge = replace(parts.hedge, regime=None, tickets=(), after=parts.hedge.before)
    reason = "the hedged mean is not above cash"
    gone = replace(parts.replay.delevered, status=Status.INVALID, reason=reason, scale=float("nan"))
    made = demo_page(replace(parts, hedge=hedge, replay=replace(parts.replay, smaller=None, delevered=gone)))
    words = Flat(made[: made.index('id="dark"')]).words
    assert "No tickets." in words
    assert "no market history reaches this date" in words
    assert reason in words
    assert len(Reader(made).tables["with and without the hedge"][0]) == 3


def test_triggers_without_data_are_unknown(parts: PageParts, page: str) -> None:
    assert absent_triggers(parts.regimes.notes) == {"t2", "t3", "t5", "t6"}
    said = [row[1] for row in Reader(page).tables["triggers"][1:]]
    assert sum(cell.startswith("unknown") for cell in said) == 4
    assert said.count("fired") == len(parts.hedge.regime.fired)


def test_the_regime_shows_the_contradictions_and_names_every_trigger(parts: PageParts, page: str) -> None:
    regime = page[page.index('<section id="regime"') :]
    told = Flat(regime[: regime.index("</section>")]).words
    assert parts.hedge.regime.resolved
    for line in parts.hedge.regime.resolved:
        assert typeset(line) in told
    own = {"t1": "slope", "t4": "rv5"}  # computed by the regime itself
    assert {own.get(name, name) for name in PRESETS["seed"]} <= set(INPUTS)


def test_nothing_is_fetched_and_plotly_is_there_once(page: str) -> None:
    reader = Reader(page)
    for _, name, value in reader.attributes:
        if name in ("src", "href", "srcset", "data", "action", "poster"):
            assert value.startswith(("#", "data:"))
    style = page[page.index("<style>") : page.index("</style>")]
    assert not re.search(r"url\(|@import", style)
    assert page.count(get_plotlyjs()) == 1


def test_only_the_two_known_scripts_may_run(page: str) -> None:
    bodies = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    policy = next(v for tag, name, v in Reader(page).attributes if tag == "meta" and v.startswith("default-src 'none'"))
    digests = [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies]
    assert len(bodies) == 2
    assert policy.split("script-src ")[1].split() == digests


def hostile(parts: PageParts) -> PageParts:
    book = parts.ledger.book
    labels = dict(zip((p.label for p in book.positions), HOSTILE, strict=False))
    positions = tuple(replace(p, label=labels.get(p.label, p.label)) for p in book.positions)
    named = replace(book, name="<script>alert(3)</script>", positions=positions)
    table = ledger(named, parts.ledger.state)
    hedge = replace(parts.hedge, book=named, before=table, after=table)
    return replace(parts, title=named.name, ledger=table, hedge=hedge, plan_name="<b onclick=alert(4)>plan</b>")


def test_a_label_is_never_markup(parts: PageParts, page: str) -> None:
    clean, dirty = Reader(page), Reader(demo_page(hostile(parts)))
    assert [row[0] for row in dirty.tables["the ledger"][1:6]] == list(HOSTILE[:5])
    assert sorted(set(dirty.tags)) == sorted(set(clean.tags))
    assert dirty.tags.count("script") == clean.tags.count("script")
    assert not [a for a in dirty.attributes if a[1].startswith("on")]
    for script in dirty.scripts:
        if script.startswith("{"):
            names = [trace.get("name") or "" for trace in json.loads(script).get("data", [])]
            assert not any("<" in name for name in names)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("<script>alert(1)</script>", "alert(1)"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ('<a href="javascript:x">b</a>', "b"),
        ("<script src=x", "unnamed"),
        ("w" * 41, "w" * 39 + "…"),
        ("SPX Mar condor", "SPX Mar condor"),
    ],
)
def test_chart_labels_lose_tags_and_keep_words(label: str, expected: str) -> None:
    assert plain(label) == expected


@pytest.mark.parametrize("factor", ["SPX", "ETH"])
def test_density_at_spot_is_the_ledgers_gamma(parts: PageParts, factor: str) -> None:
    figure = density_chart(parts.ledger, factor)
    rows = {plain(row.label): row for row in parts.ledger.rows}
    curves = [trace for trace in figure.data if trace.yaxis is None]
    assert len(curves) == len(short_positions(parts.ledger, factor))
    for trace in curves:
        at_spot = np.interp(1.0, trace.x, trace.y)
        assert at_spot == pytest.approx(-rows[trace.name].gamma_usd_per_pct, rel=2e-3, abs=2.0)


def test_a_pools_density_is_the_same_today_and_at_its_horizon(parts: PageParts) -> None:
    figure = density_chart(parts.ledger, "ETH")
    for name in ("ETH/USD v2 share", "ETH/USD v3 range"):
        today, later = (trace.y for trace in figure.data if trace.name == name)
        assert today == pytest.approx(later, abs=1e-6)


def test_a_condors_stems_are_its_strikes_and_sum_to_its_wings(parts: PageParts) -> None:
    figure = density_chart(parts.ledger, "SPX")
    stems = next(t for t in figure.data if t.name == "SPX Mar condor" and t.mode == "markers")
    assert list(stems.customdata) == [2465.0, 2605.0, 2855.0, 2915.0]
    assert list(stems.y / stems.customdata) == pytest.approx([-1000.0, 1000.0, 1000.0, -1000.0])


def test_heat_map_is_the_revalued_book(parts: PageParts) -> None:
    figure = heat_map(parts.ledger, "SPX")
    map_ = figure.data[0]
    spot, vol = list(map_.x), list(map_.y)
    assert map_.z[vol.index(0.0)][int(np.argmin(np.abs(map_.x)))] == pytest.approx(0.0, abs=1e-6)
    state = parts.ledger.state
    for i, j in ((0, 0), (len(vol) - 1, 0), (3, len(spot) - 1)):
        view = state.view(Moves({"SPX": np.array([spot[j] / 100.0])}, {"SPX": np.array([vol[i]])}))
        gained = sum(float(p.value(view)[0]) - p.exposure(state).value_usd for p in parts.ledger.book.positions)
        assert map_.z[i][j] == pytest.approx(gained, abs=1e-6)
    assert map_.zmin == -map_.zmax


def test_shock_bars_show_the_change(parts: PageParts) -> None:
    after, before = shock_bars(parts.hedge.before, parts.hedge.after).data
    for name, old, new, said in zip(before.y, before.x, after.x, after.text, strict=True):
        assert old == parts.hedge.before.total.pnl_by_shock[name]
        assert said == typeset(usd(new - old, signed=True))
    assert len(shock_bars(parts.ledger).data) == 1


def test_replay_chart_shows_each_paths_drawdown_and_the_regime(parts: PageParts) -> None:
    figure = replay_chart(parts.replay, parts.regimes)
    falls = [trace for trace in figure.data if trace.yaxis == "y2"]
    for path, trace in zip(parts.replay.paths, falls, strict=True):
        assert min(trace.y) == pytest.approx(-100.0 * path.record.max_drawdown.size, abs=1e-3)
    band = next(trace for trace in figure.data if trace.type == "heatmap")
    assert list(band.z[0]) == parts.regimes.states.tolist()
    assert str(VOLMAGEDDON) in figure.layout.annotations[0].text


def test_a_day_outside_the_replay_is_not_marked(parts: PageParts) -> None:
    assert not replay_chart(parts.replay, parts.regimes, dt.date(2020, 3, 16)).layout.annotations


def test_every_chart_colour_has_a_dark_partner(page: str) -> None:
    figures = [s for s in Reader(page).scripts if s.startswith("{") and '"layout"' in s]
    used = {colour for s in figures for colour in re.findall(r'"(#[0-9a-fA-F]{3,8}|rgba?\([^"]*\))"', s)}
    assert len(figures) == 5
    assert used - {"rgba(0,0,0,0)"} <= set(DARK)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("words", [INK, MUTED, ACCENT, LOSS])
def test_words_have_contrast_in_both_lights(words: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    for ink, paper in ((words, PAPER), (DARK[words], DARK[PAPER])):
        bright, dim = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_the_style_and_the_charts_share_their_colours() -> None:
    style = files("seawall.report").joinpath("page.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#\w+);", half)) for half in style.split("prefers-color-scheme: dark")[:2]
    )
    for name, colour in {"paper": PAPER, "ink": INK, "muted": MUTED, "accent": ACCENT}.items():
        assert light[name] == colour
        assert dark[name] == DARK[colour]


def test_the_other_pages_have_their_own_sections(parts: PageParts) -> None:
    assert set(Reader(ledger_page(parts.ledger, parts.break_evens)).tables) >= {"the ledger"}
    alone = Reader(replay_page(parts.replay, parts.regimes))
    assert set(alone.tables) == {"with and without the hedge"}
    assert ("a", "href", "#ledger") not in alone.attributes


def test_every_chart_has_a_caption_of_one_sentence(page: str) -> None:
    captions = Reader(page).captions
    assert len(captions) == 5
    for caption in captions:
        sentence = caption.removesuffix("modelled").rstrip()
        assert sentence.endswith(".")
        assert ". " not in sentence


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: install one of {', '.join(names)}")
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found,
            args=["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
        )
        yield browser
        browser.close()


def opened(chromium, file: Path, width: int, scheme: str) -> SimpleNamespace:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda fault: said.append(str(fault)))
    tab.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-drawn]", state="attached")  # polling with eval would meet the policy
    result = SimpleNamespace(
        said=said,
        asked=[url for url in asked if not url.startswith(("data:", "blob:"))],
        drawn=tab.evaluate("document.querySelectorAll('.plot.js-plotly-plot .plot-container').length"),
        overflow=tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
        grid=tab.evaluate("document.querySelector('.plot').layout.font.color"),
        labels=tab.evaluate("[...document.querySelectorAll('#ledger tbody th')].map(e => e.firstChild.textContent)"),
        images=tab.evaluate("document.querySelectorAll('img').length"),
    )
    context.close()
    return result


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme", "ink"), [(1280, "light", INK), (400, "dark", DARK[INK])])
def test_a_browser_draws_it_offline(chromium, page: str, tmp_path: Path, width: int, scheme: str, ink: str) -> None:
    file = tmp_path / "demo.html"
    file.write_text(page, encoding="utf-8")
    seen = opened(chromium, file, width, scheme)
    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert seen.drawn == 5
    assert seen.overflow <= 0
    assert seen.grid == ink


@pytest.mark.browser
def test_a_browser_runs_no_label(chromium, parts: PageParts, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(demo_page(hostile(parts)), encoding="utf-8")
    seen = opened(chromium, file, 400, "light")
    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert seen.labels[:5] == list(HOSTILE[:5])
    assert (seen.images, seen.overflow) == (0, 0)
