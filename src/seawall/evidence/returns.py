"""What a path of NAV earned and how it hurt; and the same book held smaller, the benchmark most hedges fail (B1)."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError
from seawall.core.status import Status
from seawall.core.units import DAYS_PER_YEAR, SESSIONS_PER_YEAR
from seawall.kernels.tails import (
    ROUNDING,
    cdar,
    cvar,
    effective_sample,
    max_drawdown,
    months_of_carry,
    ulcer,
    window_returns,
    worst_windows,
)

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

LEVEL: Final = 0.95
HORIZONS: Final = (1, 5, 21)
MONTH_SESSIONS: Final = 21


@dataclass(frozen=True, slots=True)
class TailLoss:
    """CVaR of simple losses over ``horizon`` sessions (0.05 = 5 % of NAV), from overlapping windows.

    ``sample`` is the number of independent windows in them (sessions/horizon). ``status`` is THIN where less
    than one of those lies in the tail, UNKNOWN (value NaN) where the path is shorter than the horizon.
    """

    horizon: int
    value: float
    sample: float
    status: Status


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the path, from the session ``start`` to the session ``end``, and its size as a share of NAV."""

    start: dt.date
    end: dt.date
    size: float


@dataclass(frozen=True, slots=True)
class Performance:
    """Record of one path. Returns and volatility per year and as shares (0.05 = 5 %); losses and drawdowns positive.

    ``growth``: CAGR, ACT/365 (-1 at ruin). ``volatility``: sample standard deviation of session returns times
    root 252. ``skew``: of session returns, biased moments (0 with ``skew_status`` FLAT if they do not vary).
    ``max_drawdown``: peak to trough. ``worst_month``: worst calendar month (first and last month may be
    partial). ``months_of_carry``: |worst month|/mean month with a gain. ``worst_window``: return of the worst
    21 sessions, None on a shorter path. ``ruined``: the last NAV is not positive.
    """

    sessions: int
    growth: float
    volatility: float
    skew: float
    skew_status: Status
    max_drawdown: Span
    cvar95: tuple[TailLoss, ...]
    cdar95: float
    cdar_status: Status
    ulcer: float
    worst_month: Span
    months_of_carry: float
    carry_status: Status
    worst_window: Span | None
    ruined: bool

    def cvar(self, horizon: int) -> TailLoss:
        """Return the CVaR95 of 1, 5 or 21 sessions. Raises ``MissingDataError`` for another horizon."""
        for one in self.cvar95:
            if one.horizon == horizon:
                return one
        raise MissingDataError(f"no CVaR over {horizon} sessions: there are {', '.join(map(str, HORIZONS))}")


@dataclass(frozen=True, slots=True)
class Delevered:
    """The book at ``scale`` with the rest in cash, and its session returns; ``status`` FOUND or INVALID (then NaN).

    ``reason`` says in words why there is no such benchmark.
    """

    scale: float
    returns: Array
    status: Status
    reason: str


def _checked(nav: Array, dates: Dates) -> tuple[Array, Dates]:
    values, days = np.asarray(nav, dtype=np.float64), np.asarray(dates, dtype="datetime64[D]")
    if values.shape != days.shape or values.ndim != 1:
        raise DomainError(f"NAV has shape {values.shape} and dates {days.shape}: pass one NAV per session")
    if values.size < 2:
        raise MissingDataError(f"{values.size} NAV values: a return needs at least two")
    if np.any(np.diff(days) <= np.timedelta64(0, "D")):
        row = int(np.argmax(np.diff(days) <= np.timedelta64(0, "D"))) + 1
        raise LookaheadError(f"date {days[row]} at row {row} does not follow {days[row - 1]}: sort, drop duplicates")
    return values, days


def _skew(returns: Array) -> tuple[float, Status]:
    centred = returns - returns.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    if returns.max() == returns.min():
        return 0.0, Status.FLAT
    return float(np.mean(centred**3)) / spread**3, Status.FOUND


def tail_loss(nav: Array, horizon: int, level: float = LEVEL) -> TailLoss:
    """CVaR of the losses over ``horizon`` sessions of a path of NAV, (n,). Raises like ``kernels.tails.cvar``."""
    losses = -window_returns(nav, horizon)
    sample = effective_sample(nav.size - 1, horizon)
    if not losses.size:
        return TailLoss(horizon, math.nan, sample, Status.UNKNOWN)
    value, status = cvar(losses, level)
    thin = sample * (1.0 - level) < 1.0 - ROUNDING
    return TailLoss(horizon, value, sample, Status.THIN if thin else status)


