"""The glossary on a terminal and as JSON."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from seawall.report.glossary.registry import disagreements, of_family
from seawall.report.glossary.term import Family, Term, formula_heading
from seawall.report.records import Record
from seawall.report.tables import console

NOTICE: Final = (
    "Not financial advice. Formulas are those of this program; a prior is what others published, or what was expected "
    "before any test."
)
NAME_WIDTH: Final = 40
"""Characters of a name in a list; a longer one takes a second line."""


def facts(term: Term) -> tuple[tuple[str, str], ...]:
    """What is shown of a term, heading and text; what it does not have is left out."""
    told = (
        (formula_heading(term), term.formula),
        ("unit", term.unit),
        ("would do", term.would_do),
        ("source", term.source),
        ("enters", term.enters.replace("`", "")),
        ("evidence", term.evidence),
        ("also", ", ".join(term.aliases)),
        ("ids", " ".join(term.ids)),
        *((f"sources disagree ({one.ids[0]})", f"{one.plain} Resolved: {one.formula}") for one in disagreements(term)),
        ("see", ", ".join(term.see_also)),
    )
    return tuple((name, text) for name, text in told if text)


def print_terms(terms: Sequence[Term]) -> None:
    """Each term with all of its fields."""
    out = console()
    for term in terms:
        out.print(f"[bold]{escape(term.name)}[/bold]  [dim]{escape(str(term.family))}[/dim]")
        out.print(Padding(escape(term.plain), (0, 0, 0, 2), expand=False))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
        table.add_column("what", style="dim", no_wrap=True)
        table.add_column("text")
        for name, text in facts(term):
            table.add_row(escape(name), escape(text))
        out.print(table)
        out.print()
    out.print(f"[dim]{NOTICE}[/dim]")


def print_list(terms: Sequence[Term]) -> None:
    """Names and sentences by family in aligned columns."""
    out = console()
    for family in Family:
        rows = [term for term in of_family(family) if term in terms]
        if not rows:
            continue
        out.print(f"[bold]{escape(str(family))}[/bold]")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("term", width=NAME_WIDTH)
        table.add_column("what")
        for term in rows:
            table.add_row(escape(term.name), escape(term.plain))
        out.print(table)
        out.print()
    out.print(f"[dim]{len(terms)} terms. `seawall glossary TERM` shows one with its formula. {NOTICE}[/dim]")


def term_record(term: Term) -> Record:
    """One term as an object."""
    return {
        "name": term.name,
        "family": str(term.family),
        "plain": term.plain,
        "formula": term.formula,
        "unit": term.unit,
        "would_do": term.would_do,
        "source": term.source,
        "enters": term.enters.replace("`", ""),
        "built": term.built,
        "evidence": term.evidence,
        "aliases": list(term.aliases),
        "ids": list(term.ids),
        "contradictions": [
            {"id": one.ids[0], "conflict": one.plain, "resolution": one.formula} for one in disagreements(term)
        ],
        "see_also": list(term.see_also),
        "variant_of": term.variant_of or None,
    }


def glossary_record(terms: Sequence[Term]) -> Record:
    """Several terms as one object."""
    return {"terms": [term_record(term) for term in terms], "notice": NOTICE}
