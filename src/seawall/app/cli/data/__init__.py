"""`seawall data`: fill the store, see what it holds, and what was withheld."""

import typer

from seawall.app.cli.data import check, collect, importing, position, status, sync

APP = typer.Typer(
    name="data", help="Fetch and import data, and see what the store holds.", no_args_is_help=True,
    add_completion=False, rich_markup_mode=None,
)  # fmt: skip
for name, verb in (
    ("sync", sync), ("collect", collect), ("import", importing), ("position", position),
    ("status", status), ("check", check),
):  # fmt: skip
    APP.command(name, epilog=verb.EXAMPLES)(verb.run)
