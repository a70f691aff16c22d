"""Greek match, ratios, parity and recipes: hand-made cases, other solvers, optimality conditions; budgets, hurdle."""

import datetime as dt
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.errors import DomainError, InfeasibleError, MissingDataError
from seawall.core.status import Status
from seawall.hedge.sizing import (
    Fitted,
    Fixed,
    GreekMatch,
    Instruments,
    Limit,
    Limits,
    Measure,
    Problem,
    Reading,
    Recipe,
    Regression,
    RiskParity,
    Vxth,
    fit,
)
from seawall.hedge.sizing_budget import condors_at_risk, irr_test, yearly_budget
from seawall.hedge.sizing_greeks import sparse_least_squares
from seawall.hedge.sizing_problem import excess
from seawall.hedge.sizing_ratios import tilted_by
from seawall.hedge.sizing_recipes import equal_risk, vxth_weight
from seawall.ledger.capital import xirr

Array = NDArray[np.float64]
NAMES = ("near", "middle", "far")


def problem(rows: int = 400, limits: Limits | None = None, **columns: object) -> Problem:
    rng = np.random.default_rng(0)
    book = 1000.0 * rng.standard_t(4, rows)
    unit = np.column_stack([-k * 0.02 * book + 30.0 * rng.normal(size=rows) for k in (1, 2, 3)])
    given_columns = {"most": 1e4, "price": 100.0, "carry": -50.0, "margin": 100.0, **columns}
    return Problem(book, unit, Instruments(NAMES, **given_columns), limits or Limits())  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 0.3, 3.0]))
def test_greek_match_meets_its_optimality_conditions(seed: int, greeks: int, count: int, thrift: float) -> None:
    """At the least of |Ax - b|^2 + t|x|_1 in a box no coordinate can move downhill (Karush, Kuhn and Tucker)."""
    rng = np.random.default_rng(seed)
    matrix, target = rng.normal(size=(greeks, count)), rng.normal(size=greeks)
    low, high = -rng.uniform(0.0, 2.0, count), rng.uniform(0.1, 2.0, count)
    x = sparse_least_squares(matrix, target, low, high, thrift)
    assert ((x >= low - 1e-12) & (x <= high + 1e-12)).all()
    gradient = 2.0 * matrix.T @ (matrix @ x - target)
    up = gradient + np.where(x >= 0.0, thrift, -thrift)
    down = gradient + np.where(x > 0.0, thrift, -thrift)
    assert (up[x < high - 1e-7] >= -1e-5).all()
    assert (down[x > low + 1e-7] <= 1e-5).all()


def test_greek_match_by_hand() -> None:
    """Two greeks, two instruments, solvable exactly: short 3 gamma and 8 vega, (1, 0) and (1, 2) per unit."""
    match = GreekMatch(np.array([-3.0, -8.0]), np.array([[1.0, 1.0], [0.0, 2.0]]), np.ones(2))
    own = Instruments(("a", "b"), most=10.0, least=-10.0, lot=0.0)
    flat = Problem(np.zeros(5), np.zeros((5, 2)), own)
    assert match.size(flat).units == pytest.approx([-1.0, 4.0], abs=1e-9)
    bought = Problem(np.zeros(5), np.zeros((5, 2)), Instruments(("a", "b"), most=10.0, lot=0.0))
    # a >= 0: b alone solves (b - 3)^2 + (2 b - 8)^2, 10 b = 38
    assert match.size(bought).units == pytest.approx([0.0, 3.8], abs=1e-9)


def test_thrift_leaves_out_what_helps_little() -> None:
    match = GreekMatch(np.array([-4.0]), np.array([[1.0, 0.1]]), np.ones(1), thrift=1.0)
    own = Instruments(("a", "b"), most=10.0, lot=0.0)
    # a alone: 2 (a - 4) + 1 = 0; b would add 2 x .1 x .5 = .1 < 1
    assert match.size(Problem(np.zeros(5), np.zeros((5, 2)), own)).units == pytest.approx([3.5, 0.0], abs=1e-9)


def test_regression_ratios_against_formulas() -> None:
    asked = problem(lot=0.0, least=-1e4)
    centred = asked.unit - asked.unit.mean(axis=0)
    ols = -np.linalg.lstsq(centred, asked.book - asked.book.mean(), rcond=None)[0]
    assert fit(asked, Regression()).units == pytest.approx(ols, rel=1e-6)
    mass = 0.97 ** np.arange(399, -1, -1)
    mass /= mass.sum()
    x, y = asked.unit - mass @ asked.unit, asked.book - mass @ asked.book
    ewma = -np.linalg.solve(x.T @ (mass[:, None] * x), x.T @ (mass * y))
    assert fit(asked, Regression(Fitted.EWMA)).units == pytest.approx(ewma, rel=1e-6)


