"""Kept runs side by side: the trial registry's returns, and of each run that has a log its costs and its layers."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from seawall.app.service.answers import Record
from seawall.app.service.refusal import UNUSABLE, RefusedError
from seawall.core.errors import MissingDataError
from seawall.data.run_logs import RunLogs
from seawall.data.trials import Registry

if TYPE_CHECKING:
    from seawall.evidence.trials import Trial
    from seawall.sim.run_log import RunLog

Array = NDArray[np.float64]

MOST: Final = 6
"""Runs compared at once."""
LISTED: Final = 300
"""Newest runs offered."""
PATIENCE_S: Final = 2.0
START: Final = 100.0
YEAR: Final = 365.25
COLUMNS: Final = (
    "growth", "volatility", "max_drawdown", "cvar95_1", "cvar95_5", "cvar95_21", "skew", "months_won", "worst_month",
    "costs_per_year", "modelled_share", "turnover", "margin_peak",
)  # fmt: skip
"""What stands side by side; shares (0.05 = 5 %) but for ``skew`` and ``turnover``."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One path. ``dates``, ``growth`` (start 100), ``drawdown`` (0 or below, a share): shape (sessions,)."""

    id: str
    name: str
    dates: tuple[str, ...]
    growth: Array
    drawdown: Array
    measures: dict[str, float | None]
    note: str = ""


def registry() -> Registry:
    """The registry, with little patience: somebody waits for the page."""
    return Registry(wait_s=PATIENCE_S)


def kept_runs() -> list[Record]:
    """Runs that ended, the newest first, without their paths; ``log``: whether fills and account are kept."""
    kept = registry()
    if not kept.path.is_file():
        return []
    logs = RunLogs(kept).listed()
    return [_line(one, logs.get(one.run_id)) for one in kept.latest(LISTED)]


def _line(trial: "Trial", hedges: tuple[bool, ...] | None) -> Record:
    record = trial.record
    return {
        "id": trial.run_id, "name": label(trial, hedges), "kind": str(trial.kind),
        "first": record and str(record.first), "last": record and str(record.last),
        "made": f"{trial.created_at:%Y-%m-%d %H:%M}", "log": hedges is not None,
    }  # fmt: skip


def label(trial: "Trial", hedges: tuple[bool, ...] | None) -> str:
    """A run in words: its first digits, whether it is hedged where that is known, its plan, its lane."""
    how = "" if hedges is None else ", hedged" if any(hedges) else ", no hedge"
    lane = ", ".join(f"{name} {value}" for name, value in trial.lane.items())
    return f"{trial.run_id[:6]}{how}: {trial.name}{f' ({lane})' if lane else ''}"


def compared(ids: list[str]) -> list[Curve]:
    """Two or more runs side by side, by the first digits of their ids; one alone is shown too.

    Raises ``RefusedError`` for too many, ``UnregisteredTrialError`` for one that is not there.
    """
    if len(ids) > MOST:
        raise RefusedError(UNUSABLE, f"{len(ids)} runs are too many to read: choose {MOST} or fewer")
    kept = registry()
    logs = RunLogs(kept)
    hedges = logs.listed() if ids else {}
    return [_curve(kept.get(one), logs, hedges) for one in dict.fromkeys(ids)]


def _curve(trial: "Trial", logs: RunLogs, hedges: dict[str, tuple[bool, ...]]) -> Curve:
    record = trial.record
    if record is None:
        raise MissingDataError(f"run {trial.run_id[:8]} failed ({trial.reason[:80]}): choose another")
    log = logs.load(trial.run_id).log if trial.run_id in hedges else None
    days = _days(record.first, record.last, record.returns.size, log)
    nav = START * np.concatenate([[1.0], np.cumprod(1.0 + record.returns)])
    measures = {name: value for name, value in record.metrics._asdict().items() if name in COLUMNS}
    measures |= {"months_won": months_won(nav, days), "costs_per_year": None if log is None else costs(log)}
    note = "" if log is not None else "no fill log is kept, so costs are unknown"
    name = label(trial, hedges.get(trial.run_id))
    return path(trial.run_id, name, days, nav, measures, note)


def path(
    identity: str, name: str, days: NDArray[np.datetime64], nav: Array, measures: dict[str, float | None], note: str
) -> Curve:
    """A curve from equity of any start."""
    growth = START * nav / nav[0]
    drawdown = growth / np.maximum.accumulate(growth) - 1.0
    return Curve(identity, name, tuple(map(str, days)), growth, drawdown, measures, note)


def _days(first: dt.date, last: dt.date, count: int, log: "RunLog | None") -> NDArray[np.datetime64]:
    if log is not None and log.dates.size == count + 1:
        return log.dates
    from seawall.core.clock import sessions

    days = sessions(first, last)
    if days.size != count + 1:
        raise MissingDataError(f"a run from {first} to {last} kept {count} returns, not {days.size - 1}: run it again")
    return days


def months_won(nav: Array, days: NDArray[np.datetime64]) -> float | None:
    """Share of calendar months that gained; None for a path within one month."""
    from seawall.evidence.returns import monthly_returns

    _, returns = monthly_returns(nav, days)
    return float(np.mean(returns > 0.0)) if returns.size else None


def costs(log: "RunLog") -> float | None:
    """Half spreads, impact and commissions a year, as a share of the capital."""
    years = float((log.dates[-1] - log.dates[0]).astype(np.int64)) / YEAR
    if years <= 0.0 or log.capital <= 0.0:
        return None
    return float(np.abs(log.layer["cost"]).sum()) / years / log.capital


def compared_record(ids: list[str]) -> Record:
    """The same as plain objects."""
    return {
        "runs": [
            {"id": one.id, "name": one.name, "measures": one.measures, "note": one.note, "dates": list(one.dates),
             "growth": one.growth.tolist(), "drawdown": one.drawdown.tolist()}
            for one in compared(ids)
        ]
    }  # fmt: skip


def held_smaller(result: Record, ids: list[str]) -> Curve | None:
    """The unhedged program held smaller, of a finished backtest with a run among ``ids``; None where there is none."""
    runs, paths = result.get("runs", {}), result.get("paths", [])
    chosen = any(runs.get("run", "-").startswith(one) for one in ids)
    if not chosen or len(paths) < 3:
        return None
    last = paths[2]
    days = np.array(result["dates"], dtype="datetime64[D]")
    nav = np.array(result["nav_usd"][last["name"]], dtype=np.float64)
    tails = {f"cvar95_{name.removesuffix('d')}": value for name, value in last["cvar95"].items()}
    measures = {"growth": last["growth_per_year"], "volatility": last["volatility"], "skew": last["skew"],
                "max_drawdown": last["max_drawdown"], "months_won": months_won(nav, days), **tails}  # fmt: skip
    return path("smaller", last["name"], days, nav, measures, "benchmark B1: the program alone, held smaller")
