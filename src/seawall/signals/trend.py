"""Trend signals: RSI of the VIX term-structure slope (M05) and MACD of VVIX (M01)."""

from typing import Final

import numpy as np

from seawall.kernels.filters import flat, macd, rsi
from seawall.signals.base import Array, Columns, Computed, Mask, Prior, Signal

RSI_WINDOW: Final = 14
MACD_FAST: Final = 12
MACD_SLOW: Final = 26
MACD_SMOOTH: Final = 9


def _never_moved(x: Array) -> Mask:
    """True up to the first observation that differs from the first one."""
    seen = x[~np.isnan(x)]
    if not seen.size:
        return np.zeros(x.size, dtype=np.bool_)
    return np.logical_and.accumulate(np.isnan(x) | (x == seen[0]))


def _rsi_of_slope(columns: Columns) -> Computed:
    vix, three_months = columns["VIX"], columns["VIX3M"]
    slope = vix / three_months
    first, second = rsi(slope, RSI_WINDOW), rsi(vix, RSI_WINDOW)
    swapped = np.isnan(first)
    at_rest = np.where(swapped, _never_moved(vix), _never_moved(slope)) & ~np.isnan(second)
    return Computed(np.where(swapped, second, first), swapped & ~np.isnan(second), at_rest)


def _macd_of_vvix(columns: Columns) -> Computed:
    first, second = (_histogram(np.log(columns[name])) for name in ("VVIX", "VIX"))
    swapped = np.isnan(first)
    at_rest = flat(np.where(swapped, columns["VIX"], columns["VVIX"]), MACD_SLOW + MACD_SMOOTH - 1)
    return Computed(np.where(swapped, second, first), swapped & ~np.isnan(second), at_rest)


def _histogram(x: Array) -> Array:
    line, signal = macd(x, MACD_FAST, MACD_SLOW, MACD_SMOOTH)
    return line - signal


def votes(histogram: Array) -> Array:
    """Side of the MACD line on its signal line: +1 above, -1 below, 0 on it or unknown; shape (n,)."""
    return np.nan_to_num(np.sign(histogram))


RSI_SLOPE: Final = Signal(
    id="M05",
    name="RSI(14) of VIX/VIX3M",
    inputs=("VIX",),
    optional=("VIX3M",),
    lookback=RSI_WINDOW + 1,
    unit="0..100",
    source="Wilder 1978 on the slope of Johnson JFQA 2017; METHOD M05",
    prior=Prior.SUPPORTED,
    formula=_rsi_of_slope,
    substitute="RSI(14) of VIX: VIX3M was not observed over its lookback",
)

MACD_VVIX: Final = Signal(
    id="M01",
    name="MACD(12,26,9) of ln VVIX: line minus signal",
    inputs=("VIX",),
    optional=("VVIX",),
    lookback=MACD_SLOW + MACD_SMOOTH - 1,
    unit="ln points",
    source="Appel's MACD; level of VVIX: Park JFM 2015; METHOD M01",
    prior=Prior.AGAINST,
    formula=_macd_of_vvix,
    substitute="MACD(12,26,9) of ln VIX: VVIX was not observed over its lookback",
)
