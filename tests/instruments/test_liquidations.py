"""`instruments.liquidations*` and `forced_flow`: sums close, nothing is guessed, models say that they are models."""

import csv
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from tests.published import DATA, existing

from seawall.convexity.density import of_v3
from seawall.core.errors import (
    BookError,
    ConventionError,
    DomainError,
    MarginError,
    MissingDataError,
    RangeError,
    SeawallError,
    SignError,
)
from seawall.core.status import Status
from seawall.instruments.forced_flow import forced_flow, hedging, recentring
from seawall.instruments.liquidations import (
    NO_ENTRY,
    NO_SIZE,
    PASSED,
    LiquidationBook,
    Positions,
    Print,
    book_of_positions,
    calibrate,
    isolated_prices,
)
from seawall.instruments.liquidations_model import (
    MEDIANS,
    OLDER,
    InterestHistory,
    entries,
    leverages,
    modelled_books,
)
from seawall.kernels.cascade import cascade
from seawall.kernels.cascade_book import book_cascade
from seawall.kernels.cascade_path import Terms
from seawall.kernels.impact import linear
from seawall.kernels.perp import isolated_liquidation_price

NAN = math.nan
# side, size, entry, leverage, liquidation price: every kind of row.
ROWS = np.array(
    [
        (1, 10, 100, 10, NAN),
        (-1, 4, 100, 10, NAN),
        (1, 5, NAN, NAN, 80),
        (-1, 6, 90, NAN, 140),
        (1, 3, 100, 1, NAN),
        (1, 2, 95, NAN, NAN),
        (1, 7, 130, 20, NAN),
        (-1, NAN, 100, 5, NAN),
        (NAN, 8, 100, 5, NAN),
    ]
)


def positions(rows: np.ndarray = ROWS) -> Positions:
    return Positions(*(rows[:, i].copy() for i in range(5)))


def book(rows: np.ndarray = ROWS, spot: float = 100.0) -> LiquidationBook:
    return book_of_positions("ETH", spot, positions(rows), 0.005, "made here")


def test_every_row_is_counted_once() -> None:
    found = book()
    # Isolated 10x, m .005: 90.452261 and 109.452736 (METHOD 1.6).
    assert found.sells.at == pytest.approx([80.0, 90.452261], abs=5e-7)
    assert found.buys.at == pytest.approx([109.452736, 140.0], abs=5e-7)
    assert found.sells.units.tolist() == [5.0, 10.0]
    assert found.buys.account.tolist() == [1, 3]
    assert {one.reason: (one.positions, one.units) for one in found.unknown} == {
        NO_SIZE: (2, 8.0),
        NO_ENTRY: (1, 2.0),
        PASSED: (1, 7.0),
    }
    assert found.never_units == 3.0
    assert found.known_units + found.never_units + found.unknown_units == found.total_units == 45.0
    assert not found.assumption


def test_a_book_that_does_not_close_is_refused() -> None:
    one = book()
    with pytest.raises(BookError, match="miss the total"):
        LiquidationBook("ETH", 100.0, "made", False, one.sells, one.buys, 0.0, 45.0, one.unknown)


@settings(max_examples=50, deadline=None)
@given(st.floats(1.0, 199.0), st.floats(1.0, 1e5), st.sampled_from([1.0, -1.0]))
def test_isolated_prices_are_the_single_ones(leverage: float, entry: float, side: float) -> None:
    found = isolated_prices(np.array([entry]), np.array([leverage]), 0.005, np.array([side]))[0]
    assert found == pytest.approx(isolated_liquidation_price(entry, leverage, 0.005, side), rel=1e-14)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(50.0, 99.0), st.floats(0.1, 9.0)), min_size=1, max_size=20), st.floats(40.0, 160.0))
def test_triggered_is_the_one_of_the_flow_density(masses: list[tuple[float, float]], stop: float) -> None:
    rows = np.array([(side, size, NAN, NAN, 100 + side * (at - 100)) for at, size in masses for side in (1, -1)])
    made = book(rows)
    for start, end in ((100.0, stop), (masses[0][0], stop), (stop, masses[0][0])):
        assert made.triggered(start, end) == pytest.approx(made.density().triggered(start, end), abs=1e-9)


