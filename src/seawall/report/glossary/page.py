"""The glossary as a page of the documentation: text in, text out."""

import re
from typing import Final

from seawall.report.glossary.registry import disagreements, of_family
from seawall.report.glossary.term import Family, Term, formula_heading

HEAD: Final = """# Glossary

Every term the program prints or the method uses: a sentence, the formula this program computes, its unit and sign, its
source, where it enters, and what the evidence says. `seawall glossary TERM` shows the same on a terminal. What is not
built says so, and so does what is not tested. "Source articles" are the texts whose method this program tests.
Nothing here is financial advice.

This page is written by `scripts/write_glossary.py`; edit the tables in `src/seawall/report/glossary/` instead.
"""

_MARKS: Final = re.compile(r"([\\*_\[\]<>|])")


def _plain(text: str) -> str:
    """Text in which nothing is a mark of Markdown but code between back quotes."""
    return "".join(part if part.startswith("`") else _MARKS.sub(r"\\\1", part) for part in re.split(r"(`[^`]*`)", text))


def _entry(term: Term) -> str:
    lines = [f"### {_plain(term.name)}", "", _plain(term.plain), "", f"* {formula_heading(term)}: `{term.formula}`"]
    lines += [f"* unit: {_plain(term.unit)}", f"* source: {_plain(term.source)}", f"* enters: {_plain(term.enters)}"]
    lines.append(f"* evidence: {_plain(term.evidence)}")
    if term.aliases:
        lines.append(f"* also: {_plain(', '.join(term.aliases))}")
    for one in disagreements(term):
        lines.append(f"* sources disagree ({one.ids[0]}): {_plain(one.plain)} Resolved: {_plain(one.formula)}")
    if term.see_also:
        lines.append(f"* see: {_plain(', '.join(term.see_also))}")
    return "\n".join(lines)


def _conflict(term: Term) -> str:
    return f"* **{_plain(term.name)}.** {_plain(term.plain)} Resolved: {_plain(term.formula)}"


def markdown() -> str:
    """The whole page, families in order."""
    parts = [HEAD]
    for family in Family:
        parts.append(f"## {family}\n")
        if family is Family.CONTRADICTION:
            parts.append("\n".join(_conflict(term) for term in of_family(family)) + "\n")
        else:
            parts += [f"{_entry(term)}\n" for term in of_family(family)]
    return "\n".join(parts)
