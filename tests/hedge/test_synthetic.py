"""The synthetic-forward trim: parity by hand and by cash flows, sign and scaling laws, real chains, what is unknown."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hedge.made_situation import book, reading, situation
from tests.made_chains import AS_OF, black, chain_of, flat_chain
from tests.published import DATA, existing
from tests.worlds import NOW

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.data.chains import load_chains
from seawall.hedge.charter import Policy, preset
from seawall.hedge.decide import decide
from seawall.hedge.plan import HedgePlan
from seawall.hedge.synthetic import Pair, TrimCosts, best_pair, future_expiry, gap_of, ways
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.ledger.book import Book
from seawall.market.chain import CALL, PUT, Chain
from seawall.signals.regime import Regime

DAY = dt.date(2021, 3, 19)
FREE = TrimCosts(0.0, 0.0, 0.0, 0.0)


def pair(gap: float = 0.0, half: tuple[float, float] = (0.2, 0.3)) -> Pair:
    """F 6000, K 5990, D .99: C - P of 9.90 is parity; the call is ``gap`` dearer."""
    call, put = 100.0 + gap, 90.1
    return Pair(
        DAY, "SPX", 5990.0, call - half[0], call + half[0], put - half[1], put + half[1], 6000.0, 0.99, 0.25, True
    )


def test_exact_parity_is_no_gap_and_not_tradable() -> None:
    """Spreads .2 + .3 + .99 x .125, fees (2 + 2)/100, financing .01 x .25 x (.15 + .06) x 6000; no premium is paid."""
    found = gap_of(pair())
    assert found.points == pytest.approx(0.0, abs=1e-12)
    assert found.costs == pytest.approx(0.5 + 0.12375 + 0.04 + 3.15)
    assert (found.tradable, found.profit_usd) == (False, 0.0)


@pytest.mark.parametrize("end", [0.0, 5990.0, 9000.0])
@pytest.mark.parametrize("gap", [5.0, -5.0])
def test_a_gap_beyond_costs_is_worth_what_its_cash_flows_leave(gap: float, end: float) -> None:
    """Traded at bid and ask and held to any settlement; the future is a forward at F and half a tick."""
    one, costs = pair(gap), TrimCosts()
    side = 1.0 if gap > 0.0 else -1.0  # the call is dear: sell the synthetic forward, buy the future
    options = (one.call_bid - one.put_ask) if side > 0.0 else -(one.call_ask - one.put_bid)
    paid_at_end = -side * (end - one.strike) + side * (end - (one.forward + side * costs.future_half))
    tied = 0.21 * 6000.0 + max(-options, 0.0)
    locked = options + 0.99 * paid_at_end - 0.04 - 0.01 * 0.25 * tied
    found = gap_of(one)
    assert found.points == pytest.approx(gap)
    assert found.tradable
    assert found.profit_usd == pytest.approx(100.0 * locked)


@pytest.mark.parametrize(("gap", "tradable"), [(3.8, False), (3.82, True), (-3.82, False), (-3.84, True)])
def test_the_edge_of_tradable(gap: float, tradable: bool) -> None:
    """Costs are 3.81375 for a conversion, which receives premium, and .01 x .25 x ask more for a reversal."""
    assert gap_of(pair(gap)).tradable is tradable


@given(st.floats(-1e9, 1e9), st.floats(-20.0, 20.0))
def test_a_trim_is_against_the_delta_and_leaves_at_most_half_a_contract(delta: float, gap: float) -> None:
    for way, each in zip(ways(delta, pair(gap)), (100.0 * 0.99 * 6000.0, 50.0 * 6000.0), strict=True):
        assert way.contracts * delta <= 0.0  # short delta buys
        assert way.delta_usd == pytest.approx(way.contracts * each)
        assert abs(delta + way.delta_usd) <= 0.5 * each * (1.0 + 1e-9)
        assert way.left_usd == pytest.approx(delta + way.delta_usd)


@given(st.integers(1, 200), st.integers(1, 20), st.sampled_from([-1.0, 1.0]))
def test_a_larger_book_is_trimmed_in_proportion(contracts: int, times: int, sign: float) -> None:
    each = 100.0 * 0.99 * 6000.0
    small, large = (ways(sign * contracts * scale * each, pair()) for scale in (1, times))
    assert large[0].contracts == times * small[0].contracts == -sign * times * contracts
    assert large[0].cost_usd == pytest.approx(times * small[0].cost_usd)
    assert abs(large[1].contracts - times * small[1].contracts) <= 0.5 * (times + 1)


def test_costs_of_both_ways_by_hand() -> None:
    """Two pairs against four futures: half-spread, fees and financing of a pair; half a tick, a fee, a margin."""
    synthetic, future = ways(-1.2e6, pair())
    assert (synthetic.contracts, future.contracts) == (2, 4)
    asked = 100.2 - 89.8
    assert synthetic.cost_usd == pytest.approx(2 * (100.0 * (0.5 + 0.0025 * (900.0 + asked)) + 2.0))
    assert future.cost_usd == pytest.approx(4 * (50.0 * (0.125 + 0.0025 * 360.0) + 1.0))
    assert ways(1.2e6, pair(1.0), FREE)[0].cost_usd == pytest.approx(2 * 100.0 * (0.5 - 1.0))  # selling a dear call
    assert ways(-1.2e6, pair(1.0), FREE)[0].cost_usd == pytest.approx(2 * 100.0 * (0.5 + 1.0))


@pytest.mark.parametrize(
    ("day", "expiry"),
    [
        ("2021-03-01", "2021-03-19"), ("2021-03-12", "2021-06-18"), ("2021-12-20", "2022-03-18"),
        ("2008-02-29", "2008-03-20"),
    ],
)  # fmt: skip
def test_the_future_is_that_of_the_quarter(day: str, expiry: str) -> None:
    """Third Fridays of March, June, September and December; Good Friday of 2008 moved one to the Thursday."""
    assert future_expiry(dt.date.fromisoformat(day)) == dt.date.fromisoformat(expiry)


def test_a_chain_in_parity_has_no_gap_and_one_strike_out_of_line_has_it() -> None:
    days = [(dt.date(2025, 9, 19), "SPX"), (dt.date(2025, 9, 30), "SPXW"), (dt.date(2025, 12, 19), "SPX")]
    chain = flat_chain(days, 6400.0, 0.04, 0.15)
    one = best_pair(chain, future_expiry(AS_OF.date()))
    assert one is not None
    assert (one.expiry, one.root, one.strike, one.sure) == (dt.date(2025, 9, 19), "SPX", 6400.0, True)
    assert gap_of(one).points == pytest.approx(0.0, abs=1e-6)
    assert not gap_of(one).tradable
    dear = (chain.strike == 6400.0) & (chain.right == CALL)
    moved = replace(
        chain, bid=np.where(dear, chain.bid + 20.0, chain.bid), ask=np.where(dear, chain.ask + 20.0, chain.ask)
    )
    found = gap_of(best_pair(moved, future_expiry(AS_OF.date())) or one)
    assert found.points == pytest.approx(20.0, abs=1.0)  # the fitted line gives a little to the strike that is off
    assert found.tradable


@pytest.mark.parametrize("name", ["cboe_spx_quotedata_2022-06-10.csv", "cboe_spx_quotedata_2023-02-07.csv"])
def test_listed_quotes_near_the_money_are_in_parity_within_costs(name: str) -> None:
    """Delayed Cboe quotes: the strike next to the forward is not tradable, and ES costs less than the two options."""
    chain = load_chains(existing(DATA / "options" / name))[0]
    one = best_pair(chain, future_expiry(chain.session))
    assert one is not None
    assert one.root == "SPX"
    assert abs(one.strike - one.forward) <= 12.5
    assert not gap_of(one).tradable
    synthetic, future = ways(-5e6, one)
    assert future.cost_usd < synthetic.cost_usd


# In a plan

BAND = replace(preset("seed"), delta_band=0.05)
SHORT = Book(
    "calls", (Position("calls", EuropeanOption("SPX", "call", 6000.0, NOW + dt.timedelta(days=45)), -9.0, "o"),), 5e6
)


def made_chain(rights: tuple[float, ...] = (CALL, PUT)) -> Chain:
    years = 18.0 / 365.0
    rows = []
    for strike in np.arange(5900.0, 6101.0, 25.0):
        for right in rights:
            mid = black(6000.0, float(strike), 0.18 * years**0.5, 1.0, right)
            rows.append((DAY, "SPX", float(strike), right, mid - 0.3, mid + 0.3))
    return chain_of(rows, as_of=NOW)


def planned(held: Book = SHORT, chain: Chain | None = None, policy: Policy = BAND) -> HedgePlan:
    return decide(policy, situation(held, reading(Regime.CALM), spx_chain=chain))


def words(plan: HedgePlan) -> list[str]:
    return [one.text for one in plan.advice if one.rule == "SYN.trim"]


def test_a_book_short_delta_beyond_the_band_is_told_what_to_buy() -> None:
    made = planned(chain=made_chain())
    assert made.trim is not None
    assert made.trim.status is Status.FOUND
    assert (
        made.trim.delta_usd == sum(r.exposure.delta_usd for r in made.after.by_factor if r.factor == "SPX") < -250_000.0
    )
    assert made.trim.band_usd == 250_000.0
    assert made.trim.gap is not None
    assert made.trim.gap.points == pytest.approx(0.0, abs=1e-6)
    synthetic, future = made.trim.ways
    assert synthetic.contracts > 0 < future.contracts
    assert made.trim.cheaper is future
    assert "Cheaper after costs: ES future" in words(made)[0]
    assert f"buy {future.contracts} ES future" in words(made)[0]
    assert "not tradable" in words(made)[0]


def test_what_cannot_be_priced_is_unknown() -> None:
    for chain, why in ((None, "no SPX quotes"), (made_chain((CALL,)), "no strike with both rights")):
        made = planned(chain=chain)
        assert made.trim is not None
        assert (made.trim.status, made.trim.ways, made.trim.cheaper) == (Status.UNKNOWN, (), None)
        assert why in words(made)[0]
    poor = planned(replace(SHORT, nav_usd=None), made_chain())
    assert "states no equity" in words(poor)[0]


def test_it_is_told_only_beyond_a_band_that_is_stated() -> None:
    assert words(planned(policy=preset("seed"), chain=made_chain())) == []
    assert words(planned(policy=replace(BAND, temper="hold"), chain=made_chain())) == []
    assert words(planned(book(10.0), made_chain())) == []  # a sixth of its usual size
    few = planned(replace(SHORT, nav_usd=2e4).scaled(0.001), made_chain())
    assert few.trim is None or "nothing to trade" in words(few)[0]
    long = Book(
        "long", (Position("calls", EuropeanOption("SPX", "call", 6000.0, NOW + dt.timedelta(days=45)), 9.0, "o"),), 5e6
    )
    trim = planned(long, made_chain()).trim
    assert trim is not None
    assert all(one.contracts < 0 for one in trim.ways)


def test_the_band_is_part_of_what_a_policy_is_only_where_it_is_stated() -> None:
    assert BAND.digest != preset("seed").digest
    assert replace(BAND, delta_band=None).digest == preset("seed").digest
    with pytest.raises(DomainError, match="delta_band"):
        replace(BAND, delta_band=0.0)
    with pytest.raises(DomainError, match="financing"):
        TrimCosts(financing=-0.1)
