"""The static hedge on listed strikes: METHOD 2.6, brute force over contracts and over prices, duality, laws."""

import datetime as dt
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from tests.published import DATA, existing

from seawall.convexity.density import (
    AnyHorizon,
    ConvexityDensity,
    FlowDensity,
    Instantaneous,
    Mass,
    Segment,
    of_condor,
    of_power_perp,
    of_short_option,
    of_short_variance,
    of_v2,
    of_v3,
)
from seawall.convexity.option_quotes import OptionQuotes, modelled_quotes
from seawall.convexity.price import price_flat, price_quotes
from seawall.convexity.project import tent_weights
from seawall.convexity.static_hedge import Terms, rounded_hedge, static_hedge, usable
from seawall.core.datum import Origin
from seawall.core.errors import (
    ConventionError,
    DomainError,
    InfeasibleError,
    QuoteError,
    RangeError,
    UnboundedError,
)
from seawall.core.status import Status
from seawall.data.chains import load_chains
from seawall.market.listed import listed_quotes
from seawall.market.parity import parity
from seawall.market.smile import FlatSmile

MONTH = 30.0 / 365.0
LP = of_v3(100.0, 1500.0, 2500.0)
SMILE = FlatSmile(0.8, "the table")
HUNDREDS = np.arange(1400.0, 2601.0, 100.0)


def quotes_at(half=0.03, strikes=HUNDREDS, size=math.inf):
    return modelled_quotes(SMILE, 2000.0, MONTH, strikes, half, size=size)


def payoff(quotes, contracts, spot):
    s = np.asarray(spot, float)[:, None]
    return np.maximum(quotes.right * (s - quotes.strikes), 0.0) @ contracts


@pytest.mark.parametrize(("allowed", "cost"), [(0.0, 53.4011), (5.0, 49.0771), (10.0, 45.2409)])
def test_costs_of_method(allowed, cost):
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(allowed))
    assert hedge.cost == pytest.approx(cost, abs=5e-5)
    assert hedge.worst == pytest.approx(-allowed, abs=1e-7)
    assert (hedge.status, hedge.fee, hedge.gap) == (Status.FOUND, 0.0, 0.0)


def test_without_slack_the_hedge_is_the_tents_of_method():
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(0.0))
    puts = [0.0, 0.04165582, 0.07822056, 0.07141128, 0.06553610, 0.06042490, 0.02867225]
    calls = [0.02727318, 0.05199350, 0.04848603, 0.04535602, 0.04254896, 0.02041029, 0.0]
    assert hedge.quotes.right.tolist() == [-1.0] * 7 + [1.0] * 7
    assert hedge.contracts == pytest.approx(puts + calls, abs=5e-9)
    tents = tent_weights(LP, HUNDREDS, 2000.0)
    assert hedge.contracts == pytest.approx(np.concatenate([tents.puts[:7], tents.calls[6:]]), abs=1e-9)
    assert np.all(np.isnan(hedge.paid) == (hedge.contracts == 0.0))


def test_at_mids_the_hedge_costs_what_the_density_does():
    strikes = np.arange(1500.0, 2501.0, 25.0)
    quotes = quotes_at(0.0, strikes)
    side = quotes.right == np.where(quotes.strikes >= 2000.0, 1.0, -1.0)
    assert static_hedge(LP, 2000.0, quotes, Terms(0.0)).cost == pytest.approx(
        price_quotes(LP, strikes, quotes.mid[side]).price, rel=1e-9
    )


