"""One expiry's out-of-the-money quotes as total variance: SVI, or a mixture where five parameters cannot (METHOD 1.2).

Prices are undiscounted over the forward, so that strikes and expiries of all sizes look alike. A quote's error is
measured in its own half-spread, which is the price form of the weight vega over bid-ask volatility width.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.black import black
from seawall.kernels.implied import implied_vol
from seawall.kernels.mixture import Basis, Mixture, basis, component_prices, normalised
from seawall.kernels.smile import Svi
from seawall.kernels.svi_fit import fit_svi

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

COMPONENTS: Final = 70
SMOOTHING: Final = (1.0, 0.1, 1e-2, 1e-3)
"""Weights of the smoothness term, tried in this order until the quotes are met."""
MET: Final = 0.995
"""Share of the quotes between 5 and 95 delta that is enough to stop."""
DELTAS: Final = (0.05, 0.95)
SVI_DELTAS: Final = (0.01, 0.99)
PASSES: Final = 3
_EXACT = 1e4  # weight of the two equations on sum and mean
_PUSH = 10.0  # weight of a bound that was crossed
_MARGIN = 0.1  # part of the half-spread by which a crossed bound is to be met
_SLACK = 1e-12


class Quotes(NamedTuple):
    """Out-of-the-money quotes of one expiry at rising k, undiscounted over the forward; arrays of one length.

    ``half``: half the spread. ``firm``: both sides are quoted, so the mid means something; otherwise only the ask does.
    """

    k: Array
    bid: Array
    ask: Array
    half: Array
    firm: Mask

    @property
    def mid(self) -> Array:
        """Middle of bid and ask."""
        return 0.5 * (self.bid + self.ask)


class Vols(NamedTuple):
    """What the quotes mean in volatility: total variance and deviation at mid, vega, width, and the delta's size."""

    w: Array
    vega: Array
    width: Array
    core: Mask
    wide: Mask
    known: Mask


@dataclass(frozen=True, slots=True)
class Floor:
    """Prices that a slice may not be below: those of the surface so far, at fixed k. ``None`` for the first slice."""

    k: Array
    price: Array


def quotes_of(strike: Array, right: Array, bid: Array, ask: Array, forward: float, discount: float) -> Quotes:
    """The out-of-the-money side of one expiry, sorted; rows without a usable ask must be gone."""
    out = np.where(strike >= forward, 1.0, -1.0) == right
    order = np.argsort(strike[out], kind="stable")
    scale = 1.0 / (forward * discount)
    low, high = bid[out][order] * scale, ask[out][order] * scale
    firm = low > 0.0
    half = 0.5 * (high - low)
    least = 1e-3 * float(np.median(half[firm])) if firm.any() else 0.0
    return Quotes(np.log(strike[out][order] / forward), low, high, np.maximum(half, max(least, 1e-12)), firm)


def vols_of(quotes: Quotes, years: float) -> Vols:
    """Volatilities of mid, bid and ask, and which quotes lie between 5 and 95 delta."""
    side = np.where(quotes.k >= 0.0, 1.0, -1.0)
    strike = np.exp(quotes.k)
    mid, found = implied_vol(quotes.mid, 1.0, strike, years, 0.0, side)
    low, _ = implied_vol(quotes.bid, 1.0, strike, years, 0.0, side)
    high, _ = implied_vol(quotes.ask, 1.0, strike, years, 0.0, side)
    known = (found == 0) & quotes.firm
    greeks = black(1.0, strike, years, np.where(known, mid, 1.0), 0.0, side)
    size = np.abs(greeks.delta)
    core, wide = (known & (size >= a) & (size <= b) for a, b in (DELTAS, SVI_DELTAS))
    width = np.where(np.isfinite(high - low), high - low, np.inf)
    return Vols(np.where(known, mid * mid * years, np.nan), greeks.vega, np.maximum(width, 1e-4), core, wide, known)


def inside(quotes: Quotes, price: Array) -> Mask:
    """Whether a price lies between bid and ask."""
    return np.asarray((price >= quotes.bid - _SLACK) & (price <= quotes.ask + _SLACK))


def svi_of(quotes: Quotes, vols: Vols, years: float) -> Svi | None:
    """Raw SVI by least squares in w, weighted by vega over volatility width; None with fewer than five quotes."""
    use = vols.wide if vols.wide.sum() >= 5 else vols.known
    if use.sum() < 5:
        return None
    weight = vols.vega[use] / vols.width[use]
    return fit_svi(quotes.k[use], vols.w[use], weight / float(np.median(weight)) / years)


