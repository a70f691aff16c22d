"""`kernels.cascade*` and `kernels.impact`: the vectors of METHOD 1.7, plain loops and quadrature as oracles, laws."""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from tests.published import reference

from seawall.core.errors import DomainError, RangeError, SeawallError, SignError
from seawall.core.status import Status
from seawall.kernels.cascade import Cascade, Flow, cascade, flow, masses
from seawall.kernels.cascade_book import (
    book_cascade,
    book_cascades,
    liquidated,
    partial_rungs,
    rungs,
    trigger_shocks,
)
from seawall.kernels.cascade_path import CAP, Terms
from seawall.kernels.cascade_split import amplification, branching, effective_vol, shapley, three_loops, two_loops
from seawall.kernels.impact import (
    Impact,
    constant_product,
    linear,
    price_after,
    ranges,
    square_root,
    thinned,
    traded,
)

FALL, RISE = -1.0, 1.0
EVERYWHERE = (1e-3, 1e4)
METHOD = "METHOD 1.7"
LOOP = Terms(1e-3, vol_flow=1e5, vol_response=0.3)
"""The two loops of the METHOD vector; constant g 300."""


def even(density: float) -> Flow:
    return flow(EVERYWHERE, [density])


def parts(found: Cascade) -> float:
    return float(found.gamma.sum()) + found.vega_flow + found.vega_depth


def shapes() -> list[tuple[str, float, float, Flow, Terms]]:
    """Name, shock, side, flow, terms: every branch of the march."""
    two = flow([60.0, 96.0, 97.0, 103.0, 104.0, 160.0], [[100.0, 300, 50, 300, 100], [0.0, 200, 0, 200, 0]])
    hot = flow([60.0, 96.0, 97.0, 103.0, 104.0, 160.0], [300.0, 1500.0, 100.0, 1500.0, 300.0])
    both = flow([80.0, 99.0, 101.0, 120.0], [200.0, 0.0, 200.0], [97.5, 96.0, 102.0, 105.0], [300.0, 800, 300, 800])
    thin = Terms(1e-3, 0.8, 5e4, 0.3, 1.5)
    return [
        ("two components", 2.0, FALL, two, thin),
        ("two components up", 2.0, RISE, two, thin),
        ("capped", 2.5, FALL, hot, thin),
        ("capped up", 2.5, RISE, hot, thin),
        ("uncapped through a hot cell", 2.5, FALL, hot, thin._replace(cap=math.inf)),
        ("masses", 2.4, FALL, both, thin),
        ("masses up", 2.4, RISE, both, thin),
        ("depth alone", 2.0, FALL, even(400.0), Terms(1e-3, 0.5, 0.0, 0.5, 3.0)),
    ]


def stepped(
    shock: float, side: float, book: Flow, terms: Terms, step: float = 2e-4
) -> tuple[float, float, float, float]:
    """The differential equation in fixed small steps of price: move, gamma, vega flow, vega depth."""
    price = start = 100.0
    left = [(p, float(u)) for p, u in zip(book.at, book.units, strict=True) if side * (p - start) > 0.0]
    left.sort(key=lambda one: side * one[0])
    x = gamma = flow_part = depth = 0.0
    while x < shock:
        while left and side * (price - left[0][0]) >= 0.0:
            units = left.pop(0)[1]
            vol = terms.vol + terms.vol_response * abs(math.log(price / start))
            gamma += terms.impact * units
            depth += terms.impact * ((vol / terms.vol) ** terms.withdrawal - 1.0) * units
            x -= terms.impact * (vol / terms.vol) ** terms.withdrawal * units
        if x >= shock:
            break
        middle = price + 0.5 * side * step
        cell = int(np.searchsorted(book.edges, middle)) - 1
        density = float(book.density[:, cell].sum()) if 0 <= cell < book.density.shape[1] else 0.0
        vol = terms.vol + terms.vol_response * abs(math.log(middle / start))
        thinning = (vol / terms.vol) ** terms.withdrawal
        sold, by_vol = density * step, terms.vol_flow * terms.vol_response * step / middle
        ratio = terms.impact * thinning * (sold + by_vol) / step
        share = terms.cap / ratio if ratio > terms.cap else 1.0
        gamma += terms.impact * share * sold
        flow_part += terms.impact * share * by_vol
        depth += terms.impact * (thinning - 1.0) * share * (sold + by_vol)
        x += step * (1.0 - share * ratio)
        price += side * step
    return abs(price - start), gamma, flow_part, depth


# vectors


