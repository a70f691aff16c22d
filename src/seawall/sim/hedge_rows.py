"""Which positions of a book are hedges, and the layer of each."""

from typing import Final

from seawall.core.clock import years_between
from seawall.hedge.charter import Policy, vix_layers
from seawall.instruments.base import Position
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.state import State

HEDGES: Final = "hedges"
OTHER: Final = "LX"
LEAST_LOSS_USD: Final = 1.0


def is_hedge(position: Position) -> bool:
    """Whether a position counts as a hedge: of the group `hedges`, or a long VIX option or future."""
    vix = isinstance(position.instrument, VixOption | VixFuture)
    return position.group == HEDGES or (vix and position.quantity > 0.0)


def layer_of(position: Position, state: State, policy: Policy) -> str:
    """The policy's layer whose target tenor is nearest to that of a VIX hedge, LX for any other hedge."""
    if position.instrument.factor != "VIX" or not position.instrument.settles:
        return OTHER
    days = years_between(state.now, position.instrument.settles[-1]) * 365.0
    return min(vix_layers(policy), key=lambda one: abs(one.days - days)).name


def offset_ratio(hedges_usd: float, book_usd: float) -> float | None:
    """Hedge gain per dollar the rest of the book lost; None where it lost nothing (METHOD 9.1, one event)."""
    return -hedges_usd / book_usd if book_usd < -LEAST_LOSS_USD else None
