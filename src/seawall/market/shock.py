"""Named shocks: dated facts, and parametric jumps with their rule stated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.datum import Origin
from seawall.market.state import Moves, State

LN_VIX_BETA: Final = -5.1
"""Change of ln VIX per unit of SPX log-return (daily 2016-2022, exploratory; METHOD 6, M25)."""
ETH_PER_SPX: Final = 2.5
"""ETH return per SPX return in a parametric jump: an assumption, roughly the ratio of their volatilities in stress."""


@dataclass(frozen=True, slots=True)
class Shock:
    """One instantaneous move: simple returns by asset and points of VIX."""

    name: str
    returns: Mapping[str, float]
    vix_points: float
    source: str
    origin: Origin = Origin.OBSERVED


def jump(spx: float, vix: float) -> Shock:
    """A parametric SPX jump: VIX follows its measured log beta, ETH moves by a stated multiple (METHOD 7.4)."""
    after = vix * float(np.exp(LN_VIX_BETA * np.log1p(spx)))
    eth = max(ETH_PER_SPX * spx, -0.95)
    rule = f"parametric: ln VIX beta {LN_VIX_BETA}, ETH {ETH_PER_SPX} x SPX"
    return Shock(f"jump {spx:+.0%}", {"SPX": spx, "ETH": eth}, after - vix, rule, Origin.MODELLED)


CBOE_AND_DAILY_CLOSES: Final = "S&P 500, Cboe VIX and ETH/USD daily closes"
EVENTS: Final = (
    Shock("2018-02-05", {"SPX": -0.0410, "ETH": -0.1638}, 20.01, CBOE_AND_DAILY_CLOSES),
    Shock("2020-03-12", {"SPX": -0.0951, "ETH": -0.4235}, 21.57, CBOE_AND_DAILY_CLOSES),
    Shock("2020-03-16", {"SPX": -0.1198, "ETH": -0.1167}, 24.86, CBOE_AND_DAILY_CLOSES),
    Shock("2021-05-19", {"SPX": -0.0029, "ETH": -0.2720}, 0.84, CBOE_AND_DAILY_CLOSES),
)
"""One-day moves, close to close."""

JUMPS: Final = (-0.20, -0.10, -0.05, 0.05, 0.10)


def named_shocks(state: State) -> tuple[Shock, ...]:
    """Events and jumps for this market; up-moves included, because pools and condors lose on both sides."""
    vix = 20.0 if state.vix is None else state.vix.vix.value
    return EVENTS + tuple(jump(size, vix) for size in JUMPS)


def as_moves(shocks: tuple[Shock, ...], state: State) -> Moves:
    """All shocks as one vectorised move; an asset that a shock does not name stands still."""
    returns = {name: np.array([shock.returns.get(name, 0.0) for shock in shocks]) for name in state.assets}
    return Moves(returns, {"SPX": np.array([shock.vix_points for shock in shocks])})
