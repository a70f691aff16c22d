"""The delta hedge of a pool by a perp: simulated paths, a reflected walk, minimisation of the trade-off it rests on."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from tests.worlds import state

from seawall.core.errors import DomainError
from seawall.instruments.base import Exposure, Position
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_hedge import band_half_width, perp_hedge, rehedged_every, rehedged_in_band
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import concentrated
from seawall.kernels import amm
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves

WORLD = state(FlatSmile(0.2, "test"))
POOL = Position("pool", LiquidityPosition("ETH", concentrated(1000.0, 1500.0, 2500.0)), 1.0, "pools")
VOL = 0.8


def test_the_perp_makes_delta_zero():
    hedge = perp_hedge(POOL.exposure(WORLD), WORLD.asset("ETH"))
    # METHOD 1.4: delta of L 100 at 2000 is .2360679775, LVR at .8 is 715.5418 a year; here L is 1000. Funding 10.95 %.
    assert hedge.size == pytest.approx(-2.360679775, abs=5e-9)
    assert hedge.notional_usd == pytest.approx(-4721.35955, abs=1e-5)
    assert hedge.funding_usd_per_year == pytest.approx(0.1095 * 4721.35955, abs=1e-5)
    assert hedge.rent_usd_per_year == pytest.approx(7155.418, abs=5e-4)
    perp = LinearPerp("ETH", hedge.size, 2000.0, 2.0, 0.01)
    both = [POOL, Position("perp", perp, 1.0, "hedges")]
    up, down = (sum(float(p.value(WORLD.view(Moves({"ETH": np.array([r])})))[0]) for p in both) for r in (1e-4, -1e-4))
    assert (up - down) / 2e-4 == pytest.approx(0.0, abs=1e-3)
    assert perp.exposure(WORLD).carry_usd_per_year == pytest.approx(hedge.funding_usd_per_year)


def test_what_is_not_known_stays_unknown():
    asset = replace(WORLD.asset("ETH"), funding=None, realised_vol=None)
    hedge = perp_hedge(POOL.exposure(WORLD), asset)
    assert (hedge.funding_usd_per_year, hedge.rent_usd_per_year) == (None, None)
    # Without gamma there is no rent to know.
    assert perp_hedge(Exposure(1.0, 500.0), asset).rent_usd_per_year == 0.0
    assert perp_hedge(Exposure(1.0, 500.0), asset).size == -0.25


def pool_paths(paths, steps, horizon):
    """Price, delta and value of a v3 pool of L 1000 along martingale paths; it stays in its range."""
    rng = np.random.default_rng(20260621)
    h = horizon / steps
    moves = VOL * math.sqrt(h) * rng.standard_normal((paths, steps)) - 0.5 * VOL**2 * h
    prices = 2000.0 * np.exp(np.concatenate([np.zeros((paths, 1)), np.cumsum(moves, axis=1)], axis=1))
    pool = amm.v3(prices, 1000.0, 1000.0, 4000.0)
    return prices, np.asarray(pool.delta), np.asarray(pool.value)


def test_hedging_at_an_interval_costs_what_simulation_says():
    # A week, hourly. Dollar gamma of a v3 pool moves with sqrt(S), by 1 % on average here: 3 % is the tolerance.
    horizon, steps = 7.0 / 365.0, 168
    prices, delta, value = pool_paths(4000, steps, horizon)
    gamma = -0.5 * 1000.0 * math.sqrt(2000.0)
    said = rehedged_every(gamma, VOL, 0.0005, 1.0 / 8760.0)
    traded = np.sum(np.abs(np.diff(delta, axis=1)) * prices[:, 1:], axis=1) / horizon
    assert said.turnover_usd_per_year == pytest.approx(traded.mean(), rel=0.03)
    assert said.cost_usd_per_year == pytest.approx(0.0005 * said.turnover_usd_per_year)
    # What remains: minus the rent in the mean; around it the stated error.
    hedged = value[:, -1] - value[:, 0] - np.sum(delta[:, :-1] * np.diff(prices, axis=1), axis=1)
    rent = -0.5 * VOL**2 * gamma * horizon
    assert hedged.mean() == pytest.approx(-rent, rel=0.03)
    # The path of dollar gamma itself also moves the rent: the error about each path's own rent is what is meant.
    own = -0.5 * 0.5 * 1000.0 * np.sum(np.sqrt(prices[:, :-1]), axis=1) * VOL**2 * horizon / steps
    assert np.std(hedged - own) == pytest.approx(said.error_usd * math.sqrt(horizon), rel=0.05)


def test_hedging_turns_the_loss_of_the_path_into_its_rent():
    # METHOD 1.4: mean LVR and mean IL are alike, their spreads are not (about 18-fold for v2 over 30 days hourly).
    prices, delta, value = pool_paths(4000, 168, 7.0 / 365.0)
    loss = value[:, -1] - value[:, 0] - delta[:, 0] * (prices[:, -1] - prices[:, 0])
    hedged = value[:, -1] - value[:, 0] - np.sum(delta[:, :-1] * np.diff(prices, axis=1), axis=1)
    assert hedged.mean() == pytest.approx(loss.mean(), rel=0.1)
    assert np.std(loss) > 5.0 * np.std(hedged)


def test_turnover_in_a_band_is_that_of_a_reflected_walk():
    # Steps of one unit, 2n + 1 states: the walk is pushed back 1 unit at half of its visits to an end. H = n + 1/2.
    rng = np.random.default_rng(11)
    n, walkers, steps = 10, 4000, 3000
    at = rng.integers(-n, n + 1, walkers)
    pushed, square = 0, 0.0
    for _ in range(steps):
        at = at + rng.choice((-1, 1), walkers)
        pushed += int(np.count_nonzero(np.abs(at) > n))
        at = np.clip(at, -n, n)
        square += float(np.mean(at.astype(float) ** 2))
    said = rehedged_in_band(1.0, 1.0, 0.001, n + 0.5)
    assert said.turnover_usd_per_year == pytest.approx(pushed / (walkers * steps), rel=0.02)
    assert said.cost_usd_per_year == pytest.approx(0.001 * said.turnover_usd_per_year)
    assert said.error_usd**2 == pytest.approx(square / steps, rel=0.02)


@pytest.mark.parametrize(("gamma", "cost", "aversion"), [(-22360.0, 0.0005, 1e-5), (4000.0, 0.002, 1e-3)])
@pytest.mark.parametrize("vol", [0.3, 1.1])
def test_the_band_is_the_best_trade_of_cost_for_risk(gamma, cost, aversion, vol):
    # Whalley and Wilmott's band minimises cost plus half the aversion times the variance missed, at any volatility.
    def burden(width):
        rule = rehedged_in_band(gamma, vol, cost, width)
        return rule.cost_usd_per_year + 0.5 * aversion * rule.error_usd**2

    said = band_half_width(gamma, cost, aversion)
    best = minimize_scalar(burden, bounds=(said / 20.0, said * 20.0), method="bounded", options={"xatol": said * 1e-9})
    assert said == pytest.approx(best.x, rel=1e-4)
    # Their formula for the hedge ratio in coins: (3/2 c S Gamma^2 / a)^(1/3).
    assert said / 2000.0 == pytest.approx((1.5 * cost * 2000.0 * (gamma / 2000.0**2) ** 2 / aversion) ** (1 / 3))


def test_without_gamma_nothing_is_traded():
    assert band_half_width(0.0, 0.001, 1e-5) == 0.0
    assert rehedged_in_band(0.0, 0.8, 0.001, 0.0).turnover_usd_per_year == 0.0
    assert rehedged_every(0.0, 0.8, 0.001, 1 / 365).cost_usd_per_year == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: rehedged_in_band(-1.0, 0.8, 0.001, 0.0),
        lambda: rehedged_in_band(-1.0, 0.8, 0.001, -5.0),
        lambda: rehedged_every(-1.0, 0.8, 0.001, 0.0),
        lambda: rehedged_every(-1.0, -0.8, 0.001, 1.0),
        lambda: rehedged_every(math.nan, 0.8, 0.001, 1.0),
        lambda: band_half_width(-1.0, 5.0, 1e-5),
        lambda: band_half_width(-1.0, 0.001, 0.0),
    ],
)
def test_inputs_that_cannot_be_are_refused(call):
    with pytest.raises(DomainError):
        call()
