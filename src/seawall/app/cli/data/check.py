"""`seawall data check`: what the checks withheld and which rows were refused, with the reason of each."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, print_json

EXAMPLES = "Examples: seawall data check | seawall data check VIX --all | seawall data check --again --json"

Name = Annotated[str | None, typer.Argument(metavar="[SERIES]", help="Only this series.")]
Everything = Annotated[bool, typer.Option("--all", help="Every finding, not the first dozen of a kind.")]
Again = Annotated[bool, typer.Option("--again", help="Run every check anew over the whole store first.")]


def run(series: Name = None, everything: Everything = False, again: Again = False, as_json: AsJson = False) -> None:
    """List values in quarantine: broken bars, lone values, no-session days, stale repeats, errors of unit."""
    from seawall.data.coverage import findings
    from seawall.data.store import Store
    from seawall.report.data_tables import plain, print_check

    with Store.open(read_only=not again) as store:
        if again:
            store.check()
        frame = findings(store, series)
    if as_json:
        print_json({"findings": plain(frame)})
    else:
        print_check(frame, everything)
