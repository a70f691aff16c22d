"""Pools and perps inside the account: closed forms, laws of the books, liquidation, order of reductions, refusals."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.coins import account_gaps, coin_plan, run_coins
from tests.sim.lanes import nav, tables

from seawall.core.errors import DomainError, MarginError, RangeError
from seawall.kernels import coin_slots as of
from seawall.kernels import slots as at
from seawall.sim.costs import FREE, Costs
from seawall.sim.programs import Entry, Exits, Leg, Program
from seawall.sim.programs_coins import PerpProgram, PoolFees, PoolProgram
from seawall.sim.programs_made import vix_call

V2 = PoolProgram("LP", size="usd", amount=1e5, pool_fee=0.0)
V3 = replace(V2, width=1.5)
SHORT = PerpProgram("H", follows="LP", band=0.0, refill=1.0)
PRICES = st.lists(st.floats(0.85, 1.2), min_size=2, max_size=30).map(lambda m: 1000.0 * np.cumprod([1.0, *m]))


def column(book, place, name):
    return book.program[:, place, name]


def rules(book, place):
    made = book.fills[: book.filled[0]]
    return made[made[:, at.FILL_PROGRAM] == place][:, [at.FILL_ROW, at.FILL_RULE]].astype(int).tolist()


@given(PRICES)
@settings(deadline=None)
def test_a_full_range_is_worth_the_root_of_the_price(prices):
    """V = V0 sqrt(P / P0), fees on top in cash: rate x value at the close before, each day."""
    book = run_coins(prices, coin_plan(V2, costs=FREE), fees=0.001)
    value = 1e5 * np.sqrt(prices / prices[0])
    assert np.allclose(column(book, 0, at.RUN_MARK), value, rtol=1e-12)
    assert np.allclose(book.session[1:, at.DAY_FEES], 0.001 * value[:-1], rtol=1e-12)
    assert nav(book)[-1] == pytest.approx(1e6 - 1e5 + value[-1] + 0.001 * value[:-1].sum(), rel=1e-12)


@given(
    PRICES,
    st.sampled_from([V2, V3, replace(V3, recentre="out", gas_usd=20.0, pool_fee=0.003)]),
    st.floats(-2.0, 2.0).filter(lambda t: abs(t) > 0.01),
    st.floats(1.0, 20.0),
    st.floats(0.0, 0.5),
    st.floats(-0.003, 0.003),
)
@settings(deadline=None, max_examples=60)
def test_the_books_close_with_pools_and_perps(prices, pool, target, leverage, band, funding):
    """Four identities of the account, whatever happens: re-centrings, liquidations, margin calls, top-ups."""
    one = PerpProgram("H", follows="LP", target=target, leverage=leverage, band=band)
    other = PerpProgram("N", target=-target, leverage=leverage, band=band, refill=0.0)
    book = run_coins(
        prices, coin_plan(pool, one, other), low=0.97 * prices, high=1.03 * prices, funding=funding, fees=0.001,
        margin=at.MARGIN_REGT,
    )  # fmt: skip
    assert account_gaps(book, 1e6) < 1e-5
    perps = book.program[:, 1:].sum(axis=1)
    change = np.diff(perps[:, at.RUN_MARK], prepend=0.0) - perps[:, at.RUN_PNL] - book.session[:, at.DAY_VENUE]
    assert np.abs(change).max() < 1e-5


@given(PRICES)
@settings(deadline=None)
def test_a_pool_and_its_hedge_lose_what_arbitrage_gains(prices):
    """LP and a perp of -1 its delta, free: value' - value - coins (P' - P) = -L (sqrt P' - sqrt P)^2 / sqrt P a step.

    With L = V0 / (2 sqrt P0), from x = L / sqrt P and value 2 L sqrt P.
    """
    book = run_coins(prices, coin_plan(V2, SHORT, costs=FREE), low=prices, high=prices)
    assert not any(rule == at.LIQUIDATED for _, rule in rules(book, 1))
    root = np.sqrt(prices)
    lvr = (1e5 / (2.0 * root[0])) * np.diff(root) ** 2 / root[:-1]
    assert nav(book)[-1] - 1e6 == pytest.approx(-lvr.sum(), abs=1e-6)


def test_a_liquidation_costs_the_margin_and_no_more():
    """Short 100 coins at 1000 with margin 25,000 (leverage 4), maintenance 1.25 %: gone at 1250 / 1.0125 = 1234.57."""
    plan = coin_plan(PerpProgram("N", target=-0.1, leverage=4.0, refill=0.0, band=0.9), costs=FREE)
    below = run_coins([1000.0, 1010.0], plan, high=[1000.0, 1234.5])
    assert nav(below)[-1] == pytest.approx(1e6 - 100.0 * 10.0, rel=1e-12)
    beyond = run_coins([1000.0, 1010.0], plan, high=[1000.0, 1234.6])
    assert nav(beyond)[-1] == pytest.approx(1e6 - 25_000.0, rel=1e-12)
    assert rules(beyond, 0) == [[0, at.ENTER], [1, at.LIQUIDATED], [1, at.ENTER]]
    gone = beyond.fills[1]
    assert gone[at.FILL_PRICE] == pytest.approx(1250.0 / 1.0125, rel=1e-12)
    assert gone[at.FILL_QUANTITY] == 100.0
    assert account_gaps(beyond, 1e6) < 1e-6


def test_funding_is_paid_by_a_long_and_kept_in_the_margin():
    plan = coin_plan(PerpProgram("N", target=0.5, leverage=2.0, band=0.9), costs=FREE)
    book = run_coins([1000.0] * 4, plan, funding=0.001)
    assert nav(book) == pytest.approx(1e6 - 500.0 * np.arange(4))
    assert column(book, 0, at.RUN_MARK) == pytest.approx(250_000.0 - 500.0 * np.arange(4))


def test_a_call_closes_perps_then_the_book_then_hedges():
    """SPX falls by a quarter on 16 naked puts: their margin asks for more cash than perp and pool give back."""
    put = Program("P", (Leg("put", ratio=-1.0, aim=0.2),), "units", 16.0, Entry("expiry"))
    call = Program("V", vix_call(0.3), "premium", 0.05, Entry("daily", 60, 20), Exits(days=7), hedge=True)
    pool, perp = replace(V2, size="equity", amount=0.3), PerpProgram("H", follows="LP", leverage=1.0)
    plan = coin_plan(pool, perp, put, call, costs=FREE)
    spot = np.array([2000.0, 2000.0, 1500.0, 1500.0])
    book = run_coins([1000.0] * 4, plan, structure=tables(np.arange(4), [put, call]), spot=spot, margin=at.MARGIN_REGT)
    made = book.fills[: book.filled[0]]
    called = made[made[:, at.FILL_RULE] == at.CALLED]
    assert called[:, at.FILL_ROW].tolist() == [2.0] * 3
    assert called[:, at.FILL_PROGRAM].tolist() == [1.0, 0.0, 2.0]
    assert column(book, 3, at.RUN_HELD)[2] == column(book, 3, at.RUN_HELD)[1] > 0.0
    assert book.session[:, at.DAY_CALL].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert account_gaps(book, 1e6) < 1e-6


def test_twice_the_costs_cost_twice():
    """Taker fee, gas and pool fee are linear: the same trades at x2 cost twice to the last digit."""
    moves = np.cumprod([1.0, 1.03, 0.97, 1.05, 0.9, 1.1])
    pool = PoolProgram("LP", size="usd", amount=1e5, width=1.5, gas_usd=15.0, pool_fee=0.003)
    perp = PerpProgram("N", target=-0.1, band=0.2)
    base = Costs(perp_taker_bp=5.0)
    once, twice = (run_coins(1000.0 * moves, coin_plan(pool, perp, costs=base.times(k))) for k in (1.0, 2.0))
    spent = [book.program[:, :, at.RUN_COST].sum(axis=0) for book in (once, twice)]
    assert spent[1][0] == pytest.approx(2.0 * spent[0][0], rel=1e-12)
    assert spent[1][1] == pytest.approx(2.0 * spent[0][1], rel=2e-3)  # notional follows an equity that costs lower
    held = run_coins([1000.0, 1000.0], coin_plan(pool, costs=base))
    coins = 1e5 * (1.0 - 1.0 / math.sqrt(1.5)) / (2.0 - 2.0 / math.sqrt(1.5))
    assert held.program[0, 0, at.RUN_COST] == pytest.approx(15.0 + 0.003 * coins, rel=1e-12)


def test_a_large_perp_order_pays_the_square_root_of_its_size():
    """Y sigma sqrt(Q / ADV) above a tenth of the volume; sigma from the day's range, ln(h / l) / (2 sqrt ln 2)."""
    plan = coin_plan(PerpProgram("N", target=-0.5, leverage=2.0, band=0.0), costs=Costs(perp_taker_bp=0.0))
    bars = {"low": [1000.0, 990.0], "high": [1000.0, 1110.0], "impact": 1.0}
    small, large = (run_coins([1000.0, 1100.0], plan, perp_volume=size, **bars) for size in (1e9, 1e5))
    assert small.program[1, 0, at.RUN_COST] == 0.0
    traded = abs(large.fills[1, at.FILL_QUANTITY]) * 1100.0
    assert traded > 1e4
    sigma = math.log(1110.0 / 990.0) / (2.0 * math.sqrt(math.log(2.0)))
    assert large.program[1, 0, at.RUN_COST] == pytest.approx(traded * sigma * math.sqrt(traded / 1e5), rel=1e-9)


def test_closing_everything_gives_the_marked_value_less_costs():
    moves = 1000.0 * np.cumprod([1.0, 1.04, 0.95, 1.02])
    pool = PoolProgram("LP", size="usd", amount=1e5, width=1.5, gas_usd=15.0, pool_fee=0.003)
    plan = coin_plan(pool, PerpProgram("H", follows="LP", band=0.9))
    held, gone = run_coins(moves, plan), run_coins(moves, plan, leave=[3])
    coins = abs(gone.fills[gone.filled[0] - 1, at.FILL_QUANTITY])
    swapped = gone.program[3, 0, at.RUN_COST] - 15.0
    assert gone.session[-1, at.DAY_CASH] == nav(gone)[-1]
    assert gone.program[3, 1, at.RUN_COST] == pytest.approx(5e-4 * coins * moves[-1], rel=1e-12)
    assert 0.0 < swapped < 0.003 * column(held, 0, at.RUN_MARK)[-1]
    assert nav(gone)[-1] == pytest.approx(nav(held)[-1] - gone.program[3, :, at.RUN_COST].sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: PoolProgram(""), DomainError, "needs a name"),
        (lambda: PoolProgram("LP", width=0.9), DomainError, "above 1"),
        (lambda: PoolProgram("LP", low=2.0, high=1.0), RangeError, "program LP: low must be below"),
        (lambda: PoolProgram("LP", low=2.0), DomainError, "low and high"),
        (lambda: PoolProgram("LP", low=1.0, high=2.0, width=1.2), DomainError, "or a width"),
        (lambda: PoolProgram("LP", amount=1.5), DomainError, "20 % of equity"),
        (lambda: PoolProgram("LP", recentre="out"), DomainError, "full range"),
        (lambda: PoolProgram("LP", width=1.2, recentre="weekly"), DomainError, "never, out, every"),
        (lambda: PoolFees("guess"), DomainError, "yield, volume, fair"),
        (lambda: PoolFees("volume"), DomainError, "depth_usd"),
        (lambda: PoolFees(rate=-0.1), DomainError, "10 % a year"),
        (lambda: PerpProgram("H", leverage=0.0), DomainError, "program H: "),
        (lambda: PerpProgram("H", leverage=200.0), MarginError, "program H: "),
        (lambda: PerpProgram("H", target=0.0), DomainError, "never trades"),
        (lambda: coin_plan(PerpProgram("H", follows="LP")), DomainError, "no pool here"),
        (lambda: coin_plan(V2, PerpProgram("H", "BTC", follows="LP")), DomainError, "another coin"),
        (lambda: coin_plan(V2, assumed_funding=0.5), DomainError, "per 8 hours"),
    ],
)  # fmt: skip
def test_a_program_that_cannot_be_is_refused(make, error, words):
    with pytest.raises(error, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_what_is_held_is_written_down():
    book = run_coins([1000.0, 1050.0], coin_plan(V3, SHORT, costs=FREE))
    assert column(book, 0, at.RUN_HELD).tolist() == [1.0, 1.0]
    assert (column(book, 1, at.RUN_HELD) < 0.0).all()
    assert book.coin[0, of.OPEN] == 1.0
