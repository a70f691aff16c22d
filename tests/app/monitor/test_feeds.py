"""What comes in beside marks: sync, store, the market under the marks, and how far a hedge is from its policy."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.fake_venue import wait_for

from seawall.app.desk.parts.live import age_text, figure_text, volatility_text
from seawall.app.monitor.feeds import HistoryFeed, SyncFeed, book_ids
from seawall.app.monitor.figures import drift_of, last_reading
from seawall.app.monitor.market import overlaid, store_market
from seawall.app.monitor.marks import Mark
from seawall.app.monitor.schema import SyncFile
from seawall.core.errors import DataError, StaleDataError
from seawall.data.books import load_book
from seawall.data.embedded import embedded_history
from seawall.data.sources.engine import Outcome
from seawall.hedge.held import HEDGES
from seawall.market.state import State

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
EVE = dt.datetime(2018, 2, 3, 0, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def example() -> State:
    from seawall.app.monitor.feeds import example_book

    found = load_book(example_book()).market
    assert found is not None
    return found


def test_a_sync_that_fails_keeps_the_age_of_the_last_that_did_not() -> None:
    answers = [
        [Outcome("fred", added=3)],
        [Outcome("fred", failed=["fred: it is down: try later"])],
        DataError("locked: wait"),
    ]

    def run(_: list[str]) -> list[Outcome]:
        found = answers.pop(0)
        if isinstance(found, DataError):
            raise found
        return found

    feed = SyncFeed(SyncFile(sources=["fred:UNRATE"], every=60.0), run)
    states = []
    for turn in range(3):
        now = NOW + turn * HOUR
        feed.refresh(now)
        assert wait_for(lambda: feed._going is not None and feed._going.done())
        feed.refresh(now + dt.timedelta(seconds=1))
        states.append(feed.states["fred"])
    feed.close()
    second = dt.timedelta(seconds=1)
    assert [one.as_of for one in states] == [NOW + second] * 3
    assert [one.failing for one in states] == [None, NOW + HOUR + second, NOW + HOUR + second]
    assert states[2].why == "locked: wait"


def test_a_store_that_is_locked_leaves_the_last_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place, locked = tmp_path / "seawall.duckdb", [False]
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path))

    def load() -> object:
        if locked[0]:
            raise DataError("another process is using the store: try again")
        return embedded_history()

    feed = HistoryFeed(load, look_s=0.0)  # type: ignore[arg-type]
    first = feed.history
    with ThreadPoolExecutor(1) as pool:

        def looked(content: str, second: float) -> bool:
            place.write_text(content)
            now = NOW + dt.timedelta(seconds=second)
            feed.refresh(now, pool)
            assert wait_for(lambda: feed._reading is None or feed._reading.done())
            return feed.refresh(now + dt.timedelta(seconds=0.1), pool)

        locked[0] = True
        assert looked("a", 1) is False
        assert feed.history is first
        assert feed.trouble is not None
        assert feed.trouble.reason.startswith("another process")
        locked[0] = False
        assert looked("ab", 2) is True
        assert feed.trouble is None
        assert feed.version == 1


def test_vix_moves_the_smile_and_the_modelled_numbers_that_rest_on_it() -> None:
    base = example()
    found = overlaid(base, {"VIX": Mark("VIX", 30.0, EVE + HOUR)})
    assert found.vix is not None
    assert base.vix is not None
    assert found.now == EVE + HOUR
    assert found.vix.vix.value == found.vix.curve.vix == 30.0
    spot = base.assets["SPX"].spot.value
    before, after = (float(one.view().vol("SPX", spot, 30 / 365)[0]) for one in (base, found))
    assert after / before == pytest.approx(30.0 / base.vix.vix.value, rel=0.15)


def test_older_marks_change_nothing_and_newer_ones_must_not_leave_old_prices_behind() -> None:
    base = example()
    assert overlaid(base, {"ETH": Mark("ETH", 1.0, EVE - HOUR)}) is base
    with pytest.raises(StaleDataError, match="SPX"):
        overlaid(base, {"ETH": Mark("ETH", 900.0, EVE + 5 * 24 * HOUR)})


def test_an_asset_that_the_market_lacks_needs_a_volatility() -> None:
    base = example()
    assert "BTC" not in overlaid(base, {"BTC": Mark("BTC", 9000.0, EVE + HOUR)}).assets
    made = overlaid(base, {"BTC": Mark("BTC", 9000.0, EVE + HOUR, 0.1, 0.9, 0.8)}).assets["BTC"]
    assert (made.spot.value, made.realised_vol.value, made.funding.value) == (9000.0, 0.8, 0.1)  # type: ignore[union-attr]


def test_the_market_of_the_store_is_that_of_its_last_session() -> None:
    history = embedded_history()
    last = min(history.get("SPX").dates[-1], history.get("VIX").dates[-1])
    found = store_market(history)
    assert found.assets["SPX"].spot.value == history.get("SPX").on(np.array([last]))[0]


def test_a_regime_that_is_too_old_is_unknown_and_says_since_when() -> None:
    reading, view = last_reading(embedded_history(), NOW, "seed")
    assert reading is None
    assert view.state is None
    assert view.known_at is not None
    assert str(view.day) in view.rule
    assert last_reading(embedded_history(), EVE, "seed")[1].state == "ONSET"


@pytest.mark.parametrize(
    ("held", "opened", "closed", "share"),
    [
        (0.0, 0.0, 0.0, 0.0), (0.0, 80.0, 0.0, 1.0), (100.0, 100.0, 0.0, 0.5), (100.0, 0.0, 100.0, 1.0),
        (100.0, 0.0, 25.0, 0.25), (100.0, 50.0, 50.0, 1.0),
    ],
)  # fmt: skip
def test_drift_is_vega_to_be_traded_over_vega_held_or_wanted(
    held: float, opened: float, closed: float, share: float
) -> None:
    def ticket(vega: float, closes: bool) -> SimpleNamespace:
        names = {"id": "t", "contract": "c", "side": "buy", "contracts": 1.0, "limit": 1.0, "rule": "r"}
        return SimpleNamespace(protects=not closes, closes=closes, vega_usd_per_point=vega, **names)

    row = SimpleNamespace(label="h", exposure=SimpleNamespace(vega_usd_per_point=held))
    book = SimpleNamespace(positions=[SimpleNamespace(label="h", group=HEDGES)])
    tickets = [ticket(v, c) for v, c in ((opened, False), (closed, True)) if v]
    before = SimpleNamespace(rows=[row], state=SimpleNamespace(now=NOW))
    found = drift_of(SimpleNamespace(book=book, before=before, tickets=tickets))  # type: ignore[arg-type]
    assert found.share == share
    assert len(found.tickets) == len(tickets)


def test_ids_are_those_of_the_desk(tmp_path: Path) -> None:
    from tests.app.serving import BOOK, MARKET

    from seawall.app.service.books import Workspace

    paths = []
    for name in ("a/My Book.book.yaml", "b/my-book.yaml", "demo.book.yaml"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(BOOK.format(name="x"))
        (place.parent / "small.market.yaml").write_text(MARKET)
        paths.append(place)
    workspace = Workspace(None, tuple(paths))
    ids = [one.id for one in workspace.list()]
    workspace.close()
    assert list(book_ids((None, *paths))) == ids


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "no data"), (0.4, "0 s old"), (119.0, "119 s old"), (120.0, "2 min old"), (7200.0, "2 h old")],
)
def test_ages_in_words(seconds: float | None, text: str) -> None:
    assert age_text(seconds) == text


def test_figures_in_words() -> None:
    book = {"value_usd": 1234.5, "time_buffer_days": None, "hedge_drift": 0.256, "break_evens": {
        "ETH": {"level": 0.5, "realised": None}, "SPX": {"level": None, "realised": 0.1}},
        "liquidation": {"a": {"share": 0.1}, "b": {"share": 0.3}}}  # fmt: skip
    told = {key: figure_text(book, key) for key in ("value_usd", "time_buffer_days", "hedge_drift", "liquidation")}
    assert told == {"value_usd": "1,234", "time_buffer_days": "unknown", "hedge_drift": "26 %", "liquidation": "30.0 %"}
    assert volatility_text(book) == "break-even against realised volatility, points: ETH 50.0 against unknown"
