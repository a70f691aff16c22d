"""`seawall backtest`: the program with its hedge, without it, and held smaller; or a published index rebuilt."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, day_of, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

EXAMPLES = (
    "Examples: seawall backtest | seawall backtest my.plan.yaml --costs 2 | seawall backtest --html out/replay.html | "
    "seawall backtest cndr --from 2007-01-01 --to 2015-12-31"
)

INDICES = ("cndr", "put", "bxm", "vxth")

PlanPath = Annotated[
    Path | None,
    typer.Argument(metavar="[PLAN]", help="Plan file, or cndr, put, bxm, vxth; else the 20/5-delta program."),
]
Start = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day (an index).")]
End = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day (an index).")]
Collateral = Annotated[
    float | None,
    typer.Option(metavar="X", help="Bills over the wider wing (cndr, else 10) or the strike (put, else 1)."),
]
CostMultiple = Annotated[
    float | None, typer.Option("--costs", metavar="X", help="Times the costs (else 1, or what the plan says).")
]


def run(
    plan: PlanPath = None,
    as_json: AsJson = False,
    html: HtmlPath = None,
    start: Start = None,
    end: End = None,
    collateral: Collateral = None,
    costs: CostMultiple = None,
) -> None:
    """Replay a monthly SPX condor program 2014-2018, with and without its hedge, or rebuild a published index."""
    stated = {"collateral": collateral, "costs": costs}
    given = {name: value for name, value in stated.items() if value is not None}
    name = str(plan).lower() if plan is not None and not plan.exists() else ""
    if name in INDICES:
        from seawall.app.cli.backtest_index import Asked, run_index

        dates = (day_of(start) if start else None, day_of(end) if end else None)
        run_index(Asked(name, *dates, given), as_json, html)
        return
    if costs is not None and not 0.0 <= costs < math.inf:
        raise InputError(f"--costs must be a number >= 0, was {costs}: 2 is twice the costs")
    named = [
        *(("collateral",) if collateral is not None else ()),
        *(word for word, day in (("from", start), ("to", end)) if day is not None),
    ]
    if named:
        raise InputError(f"--{named[0]} is for an index: name one of {', '.join(INDICES)}, or leave it out")
    _run_plan(plan, as_json, html, costs)


def _run_plan(plan: Path | None, as_json: bool, html: Path | None, costs: float | None) -> None:
    say_if_first_run()
    from seawall.app.sweeping import record_backtest
    from seawall.data.embedded import embedded_history
    from seawall.data.plans import default_plan, load_plan
    from seawall.evidence.comparison import replay_record
    from seawall.sim.engine import compare

    chosen = default_plan() if plan is None else load_plan(plan)
    if costs is not None:
        chosen = replace(chosen, costs=replace(chosen.costs, multiple=costs))
    history = embedded_history()
    runs = compare(chosen, history)
    record_backtest(chosen, history, runs)
    replay = replay_record(runs)
    if html is not None:
        from seawall.report.page import replay_page
        from seawall.signals.regime import classify

        write_page(html, replay_page(replay, classify(history)))
    if as_json:
        from seawall.report.records import replay_json

        print_json(replay_json(chosen.name, replay))
    else:
        from seawall.report.tables import print_replay

        print_replay(chosen.name, replay)
