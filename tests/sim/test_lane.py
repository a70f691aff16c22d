"""The engine's loop on hand-made markets: the oracles of METHOD 8.3 and 8.7, settlement, margin and path rules."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.lanes import FREE, MONTH, closes, condor, fills, layer, nav, quotes, rows, run, terms

from seawall.kernels import slots as at
from seawall.kernels.quote import quote_key
from seawall.kernels.trade import lots
from seawall.sim.programs import Entry, Exits, Leg, Program
from seawall.sim.programs_made import condor_legs, vix_calendar, vix_call, vix_future

DAILY = np.arange(0, 61)


@pytest.mark.parametrize(
    ("share", "capital", "loss", "lot", "contracts"),
    [
        (0.015, 1_000_000.0, 19_209.50, 1.0, 0.0),  # METHOD 5.6: zero is an answer
        (0.10, 1_000_000.0, 10_000.0, 1.0, 10.0),
        (0.10, 999_999.0, 10_000.0, 1.0, 9.0),
        (0.10, 1_000_000.0, 10_000.0, 4.0, 8.0),
        (0.10, -5.0, 10_000.0, 1.0, 0.0),
    ],
)
def test_sizes_are_rounded_down_to_whole_lots(share, capital, loss, lot, contracts):
    assert lots(share * capital / loss, lot) == contracts


def test_wings_lie_outside_the_short_strikes_even_on_a_coarse_grid():
    """METHOD 8.7: both condor wings equal to one contract."""
    book = run(rows([0, 1], vix=10.0), [0, 1], [condor(risk=1.0)], terms(step=100.0), spot=2010.0)
    low, put, call, high = fills(book)[:4, at.FILL_STRIKE]
    assert low < put < call < high


@pytest.mark.parametrize("vix", [10.0, 25.0, 70.0])
def test_largest_loss_is_the_wider_side_less_the_credit_after_costs(vix):
    book = run(rows([0, 1], vix=vix), [0, 1], [condor()])
    made = fills(book)
    strike, quantity = made[:, at.FILL_STRIKE], made[:, at.FILL_QUANTITY]
    contracts = quantity[0]
    credit = -(made[:, at.FILL_PRICE] * quantity).sum() / contracts * 100 - 4
    loss = max(strike[1] - strike[0], strike[3] - strike[2]) * 100 - credit
    assert contracts * loss <= 100_000 < (contracts + 1) * loss
    assert quantity.tolist() == [contracts, -contracts, -contracts, contracts]


def test_trading_at_mid_changes_nothing():
    one = Program("P", (Leg("put", aim=0.3),), "units", 7.0)
    held = run(rows([0]), [0], [one], terms(**FREE))
    assert nav(held)[0] == pytest.approx(1e6, abs=1e-9)
    mid = fills(held)[0, at.FILL_MID]
    assert held.session[0, at.DAY_CASH] == pytest.approx(1e6 - 7 * mid * 100, abs=1e-9)


def test_a_fill_pays_half_the_spread_and_commission_each_way():
    """Bought on day 0, closed on day 1, VIX call of mid m: half is max(7.5 % of m, .05)."""
    one = Program("V", vix_call(0.5), "units", 10.0, Entry("daily", 90))
    book = run(rows([0, 1]), [0, 1], [one], opens=[1, 0], leave=[0, 1])
    bought, sold = fills(book)
    for record in (bought, sold):
        half = max(0.075 * record[at.FILL_MID], 0.05)
        assert record[at.FILL_COST] == pytest.approx(10 * (100 * half + 1.0))
    assert book.program[0, 0, at.RUN_PREMIUM] == pytest.approx(10 * 100 * bought[at.FILL_PRICE])
    assert closes(book) < 1e-7


def test_a_sale_never_fetches_less_than_nothing():
    one = Program("V", vix_call(10.0, "forward"), "units", 10.0, Entry("daily", 30))
    book = run(rows([0, 1]), [0, 1], [one], opens=[1, 0], leave=[0, 1])
    sold = fills(book)[-1]
    assert sold[at.FILL_MID] < 0.05
    assert sold[at.FILL_PRICE] == 0.0
    assert sold[at.FILL_COST] == pytest.approx(10 * (100 * sold[at.FILL_MID] + 1.0))


def worthless(costs, **budgets):
    """Twelve calls of 30 days, each held to a settlement below every strike, and nothing bought on the last day."""
    days = np.arange(0, 12 * MONTH + 1, 5)
    risk = budgets.pop("risk", 0.1)
    opens = np.stack([days % MONTH == 0, days < 12 * MONTH], axis=1)
    pair = [condor(risk), layer("L1", 1.0, MONTH, 0)]
    return run(rows(days, vro=5.0), days, pair, terms(**costs, **budgets), opens=opens)


@pytest.mark.parametrize(("share", "yearly"), [(0.005, -0.05838), (0.010, -0.11362), (0.033, -0.33147)])
@pytest.mark.parametrize("costs", [{}, FREE, {"index_half": math.nan, "vol_share": math.nan}])
def test_a_worthless_hedge_of_a_fraction_a_month_compounds(share, yearly, costs):
    """METHOD 8.3: NAV (1-b)^n, costs inside the fraction; the condor is too small to matter."""
    budgets = {"carry_budget": share * 365.0 / MONTH, "income_share": 1e15, "premium_cap": 1.0, "vega_cap": 1e15}
    book = worthless({"lot": 1e-9, **costs}, risk=1e-9, **budgets)
    assert nav(book)[-1] / 1e6 - 1.0 == pytest.approx(yearly, abs=6e-6)
    assert nav(book)[-1] == pytest.approx(1e6 * (1.0 - share) ** 12, rel=1e-7)


def test_a_hedge_that_always_expires_worthless_costs_exactly_its_premiums():
    """Whole contracts beside a real condor; premiums are what was paid at the ask, commission 1 dollar a contract."""
    book = worthless({})
    bought = fills(book, program=1, rule=at.ENTER)
    paid = (bought[:, at.FILL_QUANTITY] * (100.0 * bought[:, at.FILL_PRICE] + 1.0)).sum()
    assert len(bought) == 12
    assert book.program[-1, 1, at.RUN_HELD] == 0.0
    gained = book.program[:, :, at.RUN_PNL] - book.program[:, :, at.RUN_COST]
    assert nav(book)[-1] == pytest.approx(1e6 + gained[:, 0].sum() - paid, abs=1e-6)
    assert gained[:, 1].sum() == pytest.approx(-paid, abs=1e-6)


def test_the_budget_is_per_year_and_not_per_purchase():
    """METHOD 8.7: in a market that stands still the hedge costs its yearly budget, not that much at every roll."""
    days = np.arange(0, 3 * 360 + 1)
    costs = terms(lot=1e-6, income_share=1e9, premium_cap=1.0, vega_cap=1e9)
    hedges = [layer("L1", 4.0, 30, 7), layer("L2", 4.0, 110, 55), layer("L3", 2.0, 220, 110)]
    seen = rows(days)
    book = run(seen._replace(curve_days=seen.curve_days + 0.0), days, [condor(), *hedges], costs)
    hedge = (book.program[:, 1:, at.RUN_PNL] - book.program[:, 1:, at.RUN_COST]).sum(axis=1)
    yearly = -hedge[361:].sum() / (days[-1] - 360) * 365.0
    assert 0.016 < yearly / nav(book)[361:].mean() < 0.0215


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({}, at.BY_CARRY),
        ({"income_share": 1e-3}, at.BY_INCOME),
        ({"carry_budget": 5.0, "income_share": 1e9, "vega_cap": 1e9}, at.BY_PREMIUM),
        ({"carry_budget": 5.0, "income_share": 1e9}, at.BY_VEGA),
    ],
)
def test_every_budget_can_bind_and_holds_when_it_does(changes, bound):
    days, pair = [0, 1], [condor(), layer("L1", 4.0, MONTH, 7)]
    costs = terms(lot=1e-6, commission=0.0, **changes)
    book = run(rows(days), days, pair, costs)
    assert book.program[0, 1, at.RUN_BOUND] == bound
    fill = fills(book, program=1)[0]
    if bound == at.BY_PREMIUM:
        paid = fill[at.FILL_PRICE] * 100 * fill[at.FILL_QUANTITY]
        assert paid == pytest.approx(0.1 * (1e6 - book.program[0, 0, at.RUN_COST]), rel=1e-6)
    if bound == at.BY_VEGA:
        # VIX a point higher on day 1, its tenors and futures as mean reversion has it (METHOD 8.6: half in 34 sessions)
        speed, gap = math.log(2.0) * 252 / 34, 2 * 15.0 + 1.0
        tenors = np.array([9.0, 30.0, 93.0, 184.0]) / 365.0
        mean = (1 - np.exp(-speed * tenors)) / (speed * tenors)
        up = rows(days)
        up.levels[1] = np.sqrt(15.0**2 + gap * mean / mean[1])
        up.curve[1] *= (16.0 / 15.0) ** np.exp(-speed * up.curve_days[1] / 365.0)
        moved = run(up, days, pair, costs).program[1, :, at.RUN_MARK] - book.program[1, :, at.RUN_MARK]
        assert moved[0] < 0.0 < moved[1]
        assert moved[1] == pytest.approx(-moved[0], rel=0.05)  # one day later than the purchase


def test_no_book_means_no_hedge():
    book = run(rows([0, 1]), [0, 1], [condor(0.0), layer("L1", 4.0, MONTH, 7)])
    assert book.filled[0] == 0
    assert book.program[:, 1, at.RUN_STARVED].tolist() == [1.0, 1.0]
    assert nav(book).tolist() == [1e6, 1e6]


def spike(lagged, *, exit_on=None):
    """Calls bought on day 0; VIX 15, 15, 40, 30, 30, 30: the mark passes 4 times the entry on day 2."""
    days = np.arange(6)
    vix = np.array([15.0, 15.0, 40.0, 30.0, 30.0, 30.0])
    seen = rows(days)
    seen.levels[:] = vix[:, None]
    seen.curve[:] = vix[:, None]
    hedge = layer("L1", 9.0, MONTH, 7, multiples=((2.0, 1 / 3), (4.0, 1 / 3)))
    leave = np.zeros((6, 2))
    if exit_on is not None:
        leave[exit_on, 1] = 1.0
    scale = np.stack([np.ones(6), vix == 15.0], axis=1)
    sell = np.stack([np.zeros(6), days >= 2], axis=1)
    return run(seen, days, [condor(), hedge], terms(lagged=lagged), leave=leave, scale=scale, sell=sell)


@pytest.mark.parametrize(("lagged", "sold_on"), [(True, 3), (False, 2)])
def test_tranches_are_sold_once_on_the_close_after_the_multiple(lagged, sold_on):
    book = spike(lagged)
    sales = fills(book, rule=at.MONETISE)
    entry = fills(book, program=1, rule=at.ENTER)[0, at.FILL_QUANTITY]
    assert sales[:, at.FILL_ROW].tolist() == [sold_on, sold_on]
    assert sales[:, at.FILL_QUANTITY].tolist() == [-(entry // 3)] * 2
    assert book.program[-1, 1, at.RUN_HELD] == entry - 2 * (entry // 3)


def test_exit_sells_what_is_left():
    book = spike(True, exit_on=4)
    assert fills(book)[-1, at.FILL_RULE] == at.EXIT
    held = book.program[:, 1, at.RUN_HELD]
    assert held[3] > 0.0
    assert held[4:].tolist() == [0.0, 0.0]


def test_a_boost_buys_more_of_the_contract_held_inside_the_budget():
    days = [0, 1, 2, 3]
    scale = np.array([[1.0, 1.0, 1.0], [1.0, 1.5, 1.0], [1.0, 1.5, 1.0], [1.0, 1.0, 1.0]])
    three = [condor(), layer("L1", 4.0, 30, 7), layer("L2", 4.0, 110, 55)]
    book = run(rows(days), days, three, terms(lot=0.01, income_share=1e9, vega_cap=1e9), scale=scale)
    entry = fills(book, program=1, rule=at.ENTER)[0]
    boosts = fills(book, rule=at.BOOST)
    assert boosts[:, [at.FILL_ROW, at.FILL_PROGRAM]].tolist() == [[1.0, 1.0]]
    same = [at.FILL_STRIKE, at.FILL_EXPIRY]
    assert boosts[0, same].tolist() == entry[same].tolist()
    held = book.program[:, 1, at.RUN_HELD]
    assert held[0] < held[-1] < 1.5 * held[0]


PRINTS = [
    (at.PM, 1.02, 2000.0),
    (at.AM, 0.97, 2000.0 * 0.97),
]


@pytest.mark.parametrize(("root", "opening", "final"), PRINTS)
def test_settled_value_is_intrinsic_at_the_official_print(root, opening, final):
    """The close for PM, the opening print for AM, whatever the other one is."""
    days = np.arange(0, MONTH + 1)
    book = run(rows(days, opening=opening), days, [condor(entry=Entry("expiry"))], root=root, opens=days == 0)
    settled = fills(book, rule=at.SETTLE)
    assert len(settled) == 4
    for record in settled:
        side = record[at.FILL_SIDE]
        assert record[at.FILL_PRICE] == max(side * (final - record[at.FILL_STRIKE]), 0.0)
        assert record[at.FILL_COST] == 0.0


@pytest.mark.parametrize("final", [5.0, 20.0, 61.5])
def test_vix_options_and_futures_settle_on_their_own_print(final):
    days = np.arange(0, MONTH + 1)
    pair = [
        Program("V", vix_call(0.5), "units", 3.0, Entry("daily", 30)),
        Program("F", vix_future(1.0), "units", 2.0, Entry("daily", 30)),
    ]
    book = run(rows(days, vro=final, slope=1.0), days, pair, terms(**FREE), opens=np.stack([days == 0] * 2, axis=1))
    call, future = fills(book, rule=at.SETTLE)
    assert call[at.FILL_PRICE] == max(final - call[at.FILL_STRIKE], 0.0)
    assert future[at.FILL_PRICE] == final
    bought = fills(book, program=1, rule=at.ENTER)[0, at.FILL_PRICE]
    assert bought == 16.0  # VIX 15 and a slope of one point a month
    gained = book.session[:, at.DAY_VARIATION].sum()
    assert gained == pytest.approx(2 * 1000 * (final - bought))
    paid = 3 * 100 * fills(book, program=0, rule=at.ENTER)[0, at.FILL_PRICE]
    assert nav(book)[-1] == pytest.approx(1e6 - paid + 3 * 100 * call[at.FILL_PRICE] + gained, abs=1e-7)
    assert closes(book) < 1e-7


@settings(max_examples=40, deadline=None)
@given(
    vix=st.floats(9.0, 85.0),
    skew=st.floats(100.0, 160.0),
    delta=st.floats(0.02, 0.9),
    seed=st.integers(0, 10_000),
)
def test_no_option_is_marked_below_its_discounted_intrinsic_value(vix, skew, delta, seed):
    """No negative time value, on any path of SPX."""
    days = np.arange(0, MONTH)
    spot = 2000.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.03, days.size)))
    for right, side in (("put", -1.0), ("call", 1.0)):
        one = Program("P", (Leg(right, aim=delta),), "units", 1.0, Entry("daily", 30))
        book = run(rows(days, vix=vix, skew=skew, rate=0.03), days, [one], terms(**FREE), spot=spot, opens=days == 0)
        strike = fills(book)[0, at.FILL_STRIKE]
        years = (MONTH - days) / 365.0
        floor = np.maximum(side * (spot - strike * np.exp(-0.03 * years)), 0.0)  # dividend yield 0
        assert (book.program[:, 0, at.RUN_MARK] / 100.0 >= floor - 1e-9).all()


@pytest.mark.parametrize("costs", [{}, {"index_half": math.nan, "vol_share": math.nan}])
def test_costs_are_linear_in_size(costs):
    legs = condor_legs(0.2, 0.05)
    one, many = (
        run(rows([0, 1]), [0, 1], [Program("L0", legs, "units", units)], terms(**costs)) for units in (1.0, 37.0)
    )
    assert many.program[0, 0, at.RUN_COST] == pytest.approx(37 * one.program[0, 0, at.RUN_COST], rel=1e-12)


@pytest.mark.parametrize("costs", [{}, {"index_half": math.nan, "vol_share": math.nan}])
def test_closing_everything_at_the_end_is_the_marked_value_less_costs(costs):
    days = DAILY[:20]
    programs = [
        condor(),
        Program("V", vix_call(0.4), "premium", 0.01, Entry("daily", 90)),
        Program("F", vix_future(-1.0), "units", 3.0, Entry("daily", 60)),
    ]
    last = np.repeat((days == days[-1])[:, None], 3, axis=1)
    seen = rows(days, slope=1.0)
    seen.curve[:] += np.linspace(0.0, 3.0, days.size)[:, None]
    opens = np.stack([days == 0] * 3, axis=1)
    left, closed = (run(seen, days, programs, terms(**costs), opens=opens, leave=end) for end in (0 * last, last))
    cost = closed.program[-1, :, at.RUN_COST].sum()
    assert cost > 0.0
    assert nav(closed)[-1] == pytest.approx(nav(left)[-1] - cost, abs=1e-8)
    assert nav(closed)[-1] == closed.session[-1, at.DAY_CASH]
    assert closed.program[-1, :, at.RUN_HELD].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("exits", "rule", "path"),
    [
        (Exits(take=0.5), at.TAKE, np.full(61, 2000.0)),
        (Exits(stop=1.0), at.STOP, 2000.0 - 8.0 * np.arange(61)),
        (Exits(delta=0.45), at.DELTA, 2000.0 - 8.0 * np.arange(61)),
        (Exits(days=10), at.ROLL, np.full(61, 2000.0)),
    ],
)
@pytest.mark.parametrize("lagged", [True, False])
def test_path_rules_close_on_the_close_after_they_are_met(exits, rule, path, lagged):
    """Against a run without the rule, whose marks say when it is met."""
    days = DAILY[:MONTH]
    held = run(rows(days), days, [condor()], terms(lagged=lagged), spot=path[:MONTH], opens=days == 0)
    ruled = run(rows(days), days, [condor(exits=exits)], terms(lagged=lagged), spot=path[:MONTH], opens=days == 0)
    entry = fills(held, rule=at.ENTER)
    paid = 100 * (entry[:, at.FILL_PRICE] * entry[:, at.FILL_QUANTITY]).sum()
    mark = held.program[:, 0, at.RUN_MARK]
    met = {
        at.TAKE: mark - paid >= 0.5 * abs(paid),
        at.STOP: mark - paid <= -abs(paid),
        at.ROLL: MONTH - days <= 10,
    }
    closed = fills(ruled, rule=rule)
    assert len(closed) == 4
    row = int(closed[0, at.FILL_ROW])
    if rule in met:
        first = int(np.argmax(met[rule][1:])) + 1
        assert row == first + (lagged and rule != at.ROLL)
    else:
        assert row > 1
    assert ruled.program[-1, 0, at.RUN_HELD] == 0.0


def test_a_roll_opens_anew_at_the_same_close():
    days = DAILY
    rolling = condor(exits=Exits(days=10, on_days="roll"), entry=Entry("daily", 45, 10))
    book = run(rows(days), days, [rolling], opens=days == 0)
    out, into = fills(book, rule=at.ROLL), fills(book, rule=at.ENTER)
    assert len(out) >= 4
    assert set(out[:, at.FILL_ROW]) == set(into[4:, at.FILL_ROW])
    assert (book.program[:, 0, at.RUN_HELD] > 0.0).all()


def test_the_gamma_rule_compares_half_gamma_with_the_credit_left():
    """1/2 |Gamma$| EM^2 > k x remaining credit, Gamma by differencing the marks of three runs one point apart."""
    days = DAILY[:MONTH]
    k, step = 0.25, 0.5

    def marks(shift):
        spot = 2000.0 + np.where(days == 0, 0.0, shift)
        return run(rows(days), days, [condor()], terms(**FREE), spot=spot, opens=days == 0).program[:, 0, at.RUN_MARK]

    gamma = (marks(step) - 2 * marks(0.0) + marks(-step)) / step**2
    book = run(
        rows(days), days, [condor(exits=Exits(gamma=k, on_gamma="close"))], terms(**FREE, lagged=False), opens=days == 0
    )
    sold = fills(book, rule=at.GAMMA)
    row = int(sold[0, at.FILL_ROW])
    straddle = Program("A", (Leg("call", strike="forward", aim=1.0),), "units", 1.0, Entry("daily", 30))
    atm = run(rows(days), days, [straddle], terms(**FREE), opens=days == 0).program[:, 0, at.RUN_MARK] / 100.0
    left = (MONTH - days) / 365.0
    with np.errstate(divide="ignore"):
        daily = atm / 2000.0 * math.sqrt(2.0 * math.pi) / np.sqrt(left) / math.sqrt(252.0)  # at the money, to 1e-3
    met = 0.5 * np.abs(gamma) * 2000.0**2 * daily**2 > k * np.maximum(-marks(0.0), 0.0)
    assert row == int(np.argmax(met[1:])) + 1
    assert row > 3


def test_observed_quotes_are_filled_at_bid_and_ask_and_marked_at_mid():
    days, one = [0, 1, 2], Program("P", (Leg("put", strike="forward", aim=0.95),), "units", -1.0 + 3.0)
    key = quote_key(at.PM, MONTH, 1900.0, at.PUT)
    found = quotes(3, [key, key], [20.0, 21.0], [20.6, 21.2], [0, 2])
    book = run(rows(days), days, [one], found=found, opens=[1, 0, 0], leave=[0, 0, 1])
    bought, sold = fills(book)
    assert (bought[at.FILL_PRICE], sold[at.FILL_PRICE]) == (20.6, 21.0)
    assert bought[at.FILL_SEEN] == sold[at.FILL_SEEN] == 1.0
    assert bought[at.FILL_MID] == pytest.approx(20.3)
    plain = run(rows(days), days, [one], opens=[1, 0, 0])
    assert book.program[1, 0, at.RUN_MARK] == plain.program[1, 0, at.RUN_MARK]  # no quote: the modelled mark
    moved = abs(200 * (plain.program[1, 0, at.RUN_MARK] / 200 - 20.3))
    assert book.program[1, 0, at.RUN_MODELLED] == pytest.approx(moved)
    assert book.program[2, 0, at.RUN_MODELLED] == 0.0
    twice = run(rows(days), days, [one], terms(multiple=2.0, index_half=0.2), found=found, opens=[1, 0, 0])
    assert fills(twice)[0, at.FILL_PRICE] == 20.6  # never outside the quote


def test_a_short_calendar_keeps_its_strike_and_ends_with_its_near_leg():
    days = DAILY
    one = Program("C", vix_calendar(True), "units", 2.0, Entry("daily", 30, 0, 60))
    book = run(rows(days, vro=15.0), days, [one], opens=days == 0)
    near, later = fills(book, rule=at.ENTER)
    assert near[at.FILL_STRIKE] == later[at.FILL_STRIKE] == 18.0  # 1.2 x 15
    assert (near[at.FILL_QUANTITY], later[at.FILL_QUANTITY]) == (-2.0, 2.0)
    assert later[at.FILL_EXPIRY] == near[at.FILL_EXPIRY] + 1
    settled, rest = fills(book, rule=at.SETTLE), fills(book, rule=at.EXIT)
    assert settled[:, at.FILL_ROW].tolist() == rest[:, at.FILL_ROW].tolist() == [30.0]
    assert closes(book) < 1e-7


def test_expected_moves_and_points_place_the_strikes():
    """METHOD 7.1: shorts at 1.2 EM, wings half an EM or 25 points beyond; EM = F sigma sqrt(T) at the money."""
    one = Program("L0", condor_legs(1.2, 0.5, "move", 25.0), "units", 1.0)
    wide, narrow = (
        fills(run(rows([0], vix=vix), [0], [one], terms(step=1.0)))[:, at.FILL_STRIKE] for vix in (40.0, 9.0)
    )
    straddle = [
        fills(run(rows([0], vix=40.0), [0], [Program("A", (Leg(right, strike="forward", aim=1.0),), "units", 1.0)]))
        for right in ("put", "call")
    ]
    move = sum(one[0, at.FILL_MID] for one in straddle) * math.sqrt(math.pi / 2.0)
    assert wide[1:3] == pytest.approx([2000 - 1.2 * move, 2000 + 1.2 * move], abs=2.0)
    assert [wide[1] - wide[0], wide[3] - wide[2]] == pytest.approx([0.5 * move] * 2, abs=2.0)
    assert [narrow[1] - narrow[0], narrow[3] - narrow[2]] == [25.0, 25.0]


def test_several_tranches_are_open_at_once_and_no_more():
    days = DAILY
    ladder = condor(0.02, tranches=3, entry=Entry("daily", 45))
    book = run(rows(days), days, [ladder], opens=days % 7 == 0)
    entries = fills(book, rule=at.ENTER)
    assert sorted(set(entries[:, at.FILL_ROW])) == [0.0, 7.0, 14.0, 35.0]  # two of 60 days stay till then
    assert set(entries[:, at.FILL_SLOT]) == {0.0, 1.0, 2.0}
    assert closes(book) < 1e-7
