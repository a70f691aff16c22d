"""`sim.waterfall`: hand-made cases, the kernels' fixed points, and money that is only passed on."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import DomainError, SeawallError, SelfFinancingError, SignError
from seawall.core.status import Status
from seawall.instruments.forced_flow import Hedging
from seawall.instruments.liquidations import isolated_prices
from seawall.kernels.cascade import cascade, flow
from seawall.kernels.cascade_book import book_cascade, rungs
from seawall.kernels.cascade_path import Terms
from seawall.kernels.impact import Impact, constant_product, linear, square_root
from seawall.sim import waterfall
from seawall.sim.waterfall import Waterfall, run_waterfall
from seawall.sim.waterfall_default import Taken
from seawall.sim.waterfall_state import Accounts, Feedback, Standing, Venue, leveraged_profit, pro_rata, queue

NOBODY = Accounts(np.empty(0), np.empty(0), np.empty(0))
STILL = linear(0.0)


def accounts(*rows: tuple[float, float, float]) -> Accounts:
    """Rows of position, entry, collateral."""
    return Accounts(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


def crowd(seed: int, n: int = 400) -> Accounts:
    rng = np.random.default_rng(seed)
    position = rng.exponential(10.0, n) * rng.choice([-1.0, 1.0], n)
    leverage = np.clip(rng.lognormal(np.log(8.0), 0.8, n), 1.0, 40.0)
    entry = 100.0 * np.exp(rng.normal(0.0, 0.01, n))
    return Accounts(position, entry, np.abs(position) * entry / leverage)


def total(found: Waterfall) -> list[float]:
    return [sum(frame.changes) for frame in found.frames]


# against the kernels


def test_hedgers_alone_end_where_the_kernel_does() -> None:
    """METHOD 1.7: constant g 300, W 1e5, kap .3, lam 1e-3, shock 2 -> 5.1010274."""
    hedges = {"dealers": Hedging(np.array([1.0, 300.0]), np.array([300.0]))}
    found = run_waterfall(NOBODY, 100.0, -2.0, Venue(0.005, linear(1e-3)), Feedback(1.0, 0.3, 1e5, hedges=hedges))
    assert found.price == pytest.approx(100.0 - 5.1010274, abs=5e-8)
    assert found.components == ("liquidations", "insurance fund", "dealers", "volatility")
    assert found.pushed == pytest.approx([0.0, 0.0, -1.5303082, -1.5707192], abs=5e-8)
    rises = run_waterfall(NOBODY, 100.0, 2.0, Venue(0.005, linear(1e-3)), Feedback(1.0, 0.3, 1e5, hedges=hedges))
    want = cascade(100.0, 2.0, 1.0, flow([1.0, 300.0], [300.0]), Terms(1e-3, 1.0, 1e5, 0.3))
    assert rises.price == pytest.approx(want.price, rel=1e-11)


@pytest.mark.parametrize("law", [linear(0.002), square_root(0.03, 1e4, 100.0), constant_product(3e5)])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_liquidations_alone_end_at_the_discrete_fixed_point(law: Impact, side: float) -> None:
    """A maintenance so wide that nobody is bankrupt before the order is filled: only the book decides."""
    made = crowd(4)
    leverage = np.clip(np.abs(made.position) * made.entry / made.collateral, 1.0, 3.0)
    made = made._replace(collateral=np.abs(made.position) * made.entry / leverage)
    maintenance = 0.28
    held = np.sign(made.position)
    price = isolated_prices(made.entry, leverage, maintenance, held)
    rows = (held == -side) & (price > 0.0)
    for move in (2.0, 5.0, 8.0):
        found = run_waterfall(made, 100.0, side * move, Venue(maintenance, law))
        assert found.status is Status.FOUND
        assert not found.deleveraged.any()
        want = book_cascade(100.0, move, rungs(price[rows], np.abs(made.position[rows]), side), law)
        assert found.price == pytest.approx(want.price, rel=1e-11)
        assert found.liquidated[rows].sum() == want.reached
        assert found.pushed.sum() == pytest.approx(found.price - (100.0 + side * move), abs=1e-10)
    assert want.reached > 20


# by hand


def test_a_bankrupt_long_is_closed_against_the_winner_at_its_bankruptcy_price() -> None:
    """Long 1 from 100 with 5: bankrupt at 95. At 90 the short closes 1 of 2 there and keeps 20 - 5."""
    found = run_waterfall(accounts((1, 100, 5), (-2, 100, 50)), 100.0, -10.0, Venue(0.01, linear(0.5)))
    end = found.frames[-1]
    assert found.price == 90.0
    assert found.equity.tolist() == pytest.approx([0.0, 65.0])
    assert found.units.tolist() == [0.0, -1.0]
    assert end.changes == pytest.approx((-5.0, 15.0, 0.0, 0.0, 0.0, 0.0, -10.0))
    assert end.bad_debt == 0.0
    assert found.frames[0].taken == (0.0, 0.0, 90.0)
    assert (found.liquidated.tolist(), found.deleveraged.tolist()) == ([True, False], [False, True])


def test_the_fund_pays_first_and_sells_what_it_took() -> None:
    """The same with 6 in the fund: it pays 5, and sells 1 from 90 to 89.5, .25 below its mark."""
    venue = Venue(0.01, linear(0.5), insurance=6.0)
    found = run_waterfall(accounts((1, 100, 5), (-2, 100, 50)), 100.0, -10.0, venue)
    assert found.price == 89.5
    assert [frame.insurance for frame in found.frames[:2]] == pytest.approx([1.0, 0.75])
    assert found.frames[-1].changes == pytest.approx((-5.0 + 21.0, 0.0, -5.25, 0.0, 0.0, 0.0, 1.25 - 12.0))
    assert found.pushed == pytest.approx([0.0, -0.5, 0.0])
    assert found.frames[0].taken == (0.0, 90.0, 0.0)


def test_the_fund_saves_the_most_accounts_and_the_winner_meets_the_rest() -> None:
    """Deficits 5 and 2, 4 in the fund: it takes the second account, the first is closed against the short at 95."""
    venue = Venue(0.01, STILL, insurance=4.0)
    found = run_waterfall(accounts((1, 100, 5), (1, 100, 8), (-3, 100, 90)), 100.0, -10.0, venue)
    assert found.frames[0].taken == (0.0, 90.0, 90.0)
    assert found.frames[-1].insurance == pytest.approx(2.0)
    assert found.equity.tolist() == pytest.approx([0.0, 0.0, 90.0 + 30.0 - 5.0])


def test_what_the_fund_loses_beyond_its_money_is_bad_debt() -> None:
    """5 of 5 paid; selling from 90 to 89.5 costs another .25."""
    found = run_waterfall(accounts((1, 100, 5)), 100.0, -10.0, Venue(0.01, linear(0.5), insurance=5.0))
    assert found.frames[-1].insurance == 0.0
    assert found.frames[-1].bad_debt == pytest.approx(0.25)
    assert found.frames[-1].changes == pytest.approx((-5.0, 0.0, -5.0, 0.0, -0.25, 0.0, 10.25))


def test_nobody_left_to_pay_is_bad_debt() -> None:
    found = run_waterfall(accounts((1, 100, 5)), 100.0, -10.0, Venue(0.01, linear(0.5)))
    assert found.frames[-1].bad_debt == pytest.approx(5.0)
    assert found.frames[-1].changes == pytest.approx((-5.0, 0.0, 0.0, 0.0, -5.0, 0.0, 10.0))


def test_slippage_below_bankruptcy_is_the_funds_and_then_the_venues() -> None:
    """Solvent by 1 at 94 but sold from 94 to 84: 5 short of the mark, 4 of them debt."""
    rows = accounts((1, 100, 7))
    found = run_waterfall(rows, 100.0, -6.0, Venue(0.05, linear(10.0), insurance=1.5))
    assert found.price == 84.0
    assert found.frames[0].changes == pytest.approx((-7.0, 0.0, -1.5, 0.0, -2.5, 0.0, 11.0))
    assert found.frames[0].bad_debt == pytest.approx(2.5)


def test_a_large_position_sells_part_first() -> None:
    """Breach at 94, one fifth sold, still in breach: the rest in the next frame. Small ones go at once."""
    venue = Venue(0.05, STILL, first_part=0.2, part_above=500.0)
    found = run_waterfall(accounts((10, 100, 80), (1, 100, 8)), 100.0, -6.0, venue)
    assert [frame.forced[0] for frame in found.frames] == pytest.approx([-3.0, -8.0, 0.0])
    assert [frame.liquidated for frame in found.frames] == [2, 0, 0]
    # With a fifth less the second one is covered again: 4.55 of collateral left at 95.5, 3.82 needed.
    covered = run_waterfall(accounts((10, 100, 90)), 100.0, -4.5, Venue(0.05, STILL, first_part=0.2))
    assert covered.units.tolist() == [8.0]
    assert covered.status is Status.FOUND


def test_the_backstop_takes_thin_accounts_with_what_they_have() -> None:
    """Maintenance 4.7 at 94, backstop below 3.133: equity 2 goes to the vault, equity 4 to the market."""
    venue = Venue(0.05, STILL, backstop=2.0 / 3.0)
    found = run_waterfall(accounts((1, 100, 8), (1, 100, 10)), 100.0, -6.0, venue)
    assert found.equity.tolist() == pytest.approx([0.0, 4.0])
    assert found.frames[0].changes == pytest.approx((-8.0 - 6.0, 0.0, 0.0, 2.0, 0.0, 0.0, 12.0))
    assert found.frames[0].taken == (94.0, 0.0, 0.0)
    assert found.liquidated.tolist() == [True, True]


def test_the_fee_is_paid_to_the_fund_as_far_as_there_is_equity() -> None:
    venue = Venue(0.05, STILL, fee=0.01)
    found = run_waterfall(accounts((1, 100, 8), (1, 100, 6.5)), 100.0, -6.0, venue)
    assert found.equity.tolist() == pytest.approx([2.0 - 0.94, 0.0])
    assert found.frames[-1].insurance == pytest.approx(0.94 + 0.5)


def test_worst_covered_sells_first() -> None:
    """Both sell one unit; the one with less cover gets 94 to 93, the other 93 to 92."""
    found = run_waterfall(accounts((1, 100, 9), (1, 100, 8)), 100.0, -6.0, Venue(0.05, linear(1.0)))
    assert found.equity.tolist() == pytest.approx([9.0 - 7.5, 8.0 - 6.5])


# who is deleveraged


def test_published_deleveraging_of_winners() -> None:
    """METHOD 1.6 (Chitra 2025): 7.5 from winners (8, 4, .5), order 2, 1, 3."""
    winners = Standing(1.0, np.array([8.0, 4.0, 0.5]), np.ones(3), np.ones(3))
    assert queue(lambda _: np.array([2.0, 3.0, 1.0]))(winners, 7.5).tolist() == [3.5, 4.0, 0.0]
    assert pro_rata(winners, 7.5).tolist() == pytest.approx([4.8, 2.4, 0.3])
    assert pro_rata(winners, 20.0).tolist() == [8.0, 4.0, 0.5]


def test_leveraged_profit_ranks_profit_times_leverage() -> None:
    standing = Standing(90.0, np.array([-1.0, -2.0]), np.array([100.0, 90.0]), np.array([45.0, 9.0]))
    assert leveraged_profit(standing) == pytest.approx([0.1 * 2.0, 0.0])


@pytest.mark.parametrize(("rule", "says"), [(lambda s, u: np.abs(s.position) * 2, "between nothing"),
                                            (lambda s, u: np.abs(s.position), "no more")])  # fmt: skip
def test_a_rule_that_takes_too_much_is_refused(rule: Callable[[Standing, float], np.ndarray], says: str) -> None:
    with pytest.raises(DomainError, match=says):
        run_waterfall(accounts((1, 100, 5), (-2, 100, 50)), 100.0, -10.0, Venue(0.01, STILL, deleverage=rule))


# laws

venues = st.builds(
    Venue,
    st.sampled_from([0.0, 0.005, 0.05]),
    st.sampled_from([STILL, linear(0.003), square_root(0.2, 1e4, 100.0), constant_product(5e3)]),
    first_part=st.sampled_from([0.2, 1.0]),
    part_above=st.sampled_from([0.0, 1000.0]),
    backstop=st.sampled_from([0.0, 2.0 / 3.0]),
    fee=st.sampled_from([0.0, 0.01]),
    insurance=st.sampled_from([0.0, 500.0, 1e6]),
    deleverage=st.sampled_from([queue(leveraged_profit), pro_rata]),
)
feedbacks = st.builds(
    Feedback,
    st.just(0.8),
    st.floats(0.0, 1.0),
    st.floats(0.0, 500.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 2.0),
    st.sampled_from([{}, {"dealers": Hedging(np.array([70.0, 100.0, 130.0]), np.array([20.0, -15.0]))}]),
)
QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(venues, feedbacks, st.integers(0, 50), st.floats(-15.0, 15.0))
def test_money_and_units_are_only_passed_on(venue: Venue, feedback: Feedback, seed: int, move: float) -> None:
    made = crowd(seed, 120)
    found = run_waterfall(made, 100.0, move, venue, feedback)
    gross = float(np.abs(made.position).sum()) * 100.0
    assert total(found) == pytest.approx([0.0] * len(found.frames), abs=1e-9 * gross)
    opening = made.collateral + made.position * (100.0 - made.entry)
    gained = found.equity - opening
    end = found.frames[-1].changes
    assert end.traders + end.winners == pytest.approx(float(gained.sum()), abs=1e-9 * gross)
    assert end.winners == pytest.approx(float(gained[found.deleveraged].sum()), abs=1e-9 * gross)
    assert 100.0 + move + float(found.pushed.sum()) == pytest.approx(found.price, abs=1e-9)
    settled = found.units == 0.0
    assert (found.equity[settled & (made.collateral > 0.0)] >= -1e-9 * gross).all()
    if venue.insurance == 1e6:
        assert not found.deleveraged.any()
        assert end.venue == 0.0


@QUICK
@given(st.integers(0, 50), st.floats(0.0, 12.0))
def test_the_mirrored_market_gives_the_mirrored_waterfall(seed: int, move: float) -> None:
    """Longs become shorts, entries are reflected at 100. Margins are shares of price, so maintenance is none."""
    made = crowd(seed, 60)
    image = Accounts(-made.position, 200.0 - made.entry, made.collateral)
    venue = Venue(0.0, linear(0.004), insurance=300.0, deleverage=pro_rata)
    falls, rises = run_waterfall(made, 100.0, -move, venue), run_waterfall(image, 100.0, move, venue)
    assert rises.price == pytest.approx(200.0 - falls.price, abs=1e-9)
    assert rises.frames[-1].changes == pytest.approx(falls.frames[-1].changes, abs=1e-6)


def test_wider_margins_and_thinner_depth_make_it_worse() -> None:
    made, venue = crowd(9), Venue(0.02, linear(0.002), insurance=1e7)
    plain = run_waterfall(made, 100.0, -6.0, venue, Feedback(0.5, 2.0))
    wider = run_waterfall(made, 100.0, -6.0, venue, Feedback(0.5, 2.0, margin_power=3.0))
    thinner = run_waterfall(made, 100.0, -6.0, venue, Feedback(0.5, 2.0, withdrawal=3.0))
    assert wider.liquidated.sum() > plain.liquidated.sum()
    assert wider.frames[0].margin == pytest.approx(0.02 * wider.frames[0].vol ** 3 / 0.5**3)
    assert thinner.price < plain.price


# answers and refusals


def test_it_says_when_it_did_not_come_to_rest() -> None:
    hot = Feedback(hedges={"dealers": Hedging(np.array([1e-6, 100.0]), np.array([2e3]))})
    assert run_waterfall(NOBODY, 100.0, -1.0, Venue(0.0, linear(1e-3)), hot, 3).status is Status.RUNAWAY
    assert run_waterfall(NOBODY, 100.0, -1.0, Venue(0.0, linear(1e-3)), hot).status is Status.UNBOUNDED
    # 10 units to buy back and 50/sqrt(106) = 4.9 in the pool.
    squeezed = run_waterfall(accounts((-10, 100, 70)), 100.0, 6.0, Venue(0.05, constant_product(50.0)))
    assert squeezed.status is Status.UNBOUNDED
    assert squeezed.price == 106.0
    assert total(squeezed) == pytest.approx([0.0])


def test_money_from_nowhere_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def leak(books: waterfall.Books, *_: object) -> Taken:
        books.vault.cash += 1.0
        return Taken(0.0, 0.0, 0.0)

    monkeypatch.setattr(waterfall, "resolve_defaults", leak)
    with pytest.raises(SelfFinancingError, match="out of nothing"):
        run_waterfall(accounts((1, 100, 50)), 100.0, -1.0, Venue(0.01, STILL))


@pytest.mark.parametrize(
    ("work", "error", "says"),
    [
        (lambda: Venue(1.0, STILL), DomainError, "maintenance"),
        (lambda: Venue(0.1, STILL, first_part=0.0), DomainError, "20 %"),
        (lambda: Venue(0.1, STILL, insurance=-1.0), SignError, "insurance"),
        (lambda: Feedback(0.0), DomainError, "volatility"),
        (lambda: Feedback(1.0, -1.0), SignError, "response"),
        (lambda: run_waterfall(accounts((1, 0, 1)), 100.0, -1.0, Venue(0.1, STILL)), DomainError, "entries"),
        (lambda: run_waterfall(accounts((np.nan, 1, 1)), 100.0, -1.0, Venue(0.1, STILL)), DomainError, "count them"),
        (lambda: run_waterfall(NOBODY, 100.0, -100.0, Venue(0.1, STILL)), DomainError, "leaves nothing"),
        (lambda: run_waterfall(NOBODY, 100.0, -1.0, Venue(0.1, STILL), frames=0), DomainError, "frame"),
    ],
)
def test_refusals(work: Callable[[], object], error: type[SeawallError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        work()
    assert "\n" not in str(caught.value)
