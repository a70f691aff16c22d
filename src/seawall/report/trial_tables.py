"""Trials in a terminal and as JSON: best and worst lanes of a sweep under the number of tries, and the registry."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from seawall.evidence.luck import Luck
from seawall.evidence.trials import Counts, Metrics, Outcome, Trial, plain_lane
from seawall.report.data_tables import printable, show
from seawall.report.format import NOT_DEFINED, fixed, percent
from seawall.report.tables import console, table_of

Record = dict[str, Any]

SHOWN: Final = 5
LATEST: Final = 40
ID_SHOWN: Final = 8
LANE_WIDTH: Final = 90
SHARES: Final = frozenset(
    {"growth", "volatility", "max_drawdown", "cvar95_1", "cvar95_5", "cvar95_21", "cdar95", "ulcer", "worst_month",
     "modelled_share", "margin_peak"}
)  # fmt: skip
TABLED: Final = ("sharpe", "growth", "volatility", "max_drawdown", "cvar95_21")


def count_line(counts: Counts) -> str:
    """How many trials were ever made; the N of every deflated Sharpe ratio."""
    removed = f", {counts.removed:,} of them removed" if counts.removed else ""
    failed = f"; {counts.failed:,} more failed" if counts.failed else ""
    return f"{counts.ever:,} trials were ever run on this store, of {counts.plans:,} plans{removed}{failed}"


def caveat(counts: Counts, found: Luck | None = None) -> str:
    """What stands below every table of best lanes."""
    told = "" if found is None else f" {luck_line(found)}"
    return f"{count_line(counts)}. The best of many looks good by luck alone: it is a candidate, not evidence.{told}"


def luck_line(found: Luck) -> str:
    """DSR of the best lane and PBO of the family, or why there is none."""
    first = (
        f"DSR of the best lane undefined ({found.dsr_why})"
        if found.dsr is None
        else f"DSR of the best lane {found.dsr:.3f} against {found.trials:,} trials"
    )
    second = (
        f"PBO undefined ({found.pbo_why})"
        if found.pbo is None
        else f"PBO {found.pbo:.3f} over {found.lanes:,} lanes in {found.blocks} blocks"
    )
    return f"{first}; {second}."


def trial_record(trial: Trial) -> Record:
    """A trial as plain objects; its metrics are null if it failed."""
    mark, record = trial.fingerprint, trial.record
    return {
        "run_id": trial.run_id,
        "kind": str(trial.kind),
        "name": trial.name,
        "outcome": str(trial.outcome),
        "reason": trial.reason,
        "lane": plain_lane(trial.lane),
        "metrics": None if record is None else record.metrics._asdict(),
        "first": None if record is None else record.first.isoformat(),
        "last": None if record is None else record.last.isoformat(),
        "plan_hash": mark.plan,
        "data_hash": mark.data,
        "code_hash": mark.code,
        "seed": mark.seed,
        "created_at": trial.created_at.isoformat(),
        "version": trial.version,
    }


def sweep_record(
    name: str, totals: Mapping[str, int], trials: Sequence[Trial], metric: str, counts: Counts, found: Luck
) -> Record:
    """A sweep as plain objects, the best lane first."""
    return {
        "plan": name,
        **totals,
        "left": totals["lanes"] - len(trials),
        "order": metric,
        "trials_ever": counts._asdict(),
        "luck": found._asdict(),
        "caveat": caveat(counts, found),
        "rows": [trial_record(one) for one in trials],
    }


def print_sweep(
    name: str, totals: Mapping[str, int], trials: Sequence[Trial], metric: str, counts: Counts, found: Luck
) -> None:
    """Best and worst lanes by a metric, how many ran and were found, failures by reason, and the caveat."""
    out = console()
    done = [one for one in trials if one.outcome is Outcome.DONE]
    best, worst = done[:SHOWN], done[SHOWN:][-SHOWN:]
    vary = _varied(trials)
    shown = (metric, *(one for one in TABLED if one != metric))
    table = _table(f"{name}: {totals['lanes']:,} lanes by {metric}", shown)
    for one in best:
        table.add_row(*_cells(one, shown), _lane(one, vary))
    if worst:
        table.add_section()
    for one in worst:
        table.add_row(*_cells(one, shown), _lane(one, vary), style="dim")
    if done:
        show(table)
    left = totals["lanes"] - len(trials)
    out.print(
        f"{totals['ran']:,} lanes ran, {totals['found']:,} were registered before"
        + (f", {totals['failed']:,} failed" if totals["failed"] else "")
        + (f", {left:,} are left: run it again" if left else "")
    )
    for reason, many in _reasons(trials):
        out.print(f"failed ({many:,}): {printable(reason, 200)}", soft_wrap=True)
    out.print(escape(caveat(counts, found)), soft_wrap=True)


def _reasons(trials: Sequence[Trial]) -> list[tuple[str, int]]:
    counted: dict[str, int] = {}
    for one in trials:
        if one.outcome is Outcome.FAILED:
            counted[one.reason] = counted.get(one.reason, 0) + 1
    return sorted(counted.items(), key=lambda item: -item[1])[:SHOWN]


def _table(title: str, shown: Sequence[str]) -> Table:
    return table_of(title, [("trial", "left"), *((name, "right") for name in shown), ("lane", "left")])


def _cells(trial: Trial, shown: Sequence[str]) -> list[str]:
    metrics = None if trial.record is None else trial.record.metrics
    return [trial.run_id[:ID_SHOWN], *(_told(metrics, name) for name in shown)]


def _told(metrics: Metrics | None, name: str) -> str:
    value = None if metrics is None else getattr(metrics, name)
    if value is None:
        return NOT_DEFINED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return percent(value, 2) if name in SHARES else fixed(value, 4)


def _lane(trial: Trial, names: Collection[str]) -> str:
    return printable(", ".join(f"{name} {value}" for name, value in trial.lane.items() if name in names), LANE_WIDTH)


def _varied(trials: Sequence[Trial]) -> set[str]:
    """Names of parameters that differ between trials."""
    told: dict[str, set[object]] = {}
    for one in trials:
        for name, value in one.lane.items():
            told.setdefault(name, set()).add(value)
    return {name for name, values in told.items() if len(values) > 1}


def print_trials(
    trials: Sequence[Trial], removals: Sequence[tuple[dt.datetime, str]], counts: Counts, everything: bool
) -> None:
    """The registry, the latest first; removed trials with time and reason."""
    notes: Sequence[tuple[dt.datetime, str] | None] = removals or [None] * len(trials)
    rows = list(zip(trials, notes, strict=True))[::-1]
    names = ["trial", "when (UTC)", "kind", "name", "outcome", "sharpe", "growth", "max_drawdown"]
    names.append("removed" if removals else "lane")
    table = table_of("trials", [(name, "right" if 5 <= at <= 7 else "left") for at, name in enumerate(names)])
    for one, removal in rows if everything else rows[:LATEST]:
        metrics = None if one.record is None else one.record.metrics
        last = _lane(one, one.lane) if removal is None else printable(f"{removal[0]:%Y-%m-%d %H:%M}: {removal[1]}", 80)
        table.add_row(
            one.run_id[:ID_SHOWN], f"{one.created_at:%Y-%m-%d %H:%M}", str(one.kind), printable(one.name),
            str(one.outcome), *(_told(metrics, name) for name in ("sharpe", "growth", "max_drawdown")), last,
        )  # fmt: skip
    if rows:
        show(table)
    if len(rows) > LATEST and not everything:
        console().print(f"and {len(rows) - LATEST:,} older: --all")
    print_lines([count_line(counts)])


def print_trial(trial: Trial) -> None:
    """One trial: what named it, what it measured."""
    record = trial_record(trial)
    metrics = None if trial.record is None else trial.record.metrics
    table = table_of(f"trial {trial.run_id}", [("", "left"), ("what", "left")])
    for name in ("kind", "name", "outcome", "reason", "plan_hash", "data_hash", "code_hash", "seed", "first", "last",
                 "created_at", "version"):  # fmt: skip
        if record[name] not in ("", None):
            table.add_row(name, printable(record[name], 100))
    for name, value in record["lane"].items():
        table.add_row(printable(name, 60), printable(value, 60))
    if metrics is not None:
        table.add_section()
        for name in Metrics._fields:
            table.add_row(name, _told(metrics, name))
    show(table)


def print_lines(lines: Sequence[str]) -> None:
    """Plain lines."""
    for line in lines:
        console().print(printable(line, 400), soft_wrap=True)
