"""Integrals of power laws against option prices: what a convexity density needs to be priced.

A segment is ``coefficient * q**-power`` on ``[low, high]`` (``low`` may be 0, ``high`` may be inf). A table
of segments is an array of shape (n, 4) with columns low, high, coefficient, power. ``deviation`` is ``sigma *
sqrt(T)``. Prices here are undiscounted and on the out-of-the-money side of the forward.

Puts are folded onto calls by ``P(K) = (K/F) C(F^2/K)`` (flat volatility), which turns power ``p`` into ``3 -
p``: one formula and its two logarithmic cases (p = 1, p = 2) serve both sides.
"""

import math

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.black import value_one
from seawall.kernels.compiled import compiled
from seawall.kernels.normal import norm_cdf, norm_pdf

Floats = NDArray[np.float64]

_legendre = np.polynomial.legendre.leggauss(16)
NODES: Floats = _legendre[0]
WEIGHTS: Floats = _legendre[1]
# Within this distance of a logarithmic case the closed form divides a small difference by a small number.
NEAR_LOG_CASE = 0.05
# Moments are of order 1 and the price of order deviation^2: below this they would lose more than three digits.
SMALL_DEVIATION = 0.1
# A strip narrower than this many deviations is a small difference of large moments: 16 nodes are exact there.
NARROW = 0.5
# So is one that starts this many deviations out.
FAR = 2.0
# An integrand of Gaussian decay is followed until it has fallen by exp(-40).
DECAY = 80.0
# Payoff integrals over a price ratio below this use 16 nodes (error below 1e-20), above it the closed form.
NARROW_RATIO = 1.5


@compiled
def _log_width(low: float, high: float) -> float:
    """ln(high/low), to full relative accuracy for close ends: their difference is exact, their ratio is not."""
    if high < 2.0 * low:
        return math.log1p((high - low) / low)
    return math.log(high / low)


@compiled
def power_integral(low: float, high: float, power: float) -> float:
    """J: the integral of ``q**-power`` over ``[low, high]``, inf where it diverges (METHOD 2.3)."""
    if high <= low:
        return 0.0
    exponent = 1.0 - power
    if low <= 0.0:
        if exponent <= 0.0 or high == math.inf:
            return math.inf
        return math.pow(high, exponent) / exponent
    if high == math.inf:
        return math.inf if exponent >= 0.0 else -(math.pow(low, exponent)) / exponent
    width = _log_width(low, high)
    if exponent == 0.0:
        return width
    return math.pow(low, exponent) * math.expm1(exponent * width) / exponent


@compiled
def power_moment(forward: float, strike: float, deviation: float, exponent: float) -> float:
    """``E[S^a 1{S > K}]`` for a lognormal martingale with mean ``forward`` (METHOD 1.4).

    ``strike`` may be 0 (the whole moment) or inf (0); ``deviation`` > 0.
    """
    if strike == math.inf:
        return 0.0
    whole = math.pow(forward, exponent) * math.exp(0.5 * exponent * (exponent - 1.0) * deviation**2)
    if strike <= 0.0:
        return whole
    return whole * norm_cdf(math.log(forward / strike) / deviation + (exponent - 0.5) * deviation)


@compiled
def log_power_moment(forward: float, strike: float, deviation: float, exponent: float) -> float:
    """``E[S^a ln S 1{S > K}]``: the derivative of ``power_moment`` in the exponent."""
    if strike == math.inf:
        return 0.0
    whole = math.pow(forward, exponent) * math.exp(0.5 * exponent * (exponent - 1.0) * deviation**2)
    mean = math.log(forward) + (exponent - 0.5) * deviation**2
    if strike <= 0.0:
        return whole * mean
    d = (mean - math.log(strike)) / deviation
    return whole * (mean * norm_cdf(d) + deviation * norm_pdf(d))


