"""European options on a forward (Black 1976) and on a spot (Black-Scholes-Merton): value and greeks.

F n(d1) = K n(d2), so value and every greek come from one density and two Mills ratios. The out-of-the-money value is
D F n(d1) [Y(-d1) - Y(-d2)], a difference that :func:`mills_pair` gives without cancellation; the in-the-money value
follows by parity. METHOD 1.1; Haug 1998.

Units: years, volatility per 1.00 a year; greeks per 1.00 and per year. `side` is +1 for a call, -1 for a put.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError
from seawall.kernels.compiled import borrowing, compiled, compiled_inline
from seawall.kernels.normal import REACH, exp_fast, log_ratio, mills_pair, norm_pdf_fast

Floats = NDArray[np.float64]
_BLOCK = 512
Nine = tuple[float, float, float, float, float, float, float, float, float]


class Greeks(NamedTuple):
    """Value and greeks, per 1.00 of volatility and per year; arrays of one shape."""

    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats
    vanna: Floats
    volga: Floats
    charm: Floats


@compiled_inline
def _parts(forward: float, strike: float, stdev: float) -> tuple[float, float, float, float, float]:
    """d1, F n(d1), undiscounted out-of-the-money value, N(d1), N(-d1); stdev > 0.

    Written for the out-of-the-money side, e1 = -|ln(F/K)|/s + s/2. Below e1 = REACH the value is a difference of
    Mills ratios, above it is lower - F n(d1) (Y + Y), which does not cancel there as s > 2 REACH.
    """
    x = log_ratio(forward, strike)
    per_stdev = 1.0 / stdev
    wide = abs(x) * per_stdev
    e1 = 0.5 * stdev - wide
    below = e1 <= REACH
    lower = min(forward, strike)
    mills_1, difference = mills_pair(-e1 if below else e1, stdev if below else 2.0 * wide)
    mass = lower * norm_pdf_fast(e1)
    value = mass * difference if below else lower - mass * (2.0 * mills_1 - difference)
    call_out = forward <= strike
    tail = mass / forward * (mills_1 if call_out else mills_1 - difference)
    rest = 1.0 - tail
    tail_is_call = call_out and below
    d1 = x * per_stdev + 0.5 * stdev
    return d1, mass, value, tail if tail_is_call else rest, rest if tail_is_call else tail


@compiled_inline
def value_delta(
    forward: float, strike: float, years: float, vol: float, discount: float, side: float
) -> tuple[float, float]:
    """Value and discounted forward delta; `years` and `vol` may be 0."""
    stdev = vol * math.sqrt(years)
    intrinsic = max(side * (forward - strike), 0.0)
    if not stdev > 0.0:
        inside = 0.5 if forward == strike else (1.0 if intrinsic > 0.0 else 0.0)
        return discount * intrinsic, discount * side * inside
    _, _, value, up, down = _parts(forward, strike, stdev)
    return discount * (value + intrinsic), discount * side * (up if side > 0.0 else down)


@compiled
def value_one(forward: float, strike: float, years: float, vol: float, discount: float, side: float) -> float:
    """Value of one option; years = 0 or vol = 0 give intrinsic. Inputs are trusted."""
    return value_delta(forward, strike, max(years, 0.0), vol, discount, side)[0]


@borrowing
def values_into(forward: Floats, strike: Floats, stdev: Floats, side: Floats, out: Floats, count: int) -> None:
    """Undiscounted values of the first ``count`` options, as vector code; stdev > 0. Inputs are trusted."""
    for i in range(count):
        _, _, value, _, _ = _parts(forward[i], strike[i], stdev[i])
        out[i] = value + max(side[i] * (forward[i] - strike[i]), 0.0)


@compiled
def delta_one(forward: float, strike: float, years: float, vol: float, discount: float, side: float) -> float:
    """Discounted forward delta D cp N(cp d1); at years = 0 or vol = 0 a step, D cp/2 at F = K. Inputs are trusted."""
    return value_delta(forward, strike, max(years, 0.0), vol, discount, side)[1]


@compiled_inline
def _smooth(forward: float, strike: float, years: float, vol: float, rate: float, side: float) -> Nine:
    """All greeks for years > 0 and vol > 0, without a branch."""
    root = math.sqrt(years)
    stdev = vol * root
    discount = exp_fast(-rate * years)
    d1, mass, value, up, down = _parts(forward, strike, stdev)
    d2 = d1 - stdev
    mass *= discount
    price = discount * (value + max(side * (forward - strike), 0.0))
    delta = discount * side * (up if side > 0.0 else down)
    density = mass / forward
    gamma = density / (forward * stdev)
    vega = mass * root
    theta = rate * price - 0.5 * mass * vol / root
    vanna = -density * d2 / vol
    volga = vega * d1 * d2 / vol
    charm = rate * delta + 0.5 * density * d2 / years
    return price, delta, gamma, vega, theta, -years * price, vanna, volga, charm


@compiled_inline
def _expired(forward: float, strike: float, years: float, rate: float, side: float) -> Nine:
    """The limit without uncertainty: discounted intrinsic, a step for delta, no convexity."""
    discount = math.exp(-rate * years)
    price, delta = value_delta(forward, strike, 0.0, 0.0, discount, side)
    return price, delta, 0.0, 0.0, rate * price, -years * price, 0.0, 0.0, rate * delta


@compiled
def greeks_one(forward: float, strike: float, years: float, vol: float, rate: float, side: float) -> Nine:
    """Value and greeks of one option on a forward, in the order of :class:`Greeks`. Inputs are trusted."""
    if years > 0.0 and vol > 0.0:
        return _smooth(forward, strike, years, vol, rate, side)
    return _expired(forward, strike, max(years, 0.0), rate, side)


@compiled
def _undiscounted(forward: Floats, strike: Floats, years: Floats, vol: Floats, side: Floats, block: Floats) -> None:
    """Rows of block: undiscounted value, cp N(cp d1), F n(d1)."""
    for i in range(forward.size):
        _, mass, value, up, down = _parts(forward[i], strike[i], vol[i] * math.sqrt(years[i]))
        block[0, i] = value + max(side[i] * (forward[i] - strike[i]), 0.0)
        block[1, i] = side[i] * (up if side[i] > 0.0 else down)
        block[2, i] = mass


@compiled
def _discounted(
    forward: Floats, years: Floats, vol: Floats, rate: Floats, block: Floats, rows: tuple[Floats, ...]
) -> None:
    price, delta, gamma, vega, theta, rho = rows
    for i in range(forward.size):
        root = math.sqrt(years[i])
        discount = exp_fast(-rate[i] * years[i])
        mass = discount * block[2, i]
        value = discount * block[0, i]
        price[i] = value
        delta[i] = discount * block[1, i]
        gamma[i] = mass / (forward[i] * forward[i] * vol[i] * root)
        vega[i] = mass * root
        theta[i] = rate[i] * value - 0.5 * mass * vol[i] / root
        rho[i] = -years[i] * value


@compiled
def _repair(
    forward: Floats, strike: Floats, years: Floats, vol: Floats, rate: Floats, side: Floats, out: Floats
) -> None:
    """Overwrite the options without time or volatility by their limit."""
    for i in range(forward.size):
        if not (years[i] > 0.0 and vol[i] > 0.0):
            nine = _expired(forward[i], strike[i], max(years[i], 0.0), rate[i], side[i])
            for row in range(6):
                out[row, i] = nine[row]


@compiled
def price_and_greeks_into(
    forward: Floats, strike: Floats, years: Floats, vol: Floats, rate: Floats, side: Floats, out: Floats
) -> None:
    """Fill out[0..5] with price, delta, gamma, vega, theta, rho of n options; out is (6, n). Inputs are trusted.

    All arrays are float64, contiguous, of length n. Both halves are vector code; each goes over a block that stays in
    the cache, and is short enough that the processor overlaps several turns. Options with years = 0 or
    vol = 0 are counted, and repaired only if there are any.
    """
    block = np.empty((3, _BLOCK))
    n = forward.size
    for first in range(0, n, _BLOCK):
        part = slice(first, min(first + _BLOCK, n))
        _undiscounted(forward[part], strike[part], years[part], vol[part], side[part], block)
        rows = (out[0][part], out[1][part], out[2][part], out[3][part], out[4][part], out[5][part])
        _discounted(forward[part], years[part], vol[part], rate[part], block, rows)
    edges = 0
    for i in range(n):
        edges += 0 if years[i] > 0.0 and vol[i] > 0.0 else 1
    if edges:
        _repair(forward, strike, years, vol, rate, side, out)


@compiled
def _second_order(
    forward: Floats, strike: Floats, years: Floats, vol: Floats, rate: Floats, rows: tuple[Floats, ...]
) -> None:
    """Vanna, volga and charm from the delta and the vega already in `rows`."""
    delta, vega, vanna, volga, charm = rows
    for i in range(forward.size):
        live = years[i] > 0.0 and vol[i] > 0.0
        root = math.sqrt(years[i]) if live else 1.0
        sigma = vol[i] if live else 1.0
        stdev = sigma * root
        d2 = log_ratio(forward[i], strike[i]) / stdev - 0.5 * stdev
        pull = vega[i] * d2 / (forward[i] * root)
        vanna[i] = -pull / sigma
        volga[i] = vega[i] * d2 * (d2 + stdev) / sigma
        charm[i] = rate[i] * delta[i] + 0.5 * pull / (root * root)


def _checked(positive: dict[str, ArrayLike], nonnegative: dict[str, ArrayLike], free: dict[str, ArrayLike]) -> None:
    """Raise DomainError for the first number outside its domain, naming argument and index."""
    for names, floor, text in ((positive, "above", "> 0"), (nonnegative, "at", ">= 0"), (free, "", "")):
        for name, given in names.items():
            values = np.asarray(given, dtype=np.float64)
            good = np.isfinite(values)
            if floor:
                good &= (values > 0.0) if floor == "above" else (values >= 0.0)
            if name == "side":
                good = np.abs(values) == 1.0
            if not good.all():
                index = tuple(int(k) for k in np.argwhere(~good)[0])
                want = "+1 (call) or -1 (put)" if name == "side" else f"finite {text}".strip()
                raise DomainError(f"{name} must be {want}, was {values[index]} at index {index}: check its units")


def _flat(*given: ArrayLike) -> list[Floats]:
    """Arguments broadcast, contiguous, one-dimensional."""
    arrays = [np.asarray(argument, dtype=np.float64) for argument in given]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    spread = (array if array.shape == shape else np.broadcast_to(array, shape).copy() for array in arrays)
    return [np.ascontiguousarray(array).ravel() for array in spread]


def black(
    forward: ArrayLike, strike: ArrayLike, years: ArrayLike, vol: ArrayLike, rate: ArrayLike, side: ArrayLike
) -> Greeks:
    """Value and greeks of European options on a forward.

    Arguments broadcast; the result has their common shape. rho is dV/drate at a fixed forward, -T V. Options with
    years = 0 or vol = 0 are worth discounted intrinsic, with gamma 0 and, at the strike, delta D side/2.

    Raises:
        DomainError: a number is not finite, forward or strike <= 0, years or vol < 0, side not +1 or -1.

    Source: Black 1976; METHOD 1.1.
    """
    _checked({"forward": forward, "strike": strike}, {"years": years, "vol": vol}, {"rate": rate, "side": side})
    f, k, t, sigma, r, cp = _flat(forward, strike, years, vol, rate, side)
    out = np.empty((9, f.size))
    price_and_greeks_into(f, k, t, sigma, r, cp, out[:6])
    _second_order(f, k, t, sigma, r, (out[1], out[3], out[6], out[7], out[8]))
    shape = np.broadcast_shapes(*(np.shape(given) for given in (forward, strike, years, vol, rate, side)))
    return Greeks(*(row.reshape(shape) for row in out))


def bsm(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    side: ArrayLike,
) -> Greeks:
    """Value and greeks of European options on a spot with a continuous yield.

    Arguments broadcast; the result has their common shape. Delta, gamma, vanna and charm are with respect to the
    spot, rho is dV/drate at a fixed spot.

    Raises:
        DomainError: a number is not finite, spot or strike <= 0, years or vol < 0, side not +1 or -1.

    Source: Merton 1973; METHOD 1.1, spot form.
    """
    _checked(
        {"spot": spot, "strike": strike},
        {"years": years, "vol": vol},
        {"rate": rate, "dividend_yield": dividend_yield, "side": side},
    )
    carry = np.asarray(rate, dtype=np.float64) - np.asarray(dividend_yield, dtype=np.float64)
    growth = np.exp(carry * np.asarray(years, dtype=np.float64))
    forward = np.asarray(spot, dtype=np.float64) * growth
    on = black(forward, strike, years, vol, rate, side)
    time = np.asarray(years, dtype=np.float64)
    delta = np.asarray(growth * on.delta)
    return on._replace(
        delta=delta,
        gamma=np.asarray(growth**2 * on.gamma),
        theta=np.asarray(on.theta - carry * forward * on.delta),
        rho=np.asarray(on.rho + time * forward * on.delta),
        vanna=np.asarray(growth * on.vanna),
        charm=np.asarray(growth * (on.charm - carry * forward * on.gamma) - carry * delta),
    )
