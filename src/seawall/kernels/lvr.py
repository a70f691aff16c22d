"""Who gets the loss-versus-rebalancing of a pool: arbitrageurs, block builders, or its own fee (METHOD 1.5).

Blocks come at ``rate`` per unit of time, ``vol`` is per square root of it, and every rate returned is per that unit:
give both per year for a rate per year, both per day for a rate per day. ``log_fee`` is ``gam = -ln(1 - f)``; ``gas`` is
``del``, the further log displacement at which an arbitrage earns just its gas. The log mispricing ``z`` has no drift.
Closed forms broadcast; integrals over a density or a profit take scalars. Poisson blocks: arXiv:2305.14604 (Milionis,
Moallemi, Roughgarden); blocks at equal intervals: arXiv:2505.05113 (Nezlobin, Tassy).
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, NotConvergedError

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

EQUAL_BLOCKS: Final = math.sqrt(2.0 * math.pi) / 1.4603545088095868
"""c of METHOD 1.5, 1.7164519, with Riemann's ``|zeta(1/2)|``: against sqrt 2 for Poisson blocks."""

_legendre = np.polynomial.legendre.leggauss(16)
PANEL: Final = 0.05
"""Widest panel of a quadrature, in log price: 16 nodes are exact there for any power law."""
DECAY: Final = 45.0
FARTHEST: Final = 200.0
"""An integrand is followed until it has fallen by exp(-DECAY), or to FARTHEST, where prices still are numbers."""
TAIL: Final = 1e-12


class Blocks(NamedTuple):
    """Volatility, block rate, log fee, gas threshold; made by :func:`blocks`, which checks them.

    ``input_fee``: the fee is taken in the token that comes in (Uniswap) instead of in the quote token on both sides
    (the paper and METHOD 1.5). It moves the arbitrage by the factor ``e^(gam/2)/cosh(gam/2)`` and no total.
    """

    vol: Floats
    rate: Floats
    log_fee: Floats
    gas: Floats
    input_fee: bool = False


class Split(NamedTuple):
    """Rates of loss per unit of time: ``lvr`` without a fee, what arbitrageurs keep, their gas, and the fee they pay.

    ``trade`` is the probability that a block holds an arbitrage. ``net`` of gas is never negative.
    """

    lvr: Floats
    net: Floats
    gas: Floats
    fee: Floats
    trade: Floats

    @property
    def arb(self) -> Floats:
        """Arbitrage before gas."""
        return np.asarray(self.net + self.gas)

    @property
    def loss(self) -> Floats:
        """All that a delta-hedged pool loses to arbitrage and gets back as fee."""
        return np.asarray(self.net + self.gas + self.fee)


class Estimate(NamedTuple):
    """A total over a path and its standard error, in the same unit."""

    total: float
    standard_error: float


def _checked(name: str, values: ArrayLike, *, zero: bool = False) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    good = np.isfinite(array) & ((array >= 0.0) if zero else (array > 0.0))
    if not np.all(good):
        worst = float(np.ravel(array[~good] if array.ndim else array)[0])
        raise DomainError(f"{name} must be finite and {'>= 0' if zero else '> 0'}, was {worst}: check its units")
    return array


def blocks(
    vol: ArrayLike, rate: ArrayLike, log_fee: ArrayLike, gas: ArrayLike = 0.0, *, input_fee: bool = False
) -> Blocks:
    """Checked terms that broadcast together.

    Raises DomainError for vol <= 0, rate <= 0, a negative fee or gas, or ``a = sqrt(2 rate)/vol <= 1/2``: moves
    between blocks so large that expected profits diverge.
    """
    s, lam = _checked("vol", vol), _checked("rate", rate)
    fee, more = _checked("log_fee", log_fee, zero=True), _checked("gas", gas, zero=True)
    decay = np.sqrt(2.0 * lam) / s
    if np.any(decay <= 0.5):
        worst = float(np.min(decay))
        raise DomainError(f"sqrt(2 rate)/vol must be above 1/2, was {worst}: give vol and rate for one unit of time")
    s, lam, fee, more = np.broadcast_arrays(s, lam, fee, more)
    return Blocks(s, lam, fee, more, input_fee)