def test_one_instrument_is_minus_covariance_over_variance_where_the_market_falls() -> None:
    asked = problem(rows=3000, lot=0.0).only([1])
    market = np.random.default_rng(5).normal(size=3000)
    rows = market < market.mean() - market.std()
    cov = np.cov(asked.book[rows], asked.unit[rows, 0])
    made = fit(asked, Regression(Fitted.CRASH, market))
    assert made.units[0] == pytest.approx(-cov[0, 1] / cov[1, 1], rel=1e-8)
    assert made.status is Status.FOUND
    few = fit(problem(lot=0.0).only([1]), Regression(Fitted.CRASH, market[:400]))
    assert few.status is Status.THIN
    with pytest.raises(MissingDataError, match="give more scenarios"):
        fit(problem(lot=0.0), Regression(Fitted.CRASH, np.zeros(400)))
    with pytest.raises(DomainError, match="SPX return of every row"):
        fit(problem(), Regression(Fitted.CRASH))


def test_huber_solves_its_estimating_equation_and_ignores_an_outlier() -> None:
    rng = np.random.default_rng(8)
    unit = rng.normal(size=(600, 1))
    book = -3.0 * unit[:, 0] + 0.1 * rng.normal(size=600)
    book[0] = 500.0
    unit[0] = 5.0
    asked = Problem(book, unit, Instruments(("h",), most=100.0, least=-100.0, lot=0.0))
    ols, huber = (fit(asked, Regression(how)).units[0] for how in (Fitted.OLS, Fitted.HUBER))
    assert abs(huber - 3.0) < 0.02 < abs(ols - 3.0)
    left = book + huber * unit[:, 0]
    scale = np.median(np.abs(left - np.median(left))) / 0.6745
    psi = np.clip((left - np.median(left)) / scale, -1.345, 1.345)
    assert abs(float(psi @ (unit[:, 0] - unit.mean()))) / 600.0 < 0.02


def test_tilt_by_the_cost_of_capital() -> None:
    assert [tilted_by(0.2, z) for z in (0.0, 1.0, 10.0)] == pytest.approx([1.0, 0.8, 0.0])
    plain, dear = fit(problem(lot=0.0), Regression()), fit(problem(lot=0.0), Regression(tilt=0.2, cost_z=1.0))
    assert dear.units == pytest.approx(0.8 * plain.units)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_equal_risk_is_equal(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(60, count)) * rng.uniform(0.1, 100.0, count) + rng.normal(size=(60, 1))
    covariance = np.atleast_2d(np.cov(moves.T))
    weights = equal_risk(covariance)
    parts = weights * (covariance @ weights)
    assert (weights > 0.0).all()
    assert parts == pytest.approx(np.full(count, 1.0 / count), rel=1e-8)


def test_parity_without_correlation_is_inverse_volatility_and_fills_the_budget() -> None:
    assert equal_risk(np.diag([1.0, 4.0, 16.0])) == pytest.approx(np.array([1.0, 0.5, 0.25]) / np.sqrt(3.0))
    made = fit(problem(limits=Limits(margin_usd=5000.0), lot=0.0), RiskParity())
    assert made.margin_usd == pytest.approx(5000.0)
    assert [one.name for one in made.binding] == ["margin"]


def test_recipe_in_three_readings() -> None:
    """Budget 1000 of premium at 100 each: 10 contracts in 4:4:2; by notional 2:1:1 the near two thirds less."""
    asked = problem(limits=Limits(margin_usd=1000.0))
    assert fit(asked, Recipe()).units.tolist() == [4.0, 4.0, 2.0]
    notional = fit(problem(limits=Limits(margin_usd=1000.0), lot=0.0), Recipe(Reading.NOTIONAL, np.array([2.0, 1, 1])))
    assert notional.units == pytest.approx([2.5, 5.0, 2.5])
    shares = fit(problem(), Recipe(Reading.PORTFOLIO, equity_usd=50_000.0))
    assert shares.units.tolist() == [20.0, 20.0, 10.0]
    halved = fit(problem(limits=Limits(margin_usd=2500.0)), Recipe(Reading.PORTFOLIO, equity_usd=50_000.0))
    assert halved.units.tolist() == [10.0, 10.0, 5.0]
    with pytest.raises(DomainError, match="needs three"):
        fit(problem().only([0, 1]), Recipe())


