"""Macro: surprises in CPI and PPI (M11), the FOMC (M12), growth (M13), effective rates (M14), rate gaps (M15, M16)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from seawall.core.errors import DomainError
from seawall.kernels.filters import zscore
from seawall.kernels.regress import rolling_fit
from seawall.signals.carry import annual
from seawall.signals.contract import Array, Carried, Columns, Computed, Family, How, Mask, Prior, Signal, plain
from seawall.signals.formulas import difference, lagged_change, level, z, z_of_change

SURPRISES: Final = 60
SESSIONS: Final = 252
MONTHS: Final = 60
RESIDUAL_DAYS: Final = 365
NEAR: Final = 1
EVENT_DAYS: Final = 100
RELEASE: Final = "08:30 New York of the release"
FOMC_CLOCK: Final = "14:00 New York of the announcement"
MONTHLY_AGE: Final = 70
ABROAD_DAYS: Final = 5
"""A rate of another calendar stands this long: over a holiday of its own."""

_macro = partial(Signal, family=Family.MACRO)


def surprise_z(surprise: float, spread: float) -> float:
    """Surprise of a release in standard deviations of past surprises. Raises ``DomainError`` for a spread not above 0.

    Vector: (.5 - .3)/.13 = 1.54 (METHOD M11).
    """
    if not spread > 0.0:
        raise DomainError(f"surprises spread by {spread}: pass the standard deviation of at least two different ones")
    return surprise / spread


def _surprise_rows(surprise: Array) -> Array:
    """Each surprise over the spread of the ones before it; unknown before there are as many, or if none differ."""
    out = np.full(surprise.size, np.nan)
    if surprise.size > SURPRISES:
        before = np.lib.stride_tricks.sliding_window_view(surprise, SURPRISES)[:-1]
        spread = np.array([float(np.std(rows, ddof=1)) for rows in before])
        out[SURPRISES:] = np.divide(surprise[SURPRISES:], spread, out=np.full(spread.size, np.nan), where=spread > 0.0)
    return out


def _surprise(name: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(_surprise_rows(columns[f"{name}_MOM"] - columns[f"{name}_CONSENSUS_MOM"]))


def _fomc_window(columns: Columns) -> Computed:
    since, until = columns["FOMC"], columns["FOMC_SCHEDULE"]
    near: Mask = (since <= NEAR) | (until <= NEAR)
    return Computed(near.astype(np.float64), np.isnan(until), np.zeros(since.size, dtype=np.bool_))


def _z_of_log_change(name: str, rows: int, window: int) -> Callable[[Columns], Computed]:
    return lambda columns: plain(zscore(lagged_change(np.log(columns[name]), rows), window))


def _z_of_gap(columns: Columns) -> Computed:
    gap = columns["DGS2"] - 0.5 * (columns["DE2Y"] + columns["JP2Y"])
    return plain(zscore(lagged_change(gap, 20), SESSIONS))


def _residual(columns: Columns) -> Computed:
    """Funding a year less its least-squares line on the change of the dollar, both known on the day."""
    funding, dollar = annual(columns["BTC_FUNDING"]), columns["M14.DAILY"]
    x = np.stack([np.ones(dollar.size), dollar], axis=1)
    fit = rolling_fit(funding, x, RESIDUAL_DAYS)
    return plain(funding - fit[:, 0] - fit[:, 1] * dollar)


_RISING: Final = ("weaker dollar", "stronger dollar")

CPI_SURPRISE: Final = _macro(
    id="M11", name="CPI surprise", inputs=("CPI_MOM", "CPI_CONSENSUS_MOM"), lookback=SURPRISES + 1, unit="sd",
    source="METHOD M11: survey consensus (C05)", prior=Prior.UNKNOWN, known=RELEASE, compute=_surprise("CPI"),
    formula="(change in the month, first print, less consensus) over the sd of the 60 surprises before it",
    would_do="1 or more on either side counts as trigger t6 and would arm the macro ladder.",
    parameters=(("surprises", SURPRISES),), max_age=MONTHLY_AGE, sides=("cooler than expected", "hotter than expected"),
    conflict="C05", seed=True,
)  # fmt: skip

REER_DAILY: Final = _macro(
    id="M14.DAILY", name="Broad dollar, change of three months", inputs=("DTWEXBGS",), lookback=SESSIONS + 63,
    unit="sd", source="METHOD M14, daily proxy", prior=Prior.NULL, known="7 days later, 16:15 New York",
    compute=_z_of_log_change("DTWEXBGS", 63, SESSIONS),
    formula="z over 252 of the change of ln of the broad dollar index over 63", would_do="As M14.",
    parameters=(("change", 63), ("window", SESSIONS)), max_age=7, sides=_RISING,
)  # fmt: skip

MACRO: Final = (
    CPI_SURPRISE,
    replace(CPI_SURPRISE, id="M11.PPI", name="PPI surprise", inputs=("PPI_MOM", "PPI_CONSENSUS_MOM"),
            compute=_surprise("PPI"), conflict="", seed=False),
    _macro(id="M12", name="FOMC window", inputs=("SPX",), lookback=1, unit="0 or 1",
           source="Fernandez-Perez et al.; METHOD M12", prior=Prior.SUPPORTED, known=FOMC_CLOCK, compute=_fomc_window,
           carried=(Carried("FOMC", EVENT_DAYS, How.SINCE), Carried("FOMC_SCHEDULE", 10, How.UNTIL, needed=False)),
           formula="1 on the session of an announcement, the one after, and the one before a scheduled one",
           would_do="Context for dealer flows: VIX falls on average on the day.", parameters=(("sessions", NEAR),),
           substitute="the session before is not marked: the schedule is not known"),
    _macro(id="M12.SURPRISE", name="FOMC surprise in the policy rate", inputs=("FOMC_MP1",), lookback=1,
           unit="percent", source="Kuttner 2001, fed-funds futures; METHOD M12", prior=Prior.UNKNOWN,
           known=FOMC_CLOCK, compute=level("FOMC_MP1"), max_age=45,
           formula="change of the fed-funds futures rate around the announcement",
           would_do="Would rank announcements; the window alone is M12.", sides=("easier", "tighter")),
    _macro(id="M13", name="GDP nowcast", inputs=("GDP_NOWCAST",), lookback=SESSIONS, unit="sd", source="METHOD M13",
           prior=Prior.NULL, known="nowcast date", compute=z("GDP_NOWCAST", SESSIONS), max_age=10,
           formula="z over 252 nowcasts of real growth", would_do="A slow control: would scale the deep layers.",
           parameters=(("window", SESSIONS),), sides=("slower than its norm", "faster than its norm")),
    _macro(id="M14", name="Real effective exchange rate, change of three months", inputs=("US_REER_BROAD_BIS",),
           lookback=MONTHS + 3, unit="sd", source="BIS broad index; METHOD M14", prior=Prior.NULL,
           known="45 days after the end of the month", compute=_z_of_log_change("US_REER_BROAD_BIS", 3, MONTHS),
           formula="z over 60 months of the change of its logarithm over 3", max_age=100,
           would_do="Would move size in the grid of effective rates and rates.",
           parameters=(("change", 3), ("window", MONTHS)), sides=_RISING),
    REER_DAILY,
    _macro(id="M15", name="Two-year rate gap, change of 20 sessions", inputs=("DGS2",),
           carried=(Carried("DE2Y", ABROAD_DAYS), Carried("JP2Y", ABROAD_DAYS)),
           lookback=SESSIONS + 20, unit="sd", source="METHOD M15", prior=Prior.NULL,
           known="next weekday 16:15 New York", compute=_z_of_gap, max_age=3,
           formula="z over 252 of the change over 20 of the US yield less the mean of the German and Japanese",
           would_do="Would move size in the grid of effective rates and rates.",
           parameters=(("change", 20), ("window", SESSIONS)), sides=("gap narrowing", "gap widening")),
    _macro(id="M15.US", name="US two-year yield, change of 20 sessions", inputs=("DGS2",), lookback=SESSIONS + 20,
           unit="sd", source="METHOD M15", prior=Prior.NULL, known="next weekday 16:15 New York",
           compute=z_of_change("DGS2", 20, SESSIONS), max_age=3, formula="z over 252 of its change over 20",
           would_do="As M15, of the United States alone.", parameters=(("change", 20), ("window", SESSIONS)),
           sides=("yields falling", "yields rising")),
    _macro(id="M15.CHAIN", name="USDC supply rate over SOFR", inputs=("USDC_APY",),
           carried=(Carried("SOFR", ABROAD_DAYS),), lookback=1, unit="percent",
           source="METHOD M15", prior=Prior.NULL, known="block time; SOFR next morning",
           compute=difference("USDC_APY", "SOFR"), max_age=2, formula="supply rate on chain less SOFR",
           would_do="Positive: cash earns more on chain than off, before the risk of the venue.",
           sides=("on chain below SOFR", "on chain above SOFR")),
    _macro(id="M16", name="BTC funding not explained by the dollar", inputs=("BTC_FUNDING",),
           carried=(Carried("M14.DAILY", 21, signal=REER_DAILY),), lookback=RESIDUAL_DAYS, unit="per year, simple",
           source="METHOD M16", prior=Prior.NULL, known="funding as paid; the dollar a week later", compute=_residual,
           formula="funding less its line on M14.DAILY over 365 days",
           would_do="Read within three days of a CPI or PPI print.", parameters=(("window", RESIDUAL_DAYS),),
           sides=("funding below its line", "funding above its line")),
)  # fmt: skip
