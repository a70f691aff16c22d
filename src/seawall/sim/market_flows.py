"""What a market is forced to trade by moves of given sizes, loop off: a block beside the ledger, in nobody's P&L."""

from typing import Final, NamedTuple

import numpy as np

from seawall.kernels.cascade import Flow
from seawall.sim.cascade_case import CascadeMarket

MOVES: Final = (-0.10, -0.05, -0.01, 0.01, 0.05, 0.10)


class FlowRow(NamedTuple):
    """One component of one case: dollars at today's price traded on the way to each of ``MOVES``; sold < 0."""

    name: str
    case: str
    usd: tuple[float, ...]


def market_flows(market: CascadeMarket) -> tuple[FlowRow, ...]:
    """Every component of every case; what does not differ between cases stands once."""
    rows: dict[tuple[str, tuple[float, ...]], FlowRow] = {}
    for name, case in market.cases.items():
        flows = case.flows()
        for i, component in enumerate(flows.names):
            usd = tuple(case.start * units_between(flows.flow, i, case.start, case.start * (1.0 + m)) for m in MOVES)
            label = name if len(market.cases) > 1 and i == 0 else ""
            rows.setdefault((component, usd), FlowRow(component, label, usd))
    return tuple(rows.values())


def units_between(flow: Flow, component: int, start: float, stop: float) -> float:
    """Signed units of a component that a move from ``start`` to ``stop`` forces: sold < 0."""
    low, high = min(start, stop), max(start, stop)
    side = 1.0 if stop > start else -1.0
    inside = np.clip(flow.edges, low, high)
    smooth = float(flow.density[component] @ np.diff(inside)) if flow.edges.size else 0.0
    met = (flow.component == component) & (flow.at >= low) & (flow.at <= high)
    return side * (smooth + float(flow.units[met].sum()))