@pytest.mark.parametrize("allowed", [0.0, 3.0, 40.0])
@pytest.mark.parametrize(
    ("density", "pivot"),
    [
        (LP, 2000.0),
        (LP, 2037.0),
        (of_v2(30.0), 1950.0),
        (of_v3(60.0, 1700.0, 2100.0) + of_short_option(2250.0, 0.3, MONTH), 2050.0),
    ],
)
def test_no_grid_of_prices_does_better(density, pivot, allowed):
    # The same program, unscaled, with the floor at 3,000 prices up to 40 times spot instead of strikes and knots.
    quotes = quotes_at(0.02, np.arange(1200.0, 3001.0, 100.0))
    found = static_hedge(density, pivot, quotes, Terms(allowed, fee=0.05))
    used = usable(quotes, pivot)
    prices = np.concatenate([[1e-6], np.linspace(1.0, 4000.0, 2900), np.geomspace(4001.0, 80000.0, 100), used.strikes])
    pays = np.maximum(used.right * (prices[:, None] - used.strikes), 0.0)
    owed = density.loss(prices, pivot)
    # A last row for the slope far above, as a price so high that nothing else counts.
    pays = np.vstack([pays, 1.0 * (used.right > 0.0)])
    floor = np.append(owed - allowed, density.integral(pivot, math.inf).plain)
    brute = linprog(
        np.concatenate([used.ask + 0.05, 0.05 - used.bid]), A_ub=-np.hstack([pays, -pays]), b_ub=-floor, method="highs"
    )
    assert found.cost == pytest.approx(brute.fun, rel=1e-5)


@pytest.mark.parametrize("allowed", [0.0, 5.0, 60.0])
def test_state_prices_add_up_to_the_cost_and_say_what_slack_saves(allowed):
    # Strong duality with no caps, and the derivative of the cost in the allowed shortfall.
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(allowed))
    prices, costs, slope = hedge.state_prices
    owed = np.append(LP.integral(0.0, 2000.0).first, LP.loss(prices[1:], 2000.0))
    assert prices[0] == 0.0
    assert np.all(costs >= 0.0)
    assert slope >= 0.0
    total = float(costs @ (owed - allowed)) + slope * LP.integral(2000.0, math.inf).plain
    assert total == pytest.approx(hedge.cost, abs=1e-6)
    more = static_hedge(LP, 2000.0, quotes_at(), Terms(allowed + 0.01))
    assert hedge.cost - more.cost == pytest.approx(0.01 * costs.sum(), rel=1e-4)


@st.composite
def densities(draw):
    low = draw(st.floats(200.0, 3000.0))
    pieces = draw(
        st.lists(st.tuples(st.floats(1.0, 900.0), st.floats(-1.0, 3.0), st.floats(0.05, 1.0)), min_size=1, max_size=3)
    )
    segments, at = [], low
    for width, power, gamma in pieces:
        # gamma: dollar gamma of about this share of 2000 dollars in the middle of the piece.
        middle = at + 0.5 * width
        segments.append(Segment(at, at + width, gamma * 2000.0 * middle ** (power - 2.0), power))
        at += width * draw(st.floats(0.5, 1.5))
    masses = draw(st.lists(st.tuples(st.floats(500.0, 4000.0), st.floats(0.01, 1.0)), max_size=2))
    return ConvexityDensity(tuple(segments), tuple(Mass(*m) for m in masses), AnyHorizon())


@settings(max_examples=25, deadline=None)
@given(
    densities(),
    st.floats(900.0, 3500.0),
    st.lists(st.floats(300.0, 5000.0), min_size=6, max_size=25, unique=True),
    st.integers(0, 2**32 - 1),
)
def test_without_slack_the_hedge_pays_at_any_price(density, pivot, strikes, seed):
    listed = np.unique(np.round([*strikes, 300.0, 6000.0], 1))
    hedge = static_hedge(density, pivot, quotes_at(0.01, listed), Terms(0.0))
    rng = np.random.default_rng(seed)
    prices = np.concatenate([rng.uniform(1.0, 6000.0, 700), rng.lognormal(math.log(2000.0), 1.0, 300)])
    residual = payoff(hedge.quotes, hedge.contracts, prices) - density.loss(prices, pivot)
    assert residual.min() >= -1e-7 * max(1.0, density.loss(6000.0, pivot) / 1000.0)
    assert hedge.worst >= -1e-6


