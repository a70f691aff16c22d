"""Breadth: the advance-decline line, McClellan, shares above an average, and divergence from the price (M09)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from seawall.kernels.filters import ema
from seawall.kernels.peaks import age_of_high
from seawall.kernels.regress import rolling_slope
from seawall.signals.contract import Array, Columns, Computed, Family, Mask, Prior, Signal, plain
from seawall.signals.formulas import level

WINDOW: Final = 60
OLD_HIGH: Final = 10
FAST: Final = 19
SLOW: Final = 39

_breadth = partial(
    Signal, family=Family.BREADTH, prior=Prior.NULL, source="Fang-Qin-Jacobsen JBEF 2014: none of 93; METHOD M09"
)


def advances(columns: Columns) -> Array:
    """Advancers less decliners."""
    return columns["ADVANCERS"] - columns["DECLINERS"]


def running_sum(x: Array) -> Array:
    """Sum of all values so far, shape (n,); unknown on a row without one, which adds nothing."""
    total = np.cumsum(np.where(np.isnan(x), 0.0, x))
    return np.where(np.isnan(x), np.nan, total)


def _line(columns: Columns) -> Computed:
    return plain(running_sum(advances(columns)))


def _mcclellan(columns: Columns) -> Computed:
    net = advances(columns)
    return plain(ema(net, FAST) - ema(net, SLOW))


def diverges(price: Array, breadth: Array) -> Array:
    """1 where price and breadth diverge (M09), shape (n,); NaN while the window is not full."""
    high, old = age_of_high(price, WINDOW), age_of_high(breadth, WINDOW)
    slopes = rolling_slope(price, WINDOW), rolling_slope(breadth, WINDOW)
    unknown = np.isnan(high) | np.isnan(old) | np.isnan(slopes[0]) | np.isnan(slopes[1])
    fired: Mask = ((high == 0.0) & (old > OLD_HIGH)) | (slopes[0] * slopes[1] < 0.0)
    return np.where(unknown, np.nan, fired)


def _divergence(columns: Columns) -> Computed:
    return plain(diverges(columns["SPX"], running_sum(advances(columns))))


def _divergence_of_share(name: str) -> Callable[[Columns], Computed]:
    """The line of a share s in percent: s above less 100 - s below, summed like advancers less decliners."""
    return lambda columns: plain(diverges(columns["SPX"], running_sum(2.0 * columns[name] - 100.0)))


AD_DIVERGENCE: Final = _breadth(
    id="M09", name="SPX and the advance-decline line diverge", inputs=("SPX", "ADVANCERS", "DECLINERS"),
    lookback=WINDOW, unit="0 or 1", compute=_divergence,
    formula="SPX at its high of 60 sessions while that of the line is over 10 sessions old, or slopes over 60 sessions "
    "of opposite sign",
    would_do="Counts as trigger t5 and in the Big Top score.",
    parameters=(("window", WINDOW), ("old", OLD_HIGH)), seed=True,
)  # fmt: skip

SHARE_DIVERGENCE: Final = replace(
    AD_DIVERGENCE, id="M09.SHARE", name="SPX and the share of members above their average diverge",
    inputs=("SPX", "SP_BREADTH"), compute=_divergence_of_share("SP_BREADTH"),
    formula="as M09, on the running sum of members above less members below a short average, percent",
    would_do="Stands in for M09 where advancers and decliners are not there.",
)  # fmt: skip

_SHARES: Final = {
    "SP_BREADTH": "Members above their short average",
    "SP_BREADTH_200": "Members above their 200-day average",
    "SP_NEW_LOW": "Members at a new low",
}

BREADTH: Final = (
    _breadth(id="M09.LINE", name="Advance-decline line", inputs=("ADVANCERS", "DECLINERS"), lookback=1, unit="issues",
             compute=_line, formula="sum so far of advancers less decliners",
             would_do="Read through M09: its level has no meaning, its highs have."),
    _breadth(id="M09.MCCLELLAN", name="McClellan oscillator", inputs=("ADVANCERS", "DECLINERS"), lookback=SLOW,
             unit="issues", compute=_mcclellan, formula="EMA19 less EMA39 of advancers less decliners",
             would_do="A cross below zero would bring the deep layers forward.",
             parameters=(("fast", FAST), ("slow", SLOW)), sides=("breadth worsening", "breadth improving")),
    AD_DIVERGENCE,
    SHARE_DIVERGENCE,
    *(_breadth(id=f"M09.{name}", name=title, inputs=(name,), lookback=1, unit="percent", compute=level(name),
               formula=f"{title.lower()}, percent", would_do="Scales the deep layers in the plug-in deep_layers.")
      for name, title in _SHARES.items()),
)  # fmt: skip
