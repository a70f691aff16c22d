"""`seawall backtest`: the program with its hedge, without it, and held smaller."""

from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, HtmlPath, print_json, say_if_first_run, write_page

EXAMPLES = "Examples: seawall backtest | seawall backtest my.plan.yaml --json | seawall backtest --html out/replay.html"

PlanPath = Annotated[Path | None, typer.Argument(metavar="[PLAN]", help="Plan file; else the 20/5-delta program.")]


def run(plan: PlanPath = None, as_json: AsJson = False, html: HtmlPath = None) -> None:
    """Replay a monthly SPX condor program 2014-2018, daily marked, with costs, with and without its hedge."""
    say_if_first_run()
    from seawall.data.embedded import embedded_history
    from seawall.data.plans import default_plan, load_plan
    from seawall.evidence.comparison import replay_record
    from seawall.sim.engine import compare

    chosen = default_plan() if plan is None else load_plan(plan)
    history = embedded_history()
    replay = replay_record(compare(chosen, history))
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
