"""The service layer behind the later pages: expired cover, prepared hedges, marked days."""

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.monitor.watching import ETH, PLAIN, World
from tests.app.serving import BOOK, MARKET

from seawall.app.service import views
from seawall.app.service.books import DEMO, Workspace
from seawall.app.service.calendar import marked_days
from seawall.app.service.desk import KEPT, Desk, is_watched, ledger_of, newest_number, viewed
from seawall.app.service.hedging import regime_of
from seawall.app.service.liquidity import pools
from seawall.app.service.policies import PolicyAsked, plan_with, shipped

SPOT, RATE, COVERED = 2762.13, 0.0142, 2800.0
CALLS = """seawall_book: 1
name: covered for two weeks
market: small.market.yaml
positions:
  - {label: sold, kind: option, side: short, quantity: 1, right: call, root: SPXW, strike: 2800, expiry: 2018-03-16}
  - {label: cover, kind: option, side: long, quantity: 1, right: call, root: SPXW, strike: 2850, expiry: 2018-02-16}
"""


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk(Workspace(None))
    yield one
    one.close()


def test_an_expired_leg_settles_and_stops_counting_as_cover(desk: Desk) -> None:
    desk.workspace.put("covered", CALLS, {"small.market.yaml": MARKET})
    seen = viewed(desk, "covered")
    rise = 0.30
    found = views.scenario_grid(desk, seen, views.axes_of(seen, "SPX", (7.0, 30.0), ((rise,), (0.0,))))
    worth = found.pnl_usd[:, 0, 0] + found.now_usd
    price, left = SPOT * (1.0 + rise), 12.0 / 365.0
    assert worth[0] > -100.0 * (2850.0 - COVERED) - 500.0, "while both live the loss is the width and time value"
    naked = -100.0 * (price - COVERED * math.exp(-RATE * left))
    assert worth[1] == pytest.approx(naked, rel=0.01), "the sold call alone, deep in the money: the cover is gone"
    assert found.settled == ((), ("cover",))
    bars = views.cell_bars(seen, views.axes_of(seen, "SPX", (30.0,), ((rise,), (0.0,))))
    assert {bar.label: bar.settled for bar in bars} == {"sold": 0, "cover": 1}
    cover = next(bar for bar in bars if bar.label == "cover")
    assert cover.pnl_usd < 0.0, "it settled at today's price, out of the money: its premium is lost"


def test_a_prepared_plan_is_the_plan(desk: Desk) -> None:
    from seawall.app.service.hedging import plan_of

    seen = viewed(desk, DEMO)
    assert [(t.contract, t.contracts) for t in plan_with(desk, seen, PolicyAsked()).tickets] == [
        (t.contract, t.contracts) for t in plan_of(desk, seen).tickets
    ]


def test_a_layer_switched_off_gets_no_ticket_and_no_budget_is_exceeded(desk: Desk) -> None:
    seen = viewed(desk, DEMO)
    plan = plan_with(desk, seen, PolicyAsked(off=frozenset({1})))
    bought = [t for t in plan.tickets if t.protects]
    assert {t.layer for t in bought} == {"L1", "L3"}
    assert {t.rule for t in plan.tickets if not t.protects} == {"L0.widen"}  # what the book holds, in ONSET
    carry = next(one for one in plan.budgets if one.name == "carry")
    assert carry.allowed is not None
    assert sum(t.carry_usd_per_year for t in bought) <= carry.allowed


def test_without_any_layer_nothing_is_traded(desk: Desk) -> None:
    plan = plan_with(desk, viewed(desk, DEMO), PolicyAsked(off=frozenset(range(10))))
    assert plan.tickets == ()
    assert plan.binding == "no layer is on"


def test_every_shipped_policy_is_decided_with_its_own_budgets_and_with_others(desk: Desk) -> None:
    seen = viewed(desk, DEMO)
    for name, one in shipped().items():
        own = plan_with(desk, seen, PolicyAsked(name))
        assert own.policy.name == name
        less = plan_with(desk, seen, PolicyAsked(name).with_budget("carry", one.carry / 2.0 if one.carry else 0.01))
        assert less.policy.digest != own.policy.digest
        assert less.policy.layers == own.policy.layers


def test_a_larger_budget_never_buys_less(desk: Desk) -> None:
    seen = viewed(desk, DEMO)
    bought = [
        sum(t.contracts for t in plan_with(desk, seen, PolicyAsked(carry=x)).tickets if t.protects)
        for x in (0.0, 0.01, 0.03, 0.1)
    ]
    assert bought[0] == 0
    assert bought == sorted(bought)


def test_every_pool_of_the_example_is_read_and_marked_days_rise(desk: Desk) -> None:
    assert [one.reading.label for one in pools(desk, viewed(desk, DEMO))] == ["ETH/USD v2 share", "ETH/USD v3 range"]
    days = [day for day, _ in marked_days(desk)]
    assert days == sorted(days)
    assert dt.date(2018, 2, 5) in days


def test_a_watched_book_is_seen_as_the_monitor_saw_it_last_and_memory_does_not_grow(tmp_path: Path) -> None:
    world = World(tmp_path)
    desk = Desk(Workspace(None), monitor=world.monitor)
    try:
        own = viewed(desk, DEMO)
        assert not own.live
        assert newest_number(desk, DEMO) == 0
        assert is_watched(desk, DEMO)
        kept = object()
        desk.memo.get(("other", "answer"), lambda: kept)
        for step in range(2 * KEPT):
            world.answer = world.eth(ETH + 0.1 * step)
            world.tick()
            seen = viewed(desk, DEMO)
            assert seen.key.number == newest_number(desk, DEMO) == step + 1
            assert seen.state.assets["ETH"].spot.value == pytest.approx(ETH + 0.1 * step)
            assert seen.key.market == world.clock.now.isoformat()
            assert viewed(desk, DEMO) is seen
        assert len(desk.memo) <= 2 * KEPT
        assert desk.memo.get(("other", "answer"), object) is kept, "a moving market pushes out nothing else"
        table = ledger_of(desk, seen)
        assert table.total.exposure.value_usd == pytest.approx(world.monitor.record()["books"][0]["value_usd"])
        reading = regime_of(desk, seen)
        assert reading is not None
        assert reading.state.name == world.monitor.record()["regime"]["state"]
        assert viewed(desk, DEMO, dt.date(2018, 2, 2)).key.number == 0, "an address that names a session keeps to it"
    finally:
        desk.close()


def test_a_book_that_was_edited_is_seen_in_its_own_market_until_the_monitor_has_read_it(tmp_path: Path) -> None:
    (tmp_path / "small.market.yaml").write_text(MARKET)
    place = tmp_path / "put.book.yaml"
    place.write_text(BOOK.format(name="one put"))
    world = World(tmp_path, PLAIN.replace("[demo]", "[put.book.yaml]"))
    desk = Desk(Workspace(None, (place,)), monitor=world.monitor)
    try:
        world.tick()
        assert viewed(desk, "put").live
        desk.workspace.put("put", BOOK.format(name="another put"))
        seen = viewed(desk, "put")
        assert (seen.live, seen.loaded.book.name) == (False, "another put")
        world.tick()
        seen = viewed(desk, "put")
        assert (seen.live, seen.loaded.book.name) == (True, "another put")
        desk.workspace.put("put", BOOK.format(name="a draft"), save=False)
        seen = viewed(desk, "put")
        assert (seen.live, seen.loaded.book.name) == (False, "a draft")
    finally:
        desk.close()