def test_a_density_that_changes_sign_is_held_to_the_floor_between_strikes_too():
    density = LP + of_v3(150.0, 1900.0, 2120.0).scaled(-1.0)
    hedge = static_hedge(density, 2000.0, quotes_at(), Terms(1.0))
    prices = np.linspace(0.5, 5000.0, 100_001)
    residual = payoff(hedge.quotes, hedge.contracts, prices) - density.loss(prices, 2000.0)
    assert -1.0 - 1e-7 <= residual.min() < -0.99
    assert hedge.worst == pytest.approx(residual.min(), abs=1e-4)


@pytest.mark.parametrize("density", [LP.scaled(-1.0), of_power_perp(2.0, 0.01)])
def test_the_floor_holds_for_long_convexity(density):
    # Options are sold against it; the residual is convex between strikes.
    hedge = static_hedge(density, 2000.0, quotes_at(), Terms(5.0, span=(1000.0, 4000.0)))
    prices = np.linspace(1000.0, 4000.0, 60_001)
    residual = payoff(hedge.quotes, hedge.contracts, prices) - density.loss(prices, 2000.0)
    assert hedge.cost < 0.0
    assert -5.0 - 1e-6 <= residual.min() < -3.0


def test_sizes_are_respected_and_cost():
    free = static_hedge(LP, 2000.0, quotes_at(), Terms(5.0))
    capped = static_hedge(LP, 2000.0, quotes_at(size=0.08), Terms(5.0))
    assert np.max(np.abs(free.contracts)) > 0.08
    assert np.max(np.abs(capped.contracts)) <= 0.08 + 1e-9
    assert capped.cost > free.cost
    assert capped.worst >= -5.0 - 1e-6


def test_what_cannot_be_covered_is_named():
    with pytest.raises(InfeasibleError, match=r"missing at 0"):
        static_hedge(LP, 2000.0, quotes_at(size=0.01), Terms(5.0))
    puts = quotes_at()
    puts = puts.take(puts.right < 0.0)
    with pytest.raises(InfeasibleError, match=r"above 2500"):
        static_hedge(LP, 2000.0, puts, Terms(5.0))
    with pytest.raises(InfeasibleError, match=r"2500.*missing|missing at .*2500"):
        static_hedge(LP, 2000.0, puts, Terms(5.0, span=(1500.0, 2500.0)))
    with pytest.raises(InfeasibleError, match="cannot bound the loss above"):
        static_hedge(LP, 2000.0, puts, Terms(5.0, budget=50.0))
    with pytest.raises(InfeasibleError, match="give a span"):
        static_hedge(of_short_variance(1.0, MONTH), 2000.0, quotes_at(), Terms(5.0))


def test_a_span_protects_only_what_it_names():
    variance = of_short_variance(1.0, MONTH)
    hedge = static_hedge(variance, 2000.0, quotes_at(0.0), Terms(0.0, span=(1000.0, 4000.0)))
    assert hedge.worst == pytest.approx(0.0, abs=1e-9)
    assert (hedge.prices[0], hedge.prices[-1]) == (1000.0, 4000.0)
    # Log-payoff beyond: it costs more than the part of the variance inside, less than a hedge to wider ends.
    wider = static_hedge(variance, 2000.0, quotes_at(0.0), Terms(0.0, span=(800.0, 5000.0)))
    assert price_flat(variance.restricted(1000.0, 4000.0), 2000.0, 0.8, MONTH) < hedge.cost < wider.cost


@pytest.mark.parametrize(("budget", "shortfall"), [(49.07713323, 5.0), (45.24090115, 10.0)])
def test_a_budget_buys_the_shortfall_that_costs_it(budget, shortfall):
    # The costs of METHOD's table to ten digits, from the unscaled program of the test above.
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(0.0, budget=budget))
    assert hedge.worst == pytest.approx(-shortfall, abs=1e-5)
    assert hedge.cost <= budget + 1e-6


def test_more_than_enough_budget_is_not_spent():
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(0.0, budget=500.0))
    assert hedge.cost == pytest.approx(53.4011, abs=1e-4)
    assert hedge.worst == pytest.approx(0.0, abs=1e-5)


