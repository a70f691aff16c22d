"""`seawall trials`: every run ever made on this store; one of them; and the removal of one, with its reason."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from seawall.app.cli.options import AsJson, print_json
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.data.trials import Registry

EXAMPLES = (
    "Examples: seawall trials | seawall trials list --kind sweep --json | seawall trials show 3f9a21c0 | "
    "seawall trials remove 3f9a21c0 --reason 'wrong dividend yield'"
)
ACTIONS: Final = ("list", "show", "remove")

Action = Annotated[str, typer.Argument(metavar="[list|show|remove]", help="What to do; list without one.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Trials, by the first digits of their id.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why trials are removed; kept with them.")]
OneKind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only backtest, sweep or evidence.")]
Removed = Annotated[bool, typer.Option("--removed", help="List the removed ones, with time and reason.")]
Everything = Annotated[bool, typer.Option("--all", help="Every row, not the latest forty.")]


def run(
    action: Action = "list",
    ids: Ids = None,
    reason: Reason = None,
    kind: OneKind = None,
    removed: Removed = False,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List the trials of this store, show one, or remove some with a reason; removed ones go on counting."""
    if action not in ACTIONS:
        raise InputError(f"`trials {action[:24]}` is not there: take one of {', '.join(ACTIONS)}")
    if reason is not None and action != "remove":
        raise InputError("--reason belongs to `trials remove`: leave it out")
    if (action == "list") == bool(ids):
        raise InputError(
            "`trials list` takes no id: leave it out" if ids else f"`trials {action}` needs an id: name one"
        )
    from seawall.data.trials import Registry

    registry = Registry()
    if action == "show":
        _show(registry, ids or [], as_json)
    elif action == "remove":
        _remove(registry, ids or [], reason, as_json)
    else:
        _list(registry, kind, removed, everything, as_json)


def _show(registry: "Registry", ids: list[str], as_json: bool) -> None:
    from seawall.report.trial_tables import print_trial, trial_record

    found = [registry.get(one) for one in ids]
    if as_json:
        print_json({"trials": [trial_record(one) | {"returns": returns_of(one)} for one in found]})
        return
    for one in found:
        print_trial(one)


def returns_of(trial: object) -> list[float] | None:
    """Session returns of a trial for JSON, to the seven digits that are kept."""
    record = getattr(trial, "record", None)
    return None if record is None else [float(f"{one:.7g}") for one in record.returns]


def _remove(registry: "Registry", ids: list[str], reason: str | None, as_json: bool) -> None:
    if reason is None:
        raise InputError("a trial is removed only with a reason: add --reason TEXT")
    chosen = [registry.get(one).run_id for one in ids]
    registry.remove(chosen, reason)
    counts = registry.count()
    if as_json:
        print_json({"removed": chosen, "counts": counts._asdict()})
        return
    from seawall.report.trial_tables import count_line, print_lines

    print_lines([f"removed {one}" for one in chosen] + [count_line(counts)])


def _list(registry: "Registry", kind: str | None, removed: bool, everything: bool, as_json: bool) -> None:
    from seawall.evidence.trials import Kind
    from seawall.report.trial_tables import print_trials, trial_record

    if kind is not None and kind not in tuple(Kind):
        raise InputError(f"--kind {kind[:24]} is none of {', '.join(Kind)}: take one of them")
    chosen = None if kind is None else Kind(kind)
    counts = registry.count(chosen)
    if removed:
        gone = [row for row in registry.removed() if chosen in (None, row[0].kind)]
        trials, notes = [row[0] for row in gone], [(row[1], row[2]) for row in gone]
    else:
        trials, notes = registry.trials(chosen), []
    if as_json:
        rows = [trial_record(one) for one in trials]
        for row, (when, why) in zip(rows, notes, strict=False):
            row |= {"removed_at": when.isoformat(), "removal": why}
        print_json({"counts": counts._asdict(), "trials": rows})
    else:
        print_trials(trials, notes, counts, everything)