def money_deviation(quotes: Quotes, vols: Vols) -> float:
    """Deviation at the money: median of the six known quotes nearest to the forward."""
    order = np.argsort(np.where(vols.known, np.abs(quotes.k), np.inf))[: min(6, int(vols.known.sum()))]
    return float(np.sqrt(np.median(vols.w[order])))


def _smooth_rows(deviation: float, of: Basis) -> Array:
    """Second differences of weight over a fat-tailed reference (Student, four degrees), one row a component inside."""
    z = np.log(of.mean) / deviation
    reference = np.gradient(z) * (1.0 + z * z / 4.0) ** -2.5
    scale = 1.0 / (reference / reference.sum())
    rows = np.zeros((z.size - 2, z.size))
    at = np.arange(z.size - 2)
    rows[at, at], rows[at, at + 1], rows[at, at + 2] = scale[:-2], -2.0 * scale[1:-1], scale[2:]
    return rows


def _solve(rows: list[Array], target: list[Array]) -> Array | None:
    """Weights >= 0 of least squares (Lawson and Hanson 1974); None when the iteration ends without an answer."""
    from scipy.optimize import nnls

    try:
        weight, _ = nnls(np.vstack(rows), np.concatenate(target))
    except RuntimeError:
        return None
    return np.asarray(weight) if weight.sum() > 0.0 else None


def mixture_of(quotes: Quotes, vols: Vols, floor: Floor | None) -> Mixture | None:
    """The smoothest mixture of lognormals that meets the quotes, not below ``floor``; None when none is found.

    Errors are in half-spreads. Smoothing is relaxed until 99.5 % of the quotes between 5 and 95 delta are inside
    bid-ask; then bounds that are crossed (bid, ask, asks without a bid, floor) are added with a weight.
    """
    deviation = money_deviation(quotes, vols)
    reach = quotes.k[quotes.firm] / deviation
    of = basis(deviation, min(-6.0, 1.3 * float(reach[0])), max(5.0, 1.3 * float(reach[-1])), COMPONENTS)
    prices = component_prices(quotes.k, of.mean, of.stdev)
    scaled = prices / quotes.half[:, None]
    core = vols.core if vols.core.any() else vols.known
    exact = _EXACT * np.vstack([np.ones(COMPONENTS), (of.mean - 1.0) / deviation])
    rows = [scaled[quotes.firm], exact]
    target = [(quotes.mid / quotes.half)[quotes.firm], np.array([_EXACT, 0.0])]
    smooth = _smooth_rows(deviation, of)
    best, share, kept = None, -1.0, SMOOTHING[0]
    for size in SMOOTHING:
        weight = _solve([*rows, size * smooth], [*target, np.zeros(smooth.shape[0])])
        met = 0.0 if weight is None else float(inside(quotes, prices @ weight)[core].mean())
        if weight is not None and met > share:
            best, share, kept = weight, met, size
        if share >= MET:
            break
    if best is None:
        return None
    rows.append(kept * smooth)
    target.append(np.zeros(smooth.shape[0]))
    limits = _Limits(quotes, prices, floor, of)
    for _ in range(PASSES):
        extra = limits.crossed(best)
        if extra is None:
            break
        rows.append(extra[0])
        target.append(extra[1])
        again = _solve(rows, target)
        if again is None:
            break
        best = again
    return normalised(best, of)


class _Limits:
    """Bounds on prices and the rows that push a crossed one back."""

    def __init__(self, quotes: Quotes, prices: Array, floor: Floor | None, of: Basis) -> None:
        self.quotes, self.prices, self.floor = quotes, prices, floor
        if floor is not None:
            self.floor_prices = component_prices(floor.k, of.mean, of.stdev)
            self.floor_half = np.interp(floor.k, quotes.k, quotes.half)

    def crossed(self, weight: Array) -> tuple[Array, Array] | None:
        """Rows and targets of the bounds that ``weight`` crosses; None when there is none."""
        q = self.quotes
        price = self.prices @ weight
        rows, target = [], []
        for over, bound, sign in ((price > q.ask, q.ask, -1.0), (price < q.bid, q.bid, 1.0)):
            if over.any():
                rows.append(_PUSH * self.prices[over] / q.half[over, None])
                target.append(_PUSH * (bound / q.half + sign * _MARGIN)[over])
        if self.floor is not None:
            low = self.floor_prices @ weight < self.floor.price - 1e-3 * self.floor_half
            if low.any():
                rows.append(_PUSH * self.floor_prices[low] / self.floor_half[low, None])
                target.append(_PUSH * (self.floor.price / self.floor_half)[low])
        return (np.vstack(rows), np.concatenate(target)) if rows else None
