"""Composites of other signals: the Big Top score (M37), converging GEX and funding (M04), the odds of an unwind."""

from functools import partial
from typing import Final

import numpy as np

from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.filters import ema, realised_vol
from seawall.kernels.regress import expanding_logit, rolling_line
from seawall.signals.breadth import AD_DIVERGENCE, SHARE_DIVERGENCE
from seawall.signals.carry import FUNDING_Z
from seawall.signals.contract import Array, Carried, Columns, Computed, Family, How, Mask, Prior, Signal, plain
from seawall.signals.dealer import GEX_FALL, GEX_RANK, LOW_RANK
from seawall.signals.formulas import log_returns
from seawall.signals.macro import CPI_SURPRISE
from seawall.signals.trend import MACD_FAST, MACD_SLOW, MACD_SMOOTH
from seawall.signals.value import INVERSION, PE_RANK
from seawall.signals.vol import RV_WINDOW, SLOPE
from seawall.signals.vol_curve import RV10_OVER_VIX, VIX_RANK

WEEK: Final = 5
FUNDING_EXTREME: Final = 2.0
SURPRISE_EXTREME: Final = 1.0
AHEAD: Final = 2
BIG_TOP: Final = 0.6
EARNINGS_DAYS: Final = 190
RELEASE_DAYS: Final = 120
CONVERGE_WINDOW: Final = 60
CONVERGE: Final = 0.5
LOGIT_LEAST: Final = 252
LOGIT_EVERY: Final = 21
RIDGE: Final = 1.0

_composite = partial(Signal, family=Family.COMPOSITE, prior=Prior.UNKNOWN)


def _known_flag(column: Array, fired: Mask) -> Array:
    return np.where(np.isnan(column), np.nan, fired)


def _t2(columns: Columns) -> Computed:
    return plain(columns["M17"])


def _t3(columns: Columns) -> Computed:
    z = columns[FUNDING_Z.id]
    return plain(_known_flag(z, np.abs(z) > FUNDING_EXTREME) * np.sign(z))


def _t5(columns: Columns) -> Computed:
    line, share = columns["M09"], columns["M09.SHARE"]
    swapped = np.isnan(line)
    return Computed(np.where(swapped, share, line), swapped & ~np.isnan(share), np.zeros(line.size, dtype=np.bool_))


def _t6(columns: Columns) -> Computed:
    printed, announced, scheduled = (columns[name] for name in ("CPI_MOM", "CPI_CONSENSUS_MOM", "CPI_SCHEDULE"))
    surprise = columns["M11"]
    hot: Mask = (np.abs(surprise) >= SURPRISE_EXTREME) & (printed < 1.0)
    due: Mask = (announced < printed) | (scheduled <= AHEAD)
    return Computed(
        np.where(np.isnan(printed), np.nan, hot | due), np.isnan(scheduled), np.zeros(printed.size, dtype=np.bool_)
    )


_trigger = partial(_composite, inputs=("SPX",), lookback=1, seed=True, would_do="Counted by the state machine.")