def brute_whole(quotes, lot, allowed, fee, most):
    """Cheapest whole contracts by trying all of them."""
    prices = np.unique(np.concatenate([[1e-9], quotes.strikes, LP.knots(), [1e6]]))
    owed = LP.loss(prices, 2000.0)
    pays = lot * np.maximum(quotes.right * (prices[:, None] - quotes.strikes), 0.0)
    trials = np.array(list(itertools.product(range(-most, most + 1), repeat=quotes.strikes.size)), float)
    cost = lot * (np.maximum(trials, 0.0) @ quotes.ask - np.maximum(-trials, 0.0) @ quotes.bid)
    cost = cost + fee * np.abs(trials).sum(axis=1)
    kept = np.all(trials @ pays.T - owed >= -allowed - 1e-9, axis=1)
    return float(cost[kept].min())


@pytest.mark.parametrize(("lot", "fee"), [(0.1, 0.0), (0.1, 0.3), (0.2, 0.0)])
def test_whole_contracts_against_trying_them_all(lot, fee):
    quotes = usable(quotes_at(0.03, [1500.0, 1800.0, 2000.0, 2200.0, 2500.0], size=3.0), 2000.0)
    hedge = static_hedge(LP, 2000.0, quotes, Terms(12.0, lot=lot, whole=True, fee=fee))
    assert np.array_equal(hedge.contracts, np.round(hedge.contracts))
    assert hedge.cost == pytest.approx(brute_whole(quotes, lot, 12.0, fee, 3), rel=1e-3)
    assert hedge.fee == pytest.approx(fee * np.abs(hedge.contracts).sum())
    assert hedge.worst >= -12.0 - 1e-6
    assert hedge.state_prices is None
    assert hedge.status is Status.FOUND


def test_whole_contracts_within_a_budget():
    quotes = quotes_at(0.03, [1500.0, 1800.0, 2000.0, 2200.0, 2500.0], size=3.0)
    rich = static_hedge(LP, 2000.0, quotes, Terms(0.0, lot=0.1, whole=True, budget=80.0))
    poor = static_hedge(LP, 2000.0, quotes, Terms(0.0, lot=0.1, whole=True, budget=40.0))
    assert poor.cost <= 40.0
    assert poor.worst < rich.worst
    # No cheaper whole hedge has the same floor.
    assert brute_whole(usable(quotes, 2000.0), 0.1, -poor.worst - 1e-3, 0.0, 3) > 40.0


def test_rounding_is_measured_again():
    exact = static_hedge(LP, 2000.0, quotes_at(), Terms(5.0, lot=0.01))
    hedge = rounded_hedge(LP, 2000.0, quotes_at(), Terms(5.0, lot=0.01, fee=0.02))
    assert np.max(np.abs(hedge.contracts - exact.contracts)) <= 0.5 + 1e-9
    bought = np.maximum(hedge.contracts, 0.0) @ hedge.quotes.ask - np.maximum(-hedge.contracts, 0.0) @ hedge.quotes.bid
    assert hedge.cost == pytest.approx(0.01 * bought + 0.02 * np.abs(hedge.contracts).sum())
    prices = np.linspace(1.0, 4000.0, 50_001)
    residual = payoff(hedge.quotes, 0.01 * hedge.contracts, prices) - LP.loss(prices, 2000.0)
    assert hedge.worst == pytest.approx(residual.min(), abs=0.02)
    assert hedge.status is (Status.FOUND if residual.min() >= -5.0 - 1e-6 else Status.BELOW_FLOOR)


def test_rounding_that_opens_the_upper_tail_has_no_worst_price():
    # 0.264 units owed above, contracts of 0.1: two of them leave 0.064 units short for ever.
    hedge = rounded_hedge(LP, 2000.0, quotes_at(), Terms(5.0, lot=0.1))
    calls = float(hedge.contracts @ (hedge.quotes.right > 0.0))
    assert 0.1 * calls < LP.integral(2000.0, math.inf).plain
    assert (hedge.worst, hedge.worst_at, hedge.status) == (-math.inf, math.inf, Status.BELOW_FLOOR)
    assert hedge.slope_above == pytest.approx(0.1 * calls - 100.0 * (2000.0**-0.5 - 2500.0**-0.5))


