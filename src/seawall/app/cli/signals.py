"""`seawall signals`: what every signal says at a close, under the regime; `seawall signals explain`: one of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from seawall.app.cli.options import AsJson, HtmlPath, day_of, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.app.observe import Observed

EXAMPLES = (
    "Examples: seawall signals | seawall signals --asof 2018-02-05 --family volatility | "
    "seawall signals --history --html out/signals.html | seawall signals explain M05"
)
APP = typer.Typer(
    name="signals", help="What every signal says, under the market regime.", add_completion=False,
    rich_markup_mode=None,
)  # fmt: skip

AsOfDay = Annotated[
    str | None, typer.Option("--asof", metavar="DATE", help="At the close of a session (else: latest).")
]
Past = Annotated[bool, typer.Option("--history", help="Every spell of the regime; with --html its band too.")]
OneFamily = Annotated[str | None, typer.Option("--family", metavar="NAME", help="Only this family, e.g. volatility.")]
Preset = Annotated[str, typer.Option("--preset", metavar="NAME", help="Weights and triggers: seed or measured.")]
Everything = Annotated[bool, typer.Option("--all", help="A row for every signal, without a value too.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Id of a signal or card, e.g. M05.")]


class Asked(NamedTuple):
    """What was asked of the board."""

    asof: str | None
    history: bool
    family: str | None
    preset: str
    everything: bool
    as_json: bool
    html: Path | None


NOTHING: Final = Asked(None, False, None, "seed", False, False, None)


def answer(asked: object, **_: object) -> None:
    """Read and show the board; a verb below it has answered for itself."""
    if isinstance(asked, Asked):
        say_if_first_run()
        from seawall.app.observe import family_named, observe

        found = observe(day_of(asked.asof) if asked.asof else None, asked.preset, family_named(asked.family))
        show(found, asked)


@APP.callback(invoke_without_command=True, epilog=EXAMPLES, result_callback=answer)
def run(
    asof: AsOfDay = None,
    history: Past = False,
    family: OneFamily = None,
    preset: Preset = "seed",
    everything: Everything = False,
    as_json: AsJson = False,
    html: HtmlPath = None,
) -> Asked:
    """Show every signal by family: value, rank in its own past, state, age, prior and weight, under the regime."""
    return Asked(asof, history, family, preset, everything, as_json, html)


def show(found: "Observed", asked: Asked) -> None:
    """Write the page, and print the board or its JSON."""
    from seawall.report.signal_tables import board_record, print_board, print_spells, regime_record, regime_words
    from seawall.report.signal_tables import spell_record as record_of

    regime = (found.reading, found.spell, found.no_regime)
    cards = found.cards
    if asked.html is not None:
        from seawall.report.signal_page import board_page

        band = None
        if asked.history and found.regimes is not None:
            band = found.history.values_on("SPX", found.regimes.dates), found.spells
        write_page(asked.html, board_page(found.board, (*regime, found.regimes), found.why_now, cards, band))
    if asked.as_json:
        record = board_record(found.board, regime_record(*regime), found.why_now, cards)
        print_json(record | ({"spells": [record_of(one) for one in found.spells]} if asked.history else {}))
        return
    print_board(found.board, regime_words(*regime), found.why_now, asked.everything, cards)
    if asked.history:
        print_spells(found.spells)


@APP.command("explain", epilog="Example: seawall signals explain M05 --html out/m05.html")
def explain(
    context: typer.Context, name: Name, asof: AsOfDay = None, as_json: AsJson = False, html: HtmlPath = None
) -> None:
    """Explain one signal: formula, source, inputs and their dates, parameters, weights, last values, contradictions."""
    if context.parent is not None and Asked(**context.parent.params) != NOTHING:
        raise InputError(f"options of `explain` stand after it: seawall signals explain {name} --json")
    say_if_first_run()
    from seawall.signals.registry import CARDS

    if name in CARDS:
        _explain_card(name, as_json, html)
        return
    from seawall.app.observe import observe
    from seawall.report.signal_explain import explain as explained
    from seawall.report.signal_explain import explained_record, print_explained

    found = observe(day_of(asof) if asof else None, only=name)
    one = explained(found.board.rows[0], found.history)
    if html is not None:
        from seawall.report.signal_page import explained_page

        write_page(html, explained_page(one, f"{found.board.now:%Y-%m-%d %H:%M} UTC, {found.why_now}"))
    if as_json:
        print_json(explained_record(one))
    else:
        print_explained(one)


def _explain_card(name: str, as_json: bool, html: Path | None) -> None:
    from seawall.report.signal_explain import card_facts, print_facts
    from seawall.signals.registry import CARDS

    if html is not None:
        raise InputError(f"{name} is a card of a book and has no past to draw: leave out --html")
    facts = card_facts(CARDS[name])
    if as_json:
        print_json({"id": name, "definition": dict(facts)})
    else:
        print_facts(name, facts)
