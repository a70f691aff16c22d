"""The whole monitor with an injected clock: outages, garbage, bad books, restarts, and every alert exactly once."""

import datetime as dt
import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.app.monitor.watching import ETH, PLAIN, START, Clock, Collected, World
from tests.fake_venue import GARBAGE, garbage, marks

from seawall.app.monitor.feeds import example_book
from seawall.core.errors import DataError, InputError

ROUNDS = 2
LOW = 850.0
"""A price at which the example's perp is liquidated within a week with a chance above 70 % at 148 % volatility."""


def down() -> bytes:
    raise DataError("it cannot be reached: check the server")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_mark_moves_the_book_as_a_market_file_with_that_price_would(world: World, tmp_path: Path) -> None:
    from seawall.data.books import load_book
    from seawall.data.markets import load_market
    from seawall.ledger.exposure import ledger

    world.answer = world.eth(900.0)
    world.tick()
    at = f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}"
    text = (example_book().parent / "eve.market.yaml").read_text()
    text = text.replace("now: 2018-02-03T00:30:00Z", f"now: {at}")
    text = text.replace("{value: 915.78, as_of: 2018-02-03T00:00:00Z,", f"{{value: 900, as_of: {at},")
    (tmp_path / "moved.yaml").write_text(text)
    by_hand = ledger(load_book(example_book()).book, load_market(tmp_path / "moved.yaml")).total
    found = world.monitor.record()["books"][0]
    assert found["value_usd"] == pytest.approx(by_hand.exposure.value_usd, rel=1e-9)
    assert found["delta_usd"] == pytest.approx(by_hand.exposure.delta_usd, rel=1e-9)
    assert found["gamma_usd_per_pct"] == pytest.approx(by_hand.gamma_usd_per_pct, rel=1e-9)


def test_a_fall_alerts_once_and_its_end_once(world: World) -> None:
    world.ticks(3)
    assert world.channel.told == []
    world.answer = world.eth(LOW)
    world.ticks(5)
    world.answer = world.eth(ETH)
    world.ticks(5)
    assert world.channel.told == [("liquidation", "alert"), ("liquidation", "cleared")]
    body = world.channel.got[0].body
    assert body["level"] == "act"
    assert body["value"] > 0.7 == body["threshold"]


def test_an_outage_keeps_the_last_good_state_and_alerts_only_that_it_is_stale(world: World) -> None:
    world.ticks(2)
    before = world.monitor.record()["books"]
    world.answer = down
    world.ticks(9)
    shown = world.monitor.record()
    assert (shown["status"], shown["books"]) == ("source down", before)
    assert world.channel.told == []
    world.ticks(20)
    assert world.channel.told == [("stale", "alert")]
    assert "cannot be reached" in world.channel.got[0].body["fact"]
    world.answer = world.eth(ETH)
    world.ticks(2)
    assert world.channel.told == [("stale", "alert"), ("stale", "cleared")]
    assert world.monitor.record()["status"] == "live"
    venue = next(one for one in world.monitor.record()["sources"] if one["source"] == "venue")
    assert (venue["state"], venue["age_s"]) == ("live", 0.0)


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_alerts_that_it_is_refused_and_never_of_a_market_move(world: World, kind: str) -> None:
    count = iter(range(100))
    world.ticks(2)
    before = world.monitor.record()["books"]
    world.answer = lambda: garbage(kind, {"ETH": ETH}, world.clock.now, next(count))
    world.ticks(14)
    assert set(world.channel.told) == {("refused", "alert"), ("stale", "alert")}
    assert world.monitor.record()["books"] == before
    assert sum(world.monitor.record()["refused"].values()) == 14
    world.answer = world.eth(ETH)
    world.ticks(3)
    assert Counter(world.channel.told) == Counter(
        {(rule, what): 1 for rule in ("refused", "stale") for what in ("alert", "cleared")}
    )


def test_one_wrong_price_is_not_worth_an_alert(world: World) -> None:
    world.ticks(3)
    for _ in range(4):
        world.answer = world.eth(ETH / 2.0)
        world.tick()
        world.answer = world.eth(ETH)
        world.tick()
    assert world.channel.told == []
    assert world.monitor.record()["refused"] == {"jump": 4}


