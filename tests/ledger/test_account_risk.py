"""Liquidation risk of one account against first-passage integrals, brute force and arithmetic by hand."""

import math
from dataclasses import replace
from statistics import NormalDist

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import NOW, state

from seawall.core.errors import DomainError, UnknownParameterError
from seawall.core.status import Status
from seawall.instruments.base import Position
from seawall.instruments.coin_perp import InversePerp
from seawall.instruments.margin_terms import MarginTerms, flat_terms
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_account import AccountCash, AccountLeg, CrossPerp, PerpAccount
from seawall.kernels.survival import (
    CONSTANT,
    Distance,
    VolDynamics,
    barrier_probability,
    margin_distance,
    survival,
    window_hits,
)
from seawall.ledger.account_risk import MarginProblem, Simulation, collateral_for, liquidation_chance, problem_of
from seawall.ledger.alternatives import AccountRisk, account_risk
from seawall.ledger.book import Book
from seawall.ledger.holding_cost import AdlAssumption
from seawall.market.history import History, Series
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves

WORLD = state(FlatSmile(0.2, "test"), rate=0.01)
VOLS = {"ETH": 0.8, "SPX": 0.15}
TIERS = MarginTerms((0.0, 5_000.0, 20_000.0), (0.01, 0.02, 0.05))
PERP = LinearPerp("ETH", 3.0, 1900.0, 4.0, 0.02)
INVERSE = InversePerp("ETH", -4000.0, 1900.0, 1.2, 0.02)


def cross(collateral: float = 1800.0) -> PerpAccount:
    legs = (
        AccountLeg("eth", "ETH", 5.0, 1900.0, TIERS),
        AccountLeg("spx", "SPX", -0.4, 6100.0, flat_terms(0.01)),
    )
    return PerpAccount("main", None, collateral, legs)


def book(collateral: float = 1800.0) -> Book:
    held = cross(collateral)
    legs = tuple(Position(leg.label, CrossPerp(held, i), 1.0, "perps") for i, leg in enumerate(held.legs))
    alone = (Position("alone", PERP, 1.0, "perps"), Position("coin", INVERSE, 1.0, "perps"))
    return Book("b", (*legs, Position("cash", AccountCash(held), 1.0, "perps"), *alone))


def passage(barrier: float, drift: float, vol: float, years: float) -> float:
    """Integral of the first-passage density of Brownian motion, |b| / (s sqrt(2 pi t^3)) e^-((b - mt)^2 / 2 s^2 t)."""

    def density(t: mpmath.mpf) -> mpmath.mpf:
        spread = vol * vol * t
        return (
            abs(barrier)
            / mpmath.sqrt(2 * mpmath.pi * t * spread * t)
            * mpmath.exp(-((barrier - drift * t) ** 2) / (2 * spread))
        )

    return float(mpmath.quad(lambda t: density(t) if t > 0 else mpmath.mpf(0), mpmath.linspace(0, years, 9)))


@pytest.mark.parametrize("barrier", [-0.6, -0.1, -0.01, 0.02, 0.4])
@pytest.mark.parametrize(("vol", "years", "drift"), [(0.8, 30 / 365, 0.0), (0.3, 1.0, 0.1), (1.4, 7 / 365, -0.5)])
def test_the_closed_form_is_the_first_passage_integral(barrier: float, vol: float, years: float, drift: float) -> None:
    expected = passage(barrier, drift - 0.5 * vol**2, vol, years)
    assert float(barrier_probability(barrier, vol, years, drift)) == pytest.approx(expected, abs=1e-9)


def test_the_closed_form_at_its_ends() -> None:
    assert float(barrier_probability(0.0, 0.5, 1.0)) == 1.0
    assert barrier_probability(np.array([-5.0, 5.0]), 0.2, 0.1) == pytest.approx([0.0, 0.0], abs=1e-12)
    for vol, years in ((0.0, 1.0), (0.2, 0.0)):
        with pytest.raises(DomainError, match="must be positive"):
            barrier_probability(-0.1, vol, years)


