"""`seawall demo`: the whole way through the house on the embedded data."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, book_and_market, demo_book, print_json, say_if_first_run, write_page

EXAMPLES = "Examples: seawall demo | seawall demo --out out/demo.html | seawall demo --save examples"

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")]
Save = Annotated[
    Path | None, typer.Option("--save", metavar="DIR", help="Also copy the example book and market there.")
]


def run(out: Out = Path("seawall-demo.html"), save: Save = None, as_json: AsJson = False) -> None:
    """Show ledger, regime, tickets and the with/without replay of an example book, and write one HTML page."""
    say_if_first_run(log=True)
    loaded, state = book_and_market("demo", None, None)
    from seawall.app.decide import decide
    from seawall.app.recording import record_backtest
    from seawall.data.embedded import embedded_history
    from seawall.data.plans import default_plan
    from seawall.evidence.comparison import replay_record
    from seawall.ledger.breakeven import break_evens, price_factors
    from seawall.report.page import PageParts, demo_page
    from seawall.signals.regime import classify
    from seawall.sim.engine import compare

    history, plan = embedded_history(), default_plan()
    hedge = decide(loaded.book, state, history)
    runs = compare(plan, history)
    record_backtest(plan, history, (runs.with_hedge, runs.without_hedge))
    replay = replay_record(runs)
    found = tuple(break_evens(loaded.book, state, factor) for factor in price_factors(loaded.book))
    parts = PageParts(loaded.book.name, hedge.before, found, hedge, replay, classify(history), plan.name)
    write_page(out, demo_page(parts))
    if save is not None:
        _save_examples(save)
    if as_json:
        from seawall.report.hedge_records import hedge_record
        from seawall.report.records import ledger_record, replay_json

        print_json(
            {
                "ledger": ledger_record(hedge.before),
                "hedge": hedge_record(hedge),
                "backtest": replay_json(plan.name, replay),
                "page": str(out),
            }
        )
        return
    from seawall.report.hedge_tables import print_hedge
    from seawall.report.tables import print_ledger, print_replay, print_text

    print_ledger(hedge.before)
    print_hedge(hedge)
    print_replay(plan.name, replay, marked=dt.date(2018, 2, 5))
    print_text(f"page: {out}")


def _save_examples(folder: Path) -> None:
    source = demo_book().parent
    for file in sorted(source.glob("*.yaml")):
        write_page(folder / file.name, file.read_text(encoding="utf-8"))