@pytest.mark.parametrize(
    ("future", "weight"), [(15.0, 0.0), (15.05, 0.01), (30.0, 0.01), (30.05, 0.005), (50.0, 0.005), (50.05, 0.0)]
)
def test_vxth_weights(future: float, weight: float) -> None:
    """METHOD 8.4."""
    assert vxth_weight(future) == weight
    assert fit(problem(), Vxth(future, 100_000.0)).units[0] == np.floor(weight * 1000.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_scaled_down_is_the_largest_share_that_keeps_every_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = rng.integers(0, 5, 3).astype(float)
    own = Instruments(NAMES, most=20.0, lot=0.0, held=held)
    rows = (
        Limit("gross", rng.uniform(0.0, 3.0, 3), float(rng.uniform(5.0, 40.0)), "USD", Measure.GROSS),
        Limit("traded", rng.uniform(0.0, 3.0, 3), float(rng.uniform(5.0, 40.0)), "USD", Measure.TRADED),
        Limit("vega", rng.normal(size=3), float(rng.uniform(0.0, 20.0)), "USD per point"),
    )
    asked = Problem(np.zeros(4), np.zeros((4, 3)), own, Limits(further=rows))
    direction = rng.uniform(0.0, 10.0, 3)
    shares = np.linspace(0.0, 1.0, 401)
    good = [s for s in shares if not excess(asked, s * direction)]
    if not good:
        with pytest.raises(InfeasibleError):
            fit(asked, Fixed(direction))
        return
    found = float(fit(asked, Fixed(direction)).units @ direction / (direction @ direction))
    assert max(good) - 1e-6 <= found <= max(good) + 1.0 / 400.0 + 1e-6


def test_a_limit_that_no_share_keeps_is_named_with_its_excess() -> None:
    covered = Limit("least vega", np.array([-1.0, 0.0, 0.0]), -5.0, "USD per point")
    with pytest.raises(InfeasibleError, match="least vega by 5 USD per point"):
        fit(problem(limits=Limits(further=(covered,))), Fixed(np.array([0.0, 3.0, 0.0])))


def test_rounding_that_breaks_a_floor_is_said() -> None:
    covered = Limit("least vega", np.array([-1.0, -1.0, -1.0]), -2.4, "USD per point")
    made = fit(problem(limits=Limits(further=(covered,))), Fixed(np.array([0.8, 0.8, 0.8])))
    assert made.status is Status.BELOW_FLOOR
    assert "least vega by 2.4" in made.notes[-1]


def test_budgets() -> None:
    made = yearly_budget(annual_income_usd=20_000.0, value_usd=100_000.0, equity_usd=150_000.0)
    assert made.from_income == pytest.approx(4000.0)  # kappa .20
    assert made.from_notional == pytest.approx(3000.0)  # 2 % of equity
    assert made.price_to_cash_flow == pytest.approx(5.0)
    assert (made.usd_per_year, made.binding) == (pytest.approx(3000.0), "notional")
    assert yearly_budget(None).usd_per_year is None
    assert yearly_budget(None).binding == "unknown"


def test_condors_at_risk() -> None:
    """METHOD 5.6: 1,000,000 and a condor that can lose 19,209.50 give none at 1.5 %, one at 2 %."""
    assert condors_at_risk(1_000_000.0, 19_209.50) == 0
    assert condors_at_risk(1_000_000.0, 19_209.50, 0.02) == 1
    with pytest.raises(DomainError, match="1-2 %"):
        condors_at_risk(1e6, 1e4, 0.05)


def test_the_irr_hurdle_is_shown_not_assumed() -> None:
    start = dt.date(2021, 1, 1)
    year = start + dt.timedelta(days=365)
    earned = irr_test(xirr([(start, -1000.0), (year, 1320.0)]), 0.20)
    assert earned.rate == pytest.approx(0.32)
    assert (earned.hurdle, earned.met) == (pytest.approx(0.30), True)
    assert irr_test(xirr([(start, -1000.0), (year, 1290.0)]), 0.20).met is False
    lost = irr_test(xirr([(start, -1000.0), (year, 0.0)]), 0.20)
    assert (lost.rate, lost.met) == (None, None)
    assert lost.status is Status.ONE_SIDED


def test_methods_agree_on_what_a_package_costs() -> None:
    asked = problem(limits=Limits(carry_usd_per_year=2000.0, margin_usd=5000.0))
    for method in (Regression(), Regression(Fitted.HUBER), RiskParity(), Recipe(), Fixed(np.array([9.0, 9.0, 9.0]))):
        made = fit(asked, method)
        assert not excess(asked, made.units), method.name
        assert made.carry_usd_per_year == pytest.approx(-50.0 * made.units.sum())
        assert made.cvar_after < made.cvar_before


def test_every_corner_of_a_small_box_is_no_better_than_the_ratio() -> None:
    asked = problem(lot=0.0, most=40.0).only([0, 1])
    best = fit(asked, Regression()).units
    spread = float(np.var(asked.pnl(best)))
    for one in product(np.linspace(0.0, 40.0, 21), repeat=2):
        assert np.var(asked.pnl(np.array(one))) >= spread * (1.0 - 1e-9)
