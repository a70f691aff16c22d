"""What is told of a replay of liquidity: one set of numbers in JSON, tables and page, labels inert, unknown as null."""

import json
import math

import numpy as np
import pytest

from seawall.market.flow import INVERSE, ROOT, Flow, PoolTerms
from seawall.report.lp_replay import facts, print_replay, replay_record
from seawall.report.lp_replay_page import replay_page
from seawall.report.palette import DARK
from seawall.sim.lp import replay_positions
from seawall.sim.lp_result import LpReplay
from seawall.sim.lp_rules import LpCosts, LpPlan, PerpHedge, Range, rule_of

TERMS = PoolTerms("USDC", 6, "WETH", 18, 0.003, 0)
HOSTILE = '</script><img src=x onerror="alert(1)">'


def flow() -> Flow:
    """One hour: the price rises by 21 % and falls back, a swap a minute."""
    prices = np.append(np.linspace(2000.0, 2420.0, 31), np.linspace(2420.0, 2000.0, 31)[1:])
    start, end = np.sqrt(prices[:-1]), np.sqrt(prices[1:])
    up, at = end > start, (1_700_000_000 + 60 * np.arange(60)) * 1_000_000
    ends = np.where(up, start, -1.0 / start), np.where(up, end, -1.0 / end)
    into = 1000.0 * np.abs(ends[1] - ends[0]) / 0.997
    out = 1000.0 * np.where(up, 1.0 / start - 1.0 / end, start - end)
    none = np.zeros(60)
    return Flow("swap_by_swap", at, start, end, np.where(up, ROOT, INVERSE), np.minimum(*ends), np.maximum(*ends),
                np.where(up, none, into), np.where(up, into, none), np.where(up, out, none), np.where(up, none, out),
                np.full(60, 1000.0), int(at[-1]))  # fmt: skip


def replay(*ranges: Range, hedge: PerpHedge | None = None) -> LpReplay:
    plan = LpPlan(ranges, LpCosts(1.0, 1.0, 2.0, 0.001), hedge, markout_seconds=60)
    return replay_positions(plan, [flow()], TERMS)


HELD = Range(HOSTILE, 1900.0, 2500.0, deposit_usd=1000.0)
FULL = Range("all prices", deposit_usd=1000.0)
MOVED = Range("moved", 1990.0, 2050.0, deposit_usd=1000.0, rule=rule_of("exit"))


def test_the_record_is_plain_and_its_results_add_up() -> None:
    x = replay(HELD, FULL, MOVED, hedge=PerpHedge(1, 5.0, 0.1))
    record = json.loads(json.dumps(replay_record(x), allow_nan=False))
    assert record["fee_model"] == "swap_by_swap"
    assert any(line.startswith("swap_by_swap") for line in record["assumptions"])
    for one in record["positions"]:
        linked = one["vs_rebalancing_usd"] + one["link_drift_usd"]
        assert one["vs_hold_usd"] == pytest.approx(linked, abs=1e-9)
        assert one["vs_cash_usd"] - one["vs_cash_without_fees_usd"] == pytest.approx(one["fees_usd"], abs=1e-9)
        assert one["hedged_usd"] == pytest.approx(one["vs_cash_usd"] + one["hedge_usd"], abs=1e-9)
        assert one["fees_usd"] == pytest.approx(one["fees_base_tokens"] * record["price"] + one["fees_quote_tokens"])
    held, full, moved = record["positions"]
    # there and back: the tokens are those of the entry again, and holding them cost nothing
    assert held["vs_hold_without_fees_usd"] == pytest.approx(-2.0, abs=1e-9)
    assert (full["low"], full["high"], full["time_in_range"]) == (None, None, 1.0)
    assert len(moved["recentrings"]) == moved["recentres"] > 0
    assert moved["gas_usd"] == 2.0 + 2.0 * moved["recentres"]


