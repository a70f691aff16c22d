"""Shares of loss, what follows from them, wrong-way layers, joint ruin, buffer and escape: built cases and rules."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.hedge.made_history import path_set
from tests.worlds import NOW, method_condor, method_smile, state

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.hedge.endurance import escape, time_buffer
from seawall.hedge.reach import Reach, Sample, Share, reach, recommend, shares
from seawall.hedge.ruin import ruin_of, wrong_way
from seawall.hedge.scenario_paths import Kind
from seawall.hedge.scenario_pnl import scenario_pnl
from seawall.hedge.scenarios import ScenarioSet
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger, ledger

Array = NDArray[np.float64]
WORLD = state(method_smile())
CONDOR = Book("c", (Position("condor", method_condor(100.0), -1.0, "options"),), 10_000.0)
SOLD: Ledger = ledger(CONDOR, WORLD)
POOL = ledger(Book("lp", (Position("pool", LiquidityPosition("ETH", ConstantProduct(9.0), 0.2), 1.0, "pools"),)), WORLD)


def world(seed: int = 0, rows: int = 1500) -> tuple[ScenarioSet, Array, Array, Array]:
    """Independent SPX, ETH and noise; VIX points follow SPX falls; P&L of a VIX call on them."""
    rng = np.random.default_rng(seed)
    spx, eth, noise = (rng.standard_t(6, (rows, 1)) * scale for scale in (0.04, 0.15, 1000.0))
    points = np.maximum(-spx, 0.0) * 200.0
    made = path_set({"SPX": spx, "ETH": np.maximum(eth, -0.9)}, points)
    return made, 40.0 * np.maximum(points[:, 0] - 3.0, 0.0) - 60.0, np.maximum(eth, -0.9)[:, 0], noise[:, 0]


def test_a_loss_that_vix_calls_mirror_is_all_within_their_reach() -> None:
    made, call, _, _ = world()
    found = reach(-5.0 * np.maximum(call, 0.0), np.maximum(call, 0.0)[:, None], made, SOLD)
    assert found.vix.value == pytest.approx(1.0, abs=1e-6)
    assert found.systemic.value == pytest.approx(1.0, abs=1e-6)
    assert recommend(found).more_vix
    assert recommend(found).order[0] == "vix"


def test_a_book_of_coins_is_told_so_and_sold_no_vix() -> None:
    made, call, eth, _ = world()
    found = reach(-20_000.0 * np.abs(eth), call[:, None], made, POOL)
    assert found.crypto.value > 0.95
    assert found.vix.value < 0.03
    told = recommend(found)
    assert (told.more_vix, told.vix_share, told.order[0]) == (False, 0.0, "crypto")
    assert any("crypto-native: buy no more VIX calls" in one for one in told.reasons)


def test_noise_is_residual_and_asks_for_size() -> None:
    made, call, _, noise = world()
    found = reach(noise, call[:, None], made, SOLD)
    assert found.residual.value > 0.9
    told = recommend(found)
    assert told.order[0] == "size"
    assert not told.more_vix


def test_rallies_are_systemic_but_out_of_reach_of_vix_calls() -> None:
    made, call, _, _ = world()
    spx = made.returns["SPX"][:, 0]
    found = reach(-1e5 * np.maximum(spx, 0.0), call[:, None], made, SOLD)
    assert found.systemic.value > 0.95
    assert found.vix.value < 0.05
    assert recommend(found).order[0] == "spx"


def test_half_and_half_and_its_interval() -> None:
    """Two independent parts of equal variance: each share is a half, inside its interval, and the parts add up."""
    made, call, eth, _ = world()
    one, other = np.maximum(call, 0.0), np.abs(eth)
    found = reach(-(one / one.std() + other / other.std()), one[:, None], made, POOL)
    for share in (found.vix, found.systemic, found.crypto):
        assert share.value == pytest.approx(0.5, abs=0.06)
        assert share.low <= share.value <= share.high
        assert share.high - share.low > 0.05
    assert found.systemic.value + found.crypto.value + found.residual.value == pytest.approx(1.0)
    wide = reach(-(one / one.std() + other / other.std()), one[:, None], replace(made, independent=35.0), POOL)
    assert wide.vix.high - wide.vix.low > found.vix.high - found.vix.low


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_shares_are_nested_and_do_not_depend_on_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(80, 2)), rng.normal(size=(80, 3)), rng.normal(size=(80, 2))
    loss = np.maximum(rng.normal(size=80) + parts[0][:, 0], 0.0)
    weight = rng.uniform(0.5, 1.5, 80)
    weight /= weight.sum()
    vix, systemic, crypto, residual = shares(Sample(loss, *parts, weight, 80.0))
    assert 0.0 <= vix <= systemic <= 1.0
    assert systemic + crypto + residual == pytest.approx(1.0)
    scaled = Sample(1e6 * loss, 1e-3 * parts[0], 1e4 * parts[1], 10.0 * parts[2], weight, 80.0)
    assert shares(scaled) == pytest.approx((vix, systemic, crypto, residual), abs=1e-6)


def test_a_hedge_is_bought_never_sold() -> None:
    """VIX calls that gain when the book gains explain nothing: selling them is no hedge."""
    made, call, _, _ = world()
    paid = np.maximum(call, 0.0)
    found = reach(-(10_000.0 - paid).clip(0.0), paid[:, None], made, SOLD)
    assert found.vix.value == pytest.approx(0.0, abs=1e-9)


def test_few_windows_are_thin_no_loss_is_flat_and_made_coins_are_said() -> None:
    made, call, eth, noise = world()
    assert reach(noise, call[:, None], replace(made, independent=12.0), SOLD).status is Status.THIN
    assert reach(np.abs(noise), call[:, None], made, SOLD).status is Status.FLAT
    assert reach(noise, call[:, None], made, SOLD).status is Status.FOUND
    synthetic = replace(made, origin=(Origin.SYNTHETIC,) * made.count)
    coins = reach(-np.abs(eth), call[:, None], synthetic, POOL)
    assert coins.made == pytest.approx(1.0)
    assert any("moved by a rule" in one for one in recommend(coins).reasons)
    assert reach(noise, call[:, None], synthetic, SOLD).made == 0.0  # no coin in that book
    half = (Origin.OBSERVED,) * 750 + (Origin.SYNTHETIC,) * 750
    observed = reach(-np.abs(eth), call[:, None], replace(made, origin=half), POOL)
    assert (observed.made, observed.windows) == (0.0, 50.0)
    with pytest.raises(DomainError, match="revalue both"):
        reach(noise[:5], call[:, None], made, SOLD)


def test_the_state_form_stands_beside() -> None:
    made, call, _, noise = world()
    found = reach(noise, call[:, None], made, SOLD)
    assert (found.at_least, found.at_most) == (SOLD.share_at_least, SOLD.share_at_most)


def _reach(vix: float, systemic: float, crypto: float, low: float) -> Reach:
    rest = 1.0 - systemic - crypto
    parts = (Share(one, one, one) for one in (systemic, crypto, rest))
    return Reach(Share(vix, low, vix), *parts, 100.0, 0.0, 0.0, 1.0, Status.FOUND)


@pytest.mark.parametrize(
    ("vix", "systemic", "crypto", "low", "share", "order"),
    [
        (0.5, 0.65, 0.3, 0.3, 0.5, ("vix", "crypto", "spx", "size")),
        (0.2, 0.2, 0.8, 0.1, 0.0, ("crypto", "spx", "size")),  # 80 % crypto-native
        (0.3, 0.7, 0.1, 0.01, 0.0, ("spx", "size", "crypto")),  # not told from nothing
        (0.1, 0.2, 0.1, 0.06, 0.1, ("size", "vix", "spx", "crypto")),
    ],
)
def test_recommendation_follows_the_shares(
    vix: float, systemic: float, crypto: float, low: float, share: float, order: tuple[str, ...]
) -> None:
    told = recommend(_reach(vix, systemic, crypto, low))
    assert (told.vix_share, told.order) == (pytest.approx(share), order)
    assert told.more_vix == (share > 0.0)


def test_wrong_way_layers() -> None:
    rng = np.random.default_rng(1)
    book = rng.standard_t(4, 2000)
    layers = {"good": -book, "bad": 0.2 * book + 0.01 * rng.normal(size=2000), "flat": np.full(2000, -3.0)}
    good, bad, flat = wrong_way(book, layers, np.full(2000, 1.0 / 2000.0))
    assert (good.wrong, bad.wrong, flat.wrong) == (False, True, None)
    assert good.correlation == pytest.approx(-1.0)
    assert flat.status is Status.FLAT
    tail = np.sort(book)[:100]
    rows = np.argsort(book)[:100]
    assert bad.correlation == pytest.approx(np.corrcoef(tail, layers["bad"][rows])[0, 1])
    assert wrong_way(book[:50], {"good": -book[:50]}, np.full(50, 0.02))[0].status is Status.THIN
    with pytest.raises(DomainError, match="each scenario"):
        wrong_way(book, {"short": book[:3]}, np.full(2000, 1.0 / 2000.0))


def test_joint_ruin_by_hand() -> None:
    """Long 10 ETH, 4000 of collateral, maintenance 1 %; one VIX call as sleeve.

    Scenario 0: ETH -30 % while VIX stands still and the call has decayed: joint ruin. 1: ETH -30 % with VIX +60: ruin,
    but the sleeve pays. 2: nothing. 3: the call is worthless, ETH stands: no ruin.
    """
    days = 40
    flat = np.zeros((4, days))
    eth, points = flat.copy(), flat.copy()
    eth[0, -1] = eth[1, -1] = -0.30
    points[1] = 60.0
    points[3] = -8.0
    made = replace(path_set({"ETH": eth}, points), weight=np.array([0.1, 0.2, 0.3, 0.4]))
    call = VixOption("call", 40.0, NOW + np.timedelta64(41, "D").astype("O"))
    book = Book(
        "b",
        (
            Position("perp", LinearPerp("ETH", 10.0, 2000.0, 5.0, 0.01), 1.0, "perps"),
            Position("call", call, 5.0, "hedges"),
        ),
    )
    pnl = scenario_pnl(book, WORLD, made, tuple(range(days)))
    found = ruin_of(book, WORLD, made, pnl)
    assert found.any_ruin == pytest.approx(0.3)
    assert found.joint == pytest.approx(0.1)
    assert found.by_kind == {Kind.REPLAY: pytest.approx(0.25)}
    bare = Book("p", book.positions[:1])
    alone = ruin_of(bare, WORLD, made, scenario_pnl(bare, WORLD, made, tuple(range(days))))
    assert alone.joint == alone.any_ruin == pytest.approx(0.3)
    nothing = ruin_of(CONDOR, WORLD, made, scenario_pnl(CONDOR, WORLD, made, tuple(range(days))))
    assert (nothing.joint, nothing.status) == (0.0, Status.NEVER)
    with pytest.raises(DomainError, match="at each"):
        ruin_of(book, WORLD, made, scenario_pnl(book, WORLD, made))


def test_time_buffer_of_the_condor() -> None:
    """METHOD 5.7: 10,000 dollars and one condor of METHOD 4 last 34.1 days; alarm below 5."""
    found = time_buffer(SOLD, 10_000.0)
    assert found.days == pytest.approx(34.1, abs=0.05)
    assert not found.alarm
    assert time_buffer(SOLD, 1_000.0).alarm
    long = Book("l", (Position("call", EuropeanOption("SPX", "call", 6100.0, NOW.replace(month=5)), 1.0, "options"),))
    assert time_buffer(ledger(long, WORLD), 1e4).status is Status.NOT_SHORT
    pool = Book("p", (Position("pool", LiquidityPosition("ETH", ConstantProduct(9.0)), 1.0, "pools"),))
    assert time_buffer(ledger(pool, WORLD), 1e4).status is Status.UNKNOWN


def test_escape_velocities() -> None:
    calls = tuple(
        Position(f"call {strike:g}", VixOption("call", strike, NOW.replace(month=5)), 2.0, "hedges")
        for strike in (20.0, 25.0)
    )
    before = ledger(Book("b", (*CONDOR.positions, *calls)), WORLD)
    found = escape(before, {"condor": 5.0, "call 20": 10.0, "call 25": 2.0})
    assert found.days == pytest.approx(10.0)  # 2 at a tenth of 2 a day
    assert found.gaining["jump -20%"] == 2
    assert found.gaining["jump +10%"] == 0
    assert not found.enough  # the condor loses on the way up, where no call gains
    assert escape(before, {"condor": 5.0}).unknown == ("call 20", "call 25")
    assert escape(before, {"condor": 5.0}).days is None
