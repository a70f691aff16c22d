"""`seawall fills`: every trade of a kept run, with its price against mid, its cost and the rule that asked for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import AsJson, day_of, print_json, write_page
from seawall.core.errors import InputError, RangeError

EXAMPLES = (
    "Examples: seawall fills 3f9a21c0 | seawall fills 3f9a21c0 --from 2018-02-01 --to 2018-02-28 --layer L1 | "
    "seawall fills 3f9a21c0 --csv fills.csv"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a user says: each field is an argument or an option."""

    run: Annotated[str, typer.Argument(metavar="RUN", help="Trial of a backtest, by the first digits of its id.")]
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day.")] = None
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day.")] = None
    layer: Annotated[str | None, typer.Option("--layer", metavar="NAME", help="Only this program or layer.")] = None
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all of them there instead.")] = None
    as_json: AsJson = False


@gathered(Words)
def run(words: Words) -> None:
    """List the fills of a backtest that was run on this store, by this process or any other."""
    first, last = (day_of(text) if text else None for text in (words.start, words.end))
    if first and last and first > last:
        raise RangeError(f"--from {first} is after --to {last}: swap them")
    from seawall.data.run_logs import RunLogs, fills_frame
    from seawall.report.run_tables import fill_record, print_fills

    kept = RunLogs().load(words.run)
    if words.layer is not None and words.layer not in kept.log.layers:
        raise InputError(f"the run has no layer {words.layer[:40]!r}: it has {', '.join(kept.log.layers)}")
    chosen = [
        one
        for one in kept.log.fills
        if (first is None or one.day >= first)
        and (last is None or one.day <= last)
        and words.layer in (None, one.layer)
    ]
    if words.csv is not None:
        write_page(words.csv, fills_frame(chosen).write_csv())
    if words.as_json:
        print_json({"run_id": kept.run_id, "name": kept.log.name, "fills": [fill_record(one) for one in chosen]})
    elif words.csv is None:
        print_fills(f"{kept.log.name}: trial {kept.run_id[:8]}", chosen)
