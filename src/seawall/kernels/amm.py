"""Constant-function pools as payoffs of one price: value, delta, convexity, impermanent loss (METHOD 1.4).

Public functions take arrays that broadcast together and return arrays of the broadcast shape (0-d for
scalars); values are in the quote token, ``price`` is quote per base token, ``liquidity`` is L of x y = L^2.
The ``_one`` scalars carry the formulas, are compiled, and do not check their input.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.compiled import compiled
from seawall.kernels.segments import segment_price

Floats = NDArray[np.float64]


class Pool(NamedTuple):
    """A pool position at each price: what it is worth, holds, and owes to volatility.

    ``density`` is ``-V''`` (positive: short convexity); ``base`` and ``quote`` are token amounts, so ``value
    = base * price + quote`` and ``base`` is the delta; ``leverage`` is the convexity per value in units of
    the v2 pool's, 0 outside a range; ``on_edge`` marks prices exactly on an end of a range.
    """

    value: Floats
    delta: Floats
    density: Floats
    base: Floats
    quote: Floats
    leverage: Floats
    on_edge: NDArray[np.bool_]


@compiled
def v3_value_one(price: float, liquidity: float, low: float, high: float) -> float:
    """Value of a v3 position; below the range all base token, above it all quote token."""
    if price <= low:
        return liquidity * price * (1.0 / math.sqrt(low) - 1.0 / math.sqrt(high))
    if price >= high:
        return liquidity * (math.sqrt(high) - math.sqrt(low))
    return liquidity * (2.0 * math.sqrt(price) - math.sqrt(low) - price / math.sqrt(high))


@compiled
def v3_delta_one(price: float, liquidity: float, low: float, high: float) -> float:
    """Delta of a v3 position: its amount of base token."""
    inside = min(max(price, low), high)
    return liquidity * (1.0 / math.sqrt(inside) - 1.0 / math.sqrt(high))


@compiled
def v3_density_one(price: float, liquidity: float, low: float, high: float) -> float:
    """``-V''`` of a v3 position; both ends of the range belong to it."""
    if price < low or price > high:
        return 0.0
    return 0.5 * liquidity / (price * math.sqrt(price))


@compiled
def v3_loss_one(price: float, entry: float, liquidity: float, low: float, high: float) -> float:
    """Impermanent loss (<= 0) against holding the tokens of ``entry``; linear outside the range.

    In range ``-L (sqrt P - sqrt p0)^2 / sqrt p0``; beyond an end the token mix is frozen there. An entry
    outside the range has the frozen mix of the nearer end.
    """
    inside, start = min(max(price, low), high), min(max(entry, low), high)
    root, origin = math.sqrt(inside), math.sqrt(start)
    bend = -((root - origin) ** 2) / origin
    return liquidity * (bend + (1.0 / root - 1.0 / origin) * (price - inside))


@compiled
def v3_expected_loss_one(forward: float, entry: float, low: float, high: float, vol: float, years: float) -> float:
    """``E[-IL]`` per unit of liquidity under a lognormal martingale with mean ``forward``, any entry price.

    The loss already made at the forward plus the price of the remaining convexity: both positive, no
    cancellation. METHOD 1.4 truncated power moments through ``segment_price``.
    """
    bend = 0.5 * segment_price(low, high, 1.5, forward, vol * math.sqrt(years))
    return bend - v3_loss_one(forward, entry, 1.0, low, high)


@compiled
def _v3_rows(table: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.zeros((5, table.shape[1]))
    for i in range(table.shape[1]):
        p, size, a, b = table[0, i], table[1, i], table[2, i], table[3, i]
        rows[0, i] = v3_value_one(p, size, a, b)
        rows[1, i] = v3_delta_one(p, size, a, b)
        rows[2, i] = v3_density_one(p, size, a, b)
        rows[3, i] = size * (math.sqrt(min(max(p, a), b)) - math.sqrt(a))
        if a <= p <= b:
            rows[4, i] = 1.0 / (1.0 - 0.5 * (math.sqrt(a / p) + math.sqrt(p / b)))
    return rows


@compiled
def _v3_losses(table: NDArray[np.float64]) -> NDArray[np.float64]:
    losses = np.empty(table.shape[1])
    for i in range(losses.size):
        losses[i] = v3_loss_one(table[0, i], table[1, i], table[2, i], table[3, i], table[4, i])
    return losses


@compiled
def _v3_expected_losses(table: NDArray[np.float64]) -> NDArray[np.float64]:
    losses = np.empty(table.shape[1])
    for i in range(losses.size):
        losses[i] = v3_expected_loss_one(table[0, i], table[1, i], table[2, i], table[3, i], table[4, i], table[5, i])
    return losses


def positive(name: str, values: ArrayLike, *, zero: bool = False) -> Floats:
    """As an array of finite numbers > 0 (or >= 0). Raises DomainError."""
    array = np.asarray(values, dtype=np.float64)
    good = np.isfinite(array) & ((array >= 0.0) if zero else (array > 0.0))
    if not np.all(good):
        worst = array[~good].flat[0] if array.ndim else array
        raise DomainError(f"{name} must be finite and {'>= 0' if zero else '> 0'}, was {float(worst)}: check its units")
    return array


def _range(low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    a, b = positive("low", low), positive("high", high)
    if np.any(a >= b):
        at = np.argmax(np.ravel(a >= b))
        pair = tuple(float(np.ravel(x)[at]) for x in np.broadcast_arrays(a, b))
        raise RangeError(f"low must be below high, were {pair}: swap or widen the range")
    return a, b


def _weight(weight: ArrayLike) -> Floats:
    array = np.asarray(weight, dtype=np.float64)
    if not np.all((array > 0.0) & (array < 1.0)):
        raise DomainError(
            f"weight of the risky token must be inside (0, 1), was {array.tolist()}: give a share, not percent"
        )
    return array


def _pool(value: Floats, density: Floats, base: Floats, quote: Floats, leverage: Floats) -> Pool:
    """Of a pool without a range."""
    a = np.asarray
    return Pool(a(value), a(base), a(density), a(base), a(quote), a(leverage), np.zeros(np.shape(value), np.bool_))


def v2(price: ArrayLike, liquidity: ArrayLike) -> Pool:
    """Constant-product position: value ``2 L sqrt P``, density ``L/(2 P^1.5)``. Raises DomainError."""
    p, size = np.broadcast_arrays(positive("price", price), positive("liquidity", liquidity, zero=True))
    root = np.sqrt(p)
    base = size / root
    ones = np.ones(p.shape)
    return _pool(2.0 * size * root, 0.5 * base / p, base, size * root, ones)


def v3(price: ArrayLike, liquidity: ArrayLike, low: ArrayLike, high: ArrayLike) -> Pool:
    """Concentrated position on ``[low, high]``. Raises DomainError (P <= 0, L < 0), RangeError (low >= high).

    Leverage over v2 ``A = 1/(1 - (sqrt(pa/P) + sqrt(P/pb))/2)``. On an end the density has its in-range
    value.
    """
    a, b = _range(low, high)
    p, size, a, b = np.broadcast_arrays(positive("price", price), positive("liquidity", liquidity, zero=True), a, b)
    rows = _v3_rows(np.array([x.ravel() for x in (p, size, a, b)]))
    value, delta, density, quote, leverage = (row.reshape(p.shape) for row in rows)
    return Pool(value, delta, density, delta, quote, leverage, np.asarray((p == a) | (p == b)))


def weighted(price: ArrayLike, coefficient: ArrayLike, weight: ArrayLike) -> Pool:
    """Weighted pool ``V = c P^w``, w the value share of the base token in (0, 1). Raises DomainError."""
    p, c, w = np.broadcast_arrays(
        positive("price", price), positive("coefficient", coefficient, zero=True), _weight(weight)
    )
    value = c * p**w
    base = w * value / p
    return _pool(value, (1.0 - w) * base / p, base, (1.0 - w) * value, 4.0 * w * (1.0 - w))


def v2_loss_share(ratio: ArrayLike) -> Floats:
    """Impermanent loss of v2 over the value of holding, at ratio r = P/p0: ``2 sqrt(r)/(1+r) - 1``."""
    r = positive("ratio", ratio)
    return np.asarray(-((1.0 - np.sqrt(r)) ** 2) / (1.0 + r))


def weighted_loss_share(ratio: ArrayLike, weight: ArrayLike) -> Floats:
    """Impermanent loss of a weighted pool over the value of holding: ``r^w/(w r + 1 - w) - 1``, <= 0."""
    r, w = positive("ratio", ratio), _weight(weight)
    return np.asarray(r**w / (w * r + 1.0 - w) - 1.0)


def v3_loss(price: ArrayLike, entry: ArrayLike, liquidity: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Impermanent loss (<= 0) of a v3 position, in quote. Raises DomainError, RangeError."""
    a, b = _range(low, high)
    columns = np.broadcast_arrays(
        positive("price", price),
        positive("entry", entry),
        positive("liquidity", liquidity, zero=True),
        a,
        b,
    )
    return _v3_losses(np.array([x.ravel() for x in columns])).reshape(columns[0].shape)


