"""Tiered maintenance margin and the price at which an account is liquidated (METHOD 1.6).

``size`` is coins, negative when short; ``value`` is what the account is worth at ``mark`` (the isolated margin with
its unrealised P&L, or the whole cross account); ``other`` is the maintenance of its other positions. All other marks
stand still. Rates are shares of notional.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, MarginError
from seawall.core.status import Status
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

BACKSTOP: Final = 2.0 / 3.0
"""Share of maintenance below which Hyperliquid's vault takes over."""
CODES: Final = (Status.FOUND, Status.NEVER, Status.BREACHED)
"""What a code of :func:`liquidation_prices` means, by position."""
SAME: Final = 1e-9
"""Relative difference at which a published deduction still counts as the continuous one."""


class Schedule(NamedTuple):
    """Maintenance tiers: from ``lower_bounds[k]`` of notional, ``notional x rates[k] - deductions[k]``; shapes (t,)."""

    lower_bounds: Array
    rates: Array
    deductions: Array


class Liquidation(NamedTuple):
    """Where an account ends. ``price`` is 0 (infinite for an inverse short) with ``Status.NEVER``."""

    price: float
    status: Status


class Liquidations(NamedTuple):
    """Prices of many accounts, shape (n,), and the index into ``CODES`` of each, int8."""

    price: Array
    code: NDArray[np.int8]


def deductions(lower_bounds: ArrayLike, rates: ArrayLike) -> Array:
    """Amounts that keep maintenance continuous: ``D_0 = 0``, ``D_k = D_{k-1} + N_k (m_k - m_{k-1})``, shape (t,)."""
    bounds, shares = np.asarray(lower_bounds, np.float64), np.asarray(rates, np.float64)
    return np.concatenate(([0.0], np.cumsum(bounds[1:] * np.diff(shares))))


def schedule(
    lower_bounds: Sequence[float],
    rates: Sequence[float],
    *,
    max_leverages: Sequence[float] | None = None,
    published_deductions: Sequence[float] | None = None,
) -> Schedule:
    """Checked tiers. Raises ``MarginError`` that names the first tier that contradicts the one before, or itself.

    Bounds start at 0 and rise; rates lie in [0, 1) and do not fall; leverages, if stated, do not rise and leave at
    least the maintenance margin; published deductions, if stated, are the continuous ones.
    """
    bounds, shares = np.array(lower_bounds, np.float64), np.array(rates, np.float64)
    if bounds.ndim != 1 or bounds.size == 0 or bounds.shape != shares.shape:
        raise MarginError(f"{bounds.size} lower bounds and {shares.size} rates: state one of each for every tier")
    for k in range(bounds.size):
        _check_tier(k, bounds, shares)
    if max_leverages is not None:
        _check_leverages(shares, max_leverages)
    taken = deductions(bounds, shares)
    if published_deductions is not None:
        _check_deductions(taken, published_deductions)
    return Schedule(bounds, shares, taken)


def _check_tier(k: int, bounds: Array, rates: Array) -> None:
    low, rate = float(bounds[k]), float(rates[k])
    if not 0.0 <= rate < 1.0:
        raise MarginError(f"tier {k + 1}: maintenance rate {rate:g} is not in [0, 1): write 0.5 % as 0.005")
    if k == 0 and low != 0.0:
        raise MarginError(f"tier 1 starts at {low:,.10g}: the first tier starts at 0")
    if k > 0 and not (math.isfinite(low) and low > bounds[k - 1]):
        raise MarginError(f"tier {k + 1} starts at {low:,.10g}, tier {k} at {bounds[k - 1]:,.10g}: bounds must rise")
    if k > 0 and rate < rates[k - 1]:
        raise MarginError(
            f"tier {k + 1}: maintenance rate {rate:g} is below {rates[k - 1]:g} of tier {k}: rates must not fall"
        )


def _check_leverages(rates: Array, leverages: Sequence[float]) -> None:
    if len(leverages) != rates.size:
        raise MarginError(f"{len(leverages)} leverages for {rates.size} tiers: state one for every tier")
    for k, leverage in enumerate(leverages):
        if not leverage >= 1.0:
            raise MarginError(f"tier {k + 1}: maximum leverage {leverage:g} is below 1: state at least 1")
        if leverage * rates[k] > 1.0 + SAME:
            raise MarginError(
                f"tier {k + 1}: leverage {leverage:g} leaves less than its maintenance margin {rates[k]:g}: "
                f"at most {1.0 / rates[k]:.4g} can be opened"
            )
        if k > 0 and leverage > leverages[k - 1]:
            raise MarginError(
                f"tier {k + 1}: leverage {leverage:g} is above {leverages[k - 1]:g} of tier {k}: it must not rise"
            )


