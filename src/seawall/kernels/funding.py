"""Funding of perpetuals: the premium index, the damped rate, what is paid, and the price that leaves no arbitrage.

METHOD 1.6. A rate is a share of notional for the interval it names; positive: longs pay shorts. Every function takes
numbers or arrays that broadcast, and returns cash to the holder.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError

Array = NDArray[np.float64]

INTEREST: Final = 0.0001
"""Usual interest component, per 8 hours."""
CLAMP: Final = 0.0005
"""Usual width of the damper, per 8 hours."""
FORMULA_HOURS: Final = 8.0
"""Hours that the usual formula's rate is stated for."""
HOURS_PER_YEAR: Final = 8760.0


def _positive(values: ArrayLike, what: str) -> Array:
    found = np.asarray(values, np.float64)
    if not np.all(np.isfinite(found) & (found > 0.0)):
        raise DomainError(f"{what} must be positive: check its units")
    return found


def premium_index(impact_bid: ArrayLike, impact_ask: ArrayLike, index: ArrayLike) -> Array:
    """Premium ``[max(bid - I, 0) - max(I - ask, 0)] / I`` of the impact prices over the index or oracle price I.

    Impact prices are the average fill of selling (bid) and buying (ask) the venue's impact notional. Raises
    ``DomainError`` for a price that is not positive.
    """
    bid, ask = _positive(impact_bid, "impact bid"), _positive(impact_ask, "impact ask")
    level = _positive(index, "index price")
    return np.asarray((np.maximum(bid - level, 0.0) - np.maximum(level - ask, 0.0)) / level)


def average_premium(premiums: ArrayLike, *, rising: bool = False) -> Array:
    """Average over the last axis of the premiums sampled in one interval, oldest first.

    Plain by default (Hyperliquid, dYdX). ``rising`` weights the k-th of n samples by k (Binance). Raises
    ``DomainError`` without a sample, or when one is missing.
    """
    samples = np.atleast_1d(np.asarray(premiums, np.float64))
    if samples.shape[-1] == 0 or not np.all(np.isfinite(samples)):
        raise DomainError("premium samples are missing: an average needs every sample of the interval")
    weights = np.arange(1.0, samples.shape[-1] + 1.0) if rising else None
    return np.asarray(np.average(samples, axis=-1, weights=weights))


def funding_rate(premium: ArrayLike, interest: float = INTEREST, clamp: float = CLAMP) -> Array:
    """Rate ``p + clamp(i - p, -d, +d)`` for the interval the premium, interest i and clamp d are stated for.

    It is i while ``|i - p| <= d``. With i = 0 this is the dead band ``max(p, d) + min(p, -d)``. Raises ``DomainError``
    for a negative clamp.
    """
    if not clamp >= 0.0:
        raise DomainError(f"the clamp of a funding rate must be zero or positive, was {clamp}: give half its width")
    average = np.asarray(premium, np.float64)
    return np.asarray(average + np.clip(interest - average, -clamp, clamp))


def paid_rate(
    rate: ArrayLike, hours: float, cap: float | None = None, *, formula_hours: float = FORMULA_HOURS
) -> Array:
    """Rate that is paid every ``hours``, from one stated for ``formula_hours``; within ``cap`` per payment.

    Hyperliquid: ``paid_rate(rate, 1, 0.04)`` is an eighth each hour, at most 4 %. Raises ``DomainError`` for an
    interval that is not positive or a negative cap.
    """
    if not (np.isfinite(hours) and hours > 0.0 and formula_hours > 0.0):
        raise DomainError(f"a funding interval must be a positive number of hours, was {hours}")
    share = np.asarray(rate, np.float64) * (hours / formula_hours)
    if cap is None:
        return share
    if not cap >= 0.0:
        raise DomainError(f"the cap of a funding rate must be zero or positive, was {cap}: give its size without sign")
    return np.asarray(np.clip(share, -cap, cap))


def payment(size: ArrayLike, price: ArrayLike, rate: ArrayLike) -> Array:
    """Cash ``-q x price x rate`` to the holder of ``size`` coins, at the venue's price: mark, index or oracle."""
    return np.asarray(-np.asarray(size, np.float64) * _positive(price, "price of a funding payment") * np.asarray(rate))


def inverse_payment(contracts: ArrayLike, price: ArrayLike, rate: ArrayLike) -> Array:
    """Coins ``-N / price x rate`` to the holder of an inverse perp of N dollars (signed)."""
    return np.asarray(
        -np.asarray(contracts, np.float64) / _positive(price, "price of a funding payment") * np.asarray(rate)
    )


def annual_rate(rate: ArrayLike, hours: float) -> Array:
    """Rate per year, simple, of one paid every ``hours``: 0.01 % per 8 hours is 10.95 %."""
    return paid_rate(rate, HOURS_PER_YEAR, formula_hours=hours)


def no_arbitrage_ratio(kappa: ArrayLike, interest: ArrayLike, base_yield: ArrayLike, quote_yield: ArrayLike) -> Array:
    """Perp over spot, ``f/S = (kappa - iota) / (kappa + r_b - r_a)``, that leaves no arbitrage at constant rates.

    All per year: ``kappa`` the strength by which the premium is paid (3 x 365 for the whole premium each 8 hours),
    ``interest`` iota the interest component, ``base_yield`` r_b of holding the coin, ``quote_yield`` r_a of the
    dollar. Source: METHOD 1.6 after Ackerer, Hugonnier and Jermann. Raises ``DomainError`` where
    ``kappa + r_b - r_a`` is not positive: no finite price is free of arbitrage.
    """
    pull = np.asarray(kappa, np.float64)
    below = pull + np.asarray(base_yield) - np.asarray(quote_yield)
    if not np.all(below > 0.0):
        raise DomainError("kappa must exceed the quote yield less the base yield: give rates per year")
    return np.asarray((pull - np.asarray(interest)) / below)