def v2_expected_loss_share(vol: ArrayLike, years: ArrayLike) -> Floats:
    """``E[-IL]/V0`` of v2 entered at the forward, lognormal, r = 0: ``1 - exp(-sigma^2 T/8)``."""
    s, t = positive("vol", vol, zero=True), positive("years", years, zero=True)
    return np.asarray(-np.expm1(-(s**2) * t / 8.0))


def v3_expected_il(
    entry: ArrayLike, low: ArrayLike, high: ArrayLike, forward: ArrayLike, vol: ArrayLike, years: ArrayLike
) -> Floats:
    """Expected impermanent loss over the value at entry, ``E[-IL]/V0`` (>= 0), in closed form.

    ``entry`` may differ from ``forward``, and either may be outside the range. Lognormal martingale with mean
    ``forward``. Raises DomainError, RangeError. Truncated moments as in Lipton-Lucic-Sepp, arXiv:2407.05146.
    """
    a, b = _range(low, high)
    columns = np.broadcast_arrays(
        positive("forward", forward), positive("entry", entry), a, b,
        positive("vol", vol, zero=True), positive("years", years, zero=True),
    )  # fmt: skip
    losses = _v3_expected_losses(np.array([x.ravel() for x in columns])).reshape(columns[0].shape)
    return np.asarray(losses / v3(entry, 1.0, a, b).value)


