"""Positions valued together: each against its own methods, and options against Black's formula written out."""

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import CONDOR_STRIKES, EXPIRES, NOW, method_smile, state

from seawall.instruments import together as module
from seawall.instruments.base import Exposure, Instrument, Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import concentrated
from seawall.instruments.structures import calendar, call_ladder, condor, option_on, option_on_vix, vertical
from seawall.instruments.together import together
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.index_smile import IndexSmile
from seawall.market.smile import FlatSmile, VixSmile
from seawall.market.state import Moves, State

SOON, LATER = NOW + timedelta(days=3), EXPIRES + timedelta(days=60)
SPX, VIX = option_on("SPX"), option_on_vix()
KINDS: list[Instrument] = [
    EuropeanOption("SPX", "put", 5800.0, EXPIRES),
    EuropeanOption("SPX", "call", 6200.0, EXPIRES, 50.0),
    EuropeanOption("SPX", "call", 6000.0, SOON),
    EuropeanOption("ETH", "put", 1800.0, EXPIRES, 1.0),
    condor(SPX, CONDOR_STRIKES, EXPIRES),
    vertical(SPX, "put", (5500.0, 5700.0), LATER),
    calendar(SPX, "call", 6100.0, SOON, LATER),
    call_ladder(SPX, (6300.0, 6500.0, 6700.0), (1.0, 2.0, 3.0), EXPIRES),
    calendar(VIX, "call", 22.0, EXPIRES, LATER),
    VixOption("call", 25.0, EXPIRES),
    VixFuture(EXPIRES, 18.0),
    LiquidityPosition("ETH", concentrated(700.0, 1500.0, 2600.0), fee_apr=0.5),
    LinearPerp("ETH", 8.0, 1900.0, 4.0, 0.01),
]
WORLDS = [
    state(FlatSmile(0.2, "test"), rate=0.03, income=0.015),
    state(method_smile(), rate=0.03),
    state(VixSmile(18.0, 20.0)),
    state(IndexSmile((16.0, 18.0, 20.0, 21.0), 130.0, "test"), income=0.01),
]
held = st.tuples(st.integers(0, len(KINDS) - 1), st.floats(-50.0, 50.0).filter(lambda q: abs(q) > 0.01))
drawn = st.tuples(
    st.lists(held, max_size=25),
    st.sampled_from(WORLDS),
    st.lists(st.tuples(st.floats(-0.4, 0.4), st.floats(-8.0, 40.0)), min_size=1, max_size=4),
    st.floats(0.0, 60.0),
)


def positions_of(parts: list[tuple[int, float]]) -> tuple[Position, ...]:
    return tuple(Position(f"p{n}", KINDS[kind], quantity, "g") for n, (kind, quantity) in enumerate(parts))


def moves_of(cells: list[tuple[float, float]], days: float) -> Moves:
    returns, points = np.array(cells).T
    return Moves({"SPX": returns, "ETH": 1.5 * returns}, {"SPX": points, "ETH": points}, days)


def leg_by_leg(position: Position, view: object) -> np.ndarray:
    """A structure as the sum of its legs' own values."""
    legs = getattr(position.instrument, "legs", None)
    if legs is None:
        return position.value(view)  # type: ignore[arg-type]
    return position.quantity * sum(leg.units * leg.option.value(view) for leg in legs)


@settings(max_examples=60, deadline=None)
@given(drawn, st.sampled_from([1, 7, module.CELLS]))
def test_together_is_one_by_one(case: tuple, cells: int) -> None:  # type: ignore[type-arg]
    """Whatever the mix, its order, and how the arrays are cut."""
    parts, world, moves, days = case
    positions, view = positions_of(parts), world.view(moves_of(moves, days))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CELLS", cells)
        all_of_them = together(positions)
        values, gammas = all_of_them.values(view), all_of_them.dollar_gammas(view)
        whole, bent = all_of_them.total_value(view), all_of_them.total_dollar_gamma(view)
    assert values.shape == gammas.shape == (len(positions), view.moves.size)
    for n, one in enumerate(positions):
        assert values[n] == pytest.approx(leg_by_leg(one, view), rel=1e-9, abs=1e-6)
        assert values[n] == pytest.approx(one.value(view), rel=1e-9, abs=1e-6)
        own = one.quantity * one.instrument.dollar_gamma(view)
        assert gammas[n] == pytest.approx(own, rel=1e-9, abs=1e-6)
    assert whole == pytest.approx(values.sum(axis=0), rel=1e-9, abs=1e-9 * (1.0 + np.abs(values).sum()))
    assert bent == pytest.approx(gammas.sum(axis=0), rel=1e-9, abs=1e-9 * (1.0 + np.abs(gammas).sum()))


@settings(max_examples=30, deadline=None)
@given(st.lists(held, max_size=25), st.sampled_from(WORLDS))
def test_exposures_together_are_those_of_each(parts: list[tuple[int, float]], world: State) -> None:
    positions = positions_of(parts)
    found = together(positions).exposures(world)
    assert len(found) == len(positions)
    for one, exposure in zip(positions, found, strict=True):
        own = one.exposure(world)
        for name in Exposure.__dataclass_fields__:
            ours, theirs = getattr(exposure, name), getattr(own, name)
            if name == "status" or theirs is None:
                assert ours == theirs, name
            else:
                assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9), name


def black_1976(forward: float, strike: float, years: float, vol: float, rate: float, side: float) -> float:
    deviation = vol * math.sqrt(years)
    up = math.log(forward / strike) / deviation + 0.5 * deviation
    phi = [0.5 * math.erfc(-side * d / math.sqrt(2.0)) for d in (up, up - deviation)]
    return math.exp(-rate * years) * side * (forward * phi[0] - strike * phi[1])


def test_every_option_is_priced_by_black_at_its_own_strike() -> None:
    """Strikes, sides, multipliers and quantities each in their own row: Black 1976 with erfc, METHOD 3.5's points."""
    rng = np.random.default_rng(7)
    strikes, sides = rng.uniform(5000.0, 7000.0, 40), rng.choice(["put", "call"], 40)
    sizes, units = rng.uniform(1.0, 100.0, 40), rng.uniform(-9.0, 9.0, 40)
    positions = tuple(
        Position(
            f"p{n}", EuropeanOption("SPX", sides[n], float(strikes[n]), EXPIRES, float(sizes[n])), float(units[n]), "g"
        )
        for n in range(40)
    )
    cells, days = [(-0.2, 20.0), (0.0, 0.0), (0.1, -3.0)], 5.0
    values = together(positions).values(WORLDS[1].view(moves_of(cells, days)))
    years = 40.0 / 365.0
    for n in range(40):
        for m, (move, points) in enumerate(cells):
            vol = float(np.interp(strikes[n], method_smile().strikes, method_smile().vols))
            vol += points / 100.0 * math.sqrt(30.0 / 40.0)
            forward = 6000.0 * (1.0 + move) * math.exp(0.03 * years)
            unit = black_1976(forward, strikes[n], years, vol, 0.03, 1.0 if sides[n] == "call" else -1.0)
            assert values[n, m] == pytest.approx(units[n] * sizes[n] * unit, rel=1e-9, abs=1e-7)


def test_nothing_is_worth_nothing() -> None:
    empty = together(())
    view = WORLDS[0].view(Moves({"SPX": np.array([-0.1, 0.1])}))
    assert empty.values(view).shape == (0, 2)
    assert empty.total_value(view).tolist() == [0.0, 0.0]
    assert empty.exposures(WORLDS[0]) == ()