def test_what_is_left_is_the_density_of_both():
    hedge = static_hedge(LP, 2000.0, quotes_at(), Terms(5.0))
    prices = np.linspace(1300.0, 2700.0, 57)
    # Minus the second derivative of the residual is what is left: they differ by a line.
    gap = hedge.left.loss(prices, 2000.0) + payoff(hedge.quotes, hedge.contracts, prices) - LP.loss(prices, 2000.0)
    assert np.diff(gap, 2) == pytest.approx(np.zeros(55), abs=1e-9)
    assert hedge.payoff(prices) == pytest.approx(payoff(hedge.quotes, hedge.contracts, prices), abs=1e-12)
    units = sum(m.size for m in hedge.left.masses)
    assert units == pytest.approx(-hedge.contracts.sum())


def test_a_condor_hedged_at_its_own_strikes_is_bought_back():
    wings = (5480.0, 5685.0, 6355.0, 6590.0)
    quotes = modelled_quotes(FlatSmile(0.16, "t"), 6000.0, 45 / 365, [*wings, 6000.0], 0.01)
    hedge = static_hedge(of_condor(wings, 2.0, 45 / 365), 6000.0, quotes, Terms(0.0))
    paid = {(k, r): n for k, r, n in zip(hedge.quotes.strikes, hedge.quotes.right, hedge.contracts, strict=True) if n}
    assert paid == pytest.approx({(5480.0, -1.0): -2.0, (5685.0, -1.0): 2.0, (6355.0, 1.0): 2.0, (6590.0, 1.0): -2.0})
    assert hedge.left.masses == () or max(abs(m.size) for m in hedge.left.masses) < 1e-8


def test_quotes_that_pay_for_nothing_are_refused():
    quotes = quotes_at()
    with pytest.raises(UnboundedError, match="pay without limit"):
        static_hedge(LP, 2000.0, quotes._replace(bid=quotes.bid + 1000.0, ask=quotes.ask + 1000.0), Terms(5.0))


def test_modelled_quotes_say_so_and_obey_parity():
    quotes = modelled_quotes(SMILE, 2000.0, MONTH, [1800.0, 2000.0, 2300.0], 0.05, 0.99)
    assert quotes.origin is Origin.MODELLED
    assert "half-spread 0.05" in quotes.source
    puts, calls = quotes.take(quotes.right < 0.0), quotes.take(quotes.right > 0.0)
    assert calls.mid - puts.mid == pytest.approx(0.99 * (2000.0 - puts.strikes), abs=1e-9)
    assert quotes.ask / quotes.bid == pytest.approx(np.full(6, 1.05 / 0.95))
    hedge = static_hedge(LP, 2000.0, quotes, Terms(100.0))
    assert hedge.assumptions() == (f"option quotes are {quotes.source}",)
    observed = static_hedge(LP, 2000.0, quotes._replace(origin=Origin.OBSERVED), Terms(100.0))
    assert observed.assumptions() == ()


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"bid": [5.0, 5.0], "ask": [4.0, 6.0]}, QuoteError, "bid 5 and ask 4"),
        ({"ask": [0.0, 6.0], "bid": [0.0, 5.0]}, QuoteError, "crossed and empty"),
        ({"ask": [math.nan, 6.0]}, QuoteError, "nan"),
        ({"strikes": [-1.0, 2100.0]}, DomainError, "strikes"),
        ({"right": [0.0, 1.0]}, DomainError, "rights"),
        ({"size": [-1.0, 1.0]}, DomainError, "sizes"),
        ({"size": [1.0]}, DomainError, "one length"),
        ({"years": 0.0}, DomainError, "years"),
        (dict.fromkeys(("strikes", "right", "bid", "ask", "size"), ()), DomainError, "not empty"),
    ],
)
def test_quotes_that_cannot_be_are_refused(changed, error, says):
    good = {"strikes": [1900.0, 2100.0], "right": [-1.0, 1.0], "bid": [4.0, 5.0], "ask": [5.0, 6.0], "size": [1.0, 1.0]}
    columns = {name: np.array(value) for name, value in (good | changed).items() if name != "years"}
    quotes = OptionQuotes(**columns, years=changed.get("years", MONTH), source="made")
    with pytest.raises(error, match=says):
        static_hedge(LP, 2000.0, quotes, Terms(1.0))


