"""Liquidity replayed: a slow replay in decimals beside it, the identities of METHOD 5.4, and streams cut anywhere."""

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import DATA, existing

from seawall.core.errors import DomainError, InputError, MissingDataError, RangeError, SeawallError
from seawall.data.swaps import SwapReader
from seawall.kernels import lp_replay as k
from seawall.market.flow import LOG, ROOT, Flow, PoolTerms
from seawall.sim.lp import replay_positions
from seawall.sim.lp_path import Returns
from seawall.sim.lp_result import LpReplay
from seawall.sim.lp_rules import LpCosts, LpPlan, PerpHedge, Range, Rule, rule_of

TERMS = PoolTerms("USDC", 6, "WETH", 18, 0.0005, 0)
FEE, ONE = Decimal("0.0005"), Decimal(1)
MICRO = 1_000_000
Cells = dict[str, str]


class Slow(NamedTuple):
    """What the slow replay finds."""

    fee_base: Decimal
    fee_quote: Decimal
    lvr: Decimal
    rebalanced: Decimal
    value: Decimal
    start: Decimal
    swap_cost: Decimal
    recentres: int
    seconds_inside: int


class Account:
    """One position in decimals, by definition rather than by formula: tokens, then values, then differences."""

    def __init__(self, low: Decimal, high: Decimal, deposit: Decimal, price: Decimal, rule: Rule, rate: str) -> None:
        self.low, self.high, self.rule, self.rate, self.price = low, high, rule, Decimal(rate), price
        self.width, self.centred, self.at = (high / low).sqrt(), 0, 0
        self.liquidity = ONE
        self.liquidity = deposit / self.value(price)
        self.start = deposit
        self.fee_base = self.fee_quote = self.lvr = self.rebalanced = self.swap_cost = Decimal(0)
        self.recentres = self.inside = 0

    def tokens(self, price: Decimal) -> tuple[Decimal, Decimal]:
        inside = min(max(price, self.low), self.high).sqrt()
        return self.liquidity * (1 / inside - 1 / self.high.sqrt()), self.liquidity * (inside - self.low.sqrt())

    def value(self, price: Decimal) -> Decimal:
        base, quote = self.tokens(price)
        return base * price + quote

    def mark(self, price: Decimal, at: int, *, last: bool = False) -> None:
        base, _ = self.tokens(self.price)
        self.rebalanced += base * (price - self.price)
        self.lvr += base * (price - self.price) - (self.value(price) - self.value(self.price))
        self.inside += (at - self.at) * (self.low <= self.price < self.high)
        self.price, self.at = price, at
        out = self.rule.kind == "exit" and not self.low < price < self.high
        if not last and (out or (self.rule.kind == "time" and at - self.centred >= self.rule.value)):
            self.centre(price, at)

    def centre(self, price: Decimal, at: int) -> None:
        """A range around the price takes both tokens in equal worth; what is too much of one is sold at a rate."""
        base, quote = self.tokens(price)
        spare = base * price - quote
        if spare > 0:
            sold = spare / (2 - self.rate)
            cost, half = sold * self.rate, base * price - sold
        else:
            paid = -spare / (2 - self.rate)
            cost, half = paid * self.rate, quote - paid
        self.low, self.high, self.liquidity = price / self.width, price * self.width, ONE
        self.liquidity = 2 * half / self.value(price)
        self.swap_cost += cost
        self.recentres += 1
        self.centred = at

    def earn(self, base: Decimal, quote: Decimal, pool: Decimal, share: Decimal) -> None:
        own = share * self.liquidity / (pool + self.liquidity)
        self.fee_base += own * base
        self.fee_quote += own * quote

    def found(self) -> Slow:
        return Slow(self.fee_base, self.fee_quote, self.lvr, self.rebalanced, self.value(self.price), self.start,
                    self.swap_cost, self.recentres, self.inside)  # fmt: skip


def tick_price(tick: int) -> Decimal:
    """USDC per WETH at a tick."""
    return Decimal("1.0001") ** -tick * 10**12


def instant(text: str) -> int:
    return int(np.datetime64(text, "s").astype(np.int64))