def test_a_book_that_becomes_wrong_keeps_the_last_good_one_and_says_so(tmp_path: Path) -> None:
    for name in ("eve.book.yaml", "eve.market.yaml"):
        shutil.copy(example_book().parent / name, tmp_path / name)
    world = World(tmp_path, PLAIN.replace("[demo]", "[eve.book.yaml]"))
    world.ticks(2)
    before = world.monitor.record()["books"]
    place = tmp_path / "eve.book.yaml"
    text = place.read_text()
    place.write_text(text.replace("quantity: 60", "quantity: sixty"))
    world.ticks(2)
    shown = world.monitor.record()
    assert shown["books"][0]["value_usd"] == pytest.approx(before[0]["value_usd"], rel=1e-6)
    assert "eve.book.yaml:" in shown["troubles"][0]["reason"]
    assert world.channel.told == [("trouble", "alert")]
    place.write_text(text.replace("quantity: 60", "quantity: 30"))
    world.ticks(2)
    assert world.monitor.record()["books"][0]["delta_usd"] < before[0]["delta_usd"] - 20_000.0
    assert world.channel.told == [("trouble", "alert"), ("trouble", "cleared")]


def test_positions_that_settle_while_it_runs_leave_the_last_good_state(world: World) -> None:
    world.ticks(2)
    world.clock.now = dt.datetime(2018, 2, 20, tzinfo=dt.UTC)
    world.answer = lambda: marks({"SPX": 2732.0, "VIX": 18.0, "ETH": ETH}, world.clock.now)
    world.ticks(3)
    assert "settled" in world.monitor.record()["troubles"][0]["reason"]
    assert world.monitor.record()["books"]


def test_a_restart_neither_loses_nor_repeats(world: World) -> None:
    world.ticks(2)
    world.answer = world.eth(LOW)
    world.channel.down = True
    world.tick()
    world.monitor.close()
    world.channel = Collected()
    world.monitor = world.open()
    assert [one["rule"] for one in world.monitor.bus.last["alerts"]] == ["liquidation"]
    assert world.monitor.bus.last["books"]
    world.ticks(5, 100)
    assert world.channel.told == [("liquidation", "alert")]
    world.answer = world.eth(ETH)
    world.monitor.close()
    world.monitor = world.open()
    world.ticks(3)
    assert world.channel.told == [("liquidation", "alert"), ("liquidation", "cleared")]


def test_a_kill_in_a_fall_neither_ends_nor_repeats_its_alert(world: World) -> None:
    """The price known to the former run is of before the fall; the first one after it waits for its confirmation."""
    world.ticks(2, 20)
    for price in (870.0, LOW, 800.0):
        world.answer = world.eth(price)
        world.tick()
    world.monitor.memory.close()
    world.monitor = world.open()
    world.answer = world.eth(795.0)
    world.ticks(5)
    world.answer = world.eth(700.0)
    world.ticks(5)
    assert world.channel.told == [("liquidation", "alert")]
    world.monitor.memory.close()
    world.monitor = world.open()
    world.answer = world.eth(920.0)
    world.ticks(5)
    assert world.channel.told == [("liquidation", "alert"), ("liquidation", "cleared")]


def test_a_restart_during_an_outage_ends_nothing(world: World) -> None:
    world.answer = world.eth(LOW)
    world.ticks(2)
    world.monitor.memory.close()
    world.monitor = world.open()
    world.answer = down
    world.ticks(5)
    assert world.channel.told == [("liquidation", "alert")]
    assert world.monitor.record()["books"]


def test_after_a_restart_a_wrong_first_price_moves_nothing(world: World) -> None:
    world.ticks(2)
    world.monitor.close()
    world.monitor = world.open()
    world.answer = world.eth(ETH / 3.0)
    world.tick()
    assert world.monitor.record()["refused"] == {"jump": 1}
    assert world.channel.told == []


