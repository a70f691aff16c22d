"""Carry: funding of perpetual futures (M40), its distance from the norm, crowding, clusters, and the basis."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from seawall.kernels.filters import percentile_rank, realised_vol, zscore
from seawall.signals.contract import Array, Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.formulas import log_returns, z
from seawall.signals.trend import RSI_WINDOW, rsi_of

COINS: Final = ("BTC", "ETH", "SOL")
PER_YEAR: Final = 3.0 * 365.0
NEUTRAL: Final = 1e-4
"""Rate of 8 hours that pays the interest difference alone: .01 % (venue documentation, METHOD 1.6)."""

WINDOW: Final = 365
CROWD_WINDOW: Final = 252
CROWD_MEAN: Final = 7
VOL_DAYS: Final = 30
DUMP: Final = 0.05
TAIL: Final = 0.05
UTC_DAY_END: Final = "end of the UTC day; funding as paid"

_carry = partial(Signal, family=Family.CARRY, known=UTC_DAY_END)

_SIDES: Final = ("shorts pay longs: crowded short", "longs pay shorts: crowded long")
_CONFLICT: Final = "C04"


def annual(rate: Array) -> Array:
    """Simple rate a year of a rate of 8 hours: times 3 times 365."""
    return rate * PER_YEAR


def _funding(coin: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(annual(columns[f"{coin}_FUNDING"]))


def _premium(coin: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(annual(columns[f"{coin}_FUNDING"] - NEUTRAL))


def _basis(coin: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(columns[f"{coin}_PERP"] / columns[coin] - 1.0)


def power_premium(funding: Array, price: Array) -> Array:
    """Root of a squared perp's yearly funding less realised volatility, shape (n,); unknown for negative funding."""
    realised = realised_vol(log_returns(price), VOL_DAYS, 365.0)
    return np.sqrt(np.where(funding >= 0.0, funding, np.nan)) - realised