@pytest.mark.parametrize(("ratio", "times", "source"), [(0.4, 1.6667, METHOD), (0.9, 10.0, METHOD)])
def test_constant_density_amplifies(ratio: float, times: float, source: str) -> None:
    for side in (FALL, RISE):
        found = cascade(100.0, 1.0, side, even(ratio * 1e6), Terms(1e-6))
        assert found.move == pytest.approx(1.0 / (1.0 - ratio), rel=1e-12)
        assert found.move == pytest.approx(times, abs=5e-5), source
    assert amplification(ratio) == pytest.approx(times, abs=5e-5)


def test_step_density_ends_below_the_step() -> None:
    assert cascade(100.0, 4.0, FALL, flow([95.0, 98.0], [500.0]), Terms(1e-3)).price == pytest.approx(94.5, rel=1e-14)


def test_both_loops_and_their_splits() -> None:
    found = cascade(100.0, 2.0, FALL, even(300.0), LOOP)
    assert found.move == pytest.approx(5.1010274, abs=5e-8)
    assert 0.7 * found.move - 30.0 * math.log(100.0 / (100.0 - found.move)) == pytest.approx(2.0, abs=1e-13)
    assert found.gamma[0] == pytest.approx(1.5303082, abs=5e-8)
    assert found.vega_flow == pytest.approx(1.5707192, abs=5e-8)
    assert found.vega_depth == 0.0
    split = two_loops(100.0, 2.0, FALL, even(300.0), LOOP)
    assert split[:2] == pytest.approx((1.5414829, 1.5595445), abs=5e-8)
    assert split.interaction == pytest.approx(1.3686801, abs=5e-8)
    assert split.status is Status.FOUND


def test_discrete_vector() -> None:
    book = rungs([97.5, 99.0, 96.0], [1e6, 1e6, 2e6], FALL)
    found = book_cascade(100.0, 1.5, book, linear(1e-6))
    assert (found.reached, found.price, found.units, found.deepest) == (2, 96.5, 2e6, 2)
    assert book.owner.tolist() == [1, 0, 2]
    continuous = cascade(100.0, 1.5, FALL, masses([99.0, 97.5, 96.0], [1e6, 1e6, 2e6]), Terms(1e-6))
    assert continuous.price == pytest.approx(96.5, rel=1e-14)


def test_published_identities() -> None:
    for row in reference("cascade_identities.csv"):
        constant = re.fullmatch(r"constant density n=([\d.]+)", row["case"])
        if constant:
            found = cascade(100.0, 2.0, FALL, even(float(constant[1]) * 1e3), Terms(1e-3)).move
            assert found == pytest.approx(float(row["expected"]), abs=1e-9)
    small = 1e-7
    vega = cascade(100.0, small, FALL, even(0.0), LOOP).move / small
    assert vega == pytest.approx(1.0 / (1.0 - 1e-3 * 1e5 * 0.3 / 100.0), rel=1e-6)
    both = cascade(100.0, small, FALL, even(300.0), LOOP).move / small
    assert both == pytest.approx(float(amplification(branching(100.0, 100.0, even(300.0), LOOP).total)[0]), rel=1e-6)


# oracles


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape[0])
def test_small_steps_agree(shape: tuple[str, float, float, Flow, Terms]) -> None:
    _, shock, side, book, terms = shape
    found = cascade(100.0, shock, side, book, terms)
    want = stepped(shock, side, book, terms)
    # One step late at an edge or at the end, amplified at most as the branching ratio allows there.
    assert (found.move, found.gamma.sum(), found.vega_flow, found.vega_depth) == pytest.approx(want, abs=6e-3)
    assert found.gamma == pytest.approx(terms.impact * found.traded)
    assert found.vega_flow == pytest.approx(terms.impact * found.vol_traded)


def test_quadrature_agrees_with_thinning_depth() -> None:
    terms = Terms(1e-3, 0.8, 6e4, 0.4, 1.7)

    def vol(price: float) -> float:
        return (0.8 + 0.4 * math.log(100.0 / price)) / 0.8

    def used(price: float) -> float:
        eaten = quad(lambda q: vol(q) ** 1.7 * 1e-3 * (250.0 + 6e4 * 0.4 / q), price, 100.0, epsabs=1e-13)[0]
        return 100.0 - price - eaten

    found = cascade(100.0, 3.0, FALL, even(250.0), terms)
    end = brentq(lambda price: used(price) - 3.0, 80.0, 100.0, xtol=1e-13)
    assert found.price == pytest.approx(end, abs=1e-10)
    depth = quad(lambda q: (vol(q) ** 1.7 - 1.0) * 1e-3 * (250.0 + 6e4 * 0.4 / q), end, 100.0, epsabs=1e-14)[0]
    assert found.vega_depth == pytest.approx(depth, abs=1e-11)
    assert found.vol == pytest.approx(0.8 * vol(end), rel=1e-12)