def test_flow_is_no_payoff() -> None:
    with pytest.raises(ConventionError, match="holder's payoff"):
        of_v3(1.0, 80.0, 120.0) + book().density()  # type: ignore[operator]
    assert (book().density() + book().density()).triggered(100.0, 79.0) == -30.0


def test_market_gamma_is_the_flow_of_one_percent() -> None:
    found = book()
    # 10 units at 90.45 lie in the 1 % around 90.3, nothing around 85.
    assert found.market_gamma([90.3, 85.0, 140.0]) == pytest.approx([-903.0, 0.0, -840.0])
    # Windows that tile the prices hold every unit once.
    ratio = 1.005 / 0.995
    grid = 50.0 * ratio ** np.arange(math.ceil(math.log(200.0 / 50.0) / math.log(ratio)) + 1)
    assert float((-found.market_gamma(grid) / grid).sum()) == pytest.approx(found.known_units)


def test_the_book_drives_both_kernels_to_the_same_price() -> None:
    rng = np.random.default_rng(11)
    side, size, leverage = rng.choice([-1.0, 1.0], 300), rng.exponential(3.0, 300), rng.uniform(2, 40, 300)
    rows = np.column_stack([side, size, np.full(300, 100.0), leverage, np.full(300, NAN)])
    made = book(rows)
    for side in (-1.0, 1.0):
        discrete = book_cascade(100.0, 4.0, made.rungs(side), linear(0.02))
        assert discrete.reached > 10
        assert cascade(100.0, 4.0, side, made.flow(), Terms(0.02)).price == pytest.approx(discrete.price, rel=1e-12)


# calibration


def test_calibration_scales_and_still_closes() -> None:
    made = book()
    found = calibrate(made, [Print(100.0, 90.0, 4.0), Print(100.0, 110.0, 3.0)])
    assert (found.factor, found.printed, found.modelled, found.status) == (0.5, 7.0, 14.0, Status.FOUND)
    scaled = made.scaled(found.factor)
    assert scaled.triggered(100.0, 90.0) == -5.0
    assert scaled.known_units + scaled.never_units + scaled.unknown_units == pytest.approx(scaled.total_units)
    assert scaled.total_units == made.total_units
    nothing = calibrate(made, [Print(100.0, 99.0, 1.0)])
    assert nothing.status is Status.UNKNOWN
    assert math.isnan(nothing.factor)


# the model


def flat_history(days: int = 40, price: float = 100.0) -> InterestHistory:
    level = np.full(days, price)
    return InterestHistory(np.linspace(1000.0, 1400.0, days), level, level, level)


@pytest.mark.parametrize("median", MEDIANS)
def test_leverages_follow_the_truncated_lognormal(median: float) -> None:
    """Against quadrature of the density, which is another way to the same mean."""
    made = leverages(median, 50.0, 20_000)
    assert (np.diff(made) > 0.0).all()
    assert made[0] > 1.0
    assert made[-1] < 50.0
    low, high = (math.log(end / median) / 0.8 for end in (1.0, 50.0))
    mass = norm.cdf(high) - norm.cdf(low)
    mean = quad(lambda z: median * math.exp(0.8 * z) * norm.pdf(z), low, high)[0] / mass
    assert made.mean() == pytest.approx(mean, rel=1e-5)


def test_entries_add_up_and_falls_close_everyone_alike() -> None:
    units = np.concatenate([np.full(20, 100.0), [150.0], np.full(9, 150.0), [75.0]])
    kept, older = entries(InterestHistory(units, units, units, units))
    assert kept.sum() == pytest.approx(25.0)
    assert older == pytest.approx(50.0)


def test_three_books_say_that_they_are_modelled() -> None:
    made = modelled_books("BTC", flat_history(), 50.0, 0.005)
    assert made.mean_entry == pytest.approx(100.0)
    for one, median in zip(made[:3], MEDIANS, strict=True):
        assert isinstance(one, LiquidationBook)
        assert one.assumption
        assert "modelled" in one.basis
        assert f"median {median:g}" in one.basis
        assert one.known_units + one.unknown_units == pytest.approx(2.0 * 1400.0)
        assert one.unknown[0] == (OLDER, 0, pytest.approx(2.0 * 1400.0 - one.known_units))
        # Everyone entered at 100: longs at most at 100 (1 - 1/50)/(1 - m), none below 0.
        assert one.sells.at.max() < 100.0 * 0.98 / 0.995
        assert one.sells.units.sum() == pytest.approx(one.buys.units.sum())
    near = [abs(one.triggered(100.0, 92.0)) for one in made[:3]]
    assert near == sorted(near)
    assert near[0] < near[2]