def overlap(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> Decimal:
    return max(min(b, d) - max(a, c), Decimal(0)) / (b - a)


def slow_minutes(rows: list[Cells], one: Range, rule: Rule, rate: str) -> Slow:
    """Held ranges end at ticks, so whole ticks are counted; a re-centred range is compared in logarithms."""
    with localcontext() as context:
        context.prec = 40
        before = int(rows[0]["openTick"])
        account = Account(Decimal(one.low or 0), Decimal(one.high or 0), Decimal(one.deposit_usd or 0),
                          tick_price(before), rule, rate)  # fmt: skip
        account.centred = account.at = instant(rows[0]["timestamp"])
        step = Decimal("1.0001").ln()
        for n, row in enumerate(rows):
            if n:
                account.mark(tick_price(before), instant(row["timestamp"]))
            close = int(row["closeTick"])
            low, high = min(before, close, int(row["lowestTick"])), max(before, close, int(row["highestTick"]))
            ends = (-(account.high / 10**12).ln() / step, -(account.low / 10**12).ln() / step)
            share = overlap(Decimal(low), Decimal(high + 1), *ends)
            account.earn(FEE * int(row["inAmount1"]) / 10**18, FEE * int(row["inAmount0"]) / 10**6,
                         Decimal(row["currentLiquidity"]) / 10**12, share)  # fmt: skip
            before = close
        account.mark(tick_price(before), instant(rows[-1]["timestamp"]) + 60, last=True)
        return account.found()


def slow_swaps(rows: list[Cells], one: Range, rule: Rule, rate: str) -> Slow:
    """In raw coordinates: token0 comes in along 1/sqrt P, token1 along sqrt P."""
    with localcontext() as context:
        context.prec = 40
        told = [row for row in rows if row["tx_type"] != "COLLECT"]
        roots = [Decimal(row["sqrtPriceX96"]) / 2**96 for row in told]
        account = Account(Decimal(one.low or 0), Decimal(one.high or 0), Decimal(one.deposit_usd or 0),
                          10**12 / roots[0] ** 2, rule, rate)  # fmt: skip
        swaps = [n for n, row in enumerate(told) if row["tx_type"] == "SWAP" and n]
        at = instant(told[swaps[0]]["block_timestamp"])
        account.centred = account.at = at
        for n in swaps:
            row, a, b = told[n], roots[n - 1], roots[n]
            now = instant(row["block_timestamp"])
            if now // 60 > at // 60:
                account.mark(10**12 / a**2, now // 60 * 60)
            at = now
            lower, upper = (10**12 / account.high).sqrt(), (10**12 / account.low).sqrt()
            into = [max(Decimal(row[name]), Decimal(0)) for name in ("amount0", "amount1")]
            if into[0] > 0:
                stretch, paid = (1 / a, 1 / b, 1 / upper, 1 / lower), into[0]
            else:
                stretch, paid = (a, b, lower, upper), into[1]
            pool = Decimal(told[n - 1]["total_liquidity"])
            if a == b:
                share = Decimal(lower <= a < upper)
            else:
                share = overlap(*stretch)
                if told[n - 1]["total_liquidity"] != row["total_liquidity"]:
                    pool = (ONE - FEE) * paid / (stretch[1] - stretch[0])
            account.earn(FEE * into[1] / 10**18, FEE * into[0] / 10**6, pool / 10**12, share)
        account.mark(10**12 / roots[-1] ** 2, at, last=True)
        return account.found()


def close_to(slow: Slow, x: LpReplay, n: int, rel: float = 1e-9) -> None:
    scale = float(slow.start)
    money = {k.LVR: slow.lvr, k.REBALANCED: slow.rebalanced, k.SWAP_COST: slow.swap_cost}
    for column, expected in money.items():
        assert float(x.column(column)[n]) == pytest.approx(float(expected), rel=rel, abs=rel * scale)
    assert float(x.column(k.FEE_BASE)[n]) == pytest.approx(float(slow.fee_base), rel=rel)
    assert float(x.column(k.FEE_QUOTE)[n]) == pytest.approx(float(slow.fee_quote), rel=rel)
    assert float(x.value[n]) == pytest.approx(float(slow.value), rel=rel)
    assert float(x.entry_value[n]) == pytest.approx(scale, rel=rel)
    assert int(x.recentres[n]) == slow.recentres
    assert float(x.column(k.TIME_IN)[n]) == slow.seconds_inside


def closes(x: LpReplay) -> None:
    """The identities, to 1e-9 of the value: the link, both ends of cash, and what with and without fees differ by."""
    scale = x.entry_value
    assert np.max(np.abs(x.link_error)) < 1e-9
    moved = x.column(k.REBALANCED) - x.lvr - x.column(k.SWAP_COST)
    assert np.max(np.abs(x.value - x.entry_value - moved) / scale) < 1e-9
    hold = x.column(k.BASE0) * (x.price - x.entry_price)
    assert np.max(np.abs(x.vs_cash() - x.vs_hold() - hold) / scale) < 1e-9
    for result in (x.vs_cash, x.vs_hold, x.vs_rebalancing):
        assert np.max(np.abs(result() - result(fees=False) - x.fees) / scale) < 1e-9
    base, quote = x.tokens
    assert np.max(np.abs(base * x.price + quote - x.value) / scale) < 1e-12
    assert np.min(x.lvr) >= 0.0
    assert np.min(x.fees) >= 0.0


def made(seed: int, rows: int = 500, model: str = "swap_by_swap") -> Flow:
    """A pool of one liquidity whose price walks."""
    rng = np.random.default_rng(seed)
    prices = 2000.0 * np.exp(np.cumsum(np.append(0.0, rng.normal(0.0, 0.004, rows))))
    start, end = np.sqrt(prices[:-1]), np.sqrt(prices[1:])
    at = (1_700_000_000 + np.cumsum(rng.integers(0, 90, rows))) * MICRO
    up = end > start
    ends = (start, end) if model == "swap_by_swap" else (2.0 * np.log(start), 2.0 * np.log(end))
    kind = ROOT if model == "swap_by_swap" else LOG
    size, none = rng.uniform(1e3, 1e6, rows), np.zeros(rows)
    return Flow("swap_by_swap" if model == "swap_by_swap" else "pro_rata", at.astype(np.int64), start, end,
                np.full(rows, kind, np.int64), np.minimum(*ends), np.maximum(*ends), np.where(up, none, size / 2000.0),
                np.where(up, size, none), np.where(up, size / 2000.0, none), np.where(up, none, size),
                rng.uniform(1e4, 1e6, rows), int(at[-1]))  # fmt: skip


RANGES = (
    Range("held", 1800.0, 2200.0, deposit_usd=1e4),
    Range("v2", deposit_usd=1e4),
    Range("below", 1000.0, 1500.0, liquidity=30.0),
    Range("above", 2600.0, 2900.0, deposit_usd=1e4),
    Range("exit", 1960.0, 2040.0, deposit_usd=1e4, rule=rule_of("exit")),
    Range("time", 1900.0, 2100.0, deposit_usd=1e4, rule=rule_of("time:90m")),
    Range("band", 1900.0, 2100.0, deposit_usd=1e4, rule=rule_of("band:0.5")),
    Range("moved in", 1500.0, 1600.0, deposit_usd=1e4, rule=rule_of("exit")),
)
COSTS = LpCosts(3.0, 2.0, 4.0, 0.003)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["swap_by_swap", "pro_rata"]), st.sampled_from([0, 60, 600]))
def test_the_accounting_closes(seed: int, model: str, every: int) -> None:
    plan = LpPlan(RANGES, COSTS, PerpHedge(3, 5.0, 0.1), mark_seconds=every)
    x = replay_positions(plan, [made(seed, model=model)], TERMS)
    closes(x)
    np.testing.assert_allclose(x.gas, 5.0 + 4.0 * x.recentres)
    assert x.recentres[:4].tolist() == [0.0] * 4


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_hedged_at_every_mark_without_costs_is_against_rebalancing(seed: int) -> None:
    x = replay_positions(LpPlan(RANGES, COSTS, PerpHedge(1)), [made(seed)], TERMS)
    assert x.hedged is not None
    np.testing.assert_allclose(x.hedged, x.vs_rebalancing(), atol=1e-9 * float(np.max(x.entry_value)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 500), max_size=6))
