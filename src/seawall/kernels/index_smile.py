"""An SPX smile from the VIX family and SKEW: a density of three lognormals whose variance strip is the index.

Everything here is modelled. With F = 1 and total variance V = (index/100)^2 T, ``ln S = s X - psi(s)``: X has mean 0
and deviation 1 and is a mixture of three normals, ``psi = ln E e^(s X)`` keeps the forward. So

* no butterfly is negative: prices are an average of Black prices;
* the strip is exact: -2 E ln S = 2 psi(s), and s solves 2 psi(s) = V;
* for one X, prices rise with s at every strike: two such prices cross once and have one mean.

X grows more skewed with tenor and with SKEW through one number, the asymmetry. ``scripts/derive_index_smile.py`` fits
the eight constants to listed SPX quotes of four months; ``docs/modelled.md`` prints the errors.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.black import value_delta, value_one
from seawall.kernels.compiled import compiled
from seawall.kernels.implied import normalised_implied
from seawall.kernels.modelled import index_level

Floats = NDArray[np.float64]
Three = tuple[float, float, float]
Density = tuple[float, float, float, float, float, float]
Levels = tuple[float, float, float, float]

WING_WEIGHT: Final = 0.358
CRASH_WEIGHT: Final = 0.0132
"""Weights of the second and third normal; the first has the rest."""
WING_SHIFT: Final = 2.167
CRASH_SHIFT: Final = 8.89
"""How far they lie below the first, in its deviations, at asymmetry 1; proportional to the asymmetry."""
WING_WIDTH: Final = 1.70
CRASH_WIDTH: Final = 5.73
"""Their deviations over that of the first at asymmetry 1; powers of the asymmetry."""
PER_SKEW: Final = 0.147
PER_TENOR: Final = 0.318
"""d ln(asymmetry) for ten points of SKEW, and for a tenor e times longer; 1 at SKEW 130 and 30 days."""
SKEW_CENTRE: Final = 130.0
TYPICAL_SKEW: Final = 117.2
"""Mean of the daily SKEW closes 1990-2013 (Cboe): stands in where SKEW is not known."""
HELD_DAYS: Final = (5.0, 93.0)
"""Beyond these tenors the asymmetry stays that of the end: so time only adds value after the second."""
HELD_SKEW: Final = (100.0, 165.0)

PILLARS: Final = (9.0 / 365.0, 30.0 / 365.0, 93.0 / 365.0, 184.0 / 365.0)
"""Years of VIX9D, VIX, VIX3M and VIX6M."""
ONE_MONTH: Final = 1
ROUNDS: Final = 30
ROUND_OFF: Final = 1e-15
"""What rounding leaves of 2 psi - V however long it is solved."""
WIDEST: Final = 8.0
STEP: Final = 0.2
NEAR: Final = 1e-6
"""Log of two prices' ratio from where one more step of Newton leaves about its square."""
ROOT_TWO_PI: Final = math.sqrt(2.0 * math.pi)


@compiled
def asymmetry(skew: float, years: float) -> float:
    """How skewed X is: 1 at SKEW 130 and 30 days. ``skew`` in points; both inputs are held at the ends fitted."""
    days = min(max(years * 365.0, HELD_DAYS[0]), HELD_DAYS[1])
    points = min(max(skew, HELD_SKEW[0]), HELD_SKEW[1]) - SKEW_CENTRE
    return math.exp(PER_SKEW * points / 10.0 + PER_TENOR * math.log(days / 30.0))


@compiled
def _shape(asym: float) -> tuple[Three, Three, Three]:
    """Weights, means and deviations of X: mean 0, deviation 1."""
    p = (1.0 - WING_WEIGHT - CRASH_WEIGHT, WING_WEIGHT, CRASH_WEIGHT)
    m, c = -WING_SHIFT * asym, -CRASH_SHIFT * asym
    v, w = WING_WIDTH**asym, CRASH_WIDTH**asym
    mean = p[1] * m + p[2] * c
    a, b, d = -mean, m - mean, c - mean
    deviation = math.sqrt(p[0] * (a * a + 1.0) + p[1] * (b * b + v * v) + p[2] * (d * d + w * w))
    per = 1.0 / deviation
    return p, (a * per, b * per, d * per), (per, v * per, w * per)


