"""The simulator's loop on hand-made markets: prices, strikes, sizes, and the oracles of METHOD 8.3 and 8.7."""

import math

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from scipy.stats import norm

from seawall.kernels import account, book, layers, strikes
from seawall.kernels.modelled import future_level, spx_vol, vix_option_vol

MONTH = 30
FREE = {"index_half": 0.0, "vol_half_fraction": 0.0, "vol_half_floor": 0.0, "commission": 0.0}


def market(days, *, vix=15.0, spot=2000.0, rate=0.0):
    size = len(days)
    full = np.full(size, 1.0)
    vix = vix * full
    return account.Market(
        np.asarray(days) / 365.0,
        np.asarray(days, dtype=np.int64),
        spot * full,
        vix,
        15.0 * full,
        91.0 * full,
        rate * full,
    )


def listing(days, targets, *, settle=np.nan):
    """Expiries of both kinds every 30 days; targets are days to expiry."""
    days = np.asarray(days, dtype=np.int64)
    ends = np.arange(MONTH, days[-1] + 400, MONTH, dtype=np.int64)
    opens = np.where((days % MONTH == 0), days // MONTH, -1)
    target = np.empty((days.size, len(targets)), dtype=np.int64)
    for layer, wanted in enumerate(targets):
        target[:, layer] = np.argmin(np.abs(ends[None, :] - days[:, None] - wanted), axis=1)
    return account.Listing(ends / 365.0, ends, opens, ends / 365.0, ends, np.full(ends.size, settle), target)


def terms(**changes):
    plain = {
        "short_delta": 0.2,
        "wing_delta": 0.05,
        "risk_fraction": 0.1,
        "strike_step": 5.0,
        "dividend": 0.0,
        "lot": 1.0,
        "index_half": 0.1,
        "vol_half_fraction": 0.075,
        "vol_half_floor": 0.05,
        "commission": 1.0,
    }
    return account.Terms(**{**plain, **changes})


def rules(sessions, weights, roll_days, **changes):
    base = np.array(weights, dtype=float)
    plain = {
        "weight": np.tile(base, (sessions, 1)),
        "monetise": np.zeros(sessions, dtype=bool),
        "exit_first": np.zeros(sessions, dtype=bool),
        "base": base,
        "delta": np.full(base.size, 0.3),
        "roll_days": np.array(roll_days, dtype=np.int64),
        "multiples": np.array([2.0, 4.0]),
        "shares": np.array([1 / 3, 1 / 3]),
        "carry_budget": 0.02,
        "income_share": 0.2,
        "premium_cap": 0.1,
        "vega_cap": 1.0,
        "lagged": True,
    }
    return account.Rules(**{**plain, **changes})


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("vix", [9.5, 17.0, 60.0])
def test_spx_option_is_black_at_the_modelled_volatility(side, vix):
    view = strikes.IndexView(2105.3, 0.09, vix, 17.0, 0.02)
    for strike in (1700.0, 1995.0, 2105.0, 2300.0):
        vol = spx_vol(strike, view.forward, view.years, vix, view.anchor)
        kind = ql.Option.Call if side > 0 else ql.Option.Put
        stdev, discount = vol * math.sqrt(view.years), math.exp(-view.rate * view.years)
        expected = ql.blackFormula(kind, strike, view.forward, stdev, discount)
        assert strikes.index_price(view, strike, side) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_vix_call_is_black_on_its_own_future():
    view = strikes.vol_view(24.0, 17.0, 98.0, 0.31, 0.01)
    assert view.future == future_level(24.0, 17.0, 0.31)
    for strike in (14.0, 21.0, 40.0):
        stdev = vix_option_vol(strike, view.future, 0.31, 98.0) * math.sqrt(0.31)
        expected = ql.blackFormula(ql.Option.Call, strike, view.future, stdev, math.exp(-0.0031))
        assert strikes.vol_price(view, strike) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_expired_options_are_intrinsic():
    view = strikes.IndexView(2000.0, 0.0, 15.0, 15.0, 0.0)
    assert strikes.index_price(view, 2010.0, -1.0) == 10.0
    assert strikes.index_price(view, 2010.0, 1.0) == 0.0
    assert strikes.vol_price(strikes.vol_view(21.0, 15.0, 90.0, 0.0, 0.0), 18.0) == 3.0


def _delta(forward, strike, years, vol, rate, side):
    d1 = math.log(forward / strike) / (vol * math.sqrt(years)) + 0.5 * vol * math.sqrt(years)
    return math.exp(-rate * years) * norm.cdf(side * d1)


@pytest.mark.parametrize("seed", range(12))
def test_spx_strike_is_the_nearest_of_a_full_scan(seed):
    draw = np.random.default_rng(seed)
    spot, vix, step = draw.uniform(1500, 3000), draw.uniform(9, 80), draw.choice([1.0, 5.0, 25.0])
    view = strikes.IndexView(spot, draw.uniform(0.01, 0.12), vix, draw.uniform(14, 24), 0.02)
    for side in (1.0, -1.0):
        for target in (0.05, 0.2, 0.4):
            grid = np.arange(step, 4 * spot, step)
            grid = grid[grid >= spot] if side > 0 else grid[grid <= spot]
            off = [
                abs(_delta(spot, k, view.years, spx_vol(k, spot, view.years, vix, view.anchor), 0.02, side) - target)
                for k in grid
            ]
            assert strikes.index_strike(view, side, target, step) == grid[int(np.argmin(off))]


@pytest.mark.parametrize("seed", range(12))
def test_vix_strike_is_the_nearest_of_a_full_scan(seed):
    draw = np.random.default_rng(seed)
    view = strikes.vol_view(draw.uniform(9, 80), 17.0, draw.uniform(80, 150), draw.uniform(0.02, 0.7), 0.02)
    grid = [strikes.vol_grid(place) for place in range(60)]
    for target in (0.1, 0.3, 0.5):
        off = [
            abs(
                _delta(view.future, k, view.years, vix_option_vol(k, view.future, view.years, view.vvix), 0.02, 1.0)
                - target
            )
            for k in grid
        ]
        assert strikes.vol_strike(view, target) == grid[int(np.argmin(off))]


def test_vix_strikes_are_the_stated_grid():
    stated = [*np.arange(5, 15, 0.5), *np.arange(15, 30, 1.0), *np.arange(30, 60, 5.0)]
    assert [strikes.vol_grid(place) for place in range(len(stated))] == stated


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
    assert layers.lots(share * capital / loss, lot) == contracts


def test_wings_lie_outside_the_short_strikes_even_on_a_coarse_grid():
    """METHOD 8.7: both condor wings equal to one contract."""
    held = book.new_book(1e6, 0)
    book.pick_legs(held, strikes.IndexView(2010.0, 0.02, 10.0, 15.0, 0.0), terms(strike_step=100.0))
    low, put, call, high = held.strikes
    assert low < put < call < high


def test_largest_loss_is_the_wider_side_less_the_credit_after_costs():
    days = [0, 1]
    costs = terms()
    run = book.run_book(market(days), listing(days, []), costs, rules(2, [], []), 1e6)
    fills = run.fills[: run.filled[0]]
    strike, quantity = fills[:, account.FILL_STRIKE], fills[:, account.FILL_QUANTITY]
    contracts = quantity[0]
    credit = -(fills[:, account.FILL_PRICE] * quantity).sum() / contracts * 100 - 4 * costs.commission
    loss = max(strike[1] - strike[0], strike[3] - strike[2]) * 100 - credit
    assert contracts * loss <= 100_000 < (contracts + 1) * loss
    assert quantity.tolist() == [contracts, -contracts, -contracts, contracts]


def test_buying_and_selling_the_same_thing_at_mid_changes_nothing():
    free, held = terms(**FREE), book.new_book(1e6, 1)
    trace = book.new_trace(1, 1, 0)
    layers.buy(held, trace, free, 0, account.Order(0, 3, 20.0, 1.0, 7.0, 1.2345, account.ENTER))
    assert held.cash[0] == 1e6 - 7 * 1.2345 * 100
    assert account.equity(held) == pytest.approx(1e6, abs=1e-9)
    layers.sell(held, trace, free, 0, layers.sale(held, 0, 7.0, account.ROLL))
    assert held.cash[0] == pytest.approx(1e6, abs=1e-9)
    assert account.equity(held) == held.cash[0]
    assert trace.hedge_cost.sum() == trace.condor_cost.sum() == 0.0


def test_a_fill_pays_half_the_spread_and_commission_each_way():
    held, trace = book.new_book(1e6, 1), book.new_trace(1, 1, 0)
    layers.buy(held, trace, terms(), 0, account.Order(0, 0, 20.0, 1.0, 10.0, 2.0, account.ENTER))
    layers.sell(held, trace, terms(), 0, layers.sale(held, 0, 10.0, account.ROLL))
    assert held.cash[0] == pytest.approx(1e6 - 2 * 10 * (0.15 * 100 + 1.0))
    assert trace.premium[0, 0] == pytest.approx(10 * 2.15 * 100)


def test_a_sale_never_fetches_less_than_nothing():
    held, trace = book.new_book(0.0, 1), book.new_trace(1, 1, 0)
    price = account.trade(held, trace, terms(), 0, account.Order(0, 0, 20.0, 1.0, -10.0, 0.02, account.ROLL))
    assert price == 0.0
    assert held.cash[0] == pytest.approx(-10 * 1.0)


def worthless(costs, **budgets):
    """Twelve calls of 30 days, each held to a settlement below every strike, and nothing bought on the last day."""
    days = np.arange(0, 12 * MONTH + 1, 5)
    weight = np.where(days < 12 * MONTH, 1.0, 0.0)[:, None]
    policy = rules(days.size, [1.0], [0], weight=weight, **budgets)
    return book.run_book(market(days), listing(days, [MONTH], settle=5.0), costs, policy, 1e6)


@pytest.mark.parametrize(("share", "yearly"), [(0.005, -0.05838), (0.010, -0.11362), (0.033, -0.33147)])
@pytest.mark.parametrize("costs", [{}, FREE])
def test_a_worthless_hedge_of_a_fraction_a_month_compounds(share, yearly, costs):
    """METHOD 8.3: NAV (1-b)^n, costs inside the fraction; the condor is too small to matter."""
    budgets = {"carry_budget": share * 365.0 / MONTH, "income_share": 1e15, "premium_cap": 1.0, "vega_cap": 1e15}
    run = worthless(terms(lot=1e-9, risk_fraction=1e-9, **costs), **budgets)
    assert run.equity[-1] / 1e6 - 1.0 == pytest.approx(yearly, abs=6e-6)
    assert run.equity[-1] == pytest.approx(1e6 * (1.0 - share) ** 12, rel=1e-7)


def test_a_hedge_that_always_expires_worthless_costs_exactly_its_premiums():
    """Whole contracts beside a real condor; premiums are what was paid at the ask, commission 1 dollar a contract."""
    run = worthless(terms())
    fills = run.fills[: run.filled[0]]
    bought = fills[(fills[:, account.FILL_LAYER] == 0) & (fills[:, account.FILL_QUANTITY] > 0.0)]
    paid = (bought[:, account.FILL_QUANTITY] * (100.0 * bought[:, account.FILL_PRICE] + 1.0)).sum()
    assert len(bought) == 12
    assert run.held[-1, 0] == 0.0
    condor = (run.condor_pnl - run.condor_cost).sum()
    assert run.equity[-1] == pytest.approx(1e6 + condor - paid, abs=1e-6)
    assert (run.hedge_pnl - run.hedge_cost).sum() == pytest.approx(-paid, abs=1e-6)
    assert run.premium.sum() == pytest.approx(paid - bought[:, account.FILL_QUANTITY].sum(), abs=1e-6)


def test_the_budget_is_per_year_and_not_per_purchase():
    """METHOD 8.7: in a market that stands still the hedge costs its yearly budget, not that much at every roll."""
    days = np.arange(0, 3 * 360 + 1)
    calls = terms(lot=1e-6)
    policy = rules(days.size, [4.0, 4.0, 2.0], [7, 55, 110], income_share=1e9, premium_cap=1.0, vega_cap=1e9)
    run = book.run_book(market(days, vix=15.0), listing(days, [30, 110, 220]), calls, policy, 1e6)
    hedge = (run.hedge_pnl - run.hedge_cost).sum(axis=1)
    first, after = 360, slice(361, None)
    yearly = -hedge[after].sum() / (days[-1] - first) * 365.0
    assert 0.016 < yearly / run.equity[after].mean() < 0.021


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({}, layers.BY_CARRY),
        ({"income_share": 1e-3}, layers.BY_INCOME),
        ({"carry_budget": 5.0, "income_share": 1e9, "vega_cap": 1e9}, layers.BY_PREMIUM),
        ({"carry_budget": 5.0, "income_share": 1e9}, layers.BY_VEGA),
    ],
)
def test_every_budget_can_bind_and_holds_when_it_does(changes, bound):
    days = [0, 1]
    calls = terms(lot=1e-6, commission=0.0)
    policy = rules(2, [4.0], [7], **changes)
    seen, dates = market(days), listing(days, [MONTH])
    run = book.run_book(seen, dates, calls, policy, 1e6)
    assert run.binding[0, 0] == bound
    fill = run.fills[4]
    paid, size = fill[account.FILL_PRICE] * 100, fill[account.FILL_QUANTITY]
    if bound == layers.BY_PREMIUM:
        assert paid * size == pytest.approx(0.1 * (1e6 - run.condor_cost[0]), rel=1e-6)
    if bound == layers.BY_VEGA:
        condor = run.condor_mark[0]
        more = book.run_book(seen._replace(vix=np.array([15.0, 16.0])), dates, calls, policy, 1e6)
        same = book.run_book(seen, dates, calls, policy, 1e6)
        lost = -(more.condor_mark[1] - same.condor_mark[1])
        gained = more.hedge_mark[1, 0] - same.hedge_mark[1, 0]
        assert condor < 0.0 < lost
        assert gained == pytest.approx(lost, rel=0.05)  # one day later than the purchase


