"""`seawall backtest`: the program with its hedge, without it, and held smaller; or a published index rebuilt."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import (
    AsJson,
    Embedded,
    HtmlPath,
    Synthetic,
    day_of,
    print_json,
    say_if_first_run,
    write_page,
)
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.sim.plan import Plan

EXAMPLES = (
    "Examples: seawall backtest | seawall backtest --policy steward | seawall backtest my.plan.yaml --costs 2 | "
    "seawall backtest --html out/replay.html | seawall backtest cndr --from 2007-01-01 --to 2015-12-31"
)

INDICES = ("cndr", "put", "bxm", "vxth")

PlanPath = Annotated[
    Path | None,
    typer.Argument(metavar="[PLAN]", help="Plan file, or cndr, put, bxm, vxth; else the 20/5-delta program."),
]
Start = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day, else the plan's.")]
End = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day, else the plan's.")]
Collateral = Annotated[
    float | None,
    typer.Option(metavar="X", help="Bills over the wider wing (cndr, else 10) or the strike (put, else 1)."),
]
CostMultiple = Annotated[
    float | None, typer.Option("--costs", metavar="X", help="Times the costs (else 1, or what the plan says).")
]
PolicyName = Annotated[
    str | None, typer.Option("--policy", metavar="NAME|FILE", help="Hedge with this policy, instead of the plan's.")
]


@dataclass(frozen=True, slots=True)
class Words:
    """What a user says: each field is an argument or an option."""

    plan: PlanPath = None
    as_json: AsJson = False
    html: HtmlPath = None
    start: Start = None
    end: End = None
    collateral: Collateral = None
    costs: CostMultiple = None
    embedded: Embedded = False
    synthetic: Synthetic = None
    policy: PolicyName = None
    no_save: Annotated[bool, typer.Option("--no-save", help="Keep no fills and no daily account; still a trial.")] = (
        False
    )


@gathered(Words)
def run(words: Words) -> None:
    """Run a plan with and without its hedges (a monthly SPX condor 2014-2018 without one), or rebuild an index."""
    stated = {"collateral": words.collateral, "costs": words.costs}
    given = {name: value for name, value in stated.items() if value is not None}
    name = str(words.plan).lower() if words.plan is not None and not words.plan.exists() else ""
    if name in INDICES:
        if words.embedded or words.synthetic is not None:
            raise InputError("--embedded and --synthetic are for plans: an index reads the store")
        if words.policy is not None:
            raise InputError("--policy is for a plan: an index has no hedge, leave one of them out")
        from seawall.app.cli.backtest_index import Asked, run_index

        if words.no_save:
            raise InputError("--no-save is for a plan: an index keeps no fill log, leave it out")
        dates = (day_of(words.start) if words.start else None, day_of(words.end) if words.end else None)
        run_index(Asked(name, *dates, given), words.as_json, words.html)
        return
    if words.costs is not None and not 0.0 <= words.costs < math.inf:
        raise InputError(f"--costs must be a number >= 0, was {words.costs}: 2 is twice the costs")
    if words.collateral is not None:
        raise InputError(f"--collateral is for an index: name one of {', '.join(INDICES)}, or leave it out")
    _run_plan(words)


def _chosen(words: Words) -> "Plan":
    from seawall.data.plans import default_plan, load_plan

    chosen = default_plan() if words.plan is None else load_plan(words.plan)
    if words.policy is not None:
        from seawall.data.policies import policy_named

        chosen = replace(chosen, hedge=policy_named(words.policy))
    if words.costs is not None:
        chosen = replace(chosen, costs=replace(chosen.costs, multiple=words.costs))
    start = chosen.start if words.start is None else day_of(words.start)
    end = chosen.end if words.end is None else day_of(words.end)
    return replace(chosen, start=start, end=end)


def _run_plan(words: Words) -> None:
    say_if_first_run()
    from seawall.app.recording import record_backtest
    from seawall.app.run_history import Source, run_history, stored_quotes, where_from
    from seawall.evidence.comparison import replay_record, single_record
    from seawall.sim.engine import compare, run

    chosen, source = _chosen(words), Source(words.embedded, words.synthetic)
    history, quotes = run_history(source, chosen), stored_quotes(source, chosen)
    if chosen.hedged and chosen.has_own:
        runs = compare(chosen, history, quotes)
        ids = record_backtest(chosen, history, (runs.with_hedge, runs.without_hedge), not words.no_save)
        named = words.policy is not None and chosen.hedge is not None
        replay = replay_record(runs, chosen.hedge.name if named and chosen.hedge else "")
    else:
        result = run(chosen, history, quotes)
        ids = record_backtest(chosen, history, (result,), not words.no_save)
        replay = single_record(result)
    if words.html is not None:
        from seawall.report.page import replay_page
        from seawall.signals.regime import classify

        write_page(words.html, replay_page(replay, classify(history)))
    if words.as_json:
        from seawall.report.records import replay_json

        print_json({**replay_json(chosen.name, replay), "data": where_from(source), "runs": ids._asdict()})
    else:
        from seawall.report.tables import print_replay, print_text

        print_text(where_from(source))
        print_replay(chosen.name, replay)
        if ids.kept:
            print_text(f"kept: seawall fills {ids.run[:8]}, seawall explain {ids.run[:8]} DATE")