def test_a_stream_may_be_cut_anywhere(seed: int, cuts: list[int]) -> None:
    whole = made(seed)
    plan = LpPlan(RANGES, COSTS, PerpHedge(2, 1.0))

    def parts() -> Iterator[Flow]:
        for start, stop in pairwise(sorted({0, 500, *cuts})):
            columns = {n: v[start:stop] for n, v in whole._asdict().items() if isinstance(v, np.ndarray)}
            yield whole._replace(**columns, until=int(whole.at[stop - 1]))

    one, other = replay_positions(plan, [whole], TERMS), replay_positions(plan, parts(), TERMS)
    np.testing.assert_array_equal(one.states, other.states)
    assert one.returns.vol == pytest.approx(other.returns.vol, rel=1e-12)
    assert one.markout is not None
    assert other.markout is not None
    np.testing.assert_allclose([v or 0 for v in one.markout], [v or 0 for v in other.markout], rtol=1e-9, atol=1e-6)


def test_many_positions_are_as_good_as_each_alone() -> None:
    flow = [made(5)]
    together = replay_positions(LpPlan(RANGES, COSTS), flow, TERMS)
    for n, one in enumerate(RANGES):
        alone = replay_positions(LpPlan((one,), COSTS), flow, TERMS)
        np.testing.assert_array_equal(alone.states[0], together.states[n])