def test_a_held_range_earns_its_share_of_every_fee() -> None:
    x = replay(Range("held", 1900.0, 2500.0, liquidity=1000.0))
    # as much liquidity as the pool's: half of 0.3 % of what came in, quote on the way up and base on the way down
    into = flow()
    record = replay_record(x)["positions"][0]
    assert record["fees_quote_tokens"] == pytest.approx(0.0015 * float(np.sum(into.quote_in)))
    assert record["fees_base_tokens"] == pytest.approx(0.0015 * float(np.sum(into.base_in)))


def test_the_table_holds_what_the_record_holds(capsys: pytest.CaptureFixture[str]) -> None:
    x = replay(FULL, MOVED)
    print_replay(x)
    shown = capsys.readouterr().out
    for fact in facts(x):
        assert fact.name in shown
        if fact.unit == "USD":
            assert f"{round(float(fact.values[0]), 2) + 0.0:,.2f}" in shown
    for line in x.assumptions():
        assert line[:60] in shown


def test_many_positions_are_summarised(capsys: pytest.CaptureFixture[str]) -> None:
    widths = 1.001 + 0.003 * np.arange(60)
    x = replay(*(Range(f"p{n}", 2000.0 / w, 2000.0 * w, deposit_usd=100.0) for n, w in enumerate(widths)))
    summary = replay_record(x)["summary"]
    share = x.vs_hold() / x.entry_value
    told = summary["share_of_entry_value"]["Against holding"]
    assert told == {"worst": share.min(), "median": pytest.approx(np.median(share)), "best": share.max()}
    assert summary["ahead_of_holding"] == int(np.sum(x.vs_hold() > 0.0))
    assert summary["against_holding"]["best"] == x.labels[int(np.argmax(share))]
    print_replay(x)
    assert f"{summary['ahead_of_holding']:,} of holding" in capsys.readouterr().out
    page = replay_page(x)
    assert "Drawn: the first 3 of 60 positions." in page
    assert 'id="spread"' in page


def test_the_page_is_inert_and_asks_no_network() -> None:
    page = replay_page(replay(HELD, FULL, MOVED, Range("far", 1.0, 2.0, 5.0), hedge=PerpHedge()))
    body = page[page.index("<main>") : page.index("</main>")]
    assert "<img" not in body
    assert "http" not in body
    for chart in ("price-0", "three-0", "lvr-0", "price-2", "fees-lvr"):
        assert f'<figure id="{chart}">' in body


def test_every_colour_has_a_dark_partner() -> None:
    from seawall.report.lp_replay_page import _lvr_chart, _price_chart, _three_chart

    x = replay(MOVED, hedge=PerpHedge())
    for figure in (_price_chart(x, x.paths[0]), _three_chart(x, 0, x.paths[0], 0.0), _lvr_chart(x.paths[0])):
        for trace in figure.data:
            assert trace.line.color in DARK
            assert trace.fillcolor is None or trace.fillcolor in DARK


def test_the_drawn_results_end_where_the_table_does() -> None:
    from seawall.report.lp_replay_page import _three_chart

    x = replay(MOVED, hedge=PerpHedge(1, 5.0))
    figure = _three_chart(x, 0, x.paths[0], 1.0)
    burn = x.plan.costs.burn_usd
    expected = [float(v[0]) + burn for v in (x.vs_cash(), x.vs_hold(), x.vs_rebalancing())]
    assert [trace.y[-1] for trace in figure.data][:3] == pytest.approx(expected, abs=1e-5)


def test_a_pool_that_does_not_move_has_no_volatility_and_says_so() -> None:
    still = flow()
    root = np.full(60, math.sqrt(2000.0))
    still = still._replace(start=root, end=root, low=root, high=root, coordinate=np.full(60, ROOT))
    x = replay_positions(LpPlan((HELD,)), [still], TERMS)
    record = json.loads(json.dumps(replay_record(x), allow_nan=False))
    assert record["arbitrage_modelled"] is None
    assert record["positions"][0]["lvr_realised_usd"] == 0.0
    assert record["positions"][0]["lvr_model_usd"] == 0.0
    assert replay_page(x)
