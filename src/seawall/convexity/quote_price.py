"""Pricing a density off listed quotes: exact, linear between strikes, the uncovered part apart (METHOD 2.3)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity
from seawall.convexity.smile_price import Smile, price_smile, static, terminal
from seawall.core.errors import ButterflyArbitrageError, DomainError, StrikesOutOfOrderError
from seawall.core.status import Status
from seawall.kernels.segments import table_on_quotes

Floats = NDArray[np.float64]

# Convexity of quotes is judged to this fraction of the largest quote: less is rounding of prices.
CONVEXITY_TOLERANCE = 1e-9


class Wings(NamedTuple):
    """What prices the strikes beyond the quotes: a smile and its expiry."""

    smile: Smile
    forward: float
    years: float
    discount: float = 1.0


class QuotedPrice(NamedTuple):
    """``price`` of the listed part and ``tail`` of the rest, never added; ``residual`` is the largest repair.

    ``tail`` is nan with ``Status.UNKNOWN`` when the density reaches beyond the strikes and no wings were
    given.
    """

    price: float
    tail: float
    residual: float
    status: Status


def convex_minorant(strikes: Floats, quotes: Floats) -> Floats:
    """Largest convex function below the quotes, at their strikes: the lower hull."""
    hull: list[int] = []
    for i in range(strikes.size):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            chord = quotes[a] + (quotes[i] - quotes[a]) * (strikes[b] - strikes[a]) / (strikes[i] - strikes[a])
            if quotes[b] < chord:
                break
            hull.pop()
        hull.append(i)
    return np.interp(strikes, strikes[hull], quotes[hull])


def _repaired(strikes: Floats, quotes: Floats, forward: float | None) -> Floats:
    """Largest convex minorant of puts and of calls; their meeting at the forward is a ridge, not a violation."""
    peak = int(np.argmax(quotes))
    if forward is not None:
        splits = [(strikes <= forward, strikes >= forward)]
    else:
        # The highest quote is the last put or the first call: whichever contradicts the others less.
        index = np.arange(strikes.size)
        splits = [(index <= peak, index > peak), (index < peak, index >= peak)]
    candidates = []
    for split in splits:
        fixed = quotes.copy()
        for side in split:
            if np.count_nonzero(side) > 2:
                fixed[side] = np.minimum(fixed[side], convex_minorant(strikes[side], quotes[side]))
        candidates.append(fixed)
    return min(candidates, key=lambda fixed: float(np.max(quotes - fixed)))


def price_quotes(
    density: ConvexityDensity | FlowDensity,
    strikes: ArrayLike,
    quotes: ArrayLike,
    wings: Wings | None = None,
    *,
    repair: bool = False,
) -> QuotedPrice:
    """Price off out-of-the-money quotes, linear between rising strikes; exact, no quadrature (METHOD 2.3).

    Mid, bid and ask quotes give three prices. What lies beyond the strikes is priced on ``wings`` and
    returned as ``tail``, never added. Quotes not convex in strike (puts and calls each) raise
    ButterflyArbitrageError, or with ``repair`` are lowered to their largest convex minorant. Raises
    DomainError, StrikesOutOfOrderError, ConventionError.
    """
    density = static(density) if wings is None else terminal(density, wings.years)
    k = np.array(strikes, dtype=np.float64)
    q = np.array(quotes, dtype=np.float64)
    if k.ndim != 1 or k.shape != q.shape or k.size < 2:
        raise DomainError(f"give at least 2 strikes and as many quotes, were {k.shape} and {q.shape}")
    if not (np.all(np.isfinite(k)) and np.all(k > 0.0) and np.all(np.isfinite(q)) and np.all(q >= 0.0)):
        raise DomainError("strikes must be finite and > 0, quotes finite and >= 0: drop the other rows")
    if np.any(np.diff(k) <= 0.0):
        raise StrikesOutOfOrderError("strikes must rise and be distinct: sort them and drop duplicates")
    fixed = _repaired(k, q, wings.forward if wings is not None else None)
    residual = float(np.max(q - fixed))
    if residual > CONVEXITY_TOLERANCE * float(np.max(q)) and not repair:
        worst = int(np.argmax(q - fixed))
        raise ButterflyArbitrageError(
            f"the quote at {k[worst]:g} is {residual:.6g} too high for its neighbours: drop it, or repair=True"
        )
    used = fixed if repair else q
    listed = density.restricted(float(k[0]), float(k[-1]))
    at, sizes = listed.mass_arrays()
    price = table_on_quotes(listed.table(), k, used) + float(sizes @ np.interp(at, k, used))
    tail, status = _tail(density, float(k[0]), float(k[-1]), wings)
    return QuotedPrice(price, tail, residual if repair else 0.0, status)


def _tail(density: ConvexityDensity, first: float, last: float, wings: Wings | None) -> tuple[float, Status]:
    beyond = ConvexityDensity(
        density.restricted(0.0, first).segments + density.restricted(last, math.inf).segments,
        tuple(m for m in density.masses if not first <= m.strike <= last),
        density.horizon,
    )
    if not beyond.segments and not beyond.masses:
        return 0.0, Status.FOUND
    if wings is None:
        return math.nan, Status.UNKNOWN
    return price_smile(beyond, wings.smile, wings.forward, wings.years, wings.discount), Status.FOUND