def monthly_returns(nav: Array, dates: Dates) -> tuple[Dates, Array]:
    """Return of each calendar month from the last session of the month before, and the row of its last session's date.

    The first month starts at the first NAV, so a path that starts on a month's last session has no row for
    that month.
    """
    months = np.asarray(dates, dtype="datetime64[M]")
    ends = np.append(np.flatnonzero(np.diff(months) > np.timedelta64(0, "M")), dates.size - 1)
    starts = np.concatenate([[0], ends[:-1]])
    moved = ends > starts
    ends, starts = ends[moved], starts[moved]
    return np.asarray(dates)[ends], np.asarray(nav[ends] / nav[starts] - 1.0)


def performance(nav: Array, dates: Dates) -> Performance:
    """Measure one path of NAV.

    ``nav``: shape (n,), the value at the close of each of the ``dates`` (datetime64[D], rising), n >= 2;
    positive, except that the last value may be <= 0: a path ends at ruin. Flows must be taken out before.
    Raises ``MissingDataError`` (fewer than two values), ``DomainError`` (shape, not finite, NAV after ruin)
    or ``LookaheadError`` (order).
    """
    values, days = _checked(nav, dates)
    returns = window_returns(values, 1)
    skew, skew_status = _skew(returns)
    deepest = max_drawdown(values)
    cdar95, cdar_status = cdar(values, LEVEL)
    month_ends, months = monthly_returns(values, days)
    worst = int(np.argmin(months))
    carry, carry_status = months_of_carry(months)
    return Performance(
        sessions=returns.size,
        growth=_growth(values, days),
        volatility=float(np.std(returns, ddof=1)) * math.sqrt(SESSIONS_PER_YEAR) if returns.size > 1 else math.nan,
        skew=skew,
        skew_status=skew_status,
        max_drawdown=Span(days[deepest.peak].item(), days[deepest.trough].item(), deepest.depth),
        cvar95=tuple(tail_loss(values, horizon) for horizon in HORIZONS),
        cdar95=cdar95,
        cdar_status=cdar_status,
        ulcer=ulcer(values),
        worst_month=Span(
            month_ends[worst].astype("datetime64[M]").astype("datetime64[D]").item(),
            month_ends[worst].item(),
            float(months[worst]),
        ),
        months_of_carry=carry,
        carry_status=carry_status,
        worst_window=_worst_window(values, days),
        ruined=bool(values[-1] <= 0.0),
    )


def _growth(nav: Array, days: Dates) -> float:
    if nav[-1] <= 0.0:
        return -1.0
    years = float((days[-1] - days[0]).astype(np.int64)) / DAYS_PER_YEAR
    return math.expm1(math.log(nav[-1] / nav[0]) / years)


def _worst_window(nav: Array, days: Dates) -> Span | None:
    found = worst_windows(nav, MONTH_SESSIONS, 1)
    if not found.starts.size:
        return None
    start = int(found.starts[0])
    return Span(days[start].item(), days[start + MONTH_SESSIONS].item(), float(found.returns[0]))


def delever(returns: Array, target_mean: float, cash: float | Array = 0.0) -> Delevered:
    """Benchmark B1: hold the share ``scale`` of the book and the rest in cash, so that its mean is ``target_mean``.

    ``returns``: session returns of the unhedged book, shape (n,); ``target_mean``: mean session return of the
    hedged book; ``cash``: session return of cash, one number or shape (n,). Solves mean(s r + (1 - s) c) =
    target. There is no such benchmark (``Status.INVALID``) if either mean is not above that of cash or the
    scale is outside (0, 1]. Raises ``MissingDataError`` (empty) or ``DomainError`` (not finite, shape).
    Source: the comparison of Israelov (AQR).
    """
    book = np.asarray(returns, dtype=np.float64)
    idle = np.broadcast_to(np.asarray(cash, dtype=np.float64), book.shape)
    if not book.size:
        raise MissingDataError("no returns to de-lever: pass at least one")
    if not (np.isfinite(book).all() and np.isfinite(idle).all() and math.isfinite(target_mean)):
        raise DomainError("returns, cash and the target mean must be finite: drop the sessions that are not")
    own, wanted = float(np.mean(book - idle)), target_mean - float(np.mean(idle))
    if own <= 0.0:
        return _undefined(
            book, f"the book's mean {own:.3g} per session is not above cash: no share of it earns a target"
        )
    if wanted <= 0.0:
        return _undefined(book, f"the hedged mean {wanted:.3g} per session is not above cash: cash alone earns it")
    scale = wanted / own
    if scale > 1.0:
        return _undefined(book, f"the hedged book earns more than the book: a scale of {scale:.3g} would be leverage")
    return Delevered(scale, scale * book + (1.0 - scale) * idle, Status.FOUND, "")


def _undefined(book: Array, reason: str) -> Delevered:
    return Delevered(math.nan, np.full(book.shape, math.nan), Status.INVALID, reason)
