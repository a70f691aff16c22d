"""Where shocks run away: the same shock over leverage, depth and dealers' gamma, one market otherwise unchanged."""

from typing import Final, NamedTuple

import numpy as np

from seawall.core.units import PERCENT
from seawall.instruments.forced_flow import Hedging, forced_flow
from seawall.instruments.liquidations_model import book_at_spot, leverages
from seawall.kernels.cascade import cascade
from seawall.sim.cascade_case import CascadeCase
from seawall.sim.waterfall_state import Array

MEDIANS: Final = (3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.5, 15.0, 20.0, 25.0)
DEPTHS: Final = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
GAMMAS: Final = (-0.2, 0.0, 0.2)
"""Dealers' dollars of delta per 1 %, as a share of the dollars that move the price 1 % today; < 0 amplifies."""
SHOCKS: Final = (-0.05, -0.10, -0.20)
WIDEST: Final = (1e-6, 5.0)
"""Shares of spot between which dealers hedge."""
MOST: Final = 50.0
"""Largest leverage of a modelled crowd."""


class RunawayMap(NamedTuple):
    """``distance`` (gammas, shocks, medians, depths): shock over move, 0 for a runaway. ``usd_per_pct``: of today."""

    medians: Array
    depths: Array
    gammas: Array
    shocks: Array
    usd_per_pct: float
    distance: Array


def runaway_map(case: CascadeCase) -> RunawayMap:
    """Every combination, on a modelled crowd of the size of the case's, all opened at spot; volatility as there."""
    start = case.start
    today = PERCENT * start * start / case.slope()
    units = max(float(case.book.sells.units.sum()), float(case.book.buys.units.sum()))
    medians, depths = np.array(MEDIANS), np.array(DEPTHS)
    found = np.zeros((len(GAMMAS), len(SHOCKS), medians.size, depths.size))
    most = min(MOST, 0.99 / max(case.venue.maintenance, 1e-3))
    for m, median in enumerate(MEDIANS):
        book = book_at_spot("map", start, units, leverages(median, most), case.venue.maintenance)
        for g, gamma in enumerate(GAMMAS):
            flows = forced_flow(book, {"dealers": _constant(gamma * today, start)}, case.pools, damping=True).flow
            for d, times in enumerate(DEPTHS):
                terms = case.terms()._replace(impact=case.slope() / times)
                for s, shock in enumerate(SHOCKS):
                    run = cascade(start, abs(shock) * start, float(np.sign(shock)), flows, terms)
                    found[g, s, m, d] = 0.0 if run.unmet > 0.0 else abs(shock) * start / run.move
    return RunawayMap(medians, depths, np.array(GAMMAS), np.array(SHOCKS), today, found)


def _constant(usd_per_pct: float, start: float) -> Hedging:
    """Dealers of the same dollars per 1 % everywhere: units per unit of price fall with the square of price."""
    edges = start * np.geomspace(*WIDEST, 401)
    middle = 0.5 * (edges[:-1] + edges[1:])
    return Hedging(edges, -usd_per_pct / (PERCENT * middle**2))