def log_fee(fee: ArrayLike) -> Floats:
    """``-ln(1 - f)`` of a fee as a fraction. Raises DomainError outside [0, 1)."""
    f = _checked("fee", fee, zero=True)
    if np.any(f >= 1.0):
        raise DomainError(f"fee must be below 1, was {float(np.max(f))}: give a fraction, not percent")
    return np.asarray(-np.log1p(-f))


def _decay(terms: Blocks) -> Floats:
    """``a``: excess displacement at a block is exponential with this rate."""
    return np.asarray(np.sqrt(2.0 * terms.rate) / terms.vol)


def _side(terms: Blocks) -> Floats:
    """``pi``: probability that a block holds an arbitrage of one given direction."""
    a, d = _decay(terms), terms.gas
    return np.asarray(0.5 / (1.0 + a * (terms.log_fee + d) + a * a * d * (0.5 * d + terms.log_fee)))


def trade_probability(terms: Blocks) -> Floats:
    """Probability that a Poisson block holds an arbitrage; ``1/(1 + a gam)`` without gas."""
    return np.asarray(2.0 * _side(terms))


def equal_block_share(terms: Blocks) -> Floats:
    """Arbitrage over LVR with blocks at equal intervals, ``1/(1 + c gam/sigma_b)``, to leading order in both.

    arXiv:2505.05113, whose gamma is the full spread ``2 gam``. Raises DomainError for gas, which it does not know.
    """
    if np.any(terms.gas > 0.0):
        raise DomainError("gas must be 0 for equal blocks: use cpmm_split, which has Poisson blocks")
    return np.asarray(1.0 / (1.0 + EQUAL_BLOCKS * terms.log_fee * np.sqrt(terms.rate) / terms.vol))


def _arb_weight(terms: Blocks) -> Floats:
    half = 0.5 * terms.log_fee
    return np.asarray(np.exp(half) if terms.input_fee else np.cosh(half))


def cpmm_split(terms: Blocks) -> Split:
    """Exact split for constant product and Poisson blocks, each rate over the value of the pool.

    A range of L has the same rates per ``2 L sqrt P`` while price and its mispricing stay inside: multiply by its
    leverage. METHOD 1.5, written without differences of near numbers. ``loss`` exceeds ``lvr`` by the factor
    ``E[cosh(z/2)]`` of :func:`mispricing_cosh`: both agree up to O(gam^2, del^2, sigma^2/lam).
    """
    a, half = _decay(terms), 0.5 * terms.gas
    count = terms.rate * _side(terms)  # arbitrages of one direction per unit of time; V is twice L sqrt P
    tail = (2.0 * a * np.sinh(half) + np.cosh(half)) / (a * a - 0.25)
    weight = _arb_weight(terms)
    net = count * weight * 0.5 * tail
    gas = count * weight * 4.0 * np.sinh(0.5 * half) ** 2
    fee = count * np.sinh(0.5 * terms.log_fee) * a * tail
    if terms.input_fee:  # same total: what the factor gives the arbitrageur, the fee lacks
        fee = fee + 0.5 * np.expm1(-terms.log_fee) * (net + gas)
    return Split(*map(np.asarray, (terms.vol**2 / 8.0, net, gas, fee, trade_probability(terms))))


def mispricing_cosh(terms: Blocks) -> Floats:
    """``E[cosh(z/2)]`` of the stationary mispricing: a constant-product pool loses exactly this times its LVR.

    A mispriced pool is worth ``2 L sqrt P cosh(z/2)``; what diffusion adds, arbitrage takes. The density of ``z`` is
    flat within the fee, linear up to fee plus gas, and exponential beyond.
    """
    a, d = _decay(terms), terms.gas
    low, high = 0.5 * terms.log_fee, 0.5 * (terms.log_fee + d)
    beyond = (a * np.cosh(high) + 0.5 * np.sinh(high)) / (a * a - 0.25)
    between = 2.0 * np.sinh(high) + 8.0 * a * np.sinh(0.5 * (low + high)) * np.sinh(0.25 * d)
    return np.asarray(2.0 * a * _side(terms) * (beyond + between))


