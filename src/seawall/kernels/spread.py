"""Half of the bid-ask spread of an option where no quote was observed: a power law read off end-of-day chains.

    half = forward * base * (delta / .20)^a * (days / 30)^b * (vol / centre)^c,   at least half a tick

``delta`` is the size of the out-of-the-money side's delta. Fitted by ``scripts/derive_spreads.py`` to SPX chains of
June and July 2022, February 2023 and June 2026 and to the monthly expiries of VIX chains of June 2026 (weekly ones are
quoted about five times wider); ``docs/modelled.md`` prints the errors. Spreads before then, and VIX spreads in a crash,
were wider: run costs at a multiple.
"""

from typing import Final, NamedTuple

from seawall.kernels.compiled import compiled


class Spread(NamedTuple):
    """``base``: over the forward at 20 delta, 30 days and ``centre`` vol; three powers; ticks below and from 3.00.

    ``days_low``, ``days_high``: outside these tenors the spread is that of the end.
    """

    base: float
    by_delta: float
    by_days: float
    by_vol: float
    centre: float
    tick_low: float
    tick_high: float
    days_low: float
    days_high: float


SPX: Final = 0
VIX: Final = 1
"""Codes of the two option underlyings."""
SPX_SPREAD: Final = Spread(0.60e-4, 0.51, 0.27, 0.57, 0.20, 0.05, 0.10, 2.0, 200.0)
VIX_SPREAD: Final = Spread(10.2e-4, 0.34, 0.84, 0.11, 1.00, 0.01, 0.05, 25.0, 265.0)
TICK_CHANGE: Final = 3.0
HELD_DELTA: Final = (0.02, 0.60)
"""Outside these the spread is that of the end: no quote there was used."""
FUTURE_HALF_SPREAD: Final = 0.05
"""Points of a VIX future: one tick of an outright (METHOD 8.2)."""


@compiled
def half_spread(of: Spread, forward: float, delta: float, years: float, vol: float, mid: float) -> float:
    """Half-spread in points of an option worth ``mid``; never below half a tick.

    ``delta``: its size, 0 to 1; above .6 it is folded to 1 - delta. Whoever sells takes the smaller of this and
    ``mid``: no sale fetches less than nothing.
    """
    size = min(max(min(delta, 1.0 - delta) if delta > HELD_DELTA[1] else delta, HELD_DELTA[0]), HELD_DELTA[1])
    days = min(max(years * 365.0, of.days_low), of.days_high)
    wide = of.base * (size / 0.2) ** of.by_delta * (days / 30.0) ** of.by_days * (vol / of.centre) ** of.by_vol
    tick = of.tick_low if mid < TICK_CHANGE else of.tick_high
    return float(max(forward * wide, 0.5 * tick))


@compiled
def option_half(underlying: int, forward: float, delta: float, years: float, vol: float, mid: float) -> float:
    """:func:`half_spread` of an SPX (0) or VIX (1) option in points; ``delta``: its size, ``vol``: 0.20 is 20 %."""
    if underlying == VIX:
        return half_spread(VIX_SPREAD, forward, delta, years, vol, mid)
    return half_spread(SPX_SPREAD, forward, delta, years, vol, mid)
