"""`seawall verify`: published values through the public functions."""

from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, print_json, say_if_first_run

EXAMPLES = "Examples: seawall verify | seawall verify --reference ../shared/reference --json"

Reference = Annotated[Path | None, typer.Option("--reference", metavar="DIR", help="Folder of published tables (CSV).")]


def run(reference: Reference = None, as_json: AsJson = False) -> None:
    """Check the program against published values; exit code 1 when one is missed."""
    say_if_first_run()
    from seawall.app.verify import as_json as checks_record
    from seawall.app.verify import failed, run_checks

    checks = run_checks(reference)
    if as_json:
        print_json(checks_record(checks))
    else:
        from seawall.app.verify.table import print_checks

        print_checks(checks)
    if failed(checks):
        raise typer.Exit(1)