TRIGGERS: Final = (
    _trigger(id="T2", name="Trigger: dealer gamma", unit="0 or 1", source="METHOD 7.2 t2", compute=_t2,
             carried=(Carried("M17", WEEK, signal=GEX_FALL),), core=True,
             formula="M17 as known at the close: of the session before, published this morning"),
    _trigger(id="T3", name="Trigger: funding", unit="-1, 0 or 1", source="METHOD 7.2 t3", compute=_t3,
             carried=(Carried(FUNDING_Z.id, WEEK, signal=FUNDING_Z),),
             formula="sign of the z of BTC funding where it is beyond 2, else 0",
             parameters=(("sd", FUNDING_EXTREME),), sides=FUNDING_Z.sides, conflict=FUNDING_Z.conflict),
    _trigger(id="T5", name="Trigger: breadth", unit="0 or 1", source="METHOD 7.2 t5", compute=_t5,
             carried=(Carried("M09", 0, signal=AD_DIVERGENCE, needed=False),
                      Carried("M09.SHARE", 0, signal=SHARE_DIVERGENCE, needed=False)),
             formula="M09 of the session", substitute="M09.SHARE stands in, without advancers and decliners"),
    _trigger(id="T6", name="Trigger: inflation prints", unit="0 or 1", source="METHOD 7.2 t6", compute=_t6,
             carried=(Carried("M11", RELEASE_DAYS, signal=CPI_SURPRISE, needed=False),
                      Carried("CPI_MOM", RELEASE_DAYS, How.SINCE),
                      Carried("CPI_CONSENSUS_MOM", RELEASE_DAYS, How.SINCE),
                      Carried("CPI_SCHEDULE", 10, How.UNTIL, needed=False)),
             formula="1 if a print of the session surprised by 1 sd or more, a consensus waits for its print, or a "
             "print is scheduled within 2 sessions", parameters=(("sd", SURPRISE_EXTREME), ("sessions", AHEAD)),
             substitute="prints ahead are seen from their consensus only, on the eve"),
)  # fmt: skip


def big_top(flags: Array) -> Array:
    """Mean of the flags, (n,); an unknown flag counts as 0. ``flags``: (m, n). Vector: five of eight is .625."""
    mean: Array = np.nan_to_num(flags).sum(axis=0) / flags.shape[0]
    return mean


def _flags(columns: Columns) -> Array:
    """The eight flags of M37, shape (8, n), NaN where unknown."""
    breadth = _t5(columns).values
    tests = (
        (columns["VIX.PCT"], columns["VIX.PCT"] < 0.2),
        (columns["SLOPE"], columns["SLOPE"] < 0.85),
        (columns["GEX.PCT"], columns["GEX.PCT"] > 0.8),
        (columns[FUNDING_Z.id], columns[FUNDING_Z.id] > 1.0),
        (columns["RV10_OVER_VIX"], columns["RV10_OVER_VIX"] < 0.6),
        (breadth, breadth == 1.0),
        (columns["M29.PCT"], columns["M29.PCT"] > 0.8),
        (columns["M25"], columns["M25"] == 1.0),
    )
    return np.stack([_known_flag(column, fired) for column, fired in tests])


def _score(columns: Columns) -> Computed:
    flags = _flags(columns)
    unknown = np.isnan(flags).sum(axis=0)
    values = np.where(unknown == flags.shape[0], np.nan, big_top(flags))
    return Computed(values, unknown > 0, np.zeros(values.size, dtype=np.bool_))


def _together(gamma: Array, funding: Array) -> Array:
    """1 where the MACD line of dealer gamma and smoothed funding move together on one side of zero, (n,)."""
    line = ema(gamma, MACD_FAST) - ema(gamma, MACD_SLOW)
    paid = ema(funding, MACD_SMOOTH)
    correlation = rolling_line(line, paid, CONVERGE_WINDOW)[1]
    return _known_flag(correlation, (correlation >= CONVERGE) & (line * paid > 0.0))


def _converging(columns: Columns) -> Computed:
    gex, funding = columns["GEX"], columns["BTC_FUNDING"]
    first, second = _together(gex / columns["SPX_ADV"], funding), _together(gex, funding)
    swapped: Mask = np.isnan(first)
    return Computed(np.where(swapped, second, first), swapped & ~np.isnan(second), np.zeros(gex.size, dtype=np.bool_))


def unwind_outcome(spx: Array, vix: Array) -> Array:
    """1 if the next five sessions bring RV5 above twice VIX or a move beyond 3 sd of it, (n,); NaN while not over."""
    returns = log_returns(spx)
    realised = realised_vol(returns, RV_WINDOW, SESSIONS_PER_YEAR)
    out = np.full(spx.size, np.nan)
    if spx.size > RV_WINDOW:
        implied = vix[:-RV_WINDOW] / 100.0
        largest = np.abs(np.lib.stride_tricks.sliding_window_view(returns[1:], RV_WINDOW)).max(axis=1)
        happened = (realised[RV_WINDOW:] > 2.0 * implied) | (largest > 3.0 * implied / np.sqrt(SESSIONS_PER_YEAR))
        known = np.isfinite(implied) & np.isfinite(realised[RV_WINDOW:])
        out[:-RV_WINDOW] = np.where(known, happened, np.nan)
    return out