def draws(paths: int, steps: int, assets: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((paths, steps, assets)), rng.standard_normal((paths, steps))


@pytest.mark.parametrize("size", [5.0, -5.0])
@pytest.mark.parametrize("equity", [400.0, 1500.0, 4000.0])
def test_paths_at_constant_volatility_reach_the_closed_form(size: float, equity: float) -> None:
    problem = MarginProblem("x", equity, ("ETH",), (size,), (2000.0,), (flat_terms(0.02),))
    price = (size * 2000.0 - equity) / (size - abs(size) * 0.02)
    lives = survival(problem.distance(VOLS, 0.0), CONSTANT, 30 / 365, *draws(20_000, 120, 1))
    expected = float(barrier_probability(math.log(price / 2000.0), 0.8, 30 / 365))
    error = float(lives.std()) / math.sqrt(lives.size)
    assert 1.0 - lives.mean() == pytest.approx(expected, abs=4.0 * error + 0.002)


def brute(problem: MarginProblem, rule: VolDynamics, correlation: float, steps: int, paths: int = 4000) -> float:
    """Share of paths that end, looked at 96 times a day, no bridge; written without the kernel."""
    rng, k, dt = np.random.default_rng(11), len(problem.sizes), 30.0 / 365.0 / steps
    root = np.linalg.cholesky(np.array([[1.0 if i == j else correlation for j in range(k)] for i in range(k)]))
    spots = np.tile(np.array(problem.marks), (paths, 1))
    y, alive = np.zeros(paths), np.ones(paths, bool)
    vols = np.array([VOLS[f] for f in problem.factors])
    for _ in range(steps):
        z = rng.standard_normal((paths, k)) @ root.T
        sigma = vols * np.exp(y)[:, None]
        spots *= np.exp(-0.5 * sigma**2 * dt + sigma * math.sqrt(dt) * z)
        own = rule.leverage * z[:, 0] + math.sqrt(1.0 - rule.leverage**2) * rng.standard_normal(paths)
        y += -rule.reversion * y * dt + rule.vol_of_vol * math.sqrt(dt) * own
        margin = np.full(paths, problem.equity)
        for j, (size, mark, terms) in enumerate(zip(problem.sizes, problem.marks, problem.terms, strict=True)):
            notional = abs(size) * spots[:, j]
            bounds = [*terms.lower_bounds[1:], math.inf]
            required, low = np.zeros(paths), 0.0
            for bound, rate in zip(bounds, terms.rates or (), strict=True):
                required += rate * np.clip(notional - low, 0.0, bound - low)
                low = bound
            margin += size * (spots[:, j] - mark) - required
        alive &= margin > 0.0
    return 1.0 - float(alive.mean())


@pytest.mark.parametrize("rule", [CONSTANT, VolDynamics(5.0, 2.5, -0.5)], ids=["constant", "moving"])
def test_two_assets_and_moving_volatility_against_brute_force(rule: VolDynamics) -> None:
    problem = problem_of(cross(), "main", WORLD)
    lives = survival(problem.distance(VOLS, 0.6), rule, 30 / 365, *draws(20_000, 120, 2))
    expected = brute(problem, rule, 0.6, 2880)
    error = math.sqrt(expected * (1.0 - expected) / 4000)
    assert 1.0 - float(lives.mean()) == pytest.approx(expected, abs=4.0 * error + 0.005)


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.6, 0.9), st.floats(-0.2, 0.2))
def test_the_numbers_of_an_account_are_the_accounts_own(eth: float, spx: float) -> None:
    """Equity less maintenance after any move, from the instrument and from the kernel's form."""
    view = WORLD.view(Moves({"ETH": np.array([eth]), "SPX": np.array([spx])}))
    moves = {"ETH": 1.0 + eth, "SPX": 1.0 + spx}
    for owner in (cross(), PERP, INVERSE):
        distance = problem_of(owner, "x", WORLD).distance(VOLS, 0.5)
        factors = owner.factors if isinstance(owner, PerpAccount) else (owner.factor,)
        there = distance._replace(spots=distance.spots * np.array([moves[f] for f in factors]))
        direct = float((owner.equity(view) - owner.maintenance_margin(view))[0])
        assert margin_distance(there) == pytest.approx(direct, abs=1e-6)


