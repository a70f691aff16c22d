"""Least CVaR and stress-loss sizing: the vector of METHOD 7.4, brute force, the textbook program, and laws."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from seawall.core.errors import DomainError, InfeasibleError
from seawall.core.status import Status
from seawall.hedge.sizing import (
    Fit,
    Instruments,
    Limit,
    Limits,
    Measure,
    MinCvar,
    Problem,
    StressLoss,
    complementarity,
    fit,
)
from seawall.hedge.sizing_problem import excess, tail_mean, trading_cost
from seawall.kernels.tails import cvar

Array = NDArray[np.float64]


def world(seed: int, rows: int, count: int, lot: float = 1.0, **kind: object) -> Problem:
    """A book with fat tails and instruments that partly pay when it loses, and cost on average."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_t(4, (rows, 3))
    book = 1e4 * (factors @ rng.normal(size=3) + 0.3 * rng.normal(size=rows))
    unit = 900.0 * (factors @ rng.normal(size=(3, count))) + 400.0 * rng.normal(size=(rows, count)) - 90.0
    names = tuple(f"h{k}" for k in range(count))
    columns = Instruments(
        names, most=12.0, lot=lot, cost=15.0, carry=-700.0, margin=rng.uniform(500.0, 2000.0, count), price=800.0
    )
    return Problem(book, unit, columns, Limits(9000.0, 14000.0, 16000.0), **kind)  # type: ignore[arg-type]


def score(problem: Problem, units: Array, level: float = 0.95) -> float:
    """CVaR after trading costs by sorting."""
    losses = np.sort(trading_cost(problem, units) - problem.pnl(units))[::-1]
    return cvar(losses, level)[0]


def textbook(problem: Problem, level: float = 0.95) -> float:
    """Rockafellar and Uryasev's program with every scenario in it, for instruments that are only bought."""
    rows = problem.book.size
    own = problem.instruments
    assert (own.array("least") >= 0.0).all()
    assert (own.array("held") == 0.0).all()
    cost = np.concatenate([own.array("cost"), [1.0], problem.probability / (1.0 - level)])
    tail = np.hstack([-problem.unit, -np.ones((rows, 1)), -np.eye(rows)])
    caps = [(-own.array("carry"), problem.limits.carry_usd_per_year), (own.array("margin"), problem.limits.margin_usd),
            (own.array("price"), problem.limits.turnover_usd)]  # fmt: skip
    given_caps = [(row, most) for row, most in caps if most is not None]
    matrix = np.vstack([tail, *(np.concatenate([row, np.zeros(rows + 1)])[None] for row, _ in given_caps)])
    right = np.concatenate([problem.book, [most for _, most in given_caps]])
    bounds = [*zip(own.array("least"), own.array("most"), strict=True), (None, None), *[(0, None)] * rows]
    done = linprog(cost, A_ub=matrix, b_ub=right, bounds=bounds, method="highs")
    assert done.status == 0
    return float(done.fun)


def test_vector_of_the_method() -> None:
    """METHOD 7.4: CVaR95 3.236891 -> 1.242810 at n = 1.700612."""
    rng = np.random.default_rng(1)
    book = rng.standard_t(4, 400)
    hedge = -0.5 * book + rng.normal(0.0, 0.3, 400) - 0.05
    made = fit(Problem(book, hedge[:, None], Instruments(("h",), most=2.0, lot=0.0)), MinCvar())
    assert made.cvar_before == pytest.approx(3.236891, abs=5e-7)
    assert made.cvar_after == pytest.approx(1.242810, abs=5e-7)
    assert made.units[0] == pytest.approx(1.700612, abs=5e-7)


def test_without_hedges_it_returns_the_empirical_cvar() -> None:
    book = np.random.default_rng(7).standard_t(3, 333)
    made = fit(Problem(book, np.empty((333, 0)), Instruments((), most=0.0)), MinCvar())
    assert made.cvar_before == made.cvar_after == pytest.approx(cvar(-book, 0.95)[0], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 90), st.floats(0.0, 0.99))
