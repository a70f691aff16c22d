"""Stableswap: the exact integers of Curve's contracts for n coins, and two coins as a payoff of the outside price.

Invariant (M. Egorov, "StableSwap", 2019, in the form of ``get_D`` and ``get_y`` of the published 3pool Vyper source):
``Ann sum(x) + D = Ann D + D^(n+1)/(n^n prod(x))`` with ``Ann = A n``. ``amplification`` is the ``A`` a contract
returns, which is the white paper's A times ``n^(n-1)``: the paper writes ``A n^n`` where the contract has ``A n``.

Integers are Python's, so nothing is rounded but by the divisions of the contract. The float form works per unit of D:
``u = x/D`` and ``v = y/D`` of the base and the quote token.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, NotConvergedError
from seawall.kernels.amm import Pool, positive
from seawall.kernels.compiled import compiled

Floats = NDArray[np.float64]

NEWTON_STEPS: Final = 255
FEE_UNIT: Final = 10**10
"""Fees of the contracts are whole numbers of 1e-10."""
SOLVER_STEPS: Final = 200
CLOSE: Final = 1e-15
FARTHEST: Final = 1e60
"""Outside prices beyond this (or below its inverse), in units of the rate, leave the range of the numbers."""


def _checked_pool(amplification: int, balances: Sequence[int]) -> None:
    if amplification < 1:
        raise DomainError(f"amplification must be a whole number >= 1, was {amplification}: give the contract's A")
    if len(balances) < 2 or min(balances) < 1:
        raise DomainError(f"a pool needs two or more balances >= 1, were {list(balances)}: give token units")


def get_d(amplification: int, balances: Sequence[int]) -> int:
    """``D``: the total of the coins when they are balanced, in their units, all of one precision.

    Newton from the sum, at most 255 steps, until it moves by at most 1. Raises DomainError, NotConvergedError.
    """
    _checked_pool(amplification, balances)
    n, total = len(balances), sum(balances)
    ann, d = amplification * n, total
    for _ in range(NEWTON_STEPS):
        product = d
        for balance in balances:
            product = product * d // (balance * n)
        before = d
        d = (ann * total + product * n) * d // ((ann - 1) * d + (n + 1) * product)
        if abs(d - before) <= 1:
            return d
    raise NotConvergedError(f"D did not settle in {NEWTON_STEPS} steps: balances {list(balances)} are too far apart")


def get_y(amplification: int, balances: Sequence[int], coin_in: int, coin_out: int, new_in: int) -> int:
    """Balance of ``coin_out`` on the invariant once ``coin_in`` has the balance ``new_in``.

    Raises DomainError (a coin that is not there, twice the same, a balance < 1), NotConvergedError.
    """
    _checked_pool(amplification, balances)
    n = len(balances)
    if coin_in == coin_out or not (0 <= coin_in < n and 0 <= coin_out < n):
        raise DomainError(
            f"coins must be two different ones of 0 to {n - 1}, were {coin_in} and {coin_out}: count from 0"
        )
    if new_in < 1:
        raise DomainError(f"the new balance must be >= 1, was {new_in}: give token units")
    d, ann = get_d(amplification, balances), amplification * n
    c, others = d, 0
    for coin, held in enumerate(balances):
        if coin == coin_out:
            continue
        balance = new_in if coin == coin_in else held
        others += balance
        c = c * d // (balance * n)
    c = c * d // (ann * n)
    b = others + d // ann
    y = d
    for _ in range(NEWTON_STEPS):
        before = y
        y = (y * y + c) // (2 * y + b - d)
        if abs(y - before) <= 1:
            return y
    raise NotConvergedError(f"y did not settle in {NEWTON_STEPS} steps: balances {list(balances)} are too far apart")


def exchange(
    amplification: int, balances: Sequence[int], coin_in: int, coin_out: int, amount: int, fee: int
) -> tuple[int, int]:
    """Amount paid out and the fee kept, both in ``coin_out``, for ``amount`` of ``coin_in``.

    ``fee`` in units of 1e-10 (4 bp: 4000000). One unit less than the invariant allows is paid, as by the contract.
    Raises DomainError, NotConvergedError.
    """
    if amount < 0 or not 0 <= fee <= FEE_UNIT:
        raise DomainError(f"amount must be >= 0 and fee 0 to {FEE_UNIT}, were {amount} and {fee}: check their units")
    _checked_pool(amplification, balances)
    if not 0 <= coin_in < len(balances):
        raise DomainError(f"coin_in must be one of 0 to {len(balances) - 1}, was {coin_in}: count from 0")
    gross = balances[coin_out] - get_y(amplification, balances, coin_in, coin_out, balances[coin_in] + amount) - 1
    if gross < 0:
        raise DomainError(f"{amount} units buy nothing: give more, or balances in smaller units")
    kept = gross * fee // FEE_UNIT
    return gross - kept, kept


def spot_price(amplification: int, balances: Sequence[int], coin_in: int, coin_out: int, fee: int = 0) -> float:
    """Units of ``coin_out`` for an infinitesimal unit of ``coin_in``, after ``fee`` (units of 1e-10).

    ``(Ann + D_P/x_in)/(Ann + D_P/x_out)``, ``D_P = D^(n+1)/(n^n prod(x))``, in exact fractions before the last
    rounding. Raises DomainError, NotConvergedError.
    """
    d, n = get_d(amplification, balances), len(balances)
    ann, below = amplification * n, n**n * math.prod(balances)
    x, y = balances[coin_in], balances[coin_out]
    above = d ** (n + 1)
    up, down = (ann * below * x + above) * y, (ann * below * y + above) * x
    return float(Fraction(up * (FEE_UNIT - fee), down * FEE_UNIT))


@compiled
def other_amount(ann: float, u: float) -> float:
    """``v`` on the two-coin invariant at ``u``, per unit of D: the positive root of a quadratic."""
    b = ann * (u - 1.0) + 1.0
    c = 0.25 / u
    root = math.sqrt(b * b + 4.0 * ann * c)
    return 2.0 * c / (b + root) if b > 0.0 else 0.5 * (root - b) / ann


@compiled
def _log_spot(ann: float, u: float, v: float) -> float:
    """``ln(-dv/du)``; as a difference near 1, as a ratio where one coin is scarce."""
    excess = (v - u) / (4.0 * (u * v) ** 2 * ann + u)
    if abs(excess) < 0.5:
        return math.log1p(excess)
    w = 4.0 * u * v * ann
    return math.log((w + 1.0 / u) / (w + 1.0 / v))


@compiled
def _bend(ann: float, u: float, v: float, price: float) -> float:
    """``v''(u)`` where ``-v'(u) = price``, by differentiating the invariant twice: the density is its inverse."""
    shape = 1.0 / u**2 - price / (u * v) + (price / v) ** 2
    return shape / (2.0 * u * v * ann + 0.5 / v)


