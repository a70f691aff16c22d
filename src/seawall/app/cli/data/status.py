"""`seawall data status`: coverage, gaps, age and source of every series in the store."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, print_json

EXAMPLES = "Examples: seawall data status | seawall data status --json | seawall data status --all"

Everything = Annotated[bool, typer.Option("--all", help="Every VIX contract on its own line.")]


def run(everything: Everything = False, as_json: AsJson = False) -> None:
    """Show what the store holds: rows, first and last day, missing days, age, withheld and revised values."""
    from seawall.data.coverage import coverage, imports
    from seawall.data.store import Store
    from seawall.report.data_tables import plain, print_status

    with Store.open(read_only=True) as store:
        frame = coverage(store)
        if as_json:
            print_json({"store": str(store.path), "series": plain(frame), "imports": plain(imports(store))})
        else:
            print_status(frame, str(store.path), everything)