@compiled
def density(variance: float, asym: float) -> Density:
    """Forwards (of F = 1) and deviations of the three lognormals whose strip is ``variance`` (total, > 0).

    Newton from the root of 2 psi(s) = s^2 + s^3 E X^3 / 3 + ... to second order.
    """
    p, m, v = _shape(asym)
    s = math.sqrt(variance)
    third = 0.0
    for i in range(3):
        third += p[i] * m[i] * (m[i] * m[i] + 3.0 * v[i] * v[i])
    s -= third * variance / 6.0
    f, g, h = 1.0, 1.0, 1.0
    for _ in range(ROUNDS):
        f = math.exp(s * m[0] + 0.5 * (s * v[0]) ** 2)
        g = math.exp(s * m[1] + 0.5 * (s * v[1]) ** 2)
        h = math.exp(s * m[2] + 0.5 * (s * v[2]) ** 2)
        total = p[0] * f + p[1] * g + p[2] * h
        gap = 2.0 * math.log(total) - variance
        slope = (
            p[0] * f * (m[0] + s * v[0] ** 2) + p[1] * g * (m[1] + s * v[1] ** 2) + p[2] * h * (m[2] + s * v[2] ** 2)
        )
        f, g, h = f / total, g / total, h / total
        if abs(gap) <= max(1e-13 * variance, ROUND_OFF):
            break
        s = max(s - 0.5 * gap * total / slope, 0.2 * s)
    return f, g, h, s * v[0], s * v[1], s * v[2]


@compiled
def mixed(first: float, second: float, third: float) -> float:
    """Average of what the three lognormals say."""
    return (1.0 - WING_WEIGHT - CRASH_WEIGHT) * first + WING_WEIGHT * second + CRASH_WEIGHT * third


@compiled
def density_value(strike: float, forward: float, discount: float, side: float, of: Density) -> float:
    """Value of an option: ``side`` +1 call, -1 put."""
    first = value_one(of[0] * forward, strike, 1.0, of[3], discount, side)
    second = value_one(of[1] * forward, strike, 1.0, of[4], discount, side)
    third = value_one(of[2] * forward, strike, 1.0, of[5], discount, side)
    return mixed(first, second, third)


@compiled
def density_vol(strike: float, forward: float, years: float, of: Density) -> float:
    """Implied volatility (0.20 = 20 %) of the out-of-the-money price; NaN where it is below the smallest number."""
    side = 1.0 if strike >= forward else -1.0
    return vol_of_price(strike, forward, years, density_value(strike, forward, 1.0, side, of))


@compiled
def vol_of_price(strike: float, forward: float, years: float, price: float) -> float:
    """Implied volatility of an undiscounted out-of-the-money ``price``; NaN where it is below the smallest number."""
    return normalised_implied(math.log(forward / strike), price / math.sqrt(forward * strike)) / math.sqrt(years)


@compiled
def total_variance(levels: Floats | Levels, years: float) -> float:
    """Strip of a tenor, linear in time between the pillars as Cboe interpolates VIX; the end index beyond them.

    ``levels``: points, shape (4,), without gaps.
    """
    if years <= PILLARS[0]:
        return float((levels[0] / 100.0) ** 2 * years)
    for i in range(3):
        if years <= PILLARS[i + 1]:
            low, high = (levels[i] / 100.0) ** 2 * PILLARS[i], (levels[i + 1] / 100.0) ** 2 * PILLARS[i + 1]
            return float(low + (high - low) * (years - PILLARS[i]) / (PILLARS[i + 1] - PILLARS[i]))
    return float((levels[3] / 100.0) ** 2 * years)


@compiled
def density_at(levels: Floats | Levels, skew: float, years: float, bent: float = 1.0) -> Density:
    """The density of one tenor; ``levels`` in points, shape (4,), ``years`` > 0.

    ``bent`` scales the asymmetry; 0 gives one lognormal, the same volatility at every strike.
    """
    return density(total_variance(levels, years), bent * asymmetry(skew, years))


@compiled
def fill_levels(levels: Floats, anchor: Floats) -> Floats:
    """Indices of the four pillars, shape (n, 4), with the missing ones (NaN) modelled; VIX, column 1, must be there.

    A missing index is the mean-reverting rule of VIX (``index_level``) times its observed over modelled variance at
    the nearest pillar on the side of VIX. ``anchor``: points, shape (n,).
    """
    out = levels.copy()
    for t in range(levels.shape[0]):
        vix, tie = levels[t, ONE_MONTH], 1.0
        for i in range(ONE_MONTH + 1, levels.shape[1]):
            model = index_level(vix, anchor[t], PILLARS[i])
            if math.isnan(levels[t, i]):
                out[t, i] = model * tie
            else:
                tie = levels[t, i] / model
        if math.isnan(levels[t, 0]):
            out[t, 0] = index_level(vix, anchor[t], PILLARS[0])
    return out


