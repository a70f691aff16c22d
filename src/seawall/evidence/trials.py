"""A trial: one run with what named it, what it measured and its returns, so that luck can be counted (METHOD 9.3)."""

import datetime as dt
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError, UnknownParameterError
from seawall.evidence.fingerprint import Fingerprint
from seawall.evidence.returns import performance
from seawall.kernels import slots as at
from seawall.market.history import History
from seawall.sim.drawn import Drawn, DrawnRun, run_drawn
from seawall.sim.engine import run
from seawall.sim.plan import Plan
from seawall.sim.result import Result

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

CASH: Final = "POLICY_RATE"
YEAR: Final = 365.0


class Kind(StrEnum):
    """Which verb ran it."""

    BACKTEST = "backtest"
    SWEEP = "sweep"
    EVIDENCE = "evidence"


class Outcome(StrEnum):
    """Whether a run came to an end; a ruined path did."""

    DONE = "done"
    FAILED = "failed"


class Metrics(NamedTuple):
    """What a path measured; None where it is undefined or unknown.

    ``growth``, ``volatility``: per year (0.05 = 5 %). ``sharpe``: mean over sample standard deviation of the session
    returns above the policy rate, **per session**; ``skew`` and ``kurtosis`` (raw, 3 for a normal) are of the same
    returns, biased moments, as PSR and DSR want them. ``cvar95_*``: over 1, 5 and 21 sessions, losses positive.
    ``worst_month``: a return. ``modelled_share``: of absolute P&L that rests on modelled quotes. ``turnover``: dollars
    traded a year (options at premium, futures at notional, settlements left out) over mean equity. ``margin_peak``:
    largest share of equity that margin asked for.
    """

    sessions: int
    growth: float | None
    volatility: float | None
    sharpe: float | None
    skew: float | None
    kurtosis: float | None
    max_drawdown: float | None
    cvar95_1: float | None
    cvar95_5: float | None
    cvar95_21: float | None
    cdar95: float | None
    ulcer: float | None
    worst_month: float | None
    modelled_share: float | None
    ruined: bool
    turnover: float | None = None
    margin_peak: float | None = None


LOW_IS_GOOD: Final = frozenset(
    {"volatility", "max_drawdown", "cvar95_1", "cvar95_5", "cvar95_21", "cdar95", "ulcer", "kurtosis", "modelled_share",
     "turnover", "margin_peak"}
)  # fmt: skip
"""Metrics of which the smallest is the best."""

RANKED: Final = tuple(name for name in Metrics._fields if name not in ("sessions", "ruined"))
"""Metrics that can put trials in order."""


class Record(NamedTuple):
    """What a run leaves for the registry. ``returns``: of each session after ``first``, 0 after ruin, to ``last``."""

    metrics: Metrics
    first: dt.date
    last: dt.date
    returns: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One row of the registry. ``lane``: parameters that a grid gave it. ``reason``: why it failed.

    ``record`` is None if it failed.
    """

    fingerprint: Fingerprint
    kind: Kind
    name: str
    lane: Mapping[str, object]
    record: Record | None
    reason: str
    created_at: dt.datetime
    version: str

    @property
    def run_id(self) -> str:
        """What names the run."""
        return self.fingerprint.run_id

    @property
    def outcome(self) -> Outcome:
        """Done, or failed."""
        return Outcome.FAILED if self.record is None else Outcome.DONE


class Counts(NamedTuple):
    """Trials ever made. ``ever``: those that ended, removed ones included: N of the deflated Sharpe ratio.

    ``failed`` gave no number to choose by and are not in it. ``plans``: different plans among ``ever``.
    """

    ever: int
    removed: int
    failed: int
    plans: int


def plain_lane(lane: Mapping[str, object]) -> dict[str, object]:
    """Parameters of a lane as JSON takes them: dates as ISO text."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in lane.items()}


def ranked(metric: str) -> str:
    """A metric that can put trials in order. Raises ``UnknownParameterError`` with the nearest one."""
    if metric in RANKED:
        return metric
    near = difflib.get_close_matches(metric, RANKED, 1, 0.4)
    hint = f"did you mean {near[0]}?" if near else f"take one of {', '.join(RANKED)}"
    raise UnknownParameterError(f"there is no metric {metric[:40]!r}: {hint}")


def run_lane_job(plan: Plan | Drawn, history: History) -> Record:
    """Run one plan and measure it: the only place where a sweep touches the engine. Raises what the engine raises."""
    return (
        measured_drawn(run_drawn(plan, history))
        if isinstance(plan, Drawn)
        else measured_result(run(plan, history), history)
    )