def _power(coin: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(power_premium(columns[f"{coin}_POWER_FUNDING"], columns[coin]))


def trailing_mean(x: Array, window: int) -> Array:
    """Mean of the last rows, shape (n,); unknown until the window is full and where it contains an unknown."""
    out = np.full(x.size, np.nan)
    if x.size >= window:
        total = np.zeros(x.size - window + 1)
        for back in range(window):
            total += x[window - 1 - back : x.size - back]
        out[window - 1 :] = total / window
    return out


def _crowding(coin: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(zscore(trailing_mean(columns[f"{coin}_FUNDING"], CROWD_MEAN), CROWD_WINDOW))


def _cluster(coin: str) -> Callable[[Columns], Computed]:
    def compute(columns: Columns) -> Computed:
        funding, price = columns[f"{coin}_FUNDING"], columns[coin]
        move = np.expm1(log_returns(price))
        rank, mirrored = percentile_rank(funding, WINDOW), percentile_rank(-funding, WINDOW)
        down = (move < -DUMP) & (rank < TAIL)
        up = (move > DUMP) & (mirrored < TAIL)
        return plain(np.where(np.isnan(move) | np.isnan(rank), np.nan, up.astype(np.float64) - down))

    return compute


def _of(coin: str) -> tuple[Signal, ...]:
    paid = (f"{coin}_FUNDING",)
    return (
        _carry(id=f"M40.{coin}", name=f"{coin} funding", inputs=paid, lookback=1, unit="per year, simple",
               source="venue documentation; BIS WP 1087; METHOD M40", prior=Prior.UNKNOWN, compute=_funding(coin),
               formula="mean rate of 8 hours of the day, times 3 times 365",
               would_do="Income of the short side of a carry, and part of the cost of capital.", sides=_SIDES),
        _carry(id=f"M40.Z.{coin}", name=f"{coin} funding against its norm", inputs=paid, lookback=WINDOW, unit="sd",
               source="METHOD 7.2 t3", prior=Prior.UNKNOWN, compute=z(paid[0], WINDOW),
               formula="z over 365 days of the funding rate; the z of the premium over .01 % (M08) is the same number",
               would_do="Beyond 2 on either side counts as trigger t3; below .5 lets the shorts be rolled back.",
               parameters=(("window", WINDOW),), sides=_SIDES, conflict=_CONFLICT, seed=coin == "BTC"),
        _carry(id=f"M08.{coin}", name=f"{coin} funding-implied premium", inputs=paid, lookback=1,
               unit="per year, simple", source="METHOD M08", prior=Prior.UNKNOWN, compute=_premium(coin),
               formula="(rate of 8 hours - .0001) times 1095", would_do="Read beside M08.RSI: rich leverage in a tired "
               "trend would reduce the perp side.", parameters=(("neutral", NEUTRAL),),
               sides=("below the neutral rate", "above the neutral rate")),
        _carry(id=f"M08.RSI.{coin}", name=f"RSI(14) of {coin}", inputs=(coin,), lookback=RSI_WINDOW + 1, unit="0..100",
               source="Wilder 1978; METHOD M08", prior=Prior.UNKNOWN, compute=rsi_of(coin),
               formula=f"Wilder's RSI over 14 days of the {coin} close", would_do="Read beside M08.",
               parameters=(("window", RSI_WINDOW),)),
        _carry(id=f"M08.POWER.{coin}", name=f"{coin} squared-perp premium", inputs=(f"{coin}_POWER_FUNDING", coin),
               lookback=VOL_DAYS + 1, unit="per sqrt(year)", source="METHOD 1.6, M08", prior=Prior.UNKNOWN,
               compute=_power(coin), formula="root of the yearly funding of the squared perp, less realised volatility "
               "of 30 days", would_do="Positive: convexity is paid more on the perp than the coin delivers.",
               parameters=(("window", VOL_DAYS),), sides=("cheap convexity", "dear convexity")),
        _carry(id=f"M40.BASIS.{coin}", name=f"{coin} perp over spot", inputs=(f"{coin}_PERP", coin), lookback=1,
               unit="ratio", source="He-Manela-Ross-von Wachter arXiv:2212.06888", prior=Prior.UNKNOWN,
               compute=_basis(coin), formula="perp price over spot, less 1",
               would_do="Confirms or contradicts funding before a carry is opened.",
               sides=("perp below spot", "perp above spot")),
        _carry(id=f"E26.{coin}", name=f"{coin} crowding", inputs=paid, lookback=CROWD_WINDOW + CROWD_MEAN - 1,
               unit="sd", source="METHOD E26, 6 more triggers", prior=Prior.UNKNOWN, compute=_crowding(coin),
               formula="z over 252 days of the mean funding of 7", would_do="Shown on both sides: a crowd that must "
               "leave through one door.", parameters=(("window", CROWD_WINDOW), ("mean", CROWD_MEAN)), sides=_SIDES,
               conflict=_CONFLICT),
        _carry(id=f"E27.{coin}", name=f"{coin} liquidation cluster", inputs=(coin, f"{coin}_FUNDING"),
               lookback=WINDOW, unit="-1, 0 or 1", source="METHOD E27, 6 more triggers", prior=Prior.UNKNOWN,
               compute=_cluster(coin), formula="-1 if the day fell over 5 % on funding below its 5th percentile of 365 "
               "days, +1 if it rose over 5 % on funding above its 95th",
               would_do="Expects liquidations to have fed the move: no new short convexity that day.",
               parameters=(("window", WINDOW), ("move", DUMP), ("tail", TAIL)),
               sides=("fall with shorts crowded", "rise with longs crowded")),
    )  # fmt: skip


CARRY: Final = tuple(one for coin in COINS for one in _of(coin))
FUNDING_Z: Final = next(one for one in CARRY if one.id == "M40.Z.BTC")