def test_tail_mean_is_the_house_cvar_for_equal_weights_and_repetition_for_others(
    seed: int, rows: int, level: float
) -> None:
    rng = np.random.default_rng(seed)
    losses = rng.standard_t(3, rows)
    found, status = tail_mean(losses, np.full(rows, 1.0 / rows), level)
    expected, known = cvar(losses, level)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert (status is Status.THIN) == (known is Status.THIN)
    times = rng.integers(1, 5, rows)
    weighted, _ = tail_mean(losses, times / times.sum(), level)
    many = np.repeat(losses, times)
    if many.size * (1.0 - level) >= 1.0:
        assert weighted == pytest.approx(cvar(many, level)[0], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_program_by_parts_equals_the_textbook_program(seed: int) -> None:
    problem = world(seed, 300, 5, lot=0.0)
    made = fit(problem, MinCvar())
    assert made.cvar_after == pytest.approx(textbook(problem), rel=1e-7)
    assert made.gap == 0.0
    assert not excess(problem, made.units)


@pytest.mark.parametrize("seed", range(6))
def test_whole_lots_against_every_combination(seed: int) -> None:
    problem = world(100 + seed, 120, 3)
    problem = replace(problem, instruments=replace(problem.instruments, most=6.0))
    tried = [np.array(one, dtype=float) for one in product(range(7), repeat=3)]
    best = min(score(problem, units) for units in tried if not excess(problem, units))
    made = fit(problem, MinCvar())
    assert made.gap is not None
    assert best * (1.0 - 1e-9) <= made.cvar_after <= best * (1.0 + 1.1e-3)
    assert made.gap <= 2e-3
    assert (made.units == np.round(made.units)).all()
    assert not excess(problem, made.units)


def test_coarse_lots_far_from_the_divisible_answer() -> None:
    """Lots so large that rounding down leaves nothing: the search over lots must still find the best of 4^3."""
    problem = world(5, 150, 3, lot=4.0)
    tried = [4.0 * np.array(one, dtype=float) for one in product(range(4), repeat=3)]
    best = min(score(problem, units) for units in tried if not excess(problem, units))
    assert fit(problem, MinCvar()).cvar_after == pytest.approx(best, rel=1.1e-3)


def test_probabilities_are_repetitions() -> None:
    problem = world(3, 150, 4, lot=0.0)
    times = np.random.default_rng(4).integers(1, 5, 150)
    weighted = fit(replace(problem, weight=times / times.sum()), MinCvar())
    repeated = replace(problem, book=np.repeat(problem.book, times), unit=np.repeat(problem.unit, times, axis=0))
    assert weighted.cvar_after == pytest.approx(fit(repeated, MinCvar()).cvar_after, rel=1e-8)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.floats(0.0, 2.0))
def test_more_budget_never_hurts_and_fewer_instruments_never_help(seed: int, factor: float) -> None:
    problem = world(seed, 150, 4, lot=0.0)
    limits = problem.limits
    tight = replace(limits, carry_usd_per_year=9000.0 * factor)
    loose = replace(limits, carry_usd_per_year=9000.0 * factor + 1000.0)
    less, more = (fit(replace(problem, limits=one), MinCvar()).cvar_after for one in (tight, loose))
    assert more <= less * (1.0 + 1e-9)
    whole = fit(problem, MinCvar()).cvar_after
    assert fit(problem.only([0, 2, 3]), MinCvar()).cvar_after >= whole * (1.0 - 1e-9)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 1000.0))
def test_scaling_the_book_scales_the_sizes(seed: int, factor: float) -> None:
    problem = world(seed, 150, 3, lot=0.0)
    wide = replace(problem.instruments, most=12.0 * factor)
    limits = Limits(9000.0 * factor, 14000.0 * factor, 16000.0 * factor)
    large = Problem(problem.book * factor, problem.unit, wide, limits)
    one, many = fit(problem, MinCvar()), fit(large, MinCvar())
    assert many.cvar_after == pytest.approx(one.cvar_after * factor, rel=1e-7)
    assert many.units == pytest.approx(one.units * factor, rel=1e-5, abs=1e-5 * factor)


