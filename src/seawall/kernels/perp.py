"""Perpetual futures: P&L, gamma, bankruptcy, close-outs (METHOD 1.6). Funding and margin have kernels of their own.

Every function but the isolated shortcut takes numbers or arrays that broadcast. Sizes are signed, negative when short:
coins of a linear perp, dollars (contracts) of an inverse one.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, MarginError

Array = NDArray[np.float64]

PARTIAL_FROM: Final = 100_000.0
"""Hyperliquid: notional in USDC above which only a part is sold first."""
PARTIAL_SHARE: Final = 0.2
PARTIAL_COOLDOWN: Final = 30.0
"""Hyperliquid: seconds after a partial liquidation in which the whole position is sold."""


class CloseOut(NamedTuple):
    """What is closed of each position, and whether that restores maintenance (else all of it is closed)."""

    quantity: Array
    restored: NDArray[np.bool_]


class Waterfall(NamedTuple):
    """Of each deficit in turn: what the fund paid, and what is left for deleveraging; and what the fund has left."""

    paid: Array
    residual: Array
    fund: float


def _prices(values: ArrayLike, what: str = "price") -> Array:
    found = np.asarray(values, np.float64)
    if not np.all(np.isfinite(found) & (found > 0.0)):
        raise DomainError(f"{what} must be positive: check its units")
    return found


def _sizes(values: ArrayLike) -> Array:
    found = np.asarray(values, np.float64)
    if not np.all(np.isfinite(found) & (found != 0.0)):
        raise DomainError("size of a perp must be a number other than zero, negative when short: leave closed ones out")
    return found


def isolated_liquidation_price(entry: float, leverage: float, maintenance: float, side: float) -> float:
    """Price at which an isolated linear perp reaches its maintenance margin.

    Long ``entry (1 - 1/leverage) / (1 - maintenance)``, short ``entry (1 + 1/leverage) / (1 + maintenance)``;
    ``side`` is +1 or -1, ``maintenance`` a share of notional. Zero for a long with leverage 1: it cannot be liquidated.
    Raises ``DomainError`` for leverage < 1 or maintenance outside [0, 1), ``MarginError`` when it would be liquidated
    on opening.
    """
    if not (math.isfinite(leverage) and leverage >= 1.0):
        raise DomainError(f"leverage must be at least 1, was {leverage}")
    if not 0.0 <= maintenance < 1.0:
        raise DomainError(f"maintenance margin must be in [0, 1), was {maintenance}: write 0.5 % as 0.005")
    if maintenance * leverage >= 1.0:
        raise MarginError(
            f"leverage {leverage:g} leaves less than the maintenance margin {maintenance:g}: "
            f"at most {1.0 / maintenance:.4g} can be opened"
        )
    return entry * (1.0 - side / leverage) / (1.0 - side * maintenance)


def linear_pnl(size: ArrayLike, entry: ArrayLike, price: ArrayLike) -> Array:
    """Dollars ``q (P - P0)``; gamma is zero."""
    return np.asarray(np.asarray(size, np.float64) * (_prices(price) - _prices(entry, "entry price")))


def inverse_pnl(contracts: ArrayLike, entry: ArrayLike, price: ArrayLike) -> Array:
    """Coins ``N (1/P0 - 1/P)`` of an inverse perp of N dollars."""
    return np.asarray(np.asarray(contracts, np.float64) * (1.0 / _prices(entry, "entry price") - 1.0 / _prices(price)))


def inverse_delta_coin(contracts: ArrayLike, price: ArrayLike) -> Array:
    """Coins per dollar of price, ``N / P^2``."""
    return np.asarray(np.asarray(contracts, np.float64) / _prices(price) ** 2)


def inverse_gamma_coin(contracts: ArrayLike, price: ArrayLike) -> Array:
    """Coins per dollar of price squared, ``-2N / P^3``: a long is short convexity in coin."""
    return np.asarray(-2.0 * np.asarray(contracts, np.float64) / _prices(price) ** 3)


def inverse_value_usd(coins: ArrayLike, contracts: ArrayLike, entry: ArrayLike, price: ArrayLike) -> Array:
    """Dollars ``P (C + N/P0) - N`` of a position with C coins of collateral: it has no gamma in dollars."""
    at, size = _prices(price), np.asarray(contracts, np.float64)
    return np.asarray(at * (np.asarray(coins, np.float64) + size / _prices(entry, "entry price")) - size)


def inverse_delta_usd(coins: ArrayLike, contracts: ArrayLike, entry: ArrayLike) -> Array:
    """Coins of delta in dollars, ``C + N/P0``, at every price. A short of N = C P0 dollars has none."""
    return np.asarray(np.asarray(coins, np.float64) + np.asarray(contracts, np.float64) / _prices(entry, "entry price"))


def power_value(size: ArrayLike, price: ArrayLike, power: float) -> Array:
    """Dollars ``q S^p`` of a power perp."""
    return np.asarray(np.asarray(size, np.float64) * _prices(price) ** power)


def power_delta(size: ArrayLike, price: ArrayLike, power: float) -> Array:
    """Dollar delta ``p q S^p``: P&L of a small return, per unit of it."""
    return power * power_value(size, price, power)


def power_gamma(size: ArrayLike, price: ArrayLike, power: float) -> Array:
    """Dollar gamma ``p (p-1) q S^p``; per price squared divide by ``S^2``."""
    return power * (power - 1.0) * power_value(size, price, power)


def power_fair_funding(vol: ArrayLike, power: float) -> Array:
    """Funding a long owes per year, share of value: ``1/2 p (p-1) sigma^2`` (rates of zero)."""
    return np.asarray(0.5 * power * (power - 1.0) * np.asarray(vol, np.float64) ** 2)


def power_break_even_vol(funding: ArrayLike, power: float) -> Array:
    """Volatility at which the long's gamma earns ``funding`` (per year, share of value): ``sqrt(2 F / (p (p-1)))``.

    For p = 2, ``sqrt(F)``. nan where the long is paid: no volatility is low enough. Raises ``DomainError`` for a power
    without gamma of one sign, 0 <= p <= 1.
    """
    convexity = power * (power - 1.0)
    if not convexity > 0.0:
        raise DomainError(f"a power perp needs a power above 1 or below 0 to be long gamma, was {power}")
    rate = np.asarray(funding, np.float64)
    return np.sqrt(np.where(rate >= 0.0, 2.0 * rate / convexity, np.nan))


def bankruptcy_price(size: ArrayLike, price: ArrayLike, equity: ArrayLike) -> Array:
    """Price ``max(p - e / q, 0)`` at which equity e, stated at price p, is gone. 0 for a long that cannot lose it."""
    return np.asarray(np.maximum(_prices(price) - np.asarray(equity, np.float64) / _sizes(size), 0.0))


def inverse_bankruptcy_price(contracts: ArrayLike, price: ArrayLike, coins: ArrayLike) -> Array:
    """The same for an inverse perp with ``coins`` of equity, ``1 / (1/p + e/N)``; infinite for a covered short."""
    inverse = 1.0 / _prices(price) + np.asarray(coins, np.float64) / _sizes(contracts)
    return np.asarray(np.divide(1.0, inverse, out=np.full(np.shape(inverse), np.inf), where=inverse > 0.0))


def bad_debt(size: ArrayLike, bankruptcy: ArrayLike, execution: ArrayLike) -> Array:
    """Dollars lost beyond equity when ``size`` (signed as held) is closed: ``(q (p_bk - p_exec))^+``."""
    held = np.asarray(size, np.float64)
    return np.asarray(
        np.maximum(held * (np.asarray(bankruptcy, np.float64) - _prices(execution, "execution price")), 0.0)
    )


def execution_price(closed: ArrayLike, price: ArrayLike, impact: float) -> Array:
    """Average fill ``p - alpha/2 dq`` of closing ``closed`` (signed as held: a long sells) against linear impact."""
    return np.asarray(_prices(price) - 0.5 * impact * np.asarray(closed, np.float64))


def closing_cost(closed: ArrayLike, price: ArrayLike, execution: ArrayLike, mark_fee: float, fill_fee: float) -> Array:
    """Fees ``phi_mark p dq + phi_exec p_exec dq`` of a liquidation."""
    quantity = np.abs(np.asarray(closed, np.float64))
    return np.asarray(quantity * (mark_fee * _prices(price) + fill_fee * _prices(execution, "execution price")))


def partial_close(
    equity: ArrayLike, size: ArrayLike, price: ArrayLike, maintenance: float, impact: float, cost: float = 0.0
) -> CloseOut:
    """Least quantity z whose sale restores maintenance, when selling z costs ``alpha/2 z^2`` and a fixed ``cost`` tau.

    Smallest root in [0, |q|] of ``(alpha/2) z^2 - mu p z + (mu p |q| - e + tau) = 0``; 0 where nothing is missing; all
    of |q| where there is no such root, and then ``restored`` is False. Raises ``DomainError`` for maintenance outside
    [0, 1), or negative impact or cost.
    """
    if not (0.0 <= maintenance < 1.0 and impact >= 0.0 and cost >= 0.0):
        raise DomainError(f"maintenance {maintenance} must be in [0, 1), impact {impact} and cost {cost} not negative")
    held = np.abs(_sizes(size))
    relief = maintenance * _prices(price)
    worth = np.asarray(equity, np.float64)
    missing = relief * held - worth + cost
    square = relief**2 - 2.0 * impact * missing
    below = relief + np.sqrt(np.maximum(square, 0.0))
    with np.errstate(over="ignore"):  # a rate of almost nothing: beyond the size, hence all of it, either way
        root = np.divide(2.0 * missing, below, out=np.full(np.shape(below + missing), np.inf), where=below > 0.0)
    fine = relief * held <= worth
    restored = fine | ((square >= 0.0) & (root <= held))
    return CloseOut(np.asarray(np.where(fine, 0.0, np.where(restored, root, held))), np.asarray(restored))


def hyperliquid_order(size: ArrayLike, price: ArrayLike, since_partial: ArrayLike = math.inf) -> Array:
    """Part of ``size`` that Hyperliquid sends to the book: 20 % above 100,000 USDC, all of it in the 30 s after.

    ``since_partial``: seconds since the user's last partial liquidation, infinite if none. Source: its documentation,
    liquidations; METHOD 1.6.
    """
    held = _sizes(size)
    part = (np.abs(held) * _prices(price) > PARTIAL_FROM) & ~(np.asarray(since_partial) < PARTIAL_COOLDOWN)
    return np.asarray(np.where(part, PARTIAL_SHARE * held, held))


def insurance_waterfall(deficits: ArrayLike, fund: float) -> Waterfall:
    """Deficits (dollars, shape (n,), in the order they fall due), met by the fund while it lasts."""
    owed = np.atleast_1d(np.asarray(deficits, np.float64))
    if not (np.all(owed >= 0.0) and fund >= 0.0):
        raise DomainError("deficits and the insurance fund must be zero or positive: give them without sign")
    before = np.concatenate(([0.0], np.cumsum(owed)[:-1]))
    paid = np.clip(fund - before, 0.0, owed)
    return Waterfall(paid, owed - paid, float(max(fund - owed.sum(), 0.0)))
