"""`seawall account`: how likely one account is to be liquidated, and what would change that."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from seawall.app.cli.events import read_pairs
from seawall.app.cli.options import AsJson, AsOf, BookPath, MarketPath, book_and_market, print_json, say_if_first_run
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.ledger.account_risk import Simulation
    from seawall.ledger.holding_cost import AdlAssumption

EXAMPLES = (
    "Examples: seawall account demo | seawall account my.book.yaml main --days 14 | "
    "seawall account demo --assume seed=7,adl_chance=0.05,adl_closed=0.3,adl_rank=0.2,adl_gap=0.04 --json"
)
RUN: Final = ("seed", "paths", "correlation")
DYNAMICS: Final = ("reversion", "vol_of_vol", "leverage")
ADL: Final = ("adl_chance", "adl_closed", "adl_rank", "adl_gap")

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="An account, or the label of an isolated perp.")]
Days = Annotated[float, typer.Option("--days", help="Horizon in calendar days.")]
Assume = Annotated[
    str, typer.Option("--assume", metavar="KEY=VALUE,..", help=f"Assumptions: {', '.join((*RUN, *DYNAMICS, *ADL))}.")
]


def run(
    book: BookPath,
    name: Name = None,
    market: MarketPath = None,
    asof: AsOf = None,
    days: Days = 30.0,
    assume: Assume = "",
    as_json: AsJson = False,
) -> None:
    """Chance of liquidation (simulated, in closed form, in past windows), collateral for 99 %, and the alternatives."""
    say_if_first_run()
    stated = _stated(assume)
    loaded, state = book_and_market(book, market, asof)
    from seawall.data.days import known_history
    from seawall.ledger.alternatives import account_risk

    chosen = _simulation(stated, days)
    risk = account_risk(loaded.book, state, name, chosen, known_history(), _deleveraging(stated))
    if as_json:
        from seawall.report.account_tables import account_record

        print_json({"book": loaded.book.name, "as_of": state.now.isoformat(), **account_record(risk)})
    else:
        from seawall.report.account_tables import print_account

        print_account(risk)


def _stated(text: str) -> dict[str, float]:
    given = dict(read_pairs(text)) if text else {}
    unknown = [key for key in given if key not in (*RUN, *DYNAMICS, *ADL)]
    if unknown:
        raise UnknownParameterError(
            f"unknown assumption {unknown[0]!r}: known are {', '.join((*RUN, *DYNAMICS, *ADL))}"
        )
    whole = [
        key for key in ("seed", "paths") if given.get(key, 0.0) != int(given.get(key, 0.0)) or given.get(key, 0) < 0
    ]
    if whole:
        raise InputError(f"{whole[0]} must be a whole number >= 0, was {given[whole[0]]:g}: write {whole[0]}=1000")
    return given


def _simulation(stated: dict[str, float], days: float) -> "Simulation":
    from dataclasses import replace

    from seawall.ledger.account_risk import STRESSED, Simulation

    dynamics = STRESSED._replace(**{key: stated[key] for key in DYNAMICS if key in stated})
    chosen = Simulation(days=days, dynamics=dynamics)
    return replace(
        chosen,
        seed=int(stated.get("seed", chosen.seed)),
        paths=int(stated.get("paths", chosen.paths)),
        correlation=stated.get("correlation", chosen.correlation),
    )


def _deleveraging(stated: dict[str, float]) -> "AdlAssumption | None":
    from seawall.ledger.holding_cost import AdlAssumption

    given = [stated[key] for key in ADL if key in stated]
    if 0 < len(given) < len(ADL):
        raise InputError(f"a deleveraging needs all of {', '.join(ADL)}: state the others too")
    return AdlAssumption(*given) if given else None