def _check_deductions(taken: Array, published: Sequence[float]) -> None:
    if len(published) != taken.size:
        raise MarginError(f"{len(published)} deductions for {taken.size} tiers: state one a tier, 0 first")
    for k, stated in enumerate(published):
        if not abs(stated - taken[k]) <= SAME * max(abs(taken[k]), 1.0):
            raise MarginError(
                f"tier {k + 1}: deduction {stated:,.10g} makes maintenance jump: bounds and rates give {taken[k]:,.10g}"
            )


def leverage_schedule(lower_bounds: Sequence[float], max_leverages: Sequence[float]) -> Schedule:
    """Tiers whose maintenance is half the initial margin at maximum leverage, ``1/(2 leverage)`` (Hyperliquid)."""
    for k, leverage in enumerate(max_leverages):
        if not leverage >= 1.0:
            raise MarginError(f"tier {k + 1}: maximum leverage {leverage:g} is below 1: state at least 1")
    return schedule(lower_bounds, [0.5 / leverage for leverage in max_leverages], max_leverages=max_leverages)


def flat(rate: float) -> Schedule:
    """One tier for every notional."""
    return schedule((0.0,), (rate,))


def maintenance(notional: ArrayLike, tiers: Schedule) -> Array:
    """Maintenance margin ``N m_k - D_k`` of notionals >= 0, any shape; a bound belongs to the tier above it."""
    amounts = np.asarray(notional, np.float64)
    if not np.all(amounts >= 0.0):
        raise DomainError("a notional must be zero or positive: give |size| x price")
    tier = np.searchsorted(tiers.lower_bounds, amounts, side="right") - 1
    return np.asarray(amounts * tiers.rates[tier] - tiers.deductions[tier])


@compiled
def flat_liquidation_price(size: float, mark: float, value: float, rate: float) -> float:
    """Price at which an account worth ``value`` at ``mark`` falls to ``rate`` of its notional: METHOD 1.6 in one tier.

    ``(q p_0 - A_0) / (q - |q| m)``; 0 for a long that cannot get there. Does not check its input; size is not 0.
    """
    return max((size * mark - value) / (size - abs(size) * rate), 0.0)


@compiled
def _root(account: Array, tiers: Array, fraction: float) -> tuple[float, int]:
    """Price and code of one account (size, mark, value, other).

    Value less ``fraction`` of maintenance rises with the price for a long and falls for a short, without a jump. The
    tier of its only root is therefore the last one at whose lower bound it has not crossed zero.
    """
    size, mark, value, other = account[0], account[1], account[2], account[3]
    units, at_zero = abs(size), value - size * mark - fraction * other
    tier = 0
    for k in range(1, tiers.shape[1]):
        left = at_zero + size / units * tiers[0, k] - fraction * (tiers[0, k] * tiers[1, k] - tiers[2, k])
        if left * size > 0.0:
            break
        tier = k
    price = (-at_zero - fraction * tiers[2, tier]) / (size - fraction * units * tiers[1, tier])
    if size > 0.0 and price <= 0.0:
        return 0.0, 1
    if (mark - price) * size <= 0.0:
        return max(price, 0.0), 2
    return price, 0


@compiled
def _roots(accounts: Array, tiers: Array, fraction: float, price: Array, code: NDArray[np.int8]) -> None:
    for i in range(price.size):
        price[i], code[i] = _root(accounts[i], tiers, fraction)


