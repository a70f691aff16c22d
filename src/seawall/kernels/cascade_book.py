"""The discrete waterfall: accounts sorted by liquidation price, each pushing the price towards the next (METHOD 1.7).

Rungs stand in the order in which a move meets them: falling prices for falls, rising ones for rises. Rung k (from 0)
is reached when the price after the shock and the k rungs before it is at its level or beyond. The cascade stops at the
first rung it does not reach: that is the least fixed point. A large account further on could stand for a deeper one,
consistent but not reached; both are returned, with ``Status.AMBIGUOUS`` when they differ.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, SignError
from seawall.core.status import Status
from seawall.kernels.cascade import check_shock
from seawall.kernels.compiled import compiled, compiled_inline
from seawall.kernels.impact import LINEAR, SQUARE_ROOT, Impact, price_after

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


class Rungs(NamedTuple):
    """Sorted liquidations: ``at`` (n,) levels as the move meets them, ``units`` (n,) and ``owner`` (n,) of each.

    ``before`` (n + 1,): units of all rungs before each, and of all. ``side`` is -1 for falls, +1 for rises.
    ``live``: rungs that can be reached at all; those behind stand at 0 (falls) or inf (rises).
    """

    at: Array
    units: Array
    owner: Counts
    before: Array
    side: float
    live: int


class Fixed(NamedTuple):
    """Where a cascade stops: ``reached`` rungs and ``units`` liquidated, ``price`` after them.

    ``deepest`` is the largest consistent number (the "largest k" of METHOD), ``status`` AMBIGUOUS when it is larger;
    UNBOUNDED when the price has gone to zero or infinity.
    """

    reached: int
    units: float
    price: float
    deepest: int
    status: Status


class FixedMany(NamedTuple):
    """A row of ``Fixed`` for every scenario, arrays (s,); no search for deeper fixed points."""

    reached: Counts
    units: Array
    price: Array


def rungs(at: ArrayLike, units: ArrayLike, side: float, owner: ArrayLike | None = None) -> Rungs:
    """Sort liquidation levels ``at`` (n,) with their ``units``; accounts of one level are reached together.

    ``owner``: number of the account, its row when not given. A level of 0 (never) or inf is allowed and not reached.
    Raises ``DomainError`` for numbers that are not, ``SignError`` for negative units.
    """
    price, size = np.asarray(at, dtype=np.float64), np.asarray(units, dtype=np.float64)
    if side not in (-1.0, 1.0):
        raise DomainError(f"side must be -1 (falls) or +1 (rises), was {side}")
    if price.ndim != 1 or price.shape != size.shape:
        raise DomainError(f"every account needs a level and a size, had {price.size} and {size.size}")
    if np.isnan(price).any() or not np.isfinite(size).all():
        raise DomainError("levels and sizes must be numbers: drop accounts of unknown entry, and count them")
    if (size < 0.0).any():
        raise SignError("sizes are >= 0: the side says whether they are sold or bought")
    order = np.argsort(price if side > 0.0 else -price)
    who = order if owner is None else np.asarray(owner, dtype=np.int64)[order]
    levels, sold = price[order], size[order]
    before = np.zeros(sold.size + 1)
    np.cumsum(sold, out=before[1:])
    never = int(np.count_nonzero(levels == np.inf) if side > 0.0 else np.count_nonzero(levels <= 0.0))
    return Rungs(levels, sold, who.astype(np.int64, copy=False), before, float(side), levels.size - never)


def partial_rungs(at: ArrayLike, then: ArrayLike, units: ArrayLike, part: ArrayLike, side: float) -> Rungs:
    """Accounts that trade ``part`` of their units at ``at`` and the rest at ``then``, further on (arrays (n,)).

    The owner of both rungs is the row. Raises ``DomainError`` for a part outside [0, 1] or a second level that comes
    first.
    """
    first, second = np.asarray(at, dtype=np.float64), np.asarray(then, dtype=np.float64)
    size = np.asarray(units, dtype=np.float64)
    share = np.broadcast_to(np.asarray(part, dtype=np.float64), size.shape)
    if not ((share >= 0.0) & (share <= 1.0)).all():
        raise DomainError("the part liquidated first must be a share in [0, 1]: write 20 % as 0.2")
    if (side * (second - first) < 0.0).any():
        raise DomainError("the rest of an account is liquidated further on: its second level cannot come first")
    row = np.arange(size.size)
    return rungs(
        np.concatenate([first, second]),
        np.concatenate([share * size, (1.0 - share) * size]),
        side,
        np.concatenate([row, row]),
    )


@compiled_inline
def _price(book: Rungs, begin: float, impact: Impact, k: int) -> float:
    """Price when ``k`` rungs have been liquidated; the two laws that need no walk are written out."""
    if impact.law == LINEAR:
        return max(float(begin + book.side * impact.numbers[0] * book.before[k]), 0.0)
    if impact.law == SQUARE_ROOT:
        return max(float(begin + book.side * impact.numbers[0] * math.sqrt(book.before[k])), 0.0)
    return price_after(impact, begin, book.before[k], book.side)


@compiled
def _first_stop(book: Rungs, begin: float, impact: Impact) -> int:
    """Rungs reached one after the other."""
    for k in range(book.live):
        if not book.side * (_price(book, begin, impact, k) - book.at[k]) >= 0.0:
            return k
    return book.live


@compiled
def _last_reach(book: Rungs, begin: float, impact: Impact, known: int) -> int:
    """Largest number whose last rung would be reached if all before it had been."""
    for k in range(book.live - 1, known - 1, -1):
        if book.side * (_price(book, begin, impact, k) - book.at[k]) >= 0.0:
            return k + 1
    return known


@compiled
def _scan(book: Rungs, begins: Array, law: int, numbers: Array) -> tuple[Counts, Array]:
    """Count and final price for every starting price with its own row of impact numbers."""
    count, price = np.empty(begins.size, dtype=np.int64), np.empty(begins.size)
    for s in range(begins.size):
        impact = Impact(law, numbers[min(s, numbers.shape[0] - 1)])
        count[s] = _first_stop(book, begins[s], impact)
        price[s] = _price(book, begins[s], impact, count[s])
    return count, price


def book_cascade(start: float, shock: float, book: Rungs, impact: Impact) -> Fixed:
    """The fixed point of METHOD 1.7 for one shock (>= 0, price units, in the direction of the book); O(n).

    Raises ``SignError`` and ``DomainError`` as :func:`seawall.kernels.cascade.cascade`.
    """
    check_shock(start, shock, book.side)
    begin = start + book.side * shock
    count = _first_stop(book, begin, impact)
    units = float(book.before[count])
    price = _price(book, begin, impact, count)
    deepest = _last_reach(book, begin, impact, count)
    status = Status.FOUND if deepest == count else Status.AMBIGUOUS
    if not 0.0 < price < np.inf:
        status = Status.UNBOUNDED
    return Fixed(count, units, price, deepest, status)


def book_cascades(start: float, shocks: ArrayLike, book: Rungs, impacts: Impact | list[Impact]) -> FixedMany:
    """One fixed point for each shock (s,); ``impacts`` one for all, or one of the same law each.

    Raises as :func:`book_cascade`.
    """
    sizes = np.atleast_1d(np.asarray(shocks, dtype=np.float64))
    laws = [impacts] if isinstance(impacts, Impact) else impacts
    if len(laws) not in (1, sizes.size) or len({one.law for one in laws}) != 1:
        raise DomainError(f"{sizes.size} shocks need one impact, or one of the same law each, had {len(laws)}")
    if sizes.size:
        check_shock(start, float(sizes.min()), book.side)
        check_shock(start, float(sizes.max()), book.side)
    numbers = np.stack([one.numbers for one in laws])
    count, price = _scan(book, start + book.side * sizes, laws[0].law, numbers)
    return FixedMany(count, book.before[count], price)


def liquidated(book: Rungs, reached: int, accounts: int) -> Array:
    """Units each of ``accounts`` owners has lost after ``reached`` rungs, shape (accounts,)."""
    return np.asarray(np.bincount(book.owner[:reached], book.units[:reached], accounts), dtype=np.float64)


def trigger_shocks(start: float, book: Rungs, slope: float) -> Array:
    """Smallest shock that reaches each rung under linear impact ``slope``, (n,), never falling: O(n) for all shocks.

    ``max over j <= k of |level_j - start| - slope before_j``; 0 for what goes by itself.
    """
    need = book.side * (book.at - start) - slope * book.before[:-1]
    return np.maximum(np.maximum.accumulate(need), 0.0)