def test_neighbouring_ranges_earn_together_what_one_over_both_earns() -> None:
    ends = [1000.0, 1900.0, 1990.0, 2050.0, 4000.0]
    parts = tuple(Range(str(n), a, b, liquidity=7.0) for n, (a, b) in enumerate(pairwise(ends)))
    x = replay_positions(LpPlan((*parts, Range("all", ends[0], ends[-1], liquidity=7.0))), [made(6)], TERMS)
    for column in (k.FEE_BASE, k.FEE_QUOTE):
        assert float(np.sum(x.column(column)[:-1])) == pytest.approx(float(x.column(column)[-1]), rel=1e-12)


def test_the_markout_is_that_of_every_swap_judged_later() -> None:
    flow = made(7, 150)
    # two swaps an instant, instants that fall due on instants: the last of both is the later price, once it is known
    flow = flow._replace(at=(1_700_000_000 + 50 * (np.arange(150) // 2)) * MICRO)
    x = replay_positions(LpPlan(RANGES[:1], markout_seconds=200), [flow], TERMS)
    gain, ahead, volume = 0.0, 0.0, 0.0
    for n in range(flow.at.size):
        due = flow.at[n] + 200 * MICRO
        if due >= flow.at[-1]:
            continue
        later = int(np.flatnonzero(flow.at <= due)[-1])
        won = (flow.base_out[n] - flow.base_in[n]) * flow.end[later] ** 2 + flow.quote_out[n] - flow.quote_in[n]
        size = flow.quote_in[n] + flow.quote_out[n]
        gain, volume, ahead = gain + won, volume + size, ahead + size * (won > 0.0)
    assert x.markout is not None
    assert x.markout.taker_usd == pytest.approx(gain, rel=1e-9)
    assert x.markout.volume_usd == pytest.approx(volume, rel=1e-12)
    assert x.markout.share == pytest.approx(ahead / volume, rel=1e-12)


@pytest.mark.parametrize("years", [1.0, 0.25])
def test_realised_volatility_and_its_error(years: float) -> None:
    # n returns of one size r: the variance a year is n r^2/years, its error sqrt(2/3 n) r^2/years
    found = Returns()
    found.begin(math.exp(0.5))
    found.add(np.exp(0.5 + 0.01 * (np.arange(1, 31) % 2)))
    found.add(np.exp(0.5 + 0.01 * (np.arange(31, 61) % 2)))
    vol = 0.02 * math.sqrt(60.0 / years)
    one = found.estimate(years)
    assert (one.vol, one.returns) == (pytest.approx(vol, rel=1e-9), 60)
    assert 2.0 * one.vol * one.standard_error == pytest.approx(math.sqrt(40.0) * 0.02**2 / years, rel=1e-9)


def test_a_path_is_thinned_but_ends_where_the_position_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from seawall.sim import lp_path

    flow = made(8, 3000)
    whole = replay_positions(LpPlan(RANGES[4:5]), [flow], TERMS).paths[0]
    monkeypatch.setattr(lp_path, "MOST_POINTS", 50)
    x = replay_positions(LpPlan(RANGES[4:5]), [flow], TERMS)
    thin = x.paths[0]
    assert thin.track.shape[0] <= 102
    np.testing.assert_array_equal(thin.track[-1], whole.track[-1])
    assert set(map(tuple, thin.track)) <= set(map(tuple, whole.track))
    assert thin.column("value")[-1] == pytest.approx(float(x.value[0]), rel=1e-12)
    assert len(thin.events) == x.recentres[0] > 0


def test_the_model_takes_the_stated_volatility_and_the_method_s_arbitrage() -> None:
    # METHOD 5.5: sigma 80 %, 12 s blocks, sigma_b 4.935 bp: 41.1 % at 5 bp (Poisson), 36.5 % (equal blocks)
    x = replay_positions(LpPlan(RANGES[:1], vol=0.8), [made(9)], TERMS)
    found = x.arbitrage()
    assert found is not None
    assert found.poisson == pytest.approx(0.411, abs=5e-4)
    assert found.equal_blocks == pytest.approx(0.365, abs=5e-4)
    assert found.block_vol == pytest.approx(4.935e-4, abs=5e-8)
    held = replace(x.plan, vol=1.6)
    twice = replay_positions(held, [made(9)], TERMS)
    np.testing.assert_allclose(twice.model_lvr, 4.0 * x.model_lvr)
    even = replay_positions(replace(x.plan, vol=float(x.break_even_vol[0])), [made(9)], TERMS)
    np.testing.assert_allclose(even.model_lvr, even.fees)


@pytest.mark.parametrize(("make", "kind", "words"), [
    (lambda: Range("a", 2.0, 1.0, 1.0), RangeError, "low must be below high"),
    (lambda: Range("a", 2.0, None, 1.0), RangeError, "both ends"),
    (lambda: Range("a", 1.0, 2.0), DomainError, "either liquidity or deposit_usd"),
    (lambda: Range("a", 1.0, math.inf, 1.0), DomainError, "high must be"),
    (lambda: Range("a", liquidity=1.0, rule=rule_of("exit")), DomainError, "no centre to move"),
    (lambda: rule_of("time:24"), InputError, "is no rule"),
    (lambda: rule_of("time:0h"), DomainError, "needs a number > 0"),
    (lambda: rule_of("band:"), InputError, "is no rule"),
    (lambda: rule_of("hold:1"), InputError, "is no rule"),
    (lambda: LpCosts(swap_rate=1.0), DomainError, "swap_rate must be below 1"),
    (lambda: LpCosts(mint_usd=-1.0), DomainError, "mint_usd must be"),
    (lambda: PerpHedge(0), DomainError, "whole number >= 1"),
    (lambda: LpPlan(()), InputError, "no position"),
    (lambda: LpPlan((RANGES[0], RANGES[0])), InputError, "two positions are called held"),
    (lambda: LpPlan(RANGES, vol=0.0), DomainError, "vol is per root of a year"),
    (lambda: PoolTerms("A", 6, "A", 6, 0.0, 0), DomainError, "both tokens"),
    (lambda: PoolTerms("A", 6, "B", 6, 1.0, 0), DomainError, "fee is a fraction"),
    (lambda: PoolTerms("A", 6, "B", 6, 0.0, 2), DomainError, "0 or 1"),
    (lambda: PoolTerms("A", -1, "B", 6, 0.0, 0), DomainError, "whole number from 0 to 36"),
    (lambda: PoolTerms("<b>", 1, "B", 6, 0.0, 0), DomainError, "no token symbol"),
    (lambda: replay_positions(LpPlan(RANGES), [], TERMS), MissingDataError, "no swap"),
    (lambda: replay_positions(LpPlan(RANGES), [made(1), made(1)], TERMS), DomainError, "out of order"),
])  # fmt: skip
def test_what_cannot_be_is_refused(make: object, kind: type[SeawallError], words: str) -> None:
    with pytest.raises(kind, match=words):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("text", ["hold", "exit", "time:24h", "time:0.5h", "band:0.25"])
def test_a_rule_is_written_as_it_is_read(text: str) -> None:
    assert str(rule_of(text)) == text


DAYS = [f"polygon_USDC_WETH_005_2023-08-{day}.minute.csv" for day in (13, 14, 15, 16, 17)]


@pytest.mark.shared
@pytest.mark.parametrize(("rule", "rate"), [("hold", "0"), ("exit", "0.001"), ("time:6h", "0.003")])
def test_real_days_are_those_of_the_slow_replay(rule: str, rate: str) -> None:
    paths = [existing(DATA / "uniswap" / name) for name in DAYS][0 if rule == "hold" else 3 :]
    rows: list[Cells] = []
    for path in paths:
        with path.open(newline="") as file:
            rows += csv.DictReader(file)
    ends = (tick_price(201800), tick_price(200800)) if rule == "hold" else (Decimal(1780), Decimal(1840))
    one = Range("one", float(ends[0]), float(ends[1]), deposit_usd=1e4, rule=rule_of(rule))
    plan = LpPlan((one,), LpCosts(swap_rate=float(rate)))
    x = replay_positions(plan, SwapReader(paths, TERMS, 1820.0), TERMS)
    closes(x)
    close_to(slow_minutes(rows, one, one.rule, rate), x, 0)
    assert x.traded.gaps == (rule == "hold")  # 2023-08-14 starts a minute late


@pytest.mark.shared
@pytest.mark.parametrize(("rule", "rate"), [("hold", "0"), ("exit", "0.001")])
def test_a_real_day_of_swaps_is_that_of_the_slow_replay(rule: str, rate: str) -> None:
    path: Path = existing(DATA / "uniswap" / "eth_mainnet_USDC_WETH_005_ticks_2024-01-05.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    one = Range("one", 2255.0, 2275.0, deposit_usd=1e4, rule=rule_of(rule))
    x = replay_positions(LpPlan((one,), LpCosts(swap_rate=float(rate))), SwapReader([path], TERMS, 2250.0), TERMS)
    closes(x)
    close_to(slow_swaps(rows, one, one.rule, rate), x, 0, 1e-8)
    assert x.model == "swap_by_swap"