def leading_gas_shares(terms: Blocks) -> tuple[Floats, Floats]:
    """Net arbitrage and gas over LVR to leading order for fast blocks, as printed in Table 2 of arXiv:2305.14604.

    Net leaves out the excess beyond the threshold, hence understates it (and is 0 without gas): for comparison only.
    """
    at, weight = _decay(terms) * terms.gas, _arb_weight(terms)
    return np.asarray(2.0 * _side(terms) * at * weight), np.asarray(_side(terms) * at**2 * weight)


def _scalar(terms: Blocks) -> tuple[float, float, float, float]:
    """Decay, fee, gas, arbitrages of both directions per unit of time. Raises DomainError for arrays."""
    if np.ndim(terms.vol):
        raise DomainError("vol, rate, log_fee and gas must be numbers for an integral: call it once for each")
    both = float(2.0 * terms.rate * _side(terms))
    return float(_decay(terms)), float(terms.log_fee), float(terms.gas), both


def _nodes(start: float, stop: float, width: float, cuts: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights on panels no wider than ``width``, cut where the integrand has a corner."""
    panels = np.linspace(start, stop, max(1, math.ceil((stop - start) / width)) + 1)
    corners = np.sort(np.concatenate([panels, cuts[(cuts > start) & (cuts < stop)]]))
    half, centre = 0.5 * np.diff(corners), 0.5 * (corners[1:] + corners[:-1])
    x = centre[:, None] + half[:, None] * _legendre[0]
    return x.ravel(), (half[:, None] * _legendre[1]).ravel()


def _beyond(decay: float, start: float, cuts: Floats) -> tuple[Floats, Floats]:
    """Nodes from ``start`` on, weighted by ``exp(-decay (x - start))``."""
    reach = min(DECAY / (decay - 0.5), FARTHEST)
    x, w = _nodes(start, start + reach, min(PANEL, 1.0 / decay), cuts)
    return x, w * np.exp(-decay * (x - start))


def _converged(terms: Floats) -> float:
    """Sum of an integral's terms. Raises NotConvergedError when the last panel still counts, or a term is no number."""
    total, last = float(np.sum(terms)), float(np.sum(np.abs(terms[-16:])))
    if not math.isfinite(total) or last > TAIL * abs(total):
        raise NotConvergedError("the profit beyond the threshold does not fall off: raise rate or lower vol")
    return total


def profit_split(profit: Function, terms: Blocks, corners: ArrayLike = ()) -> tuple[float, float]:
    """Net arbitrage and gas per unit of time for any pool, from ``profit``: the exact integral of METHOD 1.5.

    ``profit(x)`` is the mean of the two one-sided gross profits at displacement ``gam + x``, x an array >= 0, in any
    unit; the result is in that unit. ``corners``: where it has one. Poisson blocks. Raises DomainError for array terms,
    NotConvergedError where the integral diverges or the profit is no number.
    """
    a, _, d, both = _scalar(terms)
    x, w = _beyond(a, d, np.ravel(np.asarray(corners, float)))
    at_gas = float(np.asarray(profit(np.array([d])))[0])
    gross = a * _converged(w * np.asarray(profit(x), float))
    return both * (gross - at_gas), both * at_gas


def density_split(density: Function, price: float, terms: Blocks, edges: ArrayLike = ()) -> Split:
    """Split for any pool given by its density ``g(q) = -V''(q)``, at an outside ``price``, in quote per unit of time.

    The pool is displaced around ``price`` by the stationary mispricing. ``edges`` are prices where the density jumps,
    such as the ends of a range. Poisson blocks. Raises DomainError (array terms, price or edge <= 0, a density that
    is negative or no number), NotConvergedError where the integral diverges.
    """
    a, gam, d, both = _scalar(terms)
    p, ends = float(_checked("price", price)), _checked("edges", np.ravel(np.asarray(edges, float)))
    cuts = np.abs(np.log(ends / p)) - gam
    sell = math.exp(gam) if terms.input_fee else 1.0

    def slopes(x: Floats) -> tuple[Floats, Floats]:
        """Derivatives in x of the mean arbitrage and the mean fee at displacement gam + x."""
        down, up = p * np.exp(-gam - x), p * np.exp(gam + x)
        low, high = _checked("density", density(down), zero=True), _checked("density", density(up), zero=True)
        arb = 0.5 * p * (-np.expm1(-x) * down * low + sell * np.expm1(x) * up * high)
        taken = math.expm1(gam) * p if terms.input_fee else -math.expm1(-gam) * up
        return arb, 0.5 * (math.expm1(gam) * down**2 * low + taken * up * high)

    x, w = _beyond(a, d, cuts)
    arb, fee = slopes(x)
    net, more = _converged(w * arb), _converged(w * fee)
    x, w = _nodes(0.0, d, PANEL, cuts)
    arb, fee = slopes(x)
    paid, first = float(np.sum(w * arb)), float(np.sum(w * fee))
    here = 0.5 * terms.vol**2 * p * p * _checked("density", density(np.array([p])), zero=True)[0]
    return Split(*map(np.asarray, (here, both * net, both * paid, both * (first + more), both / terms.rate)))


def realised_lvr(prices: ArrayLike, deltas: ArrayLike, values: ArrayLike) -> Estimate:
    """Realised LVR of a path, ``sum [delta_i (P_(i+1) - P_i) - (V_(i+1) - V_i)]`` (METHOD 2.2): no model, in quote.

    One entry an observation, ``values`` without fees; the last delta is not used. The standard error is that of the
    sum as an estimate of the continuous LVR of the same path: each term goes as a squared return, of which
    ``sqrt(2/3 sum term^2)`` is the error (Barndorff-Nielsen and Shephard 2002). Raises DomainError for a bad path.
    """
    p, delta, value = _path(prices, deltas, values)
    terms = delta[:-1] * np.diff(p) - np.diff(value)
    return Estimate(float(np.sum(terms)), math.sqrt(2.0 / 3.0 * float(np.sum(terms**2))))


def model_lvr(
    prices: ArrayLike, densities: ArrayLike, times: ArrayLike, vol: ArrayLike, vol_error: ArrayLike = 0.0
) -> Estimate:
    """Model LVR of a path, ``sum 1/2 sigma^2 P_i^2 g_i (t_(i+1) - t_i)``, in quote.

    ``vol`` is per root of the unit of ``times``, one for all or one a step; ``vol_error`` is its standard error, common
    to all steps (``vol/sqrt(2 n)`` of n returns). Raises DomainError for a bad path, density or vol, times not rising.
    """
    p, g, t = _path(prices, densities, times)
    _checked("densities", g, zero=True)
    step, s = np.diff(t), _checked("vol", vol, zero=True)
    error = _checked("vol_error", vol_error, zero=True)
    if np.any(step <= 0.0):
        raise DomainError("times must rise: sort the path and drop repeated instants")
    if any(np.shape(x) not in ((), step.shape) for x in (s, error)):
        raise DomainError(f"vol and vol_error must be numbers or have one entry for each of {step.size} steps")
    weight = p[:-1] ** 2 * g[:-1] * step
    return Estimate(float(np.sum(0.5 * s**2 * weight)), float(np.sum(s * error * weight)))


def _path(prices: ArrayLike, *others: ArrayLike) -> tuple[Floats, Floats, Floats]:
    p = _checked("prices", prices)
    first, second = (np.asarray(x, dtype=np.float64) for x in others)
    if p.ndim != 1 or p.size < 3 or first.shape != p.shape or second.shape != p.shape:
        raise DomainError(f"a path has three columns of one length >= 3, had {p.shape}, {first.shape}, {second.shape}")
    if not np.all(np.isfinite(first) & np.isfinite(second)):
        raise DomainError("a path must be finite throughout: drop instants without a number in every column")
    return p, first, second
