"""The four-state machine: a path of states out of a path of market inputs (METHOD 7.2).

At most one transition a session, the more severe first. Upgrades are immediate; a downgrade waits until its
condition has held for three sessions after the state was entered. A comparison with an unknown (NaN) input
is false.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

CALM: Final = 0
ONSET: Final = 1
SPIKE: Final = 2
EXHAUST: Final = 3

STAY: Final = 0
ONSET_BY_COUNT: Final = 1
SPIKE_BY_LEVEL: Final = 2
SPIKE_BY_SLOPE: Final = 3
AGAIN_BY_HIGH: Final = 4
AGAIN_BY_SLOPE: Final = 5
EXHAUST_BY_RSI: Final = 6
CALM_FROM_ONSET: Final = 7
CALM_FROM_EXHAUST: Final = 8
CALM_BY_TIME: Final = 9
CALM_FROM_SPIKE: Final = 10

ONSET_COUNT: Final = 2
SPIKE_VIX: Final = 30.0
SPIKE_SLOPE: Final = 1.1
FLAT_SLOPE: Final = 1.0
CALM_SLOPE: Final = 0.95
CALM_VIX: Final = 20.0
RSI_HIGH: Final = 70.0
CROSS_WITHIN: Final = 20
DOWNGRADE_SESSIONS: Final = 3
EXHAUST_SESSIONS: Final = 21


@compiled
def _from_exhaust(vix: float, slope: float, high: float, dipped: bool, calm_run: int, age: int) -> int:
    if vix > high:
        return AGAIN_BY_HIGH
    if slope > SPIKE_SLOPE and dipped:
        return AGAIN_BY_SLOPE
    if calm_run >= DOWNGRADE_SESSIONS:
        return CALM_FROM_EXHAUST
    return CALM_BY_TIME if age >= EXHAUST_SESSIONS else STAY


@compiled
def _from_quiet(state: int, vix: float, slope: float, count: int, calm_run: int) -> int:
    if vix > SPIKE_VIX:
        return SPIKE_BY_LEVEL
    if slope > SPIKE_SLOPE:
        return SPIKE_BY_SLOPE
    if state == CALM:
        return ONSET_BY_COUNT if count >= ONSET_COUNT else STAY
    return CALM_FROM_ONSET if calm_run >= DOWNGRADE_SESSIONS else STAY


@compiled
def _calm_condition(state: int, vix: float, slope: float, count: int) -> bool:
    if state == ONSET:
        return count < ONSET_COUNT
    if state == SPIKE:
        return vix < CALM_VIX and slope < CALM_SLOPE
    return slope < CALM_SLOPE and count < ONSET_COUNT


@compiled
def _target(rule: int) -> int:
    if rule == ONSET_BY_COUNT:
        return ONSET
    if SPIKE_BY_LEVEL <= rule <= AGAIN_BY_SLOPE:
        return SPIKE
    return EXHAUST if rule == EXHAUST_BY_RSI else CALM


@compiled
def regime_path(
    vix: NDArray[np.float64],
    slope: NDArray[np.float64],
    rsi: NDArray[np.float64],
    count: NDArray[np.int64],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """State and rule of every session, both int8 of shape (n,); the session before the first one was CALM.

    ``vix``: closes in points; ``slope``: VIX/VIX3M; ``rsi``: RSI14 of the slope, NaN where unknown;
    ``count``: triggers that fired. A spike condition is VIX > 30 or slope > 1.1. The episode high is the
    highest VIX since SPIKE was entered from CALM or ONSET. The slope counts as "back above 1.1" once it was
    below 1.0 in the same EXHAUST.
    """
    states = np.empty(vix.size, dtype=np.int8)
    rules = np.empty(vix.size, dtype=np.int8)
    state, entered, last_spike = CALM, 0, -CROSS_WITHIN - 1
    calm_run, high, dipped = 0, 0.0, False
    last_rsi = math.nan
    for t in range(vix.size):
        calm_run = calm_run + 1 if _calm_condition(state, vix[t], slope[t], count[t]) else 0
        if vix[t] > SPIKE_VIX or slope[t] > SPIKE_SLOPE:
            last_spike = t
        rule = STAY
        if state == EXHAUST:
            rule = _from_exhaust(vix[t], slope[t], high, dipped, calm_run, t - entered)
        elif state == SPIKE:
            crossed = last_rsi >= RSI_HIGH and rsi[t] < RSI_HIGH
            if crossed and t - last_spike <= CROSS_WITHIN:
                rule = EXHAUST_BY_RSI
            elif calm_run >= DOWNGRADE_SESSIONS:
                rule = CALM_FROM_SPIKE
        else:
            rule = _from_quiet(state, vix[t], slope[t], count[t], calm_run)
        if rule != STAY:
            if state < SPIKE:
                high = vix[t]
            state, entered, calm_run, dipped = _target(rule), t, 0, False
        high = max(high, vix[t])
        dipped = dipped or (state == EXHAUST and slope[t] < FLAT_SLOPE)
        last_rsi = rsi[t]
        states[t], rules[t] = state, rule
    return states, rules