@compiled
def _calls_above(strike: float, power: float, deviation: float) -> float:
    """Integral of ``x**-power`` times the call at x, over x > strike, up to a constant; forward 1."""
    if strike == math.inf:
        return 0.0
    in_money = power_moment(1.0, strike, deviation, 0.0)
    share = power_moment(1.0, strike, deviation, 1.0)
    if power == 1.0:
        logs = log_power_moment(1.0, strike, deviation, 1.0)
        return logs - (1.0 + math.log(strike)) * share + strike * in_money
    if power == 2.0:
        logs = log_power_moment(1.0, strike, deviation, 0.0)
        return share / strike - logs + (math.log(strike) - 1.0) * in_money
    a, b = 1.0 - power, 2.0 - power
    moment = power_moment(1.0, strike, deviation, b)
    return moment / (a * b) - math.pow(strike, a) / a * share + math.pow(strike, b) / b * in_money


@compiled
def _calls_by_nodes(low: float, high: float, power: float, deviation: float) -> float:
    """Integral of ``x**-power`` times the call at x over [low, high], low >= 1, by 16 nodes a half deviation."""
    start = math.log(low)
    reach = deviation * math.sqrt(DECAY + (start / deviation) ** 2) + deviation**2 * (0.5 + abs(1.0 - power))
    width = min(_log_width(low, high), reach - start)
    if width <= 0.0:
        return 0.0
    panels = math.ceil(width / (0.5 * deviation))
    half = 0.5 * width / panels
    total = 0.0
    for panel in range(panels):
        centre = start + (2 * panel + 1) * half
        for node in range(NODES.size):
            x = math.exp(centre + half * NODES[node])
            total += WEIGHTS[node] * half * math.pow(x, 1.0 - power) * value_one(1.0, x, 1.0, deviation, 1.0, 1.0)
    return total


@compiled
def _calls_between(low: float, high: float, power: float, deviation: float) -> float:
    """Integral of ``x**-power`` times the call at x over [low, high], 1 <= low; forward 1."""
    if high <= low:
        return 0.0
    near = (power != 1.0 and abs(power - 1.0) < NEAR_LOG_CASE) or (power != 2.0 and abs(power - 2.0) < NEAR_LOG_CASE)
    small = deviation < SMALL_DEVIATION or _log_width(low, high) < NARROW * deviation
    if near or small or math.log(low) > FAR * deviation:
        return _calls_by_nodes(low, high, power, deviation)
    return _calls_above(low, power, deviation) - _calls_above(high, power, deviation)


@compiled
def segment_price(low: float, high: float, power: float, forward: float, deviation: float) -> float:
    """Price of ``q**-power`` on ``[low, high]``: its integral against out-of-the-money prices at flat vol.

    Undiscounted, pivot at the forward; the truncated power moments of METHOD 1.4 in closed form. Where moments
    would cancel (small deviation, narrow or far strips, powers near but not at 1 and 2) the same integral is
    summed on 16 Gauss nodes a half deviation. Relative error below 1e-11.
    """
    if deviation <= 0.0 or high <= low:
        return 0.0
    below, above = low / forward, high / forward
    price = 0.0
    if above > 1.0:
        price += _calls_between(max(below, 1.0), above, power, deviation)
    if below < 1.0:
        top = math.inf if below <= 0.0 else 1.0 / below
        price += _calls_between(1.0 / min(above, 1.0), top, 3.0 - power, deviation)
    return math.pow(forward, 2.0 - power) * price


@compiled
def segment_vega(low: float, high: float, power: float, forward: float, deviation: float) -> float:
    """Derivative of ``segment_price`` in the deviation, closed form; divide by it for ``E[S^(2-p)]`` inside.

    The integral of ``K**-p F n(d1)`` over ln K is a Gaussian integral: METHOD 2.4 for any power law.
    """
    if deviation <= 0.0 or high <= low:
        return 0.0
    a, b = 1.0 - power, 2.0 - power
    shift = (0.5 + a) * deviation
    upper = (math.log(high / forward)) / deviation - shift
    lower = -math.inf if low <= 0.0 else math.log(low / forward) / deviation - shift
    # The difference is taken in the tail where both terms are small.
    inside = norm_cdf(upper) - norm_cdf(lower) if lower < 0.0 else norm_cdf(-lower) - norm_cdf(-upper)
    return math.pow(forward, b) * deviation * math.exp(0.5 * a * b * deviation**2) * inside