def test_a_perfect_mirror_is_found_and_nothing_else_bought() -> None:
    rng = np.random.default_rng(9)
    book = 5000.0 * rng.standard_t(4, 500)
    noise = 100.0 * rng.normal(size=(500, 3))
    unit = np.column_stack([noise[:, 0], -book / 20.0, noise[:, 1:]])
    made = fit(Problem(book, unit, Instruments(("a", "mirror", "b", "c"), most=50.0)), MinCvar())
    assert made.units == pytest.approx([0.0, 20.0, 0.0, 0.0], abs=1e-9)
    assert made.cvar_after == pytest.approx(0.0, abs=1e-6)


def test_worth_of_the_binding_limit_is_what_a_little_more_of_it_brings() -> None:
    problem = world(4, 300, 4, lot=0.0)
    problem = replace(problem, limits=Limits(carry_usd_per_year=3000.0))
    made = fit(problem, MinCvar())
    (binding,) = [one for one in made.binding if one.name == "carry"]
    assert binding.worth is not None
    assert binding.unit == "USD per year"
    step = 0.01
    more = fit(replace(problem, limits=Limits(carry_usd_per_year=3000.0 + step)), MinCvar())
    assert (made.cvar_after - more.cvar_after) / step == pytest.approx(binding.worth, rel=1e-3)


def test_liquidity_that_binds_is_named_with_its_worth() -> None:
    book = -np.linspace(-1.0, 10.0, 200)
    made = fit(Problem(book, -0.1 * book[:, None], Instruments(("h",), most=2.0, lot=0.0)), MinCvar())
    assert [one.name for one in made.binding] == ["liquidity of h"]
    assert made.binding[0].worth == pytest.approx(0.1 * made.cvar_before, rel=1e-9)


def test_what_is_held_is_traded_away_only_if_it_pays() -> None:
    """Selling a useless holding costs its spread: below its expected loss it is sold, above it is kept."""
    book = np.zeros(400)
    unit = np.full((400, 1), -10.0)
    for cost, expected in ((9.0, 0.0), (11.0, 3.0)):
        own = Instruments(("h",), most=5.0, cost=cost, held=3.0)
        assert fit(Problem(book, unit, own), MinCvar()).units[0] == expected


def test_a_future_may_be_sold_short_and_margin_counts_both_sides() -> None:
    rng = np.random.default_rng(2)
    book = 1000.0 * rng.standard_t(5, 400)
    own = Instruments(("future",), most=10.0, least=-10.0, lot=0.0, margin=100.0)
    free = fit(Problem(book, 0.25 * book[:, None], own), MinCvar())
    assert free.units[0] == pytest.approx(-4.0, abs=1e-6)
    tight = fit(Problem(book, 0.25 * book[:, None], own, Limits(margin_usd=150.0)), MinCvar())
    assert tight.units[0] == pytest.approx(-1.5, abs=1e-6)
    assert [one.name for one in tight.binding] == ["margin"]


def test_infeasible_limits_are_named_with_amounts() -> None:
    """One instrument pays 100 in the stress and costs 40 a year: a loss of 1000 cut to 300 needs 7, carry allows 5."""
    book, unit = np.array([-1000.0, 0.0]), np.array([[100.0], [-1.0]])
    own = Instruments(("h",), most=5.0, carry=-40.0)
    with pytest.raises(InfeasibleError, match=r"loss in scenario 0 by 200 USD"):
        fit(Problem(book, unit, own), StressLoss({0: 300.0}))
    overdrawn = Problem(book, unit, own, Limits(carry_usd_per_year=-25.0))
    with pytest.raises(InfeasibleError, match=r"carry by 25 USD per year"):
        fit(overdrawn, MinCvar())


def test_infeasible_only_in_whole_lots_is_said_so() -> None:
    """Two and a half contracts would do; two lose too much and three cost too much."""
    book, unit = np.array([-250.0]), np.array([[100.0]])
    own = Instruments(("h",), most=9.0, price=10.0)
    problem = Problem(book, unit, own, Limits(turnover_usd=25.0))
    assert fit(problem, StressLoss({0: 0.0}, whole=False)).units[0] == pytest.approx(2.5)
    with pytest.raises(InfeasibleError, match="in whole lots"):
        fit(problem, StressLoss({0: 0.0}))