def measured_drawn(drawn: DrawnRun) -> Record:
    """Measure a run on a drawn history; what it traded and its margin are not kept. Raises like :func:`measured`."""
    sums = drawn.run.programs.sum(axis=0)
    moved = float(sums[at.RUN_MOVED])
    days = np.diff(drawn.dates.astype("datetime64[D]")).astype(np.float64)
    share = float(sums[at.RUN_MODELLED]) / moved if moved > 0.0 else 0.0
    return measured_path(drawn.run.nav, drawn.dates, drawn.rate[:-1] * days / YEAR, share)


def measured_result(result: Result, history: History) -> Record:
    """Measure a run. Raises what :func:`measured` raises."""
    found = measured(result.nav, result.dates, history, result.modelled_share)
    used = found.metrics._replace(turnover=_turnover(result), margin_peak=_margin_peak(result))
    return found._replace(metrics=used)


def _turnover(result: Result) -> float | None:
    """Dollars traded a year over mean equity; None without a year or equity."""
    records, solvent = result.records, result.nav[result.nav > 0.0]
    years = float((result.dates[-1] - result.dates[0]).astype(np.int64)) / YEAR
    if not solvent.size or years <= 0.0:
        return None
    traded = records[records[:, at.FILL_RULE] != at.SETTLE]
    points = np.array(at.MULTIPLIERS, np.float64)[traded[:, at.FILL_WHAT].astype(np.int64)]
    dollars = np.abs(traded[:, at.FILL_QUANTITY] * traded[:, at.FILL_MID]) * points
    return float(dollars.sum() / years / solvent.mean())


def _margin_peak(result: Result) -> float | None:
    solvent = result.nav > 0.0
    shares = result.session[solvent, at.DAY_MARGIN] / result.nav[solvent]
    return float(shares.max()) if shares.size else None


def measured(nav: Array, dates: Dates, history: History, modelled_share: float | None) -> Record:
    """Measure a path of NAV, shape (n,), on ``dates``; it is cut after ruin, and its returns are 0 from there on."""
    return measured_path(nav, dates, cash_returns(history, dates), modelled_share)


def measured_path(nav: Array, dates: Dates, cash: Array | None, modelled_share: float | None) -> Record:
    """The same with what cash earned over each session after the first, (n - 1,); None if that is not known."""
    if nav.size < 2:
        raise MissingDataError(f"{nav.size} sessions make no return: let the plan end later")
    gone = np.flatnonzero(nav <= 0.0)
    end = int(gone[0]) + 1 if gone.size else nav.size
    path, days = nav[:end], dates[:end]
    returns = path[1:] / path[:-1] - 1.0
    found = performance(path, days)
    sharpe, skew, kurtosis = _moments(returns, None if cash is None else cash[: end - 1])
    numbers = (
        found.growth, found.volatility, sharpe, skew, kurtosis, found.max_drawdown.size,
        *(one.value for one in found.cvar95), found.cdar95, found.ulcer, found.worst_month.size,
        math.nan if modelled_share is None else modelled_share,
    )  # fmt: skip
    known = [float(one) if math.isfinite(one) else None for one in numbers]
    padded = np.concatenate([returns, np.zeros(nav.size - end)])
    return Record(
        Metrics._make([int(returns.size), *known, found.ruined, None, None]), dates[0].item(), dates[-1].item(), padded
    )


def cash_returns(history: History, dates: Dates) -> Array | None:
    """Return of cash over each session after the first: the rate of the close before, simple, ACT/365.

    None if it is not known on one of them.
    """
    if not history.has(CASH) or not dates.size:
        return None
    rate = history.values_on(CASH, dates)[:-1]
    days = np.diff(dates.astype("datetime64[D]")).astype(np.float64)
    return None if np.isnan(rate).any() else np.asarray(rate * days / YEAR)


def _moments(returns: Array, cash: Array | None) -> tuple[float, float, float]:
    above = returns if cash is None else returns - cash
    centred = above - above.mean()
    spread = float(np.mean(centred**2))
    if above.size < 2 or above.max() == above.min():
        return math.nan, math.nan, math.nan
    sharpe = math.nan if cash is None else float(above.mean() / above.std(ddof=1))
    return sharpe, float(np.mean(centred**3)) / spread**1.5, float(np.mean(centred**4)) / spread**2
