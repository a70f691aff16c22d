"""Half of the bid-ask spread of an option where no quote was observed: a power law read off end-of-day chains.

    half = forward * base * (delta / .20)^a * (days / 30)^b * (vol / centre)^c,   at least half a tick

``delta`` is the size of the out-of-the-money side's delta. Fitted by ``scripts/derive_spreads.py`` to SPX chains of
June and July 2022, February 2023 and June 2026 and VIX chains of June 2026; ``docs/modelled.md`` prints the errors.
Spreads before then were wider: run costs at a multiple.
"""

from typing import Final, NamedTuple

from seawall.kernels.compiled import compiled


class Spread(NamedTuple):
    """``base``: over the forward at 20 delta, 30 days and ``centre`` vol; three powers; ticks below and from 3.00."""

    base: float
    by_delta: float
    by_days: float
    by_vol: float
    centre: float
    tick_low: float
    tick_high: float


SPX_SPREAD: Final = Spread(0.60e-4, 0.51, 0.27, 0.57, 0.20, 0.05, 0.10)
VIX_SPREAD: Final = Spread(27.6e-4, 0.38, -0.10, 0.18, 1.00, 0.01, 0.05)
TICK_CHANGE: Final = 3.0
HELD_DELTA: Final = (0.02, 0.60)
HELD_DAYS: Final = (2.0, 200.0)
"""Outside these the spread is that of the end: no quote there was used."""


@compiled
def half_spread(of: Spread, forward: float, delta: float, years: float, vol: float, mid: float) -> float:
    """Half-spread in points of an option worth ``mid``; never below half a tick.

    ``delta``: its size, 0 to 1; above .6 it is folded to 1 - delta. Whoever sells takes the smaller of this and
    ``mid``: no sale fetches less than nothing.
    """
    size = min(max(min(delta, 1.0 - delta) if delta > HELD_DELTA[1] else delta, HELD_DELTA[0]), HELD_DELTA[1])
    days = min(max(years * 365.0, HELD_DAYS[0]), HELD_DAYS[1])
    wide = of.base * (size / 0.2) ** of.by_delta * (days / 30.0) ** of.by_days * (vol / of.centre) ** of.by_vol
    tick = of.tick_low if mid < TICK_CHANGE else of.tick_high
    return float(max(forward * wide, 0.5 * tick))
