"""Runs of other verbs than a sweep: registered as trials before they are shown, with their fills and daily account."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seawall.core.errors import SeawallError
from seawall.data.run_logs import RunLogs
from seawall.data.trials import Registry
from seawall.evidence.fingerprint import Fingerprint, code_hash, data_hash, plan_hash
from seawall.evidence.trials import Kind, Record, Trial, measured_result
from seawall.market.history import History
from seawall.signals.regime import RULES, Regime, classify
from seawall.sim.plan import Plan
from seawall.sim.plan_series import read_by
from seawall.sim.result import Days, Result
from seawall.sim.run_log import Acted, run_log


class Recorded(NamedTuple):
    """Id of a run, of the run without its hedges ("" where there is none), and whether their fills were kept."""

    run: str
    without_hedge: str
    kept: bool


def new_trial(
    mark: Fingerprint, kind: Kind, name: str, result: tuple[Record | None, str], lane: Mapping[str, object]
) -> Trial:
    """A trial of this moment and this version. ``result``: the record, or None and why there is none."""
    from importlib.metadata import version

    return Trial(mark, kind, name, lane, *result, dt.datetime.now(dt.UTC), version("seawall"))


def record_backtest(plan: Plan, history: History, results: Sequence[Result], keep: bool = True) -> Recorded:
    """Register the run of a plan, and where there is one the run without its hedges, before they are shown.

    ``keep``: also their fills and daily account. Raises what the registry raises.
    """
    code = code_hash()
    plans = (plan, plan.without_hedge()) if len(results) > 1 else (plan,)
    trials = [
        new_trial(
            Fingerprint(plan_hash(one), data_hash(read_by(one, history), one.end), code),
            Kind.BACKTEST,
            plan.name,
            (measured_result(result, history), ""),
            {},
        )
        for one, result in zip(plans, results, strict=True)
    ]
    registry = Registry()
    registry.record(trials)
    kept = keep
    if keep:
        dates = results[0].dates
        logs, acted = RunLogs(registry), acted_on(history, dates)
        market = {name: history.values_on(series, dates) for name, series in (("spx", "SPX"), ("vix", "VIX"))}
        for trial, result in zip(trials, results, strict=True):
            kept = logs.save(trial.run_id, run_log(result, plan.capital, market, acted)) and kept
    return Recorded(trials[0].run_id, trials[1].run_id if len(trials) > 1 else "", kept)


def acted_on(history: History, dates: Days) -> Acted:
    """Market state of the session before each of ``dates``, its rule and its triggers; "" where there is none."""
    try:
        regimes = classify(history)
    except SeawallError:
        return Acted(*[("",) * dates.size] * 3)
    place = np.searchsorted(regimes.dates, dates) - 1
    told: list[tuple[str, str, str]] = []
    for row in place.tolist():
        if row < 0:
            told.append(("", "", ""))
            continue
        fired = ", ".join(name for name, column in regimes.triggers.items() if column[row])
        told.append((Regime(int(regimes.states[row])).name, RULES[int(regimes.rules[row])], fired))
    return Acted(*(tuple(column) for column in zip(*told, strict=True)))
