"""VIX futures where none was observed: forward volatilities of the VIX family, shrunk to a mean-reverting curve.

Everything here is modelled. A VIX future lives on the 30 days after its settlement (METHOD 3.3), so the indices are
first turned into forward volatilities ``f`` of 0-30, 30-93 and 93-184 days:

    f = sqrt((index2^2 T2 - index1^2 T1) / (T2 - T1)),   at least FLOOR of the later index

``ln(f / anchor)`` is a level, a fast and a slow decaying part, Gaussian with the mean and the deviations below, seen
with noise. The best linear estimate of the three is a fixed matrix times what is known: all three, two, or VIX alone.
A future is that curve over its own 30 days, times SHARE (the mean of a volatility lies below the square root of the
mean variance). The gap to VIX today fades with FADE, so that a future ends at VIX.

``scripts/derive_vx_rule.py`` fits the constants to odd years; ``docs/modelled.md`` prints the errors of the others.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled
from seawall.kernels.index_smile import PILLARS

Floats = NDArray[np.float64]
Three = tuple[float, float, float]
Rows3 = tuple[Three, Three, Three]

FAST: Final = 25.4
SLOW: Final = 2.88
"""Decay of the two parts, per year: half-lives of 7 and 61 sessions."""
LEVEL_MEAN: Final = 0.353
"""Mean of the level: ln of where distant forward volatility stands over the anchor of VIX itself."""
LEVEL_DEVIATION: Final = 0.521
FAST_DEVIATION: Final = 0.905
NOISE: Final = 0.171
"""Deviations of level and fast part and of the noise, over that of the slow part."""
SHARE: Final = 0.882
FADE_YEARS: Final = 0.367
FLOOR: Final = 0.3

MONTH: Final = PILLARS[1]
EDGES: Final = (0.0, PILLARS[1], PILLARS[2], PILLARS[3])
KNOWN: Final = (((0, 1),), ((0, 1), (1, 2)), ((0, 1), (1, 3)), ((0, 1), (1, 2), (2, 3)))
"""Stretches between EDGES that are known with VIX alone, with VIX3M, with VIX6M, with both."""


def gain(buckets: tuple[tuple[int, int], ...], shape: tuple[float, float, float, float, float]) -> Floats:
    """Weights (3, m) of m forward volatilities in level, fast and slow part: S H' (H S H' + noise^2)^-1.

    ``shape``: FAST, SLOW, LEVEL_DEVIATION, FAST_DEVIATION, NOISE.
    """
    fast, slow, level_deviation, fast_deviation, noise = shape
    near = np.array([EDGES[i] for i, _ in buckets])
    far = np.array([EDGES[j] for _, j in buckets])
    seen = [(np.exp(-k * near) - np.exp(-k * far)) / (k * (far - near)) for k in (fast, slow)]
    loadings = np.column_stack([np.ones(near.size), *seen])
    prior = np.diag([level_deviation**2, fast_deviation**2, 1.0])
    seen_variance = loadings @ prior @ loadings.T + noise**2 * np.eye(near.size)
    weights: Floats = prior @ loadings.T @ np.linalg.inv(seen_variance)
    return weights


def _rows(buckets: tuple[tuple[int, int], ...]) -> Rows3:
    padded = np.zeros((3, 3))
    padded[:, : len(buckets)] = gain(buckets, (FAST, SLOW, LEVEL_DEVIATION, FAST_DEVIATION, NOISE))
    level, fast, slow = ((float(row[0]), float(row[1]), float(row[2])) for row in padded)
    return level, fast, slow


GAINS: Final = (_rows(KNOWN[0]), _rows(KNOWN[1]), _rows(KNOWN[2]), _rows(KNOWN[3]))
MONTH_FAST: Final = -math.expm1(-FAST * MONTH) / (FAST * MONTH)
MONTH_SLOW: Final = -math.expm1(-SLOW * MONTH) / (SLOW * MONTH)
"""Mean over 30 days of a part that starts at 1."""


@compiled
def _forward(levels: Floats, i: int, j: int) -> float:
    """Forward volatility in points between EDGES i > 0 and j."""
    gained = levels[j] ** 2 * EDGES[j] - levels[i] ** 2 * EDGES[i]
    return math.sqrt(max(gained / (EDGES[j] - EDGES[i]), (FLOOR * levels[j]) ** 2))


@compiled
def future_from_family(levels: Floats, anchor: float, years: float) -> float:
    """VIX future that settles in ``years`` (0 or more), in points; VIX at 0.

    ``levels``: VIX9D, VIX, VIX3M, VIX6M in points, shape (4,); VIX3M and VIX6M may be NaN, unknown, and are better left
    so than filled. VIX9D is not used: its window ends before a future's begins. ``anchor``: the level VIX reverts to.
    """
    has_three, has_six = not math.isnan(levels[2]), not math.isnan(levels[3])
    of = GAINS[(1 if has_three else 0) + (2 if has_six else 0)]
    a = math.log(levels[1] / anchor)
    first, second, third = a - LEVEL_MEAN, 0.0, 0.0
    if has_three:
        second = math.log(_forward(levels, 1, 2) / anchor) - LEVEL_MEAN
        if has_six:
            third = math.log(_forward(levels, 2, 3) / anchor) - LEVEL_MEAN
    elif has_six:
        second = math.log(_forward(levels, 1, 3) / anchor) - LEVEL_MEAN
    level = LEVEL_MEAN + of[0][0] * first + of[0][1] * second + of[0][2] * third
    fast = (of[1][0] * first + of[1][1] * second + of[1][2] * third) * MONTH_FAST
    slow = (of[2][0] * first + of[2][1] * second + of[2][2] * third) * MONTH_SLOW
    beyond = a - (level + fast + slow + math.log(SHARE))
    decayed = fast * math.exp(-FAST * years) + slow * math.exp(-SLOW * years)
    return anchor * SHARE * math.exp(level + decayed + beyond * math.exp(-years / FADE_YEARS))


@compiled
def family_curve(levels: Floats, anchor: Floats, years: Floats) -> Floats:
    """:func:`future_from_family` for n days and m tenors: ``levels`` (n, 4), ``anchor`` (n,), ``years`` (n, m)."""
    out = np.empty(years.shape)
    for t in range(years.shape[0]):
        for j in range(years.shape[1]):
            out[t, j] = future_from_family(levels[t], anchor[t], years[t, j])
    return out