def test_other_inputs_that_cannot_be_are_refused():
    with pytest.raises(DomainError):
        Terms(-1.0)
    with pytest.raises(DomainError):
        Terms(1.0, lot=0.0)
    with pytest.raises(DomainError):
        Terms(1.0, budget=math.nan)
    with pytest.raises(RangeError):
        Terms(1.0, span=(3000.0, 2000.0))
    with pytest.raises(DomainError):
        static_hedge(LP, math.inf, quotes_at(), Terms(1.0))
    with pytest.raises(DomainError):
        modelled_quotes(SMILE, 2000.0, MONTH, [2000.0], 3.0)
    with pytest.raises(ConventionError):
        static_hedge(FlowDensity((Mass(1800.0, 1.0),), ()), 2000.0, quotes_at(), Terms(1.0))
    with pytest.raises(ConventionError):
        static_hedge(of_short_option(1800.0, 1.0, 0.5), 2000.0, quotes_at(), Terms(1.0))
    with pytest.raises(ConventionError):
        static_hedge(ConvexityDensity(LP.segments, (), Instantaneous()), 2000.0, quotes_at(), Terms(1.0))


@pytest.mark.shared
def test_a_pool_on_a_real_chain():
    # A v3-shaped payoff on SPX, +-10 %, hedged at the bids and asks of one expiry, in whole 100-multiplier contracts.
    chain = load_chains(existing(DATA / "options" / "cboe_spx_quotedata_2023-02-07.csv"))[0]
    expiry = next(day for day, root in chain.expiries() if root == "SPXW" and day >= dt.date(2023, 3, 7))
    quotes = listed_quotes(chain, expiry, "SPXW")
    line = next(f for f in parity(chain) if (f.expiry, f.root) == (expiry, "SPXW"))
    assert np.all(quotes.bid <= quotes.ask)
    assert quotes.years == pytest.approx(line.years)
    liquidity = 4_000_000.0
    density = of_v3(liquidity, 0.9 * chain.spot, 1.1 * chain.spot)
    near = np.abs(np.log(quotes.strikes / chain.spot)) < 0.15
    quotes = quotes.take(near & (quotes.strikes % 25.0 == 0.0) & (quotes.bid > 0.0))
    worth = liquidity * (2.0 * math.sqrt(chain.spot) - math.sqrt(0.9 * chain.spot) - math.sqrt(chain.spot / 1.1))
    allowed = 0.005 * worth
    hedge = static_hedge(density, chain.spot, quotes, Terms(allowed, fee=1.0))
    prices = np.linspace(0.2 * chain.spot, 3.0 * chain.spot, 20_001)
    residual = payoff(hedge.quotes, hedge.contracts, prices) - density.loss(prices, chain.spot)
    assert residual.min() >= -allowed - 1e-6 * allowed
    # At mids and without slack a hedge costs at least the price of the density at mids; slack may save its face value.
    outside = quotes.right == np.where(quotes.strikes >= line.forward, 1.0, -1.0)
    mid = price_quotes(density, quotes.strikes[outside], quotes.mid[outside], repair=True)
    tight = static_hedge(density, chain.spot, quotes, Terms(0.0, fee=1.0))
    assert mid.price - allowed < hedge.cost < tight.cost
    assert tight.cost > mid.price
    whole = static_hedge(density, chain.spot, quotes, Terms(allowed, lot=100.0, whole=True, fee=100.0))
    assert hedge.cost * (1.0 - 1e-6) <= whole.cost <= 1.2 * hedge.cost
    assert whole.worst >= -allowed * (1.0 + 1e-6)