def liquidation_prices(
    size: ArrayLike, mark: ArrayLike, value: ArrayLike, other: ArrayLike, tiers: Schedule, fraction: float = 1.0
) -> Liquidations:
    """Price of one market at which each of n accounts falls to ``fraction`` of its maintenance; arrays of (n,) or one.

    ``x = (f (M_o - D_k) - A_0 + q p_0) / (q - f |q| m_k)`` in the tier that holds ``|q| x``. Long and code NEVER:
    price 0, it cannot be liquidated. Code BREACHED: the mark is at or beyond the price already (0: at every price).
    ``fraction`` 1 is liquidation, ``BACKSTOP`` the vault. Raises ``DomainError`` for a size of 0, a mark that is not
    positive, a number that is missing, or a fraction outside (0, 1].
    """
    if not 0.0 < fraction <= 1.0:
        raise DomainError(f"the fraction of maintenance must be in (0, 1], was {fraction}: 1 is liquidation")
    columns = np.broadcast_arrays(*(np.asarray(column, np.float64) for column in (size, mark, value, other)))
    accounts = np.stack([column.ravel() for column in columns], axis=1)
    if not np.all(np.isfinite(accounts)):
        raise DomainError("an account has a missing size, mark, value or maintenance: leave it out or state it")
    if np.any(accounts[:, 0] == 0.0):
        raise DomainError("an account has size 0: a closed position has no liquidation price, leave it out")
    if np.any(accounts[:, 1] <= 0.0) or np.any(accounts[:, 3] < 0.0):
        raise DomainError("marks must be positive and other maintenance zero or positive: check the columns")
    price, code = np.empty(len(accounts)), np.empty(len(accounts), np.int8)
    _roots(accounts, np.stack(tiers), fraction, price, code)
    return Liquidations(price, code)


def liquidation_price(
    size: float, mark: float, value: float, tiers: Schedule, *, other: float = 0.0, fraction: float = 1.0
) -> Liquidation:
    """One account of :func:`liquidation_prices`, with its status."""
    found = liquidation_prices(size, mark, value, other, tiers, fraction)
    return Liquidation(float(found.price[0]), CODES[found.code[0]])


def inverse_liquidation_price(
    contracts: float, mark: float, coins: float, tiers: Schedule, *, other: float = 0.0, fraction: float = 1.0
) -> Liquidation:
    """The same for an inverse perp of N dollars (signed) with ``coins`` of value; tiers and ``other`` in coin.

    In 1/price it is a linear perp of -N units. Infinite with ``Status.NEVER`` for a short whose coins cover it.
    """
    if not mark > 0.0:
        raise DomainError(f"a mark must be positive, was {mark}")
    found = liquidation_price(-contracts, 1.0 / mark, coins, tiers, other=other, fraction=fraction)
    return Liquidation(1.0 / found.price if found.price > 0.0 else math.inf, found.status)


def cross_liquidation_prices(
    sizes: ArrayLike, marks: ArrayLike, value: float, tiers: Sequence[Schedule], fraction: float = 1.0
) -> tuple[Liquidation, ...]:
    """For each position of one cross account: its price, other marks unchanged, at which the account is liquidated."""
    held, at = np.atleast_1d(np.asarray(sizes, np.float64)), np.atleast_1d(np.asarray(marks, np.float64))
    if not held.shape == at.shape == (len(tiers),):
        raise DomainError(
            f"{held.size} sizes, {at.size} marks and {len(tiers)} schedules: state one of each a position"
        )
    own = [float(maintenance(abs(q) * p, each)) for q, p, each in zip(held, at, tiers, strict=True)]
    return tuple(
        liquidation_price(float(q), float(p), value, each, other=math.fsum(own[:j] + own[j + 1 :]), fraction=fraction)
        for j, (q, p, each) in enumerate(zip(held, at, tiers, strict=True))
    )


def other_maintenance(account: NDArray[np.int64], margins: ArrayLike) -> Array:
    """For positions of many accounts: maintenance of the others of the same account, from each one's, shape (n,)."""
    own = np.asarray(margins, np.float64)
    return np.asarray(np.maximum(np.bincount(account, weights=own)[account] - own, 0.0))


def binance_liquidation_price(
    size: float, entry: float, rate: float, cumulative: float, wallet: float, other: float = 0.0, other_pnl: float = 0.0
) -> float:
    """Binance's form: ``(WB - TMM_others + UPNL_others + cum - q EP) / (|q| MMR - q)``, q signed.

    ``wallet`` is the balance (cross) or the isolated margin, ``cumulative`` the bracket's deduction, ``other`` and
    ``other_pnl`` maintenance and unrealised P&L of the other cross positions, losses negative. The bracket is the
    caller's: :func:`liquidation_price` finds it. Not positive for a long: it cannot be liquidated.
    """
    if size == 0.0 or not math.isfinite(size):
        raise DomainError(f"size of a perp must be a number other than zero (negative when short), was {size}")
    if not 0.0 <= rate < 1.0:
        raise DomainError(f"maintenance margin must be in [0, 1), was {rate}: write 0.5 % as 0.005")
    return (wallet - other + other_pnl + cumulative - size * entry) / (abs(size) * rate - size)
