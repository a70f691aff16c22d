"""Regressions with standard errors that allow for memory, and what a column adds where it was not fitted.

Fits and their covariance are those of ``statsmodels``; forecasts out of sample are walk-forward.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError, NotConvergedError
from seawall.core.status import Status
from seawall.evidence.interval import LEVEL, Interval, Plan, interval_of
from seawall.evidence.resample import LEAST_BLOCKS, block_length, stationary_draws
from seawall.evidence.walkforward import Split
from seawall.kernels.regress import logit_fit
from seawall.kernels.resampled import resampled_counts

Array = NDArray[np.float64]
Columns = Mapping[str, Array]

CONSTANT: Final = "constant"
RIDGE: Final = 1.0
"""Penalty on standardised coefficients of a walk-forward logit: keeps them finite where a window has few events."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient with its interval, and the two-sided p of it being zero (normal law)."""

    name: str
    interval: Interval
    error: float
    p: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression. ``lag``: of the Newey-West weights, -1 where rows are clustered instead.

    ``r2``: share of variance explained (McFadden's for a logit); ``auc`` and ``brier`` of a logit in sample, with
    ``brier_base`` of the constant share; NaN for least squares.
    """

    coefficients: tuple[Coefficient, ...]
    n: int
    lag: int
    r2: float
    auc: float = math.nan
    brier: float = math.nan
    brier_base: float = math.nan

    def of(self, name: str) -> Coefficient:
        """Coefficient of a column. Raises ``MissingDataError`` for another name."""
        for one in self.coefficients:
            if one.name == name:
                return one
        raise MissingDataError(f"no coefficient {name!r}: there are {', '.join(one.name for one in self.coefficients)}")


def newey_west_lag(n: int, horizon: int = 1) -> int:
    """Lag of the Newey-West weights: max(horizon - 1, floor(4 (n/100)^(2/9))), at most n - 1 (METHOD 9.2)."""
    if n < 2 or horizon < 1:
        raise DomainError(f"{n} rows and a horizon of {horizon}: pass at least 2 and 1")
    return min(max(horizon - 1, math.floor(4.0 * math.pow(n / 100.0, 2.0 / 9.0))), n - 1)


def _design(y: Array, columns: Columns, level: float) -> tuple[Array, Array, list[str]]:
    names = [CONSTANT, *columns]
    left = np.asarray(y, dtype=np.float64)
    if any(np.shape(column) != left.shape for column in columns.values()) or left.ndim != 1:
        raise DomainError(f"the outcome has shape {left.shape}: pass columns of the same rows")
    table = np.column_stack([np.ones(left.size), *columns.values()])
    if not (np.isfinite(left).all() and np.isfinite(table).all()):
        raise DomainError("outcome and columns must be finite: keep only the rows that all of them have")
    if left.size <= len(names):
        raise MissingDataError(f"{left.size} rows for {len(names)} coefficients: pass more rows")
    if np.linalg.matrix_rank(table / np.maximum(np.abs(table).max(axis=0), 1e-300)) < len(names):
        raise DomainError(f"the columns {', '.join(columns)} repeat each other or the constant: drop one")
    if not 0.0 < level < 1.0:
        raise DomainError(f"level {level} is outside (0, 1): use {LEVEL}")
    return left, table, names


def _told(found: Any, names: list[str], method: str, level: float) -> tuple[Coefficient, ...]:
    ends, n = np.asarray(found.conf_int(alpha=1.0 - level)), int(found.nobs)
    out = []
    for name, value, error, p, (low, high) in zip(names, found.params, found.bse, found.pvalues, ends, strict=True):
        interval = Interval(float(value), float(low), float(high), level, method, n, 0, 0, 0, Status.FOUND)
        out.append(Coefficient(name, interval, float(error), float(p)))
    return tuple(out)


def ols(y: Array, columns: Columns, horizon: int = 1, level: float = LEVEL) -> Fit:
    """Least squares of ``y`` on a constant and ``columns``, Newey-West errors (Bartlett weights, normal law).

    ``y``: (n,); ``columns``: by name, each (n,), rows in order of time; ``horizon``: rows over which an outcome
    stretches. Source: Newey and West 1987. Raises ``DomainError`` (shapes, not finite, collinear) or
    ``MissingDataError`` (too few rows).
    """
    from statsmodels.regression.linear_model import OLS

    left, table, names = _design(y, columns, level)
    lag = newey_west_lag(left.size, horizon)
    found = OLS(left, table).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False}, use_t=False)
    told = _told(found, names, f"least squares, Newey-West errors, lag {lag}", level)
    return Fit(told, left.size, lag, float(found.rsquared))


def logit(
    event: Array, columns: Columns, horizon: int = 1, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> Fit:
    """Logit of a 0/1 ``event`` on a constant and ``columns``; sandwich errors, Newey-West or by ``clusters``.

    ``clusters``: number of each row's cluster, (n,), for example its episode. Raises like ``ols``, ``DomainError`` for
    an event that is not 0/1 or always the same, or ``NotConvergedError`` where the columns separate the events.
    """
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import ModelWarning

    left, table, names = _design(event, columns, level)
    if set(np.unique(left)) != {0.0, 1.0}:
        raise DomainError("the event must be 0 or 1 and happen on some rows only: nothing to explain otherwise")
    lag = -1 if clusters is not None else newey_west_lag(left.size, horizon)
    options: dict[str, Any] = {"maxlags": lag, "use_correction": False} if clusters is None else {"groups": clusters}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ModelWarning)
            warnings.simplefilter("error", RuntimeWarning)
            found = Logit(left, table).fit(
                disp=0, maxiter=100, cov_type="cluster" if lag < 0 else "HAC", cov_kwds=options
            )
    except (Warning, np.linalg.LinAlgError) as error:
        raise NotConvergedError(
            f"the logit did not settle on {', '.join(columns)}: too few events, use fewer columns"
        ) from error
    method = "logit, clustered errors" if lag < 0 else f"logit, Newey-West errors, lag {lag}"
    chance = np.asarray(found.predict(), dtype=np.float64)
    return Fit(
        _told(found, names, method, level),
        left.size,
        lag,
        float(found.prsquared),
        auc(left, chance),
        brier(left, chance),
        brier(left, np.full(left.size, left.mean())),
    )


def with_interaction(columns: Columns, first: str, second: str) -> dict[str, Array]:
    """The columns and the product of two of them, named ``first x second``."""
    return {**columns, f"{first} x {second}": np.asarray(columns[first] * columns[second])}


def auc(event: Array, chance: Array) -> float:
    """Area under the ROC curve: chance that an event was given more than a non-event, ties half; NaN without both."""
    happened = np.asarray(event) > 0.5
    if happened.all() or not happened.any():
        return math.nan
    ranked = np.sort(np.asarray(chance)[~happened])
    below = np.searchsorted(ranked, np.asarray(chance)[happened], side="left")
    upto = np.searchsorted(ranked, np.asarray(chance)[happened], side="right")
    return float((below + upto).mean() / (2.0 * ranked.size))


def brier(event: Array, chance: Array) -> float:
    """Brier score: mean squared difference of forecast chance and outcome; 0 is perfect."""
    return float(np.mean((np.asarray(chance) - np.asarray(event)) ** 2))


def _linear(y: Array, x: Array, new: Array) -> Array:
    return np.asarray(new @ np.linalg.lstsq(x, y, rcond=None)[0])


def _chances(y: Array, x: Array, new: Array) -> Array:
    mean, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    scaled = np.column_stack([np.ones(len(x)), (x[:, 1:] - mean) / spread])
    if y.min() == y.max():
        return np.full(len(new), y.mean())
    beta = logit_fit(y, np.ascontiguousarray(scaled), RIDGE, np.zeros(scaled.shape[1]))
    return np.asarray(1.0 / (1.0 + np.exp(-(beta[0] + (new[:, 1:] - mean) / spread @ beta[1:]))))


def _forecasts(y: Array, columns: Columns, splits: tuple[Split, ...], event: bool) -> tuple[Array, Array]:
    """Walk-forward forecast of each row and the mean of its train outcomes, NaN where no split tests it."""
    table = np.column_stack([np.ones(y.size), *columns.values()])
    known = np.asarray(np.isfinite(table).all(axis=1))
    out, mean = np.full(y.size, np.nan), np.full(y.size, np.nan)
    for train, test in splits:
        fit = train[known[train] & np.isfinite(y[train])]
        if fit.size <= table.shape[1]:
            continue
        asked = test[known[test]]
        out[asked] = (_chances if event else _linear)(y[fit], table[fit], table[asked])
        mean[asked] = y[fit].mean()
    return out, mean


def added_out_of_sample(
    y: Array, base: Columns, extra: Columns, splits: tuple[Split, ...], plan: Plan | None = None, event: bool = False
) -> Interval:
    """What ``extra`` adds to ``base`` out of sample: gain of R2, or for an ``event`` gain (fall) of the Brier score.

    R2 gain = (SSE of base - SSE of both)/SS of y about its train mean, over all tested rows. Rows where a column or the
    outcome is NaN are left out. ``splits``: from ``walk_forward`` with the horizon of ``y``. The interval resamples the
    tested rows' losses jointly. Raises ``MissingDataError`` if nothing can be tested.
    """
    plan = plan or Plan()
    left = np.asarray(y, dtype=np.float64)
    less, mean = _forecasts(left, base, splits, event)
    more, _ = _forecasts(left, {**base, **extra}, splits, event)
    tested = np.isfinite(left) & np.isfinite(less) & np.isfinite(more)
    if np.count_nonzero(tested) < 16:
        raise MissingDataError(f"{np.count_nonzero(tested)} rows can be tested: lengthen the history")
    outcome = left[tested]
    gain = (outcome - less[tested]) ** 2 - (outcome - more[tested]) ** 2
    table = np.column_stack([gain, np.ones(gain.size) if event else (outcome - mean[tested]) ** 2])
    n, block = len(table), block_length(table) if plan.block is None else plan.block
    sums = stationary_draws(n, block, plan, lambda rows, lengths: resampled_counts(rows, lengths, n) @ table)
    method = f"walk-forward, {len(splits)} splits, gain of {'Brier score' if event else 'R2'}, stationary bootstrap"
    value = float(table[:, 0].sum() / table[:, 1].sum())
    return interval_of(value, sums[:, 0] / sums[:, 1], plan, (method, n, block), n / block < LEAST_BLOCKS)


def hazard_ratio(flag: Array, event: Array, horizon: int, plan: Plan | None = None) -> Interval:
    """Hazard over the next ``horizon`` rows where ``flag`` is set, over that where it is not.

    ``event``: 1 where it happens within the next ``horizon`` rows, (n,), else 0; with the share p of such rows the
    cumulative hazard is -ln(1 - p). Blocks are at least ``horizon`` long. Draws without flagged or without unflagged
    events are kept, as 0 or infinite (0/0 as 1). Status UNBOUNDED where the ratio or an end is infinite. Raises
    ``DomainError`` (not 0/1) or ``MissingDataError`` (the flag never or always set).
    """
    plan = plan or Plan()
    marked, struck = np.asarray(flag, dtype=np.float64), np.asarray(event, dtype=np.float64)
    if marked.shape != struck.shape or not (np.isin(marked, (0.0, 1.0)).all() and np.isin(struck, (0.0, 1.0)).all()):
        raise DomainError("flag and event must be 0 or 1 on the same rows: drop the rows where one is unknown")
    if marked.size < 2 or marked.min() == marked.max():
        raise MissingDataError("the flag is never or always set: there is nothing to compare it with")
    table = np.column_stack([marked, marked * struck, 1.0 - marked, (1.0 - marked) * struck])
    n, block = len(table), plan.block or block_length(table, horizon)
    sums = stationary_draws(n, block, plan, lambda rows, lengths: resampled_counts(rows, lengths, n) @ table)
    method = f"hazard ratio over {horizon} rows, stationary bootstrap"
    observed = float(_hazards(table.sum(axis=0)[None, :])[0])
    return interval_of(observed, _hazards(sums), plan, (method, n, block), n / block < LEAST_BLOCKS)


def _hazards(sums: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        first = -np.log1p(-np.where(sums[:, 0] > 0.0, sums[:, 1] / sums[:, 0], 0.0))
        second = -np.log1p(-np.where(sums[:, 2] > 0.0, sums[:, 3] / sums[:, 2], 0.0))
        ratio = first / second
    return np.where(np.isnan(ratio), 1.0, ratio)