@compiled
def segment_payoff(low: float, high: float, power: float, spot: float, pivot: float) -> float:
    """Integral of ``K**-power`` times the payoff at ``spot`` of the option out of the money at ``pivot``.

    METHOD 2.2: only strikes between pivot and spot pay. Never negative.
    """
    start, stop = max(low, min(spot, pivot)), min(high, max(spot, pivot))
    if stop <= start:
        return 0.0
    if stop > NARROW_RATIO * start:
        plain, first = power_integral(start, stop, power), power_integral(start, stop, power - 1.0)
        return abs(spot * plain - first)
    half, centre = 0.5 * (stop - start), 0.5 * (stop + start)
    total = 0.0
    for node in range(NODES.size):
        strike = centre + half * NODES[node]
        total += WEIGHTS[node] * half * math.pow(strike, -power) * abs(spot - strike)
    return total


@compiled
def segment_on_quotes(
    low: float, high: float, power: float, strikes: NDArray[np.float64], quotes: NDArray[np.float64]
) -> float:
    """Price of ``q**-power`` on the listed part of ``[low, high]``, quotes linear in between (METHOD 2.3).

    ``strikes`` rise; ``quotes`` are out-of-the-money prices. No quadrature error; nothing beyond the ends.
    """
    total = 0.0
    for i in range(strikes.size - 1):
        a, b = max(low, strikes[i]), min(high, strikes[i + 1])
        if b <= a:
            continue
        slope = (quotes[i + 1] - quotes[i]) / (strikes[i + 1] - strikes[i])
        level = quotes[i] - slope * strikes[i]
        total += level * power_integral(a, b, power) + slope * power_integral(a, b, power - 1.0)
    return total


@compiled
def table_price(table: NDArray[np.float64], forward: float, deviation: float) -> float:
    """Sum of ``segment_price`` over a table of segments."""
    total = 0.0
    for i in range(table.shape[0]):
        total += table[i, 2] * segment_price(table[i, 0], table[i, 1], table[i, 3], forward, deviation)
    return total


@compiled
def table_vega(table: NDArray[np.float64], forward: float, deviation: float) -> float:
    """Sum of ``segment_vega`` over a table of segments."""
    total = 0.0
    for i in range(table.shape[0]):
        total += table[i, 2] * segment_vega(table[i, 0], table[i, 1], table[i, 3], forward, deviation)
    return total


@compiled
def table_payoff(table: NDArray[np.float64], spots: NDArray[np.float64], pivot: float) -> NDArray[np.float64]:
    """Sum of ``segment_payoff`` over a table, at every spot; shape of ``spots`` (one dimension)."""
    payoff = np.zeros(spots.size)
    for j in range(spots.size):
        for i in range(table.shape[0]):
            payoff[j] += table[i, 2] * segment_payoff(table[i, 0], table[i, 1], table[i, 3], spots[j], pivot)
    return payoff


@compiled
def table_moment(table: NDArray[np.float64], low: float, high: float, order: float) -> float:
    """Integral of ``q**order`` times the density of a table over ``[low, high]``."""
    total = 0.0
    for i in range(table.shape[0]):
        a, b = max(low, table[i, 0]), min(high, table[i, 1])
        total += table[i, 2] * power_integral(a, b, table[i, 3] - order)
    return total


@compiled
def table_on_quotes(table: NDArray[np.float64], strikes: NDArray[np.float64], quotes: NDArray[np.float64]) -> float:
    """Sum of ``segment_on_quotes`` over a table of segments."""
    total = 0.0
    for i in range(table.shape[0]):
        total += table[i, 2] * segment_on_quotes(table[i, 0], table[i, 1], table[i, 3], strikes, quotes)
    return total


@compiled
def otm_prices(
    forward: float, strikes: NDArray[np.float64], years: float, vols: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Undiscounted price at every strike of the option out of the money at the forward (call at it)."""
    prices = np.empty(strikes.size)
    for i in range(strikes.size):
        side = 1.0 if strikes[i] >= forward else -1.0
        prices[i] = value_one(forward, strikes[i], years, vols[i], 1.0, side)
    return prices