def test_a_leverage_that_did_not_survive_is_not_open() -> None:
    history = flat_history()
    low = history.low.copy()
    low[-3] = 80.0
    made = modelled_books("BTC", history._replace(low=low), 50.0, 0.005)
    sells = made.mid.sells
    # Entries from before the low only live below 80; those at the close of its day and of the two after, anywhere.
    share = (100.0 * (1.0 - 1.0 / leverages(8.0, 50.0)) / 0.995 > 80.0).mean()
    assert sells.units[sells.at > 80.0].sum() / sells.units.sum() == pytest.approx(3.0 / 30.0 * share)
    assert made.mid.sells.units.sum() == pytest.approx(made.mid.buys.units.sum())


def test_an_inverse_book_is_liquidated_at_its_coin_margin() -> None:
    """At each level coin equity is coin maintenance, 1/(E l) + s (1/E - 1/P) = m/P; longs end nearer than linear."""
    history = flat_history()._replace(inverse=True)
    made, linear_made = (
        modelled_books("BTC", history, 50.0, 0.005).mid,
        modelled_books("BTC", flat_history(), 50, 0.005),
    )
    lever = leverages(8.0, 50.0)
    for side, found in ((1.0, made.sells), (-1.0, made.buys)):
        price = np.unique(found.at)[:: int(side)]
        assert 1.0 / (100.0 * lever) + side * (0.01 - 1.0 / price) == pytest.approx(0.005 / price, rel=1e-9)
    assert made.total_units == pytest.approx(2.0 * 1400.0 / 100.0)
    assert made.sells.at.min() > linear_made.mid.sells.at.min()


def interest(symbol: str) -> InterestHistory:
    with existing(DATA / "crypto" / "open_interest_daily.csv").open(newline="") as file:
        dollars = {row["date"]: float(row["oi_close"]) for row in csv.DictReader(file) if row["coin_symbol"] == symbol}
    with existing(DATA / "crypto" / f"{symbol}_daily.csv").open(newline="") as file:
        closes = {row["Date"][:10]: float(row["Adj_Close"]) for row in csv.DictReader(file)}
    days = sorted(dollars.keys() & closes.keys())
    price = np.array([closes[day] for day in days])
    return InterestHistory(np.array([dollars[day] for day in days]), price, price, price, inverse=True)


@pytest.mark.parametrize("symbol", ["BTC", "ETH"])
def test_real_open_interest_makes_three_closing_books(symbol: str) -> None:
    history = interest(symbol)
    for end in (120, 240, history.close.size):
        past = InterestHistory(*(column[:end] for column in history[:4]), inverse=True)
        made = modelled_books(symbol, past, 50.0, 0.005)
        window = history.close[end - 30 : end]
        assert window.min() <= made.mean_entry <= window.max()
        spot = float(history.close[end - 1])
        for one in made[:3]:
            assert isinstance(one, LiquidationBook)
            assert one.known_units + one.unknown_units == pytest.approx(
                2.0 * history.contracts[end - 1] / spot, rel=1e-12
            )
            assert one.known_units > 0.0
            assert (one.sells.at < spot).all()
            assert (one.buys.at > spot).all()
            grid = spot * np.linspace(0.7, 1.3, 121)
            assert (one.market_gamma(grid) <= 0.0).all()
            falls = book_cascade(spot, 0.1 * spot, one.rungs(-1.0), linear(1e-3 * spot / one.total_units))
            assert falls.price <= 0.9 * spot


# components