def naive(start: float, shock: float, at: np.ndarray, units: np.ndarray, move: Callable[[float], float]) -> float:
    """Mark, liquidate whoever is reached, mark again, until nobody is: the price of a fall."""
    gone = np.zeros(at.size, dtype=bool)
    while True:
        price = start - shock - move(float(units[gone].sum()))
        fresh = ~gone & (price <= at)
        if not fresh.any():
            return price
        gone |= fresh


@pytest.mark.parametrize("law", ["linear", "square root"])
def test_naive_loop_agrees(law: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        n = int(rng.integers(1, 80))
        # Dyadic numbers: every sum is exact, so that ties fall the same way in both.
        at, units = 100.0 - rng.integers(1, 1600, n) / 64.0, rng.integers(0, 50, n).astype(float)
        shock = float(rng.integers(0, 500)) / 64.0
        impact = linear(1.0 / 128.0) if law == "linear" else Impact(1, np.array([0.25]))
        move = (lambda q: q / 128.0) if law == "linear" else (lambda q: 0.25 * math.sqrt(q))
        found = book_cascade(100.0, shock, rungs(at, units, FALL), impact)
        assert found.price == pytest.approx(naive(100.0, shock, at, units, move), rel=1e-13)


def test_a_deeper_fixed_point_is_told_and_not_taken() -> None:
    """The third account alone would hold the price below itself: consistent, but nothing pushes the price there."""
    book = rungs([99.0, 95.0, 94.0], [1.0, 9.0, 1.0], FALL)
    found = book_cascade(100.0, 1.0, book, linear(1.0))
    assert (found.reached, found.price) == (1, 98.0)
    assert (found.deepest, found.status) == (3, Status.AMBIGUOUS)
    assert 100.0 - 1.0 - book.before[2] <= 94.0


def test_many_scenarios_are_each_the_single_one() -> None:
    rng = np.random.default_rng(3)
    book = rungs(100.0 + rng.exponential(8.0, 500), rng.exponential(1.0, 500), RISE)
    shocks = np.linspace(0.0, 12.0, 25)
    laws = [linear(slope) for slope in np.linspace(0.001, 0.02, 25)]
    found = book_cascades(100.0, shocks, book, laws)
    for i, shock in enumerate(shocks):
        one = book_cascade(100.0, float(shock), book, laws[i])
        assert (found.reached[i], found.price[i], found.units[i]) == (one.reached, one.price, one.units)


def test_trigger_shocks_are_where_counts_step() -> None:
    rng = np.random.default_rng(5)
    book = rungs(100.0 - rng.integers(1, 640, 60) / 32.0, rng.integers(1, 9, 60).astype(float), FALL)
    need = trigger_shocks(100.0, book, 1.0 / 16.0)
    for shock in np.arange(0.0, 12.0, 0.25):
        assert book_cascade(100.0, shock, book, linear(1.0 / 16.0)).reached == int((need <= shock).sum())


def test_partial_liquidation_sells_the_rest_further_on() -> None:
    book = partial_rungs([99.0, 97.0], [96.0, 90.0], [10.0, 10.0], 0.2, FALL)
    found = book_cascade(100.0, 1.0, book, linear(0.1))
    assert found.price == pytest.approx(98.8)
    assert liquidated(book, found.reached, 2).tolist() == [2.0, 0.0]
    deep = book_cascade(100.0, 3.9, book, linear(0.1))
    assert liquidated(book, deep.reached, 2).tolist() == [10.0, 2.0]
    assert deep.price == pytest.approx(100.0 - 3.9 - 1.2)


def test_never_is_never_reached() -> None:
    book = rungs([50.0, 0.0], [1e3, 5.0], FALL)
    found = book_cascade(100.0, 60.0, book, linear(1.0))
    assert (found.reached, found.price, found.status) == (1, 0.0, Status.UNBOUNDED)
    assert book_cascade(100.0, 900.0, rungs([150.0, np.inf], [1.0, 1.0], RISE), linear(1.0)).reached == 1


# impact laws


def test_square_root_is_the_printed_formula() -> None:
    law = square_root(0.04, 2.5e6, 100.0, 1.0)
    assert price_after(law, 100.0, 1e4, FALL) == pytest.approx(100.0 - 100.0 * 0.04 * math.sqrt(1e4 / 2.5e6), rel=1e-14)


def test_one_wide_range_is_the_constant_product() -> None:
    narrow, wide = ranges([1.0, 1e6], [500.0]), constant_product(500.0)
    for side in (FALL, RISE):
        assert traded(narrow, 100.0, 0.0, 3.0, side) == pytest.approx(traded(wide, 100.0, 0.0, 3.0, side), rel=1e-12)
    assert price_after(wide, 100.0, 3.0, FALL) == pytest.approx((500.0 / (500.0 / 10.0 + 3.0)) ** 2, rel=1e-14)


def test_ranges_walk_from_one_to_the_next_and_run_dry() -> None:
    pool = ranges([80.0, 90.0, 95.0, 100.0], [100.0, 0.0, 400.0])
    first = 400.0 * (1 / math.sqrt(95.0) - 1 / math.sqrt(100.0))
    price, cash = traded(pool, 100.0, 0.0, first, FALL)
    assert (price, cash) == pytest.approx((95.0, 400.0 * (10.0 - math.sqrt(95.0))), rel=1e-12)
    second = 100.0 * (1 / math.sqrt(85.0) - 1 / math.sqrt(90.0))
    price, cash = traded(pool, 100.0, 0.0, first + second, FALL)
    assert price == pytest.approx(85.0, rel=1e-12)
    back, cost = traded(pool, price, 0.0, first + second, RISE)
    assert (back, cost) == pytest.approx((100.0, cash), rel=1e-12)
    assert price_after(pool, 100.0, 1e3, FALL) == 0.0
    assert price_after(pool, 85.0, 1e3, RISE) == math.inf
    assert price_after(constant_product(10.0), 100.0, 5.0, RISE) == math.inf


LAWS = [
    linear(0.01),
    Impact(1, np.array([0.3])),
    constant_product(400.0),
    ranges([50.0, 99.0, 101.0, 300.0], [90, 40, 60]),
]


@pytest.mark.parametrize("law", LAWS, ids=["linear", "square root", "constant product", "ranges"])
@pytest.mark.parametrize("side", [FALL, RISE])
def test_a_trade_in_pieces_is_the_trade(law: Impact, side: float) -> None:
    """Price does not depend on the pieces, cash is the area under the prices on the way."""
    whole = traded(law, 100.0, 0.0, 2.0, side)
    price, cash, n = 100.0, 0.0, 2000
    for i in range(n):
        before = price
        price, paid = traded(law, price, 2.0 * i / n, 2.0 / n, side)
        cash += paid
        assert min(before, price) * 2.0 / n * (1 - 1e-9) <= paid <= max(before, price) * 2.0 / n * (1 + 1e-9)
    assert (price, cash) == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize("law", LAWS[:2], ids=["linear", "square root"])
def test_sales_below_zero_earn_nothing_more(law: Impact) -> None:
    price, cash = traded(law, 1.0, 0.0, 1e5, FALL)
    slope = law.numbers[0]
    area = 0.5 / slope if law.law == 0 else (1.0 / slope) ** 2 / 3.0
    assert (price, cash) == pytest.approx((0.0, area), rel=1e-12)


def test_thinned_depth_moves_further() -> None:
    for law in LAWS:
        small = 1e-4
        once = abs(price_after(law, 100.0, small, FALL) - 100.0)
        assert abs(price_after(thinned(law, 2.0), 100.0, small, FALL) - 100.0) == pytest.approx(2.0 * once, rel=1e-4)


# laws

sizes = st.floats(0.0, 500.0)
levels = st.floats(60.0, 99.5)
books = st.lists(st.tuples(levels, sizes), min_size=1, max_size=12)
terms_drawn = st.builds(
    Terms,
    st.sampled_from([1e-3, 2e-3]),
    st.just(0.8),
    st.floats(0.0, 1e5),
    st.floats(0.0, 0.5),
    st.floats(0.0, 2.0),
    st.sampled_from([0.5, CAP]),
)
cells = st.lists(st.floats(0.0, 2000.0), min_size=8, max_size=8)
QUICK = settings(max_examples=60, deadline=None)


def drawn(heights: list[float], book: list[tuple[float, float]]) -> Flow:
    at, units = zip(*book, strict=True)
    edges = np.linspace(60.0, 140.0, 5)
    kinds = np.arange(len(at)) % 2
    return flow(edges, np.array(heights).reshape(2, 4), at, units, kinds)


@QUICK
@given(cells, books, terms_drawn, st.floats(0.0, 5.0))
def test_parts_sum_to_the_endogenous_move(
    heights: list[float], book: list[tuple[float, float]], terms: Terms, shock: float
) -> None:
    found = cascade(100.0, shock, FALL, drawn(heights, book), terms)
    assert parts(found) == pytest.approx(found.move - shock + found.unmet, abs=1e-12 * 100.0)
    three = three_loops(100.0, shock, FALL, drawn(heights, book), terms)
    assert sum(three[:3]) == pytest.approx(found.move - shock + found.unmet, abs=1e-10)
    two = two_loops(100.0, shock, FALL, drawn(heights, book), terms)
    assert two.gamma + two.vega == pytest.approx(found.move - shock + found.unmet, abs=1e-10)


@QUICK
@given(cells, books, terms_drawn, st.floats(0.0, 5.0), st.floats(0.0, 2.0))
def test_a_larger_shock_never_ends_higher(
    heights: list[float], book: list[tuple[float, float]], terms: Terms, shock: float, more: float
) -> None:
    made = drawn(heights, book)
    assert (
        cascade(100.0, shock + more, FALL, made, terms).price <= cascade(100.0, shock, FALL, made, terms).price + 1e-9
    )


@QUICK
@given(cells, books, st.floats(0.0, 5.0), st.sampled_from([0.5, CAP, math.inf]))
def test_the_mirrored_book_gives_the_mirrored_move(
    heights: list[float], book: list[tuple[float, float]], shock: float, cap: float
) -> None:
    """Flows by price alone do not know up from down: reflect them at 100."""
    made = drawn(heights, book)
    image = flow(200.0 - made.edges[::-1], made.density[:, ::-1], 200.0 - made.at, made.units, made.component)
    falls = cascade(100.0, shock, FALL, made, Terms(3e-4, cap=cap))
    rises = cascade(100.0, shock, RISE, image, Terms(3e-4, cap=cap))
    assert rises.move == pytest.approx(falls.move, abs=1e-9)
    assert rises.gamma == pytest.approx(falls.gamma, abs=1e-9)


@QUICK
@given(books, levels, sizes, st.floats(0.0, 5.0))
def test_one_account_more_never_ends_higher(
    book: list[tuple[float, float]], level: float, size: float, shock: float
) -> None:
    at, units = (np.array(column) for column in zip(*book, strict=True))
    for law in (linear(0.01), Impact(1, np.array([0.2])), constant_product(900.0)):
        without = book_cascade(100.0, shock, rungs(at, units, FALL), law)
        beside = book_cascade(100.0, shock, rungs(np.append(at, level), np.append(units, size), FALL), law)
        assert beside.price <= without.price + 1e-9
        image = book_cascade(100.0, shock, rungs(200.0 - at, units, RISE), law) if law.law < 2 else None
        # 100 - x and 100 + x round differently: a tie within rounding may fall either way.
        if image is not None and image.reached == without.reached:
            assert image.price == pytest.approx(200.0 - without.price, abs=1e-9) or without.price == 0.0


def test_a_third_player_who_does_nothing_gets_nothing() -> None:
    assert shapley([0.0, 2.0, 3.0, 10.0]) == pytest.approx([4.5, 5.5])
    assert shapley([0.0, 2.0, 3.0, 10.0] * 2) == pytest.approx([4.5, 5.5, 0.0])
    with pytest.raises(DomainError, match="2\\^n"):
        shapley([0.0, 1.0, 2.0])


# answers and refusals


def test_a_hot_cell_is_capped_and_said() -> None:
    book = flow([90.0, 96.0, 97.0, 100.0], [0.0, 2000.0, 0.0])
    found = cascade(100.0, 3.5, FALL, book, Terms(1e-3))
    # 3 to the cell, 1 through it at n = .95 uses .05 of shock, the rest is free.
    assert found.price == pytest.approx(96.0 - 0.45, abs=1e-12)
    assert (found.status, found.capped) == (Status.RUNAWAY, pytest.approx((96.0, 97.0)))
    free = cascade(100.0, 3.5, FALL, book, Terms(1e-3, cap=math.inf))
    # Uncapped the cell gives back 2 for 1: x must climb out of the hole it left.
    assert free.price == pytest.approx(96.0 - 1.5, abs=1e-12)
    assert (free.status, free.capped) == (Status.RUNAWAY, pytest.approx((96.0, 97.0)))
    calm = cascade(100.0, 2.5, FALL, book, Terms(1e-3))
    assert calm.status is Status.FOUND
    assert all(math.isnan(end) for end in calm.capped)


def test_the_cap_binds_between_itself_and_one() -> None:
    found = cascade(100.0, 1.0, FALL, even(970.0), Terms(1e-3))
    assert found.move == pytest.approx(1.0 / (1.0 - CAP), rel=1e-12)
    assert (found.status, found.capped) == (Status.RUNAWAY, pytest.approx((found.price, 100.0)))
    assert cascade(100.0, 1.0, FALL, even(970.0), Terms(1e-3, cap=math.inf)).move == pytest.approx(1.0 / 0.03)


def test_no_floor() -> None:
    found = cascade(100.0, 50.0, FALL, even(900.0), Terms(1e-3))
    assert found.status is Status.UNBOUNDED
    assert found.price == pytest.approx(0.0, abs=1e-6)
    assert parts(found) == pytest.approx(found.move - 50.0 + found.unmet, abs=1e-10)


def test_damping_hedgers_soften_the_move() -> None:
    found = cascade(100.0, 2.0, FALL, flow(EVERYWHERE, [-250.0], damping=True), Terms(1e-3))
    assert found.move == pytest.approx(2.0 / 1.25, rel=1e-12)
    assert found.gamma[0] == pytest.approx(-0.4, rel=1e-12)


def test_branching_by_component_and_its_side_of_an_edge() -> None:
    book = flow([90.0, 95.0, 100.0, 110.0], [[100.0, 200.0, 300.0], [0.0, 50.0, 0.0]])
    found = branching(100.0, [100.0, 95.0, 99.0], book, LOOP)
    assert found.gamma == pytest.approx(np.array([[0.2, 0.1, 0.2], [0.05, 0.0, 0.05]]))
    assert found.vega == pytest.approx([0.3, 30.0 / 95.0, 30.0 / 99.0])
    assert found.distance == pytest.approx(1.0 - found.total)
    assert effective_vol(0.5, 0.6) == pytest.approx(1.25)
    assert amplification([1.0, 1.5]).tolist() == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("work", "error", "says"),
    [
        (lambda: flow([1.0, 2.0], [-1.0]), SignError, "damping"),
        (lambda: masses([1.0], [-1.0]), SignError, "forced units"),
        (lambda: flow([2.0, 1.0], [1.0]), RangeError, "rise"),
        (lambda: flow([1.0, 2.0], [1.0, 2.0]), DomainError, "edges hold"),
        (lambda: masses([np.nan], [1.0]), DomainError, "finite"),
        (lambda: cascade(100.0, -1.0, FALL, even(1.0), LOOP), SignError, "shock"),
        (lambda: cascade(100.0, 1.0, FALL, even(1.0), LOOP._replace(impact=-1.0)), SignError, "impact"),
        (lambda: cascade(100.0, 1.0, FALL, even(1.0), LOOP._replace(cap=1.5)), DomainError, "cap"),
        (lambda: cascade(100.0, 100.0, FALL, even(1.0), LOOP), DomainError, "leaves nothing"),
        (lambda: cascade(100.0, 1.0, 0.5, even(1.0), LOOP), DomainError, "side"),
        (lambda: rungs([np.nan], [1.0], FALL), DomainError, "count them"),
        (lambda: rungs([1.0], [-1.0], FALL), SignError, "sizes"),
        (lambda: partial_rungs([9.0], [10.0], [1.0], 0.2, FALL), DomainError, "further on"),
        (lambda: partial_rungs([9.0], [8.0], [1.0], 20.0, FALL), DomainError, "20 %"),
        (
            lambda: book_cascades(1.0, [0.0, 0.1, 0.2], rungs([1.0], [1.0], FALL), [LAWS[0], LAWS[1]]),
            DomainError,
            "law",
        ),
        (lambda: linear(-1.0), SignError, "impact"),
        (lambda: square_root(0.1, 0.0, 1.0), DomainError, "volume"),
        (lambda: constant_product(0.0), DomainError, "liquidity"),
        (lambda: ranges([2.0, 1.0], [1.0]), RangeError, "rise"),
        (lambda: branching(100.0, [0.0], even(1.0), LOOP), DomainError, "grid"),
    ],
)
def test_refusals(work: Callable[[], object], error: type[SeawallError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        work()
    assert "\n" not in str(caught.value)