@pytest.mark.parametrize("seed", range(5))
def test_stress_program_against_every_combination(seed: int) -> None:
    rng = np.random.default_rng(seed)
    book = -rng.uniform(500.0, 1500.0, 3)
    unit = rng.uniform(-20.0, 150.0, (3, 3))
    price = rng.uniform(20.0, 90.0, 3)
    own = Instruments(("a", "b", "c"), most=12.0, price=price, cost=2.0)
    allowed = dict.fromkeys(range(3), 400.0)
    tried = [np.array(one, dtype=float) for one in product(range(13), repeat=3)]
    good = [units for units in tried if (book + unit @ units >= -400.0).all()]
    if not good:
        with pytest.raises(InfeasibleError, match="loss in scenario"):
            fit(Problem(book, unit, own), StressLoss(allowed))
        return
    best = min(float((price + 2.0) @ units) for units in good)
    made = fit(Problem(book, unit, own), StressLoss(allowed))
    assert made.premium_usd + made.cost_usd == pytest.approx(best, rel=1.1e-3)
    assert (book + unit @ made.units >= -400.0 - 1e-4).all()


def test_a_stress_cap_inside_least_cvar_is_kept() -> None:
    problem = world(21, 200, 4)
    free = fit(problem, MinCvar())
    row = int(np.argmin(problem.pnl(free.units)))
    most = -float(problem.pnl(free.units)[row]) - 800.0
    made = fit(problem, MinCvar(stress={row: most}))
    assert -problem.pnl(made.units)[row] <= most + 1e-3
    assert made.cvar_after >= free.cvar_after * (1.0 - 1.1e-3)


def test_gamma_vega_and_both_for_the_same_budget() -> None:
    problem = world(31, 200, 4, lot=0.0)
    made = complementarity(problem, {"gamma": [0, 1], "vega": [2, 3]}, MinCvar())
    assert list(made) == ["gamma", "vega", "joint"]
    assert made["joint"].cvar_after <= min(made["gamma"].cvar_after, made["vega"].cvar_after) * (1.0 + 1e-9)


def test_the_report_adds_up() -> None:
    problem = world(41, 200, 3)
    made: Fit = fit(problem, MinCvar())
    own = problem.instruments
    assert made.cost_usd == pytest.approx(15.0 * made.units.sum())
    assert made.carry_usd_per_year == pytest.approx(-700.0 * made.units.sum())
    assert made.margin_usd == pytest.approx(float(own.array("margin") @ made.units))
    assert {one.name: one.used for one in made.limits}["margin"] == pytest.approx(made.margin_usd)
    assert made.cvar_after == pytest.approx(score(problem, made.units), rel=1e-12)
    assert made.cvar_divisible <= made.cvar_after * (1.0 + 1e-9)
    assert made.change < 0.0


def test_what_cannot_be_a_problem_is_refused() -> None:
    with pytest.raises(DomainError, match="not finite: state the liquidity"):
        Instruments(("a",), most=np.inf)
    with pytest.raises(DomainError, match="do not fit"):
        Problem(np.zeros(3), np.zeros((2, 1)), Instruments(("a",), most=1.0))
    with pytest.raises(DomainError, match="not finite: repair"):
        Problem(np.array([np.nan]), np.zeros((1, 1)), Instruments(("a",), most=1.0))
    with pytest.raises(DomainError, match="probabilities"):
        Problem(np.zeros(2), np.zeros((2, 1)), Instruments(("a",), most=1.0), weight=np.array([0.5, 0.6]))
    with pytest.raises(DomainError, match="weigh 0 or more"):
        Limit("m", np.array([-1.0]), 1.0, "USD", Measure.GROSS)
    with pytest.raises(DomainError, match="different names"):
        Instruments(("a", "a"), most=1.0)
    with pytest.raises(DomainError, match="no scenario 5"):
        fit(Problem(np.zeros(2), np.zeros((2, 1)), Instruments(("a",), most=1.0)), StressLoss({5: 1.0}))