@compiled
def family_values(
    levels: Floats, skew: Floats, years: Floats, strike: Floats, forward: Floats, discount: Floats, side: Floats
) -> Floats:
    """Option values row by row: row t has its own day, tenor and strike; ``levels`` (n, 4), the others (n,)."""
    out = np.empty(years.size)
    for t in range(years.size):
        of = density_at(levels[t], skew[t], years[t])
        out[t] = density_value(strike[t], forward[t], discount[t], side[t], of)
    return out


@compiled
def family_vols(levels: Floats, skew: float, years: float, strike: Floats, forward: Floats) -> Floats:
    """Implied volatilities of one day and tenor; ``levels`` (4,), ``strike`` and ``forward`` (n,)."""
    of = density_at(levels, skew, years)
    out = np.empty(strike.size)
    for i in range(strike.size):
        out[i] = density_vol(strike[i], forward[i], years, of)
    return out


@compiled
def _normal_point(share: float) -> float:
    """x with N(x) = ``share`` in (0, 1): Abramowitz and Stegun 26.2.23, then two steps of Halley."""
    tail = min(share, 1.0 - share)
    t = math.sqrt(-2.0 * math.log(tail))
    top = 2.515517 + t * (0.802853 + t * 0.010328)
    x = top / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
    for _ in range(2):
        off = (0.5 * math.erfc(-x / math.sqrt(2.0)) - tail) * math.sqrt(2.0 * math.pi) * math.exp(0.5 * x * x)
        x -= off / (1.0 + 0.5 * x * off)
    return x if share <= 0.5 else -x


@compiled
def _price_gap(s: float, goal: float, of: Density) -> tuple[float, float]:
    """Log of the mixture's price over Black's with deviation ``s``, where that Black has d1 = ``goal``; and its slope.

    A price V is homogeneous, V = V_F + K V_K at F = 1, and dK/ds = K (s - goal); Black has a vega n(goal) beside.
    """
    strike = math.exp(0.5 * s * s - goal * s)
    side = 1.0 if strike >= 1.0 else -1.0
    a, by_a = value_delta(of[0], strike, 1.0, of[3], 1.0, side)
    b, by_b = value_delta(of[1], strike, 1.0, of[4], 1.0, side)
    c, by_c = value_delta(of[2], strike, 1.0, of[5], 1.0, side)
    price, by_forward = mixed(a, b, c), mixed(of[0] * by_a, of[1] * by_b, of[2] * by_c)
    black, delta = value_delta(1.0, strike, 1.0, s, 1.0, side)
    vega = math.exp(-0.5 * goal * goal) / ROOT_TWO_PI
    slope = (s - goal) * ((price - by_forward) / price - (black - delta) / black) - vega / black
    return math.log(price / black), slope


@compiled
def strike_at_delta(target: float, forward: float, discount: float, of: Density) -> float:
    """Strike whose Black delta at its own implied volatility is ``target`` (signed: a put's is negative).

    The delta is discounted and on the forward, so ``target`` fixes d1. One number is left, the implied deviation s: the
    strike is F exp(s^2/2 - s d1), and there Black at s and the mixture must agree. Newton on the log of their ratio,
    in short steps from the money outwards: the delta of a far wing can rise again, and the nearer strike is meant.
    """
    goal = _normal_point(target / discount if target > 0.0 else 1.0 + target / discount)
    s = ROOT_TWO_PI * density_value(1.0, 1.0, 1.0, 1.0, of)
    low, high = s / WIDEST, s * WIDEST
    off, slope = _price_gap(s, goal, of)
    for _ in range(ROUNDS):
        low, high = (s, high) if off > 0.0 else (low, s)
        moved = s * (1.0 + STEP if off > 0.0 else 1.0 - STEP)
        if slope < 0.0:
            moved = min(max(s - off / slope, s * (1.0 - STEP)), s * (1.0 + STEP))
            if abs(off) <= NEAR:
                s = moved
                break
        if not low < moved < high:
            moved = 0.5 * (low + high)
        s = moved
        off, slope = _price_gap(s, goal, of)
    return forward * math.exp(0.5 * s * s - goal * s)
