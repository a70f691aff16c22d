"""`seawall condor`: today's iron condor, and the reasons to stand aside."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import chains_named, day_of, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.app.condor import CondorReport

EXAMPLES = (
    "Examples: seawall condor chain.csv | seawall condor SPX --asof 2026-06-16 --by delta --short 0.16 --wing 0.05 | "
    "seawall condor --asof 2018-02-02 --html out/condor.html   (without a chain: priced from VIX, and said so)"
)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the verb takes."""

    chain: Annotated[
        str | None, typer.Argument(metavar="[CHAIN]", help="Chain file, or SPX from the store; else modelled from VIX.")
    ] = None
    asof: Annotated[str | None, typer.Option("--asof", metavar="DATE", help="Session; else the last one.")] = None
    expiry: Annotated[str | None, typer.Option("--expiry", metavar="DATE", help="Expiry; else by --dte.")] = None
    dte: Annotated[float, typer.Option("--dte", min=0.0, metavar="DAYS", help="Calendar days to expiry.")] = 7.0
    by: Annotated[str, typer.Option("--by", help="Strikes by expected range or by delta.")] = "range"
    short: Annotated[
        float | None, typer.Option("--short", metavar="X", help="Short strikes: expected moves (1.2) or delta (0.20).")
    ] = None
    wing: Annotated[
        float | None, typer.Option("--wing", metavar="X", help="Wings: moves beyond the shorts (0.5) or delta (0.05).")
    ] = None
    nav: Annotated[float, typer.Option("--nav", metavar="USD", help="Equity the size is a share of.")] = 1_000_000.0
    risk: Annotated[
        float, typer.Option("--risk", metavar="SHARE", help="Largest loss as a share of equity (0.01 to 0.02).")
    ] = 0.015
    preset: Annotated[
        str, typer.Option("--preset", help="measured, or glossary: one day, tiers by credit, unverified.")
    ] = "measured"
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")] = False
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page.")] = None


@gathered(Options)
def run(given: Options) -> None:
    """Strikes, credit at bid and ask, break-evens, odds beside the loss, size, exits, and reasons not to sell."""
    say_if_first_run()
    found = _report(given)
    shown = (found.signal, found.reasons, found.tiers, found.daily_range)
    if given.html is not None:
        from seawall.report.condor_page import condor_page

        write_page(given.html, condor_page(*shown))
    if given.as_json:
        from seawall.report.condor_tables import condor_record

        print_json(condor_record(*shown))
    else:
        from seawall.report.condor_tables import print_condor

        print_condor(*shown)


def _report(given: Options) -> "CondorReport":
    from seawall.app.condor import PRESETS, Asked, from_chain, modelled
    from seawall.data.chains import pick
    from seawall.hedge.condor import CondorRule

    if given.preset not in PRESETS:
        raise InputError(f"no preset {given.preset!r}: there are {' and '.join(PRESETS)}")
    rule = CondorRule(given.by, given.short, given.wing, given.risk)  # type: ignore[arg-type]
    expiry = day_of(given.expiry) if given.expiry else None
    asked = Asked(rule, given.nav, expiry, given.dte, given.preset)
    day = day_of(given.asof) if given.asof else None
    if given.chain is None:
        return modelled(asked, day)
    chains = chains_named(given.chain)
    if day is None and len(chains) > 1 and not Path(given.chain).exists():
        day = chains[-1].session
    return from_chain(asked, pick(chains, day), chains)
