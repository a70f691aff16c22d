"""Volatility signals: term-structure slope, realised against implied, VIX bands."""

from enum import IntEnum
from typing import Final

import numpy as np

from seawall.core.datum import Origin
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.filters import flat, realised_vol
from seawall.kernels.modelled import index_level
from seawall.market.curve import vix_anchor
from seawall.signals.contract import Array, Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.formulas import log_returns

VIX3M_YEARS: Final = 93.0 / 365.0
RV_WINDOW: Final = 5
BAND_EDGES: Final = (15.0, 20.0, 30.0)
SPIKE_LEVEL: Final = 30.0
SPIKE_JUMP: Final = 5.0


class VixBand(IntEnum):
    """Level bands of VIX (M10)."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    STRESS = 3


def modelled_vix3m(vix: Array) -> Array:
    """VIX3M in points where only VIX was observed: ``kernels.modelled.index_level`` at 93 days, shape (n,).

    ``vix``: closes in points, oldest first, no gaps. Raises ``DomainError`` for a close that is not positive.
    """
    anchor = vix_anchor(vix)
    levels = (index_level(level, back, VIX3M_YEARS) for level, back in zip(vix, anchor, strict=True))
    return np.fromiter(levels, dtype=np.float64, count=vix.size)


def _slope(columns: Columns) -> Computed:
    vix, three_months = columns["VIX"], columns["VIX3M"]
    swapped = np.isnan(three_months)
    level = np.where(swapped, modelled_vix3m(vix), three_months) if swapped.any() else three_months
    return Computed(vix / level, swapped, np.zeros(vix.size, dtype=np.bool_))


def _rv5(columns: Columns) -> Computed:
    close = columns["SPX"]
    returns = log_returns(close)
    return Computed(
        realised_vol(returns, RV_WINDOW, SESSIONS_PER_YEAR),
        np.zeros(close.size, dtype=np.bool_),
        flat(close, RV_WINDOW + 1),
    )


def _realised_over_implied(columns: Columns) -> Computed:
    realised = _rv5(columns)
    return realised._replace(values=realised.values - columns["VIX"] / 100.0)


def _band(columns: Columns) -> Computed:
    vix = columns["VIX"]
    low, normal, high = BAND_EDGES
    band = (vix >= low).astype(np.float64) + (vix > normal) + (vix > high)
    return plain(np.where(np.isnan(vix), np.nan, band))


def _spike(columns: Columns) -> Computed:
    vix = columns["VIX"]
    change = np.full(vix.size, np.nan)
    change[1:] = np.diff(vix)
    fired = ((vix > SPIKE_LEVEL) | (change >= SPIKE_JUMP)).astype(np.float64)
    unknown = np.isnan(vix) | (np.isnan(change) & (vix <= SPIKE_LEVEL))
    return plain(np.where(unknown, np.nan, fired))


SLOPE: Final = Signal(
    id="SLOPE",
    name="VIX/VIX3M",
    family=Family.VOL,
    inputs=("VIX",),
    optional=("VIX3M",),
    lookback=1,
    unit="ratio",
    source="Johnson JFQA 2017; METHOD 3.4, 7.2",
    prior=Prior.SUPPORTED,
    compute=_slope,
    formula="VIX divided by VIX3M",
    would_do="Above .95 and rising counts as trigger t1; above 1.1 is a spike.",
    substitute="VIX3M modelled from VIX (mean reversion, kernels.modelled.index_level at 93 days)",
    substitute_origin=Origin.MODELLED,
    core=True,
)

RV5: Final = Signal(
    id="RV5",
    name="Realised volatility of SPX over 5 sessions",
    family=Family.VOL,
    inputs=("SPX",),
    lookback=RV_WINDOW + 1,
    unit="per sqrt(year)",
    source="close to close, 252 sessions, no mean; METHOD 1.9",
    prior=Prior.UNKNOWN,
    compute=_rv5,
    formula="root of 252/5 times the sum of the last five squared log returns of SPX",
    would_do="Compared with VIX: see RV5_OVER_VIX.",
    core=True,
)

RV5_OVER_VIX: Final = Signal(
    id="RV5_OVER_VIX",
    name="Realised over implied: RV5 - VIX/100",
    family=Family.VOL,
    inputs=("SPX", "VIX"),
    lookback=RV_WINDOW + 1,
    unit="per sqrt(year)",
    source="METHOD 7.2, trigger t4",
    prior=Prior.SUPPORTED,
    compute=_realised_over_implied,
    formula="RV5 less VIX/100",
    would_do="Above zero counts as trigger t4: volatility is delivered faster than it is paid for.",
    core=True,
    sides=("implied above realised", "realised above implied"),
)

VIX_BAND: Final = Signal(
    id="M10",
    name="VIX band: 0 < 15, 1 up to 20, 2 up to 30, 3 above",
    family=Family.VOL,
    inputs=("VIX",),
    lookback=1,
    unit="band",
    source="METHOD M10; days since 1990: 32, 31, 37 %, of which above 30 8 %",
    prior=Prior.UNKNOWN,
    compute=_band,
    formula="0 below 15, 1 to 20, 2 to 30, 3 above",
    would_do="Above 30 is a spike; below 15 would refresh the deep layers.",
    core=True,
)

VIX_SPIKE: Final = Signal(
    id="M10.SPIKE",
    name="VIX spike: above 30 or up 5 points in a session",
    family=Family.VOL,
    inputs=("VIX",),
    lookback=2,
    unit="0 or 1",
    source="METHOD M10",
    prior=Prior.UNKNOWN,
    compute=_spike,
    formula="1 if VIX closes above 30 or 5 points above the session before",
    would_do="Would stop new condors and let the near VIX calls be sold in thirds.",
    core=True,
)

VOL: Final = (SLOPE, RV5, RV5_OVER_VIX, VIX_BAND, VIX_SPIKE)
