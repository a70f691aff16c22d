"""`seawall glossary`: what a term means, how it is computed, and what the evidence says."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, print_json
from seawall.core.errors import InputError

EXAMPLES = (
    "Examples: seawall glossary | seawall glossary LVR | seawall glossary 'VIX share' --json | "
    "seawall glossary --search funding"
)

Asked = Annotated[str | None, typer.Argument(metavar="[TERM]", help="Name, alias or id; without it, all by family.")]
Word = Annotated[str | None, typer.Option("--search", metavar="WORD", help="List the terms that mention a word.")]


def run(term: Asked = None, word: Word = None, as_json: AsJson = False) -> None:
    """Explain a term: a plain sentence, the formula used here, unit and sign, source, where it enters, evidence."""
    if term is not None and word is not None:
        raise InputError("a TERM and --search both say what to show: give one of them")
    from seawall.report.glossary.registry import TERMS, find, search
    from seawall.report.glossary.show import glossary_record, print_list, print_terms

    shown = find(term) if term is not None else search(word) if word is not None else TERMS
    if as_json:
        print_json(glossary_record(shown))
    elif term is not None:
        print_terms(shown)
    else:
        print_list(shown)
