"""Trend signals: MACD at several time frames (M01-M03) and RSI of the VIX term-structure slope (M05)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.kernels.filters import flat, macd, rsi
from seawall.signals.align import Bars
from seawall.signals.contract import Array, Carried, Columns, Computed, Family, Mask, Prior, Signal, plain

RSI_WINDOW: Final = 14
MACD_FAST: Final = 12
MACD_SLOW: Final = 26
MACD_SMOOTH: Final = 9
MACD_ROWS: Final = MACD_SLOW + MACD_SMOOTH - 1
HELD_DAYS: Final = 5
BILLION: Final = 1e9

_MACD: Final = (("fast", MACD_FAST), ("slow", MACD_SLOW), ("smooth", MACD_SMOOTH))
_FRAMES: Final = ((Bars.DAY, "", ""), (Bars.WEEK, ".W", ", closed weeks"), (Bars.MONTH, ".M", ", closed months"))


def _never_moved(x: Array) -> Mask:
    """True up to the first observation that differs from the first one."""
    seen = x[~np.isnan(x)]
    if not seen.size:
        return np.zeros(x.size, dtype=np.bool_)
    return np.logical_and.accumulate(np.isnan(x) | (x == seen[0]))


def rsi_computed(x: Array) -> Computed:
    """RSI(14) of a column; at rest until it first moves."""
    values = rsi(x, RSI_WINDOW)
    return Computed(values, np.zeros(x.size, dtype=np.bool_), _never_moved(x) & ~np.isnan(values))


def rsi_of(name: str) -> Callable[[Columns], Computed]:
    """RSI(14) of a level."""
    return lambda columns: rsi_computed(columns[name])


def rsi_of_slope(columns: Columns) -> Computed:
    """RSI of VIX/VIX3M, of VIX where VIX3M was not observed over the lookback."""
    vix, three_months = columns["VIX"], columns["VIX3M"]
    first, second = rsi_computed(vix / three_months), rsi_computed(vix)
    swapped = np.isnan(first.values)
    at_rest = np.where(swapped, second.flat, _never_moved(vix / three_months)) & ~np.isnan(second.values)
    return Computed(np.where(swapped, second.values, first.values), swapped & ~np.isnan(second.values), at_rest)


def macd_of_vvix(columns: Columns) -> Computed:
    """MACD histogram of ln VVIX, of ln VIX where VVIX was not observed over the lookback."""
    first, second = (_histogram(np.log(columns[name])) for name in ("VVIX", "VIX"))
    swapped = np.isnan(first)
    at_rest = flat(np.where(swapped, columns["VIX"], columns["VVIX"]), MACD_ROWS)
    return Computed(np.where(swapped, second, first), swapped & ~np.isnan(second), at_rest)


def _histogram(x: Array) -> Array:
    line, signal = macd(x, MACD_FAST, MACD_SLOW, MACD_SMOOTH)
    return line - signal


def _macd_of(name: str) -> Callable[[Columns], Computed]:
    """MACD of the logarithm of a level; of GEX, which has a sign, in billions of dollars."""

    def compute(columns: Columns) -> Computed:
        x = columns[name]
        values = _histogram(x / BILLION if name == "GEX" else np.log(x))
        return Computed(values, np.zeros(x.size, dtype=np.bool_), flat(x, MACD_ROWS))

    return compute


def votes(histogram: Array) -> Array:
    """Side of the MACD line on its signal line: +1 above, -1 below, 0 on it or unknown; shape (n,)."""
    return np.nan_to_num(np.sign(histogram))


def _sum_of_votes(columns: Columns) -> Computed:
    parts = [columns[part.name] for part in _VOTERS]
    total = np.sum([votes(part) for part in parts], axis=0)
    return plain(np.where(np.any(np.isnan(parts), axis=0), np.nan, total))


RSI_SLOPE: Final = Signal(
    id="M05",
    name="RSI(14) of VIX/VIX3M",
    family=Family.TREND,
    inputs=("VIX",),
    optional=("VIX3M",),
    lookback=RSI_WINDOW + 1,
    unit="0..100",
    source="Wilder 1978 on the slope of Johnson JFQA 2017; METHOD M05",
    prior=Prior.SUPPORTED,
    compute=rsi_of_slope,
    formula="Wilder's RSI over 14 sessions of VIX divided by VIX3M",
    would_do="A fall from 70 or more to below 70 ends a spike: sell the near VIX calls, re-enter the condor narrower.",
    parameters=(("window", RSI_WINDOW),),
    substitute="RSI(14) of VIX: VIX3M was not observed over its lookback",
    core=True,
)

MACD_VVIX: Final = Signal(
    id="M01",
    name="MACD(12,26,9) of ln VVIX: line minus signal",
    family=Family.TREND,
    inputs=("VIX",),
    optional=("VVIX",),
    lookback=MACD_ROWS,
    unit="ln points",
    source="Appel's MACD; level of VVIX: Park JFM 2015; METHOD M01",
    prior=Prior.AGAINST,
    compute=macd_of_vvix,
    formula="EMA12 - EMA26 of ln VVIX, less its own EMA9; the vote is the sign",
    would_do="A cross above zero would add VIX calls in the source articles; it is tested on both sides.",
    parameters=_MACD,
    substitute="MACD(12,26,9) of ln VIX: VVIX was not observed over its lookback",
    sides=("VVIX below its signal line", "VVIX above its signal line"),
    conflict="C17",
    seed=True,
)

_MACD_VVIX_FRAMES: Final = tuple(
    replace(MACD_VVIX, id=f"M01{suffix}", name=MACD_VVIX.name + words, bars=bars, prior=Prior.UNKNOWN, seed=False)
    for bars, suffix, words in _FRAMES[1:]
)

_VOTERS: Final = tuple(Carried(one.id, HELD_DAYS, signal=one) for one in (MACD_VVIX, *_MACD_VVIX_FRAMES))

MACD_VOTES: Final = Signal(
    id="M02",
    name="MACD votes of VVIX by day, week and month",
    family=Family.TREND,
    inputs=("VIX",),
    carried=_VOTERS,
    lookback=MACD_ROWS,
    unit="-3..3",
    source="METHOD M02",
    prior=Prior.UNKNOWN,
    compute=_sum_of_votes,
    formula="sum of the signs of M01 on daily, closed weekly and closed monthly bars",
    would_do="+3 would add to the near VIX calls, -3 would let them run off.",
    parameters=_MACD,
    sides=("most time frames falling", "most time frames rising"),
    conflict=MACD_VVIX.conflict,
)

_MACD_TITLES: Final = {
    "VIX": "ln VIX",
    "SPX": "ln SPX",
    "GEX": "dealer gamma, billions",
    "BTC_DVOL": "ln BTC DVOL",
    "ETH_DVOL": "ln ETH DVOL",
}


def _macd_signals(name: str) -> tuple[Signal, ...]:
    crypto = name.endswith("_DVOL")
    return tuple(
        Signal(
            id=f"M03.{name}{suffix}",
            name=f"MACD(12,26,9) of {_MACD_TITLES[name]}{words}",
            family=Family.TREND,
            inputs=(name,),
            lookback=MACD_ROWS,
            unit="billion usd" if name == "GEX" else "ln points",
            source="Appel's MACD; METHOD M03",
            prior=Prior.UNKNOWN,
            compute=_macd_of(name),
            formula=f"EMA12 - EMA26 of {_MACD_TITLES[name]}, less its own EMA9",
            would_do="A cross is tested as a lead, by 1 to 10 sessions, of the gamma or vega label of a loss (M18).",
            known="end of the UTC day"
            if crypto
            else "next weekday 09:00 New York"
            if name == "GEX"
            else MACD_VVIX.known,
            parameters=_MACD,
            bars=bars,
            max_age=2 if name == "GEX" else 1,
            sides=("below its signal line", "above its signal line"),
        )
        for bars, suffix, words in (_FRAMES[:1] if crypto else _FRAMES)
    )


TREND: Final = (
    MACD_VVIX, *_MACD_VVIX_FRAMES, MACD_VOTES, RSI_SLOPE,
    *(one for name in _MACD_TITLES for one in _macd_signals(name)),
)  # fmt: skip
