"""Dealer gamma: level, percentile, change, the sharp fall below zero (M17), and the distance to the flip."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from seawall.instruments.dealer import Convention
from seawall.kernels.filters import percentile_rank, zscore
from seawall.signals.contract import Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.formulas import lagged_change, level, rank, z_of_change

WINDOW: Final = 252
CHANGE: Final = 5
LOW_RANK: Final = 0.10
FALL_SD: Final = -1.0
NEXT_MORNING: Final = "next weekday 09:00 New York"
MAX_AGE: Final = 2

_dealer = partial(
    Signal, family=Family.DEALER, prior=Prior.SUPPORTED, known=NEXT_MORNING, max_age=MAX_AGE,
    source="Ni et al. RFS 2021; Barbon-Buraschi; Baltussen et al. JFE 2021; METHOD M17",
)  # fmt: skip

_CONFLICT: Final = "C07"
_SIDES: Final = ("dealers short gamma: hedging amplifies moves", "dealers long gamma: hedging dampens moves")


def _sharp_fall(name: str) -> Callable[[Columns], Computed]:
    def compute(columns: Columns) -> Computed:
        low = percentile_rank(columns[name], WINDOW)
        change = zscore(lagged_change(columns[name], CHANGE), WINDOW)
        fired = (low < LOW_RANK) & (change < FALL_SD)
        return plain(np.where(np.isnan(low) | np.isnan(change), np.nan, fired))

    return compute


def _flip(columns: Columns) -> Computed:
    return plain(columns["SPX"] / columns["GEX_FLIP"] - 1.0)


GEX_FALL: Final = _dealer(
    id="M17", name="Dealer gamma turns sharply negative", inputs=("GEX",), lookback=WINDOW + CHANGE, unit="0 or 1",
    compute=_sharp_fall("GEX"),
    formula="GEX below the 10th percentile of 252 sessions, and its change of 5 sessions over 1 sd below the mean",
    would_do="Counts as trigger t2; it speaks of the size of moves, not of their direction.",
    parameters=(("window", WINDOW), ("change", CHANGE), ("percentile", LOW_RANK), ("sd", FALL_SD)),
    conflict=_CONFLICT, core=True,
)  # fmt: skip

GEX_RANK: Final = _dealer(
    id="GEX.PCT", name="Dealer gamma percentile", inputs=("GEX",), lookback=WINDOW, unit="0..1",
    compute=rank("GEX", WINDOW),
    formula="share of the last 252 values of GEX at or below today's",
    would_do="Below 10 % is half of M17; above 80 % is one of the eight flags of the Big Top score.",
    parameters=(("window", WINDOW),), conflict=_CONFLICT,
)  # fmt: skip

DEALER: Final = (
    _dealer(id="GEX", name="Dealer gamma, convention of the vendor", inputs=("GEX",), lookback=1, unit="usd per 1 %",
            compute=level("GEX"), formula="dollars of delta dealers gain for a rise of 1 %, vendor's sign",
            would_do="Its sign says whether hedging flows amplify or dampen the next move.",
            sides=_SIDES, conflict=_CONFLICT),
    GEX_RANK,
    _dealer(id="GEX.CHANGE", name="Dealer gamma, change of 5 sessions", inputs=("GEX",), lookback=WINDOW + CHANGE,
            unit="sd", compute=z_of_change("GEX", CHANGE, WINDOW), formula="z over 252 sessions of the change over 5",
            would_do="Below -1 is half of M17.", parameters=(("window", WINDOW), ("change", CHANGE)),
            conflict=_CONFLICT),
    GEX_FALL,
    *(replace(GEX_FALL, id=f"M17.{one.upper()}", name=f"{GEX_FALL.name}, convention {one}",
              inputs=(f"GEX_{one.upper()}",), compute=_sharp_fall(f"GEX_{one.upper()}"), core=False)
      for one in Convention),
    _dealer(id="GEX.FLIP", name="Distance to the level where dealer gamma changes sign", inputs=("SPX", "GEX_FLIP"),
            lookback=1, unit="ratio", compute=_flip, formula="SPX over the zero-gamma level, less 1",
            would_do="Below zero widens the condor before the next session opens.",
            sides=("below the flip", "above the flip"), conflict=_CONFLICT),
)  # fmt: skip
