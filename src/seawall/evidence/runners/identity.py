"""H-01: delta-hedged P&L of a condor and of a pool on half their dollar gamma times implied less realised variance.

An identity, so it tests the code and not the market: a slope away from 1 is a defect. Paths: geometric Brownian motion,
hedged often, and the closes of the store, hedged daily. Options are marked at one volatility, so that no vega is in it.
"""

from typing import Final, NamedTuple

import numpy as np

from seawall.evidence.interval import Interval
from seawall.evidence.regression import ols
from seawall.evidence.world import Array, Fact, Look, Outcome, Picture, Runner, World, estimates, has, span, trace
from seawall.kernels.amm import v3
from seawall.kernels.black import bsm

PATHS: Final = 400
STEPS: Final = 21 * 26
"""A month of sessions in quarter hours."""
MONTH: Final = 21
YEAR: Final = 252.0
TENOR: Final = 45.0 / 365.0
IMPLIED: Final = 0.18
COIN_VOL: Final = 0.80
RANGE: Final = 1.5
CONDOR: Final = ((0.91, -1.0, 1.0), (0.95, -1.0, -1.0), (1.05, 1.0, -1.0), (1.09, 1.0, 1.0))
"""Strike over the start, side of the option (call 1, put -1), contracts."""


class Hedged(NamedTuple):
    """Delta-hedged P&L of each path over a month, and what the identity says, (paths,), shares of the start."""

    pnl: Array
    predicted: Array


def condor_hedged(prices: Array, years: float, implied: float) -> Hedged:
    """A short iron condor, hedged at each row of ``prices``, (rows, paths); a row is ``years`` of time."""
    scaled = prices / prices[0]
    rows, paths = scaled.shape
    left = TENOR - years * np.arange(rows)[:, None] * np.ones(paths)
    value, delta, gamma = np.zeros_like(scaled), np.zeros_like(scaled), np.zeros_like(scaled)
    for strike, side, count in CONDOR:
        greeks = bsm(scaled, np.full_like(scaled, strike), left, implied, 0.0, 0.0, side)
        value += count * greeks.price
        delta += count * greeks.delta
        gamma += count * greeks.gamma
    moved = np.diff(scaled, axis=0)
    pnl = (np.diff(value, axis=0) - delta[:-1] * moved).sum(axis=0)
    dollar = gamma[:-1] * scaled[:-1] ** 2
    squared = (moved / scaled[:-1]) ** 2
    return Hedged(pnl, (0.5 * dollar * (squared - implied**2 * years)).sum(axis=0))


def pool_hedged(prices: Array) -> Hedged:
    """A pool over a range around the start, hedged at each row; without fees it pays half its dollar gamma times RV."""
    scaled = prices / prices[0]
    pool = v3(scaled, 1.0, 1.0 / RANGE, RANGE)
    start = pool.value[0]
    moved = np.diff(scaled, axis=0)
    pnl = (np.diff(pool.value, axis=0) - pool.base[:-1] * moved).sum(axis=0) / start
    squared = moved**2
    return Hedged(pnl, -(0.5 * pool.density[:-1] * squared).sum(axis=0) / start)


def brownian(vol: Array, years: float, rows: int, seed: int) -> Array:
    """Prices from 1, (rows + 1, paths), without drift; ``vol``: of each path, so that RV and IV differ."""
    shocks = np.random.default_rng(seed).standard_normal((rows, vol.size)) * vol * np.sqrt(years)
    return np.asarray(np.exp(np.vstack([np.zeros(vol.size), np.cumsum(shocks - 0.5 * vol**2 * years, axis=0)])))


def months_of(level: Array) -> Array:
    """Back-to-back months of closes, (22, months)."""
    count = (level.size - 1) // MONTH
    return np.stack([level[i * MONTH : (i + 1) * MONTH + 1] for i in range(count)], axis=1)


def _slope(found: Hedged, level: float) -> Interval:
    return ols(found.pnl, {"half dollar gamma times variance": found.predicted}, level=level).coefficients[1].interval


def run(world: World) -> Outcome:
    """The slope that is farthest from 1, of condor and pool on simulated paths; on real closes beside it."""
    rng = np.random.default_rng(world.plan.seed)
    step = MONTH / YEAR / STEPS
    index = brownian(IMPLIED * rng.uniform(0.4, 1.6, PATHS), step, STEPS, world.plan.seed)
    coin = brownian(COIN_VOL * rng.uniform(0.4, 1.6, PATHS), step, STEPS, world.plan.seed + 1)
    found = {"condor, simulated": condor_hedged(index, step, IMPLIED), "pool, simulated": pool_hedged(coin)}
    first = last = None
    real = {}
    if has(world.history, "SPX"):
        spx = world.history.get("SPX")
        first, last = span(spx.dates)
        real["condor on SPX closes, hedged daily"] = condor_hedged(months_of(spx.values), 1.0 / YEAR, IMPLIED)
    if has(world.history, "ETH"):
        real["pool on ETH closes, hedged daily"] = pool_hedged(months_of(world.history.get("ETH").values))
    rows = {name: _slope(one, world.plan.level) for name, one in {**found, **real}.items()}
    worst = max((rows[name] for name in found), key=lambda one: abs(one.estimate - 1.0))
    shown = [trace(name, one.predicted, one.pnl) for name, one in found.items()]
    return Outcome(
        effect=worst.estimate,
        unit="slope",
        interval=worst,
        n=worst.n,
        counted="simulated months, hedged every quarter hour",
        first=first,
        last=last,
        modelled=1.0,
        synthetic=True,
        trials=len(rows),
        pictures=(
            Picture(Look.INTERVALS, "Slope of hedged P&L on the identity", "An identity: away from 1 is a defect, or "
                    "hedging too seldom for the higher orders to vanish.", "", "slope",
                    (estimates("slope", rows),), 1.0),
            Picture(Look.POINTS, "Simulated months", "Each point is one month; the identity is the diagonal.",
                    "half dollar gamma times implied less realised variance", "hedged P&L, share of the start",
                    tuple(shown)),
        ),
        facts=tuple(Fact(name, one.says()) for name, one in rows.items()),
        notes=(
            "the verdict is on the simulated paths, on the slope farthest from 1: it tests the code, not the market",
            "real closes, hedged once a day, keep the third order of large days: their slopes are shown, not judged",
            f"options marked at a constant {IMPLIED:.0%}, so that no vega is in it; the pool has a range of x or / "
            f"{RANGE:g} and no fees",
        ),
    )  # fmt: skip


RUNNER: Final = Runner("H-01", run)
