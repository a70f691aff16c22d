"""`sim.cascade_event`: parts that add up, masses spread without loss, the reader's own positions, map and replay."""

from dataclasses import replace

import numpy as np
import pytest

from seawall.data.books import load_book, loaded_state
from seawall.data.cascade_market import Held, cascade_market, demo_cascade
from seawall.data.cascades import load_cascade
from seawall.data.events import ASSUMED, OCTOBER_2025
from seawall.instruments.liquidations import Positions, book_of_positions
from seawall.kernels.cascade import masses
from seawall.kernels.impact import LINEAR, square_root
from seawall.market.state import Moves
from seawall.sim.cascade_case import CascadeCase, CascadeMarket, VolTerms, accounts_of, depth
from seawall.sim.cascade_event import read_case, read_event, spread
from seawall.sim.event_replay import run
from seawall.sim.runaway_map import DEPTHS, GAMMAS, MEDIANS, runaway_map
from seawall.sim.waterfall_state import Venue


@pytest.fixture(scope="module")
def held() -> Held:
    loaded = load_cascade(demo_cascade(), {})
    book = load_book(loaded.path("eve.book.yaml"))
    return Held(book, loaded_state(book, None))


@pytest.fixture(scope="module")
def market(held: Held) -> CascadeMarket:
    return cascade_market(load_cascade(demo_cascade(), {}), held)


def three_rungs() -> CascadeCase:
    """METHOD 1.7, discrete: levels 99, 97.5, 96, sizes 1, 1, 2 million, lam 1e-6."""
    at, size = np.array([99.0, 97.5, 96.0]), np.array([1e6, 1e6, 2e6])
    unknown = np.full(3, np.nan)
    book = book_of_positions("X", 100.0, Positions(np.ones(3), size, unknown, unknown, at), 0.05, "by hand")
    venue = Venue(0.05, depth(1e8, 100.0))
    return CascadeCase(100.0, book, accounts_of(book, venue), venue, VolTerms(0.5, 0.0, 0.0, 0.0))


def test_the_discrete_vector_of_method() -> None:
    """Shock 1.5: two liquidations, price 96.5, by both ways."""
    reading = read_case(three_rungs(), -0.015)
    assert reading.split.move == pytest.approx(3.5)
    assert reading.waterfall.price == pytest.approx(96.5)
    assert reading.waterfall.liquidated.sum() == 2
    assert reading.ruled.gamma.tolist() == pytest.approx([2.0])
    assert (reading.split.n_gamma, reading.split.n_vega, reading.split.distance) == pytest.approx(
        (2 / 3.5, 0, 1.5 / 3.5)
    )
    assert reading.jumped[:2] == (1, 1e6)
    assert reading.jumped.worse == pytest.approx(0.5 / 99.0)


@pytest.mark.parametrize("share", [-0.2, -0.05, 0.1])
@pytest.mark.parametrize("law", ["linear", "square root"])
def test_parts_add_up_and_close(market: CascadeMarket, share: float, law: str) -> None:
    case = market.case
    if law != "linear":
        case = replace(case, venue=replace(case.venue, impact=square_root(0.05, 2e6, case.start)))
    assert case.linear == (law == "linear") == (case.venue.impact.law == LINEAR)
    reading = read_case(case, share)
    for split in (reading.split, reading.ruled):
        assert split.shock + split.endogenous == pytest.approx(split.move + split.unmet, rel=1e-9)
        assert split.n_gamma + split.n_vega + split.distance == pytest.approx(1.0)
    whole = reading.split.endogenous
    two, three = reading.two, reading.three
    assert two.gamma + two.vega == pytest.approx(whole, rel=1e-9)
    assert two.gamma_alone + two.vega_alone + two.interaction == pytest.approx(whole, rel=1e-9)
    assert three.gamma + three.vega_flow + three.vega_depth == pytest.approx(whole, rel=1e-9)
    for frame in reading.waterfall.frames:
        assert abs(sum(frame.changes)) < 1.0


def test_without_volatility_all_of_it_is_gamma(market: CascadeMarket) -> None:
    still = replace(market.case, vol=VolTerms(1.0, 0.0, 1e6, 1.0))
    reading = read_case(still, -0.05)
    assert reading.split.vega_flow == reading.split.vega_depth == 0.0
    assert reading.two.vega == pytest.approx(0.0, abs=1e-9)
    assert reading.split.endogenous > 0.0


def test_spreading_keeps_the_units() -> None:
    at, units = np.array([50.0, 50.1, 99.9, 100.4, 180.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    made = spread(masses(at, units), 100.0)
    whole = made.density[0] * np.diff(made.edges)
    assert whole.sum() == pytest.approx(15.0)
    below = made.edges[1:] <= 100.0 * np.exp(-0.5)
    assert whole[below].sum() == pytest.approx(3.0)
    assert whole[made.edges[:-1] >= 100.0].sum() == pytest.approx(9.0)
    assert whole[made.edges[1:] <= 100.0].sum() == pytest.approx(6.0)


def test_own_positions_are_the_instruments_own_values(market: CascadeMarket, held: Held) -> None:
    positions = held.book.book.positions
    event = read_event(market, -0.1, positions, held.state)
    end = event.readings["mid"].waterfall.price / market.case.start - 1.0
    assert [one.label for one in event.own] == ["ETH/USD v2 share", "ETH/USD v3 range", "ETH perp long"]
    view = held.state.view(Moves({"ETH": np.array([0.0, -0.1, end])}))
    for one in event.own:
        position = next(p for p in positions if p.label == one.label)
        assert list(one[1:]) == pytest.approx(position.value(view).tolist())


def test_the_map_knows_depth_and_gamma(market: CascadeMarket) -> None:
    made = runaway_map(market.case)
    assert made.distance.shape == (len(GAMMAS), 3, len(MEDIANS), len(DEPTHS))
    assert ((made.distance >= 0.0) & np.isfinite(made.distance)).all()
    # Dealers short gamma never help, dealers long gamma never hurt.
    assert (made.distance[0] <= made.distance[1] + 1e-9).all()
    assert (made.distance[1] <= made.distance[2] + 1e-9).all()
    assert made.distance[1, 0, :, -1].min() > made.distance[1, 0, :, 0].max() - 1e-9
    assert made.usd_per_pct == pytest.approx(25e6)


def test_the_replay_model_closes_and_starts_at_its_shock() -> None:
    fall = run(5e9, 1.0, 8.0, ASSUMED)
    assert fall.frames[0].mark == pytest.approx(100.0 * (1.0 - ASSUMED.shock))
    assert abs(sum(fall.frames[-1].changes)) < 1e-9 * ASSUMED.open_interest_usd
    assert OCTOBER_2025["window volume"].value == pytest.approx(6.923e9)
