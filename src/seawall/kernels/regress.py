"""Causal least squares: trailing windows, expanding forecasts, and a logit refitted as outcomes arrive.

Rows are time, oldest first; a row's result uses rows up to it only. NaN means unknown: a window that contains one is
unknown, an expanding fit passes over such rows.
"""

import math

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

SINGULAR = 1e-12
NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-10


@compiled
def solve_small(matrix: Array, right: Array) -> Array:
    """Solution of a small symmetric system by Gauss elimination with pivoting, shape (k,); NaN if it is singular.

    ``matrix``: (k, k); ``right``: (k,). Columns are scaled by the diagonal first, so units do not matter.
    """
    k = right.size
    scale = np.ones(k)
    for i in range(k):
        if matrix[i, i] > 0.0:
            scale[i] = 1.0 / math.sqrt(matrix[i, i])
    a, b = np.empty((k, k)), np.empty(k)
    for i in range(k):
        b[i] = right[i] * scale[i]
        for j in range(k):
            a[i, j] = matrix[i, j] * scale[i] * scale[j]
    for i in range(k):
        pivot = i
        for r in range(i + 1, k):
            if abs(a[r, i]) > abs(a[pivot, i]):
                pivot = r
        if not abs(a[pivot, i]) > SINGULAR:
            return np.full(k, np.nan)
        for j in range(k):
            a[i, j], a[pivot, j] = a[pivot, j], a[i, j]
        b[i], b[pivot] = b[pivot], b[i]
        for r in range(i + 1, k):
            factor = a[r, i] / a[i, i]
            for j in range(i, k):
                a[r, j] -= factor * a[i, j]
            b[r] -= factor * b[i]
    x = np.zeros(k)
    for i in range(k - 1, -1, -1):
        rest = b[i]
        for j in range(i + 1, k):
            rest -= a[i, j] * x[j]
        x[i] = rest / a[i, i]
    return x * scale


@compiled
def _window_rows(y: Array, x: Array, window: int) -> Array:
    n, k = x.shape
    out = np.full((n, k), np.nan)
    for t in range(window - 1, n):
        xx, xy = np.zeros((k, k)), np.zeros(k)
        known = True
        for s in range(t + 1 - window, t + 1):
            known = known and not math.isnan(y[s])
            for i in range(k):
                known = known and not math.isnan(x[s, i])
                xy[i] += x[s, i] * y[s]
                for j in range(k):
                    xx[i, j] += x[s, i] * x[s, j]
        if known:
            out[t] = solve_small(xx, xy)
    return out


@compiled
def _line_rows(y: Array, x: Array, window: int) -> Array:
    """Slope and correlation of each trailing window, (2, n)."""
    out = np.full((2, y.size), np.nan)
    for t in range(window - 1, y.size):
        first = t + 1 - window
        my = y[first : t + 1].sum() / window
        mx = x[first : t + 1].sum() / window
        xx, xy, yy = 0.0, 0.0, 0.0
        for s in range(first, t + 1):
            xx += (x[s] - mx) * (x[s] - mx)
            xy += (x[s] - mx) * (y[s] - my)
            yy += (y[s] - my) * (y[s] - my)
        if xx > 0.0:
            out[0, t] = xy / xx
            if yy > 0.0:
                out[1, t] = xy / math.sqrt(xx * yy)
    return out


@compiled
def _expanding_rows(y: Array, x: Array, gap: int, least: int) -> Array:
    n, k = x.shape
    out = np.full(n, np.nan)
    xx, xy = np.zeros((k, k)), np.zeros(k)
    seen = 0
    for t in range(n):
        s = t - gap
        if s >= 0 and not math.isnan(y[s]) and not np.isnan(x[s]).any():
            seen += 1
            for i in range(k):
                xy[i] += x[s, i] * y[s]
                for j in range(k):
                    xx[i, j] += x[s, i] * x[s, j]
        if seen >= least and not np.isnan(x[t]).any():
            beta = solve_small(xx, xy)
            total = 0.0
            for i in range(k):
                total += beta[i] * x[t, i]
            out[t] = total
    return out


@compiled
def _odds(x: Array, beta: Array) -> float:
    total = 0.0
    for i in range(beta.size):
        total += x[i] * beta[i]
    return total


@compiled
def logit_fit(y: Array, x: Array, ridge: float, start: Array) -> Array:
    """Coefficients (k,) that maximise the logit likelihood less ``ridge``/2 times their squares, by Newton steps.

    ``y``: 0 or 1; ``x``: (n, k), the first column a constant, which is not penalised. NaN rows are passed over.
    """
    k = x.shape[1]
    beta = start.copy()
    for _ in range(NEWTON_STEPS):
        gradient, hessian = np.zeros(k), np.zeros((k, k))
        for i in range(1, k):
            gradient[i] = -ridge * beta[i]
            hessian[i, i] = ridge
        for s in range(y.size):
            if math.isnan(y[s]) or np.isnan(x[s]).any():
                continue
            p = 1.0 / (1.0 + math.exp(-_odds(x[s], beta)))
            for i in range(k):
                gradient[i] += (y[s] - p) * x[s, i]
                for j in range(k):
                    hessian[i, j] += p * (1.0 - p) * x[s, i] * x[s, j]
        step = solve_small(hessian, gradient)
        if np.isnan(step).any():
            return step
        largest = np.abs(step).max()
        beta += step if largest <= 2.0 else step * (2.0 / largest)
        if largest < NEWTON_TOLERANCE:
            break
    return beta


