"""`sim.loop`: the fixed point by bisection, the recursion in plain Python, the links off, the statistics by scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from seawall.core.errors import DomainError, SignError
from seawall.kernels.loop import FARTHEST, HIGHEST, STEEPEST, forced_move, liquidated_share
from seawall.sim.loop import STYLISED, LoopTable, loop_table, row, simulate

ON, OFF = (True,) * 4, (False,) * 4


@pytest.fixture(scope="module")
def made() -> LoopTable:
    return loop_table(STYLISED, 7, paths=20, days=120)


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("distance", [0.01, 0.05, 0.2, 0.6])
def test_the_share_liquidated_is_that_of_the_isolated_formula(side: float, distance: float) -> None:
    """Level of leverage l is e^(side d): l from ``(1 + side/l) / (1 + side m) = e^(side d)``; lognormal above it."""
    m, leverage = STYLISED.maintenance, stats.lognorm(STYLISED.log_sd, scale=STYLISED.median)
    least = side / ((1.0 + side * m) * math.exp(side * distance) - 1.0)
    could_open = leverage.cdf(1.0 / m)
    want = (could_open - leverage.cdf(least)) / could_open
    assert liquidated_share(STYLISED, distance, side) == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize(
    ("outside", "push", "hedging"), [(0.02, 0.05, 0.0), (0.05, 0.1, 0.1), (0.1, 0.2, 0.3), (0.01, 0.0, 0.5)]
)
def test_the_forced_move_is_the_least_fixed_point(outside: float, push: float, hedging: float) -> None:
    """A scan from below finds the first D where nothing more is forced."""
    grid = np.linspace(outside, FARTHEST, 400_001)
    level = np.array([liquidated_share(STYLISED, float(d), -1.0) for d in grid[::200]])
    share = np.interp(grid, grid[::200], level)
    rest = grid - outside - push * share - hedging * grid
    first = grid[np.argmax(rest >= 0.0)]
    move, _ = forced_move(STYLISED, outside, -1.0, push, hedging)
    assert move == pytest.approx(float(first), abs=2e-5)
    if push == 0.0:
        assert move == pytest.approx(outside / (1.0 - hedging))


def test_a_move_that_never_ends_is_a_runaway() -> None:
    assert forced_move(STYLISED, 0.1, -1.0, 50.0, 0.0) == (FARTHEST, True)
    assert forced_move(STYLISED, 0.01, -1.0, 0.0, 0.0) == (0.01, False)


def test_without_links_nothing_is_forced(made: LoopTable) -> None:
    normal = np.random.default_rng(7).standard_normal((20, 120))
    paths = simulate(STYLISED, OFF, normal)
    assert (paths.move == paths.outside).all()
    assert not paths.runaway.any()
    assert made.rows[-1].forced == 0.0
    variance = STYLISED.vol**2
    for day in range(120):
        vol = min(math.sqrt(variance), HIGHEST * STYLISED.vol)
        assert paths.vol[3, day] == pytest.approx(vol, rel=1e-12)
        variance = 0.09 * STYLISED.vol**2 + 0.06 * (vol * normal[3, day]) ** 2 + 0.85 * vol**2


def test_one_path_in_plain_python() -> None:
    t, normal = STYLISED, np.random.default_rng(3).standard_normal((1, 60))
    paths = simulate(t, ON, normal)
    variance, trend, crowd = t.vol**2, 0.0, {-1.0: 1.0, 1.0: 1.0}
    for day in range(60):
        vol = min(math.sqrt(variance), HIGHEST * t.vol)
        outside = vol * normal[0, day]
        side = 1.0 if outside > 0.0 else -1.0
        hedging = min(t.dealer * vol / t.vol, STEEPEST)
        push = (vol / t.vol) ** t.withdrawal * t.push * crowd[side]
        size = abs(outside)
        for _ in range(3000):
            size = abs(outside) + push * liquidated_share(t, size, side) + hedging * size
        assert paths.move[0, day] == pytest.approx(side * size, abs=1e-8)
        crowd[side] *= 1.0 - liquidated_share(t, size, side)
        variance = (1 - t.reaction - t.memory) * t.vol**2 + t.reaction * size**2 + t.memory * vol**2
        trend = t.trend_memory * trend + (1.0 - t.trend_memory) * side * size
        wish = t.chase * trend - t.cost * t.premium * (crowd[-1.0] - crowd[1.0])
        for one, sign in ((-1.0, 1.0), (1.0, -1.0)):
            crowd[one] = max(crowd[one] + t.rebuild * (1.0 + sign * wish - crowd[one]), 0.0)
        assert (paths.longs[0, day], paths.shorts[0, day]) == pytest.approx((crowd[-1.0], crowd[1.0]), abs=1e-7)


def test_statistics_are_those_of_scipy(made: LoopTable) -> None:
    moves = made.first.move
    first = row("x", ON, made.first)
    assert first.vol == pytest.approx(math.sqrt(365.0) * moves.std())
    assert first.kurtosis == pytest.approx(stats.kurtosis(moves, axis=None))
    worst = 0.0
    for path in moves:
        peak, level = 1.0, 1.0
        for move in path:
            level *= math.exp(move)
            peak = max(peak, level)
            worst = max(worst, 1.0 - level / peak)
    assert first.worst == pytest.approx(worst)


def test_every_forced_link_adds_and_the_seed_makes_it_again(made: LoopTable) -> None:
    assert made.rows[0].name == "every link on"
    assert (np.abs(made.first.move) >= np.abs(made.first.outside)).all()
    vols = {one.name: one.vol for one in made.rows}
    assert vols["no link"] < vols["without crowding to liquidation"] < vols["every link on"]
    again = loop_table(STYLISED, 7, paths=20, days=120)
    assert again.rows == made.rows
    assert loop_table(STYLISED, 8, paths=20, days=120).rows != made.rows


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"vol": 0.0}, DomainError),
        ({"reaction": 0.2}, DomainError),
        ({"rebuild": 1.5}, DomainError),
        ({"push": math.nan}, DomainError),
        ({"push": -0.1}, SignError),
        ({"maintenance": 1.0}, DomainError),
    ],
)
def test_terms_that_cannot_be_are_refused(change: dict[str, float], error: type[Exception]) -> None:
    with pytest.raises(error):
        simulate(STYLISED._replace(**change), ON, np.zeros((1, 2)))