def fee_implied_vol(fee: ArrayLike, volume: ArrayLike, liquidity: ArrayLike, price: ArrayLike) -> Floats:
    """Break-even vol of in-range liquidity paid by fees: ``2 sqrt(fee volume/(L sqrt P))``.

    ``fee`` is a fraction, ``volume`` quote per year (then the vol is per sqrt(year); a day gives a daily
    vol), ``liquidity`` what is active at ``price``. Raises DomainError.
    """
    income = positive("fee", fee, zero=True) * positive("volume", volume, zero=True)
    return np.asarray(2.0 * np.sqrt(income / (positive("liquidity", liquidity) * np.sqrt(positive("price", price)))))


def quote_depth(liquidity: ArrayLike, price: ArrayLike, drop: ArrayLike) -> Floats:
    """Quote paid out while price falls by the fraction ``drop``, one range: ``L (sqrt P - sqrt((1-x) P))``."""
    p, x = positive("price", price), positive("drop", drop, zero=True)
    if np.any(x >= 1.0):
        raise DomainError(f"drop must be below 1, was {float(np.max(x))}: give a fraction, not percent")
    return np.asarray(positive("liquidity", liquidity, zero=True) * np.sqrt(p) * (1.0 - np.sqrt(1.0 - x)))


def lvr_rate(price: ArrayLike, density: ArrayLike, vol: ArrayLike) -> Floats:
    """Loss-versus-rebalancing per year in quote, ``sigma^2 P^2 g/2`` of any pool (arXiv:2208.06046)."""
    g = np.asarray(density, dtype=np.float64)
    if not np.all(np.isfinite(g)):
        raise DomainError("density must be finite: take it from a pool at a positive price")
    return np.asarray(0.5 * positive("vol", vol, zero=True) ** 2 * positive("price", price) ** 2 * g)


def lvr_share(leverage: ArrayLike, vol: ArrayLike) -> Floats:
    """LVR over value per year, ``A sigma^2/8``; ``leverage`` 1 for v2, ``4 w (1-w)`` for a weighted pool."""
    return np.asarray(positive("leverage", leverage, zero=True) * positive("vol", vol, zero=True) ** 2 / 8.0)