@compiled
def cheap_amount(ann: float, price: float) -> float:
    """``u`` at which the pool's own price is ``price`` <= 1: Newton in ln u on ln spot, kept inside a bracket."""
    target = math.log(price)
    low, high = math.log(0.5), math.log(2.0)
    while _log_spot(ann, math.exp(high), other_amount(ann, math.exp(high))) > target:
        high += math.log(2.0) + 0.5 * (high - low)
    s = 0.5 * (low + high)
    for _ in range(SOLVER_STEPS):
        u = math.exp(s)
        v = other_amount(ann, u)
        gap = _log_spot(ann, u, v) - target
        if gap > 0.0:
            low = s
        else:
            high = s
        spot = math.exp(gap + target)
        following = s + gap * spot / (_bend(ann, u, v, spot) * u)
        if not low <= following <= high:
            following = 0.5 * (low + high)
        moved = abs(following - s)
        s = following
        if moved <= CLOSE or gap == 0.0:
            return math.exp(s)
    return math.exp(s) if high - low < 1e-12 else math.nan


@compiled
def _rows(ann: Floats, price: Floats) -> Floats:
    """Rows u, v and density per unit of D, at prices in units of the rate."""
    rows = np.empty((3, price.size))
    for i in range(price.size):
        p = price[i]
        big = cheap_amount(ann[i], min(p, 1.0 / p))
        small = other_amount(ann[i], big)
        u, v = (big, small) if p <= 1.0 else (small, big)
        rows[0, i], rows[1, i] = u, v
        rows[2, i] = 1.0 / _bend(ann[i], u, v, p)
    return rows


def stable(price: ArrayLike, amplification: ArrayLike, invariant: ArrayLike, rate: ArrayLike = 1.0) -> Pool:
    """Two-coin position of size ``invariant`` (D): the amounts that minimise ``x P + y``, and their derivatives.

    ``rate``: quote tokens the pool counts one base token as (Curve's stored rate, 1 for two plain coins). Density
    ``-dx/dP`` in closed form, leverage ``4 P^2 g/V``. Arguments broadcast. Raises DomainError (a number not > 0, a
    price beyond 1e60 rates), NotConvergedError.
    """
    p, a, d, r = np.broadcast_arrays(
        positive("price", price), positive("amplification", amplification),
        positive("invariant", invariant), positive("rate", rate),
    )  # fmt: skip
    scaled = np.array((p / r).ravel())
    if np.any((scaled > FARTHEST) | (scaled < 1.0 / FARTHEST)):
        raise DomainError(f"price must be within {FARTHEST:g} of the rate: check the order of the tokens")
    rows = _rows(np.array(2.0 * a.ravel()), scaled)
    if not np.all(np.isfinite(rows)):
        raise NotConvergedError("the amounts at a price did not settle: check amplification and price")
    u, v, g = (row.reshape(p.shape) for row in rows)
    base, quote, density = np.asarray(d * u / r), np.asarray(d * v), np.asarray(d * g / r**2)
    value = np.asarray(base * p + quote)
    return Pool(
        value, base, density, base, quote, np.asarray(4.0 * density * p**2 / value), np.zeros(p.shape, np.bool_)
    )


def invariant_of(amplification: float, base: float, quote: float, rate: float = 1.0) -> float:
    """``D`` of two balances in human units, in quote tokens. Raises DomainError, NotConvergedError.

    The root of ``D^3/(4 x y) + (Ann - 1) D = Ann (x + y)``, convex in D, by Newton from ``x + y`` above it.
    """
    ann = 2.0 * float(positive("amplification", amplification))
    x, y = float(positive("balance", base)) * float(positive("rate", rate)), float(positive("balance", quote))
    scale = x + y
    product = 4.0 * (x / scale) * (y / scale)
    d = 1.0
    for _ in range(NEWTON_STEPS):
        cube = d**3 / product
        following = (ann + 2.0 * cube) / (ann - 1.0 + 3.0 * cube / d)
        if following >= d:  # steps from above fall until they meet the last digit
            return d * scale
        d = following
    raise NotConvergedError(f"D did not settle in {NEWTON_STEPS} steps: balances {base} and {quote} are too far apart")
