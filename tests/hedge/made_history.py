"""Histories and scenario sets small enough to know every number of."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray
from tests.worlds import NOW

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.hedge.scenario_paths import Kind
from seawall.hedge.scenarios import ScenarioSet
from seawall.market.curve import SHOCK_BETAS
from seawall.market.history import History, Series

Array = NDArray[np.float64]


def series(name: str, dates: NDArray[np.datetime64], values: Array) -> Series:
    return Series(name, dates, values, known_after_close(dates), "points", "made", Origin.SYNTHETIC)


def history(
    seed: int = 0, first: str = "2012-01-03", last: str = "2021-12-31", coins: bool = True, futures: bool = False
) -> History:
    """Random walks of SPX, VIX, and if asked ETH with funding (from 2018) and eight VIX futures."""
    rng = np.random.default_rng(seed)
    dates = sessions(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    shock = rng.standard_t(5, dates.size) * 0.008
    log_vix = np.empty(dates.size)
    log_vix[0] = np.log(18.0)
    for t in range(1, dates.size):
        log_vix[t] = log_vix[t - 1] + 0.02 * (np.log(18.0) - log_vix[t - 1]) - 4.0 * shock[t] + 0.03 * rng.normal()
    vix = np.exp(log_vix)
    parts = [series("SPX", dates, 1500.0 * np.exp(np.cumsum(shock))), series("VIX", dates, vix)]
    if coins:
        late = dates >= np.datetime64("2018-01-02")
        eth = 800.0 * np.exp(np.cumsum(1.5 * shock[late] + 0.04 * rng.standard_t(5, int(late.sum()))))
        parts += [series("ETH", dates[late], eth)]
        parts += [series("ETH_FUNDING", dates[late], 1e-4 + 5e-5 * rng.normal(size=int(late.sum())))]
    if futures:
        parts += [series(f"VX{k}", dates, 18.0 + (vix - 18.0) * 0.85**k) for k in range(1, 9)]
    return History.of(*parts)


def path_set(
    returns: dict[str, Array],
    vix_points: Array | None = None,
    funding: dict[str, Array] | None = None,
    kind: Kind = Kind.REPLAY,
    independent: float = 100.0,
) -> ScenarioSet:
    """A scenario set from explicit paths (N, H), one calendar day a step, equal probabilities."""
    count, steps = next(iter(returns.values())).shape
    points = np.zeros((count, steps)) if vix_points is None else vix_points
    return ScenarioSet(
        names=tuple(f"s{n}" for n in range(count)),
        kinds=(kind,) * count,
        weight=np.full(count, 1.0 / count),
        origin=(Origin.OBSERVED,) * count,
        returns={name: np.zeros((count, steps)) for name in ("SPX", "ETH")} | returns,
        vix_points=points,
        curve_points=points[:, :, None] * np.array(SHOCK_BETAS),
        funding=funding or {},
        days=np.arange(1.0, steps + 1.0),
        independent=independent,
        status=Status.FOUND,
        notes=(),
    )


__all__ = ["NOW", "history", "path_set", "series"]
