"""Value and flows: betas of volatility products (M25), P/E (M29), quick ratios, rotation, listings, unlocks, REITs."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.filters import percentile_rank, realised_vol, zscore
from seawall.kernels.regress import rolling_fit, rolling_line, rolling_slope
from seawall.signals.contract import Array, Carried, Columns, Computed, Family, Mask, Prior, Signal, plain
from seawall.signals.formulas import lagged_change, level, log_returns, z
from seawall.signals.vol import VIX_SPIKE

BETA: Final = 60
SHORT_BETA: Final = 20
WEAK_BETA: Final = -1.0
WEAK_CORRELATION: Final = -0.3
MONTHS: Final = 120
YEARS_5: Final = 1260
ROTATION: Final = 60
SESSIONS: Final = 252
COMPRESSED: Final = -1.0
SPIKE_ROWS: Final = 20
EARNINGS_LAG: Final = "90 days after the end of the month"
FILING: Final = "filing acceptance"

_value = partial(Signal, family=Family.VALUE)


def _beta(name: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(rolling_line(log_returns(columns[name]), log_returns(columns["SPX"]), BETA)[0])


def _inversion(columns: Columns) -> Computed:
    spx, vix, product = (log_returns(columns[name]) for name in ("SPX", "VIX", "VX1"))
    beta, correlation = rolling_line(product, spx, SHORT_BETA)[0], rolling_line(vix, spx, SHORT_BETA)[1]
    fired: Mask = (beta > WEAK_BETA) | (correlation > WEAK_CORRELATION)
    return plain(np.where(np.isnan(beta) | np.isnan(correlation), np.nan, fired))


def _pe(columns: Columns) -> Array:
    earnings = columns["SHILLER_EARNINGS"]
    return columns["SHILLER_SP500"] / np.where(earnings > 0.0, earnings, np.nan)


def _pe_level(columns: Columns) -> Computed:
    return plain(_pe(columns))


def _pe_change(columns: Columns) -> Computed:
    return plain(lagged_change(np.log(_pe(columns)), 3))


def _pe_z(columns: Columns) -> Computed:
    return plain(zscore(lagged_change(np.log(_pe(columns)), 3), MONTHS))


def _pe_rank(columns: Columns) -> Computed:
    return plain(percentile_rank(_pe(columns), MONTHS))


def _both_compress(columns: Columns) -> Computed:
    spikes = columns["M10.SPIKE"]
    last = np.full(spikes.size, np.nan)
    seen = np.flatnonzero(spikes == 1.0)
    if seen.size:
        place = np.searchsorted(seen, np.arange(spikes.size), side="right") - 1
        last = np.where(place >= 0, np.arange(spikes.size) - seen[np.maximum(place, 0)], np.inf)
    near: Mask = last <= SPIKE_ROWS
    low: Mask = (columns["M19"] < COMPRESSED) & (columns["M20.Z"] < COMPRESSED)
    return plain((near & low).astype(np.float64))


def _rotation(first: str, second: str) -> Callable[[Columns], Computed]:
    def compute(columns: Columns) -> Computed:
        ratio = np.log(columns[first] / columns[second]) if second else np.log(columns[first])
        return plain(zscore(rolling_slope(ratio, ROTATION), SESSIONS))

    return compute


def _unlocks(columns: Columns) -> Computed:
    return plain(columns["TOKEN_UNLOCK"] / columns["TOKEN_ADV_30"])


def _reit_vol(columns: Columns) -> Computed:
    return plain(realised_vol(log_returns(columns["VNQ"]), SHORT_BETA, SESSIONS_PER_YEAR))


def _reit_fit(place: int) -> Callable[[Columns], Computed]:
    """Coefficients of r = a + b r_spx + c r_spx^2 over a year."""

    def compute(columns: Columns) -> Computed:
        spx = log_returns(columns["SPX"])
        x = np.stack([np.ones(spx.size), spx, spx * spx], axis=1)
        return plain(rolling_fit(log_returns(columns["VNQ"]), x, SESSIONS)[:, place])

    return compute


_PE: Final = partial(
    _value, inputs=("SHILLER_EARNINGS", "SHILLER_SP500"), source="METHOD M29; earnings lag 90 days", prior=Prior.NULL,
    known=EARNINGS_LAG, max_age=115,
)  # fmt: skip

PE_RANK: Final = _PE(
    id="M29.PCT", name="P/E percentile", lookback=MONTHS, unit="0..1", compute=_pe_rank,
    formula="share of the last 120 months of P/E at or below this one", would_do="Above 80 % is one of the eight "
    "flags of the Big Top score.", parameters=(("window", MONTHS),),
)  # fmt: skip

INVERSION: Final = _value(
    id="M25", name="Volatility products stop hedging", inputs=("VX1", "SPX", "VIX"), lookback=SHORT_BETA + 1,
    unit="0 or 1", source="METHOD M25", prior=Prior.UNKNOWN, compute=_inversion,
    formula="1 if the beta of VX1 on SPX over 20 sessions is above -1 or the correlation of SPX and VIX above -.3",
    would_do="One of the eight flags of the Big Top score: bought volatility would not offset a fall.",
    parameters=(("window", SHORT_BETA), ("beta", WEAK_BETA), ("correlation", WEAK_CORRELATION)),
)  # fmt: skip

CASH_FLOW: Final = _value(
    id="M19", name="Price over operating cash flow of volatility-sensitive holdings", inputs=("VOL_PCF",),
    lookback=YEARS_5, unit="sd", source="METHOD M19", prior=Prior.NULL, known=FILING, compute=z("VOL_PCF", YEARS_5),
    formula="z over five years of daily P/CF, weighted by holdings",
    would_do="Below -1 together with M20.Z is M22.", parameters=(("window", YEARS_5),),
    sides=("cheaper than its norm", "dearer than its norm"),
)  # fmt: skip

POOL_QUICK: Final = _value(
    id="M20.Z", name="Pool quick ratio against its norm", inputs=("POOL_QUICK",), lookback=SESSIONS, unit="sd",
    source="METHOD M20, M22", prior=Prior.UNKNOWN, known="block time", compute=z("POOL_QUICK", SESSIONS),
    formula="z over 252 days of the quick ratio of a pool (card M20)", would_do="Below -1 together with M19 is M22.",
    parameters=(("window", SESSIONS),), sides=("thinner than its norm", "deeper than its norm"),
)  # fmt: skip

_BETAS: Final = {"VIX": "VIX", "VX1": "the first VIX future", "VX2": "the second VIX future", "VXX": "VXX",
                 "VIXY": "VIXY"}  # fmt: skip
_QUICK: Final = {"MARKET": "the market", "REIT": "REITs", "ETF": "volatility ETFs"}
_ROTATIONS: Final = (("M30.WEIGHT", "Cap over equal weight", "SPX", "SPX_EQUAL"),
                     ("M30.SIZE", "Small over large", "RUT", "SPX"),
                     ("M30.BTC", "BTC dominance", "BTC_DOMINANCE", ""))  # fmt: skip

VALUE: Final = (
    CASH_FLOW,
    POOL_QUICK,
    *(_value(id=f"M21.{name}", name=f"Quick ratio of {title}", inputs=(f"QUICK_{name}",), lookback=1, unit="ratio",
             source="METHOD M21", prior=Prior.NULL, known=FILING, compute=level(f"QUICK_{name}"), max_age=70,
             formula="median, weighted by capitalisation, of (current assets - inventory)/current liabilities",
             would_do="A falling ratio would shorten the horizon of new short convexity.")
      for name, title in _QUICK.items()),
    _value(id="M22", name="Cash flow and pool depth compress after a spike", inputs=("VIX",), lookback=YEARS_5,
           unit="0 or 1", source="METHOD M22", prior=Prior.NULL, compute=_both_compress,
           carried=(Carried("M19", 10, signal=CASH_FLOW), Carried("M20.Z", 10, signal=POOL_QUICK),
                    Carried("M10.SPIKE", 0, signal=VIX_SPIKE)),
           formula="1 if M19 and M20.Z are both below -1 within 20 sessions of a VIX spike",
           would_do="Would hold the deep layers past the exhaustion of the spike.",
           parameters=(("sd", COMPRESSED), ("sessions", SPIKE_ROWS))),
    *(_value(id=f"M25.{name}", name=f"Beta of {title} on SPX", inputs=(name, "SPX"), lookback=BETA + 1,
             unit="ln per ln", source="METHOD M25", prior=Prior.UNKNOWN, compute=_beta(name),
             formula="slope of its log returns on those of SPX over 60 sessions",
             would_do="Turns the book's beta into contracts; near zero it hedges nothing.",
             parameters=(("window", BETA),), sides=("rises when SPX falls", "falls when SPX falls"))
      for name, title in _BETAS.items()),
    INVERSION,
    _PE(id="M29.LEVEL", name="P/E of the index", lookback=1, unit="ratio", compute=_pe_level,
        formula="price over trailing earnings", would_do="Context; its compression is M29."),
    _PE(id="M29", name="P/E compression", lookback=4, unit="ln points", compute=_pe_change,
        formula="change of ln(P/E) over three months: that of ln P less that of ln E",
        would_do="A fall while prices hold would keep the deep layers.", sides=("compressing", "expanding")),
    _PE(id="M29.Z", name="P/E compression against its norm", lookback=MONTHS + 3, unit="sd", compute=_pe_z,
        formula="z over 120 months of M29", would_do="As M29.", parameters=(("window", MONTHS),),
        sides=("compressing", "expanding")),
    PE_RANK,
    *(_value(id=identity, name=f"{title}: rotation", inputs=(first, second) if second else (first,),
             lookback=ROTATION + SESSIONS - 1, unit="sd", source="METHOD M30", prior=Prior.NULL,
             compute=_rotation(first, second), formula="z over 252 of the slope over 60 of the log ratio",
             would_do="Narrow leadership would bring the deep layers forward.",
             parameters=(("slope", ROTATION), ("window", SESSIONS)), sides=("falling", "rising"))
      for identity, title, first, second in _ROTATIONS),
    *(_value(id=f"M31.{name}", name=f"Initial offerings, {title}", inputs=(f"IPO_{name}",), lookback=60, unit="sd",
             source="METHOD M31", prior=Prior.NULL, known="15 days after the end of the month", max_age=60,
             compute=z(f"IPO_{name}", 60), formula=f"z over 60 months of the monthly {title}",
             would_do="A flood would cap new short volatility.", parameters=(("window", 60),))
      for name, title in (("COUNT", "number"), ("PROCEEDS", "proceeds"))),
    _value(id="M31.UNLOCK", name="Token unlocks over volume", inputs=("TOKEN_UNLOCK", "TOKEN_ADV_30"), lookback=1,
           unit="days of volume", source="METHOD M31", prior=Prior.NULL, known="vesting schedule", compute=_unlocks,
           formula="tokens unlocked on the day over the mean daily volume of 30 days",
           would_do="More than a day of volume would widen the range of a pool position before it.", max_age=30),
    _value(id="M33.RV", name="Realised volatility of REITs", inputs=("VNQ",), lookback=SHORT_BETA + 1,
           unit="per sqrt(year)", source="METHOD M33", prior=Prior.AGAINST, compute=_reit_vol,
           formula="20 sessions, 252 a year", would_do="The hedge low_corr is rejected where it follows SPX in a "
           "crisis.", parameters=(("window", SHORT_BETA),), conflict="C10"),
    *(_value(id=f"M33.{name}", name=title, inputs=("VNQ", "SPX"), lookback=SESSIONS + 1, unit=unit,
             source="METHOD M33", prior=Prior.AGAINST, compute=_reit_fit(place),
             formula="coefficient of r = a + b r_spx + c r_spx^2 over 252 sessions",
             would_do="As M33.RV.", parameters=(("window", SESSIONS),))
      for name, title, unit, place in (("BETA", "Beta of REITs on SPX", "ln per ln", 1),
                                       ("CONVEXITY", "Empirical convexity of REITs in SPX", "per ln", 2))),
)  # fmt: skip