def test_no_book_means_no_hedge():
    days = [0, 1]
    run = book.run_book(market(days), listing(days, [MONTH]), terms(risk_fraction=0.0), rules(2, [4.0], [7]), 1e6)
    assert run.filled[0] == 0
    assert run.starved.all()
    assert run.equity.tolist() == [1e6, 1e6]


def spike(lagged, *, exit_on=None):
    """Calls bought on day 0; VIX 15, 15, 40, 30, 30, 30: the mark passes 4 times the entry on day 2."""
    days = list(range(6))
    monetise = np.array([False, False, True, True, True, True])
    exit_first = np.zeros(6, dtype=bool)
    weight = np.array([[9.0], [9.0], [0.0], [0.0], [0.0], [0.0]])
    if exit_on is not None:
        exit_first[exit_on] = True
    policy = rules(6, [9.0], [7], lagged=lagged, monetise=monetise, exit_first=exit_first, weight=weight)
    seen = market(days)._replace(vix=np.array([15.0, 15.0, 40.0, 30.0, 30.0, 30.0]))
    return book.run_book(seen, listing(days, [MONTH]), terms(), policy, 1e6)


@pytest.mark.parametrize(("lagged", "sold_on"), [(True, 3), (False, 2)])
def test_tranches_are_sold_once_on_the_close_after_the_multiple(lagged, sold_on):
    run = spike(lagged)
    fills = run.fills[: run.filled[0]]
    sales = fills[fills[:, account.FILL_RULE] == account.MONETISE]
    entry = fills[fills[:, account.FILL_RULE] == account.ENTER][0, account.FILL_QUANTITY]
    assert sales[:, account.FILL_ROW].tolist() == [sold_on, sold_on]
    assert sales[:, account.FILL_QUANTITY].tolist() == [-(entry // 3)] * 2
    assert run.held[-1, 0] == entry - 2 * (entry // 3)


def test_exit_sells_what_is_left_of_the_first_layer():
    run = spike(True, exit_on=4)
    fills = run.fills[: run.filled[0]]
    assert fills[-1, account.FILL_RULE] == account.EXIT
    assert run.held[3, 0] > 0.0
    assert run.held[4:, 0].tolist() == [0.0, 0.0]


def test_a_boost_buys_more_of_the_contract_held_inside_the_budget():
    days = [0, 1, 2, 3]
    weight = np.array([[4.0, 4.0], [6.0, 4.0], [6.0, 4.0], [4.0, 4.0]])
    policy = rules(4, [4.0, 4.0], [7, 55], weight=weight, income_share=1e9, vega_cap=1e9)
    run = book.run_book(market(days), listing(days, [30, 110]), terms(lot=0.01), policy, 1e6)
    fills = run.fills[: run.filled[0]]
    entry = fills[(fills[:, account.FILL_RULE] == account.ENTER) & (fills[:, account.FILL_LAYER] == 0)][0]
    boosts = fills[fills[:, account.FILL_RULE] == account.BOOST]
    assert len(boosts) == 1
    assert boosts[0, account.FILL_ROW] == 1
    assert boosts[0, account.FILL_STRIKE] == entry[account.FILL_STRIKE]
    assert boosts[0, account.FILL_EXPIRY] == entry[account.FILL_EXPIRY]
    assert run.held[0, 0] < run.held[-1, 0] < 1.5 * run.held[0, 0]


@pytest.mark.parametrize(("vix", "curve"), [(40.0, "inverted"), (12.0, "rising"), (9.0, "rising")])
def test_standing_still_is_the_dearer_of_two_decays(vix, curve):
    """In a panic the future rolls up towards spot VIX: that gain must not raise the size without limit."""
    years, sold_at = 110 / 365, 55 / 365
    view = strikes.vol_view(vix, 15.0, 91.0, years, 0.0)
    strike = strikes.vol_strike(view, 0.3)
    now = strikes.vol_price(view, strike)
    unmoved = now - strikes.vol_price(strikes.VolView(view.future, sold_at, 91.0, 0.0), strike)
    rolled = now - strikes.vol_price(strikes.vol_view(vix, 15.0, 91.0, sold_at, 0.0), strike)
    cost = layers.yearly_cost(market([0, 1], vix=vix), terms(**FREE), 0, years, sold_at, strike)
    assert (rolled < 0.0 < unmoved) if curve == "inverted" else (0.0 < unmoved < rolled)
    assert cost == pytest.approx(100.0 * max(unmoved, rolled) / (years - sold_at), rel=1e-12)
