"""Momentum signals: RSI of VX1/VX2 and of SPX, divergences of price and RSI (M06), distances from the norm (M07)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.kernels.filters import rsi, zscore
from seawall.kernels.peaks import divergence
from seawall.signals.contract import Carried, Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.trend import (
    HELD_DAYS,
    MACD_ROWS,
    MACD_VVIX,
    RSI_SLOPE,
    RSI_WINDOW,
    macd_of_vvix,
    rsi_computed,
    rsi_of,
    rsi_of_slope,
)

NORM_WINDOW: Final = 252
PEAK_WINDOW: Final = 61
PEAK_APART: Final = 20


def _rsi_of_ratio(upper: str, lower: str) -> Callable[[Columns], Computed]:
    return lambda columns: rsi_computed(columns[upper] / columns[lower])


def _divergence(sign: float) -> Callable[[Columns], Computed]:
    def compute(columns: Columns) -> Computed:
        price = columns["SPX"]
        return plain(divergence(sign * np.log(price), sign * rsi(price, RSI_WINDOW), PEAK_WINDOW, PEAK_APART))

    return compute


def _z_of_rsi(columns: Columns) -> Computed:
    return plain(zscore(rsi_of_slope(columns).values, NORM_WINDOW))


def _z_of_macd(columns: Columns) -> Computed:
    return plain(zscore(macd_of_vvix(columns).values, NORM_WINDOW))


def _progressive(columns: Columns) -> Computed:
    z = 0.5 * (columns["M07.RSI"] + columns["M07.MACD"])
    # a scale between nothing and everything is the rule itself, not a repair of the data
    return plain(np.round(4.0 * np.clip(0.5 * (z - 1.0), 0.0, 1.0)) / 4.0)


RSI_VX: Final = replace(
    RSI_SLOPE,
    id="M05.VX",
    name="RSI(14) of VX1/VX2",
    inputs=("VX1", "VX2"),
    optional=(),
    compute=_rsi_of_ratio("VX1", "VX2"),
    formula="Wilder's RSI over 14 sessions of the first VIX future divided by the second",
    would_do="Like M05, where the futures are trusted more than the indices.",
    substitute="",
    core=False,
)

RSI_SPX: Final = Signal(
    id="M06.RSI",
    name="RSI(14) of SPX",
    family=Family.TREND,
    inputs=("SPX",),
    lookback=RSI_WINDOW + 1,
    unit="0..100",
    source="Wilder 1978; METHOD M06",
    prior=Prior.NULL,
    compute=rsi_of("SPX"),
    formula="Wilder's RSI over 14 sessions of the SPX close",
    would_do="Below 30 would stop new put spreads, above 70 new call spreads.",
    parameters=(("window", RSI_WINDOW),),
)

_PEAKS: Final = (("window", PEAK_WINDOW), ("apart", PEAK_APART), ("prominence_sd", 1.0))

DIVERGENCE_HIGH: Final = Signal(
    id="M06",
    name="SPX higher high on a lower RSI",
    family=Family.TREND,
    inputs=("SPX",),
    lookback=PEAK_WINDOW + RSI_WINDOW,
    unit="0 or 1",
    source="METHOD M06; peaks by prominence",
    prior=Prior.NULL,
    compute=_divergence(1.0),
    formula="within 61 sessions the last peak of SPX, at least 1 sd prominent, is higher than one 20 or more sessions "
    "before, and RSI(14) there is lower",
    would_do="Shown beside the hedge's break-even: would bring the purchase of the next layer forward.",
    parameters=_PEAKS,
)

DIVERGENCE_LOW: Final = replace(
    DIVERGENCE_HIGH,
    id="M06.LOW",
    name="SPX lower low on a higher RSI",
    compute=_divergence(-1.0),
    formula="within 61 sessions the last trough of SPX, at least 1 sd prominent, is lower than one 20 or more sessions "
    "before, and RSI(14) there is higher",
    would_do="Would sell part of the near VIX calls.",
)

Z_RSI: Final = replace(
    RSI_SLOPE,
    id="M07.RSI",
    name="RSI of the slope against its norm",
    lookback=RSI_WINDOW + NORM_WINDOW,
    unit="sd",
    source="METHOD M07",
    prior=Prior.NULL,
    compute=_z_of_rsi,
    formula="z over 252 sessions of M05",
    would_do="Half of the composite z that scales layers two and three (M07).",
    parameters=(("window", NORM_WINDOW),),
    core=False,
)

Z_MACD: Final = replace(
    MACD_VVIX,
    id="M07.MACD",
    name="MACD of VVIX against its norm",
    lookback=MACD_ROWS + NORM_WINDOW - 1,
    unit="sd",
    source="METHOD M07",
    prior=Prior.NULL,
    compute=_z_of_macd,
    formula="z over 252 sessions of M01",
    would_do="Half of the composite z that scales layers two and three (M07).",
    parameters=(("window", NORM_WINDOW),),
    seed=False,
)

PROGRESSIVE: Final = Signal(
    id="M07",
    name="Progressive scale of the deep layers",
    family=Family.TREND,
    inputs=("VIX",),
    carried=(Carried("M07.RSI", HELD_DAYS, signal=Z_RSI), Carried("M07.MACD", HELD_DAYS, signal=Z_MACD)),
    lookback=MACD_ROWS + NORM_WINDOW - 1,
    unit="0..1",
    source="METHOD M07, 7.2 progressive scale",
    prior=Prior.NULL,
    compute=_progressive,
    formula="(z - 1)/2 held between 0 and 1 and rounded to quarters, z the mean of M07.RSI and M07.MACD",
    would_do="Multiplies the size of layers two and three.",
    seed=True,
)

MOMENTUM: Final = (RSI_VX, RSI_SPX, DIVERGENCE_HIGH, DIVERGENCE_LOW, Z_RSI, Z_MACD, PROGRESSIVE)