def test_dealers_liquidations_and_pools_are_told_apart() -> None:
    prices = np.linspace(85.0, 115.0, 61)
    flow = forced_flow(
        book(), {"dealers": hedging(np.full(61, -30.0), prices)}, {"pools": recentring(900.0, 95.0, 105.0)}
    )
    assert flow.names == ("liquidations", "dealers", "pools")
    terms = Terms(0.01, 0.8, 10.0, 0.5, 1.0)
    found = cascade(100.0, 9.8, -1.0, flow.flow, terms)
    assert (found.gamma > 0.0).all()
    assert found.gamma.sum() + found.vega_flow + found.vega_depth == pytest.approx(found.move - 9.8, abs=1e-12)
    # Dollars of delta per 1 % at 100 are .01 S^2 g: 30 = .01 x 100^2 x .3.
    assert hedging([-30.0, -30.0], [99.0, 100.0]).density[1] == pytest.approx(0.3)
    units = 0.5 * 900.0 * (95.0**-0.5 - 105.0**-0.5)
    assert found.traded[2] == pytest.approx(units)
    assert found.traded[0] == 10.0


def test_a_recentred_position_holds_half_of_its_value_in_each() -> None:
    """At the low end: a new range of the same ratio around it, worth the same, holds that much of the asset."""
    low, high, liquidity = 80.0, 125.0, 50.0
    sold, bought = recentring(liquidity, low, high).units
    held = liquidity * (low**-0.5 - high**-0.5)
    ratio = math.sqrt(high / low)
    top, bottom = low * ratio, low / ratio
    new = held * low / (2 * math.sqrt(low) - math.sqrt(bottom) - low / math.sqrt(top))
    assert held - sold == pytest.approx(new * (low**-0.5 - top**-0.5), rel=1e-12)
    cash = liquidity * (math.sqrt(high) - math.sqrt(low))
    assert bought * high == pytest.approx(0.5 * cash)


def test_dealers_long_gamma_need_to_be_let_in() -> None:
    calm = {"dealers": hedging(np.full(3, 30.0), np.array([90.0, 100.0, 110.0]))}
    with pytest.raises(SignError, match="damping"):
        forced_flow(None, calm)
    softened = cascade(100.0, 2.0, -1.0, forced_flow(None, calm, damping=True).flow, Terms(0.01))
    assert softened.move < 2.0


@pytest.mark.parametrize(
    ("work", "error", "says"),
    [
        (lambda: book_of_positions("E", 1.0, positions()._replace(side=np.ones(2)), 0.0, ""), DomainError, "length"),
        (lambda: book(np.array([(2.0, 1, 1, 2, NAN)])), DomainError, "side"),
        (lambda: book(np.array([(1.0, -1, 1, 2, NAN)])), DomainError, "sizes"),
        (lambda: book(np.array([(1.0, 1, 1, 0.5, NAN)])), DomainError, "leverage"),
        (lambda: book(np.array([(1.0, 1, 1, 300, NAN)])), MarginError, "maintenance"),
        (lambda: book(spot=0.0), DomainError, "spot"),
        (lambda: book().market_gamma([0.0]), DomainError, "grid"),
        (lambda: book().scaled(-0.1), DomainError, "scaled"),
        (lambda: book().scaled(3.0), DomainError, "more would be forced"),
        (lambda: calibrate(book(), []), MissingDataError, "print"),
        (lambda: calibrate(book(), [Print(1.0, 2.0, -1.0)]), DomainError, "print"),
        (lambda: modelled_books("B", flat_history(30), 50.0, 0.0), MissingDataError, "31"),
        (lambda: modelled_books("B", flat_history(), 50.0, 0.1), MarginError, "maintenance"),
        (
            lambda: modelled_books("B", flat_history()._replace(contracts=np.zeros(40)), 50.0, 0.0),
            DomainError,
            "positive",
        ),
        (lambda: modelled_books("B", flat_history()._replace(low=np.full(40, 101.0)), 9.0, 0.0), DomainError, "low"),
        (lambda: leverages(8.0, 1.0), DomainError, "maximum"),
        (lambda: hedging([1.0, 2.0], [2.0, 1.0]), RangeError, "rise"),
        (lambda: hedging([1.0], [2.0]), DomainError, "profile"),
        (lambda: recentring(1.0, 2.0, 1.0), RangeError, "low"),
        (lambda: forced_flow(None), DomainError, "name"),
        (lambda: forced_flow(None, {"a": hedging([0, 0], [1, 2])}, {"a": recentring(1, 1, 2)}), DomainError, "once"),
    ],
)
def test_refusals(work: Callable[[], object], error: type[SeawallError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        work()
    assert "\n" not in str(caught.value)
