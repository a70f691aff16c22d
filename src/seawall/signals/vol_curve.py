"""Volatility beyond the index: the futures curve, its principal slope, VVIX, SKEW, and the variance risk premium."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from seawall.core.clock import vix_expiry
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.components import component_score
from seawall.kernels.filters import realised_vol
from seawall.kernels.regress import har_forecast, rolling_line
from seawall.signals.contract import Array, Columns, Computed, Dates, Family, Prior, Signal, plain
from seawall.signals.formulas import level, log_returns, rank
from seawall.signals.trend import RSI_WINDOW, rsi_computed

PERCENTILE_WINDOW: Final = 252
MONTH_SESSIONS: Final = 21
TARGET_DAYS: Final = 30.0
CURVE: Final = tuple(f"VX{month}" for month in range(1, 8))
HAR_LEAST: Final = 252
HAR_ROWS: Final = 1 + 22 + (HAR_LEAST - 1) + MONTH_SESSIONS
"""First price, the 22 squared returns of the first full row, the rows of the first fit, the month after the last."""

_vol = partial(Signal, family=Family.VOL)


def expiries_after(dates: Dates, count: int) -> Dates:
    """The next ``count`` monthly VIX expiries strictly after each date, shape (n, count)."""
    if not dates.size:
        return np.empty((0, count), dtype="datetime64[D]")
    months = np.arange(dates[0].astype("datetime64[M]"), dates[-1].astype("datetime64[M]") + count + 2)
    listed = [vix_expiry(month.year, month.month) for month in months.astype("datetime64[D]").tolist()]
    expiries = np.array(listed, dtype="datetime64[D]")
    place = np.searchsorted(expiries, dates, side="right")
    found: Dates = expiries[place[:, None] + np.arange(count)]
    return found


def _ratio(upper: str, lower: str, less: float = 0.0) -> Callable[[Columns], Computed]:
    return lambda columns: plain(columns[upper] / columns[lower] - less)


def _roll(columns: Columns) -> Computed:
    expiry = expiries_after(columns.dates, 1)[:, 0]
    return plain((columns["VX1"] - columns["VIX"]) / np.busday_count(columns.dates, expiry))


def _constant_maturity(columns: Columns) -> Computed:
    days = (expiries_after(columns.dates, 2) - columns.dates[:, None]).astype("timedelta64[D]").astype(np.float64)
    near = np.minimum((days[:, 1] - TARGET_DAYS) / (days[:, 1] - days[:, 0]), 1.0)
    return plain(near * columns["VX1"] + (1.0 - near) * columns["VX2"])


def _short_carry(columns: Columns) -> Computed:
    return plain(12.0 * (columns["VX1"] - columns["VIX"]) / columns["VX1"])


def _principal(columns: Columns) -> Array:
    panel = np.stack([np.log(columns[name]) for name in CURVE], axis=1)
    return component_score(panel, PERCENTILE_WINDOW, 1)


def _principal_slope(columns: Columns) -> Computed:
    return plain(_principal(columns))


def _rsi_of_principal(columns: Columns) -> Computed:
    return rsi_computed(_principal(columns))


def _realised(name: str, window: int) -> Callable[[Columns], Array]:
    return lambda columns: realised_vol(log_returns(columns[name]), window, SESSIONS_PER_YEAR)


def _implied_variance(columns: Columns) -> Array:
    return (columns["VIX"] / 100.0) ** 2


def _premium_trailing(columns: Columns) -> Computed:
    return plain(_implied_variance(columns) - _realised("SPX", MONTH_SESSIONS)(columns) ** 2)


def _forecast(columns: Columns) -> Array:
    """HAR forecast of the variance of the next month, per year; unknown where it is not positive."""
    variance = SESSIONS_PER_YEAR * log_returns(columns["SPX"]) ** 2
    forecast = har_forecast(variance, MONTH_SESSIONS, HAR_LEAST)
    return np.where(forecast > 0.0, forecast, np.nan)


def _premium_forecast(columns: Columns) -> Computed:
    return plain(_implied_variance(columns) - _forecast(columns))


def _vol_of_vol_premium(columns: Columns) -> Computed:
    return plain(columns["VVIX"] / 100.0 - _realised("VIX", MONTH_SESSIONS)(columns))


def _half_life(columns: Columns) -> Computed:
    """Of an AR(1) on VIX over a year; unknown where the slope is not between 0 and 1: nothing that halves."""
    vix = columns["VIX"]
    before = np.r_[np.nan, vix[:-1]] if vix.size else vix
    phi = rolling_line(vix, before, PERCENTILE_WINDOW)[0]
    inside = (phi > 0.0) & (phi < 1.0)
    return plain(np.log(0.5) / np.log(np.where(inside, phi, np.nan)))


def _quiet(columns: Columns) -> Computed:
    return plain(_realised("SPX", 10)(columns) / (columns["VIX"] / 100.0))


_PREMIUM_SIDES: Final = ("implied below expected variance", "implied above expected variance")

VIX_RANK: Final = _vol(
    id="VIX.PCT", name="VIX percentile", inputs=("VIX",), lookback=PERCENTILE_WINDOW, unit="0..1",
    source="METHOD M37", prior=Prior.UNKNOWN, compute=rank("VIX", PERCENTILE_WINDOW),
    formula="share of the last 252 closes of VIX at or below today's",
    would_do="Below 20 % is one of the eight flags of the Big Top score.", parameters=(("window", PERCENTILE_WINDOW),),
)  # fmt: skip

RV10_OVER_VIX: Final = _vol(
    id="RV10_OVER_VIX", name="Realised volatility of 10 sessions as a share of VIX", inputs=("SPX", "VIX"), lookback=11,
    unit="ratio", source="METHOD M37", prior=Prior.UNKNOWN, compute=_quiet,
    formula="RV over 10 sessions divided by VIX/100",
    would_do="Below .6 is one of the eight flags of the Big Top score.", parameters=(("window", 10),),
)  # fmt: skip

PREMIUM: Final = _vol(
    id="VRP", name="Variance risk premium with a HAR forecast", inputs=("SPX", "VIX"), lookback=HAR_ROWS,
    unit="variance per year", source="Corsi 2009; Carr-Wu RFS 2009; METHOD 1.9", prior=Prior.SUPPORTED,
    compute=_premium_forecast,
    formula="(VIX/100)^2 less the forecast variance of the next 21 sessions: least squares on the squared return, and "
    "its 5 and 22 session means, fitted on all months complete by then",
    would_do="A negative premium would stop new condors: what is sold is expected to cost more than it brings.",
    parameters=(("horizon", MONTH_SESSIONS), ("least", HAR_LEAST)), sides=_PREMIUM_SIDES,
)  # fmt: skip

VOL_CURVE: Final = (
    _vol(id="SLOPE.9D", name="VIX9D/VIX", inputs=("VIX9D", "VIX"), lookback=1, unit="ratio",
         source="Cboe term structure; METHOD 3.5", prior=Prior.UNKNOWN, compute=_ratio("VIX9D", "VIX"),
         formula="VIX9D divided by VIX", would_do="Above 1 would shorten the condor's days."),
    _vol(id="VX.BASIS", name="VX2/VX1 - 1", inputs=("VX1", "VX2"), lookback=1, unit="ratio",
         source="METHOD 3.4", prior=Prior.SUPPORTED, compute=_ratio("VX2", "VX1", 1.0),
         formula="second VIX future over the first, less 1",
         would_do="Below zero the curve is inverted: deep layers would not be bought.",
         sides=("inverted", "rising curve")),
    _vol(id="VX.ROLL", name="Daily roll of the first VIX future", inputs=("VX1", "VIX"), lookback=1,
         unit="points a day", source="Simon-Campasano; METHOD 3.4", prior=Prior.SUPPORTED, compute=_roll,
         formula="(VX1 - VIX) divided by the business days to its expiry",
         would_do="Above .10 would sell, below -.10 buy the first future; .05 ends either.",
         sides=("future below the index", "future above the index")),
    _vol(id="M27.CARRY", name="Carry of short volatility", inputs=("VX1", "VIX"), lookback=1, unit="per year",
         source="METHOD M27", prior=Prior.UNKNOWN, compute=_short_carry, formula="12 (VX1 - VIX)/VX1",
         would_do="The cash flow of the discounted carry (card M27), before its haircut.",
         sides=("short volatility pays", "short volatility earns")),
    _vol(id="VX.CM30", name="VIX future at a constant 30 days", inputs=("VX1", "VX2"), lookback=1, unit="points",
         source="METHOD 3.4", prior=Prior.UNKNOWN, compute=_constant_maturity,
         formula="VX1 and VX2 weighted by days to 30; VX1 itself where it is beyond 30 days",
         would_do="Prices the near VIX calls on a level that does not jump on the roll.",
         parameters=(("days", TARGET_DAYS),)),
    _vol(id="VX.PC2", name="Principal slope of the VIX futures", inputs=CURVE, lookback=PERCENTILE_WINDOW,
         unit="ln points", source="Johnson JFQA 2017; METHOD M05", prior=Prior.SUPPORTED, compute=_principal_slope,
         formula="score on the second principal component of ln VX1..VX7 over 252 sessions, long end up",
         would_do="As VIX/VIX3M, with the sign turned: a low score is an inverted curve.",
         parameters=(("window", PERCENTILE_WINDOW),), sides=("flatter than its norm", "steeper than its norm")),
    _vol(id="M05.PC", name="RSI(14) of the principal slope", inputs=CURVE, lookback=PERCENTILE_WINDOW + RSI_WINDOW,
         unit="0..100", source="METHOD M05", prior=Prior.SUPPORTED, compute=_rsi_of_principal,
         formula="Wilder's RSI over 14 sessions of VX.PC2", would_do="As M05, with the sign turned.",
         parameters=(("window", RSI_WINDOW),)),
    _vol(id="VVIX", name="VVIX", inputs=("VVIX",), lookback=1, unit="points", source="Park JFM 2015",
         prior=Prior.AGAINST, compute=level("VVIX"), formula="the close of VVIX",
         would_do="A high level would make bought VIX calls smaller: they cost more than they return.",
         conflict="C17"),
    _vol(id="VVIX.PCT", name="VVIX percentile", inputs=("VVIX",), lookback=PERCENTILE_WINDOW, unit="0..1",
         source="Park JFM 2015", prior=Prior.AGAINST, compute=rank("VVIX", PERCENTILE_WINDOW),
         formula="share of the last 252 closes of VVIX at or below today's", would_do="As VVIX.",
         parameters=(("window", PERCENTILE_WINDOW),)),
    _vol(id="VVIX.PREMIUM", name="VVIX against realised volatility of VIX", inputs=("VVIX", "VIX"),
         lookback=MONTH_SESSIONS + 1, unit="per sqrt(year)", source="Park JFM 2015", prior=Prior.UNKNOWN,
         compute=_vol_of_vol_premium, formula="VVIX/100 less the realised volatility of VIX over 21 sessions",
         would_do="A high premium would prefer futures to calls.", parameters=(("window", MONTH_SESSIONS),)),
    _vol(id="SKEW", name="SKEW", inputs=("SKEW",), lookback=1, unit="points", source="Cboe SKEW white paper",
         prior=Prior.UNKNOWN, compute=level("SKEW"), formula="the close of SKEW",
         would_do="A high level would widen the put side of the condor more than the call side."),
    _vol(id="SKEW.PCT", name="SKEW percentile", inputs=("SKEW",), lookback=PERCENTILE_WINDOW, unit="0..1",
         source="Cboe SKEW white paper", prior=Prior.UNKNOWN, compute=rank("SKEW", PERCENTILE_WINDOW),
         formula="share of the last 252 closes of SKEW at or below today's", would_do="As SKEW.",
         parameters=(("window", PERCENTILE_WINDOW),)),
    _vol(id="E21", name="Half-life of a VIX shock", inputs=("VIX",), lookback=PERCENTILE_WINDOW + 1, unit="sessions",
         source="METHOD E21, 1.9: ln .5/ln phi", prior=Prior.UNKNOWN, compute=_half_life,
         formula="sessions until a shock has halved, from an AR(1) of VIX over 252 sessions",
         would_do="How long bought volatility still offsets: sell it before that is over.",
         parameters=(("window", PERCENTILE_WINDOW),)),
    VIX_RANK,
    RV10_OVER_VIX,
    _vol(id="VRP.TRAILING", name="Variance risk premium, trailing", inputs=("SPX", "VIX"),
         lookback=MONTH_SESSIONS + 1, unit="variance per year", source="Carr-Wu RFS 2009", prior=Prior.SUPPORTED,
         compute=_premium_trailing, formula="(VIX/100)^2 less the realised variance of the last 21 sessions",
         would_do="As VRP, without a model.", parameters=(("window", MONTH_SESSIONS),), sides=_PREMIUM_SIDES),
    PREMIUM,
)  # fmt: skip
