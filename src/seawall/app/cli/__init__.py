"""The command line: one verb a file, heavy libraries imported only by the verb that needs them."""

import sys

import typer

from seawall.app.cli import (
    account,
    backtest,
    breakeven,
    cascade,
    condor,
    data,
    demo,
    evidence,
    explain,
    fills,
    gex,
    glossary,
    hedge,
    ledger,
    lp,
    monitor,
    parity,
    policy,
    replay,
    serve,
    signals,
    surface,
    sweep,
    trials,
    verify,
    vix,
)
from seawall.core.errors import SeawallError

ABOUT = "One ledger for everyone who is short convexity, and the layered VIX hedge on top. Not financial advice."

APP = typer.Typer(
    name="seawall", help=ABOUT, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
for verb in (
    ledger, breakeven, lp, cascade, condor, hedge, replay, account, backtest, fills, explain, sweep, trials, evidence,
    vix, gex, surface, parity, demo, verify, glossary, serve, monitor,
):  # fmt: skip
    APP.command(verb.__name__.rpartition(".")[2], epilog=verb.EXAMPLES)(verb.run)
APP.add_typer(data.APP)
APP.add_typer(signals.APP)
APP.add_typer(policy.APP)


@APP.callback(invoke_without_command=True)
def version(
    context: typer.Context, show: bool = typer.Option(False, "--version", help="Print the version and leave.")
) -> None:
    """One ledger for everyone who is short convexity, and the layered VIX hedge on top. Not financial advice."""
    if show:
        from importlib.metadata import version as installed

        typer.echo(f"seawall {installed('seawall')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run a verb. Exit code 0; 2 for bad input, with one line on stderr; 1 for a defect or a failed check."""
    try:
        code = APP(standalone_mode=False)
    except SeawallError as fault:
        sys.exit(_refuse(str(fault)))
    except typer.TyperException as fault:
        sys.exit(_refuse(_sentence(fault)))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _refuse(message: str) -> int:
    sys.stderr.write(f"seawall: {message}\n")
    return 2


def _sentence(fault: typer.TyperException) -> str:
    """One line of a usage error, with where to look next."""
    told = getattr(fault, "format_message", None)
    text = " ".join(str(told() if told else fault).split()).rstrip(".")
    return f"{text}: see `seawall --help`"
