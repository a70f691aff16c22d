"""What policies share of a book in its market never changes what one of them says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.serving import BOOK, MARKET

from seawall.app.decide import decide
from seawall.app.service.books import DEMO, Workspace
from seawall.app.service.desk import Desk, Viewed, history_of, viewed
from seawall.app.service.hedging import around_of, prepared_of
from seawall.app.service.policies import PolicyAsked, plan_with, policy_asked, shipped
from seawall.hedge import sizing_program
from seawall.hedge.charter import Policy, preset
from seawall.hedge.plan import HedgePlan
from seawall.report.hedge_records import hedge_record

LEVELS = ("2018-02-14", 15.9), ("2018-03-21", 15.4), ("2018-04-18", 15.6), ("2018-05-16", 15.9), ("2018-06-20", 16.0)
FUTURES = ", ".join(f"{{expiry: {day}, level: {level}}}" for day, level in LEVELS)
VIX = f"""{MARKET}vix:
  value: 17.31
  as_of: 2018-02-02
  source: made for the tests
  anchor: 16.0
  vvix: {{value: 103.0, as_of: 2018-02-02}}
  futures: [{FUTURES}]
"""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(sizing_program, "SECONDS", 600.0)  # a busy machine must not end a search for whole lots
    one = Desk(Workspace(None))
    one.workspace.put("put", BOOK.format(name="one put"), {"small.market.yaml": VIX})
    yield one
    one.close()


def told(plan: HedgePlan) -> Any:
    """All of a plan that does not come from beside it."""
    record = hedge_record(plan)
    return json.loads(json.dumps({key: value for key, value in record.items() if key != "context"}, default=str))


def alone(seen: Viewed, policy: Policy) -> Any:
    """The plan with nothing known before."""
    return told(decide(seen.loaded.book, seen.state, history_of(seen), policy))


@pytest.mark.parametrize("book", [DEMO, "put"])
def test_a_shared_ground_gives_the_plan_of_a_policy_on_its_own(desk: Desk, book: str) -> None:
    seen = viewed(desk, book)
    for name in reversed(shipped()):  # each with others before it, in another order than they are asked for below
        plan_with(desk, seen, PolicyAsked(name, carry=0.004))
    for name in shipped():
        assert told(plan_with(desk, seen, PolicyAsked(name))) == alone(seen, preset(name)), name
    for name in ("seed", "alvh"):
        asked = PolicyAsked(name, carry=0.004)
        policy = policy_asked(asked)
        assert policy is not None
        assert told(plan_with(desk, seen, asked)) == alone(seen, policy), name


def test_policies_are_prepared_on_one_market_with_one_scenario_set(desk: Desk) -> None:
    seen = viewed(desk, DEMO)
    around = around_of(desk, seen)
    made = [prepared_of(desk, seen, preset(name)) for name in shipped()]
    assert all(one.scenarios is around.scenarios for one in made)
    assert all(one.before is around.ledger for one in made)
    desk.memo.clear()
    assert around_of(desk, viewed(desk, DEMO)) is not around


def test_what_is_known_of_one_market_is_not_told_of_another(desk: Desk) -> None:
    """The same positions in a calmer market, asked in between."""
    wild = VIX.replace("{flat: 0.17}", "{flat: 0.40}").replace("value: 17.31", "value: 37.32")
    first = told(plan_with(desk, viewed(desk, "put"), PolicyAsked()))
    desk.workspace.put("put", BOOK.format(name="one put"), {"small.market.yaml": wild})
    other = viewed(desk, "put")
    assert told(plan_with(desk, other, PolicyAsked())) == alone(other, preset("seed"))
    desk.workspace.put("put", BOOK.format(name="one put"), {"small.market.yaml": VIX})
    assert told(plan_with(desk, viewed(desk, "put"), PolicyAsked())) == first