def test_half_an_inverse_perp_keeps_the_coins_it_has() -> None:
    """Closing half at the mark leaves a perp of half the contracts on the same coins of equity."""
    coins = float(INVERSE.coin_equity(WORLD.view())[0])
    half = InversePerp("ETH", -2000.0, 2000.0, coins, 0.02)
    distance = problem_of(INVERSE, "x", WORLD).smaller(0.5).distance(VOLS, 0.0)
    for price in (1000.0, 2000.0, 3100.0):
        view = WORLD.view(Moves({"ETH": np.array([price / 2000.0 - 1.0])}))
        direct = float((half.equity(view) - half.maintenance_margin(view))[0])
        assert margin_distance(distance._replace(spots=np.array([price]))) == pytest.approx(direct, abs=1e-6)


def test_more_collateral_and_less_size_are_safer_and_99_percent_is_met() -> None:
    problem, run = problem_of(PERP, "x", WORLD), Simulation(paths=4000, seed=3)
    now = liquidation_chance(problem, WORLD, run)[0]
    assert liquidation_chance(problem.richer(500.0), WORLD, run)[0] < now
    assert liquidation_chance(problem.smaller(0.5), WORLD, run)[0] < now
    extra = collateral_for(problem, WORLD, run)
    assert liquidation_chance(problem.richer(extra), WORLD, run)[0] == pytest.approx(0.01, abs=3e-4)
    safe = problem_of(LinearPerp("ETH", 1.0, 2000.0, 1.0, 0.01), "safe", WORLD)
    assert collateral_for(safe, WORLD, Simulation(days=1.0, paths=1000)) < 0.0
    assert liquidation_chance(problem, WORLD, run) == liquidation_chance(problem, WORLD, run)
    assert liquidation_chance(problem, WORLD, replace(run, seed=4))[0] != now


def test_past_windows_by_hand() -> None:
    """Long 1 at 100, equity 20, no maintenance: ends at 80. Windows of two rows."""
    problem = MarginProblem("x", 20.0, ("ETH",), (1.0,), (100.0,), (flat_terms(0.0),))
    prices = np.array([[50.0], [45.0], [39.0], [60.0], [48.0], [47.9]])
    hit = window_hits(problem.distance(VOLS, 0.0), prices, 2)
    # from 50: 39 is -22 %; from 45: 39 is -13 %, 60 up; from 39: up; from 60: 48 is -20 %, exactly there
    assert hit.tolist() == [True, False, False, True]
    with pytest.raises(DomainError, match="give more history"):
        window_hits(problem.distance(VOLS, 0.0), prices, 6)
    with pytest.raises(DomainError, match="must be positive"):
        window_hits(problem.distance(VOLS, 0.0), -prices, 2)


def history(days: int = 400, seed: int = 2) -> History:
    rng = np.random.default_rng(seed)
    last = np.datetime64(NOW.date(), "D")
    dates = last - np.arange(days)[::-1] - 1
    known = dates.astype("datetime64[s]") + np.timedelta64(1, "D")
    walks = {name: np.exp(np.cumsum(0.04 * rng.standard_normal(days))) for name in ("ETH", "SPX")}
    return History.of(*(Series(name, dates, walk, known, "usd", "made") for name, walk in walks.items()))


def risk(name: str | None = "alone", days: float = 10.0, adl: AdlAssumption | None = None) -> AccountRisk:
    return account_risk(book(), WORLD, name, Simulation(days=days, paths=2000), history(), adl)


def test_history_of_an_account_is_counted_window_by_window() -> None:
    found = risk().chances
    closes = history().get("ETH").values
    price = PERP.liquidation_price(2000.0).price
    ends = [bool(np.any(closes[i + 1 : i + 11] / closes[i] * 2000.0 <= price)) for i in range(closes.size - 10)]
    assert found.windows == len(ends)
    assert found.historical == pytest.approx(np.mean(ends))
    assert found.independent == len(ends) // 10
    both = risk("main").chances
    assert both.historical is not None
    assert both.closed_form is None
    bare = account_risk(book(), WORLD, "alone", Simulation(days=10.0, paths=500)).chances
    assert (bare.historical, bare.windows) == (None, 0)
    assert "no daily closes of ETH" in bare.history


