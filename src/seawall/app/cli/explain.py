"""`seawall explain`: what a kept run held on a day, why, and what it made."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, day_of, print_json

EXAMPLES = "Examples: seawall explain 3f9a21c0 2018-02-05 | seawall explain 3f9a21c0 2018-02-05 --json"

RunId = Annotated[str, typer.Argument(metavar="RUN", help="Trial of a backtest, by the first digits of its id.")]
Date = Annotated[str, typer.Argument(metavar="DATE", help="A session of the run, such as 2018-02-05.")]


def run(run_id: RunId, date: Date, as_json: AsJson = False) -> None:
    """Tell in words what a backtest held on a day, by which rule, what was traded and what each layer made."""
    day = day_of(date)
    from seawall.data.run_logs import RunLogs
    from seawall.report.run_tables import explained_record, explained_words
    from seawall.report.trial_tables import print_lines
    from seawall.sim.explained import explain

    kept = RunLogs().load(run_id)
    found = explain(kept.log, day)
    if as_json:
        print_json({"run_id": kept.run_id} | explained_record(found))
    else:
        print_lines(explained_words(found))