@compiled
def _logit_rows(y: Array, x: Array, gap: int, least: int, every: int, ridge: float) -> Array:
    n, k = x.shape
    out = np.full(n, np.nan)
    beta = np.full(k, np.nan)
    seen, events, due = 0, 0.0, 0
    for t in range(n):
        s = t - gap
        if s >= 0 and not math.isnan(y[s]) and not np.isnan(x[s]).any():
            seen += 1
            events += y[s]
            due -= 1
        if seen >= least and due <= 0 and 0.0 < events < seen:
            # the likelihood has one maximum: the last fit is only a near place to start from
            start = np.zeros(k) if np.isnan(beta).any() else beta
            beta = logit_fit(y[: s + 1], x[: s + 1], ridge, start)
            due = every
        if not np.isnan(beta).any() and not np.isnan(x[t]).any():
            out[t] = 1.0 / (1.0 + math.exp(-_odds(x[t], beta)))
    return out


def _table(y: Array, x: Array, window: int) -> tuple[Array, Array]:
    left, right = np.ascontiguousarray(y, dtype=np.float64), np.ascontiguousarray(x, dtype=np.float64)
    if left.ndim != 1 or right.ndim != 2 or left.size != right.shape[0]:
        raise DomainError(f"y {left.shape} and x {right.shape} do not fit: pass (n,) and (n, k)")
    if np.isinf(left).any() or np.isinf(right).any():
        raise DomainError("a value is infinite: pass NaN for an absent observation")
    if window < right.shape[1]:
        raise DomainError(f"{window} rows cannot fit {right.shape[1]} coefficients: use more rows")
    return left, right


def rolling_fit(y: Array, x: Array, window: int) -> Array:
    """Least-squares coefficients over each trailing window, (n, k); NaN where it is not full or is singular.

    ``y``: (n,); ``x``: (n, k), with a column of ones for a constant. Raises ``DomainError`` for shapes that do not
    fit, infinite values, or a window shorter than k.
    """
    left, right = _table(y, x, window)
    return _window_rows(left, right, window)


def rolling_line(y: Array, x: Array, window: int) -> tuple[Array, Array]:
    """Slope of y on x (with a constant) and their correlation over each trailing window, both (n,).

    NaN where the window is not full, contains NaN, or does not move. Raises ``DomainError`` like ``rolling_fit``.
    """
    left, right = _table(y, np.asarray(x, dtype=np.float64)[:, None], max(window, 2))
    rows = _line_rows(left, right[:, 0].copy(), window)
    return rows[0], rows[1]


def rolling_slope(y: Array, window: int) -> Array:
    """Least-squares slope of y on time over each trailing window, per row, (n,). Raises like ``rolling_fit``."""
    return rolling_line(y, np.arange(np.size(y), dtype=np.float64), window)[0]


def expanding_forecast(y: Array, x: Array, gap: int, least: int) -> Array:
    """Forecast x_t' b_t, (n,), with b_t fitted on all rows up to t - ``gap`` once there are ``least`` of them.

    ``y``: (n,), the outcome of each row, known ``gap`` rows later; ``x``: (n, k). Raises like ``rolling_fit``.
    """
    left, right = _table(y, x, least)
    return _expanding_rows(left, right, gap, least)


def expanding_logit(y: Array, x: Array, gap: int, least: int, every: int, ridge: float = 1.0) -> Array:
    """Walk-forward logit probability, (n,): fitted on rows up to t - ``gap``, refitted each ``every`` new outcomes.

    ``y``: 0 or 1 (NaN unknown), known ``gap`` rows later; ``x``: (n, k), first column ones. The ridge keeps the
    coefficients finite when events never occur on one side. Raises like ``rolling_fit``, and for ridge < 0.
    """
    left, right = _table(y, x, least)
    if not ridge >= 0.0:
        raise DomainError(f"ridge {ridge} is negative: use 0 or more")
    return _logit_rows(left, right, gap, least, every, ridge)


def har_columns(variance: Array) -> Array:
    """Constant, last value and means of the last 5 and 22, (n, 4): the regressors of Corsi 2009.

    ``variance``: realised variance a row, (n,); NaN where unknown.
    """
    rows = np.ascontiguousarray(variance, dtype=np.float64)
    out = np.full((rows.size, 4), np.nan)
    out[:, 0], out[:, 1] = 1.0, rows
    for place, span in ((2, 5), (3, 22)):
        if rows.size >= span:
            windows = np.lib.stride_tricks.sliding_window_view(rows, span)
            out[span - 1 :, place] = windows.sum(axis=1) / span
    return out


def har_forecast(variance: Array, horizon: int, least: int = 252) -> Array:
    """HAR forecast of the mean variance of the next ``horizon`` rows, (n,), each from an expanding fit.

    Source: Corsi 2009, regressors of ``har_columns``; the fit at t uses outcomes complete by t. Raises like
    ``rolling_fit``.
    """
    rows = np.ascontiguousarray(variance, dtype=np.float64)
    ahead = np.full(rows.size, np.nan)
    if rows.size > horizon:
        windows = np.lib.stride_tricks.sliding_window_view(rows[1:], horizon)
        ahead[: windows.shape[0]] = windows.sum(axis=1) / horizon
    return expanding_forecast(ahead, har_columns(rows), horizon, least)