def test_an_alert_of_a_rule_that_is_gone_ends_without_a_word(world: World) -> None:
    world.answer = world.eth(LOW)
    world.ticks(2)
    world.monitor.close()
    world.text = PLAIN.replace("  - {rule: liquidation, at: 0.7, clear: 0.6}\n", "")
    world.monitor = world.open()
    world.ticks(2)
    assert world.channel.told == [("liquidation", "alert")]
    assert world.monitor.record()["alerts"] == []


def test_the_regime_alerts_once_and_again_when_it_changes(tmp_path: Path) -> None:
    text = "seawall_monitor: 1\nbooks: [demo]\nevery: 1\nmarket: store\nrules: [{rule: regime}]\nstate: s.sqlite\n"
    world = World(tmp_path, text.replace("market: store", "market: book"))
    world.ticks(3)
    assert [one.body["fact"] for one in world.channel.got] == [
        "the regime of 2018-02-02 is ONSET: CALM>ONSET: two triggers"
    ]


def test_tickets_are_decided_again_only_when_an_input_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seawall.app.monitor import watch
    from seawall.app.monitor.figures import Drift

    asked: list[float] = []

    def drift(_: object, state: object, *__: object) -> Drift:
        asked.append(state.assets["ETH"].spot.value)  # type: ignore[attr-defined]
        return Drift(0.5, (), START)

    monkeypatch.setattr(watch, "drift_at", drift)
    text = PLAIN.replace("tickets: null", "tickets: {move: 0.02, every: 100, at_most_every: 5}")
    world = World(tmp_path, text + "\n")
    for price in (900.0, 901.0, 910.0, 917.9, 918.3, 930.0, 930.0, 940.0, 940.0):
        world.answer = world.eth(price)
        world.tick()
        world.monitor.watch.wait(10.0)
    assert asked == [900.0, 930.0]  # 918.3 is 2 % above 900, less than 5 s after; 930 is its first reading after that
    world.tick(110)
    world.tick()
    world.monitor.watch.wait(10.0)
    assert asked == [900.0, 930.0, 940.0]
    assert world.monitor.record()["books"][0]["hedge_drift"] == 0.5


def test_a_defect_of_its_own_is_counted_and_the_next_poll_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ticks(2)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.monitor.watch), "refresh", lambda *_: 1 / 0)
        world.tick()
    world.tick()
    assert world.monitor.polls.results["defect"] == 1
    assert world.monitor.polls.results["observed"] == 3


def test_two_monitors_do_not_share_a_state_file(world: World) -> None:
    world.ticks(1)
    with pytest.raises(InputError, match="another monitor is using it"):
        world.open()


def test_a_short_soak_gives_every_notice_and_no_other(world: World) -> None:
    """Rounds of a minute: a fall, a lone wrong price, an outage, garbage; eight notices each."""
    for number in range(ROUNDS):
        for second in range(60):
            price = LOW if 10 <= second < 20 else ETH
            world.answer = world.eth(price)
            if second == 25:
                world.answer = world.eth(ETH * 3.0)
            if 30 <= second < 42:
                world.answer = down
            if 45 <= second < 57:
                kind = GARBAGE[number % len(GARBAGE)]
                world.answer = lambda kind=kind, second=second: garbage(kind, {"ETH": ETH}, world.clock.now, second)
            world.tick()
    told = Counter(world.channel.told)
    once = {("liquidation", "alert"): ROUNDS, ("liquidation", "cleared"): ROUNDS, ("refused", "alert"): ROUNDS}
    assert told == Counter(
        once | {("refused", "cleared"): ROUNDS, ("stale", "alert"): 2 * ROUNDS, ("stale", "cleared"): 2 * ROUNDS}
    )
    assert len({one.id for one in world.channel.got}) == 8 * ROUNDS
    assert world.monitor.memory.active() == {}


def test_the_clock_of_a_venue_may_stand(world: World) -> None:
    fixed = marks({"ETH": ETH}, START)
    world.answer = lambda: fixed
    world.ticks(20)
    assert world.channel.told == [("stale", "alert")]
    assert world.monitor.record()["refused"] == {}


def test_an_injected_clock_is_the_only_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert isinstance(world.clock, Clock)
    world.tick()
    assert world.monitor.record()["at"] == (START + dt.timedelta(seconds=1)).isoformat()
