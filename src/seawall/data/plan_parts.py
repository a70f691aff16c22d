"""Parts that several kinds of a plan's programs share."""

from typing import Literal

from pydantic import FiniteFloat

from seawall.data.markets import Strict
from seawall.sim.programs import ANY_STATE, STATES, ByState

StateName = Literal["calm", "onset", "spike", "exhaust"]


class ScalePart(Strict):
    """Factor on the size by market state of the session before."""

    calm: FiniteFloat = 1.0
    onset: FiniteFloat = 1.0
    spike: FiniteFloat = 1.0
    exhaust: FiniteFloat = 1.0


def states_of(
    scale: ScalePart | None, exit_in: tuple[StateName, ...], monetise_in: tuple[StateName, ...] | None = None
) -> ByState:
    """What market states do."""
    if scale is None and not exit_in and monetise_in is None:
        return ANY_STATE
    factors = scale or ScalePart()
    sells = STATES if monetise_in is None else monetise_in
    return ByState(tuple(getattr(factors, name) for name in STATES), exit_in, sells)