def test_cost_of_capital_by_hand() -> None:
    """ETH funding 10.95 % on 3 x 2000; equity 1425 + 300; equity costs 1 % + 4 % (METHOD 5.7)."""
    found = risk().funding
    equity, gross = 1425.0 + 300.0, 6000.0
    assert found.usd_per_year == pytest.approx(0.1095 * gross)
    assert found.wacc == pytest.approx(((gross - equity) * 0.1095 + equity * 0.05) / gross)
    assert risk("main").funding.wacc is None  # funding of the SPX leg is unknown
    short = risk("coin").funding
    assert short.usd_per_year == pytest.approx(-0.1095 * 4000.0)


@pytest.mark.parametrize(
    ("closed", "rank", "share"), [(0.3, 0.2, 1.0), (0.1, 0.2, 0.5), (0.3, 0.4, 0.5), (0.1, 0.4, 0.0), (1.0, 1.0, 1.0)]
)
def test_deleveraging_takes_fifths_of_the_queue_in_turn(closed: float, rank: float, share: float) -> None:
    assumed = AdlAssumption(0.05, closed, rank, 0.04)
    assert assumed.share == pytest.approx(share)
    assert risk(adl=assumed).adl_usd == pytest.approx(0.05 * share * 0.04 * 6000.0)
    assert risk("coin", adl=assumed).adl_usd == 0.0  # a short opened below the mark is not in profit
    assert risk().adl_usd is None
    with pytest.raises(DomainError, match="between 0 and 1"):
        AdlAssumption(5.0, 0.1, 0.2, 0.04)


def test_alternatives_stand_side_by_side() -> None:
    found = risk(days=20.0)
    by_name = {one.name: one for one in found.alternatives}
    assert list(by_name) == ["as it stands", "half the size", "half as much again", "99% survival", "buy a put"]
    asis, put = by_name["as it stands"], by_name["buy a put"]
    assert asis.chance == found.chances.simulated
    assert by_name["99% survival"].chance == pytest.approx(0.01, abs=2e-3)
    assert by_name["half the size"].funding_usd == pytest.approx(0.5 * 0.1095 * 6000.0)
    end = PERP.liquidation_price(2000.0).price
    strike, years = 0.5 * (2000.0 + end), 20.0 / 365.0
    n, forward = NormalDist(), 2000.0 * math.exp(0.01 * years)
    s = 0.8 * math.sqrt(years)
    d1 = math.log(forward / strike) / s + 0.5 * s
    price = math.exp(-0.01 * years) * (strike * n.cdf(s - d1) - forward * n.cdf(-d1))
    assert put.cost_usd == pytest.approx(3.0 * price, rel=1e-9)
    assert put.loss_usd == pytest.approx(1725.0 - 3.0 * (strike - end))
    assert put.chance == asis.chance
    assert "buy a call" in [one.name for one in risk("coin").alternatives]


def test_an_account_that_has_ended_says_so() -> None:
    gone = Book("g", (Position("gone", LinearPerp("ETH", 1.0, 2600.0, 5.0, 0.01), 1.0, "perps"),))
    found = account_risk(gone, WORLD, None, Simulation(days=5.0, paths=200))
    assert (found.margin.status, found.chances.simulated, found.alternatives) == (Status.BREACHED, 1.0, ())


def test_names_and_settings_are_checked() -> None:
    with pytest.raises(UnknownParameterError, match="3 accounts and isolated perps"):
        account_risk(book(), WORLD, None, Simulation())
    with pytest.raises(UnknownParameterError, match="there are main, alone, coin"):
        account_risk(book(), WORLD, "mian", Simulation())
    for wrong in ({"days": 0.0}, {"days": 400.0}, {"paths": 5}, {"correlation": 1.0}):
        with pytest.raises(DomainError, match="need 0 < days"):
            Simulation(**wrong)
    problem = problem_of(PERP, "x", WORLD)
    with pytest.raises(DomainError, match="do not fit"):
        survival(problem.distance(VOLS, 0.0), CONSTANT, 0.1, *draws(10, 5, 2))
    with pytest.raises(DomainError, match="years must be positive"):
        survival(problem.distance(VOLS, 0.0), CONSTANT, 0.0, *draws(10, 5, 1))
    two: Distance = problem_of(cross(), "x", WORLD).distance(VOLS, 0.0)
    with pytest.raises(DomainError, match="not positive definite"):
        survival(two._replace(correlation=np.array([[1.0, 2.0], [2.0, 1.0]])), CONSTANT, 0.1, *draws(10, 5, 2))