def _unwind(columns: Columns) -> Computed:
    """With GEX and funding where both have their rows, else with GEX alone."""
    rank, z = columns["GEX.PCT"], columns[FUNDING_Z.id]
    gamma, funding = _known_flag(rank, rank < LOW_RANK), _known_flag(z, z > FUNDING_EXTREME)
    outcome, ones = unwind_outcome(columns["SPX"], columns["VIX"]), np.ones(rank.size)
    both, alone = (
        expanding_logit(outcome, np.stack(x, axis=1), RV_WINDOW, LOGIT_LEAST, LOGIT_EVERY, RIDGE)
        for x in ((ones, gamma, funding, gamma * funding), (ones, gamma))
    )
    swapped: Mask = np.isnan(both)
    return Computed(np.where(swapped, alone, both), swapped & ~np.isnan(alone), np.zeros(rank.size, dtype=np.bool_))


def _optional(signal: Signal, days: int) -> Carried:
    return Carried(signal.id, days, signal=signal, needed=False)


BIG_TOP_SCORE: Final = _composite(
    id="M37", name="Big Top score", inputs=("VIX",), lookback=1, unit="0..1", source="METHOD M37, C08",
    compute=_score,
    carried=(_optional(VIX_RANK, 0), _optional(SLOPE, 0), _optional(GEX_RANK, WEEK), _optional(FUNDING_Z, WEEK),
             _optional(RV10_OVER_VIX, 0), _optional(AD_DIVERGENCE, 0), _optional(SHARE_DIVERGENCE, 0),
             _optional(PE_RANK, EARNINGS_DAYS), _optional(INVERSION, 0)),
    formula="share of eight flags: VIX percentile below 20 %, VIX/VIX3M below .85, GEX percentile above 80 %, funding "
    "z above 1, RV10 below .6 of VIX, M09, P/E percentile above 80 %, M25",
    would_do="At .6 or more new short volatility is held to half.", parameters=(("on", BIG_TOP),),
    substitute="flags without data count as 0", seed=True,
    conflict="C08",
)  # fmt: skip

COMPOSITE: Final = (
    BIG_TOP_SCORE,
    _composite(id="M04", name="Dealer gamma and funding converge", inputs=("GEX",), optional=("SPX_ADV",),
               carried=(Carried("BTC_FUNDING", WEEK),), lookback=MACD_SLOW + CONVERGE_WINDOW - 1, unit="0 or 1",
               source="METHOD M04", compute=_converging, known="next weekday 09:00 New York", max_age=2,
               formula="1 if the correlation over 60 sessions of the MACD line of GEX over SPX_ADV and EMA9 of BTC "
               "funding is .5 or more and both have one sign",
               would_do="Two kinds of leverage lean one way: no new short convexity.",
               substitute="GEX itself: SPX_ADV was not observed over the lookback",
               parameters=(("window", CONVERGE_WINDOW), ("correlation", CONVERGE))),
    _composite(id="UNWIND", name="Probability of an unwind within five sessions", inputs=("SPX", "VIX"),
               carried=(Carried("GEX.PCT", WEEK, signal=GEX_RANK), _optional(FUNDING_Z, WEEK)),
               substitute="GEX alone: funding has no fit yet",
               lookback=LOGIT_LEAST + RV_WINDOW, unit="0..1", source="METHOD H-04", compute=_unwind,
               formula="logit, fitted on outcomes known by then, of (RV5 above twice VIX or a move of 3 sd) on GEX "
               "below its 10th percentile, BTC funding z above 2, and both",
               would_do="Would hold new condors at twice its base rate.",
               parameters=(("least", LOGIT_LEAST), ("every", LOGIT_EVERY), ("ridge", RIDGE))),
    *TRIGGERS,
)  # fmt: skip
