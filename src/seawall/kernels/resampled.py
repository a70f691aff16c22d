"""Statistics of resampled paths: one number a draw, where a draw is a list of rows of the observed series.

``rows``: shape (draws, longest), row numbers of the observed series in the order of the resampled one; ``lengths``:
shape (draws,), how many of them count. All series of one comparison are read with the same rows, so that a difference
is paired. Nothing here draws at random: the rows come from outside.
"""

import math

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]
Rows = NDArray[np.int32]


@compiled
def resampled_moments(x: Array, rows: Rows, lengths: Rows) -> Array:
    """Mean and standard deviation (ddof 1; NaN below two rows) of each draw, shape (draws, 2). ``x``: (n,)."""
    out = np.empty((rows.shape[0], 2))
    for d in range(rows.shape[0]):
        m = lengths[d]
        total = 0.0
        for t in range(m):
            total += x[rows[d, t]]
        mean = total / m
        square = 0.0
        for t in range(m):
            square += (x[rows[d, t]] - mean) ** 2
        out[d, 0] = mean
        out[d, 1] = math.sqrt(square / (m - 1)) if m > 1 else np.nan
    return out


@compiled
def resampled_counts(rows: Rows, lengths: Rows, n: int) -> Array:
    """How often each draw holds each of the ``n`` observed rows, shape (draws, n); times a table it gives sums."""
    out = np.zeros((rows.shape[0], n))
    for d in range(rows.shape[0]):
        for t in range(lengths[d]):
            out[d, rows[d, t]] += 1.0
    return out


@compiled
def _mean_of_worst(x: Array, weight: float) -> float:
    """Mean of the largest ``weight`` (at least 1) entries of ``x``, the boundary one in part."""
    whole = min(math.ceil(weight), x.size)
    worst = np.sort(np.partition(x, x.size - whole)[x.size - whole :])
    return float((worst[1:].sum() + (weight - (whole - 1)) * worst[0]) / weight)


@compiled
def resampled_cvar(returns: Array, rows: Rows, lengths: Rows, horizon: int, level: float) -> Array:
    """CVaR of the losses over ``horizon`` rows of the path rebuilt from the drawn simple returns, shape (draws,).

    Overlapping windows, the boundary loss in part, as in ``kernels.tails.cvar``; ruin ends a path. NaN for a path
    shorter than the horizon.
    """
    out = np.full(rows.shape[0], np.nan)
    for d in range(rows.shape[0]):
        level_at, m = np.ones(lengths[d] + 1), lengths[d]
        for t in range(lengths[d]):
            level_at[t + 1] = level_at[t] * (1.0 + returns[rows[d, t]])
            if level_at[t + 1] <= 0.0:
                m = t + 1
                break
        if m >= horizon:
            losses = 1.0 - level_at[horizon : m + 1] / level_at[: m + 1 - horizon]
            out[d] = _mean_of_worst(losses, max(losses.size * (1.0 - level), 1.0))
    return out


@compiled
def _drawn_drawdown(returns: Array, rows: Rows, m: int) -> Array:
    """Drawdowns of the path rebuilt from drawn returns, its start included, shape (m + 1,)."""
    out = np.zeros(m + 1)
    level, peak = 1.0, 1.0
    for t in range(m):
        level *= 1.0 + returns[rows[t]]
        peak = max(peak, level)
        out[t + 1] = 1.0 - level / peak
        if level <= 0.0:
            out[t + 1 :] = out[t + 1]
            break
    return out


@compiled
def resampled_max_drawdown(returns: Array, rows: Rows, lengths: Rows) -> Array:
    """Deepest drawdown of the path rebuilt from the drawn simple returns, shape (draws,); ruin stays ruin."""
    out = np.empty(rows.shape[0])
    for d in range(rows.shape[0]):
        out[d] = _drawn_drawdown(returns, rows[d], lengths[d]).max()
    return out


@compiled
def resampled_cdar(returns: Array, rows: Rows, lengths: Rows, level: float) -> Array:
    """Conditional drawdown at risk of the path rebuilt from the drawn simple returns, shape (draws,)."""
    out = np.empty(rows.shape[0])
    for d in range(rows.shape[0]):
        depths = _drawn_drawdown(returns, rows[d], lengths[d])
        out[d] = _mean_of_worst(depths, max(depths.size * (1.0 - level), 1.0))
    return out


@compiled
def resampled_ulcer(returns: Array, rows: Rows, lengths: Rows) -> Array:
    """Ulcer index of the path rebuilt from the drawn simple returns, shape (draws,)."""
    out = np.empty(rows.shape[0])
    for d in range(rows.shape[0]):
        depths = _drawn_drawdown(returns, rows[d], lengths[d])
        out[d] = math.sqrt((depths * depths).sum() / depths.size)
    return out
