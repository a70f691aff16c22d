"""`seawall monitor`: watch books, keep the last good state, and alert by rules."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import AsJson, print_json
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.app.monitor.engine import Monitor

EXAMPLES = (
    "Examples: seawall monitor --example > my.monitor.yaml | seawall monitor my.monitor.yaml --test | "
    "seawall monitor my.monitor.yaml --listen 9464 | seawall monitor --once --json"
)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the verb takes."""

    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help="Monitor file; else the example book, on the console.")
    ] = None
    example: Annotated[bool, typer.Option("--example", help="Print a monitor file to start from, and leave.")] = False
    test: Annotated[bool, typer.Option("--test", help="Send a test through every channel, and leave.")] = False
    once: Annotated[bool, typer.Option("--once", help="Poll once, deliver what is due, and leave.")] = False
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="[HOST:]PORT", help="Serve /healthz, /readyz and /metrics; loopback."),
    ] = None
    as_json: AsJson = False


@gathered(Options)
def run(given: Options) -> None:
    """Watch books on a schedule: ledger, regime and tickets anew, alerts by webhook, e-mail, desktop or console."""
    if given.example:
        from seawall.app.monitor.config import example

        sys.stdout.write(example())
        return
    from seawall.app.monitor.config import load_config
    from seawall.app.monitor.engine import Monitor, Parts

    settings = None
    if given.listen is not None:
        from seawall.app.monitor.health import listen_settings

        settings = listen_settings(given.listen)
    monitor = Monitor(load_config(given.config), Parts(console=sys.stderr if given.as_json else None))
    try:
        if given.test:
            _test(monitor, given.as_json)
        elif given.once:
            _once(monitor, given.as_json)
        else:
            from seawall.app.monitor.standalone import stay

            stay(monitor, settings, given.as_json)
    finally:
        monitor.close()


def _test(monitor: "Monitor", as_json: bool) -> None:
    found = monitor.test()
    if as_json:
        print_json({"channels": found})
    else:
        for one in found:
            typer.echo(f"{one['channel']}: " + ("arrived" if one["arrived"] else str(one["error"])))
    if not all(one["arrived"] for one in found):
        raise typer.Exit(1)


def _once(monitor: "Monitor", as_json: bool) -> None:
    monitor.tick()
    monitor.settle()
    record = monitor.record()
    if as_json:
        print_json(record)
    else:
        from seawall.app.monitor.standalone import line_of

        typer.echo(line_of(record))
    if not monitor.ready:
        reasons = "; ".join(str(one["reason"]) for one in record["troubles"]) or "no source answered"
        raise InputError(f"nothing could be observed ({reasons}): correct the books or the sources")
